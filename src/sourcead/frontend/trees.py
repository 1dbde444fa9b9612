"""The structure of arguments and results: which containers, and at the leaves the types.

A `Tree` is what one compilation is made for; its key holds dtypes, ranks and which axes have length 1,
never other sizes.  Flags, None, text, dtypes and functions are part of it by value (decision 9)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir.types import Array, Type, const_dim, new_dim, scalar_of
from ..rules.foreign import foreign_type


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number or an array."""

    type: Type


@dataclass(frozen=True, slots=True)
class Fixed:
    """Something known by value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Node:
    """A container.  kind: tuple, list, dict, namedtuple, dataclass; `keys`: dict keys or field names."""

    kind: str
    cls: Any
    keys: tuple[Any, ...]
    children: tuple[Tree, ...]


Tree = Leaf | Fixed | Node


def children_of(x: Any) -> tuple[str, Any, tuple[Any, ...], list[Any]] | None:
    """Kind, class, keys and parts of a container; None for what is not one."""
    t = type(x)
    if t is tuple or t is list:
        return t.__name__, t, (), list(x)
    if t is dict:
        return "dict", t, tuple(x), list(x.values())
    if isinstance(x, tuple) and hasattr(t, "_fields"):
        return "namedtuple", t, tuple(t._fields), list(x)
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        names = tuple(f.name for f in dataclasses.fields(x))
        return "dataclass", t, names, [getattr(x, n) for n in names]
    return None


def leaf_type(x: Any) -> Type | None:
    """The type of a number or array, or of an object of SciPy that has primitives; None for anything else."""
    if isinstance(x, np.ndarray):
        if type(x) is not np.ndarray or x.dtype.kind not in "biufc":
            return None
        dims = tuple(const_dim(1) if n == 1 else new_dim(True) for n in x.shape)
        contiguous = bool(x.flags.c_contiguous)
        return Array(x.dtype.name, dims, contiguous, fortran=bool(x.flags.f_contiguous) and not contiguous)
    if isinstance(x, bool):
        return None
    return scalar_of(x) or foreign_type(x)


def tree_of(x: Any) -> Tree:
    t = leaf_type(x)
    if t is not None:
        return Leaf(t)
    parts = children_of(x)
    if parts is not None:
        kind, cls, keys, children = parts
        return Node(kind, cls, keys, tuple(map(tree_of, children)))
    return Fixed(x)


def key_of(x: Any) -> Any:
    """What decides whether a compilation made for one argument serves another; hashable and cheap."""
    if type(x) is np.ndarray:
        return (
            x.dtype.char,
            x.dtype.isnative,  # Numba takes no other
            x.flags.c_contiguous,
            x.flags.f_contiguous and not x.flags.c_contiguous,
            *[n == 1 for n in x.shape],
        )
    t = type(x)
    if t is float or t is int or t is complex or isinstance(x, np.generic):
        return t
    parts = children_of(x)
    if parts is not None:
        _, cls, keys, children = parts
        return cls, keys, *map(key_of, children)
    foreign = foreign_type(x)
    if foreign is not None:
        return t, foreign.dtype, foreign.facts, *[d.is_one for d in foreign.shape]
    try:
        hash(x)
    except TypeError:
        return t, id(x)
    if t.__eq__ is not object.__eq__ and t.__module__.partition(".")[0] not in ("builtins", "numpy"):
        return t, id(x)  # objects that are equal may still hold different things
    return t, x


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, Type]]:
    """Access text (`["w"][0].b`) and type of every leaf, in order."""
    if isinstance(tree, Leaf):
        yield path, tree.type
    elif isinstance(tree, Node):
        for step, child in zip(steps(tree), tree.children):
            yield from leaves(child, path + step)


def steps(node: Node) -> list[str]:
    if node.kind in ("namedtuple", "dataclass"):
        return [f".{k}" for k in node.keys]
    if node.kind == "dict":
        return [f"[{k!r}]".replace("'", '"') for k in node.keys]
    return [f"[{i}]" for i in range(len(node.children))]


def flatten(x: Any, tree: Tree) -> list[Any]:
    """The leaves of an argument, in the tree's order."""
    if isinstance(tree, Leaf):
        return [x]
    if isinstance(tree, Fixed):
        return []
    parts = children_of(x)
    assert parts is not None
    return [leaf for child, t in zip(parts[3], tree.children) for leaf in flatten(child, t)]


def with_values(tree: Tree, x: Any, wanted: frozenset[int]) -> Tree:
    """The tree with some leaves (by their numbers) known by value."""
    if not wanted:
        return tree
    count = iter(range(10**9))

    def visit(t: Tree, v: Any) -> Tree:
        if isinstance(t, Leaf):
            return Fixed(v) if next(count) in wanted else t
        if isinstance(t, Fixed):
            return t
        parts = children_of(v)
        assert parts is not None
        return Node(t.kind, t.cls, t.keys, tuple(map(visit, t.children, parts[3])))

    return visit(tree, x)
