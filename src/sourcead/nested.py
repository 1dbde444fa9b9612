"""Derivatives inside of functions that are differentiated: `grad`, `jvp` and `vjp` as the frontend meets
them.

The inner function becomes an IR function of its own whose captures are parameters like any other (so an outer
derivative flows through them, and nothing can be confused with anything); it is transformed, and its IR is
put where the call stands.

    lambda x: x * grad(lambda y: x + y * y)(1.0)      inner(y, x) -> y_bar        x is a capture, and active
    outside
"""

from __future__ import annotations

from typing import Any

from . import errors
from .ad.forward import forward
from .ad.reverse import reverse
from .ad.split import split
from .frontend.lower import Lowerer
from .frontend.trees import Tree, leaves
from .frontend.values import Abstract, Static, Tup
from .ir.core import Constant, Function, Value
from .ir.rewrite import clone, clone_op
from .ir.types import Array, Scalar, is_inexact
from .passes.pipeline import clean


class Nested:
    """A derivative of a function that is known only inside of the one that is lowered."""

    def __init__(self, mode: str, f: Abstract, argnums: Any = 0, has_aux: bool = False) -> None:
        self.mode, self.f, self.argnums, self.has_aux = mode, f, argnums, has_aux

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        if self.mode in ("grad", "value_and_grad"):
            return gradient(low, self, args, kwargs)
        if self.mode == "jvp":
            return pushforward(
                low, self.f, low.items_of(args[0]) or [], low.items_of(args[1]) or [], self.argnums
            )
        return pullback(low, self.f, args, self.argnums)


class Pull:
    """The pullback of a `vjp` inside of a function: the reverse sweep, on residuals of the forward sweep."""

    def __init__(
        self,
        second: Function,
        residuals: list[Value],
        seeded: list[bool],
        rest: list[Value],
        args: list[Abstract],
        chosen: list[int],
    ) -> None:
        self.second, self.residuals, self.seeded, self.args = second, residuals, seeded, args
        self.chosen = chosen
        self.rest = rest  # states of memory outside: nothing comes back from them

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        seeds = [g for g, wanted in zip(low.leaves_of(args[0]), self.seeded) if wanted]
        seeds += [zero(low, v) for v in self.rest]
        out = inline(low, clone(self.second), [*self.residuals, *seeds])
        bars = adjoints(low, self.args, iter(out))
        return Tup(tuple(b if k in self.chosen else Static(None) for k, b in enumerate(bars)))


def inexact_positions(low: Lowerer, args: list[Abstract]) -> list[int]:
    out: list[int] = []
    n = 0

    def visit(v: Value) -> Value:
        nonlocal n
        if is_inexact(v.type):
            out.append(n)
        n += 1
        return v

    for a in args:
        low.map_leaves(a, visit)
    return out


def adjoints(low: Lowerer, args: list[Abstract], bars: Any) -> list[Abstract]:
    """Adjoints in the structure of the arguments; None for what has no derivative."""
    return [low.map_leaves(a, lambda v: next(bars) if is_inexact(v.type) else None) for a in args]


def count(tree: Tree) -> int:
    """How many numbers and arrays a result holds."""
    return len(list(leaves(tree)))


def inline(low: Lowerer, function: Function, inputs: list[Value]) -> list[Value]:
    """Put a function's ops where the lowerer is; its results."""
    clean(function)
    env: dict[Value, Value] = dict(zip(function.params, inputs))
    for op in function.body.ops:
        new = clone_op(op, env)
        stack = [new]
        while stack:
            o = stack.pop()
            o.reverse = low.builder.reverse  # a rule may call for a derivative too
            for mark in ("_dot", "_retrieved", "_tape"):
                o.attrs.pop(mark, None)
            if low.builder.dot:
                o.attrs["_dot"] = True
            stack.extend(q for r in o.regions for q in r.ops)
        low.builder.append(new)
    return [env.get(v, v) for v in function.results]


def positions(low: Lowerer, argnums: Any, n: int) -> list[int]:
    """Which of n arguments `argnums` names; all where it is None."""
    if argnums is None:
        return list(range(n))
    given = argnums if isinstance(argnums, tuple | list) else (argnums,)
    if any(isinstance(a, str) for a in given):
        low.refuse(
            "argnums by name is not supported for a derivative inside of a function", hint="use positions"
        )
    for a in given:
        if not -n <= a < n:
            low.refuse(f"argnums={a}, but the function is called with {n} arguments")
    return [a % n for a in given]


def gradient(low: Lowerer, d: Nested, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    function, inputs, tree = low.subfunction(d.f, args, kwargs, effects=True)
    take_over, results = function.attrs["take_over"], count(tree)
    argnums = positions(low, d.argnums, len(args))
    t = function.results[0].type if function.results else None
    if not (isinstance(t, Scalar) or (isinstance(t, Array) and t.ndim == 0)) or not is_inexact(t):
        low.refuse("grad needs a function with one real number as its result")
    counts: list[list[Value]] = []
    counts.extend(low.leaves_of(a) for a in args)
    starts = [sum(map(len, counts[:k])) for k in range(len(counts))]
    flat: list[int] = []
    for k in argnums:
        for n, v in enumerate(counts[k]):
            if not is_inexact(v.type):
                raise errors.NotDifferentiable(
                    f"argument {k} of the inner function holds an integer, which has no derivative",
                    low.spans[-1] if low.spans else None,
                )
            flat.append(starts[k] + n)
    n = len(function.results)
    seeds: list[Value | None] = [Constant(1.0), *([None] * (n - 1))]
    whole = d.mode == "value_and_grad" or d.has_aux or results < n
    out = inline(low, reverse(function, flat, seeds, value=whole), inputs)
    n = n if whole else 0
    take_over(iter(out[results:n]))
    bars = iter([of_kind(low, v, function.params[k]) for v, k in zip(out[n:], flat)])
    grads = [low.map_leaves(args[k], lambda v: next(bars)) for k in argnums]
    result = grads[0] if not isinstance(d.argnums, tuple | list) else Tup(tuple(grads))
    if d.mode == "value_and_grad":
        return Tup((low.from_tree(tree, iter(out[:n])), result))
    if d.has_aux:
        return Tup((result, low.from_tree(tree, iter(out[:n])).items[1]))
    return result


def of_kind(low: Lowerer, v: Value, like: Value) -> Value:
    """An adjoint as a value of its primal's kind."""
    t = like.type
    if (
        isinstance(t, Scalar)
        and not t.numpy
        and isinstance(v.type, Scalar)
        and v.type.numpy is not False
        and t.dtype == "float64"
    ):
        return low.value(low.prim("builtins.float", [v]))
    return v


def pushforward(
    low: Lowerer, f: Abstract, primals: list[Abstract], tangents: list[Abstract], argnums: Any = None
) -> Abstract:
    if len(primals) != len(tangents):
        low.refuse(
            f"{len(primals)} primals but {len(tangents)} tangents",
            hint="one tangent for each primal; those that argnums leaves out are not read",
        )
    chosen = positions(low, argnums, len(primals))
    function, inputs, tree = low.subfunction(f, primals, {}, effects=True)
    take_over, results = function.attrs["take_over"], count(tree)
    flat = inexact_positions(low, primals)
    dots: list[Value] = []
    for k, (p, t) in enumerate(zip(primals, tangents)):
        parts: list[Any] = []
        if k in chosen:
            low.map_leaves(
                t, lambda v, parts=parts: parts.append(v) or v, lambda s, parts=parts: parts.append(None)
            )
        leaves = low.leaves_of(p)
        for v, d in zip(leaves, parts + [None] * len(leaves)):
            if is_inexact(v.type):
                dots.append(d if d is not None else zero(low, v))
    made = forward(function, flat)
    out = inline(low, made, [*inputs, *dots])
    n = len(function.results)
    take_over(iter(out[results:n]))
    values = [d if is_inexact(r.type) else Constant(0) for r, d in zip(function.results, out[n:])]
    return Tup((low.from_tree(tree, iter(out[:n])), low.from_tree(tree, iter(values), tangent=True)))


def zero(low: Lowerer, v: Value) -> Value:
    return Constant(0.0) if isinstance(v.type, Scalar) else low.builder.one("zeros_like", [v], v.type)


def pullback(low: Lowerer, f: Abstract, primals: list[Abstract], argnums: Any = None) -> Abstract:
    chosen = positions(low, argnums, len(primals))
    function, inputs, tree = low.subfunction(f, primals, {}, effects=True)
    take_over, results = function.attrs["take_over"], count(tree)
    joint = reverse(function, inexact_positions(low, primals))
    n, wanted = joint.attrs["primal_results"], set(joint.attrs["seeded"])
    first, second = split(joint)
    out = inline(low, first, inputs)
    take_over(iter(out[results:n]))
    seeded = [k in wanted for k in range(results)]
    rest = [out[k] for k in range(results, n) if k in wanted]
    return Tup(
        (low.from_tree(tree, iter(out[:n])), Static(Pull(second, out[n:], seeded, rest, primals, chosen)))
    )


# -- the public functions, met by the frontend ---------------------------------------------------------------


def _argument(
    low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract], k: int, name: str, default: Any
) -> Any:
    a = args[k] if len(args) > k else kwargs.get(name)
    if a is None:
        return default
    known = low.static(a)
    if known is NotImplemented:
        low.refuse(f"{name}= must be known when compiling")
    return known


def met_grad(mode: str) -> Any:
    """What the frontend does with a call of `grad` or `value_and_grad`."""

    def lower_it(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        argnums = _argument(low, args, kwargs, 1, "argnums", 0)
        has_aux = _argument(low, args, kwargs, 2, "has_aux", False)
        return Static(Nested(mode, args[0], argnums, has_aux))

    return lower_it


def met_jvp(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    """What the frontend does with a call of `jvp`."""
    rest = [*args[1:], *(kwargs[k] for k in ("primals", "tangents") if k in kwargs)]
    argnums = _argument(low, args, kwargs, 3, "argnums", None)
    if len(rest) < 2:
        return Static(Nested("jvp", args[0], argnums))
    return pushforward(low, args[0], low.items_of(rest[0]) or [], low.items_of(rest[1]) or [], argnums)


def met_vjp(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    """What the frontend does with a call of `vjp`."""
    argnums = _argument(low, [], kwargs, 0, "argnums", None)
    if len(args) == 1:
        return Static(Nested("vjp", args[0], argnums))
    return pullback(low, args[0], args[1:], argnums)


__all__ = ["Nested", "met_grad", "met_jvp", "met_vjp"]
