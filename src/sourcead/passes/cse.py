"""Common subexpressions: a pure op whose twin dominates it is replaced by the twin.  Also: carried slots that
never change."""

from __future__ import annotations

from typing import Any

from ..ir.core import Constant, Function, Op, Region, Value
from ..ir.rewrite import substitute
from ..ir.types import Scalar
from .dce import has_effect, is_quiet

#: Fresh memory: two of them are two buffers.
ALLOCATES = frozenset(
    [
        "zeros_like",
        "copy",
        "list.new",
        "numpy.zeros",
        "numpy.eye",
        "numpy.identity",
        "numpy.arange",
        "numpy.linspace",
        "numpy.ones",
        "numpy.empty",
        "numpy.full",
        "numpy.zeros_like",
        "numpy.ones_like",
        "numpy.empty_like",
        "numpy.full_like",
        "numpy.array",
        "numpy.copy",
        "list.append",
        "list.pop",
        "store",
        "index_add",
        "python.format",
        "outer.snapshot",
        "outer.dict",
        "call",
    ]
)


def allocates(op: Op) -> bool:
    """Whether the result is new memory each time."""
    if op.kind == "solver":
        return not all(isinstance(v.type, Scalar) for v in op.results)
    return op.kind in ALLOCATES


def value_key(v: Value) -> Any:
    if v.__class__ is Value:
        return v
    if isinstance(v, Constant) and isinstance(v.value, int | float | complex | str | bool | type(None)):
        return type(v.value), repr(v.value), v.type
    return v


def freeze(x: Any) -> Any:
    if isinstance(x, dict):
        return tuple((k, freeze(v)) for k, v in x.items())
    if isinstance(x, list | tuple):
        return type(x).__name__, tuple(map(freeze, x))
    try:
        hash(x)
        return type(x), x
    except TypeError:
        return id(x)


def is_pure(op: Op) -> bool:
    """Whether to have done it once is the same as to have done it twice."""
    return not op.regions and not allocates(op) and not has_effect(op)


def same_key(op: Op) -> Any:
    """Equal for ops that do the same to the same values."""
    attrs = [(k, freeze(v)) for k, v in op.attrs.items() if k in KEPT or not k.startswith("_")]
    return op.kind, *map(value_key, op.inputs), *attrs


def cse(function: Function) -> bool:
    """Merge equal pure ops in place; whether anything was merged."""
    env: dict[Value, Value] = {}

    def look(v: Value) -> Value:
        while v in env:
            v = env[v]
        return v

    known: dict[Any, Op] = {}  # of the regions that are open
    plain: dict[str, bool] = {}  # whether ops of a kind are pure where nothing attempts them
    replaced = env.keys()

    def visit(region: Region) -> None:
        kept, own = [], []
        for op in region.ops:
            if not replaced.isdisjoint(op.inputs):
                op.inputs = [look(v) for v in op.inputs]
            if op.regions:
                for r in op.regions:
                    visit(r)
                kept.append(op)
                continue
            kind = op.kind
            if kind not in plain:
                plain[kind] = kind != "solver" and kind not in ALLOCATES and is_quiet(kind)
            pure = plain[kind] if "_attempted" not in op.attrs and kind != "solver" else is_pure(op)
            if not pure or not op.results:
                kept.append(op)
                continue
            key = same_key(op)
            twin = known.get(key)
            if twin is None:
                known[key] = op
                own.append(key)
                kept.append(op)
            else:
                for a, b in zip(op.results, twin.results):
                    env[a] = b
                    if b.name is None:
                        b.name = a.name
        region.ops = kept
        region.yields = [look(v) for v in region.yields]
        for key in own:
            del known[key]

    visit(function.body)
    return bool(env)


KEPT = {"_tree", "_alone", "_variadic", "_container", "_shape", "_spec"}


def fixed_slots(function: Function) -> bool:
    """Slots that yield their own parameter, and results of an `if` that are one value on both sides, are that
    value."""
    env: dict[Value, Value] = {}

    def look(v: Value) -> Value:
        while v in env:
            v = env[v]
        return v

    def visit(region: Region) -> None:
        for op in region.ops:
            if op.is_loop:
                for k, result in enumerate(op.results):
                    s = op.slot(k)
                    if look(s.next) is s.params[-1] and not op.attrs.get("_keep"):
                        for p in s.params:
                            env[p] = s.init
                        env[result] = s.init
            elif op.is_branch:
                for k, result in enumerate(op.results):
                    a, b = (look(r.yields[k]) for r in op.regions)
                    same = a is b or (
                        isinstance(a, Constant) and isinstance(b, Constant) and value_key(a) == value_key(b)
                    )
                    if same and not any(a in q.results for r in op.regions for q in r.ops):
                        env[result] = a
            for r in op.regions:
                visit(r)

    visit(function.body)
    if env:
        substitute(function.body, env)
    return bool(env)
