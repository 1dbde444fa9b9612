"""Three-address text of the IR, for people and for tests.

    function logistic_map(x: float, r: float, n: int)
      x.3: float = for i: int in range(0, n, 1) with x.1: float = x:
          a: float = operator.mul(r, x.1)
          yield a
      return x.3

A value is called by its hint; where that is taken, a number is added; values without a hint are `%1`, `%2`.
The numbers follow program order, so that equal functions have equal text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .core import Constant, Function, Op, Region, Undef, Value


class _Names:
    def __init__(self) -> None:
        self.of: dict[Value, str] = {}
        self.taken: set[str] = set()
        self.count: dict[str, int] = {}
        self.types: dict[int, str] = {}  # the texts of types, by their identity

    def __call__(self, v: Value) -> str:
        if isinstance(v, Constant):
            return repr(v.value)
        if isinstance(v, Undef):
            return "undefined"
        name = self.of.get(v)
        if name is None:
            name = self.of[v] = self._fresh(v.name)
        return name

    def _fresh(self, hint: str | None) -> str:
        base = hint or "%"
        name = hint or "%1"
        k = self.count.get(base, 0 if hint else 1)
        while name in self.taken:
            k += 1
            name = f"{base}.{k}" if hint else f"%{k}"
        self.count[base] = k
        self.taken.add(name)
        return name

    def typed(self, v: Value) -> str:
        t = self.types.get(id(v.type))
        if t is None:
            t = self.types[id(v.type)] = str(v.type)
        return f"{self(v)}: {t}"


def show(function: Function) -> str:
    """The text of a function, functions that it calls by name only.

    >>> from sourcead.ir.core import Function, Op, Region, Value
    >>> from sourcead.ir.types import PY_FLOAT
    >>> x = Value(PY_FLOAT, "x")
    >>> f = Function("square", Region([x]))
    >>> f.body.ops.append(Op("operator.mul", [x, x], [PY_FLOAT]))
    >>> f.body.yields = [f.body.ops[0].result]
    >>> print(show(f))
    function square(x: float)
      %1: float = operator.mul(x, x)
      return %1
    """
    names = _Names()
    lines = [f"function {function.name}({', '.join(map(names.typed, function.params))})"]
    _region(function.body, 2, names, lines.append, "return")
    return "\n".join(lines)


def show_op(op: Op) -> str:
    """The text of one op and what is in it; names are made for this text alone."""
    lines: list[str] = []
    _op(op, 0, _Names(), lines.append)
    return "\n".join(lines)


def _region(
    region: Region, indent: int, names: _Names, put: Callable[[str], None], word: str, exits: int = 0
) -> None:
    for op in region.ops:
        _op(op, indent, names, put)
    shown = [f"[{names(v)}]" if k < exits else names(v) for k, v in enumerate(region.yields)]
    put(" " * indent + f"{word} {', '.join(shown)}".rstrip())


def _op(op: Op, indent: int, names: _Names, put: Callable[[str], None]) -> None:
    space = " " * indent
    if op.is_loop and op.regions:
        head = _loop_head(op, names)
    else:
        args = ", ".join(map(names, op.inputs))
        head = (
            f"if {args}:"
            if op.kind == "if"
            else f"{op.kind}({args})" + _attrs(_shown(op)) + ":" * bool(op.regions)
        )
    inside: list[str] = []  # what is inside is named first: results come after the body in program order
    between = {"if": "else:", "while": "do:"}.get(op.kind, "also:")
    if op.kind == "try":
        between = f"except {names.typed(op.regions[1].params[0])}:"
    for k, region in enumerate(op.regions):
        if k:
            inside.append(f"{space}{between}")
        exits = op.own_yields if region is op.body and op.is_loop else 0
        _region(region, indent + 4, names, inside.append, "yield", exits)
    results = ", ".join(map(names.typed, op.results))
    put(f"{space}{results} = {head}" if results else f"{space}{head}")
    for line in inside:
        put(line)


def _loop_head(op: Op, names: _Names) -> str:
    params = op.body.params
    own = op.own_params
    inits = op.inputs[op.fixed :]
    if op.kind == "while":  # the condition has its own parameters for the same slots
        first = op.regions[0].params
        slots = [
            names.typed(p) + (f" (do: {names(q)})" if q is not p else "") + f" = {names(v)}"
            for p, q, v in zip(first, params, inits)
        ]
        head = "while"
    else:
        index = ", ".join(map(names.typed, params[:own]))
        head = f"for {index} in range({', '.join(map(names, op.inputs[:3]))})"
        head += "".join(f" slots {names(v)}" for v in op.inputs[3 : op.fixed])
        slots = [f"{names.typed(p)} = {names(v)}" for p, v in zip(params[own:], inits)]
    text = head + (f" with {', '.join(slots)}" if slots else "")
    return text + _attrs({k: v for k, v in op.attrs.items() if k != "exit"}) + ":"


def _shown(op: Op) -> dict[str, Any]:
    """The attributes that say what an op does."""
    if op.kind != "solver":
        return op.attrs
    return {k: op.attrs[k] for k in ("key", "functions", "positional", "named", "fields")}


def _attrs(attrs: dict[str, Any]) -> str:
    shown = ", ".join(f"{k}={_attr(attrs[k])}" for k in sorted(attrs))
    return f" {{{shown}}}" if shown else ""


def _attr(value: Any) -> str:
    if isinstance(value, Function):
        return "@" + value.name
    if isinstance(value, tuple) and value and all(isinstance(v, Function) for v in value):
        return "(" + ", ".join(map(_attr, value)) + ")"
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, tuple) and value and all(isinstance(v, type) for v in value):
        return "|".join(v.__name__ for v in value)
    return repr(value)
