"""Small rewrites of the IR that make the text shorter, before buffers and names are given.

    y1 = store(y0, i, 0.0)                      y4 = store(y0, i, v + w)
    y2 = index_add(y1, j, u)        becomes     y5 = index_add(y4, j, u)
    y3 = index_add(y2, i, v)
    y4 = index_add(y3, i, w)

    for _ in range(trips):          becomes     while x_tape:
        x = x_tape.pop()                            x = x_tape.pop()

and a pop moves down to where its item's variable is free to take the item.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Value, is_const
from ..ir.types import PY_BOOL, PY_INT, Array, Scalar, dtype_kind


def improve(function: Function) -> None:
    """Rewrite a function in place."""
    uses = _uses(function)
    regions = [function.body, *(r for op in function.walk() for r in op.regions)]
    for region in regions:
        _merge_adds(region, uses)
    _walk_tapes(function, uses)
    for op in function.walk():
        if op.kind in ("for", "while"):
            _sink_pops(op)


def _uses(function: Function) -> dict[Value, int]:
    uses: dict[Value, int] = {}
    regions = [function.body, *(r for op in function.walk() for r in op.regions)]
    for region in regions:
        for v in region.yields:
            uses[v] = uses.get(v, 0) + 1
        for op in region.ops:
            for v in op.inputs:
                uses[v] = uses.get(v, 0) + 1
    return uses


# -- additions to elements -------------------------------------------------------------------------
# A chain: states of one array, each read by the next write only.  Its additions may change places, so those
# to one element become one, and the zero that the element was set to before goes away.  What moves, moves
# down.
class _Moves:
    """What is decided for one region: where writes go, what goes away, what is new in front of an op."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.at = {op: i for i, op in enumerate(region.ops)}
        self.behind: dict[Op, list[Op]] = {}
        self.before: dict[Op, list[Op]] = {}
        self.gone: set[Op] = set()

    def place(self, order: list[Op]) -> None:
        """Put the writes of a chain in their order, each where it was or further down."""
        lowest = order[0]
        for op in order:
            if self.at[op] > self.at[lowest]:
                lowest = op
            self.behind.setdefault(lowest, []).append(op)
        self.gone.update(order)

    def carry_out(self) -> None:
        if not self.gone:
            return
        out: list[Op] = []
        for op in self.region.ops:
            if op not in self.gone:
                out.append(op)
            for o in self.behind.get(op, ()):
                out += [*self.before.get(o, ()), o]
        self.region.ops = out


def _merge_adds(region: Region, uses: dict[Value, int]) -> None:
    writes = [op for op in region.ops if op.kind in ("store", "index_add") and _is_basic(op)]
    followed = {op.inputs[0]: op for op in writes if uses.get(op.inputs[0]) == 1}
    done: set[Op] = set()
    moves = _Moves(region)
    for op in writes:
        if op in done:
            continue
        chain = [op]
        while (after := followed.get(chain[-1].result)) is not None and after.kind == "index_add":
            chain.append(after)
        done.update(chain)
        if len(chain) > 1:
            _merge_chain(chain, moves)
    moves.carry_out()


def _is_basic(op: Op) -> bool:
    return (
        isinstance(op.inputs[0].type, Array)
        and len(op.attrs["path"]) == 1
        and all(isinstance(v.type, Scalar) and dtype_kind(v.type.dtype) == "i" for v in op.inputs[1:-1])
    )


def _place(op: Op) -> tuple[object, ...]:
    """What an index is: its pattern and operands; equal for equal places."""
    operands = [("constant", v.value) if isinstance(v, Constant) else v for v in op.inputs[1:-1]]
    return (op.attrs["path"], *operands)


def _merge_chain(chain: list[Op], moves: _Moves) -> None:
    first = chain[0]
    groups: dict[tuple[object, ...], list[Op]] = {}
    for op in chain[1:] if first.kind == "store" else chain:
        groups.setdefault(_place(op), []).append(op)
    zeroed = first.kind == "store" and is_const(first.inputs[-1], 0)
    start = groups.pop(_place(first), []) if zeroed else []
    if not start and not any(_is_sum(g) for g in groups.values()):
        return
    head = [first] if first.kind == "store" and not start else _summed(start, moves)
    rest = [op for g in groups.values() for op in _summed(g, moves)]
    order = head + sorted(rest, key=lambda op: moves.at[op])
    if start:
        order[0].kind = "store"
        kept = order[0].inputs[-1].op
        if len(order) > 1 and kept is not None and _is_load(kept, first):  # stores what is there
            del order[0]
    base = first.inputs[0]
    last, end = order[-1], chain[-1]  # the state behind the chain keeps its value
    last.results, end.results = end.results, last.results
    for op in (last, end):
        op.result.op = op
    for op in order:
        op.inputs[0] = base
        base = op.result
    moves.gone.update(chain)
    moves.place(order)


def _summed(group: list[Op], moves: _Moves) -> list[Op]:
    """The additions at one place, made one where they add numbers."""
    if not _is_sum(group):
        return group
    _add_up(group, moves)
    return group[-1:]


def _is_load(op: Op, write: Op) -> bool:
    """Whether an op loads what a write is going to replace."""
    path = op.attrs.get("path", (op.attrs.get("index"),))
    return op.kind == "getitem" and op.inputs == write.inputs[:-1] and path == write.attrs["path"]


def _is_sum(group: list[Op]) -> bool:
    return len(group) > 1 and all(isinstance(op.inputs[-1].type, Scalar) for op in group)


def _is_negative(v: Value) -> bool:
    return isinstance(v, Constant) and isinstance(v.value, int | float) and v.value < 0


def _opposite(v: Value) -> Value:
    assert isinstance(v, Constant)
    return Constant(-v.value, v.type)


def _add_up(group: list[Op], moves: _Moves) -> None:
    """Let the last of the additions at one place add all their terms."""
    last = group[-1]
    total = group[0].inputs[-1]
    for op in group[1:]:
        term, kind = op.inputs[-1], "operator.add"
        made = term.op
        if made is not None and made.kind == "operator.neg":
            term, kind = made.inputs[0], "operator.sub"
        elif made is not None and made.kind == "operator.mul" and _is_negative(made.inputs[0]):
            factors = [_opposite(made.inputs[0]), made.inputs[1]]
            product = Op(made.kind, factors, [term.type], made.attrs, None, made.span, made.reverse)
            moves.before.setdefault(last, []).append(product)
            term, kind = product.result, "operator.sub"
        t = term.type if isinstance(total, Constant) else total.type
        plus = Op(kind, [total, term], [t], {"_dot": True}, None, last.span, last.reverse)
        moves.before.setdefault(last, []).append(plus)
        total = plus.result
    last.inputs[-1] = total


# -- tapes that count the trips --------------------------------------------------------------------
def _walk_tapes(function: Function, uses: dict[Value, int]) -> None:
    ops = function.body.ops
    for n, op in enumerate(ops):
        if op.kind == "for" and op.attrs.get("_reversed"):
            made = _walk_tape(op, uses)
            if made is not None:
                ops[n] = made


def _walk_tape(op: Op, uses: dict[Value, int]) -> Op | None:
    """`while tape:` for a loop over a count of trips, and the count gone."""
    start, trips, step = op.inputs[:3]
    loop = trips.op
    if not (is_const(start, 0) and is_const(step, 1)) or uses.get(op.body.params[0]):
        return None
    if loop is None or not loop.is_loop or uses.get(trips) != 1 or op.own_yields:
        return None
    k = loop.results.index(trips)
    count = loop.slot(k)
    plus = count.next.op
    if (
        not is_const(count.init, 0)
        or plus is None
        or plus.kind != "operator.add"
        or plus not in loop.body.ops
    ):
        return None
    if (
        plus.inputs[0] is not count.params[-1]
        or not is_const(plus.inputs[1], 1)
        or uses.get(plus.result) != 1
    ):
        return None
    if sum(uses.get(p, 0) for p in count.params) != 1:
        return None
    for j in range(len(op.results)):
        tape = op.slot(j)
        if tape.init.op is not loop or uses.get(tape.init) != 1:
            continue
        grows = _grows(loop, loop.results.index(tape.init))
        if grows and _shrinks(op, tape.next, tape.params[-1], uses):
            _without_slot(loop, k, plus)
            return _while_tape(op, j)
    return None


def _grows(loop: Op, k: int) -> bool:
    """Whether the slot is a new list that gets one item a trip."""
    s = loop.slot(k)
    add, made = s.next.op, s.init.op
    return (
        made is not None and made.kind == "list.new" and not made.inputs
        and add is not None and add.kind == "list.append" and add in loop.body.ops
        and add.inputs[0] is s.params[-1]
    )  # fmt: skip


def _shrinks(op: Op, after: Value, before: Value, uses: dict[Value, int]) -> bool:
    pop = after.op
    return (
        pop is not None and pop.kind == "list.pop" and pop in op.body.ops
        and pop.inputs[0] is before and uses.get(before) == 1
    )  # fmt: skip


def _without_slot(loop: Op, k: int, plus: Op) -> None:
    del loop.inputs[loop.fixed + k]
    del loop.results[k]
    for r in loop.regions:
        del r.params[(loop.own_params if r is loop.body else 0) + k]
    del loop.body.yields[loop.own_yields + k]
    loop.body.ops.remove(plus)


def _while_tape(op: Op, j: int) -> Op:
    head = Region([Value(v.type, v.name) for v in op.results])
    length = Op("list.len", [head.params[j]], [PY_INT], {}, None, op.span, op.reverse)
    some = Op("operator.gt", [length.result, Constant(0)], [PY_BOOL], {}, None, op.span, op.reverse)
    head.ops = [length, some]
    head.yields = [some.result]
    del op.body.params[0]
    attrs = {k: v for k, v in op.attrs.items() if k != "_reversed"}
    out = Op("while", op.inputs[op.fixed :], [], attrs, [head, op.body], op.span, op.reverse)
    out.results = op.results
    for v in out.results:
        v.op = out
    return out


# -- pops ------------------------------------------------------------------------------------------
def _sink_pops(loop: Op) -> None:
    """Pop the next value of a slot after the slot's last read: `h = h_tape.pop()`."""
    body = loop.body
    for k in range(len(loop.results)):
        s = loop.slot(k)
        pop = s.next.op
        if pop is None or pop.kind != "list.pop" or pop not in body.ops or s.next is not pop.results[1]:
            continue
        at = body.ops.index(pop)
        reads = [i for i, o in enumerate(body.ops) if _reads(o, s.params[-1])]
        used = [i for i, o in enumerate(body.ops) if any(_reads(o, v) for v in pop.results)]
        to = min(used, default=len(body.ops))
        if not reads or reads[-1] < at or to <= reads[-1]:
            continue
        if any(_reads(o, pop.inputs[0]) for o in body.ops[at + 1 : to]):
            continue
        body.ops.insert(to, pop)
        del body.ops[at]


def _reads(op: Op, v: Value) -> bool:
    return v in op.inputs or any(v in r.yields or any(_reads(o, v) for o in r.ops) for r in op.regions)
