"""Linear algebra: norm, det, slogdet, inv, solve, cholesky, eigh."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, const_dim, dtype_kind, is_complex
from ..runtime import cofactors, cofactors_along, safe_divide, safe_multiply, safe_power, unbroadcast
from .contractions import meet
from .infer import axes_of, broadcast_dims, need_rank, result
from .reductions import back
from .registry import TypeRefusal, jvp, primitive, vjp


def _real(dtype: str) -> str:
    """The dtype that LAPACK works in: whole numbers become float64."""
    return dtype if dtype_kind(dtype) in "fc" else "float64"


def _square(t, what: str) -> Array:
    a = need_rank(t, 2, f"the operand of {what}")
    if is_complex(a):
        raise TypeRefusal(f"{what} of complex matrices is not covered")
    if a.dtype == "float16":
        raise TypeRefusal(f"{what} takes no float16")
    meet(a.shape[-2], a.shape[-1])
    return a


def turned(a):
    """The transpose of each matrix of a stack."""
    return a.T if a.ndim == 2 else np.swapaxes(a, -1, -2)


def spread(g):
    """One number for each matrix of a stack, in a shape that multiplies matrices."""
    return g if np.ndim(g) == 0 else np.expand_dims(g, (-2, -1))


# -- norm --------------------------------------------------------------------------------------------------
def _norm(types, attrs):
    a = need_rank(types[0], 1, "the operand of np.linalg.norm")
    order, axis = attrs["ord"], attrs["axis"]
    if is_complex(a) and order not in (None, 2, "fro"):
        raise TypeRefusal("this norm of complex numbers is not covered")
    axes = axes_of(axis, a.ndim)
    if order is not None and len(axes) == 2 and order not in ("fro", 1, -1, np.inf, -np.inf):
        raise TypeRefusal(f"ord={order!r} is not covered for matrices")
    if (len(axes) == 1 and not (order is None or isinstance(order, int | float))) or order == 0:
        raise TypeRefusal(f"ord={order!r} is not covered for vectors")
    if len(axes) > 2 and (order is not None or axis is not None):
        raise TypeRefusal("ord= goes with one or two axes")
    kind = np.zeros(0, _real(a.dtype)).real.dtype.name
    keep = attrs["keepdims"]
    shape = tuple(const_dim(1) if i in axes else d for i, d in enumerate(a.shape) if keep or i not in axes)
    return result(kind, shape)


primitive(
    "numpy.linalg.norm", "x", _norm, keywords={"ord": None, "axis": None, "keepdims": False}, may_raise=True
)


def norm_slope(x, y, order, axis):
    """d norm / dx; y broadcasts to x."""
    if order is None or order == "fro" or order == 2:
        return safe_divide(np.conj(x) if np.iscomplexobj(x) else x, y)
    two = x.ndim == 2 if axis is None else isinstance(axis, tuple) and len(axis) == 2
    if two:
        rows, columns = (0, 1) if axis is None else axis
        along = rows if abs(order) == 1 else columns
        sums = np.sum(np.abs(x), axis=along, keepdims=True)
        hit = sums == y
        return np.sign(x) * hit / np.sum(hit, axis=columns if abs(order) == 1 else rows, keepdims=True)
    along = None if axis is None else axis
    if order == 1:
        return np.sign(x)
    if abs(order) == np.inf:
        hit = np.abs(x) == y
        return np.sign(x) * hit / np.sum(hit, axis=along, keepdims=True)
    return np.sign(x) * safe_power(safe_divide(np.abs(x), y), order - 1)


@jvp("numpy.linalg.norm")
def _(x, y, x_dot, *, ord, axis, keepdims):
    along = x_dot * norm_slope(x, back(y, axis, keepdims), ord, axis)
    if np.iscomplexobj(x):
        along = np.real(along)
    return np.sum(along, axis=axis, keepdims=keepdims)


@vjp("numpy.linalg.norm")
def _(x, y, y_bar, *, ord, axis, keepdims):
    g = back(y_bar, axis, keepdims)
    if ord is None or ord == "fro" or ord == 2:
        return safe_divide(g * (np.conj(x) if np.iscomplexobj(x) else x), back(y, axis, keepdims))
    return safe_multiply(g, norm_slope(x, back(y, axis, keepdims), ord, axis))


# -- determinants --------------------------------------------------------------------------------------------
def _det(types, attrs):
    a = _square(types[0], "np.linalg.det")
    return result(_real(a.dtype), a.shape[:-2])


primitive("numpy.linalg.det", "a", _det, may_raise=True)
primitive("sourcead.runtime.cofactors", "a", lambda types, attrs: _inv(types, attrs))
primitive("sourcead.runtime.cofactors_along", "a h", lambda types, attrs: _inv(types, attrs))


@jvp("sourcead.runtime.cofactors")
def _(a, y, a_dot):
    return cofactors_along(a, a_dot)


@vjp("sourcead.runtime.cofactors")
def _(a, y, y_bar):
    return cofactors_along(a, y_bar)


@jvp("sourcead.runtime.cofactors_along", 1)
def _(a, h, y, h_dot):
    return cofactors_along(a, h_dot)


@vjp("sourcead.runtime.cofactors_along", 1)
def _(a, h, y, y_bar):
    return cofactors_along(a, y_bar)


@jvp("numpy.linalg.det")
def _(a, y, a_dot):
    return np.sum(cofactors(a) * a_dot, axis=(-2, -1))


@vjp("numpy.linalg.det")
def _(a, y, y_bar):
    return spread(y_bar) * cofactors(a)


def _slogdet(types, attrs):
    a = _square(types[0], "np.linalg.slogdet")
    out = result(_real(a.dtype), a.shape[:-2])
    return out, out


primitive("numpy.linalg.slogdet", "a", _slogdet, may_raise=True)


@jvp("numpy.linalg.slogdet")
def _(a, y, a_dot):
    return np.zeros_like(y[0]), (
        np.trace(np.linalg.solve(a, a_dot))
        if a.ndim == 2
        else np.sum(turned(np.linalg.inv(a)) * a_dot, axis=(-2, -1))
    )


@vjp("numpy.linalg.slogdet")
def _(a, y, y_bar):
    return spread(y_bar[1]) * turned(np.linalg.inv(a))


# -- inverse and systems
def _inv(types, attrs):
    a = _square(types[0], "np.linalg.inv")
    return Array(_real(a.dtype), a.shape)


primitive("numpy.linalg.inv", "a", _inv, may_raise=True)


@jvp("numpy.linalg.inv")
def _(a, y, a_dot):
    return -y @ a_dot @ y


@vjp("numpy.linalg.inv")
def _(a, y, y_bar):
    return -turned(y) @ y_bar @ turned(y)


def _solve(types, attrs):
    a = _square(types[0], "np.linalg.solve")
    b = need_rank(types[1], 1, "the right-hand side of np.linalg.solve")
    if is_complex(b) or b.dtype == "float16":
        raise TypeRefusal("a complex or float16 right-hand side is not covered")
    dtype = np.result_type(_real(a.dtype), _real(b.dtype)).name
    if b.ndim == 1:
        meet(a.shape[-1], b.shape[0])
        return Array(dtype, (*a.shape[:-2], b.shape[0]))
    meet(a.shape[-1], b.shape[-2])
    return Array(dtype, (*broadcast_dims([a.shape[:-2], b.shape[:-2]]), *b.shape[-2:]))


primitive("numpy.linalg.solve", "a b", _solve, may_raise=True)


def apply(a, x, b):
    """a @ x for the right-hand side b: a vector, or a stack of matrices."""
    return (a @ np.expand_dims(x, -1)).squeeze(axis=-1) if b.ndim == 1 and a.ndim > 2 else a @ x


def solve_like(a, g, b):
    """Solve for a stack of vectors where b was one vector."""
    if b.ndim == 1 and a.ndim > 2:
        return np.squeeze(np.linalg.solve(a, np.expand_dims(g, -1)), axis=-1)
    return np.linalg.solve(a, g)


@jvp("numpy.linalg.solve")
def _(a, b, y, a_dot):
    return -solve_like(a, apply(a_dot, y, b), b)


@jvp("numpy.linalg.solve", 1)
def _(a, b, y, b_dot):
    return np.linalg.solve(a, b_dot)


@vjp("numpy.linalg.solve")
def _(a, b, y, y_bar):
    b_bar = solve_like(turned(a), y_bar, b)
    if b.ndim == 1:
        return -np.outer(b_bar, y) if a.ndim == 2 else -np.expand_dims(b_bar, -1) * np.expand_dims(y, -2)
    return -b_bar @ y.T if a.ndim == 2 and b.ndim == 2 else unbroadcast(-b_bar @ turned(y), a)


@vjp("numpy.linalg.solve", 1)
def _(a, b, y, y_bar):
    b_bar = solve_like(turned(a), y_bar, b)
    return b_bar if a.ndim == 2 and b.ndim <= 2 else unbroadcast(b_bar, b)


# -- cholesky: only the lower triangle of the operand is read; its derivative is taken as symmetric
# --------------
def _cholesky(types, attrs):
    a = _square(types[0], "np.linalg.cholesky")
    return Array(_real(a.dtype), a.shape)


primitive("numpy.linalg.cholesky", "a", _cholesky, keywords={"upper": False}, fixed="upper", may_raise=True)


def lower_half(m):
    """The lower triangle with half of the diagonal."""
    return np.tril(m) - 0.5 * m * np.eye(m.shape[-1])


@jvp("numpy.linalg.cholesky")
def _(a, y, a_dot):
    s = np.tril(a_dot) + turned(np.tril(a_dot, k=-1))
    return y @ lower_half(np.linalg.solve(y, turned(np.linalg.solve(y, turned(s)))))


@vjp("numpy.linalg.cholesky")
def _(a, y, y_bar):
    p = lower_half(turned(y) @ y_bar)
    s = np.linalg.solve(turned(y), turned(np.linalg.solve(turned(y), turned(p))))
    return np.tril(s) + turned(np.triu(s, k=1))


# -- eigh: eigenvalues and vectors of a symmetric matrix
def _eigh(types, attrs):
    a = _square(types[0], "np.linalg.eigh")
    return Array(_real(a.dtype), a.shape[:-1]), Array(_real(a.dtype), a.shape)


primitive("numpy.linalg.eigh", "a", _eigh, keywords={"UPLO": "L"}, fixed="UPLO", may_raise=True)


def gaps(w):
    """1 / (w[j] - w[i]), and 0 on the diagonal."""
    eye = np.eye(w.shape[-1])
    return (1.0 - eye) / (np.expand_dims(w, -2) - np.expand_dims(w, -1) + eye)


@jvp("numpy.linalg.eigh")
def _(a, y, a_dot):
    w, v = y
    s = np.tril(a_dot) + turned(np.tril(a_dot, k=-1))
    m = turned(v) @ s @ v
    return np.sum(m * np.eye(m.shape[-1]), axis=-1), v @ (gaps(w) * m)


@vjp("numpy.linalg.eigh")
def _(a, y, y_bar):
    w, v = y
    inner = gaps(w) * (turned(v) @ y_bar[1]) + np.expand_dims(y_bar[0], -2) * np.eye(w.shape[-1])
    s = v @ inner @ turned(v)
    return np.tril(s) + turned(np.triu(s, k=1))
