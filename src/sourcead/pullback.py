"""The second half of `vjp`."""

from __future__ import annotations

from typing import Any

from .compiler import Compiled
from .matching import matched
from .settling import settle


class Pullback:
    """The pullback of one call of `vjp`: adjoints of the result in, a tuple of adjoints of the arguments
    out."""

    def __init__(
        self, function: Any, residuals: tuple[Any, ...], compiled: Compiled, value: Any, skip: int
    ) -> None:
        self._function, self._residuals, self._compiled = function, residuals, compiled
        self._value, self._skip = value, skip

    def __call__(self, y_bar: Any) -> tuple[Any, ...]:
        tree = self._compiled.lowered.result
        bars = matched(y_bar, self._value, tree, "adjoint of the result", "result")
        seeds = [bars[k] for k in self._compiled.extra["seeds"]]
        given = (*self._residuals, *seeds)
        if self._compiled.options.jits and "pullback settled" not in self._compiled.extra:
            settle(self._compiled, self._function, given)
            self._compiled.extra["pullback settled"] = True
        return self._function(*given)[self._skip :]

    def __repr__(self) -> str:
        return f"<pullback of {self._compiled.lowered.function.name}: call it with the adjoint of the result>"
