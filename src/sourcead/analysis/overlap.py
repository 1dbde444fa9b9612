"""Whether a write may touch what an earlier read has read: index regions of loads and stores.

The analysis asks, for a load and a store that may run after it, whether their indices can ever be equal:

    for j in range(n):                         load A[j, k] at (j, k),  store A[i', j'] at (j', i', k')
        for i in range(j, n):                  j' = j:  k <= j - 1 < j'          never equal on axis 1
            for k in range(j):                 j' > j:  k <= j - 1 < j < j'      never equal on axis 1
                A[i, j] -= A[i, k] * A[j, k]   so no write of this nest ever destroys A[j, k]

"After" is one of several relations: in the same trip of all common loops, or in a later trip of one of them
and the same trip of those around it.  Each must exclude the overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..ir.core import Constant, Op, Region, Value
from ..ir.types import Array, Symbol
from .affine import Affine, Facts, affine, length, number, variable

#: Bounds [low, high) of the places of one axis, and (step, offset) where they are every step-th from offset.
Span = tuple[Affine, Affine, "tuple[int, int] | None"]


@dataclass(frozen=True)
class Access:
    """What a load or a store touches: the array's type, the first pattern of its path with its operands, and
    the loops around it, outermost first.  pattern None: all of it."""

    type: Array
    pattern: tuple[Any, ...] | None
    operands: tuple[Value, ...]
    loops: tuple[Op, ...]


class Overlap:
    """Tests on one function; `home` gives the region that defines a value, `loops_of` the loops around a
    region, outermost first."""

    def __init__(self, home: dict[Value, Region], loops_of: dict[Region, tuple[Op, ...]]) -> None:
        self.home = home
        self.loops_of = loops_of
        self.proofs: dict[Any, bool] = {}
        self.symbols: dict[Symbol, tuple[Op, ...]] = {}  # the loops around the outermost use of a length
        for v, region in home.items():
            loops = loops_of[region]
            for d in v.type.shape if isinstance(v.type, Array) else ():
                if d.symbol is not None:
                    s = d.symbol.find()
                    if s not in self.symbols or len(loops) < len(self.symbols[s]):
                        self.symbols[s] = loops

    def after(self, load: Access, store: Access, common: int, same_trip: bool) -> bool:
        """Whether the store may touch what the load reads, in a later trip of one of the first `common` loops
        around both, or (same_trip) in the same trip of all of them."""
        if load.pattern is None or store.pattern is None or load.type.ndim == 0:
            return same_trip or common > 0
        levels = [*range(common), *([common] if same_trip else [])]
        return any(self.meet(load, store, common, level) for level in levels)

    def meet(self, load: Access, store: Access, common: int, level: int) -> bool:
        """Whether they may meet with equal trips of the loops outside of `level` and, if level < common, a
        later trip of that loop at the store."""
        shared = set(load.loops[:level])
        numbers: dict[Any, int] = {}
        names = [_Names(self, side, shared, numbers) for side in (0, 1)]
        facts = Facts(self.proofs)
        for names_of, access in zip(names, (load, store)):
            for loop in access.loops:
                self.bounds(loop, names_of, facts)
        if level < common:
            loop = load.loops[level]
            if loop.kind == "for":
                index = loop.body.params[0]
                first, later = (variable(n(index)) for n in names)
                up = _direction(loop)
                if up:
                    facts.add((later - first if up > 0 else first - later).plus(-1))
        regions = [self.spans(a, n, facts) for a, n in zip((load, store), names)]
        for axis in range(load.type.ndim):
            p, q = regions[0][axis], regions[1][axis]
            if p is not None and q is not None and _apart(p, q, facts):
                return False
        return True

    def bounds(self, loop: Op, names: _Names, facts: Facts) -> None:
        """low <= index < high, in each loop's own trip."""
        if loop.kind != "for":
            return
        start, stop, step = loop.inputs[:3]
        if not isinstance(step, Constant) or not isinstance(step.value, int) or step.value == 0:
            return
        low, high = affine(start, names), affine(stop, names)
        if step.value < 0:
            low, high = (None if high is None else high.plus(1)), (None if low is None else low.plus(1))
        index = variable(names(loop.body.params[0]))
        if low is not None:
            facts.add(index - low)
        if high is not None:
            facts.add((high - index).plus(-1))

    def spans(self, a: Access, names: _Names, facts: Facts) -> list[Span | None]:
        """What an access touches of each axis; None: anything."""
        out: list[Span | None] = [None] * a.type.ndim
        assert a.pattern is not None
        for d in a.type.shape:
            for v, _ in length(d, names).terms:
                facts.add(variable(v))
        if any(isinstance(v.type, Array) for v in a.operands) or any(
            isinstance(e, str) and e != "at" for e in a.pattern
        ):
            return out
        entries = [e for e in a.pattern if e is not None]
        operands = iter(a.operands)
        axis = 0
        for n, e in enumerate(entries):
            if e is Ellipsis:
                axis = a.type.ndim - sum(x is not Ellipsis for x in entries[n + 1 :])
                continue
            if e == "at":
                out[axis] = self.point(next(operands), a.type.shape[axis], names, facts)
            elif isinstance(e, tuple) and e[0] == "slice":
                given = [next(operands) if g else None for g in e[1:]]
                out[axis] = self.slice(given, a.type.shape[axis], names, facts)
            axis += 1
        return out

    def point(self, v: Value, dim: Any, names: _Names, facts: Facts) -> Span | None:
        i = self.place(v, dim, names, facts)
        return None if i is None else (i, i.plus(1), None)

    def place(self, v: Value, dim: Any, names: _Names, facts: Facts) -> Affine | None:
        """An index counted from the start; None where it might count from the end."""
        i = affine(v, names)
        if i is None:
            return None
        if not i.terms and i.constant < 0:
            return length(dim, names) + i
        return i if facts.nonnegative(i) else None

    def slice(self, given: list[Value | None], dim: Any, names: _Names, facts: Facts) -> Span | None:
        start, stop, step = given
        by = 1
        if step is not None:
            if not isinstance(step, Constant) or not isinstance(step.value, int) or step.value <= 0:
                return None
            by = step.value
        low = number(0) if start is None else self.place(start, dim, names, facts)
        high = length(dim, names) if stop is None else self.place(stop, dim, names, facts)
        if low is None and high is None:
            return None
        pattern = None
        if by > 1 and low is not None and not low.terms and low.constant >= 0:
            pattern = (by, low.constant % by)
        return low or number(0), high or length(dim, names), pattern


def _direction(loop: Op) -> int:
    """1 where the index grows from trip to trip, -1 where it falls, 0 where that is not known."""
    step = loop.inputs[2]
    if not isinstance(step, Constant) or not isinstance(step.value, int):
        return 0
    up = 1 if step.value > 0 else -1
    return -up if loop.attrs.get("_reversed") else up


def _apart(p: Span, q: Span, facts: Facts) -> bool:
    """Whether two sets of places on one axis have none in common for certain."""
    if p[2] is not None and q[2] is not None and p[2][0] == q[2][0] and p[2][1] != q[2][1]:
        return True
    return facts.nonnegative(q[0] - p[1]) or facts.nonnegative(p[0] - q[1])


class _Names:
    """The variables of one side: a value of a loop that both sides are in the same trip of is one variable,
    any other is the side's own.

    A variable is a number, given in the order in which they are met, so that what was proved of one pair of
    accesses holds for all that look alike.
    """

    def __init__(self, overlap: Overlap, side: int, shared: set[Op], numbers: dict[Any, int]) -> None:
        self.overlap, self.side, self.shared, self.numbers = overlap, side, shared, numbers

    def __call__(self, v: Value | Symbol) -> int:
        return self.numbers.setdefault(self.variable(v), len(self.numbers))

    def variable(self, v: Value | Symbol) -> Any:
        if isinstance(v, Symbol):
            if v.wild:  # a different length on each path: never the same variable twice
                return object()
            loops = self.overlap.symbols.get(v, ())
        else:
            home = self.overlap.home.get(v)
            if home is None:
                return v, self.side
            loops = self.overlap.loops_of[home]
        return v if all(loop in self.shared for loop in loops) else (v, self.side)
