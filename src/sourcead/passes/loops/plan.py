"""Which array values are virtual, and which writes, reductions and products become loop nests.

A value may be virtual where all that read it are loop nests of its own region, where nothing that it reads is
overwritten before they run, and where it is computed by one of them only, or is cheap:

    t = A[1:] + A[:-1]      virtual: the nest of the store computes it
    u = 0.5 * t             virtual too
    B[1:] = u               a nest
    A[0] = 1.0              a virtual value that is read below this line would see it: it becomes an array
"""

from __future__ import annotations

from ...analysis.affine import Affine
from ...ir.core import WRITES_OUTSIDE, Constant, Function, Op, Region, Undef, Value
from ...ir.types import Array, List, Scalar, Tuple, Type, same_dim, same_type
from ...rules.registry import BOOK
from .elements import FILLED, OUTER, fits, parts, ranks_fit
from .kinds import CHEAP, DTYPES, is_elementwise
from .sizes import Sizes, same
from .views import path_views, view_of, viewed_shape

WRITES = ("store", "index_add")
REDUCTIONS = {"numpy.sum": "sum", "numpy.mean": "mean", "numpy.prod": "prod", "numpy.max": "max",
              "numpy.min": "min"}  # fmt: skip
UNBROADCAST = "sourcead.runtime.unbroadcast"
DOTS = ("numpy.dot", "operator.matmul", "numpy.inner", "numpy.matmul")
_STATES = ("zeros_like", "numpy.zeros", "numpy.zeros_like", "copy", *WRITES)


def plain(v: Value, least: int = 1) -> bool:
    """Whether a value is surely an array, of a dtype that is lowered."""
    t = v.type
    return (
        isinstance(t, Array)
        and not t.loose
        and t.ndim >= least
        and t.dtype in DTYPES
        and not isinstance(v, Constant | Undef)
    )


def number_like(t: Type) -> bool:
    return isinstance(t, Scalar) and t.dtype in DTYPES


class Memory:
    """Classes of values between which memory may pass, coarsely."""

    def __init__(self, function: Function) -> None:
        self.parent: dict[Value, Value] = {}
        for op in function.walk():
            self._gather(op)
        self.written = {self.find(op.inputs[0]) for op in function.walk() if writes_memory(op)}

    def find(self, v: Value) -> Value:
        p = self.parent
        while p.get(v, v) is not v:
            p[v] = v = p.get(p[v], p[v])
        return v

    def _unite(self, a: Value, b: Value) -> None:
        if not any(isinstance(x, Constant | Undef) or isinstance(x.type, Scalar) for x in (a, b)):
            self.parent[self.find(a)] = self.find(b)

    def _gather(self, op: Op) -> None:
        if op.is_loop:
            for k in range(len(op.results)):
                s = op.slot(k)
                for v in (*s.params, s.next, s.result):
                    self._unite(v, s.init)
            return
        if op.regions:
            for k, v in enumerate(op.results):
                for r in op.regions:
                    self._unite(v, r.yields[k])
            return
        copied = op.kind in WRITES and isinstance(op.inputs[0].type, Array)  # what is stored in an array
        for v in op.results:
            if isinstance(v.type, Array | List | Tuple):
                for x in op.inputs[: 1 if copied else None] if may_share(op) else ():
                    if isinstance(x.type, Array | List | Tuple):
                        self._unite(v, x)


def may_share(op: Op) -> bool:
    if op.kind in BOOK:
        return BOOK[op.kind].alias != "fresh" or bool(op.attrs.get("_accumulate"))
    return op.kind not in ("zeros_like", "copy")


def writes_memory(op: Op) -> bool:
    return op.kind in WRITES or is_accumulation(op)


def is_accumulation(op: Op) -> bool:
    """Whether an addition may go into its first operand's memory."""
    if not op.attrs.get("_accumulate") or op.kind not in ("operator.add", "operator.sub"):
        return False
    acc, term = op.inputs
    if (
        not plain(acc)
        or not (plain(term) or number_like(term.type))
        or not same_type(acc.type, op.result.type)
    ):
        return False
    return acc.op is None or bool(acc.op.regions) or acc.op.kind in _STATES or is_accumulation(acc.op)


class Plan:
    """The decisions for one function; `region` decides for one region at a time."""

    def __init__(self, function: Function, sizes: Sizes) -> None:
        self.sizes = sizes
        self.memory = Memory(function)
        self.virtual: set[Value] = set()
        self.opaque: set[Value] = set()
        self.copied: set[Value] = set()  # views that are copied where they are made
        self.nests: set[Op] = set()  # writes, reductions and products that become loops
        self.uses: dict[Value, list[Op | None]] = {}
        self.home: dict[Op, Region] = {}
        self.params = set(function.params)
        self.accumulations = {op for op in function.walk() if is_accumulation(op)}  # as it is before lowering
        self._count(function.body)

    def _writes(self, op: Op) -> bool:
        return op.kind in WRITES or op in self.accumulations

    def _count(self, region: Region) -> None:
        for op in region.ops:
            self.home[op] = region
            for v in op.inputs:
                self.uses.setdefault(v, []).append(op)
            for r in op.regions:
                self._count(r)
        for v in region.yields:
            self.uses.setdefault(v, []).append(None)

    def region(self, region: Region) -> None:
        at = {op: k for k, op in enumerate(region.ops)}
        for op in region.ops:
            if not op.attempted and self._is_nest(op):
                self.nests.add(op)
            for x in op.inputs:  # a view of another region whose memory is written somewhere stays one
                if x.op is None or x.op in at or view_of(x.op) is None:
                    continue
                if self.memory.find(x) in self.memory.written:
                    self.opaque.add(x)
        roots: dict[Value, set[Op]] = {}
        for op in reversed(region.ops):
            if op.attempted or len(op.results) != 1 or not self._may_be_virtual(op):
                continue
            v = op.result
            where: set[Op] = set()
            for u in self.uses.get(v, ()):
                if u is None or u not in at or not self._reads_elements(u, v):
                    break
                where |= roots[u.result] if u.result in self.virtual else {u}
            else:
                if len(where) == 1 or view_of(op) is not None or self._is_cheap(op):
                    roots[v] = where
                    self.virtual.add(v)
        self._keep_apart(region, at, roots)

    def _may_be_virtual(self, op: Op) -> bool:
        if not self.uses.get(op.result):
            return False
        if view_of(op) is not None:
            return plain(op.inputs[0])
        return self.is_lazy(op)

    def is_lazy(self, op: Op) -> bool:
        """Whether the elements of the op's result can be computed one by one."""
        if op.attempted or op in self.accumulations:
            return False
        if op.kind == OUTER:
            return all(plain(x) and x.type.ndim == 1 for x in op.inputs)  # type: ignore[attr-defined]
        if op.kind == FILLED:
            fill = op.inputs[1]
            known = plain(fill) or number_like(fill.type)
            return known and plain(op.result) and plain(op.inputs[0]) and ranks_fit(op)
        return is_elementwise(op) and ranks_fit(op)

    def _reads_elements(self, user: Op, v: Value) -> bool:
        if user in self.nests:
            return (user.kind not in WRITES and user not in self.accumulations) or (
                v is user.inputs[-1] and v is not user.inputs[0]
            )
        if user.attempted or len(user.results) != 1:
            return False
        if view_of(user) is not None:
            return user.result in self.virtual
        return (
            self.is_lazy(user)
            and any(x is v for _, x in parts(user))
            and (user.kind != FILLED or user.inputs[0] is not v)
        )

    def _is_cheap(self, op: Op) -> bool:
        """At most two operations, on at most one array."""
        for _ in range(2):
            arrays = [x for x in op.inputs if isinstance(x.type, Array)]
            if op.kind not in CHEAP or len(arrays) != 1:
                return False
            x = arrays[0]
            while x.op is not None and view_of(x.op) is not None:
                x = x.op.inputs[0]
            if x.op is None or not self.is_lazy(x.op):
                return True
            op = x.op
        return False

    # -- what becomes a nest -----------------------------------------------------------------------------
    def _is_nest(self, op: Op) -> bool:
        if op.kind in WRITES:
            return self._is_write(op)
        if op in self.accumulations:
            return fits(self.sizes, op) and all(
                not d.is_one or e.is_one for d, e in zip(op.inputs[0].type.shape, op.result.type.shape)
            )  # type: ignore[attr-defined]
        if op.kind in REDUCTIONS:
            return self._is_reduction(op)
        if op.kind == UNBROADCAST:
            return self.summed_axes(op) is not None or self.is_summed_along(op)
        return op.kind in DOTS and self._is_product(op)

    def _is_write(self, op: Op) -> bool:
        y, *operands, v = op.inputs
        if not plain(y) or not (plain(v) or number_like(v.type)):
            return False
        views = path_views(y.type.ndim, op.attrs["path"], operands)  # type: ignore[attr-defined]
        if views is None or not views[-1].axes:
            return False
        shape = self.target_shape(y, op)
        return not isinstance(v.type, Array) or v.type.ndim <= len(shape)

    def target_shape(self, y: Value, op: Op) -> list[Affine]:
        """The lengths of what a write writes to."""
        views = path_views(y.type.ndim, op.attrs["path"], op.inputs[1:-1])  # type: ignore[attr-defined]
        assert views is not None
        return viewed_shape(self.sizes, self.sizes.shape(y), views)

    def _is_reduction(self, op: Op) -> bool:
        x = op.inputs[0]
        if (
            len(op.inputs) != 1
            or not plain(x)
            or any(
                k[0] != "_" and k not in ("axis", "keepdims") and v is not None for k, v in op.attrs.items()
            )
        ):
            return False
        t = op.result.type
        if (
            not isinstance(t, Scalar | Array)
            or t.dtype not in DTYPES
            or (isinstance(t, Array) and not t.ndim)
        ):
            return False
        if op.kind in ("numpy.max", "numpy.min"):
            dtype = x.type.dtype  # type: ignore[attr-defined]
            if dtype == "int64" and op.attrs.get("axis") is None:
                return x.op is not None and self.is_lazy(x.op)
            return dtype in ("float64", "float32", "int64")
        return True

    def summed_axes(self, op: Op) -> tuple[int, ...] | None:
        """The axes that an `unbroadcast` sums over; None where that shows at run time."""
        g, like = op.inputs
        if not plain(g):
            return None
        if number_like(like.type):
            return tuple(range(g.type.ndim)) if op.result.type.numpy else None  # type: ignore[attr-defined]
        if not isinstance(like.type, Array) or like.type.loose or not like.type.ndim:
            return None
        lead = g.type.ndim - like.type.ndim  # type: ignore[attr-defined]
        axes = list(range(lead))
        for k, d in enumerate(like.type.shape):
            e = g.type.shape[lead + k]  # type: ignore[attr-defined]
            if d.is_one and not e.is_one:
                axes.append(lead + k)
            elif not (same_dim(d, e) or same(self.sizes.length(like, k), self.sizes.length(g, lead + k))):
                return None
        return tuple(axes)

    def is_summed_along(self, op: Op) -> bool:
        """Whether it shows at run time alone which axes an `unbroadcast` sums over."""
        g, like = op.inputs
        if not (plain(g) and plain(like) and plain(op.result)):
            return False
        return g.type.ndim >= like.type.ndim == op.result.type.ndim  # type: ignore[attr-defined]

    def _is_product(self, op: Op) -> bool:
        """Vectors always; a matrix and a vector where one of them is part of an array."""
        a, b = op.inputs
        if not plain(a) or not plain(b):
            return False
        ranks = a.type.ndim, b.type.ndim  # type: ignore[attr-defined]
        if ranks == (1, 1):
            return isinstance(op.result.type, Scalar)
        if sorted(ranks) != [1, 2] or op.kind == "numpy.inner":
            return False
        views = [view_of(x.op) for x in (a, b) if x.op is not None]
        return any(v is not None and any(not isinstance(e, tuple) or e[1] for e in v.of) for v in views)

    def is_covered(self, op: Op) -> bool:
        """Whether a store replaces all of an array that is an argument or read elsewhere too: a new array
        takes its place."""
        y = op.inputs[0]
        if op.kind != "store" or op not in self.nests or op.attrs["path"] not in self._whole(y):
            return False
        return y in self.params or (len(self.uses.get(y, ())) > 1 and y.op is not None)

    @staticmethod
    def _whole(y: Value) -> tuple:
        n = y.type.ndim  # type: ignore[attr-defined]
        full = ("slice", False, False, False)
        return (((Ellipsis,),), *(((full,) * k,) for k in range(1, n + 1)))

    # -- what is overwritten -----------------------------------------------------------------------------
    def _keep_apart(self, region: Region, at: dict[Op, int], roots: dict[Value, set[Op]]) -> None:
        """Make arrays of the virtual values whose operands are overwritten before they are read."""
        seen: dict[Value, set[Value]] = {}  # classes that a virtual value reads
        last: dict[Value, int] = {}
        for op in region.ops:
            for v in op.results:
                if v in self.virtual:
                    seen[v] = set()
                    for x in op.inputs:
                        if isinstance(x.type, Array):
                            seen[v] |= seen[x] if x in seen else {self.memory.find(x)}
                    last[v] = max(at[u] for u in self.uses[v] if u is not None)
            changed = self._changed(op)
            if changed is None or changed:
                for v, classes in list(seen.items()):
                    if last[v] > at[op] and v not in op.results and (changed is None or classes & changed):
                        self.virtual.discard(v)
                        self.opaque.add(v)
                        if v.op is not None and view_of(v.op) is not None:
                            self.copied.add(v)
                        del seen[v]

    def _changed(self, op: Op) -> set[Value] | None:
        """Classes of memory that an op may write to; None for all."""
        if op.kind in WRITES_OUTSIDE or op.kind == "call":
            return None if op.kind in WRITES_OUTSIDE else set()
        out = {self.memory.find(op.inputs[0])} if self._writes(op) and not self.is_covered(op) else set()
        for r in op.regions:
            for o in r.ops:
                inner = self._changed(o)
                if inner is None:
                    return None
                out |= inner
        return out
