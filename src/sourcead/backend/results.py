"""The results of a function in the structure in which it returns them."""

from __future__ import annotations

import ast
from typing import Any

from .signature import Make
from .spelling import Speller


def structure(speller: Speller, tree: Any, values: list[ast.expr]) -> ast.expr:
    """The expression of a structure of results; integers in `tree` are numbers of `values`."""
    if isinstance(tree, Make):
        parts = {k: structure(speller, t, values) for k, t in tree.fields.items()}
        return ast.Call(speller.object(tree.cls), [], [ast.keyword(k, v) for k, v in parts.items()])
    if isinstance(tree, bool) or not isinstance(tree, int | tuple | list | dict):
        return speller.constant(tree)
    if isinstance(tree, int):
        return values[tree]
    if isinstance(tree, dict):
        keys: list[ast.expr | None] = [speller.constant(k) for k in tree]
        return ast.Dict(keys, [structure(speller, t, values) for t in tree.values()])
    display = ast.Tuple if isinstance(tree, tuple) else ast.List
    return display([structure(speller, t, values) for t in tree], ast.Load())
