"""Which values may share a buffer.

Two values share memory where walking back from both, through everything that passes a buffer on, meets:

    u1 = store(u0)      u1 is u0's buffer               y = x[1:]           y is x's buffer
    r = if c {a} {b}    r is a's or b's                 t1 = append(t0, h)  an element of t1 is one of t0's,
    or h
    (p, q) = loop {..}  p is its init's or its yield's; p and q in one trip: their inits' or their yields'

The question is asked of *pairs*, the later of the two taking a step, and two slots of one loop step
together: so
a loop that swaps two buffers is seen to keep them apart.  `(value, d)` stands for what is d levels inside
of a
container.  A way from a pair to two equal ends is a *witness*; cutting any of its edges (a copy there)
breaks it.
Copies only take sharing away, so a pair once found apart stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.types import Array, List, Scalar, Tuple, Type
from ..rules.registry import BOOK

Node = tuple[Value, int]
Edge = tuple[Any, ...]  # (sort, op or region, number); sorts in the order in which they are best cut:
SORTS = ("maybe", "item", "def", "init", "dest", "yield")

WRITES = frozenset({"store", "index_add", "list.append", "list.pop"})
SHAPE_ONLY = frozenset(
    [
        "zeros_like",
        "builtins.len",
        "numpy.shape",
        "numpy.size",
        "numpy.ndim",
        "numpy.zeros_like",
        "numpy.ones_like",
        "numpy.empty_like",
        "numpy.ndarray.shape",
        "numpy.ndarray.ndim",
        "numpy.ndarray.size",
        "numpy.ndarray.dtype",
    ]
)
#: Asks for the layout of the primal's own array, which a copy of it need not have.
LAYOUT = "sourcead.runtime.reshape_is_view"


def depths(t: Type | None) -> list[int]:
    """At which levels of a value of this type there is a buffer."""
    if t.__class__ is Scalar:
        return []
    if isinstance(t, Array):
        return [0]
    if isinstance(t, List):
        return [0, *(d + 1 for d in depths(t.elem))]
    if isinstance(t, Tuple):
        return sorted({d + 1 for item in t.items for d in depths(item)})
    return []


def reads_shape_only(op: Op, value: Value) -> bool:
    return op.kind in SHAPE_ONLY and isinstance(value.type, Array)


def levels(op: Op) -> int:
    """How many lists a write goes through: 1 for `xs[i][j] = v` in a list of arrays, which changes an
    element."""
    if op.kind not in ("store", "index_add"):
        return 0
    n, t = 0, op.inputs[0].type
    while isinstance(t, List) and n < len(op.attrs["path"]) - 1:
        n, t = n + 1, t.elem  # type: ignore[assignment]
    return n


def is_advanced(op: Op) -> bool:
    """Whether an index pattern selects by arrays, which copies."""
    return any(isinstance(v.type, Array | List) for v in op.inputs[1:])


def passes_on(op: Op) -> list[int]:
    """Numbers of the operands whose buffer the (non-container) result may be or see."""
    if op.kind == "getitem":
        return [] if is_advanced(op) else [0]
    if op.kind in BOOK:
        alias = BOOK[op.kind].alias
        if alias == "fresh":
            return []
        pairs = [alias] if isinstance(alias[0], str) else list(alias)
        return [i for _, i in pairs if i < len(op.inputs)]
    if op.kind == "solver":
        return []
    if op.kind == "call":
        return [] if op.attrs["function"].attrs.get("own_results") else list(range(len(op.inputs)))
    own = ("operator.", "math.", "builtins.", "list.", "tuple.", "zeros_like", "copy", "outer.")
    if op.kind.startswith(own):
        return []
    return list(range(len(op.inputs)))  # nothing is known of it


class Sharing:
    """The sharing of a function's values, for the in-place writes and the copies (cut edges) decided so
    far."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.order: dict[Value, int] = {}
        self.phi: dict[Value, tuple[Op, int]] = {}
        self.loops: dict[Any, int] = {}  # loop depth of ops and regions
        self.inplace: set[Op] = set()  # optional in-place operations
        self.cuts: set[Edge] = set()
        self._apart: set[tuple[Node, Node]] = set()
        self._owned: set[Node] = set()
        self._own_params = set(function.params)
        self._number(function.body, 0)
        self._group: dict[Value, Value] = {}
        self._gather(function.body)
        self._group = {v: self._find(v) for v in self._group}

    # -- a first, coarse answer ------------------------------------------------------------------------------
    def _find(self, v: Value) -> Value:
        group = self._group
        while group.get(v, v) is not v:
            group[v] = v = group.get(group[v], group[v])
        return v

    def _unite(self, a: Value, b: Value) -> None:
        if not isinstance(a, Constant | Undef) and not isinstance(b, Constant | Undef):
            self._group[self._find(a)] = self._find(b)

    def _gather(self, region: Region) -> None:
        """Put values in one group wherever a buffer may pass between them, order and depth aside: values of
        two groups never share, which spares asking for a witness."""
        for op in region.ops:
            for r in op.regions:
                self._gather(r)
            if op.regions:
                for k, v in enumerate(op.results):
                    for _, x in self._joined(op, k):
                        self._unite(v, x)
                    if op.is_loop:
                        for p in op.slot(k).params:
                            self._unite(v, p)
                continue
            pure = op.kind in BOOK or op.kind.startswith(("operator.", "math.", "builtins.", "zeros_like"))
            through = [op.inputs[i] for i in passes_on(op)] if pure else op.inputs
            if op in self.inplace or op.attrs.get("_accumulate"):
                through = [*through, op.inputs[0]]
            for v in op.results:
                if depths(v.type):
                    for x in through:
                        if depths(x.type):
                            self._unite(v, x)

    def near(self, v: Value, others: Iterable[Value]) -> list[Value]:
        """Those of the others that are in one group with a value."""
        group = self._group
        root = group.get(v, v)
        return [x for x in others if group.get(x, x) is root]

    def _number(self, region: Region, depth: int) -> None:
        self.loops[region] = depth
        for p in region.params:
            self.order[p] = len(self.order)
        for op in region.ops:
            self.loops[op] = depth
            for r in op.regions:
                for k, p in enumerate(r.params[op.own_params if r is op.body else 0 :] if op.is_loop else ()):
                    self.phi[p] = (op, k)
                self._number(r, depth + op.is_loop)
            for k, v in enumerate(op.results):
                self.order[v] = len(self.order)
                if op.regions:
                    self.phi[v] = (op, k)

    # -- steps ---------------------------------------------------------------------------------------------
    def _steps(self, node: Node) -> list[tuple[Edge | None, Node]]:
        """Where the buffer of a node may come from, in ops that are no joins."""
        v, d = node
        op = v.op
        if op is None:
            return []
        kind, inputs = op.kind, op.inputs
        define = ("def", op, 0) if d == 0 else None
        if kind in WRITES or op in self.inplace:
            if kind == "list.pop" and v is op.results[1]:
                return [(define, (inputs[0], d + 1))]
            inside = levels(op)
            dest = ("maybe" if op in self.inplace else "dest", op, 0) if d <= inside else None
            out: list[tuple[Edge | None, Node]] = [(dest, (inputs[0], d))]
            below = d - inside - 1
            if below >= 0 and kind in ("list.append", "store") and depths(inputs[-1].type):
                out.append((("item", op, len(inputs) - 1) if below == 0 else None, (inputs[-1], below)))
            return out
        if kind in ("list.new", "tuple.new"):
            return (
                [(("item", op, i) if d == 1 else None, (x, d - 1)) for i, x in enumerate(inputs)] if d else []
            )
        if kind == "copy":
            return [(None, (inputs[0], d))] if d else []
        if kind == "tuple.get" or (kind == "getitem" and isinstance(inputs[0].type, List | Tuple)):
            return [(define, (inputs[0], d + 1))]
        if kind == "call":
            first = (
                []
                if v is op.results[0]
                else [(define, (op.results[0], e)) for e in depths(op.results[0].type)]
            )
            return first + [(define, (inputs[i], e)) for i in passes_on(op) for e in depths(inputs[i].type)]
        return [(define, (inputs[i], d)) for i in passes_on(op) if depths(inputs[i].type)]

    @staticmethod
    def _joined(op: Op, k: int) -> list[tuple[Edge, Value]]:
        if op.is_loop:
            s = op.slot(k)
            return [(("init", op, k), s.init), (("yield", op.body, op.own_yields + k), s.next)]
        return [(("yield", r, k), r.yields[k]) for r in op.regions]

    def _is_cut(self, edge: Edge | None, depth: int) -> bool:
        return edge is not None and depth == 0 and edge in self.cuts

    def _next(self, a: Node, b: Node) -> list[tuple[list[Edge], Node, Node]]:
        """The pairs that a pair steps to."""
        if self._rank(a) < self._rank(b):
            a, b = b, a
        join = self.phi.get(a[0])
        out = []
        if join is None:
            for e, x in self._steps(a):
                if e not in self.cuts:
                    out.append(([e] if e else [], x, b))
            return out
        op, k = join
        other = self.phi.get(b[0])
        if other is not None and other[0] is op:
            for (e, x), (f, y) in zip(self._joined(op, k), self._joined(op, other[1])):
                if not self._is_cut(e, a[1]) and not self._is_cut(f, b[1]):
                    edges = [g for g, n in ((e, a), (f, b)) if n[1] == 0]
                    out.append((edges, (x, a[1]), (y, b[1])))
            return out
        for e, x in self._joined(op, k):
            if not self._is_cut(e, a[1]):
                out.append(([e] if a[1] == 0 else [], (x, a[1]), b))
        return out

    def _rank(self, node: Node) -> int:
        return self.order.get(node[0], -1)

    # -- questions -----------------------------------------------------------------------------------------
    def witness(self, a: Node, b: Node) -> list[Edge] | None:
        """The edges on a way on which the two may share, or None where they do not."""
        if a == b:
            return []
        seen = {(a, b)}
        stack: list[tuple[Node, Node, Any]] = [(a, b, None)]
        while stack:
            a, b, way = stack.pop()
            for edges, x, y in self._next(a, b):
                if isinstance(x[0], Undef) or isinstance(y[0], Undef):
                    continue
                here = (edges, way)
                if x == y:
                    return _unroll(here)
                if (x, y) not in seen and (x, y) not in self._apart and (y, x) not in self._apart:
                    seen.add((x, y))
                    stack.append((x, y, here))
        self._apart |= seen
        return None

    def foreign(self, node: Node) -> list[Edge] | None:
        """The edges on a way from the node to memory that is not the function's own, or None."""
        seen = {node}
        stack: list[tuple[Node, Any]] = [(node, None)]
        while stack:
            n, way = stack.pop()
            v = n[0]
            if v in self._own_params or isinstance(v, Constant) or is_read_only(v):
                return _unroll(way)
            steps = (
                [(e, (x, n[1])) for e, x in self._joined(*self.phi[v])] if v in self.phi else self._steps(n)
            )
            for e, x in steps:
                cut = e is not None and e in self.cuts and (e[0] in ("item", "def", "dest") or n[1] == 0)
                if not cut and x not in seen and x not in self._owned and not isinstance(x[0], Undef):
                    seen.add(x)
                    stack.append((x, ([e] if e is not None and _at_top(e, n) else [], way)))
        self._owned |= seen
        return None

    def is_view(self, v: Value) -> bool:
        """Whether an array may be a view of another, perhaps larger one."""
        seen: set[Node] = {(v, 0)}
        stack = list(seen)
        while stack:
            node = stack.pop()
            v, d = node
            following = (
                [(e, (x, d)) for e, x in self._joined(*self.phi[v])] if v in self.phi else self._steps(node)
            )
            for e, x in following:
                cut = e is not None and e in self.cuts and (e[0] in ("item", "def", "dest") or d == 0)
                if cut:
                    continue
                if d == 0 and e is not None and e[0] == "def" and isinstance(x[0].type, Array):
                    return True
                if x not in seen:
                    seen.add(x)
                    stack.append(x)
        return False

    def cut(self, edges: list[Edge]) -> None:
        """Break a way where a copy runs least often."""

        def cost(e: Edge) -> tuple[int, bool, int]:
            # a copy of a view has another layout, in which NumPy may sum in another order: the primal's own
            # views last
            primal = e[0] == "def" and not e[1].reverse and not e[1].attrs.get("_dot")
            return self.loops[e[1]], primal, SORTS.index(e[0])

        best = min(edges, key=cost)
        if best[0] == "maybe":
            self.inplace.discard(best[1])
        else:
            self.cuts.add(best)


def _at_top(edge: Edge, node: Node) -> bool:
    return edge[0] in ("item", "def", "dest", "maybe") or node[1] == 0


def is_read_only(v: Value) -> bool:
    return v.op is not None and v.op.kind in (
        "numpy.broadcast_to",
        "numpy.broadcast_arrays",
        "numpy.diagonal",
    )


def _unroll(way: Any) -> list[Edge]:
    out: list[Edge] = []
    while way is not None:
        out += way[0]
        way = way[1]
    return out
