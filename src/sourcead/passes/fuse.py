"""Two `if`s on one condition that stand one after the other become one.

    v = if c { x[0] } else { y[0] }          v, w = if c { x[0], x[1] } else { y[0], y[1] }
    w = if c { x[1] } else { y[1] }

The accesses to a reference that is chosen at run time are such `if`s (`frontend/references.py`), and so are
their adjoints.  What the user wrote as two statements stays two.
"""

from __future__ import annotations

from ..ir.core import Function, Op, Region
from ..ir.rewrite import substitute


def fuse(function: Function) -> bool:
    """Fuse what can be fused, in place; whether anything was."""
    return _region(function.body)


def _region(region: Region) -> bool:
    changed = False
    out: list[Op] = []
    for op in region.ops:
        first = out[-1] if out else None
        if first is not None and _fits(first, op):
            _append(first, op)
            changed = True
        else:
            out.append(op)
    region.ops = out
    for op in out:
        for r in op.regions:
            changed |= _region(r)
    return changed


def _fits(a: Op, b: Op) -> bool:
    if a.kind != "if" or b.kind != "if" or a.inputs[0] is not b.inputs[0] or a.reverse != b.reverse:
        return False
    return a.reverse or bool(a.attrs.get("_choice") and b.attrs.get("_choice"))


def _append(first: Op, second: Op) -> None:
    for mine, its in zip(first.regions, second.regions):
        substitute(its, dict(zip(first.results, mine.yields)))
        mine.ops += its.ops
        mine.yields += its.yields
    for v in second.results:
        v.op = first
        first.results.append(v)
