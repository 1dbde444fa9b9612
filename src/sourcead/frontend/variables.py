"""Variables: what a name leads to, and what binding it does.

A global or closure variable that holds a number or an array is read anew at each call of the derivative: it
becomes a trailing parameter (`Free`), its type a part of what the compilation is made for.  Anything else
outside is known when compiling."""

from __future__ import annotations

import ast
import builtins
from typing import Any

from ..ir.core import Constant, Undef, Value
from ..ir.types import Array
from ..rules.foreign import FOREIGN
from .base import Base
from .places import Free, Place
from .trees import children_of, leaf_type
from .values import Abstract, Chosen, Conflict, Growing, Obj, Ref, Tup, constant

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Variables(Base):
    root_objects: dict[Any, Obj]

    def eval_Name(self, node: ast.Name) -> Abstract:
        return self.lookup(node.id, node)

    def lookup(self, name: str, node: ast.AST | None = None) -> Abstract:
        frame: Any = self.frame
        if name in frame.declared_global:
            return self.free(name, node)
        while frame is not None:
            if name in frame.locals and name not in frame.nonlocals:
                key = (frame, name)
                if key in self.store:
                    a = self.store[key]
                    if isinstance(a, Conflict):
                        self.refuse(f"'{name}': {a.reason}", node, hint=a.hint)
                    return a
                return self.unbound(name, node)
            if frame.parent is None:
                break
            frame = frame.parent
        return self.free(name, node, frame)

    def unbound(self, name: str, node: ast.AST | None) -> Abstract:
        """A local name that no path has bound here."""
        if self.frame.loops:  # bound later in the loop's body: the next attempt knows its type

            return Undef()
        self.refuse(
            f"'{name}' is used before it is assigned", node, reason="Python raises UnboundLocalError here"
        )

    def free(self, name: str, node: ast.AST | None, frame: Any = None) -> Abstract:
        """A global, closure or built-in name: live numbers and arrays become trailing parameters."""
        frame = frame or self.frame
        home: Any = frame.closure.get(name)
        slot = (id(home), None) if home is not None else (id(frame.globals), name)
        if slot in self.declared:
            return self.read_declared(slot, name, node)
        if home is not None:
            try:
                obj = home.cell_contents
            except ValueError:
                self.refuse(f"'{name}' is not bound yet", node, reason="Python raises NameError here")
            return self.known(obj, name, home, None)
        if name in frame.globals:
            return self.known(frame.globals[name], name, frame.globals, name)
        if hasattr(builtins, name):
            return constant(getattr(builtins, name))
        self.refuse(f"name '{name}' is not defined", node, reason="Python raises NameError here")

    def known(self, obj: Any, name: str, home: Any, key: Any, slot: Any = None) -> Abstract:
        """An object that exists now, at a place that is read live at each call."""
        if self.frame.template:
            return constant(obj)
        slot = slot or (id(home), key)
        if slot in self.declared:
            return self.read_declared(slot, name, None)
        t = leaf_type(obj)
        if t is not None and slot not in self.pinned:
            if slot not in self.frees:
                self.frees[slot] = Free(name, home, key, Value(t, name), obj)
            return self.store_free(slot, self.frees[slot])
        parts = children_of(obj)
        plain = parts is None or parts[0] == "dataclass" or isinstance(obj, type)
        if slot not in self.frees:
            self.frees[slot] = Free(name, home, key, None, obj, None if plain else shallow(parts))
        if plain or (parts[0] in ("tuple", "namedtuple") and not any(map(holds_leaves, parts[3]))):
            return constant(obj)
        return self.known_container(obj, name, parts, Place(slot, name, home, key, obj))

    def store_free(self, slot: Any, f: Free) -> Abstract:
        if isinstance(f.value.type, Array):
            if slot not in self.root_objects:
                self.root_objects[slot] = Obj("array", f.name)
                self.outside[self.root_objects[slot]] = Place(slot, f.name, f.home, f.key, f.seen)
            obj = self.root_objects[slot]
            self.store.setdefault(obj, f.value)
            return Ref(obj)
        return self.wrap(f.value, f.name)

    def known_container(self, obj: Any, name: str, parts: Any, place: Place) -> Abstract:
        """A container that lives outside: its numbers and arrays are read live."""
        kind, cls, keys, children = parts
        made = self.containers.get(id(obj))
        if made is not None and made in self.store:
            return Ref(made)
        items = []
        for n, c in enumerate(children):
            k = keys[n] if kind == "dict" else n
            home = obj if kind == "dict" else _Item(obj, n)
            label = f"{name}_{k}"
            items.append(self.known(c, label, home, k if kind == "dict" else None, (id(obj), "item", k)))
        if kind in ("dict", "list"):
            state = dict(zip(keys, items)) if kind == "dict" else tuple(items)
            if made is None:
                made = self.containers[id(obj)] = Obj(kind, name)
                self.outside[made] = place
            self.store[made] = state
            return Ref(made)
        return Tup(tuple(items), cls if kind == "namedtuple" else None)

    def frame_of(self, name: str) -> Any:
        frame: Any = self.frame
        while isinstance(frame.function, COMPREHENSIONS) and name not in frame.locals:
            frame = frame.parent  # `:=` binds in the function around
        if name in frame.nonlocals:
            frame = frame.parent
            while frame is not None and (name not in frame.locals or name in frame.nonlocals):
                frame = frame.parent
        return frame

    def bind(self, name: str, a: Abstract, node: ast.AST | None = None) -> None:
        if name in self.frame.declared_global:
            return self.bind_global(name, a, node)
        frame = self.frame_of(name)
        if frame is None:
            return self.bind_cell(name, a, node)
        if not self.frame.template or self.frame.named:
            self.name(a, name)
        self.store[frame, name] = a

    def name(self, a: Abstract, name: str) -> None:
        """Give a fresh value the name that the user gives it."""
        if name == "_":
            return
        if isinstance(a, Value) and a.name is None and not isinstance(a, Constant):
            a.name = name
            if a.op is not None and len(a.op.results) == 1:
                a.op.attrs["_named"] = True
        elif isinstance(a, Ref):
            if a.obj.name is None:
                a.obj.name = name
            if isinstance(a.obj, Chosen):
                tag = a.obj.tag
                if tag.name is None and tag.op is not None and tag.op.kind.endswith("reshape_is_view"):
                    tag.name = f"{name}_is_view"
                for o in a.obj.options if a.kind == "array" and not a.path else ():
                    if not o.path and o.obj.name is None:
                        self.name(o, name)
                return
            if a.kind == "array":
                state = self.state(a)
                if not a.path and state.name is None and not isinstance(state, Constant):
                    state.name = name
                    if state.op is not None and len(state.op.results) == 1:
                        state.op.attrs["_named"] = True
                elif a.path:
                    self.value(a, name)  # the line that makes the view stays where the user wrote it
            elif a.kind == "instance" and a.obj.cls in FOREIGN.values():
                self.name(self.state(a)["object"], name)
            elif a.kind == "list":
                state = self.state(a)
                if isinstance(state, Growing) and state.value.name is None:
                    state.value.name = name


class _Item:
    """The place of an element of a container that a global or closure variable holds."""

    def __init__(self, owner: Any, n: int) -> None:
        self.owner, self.n = owner, n

    @property
    def cell_contents(self) -> Any:
        return self.owner[self.n]


def shallow(parts: Any) -> Any:
    """What of a container itself decides which compilation serves; its items have places of their own."""
    return parts[1], parts[2], len(parts[3])


def holds_leaves(x: Any) -> bool:
    """Whether there is a number or an array in a container."""
    parts = children_of(x)
    return leaf_type(x) is not None or (parts is not None and any(map(holds_leaves, parts[3])))
