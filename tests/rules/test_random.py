"""Draws of random numbers: happen once, in order, and differentiate through the parameters of their
family."""

import numpy as np
import pytest

import sourcead as ad

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
