"""Descriptive statistics of scipy.stats: zscore, skew, kurtosis."""

from __future__ import annotations

import numpy as np

from ...ir.types import is_complex
from ...runtime import safe_divide
from ..counting import per_operand
from ..infer import array_of, axis_of, need_rank
from ..reductions import back, count, reduction
from ..registry import TypeRefusal, jvp, primitive, vjp


def one_axis(key: str, infer):
    """The type rule behind checks of what these functions have in common."""

    def checked(types, attrs):
        a = need_rank(types[0], 1, f"the operand of {key}")
        if is_complex(a):
            raise TypeRefusal(f"{key} of complex numbers is not covered")
        if attrs["axis"] is not None:
            axis_of(attrs["axis"], a.ndim)
        return infer(types, attrs)

    return checked


def _like(types, attrs):
    a = array_of(types[0])
    return type(a)(a.dtype if a.dtype == "float32" else "float64", a.shape)


primitive(
    "scipy.stats.zscore",
    "a",
    one_axis("scipy.stats.zscore", _like),
    keywords={"axis": 0, "ddof": 0, "nan_policy": "propagate"},
    fixed="nan_policy",
    cost=per_operand(6),
)


def normalized(a, y, v, axis, ddof):
    """(v - mean v - y sum(y v) / (n - ddof)) / std: the derivative of zscore along v, with v centred first
    or last; symmetric."""
    d = v - np.mean(v, axis=axis, keepdims=True)
    n = count(a, np.sum(a, axis=axis), axis)
    along = y * (np.sum(y * v, axis=axis, keepdims=True) / (n - ddof))
    return safe_divide(d - along, np.std(a, axis=axis, ddof=ddof, keepdims=True))


@jvp("scipy.stats.zscore")
def _(a, y, a_dot, *, axis, ddof):
    return normalized(a, y, a_dot, axis, ddof)


@vjp("scipy.stats.zscore")
def _(a, y, y_bar, *, axis, ddof):
    return normalized(a, y, y_bar, axis, ddof)


# -- skew: mean(z^3), kurtosis: mean(z^4) - 3, z = (a - mean) / std ----------------------------------------
for _name, _keywords, _fixed in (
    ("skew", {}, "bias nan_policy"),
    ("kurtosis", {"fisher": True}, "bias nan_policy"),
):
    primitive(
        f"scipy.stats.{_name}",
        "a",
        one_axis(f"scipy.stats.{_name}", reduction(f"scipy.stats.{_name}", real=True)),
        keywords={"axis": 0, **_keywords, "bias": True, "nan_policy": "propagate", "keepdims": False},
        fixed=_fixed,
        cost=per_operand(8),
    )


def standardized(a, axis):
    d = a - np.mean(a, axis=axis, keepdims=True)
    return safe_divide(d, np.std(a, axis=axis, keepdims=True))


def moment_slope(a, axis, power):
    """The derivative of mean(z^power) by each element of a: power / (n std) times
    z^(power - 1) - mean(z^(power - 1)) - z mean(z^power)."""
    z = standardized(a, axis)
    lower = z ** (power - 1)
    bent = lower - np.mean(lower, axis=axis, keepdims=True) - z * np.mean(z * lower, axis=axis, keepdims=True)
    n = count(a, np.sum(a, axis=axis), axis)
    return safe_divide(power * bent, n * np.std(a, axis=axis, keepdims=True))


@jvp("scipy.stats.skew")
def _(a, y, a_dot, *, axis, keepdims):
    return np.sum(moment_slope(a, axis, 3) * a_dot, axis=axis, keepdims=keepdims)


@vjp("scipy.stats.skew")
def _(a, y, y_bar, *, axis, keepdims):
    return back(y_bar, axis, keepdims) * moment_slope(a, axis, 3)


@jvp("scipy.stats.kurtosis")
def _(a, y, a_dot, *, axis, keepdims):
    return np.sum(moment_slope(a, axis, 4) * a_dot, axis=axis, keepdims=keepdims)


@vjp("scipy.stats.kurtosis")
def _(a, y, y_bar, *, axis, keepdims):
    return back(y_bar, axis, keepdims) * moment_slope(a, axis, 4)
