"""What a program asks of the lengths of its arguments, and what a compilation may take for granted of them.

    c = 0.5 * (w[1:] + w[:-1])         as long as u?  which?  is there a first element?  are there three?
    y = u * c + p[:3]

Lowering leaves code behind for each question that it cannot decide: a comparison before a loop, a choice of
index inside of one.  Where the lengths of a call are known, so are the answers: len(w) = len(u) + 1,
len(p) >= 3.  They become *facts*: the function is lowered again with them, and checks them at its start.

    lower ─> questions left ─> true for these lengths? ─> facts ─> lower again, until nothing new is asked

A fact is ("==" or ">=", terms, constant): the sum of the terms, each an axis (number of the leaf, axis) with
a factor, and the constant is zero, or is not negative.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.affine import Affine
from ...analysis.lengths import Fact, value_of
from ...ir.core import Constant, Function, Op, Region, Value
from ...ir.types import PY_INT
from .sizes import Sizes

_R = "sourcead.runtime."
_EQUAL = frozenset([_R + "same_length", _R + "fits_length", _R + "broadcast_length"])


def wanted(function: Function, written: set[Op], lengths: dict[tuple[int, int], int]) -> list[Fact]:
    """The facts that would answer what a lowered function still asks, and hold for these lengths; `written`
    are the ops that were there before it was lowered, which ask for their own reasons."""
    sizes = Sizes(function)
    place = {p: k for k, p in enumerate(function.params)}
    out: dict[Fact, None] = {}
    for op in function.walk():
        if op in written:
            continue
        for kind, a in _questions(op, sizes):
            fact = _fact(kind, a, place)
            if fact is None or any(p not in lengths for p, _ in fact[1]):
                continue
            n = value_of(fact, lengths)
            if n == 0 or (n > 0 and kind == ">="):
                out[fact] = None
    return list(out)


def _questions(op: Op, sizes: Sizes) -> Iterator[tuple[str, Affine]]:
    if op.kind in _EQUAL:
        a, b = map(sizes.integer, op.inputs)
        yield "==", a - b
    elif op.kind == _R + "select" and op.inputs[0].op is not None:
        asked = op.inputs[0].op
        if asked.kind == "operator.eq":
            a, b = map(sizes.integer, asked.inputs)
            yield "==", a - b
    elif op.kind in ("builtins.min", "builtins.max") and len(op.inputs) == 2:
        a, b = map(sizes.integer, op.inputs)
        yield ">=", a - b
        yield ">=", b - a
    elif op.kind == _R + "bound":
        i, n = map(sizes.integer, op.inputs)
        yield ">=", n - i
        yield ">=", n + i
    elif op.kind == _R + "wrapped":
        yield ">=", sizes.integer(op.inputs[0])


def _fact(kind: str, a: Affine, place: dict[Value, int]) -> Fact | None:
    """The question as one about lengths of arguments; None where it is about something else too."""
    terms = []
    for atom, factor in a.terms:
        if not (isinstance(atom, tuple) and atom[0] == "len" and atom[1] in place):
            return None
        terms.append(((place[atom[1]], atom[2]), factor))
    if not terms:
        return None
    terms.sort()
    if kind == "==" and terms[0][1] < 0:
        return kind, tuple((p, -c) for p, c in terms), -a.constant
    return kind, tuple(terms), a.constant


def needed(function: Function, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Facts without those that follow from the others."""
    kept = [f for f in facts if f[0] == "=="]
    bare = Function(function.name, Region(function.params))
    bare.attrs.update(equal=function.attrs.get("equal", ()), facts=tuple(kept))
    sizes = Sizes(bare)
    for f in sorted((f for f in facts if f[0] == ">="), key=lambda f: f[2]):
        a = sizes.of_fact(f, function)
        if not sizes.nonnegative(a):
            sizes.facts.add(a)
            kept.append(f)
    return tuple(kept)


def check(fact: Fact, function: Function) -> list[Op]:
    """Raise at run time where a fact does not hold."""
    kind, terms, constant = fact
    ops: list[Op] = []
    sides: list[Value] = []
    for sign in (1, -1):
        total: Value | None = None
        for (k, axis), factor in terms:
            if factor * sign <= 0:
                continue
            attrs = {} if axis == 0 else {"axis": axis}
            ops.append(Op("numpy.size" if axis else "builtins.len", [function.params[k]], [PY_INT], attrs))
            n = ops[-1].result
            if abs(factor) > 1:
                ops.append(Op("operator.mul", [Constant(abs(factor)), n], [PY_INT]))
                n = ops[-1].result
            if total is not None:
                ops.append(Op("operator.add", [total, n], [PY_INT]))
                n = ops[-1].result
            total = n
        c = max(constant * sign, 0)
        if total is None:
            total = Constant(c)
        elif c:
            ops.append(Op("operator.add", [total, Constant(c)], [PY_INT]))
            total = ops[-1].result
        sides.append(total)
    ops.append(Op(_R + ("same_length" if kind == "==" else "at_least"), sides, []))
    return ops
