"""Building IR: where ops go, and variables that are assigned in nested regions.

`Builder` appends ops to the innermost open region.  `Variables` adds what the reverse and forward transforms
need: named slots that code in a nested region may assign; closing the region turns them into results and
carried slots.

    write(k, a)                          k = a
    with loop: k read -> parameter p     for ...: p = phi(k, next)
               write(k, b)                   next = b
    read(k) -> the loop's result         k = result
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .core import Op, Region, Span, Value
from .types import Type, join


class Builder:
    """Appends ops; `span` and `reverse` mark what is appended from here on."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.nest = [region]  # the regions that are open, outermost first
        self.span: Span | None = None
        self.reverse = False
        self.origin: Op | None = None  # the op of the primal whose adjoint is appended
        self.dot = False  # whether what is appended is derivative code
        self.watch: Callable[[Op], None] | None = None  # is told of each op that is appended

    def emit(
        self,
        kind: str,
        inputs: list[Value],
        types: list[Type],
        attrs: dict[str, Any] | None = None,
        regions: list[Region] | None = None,
        names: list[str | None] | None = None,
    ) -> list[Value]:
        op = Op(kind, inputs, types, attrs, regions, self.span, self.reverse)
        if self.dot:
            op.attrs["_dot"] = True
        if self.origin is not None:
            op.attrs["_of"] = self.origin
        if names:
            for r, n in zip(op.results, names):
                r.name = n
        self.append(op)
        return op.results

    def append(self, op: Op) -> None:
        if self.watch is not None:
            self.watch(op)
        self.region.ops.append(op)

    def one(
        self,
        kind: str,
        inputs: list[Value],
        type: Type,
        attrs: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> Value:
        return self.emit(kind, inputs, [type], attrs, None, [name])[0]

    @contextmanager
    def plain(self) -> Iterator[None]:
        """What is appended in it is primal code of a function of its own, wherever that is called."""
        marks = self.reverse, self.dot, self.origin
        self.reverse, self.dot, self.origin = False, False, None
        try:
            yield
        finally:
            self.reverse, self.dot, self.origin = marks

    @contextmanager
    def inside(self, region: Region) -> Iterator[Region]:
        outer, self.region = self.region, region
        self.nest.append(region)
        try:
            yield region
        finally:
            self.nest.pop()
            self.region = outer


class Scope:
    """The variables of one open region.  `loop`: reads from outside become parameters.  `region` is the
    region that is built, `mirror` the region of the primal that it reverses."""

    __slots__ = ("entry", "loop", "mirror", "parent", "region", "values")

    def __init__(self, parent: Scope | None, loop: bool) -> None:
        self.parent = parent
        self.loop = loop
        self.region: Region | None = None
        self.mirror: Region | None = None
        self.values: dict[Any, Value] = {}
        self.entry: dict[Any, tuple[Value, Value]] = {}  # key -> (parameter, initial value)

    def read(self, key: Any) -> Value | None:
        if key in self.values:
            return self.values[key]
        outer = self.parent.read(key) if self.parent is not None else None
        if outer is None or not self.loop:
            return outer
        p = Value(outer.type, outer.name)
        self.entry[key] = (p, outer)
        self.values[key] = p
        return p


class Variables(Builder):
    """A builder with variables.  `zero(key, model)` makes the value of a variable that one path leaves
    unassigned; `fit(key, value)` makes a value such that it can meet others of its variable."""

    def __init__(
        self, region: Region, zero: Callable[[Any, Value], Value], fit: Callable[[Any, Value], Value]
    ) -> None:
        super().__init__(region)
        self.scope = Scope(None, False)
        self.zero = zero
        self.fit = fit

    def read(self, key: Any) -> Value | None:
        return self.scope.read(key)

    def write(self, key: Any, value: Value) -> None:
        self.scope.values[key] = value

    @contextmanager
    def open(self, region: Region, loop: bool) -> Iterator[Scope]:
        outer, self.scope = self.scope, Scope(self.scope, loop)
        try:
            with self.inside(region):
                yield self.scope
        finally:
            self.scope = outer

    def close_if(
        self, condition: Value, regions: list[Region], scopes: list[Scope], local: Callable[[Any], bool]
    ) -> None:
        """Append an `if` whose results are the variables that a branch assigned (those `local` to a branch
        are dropped)."""
        keys = [k for k in dict.fromkeys([*scopes[0].values, *scopes[1].values]) if not local(k)]
        merged: list[Any] = []
        for k in keys:
            values = [s.values.get(k) for s in scopes]
            outer = self.read(k)
            model = next(v for v in values if v is not None)
            for n, v in enumerate(values):
                if v is None:
                    if outer is not None:
                        values[n] = outer
                    else:
                        with self.inside(regions[n]):
                            values[n] = self.zero(k, model)
            for n, v in enumerate(values):
                with self.inside(regions[n]):
                    values[n] = self.fit(k, v)  # type: ignore[arg-type]
            if values[0] is values[1]:
                self.write(k, values[0])  # type: ignore[arg-type]
                continue
            merged.append(k)
            for r, v in zip(regions, values):
                r.yields.append(v)  # type: ignore[arg-type]
        if not merged and not any(r.ops for r in regions):
            return
        types = [join(a.type, b.type) or a.type for a, b in zip(regions[0].yields, regions[1].yields)]
        names = [b.name or a.name for a, b in zip(regions[0].yields, regions[1].yields)]
        for k, v in zip(merged, self.emit("if", [condition], types, None, regions, names)):
            self.write(k, v)

    def close_loop(
        self,
        kind: str,
        fixed: list[Value],
        region: Region,
        scope: Scope,
        attrs: dict[str, Any],
        local: Callable[[Any], bool],
    ) -> None:
        """Append a loop whose carried slots are the variables that its body read from outside or assigned."""
        keys = [k for k in dict.fromkeys([*scope.entry, *scope.values]) if not local(k)]
        inits, types, names = [], [], []
        kept = []
        for k in keys:
            v = scope.values[k]
            if k in scope.entry:
                p, init = scope.entry[k]
            else:
                outer = self.read(k)
                init = outer if outer is not None else self.zero(k, v)
                p = Value(init.type, v.name)
            kept.append(k)
            region.params.append(p)
            region.yields.append(v)
            inits.append(init)
            joined = join(p.type, v.type)
            p.type = joined if joined is not None else p.type
            types.append(p.type)
            names.append(v.name or init.name)
        results = self.emit(kind, [*fixed, *inits], types, attrs, [region], names)
        for k, r in zip(kept, results):
            self.write(k, r)
