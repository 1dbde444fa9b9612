"""What the reverse sweep needs of the primal: still there, recomputed, restored, or kept on a tape.

The sweep comes here naming primal values of inner regions that it cannot see.

    1. `plan.py` decides by one minimum cut which values to keep, which memory to restore, and lets the rest
       be recomputed
       (`take_kept`: what adjoints work out again although it is kept is read, and the cut made anew)
    2. `restore.py` puts the undoing of writes into the reverse sweep
    3. region by region, inner ones first (what they recompute from outer values adds to the outer demands):
       what is kept is pushed on a tape where it is defined and popped where the mirror of its region starts
       (in branches that run once it simply becomes a result of the branch); the rest is recomputed before
       its first use, loads before the state that they read is undone

            forward                          reverse
            for i in range(n):               for i in reversed(range(n)):
                x_tape.append(x)                 x = x_tape.pop()        kept
                a = r * x                        a = r * x               recomputed
                x = a * (1 - x)                  ...

    4. a carried value that is wanted both before and after an iteration is popped once: what came before one
       iteration is what came after the one that the sweep visits next

`store_all()` turns all of this off: everything is kept as it is, which is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..ir.core import Function, Op, Region, Undef, Value, walk
from ..ir.rewrite import homes, parents, substitute
from ..ir.types import Array, List
from ..ir.unbound import Unbound
from ..passes.cse import is_pure, same_key
from ..passes.dce import dce, has_effect
from ..passes.shapes import shape_operand
from .invariant import carried_out, is_same_in_every_trip
from .plan import Plan, Planner, Want, is_cheap, is_view
from .restore import Mirrors, Restorer
from .schedule import Schedule
from .states import States, ViewType

STORE_ALL: ContextVar[bool] = ContextVar("STORE_ALL", default=False)


@contextmanager
def store_all() -> Iterator[None]:
    """Derivatives compiled inside keep every value that the reverse sweep names: nothing is recomputed,
    nothing restored."""
    token = STORE_ALL.set(True)
    try:
        yield
    finally:
        STORE_ALL.reset(token)


class Provider:
    def __init__(
        self,
        function: Function,
        mirror: dict[Region, Region],
        bind: dict[Region, dict[Value, Value]],
        view: ViewType,
    ) -> None:
        self.f = function
        self.bind = bind
        self.view = view
        self.home = homes(function.body)
        self.parent = parents(function.body)
        self.killed = killed(function.body)
        self.states = States(function.body, self.home, self.parent)
        self.mirrors = Mirrors(function, mirror, bind, self.states)
        self.free: dict[Op, bool] = {}
        self.keep_raisers = bool(function.attrs.get("keep_raisers"))
        self.plan = Plan()
        self.carried: dict[Value, Value] = {}  # what is the same in every iteration of a loop, after it

    # -- what is wanted --------------------------------------------------------------------------------
    def wants(self, lost: set[Value]) -> list[Want]:
        """What the reverse sweep reads of the primal and cannot see, with the place of the reader."""
        out: dict[Want, None] = {}
        inside = self.states.loops_of

        path: list[Region] = []  # the regions around the reader: it sees their values

        def note(v: Value, region: Region, at: int, shape: bool = False) -> None:
            home = self.home.get(v)
            if home in inside and (home not in path or v in lost):
                out[v, region, at, shape] = None

        def visit(region: Region, start: int, primal: Region, moments: list[int], end: int) -> None:
            path.append(region)
            for op, at in zip(region.ops[start:], moments):
                for n, v in enumerate(op.inputs):
                    note(v, primal, at, n == shape_operand(op))
                for r in op.regions:
                    if r in self.mirrors.primal:
                        p = self.mirrors.primal[r]
                        visit(r, 0, p, self.mirrors.moments(p), -1)
                    else:
                        visit(r, 0, primal, [at] * len(r.ops), at)
            if region is not self.f.body:
                for v in region.yields:
                    note(v, primal, end)
            path.pop()

        body = self.f.body
        visit(body, self.mirrors.ops(body)[1], body, self.mirrors.moments(body), -1)
        for v in body.yields:
            if v in lost and v not in self.primal_results:
                note(v, body, -1)
        return list(out)

    def lost(self) -> set[Value]:
        """Values of function level whose memory the forward sweep overwrites."""
        out: set[Value] = set()
        body = self.f.body
        for v in [*body.params, *(v for op in body.ops if not op.reverse for v in op.results)]:
            of = v.op.inputs[:1] if v.op is not None and is_view(v.op) else []
            killer = self.states.kill.get((body, v))
            if (killer is not None and not killer.reverse) or any(u in out for u in of):
                out.add(v)
        return out

    def decide(self) -> Plan:
        """What to keep, recompute and restore."""
        self.primal_results = set(self.f.results[: self.f.attrs.get("primal_results", 0)])
        lost = self.lost()
        for op in walk(self.f.body):
            if op.reverse:
                self.ask_the_last(op)
        self.unbound = unbound = Unbound(self.f)
        for op in walk(self.f.body):
            if op.reverse and op.kind == "zeros_like" and unbound.may_be(op.inputs[0]):
                op.attrs["_unbound"] = True  # there are zeros where it was bound
        bound = {v for b in self.bind.values() for v in b}
        if STORE_ALL.get():
            lost = set()
        wants = self.wants(lost)
        self.lost_values = lost
        if STORE_ALL.get():
            self.plan.keep = {v for v, *_ in wants if v not in bound}
        elif wants:
            planner = Planner(
                self.states, wants, bound, lost, self.killed, self.is_free, self.mirrors.can, self.view
            )
            self.plan = planner.run()
        return self.plan

    def run(self) -> None:
        self.restorer = Restorer(self.mirrors, self.states, self.plan.undo, self.home, self.view)
        for v, region in self.plan.states:
            self.restorer.value(v, region)
        self.plan.keep.update(self.restorer.old.values())
        for primal in sorted(self.mirrors.of, key=lambda p: -self.depth(p)):
            self.region(primal)
        self.region(self.f.body)
        for op in walk(self.f.body):
            op.attrs.pop("_of", None)

    def ask_the_last(self, op: Op) -> None:
        """A shape outlives the contents: who asks for no more asks the state that is still there."""
        n = shape_operand(op)
        if n is not None:
            op.inputs[n] = self.states.final(op.inputs[n])

    def depth(self, r: Region) -> int:
        n = 0
        while r in self.parent:
            r = self.parent[r][2]
            n += 1
        return n

    # -- one region ------------------------------------------------------------------------------------
    def region(self, primal: Region) -> None:
        """Make what the mirror of a region reads of the region available in it."""
        mirror, start = self.mirrors.ops(primal)
        schedule = Schedule(self, primal, mirror, start)
        wanted = schedule.wanted()
        if wanted:
            schedule.run(wanted)

    def is_free(self, primal: Region) -> bool:
        """Whether the forward sweep runs a region for the reverse sweep alone: then nothing of it need be
        kept, since to do it all again in the reverse sweep is to do it once."""
        if primal is self.f.body:
            return False
        op = self.chain(primal)[0][0]
        if op not in self.free:
            inner = [op, *(o for r in op.regions for o in walk(r))]
            self.free[op] = (
                op.is_loop
                and not op.results
                and not op.attrs.get("exit")
                and not any(o.kind == "try" or has_effect(o, self.keep_raisers) for o in inner)
            )
        return self.free[op]

    # -- keeping ---------------------------------------------------------------------------------------
    def keep(self, v: Value, primal: Region, reverse: Region, prologue: list[Op]) -> Value:
        """Carry a value from the forward sweep to the mirror of its region."""
        chain = self.chain(primal)
        if all(op.is_branch for op, _, _ in chain):
            return self.export(v, chain)
        loop, _, _ = chain[-1]
        if loop.is_loop and v not in self.killed:
            inside = {r for r, loops in self.states.loops_of.items() if loop in loops}
            if is_same_in_every_trip(v, primal, self.home, inside, self.carried):
                out = carried_out(v, loop, self.home, self.parent[primal][2], self.carried)
                self.carried[out] = v
                self.plan.keep.add(out)
                return out
        at = self.inner_attempt(chain)
        if at is not None:
            return self.keep_attempted(v, chain, at, reverse, prologue)
        name = f"{v.name or 't'}_tape"
        t = List(v.type)
        first = chain[0]
        empty = Op("list.new", [], [t])
        empty.result.name = name
        body = self.f.body
        body.ops.insert(body.ops.index(first[0]), empty)
        tape = self.thread(chain, empty.result, lambda region, state: self.push(region, state, v), name)
        return self.pop_from(self.chain(reverse), tape, v, name, prologue)

    def inner_attempt(self, chain: list[tuple[Op, int, Region]]) -> int | None:
        """Which part of a chain is the innermost body of a `try` that has more of the chain inside."""
        found = [n for n, (op, k, _) in enumerate(chain[:-1]) if op.kind == "try" and k == 0]
        return found[-1] if found else None

    def keep_attempted(
        self, v: Value, chain: list[tuple[Op, int, Region]], at: int, reverse: Region, prologue: list[Op]
    ) -> Value:
        """Keep a value of a region inside of a `try`: what a body that raised has pushed must not stay on
        the tape, so the body has a tape of its own, which is kept as one value where the body ends.

            try:
                own = []
                for ...: own.append(v); t = x[i]        raises: `own` is forgotten
                tape.append(own)
        """
        body = chain[at][2]
        back = self.chain(reverse)
        level = next(n for n, (_, _, r) in enumerate(back) if self.mirrors.primal.get(r) is body)
        name, t = f"{v.name or 't'}_tape", List(v.type)
        empty = Op("list.new", [], [t])
        empty.result.name = name
        body.ops.insert(body.ops.index(chain[at + 1][0]), empty)
        self.home[empty.result] = body
        tape = self.thread(chain[at + 1 :], empty.result, lambda region, s: self.push(region, s, v), name)
        opened = back[level][2]
        start: list[Op] = []
        kept = self.keep(tape, body, opened, start)
        for op in start:
            for r in op.results:
                self.home[r] = opened
        opened.ops[:0] = start
        return self.pop_from(back[level + 1 :], kept, v, name, prologue)

    def pop_from(
        self, back: list[tuple[Op, int, Region]], tape: Value, v: Value, name: str, prologue: list[Op]
    ) -> Value:
        """Pop a value off a tape in the innermost region of a chain of the reverse sweep."""
        out: list[Value] = []

        def pop(region: Region, state: Value) -> Value:
            op = Op("list.pop", [state], [tape.type, v.type], None, None, None, True)
            op.results[0].name, op.results[1].name = name, v.name
            op.attrs["_retrieved"] = True
            if self.unbound.may_be(v):
                op.attrs["_unbound"] = True
            prologue.append(op)
            out.append(op.results[1])
            return op.results[0]

        self.thread(back, tape, pop, name)
        return out[0]

    def push(self, region: Region, state: Value, v: Value) -> Value:
        self.unbound.bind([v])
        op = Op("list.append", [state, v], [state.type])
        op.result.name = state.name
        op.attrs["_tape"] = True
        outer = self.parent[region][0]
        if outer.kind == "try" and region is outer.regions[0]:  # nothing raises behind it
            region.ops.append(op)
            return op.result
        at = 0 if v.op is None else region.ops.index(v.op) + 1
        while at < len(region.ops) and region.ops[at].attrs.get("_tape"):
            at += 1
        region.ops.insert(at, op)
        return op.result

    def chain(self, region: Region) -> list[tuple[Op, int, Region]]:
        """The region ops that lead from function level to a region, outermost first."""
        out = []
        while region in self.parent:
            op, k, outer = self.parent[region]
            out.append((op, k, region))
            region = outer
        return out[::-1]

    def thread(self, chain: list[tuple[Op, int, Region]], state: Value, change: object, name: str) -> Value:
        """Carry a state through nested ops into the innermost region, change it there, and out again."""
        op, k, region = chain[0]
        if op.is_loop:
            params, result = op.add_slot(state, name)
            for p, r in zip(params, op.regions):
                self.home[p] = r
            inner = params[k]
            after = self.thread(chain[1:], inner, change, name) if len(chain) > 1 else change(region, inner)  # type: ignore[operator]
            op.body.yields.append(after)
        else:
            after = self.thread(chain[1:], state, change, name) if len(chain) > 1 else change(region, state)  # type: ignore[operator]
            for n, r in enumerate(op.regions):
                r.yields.append(after if n == k else state)
            result = Value(state.type, name, op)
            op.results.append(result)
        self.home[result] = self.parent[op.regions[0]][2]
        return result

    def export(self, v: Value, chain: list[tuple[Op, int, Region]]) -> Value:
        """Make a value of a branch that runs at most once a result of the branch."""
        for op, k, region in reversed(chain):
            if op.kind == "try" and v in region.yields:  # it is this result where the region ran
                v = op.results[region.yields.index(v)]
                continue
            for n, r in enumerate(op.regions):
                r.yields.append(v if n == k else Undef())
            out = Value(v.type, v.name, op)
            op.results.append(out)
            self.home[out] = self.parent[op.regions[0]][2]
            v = out
        return v

    def previous(self, op: Op, k: int, reverse: Region) -> Value:
        """The value after an iteration, carried from the iteration that the sweep visited before; `hand_on`
        yields it."""
        loop = self.parent[reverse][0]
        slot = op.slot(k)
        params, out = loop.add_slot(slot.result, slot.params[-1].name)
        self.home[params[0]] = reverse
        self.home[out] = self.parent[reverse][2]
        loop.body.yields.append(Undef())
        return params[0]

    def hand_on(self, reverse: Region, param: Value, before: Value) -> None:
        loop = self.parent[reverse][0]
        loop.body.yields[loop.body.params.index(param) - loop.own_params + loop.own_yields] = before


def killed(body: Region) -> set[Value]:
    """Arrays and lists whose memory the forward sweep overwrites after them: they are gone in the reverse
    sweep."""
    out: set[Value] = set()

    def visit(region: Region) -> None:
        for op in reversed(region.ops):
            if op.kind in ("store", "index_add", "list.append", "list.pop"):
                out.add(op.inputs[0])
            elif op.is_loop:
                for r in op.regions:
                    visit(r)
                for n in range(len(op.results)):
                    s = op.slot(n)
                    if isinstance(s.result.type, Array | List) and (
                        s.params[-1] in out
                        or (
                            s.next is not s.params[-1] and s.next.op is not None and s.next.op.kind == "store"
                        )
                    ):
                        out.update((s.init, *s.params))
            for r in op.regions if op.is_branch else ():
                visit(r)

    visit(body)
    return out


def take_kept(function: Function, mirror: dict[Region, Region], keep: set[Value]) -> bool:
    """Have the reverse sweep read kept values instead of working them out once more; whether it did.

    s = sin(x); y = s * cos(x)      keeps s         x_bar += y_bar * s * -sin(x)    that sin(x) is s
    """
    found: dict[Region, dict[Any, Value]] = {}
    primals = set(mirror.values())
    env: dict[Value, Value] = {}

    def kept(region: Region, known: dict[Any, Value]) -> None:
        own = found[region] = {**known} if region in primals else known
        for op in region.ops:
            if len(op.results) == 1 and op.result in keep and not is_cheap(op) and is_pure(op):
                own[same_key(op)] = op.result
            for r in op.regions:
                kept(r, own)

    def read(region: Region, known: dict[Any, Value]) -> None:
        known = found.get(mirror.get(region, region), known)
        for op in region.ops if known else ():
            if op.reverse and len(op.results) == 1 and is_pure(op) and (v := known.get(same_key(op))):
                env[op.result] = v
        for op in region.ops:
            for r in op.regions:
                read(r, known)

    if keep:
        kept(function.body, {})
        read(function.body, {})
    if env:
        substitute(function.body, env)
        dce(function)
    return bool(env)


def provide(
    function: Function, mirror: dict[Region, Region], bind: dict[Region, dict[Value, Value]], view: ViewType
) -> None:
    """Make every primal value that the reverse sweep names available where it is named; changes the
    function.  `view`: the type of `x[pattern]`."""
    provider = Provider(function, mirror, bind, view)
    if take_kept(function, mirror, provider.decide().keep):
        provider = Provider(function, mirror, bind, view)
        provider.decide()
    provider.run()
