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

    named = dict(op.attrs["named"])
    if any(used and isinstance(f, tuple) for f, used in zip(op.attrs["fields"] or (), is_used(speller, op))):
        named.update(op.attrs["asked"])
    keywords = [ast.keyword(k, made(i)) for k, i in named.items()]
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


def is_used(speller: Speller, op: Op) -> list[bool]:
    return [speller.plan.uses.get(v, 0) > 0 for v in op.results]


def take_fields(speller: Speller, op: Op) -> list[ast.stmt]:
    """The results are fields of what the call returns.

    x = scipy.optimize.root(f, x0).x          value, error = scipy.integrate.quad(f, a, b)
    """
    fields, used = op.attrs["fields"], is_used(speller, op)
    if all(isinstance(f, int) for f in fields) and sum(used) > 1:
        targets = [ast.Name(speller.names[v] if u else "_", ast.Store()) for v, u in zip(op.results, used)]
        return [ast.Assign([ast.Tuple(targets, ast.Store())], speller.op(op))]
    taken = [(speller.names[v], f) for v, f, u in zip(op.results, fields, used) if u]
    if len(taken) == 1 and not isinstance(taken[0][1], tuple):
        return [ast.Assign([ast.Name(taken[0][0], ast.Store())], _field(speller.op(op), taken[0][1]))]
    whole, k = "solution", 0
    while numbered(whole, k) in speller.names.values():
        k += 1
    whole = numbered(whole, k)
    out: list[ast.stmt] = [ast.Assign([ast.Name(whole, ast.Store())], speller.op(op))]
    known = {"solution": whole, **{f[1]: v for v, f in taken if isinstance(f, tuple)}}
    for v, f in taken:
        out.append(ast.Assign([ast.Name(v, ast.Store())], _field(name(whole), f, known, speller)))
    return out


def _field(
    x: ast.expr, f: Any, known: dict[str, str] | None = None, speller: Speller | None = None
) -> ast.expr:
    if isinstance(f, int):
        return ast.Subscript(x, ast.Constant(f), ast.Load())
    if isinstance(f, str):
        return attribute(x, f)
    assert known is not None and speller is not None
    out = ast.parse(f[2], mode="eval").body
    for node in ast.walk(out):
        if isinstance(node, ast.Name) and node.id in known:
            node.id = known[node.id]
        elif isinstance(node, ast.Name):
            speller.dotted(f"sourcead.runtime.{node.id}")
    return out
