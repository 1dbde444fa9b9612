"""Writes: an assignment to items makes a new state of the array, list or dict.

Names that may lead to one object are known (`Base.aliases`).  A write is refused where some other variable
that may still be read might see it, or might not, depending on values."""

from __future__ import annotations

import ast
from typing import Any

from ..ir.core import Constant
from ..ir.types import Array, Scalar, dtype_kind
from .base import Base
from .liveness import liveness_of
from .values import UNDEF, Abstract, Bound, Chosen, Frame, Growing, Obj, Ref, SliceVal, Static, Tup


def is_subscript(pattern: Any) -> bool:
    """Whether a step of a path is brackets, not an attribute or a function that gives a view."""
    return not any(isinstance(e, str) and e != "at" for e in pattern)


class Writes(Base):
    def store_item(self, owner: Abstract, index: Abstract, value: Abstract, node: ast.AST) -> None:
        if self.distributed(owner, lambda o: self.store_item(o, index, value, node)):
            return
        if isinstance(owner, Ref) and owner in self.flats:
            self.store_flat(owner, index, value)
        elif isinstance(owner, Ref) and owner.kind == "array":
            self.store_path(owner, self.pattern(index), value, node)
        elif isinstance(owner, Ref) and owner.kind == "dict":
            key = self.static(index)
            if key is NotImplemented:
                self.refuse(
                    "a dict key must be known when compiling",
                    node,
                    hint="use keys written in the text, or an array indexed by integers",
                )
            if self.check_write(owner.obj, node):
                self.put_outside(owner, Constant(key), value, node)
            self.store[owner.obj] = {**self.state(owner), key: value}
        elif isinstance(owner, Ref) and owner.kind == "list":
            self.store_in_list(owner, index, value, node)
        elif isinstance(owner, Ref) and owner.kind == "instance":
            self.call(self.attribute(owner, "__setitem__", node), [index, value], {})
        else:
            container = isinstance(owner, Static) and hasattr(type(owner.value), "__setitem__")
            what = type(owner.value).__name__ if container else self.kind_of(owner)
            self.refuse(
                f"an item of a {what} cannot be assigned",
                node,
                reason="" if container else "Python raises TypeError here",
                hint="use a plain list, a dict or an array" if container else "",
            )

    def store_in_list(self, owner: Ref, index: Abstract, value: Abstract, node: ast.AST) -> None:
        k = self.static(index)
        lives_outside = self.check_write(owner.obj, node, "items" if isinstance(k, int) else "grow")
        state = self.state(owner)
        if isinstance(index, SliceVal):
            self.refuse(
                "assigning to a slice of a list is not supported",
                node,
                hint="use an array, or assign item by item",
            )
        if not isinstance(state, Growing) and isinstance(k, int):
            if not -len(state) <= k < len(state):
                self.refuse(
                    "list assignment index out of range", node, reason="Python raises IndexError here"
                )
            if lives_outside:
                self.put_outside(owner, Constant(k), value, node)
            items = list(state)
            items[k] = value
            self.store[owner.obj] = tuple(items)
            return
        if self.choosing and not lives_outside and not isinstance(state, Growing) and isinstance(value, Ref):
            put = self.put_item(state, self.value(index), value)
            if put is not None:
                self.store[owner.obj] = put
                return
        v = self.grow(owner.obj)
        if lives_outside:
            self.fits(owner, value, node)
            self.put_outside(owner, self.value(index), value, node)
        new = self.builder.one(
            "store", [v, self.value(index), self.value(value)], v.type, {"path": (("at",),)}, owner.obj.name
        )
        self.store[owner.obj] = Growing(new)
        for i in (value, *(() if isinstance(state, Growing) else state)):
            self.freeze(i, owner.obj)

    def freeze(self, value: Abstract, into: Obj) -> None:
        """What is put into a list of unknown length is a value from here on: mark later writes to it."""
        for ref in self.options_of(value) if isinstance(value, Ref) else ():
            ref.obj.cls = ref.obj.cls or "frozen"
            self.derive(into, ref.obj)

    def store_path(self, ref: Ref, step: Any, value: Abstract, node: ast.AST, kind: str = "store") -> None:
        """`ref[step] = value`: a new state of the base array; of kind index_add, `ref[step] += value`."""
        if (isinstance(value, Ref) and value.kind == "list") or isinstance(value, Tup):
            value = self.array_of(value)
        v = self.value(value)
        if isinstance(ref.obj, Chosen):
            self.on_each(ref, lambda o: self.store_path(o, step, v, node, kind))
            return
        lives_outside = self.check_write(ref.obj, node)
        self.check_writable(ref, node)
        state = self.state(ref)
        if v is not UNDEF and isinstance(v.type, Array | Scalar):
            self.check_cast(v.type, state.type, node)
        target = self.handle_of(ref) if lives_outside else None
        name = ref.obj.name or state.name
        whole = step == ((Ellipsis,), ()) and ref.path and is_subscript(ref.path[-1][0])
        path = ref.path if whole else (*ref.path, step)  # all of a slice is the slice
        self.store[ref.obj] = self.put(state, path, v, name, kind, target, node)

    def check_cast(self, v: Any, t: Any, node: ast.AST) -> None:
        if dtype_kind(v.dtype) == "c" and dtype_kind(t.dtype) in "fiu":
            self.refuse(
                f"storing complex numbers into an array of {t.dtype} loses their imaginary part",
                node,
                hint="make the array complex",
            )

    def check_write(self, obj: Obj, node: ast.AST, mode: str = "items") -> bool:
        """Refuse a write whose effect on another name shows only at run time; whether the object lives
        outside of the function (`mode`: what is done to a list, see `outer.py`)."""
        lives_outside = self.about_to_write(obj, node, mode)
        for o in (obj, *self.aliases.get(obj, ())):
            if o in self.argument_objects:
                self.written_arguments.add(self.argument_objects[o])
        if obj.cls == "read-only":
            self.refuse(
                f"'{obj.name or 'the array'}' is read-only",
                node,
                reason="NumPy raises ValueError here",
                hint="write into a copy",
            )
        in_memory = obj.kind == "array"  # a list that has another item leaves the arrays in it as they are
        if in_memory and any(
            o.kind == "array" and o.cls == "frozen" for o in (obj, *self.aliases.get(obj, ()))
        ):
            self.entangled = True
            self.refuse(
                "this array was put into a list; writing to it afterwards is not supported yet",
                node,
                reason="which item of the list it is shows only at run time",
                hint="finish it first, put a copy into the list, or keep the arrays as rows of one array",
            )
        for other in sorted(self.aliases.get(obj, ()), key=lambda o: o.name or ""):
            if other in self.store and (in_memory or other.kind != "array") and self.reachable(other):
                self.entangled = True
                name = self.label(other) or "another array"
                self.refuse(
                    f"whether this writes into '{name}' too shows only at run time",
                    node,
                    reason=f"'{self.label(obj) or 'the array'}' and '{name}' may share memory",
                    hint="write to a copy",
                )
        return lives_outside

    def reachable(self, obj: Obj) -> bool:
        """Whether some variable, or an operand without a name, still leads to an object."""
        seen: set[int] = set()

        def leads(a: Any) -> bool:
            if isinstance(a, Ref):
                if a.obj is obj:
                    return True
                if isinstance(a.obj, Chosen):
                    return any(map(leads, a.obj.options))
                if id(a.obj) in seen:
                    return False
                seen.add(id(a.obj))
                return leads(self.store.get(a.obj))
            if isinstance(a, Tup):
                return any(map(leads, a.items))
            if isinstance(a, tuple):
                return any(map(leads, a))
            if isinstance(a, dict):
                return any(map(leads, a.values()))
            if isinstance(a, Bound):
                return leads(a.owner)
            return False

        named = (a for k, a in self.store.items() if not isinstance(k, Obj) and self.alive(k))
        return any(map(leads, self.held)) or any(map(leads, named))

    def alive(self, key: Any) -> bool:
        """Whether a variable can still be read."""
        frame, name = key if len(key) == 2 else (None, None)
        return not isinstance(frame, Frame) or not isinstance(name, str) or self.read_later(frame, name)

    def read_later(self, frame: Frame, name: str) -> bool:
        """Whether a variable may be read in the statement of its frame that is being lowered, or after it."""
        if frame.captured or not isinstance(frame.function, ast.FunctionDef):
            return True
        known = liveness_of(frame.function).at
        here = next((s for s in reversed(frame.at) if s in known), None)
        return here is None or name in known[here]
