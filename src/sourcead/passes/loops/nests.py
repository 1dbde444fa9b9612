"""Loop nests in IR.

    y = nest(i < n, j < m) with y0:  y0[i, j] = ...

    y2 = for i in range(0, n, 1) with y1 = y0:
        y4 = for j in range(0, m, 1) with y3 = y1:
            yield store(y3, i, j, ...)
        yield y4
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...analysis.affine import Affine, number, variable
from ...ir.builder import Builder
from ...ir.core import Constant, Region, Value
from ...ir.types import PY_INT, Type
from .sizes import Sizes, same

NAMES = "ijklmnpq"


@dataclass
class Axis:
    """One loop: its index, from where to where, and the index counted from 0."""

    index: Value
    start: Affine
    length: Affine

    @property
    def count(self) -> Affine:
        return variable(self.index) - self.start

    @property
    def stop(self) -> Affine:
        return self.start + self.length


def axes_over(shape: list[Affine], starts: list[Affine] | None = None) -> list[Axis]:
    """Loops over all elements of a shape; `starts`: where the indices begin, such that what is written to has
    the plain index."""
    out = []
    for k, n in enumerate(shape):
        start = starts[k] if starts is not None else number(0)
        out.append(Axis(Value(PY_INT, NAMES[k % len(NAMES)]), start, n))
    return out


def is_single(n: Affine) -> bool:
    return same(n, number(1))


class Nests:
    """Builds nests with a builder."""

    def __init__(self, builder: Builder, sizes: Sizes) -> None:
        self.builder = builder
        self.sizes = sizes

    def integer(self, a: Affine) -> Value:
        return self.sizes.value(a, self.one)

    def one(self, kind: str, inputs: list[Value], t: Type, attrs: dict | None = None) -> Value:
        return self.builder.one(kind, inputs, t, attrs)

    def nest(
        self, axes: list[Axis], states: list[Value], body: Callable[[list[Value]], list[Value]]
    ) -> list[Value]:
        """Emit the loops, outermost first, around a body that takes states to their next ones."""
        bounds = [(self.integer(a.start), self.integer(a.stop)) for a in axes]
        return self._level(axes, bounds, states, body)

    def _level(
        self,
        axes: list[Axis],
        bounds: list[tuple[Value, Value]],
        states: list[Value],
        body: Callable[[list[Value]], list[Value]],
    ) -> list[Value]:
        if not axes:
            return body(states)
        region = Region([axes[0].index, *(Value(s.type, s.name) for s in states)])
        mark = len(self.sizes.facts.known)
        self.sizes.facts.add(variable(axes[0].index) - axes[0].start)
        self.sizes.facts.add(axes[0].stop - variable(axes[0].index).plus(1))
        with self.builder.inside(region):
            region.yields = self._level(axes[1:], bounds[1:], region.params[1:], body)
        self.sizes.leave(mark)
        start, stop = bounds[0]
        inputs = [start, stop, Constant(1), *states]
        names = [s.name for s in states]
        return self.builder.emit("for", inputs, [s.type for s in states], {"_nest": True}, [region], names)
