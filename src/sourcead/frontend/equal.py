"""Arguments whose axes have equal lengths: a compilation made for that needs no code for broadcasting between
them, and checks it once, at the start.

    A: float64[n, n], B: float64[n, m]     groups: ((0, 0), (0, 1), (1, 0))    (number of the leaf, axis)
"""

from __future__ import annotations

from typing import Any

from ..ir.types import Array, Dim, Symbol, Type
from .trees import Leaf, Node, Tree, flatten, leaves

Groups = tuple[tuple[tuple[int, int], ...], ...]


def lengths_key(trees: list[tuple[str, Tree]], values: list[Any]) -> tuple[int, ...]:
    """Which axes of the arguments are equally long: the same for arguments that one compilation serves."""
    seen: dict[int, int] = {}
    return tuple(
        seen.setdefault(n, len(seen))
        for (_, tree), value in zip(trees, values)
        for x in flatten(value, tree)
        for n in getattr(x, "shape", ())
    )


def with_equal_lengths(trees: list[tuple[str, Tree]], values: list[Any]) -> list[tuple[str, Tree]]:
    """The structures of arguments, with one symbol for lengths that are equal in these values."""
    dims: dict[int, Dim] = {}
    out = []
    for (name, tree), value in zip(trees, values):
        items = iter(flatten(value, tree))
        out.append((name, _renamed(tree, items, dims)))
    return out


def _renamed(tree: Tree, items: Any, dims: dict[int, Dim]) -> Tree:
    if isinstance(tree, Leaf):
        x, t = next(items), tree.type
        if not isinstance(t, Array):
            return tree
        shape = tuple(d if d.symbol is None else dims.setdefault(n, d) for n, d in zip(x.shape, t.shape))
        return Leaf(Array(t.dtype, shape, t.contiguous, fortran=t.fortran))
    if isinstance(tree, Node):
        return Node(tree.kind, tree.cls, tree.keys, tuple(_renamed(c, items, dims) for c in tree.children))
    return tree


def equal_axes(trees: list[Tree]) -> Groups:
    """The axes that share a symbol, before lowering unifies more of them."""
    groups: dict[Symbol, list[tuple[int, int]]] = {}
    types: list[Type] = [t for tree in trees for _, t in leaves(tree)]
    for k, t in enumerate(types):
        for axis, d in enumerate(t.shape if isinstance(t, Array) else ()):
            if d.symbol is not None and d.offset == 0:
                groups.setdefault(d.symbol.find(), []).append((k, axis))
    return tuple(tuple(g) for g in groups.values() if len(g) > 1)
