"""Writes to globals, closures and other memory outside of the function happen once, as the function makes
them."""

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors

from .effects_programs import PROGRAMS


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
