"""Which memory a value shares, and where that memory is made.

h1 = tanh(...)         made here
v  = h1[2:]            a view of h1
A1 = store(A0, i, x)   a state of A0's array
loop with A = A0       what goes round: A0's array where the body only writes to it, else a new one each trip
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.rewrite import homes, parents
from ..ir.types import Array, List
from ..rules.registry import BOOK

STATES = {"store", "index_add", "list.append", "list.pop"}


class Origins:
    """Where the arrays and lists of a function come from."""

    def __init__(self, function: Function) -> None:
        self.arguments = set(function.params)
        self.home = homes(function.body)
        self.parent = parents(function.body)
        self.slots: dict[Value, tuple[Op, int]] = {}  # what goes round a loop, and what comes out of it
        for op in function.walk():
            if op.is_loop:
                for k, v in enumerate(op.results):
                    self.slots[v] = (op, k)
                    for p in op.slot(k).params:
                        self.slots[p] = (op, k)
        self._roots: dict[Value, Value] = {}

    def root(self, v: Value) -> Value:
        """The value that stands for the memory of v: an argument, or what a fresh array is first called."""
        chain = []
        while v not in self._roots:
            chain.append(v)
            before = self._older(v)
            if before is None:
                self._roots[v] = v
                break
            v = before
        root = self._roots[v]
        for u in chain:
            self._roots[u] = root
        return root

    def _older(self, v: Value) -> Value | None:
        """An earlier value with the same memory; None where it is made with v."""
        if v in self.slots:
            op, k = self.slots[v]
            fresh = any(self._is_inside(u, op) for u in self._made_with(op.slot(k).next))
            return None if fresh else op.slot(k).init
        op_ = v.op
        if op_ is not None and op_.is_branch:
            n = op_.results.index(v)
            roots = {self.root(r.yields[n]) for r in op_.regions}
            return roots.pop() if len(roots) == 1 else None
        return self._source(v)

    def _source(self, v: Value) -> Value | None:
        """The operand that a state or a view shares its memory with."""
        op = v.op
        if op is None or not op.inputs:
            return None
        if op.kind in STATES:
            return op.inputs[0] if v is op.results[0] else None
        if op.kind == "getitem":
            shares = isinstance(op.inputs[0].type, Array) and not gathers(op)
            return op.inputs[0] if shares else None
        if op.kind in BOOK and BOOK[op.kind].alias != "fresh":
            alias = BOOK[op.kind].alias
            i = alias[1] if isinstance(alias[0], str) else alias[0][1]
            if i < len(op.inputs) and isinstance(op.inputs[i].type, Array | List):
                return op.inputs[i]
        return None

    def _made_with(self, v: Value) -> set[Value]:
        """All that a value may be a state or a view of, on any way round the loops."""
        out: set[Value] = set()
        seen: set[Value] = set()
        stack = [v]
        while stack:
            u = stack.pop()
            if u in seen or isinstance(u, Constant | Undef):
                continue
            seen.add(u)
            if u in self.slots:
                op, k = self.slots[u]
                stack += [op.slot(k).init, op.slot(k).next]
            elif u.op is not None and u.op.is_branch:
                n = u.op.results.index(u)
                stack += [r.yields[n] for r in u.op.regions]
            else:
                source = self._source(u)
                if source is None:
                    out.add(u)
                else:
                    stack.append(source)
        return out

    def _is_inside(self, v: Value, op: Op) -> bool:
        region: Region | None = self.home.get(v)
        while region is not None and region in self.parent:
            holder, _, outer = self.parent[region]
            if holder is op:
                return True
            region = outer
        return False


def slots(region: Region) -> Value | None:
    """How many states a checkpointed loop may save at a time, in the region where it saves one."""
    for op in region.ops:
        if op.kind == "sourcead.runtime.next_snapshot":
            free = op.inputs[2].op  # slots - len(saved)
            return free.inputs[0] if free is not None and free.kind == "operator.sub" else None
    return None


def gathers(op: Op) -> bool:
    """Whether a subscript takes elements out one by one, into a new array."""
    return any(isinstance(v.type, Array) for v in op.inputs[1:])


__all__ = ["STATES", "Origins", "gathers", "slots"]
