"""Systems of linear equations: inv, solve, solve_triangular, and those with factors made before.

Where one triangle of a matrix is read, the matrix is the symmetric (Hermitian) one that it stands for, and
the derivative is by what is read (`onto_triangle`).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...ir.types import Array, Scalar, is_complex
from ...runtime import nonsingular, unbroadcast
from ..contractions import meet, turned
from ..decompositions import cholesky_adjoint, cholesky_tangent
from ..infer import broadcast_dims, need_rank
from ..matrices import conj, daggered, hermitian, one, onto_triangle, real_or_complex, same_matrix, square
from ..registry import TypeRefusal, jvp, primitive, shared, static, vjp
from ..systems import inverse_adjoint, inverse_tangent, product_of

GENERAL = (None, "gen", "general")
DEFINITE = ("pos", "positive definite")
HALVES = (*DEFINITE, "sym", "symmetric", "her", "hermitian")
PLAIN = {"overwrite_a": False, "overwrite_b": False, "check_finite": True}


def refuse_structure(kind, allowed) -> None:
    if kind not in allowed:
        raise TypeRefusal(
            f"assume_a={kind!r} is not covered, because it is not said here which entries are read;"
            " solve_triangular and solve_banded are covered"
        )


def solution(a: Array, b, what: str) -> Array:
    """The type of A^-1 b; one right-hand side, or matrices of them."""
    b = need_rank(b, 1, f"the right-hand side of {what}")
    if b.dtype == "float16":
        raise TypeRefusal("a float16 right-hand side is not covered")
    dtype = np.result_type(real_or_complex(a.dtype), real_or_complex(b.dtype)).name
    if b.ndim == 1:
        meet(a.shape[-1], b.shape[0])
        return Array(dtype, (*a.shape[:-2], b.shape[0]))
    meet(a.shape[-1], b.shape[-2])
    return Array(dtype, (*broadcast_dims([a.shape[:-2], b.shape[:-2]]), *b.shape[-2:]))


def times(a, x, b):
    """a @ x, for one right-hand side b or matrices of them."""
    return (a @ np.expand_dims(x, -1)).squeeze(axis=-1) if b.ndim == 1 and a.ndim > 2 else a @ x


# -- inv ---------------------------------------------------------------------------------------------------
def _inv(types, attrs):
    refuse_structure(attrs["assume_a"], GENERAL)
    return same_matrix("scipy.linalg.inv")(types, attrs)


primitive(
    "scipy.linalg.inv",
    "a",
    _inv,
    keywords={"overwrite_a": False, "check_finite": True, "assume_a": None, "lower": False},
    fixed="overwrite_a",
    may_raise=True,
)
jvp("scipy.linalg.inv")(inverse_tangent)
vjp("scipy.linalg.inv")(inverse_adjoint)


# -- solve -------------------------------------------------------------------------------------------------
def _solve(types, attrs):
    refuse_structure(attrs["assume_a"], (*GENERAL, *HALVES))
    if attrs["transposed"] and attrs["assume_a"] not in GENERAL:
        raise TypeRefusal("transposed=True goes with a general matrix")
    out = solution(square(types[0], "scipy.linalg.solve"), types[1], "scipy.linalg.solve")
    if attrs["transposed"] and is_complex(out):
        raise TypeRefusal("SciPy has no transposed=True for complex systems")
    return out


primitive(
    "scipy.linalg.solve",
    "a b",
    _solve,
    keywords={"lower": False, **PLAIN, "assume_a": None, "transposed": False},
    fixed="overwrite_a overwrite_b",
    may_raise=True,
)


@static
def is_general(assume_a):
    return assume_a in GENERAL


@static
def is_definite(assume_a):
    return assume_a in DEFINITE


@static
def is_symmetric(assume_a):
    return assume_a in ("sym", "symmetric")


@shared("scipy.linalg.solve")
def _(a, b, *, assume_a, lower, transposed):
    if assume_a == "gen" or assume_a == "general":
        lu, piv = scipy.linalg.lu_factor(a)
        return scipy.linalg.lu_solve((nonsingular(lu), piv), b, trans=1 if transposed else 0), (lu, piv)
    if is_definite(assume_a) and a.ndim == 2:
        c = scipy.linalg.cho_factor(a, lower=lower)
        return scipy.linalg.cho_solve(c, b), c
    return None


def solve_again(a, g, assume_a, lower, transposed, work):
    """Solve with the matrix of the system, or its transpose, for another right-hand side."""
    if work is not None and is_general(assume_a):
        return scipy.linalg.lu_solve(work, g, trans=1 if transposed else 0)
    if work is not None:
        return scipy.linalg.cho_solve(work, g)
    if not is_general(assume_a):
        return scipy.linalg.solve(a, g, assume_a=assume_a, lower=lower)
    return scipy.linalg.solve(turned(a) if transposed else a, g, assume_a=assume_a)


def read_of(a_dot, assume_a, lower, transposed):
    """The change of the matrix that is solved with."""
    if is_general(assume_a):
        return turned(a_dot) if transposed else a_dot
    if is_symmetric(assume_a):
        half = np.tril(a_dot, k=-1) if lower else np.triu(a_dot, k=1)
        return (np.tril(a_dot) if lower else np.triu(a_dot)) + turned(half)
    return hermitian(a_dot, lower)


def back_to_what_is_read(s, assume_a, lower, transposed):
    """The adjoint of the matrix as it was given."""
    if is_general(assume_a):
        return turned(s) if transposed else s
    if is_symmetric(assume_a) or not np.iscomplexobj(s):
        upper, low = np.triu(s, k=1), np.tril(s, k=-1)
        return np.tril(s) + turned(upper) if lower else np.triu(s) + turned(low)
    return conj(onto_triangle(0.5 * conj(s + daggered(s)), lower))


@jvp("scipy.linalg.solve")
def _(a, b, y, a_dot, *, assume_a, lower, transposed, work):
    rhs = times(read_of(a_dot, assume_a, lower, transposed), y, b)
    return -as_vectors(solve_again(a, as_given(rhs, b), assume_a, lower, transposed, work), b, y)


def as_given(g, b):
    """A stack of vectors as matrices of one column, where b was one vector."""
    return np.expand_dims(g, -1) if b.ndim == 1 and g.ndim > 1 else g


def as_vectors(x, b, y):
    return np.squeeze(x, axis=-1) if b.ndim == 1 and y.ndim > 1 else x


@jvp("scipy.linalg.solve", 1)
def _(a, b, y, b_dot, *, assume_a, lower, transposed, work):
    return solve_again(a, b_dot, assume_a, lower, transposed, work)


def solve_adjoint(a, b, y, y_bar, assume_a, lower, transposed, work):
    """The adjoint of the right-hand side, before it is summed to its shape."""
    g = as_given(y_bar, b)
    if is_general(assume_a) or is_symmetric(assume_a):
        w = solve_again(a, g, assume_a, lower, not transposed, work)
    else:
        w = conj(solve_again(a, conj(g), assume_a, lower, False, work))
    return as_vectors(w, b, y)


@vjp("scipy.linalg.solve")
def _(a, b, y, y_bar, *, assume_a, lower, transposed, work):
    w = solve_adjoint(a, b, y, y_bar, assume_a, lower, transposed, work)
    return back_to_what_is_read(product_of(w, y, a, b.ndim == 1), assume_a, lower, transposed)


@vjp("scipy.linalg.solve", 1)
def _(a, b, y, y_bar, *, assume_a, lower, transposed, work):
    return onto(solve_adjoint(a, b, y, y_bar, assume_a, lower, transposed, work), a, b)


def onto(w, a, b):
    """Summed down to the shape of b, from which it was broadcast."""
    return w if a.ndim == 2 and b.ndim <= 2 else unbroadcast(w, b)


# -- solve_triangular --------------------------------------------------------------------------------------
WAYS = {0: 0, "N": 0, 1: 1, "T": 1, 2: 2, "C": 2}


def _solve_triangular(types, attrs):
    if attrs["trans"] not in WAYS:
        raise TypeRefusal(f"trans={attrs['trans']!r} is not covered")
    return solution(square(types[0], "solve_triangular"), types[1], "solve_triangular")


primitive(
    "scipy.linalg.solve_triangular",
    "a b",
    _solve_triangular,
    keywords={"trans": 0, "lower": False, "unit_diagonal": False, "overwrite_b": False, "check_finite": True},
    fixed="overwrite_b",
    may_raise=True,
)


@static
def way(trans):
    return WAYS[trans]


def part(m, lower, unit_diagonal):
    """The triangle that is read."""
    k = 1 if unit_diagonal else 0
    return np.tril(m, k=-k) if lower else np.triu(m, k=k)


def transposed_as(m, trans):
    return m if way(trans) == 0 else turned(m) if way(trans) == 1 else daggered(m)


def triangular_again(a, g, b, trans, lower, unit_diagonal):
    x = scipy.linalg.solve_triangular(
        a, as_given(g, b), trans=trans, lower=lower, unit_diagonal=unit_diagonal
    )
    return as_vectors(x, b, g)


@jvp("scipy.linalg.solve_triangular")
def _(a, b, y, a_dot, *, trans, lower, unit_diagonal):
    m = transposed_as(part(a_dot, lower, unit_diagonal), trans)
    return -triangular_again(a, times(m, y, b), b, trans, lower, unit_diagonal)


@jvp("scipy.linalg.solve_triangular", 1)
def _(a, b, y, b_dot, *, trans, lower, unit_diagonal):
    return scipy.linalg.solve_triangular(a, b_dot, trans=trans, lower=lower, unit_diagonal=unit_diagonal)


def triangular_adjoint(a, b, y_bar, trans, lower, unit_diagonal):
    if way(trans) == 2:
        return conj(triangular_again(a, conj(y_bar), b, 0, lower, unit_diagonal))
    return triangular_again(a, y_bar, b, 1 if way(trans) == 0 else 0, lower, unit_diagonal)


@vjp("scipy.linalg.solve_triangular")
def _(a, b, y, y_bar, *, trans, lower, unit_diagonal):
    w = triangular_adjoint(a, b, y_bar, trans, lower, unit_diagonal)
    m = product_of(w, y, a, b.ndim == 1)
    return part(conj(turned(m)) if way(trans) == 2 else transposed_as(m, trans), lower, unit_diagonal)


@vjp("scipy.linalg.solve_triangular", 1)
def _(a, b, y, y_bar, *, trans, lower, unit_diagonal):
    return onto(triangular_adjoint(a, b, y_bar, trans, lower, unit_diagonal), a, b)


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


def triangle(c, lower):
    return np.tril(c) if lower else np.triu(c)


def other(c, lower):
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

