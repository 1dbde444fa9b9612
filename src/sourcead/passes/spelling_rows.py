"""The pass that gives ops other spellings for Numba, row by row of a table (`respell.py`, `products.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from .. import errors
from ..ir.core import WRITES_OUTSIDE, Function, Op, Region, Value, callees, walk
from ..ir.types import Array, Type
from .one_type import bind_to_type, hand_over_lists, type_empty_lists

Row = Callable[[Op, "Pass"], None]
ROWS: dict[str, Row] = {}
_PART = re.compile(r"_(value_and_grad|grad|jvp|forward|pullback)\d*$")
#: Numba takes NumPy's names of dtypes alone.
_PLAIN = {int: np.int64, float: np.float64, complex: np.complex128, bool: np.bool_}


class Pass:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.ops: list[Op] = []

    @property
    def where(self) -> str:
        """The user's function."""
        return _PART.sub("", self.function.name)

    def run(self) -> None:
        self._region(self.function.body)
        bind_to_type(self.function)
        type_empty_lists(self.function)
        hand_over_lists(self.function)

    def _region(self, region: Region) -> None:
        before, self.ops = self.ops, []
        for op in region.ops:
            for r in op.regions:
                self._region(r)
            if op.kind in WRITES_OUTSIDE or op.kind == "outer.snapshot":
                raise errors.NotJitted(
                    "backend='numba' does not write to what lives outside of the function",
                    op.span,
                    reason="Numba takes globals for constants and has no objects",
                    hint="backend='numpy', or return the value",
                    where=self.where,
                )
            if op.kind == "try":
                self._caught(op)
            if op.kind == "call" and "residuals" in op.attrs["function"].attrs and _recursive(op):
                raise errors.NotJitted(
                    "backend='numba' has no reverse mode over a function that calls itself",
                    op.span,
                    reason="its residuals hold those of its own calls, and Numba needs one type for them",
                    hint="take forward mode (jvp), a loop, or backend='numpy'",
                    where=self.where,
                )
            if op.attrs.get("dtype") in _PLAIN:
                op.attrs = {**op.attrs, "dtype": _PLAIN[op.attrs["dtype"]]}
            row = ROWS.get(op.kind)
            if row is not None and "_text" not in op.attrs:
                row(op, self)
            self.ops.append(op)
        region.ops, self.ops = self.ops, before

    def _caught(self, op: Op) -> None:
        """Numba catches every exception or none, and of those that a program may be waiting for it raises
        some only: not those of divisions and overflow."""
        divisions = ("truediv", "floordiv", "mod", "pow")
        silent = any(o.attempted and o.kind.rpartition(".")[2] in divisions for o in walk(op.regions[0]))
        if silent or any(c is not Exception for c in op.attrs["classes"]):
            raise errors.NotJitted(
                "backend='numba' does not catch this exception",
                next((o.span for o in walk(op.regions[0]) if o.span is not None), op.span),
                reason=(
                    "Numba raises none of division" if silent else "Numba does not tell exceptions by class"
                ),
                hint="ask with `if` before, or take backend='numpy'",
                where=self.where,
            )
        self.function.attrs["catches"] = True

    def new(
        self, kind: str, inputs: list[Value], t: Type, before: Op, attrs: dict[str, object] | None = None
    ) -> Value:
        """The result of a new op before the current one."""
        self.ops.append(Op(kind, inputs, [t], attrs or {}, None, before.span, before.reverse))
        return self.ops[-1].result

    def contiguous(self, v: Value, op: Op) -> Value:
        """v in C order."""
        if isinstance(v.type, Array) and v.type.ndim > 1:
            t = Array(v.type.dtype, v.type.shape, True)
            return self.new("numpy.ascontiguousarray", [v], t, op)
        return v


def _recursive(call: Op) -> bool:
    """Whether a function that is called calls itself in the end."""
    first = call.attrs["function"]
    seen: set[Function] = set()
    work = [first]
    while work:
        for op in work.pop().walk():
            for f in callees(op):
                if f is first:
                    return True
                if f not in seen:
                    seen.add(f)
                    work.append(f)
    return False


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
