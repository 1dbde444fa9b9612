"""What an augmented primal packs keeps its name where the pullback unpacks it.

    def fib_forward(n, x):                      def fib_pullback(residuals, x_bar):
        ...                                         test, x, v = residuals
        return x1, (test, x, v)

The functions are emitted one by one, the augmented primal first; the names are handed over by the function's
name without its ending.  They are hints only, so a pair that does not match does no harm.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Undef, Value
from .fold import Plan

Packed = dict[str, list[str]]
_FORWARD, _PULLBACK = "_forward", "_pullback"


def note(function: Function, plan: Plan, names: dict[Value, str], packed: Packed) -> None:
    """Note the names under which an augmented primal packs its residuals; empty text for what has none."""
    if "residuals" not in function.attrs or not function.results:
        return
    pack = function.results[-1].op
    if pack is not None and pack.kind == "tuple.new":
        items = [
            "" if plan.is_inlined(v) or isinstance(v, Constant | Undef) else names.get(v, "")
            for v in pack.inputs
        ]
        packed[function.name.rpartition(_FORWARD)[0]] = items


def hint(function: Function, packed: Packed) -> None:
    """Name what a pullback unpacks, where it has no name of its own."""
    items = packed.get(function.name.rpartition(_PULLBACK)[0])
    if items is None:
        return
    gets: list[Op] = []
    for op in function.body.ops:
        if op.kind == "tuple.get" and op.inputs[0] is function.params[0] and op.attrs["i"] < len(items):
            gets.append(op)
    own = [op.result.name for op in gets]
    for op in gets:
        name = items[op.attrs["i"]]
        if name and (op.result.name is None or own.count(op.result.name) > 1):
            op.result.name = name
