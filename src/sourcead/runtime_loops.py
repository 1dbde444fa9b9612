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


def same_length(n, m):
    """Raise ValueError unless two axes that are read together are of one length."""
    if n != m:
        raise ValueError("operands could not be broadcast together")


def nonempty(n):
    """Raise ValueError for the largest or smallest of nothing."""
    if n <= 0:
        raise ValueError("zero-size array to a reduction which has no identity")
