"""Run-time helpers of linear algebra; as those of `runtime.py`, each is pasted on top of a saved file and
needs NumPy (as `np`) alone."""

from __future__ import annotations

import numpy as np


def solve_or_nan(a, b):
    """Solve a @ x = b for stacks of matrices; where a matrix has no inverse, nan instead of an exception, and
    0 in the columns where b is 0.

    a: (..., n, n), b: (..., n, k).

    >>> solve_or_nan(np.zeros((1, 1)), np.array([[0.0, 1.0]])).tolist()
    [[0.0, nan]]
    """
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        if np.ndim(a) == np.ndim(b) == 2:
            column = np.where(np.any(b, axis=0), np.nan, 0.0)
            return np.broadcast_to(column, np.shape(b)).astype(np.result_type(a, b))
        batch = np.broadcast_shapes(np.shape(a)[:-2], np.shape(b)[:-2])
        a, b = (np.broadcast_to(m, batch + np.shape(m)[-2:]) for m in (a, b))
        each = [solve_or_nan(a[k], b[k]) for k in np.ndindex(batch)]
        return np.reshape(each, np.shape(b))


def nonsingular(lu):
    """The factors lu of a matrix; raises LinAlgError, as a solver does, where a pivot is 0.

    lu: (..., n, n), as `scipy.linalg.lu_factor` returns it.

    >>> nonsingular(np.eye(1)).tolist()
    [[1.0]]
    """
    if not np.all(np.diagonal(lu, axis1=-2, axis2=-1)):
        raise np.linalg.LinAlgError("A singular matrix detected.")
    return lu


def expect_real(y):
    """y itself; raises TypeError where it is complex.  It stands where a function of a real matrix may give a
    complex one: such a result was not known of when the derivative was compiled.

    >>> expect_real(np.eye(1)).tolist()
    [[1.0]]
    """
    if np.iscomplexobj(y):
        raise TypeError("a real result was compiled for; pass a complex matrix: A.astype(complex)")
    return y
