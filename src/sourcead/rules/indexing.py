"""Reading parts of arrays: take, where, diagonals, triangles, windows; searches without a derivative."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Tuple, const_dim, dtype_kind, new_dim
from ..runtime import fold_windows, index_add, zeros_like
from .infer import (
    array_of,
    axes_of,
    axis_of,
    constant_of,
    dims_of,
    dtype_of,
    elementwise,
    need_rank,
    plus,
    result,
    same_dim,
)
from .registry import TypeRefusal, constant, jvp, primitive, scaled, static, vjp
from .shapes import linear


def _take(types, attrs):
    a, index = array_of(types[0]), array_of(types[1])
    if dtype_kind(index.dtype) not in "iu":
        raise TypeRefusal("the indices must be whole numbers")
    if attrs["axis"] is None:
        return result(a.dtype, index.shape)
    axis = axis_of(attrs["axis"], a.ndim)
    return result(a.dtype, a.shape[:axis] + index.shape + a.shape[axis + 1 :])


primitive(
    "numpy.take",
    "a indices",
    _take,
    keywords={"axis": None, "out": None, "mode": "raise"},
    fixed="out mode",
    may_raise=True,
    methods="take",
)


def untake(a, indices, y, y_bar, *, axis):
    if axis is None and a.ndim != 1:
        return np.reshape(index_add(np.ravel(zeros_like(a)), indices, y_bar), a.shape)
    if axis is None or axis % a.ndim == 0:
        return index_add(zeros_like(a), indices, y_bar)
    at = axis % a.ndim
    moved = np.moveaxis(y_bar, tuple(range(at, at + np.ndim(indices))), tuple(range(np.ndim(indices))))
    return np.moveaxis(index_add(np.moveaxis(zeros_like(a), at, 0), indices, moved), 0, at)


linear("numpy.take", lambda a, indices, y, a_dot, *, axis: np.take(a_dot, indices, axis=axis), untake)


# -- where -----------------------------------------------------------------------------------------------
def _where(types, attrs):
    if len(types) != 3:
        raise TypeRefusal("np.where is covered with three arguments; np.nonzero finds places")
    return elementwise("numpy.where")(types, attrs)


primitive("numpy.where", "condition x y", _where)
scaled(
    "numpy.where",
    None,
    lambda g, c, a, b, y: np.where(c, g, 0.0),
    lambda g, c, a, b, y: np.where(c, 0.0, g),
)


# -- diagonals -------------------------------------------------------------------------------------------
def _diag(types, attrs):
    a = need_rank(types[0], 1, "the operand of np.diag")
    k = attrs["k"]
    if not isinstance(k, int):
        raise TypeRefusal("k= must be known when compiling")
    if a.ndim == 1:
        n = plus(a.shape[0], const_dim(abs(k)))
        return Array(a.dtype, (n, n))
    if a.ndim > 2:
        raise TypeRefusal("np.diag takes one or two axes")
    return Array(a.dtype, (_diagonal_length(a.shape[0], a.shape[1], k),))


def _diagonal_length(rows, columns, k):
    if rows.symbol is None and columns.symbol is None:
        return const_dim(
            max(
                (
                    min(rows.offset + min(k, 0), columns.offset - max(k, 0))
                    if k
                    else min(rows.offset, columns.offset)
                ),
                0,
            )
        )
    return rows if k == 0 and same_dim(rows, columns) else new_dim()


primitive("numpy.diag", "v", _diag, keywords={"k": 0}, alias=("may_view", 0))


def undiagonal(x, g, k):
    """Zeros of the shape of a matrix with g on its k-th diagonal."""
    i = np.arange(len(g))
    return index_add(zeros_like(x), (i - min(k, 0), i + max(k, 0)), g)


linear(
    "numpy.diag",
    lambda v, y, v_dot, *, k: np.diag(v_dot, k=k),
    lambda v, y, y_bar, *, k: np.diag(y_bar, k=k) if v.ndim == 1 else undiagonal(v, y_bar, k),
)


def _diagonal(types, attrs):
    a = need_rank(types[0], 2, "the operand of np.diagonal")
    i, j = axis_of(attrs["axis1"], a.ndim), axis_of(attrs["axis2"], a.ndim)
    if i == j or not isinstance(attrs["offset"], int):
        raise TypeRefusal("two different axes and a constant offset are needed")
    rest = tuple(d for k, d in enumerate(a.shape) if k not in (i, j))
    return Array(a.dtype, (*rest, _diagonal_length(a.shape[i], a.shape[j], attrs["offset"])))


_DIAGONAL = {"offset": 0, "axis1": 0, "axis2": 1}
primitive("numpy.diagonal", "a", _diagonal, keywords=_DIAGONAL, alias=("view", 0), methods="diagonal")


@jvp("numpy.diagonal")
def _(a, y, a_dot, *, offset, axis1, axis2):
    return np.diagonal(a_dot, offset=offset, axis1=axis1, axis2=axis2)


@vjp("numpy.diagonal")
def _(a, y, y_bar, *, offset, axis1, axis2):
    if a.ndim == 2 and axis1 % 2 == 0:
        return undiagonal(a, y_bar, offset)
    front = np.moveaxis(zeros_like(a), (axis1, axis2), (0, 1))
    return np.moveaxis(undiagonal(front, np.moveaxis(y_bar, -1, 0), offset), (0, 1), (axis1, axis2))


def _trace(types, attrs):
    a = need_rank(types[0], 2, "the operand of np.trace")
    if a.ndim != 2:
        raise TypeRefusal("np.trace is covered for matrices")
    return dtype_of("numpy.trace", types)


_TRACE = {**_DIAGONAL, "dtype": None, "out": None}
primitive("numpy.trace", "a", _trace, keywords=_TRACE, fixed="axis1 axis2 dtype out", methods="trace")


@jvp("numpy.trace")
def _(a, y, a_dot, *, offset):
    return np.trace(a_dot, offset=offset)


@vjp("numpy.trace")
def _(a, y, y_bar, *, offset):
    return y_bar * np.eye(a.shape[0], a.shape[1], k=offset)


def _triangle(types, attrs):
    m = need_rank(types[0], 1, "the operand")
    shape = m.shape if m.ndim > 1 else (m.shape[0], m.shape[0])
    return Array(m.dtype, shape)


for _name in ("tril", "triu"):
    primitive(f"numpy.{_name}", "m", _triangle, keywords={"k": 0})


@jvp("numpy.tril")
def _(m, y, m_dot, *, k):
    return np.tril(m_dot, k=k)


@jvp("numpy.triu")
def _(m, y, m_dot, *, k):
    return np.triu(m_dot, k=k)


@vjp("numpy.tril")
def _(m, y, y_bar, *, k):
    return np.tril(y_bar, k=k) if m.ndim > 1 else np.sum(np.tril(y_bar, k=k), axis=0)


@vjp("numpy.triu")
def _(m, y, y_bar, *, k):
    return np.triu(y_bar, k=k) if m.ndim > 1 else np.sum(np.triu(y_bar, k=k), axis=0)


# -- the functional writes of rules ----------------------------------------------------------------------
def _nonzero(types, attrs):
    a = need_rank(types[0], 1, "the operand of np.nonzero")
    n = new_dim()
    return tuple(Array("int64", (n,)) for _ in range(a.ndim))


primitive("numpy.nonzero", "a", _nonzero, methods="nonzero")
primitive("numpy.flatnonzero", "a", lambda types, attrs: Array("int64", (new_dim(),)))
primitive(
    "numpy.argwhere",
    "a",
    lambda types, attrs: Array("int64", (new_dim(), const_dim(array_of(types[0]).ndim))),
)
constant("numpy.nonzero", "numpy.flatnonzero", "numpy.argwhere")


def _isin(types, attrs):
    a = array_of(types[0])
    return Array("bool", a.shape)


primitive(
    "numpy.isin",
    "element test_elements",
    _isin,
    keywords={"assume_unique": False, "invert": False, "kind": None},
)
constant("numpy.isin")


# -- overlapping windows -----------------------------------------------------------------------------------
def _window_axes(axis, ndim, windows):
    axes = axes_of(axis, ndim) if axis is None or isinstance(axis, int) else axis
    if len(axes) != windows:
        raise TypeRefusal(f"{windows} window lengths for {len(axes)} axes")
    return tuple(axis_of(i, ndim) for i in axes)


def _windows(types, attrs):
    if len(types) < 2:
        raise TypeRefusal("the window's shape is missing")
    a, w = need_rank(types[0], 1, "the operand"), types[1]
    lengths = list(w.items) if isinstance(w, Tuple) else [w]
    dims = list(a.shape)
    for i, t in zip(_window_axes(attrs["axis"], a.ndim, len(lengths)), lengths):
        n = constant_of(t)
        dims[i] = new_dim() if n is None else plus(dims[i], const_dim(1 - n))
    return Array(a.dtype, (*dims, *dims_of(w)))


SLIDING = "numpy.lib.stride_tricks.sliding_window_view"
primitive(
    SLIDING,
    "x window_shape",
    _windows,
    keywords={"axis": None, "subok": False, "writeable": False},
    fixed="subok writeable",
    alias=("view", 0),
    may_raise=True,
)


@static
def window_axes(axis, ndim, windows):
    """The axes that windows slide along, as a tuple counted from the front."""
    return _window_axes(axis, ndim, windows)


@jvp(SLIDING)
def _(x, window_shape, y, x_dot, *, axis):
    return np.lib.stride_tricks.sliding_window_view(x_dot, window_shape, axis=axis)


@vjp(SLIDING)
def _(x, window_shape, y, y_bar, *, axis):
    return fold_windows(y_bar, x, axis=window_axes(axis, x.ndim, y.ndim - x.ndim))


def _folded(types, attrs):
    return Array(array_of(types[0]).dtype, array_of(types[1]).shape)


primitive("sourcead.runtime.fold_windows", "g like", _folded, keywords={"axis": (0,)})


@jvp("sourcead.runtime.fold_windows")
def _(g, like, y, g_dot, *, axis):
    return fold_windows(g_dot, like, axis=axis)


@vjp("sourcead.runtime.fold_windows")
def _(g, like, y, y_bar, *, axis):
    return np.lib.stride_tricks.sliding_window_view(y_bar, np.shape(g)[y_bar.ndim :], axis=axis)


jvp("sourcead.runtime.fold_windows", 1)(None)
vjp("sourcead.runtime.fold_windows", 1)(None)
