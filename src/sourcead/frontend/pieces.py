"""Bodies of `try` that are lowered statement by statement (see exceptions.py, "pieces").

    y[0] = x[0]             try { y[0] = x[0] } { jump }
    if x[7] > 0:            try { head = x[7] > 0 } { jump }
        s = s / y[0]        if head: try { s = s / y[0] } { jump }

A jump sets flags, as a `break` does: that a handler of this `try` is wanted, and that the path and the loops
in the body are left. What the head of a compound statement evaluates becomes a statement before it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from ..ir.core import FALSE, TRUE, Constant, Op, Region, Value
from ..ir.types import Opaque
from ..rules.raising import Classes
from .base import Base
from .values import BROKEN, CAUGHT, CAUSE, EXIT, LIVE, WHICH

ERROR = Opaque("exception")
SPLIT = "write to memory in a statement of its own, in the try itself; let helpers return what they make"


@dataclass(eq=False)
class Handler:
    classes: Classes
    name: str | None
    body: list[ast.stmt]


@dataclass(eq=False)
class Pieces:
    """A `try` whose body is lowered statement by statement.  `loops`: how many were open around it."""

    classes: Classes
    handlers: list[Handler]
    frame: Any
    loops: int


class Piecewise(Base):
    """Lowers such bodies."""

    def pieces(self) -> list[Pieces]:
        """The `try`s, innermost first, of whose bodies this is a piece."""
        out: list[Pieces] = []
        for c in reversed(self.catchers):
            if not isinstance(c, Pieces) or c.frame is not self.frame:
                break
            out.append(c)
        return out

    def place(self, s: ast.AST) -> Any:
        return (self.frame.file, s.lineno, s.col_offset)  # type: ignore[attr-defined]

    def piece_by_piece(
        self, classes: Classes, body: list[ast.stmt], handlers: list[Handler], orelse: list[ast.stmt]
    ) -> None:
        p = Pieces(classes, handlers, self.frame, len(self.frame.loops))
        self.store[p, CAUGHT] = FALSE
        if len(handlers) > 1:
            self.store[p, WHICH] = Constant(0)
        if any(h.name is not None for h in handlers):
            self.store[p, CAUSE] = Constant(None, ERROR)
        self.catchers.append(p)
        try:
            self.block(body)
        finally:
            self.catchers.pop()
        if self.store is None:
            return
        caught = self.store.pop((p, CAUGHT), FALSE)
        which = self.store.pop((p, WHICH), None)
        error = self.store.pop((p, CAUSE), None)
        if caught is FALSE:
            return self.rest(orelse)

        def handle() -> None:
            self.store[LIVE] = TRUE  # a handler goes on where the body was left
            self.choose(handlers, which, error)

        self.either(caught, handle, lambda: self.rest(orelse))

    def choose(self, handlers: list[Handler], which: Any, error: Any) -> None:
        first, *others = handlers
        if not others:
            return self.run_handler(first, error)
        c = self.truth(self.compare("eq", which, Constant(len(handlers))))
        self.either(c, lambda: self.run_handler(first, error), lambda: self.choose(others, which, error))

    def in_piece(self, s: ast.stmt) -> bool:
        """Lower a statement of a body that goes in pieces; False where that is not for it."""
        around = self.pieces()
        if not around or isinstance(s, ast.For | ast.While):
            return False
        if isinstance(s, ast.Raise) and self.jumps(around, s):
            return True
        place = self.place(s)
        inside = isinstance(s, ast.Try | ast.With)
        if inside and place in self.in_pieces:
            return False
        start = self.mark_all()
        torn = self.simple(around, s)
        if torn and inside:
            self.in_pieces.add(place)
            self.back_to_start(start)
            return False
        if torn:
            self.refuse("this statement changes what the handler may see before it may raise", s, hint=SPLIT)
        return True

    def jumps(self, around: list[Pieces], s: ast.Raise) -> bool:
        """Lower a `raise` in the text whose handler is known, and does not ask for the exception."""
        exc = s.exc.func if isinstance(s.exc, ast.Call) else s.exc
        cls = self.static(self.eval(exc)) if isinstance(exc, ast.Name | ast.Attribute) else None
        for p, n in targets(around):
            if _is_a(cls, p.handlers[n].classes):
                if any(h.name is not None for h in p.handlers):
                    return False
                for a in s.exc.args if isinstance(s.exc, ast.Call) else ():
                    self.eval(a)
                self.jump(p, Constant(len(p.handlers) - n), None)
                return True
        return False

    def jump(self, p: Pieces, which: Any, error: Any) -> None:
        """Leave the body of a `try` for its handlers."""
        self.store[p, CAUGHT] = TRUE
        if len(p.handlers) > 1:
            self.store[p, WHICH] = which
        if error is not None:
            self.store[p, CAUSE] = error
        for loop in p.frame.loops[p.loops :]:
            self.store[loop, EXIT] = self.store[loop, BROKEN] = TRUE
        self.store[LIVE] = FALSE

    def simple(self, around: list[Pieces], s: ast.stmt) -> bool:
        """Lower one statement, attempted; True where it leaves something torn."""
        entry = dict(self.store)
        region = Region()
        handlers = [h for p in around for h in p.handlers]
        classes = widest([c for h in handlers for c in h.classes])
        done, raises, torn = self.protected(classes, region, lambda: self.statement(s), handlers)
        if torn:
            return True
        if not raises:
            self.builder.region.ops.extend(region.ops)
            self.store = done
            return False
        caught = Region([Value(ERROR, "error")])
        self.store = dict(entry)
        with self.builder.inside(caught):
            self.land(targets(around), caught.params[0])
        stores = [done, self.store]
        self.join_branches(None, [region, caught], entry, stores, None, {"classes": classes})
        return False

    def land(self, targets: list[tuple[Pieces, int]], error: Value) -> None:
        """Jump to the first handler, of those given, that catches an exception."""
        (p, n), *others = targets
        named = any(h.name is not None for h in p.handlers)

        def jump() -> None:
            self.jump(p, Constant(len(p.handlers) - n), error if named else None)

        if not others:
            return jump()
        c = self.asks_class(error, p.handlers[n].classes)
        self.either(c, jump, lambda: self.land(others, error))

    def either(self, c: Value, then: Any, other: Any) -> None:
        """One of two ways on, each of which may end the path."""
        if isinstance(c, Constant):
            return then() if c.value else other()
        entry = self.store
        regions, stores = [Region(), Region()], []
        for r, f in zip(regions, (then, other)):
            self.store = dict(entry)
            with self.builder.inside(r):
                f()
            stores.append(self.store)
        self.join_branches(c, regions, entry, stores)

    def headed(self, stmts: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a body that goes in pieces: what the head of a compound statement evaluates is
        a statement before it."""
        if not self.pieces():
            return stmts
        out: list[ast.stmt] = []
        for s in stmts:
            made: list[ast.stmt] = []
            headed = self.with_head(s, made)
            out += [*made, headed]
        return out

    def with_head(self, s: ast.stmt, made: list[ast.stmt]) -> ast.stmt:
        """A compound statement that reads what `made` assigns before it."""

        def head(e: ast.expr) -> ast.expr:
            if isinstance(e, ast.Constant | ast.Name):
                return e
            text = f"#head{e.lineno}.{e.col_offset}"
            self.frame.locals = self.frame.locals | {text}
            made.append(ast.copy_location(ast.Assign([ast.Name(text, ast.Store())], e), e))
            ast.fix_missing_locations(made[-1])
            return ast.copy_location(ast.Name(text, ast.Load()), e)

        if isinstance(s, ast.If):
            return ast.copy_location(ast.If(head(s.test), s.body, s.orelse), s)
        if isinstance(s, ast.For):
            it = s.iter
            if isinstance(it, ast.Call) and isinstance(it.func, ast.Name):  # range, zip, enumerate
                args = [head(a) for a in it.args]
                it = ast.copy_location(ast.Call(it.func, args, it.keywords), it)
            else:
                it = head(it)
            return ast.copy_location(ast.For(s.target, it, s.body, s.orelse), s)
        if isinstance(s, ast.While) and not isinstance(s.test, ast.Constant | ast.Name):
            if s.orelse:
                self.refuse("the else of a while in a try is not supported", s, hint="test a flag")
            inner: list[ast.stmt] = []
            test = self.with_head(ast.copy_location(ast.If(s.test, [], []), s), inner).test  # type: ignore
            leave = ast.copy_location(ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], []), s)
            out = ast.copy_location(ast.While(ast.Constant(True), [*inner, leave, *s.body], []), s)
            return ast.fix_missing_locations(out)
        return s


def widest(classes: list[type[BaseException]]) -> Classes:
    """The classes that none of the others covers."""
    out: dict[type[BaseException], None] = {}
    for c in classes:
        if not issubclass(c, tuple(out)):
            out = {**{o: None for o in out if not issubclass(o, c)}, c: None}
    return tuple(out)


def targets(around: list[Pieces]) -> list[tuple[Pieces, int]]:
    """The handlers around, innermost first: each with the number that it has in its `try`."""
    out: list[tuple[Pieces, int]] = []
    seen: Classes = ()
    for p in around:
        for n, h in enumerate(p.handlers):
            if not all(issubclass(c, seen) for c in h.classes):
                out.append((p, n))
            seen += h.classes
    return out


def _is_a(cls: Any, classes: Classes) -> bool:
    return isinstance(cls, type) and issubclass(cls, classes)


def reads_item(op: Op) -> bool:
    """Whether an op reads the item of a loop's index: there is one."""
    return op.kind == "getitem" and len(op.inputs) == 2 and op.inputs[1].op is None
