"""Adjoints of calls that stay calls: functions of their own, and functions with a derivative of the user's.

y = g(x)        y, residuals = g_forward(x)          x_bar += g_pullback(residuals, y_bar)
"""

from __future__ import annotations

from typing import Any

from ..frontend.values import Static
from ..ir.core import Constant, Function, Op, Region, Undef, Value, walk
from ..ir.rewrite import clone_op, homes, substitute
from ..ir.types import Array, Tuple, is_inexact
from .memory import Memory
from .split import split, uses

RESIDUALS = Tuple(
    (Array("float64", ()),)
)  # stands for any residuals: the types inside show where they are taken out


class Calls(Memory):
    """Adjoints of `call`."""

    cache: dict[Any, Any]

    def joint(
        self,
        function: Function,
        wrt: list[int],
        value: bool = True,
        cache: dict[Any, Any] | None = None,
        seeds: list[Value | None] | None = None,
    ) -> Function:
        """The joint function of another function, its seeds as parameters if none are given."""
        raise NotImplementedError

    def inline(self, joint: Function, env: dict[Value, Value]) -> list[Value]:
        """Put the ops of a function into the reverse sweep, here; `env` gives its parameters their values.
        Returns its results."""
        for o in joint.body.ops:
            new = clone_op(o, env)
            for q in [new, *(q for r in new.regions for q in walk(r))]:
                q.reverse = True
            self.builder.region.ops.append(new)
        return [env.get(v, v) for v in joint.results]

    def op_call(self, op: Op, bars: list[Any], active: list[bool]) -> None:
        """A call of a function of its own: its augmented primal forward, its pullback here."""
        if op.attrs.get("custom") is not None:
            return self.custom(op, bars, active)
        callee: Function = op.attrs["function"]
        wrt = [k for k, a in enumerate(active) if a]
        augmented, pullback = self.pair(callee, wrt)
        if op.attrs["function"] is not augmented:
            op.attrs = {**op.attrs, "function": augmented}
            residual = Value(RESIDUALS, "residuals", op)
            op.results.append(residual)
            self.home[residual] = self.home[op.results[0]]
        full = [self.rules.whole(g, r) for g, r in zip(bars, op.results[:-1]) if is_inexact(r.type)]
        types = [op.inputs[k].type for k in wrt]
        out = self.builder.emit("call", [op.results[-1], *full], types, {"function": pullback, "_dot": True})
        for k, g in zip(wrt, out):
            self.add(op.inputs[k], g)

    def op_solver(self, op: Op, bars: list[Any], active: list[bool]) -> None:
        """A function of a library that calls back: its rule speaks of the result, not of how it was found."""
        for v, c in zip(op.inputs, op.attrs["rule"].pullback(self.rules, op, bars, active)):
            self.add(v, c, exact=True)

    def custom(self, op: Op, bars: list[Any], active: list[bool]) -> None:
        """A function with a derivative of the user's."""
        custom = op.attrs["custom"]
        n = sum(s is None for s in op.attrs["statics"])
        full = [self.rules.whole(g, r) for g, r in zip(bars, op.results)]
        if custom.kind == "vjp":
            fwd, bwd = custom.rules()
            residuals = self.before(
                op, lambda: self.rules.call(fwd, self.rules.custom_arguments(op, op.inputs[:n]), {}).items[1]
            )
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
        joint = self.joint(linear, wrt, value=False)
        env = dict(
            zip(joint.params, [*op.inputs[:n], *(self.rules.zero(v) for v in op.inputs[:n]), *extra, *full])
        )
        for k, g in zip([w - n for w in wrt], self.inline(joint, env)):
            self.add(op.inputs[k], g)

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

    def pair(self, callee: Function, wrt: list[int]) -> tuple[Function, Function]:
        """The augmented primal and the pullback of a callee, made once; both may call themselves."""
        key = (callee, tuple(wrt))
        if key not in self.cache:
            shells = self.cache[key] = (
                Function(f"{callee.name}_forward", Region()),
                Function(f"{callee.name}_pullback", Region()),
            )
            joint = self.joint(callee, wrt, cache=self.cache)
            for shell, made in zip(shells, split(joint, as_tuple=RESIDUALS)):
                shell.body, shell.attrs = made.body, made.attrs
        return self.cache[key]


def free_of(region: Region) -> dict[Value, Value]:
    """New parameters for the values that a region takes from outside."""
    inside = set(homes(region)) | set(region.params)
    return {
        v: Value(v.type, v.name)
        for v in uses(region)
        if v not in inside and not isinstance(v, Constant | Undef)
    }
