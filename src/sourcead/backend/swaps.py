"""A value that is made for a swap is made where it goes.

b = zeros_like(x)              b = a
a, b = b, a            ->      a = zeros_like(x)
"""

from __future__ import annotations

import ast


def straighten(body: list[ast.stmt]) -> None:
    """Write such swaps as two assignments, in place, in statements and those inside of them."""
    for n, s in enumerate(body):
        for part in ("body", "orelse", "finalbody"):
            straighten(getattr(s, part, []))
        for h in getattr(s, "handlers", []):
            straighten(h.body)
        if n and isinstance(s, ast.Assign):
            _two(body[n - 1], s)


def _two(made: ast.stmt, swap: ast.Assign) -> None:
    targets, sources = _names(swap.targets[0]), _names(swap.value)
    if not isinstance(made, ast.Assign) or len(made.targets) != 1 or len(targets) != 2:
        return
    if sources != targets[::-1] or not isinstance(made.targets[0], ast.Name):
        return
    b = made.targets[0].id
    if b not in targets or any(isinstance(x, ast.Name) and x.id == b for x in ast.walk(made.value)):
        return
    (a,) = (t for t in targets if t != b)
    swap.targets, swap.value = [ast.Name(a, ast.Store())], made.value
    made.value = ast.Name(a, ast.Load())


def _names(x: ast.expr) -> list[str]:
    """The names in a tuple of names."""
    if isinstance(x, ast.Tuple) and all(isinstance(e, ast.Name) for e in x.elts):
        return [e.id for e in x.elts]  # type: ignore[attr-defined]
    return []
