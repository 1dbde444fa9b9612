"""Special functions where closed forms fail: at 0, at ends of the domain, far out, and against mpmath."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import scipy.special as special

import sourcead as ad

from .all_rows import ROWS  # noqa: F401  (opens the whole book)
from .driver import pullback, pushforward, run

inf = math.inf
S = "scipy.special."
# name, arguments, the argument, the slope there
SLOPES = [
    ("jv", (0, 0.0), 1, 0.0),
    ("jv", (1, 0.0), 1, 0.5),
    ("jv", (1.5, 0.0), 1, 0.0),
    ("jv", (0.5, 0.0), 1, inf),
    ("j0", (0.0,), 0, 0.0),
    ("j1", (0.0,), 0, 0.5),
    ("iv", (0, 0.0), 1, 0.0),
    ("iv", (1, 0.0), 1, 0.5),
    ("iv", (0.5, 0.0), 1, inf),
    ("i0", (0.0,), 0, 0.0),
    ("i1", (0.0,), 0, 0.5),
    ("i0e", (0.0,), 0, 0.0),
    ("i1e", (0.0,), 0, 0.5),
    ("i0e", (800.0,), 0, -8.819599342187331e-06),
    ("i1e", (-800.0,), 0, -8.803057415971415e-06),
    ("y0", (0.0,), 0, inf),
    ("k0", (0.0,), 0, -inf),
    ("k1", (0.0,), 0, -inf),
    ("spherical_jn", (0, 0.0), 1, 0.0),
    ("spherical_jn", (1, 0.0), 1, 1 / 3),
    ("spherical_in", (1, 0.0), 1, 1 / 3),
    ("struve", (0, 0.0), 1, 2 / math.pi),
    ("modstruve", (0, 0.0), 1, 2 / math.pi),
    ("berp", (0.0,), 0, 0.0),
    ("beip", (0.0,), 0, 0.5),
    ("ker", (0.0,), 0, -inf),
    ("kei", (0.0,), 0, 0.0),
    ("ellipk", (0.0,), 0, math.pi / 8),
    ("ellipk", (1.0,), 0, inf),
    ("ellipkm1", (1.0,), 0, -math.pi / 8),
    ("ellipe", (0.0,), 0, -math.pi / 8),
    ("ellipe", (1.0,), 0, -inf),
    ("ellipkinc", (0.0, 0.5), 1, 0.0),
    ("ellipkinc", (0.0, 1.0), 0, 1.0),
    ("ellipkinc", (math.pi / 2, 0.0), 1, math.pi / 8),
    ("ellipeinc", (math.pi / 2, 0.0), 1, -math.pi / 8),
    ("ellipeinc", (0.5, 1.0), 0, math.cos(0.5)),
    ("elliprf", (1.0, 1.0, 1.0), 0, -1 / 6),
    ("elliprd", (1.0, 1.0, 1.0), 2, -9 / 10),
    ("elliprc", (1.0, 1.0), 0, -1 / 6),
    ("elliprc", (1.0, 1.0), 1, -1 / 3),
    ("elliprg", (0.0, 0.0, 1.0), 2, 0.25),
    ("lambertw", (0.0,), 0, 1.0),
    ("lambertw", (-0.0, 0), 0, 1.0),
    ("lambertw", (math.e,), 0, 0.5 / math.e),
    ("expi", (0.0,), 0, inf),
    ("exp1", (0.0,), 0, -inf),
    ("expn", (1, 0.0), 1, -inf),
    ("expn", (2, 0.0), 1, -inf),
    ("expn", (3, 0.0), 1, -1.0),
    ("eval_legendre", (3, 1.0), 1, 6.0),
    ("eval_legendre", (3, -1.0), 1, 6.0),
    ("eval_chebyt", (3, 1.0), 1, 9.0),
    ("eval_chebyu", (3, 1.0), 1, 20.0),
    ("eval_hermite", (0, 0.3), 1, 0.0),
    ("eval_jacobi", (2, 0.5, 1.5, 1.0), 3, 6.25),
    ("hyp2f1", (1.0, 1.0, 2.0, 0.0), 3, 0.5),
]


@pytest.mark.parametrize("name, args, n, want", SLOPES, ids=lambda v: v if isinstance(v, str) else None)
def test_slope(name, args, n, want):
    with np.errstate(all="raise"):
        y = run(S + name, args, {})
        got = pullback(S + name, args, {}, y, 1.0, (n,))[n]
        along = pushforward(S + name, args, {}, y, {n: 1.0})[0]
        np.testing.assert_allclose(np.real(got), want, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(np.real(along), want, rtol=1e-11, atol=1e-15)
        assert pullback(S + name, args, {}, y, 0.0, (n,))[n] == 0, "a zero adjoint contributes zero"
        assert pushforward(S + name, args, {}, y, {n: 0.0})[0] == 0, "a zero tangent contributes zero"


@pytest.mark.parametrize(
    "name, x", [("airy", 0.0), ("airy", 200.0), ("sici", 0.0), ("shichi", 0.0), ("kelvin", 0.0)]
)
def test_what_is_not_used_costs_nothing(name, x):
    """An infinite or missing slope of a result that is not used does not spoil the one that is."""
    y = run(S + name, (x,), {})
    bars = tuple(1.0 if k == 0 else 0.0 for k in range(len(y)))
    with np.errstate(all="raise"):
        got = pullback(S + name, (x,), {}, y, bars, (0,))[0]
    want = {"airy": y[1] if name == "airy" else 0.0, "sici": 1.0, "shichi": 1.0, "kelvin": 0.0}[name]
    assert np.real(got) == want


def test_numpy_i0_is_even():
    slope = ad.grad(lambda x: np.sum(np.i0(x)))
    assert slope(np.array([0.0]))[0] == 0.0
    x = np.array([1e-8, 0.5, 30.0, 500.0])
    np.testing.assert_allclose(slope(x), special.i1(x), rtol=1e-13)
    np.testing.assert_allclose(slope(-x), -special.i1(x), rtol=1e-13)


def mpmath_slope(f, x):
    with mpmath.workdps(40):
        return float(mpmath.diff(f, mpmath.mpf(x)))


@pytest.mark.parametrize("m", [-1e6, -3.0, -1e-9, 0.0, 1e-13, 1e-6, 0.3, 0.999999])
def test_complete_integrals_near_their_ends(m):
    got = ad.grad(special_k)(m)
    assert got == pytest.approx(mpmath_slope(mpmath.ellipk, m), rel=2e-14)
    assert ad.grad(special_e)(m) == pytest.approx(mpmath_slope(mpmath.ellipe, m), rel=2e-14)
    second = mpmath_slope(lambda t: mpmath.diff(mpmath.ellipk, t), m)
    assert ad.grad(ad.grad(special_k))(m) == pytest.approx(second, rel=1e-11)


def special_k(m):
    return special.ellipk(m)


def special_e(m):
    return special.ellipe(m)


@pytest.mark.parametrize("phi", [0.3, 1.5, 2.9, -4.1, 30.0])
@pytest.mark.parametrize("m", [-2.0, 1e-10, 0.5, 0.95])
def test_incomplete_integrals_over_many_periods(phi, m):
    slope = ad.grad(lambda t: special.ellipkinc(phi, t))(m)
    assert slope == pytest.approx(mpmath_slope(lambda t: mpmath.ellipf(phi, t), m), rel=1e-12)
    slope = ad.grad(lambda t: special.ellipeinc(phi, t))(m)
    assert slope == pytest.approx(mpmath_slope(lambda t: mpmath.ellipe(phi, t), m), rel=1e-12)


def jv(v, x):
    return special.jv(v, x)


def ive(v, x):
    return special.ive(v, x)


def hyp1f1(v, x):
    return special.hyp1f1(v, 2.0, x)


def spherical(v, x):
    return special.spherical_jn(v, x)


def expn(v, x):
    return special.expn(v, x)


@pytest.mark.parametrize("f", [jv, ive, hyp1f1, spherical, expn])
def test_an_order_that_varies_is_refused(f):
    for derive in (
        lambda: ad.grad(f)(2.0, 0.5),
        lambda: ad.jvp(f, (2.0, 0.5), (1.0, 0.0)),
        lambda: ad.grad(lambda x: f(x * 2.0, 0.5))(1.0),
    ):
        with pytest.raises(NotImplementedError, match="has no rule for"):
            derive()
    with np.errstate(all="ignore"):
        ad.grad(f, argnums=1)(2.0, 0.5)
