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


# -- what a program asks of lengths -------------------------------------------------------------------------


def staggered(u, w):
    c = 0.5 * (w[1:] + w[:-1])
    return np.sum(u * c * c)


def first_three(x):
    return np.sum(x[:3] * np.array([1.0, 2.0, 3.0])) ** 2


def same_as_numpy(slope, f, *args):
    got, want = slope(*args), ad.grad(f, tuple(range(len(args))))(*args)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-13, atol=1e-15)


def test_axes_that_are_longer_by_one_need_no_choice_of_index():
    slope = looped(staggered, (0, 1))
    for n in (5, 3):
        same_as_numpy(slope, staggered, np.arange(1.0, n + 1), np.sin(np.arange(n + 1)))
    assert "select" not in slope.source and "fits_length" not in slope.source
    assert "same_length(" in slope.source and "at_least" not in slope.source
    first = slope._last
    same_as_numpy(slope, staggered, np.arange(4.0), np.array([0.3, 0.7]))  # broadcast
    assert slope._last is not first
    general = slope._last
    same_as_numpy(slope, staggered, np.arange(4.0), np.arange(5.0))
    assert slope._last is general


def test_slices_that_are_inside_of_the_axis():
    slope = looped(first_three, (0,))
    same_as_numpy(slope, first_three, np.arange(7.0))
    assert "min(" not in slope.source
    same_as_numpy(slope, first_three, np.arange(3.0))
    with np.testing.assert_raises(ValueError):
        slope(np.arange(2.0))


def test_a_text_for_some_lengths_refuses_others():
    slope = looped(staggered, (0, 1))
    text = slope.specialise(np.ones(4), np.ones(5))
    text(np.ones(6), np.ones(7))
    with np.testing.assert_raises(ValueError):
        text(np.ones(6), np.ones(6))
    short = looped(first_three).specialise(np.ones(5))
    with np.testing.assert_raises(ValueError):
        short(np.ones(2))


def test_both_halves_of_a_pullback_know_lengths():
    made = ad.vjp(staggered)
    made.options = Options("loops")
    u, w = np.arange(4.0), np.cos(np.arange(5.0))
    value, back = made(u, w)
    np.testing.assert_allclose(value, staggered(u, w))
    for got, want in zip(back(1.0), ad.grad(staggered, (0, 1))(u, w), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13)
