"""What the reverse sweep needs of the primal: still there, recomputed, or kept on a tape.

The sweep comes here naming primal values of inner regions that it cannot see.  For each inner region D of the
primal, with its mirror D' in the reverse sweep:

    1. demands: the values defined in D that ops in D' (and inside of it) read
    2. a minimum cut over D's dataflow, from what cannot be recomputed (carried values, costly ops, results of
    nested
       regions) to the demands, says what to keep; the rest is recomputed from it, at the start of D'
    3. what is kept is pushed on a tape where D defines it and popped at the start of D'; in branches that run
    once it
       simply becomes a result of the branch

            forward                          reverse
            for i in range(n):               for i in reversed(range(n)):
                x_tape.append(x)                 x = x_tape.pop()        kept
                a = r * x                        a = r * x               recomputed
                x = a * (1 - x)                  ...

    4. a carried value that is wanted both before and after an iteration is popped once: what came before one
    iteration is
       what came after the one that the sweep visits next

Inner regions come first, since what they recompute from outer values adds to the outer demands.
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Undef, Value, walk
from ..ir.rewrite import clone_op, homes, parents, substitute
from ..ir.types import Array, List, Type
from ..passes.dce import has_effect
from ..passes.shapes import SHAPE_ONLY
from ..rules.registry import BOOK
from .cut import minimum_cut
from .split import bind, uses

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
    """The cost of keeping a value."""
    return 100_000 if isinstance(t, Array | List) else 100


class Provider:
    def __init__(
        self, function: Function, mirror: dict[Region, Region], bind: dict[Region, dict[Value, Value]]
    ) -> None:
        self.f = function
        self.bind = bind
        self.home = homes(function.body)
        self.parent = parents(function.body)
        self.mirror = {r: d for r, d in mirror.items() if r in self.parent}
        self.killed = killed(function.body)
        self.free: dict[Op, bool] = {}
        self.keep_raisers = bool(function.attrs.get("keep_raisers"))
        self.bound = {v for b in bind.values() for v in b}

    # -- demands ---------------------------------------------------------------------------------------
    def depth(self, r: Region) -> int:
        n = 0
        while r in self.parent:
            r = self.parent[r][2]
            n += 1
        return n

    def primal_inner(self, v: Value) -> Region | None:
        """The inner primal region that defines v; None where v is at function level or belongs to the reverse
        sweep."""
        home = self.home.get(v)
        if home is None or home not in self.parent:
            return None
        top = home
        while self.parent[top][2] in self.parent:
            top = self.parent[top][2]
        return None if self.parent[top][0].reverse else home

    def demands(self, reverse: Region, primal: Region) -> list[Value]:
        """Values of the primal region that ops in its mirror read, in order."""
        out: dict[Value, None] = {}
        stack = [reverse]
        while stack:
            r = stack.pop()
            for op in r.ops:
                for v in op.inputs:
                    if self.home.get(v) is primal:
                        out[v] = None
                stack.extend(op.regions)
            for v in r.yields:
                if self.home.get(v) is primal:
                    out[v] = None
        order = {v: n for n, v in enumerate(in_order(primal))}
        return sorted(out, key=order.__getitem__)

    def run(self) -> None:
        pairs = sorted(self.mirror.items(), key=lambda p: -self.depth(p[0]))
        for reverse, primal in pairs:
            self.region(reverse, primal)

    # -- one region ------------------------------------------------------------------------------------
    def region(self, reverse: Region, primal: Region) -> None:
        bound = self.bind.get(reverse, {})
        wanted = self.demands(reverse, primal)
        if not wanted:
            return
        env: dict[Value, Value] = {v: bound[v] for v in wanted if v in bound}
        wanted = [v for v in wanted if v not in bound]
        op = self.parent[primal][0]
        after = self.carried_twice(op, primal, wanted)
        kept = self.choose(primal, [v for v in wanted if v not in after], bound)
        params = set(kept)
        for v, k in list(after.items()):
            if op.slot(k).params[-1] not in params:  # not kept after all: v is a demand like any other
                del after[v]
                kept = self.choose(primal, [w for w in wanted if w not in after], bound)
        prologue = Region()
        for v in kept:
            env[v] = self.keep(v, primal, reverse, prologue)
        for v, k in after.items():
            env[v] = self.previous(op, k, reverse, env[op.slot(k).params[-1]])
        need = [v for v in wanted if v not in env]
        if need:
            self.recompute(primal, need, env, bound, prologue)
        for p in prologue.ops:
            for v in p.results:
                self.home[v] = reverse
        reverse.ops[:0] = prologue.ops
        for r in [reverse]:
            substitute(r, env)

    def carried_twice(self, op: Op, primal: Region, wanted: list[Value]) -> dict[Value, int]:
        """Values yielded for a slot whose parameter is wanted too: they need no tape of their own."""
        if not op.is_loop or op.body is not primal:
            return {}
        out: dict[Value, int] = {}
        wants = set(wanted)
        for k in range(len(op.results)):
            s = op.slot(k)
            both = s.next in wants and s.params[-1] in wants and s.next is not s.params[-1]
            if both and s.next not in out and s.next not in self.killed:
                out[s.next] = k
        return out

    def choose(self, primal: Region, wanted: list[Value], bound: dict[Value, Value]) -> list[Value]:
        """The values to keep: a minimum cut between what cannot be recomputed and what is wanted."""
        local = set(in_order(primal))
        again = self.is_free(primal)
        nodes: dict[Value, int] = {}
        edges: list[tuple[Value | str, Value | str]] = []
        outer: list[Value] = []
        stack = list(wanted)
        while stack:
            v = stack.pop()
            if v in nodes:
                continue
            nodes[v] = weight(v.type)
            op = v.op
            if (
                v not in local
            ):  # of an enclosing region: there at function level unless it is overwritten, else kept there
                outer.append(v)
                far = self.primal_inner(v) is not None and v not in self.bound
                if v in self.killed:
                    edges.append(("source", v))
                elif far:
                    nodes[v] = max(1, weight(v.type) // 100)
                    edges.append(("source", v))
                continue
            if op is None or (not is_cheap(op) and not again):
                edges.append(("source", v))
                continue
            for u in [*op.inputs, *(u for r in op.regions for u in uses(r) if u in local)]:
                if isinstance(u, Constant | Undef) or u in bound:
                    continue
                if op.kind in SHAPE_ONLY and u not in local and self.primal_inner(u) is None:
                    continue  # a shape outlives the contents
                edges.append((u, v))
                stack.append(u)
        edges.extend((v, "sink") for v in wanted)
        cut = minimum_cut(nodes, edges)
        order = {v: n for n, v in enumerate(in_order(primal))}
        return sorted((v for v in cut if v in order), key=order.__getitem__)

    def is_free(self, primal: Region) -> bool:
        """Whether the forward sweep runs a region for the reverse sweep alone: then nothing of it need be
        kept, since to do it all again in the reverse sweep is to do it once."""
        op = self.chain(primal)[0][0]
        if op not in self.free:
            inner = [op, *(o for r in op.regions for o in walk(r))]
            self.free[op] = (
                op.is_loop
                and not op.results
                and not op.attrs.get("exit")
                and not any(o.kind == "try" or has_effect(o, self.keep_raisers) for o in inner)
            )
        return self.free[op]

    def recompute(
        self,
        primal: Region,
        need: list[Value],
        env: dict[Value, Value],
        bound: dict[Value, Value],
        prologue: Region,
    ) -> None:
        """Append copies of the ops that make the wanted values from what is there."""
        todo: set[Value] = set()
        local = set(in_order(primal))
        stack = list(need)
        while stack:
            v = stack.pop()
            if v in todo or v in env or v in bound or v not in local:
                continue
            todo.add(v)
            if v.op is not None:
                stack.extend(v.op.inputs)
                stack.extend(u for r in v.op.regions for u in uses(r))
        for v, w in bound.items():
            env.setdefault(v, w)
        for op in primal.ops:
            if any(r in todo for r in op.results):
                new = clone_op(op, env)
                for o in [new, *(o for r in new.regions for o in walk(r))]:
                    o.reverse = True
                new.attrs.pop("_named", None)
                new.attrs["_retrieved"] = True
                prologue.ops.append(new)

    # -- keeping ---------------------------------------------------------------------------------------
    def keep(self, v: Value, primal: Region, reverse: Region, prologue: Region) -> Value:
        """Carry a value from the forward sweep to the mirror of its region."""
        chain = self.chain(primal)
        if all(op.is_branch for op, _, _ in chain):
            return self.export(v, chain)
        at = self.inner_attempt(chain)
        if at is not None:
            return self.keep_attempted(v, chain, at, reverse, prologue)
        name = f"{v.name or 't'}_tape"
        t = List(v.type)
        first = chain[0]
        empty = Op("list.new", [], [t])
        empty.result.name = name
        body = self.f.body
        body.ops.insert(body.ops.index(first[0]), empty)
        tape = self.thread(chain, empty.result, lambda region, state: self.push(region, state, v), name)
        return self.pop_from(self.chain(reverse), tape, v, name, prologue)

    def inner_attempt(self, chain: list[tuple[Op, int, Region]]) -> int | None:
        """Which part of a chain is the innermost body of a `try` that has more of the chain inside."""
        found = [n for n, (op, k, _) in enumerate(chain[:-1]) if op.kind == "try" and k == 0]
        return found[-1] if found else None

    def keep_attempted(
        self, v: Value, chain: list[tuple[Op, int, Region]], at: int, reverse: Region, prologue: Region
    ) -> Value:
        """Keep a value of a region inside of a `try`: what a body that raised has pushed must not stay on
        the tape, so the body has a tape of its own, which is kept as one value where the body ends.

            try:
                own = []
                for ...: own.append(v); t = x[i]        raises: `own` is forgotten
                tape.append(own)
        """
        body = chain[at][2]
        back = self.chain(reverse)
        level = next(n for n, (_, _, r) in enumerate(back) if self.mirror.get(r) is body)
        name, t = f"{v.name or 't'}_tape", List(v.type)
        empty = Op("list.new", [], [t])
        empty.result.name = name
        body.ops.insert(body.ops.index(chain[at + 1][0]), empty)
        self.home[empty.result] = body
        tape = self.thread(chain[at + 1 :], empty.result, lambda region, s: self.push(region, s, v), name)
        opened, start = back[level][2], Region()
        kept = self.keep(tape, body, opened, start)
        for op in start.ops:
            for r in op.results:
                self.home[r] = opened
        opened.ops[:0] = start.ops
        return self.pop_from(back[level + 1 :], kept, v, name, prologue)

    def pop_from(
        self, back: list[tuple[Op, int, Region]], tape: Value, v: Value, name: str, prologue: Region
    ) -> Value:
        """Pop a value off a tape in the innermost region of a chain of the reverse sweep."""
        out: list[Value] = []

        def pop(region: Region, state: Value) -> Value:
            op = Op("list.pop", [state], [tape.type, v.type], None, None, None, True)
            op.results[0].name, op.results[1].name = name, v.name
            op.attrs["_retrieved"] = True
            prologue.ops.append(op)
            out.append(op.results[1])
            return op.results[0]

        self.thread(back, tape, pop, name)
        return out[0]

    def push(self, region: Region, state: Value, v: Value) -> Value:
        bind(v)
        op = Op("list.append", [state, v], [state.type])
        op.result.name = state.name
        op.attrs["_tape"] = True
        outer = self.parent[region][0]
        if outer.kind == "try" and region is outer.regions[0]:  # nothing raises behind it
            region.ops.append(op)
            return op.result
        at = 0 if v.op is None else region.ops.index(v.op) + 1
        while at < len(region.ops) and region.ops[at].attrs.get("_tape"):
            at += 1
        region.ops.insert(at, op)
        return op.result

    def chain(self, region: Region) -> list[tuple[Op, int, Region]]:
        """The region ops that lead from function level to a region, outermost first."""
        out = []
        while region in self.parent:
            op, k, outer = self.parent[region]
            out.append((op, k, region))
            region = outer
        return out[::-1]

    def thread(self, chain: list[tuple[Op, int, Region]], state: Value, change: object, name: str) -> Value:
        """Carry a state through nested ops into the innermost region, change it there, and out again."""
        op, k, region = chain[0]
        if op.is_loop:
            params, result = op.add_slot(state, name)
            for p, r in zip(params, op.regions):
                self.home[p] = r
            inner = params[k]
            after = self.thread(chain[1:], inner, change, name) if len(chain) > 1 else change(region, inner)  # type: ignore[operator]
            op.body.yields.append(after)
        else:
            after = self.thread(chain[1:], state, change, name) if len(chain) > 1 else change(region, state)  # type: ignore[operator]
            for n, r in enumerate(op.regions):
                r.yields.append(after if n == k else state)
            result = Value(state.type, name, op)
            op.results.append(result)
        self.home[result] = self.parent[op.regions[0]][2]
        return result

    def export(self, v: Value, chain: list[tuple[Op, int, Region]]) -> Value:
        """Make a value of a branch that runs at most once a result of the branch."""
        for op, k, region in reversed(chain):
            if op.kind == "try" and v in region.yields:  # it is this result where the region ran
                v = op.results[region.yields.index(v)]
                continue
            for n, r in enumerate(op.regions):
                r.yields.append(v if n == k else Undef())
            out = Value(v.type, v.name, op)
            op.results.append(out)
            self.home[out] = self.parent[op.regions[0]][2]
            v = out
        return v

    def previous(self, op: Op, k: int, reverse: Region, before: Value) -> Value:
        """The value after an iteration, carried from the iteration that the sweep visited before."""
        loop = self.parent[reverse][0]
        result = op.slot(k).result
        params, out = loop.add_slot(result, before.name)
        self.home[params[0]] = reverse
        self.home[out] = self.parent[reverse][2]
        loop.body.yields.append(before)
        return params[0]


def in_order(region: Region) -> list[Value]:
    """The values that a region itself defines, in order."""
    return [*region.params, *(v for op in region.ops for v in op.results)]


def killed(body: Region) -> set[Value]:
    """Arrays and lists whose memory the forward sweep overwrites after them: they are gone in the reverse
    sweep."""
    out: set[Value] = set()

    def visit(region: Region) -> None:
        for op in reversed(region.ops):
            if op.kind in ("store", "index_add", "list.append", "list.pop"):
                out.add(op.inputs[0])
            elif op.is_loop:
                for r in op.regions:
                    visit(r)
                for n in range(len(op.results)):
                    s = op.slot(n)
                    if isinstance(s.result.type, Array | List) and (
                        s.params[-1] in out
                        or (
                            s.next is not s.params[-1] and s.next.op is not None and s.next.op.kind == "store"
                        )
                    ):
                        out.update((s.init, *s.params))
            for r in op.regions if op.is_branch else ():
                visit(r)

    visit(body)
    return out


def provide(function: Function, mirror: dict[Region, Region], bind: dict[Region, dict[Value, Value]]) -> None:
    """Make every primal value that the reverse sweep names available where it is named; changes the
    function."""
    Provider(function, mirror, bind).run()
