"""Which primitives work element by element and have a scalar form that every backend takes."""

from __future__ import annotations

from ...ir.core import Constant, Op
from ...ir.types import Array, Scalar, dtype_kind

ARITHMETIC = frozenset(
    f"operator.{k}" for k in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "pos")
) | frozenset(
    f"numpy.{k}"
    for k in ("add", "subtract", "multiply", "divide", "power", "negative", "positive", "floor_divide",
              "remainder")
)  # fmt: skip
LOGIC = frozenset(f"operator.{k}" for k in ("and_", "or_", "xor", "invert"))
COMPARE = frozenset(f"operator.{k}" for k in ("lt", "le", "gt", "ge", "eq", "ne")) | frozenset(
    f"numpy.{k}" for k in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
)
FUNCTIONS = frozenset(
    f"numpy.{k}"
    for k in (
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "square", "cbrt", "reciprocal", "sin",
        "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
        "deg2rad", "rad2deg", "fabs", "sign", "floor", "ceil", "rint", "trunc", "isnan", "isinf", "isfinite",
        "signbit", "logical_not", "logical_and", "logical_or", "logical_xor", "arctan2", "hypot", "logaddexp",
        "logaddexp2", "copysign", "fmod", "maximum", "minimum", "fmax", "fmin", "absolute", "conjugate",
    )
) | frozenset(f"sourcead.runtime.safe_{k}" for k in ("divide", "multiply", "power", "log", "subtract"))  # fmt: skip
WHERE = "numpy.where"
ELEMENTWISE = ARITHMETIC | LOGIC | COMPARE | FUNCTIONS | {WHERE}
#: Dtypes that Numba's scalars compute in as NumPy's arrays do; smaller integers wrap around in arrays alone.
DTYPES = frozenset(["bool", "int64", "float32", "float64", "complex64", "complex128"])
#: So cheap that they may be computed twice.
CHEAP = frozenset(f"operator.{k}" for k in ("add", "sub", "mul", "neg", "pos"))


def is_elementwise(op: Op) -> bool:
    """Whether the result is an array made element by element in a dtype that is safe as a scalar."""
    if op.kind not in ELEMENTWISE or len(op.results) != 1:
        return False
    t = op.result.type
    if not isinstance(t, Array) or not t.ndim or t.loose or t.dtype not in DTYPES:
        return False
    for v in op.inputs:
        u = v.type
        if isinstance(u, Array):
            if u.loose or u.dtype not in DTYPES or isinstance(v, Constant):
                return False
        elif not isinstance(u, Scalar) or u.dtype not in DTYPES:
            return False
    if any(k[0] != "_" for k in op.attrs):
        return False
    if op.kind in ARITHMETIC and all(v.type.dtype == "bool" for v in op.inputs):  # type: ignore[attr-defined]
        return False
    return not (op.kind == "operator.invert" and dtype_kind(t.dtype) != "b")
