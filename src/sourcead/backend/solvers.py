"""Calls of functions that call back, as text: `scipy.optimize.root(residual, x0, args=(s,)).x`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from ..ir.core import Op
from ..names import numbered
from .syntax import attribute, call, name

if TYPE_CHECKING:
    from .spelling import Speller


def solver(speller: Speller, op: Op) -> ast.expr:
    """The call itself."""
    functions = op.attrs["functions"]
    for f in functions:
        speller.needs.functions.setdefault(f)

    def made(item: Any) -> ast.expr:
        kind, x = item
        if kind == "input":
            return speller.value(op.inputs[x])
        if kind in ("tuple", "list"):
            return (ast.Tuple if kind == "tuple" else ast.List)([made(i) for i in x], ast.Load())
        if kind == "dict":
            return ast.Dict([speller.constant(k) for k in x], [made(i) for i in x.values()])
        if kind == "known":
            return speller.constant(x)
        return bound(speller, op, x) if kind == "bound" else name(functions[x].name)

    keywords = [ast.keyword(k, made(i)) for k, i in op.attrs["named"].items()]
    return ast.Call(speller.dotted(op.attrs["key"]), [made(i) for i in op.attrs["positional"]], keywords)


def bound(speller: Speller, op: Op, k: int) -> ast.expr:
    """A callback for a function that has no `args`: `lambda x, *rest: f(x, *rest, s)`."""
    f, n = op.attrs["functions"][k], op.attrs["own"][k]
    shared = speller.values(op.inputs[op.attrs["shared"] :])
    if not shared:
        return name(f.name)
    own = [numbered("x", i) if n > 1 else "x" for i in range(n)]
    given = ast.arguments([], [ast.arg(o) for o in own], None, [], [], None, [])
    return ast.Lambda(given, call(name(f.name), *map(name, own), *shared))


def take_fields(speller: Speller, op: Op, used: list[bool]) -> list[ast.stmt]:
    """The results are fields of what the call returns.

    x = scipy.optimize.root(f, x0).x          value, error = scipy.integrate.quad(f, a, b)
    """
    fields = op.attrs["fields"]
    if all(isinstance(f, int) for f in fields) and sum(used) > 1:
        targets = [ast.Name(speller.names[v] if u else "_", ast.Store()) for v, u in zip(op.results, used)]
        return [ast.Assign([ast.Tuple(targets, ast.Store())], speller.op(op))]
    taken = [(speller.names[v], f) for v, f, u in zip(op.results, fields, used) if u]
    if len(taken) == 1:
        return [ast.Assign([ast.Name(taken[0][0], ast.Store())], _field(speller.op(op), taken[0][1]))]
    whole, k = "solution", 0
    while numbered(whole, k) in speller.names.values():
        k += 1
    whole = numbered(whole, k)
    out: list[ast.stmt] = [ast.Assign([ast.Name(whole, ast.Store())], speller.op(op))]
    out += [ast.Assign([ast.Name(v, ast.Store())], _field(name(whole), f)) for v, f in taken]
    return out


def _field(x: ast.expr, f: str | int) -> ast.expr:
    if isinstance(f, int):
        return ast.Subscript(x, ast.Constant(f), ast.Load())
    for part in f.split("."):
        x = attribute(x, part)
    return x
