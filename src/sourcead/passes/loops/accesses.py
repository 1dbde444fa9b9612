"""The elements that a nest reads and writes.

LLVM runs an innermost loop in vectors if it can show that its arrays do not overlap.  Where they come from
outside it compares their ends when the loop begins: each row that is written with each other row that is
read or written.  It gives up above 128 pairs, and well below that the rows of middling arrays are too short
for the vectors to make up for the comparisons.

    w[i, j] = x[i, j] + x[i - 1, j] + x[i, j + 1]         w[i] with x[i], w[i] with x[i - 1]: 2 pairs
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...analysis.affine import Affine
from ...ir.core import Op, Value, walk
from ...ir.types import Array, Scalar
from .plan import WRITES
from .sizes import Sizes

PAIRS = 64


@dataclass
class Access:
    """One element of an array, known by the state that it had before all nests."""

    root: Value
    index: list[Affine]
    kind: str  # getitem, store, index_add


def accesses_of(nest: Op, root: Callable[[Value], Value], sizes: Sizes) -> list[Access] | None:
    """All reads and writes of elements; None where something else is done with arrays."""
    out = []
    for op in walk(nest.body):
        if op.attrs.get("_nest"):
            continue
        if op.regions:
            return None
        arrays = [v for v in op.inputs if isinstance(v.type, Array)]
        if op.kind in ("builtins.len", "numpy.size") or not arrays:
            continue
        pattern = op.attrs["path"] if op.kind in WRITES else (op.attrs.get("index"),)
        if op.kind not in (*WRITES, "getitem") or len(arrays) > 1 or len(pattern) != 1:
            return None
        index = op.inputs[1:] if op.kind == "getitem" else op.inputs[1:-1]
        n = op.inputs[0].type.ndim  # type: ignore[attr-defined]
        if pattern[0] != ("at",) * n or any(not isinstance(v.type, Scalar) for v in index):
            return None
        out.append(Access(root(op.inputs[0]), [sizes.integer(v) for v in index], op.kind))
    return out


def is_innermost(nest: Op) -> bool:
    return not any(op.attrs.get("_nest") for op in nest.body.ops)


def runs_in_vectors(
    nests: list[Op], root: Callable[[Value], Value], sizes: Sizes, live: Counter[Value]
) -> bool:
    """Whether one loop for the first two nests has few enough rows, or one for more of them would: what they
    make and what is used in them alone will be no array.  `live`: how often values are used."""
    reads: Counter[Value] = Counter()
    accesses: list[Access] = []
    for n, nest in enumerate(nests):
        mine = accesses_of(nest, root, sizes)
        if mine is None or not is_innermost(nest):
            return False
        accesses += mine
        reads.update(v for op in (nest, *walk(nest.body)) for v in op.inputs)
        if n:
            results = [v for x in nests[: n + 1] for v in x.results]
            kept = {root(v) for v in results if live[v] > reads[v]}
            gone = {r for r in map(root, results) if _is_empty(r) and r not in kept}
            if _pairs(x for x in accesses if x.root not in gone) <= PAIRS:
                return True
    return False


def _is_empty(v: Value) -> bool:
    return v.op is not None and v.op.kind == "numpy.empty"


def _pairs(accesses: Iterable[Access]) -> int:
    """How many pairs of rows an innermost loop has to compare."""
    rows: dict[object, bool] = {}
    for x in accesses:
        key = x.root, tuple((frozenset(a.terms), a.constant) for a in x.index[:-1])
        rows[key] = rows.get(key, False) or x.kind != "getitem"
    written = sum(rows.values())
    return written * (written - 1) // 2 + written * (len(rows) - written)
