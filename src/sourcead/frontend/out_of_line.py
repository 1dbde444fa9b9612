"""Functions of their own: calls that stay calls.

A function that calls itself is lowered once for each structure of its arguments.  Inside of itself its
result has a shape that is not known yet; it is lowered again until the shape settles.  What it reads from
outside becomes trailing parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import errors
from ..ir.core import Constant, Function, Op, Region, Value
from ..ir.types import UNDEFINED, Array, renewed
from .base import Base
from .scopes import names_read
from .shapes import MISSING, Shape
from .trees import Tree
from .values import OUTER, UNDEF, Abstract, Chosen, Closure, Frame, Obj, Ref, Static, Stop, Tup


class _Spec:
    """One callee for one structure of arguments."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.shape: Shape | None = None
        self.captures: list[Value] = []
        self.open_calls: list[Op] = []
        self.dependants: set[Any] = set()  # keys of functions lowered while this one was open, that call it
        self.seen: list[Any] = []  # kept, so that the ids in its key stay theirs
        self.used_unknown = False
        self.endless = False  # paths that call it are taken never to return, while its result is not known
        self.nested_calls = False  # some of them do
        self.done = False


def describe(s: Shape) -> Any:
    t = s.type
    kind = (t.dtype, t.ndim, tuple(d.is_one for d in t.shape)) if isinstance(t, Array) else t
    extra = s.extra[:2] if s.kind == "object" else None
    if s.kind == "same" and isinstance(s.extra, Closure):
        extra = id(s.extra)
    if s.kind == "same" and isinstance(s.extra, Static):
        extra = (
            type(s.extra.value),
            (
                repr(s.extra.value)
                if isinstance(s.extra.value, str | int | float | tuple | type(None))
                else id(s.extra.value)
            ),
        )
    return s.kind, kind, extra, tuple(map(describe, s.parts))


class OutOfLine(Base):
    def call_out_of_line(
        self, node: Any, frame: Any, given: dict[str, Abstract], name: str, parent: Frame | None
    ) -> Abstract:
        """A call that stays a call: the callee is lowered once for each structure of its arguments."""
        names = list(given)
        shapes = [self.as_object(self.shape(given[n])) for n in names]
        leaves = [v for n, s in zip(names, shapes) for v in self.lift(given[n], s)]
        seen = self.seen_by(node, parent)
        for s in shapes:
            if s.kind == "same" and isinstance(s.extra, Closure):
                seen.append(s.extra)
                seen += self.seen_by(s.extra.node, s.extra.frame)
        key = (id(node), tuple(map(describe, shapes)), tuple(map(id, seen)))
        spec = self.specs.get(key)
        if spec is None:
            spec = self.specs[key] = _Spec(Function(name, Region()))
            spec.seen = seen
            self.open_specs.append(key)
            try:
                self.settle(spec, node, frame, names, shapes)
            except BaseException:
                del self.specs[key]
                raise
            finally:
                self.open_specs.pop()
        if not spec.done:  # what is lowered between here and there depends on it
            within = self.open_specs[self.open_specs.index(key) + 1 :]
            spec.dependants.update(within)
            spec.nested_calls |= bool(within)
        if spec.shape is None:
            spec.used_unknown = True
            if spec.endless:
                raise Stop
            return UNDEF
        types = renewed([t for t, _ in self.leaf_types(spec.shape)])
        op = Op(
            "call",
            [*leaves, *(spec.captures if spec.done else [])],
            types,
            {"function": spec.function},
            None,
            self.builder.span,
        )
        if not spec.done:
            spec.open_calls.append(op)
        self.builder.append(op)
        out = self.raise_up(spec.shape, iter(op.results), None)
        for a in self.references(out):
            for b in (r for v in given.values() for r in self.references(v)):
                if a.kind == b.kind:
                    self.derive(a.obj, b.obj)
        return out

    def references(self, a: Abstract, options: bool = True) -> Iterator[Ref]:
        """The references in a value, those inside of tuples and lists too; of one that is chosen at run time
        its options, or it itself."""
        if isinstance(a, Ref) and isinstance(a.obj, Chosen):
            for o in a.obj.options:
                yield from self.references(o) if options else (a,)
            return
        if isinstance(a, Ref):
            yield a
            state = self.store.get(a.obj)
            a = state if isinstance(state, tuple | dict) else ()
        if isinstance(a, Tup):
            a = a.items
        if isinstance(a, tuple | dict):
            for i in a.values() if isinstance(a, dict) else a:
                yield from self.references(i, options)

    def seen_by(self, node: Any, frame: Frame | None) -> list[Any]:
        """What the variables that a closure reads lead to now: where it differs, it is another function."""
        out: list[Any] = []
        done: set[Any] = set()

        def visit(a: Any) -> None:
            if isinstance(a, Closure) and (a.node, a.frame) not in done:
                done.add((a.node, a.frame))
                names(a.node, a.frame)
            for r in self.references(a):
                out.append(self.store.get(r.obj))

        def names(node: Any, frame: Frame | None) -> None:
            while frame is not None:
                for n in sorted(names_read(node) & frame.locals):
                    if (frame, n) in self.store:
                        out.append(self.store[frame, n])
                        visit(self.store[frame, n])
                frame = frame.parent

        names(node, frame)
        return out

    def settle(self, spec: _Spec, node: Any, frame: Any, names: list[str], shapes: list[Shape]) -> None:
        """Lower a function of its own until the shape of its result is the one that its own calls assumed."""
        for _ in range(8):
            for k in spec.dependants:  # lowered while this one's result was not known for certain
                self.specs.pop(k, None)
            spec.dependants.clear()
            spec.used_unknown = spec.nested_calls = False
            before = spec.shape
            self.lower_from_paths_that_end(spec, node, frame, names, shapes)
            if not spec.used_unknown and (before is None or before.equals(spec.shape)):
                break
        else:
            self.refuse(
                f"the type of what '{spec.function.name}' returns does not settle",
                hint="return the same kinds on every path",
            )
        if spec.nested_calls and spec.captures:
            self.refuse(
                f"'{spec.function.name}' is recursive through others and reads variables from outside",
                hint="pass what it reads as arguments",
            )
        spec.done = True

    def lower_from_paths_that_end(
        self, spec: _Spec, node: Any, frame: Any, names: list[str], shapes: list[Shape]
    ) -> None:
        """Lower a function of its own once.  Where its own result, not yet known, is used in a way that only
        values of a known kind allow (its length, say), the paths that call it are left out this time: what
        the others return is the kind of result that the next time begins with."""
        kept, aliases = self.store, {k: set(v) for k, v in self.aliases.items()}
        try:
            self.lower_spec(spec, node, frame(), names, shapes)
        except errors.Unsupported as error:
            if not spec.used_unknown or spec.endless or spec.shape is not None:
                raise
            self.store, self.aliases, spec.endless = kept, aliases, True
            try:
                self.lower_spec(spec, node, frame(), names, shapes)
            except errors.Unsupported:
                raise error from None

    def lower_spec(self, spec: _Spec, node: Any, frame: Frame, names: list[str], shapes: list[Shape]) -> None:
        region = spec.function.body = Region()
        spec.open_calls = []
        kept = self.store
        self.store = dict(kept)
        region.params = [Value(t, n) for s, name in zip(shapes, names) for t, n in self.leaf_types(s)]
        if len(region.params) == len(names):
            for p, n in zip(region.params, names):
                p.name = n
        it = iter(region.params)
        given = {n: self.raise_up(s, it, s.extra, n) for n, s in zip(names, shapes)}
        before = dict(self.store)
        self.sealed += 1
        with self.builder.inside(region), self.uncaught():
            try:
                out = self.inline(node, frame, given)
            except Stop:
                self.refuse(
                    f"'{spec.function.name}' raises on every path",
                    reason="there is no value to differentiate",
                )
            finally:
                self.sealed -= 1
            result = self.as_object(self.shape(out))
            spec.shape = result if spec.shape is None else self.widen(spec.shape, result)
            region.yields = list(self.lift(out, spec.shape))
        changed = [k for k, v in before.items() if self.store.get(k, MISSING) is not v]
        if changed:
            self.refuse(
                f"'{spec.function.name}' calls itself and writes into memory that its caller sees",
                hint="return the new value instead",
            )
        self.store = kept
        self.close_over(spec, region)

    def close_over(self, spec: _Spec, region: Region) -> None:
        """What the callee reads from outside becomes trailing parameters, its own recursive calls
        included."""
        inner: set[int] = {id(p) for p in region.params}
        outside: dict[int, Value] = {}
        params: dict[int, Value] = {}

        def visit(r: Region) -> None:
            inner.update(id(p) for p in r.params)
            for op in r.ops:
                op.inputs = [swap(v) for v in op.inputs]
                for g in op.regions:
                    visit(g)
                inner.update(id(v) for v in op.results)
            r.yields = [swap(v) for v in r.yields]

        def swap(v: Value) -> Value:
            if isinstance(v, Constant) or v is UNDEF or v.type == UNDEFINED or id(v) in inner:
                return v
            if id(v) not in params:
                outside[id(v)] = v
                params[id(v)] = Value(v.type, v.name)
                inner.add(id(params[id(v)]))
            return params[id(v)]

        visit(region)
        spec.captures = list(outside.values())
        region.params.extend(params.values())
        for op in spec.open_calls:
            op.inputs.extend(params.values())

    def left_outside(self, before: dict[Any, Any]) -> dict[Any, Shape]:
        """The shapes of the states of memory outside of the function that have changed."""
        out = {}
        for k, a in self.store.items():
            lives_outside = k in self.outside if isinstance(k, Obj) else k[0] is OUTER
            if lives_outside and before.get(k, MISSING) is not a:
                out[k] = self.shape(a)
                self.refuse_new_objects(out[k], before)
        return out

    def refuse_new_objects(self, s: Shape, before: dict[Any, Any]) -> None:
        made = s.kind == "same" and isinstance(s.extra, Ref) and s.extra.obj not in before
        if made or s.kind == "choice":
            self.refuse(
                "a function that is differentiated inside of another stores a list or dict outside",
                hint="store numbers and arrays",
            )
        for p in s.parts:
            self.refuse_new_objects(p, before)

    def subfunction(
        self, f: Abstract, args: list[Abstract], kwargs: dict[str, Abstract], effects: bool = False
    ) -> tuple[Function, list[Value], Tree]:
        """A callable as an IR function of the leaves of its arguments; what it captures becomes trailing
        parameters.

        Returns the function, the values to call it with, and the structure of its result.  With `effects` it
        may write to memory outside of the whole; its last results are then the states of that memory, and
        `take_over`, an attribute of the function, puts their values into the store.
        """
        region = Region()
        inputs: list[Value] = []

        def parameter(v: Value) -> Value:
            inputs.append(v)
            region.params.append(Value(v.type, v.name))
            return region.params[-1]

        kept = self.store
        self.store = dict(kept)
        out: list[Value] = []
        mapped = [self.map_leaves(a, parameter) for a in args]  # a view is read out here, where it is passed
        with self.builder.inside(region), self.builder.plain(), self.uncaught():
            before = dict(self.store)
            self.sealed += not effects
            try:
                a = self.call(f, mapped, kwargs)
            except Stop:
                self.refuse(
                    "the inner function raises on every path", reason="there is no value to differentiate"
                )
            finally:
                self.sealed -= not effects
            tree = self.result(a, out)
            left = self.left_outside(before)
            for k, s in left.items():
                out.extend(self.lift(self.store[k], s))
        region.yields = out
        changed = [
            k for k, v in before.items() if k in (kept or {}) and k not in left and self.store.get(k) is not v
        ]
        if changed:
            self.refuse(
                "a function that is differentiated inside of another writes into memory of that one",
                hint="return the new value instead",
            )
        self.store = kept
        spec = _Spec(Function("inner", region))
        self.close_over(spec, region)

        def take_over(values: Iterator[Value]) -> None:
            for k, s in left.items():
                self.store[k] = self.raise_up(s, values, s.extra)

        spec.function.attrs["take_over"] = take_over
        return spec.function, [*inputs, *spec.captures], tree
