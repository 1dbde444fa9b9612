"""Arguments and results: from trees of types to abstract values and back."""

from __future__ import annotations

from typing import Any

from ..ir.core import Value
from .base import Base
from .trees import Fixed, Leaf, Node, Tree, steps
from .values import NONE, Abstract, Conflict, Growing, Ref, Static, Tup, constant


def label(step: str) -> str:
    """A step of an access path as a part of a name."""
    return "_" + "".join(c if c.isalnum() or c == "_" else "" for c in step).strip("_")


class Structures(Base):
    def leaves_of(self, a: Abstract) -> list[Value]:
        """The numbers and arrays of a structure, in order."""
        out: list[Value] = []

        def take(v: Value) -> Value:
            out.append(v)
            return v

        self.map_leaves(a, take)
        return out

    def map_leaves(self, a: Abstract, f: Any, other: Any = None) -> Abstract:
        """The same structure with f's value in the place of each number and array (None: nothing there)."""
        if isinstance(a, Value) or (isinstance(a, Ref) and a.kind == "array"):
            v = f(self.value(a))
            return NONE if v is None else self.wrap(v)
        if isinstance(a, Tup):
            return Tup(tuple(self.map_leaves(i, f, other) for i in a.items), a.cls)
        if isinstance(a, Ref):
            state = self.state(a)
            if isinstance(state, Growing):
                return self.wrap(f(state.value))
            new = (
                tuple(self.map_leaves(i, f, other) for i in state)
                if isinstance(state, tuple)
                else {k: self.map_leaves(i, f, other) for k, i in state.items()}
            )
            return self.new_ref(a.kind, new, a.obj.name, a.obj.cls)
        if other is not None:
            other(a)
        return a

    def from_tree(self, tree: Tree, values: Any, tangent: bool = False) -> Abstract:
        """The abstract value of a structure, its leaves taken from `values`."""
        if isinstance(tree, Leaf):
            return self.wrap(next(values))
        if isinstance(tree, Fixed):
            return NONE if tangent else constant(tree.value)
        parts = [self.from_tree(c, values, tangent) for c in tree.children]
        if tree.kind in ("tuple", "namedtuple"):
            return Tup(tuple(parts), tree.cls if tree.kind == "namedtuple" else None)
        if tree.kind == "list":
            return self.new_ref("list", tuple(parts))
        kind = "dict" if tree.kind == "dict" else "instance"
        return self.new_ref(kind, dict(zip(tree.keys, parts)), None, tree.cls if kind == "instance" else None)

    def argument(self, tree: Tree, name: str) -> Abstract:
        """The abstract value of an argument; its leaves become parameters."""
        if isinstance(tree, Leaf):
            v = Value(tree.type, name)
            self.params.append(v)
            a = self.wrap(v, name)
            if isinstance(a, Ref):
                self.argument_objects[a.obj] = len(self.params) - 1
            return a
        if isinstance(tree, Fixed):
            return constant(tree.value)
        parts = [self.argument(c, name + label(s)) for c, s in zip(tree.children, steps(tree))]
        if tree.kind == "tuple":
            return Tup(tuple(parts))
        if tree.kind == "namedtuple":
            return Tup(tuple(parts), tree.cls)
        if tree.kind == "list":
            return self.new_ref("list", tuple(parts), name)
        if tree.kind == "dict":
            return self.new_ref("dict", dict(zip(tree.keys, parts)), name)
        return self.new_ref("instance", dict(zip(tree.keys, parts)), name, tree.cls)

    def result(self, a: Abstract, out: list[Value]) -> Tree:
        """The structure of a result; its leaves are appended to `out`."""
        if isinstance(a, Conflict):
            self.refuse(f"the function's result: {a.reason}", hint=a.hint)
        if isinstance(a, Value) or (isinstance(a, Ref) and a.kind == "array"):
            v = self.value(a)
            out.append(v)
            return Leaf(v.type)
        if isinstance(a, Tup):
            kind = "namedtuple" if a.cls is not None else "tuple"
            keys = tuple(a.cls._fields) if a.cls is not None else ()
            return Node(kind, a.cls or tuple, keys, tuple(self.result(i, out) for i in a.items))
        if isinstance(a, Ref):
            state = self.state(a)
            if isinstance(state, Growing):
                out.append(state.value)
                return Leaf(state.value.type)
            if a.kind == "list":
                return Node("list", list, (), tuple(self.result(i, out) for i in state))
            if a.kind == "dict":
                return Node("dict", dict, tuple(state), tuple(self.result(i, out) for i in state.values()))
            if (
                a.kind == "instance"
                and isinstance(a.obj.cls, type)
                and hasattr(a.obj.cls, "__dataclass_fields__")
            ):
                return Node(
                    "dataclass", a.obj.cls, tuple(state), tuple(self.result(i, out) for i in state.values())
                )
        if isinstance(a, Static):
            return Fixed(a.value)
        self.refuse(
            f"a function that returns a {self.kind_of(a)} cannot be differentiated",
            hint="return numbers, arrays, and tuples, lists, dicts and dataclasses of them",
        )
