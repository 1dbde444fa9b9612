"""The pass that gives ops other spellings for Numba, row by row of a table (`respell.py`, `products.py`)."""

from __future__ import annotations

from collections.abc import Callable

from .. import errors
from ..ir.core import WRITES_OUTSIDE, Function, Op, Region, Value
from ..ir.types import Array, List, Type

Row = Callable[[Op, "Pass"], None]
ROWS: dict[str, Row] = {}


class Pass:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.ops: list[Op] = []

    def run(self) -> None:
        self._region(self.function.body)
        if self.function.name.endswith("_forward"):
            self._residuals()

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

    def _residuals(self) -> None:
        """Tapes that are handed out become typed lists: Numba gives no list of arrays to Python, and takes no
        empty one from it."""
        body = self.function.body
        count = len(_flat(self.function.attrs.get("returns", ((), ()))[0]))
        for k in range(count, len(body.yields)):
            v = body.yields[k]
            if isinstance(v.type, List):
                text = "def typed(tape):\n    return List(tape)\n"
                made = Op("tape.typed", [v], [v.type], {"_name": "typed", "_text": text})
                body.ops.append(made)
                body.yields[k] = made.result


def _flat(tree: object) -> list[int]:
    """The slots of a structure of results."""
    if isinstance(tree, bool) or tree is None:
        return []
    if isinstance(tree, int):
        return [tree]
    if isinstance(tree, dict):
        return [s for t in tree.values() for s in _flat(t)]
    if isinstance(tree, list | tuple):
        return [s for t in tree for s in _flat(t)]
    return [s for t in getattr(tree, "fields", {}).values() for s in _flat(t)]


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
