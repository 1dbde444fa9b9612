"""Array statements as loop nests: writes, sums and products, and values that must be arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...analysis.affine import Affine, number
from ...ir.builder import Builder
from ...ir.core import Constant, Function, Op, Region, Value
from ...ir.rewrite import substitute
from ...ir.types import PY_INT, Array, Scalar, Type, const_dim, dtype_kind
from .elements import FILLED, Elements, Index, Reader, scalar_type
from .nests import Axis, Nests, axes_over, is_single
from .order import may_read_new
from .plan import DOTS, REDUCTIONS, UNBROADCAST, WRITES, Plan
from .sizes import Sizes, same
from .views import path_views, place, view_of, viewed_shape

_RUNTIME = "sourcead.runtime."


class Lowering:
    """Rewrites one function in place."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.sizes = Sizes(function)
        self.plan = Plan(function, self.sizes)
        self.elements = Elements(self.sizes, self.plan.virtual, self.plan.opaque)
        self.builder = Builder(function.body)
        self.nests = Nests(self.builder, self.sizes)
        self.checked: list[tuple[Affine, Affine]] = []

    def run(self) -> None:
        self.region(self.function.body)

    def region(self, region: Region) -> None:
        self.plan.region(region)
        old, region.ops = region.ops, []
        seen = len(self.checked)
        with self.builder.inside(region):
            for op in old:
                self._op(op)
        del self.checked[seen:]

    def _op(self, op: Op) -> None:
        b = self.builder
        b.span, b.reverse, b.dot = op.span, op.reverse, bool(op.attrs.get("_dot"))
        if op.regions:
            for r in op.regions:
                mark = self.sizes.enter(op)
                self.region(r)
                self.sizes.leave(mark)
            b.span, b.reverse, b.dot = None, op.reverse, False
            b.region.ops.append(op)
            return
        v = op.results[0] if op.results else None
        if v is not None and v in self.plan.virtual:
            return
        if v is not None and isinstance(v.type, Array):
            self.sizes.shape(v)  # as it is seen now
        if op in self.plan.nests:
            made = self._nest(op)
        elif v is not None and (v in self.plan.copied or (len(op.results) == 1 and self._is_made(op))):
            made = self._array(v)
        elif op.kind == FILLED and isinstance(op.inputs[1].type, Array):
            made = self._filled(op)
        else:
            b.region.ops.append(op)
            return
        self._becomes(op, made)

    def _is_made(self, op: Op) -> bool:
        """Whether a value that must be an array is made by a nest; numbers fill arrays well."""
        return self.plan.is_lazy(op) and (op.kind != FILLED or isinstance(op.inputs[1].type, Array))

    def _becomes(self, op: Op, made: Value) -> None:
        """Let a new value have the identity of an op's result."""
        v = op.result
        maker = made.op
        assert maker is not None
        maker.results[maker.results.index(made)] = v
        v.op = maker
        self.sizes.memo = {k: n for k, n in self.sizes.memo.items() if k[0] is not made}
        if v.name is None:
            v.name = made.name

    # -- values as arrays --------------------------------------------------------------------------------
    def _array(self, v: Value) -> Value:
        """An array of all elements of a value that is lazy, or a view."""
        shape = self.sizes.shape(v)
        y0 = self._new(shape, v.type, v)
        lazy = v not in self.plan.virtual
        self.plan.virtual.add(v)
        hidden = v in self.plan.opaque
        self.plan.opaque.discard(v)
        self._check(v, shape)
        axes = axes_over(shape)
        out = self._fill(axes, y0, v, [a.count for a in axes], None)
        if lazy:
            self.plan.virtual.discard(v)
        if hidden:
            self.plan.opaque.add(v)
        for k, n in enumerate(shape):
            self.sizes.memo[v, k] = n
        return out

    def _filled(self, op: Op) -> Value:
        """`full_like` with an array, whose broadcasting shows at run time."""
        t = op.result.type
        assert isinstance(t, Array)
        attrs = {k: v for k, v in op.attrs.items() if k == "dtype"}
        y = self.nests.one("numpy.empty_like", [op.inputs[0]], t, attrs)
        path = {"path": ((("slice", False, False, False),) * t.ndim,)}
        return self.nests.one("store", [y, op.inputs[1]], t, path)

    def _new(self, shape: list[Affine], t: Type, like: Value | None, fill: float | None = None) -> Value:
        """A new array, of zeros, another number, or of nothing yet."""
        assert isinstance(t, Array)
        lengths = []
        for n in shape:
            m = self.nests.integer(n)
            if n.terms and not self.sizes.nonnegative(n):
                m = self.nests.one("builtins.max", [m, Constant(0)], PY_INT)
            lengths.append(m)
        size = lengths[0]
        if len(lengths) > 1:
            size = self.nests.one("tuple.new", lengths, _tuple_of(lengths))
        attrs = {} if t.dtype == "float64" else {"dtype": _dtype(t.dtype)}
        made = Array(t.dtype, t.shape, True)
        if fill is None or fill == 0:
            y = self.nests.one("numpy.empty" if fill is None else "numpy.zeros", [size], made, attrs)
        else:
            y = self.nests.one("numpy.full", [size, Constant(fill)], made, {"dtype": _dtype(t.dtype)})
        if like is not None:
            y.name = like.name
        return y

    # -- filling -----------------------------------------------------------------------------------------
    def _fill(self, axes: list[Axis], y0: Value, v: Value, index: Index, where: Index | None) -> Value:
        """A nest that stores the elements of v (read at `index`) at `where` in y0."""
        return self._update(axes, y0, v, index, where or index, "store", ())

    def _update(
        self, axes: list[Axis], y0: Value, v: Value, index: Index, where: Index, kind: str, own: tuple[Value, ...]
    ) -> Value:
        loops = [a for a in axes if not is_single(a.length)]

        def body(states: list[Value]) -> list[Value]:
            reader = Reader(self.elements, self.builder, dict.fromkeys(own, states[0]))
            element = reader.element(v, self._at(axes, index))
            element = self._cast(element, y0.type)
            path = {"path": (("at",) * len(where),)}
            at = reader.place(self._at(axes, where))
            return [self.nests.one(kind, [states[0], *at, element], y0.type, path)]

        return self._named(self.nests.nest(loops, [y0], body)[0], y0)

    def _cast(self, element: Value, t: Type) -> Value:
        return element

    def _named(self, v: Value, like: Value) -> Value:
        if v.name is None:
            v.name = like.name
        return v

    @staticmethod
    def _at(axes: list[Axis], index: Index) -> Index:
        """Indices in a nest whose loops of one trip are left out."""
        out = []
        for a in index:
            for axis in axes:
                if is_single(axis.length):
                    c = next((c for u, c in a.terms if u is axis.index), 0)
                    if c:
                        a = Affine(tuple(t for t in a.terms if t[0] is not axis.index), a.constant) + axis.start * c
            out.append(a)
        return out

    def _check(self, v: Value, shape: list[Affine]) -> None:
        """Raise at run time where arrays that are read together differ in length."""
        for n, m in self.elements.lengths(v, shape):
            self._same_length(n, m)

    def _same_length(self, n: Affine, m: Affine) -> None:
        """Raise at run time unless two lengths are equal."""
        if same(n, m) or any(
            same(n, p) and same(m, q) or same(n, q) and same(m, p) for p, q in self.checked
        ):
            return
        self.checked.append((n, m))
        a, b = self.nests.integer(n), self.nests.integer(m)
        self.nests.builder.emit(_RUNTIME + "same_length", [a, b], [], None)

    # -- the nests ---------------------------------------------------------------------------------------
    def _nest(self, op: Op) -> Value:
        if op.kind in WRITES:
            return self._write(op)
        if op in self.plan.accumulations:
            return self._accumulation(op)
        if op.kind in REDUCTIONS:
            t = op.inputs[0].type
            assert isinstance(t, Array)
            axis = op.attrs.get("axis")
            axes = range(t.ndim) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
            gone = tuple(sorted(a % t.ndim for a in axes))
            return self._reduction(op, gone, bool(op.attrs.get("keepdims")), REDUCTIONS[op.kind])
        if op.kind == UNBROADCAST:
            return self._unbroadcast(op)
        assert op.kind in DOTS
        return self._product(op)

    def _write(self, op: Op) -> Value:
        y0, *operands, v = op.inputs
        assert isinstance(y0.type, Array)
        views = path_views(y0.type.ndim, op.attrs["path"], operands)
        assert views is not None
        shape = self.sizes.shape(y0)
        target = viewed_shape(self.sizes, shape, views)
        axes = axes_over(target)
        where = self._where(shape, views, [a.count for a in axes])
        if where is None:  # an index whose sign is not known, in a view: as it was
            self.builder.region.ops.append(op)
            return self._kept(op)
        self._shift(axes, where)
        where = self._where(shape, views, [a.count for a in axes])
        assert where is not None
        return self._written(op.kind, y0, v, axes, where, self.plan.is_covered(op))

    def _kept(self, op: Op) -> Value:
        v = op.inputs[-1]
        if v in self.plan.virtual:
            self.builder.region.ops.pop()
            op.inputs[-1] = self._forced(v)
            self.builder.region.ops.append(op)
        return op.result

    def _forced(self, v: Value) -> Value:
        out = self._array(v)
        t = v.type
        assert isinstance(t, Array)
        for k in range(t.ndim):
            self.sizes.memo[out, k] = self.sizes.length(v, k)
        return out

    def _where(self, shape: list[Affine], views: list, index: Index) -> Index | None:
        shapes = [shape]
        for view in views[:-1]:
            shapes.append(viewed_shape(self.sizes, shapes[-1], [view]))
        for n, view in zip(reversed(shapes), reversed(views)):
            there = place(self.sizes, n, view, index)
            if there is None:
                return None
            index = there
        return index

    @staticmethod
    def _shift(axes: list[Axis], where: Index) -> None:
        """Count the loops such that what is written to has their plain index."""
        for axis in axes:
            for w in where:
                if any(u is axis.index and c == 1 for u, c in w.terms):
                    rest = Affine(tuple(t for t in w.terms if t[0] is not axis.index), w.constant)
                    if len(rest.terms) <= 1:
                        axis.start = rest

    def _written(
        self, kind: str, y0: Value, v: Value, axes: list[Axis], where: Index, covered: bool = False
    ) -> Value:
        """A nest that stores or adds v, broadcast to the axes, at `where` in y0."""
        own: tuple[Value, ...] = ()
        index: Index = []
        if covered:
            if isinstance(v.type, Array):
                index = self._broadcast(v, axes)
                self._check(v, [a.length for a in axes])
            new = self._new(self.sizes.shape(y0), y0.type, y0)
            return self._update(axes, new, v, index, where, kind, ())
        if isinstance(v.type, Array):
            index = self._broadcast(v, axes)
            self._check(v, [a.length for a in axes])
            group = self.plan.memory.find(y0)
            loops = [a.index for a in axes]
            for base, there in self.elements.reads(v, index):
                if self.plan.memory.find(base) is not group:
                    continue
                if base is not y0 or not may_read_new(self.sizes, there, where, loops):
                    v = self._forced(v) if v in self.plan.virtual else self._copied(v)
                    break
            else:
                own = (y0,)
        return self._update(axes, y0, v, index, where, kind, own)

    def _copied(self, v: Value) -> Value:
        """A copy of a view of what is written to."""
        return self._forced(v) if v.op is not None and view_of(v.op) is not None else v

    def _broadcast(self, v: Value, axes: list[Axis]) -> Index:
        assert isinstance(v.type, Array)
        lead = len(axes) - v.type.ndim
        return [number(0) if d.is_one else axes[lead + k].count for k, d in enumerate(v.type.shape)]

    def _accumulation(self, op: Op) -> Value:
        acc, term = op.inputs
        axes = axes_over(self.sizes.shape(acc))
        where = [a.count for a in axes]
        if op.kind == "operator.sub":
            term = self._negated(term)
        return self._written("index_add", acc, term, axes, where)

    def _negated(self, v: Value) -> Value:
        if not isinstance(v.type, Array):
            return self.nests.one("operator.neg", [v], v.type)
        minus = Op("operator.neg", [v], [v.type], {})
        self.plan.virtual.add(minus.result)
        return minus.result

    # -- sums --------------------------------------------------------------------------------------------
    def _unbroadcast(self, op: Op) -> Value:
        gone = self.plan.summed_axes(op)
        assert gone is not None
        t = op.result.type
        if isinstance(t, Scalar):
            return self._reduction(op, gone, False, "sum")
        g = op.inputs[0]
        assert isinstance(t, Array) and isinstance(g.type, Array)
        lead = g.type.ndim - t.ndim
        kept = [k - lead if k >= lead else None for k in range(g.type.ndim)]
        return self._reduce_to(op, g, gone, kept, "sum")

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
        divide = [self.nests.integer(shape[k]) for k in gone] if how == "mean" else []
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
        self, axes: list[Axis], x: Value, index: Index, start: Constant, combine: Callable[[Value, Value], Value]
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


def _tuple_of(lengths: list[Value]) -> Type:
    from ...ir.types import Tuple

    return Tuple(tuple(v.type for v in lengths))


def _dtype(name: str) -> type:
    return np.dtype(name).type


__all__ = ["Lowering", "substitute", "const_dim"]
