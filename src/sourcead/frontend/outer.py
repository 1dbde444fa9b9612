"""Memory outside of the function: globals, closure variables, attributes of objects, lists, dicts and arrays
that were there before the call.

A write to it is an effect of the primal and stays.  It is lowered twice: as an op that changes the very
object, at its place among the other effects, and as a new state, by which the function's own later reads
see it:

    WORK[i] = x * x          outer.store WORK [i] v          WORK[i] = v         the effect
    return WORK[i] * 2       w1 = store(w0, i, v)            work[i] = v         w0 = outer.snapshot WORK
                             r = getitem(w1, i) * 2

So nothing that is differentiated depends on what happens to the object later, and the reverse sweep never
touches it.  What is written must have its state from the beginning, before any branch or loop: lowering
that meets a first write starts again (`Written`), with the place declared.

Places that hold one thing (a global, a cell, an attribute) are variables of the store under (OUTER, slot,
name); lists, dicts and arrays are objects of it.  A list that grows has as its state an IR list, or, where
its items have no common type, `UNREAD`: it can be appended to and not be read."""

from __future__ import annotations

import ast
import sys
import types
from typing import Any

from ..ir.core import Constant, Value
from ..ir.types import List, Opaque, Scalar, Type, same_type
from .base import Base
from .places import ABSENT, Fixture, Free, Own, Place
from .trees import leaf_type
from .values import OUTER, UNREAD, Abstract, Chosen, Conflict, Growing, Obj, Ref, Static, Tup

ALIVE = "it was stored where it lives on after the call, and is written to afterwards"


class Written(Exception):
    """Something outside is written to that was not declared; lowering starts again with its place."""

    def __init__(self, place: Place) -> None:
        self.place = place


class ArgumentWritten(Exception):
    """An object that is bound to the function (a method's `self`) is written to: it is one from outside."""

    def __init__(self, name: str) -> None:
        self.name = name


class Outer(Base):
    # -- declaring -------------------------------------------------------------------------------------
    def declare(self, p: Place) -> None:
        """Give what is going to be written its state at the beginning."""
        if p.mode == "variable":
            key = (OUTER, p.slot, p.name)
            if p.obj is ABSENT:
                self.frees[p.slot] = Free(p.name, p.home, p.key, None, ABSENT)
            else:
                self.store[key] = self.known(p.obj, p.name, p.home, p.key, p.slot)
            self.declared[p.slot] = key
            return
        if p.mode in ("grow", "unread"):
            self.declare_list(p)
            return
        a = self.known(p.obj, p.name, p.home, p.key, p.slot)
        self.declared[a.obj] = True
        if a.kind == "array":
            v = self.store[a.obj]
            a.obj.name = private(p.name)
            self.store[a.obj] = self.builder.one("outer.snapshot", [v], v.type, {"_named": True}, a.obj.name)

    def declare_list(self, p: Place) -> None:
        obj = self.containers.setdefault(id(p.obj), Obj("list", p.name))
        self.outside[obj] = p
        self.declared[obj] = True
        self.frees.setdefault(p.slot, Free(p.name, p.home, p.key, None, p.obj))
        elem = elements(p.obj) if p.mode == "grow" else NotImplemented
        if elem is NotImplemented:
            self.store[obj] = UNREAD
            return
        handle = self.handle(p.obj, p.name)
        free = self.frees["handle", id(p.obj)]
        free.check, free.expected = elements_key, elements_key(p.obj)
        obj.name = private(p.name)
        state = self.builder.one("outer.snapshot", [handle], List(elem), {"_named": True}, obj.name)
        self.store[obj] = Growing(state)

    # -- variables outside -----------------------------------------------------------------------------
    def read_declared(self, slot: Any, name: str, node: ast.AST | None) -> Abstract:
        a = self.store.get(self.declared[slot])
        if a is None:
            self.refuse(f"'{name}' is used before it is set", node, reason="Python raises an error here")
        if isinstance(a, Conflict):
            self.refuse(f"'{name}': {a.reason}", node, hint=a.hint)
        return a

    def write_variable(self, p: Place, owner: Any, how: str, value: Abstract, node: ast.AST) -> None:
        """Bind a global, a closure variable, or an attribute: `how` is the attribute or key of `owner`."""
        if p.slot not in self.declared:
            p.mode = "variable"
            raise Written(p)
        self.name(value, p.name)
        if isinstance(owner, dict):
            self.with_stored(value, node, "outer.item", [self.handle(owner), Constant(how)], {})
        else:
            self.with_stored(value, node, "outer.attr", [self.handle(owner)], {"name": how})
        self.store[self.declared[p.slot]] = value

    def bind_global(self, name: str, value: Abstract, node: ast.AST) -> None:
        home = self.frame.globals
        module = sys.modules.get(home.get("__name__", ""))
        owner = module if module is not None and vars(module) is home else home
        place = Place((id(home), name), name, home, name, home.get(name, ABSENT))
        self.write_variable(place, owner, name, value, node)

    def bind_cell(self, name: str, value: Abstract, node: ast.AST) -> None:
        cell = self.frame_outermost().closure[name]
        try:
            now = cell.cell_contents
        except ValueError:
            now = ABSENT
        self.write_variable(
            Place((id(cell), None), name, cell, None, now), cell, "cell_contents", value, node
        )

    def frame_outermost(self) -> Any:
        frame: Any = self.frame
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def attribute_place(self, obj: Any, name: str) -> Place:
        """Where an attribute is found: in the object, or else in one of its classes."""
        own = vars(obj) if hasattr(obj, "__dict__") else {}
        if isinstance(obj, types.ModuleType):
            return Place((id(own), name), name, own, name, own.get(name, ABSENT))
        slot = (id(obj), "attribute", name)
        if name not in own and slot not in self.declared:
            line = obj.__mro__ if isinstance(obj, type) else type(obj).__mro__
            for c in line:
                found = vars(c).get(name, ABSENT)
                if found is ABSENT:
                    continue
                if hasattr(type(found), "__get__"):  # a method, or computed
                    break
                guard = (id(obj), "absent", name)  # it may be set in the object before the next call
                self.frees.setdefault(guard, Free(name, Own(obj, name), None, None, ABSENT))
                return Place((id(c), "attribute", name), name, c, name, found)
        return Place(slot, name, obj, name, getattr(obj, name, ABSENT))

    def set_outer_attribute(self, obj: Any, name: str, value: Abstract, node: ast.AST) -> None:
        """`obj.name = value` for an object, class, function or module that lives outside."""
        cls = type(obj)
        if id(obj) in self.argument_ids:
            self.refuse_argument(obj, node)
        in_class = vars(obj).get(name) if isinstance(obj, type) else None
        found = getattr(type(obj), name, None) if in_class is None else None
        if isinstance(found, property) and found.fset is not None:
            self.call(Static(found.fset), [Static(obj), value], {})
            return
        plain = cls.__setattr__ in (object.__setattr__, type.__setattr__, types.ModuleType.__setattr__)
        descriptor = hasattr(type(found), "__set__") and not isinstance(found, types.MemberDescriptorType)
        dynamic = hasattr(cls, "__getattr__") or cls.__getattribute__ not in (
            object.__getattribute__,
            type.__getattribute__,
            types.ModuleType.__getattribute__,
        )
        if not plain or descriptor or (dynamic and not isinstance(obj, types.ModuleType)):
            self.refuse(
                f"what assigning to the attribute '{name}' of a {cls.__name__} does is not understood",
                node,
                reason="its class decides what an assignment to an attribute does",
                hint="keep the value in an attribute of an object of a plain class",
            )
        if not hasattr(obj, "__dict__") and not hasattr(cls, name):
            self.refuse(
                f"a {cls.__name__} has no attribute '{name}' that can be assigned",
                node,
                reason="Python raises AttributeError here",
            )
        home = vars(obj) if isinstance(obj, types.ModuleType) else obj
        slot = (id(home), name) if home is not obj else (id(obj), "attribute", name)
        if isinstance(obj, type):
            for s, key in self.declared.items():  # an object that took the value from its class
                if isinstance(s, tuple) and s[1:] == ("attribute", name) and s != slot and key in self.store:
                    self.refuse(
                        f"the attribute '{name}' is assigned in a class and in an object of it",
                        node,
                        hint="give them different names",
                    )
        now = home.get(name, ABSENT) if home is not obj else getattr(obj, name, ABSENT)
        self.write_variable(Place(slot, name, home, name, now), obj, name, value, node)

    def refuse_argument(self, obj: Any, node: ast.AST | None) -> Any:
        self.refuse(
            f"writing into an object of class {type(obj).__name__} that is an argument is not supported",
            node,
            reason="arguments stay as they are, so it would have to be copied, and how is not known",
            hint="make its class a dataclass, or return the new value",
        )

    # -- objects outside -------------------------------------------------------------------------------
    def about_to_write(self, obj: Obj, node: ast.AST, mode: str = "items") -> bool:
        """Whether an object that is written to lives outside; where it was not declared, start again.

        Refuses a write to what was stored outside, or may share memory with something there.
        """
        if obj in self.bound_objects:
            raise ArgumentWritten(self.bound_objects[obj])
        p = self.outside.get(obj)
        if p is None:
            self.check_escaped(obj, node)
            return False
        if obj in self.argument_outside or id(p.obj) in self.argument_ids:
            self.refuse_argument(p.obj, node)
        order = ("items", "grow", "unread")
        if obj not in self.declared or (
            obj.kind == "list" and order.index(mode) > order.index(self.outside[obj].mode)
        ):
            raise Written(Place(p.slot, p.name, p.home, p.key, p.obj, mode))
        return True

    def check_escaped(self, obj: Obj, node: ast.AST) -> None:
        near = {obj, *self.aliases.get(obj, ())}
        outer = next((p for o, p in self.outside.items() if o in near), None)
        if outer is not None:
            self.entangled = True
            self.refuse(
                f"whether this writes into '{outer.name}' too shows only at run time",
                node,
                reason=f"'{outer.name}' lives outside of the function, and this may be a view of it",
                hint="write through the original, or to a copy",
            )
        roots = [a for k, a in self.store.items() if isinstance(k, tuple) and k and k[0] is OUTER]
        roots += [self.store.get(o) for o in self.outside]
        if near & self.escaped or any(self.leads_to(a, near, set()) for a in roots):
            self.refuse(
                f"'{self.label(obj) or 'this object'}' may not be written to here",
                node,
                reason=ALIVE,
                hint="store a copy, or finish it before it is stored",
            )
        self.writes.append((self.open_loops(), obj, self.spans[-1] if self.spans else None))

    def leads_to(self, a: Any, near: set[Obj], seen: set[Any]) -> bool:
        if isinstance(a, Ref) and isinstance(a.obj, Chosen):
            return any(self.leads_to(o, near, seen) for o in a.obj.options)
        if isinstance(a, Ref):
            if a.obj in near:
                return True
            if a.obj in seen:
                return False
            seen.add(a.obj)
            return self.leads_to(self.store.get(a.obj), near, seen)
        parts = a.items if isinstance(a, Tup) else a.values() if isinstance(a, dict) else a
        return isinstance(parts, tuple | type({}.values())) and any(
            self.leads_to(i, near, seen) for i in parts
        )

    def label(self, obj: Obj) -> str | None:
        return self.outside[obj].name if obj in self.outside else obj.name

    def open_loops(self) -> tuple[Any, ...]:
        return tuple(t for f in self.frames for t in f.loops)

    def check_loops(self) -> None:
        """A loop that stores an object outside and writes, in a later trip, to what it stored then."""
        for loops, obj, span in self.writes:
            for t in loops:
                header = self.headers.get(t, set())
                if obj not in header or not any(t in e for e in self.escapes):
                    continue
                if obj in self.carried or {obj, *self.aliases.get(obj, ())} & self.escaped:
                    if span is not None:
                        self.spans.append(span)
                    self.refuse(
                        f"'{obj.name or 'this object'}' may not be written to in this loop",
                        reason=ALIVE,
                        hint="store a copy",
                    )

    # -- effects ---------------------------------------------------------------------------------------
    def effect(self, kind: str, inputs: list[Value], attrs: dict[str, Any], node: ast.AST | None) -> None:
        if self.sealed:
            self.refuse(
                "a write to memory outside of the function is not supported here",
                node,
                reason="the function that writes calls itself, or is differentiated inside of another one",
                hint="return the value, and write it outside",
            )
        self.builder.emit(kind, inputs, [], {k: v for k, v in attrs.items() if v not in ((), None)})
        self.touched = True

    def handle(self, obj: Any, name: str | None = None) -> Value:
        """The object itself as a value: a trailing parameter."""
        for o, p in self.outside.items():
            if p.obj is obj and o.kind == "array":
                return self.frees[p.slot].value
        if id(obj) in self.handles:
            return self.handles[id(obj)]
        slot = ("handle", id(obj))
        if slot not in self.frees:
            known = [f.name for f in self.frees.values() if f.seen is obj and f.value is None]
            own = getattr(obj, "__name__", None) or type(obj).__name__
            label = name or (known[0] if known else str(own).rpartition(".")[2].lower())
            label = label if label.isidentifier() else "outer"
            if isinstance(obj, types.CellType):
                label = next((f.name for s, f in self.frees.items() if f.home is obj), "outer") + "_cell"
            if isinstance(obj, dict) and obj is self.frame.globals:
                label = "outer_globals"
            free = Free(label, Fixture(obj), None, Value(Opaque(type(obj).__name__), label), obj)
            free.is_handle = True
            self.frees[slot] = free
        return self.frees[slot].value

    def handle_of(self, ref: Ref) -> Value:
        p = self.outside[ref.obj]
        return self.handle(p.obj, p.name)

    def change(self, ref: Ref, method: str, args: list[Abstract], node: ast.AST | None) -> None:
        """The effect of a method of a list or dict that lives outside."""
        values, copies = [], []
        for n, a in enumerate(args):
            v, copied = self.stored(a, node)
            values.append(v)
            copies += [n + 1] if copied else []
        self.effect(
            "outer.call",
            [self.handle_of(ref), *values],
            {"method": method, "copies": tuple(copies)},
            node,
        )

    def fits(self, ref: Ref, value: Abstract, node: ast.AST) -> bool:
        """Whether a list outside has a state that can take an item; where it has one and cannot, lowering
        starts again with a list that is not read."""
        state = self.store.get(ref.obj)
        if not isinstance(state, Growing):
            return False
        elem = state.value.type.elem
        if isinstance(value, Value) and isinstance(value.type, Scalar) and elem in (None, value.type):
            return True
        p = self.outside[ref.obj]
        raise Written(Place(p.slot, p.name, p.home, p.key, p.obj, "unread"))

    def written_places(self) -> list[Free]:
        """What is written to: the handles, and the arrays."""
        out = [f for f in self.frees.values() if f.is_handle]
        arrays = [p.slot for o, p in self.outside.items() if o in self.declared and o.kind == "array"]
        for f in out:
            if id(f.seen) in self.argument_ids:
                self.refuse_argument(f.seen, None)
        return out + [self.frees[s] for s in arrays]

    def put_outside(self, ref: Ref, key: Value, value: Abstract, node: ast.AST | None) -> None:
        """The effect of `ref[key] = value`, of a list or dict that lives outside."""
        self.with_stored(value, node, "outer.item", [self.handle_of(ref), key], {})


def private(name: str) -> str:
    """The name of the function's own copy."""
    return f"{name.lower()}_copy"


def elements(items: list[Any]) -> Any:
    """The type that the items of a list have in common, None for an empty list; NotImplemented where there is
    none."""
    elem: Type | None = None
    for x in items:
        t = leaf_type(x)
        if not isinstance(t, Scalar) or (elem is not None and not same_type(elem, t)):
            return NotImplemented
        elem = t
    return elem


def elements_key(items: list[Any]) -> Any:
    """What of the items of a list decides the type of its state."""
    return frozenset(map(type, items))
