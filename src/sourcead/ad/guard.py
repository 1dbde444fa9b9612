"""Tangents that may be infinite, multiplied by a zero of the primal, contribute zero.

    (x > 0) * sqrt(x) at x = 0:   y_dot = (x > 0) * r_dot,  r_dot = x_dot / (2 r) = inf,  0 * inf = nan

A tangent is *unbounded* where it comes from a pole (the `safe_` helpers of rules); its products become
`safe_multiply`, whose zero factor wins.  In the reverse sweep the adjoint comes first and is the zero itself,
but for a mask before the pole:

    sqrt(x * (x > 0)) at x = -1:   v_bar = y_bar / (2 y) = inf,  x_bar = v_bar * (x > 0) = inf * 0

There products of unbounded adjoints and masks are guarded; what a mask leaves out has no share.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir.core import Constant, Function, Op, Value
from ..ir.types import Array, List, Scalar

PRODUCTS = ("operator.mul", "numpy.multiply")
POLES = ("sourcead.runtime.safe_divide", "sourcead.runtime.safe_multiply", "sourcead.runtime.safe_power")


def guard_products(function: Function) -> None:
    """Replace products of unbounded tangents and primal values by guarded ones, in place."""

    def derived(op: Op) -> bool:
        return bool(op.attrs.get("_dot"))

    unbounded = _unbounded(function, derived)
    for op in function.walk():
        if op.kind in PRODUCTS and derived(op):
            for d, p in (op.inputs, op.inputs[::-1]):
                primal = not isinstance(p, Constant) and (p.op is None or not derived(p.op))
                if d in unbounded and p not in unbounded and primal:
                    op.kind, op.inputs = "sourcead.runtime.safe_multiply", [p, d]
                    break


def guard_masks(function: Function) -> None:
    """Replace products of unbounded adjoints and masks by guarded ones, in place."""
    unbounded = _unbounded(function, lambda op: op.reverse)
    for op in function.walk():
        if op.kind in PRODUCTS and op.reverse:
            for d, p in (op.inputs, op.inputs[::-1]):
                if d in unbounded and _is_mask(p):
                    op.kind, op.inputs = "sourcead.runtime.safe_multiply", [p, d]
                    break


def _is_mask(v: Value) -> bool:
    if isinstance(v.type, Scalar | Array) and v.type.dtype == "bool":
        return True
    op = v.op
    if op is None or not op.inputs:
        return False
    return op.kind == "numpy.sign" or (op.kind == "operator.sub" and all(_is_mask(x) for x in op.inputs))


def _unbounded(function: Function, derived: Callable[[Op], bool]) -> set[Value]:
    """The values that ops of a derivative make of a pole."""
    unbounded: set[Value] = set()
    while True:
        before = len(unbounded)
        for op in function.walk():
            if op.is_loop:
                for k in range(len(op.results)):
                    s = op.slot(k)
                    if s.next in unbounded or s.init in unbounded:
                        unbounded.update((*s.params, s.result))
            elif op.is_branch:
                for k, r in enumerate(op.results):
                    if any(g.yields[k] in unbounded for g in op.regions):
                        unbounded.add(r)
            elif derived(op) and (op.kind in POLES or any(v in unbounded for v in op.inputs)):
                unbounded.update(r for r in op.results if isinstance(r.type, Scalar | Array | List))
        if len(unbounded) == before:
            return unbounded
