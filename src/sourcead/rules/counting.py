"""The counts of floating point operations that many primitives share: formulas in the shapes of operands.

A primitive names its own in the column `cost`; what one operation is stands in `rules/costs.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

Lengths = tuple[Any, ...]  # of the axes: numbers or formulas
Shapes = list[Lengths]
Attrs = dict[str, Any]
Formula = Callable[[Shapes, Lengths, Attrs], Any]  # of the operands, of the result, and the static keywords


def nothing(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    return 0


def elements(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    """One for each element of the result."""
    return prod(out)


def operand(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    """One for each element of the first operand."""
    return prod(operands[0])


def per_operand(n: int) -> Formula:
    return lambda operands, out, attrs: n * prod(operands[0])


def per_element(n: int) -> Formula:
    return lambda operands, out, attrs: n * prod(out)


def uncounted(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    """No formula in the shapes: an iteration that stops when it is done.  Its cost is a symbol of its own."""
    return None
