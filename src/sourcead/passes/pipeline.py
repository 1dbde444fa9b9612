"""The passes in their order, until nothing changes."""

from __future__ import annotations

from ..ir.core import Function
from .cse import cse, fixed_slots
from .dce import dce
from .fuse import fuse
from .shapes import shape_roots
from .simplify import simplify


def clean(function: Function, rounds: int = 6, fused: bool = False) -> Function:
    """Simplify, merge and remove until nothing changes; the function is changed in place and returned.

    fused: branches on one condition may become one, which a reverse sweep that is not finished does not
    allow.
    """
    for _ in range(rounds):
        changed = simplify(function)
        changed |= fixed_slots(function)
        changed |= shape_roots(function)
        changed |= cse(function)
        changed |= fused and fuse(function)
        changed |= dce(function)
        if not changed:
            break
    return function
