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


# -- derivatives -------------------------------------------------------------------------------------


def plain(items, slots=None):
    """What `checkpoint` means."""
    return items


def heat(checkpoint):
    def loss(u, r, steps):
        for _ in checkpoint(range(steps), slots=3):
            flux = r * np.diff(u)
            u = u.copy()
            u[1:-1] += np.diff(flux)
        return np.sum(u * u)

    return loss, (U, 0.2, 17)


def in_place(checkpoint):
    def loss(u, r, steps):
        u = u.copy()
        for t in checkpoint(range(2, 2 + 3 * steps, 3), slots=steps // 5):
            u[1:-1] += r * np.sin(u[2:]) * u[:-2] + 0.001 * t
        return np.sum(u * u)

    return loss, (U, 0.3, 16)


def rows_of_a_matrix(checkpoint):
    def loss(u, forcing, steps):
        energy = 0.0
        for t in checkpoint(range(steps), slots=2):
            u = u + 0.1 * np.sin(u) * forcing[t]
            energy += u @ u
        return energy + np.sum(u)

    return loss, (U, np.arange(60.0).reshape(12, 5) / 50, 11)


def numbers_and_counts(checkpoint):
    def loss(x, y, steps):
        count = 0
        for t in checkpoint(range(steps, 0, -1), slots=2):
            if x * y > 0.3:
                x = x * 0.9 - 0.01 * t
                count += 1
            else:
                x, y = y + 0.5, x * x
        return x * y * count

    return loss, (0.8, 1.1, 13)


def left_early(checkpoint):
    def loss(x, y, steps):
        for t in checkpoint(range(steps), slots=3):
            if x < 0.05:
                return x * y * t
            x = x - 0.1 * x * y
        return x

    return loss, (0.9, 1.3, 100)


def nested(checkpoint):
    def loss(x, y, steps):
        for i in checkpoint(range(steps), slots=2):
            z = x
            for j in checkpoint(range(i + 2), slots=2):
                z = z + 0.1 * np.sin(z * y) * j
            x = 0.5 * (x + z)
        return x

    return loss, (0.4, 0.8, 7)


def inside_a_loop(checkpoint):
    def loss(u, y, steps):
        total = 0.0
        for k in range(3):
            for t in checkpoint(range(steps), slots=2):
                u = np.tanh(u * y + 0.1 * t)
            total += np.sum(u) * k
        return total

    return loss, (U, 0.8, 6)


def two_arrays_swapped(checkpoint):
    def loss(a, r, steps):
        a, b = a.copy(), np.zeros_like(a)
        for _ in checkpoint(range(steps), slots=3):
            b[1:-1] = a[1:-1] + r * (a[2:] - 2.0 * a[1:-1] + a[:-2]) * a[1:-1]
            a, b = b, a
        return np.sum(a * a)

    return loss, (U, 0.1, 9)


def over_an_array(checkpoint):
    def loss(xs, y, n):
        s = 1.0
        for k, x in checkpoint(enumerate(xs), slots=2):
            s = s * np.cos(x * y) + 0.1 * k * s * s
        return s * n

    return loss, (U, 0.4, 2)


def read_and_overwritten_afterwards(checkpoint):
    def loss(a, x, steps):
        a = a * 1.0
        for k in range(3):
            for _ in checkpoint(range(steps), slots=2):
                x = x * 0.9 + 0.1 * a[k] * x * x * np.sum(a)
            a[k] = x
            a[1:] *= x
        return np.sum(a) * x

    return loss, (U, 0.4, 5)


def lists_and_dicts(checkpoint):
    def loss(a, x, steps):
        p, d, xs = [x, 2.0 * x], {"q": a * x}, [x]
        for t in checkpoint(range(steps), slots=2):
            p[0] = p[0] * p[1] + 0.1
            p[1] = np.sin(p[0])
            d["q"][1] = d["q"][1] * p[1]
            xs.append(xs[t] * 0.9 + 0.1 * np.sin(d["q"][1]))
        return p[0] + np.sum(d["q"]) * xs[-1]

    return loss, (U, 0.4, 6)


def views_of_a_matrix(checkpoint):
    def loss(a, x, steps):
        m = np.zeros((steps + 1, 5))
        m[0] = a
        for t in checkpoint(range(steps), slots=2):
            row = m[t + 1]
            row[:] = np.sin(m[t]) * x
            row[0] += 1.0
        return np.sum(m[-1] * m[1])

    return loss, (U, 0.4, 5)


def the_largest_so_far(checkpoint):
    def loss(a, x, steps):
        best, where = -1e9, 0
        for t in checkpoint(range(steps), slots=2):
            if t == 4:
                continue
            x = np.sin(3.0 * x) * a[t % 5]
            if x > best:
                best, where = x, t
            assert x == x, "nan"
        return best * (where + 1) + x

    return loss, (U, 0.4, 8)


LOOPS = [
    heat, in_place, rows_of_a_matrix, numbers_and_counts, left_early, nested, inside_a_loop,
    two_arrays_swapped, over_an_array, read_and_overwritten_afterwards, lists_and_dicts,
    views_of_a_matrix, the_largest_so_far,
]  # fmt: skip


def bits(one, other) -> None:
    one, other = (v if isinstance(v, tuple) else (v,) for v in (one, other))
    assert len(one) == len(other)
    for a, b in zip(one, other):
        assert type(a) is type(b)
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("make", LOOPS, ids=lambda m: m.__name__)
def test_derivatives_of_loops_are_those_without_it(make):
    f, args = make(checkpoint)
    g, _ = make(plain)
    assert f(*args) == g(*args)
    bits(ad.grad(f, (0, 1))(*args), ad.grad(g, (0, 1))(*args))
    (v, one), (w, other) = (ad.value_and_grad(h, (0, 1))(*args) for h in (f, g))
    assert v == w == f(*args)
    bits(one, other)
    _, pullback = ad.vjp(f, *args)
    _, expected = ad.vjp(g, *args)
    for seed in (1.0, -0.5):  # the saved states outlive a call of the pullback
        bits(pullback(seed)[:2], expected(seed)[:2])
    dots = (np.ones_like(args[0]) if np.ndim(args[0]) else 1.0, 0.5 * np.ones_like(args[1])[()], 0)
    bits(ad.jvp(f, args, dots), ad.jvp(g, args, dots))
    hvps = [ad.jvp(ad.grad(h, (0, 1)), args, dots)[1] for h in (f, g)]
    for a, b in zip(*hvps):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("make", LOOPS, ids=lambda m: m.__name__)
def test_reverse_over_reverse(make):
    def second(h):
        return ad.grad(lambda x: np.sum(np.cos(ad.grad(h)(x, *args[1:]))))

    f, args = make(checkpoint)
    g, _ = make(plain)
    np.testing.assert_allclose(second(f)(args[0]), second(g)(args[0]), rtol=1e-11, atol=1e-13)


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


def test_a_state_that_is_bound_in_the_first_step():
    def f(x):
        for t in checkpoint(range(6), slots=2):
            if t == 0:
                z = x * x
            else:
                z = z * np.sin(x)
            x = x * 0.9 + z * 0.1
        return x * z

    ad.check_grads(f, (0.4,))


@ad.custom_jvp
def square(x):
    return x * x


@square.defjvp
def square_jvp(primals, tangents):
    return square(primals[0]), 3.0 * primals[0] * tangents[0]  # said to be 3 x: nobody but the rule knows


def test_a_derivative_of_the_users_in_a_step():
    def f(x, items):
        for _ in items:
            x = square(x) * 0.5
        return x

    def under(x, n):
        return f(x, checkpoint(range(n), slots=2))

    assert ad.grad(lambda x: under(x, 5))(0.9) == ad.grad(lambda x: f(x, range(5)))(0.9)


def test_inner_derivatives():
    def f(x, y, checkpoint):
        def g(x):
            for _ in checkpoint(range(6), slots=2):
                x = np.sin(x) * x * y + 0.3
            return x

        z, z_dot = ad.jvp(g, (x,), (1.0,))
        _, pullback = ad.vjp(g, x)
        return z * z_dot + pullback(2.0)[0] * pullback(z)[0] + ad.grad(g)(x)

    one, other = (ad.grad(lambda x, y, c=c: f(x, y, c), (0, 1))(1.2, 0.9) for c in (checkpoint, plain))
    np.testing.assert_allclose(one, other, rtol=1e-12)


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


# -- functions ---------------------------------------------------------------------------------------


def layers(checkpoint):
    @checkpoint
    def layer(x, w, k):
        return np.tanh(w[k] * x) + x

    def loss(x, w):
        for k in range(len(w)):
            x = layer(x, w, k)
        return np.sum(x * layer(x, w, 0))

    return loss, (U, np.array([0.3, -0.2, 0.7]))


def functions_inside(checkpoint):
    def loss(x, y):
        @checkpoint
        def inner(a):
            return np.sin(a) * y

        @checkpoint
        def outer(a, b):
            c = inner(a)
            return inner(c * b) + c

        return np.sum(outer(outer(x, y), y))

    return loss, (U, 0.7)


def writes_to_its_argument(checkpoint):
    def fill(a, s):
        a[1:3] = a[1:3] * s
        return np.sum(a) * s

    def loss(y, s):
        y = y * 1.0
        total = checkpoint(fill)(y, s)
        total += checkpoint(fill)(y[1:], total)
        return total * y[2] + np.sum(y)

    return loss, (U, 0.7)


def writes_through_a_closure(checkpoint):
    def loss(x, y):
        sums = np.zeros(2)

        def add(s, k=1):
            sums[k] += np.sum(s)
            return s * y

        z = checkpoint(add)(checkpoint(add)(x), k=0)
        return np.sum(z) * sums[0] + sums[1] ** 2

    return loss, (U, 0.7)


def containers(checkpoint):
    def parts(p, scale=1.0):
        return {"a": p[0] * scale, "b": (p[1], np.sum(p[0]))}

    def loss(x, y):
        out = checkpoint(parts)((x, y), scale=y)
        return np.sum(out["a"]) * out["b"][0] + out["b"][1]

    return loss, (U, 0.7)


def branches(checkpoint):
    @checkpoint
    def g(x):
        if x > 0.5:
            return x * x
        return np.sin(x)

    def loss(x, y):
        s = 0.0
        for i in range(6):
            s = s + g(x * i) if i % 2 else s * g(s) + x * y
        return s

    return loss, (0.4, 0.3)


def given_twice(checkpoint):
    def loss(x, y):
        return checkpoint(lambda a, b: np.sum(a * b * a))(x, x) * y

    return loss, (U, 0.3)


FUNCTIONS = [
    layers, functions_inside, writes_to_its_argument, writes_through_a_closure, containers, branches,
    given_twice,
]  # fmt: skip


@pytest.mark.parametrize("make", FUNCTIONS, ids=lambda m: m.__name__)
def test_derivatives_of_functions_are_those_without_it(make):
    f, args = make(checkpoint)
    g, _ = make(lambda h: h)
    assert f(*args) == g(*args)
    (v, one), (w, other) = (ad.value_and_grad(h, (0, 1))(*args) for h in (f, g))
    assert v == w
    for a, b in zip(one, other):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    _, pullback = ad.vjp(f, *args)
    for _ in range(2):
        for a, b in zip(pullback(1.0), other):
            np.testing.assert_allclose(a, b, rtol=1e-13)
    ad.check_grads(f, args)
    second = [ad.grad(lambda x, h=h: np.sum(np.cos(ad.grad(h)(x, *args[1:])))) for h in (f, g)]
    np.testing.assert_allclose(second[0](args[0]), second[1](args[0]), rtol=1e-11, atol=1e-13)


def test_a_function_is_run_again_and_nothing_of_it_is_kept():
    f, args = layers(checkpoint)
    derivative = ad.vjp(f)
    derivative(*args)
    forward, back = derivative.source.split("def loss_pullback")
    assert "np.tanh" in back, "the layers are not run again"
    assert forward.count("np.tanh") == 1, "the forward sweep does more than to call the layer"


class Model:
    def __init__(self, w):
        self.w = w

    @checkpoint
    def layer(self, x):
        return np.tanh(self.w * x)


def test_a_method():
    def loss(w, x):
        m = Model(w)
        return np.sum(m.layer(m.layer(x)))

    assert loss(0.3, U) == np.sum(np.tanh(0.3 * np.tanh(0.3 * U)))
    ad.check_grads(loss, (0.3, U))


@checkpoint
def power(x, n):
    return x * power(x, n - 1) if n > 0 else x


def test_a_function_that_calls_itself():
    assert ad.grad(power)(0.9, 9) == pytest.approx(10 * 0.9**9, rel=1e-14)
    assert ad.grad(power)(0.9, 30) == pytest.approx(31 * 0.9**30, rel=1e-14)


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
