"""The truth: central differences with Richardson extrapolation, which know nothing of the compiler.

Three central differences with steps h, h/2 and h/4 have errors in h**2, h**4, ...; combining them removes the
first two terms and leaves an error of order h**6, next to rounding of about 1e-16 / h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import trees
from .registry import Program


def richardson(at: Callable[[float], Any], h: float = 2e-3) -> Any:
    """The derivative at 0 of a function from a number to a number or array."""
    d = [(at(h / 2**k) - at(-h / 2**k)) / (2 * h / 2**k) for k in range(3)]
    d = [(4 * d[k + 1] - d[k]) / 3 for k in range(2)]
    return (16 * d[1] - d[0]) / 15


def output_seed(value: Any) -> Any:
    """What the output is weighted with: 1 for a number, fixed random weights for anything else."""
    if trees.is_leaf(value) and np.ndim(value) == 0:
        return np.ones_like(value) if isinstance(value, np.ndarray) else type(value)(1.0)
    return trees.random_of(value, np.random.default_rng(5))


def step_scale(x: Any) -> float:
    """Steps follow the size of what is stepped, so that a rate of 0.02 is not moved by a tenth of itself."""
    return float(min(max(abs(x), 0.1), 1.0))


def shifted(tree: Any, position: int, index: tuple[int, ...], t: float) -> Any:
    """A copy of a tree with `t` added to one element of the leaf at `position`."""
    count = -1

    def shift(leaf: Any) -> Any:
        nonlocal count
        count += 1
        if count != position:
            return leaf
        if isinstance(leaf, np.ndarray):
            leaf = leaf.copy(order="K")
            leaf[index] += t
            return leaf
        return leaf + t

    return trees.mapped(shift, tree)


def gradient(item: Program, case: int, h: float = 2e-3) -> tuple[Any, ...]:
    """The numerical gradient for each differentiated argument, in its structure, in double precision."""
    seed = output_seed(item.function(*trees.doubled(item.make(case))))
    result = []
    for n in item.active:
        tree = trees.doubled(item.make(case))[n]
        grads = []
        for position, leaf in enumerate(trees.leaves(tree)):
            g = np.zeros(np.shape(leaf))
            for index in np.ndindex(g.shape):

                def at(t: float, n: int = n, position: int = position, index: Any = index) -> float:
                    args = trees.doubled(item.make(case))
                    args[n] = shifted(args[n], position, index, t)
                    return trees.inner(item.function(*args), seed)

                if trees.is_float(leaf):
                    g[index] = richardson(at, h * step_scale(np.asarray(leaf)[index]))
            grads.append(g)
        result.append(grads)
    return tuple(result)
