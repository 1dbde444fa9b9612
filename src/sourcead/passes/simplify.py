"""Algebra on derivative code: 1.0 * x, x + 0, signs that move outward, constants that fold.

Only ops of derivative code (`op.reverse` or attribute `_dot`) are touched: what the user wrote keeps its
operations and its bits.  Each rule is local and looks through definitions; none changes a type.
"""

from __future__ import annotations

from typing import Any

from ..ir.core import Constant, Function, Op, Region, Value, is_const, is_derived
from ..ir.rewrite import count_uses, substitute
from ..ir.types import Array, Scalar, dtype_kind, same_type
from .scatter import straight

MUL, ADD, SUB, NEG, DIV = "operator.mul", "operator.add", "operator.sub", "operator.neg", "operator.truediv"


#: The kinds of ops that a method of `Simplify` rewrites, and all kinds that are looked at.
METHODS = {
    MUL: "mul", ADD: "add", SUB: "sub", NEG: "neg", DIV: "div", "operator.pow": "pow",
    "numpy.ndarray.T": "transposed", "sourcead.runtime.safe_divide": "safe_divide",
    "sourcead.runtime.safe_multiply": "safe_multiply",
}  # fmt: skip
LOOKED_AT = frozenset([*METHODS, "numpy.sum", "numpy.full_like", "getitem", "index_add"])


def number(v: Value) -> Any:
    """The number of a Python constant, else None."""
    ok = isinstance(v, Constant) and type(v.value) in (int, float) and (v.name is None or "." not in v.name)
    return v.value if ok else None  # type: ignore[attr-defined]


class Simplify:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.env: dict[Value, Value] = {}
        self.uses: dict[Value, int] = count_uses(function.body)
        self.changed = False
        self.known: dict[Value, bool] = {}  # conditions of the branches that we are in

    def look(self, v: Value) -> Value:
        while v in self.env:
            v = self.env[v]
        return v

    def run(self) -> bool:
        self.visit(self.function.body)
        if self.env:
            substitute(self.function.body, self.env)
        return self.changed or bool(self.env)

    def visit(self, region: Region) -> None:
        out: list[Op] = []
        self.out = out
        replaced, look = self.env.keys(), self.look
        for op in region.ops:
            if not replaced.isdisjoint(op.inputs):
                op.inputs = [look(v) for v in op.inputs]
            if op.regions:
                flat = self.flat_if(op)
                self.out = out
                if flat is not None:
                    out.extend(flat)
                    continue
                for k, r in enumerate(op.regions):
                    c = op.inputs[0] if op.kind == "if" and op.inputs[0] not in self.known else None
                    if c is not None:
                        self.known[c] = k == 0
                    self.visit(r)
                    if c is not None:
                        del self.known[c]
                self.out = out
                out.append(op)
                continue
            if op.kind in LOOKED_AT and is_derived(op):
                added = straight(op, self.uses, self.look) if op.kind == "index_add" else None
                if added is not None:
                    for o in added:
                        for v in o.inputs:
                            self.uses[v] = self.uses.get(v, 0) + 1
                    out.extend(added)
                    self.env[op.result] = added[-1].result
                    continue
                new = self.rewrite(op)
                if new is not None:
                    self.env[op.result] = new
                    if new.name is None and not isinstance(new, Constant) and is_derived(new.op):
                        new.name = op.result.name
                    continue
            out.append(op)
        region.ops = out
        region.yields = [look(v) for v in region.yields]

    def flat_if(self, op: Op) -> list[Op] | None:
        """An `if` whose condition is known is its branch."""
        if op.kind != "if":
            return None
        c = op.inputs[0]
        if isinstance(c, Constant):
            taken = bool(c.value)
        elif c in self.known:
            taken = self.known[c]
        else:
            return None
        self.changed = True
        r = op.regions[0 if taken else 1]
        self.visit(r)
        for v, w in zip(op.results, r.yields):
            self.env[v] = w
        return r.ops

    # -- the rules -------------------------------------------------------------------------------------
    def make(self, like: Op, kind: str, inputs: list[Value], type: Any = None) -> Value:
        """A new op before the one that is rewritten."""
        kept = (
            like.attrs
            if kind == like.kind
            else {k: like.attrs[k] for k in ("_dot", "_accumulate", "_retrieved", "_of") if k in like.attrs}
        )
        op = Op(kind, inputs, [type or like.result.type], dict(kept), None, like.span, like.reverse)
        op.attrs.pop("_named", None)
        op.result.name = like.result.name
        for v in inputs:
            self.uses[v] = self.uses.get(v, 0) + 1
        self.out.append(op)
        self.changed = True
        again = self.rewrite(op)
        if again is not None:
            self.out.remove(op)
            return again
        return op.result

    def negated(self, v: Value) -> Value | None:
        """x where v is -x, in derivative code."""
        if v.op is not None and v.op.kind == NEG and is_derived(v.op):
            return self.look(v.op.inputs[0])
        return None

    def scaled(self, v: Value) -> tuple[float, Value] | None:
        """(c, x) where v is c * x with a constant c, in derivative code and used once."""
        if v.op is not None and v.op.kind == MUL and is_derived(v.op):
            a, b = map(self.look, v.op.inputs)
            if number(a) is not None:
                return number(a), b
            if number(b) is not None:
                return number(b), a
        return None

    def expanded(self, v: Value) -> Value | None:
        """x where v is x behind a new first axis, in derivative code."""
        made = v.op
        if (
            made is None
            or made.kind != "numpy.expand_dims"
            or not is_derived(made)
            or made.attrs.get("axis") != 0
        ):
            return None
        x = self.look(made.inputs[0])
        return x if isinstance(x.type, Array) and x.type.ndim else None

    def unexpanded(self, op: Op) -> Value | None:
        """A first axis of length 1 beside an operand that has it: broadcasting puts it there.  Beside others
        it goes around the operation."""
        for n, v in enumerate(op.inputs):
            x, rest = self.expanded(v), [w for k, w in enumerate(op.inputs) if k != n]
            if x is None:
                continue
            most = max((w.type.ndim for w in rest if isinstance(w.type, Array)), default=0)
            if any(not isinstance(w.type, Array | Scalar) for w in rest):
                continue
            inputs = list(op.inputs)
            inputs[n] = x
            if most > x.type.ndim:  # type: ignore[attr-defined]
                op.inputs = inputs
                self.uses[x] = self.uses.get(x, 0) + 1
                self.changed = True
            elif self.uses.get(v, 0) <= 1:
                t = op.result.type
                assert isinstance(t, Array)
                inner = self.make(op, op.kind, inputs, Array(t.dtype, t.shape[1:]))
                return self.make_like(v.op, inner, t, op)
        return None

    def make_like(self, made: Op | None, x: Value, t: Any, before: Op) -> Value:
        """The same as another op does, to x."""
        assert made is not None
        op = Op(made.kind, [x], [t], dict(made.attrs), None, before.span, before.reverse)
        op.result.name = before.result.name
        self.uses[x] = self.uses.get(x, 0) + 1
        self.out.append(op)
        self.changed = True
        return op.result

    def rewrite(self, op: Op) -> Value | None:
        if op.kind in (ADD, SUB, MUL, DIV, NEG) and (moved := self.unexpanded(op)) is not None:
            return moved
        method = METHODS.get(op.kind)
        if method is not None:
            return getattr(self, method)(op, *op.inputs)
        if op.kind == "numpy.sum" and len(op.inputs) == 1:
            n = self.negated(op.inputs[0])
            if n is not None and self.uses.get(op.inputs[0], 0) <= 1:
                return self.make(op, NEG, [self.make(op, "numpy.sum", [n])])
        if op.kind == "numpy.full_like" and len(op.inputs) == 2:
            x, whole = self.expanded(op.inputs[1]), op.result.type
            if x is not None and isinstance(whole, Array) and whole.ndim > x.type.ndim:  # type: ignore[attr-defined]
                return self.make(op, op.kind, [op.inputs[0], x])
        if op.kind == "getitem" and op.attrs.get("index") == (Ellipsis,):
            return op.inputs[0]
        return None

    def fits(self, v: Value, op: Op) -> bool:
        """Whether v can stand for the result of the op: same kind, dtype and shape."""
        a, b = v.type, op.result.type
        if isinstance(a, Scalar) and isinstance(b, Scalar):
            return a.dtype == b.dtype
        return same_type(a, b)

    def const(self, value: Any) -> Constant:
        return Constant(value)

    def twice(self, v: Value) -> Constant:
        """The two that a value is doubled by: an index stays an integer."""
        whole = isinstance(v.type, Scalar) and dtype_kind(v.type.dtype) in "iu"
        return self.const(2 if whole else 2.0)

    def mul(self, op: Op, a: Value, b: Value) -> Value | None:
        x, y = number(a), number(b)
        if x is not None and y is not None:
            return self.const(x * y)
        for c, v in ((x, b), (y, a)):
            if c is None:
                continue
            if c == 1 and self.fits(v, op):
                return v
            if c == -1 and self.fits(v, op):
                return self.make(op, NEG, [v])
            inner = self.scaled(v)
            if inner is not None and isinstance(c, float | int):
                return self.make(op, MUL, [self.const(c * inner[0]), inner[1]])
            n = self.negated(v)
            if n is not None:
                return self.make(op, MUL, [self.const(-c), n])
            if v is a:  # constants first
                return self.make(op, MUL, [b, a])
            return None
        for v, w in ((a, b), (b, a)):
            d = v.op
            if (
                d is not None
                and d.kind == DIV
                and is_derived(d)
                and number(self.look(d.inputs[0])) == 1
                and self.uses.get(v, 0) <= 1
            ):
                return self.make(op, DIV, [w, self.look(d.inputs[1])])
            inner = self.scaled(v)
            if inner is not None and inner[0] == 1 and self.uses.get(v, 0) <= 1:  # made for its type
                kinds = [getattr(x.type, "dtype", None) for x in (w, op.result)]
                if kinds[0] == kinds[1]:
                    return self.make(op, MUL, [inner[1], w] if v is a else [w, inner[1]])
            n = self.negated(v)
            if n is not None:
                inner_v = self.make(op, MUL, [n, w] if v is a else [w, n])
                return self.make(op, NEG, [inner_v])
        return None

    def div(self, op: Op, a: Value, b: Value) -> Value | None:
        if number(b) == 1 and self.fits(a, op):
            return a
        n = self.negated(a)
        if n is not None:
            return self.make(op, NEG, [self.make(op, DIV, [n, b])])
        return None

    def neg(self, op: Op, a: Value) -> Value | None:
        if number(a) is not None:
            return self.const(-number(a))
        n = self.negated(a)
        if n is not None:
            return n
        inner = self.scaled(a)
        if inner is not None and self.uses.get(a, 0) <= 1:
            return self.make(op, MUL, [self.const(-inner[0]), inner[1]])
        return None

    def add(self, op: Op, a: Value, b: Value) -> Value | None:
        x, y = number(a), number(b)
        if x is not None and y is not None:
            return self.const(x + y)
        if x == 0 and self.fits(b, op):
            return b
        if y == 0 and self.fits(a, op):
            return a
        for v, w in ((a, b), (b, a)):
            if (
                v.op is not None
                and v.op.kind in ("zeros_like", "numpy.zeros_like")
                and is_derived(v.op)
                and self.fits(w, op)
            ):
                return w
        if a is b:
            return self.make(op, MUL, [self.twice(a), a])
        if (
            a.op is not None
            and a.op.kind == ADD
            and is_derived(a.op)
            and self.uses.get(a, 0) <= 1
            and a.op.inputs[1] is b
        ):
            return self.make(op, ADD, [a.op.inputs[0], self.make(op, MUL, [self.twice(b), b], b.type)])
        n = self.negated(b)
        if n is not None:
            return self.make(op, SUB, [a, n])
        c = self.scaled(b)
        if c is not None and c[0] < 0 and self.uses.get(b, 0) <= 1:
            return self.make(op, SUB, [a, self.make(op, MUL, [self.const(-c[0]), c[1]], b.type)])
        n = self.negated(a)
        if n is not None and self.uses.get(a, 0) <= 1:
            return self.make(op, SUB, [b, n])
        return None

    def sub(self, op: Op, a: Value, b: Value) -> Value | None:
        x, y = number(a), number(b)
        if x is not None and y is not None:
            return self.const(x - y)
        if y == 0 and self.fits(a, op):
            return a
        if x == 0 and self.fits(b, op):
            return self.make(op, NEG, [b])
        n = self.negated(b)
        if n is not None:
            return self.make(op, ADD, [a, n])
        if (
            a.op is not None
            and a.op.kind == SUB
            and is_derived(a.op)
            and self.uses.get(a, 0) <= 1
            and a.op.inputs[1] is b
        ):
            return self.make(op, SUB, [a.op.inputs[0], self.make(op, MUL, [self.twice(b), b], b.type)])
        return None

    def transposed(self, op: Op, a: Value) -> Value | None:
        """The transpose of one, and of a product with one."""
        if a.op is None or not isinstance(a.type, Array) or a.type.ndim != 2:
            return None
        if a.op.kind == op.kind and self.fits(a.op.inputs[0], op):
            return self.look(a.op.inputs[0])
        if a.op.kind != "operator.matmul" or not is_derived(a.op) or self.uses.get(a, 0) > 1:
            return None
        p, q = map(self.look, a.op.inputs)
        if any(not isinstance(v.type, Array) or v.type.ndim != 2 for v in (p, q)):
            return None
        if all(v.op is None or v.op.kind != op.kind for v in (p, q)):
            return None
        turned = [self.make(op, op.kind, [v], Array(v.type.dtype, v.type.shape[::-1])) for v in (q, p)]  # type: ignore[attr-defined]
        return self.make(op, "operator.matmul", turned)

    def safe_divide(self, op: Op, a: Value, b: Value) -> Value | None:
        """Of a number that is not 0 it is the division, unless Python's, which raises."""
        t = b.type
        if number(a) and (isinstance(t, Array) or (isinstance(t, Scalar) and t.numpy is True)):
            return self.make(op, DIV, [a, b])
        return None

    def safe_multiply(self, op: Op, a: Value, b: Value) -> Value | None:
        return self.make(op, MUL, [a, b]) if number(a) else None

    def pow(self, op: Op, a: Value, b: Value) -> Value | None:
        if is_const(b, 1) and self.fits(a, op):
            return a
        return None


def simplify(function: Function) -> bool:
    """Simplify derivative code in place; whether anything changed."""
    return Simplify(function).run()
