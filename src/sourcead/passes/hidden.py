"""Operands that only a rule reads: a finished derivative does without them.

An operand that a primitive hides (`Primitive.hidden`) says how another operand depends on what is
differentiated.  Once all rules are applied, nothing computes with it, and what was there for it alone is dead:

    y = sparse_product(A, entries, x)     ->     y = sparse_product(A, None, x)         y = A @ x
"""

from __future__ import annotations

from ..ir.core import Constant, Function
from ..rules.registry import BOOK


def drop_hidden(function: Function, seen: set[Function] | None = None) -> Function:
    """Put None in the place of hidden operands, in the functions that are called too; changes in place."""
    seen = set() if seen is None else seen
    if function in seen:
        return function
    seen.add(function)
    for op in function.walk():
        p = BOOK.get(op.kind)
        for k in p.hidden if p is not None else ():
            if k < len(op.inputs):
                op.inputs[k] = Constant(None)
        if op.kind == "call":
            drop_hidden(op.attrs["function"], seen)
    return function
