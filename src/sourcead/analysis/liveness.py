"""Backward liveness over structured regions.

    live at a point = read later, from there

    after an op:       what the ops behind it read, and the region's yields
    into a branch:     what is live after the `if`, and the branch's yields
    into a `try`:      at each op that may raise, also what the handlers read
    into a loop body:  what is live after the loop, the yields, and whatever the loop reads from outside of it
                       (the next trip reads it again)

Only values of interest are followed, which keeps the sets small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..ir.core import Function, Op, Region, Value

Reads = Callable[[Op], list[Value]]


def live_after(
    function: Function,
    asked: Callable[[Op], bool],
    reads: Reads,
    wanted: Callable[[Value], bool],
    among: Callable[[Op, set[Value]], Iterable[Value]],
) -> dict[Op, list[Value]]:
    """For every op asked about, the wanted values that are read after it, in the order in which they are
    defined.

    `reads(op)` gives the operands that count as read; `among` chooses those of the live values that the op is
    held against.
    """
    live = _Live(function, asked, reads, wanted, among)
    live.region(function.body, set())
    return live.out


class _Live:
    """The walk of `live_after`."""

    def __init__(
        self,
        function: Function,
        asked: Callable[[Op], bool],
        reads: Reads,
        wanted: Callable[[Value], bool],
        among: Callable[[Op, set[Value]], Iterable[Value]],
    ) -> None:
        self.asked, self.reads, self.wanted, self.among = asked, reads, wanted, among
        self.order = _order(function)
        self.out: dict[Op, list[Value]] = {}

    def region(self, r: Region, live: set[Value], caught: frozenset[Value] = frozenset()) -> set[Value]:
        reads, wanted, order = self.reads, self.wanted, self.order
        live.update(filter(wanted, r.yields))
        for op in reversed(r.ops):
            live.difference_update(op.results)
            if self.asked(op):
                self.out[op] = sorted(self.among(op, live), key=lambda v: order.get(v, -1))
            if not op.regions:
                pass
            elif op.is_loop:
                live |= self.outside(op)
                for sub in reversed(op.regions):
                    self.region(sub, set(live) | caught, caught)
            elif op.kind == "try":
                body, handlers = op.regions
                end = self.region(handlers, set(live), caught)
                live = live | end | self.region(body, set(live), caught | end)
            else:
                ends = [self.region(sub, set(live), caught) for sub in op.regions]
                live = live.union(*ends)
            if caught and op.attempts:
                live |= caught
            live.update(filter(wanted, reads(op)))
        return live

    def outside(self, loop: Op) -> set[Value]:
        """What a loop reads from outside of it."""
        reads, wanted, order = self.reads, self.wanted, self.order
        first = min((order[p] for r in loop.regions for p in r.params), default=None)
        used: set[Value] = set()
        stack = list(loop.regions)
        while stack:
            r = stack.pop()
            used.update(filter(wanted, r.yields))
            for op in r.ops:
                used.update(filter(wanted, reads(op)))
                stack += op.regions
        if first is None:
            inner = {v for r in loop.regions for v in _defined(r)}
            return used - inner
        return {v for v in used if order.get(v, -1) < first}


def _order(function: Function) -> dict[Value, int]:
    order: dict[Value, int] = {}

    def region(r: Region) -> None:
        for v in r.params:
            order[v] = len(order)
        for op in r.ops:
            for sub in op.regions:
                region(sub)
            for v in op.results:
                order[v] = len(order)

    region(function.body)
    return order


def _defined(r: Region) -> list[Value]:
    out = list(r.params)
    for op in r.ops:
        out += op.results
        for sub in op.regions:
            out += _defined(sub)
    return out
