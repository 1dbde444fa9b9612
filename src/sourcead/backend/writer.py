"""Statements out of regions.

What stands at the end of a region is given to the region from outside, as a function of the yielded values:
assign the results of an `if`, assign the next values of a loop and maybe `break`, or `return`.  An `if` at
the end of a region hands the same function on to its branches, with its results replaced by what the branch
yields:

    loop { r, f = if c {yield a, True} {yield b, False}; yield exit f, r }

        if c:                      the body's end, with (f, r) = (True, a):  x = a; break
            x = a
            break
        x = b                      with (False, b); no else after a jump

That is how early returns, breaks and `continue` guards come out as the statements they were.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import takewhile
from typing import Any

from ..ir.core import WRITES_OUTSIDE, Function, Op, Region, Undef, Value, is_const
from ..ir.types import Array, List, Scalar, Tuple
from ..names import numbered
from .comments import Comments
from .effects import has_effect, may_raise
from .fold import Plan
from .handlers import caught
from .results import structure
from .solvers import take_fields
from .spelling import BINARY, Speller
from .syntax import (
    assigned,
    assigned_names,
    at_once,
    call,
    common_end,
    is_false,
    is_long,
    is_true,
    jumps,
    name,
    negated,
    weight,
)
from .trips import trips
from .writes import raising, write, write_outside

DEEP = 15  # levels of blocks from which on chains of `if`s are flattened
End = Callable[[list[Value]], list[ast.stmt]]
#: The variables that the statements of an op read and assign, and the statements.
Written = tuple[list[Value], list[str | None], list[ast.stmt]]


class Writer:
    """The statements of one function.  `origins` says for which op or region a statement was written.

    `read` are the variables that the statement of each op reads, `earlier` what another writer has `written`
    for the same function: what reads the same values under the same names is not written anew.
    """

    def __init__(
        self,
        function: Function,
        plan: Plan,
        speller: Speller,
        comments: Comments,
        read: dict[Op, list[Value]],
        earlier: dict[Op, Written],
    ) -> None:
        self.function = function
        self.read = read
        self.earlier = earlier
        self.written: dict[Op, Written] = {}
        self.plan = plan
        self.speller = speller
        self.comments = comments
        self.origins: dict[ast.stmt, Any] = {}
        self.copied: list[Value] = []  # what is assigned to other variables at joins
        self._depth = 1
        self._known: dict[Value, bool | None] = {}  # truth of the conditions around the current statement

    def body(self) -> list[ast.stmt]:
        out = self._region(self.function.body, self._return, "return")
        return out or [ast.Pass()]

    # -- regions ---------------------------------------------------------------------------------------------
    def _region(self, region: Region, end: End, kind: str) -> list[ast.stmt]:
        ops = self.plan.statements(region)
        if ops and ops[-1] in self.plan.transparent:
            out = self._written(ops[:-1])
            return out + self.comments.before(ops[-1]) + self._last_if(ops[-1], region, end, kind)
        out = self._written(ops)
        if out and isinstance(out[-1], ast.Raise):
            return out
        ending = end(region.yields)
        for s in ending:
            self.origins.setdefault(s, region)
        return out + ending

    def _written(self, ops: list[Op]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        unpacked: set[Op] = set()
        for n, op in enumerate(ops):
            if op in unpacked:
                continue
            comment = self.comments.before(op)
            if op.regions:
                written = self._op(op)
            elif op.kind == "tuple.get":
                written = self._unpack(ops, n, unpacked)
            else:
                written = self._again(op)
            for s in written:
                self.origins.setdefault(s, op)
            if written:
                out += comment + written
            if op.kind == "raise":
                break
        return out

    def _again(self, op: Op) -> list[ast.stmt]:
        """The statements of a plain op, those of the earlier writer where they would be the same."""
        read, names = self.read[op], self.speller.names
        texts = [names.get(v) for v in (*read, *op.results)]
        old = self.earlier.pop(op, None)
        if old is None or old[0] != read or old[1] != texts:
            old = read, texts, self._op(op)
        self.written[op] = old
        return old[2]

    def _last_if(self, op: Op, region: Region, end: End, kind: str) -> list[ast.stmt]:
        branch_end = _handed_on(end, region)
        if self._depth >= DEEP and any(map(self._chains, op.regions)):
            return self._flat(op, branch_end, kind)
        return self._if(op, *self._both(op, branch_end, kind), kind)

    def _chains(self, region: Region) -> bool:
        return bool(region.ops) and region.ops[-1] in self.plan.transparent

    def _flat(self, op: Op, end: End, kind: str) -> list[ast.stmt]:
        """A chain of nested last `if`s, one after the other: CPython takes no more than 100 levels.

        if c: A                      more = True
        else:                        if c: A; more = False
            B                        if more:
            if d: C                      B
            else: D                      if d: C; more = False
                                     if more: D
        """
        more = self._flag()
        out: list[ast.stmt] = [assigned(more, True)]
        before: list[ast.stmt] = []
        first = True
        while True:
            deep = (
                op.regions[1]
                if self._chains(op.regions[1]) or not self._chains(op.regions[0])
                else op.regions[0]
            )
            other = op.regions[0] if deep is op.regions[1] else op.regions[1]
            test = self.speller.value(op.inputs[0])
            side = self._region(other, end, kind)
            if not jumps(side):
                side = [*side, assigned(more, False)]
            level = self._made(op, test if other is op.regions[0] else negated(test), side, [])
            out += level if first else [ast.If(name(more), [*before, *level], [])]
            first = False
            if not self._chains(deep):
                out.append(ast.If(name(more), self._region(deep, end, kind) or [ast.Pass()], []))
                return out
            before = self._written(self.plan.statements(deep)[:-1])
            end, op = _handed_on(end, deep), self.plan.statements(deep)[-1]

    def _flag(self) -> str:
        taken = set(self.speller.names.values())
        k = 0
        while (text := numbered("more", k)) in taken:
            k += 1
        self.speller.names[Undef()] = text
        return text

    def _both(self, op: Op, end: End, kind: str) -> list[list[ast.stmt]]:
        out = []
        test = op.inputs[0]
        for region, truth in zip(op.regions, (True, False)):
            scope, facts = self.comments.scope(), {test: truth}
            if test.op is not None and test.op.kind == "operator.not_":
                facts[test.op.inputs[0]] = not truth
            before = {v: self._known.get(v) for v in facts}
            self._known.update(facts)
            self._depth += 1
            out.append(self._region(region, end, kind))
            self._depth -= 1
            self._known.update(before)
            self.comments.restore(scope)
        return out

    def _if(self, op: Op, then: list[ast.stmt], other: list[ast.stmt], kind: str) -> list[ast.stmt]:
        n = common_end(then, other)
        if n:  # what both sides end with stands behind them
            return self._if(op, then[:-n], other[:-n], "join") + then[-n:]
        if not then and not other:
            return []
        test = self.speller.value(op.inputs[0])
        if not then:
            if kind == "loop" and is_long(other):
                then = [ast.Continue()]
            else:
                return self._made(op, negated(test), other, [])
        if kind != "join":
            if jumps(then):
                return self._made(op, test, then, []) + other
            if other and jumps(other) and weight(other) == 1:
                return self._made(op, negated(test), other, []) + then
            if kind == "loop" and is_long(other):
                return self._made(op, test, [*then, ast.Continue()], []) + other
        return self._made(op, test, then, other)

    def _made(self, op: Op, test: ast.expr, then: list[ast.stmt], other: list[ast.stmt]) -> list[ast.stmt]:
        s = ast.If(test, then, other)
        self.origins[s] = op
        return [s]

    # -- ends ------------------------------------------------------------------------------------------------
    def _return(self, values: list[Value]) -> list[ast.stmt]:
        tree = self.function.attrs.get("returns")
        if tree is not None:
            return [ast.Return(structure(self.speller, tree, self.speller.values(values)))]
        if not values:
            return []
        out = self.speller.values(values)
        return [ast.Return(out[0] if len(out) == 1 else ast.Tuple(out, ast.Load()))]

    def _moves(self, pairs: list[tuple[Value, Value]]) -> list[ast.stmt]:
        """Assignments that happen at once, in an order that is right one after the other; a cycle is one
        tuple."""
        moves: list[tuple[str, ast.expr]] = []
        for target, v in pairs:
            to = self.speller.names.get(target)
            if to is None or isinstance(v, Undef) or not self._is_read(target):
                continue
            source = self.speller.value(v)
            if not (isinstance(source, ast.Name) and source.id == to):
                moves.append((to, source))
                self.copied.append(v)
        return at_once(moves)

    def _is_read(self, v: Value) -> bool:
        if self.plan.uses.get(v):
            return True
        op = v.op
        if op is not None and op.is_loop:  # a loop's variable is read where its parameters are
            s = op.slot(op.results.index(v))
            return any(self.plan.uses.get(p) for p in s.params)
        return False

    # -- ops -------------------------------------------------------------------------------------------------
    def _op(self, op: Op) -> list[ast.stmt]:
        if op.kind == "if" and op not in self.plan.choices:
            return self._joining_if(op)
        if op.kind == "try":
            return self._try(op)
        if op.kind == "for":
            return self._for(op)
        if op.kind == "while":
            return self._while(op)
        if op.kind == "raise":
            return [raising(op, self.speller)]
        if op.kind == "assert":
            test, *message = self.speller.values(op.inputs)
            return [ast.Assert(test, message[0] if message else None)]
        if op.kind in ("store", "index_add", "list.append", "list.pop") or op.attrs.get("_inplace"):
            return write(op, self.speller)
        if op.kind in WRITES_OUTSIDE:
            return write_outside(op, self.speller)
        return self._assign(op)

    def _unpack(self, ops: list[Op], at: int, unpacked: set[Op]) -> list[ast.stmt]:
        """Items of one tuple, taken one after the other: `a, b = pair`."""
        box = ops[at].inputs[0]
        gets = list(takewhile(lambda o: o.kind == "tuple.get" and o.inputs[0] is box, ops[at:]))
        places = [o.attrs["i"] for o in gets]
        if len(gets) < 2 or len(set(places)) < len(places) or not isinstance(box.type, Tuple):
            return self._op(ops[at])
        length = len(box.type.items)
        targets: list[ast.expr] = [ast.Name("_", ast.Store()) for _ in range(max(length, max(places) + 1))]
        for o in gets:
            if self.plan.uses.get(o.result):
                targets[o.attrs["i"]] = ast.Name(self.speller.names[o.result], ast.Store())
        if length <= max(places):  # the type of a recursive call's residuals does not list them
            targets.append(ast.Starred(ast.Name("_", ast.Store()), ast.Store()))
        unpacked.update(gets)
        return [ast.Assign([ast.Tuple(targets, ast.Store())], self.speller.value(box))]

    def _assign(self, op: Op) -> list[ast.stmt]:
        used = [self.plan.uses.get(v, 0) > 0 for v in op.results]
        if not any(used):
            if not has_effect(op) and not may_raise(op):
                return []
            if op.kind == "python.print":
                return [ast.Expr(ast.Call(name("print"), *self.speller._arguments(op)))]
            return [ast.Expr(self.speller.op(op))]
        names = self.speller.names
        if op.kind == "solver" and op.attrs["fields"]:
            return take_fields(self.speller, op)
        targets: list[ast.expr] = [
            ast.Name(names[v] if u else "_", ast.Store()) for v, u in zip(op.results, used)
        ]
        if len(targets) > 1 or (op.kind == "call" and op.attrs.get("_tuple")):
            return [ast.Assign([ast.Tuple(targets, ast.Store())], self.speller.op(op))]
        text = names[op.result]
        value = self.speller.op(op)
        if isinstance(value, ast.Name) and value.id == text:
            return []
        if (
            isinstance(value, ast.BinOp)
            and op.kind in BINARY
            and isinstance(value.left, ast.Name)
            and value.left.id == text
            and isinstance(op.result.type, Scalar)
            and isinstance(op.inputs[0].type, Scalar)
        ):
            return [ast.AugAssign(ast.Name(text, ast.Store()), value.op, value.right)]
        return [ast.Assign([ast.Name(text, ast.Store())], value)]

    # -- control flow ----------------------------------------------------------------------------------------
    def _joining_if(self, op: Op) -> list[ast.stmt]:
        return self._if(op, *self._both(op, self._joined(op), "join"), "join")

    def _joined(self, op: Op) -> End:
        return lambda values: self._moves(list(zip(op.results, values)))

    def _try(self, op: Op) -> list[ast.stmt]:
        end, sides = self._joined(op), []
        for region in op.regions:
            scope = self.comments.scope()
            self._depth += 1
            sides.append(self._region(region, end, "join"))
            self._depth -= 1
            self.comments.restore(scope)
        error = self.speller.names.get(op.regions[1].params[0], "error")
        return caught(sides[0], sides[1], self.speller.classes(op.attrs["classes"]), error)

    def _loop_body(self, op: Op) -> list[ast.stmt]:
        own = op.own_yields

        def end(values: list[Value]) -> list[ast.stmt]:
            moves = list(zip(op.results, values[own:]))
            out = self._moves(moves)
            if own and not is_false(values[0]) and self._known.get(values[0]) is not False:
                if is_true(values[0]) or self._known.get(values[0]):
                    out.append(ast.Break())
                else:
                    leave = ast.If(self.speller.value(values[0]), [*self._moves(moves), ast.Break()], [])
                    read = {self.speller.names[v] for v in self.plan.leaves(values[0])}
                    if read.isdisjoint(assigned_names(out)):
                        leave.body = [ast.Break()]
                        out.append(leave)
                    else:  # the flag reads what the assignments change
                        out.insert(0, leave)
            return out

        scope = self.comments.scope()
        self._depth += 1
        body = self._region(op.body, end, "loop")
        self._depth -= 1
        self.comments.restore(scope, bool(op.attrs.get("_nest")))
        while body and isinstance(body[-1], ast.Continue):
            body.pop()
        return body

    def _entry(self, op: Op) -> list[ast.stmt]:
        return self._moves(list(zip(op.results, op.inputs[op.fixed :])))

    def _for(self, op: Op) -> list[ast.stmt]:
        entry = self._entry(op)
        body = self._loop_body(op)
        index = op.body.params[0]
        used = self.plan.uses.get(index, 0) > 0
        target: ast.expr = ast.Name(self.speller.names[index] if used else "_", ast.Store())
        items = op.attrs.get("_items")
        backward = bool(op.attrs.get("_reversed"))
        if items:
            xs, item = items
            walked = self.speller.value(xs)
            element = ast.Name(self.speller.names[item], ast.Store())
            if backward:
                every = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
                if isinstance(xs.type, Array) or self.speller.needs.jits:
                    walked = ast.Subscript(walked, every, ast.Load())
                else:
                    walked = call(name("reversed"), walked)
            if used:
                target = ast.Tuple([target, element], ast.Store())
                walked = call(name("enumerate"), walked)
            else:
                target = element
        else:
            walked = trips(self.speller, op, backward and used)
        return [*entry, ast.For(target, walked, body or [ast.Pass()], [])]

    def _while(self, op: Op) -> list[ast.stmt]:
        entry = self._entry(op)
        head = op.regions[0]
        before = self._region(head, lambda values: [], "join")
        body = self._loop_body(op)
        condition = head.yields[0]
        test = self._condition(condition)
        if before:
            if not is_true(condition):
                before.append(ast.If(negated(test), [ast.Break()], []))
            body = before + body
            test = ast.Constant(True)
        return [*entry, ast.While(test, body or [ast.Pass()], [])]

    def _condition(self, v: Value) -> ast.expr:
        """A condition; `len(tape) > 0` of a list is the list itself."""
        op = v.op
        if self.plan.is_inlined(v) and op is not None:
            if op.kind == "operator.gt" and is_const(op.inputs[1], 0) and self._is_length(op.inputs[0]):
                return self.speller.value(op.inputs[0].op.inputs[0])  # type: ignore[union-attr]
            if self._is_length(v):
                return self.speller.value(op.inputs[0])
        return self.speller.value(v)

    def _is_length(self, v: Value) -> bool:
        op = v.op
        return (
            self.plan.is_inlined(v)
            and op is not None
            and op.kind in ("list.len", "builtins.len")
            and isinstance(op.inputs[0].type, List)
        )


def _handed_on(end: End, region: Region) -> End:
    """What the branches of a region's last `if` end with: the region's end, with their yields for its
    results."""
    op = region.ops[-1]

    def branch_end(values: list[Value]) -> list[ast.stmt]:
        of = dict(zip(op.results, values))
        return end([of.get(v, v) for v in region.yields])

    return branch_end
