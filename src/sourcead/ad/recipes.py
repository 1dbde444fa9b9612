"""What the text of a rule came to for numbers is written again for others, without reading the text again.

    partial of sin:  lambda x, y: math.cos(x)          float: [math.cos(argument 0)] -> what step 0 made

That holds for texts that are one expression of operators and elementary functions: what they come to depends
on the types of their arguments, on the values of those that are constants, and on which are one value.
"""

from __future__ import annotations

import ast
import cmath
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..frontend.capture import captured_rule
from ..frontend.values import NONE, Abstract
from ..ir.builder import Builder
from ..ir.core import Constant, Op, Value
from ..ir.types import Scalar, Type

_ADDED = ("_dot", "_of")  # what the builder adds to every op
#: Where a value of a recipe comes from: an argument, a result of a step, or a new constant.
Source = tuple[str, Any, Any]


@dataclass(frozen=True)
class Step:
    kind: str
    inputs: list[Source]
    types: list[Type]
    attrs: dict[str, Any]
    names: list[str | None]


@dataclass(frozen=True)
class Recipe:
    steps: list[Step]
    result: Source

    def follow(self, builder: Builder, args: Sequence[Abstract]) -> Value:
        """Write the ops for other arguments."""
        made: list[list[Value]] = []

        def value(source: Source) -> Value:
            where, a, b = source
            if where == "argument":
                return args[a]
            if where == "made":
                return made[a][b]
            c = Constant(a.value, a.type)
            c.name = a.name
            return c

        for s in self.steps:
            inputs = [value(i) for i in s.inputs]
            made.append(builder.emit(s.kind, inputs, s.types, dict(s.attrs), None, s.names))
        return value(self.result)


def key_of(rule: Any, args: Sequence[Abstract], keywords: dict[str, Abstract]) -> Any:
    """Equal for calls of rules that come to the same; None where that cannot be told."""
    if keywords or not is_elementary(rule):
        return None
    key: list[Any] = [rule]
    for k, a in enumerate(args):
        if a is NONE:
            key.append(None)
        elif not isinstance(a, Value) or a.type.__class__ is not Scalar:
            return None
        elif isinstance(a, Constant):
            if type(a.value) not in (int, float):
                return None
            key.append((k, type(a.value), repr(a.value), a.name, a.type))
        elif a.type.dtype[0] not in "fc":  # type: ignore[attr-defined]
            return None  # an integer may be a length
        else:
            first = next(n for n, b in enumerate(args) if b is a)
            key.append((first, a.type))
    return tuple(key)


def recipe_of(ops: list[Op], args: Sequence[Abstract], result: Abstract) -> Recipe | None:
    """What led to a result, or None where it is not made from the arguments by plain ops alone."""
    known: dict[Value, Source] = {}
    for k, a in enumerate(args):
        if isinstance(a, Value):
            known.setdefault(a, ("argument", k, None))

    def source(v: Value) -> Source | None:
        return ("constant", v, None) if isinstance(v, Constant) and v not in known else known.get(v)

    steps = []
    for n, op in enumerate(ops):
        inputs = [source(v) for v in op.inputs]
        attrs = {k: v for k, v in op.attrs.items() if k not in _ADDED}
        if op.regions or None in inputs or any(k.startswith("_") for k in attrs):
            return None
        types = [v.type for v in op.results]
        steps.append(Step(op.kind, inputs, types, attrs, [v.name for v in op.results]))  # type: ignore[arg-type]
        known.update((v, ("made", n, k)) for k, v in enumerate(op.results))
    end = source(result) if isinstance(result, Value) else None
    return None if end is None else Recipe(steps, end)


@functools.lru_cache(maxsize=4096)
def is_elementary(rule: Any) -> bool:
    """Whether the text of a rule of the book is one expression of operators and elementary functions."""
    if not (getattr(rule, "__module__", None) or "").startswith("sourcead.rules"):
        return False
    captured = captured_rule(rule)
    node = captured.node
    if isinstance(node, ast.Lambda):
        return _is_elementary(node.body, captured.globals)
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return False
    return captured.is_plain and _is_elementary(body[0].value, captured.globals)


def _is_elementary(x: ast.expr, names: dict[str, Any]) -> bool:
    if isinstance(x, ast.Name):
        return x.id not in names
    if isinstance(x, ast.Constant):
        return True
    if isinstance(x, ast.BinOp):
        plain = isinstance(x.op, ast.Add | ast.Sub | ast.Mult | ast.Div)
        return plain and _is_elementary(x.left, names) and _is_elementary(x.right, names)
    if isinstance(x, ast.UnaryOp):
        return isinstance(x.op, ast.USub) and _is_elementary(x.operand, names)
    if isinstance(x, ast.Call) and isinstance(x.func, ast.Attribute) and isinstance(x.func.value, ast.Name):
        of = names.get(x.func.value.id)
        elementary = of in (math, cmath, np) and x.func.attr in _FUNCTIONS
        return elementary and not x.keywords and all(_is_elementary(a, names) for a in x.args)
    return False


_FUNCTIONS = frozenset(
    ["sin", "cos", "tan", "exp", "log", "sinh", "cosh", "tanh", "exp2", "expm1", "log2", "log10", "log1p"]
)
