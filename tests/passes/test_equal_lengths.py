"""Where array statements become loops, one compilation is for arguments whose lengths are equal as in the
call that made it, and another one serves the rest."""

from __future__ import annotations

import numpy as np

import sourcead as ad
from sourcead.options import Options


def solve(L, b):
    x = np.empty(len(L))
    for i in range(len(L)):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x * x)


def looped(f, argnums=0):
    made = ad.grad(f, argnums)
    made.options = Options("loops")
    return made


def lower_triangle(n, m):
    return np.tril(np.random.default_rng(n).random((n, m))) + 2.0 * np.eye(n, m)


def test_equal_lengths_need_no_bounds():
    slope = looped(solve, (0, 1))
    L, b = lower_triangle(5, 5), np.ones(5)
    for got, want in zip(slope(L, b), ad.grad(solve, (0, 1))(L, b), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-15)
    assert "min(" not in slope.source


def test_other_lengths_get_another_compilation_and_are_right():
    slope = looped(solve, (0, 1))
    slope(lower_triangle(4, 4), np.ones(4))
    for n, m, k in ((4, 7, 4), (5, 5, 5), (3, 6, 8), (4, 4, 4), (6, 6, 9)):
        L, b = lower_triangle(n, m), np.ones(k)
        for got, want in zip(slope(L, b), ad.grad(solve, (0, 1))(L, b), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-15)


def scaled(data, x):
    return np.sum(data["w"] @ x) * data["k"] + np.sum(data["b"])


def test_what_is_equal_by_chance_later_needs_no_compilation():
    slope = looped(scaled, 1)
    seen = set()
    for n, m, k in ((2, 3, 4), (3, 3, 4), (2, 5, 5), (4, 4, 4), (6, 7, 6)):
        x = np.arange(float(m))
        data = {"w": np.ones((n, m)), "k": 2.0, "b": np.ones(k)}
        np.testing.assert_allclose(slope(data, x), np.full(m, 2.0 * n))
        seen.add(id(slope._last))
    assert len(seen) == 1


def test_a_length_that_is_equal_no_more_is_given_up_for_good():
    slope = looped(scaled, 1)
    seen = []
    for n, m, k in ((3, 3, 3), (2, 3, 2), (3, 3, 3), (5, 4, 5), (5, 4, 6), (2, 2, 2)):
        data = {"w": np.ones((n, m)), "k": 2.0, "b": np.ones(k)}
        np.testing.assert_allclose(slope(data, np.ones(m)), np.full(m, 2.0 * n))
        seen.append(id(slope._last))
    assert len(set(seen)) == 3
