"""What `try`, calls and checkpoints cost, and writes to parts of complex memory."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

import sourcead as ad
from sourcead.backend.buffers import place

from .counting import run_counting
from .test_cost import formula, made, same


def test_a_try_is_its_body_and_a_handler_at_most():
    def f(x, n):
        for i in range(n):
            try:
                x = math.log(x) * x * x
            except ValueError:
                x = x * x
        return x

    cost, *_ = made(f, (0.9, 5))
    assert cost.upper and same(cost.primal_operations, formula("4*n", cost))


def test_a_callee_costs_what_its_sizes_at_each_call_make_it_cost():
    def f(x, y):
        g = ad.checkpoint(lambda v: np.sum(np.sin(v[1:]) * v[1:]))
        return g(x) * g(y) * g(x[:3])

    for mode in ("grad", "jvp"):
        cost, compiled, *_ = made(f, (np.ones(7), np.ones(4)), (0, 1), mode)
        assert cost.sizes == {"x_0": "len(x)", "y_0": "len(y)"}
        want = "3*Max(x_0 - 1, 0) + 3*Max(y_0 - 1, 0) + 3*Max(Min(x_0, 3) - 1, 0) + 2"
        assert same(cost.primal_operations, formula(want, cost))
        for n, m in ((2, 6), (5, 3), (4, 4)):
            args = [np.ones(n), np.ones(m)] * (2 if mode == "jvp" else 1)
            done, _ = run_counting(place(compiled.ir[0]), args)
            assert done == cost(x_0=n, y_0=m).operations


@pytest.mark.parametrize("literal", [True, False])
def test_a_checkpointed_loop_keeps_as_many_states_as_it_has_slots(literal):
    slots = 3

    def fixed(x, n):
        for _ in ad.checkpoint(range(n), slots=3):
            x = x + np.sin(x) * x
        return np.sum(x)

    def f(x, n):
        for _ in ad.checkpoint(range(n), slots=slots):
            x = x + np.sin(x) * x
        return np.sum(x)

    cost, *_ = made(fixed if literal else f, (np.ones(5), 9))
    many = "3" if literal else "slots"
    assert cost.upper and same(cost.parts["x_saved"], formula(f"8*{many}*x_0", cost))
    assert same(cost.parts["saved_at"], formula(f"8*{many}", cost))
    assert not cost.tape.has(sp.Symbol("n", integer=True, nonnegative=True)), cost


def test_parts_of_complex_memory_are_as_long_as_what_is_written():
    def f(x):
        z = x + 1j * x
        z.imag[1:3] += x[:2] * x[:2]
        return np.sum(z.imag)

    cost, *_ = made(f, (np.ones(5),))
    assert cost(x_0=7).primal_operations == 3 * 7 + 2 * 2
