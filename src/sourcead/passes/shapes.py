"""Shapes do not change when contents do: what asks only for the shape of a state asks the first state of that memory.

    A1 = store(A0, i, v);  n = len(A1)      ->      n = len(A0)

So lengths in inner loops become invariants of the outermost, and the reverse sweep need not keep a state for its shape: it asks
the last state of that memory, which is still there.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Value
from ..ir.types import Array, same_type

SHAPE_ONLY = {"zeros_like", "builtins.len", "numpy.size", "numpy.zeros_like", "numpy.ones_like", "numpy.empty_like"}


def shape_roots(function: Function) -> bool:
    """Redirect shape-only operands; changes the function in place; whether anything changed."""
    slots: dict[Value, tuple[Op, int]] = {}
    changed = False

    def scan(region: Region) -> None:
        for op in region.ops:
            if op.is_loop:
                for r in op.regions:
                    for k, p in enumerate(r.params[op.own_params :]):
                        slots[p] = (op, k)
                for k, v in enumerate(op.results):
                    slots[v] = (op, k)
            for r in op.regions:
                scan(r)

    def root(v: Value) -> Value:
        while isinstance(v.type, Array):
            if v in slots:
                op, k = slots[v]
                w = op.inputs[op.fixed + k]
            elif v.op is not None and v.op.kind in ("store", "index_add", "zeros_like", "numpy.zeros_like", "numpy.full_like"):
                w = v.op.inputs[0]
            else:
                break
            if isinstance(w, Constant) or not isinstance(w.type, Array) or not same_type(v.type, w.type):
                break
            v = w
        return v

    later: dict[Value, Value] = {}  # states at function level that a forward op overwrites -> the state after it
    for op in function.body.ops:
        if op.reverse:
            continue
        if op.kind in ("store", "index_add"):
            later[op.inputs[0]] = op.result
        elif op.is_loop:
            for k, v in enumerate(op.results):
                if isinstance(v.type, Array) and same_type(op.inputs[op.fixed + k].type, v.type):
                    later[op.inputs[op.fixed + k]] = v
    top = {*function.params, *(v for op in function.body.ops for v in op.results)}

    def visit(region: Region) -> None:
        nonlocal changed
        for op in region.ops:
            if op.kind in SHAPE_ONLY or op.kind == "numpy.full_like":
                r = op.inputs[0] if op.inputs[0] in top else root(op.inputs[0])
                while op.reverse and r in later:
                    r = later[r]
                if r is not op.inputs[0] and same_type(r.type, op.inputs[0].type):
                    op.inputs[0] = r
                    changed = True
            for g in op.regions:
                visit(g)

    scan(function.body)
    visit(function.body)
    return changed
