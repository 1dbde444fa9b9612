"""How it reads."""

from __future__ import annotations

import numpy as np
import scipy.optimize
from scipy.integrate import quad

import sourcead as ad
from sourcead import grad, jvp


def cube_root(s, c):
    def residual(x):
        return x**3 + s * x - c

    return scipy.optimize.brentq(residual, 0.0, 2.0)


GRADIENT = """\
import scipy.optimize


def residual(x, s, c):
    return x**3 + s * x - c


def cube_root_grad(s, c):
    # forward
    solution = scipy.optimize.brentq(residual, 0.0, 2.0, args=(s, c))
    # reverse: return scipy.optimize.brentq(residual, 0.0, 2.0)
    c_bar = safe_divide(1.0, 3.0 * solution**2 + s)
    return float(-(c_bar * solution)), float(c_bar)
"""


def test_gradient_of_a_root():
    g = grad(cube_root, argnums=(0, 1))
    g(0.7, 1.3)
    assert g.source == GRADIENT


INTEGRAL = """\
import numpy as np
import scipy.integrate


def integrand_bar(x, k):
    return float(-(np.exp(-k * x) * x))


def laplace_grad(k):
    # reverse: return quad(lambda t: np.exp(-k * t), 0, np.inf)[0]
    k_bar = scipy.integrate.quad(integrand_bar, 0, np.inf, args=(k,))[0]
    return float(k_bar)
"""


def laplace(k):
    return quad(lambda t: np.exp(-k * t), 0, np.inf)[0]


def test_gradient_of_an_integral():
    g = grad(laplace)
    assert abs(g(2.0) + 0.25) < 1e-10
    assert g.source == INTEGRAL


def test_names_of_callbacks_and_variables_differ():
    def f(s):
        residual = s * 2
        return residual * scipy.optimize.brentq(lambda t: t**3 - residual, 0, 3)

    g = grad(f)
    g(0.5)
    assert "def residual2(t, residual):" in g.source


def test_equal_callbacks_are_one():
    def f(s):
        a = scipy.optimize.bisect(lambda t: t**3 - s, 0, 3)
        return a * scipy.optimize.ridder(lambda t: t**3 - s, 0, 3)

    g = grad(f)
    g(0.5)
    assert g.source.count("def residual") == 1


def test_code_after_each_stage_is_the_same_in_each_run():
    g = jvp(cube_root)
    g((0.7, 1.3), (1.0, 0.0))
    assert "0x" not in g.ssa
    assert "functions=(@residual)" in g.ssa


def test_cost_names_the_solver():
    g = grad(lambda s, c: cube_root(s, c) * s)
    g(0.7, 1.3)
    assert "operations_of_brentq" in str(g.cost)


def test_saved(tmp_path):
    g = ad.value_and_grad(cube_root, argnums=(0, 1))
    want = g(0.7, 1.3)
    g.save(tmp_path / "made.py")
    scope: dict = {}
    exec((tmp_path / "made.py").read_text(), scope)
    assert scope["cube_root_value_and_grad"](0.7, 1.3) == want
