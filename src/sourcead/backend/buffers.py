"""Give the states of one array one buffer: where a copy is needed, put it.

In the IR `y1 = store(y0, i, v)` is a new value; in the text it is `y[i] = v`, which destroys y0.  That is
right
where nothing that is read later may share y0's buffer, and where the buffer is the function's own:

    y1 = store(y0, i, v)      live after it: z, tape, y1
                              z = y0[1:]            shares: copy it where it is made, z = y[1:].copy()
                              tape holds y0         shares: copy what is appended
                              y0 <- loop <- x       x is an argument: copy it before the loop, x = x.copy()

Each conflict comes with a witness (`sharing.py`), a chain of edges that a copy could cut; the copy goes to
the
edge that runs least often.  An `acc = acc + term` on arrays becomes `acc += term` only if it needs no copy.
Reading a shape is not reading data: such uses move on to the array's later states.
"""

from __future__ import annotations

from ..analysis.liveness import live_after
from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.rewrite import clone, count_uses
from ..ir.types import Array, List, Scalar, same_type
from .effects import has_effect, may_raise
from .peephole import improve
from .sharing import LAYOUT, SHAPE_ONLY, WRITES, Edge, Sharing, depths, levels, reads_shape_only

_ADDED_TO = ("zeros_like", "numpy.zeros", "numpy.zeros_like", "copy")
_ADDS = ("operator.add", "operator.sub")


def place(function: Function) -> Function:
    """A copy of the function in which every write may happen in place.

    Added `copy` ops keep buffers apart; an elementwise sum that may be written into its first operand has the
    attribute `_inplace`.  With `function.attrs["own_results"]` the arrays handed out own their data and share
    it with nothing.
    """
    f = clone(function)
    improve(f)
    _drop_unused(f)
    if not any(depths(v.type) for v in f.params) and not any(
        depths(v.type) for op in f.walk() for v in op.results
    ):
        return f  # numbers only
    sharing = Sharing(f)
    optional: dict[Op, None] = {}
    for op in f.walk():
        if _may_accumulate(op, optional):
            optional[op] = None
    sharing.inplace.update(optional)
    writing = lambda op: op.kind in WRITES or op in sharing.inplace
    near = lambda op, live: sharing.near(op.inputs[0], live)
    live = live_after(f, writing, _data_reads, _has_buffer, near)
    for op in list(f.walk()):
        if op.kind in WRITES:
            _separate(sharing, op, live[op])
    for op in optional:
        if op in sharing.inplace and not _is_safe(sharing, op, live[op]):
            sharing.inplace.discard(op)
    if f.attrs.get("own_results"):
        _own_results(f, sharing)
    for op in sharing.inplace:
        op.attrs["_inplace"] = True
    _insert_copies(sharing)
    _Later(f).region(f.body)
    return f


def _drop_unused(f: Function) -> None:
    """Remove what nothing reads; a write to an array that is not read later need not be made safe."""
    _sweep(f.body, count_uses(f.body))


def _sweep(r: Region, uses: dict[Value, int]) -> None:
    kept = []
    for op in reversed(r.ops):
        if not op.regions and not any(map(uses.get, op.results)) and not (has_effect(op) or may_raise(op)):
            for v in op.inputs:
                uses[v] -= 1
            continue
        for sub in reversed(op.regions):
            _sweep(sub, uses)
        kept.append(op)
    r.ops = kept[::-1]


def _has_buffer(v: Value) -> bool:
    t = v.type
    return t.__class__ is not Scalar and bool(depths(t)) and not isinstance(v, Constant | Undef)


def _data_reads(op: Op) -> list[Value]:
    if op.kind not in SHAPE_ONLY:
        return op.inputs
    return [v for v in op.inputs if not reads_shape_only(op, v)]


def _may_accumulate(op: Op, sums: dict[Op, None]) -> bool:
    if (
        not op.attrs.get("_accumulate")
        or op.kind not in _ADDS
        or isinstance(op.inputs[0], Constant)
        or not isinstance(op.inputs[0].type, Array)
    ):
        return False
    maker, names = op.inputs[0].op, {op.inputs[0].name, op.result.name}
    if None not in names and len(names) == 2:
        return False  # another variable
    if maker is not None and not (
        maker.regions or maker.kind in _ADDED_TO or maker.kind in WRITES or maker in sums
    ):
        return False  # a passing value, better written as one expression
    acc, out = op.inputs[0].type, op.result.type
    in_order = op.reverse or (acc.contiguous and isinstance(out, Array) and out.contiguous)
    return in_order and same_type(acc, out) and acc.ndim > 0


def _conflict(sharing: Sharing, op: Op, live: list[Value]) -> list[Edge] | None:
    """A witness that writing into op's first operand would be seen elsewhere.  `live`: what is read later, of
    the same group of values."""
    for level in range(levels(op) + 1):
        target = (op.inputs[0], level)
        way = sharing.foreign(target)
        if way is not None:
            return way
        for v in live:
            for d in depths(v.type):
                way = sharing.witness(target, (v, d))
                if way is not None:
                    return way
    return None


def _separate(sharing: Sharing, op: Op, live: list[Value]) -> None:
    here: Edge = ("dest", op, 0)
    others = [v for v in live if v not in op.results]
    while here not in sharing.cuts:
        way = _conflict(sharing, op, others)
        if way is None:
            return
        sharing.cut([*way, here])


def _is_safe(sharing: Sharing, op: Op, live: list[Value]) -> bool:
    return _conflict(sharing, op, [v for v in live if v is not op.result]) is None


# -- results ---------------------------------------------------------------------------------------
def _own_results(f: Function, sharing: Sharing) -> None:
    for i in range(len(f.results)):
        _own(sharing, f.body, i, f.results[:i])


def _own(sharing: Sharing, region: Region, i: int, before: list[Value]) -> None:
    """Make the i-th yield of a region own its buffer; the copy goes into the branches of a last `if`."""
    v = region.yields[i]
    if isinstance(v, Undef) or not depths(v.type):
        return
    op = v.op
    if op is not None and op.kind == "if" and region.ops and region.ops[-1] is op and v not in before:
        k = op.results.index(v)
        for r in op.regions:
            inner = [r.yields[op.results.index(b)] if b in op.results else b for b in before]
            _own(sharing, r, k, inner)
        return
    others = [(b, e) for b in before for e in depths(b.type)]
    needs = isinstance(v, Constant) or any(
        sharing.foreign((v, d)) is not None or any(sharing.witness((v, d), o) is not None for o in others)
        for d in depths(v.type)
    )
    if isinstance(v.type, Array | List) and (needs or sharing.is_view(v)):
        sharing.cuts.add(("yield", region, i))


# -- carrying it out -------------------------------------------------------------------------------
def _copy(v: Value, near: Op | None, inside: int = 0) -> Op:
    op = Op(
        "copy",
        [v],
        [v.type],
        {"_levels": inside} if inside else {},
        [],
        near.span if near else None,
        near.reverse if near else False,
    )
    op.result.name = v.name
    op.attrs["_inserted"] = True
    return op


def _insert_copies(sharing: Sharing) -> None:
    cuts = sharing.cuts
    if cuts:
        _copied(sharing.function.body, cuts, {})
    asked = any(op.kind == LAYOUT for op in sharing.function.walk())
    for op in sharing.function.walk():
        t = op.inputs[0].type if op.kind == "copy" else None
        if isinstance(t, Array) and t.ndim > 1 and not t.contiguous and (asked or not op.reverse):
            op.attrs["_layout"] = True  # copied as it lies in memory, whose order sums follow


def _copied(r: Region, cuts: set[Edge], replaced: dict[Value, Value]) -> None:
    """Put copies where there are cuts in a region; `replaced` says what is read in its place."""
    ops: list[Op] = []
    for op in r.ops:
        if op.kind != LAYOUT:
            op.inputs = [replaced.get(v, v) for v in op.inputs]
        entry: dict[int, str | None] = {}  # operands to copy, and names for the copies
        for k in range(len(op.results) if op.is_loop else 0):
            if ("init", op, k) in cuts:
                entry[op.fixed + k] = op.results[k].name
        if ("dest", op, 0) in cuts:
            entry[0] = op.results[0].name
        entry.update((i, None) for i in range(len(op.inputs)) if ("item", op, i) in cuts)
        for i, name in entry.items():
            ops.append(_copy(op.inputs[i], op, levels(op) if i == 0 else 0))
            ops[-1].result.name = name or op.inputs[i].name
            op.inputs[i] = ops[-1].result
        for sub in op.regions:
            _copied(sub, cuts, replaced)
        ops.append(op)
        if ("def", op, 0) in cuts:
            for v in op.results:
                if depths(v.type)[:1] == [0] and not (op.kind == "list.pop" and v is op.results[0]):
                    ops.append(_copy(v, op))
                    replaced[v] = ops[-1].result
    r.ops = ops
    r.yields = [replaced.get(v, v) for v in r.yields]
    for i in range(len(r.yields)):
        if ("yield", r, i) in cuts:
            r.ops.append(_copy(r.yields[i], r.ops[-1] if r.ops else None))
            r.yields[i] = r.ops[-1].result


class _Later:
    """Moves the uses that only read a shape from an overwritten state of an array to its latest state."""

    def __init__(self, f: Function) -> None:
        self.now: dict[Value, Value] = {}

    def find(self, v: Value) -> Value:
        while v in self.now:
            v = self.now[v]
        return v

    def region(self, r: Region) -> None:
        saved: list[tuple[Value, Value | None]] = []
        for op in r.ops:
            if op.kind in SHAPE_ONLY:
                op.inputs = [self.find(v) if reads_shape_only(op, v) else v for v in op.inputs]
            if op.is_loop:
                self._loop(op, saved)
            else:
                for sub in op.regions:
                    self.region(sub)
            if op.kind in ("store", "index_add") or op.attrs.get("_inplace") or op.attrs.get("_inserted"):
                same = op.kind != "copy" or op.inputs[0].name == op.result.name
                if same and isinstance(op.inputs[0].type, Array):
                    self._set(op.inputs[0], op.results[0], saved)
        for v, before in reversed(saved):
            if before is None:
                del self.now[v]
            else:
                self.now[v] = before

    def _set(self, v: Value, state: Value, saved: list[tuple[Value, Value | None]]) -> None:
        saved.append((v, self.now.get(v)))
        self.now[v] = state

    def _loop(self, op: Op, saved: list[tuple[Value, Value | None]]) -> None:
        kept = []
        for k in range(len(op.results)):
            s = op.slot(k)
            if (
                isinstance(s.init.type, Array)
                and not isinstance(s.init, Constant)
                and _is_later_state(s.next, s.params[-1])
            ):
                kept.append(s)
        for n, sub in enumerate(op.regions):
            inner: list[tuple[Value, Value | None]] = []
            for s in kept:
                self._set(s.init, s.params[n], inner)
            self.region(sub)
            for v, before in reversed(inner):
                if before is None:
                    del self.now[v]
                else:
                    self.now[v] = before
        for s in kept:
            self._set(s.init, s.result, saved)


def _is_later_state(v: Value, of: Value) -> bool:
    while v is not of:
        op = v.op
        if op is None:
            return False
        if op.kind in ("store", "index_add") or op.attrs.get("_inplace"):
            v = op.inputs[0]
        elif op.is_loop:
            slot = op.slot(op.results.index(v))
            if not _is_later_state(slot.next, slot.params[-1]):
                return False
            v = slot.init
        else:
            return False
    return True
