"""Whole functions that call scipy.special, through the compiler, in both modes and to second order."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special as special

import sourcead as ad
from sourcead.testing import check_grads


def diffraction(radius, angle):
    """The Airy disc: (2 J1(u) / u)^2."""
    u = radius[:, None] * np.sin(angle)
    return np.sum((2.0 * special.j1(u) / u) ** 2)


def von_mises(x, kappa):
    """A log density that does not overflow: i0e for i0."""
    return np.sum(kappa * (np.cos(x) - 1.0) - np.log(2.0 * np.pi * special.i0e(kappa)))


def kaiser(beta):
    n = np.arange(5) / 2.0 - 1.0
    return np.i0(beta * np.sqrt(1.0 - n * n)) / np.i0(beta)


def matern(distance, scale):
    r = distance / scale
    return np.sum(r**1.5 * special.kv(1.5, r))


def period(theta):
    """The period of a pendulum."""
    return 4.0 * special.ellipk(np.sin(theta / 2.0) ** 2)


def pendulum(t, m):
    sn, cn, dn, am = special.ellipj(t[:, None], m)
    return np.sum(sn * cn) + np.sum(dn * am)


def arc(phi, m):
    return special.ellipeinc(phi, m) * special.ellipkinc(phi, m)


def ellipsoid(a, b, c):
    """The surface of an ellipsoid by R_G."""
    return 4.0 * np.pi * special.elliprg(a * a * b * b, a * a * c * c, b * b * c * c)


def carlson(x, p):
    return special.elliprj(x, 0.5, 0.7, p) * special.elliprc(x, p) + special.elliprf(p, x, 0.7)


def branches(x):
    """Both real branches of W, in a loop."""
    total = 0.0
    for k in (0, -1):
        total = total + np.real(special.lambertw(-x, k))
    return total


def packet(z):
    ai, aip, bi, bip = special.airy(z)
    return np.real(ai * bip) + np.imag(aip * bi)


def scaled(z):
    eai, _, ebi, ebip = special.airye(z)
    return np.real(eai) * np.abs(ebi) + np.real(ebip)


def scaled_bessel(z):
    return (
        np.real(special.jve(1.5, z) * special.ive(2, z))
        + np.imag(special.yve(0.5, z))
        + np.abs(special.kve(1, z))
    )


def waves(x):
    return special.hankel1(0, x) * special.spherical_jn(2, x) + special.spherical_yn(1, x) * special.hankel2e(
        1.5, x
    )


def transfer(x):
    si, ci = special.sici(x)
    shi, chi = special.shichi(x)
    return si * chi + ci * shi + special.expn(2, x) * special.exp1(x) + special.expi(x)


def series(x, n):
    """A sum of polynomials whose degrees are known only at run time."""
    total = np.zeros_like(x)
    for k in range(n):
        total = total + special.eval_legendre(k, x) + special.eval_hermite(k, x) * special.eval_chebyu(k, x)
        total = total * special.spherical_in(k, x) + special.expn(k, 1.0 + x * x)
    return total


def harmonic(theta, phi):
    total = 0.0
    for n in range(3):
        for m in range(-n, n + 1):
            total = total + np.real(special.sph_harm_y(n, m, theta, phi)) * (n - 0.3 * m)
    return total


def kelvin(x):
    be, ke, _, _ = special.kelvin(x)
    return np.real(be) * special.kei(x) + np.imag(ke) * special.berp(x) + special.keip(x)


def hyper(x):
    return special.hyp2f1(0.5, 1.5, 2.5, x) * special.hyp1f1(1, 2.5, x) + special.hyp0f1(
        1.5, x
    ) * special.hyperu(1.5, 0.5, 1.0 + x)


def struve(x):
    return special.struve(1.5, x) * special.modstruve(0, x)


A = np.array([0.31, 0.72, 1.13])
Z = np.array([0.4 + 0.3j, 1.2 - 0.5j])
CASES = [
    (diffraction, (A, np.array([0.3, 0.5]))),
    (von_mises, (A, np.array([0.4, 7.0, 30.0]))),
    (kaiser, (2.5,)),
    (matern, (A, 0.7)),
    (period, (0.6,)),
    (period, (A,)),
    (pendulum, (A, np.array([0.3, 0.8]))),
    (arc, (A * 3.0, 0.4)),
    (ellipsoid, (1.0, 1.0, 1.0)),
    (carlson, (0.5, 0.9)),
    (branches, (0.2,)),
    (packet, (Z,)),
    (scaled, (Z,)),
    (scaled_bessel, (Z,)),
    (waves, (A,)),
    (transfer, (A,)),
    (series, (A, 4)),
    (harmonic, (0.7, 0.4)),
    (harmonic, (A, 0.4)),
    (kelvin, (A,)),
    (hyper, (A * 0.6,)),
    (struve, (A,)),
]


@pytest.mark.parametrize("f, args", CASES, ids=lambda v: getattr(v, "__name__", None))
def test_function(f, args):
    check_grads(f, args, order=2)


@pytest.mark.parametrize("f, args", [(period, (0.6,)), (struve, (0.7,)), (transfer, (0.7,))])
def test_third_derivatives(f, args):
    check_grads(f, args, order=3)


@pytest.mark.parametrize("f", [period, struve, transfer, kelvin, hyper])
def test_float32(f):
    """Adjoints have the dtype of their primal, whatever precision SciPy computes in."""
    x = np.array([0.25, 0.5], np.float32)
    y, pullback = ad.vjp(f, x)
    (x_bar,) = pullback(np.ones_like(y))
    assert y.dtype == f(x).dtype and x_bar.dtype == np.float32
    np.testing.assert_allclose(x_bar, ad.vjp(f, x.astype(float))[1](np.ones(2))[0], rtol=1e-3)


def test_what_is_not_used_is_not_computed():
    """Of several results only what is used is in the text."""
    slope = ad.grad(lambda x: special.airy(x)[0])
    assert slope(200.0) == 0.0
    assert "safe_multiply" not in slope.source


def test_saved_text_of_the_helpers(tmp_path):
    """A file with the quadrature in it runs with NumPy alone."""
    slope = ad.grad(lambda x: np.sum(np.i0(x)))
    want = slope(A)
    file = tmp_path / "saved.py"
    slope.save(file)
    namespace: dict = {}
    exec(file.read_text(), namespace)
    (f,) = [v for k, v in namespace.items() if k.endswith("_grad")]
    np.testing.assert_array_equal(f(A), want)
