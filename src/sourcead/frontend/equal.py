"""Arguments whose axes have equal lengths: a compilation made for that needs no code for broadcasting between
them, and checks it once, at the start.

    A: float64[n, n], B: float64[n, m]     groups: ((0, 0), (0, 1), (1, 0))    (number of the leaf, axis)

Other facts of lengths, such as m = n + 1, are those that a program asks for (`passes/loops/facts.py`).
"""

from __future__ import annotations

from typing import Any

from ..ir.types import Array, Dim, Symbol, Type
from .trees import Leaf, Node, Tree, flatten, leaves

Groups = tuple[tuple[tuple[int, int], ...], ...]


def still_equal(groups: Groups, items: list[Any]) -> bool:
    """Whether these leaves of arguments have the equal lengths that a compilation was made for."""
    for (k, axis), *rest in groups:
        n = items[k].shape[axis]
        if any(items[j].shape[a] != n for j, a in rest):
            return False
    return True


def with_equal_lengths(
    trees: list[tuple[str, Tree]], values: list[Any], within: Groups | None = None
) -> list[tuple[str, Tree]]:
    """The structures of arguments, with one symbol for lengths that are equal in these values.

    within: the groups of a compilation that does not serve these values; what is equal for the first time
    now is a chance, and is left unequal, so that arguments of many lengths need few compilations.
    """
    groups = {place: n for n, group in enumerate(within or ()) for place in group}
    dims: dict[Any, Dim] = {}
    out = []
    leaf = 0
    for (name, tree), value in zip(trees, values):
        items = list(flatten(value, tree))
        places = []
        for k, x in enumerate(items, leaf):
            shape = getattr(x, "shape", ())
            places.append(
                [n if within is None else (n, groups.get((k, a), (k, a))) for a, n in enumerate(shape)]
            )
        leaf += len(items)
        out.append((name, _renamed(tree, iter(places), dims)))
    return out


def _renamed(tree: Tree, places: Any, dims: dict[Any, Dim]) -> Tree:
    if isinstance(tree, Leaf):
        place, t = next(places), tree.type
        if not isinstance(t, Array):
            return tree
        shape = tuple(d if d.symbol is None else dims.setdefault(p, d) for p, d in zip(place, t.shape))
        return Leaf(Array(t.dtype, shape, t.contiguous, fortran=t.fortran))
    if isinstance(tree, Node):
        return Node(tree.kind, tree.cls, tree.keys, tuple(_renamed(c, places, dims) for c in tree.children))
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
