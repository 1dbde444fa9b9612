"""What a kernel is: its plain text, its inputs at two sizes, and which arguments are differentiated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Kernel:
    """A function as people write it in NumPy, and what it is run on.

    `make(rng, **sizes)` gives the arguments; `tiny` are the sizes of the tests, `timed` those of the table.
    `wrt` holds the positions of the arguments that are differentiated.
    """

    name: str
    topic: str
    function: Callable[..., Any]
    wrt: tuple[int, ...]
    make: Callable[..., tuple[Any, ...]]
    tiny: dict[str, int]
    timed: dict[str, int]

    def args(self, sizes: dict[str, int] | None = None) -> tuple[Any, ...]:
        """Arguments drawn from a fixed seed, at the sizes of the table unless told."""
        return self.make(np.random.default_rng(0), **(self.timed if sizes is None else sizes))


KERNELS: dict[str, Kernel] = {}


def add(
    function: Callable[..., Any],
    make: Callable[..., tuple[Any, ...]],
    *,
    wrt: tuple[int, ...],
    tiny: dict[str, int],
    timed: dict[str, int],
) -> None:
    """Enter a kernel under the name of its function; the topic is the module that it stands in."""
    name, topic = function.__name__, function.__module__.rpartition(".")[2]
    KERNELS[name] = Kernel(name, topic, function, wrt, make, tiny, timed)
