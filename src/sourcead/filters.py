"""Functions that generated code may call for the adjoints of transforms and filters.

Like those of `runtime`, where they are found under their names: each needs NumPy alone, is a primitive with a
rule, and can be pasted on top of a saved file.
"""

from __future__ import annotations

import numpy as np


def fit(x, n, axis=-1):
    """The first n entries of x along an axis, with zeros behind them where there are fewer.

    x: an array; n: a whole number, or None for x itself.  Returns a new array of x's dtype.

    >>> fit(np.array([1.0, 2.0, 3.0]), 2).tolist(), fit(np.array([1.0, 2.0]), 3).tolist()
    ([1.0, 2.0], [1.0, 2.0, 0.0])
    """
    if n is None or n < 0:
        return np.copy(x)
    x = np.moveaxis(x, axis, -1)
    y = np.zeros((*x.shape[:-1], n), x.dtype)
    m = min(n, x.shape[-1])
    y[..., :m] = x[..., :m]
    return np.moveaxis(y, -1, axis)


def double_inner(x, n, axis=-1):
    """Half of a Hermitian spectrum, with what also stands for its mirror image doubled.

    x: the first n // 2 + 1 of n coefficients along an axis.  The first has no mirror image, and for even n the
    last has none.

    >>> double_inner(np.ones(3), 4).tolist(), double_inner(np.ones(3), 5).tolist()
    ([1.0, 2.0, 1.0], [1.0, 2.0, 2.0])
    """
    y = np.array(x)
    inner = np.moveaxis(y, axis, 0)[1 : (n + 1) // 2]
    inner *= 2
    return y


def scale_at(x, factor, places=(0,), axis=-1):
    """x with its entries at the given places along an axis multiplied by a number.

    >>> scale_at(np.ones(3), 0.5, places=(0, -1)).tolist()
    [0.5, 1.0, 0.5]
    """
    y = np.array(x)
    ends = np.moveaxis(y, axis, 0)
    for i in places:
        ends[i] *= factor
    return y


def window(x, starts, shape):
    """The block of x of a given shape that begins at the given places.

    >>> window(np.arange(12.0).reshape(3, 4), (1, 2), (2, 1)).tolist()
    [[6.0], [10.0]]
    """
    return np.copy(x[tuple(slice(s, s + n) for s, n in zip(starts, shape))])


def in_window(x, starts, shape):
    """Zeros of a given shape with x as the block that begins at the given places: the transpose of `window`.

    >>> in_window(np.ones(2), (1,), (4,)).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    y = np.zeros(shape, x.dtype)
    y[tuple(slice(s, s + n) for s, n in zip(starts, x.shape))] = x
    return y
