"""Statements that write in place: `y[i] = v`, `y[i] += v`, `acc += term`, `xs.append(v)`, `v = xs.pop()`."""

from __future__ import annotations

import ast
from copy import copy
from typing import Any

from ..ir.core import Op
from ..ir.types import Array, List, Tuple, Type
from ..rules.registry import BOOK
from .spelling import BINARY, Speller
from .syntax import attribute, augmented, call, index, name, storing


def write(op: Op, speller: Speller) -> list[ast.stmt]:
    """The statement that changes an array or list in place, and the new state's name where it is another
    one."""
    names, uses = speller.names, speller.plan.uses
    state, old = op.results[0], op.inputs[0]
    text = names[old]
    out: list[ast.stmt] = []
    if names.get(state, text) != text and uses.get(state):
        out.append(ast.Assign([ast.Name(names[state], ast.Store())], name(text)))
        text = names[state]
    if op.kind == "list.pop":
        pop = call(attribute(name(text), "pop"))
        item = op.results[1]
        if uses.get(item):
            out.append(ast.Assign([ast.Name(names[item], ast.Store())], pop))
        else:
            out.append(ast.Expr(pop))
    elif op.kind == "list.append":
        out.append(ast.Expr(call(attribute(name(text), "append"), speller.value(op.inputs[1]))))
    elif op.kind in BINARY:
        right = speller.value(op.inputs[1])
        out.append(ast.AugAssign(ast.Name(text, ast.Store()), BINARY[op.kind](), right))
    else:
        out += _stored(op, name(text), speller)
    return out


def _stored(op: Op, base: ast.expr, speller: Speller) -> list[ast.stmt]:
    path, operands = op.attrs["path"], op.inputs[1:-1]
    target = speller.path(base, path, speller.values(operands))
    value = speller.value(op.inputs[-1])
    if op.kind == "index_add":
        place_type = _place_type(op.inputs[0].type, path)
        if isinstance(place_type, List):  # `+=` would put the items behind it
            return [ast.Assign([storing(copy(target))], _sum(target, value, place_type.elem))]
        many = any(
            isinstance(v.type, List) or (isinstance(v.type, Array) and v.type.dtype != "bool")
            for v in operands
        )
        if many and not op.attrs.get("_unique"):
            assert isinstance(target, ast.Subscript)
            return [ast.Expr(call(speller.dotted("numpy.add.at"), target.value, index(target.slice), value))]
        return [augmented(target, ast.Add(), value)]
    # `x[...] op= v` of a whole array or view is `x op= v`
    whole = (
        isinstance(target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and target.slice.value is ...
    )
    place = target.value if isinstance(target, ast.Subscript) and whole else target
    if isinstance(value, ast.BinOp) and type(value.op) in (ast.Add, ast.Sub, ast.Mult, ast.Div):
        element, into = op.inputs[-1].type, op.inputs[0].type
        dtype = getattr(into.elem if isinstance(into, List) else into, "dtype", None)
        exact = dtype is not None and getattr(element, "dtype", None) == dtype
        if exact and isinstance(place, ast.Name | ast.Subscript) and ast.dump(value.left) == ast.dump(place):
            return [augmented(place, value.op, value.right)]
    return [ast.Assign([storing(target)], value)]


def write_outside(op: Op, speller: Speller) -> list[ast.stmt]:
    """The statement that changes an object outside of the function."""
    values = speller.values(op.inputs)
    for k in op.attrs.get("copies", ()):
        inner = op.inputs[k].op
        if not (speller.plan.is_inlined(op.inputs[k]) and inner is not None and _makes_new(inner)):
            values[k] = call(attribute(values[k], "copy"))
    target, *rest = values
    if op.kind == "outer.call":
        return [ast.Expr(call(attribute(target, op.attrs["method"]), *rest))]
    if op.kind == "outer.attr":
        return [ast.Assign([storing(attribute(target, op.attrs["name"]))], rest[0])]
    if op.kind == "outer.store":
        target = speller.path(target, op.attrs["path"], rest[:-1])
        return [ast.Assign([storing(target)], rest[-1])]
    place = ast.Subscript(target, index(rest[0]), ast.Load())
    if op.kind == "outer.del":
        place.ctx = ast.Del()
        return [ast.Delete([place])]
    return [ast.Assign([storing(place)], rest[1])]


def raising(op: Op, speller: Speller) -> ast.stmt:
    """The statement that raises an exception, with its cause where that is known."""
    kind = op.attrs.get("exception", op.attrs.get("type"))
    values = speller.values(op.inputs)
    cause = values.pop() if op.attrs.get("cause") else None
    if kind is None:
        return ast.Raise(values[0] if values else None, cause)
    f = name(kind) if isinstance(kind, str) else speller.object(kind)
    return ast.Raise(ast.Call(f, values, []), cause)


def _makes_new(op: Op) -> bool:
    """Whether an operation makes an array that nothing else holds."""
    if op.kind.startswith("operator."):
        return True
    if op.kind in BOOK:
        return BOOK[op.kind].alias == "fresh"
    return op.kind in ("list.new", "copy", "zeros_like")


def _place_type(t: Type | None, path: tuple[Any, ...]) -> Type | None:
    """The type of the place that a path leads to."""
    for pattern in path:
        if not isinstance(t, List):
            return None  # in an array
        t = t.elem if pattern == ("at",) else t
    return t


def _sum(a: ast.expr, b: ast.expr, elem: Type | None) -> ast.expr:
    """The sums of the items of two lists."""
    if isinstance(elem, Tuple):
        raise NotImplementedError("lists of tuples have no sum")
    p, q = name("p"), name("q")
    pairs = ast.Tuple([ast.Name("p", ast.Store()), ast.Name("q", ast.Store())], ast.Store())
    each = ast.comprehension(pairs, call(name("zip"), a, b), [], 0)
    one = _sum(p, q, elem.elem) if isinstance(elem, List) else ast.BinOp(p, ast.Add(), q)
    return ast.ListComp(one, [each])
