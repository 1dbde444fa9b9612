"""Making a failing program smaller while it still fails in the same way.

Works on the syntax tree of any text: leaves statements out, puts a block in the place of its statement, and a
part of an expression or a constant in the place of an expression.  Candidates that are no valid programs fail
in another way and are dropped by the test.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator


def candidates(text: str) -> Iterator[str]:
    """Smaller texts, the biggest cuts first."""
    tree = ast.parse(text)
    lists = [
        (node, name)
        for node in ast.walk(tree)
        for name in ("body", "orelse")
        if isinstance(getattr(node, name, None), list)
    ]
    # halves, then single statements
    for size in (8, 4, 2, 1):
        for node, name in lists:
            old = getattr(node, name)
            if len(old) < size:
                continue
            for at in range(0, len(old) - size + 1, max(1, size // 2)):
                new = old[:at] + old[at + size :]
                if not new and name == "body" and not isinstance(node, ast.Module):
                    if isinstance(old[0], ast.Pass):
                        continue
                    new = [ast.Pass()]
                yield from _with(tree, node, name, new, old)
    for node, name in lists:
        old = getattr(node, name)
        for at, s in enumerate(old):
            if isinstance(s, ast.If | ast.For | ast.While):
                yield from _with(tree, node, name, old[:at] + s.body + old[at + 1 :], old)
                if s.orelse:
                    yield from _with(tree, node, name, old[:at] + s.orelse + old[at + 1 :], old)
            if isinstance(s, ast.AugAssign):
                plain = ast.Assign([s.target], s.value, lineno=0)
                yield from _with(tree, node, name, [*old[:at], plain, *old[at + 1 :]], old)
    for node in list(ast.walk(tree)):
        for name, old in ast.iter_fields(node):
            if isinstance(old, ast.expr):
                for new in _simpler(old):
                    yield from _with(tree, node, name, new, old)
            elif isinstance(old, list) and old and isinstance(old[0], ast.expr):
                for at, e in enumerate(old):
                    for new in _simpler(e):
                        yield from _with(tree, node, name, [*old[:at], new, *old[at + 1 :]], old)


def _with(tree: ast.AST, node: ast.AST, name: str, new: object, old: object) -> Iterator[str]:
    setattr(node, name, new)
    try:
        text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        ast.parse(text)
        yield text
    except (SyntaxError, AttributeError, ValueError):
        pass
    finally:
        setattr(node, name, old)


def _simpler(e: ast.expr) -> list[ast.expr]:
    if isinstance(e, ast.Constant) or isinstance(getattr(e, "ctx", None), ast.Store):
        return []
    out: list[ast.expr] = []
    for child in ast.iter_child_nodes(e):
        if isinstance(child, ast.expr) and not (isinstance(e, ast.Call) and child is e.func):
            out.append(child)
    if not isinstance(e, ast.Name | ast.UnaryOp) or isinstance(e, ast.Name) and e.id not in ("np", "math"):
        out += [ast.Name("a", ast.Load()), ast.Name("u", ast.Load()), ast.Constant(0.5), ast.Constant(0)]
    if isinstance(e, ast.Name) and e.id in ("a", "u", "np", "math"):
        out = [ast.Constant(0.5)] if e.id == "a" else []
    if isinstance(e, ast.Slice):
        out = []
    return out


def measure(text: str) -> tuple[int, int]:
    """What is made smaller: the number of nodes, then the length."""
    return sum(1 for _ in ast.walk(ast.parse(text))), len(text)


def shrink(text: str, fails: Callable[[str], bool], seconds: float = 20.0) -> str:
    """The smallest text found in the time that still fails.

    >>> shrink("x = 1\\ny = 2\\nz = x + 3\\n", lambda t: "y = 2" in t)
    'y = 2\\n'
    """
    end = time.monotonic() + seconds
    text = ast.unparse(ast.parse(text)) + "\n"
    tried = {text}
    progress = True
    while progress:
        progress = False
        size = measure(text)
        for new in list(candidates(text)):
            if time.monotonic() > end:
                return text
            if new in tried:
                continue
            tried.add(new)
            if measure(new) < size and fails(new):
                text, progress = new, True
                break
    return text
