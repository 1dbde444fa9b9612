"""Array loops over slices whose bounds show at run time alone: within the array, negative, beyond its end,
empty, and of lengths that can be broadcast or not.  Truth is the function itself under NumPy."""

from __future__ import annotations

import inspect
import itertools
import random

import numpy as np
import pytest

import sourcead as ad
from sourcead.compiler import compile_grad, compile_primal
from sourcead.frontend.equal import with_equal_lengths
from sourcead.frontend.trees import tree_of
from sourcead.options import Options
from sourcead.specialised import compiling

N = 5


def product(x, y, a, i, j, k):
    return np.sum(x[i:j] * y[k:])


def sum_of_three(x, y, a, i, j, k):
    return np.sum((x[:i] + y[j:]) * a[0, k:] + 0.5 * x[:i])


def one_row_along_another(x, y, a, i, j, k):
    z = a[i:, j:] * x[k:]
    return np.sum(z * z)


def assigned(x, y, a, i, j, k):
    x = x * 1.0
    x[i:j] = 2.0 * y[k:]
    return np.sum(x * x)


def added(x, y, a, i, j, k):
    x = x * y
    x[i:j] += y[k:] * y[k:]
    return np.sum(x * x)


def added_from_itself(x, y, a, i, j, k):
    x = x * y
    x[i:j] -= 0.5 * x[k:]
    return np.sum(x * x)


def number_into(x, y, a, i, j, k):
    x = x * y
    x[i:j] *= 2.0
    x[j:] = y[0]
    x[:k] += y[1]
    return np.sum(x * x)


def dots(x, y, a, i, j, k):
    return x[:i] @ y[:j] + np.dot(a[k, i:], x[i:]) + a[:i, 2] @ y[:i]


def matrix_and_vector(x, y, a, i, j, k):
    z = a[:i, j:] @ x[j:]
    return np.sum(z * z) + np.sum(y[:k] @ a[:k])


def of_a_slice(x, y, a, i, j, k):
    z = x[i:][:j]
    return np.sum(z[k:] * z[k:]) + np.sum(z[::-1] * z)


def steps(x, y, a, i, j, k):
    return np.sum(x[i:j:2] ** 2) + np.sum(y[i:][::3] * 2.0) + np.sum(x[:k:3] * x[:k:3])


def backward(x, y, a, i, j, k):
    x = x * y
    x[i:j] += x[i:j][::-1] * y[0]
    x[:k][::-1] *= y[:k]
    return np.sum(x * y)


def blocks(x, y, a, i, j, k):
    a = a * 1.0
    a[i:, j:] *= 3.0
    a[:k, i:j] += a[:k, i:j] * 2.0
    a[i, j:] = x[j:] * y[j:]
    return np.sum(a * a)


def columns(x, y, a, i, j, k):
    a = a * 1.0
    for p in range(len(x)):
        a[i:p, p] += x[i:p] * a[p, i:p]
        a[p, :j] -= y[p] * a[p, :j]
    return np.sum(a * a)


def ends_that_move(x, y, a, i, j, k):
    s = 0.0
    for p in range(-7, 8):
        z = x[p:] * x[p:]
        s += np.sum(z) * np.sum(y[:p]) + np.sum(x[p - 2 : p])
    return s


def made_as_long(x, y, a, i, j, k):
    z = np.zeros(len(x[i:]) + 4)
    z[: len(y[j:])] += y[j:] if len(y[j:]) <= 4 else 0.0
    return np.sum(z * z) + len(x[k:])


def averages(x, y, a, i, j, k):
    s = 0.0
    if len(x[i:j]) > 0:
        s += np.mean(x[i:j] * y[i:j])
    return s + np.sum(np.sum(a[:k, i:], axis=0) ** 2) + np.sum(np.sum(a[j:] * x, axis=1) ** 2)


def swept(x, y, a, i, j, k):
    x = x * 1.0
    for p in range(len(x)):
        x[p] = (y[p] - a[p, i:p] @ x[i:p]) / (2.0 + a[p, p])
        x[p:j] += x[p] * y[p:j]
    return np.sum(x * x)


FUNCTIONS = [
    product,
    sum_of_three,
    one_row_along_another,
    assigned,
    added,
    added_from_itself,
    number_into,
    dots,
    matrix_and_vector,
    of_a_slice,
    steps,
    backward,
    blocks,
    columns,
    ends_that_move,
    made_as_long,
    averages,
    swept,
]


def bounds(name, count):
    """Bounds inside, at the ends, and outside; integers that index an axis stay within it."""
    every = list(itertools.product((-7, -5, -4, -2, -1, 0, 1, 2, 4, 5, 6, 9), repeat=3))
    picked = random.Random(name).sample(every, count)
    if name in ("dots",):
        picked = [(i, j, k % N) for i, j, k in picked]
    if name in ("blocks",):
        picked = [(i % N, j, k) for i, j, k in picked]
    return [(0, 5, 0), (0, 1, 4), (4, 5, 0), *picked]


def arguments(n=N):
    rng = np.random.default_rng(7)
    return rng.random(n), rng.random(n), rng.random((n, n))


def outcome(run):
    """What a call gives, or the error that it ends with."""
    try:
        with np.errstate(all="ignore"):
            return run()
    except (ValueError, IndexError) as e:
        return type(e)


def agree(got, want):
    if isinstance(want, type) or isinstance(got, type):
        assert got is want
        return
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-11, atol=1e-13)


def compiled(f, equal, backend, grad):
    values = [*arguments(), 0, 0, 0]
    trees = [(n, tree_of(v)) for n, v in zip(inspect.signature(f).parameters, values)]
    if equal:
        trees = with_equal_lengths(trees, values)
    with compiling():
        if not grad:
            return compile_primal(f, trees, options=Options(backend))
        return compile_grad(f, trees, (0, 1, 2), False, True, options=Options(backend))


@pytest.mark.parametrize("equal", [False, True], ids=["lengths", "equal"])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_text_says_what_the_function_says(f, equal):
    entry = compiled(f, equal, "loops", False).entry
    x, y, a = arguments()
    for ends in bounds(f.__name__, 60):
        want = outcome(lambda e=ends: [f(x.copy(), y.copy(), a.copy(), *e)])
        agree(outcome(lambda e=ends: [entry(x.copy(), y.copy(), a.copy(), *e)]), want)


def flat(value_and_grads):
    return [value_and_grads[0], *value_and_grads[1]]


@pytest.mark.parametrize("equal", [False, True], ids=["lengths", "equal"])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients(f, equal):
    entry = compiled(f, equal, "loops", True).entry
    truth = ad.value_and_grad(f, (0, 1, 2))
    x, y, a = arguments()
    for ends in bounds(f.__name__, 30):
        want = outcome(lambda e=ends: flat(truth(x.copy(), y.copy(), a.copy(), *e)))
        agree(outcome(lambda e=ends: flat(entry(x.copy(), y.copy(), a.copy(), *e))), want)


@pytest.mark.parametrize("f", [assigned, sum_of_three, blocks, backward, swept], ids=lambda f: f.__name__)
def test_gradients_under_numba(f):
    pytest.importorskip("numba")
    entry = compiled(f, True, "numba", True).entry
    truth = ad.value_and_grad(f, (0, 1, 2))
    x, y, a = arguments()
    for ends in bounds(f.__name__, 40):
        want = outcome(lambda e=ends: flat(truth(x.copy(), y.copy(), a.copy(), *e)))
        agree(outcome(lambda e=ends: flat(entry(x.copy(), y.copy(), a.copy(), *e))), want)


def test_the_mean_of_a_slice_beyond_the_end_is_nan_under_numba():
    pytest.importorskip("numba")

    def f(x, k):
        return np.mean(x[k:] * 2.0)

    slope = ad.value_and_grad(f, backend="numba")
    assert np.isnan(slope(np.ones(3), 7)[0])
    assert slope(np.ones(3), 1)[0] == 2.0


def test_no_slice_is_left():
    for f in (product, assigned, added, blocks, backward):
        for equal in (False, True):
            lines = compiled(f, equal, "loops", True).text.splitlines()
            code = [s.partition("#")[0] for s in lines]
            assert not any(":" in s[s.find("[") : s.rfind("]")] for s in code if "[" in s and "for " not in s)
