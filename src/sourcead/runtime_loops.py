"""Run-time helpers of array statements that became loops; as those of `runtime.py`, through which generated
code has them.
"""

from __future__ import annotations


def accumulate(s, x):
    """s + x, as one term of a sum that may be added up in any order.

    >>> accumulate(1.0, 2.0)
    3.0
    """
    return s + x


def select(condition, a, b):
    """a where the condition holds, else b; numbers.

    >>> select(True, 1.0, 2.0)
    1.0
    """
    return a if condition else b


def bound(i, n):
    """Where the end i of a slice stands in an axis of length n.

    >>> bound(-1, 5), bound(7, 5), bound(-7, 5)
    (4, 5, 0)
    """
    return min(i, n) if i >= 0 else max(i + n, 0)


def wrapped(i, n):
    """The index i of an axis of length n, counted from its start.

    >>> wrapped(-1, 5), wrapped(3, 5)
    (4, 3)
    """
    return i if i >= 0 else i + n


def same_length(n, m):
    """Raise ValueError unless two axes that are read together are of one length; below none is none."""
    if n != m and (n > 0 or m > 0):
        raise ValueError("operands could not be broadcast together")


def broadcast_length(n, m):
    """The length of an axis along which two arrays are broadcast, if they can be; below none is none.

    >>> broadcast_length(1, 5), broadcast_length(5, 1), broadcast_length(1, 0), broadcast_length(-2, 1)
    (5, 5, 0, 0)
    """
    return max(m if n == 1 else n, 0)


def fits_length(n, m):
    """Raise ValueError unless an axis of length m may be read along one of length n."""
    if m != n and m != 1 and (n > 0 or m > 0):
        raise ValueError("operands could not be broadcast together")


def nonempty(n):
    """Raise ValueError for the largest or smallest of nothing."""
    if n <= 0:
        raise ValueError("zero-size array to a reduction which has no identity")


def at_least(n, m):
    """Raise ValueError unless a length is one that the code was compiled for."""
    if n < m:
        raise ValueError("compiled for longer arguments")
