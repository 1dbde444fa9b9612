"""How many floating point operations a function does, and how much memory it keeps for its reverse sweep.

The function is walked once, in order:

    operation       its formula in the shapes of its operands (`rules/costs.py`)
    for             the sum over its trips (`sums.py`)
    while, break    a symbol for the number of trips
    if              the greater of its two branches: an upper bound
    try             the body and the handler, since the body may raise at its end: an upper bound
    call            the callee's cost; a call of itself is a symbol

Memory kept for the reverse sweep is what a tape holds (`list.append` marked as a tape), and arrays that the
forward sweep made and the reverse sweep reads.  An array is counted where it is made: one that a tape holds
in each trip, but that was made before the loop, is there once.  Arguments are the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import prod

import numpy as np
import sympy as sp

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.types import Array, List, Scalar, Tuple, Type, dtype_kind, is_inexact
from ..rules.costs import cost_of
from ..rules.counting import uncounted
from ..rules.registry import BOOK
from .memory import STATES, Origins, slots
from .sizes import CHANGES, LIKE, Sizes
from .sums import Index, most, total, trips

#: What reads the shape of an operand and not its contents.
SHAPE_ONLY = {"builtins.len", "numpy.size", *(k for k in LIKE if "like" in k)}
TRIPS = "the trips of the loop, their mean where it is entered often,"
PYTHON_NUMBER = 8  # bytes: what a float holds, not the object around it


@dataclass
class Tally:
    """Formulas for a piece of program: operations, bytes kept, and the bytes under each name."""

    operations: sp.Expr = sp.S.Zero
    tape: sp.Expr = sp.S.Zero
    parts: dict[str, sp.Expr] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        self.operations += other.operations
        self.tape += other.tape
        for name, e in other.parts.items():
            self.parts[name] = self.parts.get(name, sp.S.Zero) + e

    def map(self, change: Callable[[sp.Expr], sp.Expr]) -> Tally:
        parts = {name: change(e) for name, e in self.parts.items()}
        return Tally(change(self.operations), change(self.tape), parts)


class Counter:
    """Walks functions, one after the other, with the sizes in common.

    prepare: from a callee to the function that is run in its place.  keeps: whether there is a reverse sweep
    that something is kept for.
    """

    def __init__(self, sizes: Sizes, prepare: Callable[[Function], Function], keeps: bool = True) -> None:
        self.sizes = sizes
        self.prepare = prepare
        self.keeps = keeps
        self.upper = False  # whether a branch made the count an upper bound
        self._running: list[Function] = []  # the callees around what is walked
        self._given: dict[Function, object] = {}  # the sizes of a callee's first call
        self._frames: list[_Frame] = []
        self._indices: dict[tuple[object, ...], sp.Symbol] = {}

    def function(self, f: Function, kept: Iterable[Value] = ()) -> Tally:
        """The cost of a function, its parameters' sizes being known.  `kept`: results that are there for a
        reverse sweep in another function."""
        frame = _Frame(f)
        self._frames.append(frame)
        try:
            frame.lists = self._lists_kept(frame, kept)
            tally = frame.open[f.body] = Tally()
            self.region(f.body, tally)
            for v in kept:
                self.keep(v, v.name, f.body)
            return tally
        finally:
            self._frames.pop()

    @property
    def frame(self) -> _Frame:
        return self._frames[-1]

    # -- regions ---------------------------------------------------------------------------------------
    def region(self, region: Region, tally: Tally) -> None:
        self.frame.open[region] = tally
        for op in region.ops:
            self.op(op, region, tally)

    def inner(self, region: Region) -> Tally:
        tally = Tally()
        self.region(region, tally)
        return tally

    def op(self, op: Op, region: Region, tally: Tally) -> None:
        self.reads(op)
        if op.kind == "for":
            tally.add(self.counted_loop(op))
        elif op.kind == "while":
            tally.add(self.open_loop(op))
        elif op.is_branch:
            tally.add(self.branch(op))
        elif op.kind == "call":
            tally.add(self.call(op))
        else:
            self.sizes.define(op)
            tally.operations += self.operations(op)
            if (
                op.kind in ("list.append", "list.new")
                and self.frame.origins.root(op.results[0]) in self.frame.lists
            ):
                if (at_once := slots(region)) is not None:
                    return self.save(op, at_once)
                for v in op.inputs[1:] if op.kind == "list.append" else op.inputs:
                    self.keep(v, f"{v.name}_tape" if v.name else None, region, pushed=op)

    # -- operations --------------------------------------------------------------------------------------
    def operations(self, op: Op) -> sp.Expr:
        sizes = self.sizes
        if op.kind == "index_add":
            return self._added(op)
        key = op.attrs["key"] if op.kind == "solver" else op.kind
        if (op.kind not in BOOK and key == op.kind) or not op.results:
            return sp.S.Zero
        if not any(is_inexact(v.type) for v in op.results):
            return sp.S.Zero
        formula = cost_of(op.kind) if key == op.kind else None
        out = op.results[0]
        if formula is None or formula is uncounted:
            name = key.rpartition(".")[2]
            return sizes.symbol(f"operations_of_{name}", f"the operations of one call of {key}")
        operands = [sizes.shape(v, op) for v in op.inputs if not isinstance(v, Undef)]
        found = formula(operands, sizes.shape(out, op), op.attrs)
        return sp.expand(found)

    def _added(self, op: Op) -> sp.Expr:
        """A sum at each place that is added to."""
        if not is_inexact(op.result.type):
            return sp.S.Zero
        sizes = self.sizes
        a = op.inputs[0].type
        if not isinstance(a, Array):
            return sp.S.One
        shape = sizes.selected(sizes.shape_of(a, op), op.attrs["path"], op.inputs[1:-1], op)
        if shape is None or any(n is None for n in shape):
            v = op.inputs[-1]
            if isinstance(v.type, Array) and v.type.ndim and not any(d.is_one for d in v.type.shape):
                return sizes.elements(v, op)
            return sizes.unknown("size", op, "how many elements are added to")
        return sp.expand(prod(n for n in shape if n is not None))

    # -- loops -------------------------------------------------------------------------------------------
    def counted_loop(self, op: Op) -> Tally:
        sizes = self.sizes
        begin, stop, by = (sizes.whole_number(v) for v in op.inputs[:3])
        even = by is not None and by.is_Integer and by != 0
        start, step = sp.S.Zero if begin is None else begin, int(by) if even else 1  # type: ignore[arg-type]
        known = begin is not None and even
        if op.attrs.get("exit") or not known or stop is None:
            raw = count = sizes.unknown("trips", op, TRIPS)
            low, high = start, start + step * (count - 1)
            if step < 0:
                low, high = high, low
        else:
            raw, count = trips(start, stop, step, sizes.scope)
            low, high = (start, stop - 1) if step > 0 else (stop + 1, start)
        # loops of equal range at equal depth have one symbol: the reverse sweep's loops are those of the
        # forward sweep, and lengths found there hold
        key = (len(sizes.scope), start, count, step)
        symbol = self._indices.setdefault(key, sp.Dummy(f"_i{len(sizes.scope)}", integer=True))
        index = Index(symbol, start, step, raw, count, low, high)
        outer = sizes.scope
        sizes.scope = (*outer, index)
        if known:
            sizes.whole[op.body.params[0]] = symbol
        self._enter(op, (symbol - start) / step)
        body = self.inner(op.body)
        out = body.map(lambda e: total(e, index, outer))
        sizes.scope = outer
        self._leave(op, count)
        return out

    def open_loop(self, op: Op) -> Tally:
        count = self.sizes.unknown("trips", op, TRIPS)
        self._enter(op, None)
        test, body = self.inner(op.regions[0]), self.inner(op.body)
        out = body.map(lambda e: sp.expand(e * count))
        out.add(test.map(lambda e: sp.expand(e * (count if op.attrs.get("exit") else count + 1))))
        self._leave(op, count)
        return out

    def _enter(self, op: Op, trip: sp.Expr | None) -> None:
        """What goes round: numbers that grow evenly, and what stays as it is."""
        for k in range(len(op.results)):
            s = op.slot(k)
            growth = self._growth(op, k)
            if growth is not None and (trip is not None or growth == 0):
                of, now = self._numbers(s.init)
                for p in s.params if now is not None else ():
                    of[p] = now + growth * (trip if trip is not None else 0)
            if isinstance(s.init.type, Array) and isinstance(s.result.type, Array):
                shape = self.sizes.known_shape(s.init.type)
                for p in s.params:
                    self.sizes.bind(p.type, shape)

    def _leave(self, op: Op, count: sp.Expr) -> None:
        for k in range(len(op.results)):
            s = op.slot(k)
            growth = self._growth(op, k)
            of, now = self._numbers(s.init)
            if growth is not None and now is not None:
                of[s.result] = sp.expand(now + growth * count)
            if isinstance(s.next.type, Array):
                self.sizes.bind(s.result.type, self.sizes.known_shape(s.next.type))

    def _numbers(self, v: Value) -> tuple[dict[Value, sp.Expr], sp.Expr | None]:
        """A whole number, or the length of a list, and where such are kept."""
        sizes = self.sizes
        if isinstance(v.type, List):
            return sizes.items, sizes.count(v)
        return sizes.whole, sizes.whole_number(v)

    def _growth(self, op: Op, k: int) -> sp.Expr | None:
        """By how much a carried whole number, or the length of a carried list, grows in each trip."""
        s = op.slot(k)
        if isinstance(s.init.type, List):
            n, v = 0, s.next
            while v is not s.params[-1]:
                if v.op is None or v.op.kind not in CHANGES or v is not v.op.results[0]:
                    return None
                n += CHANGES[v.op.kind]
                v = v.op.inputs[0]
            return sp.Integer(n)
        if s.next is s.params[-1]:
            return sp.S.Zero
        if s.next.op is None or s.next.op.kind not in ("operator.add", "operator.sub"):
            return None
        a, b = s.next.op.inputs
        if a is not s.params[-1] or not isinstance(b, Constant) or not isinstance(b.value, int):
            return None
        return sp.Integer(b.value if s.next.op.kind == "operator.add" else -b.value)

    # -- branches and calls ------------------------------------------------------------------------------
    def branch(self, op: Op) -> Tally:
        a, b = (self.inner(r) for r in op.regions)
        scope = self.sizes.scope
        for k, v in enumerate(op.results):
            ends = [r.yields[k] for r in op.regions]
            shapes = [self.sizes.known_shape(e.type) for e in ends]
            if shapes[0] is not None and shapes[0] == shapes[1]:
                self.sizes.bind(v.type, shapes[0])
            numbers = [self.sizes.whole_number(e) for e in ends]
            if numbers[0] is not None and numbers[0] == numbers[1]:
                self.sizes.whole[v] = numbers[0]
        if op.kind == "try":  # the body stops anywhere, and the handler follows; what the body kept is gone
            self.upper |= a.operations != 0 or b.operations != 0
            operations = sp.expand(a.operations + b.operations)
        else:
            self.upper |= sp.expand(a.operations - b.operations) != 0
            operations = most(a.operations, b.operations, scope)
        self.upper |= sp.expand(a.tape - b.tape) != 0
        out = Tally(operations, most(a.tape, b.tape, scope))
        for name in {**a.parts, **b.parts}:
            out.parts[name] = most(a.parts.get(name, sp.S.Zero), b.parts.get(name, sp.S.Zero), scope)
        return out

    def call(self, op: Op) -> Tally:
        callee: Function = op.attrs["function"]
        sizes = self.sizes
        around = {frame.function.name for frame in self._frames}
        if callee in self._running or (callee.name in around and _calls_itself(callee)):
            name = callee.name
            again = sizes.symbol(f"operations_of_{name}", f"those of one call that {name} makes of itself")
            if not self.keeps or op.reverse:
                return Tally(again)
            kept = sizes.symbol(f"bytes_of_{name}", f"what one call that {name} makes of itself keeps")
            return Tally(again, kept, {name: kept})
        f = self.prepare(callee)
        shapes = [sizes.known_shape(v.type) for v in op.inputs]
        numbers = [sizes.whole_number(v) for v in op.inputs]
        outside = sizes.lengths
        given = (shapes, numbers)
        again = self._given.setdefault(callee, given) != given
        if again or any(sizes.differs(p.type, s) for p, s in zip(f.params, shapes)):
            sizes.lengths = sizes.without(f)  # its lengths are those of another call
        for p, e, shape in zip(f.params, numbers, shapes):
            if e is not None:
                sizes.whole[p] = e
            sizes.bind(p.type, shape)
        self._running.append(callee)
        tally = self.function(f)
        self._running.pop()
        ends = [sizes.known_shape(r.type) for r in f.results]
        sizes.lengths = outside
        for v, r, shape in zip(op.results, f.results, ends):
            e = sizes.whole_number(r)
            if e is not None:
                sizes.whole[v] = e
            sizes.bind(v.type, shape)
        return tally

    # -- memory ------------------------------------------------------------------------------------------
    def _lists_kept(self, frame: _Frame, kept: Iterable[Value]) -> set[Value]:
        """The lists of the forward sweep that the reverse sweep reads."""
        out = {frame.origins.root(v) for v in kept if isinstance(v.type, List)}
        for op in frame.function.walk():
            if op.kind == "list.append" and op.attrs.get("_tape"):
                out.add(frame.origins.root(op.results[0]))
            if op.reverse and not op.regions and op.kind not in ("list.len", *SHAPE_ONLY):
                for v in op.inputs:
                    if isinstance(v.type, List) and not self._is_reverse(frame.origins.root(v)):
                        out.add(frame.origins.root(v))
        return out

    def _is_reverse(self, v: Value) -> bool:
        return v.op is not None and v.op.reverse

    def reads(self, op: Op) -> None:
        """Arrays of the forward sweep that an op of the reverse sweep reads are kept for it."""
        if op not in self.frame.late or op.kind in SHAPE_ONLY or op.kind == "call":
            return
        for v in op.inputs:
            if not isinstance(v.type, Array) or isinstance(v, Constant | Undef) or v in self.frame.handed_out:
                continue
            made = self.frame.maker(v)
            if made is not None and made not in self.frame.late:
                self.keep(v, v.name, self.frame.function.body)

    def keep(self, v: Value, name: str | None, region: Region, pushed: Op | None = None) -> None:
        """Count the bytes of a value, in the region where its memory is made, once."""
        if isinstance(v, Constant | Undef):
            return
        frame = self.frame
        if isinstance(v.type, Array):
            r = frame.origins.root(v)
            if frame.is_caller_s(r) or r in frame.counted:
                return
            frame.counted.add(r)
            home = frame.origins.home[r]
            self._count(
                self.bytes(r.type, r.op or pushed or _nowhere), name or r.name, frame.open[home], r.op
            )
        elif pushed is not None and not isinstance(v.type, List):
            self._count(self.bytes(v.type, pushed), name, frame.open[region], v.op or pushed)

    def save(self, op: Op, slots: Value) -> None:
        """Count a list of saved states, once: it never has more items than there are slots."""
        frame = self.frame
        saved = frame.origins.root(op.inputs[0])
        if saved in frame.counted:
            return
        frame.counted.add(saved)
        self.upper = True
        n = self.sizes.whole_number(slots)
        if n is None:
            n = self.sizes.unknown("slots", op, "how many states may be saved")
        size = sp.expand(n * self.bytes(op.inputs[1].type, op))
        self._count(size, saved.name or op.result.name, frame.open[frame.origins.home[saved]], op)

    def _count(self, size: sp.Expr, name: str | None, tally: Tally, op: Op | None) -> None:
        tally.tape += size
        if name is None:
            name = f"in line {op.span.line}" if op is not None and op.span is not None else "without a name"
        tally.parts[name] = tally.parts.get(name, sp.S.Zero) + size

    def bytes(self, t: Type, op: Op) -> sp.Expr:
        if isinstance(t, Array):
            return sp.expand(np.dtype(t.dtype).itemsize * prod(self.sizes.shape_of(t, op)))
        if isinstance(t, Scalar):
            return sp.Integer(
                np.dtype(t.dtype).itemsize if t.numpy or dtype_kind(t.dtype) in "bc" else PYTHON_NUMBER
            )
        if isinstance(t, Tuple):
            return sum((self.bytes(i, op) for i in t.items), sp.S.Zero)
        return sp.S.Zero


def _calls_itself(f: Function) -> bool:
    return any(op.kind == "call" and op.attrs["function"].name == f.name for op in f.walk())


_nowhere = Op("nowhere", [], [])


class _Frame:
    """What is known of one function while it is walked."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.origins = Origins(function)
        self.open: dict[Region, Tally] = {}
        self.counted: set[Value] = set()
        self.lists: set[Value] = set()
        self.handed_out = set(function.results)
        self.late = _late(function)

    def maker(self, v: Value) -> Op | None:
        """The op that a value comes from, or the loop around its parameter."""
        if v.op is not None:
            return v.op
        slot = self.origins.slots.get(v)
        return slot[0] if slot is not None else None

    def is_caller_s(self, root: Value) -> bool:
        """Whether memory is an argument, or the copy of one that is written to in its place."""
        if root in self.origins.arguments:
            return True
        op = root.op
        written = (
            op is not None and op.kind == "copy" and self.origins.root(op.inputs[0]) in self.origins.arguments
        )
        return written and self.function.attrs.get("own_results", True)


def _late(function: Function) -> set[Op]:
    """The ops of the reverse sweep, and those that stand in the forward sweep but are written into the one
    expression of the reverse sweep that needs them."""
    out = {op for op in function.walk() if op.reverse}
    users: dict[Value, list[Op | None]] = {}
    for op in function.walk():
        for v in op.inputs:
            users.setdefault(v, []).append(op)
        for r in op.regions:
            for v in r.yields:
                users.setdefault(v, []).append(None)
    for v in function.results:
        users.setdefault(v, []).append(None)
    top = set(function.body.ops)
    for op in reversed(function.body.ops):
        if len(op.results) != 1 or op.regions or op.kind in STATES:
            continue
        at = users.get(op.result, [])
        if len(at) == 1 and at[0] in out and at[0] in top:
            out.add(op)
    return out


__all__ = ["Counter", "Tally"]
