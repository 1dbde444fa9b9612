"""What a write to memory outside of the function stores there."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ..ir.core import Constant, Value
from ..ir.types import List, Opaque, Scalar, Tuple, Type, join
from .base import Base
from .values import Abstract, Chosen, Growing, Obj, Ref, Static, Tup

LITERAL = (type(None), bool, str, bytes, np.generic, np.dtype)


class Stored(Base):
    def with_stored(
        self, value: Abstract, node: ast.AST | None, kind: str, inputs: list[Value], attrs: dict[str, Any]
    ) -> None:
        """The effect that stores a value: its last input.  Of what is chosen at run time, the one."""

        def store(a: Abstract) -> None:
            v, copied = self.stored(a, node)
            copies = (len(inputs),) if copied else ()
            self.effect(kind, [*inputs, v], {**attrs, "copies": copies}, node)

        if isinstance(value, Ref) and isinstance(value.obj, Chosen):
            self.on_each(value, store)
        else:
            store(value)

    def stored(self, a: Abstract, node: ast.AST | None) -> tuple[Value, bool]:
        """The value that is stored outside, and whether it must be copied on the way: an array of the
        function's own stays its own, so that nothing outside sees what its buffer is used for later."""
        if isinstance(a, Value):
            return a, False
        if isinstance(a, Static):
            if isinstance(a.value, LITERAL):
                return Constant(a.value), False
            return self.handle(a.value), False
        if isinstance(a, Tup) and a.cls is None:
            items = [self.stored_item(i, node) for i in a.items]
            return self.builder.one("tuple.new", items, Tuple(tuple(i.type for i in items))), False
        near = {a.obj, *self.aliases.get(a.obj, ())} if isinstance(a, Ref) and not a.path else set()
        if isinstance(a, Ref) and (
            isinstance(a.obj, Chosen) or (len(near) > 1 and self.lives_on(near - {a.obj}))
        ):
            self.entangled = True
            self.refuse(
                "which object is stored outside of the function shows only at run time",
                node,
                hint="store it on each path, or store a copy",
            )
        if isinstance(a, Ref) and a.obj in self.outside and not a.path:
            return self.handle_of(a), False
        if isinstance(a, Ref) and a.kind == "array":
            v = self.value(a)
            self.escape(a.obj)
            return v, not self.is_argument(a.obj, v)
        if isinstance(a, Ref) and a.kind in ("list", "dict"):
            return self.stored_container(a, node)
        what = "an object" if isinstance(a, Ref) else f"a {self.kind_of(a)}"
        self.refuse(
            f"storing {what} made here outside of the function is not supported",
            node,
            hint="store numbers, arrays, and tuples, lists and dicts of them",
        )

    def is_argument(self, obj: Obj, v: Value) -> bool:
        """Whether an array is an argument that was not written to: the caller's own is stored."""
        return obj in self.argument_objects and v.op is None and v in self.params

    def lives_on(self, objs: set[Obj]) -> bool:
        """Whether one of some objects is there before the call."""
        return any(o in self.outside or o in self.argument_objects for o in objs)

    def stored_item(self, a: Abstract, node: ast.AST | None) -> Value:
        v, copied = self.stored(a, node)
        return self.builder.one("outer.snapshot", [v], v.type) if copied else v

    def stored_container(self, a: Ref, node: ast.AST | None) -> tuple[Value, bool]:
        state = self.state(a)
        self.escape(a.obj)
        if isinstance(state, Growing):
            t = state.value.type
            if isinstance(t, List) and not isinstance(t.elem, Scalar | type(None)):
                self.refuse(
                    "storing a list of arrays outside of the function is not supported",
                    node,
                    hint="store one array with one axis more",
                )
            return state.value, True
        items = [self.stored_item(i, node) for i in (state.values() if isinstance(state, dict) else state)]
        if isinstance(state, dict):
            return self.builder.one("outer.dict", items, Opaque("dict"), {"keys": tuple(state)}), False
        elem: Type | None = None
        for v in items:
            elem = v.type if elem is None else join(elem, v.type) or v.type
        return self.builder.one("list.new", items, List(elem)), False

    def escape(self, obj: Obj) -> None:
        self.escaped.add(obj)
        self.escapes.append(self.open_loops())
