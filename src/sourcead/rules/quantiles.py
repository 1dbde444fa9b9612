"""Order statistics: median, percentile, quantile and those that leave NaNs out; partition, unique.

A quantile is the sum of two neighbours in the sorted order, with weights that depend on q alone
(`runtime.quantile_weights`), so the derivative by the array is those weights.  Equal elements count in
NumPy's stable order.
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, Tuple, is_complex, new_dim
from ..runtime import add_along_axis, index_add, quantile_weights, zeros_like
from .infer import array_of, axis_of, dtype_of, result
from .reductions import back, reduction
from .registry import TypeRefusal, constant, jvp, primitive, static, vjp

_Q = {
    "axis": None,
    "out": None,
    "overwrite_input": False,
    "method": "linear",
    "keepdims": False,
    "weights": None,
    "interpolation": None,
}
_METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]


def _of_q(key):
    """The type rule: the axes of q, then those that are left of a."""

    def infer(types, attrs):
        if len(types) < 2:
            raise TypeRefusal("q is missing")
        if attrs["method"] not in _METHODS:
            raise TypeRefusal(f"method={attrs['method']!r} is not covered")
        if is_complex(array_of(types[0])):
            raise TypeRefusal("complex numbers have no order")
        q = types[1]
        if isinstance(q, Tuple):
            raise TypeRefusal("q is a number or an array of numbers")
        if key.startswith("numpy.nan") and array_of(q).ndim > 1 and isinstance(attrs["axis"], tuple):
            raise TypeRefusal("NumPy puts the axes of q elsewhere here; use a q with one axis")
        words = {k: attrs[k] for k in ("axis", "keepdims", "method")}
        one = reduction(key)([types[0], Scalar("float64")], words)
        qa = array_of(q)
        if not isinstance(q, Array):
            return reduction(key)([types[0], q], words)
        dtype = array_of(dtype_of(key, [types[0], q], words)).dtype
        return result(dtype, qa.shape + array_of(one).shape)

    return infer


def primitives_of_q():
    for name in ("quantile", "percentile", "nanquantile", "nanpercentile"):
        primitive(
            f"numpy.{name}",
            "a q",
            _of_q(f"numpy.{name}"),
            keywords=_Q,
            fixed="out overwrite_input weights interpolation",
            may_raise=True,
        )
    for name in ("median", "nanmedian"):
        primitive(
            f"numpy.{name}",
            "a",
            reduction(f"numpy.{name}", real=True),
            keywords={"axis": None, "out": None, "overwrite_input": False, "keepdims": False},
            fixed="out overwrite_input",
        )


primitives_of_q()


@static
def reduced(axis, a_rank, q_rank):
    """The axes of the weights that are summed over, those of q standing in front."""
    named = range(a_rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(q_rank + k % a_rank for k in named)
    return axes[0] if len(axes) == 1 else axes


@static
def leading(n):
    return 0 if n == 1 else tuple(range(n))


def weighted(w, a, q, axis, keepdims):
    """The quantile of weights w."""
    if np.ndim(a) == 0:
        return w * a
    return np.sum(w * a, axis=reduced(axis, np.ndim(a), np.ndim(q)), keepdims=keepdims)


def unweighted(w, a, q, y_bar, axis, keepdims):
    """The adjoint of a."""
    if np.ndim(a) == 0:
        return np.sum(y_bar * w)
    g = y_bar if keepdims else np.expand_dims(y_bar, reduced(axis, np.ndim(a), np.ndim(q)))
    return w * g if np.ndim(q) == 0 else np.sum(w * g, axis=leading(np.ndim(q)))


def over_axes(g, q, y):
    """The sum of g over what belongs to one element of q."""
    return np.sum(g) if np.ndim(q) == 0 else np.sum(g, axis=tuple(range(np.ndim(q), np.ndim(y))))


def numbers_of(a, nan):
    return np.where(np.isnan(a), 0.0, a) if nan else a


for _name in ("quantile", "percentile", "nanquantile", "nanpercentile"):
    _key = f"numpy.{_name}"

    def _rules(key, percent, nan):
        unit = 100.0 if percent else 1.0

        def share(q):
            return q / 100.0 if percent else q

        def rate(a, q, axis, method):
            w = quantile_weights(a, share(q), axis=axis, method=method, ignore_nan=nan, slope=True)
            return w / unit if percent else w

        @jvp(key)
        def _(a, q, y, a_dot, *, axis, method, keepdims):
            w = quantile_weights(a, share(q), axis=axis, method=method, ignore_nan=nan)
            return weighted(w, a_dot, q, axis, keepdims)

        @vjp(key)
        def _(a, q, y, y_bar, *, axis, method, keepdims):
            w = quantile_weights(a, share(q), axis=axis, method=method, ignore_nan=nan)
            return unweighted(w, a, q, y_bar, axis, keepdims)

        @jvp(key, 1)
        def _(a, q, y, q_dot, *, axis, method, keepdims):
            slope = weighted(rate(a, q, axis, method), numbers_of(a, nan), q, axis, keepdims)
            if np.ndim(q) == 0 or np.ndim(slope) == np.ndim(q):
                return slope * q_dot
            return slope * np.expand_dims(q_dot, tuple(range(np.ndim(q), np.ndim(slope))))

        @vjp(key, 1)
        def _(a, q, y, y_bar, *, axis, method, keepdims):
            slope = weighted(rate(a, q, axis, method), numbers_of(a, nan), q, axis, keepdims)
            return over_axes(y_bar * slope, q, y)

    _rules(_key, "percent" in _name, _name.startswith("nan"))

for _name in ("median", "nanmedian"):

    def _median_rules(key, nan):
        @jvp(key)
        def _(a, y, a_dot, *, axis, keepdims):
            return weighted(quantile_weights(a, 0.5, axis=axis, ignore_nan=nan), a_dot, 0.5, axis, keepdims)

        @vjp(key)
        def _(a, y, y_bar, *, axis, keepdims):
            return back(y_bar, axis, keepdims) * quantile_weights(a, 0.5, axis=axis, ignore_nan=nan)

    _median_rules(f"numpy.{_name}", _name.startswith("nan"))


def _weights(types, attrs):
    a, q = array_of(types[0]), array_of(types[1])
    dtype = np.result_type(np.dtype(a.dtype), np.float32).name
    return Array(dtype, q.shape + a.shape)


primitive(
    "sourcead.runtime.quantile_weights",
    "a q",
    _weights,
    keywords={"axis": None, "method": "linear", "ignore_nan": False, "slope": False},
)


# piecewise constant in a; in q they are straight lines from one rank to the next
@jvp("sourcead.runtime.quantile_weights", 1)
def _(a, q, y, q_dot, *, axis, method, ignore_nan, slope):
    if slope:
        return np.zeros_like(y)
    w = quantile_weights(a, q, axis=axis, method=method, ignore_nan=ignore_nan, slope=True)
    return w * (q_dot if np.ndim(q) == 0 else np.expand_dims(q_dot, tuple(range(np.ndim(q), np.ndim(y)))))


@vjp("sourcead.runtime.quantile_weights", 1)
def _(a, q, y, y_bar, *, axis, method, ignore_nan, slope):
    if slope:
        return zeros_like(q)
    w = quantile_weights(a, q, axis=axis, method=method, ignore_nan=ignore_nan, slope=True)
    return over_axes(w * y_bar, q, y)


jvp("sourcead.runtime.quantile_weights")(None)
vjp("sourcead.runtime.quantile_weights")(None)


# -- partition ------------------------------------------------------------------------------------------
def _partition(types, attrs):
    a = array_of(types[0])
    if a.ndim == 0:
        raise TypeRefusal("an array with at least one axis is needed")
    if attrs["axis"] is None:
        return Array(a.dtype, a.shape if a.ndim == 1 else (new_dim(),))
    axis_of(attrs["axis"], a.ndim)
    return Array(a.dtype, a.shape)


_PARTITION = {"axis": -1, "kind": "introselect", "order": None}
primitive("numpy.partition", "a kth", _partition, keywords=_PARTITION, fixed="order", may_raise=True)
primitive(
    "numpy.argpartition",
    "a kth",
    lambda types, attrs: Array("int64", _partition(types, attrs).shape),
    keywords=_PARTITION,
    fixed="order",
    may_raise=True,
    methods="argpartition",
)
constant("numpy.argpartition")


def taken_from(a, y, axis):
    """Where each element of y, a rearrangement of a along an axis, came from."""
    rank = np.argsort(np.argsort(y, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(np.argsort(a, axis=axis, kind="stable"), rank, axis=axis)


@jvp("numpy.partition")
def _(a, kth, y, a_dot, *, axis):
    if axis is None:
        return np.ravel(a_dot)[taken_from(np.ravel(a), y, -1)]
    return np.take_along_axis(a_dot, taken_from(a, y, axis), axis=axis)


@vjp("numpy.partition")
def _(a, kth, y, y_bar, *, axis):
    if axis is None:
        return np.reshape(index_add(zeros_like(y), taken_from(np.ravel(a), y, -1), y_bar), np.shape(a))
    return add_along_axis(zeros_like(a), taken_from(a, y, axis), y_bar, axis=axis)


# -- unique: each value is the first element that has it ------------------------------------------------
def _unique(types, attrs):
    a = array_of(types[0])
    n = new_dim()
    out = [Array(a.dtype, (n,))]
    if attrs["return_index"]:
        out.append(Array("int64", (n,)))
    if attrs["return_inverse"]:
        out.append(Array("int64", a.shape))
    if attrs["return_counts"]:
        out.append(Array("int64", (n,)))
    return out[0] if len(out) == 1 else tuple(out)


primitive(
    "numpy.unique",
    "ar",
    _unique,
    keywords={
        "return_index": False,
        "return_inverse": False,
        "return_counts": False,
        "axis": None,
        "equal_nan": True,
        "sorted": True,
    },
    fixed="axis equal_nan sorted",
)


def first_places(a, y, return_index):
    return y[1] if return_index else np.unique(a, return_index=True)[1]


@jvp("numpy.unique")
def _(a, y, a_dot, *, return_index, return_inverse, return_counts):
    values = np.ravel(a_dot)[first_places(a, y, return_index)]
    more = return_index + return_inverse + return_counts
    return values if more == 0 else (values, *[None] * more)


@vjp("numpy.unique")
def _(a, y, y_bar, *, return_index, return_inverse, return_counts):
    g = y_bar[0] if return_index or return_inverse or return_counts else y_bar
    flat = index_add(zeros_like(np.ravel(a)), first_places(a, y, return_index), g)
    return np.reshape(flat, np.shape(a))
