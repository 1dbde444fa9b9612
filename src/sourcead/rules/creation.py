"""Making arrays: zeros, ones, full, arange, linspace, eye, and copies and conversions."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, List, Scalar, Tuple, const_dim, new_dim
from ..runtime import unbroadcast, zeros_like
from .infer import array_of, axis_of, broadcast_dims, constant_of, dims_of, dtype_name, dtype_of, promoted
from .registry import Length, TypeRefusal, constant, jvp, primitive, static, vjp
from .shapes import linear

_NEW = {"dtype": None, "order": "C"}


def _filled(types, attrs):
    return Array(dtype_name(attrs["dtype"], "float64"), dims_of(types[0] if types else None), True)


for _name in ("zeros", "ones", "empty"):
    primitive(f"numpy.{_name}", "shape", _filled, keywords=_NEW, fixed="order", may_raise=True)
    constant(f"numpy.{_name}")


def _full(types, attrs):
    if len(types) != 2:
        raise TypeRefusal("the fill value is missing")
    fill = array_of(types[1])
    default = np.dtype(fill.dtype).name
    return Array(dtype_name(attrs["dtype"], default), dims_of(types[0]), True)


primitive("numpy.full", "shape fill_value", _full, keywords=_NEW, fixed="order", may_raise=True)


@jvp("numpy.full", 1)
def _(shape, fill, y, fill_dot):
    return np.full(shape, fill_dot)


@vjp("numpy.full", 1)
def _(shape, fill, y, y_bar):
    return np.sum(y_bar) if np.ndim(fill) == 0 else unbroadcast(y_bar, fill)


def _like(types, attrs):
    a = array_of(types[0])
    if attrs.get("shape") is not None:
        raise TypeRefusal("shape= is not covered")
    return Array(dtype_name(attrs["dtype"], a.dtype), a.shape, a.contiguous)


_LIKE = {"dtype": None, "order": "K", "subok": True, "shape": None}
for _name in ("zeros_like", "ones_like", "empty_like"):
    primitive(f"numpy.{_name}", "a", _like, keywords=_LIKE, fixed="order subok")
    constant(f"numpy.{_name}")
primitive("numpy.full_like", "a fill_value", _like, keywords=_LIKE, fixed="order subok")


@jvp("numpy.full_like", 1)
def _(a, fill, y, fill_dot):
    return np.broadcast_to(fill_dot, np.shape(y))


@vjp("numpy.full_like", 1)
def _(a, fill, y, y_bar):
    return np.sum(y_bar) if np.ndim(fill) == 0 else unbroadcast(y_bar, fill)


for _add in (jvp, vjp):
    _add("numpy.full")(None)
    _add("numpy.full_like")(None)


# -- ranges ----------------------------------------------------------------------------------------------
def _arange(types, attrs):
    if not types or not all(isinstance(t, Scalar) for t in types):
        raise TypeRefusal("np.arange takes one to three numbers")
    n = new_dim()
    if len(types) == 1 and isinstance(types[0], Length):
        n = types[0].dim if types[0].dim.symbol is not None else const_dim(max(types[0].dim.offset, 0))
    elif all(constant_of(t) is not None for t in types):
        known = [constant_of(t) for t in types]
        if len(known) < 3 or known[2]:
            n = const_dim(len(range(*known)))
    return Array(dtype_name(attrs["dtype"], promoted([*types, Scalar("int64")])), (n,), True)


primitive("numpy.arange", "start stop step", _arange, keywords={"dtype": None}, may_raise=True)


@jvp("numpy.arange")
def _(start, stop, step, y, start_dot):
    return zeros_like(y) if stop is None else start_dot + zeros_like(y)


@vjp("numpy.arange")
def _(start, stop, step, y, y_bar):
    return zeros_like(start) if stop is None else np.sum(y_bar)


@jvp("numpy.arange", 2)
def _(start, stop, step, y, step_dot):
    return step_dot * np.arange(len(y))


@vjp("numpy.arange", 2)
def _(start, stop, step, y, y_bar):
    return np.sum(y_bar * np.arange(len(y)))


def _linspace(types, attrs):
    if len(types) < 2:
        raise TypeRefusal("np.linspace takes two ends and how many")
    n = dims_of(types[2])[0] if len(types) > 2 else const_dim(50)
    kinds = [Scalar(t.dtype, True) if isinstance(t, Array) else t for t in types[:2]]
    rest = broadcast_dims([array_of(t).shape for t in types[:2]])
    axis = axis_of(attrs["axis"], len(rest) + 1)
    dtype = dtype_of("numpy.linspace", kinds).dtype
    return Array(dtype, (*rest[:axis], n, *rest[axis:]), axis == 0)


primitive(
    "numpy.linspace",
    "start stop num",
    _linspace,
    may_raise=True,
    fixed="retstep dtype",
    keywords={"endpoint": True, "retstep": False, "dtype": None, "axis": 0},
)


@static
def standing(ndim):
    return (-1,) + (1,) * (ndim - 1)


def between(g, first, last, y, axis, endpoint):
    """The part of an end in each point."""
    if y.ndim == 1:
        return g * np.linspace(first, last, len(y), endpoint=endpoint)
    t = np.linspace(first, last, y.shape[axis], endpoint=endpoint)
    return np.moveaxis(g * np.reshape(t, standing(y.ndim)), 0, axis)


def gathered(like, first, last, y_bar, axis, endpoint):
    """The adjoint of an end."""
    if y_bar.ndim == 1:
        return np.sum(y_bar * np.linspace(first, last, len(y_bar), endpoint=endpoint))
    t = np.linspace(first, last, y_bar.shape[axis], endpoint=endpoint)
    front = np.moveaxis(y_bar, axis, 0) * np.reshape(t, standing(y_bar.ndim))
    return np.sum(front) if np.ndim(like) == 0 else unbroadcast(np.sum(front, axis=0), like)


def whole(g, other, y):
    """The tangent of an end at the shape that both ends broadcast to."""
    return g if y.ndim == 1 else np.broadcast_to(g, np.shape(g + other))


@jvp("numpy.linspace")
def _(start, stop, num, y, start_dot, *, endpoint, axis):
    return between(whole(start_dot, stop, y), 1.0, 0.0, y, axis, endpoint)


@vjp("numpy.linspace")
def _(start, stop, num, y, y_bar, *, endpoint, axis):
    return gathered(start, 1.0, 0.0, y_bar, axis, endpoint)


@jvp("numpy.linspace", 1)
def _(start, stop, num, y, stop_dot, *, endpoint, axis):
    return between(whole(stop_dot, start, y), 0.0, 1.0, y, axis, endpoint)


@vjp("numpy.linspace", 1)
def _(start, stop, num, y, y_bar, *, endpoint, axis):
    return gathered(stop, 0.0, 1.0, y_bar, axis, endpoint)


for _add in (jvp, vjp):  # where the range ends changes its length, not its elements
    _add("numpy.arange", 1)(None)
    _add("numpy.linspace", 2)(None)


def _eye(types, attrs):
    n = dims_of(types[0] if types else None)
    m = dims_of(types[1]) if len(types) > 1 and isinstance(types[1], Scalar) else n
    if len(n) != 1 or len(m) != 1:
        raise TypeRefusal("the sizes are whole numbers")
    return Array(dtype_name(attrs["dtype"], "float64"), (n[0], m[0]), True)


primitive(
    "numpy.eye", "N M", _eye, keywords={"k": 0, "dtype": None, "order": "C"}, fixed="order", may_raise=True
)
primitive("numpy.identity", "n", _eye, keywords={"dtype": None}, may_raise=True)
constant("numpy.eye", "numpy.identity")


def _indices(types, attrs):
    dims = dims_of(types[0])
    return Array("int64", (const_dim(len(dims)), *dims), True)


primitive("numpy.indices", "dimensions", _indices)
constant("numpy.indices")


# -- copies and conversions ------------------------------------------------------------------------------
def _copy(types, attrs):
    t = types[0]
    if isinstance(t, List | Tuple):
        raise TypeRefusal("np.array makes an array of a list")
    a = array_of(t)
    if attrs.get("order", "K") not in ("C", "K", None):
        raise TypeRefusal(f"order={attrs['order']!r} is not covered")
    return Array(a.dtype, a.shape, a.contiguous or attrs.get("order") == "C")


def _converted(types, attrs):
    a = _copy(types, attrs)
    return Array(dtype_name(attrs["dtype"], a.dtype), a.shape, a.contiguous)


def _cast(types, attrs):
    a = types[0]
    if isinstance(a, Scalar):
        return Scalar(dtype_name(attrs["dtype"], a.dtype), True)
    return _converted(types, attrs)


def _c_order(types, attrs):
    a = _converted(types, attrs)
    return Array(a.dtype, a.shape or (const_dim(1),), True)


def forward_copy(a, y, a_dot):
    return np.array(a_dot) if np.ndim(a) == 0 else a_dot


def backward_copy(a, y, y_bar):
    return y_bar


primitive("numpy.copy", "a", _copy, keywords={"order": "K", "subok": False}, fixed="subok")
primitive(
    "numpy.ndarray.copy",
    "a",
    lambda types, attrs: Array(types[0].dtype, types[0].shape, True),
    keywords={"order": "C"},
    fixed="order",
    spell=("method", "copy"),
    methods="copy",
)
primitive(
    "numpy.asarray",
    "a",
    _converted,
    keywords={"dtype": None, "order": None},
    fixed="order",
    alias=("may_view", 0),
    also="numpy.asanyarray",
)
primitive("numpy.ascontiguousarray", "a", _c_order, keywords={"dtype": None}, alias=("may_view", 0))
primitive(
    "numpy.ndarray.astype",
    "a",
    _cast,
    keywords={"dtype": None, "copy": True},
    fixed="copy",
    spell=("method", "astype"),
    methods="astype",
    may_raise=True,
)
for _key in ("numpy.copy", "numpy.ndarray.copy", "numpy.asarray"):
    linear(_key, forward_copy, backward_copy)
linear(
    "numpy.ascontiguousarray",
    lambda a, y, a_dot: np.ascontiguousarray(a_dot),
    lambda a, y, y_bar: np.reshape(y_bar, np.shape(a)),
)
linear("numpy.ndarray.astype", lambda a, y, a_dot, *, dtype: a_dot.astype(dtype), backward_copy)
