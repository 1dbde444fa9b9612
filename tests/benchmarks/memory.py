"""What the forward sweep keeps for the reverse sweep, as a multiple of the size of the state.

    python -m tests.benchmarks.memory [--sizes 8 16]

Counted are the numbers on the tapes (`vjp`'s residuals, 8 bytes each, without the arguments and the state
that the function works in), against what is kept when everything is stored (`sourcead.testing.store_all`) and
against what PyTorch saves for its backward pass, where PyTorch can run the program at all.  `order` is the
slope of the last doubling: 2.0 for O(n^2).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import sourcead as ad
from sourcead.testing import store_all


# -- the programs, as people write them --------------------------------------------------------------------
def seidel(A, steps):
    for _ in range(steps):
        for i in range(1, A.shape[0] - 1):
            for j in range(1, A.shape[1] - 1):
                A[i, j] = (A[i - 1, j] + A[i, j - 1] + A[i, j] + A[i, j + 1] + A[i + 1, j]) / 5.0
    return (A * A).sum()


def burgers(u, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = u[i] - 0.05 * u[i] * (u[i] - u[i - 1]) + 0.1 * (u[i + 1] - 2.0 * u[i] + u[i - 1])
    return (u * u).sum()


def cholesky(A):
    n = A.shape[0]
    for j in range(n):
        for k in range(j):
            A[j, j] -= A[j, k] * A[j, k]
        A[j, j] = A[j, j] ** 0.5
        for i in range(j + 1, n):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
    s = 0.0
    for i in range(n):
        s += A[i, i]
    return s


def lu(A):
    n = A.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    s = 0.0
    for i in range(n):
        s += A[i, i] * A[i, i]
    return s


def gram_schmidt(A, Q):
    """The classical one: every coefficient is taken with the column as it was given."""
    m, n = A.shape
    for j in range(n):
        for i in range(m):
            Q[i, j] = A[i, j]
        for k in range(j):
            r = 0.0
            for i in range(m):
                r += Q[i, k] * A[i, j]
            for i in range(m):
                Q[i, j] -= r * Q[i, k]
        s = 0.0
        for i in range(m):
            s += Q[i, j] * Q[i, j]
        s = s**0.5
        for i in range(m):
            Q[i, j] /= s
    return (Q[0] * Q[1]).sum() + Q[0, 0]


def modified_gram_schmidt(Q):
    """Every coefficient is taken with the column as it has become, so each of these states is read again."""
    m, n = Q.shape
    for j in range(n):
        for k in range(j):
            r = 0.0
            for i in range(m):
                r += Q[i, k] * Q[i, j]
            for i in range(m):
                Q[i, j] -= r * Q[i, k]
        s = 0.0
        for i in range(m):
            s += Q[i, j] * Q[i, j]
        s = s**0.5
        for i in range(m):
            Q[i, j] /= s
    return (Q[0] * Q[1]).sum() + Q[0, 0]


def heat(u, steps):
    for _ in range(steps):
        u[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1])
    return (u * u).sum()


def leapfrog(u, v, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            v[i] = 2.0 * u[i] - v[i] + 0.1 * (u[i + 1] - 2.0 * u[i] + u[i - 1])
        u, v = v, u
    return (u * u).sum()


def pendulums(u, v, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            v[i] = 2.0 * u[i] - v[i] + 0.1 * (u[i + 1] - 2.0 * u[i] + u[i - 1]) - 0.1 * u[i] * u[i] * u[i]
        u, v = v, u
    return (u * u).sum()


def rnn(W, xs, hs):
    for t in range(xs.shape[0]):
        hs[t + 1] = np.tanh(W @ hs[t] + xs[t])
    return (hs * hs).sum()


@dataclass(frozen=True)
class Program:
    """A program with its arguments for a size; `state`: the numbers it works on; `steps`: its time steps."""

    function: Callable[..., Any]
    make: Callable[[int, Any], tuple[Any, ...]]
    state: Callable[[int], int]
    steps: int | None = None

    @property
    def name(self) -> str:
        return self.function.__name__


STEPS = 10


def definite(n: int, r: Any) -> Any:
    a = r.normal(size=(n, n))
    return a @ a.T + n * np.eye(n)


PROGRAMS = [
    Program(seidel, lambda n, r: (r.random((n, n)), STEPS), lambda n: n * n, STEPS),
    Program(burgers, lambda n, r: (r.random(n), STEPS), lambda n: n, STEPS),
    Program(cholesky, lambda n, r: (definite(n, r),), lambda n: n * n),
    Program(lu, lambda n, r: (definite(n, r),), lambda n: n * n),
    Program(gram_schmidt, lambda n, r: (r.normal(size=(n, n)), np.zeros((n, n))), lambda n: n * n),
    Program(modified_gram_schmidt, lambda n, r: (r.normal(size=(n, n)),), lambda n: n * n),
    Program(heat, lambda n, r: (r.random((n, n)), STEPS), lambda n: n * n, STEPS),
    Program(leapfrog, lambda n, r: (r.random(n), r.random(n), STEPS), lambda n: 2 * n, STEPS),
    Program(pendulums, lambda n, r: (r.random(n), r.random(n), STEPS), lambda n: 2 * n, STEPS),
    Program(
        rnn,
        lambda n, r: (r.normal(size=(n, n)) / n, r.random((STEPS, n)), np.zeros((STEPS + 1, n))),
        lambda n: n * (STEPS + 1),
        STEPS,
    ),
]


# -- counting ----------------------------------------------------------------------------------------------
def numbers_in(x: Any) -> int:
    """How many numbers a tape holds."""
    if isinstance(x, list | tuple):
        return sum(map(numbers_in, x))
    return int(np.size(x))


def kept(program: Program, n: int) -> int:
    """The numbers on the tapes of one call."""
    args = program.make(n, np.random.default_rng(0))
    _, pullback = ad.vjp(program.function, *args)
    return sum(numbers_in(x) for x in pullback._residuals if isinstance(x, list))


def kept_by_torch(program: Program, n: int) -> int | None:
    """The numbers that PyTorch saves, each storage once and without the arguments; None where it refuses."""
    try:
        import torch
    except ImportError:
        return None
    args = [
        torch.tensor(a, requires_grad=True) if isinstance(a, np.ndarray) else a
        for a in program.make(n, np.random.default_rng(0))
    ]
    saved: dict[int, Any] = {}

    def pack(t: Any) -> Any:
        saved[t.untyped_storage().data_ptr()] = t  # kept alive, so that no address comes twice
        return t

    def cloned() -> list[Any]:
        return [a.clone() if isinstance(a, torch.Tensor) else a for a in args]

    try:  # without hooks: they switch off the check that finds what was overwritten
        program.function(*cloned()).backward()
    except (RuntimeError, TypeError):
        return None
    copies = cloned()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        program.function(*copies).backward()
    own = {a.untyped_storage().data_ptr() for a in (*args, *copies) if isinstance(a, torch.Tensor)}
    return sum(t.untyped_storage().nbytes() // 8 for p, t in saved.items() if p not in own)


def row(program: Program, n: int) -> list[str]:
    """Name, numbers kept, and these over the size of the state: ours, everything stored, PyTorch."""
    state = program.state(n)
    ours, twice = kept(program, n), kept(program, 2 * n)
    with store_all():
        everything = kept(program, n)
    torch = kept_by_torch(program, n)
    order = f"{math.log2(twice / ours):.1f}" if ours else "-"
    share = [f"{x / state:.2f}" if x is not None else "refused" for x in (ours, everything, torch)]
    return [program.name, str(n), str(state), str(ours), order, *share]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=16)
    options = parser.parse_args()
    head = ["program", "n", "state", "kept", "order", "kept / state", "stored / state", "torch / state"]
    table = [head, *(row(p, options.size) for p in PROGRAMS)]
    widths = [max(len(r[k]) for r in table) for k in range(len(head))]
    for r in table:
        print("  ".join(c.ljust(w) if k == 0 else c.rjust(w) for k, (c, w) in enumerate(zip(r, widths))))


if __name__ == "__main__":
    main()
