"""`pad`, and slices along one axis."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, const_dim
from ..runtime import index_add, zeros_like
from .infer import need_rank, plus
from .registry import TypeRefusal, primitive, static
from .shapes import linear


@static
def widths(pad_width, ndim):
    """One (before, after) for each axis."""
    pairs = np.broadcast_to(np.asarray(pad_width), (ndim, 2))
    return tuple((int(a), int(b)) for a, b in pairs)


def _pad(types, attrs):
    a = need_rank(types[0], 1, "the operand of np.pad")
    if attrs["mode"] not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise TypeRefusal(f"mode={attrs['mode']!r} is not covered")
    if not isinstance(attrs["constant_values"], int | float):
        raise TypeRefusal("constant_values= is covered as one number")
    try:
        pairs = widths(attrs["pad_width"], a.ndim)
    except (TypeError, ValueError):
        raise TypeRefusal("pad_width= must be known when compiling") from None
    return Array(a.dtype, tuple(plus(d, const_dim(sum(p))) for d, p in zip(a.shape, pairs)))


primitive(
    "numpy.pad",
    "array",
    _pad,
    keywords={"pad_width": None, "mode": "constant", "constant_values": 0},
    may_raise=True,
)


def crop(g, a, pairs, axis):
    """g without what `pad` put around a, from an axis on."""
    if axis == len(pairs):
        return g
    first = pairs[axis][0]
    return crop(slab(g, axis, first, first + a.shape[axis]), a, pairs, axis + 1)


def slab(g, axis, start, stop):
    """g[start:stop] along an axis."""
    if axis == 0 or axis == -g.ndim:
        return g[start:stop]
    if axis == 1 or axis == 1 - g.ndim:
        return g[:, start:stop]
    if axis == -1 or axis == g.ndim - 1:
        return g[..., start:stop]
    return np.moveaxis(np.moveaxis(g, axis, 0)[start:stop], 0, axis)


def pad_tangent(a, y, a_dot, *, pad_width, mode):
    return np.pad(a_dot, pad_width) if mode == "constant" else np.pad(a_dot, pad_width, mode=mode)


def pad_adjoint(a, y, y_bar, *, pad_width, mode):
    if mode == "constant":
        return crop(y_bar, a, widths(pad_width, a.ndim), 0)
    source = np.pad(np.reshape(np.arange(a.size), a.shape), pad_width, mode=mode)
    return np.reshape(index_add(np.ravel(zeros_like(a)), source, y_bar), a.shape)


linear("numpy.pad", pad_tangent, pad_adjoint)
