"""Which value a pop from a tape gives back, where the loops of the reverse sweep mirror the forward ones.

    for i in range(n):                  for i' in reversed(range(n)):
        for j in range(i):                  for j' in reversed(range(i')):
            tape.append(x)                      x = tape.pop()          what was pushed at i = i', j = j'

What a trip of the forward loop does with the tape, in its order, is undone by the trip of the mirrored loop
with the same index, in the opposite order; as long as both are chains of pushes, or pops, and loops that
match one by one, each pop belongs to one push.  So lengths that are known of what was pushed are known of
what is popped.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...ir.core import Constant, Function, Op, Region, Value, is_const
from ...ir.types import List


@dataclass(frozen=True)
class Pushed:
    """The value that was pushed, and the indices of the loops around it, each with that of its mirror."""

    value: Value
    mirror: dict[Value, Value]
    inner: frozenset[Value]  # what is defined in the forward loops


def pushed_values(function: Function) -> dict[Value, Pushed]:
    """For each popped value that it can be said of: what was pushed."""
    out: dict[Value, Pushed] = {}

    def region(r: Region) -> None:
        for op in r.ops:
            if op.kind == "for":
                for k, v in enumerate(op.inputs[op.fixed :]):
                    first = v.op
                    if first is not None and first.kind == "for" and isinstance(v.type, List):
                        _match(first, first.results.index(v), op, k, {}, _inside(first), out)
            for g in op.regions:
                region(g)

    region(function.body)
    return out


def _match(
    first: Op,
    m: int,
    second: Op,
    k: int,
    mirror: dict[Value, Value],
    inner: frozenset[Value],
    out: dict[Value, Pushed],
) -> bool:
    """Pair the pops of a loop, in its k-th slot, with the pushes of another, in its m-th."""
    if not _mirrored(first, second, mirror):
        return False
    mirror = {**mirror, first.body.params[0]: second.body.params[0]}
    pushes = _chain(first.slot(m).params[0], first.slot(m).next)
    pops = _chain(second.slot(k).params[0], second.slot(k).next)
    if pushes is None or pops is None or len(pushes) != len(pops):
        return False
    found: dict[Value, Pushed] = {}
    for (a, i), (b, j) in zip(pushes, reversed(pops)):
        if a.kind == "list.append" and b.kind == "list.pop":
            found[b.results[1]] = Pushed(a.inputs[1], mirror, inner)
        elif a.kind != "for" or b.kind != "for" or not _match(a, i, b, j, mirror, inner, found):
            return False
    out.update(found)
    return True


def _mirrored(first: Op, second: Op, mirror: dict[Value, Value]) -> bool:
    """Whether the second loop goes through the range of the first from its end."""
    if any(op.fixed != 3 or op.own_yields for op in (first, second)) or not second.attrs.get("_reversed"):
        return False
    return not first.attrs.get("_reversed") and all(
        _same(a, b, mirror) for a, b in zip(first.inputs[:3], second.inputs[:3])
    )


def _same(a: Value, b: Value, mirror: dict[Value, Value]) -> bool:
    """Whether b is a, computed again in the mirror."""
    if isinstance(a, Constant):
        return is_const(b, a.value)
    if mirror.get(a, a) is b:
        return True
    p, q = a.op, b.op
    return (
        p is not None
        and q is not None
        and p.kind == q.kind
        and p.kind in ("operator.add", "operator.sub", "operator.mul")
        and all(_same(x, y, mirror) for x, y in zip(p.inputs, q.inputs))
    )


def _chain(start: Value, end: Value) -> list[tuple[Op, int]] | None:
    """The pushes, pops and loops that lead from one state of a tape to another, first one first."""
    out: list[tuple[Op, int]] = []
    v = end
    while v is not start:
        op = v.op
        if op is None:
            return None
        if op.kind in ("list.append", "list.pop"):
            out.append((op, 0))
            v = op.inputs[0]
        elif op.kind == "for":
            k = op.results.index(v)
            out.append((op, k))
            v = op.slot(k).init
        else:
            return None
    return out[::-1]


def _inside(loop: Op) -> frozenset[Value]:
    values: set[Value] = set()

    def region(r: Region) -> None:
        values.update(r.params)
        for op in r.ops:
            values.update(op.results)
            for g in op.regions:
                region(g)

    region(loop.body)
    return frozenset(values)
