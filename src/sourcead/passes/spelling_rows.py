"""The pass that gives ops other spellings for Numba, row by row of a table (`respell.py`, `products.py`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import errors
from ..ir.core import WRITES_OUTSIDE, Function, Op, Region, Value
from ..ir.types import Array, Type
from .one_type import bind_to_type, hand_over_lists

Row = Callable[[Op, "Pass"], None]
ROWS: dict[str, Row] = {}
#: Numba takes NumPy's names of dtypes alone.
_PLAIN = {int: np.int64, float: np.float64, complex: np.complex128, bool: np.bool_}


class Pass:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.ops: list[Op] = []

    def run(self) -> None:
        self._region(self.function.body)
        bind_to_type(self.function.body)
        hand_over_lists(self.function)

    def _region(self, region: Region) -> None:
        before, self.ops = self.ops, []
        for op in region.ops:
            for r in op.regions:
                self._region(r)
            if op.kind in WRITES_OUTSIDE or op.kind == "outer.snapshot":
                raise errors.Unsupported(
                    "backend='numba' does not write to what lives outside of the function",
                    op.span,
                    reason="Numba takes globals for constants and has no objects",
                    hint="backend='numpy', or return the value",
                    where=self.function.name,
                )
            if op.attrs.get("dtype") in _PLAIN:
                op.attrs = {**op.attrs, "dtype": _PLAIN[op.attrs["dtype"]]}
            row = ROWS.get(op.kind)
            if row is not None and "_text" not in op.attrs:
                row(op, self)
            self.ops.append(op)
        region.ops, self.ops = self.ops, before

    def contiguous(self, v: Value, op: Op) -> Value:
        """v in C order, as a new op before the current one."""
        if isinstance(v.type, Array) and v.type.ndim > 1:
            t = Array(v.type.dtype, v.type.shape, True)
            made = Op("numpy.ascontiguousarray", [v], [t], {}, None, op.span, op.reverse)
            self.ops.append(made)
            return made.result
        return v


def row(*kinds: str) -> Callable[[Row], Row]:
    def enter(f: Row) -> Row:
        for k in kinds:
            ROWS[k] = f
        return f

    return enter


def written(op: Op, made: tuple[str, str], operands: int | None = None) -> None:
    op.attrs["_name"], op.attrs["_text"] = made
    if operands is not None:
        op.inputs = op.inputs[:operands]


def ndim(v: Value) -> int:
    return v.type.ndim if isinstance(v.type, Array) else 0


def dtype(t: Type) -> str:
    return getattr(t, "dtype", "float64")


def axes_of(axis: object, n: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(n))
    return tuple(sorted(a % n for a in (axis if isinstance(axis, tuple | list) else (axis,))))
