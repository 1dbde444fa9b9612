"""Dead code: what reaches neither a result nor an effect goes.

Marks from the roots (results, effects) backward through definitions; a carried slot that is marked marks its
initial value and what the body yields for it, so loops need no iteration:

    result_k -> slot k <- param_k        slot k -> init_k, next_k
"""

from __future__ import annotations

from ..ir.core import WRITES_OUTSIDE, Constant, Function, Op, Region, Undef, Value
from ..ir.types import Array, Scalar
from ..rules.registry import BOOK

EFFECTS = {"raise", "assert", "python.print", *WRITES_OUTSIDE}


def has_effect(op: Op, keep_raisers: bool = False) -> bool:
    """Whether an op must stay although nobody uses its results."""
    if op.kind in EFFECTS:
        return True
    p = BOOK.get(op.kind)
    if p is not None and p.effect:
        return True
    if "_attempted" in op.attrs and op.attempted:
        return True
    if keep_raisers and not op.reverse and not any(op.attrs.get(k) for k in ("_retrieved", "_twin", "_dot")):
        if (
            p is not None
            and op.kind.startswith("operator.")
            and any(
                isinstance(v.type, Array) or (isinstance(v.type, Scalar) and v.type.numpy) for v in op.inputs
            )
        ):
            return False  # NumPy's arithmetic warns where Python's raises
        return p.may_raise if p is not None else op.kind in ("getitem", "store", "list.pop", "call", "solver")
    return False


def is_quiet(kind: str) -> bool:
    """Whether no op of a kind must stay for its effect, but where a handler may catch what it raises."""
    return kind not in EFFECTS and not (kind in BOOK and BOOK[kind].effect)


def dce(function: Function) -> bool:
    """Remove dead ops and dead slots in place; whether anything went."""
    keep_raisers = bool(function.attrs.get("keep_raisers"))
    marked: set[Value] = set()
    live_ops: set[Op] = set()
    slot_of: dict[Value, tuple[Op, int]] = {}
    parent: dict[Op, Op | None] = {}
    work: list[Value] = []

    def keep(op: Op | None) -> None:
        """Mark an op: what it needs whichever of its results is used."""
        while op is not None and op not in live_ops:
            live_ops.add(op)
            if op.regions:
                work.extend(op.inputs[: op.fixed])
                if op.is_loop:
                    work.extend(op.body.yields[: op.own_yields])
                    if op.kind == "while":
                        work.extend(op.regions[0].yields)
            else:
                work.extend(op.inputs)
            op = parent[op]

    def slot(op: Op, k: int) -> None:
        keep(op)
        if op.is_branch:
            work.extend(r.yields[k] for r in op.regions)
        else:
            work.extend((op.inputs[op.fixed + k], op.body.yields[op.own_yields + k], op.results[k]))

    _scan(function.body, None, parent, slot_of)
    work.extend(function.results)
    quiet: dict[str, bool] = {}  # kinds whose ops are never kept for an effect
    for op in parent:
        kind = op.kind
        if kind not in quiet:
            quiet[kind] = is_quiet(kind)
        if (keep_raisers or not quiet[kind] or "_attempted" in op.attrs) and has_effect(op, keep_raisers):
            keep(op)
    while work:
        v = work.pop()
        if v in marked or v.__class__ is Constant or v.__class__ is Undef:
            continue
        marked.add(v)
        maker = v.op
        if maker is None:
            if v in slot_of:
                slot(*slot_of[v])
        elif maker.regions:
            slot(maker, maker.results.index(v))
        elif maker not in live_ops:
            keep(maker)
    return sweep(function.body, live_ops, marked)


def _scan(
    region: Region, owner: Op | None, parent: dict[Op, Op | None], slot_of: dict[Value, tuple[Op, int]]
) -> None:
    for op in region.ops:
        parent[op] = owner
        if not op.regions:
            continue
        if op.is_loop:
            for r in op.regions:
                for k, p in enumerate(r.params[op.own_params :]):
                    slot_of[p] = (op, k)
        for r in op.regions:
            _scan(r, op, parent, slot_of)


def sweep(region: Region, live_ops: set[Op], marked: set[Value]) -> bool:
    changed = False
    kept = [op for op in region.ops if op in live_ops]
    changed |= len(kept) < len(region.ops)
    region.ops = kept
    for op in kept:
        if op.regions:
            stays = [r in marked for r in op.results]
            if not all(stays):
                changed = True
                drop_slots(op, stays)
            for r in op.regions:
                changed |= sweep(r, live_ops, marked)
    return changed


def drop_slots(op: Op, stays: list[bool]) -> None:
    """Keep only some of the results (and carried slots) of a region op."""
    if op.is_loop:
        op.inputs = op.inputs[: op.fixed] + [v for v, s in zip(op.inputs[op.fixed :], stays) if s]
        n = op.own_params
        for r in op.regions:
            r.params = r.params[:n] + [p for p, s in zip(r.params[n:], stays) if s]
        y = op.own_yields
        op.body.yields = op.body.yields[:y] + [v for v, s in zip(op.body.yields[y:], stays) if s]
    else:
        for r in op.regions:
            r.yields = [v for v, s in zip(r.yields, stays) if s]
    op.results = [v for v, s in zip(op.results, stays) if s]
