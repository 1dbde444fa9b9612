"""Operands that only a rule reads: a finished derivative does without them.

An operand that a primitive hides (`Primitive.hidden`) says how another operand depends on what is
differentiated.  Once all rules are applied, nothing computes with it, and what was there for it alone goes,
also where it might have raised:

    y = sparse_product(A, entries, x)     ->     y = sparse_product(A, None, x)         y = A @ x
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Region, Value
from ..rules.registry import BOOK

PURE = ("getitem", "store", "index_add", "tuple.new", "tuple.get", "list.new", "copy", "zeros_like")


def drop_hidden(function: Function, seen: set[Function] | None = None) -> Function:
    """Put None in the place of hidden operands, in the functions that are called too; changes in place."""
    seen = set() if seen is None else seen
    seen.add(function)
    uses: dict[Value, int] = {}
    home: dict[Value, Region] = {}

    def count(region: Region) -> None:
        for op in region.ops:
            for v in op.inputs:
                uses[v] = uses.get(v, 0) + 1
            for r in op.regions:
                count(r)
            home.update(dict.fromkeys(op.results, region))
        for v in region.yields:
            uses[v] = uses.get(v, 0) + 1

    count(function.body)
    work: list[Value] = []
    for op in list(function.walk()):
        p = BOOK.get(op.kind)
        for k in p.hidden if p is not None else ():
            if k < len(op.inputs) and not isinstance(op.inputs[k], Constant):
                work.append(op.inputs[k])
                op.inputs[k] = Constant(None)
        if op.kind == "call" and op.attrs["function"] not in seen:
            drop_hidden(op.attrs["function"], seen)
    while work:
        v = work.pop()
        uses[v] -= 1
        op = v.op
        if op is None or not (op.kind in PURE or (op.kind in BOOK and not BOOK[op.kind].effect)):
            continue  # what is left over is found dead later
        if v in home and not any(uses.get(r) for r in op.results):
            home[v].ops.remove(op)
            for r in op.results:
                del home[r]
            work += [i for i in op.inputs if not isinstance(i, Constant)]
    return function
