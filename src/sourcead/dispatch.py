"""Derivatives that other jitted code calls.

    slope = grad(f)              slope's Numba type is that of a dispatcher, `f_grad(x, n): return stub(x, n)`
    @njit
    def step(x, n):                  stub is overloaded: for Numba types it
        return x - slope(x, n)       compiles the derivative for the same types of ours
                                     and returns a function that calls it

Numba holds globals for constants, and so does a derivative that is called from jitted code: the globals that
the function reads are those of the time when Numba compiles.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from . import errors
from .callchecks import free_values
from .frontend.places import Pin
from .frontend.trees import Fixed, Leaf, Node, Tree, leaves, tree_of
from .ir.types import Array, Scalar, new_dim

_numba: Any = None


class NeedsValue(Exception):
    """An argument is needed by value."""


def numba() -> Any:
    global _numba
    if _numba is None:
        _numba = importlib.import_module("numba")
    return _numba


def dispatcher_of(derivative: Any) -> Any:
    """The dispatcher that stands for a derivative in jitted code."""
    captured = derivative.captured
    name = f"{captured.name if captured.name.isidentifier() else 'f'}_{derivative.mode}"
    if derivative.mode == "jvp":
        names, shown = ["primals", "tangents"], "primals, tangents"
        defaults: dict[str, Any] = {}
    else:
        parameters = list(captured.signature.parameters.values())[len(captured.bound) :]
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
            raise errors.Unsupported(
                f"a derivative of {captured.name} cannot be called from jitted code",
                reason="it takes any number of arguments",
                hint="name them",
            )
        names = [p.name for p in parameters]
        given = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
        given.update({k: v for k, v in captured.bound_kw.items() if k in names})
        defaults = {f"default_{k}": v for k, v in given.items()}
        shown = ", ".join(f"{n}=default_{n}" if n in given else n for n in names)
    plain = ", ".join(names)
    scope: dict[str, Any] = {**defaults, "choose": lambda *types: choose(derivative, types)}
    text = (
        f"def stub({plain}):\n    raise NotImplementedError\n"
        f"def chosen({plain}):\n    return choose({plain})\n"
        f"def {name}({shown}):\n    return stub({plain})\n"
    )
    exec(text, scope)
    extending = importlib.import_module("numba.extending")
    extending.overload(scope["stub"], strict=False)(scope["chosen"])
    return numba().njit(scope[name])


def choose(derivative: Any, types: tuple[Any, ...]) -> Any:
    """The implementation for arguments of these Numba types: it calls the compiled derivative."""
    if derivative.mode == "vjp":
        raise errors.Unsupported(
            "vjp cannot be called from jitted code",
            reason="Numba has no pullback, a function that keeps residuals, to give back",
            hint="use grad, value_and_grad or jvp there",
        )
    captured = derivative.captured
    given = types[0].types if derivative.mode == "jvp" else types
    names = list(captured.signature.parameters)
    bound = captured.bound
    trees: list[tuple[str, Tree]] = [(n, tree_of(v)) for n, v in zip(names, bound)]
    literal = set()
    for k, (n, t) in enumerate(zip(names[len(bound) :], given)):
        try:
            trees.append((n, tree_of_type(t)))
        except NeedsValue:
            literal.add(k)
    _by_value(literal, types, derivative)
    trees, found = _compiled(derivative, trees, types)
    inner = ["primals", "tangents"] if derivative.mode == "jvp" else names[len(bound) :]
    scope: dict[str, Any] = {"core": found.entry}
    passed = []
    for k, (_, value) in enumerate(zip(names, bound)):
        scope[f"bound_{k}"] = value
        passed.append(f"bound_{k}")
    if derivative.mode == "jvp":
        passed += [f"primals[{k}]" for k in range(len(given))]
        chosen = range(len(trees)) if derivative.argnums is None else derivative._positions(names)
        for k in chosen:
            if any(_carries(t) for _, t in leaves(trees[k][1])):
                passed.append(f"tangents[{k - len(bound)}]")
    else:
        passed += inner
    for k, value in enumerate(free_values(found)):
        scope[f"free_{k}"] = value
        passed.append(f"free_{k}")
    exec(f"def called({', '.join(inner)}):\n    return core({', '.join(passed)})\n", scope)
    return scope["called"]


def _carries(t: Any) -> bool:
    return isinstance(t, Scalar | Array) and t.dtype.rstrip("0123456789") in ("float", "complex")


def _compiled(derivative: Any, trees: Any, types: tuple[Any, ...]) -> tuple[Any, Any]:
    skip = len(derivative.captured.bound)
    options = derivative.options.on("numba").inside()
    while True:
        try:
            return trees, derivative._compile_trees([n for n, _ in trees], trees, options)
        except Pin as p:
            leaf, k = p.leaf, 0
            while leaf is not None and leaf >= (n := len(list(leaves(trees[k][1])))):
                leaf, k = leaf - n, k + 1
            value = getattr(types[k - skip], "literal_value", None) if derivative.mode != "jvp" else None
            if value is None or not isinstance(trees[k][1], Leaf):
                _by_value({k - skip}, types, derivative)
            trees = [*trees[:k], (trees[k][0], Fixed(value)), *trees[k + 1 :]]


def _by_value(which: set[int], types: tuple[Any, ...], derivative: Any) -> None:
    """Ask Numba for the values of arguments.  Where it has none, it raises a TypingError that says so."""
    if which:
        if derivative.mode == "jvp":
            raise errors.Unsupported(
                f"jvp of {derivative.captured.name} cannot be called from jitted code with such arguments",
                reason="a flag or an integer of it is needed by value, which Numba does not have in a tuple",
                hint="make it a constant inside of the function",
            )
        numba_errors = importlib.import_module("numba.core.errors")
        raise numba_errors.ForceLiteralArg(which)


def tree_of_type(t: Any) -> Tree:
    """Our structure for a Numba type.  Raises NeedsValue for flags and text that are not known, and
    errors.Unsupported for what has no counterpart."""
    types = numba().types
    if isinstance(t, types.Omitted):
        return tree_of(t.value)
    if isinstance(t, types.Boolean | types.UnicodeType | types.Literal) and not isinstance(t, types.Integer):
        if not hasattr(t, "literal_value"):
            raise NeedsValue
        return Fixed(t.literal_value)
    if isinstance(t, types.Integer | types.Float | types.Complex):
        plain = types.unliteral(t)
        return Leaf(Scalar(str(plain), str(plain) not in ("float64", "int64", "complex128")))
    if isinstance(t, types.Array):
        dims = tuple(new_dim() for _ in range(t.ndim))
        return Leaf(Array(str(t.dtype), dims, t.layout == "C", fortran=t.layout == "F"))
    if isinstance(t, types.BaseNamedTuple):
        return Node("namedtuple", t.instance_class, tuple(t.fields), tuple(map(tree_of_type, t.types)))
    if isinstance(t, types.BaseTuple):
        return Node("tuple", tuple, (), tuple(map(tree_of_type, t.types)))
    if isinstance(t, types.NoneType):
        return Fixed(None)
    if isinstance(t, types.Dispatcher):
        return Fixed(t.dispatcher)
    raise errors.Unsupported(
        f"an argument of Numba type {t} has no derivative here",
        reason="only numbers, arrays and tuples of them come from jitted code",
        hint="pass arrays",
    )
