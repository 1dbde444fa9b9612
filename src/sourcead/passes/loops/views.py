"""Views as maps of indices: where element (i, j) of `A[1:, ::2].T` stands in A."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ...analysis.affine import Affine, number, variable
from ...ir.core import Constant, Op, Value
from ...ir.index import operand_count
from ...ir.types import Array, Scalar, dtype_kind

Part = tuple["Value | None", "Value | None", "Value | None"]  # start, stop, step


class Prover(Protocol):
    def integer(self, v: Value) -> Affine: ...

    def nonnegative(self, a: Affine) -> bool: ...


@dataclass(frozen=True)
class View:
    """One step: for each axis of the base the integer that it is indexed with, or the axis of the view that
    runs along it and the slice; for each axis of the view the axis of the base, None for one of length 1."""

    of: tuple[Value | tuple[int, Part | None], ...]
    axes: tuple[int | None, ...]


@dataclass(frozen=True)
class Slice:
    """Where a slice starts, how many elements it has (less than none: none), and its step."""

    start: Affine
    length: Affine
    step: int


def view_of(op: Op) -> View | None:
    """The map of an op that is a view of its first operand; None for what is none, or too involved."""
    t = op.inputs[0].type if op.inputs else None
    if not isinstance(t, Array) or t.loose or len(op.results) != 1 or not isinstance(op.result.type, Array):
        return None
    n = t.ndim
    if op.kind == "getitem":
        return pattern_view(n, op.attrs["index"], op.inputs[1:]) if "index" in op.attrs else None
    if op.kind == "numpy.ndarray.T":
        return _permuted(tuple(range(n))[::-1])
    if op.kind == "numpy.transpose" and len(op.inputs) == 1:
        axes = op.attrs.get("axes")
        if axes is None:
            return _permuted(tuple(range(n))[::-1])
        if isinstance(axes, tuple | list) and len(axes) == n and all(isinstance(a, int) for a in axes):
            return _permuted(tuple(a % n for a in axes))
        return None
    if op.kind == "numpy.swapaxes" and len(op.inputs) == 1:
        a, b = op.attrs.get("axis1"), op.attrs.get("axis2")
        if not isinstance(a, int) or not isinstance(b, int):
            return None
        order = list(range(n))
        order[a], order[b] = order[b], order[a]
        return _permuted(tuple(order))
    if op.kind == "numpy.expand_dims" and len(op.inputs) == 1:
        a = op.attrs.get("axis")
        new = a if isinstance(a, tuple | list) else (a,)
        if not all(isinstance(k, int) for k in new):
            return None
        rank = n + len(new)
        fresh = {k % rank for k in new}
        of = iter(range(n))
        axes = tuple(None if k in fresh else next(of) for k in range(rank))
        return View(tuple((axes.index(k), None) for k in range(n)), axes)
    return None


def _permuted(order: tuple[int, ...]) -> View:
    return View(tuple((order.index(k), None) for k in range(len(order))), order)


def is_basic(operands: list[Value]) -> bool:
    return all(isinstance(v.type, Scalar) and dtype_kind(v.type.dtype) in "iu" for v in operands)


def pattern_view(ndim: int, pattern: Any, operands: list[Value]) -> View | None:
    """The map of `x[pattern]` for an array of that rank."""
    if any(not isinstance(e, tuple) and e not in ("at", None, Ellipsis) for e in pattern):
        return None
    if not is_basic(operands) or len(operands) != operand_count(pattern):
        return None
    it = iter(operands)
    taken = sum(e == "at" or isinstance(e, tuple) for e in pattern)
    entries = pattern if Ellipsis in pattern else (*pattern, Ellipsis)
    of: list[Any] = []
    axes: list[int | None] = []

    def run(part: Part | None) -> None:
        axes.append(len(of))
        of.append((len(axes) - 1, part))

    for e in entries:
        if e is None:
            axes.append(None)
        elif e is Ellipsis:
            for _ in range(ndim - taken):
                run(None)
        elif e == "at":
            of.append(next(it))
        else:
            part: Part = tuple(next(it) if given else None for given in e[1:])  # type: ignore[assignment]
            if not _is_plain(part):
                return None
            run(None if part == (None, None, None) else part)
    return View(tuple(of), tuple(axes)) if len(of) == ndim else None


def _is_plain(part: Part) -> bool:
    """Whether a slice has a constant step, and both its ends at the array's where it runs backward."""
    start, stop, step = part
    if step is None:
        return True
    if not isinstance(step, Constant) or not isinstance(step.value, int) or step.value == 0:
        return False
    return step.value > 0 or (start is None and stop is None)


def path_views(ndim: int, path: tuple[Any, ...], operands: list[Value]) -> list[View] | None:
    """The maps of the steps of a path, first step first."""
    out: list[View] = []
    k = 0
    for pattern in path:
        if pattern == ("T",):
            v: View | None = _permuted(tuple(range(ndim))[::-1])
        else:
            if pattern and pattern[0] in ("attr", "reshape", "readonly"):
                return None
            n = operand_count(pattern)
            v = pattern_view(ndim, pattern, operands[k : k + n])
            k += n
        if v is None:
            return None
        out.append(v)
        ndim = len(v.axes)
    return out


def slice_of(sizes: Prover, n: Affine, part: Part) -> Slice:
    """A slice of n elements."""
    start, stop, step = part
    by = int(step.value) if isinstance(step, Constant) else 1
    if by < 0:
        return Slice(n.plus(-1), _steps(n, -by), by)
    low = number(0) if start is None else _low(sizes, n, start)
    high = n if stop is None else _high(sizes, n, stop)
    return Slice(low, _steps(high - low, by), by)


def _steps(span: Affine, by: int) -> Affine:
    if by == 1:
        return span
    if not span.terms:
        return number(max(-(-span.constant // by), 0))
    return variable(("steps", span, by))


def _low(sizes: Prover, n: Affine, start: Value) -> Affine:
    """Beyond the end is as good as at the end: nothing is there."""
    a = sizes.integer(start)
    if sizes.nonnegative(a):
        return a
    if not a.terms and sizes.nonnegative(n + a):
        return n + a
    return _bound(sizes, n, a)


def _high(sizes: Prover, n: Affine, stop: Value) -> Affine:
    """Before the start is as good as at the start."""
    a = sizes.integer(stop)
    if not a.terms and a.constant < 0:
        return n + a
    if sizes.nonnegative(a) and sizes.nonnegative(n - a):
        return a
    return _bound(sizes, n, a)


def _bound(sizes: Prover, n: Affine, a: Affine) -> Affine:
    if not a.terms and not n.terms:
        k = a.constant
        return number(min(k, n.constant) if k >= 0 else max(k + n.constant, 0))
    return variable(("min" if sizes.nonnegative(a) else "bound", a, n))


def viewed_shape(sizes: Prover, shape: list[Affine], views: list[View]) -> list[Affine]:
    """The shape that a chain of views shows of an array."""
    for view in views:
        out = []
        for at in view.axes:
            if at is None:
                out.append(number(1))
                continue
            part = view.of[at][1]  # type: ignore[index]
            out.append(shape[at] if part is None else slice_of(sizes, shape[at], part).length)
        shape = out
    return shape


def place(sizes: Prover, shape: list[Affine], view: View, index: list[Affine]) -> list[Affine]:
    """Where an element of a view stands in its base, whose shape is given."""
    out = []
    for n, e in zip(shape, view.of):
        if isinstance(e, Value):
            a = sizes.integer(e)
            if not sizes.nonnegative(a):
                a = variable(("wrapped", a, n)) if a.terms else n + a
            out.append(a)
            continue
        axis, part = e
        if part is None:
            out.append(index[axis])
        else:
            s = slice_of(sizes, n, part)
            out.append(s.start + index[axis] * s.step)
    return out
