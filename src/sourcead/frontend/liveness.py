"""Which names of a function may still be read when one of its statements is done, by its syntax.

A write into memory that two names may share is refused while the other name is alive.  Names are followed
backward through the statements; a loop is gone over until nothing changes:

    for k in range(n):         row            alive after it: a, k
        a[k] *= 2.0            a, k           row is bound anew before it is read, so it is dead here,
        row = a[k]             a, row         though it still leads to the row of the turn before
        row[0] += a[0, k]      a

An exception may leave every statement of a `try`, so what the handlers and the `finally` read is alive in all
of its body.  What functions and generators read that are made in the function is alive everywhere: when they
run is not a question of syntax.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

from .scopes import nodes_in

Names = frozenset[str]
NOTHING: Names = frozenset()
LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp, ast.ClassDef)


@lru_cache(maxsize=4096)
def liveness_of(function: ast.FunctionDef) -> Liveness:
    """What may still be read, for every statement of a function."""
    return Liveness(function)


def reads(node: ast.AST) -> Names:
    """The names that a piece of syntax may read, those of the functions inside of it too."""
    out: set[str] = set()
    for n in nodes_in(node):
        if isinstance(n, ast.Name):
            if not isinstance(n.ctx, ast.Store):
                out.add(n.id)
        elif isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name):
            out.add(n.target.id)
    return frozenset(out)


def bound(target: ast.expr) -> Names:
    """The names that an assignment to a target binds for certain."""
    if isinstance(target, ast.Name):
        return frozenset((target.id,))
    if isinstance(target, ast.Starred):
        return bound(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return NOTHING.union(*map(bound, target.elts))
    return NOTHING


def binds_names_alone(s: ast.Assign) -> bool:
    return not any(isinstance(n, ast.Subscript | ast.Attribute) for t in s.targets for n in nodes_in(t))


class Liveness:
    """`at`: for each statement the names that may be read in it or after it, once it has begun.  `head`: for
    each loop those that may be read when a turn begins, or after the loop."""

    def __init__(self, function: ast.FunctionDef) -> None:
        self.read: dict[ast.AST, Names] = {}
        self.at: dict[ast.AST, Names] = {}
        self.head: dict[ast.AST, Names] = {}
        inside = [n for s in function.body for n in nodes_in(s) if isinstance(n, LATER)]
        self.always = NOTHING.union(*map(self.reads, inside))
        self.block(function.body, NOTHING, self.always, NOTHING, NOTHING)

    def reads(self, node: ast.AST) -> Names:
        """As `reads`; loops ask more than once."""
        if node not in self.read:
            self.read[node] = reads(node)
        return self.read[node]

    def block(self, stmts: list[ast.stmt], out: Names, always: Names, broken: Names, again: Names) -> Names:
        """The names alive before some statements; `out`: those alive after them, `broken` and `again` where a
        `break` and a `continue` lead, `always` those that any exit from here may read."""
        for s in reversed(stmts):
            out |= always
            method = getattr(self, type(s).__name__, None)
            before: Names = (method or self.simple)(s, out, always, broken, again) | always
            # what it binds is bound when all is computed, and binding a name writes to nothing
            here = before if isinstance(s, ast.Assign) and binds_names_alone(s) else self.reads(s) | out
            self.at[s] = self.at.get(s, NOTHING) | here
            out = before
        return out

    def simple(self, s: Any, out: Names, always: Names, broken: Names, again: Names) -> Names:
        return out | self.reads(s)

    def Assign(self, s: ast.Assign, out: Names, *rest: Names) -> Names:
        return (out - NOTHING.union(*map(bound, s.targets))) | self.reads(s)

    def AnnAssign(self, s: ast.AnnAssign, out: Names, *rest: Names) -> Names:
        return (out - bound(s.target) if s.value is not None else out) | self.reads(s)

    def Return(self, s: ast.Return, *rest: Names) -> Names:
        return self.reads(s)

    def Raise(self, s: ast.Raise, *rest: Names) -> Names:
        return self.reads(s)

    def Break(self, s: ast.Break, out: Names, always: Names, broken: Names, again: Names) -> Names:
        return broken

    def Continue(self, s: ast.Continue, out: Names, always: Names, broken: Names, again: Names) -> Names:
        return again

    def If(self, s: ast.If, out: Names, *rest: Names) -> Names:
        return self.reads(s.test) | self.block(s.body, out, *rest) | self.block(s.orelse, out, *rest)

    def While(self, s: ast.While, out: Names, always: Names, broken: Names, again: Names) -> Names:
        head = self.reads(s.test) | self.block(s.orelse, out, always, broken, again)
        while True:
            more = head | self.block(s.body, head, always, out, head)
            if more == head:
                self.head[s] = head | out
                return head
            head = more

    def For(self, s: ast.For, out: Names, always: Names, broken: Names, again: Names) -> Names:
        head = self.block(s.orelse, out, always, broken, again)
        always |= self.reads(s.iter)  # it is gone over all the while
        while True:
            more = (
                head | (self.block(s.body, head, always, out, head) - bound(s.target)) | self.reads(s.target)
            )
            if more == head:
                self.head[s] = head | out | always
                return head | self.reads(s.iter)
            head = more

    def With(self, s: ast.With, out: Names, always: Names, broken: Names, again: Names) -> Names:
        managers = NOTHING.union(*(self.reads(i.context_expr) for i in s.items))
        return managers | self.block(s.body, out, always | out, broken, again)  # it may suppress

    def Try(self, s: ast.Try, out: Names, always: Names, broken: Names, again: Names) -> Names:
        last = self.block(s.finalbody, out, always, broken, again)
        always |= NOTHING.union(*map(self.reads, s.finalbody))
        handlers = NOTHING
        for h in s.handlers:
            kinds = NOTHING if h.type is None else self.reads(h.type)
            handlers |= kinds | self.block(h.body, last, always, broken, again)
        rest = self.block(s.orelse, last, always, broken, again)
        return self.block(s.body, rest, always | handlers, broken, again)


__all__ = ["Liveness", "liveness_of"]
