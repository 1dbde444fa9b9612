"""Additions to a row that was made of zeros, as additions to where the row goes.

    row_bar = zeros_like(row)
    row_bar[j] += v                      A_bar[i, j] += v
    A_bar[i] += row_bar         ->

The row would be as long to make and to add as it is, for each of its elements.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir.core import Op, Value, is_derived, is_integer
from ..ir.types import Array, same_dim

_ZEROS = ("zeros_like", "numpy.zeros_like")


def straight(op: Op, uses: dict[Value, int], look: Callable[[Value], Value]) -> list[Op] | None:
    """The additions in place of an `index_add` of such a row; None where it is none.

    uses: how often values are read; look: what stands for a value by now
    """
    x, *where, row = op.inputs
    path = op.attrs["path"]
    if len(path) != 1 or not isinstance(x.type, Array) or not isinstance(row.type, Array):
        return None
    at = path[0]
    rank = x.type.ndim - len(at)
    if any(a != "at" for a in at) or rank != row.type.ndim or not all(map(is_integer, where)):
        return None
    if not all(same_dim(d, e) for d, e in zip(x.type.shape[len(at) :], row.type.shape)):
        return None
    chain: list[Op] = []
    v = row
    while v.op is not None and v.op.kind == "index_add" and uses.get(v, 0) == 1 and is_derived(v.op):
        inner = v.op
        if len(inner.attrs["path"]) != 1 or not all(is_integer(k) for k in inner.inputs[1:-1]):
            return None
        chain.append(inner)
        v = look(inner.inputs[0])
    if not chain or v.op is None or v.op.kind not in _ZEROS or uses.get(v, 0) != 1 or not is_derived(v.op):
        return None
    out: list[Op] = []
    for inner in reversed(chain):
        attrs = {**inner.attrs, "path": ((*at, *inner.attrs["path"][0]),)}
        inputs = [x, *where, *(look(k) for k in inner.inputs[1:])]
        out.append(Op("index_add", inputs, [op.result.type], attrs, None, inner.span, inner.reverse))
        x = out[-1].result
        x.name = op.result.name
    return out
