"""Reverse mode: a forward sweep, then a reverse sweep that walks the regions backward.

    forward                               reverse
    for i in range(n):                    for i in reversed(range(n)):
        t = sin(x); x = t * x                 (t, x as they were)            <- residuals.py
                                              t_bar = x_bar * x; x_bar = x_bar * t + t_bar * cos(x)

Adjoints are values; a contribution adds to the adjoint of the value it belongs to, and an adjoint that an inner region adds to is
a carried slot of that region (`Variables`).  While the sweep is built it names primal values wherever it needs them; which
of them are kept, recomputed or still there is decided afterwards, when what is not needed has been simplified away.
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..analysis.activity import smooth_inputs, useful, varied
from ..ir.builder import Variables
from ..ir.core import Constant, Function, Op, Region, Undef, Value, walk
from ..frontend.values import Static
from ..ir.rewrite import clone, clone_op, homes, parents, substitute
from ..ir.types import UNDEFINED, Array, List, Opaque, Scalar, Tuple, is_inexact, same_dim
from ..passes.pipeline import clean
from .apply import Rules
from .residuals import provide
from .split import split, uses

INT = Scalar("int64")


class Reverse:
    """The joint function of one primal: forward sweep and reverse sweep in one body."""

    def __init__(self, function: Function, wrt: list[int], cache: dict[Any, Any]) -> None:
        self.function = clone(function)
        self.wrt = [self.function.params[k] for k in wrt]
        f = self.function
        forward, backward = varied(f, self.wrt), useful(f, f.results)
        self.active = forward & backward
        self.cache = cache
        self.home = homes(f.body)
        self.outer = {g: r for g, (_, _, r) in parents(f.body).items()}
        self.mirror: dict[Region, Region] = {}  # reverse region -> primal region
        self.bind: dict[Region, dict[Value, Value]] = {}  # reverse region -> primal values that it has (indices)
        self.trips: dict[Op, Value] = {}
        self.builder = Variables(f.body, self.zero_of, self.fit)
        self.rules = Rules(self.builder, f.name)

    # -- adjoints --------------------------------------------------------------------------------------
    def zero_of(self, key: Any, model: Value) -> Value:
        like = key if isinstance(key, Value) else key[-1]
        return self.rules.zero(like)

    def fit(self, key: Any, v: Value) -> Value:
        """The value of an adjoint at the full shape, where two paths meet."""
        return self.rules.full(v, key if isinstance(key, Value) else key[-1])

    def is_local(self, region: Region) -> Any:
        """Whether a variable belongs to a value of a primal region or of one nested in it (and ends with it)."""

        def local(key: Any) -> bool:
            home: Region | None = self.home.get(key if isinstance(key, Value) else key[-1])
            while home is not None:
                if home is region:
                    return True
                home = self.outer.get(home)
            return False

        return local

    def add(self, v: Value, c: Value | None) -> None:
        """Add a contribution to the adjoint of v."""
        if c is None or v not in self.active or isinstance(v, Constant | Undef):
            return
        c = self.rules.project(c, v)
        if self.builder.scope.mirror is not self.home.get(v):
            c = self.rules.full(c, v)
            self.start_outside(v)
        old = self.builder.read(v)
        new = c if old is None else self.rules.add(old, c)
        self.set(v, new)

    def set(self, v: Value, new: Value) -> None:
        if new.name is None and v.name and not isinstance(new, Constant):
            new.name = f"{v.name}_bar"
        self.builder.write(v, new)

    def start_outside(self, v: Value) -> None:
        """Before a loop adds to the adjoint of an outer value, that adjoint is there at its full shape, zeros if need be."""
        scope: Any = self.builder.scope
        home = self.home.get(v)
        outermost = None
        while scope is not None and scope.mirror is not home:
            if v in scope.values:
                return
            if scope.loop:
                outermost = scope
            scope = scope.parent
        if outermost is None:
            return
        old = outermost.parent.read(v)
        with self.builder.inside(outermost.parent.region):
            new = self.rules.zero(v) if old is None else self.rules.full(old, v)
        if new.name is None and v.name and not isinstance(new, Constant):
            new.name = f"{v.name}_bar"
        outermost.parent.values[v] = new

    def take(self, v: Value) -> Value | None:
        """The adjoint of v, which is complete; it is not needed any longer."""
        out = self.builder.read(v)
        return out

    # -- the sweep -------------------------------------------------------------------------------------
    def run(self, seeds: list[Value | None] | None = None, value: bool = True) -> Function:
        """Append the reverse sweep.  Seeds: one a result (None: no adjoint), or None for parameters.  The function's results become
        the primal's (if `value`), then the adjoints of `wrt`."""
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
        f.body.yields = [*primal, *bars]
        f.body.params = [*f.params, *params]
        return f

    def region(self, primal: Region, ops: list[Op]) -> None:
        for op in reversed(ops):
            if any(r in self.active for r in op.results):
                self.builder.span = op.span
                self.op(op)

    def op(self, op: Op) -> None:
        if op.kind == "if":
            return self.branch(op)
        if op.is_loop:
            return self.loop(op)
        bars = [self.take(r) if r in self.active else None for r in op.results]
        if all(bar is None for bar in bars):
            return
        smooth = set(smooth_inputs(op))
        active = [v in self.active and v in smooth for v in op.inputs]
        method = getattr(self, "op_" + op.kind.replace(".", "_"), None) if op.kind not in ("numpy.copy",) else None
        if method is not None:
            return method(op, bars, active)
        for v, c in zip(op.inputs, self.rules.pullback(op, bars, active)):
            self.add(v, c)

    # -- memory ----------------------------------------------------------------------------------------
    def op_getitem(self, op: Op, bars: list[Any], active: Any) -> None:
        x, operands = op.inputs[0], op.inputs[1:]
        self.scatter(x, (op.attrs["index"],), operands, bars[0])

    def scatter(self, x: Value, path: Any, operands: list[Value], g: Value) -> None:
        """x_bar[path] += g."""
        if x not in self.active:
            return
        self.start_outside(x)
        old = self.builder.read(x)
        old = self.rules.zero(x) if old is None else self.rules.full(old, x)
        attrs = {"path": path, "_dot": True, "_unique": is_unique(operands)}
        new = self.builder.one("index_add", [old, *operands, g], x.type, attrs)
        self.set(x, new)

    def op_store(self, op: Op, bars: list[Any], active: Any) -> None:
        base, v, operands = op.inputs[0], op.inputs[-1], op.inputs[1:-1]
        g = self.rules.full(bars[0], op.result)
        path = op.attrs["path"]
        if v in self.active:
            c = g
            for pattern, part in zip(path, split_operands(path, operands)):
                if any(isinstance(o.type, Array) and o.type.dtype != "bool" for o in part):
                    c = self.read_last(op, c, pattern, part)
                else:
                    c = self.read(c, pattern, part)
            self.add(v, c)
        if base in self.active:
            cleared = self.builder.one("store", [g, *operands, Constant(0.0)], op.result.type, {"path": path, "_dot": True})
            if path == ((Ellipsis,),):
                return
            self.add(base, cleared)

    def read(self, c: Value, pattern: Any, part: list[Value]) -> Value:
        t = self.rules.low.view_type(c.type, pattern, part)
        if pattern == ("T",):
            return self.builder.one("numpy.ndarray.T", [c], t, {"_method": True, "_dot": True})
        return self.builder.one("getitem", [c, *part], t, {"index": pattern, "_dot": True})

    def read_last(self, op: Op, c: Value, pattern: Any, part: list[Value]) -> Value:
        """What an assignment by index arrays passes back: where an index repeats, only the last write stayed."""
        if any(e != "at" for e in pattern):
            errors_here(op, "the adjoint of an assignment that mixes index arrays and slices")
        index = part[0] if len(part) == 1 else self.builder.one("tuple.new", part, Tuple(tuple(o.type for o in part)), {"_dot": True})
        got = self.read(c, pattern, part)
        if not isinstance(got.type, Array):
            return got
        last = Array("bool", got.type.shape)
        mask = self.builder.one("sourcead.runtime.written_last", [c, index], last, {"_dot": True})
        return self.builder.one("numpy.where", [mask, got, Constant(0.0)], got.type, {"_dot": True})

    def op_index_add(self, op: Op, bars: list[Any], active: Any) -> None:
        base, v, operands = op.inputs[0], op.inputs[-1], op.inputs[1:-1]
        g = self.rules.full(bars[0], op.result)
        if v in self.active:
            c = g
            for pattern, part in zip(op.attrs["path"], split_operands(op.attrs["path"], operands)):
                c = self.read(c, pattern, part)
            self.add(v, c)
        self.add(base, g)

    def op_list_new(self, op: Op, bars: list[Any], active: Any) -> None:
        for k, v in enumerate(op.inputs):
            if v in self.active:
                self.add(v, self.builder.one("getitem", [bars[0], Constant(k)], v.type, {"index": ("at",), "_dot": True}))

    def op_list_append(self, op: Op, bars: list[Any], active: Any) -> None:
        t = op.result.type
        rest, item = self.builder.emit("list.pop", [bars[0]], [t, op.inputs[1].type], {"_dot": True})
        self.add(op.inputs[1], item)
        if op.inputs[0] in self.active:
            self.set(op.inputs[0], rest)

    def op_list_pop(self, op: Op, bars: list[Any], active: Any) -> None:
        rest, item = op.results
        bar = bars[0] if bars[0] is not None else self.rules.zero(rest)
        v = bars[1] if bars[1] is not None else self.rules.zero(item)
        v = self.rules.full(v, item)
        self.set(op.inputs[0], self.builder.one("list.append", [bar, v], op.inputs[0].type, {"_dot": True}))

    def op_copy(self, op: Op, bars: list[Any], active: Any) -> None:
        self.add(op.inputs[0], bars[0])

    def op_tuple_new(self, op: Op, bars: list[Any], active: Any) -> None:
        errors_here(op, "the reverse derivative of residuals (reverse over reverse of a function that stays a call)")

    op_tuple_get = op_tuple_new

    # -- control flow ----------------------------------------------------------------------------------
    def open(self, region: Region, primal: Region, loop: bool) -> Any:
        self.mirror[region] = primal
        return _Opened(self.builder, region, primal, loop)

    def branch(self, op: Op) -> None:
        bars = [(k, self.take(r)) for k, r in enumerate(op.results) if r in self.active]
        bars = [(k, g) for k, g in bars if g is not None]
        if not bars:
            return
        regions, scopes = [Region(), Region()], []
        for region, primal in zip(regions, op.regions):
            with self.open(region, primal, False) as scope:
                for k, g in bars:
                    self.add(primal.yields[k], g)
                self.region(primal, list(primal.ops))
                scopes.append(scope)
        self.builder.span = op.span
        inner = [self.is_local(r) for r in op.regions]
        self.builder.close_if(op.inputs[0], regions, scopes, lambda key: any(f(key) for f in inner))

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
        for k, s in slots:
            g = self.take(s.result)
            g = self.rules.zero(s.result) if g is None else self.rules.full(g, s.result)
            b.write(("slot", op, k, s.result), self.named(g, s.result))
        with self.open(region, op.body, True) as scope:
            for k, s in slots:
                g = b.read(("slot", op, k, s.result))
                self.add(s.next, g)
            self.region(op.body, list(op.body.ops))
            for k, s in slots:
                g = b.read(s.params[-1])
                g = self.rules.zero(s.params[-1]) if g is None else self.rules.full(g, s.params[-1])
                b.write(("slot", op, k, s.result), self.named(g, s.params[-1]))
        self.bind[region] = bind
        b.span = op.span
        b.close_loop("for", fixed, region, scope, {} if op.attrs.get("_reversed") else {"_reversed": True}, self.is_local(op.body))
        for k, s in slots:
            g = b.read(("slot", op, k, s.result))
            self.add(s.init, g)

    def named(self, g: Value, v: Value) -> Value:
        if g.name is None and v.name and not isinstance(g, Constant):
            g.name = f"{v.name}_bar"
        return g

    def last_stop(self, op: Op) -> Value:
        """The stop at which a loop that may break has run exactly the trips that it ran (a slot of the forward loop)."""
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

    # -- calls -----------------------------------------------------------------------------------------
    def op_call(self, op: Op, bars: list[Any], active: list[bool]) -> None:
        """A call of a function of its own: its augmented primal forward, its pullback here."""
        if op.attrs.get("custom") is not None:
            return self.custom(op, bars, active)
        callee: Function = op.attrs["function"]
        wrt = [k for k, a in enumerate(active) if a]
        augmented, pullback = pair(callee, wrt, self.cache)
        if op.attrs["function"] is not augmented:
            op.attrs = {**op.attrs, "function": augmented}
            residual = Value(RESIDUALS, "residuals", op)
            op.results.append(residual)
            self.home[residual] = self.home[op.results[0]]
        full = [self.rules.zero(r) if g is None else self.rules.full(g, r) for g, r in zip(bars, op.results[:-1]) if is_inexact(r.type)]
        types = [op.inputs[k].type for k in wrt]
        out = self.builder.emit("call", [op.results[-1], *full], types, {"function": pullback, "_dot": True})
        for k, g in zip(wrt, out):
            self.add(op.inputs[k], g)


    def custom(self, op: Op, bars: list[Any], active: list[bool]) -> None:
        """A function with a derivative of the user's."""
        custom = op.attrs["custom"]
        n = sum(s is None for s in op.attrs["statics"])
        full = [self.rules.zero(r) if g is None else self.rules.full(g, r) for g, r in zip(bars, op.results)]
        if custom.kind == "vjp":
            fwd, bwd = custom.rules()
            residuals = self.before(op, lambda: self.rules.call(fwd, self.rules.custom_arguments(op, op.inputs[:n]), {}).items[1])
            y_bar = self.rules.output(full)
            out = self.rules.call(bwd, [residuals, y_bar], {})
            given = [i for i, s in zip(out.items, op.attrs["statics"]) if s is None]
            for v, g in zip(op.inputs, given):
                if not (isinstance(g, Static) and g.value is None):
                    self.add(v, self.rules.low.value(g))
            return
        region = Region([Value(v.type, v.name) for v in [*op.inputs[:n], *op.inputs[:n]]])
        with self.builder.inside(region):
            inner = Op("call", region.params[:n], [], op.attrs)
            _, region.yields = self.rules.custom_pushforward(custom.rules(), inner, region.params[n:])
        linear = Function("pushforward", region)
        extra = free_of(region)
        region.params.extend(extra.values())
        substitute(region, dict(extra))
        wrt = [n + k for k in range(n) if active[k]]
        joint = reverse(linear, wrt, None, None, value=False)
        env = dict(zip(joint.params, [*op.inputs[:n], *(self.rules.zero(v) for v in op.inputs[:n]), *extra, *full]))
        for o in joint.body.ops:
            new = clone_op(o, env)
            for q in [new, *(q for r in new.regions for q in walk(r))]:
                q.reverse = True
            self.builder.region.ops.append(new)
        for k, g in zip([w - n for w in wrt], joint.results):
            self.add(op.inputs[k], env.get(g, g))

    def before(self, op: Op, build: Any) -> Any:
        """Build something into the forward sweep, right before an op of it."""
        home = self.home[op.results[0]]
        region = Region()
        reverse_flag, self.builder.reverse = self.builder.reverse, False
        try:
            with self.builder.inside(region):
                out = build()
        finally:
            self.builder.reverse = reverse_flag
        at = home.ops.index(op)
        home.ops[at:at] = region.ops
        self.home.update({v: home for o in region.ops for v in o.results})
        return out


def is_unique(operands: list[Value]) -> bool:
    """Whether index operands name no place twice for certain: one of them counts up along the only axis."""
    arrays = [o for o in operands if isinstance(o.type, Array)]
    if any(o.type.ndim != 1 for o in arrays):  # type: ignore[attr-defined]
        return False
    counts = any(o.op is not None and o.op.kind == "numpy.arange" for o in arrays)
    return counts and all(same_dim(o.type.shape[0], arrays[0].type.shape[0]) or o.type.dtype == "bool" for o in arrays)  # type: ignore[attr-defined]


def free_of(region: Region) -> dict[Value, Value]:
    """New parameters for the values that a region takes from outside."""
    inside = set(homes(region)) | set(region.params)
    return {v: Value(v.type, v.name) for v in uses(region) if v not in inside and not isinstance(v, Constant | Undef)}


RESIDUALS = Tuple((Array("float64", ()),))  # stands for any residuals: the types inside show where they are taken out


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


def split_operands(path: Any, operands: list[Value]) -> list[list[Value]]:
    from ..ir.index import split as by_pattern

    return by_pattern(path, operands)


def errors_here(op: Op, what: str) -> None:
    raise errors.Unsupported(f"{what} is not supported yet", op.span, hint="write the statement with basic indices")


def pair(callee: Function, wrt: list[int], cache: dict[Any, Any]) -> tuple[Function, Function]:
    """The augmented primal and the pullback of a callee, made once; both may call themselves."""
    key = (callee, tuple(wrt))
    if key not in cache:
        shells = cache[key] = (Function(f"{callee.name}_forward", Region()), Function(f"{callee.name}_pullback", Region()))
        joint = reverse(callee, wrt, None, cache)
        for shell, made in zip(shells, split(joint, as_tuple=RESIDUALS)):
            shell.body, shell.attrs = made.body, made.attrs
    return cache[key]


def reverse(
    function: Function, wrt: list[int], seeds: list[Value | None] | None = None, cache: dict[Any, Any] | None = None, value: bool = True
) -> Function:
    """The joint function: forward sweep, then reverse sweep.

    Results: the primal's (if `value`), then the adjoints of the parameters at `wrt`.  Seeds: a value for each result, or None to add a parameter
    for each.
    """
    r = Reverse(function, wrt, {} if cache is None else cache)
    f = r.run(seeds, value)
    clean(f)
    provide(f, r.mirror, r.bind)
    return clean(f)


__all__ = ["List", "Opaque", "Reverse", "UNDEFINED", "reverse"]
