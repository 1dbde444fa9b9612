"""Writes to globals, closures and other memory outside of the function happen once, as the function makes
them."""

import concurrent.futures
import functools

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors
from sourcead.ir.interpret import run as interpreted
from sourcead.ir.verify import verify
from sourcead.rules.registry import resolve

from .effects_programs import PROGRAMS

BUFFER = np.zeros(3)
TAIL = BUFFER[1:]
SEEN = []
CONFIG = {"rate": 2.0}
PAIR = (2.0, 3.0)
count = 0


class Counter:
    rate = 2.0

    def __init__(self, t):
        self.t = t

    @property
    def twice(self):
        return self.t * 2.0

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def advance(self, x):
        self.t += x
        return self.t * x


@pytest.fixture(autouse=True)
def fresh():
    reset()


def reset():
    global count
    BUFFER[:] = 0.0
    SEEN.clear()
    count = 0


def same(a, b):
    assert type(a) is type(b), f"{a!r} is a {type(a).__name__}, {b!r} a {type(b).__name__}"
    if isinstance(a, tuple | list):
        assert len(a) == len(b)
        for p, q in zip(a, b):
            same(p, q)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for k in a:
            same(a[k], b[k])
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b


def one_like(x):
    return np.ones_like(x) if isinstance(x, np.ndarray) else 1.0


def run_jvp(f, x):
    return ad.jvp(f, (x,), (one_like(x),))[0]


def run_vjp(f, x):
    value, pullback = ad.vjp(f, x)
    first = pullback(1.0)[0]
    same(first, pullback(1.0)[0])
    return value


MODES = {
    "grad": lambda f: ad.grad(f),
    "value_and_grad": lambda f: lambda x, g=ad.value_and_grad(f): g(x)[0],
    "jvp": lambda f: lambda x: run_jvp(f, x),
    "vjp": lambda f: lambda x: run_vjp(f, x),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", PROGRAMS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("times", [1, 3])
def test_memory_outside_is_left_as_the_function_leaves_it(make, mode, times):
    f, x, look = make()
    values = [f(x) for _ in range(times)]
    want = look()
    f, x, look = make()
    run = MODES[mode](f)
    got = [run(x) for _ in range(times)]
    same(look(), want)
    if mode != "grad":
        assert got == values


def difference(make, dx, h=1e-5):
    out = []
    for s in (h, -h):
        f, x, _ = make()
        out.append(f(x + s * dx))
    return (out[0] - out[1]) / (2 * h)


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda m: m.__name__)
def test_derivatives_through_memory_outside(make):
    x = make()[1]
    for dx in [1.0] if isinstance(x, float) else np.eye(len(x)):
        want = pytest.approx(difference(make, dx), rel=1e-6, abs=1e-8)
        f, x, _ = make()
        assert np.sum(ad.grad(f)(x) * dx) == want
        f, x, _ = make()
        assert np.sum(ad.vjp(f, x)[1](1.0)[0] * dx) == want
        f, x, _ = make()
        assert ad.jvp(f, (x,), (dx,))[1] == want


# -- exceptions ------------------------------------------------------------------------------------


def raises_midway(x):
    global count
    for k in range(3):
        count += 1
        BUFFER[k] = x
        SEEN.append(1.0 / (k - x))
    return x


@pytest.mark.parametrize("mode", MODES)
def test_what_was_written_before_an_exception_stays(mode):
    with pytest.raises(ZeroDivisionError):
        raises_midway(1.0)
    want = BUFFER.copy(), list(SEEN), count
    reset()
    with pytest.raises(ZeroDivisionError):
        MODES[mode](raises_midway)(1.0)
    same((BUFFER.copy(), list(SEEN), count), want)


def test_a_write_that_fails_raises_as_it_does():
    def outside(x):
        BUFFER[1] = x
        BUFFER[7] = x
        return x

    for mode in MODES.values():
        with pytest.raises(IndexError, match="index 7 is out of bounds"):
            mode(outside)(2.0)
        assert BUFFER[1] == 2.0
    locked = np.zeros(2)
    locked.flags.writeable = False

    def f(x):
        locked[0] = x
        return x

    with pytest.raises(ValueError, match="read-only"):
        ad.grad(f)(1.0)


# -- more than one derivative ----------------------------------------------------------------------


def quartic(x):  # (1 + x x) x x
    global count
    count += 1
    BUFFER[0] = 1.0 + x * x
    SEEN.append(x)
    return BUFFER[0] * x * x


SECOND = {
    "grad of grad": lambda: ad.grad(ad.grad(quartic)),
    "jvp of grad": lambda: lambda x: ad.jvp(ad.grad(quartic), (x,), (1.0,))[1],
    "grad of jvp": lambda: ad.grad(lambda x: ad.jvp(quartic, (x,), (1.0,))[1]),
    "grad of vjp": lambda: ad.grad(lambda x: ad.vjp(quartic, x)[1](1.0)[0]),
}


@pytest.mark.parametrize("name", SECOND)
def test_effects_of_second_derivatives_happen_once(name):
    assert SECOND[name]()(2.0) == pytest.approx(50.0)
    assert (count, BUFFER[0], SEEN) == (1, 5.0, [2.0])


def test_what_an_inner_derivative_writes_is_read_after_it():
    def f(x):
        y, pullback = ad.vjp(quartic, x)
        return pullback(1.0)[0] * BUFFER[0] + ad.grad(quartic)(x) * len(SEEN) + y

    value, gradient = ad.value_and_grad(f)(2.0)
    assert (count, BUFFER[0], SEEN) == (2, 5.0, [2.0, 2.0])
    # (2 x + 4 x^3) (1 + x^2) + 2 (2 x + 4 x^3) + x^2 + x^4
    assert value == pytest.approx(36.0 * 5.0 + 72.0 + 20.0)
    assert gradient == pytest.approx(50.0 * 5.0 + 36.0 * 4.0 + 100.0 + 36.0)


# -- what is shared, and what has changed ----------------------------------------------------------


def writes_to_the_buffer(x):
    BUFFER[1] = x[0] * 2.0
    return np.sum(x) * BUFFER[1]


def test_an_argument_that_is_the_memory_outside_is_refused_at_the_call():
    d = ad.grad(writes_to_the_buffer)
    np.testing.assert_allclose(d(np.array([1.0, 2.0])), [8.0, 2.0])
    with pytest.raises(errors.Unsupported, match="share memory"):
        d(BUFFER)
    with pytest.raises(errors.Unsupported, match="share memory"):
        ad.grad(lambda x: writes_to_the_buffer(x) * TAIL[0])(np.ones(2))


def test_a_container_that_is_an_argument_and_outside_is_refused_at_the_call():
    def f(p):
        CONFIG["rate"] = p["rate"] * 2.0
        return CONFIG["rate"] * p["rate"]

    d = ad.grad(f)
    assert d({"rate": 3.0}) == {"rate": 12.0}
    with pytest.raises(errors.Unsupported, match="leads to 'CONFIG'"):
        d(CONFIG)
    CONFIG["rate"] = 2.0


def test_objects_in_arguments_are_not_written_to():
    counter = Counter(1.0)
    with pytest.raises(errors.Unsupported, match="that is an argument"):
        ad.grad(lambda x, c: c.advance(x))(2.0, counter)
    assert counter.t == 1.0


def test_objects_that_compare_equal_are_two():
    a, b = Counter(1.0), Counter(5.0)
    assert (ad.grad(a.advance)(2.0), ad.grad(b.advance)(2.0)) == (5.0, 9.0)
    assert (a.t, b.t) == (3.0, 7.0)
    d = ad.grad(lambda c, x: c.t * x, 1)
    assert (d(a, 1.0), d(b, 1.0)) == (3.0, 7.0)


def test_containers_bound_anew_are_read_anew(monkeypatch):
    d = ad.grad(lambda x: x * CONFIG["rate"] * PAIR[0])
    assert d(1.0) == 4.0
    monkeypatch.setitem(globals(), "CONFIG", {"rate": 3.0})
    monkeypatch.setitem(globals(), "PAIR", (5.0, 1.0))
    assert d(1.0) == 15.0
    CONFIG["rate"] = 7.0
    assert d(1.0) == 35.0


def test_attributes_are_looked_up_at_each_call():
    c = Counter(1.0)
    d = ad.grad(lambda x: x * c.rate * c.twice)
    assert d(1.0) == 4.0
    c.t = 2.0
    assert d(1.0) == 8.0
    c.rate = 5.0
    assert d(1.0) == 20.0
    del c.rate
    assert d(1.0) == 8.0


def test_bound_arguments_of_a_partial_live_outside():
    w, box = np.zeros(2), {"n": 0.0}

    def f(w, box, x):
        w[0] += x
        box["n"] = box["n"] + w[0]
        return box["n"] * x

    d = ad.value_and_grad(functools.partial(f, w, box))
    assert d(3.0) == (9.0, 6.0)  # (n + w + x) x
    assert d(3.0) == (27.0, 12.0)
    assert w[0] == 6.0 and box == {"n": 9.0}


def test_what_is_stored_is_not_what_the_derivative_works_on():
    kept = {}

    def f(x):
        y = np.exp(x)
        kept["y"] = y
        return y * y

    x = np.array([0.5, 1.0])
    value, pullback = ad.vjp(f, x)
    want = pullback(np.ones(2))[0]
    np.testing.assert_array_equal(kept["y"], np.exp(x))
    kept["y"][:] = 0.0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], want)
    value[:] = 0.0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], want)


def test_calls_of_one_derivative_in_threads():
    box = {"x": 0.0}

    def f(x):
        box["x"] = x
        BUFFER[0] = x
        return BUFFER[0] * box["x"]

    d = ad.grad(f)
    d(1.0)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(d, [float(k) for k in range(200)]))
    assert got == [2.0 * k for k in range(200)]


def test_the_text_writes_where_the_function_writes():
    d = ad.grad(writes_to_the_buffer)
    d(np.ones(2))
    lines = [line.strip() for line in d.source.splitlines()]
    assert "buffer_copy = BUFFER.copy()" in lines
    assert sum(line.startswith("BUFFER[1] = ") for line in lines) == 1


def test_a_function_that_assigns_what_it_reads_outside_is_not_saved(tmp_path):
    def f(x):
        global count
        count += 1
        return x * count

    d = ad.grad(f)
    d(1.0)
    with pytest.raises(errors.Unsupported, match="reads and assigns outside"):
        d.save(tmp_path / "f.py")


# -- the same in the three-address code ------------------------------------------------------------


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda m: m.__name__)
def test_the_interpreter_makes_the_same_writes(make):
    f, x, look = make()
    value = f(x)
    want = look()
    f, x, look = make()
    bound = [f.__self__] if hasattr(f, "__self__") else []
    d = ad.grad(f)
    d.specialise(x)
    low = d._last.lowered
    verify(low.function)
    leaves = [*bound, x, *(free.read() for free in low.frees if free.value is not None)]
    assert interpreted(low.function, leaves, resolve)[0] == value
    same(look(), want)
