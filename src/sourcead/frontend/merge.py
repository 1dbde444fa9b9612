"""Where two paths meet: every variable or object that they left different becomes a result of the `if`.

store after then:  x -> %3   y -> Ref(a)      if c: ... yield %3, state(a)
store after else:  x -> %1   y -> Ref(b)      else: ... yield %1, state(b)
after the join:    x -> %r0  y -> Ref(new), whose state is %r1 and which may alias a and b
"""

from __future__ import annotations

from itertools import compress, islice
from operator import is_not
from typing import Any

import numpy as np

from ..ir.core import FALSE, TRUE, Constant, Op, Region, Undef, Value
from ..ir.types import Array, Opaque, Scalar, Type, join
from .base import Base
from .shapes import MISSING, same_static
from .values import (
    LIVE,
    ONE_KIND,
    RETURNED,
    UNDEF,
    Abstract,
    Chosen,
    Closure,
    Conflict,
    Growing,
    Obj,
    RangeVal,
    Ref,
    Static,
    Stop,
    Tup,
)

DEAD: Any = type("Dead", (), {"__repr__": lambda s: "dead"})()


def join_values(a: Value, b: Value) -> Type | None:
    """The type of a value that is either; a constant number may stand for an array (`s = 0` before `s = s +
    x`)."""
    t = join(a.type, b.type)
    if t is None and isinstance(a.type, Opaque) and isinstance(b.type, Opaque) and a.type.what == b.type.what:
        return a.type
    if t is None:
        for p, q in ((a, b), (b, a)):
            if isinstance(p, Constant) and isinstance(p.type, Scalar) and isinstance(q.type, Array):
                return Array(q.type.dtype, q.type.shape, q.type.contiguous, True)
    return t


def begins_with(store: Any, keys: list[Any]) -> bool:
    """Whether a store has these keys, in this order, before any others."""
    return list(islice(store, len(keys))) == keys


def differing(entry: Any, stores: list[Any]) -> list[Any]:
    """The keys of stores that a store became on some paths, without those that all of them left alone.

    A long program has very many variables and objects of which a branch touches few.  A store keeps the order
    of its keys, so the others are passed over without looking up any.
    """
    keys = [] if entry is None else list(entry)
    n = len(keys)
    if not all(begins_with(s, keys) for s in stores):
        return list(dict.fromkeys(k for s in stores for k in s))
    touched: set[int] = set()
    for s in stores:
        touched.update(compress(range(n), map(is_not, s.values(), entry.values() if n else ())))
    new = dict.fromkeys(k for s in stores for k in islice(s, n, None))
    return [*(keys[k] for k in sorted(touched)), *new]


class Merge(Base):
    def join_branches(
        self,
        c: Value | None,
        regions: list[Region],
        entry: Any,
        stores: list[Any],
        results: list[Any] | None = None,
        hint: Any = None,
    ) -> Abstract:
        """Append the `if` of two branches, or the `try` (no condition; `hint` has its classes), and meet."""
        kind, inputs = ("try", []) if c is None else ("if", [c])
        op = Op(kind, inputs, [], hint, regions, self.builder.span, self.builder.reverse)
        self.store = entry
        self.note(op)
        if stores[0] is None and stores[1] is None:
            self.builder.region.ops.append(op)
            self.store = None
            return UNDEF
        join_op = _Join(self, op, regions, stores)
        merged = dict(entry)
        for k in differing(entry, [s for s in stores if s is not None]):
            unset = FALSE if isinstance(k, tuple) and k[-1] == RETURNED else MISSING
            a, b = (DEAD if s is None else s.get(k, unset) for s in stores)
            if a is b or (
                entry is not None
                and k in entry
                and ((a is DEAD and b is entry[k]) or (b is DEAD and a is entry[k]))
            ):
                merged[k] = a if a is not DEAD else b
                continue
            if isinstance(k, Obj):
                if a is MISSING or b is MISSING:
                    continue  # made in one branch: reached through variables, if at all
                merged[k] = join_op.state(k, a, b)
            else:
                merged[k] = join_op.abstract(
                    a, b, k[-1].rstrip("?") if isinstance(k, tuple) and isinstance(k[-1], str) else None
                )
        out = None
        if results is not None:
            out = join_op.abstract(*[DEAD if s is None else r for s, r in zip(stores, results)], None)
        merged.update(join_op.new_states)
        flag_only = not regions[0].ops and not regions[1].ops and not op.results
        if not flag_only:
            self.builder.region.ops.append(op)
        self.store = merged
        return out

    def branch(self, c: Value, then: Any, other: Any, hint: dict[str, Any]) -> Abstract:
        """A value chosen at run time."""
        entry = self.store
        regions, stores, results = [Region(), Region()], [], []
        for r, f in zip(regions, (then, other)):
            self.store = dict(entry)
            with self.builder.inside(r):
                try:
                    results.append(f())
                except Stop:
                    results.append(UNDEF)
                    self.store = None
            stores.append(self.store)
        return self.join_branches(c, regions, entry, stores, results, hint)

    def under(self, c: Value, run: Any) -> None:
        """Run a piece of lowering under a condition."""
        if isinstance(c, Constant):
            if c.value:
                run()
            return
        entry = self.store
        self.store = {**entry, LIVE: TRUE}
        region = Region()
        with self.builder.inside(region):
            try:
                run()
            except Stop:
                self.store = None
        self.join_branches(c, [region, Region()], entry, [self.store, dict(entry)])


class _Join:
    """One join: gathers the results of its `if`."""

    def __init__(self, lower: Merge, op: Op, regions: list[Region], stores: list[Any]) -> None:
        self.lower, self.op, self.regions, self.stores = lower, op, regions, stores
        self.slots: dict[tuple[int, int], Value] = {}
        self.new_states: dict[Obj, Any] = {}
        self.inside = [{id(r) for r in (*g.params, *(v for o in g.ops for v in o.results))} for g in regions]

    def phi(self, a: Value, b: Value, name: str | None = None) -> Value | None:
        if a is b:
            return a
        if isinstance(a, Constant) and isinstance(b, Constant) and a.type == b.type and a.value is b.value:
            return a
        for side, (v, other) in enumerate(((a, b), (b, a))):  # the other path does not come here
            if isinstance(other, Undef) and self.stores[1 - side] is None and id(v) not in self.inside[side]:
                return v
        key = (id(a), id(b))
        if key not in self.slots:
            t = join_values(a, b)
            if t is None:
                return None
            for r, v in zip(self.regions, (a, b)):
                r.yields.append(v)
            v = Value(t, name or a.name or b.name, self.op)
            self.op.results.append(v)
            self.slots[key] = v
        return self.slots[key]

    def read(self, side: int, ref: Ref) -> Value:
        """The value of an array or list at the end of a branch."""
        lower = self.lower
        kept, lower.store = lower.store, self.stores[side]
        try:
            with lower.builder.inside(self.regions[side]):
                return lower.value(ref)
        finally:
            lower.store = kept

    def abstract(self, a: Abstract, b: Abstract, name: str | None) -> Abstract:
        if a is b:
            return a
        for x, y, side in ((a, b, 0), (b, a, 1)):
            if y is MISSING or y is DEAD:
                return self.only(side, x, y is DEAD, name)
        if isinstance(a, Conflict) or isinstance(b, Conflict):
            return a if isinstance(a, Conflict) else b
        if isinstance(a, Value) and isinstance(b, Value):
            v = self.phi(a, b, name)
            return v if v is not None else self.clash(a, b)
        if isinstance(a, Ref) and isinstance(b, Ref) and a.kind == b.kind:
            return self.refs(a, b, name)
        if isinstance(a, Ref | Value) and isinstance(b, Ref | Value):
            kinds = {x.kind if isinstance(x, Ref) else "number" for x in (a, b)}
            if kinds == {"array", "number"}:
                values = [self.read(s, x) if isinstance(x, Ref) else x for s, x in enumerate((a, b))]
                v = self.phi(values[0], values[1], name)
                if v is not None:
                    return self.new(v, name)
        if isinstance(a, Tup) and isinstance(b, Tup) and len(a.items) == len(b.items) and a.cls is b.cls:
            return Tup(tuple(self.abstract(p, q, name) for p, q in zip(a.items, b.items)), a.cls)
        if isinstance(a, Static) and isinstance(b, Static) and same_static(a.value, b.value):
            return a
        if isinstance(a, RangeVal) and isinstance(b, RangeVal):
            parts = [self.phi(p, q) for p, q in zip((a.start, a.stop, a.step), (b.start, b.stop, b.step))]
            return RangeVal(*parts)
        if (
            isinstance(a, Closure)
            and isinstance(b, Closure)
            and a.node is b.node
            and a.frame is b.frame
            and not a.defaults
        ):
            return a
        return self.clash(a, b)

    def clash(self, a: Abstract, b: Abstract) -> Conflict:
        return Conflict(
            f"it is a {self.lower.kind_of(a)} on one path and a {self.lower.kind_of(b)} on another"
        )

    def only(self, side: int, x: Abstract, dead: bool, name: str | None) -> Abstract:
        """A value that only one of the branches has."""
        pair = (lambda v: self.phi(v, UNDEF, name)) if side == 0 else (lambda v: self.phi(UNDEF, v, name))
        if isinstance(x, Value):
            return x if isinstance(x, Constant) and dead else pair(x)
        if isinstance(x, Tup):
            return Tup(tuple(self.only(side, i, dead, name) for i in x.items), x.cls)
        if isinstance(x, Ref):
            if isinstance(x.obj, Chosen):
                return self.choose(side, x, x, name)
            if x.kind == "array":
                if dead and not any(id(o) in self.inside[side] for _, os in x.path for o in os):
                    old = self.stores[side].get(x.obj)
                    if x.obj not in self.new_states:
                        self.new_states[x.obj] = pair(old)
                    return x
                if self.lower.choosing and dead:
                    return self.kept(side, x)
                if self.lower.choosing and x.obj in self.stores[1 - side]:  # whether it is bound, is checked
                    c = self.first()
                    return Ref(Chosen(c if side == 0 else self.lower.negate(c), (self.kept(side, x),), name))
                ref = self.new(pair(self.read(side, x)), name)
                self.lower.derive(ref.obj, x.obj)
                return ref
            if x.obj not in self.new_states:
                self.new_states[x.obj] = self.only_state(side, self.stores[side][x.obj], dead, name)
            return x
        return x

    def only_state(self, side: int, s: Any, dead: bool, name: str | None) -> Any:
        if isinstance(s, Growing):
            v = self.phi(s.value, UNDEF) if side == 0 else self.phi(UNDEF, s.value)
            return Growing(v)
        if isinstance(s, tuple):
            return tuple(self.only(side, i, dead, name) for i in s)
        return {k: self.only(side, i, dead, name) for k, i in s.items()}

    def new(self, v: Value, name: str | None) -> Ref:
        obj = Obj("array", name)
        self.new_states[obj] = v
        return Ref(obj)

    def refs(self, a: Ref, b: Ref, name: str | None) -> Abstract:
        if a.obj is b.obj and same_path(a, b):
            return a
        if self.lower.choosing:
            return self.choose(None, a, b, name)
        if a.kind == "array":
            v = self.phi(self.read(0, a), self.read(1, b), name)
            if v is None:
                return Conflict("it is an array of another rank on each path")
            ref = self.new(v, name)
            self.lower.derive(ref.obj, a.obj)
            self.lower.derive(ref.obj, b.obj)
            return ref
        sa, sb = self.stores[0].get(a.obj), self.stores[1].get(b.obj)
        if sa is None or sb is None or a.obj.cls is not b.obj.cls:
            return self.clash(a, b)
        obj = Obj(a.kind, name, a.obj.cls)
        self.new_states[obj] = self.state(obj, sa, sb, (a, b))
        self.lower.derive(obj, a.obj)
        self.lower.derive(obj, b.obj)
        return Ref(obj)

    def choose(self, side: int | None, a: Ref, b: Ref, name: str | None) -> Abstract:
        """A reference to what a leads to after the first branch and b after the second; to what a leads to
        after the one branch `side` that has it."""
        lower = self.lower
        sides = (0, 1) if side is None else (side, side)
        refs = [tuple(self.kept(s, o) for o in lower.options_of(r)) for s, r in zip(sides, (a, b))]
        options = lower.united([*refs[0], *refs[1]])
        if len(options) == 1 and side is None:
            return options[0]
        if side is not None:
            tag = self.phi(a.obj.tag, UNDEF) if side == 0 else self.phi(UNDEF, a.obj.tag)
            return Ref(Chosen(tag, refs[0], name))
        if a.kind == "array" and self.type_of_both(a, b) is None:
            return Conflict("it is an array of another rank on each path")
        if not isinstance(a.obj, Chosen) and not isinstance(b.obj, Chosen):
            return Ref(Chosen(self.first(), options, name))
        tags: list[Value] = [UNDEF, UNDEF]
        for s, r, kept in zip(sides, (a, b), refs):
            old, lower.store = lower.store, self.stores[s]
            chosen = Ref(Chosen(r.obj.tag, kept)) if isinstance(r.obj, Chosen) else kept[0]
            with lower.builder.inside(self.regions[s]):
                tags[s] = lower.tag_of(chosen, options)
            self.stores[s], lower.store = lower.store, old
        tag = self.phi(tags[0], tags[1], lower.tag_name(name, options))
        assert tag is not None
        return Ref(Chosen(tag, options, name))

    def first(self) -> Value:
        """Whether the path went through the first branch."""
        if self.op.kind == "if":
            return self.op.inputs[0]
        done = self.phi(TRUE, FALSE, "done")
        assert done is not None
        return done

    def type_of_both(self, a: Ref, b: Ref) -> Type | None:
        """The type of what either of two references leads to, each in its branch."""
        lower, types = self.lower, []
        kept = lower.store
        for s, r in enumerate((a, b)):
            lower.store = self.stores[s]
            types.append(lower.type_of(r))
        lower.store = kept
        return None if None in types else join(*types)

    def kept(self, side: int, ref: Ref) -> Ref:
        """A reference that one branch ends with, such that it can be used after both: what was made in the
        branch becomes a result."""
        pair = lambda v: self.phi(v, UNDEF) if side == 0 else self.phi(UNDEF, v)
        mine, other = self.stores[side], self.stores[1 - side]
        if other is not None and ref.obj not in other and ref.obj not in self.new_states:
            s = mine[ref.obj]
            if isinstance(s, Value):
                none = self.nothing(1 - side, s.type)
                self.new_states[ref.obj] = self.phi(s, none) if side == 0 else self.phi(none, s)
            else:
                self.new_states[ref.obj] = self.only_state(side, s, False, ref.obj.name)
        if not any(id(o) in self.inside[side] for _, os in ref.path for o in os):
            return ref
        moved = lambda o: pair(o) if id(o) in self.inside[side] else o
        return Ref(ref.obj, tuple((p, tuple(map(moved, os))) for p, os in ref.path))

    def nothing(self, side: int, t: Type) -> Value:
        """An empty array that stands for one which a branch does not make.  No reference leads to it on that
        path, but its adjoint is as long as it."""
        if not isinstance(t, Array):
            return UNDEF
        with self.lower.builder.inside(self.regions[side]):
            none = [self.lower.number(0)] * t.ndim
            dtype = {} if t.dtype == "float64" else {"dtype": Static(np.dtype(t.dtype))}
            made = self.lower.call_object(np.zeros, [none[0] if t.ndim == 1 else Tup(tuple(none))], dtype)
            v = self.lower.store.pop(made.obj)
            v.name = None
            return v

    def state(self, obj: Obj, a: Any, b: Any, refs: tuple[Ref, Ref] | None = None) -> Any:
        """The state of one object after both branches."""
        if a is DEAD or b is DEAD:
            side = 1 if a is DEAD else 0
            s = b if a is DEAD else a
            if isinstance(s, Value):
                return self.phi(s, UNDEF) if side == 0 else self.phi(UNDEF, s)
            return self.only_state(side, s, True, obj.name)
        if isinstance(a, Value):
            v = self.phi(a, b, obj.name)
            assert v is not None
            return v
        if isinstance(a, dict):
            if a.keys() != b.keys():
                both = [k for k in a if k in b]
                extra = {k: Conflict(f"{k!r} is set on one path only") for k in {**a, **b} if k not in both}
                return {**{k: self.abstract(a[k], b[k], str(k)) for k in both}, **extra}
            return {k: self.abstract(a[k], b[k], str(k)) for k in a}
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            return tuple(self.abstract(p, q, None) for p, q in zip(a, b))
        values = [self.read(s, r) for s, r in enumerate(refs or (Ref(obj), Ref(obj)))]
        for s in (a, b):
            for i in s if isinstance(s, tuple) else ():
                self.lower.freeze(i, obj)
        v = self.phi(values[0], values[1], obj.name)
        if v is None:
            self.lower.refuse("the list has items of different kinds on two paths", hint=ONE_KIND)
        return Growing(v)


def same_path(a: Ref, b: Ref) -> bool:
    return len(a.path) == len(b.path) and all(
        p == q and len(u) == len(v) and all(x is y for x, y in zip(u, v))
        for (p, u), (q, v) in zip(a.path, b.path)
    )
