"""What is known of the sign of a value: rules ask, so that no guard is written where none is needed.

A fact about a value follows from facts about the operands of what made it:

    a = exp(x)      a > 0
    b = x * x       b >= 0
    c = a + b       c > 0      since a > 0 and b >= 0

Facts are found operands first, once for each value, and kept with it: in a long program each value is asked
about again through all that is computed from it.
"""

from __future__ import annotations

from ..ir.core import Constant, Op, Value
from ..ir.types import Scalar, is_complex

NEVER_ZERO, NEVER_NEGATIVE, POSITIVE = 1, 2, 4


def nonzero(v: Value) -> bool:
    """Whether a value is known not to be zero anywhere."""
    return bool(facts(v) & NEVER_ZERO)


def zero(v: Value) -> bool:
    """Whether a value is known to be zero everywhere."""
    if isinstance(v, Constant):
        return isinstance(v.value, int | float | complex) and v.value == 0
    return v.op is not None and v.op.kind == "zeros_like"


def positive(v: Value) -> bool:
    """Whether a value is known to be greater than zero everywhere (rounding to zero aside)."""
    return bool(facts(v) & POSITIVE)


def facts(v: Value) -> int:
    """What is known of a value, as bits."""
    stack = [v]
    while stack:
        w = stack[-1]
        if w.sign is None:
            needed = [i for i in w.op.inputs if i.sign is None] if w.op is not None and follows(w.op) else []
            if needed:
                stack += needed
                continue
            w.sign = _facts(w)
        stack.pop()
    assert v.sign is not None
    return v.sign


#: Results of these follow from their operands.
THROUGH = frozenset(
    "neg negative full_like mul multiply truediv divide sum mean max min sqrt float getitem add log1p".split()
)


def follows(op: Op) -> bool:
    return op.kind.rsplit(".", 1)[-1] in THROUGH


def _facts(v: Value) -> int:
    """What is known of a value, where the same is known of the operands of what made it."""
    if isinstance(v, Constant):
        x = v.value
        if not isinstance(x, int | float | complex):
            return 0
        known = NEVER_ZERO if x != 0 else 0
        if not isinstance(x, complex):
            known |= (POSITIVE if x > 0 else 0) | (NEVER_NEGATIVE if x >= 0 else 0)
        return known
    if v.op is None:
        return 0
    known = POSITIVE | NEVER_NEGATIVE if _is_positive(v, v.op) else 0
    if not known and _is_nonnegative(v, v.op):
        known = NEVER_NEGATIVE
    return known | (NEVER_ZERO if _is_nonzero(v.op, known) else 0)


def _all(op: Op, fact: int) -> bool:
    return all((i.sign or 0) & fact for i in op.inputs[:2])


def _is_nonzero(op: Op, known: int) -> bool:
    if op.kind in ("operator.neg", "numpy.negative"):
        return _all(op, NEVER_ZERO)
    if op.kind == "numpy.full_like":
        return bool((op.inputs[1].sign or 0) & NEVER_ZERO)
    if op.kind in ("operator.mul", "operator.truediv") and _all(op, NEVER_ZERO):
        if all(isinstance(i.type, Scalar) for i in op.inputs):
            return True
    return bool(known & POSITIVE)


def _is_positive(v: Value, op: Op) -> bool:
    k = op.kind.rsplit(".", 1)[-1]
    if k in ("exp", "cosh", "exp2"):
        return not is_complex(v.type)
    if k in ("sum", "mean", "max", "min", "sqrt", "float", "getitem"):
        return bool((op.inputs[0].sign or 0) & POSITIVE)
    if k == "add":
        return _all(op, NEVER_NEGATIVE) and any((i.sign or 0) & POSITIVE for i in op.inputs)
    if k in ("mul", "multiply", "truediv", "divide"):
        return _all(op, POSITIVE)
    return False


def _is_nonnegative(v: Value, op: Op) -> bool:
    if is_complex(v.type):
        return False
    k = op.kind.rsplit(".", 1)[-1]
    if (k in ("mul", "multiply") and op.inputs[0] is op.inputs[1]) or k in (
        "square",
        "absolute",
        "abs",
        "sqrt",
        "len",
    ):
        return True
    if k in ("pow", "power") and isinstance(op.inputs[1], Constant):
        return op.inputs[1].value in (2, 4, 6)
    if k in ("add", "mul", "sum", "mean", "log1p"):
        return _all(op, NEVER_NEGATIVE)
    return False
