"""`and` and `or`: an `if` that takes its own condition on one side is one expression.

    r = if a { t = ...; yield t } { yield a }       r = a and t
    r = if a { yield a } { t = ...; yield t }       r = a or t

Only what may be computed in place is taken: the other side's ops are pure and each is read once.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Value
from .effects import has_effect
from .sharing import WRITES

_DEEP = 24  # so many operators in one expression are read as statements more easily


def find_choices(function: Function, uses: dict[Value, int]) -> dict[Op, tuple[str, Region]]:
    """The `if`s that print as one operator: which one ("and", "or") and the region of its right operand."""
    found: dict[Op, tuple[str, Region]] = {}
    depth: dict[Op, int] = {}

    def visit(region: Region) -> None:
        for op in region.ops:
            for r in op.regions:
                visit(r)
            side = _right_side(op)
            if side is None or not uses.get(op.result):
                continue
            ops = op.regions[side].ops
            deep = 1 + max((depth.get(o, 0) for o in ops), default=0)
            if deep <= _DEEP and all(_is_pure(o, uses, found) for o in ops):
                found[op] = ("or" if side else "and", op.regions[side])
                depth[op] = deep

    visit(function.body)
    return found


def _right_side(op: Op) -> int | None:
    """Which region holds the right operand; None for all other ops."""
    if op.kind != "if" or "_bool" not in op.attrs or len(op.results) != 1:
        return None
    test = op.inputs[0]
    for side, other in enumerate(reversed(op.regions)):
        if not other.ops and other.yields[0] is test and not isinstance(test, Constant):
            return side
    return None


def _is_pure(op: Op, uses: dict[Value, int], found: dict[Op, tuple[str, Region]]) -> bool:
    if len(op.results) != 1 or uses.get(op.result) != 1 or op.attrs.get("_named") or op.attrs.get("_tuple"):
        return False
    if op.regions:
        return op in found
    return not (op.kind in WRITES or op.attrs.get("_inplace") or has_effect(op))
