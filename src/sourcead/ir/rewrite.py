"""Copying and substituting in IR."""

from __future__ import annotations

from collections import Counter

from .core import Constant, Function, Op, Region, Undef, Value


def clone_region(region: Region, env: dict[Value, Value]) -> Region:
    """A copy of a region; `env` maps old values to new ones and is extended."""
    out = Region()
    for p in region.params:
        env[p] = q = Value(p.type, p.name)
        out.params.append(q)
    for op in region.ops:
        out.ops.append(clone_op(op, env))
    out.yields = [env.get(v, v) for v in region.yields]
    return out


def clone_op(op: Op, env: dict[Value, Value]) -> Op:
    new = Op(op.kind, [env.get(v, v) for v in op.inputs], [], dict(op.attrs), None, op.span, op.reverse)
    if op.regions:
        new.regions = [clone_region(r, env) for r in op.regions]
    for v in op.results:
        env[v] = w = Value(v.type, v.name, new)
        new.results.append(w)
    return new


def clone(function: Function, env: dict[Value, Value] | None = None) -> Function:
    """A copy of a function; `env` receives the map from its values to the copy's."""
    out = Function(function.name, clone_region(function.body, {} if env is None else env))
    out.attrs = dict(function.attrs)
    return out


def dissolve(function: Function) -> None:
    """Take a function apart that nobody will use again: an op and its results hold one another, and so would
    wait for the cyclic garbage collector."""
    for op in list(function.walk()):
        for v in op.results:
            v.op = None
        op.results, op.regions = [], []
    function.body = Region()


def substitute(region: Region, env: dict[Value, Value]) -> None:
    """Replace values in all uses inside a region, following chains of replacements."""

    replaced = env.keys()

    def new(v: Value) -> Value:
        while v in env:
            v = env[v]
        return v

    stack = [region]
    while stack:
        r = stack.pop()
        for op in r.ops:
            if not replaced.isdisjoint(op.inputs):
                op.inputs = [new(v) for v in op.inputs]
            if op.regions:
                stack += op.regions
        r.yields = [new(v) for v in r.yields]


def count_uses(region: Region) -> dict[Value, int]:
    """How often each value is read in a region and in those inside of it; 0 for what is not."""
    read: list[Value] = []
    stack = [region]
    while stack:
        r = stack.pop()
        for op in r.ops:
            read += op.inputs
            if op.regions:
                stack += op.regions
        read += r.yields
    return Counter(read)


def parents(region: Region) -> dict[Region, tuple[Op, int, Region]]:
    """For each nested region: the op that holds it, which of the op's regions it is, and the region the op
    stands in."""
    out: dict[Region, tuple[Op, int, Region]] = {}
    stack = [region]
    while stack:
        r = stack.pop()
        for op in r.ops:
            for k, g in enumerate(op.regions):
                out[g] = (op, k, r)
                stack.append(g)
    return out


def homes(region: Region) -> dict[Value, Region]:
    """For each value: the region that defines it."""
    out: dict[Value, Region] = {}
    stack = [region]
    while stack:
        r = stack.pop()
        for p in r.params:
            out[p] = r
        for op in r.ops:
            for v in op.results:
                out[v] = r
            stack.extend(op.regions)
    return out


def is_free(v: Value) -> bool:
    """Whether a value needs no definition (constants, the undefined)."""
    return isinstance(v, Constant | Undef)
