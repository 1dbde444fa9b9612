"""Tapes as arrays: the gradients are those of lists, and which tapes stay lists."""

from __future__ import annotations

import numpy as np
import pytest

import sourcead as ad
from sourcead.compiler import compile_grad
from sourcead.frontend.trees import tree_of
from sourcead.options import Options
from sourcead.specialised import compiling

X = np.linspace(0.3, 1.1, 5)


def scalar(x, n):
    y = x[0]
    for i in range(n):
        y = np.sin(y) * y + x[1]
    return y


def rows(x, n):
    y = x * 1.0
    for i in range(n):
        y = np.sin(y) * y[0] + x
    return (y * y).sum()


def nested(x, n):
    y = x * 1.0
    for i in range(2, n):
        for j in range(3):
            y = np.sin(y) * y + x
    return y.sum()


def steps(x, n):
    y = x * 1.0
    for i in range(1, n, 2):
        y = np.sin(y) * y + i * x
    for i in range(n, 0, -3):
        y = np.cos(y) * y + i * x
    for i in range(n - 2, -1, -1):
        y = np.sin(y * i) * y
    return y.sum()


def windows(x, n):
    y = x * 1.0
    for i in range(n):
        y[1:-1] = np.sin(y[:-2]) * y[2:] * y[1:-1]
    return y.sum()


def edges(x, n):
    y = x * 1.0
    for i in range(n):
        if i == 0:
            y = y * 2.0
        else:
            y = np.sin(y) * y
        if i < n - 1:
            y = y * np.cos(y)
    return y.sum()


def decided(x, n):
    y, s = x * 1.0, x[0]
    for i in range(n):
        if s > 0.5:
            y, s = np.sin(y) * y, s * s
        else:
            s = np.exp(s) * y[1]
    return y.sum() * s


def triangle(x, n):
    y = x[0]
    for i in range(n):
        for j in range(i):
            y = np.sin(y) * y + x[j % 5]
    return y


def growing(x, n):
    s = 0.0
    for i in range(1, min(n, 5)):
        y = x[:i] * s
        s += (np.sin(y) * y).sum() + x[i] * x[i]
    return s


def left_early(x, n):
    y = x[0]
    for i in range(n):
        y = np.sin(y) * y + x[1]
        if y > 1.2:
            break
    return y


def while_small(x, n):
    y = x * 1.0
    while y.sum() < n:
        y = y * y + x
    return y.sum()


def decisions(x, n):
    y, last = x * 1.0, 0
    for i in range(n):
        k = int(y[last] * 10.0) % 5
        y[k] = np.sin(y[k]) * y[last] if y[k] > y[last] else y[k] * x[k]
        last = k
    return y.sum()


def of_states(x, n):
    y = np.zeros((3, 5))
    y[0] = x
    for i in range(n):
        for k in range(0, len(y) - 1, 2):
            y[k + 1] = np.sin(y[k]) * y[k + 1] + x
            y[k] = y[k + 1] * y[k]
    return y.sum()


ALL = [scalar, rows, nested, steps, windows, edges, decided, triangle, growing, left_early, while_small]
ALL += [decisions, of_states]


def text_of(f, backend="loops"):
    with compiling():
        trees = [("x", tree_of(X)), ("n", tree_of(4))]
        return compile_grad(f, trees, (0,), False, True, options=Options(backend))


@pytest.mark.parametrize("n", [0, 1, 2, 6, -3])
@pytest.mark.parametrize("f", ALL)
def test_gradients_are_those_of_lists(f, n):
    want, bars = ad.value_and_grad(f)(X, n)
    value, (x_bar,) = text_of(f).entry(X, n)
    np.testing.assert_allclose(value, want, rtol=1e-13)
    np.testing.assert_allclose(x_bar, bars, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("f", ALL)
def test_gradients_under_numba(f):
    pytest.importorskip("numba")
    want, jitted = ad.value_and_grad(f), ad.value_and_grad(f, backend="numba")
    for n in (0, 1, 6, -3):
        for a, b in zip(jitted(X, n), want(X, n), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("f", [rows, nested, edges])
def test_second_derivatives_and_pullbacks(f):
    pytest.importorskip("numba")
    v = np.cos(X)
    got, want = (ad.jvp(ad.grad(f, backend=b), backend=b)((X, 3), (v, None))[1] for b in ("numba", "numpy"))
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-13)
    got, want = (ad.vjp(f, backend=b)(X, 3)[1](1.5)[0] for b in ("numba", "numpy"))
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("f", [scalar, rows, nested, steps, windows, edges, of_states])
def test_no_list_is_left_where_the_loops_say_how_much_there_is(f):
    text = text_of(f).text
    assert ("_tape" in text or "kept" in text) and "append" not in text and ".pop()" not in text


@pytest.mark.parametrize("f", [triangle, growing, left_early, while_small])
def test_a_tape_stays_a_list_where_they_do_not(f):
    assert ".pop()" in text_of(f).text


def test_arrays_that_a_branch_may_keep_stay_in_a_list():
    """Room for one a trip could be far more than what is kept."""
    text = text_of(decided).text
    assert ".pop()" in text and "s_tape[i] = " in text
