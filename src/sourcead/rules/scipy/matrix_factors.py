"""Determinants, decompositions, pseudo-inverses, least squares of SciPy, mostly by the rules of NumPy's."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...ir.types import Array, Opaque, Scalar
from ..contractions import meet, turned
from ..decompositions import (
    cholesky_adjoint,
    cholesky_tangent,
    fewer,
    full_vectors,
    note_shape,
    qr_adjoint,
    qr_rule_adjoint,
    qr_tangent,
    svd_rule_adjoint,
    svd_rule_tangent,
    values_adjoint,
    values_tangent,
)
from ..determinants import det_adjoint, det_tangent
from ..eigen import eigh_adjoint, eigh_tangent
from ..infer import need_rank, result
from ..least_squares import as_matrix, pinv_adjoint, pinv_tangent
from ..matrices import (
    conj,
    daggered,
    diagonal,
    hermitian,
    matrix,
    one,
    onto_triangle,
    real_of,
    real_or_complex,
    row,
    same_matrix,
    scipy_record,
    square,
)
from ..registry import TypeRefusal, jvp, primitive, vjp
from .factored_systems import factors_adjoint, factors_tangent

CHECKS = {"overwrite_a": False, "check_finite": True}


# -- det, cholesky
def _det(types, attrs):
    """SciPy works in double precision here."""
    a = square(types[0], "scipy.linalg.det")
    return result(np.result_type(real_or_complex(a.dtype), "float64").name, a.shape[:-2])


primitive("scipy.linalg.det", "a", _det, keywords=CHECKS, fixed="overwrite_a", may_raise=True)
jvp("scipy.linalg.det")(det_tangent)
vjp("scipy.linalg.det")(det_adjoint)

primitive(
    "scipy.linalg.cholesky",
    "a",
    same_matrix("scipy.linalg.cholesky"),
    keywords={"lower": False, **CHECKS},
    fixed="overwrite_a",
    may_raise=True,
)


@jvp("scipy.linalg.cholesky")
def _(a, y, a_dot, *, lower):
    return cholesky_tangent(y, a_dot, not lower)


@vjp("scipy.linalg.cholesky")
def _(a, y, y_bar, *, lower):
    return cholesky_adjoint(y, y_bar, not lower)


# -- lu: A = P L U of a square matrix
def _lu(types, attrs):
    a = square(types[0], "scipy.linalg.lu")
    if attrs["permute_l"]:
        raise TypeRefusal("permute_l=True is not covered; P @ L is the same")
    dtype = real_or_complex(a.dtype)
    p = Array("int32", a.shape[:-1]) if attrs["p_indices"] else Array(real_of(dtype), a.shape)
    return p, Array(dtype, a.shape), Array(dtype, a.shape)


primitive(
    "scipy.linalg.lu",
    "a",
    _lu,
    keywords={"permute_l": False, **CHECKS, "p_indices": False},
    fixed="overwrite_a",
    absent=True,
    names="p l u",
    may_raise=True,
)


@jvp("scipy.linalg.lu")
def _(a, y, a_dot, *, p_indices):
    p, lower, upper = y
    if p_indices:
        place = np.expand_dims(np.argsort(p, axis=-1), -1)
        lower_dot, upper_dot = factors_tangent(lower, upper, np.take_along_axis(a_dot, place, axis=-2))
        return None, lower_dot, upper_dot
    lower_dot, upper_dot = factors_tangent(lower, upper, turned(p) @ a_dot)
    return np.zeros_like(p), lower_dot, upper_dot


@vjp("scipy.linalg.lu")
def _(a, y, y_bar, *, p_indices):
    p, lower, upper = y
    lower_bar = np.zeros_like(lower) if y_bar[1] is None else y_bar[1]
    upper_bar = np.zeros_like(upper) if y_bar[2] is None else y_bar[2]
    m = factors_adjoint(lower, upper, lower_bar, upper_bar)
    return np.take_along_axis(m, np.expand_dims(p, -1), axis=-2) if p_indices else p @ m


# -- qr: R has rows of zeros below where it is full
FULL = "the columns of Q beyond those of the matrix are not determined by it; mode='economic' leaves them out"


def _qr(types, attrs):
    a, mode = matrix(types[0], "scipy.linalg.qr"), attrs["mode"]
    if attrs["pivoting"]:
        raise TypeRefusal("pivoting=True is not covered")
    if mode not in ("full", "economic"):
        raise TypeRefusal(f"mode={mode!r} is not covered; mode='economic' is")
    note_shape(a, attrs)
    dtype, (m, n) = real_or_complex(a.dtype), a.shape[-2:]
    k = fewer(a) if mode == "economic" else m
    return Array(dtype, (*a.shape[:-2], m, k)), Array(dtype, (*a.shape[:-2], k, n))


def full_columns(types, attrs):
    return {0: FULL} if attrs["mode"] == "full" and not attrs.get("_square") else {}


primitive(
    "scipy.linalg.qr",
    "a",
    _qr,
    keywords={"overwrite_a": False, "lwork": None, "mode": "full", "pivoting": False, "check_finite": True},
    fixed="overwrite_a",
    undetermined=full_columns,
    absent=True,
    names="q r",
    record=scipy_record,
    may_raise=True,
)


def economic(a):
    return scipy.linalg.qr(a, mode="economic")


@jvp("scipy.linalg.qr")
def _(a, y, a_dot, *, mode, _square):
    if mode == "economic" or _square:
        return qr_tangent(y[0], y[1], a_dot, _square)
    q, r = economic(a)
    below = np.zeros_like(a_dot[..., r.shape[-2] :, :])
    return None, np.concatenate((qr_tangent(q, r, a_dot, False)[1], below), axis=-2)


@vjp("scipy.linalg.qr")
def _(a, y, y_bar, *, mode, _square):
    if mode == "economic" or _square:
        return qr_rule_adjoint(a, y, y_bar, _square)
    q, r = economic(a)
    return conj(qr_adjoint(a, q, r, None, conj(y_bar[1][..., : r.shape[-2], :]), False))


# -- svd
def _values(a: Array) -> Array:
    return Array(real_of(a.dtype), (*a.shape[:-2], fewer(a)))


def _svd(types, attrs):
    a = matrix(types[0], "scipy.linalg.svd")
    note_shape(a, attrs)
    if not attrs["compute_uv"]:
        return _values(a)
    k, dtype, full = fewer(a), real_or_complex(a.dtype), attrs["full_matrices"]
    m, n = a.shape[-2:]
    u = Array(dtype, (*a.shape[:-1], m if full else k))
    return u, _values(a), Array(dtype, (*a.shape[:-2], n if full else k, n))


_SVD = {"full_matrices": True, "compute_uv": True, **CHECKS, "lapack_driver": "gesdd"}
primitive("scipy.linalg.svd", "a", _svd, keywords=_SVD, fixed="overwrite_a", undetermined=full_vectors,
          absent=True, names="u s vh", record=scipy_record, may_raise=True)  # fmt: skip


@jvp("scipy.linalg.svd")
def _(a, y, a_dot, *, full_matrices, compute_uv, _square):
    if not compute_uv:
        return values_tangent(a, a_dot)
    return svd_rule_tangent(a, y, a_dot, full_matrices, _square)


@vjp("scipy.linalg.svd")
def _(a, y, y_bar, *, full_matrices, compute_uv, _square):
    if not compute_uv:
        return conj(values_adjoint(a, y_bar))
    return svd_rule_adjoint(a, y, y_bar, full_matrices, _square)


primitive(
    "scipy.linalg.svdvals",
    "a",
    lambda types, attrs: _values(matrix(types[0], "scipy.linalg.svdvals")),
    keywords=CHECKS,
    fixed="overwrite_a",
    may_raise=True,
)
jvp("scipy.linalg.svdvals")(lambda a, y, a_dot: values_tangent(a, a_dot))
vjp("scipy.linalg.svdvals")(lambda a, y, y_bar: conj(values_adjoint(a, y_bar)))


# -- eigh: one matrix, all eigenvalues
def _eigh(types, attrs):
    if len(types) > 1 and isinstance(types[1], Array):
        raise TypeRefusal("the generalised problem (b=) is not covered")
    a = square(types[0], "scipy.linalg.eigh")
    w = Array(real_of(a.dtype), a.shape[:-1])
    return w if attrs.get("eigvals_only", True) else (w, Array(real_or_complex(a.dtype), a.shape))


_REST = {
    "overwrite_a": False, "overwrite_b": False, "type": 1, "check_finite": True,
    "subset_by_index": None, "subset_by_value": None, "driver": None,
}  # fmt: skip
_FIXED = "overwrite_a overwrite_b type subset_by_index subset_by_value"
primitive(
    "scipy.linalg.eigh",
    "a b",
    _eigh,
    keywords={"lower": True, "eigvals_only": False, **_REST},
    fixed=_FIXED,
    absent=True,
    names="w v",
    record=scipy_record,
    may_raise=True,
)
primitive(
    "scipy.linalg.eigvalsh", "a b", _eigh, keywords={"lower": True, **_REST}, fixed=_FIXED, may_raise=True
)


def values_along(a, a_dot, lower):
    v = scipy.linalg.eigh(a, lower=lower)[1]
    return diagonal(daggered(v) @ hermitian(a_dot, lower) @ v)


def values_back(a, w_bar, lower):
    v = scipy.linalg.eigh(a, lower=lower)[1]
    return conj(onto_triangle((v * row(w_bar)) @ daggered(v), lower))


@jvp("scipy.linalg.eigh")
def _(a, b, y, a_dot, *, lower, eigvals_only):
    if eigvals_only:
        return values_along(a, a_dot, lower)
    return eigh_tangent(y[0], y[1], hermitian(a_dot, lower))


@vjp("scipy.linalg.eigh")
def _(a, b, y, y_bar, *, lower, eigvals_only):
    if eigvals_only:
        return values_back(a, y_bar, lower)
    w_bar, v_bar = y_bar
    s = eigh_adjoint(y[0], y[1], w_bar, None if v_bar is None else conj(v_bar))
    return conj(onto_triangle(s, lower))


@jvp("scipy.linalg.eigvalsh")
def _(a, b, y, a_dot, *, lower):
    return values_along(a, a_dot, lower)


@vjp("scipy.linalg.eigvalsh")
def _(a, b, y, y_bar, *, lower):
    return values_back(a, y_bar, lower)


# -- pinv, lstsq
def _pinv(types, attrs):
    a = one(types[0], "scipy.linalg.pinv", False)
    return Array(real_or_complex(a.dtype), a.shape[::-1])


_PINV = {"atol": None, "rtol": None, "return_rank": False, "check_finite": True}
primitive("scipy.linalg.pinv", "a", _pinv, keywords=_PINV, fixed="return_rank", may_raise=True)
jvp("scipy.linalg.pinv")(pinv_tangent)


@vjp("scipy.linalg.pinv")
def _(a, y, y_bar):
    return conj(pinv_adjoint(a, y, conj(y_bar)))


def _lstsq(types, attrs):
    a = one(types[0], "scipy.linalg.lstsq", False)
    b = need_rank(types[1], 1, "the right-hand side of scipy.linalg.lstsq")
    if b.ndim > 2:
        raise TypeRefusal("one or two axes of right-hand sides are covered")
    meet(a.shape[0], b.shape[0])
    dtype = np.result_type(real_or_complex(a.dtype), real_or_complex(b.dtype)).name
    if attrs["lapack_driver"] == "gelsy":
        raise TypeRefusal("lapack_driver='gelsy' is not covered")
    return (
        Array(dtype, (a.shape[1], *b.shape[1:])),
        Opaque("residuals"),
        Scalar("int64"),
        Array(real_of(dtype), (fewer(a),)),
    )


primitive(
    "scipy.linalg.lstsq",
    "a b",
    _lstsq,
    keywords={"cond": None, "overwrite_a": False, "overwrite_b": False, "check_finite": True,
              "lapack_driver": None},
    fixed="overwrite_a overwrite_b",
    undetermined=lambda types, attrs: {1: "whether SciPy returns residuals shows only at run time"},
    absent=True,
    names="x residuals rank s",
    may_raise=True,
)  # fmt: skip


def inverse_for(a, cond):
    return scipy.linalg.pinv(a) if cond is None else scipy.linalg.pinv(a, rtol=cond)


@jvp("scipy.linalg.lstsq")
def _(a, b, y, a_dot, *, cond):
    p, x, h = inverse_for(a, cond), y[0], daggered(a_dot)
    second = h @ (daggered(p) @ x)
    x_dot = p @ (daggered(p) @ (h @ (b - a @ x)) - a_dot @ x) + second - p @ (a @ second)
    return x_dot, None, None, values_tangent(a, a_dot)


@jvp("scipy.linalg.lstsq", 1)
def _(a, b, y, b_dot, *, cond):
    return inverse_for(a, cond) @ b_dot, None, None, np.zeros_like(y[3])


@vjp("scipy.linalg.lstsq")
def _(a, b, y, y_bar, *, cond):
    x_bar, _, _, s_bar = y_bar
    if x_bar is None:
        return conj(values_adjoint(a, s_bar))
    p, g, u, r = inverse_for(a, cond), conj(as_matrix(x_bar)), as_matrix(y[0]), as_matrix(b - a @ y[0])
    pg, px = daggered(p) @ g, daggered(p) @ u
    total = r @ daggered(p @ pg) - pg @ daggered(u) + px @ daggered(g - daggered(a) @ pg)
    return conj(total if s_bar is None else total + values_adjoint(a, s_bar))


@vjp("scipy.linalg.lstsq", 1)
def _(a, b, y, y_bar, *, cond):
    if y_bar[0] is None:
        return np.zeros_like(b)
    return conj(daggered(inverse_for(a, cond)) @ conj(y_bar[0]))


# -- polar: A = U P with P = (A^H A)^1/2, or A = P U:  P dP + dP P = dA^H A + A^H dA,  dU = (dA - U dP) P^-1
def _polar(types, attrs):
    a = one(types[0], "scipy.linalg.polar", False)
    if attrs["side"] not in ("right", "left"):
        raise TypeRefusal(f"side={attrs['side']!r} is not covered")
    n = a.shape[1] if attrs["side"] == "right" else a.shape[0]
    return Array(real_or_complex(a.dtype), a.shape), Array(real_or_complex(a.dtype), (n, n))


primitive("scipy.linalg.polar", "a", _polar, keywords={"side": "right"}, absent=True, names="u p",
          may_raise=True)  # fmt: skip


def polar_tangent(a, u, p, a_dot):
    along = daggered(a_dot) @ a
    p_dot = scipy.linalg.solve_sylvester(p, p, along + daggered(along))
    return turned(np.linalg.solve(turned(p), turned(a_dot - u @ p_dot))), p_dot


def polar_adjoint(a, u, p, u_bar, p_bar):
    total, inner = None, p_bar
    if u_bar is not None:
        total = daggered(np.linalg.solve(daggered(p), daggered(u_bar)))
        inner = -daggered(u) @ total if p_bar is None else p_bar - daggered(u) @ total
    w = scipy.linalg.solve_sylvester(p, p, 0.5 * (inner + daggered(inner)))
    by_p = a @ (w + daggered(w))
    return by_p if total is None else total + by_p


@jvp("scipy.linalg.polar")
def _(a, y, a_dot, *, side):
    if side == "right":
        return polar_tangent(a, y[0], y[1], a_dot)
    u_dot, p_dot = polar_tangent(daggered(a), daggered(y[0]), y[1], daggered(a_dot))
    return daggered(u_dot), p_dot


@vjp("scipy.linalg.polar")
def _(a, y, y_bar, *, side):
    u, p = y
    u_bar, p_bar = y_bar
    p_bar = None if p_bar is None else conj(p_bar)
    if side == "right":
        return conj(polar_adjoint(a, u, p, None if u_bar is None else conj(u_bar), p_bar))
    u_bar = None if u_bar is None else turned(u_bar)
    return conj(daggered(polar_adjoint(daggered(a), daggered(u), p, u_bar, p_bar)))
