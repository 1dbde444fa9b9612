"""Variables that some path leaves unbound, where the text would copy them.

try:                                try:
    y = f(x)                            y = f(x)
except ValueError:                  except ValueError:
    hit = True                          hit = True
                                        y = None        <- this line
y1 = y        y need not be there   y1 = y
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Undef, Value


class Unbound:
    """Which values of a function may be unbound, and binding them to None where they are."""

    def __init__(self, function: Function) -> None:
        self._slots: dict[Value, tuple[Op, int]] = {}  # of the parameters of loops
        for op in function.walk():
            if op.is_loop:
                for r in op.regions:
                    self._slots.update({p: (op, k) for k, p in enumerate(r.params[op.own_params :])})

    def _places(self, v: Value) -> list[tuple[list[Value], int]]:
        """The lists, and the places in them, of the values that are this one."""
        op, k = self._slots.get(v, (v.op, -1))
        if op is None or not op.regions:
            return []
        k = op.results.index(v) if k < 0 else k
        if op.is_loop:
            return [(op.inputs, op.fixed + k), (op.body.yields, op.own_yields + k)]
        return [(r.yields, k) for r in op.regions]

    def _reached(self, v: Value) -> list[tuple[list[Value], int]]:
        seen, work = {v}, [v]
        out: list[tuple[list[Value], int]] = []
        while work:
            for values, k in self._places(work.pop()):
                w = values[k]
                out.append((values, k))
                if w not in seen and not isinstance(w, Constant | Undef):
                    seen.add(w)
                    work.append(w)
        return out

    def may_be(self, v: Value) -> bool:
        return any(isinstance(values[k], Undef) for values, k in self._reached(v))

    def bind(self, v: Value) -> None:
        for values, k in self._reached(v):
            if isinstance(values[k], Undef):
                values[k] = Constant(None, v.type)
