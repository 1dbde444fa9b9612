"""Loops: which variables and objects they carry, found by lowering the body until nothing changes.

    1. carried: the names that the body assigns (by its syntax), and what an earlier attempt saw change
    2. lower the body with a parameter for each leaf of what is carried
    3. something else changed, or a leaf's type does not cover the body's end?  widen, forget the ops, again
    4. yield the leaves; the loop's results are the state after it

The widened shapes are remembered by loop and call, so that an outer loop's next attempt finds them at once
and nests cost no more than twice the text."""

from __future__ import annotations

import ast
from itertools import islice
from typing import Any

from ..ir.core import FALSE, TRUE, Constant, Op, Region, Value, walk
from ..ir.types import renewed
from .liveness import liveness_of
from .merge import begins_with, differing
from .scopes import rebound_names
from .shapes import MISSING, Shape, Shapes
from .values import BROKEN, CAUGHT, EXIT, FLAGS, INT, LASTING, LIVE, ONE_KIND, RETURNED, Obj, Ref, Stop, Tup


class Rotate(Exception):
    """The condition of a while has effects: it must be evaluated in the body."""


class Loops(Shapes):
    def loop(
        self,
        node: ast.AST,
        kind: str,
        fixed: list[Value],
        names: list[str],
        body: Any,
        test: Any = None,
        orelse: Any = None,
        unbroken: bool = False,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        """Lower one loop.  `body(index)` lowers the body, `test()` the condition of a while; no `break`
        leaves it where it is `unbroken`."""
        guess_key = (id(node), tuple(self.calls))
        frame = self.frame
        token = (id(node), frame)
        dead = self.dead_at_head(node, names)
        entry = {k: a for k, a in self.store.items() if k not in dead}
        guess, related = self.guesses_of(guess_key, entry)
        entry = {**entry, (token, BROKEN): FALSE}
        entry.update({key: FALSE for key, _ in self.exits()})  # the path has come here
        rebound = rebound_names(node)
        for n in names:
            key = (self.frame_of(n), n)
            if key in dead:
                continue
            a = entry.get(key)
            if n in rebound or not (isinstance(a, Ref) and a.kind in ("array", "list")):
                guess.setdefault(key, None)  # `x += ...` is a write: it leaves an array the one that it is
        for k, g in guess.items():
            guess[k] = None if g is None else self.still_there(g, entry)
        span = self.builder.span
        for _ in range(30):
            self.builder.span = span  # not where the last attempt ended
            ops_before = len(self.builder.region.ops)
            op = Op(
                kind,
                list(fixed),
                [],
                dict(attrs or {}),
                [Region() for _ in range(2 if test else 1)],
                self.builder.span,
                self.builder.reverse,
            )
            shapes = self.header_shapes(entry, guess)
            leaves = self.lift_all(entry, shapes)
            again = self.attempt(op, entry, shapes, leaves, guess, related, token, body, test)
            if not again:
                self.store = entry
                self.builder.append(op)  # a step of zero raises before the first trip
                break
            del self.builder.region.ops[ops_before:]
        else:
            self.refuse("the types of this loop's variables do not settle", node, hint=ONE_KIND)
        endless = unbroken and isinstance(op.regions[0].yields[0], Constant)
        self.after(entry, shapes, op, token, orelse, endless, related)

    def dead_at_head(self, node: ast.AST, names: list[str]) -> set[Any]:
        """Names that are bound anew before a turn, or what comes behind the loop, reads them."""
        frame = self.frame
        if frame.captured or not isinstance(frame.function, ast.FunctionDef):
            return set()
        alive = liveness_of(frame.function).head.get(node)
        return set() if alive is None else {(frame, n) for n in names if n not in alive}

    def guesses_of(self, key: Any, entry: Any) -> tuple[dict[Any, Any], set[Any]]:
        """What earlier attempts at this loop have learnt, by the keys of the store of today: when a loop
        around it is lowered again, a call between the two has another frame, whose variables and flags have
        other keys."""
        owners = [*self.frames, *self.catchers]
        known, related, before = self.loop_guesses.get(key, ({}, set(), owners))
        moved = {id(a): b for a, b in zip(before, owners)} if len(before) == len(owners) else {}
        there = {id(owner_of(k)) for k in entry} | {id(o) for o in owners} if known else set()
        guess = {}
        for k, g in known.items():
            k = with_owner(k, moved.get(id(owner_of(k)), owner_of(k)))
            if id(owner_of(k)) in there:  # what is gone is no more than a name for nothing
                guess[k] = g
        self.loop_guesses[key] = guess, related, owners
        return guess, related

    def header_shapes(self, entry: Any, guess: Any) -> dict[Any, Shape]:
        shapes = {}
        self.store = entry
        for k, g in guess.items():
            s = self.shape(entry.get(k, MISSING))
            shapes[k] = s if g is None else self.widen(s, g)
        return shapes

    def still_there(self, s: Shape, entry: Any) -> Shape:
        """A shape of an earlier attempt without the options that were made anew since then."""
        if s.kind == "choice":
            there = lambda r: r.obj in entry and all(isinstance(o, Constant) for _, os in r.path for o in os)
            options = tuple(filter(there, s.options))
            return Shape("choice", s.type, extra=s.extra, options=options) if options else Shape("missing")
        if s.parts:
            parts = tuple(self.still_there(p, entry) for p in s.parts)
            return Shape(s.kind, s.type, parts, s.extra, s.number, s.state)
        return s

    def lift_all(self, store: Any, shapes: dict[Any, Shape]) -> list[Value]:
        for k, s in shapes.items():
            if isinstance(k, Obj) and s.kind == "list" and isinstance(store.get(k), tuple):
                for i in store[k]:
                    self.freeze(i, k)
        kept, self.store = self.store, store
        out = [v for k, s in shapes.items() for v in self.lift(store.get(k, MISSING), s)]
        self.store = kept
        return out

    def build_all(
        self, entry: Any, shapes: dict[Any, Shape], values: list[Value], related: set[Any]
    ) -> dict[Any, Any]:
        """The store at the header (or after the loop), with the given leaf values."""
        self.store = dict(entry)
        it = iter(values)
        for k, s in shapes.items():
            name = k.name if isinstance(k, Obj) else k[-1]
            if isinstance(k, Obj) and s.kind == "array":
                self.store[k] = next(it)
                continue
            before = len(self.store)  # a new key stands behind the others
            a = self.raise_up(s, it, entry.get(k, MISSING), name)
            self.carried.update(o for o in islice(self.store, before, None) if isinstance(o, Obj))
            if a is MISSING:
                self.store.pop(k, None)
            else:
                self.store[k] = a
        places = self.places(self.store, shapes)
        for j, k in sorted(related, key=str):
            for a in places.get(j, ()):
                if k == "frozen":
                    a.obj.cls = "frozen"
                    continue
                for b in (Ref(k),) if isinstance(k, Obj) else places.get(k, ()):
                    self.relate(a.obj, b.obj)
        return self.store

    def places(self, store: Any, keys: Any) -> dict[Any, list[Ref]]:
        """Where in carried variables and objects there are references: a place is a key of the store and
        the way from it through tuples, lists, dicts and instances."""
        out: dict[Any, list[Ref]] = {}

        def visit(a: Any, place: Any, inside: tuple[Obj, ...]) -> None:
            if isinstance(a, Tup):
                a = a.items
            if isinstance(a, Ref):
                out[place] = [r for o in self.options_of(a) for r in (o,)]
                if a.kind != "array" and a.obj not in inside:
                    visit(store.get(a.obj), (*place, "*"), (*inside, a.obj))
            elif isinstance(a, tuple | dict):
                for n, i in enumerate(a.values() if isinstance(a, dict) else a):
                    visit(i, (*place, n), inside)

        for k in keys:
            visit(store.get(k), (k,), ())
        return out

    def attempt(
        self,
        op: Op,
        entry: Any,
        shapes: Any,
        leaves: Any,
        guess: Any,
        related: Any,
        token: Any,
        body: Any,
        test: Any,
    ) -> bool:
        """Lower the body once; True where it has to be done again with what was learnt."""
        for region in op.regions:
            if kind_index := op.kind == "for":
                region.params.append(Value(INT))
        params: list[list[Value]] = []
        types = [t for s in shapes.values() for t in self.leaf_types(s)]
        for region in op.regions:
            row = [Value(t, n) for t, (_, n) in zip(renewed([t for t, _ in types], wild=True), types)]
            for (k, s), _ in zip(shapes.items(), shapes):
                del k, s
            region.params.extend(row)
            params.append(row)
        self.name_params(shapes, params)
        op.inputs.extend(leaves)
        frame = self.frame
        if test:
            self.build_all(entry, shapes, params[0], related)
            before = dict(self.store)
            with self.builder.inside(op.regions[0]):
                c = self.truth(test())
            if any(self.store.get(k, MISSING) is not v for k, v in before.items()):
                raise Rotate
            op.regions[0].yields = [c]
        self.build_all(entry, shapes, params[-1], related)
        header = dict(self.store)
        self.headers.setdefault(token, set()).update(k for k in header if isinstance(k, Obj))
        self.store[LIVE] = TRUE
        self.store[token, EXIT] = FALSE
        self.store[token, BROKEN] = FALSE
        for key, _ in self.exits():
            if key in self.store:
                self.store[key] = FALSE
        frame.loops.append(token)
        depth, self.depth = self.depth, 0
        try:
            with self.builder.inside(op.body):
                try:
                    body(op.body.params[0] if kind_index else None)
                except Stop:
                    self.store = None
        finally:
            frame.loops.pop()
            self.depth = depth
        end = self.store
        if end is None:  # every path of the body raises
            end = dict(header)
            end[token, EXIT] = FALSE
        again = self.learn(op, entry, header, end, shapes, guess, related)
        if again:
            return True
        exit_flag = end[token, EXIT]
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
            if n == 1 and isinstance(name, str) and name not in FLAGS:
                for row in params:
                    row[k].name = row[k].name or name
            k += n

    def carriable(self, entry: Any, op: Op) -> Any:
        """Says of a reference whether it leads to something that is there before the loop: a tag can tell
        it then from iteration to iteration."""
        inside = {id(p) for r in op.regions for p in r.params}
        inside |= {id(v) for r in op.regions for o in walk(r) for v in o.results}
        inside |= {id(p) for r in op.regions for o in walk(r) for g in o.regions for p in g.params}
        return lambda ref: ref.obj in entry and not any(id(o) in inside for _, os in ref.path for o in os)

    def learn(self, op: Op, entry: Any, header: Any, end: Any, shapes: Any, guess: Any, related: Any) -> bool:
        """Compare the end of the body with the header; widen the guesses; True where anything was new."""
        again = False
        kept, self.store = self.store, end
        self.option_ok = self.carriable(entry, op) if self.choosing else None
        for k in differing(header, [end]) if begins_with(end, list(header)) else list(entry):
            if k not in entry or k in shapes or k == LIVE:
                continue
            if end.get(k, MISSING) is not header.get(k, MISSING) and not (
                isinstance(k, tuple) and k[-1] == EXIT
            ):
                guess[k] = self.shape(end.get(k, MISSING))
                again = True
        for k, s in shapes.items():
            w = self.widen(s, self.shape(end.get(k, MISSING)))
            if not w.equals(s):
                guess[k] = w
                again = True
        for k in [
            k for k in end if k not in entry and isinstance(k, tuple) and k[-1] in LASTING and k not in shapes
        ]:
            guess[k] = self.shape(end[k])
            again = True
        pairs = self.related_pairs(entry, header, end, shapes)
        if not pairs <= related:
            related |= pairs
            again = True
        self.store, self.option_ok = kept, None
        return again

    def related_pairs(self, entry: Any, header: Any, end: Any, shapes: Any) -> set[Any]:
        """What the references that a loop carries may lead to: objects that are there before it, and each
        other where two may lead to one object at one time.

            u, v = a, b                place (u): {a} at the entry, what v led to at the end: {a, b}
            for ...: u, v = v, u       never one object at one time, so u and v are no pair
        """
        before, at, after = (self.places(s, shapes) for s in (entry, header, end))
        where = {refs[0].obj: p for p, refs in at.items() if len(refs) == 1 and refs[0].obj not in entry}
        leads: dict[Any, set[Any]] = {p: set() for p in where.values()}
        found: dict[Any, dict[Any, set[Obj]]] = {}
        for p in leads:
            for n, store in enumerate((before, after)):
                objs = {o for r in store.get(p, ()) for o in (r.obj, *self.aliases.get(r.obj, ()))}
                found.setdefault(n, {})[p] = {r.obj for r in store.get(p, ())}
                leads[p] |= {where.get(o, o) for o in objs if o in where or o in entry}
                if any(o.kind == "array" and o.cls == "frozen" for o in objs):
                    leads[p].add("frozen")
        changed = True
        while changed:
            changed = False
            for way in leads.values():
                more = {o for q in way if q in leads for o in leads[q] if o not in leads} - way
                if more:
                    way |= more
                    changed = True
        out = {(p, o) for p, way in leads.items() for o in way if o not in leads}
        for n in found:
            order = list(found[n].items())
            for k, (p, a) in enumerate(order):
                for q, b in order[:k]:
                    if any(x is y or y in self.aliases.get(x, ()) for x in a for y in b):
                        out.add((q, p))
        return out

    def after(
        self, entry: Any, shapes: Any, op: Op, token: Any, orelse: Any, endless: bool, related: set[Any]
    ) -> None:
        types = [t for s in shapes.values() for t in self.leaf_types(s)]
        own = renewed([t for t, _ in types], wild=True)
        op.results = [Value(t, n, op) for t, (_, n) in zip(own, types)]
        self.name_params(shapes, [op.results])
        self.build_all(entry, shapes, op.results, related)
        store: Any = self.store
        broken = store.pop((token, BROKEN), FALSE)
        if endless and not any(
            store.get(k, FALSE) is not FALSE for k, _ in self.exits()[1:]
        ):  # only a return or an exception ends it
            if store.get((self.frame, RETURNED), FALSE) is FALSE:
                self.store = None
                return
            flags = [(t, what) for t in self.frame.loops for what in (EXIT, BROKEN)]
            self.finish((self.frame, RETURNED), *flags)
            return
        if orelse:
            if broken is FALSE:
                orelse()
            else:
                entry2 = self.store
                self.store = dict(entry2)
                region = Region()
                with self.builder.inside(region):
                    orelse()
                self.join_branches(broken, [Region(), region], entry2, [dict(entry2), self.store])
                store = self.store
        if store is None:
            return
        for key, loops in self.exits():
            self.leave(key, loops, entry)

    def exits(self) -> list[tuple[Any, list[Any]]]:
        """The flags of what may leave the loops of this frame, each with those that it leaves: a `return`,
        an exception to a handler."""
        frame = self.frame
        pieces = [c for c in self.catchers if getattr(c, "frame", None) is frame]
        return [
            ((frame, RETURNED), frame.loops),
            *(((c, CAUGHT), frame.loops[c.loops :]) for c in pieces),
        ]

    def leave(self, key: Any, loops: list[Any], entry: Any) -> None:
        """Behind a loop that was left for what is outside of the loops around it."""
        gone = self.store.get(key, FALSE)
        if gone is FALSE or entry.get(key, FALSE) is gone:
            return
        live = self.both_live(self.negate(gone), self.store[LIVE])
        self.store[LIVE] = live
        for t in loops:
            for what in (EXIT, BROKEN):
                old = self.store.get((t, what), FALSE)
                if old is not FALSE:
                    hint = {"_bool": "or"}
                    either = self.value(self.branch(gone, lambda: TRUE, lambda o=old: o, hint))
                else:
                    either = gone
                self.store[t, what] = either


def owner_of(key: Any) -> Any:
    """The frame, `try` or object that a key of the store belongs to."""
    owner = key[0] if isinstance(key, tuple) else key
    return owner[1] if isinstance(owner, tuple) else owner  # of a loop: its node and its frame


def with_owner(key: Any, owner: Any) -> Any:
    """The same key of another frame or `try`."""
    if not isinstance(key, tuple) or owner is owner_of(key):
        return key
    if isinstance(key[0], tuple):
        return ((key[0][0], owner, *key[0][2:]), *key[1:])
    return (owner, *key[1:])
