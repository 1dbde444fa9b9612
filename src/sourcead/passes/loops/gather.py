r"""The adjoint of a stencil, gathered: each element of the target is written once.

Neighbouring nests add shifted terms to one array T.  Each term, a function of the trip s alone, is written to
a buffer r with a border of zeros; then one nest over the hull of all places adds up what the buffer holds:

    for s: T[s] += e(s)                  for s: r[s + 2] = e(s)
    for s: T[s + 1] += e(s)      ->
    for s: T[s + 2] += 3 * e(s)          for t: T[t] += r[t + 2] + r[t + 1] + 3 * r[t]

        r    0    0    e(0)  e(1)  e(2)  ...  e(n-1)  0    0
             \_________/                                        what T[0] gets: from e(0) alone
                       \___________/                            what T[2] gets: from three terms

Terms that are equal up to a literal factor share a buffer, and terms that go to one place can be added up
before they are stored.  Which of them are, is chosen such that the fewest elements are stored and loaded, and
so is whether to gather at all.  Factors that are no literals are multiplied into the buffer: in its border an
infinite one would make nan of zero.

The nest over the hull stands where T is next used, the others where they were.  So T must not be read
between, the terms must not read T, and the hull must lie within T also where the boxes are empty.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ...analysis.affine import Affine, number, variable
from ...ir.builder import Builder
from ...ir.core import Constant, Function, Op, Region, Value, walk
from ...ir.rewrite import substitute
from ...ir.types import PY_INT, Array, Scalar, Tuple, Type, new_dim
from .nests import Axis, Nests, axes_over
from .sizes import Sizes, same
from .terms import Term, canonical, term_of

REACH = 16  # how far apart the places of a group may be along an axis
BORDERED = "_bordered"  # marks a buffer of zeros of which only the inside is written, the same part each time
_PLACES = 8  # of how many places all choices are tried

Offset = tuple[int, ...]
Place = tuple[int, Offset]  # which of the rows, and the offset in it


def gather(function: Function) -> None:
    """Gather what is scattered, in place."""
    _Gathering(function).region(function.body, False)


@dataclass
class _Group:
    """Terms of equal boxes whose places are constant distances apart."""

    terms: list[Term]
    places: list[Place]  # of each term
    rows: list[list[Affine]]  # the fixed indices
    low: list[Affine]  # for each loop: where the hull begins
    span: list[int]  # and how much longer than the box it is

    def by_place(self) -> list[Place]:
        """The places that are summed up before they are stored; the terms to others are stored by class."""
        edges = {(t.key, p) for t, p in zip(self.terms, self.places)}
        places = list(dict.fromkeys(self.places))
        sizes = range(len(places) + 1) if len(places) <= _PLACES else (0, len(places))
        choices = [list(c) for n in sizes for c in combinations(places, n)]
        return min(choices, key=lambda c: _cost(edges, c))

    def pays(self) -> bool:
        """Whether fewer elements are stored and loaded than by one nest for each term."""
        edges = {(t.key, p) for t, p in zip(self.terms, self.places)}
        return _cost(edges, self.by_place()) + 2 * len(self.rows) < 3 * len(self.terms)


def _cost(edges: set[tuple[Hashable, Place]], chosen: list[Place]) -> int:
    """Loads of elements in a trip, and stores, which count twice: buffers take room in the cache."""
    left = [(k, p) for k, p in edges if p not in chosen]
    return 3 * len(chosen) + 2 * len({k for k, _ in left}) + len(left)


class _Gathering:
    def __init__(self, function: Function) -> None:
        self.sizes = Sizes(function)
        self.builder = Builder(function.body)
        self.nests = Nests(self.builder, self.sizes)
        self.uses: dict[Value, int] = {}
        for op in function.walk():
            for v in (*op.inputs, *(v for r in op.regions for v in r.yields)):
                self.uses[v] = self.uses.get(v, 0) + 1
        for v in function.results:
            self.uses[v] = self.uses.get(v, 0) + 1

    def region(self, region: Region, often: bool) -> None:
        """`often`: a loop is around it.  Else what it costs to touch new buffers is not made up for."""
        for op in region.ops:
            if not op.attrs.get("_nest"):
                for r in op.regions:
                    mark = self.sizes.enter(op)
                    self.region(r, often or op.is_loop)
                    self.sizes.leave(mark)
        for chain in self._chains(region) if often else ():
            groups = [g for g in self._groups(chain) if g.pays()]
            if groups:
                self._rewrite(region, chain, groups)

    # -- what is there -------------------------------------------------------------------------------------
    def _chains(self, region: Region) -> list[list[Term]]:
        """Terms of one target, each of which takes the state that the one before leaves to it alone."""
        out: list[list[Term]] = []
        last: dict[Value, list[Term]] = {}
        for op in region.ops:
            term = term_of(op, self.sizes)
            if term is None:
                continue
            chain = last.pop(term.init, None) if self.uses.get(term.init) == 1 else None
            if chain is None:
                out.append(chain := [])
            chain.append(term)
            last[op.results[0]] = chain
        return [c for c in out if len(c) > 1]

    # -- groups ---------------------------------------------------------------------------------------------
    def _groups(self, chain: list[Term]) -> Iterator[_Group]:
        """Terms over equal boxes, constant distances apart, to two places of one row at least."""
        left = list(chain)
        while left:
            first = left[0]
            alike = [t for t in left if _is_near(first, t)]
            left = [t for t in left if t not in alike]
            group = self._group(first, alike)
            if group is not None and self._fits(group):
                yield group

    def _group(self, first: Term, terms: list[Term]) -> _Group | None:
        rows: dict[Hashable, list[tuple[Term, Offset]]] = {}
        fixed: dict[Hashable, list[Affine]] = {}
        for t in terms:
            row = [o for o, d in zip(t.offsets, t.along) if d is None]
            key = tuple(map(canonical, row))
            fixed[key] = row
            offset = tuple(_distance(first, t, d) or 0 for d in range(len(t.loops)))
            rows.setdefault(key, []).append((t, offset))
        rows = {k: members for k, members in rows.items() if len({o for _, o in members}) > 1}
        if not rows:
            return None
        members = [(t, (n, o)) for n, row in enumerate(rows.values()) for t, o in row]
        members.sort(key=lambda m: terms.index(m[0]))
        low, span = [], []
        for d in range(len(first.loops)):
            along = [p[1][d] for _, p in members]
            axis = first.along.index(d)
            low.append(first.offsets[axis].plus(min(along)))
            span.append(max(along) - min(along))
        least = [min(p[1][d] for _, p in members) for d in range(len(span))]
        places = [(n, tuple(o - m for o, m in zip(offset, least))) for _, (n, offset) in members]
        return _Group([t for t, _ in members], places, [fixed[k] for k in rows], low, span)

    def _fits(self, group: _Group) -> bool:
        """Whether the hull lies within the target, and the places are near enough."""
        first = group.terms[0]
        if any(s > REACH for s in group.span):
            return False
        for axis, d in enumerate(first.along):
            if d is not None:
                room = self.sizes.length(first.init, axis) - group.low[d] - first.lengths[d]
                inside = self.sizes.nonnegative(group.low[d]) and self.sizes.nonnegative(
                    room.plus(-group.span[d])
                )
                if not inside:
                    return False
        return True

    # -- doing it -------------------------------------------------------------------------------------------
    def _rewrite(self, region: Region, chain: list[Term], groups: list[_Group]) -> None:
        old, first = chain[-1].nest.results[0], chain[0].init
        state = Value(old.type, old.name)
        substitute(region, {old: state})
        for k in range(old.type.ndim):  # type: ignore[attr-defined]
            self.sizes.memo[state, k] = self.sizes.length(first, k)
        instead: dict[Op, list[Op]] = {}
        ends: list[Op] = []
        covers = len(groups) == 1 and len(groups[0].terms) == len(chain) and self._covers(region, groups[0])
        now = first
        gathered = {t for g in groups for t in g.terms}
        for t in chain:
            if t not in gathered:
                t.nest.inputs[3] = now
                now = t.nest.results[0]
        for g in groups:
            buffers = _Buffers(self, g)
            for t, p in zip(g.terms, g.places):
                instead[t.nest] = buffers.fill(t, p)
            now, ops = buffers.sum(now, covers)
            ends += ops
        maker = now.op
        assert maker is not None
        maker.results[maker.results.index(now)] = state
        state.op = maker
        last = max(region.ops.index(t.nest) for t in chain)
        at = next((k for k, op in enumerate(region.ops) if k > last and _uses(op, state)), len(region.ops))
        out: list[Op] = []
        for k, op in enumerate([*region.ops, None]):
            if k == at:
                out += ends
            if op is not None:
                out += instead.get(op, [op])
        region.ops = out

    def _covers(self, region: Region, group: _Group) -> bool:
        """Whether the target is of zeros before, and has all its elements in the hull."""
        first = group.terms[0]
        maker = first.init.op
        if maker is None or maker.kind not in ("zeros_like", "numpy.zeros") or maker not in region.ops:
            return False
        if self.uses.get(first.init) != 1 or first.init.type.dtype != first.dtype:  # type: ignore[attr-defined]
            return False
        for axis, d in enumerate(first.along):
            if d is None or not same(group.low[d], number(0)):
                return False
            if not same(first.lengths[d].plus(group.span[d]), self.sizes.length(first.init, axis)):
                return False
        return True


@dataclass
class _Buffers:
    """What a group stores on the way, by class or by place, and the sum of it."""

    of: _Gathering
    group: _Group
    states: dict[Hashable, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chosen = set(self.group.by_place())
        self.one = self.of.nests.one

    def fill(self, term: Term, place: Place) -> list[Op]:
        """The nest in place of a term's; none where it is stored already."""
        part = Region()
        key = place if place in self.chosen else term.key
        value = term.added if place in self.chosen else term.core
        state = self.states.get(key)
        if state is not None and place not in self.chosen:
            return []
        self._mark(term)
        with self.of.builder.inside(part):
            kind = "index_add"
            if state is None:
                box = list(zip(term.lengths, self.group.span))
                t = Array(term.dtype, tuple(new_dim() for _ in box), True)
                state, kind = self._new("numpy.zeros", [n.plus(2 * s) for n, s in box], t, "padded"), "store"
                state.op.attrs[BORDERED] = tuple((canonical(n), s) for n, s in box)  # type: ignore[union-attr]
            axes = axes_over(term.lengths)
            trips = [variable(a.index) for a in axes]

            def body(states: list[Value]) -> list[Value]:
                e = term.emit(value, trips, self.of.sizes, self.one, {})
                at = [self.of.nests.integer(t.plus(s)) for t, s in zip(trips, self.group.span)]
                return [self.one(kind, [states[0], *at, e], states[0].type, {"path": (("at",) * len(at),)})]

            self.states[key] = self.of.nests.nest(axes, [state], body)[0]
        return part.ops

    def sum(self, init: Value, covers: bool) -> tuple[Value, list[Op]]:
        """The nests over the hull, one for each row, from the target's state to its next one."""
        g, part = self.group, Region()
        term = g.terms[-1]
        self._mark(term)
        with self.of.builder.inside(part):
            if covers:
                shape = [self.of.sizes.length(init, k) for k in range(len(term.along))]
                init = self._new("numpy.empty", shape, init.type, init.name)
            lengths = [n.plus(s) for n, s in zip(term.lengths, g.span)]
            for n in range(len(g.rows)):
                init = self._row(n, axes_over(lengths, g.low), init, "store" if covers else "index_add")
        return init, part.ops

    def _row(self, n: int, axes: list[Axis], init: Value, kind: str) -> Value:
        fixed = iter(self.group.rows[n])
        at = [next(fixed) if d is None else variable(axes[d].index) for d in self.group.terms[0].along]

        def body(states: list[Value]) -> list[Value]:
            total = self._total(n, axes)
            index = [self.of.nests.integer(a) for a in at]
            return [
                self.one(kind, [states[0], *index, total], states[0].type, {"path": (("at",) * len(at),)})
            ]

        return self.of.nests.nest(axes, [init], body)[0]

    def _total(self, n: int, axes: list[Axis]) -> Value:
        """What one element of the n-th row gets, with equal factors taken out."""
        g = self.group
        factors: dict[tuple[Hashable, Offset], float] = {}
        for term, p in zip(g.terms, g.places):
            if p[0] == n and p in self.chosen:
                factors[p, p[1]] = 1.0
            elif p[0] == n:
                factors[term.key, p[1]] = factors.get((term.key, p[1]), 0.0) + term.factor
        sums: dict[float, Value] = {}
        t = Scalar(g.terms[0].dtype, True)
        for (key, offset), factor in factors.items():
            at = []
            for axis, low, span, o in zip(axes, g.low, g.span, offset):
                at.append(self.of.nests.integer((variable(axis.index) - low).plus(span - o)))
            index = {"index": ("at",) * len(at)}
            x = self.one("getitem", [self.states[key], *at], t, index)
            sums[factor] = self.one("operator.add", [sums[factor], x], t) if factor in sums else x
        total: Value | None = None
        for factor in sorted(sums, key=lambda c: c < 0):
            x = sums[factor]
            minus = factor < 0 and total is not None
            if factor not in (1.0, -1.0):
                x = self.one("operator.mul", [Constant(abs(factor) if minus else factor), x], t)
            elif factor < 0 and not minus:
                x = self.one("operator.neg", [x], t)
            if total is not None:
                x = self.one("operator.sub" if minus else "operator.add", [total, x], t)
            total = x
        assert total is not None
        return total

    def _new(self, kind: str, shape: list[Affine], t: Type, name: str | None = None) -> Value:
        """A new array; a length that may be below none is none."""
        nests = self.of.nests
        lengths = []
        for n in shape:
            m = nests.integer(n)
            if n.terms and not self.of.sizes.nonnegative(n):
                m = self.one("builtins.max", [m, Constant(0)], PY_INT)
            lengths.append(m)
        size = lengths[0]
        if len(lengths) > 1:
            size = self.one("tuple.new", lengths, Tuple(tuple(v.type for v in lengths)))
        assert isinstance(t, Array)
        attrs: dict = {} if t.dtype == "float64" else {"dtype": np.dtype(t.dtype).type}
        v = self.one(kind, [size], Array(t.dtype, t.shape, True), attrs)
        v.name = name
        return v

    def _mark(self, term: Term) -> None:
        b, nest = self.of.builder, term.nest
        b.span, b.reverse, b.dot = nest.span, nest.reverse, bool(nest.attrs.get("_dot"))


def _is_near(a: Term, b: Term) -> bool:
    """Whether two terms have equal boxes, constant distances apart, and the same axes."""
    if a.along != b.along or a.dtype != b.dtype or len(a.loops) != len(b.loops):
        return False
    if not all(same(n, m) for n, m in zip(a.lengths, b.lengths)):
        return False
    return all(_distance(a, b, d) is not None for d in range(len(a.loops)))


def _distance(a: Term, b: Term, d: int) -> int | None:
    """How much further along a loop's axis a term begins than another."""
    axis = a.along.index(d)
    apart = b.offsets[axis] - a.offsets[axis]
    return None if apart.terms else apart.constant


def _uses(op: Op, v: Value) -> bool:
    inner = (o for r in op.regions for o in walk(r))
    return any(v in o.inputs or any(v in r.yields for r in o.regions) for o in (op, *inner))
