"""The tapes are as short as they are said to be, and what is measured is right."""

import numpy as np
import pytest

import sourcead as ad
from sourcead.testing import check_grads

from . import memory

#: numbers kept for a size n: nothing for what is linear, one for each write that hides what is read
KEPT = {
    "seidel": lambda n: 0,
    "burgers": lambda n: memory.STEPS * (n - 2),
    "cholesky": lambda n: n,
    "lu": lambda n: 0,
    "gram_schmidt": lambda n: n * n + n * (n - 1) // 2 + 2 * n,
    "heat": lambda n: 0,
    "leapfrog": lambda n: 0,
    "pendulums": lambda n: memory.STEPS * (n - 2),
    "rnn": lambda n: 0,
}


@pytest.mark.parametrize("program", memory.PROGRAMS, ids=lambda p: p.name)
def test_gradients_are_right(program):
    check_grads(program.function, program.make(4, np.random.default_rng(1)), order=1)


@pytest.mark.parametrize("program", [p for p in memory.PROGRAMS if p.name in KEPT], ids=lambda p: p.name)
@pytest.mark.parametrize("n", [4, 7])
def test_what_is_kept(program, n):
    assert memory.kept(program, n) == KEPT[program.name](n)


@pytest.mark.parametrize("program", memory.PROGRAMS, ids=lambda p: p.name)
def test_storing_everything_is_dearer_and_gives_the_same_bits(program):
    args = program.make(5, np.random.default_rng(2))
    wrt = tuple(k for k, a in enumerate(args) if isinstance(a, np.ndarray))
    lean = ad.grad(program.function, wrt)(*args)
    with memory.store_all():
        full = ad.grad(program.function, wrt)(*args)
        stored = memory.kept(program, 5)
    assert memory.kept(program, 5) <= stored
    for a, b in zip(lean, full, strict=True):
        assert np.array_equal(a, b)
