"""The outside of a function under Numba, where arguments or results are what Numba does not take.

The compiled function has numbers and arrays alone; plain Python takes the user's containers apart and puts
the results together:

    @njit(error_model="numpy")
    def loss_grad_flat(params_w, params_b, X):
        ...
        return params_w_bar, params_b_bar


    def loss_grad(params, X):
        w_bar, b_bar = loss_grad_flat(params["w"], params["b"], X)
        return {"w": w_bar, "b": b_bar}
"""

from __future__ import annotations

import ast
from typing import Any

from ..ir.core import Function, Value
from ..ir.types import Scalar
from ..options import Options
from .results import structure
from .signature import Argument, Make
from .spelling import Needs, Speller
from .syntax import call, name


class _Literals(Speller):
    """Constants only."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs


def is_plain(f: Function, trees: Any, arguments: list[Argument], options: Options) -> bool:
    """Whether Numba can take the arguments and give the results as they are: numbers, arrays, tuples."""
    returns = f.attrs.get("returns")
    if not all(map(_is_tuples, trees)) or not _is_returned(returns):
        return False
    return options.called_inside or (all(a.leaves for a in arguments) and not any(map(_cast, f.results)))


def _is_tuples(tree: Any) -> bool:
    children = getattr(tree, "children", ())
    return getattr(tree, "kind", "tuple") in ("tuple", "namedtuple") and all(map(_is_tuples, children))


def _is_returned(tree: Any) -> bool:
    if isinstance(tree, Make):
        return hasattr(tree.cls, "_fields") and all(map(_is_returned, tree.fields.values()))
    if isinstance(tree, tuple):
        return all(map(_is_returned, tree))
    return tree is None or isinstance(tree, bool | int | float | complex | str)


def _cast(v: Value) -> str | None:
    """The NumPy scalar that a result must be, where Numba hands out a Python number of another precision."""
    t = v.type
    if isinstance(t, Scalar) and t.numpy and t.dtype not in ("float64", "complex128", "int64", "bool"):
        return f"numpy.{t.dtype}"
    return None


def outside(node: ast.FunctionDef, f: Function, arguments: list[Argument], needs: Needs) -> ast.stmt:
    """The plain function around an emitted one, which gets another name."""
    spell = _Literals(needs)
    inner = [a.arg for a in node.args.args]
    given: list[ast.expr] = [name(a) for a in inner]
    outer: list[ast.arg] = []
    used: set[int] = set()
    for a in arguments:
        for position, path in a.leaves:
            used.add(position)
            if path:
                given[position] = ast.parse(f"{a.name}{path}", mode="eval").body
            else:
                outer.append(ast.arg(inner[position]))
        if not a.leaves or a.leaves[0][1]:
            outer.append(ast.arg(a.name))
    outer += [ast.arg(n) for k, n in enumerate(inner) if k not in used]
    taken = {a.arg for a in outer}
    results = []
    for k in range(len(f.results)):
        text = f"r{k}"
        while text in taken:
            text += "_"
        results.append(text)
    base, node.name = node.name, f"{node.name}_flat"
    inside: ast.expr = call(name(node.name), *given)
    body: list[ast.stmt] = []
    if results:
        targets: list[ast.expr] = [ast.Name(r, ast.Store()) for r in results]
        body.append(ast.Assign([ast.Tuple(targets, ast.Store())], inside))
    else:
        body.append(ast.Expr(inside))
    values: list[ast.expr] = []
    for r, v in zip(results, f.results):
        cast = _cast(v)
        values.append(call(spell.dotted(cast), name(r)) if cast else name(r))
    tree = f.attrs.get("returns")
    if tree is None:
        tree = tuple(range(len(results))) if len(results) > 1 else 0
    body.append(ast.Return(structure(spell, tree, values)))
    made = ast.FunctionDef(
        name=base,
        args=ast.arguments([], outer, None, [], [], None, []),
        body=body,
        decorator_list=[],
        returns=None,
    )
    if "type_params" in ast.FunctionDef._fields:
        made.type_params = []
    return made
