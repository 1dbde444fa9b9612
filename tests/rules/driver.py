"""Runs a primitive and its rules directly, as the ordinary Python that they are."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import sourcead.rules  # noqa: F401
from sourcead.rules.registry import BOOK, resolve


def run(key: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    p = BOOK[key]
    keywords = dict(keywords)
    if key == "numpy.array":
        from sourcead.rules.joins import nest

        return np.array(nest(args, keywords.get("_tree")))
    if p.spell and p.spell[0] == "attribute" and not key.startswith("sourcead."):
        return getattr(args[0], p.spell[1])
    if p.spell and p.spell[0] == "method" and not key.startswith("sourcead."):
        return getattr(args[0], p.spell[1])(*args[1:], **keywords)
    f = resolve(key)
    if p.variadic is True:
        return f(args, **keywords)
    if p.packed:
        args = (args[0] if args[1] is None else args[: p.packed], *args[p.packed :])
    if p.order:
        named = zip(p.params[p.positional :], args[p.positional :])
        return f(*args[: p.positional], **{k: v for k, v in named if v is not None}, **keywords)
    lead = [keywords.pop(k) for k in list(p.keywords)[: p.leading]]
    return f(*lead, *args, **keywords)


def call(rule: Any, given: list[Any], p: Any, keywords: dict[str, Any]) -> Any:
    values = {**p.keywords, **keywords, "work": None, "_square": None}
    named = {n: values[n] for n, q in inspect.signature(rule).parameters.items() if q.kind is q.KEYWORD_ONLY}
    return rule(*given, **named)


def inputs_of(p: Any, args: tuple[Any, ...]) -> list[Any]:
    return [args] if p.variadic else [*args, *[None] * (len(p.params) - len(args))]


def zero(a: Any) -> Any:
    return np.zeros_like(a) if isinstance(a, np.ndarray) else type(a)(0)


def pushforward(
    key: str, args: tuple[Any, ...], keywords: dict[str, Any], y: Any, dots: dict[int, Any]
) -> Any:
    """The tangent of the result, as a list of arrays; None where no argument counts."""
    p = BOOK[key]
    given = inputs_of(p, args)
    total: list[Any] | None = None
    parts = []
    if p.variadic:
        xs_dot = tuple(dots.get(i, zero(a)) for i, a in enumerate(args))
        parts.append(call(p.jvps[0], [*given, y, xs_dot], p, keywords))
    else:
        for n, dot in dots.items():
            if p.constant:
                continue
            rule = p.scaled[n] if p.scaled else p.jvps[n]
            if rule is not None:
                parts.append(call(rule, [dot, *given, y] if p.scaled else [*given, y, dot], p, keywords))
    for part in parts:
        part = list(part) if isinstance(part, tuple) else [part]
        total = (
            part
            if total is None
            else [b if a is None else a if b is None else a + b for a, b in zip(total, part)]
        )
    outs = y if isinstance(y, tuple | list) else (y,)
    if total is None or p.undetermined is not None:  # None: refused where it is wanted
        return total
    return [zero(v) if d is None else d for d, v in zip(total, outs, strict=True)]


def pullback(
    key: str, args: tuple[Any, ...], keywords: dict[str, Any], y: Any, y_bar: Any, wrt: tuple[int, ...]
) -> dict[int, Any]:
    """The adjoint of each argument."""
    p = BOOK[key]
    given = inputs_of(p, args)
    if p.variadic:
        bars = call(p.vjps[0], [*given, y, y_bar], p, keywords)
        return {n: bars[n] for n in wrt}
    out = {}
    for n in wrt:
        rule = None if p.constant else p.scaled[n] if p.scaled else p.vjps[n]
        if rule is not None:
            out[n] = call(rule, [y_bar, *given, y] if p.scaled else [*given, y, y_bar], p, keywords)
    return out
