"""From the joint function to two: the augmented primal and the pullback.

    joint:      forward ops; reverse ops                     f(x, y_bar) -> y, x_bar
    augmented:  forward ops, then what the reverse ops read   f(x) -> y, residuals
    pullback:   reverse ops on residuals                     f(residuals, y_bar) -> x_bar
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.rewrite import clone_op
from ..ir.types import Array, List, Tuple


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

    as_tuple: pack the residuals into one tuple of this type.  own: copy residual arrays that belong to the caller, so that
    the pullback does not see what the caller does to them later.
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
    kept = []
    theirs = {*params, *joint.results[:n]}
    for v in residuals:
        if own and isinstance(v.type, Array | List) and may_share(v, theirs):
            c = Op("copy", [v], [v.type])
            c.result.name = v.name
            first.ops.append(c)
            kept.append(c.result)
        else:
            kept.append(v)
    second = Region()
    env: dict[Value, Value] = {}
    if as_tuple is not None:
        pack = Op("tuple.new", kept, [as_tuple])
        pack.result.name = "residuals"
        first.ops.append(pack)
        first.yields = [*joint.results[:n], pack.result]
        packed = Value(as_tuple, "residuals")
        second.params.append(packed)
        for k, v in enumerate(residuals):
            get = Op("tuple.get", [packed], [v.type], {"i": k})
            get.result.name = v.name
            get.attrs["_named"] = True
            second.ops.append(get)
            env[v] = get.result
    else:
        first.yields = [*joint.results[:n], *kept]
        for v in residuals:
            env[v] = Value(v.type, v.name)
            second.params.append(env[v])
    for s in seeds:
        env[s] = Value(s.type, s.name)
        second.params.append(env[s])
    for op in reverse:
        second.ops.append(clone_op(op, env))
    second.yields = [env.get(v, v) for v in joint.results[n:]]
    augmented, pullback = Function(f"{joint.name}_forward", first), Function(f"{joint.name}_pullback", second)
    augmented.attrs = {k: v for k, v in joint.attrs.items() if k == "keep_raisers"}
    augmented.attrs["residuals"] = len(residuals)
    return augmented, pullback


def may_share(v: Value, theirs: set[Value]) -> bool:
    """Whether an array may share memory with the caller's arrays: an argument, a result, or a view of one."""
    from ..rules.registry import BOOK

    seen: set[Value] = set()
    work = [v]
    while work:
        u = work.pop()
        if u in theirs:
            return True
        if u in seen or isinstance(u, Constant | Undef) or u.op is None:
            continue
        seen.add(u)
        op = u.op
        if op.regions:
            k = op.results.index(u)
            work.extend(r.yields[k + (op.own_yields if r is op.body and op.is_loop else 0)] for r in op.regions if len(r.yields) > k)
            if op.is_loop:
                work.append(op.inputs[op.fixed + k])
        elif op.kind in ("getitem", "store", "index_add", "list.append", "list.pop", "list.new", "tuple.get", "tuple.new"):
            work.extend(op.inputs)
        else:
            p = BOOK.get(op.kind)
            if p is not None and p.alias != "fresh":
                work.extend(op.inputs)
    return False
