"""Forward mode: each active op is followed by its tangent.

    y = sin(x)              y = sin(x)
                            y_dot = x_dot * cos(x)

Tangents of inactive values do not exist.  States of memory are values, so a store's tangent is a store into
the tangent state, and loops carry the tangents of what they carry.
"""

from __future__ import annotations

from .. import errors
from ..analysis.activity import useful, varied
from ..frontend.values import NONE, Abstract
from ..ir.builder import Builder
from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.rewrite import clone, substitute
from ..ir.types import is_inexact
from .apply import Rules, stand_in
from .guard import guard_products
from .kinds import settle_kinds
from .precision import is_mixed


class Forward:
    """The pushforward of one function, built into a copy of it."""

    def __init__(self, function: Function, wrt: list[int], cache: dict | None = None) -> None:
        self.function = clone(function)
        self.wrt = [self.function.params[k] for k in wrt]
        self.active = varied(self.function, self.wrt)
        self.useful = useful(self.function, self.function.results)
        self.builder = Builder(self.function.body)
        self.rules = Rules(self.builder, function.name, is_mixed(function))
        self.dots: dict[Value, Value] = {}
        self.calls: dict = {} if cache is None else cache
        self.same: dict[Value, Value] = {}  # results of calls that a rule of the user's replaced

    def run(self, results: list[int] | None = None) -> Function:
        """Parameters: the primal's, then one tangent for each of `wrt`; results: the primal's, then tangents
        of the inexact ones among them (zeros where nothing flows)."""
        f = self.function
        for p in self.wrt:
            self.dots[p] = Value(p.type, dot_name(p))
        self.region(f.body)
        with self.builder.inside(f.body):
            tangents = [self.tangent(v) for k, v in enumerate(f.results) if results is None or k in results]
        f.body.params = [*f.params, *(self.dots[p] for p in self.wrt)]
        f.body.yields = [*f.results, *tangents]
        if self.same:
            substitute(f.body, self.same)
        guard_products(f)
        settle_kinds(f)
        return f

    def tangent(self, v: Value) -> Value:
        """The tangent at full shape; zeros where there is none."""
        d = self.dots.get(v)
        if isinstance(v, Undef):
            return v
        return self.rules.whole(d, v)

    def region(self, region: Region) -> None:
        ops, region.ops = region.ops, []
        with self.builder.inside(region):
            for op in ops:
                self.builder.span = op.span
                self.builder.reverse = op.reverse
                self.op(op)

    def op(self, op: Op) -> None:
        out = self.builder.region.ops
        if op.is_loop:
            self.loop(op)
            return
        if op.is_branch:
            self.branch(op)
            return
        out.append(op)
        dots = [self.dots.get(v) for v in op.inputs]
        if not any(r in self.active for r in op.results) or not any(d is not None for d in dots):
            return
        self.rules.refuse_undetermined(op, lambda r: r in self.useful)
        formed = self.rules.formed(op)
        if formed is not None:
            out.remove(op)
            stand_in(op, formed[0])
        work = NONE if formed is None else formed[1]
        for r, d in zip(op.results, self.pushforward(op, dots, work)):
            if d is not None and is_inexact(r.type):
                d = self.rules.precise(d, r)
                if d.name is None and not isinstance(d, Constant):
                    d.name = dot_name(r)
                self.dots[r] = d

    def pushforward(self, op: Op, dots: list[Value | None], work: Abstract) -> list[Value | None]:
        b, k = self.builder, op.kind
        tag = {"_dot": True}
        if k == "getitem":
            return [
                b.one(k, [self.tangent(op.inputs[0]), *op.inputs[1:]], op.result.type, {**op.attrs, **tag})
            ]
        if k in ("store", "index_add"):
            base = self.tangent(op.inputs[0])
            if dots[-1] is None and k == "index_add":
                return [base]
            v = op.inputs[-1]
            value = (
                dots[-1]
                if dots[-1] is not None
                else Constant(0.0) if not isinstance(v.type, type(None)) else v
            )
            return [
                b.one(
                    k,
                    [base, *op.inputs[1:-1], value],
                    op.result.type,
                    {**op.attrs, **tag},
                    dot_name(op.result),
                )
            ]
        if k == "list.append":
            return [
                b.one(
                    k,
                    [self.tangent(op.inputs[0]), self.tangent(op.inputs[1])],
                    op.result.type,
                    dict(tag),
                    dot_name(op.result),
                )
            ]
        if k == "list.pop":
            return list(
                b.emit(
                    k,
                    [self.tangent(op.inputs[0])],
                    [r.type for r in op.results],
                    dict(tag),
                    None,
                    [dot_name(op.results[0]), None],
                )
            )
        if k in ("list.new", "tuple.new"):
            return [
                b.one(k, [self.tangent(v) for v in op.inputs], op.result.type, dict(tag), dot_name(op.result))
            ]
        if k in ("tuple.get", "copy"):
            return [b.one(k, [self.tangent(op.inputs[0])], op.result.type, {**op.attrs, **tag})]
        if k == "call":
            return self.call(op, dots)
        if k == "solver":
            return op.attrs["rule"].pushforward(self.rules, op, dots)
        return self.rules.pushforward(op, dots, work)

    def branch(self, op: Op) -> None:
        slots = [k for k, r in enumerate(op.results) if r in self.active]
        for r in op.regions:
            self.region(r)
            with self.builder.inside(r):
                r.yields = [*r.yields, *(self.tangent(r.yields[k]) for k in slots)]
        self.builder.region.ops.append(op)
        for k in slots:
            r = op.results[k]
            op.results.append(Value(r.type, dot_name(r), op))
            self.dots[r] = op.results[-1]

    def loop(self, op: Op) -> None:
        slots = [k for k, r in enumerate(op.results) if r in self.active]
        old = {k: op.slot(k) for k in slots}
        for k in slots:
            params, result = op.add_slot(self.tangent(old[k].init), dot_name(old[k].result))
            for p, q in zip(old[k].params, params):
                self.dots[p] = q
                q.type = p.type
            result.type = old[k].result.type
            self.dots[old[k].result] = result
        for r in op.regions:
            self.region(r)
        with self.builder.inside(op.body):
            op.body.yields = [*op.body.yields, *(self.tangent(old[k].next) for k in slots)]
        self.builder.region.ops.append(op)

    def call(self, op: Op, dots: list[Value | None]) -> list[Value | None]:
        """A call of a function of its own: a call of its pushforward."""
        if op.attrs.get("custom") is not None:
            return self.custom(op, dots)
        callee: Function = op.attrs["function"]
        wrt = tuple(k for k, d in enumerate(dots) if d is not None)
        key = (callee, wrt)
        if key not in self.calls:
            self.calls[key] = shell = Function(f"{callee.name}_jvp", Region())
            made = Forward(callee, list(wrt), self.calls)
            out = made.run()
            shell.body, shell.attrs = out.body, out.attrs
        target = self.calls[key]
        n = len(op.results)
        self.builder.region.ops.remove(op)
        tangents = [self.rules.full(dots[k], op.inputs[k]) for k in wrt]  # type: ignore[arg-type]
        types = [r.type for r in op.results]
        new = Op("call", [*op.inputs, *tangents], [*types, *types], {"function": target}, None, op.span)
        if op.attrs.get("checkpoint"):
            new.attrs["checkpoint"] = True
        if "_attempted" in op.attrs:
            new.attrs["_attempted"] = op.attrs["_attempted"]
        self.builder.region.ops.append(new)
        for k, r in enumerate(op.results):
            new.results[k] = r
            r.op = new
        return [new.results[n + k] if is_inexact(r.type) else None for k, r in enumerate(op.results)]

    def custom(self, op: Op, dots: list[Value | None]) -> list[Value | None]:
        """A function with a pushforward of the user's: its rule in the place of the call."""
        custom = op.attrs["custom"]
        if custom.kind != "jvp":
            raise errors.Unsupported(
                f"'{op.attrs['function'].name}' has a pullback of its own (custom_vjp) but no pushforward",
                op.span,
                reason="forward mode, and derivatives of gradients, need a pushforward",
                hint="use custom_jvp, which serves both modes",
            )
        tangents = [
            self.rules.zero(v) if d is None else self.rules.full(d, v) for v, d in zip(op.inputs, dots)
        ]
        value, tangent = self.rules.custom_pushforward(custom.rules(), op, tangents)
        ops = self.builder.region.ops
        if "_attempted" in op.attrs:  # the rule computes the value too
            for o in ops[ops.index(op) + 1 :]:
                o.attrs["_attempted"] = op.attrs["_attempted"]
                o.attrs.pop("_dot", None)
        ops.remove(op)
        for r, v in zip(op.results, value):
            self.same[r] = v
        return list(tangent)


def dot_name(v: Value) -> str | None:
    return f"{v.name}_dot" if v.name else None


def forward(function: Function, wrt: list[int], results: list[int] | None = None) -> Function:
    """The pushforward of a function by the parameters of the given positions."""
    return Forward(function, wrt).run(results)
