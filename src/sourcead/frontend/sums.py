"""The built-in `sum`.

From Python 3.12 on it does not round after each addition of Python floats (3.14: complex numbers), so it
stays a `sum` in the text; anything else is added one after the other, as `sum` itself does:

    sum([a, b, c, v[0], v[1]])      sum([a, b, c]) + v[0] + v[1]        v of NumPy
            Python  NumPy           of two numbers the sum is the same either way: a + b
"""

from __future__ import annotations

from ..ir.core import Constant
from ..ir.types import Array, List, Scalar, Type, is_inexact
from .base import Base
from .values import Abstract, Tup

FEW = 2  # so many numbers have one sum, however it is rounded


class Sums(Base):
    def call_sum(self, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        start = args[1] if len(args) > 1 else kwargs.get("start", self.number(0))
        add = lambda s, v: self.binary("add", s, v)
        if self.frame.template or not is_python(self.type_of(start)):
            return self.fold(args[0], start, add)
        items = self.items_of(args[0])
        if items is not None:
            return self.sum_of_known(items, start, isinstance(args[0], Tup))
        t = self.type_of(args[0])
        if isinstance(t, Array):
            return self.fold(args[0], start, add)
        if isinstance(t, List):
            if not rounds([t.elem], self.type_of(start)):
                return self.fold(args[0], start, add)
            return self.sum_of_list(args[0], start)
        place = self.anchor("sum")
        if place not in self.summed:
            kept = self.mark()
            guesses = {k: (dict(g), set(r), o) for k, (g, r, o) in self.loop_guesses.items()}
            seen: list[Type | None] = []

            def step(s: Abstract, v: Abstract) -> Abstract:
                seen.append(self.type_of(v))
                return add(s, v)

            out = self.fold(args[0], start, step)
            if not rounds(seen, self.type_of(start)):
                return out
            self.back_to(*kept)
            self.loop_guesses.clear()
            self.loop_guesses.update(guesses)
            self.summed.add(place)
        ref = self.collect(args[0])
        items = self.items_of(ref)
        return self.sum_of_list(ref, start) if items is None else self.sum_of_known(items, start, False)

    def sum_of_known(self, items: list[Abstract], start: Abstract, tuple_: bool) -> Abstract:
        """The sum of items that are known one by one."""
        if not is_zero(start):
            items, start = [start, *items], self.number(0)
        n = next((k for k, i in enumerate(items) if not is_python(self.type_of(i))), len(items))
        if n > FEW and rounds([self.type_of(i) for i in items[:n]]):
            inputs = [self.value(i) for i in items[:n]]
            start = self.prim("builtins.sum", inputs, {"_container": "tuple" if tuple_ else "list"})
            items = items[n:]
        for i in items:
            start = self.binary("add", start, i)
        return start

    def sum_of_list(self, a: Abstract, start: Abstract) -> Abstract:
        """The sum of a list whose length shows only at run time."""
        if not is_zero(start):
            ref = self.new_ref("list", (start,))
            self.iterate(self.anchor("collect"), a, [], lambda v: self.append(ref, v))
            a = ref
        return self.prim("builtins.sum", [self.value(a)], {"_variadic": None})


def is_python(t: Type | None) -> bool:
    """Whether it is a number that may be one of Python's own."""
    return isinstance(t, Scalar) and t.numpy is not True


def is_zero(start: Abstract) -> bool:
    """Whether a sum starts with the integer 0, which changes nothing."""
    return isinstance(start, Constant) and type(start.value) is int and start.value == 0


def rounds(items: list[Type | None], start: Type | None = None) -> bool:
    """Whether there may be Python floats among the Python numbers that are added up."""
    python = [t for t in items if is_python(t)]
    return bool(python) and any(is_inexact(t) for t in [*python, start])
