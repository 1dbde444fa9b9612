"""What is known of the whole numbers of a function in Numba's IR: the smallest value of each.

Numba asks of every index, at run time, whether it is negative, and counts it from the end if so.  In

    for k in range(1, n):
        A[k - 1] += B[k]

neither can be, and the question, where LLVM does not see that, keeps the loop from being vectorised.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from typing import Any

from numba.core import ir

from ..runtime_loops import select, wrapped


class Lowest:
    """What is known of the smallest value that a variable of Numba's IR can have.

    for k in range(2, n):    k is at least 2, k - 1 at least 1, n - k may be anything
    for k in range(m, -1, -1):    k is at least 0
    """

    def __init__(self, blocks: dict[Any, Any], typemap: dict[str, Any]) -> None:
        self.typemap = typemap
        self.made: dict[str, list[Any]] = defaultdict(list)
        for block in blocks.values():
            for statement in block.find_insts(ir.Assign):
                self.made[statement.target.name].append(statement.value)
        self.seen: dict[str, int | None] = {}

    def of(self, name: str) -> int | None:
        """The bound; None where there is none, or where a variable depends on itself."""
        if name not in self.seen:
            self.seen[name] = None
            values = [self._value(v) for v in self.made.get(name, [None])]
            self.seen[name] = None if None in values else min(values)  # type: ignore[type-var]
        return self.seen[name]

    def only(self, name: str) -> Any:
        """What a variable is made of, seen through copies; None if made at several places."""
        values = self.made.get(name, [])
        while len(values) == 1 and isinstance(values[0], ir.Var):
            values = self.made.get(values[0].name, [])
        return values[0] if len(values) == 1 else None

    def called(self, name: str) -> Any:
        """The Python function that a variable holds."""
        return getattr(self.typemap.get(name), "typing_key", None)

    def constant(self, v: Any) -> int | None:
        made = self.only(v.name)
        if isinstance(made, ir.Const | ir.Global | ir.FreeVar) and type(made.value) is int:
            return made.value
        if isinstance(made, ir.Expr) and made.op == "unary" and made.fn is operator.neg:
            number = self.constant(made.value)
            return None if number is None else -number
        return None

    def step(self, call: Any) -> int | None:
        """Of a call of range."""
        return 1 if len(call.args) < 3 else self.constant(call.args[2])

    def _value(self, value: Any) -> int | None:
        if isinstance(value, ir.Var):
            return self.of(value.name)
        if isinstance(value, ir.Const | ir.Global | ir.FreeVar):
            return value.value if type(value.value) is int else None
        if not isinstance(value, ir.Expr):
            return None
        if value.op == "binop":
            return self._binary(value)
        if value.op == "pair_first":
            return self._item(self.only(value.value.name))
        if value.op == "call":
            return self._call(value)
        if value.op == "static_getitem":
            whole = self.only(value.value.name)
            if isinstance(whole, ir.Expr) and whole.op == "exhaust_iter":
                whole = self.only(whole.value.name)
            return 0 if isinstance(whole, ir.Expr) and _is_shape(whole) else None
        return None

    def _binary(self, value: Any) -> int | None:
        a, b = self.of(value.lhs.name), self.of(value.rhs.name)
        if value.fn in (operator.add, operator.iadd):
            return None if a is None or b is None else a + b
        if value.fn in (operator.sub, operator.isub):
            known = self.constant(value.rhs)
            return None if a is None or known is None else a - known
        if value.fn in (operator.mul, operator.imul) and a is not None and b is not None:
            return a * b if a >= 0 and b >= 0 else None
        return None

    def _item(self, following: Any) -> int | None:
        """An item of a range."""
        if not (isinstance(following, ir.Expr) and following.op == "iternext"):
            return None
        call = range_of(self, following.value.name)
        step = None if call is None else self.step(call)
        if not step:
            return None
        if step > 0:
            return 0 if len(call.args) == 1 else self.of(call.args[0].name)
        stop = self.of(call.args[1].name)
        return None if stop is None else stop + 1

    def _call(self, value: Any) -> int | None:
        called = self.called(value.func.name)
        if value.kws or value.vararg:
            return None
        if called is len:
            return 0
        if called is wrapped and len(value.args) == 2:
            return 0
        bounds = [self.of(a.name) for a in value.args]
        if called is max and len(bounds) > 1:
            return max((b for b in bounds if b is not None), default=None)
        if called is min and len(bounds) > 1:
            return None if None in bounds else min(bounds)  # type: ignore[type-var]
        if called is select and None not in bounds[1:]:
            return min(bounds[1:])  # type: ignore[type-var]
        return None


def _is_shape(expr: Any) -> bool:
    return expr.op == "getattr" and expr.attr == "shape"


def range_of(lowest: Lowest, name: str) -> Any:
    """The call of range that an iterator, or the range itself, comes from."""
    made = lowest.only(name)
    if isinstance(made, ir.Expr) and made.op == "getiter":
        made = lowest.only(made.value.name)
    if isinstance(made, ir.Expr) and made.op == "call" and not made.vararg and not made.kws:
        return made if lowest.called(made.func.name) is range else None
    return None


__all__ = ["Lowest", "range_of"]
