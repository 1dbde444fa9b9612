"""Images read between their elements: map_coordinates, zoom and shift of order 0 and 1.

All are linear in the image, and map_coordinates is piecewise so in each coordinate: `samples` with
`along=(i,)` is the slope along axis i, and `spread_samples` the transpose in the image.  At an element
itself, where the slope jumps, it is that of the interval behind it.
"""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.ndimage as ndimage

from ...ir.types import Array, const_dim, dtype_kind, new_dim
from ...runtime import samples, spread_samples
from ..counting import per_element
from ..guards import upto
from ..infer import array_of, dims_of, need_rank
from ..registry import TypeRefusal, jvp, primitive, static, vjp
from ..shapes import linear

MODES = ("reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap", "grid-wrap")


def _image(types, attrs, key):
    x = need_rank(types[0], 1, f"the operand of {key}")
    if dtype_kind(x.dtype) not in "iuf" or x.dtype == "float16":
        raise TypeRefusal(f"{key} of {x.dtype} is not covered")
    if attrs["order"] not in (0, 1) or isinstance(attrs["order"], bool):
        raise TypeRefusal("splines of order 0 and 1 are covered; the default is order=3")
    if attrs["mode"] not in MODES or not isinstance(attrs["cval"], int | float):
        raise TypeRefusal(f"mode={attrs['mode']!r}, cval={attrs['cval']!r} is not covered")
    return x


_WORDS = {"output": None, "order": 3, "mode": "constant", "cval": 0.0, "prefilter": True}


def _mapped(types, attrs):
    x = _image(types, attrs, "scipy.ndimage.map_coordinates")
    c = need_rank(types[1], 1, "the coordinates")
    if dtype_kind(c.dtype) not in "if":
        raise TypeRefusal("the coordinates are real numbers")
    if c.ndim == 1:
        raise TypeRefusal("the coordinates of one point are covered as an array of shape (n, 1)")
    return Array(x.dtype, c.shape[1:])


primitive(
    "scipy.ndimage.map_coordinates",
    "input coordinates",
    _mapped,
    keywords=_WORDS,
    fixed="output",
    may_raise=True,
    cost=per_element(8),
)


def slopes(x, coordinates, order, mode, along):
    """The derivative in each coordinate."""
    return [samples(x, coordinates, order=order, mode=mode, along=(*along, i)) for i in upto(x.ndim)]


@jvp("scipy.ndimage.map_coordinates")
def _(x, c, y, x_dot, *, order, mode):
    return ndimage.map_coordinates(x_dot, c, order=order, mode=mode)


@jvp("scipy.ndimage.map_coordinates", 1)
def _(x, c, y, c_dot, *, order, mode):
    if order == 0:
        return np.zeros_like(y)
    return np.sum(np.stack(slopes(x, c, order, mode, ())) * c_dot, axis=0)


@vjp("scipy.ndimage.map_coordinates")
def _(x, c, y, y_bar, *, order, mode):
    return spread_samples(y_bar, c, x.shape, order=order, mode=mode)


@vjp("scipy.ndimage.map_coordinates", 1)
def _(x, c, y, y_bar, *, order, mode):
    if order == 0:
        return np.zeros_like(c)
    return y_bar * np.stack(slopes(x, c, order, mode, ()))


# -- the run-time helpers
_FORM = {"order": 1, "mode": "constant", "cval": 0.0, "along": ()}
primitive(
    "sourcead.runtime.samples",
    "x coordinates",
    lambda types, attrs: Array(types[0].dtype, array_of(types[1]).shape[1:]),
    keywords=_FORM,
    cost=per_element(8),
)
primitive(
    "sourcead.runtime.spread_samples",
    "g coordinates shape",
    lambda types, attrs: Array(types[0].dtype, dims_of(types[2])),
    keywords={k: v for k, v in _FORM.items() if k != "cval"},
    cost=lambda operands, out, attrs: 8 * prod(operands[0]),
)


@jvp("sourcead.runtime.samples")
def _(x, c, y, x_dot, *, order, mode, along):
    return samples(x_dot, c, order=order, mode=mode, along=along)


@jvp("sourcead.runtime.samples", 1)
def _(x, c, y, c_dot, *, order, mode, along):
    return np.sum(np.stack(slopes(x, c, order, mode, along)) * c_dot, axis=0)


@vjp("sourcead.runtime.samples")
def _(x, c, y, y_bar, *, order, mode, along):
    return spread_samples(y_bar, c, x.shape, order=order, mode=mode, along=along)


@vjp("sourcead.runtime.samples", 1)
def _(x, c, y, y_bar, *, order, mode, along):
    return y_bar * np.stack(slopes(x, c, order, mode, along))


@jvp("sourcead.runtime.spread_samples")
def _(g, c, shape, y, g_dot, *, order, mode, along):
    return spread_samples(g_dot, c, shape, order=order, mode=mode, along=along)


@jvp("sourcead.runtime.spread_samples", 1)
def _(g, c, shape, y, c_dot, *, order, mode, along):
    total = spread_samples(g * c_dot[0], c, shape, order=order, mode=mode, along=(*along, 0))
    for i in upto(y.ndim)[1:]:
        total = total + spread_samples(g * c_dot[i], c, shape, order=order, mode=mode, along=(*along, i))
    return total


@vjp("sourcead.runtime.spread_samples")
def _(g, c, shape, y, y_bar, *, order, mode, along):
    return samples(y_bar, c, order=order, mode=mode, along=along)


@vjp("sourcead.runtime.spread_samples", 1)
def _(g, c, shape, y, y_bar, *, order, mode, along):
    return g * np.stack(slopes(y_bar, c, order, mode, along))


# -- grids of points: zoom and shift ---------------------------------------------------------------------
def _factors(value, ndim, name):
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * ndim
    if len(values) != ndim or not all(type(v) in (int, float) for v in values):
        raise TypeRefusal(f"{name}= must be numbers that are known when compiling")
    return values


@static
def each_axis(value, ndim):
    return tuple(float(v) for v in (value if isinstance(value, tuple | list) else (value,) * ndim))


def _zoomed(types, attrs):
    x = _image(types, attrs, "scipy.ndimage.zoom")
    factors = _factors(attrs["zoom"], x.ndim, "zoom")
    return Array(
        x.dtype,
        tuple(
            const_dim(round(d.offset * f)) if d.symbol is None else d if f == 1 else new_dim()
            for d, f in zip(x.shape, factors)
        ),
    )


primitive(
    "scipy.ndimage.zoom",
    "input",
    _zoomed,
    keywords={"zoom": None, **_WORDS, "grid_mode": False},
    fixed="output grid_mode",
    may_raise=True,
    cost=per_element(8),
)


def grid(steps):
    """The coordinates of the points of a grid, one row for each axis."""
    return np.stack(np.meshgrid(*steps, indexing="ij"))


def zoom_adjoint(x, y, y_bar, *, order, mode):
    steps = [
        np.arange(y.shape[i]) * ((x.shape[i] - 1) / max(y.shape[i] - 1, 1) if y.shape[i] > 1 else 1.0)
        for i in upto(x.ndim)
    ]
    return spread_samples(y_bar, grid(steps), x.shape, order=order, mode=mode)


linear(
    "scipy.ndimage.zoom",
    lambda x, y, x_dot, *, zoom, order, mode: ndimage.zoom(x_dot, zoom, order=order, mode=mode),
    zoom_adjoint,
)


def _moved(types, attrs):
    x = _image(types, attrs, "scipy.ndimage.shift")
    _factors(attrs["shift"], x.ndim, "shift")
    return Array(x.dtype, x.shape)


primitive(
    "scipy.ndimage.shift",
    "input",
    _moved,
    keywords={"shift": None, **_WORDS},
    fixed="output",
    may_raise=True,
    cost=per_element(8),
)


def shift_adjoint(x, y, y_bar, *, shift, order, mode):
    by = each_axis(shift, x.ndim)
    steps = [np.arange(x.shape[i]) - by[i] for i in upto(x.ndim)]
    return spread_samples(y_bar, grid(steps), x.shape, order=order, mode=mode)


linear(
    "scipy.ndimage.shift",
    lambda x, y, x_dot, *, shift, order, mode: ndimage.shift(x_dot, shift, order=order, mode=mode),
    shift_adjoint,
)
