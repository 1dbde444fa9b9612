"""The range of a `for`."""

from __future__ import annotations

import ast

from ..ir.core import Constant, Op, is_const
from .spelling import Speller
from .syntax import call, less, more, name

BACKWARD = """
def backward(start, stop, step):
    last = start + (len(range(start, stop, step)) - 1) * step
    return range(last, start - step, -step)
"""


def trips(speller: Speller, op: Op, backward: bool) -> ast.expr:
    """The range that a `for` goes over, or that range turned round."""
    start, stop, step = op.inputs[:3]
    value = speller.value
    if not backward:
        if not is_const(step, 1):
            return call(name("range"), value(start), value(stop), value(step))
        return call(name("range"), *([] if is_const(start, 0) else [value(start)]), value(stop))
    if is_const(step, 1) and isinstance(start, Constant) and isinstance(start.value, int):
        minus = ast.UnaryOp(ast.USub(), ast.Constant(1))
        return call(name("range"), less(value(stop)), speller.constant(start.value - 1), minus)
    if is_const(step, -1):
        return call(name("range"), *([] if is_const(stop, -1) else [more(value(stop))]), more(value(start)))
    if speller.needs.jits:  # Numba has no `reversed`
        a, b, minus = value(start), value(stop), ast.UnaryOp(ast.USub(), ast.Constant(1))
        if is_const(step, 1):
            return call(name("range"), less(b), less(a), minus)
        speller.needs.texts.setdefault("backward", BACKWARD)
        return call(name("backward"), a, b, value(step))
    if is_const(step, 1):
        args = [value(start), value(stop)]
    else:
        args = [value(start), value(stop), value(step)]
    return call(name("reversed"), call(name("range"), *args))
