"""What is measured: each kernel with its inputs, and the contenders for its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import sourcead as ad

from . import handwritten, peers

CONTENDERS = ("ours", "by hand", "autograd", "torch")


@dataclass(frozen=True)
class Kernel:
    """A primal by name, which arguments are differentiated, and a maker of its arguments."""

    name: str
    wrt: tuple[int, ...]
    make: Callable[[np.random.Generator], tuple[Any, ...]]

    @property
    def primal(self) -> Callable[..., Any]:
        return getattr(handwritten, self.name)

    @property
    def args(self) -> tuple[Any, ...]:
        return self.make(np.random.default_rng(0))

    @property
    def argnums(self) -> int | tuple[int, ...]:
        return self.wrt[0] if len(self.wrt) == 1 else self.wrt


def mlp_inputs(r: np.random.Generator, batch: int = 64, width: int = 32) -> tuple[Any, ...]:
    weights = r.normal(size=(64, width)) / 8, r.normal(size=width) / 8
    head = r.normal(size=(width, 10)) / 6, r.normal(size=10) / 6
    return *weights, *head, r.normal(size=(batch, 64)), r.integers(0, 10, batch)


def rnn_inputs(r: np.random.Generator, steps: int = 50, width: int = 32) -> tuple[Any, ...]:
    weights = r.normal(size=(16, width)) / 4, r.normal(size=(width, width)) / 6
    return *weights, r.normal(size=width) / 6, r.normal(size=(steps, 16))


KERNELS = (
    Kernel("logistic_map", (0, 1), lambda r: (0.3, 3.1, 1000)),
    Kernel("newton_sqrt", (0,), lambda r: (7.0,)),
    Kernel("mlp", (0, 1, 2, 3), mlp_inputs),
    Kernel("rnn", (0, 1, 2), rnn_inputs),
)

# calls so short that what a call costs shows
SMALL = (
    Kernel("seed_example", (0, 1), lambda r: (3.0, 2.0)),
    Kernel("newton_sqrt", (0,), lambda r: (7.0,)),
    Kernel("mlp", (0, 1, 2, 3), lambda r: mlp_inputs(r, 2, 4)),
)


def plain(kernel: Kernel, args: tuple[Any, ...]) -> Callable[..., Any]:
    """The generated function itself, without the object around it."""
    return ad.grad(kernel.primal, kernel.argnums).specialise(*args)


def contenders(kernel: Kernel) -> dict[str, Callable[[], Any]]:
    """Functions without arguments to time, by name; a tool that is not installed is left out."""
    args = kernel.args
    ours = ad.grad(kernel.primal, kernel.argnums)
    by_hand = getattr(handwritten, f"{kernel.name}_grad")
    found = {
        "ours": lambda: ours(*args),
        "by hand": lambda: by_hand(*args),
        "autograd": peers.autograd_gradient(kernel.name, kernel.wrt, args),
        "torch": peers.torch_gradient(kernel.name, kernel.wrt, args),
    }
    return {name: run for name, run in found.items() if run is not None}


def as_arrays(gradients: Any) -> list[np.ndarray]:
    parts = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
    return [np.asarray(p) for p in parts]


def check(kernel: Kernel, run: Callable[[], Any], name: str) -> None:
    """Raises AssertionError where a contender's gradient is not the hand-written one."""
    want = as_arrays(getattr(handwritten, f"{kernel.name}_grad")(*kernel.args))
    for got, w in zip(as_arrays(run()), want, strict=True):
        np.testing.assert_allclose(got, w, rtol=1e-8, atol=1e-11, err_msg=f"{kernel.name} by {name}")
