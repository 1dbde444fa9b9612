"""Integers as sums of loop indices, lengths and constants, and what can be proved of them.

    for j in range(n):                 k - j  <=  -1      from   k <= j - 1        (the bounds of the loop)
        for k in range(j):                                       k >= 0, j >= 0

An inequality is proved by adding multiples of known ones until no variable is left (Farkas' lemma, searched
depth first and with bounded effort): sound, and enough for indices of loops over triangles, bands and strips.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from ..ir.core import Constant, Op, Value
from ..ir.types import Array, Dim, Scalar, Symbol

Variable = Hashable
Name = Callable[[Value | Symbol], Variable]
EFFORT = 400  # steps of one proof


@dataclass(frozen=True, slots=True)
class Affine:
    """A sum `terms` of variables with integer factors, plus a constant."""

    terms: tuple[tuple[Variable, int], ...]
    constant: int = 0

    def __add__(self, other: Affine) -> Affine:
        total = dict(self.terms)
        for v, c in other.terms:
            total[v] = total.get(v, 0) + c
        return Affine(tuple([t for t in total.items() if t[1]]), self.constant + other.constant)

    def __mul__(self, k: int) -> Affine:
        return Affine(tuple([(v, c * k) for v, c in self.terms]) if k else (), self.constant * k)

    def __neg__(self) -> Affine:
        return self * -1

    def __sub__(self, other: Affine) -> Affine:
        total = dict(self.terms)
        for v, c in other.terms:
            total[v] = total.get(v, 0) - c
        return Affine(tuple([t for t in total.items() if t[1]]), self.constant - other.constant)

    def plus(self, n: int) -> Affine:
        return Affine(self.terms, self.constant + n)


def number(n: int) -> Affine:
    return Affine((), n)


def variable(v: Variable) -> Affine:
    return Affine(((v, 1),))


def length(d: Dim, name: Name) -> Affine:
    """The length of an axis, by the symbol that equal lengths share."""
    if d.symbol is None:
        return number(d.offset)
    return Affine(((name(d.symbol.find()), 1),), d.offset)


def affine(v: Value, name: Name) -> Affine | None:
    """An integer value as a sum; `name` gives the variable that stands for a symbol or for a value that is
    not a sum itself.  None for what is not an integer."""
    if isinstance(v, Constant):
        return number(v.value) if isinstance(v.value, int) else None
    if not isinstance(v.type, Scalar) or v.type.dtype[:3] not in ("int", "uin"):
        return None
    if v.dim is not None:
        return length(v.dim, name)
    op = v.op
    if op is not None and v.type.dtype == "int64":
        found = _of_op(op, name)
        if found is not None:
            return found
    return variable(name(v))


def _of_op(op: Op, name: Name) -> Affine | None:
    kind = op.kind
    if kind in ("operator.add", "operator.sub", "operator.mul"):
        a, b = (affine(v, name) for v in op.inputs)
        if a is None or b is None:
            return None
        if kind == "operator.add":
            return a + b
        if kind == "operator.sub":
            return a - b
        if not a.terms:
            return b * a.constant
        return a * b.constant if not b.terms else None
    if kind == "operator.neg":
        a = affine(op.inputs[0], name)
        return None if a is None else -a
    if kind == "builtins.len" and isinstance(op.inputs[0].type, Array) and op.inputs[0].type.shape:
        return length(op.inputs[0].type.shape[0], name)
    return None


class Facts:
    """Known inequalities `a >= 0`, and proofs from them.

    `proofs` remembers what was asked of which facts, for many questions whose variables are numbered alike.
    """

    def __init__(self, proofs: dict[Any, bool] | None = None) -> None:
        self.proofs = proofs
        self.know([])

    def know(self, known: list[Affine]) -> None:
        """Know these facts, and no others."""
        self.known: list[Affine] = []
        self._with: dict[Variable, list[tuple[Affine, int]]] = {}  # the facts about a variable, its factor
        for a in known:
            self.add(a)

    def add(self, a: Affine) -> None:
        self.known.append(a)
        for v, k in a.terms:
            self._with.setdefault(v, []).append((a, k))

    def forget(self, mark: int, stays: Callable[[Affine], bool]) -> None:
        """Drop the facts from the `mark`-th on, but for those that stay."""
        tail = self.known[mark:]
        del self.known[mark:]
        for a in reversed(tail):
            for v, _ in a.terms:
                self._with[v].pop()
        for a in filter(stays, tail):
            self.add(a)

    def nonnegative(self, a: Affine) -> bool:
        """Whether `a >= 0` can be proved."""
        if not a.terms:
            return a.constant >= 0
        self.steps = EFFORT
        if self.proofs is None:
            return self._prove(a, frozenset(), 10)
        key = (a.terms, a.constant, *((f.terms, f.constant) for f in self.known))
        found = self.proofs.get(key)
        if found is None:
            found = self.proofs[key] = self._prove(a, frozenset(), 10)
        return found

    def _prove(self, a: Affine, gone: frozenset[Variable], depth: int) -> bool:
        if not a.terms:
            return a.constant >= 0
        self.steps -= 1
        if self.steps < 0 or depth == 0:
            return False
        # Eliminate one variable for good at a time: any order that works is a proof.
        for v, c in a.terms:
            if v in gone:
                continue
            for fact, k in self._with.get(v, ()):
                if k * c <= 0 or c % k or any(u in gone for u, _ in fact.terms):
                    continue
                if self._prove(a - fact * (c // k), gone | {v}, depth - 1):  # a = rest + (c / k) * fact
                    return True
        return False
