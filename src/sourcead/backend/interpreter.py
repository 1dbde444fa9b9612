"""Operations of the Python language itself, which are no call of anything: f-strings, `%` formatting,
lengths of ranges."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from ..ir.core import Op, is_const
from .solvers import solver
from .syntax import call, name

if TYPE_CHECKING:
    from .spelling import Speller


def formatted(speller: Speller, op: Op) -> ast.expr:
    """`python.format`: literal text and (operand number, conversion, format) in turn.

    Without `_spec` it is `a % b`.
    """
    spec = op.attrs.get("_spec")
    values = speller.values(op.inputs)
    if spec is None:
        rest = values[1:]
        right = rest[0] if len(rest) == 1 else ast.Tuple(rest, ast.Load())
        return ast.BinOp(values[0], ast.Mod(), right)
    if len(spec) == 1 and not isinstance(spec[0], str) and not spec[0][2] and spec[0][1] in (-1, 115, 114):
        return call(name("repr" if spec[0][1] == 114 else "str"), values[spec[0][0]])
    return ast.JoinedStr([_field(e, values) for e in spec])


def _field(e: Any, values: list[ast.expr]) -> ast.expr:
    if isinstance(e, str):
        return ast.Constant(e)
    number, conversion, form = e
    return ast.FormattedValue(
        values[number], conversion, ast.JoinedStr([ast.Constant(form)]) if form else None
    )


def range_length(speller: Speller, op: Op) -> ast.expr:
    start, _, step = op.inputs
    values = speller.values(op.inputs)
    if is_const(step, 1):
        values.pop()
        if is_const(start, 0):
            values.pop(0)
    return call(name("len"), call(name("range"), *values))


def is_instance(speller: Speller, op: Op) -> ast.expr:
    return call(name("isinstance"), speller.value(op.inputs[0]), speller.classes(op.attrs["classes"]))


def repeated(speller: Speller, op: Op) -> ast.expr:
    x, n = speller.values(op.inputs)
    return ast.BinOp(ast.List([x], ast.Load()), ast.Mult(), n)


SPELLED = {
    "python.isinstance": is_instance,
    "python.format": formatted,
    "python.range_length": range_length,
    "solver": solver,
    "sourcead.runtime.repeated": repeated,
}
