"""Filters of scipy.ndimage whose weights are constant: Gaussians, means, derivatives.

Each is symmetric or antisymmetric, but for means over an even number of places, and moved ones.  See
`ndimage.py` for the adjoint.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndimage

from ...ir.types import Array
from ...runtime import fold
from ..composites import composite, not_covered
from ..counting import uncounted
from ..guards import upto
from ..infer import axes_of, axis_of
from ..registry import TypeRefusal, primitive, static
from ..shapes import linear
from .ndimage import MODES, image


@static
def spread(value, axes, ndim, default):
    """One value for each axis of the image, from one for all or one for each of the named axes."""
    along = axes_of(axes, ndim)
    values = list(value) if isinstance(value, tuple | list) else [value] * len(along)
    if len(values) != len(along):
        raise TypeRefusal(f"{value!r} does not have one value for each axis")
    out = [default] * ndim
    for i, v in zip(along, values):
        out[i] = v
    return tuple(out)


@static
def gaussian_reach(sigma, truncate, radius, axes, ndim):
    """How far a Gaussian's weights go, along each axis."""
    if radius is not None:
        return spread(radius, axes, ndim, 0)
    return tuple(int(truncate * float(s) + 0.5) for s in spread(sigma, axes, ndim, 0.0))


@static
def uniform_reach(size, origin, axes, ndim):
    sizes, origins = spread(size, axes, ndim, 1), spread(origin, axes, ndim, 0)
    return tuple(n // 2 + abs(o) for n, o in zip(sizes, origins))


@static
def symmetric(size, origin):
    sizes = size if isinstance(size, tuple | list) else (size,)
    return all(n % 2 for n in sizes) and not np.any(origin)


@static
def antisymmetric(order, sigma, axes, ndim):
    """Whether the weights change their sign on reversed axes; an axis without a width is left as it is."""
    orders, widths = spread(order, axes, ndim, 0), spread(sigma, axes, ndim, 0.0)
    return sum(n for n, s in zip(orders, widths) if s > 1e-15) % 2 == 1


@static
def around(reach):
    return tuple((r, r) for r in reach)


@static
def before(reach):
    return tuple(-r for r in reach)


@static
def padded(mode, axes, ndim):
    """np.pad's names for the modes of the axes."""
    return (
        MODES[mode]
        if isinstance(mode, str)
        else tuple(MODES[m] for m in spread(mode, axes, ndim, "constant"))
    )


def folded(g, x, reach, mode, axes):
    """What a filter has put around the image, back onto it."""
    return fold(g, before(reach), x.shape, mode=padded(mode, axes, x.ndim))


@static
def along_one(axis, value, ndim, default):
    return tuple(value if i == axis % ndim else default for i in range(ndim))


def fixed_filter(name, words, check=None, cost=uncounted):
    """A filter of scipy.ndimage as a primitive whose options are all known when compiling."""
    key = f"scipy.ndimage.{name}"

    def infer(types, attrs):
        out = image(types, attrs, key)
        if "axis" in attrs:
            axis_of(attrs["axis"], out.ndim)
        if check is not None:
            check(attrs, out.ndim)
        return Array(out.dtype, out.shape)

    primitive(key, "input", infer, keywords=words, fixed="output", may_raise=True, cost=cost)
    return key


# -- Gaussians
def _gaussian(attrs, ndim):
    if not isinstance(attrs["sigma"], int | float | tuple | list):
        raise TypeRefusal("sigma= must be known when compiling")
    one = "axis" in attrs
    axes = (attrs["axis"],) if one else attrs["axes"]
    gaussian_reach(attrs["sigma"], attrs["truncate"], attrs["radius"], axes, ndim)
    spread(attrs["order"], axes, ndim, 0)


_LINE = {
    "sigma": None,
    "axis": -1,
    "order": 0,
    "output": None,
    "mode": "reflect",
    "cval": 0.0,
    "truncate": 4.0,
}
_key = fixed_filter("gaussian_filter1d", {**_LINE, "radius": None}, _gaussian)


def line_tangent(x, y, x_dot, *, sigma, axis, order, mode, truncate, radius):
    return ndimage.gaussian_filter1d(
        x_dot, sigma, axis=axis, order=order, mode=mode, truncate=truncate, radius=radius
    )


def line_adjoint(x, y, y_bar, *, sigma, axis, order, mode, truncate, radius):
    reach = gaussian_reach(sigma, truncate, radius, (axis,), x.ndim)
    g = ndimage.gaussian_filter1d(
        np.pad(y_bar, around(reach)),
        sigma,
        axis=axis,
        order=order,
        mode="constant",
        truncate=truncate,
        radius=radius,
    )
    g = folded(g, x, reach, mode, None)
    return -g if order % 2 else g


linear(_key, line_tangent, line_adjoint)
_WORDS = {"sigma": None, "order": 0, "output": None, "mode": "reflect", "cval": 0.0, "truncate": 4.0}
_key = fixed_filter("gaussian_filter", {**_WORDS, "radius": None, "axes": None}, _gaussian)


def gaussian_tangent(x, y, x_dot, *, sigma, order, mode, truncate, radius, axes):
    return ndimage.gaussian_filter(
        x_dot, sigma, order=order, mode=mode, truncate=truncate, radius=radius, axes=axes
    )


def gaussian_adjoint(x, y, y_bar, *, sigma, order, mode, truncate, radius, axes):
    reach = gaussian_reach(sigma, truncate, radius, axes, x.ndim)
    g = ndimage.gaussian_filter(
        np.pad(y_bar, around(reach)),
        sigma,
        order=order,
        mode="constant",
        truncate=truncate,
        radius=radius,
        axes=axes,
    )
    g = folded(g, x, reach, mode, axes)
    return -g if antisymmetric(order, sigma, axes, x.ndim) else g


linear(_key, gaussian_tangent, gaussian_adjoint)


def _gaussian_laplace(attrs, ndim):
    if not isinstance(attrs["sigma"], int | float | tuple | list):
        raise TypeRefusal("sigma= must be known when compiling")
    if not isinstance(attrs["mode"], str):
        raise TypeRefusal("one mode for all axes is covered")
    spread(attrs["sigma"], attrs["axes"], ndim, 0.0)


_WORDS = {"sigma": None, "output": None, "mode": "reflect", "cval": 0.0, "axes": None}
_key = fixed_filter("gaussian_laplace", _WORDS, _gaussian_laplace)


def gaussian_laplace_adjoint(x, y, y_bar, *, sigma, mode, axes):
    reach = gaussian_reach(sigma, 4.0, None, axes, x.ndim)
    g = ndimage.gaussian_laplace(np.pad(y_bar, around(reach)), sigma, mode="constant", axes=axes)
    return folded(g, x, reach, mode, axes)


linear(
    _key,
    lambda x, y, x_dot, *, sigma, mode, axes: ndimage.gaussian_laplace(x_dot, sigma, mode=mode, axes=axes),
    gaussian_laplace_adjoint,
)


def squared_slope(x, sigma, mode, cval, axis):
    order = along_one(axis, 1, x.ndim, 0)
    return ndimage.gaussian_filter(x, sigma, order=order, mode=mode, cval=cval) ** 2


@composite("scipy.ndimage.gaussian_gradient_magnitude")
def gaussian_gradient_magnitude(input, sigma, output=None, mode="reflect", cval=0.0):
    if output is not None or not isinstance(mode, str):
        not_covered("output=None and one mode for all axes are covered")
    total = squared_slope(input, sigma, mode, cval, 0)
    for i in upto(input.ndim)[1:]:
        total = total + squared_slope(input, sigma, mode, cval, i)
    return np.sqrt(total)


# -- means
def _uniform(attrs, ndim):
    axes = (attrs["axis"],) if "axis" in attrs else attrs["axes"]
    sizes, origins = spread(attrs["size"], axes, ndim, 1), spread(attrs["origin"], axes, ndim, 0)
    if any(type(n) is not int for n in (*sizes, *origins)):
        raise TypeRefusal("size= and origin= must be whole numbers that are known when compiling")


_LINE = {"size": None, "axis": -1, "output": None, "mode": "reflect", "cval": 0.0, "origin": 0}
_key = fixed_filter("uniform_filter1d", _LINE, _uniform)


def mean_adjoint(x, y, y_bar, *, size, axis, mode, origin):
    reach = uniform_reach(size, origin, (axis,), x.ndim)
    g = np.pad(y_bar, around(reach))
    if symmetric(size, origin):
        g = ndimage.uniform_filter1d(g, size, axis=axis, mode="constant")
    else:
        g = np.flip(ndimage.uniform_filter1d(np.flip(g), size, axis=axis, mode="constant", origin=origin))
    return folded(g, x, reach, mode, None)


linear(
    _key,
    lambda x, y, x_dot, *, size, axis, mode, origin: ndimage.uniform_filter1d(
        x_dot, size, axis=axis, mode=mode, origin=origin
    ),
    mean_adjoint,
)
_WORDS = {"size": 3, "output": None, "mode": "reflect", "cval": 0.0, "origin": 0, "axes": None}
_key = fixed_filter("uniform_filter", _WORDS, _uniform)


def means_adjoint(x, y, y_bar, *, size, mode, origin, axes):
    reach = uniform_reach(size, origin, axes, x.ndim)
    g = np.pad(y_bar, around(reach))
    if symmetric(size, origin):
        g = ndimage.uniform_filter(g, size, mode="constant", axes=axes)
    else:
        g = np.flip(ndimage.uniform_filter(np.flip(g), size, mode="constant", origin=origin, axes=axes))
    return folded(g, x, reach, mode, axes)


linear(
    _key,
    lambda x, y, x_dot, *, size, mode, origin, axes: ndimage.uniform_filter(
        x_dot, size, mode=mode, origin=origin, axes=axes
    ),
    means_adjoint,
)

# -- differences
_key = fixed_filter("laplace", {"output": None, "mode": "reflect", "cval": 0.0, "axes": None})


def laplace_adjoint(x, y, y_bar, *, mode, axes):
    reach = spread(1, axes, x.ndim, 0)
    return folded(
        ndimage.laplace(np.pad(y_bar, around(reach)), mode="constant", axes=axes), x, reach, mode, axes
    )


linear(_key, lambda x, y, x_dot, *, mode, axes: ndimage.laplace(x_dot, mode=mode, axes=axes), laplace_adjoint)


def rules_of_slope(key, f):
    def adjoint(x, y, y_bar, *, axis, mode):
        return -folded(
            f(np.pad(y_bar, 1), axis=axis, mode="constant"), x, spread(1, None, x.ndim, 1), mode, None
        )

    linear(key, lambda x, y, x_dot, *, axis, mode: f(x_dot, axis=axis, mode=mode), adjoint)


for _name in ("sobel", "prewitt"):
    _words = {"axis": -1, "output": None, "mode": "reflect", "cval": 0.0}
    rules_of_slope(fixed_filter(_name, _words), getattr(ndimage, _name))
