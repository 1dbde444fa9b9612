"""Loops: which variables and objects they carry, found by lowering the body until nothing changes.

    1. carried: the names that the body assigns (by its syntax), and what an earlier attempt saw change
    2. lower the body with a parameter for each leaf of what is carried
    3. something else changed, or a leaf's type does not cover the body's end?  widen, forget the ops, again
    4. yield the leaves; the loop's results are the state after it

The widened shapes are remembered by loop and call, so that an outer loop's next attempt finds them at once and nests cost
no more than twice the text.
"""

from __future__ import annotations

import ast
from typing import Any

from .. import errors
from ..ir.core import FALSE, TRUE, Constant, Op, Region, Value
from ..ir.types import Array, List, Scalar
from .merge import MISSING, Shape, Shapes
from .statements import LIVE
from .values import Abstract, Conflict, Growing, Iter, Obj, RangeVal, Ref, Static, Tup

INT = Scalar("int64")
UNROLL = 100  # loops with at most so many trips are unrolled where they cannot be lowered as loops


def assigned_names(nodes: list[ast.stmt]) -> list[str]:
    """Names that statements bind, in order; not those inside nested functions and comprehensions."""
    out: dict[str, None] = {}
    stack: list[ast.AST] = list(reversed(nodes))
    while stack:
        n = stack.pop()
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del):
            out[n.id] = None
        elif isinstance(n, ast.FunctionDef | ast.ClassDef):
            out[n.name] = None
            continue
        elif isinstance(n, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            stack.extend(w for w in ast.walk(n) if isinstance(w, ast.NamedExpr))
            continue
        stack.extend(reversed(list(ast.iter_child_nodes(n))))
    return list(out)


class Loops(Shapes):
    # -- the general loop ------------------------------------------------------------------------------
    def loop(self, node: ast.AST, kind: str, fixed: list[Value], names: list[str], body: Any, test: Any = None, orelse: Any = None) -> None:
        """Lower one loop.  `body(index)` lowers the body, `test()` the condition of a while."""
        guess_key = (id(node), tuple(map(id, self.calls)))
        guess, related = self.loop_guesses.setdefault(guess_key, ({}, set()))
        entry = self.store
        frame = self.frame
        token = (id(node), frame)
        entry = {**entry, (token, "broken"): FALSE}  # type: ignore[dict-item]
        for n in names:
            guess.setdefault((self.frame_of(n), n), None)
        for _ in range(30):
            ops_before = len(self.builder.region.ops)
            op = Op(kind, list(fixed), [], None, [Region() for _ in range(2 if test else 1)], self.builder.span, self.builder.reverse)
            shapes = self.header_shapes(entry, guess)
            leaves = self.lift_all(entry, shapes)
            again = self.attempt(op, entry, shapes, leaves, guess, related, token, body, test)
            if not again:
                self.builder.region.ops.append(op)
                break
            del self.builder.region.ops[ops_before:]
        else:
            self.refuse("the types of this loop's variables do not settle", node)
        self.after(entry, shapes, op, token, orelse)

    def header_shapes(self, entry: Any, guess: Any) -> dict[Any, Shape]:
        shapes = {}
        for k, g in guess.items():
            s = self.shape(entry.get(k, MISSING))
            shapes[k] = s if g is None else self.widen(s, g)
        return shapes

    def lift_all(self, store: Any, shapes: dict[Any, Shape]) -> list[Value]:
        kept, self.store = self.store, store
        out = [v for k, s in shapes.items() for v in self.lift(store.get(k, MISSING), s)]
        self.store = kept
        return out

    def build_all(self, entry: Any, shapes: dict[Any, Shape], values: list[Value], related: set[Any]) -> dict[Any, Any]:
        """The store at the header (or after the loop), with the given leaf values."""
        self.store = dict(entry)
        it = iter(values)
        for k, s in shapes.items():
            name = k.name if isinstance(k, Obj) else k[-1]
            if isinstance(k, Obj) and s.kind == "array":
                self.store[k] = next(it)
                continue
            a = self.raise_up(s, it, entry.get(k, MISSING), name)
            if a is MISSING:
                self.store.pop(k, None)
            else:
                self.store[k] = a
        for k, s in shapes.items():  # what a variable leads to before the loop, it may lead to in its first iteration
            a, b = self.store.get(k), entry.get(k)
            if s.kind == "array" and not isinstance(k, Obj) and isinstance(a, Ref) and isinstance(b, Ref):
                self.derive(a.obj, b.obj)
        for j, k in sorted(related, key=str):
            a, b = (self.store.get(x) if not isinstance(x, Obj) else Ref(x) for x in (j, k))
            if isinstance(a, Ref) and isinstance(b, Ref):
                self.relate(a.obj, b.obj)
        return self.store

    def attempt(self, op: Op, entry: Any, shapes: Any, leaves: Any, guess: Any, related: Any, token: Any, body: Any, test: Any) -> bool:
        """Lower the body once; True where it has to be done again with what was learnt."""
        for region in op.regions:
            if kind_index := op.kind == "for":
                region.params.append(Value(INT))
        params: list[list[Value]] = []
        types = [t for s in shapes.values() for t in self.leaf_types(s)]
        for region in op.regions:
            row = [Value(t, n) for t, n in types]
            for (k, s), _ in zip(shapes.items(), shapes):
                del k, s
            region.params.extend(row)
            params.append(row)
        self.name_params(shapes, params)
        op.inputs.extend(leaves)
        frame = self.frame
        if test:
            self.build_all(entry, shapes, params[0], related)
            before = dict(self.store)  # type: ignore[arg-type]
            with self.builder.inside(op.regions[0]):
                c = self.truth(test())
            if any(self.store.get(k, MISSING) is not v for k, v in before.items()):  # type: ignore[union-attr]
                raise Rotate
            op.regions[0].yields = [c]
        self.build_all(entry, shapes, params[-1], related)
        header = dict(self.store)  # type: ignore[arg-type]
        self.store[LIVE] = TRUE  # type: ignore[index]
        self.store[token, "exit"] = FALSE  # type: ignore[index]
        self.store[token, "broken"] = FALSE  # type: ignore[index]
        if (frame, "returned") in self.store:  # type: ignore[operator]
            self.store[frame, "returned"] = FALSE  # type: ignore[index]
        frame.loops.append(token)
        depth, self.depth = self.depth, 0
        try:
            with self.builder.inside(op.body):
                body(op.body.params[0] if kind_index else None)
        finally:
            frame.loops.pop()
            self.depth = depth
        end = self.store
        if end is None:  # every path of the body raises
            end = dict(header)
            end[token, "exit"] = FALSE
        again = self.learn(entry, header, end, shapes, guess, related)
        if again:
            return True
        exit_flag = end[token, "exit"]
        with self.builder.inside(op.body):
            yields = self.lift_all(end, shapes)
        if exit_flag is not FALSE:
            op.attrs["exit"] = True
            yields = [exit_flag, *yields]
        op.body.yields = yields
        return False

    def name_params(self, shapes: dict[Any, Shape], params: list[list[Value]]) -> None:
        k = 0
        for key, s in shapes.items():
            n = len(list(self.leaf_types(s)))
            name = key.name if isinstance(key, Obj) else key[-1]
            if n == 1 and isinstance(name, str) and name not in ("returned", "broken", "exit"):
                for row in params:
                    row[k].name = row[k].name or name
            k += n

    def learn(self, entry: Any, header: Any, end: Any, shapes: Any, guess: Any, related: Any) -> bool:
        """Compare the end of the body with the header; widen the guesses; True where anything was new."""
        again = False
        kept, self.store = self.store, end
        for k in list(entry):
            if k in shapes or k == LIVE:
                continue
            if end.get(k, MISSING) is not header.get(k, MISSING) and not (isinstance(k, tuple) and k[-1] == "exit"):
                guess[k] = self.shape(end.get(k, MISSING))
                again = True
        for k, s in shapes.items():
            w = self.widen(s, self.shape(end.get(k, MISSING)))
            if not w.equals(s):
                guess[k] = w
                again = True
        for k in [k for k in end if k not in entry and isinstance(k, tuple) and k[-1] in ("returned", "return") and k not in shapes]:
            guess[k] = self.shape(end[k])
            again = True
        pairs = self.related_pairs(entry, header, end, shapes)
        if not pairs <= related:
            related |= pairs
            again = True
        self.store = kept
        return again

    def related_pairs(self, entry: Any, header: Any, end: Any, shapes: Any) -> set[Any]:
        """Which carried references may name one object at one time: equal at the entry, or at the end of the body."""
        refs = [k for k, s in shapes.items() if s.kind == "array" and not isinstance(k, Obj)]
        out = set()
        for n, k in enumerate(refs):
            for store in (entry, end):
                a = store.get(k)
                if not isinstance(a, Ref):
                    continue
                for j in refs[:n]:
                    b = store.get(j)
                    if isinstance(b, Ref) and (a.obj is b.obj or b.obj in self.aliases.get(a.obj, ())):
                        if header[k].obj is not header[j].obj:
                            out.add((j, k))
                if not any(header[j].obj is a.obj for j in refs if isinstance(header.get(j), Ref)):
                    out.update((k, o) for o in [a.obj, *self.aliases.get(a.obj, ())] if o in entry)
        return out

    def after(self, entry: Any, shapes: Any, op: Op, token: Any, orelse: Any) -> None:
        types = [t for s in shapes.values() for t in self.leaf_types(s)]
        op.results = [Value(t, n, op) for t, n in types]
        self.name_params(shapes, [op.results])
        self.build_all(entry, shapes, op.results, set())
        store: Any = self.store
        broken = store.pop((token, "broken"), FALSE)
        if orelse:
            if broken is FALSE:
                orelse()
            else:
                entry2 = self.store
                self.store = dict(entry2)  # type: ignore[arg-type]
                region = Region()
                with self.builder.inside(region):
                    orelse()
                self.join_branches(broken, [Region(), region], entry2, [dict(entry2), self.store])  # type: ignore[arg-type]
                store = self.store
        if store is None:
            return
        returned = store.get((self.frame, "returned"), FALSE)
        if returned is not FALSE and entry.get((self.frame, "returned"), FALSE) is not returned:
            live = self.negate(returned)
            store[LIVE] = live if store[LIVE] is TRUE else self.value(self.branch(live, lambda: store[LIVE], lambda: FALSE, {"_bool": "and"}))
            for t in self.frame.loops:
                for what in ("exit", "broken"):
                    old = store.get((t, what), FALSE)
                    store[t, what] = returned if old is FALSE else self.value(self.branch(returned, lambda: TRUE, lambda o=old: o, {"_bool": "or"}))

    # -- for -------------------------------------------------------------------------------------------
    def lower_For(self, s: ast.For) -> None:
        it = self.eval(s.iter)
        names = assigned_names([s])  # the target is one of them

        def run(item: Abstract) -> None:
            self.assign(s.target, item)
            self.block(s.body)

        orelse = (lambda: self.block(s.orelse)) if s.orelse else None
        self.iterate(s, it, names, run, orelse)

    def iterate(self, node: ast.AST, it: Abstract, names: list[str], run: Any, orelse: Any = None) -> None:
        """Run a body over an iterable: unrolled where its items are known one by one, else as a loop."""
        items = None if isinstance(it, RangeVal) else self.items_of(it)
        if items is not None:
            return self.unrolled(node, items, run, orelse)
        if isinstance(it, Iter) and it.what == "generator":
            if orelse:
                self.refuse("a loop over a generator cannot have an else", node)
            return self.comprehension(it.parts[0], it.frame, run, names)
        trips = self.static_trips(it)
        if trips is not None:
            kept, ops, aliases = dict(self.store), len(self.builder.region.ops), {k: set(v) for k, v in self.aliases.items()}  # type: ignore[arg-type]
            try:
                return self.rolled(node, it, names, run, orelse)
            except errors.Unsupported:
                if len(trips) > UNROLL:
                    raise
                self.store, self.aliases = kept, aliases
                del self.builder.region.ops[ops:]
            return self.unrolled(node, [self.number(i) for i in trips], run, orelse)
        return self.rolled(node, it, names, run, orelse)

    def static_trips(self, it: Abstract) -> range | None:
        if isinstance(it, RangeVal) and all(isinstance(v, Constant) for v in (it.start, it.stop, it.step)):
            return range(it.start.value, it.stop.value, it.step.value)  # type: ignore[attr-defined]
        return None

    def rolled(self, node: ast.AST, it: Abstract, names: list[str], run: Any, orelse: Any) -> None:
        fixed, item = self.iteration(it, node)
        self.loop(node, "for", fixed, names, lambda i: run(item(i)), None, orelse)

    def iteration(self, it: Abstract, node: ast.AST) -> tuple[list[Value], Any]:
        """Start, stop, step and how the item is made from the index."""
        zero, one = self.number(0), self.number(1)
        if isinstance(it, RangeVal):
            return [it.start, it.stop, it.step], lambda i: i
        if isinstance(it, Iter):
            if it.what == "reversed" and isinstance(it.parts[0], RangeVal):
                r = it.parts[0]
                if self.static(r.step) == 1:
                    start = self.binary("sub", r.stop, one)
                    return [start, self.binary("sub", r.start, one), self.number(-1)], lambda i: i
            fixed, item = self.iteration(it.parts[0], node)
            plain = self.static(fixed[0]) == 0 and self.static(fixed[2]) == 1
            if it.what == "enumerate" and plain:
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
                lengths = [f[1] if self.static(f[0]) == 0 and self.static(f[2]) == 1 else self.range_length(f) for f, _ in ranges]
                stop = lengths[0] if len(lengths) == 1 else self.value(self.prim("builtins.min", lengths))
                at = lambda f, i: self.binary("add", f[0], self.binary("mul", f[2], i))  # noqa: E731
                return [zero, stop, one], lambda i: Tup(tuple(g(at(f, i)) for f, g in ranges))
        if self.indexable(it):
            t = self.type_of(it)
            if isinstance(t, List):
                obj = it.obj
                state = self.state(it)
                n = self.builder.one("list.len", [self.value(it)], INT)

                def item_of_list(i: Value) -> Abstract:
                    if self.store.get(obj) is not state and isinstance(state, Growing):  # type: ignore[union-attr]
                        self.refuse("a list is changed while a loop goes over it", node, hint="loop over a copy")
                    return self.item(it, i)

                return [zero, n, one], item_of_list
            if isinstance(t, Array) and t.ndim > 0:
                return [zero, self.length(it, 0), one], lambda i: self.item(it, i)
        self.refuse(f"a loop over a {self.kind_of(it)} is not supported", node)

    def range_length(self, f: list[Value]) -> Value:
        return self.builder.one("python.range_length", list(f), INT)

    def unrolled(self, node: ast.AST, items: list[Abstract], run: Any, orelse: Any) -> None:
        token = (id(node), self.frame, "unrolled")
        self.store[token, "exit"] = FALSE  # type: ignore[index]
        self.store[token, "broken"] = FALSE  # type: ignore[index]
        self.frame.loops.append(token)
        try:
            for i in items:
                if self.store is None:
                    return
                left = self.store[token, "exit"]
                if left is TRUE:
                    break
                self.under(self.negate(left), lambda i=i: run(i))
                if self.store is not None:
                    left = self.store[token, "exit"]
                    self.store[LIVE] = self.negate(left)
        finally:
            self.frame.loops.pop()
        if self.store is None:
            return
        broken = self.store.pop((token, "broken"), FALSE)
        self.store.pop((token, "exit"), None)
        returned = self.store.get((self.frame, "returned"), FALSE)
        self.store[LIVE] = TRUE if returned is FALSE else self.negate(returned)
        if orelse:
            self.under(self.negate(broken), orelse)

    def under(self, c: Value, run: Any) -> None:
        """Run a piece of lowering under a condition."""
        if isinstance(c, Constant):
            if c.value:
                run()
            return
        entry = self.store
        self.store = {**entry, LIVE: TRUE}  # type: ignore[dict-item]
        region = Region()
        with self.builder.inside(region):
            run()
        self.join_branches(c, [region, Region()], entry, [self.store, dict(entry)])  # type: ignore[arg-type]

    # -- while -----------------------------------------------------------------------------------------
    def lower_While(self, s: ast.While) -> None:
        names = assigned_names([s])
        orelse = (lambda: self.block(s.orelse)) if s.orelse else None
        kept, ops = dict(self.store), len(self.builder.region.ops)  # type: ignore[arg-type]
        try:
            self.loop(s, "while", [], names, lambda _: self.block(s.body), lambda: self.eval(s.test), orelse)
        except Rotate:
            self.store = kept
            del self.builder.region.ops[ops:]
            stop = ast.copy_location(ast.If(ast.UnaryOp(ast.Not(), s.test), [_Leave(lineno=s.lineno, col_offset=s.col_offset)], []), s)
            ast.fix_missing_locations(stop)
            self.loop(s, "while", [], names, lambda _: self.block([stop, *s.body]), lambda: TRUE, orelse)

    def lower__Leave(self, s: ast.stmt) -> None:
        """The exit of a rotated while: it ends the loop but is no `break` (the else runs)."""
        self.finish((self.frame.loops[-1], "exit"))


class _Leave(ast.Break):
    pass


class Rotate(Exception):
    """The condition of a while has effects: it must be evaluated in the body."""


__all__ = ["Conflict", "Loops", "Static"]
