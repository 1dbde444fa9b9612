"""Factors made before and used again: lu_factor and lu_solve, cho_factor and cho_solve."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...ir.types import Array, Scalar
from ..contractions import turned
from ..decompositions import cholesky_adjoint, cholesky_tangent
from ..matrices import conj, daggered, one, real_or_complex, scipy_record, square
from ..registry import TypeRefusal, jvp, primitive, vjp
from ..systems import product_of
from .linear_systems import as_given, as_vectors, onto, solution, times


# -- lu_factor, lu_solve: P A = L U, both factors in one matrix.  With the identity in the place of the
# factors, lu_solve exchanges rows, and with no exchanges it solves with L U:
#
#     dL = L tril(F, -1),  dU = triu(F) U,  F = L^-1 P dA U^-1;    dx = -(L U)^-1 (dL U + L dU) x
def _lu_factor(types, attrs):
    a = square(types[0], "scipy.linalg.lu_factor")
    return Array(real_or_complex(a.dtype), a.shape), Array("int32", a.shape[:-1])


primitive(
    "scipy.linalg.lu_factor",
    "a",
    _lu_factor,
    keywords={"overwrite_a": False, "check_finite": True},
    fixed="overwrite_a",
    names="lu piv",
    record=scipy_record,
    may_raise=True,
)


def unit_lower(lu):
    return np.tril(lu, k=-1) + np.eye(lu.shape[-1])


def exchanged(piv, m, trans):
    """The rows of m in the order of the factors (trans=0), or back."""
    return scipy.linalg.lu_solve((np.eye(m.shape[-2]), piv), m, trans=trans)


def factors_tangent(lower, upper, n):
    """tril(dL, -1) + dU, where n is the change of L U."""
    f = np.linalg.solve(lower, turned(np.linalg.solve(turned(upper), turned(n))))
    return lower @ np.tril(f, k=-1), np.triu(f) @ upper


def factors_adjoint(lower, upper, lower_bar, upper_bar):
    """The adjoint of L U, from those of the factors."""
    f = np.tril(turned(lower) @ lower_bar, k=-1) + np.triu(upper_bar @ turned(upper))
    return turned(np.linalg.solve(upper, turned(np.linalg.solve(turned(lower), f))))


@jvp("scipy.linalg.lu_factor")
def _(a, y, a_dot):
    lu, piv = y
    lower_dot, upper_dot = factors_tangent(unit_lower(lu), np.triu(lu), exchanged(piv, a_dot, 0))
    return np.tril(lower_dot, k=-1) + np.triu(upper_dot), None


@vjp("scipy.linalg.lu_factor")
def _(a, y, y_bar):
    lu, piv = y
    g = y_bar[0]
    m = factors_adjoint(unit_lower(lu), np.triu(lu), np.tril(g, k=-1), np.triu(g))
    return exchanged(piv, m, 1)


def _lu_solve(types, attrs):
    if attrs["trans"] not in (0, 1):
        raise TypeRefusal(f"trans={attrs['trans']!r} is not covered")
    return solution(square(types[0], "scipy.linalg.lu_solve"), types[2], "scipy.linalg.lu_solve")


primitive(
    "scipy.linalg.lu_solve",
    "lu piv b",
    _lu_solve,
    packed=2,
    keywords={"trans": 0, "overwrite_b": False, "check_finite": True},
    fixed="overwrite_b",
    may_raise=True,
)
jvp("scipy.linalg.lu_solve", 1)(None)
vjp("scipy.linalg.lu_solve", 1)(None)


def lu_again(lu, piv, g, b, trans):
    return as_vectors(scipy.linalg.lu_solve((lu, piv), as_given(g, b), trans=trans), b, g)


def unmoved(lu):
    """Pivots that exchange nothing."""
    return np.arange(lu.shape[-1])


def product_tangent(lu, d):
    """The change of L U."""
    return np.tril(d, k=-1) @ np.triu(lu) + unit_lower(lu) @ np.triu(d)


@jvp("scipy.linalg.lu_solve")
def _(lu, piv, b, y, lu_dot, *, trans):
    d = product_tangent(lu, lu_dot)
    if trans == 0:
        return -lu_again(lu, unmoved(lu), times(d, y, b), b, 0)
    z = scipy.linalg.lu_solve((lu, unmoved(lu)), b, trans=1)
    return -lu_again(lu, piv, times(turned(d), z, b), b, 1)


@jvp("scipy.linalg.lu_solve", 2)
def _(lu, piv, b, y, b_dot, *, trans):
    return scipy.linalg.lu_solve((lu, piv), b_dot, trans=trans)


@vjp("scipy.linalg.lu_solve")
def _(lu, piv, b, y, y_bar, *, trans):
    if trans == 0:
        m = product_of(lu_again(lu, unmoved(lu), y_bar, b, 1), y, lu, b.ndim == 1)
    else:
        z = scipy.linalg.lu_solve((lu, unmoved(lu)), b, trans=1)
        m = turned(product_of(lu_again(lu, piv, y_bar, b, 0), z, lu, b.ndim == 1))
    return np.tril(m @ turned(np.triu(lu)), k=-1) + np.triu(turned(unit_lower(lu)) @ m)


@vjp("scipy.linalg.lu_solve", 2)
def _(lu, piv, b, y, y_bar, *, trans):
    return onto(lu_again(lu, piv, y_bar, b, 1 if trans == 0 else 0), lu, b)


# -- cho_factor, cho_solve: the factor in one triangle, the other as it was in the matrix ------------------
def _cho_factor(types, attrs):
    a = square(one(types[0], "scipy.linalg.cho_factor"), "scipy.linalg.cho_factor")
    return Array(real_or_complex(a.dtype), a.shape), Scalar("bool")


primitive(
    "scipy.linalg.cho_factor",
    "a",
    _cho_factor,
    keywords={"lower": False, "overwrite_a": False, "check_finite": True},
    fixed="overwrite_a",
    known=lambda attrs: {1: bool(attrs["lower"])},
    names="c lower",
    may_raise=True,
)


#: Until SciPy 1.17 the other triangle is as it was in the matrix, later there are zeros.
OTHER_STAYS = bool(scipy.linalg.cho_factor(np.array([[1.0, 0.0], [0.5, 1.0]]))[0][1, 0])


def triangle(c, lower):
    return np.tril(c) if lower else np.triu(c)


def other(c, lower):
    if not OTHER_STAYS:
        return np.zeros_like(c)
    return np.triu(c, k=1) if lower else np.tril(c, k=-1)


@jvp("scipy.linalg.cho_factor")
def _(a, y, a_dot, *, lower):
    factor_dot = cholesky_tangent(triangle(y[0], lower), a_dot, not lower)
    return triangle(factor_dot, lower) + other(a_dot, lower), None


@vjp("scipy.linalg.cho_factor")
def _(a, y, y_bar, *, lower):
    g = y_bar[0]
    return cholesky_adjoint(triangle(y[0], lower), triangle(g, lower), not lower) + other(g, lower)


primitive(
    "scipy.linalg.cho_solve",
    "c lower b",
    lambda types, attrs: solution(square(types[0], "cho_solve"), types[2], "scipy.linalg.cho_solve"),
    packed=2,
    keywords={"overwrite_b": False, "check_finite": True},
    fixed="overwrite_b",
    may_raise=True,
)
jvp("scipy.linalg.cho_solve", 1)(None)
vjp("scipy.linalg.cho_solve", 1)(None)


def cho_again(c, lower, g, b):
    return as_vectors(scipy.linalg.cho_solve((c, lower), as_given(g, b)), b, g)


@jvp("scipy.linalg.cho_solve")
def _(c, lower, b, y, c_dot):
    f, d = triangle(c, lower), triangle(c_dot, lower)
    half = d @ daggered(f) if lower else daggered(d) @ f
    return -cho_again(c, lower, times(half + daggered(half), y, b), b)


@jvp("scipy.linalg.cho_solve", 2)
def _(c, lower, b, y, b_dot):
    return scipy.linalg.cho_solve((c, lower), b_dot)


@vjp("scipy.linalg.cho_solve")
def _(c, lower, b, y, y_bar):
    w = conj(cho_again(c, lower, conj(y_bar), b))
    s = conj(product_of(w, y, c, b.ndim == 1))
    s = s + daggered(s)
    f = triangle(c, lower)
    return conj(triangle(s @ f if lower else f @ s, lower))


@vjp("scipy.linalg.cho_solve", 2)
def _(c, lower, b, y, y_bar):
    return onto(conj(cho_again(c, lower, conj(y_bar), b)), c, b)
