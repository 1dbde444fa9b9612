"""An adjoint that is taken out of its place, where zero is left, and put back.

    v = y_bar[p]; y_bar[p] = 0; ... y_bar[p] += v             y_bar stays as it is
    v = y_bar[p]; y_bar[p] = 0; y_bar[p] += f(v)              y_bar[p] = f(v)

The first also where something is added to the array in between: sums do not mind the order.  `p` are integers
and slices, so no place comes up twice.  Nobody else may read the states in between.
"""

from __future__ import annotations

from ...ir.core import Constant, Function, Op, Region, Value, is_const, is_derived
from ...ir.rewrite import substitute
from ...ir.types import Array, Scalar
from .sizes import Sizes, same
from .views import is_basic

_WHOLE = ("slice", False, False, False)
_BACKWARD = ("slice", False, False, True)


def put_back(function: Function) -> bool:
    """Leave such adjoints where they are, in place; whether anything changed."""
    uses: dict[Value, int] = {}
    for op in function.walk():
        for v in (*op.inputs, *(v for r in op.regions for v in r.yields)):
            uses[v] = uses.get(v, 0) + 1
    for v in function.results:
        uses[v] = uses.get(v, 0) + 1
    env: dict[Value, Value] = {}

    def region(r: Region) -> None:
        for op in r.ops:
            for g in op.regions:
                region(g)
            if op.kind == "index_add" and is_derived(op):
                _add(op, uses, env)

    region(function.body)
    if env:
        substitute(function.body, env)
    return bool(env)


def _add(op: Op, uses: dict[Value, int], env: dict[Value, Value]) -> None:
    """One addition: whether it puts something back, or finds zeros."""
    chain = []
    v = op.inputs[0]
    while v.op is not None and uses.get(v) == 1 and v.op.kind == "index_add":
        chain.append(v.op)
        v = v.op.inputs[0]
    zero = v.op
    if zero is None or uses.get(v) != 1 or zero.kind != "store" or not is_const(zero.inputs[-1], 0):
        return
    if zero in env or not _same_place(zero, op) or not isinstance(zero.inputs[0].type, Array):
        return
    before, term = zero.inputs[0], op.inputs[-1]
    if _is_taken(term, before, op):
        if chain:
            chain[-1].inputs[0] = before
        env[op.result] = chain[0].result if chain else before
    elif not chain and _same_kind(term, before):
        op.kind = "store"
        op.attrs = {k: a for k, a in op.attrs.items() if k != "_unique"}
        op.inputs[0] = before
    else:
        return
    uses[v] = 0


def _same_place(a: Op, b: Op) -> bool:
    if a.attrs["path"] != b.attrs["path"] or not is_basic(a.inputs[1:-1]):
        return False
    return all(map(_same, a.inputs[1:-1], b.inputs[1:-1]))


def _same(v: Value, w: Value) -> bool:
    return v is w or (isinstance(v, Constant) and is_const(w, v.value))


def _is_taken(v: Value, array: Value, op: Op) -> bool:
    """Whether v is what stands in the array at the place that the op adds to."""
    read = v.op
    if read is None or read.kind != "getitem" or read.inputs[0] is not array:
        return False
    if (read.attrs.get("index"),) != op.attrs["path"]:
        return False
    return all(map(_same, read.inputs[1:], op.inputs[1:-1])) and len(read.inputs) == len(op.inputs) - 1


def _same_kind(v: Value, array: Value) -> bool:
    t, u = v.type, array.type
    return isinstance(t, Array | Scalar) and isinstance(u, Array) and t.dtype == u.dtype


def turned(op: Op, sizes: Sizes) -> Op | None:
    """For an addition that fills all of an array of zeros through a view that turns its axes round:

        v = zeros_like(x); v[::-1] += g        ->        v = g[::-1]

    The view of the term, else None.
    """
    if op.kind != "index_add" or not is_derived(op) or len(op.attrs["path"]) != 1:
        return None
    zero, *steps, term = op.inputs
    t = zero.type
    if zero.op is None or zero.op.kind != "zeros_like" or not isinstance(t, Array):
        return None
    if not isinstance(term.type, Array) or term.type.ndim != t.ndim or term.type.dtype != t.dtype:
        return None
    (pattern,) = op.attrs["path"]
    lengths = sizes.shape(zero)
    if pattern == ("T",):
        kind, attrs = "numpy.ndarray.T", {}
        lengths = lengths[::-1]
    else:
        if any(e not in (_WHOLE, _BACKWARD) for e in pattern) or not all(is_const(v, -1) for v in steps):
            return None
        kind, attrs = "getitem", {"index": pattern}
    if not all(map(same, lengths, sizes.shape(term))):
        return None
    attrs["_dot"] = True
    return Op(kind, [term, *steps], [op.result.type], attrs, None, op.span, op.reverse)
