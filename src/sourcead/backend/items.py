"""Loops over the items of an array or list.

    for i in range(len(xs)):            for x in xs:
        h = f(xs[i], h)                     h = f(x, h)

when xs is not written to in the loop.  Where i is used for other things it stays,
`for i, x in enumerate(xs)`, if the user gave the item a name.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Value, is_const, walk
from ..ir.types import Array, List
from .classes import Classes


def iterate(function: Function, classes: Classes) -> None:
    """Mark such loops: the attribute `_items` holds (xs, item); the loads of the item are gone."""
    replaced: dict[Value, Value] = {}
    for op in list(function.walk()):
        if op.kind == "for":
            _loop(op, classes, replaced)
    if replaced:
        _replace(function.body, replaced)


def _loop(op: Op, classes: Classes, replaced: dict[Value, Value]) -> None:
    start, stop, step = op.inputs[:3]
    index = op.body.params[0]
    length = stop.op
    if length is None or length.kind not in ("list.len", "builtins.len"):
        return
    xs = length.inputs[0]
    if (
        isinstance(xs, Constant)
        or not isinstance(xs.type, Array | List)
        or not (is_const(start, 0) and is_const(step, 1))
    ):
        return
    if isinstance(xs.type, Array) and xs.type.ndim == 0:
        return
    loads, used = [], index in op.body.yields
    for o in walk(op.body):
        if o.kind == "getitem" and o.inputs == [xs, index] and o.attrs["index"] == ("at",):
            loads.append(o)
        elif index in o.inputs:
            used = True
        used = used or any(index in r.yields for r in o.regions)
    if not loads or set(classes.of(xs)[:1]) & classes.writes(op):
        return
    wanted = used or index.name not in (None, "_")
    first = next((o for o in op.body.ops if not o.attrs.get("_tape")), None)
    head = loads[0] is first and loads[0].result.name is not None
    if wanted and (not head or (used and op.attrs.get("_reversed"))):
        return
    item = Value(loads[0].result.type, next((o.result.name for o in loads if o.result.name), None))
    op.attrs["_items"] = (xs, item)
    op.inputs[1] = Constant(0)  # the length is not read
    for o in loads:
        replaced[o.result] = item
        classes.unite(o.result, item)
    gone = set(loads)
    regions = [op.body]
    while regions:
        r = regions.pop()
        r.ops = [o for o in r.ops if o not in gone]
        for o in r.ops:
            regions += o.regions


def _replace(region: Region, replaced: dict[Value, Value]) -> None:
    for op in region.ops:
        op.inputs = [replaced.get(v, v) for v in op.inputs]
        if "_items" in op.attrs:
            xs, item = op.attrs["_items"]
            op.attrs["_items"] = (replaced.get(xs, xs), item)
        for r in op.regions:
            _replace(r, replaced)
    region.yields = [replaced.get(v, v) for v in region.yields]
