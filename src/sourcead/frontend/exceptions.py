"""`try`, and what raises inside of it.

As a whole   the body becomes the first region of one `try` op and the handlers the second. The handlers see
             the variables as they were before the `try`. That is right where nothing that differs at a place
             that may raise is read afterwards: such a variable is *torn*, and reading it begins again, in

pieces       each statement of the body is a `try` of its own that says whether it raised, and the rest of the
             body goes on under that flag, as behind a `break`. So at every place that may raise, the
             variables are what they are between two statements.

    try:                        try { y[0] = f(x) } { caught }
        y[0] = f(x)             if not caught:
        y[1] = x[7]                 try { y[1] = x[7] } { caught }
    except IndexError:          if caught: ... y as it was then ...
        ...

`watch` is told of every op and finds what is torn; a body in which nothing may raise what is handled is no
`try`.
"""

from __future__ import annotations

import ast
import contextlib
import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from ..ir.core import FALSE, TRUE, Constant, Op, Region, Value, walk
from ..ir.types import PY_BOOL, handling
from ..rules.raising import Classes, matches, raised_by
from .pieces import ERROR, SPLIT, Handler, Pieces, Piecewise, reads_item, widest
from .values import FLAGS, LIVE, Conflict, Obj, Stop

RAISES = re.compile(r"raises (\w+) here")
CERTAIN: dict[str, type[BaseException]] = {
    "IndexError": IndexError,
    "KeyError": KeyError,
    "ValueError": ValueError,
}


@dataclass(eq=False)
class Catcher:
    """A `try` whose body is being lowered as a whole.  `entry`: the store before it; `raises`: whether an op
    may raise what it catches; `torn`: the keys that differed where one may."""

    classes: Classes
    entry: dict[Any, Any]
    frames: set[Any]
    mark: Any
    raises: bool = False
    torn: dict[Any, None] = field(default_factory=dict)  # in order


class Torn(Exception):
    """Memory that a handler sees differs at a place that may raise: the body must go in pieces."""


class Exceptions(Piecewise):
    # -- what raises -------------------------------------------------------------------------------------
    def watch(self, op: Op) -> None:
        """Note an op, and what came into its regions unseen."""
        if self.catchers:
            self.note(op)
            for o in [o for r in op.regions for o in walk(r) if "_attempted" not in o.attrs]:
                self.note(o)

    def note(self, op: Op) -> None:
        """Note for the catchers around an op what it would leave torn."""
        raised = raised_by(op) if self.catchers else ()
        for c in reversed(self.catchers):
            if not matches(raised, c.classes):
                continue
            if isinstance(c, Pieces):  # above every statement of it is a catcher, which has seen the op
                if isinstance(self.catchers[-1], Pieces) and not reads_item(op):
                    self.refuse("what is evaluated here may raise what is handled around it", hint=SPLIT)
                continue
            c.raises = True
            op.attrs["_attempted"] = c.mark or raised
            for k, v in self.store.items():
                old = c.entry.get(k)
                if v is old:
                    continue
                if isinstance(k, Obj):
                    if k in c.entry:
                        c.torn.setdefault(k)
                elif k != LIVE and k[0] in c.frames and k[-1] not in FLAGS:
                    c.torn.setdefault(k)
            if all(issubclass(r, c.classes) for r in raised):
                return

    def python_raises(self, reason: str, message: str) -> None:
        """Where Python raises for certain what a handler around catches, the path ends as at a `raise`."""
        found = RAISES.search(f"{message} {reason}")
        cls = CERTAIN.get(found[1]) if found else None
        if cls is not None and any(issubclass(cls, c.classes) for c in self.catchers):
            self.builder.emit("raise", [Constant(message)], [], {"exception": cls})
            self.store = None
            raise Stop

    @contextlib.contextmanager
    def uncaught(self) -> Any:
        """Lower what is a function of its own: what is raised in it, its call raises."""
        kept, self.catchers = self.catchers, []
        try:
            yield
        finally:
            self.catchers = kept

    # -- the statement -----------------------------------------------------------------------------------
    def lower_Try(self, s: ast.Try) -> None:
        if not s.finalbody:
            return self.lower_handlers(s, s.body, self.handlers(s), s.orelse)
        inner = self.without_finally(s)
        if not self.needs_catch(s):
            self.block(inner)
            return self.finally_(s, None)
        failed = (self.frame, f"#failed{s.lineno}.{s.col_offset}")
        error = (self.frame, f"#error{s.lineno}.{s.col_offset}")
        self.store[failed], self.store[error] = FALSE, Constant(None, ERROR)

        def caught(e: Value) -> None:
            self.store[failed], self.store[error] = TRUE, e
            self.store[LIVE] = FALSE

        handler = Handler((BaseException,), "", [_Do(caught, s)])
        self.lower_handlers(s, inner, [handler], [])
        self.finally_(s, (failed, error))

    def without_finally(self, s: ast.Try) -> list[ast.stmt]:
        if not s.handlers:
            return s.body
        return [ast.copy_location(ast.Try(s.body, s.handlers, s.orelse, []), s)]

    def needs_catch(self, s: ast.Try) -> bool:
        """Whether anybody sees that a `finally` has run although the exception goes on."""
        if self.catchers:
            return True
        seen = (ast.Raise, ast.Return, ast.Assert, ast.Call, ast.Global, ast.Nonlocal)
        return any(isinstance(n, seen) for f in s.finalbody for n in ast.walk(f))

    def finally_(self, s: ast.Try, pending: Any) -> None:
        """The last part, whichever way the path went; then the way goes on, or the exception."""
        for f in s.finalbody:
            for n in ast.walk(f):
                if isinstance(n, ast.Break | ast.Continue):
                    self.refuse("break and continue in a finally are not supported", n, hint="test a flag")
        if self.store is None:
            return
        live = self.store[LIVE]
        self.store[LIVE] = TRUE
        self.block(s.finalbody)
        if self.store is None or self.store[LIVE] is FALSE:
            return
        if pending is not None:
            failed, error = (self.store.get(k, FALSE) for k in pending)

            def again(_: Any) -> None:
                self.builder.emit("raise", [error], [])
                self.store = None
                raise Stop

            if failed is not FALSE:
                self.under_live(failed, [_Do(again, s)])
        if self.store is not None:
            self.store[LIVE] = self.both_live(live, self.store[LIVE])

    def both_live(self, a: Value, b: Value) -> Value:
        if a is TRUE or b is FALSE:
            return b
        if b is TRUE or a is FALSE:
            return a
        return self.value(self.branch(a, lambda: b, lambda: FALSE, {"_bool": "and"}))

    def handlers(self, s: ast.Try) -> list[Handler]:
        out = []
        for h in s.handlers:
            known = BaseException if h.type is None else self.static(self.eval(h.type))
            classes = known if isinstance(known, tuple) else (known,)
            if not all(isinstance(c, type) and issubclass(c, BaseException) for c in classes):
                self.refuse(
                    "the exceptions of a handler must be classes known when compiling",
                    h.type,
                    hint="write except ValueError, or a tuple of classes",
                )
            used = h.name and any(
                isinstance(n, ast.Name) and n.id == h.name for b in h.body for n in ast.walk(b)
            )
            bare = any(isinstance(n, ast.Raise) and n.exc is None for b in h.body for n in ast.walk(b))
            name = h.name if used else "" if bare else None
            out.append(Handler(classes, name, h.body))
        return out

    def lower_handlers(
        self, s: ast.AST, body: list[ast.stmt], handlers: list[Handler], orelse: list[ast.stmt]
    ) -> None:
        classes = widest([c for h in handlers for c in h.classes])
        place = self.place(s)
        if place not in self.in_pieces:
            try:
                return self.as_a_whole(place, classes, body, handlers, orelse)
            except Torn:
                self.in_pieces.add(place)
        self.piece_by_piece(classes, body, handlers, orelse)

    def as_a_whole(
        self,
        place: Any,
        classes: Classes,
        body: list[ast.stmt],
        handlers: list[Handler],
        orelse: list[ast.stmt],
    ) -> None:
        start = self.mark_all()
        region = Region()
        done, raises, torn = self.protected(classes, region, lambda: self.block(body), handlers)
        entry = start[0]
        if any(isinstance(k, Obj) for k in torn):
            self.back_to_start(start)
            raise Torn
        if not raises:
            self.builder.region.ops.extend(region.ops)
            self.store = done
            if done is not None:
                self.rest(orelse)
            return
        flag = (place, "done")
        state: dict[Any, Any] = dict(entry)
        for k in torn:
            state[k] = Conflict("its value is not known where the exception was raised")
            self.torn.add(place)
        caught = Region([Value(ERROR, "error")])
        self.store = state
        with self.builder.inside(caught):
            self.chain(handlers, caught.params[0])
        after = self.store
        follows = bool(orelse) and done is not None and after is not None and after[LIVE] is not FALSE
        if follows:
            done, after = {**done, flag: TRUE}, {**after, flag: FALSE}
        self.join_branches(None, [region, caught], entry, [done, after], None, {"classes": classes})
        if follows and self.store is not None:
            self.under_live(self.store.pop(flag), orelse)
        elif self.store is not None and done is not None:
            self.rest(orelse)

    def rest(self, stmts: list[ast.stmt]) -> None:
        """Statements behind others, if the path goes on."""
        if stmts:
            self.under_live(TRUE, stmts)

    def under_live(self, c: Value, stmts: list[ast.stmt]) -> None:
        c = self.both_live(self.store[LIVE], c)
        if c is TRUE:
            self.block(stmts)
        elif c is not FALSE:
            live = self.store[LIVE]
            entry = self.store
            self.store = {**entry, LIVE: TRUE}
            region = Region()
            with self.builder.inside(region):
                try:
                    self.block(stmts)
                except Stop:
                    self.store = None
            self.join_branches(c, [region, Region()], entry, [self.store, {**entry, LIVE: live}])

    def protected(
        self, classes: Classes, region: Region, run: Any, handlers: list[Handler]
    ) -> tuple[Any, bool, dict[Any, None]]:
        """Lower a body into a region: the store behind it, whether it may raise, what is torn."""
        entry = self.store
        self.store = dict(entry)
        frames = {k[0] for k in entry if isinstance(k, tuple) and len(k) == 2} | set(self.frames)
        mark = None
        if len(handlers) > 1 or any(h.name is not None for h in handlers):
            mark = self.marks = self.marks + 1
        c = Catcher(classes, entry, frames, mark)
        self.catchers.append(c)
        mismatch = matches((ValueError,), classes)
        try:
            with self.builder.inside(region), handling() if mismatch else nullcontext():
                try:
                    run()
                except Stop:
                    self.store = None
        finally:
            self.catchers.pop()
        done, self.store = self.store, entry
        return done, c.raises, c.torn

    def mark_all(self) -> Any:
        return dict(self.store), {k: set(v) for k, v in self.aliases.items()}, len(self.builder.region.ops)

    def back_to_start(self, start: Any) -> None:
        self.store, self.aliases = dict(start[0]), start[1]
        del self.builder.region.ops[start[2] :]

    def chain(self, handlers: list[Handler], error: Value) -> None:
        """The handlers one after the other, for an exception that one of them catches."""
        first, *others = handlers
        if not others:
            return self.run_handler(first, error)
        c = self.asks_class(error, first.classes)
        self.either(c, lambda: self.run_handler(first, error), lambda: self.chain(others, error))

    def asks_class(self, error: Value, classes: Classes) -> Value:
        return self.builder.one("python.isinstance", [error], PY_BOOL, {"classes": classes})

    def run_handler(self, h: Handler, error: Value | None) -> None:
        if h.name:
            assert error is not None
            error.name = h.name
            self.store[self.frame, h.name] = error
        self.handled.append(error)
        try:
            self.block(h.body)
        except Stop:
            self.store = None
        finally:
            self.handled.pop()
        if h.name and self.store is not None:
            self.store[self.frame, h.name] = Conflict("an exception is forgotten where its handler ends")

    def lower__Do(self, s: _Do) -> None:
        s.run(self.handled[-1] if self.handled else None)

    # -- raise, with -------------------------------------------------------------------------------------
    def reraise(self, s: ast.Raise) -> NoReturn:
        if not self.handled or self.handled[-1] is None:
            self.refuse("a bare 'raise' outside of a handler is not supported", s, hint="name the exception")
        self.builder.emit("raise", [self.handled[-1]], [])
        self.store = None
        raise Stop

    def lower_With(self, s: ast.With) -> None:
        item, *others = s.items
        body = s.body if not others else [ast.copy_location(ast.With(others, s.body), s)]
        e = item.context_expr
        f = self.static(self.eval(e.func)) if isinstance(e, ast.Call) else None
        if f is contextlib.suppress and item.optional_vars is None:
            classes = [self.static(self.eval(a)) for a in e.args]  # type: ignore[attr-defined]
            if all(isinstance(c, type) and issubclass(c, BaseException) for c in classes):
                handler = Handler(tuple(classes), None, [ast.copy_location(ast.Pass(), s)])
                return self.lower_handlers(s, body, [handler], [])
        if f is np.errstate and item.optional_vars is None:
            given = [self.static(self.eval(k.value)) for k in e.keywords]  # type: ignore[attr-defined]
            if all(g in ("ignore", "warn") for g in given):
                return self.block(body)
        if f is nullcontext and item.optional_vars is None:
            return self.block(body)
        self.refuse(
            f"the context manager '{ast.unparse(e):.40}' is not supported",
            s,
            reason="np.errstate with 'ignore' or 'warn', contextlib.suppress and nullcontext are",
            hint="take the statements out of the with block",
        )


class _Do(ast.Pass):
    """A statement that is run by the compiler."""

    def __init__(self, run: Any, at: ast.stmt) -> None:
        super().__init__(lineno=at.lineno, col_offset=at.col_offset)
        self.run = run
