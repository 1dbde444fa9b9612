"""Array statements become loops, for a backend that compiles them.

Under Numba a slice is slower than a loop over it, and every operation on arrays makes one more array.  This pass
writes out what NumPy does, one nest of loops for each statement:

    B[1:-1] = 0.5 * (A[:-2] + A[2:])          for i in range(1, len(B) - 1):
                                                  B[i] = 0.5 * (A[i - 1] + A[i + 1])

    sizes.py      how long axes are
    views.py      where an element of a view stands
    elements.py   one element of a value as a scalar expression
    plan.py       which values never become arrays
    order.py      whether a nest may read what it writes
    nests.py      loops in IR
    lower.py      writes, sums and products as nests

The IR is functional, so a nest is right whatever it reads; the backend puts a copy in where an overwritten state
is still read.  What is not known here stays an array statement.  Sums add up in another order than NumPy's.
"""

from __future__ import annotations

from ...ir.core import Function, Op, Value
from ...ir.rewrite import substitute
from ..cse import cse
from ..dce import dce
from .hoist import hoist
from .lower import Lowering
from .plan import UNBROADCAST, Plan
from .sizes import Sizes


def array_loops(function: Function) -> Function:
    """Lower the array statements of a function to loops, in place; returns it."""
    _same_shapes(function)
    Lowering(function).run()
    dce(function)
    cse(function)
    hoist(function)
    cse(function)
    dce(function)
    return function


def _same_shapes(function: Function) -> None:
    """An adjoint that has its operand's shape already is itself."""
    plan = Plan(function, Sizes(function))
    env: dict[Value, Value] = {}
    for op in function.walk():
        if op.kind == UNBROADCAST and plan.summed_axes(op) == () and op.result.type.ndim == op.inputs[0].type.ndim:  # type: ignore[attr-defined]
            env[op.result] = op.inputs[0]
    if env:
        substitute(function.body, env)


__all__ = ["Op", "array_loops"]
