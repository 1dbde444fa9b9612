"""Neighbouring nests become one, row by row.

    for i: for j: t[i, j] = A[i + 1, j + 1]       for i: for j: t[j] = A[i + 1, j + 1]
    for i: for j: B[i, j] += t[i, j]        ->           for j: B[i, j] += t[j]
    for i: for j: B[i + 2, j] += t[i, j]                 for j: B[i + 2, j] += t[j]

The first nest is A, the second B, both with n trips.  Fused, B's trip p' comes before A's trips p > p'; that
is allowed where no such pair of trips meets in an element that one of them writes, or where both only add to
it, and where B needs no number that A ends with. For each axis of the element that depends on the loop, the
trips that meet are a constant apart:

    A writes y[i], B reads y[i' + 1]: they meet where i - i' = 1 > 0, so B must wait: not fused.

Outer loops are fused wherever that is allowed.  Innermost loops are fused only where what meets, meets in one
trip, and while they have few enough arrays: else they would not vectorise.  An array that is left with
accesses to one row at a time, and that nobody else reads, becomes a row.
"""

from __future__ import annotations

import itertools
from collections import Counter

from ...analysis.affine import Affine
from ...ir.core import Constant, Function, Op, Region, Undef, Value, is_const, walk
from ...ir.rewrite import substitute
from ...ir.types import Array, Scalar
from .accesses import Access, accesses_of, is_innermost, runs_in_vectors
from .gather import BORDERED
from .kinds import ELEMENTWISE
from .plan import WRITES, Memory
from .sizes import Sizes

_FLOATS = frozenset(
    ["builtins.len", "numpy.size", "builtins.max", "builtins.min", "tuple.new", "numpy.empty", "numpy.zeros",
     "sourcead.runtime.bound", "sourcead.runtime.broadcast_length", "sourcead.runtime.same_length",
     "sourcead.runtime.fits_length", "sourcead.runtime.nonempty"]
)  # fmt: skip


def fuse_nests(function: Function) -> None:
    """Fuse what can be fused, in place."""
    _Fusion(function).region(function.body, None)


class _Fusion:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.sizes = Sizes(function)
        self.memory = Memory(function)
        self.uses: dict[Value, int] = {}
        self.slots: dict[Value, Value] = {}  # parameter or result of a nest -> initial value
        self.live: Counter[Value] = Counter()  # of the region that is worked on: how often values are used
        self.dead: set[Value] = set()  # what nests leave to nobody
        self._count(function.body)

    def _count(self, region: Region) -> None:
        for op in region.ops:
            for v in op.inputs:
                self.uses[v] = self.uses.get(v, 0) + 1
            for r in op.regions:
                self._count(r)
            if op.attrs.get("_nest"):
                self._slots(op)
        for v in region.yields:
            self.uses[v] = self.uses.get(v, 0) + 1

    def _slots(self, op: Op) -> None:
        for k in range(len(op.results)):
            s = op.slot(k)
            self.slots[s.params[0]] = self.slots[s.result] = s.init

    def root(self, v: Value) -> Value:
        while True:
            if v in self.slots:
                v = self.slots[v]
            elif v.op is not None and v.op.kind in WRITES:
                v = v.op.inputs[0]
            else:
                return v

    # -- regions -----------------------------------------------------------------------------------------
    def region(self, region: Region, owner: Op | None) -> None:
        """`owner`: the nest whose body the region is."""
        region.ops = _floated(region)
        ends = [v for v, r in zip(region.yields, owner.results if owner else ()) if r not in self.dead]
        live = Counter(v for op in walk(region) for v in op.inputs)
        live.update(v for op in walk(region) for r in op.regions for v in r.yields)
        live.update(ends if owner else region.yields)
        self.live = live
        out: list[Op] = []
        for k, op in enumerate(region.ops):
            later = itertools.takewhile(lambda o: o.attrs.get("_nest"), region.ops[k + 1 :])
            if out and self._fuse(out[-1], op, list(later)):
                continue
            out.append(op)
        region.ops = out
        self.dead.update(v for op in out for v in op.results if not live[v])
        for op in out:
            for r in op.regions:
                self.region(r, op if op.attrs.get("_nest") else None)
            if op.attrs.get("_nest") and owner is None:
                self._rows(op, region)

    def _fuse(self, a: Op, b: Op, later: list[Op]) -> bool:
        if not a.attrs.get("_nest") or not b.attrs.get("_nest") or not a.results or not b.results:
            return False
        if a.reverse != b.reverse or _waits(a, b):
            return False
        trips = [self.sizes.integer(x.inputs[1]) - self.sizes.integer(x.inputs[0]) for x in (a, b)]
        differ = trips[0] - trips[1]
        delta = self.sizes.integer(b.inputs[0]) - self.sizes.integer(a.inputs[0])
        if differ.terms or differ.constant or delta.terms:
            return False
        first, second = self._accesses(a), self._accesses(b)
        if first is None or second is None or not self._may_meet(a, b, first, second, delta.constant):
            return False
        if is_innermost(a) and not runs_in_vectors([a, b, *later], self.root, self.sizes, self.live):
            return False
        self._merge(a, b, delta.constant)
        return True

    def _accesses(self, nest: Op) -> list[Access] | None:
        return accesses_of(nest, self.root, self.sizes)

    # -- whether it is allowed ---------------------------------------------------------------------------
    def _may_meet(self, a: Op, b: Op, first: list[Access], second: list[Access], delta: int) -> bool:
        written = [{x.root for x in part if x.kind != "getitem"} for part in (first, second)]
        touched = [{x.root for x in part} for part in (first, second)]
        groups = [{self.memory.find(x) for x in part} for part in (*written, *touched)]
        for mine, others in ((0, 3), (1, 2)):  # another array in the same memory
            shared = groups[mine] & groups[others]
            roots = {x for x in (*touched[0], *touched[1]) if self.memory.find(x) in shared}
            if len({self.memory.find(x) for x in roots}) < len(roots):
                return False
        if not self._states_follow(a, b, written, touched):
            return False
        innermost = is_innermost(a) and is_innermost(b)
        i, j = a.body.params[0], b.body.params[0]
        for x in first:
            for y in second:
                if x.root is not y.root or (x.kind == y.kind == "getitem"):
                    continue
                apart = _trips_apart(x.index, y.index, i, j, delta)
                if apart is None:
                    if innermost:
                        return False
                    continue
                if innermost:
                    if apart != 0:
                        return False
                elif x.kind == y.kind == "index_add":
                    continue
                elif apart is NotImplemented or apart > 0:
                    return False
        return True

    def _states_follow(self, a: Op, b: Op, written: list[set[Value]], touched: list[set[Value]]) -> bool:
        """Whether B takes every array that both touch, and one writes, in the state A leaves or finds."""
        free = [_free_arrays(x) for x in (a, b)]
        for root in (touched[0] & touched[1]) & (written[0] | written[1]):
            before = {v for v in free[0] if self.root(v) is root}
            after = {v for v in free[1] if self.root(v) is root}
            init_a = [k for k in range(len(a.results)) if self.root(a.results[k]) is root]
            init_b = [k for k in range(len(b.results)) if self.root(b.results[k]) is root]
            if len(init_a) > 1 or len(init_b) > 1:
                return False
            if (init_a and before) or (init_b and after):
                return False
            if init_a:
                r = a.results[init_a[0]]
                if init_b:
                    if b.slot(init_b[0]).init is not r or self.uses.get(r) != 1:
                        return False
                elif after != {r}:
                    return False
            elif before != {b.slot(init_b[0]).init}:
                return False
        return True

    # -- doing it ----------------------------------------------------------------------------------------
    def _merge(self, a: Op, b: Op, delta: int) -> None:
        body, other = a.body, b.body
        index, env = b.body.params[0], {}
        if delta:
            kind = "operator.add" if delta > 0 else "operator.sub"
            moved = Op(
                kind, [body.params[0], Constant(abs(delta))], [index.type], {}, None, b.span, b.reverse
            )
            other.ops.insert(0, moved)
            env[index] = moved.result
        else:
            env[index] = body.params[0]
        back: dict[Value, Value] = {}  # what A reads while B writes it
        for k in range(len(b.results)):
            s = b.slot(k)
            if s.init in a.results:
                n = a.results.index(s.init)
                env[s.params[0]] = body.yields[n]
                body.yields[n] = s.next
                a.results[n] = s.result
                s.result.op = a
                self.slots[s.result] = a.slot(n).init
                continue
            if isinstance(s.init.type, Array):
                back[s.init] = s.params[0]
            a.inputs.append(s.init)
            body.params.append(s.params[0])
            body.yields.append(s.next)
            a.results.append(s.result)
            s.result.op = a
        for n, v in enumerate(a.results):  # what B reads of what A has made
            if v not in b.results:
                env[v] = body.yields[n]
        part = Region()
        part.ops = other.ops
        self.live.subtract(v for op in walk(part) for v in op.inputs if v in env)
        substitute(part, env)
        if back:
            mine = Region()
            mine.ops = body.ops
            substitute(mine, back)
        body.ops = body.ops + part.ops

        def last(v: Value) -> Value:
            while v in env:
                v = env[v]
            return v

        body.yields = [last(v) for v in body.yields]
        _sums(body)
        for op in walk(body):
            if op.attrs.get("_nest"):
                self._slots(op)
        self._slots(a)

    # -- rows --------------------------------------------------------------------------------------------
    def _rows(self, nest: Op, region: Region) -> None:
        """Arrays that the nest alone uses, one row at a time, become rows."""
        accesses = self._accesses(nest)
        if accesses is None:
            return
        for k in range(len(nest.results)):
            init = nest.slot(k).init
            maker = init.op
            if maker is None or maker not in region.ops:
                continue
            if maker.kind != "numpy.empty" and BORDERED not in maker.attrs:
                continue
            if (self.uses.get(nest.results[k]) and _reads(self.function, nest.results[k])) or self.uses.get(
                init
            ) != 1:
                continue
            there = [x.index for x in accesses if x.root is init]
            n = 0
            while n < len(there[0]) - 1 and all(_same(x[n], there[0][n]) for x in there):
                n += 1
            if n:
                self._drop_axes(nest, init, n, region)

    def _drop_axes(self, nest: Op, init: Value, n: int, region: Region) -> None:
        maker = init.op
        assert maker is not None and isinstance(init.type, Array)
        shape = maker.inputs[0].op
        if shape is None or shape.kind != "tuple.new":
            return
        old = init.type
        t = Array(old.dtype, old.shape[n:], True)
        rest = shape.inputs[n:]
        if BORDERED in maker.attrs:
            maker.attrs = {**maker.attrs, BORDERED: maker.attrs[BORDERED][n:]}
        if len(rest) == 1:
            size = _roomy(rest[0])
        else:
            made = Op("tuple.new", rest, [_tail(shape.result.type, n)], {}, None, maker.span, maker.reverse)
            region.ops.insert(region.ops.index(maker), made)
            size = made.result
        maker.inputs[0] = size
        members = {init}
        for op in [nest, *walk(nest.body)]:
            if op.attrs.get("_nest"):
                for k in range(len(op.results)):
                    s = op.slot(k)
                    if self.root(s.result) is init:
                        members |= {*s.params, s.result}
            elif op.inputs and self.root(op.inputs[0]) is init:
                if op.kind in WRITES:
                    op.attrs = {**op.attrs, "path": (("at",) * len(t.shape),)}
                    members.add(op.result)
                elif op.kind == "getitem":
                    op.attrs = {**op.attrs, "index": ("at",) * len(t.shape)}
                else:
                    continue
                del op.inputs[1 : 1 + n]
        for v in members:
            v.type = t


def _roomy(n: Value) -> Value:
    """A length that a scratch row may have in place of `max(m - k, 0)`: m, which is no length below zero."""
    less = n.op.inputs[0].op if n.op is not None and n.op.kind == "builtins.max" else None
    if less is not None and less.kind == "operator.sub" and is_const(less.inputs[1]):
        whole = less.inputs[0]
        if whole.op is not None and whole.op.kind in ("builtins.len", "numpy.size"):
            return whole
    return n


def _tail(t: object, n: int) -> object:
    return type(t)(t.items[n:])  # type: ignore[attr-defined, call-arg]


def _same(a: Affine, b: Affine) -> bool:
    d = a - b
    return not d.terms and not d.constant


def _reads(function: Function, v: Value) -> bool:
    return any(v in op.inputs or any(v in r.yields for r in op.regions) for op in function.walk()) or (
        v in function.results
    )


def _free_arrays(nest: Op) -> set[Value]:
    """Arrays from outside that the nest reads otherwise than as its own states."""
    own: set[Value] = set()
    used: set[Value] = set()

    def region(r: Region) -> None:
        own.update(r.params)
        for op in r.ops:
            own.update(op.results)
            used.update(v for v in op.inputs if isinstance(v.type, Array))
            for g in op.regions:
                region(g)

    region(nest.body)
    return {v for v in used - own if not isinstance(v, Constant | Undef)}


def _waits(a: Op, b: Op) -> bool:
    """Whether B needs a number that A has only after its last trip: a sum, an extreme."""
    numbers = {v for v in a.results if not isinstance(v.type, Array)}
    if not numbers:
        return False
    return not numbers.isdisjoint(b.inputs) or any(
        not numbers.isdisjoint(v for vs in (op.inputs, *(r.yields for r in op.regions)) for v in vs)
        for op in (*walk(b.body), b)
    )


def _trips_apart(x: list[Affine], y: list[Affine], i: Value, j: Value, delta: int) -> int | None:
    """How many trips A is ahead of B where they meet in an element; None where they never meet,
    NotImplemented where that is not known."""
    apart: int | None = NotImplemented
    for a, b in zip(x, y):
        ca, cb = (next((c for v, c in s.terms if v is u), 0) for s, u in ((a, i), (b, j)))
        if ca != cb:
            continue
        rest_a = Affine(tuple(t for t in a.terms if t[0] is not i), a.constant)
        rest_b = Affine(tuple(t for t in b.terms if t[0] is not j), b.constant)
        d = rest_b - rest_a
        if d.terms:
            continue
        d = d.plus(cb * delta)
        if not ca:
            if d.constant:
                return None
            continue
        if d.constant % ca:
            return None
        k = d.constant // ca
        if apart is not NotImplemented and apart != k:
            return None
        apart = k
    return apart


def _floated(region: Region) -> list[Op]:
    """The ops of a region, integers and new arrays as early as they can be."""
    at: dict[Value, int] = {}
    front: dict[int, list[Op]] = {}
    kept: list[Op] = []
    for op in region.ops:
        if _floats(op):
            k = max((at.get(v, 0) for v in op.inputs), default=0)
            front.setdefault(k, []).append(op)
        else:
            kept.append(op)
            k = len(kept)
        for v in op.results:
            at[v] = k
    out = list(front.get(0, ()))
    for n, op in enumerate(kept, 1):
        out += [op, *front.get(n, ())]
    return out


def _floats(op: Op) -> bool:
    if op.kind in _FLOATS:
        return True
    return op.kind in ELEMENTWISE and all(isinstance(v.type, Scalar) for v in (*op.inputs, *op.results))


def _sums(body: Region) -> None:
    """`(i + 1) - 1` is i."""
    env: dict[Value, Value] = {}

    def shift(v: Value) -> tuple[Value, int]:
        op = v.op
        if op is None or op.kind not in ("operator.add", "operator.sub"):
            return v, 0
        x, k = op.inputs
        if not isinstance(k, Constant) or not isinstance(k.value, int):
            return v, 0
        base, n = shift(env.get(x, x))
        return base, n + k.value if op.kind == "operator.add" else n - k.value

    for op in walk(body):
        if op.kind in ("operator.add", "operator.sub") and op.result.type == body.params[0].type:
            base, n = shift(op.result)
            if base in (op.result, op.inputs[0]) or base.type != op.result.type:
                continue  # nothing is added up, or not by constants
            if n == 0:
                env[op.result] = base
            else:
                op.kind = "operator.add" if n > 0 else "operator.sub"
                op.inputs = [base, Constant(abs(n))]
    if env:
        substitute(body, env)


__all__ = ["fuse_nests"]
