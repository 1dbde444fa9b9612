"""Views that functions make: a reference to the array with one step more on its path.

    v = np.swapaxes(A, 0, 1)     v -> Ref(A, [swapaxes(0, 1)])
    v[i, j] = t                  w = store(swapaxes(A0, 0, 1), [i, j], t)
                                 A1 = store(A0, [...], swapaxes(w, 0, 1))

Where an index says the same (`np.flip(x)` is `x[::-1]`), the step is that index.  A write through any other
view is a new state of what is seen, carried back into the array by the inverse function.

`reshape` and `ravel` give a view where the memory allows it and else a copy.  Where the layout is known, so
is the answer; else the primal's own answer, asked of the caller's array, chooses between the two:

    v = A.reshape(-1)            flag = reshape_is_view(A, -1)
                                 v -> Ref(chosen by flag of Ref(A, [reshape(-1)]), Ref(A.reshape(-1)))
"""

from __future__ import annotations

import ast
from typing import Any

from ..ir.core import Value
from ..ir.types import Array
from ..rules.registry import BOOK, Primitive
from .base import Base
from .values import Abstract, Chosen, Ref, View

ALL = ("slice", False, False, False)
BACKWARD = ("slice", False, False, True)


class Views(Base):
    def view_by(self, p: Primitive, ref: Ref, inputs: list[Value], attrs: dict[str, Any]) -> Abstract | None:
        """The view of an array that a primitive gives, as a reference; None where it gives none, or one
        that is not known here."""
        t = self.type_of(ref)
        if (
            p.alias == "fresh"
            or not isinstance(t, Array)
            or not isinstance(self.infer(p, inputs, attrs)[0], Array)
        ):
            return None
        if isinstance(ref.obj, Chosen):
            return self.on_each(ref, lambda o: self.view_by(p, o, [self.value(o), *inputs[1:]], attrs))
        name = p.key.removeprefix("numpy.")
        given = {**p.keywords, **{k: v for k, v in attrs.items() if not k.startswith("_")}}
        if name in ("reshape", "ravel"):
            return self.reshaped(p, ref, inputs, attrs)
        if name in ("asarray", "asanyarray", "real"):
            same = given.get("dtype") is None and (name != "real" or not t.dtype.startswith("complex"))
            return ref if same else None
        if t.ndim == 2 and name in ("transpose", "swapaxes"):
            axes = given.get("axes") or (1, 0)
            pair = axes if name == "transpose" else (given["axis1"], given["axis2"])
            if pair[0] % 2 != pair[1] % 2 and (name == "swapaxes" or pair[0] % 2):
                return self.view(ref, ("T",), ())
        if name in ("transpose", "swapaxes", "moveaxis"):
            return self.view(ref, View(p.key, dict(attrs)), ())
        step = self.index_of(name, t, given)
        return None if step is None else self.view(ref, *step)

    def index_of(self, name: str, t: Array, given: dict[str, Any]) -> Any:
        """The subscript that gives what a function gives; None for other functions."""
        n, axis = t.ndim, given.get("axis")
        if name in ("flip", "flipud", "fliplr"):
            if name != "flip":
                axis = 0 if name == "flipud" else 1
            axes = (
                range(n) if axis is None else [a % n for a in (axis if isinstance(axis, tuple) else (axis,))]
            )
            back = self.number(-1)
            return tuple(BACKWARD if k in axes else ALL for k in range(n)), tuple(back for _ in axes)
        if name == "squeeze":
            gone = [k for k, d in enumerate(t.shape) if d.is_one]
            if axis is not None:
                gone = [a % n for a in (axis if isinstance(axis, tuple) else (axis,))]
            if len(gone) == n:
                return None
            return tuple("at" if k in gone else ALL for k in range(n)), tuple(self.number(0) for _ in gone)
        if name == "expand_dims":
            m = n + (len(axis) if isinstance(axis, tuple) else 1)
            new = [a % m for a in (axis if isinstance(axis, tuple) else (axis,))]
            return tuple(None if k in new else ALL for k in range(m)), ()
        return None

    def reshaped(self, p: Primitive, ref: Ref, inputs: list[Value], attrs: dict[str, Any]) -> Abstract:
        viewed = self.view(ref, View(p.key, dict(attrs)), inputs[1:])
        known = self.is_known_view(p.key, ref, self.type_of(viewed))
        if known:
            return viewed
        fresh = self.wrap(self.value(viewed))
        if known is False:
            return fresh
        base = inputs[0]
        if ref.obj in self.argument_objects:  # private copies of it need not have the caller's layout
            base = self.load(self.params[self.argument_objects[ref.obj]], ref.path)
        flag = self.prim("sourcead.runtime.reshape_is_view", [base, *inputs[1:]])
        return self.make_choice(self.value(flag), (viewed, fresh))

    def is_known_view(self, key: str, ref: Ref, result: Any) -> bool | None:
        """Whether reshaping gives a view; None where that shows only at run time."""
        t = self.type_of(ref)
        if self.in_order(ref) or (t.ndim == 1 and key == "numpy.reshape"):
            return True
        if key == "numpy.ravel" and not ref.path and ref.obj in self.argument_objects:
            return False  # the type of an argument says exactly whether it is in order
        turned = bool(ref.path) and ref.path[-1][0] == ("T",) and self.in_order(Ref(ref.obj, ref.path[:-1]))
        if turned and t.ndim > 1 and result.ndim == 1 and all(d.not_one for d in t.shape):
            return False
        return None

    def in_order(self, ref: Ref) -> bool:
        """Whether what a reference leads to is known to lie in memory in one piece, in C order."""
        if self.type_of(ref).contiguous:
            return True
        if not ref.path or not self.in_order(Ref(ref.obj, ref.path[:-1])):
            return False
        pattern, operands = ref.path[-1]
        if isinstance(pattern, View) or pattern == ("T",) or not self.is_basic(operands):
            return False
        rest = list(pattern)
        while rest and rest[0] == "at":
            rest.pop(0)
        step_one = rest and isinstance(rest[0], tuple) and not rest[0][3]
        return all(e in (Ellipsis, ALL) for e in (rest[1:] if step_one else rest))

    def store_through_view(self, ref: Ref, step: Any, v: Value, node: ast.AST) -> None:
        """`ref[step] = v`, where a function made the view."""
        k = max(i for i, (p, _) in enumerate(ref.path) if isinstance(p, View))
        base = Ref(ref.obj, ref.path[:k])
        old = self.value(base)
        seen = self.load(old, ref.path[k : k + 1])
        if isinstance(v.type, Array):
            self.check_cast(v.type, seen.type, node)
        path = (*ref.path[k + 1 :], step)
        operands = [o for _, os in path for o in os]
        new = self.builder.one(
            "store", [seen, *operands, v], seen.type, {"path": tuple(p for p, _ in path)}, ref.obj.name
        )
        back = self.turned_back(ref.path[k][0], new, base, old)
        if not base.path and old.type.contiguous and back.type.contiguous:
            back.name = ref.obj.name
            self.store[ref.obj] = back
        else:  # the array keeps its layout
            self.store_path(base, ((Ellipsis,), ()), back, node)

    def turned_back(self, view: View, seen: Value, base: Ref, old: Value) -> Value:
        """What the array holds, from what the view of it holds."""
        name, attrs = view.key.removeprefix("numpy."), dict(view.attrs)
        if name in ("reshape", "ravel"):
            shape = self.primitive_operand(self.attribute(base, "shape"))
            return self.builder.one("numpy.reshape", [seen, shape], old.type)
        if name == "moveaxis":
            attrs["source"], attrs["destination"] = attrs["destination"], attrs["source"]
        if name == "transpose" and attrs.get("axes") is not None:
            n = old.type.ndim
            axes = [a % n for a in attrs["axes"]]
            attrs["axes"] = tuple(axes.index(i) for i in range(n))
        p = BOOK[view.key]
        t = self.infer(p, [seen], attrs)[0]
        return self.builder.one(view.key, [seen], Array(old.type.dtype, old.type.shape, t.contiguous), attrs)


__all__ = ["Views"]
