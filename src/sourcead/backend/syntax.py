"""Small syntax trees, and questions about lists of statements."""

from __future__ import annotations

import ast
from typing import Any

from ..ir.core import Constant, Value

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}  # fmt: skip


def name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def call(f: ast.expr, *args: ast.expr, **keywords: ast.expr) -> ast.Call:
    return ast.Call(f, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def attribute(base: ast.expr, attr: str) -> ast.Attribute:
    return ast.Attribute(base, attr, ast.Load())


def negated(x: ast.expr) -> ast.expr:
    """The opposite of a condition.  Orderings are not turned round: `not a < b` holds for nan, `a >= b`
    does not."""
    if isinstance(x, ast.UnaryOp) and isinstance(x.op, ast.Not):
        return x.operand
    if isinstance(x, ast.Compare) and len(x.ops) == 1 and type(x.ops[0]) in OPPOSITE:
        return ast.Compare(x.left, [OPPOSITE[type(x.ops[0])]()], x.comparators)
    return ast.UnaryOp(ast.Not(), x)


def assigned(text: str, value: bool) -> ast.stmt:
    return ast.Assign([ast.Name(text, ast.Store())], ast.Constant(value))


def at_once(moves: list[tuple[str, ast.expr]]) -> list[ast.stmt]:
    """Assignments that happen at once, in an order that is right one after the other; a cycle is one
    tuple."""
    out: list[ast.stmt] = []
    while moves:
        read = {s.id for _, s in moves if isinstance(s, ast.Name)}
        held = [(t, s) for t, s in moves if t in read]
        if len(held) == len(moves):
            targets = ast.Tuple([ast.Name(t, ast.Store()) for t, _ in moves], ast.Store())
            out.append(ast.Assign([targets], ast.Tuple([s for _, s in moves], ast.Load())))
            break
        out += [ast.Assign([ast.Name(t, ast.Store())], s) for t, s in moves if t not in read]
        moves = held
    return out


def assigned_names(stmts: list[ast.stmt]) -> set[str]:
    """The variables that assignments assign."""
    return {
        n.id
        for s in stmts
        if isinstance(s, ast.Assign)
        for t in s.targets
        for n in ast.walk(t)
        if isinstance(n, ast.Name)
    }


def less(x: ast.expr) -> ast.expr:
    """`x - 1`, with constants added up."""
    if isinstance(x, ast.Constant) and isinstance(x.value, int) and x.value > 0:
        return ast.Constant(x.value - 1)
    if isinstance(x, ast.BinOp) and isinstance(x.right, ast.Constant) and isinstance(x.right.value, int):
        n = x.right.value
        if isinstance(x.op, ast.Sub):
            return ast.BinOp(x.left, ast.Sub(), ast.Constant(n + 1))
        if isinstance(x.op, ast.Add) and n >= 1:
            return x.left if n == 1 else ast.BinOp(x.left, ast.Add(), ast.Constant(n - 1))
    return ast.BinOp(x, ast.Sub(), ast.Constant(1))


def more(x: ast.expr) -> ast.expr:
    """`x + 1`, with constants added up."""
    if isinstance(x, ast.UnaryOp) and isinstance(x.op, ast.USub) and isinstance(x.operand, ast.Constant):
        return ast.Constant(0) if x.operand.value == 1 else ast.BinOp(x, ast.Add(), ast.Constant(1))
    if isinstance(x, ast.Constant) and isinstance(x.value, int):
        return ast.Constant(x.value + 1)
    if isinstance(x, ast.BinOp) and isinstance(x.right, ast.Constant) and isinstance(x.right.value, int):
        n = x.right.value
        if isinstance(x.op, ast.Sub) and n >= 1:
            return x.left if n == 1 else ast.BinOp(x.left, ast.Sub(), ast.Constant(n - 1))
        if isinstance(x.op, ast.Add):
            return ast.BinOp(x.left, ast.Add(), ast.Constant(n + 1))
    return ast.BinOp(x, ast.Add(), ast.Constant(1))


def storing(target: ast.expr) -> ast.expr:
    """The expression as the target of an assignment."""
    target.ctx = ast.Store()  # type: ignore[attr-defined]
    return target


def augmented(target: ast.expr, op: ast.operator, value: ast.expr) -> ast.stmt:
    if isinstance(op, ast.Add) and isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        op, value = ast.Sub(), value.operand
    storing(target)
    return ast.AugAssign(target, op, value)


def index(subscript: ast.expr) -> ast.expr:
    """A subscript's index as an expression of its own: slices are spelled out."""
    if isinstance(subscript, ast.Tuple):
        return ast.Tuple([index(e) for e in subscript.elts], ast.Load())
    if isinstance(subscript, ast.Slice):
        parts = [p or ast.Constant(None) for p in (subscript.lower, subscript.upper, subscript.step)]
        if subscript.step is None:
            parts.pop()
            if subscript.lower is None:
                parts.pop(0)
        return call(name("slice"), *parts)
    return subscript


def jumps(stmts: list[ast.stmt]) -> bool:
    if not stmts:
        return False
    last = stmts[-1]
    if isinstance(last, ast.Return | ast.Break | ast.Continue | ast.Raise):
        return True
    return isinstance(last, ast.If) and bool(last.orelse) and jumps(last.body) and jumps(last.orelse)


def weight(stmts: list[ast.stmt]) -> int:
    return sum(1 for s in stmts if type(s).__name__ != "Comment")


def is_long(stmts: list[ast.stmt]) -> bool:
    """Whether a branch is better dedented behind a `continue`."""
    if len(stmts) == 1 and isinstance(stmts[0], ast.If):
        return False  # an elif
    return len(stmts) > 6 or (len(stmts) > 1 and any(isinstance(s, ast.If) for s in stmts))


def common_end(a: list[ast.stmt], b: list[ast.stmt]) -> int:
    """How many assignments two blocks have in common at their ends."""
    n = 0
    while n < min(len(a), len(b)):
        s, t = a[-n - 1], b[-n - 1]
        if not isinstance(s, ast.Assign | ast.AugAssign) or not is_same(s, t):
            break
        n += 1
    return n


def is_same(a: Any, b: Any) -> bool:
    """Whether two pieces of syntax have the same text."""
    if a.__class__ is not b.__class__:
        return False
    if isinstance(a, ast.AST):
        return all(is_same(getattr(a, f, None), getattr(b, f, None)) for f in a._fields)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(is_same, a, b))
    return a == b if isinstance(a, str) else repr(a) == repr(b)  # 0.0 is not -0.0


def is_true(v: Value) -> bool:
    return isinstance(v, Constant) and v.value is True


def is_false(v: Value) -> bool:
    return isinstance(v, Constant) and v.value is False
