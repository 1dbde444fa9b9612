"""Variables that some path leaves unbound.

    try:                                try:
        y = f(x)                            y = f(x)
    except ValueError:                  except ValueError:
        hit = True                          hit = True
                                            y = None        <- what `bind` adds
    y1 = y        y need not be there   y1 = y

The text copies such a variable from name to name, and the reverse sweep keeps it on a tape, whether it is
bound or not; nothing is read of one that is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from .core import Constant, Function, Op, Undef, Value
from .types import Opaque


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

    def _reached(self, v: Value, seen: set[Value]) -> Iterator[tuple[list[Value], int]]:
        """The places that lead to a value, without those of the values `seen` before."""
        work = [] if v in seen else [v]
        seen.add(v)
        while work:
            for values, k in self._places(work.pop()):
                yield values, k
                w = values[k]
                if w not in seen and not isinstance(w, Constant | Undef):
                    seen.add(w)
                    work.append(w)

    def may_be(self, v: Value) -> bool:
        """Whether there is a path on which nothing is bound, or None where it has been bound to that."""
        return _is_nothing(v) or any(_is_nothing(values[k]) for values, k in self._reached(v, set()))

    def bind(self, variables: list[Value]) -> bool:
        """Bind variables to None where they are not bound.  Whether that changed anything."""
        changed = False
        seen: set[Value] = set()
        for v in variables:
            for values, k in self._reached(v, seen):
                if isinstance(values[k], Undef):
                    values[k] = Constant(None, v.type)
                    changed = True
        return changed


def _is_nothing(w: Value) -> bool:
    if isinstance(w, Constant):
        return w.value is None and not isinstance(w.type, Opaque)
    kept = w.op is not None and "_unbound" in w.op.attrs and w.op.kind != "zeros_like"
    return isinstance(w, Undef) or (kept and w is w.op.results[-1])  # type: ignore[union-attr]
