"""Functions that give a view: the result is a reference into the array that they were given.

    B = np.swapaxes(A, 0, 1)     B -> Ref(obj A, [.transpose((1, 0))])
    u, v = np.split(A, 2)        u -> Ref(obj A, [0:n]), v -> Ref(obj A, [n:2n])
    w = A.reshape(-1)            w -> Ref(obj A, [reshape -1]), where A is known to be in C order

Where the layout of A shows only at run time, so does whether `A.reshape(-1)` is a view or a copy: the
primal's own answer, asked of the caller's array, chooses (see `references.py`) between the two:

    w = A.reshape(-1)            flag = reshape_is_view(A, -1)
                                 w -> Ref(chosen by flag of Ref(obj A, [reshape -1]), Ref(a new object))

So a write through the view is a write into A, and A's writes are seen by the view.  The call is emitted all
the same, where the user wrote it, and remembered as what the view is in this state of A: as long as A is not
written to, every read of the view is that one value.

A step of a path that is no subscript is one of

    ("T",), ("attr", method, arguments...)    `A.T`, `A.transpose(1, 0)`: written through as they are
    ("reshape", order)                        a write goes around: reshape, write, reshape back
    ("readonly", key, keywords)               NumPy gives it read-only; a write is refused
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ..ir.core import Constant, Value
from ..ir.index import member
from ..ir.types import Array, Scalar, Tuple, Type, is_complex
from ..rules.infer import axes_of, axis_of, dtype_name
from ..rules.registry import BOOK, Primitive, TypeRefusal
from .base import Base
from .values import BACK, WHOLE, Abstract, Chosen, Ref, path_through

FULL = WHOLE
FRESH = "a copy, for certain"
MAYBE = "a view or a copy"

Step = Any  # (pattern, operands)


class Views(Base):
    view_types: dict[Any, Type]
    view_values: dict[Any, Any]

    # -- calls -------------------------------------------------------------------------------------------
    def view_of_call(
        self, p: Primitive, a: Abstract, inputs: list[Value], attrs: dict[str, Any]
    ) -> Abstract | None:
        """The result of a primitive that gives a view of the array `a`, or `a` itself; None for others, and
        where it may be a copy while choices are not followed."""
        steps_of = VIEWS.get(p.key)
        t = self.type_of(a) if isinstance(a, Ref) and a.kind == "array" else None
        if steps_of is None or not isinstance(t, Array) or not isinstance(a, Ref):
            return None
        if isinstance(a.obj, Chosen):
            return self.on_each(a, lambda o: self.applied(p, o, [self.value(o), *inputs[1:]], dict(attrs)))
        keywords = {**p.keywords, **{k: v for k, v in attrs.items() if not k.startswith("_")}}
        try:
            steps = steps_of(self, t, keywords, inputs)
        except TypeRefusal:
            steps = None  # the type rule refuses it, and says why
        if "order" in p.keywords and keywords["order"] in ("A", "K"):
            order = resolved_order(keywords["order"], t)
            attrs.update({} if order is None else {"order": order})
        if p.key == "numpy.ndarray.astype" and attrs.get("copy") is False:
            del attrs["copy"]  # another dtype is a copy all the same
        if steps and steps[0] is MAYBE:
            steps = self.settled(p.key, a, t, steps[1], keywords)
        if steps is None:
            return None
        attrs.pop("copy", None)  # what it asks for is settled
        types = self.infer(p, inputs, attrs)
        if steps == []:
            return a
        if steps == [FRESH]:
            return self.wrap(self.builder.one(p.key, inputs, types[0], attrs))
        if steps[0] is MAYBE:
            return self.view_or_copy(p, a, steps[1], inputs, attrs)
        values = self.builder.emit(p.key, inputs, types, attrs)
        if len(values) == 1 and p.key not in SPLITS:
            return self.remembered(a, steps, values[0])
        parts = tuple(self.remembered(a, [s], v) for s, v in zip(steps, values))
        return self.recorded(p, inputs, parts)

    def settled(self, key: str, a: Ref, t: Array, step: Step | None, keywords: Any) -> list[Step] | None:
        """The steps of a reshape whose layout the type does not tell."""
        exact = not a.path and a.obj in self.argument_objects  # the type of an argument is its layout
        if key != "numpy.reshape" and exact and (keywords.get("order", "C") == "C" or not t.contiguous):
            return [FRESH]
        return [MAYBE, step] if self.choosing else None

    def view_or_copy(
        self, p: Primitive, a: Ref, step: Step | None, inputs: list[Value], attrs: dict[str, Any]
    ) -> Abstract:
        """A choice between a view by this step (None: the array itself) and a copy."""
        view = self.view(a, *step) if step else a
        v = self.builder.one(p.key, inputs, self.type_of(view), attrs)
        base = inputs[0]
        if a.obj in self.argument_objects:  # private copies of it need not have the caller's layout
            base = self.load(self.params[self.argument_objects[a.obj]], a.path)
        elif a.obj in self.outside:
            base = self.load(self.handle_of(a), a.path)
        order = {"order": step[0][1]} if step and step[0][1] != "C" else {}  # ravel's, for the array itself
        flag = self.prim("sourcead.runtime.reshape_is_view", [base, *inputs[1:]], order)
        view = self.remembered(a, [step], v) if step else a
        return self.make_choice(self.value(flag), (view, self.wrap(v)))

    def remembered(self, a: Ref, steps: list[Step], v: Value) -> Ref:
        """The view of `a` by these steps, which is `v` in the state that the array is in now."""
        ref = Ref(a.obj, path_through(a.path, tuple(steps)))
        self.view_values[self.view_key(self.state(a), ref.path)] = (v, self.builder.region)
        return ref

    def view_key(self, state: Value, path: Any) -> Any:
        return state, tuple((p, tuple(known_by(o) for o in os)) for p, os in path)

    def known_view(self, state: Value, path: Any, name: str | None) -> tuple[int, Value]:
        """How many steps of a path are known to lead to which value."""
        for n in range(len(path), 0, -1):
            found = self.view_values.get(self.view_key(state, path[:n]))
            if found is not None and found[1] in self.builder.nest and found[0].op in found[1].ops:
                v = found[0]
                if name is not None and n == len(path) and v.name is None:
                    v.name = name
                    if len(v.op.results) == 1:
                        v.op.attrs["_named"] = True
                return n, v
        return 0, state

    # -- types and loads ---------------------------------------------------------------------------------
    def member_type(self, t: Type, pattern: Any, operands: Any) -> Type:
        """The type of a step that is no subscript."""
        shape = tuple((d.symbol.find() if d.symbol else None, d.offset) for d in t.shape)  # type: ignore
        layout = (t.contiguous, t.fortran)  # type: ignore[attr-defined]
        key = (t.dtype, shape, layout, pattern, tuple(map(known_by, operands)))  # type: ignore[attr-defined]
        if key not in self.view_types:
            name, attrs = member(pattern)
            self.view_types[key] = self.infer(BOOK[name], [Value(t), *operands], dict(attrs))[0]
        return self.view_types[key]

    # -- writes through a reshape ------------------------------------------------------------------------
    def put(
        self,
        state: Value,
        path: Any,
        v: Value,
        name: str | None,
        kind: str = "store",
        target: Value | None = None,
        node: Any = None,
    ) -> Value:
        """The state after `state[path] = v`, and the effect on the array `target` outside of the function
        whose state it is.  Through a reshape:

        B = A[0].reshape(-1); B[k] = v        b = reshape(A[0], -1)
                                              b1 = store(b, k, v)
                                              A1 = store(A, 0, reshape(b1, A[0].shape))
        """
        cut = next((n for n, (p, _) in enumerate(path) if p and p[0] == "reshape"), None)
        if cut is None:
            operands = [o for _, os in path for o in os]
            attrs: dict[str, Any] = {"path": tuple(p for p, _ in path)}
            if target is not None and kind != "store":
                return self.put_whole(
                    self.builder.one(kind, [state, *operands, v], state.type, attrs, name), target, node
                )
            if target is not None:
                self.effect("outer.store", [target, *operands, v], attrs, node)
                attrs["_twin"] = True
            return self.builder.one(kind, [state, *operands, v], state.type, attrs, name)
        outer = self.load(state, path[:cut])
        inner = self.put(self.load(state, path[: cut + 1]), path[cut + 1 :], v, None, kind)
        lengths = self.attribute(self.wrap(outer), "shape").items
        shape = self.builder.one("tuple.new", lengths, Tuple(tuple(n.type for n in lengths)))
        order = {} if path[cut][0][1] == "C" else {"order": path[cut][0][1]}
        whole = cut == 0 and in_one_piece(outer.type, path[0][0][1])
        back = self.builder.one("numpy.reshape", [inner, shape], outer.type, order, name if whole else None)
        if whole:
            return back if target is None else self.put_whole(back, target, node)
        # an array of unknown layout keeps it
        return self.put(state, (*path[:cut], ((Ellipsis,), ())), back, name, "store", target, node)

    def put_whole(self, state: Value, target: Value, node: Any) -> Value:
        """The effect of all of a state on the array outside."""
        self.effect("outer.store", [target, state], {"path": ((Ellipsis,),)}, node)
        return state

    def check_writable(self, ref: Ref, node: Any) -> None:
        for pattern, _ in ref.path:
            if pattern and pattern[0] == "readonly":
                self.refuse(
                    f"what {pattern[1].replace('numpy.', 'np.', 1)} gives is read-only",
                    node,
                    reason="NumPy raises ValueError here",
                    hint="write into a copy, or into the array itself with indices",
                )


def known_by(o: Value) -> Any:
    """What tells an operand from another: constants by value, others by identity."""
    return ("constant", type(o.value), repr(o.value)) if isinstance(o, Constant) else o


def resolved_order(order: str, t: Array) -> str | None:
    """The order that "A" and "K" stand for, C or F; None where it shows only at run time."""
    if order in ("C", "F"):
        return order
    if t.contiguous or t.ndim < 2:
        return "C"
    return "F" if t.fortran else None


def in_one_piece(t: Any, order: str | None) -> bool:
    """Whether an array is known to lie in memory in this order, one element after another."""
    if t.ndim == 1:
        return t.contiguous
    return t.contiguous if order == "C" else order == "F" and t.fortran


def across(t: Array, order: str | None) -> bool:
    """Whether reading all elements in this order is for certain not reading them as they lie in memory."""
    return (t.contiguous if order == "F" else t.fortran and order == "C") and sum(
        d.not_one for d in t.shape
    ) > 1


# -- what each function's view is: a list of steps; [] for the array itself; None where it is no view ----
def _permuted(order: list[int]) -> list[Step]:
    if order == sorted(order):
        return []
    if order == sorted(order, reverse=True):
        return [(("T",), ())]
    return [(("attr", "transpose", tuple(order)), ())]


def _transpose(low: Any, t: Array, k: Any, inputs: Any) -> list[Step]:
    axes = k.get("axes")
    return _permuted(list(range(t.ndim))[::-1] if axes is None else list(axes_of(tuple(axes), t.ndim)))


def _swapaxes(low: Any, t: Array, k: Any, inputs: Any) -> list[Step]:
    i, j = axis_of(k["axis1"], t.ndim), axis_of(k["axis2"], t.ndim)
    order = list(range(t.ndim))
    order[i], order[j] = j, i
    return _permuted(order)


def _moveaxis(low: Any, t: Array, k: Any, inputs: Any) -> list[Step]:
    source, to = axes_of(k["source"], t.ndim), axes_of(k["destination"], t.ndim)
    order = [i for i in range(t.ndim) if i not in source]
    for d, s in sorted(zip(to, source)):
        order.insert(d, s)
    return _permuted(order)


def subscript(entries: list[Any]) -> Step:
    """A step of slices and new axes; `::-1` has its operand."""
    while len(entries) > 1 and entries[-1] == FULL:
        entries = entries[:-1]
    return tuple(entries), tuple(Constant(-1) for e in entries if e == BACK)


def _flip(low: Any, t: Array, k: Any, inputs: Any) -> list[Step]:
    gone = axes_of(k.get("axis"), t.ndim)
    return [subscript([BACK if i in gone else FULL for i in range(t.ndim)])]


def _flip_axis(axis: int) -> Any:
    return lambda low, t, k, inputs: _flip(low, t, {"axis": axis}, inputs)


def _expand_dims(low: Any, t: Array, k: Any, inputs: Any) -> list[Step]:
    axis = k["axis"]
    n = t.ndim + (len(axis) if isinstance(axis, tuple) else 1)
    new = axes_of(axis if axis is not None else "None", n)
    return [subscript([None if i in new else FULL for i in range(n)])]


def _squeeze(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
    axis = k["axis"]
    if axis is None and not all(d.is_one or d.not_one for d in t.shape):
        return None
    gone = tuple(i for i, d in enumerate(t.shape) if d.is_one) if axis is None else axes_of(axis, t.ndim)
    return [(("attr", "squeeze", gone if len(gone) > 1 else gone[0]), ())] if gone else []


def _atleast(n: int) -> Any:
    def steps(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
        if t.ndim >= n:
            return []
        if n == 3:
            return [subscript([None, FULL, None] if t.ndim == 1 else [FULL, FULL, None])] if t.ndim else None
        return [subscript([None] * (n - t.ndim))] if t.ndim else None

    return steps


def _reshape(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
    order = resolved_order(k["order"], t)
    if k.get("copy"):
        return None
    shape = inputs[1].type if len(inputs) == 2 else None
    flat = isinstance(shape, Scalar) or (isinstance(shape, Tuple) and len(shape.items) == 1)
    if flat and across(t, order):
        return [FRESH]
    if order is None or len(inputs) != 2:
        return None
    step = (("reshape", order), tuple(inputs[1:]))
    return [step] if t.ndim == 1 or in_one_piece(t, order) else [MAYBE, step]


def _ravel(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
    order = resolved_order(k["order"], t)
    if t.contiguous and t.ndim == 1:
        return []
    if across(t, order):
        return [FRESH]
    if order is None:
        return None
    return [flat(order)] if in_one_piece(t, order) else [MAYBE, flat(order)]


def flat(order: str) -> Step:
    """The step that leads to all elements in one row."""
    return ("reshape", order), (Constant(-1),)


def _same_dtype(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
    return [] if k["dtype"] is None or dtype_name(k["dtype"], t.dtype) == t.dtype else None


def _contiguous(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
    same = _same_dtype(low, t, k, inputs)
    return None if same is None or not t.ndim else same if t.contiguous else [MAYBE, None]


def _astype(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
    return _same_dtype(low, t, k, inputs) if k["copy"] is False and k["dtype"] is not None else None


def _part(name: str) -> Any:
    def steps(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
        if is_complex(t):
            return [(("attr", name), ())]
        return [] if name == "real" else None

    return steps


def _conjugate(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
    return None if is_complex(t) else []


def _read_only(key: str) -> Any:
    def steps(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
        if key == "numpy.diag" and t.ndim == 1:
            return None
        named = tuple((n, v) for n, v in k.items() if v != BOOK[key].keywords[n])
        return [(("readonly", key, named), tuple(inputs[1:]))]

    return steps


def _split(equal: bool) -> Any:
    """The cuts of an axis, as slices."""

    def steps(low: Any, t: Array, k: Any, inputs: Any) -> list[Step] | None:
        axis, cuts = axis_of(k["axis"], t.ndim), k["indices_or_sections"]
        if isinstance(cuts, int) and not isinstance(cuts, bool) and cuts > 0:
            n = low.length(low.wrap(inputs[0]), axis)
            size = low.value(low.binary("floordiv", n, low.number(cuts)))
            rest = None if equal else low.value(low.binary("mod", n, low.number(cuts)))
            ends = [low.value(low.binary("mul", size, low.number(i))) for i in range(cuts + 1)]
            if rest is not None:
                ends = [
                    low.value(low.binary("add", e, low.prim("builtins.min", [rest, low.number(i)])))
                    for i, e in enumerate(ends)
                ]
        elif isinstance(cuts, tuple | list) and all(isinstance(c, int) for c in cuts):
            ends = [low.number(0), *map(low.number, cuts), None]
        else:
            return None
        return [
            (
                (*[FULL] * axis, ("slice", True, b is not None, False)),
                (a, *(() if b is None else (b,))),
            )
            for a, b in pairwise(ends)
        ]

    return steps


READ_ONLY = ("numpy.diagonal", "numpy.broadcast_to", "numpy.lib.stride_tricks.sliding_window_view")
SPLITS = ("numpy.split", "numpy.array_split")
VIEWS: dict[str, Any] = {
    "numpy.transpose": _transpose,
    "numpy.swapaxes": _swapaxes,
    "numpy.moveaxis": _moveaxis,
    "numpy.flip": _flip,
    "numpy.flipud": _flip_axis(0),
    "numpy.fliplr": _flip_axis(1),
    "numpy.expand_dims": _expand_dims,
    "numpy.squeeze": _squeeze,
    "numpy.atleast_1d": _atleast(1),
    "numpy.atleast_2d": _atleast(2),
    "numpy.atleast_3d": _atleast(3),
    "numpy.reshape": _reshape,
    "numpy.ravel": _ravel,
    "numpy.asarray": _same_dtype,
    "numpy.ascontiguousarray": _contiguous,
    "numpy.ndarray.astype": _astype,
    "numpy.real": _part("real"),
    "numpy.ndarray.real": _part("real"),
    "numpy.imag": _part("imag"),
    "numpy.ndarray.imag": _part("imag"),
    "numpy.ndarray.conjugate": _conjugate,
    "numpy.split": _split(True),
    "numpy.array_split": _split(False),
    **{key: _read_only(key) for key in (*READ_ONLY, "numpy.diag")},
}
