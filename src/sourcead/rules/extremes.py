"""The greatest and the least: max, min, ptp, clip, argmax, argmin."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Opaque
from ..runtime import static_value
from .guards import larger
from .infer import broadcast_dims, dtype_of
from .reductions import back, reduction
from .registry import constant, jvp, primitive, scaled, vjp

# -- max and min: ties share equally, and `initial=` is one more element ----------------------------------
_MAX = {"axis": None, "out": None, "keepdims": False}
for _name, _also in (("max", "numpy.amax"), ("min", "numpy.amin")):
    primitive(
        f"numpy.{_name}",
        "a initial where",
        reduction(f"numpy.{_name}", real=True),
        keywords=_MAX,
        fixed="out",
        also=_also,
        methods=_name,
        may_raise=True,
        order="a axis out keepdims initial where",
    )

    @jvp(f"numpy.{_name}")
    def extreme_tangent(a, initial, where, y, a_dot, *, axis, keepdims):
        hit = hits(a, where, y, axis, keepdims)
        return np.sum(a_dot * hit, axis=axis, keepdims=keepdims) / number(hit, initial, y, axis, keepdims)

    @vjp(f"numpy.{_name}")
    def extreme_adjoint(a, initial, where, y, y_bar, *, axis, keepdims):
        hit = hits(a, where, y, axis, keepdims)
        if initial is None:
            return back(y_bar, axis, keepdims) * hit / np.sum(hit, axis=axis, keepdims=True)
        return back(y_bar / number(hit, initial, y, axis, keepdims), axis, keepdims) * hit

    @jvp(f"numpy.{_name}", 1)
    def initial_tangent(a, initial, where, y, initial_dot, *, axis, keepdims):
        n = number(hits(a, where, y, axis, keepdims), initial, y, axis, keepdims)
        return initial_dot * (y == initial) / n

    @vjp(f"numpy.{_name}", 1)
    def initial_adjoint(a, initial, where, y, y_bar, *, axis, keepdims):
        n = number(hits(a, where, y, axis, keepdims), initial, y, axis, keepdims)
        return np.sum(y_bar * (y == initial) / n)

    jvp(f"numpy.{_name}", 2)(None)
    vjp(f"numpy.{_name}", 2)(None)


def hits(a, where, y, axis, keepdims):
    """Which elements are the extreme one."""
    hit = a == back(y, axis, keepdims)
    return hit if where is None else hit & where


def number(hit, initial, y, axis, keepdims):
    """How many share a result."""
    n = np.sum(hit, axis=axis, keepdims=keepdims)
    return n if initial is None else n + (y == initial)


primitive(
    "numpy.ptp",
    "a",
    reduction("numpy.ptp", real=True),
    keywords={"axis": None, "out": None, "keepdims": False},
    fixed="out",
    may_raise=True,
)


@jvp("numpy.ptp")
def _(a, y, a_dot, *, axis, keepdims):
    high = a == np.max(a, axis=axis, keepdims=True)
    low = a == np.min(a, axis=axis, keepdims=True)
    top = np.sum(a_dot * high, axis=axis, keepdims=keepdims) / np.sum(high, axis=axis, keepdims=keepdims)
    return top - np.sum(a_dot * low, axis=axis, keepdims=keepdims) / np.sum(low, axis=axis, keepdims=keepdims)


@vjp("numpy.ptp")
def _(a, y, y_bar, *, axis, keepdims):
    high = a == np.max(a, axis=axis, keepdims=True)
    low = a == np.min(a, axis=axis, keepdims=True)
    share = high / np.sum(high, axis=axis, keepdims=True) - low / np.sum(low, axis=axis, keepdims=True)
    return back(y_bar, axis, keepdims) * share


# -- clip ------------------------------------------------------------------------------------------------
def _clip(types, attrs):
    given = [t for t in types if not (isinstance(t, Opaque) and t.what == "NoneType")]
    out = dtype_of("numpy.clip", [*types, *[Opaque("NoneType")] * (3 - len(types))])
    if not isinstance(out, Array):
        return out
    return Array(out.dtype, broadcast_dims([t.shape for t in given if isinstance(t, Array)]))


primitive(
    "numpy.clip",
    "a a_min a_max",
    _clip,
    keywords={"out": None},
    fixed="out",
    methods="clip",
    defaults={"a_max": None},
)


def between(g, a, low, high):
    """The share of a in the adjoint of its clipping between two different bounds."""
    if np.ndim(a) == 0 and np.ndim(low) == 0 and np.ndim(high) == 0 and np.ndim(g) == 0:
        return 0.5 * g if (a == low) | (a == high) else g if low < a < high else 0.0
    return np.where((a > low) & (a < high), g, np.where((a == low) | (a == high), 0.5 * g, 0.0))


def clip_inside(g, a, low, high, y):
    if low is None:
        return g if high is None else larger(g, high, a)
    if high is None:
        return larger(g, a, low)
    lo, hi = static_value(low), static_value(high)
    if lo is not None and hi is not None and lo < hi:
        return between(g, a, low, high)
    return larger(larger(g, high, np.maximum(a, low)), a, low)


def clip_low(g, a, low, high, y):
    return larger(g, low, a) if high is None else larger(larger(g, high, np.maximum(a, low)), low, a)


def clip_high(g, a, low, high, y):
    return larger(g, a, high) if low is None else larger(g, np.maximum(a, low), high)


scaled("numpy.clip", clip_inside, clip_low, clip_high)

# -- where the extremes stand --------------------------------------------------------------------------------
for _name in ("argmax", "argmin"):
    primitive(
        f"numpy.{_name}",
        "a",
        reduction(f"numpy.{_name}", one_axis=True),
        keywords={"axis": None, "out": None, "keepdims": False},
        fixed="out",
        methods=_name,
        may_raise=True,
    )
    constant(f"numpy.{_name}")
