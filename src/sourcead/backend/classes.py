"""Coarse sharing: a partition of the buffers, quick to ask, for moving reads past writes.

Everything that may pass a buffer on unites two classes; a container's class has one class for all its
elements.
What is in two classes shares no memory; what is in one class may.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.types import List, Tuple
from .sharing import WRITES, depths, levels, passes_on


class _Class:
    __slots__ = ("elements", "parent")

    def __init__(self) -> None:
        self.parent: _Class | None = None
        self.elements: _Class | None = None


def _find(c: _Class) -> _Class:
    while c.parent is not None:
        if c.parent.parent is not None:
            c.parent = c.parent.parent
        c = c.parent
    return c


def _unite(a: _Class, b: _Class) -> None:
    todo = [(a, b)]
    while todo:
        a, b = map(_find, todo.pop())
        if a is b:
            continue
        b.parent = a
        if a.elements is None:
            a.elements = b.elements
        elif b.elements is not None:
            todo.append((a.elements, b.elements))


_NOTHING: frozenset[_Class] = frozenset()


class Classes:
    """The classes of a function's buffers, and which of them every op reads and writes."""

    def __init__(self, function: Function) -> None:
        self._of: dict[Value, _Class] = {}
        self._writes: dict[Op, frozenset[_Class]] = {}
        self._region(function.body)

    def _class(self, v: Value) -> _Class:
        if v not in self._of:
            self._of[v] = _Class()
        return _find(self._of[v])

    def _elements(self, v: Value) -> _Class:
        c = self._class(v)
        if c.elements is None:
            c.elements = _Class()
        return _find(c.elements)

    def _same(self, a: Value, b: Value) -> None:
        if depths(a.type) and depths(b.type):
            _unite(self._class(a), self._class(b))

    def _region(self, region: Region) -> None:
        for op in region.ops:
            for r in op.regions:
                self._region(r)
            self._op(op)

    def _op(self, op: Op) -> None:
        kind, inputs = op.kind, op.inputs
        if op.is_loop:
            for k in range(len(op.results)):
                s = op.slot(k)
                for v in (s.init, s.next, s.result, *s.params[:-1]):
                    self._same(s.params[-1], v)
        elif op.is_branch:
            for k, v in enumerate(op.results):
                for r in op.regions:
                    self._same(v, r.yields[k])
        elif kind in WRITES or op.attrs.get("_inplace"):
            self._same(op.results[0], inputs[0])
            if kind == "list.pop" and depths(op.results[1].type):
                _unite(self._elements(inputs[0]), self._class(op.results[1]))
            into_list = kind == "list.append" or (kind == "store" and isinstance(inputs[0].type, List))
            if into_list and depths(inputs[-1].type):
                c = self._elements(inputs[0])
                for _ in range(levels(op)):
                    c.elements = c.elements or _Class()
                    c = _find(c.elements)
                _unite(c, self._class(inputs[-1]))
        elif kind in ("list.new", "tuple.new"):
            for v in inputs:
                if depths(v.type):
                    _unite(self._elements(op.result), self._class(v))
        elif kind == "tuple.get" or (kind == "getitem" and isinstance(inputs[0].type, List | Tuple)):
            if depths(op.result.type):
                _unite(self._elements(inputs[0]), self._class(op.result))
        elif kind == "copy":
            if isinstance(inputs[0].type, List) and not op.attrs.get("_levels"):
                _unite(self._elements(inputs[0]), self._elements(op.result))
        elif kind == "call":
            shared = [v for v in (*inputs, *op.results) if depths(v.type)]
            if not op.attrs["function"].attrs.get("own_results"):
                for v in shared[1:]:
                    _unite(self._class(shared[0]), self._class(v))
        else:
            for i in passes_on(op):
                for v in op.results:
                    self._same(v, inputs[i])

    def unite(self, a: Value, b: Value) -> None:
        """Say that two values may share memory."""
        self._same(a, b)

    def of(self, v: Value) -> list[_Class]:
        """The classes that reading all of a value reads."""
        if isinstance(v, Constant | Undef) or not depths(v.type):
            return []
        out = [self._class(v)]
        while out[-1].elements is not None and len(out) < 8:
            out.append(_find(out[-1].elements))
        return out

    def writes(self, op: Op) -> frozenset[_Class]:
        """The classes that an op, and what is in its regions, writes to."""
        if not op.regions and op.kind not in WRITES and "_inplace" not in op.attrs:
            return _NOTHING
        if op not in self._writes:
            out: set[_Class] = set()
            if op.kind in WRITES or op.attrs.get("_inplace"):
                c = self._class(op.inputs[0])
                out.add(c)
                for _ in range(levels(op)):
                    if c.elements is not None:
                        c = _find(c.elements)
                        out.add(c)
            for r in op.regions:
                for inner in r.ops:
                    out |= self.writes(inner)
            self._writes[op] = frozenset(out)
        return self._writes[op]
