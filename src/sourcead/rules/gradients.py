"""np.gradient: differences on a grid, along one axis a primitive, along several the tuple of those.

With slopes s[i] = (f[i + 1] - f[i]) / h[i] between the points, each result is a mean of neighbouring slopes:

    y[i] = (h[i] s[i - 1] + h[i - 1] s[i]) / (h[i - 1] + h[i])           inside
    y[0] = s[0], or s[0] + h[0] (s[0] - s[1]) / (h[0] + h[1])            edge_order 1, or 2; so at the end

(Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", 1988.)  So the pullback
goes by way of the adjoints of s and h.
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, dtype_kind
from .composites import composite
from .infer import array_of, axis_of, need_rank
from .inplace import along, refused
from .registry import TypeRefusal, jvp, primitive, vjp


def _one_axis(types, keywords):
    """Whether np.gradient is called along one axis, with at most one spacing."""
    t = types[0] if types else None
    axis = keywords.get("axis")
    alone = isinstance(t, Array) and t.ndim == 1 and axis is None
    return len(types) < 3 and (alone or (isinstance(axis, int) and not isinstance(axis, bool)))


def _gradient(types, attrs):
    f = need_rank(types[0], 1, "the operand of np.gradient")
    axis = attrs["axis"]
    if axis is None and f.ndim > 1:
        raise TypeRefusal("an axis must be named")
    axis_of(0 if axis is None else axis, f.ndim)
    if attrs["edge_order"] not in (1, 2):
        raise TypeRefusal("NumPy raises ValueError here: edge_order= is 1 or 2")
    if len(types) > 1 and array_of(types[1]).ndim > 1:
        raise TypeRefusal("NumPy raises ValueError here: the spacing is a number or an array with one axis")
    if len(types) > 1 and dtype_kind(array_of(types[1]).dtype) == "c":
        raise TypeRefusal("the spacing is real")
    dtype = f.dtype if dtype_kind(f.dtype) in "fc" else "float64"
    if f.dtype == "bool":
        raise TypeRefusal("NumPy does not subtract truth values")
    return Array(dtype, f.shape)


primitive("numpy.gradient", "f spacing", _gradient, keywords={"axis": None, "edge_order": 1}, may_raise=True)


@composite("numpy.gradient", arrays="f", known="axis edge_order", unless=_one_axis)
def gradient(f, *varargs, axis=None, edge_order=1):
    axes = tuple(range(np.ndim(f))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(varargs) > 1 and len(varargs) != len(axes):
        refused("NumPy raises TypeError here: one spacing for all axes, or one for each")
    if len(varargs) == 1 and len(axes) > 1 and np.ndim(varargs[0]) > 0:
        refused("NumPy raises TypeError here: an array of points for each axis is needed")
    if len(axes) == 1:
        return np.gradient(f, spacing_of(varargs, 0), axis=axes[0], edge_order=edge_order)
    return tuple(
        [
            np.gradient(f, spacing_of(varargs, k), axis=axes[k], edge_order=edge_order)
            for k in range(len(axes))
        ]
    )


def spacing_of(given, k):
    return 1.0 if len(given) == 0 else given[0] if len(given) == 1 else given[k]


@jvp("numpy.gradient")
def _(f, spacing, y, f_dot, *, axis, edge_order):
    if spacing is None:
        return np.gradient(f_dot, axis=axis, edge_order=edge_order)
    return np.gradient(f_dot, spacing, axis=axis, edge_order=edge_order)


def front(f, axis):
    """The axis of the grid in front."""
    return f if np.ndim(f) == 1 else np.moveaxis(f, 0 if axis is None else axis, 0)


def rear(f, axis):
    return f if np.ndim(f) == 1 else np.moveaxis(f, 0, 0 if axis is None else axis)


def steps(f, spacing):
    """The distances between the points, in a shape that broadcasts against f, its grid in front."""
    if spacing is None:
        return np.ones((len(f) - 1,) + (1,) * (f.ndim - 1))
    if np.ndim(spacing) == 0:
        return spacing * np.ones((len(f) - 1,) + (1,) * (f.ndim - 1))
    return np.diff(spacing) if f.ndim == 1 else np.reshape(np.diff(spacing), along(0, f.ndim))


def to_slopes(g, h, edge_order):
    """The adjoint of the slopes."""
    whole = h[:-1] + h[1:]
    inner = g[1:-1] / whole
    none = np.zeros_like(g[:1])
    s = np.concatenate((inner * h[1:], none)) + np.concatenate((none, inner * h[:-1]))
    if edge_order == 1:
        rest = np.zeros_like(g[2:])
        return s + np.concatenate((g[:1], rest)) + np.concatenate((rest, g[-1:]))
    rest = np.zeros_like(g[3:])
    first = g[:1] * h[:1] / whole[:1]
    last = g[-1:] * h[-1:] / whole[-1:]
    return s + np.concatenate((g[:1] + first, -first, rest)) + np.concatenate((rest, -last, g[-1:] + last))


def to_steps(g, s, y, h, edge_order):
    """The adjoint of the steps where the slopes stay."""
    whole = h[:-1] + h[1:]
    inner = g[1:-1] / whole
    none = np.zeros_like(g[:1])
    d = np.concatenate((inner * (s[1:] - y[1:-1]), none)) + np.concatenate((none, inner * (s[:-1] - y[1:-1])))
    if edge_order == 1:
        return d
    rest = np.zeros_like(g[3:])
    first = g[:1] * (s[:1] - s[1:2]) / (whole[:1] * whole[:1])
    last = g[-1:] * (s[-1:] - s[-2:-1]) / (whole[-1:] * whole[-1:])
    return (
        d
        + np.concatenate((first * h[1:2], -first * h[:1], rest))
        + np.concatenate((rest, -last * h[-1:], last * h[-2:-1]))
    )


def steps_adjoint(f, spacing, y, y_bar, axis, edge_order):
    """The adjoint of the distances between the points."""
    x, g = front(f, axis), front(y_bar, axis)
    h = steps(x, spacing)
    s = np.diff(x, axis=0) / h
    return to_steps(g, s, front(y, axis), h, edge_order) - to_slopes(g, h, edge_order) * s / h


@vjp("numpy.gradient")
def _(f, spacing, y, y_bar, *, axis, edge_order):
    h = steps(front(f, axis), spacing)
    s_bar = to_slopes(front(y_bar, axis), h, edge_order) / h
    return rear(-np.diff(s_bar, axis=0, prepend=0.0, append=0.0), axis)


@vjp("numpy.gradient", 1)
def _(f, spacing, y, y_bar, *, axis, edge_order):
    if np.ndim(spacing) == 0:
        return -np.sum(y_bar * y) / spacing
    h_bar = steps_adjoint(f, spacing, y, y_bar, axis, edge_order)
    flat = h_bar if np.ndim(f) == 1 else np.sum(h_bar, axis=tuple(range(1, np.ndim(f))))
    return -np.diff(flat, prepend=0.0, append=0.0)


def slopes_seen(s, s_dot, h, h_dot, y, edge_order):
    """The tangent of the result from those of the slopes and the steps."""
    whole = h[:-1] + h[1:]
    inner = h[1:] * s_dot[:-1] + h[:-1] * s_dot[1:]
    inner = (inner + h_dot[:-1] * (s[1:] - y[1:-1]) + h_dot[1:] * (s[:-1] - y[1:-1])) / whole
    if edge_order == 1:
        return np.concatenate((s_dot[:1], inner, s_dot[-1:]))
    first = edge(s[:1], s_dot[:1], h[:1], h_dot[:1], s[1:2], s_dot[1:2], h[1:2], h_dot[1:2])
    last = edge(s[-1:], s_dot[-1:], h[-1:], h_dot[-1:], s[-2:-1], s_dot[-2:-1], h[-2:-1], h_dot[-2:-1])
    return np.concatenate((first, inner, last))


def edge(s, s_dot, h, h_dot, other, other_dot, k, k_dot):
    """The tangent of s + h (s - other) / (h + k)."""
    whole = h + k
    part = (h_dot * k - h * k_dot) / (whole * whole)
    return s_dot + (s - other) * part + (s_dot - other_dot) * h / whole


@jvp("numpy.gradient", 1)
def _(f, spacing, y, spacing_dot, *, axis, edge_order):
    if np.ndim(spacing) == 0:
        return -y * (spacing_dot / spacing)
    x = front(f, axis)
    h = steps(x, spacing)
    h_dot = steps(x, spacing_dot)
    s = np.diff(x, axis=0) / h
    return rear(slopes_seen(s, -s * h_dot / h, h, h_dot, front(y, axis), edge_order), axis)
