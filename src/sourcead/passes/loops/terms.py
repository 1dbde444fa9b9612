"""Nests that only add to an array, as terms: `T[s + c] += factor * core(s)` for each trip s of a box.

    for i in range(1, n):                 trip (s0, s1) = (i - 1, j)
        for j in range(m):                place (i, j + 2): trip (0, 0) at (1, 2)
            T[i, j + 2] += -0.5 * A[i - 1, j]      core A[s0, s1], factor -0.5

Cores are compared as functions of the trip, so a term that starts elsewhere may have the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ...analysis.affine import Affine, number, variable
from ...ir.core import Constant, Op, Value, walk
from ...ir.types import Array, Scalar, dtype_kind
from ..cse import freeze, value_key
from ..dce import has_effect
from .kinds import ELEMENTWISE
from .sizes import Sizes, is_integer

_PRODUCTS = ("operator.mul", "numpy.multiply")
_MINUS = ("operator.neg", "numpy.negative")


@dataclass(eq=False)
class Term:
    """A nest that only adds a value to one element of an array in each trip."""

    nest: Op
    loops: list[Value]
    starts: list[Affine]
    lengths: list[Affine]
    along: list[int | None]  # for each axis of the target: the loop that runs along it
    offsets: list[Affine]  # and where trip 0 is
    added: Value
    core: Value  # what is added is a literal times this
    factor: float
    own: frozenset[Value]  # what is defined in the nest
    key: Hashable = None  # of the core, as a function of the trip

    @property
    def init(self) -> Value:
        """The state that the nest starts with."""
        return self.nest.inputs[3]

    @property
    def dtype(self) -> str:
        """Of what is added."""
        return self.added.type.dtype  # type: ignore[attr-defined]

    def shifted(self, a: Affine, trips: list[Affine]) -> Affine:
        """An integer of the nest at the given trip."""
        out = number(a.constant)
        for v, c in a.terms:
            if v in self.loops:
                d = self.loops.index(v)  # type: ignore[arg-type]
                out = out + (trips[d] + self.starts[d]) * c
            else:
                out = out + Affine(((v, c),))
        return out

    def emit(
        self, v: Value, trips: list[Affine], sizes: Sizes, one: Callable[..., Value], made: dict[Value, Value]
    ) -> Value:
        """A value of the nest at another trip, outside of it."""
        if v not in self.own and v not in self.loops:
            return v
        if v in made:
            return made[v]
        op = v.op
        if op is None or (is_integer(v) and op.kind != "getitem"):
            made[v] = sizes.value(self.shifted(sizes.integer(v), trips), one)
        else:
            inputs = [self.emit(u, trips, sizes, one, made) for u in op.inputs]
            made[v] = one(op.kind, inputs, v.type, {k: a for k, a in op.attrs.items() if k != "_dot"})
        return made[v]


def term_of(nest: Op, sizes: Sizes) -> Term | None:
    """A nest as a term; None where it is none."""
    loops: list[Value] = []
    starts: list[Affine] = []
    lengths: list[Affine] = []
    ops: list[Op] = []
    op, state = nest, None
    while op.attrs.get("_nest"):
        if len(op.results) != 1 or not isinstance(op.inputs[2], Constant) or op.inputs[2].value != 1:
            return None
        if (state is not None and op.inputs[3] is not state) or not op.body.ops:
            return None
        first, stop = (sizes.integer(v) for v in op.inputs[:2])
        loops.append(op.body.params[0])
        starts.append(first)
        lengths.append(stop - first)
        state = op.body.params[1]
        if op.body.yields != op.body.ops[-1].results:
            return None
        *before, op = op.body.ops
        ops += before
    if state is None or op.kind != "index_add" or op.inputs[0] is not state or op.attempted:
        return None
    target, added = state.type, op.inputs[-1]
    if not isinstance(target, Array) or not isinstance(added.type, Scalar):
        return None
    own = frozenset(v for o in walk(nest.body) for v in o.results)
    if op.attrs["path"] != (("at",) * target.ndim,) or dtype_kind(added.type.dtype) not in "fc":
        return None
    if not all(_is_plain(o, own) for o in ops) or not any(o.kind == "getitem" for o in ops):
        return None
    core, factor = _factored(added)
    term = Term(nest, loops, starts, lengths, [], [], added, core, factor, own)
    return term if _place(term, op, sizes) and _keyed(term, sizes) else None


def _place(term: Term, op: Op, sizes: Sizes) -> bool:
    """Note where the term adds; whether each loop runs along one axis, by steps of one."""
    zeros = [number(0)] * len(term.loops)
    for v in op.inputs[1:-1]:
        a = sizes.integer(v)
        running = [(u, c) for u, c in a.terms if u in term.loops]
        if len(running) > 1 or any(c != 1 for _, c in running):
            return False
        term.along.append(term.loops.index(running[0][0]) if running else None)  # type: ignore[arg-type]
        term.offsets.append(term.shifted(a, zeros))
    if sorted(d for d in term.along if d is not None) != list(range(len(term.loops))):
        return False
    inner = term.own.union(term.loops)
    return not any(_mentions(a, inner) for a in (*term.starts, *term.lengths, *term.offsets))


def _keyed(term: Term, sizes: Sizes) -> bool:
    """Note the key of the core; whether all that it reads, it reads at affine places."""
    trips = [variable(("trip", d)) for d in range(len(term.loops))]

    def place(v: Value) -> Hashable:
        a = sizes.integer(v)
        return None if _mentions(a, term.own) else canonical(term.shifted(a, trips))

    def key(v: Value) -> Hashable:
        if v not in term.own and v not in term.loops:
            return value_key(v)
        op = v.op
        if op is None or (is_integer(v) and op.kind != "getitem"):
            return place(v)
        if op.kind == "getitem":
            keys = [place(u) for u in op.inputs[1:]]
            return None if None in keys else ("getitem", id(op.inputs[0]), *keys)
        keys = [key(u) for u in op.inputs]
        attrs = freeze({k: a for k, a in op.attrs.items() if k[0] != "_"})
        return None if None in keys else (op.kind, attrs, v.type, *keys)

    whole = key(term.added)  # of which the core is a part
    term.key = key(term.core)
    return whole is not None


def canonical(a: Affine) -> Hashable:
    """Equal for equal sums."""
    return frozenset(a.terms), a.constant


def _mentions(a: Affine, values: frozenset[Value]) -> bool:
    def within(x: object) -> bool:
        if isinstance(x, Affine):
            return _mentions(x, values)
        return any(map(within, x)) if isinstance(x, tuple) else isinstance(x, Value) and x in values

    return any(within(v) for v, _ in a.terms)


def _is_plain(op: Op, own: frozenset[Value]) -> bool:
    """Whether an op of a nest only makes a number, of elements of arrays from outside of it."""
    if op.regions or len(op.results) != 1 or op.attempted or has_effect(op):
        return False
    if not isinstance(op.result.type, Scalar):
        return False
    arrays = [v for v in op.inputs if not isinstance(v.type, Scalar)]
    if op.kind == "getitem":
        t = op.inputs[0].type
        plain = isinstance(t, Array) and op.attrs.get("index") == ("at",) * t.ndim
        return plain and len(arrays) == 1 and _is_outer(op.inputs[0], own)
    if op.kind in ("builtins.len", "numpy.size"):
        return all(_is_outer(v, own) for v in arrays)
    return not arrays and (op.kind in ELEMENTWISE or op.kind.startswith(("sourcead.runtime.", "numpy.")))


def _is_outer(v: Value, own: frozenset[Value]) -> bool:
    return v not in own


def _factored(v: Value) -> tuple[Value, float]:
    """A value as a literal, finite factor and the rest."""
    factor = 1.0
    while v.op is not None:
        op, t = v.op, v.type
        if op.kind in _MINUS and op.inputs[0].type.dtype == t.dtype:  # type: ignore[attr-defined]
            v, factor = op.inputs[0], -factor
            continue
        if op.kind not in _PRODUCTS:
            break
        for c, x in (op.inputs, op.inputs[::-1]):
            if _is_literal(c) and x.type.dtype == t.dtype and math.isfinite(factor * c.value):  # type: ignore[attr-defined]
                v, factor = x, factor * c.value  # type: ignore[attr-defined]
                break
        else:
            break
    return v, factor


def _is_literal(v: Value) -> bool:
    return (
        isinstance(v, Constant)
        and isinstance(v.value, int | float)
        and not isinstance(v.value, bool)
        and abs(v.value) < 2**53
    )
