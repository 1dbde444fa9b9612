"""Live ranges of variables, as intervals over the lines of the text that is going to be printed.

The walk goes backward, so positions count down; at a position first the reads happen, then the assignments.

    t = a + b        2p    reads a, b                 a: [.., 2p + 1)
                     2p+1  assigns t                  t: [2p + 1, ..)

Values whose ranges do not meet may have one name: `x = f(x)`.  A value that is live after an `if` is live
in both
branches; one that only a branch reads has a hole where the other is.  What a loop reads from outside lives
until the loop's end.  A slot of a loop is one variable (parameters and result); it carries its value from the
assignments at the end of the body to the next trip.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from .fold import Plan
from .sharing import WRITES

End = Callable[[list[Value]], None]
Interval = tuple[int, int]


class Ranges:
    """`intervals`: live ranges, sorted.  `same`: pairs that are one variable.  `wishes`: pairs that would
    save
    an assignment as one variable, the most wanted first."""

    def __init__(self, function: Function, plan: Plan, earlier: Ranges | None = None) -> None:
        """`earlier`: the ranges of the same function under another plan."""
        self.plan = plan
        self.read: dict[Op, list[Value]] = {}  # the variables that the statement of an op reads
        self.intervals: dict[Value, list[Interval]] = {}
        self.same: list[tuple[Value, Value]] = []
        self.popped: list[tuple[Value, Value]] = []  # lists before and after a pop inside of an expression
        # what the head of a loop reads, the slot that starts with it, and how long it lives if it is not the
        # slot
        self.heads: list[tuple[Value, Value, Interval]] = []
        self.strong: list[tuple[Value, Value]] = []
        self.wishes: list[tuple[Value, Value]] = []
        self.first: dict[Value, int] = {}  # where a value is assigned
        self._now = 0
        self._live: dict[Value, int] = {}
        self._caught: dict[Value, None] = {}  # what the handlers around read
        self._outside: dict[Op, list[Value]] = {}
        if earlier is None:
            self._find_outside(function)
        else:
            self._outside = earlier._outside
        self._region(function.body, lambda yields: self._read_all(yields))
        start = self._step()
        for v in function.params:
            self._define(v, start)
        for ranges in self.intervals.values():
            ranges.sort()
        self.strong.reverse()
        self.wishes.reverse()

    # -- what loops read from outside ------------------------------------------------------------------------
    def _find_outside(self, function: Function) -> None:
        found: dict[Op, dict[Value, None]] = {}
        self._read_outside(function.body, {}, [], found)
        self._outside = {op: list(values) for op, values in found.items()}

    def _read_outside(
        self, r: Region, level: dict[Value, int], loops: list[Op], found: dict[Op, dict[Value, None]]
    ) -> None:
        """Note what is read in a region that stands in `loops`; `level`: in how many a value is defined."""
        depth = len(loops)

        def read(values: list[Value]) -> None:
            for v in values:
                if not isinstance(v, Constant | Undef) and level[v] < depth:
                    for loop in loops[level[v] :]:
                        found[loop].setdefault(v)

        for p in r.params:
            level[p] = depth
        for op in r.ops:
            if loops:
                read(op.inputs)
            if op.is_loop:
                loops.append(op)
                found[op] = {}
                for v in op.attrs.get("_items", ())[1:2]:
                    level[v] = len(loops)
            for sub in op.regions:
                self._read_outside(sub, level, loops, found)
            if op.is_loop:
                loops.pop()
            for v in op.results:
                level[v] = depth
        if loops:
            read(r.yields)

    # -- positions -------------------------------------------------------------------------------------------
    def _step(self) -> int:
        self._now -= 2
        return self._now

    def _read(self, v: Value, at: int) -> None:
        if self.plan.is_inlined(v):
            self._pops(v, at)
        for leaf in self.plan.leaves(v):
            self._live.setdefault(leaf, at + 1)

    def _read_all(self, values: list[Value]) -> None:
        at = self._step()
        for v in values:
            self._read(v, at)

    def _define(self, v: Value, at: int) -> None:
        end = self._live.pop(v, at + 2)
        self._add(v, at + 1, max(end, at + 2))
        self.first[v] = at

    def _add(self, v: Value, start: int, end: int) -> None:
        self.intervals.setdefault(v, []).append((start, end))

    # -- structure -------------------------------------------------------------------------------------------
    def _region(self, region: Region, end: End) -> None:
        ops = self.plan.statements(region)
        if ops and ops[-1] in self.plan.transparent:
            last = ops.pop()

            def branch_end(values: list[Value]) -> None:
                of = dict(zip(last.results, values))
                end([of.get(v, v) for v in region.yields])

            self._branches(last, [branch_end] * 2)
        else:
            end(region.yields)
        for op in reversed(ops):
            if not op.regions:
                self._op(op)
            elif op.is_loop:
                self._loop(op)
            elif op.kind == "try":
                self._try(op)
            elif op.kind == "if" and op not in self.plan.choices:
                self._if(op)
            else:
                self._op(op)

    def _op(self, op: Op) -> None:
        at = self._step()
        if self._caught and self._attempts(op):
            self._handled(at)
        for v in reversed(op.results):
            self._define(v, at)
        writes = op.kind in WRITES or op.attrs.get("_inplace")
        if writes:
            for v in op.inputs[1:]:  # read when the new state may have its name already
                popped = {pop.inputs[0] for pop in self._inner_pops(v)}
                for leaf in self.plan.leaves(v):
                    if leaf is not op.inputs[0] and leaf not in popped:
                        self._live.setdefault(leaf, at + 2)
        plan, live, read = self.plan, self._live, []
        for v in plan.operands(op):
            if v.op in plan.inlined:
                if plan.pops and plan.is_inlined(v):
                    self._pops(v, at)
                leaves = plan.leaves(v)
            elif isinstance(v, Constant | Undef):
                continue
            else:
                leaves = [v]
            read += leaves
            for leaf in leaves:
                live.setdefault(leaf, at + 1)
        self.read[op] = read
        if writes:
            self.strong.append((op.inputs[0], op.results[0]))

    def _pops(self, v: Value, at: int) -> None:
        """Pops inside of an expression change their list when the statement runs."""
        for op in self._inner_pops(v):
            self._define(op.results[0], at)
            self.popped.append((op.inputs[0], op.results[0]))

    def _inner_pops(self, v: Value) -> list[Op]:
        out: list[Op] = []
        stack = [v] if self.plan.pops else []
        while stack:
            v = stack.pop()
            if self.plan.is_inlined(v):
                op = v.op
                assert op is not None
                if op.kind == "list.pop":
                    out.append(op)
                stack += self.plan.operands(op)
        return out

    def _join(self, op: Op) -> Callable[[list[Value]], None]:
        """Define the results of a branch behind it; what to do at the end of each region."""
        join = self._step()
        for v in op.results:
            self._define(v, join)

        def branch_end(values: list[Value]) -> None:
            at = self._step()
            for r, v in zip(op.results, values):
                self._add(r, at + 1, at + 2)
                if not isinstance(v, Constant | Undef):
                    self._live.setdefault(v, at + 1)
                    self.wishes.append((r, v))

        return branch_end

    def _if(self, op: Op) -> None:
        self._branches(op, [self._join(op)] * 2)

    def _handled(self, at: int) -> None:
        """What raises at a position leads to handlers: what they read lives until there."""
        for v in self._caught:
            self._live.setdefault(v, at + 1)

    def _attempts(self, op: Op) -> bool:
        """Whether something in the statement of an op is attempted."""
        stack = [op]
        while stack:
            op = stack.pop()
            if op.attempts:
                return True
            stack += [v.op for v in self.plan.operands(op) if v.op is not None and self.plan.is_inlined(v)]
        return False

    def _try(self, op: Op) -> None:
        """The handlers stand behind the body; what they read from before it lives in all of the body."""
        branch_end = self._join(op)
        base, body, handlers = self._live, *op.regions
        entering: dict[Value, None] = {}
        kept = self._caught
        for r in (handlers, body):
            self._live = _Layer(base)
            end = self._step()
            self._region(r, branch_end)
            start = self._now - 1
            if r is handlers:
                self._live.pop(r.params[0], None)
                self._add(r.params[0], start, end + 2)  # Python deletes the name where the handler ends
                self.first[r.params[0]] = self._now
                self._caught = dict.fromkeys([*kept, *self._live])
            for v, until in self._live.items():
                self._add(v, start, until)
                entering.setdefault(v)
        self._live, self._caught = base, kept
        at = self._step()
        for v in entering:
            self._live.setdefault(v, at + 2)

    def _branches(self, op: Op, ends: list[End]) -> None:
        base = self._live
        entering: dict[Value, None] = {}
        for r, end in reversed(list(zip(op.regions, ends))):
            self._live = _Layer(base)
            self._step()
            self._region(r, end)
            start = self._now - 1
            for v, until in self._live.items():
                self._add(v, start, until)
                entering.setdefault(v)
        self._live = base
        at = self._step()
        for v in entering:
            self._live.setdefault(v, at + 2)
        self._read(op.inputs[0], at)

    def _loop(self, op: Op) -> None:
        slots = [op.slot(k) for k in range(len(op.results))]
        leave = self._step()
        for v in op.results:
            self._define(v, leave)
        if self._caught and op.attempts:
            self._handled(leave)
        for v in self._outside[op]:
            self._live.setdefault(v, leave + 1)

        def body_end(values: list[Value]) -> None:
            at = self._step()
            if op.kind == "for" and self.plan.uses.get(op.body.params[0]):
                self._live.setdefault(op.body.params[0], at + 1)  # an index keeps its name to itself
            for s, v in zip(slots, values[op.own_yields :]):
                self._add(s.result, at + 1, at + 2)
                if not isinstance(v, Constant | Undef):
                    self._live.setdefault(v, at + 1)
                    self.wishes.append((s.result, v))
            if op.own_yields:
                self._read(values[0], self._step())

        self._region(op.body, body_end)
        start = self._step()
        own = [*op.body.params, *op.attrs.get("_items", ())[1:2]]
        if op.kind == "for":
            for v in own:
                self._define(v, start)
        else:
            for s in slots:  # the body reads what the condition has read
                self._define(s.params[1], start)
            test = self._step()
            self._read(op.regions[0].yields[0], test)
            before = self._now
            self._region(op.regions[0], lambda yields: None)
            if self._now != before:
                self._step()
            for s in slots:
                self._define(s.params[0], self._now)
        at = self._step()
        heads = [*op.inputs[: op.fixed], *op.attrs.get("_items", ())[:1]]
        entry = self._step()
        self._heads(heads, {s.init: s.result for s in slots}, entry, at)
        for s in slots:
            self._add(s.result, entry + 1, start + 2)
            for p in s.params:
                self.same.append((s.result, p))
            if not isinstance(s.init, Constant | Undef):
                self._live.setdefault(s.init, entry + 1)
                self.wishes.append((s.result, s.init))

    def _heads(self, values: list[Value], slots: dict[Value, Value], entry: int, at: int) -> None:
        """What the head of a `for` reads, after the slots were assigned; a slot holds its own initial
        value."""
        for v in values:
            if self.plan.is_inlined(v):
                self._pops(v, at)
            for leaf in self.plan.leaves(v):
                if leaf not in slots:
                    self._live.setdefault(leaf, at + 1)
                elif leaf not in self._live:
                    self.heads.append((leaf, slots[leaf], (entry + 1, at + 1)))


class _Layer(dict):
    """What becomes live inside of a branch, beside what is live behind it."""

    __slots__ = ("_base",)

    def __init__(self, base: dict) -> None:
        super().__init__()
        self._base = base

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or key in self._base

    def setdefault(self, key, default=None):  # type: ignore[no-untyped-def]
        if key not in self:
            self[key] = default
        return default
