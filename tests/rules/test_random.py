"""Draws of random numbers: happen once, in order, and differentiate through the parameters of their
family."""

import numpy as np
import pytest

import sourcead as ad
from sourcead.errors import Unsupported

FAMILIES = ["normal", "laplace", "logistic", "gumbel", "uniform", "exponential"]


def draw(name):
    """A function that draws with its own parameters (source text differs by family, so it is made as
    text)."""
    calls = {"exponential": "rng.exponential(b, n)"}
    call = calls.get(name, f"rng.{name}(a, b, size=n)")
    text = (
        f"def f(a, b, n):\n    rng = np.random.default_rng(5)\n    z = {call}\n    return np.sum(z * z) * a\n"
    )
    import linecache

    file = f"<draw of {name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = {"np": np}
    exec(compile(text, file, "exec"), space)
    return space["f"]


@pytest.mark.parametrize("name", FAMILIES)
def test_through_the_parameters(name):
    f = draw(name)
    value, gradient = ad.value_and_grad(f, (0, 1))(0.4, 1.7, 6)
    assert value == f(0.4, 1.7, 6)
    ad.check_grads(lambda a, b: f(a, b, 6), (0.4, 1.7), order=2)
    assert all(type(g) is float for g in gradient)


def test_a_draw_happens_once():
    twin = np.random.default_rng(0)

    def f(x, seed):
        g = np.random.default_rng(seed)
        s = x * 0.0
        for _ in range(3):
            s = s + g.normal() * x
        return s * s

    expected = sum(twin.normal() for _ in range(3))
    value, slope = ad.value_and_grad(f)(1.5, 0)
    assert np.isclose(value, (expected * 1.5) ** 2) and np.isclose(slope, 2 * expected**2 * 1.5)


SCALES = """
lognormal(a, b, 5)
exponential(b, 5)
rayleigh(b, size=5)
weibull(a + 1.0, 5)
power(a + 1.0, 5)
pareto(a + 2.0, 5)
gamma(2.5, b, 5)
uniform(a, b + 1.0, (2, 3))
multivariate_normal(np.array([a, b]), np.eye(2), 3)
standard_exponential(5) * a + b
standard_gamma(2.0, 3) * a + b
poisson(3.0, 4) * a + b
binomial(5, 0.4, size=4) * a + b
"""
OWNERS = ["np.random.default_rng(3)", "np.random.RandomState(3)", "np.random"]


def made(call, owner):
    import linecache

    seed = "    np.random.seed(3)\n" if owner == "np.random" else ""
    text = f"def f(a, b):\n{seed}    return {owner}.{call}\n"
    file = f"<{owner}.{call}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = {"np": np}
    exec(compile(text, file, "exec"), space)
    return space["f"]


@pytest.mark.parametrize("call", SCALES.split("\n")[1:-1])
@pytest.mark.parametrize("owner", OWNERS)
def test_families(call, owner):
    if owner == "np.random" and "multivariate" in call:
        pytest.skip("a method alone")
    f = made(call, owner)
    value = ad.jvp(f, (0.4, 1.7), (1.0, 1.0))[0]
    assert value.tobytes() == f(0.4, 1.7).tobytes()
    ad.check_grads(f, (0.4, 1.7), order=2)


@pytest.mark.parametrize(
    "call",
    [
        "poisson(a, 3) * b",
        "binomial(4, a, 3) * b",
        "gamma(a, 2.0, 3)",
        "beta(a, b)",
        "standard_gamma(a)",
        "multivariate_normal(np.ones(2), np.eye(2) * a)",
    ],
)
@pytest.mark.parametrize("owner", OWNERS[:2])
def test_what_has_no_derivative_is_refused(call, owner):
    f = made(call, owner)
    for way in (lambda: ad.jvp(f, (0.4, 0.7), (1.0, 0.0)), lambda: ad.vjp(f, 0.4, 0.7)):
        with pytest.raises(Unsupported):
            way()


def test_indices_are_drawn_once():
    def f(x):
        np.random.seed(2)
        np.random.shuffle(x)
        kept = x[np.random.choice(5, 3, replace=False)]
        return kept * np.random.randn(3) + x[np.random.permutation(5)][:3] * np.random.rand()

    x = np.arange(1.0, 6.0)
    assert np.array_equal(ad.jvp(f, (x,), (x,))[0], f(x.copy()))
    ad.check_grads(f, (x,), order=2)
