"""Sums over bins, points of a geometric series: bincount, histogram, geomspace."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, const_dim, dtype_kind, is_complex, new_dim
from ..runtime import zeros_like
from .infer import array_of, dims_of, dtype_of, plus
from .registry import TypeRefusal, jvp, primitive, vjp


# -- bincount: the weights of equal numbers are added up ------------------------------------------------
def _bincount(types, attrs):
    x = array_of(types[0])
    if x.ndim != 1:
        raise TypeRefusal("np.bincount takes an array with one axis")
    w = types[1] if len(types) > 1 else None
    if isinstance(w, Array) and is_complex(w):
        raise TypeRefusal("NumPy raises TypeError here: the weights are real")
    return Array("float64" if isinstance(w, Array) else "int64", (new_dim(),))


primitive("numpy.bincount", "x weights minlength", _bincount, may_raise=True, defaults={"minlength": 0})


@jvp("numpy.bincount", 1)
def _(x, weights, minlength, y, weights_dot):
    return np.bincount(x, weights_dot, len(y))


@vjp("numpy.bincount", 1)
def _(x, weights, minlength, y, y_bar):
    return y_bar[x]


for _n in (0, 2):
    jvp("numpy.bincount", _n)(None)
    vjp("numpy.bincount", _n)(None)


# -- histogram: the counts follow the weights, the edges the least and the greatest number --------------
def _histogram(types, attrs):
    a = array_of(types[0])
    bins = types[1] if len(types) > 1 else Scalar("int64")
    weights = types[2] if len(types) > 2 else None
    if attrs["density"]:
        raise TypeRefusal("density=True is not covered; divide by the widths of the bins and the sum")
    if is_complex(a) or (isinstance(weights, Array) and is_complex(weights)):
        raise TypeRefusal("np.histogram of complex numbers is not covered")
    if isinstance(bins, Array) and bins.ndim == 1:
        edges = bins.shape[0]
        dtype = bins.dtype
    elif isinstance(bins, Scalar) and dtype_kind(bins.dtype) in "iu":
        edges = plus(dims_of(bins)[0], const_dim(1))
        dtype = np.result_type(np.dtype(a.dtype), np.float32 if a.dtype == "float32" else np.float64).name
        if attrs["range"] is not None and a.dtype != "float64":
            raise TypeRefusal("range= of an array that is not of float64 is not covered")
    else:
        raise TypeRefusal("bins= is a number or an array of edges")
    total = weights.dtype if isinstance(weights, Array) else "int64"
    return Array(total, (plus(edges, const_dim(-1)),)), Array(dtype, (edges,))


primitive(
    "numpy.histogram",
    "a bins weights",
    _histogram,
    keywords={"range": None, "density": None},
    defaults={"bins": 10},
    order="a bins range density weights",
    may_raise=True,
)


def share_of(a, value):
    """The share of each element in the least or the greatest number."""
    hit = a == value
    return hit / np.sum(hit)


def moving(a, bins, range):
    """Whether the edges follow the elements."""
    return range is None and np.ndim(bins) == 0


@jvp("numpy.histogram")
def _(a, bins, weights, y, a_dot, *, range):
    edges = y[1]
    if not moving(a, bins, range):
        return np.zeros_like(y[0]), np.zeros_like(edges)
    low = np.sum(a_dot * share_of(a, np.min(a)))
    high = np.sum(a_dot * share_of(a, np.max(a)))
    t = np.linspace(0.0, 1.0, len(edges))
    return np.zeros_like(y[0]), low * (1.0 - t) + high * t


@vjp("numpy.histogram")
def _(a, bins, weights, y, y_bar, *, range):
    if not moving(a, bins, range):
        return zeros_like(a)
    t = np.linspace(0.0, 1.0, len(y_bar[1]))
    low = np.sum(y_bar[1] * (1.0 - t))
    return low * share_of(a, np.min(a)) + np.sum(y_bar[1] * t) * share_of(a, np.max(a))


@jvp("numpy.histogram", 1)
def _(a, bins, weights, y, bins_dot):
    return np.zeros_like(y[0]), bins_dot


@vjp("numpy.histogram", 1)
def _(a, bins, weights, y, y_bar):
    return y_bar[1]


@jvp("numpy.histogram", 2)
def _(a, bins, weights, y, weights_dot):
    return np.histogram(a, y[1], weights=weights_dot)[0], np.zeros_like(y[1])


@vjp("numpy.histogram", 2)
def _(a, bins, weights, y, y_bar):
    edges = y[1]
    flat = np.ravel(a)
    place = np.searchsorted(edges, flat, side="right") - 1
    place = np.where(flat == edges[-1], len(edges) - 2, place)
    inside = (flat >= edges[0]) & (flat <= edges[-1])
    g = np.where(inside, y_bar[0][np.clip(place, 0, len(edges) - 2)], 0.0)
    return np.reshape(g, np.shape(weights))


# -- geomspace: y = start ** (1 - t) * stop ** t --------------------------------------------------------
def _geomspace(types, attrs):
    if len(types) < 2 or not all(array_of(t).ndim == 0 for t in types):
        raise TypeRefusal("np.geomspace takes two numbers and how many")
    if any(is_complex(t) for t in types):
        raise TypeRefusal("np.geomspace of complex numbers is not covered")
    n = dims_of(types[2])[0] if len(types) > 2 else const_dim(50)
    kinds = [Scalar(t.dtype, True) if isinstance(t, Array) else t for t in types[:2]]
    return Array(dtype_of("numpy.geomspace", kinds).dtype, (n,), True)


primitive(
    "numpy.geomspace",
    "start stop num",
    _geomspace,
    keywords={"endpoint": True, "dtype": None, "axis": 0},
    fixed="dtype axis",
    may_raise=True,
)


@jvp("numpy.geomspace")
def _(start, stop, num, y, start_dot, *, endpoint):
    return y * np.linspace(1.0, 0.0, len(y), endpoint=endpoint) * (start_dot / start)


@vjp("numpy.geomspace")
def _(start, stop, num, y, y_bar, *, endpoint):
    return np.sum(y_bar * y * np.linspace(1.0, 0.0, len(y), endpoint=endpoint)) / start


@jvp("numpy.geomspace", 1)
def _(start, stop, num, y, stop_dot, *, endpoint):
    return y * np.linspace(0.0, 1.0, len(y), endpoint=endpoint) * (stop_dot / stop)


@vjp("numpy.geomspace", 1)
def _(start, stop, num, y, y_bar, *, endpoint):
    return np.sum(y_bar * y * np.linspace(0.0, 1.0, len(y), endpoint=endpoint)) / stop


jvp("numpy.geomspace", 2)(None)
vjp("numpy.geomspace", 2)(None)
