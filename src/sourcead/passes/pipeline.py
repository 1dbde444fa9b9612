"""The passes in their order, until nothing changes."""

from __future__ import annotations

from ..ir.core import Function
from .cse import cse, fixed_slots
from .dce import dce
from .fuse import fuse
from .shapes import shape_roots
from .simplify import simplify


def clean(function: Function, rounds: int = 6, fused: bool = False) -> Function:
    """Simplify, merge and remove until nothing changes; the function is changed in place and returned."""
    settle(function, rounds, fused)
    return function


def settle(function: Function, rounds: int = 6, fused: bool = False) -> bool:
    """As `clean`; whether nothing is left that would change.

    After a round that changed something the passes run again, but for those that cannot find more: `dce` only
    takes away, which makes no twins.

    fused: branches on one condition may become one, which a reverse sweep that is not finished does not
    allow.
    """
    moved = fused_some = True  # whether something but `dce` has changed it since `fixed_slots`, since `cse`
    for n in range(rounds):
        changed = simplify(function)
        if moved or changed:
            changed |= fixed_slots(function)
        changed |= shape_roots(function)
        if fused_some or changed:
            changed |= cse(function)
        fused_some = fused and fuse(function)
        changed |= fused_some
        moved = changed
        if n and not changed:
            return True  # `dce` has seen it like this
        if not dce(function) and not changed:
            return True
    return False
