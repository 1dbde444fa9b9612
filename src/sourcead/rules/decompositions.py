"""Cholesky, QR and singular value decompositions.

Formulas: Giles 2008 (2.3) for Cholesky, Murray 2016 (arXiv 1602.07527) for the form used; Walter and Lehmann
2018 ("Algorithmic differentiation of linear algebra functions", arXiv 1001.1654) for QR, extended to wide
matrices as by Roberts and Roberts 2020 (arXiv 2009.10071); Townsend 2016 ("Differentiating the SVD") for
singular vectors.
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Dim, new_dim, same_dim
from ..runtime import safe_divide
from ..runtime_matrices import solve_or_nan
from .contractions import turned
from .matrices import (
    column,
    conj,
    daggered,
    diagonal,
    hermitian,
    lower_half,
    matrix,
    off_diagonal,
    onto_triangle,
    real_of,
    real_or_complex,
    right_divided,
    row,
    same_matrix,
)
from .registry import TypeRefusal, jvp, primitive, vjp


def fewer(a: Array) -> Dim:
    """The smaller side of a matrix."""
    m, n = a.shape[-2:]
    if m.symbol is None and n.symbol is None:
        return m if m.offset <= n.offset else n
    if m.is_one or n.is_one:
        return m if m.is_one else n
    return m if same_dim(m, n) else new_dim()


# -- cholesky: one triangle of the operand is read; what is read stands for a Hermitian matrix -------------
def factor_tangent(y, a_dot, lower):
    """The tangent of the lower factor y."""
    s = hermitian(a_dot, lower)
    return y @ lower_half(np.linalg.solve(y, daggered(np.linalg.solve(y, s))))


def factor_adjoint(y, g, lower):
    """The gradient by the matrix, from the one by its lower factor y."""
    p = lower_half(daggered(y) @ g)
    if np.iscomplexobj(y):
        p = 0.5 * (p + daggered(p))
    s = np.linalg.solve(daggered(y), daggered(np.linalg.solve(daggered(y), daggered(p))))
    return onto_triangle(s, lower)


def cholesky_tangent(y, a_dot, upper):
    return daggered(factor_tangent(daggered(y), a_dot, False)) if upper else factor_tangent(y, a_dot, True)


def cholesky_adjoint(y, y_bar, upper):
    if upper:
        return conj(factor_adjoint(daggered(y), turned(y_bar), False))
    return conj(factor_adjoint(y, conj(y_bar), True))


_KEYWORDS = {"upper": False} if int(np.__version__.split(".")[0]) >= 2 else {}
primitive("numpy.linalg.cholesky", "a", same_matrix("np.linalg.cholesky"), keywords=_KEYWORDS, may_raise=True)


@jvp("numpy.linalg.cholesky")
def _(a, y, a_dot, *, upper):
    return cholesky_tangent(y, a_dot, upper)


@vjp("numpy.linalg.cholesky")
def _(a, y, y_bar, *, upper):
    return cholesky_adjoint(y, y_bar, upper)


# -- qr: A = Q R, R's diagonal real.  With X the columns that make R1, the square part of R:
#
#     W = Q^H dX R1^-1,  Q^H dQ = Omega = tril(W, -1) - tril(W, -1)^H (+ i Im diag W),
#     dR = Q^H dA - Omega R,  dQ = Q (Omega - W) + dX R1^-1
def _qr(types, attrs):
    a, mode = matrix(types[0], "np.linalg.qr"), attrs["mode"]
    if mode not in ("reduced", "r"):
        reason = "has columns that the matrix does not determine" if mode == "complete" else "is not covered"
        raise TypeRefusal(f"mode={mode!r} {reason}; mode='reduced' and mode='r' are covered")
    note_shape(a, attrs)
    dtype, k = real_or_complex(a.dtype), fewer(a)
    r = Array(dtype, (*a.shape[:-2], k, a.shape[-1]))
    return r if mode == "r" else (Array(dtype, (*a.shape[:-1], k)), r)


primitive(
    "numpy.linalg.qr",
    "a",
    _qr,
    keywords={"mode": "reduced"},
    may_raise=True,
    absent=True,
    names="q r",
    record=type(np.linalg.qr(np.eye(1))),
)


def turning(w):
    """The skew part of W that its lower triangle determines."""
    omega = np.tril(w, k=-1) - daggered(np.tril(w, k=-1))
    return omega + 1j * np.imag(w) * np.eye(w.shape[-1]) if np.iscomplexobj(w) else omega


def turning_adjoint(g):
    lower = np.tril(g - daggered(g), k=-1)
    return lower + 1j * np.imag(g) * np.eye(g.shape[-1]) if np.iscomplexobj(g) else lower


def square_part(m, r, is_square):
    """The columns of m over the square part of r; all of them, unless r is wide."""
    return m if is_square else m[..., : r.shape[-2]]


def qr_tangent(q, r, a_dot, is_square):
    r1 = square_part(r, r, is_square)
    d = right_divided(square_part(a_dot, r, is_square), r1)
    w = daggered(q) @ d
    omega = turning(w)
    return q @ (omega - w) + d, daggered(q) @ a_dot - omega @ r


def qr_adjoint(a, q, r, q_bar, r_bar, is_square):
    """The gradient by the matrix; one of q_bar and r_bar may be None."""
    r1 = square_part(r, r, is_square)
    if q_bar is None:
        h = -r_bar @ daggered(r)
        d = q @ turning_adjoint(h)
    else:
        k = daggered(q) @ q_bar
        h = k if r_bar is None else k - r_bar @ daggered(r)
        d = q_bar + q @ (turning_adjoint(h) - k)
    x = daggered(solve_or_nan(r1, daggered(d)))
    padded = x if is_square else widened(x, a, r)
    return padded if r_bar is None else padded + q @ r_bar


def widened(x, a, r):
    """x with columns of zeros up to the columns of a."""
    return np.concatenate((x, np.zeros_like(a[..., r.shape[-2] :])), axis=-1)


@jvp("numpy.linalg.qr")
def _(a, y, a_dot, *, mode, _square):
    if mode == "r":
        return qr_tangent(np.linalg.qr(a)[0], y, a_dot, _square)[1]
    return qr_tangent(y[0], y[1], a_dot, _square)


@vjp("numpy.linalg.qr")
def _(a, y, y_bar, *, mode, _square):
    if mode == "r":
        return conj(qr_adjoint(a, np.linalg.qr(a)[0], y, None, conj(y_bar), _square))
    return qr_rule_adjoint(a, y, y_bar, _square)


def qr_rule_adjoint(a, y, y_bar, is_square):
    q_bar = None if y_bar[0] is None else conj(y_bar[0])
    r_bar = None if y_bar[1] is None else conj(y_bar[1])
    return conj(qr_adjoint(a, y[0], y[1], q_bar, r_bar, is_square))


# -- svd: A = U S V^H, and P = U^H dA V.  F[i, j] = 1 / (s[j]^2 - s[i]^2), 0 on the diagonal:
#
#     ds = Re diag P
#     dU = U (F * (P S + S P^H) + i Im diag(P) / S) + (1 - U U^H) dA V / S
#     dV = V (F * (S P + P^H S)) + (1 - V V^H) dA^H U / S
def _values(a: Array) -> Array:
    return Array(real_of(a.dtype), (*a.shape[:-2], fewer(a)))


def _svd(types, attrs):
    a = matrix(types[0], "np.linalg.svd")
    note_shape(a, attrs)
    if attrs["compute_uv"] is False:
        return _values(a)
    k, dtype, full = fewer(a), real_or_complex(a.dtype), attrs["full_matrices"]
    m, n = a.shape[-2:]
    u = Array(dtype, (*a.shape[:-1], m if full else k))
    return u, _values(a), Array(dtype, (*a.shape[:-2], n if full else k, n))


FULL = (
    "the singular vectors beyond the smaller side are not determined by a matrix that is not known to be"
    " square; full_matrices=False leaves them out"
)


def note_shape(a: Array, attrs) -> None:
    """Tell the rules whether a matrix is known to be square."""
    attrs["_attrs"]["_square"] = same_dim(*a.shape[-2:])


def full_vectors(types, attrs):
    """Which results have no derivative."""
    thin_or_square = attrs.get("_square") or not attrs["full_matrices"] or not attrs["compute_uv"]
    return {} if thin_or_square else {0: FULL, 2: FULL}


primitive(
    "numpy.linalg.svd",
    "a",
    _svd,
    keywords={"full_matrices": True, "compute_uv": True, "hermitian": False},
    fixed="hermitian",
    may_raise=True,
    absent=True,
    undetermined=full_vectors,
    names="u s vh",
    record=type(np.linalg.svd(np.eye(1))),
)


def thin(a):
    return np.linalg.svd(a, full_matrices=False)


def values_tangent(a, a_dot):
    u, _, vh = thin(a)
    return diagonal(daggered(u) @ a_dot @ daggered(vh))


def values_adjoint(a, g):
    """The gradient by the matrix, from the one by its singular values."""
    u, _, vh = thin(a)
    return (u * row(g)) @ vh


def over_squares(m, s):
    """m[i, j] / (s[j]^2 - s[i]^2), 0 on the diagonal."""
    return off_diagonal(m, (row(s) - column(s)) * (row(s) + column(s)))


def svd_tangent(u, s, vh, a_dot):
    v = daggered(vh)
    right = a_dot @ v
    p = daggered(u) @ right
    left = daggered(a_dot) @ u
    ps, sp = p * row(s), column(s) * p
    inner = over_squares(ps + daggered(ps), s)
    if np.iscomplexobj(p):
        inner = inner + 1j * safe_divide(np.imag(p) * np.eye(p.shape[-1]), row(s))
    u_dot = u @ inner + safe_divide(right - u @ p, row(s))
    v_dot = v @ over_squares(sp + daggered(sp), s) + safe_divide(left - v @ daggered(p), row(s))
    return u_dot, diagonal(p), daggered(v_dot)


def svd_adjoint(u, s, vh, u_bar, s_bar, v_bar):
    """The gradient by the matrix; of those of u, s and v (not of v^H), some may be None."""
    if u_bar is None:
        return u @ (on_diagonal(s_bar) + by_right(s, vh, v_bar)) @ vh + outside_right(u, s, vh, v_bar)
    inner = on_diagonal(s_bar) + by_left(u, s, u_bar)
    outside = safe_divide(u_bar - u @ (daggered(u) @ u_bar), row(s)) @ vh
    if v_bar is None:
        return u @ inner @ vh + outside
    return u @ (inner + by_right(s, vh, v_bar)) @ vh + outside + outside_right(u, s, vh, v_bar)


def on_diagonal(s_bar):
    return 0.0 if s_bar is None else row(s_bar) * np.eye(s_bar.shape[-1])


def by_left(u, s, u_bar):
    k = daggered(u) @ u_bar
    x = over_squares(k, s)
    inner = (x + daggered(x)) * row(s)
    if np.iscomplexobj(k):
        return inner + 1j * safe_divide(np.imag(k) * np.eye(k.shape[-1]), row(s))
    return inner


def by_right(s, vh, v_bar):
    x = over_squares(vh @ v_bar, s)
    return column(s) * (x + daggered(x))


def outside_right(u, s, vh, v_bar):
    return u @ daggered(safe_divide(v_bar - daggered(vh) @ (vh @ v_bar), row(s)))


def svd_rule_tangent(a, y, a_dot, full_matrices, is_square):
    if full_matrices and not is_square:
        return None, values_tangent(a, a_dot), None
    return svd_tangent(y[0], y[1], y[2], a_dot)


def svd_rule_adjoint(a, y, y_bar, full_matrices, is_square):
    u, s, vh = y
    u_bar, s_bar, vh_bar = y_bar
    if u_bar is None and vh_bar is None:
        if full_matrices and not is_square:
            return conj(values_adjoint(a, s_bar))
        return conj((u * row(s_bar)) @ vh)
    u_bar = None if u_bar is None else conj(u_bar)
    v_bar = None if vh_bar is None else turned(vh_bar)
    return conj(svd_adjoint(u, s, vh, u_bar, s_bar, v_bar))


@jvp("numpy.linalg.svd")
def _(a, y, a_dot, *, full_matrices, compute_uv, _square):
    if not compute_uv:
        return values_tangent(a, a_dot)
    return svd_rule_tangent(a, y, a_dot, full_matrices, _square)


@vjp("numpy.linalg.svd")
def _(a, y, y_bar, *, full_matrices, compute_uv, _square):
    if not compute_uv:
        return conj(values_adjoint(a, y_bar))
    return svd_rule_adjoint(a, y, y_bar, full_matrices, _square)


if hasattr(np.linalg, "svdvals"):
    primitive(
        "numpy.linalg.svdvals",
        "x",
        lambda types, attrs: _values(matrix(types[0], "np.linalg.svdvals")),
        may_raise=True,
    )
    jvp("numpy.linalg.svdvals")(lambda a, y, a_dot: values_tangent(a, a_dot))
    vjp("numpy.linalg.svdvals")(lambda a, y, y_bar: conj(values_adjoint(a, y_bar)))
