"""Counting what really happens: IR that is run with counters, and text that is run on numbers that count."""

from __future__ import annotations

import ast
from math import prod
from typing import Any

import numpy as np

from sourcead.backend.buffers import place
from sourcead.frontend.trees import flatten
from sourcead.ir import interpret
from sourcead.ir.core import Function, Op
from sourcead.ir.types import is_inexact
from sourcead.rules.costs import cost_of
from sourcead.rules.counting import uncounted
from sourcead.rules.registry import resolve


class Counting(interpret._Frame):
    """An interpreter that counts the operations of what it runs, by the shapes that there are."""

    operations: Any
    pushed: int

    def op(self, op: Op) -> Any:
        if op.kind == "call":
            f = place(op.attrs["function"])
            inner = Counting(self.resolve)
            inner.operations, inner.pushed = 0, 0
            try:
                return inner.region(f.body, [self.get(v) for v in op.inputs])
            finally:  # it may raise, and what it did before is done
                self.operations += inner.operations
                self.pushed += inner.pushed
        out = super().op(op)
        inputs = [self.get(v) for v in op.inputs] if not op.regions else []
        if op.kind == "index_add" and is_inexact(op.result.type):
            self.operations += self.places(op, inputs)
        elif op.kind == "list.append" and op.attrs.get("_tape"):
            self.pushed += 1
        elif cost_of(op.kind) not in (None, uncounted) and any(is_inexact(v.type) for v in op.results):
            result = out if len(op.results) == 1 else out[0]
            shapes = [np.shape(x) for x in inputs if x is not interpret.UNDEFINED_VALUE]
            shape = np.shape(result[0]) if isinstance(result, list | tuple) else np.shape(result)
            self.operations += exact(cost_of(op.kind), shapes, shape, op.attrs)
        return out

    def places(self, op: Op, inputs: list[Any]) -> int:
        if not isinstance(inputs[0], np.ndarray):
            return 1
        at = inputs[0]
        for step in interpret._steps(op, inputs[1:-1]):
            at = interpret._view(at, step)
        return int(np.size(at))


def exact(formula: Any, shapes: list[Any], shape: Any, attrs: Any) -> Any:
    import sympy as sp

    whole = lambda s: tuple(map(sp.Integer, s))  # noqa: E731
    return formula([whole(s) for s in shapes], whole(shape), attrs)


def run_counting(function: Function, args: list[Any]) -> tuple[Any, int]:
    """The operations that a function does for these arguments, and how often it pushes on a tape."""
    f = Counting(resolve)
    f.operations, f.pushed = 0, 0
    with np.errstate(all="ignore"):
        f.results = f.region(function.body, args)
    return f.operations, f.pushed


def flat_arguments(compiled: Any, values: list[Any]) -> list[Any]:
    out = [a for v, t in zip(values, compiled.lowered.trees) for a in flatten(v, t)]
    return out + [f.read() for f in compiled.lowered.frees if f.value is not None]


def sizes_of(cost: Any, compiled: Any, names: list[str], values: list[Any]) -> dict[str, int]:
    """The sizes that a cost asks for, by what it says that they are."""
    scope = {f.name: f.read() for f in compiled.lowered.frees} | dict(zip(names, values))
    return {n: int(eval(what.removeprefix("the argument "), {}, scope)) for n, what in cost.sizes.items()}


class Number:
    """A float that counts the operations done with it, in `Number.done`."""

    done = 0

    def __init__(self, value: float) -> None:
        self.value = float(value)

    def __neg__(self) -> Number:
        return Number(-self.value)  # a change of sign is no operation

    def __float__(self) -> float:
        return self.value


def _operator(name: str, f: Any) -> None:
    def apply(self: Number, *others: Any) -> Any:
        if any(isinstance(x, np.ndarray) for x in others):
            return NotImplemented  # the array goes through its elements
        Number.done += 1
        return Number(f(self.value, *map(float, others)))

    setattr(Number, name, apply)


for _n, _f in {
    "__add__": lambda a, b: a + b,
    "__sub__": lambda a, b: a - b,
    "__mul__": lambda a, b: a * b,
    "__truediv__": lambda a, b: a / b,
    "__pow__": lambda a, b: a**b,
    "__radd__": lambda a, b: b + a,
    "__rsub__": lambda a, b: b - a,
    "__rmul__": lambda a, b: b * a,
    "__rtruediv__": lambda a, b: b / a,
    "sqrt": lambda a: a**0.5,
    "exp": lambda a: float(np.exp(a)),
    "tanh": lambda a: float(np.tanh(a)),
    "sin": lambda a: float(np.sin(a)),
    "cos": lambda a: float(np.cos(a)),
}.items():
    _operator(_n, _f)


class Tape(list):
    """A tape that counts what is pushed, in `Tape.bytes`: 8 for each number."""

    bytes = 0

    def append(self, x: Any) -> None:
        Tape.bytes += 8 * (prod(x.shape) if isinstance(x, np.ndarray) else 1)
        super().append(x)


def counted(x: Any) -> Any:
    """Floats, and arrays of floats, that count."""
    if isinstance(x, np.ndarray):
        out = np.empty(x.shape, object)
        for at in np.ndindex(x.shape):
            out[at] = Number(x[at])
        return out
    return Number(x) if isinstance(x, float) else x


class CountedNumpy:
    """NumPy whose new arrays hold numbers that count."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def zeros(self, *args: Any) -> Any:
        return counted(np.zeros(*args))

    def zeros_like(self, a: Any) -> Any:
        return counted(np.zeros(a.shape))


def run_text(text: str, name: str, args: tuple[Any, ...]) -> tuple[int, int]:
    """Run generated text on numbers that count: the operations, and the bytes pushed on lists."""
    tree = ast.parse(text)

    class Lists(ast.NodeTransformer):
        def visit_List(self, node: ast.List) -> ast.AST:
            if node.elts or not isinstance(node.ctx, ast.Load):
                return node
            return ast.Call(ast.Name("Tape", ast.Load()), [], [])

    body = [s for s in Lists().visit(tree).body if not isinstance(s, ast.Import)]
    scope: dict[str, Any] = {
        "Tape": Tape,
        "np": CountedNumpy(),
        "float": lambda x: x,
        "safe_divide": lambda a, b: a / b,
        "safe_multiply": lambda a, b: a * b,
    }
    exec(compile(ast.fix_missing_locations(ast.Module(body, [])), "<counted>", "exec"), scope)
    Number.done = Tape.bytes = 0
    scope[name](*map(counted, args))
    return Number.done, Tape.bytes
