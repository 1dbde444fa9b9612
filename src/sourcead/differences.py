"""Finite differences on nested containers: the truth that derivatives are checked against.

Truth is a central difference with Richardson extrapolation (Ridders' method): differences at steps h, h/2,
h/4, ... are combined so that the leading error terms cancel, and for each number of the result the entry of
the table is taken that agrees best with its neighbours.  That disagreement, with the rounding error of the
step, is the error estimate, so a check knows how far its own truth can be trusted.  Nothing here uses the
compiler.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

_LEVELS = {8: 14, 4: 6}  # halvings of the step, by the bytes of the real dtype
_FIRST_STEP = 0.125


# --- nested containers ------------------------------------------------------------------------------------


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers and arrays of nested tuples, lists, dicts, namedtuples and dataclasses, each with its
    path."""
    for step, child in children(tree):
        yield from leaves(child, path + step)
    if not is_container(tree):
        yield path, tree


def rebuild(tree: Any, values: Iterator[Any]) -> Any:
    """A container like `tree` with its leaves replaced, in the order of `leaves`."""
    if not is_container(tree):
        return next(values)
    new = [rebuild(child, values) for _, child in children(tree)]
    if isinstance(tree, dict):
        return dict(zip(tree, new))
    if dataclasses.is_dataclass(tree):
        made = copy.copy(tree)
        for field, value in zip(dataclasses.fields(tree), new):
            object.__setattr__(made, field.name, value)
        return made
    return type(tree)(*new) if hasattr(tree, "_fields") else type(tree)(new)


def is_container(tree: Any) -> bool:
    """Whether a value is looked into: a tuple, list, dict or dataclass object."""
    return isinstance(tree, tuple | list | dict) or (
        dataclasses.is_dataclass(tree) and not isinstance(tree, type)
    )


def children(tree: Any) -> list[tuple[str, Any]]:
    """The parts of a container, each with the text that selects it; none for a leaf."""
    if isinstance(tree, dict):
        return [(f"[{k!r}]", v) for k, v in tree.items()]
    if isinstance(tree, tuple | list):
        names = getattr(tree, "_fields", None)
        return [(f".{names[i]}" if names else f"[{i}]", v) for i, v in enumerate(tree)]
    if is_container(tree):
        return [(f".{f.name}", getattr(tree, f.name)) for f in dataclasses.fields(tree)]
    return []


def inexact(leaf: Any) -> bool:
    """Whether a leaf is of float or complex numbers."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, float | complex)


def like(leaf: Any, value: Any) -> Any:
    """`value` as the kind of number or array that `leaf` is."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(value, leaf.dtype).reshape(leaf.shape)
    if isinstance(leaf, np.generic):
        return leaf.dtype.type(value)
    return type(leaf)(value)


def copied(tree: Any) -> Any:
    """The same with arrays of its own, since the function may write to its arguments."""
    return rebuild(tree, (v.copy() if isinstance(v, np.ndarray) else v for _, v in leaves(tree)))


def flat(tree: Any) -> np.ndarray:
    """The float and complex leaves as one vector."""
    parts = [np.ravel(v) for _, v in leaves(tree) if inexact(v)]
    return np.concatenate(parts) if parts else np.zeros(0)


def real_bytes(*trees: Any) -> int:
    """4 where some leaf is float32 or complex64 (or narrower), else 8."""
    sizes = [np.asarray(v).real.dtype.itemsize for t in trees for _, v in leaves(t) if inexact(v)]
    return 4 if min(sizes, default=8) < 8 else 8


# --- finite differences -----------------------------------------------------------------------------------


def numerical_jvp(
    f: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]
) -> tuple[np.ndarray, np.ndarray]:
    """The derivative of f at `args` along `tangents` by finite differences, with an error estimate.

    Both results are vectors: the float and complex leaves of f's output, one after another.  `tangents` has
    the structure of `args`; what it says for integers is ignored.  Steps at which f raises or gives nan are
    left out; an entry that no two steps could give has the error inf.

    Raises what f raises at `args` itself.

    >>> y_dot, error = numerical_jvp(lambda x: x * x, (3.0,), (1.0,))
    >>> bool(abs(y_dot[0] - 6.0) < 1e-9 and error[0] < 1e-8)
    True
    """
    args, tangents = tuple(args), tuple(tangents)
    y = flat(f(*copied(args)))
    base = [v for _, v in leaves(args)]
    step = [np.asarray(t) if inexact(v) else None for v, (_, t) in zip(base, leaves(tangents))]
    largest = max((float(np.max(np.abs(t), initial=0.0)) for t in step if t is not None), default=0.0)
    if largest == 0.0 or not y.size:
        return np.zeros_like(y), np.zeros(y.shape)
    narrow = real_bytes(args, f(*copied(args)))
    eps = float(np.finfo(np.float32 if narrow == 4 else np.float64).eps)

    def moved(h: float) -> np.ndarray:
        new = [v if t is None else like(v, v + h * t) for v, t in zip(base, step)]
        return flat(f(*copied(rebuild(args, iter(new))))).astype(complex if y.dtype.kind == "c" else float)

    best = np.zeros(y.shape, complex if y.dtype.kind == "c" else float)
    error = np.full(y.shape, np.inf)
    previous: list[np.ndarray] = []
    for level in range(_LEVELS[narrow]):
        h = _FIRST_STEP / largest / 2**level
        with np.errstate(all="ignore"):
            try:
                up, down = moved(h), moved(-h)
            except Exception:  # outside the domain at this step; a smaller one may be inside
                previous = []
                continue
            if up.shape != y.shape or down.shape != y.shape:  # the output's size depends on the input
                previous = []
                continue
            rounding = eps * np.maximum(np.maximum(np.abs(up), np.abs(down)), np.abs(y)) / h
            row = [(up - down) / (2.0 * h)]
            for k, coarse in enumerate(previous):
                row.append(row[k] + (row[k] - coarse) / (4.0 ** (k + 1) - 1.0))
                doubt = np.maximum(np.abs(row[k + 1] - row[k]), np.abs(row[k + 1] - coarse)) + rounding
                better = doubt < error
                best = np.where(better, row[k + 1], best)
                error = np.where(better, doubt, error)
        previous = row
    return best, error
