"""Expressions: AST node -> abstract value, ops appended on the way."""

from __future__ import annotations

import ast
import operator
from typing import Any

import numpy as np

from ..ir.core import FALSE, TRUE, Constant, Value
from ..ir.types import Array, Scalar
from .base import Base
from .values import (
    Abstract,
    Bound,
    Closure,
    Conflict,
    Growing,
    Ref,
    SliceVal,
    Static,
    Tup,
    constant,
    constant_tree,
)

BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitAnd: "and_",
    ast.BitOr: "or_", ast.BitXor: "xor",
}  # fmt: skip


UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert", ast.Not: "not_"}


COMPARE = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne", ast.Is: "is_",
    ast.IsNot: "is_not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


REFLECTED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
_EXACT = (int, bool, str, type(None), tuple, list)


class Expressions(Base):
    def eval(self, node: ast.AST) -> Abstract:
        method = getattr(self, "eval_" + type(node).__name__, None)
        if method is None:
            self.refuse(
                f"this {type(node).__name__.lower()} expression is not supported",
                node,
                hint="use lists and numbers; generators and coroutines are not differentiated",
            )
        self.spans.append(self.span_of(node))
        start = len(self.held)
        try:
            a = method(node)
        finally:
            self.spans.pop()
            del self.held[start:]
        if isinstance(a, Ref) and a.obj in self.aliases:
            self.held.append(a)
        return a

    def eval_Constant(self, node: ast.Constant) -> Abstract:
        return constant(node.value)

    def elements(self, nodes: list[ast.expr]) -> list[Abstract]:
        out: list[Abstract] = []
        for n in nodes:
            if isinstance(n, ast.Starred):
                items = self.known_items(self.eval(n.value))
                if items is None:
                    self.refuse(
                        "a sequence whose length shows only at run time cannot be unpacked here",
                        n,
                        hint="build the list with append in a loop",
                    )
                out.extend(items)
            else:
                out.append(self.eval(n))
        return out

    def eval_Tuple(self, node: ast.Tuple) -> Abstract:
        return Tup(tuple(self.elements(node.elts)))

    def eval_List(self, node: ast.List) -> Abstract:
        return self.new_ref("list", tuple(self.elements(node.elts)))

    def eval_Set(self, node: ast.Set) -> Abstract:
        items = [self.static(e) for e in self.elements(node.elts)]
        if any(i is NotImplemented for i in items):
            self.refuse(
                "a set of values that show only at run time is not supported", node, hint="use a list"
            )
        return Static(frozenset(items))

    def eval_Dict(self, node: ast.Dict) -> Abstract:
        out: dict[Any, Abstract] = {}
        for k, v in zip(node.keys, node.values):
            if k is None:
                spread = self.eval(v)
                if not (isinstance(spread, Ref) and spread.kind == "dict"):
                    self.refuse(
                        "only a dict can be unpacked into a dict", v, reason="Python raises TypeError here"
                    )
                out.update(self.state(spread))
                continue
            key = self.static(self.eval(k))
            if key is NotImplemented:
                self.refuse(
                    "a dict key must be known when compiling",
                    k,
                    hint="use keys written in the text, or an array indexed by integers",
                )
            out[key] = self.eval(v)
        return self.new_ref("dict", out)

    def eval_Slice(self, node: ast.Slice) -> Abstract:
        return SliceVal(*(None if e is None else self.eval(e) for e in (node.lower, node.upper, node.step)))

    def eval_Lambda(self, node: ast.Lambda) -> Abstract:
        return self.make_closure(node, "<lambda>")

    def make_closure(self, node: Any, name: str) -> Closure:
        a = node.args
        defaults = tuple(self.eval(d) for d in a.defaults)
        kwdefaults = {k.arg: self.eval(d) for k, d in zip(a.kwonlyargs, a.kw_defaults) if d is not None}
        self.frame.captured = True
        obj = self.new_ref("function", {}, name).obj
        return Closure(node, self.frame, defaults, kwdefaults, obj, name)

    def eval_BinOp(self, node: ast.BinOp) -> Abstract:
        return self.binary(BINARY[type(node.op)], self.eval(node.left), self.eval(node.right))

    def binary(self, op: str, a: Abstract, b: Abstract) -> Abstract:
        if (
            isinstance(a, Value)
            and isinstance(b, Value)
            and (a.__class__ is Value or b.__class__ is Value)
            and op != "mod"
        ):  # numbers, not both known
            return self.prim(f"operator.{op}", [a, b])
        x, y = self.static(a), self.static(b)
        if type(x) in _EXACT and type(y) in _EXACT and not (isinstance(a, Ref) or isinstance(b, Ref)):
            try:
                return constant_tree(getattr(operator, op)(x, y))
            except ZeroDivisionError:
                pass
            except TypeError as e:
                self.refuse(str(e), reason="Python raises TypeError here")
        if isinstance(x, str) and op == "mod":
            return self.value_of_text([a, b])
        if isinstance(a, Tup) and isinstance(b, Tup) and op == "add":
            return Tup(a.items + b.items)
        if op == "mul" and isinstance(a, Tup) and isinstance(y, int):
            return Tup(a.items * y)
        if op == "mul" and isinstance(b, Tup) and isinstance(x, int):
            return Tup(b.items * x)
        lists = [isinstance(v, Ref) and v.kind == "list" for v in (a, b)]
        if any(lists) and not any(isinstance(self.type_of(v), Array) for v in (a, b)):
            return self.list_arithmetic(op, a, b)
        a, b = self.sure(f"operator.{op}", [a, b])
        special = self.dunder(op, a, b)
        if special is not None:
            return special
        return self.prim(f"operator.{op}", [self.operand(a), self.operand(b)])

    def operand(self, a: Abstract) -> Value:
        """An operand of arithmetic: a list beside an array is an array."""
        if isinstance(a, Ref) and a.kind == "list":
            return self.value(self.array_of(a))
        return self.value(a)

    def list_arithmetic(self, op: str, a: Abstract, b: Abstract) -> Abstract:
        if op == "add" and all(isinstance(v, Ref) and v.kind == "list" for v in (a, b)):
            s, t = self.state(a), self.state(b)
            if not isinstance(s, Growing) and not isinstance(t, Growing):
                return self.new_ref("list", tuple(s) + tuple(t))
            out = self.collect(a) if isinstance(s, Growing) else self.new_ref("list", tuple(s))
            self.iterate(self.anchor("add"), b, [], lambda v: self.append(out, v))
            return out
        if op == "mul":
            ref, n = (a, b) if isinstance(a, Ref) else (b, a)
            times = self.static(n)
            state = self.state(ref)
            if not isinstance(state, Growing) and isinstance(times, int):
                return self.new_ref("list", tuple(state) * times)
            if not isinstance(state, Growing) and all(isinstance(i, Value) for i in state):
                v = self.grow(ref.obj)
                return self.wrap(self.builder.one("operator.mul", [v, self.value(n)], v.type))
        self.refuse(
            f"'{op}' of lists is supported only where their lengths are known when compiling",
            hint="build the list with append in a loop, or use arrays",
        )

    def dunder(self, op: str, a: Abstract, b: Abstract | None = None) -> Abstract | None:
        """An operator that a class of the user's defines."""
        name = op.rstrip("_")
        reflected = REFLECTED.get(name, "r" + name)
        for owner, other, method in ((a, b, f"__{name}__"), (b, a, f"__{reflected}__")):
            if isinstance(owner, Ref) and owner.kind == "instance":
                found = self.class_attribute(owner.obj.cls, method)
                if found is not None:
                    return self.call(Bound(owner, found), [] if other is None else [other], {})
        if op == "ne":
            equal = self.dunder("eq", a, b)
            return None if equal is None else self.negate(self.truth(equal))
        return None

    def eval_UnaryOp(self, node: ast.UnaryOp) -> Abstract:
        a = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            return self.negate(self.truth(a))
        x = self.static(a)
        if isinstance(a, Constant) and type(x) in (int, float, complex):
            return constant(getattr(operator, UNARY[type(node.op)])(x))
        special = self.dunder(UNARY[type(node.op)], a)
        if special is not None:
            return special
        return self.prim(f"operator.{UNARY[type(node.op)]}", [self.value(a)])

    def negate(self, c: Value) -> Value:
        if isinstance(c, Constant):
            return FALSE if c.value else TRUE
        return self.value(self.prim("operator.not_", [c]))

    def truth(self, a: Abstract) -> Value:
        """A value that stands for `bool(a)` in a condition; a Constant where it is known."""
        if isinstance(a, Constant):
            return TRUE if a.value else FALSE
        if isinstance(a, Value):
            return a
        if isinstance(a, Ref):
            state = self.state(a)
            if a.kind == "array":
                return self.value(a)
            if a.kind in ("list", "dict"):
                if isinstance(state, Growing):
                    return self.builder.one("list.len", [state.value], Scalar("int64"))
                return TRUE if len(state) else FALSE
            return TRUE
        if isinstance(a, Tup):
            return TRUE if a.items else FALSE
        if isinstance(a, Static):
            return TRUE if a.value else FALSE
        if isinstance(a, Conflict):
            self.refuse(a.reason, hint=a.hint)
        return TRUE

    def condition(self, node: ast.expr) -> Value:
        """The truth of an expression that is asked for no more than that: what `and` and `or` are given may
        be of several kinds."""
        if not isinstance(node, ast.BoolOp):
            return self.truth(self.eval(node))
        parts = [lambda n=n: self.condition(n) for n in node.values]
        self.spans.append(self.span_of(node))
        try:
            return self.truth(self.bool_chain(isinstance(node.op, ast.And), parts))
        finally:
            self.spans.pop()

    def eval_BoolOp(self, node: ast.BoolOp) -> Abstract:
        return self.bool_chain(isinstance(node.op, ast.And), [lambda n=n: self.eval(n) for n in node.values])

    def bool_chain(self, is_and: bool, parts: list[Any]) -> Abstract:
        a = parts[0]()
        if len(parts) == 1:
            return a
        c = self.truth(a)
        if isinstance(c, Constant):
            return self.bool_chain(is_and, parts[1:]) if bool(c.value) == is_and else a
        rest = lambda: self.bool_chain(is_and, parts[1:])
        hint = {"_bool": "and" if is_and else "or"}
        return self.branch(c, rest, lambda: a, hint) if is_and else self.branch(c, lambda: a, rest, hint)

    def eval_IfExp(self, node: ast.IfExp) -> Abstract:
        c = self.condition(node.test)
        if isinstance(c, Constant):
            return self.eval(node.body if c.value else node.orelse)
        return self.branch(
            c, lambda: self.eval(node.body), lambda: self.eval(node.orelse), {"_ternary": True}
        )

    def eval_Compare(self, node: ast.Compare) -> Abstract:
        left = self.eval(node.left)

        def link(k: int, left: Abstract) -> Abstract:
            right = self.eval(node.comparators[k])
            out = self.compare(COMPARE[type(node.ops[k])], left, right, node)
            if k == len(node.ops) - 1:
                return out
            c = self.truth(out)
            if isinstance(c, Constant):
                return link(k + 1, right) if c.value else FALSE
            return self.branch(c, lambda: link(k + 1, right), lambda: c, {"_bool": "and"})

        return link(0, left)

    def compare(self, op: str, a: Abstract, b: Abstract, node: ast.AST | None = None) -> Abstract:
        if op in ("in", "not in"):
            return self.contains(a, b, op == "not in", node)
        if op in ("is_", "is_not") and isinstance(a, Ref) and isinstance(b, Ref):
            one = self.same_object(a, b)
            return one if op == "is_" else self.negate(self.truth(one))
        x, y = self.static(a), self.static(b)
        if x is not NotImplemented and y is not NotImplemented:
            try:
                out = getattr(operator, op)(x, y)
            except TypeError as e:
                self.refuse(str(e), node, reason="Python raises TypeError here")
            return constant(bool(out)) if isinstance(out, bool | np.bool_) else constant(out)
        if op in ("is_", "is_not"):
            if isinstance(a, Conflict) or isinstance(b, Conflict):
                self.refuse(
                    "whether this is None shows only at run time",
                    node,
                    hint="decide it by an argument that is known when compiling",
                )
            return constant((a is b) == (op == "is_"))
        if (isinstance(a, Static) and isinstance(a.value, str)) or (
            isinstance(b, Static) and isinstance(b.value, str)
        ):
            return constant(op == "ne")
        if isinstance(a, Tup) and isinstance(b, Tup) and op in ("eq", "ne"):
            if len(a.items) != len(b.items):
                return constant(op == "ne")
            parts = [lambda p=p, q=q: self.compare("eq", p, q, node) for p, q in zip(a.items, b.items)]
            out = self.bool_chain(True, parts) if parts else TRUE
            return out if op == "eq" else self.negate(self.truth(out))
        special = self.dunder(op, a, b)
        if special is not None:
            return special
        return self.prim(f"operator.{op}", [self.operand(a), self.operand(b)])

    def contains(self, a: Abstract, b: Abstract, negated: bool, node: ast.AST | None) -> Abstract:
        x = self.static(a)
        if isinstance(b, Ref) and b.kind == "dict" and x is not NotImplemented:
            return constant((x in self.state(b)) != negated)
        y = self.static(b)
        if x is not NotImplemented and y is not NotImplemented:
            return constant((x in y) != negated)
        items = self.items_of(b)
        if items is None:
            self.refuse(
                "'in' needs a container whose items are known one by one",
                node,
                hint="use np.any(array == value), or write the loop",
            )
        parts = [lambda i=i: self.compare("eq", a, i, node) for i in items]
        out = self.truth(self.bool_chain(False, parts)) if parts else FALSE
        return self.negate(out) if negated else out

    def eval_NamedExpr(self, node: ast.NamedExpr) -> Abstract:
        a = self.eval(node.value)
        self.assign(node.target, a)
        return a
