"""Tangents that may be infinite, multiplied by a zero of the primal, contribute zero.

    (x > 0) * sqrt(x) at x = 0:   y_dot = (x > 0) * r_dot,  r_dot = x_dot / (2 r) = inf,  0 * inf = nan

A tangent is *unbounded* where it comes from a pole (the `safe_` helpers of rules); its products become
`safe_multiply`, whose zero factor wins.  In the reverse sweep the adjoint comes first and is the zero itself,
so nothing is to be done there.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Value
from ..ir.types import Array, List, Scalar

POLES = ("sourcead.runtime.safe_divide", "sourcead.runtime.safe_multiply", "sourcead.runtime.safe_power")


def guard_products(function: Function) -> None:
    """Replace products of unbounded tangents and primal values by guarded ones, in place."""
    unbounded: set[Value] = set()

    def derived(v: Value) -> bool:
        return v.op is not None and bool(v.op.attrs.get("_dot"))

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
            elif op.attrs.get("_dot") and (op.kind in POLES or any(v in unbounded for v in op.inputs)):
                unbounded.update(r for r in op.results if isinstance(r.type, Scalar | Array | List))
        if len(unbounded) == before:
            break
    for op in function.walk():
        if op.kind in ("operator.mul", "numpy.multiply") and op.attrs.get("_dot"):
            for d, p in (op.inputs, op.inputs[::-1]):
                if d in unbounded and p not in unbounded and not isinstance(p, Constant) and not derived(p):
                    op.kind, op.inputs = "sourcead.runtime.safe_multiply", [p, d]
                    break
