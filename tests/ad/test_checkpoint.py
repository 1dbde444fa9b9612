"""`checkpoint`: the schedule is optimal, little is kept, and derivatives are those without it."""

from __future__ import annotations

import functools
import importlib.util
import math
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

import sourcead as ad
from sourcead import checkpoint, errors
from sourcead.runtime import next_snapshot

U = np.array([0.7, -1.2, 1.9, 0.4, 0.3])


# -- the schedule ------------------------------------------------------------------------------------


def play(steps: int, slots: int) -> tuple[int, int]:
    """The loops of generated code with a counter for a step: how often one ran, and the most states that
    were saved at one time."""
    ran = most = save = 0
    saved_at: list[int] = []
    for t in range(steps):
        if t == save:
            saved_at.append(t)
            save = next_snapshot(t, steps, slots - len(saved_at))
        ran += 1
        most = max(most, len(saved_at))
    for t in reversed(range(steps)):
        begin = save = saved_at.pop()
        for s in range(begin, t):
            if s == save:
                saved_at.append(s)
                save = next_snapshot(s, t + 1, slots - len(saved_at))
            ran += 1
            most = max(most, len(saved_at))
        assert begin <= t and not (saved_at and saved_at[-1] >= t)
    assert not saved_at
    return ran, most


def optimum(steps: int, slots: int) -> int:
    """Griewank and Walther's closed form for the steps run to reverse `steps` with `slots` states, and one
    more: the last step, which the value needs."""
    r = 0
    while math.comb(slots + r, slots) < steps:
        r += 1
    return r * steps - math.comb(slots + r, slots + 1) + 1 if steps else 0


@functools.cache
def by_search(steps: int, slots: int) -> int:
    """The same from the definition: the best place for the next state, over all places."""
    if steps <= 1 or slots == 1:
        return steps * (steps - 1) // 2
    return min(m + by_search(steps - m, slots - 1) + by_search(m, slots) for m in range(1, steps))


@pytest.mark.parametrize("slots", range(1, 9))
def test_the_schedule_runs_the_fewest_steps(slots):
    for steps in range(1, 90):
        ran, most = play(steps, slots)
        assert ran == optimum(steps, slots) == by_search(steps, slots) + 1, (steps, slots)
        assert most <= slots + 1, (
            steps,
            slots,
        )  # the slots, and the state that the reverse sweep starts from


@pytest.mark.parametrize("steps, slots", [(1000, 3), (1000, 10), (10_000, 20), (10_000, 200), (5000, 5001)])
def test_the_schedule_of_many_steps(steps, slots):
    ran, most = play(steps, slots)
    assert ran == optimum(steps, slots) and most <= slots + 1


def test_no_slot_at_all():
    with pytest.raises(ValueError, match="at least one slot"):
        next_snapshot(0, 5, -1)


# -- generated code ----------------------------------------------------------------------------------


def sines(u, steps, slots):
    for _ in checkpoint(range(steps), slots=slots):
        u = np.sin(u)
    return np.sum(u)


def saved(derivative, path):
    """The module that a derivative saves itself as."""
    derivative.save(path)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("steps, slots", [(1, 1), (7, 1), (30, 3), (100, 6), (50, 80)])
def test_generated_code_runs_the_fewest_steps(steps, slots, tmp_path):
    """`u = sin(u)` calls sin once where a step is run, and cos once where one is reversed."""
    derivative = ad.grad(sines)
    want = derivative(U, steps, slots)
    module = saved(derivative, tmp_path / "sines_saved.py")
    calls = {"sin": 0, "cos": 0}

    def counted(name):
        def call(x):
            calls[name] += 1
            return getattr(np, name)(x)

        return call

    module.np = SimpleNamespace(**{**vars(np), "sin": counted("sin"), "cos": counted("cos")})
    np.testing.assert_array_equal(module.sines_grad(U, steps, slots), want)
    assert calls == {"sin": optimum(steps, slots), "cos": steps}


def test_what_no_adjoint_reads_is_not_saved():
    """The state is what the adjoint of a step needs: nothing where a step is linear, and of two carried
    arrays the one that is not."""

    def linear(u, steps):
        for _ in checkpoint(range(steps), slots=3):
            u = 0.5 * u[::-1]
        return np.sum(u)

    def one_of_two(u, v, steps):
        for _ in checkpoint(range(steps), slots=3):
            u = np.sin(u)
            v = 0.9 * v + u
        return np.sum(v)

    derivative = ad.grad(linear)
    np.testing.assert_allclose(derivative(U, 4), np.full(5, 0.0625))
    assert "saved" not in derivative.source
    derivative = ad.grad(one_of_two, (0, 1))
    ad.check_grads(one_of_two, (U, U, 4))
    derivative(U, U, 4)
    assert "u_saved" in derivative.source and "v_saved" not in derivative.source


def test_memory_is_that_of_the_slots():
    n, steps, slots = 20_000, 300, 5
    u = np.linspace(0.1, 1.0, n)
    derivative = ad.grad(sines)
    derivative(u[:2], 2, 1)
    tracemalloc.start()
    try:
        derivative(u, steps, slots)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (slots + 8) * u.nbytes, f"{peak / u.nbytes:.1f} states"


def test_memory_of_a_checkpointed_function_is_that_of_its_arguments():
    def deep(u):
        for _ in range(50):
            u = np.sin(u)
        return u

    def f(u):
        for _ in range(3):
            u = checkpoint(deep)(u)
        return np.sum(u)

    u = np.linspace(0.1, 1.0, 20_000)
    derivative = ad.grad(f)
    derivative(u[:2])
    tracemalloc.start()
    try:
        derivative(u)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (50 + 3 + 8) * u.nbytes, f"{peak / u.nbytes:.1f} states"


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 25])
def test_every_length_and_number_of_slots(steps):
    f = ad.grad(sines)
    want = np.ones(5)
    u = U
    for _ in range(steps):
        want = want * np.cos(u)
        u = np.sin(u)
    for slots in (1, 2, 3, steps + 1, 100):
        np.testing.assert_allclose(f(U, steps, slots), want, rtol=1e-13)


def test_fewer_slots_than_one():
    with pytest.raises(ValueError, match="at least one slot"):
        ad.grad(sines)(U, 5, 0)
    with pytest.raises(ValueError, match="at least one slot"):
        sines(U, 5, 0)


def test_plain_python():
    items = range(5)
    assert checkpoint(items) is items and checkpoint(items, slots=2) is items
    with pytest.raises(TypeError, match="for loops"):
        checkpoint(abs, slots=2)


# -- what is refused ---------------------------------------------------------------------------------


def prints(x):
    for _ in checkpoint(range(3), slots=2):
        print(x)
        x = np.sin(x)
    return x


def draws(x):
    rng = np.random.default_rng(0)
    for _ in checkpoint(range(3), slots=2):
        x = np.sin(x) * rng.normal()
    return x


def draws_in_a_function(x):
    rng = np.random.default_rng(0)
    return checkpoint(lambda y: y * y * rng.normal())(x)


def known_items(x):
    for k in checkpoint([1, 2.0, x]):
        x = np.sin(x) * k
    return x


def half_a_slot(x):
    for _ in checkpoint(range(3), slots=0.5):
        x = np.sin(x)
    return x


def within(x):
    for k, _ in enumerate(checkpoint(range(3))):
        x = np.sin(x) * k
    return x


def appends(x):
    seen = []

    def g(y):
        seen.append(y)
        return y * y

    return checkpoint(g)(x) + seen[0]


def two_names(x):
    y = np.zeros(3)

    def g(a, b):
        a[0] = x
        return np.sum(b)

    return checkpoint(g)(y, y)


@pytest.mark.parametrize(
    "f, message",
    [
        (prints, "print inside of a checkpoint"),
        (draws, "normal inside of a checkpoint"),
        (draws_in_a_function, "normal inside of a checkpoint"),
        (known_items, "known one by one"),
        (half_a_slot, "must be an integer"),
        (within, "goes around all"),
        (appends, "changes a variable, list or dict"),
        (two_names, "under two names"),
    ],
)
def test_refused(f, message):
    with pytest.raises(errors.Unsupported, match=message) as refusal:
        ad.grad(f)(0.3)
    assert refusal.value.span is not None and refusal.value.span.file == __file__


def test_effects_do_not_matter_in_forward_mode(capsys):
    value, tangent = ad.jvp(prints, (0.3,), (1.0,))
    assert capsys.readouterr().out.count("\n") == 3
    assert value == np.sin(np.sin(np.sin(0.3))) and tangent > 0.0
