"""Which region of a `try` ran, as a value: what the reverse sweep branches on."""

from __future__ import annotations

from ..ir.core import FALSE, TRUE, Op, Value
from ..ir.types import PY_BOOL


def condition(op: Op) -> Value:
    """The value that says whether the first region of a branch was run to its end."""
    if op.kind == "if":
        return op.inputs[0]
    done, caught = op.regions
    for r, a, b in zip(op.results, done.yields, caught.yields):
        if a is TRUE and b is FALSE:
            return r
    done.yields.append(TRUE)
    caught.yields.append(FALSE)
    op.results.append(Value(PY_BOOL, "done", op))
    return op.results[-1]
