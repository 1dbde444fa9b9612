"""Running IR directly: slow, simple, and the judge of every pass.

Nothing is ever changed in place: a store, an append and a scatter-add copy first.  So a pass that confuses
two states of one array gives a wrong number here, not one that happens to be right.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from .core import Constant, Function, Op, Region, Undef, Value
from .index import Pattern, build, split
from .solver import called
from .types import Scalar, Type, dtype_kind
from .verify import IRError

Resolve = Callable[[str], Any]


class _Undefined:
    def __repr__(self) -> str:
        return "undefined"


UNDEFINED_VALUE: Any = _Undefined()


def run(function: Function, args: Sequence[Any], resolve: Resolve) -> list[Any]:
    """The results of a function, flat.

    resolve   gives the callable for the key of a primitive ("numpy.sum"), as `rules.registry.resolve` does

    Arguments are changed by writes outside (`outer.*`) alone; results may share memory with them.  Raises
    what the program raises,
    UnboundLocalError where it reads what no path bound, and IRError for an op that nothing is known of.

    >>> import operator
    >>> from sourcead.ir.core import Function, Op, Region, Value
    >>> from sourcead.ir.types import PY_FLOAT
    >>> x = Value(PY_FLOAT, "x")
    >>> f = Function("square", Region([x]))
    >>> f.body.ops.append(Op("operator.mul", [x, x], [PY_FLOAT]))
    >>> f.body.yields = [f.body.ops[0].result]
    >>> run(f, [3.0], lambda key: getattr(operator, key.split(".")[1]))
    [9.0]
    """
    if len(args) != len(function.params):
        raise TypeError(f"{function.name} takes {len(function.params)} arguments, not {len(args)}")
    return _Frame(resolve).region(function.body, args)


class _Frame:
    """One activation of a function: the values computed so far."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.values: dict[Value, Any] = {}

    def get(self, v: Value) -> Any:
        if isinstance(v, Constant):
            return v.value
        if isinstance(v, Undef):
            return UNDEFINED_VALUE
        return self.values[v]

    def region(self, region: Region, args: Sequence[Any] = ()) -> list[Any]:
        self.values.update(zip(region.params, args))
        for op in region.ops:
            self.values.update(zip(op.results, self.op(op), strict=True))
        return [self.get(v) for v in region.yields]

    def op(self, op: Op) -> Sequence[Any]:
        inputs = [self.get(v) for v in op.inputs]
        if op.is_loop:
            return self.loop(op, inputs)
        for v, x in zip(op.inputs, inputs):
            if x is UNDEFINED_VALUE and op.kind != "call":
                raise UnboundLocalError(f"{v.name or 'a name'} is read before it is bound")
        if op.kind == "if":
            return self.region(op.regions[0 if inputs[0] else 1])
        if op.kind == "try":
            try:
                return self.region(op.regions[0])
            except op.attrs["classes"] as e:
                return self.region(op.regions[1], [e])
        if op.kind == "call":
            return run(op.attrs["function"], inputs, self.resolve)
        if op.kind == "solver":
            return called(op, inputs, self.resolve, run)
        builtin = _BUILTINS.get(op.kind)
        if builtin is not None:
            return builtin(op, inputs)
        return self.primitive(op, inputs)

    def loop(self, op: Op, inputs: list[Any]) -> list[Any]:
        fixed = inputs[: op.fixed]
        if UNDEFINED_VALUE in fixed:
            raise UnboundLocalError("a bound of a loop is read before it is bound")
        carried = inputs[op.fixed :]
        steps = range(*fixed[:3]) if op.kind == "for" else None
        counter = None if steps is None else reversed(steps) if op.attrs.get("_reversed") else iter(steps)
        while True:
            if counter is not None:
                index = next(counter, None)
                if index is None:
                    return carried
                out = self.region(op.body, [index, *carried])
            else:
                (more,) = self.region(op.regions[0], carried)
                if not more:
                    return carried
                out = self.region(op.body, carried)
            carried = out[op.own_yields :]
            if op.own_yields and out[0]:
                return carried

    def primitive(self, op: Op, inputs: list[Any]) -> Sequence[Any]:
        f = self.resolve(op.kind)
        if f is None:
            raise IRError(f"no primitive {op.kind}")
        if isinstance(f, types.GetSetDescriptorType):  # an attribute: numbers have it too
            return [getattr(inputs[0], op.kind.rsplit(".", 1)[-1])]
        keywords = {k: v for k, v in op.attrs.items() if not k.startswith("_")}
        n, named = op.attrs.get("_variadic"), _spread(f)
        if "_alone" in op.attrs:  # the first operand in the place of a tuple
            inputs = [inputs[0], *inputs[op.attrs["_alone"] :]]
        if named is not None:  # what is no keyword of the function stands before the operands
            inputs = [*(keywords.pop(k) for k in list(keywords) if k not in named), *inputs]
        elif op.attrs.get("_tree") is not None:
            inputs = [_nested(op.attrs["_tree"], inputs), *inputs[n:]]
        elif n is not None:
            items = inputs[:n]
            inputs = [tuple(items) if op.attrs.get("_container") == "tuple" else items, *inputs[n:]]
        if not callable(f):  # an attribute of a class, such as numpy.ndarray.T
            out = getattr(inputs[0], f.__name__)
        else:
            out = f(*inputs, **keywords)
        return out if len(op.results) != 1 and isinstance(out, tuple | list) else [out] * len(op.results)


# -- operands of calls ---------------------------------------------------------------------------------------
@cache
def _spread(f: Any) -> frozenset[str] | None:
    """The keywords of a function whose positional arguments are all operands (`np.einsum`), else None."""
    try:
        params = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # no function, or a builtin that does not tell
        return None
    if not params or params[0].kind is not params[0].VAR_POSITIONAL:
        return None
    return frozenset(p.name for p in params if p.kind is p.KEYWORD_ONLY)


def _nested(tree: Any, items: list[Any]) -> Any:
    """Items that come flat, in nested lists and tuples again."""
    return items[tree] if isinstance(tree, int) else type(tree)(_nested(t, items) for t in tree)


# -- paths ---------------------------------------------------------------------------------------------------
def _steps(op: Op, operands: list[Any]) -> list[tuple[Pattern, list[Any]]]:
    path = op.attrs["path"] if "path" in op.attrs else (op.attrs["index"],)
    return list(zip(path, split(path, operands)))


def _view(x: Any, step: tuple[Pattern, list[Any]]) -> Any:
    pattern, operands = step
    if pattern and pattern[0] == "T":
        return x.T
    if pattern and pattern[0] == "attr":
        member = getattr(x, pattern[1])
        return member(*pattern[2:]) if len(pattern) > 2 else member
    return x[build(pattern, operands)]


def _changed(x: Any, steps: list[tuple[Pattern, list[Any]]], change: Callable[[Any, Any], None]) -> Any:
    """A copy of x in which `change(container, key)` was done at the end of the path."""
    if isinstance(x, list):
        y: Any = list(x)
        key = build(*steps[0])
        if len(steps) == 1:
            change(y, key)
        else:
            y[key] = _changed(y[key], steps[1:], change)
        return y
    y = x.copy(order="K") if isinstance(x, np.ndarray) else x.copy()
    place = y
    for step in steps[:-1]:
        place = _view(place, step)
    pattern, operands = steps[-1]
    if pattern and pattern[0] in ("T", "attr"):  # the whole of the view
        change(_view(place, steps[-1]), Ellipsis)
    else:
        change(place, build(pattern, operands))
    return y


def _getitem(op: Op, inputs: list[Any]) -> list[Any]:
    x = inputs[0]
    for step in _steps(op, inputs[1:]):
        x = _view(x, step)
    return [x]


def _store(op: Op, inputs: list[Any]) -> list[Any]:
    x, *operands, v = inputs

    def change(place: Any, key: Any) -> None:
        place[key] = v

    return [_changed(x, _steps(op, operands), change)]


def _index_add(op: Op, inputs: list[Any]) -> list[Any]:
    x, *operands, v = inputs

    def change(place: Any, key: Any) -> None:
        keys = key if isinstance(key, tuple) else (key,)
        if isinstance(place, np.ndarray) and any(isinstance(k, np.ndarray | list) for k in keys):
            np.add.at(place, key, v)
        else:
            place[key] = place[key] + v

    return [_changed(x, _steps(op, operands), change)]


# -- other built-in kinds ----------------------------------------------------------------------------
def _zeros(x: Any, t: Type | None) -> Any:
    if isinstance(x, np.ndarray):
        return np.zeros_like(x)
    if isinstance(x, np.generic):
        return type(x)(0)
    if isinstance(x, list):
        return [_zeros(e, getattr(t, "elem", None)) for e in x]
    if isinstance(x, tuple):
        types = getattr(t, "items", (None,) * len(x))
        return tuple(map(_zeros, x, types))
    kind = dtype_kind(t.dtype) if isinstance(t, Scalar) else np.asarray(x).dtype.kind
    return {"f": 0.0, "c": 0j}.get(kind, 0)


def _copy(x: Any) -> Any:
    return x.copy(order="K") if isinstance(x, np.ndarray) else list(x) if isinstance(x, list) else x


def _raise(op: Op, inputs: list[Any]) -> list[Any]:
    kind = op.attrs.get("exception", op.attrs.get("type"))
    if op.attrs.get("cause"):
        *inputs, cause = inputs
        raise (inputs[0] if kind is None else kind(*inputs)) from cause
    raise inputs[0] if kind is None else kind(*inputs)


def _assert(op: Op, inputs: list[Any]) -> list[Any]:
    if not inputs[0]:
        raise AssertionError(*inputs[1:])
    return []


def _format(op: Op, inputs: list[Any]) -> list[Any]:
    """An f-string from literal text and (operand number, conversion, format) in turn; else `a % b`."""
    spec = op.attrs.get("_spec")
    if spec is None:
        text, *values = inputs
        return [text % (values[0] if len(values) == 1 else tuple(values))]
    parts = []
    for e in spec:
        if isinstance(e, str):
            parts.append(e)
        else:
            number, conversion, form = e
            parts.append(format(_CONVERSIONS[conversion](inputs[number]), form))
    return ["".join(parts)]


def _print(op: Op, inputs: list[Any]) -> list[Any]:
    print(*inputs, **{k: v for k, v in op.attrs.items() if not k.startswith("_")})
    return []


def _write_outside(op: Op, inputs: list[Any]) -> list[Any]:
    target, *rest = (_copy(x) if k in op.attrs.get("copies", ()) else x for k, x in enumerate(inputs))
    if op.kind == "outer.call":
        getattr(target, op.attrs["method"])(*rest)
    elif op.kind == "outer.attr":
        setattr(target, op.attrs["name"], rest[0])
    elif op.kind == "outer.item":
        target[rest[0]] = rest[1]
    elif op.kind == "outer.del":
        del target[rest[0]]
    else:
        *way, last = _steps(op, rest[:-1])
        for step in way:
            target = _view(target, step)
        target[build(*last)] = rest[-1]
    return []


#: What stands behind `!` in an f-string, by its number in the AST.
_CONVERSIONS: dict[int, Callable[[Any], Any]] = {-1: lambda x: x, 97: ascii, 114: repr, 115: str}


_BUILTINS: dict[str, Callable[[Op, list[Any]], list[Any]]] = {
    "getitem": _getitem,
    "store": _store,
    "index_add": _index_add,
    "list.new": lambda op, x: [list(x)],
    "list.append": lambda op, x: [[*x[0], x[1]]],
    "list.pop": lambda op, x: [_nonempty(x[0])[:-1], x[0][-1]],
    "list.len": lambda op, x: [len(x[0])],
    "tuple.new": lambda op, x: [tuple(x)],
    "tuple.get": lambda op, x: [x[0][op.attrs["i"]]],
    "zeros_like": lambda op, x: [_zeros(x[0], op.result.type)],
    "copy": lambda op, x: [_copy(x[0])],
    "raise": _raise,
    "assert": _assert,
    "python.format": _format,
    "python.print": _print,
    "python.isinstance": lambda op, x: [isinstance(x[0], op.attrs["classes"])],
    "outer.snapshot": lambda op, x: [_copy(x[0])],
    "outer.dict": lambda op, x: [dict(zip(op.attrs["keys"], x))],
    "outer.store": _write_outside,
    "outer.item": _write_outside,
    "outer.attr": _write_outside,
    "outer.del": _write_outside,
    "outer.call": _write_outside,
    "python.range_length": lambda op, x: [len(range(*x))],
}


def _nonempty(x: list[Any]) -> list[Any]:
    if not x:
        raise IndexError("pop from empty list")
    return x
