"""Undoing writes in the reverse sweep, so that memory is as it was when an op ran.

    forward                          reverse
    for i in range(n):               for i in reversed(range(n)):
        u_tape.append(u[i])              u[i] = u_tape.pop()      the state before the write
        u[i] = f(u[i], u[i - 1])         ...                      the adjoint of f reads u[i], u[i - 1]

A state is had from the one after it (ad/states.py): a write is undone by storing what it overwrote; through
a loop, its mirror carries the state backward (loops that swap buffers yield them swapped the other way);
through a branch, the mirrored branch yields it.  Writes that hide nothing from the reverse sweep are not
undone, and a loop or branch without any that are is not touched.

The undoing is inserted where the sweep passes the write, naming primal values (indices, the old part) like
any other op of the reverse sweep; ad/residuals.py makes those available.
"""

from __future__ import annotations

from typing import Any

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.index import split
from .states import WRITES, States, ViewType


class Mirrors:
    """Which region of the reverse sweep walks which region of the primal back, and in what order its ops
    come."""

    def __init__(
        self,
        f: Function,
        mirror: dict[Region, Region],
        bind: dict[Region, dict[Value, Value]],
        states: States,
    ) -> None:
        self.f, self.bind, self.s = f, bind, states
        self.primal = {r: p for r, p in mirror.items() if r in states.parent and p in states.loops_of}
        self.of = {p: r for r, p in self.primal.items()}

    def ops(self, primal: Region) -> tuple[Region, int]:
        """The region that mirrors a primal one, and where in it the reverse sweep starts."""
        if primal is not self.s.body:
            return self.of[primal], 0
        ops = primal.ops
        return primal, next((n for n, op in enumerate(ops) if op.reverse), len(ops))

    def moments(self, primal: Region) -> list[int]:
        """For each op of a mirror: the number of the primal op whose adjoint it belongs to; falling."""
        region, start = self.ops(primal)
        out: list[int] = []
        at = len(primal.ops)
        for op in region.ops[start:]:
            place = self.s.place.get(op.attrs.get("_of"))  # type: ignore[arg-type]
            if place is not None and place[0] is primal:
                at = min(at, place[1])
            out.append(at)
        return out

    def insert(self, primal: Region, op: Op, source: Op) -> None:
        """Put an op where the sweep passes a primal op: before all that belongs to it."""
        op.attrs["_of"] = source
        region, start = self.ops(primal)
        at = self.s.place[source][1]
        moments = self.moments(primal)
        n = next((n for n, m in enumerate(moments) if m <= at), len(moments))
        region.ops.insert(start + n, op)

    def can(self, op: Op) -> bool:
        """Whether a region op has a mirror or can be given one (a `try` is not undone; a checkpointed loop
        has a way back of its own)."""
        if op.kind == "try" or op.attrs.get("checkpoint"):
            return False
        if any(r in self.of for r in op.regions):
            return True
        _, _, outer = self.s.parent[op.body]
        if outer is not self.s.body and not self.can(self.s.parent[outer][0]):
            return False
        return op.kind == "if" or (op.kind == "for" and not op.attrs.get("exit"))

    def get(self, op: Op, home: dict[Value, Region]) -> Op:
        """The op that mirrors a region op; made where the adjoint sweep had no need of one."""
        for r in op.regions:
            if r in self.of:
                return self.s.parent[self.of[r]][0]
        _, _, outer = self.s.parent[op.body]
        if outer is not self.s.body and outer not in self.of:
            self.get(self.s.parent[outer][0], home)
        new = Op(op.kind, list(op.inputs[: op.fixed]), [], {}, None, op.span, True)
        new.regions = [Region() for _ in op.regions]
        if op.kind == "for":
            if not op.attrs.get("_reversed"):
                new.attrs["_reversed"] = True
            index = op.body.params[0]
            mine = Value(index.type, index.name)
            new.body.params.append(mine)
            home[mine] = new.body
            self.bind[new.body] = {index: mine}
        where, _ = self.ops(outer)
        self.insert(outer, new, op)
        for k, (r, p) in enumerate(zip(new.regions, op.regions)):
            self.primal[r], self.of[p] = p, r
            self.s.parent[r] = (new, k, where)
        return new


class Restorer:
    """Makes old states from later ones."""

    def __init__(
        self, mirrors: Mirrors, states: States, undo: set[Op], home: dict[Value, Region], view: ViewType
    ) -> None:
        self.m, self.s, self.undo, self.home, self.view = mirrors, states, undo, home, view
        self.made: dict[tuple[Value, Region], Value] = {}
        self.old: dict[Op, Value] = {}  # write -> the value of the primal that it overwrote

    def value(self, state: Value, region: Region) -> Value:
        """A value of the mirror of a primal region that holds what `state` held of all that is read."""
        key = (state, region)
        if key not in self.made:
            self.made[key] = self.make(state, region)
        return self.made[key]

    def make(self, state: Value, region: Region) -> Value:
        s = self.s
        op = s.kill.get((region, state))
        if op is not None:
            after = s.over(state, op, region, self.undo)
            if after is not None:
                return self.value(after, region)
            if op.kind in WRITES:
                return self.undone(op, region)
            return self.through_loop(state, op) if op.is_loop else self.through_branch(state, op)
        if region is s.body:
            return state
        owner, _, outer = s.parent[region]
        for k, v in enumerate(region.yields[owner.own_yields if owner.is_loop else 0 :]):
            if v is state and k < len(owner.results):
                if not owner.is_loop:
                    return self.value(owner.results[k], outer)
                slot = owner.slot(k)
                if s.last(slot.params[-1], region, self.undo) is state:
                    return self.value(slot.result, outer)
                return self.carried(owner, k)[0]
        return self.value(state, outer)

    def undone(self, op: Op, region: Region) -> Value:
        """The state before a write."""
        after = self.value(op.result, region)
        if (op.inputs[0], region) in self.made:  # on the way round a loop
            return self.made[op.inputs[0], region]
        attrs = {"path": op.attrs["path"], "_dot": True, "_restore": True}
        new = Op(
            "store",
            [after, *op.inputs[1:-1], self.overwritten(op, region)],
            [after.type],
            attrs,
            None,
            op.span,
            True,
        )
        new.result.name = after.name or op.inputs[0].name
        self.m.insert(region, new, op)
        self.home[new.result] = self.m.ops(region)[0]
        return new.result

    def overwritten(self, op: Op, region: Region) -> Value:
        """The part that a write overwrites, read in the forward sweep."""
        v = op.inputs[0]
        made: list[Op] = []
        path = op.attrs["path"]
        if len(path) > 1 and path[-1] == (Ellipsis,):
            path = path[:-1]
        for pattern, part in zip(path, split(path, op.inputs[1:-1])):
            t = self.view(v.type, pattern, part)
            same = find_read(region, op, v, pattern, part)
            if same is not None:
                v = same
                continue
            if pattern == ("T",):
                read = Op("numpy.ndarray.T", [v], [t], {"_method": True, "_dot": True}, None, op.span)
            else:
                read = Op("getitem", [v, *part], [t], {"index": pattern, "_dot": True}, None, op.span)
            made.append(read)
            v = read.result
            self.home[v] = region
        n = region.ops.index(op)
        region.ops[n:n] = made
        self.old[op] = v
        return v

    def through_loop(self, state: Value, op: Op) -> Value:
        """The state before a loop: what its mirror ends with."""
        k = next(k for k in range(len(op.results)) if op.slot(k).init is state)
        return self.carried(op, k)[1]

    def carried(self, op: Op, k: int) -> tuple[Value, Value]:
        """The slot of a mirrored loop that carries a state backward: the state after a trip, and the state
        before the loop."""
        slot = op.slot(k)
        _, _, outer = self.s.parent[op.body]
        key = (slot.next, op.body)
        if key in self.made and (slot.init, outer) in self.made:
            return self.made[key], self.made[slot.init, outer]
        init = self.value(slot.result, outer)
        if key in self.made and (slot.init, outer) in self.made:  # on the way round a loop
            return self.made[key], self.made[slot.init, outer]
        loop = self.m.get(op, self.home)
        params, result = loop.add_slot(init, init.name or slot.result.name)
        self.home[params[0]] = loop.body
        self.home[result] = self.m.ops(outer)[0]
        self.made[key] = params[0]
        self.made[slot.init, outer] = result
        n = len(loop.body.yields)
        loop.body.yields.append(Undef())
        loop.body.yields[n] = self.value(slot.params[-1], op.body)
        return params[0], result

    def through_branch(self, state: Value, op: Op) -> Value:
        """The state before a branch: what each mirrored branch ends with."""
        _, _, outer = self.s.parent[op.body]
        mirror = self.m.get(op, self.home)
        n = len(mirror.results)
        result = Value(state.type, state.name, mirror)
        mirror.results.append(result)
        self.home[result] = self.m.ops(outer)[0]
        for r in mirror.regions:
            r.yields.append(Constant(None))
        for r, p in zip(mirror.regions, op.regions):
            r.yields[n] = self.value(state, p)
        return result


def find_read(region: Region, before: Op, v: Value, pattern: Any, operands: list[Value]) -> Value | None:
    """What the primal itself reads there."""
    for op in region.ops:
        if op is before:
            break
        reads = op.kind == "getitem" and op.inputs[0] is v and op.attrs["index"] == pattern
        if reads and all(a is b or same_constant(a, b) for a, b in zip(op.inputs[1:], operands)):
            return op.result
    return None


def same_constant(a: Value, b: Value) -> bool:
    return (
        isinstance(a, Constant)
        and isinstance(b, Constant)
        and type(a.value) is type(b.value)
        and a.value == b.value
    )
