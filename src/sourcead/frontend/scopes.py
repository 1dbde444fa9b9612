"""What the syntax of a function says about its names: which are local, which loops read them, whether it
calls itself."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

#: What of a node is not looked into: operators and contexts, and what is no syntax.
_PLAIN = {
    "ctx", "op", "ops", "id", "attr", "arg", "n", "s", "kind", "type_comment", "conversion", "simple",
    "level", "is_async",
}  # fmt: skip
_FIELDS: dict[type, tuple[str, ...]] = {}  # the other fields, by class


def children(node: ast.AST) -> list[ast.AST]:
    """The statements, expressions and other parts of a node, in the order of the text; no operators."""
    fields = _FIELDS.get(node.__class__)
    if fields is None:
        fields = _FIELDS[node.__class__] = tuple(f for f in node._fields if f not in _PLAIN)
    out: list[ast.AST] = []
    for f in fields:
        v = getattr(node, f, None)
        if v.__class__ is list:
            out += [x for x in v if isinstance(x, ast.AST)]
        elif isinstance(v, ast.AST):
            out.append(v)
    return out


def nodes_in(node: ast.AST) -> list[ast.AST]:
    """A node and all that is in it, outer ones first; no operators."""
    out = [node]
    for n in out:  # it grows meanwhile
        out += children(n)
    return out


@lru_cache(maxsize=4096)
def names_bound_in(node: ast.stmt) -> tuple[str, ...]:
    """Names that a statement binds, in order."""
    return tuple(assigned_names([node]))


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
        stack += reversed(children(n))
    return list(out)


@lru_cache(maxsize=4096)
def rebound_names(node: ast.AST) -> frozenset[str]:
    """Names that a statement binds to something else, not only by augmented assignments, which leave an array
    the array that it is."""
    nodes = nodes_in(node)
    augmented = {id(n.target) for n in nodes if isinstance(n, ast.AugAssign)}
    return frozenset(
        name for n in nodes if not (isinstance(n, ast.Name) and id(n) in augmented) for name in bound_by(n)
    )


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
            stack += children(n)
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
    return frozenset(n.id for n in nodes_in(node) if isinstance(n, ast.Name))


@lru_cache(maxsize=4096)
def calls_itself(node: Any) -> bool:
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == getattr(node, "name", None)
        for n in nodes_in(node)
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
            stack += children(n)
