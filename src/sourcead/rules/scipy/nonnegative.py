"""Least squares with x >= 0.

Off the bound, where x > 0, the normal equations hold; where x is 0 it stays there:

    G x_dot = P (A^T (b_dot - A_dot x) + A_dot^T (b - A x)),  G = A^T A where both are free, else 1

(Golub & Van Loan, Matrix Computations, section 5.3, for the columns of A that are free).  Where a component
is 0 and its multiplier too, the derivative has a kink, and that of the fixed side is taken.
"""

from __future__ import annotations

import numpy as np
import scipy.optimize

from ...ir.types import Array, Scalar
from ...runtime import safe_divide
from ...runtime_matrices import solve_or_nan
from ..counting import uncounted
from ..registry import TypeRefusal, jvp, primitive, vjp


def _nnls(types, attrs):
    a, b = types[:2]
    if not (isinstance(a, Array) and isinstance(b, Array)) or (a.ndim, b.ndim) != (2, 1):
        raise TypeRefusal("nnls takes a matrix and an array of one axis")
    if a.dtype[0] == "c" or b.dtype[0] == "c":
        raise TypeRefusal("nnls takes real numbers")
    return Array("float64", (a.shape[1],), True), Scalar("float64")


primitive(
    "scipy.optimize.nnls",
    "A b",
    _nnls,
    keywords={"maxiter": None},
    may_raise=True,
    absent=True,
    names="x norm",
    cost=uncounted,
)


def free_solve(A, x, right):
    """The solution of the normal equations among the free components, 0 at the others."""
    free = x > 0
    normal = np.where(free[:, None] & free, A.T @ A, np.eye(len(x)))
    return solve_or_nan(normal, np.where(free, right, 0.0)[:, None])[:, 0]


@jvp("scipy.optimize.nnls")
def _(A, b, y, A_dot):
    x, norm = y
    residual = b - A @ x
    along = A_dot @ x
    return free_solve(A, x, A_dot.T @ residual - A.T @ along), -safe_divide(residual @ along, norm)


@jvp("scipy.optimize.nnls", 1)
def _(A, b, y, b_dot):
    x, norm = y
    return free_solve(A, x, A.T @ b_dot), safe_divide((b - A @ x) @ b_dot, norm)


@vjp("scipy.optimize.nnls")
def _(A, b, y, y_bar):
    x, norm = y
    x_bar, norm_bar = y_bar
    residual = b - A @ x
    if x_bar is None:
        return -np.outer(safe_divide(norm_bar * residual, norm), x)
    w = free_solve(A, x, x_bar)
    A_bar = np.outer(residual, w) - np.outer(A @ w, x)
    return A_bar if norm_bar is None else A_bar - np.outer(safe_divide(norm_bar * residual, norm), x)


@vjp("scipy.optimize.nnls", 1)
def _(A, b, y, y_bar):
    x, norm = y
    x_bar, norm_bar = y_bar
    if x_bar is None:
        return safe_divide(norm_bar * (b - A @ x), norm)
    b_bar = A @ free_solve(A, x, x_bar)
    return b_bar if norm_bar is None else b_bar + safe_divide(norm_bar * (b - A @ x), norm)


_ = scipy.optimize
