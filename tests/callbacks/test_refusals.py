"""What cannot be carried is refused when compiling, with a reason, or the place and a way out."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from scipy.integrate import odeint, quad, solve_ivp
from scipy.optimize import (
    brentq,
    curve_fit,
    fsolve,
    least_squares,
    minimize,
    minimize_scalar,
    root,
    root_scalar,
)

from sourcead import grad, value_and_grad
from sourcead.errors import Unsupported

log = []


def counts(s):
    n = 0

    def f(t):
        nonlocal n
        n += 1
        return t**3 - s

    return brentq(f, 0, 2)


def logs(s):
    def f(t):
        log.append(t)
        return t**3 - s

    return brentq(f, 0, 2)


def prints(s):
    def f(t):
        print(t)
        return t**3 - s

    return brentq(f, 0, 2)


def draws(s):
    rng = np.random.default_rng(0)
    return brentq(lambda t: t**3 - s + 0.0 * rng.normal(), 0, 2)


def writes_into_its_argument(s):
    def f(x):
        x[0] = s
        return x - s

    return fsolve(f, np.zeros(2))[0]


def line(t, y):
    return y[0]


def returns_the_whole(s):
    found = root(lambda x: x - s, np.zeros(2))
    return found


REFUSED = [
    (counts, "writes into memory"),
    (logs, "write to memory outside"),
    (prints, "prints or draws random numbers"),
    (draws, "prints or draws random numbers"),
    (writes_into_its_argument, "writes into the array that it gets"),
    (lambda s: brentq(lambda t: t**3 - s, 0, 2, maxiters=3), "maxiters= of scipy.optimize.brentq is not"),
    (lambda s: brentq(lambda t: t**3 - s, 0, 2, full_output=True)[0], "full_output= of"),
    (lambda s: brentq(lambda t: t**3 - s, 0), "is missing the argument 'b'"),
    (lambda s: brentq(lambda t: [t, s], 0, 2), "returns no single number"),
    (lambda s: brentq(lambda t: t * 1j * s, 0, 2), "returns complex numbers"),
    (lambda s: fsolve(lambda x: [x[0] - s, x[0] * 2, x[0]], np.zeros(2))[0], "3 equations for 2 unknowns"),
    (
        lambda s: fsolve(lambda x: x - s, np.zeros((2, 2)))[0],
        "x0 of scipy.optimize.fsolve must have one axis",
    ),
    (lambda s: root(lambda x: (x - s, np.eye(2)), np.zeros(2), jac=True).x[0], "returns"),
    (lambda s: root_scalar(lambda x: (x - s, 1.0), x0=0.0, fprime=True).root, "fprime=True"),
    (returns_the_whole, "a function that returns a value of class Solution"),
    (lambda s: minimize(lambda x: (x[0] - s) ** 2, [0.0], bounds=[(0, 1)]).x[0], "bounds= of"),
    (
        lambda s: minimize(lambda x: (x[0] - s) ** 2, [0.0], constraints={"type": "eq", "fun": sum}).x[0],
        "constraints= of",
    ),
    (lambda s: minimize(lambda x: (x[0] - s) ** 2, [0.0]).hess_inv[0, 0], "hess_inv"),
    (lambda s: minimize_scalar(lambda x: (x - s) ** 2, bounds=(0, 1), method="bounded").x, "bounds= of"),
    (lambda s: least_squares(lambda x: x - s, [0.0], loss="soft_l1").x[0], "other than 'linear'"),
    (lambda s: least_squares(lambda x: x - s, [0.0]).fun[0], "the field fun"),
    (lambda s: curve_fit(lambda x, a: a * x, np.ones(3), np.ones(3) * s)[1][0, 0], "covariance"),
    (lambda s: quad(lambda x: x * s, 0, 1, weight="cos", wvar=2.0)[0], "weight= of"),
    (lambda s: solve_ivp(lambda t, y: -s * y, (0, 1), [1.0], events=line).y[0, -1], "events= of"),
    (lambda s: solve_ivp(lambda t, y: -s * y, (0, 1), [1.0], dense_output=True).sol(0.5)[0], "dense_output"),
    (
        lambda s: solve_ivp(lambda t, y, k: -k * y, (0, 1), [1.0], args=np.array([s])).y[0, -1],
        "must be a tuple",
    ),
    (lambda s: odeint(lambda y, t: -s * y, 1.0, [0.0, 1.0], full_output=True)[0][-1, 0], "full_output= of"),
    (lambda s: np.frompyfunc(lambda t: t * s, 1, 1)(np.ones(3)).sum(), "np.frompyfunc is not supported"),
    (lambda s: np.vectorize(lambda t: 0 if t > 1 else t * s)(np.ones(3)).sum(), "an integer on one path"),
    (lambda s: np.vectorize(lambda t: (t, s))(np.ones(3))[0].sum(), "returns a tuple"),
    (lambda s: np.vectorize(lambda t: t * s, signature="()->()")(np.ones(3)).sum(), "signature= of"),
    (lambda s: np.piecewise(np.arange(3), [np.arange(3) > 1], [s])[0] * s, "arrays of floats"),
    (
        lambda s: scipy.optimize.differential_evolution(lambda x: (x[0] - s) ** 2, [(0, 1)]).x[0],
        "no rule for",
    ),
]


@pytest.mark.parametrize(("f", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_refused(f, message):
    with pytest.raises(Unsupported) as error:
        grad(f)(0.5)
    assert message in str(error.value)
    assert "test_refusals.py" in str(error.value)  # the place


def test_value_is_refused_as_the_gradient_is():
    with pytest.raises(Unsupported):
        value_and_grad(counts)(0.5)


def test_raises_as_the_primal_does():
    def f(s):
        return brentq(lambda t: t**3 - s, 0, 1)

    with pytest.raises(ValueError, match="different signs"):
        grad(f)(8.0)
    with pytest.raises(ValueError, match="different signs"):
        f(8.0)
