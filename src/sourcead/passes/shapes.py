"""Shapes do not change when contents do: what asks only for the shape of a state asks the first state of that
memory.

    A1 = store(A0, i, v);  n = len(A1)      ->      n = len(A0)

So lengths in inner loops become invariants of the outermost, and the reverse sweep need not keep a state for
its shape: it asks the last state of that memory, which is still there.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Value
from ..ir.rewrite import count_uses
from ..ir.types import Array, Scalar, Symbol, same_type
from ..rules.registry import BOOK

SHAPE_ONLY = {
    "zeros_like",
    "builtins.len",
    "numpy.size",
    "numpy.zeros_like",
    "numpy.ones_like",
    "numpy.empty_like",
}


def shape_operand(op: Op) -> int | None:
    """Which operand an op asks for its shape alone."""
    if op.kind in SHAPE_ONLY:
        return 0
    return 1 if op.kind == "sourcead.runtime.unbroadcast" else None


def swapped(op: Op, k: int) -> bool:
    """Whether a loop hands the memory of a carried slot on in another one."""
    params = {p for r in op.regions for p in r.params[op.own_params :]}
    own, work = op.slot(k).params[-1], [op.slot(k).next]
    while work:
        v = work.pop()
        if v in params:
            if v is not own:
                return True
        elif v.op is not None and v.op.inputs and isinstance(v.type, Array):
            if v.op.is_branch:
                work += [r.yields[v.op.results.index(v)] for r in v.op.regions]
            elif v.op.is_loop:
                work.append(v.op.inputs[v.op.fixed + v.op.results.index(v)])
            elif v.op.kind in ("store", "index_add"):
                work.append(v.op.inputs[0])
    return False


LOOKED_AT = SHAPE_ONLY | {"numpy.full_like", "sourcead.runtime.unbroadcast"}


def shape_roots(function: Function) -> bool:
    """Redirect shape-only operands; changes the function in place; whether anything changed."""
    if not any(op.kind in LOOKED_AT for op in function.walk()):
        return False
    slots: dict[Value, tuple[Op, int]] = {}
    changed = False

    def scan(region: Region) -> None:
        for op in region.ops:
            if not op.regions:
                continue
            if op.is_loop:
                for r in op.regions:
                    for k, p in enumerate(r.params[op.own_params :]):
                        slots[p] = (op, k)
                for k, v in enumerate(op.results):
                    slots[v] = (op, k)
            for r in op.regions:
                scan(r)

    def root(v: Value) -> Value:
        while isinstance(v.type, Array):
            if v in slots:
                op, k = slots[v]
                if swapped(op, k):
                    break
                w = op.inputs[op.fixed + k]
            elif v.op is not None and v.op.kind in (
                "store",
                "index_add",
                "zeros_like",
                "numpy.zeros_like",
                "numpy.full_like",
            ):
                w = v.op.inputs[0]
            else:
                break
            if isinstance(w, Constant) or not isinstance(w.type, Array) or not same_type(v.type, w.type):
                break
            v = w
        return v

    later: dict[Value, Value] = (
        {}
    )  # states at function level that a forward op overwrites -> the state after it
    for op in function.body.ops:
        if op.reverse:
            continue
        if op.kind in ("store", "index_add"):
            later[op.inputs[0]] = op.result
        elif op.is_loop:
            for k, v in enumerate(op.results):
                if isinstance(v.type, Array) and same_type(op.inputs[op.fixed + k].type, v.type):
                    later[op.inputs[op.fixed + k]] = v
    top = {*function.params, *(v for op in function.body.ops for v in op.results)}

    wanted = set(function.results)  # what the reverse sweep and the results read
    for op in function.walk():
        if op.reverse and op.kind not in SHAPE_ONLY:
            wanted.update(op.inputs)
    axes: dict[Symbol, Value] = {}
    unbound = function.attrs.get("unbound", ())  # parameters that may be None
    for k, p in enumerate(function.params):
        d = p.type.shape[0] if isinstance(p.type, Array) and p.type.shape else None
        if k not in unbound and d is not None and d.symbol is not None and d.offset == 0:
            axes.setdefault(d.symbol.find(), p)

    data_uses = count_uses(function.body)  # beside those for a shape
    for op in function.walk():
        if (op.kind in SHAPE_ONLY or op.kind == "numpy.full_like") and op.inputs:
            data_uses[op.inputs[0]] -= 1

    def lighter(v: Value) -> Value:
        """A value of the same shape and dtype that is there anyway, where v is asked for nothing but its
        shape."""
        while not data_uses.get(v) and v.op is not None and not v.op.regions and v.op.kind in BOOK:
            w = next(
                (u for u in v.op.inputs if isinstance(u.type, Array) and same_type(u.type, v.type)), None
            )
            if w is None:
                break
            v = w
        return v

    def standing(v: Value, op: Op) -> tuple[Value, list[Op]]:
        """What has the shape of a value of a loop and is there in the reverse sweep anyway: the end of the
        memory that the value was computed from, or the same view of it.  Else the value itself would be kept
        for its shape: `B[1:-1] = 0.2 * (A[1:-1] + A[:-2])` in a loop."""
        w = v
        while w.op is not None and not w.op.reverse and not w.op.regions and w.op.kind in BOOK:
            alike = [u for u in w.op.inputs if isinstance(u.type, Array) and same_type(u.type, v.type)]
            if not alike:
                break
            w = alike[0]
        view = w.op if w.op is not None and w.op.kind == "getitem" and not w.op.reverse else None
        if view is not None and any(not isinstance(u.type, Scalar) for u in view.inputs[1:]):
            return v, []
        base = w if view is None else view.inputs[0]
        if not isinstance(base.type, Array):
            return v, []
        last = root(base)
        while last in later:
            last = later[last]
        if last not in top or not same_type(last.type, base.type) or (view is None and last is v):
            return v, []
        if view is None:
            return last, []
        attrs = {k: x for k, x in op.attrs.items() if k in ("_dot", "_of")}
        new = Op("getitem", [last, *view.inputs[1:]], [w.type], {**view.attrs, **attrs}, None, op.span, True)
        return new.result, [new]

    def by_length(op: Op) -> bool:
        """`len` of what has the length of an argument asks the argument."""
        v = op.inputs[0]
        t = v.type
        whole = op.kind == "builtins.len" or (op.kind == "numpy.size" and op.attrs.get("axis") is None)
        if not (op.reverse and whole and isinstance(t, Array) and t.ndim == 1 and not data_uses.get(v)):
            return False
        d = t.shape[0]
        if d.symbol is None or d.offset or d.symbol.find() not in axes or axes[d.symbol.find()] is v:
            return False
        op.kind, op.inputs, op.attrs = "builtins.len", [axes[d.symbol.find()]], {"_dot": True}
        return True

    def visit(region: Region) -> None:
        nonlocal changed
        ops: list[Op] = []
        for op in region.ops:
            if op.kind not in LOOKED_AT:
                ops.append(op)
                for g in op.regions:
                    visit(g)
                continue
            n = shape_operand(op)
            like = None if n is None or not op.reverse else op.inputs[n]
            if like is not None and like.op is not None and like not in top and not like.op.reverse:
                new, made = standing(like, op)
                if new is not like:
                    ops += made
                    op.inputs[n] = new  # type: ignore[index]
                    changed = True
            ops.append(op)
            if op.kind in SHAPE_ONLY or op.kind == "numpy.full_like":
                r = op.inputs[0] if op.inputs[0] in top and not op.reverse else root(op.inputs[0])
                last = r
                while op.reverse and last in later:
                    last = later[last]
                if last in wanted:  # else the forward sweep would run for its shape alone
                    r = last
                r = lighter(r)
                if r is not op.inputs[0] and same_type(r.type, op.inputs[0].type):
                    op.inputs[0] = r
                    changed = True
            if op.kind in ("builtins.len", "numpy.size"):
                changed |= by_length(op)
        region.ops = ops

    scan(function.body)
    visit(function.body)
    return changed
