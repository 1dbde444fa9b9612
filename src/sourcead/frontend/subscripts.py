"""Subscripts: index patterns, the types of what they give, and reads."""

from __future__ import annotations

import ast
from collections.abc import MutableMapping, MutableSequence
from typing import Any

import numpy as np

from ..ir.core import Constant, Value
from ..ir.index import is_member
from ..ir.types import (
    UNDEFINED,
    Array,
    Dim,
    List,
    Scalar,
    Tuple,
    Type,
    const_dim,
    dtype_kind,
    new_dim,
    renewed,
)
from ..rules.infer import broadcast_dims
from .base import Base
from .values import (
    UNDEF,
    UNROLL,
    Abstract,
    Growing,
    Iter,
    Ref,
    SliceVal,
    Static,
    Stop,
    Tup,
    constant,
    path_through,
)


class Subscripts(Base):
    slice_dims: dict[Any, Dim]

    def index(self, node: ast.expr) -> Abstract:
        return self.eval(node)

    def pattern(self, index: Abstract) -> tuple[tuple[Any, ...], tuple[Value, ...]]:
        """The pattern of a subscript and its run-time operands."""
        entries: list[Any] = []
        operands: list[Value] = []
        for e in index.items if isinstance(index, Tup) else (index,):
            if isinstance(e, SliceVal):
                parts = (e.start, e.stop, e.step)
                parts = tuple(
                    None if p is None or (isinstance(p, Static) and p.value is None) else p for p in parts
                )
                entries.append(("slice", *(p is not None for p in parts)))
                operands.extend(self.value(p) for p in parts if p is not None)
            elif isinstance(e, Static) and (e.value is None or e.value is Ellipsis):
                entries.append(e.value)
            elif isinstance(e, Static) and isinstance(e.value, slice):
                parts = (e.value.start, e.value.stop, e.value.step)
                entries.append(("slice", *(p is not None for p in parts)))
                operands.extend(self.number(p) for p in parts if p is not None)
            elif isinstance(e, Static) and isinstance(e.value, np.ndarray):
                entries.append("at")
                operands.append(
                    Constant(e.value, Array(e.value.dtype.name, tuple(map(const_dim, e.value.shape)), True))
                )
            elif isinstance(e, Tup) or (isinstance(e, Ref) and e.kind == "list"):
                known = self.static(e)
                entries.append("at")
                if known is not NotImplemented:
                    a = np.array(known)
                    a = a if a.size else a.astype(int)
                    operands.append(
                        Constant(list(known), Array(a.dtype.name, tuple(map(const_dim, a.shape)), True))
                    )
                else:
                    operands.append(self.value(self.array_of(e)))
            else:
                entries.append("at")
                operands.append(self.value(e))
        return tuple(entries), tuple(operands)

    def view_type(self, t: Type, pattern: Any, operands: Any) -> Type:
        """The type of `x[pattern]`."""
        if is_member(pattern):
            return self.member_type(t, pattern, operands)
        if isinstance(t, List):
            return t.elem or UNDEFINED
        if t == UNDEFINED:
            return t
        if not isinstance(t, Array):
            self.refuse(f"a {t} cannot be indexed", reason="Python raises TypeError here")
        dims, advanced, places = self.basic_dims(t, pattern, list(operands))
        if not advanced:
            only_at = all(e == "at" for e in pattern)
            if only_at and len(pattern) == t.ndim:
                return Scalar(t.dtype, True)
            whole = t.contiguous and in_order(pattern)
            return Array(t.dtype, tuple(d for d in dims if d is not None), whole)
        shape = broadcast_dims(advanced)
        together = places[-1] - places[0] + 1 == len(places) if places else True
        kept: list[Dim] = []
        at = 0
        for k, d in enumerate(dims):
            if k == places[0] and together:
                at = len(kept)
            if d is not None:
                kept.append(d)
        out = (*kept[:at], *shape, *kept[at:])
        return Array(t.dtype, out, False) if out else Scalar(t.dtype, True)

    def basic_dims(
        self, t: Array, pattern: Any, operands: list[Value]
    ) -> tuple[list[Dim | None], list[tuple[Dim, ...]], list[int]]:
        """One length an entry of the pattern (None for an index), the shapes of its index arrays, and where
        they stand."""
        eaten = 0
        k = 0
        for e in pattern:
            if e == "at":
                eaten += self.eats(operands[k])
                k += 1
            elif isinstance(e, tuple):
                eaten += 1
                k += sum(e[1:])
        if eaten > t.ndim:
            self.refuse(
                f"too many indices: the array has {t.ndim} axes, {eaten} were given",
                reason="Python raises IndexError here",
            )
        dims: list[Dim | None] = []
        advanced: list[tuple[Dim, ...]] = []
        places: list[int] = []
        axis = 0
        any_array = any(isinstance(o.type, Array) and o.type.ndim > 0 for o in operands)
        it = iter(operands)
        for e in (*pattern, *(() if Ellipsis in pattern else (Ellipsis,))):
            if e is None:
                dims.append(const_dim(1))
            elif e is Ellipsis:
                fill = t.ndim - eaten
                dims.extend(t.shape[axis : axis + fill])
                axis += fill
            elif e == "at":
                o = next(it)
                n = self.eats(o)
                if any_array or isinstance(o.type, Array):
                    places.append(len(dims))
                    mask = isinstance(o.type, Array) and o.type.dtype == "bool"
                    advanced.append(
                        (new_dim(),) if mask else o.type.shape if isinstance(o.type, Array) else ()
                    )
                dims.append(None)
                axis += n
            else:
                parts = [next(it) if given else None for given in e[1:]]
                dims.append(self.slice_dim(t.shape[axis], parts))
                axis += 1
        return dims, advanced, places

    def eats(self, o: Value) -> int:
        """How many axes one index entry takes."""
        if isinstance(o.type, Array):
            return o.type.ndim if o.type.dtype == "bool" else 1
        if (isinstance(o.type, Scalar) and dtype_kind(o.type.dtype) in "iu") or o.type == UNDEFINED:
            return 1
        self.refuse(
            f"a {o.type} cannot be an index", hint="indices are integers, slices, integer or boolean arrays"
        )

    def slice_dim(self, d: Dim, parts: list[Value | None]) -> Dim:
        """The length of a slice: exact for constant bounds, else a symbol for this length and these
        bounds."""
        start, stop, step = (
            (None if p is None else p.value if isinstance(p, Constant) else p) for p in parts
        )
        if step in (None, 1) and isinstance(start, int | None) and isinstance(stop, int | None):
            a = start or 0
            if a >= 0 and (stop is None or stop < 0):
                n = Dim(d.symbol, d.offset - a + (stop or 0))
                return n if d.symbol is not None or n.offset >= 0 else const_dim(0)
            if d.symbol is None:
                return const_dim(len(range(*slice(start, stop).indices(d.offset))))
        if step == -1 and start is None and stop is None:
            return d
        if d.symbol is None and all(isinstance(p, int | None) for p in (start, stop, step)):
            return const_dim(len(range(*slice(start, stop, step).indices(d.offset))))
        symbol = d.symbol.find() if d.symbol is not None else None
        key = (symbol, d.offset, *(id(p) if isinstance(p, Value) else p for p in (start, stop, step)))
        if key not in self.slice_dims:
            self.slice_dims[key] = new_dim()
        return self.slice_dims[key]

    def is_basic(self, operands: Any) -> bool:
        return not any(isinstance(o.type, Array) for o in operands)

    def eval_Subscript(self, node: ast.Subscript) -> Abstract:
        return self.item_at(self.eval(node.value), self.index(node.slice), node)

    def view(self, ref: Ref, pattern: Any, operands: Any) -> Ref:
        return Ref(ref.obj, path_through(ref.path, ((pattern, tuple(operands)),)))

    def is_view(self, owner: Abstract, index: Abstract) -> bool:
        """Whether `owner[index]` is a view that an in-place operation writes through."""
        if isinstance(owner, Ref) and owner.kind == "array":
            return self.is_basic(self.pattern(index)[1])
        return True

    def item_at(self, a: Abstract, index: Abstract, node: ast.AST | None = None) -> Abstract:
        if isinstance(a, Ref) and a.kind == "array":
            pattern, operands = self.pattern(index)
            if not self.is_basic(operands):
                v = self.value(a)
                t = self.view_type(v.type, pattern, operands)
                return self.wrap(self.builder.one("getitem", [v, *operands], t, {"index": pattern}))
            ref = self.view(a, pattern, operands)
            t = self.type_of(ref)
            if isinstance(t, Scalar):
                return self.value(ref)
            if self.catchers and "at" in pattern:  # a view is read where it is used, but it raises here
                self.value(ref)
            return ref
        each = self.distributed(a, lambda o: self.item_at(o, index, node))
        if each:
            return each[0]
        if isinstance(a, Ref) and a.kind == "dict":
            key = self.static(index)
            state = self.state(a)
            if key is NotImplemented:
                self.refuse(
                    "a dict key must be known when compiling",
                    node,
                    hint="use keys written in the text, or an array indexed by integers",
                )
            if key not in state:
                self.refuse(f"the dict has no key {key!r}", node, reason="Python raises KeyError here")
            return state[key]
        if isinstance(a, Tup) or (isinstance(a, Ref) and a.kind == "list"):
            return self.sequence_item(a, index, node)
        if isinstance(a, Ref) and a.kind == "instance":
            return self.call(self.attribute(a, "__getitem__", node), [index], {})
        if isinstance(a, Static):
            key = self.static(index)
            if isinstance(a.value, MutableMapping | MutableSequence) and type(a.value) not in (dict, list):
                self.refuse(
                    f"reading an item of a {type(a.value).__name__} is not supported",
                    node,
                    reason="what it holds may change from call to call, or by being read",
                    hint="use a plain list, a dict or an array",
                )
            if key is not NotImplemented and hasattr(a.value, "__getitem__"):
                try:
                    return constant(a.value[key])
                except (KeyError, IndexError) as e:
                    self.refuse(f"no item {key!r}", node, reason=f"Python raises {type(e).__name__} here")
        if isinstance(a, Value) and isinstance(a.type, Tuple):
            k = self.static(index)
            if isinstance(k, int):
                return self.wrap(
                    self.builder.one("tuple.get", [a], a.type.items[k], {"i": k % len(a.type.items)})
                )
        if isinstance(a, Value) and a.type == UNDEFINED:
            return UNDEF
        if isinstance(a, Value) and isinstance(a.type, Scalar) and self.static(index) == ():
            return a
        self.refuse(
            f"a {self.kind_of(a)} cannot be indexed here", node, reason="Python raises TypeError here"
        )

    def sequence_item(self, a: Any, index: Abstract, node: ast.AST | None) -> Abstract:
        items = a.items if isinstance(a, Tup) else self.state(a)
        if isinstance(index, SliceVal):
            parts = [None if p is None else self.static(p) for p in (index.start, index.stop, index.step)]
            if isinstance(items, Growing) or any(p is NotImplemented for p in parts):
                return self.list_slice(a, index, node)
            got = items[slice(*parts)]
            return Tup(got) if isinstance(a, Tup) else self.new_ref("list", tuple(got))
        k = self.static(index)
        if isinstance(items, Growing):
            return self.item(a, self.value(index))
        if isinstance(k, int):
            if not -len(items) <= k < len(items):
                self.builder.emit(
                    "raise", [Constant("list index out of range")], [], {"exception": IndexError}
                )
                self.store = None
                raise Stop
            return items[k]
        if len({describe_kind(self, i) for i in items}) > 1:
            self.pin(index)
        return self.chosen(a, items, self.value(index), node)

    def chosen(self, a: Any, items: tuple[Any, ...], k: Value, node: ast.AST | None) -> Abstract:
        """An item of a short sequence at a place that shows only at run time."""
        picked = self.choose_item(items, k) if self.choosing else None
        if picked is not None:
            return picked
        if isinstance(a, Tup):
            a = self.new_ref("list", items)
        v = self.value(a)
        if v.type.elem is None:
            self.refuse("an item of an empty list", node, reason="Python raises IndexError here")
        (elem,) = renewed([v.type.elem], wild=True)
        out = self.wrap(self.builder.one("getitem", [v, k], elem, {"index": ("at",)}))
        if isinstance(out, Ref):
            for i in items:
                if isinstance(i, Ref):
                    self.derive(out.obj, i.obj)
        return out

    def list_slice(self, a: Any, index: SliceVal, node: ast.AST | None) -> Abstract:
        """A slice of a list whose length shows only at run time: a copy, made item by item."""
        if isinstance(a, Tup):
            a = self.new_ref("list", a.items)
        parts = [None if p is None else self.static(p) for p in (index.start, index.stop, index.step)]
        n = self.call_len([a], {})
        if parts == [None, None, -1]:
            last = self.value(self.binary("sub", n, self.number(1)))
            return self.collect(Iter("slice", (a, last, self.number(-1), self.number(-1))))
        if not all(p is None or isinstance(p, int) for p in parts[:2]) or parts[2] not in (None, 1):
            self.refuse(
                "this slice of a list whose length shows only at run time is not supported",
                node,
                reason="its bounds must be known when compiling, and its step be 1",
                hint="write the loop over the indices, or use an array",
            )
        start, stop = parts[0] or 0, parts[1]
        first = self.number(start)
        if start < 0:
            first = self.value(
                self.prim("builtins.max", [self.value(self.binary("add", n, first)), self.number(0)])
            )
        last = n
        if stop is not None and stop < 0:
            last = self.value(self.binary("add", n, self.number(stop)))
        elif stop is not None:
            last = self.value(self.prim("builtins.min", [n, self.number(stop)]))
        return self.collect(Iter("slice", (a, first, last, self.number(1))))

    def item(self, a: Abstract, k: Value) -> Abstract:
        """Item k of something that a loop can go over by index."""
        if isinstance(a, Ref) and a.kind == "list":
            v = self.value(a)
            (elem,) = renewed([v.type.elem or UNDEFINED], wild=True)
            out = self.wrap(self.builder.one("getitem", [v, k], elem, {"index": ("at",)}))
            if isinstance(out, Ref):
                self.derive(out.obj, a.obj)
            return out
        return self.item_at(a, k)

    def indexable(self, a: Abstract) -> bool:
        t = self.type_of(a)
        return isinstance(t, List) or (isinstance(t, Array) and t.ndim > 0)

    def known_items(self, a: Abstract) -> list[Abstract] | None:
        """As `items_of`, and those of a short range whose bounds are known, and of a generator over such."""
        if isinstance(a, Iter) and a.what == "generator":
            a = self.collect(a)
        trips = self.static_trips(a)
        if trips is not None and len(trips) <= UNROLL:
            return [self.number(i) for i in trips]
        return self.items_of(a)

    def items_of(self, a: Abstract) -> list[Abstract] | None:
        """The items of an iterable whose length is known when compiling, else None."""
        if isinstance(a, Tup):
            return list(a.items)
        if isinstance(a, Ref) and a.kind == "list":
            s = self.state(a)
            return None if isinstance(s, Growing) else list(s)
        if isinstance(a, Ref) and a.kind == "dict":

            return [constant(k) for k in self.state(a)]
        if isinstance(a, Static) and isinstance(a.value, str | tuple | frozenset | range | list | set | dict):

            values = sorted(a.value, key=repr) if isinstance(a.value, frozenset | set) else a.value
            return [constant(v) for v in values]
        if isinstance(a, Iter) and a.what not in ("generator", "slice"):
            parts = [self.items_of(p) for p in a.parts[: 1 if a.what in ("enumerate", "map") else None]]
            if any(p is None for p in parts):
                return None
            if a.what == "enumerate":
                start = a.parts[1]
                return [Tup((self.binary("add", self.number(k), start), v)) for k, v in enumerate(parts[0])]
            if a.what == "zip":
                return [Tup(tuple(row)) for row in zip(*parts)]
            if a.what == "reversed":
                return parts[0][::-1]
            if a.what == "map":
                return [self.call(a.parts[1], [v], {}) for v in parts[0]]
        t = self.type_of(a)
        if (
            isinstance(t, Array)
            and t.ndim
            and t.shape[0].symbol is None
            and t.shape[0].offset <= 1
            and isinstance(a, Ref)
        ):
            return None
        return None


def in_order(pattern: Any) -> bool:
    """Whether basic indices choose one piece of an array in C order: integers, then one slice, then all."""
    rest = [e for e in pattern if e is not None and e is not Ellipsis]
    if Ellipsis in pattern and any(e is not None for e in pattern[pattern.index(Ellipsis) + 1 :]):
        return False
    while rest and rest[0] == "at":
        rest = rest[1:]
    if rest and isinstance(rest[0], tuple) and not rest[0][3]:
        rest = rest[1:]
    return all(e == ("slice", False, False, False) for e in rest)


def describe_kind(low: Any, a: Abstract) -> Any:
    """What decides whether items can be chosen at run time: rank and kind of numbers and arrays, identity of
    the rest."""
    t = low.type_of(a)
    if isinstance(t, Array):
        return "array", t.ndim
    return "number" if isinstance(t, Scalar) else ("other", id(a))
