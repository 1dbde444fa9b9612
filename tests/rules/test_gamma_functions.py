"""Whole functions with scipy.special and scipy.stats through the compiler: both modes, second order, saved
files, frozen distributions, refusals; and the derivatives by parameters against mpmath."""

from __future__ import annotations

import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sp
from scipy import stats

from sourcead import errors, grad
from sourcead.runtime_parameters import betainc_shape, gammainc_shape, stdtr_shape
from sourcead.runtime_special import (
    dawsn_derivative,
    erfcx_derivative,
    exprel_derivative,
    log1prel_derivative,
    log_ndtr_derivative,
    rgamma_derivative,
)
from sourcead.testing import check_grads

x = np.array([0.31, 0.72, 0.13])
y = np.array([0.44, 0.21, 0.95])
L = np.array([[1.3, 0.2, -0.4], [0.1, 0.9, 0.5], [-0.3, 0.2, 1.1]])


def incomplete_gamma(a, v):
    return sp.gammainc(a, v) * sp.gammaincc(a, 2.0 * v) + sp.gammaincinv(a, 0.4 * v)


def incomplete_beta(a, b, v):
    return sp.betainc(a, b, v) + sp.betaincinv(a, b, v)


def student(df, t):
    return sp.stdtr(df, 3.0 * t - 1.0) * stats.t.logpdf(t, df, scale=1.4) + stats.t.ppf(t, df)


def error_functions(v):
    return sp.log_ndtr(-v) * sp.erfcx(v) + sp.dawsn(v) * sp.ndtri(v) + np.real(sp.wofz(v + 0.5j))


def voigt(v, sigma):
    return sp.voigt_profile(v, sigma, 0.3) + sp.owens_t(v, sigma) * sp.fresnel(v)[0]


def entropies(p, q):
    return sp.rel_entr(p, q) + sp.kl_div(p, q) * sp.xlogy(p, q) + sp.entr(p) - sp.pseudo_huber(p, q)


def transforms(v, p):
    return sp.boxcox(v, p) * sp.inv_boxcox(v, p) + sp.boxcox1p(v, p) + sp.inv_boxcox1p(v, p)


def softmaxes(v, w):
    return sp.softmax(v) ** 2 + sp.log_softmax(v) * sp.logsumexp(np.outer(v, v), 1, w)


def normal(v, mu, sigma):
    d = stats.norm(mu, scale=sigma)
    return d.logpdf(v) + d.logcdf(v) * d.sf(v) + stats.norm.pdf(v, loc=mu, scale=sigma) - d.ppf(v)


def gamma_distribution(v, a, mu, sigma):
    return stats.gamma.logpdf(v + 2.0, a, mu, sigma) * stats.gamma.logsf(v + 2.0, a, mu, sigma)


def counts(p):
    return stats.binom.logpmf(2, 5, p) + stats.nbinom.pmf(2, 5, p) * stats.poisson(p).pmf(3)


def gaussian_process(v, mu, factor):
    return stats.multivariate_normal(mu, factor @ factor.T).logpdf(v)


def moments(v):
    return stats.zscore(v) ** 3 * stats.skew(v) + stats.kurtosis(v)


@pytest.mark.parametrize(
    "f, args",
    [
        (incomplete_gamma, (y + 0.5, x)),
        (incomplete_beta, (x + 0.5, 1.4, y)),
        (student, (2.5, x)),
        (error_functions, (x,)),
        (voigt, (x, y)),
        (entropies, (x, y)),
        (transforms, (x, y)),
        (softmaxes, (x, y)),
        (normal, (x, 0.3, 1.2)),
        (gamma_distribution, (x, 1.4, 0.2, 1.1)),
        (counts, (y * 0.7,)),
        (gaussian_process, (x, y, L)),
        (moments, (x,)),
    ],
    ids=lambda v: getattr(v, "__name__", None),
)
@pytest.mark.filterwarnings("ignore")
def test_both_modes_to_second_order(f, args):
    check_grads(f, args, order=2)


prior = stats.gamma(2.5, scale=np.float64(1.5))


def test_a_distribution_frozen_outside():
    def log_prior(v):
        return prior.logpdf(v) + prior.cdf(v)

    check_grads(log_prior, (0.7,), order=2)


def test_text_of_a_normal_likelihood():
    def loss(v, mu, sigma):
        return -np.sum(stats.norm.logpdf(v, mu, sigma))

    g = grad(loss, argnums=(1, 2))
    g(x, 0.3, 1.2)
    body = [line.strip() for line in g.source.splitlines() if line.startswith("    ")]
    assert "q = (v - mu) / sigma" in body
    assert len(body) <= 4


def shape_likelihood(a):
    return sp.gammainc(a, 2.0) * sp.stdtr(a, 1.0) + sp.log_ndtr(a)


def test_a_saved_file_brings_its_helpers(tmp_path):
    """They call each other, and SciPy."""
    g = grad(shape_likelihood)
    want = g(1.3)
    g.save(tmp_path / "saved.py")
    text = "import sys, saved; print(repr(saved.shape_likelihood_grad(1.3)), 'sourcead' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert out.split() == [repr(want), "False"]


@pytest.mark.parametrize(
    "f, words",
    [
        (lambda v: sp.polygamma(v, 2.0), "argument 'n'"),
        (lambda v: sp.zeta(v, 2.0), "argument 'x'"),
        (lambda v: sp.logsumexp(np.array([v, v]), return_sign=True)[0], "return_sign"),
        (lambda v: sp.comb(v, 2, exact=True), "exact"),
        (lambda v: stats.norm.rvs(v), "rvs"),
        (lambda v: stats.gaussian_kde(np.array([v, 1.0]))(0.5), "gaussian_kde"),
        (lambda v: stats.norm.pdf(v + 1j).real, "complex"),
        (lambda v: sp.erf(v, dtype=np.float64), "dtype"),
    ],
)
def test_refused(f, words):
    with pytest.raises(errors.Unsupported) as e:
        grad(f)(2.5)
    assert words in str(e.value)


# -- the derivatives by parameters, and those of any order, against many digits -------------------------
def relative_error(got, want):
    return abs(mp.mpf(float(got)) - want) / abs(want)


@pytest.fixture
def digits():
    with mp.workdps(30):
        yield


@pytest.mark.parametrize("a", [0.01, 0.6, 3.3, 17.0, 300.0])
def test_gammainc_by_its_shape(a, digits):
    for v in (1e-6 * a, 0.2 * a, 0.97 * a, 1.3 * a, 5.0 * a):
        tail = (0, v) if v < a else (v, mp.inf)
        for n in (1, 2):
            want = mp.diff(
                lambda s: mp.gammainc(s, *tail, regularized=True), mp.mpf(a), n, h=mp.mpf(a) / 10**9
            )
            if abs(want) > 1e-290:
                assert relative_error(gammainc_shape(a, v, n), want if v < a else -want) < 1e-9


@pytest.mark.parametrize("a, b", [(0.02, 0.7), (1.0, 1.0), (3.0, 0.05), (60.0, 20.0)])
def test_betainc_by_its_shapes(a, b, digits):
    mean = a / (a + b)
    for v in (0.3 * mean, 0.9 * mean, mean + 0.3 * (1.0 - mean)):
        for m, n in ((1, 0), (0, 1)):
            ends, sign = ((0, v), 1) if v < mean else ((v, 1), -1)
            want = sign * mp.diff(
                lambda s, t: mp.betainc(s, t, *ends, regularized=True), (mp.mpf(a), mp.mpf(b)), (m, n), h=1e-9
            )
            assert relative_error(betainc_shape(a, b, v, m, n), want) < 1e-8


@pytest.mark.parametrize("df", [0.2, 3.5, 80.0, 1e6])
def test_stdtr_by_its_degrees_of_freedom(df, digits):
    for t in (0.01, 1.4, 1.6, 20.0):

        def tail(nu, t=t):
            return -mp.betainc(nu / 2, mp.mpf(1) / 2, 0, nu / (nu + mp.mpf(t) ** 2), regularized=True) / 2

        want = mp.diff(tail, mp.mpf(df), h=mp.mpf(df) / 10**9)
        assert relative_error(stdtr_shape(df, t), want) < 1e-8


EXACT = [
    (rgamma_derivative, mp.rgamma, (-3.0, -0.3, 0.2, 4.0)),
    (erfcx_derivative, lambda v: mp.exp(v * v) * mp.erfc(v), (-3.0, 0.7, 5.0, 1e4)),
    (log_ndtr_derivative, lambda v: mp.log(mp.ncdf(v)), (-30.0, -1.2, 0.5, 6.0)),
    (dawsn_derivative, lambda v: mp.exp(-v * v) * mp.erfi(v) * mp.sqrt(mp.pi) / 2, (-9.0, 0.3, 7.9, 50.0)),
    (exprel_derivative, lambda v: mp.expm1(v) / v, (-60.0, -1.0, 3.0, 45.0, 300.0)),
    (log1prel_derivative, lambda v: mp.log1p(v) / v, (-0.9, -0.5, 1.0, 30.0)),
]


@pytest.mark.parametrize("f, exact, points", EXACT, ids=lambda v: getattr(v, "__name__", None))
def test_derivatives_of_any_order(f, exact, points):
    with mp.workdps(60):
        for v in points:
            for n in (1, 2, 3):
                want = mp.diff(exact, mp.mpf(v), n, h=mp.mpf(10) ** -12)
                assert relative_error(f(v, n), want) < 1e-10
