"""Checkpointing: less is kept, and the reverse sweep runs parts of the forward sweep again.

A call marked `checkpoint` keeps its arguments alone:

    y = f(x)                                 (f again, with what its adjoint needs);  x_bar += ...

A loop marked `checkpoint` keeps the states before at most `slots` of its steps.  To reverse a step, the last
saved state is taken and run up to that step, saving states on the way where slots are free again:

    forward                                  reverse
    for t in range(n):                       for t in reversed(range(n)):
        if t == save:                            begin, u = saved_at.pop(), u_saved.pop()
            saved_at.append(t)                   save = begin
            u_saved.append(u)                    for s in range(begin, t):
            save = next_snapshot(...)                if s == save: ...                 (as on the left)
        u = step(t, u)                               u = step(s, u)
                                                 (step t again, with what its adjoint needs);  u_bar = ...

    steps   0 1 2 3 4 5 6 7 8 9      slots = 3
    saved   x . . . x . . x . x      the last one costs no slot: it is the state that the reverse sweep needs
    first                            first; it is popped, then 8 is reached from 7, and so on

Where states are saved (`runtime.next_snapshot`) is the binomial schedule of Griewank and Walther (Algorithm
799: revolve, 2000), so the steps that are run are the fewest possible.  A loop that is left early keeps to
the schedule of all its steps, which saves no more states and may run more steps.

The state is what the loop carries, memory included, since memory is states; values from outside that the body
reads are still there.  Nothing here is a kind of op of its own: `for`, `if` and lists, differentiable again.
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..ir.core import Constant, Function, Op, Region, Slot, Undef, Value, is_const, walk
from ..ir.rewrite import clone, clone_region, homes, substitute
from ..ir.types import PY_BOOL, Array, List, Type, same_type
from ..passes.dce import dce
from ..passes.shapes import SHAPE_ONLY
from ..rules.registry import BOOK
from .adjoints import INT
from .calls import Calls, free_of
from .split import bind, uses

NOTE = "the state before this step: from the last one saved"


class _Loop:
    """A loop that is checkpointed, counted from zero: a step of it as a function, and its state.

    step       one step, before anything was saved; its parameters: the index, what is carried, `outside`
    outside    values that a step reads from outside, and their parameters
    carried    all carried slots; by their numbers: `active`, and `read`, the active ones that a step reads
    captured   the active values among `outside`
    """

    def __init__(self, op: Op, slots: Value, active: set[Value]) -> None:
        self.op, self.slots = op, slots
        region = clone_region(op.body, {})
        region.yields = region.yields[op.own_yields :]
        self.step = Function("step", region)
        self.outside = free_of(region)
        substitute(region, dict(self.outside))
        region.params.extend(self.outside.values())
        self.carried = [op.slot(k) for k in range(len(op.results))]
        self.active = [k for k, s in enumerate(self.carried) if s.result in active]
        self.captured = [v for v in self.outside if v in active]
        used = self.used(self.part(self.active))
        self.read = [k for k in self.active if k in used]
        self.shapes: dict[int, Value] = {}

    def part(self, slots: list[int]) -> Function:
        """The part of a step that computes some of what is carried."""
        out = clone(self.step)
        out.body.yields = [out.body.yields[k] for k in slots]
        dce(out)
        return out

    def used(self, function: Function) -> list[int]:
        """The slots whose values a part of a step, or its adjoint, reads."""
        found = set(uses(function.body))
        return [k for k in range(len(self.carried)) if function.params[1 + k] in found]

    def settle_state(self, joint: Function) -> None:
        """Find what a state is made of: what the adjoint of a step reads, and what the steps before need to
        compute that."""
        self.state: list[int] = []
        contents = read_contents(joint.body)
        need = []
        for k in self.used(joint):
            init, p = self.carried[k].init, joint.params[1 + k]
            if isinstance(p.type, Array) and p not in contents and same_type(p.type, init.type):
                self.shapes[k] = init  # what is asked for its shape alone: that of the first state
            else:
                need.append(k)
        while need != self.state:
            self.state = need
            self.again = self.part(need)
            need = sorted({*need, *self.used(self.again)})

    def slots_of_state(self) -> list[Slot]:
        return [self.carried[k] for k in self.state]

    def arguments(self, t: Value, state: list[Value]) -> list[Value]:
        """What a step is called with; a carried value that it does not read is None."""
        given = {**self.shapes, **dict(zip(self.state, state))}
        return [t, *(given.get(k, Constant(None)) for k in range(len(self.carried))), *self.outside]


class Checkpoints(Calls):
    """Adjoints of what is marked `checkpoint`."""

    def last_stop(self, op: Op) -> Value:
        """How many steps a loop that may be left early has run."""
        raise NotImplementedError

    # -- calls -----------------------------------------------------------------------------------------
    def checkpointed_call(self, op: Op) -> None:
        """A call that keeps its arguments only: all of it again, and its adjoint."""
        bars = [self.take(r) if r in self.active else None for r in op.results]
        if all(g is None for g in bars):
            return
        callee: Function = op.attrs["function"]
        refuse_effects(callee.body)
        running = self.cache.get("again", ())
        if callee in running:
            raise errors.Unsupported(
                f"'{callee.name}' is checkpointed and calls itself",
                op.span,
                hint="checkpoint the call of it from outside alone",
            )
        again = clone(callee)
        at: dict[Value, int] = {}  # one parameter for each value, though it be given twice
        for k, v in enumerate(op.inputs):
            if at.setdefault(v, k) != k:
                substitute(again.body, {again.params[k]: again.params[at[v]]})
        chosen = [k for v, k in at.items() if v in self.active]
        given = [k for k, g in enumerate(bars) if g is not None]
        seeds = [self.rules.whole(bars[k], op.results[k]) for k in given]
        results = [again.results[k] for k in given]
        for k in chosen:
            v = op.inputs[k]
            self.start_outside(v)
            old = self.builder.read(v)
            if old is not None:  # handed in, and added to: a call that reads one row adds to one row
                seeds.append(self.rules.full(old, v))
                results.append(again.params[k])
        again.body.yields = results
        self.cache["again"] = (*running, callee)
        joint = self.joint(again, chosen, False, self.cache, seeds_of(results))
        self.cache["again"] = running
        env = dict(zip([*joint.params, *joint.attrs["seeds"]], [*op.inputs, *seeds]))
        for k, g in zip(chosen, self.inline(joint, env)):
            self.set(op.inputs[k], g)

    # -- loops -----------------------------------------------------------------------------------------
    def checkpointed_loop(self, op: Op) -> None:
        b, rules = self.builder, self.rules
        refuse_effects(op.body)
        region = self.home[op.results[0]]
        slots = op.inputs.pop(3)
        if not isinstance(slots, Constant):
            slots.name = slots.name or "slots"
        del op.attrs["checkpoint"]
        self.count_from_zero(op, region)
        loop = _Loop(op, slots, self.active)
        joint = self.backward(loop)
        loop.settle_state(joint)
        trips = self.last_stop(op) if op.attrs.get("exit") else op.inputs[1]
        lists = self.save_states(loop, region) if loop.state else []  # each step of a sum stands for itself
        bars, sums = [], []
        for k in loop.active:
            r = loop.carried[k].result
            g = self.take(r)
            bars.append(rules.whole(g, r))
        for v in loop.captured:  # each step adds to the adjoints of what is read from outside
            self.start_outside(v)
            old = b.read(v)
            sums.append(rules.whole(old, v))

        back = Region()
        t = _param(back, INT, op.body.params[0].name)
        held = [_param(back, v.type, v.name) for v in lists]
        bar = {k: _param(back, r.type, _bar(r)) for k in loop.active for r in [loop.carried[k].result]}
        total = [_param(back, v.type, _bar(v)) for v in loop.captured]
        with b.inside(back):
            held, state = self.advance(loop, held, t) if loop.state else ([], [])
            env = dict(zip(joint.params, loop.arguments(t, state)))
            env.update(zip(joint.attrs["seeds"], [*bar.values(), *total]))
            out = self.inline(joint, env)
            before = dict(zip(loop.read, out))
            # what no step reads: the last step's value of it alone counts
            ended = [before[k] if k in before else rules.whole(None, bar[k]) for k in loop.active]
            back.yields = [*held, *ended, *out[len(loop.read) :]]
        results = b.emit(
            "for",
            [Constant(0), trips, Constant(1), *lists, *bars, *sums],
            [p.type for p in back.params[1:]],
            {"_reversed": True},
            [back],
            [p.name for p in back.params[1:]],
        )[len(lists) :]
        for v, g in zip(loop.captured, results[len(bars) :]):
            self.set(v, g)
        for k, g in zip(loop.active, results):
            self.add(loop.carried[k].init, g)

    def backward(self, loop: _Loop) -> Function:
        """A step and its adjoint.  The adjoints of what is read from outside are handed in and added to: a
        step that reads one row of a matrix adds to one row."""
        function = clone(loop.step)
        places = {p: k for k, p in enumerate(loop.step.params)}
        captured = [places[loop.outside[v]] for v in loop.captured]
        function.body.yields = [function.results[k] for k in loop.active]
        function.body.yields += [function.params[k] for k in captured]
        wrt = [*(1 + k for k in loop.read), *captured]
        return self.joint(function, wrt, False, self.cache, seeds_of(function.results))

    def count_from_zero(self, op: Op, region: Region) -> None:
        """Let a loop count its steps, and make its index of that."""
        start, stop, stride = op.inputs[:3]
        if is_const(start, 0) and is_const(stride, 1):
            return
        length = Op("python.range_length", [start, stop, stride], [INT], {"_dot": True}, None, op.span)
        length.result.name = "steps"
        region.ops.insert(region.ops.index(op), length)
        index, t = op.body.params[0], Value(INT, "t")
        times = Op("operator.mul", [t, stride], [INT], {"_dot": True}, None, op.span)
        plus = Op("operator.add", [start, times.result], [INT], {"_dot": True}, None, op.span)
        plus.results, index.op = [index], plus
        op.body.params[0] = t
        op.body.ops[:0] = [times, plus]
        op.inputs[:3] = [Constant(0), length.result, Constant(1)]
        self.home.update({length.result: region, t: op.body, times.result: op.body})

    def save_states(self, loop: _Loop, region: Region) -> list[Value]:
        """Let the forward loop save its states; the lists of where and of what."""
        b, op = self.builder, loop.op
        flag, b.reverse = b.reverse, False
        for k, s in zip(
            loop.state, loop.slots_of_state()
        ):  # a state that is not bound yet is saved all the same
            if isinstance(s.init, Undef):
                op.inputs[op.fixed + k] = Constant(None, s.params[-1].type)
            else:
                bind(s.init)
        state = [s.params[-1] for s in loop.slots_of_state()]
        names = ["saved_at", *(f"{v.name or 'state'}_saved" for v in state)]
        before, start = Region(), Region()
        with b.inside(before):
            empty = [
                b.one("list.new", [], List(t), None, n)
                for t, n in zip([INT, *(v.type for v in state)], names)
            ]
        new = [op.add_slot(v, n) for v, n in zip([Constant(0), *empty], ["save", *names])]
        save, *held = [params[-1] for params, _ in new]
        with b.inside(start):
            op.body.yields += self.save_here(loop, op.body.params[0], lambda: op.inputs[1], save, held, state)
        b.reverse = flag
        at = region.ops.index(op)
        region.ops[at:at] = before.ops
        op.body.ops[:0] = start.ops
        for part, holder in ((before, region), (start, op.body)):
            self.home.update({v: holder if r is part else r for v, r in homes(part).items()})
        self.home.update(dict.fromkeys((save, *held), op.body))
        self.home.update({result: region for _, result in new})
        return [result for _, result in new[1:]]

    def save_here(
        self, loop: _Loop, t: Value, end: Any, save: Value, lists: list[Value], state: list[Value]
    ) -> list[Value]:
        """`if t == save:` append the state to the lists and find where to save next, for the steps up to
        `end()`.  Returns the new `save` and lists."""
        b = self.builder
        then, other = Region(), Region()
        with b.inside(then):
            new = [b.one("list.append", [s, v], s.type, None, s.name) for s, v in zip(lists, [t, *state])]
            free = b.one("operator.sub", [loop.slots, b.one("list.len", [new[0]], INT)], INT, {"_dot": True})
            then.yields = [
                b.one("sourcead.runtime.next_snapshot", [t, end(), free], INT, {"_dot": True}),
                *new,
            ]
        other.yields = [save, *lists]
        there = b.one("operator.eq", [t, save], PY_BOOL, {"_dot": True})
        return b.emit(
            "if", [there], [v.type for v in other.yields], None, [then, other], _names(other.yields)
        )

    def advance(self, loop: _Loop, lists: list[Value], t: Value) -> tuple[list[Value], list[Value]]:
        """Take the last saved state and run the steps from there up to t, saving again.  Returns the lists
        and the state before step t."""
        b = self.builder
        state = [s.params[-1] for s in loop.slots_of_state()]
        popped = []
        for held, item in zip(lists, [Value(INT, "begin"), *state]):
            names = [held.name, item.name]
            popped.append(
                b.emit("list.pop", [held], [held.type, item.type], {"_retrieved": True}, None, names)
            )
        (_, begin), *_ = popped
        for o in b.region.ops[-len(popped) :]:
            o.span = None
        b.region.ops[-len(popped)].attrs["_comment"] = NOTE
        run = Region()
        s = _param(run, INT, "s")
        save = _param(run, INT, "save")
        kept = [_param(run, v.type, v.name) for v in lists]
        now = [_param(run, v.type, v.name) for v in state]
        with b.inside(run):
            end = lambda: b.one("operator.add", [t, Constant(1)], INT, {"_dot": True})
            saved = self.save_here(loop, s, end, save, kept, now)
            after = self.inline(loop.again, dict(zip(loop.again.params, loop.arguments(s, now))))
            run.yields = [*saved, *after]
        for o in walk(run):
            o.span = None  # the lines of a step stand above its adjoint, once
        inits = [begin, *(rest for rest, _ in popped), *(item for _, item in popped[1:])]
        out = b.emit(
            "for",
            [begin, t, Constant(1), *inits],
            [p.type for p in run.params[1:]],
            None,
            [run],
            _names(run.params[1:]),
        )
        n = 1 + len(lists)
        return out[1:n], out[n:]


def read_contents(region: Region) -> set[Value]:
    """The values that are read for more than their shape."""
    out = set(region.yields)
    for op in walk(region):
        alone = op.kind in SHAPE_ONLY or op.kind == "numpy.full_like"
        out.update(op.inputs[1:] if alone else op.inputs)
        for r in op.regions:
            out.update(r.yields)
    return out


def seeds_of(results: list[Value]) -> list[Value | None]:
    """A value for the adjoint of each result."""
    return [Value(r.type, _bar(r)) for r in results]


def refuse_effects(region: Region, seen: frozenset[Function] = frozenset()) -> None:
    """Raise errors.Unsupported where what is run again would do something a second time."""
    for op in walk(region):
        callee = op.attrs.get("function") if op.kind == "call" else None
        if callee is not None and callee not in seen:
            refuse_effects(callee.body, seen | {callee})
        p = BOOK.get(op.kind)
        if op.kind == "python.print" or (p is not None and p.effect is True):
            what = "print" if op.kind == "python.print" else op.kind.replace("numpy.", "np.")
            raise errors.Unsupported(
                f"{what} inside of a checkpoint is not supported",
                op.span,
                reason="the reverse sweep runs what is checkpointed again, and this would happen again",
                hint="draw random numbers before it and pass them, print after it",
            )


def forget_slots(function: Function) -> bool:
    """Make plain loops of those that are marked and were not reversed, in place; whether there were any."""
    marked = [op for op in function.walk() if op.is_loop and op.attrs.pop("checkpoint", None)]
    for op in marked:
        del op.inputs[3]
    return bool(marked)


def _param(region: Region, type: Type, name: str | None) -> Value:
    region.params.append(Value(type, name))
    return region.params[-1]


def _bar(v: Value) -> str | None:
    return f"{v.name}_bar" if v.name else None


def _names(values: list[Value]) -> list[Any]:
    return [v.name for v in values]
