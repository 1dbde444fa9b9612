"""The order of one region of the reverse sweep: what is recomputed comes before its first use, and what is
read of a state before that state is undone.

    u[i] = u_tape.pop()          undone where the sweep passes the write, or before an earlier op that reads
    a = u[i] * c                 what it brings back
    u_bar[i] = v_bar * a         an op of the sweep
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ir.core import Constant, Op, Region, Undef, Value, walk
from ..ir.rewrite import clone_op, substitute
from ..ir.types import Array
from ..passes.shapes import shape_operand
from .plan import is_cheap, is_view
from .split import uses

if TYPE_CHECKING:
    from .residuals import Provider


class Schedule:
    """Puts into one region of the reverse sweep what it reads of the region of the primal that it mirrors."""

    def __init__(self, provider: Provider, primal: Region, mirror: Region, start: int) -> None:
        self.p, self.primal, self.mirror, self.start = provider, primal, mirror, start
        self.top = primal is provider.f.body
        self.local = set(in_order(primal))
        self.env: dict[Value, Value] = dict(provider.bind.get(mirror, {}))
        self.done: list[Op] = []
        self.put: set[Op] = set()
        self.making: dict[Value, Op] = {}  # result -> the op of the primal that is to be done again
        self.loads: dict[Value, list[Op]] = {}  # restored state -> loads that are to be done before its end

    def wanted(self) -> list[Value]:
        """The values of the primal region that the mirror reads, in order."""
        out: dict[Value, None] = {}
        wants = self.p.lost_values if self.top else self.local
        wants = wants | {v for v, region in self.p.plan.states if region is self.primal}
        for op in self.mirror.ops[self.start :]:
            for v in reads(op):
                if v in wants:
                    out[v] = None
        if not self.top:
            out.update((v, None) for v in self.mirror.yields if v in wants)
        elif wants:
            kept = self.p.f.attrs.get("primal_results", 0)
            out.update((v, None) for v in self.mirror.yields[kept:] if v in wants)
        order = {v: n for n, v in enumerate(in_order(self.primal))}
        return sorted(out, key=lambda v: order.get(v, -1))

    def run(self, wanted: list[Value]) -> None:
        p, plan = self.p, self.p.plan
        prologue: list[Op] = []
        twice: list[Value] = []
        stack, seen, keep = list(wanted), set(), []
        while stack:  # what to keep, what to do again
            v = stack.pop()
            if v in seen or v in self.env or isinstance(v, Constant | Undef):
                continue
            seen.add(v)
            restored = p.restorer.made.get((v, self.primal)) if (v, self.primal) in plan.states else None
            if v not in self.local:  # there in an outer region, or an outer state that a branch changes
                if restored is not None and v not in plan.keep:
                    self.env[v] = restored
                continue
            if v in plan.twice:
                twice.append(v)
                stack.append(self.before(v))
            elif v in plan.keep:
                keep.append(v)
            elif restored is not None:
                self.env[v] = restored
            elif self.top and v not in p.lost_values:
                continue
            elif not self.again(v):
                if not self.top:
                    keep.append(v)
            else:
                op = plan.loaded.get(v, v.op)
                self.making[v] = op
                stack.extend(op.inputs)
                stack.extend(u for r in op.regions for u in uses(r) if u in self.local)
        order = {v: n for n, v in enumerate(in_order(self.primal))}
        if not self.top:
            for v in sorted(keep, key=order.__getitem__):
                self.env[v] = p.keep(v, self.primal, self.mirror, prologue)
        for v in sorted(twice, key=order.__getitem__):
            self.env[v] = p.previous(p.parent[self.primal][0], plan.twice[v], self.mirror)
        for v, op in self.making.items():
            if op.kind == "getitem" and not isinstance(v.type, Array):
                state = p.restorer.made.get((op.inputs[0], self.primal))
                if state is not None:
                    self.loads.setdefault(state, []).append(op)
        self.order(prologue, twice)
        for v in twice:
            self.p.hand_on(self.mirror, self.env[v], self.at(self.before(v)))

    def before(self, v: Value) -> Value:
        """What a carried value was before the iteration that made v of it."""
        return self.p.states.slot_of(v, self.p.plan.twice[v]).params[-1]

    def again(self, v: Value) -> bool:
        """Whether a value can be made anew here."""
        if v.op is None:
            return False
        if self.top:
            return is_view(v.op)
        return v in self.p.plan.loaded or is_cheap(v.op) or self.p.is_free(self.primal)

    def at(self, v: Value) -> Value:
        while v in self.env:
            v = self.env[v]
        return v

    def order(self, prologue: list[Op], twice: list[Value]) -> None:
        """The mirror's ops again, with what they read before them."""
        ops = self.mirror.ops[self.start :]
        self.done = list(prologue)
        self.put = set(prologue)
        for op in ops:
            self.add(op)
        if not self.top:
            for v in self.mirror.yields:
                self.need(v)
        for v in twice:
            self.need(self.before(v))
        for op in self.done:
            for v in op.results:
                self.p.home[v] = self.mirror
        self.mirror.ops[self.start :] = self.done
        part = Region()
        part.ops, part.yields = self.done, [] if self.top else self.mirror.yields
        substitute(part, self.env)
        if self.top:
            kept = self.p.f.attrs.get("primal_results", 0)
            new = self.mirror.yields
            self.mirror.yields = [*new[:kept], *map(self.at, new[kept:])]
        else:
            self.mirror.yields = part.yields

    def add(self, op: Op) -> None:
        """An op of the mirror, when what it reads is there."""
        if op in self.put:
            return
        self.put.add(op)
        for v in reads(op):
            self.need(v)
        if op.attrs.get("_restore") or op.regions:
            for state in op.inputs:
                for load in self.loads.pop(state, ()):
                    self.need(load.results[0])
        self.done.append(op)

    def need(self, v: Value) -> None:
        """Have a value before what comes next."""
        v = self.at(v)
        if v in self.making and v not in self.env:
            op = self.making[v]
            for u in reads(op):
                n = shape_operand(op)
                if n is None or u is not op.inputs[n] or u in self.local:
                    self.need(u)
            if v in self.env:
                return
            new = clone_op(op, self.env)
            self.p.ask_the_last(new)
            self.env[v] = new.results[op.results.index(v)] if v in op.results else new.result
            for o in [new, *(o for r in new.regions for o in walk(r))]:
                o.reverse = True
            new.attrs.pop("_named", None)
            new.attrs["_retrieved"] = True
            self.done.append(new)
        elif v.op is not None and v.op not in self.put and self.is_mine(v.op):
            self.add(v.op)  # a write that is undone before its turn

    def is_mine(self, op: Op) -> bool:
        return op.reverse and bool(op.attrs.get("_restore")) and self.p.home.get(op.results[0]) is self.mirror


def reads(op: Op) -> list[Value]:
    """What an op reads, inside of its regions too."""
    return [*op.inputs, *(u for r in op.regions for u in uses(r))]


def in_order(region: Region) -> list[Value]:
    """The values that a region itself defines, in order."""
    return [*region.params, *(v for op in region.ops for v in op.results)]
