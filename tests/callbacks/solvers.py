"""Functions that solve something; each entry: function, arguments, order to which differences can follow."""

from __future__ import annotations

import math

import numpy as np
import scipy.integrate
import scipy.optimize
from scipy.integrate import odeint, quad, solve_ivp
from scipy.optimize import brentq, curve_fit, fsolve, least_squares, minimize, root


# -- roots
def bracketed(s, c):
    t = s * s

    def residual(x):
        return x**3 + t * x - c

    return brentq(residual, 0.0, 2.0, xtol=1e-14) * s


def all_brackets(s):
    a = scipy.optimize.bisect(lambda t: t**3 - s, 0, 3, xtol=1e-14)
    b = scipy.optimize.ridder(lambda t: t**3 - s, 0, 3, xtol=1e-14)
    c = scipy.optimize.toms748(lambda t: t**3 - s, 0, 3, xtol=1e-14)
    d = scipy.optimize.brenth(lambda t: np.exp(t) - s, -3, 3, xtol=1e-14)
    return a + b * c - d


def newton(s):
    return scipy.optimize.newton(lambda t: t**3 - s, 1.0)


def newton_with_slope(s):
    return scipy.optimize.newton(lambda t, c: t**3 - c, 1.0, fprime=lambda t, c: 3 * t**2, args=(s,))


def newton_by_item(x):
    return np.sum(scipy.optimize.newton(lambda t: t**3 - x, np.ones(3)) ** 2)


def root_scalar(s):
    found = scipy.optimize.root_scalar(lambda t: t**3 - s, x0=1.0, fprime=lambda t: 3 * t * t)
    return found.root if found.converged else 0.0


def system_of_two(a, b):
    def system(z):
        x, y = z
        return [x**2 + y**2 - a, x - b * y]

    x, y = fsolve(system, [1.0, 1.0], xtol=1e-13)
    return x * y**2


def linear_and_cubic(M, b):
    return np.sum(fsolve(lambda x: M @ x + x**3 - b, np.zeros(3), xtol=1e-13))


def result_object(a, b):
    sol = root(lambda z, a: np.array([z[0] ** 2 + z[1] ** 2 - a, z[0] - b * z[1]]), np.ones(2), args=(a,))
    if not sol.success:
        raise ValueError(sol.message)
    return sol.x[0] * sol["x"][1] ** 2


def with_jacobian(x):
    return np.sum(root(lambda t: t**3 - x, np.ones(3), jac=lambda t: np.diag(3 * t**2)).x)


def fixed_point(s, x):
    a = scipy.optimize.fixed_point(lambda t: np.cos(t) * s, 0.7)
    return a * np.sum(scipy.optimize.fixed_point(lambda t: np.cos(t) * x, np.full(3, 0.7)))


def in_a_loop(x):
    t = 0.0
    for i in range(len(x)):
        t += brentq(lambda z: z + math.exp(z) - x[i] * (i + 1), -10, 10, xtol=1e-14)
    return t


def while_changing(s):
    k = 0
    while k < 3:
        s = brentq(lambda t: t**3 + t - s, 0, 3, xtol=1e-14) + 1.0
        k += 1
    return s


def root_in_a_root(s):
    def inner(z):
        return brentq(lambda w: w**3 + w - z * s, -5, 5, xtol=1e-14) - s

    return brentq(inner, -5, 5, xtol=1e-14)


def attempted(s):
    try:
        return brentq(lambda x: x**3 - s, 0.0, 1.0, xtol=1e-14) * s
    except ValueError:
        return -s


def captured_list(x):
    cs = []
    for i in range(len(x)):
        if x[i] > 0:
            cs.append(x[i] ** 2)

    def f(t):
        s = -1.0
        for c in cs:
            s = s + c * t
        return s

    return brentq(f, 0, 5, xtol=1e-14)


def captured_object(p):
    class Model:
        def __init__(self):
            self.k = p[0]

        def __call__(self, x):
            return x * self.k + math.log(x) - p[1]

    return brentq(Model(), 0.1, 10.0, xtol=1e-14)


def factorial(n, x):
    return x if n <= 1 else x * factorial(n - 1, x)


def recursive_callback(s):
    return brentq(lambda t: factorial(3, t) - s, 0, 3, xtol=1e-14)


def clashing_names(s):
    residual = s * 2
    return residual * brentq(lambda t: t**3 - residual, 0, 3, xtol=1e-14)


# -- minima
def two_minima(a):
    found = scipy.optimize.minimize_scalar(lambda t: (t - a) ** 2 + t**4 * a, tol=1e-12)
    return found.x * found.fun


def nearest(a, b):
    return minimize(lambda x: (x[0] - a) ** 2 + (x[1] - b * x[0]) ** 2, np.zeros(2), tol=1e-10).x[1]


def with_gradient(A, b):
    sol = minimize(
        lambda x: 0.5 * x @ A @ A.T @ x - b @ x + 0.1 * np.sum(x**4),
        np.zeros(3),
        jac=lambda x: A @ A.T @ x - b + 0.4 * x**3,
        method="BFGS",
        options={"gtol": 1e-11},
    )
    return np.sum(sol.x**2) + sol.fun


def squares(p, y):
    t = np.linspace(0, 2, 6)
    sol = least_squares(
        lambda q: q[0] * np.exp(-q[1] * t * p) - y, [1.0, 0.5], ftol=1e-15, xtol=1e-15, gtol=1e-15
    )
    return sol.x[0] * sol.x[1] + sol.cost


def decay_model(x, a, k):
    return a * np.exp(-k * x)


def fitted(x, y):
    popt, _ = curve_fit(decay_model, x, y, p0=[1.0, 0.5], ftol=1e-14, xtol=1e-14)
    return popt[0] * popt[1]


def fitted_with_weights(y, s, c):
    x = np.linspace(0, 2, 6)
    popt, _ = curve_fit(lambda x, a, k: a * np.exp(-k * x) + c, x, y, sigma=s, ftol=1e-14, xtol=1e-14)
    return popt[0] * popt[1]


# -- integrals
def integral(k, a, b):
    v, error = quad(lambda t, k: np.exp(-k * t * t) * np.sin(t), a, b, args=(k,))
    if error > 1.0:
        raise ValueError("no integral")
    return v * k


def to_infinity(c):
    return quad(lambda x: math.exp(-c[0] * x) * (c[1] + x), 0, np.inf, epsabs=1e-12)[0]


def polynomial(c, s):
    def f(x):
        t = 0.0
        for i in range(len(c)):
            t += c[i] * x**i
        return t * s

    return quad(f, 0, s)[0]


def many_integrals(c, k):
    return np.sum(scipy.integrate.quad_vec(lambda x: np.sin(c * x) * k, 0, 1.5)[0] ** 2)


def double_integral(k):
    return quad(lambda x: quad(lambda y: np.exp(-k * x * y), 0, x)[0], 0, 1)[0]


# -- differential equations
def decay(k, y0):
    return solve_ivp(lambda t, u: -k * u, (0, 1.0), [y0], rtol=1e-10, atol=1e-12).y[0, -1]


def oscillator(k, y0, ts):
    def f(t, u, k):
        return np.array([u[1], -k * u[0] + np.sin(t)])

    sol = solve_ivp(f, (0.0, 3.0), y0, t_eval=ts, args=(k,), rtol=1e-10, atol=1e-12)
    return np.sum(sol.y**2)


def both_ends(T, t0, k):
    sol = solve_ivp(lambda t, u: -k * u * t, (t0, T), [1.0], rtol=1e-10, atol=1e-12)
    return sol.y[0, -1] * sol.t[-1]


def backward(k):
    def f(t, u):
        return k * u * (1 - u)

    sol = solve_ivp(f, (1.0, 0.0), [0.5], t_eval=[0.7, 0.2], method="DOP853", rtol=1e-11, atol=1e-11)
    return sol.y[0, -1]


def by_odeint(k, y0, ts):
    path = odeint(lambda u, t: [u[1], -k[0] * u[0] * k[1]], y0, ts, rtol=1e-11, atol=1e-11)
    return np.sum(path[:, 0] ** 2)


def robertson(k, y0):
    def f(t, y):
        r1, r2, r3 = k[0] * y[0], k[1] * y[1] * y[1], k[2] * y[1] * y[2]
        return [-r1 + r3, r1 - r2 - r3, r2]

    times = np.array([0.4, 1.0, 4.0])
    sol = solve_ivp(f, (0, 4.0), y0, method="Radau", t_eval=times, rtol=1e-7, atol=1e-10)
    return sol.y[0, 0] + sol.y[2, 2] * sol.y[0, 1]


x3 = np.array([1.0, 2.0, 3.0])
two = np.array([1.3, 0.8])
M3 = np.array([[4.1, -0.1, 0.6], [0.1, 3.5, 0.4], [1.3, 0.9, 3.3]])
times = np.linspace(0, 2, 6)
data = 2 * np.exp(-1.3 * times) + 0.05 * np.cos(9 * times)

SOLVERS = [
    (bracketed, (0.7, 1.3), 2),
    (all_brackets, (1.3,), 2),
    (newton, (1.3,), 2),
    (newton_with_slope, (1.3,), 2),
    (newton_by_item, (x3,), 2),
    (root_scalar, (1.3,), 2),
    (system_of_two, (2.0, 1.5), 2),
    (linear_and_cubic, (M3, x3), 2),
    (result_object, (2.0, 1.5), 2),
    (with_jacobian, (x3,), 2),
    (fixed_point, (0.9, x3 / 3), 2),
    (in_a_loop, (x3,), 2),
    (while_changing, (1.3,), 2),
    (root_in_a_root, (1.2,), 2),
    (attempted, (0.5,), 2),
    (attempted, (7.0,), 1),
    (captured_list, (x3,), 2),
    (captured_object, (np.array([1.0, 2.0]),), 2),
    (recursive_callback, (0.5,), 2),
    (clashing_names, (0.5,), 2),
    (two_minima, (0.8,), 2),
    (nearest, (1.2, 0.7), 1),
    (with_gradient, (M3 / 3, x3), 1),
    (squares, (1.1, data), 1),
    (fitted, (times, data), 1),
    (fitted_with_weights, (data, 1 + 0.3 * times, 0.1), 1),
    (integral, (0.8, 0.1, 1.9), 2),
    (to_infinity, (np.array([1.5, 0.4]),), 2),
    (polynomial, (np.array([1.0, 2.0, 0.5]), 1.3), 2),
    (many_integrals, (np.array([1.0, 2.0, 0.5]), 1.3), 2),
    (double_integral, (0.7,), 2),
    (decay, (0.7, 1.2), 2),
    (oscillator, (1.3, np.array([1.0, 0.2]), np.array([0.5, 1.0, 2.5])), 1),
    (both_ends, (1.5, 0.2, 0.6), 1),
    (backward, (0.8,), 2),
    (by_odeint, (two, np.array([1.0, 0.2]), np.array([0.0, 0.5, 1.0, 2.5])), 1),
    (robertson, (np.array([0.04, 3e3, 1e2]), np.array([1.0, 0.0, 0.0])), 1),
]
