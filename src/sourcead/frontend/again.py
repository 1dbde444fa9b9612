"""Calls that are marked `checkpoint`: lowered to a function that the reverse sweep can run again.

What the callee writes into arrays of its caller becomes a further result of the call, stored where it
belongs:

    def f(y, x): y[0] = x; return 2 * x          r, y1 = call f(y0, x);  y = y1
"""

from __future__ import annotations

from typing import Any

from ..ir.core import Function, Op, Region, Value
from .base import Base
from .out_of_line import _Spec
from .values import Abstract, Chosen, Closure, Obj, Ref, Static, Stop, Tup


def parameter_names(f: Abstract) -> list[str]:
    """The names of a function's positional parameters, where it is known by its definition."""
    if isinstance(f, Closure):
        return [p.arg for p in (*f.node.args.posonlyargs, *f.node.args.args)]
    code = getattr(f.value, "__code__", None) if isinstance(f, Static) else None
    return list(code.co_varnames[: code.co_argcount]) if code is not None else []


class Again(Base):
    def call_again(
        self, f: Abstract, args: list[Abstract], kwargs: dict[str, Abstract], name: str
    ) -> Abstract:
        """Call f, as a call that stays one and keeps nothing but its arguments."""
        region = Region()
        inputs: list[Value] = []

        def parameter(v: Value) -> Value:
            inputs.append(v)
            region.params.append(Value(v.type, v.name))
            return region.params[-1]

        kept: Any = self.store
        self.store = dict(kept)
        out: list[Value] = []
        given = Tup((*args, *kwargs.values()))
        if any(isinstance(i.obj, Chosen) for i in self.references(given, options=False)):
            self.refuse(
                f"'{name}' is checkpointed and given what is chosen at run time",
                hint="call it on each path, or give it a copy",
            )
        known = parameter_names(f)[: len(args)]
        names = [*known, *[None] * (len(args) - len(known)), *kwargs]
        items = []
        for a, n in zip(given.items, names):
            start = len(region.params)
            items.append(self.map_leaves(a, parameter))
            if len(region.params) == start + 1 and n is not None:
                region.params[start].name = n
        mapped = Tup(tuple(items))
        named = dict(zip(kwargs, mapped.items[len(args) :]))
        with self.builder.inside(region):
            before = dict(self.store)
            try:
                a = self.call(f, list(mapped.items[: len(args)]), named)
            except Stop:
                self.refuse(f"'{name}' raises on every path", reason="there is no value to differentiate")
            tree = self.result(a, out)
            written = self.written(name, given, mapped, before, kept)
            out += [self.store[k] for k, _ in written]
        region.yields = out
        self.store = kept
        spec = _Spec(Function(name, region))
        self.close_over(spec, region)
        self.apart(name, given, written, spec.captures)
        op = Op(
            "call",
            [*inputs, *spec.captures],
            [v.type for v in out],
            {"function": spec.function, "checkpoint": True},
            None,
            self.builder.span,
        )
        self.builder.region.ops.append(op)
        results = iter(op.results)
        value = self.from_tree(tree, results)
        for r in self.references(value):
            for arg in self.references(given):
                if r.kind == arg.kind:
                    self.derive(r.obj, arg.obj)
        for (_, to), state in zip(written, results):
            if isinstance(to, Ref):
                self.overwrite(to, self.wrap(state), None)
            else:
                self.store[to] = state
        return value

    def written(
        self, name: str, given: Abstract, mapped: Abstract, before: Any, kept: Any
    ) -> list[tuple[Any, Any]]:
        """The arrays of the caller that the callee wrote to: their objects inside, and what they are
        outside (a reference among the arguments, or an object that a closure sees)."""
        pairs = {i.obj: o for i, o in zip(self.references(mapped), self.references(given))}
        out: list[tuple[Any, Any]] = []
        for k, v in before.items():
            if self.store.get(k) is v:
                continue
            array = isinstance(k, Obj) and isinstance(v, Value) and isinstance(self.store.get(k), Value)
            if array and (k in pairs or k in kept):
                out.append((k, pairs.get(k, k)))
            elif k in pairs or k in kept:
                self.refuse(
                    f"'{name}' is checkpointed and changes a variable, list or dict of its caller",
                    hint="return the new value instead",
                )
        return out

    def apart(
        self, name: str, given: Abstract, written: list[tuple[Any, Any]], captures: list[Value]
    ) -> None:
        """Refuse a call that writes to memory which it sees under another name as well."""
        for _, to in written:
            obj = to.obj if isinstance(to, Ref) else to
            near = {obj, *self.aliases.get(obj, ())}
            seen = sum(r.obj in near for r in self.references(given)) + (not isinstance(to, Ref))
            if isinstance(to, Ref):
                seen += sum(any(self.store.get(o) is v for v in captures) for o in near)
            if seen > 1:
                self.refuse(
                    f"'{name}' is checkpointed and writes to an array that it sees under two names",
                    hint="pass the array once, or return the new value",
                )
