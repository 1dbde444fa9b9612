"""Lengths, and sums of integers, move out of the loops that do not change them."""

from __future__ import annotations

from ...ir.core import Constant, Function, Op, Region, Undef, Value, is_const
from ...ir.types import Scalar, dtype_kind

_LENGTHS = frozenset(["builtins.len", "numpy.size"])
_SUMS = frozenset(
    [
        "operator.add",
        "operator.sub",
        "operator.mul",
        "sourcead.runtime.bound",
        "sourcead.runtime.broadcast_length",
        "sourcead.runtime.wrapped",
        "builtins.max",
        "builtins.min",
        "operator.floordiv",
    ]
)


def hoist(function: Function) -> None:
    """Move them, in place."""
    _region(function.body, set(function.params), set())


def sink(function: Function) -> None:
    """Move `i + 1` of a nest's index to where it is read, in place."""
    for op in function.body.ops:
        _sink(op, {})


def _sink(op: Op, near: dict[Value, Op]) -> None:
    for r in op.regions:
        here = dict(near)
        copies: dict[Value, Value] = {}
        own: set[Value] = set()
        ops: list[Op] = []
        for o in r.ops:
            for n, v in enumerate(o.inputs):
                if v in here and v not in own and not o.regions:
                    if v not in copies:
                        made = here[v]
                        again = Op(
                            made.kind,
                            list(made.inputs),
                            [v.type],
                            dict(made.attrs),
                            None,
                            made.span,
                            made.reverse,
                        )
                        copies[v] = again.result
                        ops.append(again)
                    o.inputs[n] = copies[v]
            ops.append(o)
            shifts = op.attrs.get("_nest") and o.kind in ("operator.add", "operator.sub")
            if shifts and o.inputs[0] is r.params[0] and is_const(o.inputs[1]):
                here[o.result] = o
                own.add(o.result)
            _sink(o, here)
        r.ops = ops


def _region(region: Region, outside: set[Value], indices: set[Value]) -> None:
    """`outside`: what is defined before the region; `indices`: those of the loops around."""
    known = {*outside, *region.params}
    ops: list[Op] = []
    for op in region.ops:
        for r in op.regions:
            _region(r, known, indices | set(r.params[: op.own_params]))
        if op.is_loop:
            ops += _invariant(op.body, known, indices)
        ops.append(op)
        known.update(op.results)
    region.ops = ops


def _invariant(body: Region, known: set[Value], indices: set[Value]) -> list[Op]:
    """Take out of a loop's body what needs nothing of it; `i + 1` of an index stays where it is read."""
    out: list[Op] = []
    free = set(known)
    kept = []
    for op in body.ops:
        near = (
            op.kind in ("operator.add", "operator.sub") and op.inputs[0] in indices and is_const(op.inputs[1])
        )
        if (
            _is_integer(op)
            and not near
            and all(v in free or isinstance(v, Constant | Undef) for v in op.inputs)
        ):
            out.append(op)
            free.update(op.results)
        else:
            kept.append(op)
    body.ops = kept
    return out


def _is_integer(op: Op) -> bool:
    if op.kind in _LENGTHS:
        return True
    return op.kind in _SUMS and all(
        isinstance(v.type, Scalar) and dtype_kind(v.type.dtype) == "i" for v in (*op.inputs, *op.results)
    )
