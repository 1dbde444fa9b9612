"""Python numbers and NumPy scalars in derivative code.

While the sweep is built, an adjoint that a loop carries has the kind that it starts with (`0.0`, a Python
float), although what is added to it may be a NumPy scalar.  Here the kinds are found again, as a fixed point
over the finished function:

    x_bar = 0.0            Python
    loop: x_bar = x_bar + A[i] * g       NumPy from the first trip on: either
"""

from __future__ import annotations

from ..ir.core import Function, Op, Value
from ..ir.types import Scalar

ARITHMETIC = (
    "operator.add",
    "operator.sub",
    "operator.mul",
    "operator.truediv",
    "operator.neg",
    "operator.pow",
)


def settle_kinds(function: Function) -> None:
    """Correct the kinds of numbers in derivative code; changes the function in place."""
    ops = list(function.walk())
    changed = True
    while changed:
        changed = False
        for op in ops:
            if op.is_loop:
                for k, result in enumerate(op.results):
                    s = op.slot(k)
                    for v in (*s.params, result):
                        changed |= widen(v, s.init, s.next)
            elif op.is_branch:
                for k, v in enumerate(op.results):
                    changed |= widen(v, *(r.yields[k] for r in op.regions))
            elif op.kind in ARITHMETIC and (op.reverse or op.attrs.get("_dot")):
                changed |= arithmetic(op)


def widen(v: Value, *sources: Value) -> bool:
    """Let a number be of either kind where its sources are."""
    t = v.type
    if not isinstance(t, Scalar) or t.numpy is None:
        return False
    if any(isinstance(s.type, Scalar) and s.type.numpy is not t.numpy for s in sources):
        v.type = Scalar(t.dtype, None)
        return True
    return False


def arithmetic(op: Op) -> bool:
    """A NumPy scalar if an operand is one; either if an operand may be one."""
    t = op.result.type
    kinds = [v.type.numpy for v in op.inputs if isinstance(v.type, Scalar)]
    if not isinstance(t, Scalar) or len(kinds) < len(op.inputs):
        return False
    kind = True if True in kinds else None if None in kinds else False
    if kind is t.numpy or t.numpy is None or (t.numpy and kind is False):
        return False
    op.result.type = Scalar(t.dtype, kind)
    return True
