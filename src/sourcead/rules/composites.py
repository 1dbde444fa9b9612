"""Functions that are written with others: inlined where they are called, so that their derivative is that of
their statements.

    np.select([c, d], [u, v], w)      np.where(c, u, np.where(d, v, w))

A composite does the operations that NumPy's function does, in its order, so that it gives the same bits.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .registry import TypeRefusal, find, resolve, static

Unless = Callable[[list[Any], dict[str, Any]], bool]


@dataclass(frozen=True)
class Composite:
    """key: the dotted name; text: the Python function that stands for it; arrays: parameters whose lists of
    numbers are arrays; known: parameters that must be known when compiling; unless: of the types of the
    arguments, where the function is a primitive all the same."""

    key: str
    text: Callable[..., Any]
    arrays: frozenset[str]
    known: frozenset[str]
    unless: Unless | None = None


COMPOSITES: dict[str, Composite] = {}
COMPOSITE_METHODS: dict[str, str] = {}  # array methods and attributes: {"compress": "numpy.ndarray.compress"}
_by_id: dict[int, tuple[Any, Composite]] = {}


def composite(key: str, arrays: str = "", known: str = "", methods: str = "", unless: Unless | None = None):
    """Register the text of a function; `arrays`, `known`, `methods`: names separated by blanks."""

    def add(text: Callable[..., Any]) -> Callable[..., Any]:
        COMPOSITES[key] = Composite(key, text, frozenset(arrays.split()), frozenset(known.split()), unless)
        COMPOSITE_METHODS.update(dict.fromkeys(methods.split(), key))
        _by_id.clear()
        return text

    return add


def composite_of(obj: Any) -> Composite | None:
    """The composite that a callable is, if it is one."""
    find(obj)  # opens the parts of the book that are about modules in use
    if not _by_id:
        for key, c in COMPOSITES.items():
            found = resolve(key)
            if found is not None:
                _by_id[id(found)] = (found, c)
    hit = _by_id.get(id(obj))
    return hit[1] if hit is not None and hit[0] is obj else None


@static
def not_covered(reason: str) -> None:
    """In a composite: refuse the call."""
    raise TypeRefusal(reason)


def keywords_of(key: str) -> frozenset[str]:
    """The parameters that the function itself has; none where it does not say."""
    try:
        return frozenset(inspect.signature(resolve(key)).parameters)
    except (TypeError, ValueError):
        return frozenset()
