"""How the states of each array follow one another in the primal, and which writes hide what from whom.

A state is *killed* by the op that makes the next state of the same memory from it.  Undoing the killers from
the end of the program backward is how the reverse sweep gets old states back:

    u0 --store e1--> u1 --for X--> u2 ... end         u0' <--undo e1-- u1' <--X backward-- u2' = u2
                     p -store e2-> n  (the body)               p' <--undo e2-- n'

A *web* is all states of what may be one memory.  A write must be undone only if something that the reverse
sweep reads in an earlier state may overlap it (analysis/overlap.py); else the reverse sweep reads the later
state in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..analysis.overlap import Access, Overlap
from ..ir.core import Constant, Op, Region, Slot, Undef, Value
from ..ir.index import split
from ..ir.types import Array, Type, same_type

WRITES = ("store", "index_add")
#: Writes into one memory, one after the other in the text, of which none is undone any more: each read would be
#: held against each write.  What is read of it is kept; outside of loops that is a name for each.
MANY = 200
ViewType = Callable[[Type, Any, Any], Type]  # the type of x[pattern]


@dataclass(frozen=True)
class Read:
    """Something that the reverse sweep reads of a state."""

    state: Value
    op: Op | None  # a getitem of the primal, or None for all of the state
    region: Region  # where it is read
    shape: bool = False  # whether nothing but the shape is asked for


class States:
    """The states of the arrays of a function's forward sweep."""

    def __init__(
        self, body: Region, home: dict[Value, Region], parent: dict[Region, tuple[Op, int, Region]]
    ) -> None:
        self.body, self.home, self.parent = body, home, parent
        self.place: dict[Op, tuple[Region, int]] = {}
        self.loops_of: dict[Region, tuple[Op, ...]] = {body: ()}
        self.kill: dict[tuple[Region, Value], Op] = {}
        self.bad: set[Value] = set()
        self.writes: list[Op] = []
        self.up: dict[Value, Value] = {}
        self.scan(body)
        self.overlap = Overlap({v: r for v, r in home.items() if r in self.loops_of}, self.loops_of)
        often = Counter(self.web(w.result) for w in self.writes)
        self.spoiled = {self.web(v) for v in self.bad} | {v for v, n in often.items() if n > MANY}
        self.hidden: dict[Read, list[Op]] = {}

    # -- webs and killers ------------------------------------------------------------------------------
    def scan(self, region: Region) -> None:
        for n, op in enumerate(region.ops):
            self.place[op] = (region, n)
            if op.kind in WRITES and isinstance(op.result.type, Array) and not op.reverse:
                self.writes.append(op)
                self.killed(op.inputs[0], op, region)
                self.unite(op.inputs[0], op.result)
            for r in op.regions:
                self.loops_of[r] = (*self.loops_of[region], op) if op.is_loop else self.loops_of[region]
                self.scan(r)
            for k, v in enumerate(op.results):
                if not isinstance(v.type, Array) or not op.regions:
                    continue
                if op.is_loop:
                    self.slot(op, k, region)
                else:
                    for r in op.regions:
                        self.unite(r.yields[k], v)

    def slot(self, op: Op, k: int, region: Region) -> None:
        s = op.slot(k)
        for v in (s.init, *s.params, s.next):
            self.unite(v, s.result)
            if not isinstance(v.type, Array):  # a number before the first trip: no memory yet
                self.bad.add(s.result)
        if s.next is s.params[-1] and (op.body, s.params[-1]) not in self.kill:
            return
        self.killed(s.init, op, region)
        nexts = op.body.yields[op.own_yields :]
        if sum(v is s.next for v in nexts) > 1 or sum(v is s.init for v in op.inputs[op.fixed :]) > 1:
            self.bad.add(s.result)

    def killed(self, state: Value, op: Op, region: Region) -> None:
        """Record that an op in a region makes the next state; in a branch, so does the `if` around it."""
        if isinstance(state, Constant | Undef):
            return
        while True:
            if region is self.body and op.reverse:  # the reverse sweep's own memory
                return
            if self.kill.setdefault((region, state), op) is not op:
                self.bad.add(state)
            if self.home.get(state) is region:
                return
            if region not in self.parent:
                self.bad.add(state)
                return
            op, _, region = self.parent[region]
            if op.is_loop:  # each trip starts from the same state again: copies, not one memory
                self.bad.add(state)
                return

    def web(self, v: Value) -> Value:
        root = v
        while self.up.get(root, root) is not root:
            root = self.up[root]
        while v is not root:
            self.up[v], v = root, self.up.get(v, root)
        return root

    def unite(self, a: Value, b: Value) -> None:
        if isinstance(a, Constant | Undef) or isinstance(b, Constant | Undef):
            return
        a, b = self.web(a), self.web(b)
        if a is not b:
            self.up[a] = b

    def slot_of(self, v: Value, k: int) -> Slot:
        """The k-th slot of the loop whose body defines a value."""
        return self.parent[self.home[v]][0].slot(k)

    # -- going forward ---------------------------------------------------------------------------------
    def last(self, state: Value, region: Region, flagged: set[Op]) -> Value | None:
        """The state at the end of a region that holds the same contents for whom it may concern: followed
        over writes that need no undoing; None where it cannot be followed."""
        while True:
            op = self.kill.get((region, state))
            if op is None:
                return state
            nxt = self.over(state, op, region, flagged)
            if nxt is None:
                return None
            state = nxt

    def over(self, state: Value, op: Op, region: Region, flagged: set[Op]) -> Value | None:
        """The state after a killer that need not be undone as a whole."""
        if op.kind in WRITES:
            return None if op in flagged else op.result
        if op.is_loop:
            for k in range(len(op.results)):
                s = op.slot(k)
                if s.init is state:
                    same = self.last(s.params[-1], op.body, flagged)
                    return s.result if same is s.next else None
            return None
        ends = [self.last(state, r, flagged) for r in op.regions]
        for k, v in enumerate(op.results):
            if all(e is not None and r.yields[k] is e for e, r in zip(ends, op.regions)):
                return v
        return None

    def final(self, v: Value) -> Value:
        """A value of function level that is not overwritten, of the shape of a state of function level."""
        while True:
            op = self.kill.get((self.body, v))
            if op is None:
                return v
            after = [r for r in op.results if isinstance(r.type, Array) and self.web(r) is self.web(v)]
            same = [r for r in after if same_type(r.type, v.type)]
            if not same:
                return v
            v = same[0]

    # -- which writes must be undone -------------------------------------------------------------------
    def hiding(self, read: Read) -> list[Op]:
        """The writes that may hide from the reverse sweep what it reads."""
        if read.shape:
            return []
        if read not in self.hidden:
            web = self.web(read.state)
            self.hidden[read] = [w for w in self.writes if self.web(w.result) is web and self._hides(w, read)]
        return self.hidden[read]

    def _hides(self, write: Op, read: Read) -> bool:
        region, _ = self.place[write]
        home = self.home[read.state]
        around, there = self.loops_of[home], self.loops_of[region]
        common = 0
        while common < min(len(around), len(there)) and around[common] is there[common]:
            common += 1
        same_trip = self.follows(read.state, home, write)
        if not same_trip and common == 0:
            return False
        return self.overlap.after(self.reading(read), self.writing(write), common, same_trip)

    def follows(self, state: Value, home: Region, write: Op) -> bool:
        """Whether a write comes after a state within one trip of all loops around both."""
        above: dict[Region, int] = {}
        region = home
        at = -1 if state.op is None else self.place[state.op][1]
        while True:
            above[region] = at
            if region not in self.parent:
                break
            op, _, region = self.parent[region]
            at = self.place[op][1]
        region, at = self.place[write]
        while region not in above:
            op, _, region = self.parent[region]
            at = self.place[op][1]
        return at > above[region]

    def reading(self, read: Read) -> Access:
        t = read.state.type
        assert isinstance(t, Array)
        loops = self.loops_of[read.region]
        if read.op is None:
            return Access(t, None, (), loops)
        return Access(t, read.op.attrs["index"], tuple(read.op.inputs[1:]), loops)

    def writing(self, write: Op) -> Access:
        t = write.result.type
        assert isinstance(t, Array)
        path = write.attrs["path"]
        operands = split(path, write.inputs[1:-1])
        if not path or (path[0] and isinstance(path[0][0], str) and path[0][0] != "at"):
            return Access(t, None, (), self.loops_of[self.place[write][0]])
        return Access(t, path[0], tuple(operands[0]), self.loops_of[self.place[write][0]])
