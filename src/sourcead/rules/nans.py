"""Reductions and running sums that leave NaNs out: a NaN has no derivative, whatever stands in its place."""

from __future__ import annotations

import numpy as np

from ..runtime import linear_scan, product_before, safe_divide
from .reductions import all_others, back, reduction
from .registry import constant, jvp, primitive, vjp
from .scans import _cumulative, flat, suffix_sums

_KEEP = {"axis": None, "dtype": None, "out": None, "keepdims": False, "initial": None, "where": True}
_VAR = {"axis": None, "dtype": None, "out": None, "ddof": 0, "keepdims": False, "where": True}
_MAX = {"axis": None, "out": None, "keepdims": False, "initial": None, "where": True}
_MEAN = {"axis": None, "dtype": None, "out": None, "keepdims": False, "where": True}

for _name, _keywords, _real in (
    ("nansum", _KEEP, False),
    ("nanprod", _KEEP, False),
    ("nanmean", _MEAN, False),
    ("nanvar", _VAR, True),
    ("nanstd", _VAR, True),
    ("nanmax", _MAX, True),
    ("nanmin", _MAX, True),
):
    primitive(
        f"numpy.{_name}",
        "a",
        reduction(f"numpy.{_name}", real=_real, one_axis=_name == "nanprod"),
        keywords=_keywords,
        fixed="dtype initial where" + ("" if _name in ("nanmax", "nanmin") else " out"),
        may_raise=_name in ("nanmax", "nanmin"),
    )


def known(a, g):
    """g where a is a number, 0 where it is a NaN."""
    return np.where(np.isnan(a), 0.0, g)


@jvp("numpy.nansum")
def _(a, y, a_dot, *, axis, keepdims):
    return np.sum(known(a, a_dot), axis=axis, keepdims=keepdims)


@vjp("numpy.nansum")
def _(a, y, y_bar, *, axis, keepdims):
    return known(a, back(y_bar, axis, keepdims))


def counted(a, axis, keepdims):
    return np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)


@jvp("numpy.nanmean")
def _(a, y, a_dot, *, axis, keepdims):
    return safe_divide(np.sum(known(a, a_dot), axis=axis, keepdims=keepdims), counted(a, axis, keepdims))


@vjp("numpy.nanmean")
def _(a, y, y_bar, *, axis, keepdims):
    return known(a, back(safe_divide(y_bar, counted(a, axis, keepdims)), axis, keepdims))


def from_mean(a, axis):
    """The distance of each number from the mean of its kind; 0 for NaNs."""
    n = np.maximum(counted(a, axis, True), 1)
    return known(a, a - np.sum(known(a, a), axis=axis, keepdims=True) / n)


@jvp("numpy.nanvar")
def _(a, y, a_dot, *, axis, ddof, keepdims):
    s = np.sum(2.0 * from_mean(a, axis) * known(a, a_dot), axis=axis, keepdims=keepdims)
    return safe_divide(s, counted(a, axis, keepdims) - ddof)


@vjp("numpy.nanvar")
def _(a, y, y_bar, *, axis, ddof, keepdims):
    share = safe_divide(y_bar, counted(a, axis, keepdims) - ddof)
    return back(share, axis, keepdims) * 2.0 * from_mean(a, axis)


@jvp("numpy.nanstd")
def _(a, y, a_dot, *, axis, ddof, keepdims):
    s = np.sum(from_mean(a, axis) * known(a, a_dot), axis=axis, keepdims=keepdims)
    return safe_divide(s, (counted(a, axis, keepdims) - ddof) * y)


@vjp("numpy.nanstd")
def _(a, y, y_bar, *, axis, ddof, keepdims):
    d = from_mean(a, axis)
    return safe_divide(
        back(y_bar, axis, keepdims) * d, back((counted(a, axis, keepdims) - ddof) * y, axis, keepdims)
    )


for _name in ("nanmax", "nanmin"):

    @jvp(f"numpy.{_name}")
    def extreme_tangent(a, y, a_dot, *, axis, keepdims):
        hit = a == back(y, axis, keepdims)
        n = np.sum(hit, axis=axis, keepdims=keepdims)
        return safe_divide(np.sum(a_dot * hit, axis=axis, keepdims=keepdims), n)

    @vjp(f"numpy.{_name}")
    def extreme_adjoint(a, y, y_bar, *, axis, keepdims):
        hit = a == back(y, axis, keepdims)
        return safe_divide(back(y_bar, axis, keepdims) * hit, np.sum(hit, axis=axis, keepdims=True))


def ones_for(a):
    return np.where(np.isnan(a), 1.0, a)


@jvp("numpy.nanprod")
def _(a, y, a_dot, *, axis, keepdims):
    if np.ndim(a) == 0:
        return known(a, a_dot)
    return np.sum(known(a, a_dot) * all_others(ones_for(a), axis), axis=axis, keepdims=keepdims)


@vjp("numpy.nanprod")
def _(a, y, y_bar, *, axis, keepdims):
    if np.ndim(a) == 0:
        return known(a, y_bar)
    return known(a, back(y_bar, axis, keepdims) * all_others(ones_for(a), axis))


# -- running sums and products -----------------------------------------------------------------------------
_CUM = {"axis": None, "dtype": None, "out": None}
for _name in ("nancumsum", "nancumprod"):
    primitive(f"numpy.{_name}", "a", _cumulative(f"numpy.{_name}"), keywords=_CUM, fixed="dtype out")


@jvp("numpy.nancumsum")
def _(a, y, a_dot, *, axis):
    return np.cumsum(known(a, a_dot), axis=axis)


@vjp("numpy.nancumsum")
def _(a, y, y_bar, *, axis):
    if axis is None and np.ndim(a) != 1:
        return known(a, np.reshape(suffix_sums(y_bar, 0), np.shape(a)))
    return known(a, suffix_sums(y_bar, axis))


@jvp("numpy.nancumprod")
def _(a, y, a_dot, *, axis):
    x = ones_for(flat(a, axis))
    along = 0 if axis is None else axis
    return linear_scan(x, product_before(x, axis=along) * flat(known(a, a_dot), axis), axis=along)


@vjp("numpy.nancumprod")
def _(a, y, y_bar, *, axis):
    x = ones_for(flat(a, axis))
    along = 0 if axis is None else axis
    x_bar = product_before(x, axis=along) * linear_scan(x, y_bar, axis=along, reverse=True)
    return known(a, np.reshape(x_bar, np.shape(a)) if axis is None and np.ndim(a) != 1 else x_bar)


for _name in ("nanargmax", "nanargmin"):
    primitive(
        f"numpy.{_name}",
        "a",
        reduction(f"numpy.{_name}", one_axis=True),
        keywords={"axis": None, "out": None, "keepdims": False},
        fixed="out",
        may_raise=True,
    )
    constant(f"numpy.{_name}")
