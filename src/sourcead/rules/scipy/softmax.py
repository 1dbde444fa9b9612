"""softmax, log_softmax and logsumexp of scipy.special: over axes."""

from __future__ import annotations

import numpy as np
import scipy.special as special

from ...ir.types import Array, const_dim, dtype_kind, is_complex
from ...runtime import safe_subtract, unbroadcast
from ..counting import per_operand
from ..infer import array_of, axes_of, broadcast_dims, dtype_of, promoted, result
from ..reductions import back
from ..registry import TypeRefusal, jvp, primitive, vjp


def _normalized(key: str):
    """The type rule of softmax and log_softmax: the operand's shape, a floating dtype."""

    def infer(types, attrs):
        a = array_of(types[0])
        if is_complex(a):
            raise TypeRefusal(f"{key.rpartition('.')[2]} of complex numbers is not covered")
        axes_of(attrs["axis"], a.ndim)
        out = dtype_of(key, types, attrs["_attrs"])
        return Array(out.dtype, a.shape, True) if isinstance(out, Array) else out

    return infer


for _name in ("softmax", "log_softmax"):
    primitive(
        f"scipy.special.{_name}",
        "x",
        _normalized(f"scipy.special.{_name}"),
        keywords={"axis": None},
        cost=per_operand(4),
    )


@jvp("scipy.special.softmax")
def _(x, y, x_dot, *, axis):
    return y * (x_dot - np.sum(y * x_dot, axis=axis, keepdims=True))


@vjp("scipy.special.softmax")
def _(x, y, y_bar, *, axis):
    return y * (y_bar - np.sum(y * y_bar, axis=axis, keepdims=True))


@jvp("scipy.special.log_softmax")
def _(x, y, x_dot, *, axis):
    return x_dot - np.sum(special.softmax(x, axis=axis) * x_dot, axis=axis, keepdims=True)


@vjp("scipy.special.log_softmax")
def _(x, y, y_bar, *, axis):
    return y_bar - special.softmax(x, axis=axis) * np.sum(y_bar, axis=axis, keepdims=True)


# -- logsumexp(a, b): log(sum(b exp(a))) ---------------------------------------------------------------------
def _logsumexp(types, attrs):
    if attrs["return_sign"]:
        raise TypeRefusal("return_sign=True is not covered")
    arrays = [array_of(t) for t in types if getattr(t, "what", "") != "NoneType"]
    shape = broadcast_dims([a.shape for a in arrays])
    axes = axes_of(attrs["axis"], len(shape))
    keep = attrs["keepdims"]
    kept = tuple(const_dim(1) if i in axes else d for i, d in enumerate(shape) if keep or i not in axes)
    dtype = promoted([t for t in types if getattr(t, "what", "") != "NoneType"])
    return result(dtype if dtype_kind(dtype) in "fc" else "float64", kept)


_KEYWORDS = {"axis": None, "keepdims": False, "return_sign": False}
primitive(
    "scipy.special.logsumexp",
    "a b",
    _logsumexp,
    keywords=_KEYWORDS,
    order="a axis b keepdims return_sign",
    cost=per_operand(4),
)


def share(a, b, y, axis, keepdims):
    """What each term is of the sum, its factor b aside; 0 where a and the sum are both -inf."""
    return np.exp(safe_subtract(a, back(y, axis, keepdims)))


def term(b, v):
    return v if b is None else b * v


@jvp("scipy.special.logsumexp")
def _(a, b, y, a_dot, *, axis, keepdims):
    return np.sum(term(b, share(a, b, y, axis, keepdims)) * a_dot, axis=axis, keepdims=keepdims)


@jvp("scipy.special.logsumexp", 1)
def _(a, b, y, b_dot, *, axis, keepdims):
    return np.sum(share(a, b, y, axis, keepdims) * b_dot, axis=axis, keepdims=keepdims)


@vjp("scipy.special.logsumexp")
def _(a, b, y, y_bar, *, axis, keepdims):
    a_bar = back(y_bar, axis, keepdims) * term(b, share(a, b, y, axis, keepdims))
    return a_bar if b is None else unbroadcast(a_bar, a)


@vjp("scipy.special.logsumexp", 1)
def _(a, b, y, y_bar, *, axis, keepdims):
    b_bar = back(y_bar, axis, keepdims) * share(a, b, y, axis, keepdims)
    return unbroadcast(b_bar + np.zeros_like(b), b)
