"""Tapes as arrays, where the loops tell how much there will be.

    t_tape = []                              t_tape = np.empty((n, m))
    for k in range(n):                       for k in range(n):
        t_tape.append(p[1:-1].copy())            t_tape[k] = p[1:-1]
    for k in reversed(range(n)):             for k in reversed(range(n)):
        t = t_tape.pop()                         t = t_tape[k]

Each pop belongs to one push (`tapes.py`), so that the indices of the loops around are its place.  What is
pushed is then written by the nest that computes it, and read where it is used: no list, no array for each
trip.  A tape stays a list where the number of trips, or the shape of what is pushed, is known only within the
loops, or where a branch decides, trip by trip, whether arrays are pushed at all: room for all that might be
pushed could be far more than what is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...analysis.affine import Affine, number, variable
from ...ir.core import Constant, Function, Op, Region, Value
from ...ir.rewrite import substitute
from ...ir.types import PY_INT, Array, Scalar, Tuple, Type, new_dim
from ..pipeline import clean
from .sizes import Sizes, is_integer
from .tapes import Pair, Path, Tape, inside, pushed_values, tapes

_COMPARISONS = frozenset(f"operator.{k}" for k in ("eq", "ne", "lt", "le", "gt", "ge"))
_KINDS = frozenset(["bool", "int64", "float32", "float64", "complex64", "complex128"])


def slabs(function: Function) -> bool:
    """Make arrays of the tapes that can be, in place; whether there are any."""
    function.attrs["pushed"] = pushed_values(function)
    found = tapes(function)
    if not found:
        return False
    work = _Slabs(function)
    env: dict[Value, Value] = {}
    for tape in found:
        work.change(tape, env)
    if env:
        substitute(function.body, env)
        clean(function)
        function.attrs["pushed"] = pushed_values(function)
    return bool(env)


class _Slabs:
    def __init__(self, function: Function) -> None:
        self.sizes = Sizes(function)
        self.shapes: dict[Op, list[Affine]] = {}  # of what is pushed, as it is seen in its place
        self.home: dict[Op, Region] = {}
        self.uses: dict[Value, int] = {}
        self._region(function.body)

    def _region(self, r: Region) -> None:
        for op in r.ops:
            self.home[op] = r
            for v in op.inputs:
                self.uses[v] = self.uses.get(v, 0) + 1
            if op.kind == "list.append" and _is_array(op.inputs[1].type):
                self.shapes[op] = self.sizes.shape(op.inputs[1])
            for g in op.regions:
                mark = self.sizes.enter(op)
                self._region(g)
                self.sizes.leave(mark)
        for v in r.yields:
            self.uses[v] = self.uses.get(v, 0) + 1

    # -- which tapes ----------------------------------------------------------------------------------------

    def change(self, tape: Tape, env: dict[Value, Value]) -> None:
        empty = tape.start.op
        if empty is None or empty.kind != "list.new" or empty.inputs or not tape.pairs:
            return
        ends = [tape.second.results[tape.second.inputs.index(tape.end) - tape.second.fixed]]
        if any(self.uses.get(v, 0) != n for v, n in ((tape.start, 1), (tape.end, 1), (ends[0], 0))):
            return
        plans = [self._plan(p, tape) for p in tape.pairs]
        if None in plans:
            return
        for pair, shape in zip(tape.pairs, plans):
            self._write(pair, shape, tape, env)  # type: ignore[arg-type]

    def _plan(self, pair: Pair, tape: Tape) -> list[Affine] | None:
        """The lengths of the array for the values of one push: the loops', then the values' own."""
        v, item = pair.push.inputs[1], pair.pop.results[1]
        if pair.pop.attrs.get("_unbound") or not _fits(v.type, item.type):
            return None
        if self.uses.get(pair.push.result, 0) != 1 or self.uses.get(pair.pop.results[0], 0) != 1:
            return None
        outside = inside(tape.first)
        lengths = []
        for op, k in pair.there:
            if op.kind == "if":
                if _is_array(v.type) and not _is_edge(op, k, pair.there):
                    return None
                continue
            step = op.inputs[2]
            if not isinstance(step, Constant) or not step.value or not all(map(is_integer, op.inputs[:2])):
                return None
            lengths.append(self._trips(op, step.value))
        lengths += self.shapes.get(pair.push, [])
        return lengths if all(_is_known(n, outside) for n in lengths) else None

    def _trips(self, loop: Op, step: int) -> Affine:
        start, stop = (self.sizes.integer(v) for v in loop.inputs[:2])
        way = stop - start if step > 0 else start - stop
        if not way.terms:
            return number(max(0, -(-way.constant // abs(step))))
        return way if abs(step) == 1 else variable(("steps", way, abs(step)))

    # -- in their place -------------------------------------------------------------------------------------

    def _write(self, pair: Pair, shape: list[Affine], tape: Tape, env: dict[Value, Value]) -> None:
        v, item = pair.push.inputs[1], pair.pop.results[1]
        before: list[Op] = []
        emit = _emitter(before, tape.first)
        lengths = [self._length(n, emit) for n in shape]
        size = lengths[0]
        if len(lengths) > 1:
            size = emit("tuple.new", lengths, Tuple(tuple(n.type for n in lengths)))
        loops = sum(op.kind == "for" for op, _ in pair.there)
        rest = v.type.shape if isinstance(v.type, Array) else ()
        dtype = v.type.dtype  # type: ignore[attr-defined]
        t = Array(dtype, (*(new_dim() for _ in range(loops)), *rest), True)
        empty = emit("numpy.empty", [size], t, {} if dtype == "float64" else {"dtype": np.dtype(dtype).type})
        empty.name = name = _named(tape, v)
        ops = self.home[tape.first].ops
        at = ops.index(tape.first)
        ops[at:at] = before
        pattern = ("at",) * loops

        def store(state: Value) -> Value:
            at = {"path": (pattern,)}
            out = self._at(pair.push, pair.there, lambda to, where: to("store", [state, *where, v], t, at))
            out.name = name
            return out

        full = _thread(pair.there, empty, store)
        env[item] = self._at(
            pair.pop,
            pair.back,
            lambda to, where: to("getitem", [full, *where], item.type, {"index": pattern}),
        )
        env[item].name = item.name
        env[pair.push.result] = pair.push.inputs[0]
        env[pair.pop.results[0]] = pair.pop.inputs[0]

    def _length(self, n: Affine, emit: Any) -> Value:
        """A length as an integer: below none is none."""
        m = self.sizes.value(n, emit)
        if n.terms and not self.sizes.nonnegative(n):
            m = emit("builtins.max", [m, Constant(0)], PY_INT)
        return m

    def _at(self, op: Op, path: Path, make: Any) -> Value:
        """Put an op before a push or a pop, with its place: how often each loop around has gone round."""
        new: list[Op] = []
        emit = _emitter(new, op)
        where = []
        for loop, _ in path:
            if loop.kind != "for":
                continue
            step = loop.inputs[2].value  # type: ignore[attr-defined]
            way = variable(loop.body.params[0]) - self.sizes.integer(loop.inputs[0])
            trip = self.sizes.value(way if step > 0 else -way, emit)
            if abs(step) > 1:
                trip = emit("operator.floordiv", [trip, Constant(abs(step))], PY_INT)
            where.append(trip)
        out = make(emit, where)
        ops = self.home[op].ops
        at = ops.index(op)
        ops[at:at] = new
        return out


def _emitter(ops: list[Op], like: Op) -> Any:
    def emit(kind: str, inputs: list[Value], t: Type, attrs: dict[str, Any] | None = None) -> Value:
        ops.append(Op(kind, inputs, [t], attrs, None, like.span, like.reverse))
        return ops[-1].result

    return emit


def _thread(path: Path, state: Value, store: Any) -> Value:
    """Carry an array through loops and branches to where it is written; what it is behind them."""
    if not path:
        return store(state)
    op, k = path[0]
    if op.kind == "for":
        params, result = op.add_slot(state, state.name)
        op.body.yields.append(_thread(path[1:], params[-1], store))
        return result
    after = _thread(path[1:], state, store)
    for n, r in enumerate(op.regions):
        r.yields.append(after if n == k else state)
    op.results.append(Value(state.type, state.name, op))
    return op.results[-1]


def _named(tape: Tape, v: Value) -> str:
    """The list's name; of a value that has none, by what computes it."""
    head, _, last = v.op.kind.rpartition(".") if v.op is not None else ("", "", "")
    if v.name is None and tape.start.name == "t_tape":
        return f"{last}_tape" if head == "numpy" and last.isidentifier() else "kept"
    return tape.start.name or "kept"


def _is_array(t: Type) -> bool:
    return isinstance(t, Array) and t.ndim > 0


def _fits(t: Type, item: Type) -> bool:
    """Whether values of a type can be kept in an array, and come back as they were."""
    if isinstance(t, Array):
        plain = t.ndim > 0 and not t.loose and not t.fortran and t.dtype in _KINDS
        return plain and isinstance(item, Array) and (item.dtype, item.ndim) == (t.dtype, t.ndim)
    return isinstance(t, Scalar) and isinstance(item, Scalar) and t.dtype == item.dtype and t.dtype in _KINDS


def _is_edge(op: Op, k: int, path: Path) -> bool:
    """Whether a branch sets apart the first or last trips of a loop, and most go this way: `k == 0` fails,
    `k < n - 1` holds."""
    test = op.inputs[0].op
    if test is None or test.kind not in _COMPARISONS:
        return False
    indices = [loop.body.params[0] for loop, _ in path if loop.kind == "for"]
    if not any(v in indices for v in test.inputs):
        return False
    rare = {"operator.eq": 0, "operator.ne": 1}.get(test.kind)
    return k != rare


def _is_known(n: Affine, inner: frozenset[Value]) -> bool:
    """Whether a length is made of what there is before the loops."""
    for atom, _ in n.terms:
        parts = atom[1:] if isinstance(atom, tuple) else (atom,)
        for p in parts:
            for q in p if isinstance(p, tuple) else (p,):
                if isinstance(q, Affine):
                    if not _is_known(q, inner):
                        return False
                elif isinstance(q, Value) and q in inner:
                    return False
    return True


__all__ = ["slabs"]
