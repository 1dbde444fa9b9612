"""Facts about the lengths of arguments' axes, which a compilation may take for granted
(`passes/loops/facts.py`)."""

from __future__ import annotations

from typing import Any

#: "==" or ">=", axes with factors, and a constant: their sum is zero, or is not negative.
Fact = tuple[str, tuple[tuple[tuple[int, int], int], ...], int]
Lengths = dict[tuple[int, int], int]


def lengths_of(items: list[Any]) -> Lengths:
    """The lengths of the axes of these leaves of arguments."""
    return {(k, axis): n for k, x in enumerate(items) for axis, n in enumerate(getattr(x, "shape", ()))}


def value_of(fact: Fact, lengths: Lengths) -> int:
    return sum(factor * lengths[place] for place, factor in fact[1]) + fact[2]


def facts_that_hold(facts: tuple[Fact, ...], lengths: Lengths) -> tuple[Fact, ...]:
    return tuple(
        f for f in facts if (value_of(f, lengths) == 0 if f[0] == "==" else value_of(f, lengths) >= 0)
    )
