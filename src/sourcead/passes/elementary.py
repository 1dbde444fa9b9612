"""Spellings for Numba of elementary functions and maxima of floats: our own (`runtime_elementary.py`), which
vectorise where a call of the C library and a branch do not.
"""

from __future__ import annotations

from ..ir.core import Op, Value
from ..ir.types import Scalar
from .spelling_rows import Pass, row


def _is_float(v: Value) -> bool:
    return isinstance(v.type, Scalar) and v.type.dtype == "float64"


@row(*(f"{m}.{n}" for m in ("numpy", "math") for n in ("exp", "expm1", "log", "log1p", "tanh")))
def _elementary(op: Op, p: Pass) -> None:
    """Of one number: as arithmetic, which vectorises where a call of the C library does not."""
    if len(op.inputs) == 1 and all(_is_float(v) for v in (*op.inputs, op.result)):
        op.kind = "sourcead.runtime." + op.kind.rpartition(".")[2]


@row("numpy.maximum", "numpy.minimum")
def _extremum(op: Op, p: Pass) -> None:
    """Of two numbers: as one instruction, without a branch."""
    if len(op.inputs) == 2 and all(_is_float(v) for v in op.inputs):
        op.kind = "sourcead.runtime." + op.kind.rpartition(".")[2]
