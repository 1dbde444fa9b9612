"""What is known of the sign of a value: rules ask, so that no guard is written where none is needed."""

from __future__ import annotations

from ..ir.core import Constant, Value
from ..ir.types import Scalar, is_complex


def nonzero(v: Value) -> bool:
    """Whether a value is known not to be zero anywhere."""
    if isinstance(v, Constant):
        return isinstance(v.value, int | float | complex) and v.value != 0
    op = v.op
    if op is None:
        return False
    if op.kind in ("operator.neg", "numpy.negative"):
        return nonzero(op.inputs[0])
    if op.kind == "numpy.full_like":
        return nonzero(op.inputs[1])
    if op.kind in ("operator.mul", "operator.truediv") and all(
        isinstance(i.type, Scalar) and nonzero(i) for i in op.inputs
    ):
        return True
    return positive(v)


def zero(v: Value) -> bool:
    """Whether a value is known to be zero everywhere."""
    if isinstance(v, Constant):
        return isinstance(v.value, int | float | complex) and v.value == 0
    return v.op is not None and v.op.kind == "zeros_like"


def positive(v: Value) -> bool:
    """Whether a value is known to be greater than zero everywhere (rounding to zero aside)."""
    if isinstance(v, Constant):
        return isinstance(v.value, int | float) and v.value > 0
    op = v.op
    if op is None:
        return False
    k = op.kind.rsplit(".", 1)[-1]
    if k in ("exp", "cosh", "exp2"):
        return not is_complex(v.type)
    if k in ("sum", "mean", "max", "min", "sqrt", "float", "getitem"):
        return positive(op.inputs[0])
    if k == "add":
        a, b = op.inputs
        return (positive(a) and nonnegative(b)) or (nonnegative(a) and positive(b))
    if k in ("mul", "multiply", "truediv", "divide"):
        return all(map(positive, op.inputs))
    return False


def nonnegative(v: Value) -> bool:
    op = v.op
    if positive(v):
        return True
    if isinstance(v, Constant):
        return isinstance(v.value, int | float) and v.value >= 0
    if op is None or is_complex(v.type):
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
        return all(map(nonnegative, op.inputs[:2]))
    return False
