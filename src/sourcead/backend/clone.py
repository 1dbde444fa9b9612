"""A copy of a function that a pass may change."""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Undef, Value


def clone(function: Function) -> Function:
    """A deep copy: new values, ops and regions; constants, types, attributes and callees are shared."""
    new: dict[Value, Value] = {}

    def of(v: Value) -> Value:
        return v if isinstance(v, Constant | Undef) else new[v]

    def region(r: Region) -> Region:
        out = Region([fresh(p, None) for p in r.params])
        out.ops = [op(o) for o in r.ops]
        out.yields = [of(v) for v in r.yields]
        return out

    def fresh(v: Value, owner: Op | None) -> Value:
        new[v] = Value(v.type, v.name, owner)
        return new[v]

    def op(o: Op) -> Op:
        out = Op(o.kind, [of(v) for v in o.inputs], [], dict(o.attrs), [], o.span, o.reverse)
        out.regions = [region(r) for r in o.regions]
        out.results = [fresh(v, out) for v in o.results]
        return out

    out = Function(function.name, region(function.body))
    out.attrs = dict(function.attrs)
    return out
