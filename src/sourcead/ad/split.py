"""From the joint function to two: the augmented primal and the pullback.

joint:      forward ops; reverse ops                     f(x, y_bar) -> y, x_bar
augmented:  forward ops, then what the reverse ops read   f(x) -> y, residuals
pullback:   reverse ops on residuals                     f(residuals, y_bar) -> x_bar
"""

from __future__ import annotations

import keyword

from ..ir.core import WRITES_OUTSIDE, Constant, Function, Op, Region, Undef, Value
from ..ir.rewrite import clone_op, substitute
from ..ir.types import Array, List, Tuple
from ..rules.registry import BOOK


def uses(region: Region) -> list[Value]:
    """All values that a region reads, in order, once each."""
    out: dict[Value, None] = {}
    stack = [region]
    while stack:
        r = stack.pop()
        for op in r.ops:
            out.update(dict.fromkeys(op.inputs))
            stack.extend(op.regions)
        out.update(dict.fromkeys(r.yields))
    return list(out)


def split(joint: Function, as_tuple: Tuple | None = None, own: bool = False) -> tuple[Function, Function]:
    """Split a joint function whose seeds are its last parameters.

    as_tuple: pack the residuals into one tuple of this type.  own: copy residual arrays that belong to the
    caller, so that the pullback does not see what the caller does to them later.
    """
    n, m = joint.attrs["primal_results"], joint.attrs["seed_params"]
    params, seeds = joint.params[: len(joint.params) - m], joint.params[len(joint.params) - m :]
    forward = [op for op in joint.body.ops if not op.reverse]
    reverse = [op for op in joint.body.ops if op.reverse]
    tail = Region()
    tail.ops, tail.yields = reverse, joint.results[n:]
    made = {*params, *(r for op in forward for r in op.results)}
    residuals = [v for v in uses(tail) if v in made]

    first = Region(list(params))
    first.ops = list(forward)
    kept = list(residuals)
    unbound = frozenset(k for k, v in enumerate(residuals) if bind(v))
    results = list(joint.results[:n])
    if own:
        reached = sharing([v for v in residuals if isinstance(v.type, Array | List)])
        mine: dict[Value, Value] = {}
        for p in params:
            if (
                isinstance(p.type, Array) and p in reached
            ):  # the caller may write to it before the pullback runs
                c = Op("copy", [p], [p.type])
                c.result.name = p.name
                mine[p] = c.result
                first.ops.insert(0, c)
        if mine:
            kept = [mine.get(v, v) for v in kept]
            results = [mine.get(v, v) for v in results]
            inner = Region()
            inner.ops = [op for op in first.ops if not (op.kind == "copy" and op.result in mine.values())]
            substitute(inner, mine)
            ask_caller(inner, {c: p for p, c in mine.items()})
            first.ops = [
                *(op for op in first.ops if op.results and op.results[0] in mine.values()),
                *inner.ops,
            ]
        reached = sharing([v for v in kept if isinstance(v.type, Array | List)])
        for k, r in enumerate(results):
            if isinstance(r.type, Array | List) and (r in reached or reached & sharing([r])):
                c = Op("copy", [r], [r.type])
                c.result.name = r.name
                first.ops.append(c)
                results[k] = c.result
    second = Region()
    env: dict[Value, Value] = {}
    if as_tuple is not None:
        pack = Op("tuple.new", kept, [as_tuple])
        pack.result.name = "residuals"
        first.ops.append(pack)
        first.yields = [*results, pack.result]
        packed = Value(as_tuple, "residuals")
        second.params.append(packed)
        for k, v in enumerate(residuals):
            get = Op("tuple.get", [packed], [v.type], {"i": k}, None, None, True)
            get.result.name = v.name
            get.attrs["_named"] = True
            second.ops.append(get)
            env[v] = get.result
    else:
        first.yields = [*results, *kept]
        for v in residuals:
            env[v] = Value(v.type, v.name)
            second.params.append(env[v])
    for s in seeds:
        env[s] = Value(s.type, s.name)
        second.params.append(env[s])
    distinct(second.params)
    for op in reverse:
        second.ops.append(clone_op(op, env))
    second.yields = [env.get(v, v) for v in joint.results[n:]]
    augmented, pullback = Function(f"{joint.name}_forward", first), Function(f"{joint.name}_pullback", second)
    augmented.attrs = {k: v for k, v in joint.attrs.items() if k == "keep_raisers"}
    augmented.attrs["residuals"] = len(residuals)
    if as_tuple is None:
        pullback.attrs["unbound"] = unbound
        augmented.attrs["handed_over"] = pullback.attrs["handed_over"] = len(residuals)
        pullback.attrs["is_pullback"] = True
    return augmented, pullback


def ask_caller(region: Region, original: dict[Value, Value]) -> None:
    """Let questions about the layout of an argument see the caller's array instead of a copy of it, through
    the views that lead from one to the other; writes outside go to the caller's own, and store it."""
    ops: list[Op] = []

    def back(v: Value) -> Value:
        op = v.op
        if v in original:
            return original[v]
        seen = op is not None and (
            op.kind == "getitem" or (op.kind in BOOK and BOOK[op.kind].alias != "fresh")
        )
        if op is None or not seen or (base := back(op.inputs[0])) is op.inputs[0]:
            return v
        ops.append(Op(op.kind, [base, *op.inputs[1:]], [v.type], dict(op.attrs), None, op.span))
        return ops[-1].result

    for op in region.ops:
        for r in op.regions:
            ask_caller(r, original)
        if op.kind == "sourcead.runtime.reshape_is_view":
            op.inputs[0] = back(op.inputs[0])
        elif op.kind in WRITES_OUTSIDE:
            op.inputs = [original.get(v, v) for v in op.inputs]
        ops.append(op)
    region.ops = ops


def bind(v: Value) -> bool:
    """A residual that some path leaves unbound is None there: it is handed on all the same.  Whether it may
    be None."""
    op = v.op
    if op is None or not op.regions:
        return isinstance(v, Constant) and v.value is None
    k = op.results.index(v)
    if op.is_loop:
        first = op.inputs[op.fixed + k]
        if isinstance(first, Undef):
            op.inputs[op.fixed + k] = first = Constant(None, v.type)
        return isinstance(first, Constant) and first.value is None
    for r in op.regions:
        if isinstance(r.yields[k], Undef):
            r.yields[k] = Constant(None, v.type)
    missing = [bind(r.yields[k]) for r in op.regions]  # each of them
    return any(missing)


def distinct(params: list[Value]) -> None:
    """Give parameters that have one name different names."""
    seen: set[str] = set()
    for p in params:
        base, n = p.name or "t", 0
        if keyword.iskeyword(base) or not base.isidentifier():
            base = "result"
        p.name = base
        while p.name in seen:
            n += 1
            p.name = f"{base}{n}"
        seen.add(p.name)


def sharing(values: list[Value]) -> set[Value]:
    """All values whose memory the given ones may share, going back through views, states, containers and
    joins."""
    seen: set[Value] = set()
    owner: dict[Value, tuple[Op, int]] = {}
    work = list(values)
    while work:
        u = work.pop()
        if u in seen or isinstance(u, Constant | Undef):
            continue
        seen.add(u)
        op = u.op
        if op is None:
            if u in owner:
                loop, k = owner[u]
                work.extend((loop.inputs[loop.fixed + k], loop.body.yields[loop.own_yields + k]))
            continue
        if op.regions:
            k = op.results.index(u)
            if op.is_loop:
                for r in op.regions:
                    for j, p in enumerate(r.params[op.own_params :]):
                        owner[p] = (op, j)
                work.extend((op.inputs[op.fixed + k], op.body.yields[op.own_yields + k], *op.body.params))
            else:
                work.extend(r.yields[k] for r in op.regions)
        elif op.kind in (
            "getitem",
            "store",
            "index_add",
            "list.append",
            "list.pop",
            "list.new",
            "tuple.get",
            "tuple.new",
            "call",
        ):
            work.extend(op.inputs)
        else:
            p = BOOK.get(op.kind)
            if p is not None and p.alias != "fresh":
                work.extend(op.inputs)
    return seen
