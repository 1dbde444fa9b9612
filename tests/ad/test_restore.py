"""Restoring what was overwritten: right numbers with few tapes, and a program for each of its safety rules
that comes out wrong without the rule."""

import math

import numpy as np
import pytest

import sourcead as ad
from sourcead.ad import plan, states
from sourcead.analysis import affine, overlap
from sourcead.testing import check_grads, store_all

X = np.array([0.7, 1.1, -0.4, 0.9])


def read_before_a_write(x):
    y = x * 1.0
    s = 0.0
    for i in range(len(y)):
        s += y[i] * y[i]
        y[i] = 0.5
    return s + y[0]


def whole_array_before_a_write(x):
    y = x * 1.0
    p = np.outer(y, y)
    y[0] = 3.0
    return np.sum(p * x) + y @ y


def destroyed_on_a_later_trip(x):
    y = x * 1.0
    s = 0.0
    for i in range(len(y) - 2):
        s += y[i + 1] * y[i + 2]
        y[i] = 0.5
    for i in range(len(y)):
        y[i] = 1.0
    return s


def destroyed_on_a_later_trip_down(x):
    y = x * 1.0
    s = 0.0
    for i in range(len(y) - 3, -1, -1):
        s += y[i] * y[i + 1]
        y[i + 2] = 0.5
    return s


def last_by_two_names(x):
    y = x * 1.0
    s = 0.5
    for i in range(len(y)):
        s += y[-1] * y[-2]
        y[i] = 0.1 * s
    return s


def condition_on_what_is_overwritten(x):
    y = x * 1.0
    for i in range(1, len(y) - 1):
        if y[i] > 0.5:
            y[i] = y[i] * y[i - 1] * y[i + 1]
        else:
            y[i] = 0.5 * y[i] * y[i + 1] * y[i - 1]
    return y @ y


def own_index_overwritten(x):
    k = np.array([1, 2, 0, 3])
    s = 0.0
    for i in range(3):
        s += x[k[i]] * x[k[i]] + x[i] * s
        k[k[0]] = i
        x[k[1]] = s * x[k[2]]
    return s * x[0]


def output_read_back(x):
    y = x * 1.0
    for i in range(len(y)):
        y[i] = math.tanh(y[i]) if i > 9 else np.tanh(y[i])
        y[(i + 1) % 4] = y[(i + 1) % 4] + y[i] * y[i]
    return np.prod(y)


def output_read_back_and_destroyed(x):
    y = x * 1.0
    s = 0.0
    for i in range(len(y)):
        y[i] = np.exp(y[i] * 0.5)
        s += y[i]
        y[i] = 0.0
    return s * s


def swapped_beside_a_while(x):
    a, b = x.copy(), np.ones(4)
    for _ in range(3):
        b[1] = b[1] * a[0]
        a, b = b, a
    j = 0
    while a[0] > -0.4 and j < 4:
        a[0] = 0.4 * a[0] - 0.1 * x[2]
        j += 1
        a[1] += a[0] * a[0]
    return np.sum(a * b)


def whole_array_before_a_nest(x):
    s = np.outer(x, x)
    y = x * 1.0
    p = np.outer(y, y)
    y[:] = 0.5
    for _ in range(len(x)):
        for _ in range(len(y)):
            y[0] = 0.5
    return np.sum(s * p)


def indices_followed(x):
    k, n = np.array([0, 1, 1, 0]), 0
    for _ in range(4):
        x[n] = x[k[n]] * x[1]
        n = k[n]
    return np.sum(x * x)


def mask_of_what_it_overwrites(x):
    if x[0] > 0.0:
        low = x < 0.8
        x[low] = 0.5
    else:
        x[x > 0.3] = 0.2
    return x @ x


def whole_array_before_a_checkpointed_loop(x):
    y = x * 1.0
    p = np.outer(y, y)
    s = 0.0
    for t in ad.checkpoint(range(4), slots=2):
        y[t] = 0.5
        s = s + x[t] * t
    return np.sum(p * x) + s


def cholesky(a):
    n = a.shape[0]
    for j in range(n):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = np.sqrt(a[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    return a[n - 1, n - 1] + a[1, 0]


PROGRAMS = [
    read_before_a_write,
    whole_array_before_a_write,
    destroyed_on_a_later_trip,
    destroyed_on_a_later_trip_down,
    last_by_two_names,
    condition_on_what_is_overwritten,
    own_index_overwritten,
    output_read_back,
    output_read_back_and_destroyed,
    swapped_beside_a_while,
    whole_array_before_a_nest,
    indices_followed,
    mask_of_what_it_overwrites,
    whole_array_before_a_checkpointed_loop,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_gradients(f):
    check_grads(f, (X,), order=2)
    with store_all():
        full = ad.grad(f)(X)
    np.testing.assert_allclose(ad.grad(f)(X), full, rtol=1e-14)


def test_cholesky_reads_its_quotients_where_they_were_stored():
    a = np.eye(4) * 4.0 + 0.3
    check_grads(cholesky, (a,), order=1)
    text = ad.grad(cholesky)
    text(a)
    assert "_tape" not in text.source


# -- the rules, taken away one at a time ---------------------------------------------------------------------
def always(answer):
    return lambda *a, **k: answer


def any_index_is_from_the_start(self, v, dim, names, facts):
    return affine.affine(v, names)


def upwards_only(loop):
    return 1


MUTANTS = {
    "no write hides anything": (states.States, "_hides", always(False), read_before_a_write),
    "nothing follows in the same trip": (states.States, "follows", always(False), whole_array_before_a_write),
    "later trips do not count": (
        overlap.Overlap,
        "after",
        lambda self, load, store, common, same_trip: same_trip and self.meet(load, store, common, common),
        destroyed_on_a_later_trip,
    ),
    "negative indices count from the start": (
        overlap.Overlap,
        "place",
        any_index_is_from_the_start,
        last_by_two_names,
    ),
    "every loop goes up": (overlap, "_direction", upwards_only, destroyed_on_a_later_trip_down),
    "every state is at hand": (plan.Planner, "at_hand", always(True), condition_on_what_is_overwritten),
    "everything can be proved": (affine.Facts, "nonnegative", always(True), read_before_a_write),
    "what is stored is not overwritten": (
        states.States,
        "hiding",
        always([]),
        output_read_back_and_destroyed,
    ),
}


def outcome(f):
    """The gradient, or the error on the way to it."""
    try:
        return ad.grad(f)(X)
    except Exception as e:  # a mutant may break anything
        return e


@pytest.mark.parametrize("name", MUTANTS)
def test_each_rule_is_needed(name, monkeypatch):
    owner, attribute, mutant, f = MUTANTS[name]
    want = ad.grad(f)(X)
    monkeypatch.setattr(owner, attribute, mutant)
    got = outcome(f)
    assert isinstance(got, Exception) or not np.allclose(got, want, rtol=1e-9), "the program does not show it"
