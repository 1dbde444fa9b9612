"""How the elementwise functions of scipy.special are added to the book."""

from __future__ import annotations

from collections.abc import Callable

from ..counting import elements
from ..infer import elementwise
from ..registry import Infer, constant, primitive, scaled


def ufunc(
    name: str,
    *rules: Callable | None,
    params: str = "x",
    also: str = "",
    infer: Infer | None = None,
) -> None:
    """Add `scipy.special.<name>` with its scaled rules; without any it is constant."""
    key = f"scipy.special.{name}"
    names = " ".join(f"scipy.special.{n}" for n in also.split())
    primitive(key, params, infer or elementwise(key), also=names, cost=elements)
    if rules:
        scaled(key, *rules)
    else:
        constant(key)


def helper(key: str, params: str, *rules: Callable | None, **keywords: int) -> None:
    """Add a function of `sourcead.runtime_special` or `sourcead.runtime_parameters`."""
    primitive(key, params, elementwise(key), keywords=keywords, cost=elements)
    scaled(key, *rules)
