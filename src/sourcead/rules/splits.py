"""One array made several, and coordinates made a grid: split, array_split, meshgrid."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, const_dim, new_dim
from .guards import upto
from .infer import array_of, axis_of, need_rank
from .joins import parts_of
from .registry import TypeRefusal, jvp, primitive, static, vjp


# -- one made several ------------------------------------------------------------------------------------
def _split(types, attrs, equal=True):
    a = need_rank(types[0], 1, "the operand of np.split")
    axis, cuts = axis_of(attrs["axis"], a.ndim), attrs["indices_or_sections"]
    if isinstance(cuts, int) and not isinstance(cuts, bool) and cuts > 0:
        d = a.shape[axis]
        even = const_dim(d.offset // cuts) if d.symbol is None else new_dim()
        if equal and d.symbol is not None:
            return (Array(a.dtype, tuple(even if i == axis else n for i, n in enumerate(a.shape))),) * cuts
        lengths = [even if even.symbol is None and d.offset % cuts == 0 else new_dim() for _ in range(cuts)]
    elif isinstance(cuts, tuple | list) and all(isinstance(c, int) for c in cuts):
        lengths = [new_dim() for _ in range(len(cuts) + 1)]
    else:
        raise TypeRefusal("where to split must be known when compiling")
    return tuple(Array(a.dtype, tuple(n if i == axis else d for i, d in enumerate(a.shape))) for n in lengths)


primitive(
    "numpy.split",
    "ary",
    _split,
    keywords={"indices_or_sections": None, "axis": 0},
    alias=("view", 0),
    record=list,
    may_raise=True,
)
primitive(
    "numpy.array_split",
    "ary",
    lambda types, attrs: _split(types, attrs, equal=False),
    keywords={"indices_or_sections": None, "axis": 0},
    alias=("view", 0),
    record=list,
)


@jvp("numpy.split")
def _(a, y, a_dot, *, indices_or_sections, axis):
    return tuple(np.split(a_dot, indices_or_sections, axis=axis))


@jvp("numpy.array_split")
def _(a, y, a_dot, *, indices_or_sections, axis):
    return tuple(np.array_split(a_dot, indices_or_sections, axis=axis))


for _key in ("numpy.split", "numpy.array_split"):

    @vjp(_key)
    def split_adjoint(a, y, y_bar, *, axis):
        return np.concatenate(y_bar, axis=axis)


# -- meshgrid ----------------------------------------------------------------------------------------------
def _meshgrid(types, attrs):
    arrays = [array_of(t) for t in parts_of(types)]
    if any(a.ndim > 1 for a in arrays):
        raise TypeRefusal("np.meshgrid takes arrays with one axis")
    if attrs["indexing"] not in ("xy", "ij"):
        raise TypeRefusal(f"indexing={attrs['indexing']!r} is not covered")
    dims = [a.shape[0] if a.ndim else const_dim(1) for a in arrays]
    if attrs["indexing"] == "xy" and len(dims) > 1:
        dims[0], dims[1] = dims[1], dims[0]
    return tuple(Array(a.dtype, tuple(dims)) for a in arrays)


primitive(
    "numpy.meshgrid",
    "xi",
    _meshgrid,
    variadic="*",
    keywords={"copy": True, "sparse": False, "indexing": "xy"},
    fixed="copy sparse",
)


@static
def other_axes(i, n, indexing):
    """The axes of a grid along which its i-th coordinate does not change."""
    own = 1 - i if indexing == "xy" and i < 2 and n > 1 else i
    return tuple(k for k in range(n) if k != own)


@jvp("numpy.meshgrid")
def _(xs, y, xs_dot, *, indexing):
    return tuple(np.meshgrid(*xs_dot, indexing=indexing))


@vjp("numpy.meshgrid")
def _(xs, y, y_bar, *, indexing):
    return tuple(
        [
            np.reshape(np.sum(y_bar[i], axis=other_axes(i, len(xs), indexing)), np.shape(xs[i]))
            for i in upto(len(xs))
        ]
    )
