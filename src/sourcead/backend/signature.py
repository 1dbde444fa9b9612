"""The outside of a generated function: arguments as the user structures them, results in the same structures.

The IR has flat parameters; the text takes the user's containers apart first and puts results together last:

    def loss_grad(params, X):
        params_w = params["w"]
        ...
        return {"w": params_w_bar, "b": params_b_bar}
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Make:
    """An object of a class made from named parts, in a structure of results."""

    cls: Any
    fields: dict[str, Any]


@dataclass(frozen=True)
class Argument:
    """One argument of the text: its name, and for each leaf the parameter's position and the access text."""

    name: str
    leaves: tuple[tuple[int, str], ...]


def rewrap(f: ast.FunctionDef, arguments: list[Argument]) -> None:
    """Give an emitted function its outer arguments; parameters that they do not name stay as they are."""
    names = [a.arg for a in f.args.args]
    apart = any(path for a in arguments for _, path in a.leaves)
    read = {n.id for n in ast.walk(f) if isinstance(n, ast.Name)} if apart else set()
    outer: list[ast.arg] = []
    unpack: list[ast.stmt] = []
    used: set[int] = set()
    for a in arguments:
        for position, path in a.leaves:
            used.add(position)
            if path:
                if names[position] in read:
                    unpack.append(ast.parse(f"{names[position]} = {a.name}{path}").body[0])
            else:
                outer.append(ast.arg(names[position]))
        if not a.leaves or a.leaves[0][1]:
            outer.append(ast.arg(a.name))
    rest = [ast.arg(n) for k, n in enumerate(names) if k not in used]
    f.args.args = [*outer, *rest]
    f.body[:0] = unpack
