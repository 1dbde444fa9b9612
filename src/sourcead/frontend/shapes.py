"""The shapes of abstract values: a skeleton with a type at each leaf, which loops carry and calls are
specialised on.

widen(p, q)      the least shape that covers both (of kind `conflict` where there is none)
lift(a, s)       the leaf values of `a`, as the shape asks for them
raise_up(s, it)  the abstract value of the shape whose leaves come from `it`
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from ..ir.core import Constant, Undef, Value
from ..ir.types import (
    PY_BOOL,
    PY_INT,
    UNDEFINED,
    Array,
    Foreign,
    List,
    Scalar,
    Type,
    join,
    same_dim,
    same_layout,
    same_type,
)
from .base import Base
from .references import OPTIONS, same_ref
from .values import UNDEF, Abstract, Chosen, Closure, Conflict, Growing, Obj, Ref, Static, Tup

MISSING: Any = type("Missing", (), {"__repr__": lambda s: "missing"})()


class Shape:
    """kind: value, array, list (growing), items, dict, instance, tup, same, choice, missing; leaves hold
    types.  A choice has its options, references that are there before the loop, in `parts`' stead."""

    __slots__ = ("extra", "kind", "number", "options", "parts", "state", "type")

    def __init__(
        self,
        kind: str,
        type: Type | None = None,
        parts: tuple[Shape, ...] = (),
        extra: Any = None,
        number: bool = False,
        state: Shape | None = None,
        options: tuple[Ref, ...] = (),
    ):
        self.options = options
        self.state = state  # of kind same, for an object: the shape of its state
        self.kind, self.type, self.parts, self.extra, self.number = kind, type, parts, extra, number

    def equals(self, other: Shape) -> bool:
        if self.kind != other.kind or len(self.parts) != len(other.parts):
            return False
        if (
            self.type is not None
            and self.kind != "choice"
            and (other.type is None or not same_type(self.type, other.type))
        ):
            return False
        if len(self.options) != len(other.options) or not all(map(same_ref, self.options, other.options)):
            return False
        if self.type is not None and other.type is not None and not same_layout(self.type, other.type):
            return False
        return all(p.equals(q) for p, q in zip(self.parts, other.parts))


class Shapes(Base):
    def shape(self, a: Abstract) -> Shape:
        if a is MISSING or isinstance(a, Undef):
            return Shape("missing")
        if isinstance(a, Value):
            return Shape("value", a.type, number=isinstance(a, Constant))
        if isinstance(a, Ref):
            if self.choosing and (a.kind == "array" or isinstance(a.obj, Chosen)):
                options = self.united([a])
                if self.option_ok is None or all(map(self.option_ok, options)):
                    t = self.type_of(a) if a.kind == "array" else None
                    return Shape("choice", t, extra=a.obj.name, options=options)
            if a.kind == "array":
                return Shape("array", self.type_of(a), extra=a.obj.name)
            return Shape("same", extra=a, state=self.state_shape(a.obj))
        if isinstance(a, Tup):
            return Shape("tup", None, tuple(map(self.shape, a.items)), a.cls)
        if isinstance(a, Growing):
            return Shape("list", a.value.type)
        if isinstance(a, tuple):
            return Shape("items", None, tuple(map(self.part_shape, a)))
        if isinstance(a, dict):
            return Shape("dict", None, tuple(map(self.part_shape, a.values())), tuple(a))
        return Shape("same", extra=a)

    def part_shape(self, a: Abstract) -> Shape:
        """The shape of an item of a container; an array from outside stays the one that it is."""
        if isinstance(a, Ref) and a.kind == "array" and a.obj in self.outside and not a.path:
            return Shape("same", extra=a)
        return self.shape(a)

    def state_shape(self, obj: Obj) -> Shape | None:
        """The shape of what an object holds now; None inside of an object that holds itself."""
        if isinstance(obj, Chosen):
            return self.shape(self.chosen_state(Ref(obj)))
        state = self.store.get(obj) if self.store is not None else None
        if state is None or isinstance(state, Conflict) or obj in self.shaping:
            return None
        self.shaping.add(obj)
        try:
            return self.shape(state)
        finally:
            self.shaping.discard(obj)

    def as_object(self, s: Shape) -> Shape:
        """A shape that stands for any object of that kind and state, not for the one object."""
        if s.kind == "choice":
            if s.type is not None:
                return Shape("array", s.type, extra=s.extra)
            some = [self.as_object(Shape("same", extra=o, state=self.state_shape(o.obj))) for o in s.options]
            return functools.reduce(self.widen, some)
        if s.kind == "same" and isinstance(s.extra, Ref) and s.state is not None:
            obj = s.extra.obj
            return Shape("object", None, (self.as_object(s.state),), (obj.kind, obj.cls, obj.name))
        if s.parts:
            parts = tuple(map(self.as_object, s.parts))
            return Shape(s.kind, s.type, parts, s.extra, s.number)
        return s

    def widen_objects(self, p: Shape, q: Shape) -> Shape | None:
        """Two objects of one kind: a variable that leads to one and then to another."""
        a, b = (s if s.kind == "object" else self.as_object(s) for s in (p, q))
        if a.kind != "object" or b.kind != "object" or a.extra[:2] != b.extra[:2]:
            return None
        state = self.widen(a.parts[0], b.parts[0])
        return None if state.kind == "conflict" else Shape("object", None, (state,), a.extra)

    def widen(self, p: Shape, q: Shape) -> Shape:
        """The least shape that covers both; of kind conflict where there is none."""
        if p.kind == "missing":
            return q
        if q.kind == "missing":
            return p
        if p.kind == q.kind == "same":
            a, b = p.extra, q.extra
            same = a is b or (
                isinstance(a, Static) and isinstance(b, Static) and same_static(a.value, b.value)
            )
            same = same or (isinstance(a, Ref) and isinstance(b, Ref) and a.obj is b.obj)
            same = same or (
                isinstance(a, Closure) and isinstance(b, Closure) and a.node is b.node and a.frame is b.frame
            )
            if same:
                return q
        if self.choosing and "choice" in (p.kind, q.kind):
            made = self.widen_choices(p, q)
            if made is not None:
                return made
            p, q = (self.as_object(s) if s.kind == "choice" else s for s in (p, q))
        if self.choosing and p.kind == q.kind == "same":
            a, b = p.extra, q.extra
            one_kind = isinstance(a, Ref) and isinstance(b, Ref) and a.kind == b.kind
            if one_kind and (self.option_ok is None or (self.option_ok(a) and self.option_ok(b))):
                return Shape("choice", extra=b.obj.name, options=self.united([a, b]))
        for a, b in ((p, q), (q, p)):
            if a.kind == "same" and isinstance(a.extra, Ref) and a.extra.kind == "array" and b.kind != "same":
                array = Shape("array", self.type_of(a.extra), extra=a.extra.obj.name)
                return self.widen(*((array, b) if a is p else (b, array)))
        if p.kind in ("same", "object") and q.kind in ("same", "object"):
            made = self.widen_objects(p, q)
            if made is not None:
                return made
            return Shape("conflict", extra="it leads to different things before and in the loop")
        if p.kind == q.kind and p.kind in ("value", "array", "list"):
            t = self.widen_type(p.type, q.type)
            if t is not None:
                return Shape(p.kind, t, extra=p.extra, number=p.number and q.number)
        for a, b in ((p, q), (q, p)):
            if a.kind == "value" and a.number and isinstance(a.type, Scalar) and b.kind == "array":
                t = b.type
                return Shape("array", Array(t.dtype, t.shape, t.contiguous, True), extra=b.extra)
        if (
            p.kind == q.kind
            and p.kind in ("tup", "items", "dict")
            and len(p.parts) == len(q.parts)
            and p.extra == q.extra
        ):
            return Shape(p.kind, None, tuple(self.widen(a, b) for a, b in zip(p.parts, q.parts)), p.extra)
        if {p.kind, q.kind} <= {"items", "list"}:
            elems = [
                e
                for s in (p, q)
                for e in ([s.type.elem] if s.kind == "list" else [leaf_elem(x) for x in s.parts])
            ]
            elem: Type | None = None
            for e in elems:
                if e is not None:
                    elem = e if elem is None else self.widen_type(elem, e)
            if elem is not None and all(
                x.kind in ("value", "array", "missing") for s in (p, q) if s.kind == "items" for x in s.parts
            ):
                return Shape("list", List(elem))
        if {p.kind, q.kind} & {"same", "conflict"}:
            return Shape("conflict", extra="its kind changes from turn to turn of the loop")
        return Shape(
            "conflict", extra=f"its kind changes in the loop, from {p.type or p.kind} to {q.type or q.kind}"
        )

    def widen_choices(self, p: Shape, q: Shape) -> Shape | None:
        """A reference to any of the options of both; None where one of them is no reference that can be
        carried as a choice."""
        refs: list[Ref] = []
        for s in (p, q):
            one = s.kind == "same" and isinstance(s.extra, Ref)
            if not one and s.kind != "choice":
                return None
            refs += [s.extra] if one else s.options
        if any(self.option_ok is not None and not self.option_ok(r) for r in refs):
            return None
        options = self.united(refs)
        if len({r.kind for r in options}) > 1 or len(options) > 2 * OPTIONS:
            return None
        if p.type is None or q.type is None:
            return Shape("choice", extra=q.extra if q.kind == "choice" else p.extra, options=options)
        t = self.widen_type(p.type, q.type)
        return None if t is None else Shape("choice", t, extra=q.extra, options=options)

    def widen_type(self, p: Type, q: Type) -> Type | None:
        if p == UNDEFINED:
            return q
        if q == UNDEFINED or (same_type(p, q) and same_layout(p, q)) or covers(p, q):
            return p
        if isinstance(p, List) and p.elem is None:
            return q
        if isinstance(q, List) and q.elem is None:
            return p
        return join(p, q)

    def lift(self, a: Abstract, s: Shape) -> Iterator[Value]:
        """The leaf values of an abstract value, as the shape asks for them."""
        if s.kind == "choice":
            if len(s.options) > 1:
                yield self.tag_of(a, s.options) if isinstance(a, Ref) else UNDEF
        elif s.kind in ("value", "array"):
            yield UNDEF if a is MISSING or isinstance(a, Undef) else self.value(a)
        elif s.kind == "list":
            if isinstance(a, Growing):
                yield a.value
            elif a is MISSING:
                yield UNDEF
            else:
                items = [self.value(i) for i in a]
                yield self.builder.one("list.new", items, s.type)
        elif s.kind == "object":
            if isinstance(a, Ref) and isinstance(a.obj, Chosen):
                yield from self.lift(self.chosen_state(a), s.parts[0])
            else:
                yield from self.lift(
                    self.store.get(a.obj, MISSING) if isinstance(a, Ref) else MISSING, s.parts[0]
                )
        elif s.parts:
            parts: Any = [MISSING] * len(s.parts)
            if isinstance(a, Tup):
                parts = a.items
            elif isinstance(a, tuple):
                parts = a
            elif isinstance(a, dict):
                parts = a.values()
            for p, t in zip(parts, s.parts):
                yield from self.lift(p, t)

    def raise_up(
        self, s: Shape, leaves: Iterator[Value], like: Abstract, name: str | None = None
    ) -> Abstract:
        """The abstract value of a shape whose leaves are the given values."""
        if s.kind == "value":
            return next(leaves)
        if s.kind == "choice":
            return self.make_choice(next(leaves) if len(s.options) > 1 else UNDEF, s.options, name)
        if s.kind == "array":
            return self.new_ref("array", next(leaves), name or s.extra)
        if s.kind == "list":
            return Growing(next(leaves))
        if s.kind == "tup":
            return Tup(tuple(self.raise_up(p, leaves, None) for p in s.parts), s.extra)
        if s.kind == "items":
            return tuple(self.raise_up(p, leaves, None) for p in s.parts)
        if s.kind == "dict":
            return {k: self.raise_up(p, leaves, None) for k, p in zip(s.extra, s.parts)}
        if s.kind == "object":
            kind, cls, old = s.extra
            return self.new_ref(kind, self.raise_up(s.parts[0], leaves, None), name or old, cls)
        if s.kind == "conflict":
            return Conflict(s.extra)
        return like if s.kind == "missing" else s.extra

    def leaf_types(self, s: Shape) -> Iterator[tuple[Type, str | None]]:
        if s.kind == "choice":
            if len(s.options) > 1:
                yield PY_BOOL if len(s.options) == 2 else PY_INT, None
        elif s.kind in ("value", "array", "list"):
            yield s.type, s.extra if isinstance(s.extra, str) else None
        else:
            for p in s.parts:
                yield from self.leaf_types(p)


def leaf_elem(s: Shape) -> Type | None:
    return s.type


def covers(p: Type, q: Type) -> bool:
    """Whether a type already widened (its unknown lengths stand for any) covers another."""
    if isinstance(p, Array) and isinstance(q, Array):
        if (
            p.dtype != q.dtype
            or p.ndim != q.ndim
            or (p.contiguous and not q.contiguous)
            or (p.fortran and not q.fortran)
        ):
            return False
        return all(
            (d.symbol is not None and d.offset == 0 and d.symbol.find().wild) or same_dim(d, e)
            for d, e in zip(p.shape, q.shape)
        )
    if isinstance(p, List) and isinstance(q, List) and p.elem is not None and q.elem is not None:
        same = same_type(p.elem, q.elem) and same_layout(p.elem, q.elem)
        return same or covers(p.elem, q.elem)
    if isinstance(p, Scalar) and isinstance(q, Scalar):
        return join(p, q) == p
    return isinstance(p, Foreign) and same_type(p, q)


def same_static(a: Any, b: Any) -> bool:
    if a is b:
        return True
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:
        return False
