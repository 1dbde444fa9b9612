"""Calls of functions of a library that call back: `scipy.optimize.brentq(residual, a, b, args=(s,))`.

An op of the kind `solver` is such a call.  Its callbacks are functions of the IR; what they capture has
become trailing parameters of theirs, the same ones for all callbacks of a call, and operands of the op, so
that derivatives flow through them as through any other operand:

    y = solver(a, b, s) {key="scipy.optimize.brentq", functions=(@residual,), shared=2}     residual(x, s)

Attributes of the op:

    key         the dotted name of the library's function
    functions   the callbacks
    own         how many leading parameters of each callback the library gives
    shared      the number of the first operand that the callbacks take behind those
    smooth      numbers of the operands by which the results have a derivative
    positional  what the call is given, a tuple of items; `named`: a dict of them.  An item is
                ("known", object)      what is known when compiling
                ("input", k)           operand k
                ("tuple", items)       a tuple, or ("list", items), ("dict", {key: item})
                ("function", k)        callback k, as it is
                ("bound", k)           callback k with the shared operands behind its own arguments
    fields      what the results are of what the library's function returns: None for that itself, else
                names of attributes, numbers of items, or ("text", name, expression): an expression of that
                name, in which `solution` is what was returned, and other such names are their results
    asked       keywords that are given only where such expressions are used
    rule        gives tangents and adjoints (the layer `callbacks`)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from .core import Op


def called(
    op: Op, inputs: Sequence[Any], resolve: Callable[[str], Any], run: Callable[..., Any]
) -> list[Any]:
    """What the interpreter does with the op: the call itself, with callbacks that are interpreted."""
    shared = list(inputs[op.attrs["shared"] :])

    def made(item: Any) -> Any:
        kind, x = item
        if kind == "input":
            return inputs[x]
        if kind in ("tuple", "list"):
            return (tuple if kind == "tuple" else list)(map(made, x))
        if kind == "dict":
            return {k: made(v) for k, v in x.items()}
        if kind == "known":
            return x
        function, own = op.attrs["functions"][x], op.attrs["own"][x]
        rest = shared if kind == "bound" else []

        def callback(*args: Any) -> Any:
            return run(function, [*args, *rest], resolve)[0]

        every = range(own + (0 if rest else len(shared)))  # some libraries count the parameters
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        callback.__signature__ = inspect.Signature([inspect.Parameter(f"x{i}", kind) for i in every])  # type: ignore
        return callback

    named = {**op.attrs["named"], **op.attrs.get("asked", {})}
    out = resolve(op.attrs["key"])(
        *map(made, op.attrs["positional"]), **{k: made(v) for k, v in named.items()}
    )
    fields = op.attrs["fields"]
    if fields is None:
        return [out]
    known: dict[str, Any] = {"solution": out}
    return [field(out, f, known, resolve) for f in fields]


def field(out: Any, f: Any, known: dict[str, Any], resolve: Callable[[str], Any]) -> Any:
    """One of the fields of what a library's function returned."""
    if isinstance(f, int):
        return out[f]
    if isinstance(f, str):
        return getattr(out, f)
    _, name, text = f
    code = compile(text, "<field>", "eval")
    helpers = {n: resolve(f"sourcead.runtime.{n}") for n in code.co_names}
    known[name] = eval(code, {k: v for k, v in helpers.items() if v is not None}, known)
    return known[name]
