"""The passes in their order, until nothing changes."""

from __future__ import annotations

from ..ir.core import Function
from .cse import cse, fixed_slots
from .dce import dce
from .shapes import shape_roots
from .simplify import simplify


def clean(function: Function, rounds: int = 6) -> Function:
    """Simplify, merge and remove until nothing changes; the function is changed in place and returned."""
    for _ in range(rounds):
        changed = simplify(function)
        changed |= fixed_slots(function)
        changed |= shape_roots(function)
        changed |= cse(function)
        changed |= dce(function)
        if not changed:
            break
    return function
