"""What to keep, recompute and restore: one minimum cut over the whole forward sweep.

    sources                                  nodes                            sink
    carried values, costly ops, results of   primal values; keeping one       what the reverse sweep reads
    nested regions, old contents of memory   costs bytes x 100^(loop depth)

    operand -> value         where the op is cheap enough to be done again
    write -> load            where the load reads an old state that the write hides (ad/states.py); a write
                             costs what keeping the part that it overwrites costs

A cut through a write says to undo it, a cut below it to keep values: one cut decides both.  Undoing reads
indices and asks for further values, so the cut is made again until nothing new is asked for.  `at` is where
in the reverse sweep something is wanted: the number, in its region of the primal, of the op whose adjoint
wants it.  A state can be had there if the writes between are single ops, which can be undone earlier than
their turn; a nested loop or branch cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..ir.core import Constant, Op, Region, Undef, Value
from ..ir.types import Array, List, Type, same_type
from ..passes.shapes import shape_operand
from ..rules.registry import BOOK
from .cut import minimum_cut
from .split import uses
from .states import WRITES, Read, States, ViewType

UNCUT = 10**28  # of a state whose web is restored: nothing is gained by keeping it

CHEAP = {
    "add", "sub", "mul", "truediv", "neg", "pos", "subtract", "multiply", "divide", "negative", "lt", "le",
    "gt", "ge", "eq", "ne", "not_", "and_", "or_", "len", "size", "abs", "absolute", "square", "floordiv",
    "mod", "T", "invert", "int", "float", "bool", "min", "max",
    "is_", "is_not", "maximum", "minimum", "reshape", "expand_dims", "transpose",
}  # fmt: skip


def is_cheap(op: Op) -> bool:
    """Whether an op may be executed again in the reverse sweep."""
    if op.kind in ("getitem", "tuple.new", "tuple.get", "list.len", "zeros_like"):
        return True
    p = BOOK.get(op.kind)
    if p is None or p.effect or op.regions or len(op.results) != 1:
        return False
    if op.kind in ("operator.pow", "numpy.power", "numpy.square"):
        square = isinstance(op.inputs[-1], Constant) and op.inputs[-1].value in (2, 3)
        return square or op.kind == "numpy.square"
    return op.kind.rsplit(".", 1)[-1] in CHEAP


def weight(t: Type) -> int:
    """The cost of keeping a value once."""
    if isinstance(t, List):
        return 100_000
    if not isinstance(t, Array):
        return 100
    return 100 * 100 ** min(t.ndim, 2) // (8 if t.dtype == "bool" else 1)


def is_view(op: Op | None) -> bool:
    """Whether the result may share the memory of the first operand."""
    if op is None or not op.results or not isinstance(op.results[0].type, Array):
        return False
    p = BOOK.get(op.kind)
    return op.kind == "getitem" or (p is not None and p.alias != "fresh")


@dataclass
class Plan:
    """keep: values for the tape (or results of branches).  twice: values after an iteration that come with
    those before it -> their slot.  undo: the writes that the reverse sweep undoes; states: the old states
    that it reads, and where."""

    keep: set[Value] = field(default_factory=set)
    twice: dict[Value, int] = field(default_factory=dict)
    undo: set[Op] = field(default_factory=set)
    states: list[tuple[Value, Region]] = field(default_factory=list)
    loaded: dict[Value, Op] = field(default_factory=dict)


#: A value, where it is wanted (a region of the primal), at which op, and whether for its shape alone.
Want = tuple[Value, Region, int, bool]
Demand = tuple[Value, Region, int, bool, "Op | None"]  # the same; before which write is undone


class Planner:
    """Makes the plan of one function.  `wants`: what the reverse sweep reads.  `mirrored`: whether a region
    op has a mirror in the reverse sweep.  `again`: whether a region runs for the reverse sweep alone."""

    def __init__(
        self,
        states: States,
        wants: list[Want],
        bound: set[Value],
        lost: set[Value],
        killed: set[Value],
        again: Callable[[Region], bool],
        mirrored: Callable[[Op], bool],
        view: ViewType,
    ) -> None:
        self.s = states
        self.wants = wants
        self.bound = bound
        self.lost = lost
        self.killed = killed
        self.again = again
        self.mirrored = mirrored
        self.reachable: dict[tuple[Value, Region], bool] = {}
        self.all_writes = set(states.writes)
        self.written = {states.web(w.result) for w in states.writes}
        self.alone: set[Value] = set()
        self.stored = stores(states, view)

    # -- where a state can be had ----------------------------------------------------------------------
    def restorable(self, state: Value, region: Region) -> bool:
        """Whether walking back from the end leads to a state, for a reader in `region`."""
        key = (state, region)
        if key not in self.reachable:
            known = len(self.reachable)
            self.reachable[key] = True  # a loop that leads back to itself is no obstacle
            if not self._restorable(state, region):
                for k in list(self.reachable)[known:]:  # found under that assumption
                    del self.reachable[k]
                self.reachable[key] = False
        return self.reachable[key]

    def _restorable(self, state: Value, region: Region) -> bool:
        s = self.s
        if s.web(state) in s.spoiled or not isinstance(state.type, Array) or state.type.loose:
            return False
        op = s.kill.get((region, state))
        if op is None:
            if region is s.body:
                return True
            owner, _, outer = s.parent[region]
            for k, v in enumerate(region.yields[owner.own_yields if owner.is_loop else 0 :]):
                if v is state and k < len(owner.results):
                    return self.restorable(owner.results[k], outer) and self.carried(owner, k)
            elsewhere = s.kill.get((outer, state)) is owner
            return s.home[state] is not region and not elsewhere and self.restorable(state, outer)
        if op.kind in WRITES:
            return self.restorable(op.result, region)
        after = s.over(state, op, region, self.all_writes)
        if after is not None:
            return self.restorable(after, region)
        if not self.mirrored(op):
            return False
        if op.is_loop:
            slots = [k for k in range(len(op.results)) if op.slot(k).init is state]
            return any(self.restorable(op.results[k], region) and self.carried(op, k) for k in slots[:1])
        return all(self.restorable(state, r) for r in op.regions)

    def carried(self, op: Op, k: int) -> bool:
        """Whether the mirror of a region op can carry the states of a slot backward."""
        if not op.is_loop:
            return True
        p, n = op.slot(k).params[-1], op.slot(k).next
        if self.s.last(p, op.body, self.all_writes) is n:
            return True
        return self.mirrored(op) and self.restorable(p, op.body)

    def at_hand(self, state: Value, region: Region, at: int, before: Op | None) -> bool:
        """Whether a state can be had where the sweep has come to op number `at` of a region (and, where it is
        wanted to undo a write, before that one is undone)."""
        s = self.s
        while s.kill.get((region, state)) is None:
            if region is s.home[state]:
                return True
            owner, _, outer = s.parent[region]
            if s.kill.get((outer, state)) is owner:
                return owner.kind == "if" and any(v is state for v in region.yields)
            region, at = outer, s.place[owner][1]
        op = s.kill.get((region, state))
        while op is not None and s.place[op][1] < at:  # not passed yet: to be undone before its turn
            after = op.result if op.kind in WRITES else s.over(state, op, region, self.all_writes)
            if after is None or op is before:
                return False
            state = after
            op = s.kill.get((region, state))
        if before is not None and op is before:
            return False
        if op is not None and s.place[op][1] == at and op.kind not in WRITES:
            return s.over(state, op, region, self.all_writes) is not None
        return True

    # -- the graph -------------------------------------------------------------------------------------
    def depth(self, v: Value) -> int:
        return len(self.s.loops_of[self.s.home[v]])

    def cost(self, v: Value) -> int:
        return weight(v.type) * 100 ** self.depth(v)

    def run(self) -> Plan:
        undo: set[Op] = set()
        while True:  # undoing a write reads its indices, which are wanted in turn
            graph, cut = self.solve(undo)
            new = {node.write for node in cut if isinstance(node, Undo)} - undo
            if not new:
                break
            undo |= new
        reads = graph.reads_of(cut)
        return Plan(
            {v for v in cut if isinstance(v, Value)},
            graph.twice,
            {w for r in reads for w in self.s.hiding(r)},
            list(dict.fromkeys((r.state, r.region) for r in reads)),
            graph.loaded,
        )

    def solve(self, undo: set[Op]) -> tuple[Graph, set[object]]:
        """One cut; a value after an iteration comes with the one before it only where that one is kept."""
        while True:
            graph = Graph(self, undo)
            cut = graph.cut()
            alone = {v for v, k in graph.twice.items() if self.s.slot_of(v, k).params[-1] not in cut}
            if not alone:
                return graph, cut
            self.alone |= alone


@dataclass(frozen=True)
class Undo:
    """The node of a write: cutting there means that the reverse sweep undoes it."""

    write: Op


class Graph:
    """The graph of one cut, where the writes of `undo` are undone for certain."""

    def __init__(self, planner: Planner, undo: set[Op]) -> None:
        self.p, self.s, self.undo = planner, planner.s, undo
        self.nodes: dict[object, int] = {}
        self.into: dict[object, dict[object, None]] = {}  # node -> what it comes from
        self.reads: dict[Value, dict[Read, None]] = {}  # node -> what it reads of old states
        self.latest: dict[tuple[Value, Op | None], int] = {}  # where in the sweep a value is wanted first
        self.asked: set[Demand] = set()
        self.sinks: dict[Value, None] = {}
        self.loaded: dict[Value, Op] = {}  # values that are had again from where they were stored
        self.twice = self.find_twice()
        self.work: list[Demand] = [(*want, None) for want in planner.wants]
        for op in planner.s.writes:
            if op in undo:
                region, at = planner.s.place[op]
                self.work.extend((u, region, at, False, op) for u in op.inputs[1:-1])
        self.sinks.update((v, None) for v, *_ in self.work)
        while self.work:
            self.visit(*self.work.pop())

    def edge(self, a: object, b: object) -> None:
        self.into.setdefault(b, {})[a] = None

    def find_twice(self) -> dict[Value, int]:
        """Values yielded for a slot whose parameter is wanted too: they need no tape of their own."""
        out: dict[Value, int] = {}
        direct = dict.fromkeys(v for v, *_ in self.p.wants)
        for v in direct:
            home = self.s.home[v]
            if home not in self.s.parent or v in self.p.killed or v in self.p.alone or self.is_state(v):
                continue
            op, _, _ = self.s.parent[home]
            if op.is_loop and op.body is home:
                for k in range(len(op.results)):
                    slot = op.slot(k)
                    if slot.next is v and slot.params[-1] in direct and slot.params[-1] is not v:
                        out.setdefault(v, k)
        return out

    def visit(self, v: Value, region: Region, at: int, shape: bool, undoing: Op | None) -> None:
        """A value that is wanted in a region, at an op, perhaps to undo a write."""
        p, s = self.p, self.s
        if isinstance(v, Constant | Undef) or v in p.bound or (v, region, at, shape, undoing) in self.asked:
            return
        self.asked.add((v, region, at, shape, undoing))
        home = s.home[v]
        if home is s.body and v not in p.lost:
            return
        if self.old_state(v, region, at, undoing):
            self.nodes.setdefault(v, UNCUT)
            self.read(v, Read(v, None, region, shape), at)
            return
        while region is not home:
            owner, _, region = s.parent[region]
            at = s.place[owner][1]
        if self.latest.get((v, undoing), -1) >= at:
            return
        self.latest[v, undoing] = at
        self.nodes[v] = p.cost(v)
        if v in self.twice:
            before = s.slot_of(v, self.twice[v]).params[-1]
            self.edge(before, v)
            self.work.append((before, region, at, False, undoing))
            loop, _, outer = s.parent[home]  # the sweep starts with what the loop ended with
            last = loop.results[self.twice[v]]
            self.sinks[last] = None
            self.work.append((last, outer, s.place[loop][1], False, undoing))
            return
        op = v.op
        cheap = op is not None and (is_cheap(op) or p.again(region))
        load = None if home is s.body else p.stored.get(v)
        if load is not None and cheap and not self.is_final(v, load, region):
            load = None  # done again as well
        if load is not None and self.old_state(load.inputs[0], region, at, undoing):
            self.loaded[v] = load
            return self.operands(v, load, region, at, undoing)
        if not cheap or (v in p.lost and not is_view(op)):
            self.edge("source", v)
            return
        assert op is not None
        self.operands(v, op, region, at, undoing)

    def is_final(self, v: Value, load: Op, region: Region) -> bool:
        """Whether a value that takes more than what is at hand to be made again is still where it was
        stored: nothing need be kept or undone for it."""
        return not self.is_near(v) and not self.s.hiding(Read(load.inputs[0], load, region, False))

    def operands(self, v: Value, op: Op, region: Region, at: int, undoing: Op | None) -> None:
        """What it takes to do an op again."""
        s = self.s
        inner = [u for r in op.regions for u in uses(r) if self.outside(u, op)]
        for n, u in enumerate([*op.inputs, *inner]):
            if isinstance(u, Constant | Undef) or u in self.p.bound:
                continue
            if n == shape_operand(op) and s.home[u] is s.body:
                continue  # a shape outlives the contents
            if self.old_state(u, region, at, undoing):
                load = op.kind == "getitem" and n == 0
                self.read(v, Read(u, op if load else None, region, n == shape_operand(op)), at)
                continue
            self.edge(u, v)
            self.work.append((u, region, self.moment(op, u, region, at), False, undoing))

    def outside(self, u: Value, op: Op) -> bool:
        """Whether a value read inside of an op's regions comes from outside of them."""
        if isinstance(u, Constant | Undef):
            return False
        r = self.s.home[u]
        while r in self.s.parent:
            owner, _, r = self.s.parent[r]
            if owner is op:
                return False
        return True

    def moment(self, op: Op, u: Value, region: Region, at: int) -> int:
        """When an operand of a recomputed op must be there: a load is done before its state is undone."""
        if op.kind == "getitem" and u is not op.inputs[0] and not isinstance(op.result.type, Array):
            kill = self.s.kill.get((region, op.inputs[0]))
            if kill is not None:
                return max(at, self.s.place[kill][1])
        return at

    # -- old states ------------------------------------------------------------------------------------
    def is_state(self, v: Value) -> bool:
        """Whether a value is memory that is written to somewhere."""
        return isinstance(v.type, Array) and self.s.web(v) in self.p.written

    def old_state(self, v: Value, region: Region, at: int, undoing: Op | None) -> bool:
        """Whether v is a state that can be had by undoing writes."""
        p, s = self.p, self.s
        if not self.is_state(v) or p.again(s.home[v]) or (s.home[v] is s.body and v not in p.lost):
            return False
        return p.restorable(v, region) and p.at_hand(v, region, at, undoing)

    def read(self, v: Value, read: Read, at: int) -> None:
        """Making v reads an old state: all writes that hide what it reads must be undone."""
        self.reads.setdefault(v, {})[read] = None
        for write in self.s.hiding(read):
            node = Undo(write)
            self.edge(node, v)
            where, n = self.s.place[write]
            if write not in self.undo:
                self.nodes[node] = self.undo_cost(write)
                self.edge("source", node)
            elif where is read.region and n < at:  # undone before its turn, so its indices are wanted earlier
                for u in write.inputs[1:-1]:
                    if not isinstance(u, Constant):
                        self.sinks[u] = None
                        self.work.append((u, where, at, False, write))

    def undo_cost(self, op: Op) -> int:
        indices = sum(100 for u in op.inputs[1:-1] if not self.is_near(u))
        return (weight(op.inputs[-1].type) + indices) * 100 ** len(self.s.loops_of[self.s.place[op][0]])

    def is_near(self, v: Value) -> bool:
        """Whether a value can be had again without keeping anything."""
        if isinstance(v, Constant | Undef) or v in self.p.bound:
            return True
        if self.s.home[v] is self.s.body and v not in self.p.lost:
            return True
        return v.op is not None and is_cheap(v.op) and all(map(self.is_near, v.op.inputs))

    # -- results ---------------------------------------------------------------------------------------
    def cut(self) -> set[object]:
        edges = [
            (a, b) for b, sources in self.into.items() for a in sources if a == "source" or a in self.nodes
        ]
        edges += [(v, "sink") for v in self.sinks if v in self.nodes]
        return set(minimum_cut(self.nodes, edges))  # type: ignore[arg-type]

    def reads_of(self, cut: set[object]) -> list[Read]:
        """What is read of old states by what is recomputed."""
        out: dict[Read, None] = {}
        stack = [v for v in self.sinks if v in self.nodes]
        seen: set[object] = set()
        while stack:
            v = stack.pop()
            if v in seen or v in cut:
                continue
            seen.add(v)
            out.update(self.reads.get(v, {}))
            stack.extend(u for u in self.into.get(v, ()) if isinstance(u, Value) and u in self.nodes)
        return list(out)


def stores(states: States, view: ViewType) -> dict[Value, Op]:
    """For values that the primal stores where they are made: the load that brings them back."""
    out: dict[Value, Op] = {}
    for op in states.writes:
        v = op.inputs[-1]
        region, _ = states.place[op]
        path = op.attrs["path"]
        if op.kind != "store" or len(path) != 1 or v.op is None or states.home.get(v) is not region:
            continue
        if path[0] and isinstance(path[0][0], str) and path[0][0] != "at":
            continue
        t = view(op.result.type, path[0], op.inputs[1:-1])
        basic = not any(isinstance(u.type, Array) for u in op.inputs[1:-1])
        if basic and same_type(t, v.type):
            out.setdefault(
                v, Op("getitem", [op.result, *op.inputs[1:-1]], [t], {"index": path[0], "_dot": True})
            )
    return out
