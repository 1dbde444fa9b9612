"""Which value a pop from a tape gives back, where the loops of the reverse sweep mirror the forward ones.

    for i in range(n):                  for i' in reversed(range(n)):
        for j in range(i):                  for j' in reversed(range(i')):
            tape.append(x)                      x = tape.pop()          what was pushed at i = i', j = j'

What a trip of the forward loop does with the tape, in its order, is undone by the trip of the mirrored loop
with the same index, in the opposite order; as long as both are chains of pushes, or pops, and loops that
match one by one, each pop belongs to one push.  (A branch that pushes in one region is mirrored by one
that pops.)  So lengths that are known of what was pushed are known of what is popped, and what is pushed can
be kept in an array, at the indices of the loops (`slabs.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...ir.core import Constant, Function, Op, Region, Value, is_const
from ...ir.types import Array, List


@dataclass(frozen=True)
class Pushed:
    """The value that was pushed, and the indices of the loops around it, each with that of its mirror."""

    value: Value
    mirror: dict[Value, Value]
    inner: frozenset[Value]  # what is defined in the forward loops


Path = tuple[tuple[Op, int], ...]  # the loops and branches around an op, outermost first, and which region


@dataclass(frozen=True)
class Pair:
    """A push and the pop that gives it back, with the way to each."""

    push: Op
    pop: Op
    there: Path
    back: Path

    @property
    def mirror(self) -> dict[Value, Value]:
        """The indices of the forward loops, each with that of its mirror."""
        both = zip(self.there, self.back)
        return {a.body.params[0]: b.body.params[0] for (a, _), (b, _) in both if a.kind == "for"}


@dataclass(frozen=True)
class Tape:
    """A tape that one loop of the forward sweep fills and one of the reverse sweep empties."""

    start: Value  # the empty list
    end: Value  # the full one
    first: Op
    second: Op
    pairs: list[Pair]


def tapes(function: Function) -> list[Tape]:
    """The tapes of which each pop belongs to one push."""
    out: list[Tape] = []
    roots = Roots(function)

    def region(r: Region) -> None:
        for op in r.ops:
            if op.kind == "for":
                for k, v in enumerate(op.inputs[op.fixed :]):
                    first = v.op
                    if first is not None and first.kind == "for" and isinstance(v.type, List):
                        m = first.results.index(v)
                        pairs = _match(first, m, op, k, (), (), {}, roots)
                        if pairs is not None:
                            out.append(Tape(first.slot(m).init, v, first, op, pairs))
            for g in op.regions:
                region(g)

    region(function.body)
    return out


def pushed_values(function: Function) -> dict[Value, Pushed]:
    """For each popped value that it can be said of: what was pushed."""
    return {
        p.pop.results[1]: Pushed(p.push.inputs[1], p.mirror, inside(tape.first))
        for tape in tapes(function)
        for p in tape.pairs
    }


def _match(
    first: Op,
    m: int,
    second: Op,
    k: int,
    there: Path,
    back: Path,
    mirror: dict[Value, Value],
    roots: Roots,
) -> list[Pair] | None:
    """The pushes of a loop, in its m-th slot, with the pops of another, in its k-th; None if they differ."""
    if not _mirrored(first, second, mirror, roots):
        return None
    mirror = {**mirror, first.body.params[0]: second.body.params[0]}
    a, b = first.slot(m), second.slot(k)
    there, back = (*there, (first, 0)), (*back, (second, 0))
    return _match_chains((a.params[0], a.next), (b.params[0], b.next), there, back, mirror, roots)


def _match_chains(
    a: tuple[Value, Value],
    b: tuple[Value, Value],
    there: Path,
    back: Path,
    mirror: dict[Value, Value],
    roots: Roots,
) -> list[Pair] | None:
    pushes, pops = _chain(*a), _chain(*b)
    if pushes is None or pops is None or len(pushes) != len(pops):
        return None
    found: list[Pair] = []
    for (p, i), (q, j) in zip(pushes, reversed(pops)):
        more: list[Pair] | None = None
        if p.kind == "list.append" and q.kind == "list.pop":
            more = [Pair(p, q, there, back)]
        elif p.kind == q.kind == "for":
            more = _match(p, i, q, j, there, back, mirror, roots)
        elif p.kind == q.kind == "if":
            more = _match_branches(p, i, q, j, there, back, mirror, roots)
        if more is None:
            return None
        found += more
    return found


def _match_branches(
    p: Op, i: int, q: Op, j: int, there: Path, back: Path, mirror: dict[Value, Value], roots: Roots
) -> list[Pair] | None:
    """A branch that pushes in one of its regions, with its mirror, which pops in one."""
    starts = [_start(op, k) for op, k in ((p, i), (q, j))]
    if None in starts:
        return None
    busy = [
        [n for n, r in enumerate(op.regions) if r.yields[k] is not s]
        for (op, k), s in zip(((p, i), (q, j)), starts)
    ]
    if any(len(b) != 1 for b in busy):
        return None
    (n,), (m,) = busy
    ends = (starts[0], p.regions[n].yields[i]), (starts[1], q.regions[m].yields[j])
    return _match_chains(*ends, (*there, (p, n)), (*back, (q, m)), mirror, roots)  # type: ignore[arg-type]


def _start(op: Op, k: int) -> Value | None:
    """The tape before a branch, which one of its regions yields as it is."""
    for a, b in ((0, 1), (1, 0)):
        before, after = op.regions[a].yields[k], op.regions[b].yields[k]
        if _chain(before, after) is not None:
            return before
    return None


def _mirrored(first: Op, second: Op, mirror: dict[Value, Value], roots: Roots) -> bool:
    """Whether the second loop goes through the range of the first from its end."""
    if any(op.fixed != 3 or op.own_yields for op in (first, second)) or not second.attrs.get("_reversed"):
        return False
    return not first.attrs.get("_reversed") and all(
        _same(a, b, mirror, roots) for a, b in zip(first.inputs[:3], second.inputs[:3])
    )


def _same(a: Value, b: Value, mirror: dict[Value, Value], roots: Roots) -> bool:
    """Whether b is a, computed again in the mirror."""
    if isinstance(a, Constant):
        return is_const(b, a.value)
    if mirror.get(a, a) is b:
        return True
    p, q = a.op, b.op
    if p is None or q is None or p.kind != q.kind:
        return False
    if p.kind in ("builtins.len", "numpy.size"):
        x, y = (roots.of(v) for v in (p.inputs[0], q.inputs[0]))
        return x is y and isinstance(x.type, Array) and p.attrs.get("axis") == q.attrs.get("axis")
    known = p.kind in ("operator.add", "operator.sub", "operator.mul")
    return known and all(_same(x, y, mirror, roots) for x, y in zip(p.inputs, q.inputs))


class Roots:
    """The array that another is a later state of, or a copy: as long as that."""

    def __init__(self, function: Function) -> None:
        self.slots = {
            p: (op, k)
            for op in function.walk()
            if op.is_loop
            for k, v in enumerate(op.results)
            for p in (*op.slot(k).params, v)
        }
        self.memo: dict[Value, Value] = {}

    def of(self, v: Value) -> Value:
        if v not in self.memo:
            self.memo[v] = self._of(v)
        return self.memo[v]

    def _of(self, v: Value) -> Value:
        if v in self.slots:
            op, k = self.slots[v]
            s = op.slot(k)
            root, before = self.of(s.init), dict(self.memo)
            self.memo.update(dict.fromkeys((*s.params, s.result), root))  # if the next one is of that, too
            if self.of(s.next) is root:
                return root
            self.memo = before
            self.memo.update((p, p) for p in (*s.params, s.result))
            return v
        if v.op is not None and v.op.kind in ("store", "index_add", "copy"):
            return self.of(v.op.inputs[0])
        return v


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
        elif op.kind == "if":
            k = op.results.index(v)
            before = _start(op, k)
            if before is None:
                return None
            out.append((op, k))
            v = before
        else:
            return None
    return out[::-1]


def inside(loop: Op) -> frozenset[Value]:
    values: set[Value] = set()

    def region(r: Region) -> None:
        values.update(r.params)
        for op in r.ops:
            values.update(op.results)
            for g in op.regions:
                region(g)

    region(loop.body)
    return frozenset(values)
