"""Array statements as loop nests: writes, sums and products, and values that must be arrays."""

from __future__ import annotations

import numpy as np

from ...analysis.affine import Affine, number
from ...ir.builder import Builder
from ...ir.core import Constant, Function, Op, Region, Value
from ...ir.types import PY_INT, Array, Tuple, Type
from .elements import FILLED, Elements, Index, Reader
from .nests import Axis, Nests, axes_over, is_single
from .order import may_read_new
from .plan import DOTS, REDUCTIONS, UNBROADCAST, WRITES, Plan
from .sizes import Sizes, along, same
from .sums import Sums
from .views import path_views, place, view_of, viewed_shape

_RUNTIME = "sourcead.runtime."


class Lowering(Sums):
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
        lengths = list(map(self._length, shape))
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

    def _length(self, n: Affine) -> Value:
        """A length as an integer: below none is none."""
        m = self.nests.integer(n)
        if n.terms and not self.sizes.nonnegative(n):
            m = self.nests.one("builtins.max", [m, Constant(0)], PY_INT)
        return m

    # -- filling -----------------------------------------------------------------------------------------
    def _fill(self, axes: list[Axis], y0: Value, v: Value, index: Index, where: Index | None) -> Value:
        """A nest that stores the elements of v (read at `index`) at `where` in y0."""
        return self._update(axes, y0, v, index, where or index, "store", ())

    def _update(
        self,
        axes: list[Axis],
        y0: Value,
        v: Value,
        index: Index,
        where: Index,
        kind: str,
        own: tuple[Value, ...],
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
                        a = (
                            Affine(tuple(t for t in a.terms if t[0] is not axis.index), a.constant)
                            + axis.start * c
                        )
            out.append(a)
        return out

    def _check(self, v: Value, shape: list[Affine], strict: bool = True) -> None:
        """Raise at run time where arrays that are read together differ in length."""
        for n, m, equal in self.elements.lengths(v, shape, strict):
            self._same_length(n, m, equal)

    def _same_length(self, n: Affine, m: Affine, equal: bool = True) -> None:
        """Raise at run time unless two lengths are equal, or the second one is 1 where it may be."""
        if same(n, m) or any(
            (same(n, p) and same(m, q)) or (same(n, q) and same(m, p)) for p, q in self.checked
        ):
            return
        a, b = self.nests.integer(n), self.nests.integer(m)
        if equal:
            self.checked.append((n, m))
        self.nests.builder.emit(_RUNTIME + ("same_length" if equal else "fits_length"), [a, b], [], None)

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
        self._shift(axes, where)
        where = self._where(shape, views, [a.count for a in axes])
        return self._written(op.kind, y0, v, axes, where, self.plan.is_covered(op))

    def _forced(self, v: Value) -> Value:
        out = self._array(v)
        t = v.type
        assert isinstance(t, Array)
        for k in range(t.ndim):
            self.sizes.memo[out, k] = self.sizes.length(v, k)
        return out

    def _where(self, shape: list[Affine], views: list, index: Index) -> Index:
        shapes = [shape]
        for view in views[:-1]:
            shapes.append(viewed_shape(self.sizes, shapes[-1], [view]))
        for n, view in zip(reversed(shapes), reversed(views)):
            index = place(self.sizes, n, view, index)
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
                self._check(v, [a.length for a in axes], False)
            new = self._new(self.sizes.shape(y0), y0.type, y0)
            return self._update(axes, new, v, index, where, kind, ())
        if isinstance(v.type, Array):
            index = self._broadcast(v, axes)
            self._check(v, [a.length for a in axes], False)
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
        out: Index = []
        for k, d in enumerate(v.type.shape, len(axes) - v.type.ndim):
            if d.is_one or is_single(axes[k].length):
                out.append(number(0))
            else:
                n = self.sizes.length(v, len(out))
                out.append(axes[k].count if d.not_one else along(axes[k].count, n, axes[k].length))
        return out

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


def _tuple_of(lengths: list[Value]) -> Type:
    return Tuple(tuple(v.type for v in lengths))


def _dtype(name: str) -> type:
    return np.dtype(name).type
