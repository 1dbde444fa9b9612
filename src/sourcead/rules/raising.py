"""Which exceptions an op may raise.

Where nothing says less, an op may raise any `Exception`. What no handler can name is left out: memory that
runs out, an interrupt, recursion that goes too deep. So is what depends on settings from outside, such as
`np.seterr(all="raise")`.
"""

from __future__ import annotations

from typing import Any

from numpy.linalg import LinAlgError

from ..ir.core import Constant, Op, Value
from ..ir.types import Array, List, Scalar, Type, dtype_kind, same_dim
from .registry import BOOK

Classes = tuple[type[BaseException], ...]

NEVER = frozenset(
    [
        "zeros_like", "copy", "list.new", "list.append", "list.len", "tuple.new", "tuple.get",
        "python.isinstance", "python.print", "python.format", "builtins.len", "builtins.bool",
        "builtins.abs", "builtins.min", "builtins.max", "builtins.sum", "operator.not_", "operator.is_",
        "operator.is_not", "operator.neg", "operator.pos", "numpy.sum", "numpy.shape", "numpy.ndim",
        "numpy.size", "numpy.ndarray.T", "numpy.transpose", "numpy.copy", "numpy.zeros_like",
        "numpy.ones_like", "numpy.empty_like", "numpy.where", "numpy.cumsum", "numpy.mean",
        "numpy.any", "numpy.all", "numpy.isnan", "numpy.isfinite", "numpy.ravel",
    ]
)  # fmt: skip
TRUTH = frozenset(["builtins.bool", "operator.not_", "builtins.min", "builtins.max"])
ORDERED = frozenset(f"operator.{n}" for n in ("lt", "le", "gt", "ge", "eq", "ne"))
LINES = frozenset(f"operator.{n}" for n in ("add", "sub", "mul"))
DIVIDES = frozenset(f"operator.{n}" for n in ("truediv", "floordiv", "mod"))


def raised_by(op: Op) -> Classes:
    """The exceptions that an op itself may raise, those of its regions left out."""
    kind, inputs = op.kind, op.inputs
    if kind == "raise":
        cls = op.attrs.get("exception")
        return (BaseException,) if cls is None else (cls,)
    if kind == "assert":
        return (AssertionError,)
    if kind == "for":
        step = inputs[2]
        return () if isinstance(step, Constant) and step.value else (ValueError,)
    if kind in ("if", "while"):  # the truth of several numbers
        test = inputs[0] if kind == "if" else op.regions[0].yields[0]
        return (ValueError,) if isinstance(test.type, Array) else ()
    if kind == "list.pop":
        return (IndexError,)
    if kind in ("getitem", "store", "index_add"):
        return _indexed(op)
    if op.regions:
        return ()
    types = [v.type for v in inputs]
    if kind in TRUTH and any(isinstance(t, Array) for t in types):
        return (ValueError,)  # the truth of several numbers
    if kind in NEVER:
        return _mismatch(types)
    p = BOOK.get(kind)
    if kind in ORDERED | LINES | DIVIDES | {"operator.pow"}:
        return _arithmetic(kind, inputs)
    if p is not None and (p.scaled or p.partials or p.constant) and not p.may_raise:
        return _mismatch(types) if kind.startswith("numpy.") else (Exception,)
    if kind.startswith("math."):
        return (ValueError, OverflowError)
    if kind.startswith("numpy.linalg."):
        return (ValueError, LinAlgError)
    if kind in ("builtins.float", "builtins.int"):
        return _converted(types)
    return (Exception,)


def _converted(types: list[Type]) -> Classes:
    t = types[0] if types else None
    if isinstance(t, Scalar) and dtype_kind(t.dtype) in "fb":
        return (ValueError, OverflowError)  # int(nan), int(inf); float() of one raises nothing
    return (ValueError, OverflowError, TypeError)


def _mismatch(types: list[Type]) -> Classes:
    """What operands of several arrays raise where their lengths do not go together."""
    arrays = [t for t in types if isinstance(t, Array) and t.ndim]
    alike = all(
        same_dim(p, q) or p.is_one or q.is_one
        for a in arrays[1:]
        for p, q in zip(arrays[0].shape[::-1], a.shape[::-1])
    )
    return () if alike and not any(isinstance(t, List) for t in types) else (ValueError,)


def _arithmetic(kind: str, inputs: list[Value]) -> Classes:
    types = [v.type for v in inputs]
    if any(isinstance(t, Array) for t in types):
        return _mismatch(types) if kind != "operator.pow" else (ValueError,)
    if not all(isinstance(t, Scalar) for t in types):
        return (Exception,)
    scalars: list[Any] = types
    if any(t.numpy is True for t in scalars):  # NumPy warns
        return (ValueError,) if kind == "operator.pow" else ()
    kinds = {dtype_kind(t.dtype) for t in scalars}
    if kind in ORDERED:
        return ()
    if kind in LINES:  # an integer too large for a float
        return (OverflowError,) if kinds & set("iu") and kinds & set("fc") and not _small(inputs) else ()
    if kind == "operator.pow":
        square = isinstance(inputs[1], Constant) and inputs[1].value in (0, 1)
        return () if square else (ZeroDivisionError, OverflowError, ValueError)
    over: Classes = () if kinds <= set("fc") else (OverflowError,)
    divisor = inputs[1]
    return over if isinstance(divisor, Constant) and divisor.value else (ZeroDivisionError, *over)


def _small(inputs: list[Value]) -> bool:
    """Whether all integers are constants that any float can hold."""
    return all(
        dtype_kind(v.type.dtype) in "fcb"  # type: ignore[attr-defined]
        or (isinstance(v, Constant) and abs(v.value) < 2**53)
        for v in inputs
    )


def _indexed(op: Op) -> Classes:
    path = op.attrs["path"] if "path" in op.attrs else (op.attrs["index"],)
    stored = op.inputs[-1].type if op.kind != "getitem" else None
    operands = [v.type for v in (op.inputs[1:] if op.kind == "getitem" else op.inputs[1:-1])]
    entries = [e for pattern in path for e in pattern]
    whole = all(e == "T" or e is Ellipsis or e is None for e in entries)
    out: Classes = () if whole and not operands else (IndexError,)
    by_number = all(isinstance(t, Scalar) for t in operands) and all(e == "at" for e in entries)
    if stored is not None and not (by_number and isinstance(stored, Scalar)):
        out = (*out, ValueError, TypeError)
    elif not by_number and not whole:  # index arrays that do not go together, a step of zero
        out = (*out, ValueError)
    return out


def matches(raised: Classes, handled: Classes) -> bool:
    """Whether a handler of some classes may catch what an op raises."""
    return any(issubclass(r, h) or issubclass(h, r) for r in raised for h in handled)


def surely(raised: type[BaseException], handled: Classes) -> bool:
    return issubclass(raised, handled)
