"""The decisions of a generator, drawn one by one from a source of small integers.

With `hypothesis` as the source a failing program is made smaller by making decisions simpler: a drawn 0 is
the first of several things, and the branch that adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

FINE = 1000  # a probability is drawn in steps of 1 / FINE


class Draws:
    """What the generators need of `random.Random`, from `below(n)`, which gives an integer in `range(n)`.

    Example:
        >>> Draws(lambda n: 0).choice("abc"), Draws(lambda n: n - 1).choice("abc")
        ('a', 'c')
    """

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def random(self) -> float:
        # 0 gives the largest number: `random() < p` is false there, and nothing is added
        return (FINE - 1 - self.below(FINE)) / FINE

    def randrange(self, n: int) -> int:
        return self.below(n) if n > 1 else 0

    def randint(self, first: int, last: int) -> int:
        return first + self.randrange(last - first + 1)

    def choice(self, some: Sequence[Any]) -> Any:
        return some[self.randrange(len(some))]

    def choices(self, some: Sequence[Any], weights: Sequence[float]) -> list[Any]:
        """One of several, in a list, as `random.choices` gives it."""
        ends = list(accumulate(weights))
        at = self.below(FINE) / FINE * ends[-1]
        return [next(s for s, end in zip(some, ends) if at < end)]

    def sample(self, some: Sequence[Any], count: int) -> list[Any]:
        left = list(some)
        return [left.pop(self.randrange(len(left))) for _ in range(count)]
