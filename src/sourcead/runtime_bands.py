"""Run-time helpers for band matrices; as those of `runtime.py`, through which generated code has them.

A matrix with `l` diagonals below the main one and `u` above is held by its diagonals, `ab[u + i - j, j]`
being its entry at row i, column j; what lies outside of the matrix is 0, or is not looked at.

        a01 a12 a23          ab[0, 1:]
    a00 a11 a22 a33          ab[1]             l = u = 1
    a10 a21 a32              ab[2, :-1]
"""

from __future__ import annotations

import numpy as np


def band_times(ab, x, l, u):
    """The product of a band matrix and x.

    ab: (l + u + 1, n); x: (n,) or (n, k).

    >>> band_times(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([1.0, 10.0]), 0, 1).tolist()
    [12.0, 30.0]
    """
    n = len(x)
    y = np.zeros(x.shape, np.result_type(ab, x))
    for d in range(-u, l + 1):  # i - j
        i, j = max(d, 0), max(-d, 0)
        m = n - abs(d)
        if m > 0:
            y[i : i + m] += (ab[u + d, j : j + m] * x[j : j + m].T).T
    return y


def band_of(w, x, l, u):
    """The diagonals of the product of w and the transpose of x: row k has those where i - j = k - u.

    w, x: (n,) or (n, k).

    >>> band_of(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 0, 1).tolist()
    [[0.0, 4.0], [3.0, 8.0]]
    """
    n = len(x)
    ab = np.zeros((l + u + 1, n), np.result_type(w, x))
    for d in range(-u, l + 1):
        i, j = max(d, 0), max(-d, 0)
        m = n - abs(d)
        if m > 0:
            p = w[i : i + m] * x[j : j + m]
            ab[u + d, j : j + m] = p if p.ndim == 1 else p.sum(axis=1)
    return ab


def band_transpose(ab, l, u):
    """The transpose of a band matrix, with u diagonals below and l above.

    >>> band_transpose(np.array([[0.0, 1.0], [2.0, 3.0]]), 0, 1).tolist()
    [[2.0, 3.0], [1.0, 0.0]]
    """
    n = ab.shape[1]
    t = np.zeros_like(ab)
    for d in range(-u, l + 1):
        i, j = max(d, 0), max(-d, 0)
        m = n - abs(d)
        if m > 0:
            t[l - d, i : i + m] = ab[u + d, j : j + m]
    return t
