"""Linear filters of scipy.ndimage.

With weights w, c = w.shape // 2 + origin, and x going on beyond its edges as `mode` says,

    correlate: y[i] = sum over k of w[k] x[i + k - c]         convolve: y[i] = sum over k of w[k] x[i - k + c]

is one form in three arguments, y_bar, w and x.  Its three partial contractions are the filter itself,
`filter_transposed` (the adjoint of x) and `weights_transposed` (the adjoint of w), and the derivatives of
each are the other two.

A filter F with constant weights is the transpose of itself run on reversed axes.  So the adjoint of one
that is known as a function only is

    x_bar = fold(flip(F(flip(y_bar, zeros around it))))       `fold` adds what lies beyond the edges to where
                                                              the mode had read it
and the flips go where the weights are symmetric.
"""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.ndimage as ndimage

from ...ir.types import Array, dtype_kind, is_complex
from ...runtime import filter_transposed, weights_transposed
from ..infer import array_of, axis_of, need_rank, promoted
from ..registry import TypeRefusal, jvp, primitive, static, vjp

#: ndimage's modes by the names that np.pad has for them
MODES = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}
BACK = {
    "symmetric": "reflect",
    "reflect": "mirror",
    "edge": "nearest",
    "wrap": "wrap",
    "constant": "constant",
}


def image(types, attrs, key):
    """The checks that all filters share; the result has the dtype of the image."""
    x = need_rank(types[0], 1, f"the operand of {key}")
    modes = attrs["mode"] if isinstance(attrs["mode"], tuple | list) else (attrs["mode"],)
    if any(m not in MODES for m in modes):
        raise TypeRefusal(f"mode={attrs['mode']!r} is not covered")
    if not isinstance(attrs["cval"], int | float):
        raise TypeRefusal("cval= is covered as a number")
    if dtype_kind(x.dtype) not in "iufc" or x.dtype == "float16":
        raise TypeRefusal(f"{key} of {x.dtype} is not covered")
    return Array(x.dtype, x.shape)


@static
def padding(mode):
    """np.pad's name for a mode."""
    return MODES[mode]


@static
def filtering(mode):
    """ndimage's name for one of np.pad's modes."""
    return BACK[mode]


# -- weights that may vary -------------------------------------------------------------------------------
def _weighted(key):
    def infer(types, attrs):
        out = image(types, attrs, key)
        w = array_of(types[1])
        if not isinstance(attrs["mode"], str):
            raise TypeRefusal("one mode for all axes is covered")
        if w.ndim != out.ndim:
            raise TypeRefusal("the weights have as many axes as the image")
        if is_complex(w):
            raise TypeRefusal("complex weights are not covered")
        _origin(attrs["origin"], out.ndim)
        return out

    return infer


def _origin(origin, ndim):
    origins = origin if isinstance(origin, tuple | list) else (origin,)
    if any(type(o) is not int for o in origins) or len(origins) not in (1, ndim):
        raise TypeRefusal(f"origin={origin!r} is not covered")


_WORDS = {"output": None, "mode": "reflect", "cval": 0.0, "origin": 0}
for _name in ("correlate", "convolve"):
    _key = f"scipy.ndimage.{_name}"
    primitive(
        _key,
        "input weights",
        _weighted(_key),
        keywords={**_WORDS, "axes": None},
        fixed="output axes",
        may_raise=True,
        cost=lambda operands, out, attrs: 2 * prod(operands[1]) * prod(out),
    )


def rules_of_weights(key, f, reverse):
    @jvp(key)
    def _(x, w, y, x_dot, *, mode, origin):
        return f(x_dot, w, mode=mode, origin=origin)

    @jvp(key, 1)
    def _(x, w, y, w_dot, *, mode, cval, origin):
        return f(x, w_dot, mode=mode, cval=cval, origin=origin)

    @vjp(key)
    def _(x, w, y, y_bar, *, mode, origin):
        return filter_transposed(y_bar, w, mode=padding(mode), origin=origin, reverse=reverse)

    @vjp(key, 1)
    def _(x, w, y, y_bar, *, mode, cval, origin):
        return weights_transposed(y_bar, x, w, mode=padding(mode), cval=cval, origin=origin, reverse=reverse)


rules_of_weights("scipy.ndimage.correlate", ndimage.correlate, False)
rules_of_weights("scipy.ndimage.convolve", ndimage.convolve, True)


def _line(key):
    def infer(types, attrs):
        out = image(types, attrs, key)
        axis_of(attrs["axis"], out.ndim)
        w = array_of(types[1])
        if w.ndim != 1 or is_complex(w):
            raise TypeRefusal("the weights are real and have one axis")
        _origin(attrs["origin"], 1)
        return out

    return infer


_LINE = {"axis": -1, "output": None, "mode": "reflect", "cval": 0.0, "origin": 0}
for _name in ("correlate1d", "convolve1d"):
    _key = f"scipy.ndimage.{_name}"
    primitive(
        _key,
        "input weights",
        _line(_key),
        keywords=_LINE,
        fixed="output",
        may_raise=True,
        cost=lambda operands, out, attrs: 2 * operands[1][0] * prod(out),
    )


@static
def others(axis, ndim):
    """All axes but one."""
    return tuple(i for i in range(ndim) if i != axis % ndim)


@static
def origins_along(origin, axis, ndim):
    return tuple(origin if i == axis % ndim else 0 for i in range(ndim)) if origin else 0


def rules_of_line(key, f, reverse):
    @jvp(key)
    def _(x, w, y, x_dot, *, axis, mode, origin):
        return f(x_dot, w, axis=axis, mode=mode, origin=origin)

    @jvp(key, 1)
    def _(x, w, y, w_dot, *, axis, mode, cval, origin):
        return f(x, w_dot, axis=axis, mode=mode, cval=cval, origin=origin)

    @vjp(key)
    def _(x, w, y, y_bar, *, axis, mode, origin):
        weights = np.expand_dims(w, others(axis, x.ndim))
        at = origins_along(origin, axis, x.ndim)
        return filter_transposed(y_bar, weights, mode=padding(mode), origin=at, reverse=reverse)

    @vjp(key, 1)
    def _(x, w, y, y_bar, *, axis, mode, cval, origin):
        like = np.expand_dims(w, others(axis, x.ndim))
        at = origins_along(origin, axis, x.ndim)
        return np.ravel(
            weights_transposed(y_bar, x, like, mode=padding(mode), cval=cval, origin=at, reverse=reverse)
        )


rules_of_line("scipy.ndimage.correlate1d", ndimage.correlate1d, False)
rules_of_line("scipy.ndimage.convolve1d", ndimage.convolve1d, True)

_FORM = {"mode": "symmetric", "cval": 0.0, "origin": 0, "reverse": False}
_COST = {
    "filter_transposed": lambda operands, out, attrs: 2 * prod(operands[1]) * prod(out),
    "weights_transposed": lambda operands, out, attrs: 2 * prod(operands[0]) * prod(out),
}


def _transposed(types, attrs):
    return Array(types[0].dtype, array_of(types[0]).shape)


def _of_weights(types, attrs):
    return Array(promoted(types[:2]), array_of(types[2]).shape)


primitive(
    "sourcead.runtime.filter_transposed",
    "g w",
    _transposed,
    cost=_COST["filter_transposed"],
    keywords={k: v for k, v in _FORM.items() if k != "cval"},
)
primitive(
    "sourcead.runtime.weights_transposed",
    "g x like",
    _of_weights,
    cost=_COST["weights_transposed"],
    keywords=_FORM,
)


def filtered(x, w, mode, cval, origin, reverse):
    f = ndimage.convolve if reverse else ndimage.correlate
    return f(x, w, mode=filtering(mode), cval=cval, origin=origin)


@jvp("sourcead.runtime.filter_transposed")
def _(g, w, y, g_dot, *, mode, origin, reverse):
    return filter_transposed(g_dot, w, mode=mode, origin=origin, reverse=reverse)


@jvp("sourcead.runtime.filter_transposed", 1)
def _(g, w, y, w_dot, *, mode, origin, reverse):
    return filter_transposed(g, w_dot, mode=mode, origin=origin, reverse=reverse)


@vjp("sourcead.runtime.filter_transposed")
def _(g, w, y, y_bar, *, mode, origin, reverse):
    return filtered(y_bar, w, mode, 0.0, origin, reverse)


@vjp("sourcead.runtime.filter_transposed", 1)
def _(g, w, y, y_bar, *, mode, origin, reverse):
    return weights_transposed(g, y_bar, w, mode=mode, origin=origin, reverse=reverse)


@jvp("sourcead.runtime.weights_transposed")
def _(g, x, like, y, g_dot, *, mode, cval, origin, reverse):
    return weights_transposed(g_dot, x, like, mode=mode, cval=cval, origin=origin, reverse=reverse)


@jvp("sourcead.runtime.weights_transposed", 1)
def _(g, x, like, y, x_dot, *, mode, origin, reverse):
    return weights_transposed(g, x_dot, like, mode=mode, origin=origin, reverse=reverse)


@vjp("sourcead.runtime.weights_transposed")
def _(g, x, like, y, y_bar, *, mode, cval, origin, reverse):
    return filtered(x, y_bar, mode, cval, origin, reverse)


@vjp("sourcead.runtime.weights_transposed", 1)
def _(g, x, like, y, y_bar, *, mode, origin, reverse):
    return filter_transposed(g, y_bar, mode=mode, origin=origin, reverse=reverse)


jvp("sourcead.runtime.weights_transposed", 2)(None)
vjp("sourcead.runtime.weights_transposed", 2)(None)
