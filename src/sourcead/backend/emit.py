"""From structured SSA to Python statements: the stages, and modules of several functions.

place      buffers.py    states of one array get one buffer, copies where needed
iterate    items.py      `for x in xs` for loops over all items
fold       fold.py       single-use values go back into expressions
name       naming.py     values become variables
write      writer.py     regions become statements
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from ..ir.core import Function, Op, Value
from ..ir.rewrite import dissolve
from ..ir.unbound import Unbound
from .buffers import place
from .classes import Classes
from .comments import Comments
from .expressions import ExpressionGenerator
from .fold import WIDTH, Plan
from .items import iterate
from .lines import flat
from .naming import Names
from .packing import hint, note
from .pieces import TUPLE
from .ranges import Ranges
from .spelling import Needs, Speller
from .swaps import straighten
from .writer import Writer, Written


def emit(function: Function, *, needs: Needs | None = None, flat: bool = False) -> ast.FunctionDef:
    """The syntax tree of a Python function that computes an IR function with NumPy.

    `needs` collects what the text refers to.  Attributes of the function that are read: `param_names`,
    `returns` (a nested
    structure of result numbers), `own_results`, `reserved` (names not to be used), `sections` and
    `source_line` (comments),
    `docstring`, `defaults` (values of the last parameters).  The function is left as it was.  `flat`: results
    are returned as a tuple, in no structure.
    """
    needs = needs if needs is not None else Needs()
    placed = place(function)
    if flat:
        placed.attrs["returns"] = tuple(range(len(placed.results)))
    hint(placed, needs.packed)
    classes = Classes(placed)
    iterate(placed, classes)
    limits: dict[Any, int] = {}
    unbound = Unbound(placed)
    for op in placed.walk():
        if op.kind == "copy" and unbound.may_be(op.inputs[0]):
            op.attrs["_unbound"] = True
    earlier: Plan | None = None
    ranges: Ranges | None = None
    written: dict[Op, Written] = {}
    columns: dict[ast.stmt, int] = {}
    text = _one_line()
    for _ in range(6):
        plan = Plan(placed, classes, limits, earlier)
        bound = False
        if earlier is None or not plan.is_as(earlier):
            ranges = Ranges(placed, plan, ranges)
            names = Names(placed, plan, ranges, frozenset(placed.attrs.get("reserved", ())))
            writer = Writer(placed, plan, Speller(plan, names, needs), Comments(placed), ranges.read, written)
            body = writer.body()
            bound = not needs.jits and unbound.bind(writer.copied)  # Numba's start as zeros
        again = _tighten(body, 1, writer.origins, limits, plan.width, columns, text)
        earlier, written = (None, {}) if bound else (plan, writer.written)
        if not bound and not again:
            break
    straighten(body)
    if needs.jits:
        needs.origins.update(writer.origins)
    note(placed, plan, names.names, needs.packed)
    args = [ast.arg(names.names[p]) for p in placed.params]
    defaults = [Speller(plan, names, needs).constant(v) for v in placed.attrs.get("defaults", ())]
    if placed.attrs.get("docstring"):
        body.insert(0, ast.Expr(ast.Constant(placed.attrs["docstring"])))
    arguments = ast.arguments([], args, None, [], [], None, defaults)
    if not needs.jits:  # else their places are asked for later
        dissolve(placed)
    return _function_def(placed.name, arguments, body)


def _function_def(name: str, arguments: ast.arguments, body: list[ast.stmt]) -> ast.FunctionDef:
    f = ast.FunctionDef(name=name, args=arguments, body=body, decorator_list=[], returns=None)
    if "type_params" in ast.FunctionDef._fields:
        f.type_params = []
    return f


def module(
    functions: Iterable[Function], *, needs: Needs | None = None, before: Iterable[ast.stmt] = ()
) -> ast.Module:
    """Functions with the imports that they need on top; `before` (helpers' definitions, say) stands
    between."""
    needs = needs if needs is not None else Needs()
    defs = [emit(f, needs=needs) for f in functions]
    imports = [ast.parse(line).body[0] for line in sorted(needs.imports)]
    return ast.fix_missing_locations(ast.Module([*imports, *before, *defs], []))


def _tighten(
    body: list[ast.stmt],
    depth: int,
    origins: dict[ast.stmt, Any],
    limits: dict[Any, int],
    width: dict[Value, int],
    columns: dict[ast.stmt, int],
    text: Text,
) -> bool:
    """Lower the limits of the statements that are too long; whether there are any for which that is new.

    `width` estimates expressions; what is short by far is not measured.  `columns` has what was measured.
    """
    again = False
    stack = [(s, depth) for s in body]
    while stack:
        s, depth = stack.pop()
        origin = origins.get(s)
        kind = s.__class__
        if kind is ast.Assign or kind is ast.AugAssign:
            simple = origin.__class__ is Op and origin.results
            if simple and 2 * width.get(origin.results[0], WIDTH) + 4 * depth + 20 < WIDTH:
                continue
        else:
            for part in ("body", "orelse", "handlers"):
                stack += [(x, depth + 1) for x in getattr(s, part, ())]
        n = columns.get(s)
        if n is None:
            n = columns[s] = _columns(s, text)
        over = 4 * depth + n - WIDTH
        if over > 0 and origin is not None and limits.get(origin, 0) < 120:
            limits[origin] = limits.get(origin, 0) + over
            again = True
    return again


Text = Callable[[ast.AST], str]


def _one_line() -> Text:
    """As `expression_text`, by one generator: to make one takes longer than a short text."""
    g = ExpressionGenerator()

    def text(node: ast.AST) -> str:
        g.expression(node, TUPLE)
        out = flat(g.result) if g.powers else "".join(g.result)
        g.result.clear()
        g.powers = False
        return out

    return text


def _columns(s: ast.stmt, text: Text) -> int:
    """Columns of a statement's first line."""
    if type(s) is ast.Assign and type(s.targets[0]) is ast.Name and len(s.targets) == 1:
        return len(s.targets[0].id) + 3 + _bare(s.value, text)
    match s:
        case ast.Assign():
            return sum(len(text(t)) + 3 for t in s.targets) + _bare(s.value, text)
        case ast.AugAssign():
            return len(text(s.target)) + 4 + _operator(s.op) + len(text(s.value)) - 1
        case ast.Return():
            return 7 + (_bare(s.value, text) if s.value is not None else 0)
        case ast.Expr():
            return len(text(s.value))
        case ast.If():
            return 4 + len(text(s.test))
        case ast.While():
            return 7 + len(text(s.test))
        case ast.For():
            return 9 + _bare(s.target, text) + len(text(s.iter))
        case ast.Raise():
            return 6 + (len(text(s.exc)) if s.exc is not None else 0)
    return 0


def _bare(x: ast.expr, text: Text) -> int:
    line = text(x)
    return len(line) - 2 if isinstance(x, ast.Tuple) and line.startswith("(") else len(line)


def _operator(op: ast.operator) -> int:
    return 2 if isinstance(op, ast.Pow | ast.FloorDiv | ast.LShift | ast.RShift) else 1
