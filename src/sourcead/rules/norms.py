"""Norms of vectors and matrices, condition numbers, ranks."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, const_dim
from ..runtime import safe_divide, safe_multiply, safe_power
from .infer import axes_of, need_rank, result
from .matrices import conj, matrix, real_of, row, spread, square
from .reductions import back
from .registry import TypeRefusal, constant, jvp, primitive, static, vjp

SPECTRAL = (2, -2, "nuc")


def check_order(order, n: int, flat: bool) -> None:
    """Refuses what NumPy refuses: n axes, all of them together (flat) as of one vector."""
    if n == 2 and not flat:
        if order not in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
            raise TypeRefusal(f"there is no norm of matrices with ord={order!r}")
    elif order is not None and not (isinstance(order, int | float) and (n == 1 or flat)):
        raise TypeRefusal(f"ord={order!r} with {n} axes is not covered")


def reduced(a: Array, axes, keep) -> tuple:
    return tuple(const_dim(1) if i in axes else d for i, d in enumerate(a.shape) if keep or i not in axes)


def norm_type(what: str, always_flat: bool = False):
    def infer(types, attrs):
        a = need_rank(types[0], 1, f"the operand of {what}")
        if a.dtype == "float16":
            raise TypeRefusal("norms of float16 are not covered")
        order, axis, keep = attrs["ord"], attrs["axis"], attrs["keepdims"]
        axes = axes_of(axis, a.ndim)
        if not (order is None and axis is None):
            check_order(order, len(axes), always_flat)
        return result(real_of(a.dtype), reduced(a, axes, keep))

    return infer


def phase(x):
    """The slope of abs: the sign, for complex numbers conj(x) / abs(x)."""
    return safe_divide(np.conj(x), np.abs(x)) if np.iscomplexobj(x) else np.sign(x)


@static
def is_matrix(axis, ndim):
    return ndim == 2 if axis is None else isinstance(axis, tuple) and len(axis) == 2


@static
def matrix_axes(axis, ndim):
    return (0, 1) if axis is None else tuple(k % ndim for k in axis)


@static
def euclidean(order, two):
    return order is None or order == "fro" or (order == 2 and not two)


@static
def spectral(order, two):
    return two and order in SPECTRAL


@static
def is_trivial(axes, ndim):
    """Whether axes are the last two already."""
    return axes == (ndim - 2, ndim - 1)


@static
def restored(axes, ndim):
    """The order of axes that undoes moving two to the end."""
    others = [k for k in range(ndim) if k not in axes]
    return tuple([*others, *axes].index(k) for k in range(ndim))


@static
def moved(axes, ndim):
    return (*[k for k in range(ndim) if k not in axes], *axes)


def vector_slope(x, y, order, axis):
    """d norm / dx for a vector norm; y broadcasts to x."""
    if order == 1:
        return phase(x)
    if order == 0:
        return np.zeros_like(x)
    if abs(order) == np.inf:
        hit = np.abs(x) == y
        return phase(x) * hit / np.sum(hit, axis=axis, keepdims=True)
    return phase(x) * safe_power(safe_divide(np.abs(x), y), order - 1)


def spectral_slope(x, order, axes):
    """d norm / dx for a norm of singular values; where they are 0, no direction is better than another."""
    m = x if is_trivial(axes, x.ndim) else np.transpose(x, moved(axes, x.ndim))
    u, s, vh = np.linalg.svd(m, full_matrices=False)
    if order == "nuc":
        weights = np.sign(s)
    else:
        best = np.max(s, axis=-1, keepdims=True) if order == 2 else np.min(s, axis=-1, keepdims=True)
        hit = s == best
        weights = np.sign(s) * hit / np.sum(hit, axis=-1, keepdims=True)
    slope = conj((u * row(weights)) @ vh)
    return slope if is_trivial(axes, x.ndim) else np.transpose(slope, restored(axes, x.ndim))


def matrix_slope(x, y, order, axes):
    """d norm / dx for the largest or smallest sum of a row or column; equal ones share."""
    along = axes[0] if abs(order) == 1 else axes[1]
    across = axes[1] if abs(order) == 1 else axes[0]
    hit = np.sum(np.abs(x), axis=along, keepdims=True) == y
    return phase(x) * hit / np.sum(hit, axis=across, keepdims=True)


def slope(x, y, order, axis, two):
    if spectral(order, two):
        return spectral_slope(x, order, matrix_axes(axis, x.ndim))
    return matrix_slope(x, y, order, matrix_axes(axis, x.ndim)) if two else vector_slope(x, y, order, axis)


def norm_tangent(x, y, x_dot, order, axis, keepdims, two):
    g = back(y, axis, keepdims)
    along = x_dot * (safe_divide(conj(x), g) if euclidean(order, two) else slope(x, g, order, axis, two))
    if np.iscomplexobj(x):
        along = np.real(along)
    return np.sum(along, axis=axis, keepdims=keepdims)


def norm_adjoint(x, y, y_bar, order, axis, keepdims, two):
    g, n = back(y_bar, axis, keepdims), back(y, axis, keepdims)
    if euclidean(order, two):
        return safe_divide(g * conj(x), n)
    if two or order == 1 or abs(order) == np.inf:
        return g * slope(x, n, order, axis, two)
    return safe_multiply(g, slope(x, n, order, axis, two))


primitive(
    "numpy.linalg.norm",
    "x",
    norm_type("np.linalg.norm"),
    keywords={"ord": None, "axis": None, "keepdims": False},
    may_raise=True,
)


@jvp("numpy.linalg.norm")
def _(x, y, x_dot, *, ord, axis, keepdims):
    return norm_tangent(x, y, x_dot, ord, axis, keepdims, is_matrix(axis, x.ndim))


@vjp("numpy.linalg.norm")
def _(x, y, y_bar, *, ord, axis, keepdims):
    return norm_adjoint(x, y, y_bar, ord, axis, keepdims, is_matrix(axis, x.ndim))


def _matrix_norm(types, attrs):
    a, order = matrix(types[0], "np.linalg.matrix_norm"), attrs["ord"]
    check_order(order, 2, False)
    return result(real_of(a.dtype), reduced(a, (a.ndim - 2, a.ndim - 1), attrs["keepdims"]))


if hasattr(np.linalg, "vector_norm"):
    primitive(
        "numpy.linalg.vector_norm",
        "x",
        norm_type("np.linalg.vector_norm", True),
        keywords={"axis": None, "keepdims": False, "ord": 2},
        may_raise=True,
    )

    @jvp("numpy.linalg.vector_norm")
    def _(x, y, x_dot, *, ord, axis, keepdims):
        return norm_tangent(x, y, x_dot, ord, axis, keepdims, False)

    @vjp("numpy.linalg.vector_norm")
    def _(x, y, y_bar, *, ord, axis, keepdims):
        return norm_adjoint(x, y, y_bar, ord, axis, keepdims, False)

    primitive(
        "numpy.linalg.matrix_norm",
        "x",
        _matrix_norm,
        keywords={"keepdims": False, "ord": "fro"},
        may_raise=True,
    )

    @jvp("numpy.linalg.matrix_norm")
    def _(x, y, x_dot, *, ord, keepdims):
        return norm_tangent(x, y, x_dot, ord, (-2, -1), keepdims, True)

    @vjp("numpy.linalg.matrix_norm")
    def _(x, y, y_bar, *, ord, keepdims):
        return norm_adjoint(x, y, y_bar, ord, (-2, -1), keepdims, True)


# -- condition numbers: singular values for p = None, 2, -2, else norm(x) * norm(inv(x))
def _cond(types, attrs):
    a, p = matrix(types[0], "np.linalg.cond"), attrs["p"]
    if p not in (None, 2, -2):
        a = square(types[0], "np.linalg.cond")
        check_order(p, 2, False)
    return result(real_of(a.dtype), a.shape[:-2])


primitive("numpy.linalg.cond", "x", _cond, keywords={"p": None}, may_raise=True)


def cond_slope(x, y, p):
    """d cond / dx."""
    axes = (x.ndim - 2, x.ndim - 1)
    if p is None or p == 2 or p == -2:
        small = np.linalg.norm(x, -2, axis=axes)
        largest, smallest = spectral_slope(x, 2, axes), spectral_slope(x, -2, axes)
        if p == -2:
            large = np.linalg.norm(x, 2, axis=axes)
            return safe_divide(smallest - spread(y) * largest, spread(large))
        return safe_divide(largest - spread(y) * smallest, spread(small))
    inverse = np.linalg.inv(x)
    n, m = np.linalg.norm(x, p, axis=axes), np.linalg.norm(inverse, p, axis=axes)
    by_x = norm_adjoint(x, n, m, p, axes, False, True)
    by_inverse = norm_adjoint(inverse, m, n, p, axes, False, True)
    t = np.swapaxes(inverse, -1, -2)
    return by_x - t @ by_inverse @ t


@jvp("numpy.linalg.cond")
def _(x, y, x_dot, *, p):
    along = np.sum(x_dot * cond_slope(x, y, p), axis=(-2, -1))
    return np.real(along) if np.iscomplexobj(x) else along


@vjp("numpy.linalg.cond")
def _(x, y, y_bar, *, p):
    return safe_multiply(spread(y_bar), cond_slope(x, y, p))


def _matrix_rank(types, attrs):
    a = need_rank(types[0], 1, "the operand of np.linalg.matrix_rank")
    for k in ("tol", "rtol"):
        if isinstance(attrs.get(k), np.ndarray):
            raise TypeRefusal(f"{k}= with an array is not covered")
    return result("int64", a.shape[:-2]) if a.ndim != 1 else Scalar("int64")


_RANK = {"tol": None, "hermitian": False, **({"rtol": None} if hasattr(np.linalg, "svdvals") else {})}
primitive("numpy.linalg.matrix_rank", "A", _matrix_rank, keywords=_RANK, may_raise=True)
constant("numpy.linalg.matrix_rank")
