"""The run-time helpers `extend` and `fold`: what lies beyond the edges of an array, and its transpose."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array
from ..runtime import extend, fold
from .infer import array_of, dims_of
from .registry import TypeRefusal, primitive
from .shapes import linear


def _block(types, attrs):
    a, shape = array_of(types[0]), dims_of(types[2])
    if len(shape) != a.ndim:
        raise TypeRefusal("a block has as many axes as its array")
    return Array(a.dtype, shape)


for _name in ("extend", "fold"):
    primitive(
        f"sourcead.runtime.{_name}",
        "x starts shape",
        _block,
        keywords={"mode": "constant"},
        cost=lambda operands, out, attrs: 0,
    )
linear(
    "sourcead.runtime.extend",
    lambda x, starts, shape, y, x_dot, *, mode: extend(x_dot, starts, shape, mode=mode),
    lambda x, starts, shape, y, y_bar, *, mode: fold(y_bar, starts, np.shape(x), mode=mode),
)
linear(
    "sourcead.runtime.fold",
    lambda x, starts, shape, y, x_dot, *, mode: fold(x_dot, starts, shape, mode=mode),
    lambda x, starts, shape, y, y_bar, *, mode: extend(y_bar, starts, np.shape(x), mode=mode),
)
