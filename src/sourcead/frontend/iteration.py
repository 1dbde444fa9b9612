"""`for` and `while`: how the items of an iterable are made from an index, and which loops are unrolled.

A loop over items that are known one by one is unrolled.  The others become one loop over an index:

    for k, (a, b) in enumerate(zip(x, y)):    for i in range(min(len(x), len(y))): k, a, b = i, x[i], y[i]
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from .. import errors
from ..ir.core import FALSE, TRUE, Constant, Value
from ..ir.types import UNDEFINED, Array, List
from .base import Base
from .loops import Rotate
from .references import OPTIONS
from .scopes import has_break, names_bound_in
from .values import BROKEN, EXIT, INT, LIVE, UNROLL, Abstract, Growing, Iter, RangeVal, Tup


class Iteration(Base):
    def lower_For(self, s: ast.For) -> None:
        it = self.eval(s.iter)
        names = list(names_bound_in(s))  # the target is one of them

        def run(item: Abstract) -> None:
            self.assign(s.target, item)
            self.block(s.body)

        orelse = (lambda: self.block(s.orelse)) if s.orelse else None
        self.iterate(s, it, names, run, orelse)

    def iterate(self, node: ast.AST, it: Abstract, names: list[str], run: Any, orelse: Any = None) -> None:
        """Run a body over an iterable: unrolled where its items are known one by one, else as a loop."""
        if isinstance(it, Iter) and it.what == "checkpoint":
            return self.checkpointed(node, it, names, run, orelse)
        items = None if isinstance(it, RangeVal) else self.items_of(it)
        if items is not None:
            return self.unrolled(node, items, run, orelse)
        if isinstance(it, Value) and it.type == UNDEFINED:
            return None
        if isinstance(it, Iter) and it.what == "generator":
            if orelse:
                self.refuse(
                    "a loop over a generator cannot have an else", node, hint="loop over a list comprehension"
                )
            return self.comprehension(it.parts[0], it.frame, run, names)
        if isinstance(it, Iter) and it.what == "zip":
            known = [k for k in map(self.items_of, it.parts) if k is not None]
            if known:
                return self.zipped(node, it.parts, min(map(len, known)), run, orelse)
        trips = self.static_trips(it)
        if trips is not None:
            # where arrays of a list may be written to, each of a few items is known
            if self.choosing and isinstance(node, ast.comprehension) and len(trips) <= OPTIONS:
                return self.unrolled(node, [self.number(i) for i in trips], run, orelse)
            kept = self.mark()
            try:
                return self.rolled(node, it, names, run, orelse)
            except errors.Unsupported:
                if len(trips) > UNROLL:
                    raise
                self.back_to(*kept)
            return self.unrolled(node, [self.number(i) for i in trips], run, orelse)
        return self.rolled(node, it, names, run, orelse)

    def checkpointed(self, node: ast.AST, it: Iter, names: list[str], run: Any, orelse: Any) -> None:
        """`for ... in checkpoint(items, slots=k)`: a loop that stays one, with k as its fourth bound."""
        items, slots = it.parts
        if not isinstance(items, RangeVal) and self.items_of(items) is not None:
            self.refuse(
                "checkpoint around items that are known one by one is not supported",
                node,
                reason="such a loop is unrolled, and there is no loop left whose states could be saved",
                hint="loop over a range or an array, or put checkpoint around the function that is called"
                " for each item",
            )
        fixed, item = self.iteration(items, node)
        attrs = {"checkpoint": True}
        self.loop(node, "for", [*fixed, slots], names, lambda i: run(item(i)), None, orelse, attrs=attrs)

    def zipped(self, node: ast.AST, parts: tuple[Abstract, ...], n: int, run: Any, orelse: Any) -> None:
        """A zip of at most n rows, some of its parts known item by item: unrolled, each row for as long as
        the other parts have an item for it."""
        known = [self.items_of(p) for p in parts]
        others = [(p, *self.iteration(p, node)) for p, items in zip(parts, known) if items is None]
        if any(self.static(f[0]) != 0 or self.static(f[2]) != 1 for _, f, _ in others):
            self.refuse("this zip of a range and a list is not supported", node, hint="use indices")

        def row(k: int) -> None:
            rest = iter([item(self.number(k)) for _, _, item in others])
            run(Tup(tuple(next(rest) if items is None else items[k] for items in known)))

        def guarded(k: int, lengths: list[Value]) -> None:
            if not lengths:
                return row(k)
            there = self.value(self.compare("gt", lengths[0], self.number(k)))
            return self.under(self.truth(there), lambda: guarded(k, lengths[1:]))

        stops = [f[1] for _, f, _ in others]
        self.unrolled(node, [self.number(k) for k in range(n)], lambda k: guarded(k.value, stops), orelse)

    def static_trips(self, it: Abstract) -> range | None:
        if isinstance(it, RangeVal) and all(isinstance(v, Constant) for v in (it.start, it.stop, it.step)):
            return range(it.start.value, it.stop.value, it.step.value)
        return None

    def rolled(self, node: ast.AST, it: Abstract, names: list[str], run: Any, orelse: Any) -> None:
        fixed, item = self.iteration(it, node)
        self.loop(node, "for", fixed, names, lambda i: run(item(i)), None, orelse)

    def iteration(self, it: Abstract, node: ast.AST) -> tuple[list[Value], Any]:
        """Start, stop, step and how the item is made from the index."""
        zero, one = self.number(0), self.number(1)
        if isinstance(it, RangeVal):
            return [it.start, it.stop, it.step], lambda i: i
        if isinstance(it, Iter) and it.what == "slice":
            return list(it.parts[1:]), lambda i: self.item(it.parts[0], i)
        if isinstance(it, Iter):
            if it.what == "checkpoint":
                self.refuse(
                    "checkpoint goes around all that a loop goes over",
                    node,
                    hint="checkpoint(enumerate(x)), not enumerate(checkpoint(x))",
                )
            if it.what == "reversed" and isinstance(it.parts[0], RangeVal):
                r = it.parts[0]
                if self.static(r.step) == 1:
                    start = self.binary("sub", r.stop, one)
                    return [start, self.binary("sub", r.start, one), self.number(-1)], lambda i: i
            fixed, item = self.iteration(it.parts[0], node)
            plain = self.static(fixed[0]) == 0 and self.static(fixed[2]) == 1
            if it.what == "enumerate" and plain:
                if self.static(it.parts[1]) == 0:
                    return fixed, lambda i: Tup((i, item(i)))
                return fixed, lambda i: Tup((self.binary("add", i, it.parts[1]), item(i)))
            if it.what == "map":
                return fixed, lambda i: self.call(it.parts[1], [item(i)], {})
            if it.what == "reversed" and plain:
                last = self.binary("sub", fixed[1], one)
                return [last, self.number(-1), self.number(-1)], item
            if it.what == "zip":
                all_of = [(fixed, item), *(self.iteration(p, node) for p in it.parts[1:])]
                if all(self.static(f[0]) == 0 and self.static(f[2]) == 1 for f, _ in all_of):
                    stops = list({id(f[1]): f[1] for f, _ in all_of}.values())
                    stop = stops[0] if len(stops) == 1 else self.value(self.prim("builtins.min", stops))
                    return [zero, stop, one], lambda i: Tup(tuple(g(i) for _, g in all_of))
                ranges = [(f, g) for f, g in all_of]
                lengths = [
                    f[1] if self.static(f[0]) == 0 and self.static(f[2]) == 1 else self.range_length(f)
                    for f, _ in ranges
                ]
                stop = lengths[0] if len(lengths) == 1 else self.value(self.prim("builtins.min", lengths))
                at = lambda f, i: self.binary("add", f[0], self.binary("mul", f[2], i))
                return [zero, stop, one], lambda i: Tup(tuple(g(at(f, i)) for f, g in ranges))
        if self.indexable(it):
            t = self.type_of(it)
            if isinstance(t, List):
                obj = it.obj
                state = self.state(it)
                n = self.builder.one("list.len", [self.value(it)], INT)

                def item_of_list(i: Value) -> Abstract:
                    if self.store.get(obj) is not state and isinstance(state, Growing):
                        self.refuse(
                            "a list is changed while a loop goes over it", node, hint="loop over a copy"
                        )
                    return self.item(it, i)

                return [zero, n, one], item_of_list
            if isinstance(t, Array) and t.ndim > 0:
                return [zero, self.length(it, 0), one], lambda i: self.item(it, i)
        self.refuse(
            f"a loop over a {self.kind_of(it)} is not supported",
            node,
            hint="loop over a range, an array, a list, a tuple or a dict",
        )

    def range_length(self, f: list[Value]) -> Value:
        return self.builder.one("python.range_length", list(f), INT)

    def unrolled(self, node: ast.AST, items: Iterable[Abstract], run: Any, orelse: Any) -> None:
        token = (id(node), self.frame, "unrolled")
        self.store[token, EXIT] = FALSE
        self.store[token, BROKEN] = FALSE
        self.frame.loops.append(token)
        try:
            for i in items:
                if self.store is None:
                    return
                left = self.store[token, EXIT]
                if left is TRUE:
                    break
                self.under(self.negate(left), lambda i=i: run(i))
                if self.store is not None:
                    left = self.store[token, EXIT]
                    self.store[LIVE] = self.negate(left)
        finally:
            self.frame.loops.pop()
        if self.store is None:
            return
        broken = self.store.pop((token, BROKEN), FALSE)
        self.store.pop((token, EXIT), None)
        self.store[LIVE] = TRUE
        for key, _ in self.exits():
            gone = self.store.get(key, FALSE)
            if gone is not FALSE:
                self.store[LIVE] = self.both_live(self.store[LIVE], self.negate(gone))
        if orelse:
            self.under(self.negate(broken), orelse)

    def lower_While(self, s: ast.While) -> None:
        orelse = (lambda: self.block(s.orelse)) if s.orelse else None
        kept, ops, aliases = self.mark()
        try:
            self.rolled_while(s, orelse)
        except errors.Unsupported as error:
            # what decides the condition may be known when compiling: the length of a list, say
            self.back_to(kept, ops, aliases)
            try:
                self.unrolled(s, self.trips(s), lambda body: self.block(body), orelse)
            except errors.Unsupported:
                raise error from None

    def mark(self) -> tuple[Any, int, Any]:
        """Where lowering stands, for `back_to`."""
        aliases = {k: set(v) for k, v in self.aliases.items()}
        return dict(self.store), len(self.builder.region.ops), aliases

    def back_to(self, store: Any, ops: int, aliases: Any) -> None:
        """Forget what was lowered since `mark`, in the same region."""
        self.store, self.aliases = dict(store), aliases
        del self.builder.region.ops[ops:]

    def trips(self, s: ast.While) -> Iterator[list[ast.stmt]]:
        """The body of a while, as often as its condition is true, which must be known when compiling."""
        for _ in range(UNROLL):
            c = self.condition(s.test)
            if not isinstance(c, Constant):
                self.refuse("the condition shows only at run time", s.test, hint="compare numbers or arrays")
            if not c.value:
                return
            yield s.body
        self.refuse(
            f"the loop runs more than {UNROLL} times", s, hint="make the length of what decides it a number"
        )

    def rolled_while(self, s: ast.While, orelse: Any) -> None:
        names = list(names_bound_in(s))
        kept = self.mark()
        try:
            if any(isinstance(n, ast.NamedExpr) for n in ast.walk(s.test)):
                raise Rotate  # the body, and what comes behind the loop, read what the condition has bound
            test = lambda: self.condition(s.test)
            self.loop(s, "while", [], names, lambda _: self.block(s.body), test, orelse, not has_break(s))
        except Rotate:
            self.back_to(*kept)
            stop = ast.copy_location(
                ast.If(
                    ast.UnaryOp(ast.Not(), s.test), [_Leave(lineno=s.lineno, col_offset=s.col_offset)], []
                ),
                s,
            )
            ast.fix_missing_locations(stop)
            body = [stop, *s.body]
            self.loop(s, "while", [], names, lambda _: self.block(body), lambda: TRUE, orelse)

    def lower__Leave(self, s: ast.stmt) -> None:
        """The exit of a rotated while: it ends the loop but is no `break` (the else runs)."""
        self.finish((self.frame.loops[-1], EXIT))


class _Leave(ast.Break):
    pass
