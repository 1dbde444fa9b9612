"""Which values become parts of larger expressions, and which become statements.

A value that is read once, later in the same region, may be computed where it is read:

    t = x * y               an in-place write to x's or y's memory in between:   stays
    ...                     x assigned anew in between (x1 takes x's name):      stays
    z = a + t               t may raise and something in between has an effect:  stays
                            the line would pass the width:                       the widest operand stays
    z = a + x * y           else

Ops are visited in order and pull their operands in, so that what an operand pulled in before moves along
with it.
Yields pull too where the text has an expression there: the condition of a `while`, an exit flag, a `return`.
"""

from __future__ import annotations

from bisect import bisect_right
from math import inf
from typing import Any

from ..ir.core import Constant, Function, Op, Region, Undef, Value, is_const
from ..ir.rewrite import count_uses
from ..rules.registry import BOOK
from .choices import find_choices
from .classes import Classes
from .effects import has_effect, may_raise
from .sharing import WRITES

WIDTH = 88
_PREFIX = {
    "numpy": 3,
    "builtins": 0,
    "": 0,
    **{f"sourcead.runtime{m}": 0 for m in ("", "_parameters", "_pieces", "_sparse", "_special")},
}


class Plan:
    """What folding decides.

    inlined      ops whose result is printed where it is read
    choices      `if`s that are `a and b` or `a or b`, with the region of b, whose ops are all inlined
    transparent  `if`s at the end of a region whose results are the region's yields: what the region's end
    does is
                 done at the end of each branch
    """

    def __init__(
        self,
        function: Function,
        classes: Classes,
        limits: dict[Any, int] | None = None,
        earlier: Plan | None = None,
    ) -> None:
        """`earlier`: a plan with other limits; what these do not touch is taken from it."""
        self.function = function
        self.classes = classes
        self.transparent: set[Op] = set()
        self.limits = dict(limits or {})  # tighter widths for ops and regions whose line came out too long
        if earlier is None:
            self.inlined: set[Op] = set()
            self.uses: dict[Value, int] = count_uses(function.body)
            self.pops = False  # whether anything is popped
            for op in function.walk():
                for v in op.attrs.get("_items", ())[:1]:
                    self.uses[v] = self.uses.get(v, 0) + 1
                self.pops = self.pops or op.kind == "list.pop"
            self.choices = find_choices(function, self.uses)
            for op in self.choices:  # a condition that is a result too is written once
                self.uses[op.inputs[0]] -= 1
            self._repeat(function)
            self._begun = dict(self.uses), set(self.inlined)
        else:
            self.choices, self._begun, self.pops = earlier.choices, earlier._begun, earlier.pops
            self.uses, self.inlined = dict(self._begun[0]), set(self._begun[1])
        tightened = set()
        if earlier is not None:
            tightened = {op for op, n in self.limits.items() if n != earlier.limits.get(op, 0)}
        self.folder: _Folder = _Folder(self, earlier.folder if earlier is not None else None, tightened)
        self.folder.region(function.body, "return", 1, None, None, ())
        self.folder.earlier = None
        del self.folder.plan  # they would hold one another
        self.width = self.folder.width  # estimated columns of the expressions

    def is_as(self, other: Plan) -> bool:
        """Whether the text is that of another plan for the same function, whatever the limits."""
        return self.inlined == other.inlined and self.transparent == other.transparent

    def _repeat(self, function: Function) -> None:
        """`i - 1` of a loop's index is written out wherever it is read."""
        indices = set()
        for op in function.walk():
            if op.kind == "for":
                indices.add(op.body.params[0])
            elif (
                op.kind in ("operator.add", "operator.sub")
                and op.inputs[0] in indices
                and op.result.name is None
                and is_const(op.inputs[1])
                and self.uses.get(op.result, 0) > 1
            ):
                self.inlined.add(op)

    def is_inlined(self, v: Value) -> bool:
        return v.op is not None and v.op in self.inlined and v is v.op.results[-1]

    def leaves(self, v: Value) -> list[Value]:
        """The variables that the expression of a value reads."""
        inlined, choices = self.inlined, self.choices
        out: list[Value] = []
        stack = [v]
        while stack:
            v = stack.pop()
            op = v.op
            if op is None:
                if v.__class__ is Value:
                    out.append(v)
            elif op in inlined and v is op.results[-1]:
                stack += (self.operands(op) if op in choices else op.inputs)[::-1]
            else:
                out.append(v)
        return out

    def operands(self, op: Op) -> list[Value]:
        """What the expression or statement of an op reads."""
        return [*op.inputs, self.choices[op][1].yields[0]] if op in self.choices else op.inputs

    def statements(self, region: Region) -> list[Op]:
        return [op for op in region.ops if op not in self.inlined]


#: How an op was folded: the limit, the ops pulled in, its width and what it reads.
Pulled = tuple[float, list[Op], int, set[Any]]


class _Folder:
    """`earlier`: the folder of a plan with other limits, which are lower now for the `tightened` ops.  What
    it did with an op is done again where neither the limit nor anything about the op's operands is another
    now; `changed` are the ops of which it was not so."""

    def __init__(self, plan: Plan, earlier: _Folder | None, tightened: set[Any]) -> None:
        self.plan = plan
        self.earlier = earlier
        self.tightened = tightened
        self.changed: set[Op] = set()
        self.pulled: dict[Op, Pulled] = {}
        self.known: dict[Region, tuple[dict[Op, int], dict[Any, list[int]]]] = {}
        self.width: dict[Value, int] = {}
        self._ops: list[Op] = []
        self.reads: dict[Op, set[Any]] = {}  # classes and values that an inlinable op's tree reads
        if earlier is not None:
            self.known = earlier.known
            self.pulled, self.width = dict(earlier.pulled), dict(earlier.width)
            self.reads = dict(earlier.reads)

    def region(
        self,
        region: Region,
        end: str,
        depth: int,
        loop: Op | None,
        flag: int | None,
        slots: tuple[Value, ...],
    ) -> None:
        """Fold in a region.

        end    what its yields become: "return", "while" (a condition), or "join" (assignments)
        loop   the loop whose body it is
        flag   which of its yields is an exit flag that is tested at its end, after `slots` were assigned
        """
        plan, ops = self.plan, region.ops
        first_time = region not in self.known
        if first_time:
            place = {op: i for i, op in enumerate(ops)}
            self.known[region] = place, self._kills(region, place, loop)
        place, kills = self.known[region]
        last = ops[-1] if ops else None
        if (
            last is not None
            and last.kind == "if"
            and end != "while"
            and last not in plan.choices
            and self._only_yielded(last, region)
        ):
            plan.transparent.add(last)
            for k, v in enumerate(last.results):
                for _ in range(region.yields.count(v) - 1):  # what a branch yields is written as often
                    for r in last.regions:
                        plan.uses[r.yields[k]] += 1
        before = self.earlier.pulled if self.earlier is not None else {}
        changed, tightened, inlined = self.changed, self.tightened, plan.inlined
        for i, op in enumerate(ops):
            old = before.get(op)
            if (
                old is not None
                and not op.regions
                and op not in tightened
                and (not changed or not any(v.op in changed for v in op.inputs))
            ):
                inlined.update(old[1])
                continue
            self._ops = ops
            first = 1 if op.kind in WRITES or op.attrs.get("_inplace") else 0
            stop = op.fixed if op.is_loop else len(op.inputs)
            limit = WIDTH - 4 * min(depth, 8) - self._left(op) - plan.limits.get(op, 0)
            if op in plan.choices:
                self._choice(op, i, place, kills, limit)
                continue
            self._pull(op, [(k, op.inputs[k]) for k in range(first, stop)], i, place, kills, limit)
            for r in op.regions:
                if op in plan.transparent:
                    leaving = region.yields[flag] if flag is not None else None
                    inner = op.results.index(leaving) if leaving in op.results else None
                    self.region(r, end, depth + 1, None, inner, slots)
                elif op.is_loop and r is op.body:
                    own = tuple(r.params[op.own_params + k] for k in range(len(op.results)))
                    self.region(r, "join", depth + 1, op, 0 if op.own_yields else None, own)
                else:
                    self.region(r, "while" if op.is_loop else "join", depth + 1, None, None, ())
        if end == "while":
            pulled = [(0, region.yields[0])]
        elif flag is not None and last not in plan.transparent:
            pulled = [(flag, region.yields[flag])]
        elif end == "return" and last not in plan.transparent:
            pulled = list(enumerate(region.yields))
        else:
            return
        self._ops = ops
        limit = WIDTH - 4 * min(depth, 8) - 10 - plan.limits.get(region, 0)
        if flag is not None and first_time:
            for p in slots:
                kills.setdefault(p, []).append(len(ops))
        self._pull(None, pulled, len(ops) + 1, place, kills, limit)

    def _choice(
        self, op: Op, at: int, place: dict[Op, int], kills: dict[Any, list[int]], limit: float
    ) -> None:
        """Pull the operands of `and` and `or` in; the right one has no place for statements, however wide."""
        region = self.plan.choices[op][1]
        ops, self._ops = self._ops, region.ops
        inner = {o: i for i, o in enumerate(region.ops)}
        for i, o in enumerate(region.ops):
            if o in self.plan.choices:
                self._choice(o, i, inner, {}, inf)
            else:
                self._pull(o, list(enumerate(o.inputs)), i, inner, {}, inf)
        reads = self._pull(None, [(0, region.yields[0])], len(region.ops), inner, {}, inf)
        self._ops = ops
        right = self._plain(region.yields[0])
        self._pull(op, [(0, op.inputs[0])], at, place, kills, limit - right)
        self.width[op.result] += right
        self.reads[op] |= reads

    def _only_yielded(self, op: Op, region: Region) -> bool:
        return all(self.plan.uses.get(v, 0) == region.yields.count(v) for v in op.results)

    @staticmethod
    def _left(op: Op) -> int:
        """Columns taken by what stands left of the expression."""
        if op.kind in ("if", "for", "while"):
            return 26 if op.kind == "for" else 6
        name = op.results[0].name if op.results else None
        return len(name or "t1") + 4

    # -- what may not be passed ------------------------------------------------------------------------------
    def _kills(self, region: Region, place: dict[Op, int], loop: Op | None) -> dict[Any, list[int]]:
        """For classes, values and names: where in the region they are written to or assigned anew."""
        kills: dict[Any, list[int]] = {}
        for i, op in enumerate(region.ops):
            for c in self.plan.classes.writes(op):
                kills.setdefault(c, []).append(i)
            for name in dict.fromkeys(v.name for v in op.results if v.name):
                kills.setdefault(name, []).append(i)
            if op.is_loop:
                for v in dict.fromkeys(op.inputs[op.fixed :]):
                    kills.setdefault(v, []).append(i)
            if has_effect(op):
                kills.setdefault("effect!", []).append(i)
        for mark in dict.fromkeys(_mark(op) for op in region.ops if op.attempted):
            for i, op in enumerate(region.ops):  # another exception would come first, or a write stay
                same = op.attempted and _mark(op) == mark and op.kind not in WRITES
                if not same and (op.regions or op.kind in WRITES or has_effect(op) or may_raise(op)):
                    kills.setdefault(mark, []).append(i)
        for k in range(len(loop.results) if loop else 0):
            assert loop is not None
            p, y = region.params[loop.own_params + k], region.yields[loop.own_yields + k]
            if y.op in place:
                kills.setdefault(p, []).append(place[y.op])
                kills[p].sort()
        return kills

    def _pull(
        self,
        op: Op | None,
        operands: list[tuple[int, Value]],
        at: int,
        place: dict[Op, int],
        kills: dict[Any, list[int]],
        limit: float,
    ) -> set[Any]:
        plan = self.plan
        old = self.earlier.pulled.get(op) if self.earlier is not None and op is not None else None
        if old is not None and op is not None:
            if old[0] == limit and not any(v.op in self.changed for _, v in operands):
                plan.inlined.update(old[1])
                self.pulled[op], self.reads[op] = old, old[3]
                for v in op.results:
                    self.width[v] = old[2]
                return old[3]
            self.changed.add(op)
        pulled: list[Op] = []
        reads: set[Any] = set()
        total = _overhead(op) + sum(self._plain(v) for _, v in operands)
        ready = []
        for k, v in operands:
            if self._foldable(v, at, place, kills):
                ready.append((self.width[v] - self._plain(v), k, v))
            else:
                reads.update(self._leaf(v))
        for more, _, v in sorted(ready, key=lambda r: (r[0], r[1])):
            if total + more > limit:
                reads.update(self._leaf(v))
                continue
            total += more
            pulled.append(v.op)  # type: ignore[arg-type]
            reads |= self.reads[v.op]  # type: ignore[index]
        plan.inlined.update(pulled)
        if op is None:
            return reads
        for v in op.results:
            self.width[v] = total
        for v in (*op.inputs, *op.results):
            reads.update(plan.classes.of(v))
        if may_raise(op) or any(r == "effect!" for r in reads):
            reads.add("effect!")
        if op.attempted:
            reads.add(_mark(op))
        if op.kind == "list.pop":
            reads.add(_Pop(op.inputs[0]))
        self.reads[op] = reads
        if op.kind == "list.pop" or op in plan.choices:  # depend on more than their operands
            self.changed.add(op)
        else:
            self.pulled[op] = now = limit, pulled, total, reads
            if old is not None and old[1:] == now[1:]:
                self.changed.discard(op)
        return reads

    def _leaf(self, v: Value) -> list[Any]:
        if isinstance(v, Constant | Undef):
            return []
        return [v, *self.plan.classes.of(v), *([v.name] if v.name else [])]

    def _plain(self, v: Value) -> int:
        if v.op in self.plan.inlined and v in self.width:
            return self.width[v]
        return len(repr(v.value)) if isinstance(v, Constant) else len(v.name or "t1")

    def _foldable(self, v: Value, at: int, place: dict[Op, int], kills: dict[Any, list[int]]) -> bool:
        op = v.op
        if (
            op is None
            or op not in place
            or self.plan.uses.get(v) != 1
            or (op.regions and op not in self.plan.choices)
            or op.attrs.get("_named")
        ):
            return False
        start = place[op]
        reads = self.reads[op]
        if op.kind == "list.pop":
            return v is op.results[1] and self._untouched(op.inputs[0], start, at)
        if op.kind in WRITES or op.attrs.get("_inplace") or has_effect(op) or len(op.results) != 1:
            return False
        for r in reads:
            if r.__class__ is _Pop and not self._untouched(r.tape, start, at):
                return False
            where = kills.get(r)
            if where:
                n = bisect_right(where, start)
                if n < len(where) and where[n] < at:
                    return False
        return True

    def _untouched(self, tape: Value, start: int, at: int) -> bool:
        """Whether a pop may move down: what is in between moves along, and does not look at the tape."""
        seen = set(self.plan.classes.of(tape))
        return all(
            o in self.plan.inlined and o.kind != "list.pop" and not seen & self.reads[o]
            for o in self._ops[start + 1 : at]
        )


def _mark(op: Op) -> Any:
    """In the reads of a tree: something in it is attempted; ops of one mark may change places."""
    return ("attempt!", op.attrs["_attempted"])


class _Pop:
    """In the reads of a tree: an item is popped in it."""

    __slots__ = ("tape",)

    def __init__(self, tape: Value) -> None:
        self.tape = tape


def _overhead(op: Op | None) -> int:
    """Columns of an op's own text, without its operands and without brackets for precedence: what comes out
    too
    long is found when it is printed, and folded less."""
    if op is None:
        return 0
    head, _, name = op.kind.rpartition(".")
    if op.kind in ("operator.neg", "operator.pos", "operator.invert"):
        return 1
    if head == "operator":
        return 3
    if op.kind in ("getitem", "store", "index_add"):
        return 2 + len(op.inputs)
    if op.kind in ("if", "for", "while"):
        return 5 if "_bool" in op.attrs else 0
    spell = BOOK[op.kind].spell if op.kind in BOOK else None
    if spell is not None and spell[0] in ("binop", "attribute"):
        return 3 if spell[0] == "binop" else 1 + len(spell[1])
    if spell is not None and spell[0] in ("call", "called", "method"):
        head, _, name = spell[1].rpartition(".")
    keywords = sum(len(k) + len(repr(v)) + 3 for k, v in op.attrs.items() if k[0] != "_" and k != "function")
    if op.kind == "call":
        name, keywords = op.attrs["function"].name, 0
    if op.kind == "solver":
        name, keywords = op.attrs["key"], sum(len(f.name) + 2 for f in op.attrs["functions"])
    commas = 2 * max(len(op.inputs) - 1, 0)
    return len(name) + _PREFIX.get(head, len(head) + 1) + 2 + commas + keywords
