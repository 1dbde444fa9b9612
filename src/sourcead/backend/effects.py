"""Which ops must happen, once and in order, and which may raise."""

from __future__ import annotations

from ..ir.core import WRITES_OUTSIDE, Function, Op
from ..rules.registry import BOOK


def has_effect(op: Op) -> bool:
    if op.kind in ("raise", "assert", "python.print", "outer.snapshot") or op.kind in WRITES_OUTSIDE:
        return True  # a snapshot stays where it is
    if op.kind == "call":
        return function_has_effect(op.attrs["function"])
    if any(has_effect(o) for r in op.regions for o in r.ops):
        return True
    return op.kind in BOOK and BOOK[op.kind].effect


def function_has_effect(f: Function) -> bool:
    if "_effect" not in f.attrs:
        f.attrs["_effect"] = False  # a recursive call adds nothing
        f.attrs["_effect"] = any(has_effect(op) for op in f.body.ops)
    return f.attrs["_effect"]


def may_raise(op: Op) -> bool:
    if op.attempted:
        return True
    if op.kind in BOOK:
        return BOOK[op.kind].may_raise
    return op.kind in ("getitem", "call", "solver", "list.pop", "store", "index_add")
