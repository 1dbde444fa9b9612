"""Interpolation between samples: interp1d and RegularGridInterpolator, of the kinds linear and nearest.

They are written out, in SciPy's order of operations; derivatives by the values, by the points of evaluation
and by the grid follow.  In two dimensions, with the place (u, v) of a point in its cell:

    v01 --- v11
     |   .   |         v00 (1-u) (1-v) + v01 (1-u) v + v10 u (1-v) + v11 u v
    v00 --- v10
"""

from __future__ import annotations

import numpy as np
import scipy.interpolate as interpolate

from ...ir.types import Array, Foreign, new_dim
from ...runtime_pieces import interval
from ..composites import composite, not_covered
from ..foreign import FOREIGN, RECOGNISED, kept, question
from ..registry import constant, primitive, static

_HERE = "sourcead.rules.scipy.grids."


# -- the arrays of an interpolant from outside
def grid_of(interpolant, k):
    return interpolant.grid[k]


def values_of(interpolant):
    return interpolant.values


def x_of(interpolant):
    return interpolant.x


def y_of(interpolant):
    return interpolant.y


for _name, _spell in (("values_of", "values"), ("x_of", "x"), ("y_of", "y")):
    primitive(
        _HERE + _name,
        "interpolant",
        lambda types, attrs, n=_name: Array(
            "float64", types[0].shape[:1] if n == "x_of" else types[0].shape, True
        ),
        spell=("attribute", _spell),
    )
    constant(_HERE + _name)
primitive(
    _HERE + "grid_of",
    "interpolant",
    lambda types, attrs: Array("float64", (types[0].shape[attrs["k"]],), True),
    keywords={"k": 0},
    spell=("grid", "k"),
)
constant(_HERE + "grid_of")


@question
def facts(t):
    return t.facts


@question
def grid_axes(t):
    return tuple(range(t.facts[3]))


# -- on a grid -------------------------------------------------------------------------------------------
@static
def counted(n):
    return tuple(range(n))


@static
def covered_method(method):
    if method not in ("linear", "nearest"):
        not_covered(f"method={method!r} is not covered: 'linear' and 'nearest' are")
    return method


def corners(values, index, weights, at, own, total):
    """total, and the terms of the corners of the cells: `at` and `own` are the places and weights of the axes
    before, in the order of SciPy, which has one of its own in two dimensions."""
    k = len(at)
    if k < len(index):
        i, u = index[k], weights[k]
        total = corners(values, index, weights, (*at, i), (*own, 1.0 - u), total)
        return corners(values, index, weights, (*at, i + 1), (*own, u), total)
    if k == 2 and values.ndim == 2:
        term = values[at] * own[0] * own[1]
    else:
        term = values[at] * spread_weight(product(own), values, k)
    return term if total is None else total + term


def product(own):
    return own[0] if len(own) == 1 else product(own[:-1]) * own[-1]


def spread_weight(w, values, k):
    return w if values.ndim == k else np.expand_dims(w, tuple(range(-(values.ndim - k), 0)))


def nearest(places, index, k):
    if k == len(index):
        return ()
    return (np.where(places[k] <= 0.5, index[k], index[k] + 1), *nearest(places, index, k + 1))


class Grid:
    """A RegularGridInterpolator; `grid` is None for one that was made outside of the function."""

    object = None
    grid = None

    def __call__(self, xi, method=None, *, nu=None):
        if nu is not None:
            not_covered("nu= is not covered")
        if self.grid is None:
            own, bounds_error, fill_value, _ = facts(self.object)
            grid = [kept(grid_of(self.object, k=k)) for k in grid_axes(self.object)]
            values = kept(values_of(self.object))
        else:
            own, bounds_error, fill_value = self.method, self.bounds_error, self.fill_value
            grid, values = self.grid, self.values
        kind = covered_method(own if method is None else method)
        return on_grid(grid, values, xi, kind, bounds_error, fill_value)


def on_grid(grid, values, xi, kind, bounds_error, fill_value):
    d, axes = len(grid), counted(len(grid))
    if isinstance(xi, tuple):
        points = [np.asarray(c) for c in xi]
    else:
        xi = np.asarray(xi)
        if xi.ndim == 1 and d > 1:
            xi = xi.reshape(-1, d)
        points = [xi] if xi.ndim == 1 else [xi[..., k] for k in axes]
    outside = False
    for k in axes:
        beyond = (points[k] < grid[k][0]) | (points[k] > grid[k][-1])
        if bounds_error and np.any(beyond):
            raise ValueError(f"One of the requested xi is out of bounds in dimension {k}")
        outside = outside | beyond
    index = [interval(grid[k], points[k]) for k in axes]
    places = [(points[k] - grid[k][index[k]]) / (grid[k][index[k] + 1] - grid[k][index[k]]) for k in axes]
    if kind == "linear":
        out = corners(values, index, places, (), (), None)
    else:
        out = values[nearest(places, index, 0)]
    if bounds_error or fill_value is None:
        return out
    return np.where(spread_weight(outside, values, d), fill_value, out)


@composite("scipy.interpolate.RegularGridInterpolator")
def regular_grid(
    points, values, method="linear", bounds_error=True, fill_value=np.nan, *, solver=None, solver_args=None
):
    made = Grid()
    made.grid = [np.asarray(p) for p in points]
    made.values = np.asarray(values)
    for p in made.grid:
        if len(p) < 2 or p[0] > p[-1]:
            raise ValueError("derivatives by a grid are covered for ascending axes of at least two points")
    covered_method(method)
    made.method, made.bounds_error, made.fill_value = method, bounds_error, fill_value
    return made


# -- on a line -------------------------------------------------------------------------------------------
@static
def covered_kind(kind):
    if kind not in ("linear", "nearest", "previous", "next"):
        not_covered(f"kind={kind!r} is not covered: use CubicSpline, whose values are those of kind='cubic'")
    return kind


class Line:
    """An interp1d."""

    object = None
    x = None

    def __call__(self, x):
        if self.x is None:
            kind, bounds_error, fill_value, _ = facts(self.object)
            return on_line(
                kept(x_of(self.object)), kept(y_of(self.object)), x, kind, bounds_error, fill_value
            )
        return on_line(self.x, self.y, x, self.kind, self.bounds_error, self.fill_value)


def on_line(x, y, t, kind, bounds_error, fill_value):
    t = np.asarray(t)
    extrapolates = isinstance(fill_value, str)
    if kind == "linear" and not extrapolates:
        out = np.interp(t, x, y)
    elif kind == "linear":
        i = interval(x, t)
        out = (y[i + 1] - y[i]) / (x[i + 1] - x[i]) * (t - x[i]) + y[i]
    elif kind == "nearest":
        half = x / 2.0
        out = y[np.searchsorted(half[1:] + half[:-1], t)]
    elif kind == "previous":
        out = y[np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 1)]
    else:
        out = y[np.clip(np.searchsorted(x, t), 0, len(x) - 1)]
    if extrapolates:
        return out
    below, above = t < x[0], t > x[-1]
    if bounds_error:
        if np.any(below) or np.any(above):
            raise ValueError("A value in x_new is out of bounds of the interpolation range.")
        return out
    low, high = fill_value if isinstance(fill_value, tuple) else (fill_value, fill_value)
    return np.where(below, low, np.where(above, high, out))


@composite("scipy.interpolate.interp1d")
def interp1d(
    x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False
):
    made = Line()
    x, y = np.asarray(x), np.asarray(y)
    if y.ndim != 1:
        not_covered("values with one axis are covered")
    if not assume_sorted:
        order = np.argsort(x, kind="mergesort")
        x, y = x[order], y[order]
    made.x, made.y, made.kind = x, y, covered_kind(kind)
    made.fill_value = fill_value
    given = isinstance(fill_value, (str, tuple)) or fill_value == fill_value
    made.bounds_error = not given if bounds_error is None else bounds_error
    if isinstance(fill_value, str) and bounds_error:
        raise ValueError("Cannot extrapolate and raise at the same time.")
    return made


FOREIGN["RegularGridInterpolator"] = Grid
FOREIGN["interp1d"] = Line


@RECOGNISED.append
def recognised(obj):
    """The type of an interpolant of real values between samples; of interp1d for values with one axis."""
    if type(obj) is interpolate.RegularGridInterpolator and obj.method in ("linear", "nearest"):
        fill = obj.fill_value
        if obj.values.dtype != "float64" or not (fill is None or np.ndim(fill) == 0):
            return None
        known = obj.method, bool(obj.bounds_error), None if fill is None else float(fill), len(obj.grid)
        return Foreign(
            "RegularGridInterpolator", "float64", tuple(new_dim() for _ in obj.values.shape), known
        )
    if type(obj) is interpolate.interp1d and obj.y.ndim == 1 and obj.y.dtype == "float64":
        kind = getattr(obj, "_kind", None)
        fill = obj.fill_value
        if kind not in ("linear", "nearest", "previous", "next"):
            return None
        fill = (
            fill
            if isinstance(fill, str)
            else tuple(map(float, fill)) if isinstance(fill, tuple) else float(fill)
        )
        return Foreign("interp1d", "float64", (new_dim(),), (kind, bool(obj.bounds_error), fill, 1))
    return None
