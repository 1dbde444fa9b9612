"""Functions that move elements: insert, delete, resize; indices of triangles and diagonals; searches."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, const_dim, dtype_kind, new_dim
from ..runtime import index_add, zeros_like
from .infer import array_of, axis_of, dims_of, dtype_name, plus
from .registry import TypeRefusal, constant, jvp, primitive, vjp
from .shapes import linear


def counted_up(a):
    """The number of each element, in C order."""
    return np.arange(len(a)) if np.ndim(a) == 1 else np.reshape(np.arange(np.size(a)), np.shape(a))


def brought_back(a, place, g):
    """The adjoint of an array whose element place[k] stands at k of the result."""
    if np.ndim(a) == 1 and np.ndim(place) == 1:
        return index_add(zeros_like(a), place, g)
    flat = index_add(zeros_like(np.ravel(a)), np.ravel(place), np.ravel(g))
    return np.reshape(flat, np.shape(a))


# -- insert, delete, resize -----------------------------------------------------------------------------
def _longer(types, attrs, n=None):
    a = array_of(types[0])
    if attrs["axis"] is None:
        return Array(
            a.dtype, (plus(a.shape[0], const_dim(n)) if a.ndim == 1 and n is not None else new_dim(),)
        )
    axis = axis_of(attrs["axis"], a.ndim)
    changed = new_dim() if n is None else plus(a.shape[axis], const_dim(n))
    return Array(a.dtype, tuple(changed if i == axis else d for i, d in enumerate(a.shape)))


def _insert(types, attrs):
    if len(types) < 3:
        raise TypeRefusal("np.insert takes an array, places and values")
    values = array_of(types[2])
    one = isinstance(types[1], Scalar) and values.ndim == 0
    if dtype_kind(values.dtype) == "c" and dtype_kind(array_of(types[0]).dtype) != "c":
        raise TypeRefusal("complex values do not go into a real array")
    return _longer(types, attrs, 1 if one else None)


primitive("numpy.insert", "arr obj values", _insert, keywords={"axis": None}, may_raise=True)


def numbered_insert(arr, obj, values, axis):
    """Where each element of the result came from: a number of arr, or -1, -2, ... for those of values."""
    if np.ndim(values) == 0:
        return np.insert(counted_up(arr), obj, -1, axis=axis)
    return np.insert(counted_up(arr), obj, -1 - counted_up(values), axis=axis)


@jvp("numpy.insert")
def _(arr, obj, values, y, arr_dot, *, axis):
    return (
        np.insert(arr_dot, obj, 0.0, axis=axis)
        if np.ndim(values) == 0
        else np.insert(arr_dot, obj, np.zeros_like(values), axis=axis)
    )


@jvp("numpy.insert", 2)
def _(arr, obj, values, y, values_dot, *, axis):
    return np.insert(zeros_like(arr), obj, values_dot, axis=axis)


@vjp("numpy.insert")
def _(arr, obj, values, y, y_bar, *, axis):
    place = numbered_insert(arr, obj, values, axis)
    return brought_back(arr, place[place >= 0], y_bar[place >= 0])


@vjp("numpy.insert", 2)
def _(arr, obj, values, y, y_bar, *, axis):
    place = numbered_insert(arr, obj, values, axis)
    if np.ndim(values) == 0:
        return np.sum(y_bar[place < 0])
    return brought_back(values, -1 - place[place < 0], y_bar[place < 0])


jvp("numpy.insert", 1)(None)
vjp("numpy.insert", 1)(None)


def _delete(types, attrs):
    if len(types) < 2:
        raise TypeRefusal("np.delete takes an array and places")
    return _longer(types, attrs, -1 if isinstance(types[1], Scalar) else None)


primitive("numpy.delete", "arr obj", _delete, keywords={"axis": None}, may_raise=True)
linear(
    "numpy.delete",
    lambda arr, obj, y, arr_dot, *, axis: np.delete(arr_dot, obj, axis=axis),
    lambda arr, obj, y, y_bar, *, axis: brought_back(arr, np.delete(counted_up(arr), obj, axis=axis), y_bar),
)
jvp("numpy.delete", 1)(None)
vjp("numpy.delete", 1)(None)


def _resize(types, attrs):
    a, dims = array_of(types[0]), dims_of(types[1] if len(types) > 1 else None)
    if any(d.symbol is None and d.offset == 0 for d in a.shape):
        raise TypeRefusal("an array without elements has none to repeat")
    return Array(a.dtype, dims)


primitive("numpy.resize", "a new_shape", _resize, may_raise=True)
linear(
    "numpy.resize",
    lambda a, new_shape, y, a_dot: np.resize(a_dot, new_shape),
    lambda a, new_shape, y, y_bar: brought_back(a, np.resize(counted_up(a), new_shape), y_bar),
)
jvp("numpy.resize", 1)(None)
vjp("numpy.resize", 1)(None)


# -- indices --------------------------------------------------------------------------------------------
def _pair(types, attrs):
    n = new_dim()
    return Array("int64", (n,)), Array("int64", (n,))


for _name in ("tril_indices", "triu_indices"):
    primitive(f"numpy.{_name}", "n k m", _pair, may_raise=True, defaults={"k": 0})
    primitive(f"numpy.{_name}_from", "arr k", _pair, may_raise=True, defaults={"k": 0})
    constant(f"numpy.{_name}", f"numpy.{_name}_from")


def _diagonals(types, attrs):
    if not isinstance(attrs["ndim"], int) or attrs["ndim"] < 1:
        raise TypeRefusal("ndim= must be a whole number above 0")
    return (Array("int64", dims_of(types[0])),) * attrs["ndim"]


def _diagonals_from(types, attrs):
    a = array_of(types[0])
    return (Array("int64", (a.shape[0],)),) * a.ndim


primitive("numpy.diag_indices", "n", _diagonals, keywords={"ndim": 2}, may_raise=True)
primitive("numpy.diag_indices_from", "arr", _diagonals_from, may_raise=True)


def _ix(types, attrs):
    out = []
    for k, t in enumerate(types):
        a = array_of(t)
        if a.ndim != 1 or dtype_kind(a.dtype) not in "biu":
            raise TypeRefusal("np.ix_ takes arrays of whole numbers or truth values with one axis")
        n = new_dim() if a.dtype == "bool" else a.shape[0]
        one = const_dim(1)
        dtype = "int64" if a.dtype == "bool" else a.dtype
        out.append(Array(dtype, (one,) * k + (n,) + (one,) * (len(types) - k - 1)))
    return tuple(out) if len(out) > 1 else (out[0],)


primitive("numpy.ix_", "args", _ix, variadic="*")
constant("numpy.diag_indices", "numpy.diag_indices_from", "numpy.ix_")


def _tri(types, attrs):
    n = dims_of(types[0] if types else None)
    m = dims_of(types[1]) if len(types) > 1 and isinstance(types[1], Scalar) else n
    return Array(dtype_name(attrs["dtype"], "float64"), (*n, *m), True)


primitive("numpy.tri", "N M k", _tri, keywords={"dtype": None}, defaults={"k": 0}, may_raise=True)


def _places(types, attrs):
    x, bins = array_of(types[0]), array_of(types[1])
    if bins.ndim != 1:
        raise TypeRefusal("the bins are an array with one axis")
    return Array("int64", x.shape) if x.ndim else Scalar("int64", True)


primitive("numpy.digitize", "x bins", _places, keywords={"right": False}, may_raise=True)


def _lexsort(types, attrs):
    parts = [array_of(t) for t in types]
    a = parts[0]
    if len(types) == 1 and a.ndim > 1:
        return Array("int64", a.shape[1:])
    return Array("int64", a.shape)


primitive("numpy.lexsort", "keys", _lexsort, variadic=True, keywords={"axis": -1}, fixed="axis")
constant("numpy.tri", "numpy.digitize", "numpy.lexsort")
