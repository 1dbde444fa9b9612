"""Attributes: of modules, arrays, numbers, instances and functions."""

from __future__ import annotations

import ast
import types
from typing import Any

import numpy as np

from ..ir.core import Value
from ..ir.types import UNDEFINED, Array, List, Opaque, Scalar, dtype_kind
from ..rules.composites import COMPOSITE_METHODS
from ..rules.foreign import FOREIGN
from ..rules.inplace import IN_PLACE
from ..rules.registry import BOOK, METHODS
from .base import Base
from .inplace import METHODS as WRITING
from .trees import leaf_type
from .values import (
    UNDEF,
    Abstract,
    Bound,
    Closure,
    Conflict,
    Iter,
    LocalClass,
    Ref,
    Static,
    Super,
    Tup,
    Unsure,
    constant,
)

FUNCTIONS = (types.FunctionType, types.MethodType, property, classmethod, staticmethod)


class Attributes(Base):
    def eval_Attribute(self, node: ast.Attribute) -> Abstract:
        return self.attribute(self.eval(node.value), node.attr, node)

    def attribute(self, a: Abstract, name: str, node: ast.AST | None = None) -> Abstract:
        if isinstance(a, Closure):
            attrs = self.store.get(a.obj, {})
            if name in attrs:
                return attrs[name]
            return (
                Static(a.name)
                if name == "__name__"
                else self.refuse(
                    f"function '{a.name}' has no attribute '{name}'",
                    node,
                    reason="Python raises AttributeError here",
                )
            )
        if isinstance(a, Ref) and a.kind == "instance":
            each = self.distributed(a, lambda o: self.instance_attribute(o, name, node))
            return each[0] if each else self.instance_attribute(a, name, node)
        if isinstance(a, Unsure):
            if name not in ("real", "imag", "shape", "ndim", "size", "astype"):
                self.refuse_unsure()
            a = a.value
        if isinstance(a, Super):
            return self.super_attribute(a, name, node)
        if isinstance(a, Value) and a.type == UNDEFINED:
            return UNDEF
        if isinstance(a, LocalClass):
            if name in a.members:
                return a.members[name]
            self.refuse(
                f"class '{a.name}' has no attribute '{name}'",
                node,
                reason="Python raises AttributeError here",
            )
        t = self.type_of(a)
        if isinstance(a, Tup) and a.cls is not None and name in a.cls._fields:
            return a.items[a.cls._fields.index(name)]
        if isinstance(t, Array | Scalar):
            return self.array_attribute(a, t, name, node)
        if isinstance(a, (Ref, Tup)):
            return Bound(a, builtin=name)
        if isinstance(a, Static):
            return self.static_attribute(a.value, name, node)
        if isinstance(t, Opaque) and (f"numpy.random.{t.what}.{name}" in (*BOOK, *IN_PLACE)):
            return Bound(a, builtin=f"numpy.random.{t.what}.{name}")
        if isinstance(a, Iter) or isinstance(t, List):
            return Bound(a, builtin=name)
        self.refuse(
            f"a {self.kind_of(a)} has no attribute '{name}' here",
            node,
            hint="write it with functions and methods that `sourcead rules` lists",
        )

    def super_attribute(self, a: Super, name: str, node: ast.AST | None) -> Abstract:
        line = a.owner.obj.cls.__mro__ if isinstance(a.owner, Ref) else a.owner.value.__mro__
        for c in line[line.index(a.cls) + 1 :]:
            if c is object:
                break
            if name in vars(c):
                found = vars(c)[name]
                if isinstance(found, property):
                    return self.call(Static(found.fget), [a.owner], {})
                if isinstance(found, staticmethod | classmethod):
                    return (
                        constant(found.__func__)
                        if isinstance(found, staticmethod)
                        else Bound(Static(line[0]), Static(found.__func__))
                    )
                return (
                    Bound(a.owner, Static(found))
                    if isinstance(found, types.FunctionType)
                    else constant(found)
                )
        if name == "__init__":
            return Static(_nothing)
        self.refuse(
            f"no base class has an attribute '{name}' here", node, reason="Python raises AttributeError here"
        )

    def static_attribute(self, obj: Any, name: str, node: ast.AST | None) -> Abstract:
        a = self.found_attribute(obj, name, node)
        if id(obj) in self.argument_ids:
            self.mark_argument(a)
        return a

    def mark_argument(self, a: Abstract) -> None:
        """What an argument leads to is the caller's, and stays as it is."""
        if isinstance(a, Static) and belongs_to_user(a.value) and not isinstance(a.value, FUNCTIONS):
            self.argument_ids[id(a.value)] = a.value
        if isinstance(a, Ref) and a.obj in self.outside and a.obj not in self.argument_outside:
            self.argument_outside.add(a.obj)
            state = self.store.get(a.obj)
            for i in state.values() if isinstance(state, dict) else state if isinstance(state, tuple) else ():
                self.mark_argument(i)
        if isinstance(a, Tup):
            for i in a.items:
                self.mark_argument(i)

    def found_attribute(self, obj: Any, name: str, node: ast.AST | None) -> Abstract:
        place = self.attribute_place(obj, name) if belongs_to_user(obj) else None
        if place is not None and place.slot in self.declared:
            return self.read_declared(place.slot, name, node)
        computed = getattr(type(obj), name, None)
        if isinstance(computed, property) and computed.fget is not None and self.declared:
            return self.call(Static(computed.fget), [Static(obj)], {})
        try:
            found = getattr(obj, name)
        except AttributeError as e:
            self.refuse(str(e), node, reason="Python raises AttributeError here")
        if type(found) is float and getattr(obj, "__name__", "") in ("numpy", "math"):
            return constant(found, ("np" if obj.__name__ == "numpy" else "math") + "." + name)
        if isinstance(obj, types.ModuleType):
            if leaf_type(found) is not None or type(found) in (list, dict):
                return self.known(found, name, vars(obj), name)
            return constant(found)
        own = (
            leaf_type(found) is not None
            or name in getattr(obj, "__dict__", {})
            or type(found) in (list, dict)
        )
        if place is not None and own and not isinstance(found, FUNCTIONS):
            return self.known(found, name, place.home, name, place.slot)
        return constant(found)

    def array_attribute(self, a: Abstract, t: Array | Scalar, name: str, node: ast.AST | None) -> Abstract:
        if name == "ndim":
            return constant(t.ndim if isinstance(t, Array) else 0)
        if name == "dtype":
            return Static(np.dtype(t.dtype))
        if name == "shape":
            dims = range(t.ndim) if isinstance(t, Array) else ()
            return Tup(tuple(self.length(a, axis) for axis in dims))
        if name == "size":
            v = self.value(a)
            return (
                self.builder.one("numpy.size", [v], Scalar("int64"), {"_method": True})
                if isinstance(t, Array)
                else constant(1)
            )
        if name == "T":
            return self.view(a, ("T",), ()) if isinstance(a, Ref) else a
        if name == "mT":
            return self.composed_method("mT", a, [], {})
        if name in ("real", "imag") and name in METHODS:
            if name == "real" and dtype_kind(t.dtype) != "c":
                return a
            return self.call_primitive(BOOK[METHODS[name]], [a], {}, {"_method": True})
        if name == "flat" and isinstance(a, Ref):
            return self.flat_of(a)
        if (name in METHODS and METHODS[name] in BOOK) or name in WRITING or name in ("item", "tolist"):
            return Bound(a, builtin=name)
        if name in COMPOSITE_METHODS:
            return Bound(a, builtin=name)
        self.refuse(
            f"'{name}' of an array is not supported",
            node,
            hint="write it with a NumPy function that `sourcead rules` lists",
        )

    def length(self, a: Abstract, axis: int) -> Value:
        """`x.shape[axis]`; a constant where the type knows it."""
        t = self.type_of(a)
        assert isinstance(t, Array)
        if t.shape[axis].symbol is None:
            return self.number(t.shape[axis].offset)
        v = self.value(a)
        if axis == 0:
            return self.builder.one("builtins.len", [v], Scalar("int64"))
        return self.builder.one("numpy.size", [v], Scalar("int64"), {"axis": axis, "_shape": True})

    def class_attribute(self, cls: Any, name: str) -> Abstract | None:
        if isinstance(cls, LocalClass):
            return cls.members.get(name)
        for c in cls.__mro__[:-1]:
            if name in vars(c):
                found = vars(c)[name]
                return found if isinstance(found, property) else constant(getattr(cls, name))
        return None

    def instance_attribute(self, a: Ref, name: str, node: ast.AST | None) -> Abstract:
        state = self.state(a)
        if name in state:
            if isinstance(state[name], Conflict):
                self.refuse(state[name].reason, node, hint=state[name].hint)
            return state[name]
        found = self.class_attribute(a.obj.cls, name)
        if isinstance(found, property):
            return self.call(Static(found.fget), [a], {})
        raw = vars(a.obj.cls).get(name) if isinstance(a.obj.cls, type) else None
        if isinstance(raw, staticmethod):
            return constant(raw.__func__)
        binds = isinstance(found, Static) and (
            isinstance(found.value, types.FunctionType) or getattr(found.value, "binds", False)
        )
        if binds or isinstance(found, Closure):
            return Bound(a, found)
        if found is not None:
            return found
        if a.obj.cls in FOREIGN.values():
            self.refuse(
                f"'{name}' of a {self.value(a).type} is not supported",
                node,
                hint="docs/limits.md says what is; compute it outside of the function where it is a constant",
            )
        self.refuse(
            f"the object has no attribute '{name}' here",
            node,
            reason="it is not set on every path that leads here",
        )

    def set_attribute(self, owner: Abstract, name: str, value: Abstract, node: ast.AST) -> None:
        if self.distributed(owner, lambda o: self.set_attribute(o, name, value, node)):
            return
        if isinstance(owner, Ref) and owner.kind == "instance":
            self.check_write(owner.obj, node)
            self.name(value, name)
            self.store[owner.obj] = {**self.state(owner), name: value}
        elif isinstance(owner, Closure):
            self.store[owner.obj] = {**self.store.get(owner.obj, {}), name: value}
        elif isinstance(owner, Ref) and owner.kind == "array":
            self.set_array_attribute(owner, name, value, node)
        elif isinstance(owner, Static) and belongs_to_user(owner.value):
            self.set_outer_attribute(owner.value, name, value, node)
        else:
            self.refuse(
                f"an attribute of a {self.kind_of(owner)} cannot be assigned",
                node,
                hint="attributes are assigned on instances of classes of your own",
            )


def _nothing(*args: Any, **kwargs: Any) -> None:
    """What `object.__init__` does."""


def belongs_to_user(obj: Any) -> bool:
    """Whether an object may hold attributes that change between calls."""
    own = obj if isinstance(obj, type | types.FunctionType | types.ModuleType) else type(obj)
    home = getattr(own, "__module__", getattr(own, "__name__", None)) or "builtins"
    return home.split(".")[0] not in ("builtins", "numpy", "scipy", "math", "types", "functools", "sourcead")
