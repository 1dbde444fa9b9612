"""Nested arguments taken apart and put together, independent of how the compiler does it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np


def is_leaf(tree: Any) -> bool:
    return not (isinstance(tree, (list, tuple, dict)) or dataclasses.is_dataclass(tree))


def children(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return list(tree.values())
    if dataclasses.is_dataclass(tree):
        return [getattr(tree, f.name) for f in dataclasses.fields(tree)]
    return list(tree)


def rebuilt(tree: Any, parts: list[Any]) -> Any:
    """The same container around other parts."""
    if isinstance(tree, dict):
        return dict(zip(tree, parts, strict=True))
    if dataclasses.is_dataclass(tree):
        names = [f.name for f in dataclasses.fields(tree)]
        return dataclasses.replace(tree, **dict(zip(names, parts, strict=True)))
    return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)


def leaves(tree: Any) -> list[Any]:
    if is_leaf(tree):
        return [tree]
    return [leaf for child in children(tree) for leaf in leaves(child)]


def mapped(function: Any, tree: Any) -> Any:
    """`function` on every leaf, in the same structure."""
    if is_leaf(tree):
        return function(tree)
    return rebuilt(tree, [mapped(function, child) for child in children(tree)])


def combined(function: Any, first: Any, second: Any) -> Any:
    """`function` on every pair of leaves of two trees of one structure."""
    if is_leaf(first):
        return function(first, second)
    pairs = zip(children(first), children(second), strict=True)
    return rebuilt(first, [combined(function, a, b) for a, b in pairs])


def is_float(leaf: Any) -> bool:
    """Whether a leaf carries a derivative."""
    return isinstance(leaf, float) or (isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind == "f")


def zero(leaf: Any) -> Any:
    """The zero tangent of a leaf; what carries no derivative has the tangent 0."""
    if isinstance(leaf, np.ndarray):
        return np.zeros_like(leaf)
    if leaf is None:
        return None
    return 0.0 if is_float(leaf) else 0


def zero_of(tree: Any) -> Any:
    """The zero tangent of an argument that is not differentiated."""
    return mapped(zero, tree)


def random_like(leaf: Any, rng: np.random.Generator) -> Any:
    """A random tangent or adjoint of a leaf: of its kind, shape and dtype."""
    if isinstance(leaf, np.ndarray):
        draw = rng.uniform(-1.0, 1.0, leaf.shape)
        return draw.astype(leaf.dtype) if is_float(leaf) else np.zeros_like(leaf)
    if isinstance(leaf, np.generic):
        return type(leaf)(rng.uniform(-1.0, 1.0))
    return float(rng.uniform(-1.0, 1.0)) if is_float(leaf) else 0


def random_of(tree: Any, rng: np.random.Generator) -> Any:
    return mapped(lambda leaf: random_like(leaf, rng), tree)


def inner(first: Any, second: Any) -> float:
    """The sum of the products of the leaves that carry a derivative, in double precision."""
    pairs = zip(leaves(first), leaves(second), strict=True)
    return float(sum(np.sum(np.asarray(a, float) * np.asarray(b, float)) for a, b in pairs if is_float(a)))


def size(tree: Any) -> float:
    """The largest magnitude in a tree, for tolerances."""
    return max((float(np.max(np.abs(v), initial=0.0)) for v in leaves(tree) if is_float(v)), default=0.0)


def doubled(tree: Any) -> Any:
    """Single precision leaves as double precision, so that differences of them mean something."""

    def wide(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray) and is_float(leaf):
            return leaf.astype(np.float64)
        return np.float64(leaf) if isinstance(leaf, np.float32) else leaf

    return mapped(wide, tree)


def same(first: Any, second: Any) -> bool:
    """Equal bit for bit, of the same types, shapes and structure (NaN equals NaN)."""
    if type(first) is not type(second):
        return False
    if not is_leaf(first):
        if isinstance(first, dict) and list(first) != list(second):
            return False
        one, two = children(first), children(second)
        return len(one) == len(two) and all(same(a, b) for a, b in zip(one, two, strict=True))
    if isinstance(first, np.ndarray):
        return (
            first.shape == second.shape
            and first.dtype == second.dtype
            and first.tobytes() == second.tobytes()
        )
    return bool(first == second or (first != first and second != second))
