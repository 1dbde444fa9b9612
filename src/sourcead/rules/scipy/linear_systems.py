"""Systems of linear equations: inv, solve, solve_triangular, and those with factors made before.

Where one triangle of a matrix is read, the matrix is the symmetric (Hermitian) one that it stands for, and
the derivative is by what is read (`onto_triangle`).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...ir.types import Array, is_complex
from ...runtime import unbroadcast
from ...runtime_matrices import nonsingular
from ..contractions import meet, turned
from ..infer import broadcast_dims, need_rank
from ..matrices import conj, daggered, hermitian, onto_triangle, real_or_complex, same_matrix, square
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
