"""Scratch arrays: what was just stored is not read back, and what each trip fills anew is allocated once.

    for _ in range(steps):                      r = np.zeros(n + 2)
        v = np.empty(n)                         for _ in range(steps):
        r = np.zeros(n + 2)                         for i in range(n):
        for i in range(n):                ->            r[i + 1] = 2.0 * B[i]
            v[i] = B[i]                             ...
            r[i + 1] = 2.0 * v[i]
        ...

In IR an array that is allocated before a loop is carried through it: a trip starts with what the trip before
left.  That changes nothing for `np.empty`, of which nobody reads what nobody wrote, nor for a bordered
buffer, of which each trip writes the same part (gather.py).  Two bordered buffers that are alike, and of
which one is done with when the other begins, are one.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ir.core import Function, Op, Region, Value, is_const, walk
from ...ir.rewrite import homes, parents, substitute
from ...ir.types import Array, Scalar
from .gather import BORDERED
from .plan import WRITES
from .sizes import Sizes, is_integer, same


# -- what was just stored -----------------------------------------------------------------------------------
def forward_stores(function: Function) -> None:
    """Let each trip of an innermost nest use what it has stored itself, in place."""
    sizes = Sizes(function)
    for op in list(function.walk()):
        if op.attrs.get("_nest") and not any(o.regions for o in op.body.ops):
            _forward(op.body, sizes)


def _forward(body: Region, sizes: Sizes) -> None:
    env: dict[Value, Value] = {}
    ops = []
    for op in body.ops:
        op.inputs = [env.get(v, v) for v in op.inputs]
        if op.kind == "getitem" and isinstance(op.inputs[0].type, Array):
            store = _store_at(op.inputs[0], op.inputs[1:], sizes)
            if store is not None and store.inputs[-1].type == op.result.type:
                env[op.result] = store.inputs[-1]
                continue
        ops.append(op)
    body.yields = [env.get(v, v) for v in body.yields]
    uses: dict[Value, int] = {}
    for v in (*(v for op in ops for v in op.inputs), *body.yields):
        uses[v] = uses.get(v, 0) + 1
    body.ops = []
    for op in ops:
        if op.kind == "index_add" and uses[op.inputs[0]] == 1:
            store = _store_at(op.inputs[0], op.inputs[1:-1], sizes)
            if store is not None and store.result is op.inputs[0] and store in body.ops:
                body.ops.remove(store)
                body.ops += _added(op, store)
        body.ops.append(op)


def _store_at(y: Value, index: list[Value], sizes: Sizes) -> Op | None:
    """The op of the same trip that stored the element which a state has at an index of integers."""
    if not all(map(is_integer, index)):
        return None
    at = [sizes.integer(v) for v in index]
    while y.op is not None and y.op.kind in WRITES and y.op.attrs["path"] == (("at",) * len(at),):
        if not all(map(is_integer, y.op.inputs[1:-1])):
            return None
        there = [sizes.integer(v) for v in y.op.inputs[1:-1]]
        if all(map(same, at, there)):
            t = y.op.inputs[-1].type
            kept = isinstance(t, Scalar) and t.dtype == y.type.dtype  # type: ignore[attr-defined]
            return y.op if kept and y.op.kind == "store" else None
        if not any(not (a - b).terms and (a - b).constant for a, b in zip(at, there)):
            return None
        y = y.op.inputs[0]
    return None


def _added(op: Op, store: Op) -> list[Op]:
    """Turn an addition to what was just stored into a store of the sum; returns what it needs."""
    first, term = store.inputs[-1], op.inputs[-1]
    t = op.inputs[0].type
    assert isinstance(t, Array)
    op.kind, op.inputs[0] = "store", store.inputs[0]
    if is_const(first, 0) and term.type.dtype == t.dtype:  # type: ignore[attr-defined]
        return []
    attrs = {"_dot": True} if op.attrs.get("_dot") else {}
    total = Op("operator.add", [first, term], [Scalar(t.dtype, True)], attrs, None, op.span, op.reverse)
    op.inputs[-1] = total.result
    return [total]


# -- what each trip fills anew ------------------------------------------------------------------------------
def allocate_once(function: Function, parallel: bool) -> None:
    """Move the allocation of scratch arrays out of loops, in place.  `parallel`: but not out of loops whose
    trips may run at one time, each of which needs its own."""
    _Scratch(function, parallel).region(function.body)


class _Scratch:
    def __init__(self, function: Function, parallel: bool) -> None:
        self.parallel = parallel
        self.sizes = Sizes(function)
        self.home = homes(function.body)
        self.parents = parents(function.body)
        self.users: dict[Value, list[Op]] = {}
        self.yields: dict[Value, list[Region]] = {}
        for op in function.walk():
            for v in dict.fromkeys(op.inputs):
                self.users.setdefault(v, []).append(op)
            for r in op.regions:
                for v in r.yields:
                    self.yields.setdefault(v, []).append(r)
        for v in function.results:
            self.yields.setdefault(v, []).append(function.body)

    def region(self, region: Region) -> None:
        for op in list(region.ops):
            if op.attrs.get("_nest"):
                continue
            for r in op.regions:
                self.region(r)
            moves = op.kind == "for" and not op.attrs.get("checkpoint")
            if moves and not (self.parallel and self._writes_apart(op)):
                for made in [o for o in op.body.ops if _is_scratch(o)]:
                    self._move(made, op, region)
        self._share(region)

    def _writes_apart(self, loop: Op) -> bool:
        """Whether a loop runs forward and its index is in all the places at which it writes to what it
        carries."""
        i = loop.body.params[0]
        if not is_const(loop.inputs[2], -1 if loop.attrs.get("_reversed") else 1):
            return False
        for op in walk(loop.body):
            if op.kind not in WRITES or not isinstance(op.inputs[0].type, Array):
                continue
            v = op.inputs[0]
            while v not in loop.body.params:
                if v in self.sizes.slots:
                    owner, k = self.sizes.slots[v]
                    v = owner.slot(k).init
                elif v.op is not None and v.op.kind in WRITES:
                    v = v.op.inputs[0]
                else:
                    break
            else:
                places = [self.sizes.integer(x) for x in op.inputs[1:-1] if is_integer(x)]
                if not any(u is i for a in places for u, _ in a.terms):
                    return False
        return True

    def _last(self, v: Value) -> Value | None:
        """The last state of an array that nothing is done with but to read and write elements; None where
        more is done."""
        while True:
            after: list[Value] = []
            for op in self.users.get(v, ()):
                if op.kind in ("builtins.len", "numpy.size"):
                    continue
                if op.inputs[0] is v and v not in op.inputs[1:] and op.kind in (*WRITES, "getitem"):
                    if op.kind in WRITES:
                        after.append(op.result)
                    elif isinstance(op.result.type, Array):
                        return None
                elif op.kind == "for" and op.inputs.count(v) == 1 and v in op.inputs[op.fixed :]:
                    s = op.slot(op.inputs.index(v) - op.fixed)
                    inner = self._last(s.params[0])
                    if inner is not s.next or self.yields.get(inner) != [op.body]:
                        return None
                    after.append(s.result)
                else:
                    return None
            if not after:
                return v
            if len(after) > 1 or v in self.yields or self.home[after[0]] is not self.home[v]:
                return None
            v = after[0]

    def _move(self, made: Op, loop: Op, region: Region) -> None:
        """Move an allocation from a loop's body to before the loop."""
        body, v = loop.body, made.result
        size, last = made.inputs[0], self._last(v)
        if last is None or last is v or last in self.yields:
            return
        moved = [made]
        if self.home.get(size) is body:
            shape = size.op
            if (
                shape is None
                or shape.kind != "tuple.new"
                or any(self.home.get(n) is body for n in shape.inputs)
            ):
                return
            moved = [shape, made]
        body.ops = [op for op in body.ops if op not in moved]
        at = region.ops.index(loop)
        region.ops[at:at] = moved
        for op in moved:
            self.home[op.result] = region
        (p,), result = loop.add_slot(v, v.name)
        substitute(body, {v: p})
        body.yields.append(last)
        self.home[p], self.home[result] = body, region
        self.users[p], self.users[v] = self.users[v], [loop]
        self.yields[last] = [body]

    # -- one for two ---------------------------------------------------------------------------------------
    def _share(self, region: Region) -> None:
        free: list[tuple[Op, Value, int]] = []  # a buffer, its last state, and the op that is done with it
        at = {op: k for k, op in enumerate(region.ops)}
        for op in list(region.ops):
            if op.kind != "numpy.zeros" or BORDERED not in op.attrs:
                continue
            last = self._last(op.result)
            if last is None or last in self.yields:
                continue
            used = list(self._used(op.result, last, at))
            for k, (other, state, done) in enumerate(free):
                if _alike(op, other) and self._sizes(op, other) and done < min(used):
                    self._join(op, state, region)
                    free[k] = (other, last, max(used))
                    break
            else:
                free.append((op, last, max(used)))

    def _used(self, v: Value, last: Value, at: dict[Op, int]) -> Iterator[int]:
        """Where in the region the states of an array are used."""
        states = {v, last}
        while v is not last:
            v = next(
                r
                for op in self.users[v]
                for r in op.results
                if (op.kind in WRITES and op.inputs[0] is v)
                or (
                    op.kind == "for" and v in op.inputs and op.slot(op.inputs.index(v) - op.fixed).result is r
                )
            )
            states.add(v)
        for op, k in at.items():
            inner = (o for r in op.regions for o in walk(r))
            if any(not states.isdisjoint(o.inputs) for o in (op, *inner)):
                yield k

    def _sizes(self, a: Op, b: Op) -> bool:
        n = a.result.type.ndim  # type: ignore[attr-defined]
        return all(same(self.sizes.length(a.result, k), self.sizes.length(b.result, k)) for k in range(n))

    def _join(self, made: Op, state: Value, region: Region) -> None:
        """Let a buffer begin as another one ended."""
        substitute(region, {made.result: state})
        region.ops.remove(made)
        self.users.setdefault(state, []).extend(self.users.pop(made.result, ()))


def _is_scratch(op: Op) -> bool:
    return op.kind == "numpy.empty" or (op.kind == "numpy.zeros" and BORDERED in op.attrs)


def _alike(a: Op, b: Op) -> bool:
    """Whether two buffers are of one type, and have the same border."""
    s, t = a.result.type, b.result.type
    return s.dtype == t.dtype and s.ndim == t.ndim and a.attrs[BORDERED] == b.attrs[BORDERED]  # type: ignore[attr-defined]
