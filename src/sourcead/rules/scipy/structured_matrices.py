"""Matrices made of a few numbers, and systems with them: block_diag, toeplitz, hankel, circulant,
solve_toeplitz, solve_banded, solveh_banded.

The adjoint of a Toeplitz matrix is the sums of its diagonals.  Rows that are each one longer put them,
written out and folded anew, under each other:

    a b c 0 0 0             a b c 0 0
    d e f 0 0 0    ->       0 d e f 0      columns: the sums over i + j = 0, 1, ...
    g h i 0 0 0             0 0 g h i
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...ir.types import Array, const_dim, new_dim
from ...runtime_bands import band_of, band_times, band_transpose
from ..contractions import meet
from ..infer import array_of, constant_of, need_rank, plus, promoted
from ..registry import TypeRefusal, jvp, primitive, vjp
from .matrix_equations import common


# -- block_diag --------------------------------------------------------------------------------------------
def _block_diag(types, attrs):
    parts = [array_of(t) for t in types]
    if not parts:
        raise TypeRefusal("scipy.linalg.block_diag of nothing is not covered")
    if any(t.ndim > 2 for t in parts):
        raise TypeRefusal("stacks of matrices are not covered by scipy.linalg.block_diag")
    total = None
    for t in parts:
        shape = (const_dim(1),) * (2 - t.ndim) + t.shape
        total = shape if total is None else tuple(map(plus, total, shape))
    return Array(promoted(types), total)


primitive("scipy.linalg.block_diag", "arrs", _block_diag, variadic="*", may_raise=True)


@jvp("scipy.linalg.block_diag")
def _(arrs, y, arrs_dot):
    return scipy.linalg.block_diag(*arrs_dot)


@vjp("scipy.linalg.block_diag")
def _(arrs, y, y_bar):
    return blocks(arrs, y_bar, 0, 0)


def blocks(arrs, y_bar, i, j):
    if len(arrs) == 0:
        return ()
    a = arrs[0]
    m = a.shape[0] if np.ndim(a) == 2 else 1
    n = a.shape[-1] if np.ndim(a) > 0 else 1
    block = y_bar[i : i + m, j : j + n]
    part = block if np.ndim(a) == 2 else block[0] if np.ndim(a) == 1 else block[0, 0]
    return (part, *blocks(arrs[1:], y_bar, i + m, j + n))


# -- toeplitz, hankel, circulant ---------------------------------------------------------------------------
def antidiagonal_sums(g):
    """The sums over i + j = 0, 1, ..."""
    m, n = g.shape
    padded = np.concatenate((g, np.zeros((m, m), dtype=g.dtype)), axis=1)
    return np.sum(np.reshape(np.ravel(padded)[:-m], (m, m + n - 1)), axis=0)


def diagonal_sums(g):
    """The sums over i - j = -(n - 1), ..., m - 1."""
    return antidiagonal_sums(g[:, ::-1])


def from_second(v):
    """v with 0 in its first place."""
    return np.concatenate((np.zeros_like(v[:1]), v[1:]))


def vector(t, what: str) -> Array:
    a = need_rank(t, 1, f"an argument of {what}")
    if a.ndim != 1:
        raise TypeRefusal(f"arguments of {what} with more than one axis are not covered")
    return a


def two_vectors(what: str):
    def infer(types, attrs):
        c = vector(types[0], what)
        if len(types) < 2 or not isinstance(types[1], Array):
            if np.dtype(c.dtype).kind == "c" and what.endswith("toeplitz"):
                raise TypeRefusal("the row of a complex Toeplitz matrix must be given")
            return Array(c.dtype, (c.shape[0], c.shape[0]))
        r = vector(types[1], what)
        return Array(np.result_type(c.dtype, r.dtype).name, (c.shape[0], r.shape[0]))

    return infer


primitive("scipy.linalg.toeplitz", "c r", two_vectors("scipy.linalg.toeplitz"))
primitive("scipy.linalg.hankel", "c r", two_vectors("scipy.linalg.hankel"))
primitive(
    "scipy.linalg.circulant",
    "c",
    lambda types, attrs: Array(types[0].dtype, vector(types[0], "scipy.linalg.circulant").shape * 2),
)


@jvp("scipy.linalg.toeplitz")
def _(c, r, y, c_dot):
    return scipy.linalg.toeplitz(c_dot) if r is None else scipy.linalg.toeplitz(c_dot, np.zeros_like(r))


@jvp("scipy.linalg.toeplitz", 1)
def _(c, r, y, r_dot):
    return scipy.linalg.toeplitz(np.zeros_like(c), r_dot)


@vjp("scipy.linalg.toeplitz")
def _(c, r, y, y_bar):
    return column_adjoint(diagonal_sums(y_bar), c, r)


def column_adjoint(sums, c, r):
    """The adjoint of the first column, from the sums of diagonals; without a row, it is the first row too."""
    if r is None:
        n = len(c)
        return sums[n - 1 :] + from_second(sums[:n][::-1])
    return sums[len(r) - 1 :]


@vjp("scipy.linalg.toeplitz", 1)
def _(c, r, y, y_bar):
    return from_second(diagonal_sums(y_bar)[: len(r)][::-1])


@jvp("scipy.linalg.hankel")
def _(c, r, y, c_dot):
    return scipy.linalg.hankel(c_dot) if r is None else scipy.linalg.hankel(c_dot, np.zeros_like(r))


@jvp("scipy.linalg.hankel", 1)
def _(c, r, y, r_dot):
    return scipy.linalg.hankel(np.zeros_like(c), r_dot)


@vjp("scipy.linalg.hankel")
def _(c, r, y, y_bar):
    return antidiagonal_sums(y_bar)[: len(c)]


@vjp("scipy.linalg.hankel", 1)
def _(c, r, y, y_bar):
    return from_second(antidiagonal_sums(y_bar)[len(c) - 1 :])


@jvp("scipy.linalg.circulant")
def _(c, y, c_dot):
    return scipy.linalg.circulant(c_dot)


@vjp("scipy.linalg.circulant")
def _(c, y, y_bar):
    n = len(c)
    sums = diagonal_sums(y_bar)
    return sums[n - 1 :] + np.concatenate((np.zeros_like(sums[:1]), sums[: n - 1]))


# -- solve_toeplitz ----------------------------------------------------------------------------------------
def _solve_toeplitz(types, attrs):
    c = vector(types[0], "scipy.linalg.solve_toeplitz")
    parts = [c]
    if isinstance(types[1], Array):
        parts.append(vector(types[1], "scipy.linalg.solve_toeplitz"))
        meet(c.shape[0], parts[1].shape[0])
    b = need_rank(types[2], 1, "the right-hand side of scipy.linalg.solve_toeplitz")
    if any(np.dtype(t.dtype).kind == "c" for t in (*parts, b)):
        raise TypeRefusal("complex Toeplitz systems are not covered")
    meet(c.shape[0], b.shape[0])
    return Array("float64", b.shape)


primitive(
    "scipy.linalg.solve_toeplitz",
    "c r b",
    _solve_toeplitz,
    packed=2,
    defaults={"r": None},
    keywords={"check_finite": True},
    may_raise=True,
)


def of_both(c, r, b):
    return scipy.linalg.solve_toeplitz(c, b) if r is None else scipy.linalg.solve_toeplitz((c, r), b)


@jvp("scipy.linalg.solve_toeplitz")
def _(c, r, b, y, c_dot):
    t = scipy.linalg.toeplitz(c_dot) if r is None else scipy.linalg.toeplitz(c_dot, np.zeros_like(r))
    return -of_both(c, r, t @ y)


@jvp("scipy.linalg.solve_toeplitz", 1)
def _(c, r, b, y, r_dot):
    return -of_both(c, r, scipy.linalg.toeplitz(np.zeros_like(c), r_dot) @ y)


@jvp("scipy.linalg.solve_toeplitz", 2)
def _(c, r, b, y, b_dot):
    return of_both(c, r, b_dot)


def turned_solution(c, r, y_bar):
    """The solution with the transpose; the corner belongs to the column."""
    if r is None:
        return scipy.linalg.solve_toeplitz(c, y_bar)
    return scipy.linalg.solve_toeplitz((np.concatenate((c[:1], r[1:])), c), y_bar)


def matrix_adjoint(c, r, y, y_bar):
    w = turned_solution(c, r, y_bar)
    return -np.outer(w, y) if y.ndim == 1 else -w @ y.T


@vjp("scipy.linalg.solve_toeplitz")
def _(c, r, b, y, y_bar):
    return column_adjoint(diagonal_sums(matrix_adjoint(c, r, y, y_bar)), c, r)


@vjp("scipy.linalg.solve_toeplitz", 1)
def _(c, r, b, y, y_bar):
    return from_second(diagonal_sums(matrix_adjoint(c, r, y, y_bar))[: len(r)][::-1])


@vjp("scipy.linalg.solve_toeplitz", 2)
def _(c, r, b, y, y_bar):
    return turned_solution(c, r, y_bar)


# -- bands -------------------------------------------------------------------------------------------------
_R = "sourcead.runtime_bands."


def _band_times(types, attrs):
    ab, x = map(array_of, types[:2])
    meet(ab.shape[1], x.shape[0])
    return Array(promoted(list(types[:2])), x.shape)


def _band_of(types, attrs):
    x = array_of(types[1])
    below, above = map(constant_of, types[2:4])
    several = below is not None and above is not None and below + above > 0
    return Array(promoted(list(types[:2])), (new_dim(several), x.shape[0]))


primitive(_R + "band_times", "ab x l u", _band_times)
primitive(_R + "band_of", "w x l u", _band_of)
primitive(_R + "band_transpose", "ab l u", lambda types, attrs: types[0])
for _key, _places in (("band_times", (2, 3)), ("band_of", (2, 3)), ("band_transpose", (1, 2))):
    for _n in _places:
        jvp(_R + _key, _n)(None)
        vjp(_R + _key, _n)(None)


@jvp(_R + "band_times")
def _(ab, x, l, u, y, ab_dot):
    return band_times(ab_dot, x, l, u)


@jvp(_R + "band_times", 1)
def _(ab, x, l, u, y, x_dot):
    return band_times(ab, x_dot, l, u)


@vjp(_R + "band_times")
def _(ab, x, l, u, y, y_bar):
    return band_of(y_bar, x, l, u)


@vjp(_R + "band_times", 1)
def _(ab, x, l, u, y, y_bar):
    return band_times(band_transpose(ab, l, u), y_bar, u, l)


@jvp(_R + "band_of")
def _(w, x, l, u, y, w_dot):
    return band_of(w_dot, x, l, u)


@jvp(_R + "band_of", 1)
def _(w, x, l, u, y, x_dot):
    return band_of(w, x_dot, l, u)


@vjp(_R + "band_of")
def _(w, x, l, u, y, y_bar):
    return band_times(y_bar, x, l, u)


@vjp(_R + "band_of", 1)
def _(w, x, l, u, y, y_bar):
    return band_times(band_transpose(y_bar, l, u), w, u, l)


@jvp(_R + "band_transpose")
def _(ab, l, u, y, ab_dot):
    return band_transpose(ab_dot, l, u)


@vjp(_R + "band_transpose")
def _(ab, l, u, y, y_bar):
    return band_transpose(y_bar, u, l)


def _solve_banded(types, attrs):
    ab, b = need_rank(types[2], 2, "the band matrix"), need_rank(types[3], 1, "the right-hand side")
    if ab.ndim > 2 or b.ndim > 2:
        raise TypeRefusal("stacks of band matrices are not covered")
    meet(ab.shape[1], b.shape[0])
    return Array(common(ab, b), b.shape)


primitive(
    "scipy.linalg.solve_banded",
    "l u ab b",
    _solve_banded,
    packed=2,
    keywords={"overwrite_ab": False, "overwrite_b": False, "check_finite": True},
    fixed="overwrite_ab overwrite_b",
    may_raise=True,
)
for _n in (0, 1):
    jvp("scipy.linalg.solve_banded", _n)(None)
    vjp("scipy.linalg.solve_banded", _n)(None)


@jvp("scipy.linalg.solve_banded", 2)
def _(l, u, ab, b, y, ab_dot):
    return -scipy.linalg.solve_banded((l, u), ab, band_times(ab_dot, y, l, u))


@jvp("scipy.linalg.solve_banded", 3)
def _(l, u, ab, b, y, b_dot):
    return scipy.linalg.solve_banded((l, u), ab, b_dot)


@vjp("scipy.linalg.solve_banded", 2)
def _(l, u, ab, b, y, y_bar):
    return -band_of(scipy.linalg.solve_banded((u, l), band_transpose(ab, l, u), y_bar), y, l, u)


@vjp("scipy.linalg.solve_banded", 3)
def _(l, u, ab, b, y, y_bar):
    return scipy.linalg.solve_banded((u, l), band_transpose(ab, l, u), y_bar)


def _solveh_banded(types, attrs):
    ab, b = need_rank(types[0], 2, "the band matrix"), need_rank(types[1], 1, "the right-hand side")
    if ab.ndim > 2 or b.ndim > 2:
        raise TypeRefusal("stacks of band matrices are not covered")
    if any(np.dtype(t.dtype).kind == "c" for t in (ab, b)):
        raise TypeRefusal("complex Hermitian band matrices are not covered")
    meet(ab.shape[1], b.shape[0])
    return Array(common(ab, b), b.shape)


primitive(
    "scipy.linalg.solveh_banded",
    "ab b",
    _solveh_banded,
    keywords={"overwrite_ab": False, "overwrite_b": False, "lower": False, "check_finite": True},
    fixed="overwrite_ab overwrite_b",
    may_raise=True,
)


def halved(ab, lower):
    """The diagonals of one triangle, half of the main one."""
    place = 0 if lower else len(ab) - 1
    return ab * np.where(np.arange(len(ab)) == place, 0.5, 1.0)[:, None]


@jvp("scipy.linalg.solveh_banded")
def _(ab, b, y, ab_dot, *, lower):
    half, n = halved(ab_dot, lower), len(ab) - 1
    l, u = (n, 0) if lower else (0, n)
    product = band_times(half, y, l, u) + band_times(band_transpose(half, l, u), y, u, l)
    return -scipy.linalg.solveh_banded(ab, product, lower=lower)


@jvp("scipy.linalg.solveh_banded", 1)
def _(ab, b, y, b_dot, *, lower):
    return scipy.linalg.solveh_banded(ab, b_dot, lower=lower)


@vjp("scipy.linalg.solveh_banded")
def _(ab, b, y, y_bar, *, lower):
    w, n = scipy.linalg.solveh_banded(ab, y_bar, lower=lower), len(ab) - 1
    l, u = (n, 0) if lower else (0, n)
    return -halved(band_of(w, y, l, u) + band_of(y, w, l, u), lower)


@vjp("scipy.linalg.solveh_banded", 1)
def _(ab, b, y, y_bar, *, lower):
    return scipy.linalg.solveh_banded(ab, y_bar, lower=lower)
