"""Lengths of axes and integers, as sums of what only the run can tell.

The length of every array is traced back to where it comes from, through views, states and loops:

    B = A[1:-1]        the length of A's first axis, less 2
    s = A[i, :j]       j, where 0 <= j <= len is proved from the loops around; else `bound(j, len)`
    y1 = store(y0...)  that of y0
    y = u + v          that of u or v, whichever axis is not of length 1; else `broadcast_length(n, m)`

So two lengths are *the same* if they come from one place, and only then may a loop over the one index the
other without a check.  (The symbols in types say less: they were made equal where the program would have
raised.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...analysis.affine import Affine, Facts, number, variable
from ...ir.core import Constant, Function, Op, Value, is_const, is_integer
from ...ir.types import PY_BOOL, PY_INT, Array, same_dim
from .kinds import is_elementwise
from .tapes import Pushed
from .views import slice_of, view_of

Emit = Callable[..., Value]
_SAME_SHAPE = frozenset(
    [
        "store",
        "index_add",
        "copy",
        "zeros_like",
        "numpy.zeros_like",
        "numpy.ones_like",
        "numpy.empty_like",
        "numpy.full_like",
        "numpy.copy",
        "numpy.ndarray.copy",
        "numpy.ascontiguousarray",
    ]
)
_REDUCES = frozenset(f"numpy.{k}" for k in ("sum", "prod", "max", "min", "mean", "var", "std", "any", "all"))
_MADE = frozenset(["numpy.zeros", "numpy.ones", "numpy.empty", "numpy.full"])


def along(index: Affine, length: Affine, whole: Affine) -> Affine:
    """Where an axis is read that lies along a longer or an equal one; which it is shows at run time."""
    if same(length, whole) or (not index.terms and index.constant == 0):
        return index
    return variable(("along", index, (length, whole)))


def same(a: Affine, b: Affine) -> bool:
    d = a - b
    return not d.terms and d.constant == 0


def _replaced(a: Affine, atom: Any, by: Affine) -> Affine:
    factor = next((c for v, c in a.terms if v == atom), 0)
    return a - variable(atom) * factor + by * factor if factor else a


class Sizes:
    """Lengths and integers of one function; `facts` holds what is known of the indices of the loops around
    the place that is worked on (`enter`, `leave`)."""

    def __init__(self, function: Function) -> None:
        self.facts = Facts()
        self.slots: dict[Value, tuple[Op, int]] = {}
        self.memo: dict[tuple[Value, int], Affine] = {}
        self.pushed: dict[Value, Pushed] = function.attrs.get("pushed", {})
        for group in function.attrs.get("equal", ()):
            first = self.own(function.params[group[0][0]], group[0][1])
            for k, axis in group:
                self.memo[function.params[k], axis] = first
        for fact in function.attrs.get("facts", ()):
            self._assume(fact, function)
        for op in function.walk():
            if op.is_loop:
                for k, v in enumerate(op.results):
                    for p in (*op.slot(k).params, v):
                        self.slots[p] = (op, k)

    def _assume(self, fact: Any, function: Function) -> None:
        """Know a fact of the arguments' lengths (`facts.py`): one of them in terms of the others."""
        a = self.of_fact(fact, function)
        if fact[0] == ">=":
            self.facts.add(a)
            return
        for atom, factor in reversed(a.terms):
            if abs(factor) == 1:
                rest = Affine(tuple(t for t in a.terms if t[0] is not atom), a.constant) * -factor
                self.memo = {key: _replaced(n, atom, rest) for key, n in self.memo.items()}
                self.facts.know([_replaced(n, atom, rest) for n in self.facts.known])
                return

    def of_fact(self, fact: Any, function: Function) -> Affine:
        """The sum that a fact says is zero, or is not negative."""
        a = number(fact[2])
        for (k, axis), factor in fact[1]:
            a += self.length(function.params[k], axis) * factor
        return a

    # -- integers --------------------------------------------------------------------------------------------
    def integer(self, v: Value) -> Affine:
        """An integer as a sum."""
        if isinstance(v, Constant):
            return number(int(v.value))
        op = v.op
        if op is not None and not op.regions:
            t = op.inputs[0].type if op.inputs else None
            if op.kind in ("operator.add", "operator.sub") and all(map(is_integer, op.inputs)):
                a, b = map(self.integer, op.inputs)
                return a + b if op.kind == "operator.add" else a - b
            if (
                op.kind == "operator.mul"
                and any(is_const(x) for x in op.inputs)
                and all(map(is_integer, op.inputs))
            ):
                a, b = map(self.integer, op.inputs)
                return b * a.constant if not a.terms else a * b.constant
            if op.kind == "operator.floordiv" and self._is_part(op):
                self.facts.add(variable(v))
            if isinstance(t, Array) and not t.loose and t.shape:
                axis = 0 if op.kind == "builtins.len" else op.attrs.get("axis")
                whole = op.kind == "numpy.size" and (isinstance(axis, int) or t.ndim == 1)
                if op.kind == "builtins.len" or whole:
                    n = self.length(op.inputs[0], (axis or 0) % t.ndim)
                    return n if self.nonnegative(n) else variable(v)  # below none is none, as a length
        return variable(v)

    def _is_part(self, op: Op) -> bool:
        """Whether something that is not negative is divided by a positive number."""
        a, b = op.inputs
        return isinstance(b, Constant) and b.value > 0 and is_integer(a) and self.nonnegative(self.integer(a))

    # -- lengths ---------------------------------------------------------------------------------------------
    def shape(self, v: Value) -> list[Affine]:
        assert isinstance(v.type, Array)
        return [self.length(v, k) for k in range(v.type.ndim)]

    def length(self, v: Value, axis: int) -> Affine:
        """The length of one axis of an array."""
        assert isinstance(v.type, Array)
        d = v.type.shape[axis]
        if d.symbol is None:
            return number(d.offset)
        key = (v, axis)
        if key not in self.memo:
            self.memo[key] = self._loop_length(v, axis) if v in self.slots else self._length(v, axis)
        return self.memo[key]

    def own(self, v: Value, axis: int) -> Affine:
        out = variable(("len", v, axis))
        self.facts.add(out)
        return out

    def _loop_length(self, v: Value, axis: int) -> Affine:
        """A carried slot keeps the length that it starts with, if its next value has it."""
        op, k = self.slots[v]
        s = op.slot(k)
        if not isinstance(s.init.type, Array) or s.init.type.ndim != v.type.ndim:  # type: ignore[attr-defined]
            return self.own(v, axis)
        if isinstance(s.init, Constant) or s.init.type.loose:
            return self.own(v, axis)
        guess = self.length(s.init, axis)
        before = dict(self.memo)
        members = [*s.params, s.result]
        for p in members:
            self.memo[p, axis] = guess
        if same(self.length(s.next, axis), guess):
            return guess
        self.memo = before
        for p in members:
            self.memo[p, axis] = self.own(p, axis)
        return self.memo[v, axis]

    def _length(self, v: Value, axis: int) -> Affine:
        op = v.op
        if v in self.pushed:
            return self._popped(v, axis)
        if op is None or isinstance(v, Constant) or not op.inputs:
            return self.own(v, axis)
        a = op.inputs[0]
        if op.kind == "if":
            both = [r.yields[op.results.index(v)] for r in op.regions]
            if all(isinstance(x.type, Array) and x.type.ndim == v.type.ndim for x in both):  # type: ignore[attr-defined]
                p, q = (self.length(x, axis) for x in both)
                if same(p, q):
                    return p
            return self.own(v, axis)
        if op.regions or op.kind == "try":
            return self.own(v, axis)
        t = a.type
        if op.kind in _SAME_SHAPE and isinstance(t, Array) and not t.loose and not isinstance(a, Constant):
            return self.length(a, axis) if t.ndim == v.type.ndim else self.own(v, axis)  # type: ignore[attr-defined]
        if op.kind == "sourcead.runtime.unbroadcast":
            like = op.inputs[1]
            known = isinstance(like.type, Array) and like.type.ndim == v.type.ndim  # type: ignore[attr-defined]
            return self.length(like, axis) if known and not isinstance(like, Constant) else self.own(v, axis)
        if op.kind in _MADE:
            return self._made(v, op, axis)
        view = view_of(op)
        if view is not None and not isinstance(a, Constant):
            at = view.axes[axis]
            if at is None:
                return number(1)
            _, part = view.of[at]  # type: ignore[misc]
            return self.length(a, at) if part is None else slice_of(self, self.length(a, at), part).length
        if op.kind in ("operator.matmul", "numpy.dot", "numpy.matmul") and len(op.inputs) == 2:
            b = op.inputs[1]
            if (
                isinstance(t, Array)
                and isinstance(b.type, Array)
                and 0 < t.ndim <= 2
                and 0 < b.type.ndim <= 2
            ):
                rows = t.ndim - 1
                return self.length(a, 0) if axis < rows else self.length(b, 1)
        if op.kind in _REDUCES and isinstance(t, Array) and not isinstance(a, Constant):
            gone = op.attrs.get("axis")
            gone = range(t.ndim) if gone is None else gone if isinstance(gone, tuple) else (gone,)
            gone = {k % t.ndim for k in gone}
            left = [k for k in range(t.ndim) if op.attrs.get("keepdims") or k not in gone]
            return self.length(a, left[axis]) if len(left) == v.type.ndim else self.own(v, axis)  # type: ignore[attr-defined]
        if op.kind == "numpy.outer" and all(
            isinstance(x.type, Array) and x.type.ndim == 1 for x in op.inputs
        ):
            return self.length(op.inputs[axis], 0)
        if is_elementwise(op):
            for x in op.inputs:
                k = axis - v.type.ndim + x.type.ndim if isinstance(x.type, Array) else -1  # type: ignore[attr-defined]
                if k >= 0 and not isinstance(x, Constant) and same_dim(x.type.shape[k], v.type.shape[axis]):  # type: ignore[attr-defined]
                    return self.length(x, k)
            return self._broadcast(v, op, axis)
        return self.own(v, axis)

    def _broadcast(self, v: Value, op: Op, axis: int) -> Affine:
        """The length of an axis along which operands are equally long, or of length 1."""
        found: Affine | None = None
        for x in op.inputs:
            k = axis - v.type.ndim + x.type.ndim if isinstance(x.type, Array) else -1  # type: ignore[attr-defined]
            if k < 0 or x.type.shape[k].is_one:  # type: ignore[attr-defined]
                continue
            n = self.length(x, k)
            if found is None:
                found = n
            elif not same(n, found):
                found = variable(("wide", found, n))
                self.facts.add(found)
        return self.own(v, axis) if found is None else found

    def _popped(self, v: Value, axis: int) -> Affine:
        """The length of what was pushed, at the indices of the mirrored loops."""
        pushed = self.pushed[v]
        if not isinstance(pushed.value.type, Array) or pushed.value.type.ndim != v.type.ndim:  # type: ignore[attr-defined]
            return self.own(v, axis)
        there = self._mirrored(self.length(pushed.value, axis), pushed)
        return self.own(v, axis) if there is None else there

    def _mirrored(self, a: Affine, pushed: Pushed) -> Affine | None:
        """A sum of the forward loops in terms of the mirrored ones; None where those cannot say it."""
        out = number(a.constant)
        for atom, factor in a.terms:
            if isinstance(atom, Value):
                there = pushed.mirror.get(atom, atom)
                if there is atom and atom in pushed.inner:
                    return None
                out += variable(there) * factor
                continue
            what, x, y = atom
            parts: list[Any] = []
            for p in (x, y):
                q = self._mirrored(p, pushed) if isinstance(p, Affine) else p
                if q is None or q in pushed.inner:
                    return None
                parts.append(q)
            if what in ("min", "bound", "steps", "wide") or parts[0] is x:
                out += variable((what, *parts)) * factor
        return out

    def _made(self, v: Value, op: Op, axis: int) -> Affine:
        """The length that an array was made with; below zero NumPy raises."""
        shape = op.inputs[0]
        if is_integer(shape) and v.type.ndim == 1:  # type: ignore[attr-defined]
            n = self.integer(shape)
        elif shape.op is not None and shape.op.kind == "tuple.new" and len(shape.op.inputs) > axis:
            n = self.integer(shape.op.inputs[axis])
        else:
            return self.own(v, axis)
        maker = n.terms[0][0].op if len(n.terms) == 1 and isinstance(n.terms[0][0], Value) else None
        if maker is not None and maker.kind == "builtins.max" and is_const(maker.inputs[1], 0):
            return self.integer(maker.inputs[0])  # below none is none
        self.facts.add(n)
        return n

    # -- what is known of them -------------------------------------------------------------------------------
    def enter(self, op: Op) -> int:
        """Note the bounds of a loop's index; returns what `leave` takes."""
        mark = len(self.facts.known)
        if op.kind == "for" and isinstance(op.inputs[2], Constant) and is_integer(op.inputs[0]):
            i = variable(op.body.params[0])
            first, stop = self.integer(op.inputs[0]), self.integer(op.inputs[1])
            if op.inputs[2].value > 0:
                self.facts.add(i - first)
                self.facts.add(stop - i.plus(1))
            else:
                self.facts.add(first - i)
                self.facts.add(i - stop.plus(1))
        return mark

    def leave(self, mark: int) -> None:
        """Forget the bounds of the loop's index; lengths stay lengths."""
        self.facts.forget(mark, lambda a: len(a.terms) == 1 and isinstance(a.terms[0][0], tuple))

    def nonnegative(self, a: Affine) -> bool:
        return self.facts.nonnegative(a)

    # -- text ------------------------------------------------------------------------------------------------
    def value(self, a: Affine, emit: Emit) -> Value:
        """A sum as an integer of the program."""
        total: Value | None = None
        for atom, factor in sorted(a.terms, key=lambda t: t[1] < 0):
            v = self._atom(atom, emit)
            if abs(factor) != 1:
                v = emit("operator.mul", [Constant(abs(factor)), v], PY_INT)
            if total is None:
                total = v if factor > 0 else emit("operator.neg", [v], PY_INT)
            else:
                total = emit("operator.add" if factor > 0 else "operator.sub", [total, v], PY_INT)
        if total is None:
            return Constant(a.constant)
        if a.constant:
            kind = "operator.add" if a.constant > 0 else "operator.sub"
            total = emit(kind, [total, Constant(abs(a.constant))], PY_INT)
        return total

    def _atom(self, atom: Any, emit: Emit) -> Value:
        if isinstance(atom, Value):
            return atom
        what, v, n = atom
        if what == "min":
            return emit("builtins.min", [self.value(v, emit), self.value(n, emit)], PY_INT)
        if what == "bound":
            return emit("sourcead.runtime.bound", [self.value(v, emit), self.value(n, emit)], PY_INT)
        if what == "wrapped":
            return emit("sourcead.runtime.wrapped", [self.value(v, emit), self.value(n, emit)], PY_INT)
        if what == "wide":
            both = [self.value(v, emit), self.value(n, emit)]
            return emit("sourcead.runtime.broadcast_length", both, PY_INT)
        if what == "along":
            m, whole = (self.value(x, emit) for x in n)
            fits = emit("operator.eq", [m, whole], PY_BOOL)
            return emit("sourcead.runtime.select", [fits, self.value(v, emit), Constant(0)], PY_INT)
        if what == "steps":
            longer = self.value(v.plus(n - 1), emit)
            return emit("operator.floordiv", [longer, Constant(n)], PY_INT)
        if n == 0:
            return emit("builtins.len", [v], PY_INT)
        return emit("numpy.size", [v], PY_INT, {"axis": n})
