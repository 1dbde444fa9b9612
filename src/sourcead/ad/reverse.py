"""Reverse mode: a forward sweep, then a reverse sweep that walks the regions backward.

    forward                               reverse
    for i in range(n):                    for i in reversed(range(n)):
        t = sin(x); x = t * x                 (t, x as they were)            <- residuals.py
                                              t_bar = x_bar * x; x_bar = x_bar * t + t_bar * cos(x)

Adjoints are values; a contribution adds to the adjoint of the value it belongs to, and an adjoint that an
inner region adds to is a carried slot of that region (`Variables`).  While the sweep is built it names primal
values wherever it needs them; which of them are kept, recomputed or still there is decided afterwards, when
what is not needed has been simplified away.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..analysis.activity import smooth_inputs
from ..frontend.values import NONE, Abstract
from ..ir.builder import Variables
from ..ir.core import FALSE, TRUE, Constant, Function, Op, Region, Slot, Undef, Value, walk
from ..ir.rewrite import substitute
from ..ir.types import Array, List, is_inexact, join
from ..passes.pipeline import clean
from ..rules.registry import BOOK
from .adjoints import INT, is_same_shape
from .apply import stand_in
from .attempts import condition
from .checkpoints import Checkpoints
from .guard import guard_masks
from .kinds import settle_kinds
from .residuals import provide


class Reverse(Checkpoints):
    """The sweep itself: ops backward, branches and loops mirrored."""

    def joint(
        self,
        function: Function,
        wrt: list[int],
        value: bool = True,
        cache: dict[Any, Any] | None = None,
        seeds: list[Value | None] | None = None,
    ) -> Function:
        return reverse(function, wrt, seeds, cache, value)

    # -- the sweep -------------------------------------------------------------------------------------
    def run(self, seeds: list[Value | None] | None = None, value: bool = True) -> Function:
        """Append the reverse sweep.  Seeds: one a result (None: no adjoint), or None for parameters.  The
        function's results become the primal's (if `value`), then the adjoints of `wrt`."""
        f, b = self.function, self.builder
        top: Any = b.scope
        top.mirror, top.region = f.body, f.body
        b.reverse = True
        params: list[Value] = []
        if seeds is None:
            seeds = []
            f.attrs["seeded"] = []
            for k, r in enumerate(f.results):
                if is_inexact(r.type) and r in self.active:
                    p = Value(r.type, f"{r.name}_bar" if r.name else "y_bar")
                    params.append(p)
                    seeds.append(p)
                    f.attrs["seeded"].append(k)
                else:
                    seeds.append(None)
        b.span = next((op.span for op in reversed(f.body.ops) if op.span), None)
        for r, s in zip(f.results, seeds):
            if s is not None:
                self.add(r, s)
        self.region(f.body, list(f.body.ops))
        bars = []
        for p in self.wrt:
            bar = b.read(p)
            bar = self.rules.zero(p) if bar is None else self.rules.full(bar, p)
            bars.append(bar)
        primal = f.results if value else []
        f.attrs["primal_results"] = len(primal)
        f.attrs["seed_params"] = len(params)
        f.attrs["seeds"] = seeds
        f.body.yields = [*primal, *bars]
        f.body.params = [*f.params, *params]
        return f

    def region(self, primal: Region, ops: list[Op]) -> None:
        for op in reversed(ops):
            if any(r in self.active for r in op.results):
                self.builder.span, self.builder.origin = op.span, op
                self.op(op)

    def op(self, op: Op) -> None:
        if op.is_branch:
            return self.branch(op)
        if op.attrs.get("checkpoint"):
            return self.checkpointed_loop(op) if op.is_loop else self.checkpointed_call(op)
        if op.is_loop:
            return self.loop(op)
        bars = [self.take(r) if r in self.active else None for r in op.results]
        if all(bar is None for bar in bars):
            return
        smooth = set(smooth_inputs(op))
        active = [v in self.active and v in smooth for v in op.inputs]
        method = (
            getattr(self, "op_" + op.kind.replace(".", "_"), None) if op.kind not in ("numpy.copy",) else None
        )
        if method is not None:
            return method(op, bars, active)
        p = BOOK[op.kind]
        for v, c in zip(op.inputs, self.rules.pullback(op, bars, active, self.work_of(op))):
            self.add(v, c, exact=not (p.scaled or p.partials))

    def work_of(self, op: Op) -> Abstract:
        """What the rules of an op use again of its own work: it takes its form in the forward sweep."""
        b, home = self.builder, self.home[op.results[0]]
        region = Region()
        kept = b.span, b.origin, b.reverse, b.nest
        b.origin, b.reverse, b.nest = None, False, [region]
        with b.inside(region):
            formed = self.rules.formed(op)
        b.span, b.origin, b.reverse, b.nest = kept
        if formed is None:
            return NONE
        at = home.ops.index(op)
        home.ops[at : at + 1] = region.ops
        stand_in(op, formed[0])
        self.home.update({v: home for o in region.ops for v in o.results})
        return formed[1]

    # -- control flow ----------------------------------------------------------------------------------
    def open(self, region: Region, primal: Region, loop: bool) -> Any:
        self.mirror[region] = primal
        return _Opened(self.builder, region, primal, loop)

    def branch(self, op: Op) -> None:
        bars = [(k, self.take(r)) for k, r in enumerate(op.results) if r in self.active]
        bars = [(k, g) for k, g in bars if g is not None]
        if not bars:
            return
        test = condition(op)
        self.home.setdefault(test, self.home[op.results[0]])
        regions, scopes = [Region(), Region()], []
        for region, primal in zip(regions, op.regions):
            with self.open(region, primal, False) as scope:
                for k, g in bars:
                    self.add(primal.yields[k], g)
                self.region(primal, list(primal.ops))
                scopes.append(scope)
        self.builder.span, self.builder.origin = op.span, op
        inner = [self.is_local(r) for r in op.regions]
        self.models = [g for _, g in bars]
        self.builder.close_if(test, regions, scopes, lambda key: any(f(key) for f in inner))
        self.models = []

    def loop(self, op: Op) -> None:
        b = self.builder
        slots = [(k, op.slot(k)) for k, r in enumerate(op.results) if r in self.active]
        region = Region()
        bind: dict[Value, Value] = {}
        if op.kind == "for":
            start, stop, step = op.inputs[:3]
            if op.attrs.get("exit"):
                stop = self.last_stop(op)
            index = Value(INT, op.body.params[0].name)
            region.params.append(index)
            bind[op.body.params[0]] = index
            fixed = [start, stop, step]
        else:
            fixed = [Constant(0), self.trip_count(op), Constant(1)]
            region.params.append(Value(INT, "_"))
        lasts: dict[int, Value] = {}  # adjoints that only the last turn's values have, whatever their shape
        for k, s in slots:
            g = self.named(self.rules.whole(self.take(s.result), s.result), s.result)
            if is_made_anew(op, s) and not is_of_one_shape(s):
                lasts[k] = g
            else:
                b.write(("slot", op, k, s.result), g)
        slots, made = [(k, s) for k, s in slots if k not in lasts], [(k, op.slot(k)) for k in lasts]
        if lasts:
            b.write(("last", op.results[0]), TRUE)
        with self.open(region, op.body, True) as scope:
            at_end = {k: shaped(b.read(("slot", op, k, s.result)), s.next) for k, s in slots}
            for k, s in made:
                g = self.named(self.of_the_last(op, lasts[k], s.next), s.next)
                self.add(s.next, shaped(g, s.next))
            if lasts:
                b.write(("last", op.results[0]), FALSE)
            for k, s in slots:
                self.add(s.next, at_end[k])
            self.region(op.body, list(op.body.ops))
            for k, s in slots:
                g = b.read(s.params[-1])
                if g is None and is_of_one_shape(s) and self.unbound.may_be(s.params[-1]):
                    g = self.rules.zero(at_end[k])
                g = self.rules.whole(g, s.params[-1])
                b.write(("slot", op, k, s.result), self.named(g, s.params[-1]))
        self.bind[region] = bind
        substitute(region, bind)
        b.span, b.origin = op.span, op
        b.close_loop(
            "for",
            fixed,
            region,
            scope,
            {} if op.attrs.get("_reversed") else {"_reversed": True},
            self.is_local(op.body),
        )
        for k, s in slots:
            g = shaped(b.read(("slot", op, k, s.result)), s.init)
            self.add(s.init, g)

    def of_the_last(self, op: Op, g: Value, v: Value) -> Value:
        """The adjoint g in the first turn of the reverse sweep, zeros like v in the others."""
        b = self.builder
        here, none = Region(), Region()
        here.yields = [g]
        with b.inside(none):
            none.yields = [self.rules.zero(v)]
        last = b.read(("last", op.results[0]))
        assert last is not None
        last.name = last.name or "last"
        return b.emit("if", [last], [join(g.type, v.type) or v.type], None, [here, none])[0]

    def named(self, g: Value, v: Value) -> Value:
        if g.name is None and v.name and not isinstance(g, Constant):
            g.name = f"{v.name}_bar"
        return g

    def last_stop(self, op: Op) -> Value:
        """The stop at which a loop that may break has run exactly the trips that it ran (a slot of the
        forward loop)."""
        if op not in self.trips:
            params, result = op.add_slot(op.inputs[0], "stop")
            add = Op("operator.add", [op.body.params[0], op.inputs[2]], [INT], {"_dot": True}, None, op.span)
            op.body.ops.insert(0, add)
            op.body.yields.append(add.result)
            self.settle(op, params, result, add.result)
        return self.trips[op]

    def trip_count(self, op: Op) -> Value:
        """How often the body of a while ran (a slot of the forward loop)."""
        if op not in self.trips:
            params, result = op.add_slot(Constant(0), "trips")
            add = Op("operator.add", [params[-1], Constant(1)], [INT], {"_dot": True}, None, op.span)
            op.body.ops.insert(0, add)
            op.body.yields.append(add.result)
            self.settle(op, params, result, add.result)
        return self.trips[op]

    def settle(self, op: Op, params: list[Value], result: Value, nxt: Value) -> None:
        self.trips[op] = result
        for p, r in zip(params, op.regions):
            self.home[p] = r
        self.home[nxt] = op.body
        self.home[result] = self.home[op.results[0]]


def shaped(g: Value | None, v: Value) -> Value | None:
    """The adjoint of a slot, taken as that of the value v that is in the slot at this time: it has its shape.
    In the text that is nothing; the type of g, a parameter or result of the loop, then says so."""
    t = v.type
    if g is not None and isinstance(g.type, Array) and isinstance(t, Array) and g.type.ndim == t.ndim:
        g.type = replace(g.type, shape=t.shape)
    return g


def is_made_anew(op: Op, s: Slot) -> bool:
    """Whether each turn binds an array or a list to a name that was not bound before the loop, and that no
    turn reads before it does."""
    if not isinstance(s.init, Undef) or not isinstance(s.next.type, Array | List):
        return False
    inner = [o for r in op.regions for o in walk(r)]
    regions = [*op.regions, *(g for o in inner for g in o.regions)]
    read = {v for o in inner for v in o.inputs} | {v for r in regions for v in r.yields}
    return read.isdisjoint(s.params)


def is_of_one_shape(s: Slot) -> bool:
    """Whether what a slot carries is an array of the same shape at each turn."""
    return is_same_shape(s.next.type, s.params[-1].type)


class _Opened:
    """An open scope that knows which primal region it mirrors."""

    def __init__(self, builder: Variables, region: Region, primal: Region, loop: bool) -> None:
        self.manager = builder.open(region, loop)
        self.region, self.primal = region, primal

    def __enter__(self) -> Any:
        scope: Any = self.manager.__enter__()
        scope.mirror, scope.region = self.primal, self.region
        return scope

    def __exit__(self, *e: Any) -> None:
        self.manager.__exit__(*e)


def reverse(
    function: Function,
    wrt: list[int],
    seeds: list[Value | None] | None = None,
    cache: dict[Any, Any] | None = None,
    value: bool = True,
) -> Function:
    """The joint function: forward sweep, then reverse sweep.

    Results: the primal's (if `value`), then the adjoints of the parameters at `wrt`.  Seeds: a value for each
    result, or None to add a parameter for each.
    """
    r = Reverse(function, wrt, {} if cache is None else cache)
    f = r.run(seeds, value)
    guard_masks(f)
    clean(f)
    provide(f, r.mirror, r.bind, r.rules.low.view_type)
    settle_kinds(f)
    return clean(f)
