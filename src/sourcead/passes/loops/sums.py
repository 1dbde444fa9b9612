"""Sums, other reductions and products as loop nests; mixed into `lower.Lowering`.

    s = np.sum(x * y)          for i: s = accumulate(s, x[i] * y[i])
    t = np.sum(a, axis=1)      for i: (for j: s = accumulate(s, a[i, j]));  t[i] = s
    t = np.sum(a, axis=0)      for i: for j: t[j] += a[i, j]                 (t is zeros before)

A number is summed up in double precision, in one pass, and in any order that is fast: it may differ from
NumPy's pairwise sum in the last digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...analysis.affine import Affine, number
from ...ir.core import Constant, Op, Value
from ...ir.types import Array, Scalar, dtype_kind
from .elements import Index, Reader, scalar_type
from .nests import Axis, axes_over, is_single
from .sizes import along

_RUNTIME = "sourcead.runtime."


class Sums:
    """The part of the lowering that makes one number, or fewer, of many."""

    builder: Any
    nests: Any
    sizes: Any
    plan: Any
    elements: Any
    _check: Any
    _same_length: Any
    _new: Any
    _length: Any
    _named: Any
    _at: Any

    # -- sums --------------------------------------------------------------------------------------------
    def _unbroadcast(self, op: Op) -> Value:
        gone = self.plan.summed_axes(op)
        if gone is None:
            return self._summed_along(op)
        t = op.result.type
        if isinstance(t, Scalar):
            return self._reduction(op, gone, False, "sum")
        g = op.inputs[0]
        assert isinstance(t, Array) and isinstance(g.type, Array)
        lead = g.type.ndim - t.ndim
        kept = [k - lead if k >= lead else None for k in range(g.type.ndim)]
        return self._reduce_to(op, g, gone, kept, "sum")

    def _summed_along(self, op: Op) -> Value:
        """`unbroadcast` where it shows at run time which axes were broadcast: added up over zeros."""
        g, like = op.inputs
        t = op.result.type
        assert isinstance(t, Array) and isinstance(g.type, Array)
        shape, small = self.sizes.shape(g), self.sizes.shape(like)
        self._check(g, shape)
        lead = len(shape) - len(small)
        for n, m in zip(shape[lead:], small):
            self._same_length(n, m, False)
        axes = axes_over(shape)
        index = [a.count for a in axes]
        where = [
            number(0) if d.is_one or is_single(a.length) else along(a.count, m, a.length)
            for d, a, m in zip(t.shape, axes[lead:], small)
        ]
        y0 = self._new(small, t, op.result, 0)

        def element(states: list[Value]) -> list[Value]:
            reader = Reader(self.elements, self.builder, {})
            term = reader.element(g, self._at(axes, index))
            at = reader.place(self._at(axes, where))
            path = {"path": (("at",) * len(at),)}
            return [self.nests.one("index_add", [states[0], *at, term], y0.type, path)]

        loops = [a for a in axes if not is_single(a.length)]
        return self._named(self.nests.nest(loops, [y0], element)[0], y0)

    def _reduction(self, op: Op, gone: tuple[int, ...], keep: bool, how: str) -> Value:
        x = op.inputs[0]
        assert isinstance(x.type, Array)
        n = x.type.ndim
        rest = [k for k in range(n) if k not in gone]
        kept: list[int | None] = [k if keep else rest.index(k) if k in rest else None for k in range(n)]
        return self._reduce_to(op, x, gone, kept, how)

    def _reduce_to(self, op: Op, x: Value, gone: tuple[int, ...], kept: list[int | None], how: str) -> Value:
        """Reduce the axes `gone`; `kept` says which axis of the result each axis of x has become."""
        t = op.result.type
        shape = self.sizes.shape(x)
        self._check(x, shape)
        axes = axes_over(shape)
        index = [a.count for a in axes]
        start, combine = self._monoid(how, op)
        if how in ("max", "min"):
            for k in gone:
                self._nonempty(shape[k])
        divide = [self._length(shape[k]) for k in gone] if how == "mean" else []
        if not isinstance(t, Array):
            acc = self._accumulate(axes, x, index, start, combine)
            return self._finished(acc, scalar_type(t), divide)
        out_shape = [number(1)] * t.ndim
        where: Index = [number(0)] * t.ndim
        for k, to in enumerate(kept):
            if to is not None and k not in gone:
                out_shape[to] = shape[k]
                where[to] = index[k]
        outer = [a for k, a in enumerate(axes) if k not in gone]
        inner = [a for k, a in enumerate(axes) if k in gone]
        if gone and max((k for k in range(len(axes)) if k not in gone), default=-1) < min(gone):
            y0 = self._new(out_shape, t, op.result)

            def row(states: list[Value]) -> list[Value]:
                acc = self._accumulate(inner, x, self._at(axes, index), start, combine)
                acc = self._finished(acc, Scalar(t.dtype, True), divide)
                at = [self.nests.integer(a) for a in self._at(axes, where)]
                path = {"path": (("at",) * len(at),)}
                return [self.nests.one("store", [states[0], *at, acc], y0.type, path)]

            loops = [a for a in outer if not is_single(a.length)]
            return self._named(self.nests.nest(loops, [y0], row)[0], y0)
        y0 = self._new(out_shape, t, op.result, start.value)  # type: ignore[attr-defined]
        loops = [a for a in axes if not is_single(a.length)]

        def element(states: list[Value]) -> list[Value]:
            reader = Reader(self.elements, self.builder, {})
            term = reader.element(x, self._at(axes, index))
            for n in divide:
                term = self.nests.one("operator.truediv", [term, n], scalar_type(t))
            at = reader.place(self._at(axes, where))
            path = {"path": (("at",) * len(at),)}
            if how in ("sum", "mean"):
                return [self.nests.one("index_add", [states[0], *at, term], y0.type, path)]
            old = self.nests.one("getitem", [states[0], *at], scalar_type(t), {"index": ("at",) * len(at)})
            new = combine(old, term)
            return [self.nests.one("store", [states[0], *at, new], y0.type, path)]

        return self._named(self.nests.nest(loops, [y0], element)[0], y0)

    def _accumulate(
        self,
        axes: list[Axis],
        x: Value,
        index: Index,
        start: Constant,
        combine: Callable[[Value, Value], Value],
    ) -> Value:
        """All elements of x over some axes, as one number."""
        loops = [a for a in axes if not is_single(a.length)]

        def body(states: list[Value]) -> list[Value]:
            reader = Reader(self.elements, self.builder, {})
            return [combine(states[0], reader.element(x, self._at(axes, index)))]

        out = self.nests.nest(loops, [start], body)[0]
        out.name = out.name or "s"
        return out

    def _monoid(self, how: str, op: Op) -> tuple[Constant, Callable[[Value, Value], Value]]:
        """Where a reduction begins, and how it goes on."""
        t = op.result.type
        assert isinstance(t, Array | Scalar)
        kind = dtype_kind(t.dtype)
        wide = Scalar({"f": "float64", "c": "complex128"}.get(kind, "int64"), True)
        if how in ("sum", "mean"):
            zero: object = {"f": 0.0, "c": 0j}.get(kind, 0)
            return Constant(zero), lambda a, x: self.nests.one(_RUNTIME + "accumulate", [a, x], wide)
        if how == "prod":
            one: object = {"f": 1.0, "c": 1 + 0j}.get(kind, 1)
            return Constant(one), lambda a, x: self.nests.one("operator.mul", [a, x], wide)
        sign = -1 if how == "max" else 1
        if kind == "f":
            least: object = sign * np.inf
        else:
            least = np.iinfo(t.dtype).min if how == "max" else np.iinfo(t.dtype).max
            least = int(least)
        key = "numpy.maximum" if how == "max" else "numpy.minimum"
        return Constant(least), lambda a, x: self.nests.one(key, [a, x], wide)

    def _finished(self, acc: Value, t: Scalar, divide: list[Value]) -> Value:
        for n in divide:
            acc = self.nests.one("operator.truediv", [acc, n], Scalar("float64", True))
        if t.dtype in ("float32", "complex64"):
            acc = self.nests.one(f"numpy.{t.dtype}", [acc], t)
        if acc.op is None or isinstance(acc, Constant):
            acc = self.nests.one("operator.pos", [acc], t)
        acc.type = t
        return acc

    def _nonempty(self, n: Affine) -> None:
        if not self.sizes.nonnegative(n.plus(-1)):
            self.builder.emit(_RUNTIME + "nonempty", [self.nests.integer(n)], [], None)

    # -- products ----------------------------------------------------------------------------------------
    def _product(self, op: Op) -> Value:
        a, b = op.inputs
        assert isinstance(a.type, Array) and isinstance(b.type, Array)
        shapes = self.sizes.shape(a), self.sizes.shape(b)
        self._same_length(shapes[0][-1], shapes[1][0])
        self._check(a, shapes[0])
        self._check(b, shapes[1])
        start, combine = self._monoid("sum", op)
        t = op.result.type
        outer = axes_over([*shapes[0][:-1], *shapes[1][1:]])
        (k,) = axes_over([shapes[0][-1]])
        k.index.name = "ijk"[len(outer)]
        of_a = [*(x.count for x in outer), k.count] if a.type.ndim == 2 else [k.count]
        of_b = [k.count, *(x.count for x in outer)] if b.type.ndim == 2 else [k.count]

        def term() -> Value:
            reader = Reader(self.elements, self.builder, {})
            parts = [reader.element(a, of_a), reader.element(b, of_b)]
            return self.nests.one("operator.mul", parts, scalar_type(t))

        if not outer:
            out = self.nests.nest([k], [start], lambda s: [combine(s[0], term())])[0]
            out.name = out.name or "s"
            return self._finished(out, scalar_type(t), [])
        assert isinstance(t, Array)
        shape = [x.length for x in outer]
        if a.type.ndim == 2:
            y0 = self._new(shape, t, op.result)

            def row(states: list[Value]) -> list[Value]:
                acc = self.nests.nest([k], [start], lambda s: [combine(s[0], term())])[0]
                acc.name = acc.name or "s"
                acc = self._finished(acc, Scalar(t.dtype, True), [])
                path = {"path": (("at",),)}
                return [self.nests.one("store", [states[0], outer[0].index, acc], y0.type, path)]

            return self._named(self.nests.nest(outer, [y0], row)[0], y0)
        y0 = self._new(shape, t, op.result, 0)
        k.index.name, outer[0].index.name = "i", "j"

        def add(states: list[Value]) -> list[Value]:
            path = {"path": (("at",),)}
            return [self.nests.one("index_add", [states[0], outer[0].index, term()], y0.type, path)]

        return self._named(self.nests.nest([k, outer[0]], [y0], add)[0], y0)
