"""Comprehensions and generator expressions: loops that append, run in a scope of their own."""

from __future__ import annotations

import ast
from typing import Any

from .base import Base
from .scopes import assigned_names
from .values import Abstract, Frame, Iter


class Comprehensions(Base):
    def anchor(self, what: str = "") -> ast.AST:
        """A node that stands for this place in the source, the same one whenever it is lowered."""
        key = (self.spans[-1], what, *self.calls)
        return self.anchors.setdefault(
            key, ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col)
        )

    def fold(self, a: Abstract, start: Abstract, step: Any) -> Abstract:
        """An accumulator over the items of an iterable."""
        items = self.items_of(a)
        if items is not None:
            for i in items:
                start = step(start, i)
            return start
        key = (self.frame, f".fold{self.spans[-1].line}:{self.spans[-1].col}")
        self.store[key] = start

        def run(v: Abstract) -> None:
            self.store[key] = step(self.store[key], v)

        self.iterate(self.anchor("fold"), a, [key[1]], run)
        return self.store.pop(key)

    def collect(self, a: Abstract) -> Abstract:
        """A list of the items of an iterable."""
        ref = self.new_ref("list", ())
        self.iterate(self.anchor("collect"), a, [], lambda v: self.append(ref, v))
        return ref

    def eval_ListComp(self, node: ast.ListComp) -> Abstract:
        ref = self.new_ref("list", ())
        hidden = self.enter_comprehension(node)
        self.comprehension(node, self.frame, lambda v: self.append(ref, v), [], hidden)
        return ref

    def eval_GeneratorExp(self, node: ast.GeneratorExp) -> Abstract:
        self.frame.captured = True
        return Iter("generator", (node,), self.frame)

    def eval_DictComp(self, node: ast.DictComp) -> Abstract:
        ref = self.new_ref("dict", {})

        def put(pair: Abstract) -> None:
            k = self.static(pair.items[0])
            if k is NotImplemented:
                self.refuse(
                    "a dict key must be known when compiling",
                    node,
                    hint="use keys written in the text, or an array indexed by integers",
                )
            self.store[ref.obj] = {**self.state(ref), k: pair.items[1]}

        both = ast.copy_location(
            ast.ListComp(ast.Tuple([node.key, node.value], ast.Load()), node.generators), node
        )
        self.comprehension(both, self.frame, put, [], self.enter_comprehension(node))
        return ref

    def enter_comprehension(self, node: Any) -> list[str]:
        return assigned_names([g.target for g in node.generators])

    def comprehension(
        self, node: Any, frame: Frame | None, run: Any, names: list[str], hidden: list[str] | None = None
    ) -> None:
        """The loops of a comprehension; its names live in a frame of their own."""
        assert frame is not None
        walruses = assigned_names([node.elt, *(c for g in node.generators for c in g.ifs)])
        targets = self.enter_comprehension(node) if hidden is None else hidden
        inner = Frame(node, frozenset(targets), frame, frame.globals, frame.closure, frame.file)
        inner.nonlocals = set()
        inner.template, inner.name, inner.loops, inner.captured = (
            frame.template,
            frame.name,
            frame.loops,
            False,
        )
        here = self.frame

        def level(k: int) -> None:
            if k == len(node.generators):
                v = self.eval(node.elt)
                self.frames.append(here)
                try:
                    run(v)
                finally:
                    self.frames.pop()
                return
            g = node.generators[k]

            def each(item: Abstract) -> None:
                self.assign(g.target, item)

                def conditions(j: int) -> None:
                    if j == len(g.ifs):
                        level(k + 1)
                    else:
                        self.under(self.condition(g.ifs[j]), lambda: conditions(j + 1))

                conditions(0)

            self.iterate(g, self.eval(g.iter), walruses, each)

        self.frames.append(inner)
        try:
            level(0)
        finally:
            self.frames.pop()
            if self.store is not None and not inner.captured:
                for k in [k for k in self.store if isinstance(k, tuple) and k[0] is inner]:
                    del self.store[k]
