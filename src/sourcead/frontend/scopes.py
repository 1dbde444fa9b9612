"""What the syntax of a function says about its names: which are local, which loops read them, whether it
calls itself."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any


def assigned_names(nodes: list[ast.stmt]) -> list[str]:
    """Names that statements bind, in order; not those inside nested functions and comprehensions."""
    out: dict[str, None] = {}
    stack: list[ast.AST] = list(reversed(nodes))
    while stack:
        n = stack.pop()
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del):
            out[n.id] = None
        elif isinstance(n, ast.ExceptHandler) and n.name:
            out[n.name] = None
        elif isinstance(n, ast.FunctionDef | ast.ClassDef):
            out[n.name] = None
            continue
        elif isinstance(n, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            stack.extend(w for w in ast.walk(n) if isinstance(w, ast.NamedExpr))
            continue
        stack.extend(reversed(list(ast.iter_child_nodes(n))))
    return list(out)


def rebound_names(node: ast.AST) -> set[str]:
    """Names that a statement binds to something else, not only by augmented assignments, which leave an array
    the array that it is."""
    augmented = {id(n.target) for n in ast.walk(node) if isinstance(n, ast.AugAssign)}
    return {
        name
        for n in ast.walk(node)
        if not (isinstance(n, ast.Name) and id(n) in augmented)
        for name in bound_by(n)
    }


def bound_by(n: ast.AST) -> list[str]:
    if isinstance(n, ast.Name):
        return [n.id] if isinstance(n.ctx, ast.Store | ast.Del) else []
    if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler):
        return [n.name] if n.name else []
    return []


@lru_cache(maxsize=4096)
def scope_of(node: Any) -> tuple[frozenset[str], frozenset[str], frozenset[str], int]:
    """Local names, nonlocal names and global names of a function, and how many statements it has."""
    a = node.args
    names = [
        p.arg
        for p in (
            *a.posonlyargs,
            *a.args,
            *a.kwonlyargs,
            *([a.vararg] if a.vararg else []),
            *([a.kwarg] if a.kwarg else []),
        )
    ]
    body = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
    nonlocals: set[str] = set()
    global_names: set[str] = set()
    size = 0
    stack: list[ast.AST] = list(body)
    while stack:
        n = stack.pop()
        size += isinstance(n, ast.stmt)
        if isinstance(n, ast.Nonlocal):
            nonlocals.update(n.names)
        elif isinstance(n, ast.Global):
            global_names.update(n.names)
        elif isinstance(n, ast.Import | ast.ImportFrom):
            names.extend((x.asname or x.name).split(".")[0] for x in n.names)
        if not isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(n))
    names.extend(assigned_names(body))
    return frozenset(names) - global_names - nonlocals, frozenset(nonlocals), frozenset(global_names), size


def has_break(loop: ast.For | ast.While) -> bool:
    """Whether a `break` leaves this loop."""
    stack: list[ast.AST] = list(loop.body)
    while stack:
        n = stack.pop()
        if isinstance(n, ast.Break):
            return True
        if isinstance(n, ast.For | ast.While):
            stack.extend(n.orelse)
        elif not isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(n))
    return False


@lru_cache(maxsize=4096)
def names_read(node: Any) -> frozenset[str]:
    """All names in a function, those of the functions inside of it too."""
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))


@lru_cache(maxsize=4096)
def calls_itself(node: Any) -> bool:
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == getattr(node, "name", None)
        for n in ast.walk(node)
    )


@lru_cache(maxsize=4096)
def is_generator(node: ast.FunctionDef) -> bool:
    """Whether calling a function gives a generator or a coroutine."""
    return any(isinstance(n, ast.Yield | ast.YieldFrom | ast.Await) for n in own_nodes(node))


def own_nodes(node: ast.FunctionDef) -> Any:
    """The nodes of a function's body, nested functions left out."""
    stack: list[ast.AST] = list(node.body)
    while stack:
        n = stack.pop()
        yield n
        if not isinstance(n, ast.FunctionDef | ast.Lambda | ast.GeneratorExp):
            stack.extend(ast.iter_child_nodes(n))
