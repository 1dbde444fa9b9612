"""Statements, and how exits become structure.

`break`, `continue` and `return` set flags in the store; LIVE says whether the path still runs.  What
follows an `if` that exits on one side is lowered into the other side (at most once, never copied); where
that does not fit, or would nest too deep, the rest is split into segments, each under `if live`:

    if a: return x            r = if a {x} else {... rest ...}    one side exits: the rest goes into the other
    rest

    if a: (if b: return x)    x', live = if a {x' = ...; not b} else {x, True}
    rest                      r = if live { rest } else { x' }    the rest is needed twice: one join
"""

from __future__ import annotations

import ast
import importlib
from typing import Any, NoReturn

import numpy as np

from ..ir.core import FALSE, TRUE, Constant, Region, Value
from ..ir.types import UNDEFINED, Array, Scalar, Type
from .base import Base
from .expressions import BINARY
from .pieces import ERROR
from .values import (
    BROKEN,
    EXIT,
    LIVE,
    NONE,
    RETURNED,
    Abstract,
    Bound,
    Conflict,
    Growing,
    Iter,
    RangeVal,
    Ref,
    SliceVal,
    Static,
    Stop,
    constant,
)

NEST = 8  # how deep the rest of a block is pushed into branches before flags are used


class Statements(Base):
    def block(self, stmts: list[ast.stmt]) -> None:
        """Lower statements in order; the store's LIVE says afterwards whether the path goes on (None: it
        raised)."""
        k = 0
        stmts = self.headed(stmts)
        while k < len(stmts):
            if self.store is None:
                return
            live = self.store[LIVE]
            if live is TRUE:
                k = self.segment(stmts, k)
            elif live is FALSE:
                return
            else:
                k = self.guarded(live, stmts, k)

    def segment(self, stmts: list[ast.stmt], k: int) -> int:
        """Statements from k up to the first after which the path may have ended."""
        while k < len(stmts) and self.store is not None and self.store[LIVE] is TRUE:
            s = stmts[k]
            k += 1
            if isinstance(s, ast.If):
                if self.lower_if(s, stmts[k:]):
                    return len(stmts)
            elif not self.in_piece(s):
                self.statement(s)
        return k

    def guarded(self, live: Value, stmts: list[ast.stmt], k: int) -> int:
        entry = self.store
        self.store = dict(entry)
        self.store[LIVE] = TRUE
        region = Region()
        with self.builder.inside(region):
            k = self.segment(stmts, k)
        self.join_branches(live, [region, Region()], entry, [self.store, {**entry, LIVE: FALSE}])
        return k

    def statement(self, s: ast.stmt) -> None:
        self.builder.span = self.span_of(s) if not self.frame.template else self.builder.span
        method = getattr(self, "lower_" + type(s).__name__, None)
        if method is None:
            self.refuse(
                f"the statement '{ast.unparse(s).splitlines()[0][:40]}' is not supported",
                s,
                hint=HINTS.get(type(s).__name__, ""),
            )
        self.spans.append(self.span_of(s))
        self.frame.at.append(s)
        start = len(self.held)
        try:
            method(s)
        except Stop:
            self.store = None
        finally:
            del self.held[start:]
            self.spans.pop()
            self.frame.at.pop()

    def lower_if(self, s: ast.If, rest: list[ast.stmt]) -> bool:
        """Lower an `if`; True where the rest of the block was lowered into one of its branches."""
        if not self.frame.template:
            self.builder.span = self.span_of(s.test)
        self.spans.append(self.span_of(s.test))
        self.frame.at.append(s)
        try:
            c = self.condition(s.test)
        finally:
            self.spans.pop()
            self.frame.at.pop()
        if isinstance(c, Constant):
            self.block(s.body if c.value else s.orelse)
            return False
        entry = self.store
        regions, stores = [Region(), Region()], []
        span = self.builder.span
        for r, stmts in zip(regions, (s.body, s.orelse)):
            self.store = dict(entry)
            with self.builder.inside(r):
                self.block(stmts)
            stores.append(self.store)
        ends = [st is not None and st[LIVE] is FALSE for st in stores]
        goes = [st is not None and st[LIVE] is TRUE for st in stores]
        pushed = False
        for k in (0, 1):
            if ends[1 - k] and goes[k] and rest and self.depth < NEST:
                self.depth += 1
                self.store = stores[k]
                with self.builder.inside(regions[k]):
                    self.block(rest)
                stores[k] = self.store
                self.depth -= 1
                pushed = True
                break
        self.builder.span = span
        self.join_branches(c, regions, entry, stores)
        return pushed

    def finish(self, *flags: Any) -> None:
        for f in flags:
            self.store[f] = TRUE
        self.store[LIVE] = FALSE

    def lower_Return(self, s: ast.Return) -> None:
        a = NONE if s.value is None else self.eval(s.value)
        frame = self.frame
        self.store[frame, "return"] = a
        self.finish(
            (frame, RETURNED),
            *((loop, EXIT) for loop in frame.loops),
            *((loop, BROKEN) for loop in frame.loops),
        )

    def lower_Break(self, s: ast.Break) -> None:
        loop = self.frame.loops[-1]
        self.finish((loop, EXIT), (loop, BROKEN))

    def lower_Continue(self, s: ast.Continue) -> None:
        self.finish()

    def lower_Pass(self, s: ast.Pass) -> None:
        pass

    def lower_Expr(self, s: ast.Expr) -> None:
        if not isinstance(s.value, ast.Constant):
            self.eval(s.value)

    def lower_Assert(self, s: ast.Assert) -> None:
        c = self.condition(s.test)
        if isinstance(c, Constant) and c.value:
            return
        parts = [] if s.msg is None else [self.message(self.eval(s.msg))]
        self.builder.emit("assert", [c, *parts], [])

    def message(self, a: Abstract) -> Value:
        return self.value(a)

    def lower_Raise(self, s: ast.Raise) -> None:
        if s.exc is None:
            self.reraise(s)
        exc, args = s.exc, []
        if isinstance(exc, ast.Call):
            args = [self.message(self.eval(a)) for a in exc.args]
            exc = exc.func
        cls = self.eval(exc)
        if isinstance(cls, Value) and cls.type == ERROR and not args:
            self.builder.emit("raise", [cls], [])
            self.store = None
            return
        cls = self.static(cls)
        if not (isinstance(cls, type) and issubclass(cls, BaseException)):
            self.refuse(
                "what is raised must be an exception class, or a call of one",
                s,
                hint="write raise ValueError(...) or another class",
            )
        cause = None if s.cause is None else self.eval(s.cause)
        nothing = isinstance(cause, Static) and cause.value is None
        known = nothing or (isinstance(cause, Value) and cause.type == ERROR)
        attrs = {"exception": cls, "cause": True} if known else {"exception": cls}
        self.builder.emit("raise", [*args, self.value(cause)] if known else args, [], attrs)
        self.store = None

    def lower_Assign(self, s: ast.Assign) -> None:
        a = self.eval(s.value)
        for target in s.targets:
            self.assign(target, a)

    def lower_AnnAssign(self, s: ast.AnnAssign) -> None:
        if s.value is not None:
            self.assign(s.target, self.eval(s.value))

    def assign(self, target: ast.expr, a: Abstract) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, a, target)
        elif isinstance(target, ast.Tuple | ast.List):
            self.unpack(target, a)
        elif isinstance(target, ast.Subscript):
            self.store_item(self.eval(target.value), self.index(target.slice), a, target)
        elif isinstance(target, ast.Attribute):
            self.set_attribute(self.eval(target.value), target.attr, a, target)
        else:
            self.refuse(
                "this assignment target is not supported",
                target,
                hint="assign to names, items, attributes and tuples of them",
            )

    def unpack(self, target: ast.Tuple | ast.List, a: Abstract) -> None:
        items = self.known_items(a)
        stars = [k for k, e in enumerate(target.elts) if isinstance(e, ast.Starred)]
        n = len(target.elts)
        if items is None:
            return self.unpack_indexed(target, a, stars)
        if stars:
            k = stars[0]
            tail = n - k - 1
            if len(items) < n - 1:
                self.refuse(
                    f"not enough values to unpack: {len(items)}",
                    target,
                    reason="Python raises ValueError here",
                )
            middle = self.new_ref("list", tuple(items[k : len(items) - tail]))
            items = [*items[:k], middle, *items[len(items) - tail :]]
        if len(items) != n:
            self.refuse(
                f"{len(items)} values are unpacked into {n} names",
                target,
                reason="Python raises ValueError here",
            )
        for e, i in zip(target.elts, items):
            self.assign(e.value if isinstance(e, ast.Starred) else e, i)

    def unpack_indexed(self, target: ast.Tuple | ast.List, a: Abstract, stars: list[int]) -> None:
        """Unpack what has its items by index: an array, or a list whose length shows only at run time."""
        if isinstance(a, RangeVal | Iter):
            a = self.collect(a)
        if isinstance(a, Value) and a.type == UNDEFINED:  # what a recursive call gives is not known yet
            for e in target.elts:
                self.assign(e.value if isinstance(e, ast.Starred) else e, a)
            return
        if not self.indexable(a):
            self.refuse(
                f"a {self.kind_of(a)} cannot be unpacked", target, reason="Python raises TypeError here"
            )
        n = len(target.elts) - len(stars)
        length = self.call_len([a], {})
        wrong = self.truth(self.compare("lt" if stars else "ne", length, self.number(n)))
        text = f"expected {'at least ' if stars else ''}{n} values to unpack"
        self.under(wrong, lambda: self.stop(ValueError, text))
        k = stars[0] if stars else n
        end = k - n  # from the end: -1 is the last
        for j, e in enumerate(target.elts):
            if isinstance(e, ast.Starred):
                stop = None if end == 0 else self.number(end)
                self.assign(e.value, self.collect(self.item_at(a, SliceVal(self.number(k), stop, None), e)))
            else:
                self.assign(e, self.item(a, self.number(j if j < k else j - len(target.elts))))

    def stop(self, exception: type, text: str) -> NoReturn:
        """The path ends here: it raises."""
        self.builder.emit("raise", [Constant(text)], [], {"exception": exception})
        self.store = None
        raise Stop

    def lower_AugAssign(self, s: ast.AugAssign) -> None:
        op = BINARY[type(s.op)]
        t = s.target
        if isinstance(t, ast.Name):
            old = self.lookup(t.id, t)
            new = self.augmented(op, old, self.eval(s.value), s)
            if new is not None:
                self.bind(t.id, new, t)
        elif isinstance(t, ast.Subscript):
            owner, index = self.eval(t.value), self.index(t.slice)
            old = self.item_at(owner, index, t)
            new = self.augmented(op, old, self.eval(s.value), s, basic=self.is_view(owner, index))
            if new is not None:
                self.store_item(owner, index, new, t)
        elif isinstance(t, ast.Attribute):
            owner = self.eval(t.value)
            new = self.augmented(op, self.attribute(owner, t.attr, t), self.eval(s.value), s)
            if new is not None:
                self.set_attribute(owner, t.attr, new, t)

    def augmented(
        self, op: str, old: Abstract, value: Abstract, s: ast.AST, basic: bool = True
    ) -> Abstract | None:
        """The new value, or None where an array or list was changed in place (decision: `+=` on an array is
        a store)."""
        if isinstance(old, Ref) and old.kind == "array" and basic:
            self.overwrite(old, self.binary(op, old, value), s)
            return None
        if isinstance(old, Ref) and old.kind == "list" and op == "add":
            self.call(Bound(old, builtin="extend"), [value], {})
            return None
        if isinstance(old, Ref) and old.kind == "instance":
            own = self.dunder(f"i{op.rstrip('_')}", old, value)
            if own is not None:
                return own
        new = self.binary(op, old, value)
        if isinstance(old, Ref) and old.kind == "array":  # a copy that is changed, then stored back
            self.check_in_place(self.type_of(old), self.type_of(new), s)
        return new

    def overwrite(self, ref: Ref, value: Abstract, node: ast.AST) -> None:
        """`ref[...] = value`, with the cast rule of an in-place operation."""
        self.check_in_place(self.type_of(ref), self.type_of(value), node)
        self.store_path(ref, ((Ellipsis,), ()), value, node)

    def check_in_place(self, t: Type | None, v: Type | None, node: ast.AST) -> None:
        """NumPy's cast rule of `x += v` and the like."""
        if (
            isinstance(t, Array)
            and isinstance(v, Array | Scalar)
            and not np.can_cast(v.dtype, t.dtype, "same_kind")
        ):
            self.refuse(
                f"NumPy does not cast {v.dtype} into an array of {t.dtype} in place",
                node,
                reason="Python raises a casting error here",
            )

    def lower_Delete(self, s: ast.Delete) -> None:
        for t in s.targets:
            if isinstance(t, ast.Name):
                key = (self.frame_of(t.id), t.id)
                if key not in self.store:
                    self.refuse(
                        f"'{t.id}' is deleted before it is assigned", t, reason="Python raises NameError here"
                    )
                self.store[key] = Conflict("it was deleted", "read it before `del`, or set it again")
            elif isinstance(t, ast.Subscript):
                owner = self.eval(t.value)
                key = self.static(self.index(t.slice))
                if not (isinstance(owner, Ref) and owner.kind in ("dict", "list")) or key is NotImplemented:
                    self.refuse(
                        "only items of dicts and lists at places known when compiling can be deleted",
                        t,
                        hint="build another list without the item",
                    )
                if not self.distributed(owner, lambda o, k=key, t=t: self.delete_item(o, k, t)):
                    self.delete_item(owner, key, t)
            else:
                self.refuse("this cannot be deleted", t, hint="delete names and items of lists and dicts")

    def delete_item(self, owner: Ref, key: Any, node: ast.AST) -> None:
        if self.check_write(owner.obj, node):
            self.effect("outer.del", [self.handle_of(owner), Constant(key)], {}, node)
        state = self.state(owner)
        if isinstance(state, Growing):
            self.refuse(
                "items of a list whose length shows only at run time cannot be deleted",
                node,
                hint="use pop, or build another list without the item",
            )
        if owner.kind == "dict":
            self.store[owner.obj] = {k: v for k, v in state.items() if k != key}
        else:
            items = list(state)
            del items[key]
            self.store[owner.obj] = tuple(items)

    def lower_FunctionDef(self, s: ast.FunctionDef) -> None:
        self.check_local(s.name, s)
        if s.decorator_list:
            out: Abstract = self.make_closure(s, s.name)
            for d in reversed(s.decorator_list):
                out = self.call(self.eval(d), [out], {})
            self.store[self.frame, s.name] = out
            return
        self.store[self.frame, s.name] = self.make_closure(s, s.name)

    def check_local(self, name: str, s: ast.AST) -> None:
        if name in self.frame.declared_global | self.frame.nonlocals:
            self.refuse(
                f"a statement that binds '{name}', which is declared global or nonlocal, to more than a value"
                " is not supported",
                s,
                hint="bind it to a local name, and assign that",
            )

    def lower_Nonlocal(self, s: ast.Nonlocal) -> None:
        pass

    def lower_Global(self, s: ast.Global) -> None:
        pass

    def lower_Import(self, s: ast.Import) -> None:

        for alias in s.names:
            module = importlib.import_module(alias.name)
            name = alias.asname or alias.name.split(".")[0]
            self.check_local(name, s)
            self.store[self.frame, name] = Static(module if alias.asname else importlib.import_module(name))

    def lower_ImportFrom(self, s: ast.ImportFrom) -> None:

        module = importlib.import_module(
            "." * s.level + (s.module or ""), self.frame.globals.get("__package__")
        )
        for alias in s.names:
            if alias.name == "*":
                self.refuse("'import *' is not supported here", s, hint="name what is imported")
            self.check_local(alias.asname or alias.name, s)

            self.store[self.frame, alias.asname or alias.name] = constant(getattr(module, alias.name))


HINTS = {
    "Match": "write the cases as if/elif",
    "AsyncFor": "async code is not differentiated",
    "AsyncWith": "async code is not differentiated",
    "AsyncFunctionDef": "async code is not differentiated",
    "TryStar": "test for the condition with `if`",
    "TypeAlias": "write it outside of the function",
}
