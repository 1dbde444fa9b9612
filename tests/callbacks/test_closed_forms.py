"""Derivatives against formulas, where differences would only see how exactly the library solves."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
from scipy.integrate import odeint, quad, solve_ivp
from scipy.optimize import brentq, curve_fit, fsolve, least_squares, minimize

from sourcead import grad, jvp, vjp
from sourcead.testing import check_grads


def test_square_root_to_third_order():
    def root(s):
        return brentq(lambda x: x * x - s, 0.0, 10.0, xtol=1e-15)

    s = 2.3
    first, second = grad(root), grad(grad(root))
    assert first(s) == pytest.approx(0.5 * s**-0.5, rel=1e-12)
    assert second(s) == pytest.approx(-0.25 * s**-1.5, rel=1e-12)
    assert grad(grad(grad(root)))(s) == pytest.approx(0.375 * s**-2.5, rel=1e-11)
    assert jvp(grad(root), (s,), (2.0,))[1] == pytest.approx(-0.5 * s**-1.5, rel=1e-12)


def test_linear_system_is_solve():
    def by_fsolve(M, b, w):
        return w @ fsolve(lambda x: M @ x - b, np.zeros(3), xtol=1e-14)

    def by_solve(M, b, w):
        return w @ np.linalg.solve(M, b)

    rng = np.random.default_rng(3)
    args = rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3), rng.normal(size=3)
    for a, b in zip(grad(by_fsolve, argnums=(0, 1, 2))(*args), grad(by_solve, argnums=(0, 1, 2))(*args)):
        np.testing.assert_allclose(a, b, rtol=1e-10)


def test_minimiser_of_a_quadratic():
    """x = Q^-1 b: the derivative is that of a linear system, the minimum is -b Q^-1 b / 2."""

    def minimiser(Q, b, w):
        return (
            w @ minimize(lambda x: 0.5 * x @ Q @ x - b @ x, np.zeros(2), jac=lambda x: Q @ x - b, tol=1e-12).x
        )

    def minimum(b):
        return minimize(lambda x: 0.5 * x @ Q @ x - b @ x, np.zeros(2)).fun

    Q, b, w = np.array([[2.0, 0.5], [0.5, 1.5]]), np.array([1.0, -2.0]), np.array([0.3, 0.7])
    got_b = grad(minimiser, argnums=1)(Q, b, w)
    np.testing.assert_allclose(got_b, np.linalg.solve(Q, w), rtol=1e-8)
    got_Q = grad(minimiser)(Q, b, w)
    z = np.outer(np.linalg.solve(Q, w), np.linalg.solve(Q, b))
    np.testing.assert_allclose(got_Q, -0.5 * (z + z.T), rtol=1e-6)  # only the symmetric part of Q matters
    np.testing.assert_allclose(grad(minimum)(b), -np.linalg.solve(Q, b), rtol=1e-6)
    second = np.array([jvp(grad(minimum), (b,), (e,))[1] for e in np.eye(2)])
    np.testing.assert_allclose(second, -np.linalg.inv(Q), rtol=1e-8)


def test_least_squares_of_a_line():
    t = np.array([0.0, 1.0, 2.0, 4.0])
    design = np.stack([np.ones(4), t], axis=1)
    pseudo = np.linalg.pinv(design)

    def by_least_squares(y):
        return least_squares(lambda q: q[0] + q[1] * t - y, [0.0, 0.0]).x

    def by_curve_fit(y):
        return curve_fit(lambda t, a, b: a + b * t, t, y)[0]

    y = np.array([1.0, 2.5, 2.0, 5.0])
    for f in (by_least_squares, by_curve_fit):
        got = np.stack([vjp(f, y)[1](w)[0] for w in np.eye(2)])
        np.testing.assert_allclose(got, pseudo, atol=1e-12)
        np.testing.assert_allclose(jvp(f, (y,), (y * 1.0,))[1], pseudo @ y, atol=1e-10)


def test_cost_of_least_squares():
    t = np.array([0.0, 1.0, 2.0, 4.0])

    def cost(y):
        return least_squares(lambda q: q[0] + q[1] * t - y, [0.0, 0.0]).cost

    y = np.array([1.0, 2.5, 2.0, 5.0])
    design = np.stack([np.ones(4), t], axis=1)
    np.testing.assert_allclose(grad(cost)(y), y - design @ np.linalg.pinv(design) @ y, atol=1e-10)


def test_gamma_integral():
    def gaussian(k):
        return quad(lambda x: np.exp(-k * x * x), -np.inf, np.inf)[0]

    k = 1.7
    assert grad(gaussian)(k) == pytest.approx(-0.5 * np.pi**0.5 * k**-1.5, rel=1e-8)
    assert grad(grad(gaussian))(k) == pytest.approx(0.75 * np.pi**0.5 * k**-2.5, rel=1e-8)


def test_limits_of_an_integral():
    def between(a, b):
        return quad(np.sin, a, b)[0]

    da, db = grad(between, argnums=(0, 1))(0.3, 1.9)
    assert (da, db) == pytest.approx((-np.sin(0.3), np.sin(1.9)), rel=1e-15)
    assert grad(grad(between, argnums=1), argnums=1)(0.3, 1.9) == pytest.approx(np.cos(1.9), rel=1e-12)


def test_limit_inside_of_the_integrand_too():
    """d/ds of the integral of sin(s x) from 0 to s is sin(s^2) + (s^2 sin(s^2) + cos(s^2) - 1) / s^2."""

    def f(s):
        return quad(lambda x: np.sin(s * x), 0, s)[0]

    s = 1.3
    q = s * s
    assert grad(f)(s) == pytest.approx(np.sin(q) + (q * np.sin(q) + np.cos(q) - 1) / q, rel=1e-10)


@pytest.mark.parametrize("method", ["RK45", "RK23", "DOP853", "Radau", "BDF", "LSODA"])
def test_logistic_growth(method):
    """u = 1 / (1 + (1/u0 - 1) exp(-k t)): derivatives by rate, start and end, as exact as the solution."""

    def grown(k, u0, end):
        sol = solve_ivp(lambda t, u: k * u * (1 - u), (0.0, end), [u0], method=method, rtol=1e-8, atol=1e-10)
        return sol.y[0, -1]

    k, u0, end = 0.9, 0.2, 2.0
    e = np.exp(-k * end)
    u = 1 / (1 + (1 / u0 - 1) * e)
    want = u * u * (1 / u0 - 1) * end * e, u * u * e / u0**2, k * u * (1 - u)
    np.testing.assert_allclose(grad(grown, argnums=(0, 1, 2))(k, u0, end), want, rtol=1e-5)


def test_scale_of_parameters_does_not_matter():
    """No tolerance of an integrator meets the derivative: y = exp(-k t / s) with k and s huge."""

    def f(k, s):
        return solve_ivp(lambda t, u: -k / s * u, (0.0, 1.0), [1.0], rtol=1e-9, atol=1e-12).y[0, -1]

    k, s = 3e12, 2e12
    want = -np.exp(-k / s) / s, k / s**2 * np.exp(-k / s)
    np.testing.assert_allclose(grad(f, argnums=(0, 1))(k, s), want, rtol=1e-7)


def test_stiff_decay_of_a_fast_part():
    """y0' = -1e4 (y0 - k cos t): soon y0 is k cos t, to a part in ten thousand."""

    def f(k):
        sol = solve_ivp(lambda t, u: -1e4 * (u - k * np.cos(t)), (0.0, 1.0), [0.0], method="Radau", rtol=1e-8)
        return sol.y[0, -1]

    assert grad(f)(2.0) == pytest.approx(f(2.0) / 2.0, rel=1e-6)


def test_pullback_is_the_transpose_of_the_pushforward():
    """Exactly, not only to the tolerance of the integrator."""

    def f(k, y0):
        return odeint(lambda u, t: [u[1], -k * np.sin(u[0])], y0, np.array([0.0, 0.7, 2.0]), rtol=1e-4)

    k, y0 = 1.3, np.array([1.0, 0.2])
    rng = np.random.default_rng(0)
    y_bar, k_dot, y0_dot = rng.normal(size=(3, 2)), 0.7, rng.normal(size=2)
    y_dot = jvp(f, (k, y0), (k_dot, y0_dot))[1]
    k_bar, y0_bar = vjp(f, k, y0)[1](y_bar)
    assert np.sum(y_bar * y_dot) == pytest.approx(k_bar * k_dot + y0_bar @ y0_dot, rel=1e-12)


def test_second_order_through_the_solution():
    """y = y0 exp(-k): d2/dk2 = y, d2/dk dy0 = -exp(-k)."""

    def f(k, y0):
        return solve_ivp(lambda t, u: -k * u, (0.0, 1.0), [y0], rtol=1e-10, atol=1e-12).y[0, -1]

    k, y0 = 0.7, 1.4
    by_k = grad(f)
    assert grad(by_k)(k, y0) == pytest.approx(y0 * np.exp(-k), rel=1e-8)
    assert grad(by_k, argnums=1)(k, y0) == pytest.approx(-np.exp(-k), rel=1e-8)


def test_times_asked_for():
    def f(ts):
        return np.sum(solve_ivp(lambda t, u: -u, (0.0, 3.0), [1.0], t_eval=ts, rtol=1e-10, atol=1e-12).y)

    ts = np.array([0.3, 1.0, 2.9])
    np.testing.assert_allclose(grad(f)(ts), -np.exp(-ts), rtol=1e-8)


def test_complex_parameters_of_a_real_residual():
    def f(z):
        return brentq(lambda x: x**3 + x * abs(z) ** 2 - 1.0, 0.0, 2.0, xtol=1e-15)

    check_grads(f, (0.6 + 0.3j,), order=1)


def test_single_precision_goes_through():
    def f(s):
        return brentq(lambda x: x**3 - s[0], 0.0, 2.0)

    out = grad(f)(np.array([1.3], dtype=np.float32))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, [1.3 ** (-2 / 3) / 3], rtol=1e-6)


def test_primal_is_called_once(monkeypatch):
    calls = []
    true = scipy.optimize.brentq

    def f(s):
        return scipy.optimize.brentq(lambda x: x**3 - s, 0.0, 2.0) ** 2

    g = grad(f)
    g(1.1)
    monkeypatch.setattr(scipy.optimize, "brentq", lambda *a, **k: calls.append(1) or true(*a, **k))
    g(1.3)
    assert len(calls) == 1


def test_second_derivatives_by_times():
    """y = y0 exp(-k (T - t0)): all second derivatives by k, T and t0."""

    def f(p):
        return solve_ivp(lambda t, u: -p[0] * u, (p[2], p[1]), [1.0], rtol=1e-10, atol=1e-12).y[0, -1]

    k, T, t0 = 0.7, 1.4, 0.2
    d = T - t0
    y = np.exp(-k * d)
    want = (
        np.array([[d * d, k * d - 1, 1 - k * d], [k * d - 1, k * k, -k * k], [1 - k * d, -k * k, k * k]]) * y
    )
    p = np.array([k, T, t0])
    got = np.stack([jvp(grad(f), (p,), (e,))[1] for e in np.eye(3)])
    np.testing.assert_allclose(got, want, rtol=1e-6)
