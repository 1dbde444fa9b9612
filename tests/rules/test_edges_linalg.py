"""Linear algebra at its edges, through the compiler: repeated values, ranks that are not full, results whose
type shows only at run time, work that both sweeps share."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.linalg

import sourcead as ad
from sourcead.errors import SourceadError
from sourcead.testing import check_grads

from .driver import pullback, run

r = np.random.default_rng(23)
M = r.normal(size=(3, 3)) + 2.0 * np.eye(3)
N = r.normal(size=(3, 3))
S = M @ M.T + np.eye(3)
TURN = np.array([[1.0, -2.0, 0.3], [2.0, 1.0, 0.1], [0.2, 0.4, 3.0]])  # a pair of complex eigenvalues
C = M + 1j * N


def phases_left_out(f):
    """A function of one complex matrix A + iB, as one of two real ones."""
    return lambda a, b: f(a + 1j * b)


def projector(a):
    _, v = np.linalg.eigh(a)
    return np.abs(v[:, :1] @ np.conj(v[:, :1].T)) ** 2


def singular_pair(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.real((u[:, :1] * s[0]) @ vh[:1]), np.abs(u)


def singular_projectors(a):
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.abs(u[:, :2] @ np.conj(u[:, :2].T)), np.abs(np.conj(vh[1:].T) @ vh[1:])


@pytest.mark.parametrize("f", [projector, singular_pair, singular_projectors])
def test_complex_vectors_where_the_phase_does_not_count(f):
    check_grads(phases_left_out(f), (M, N), order=2)


def test_wide_and_tall_singular_vectors():
    for a in (r.normal(size=(2, 4)), r.normal(size=(4, 2))):
        check_grads(lambda a: np.abs(np.linalg.svd(a, full_matrices=False)[2]), (a,), order=2)
        check_grads(singular_pair, (a,), order=2)


def test_values_of_equal_eigenvalues():
    """The sum of equal eigenvalues is smooth; so is each function of the matrix."""
    with np.errstate(all="raise"):
        bar = ad.grad(lambda a: np.sum(np.linalg.eigh(a)[0] ** 2))(np.eye(3))
        np.testing.assert_allclose(bar, 2.0 * np.eye(3))
        bar = ad.grad(lambda a: np.sum(np.linalg.svd(a)[1]))(2.0 * np.eye(3))
        np.testing.assert_allclose(bar, np.eye(3), atol=1e-15)
        both = ad.jvp(lambda a: np.linalg.eigh(a)[0], (np.eye(3),), (np.diag([1.0, 2.0, 3.0]),))
        np.testing.assert_allclose(both[1], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_norm_of_zero(order):
    key, keywords = "numpy.linalg.norm", {"ord": order}
    with np.errstate(all="raise"):
        for a in (np.zeros((2, 3)), np.zeros(3)):
            if a.ndim == 2 or order in (None, 1, 2, np.inf):
                y = run(key, (a,), keywords)
                assert not pullback(key, (a,), keywords, y, 1.0, (0,))[0].any()


def test_equal_singular_values_share_the_spectral_norm():
    np.testing.assert_allclose(
        ad.grad(lambda a: np.linalg.norm(a, 2))(np.eye(2)), 0.5 * np.eye(2), atol=1e-15
    )


def test_a_rank_that_is_not_full():
    a = np.outer([1.0, 2.0, -1.0], [0.5, 1.0])

    def f(s, t):
        low = np.outer(np.array([1.0, 2.0, -1.0]) * s, np.array([0.5, 1.0]) + t)  # of rank 1 for all s, t
        return np.linalg.pinv(low), np.linalg.lstsq(low, np.array([1.0, 0.3, 2.0]), rcond=None)[0]

    check_grads(f, (1.2, np.array([0.1, -0.3])), order=2)
    value, rank = ad.value_and_grad(lambda a: np.sum(a) * np.linalg.matrix_rank(a))(a)
    assert value == np.sum(a) and (rank == 1.0).all()


def test_slogdet_and_qr_of_singular_matrices_raise_nothing():
    with np.errstate(all="ignore"):
        value, bar = ad.value_and_grad(lambda a: np.linalg.slogdet(a).logabsdet)(np.zeros((2, 2)))
        assert value == -np.inf and np.isnan(bar).all()
        bar = ad.grad(lambda a: np.sum(np.linalg.qr(a)[1]))(np.zeros((2, 2)))
        assert bar.shape == (2, 2)


def test_results_have_the_fields_that_numpy_gives_them():
    def f(a):
        q, r = np.linalg.qr(a)
        solved = np.linalg.svd(a, full_matrices=False)
        return np.linalg.slogdet(a).logabsdet + np.sum(solved.S * solved.Vh) + np.sum(np.linalg.qr(a).Q - q)

    check_grads(f, (M,), order=2)
    assert type(ad.jvp(lambda a: np.linalg.eigh(a), (S,), (S,))[0]) is type(np.linalg.eigh(S))


# -- types that show only at run time ---------------------------------------------------------------------
def test_eigenvalues_of_real_matrices():
    def parts(a):
        w, v = np.linalg.eig(a)
        return w.real, np.imag(w), np.abs(v)

    def made_complex(a):
        w = np.linalg.eigvals(a).astype(complex)
        z = np.linalg.eigvals(a) + 0j
        return np.real(w[0] * w[1] * w[2]), np.real(np.sum(z**3))

    def surely_complex(a):
        w, v = np.linalg.eig(a.astype(complex))
        return np.real(np.sum(w**2)), np.imag(v)

    for a in (TURN, S + np.diag([0.0, 1.0, 2.0]) + 0.1 * N):
        for f in (parts, made_complex, surely_complex):
            check_grads(f, (a,), order=2)


def asks_for_dtype(a):
    return np.sum(a) if np.linalg.eigvals(a).dtype == complex else 0.0


def asks_for_complex(a):
    w = np.linalg.eigvals(a)
    return 1.0 * np.sum(a) if np.iscomplexobj(w) else 0.0


def returns_it(a):
    return np.linalg.eigvals(a)


def takes_an_item(a):
    return np.linalg.eig(a)[0][0].real


def compares(a):
    return np.sum(a) if np.sum(np.linalg.eigvals(a)) == 0 else 0.0


@pytest.mark.parametrize("f", [asks_for_dtype, asks_for_complex, returns_it, takes_an_item, compares])
def test_what_would_tell_real_from_complex_is_refused(f):
    with pytest.raises(SourceadError):
        ad.jvp(f, (TURN,), (TURN,))


@pytest.mark.parametrize("name", ["sqrtm", "logm"])
def test_a_real_function_of_a_matrix_is_checked_when_run(name):
    f = ad.grad(lambda a: np.sum(scipy.linalg.sqrtm(a) if name == "sqrtm" else scipy.linalg.logm(a)))
    assert np.isfinite(f(S)).all()
    with pytest.raises(TypeError, match="complex"):
        f(-S)


def full(a):
    return np.sum(np.linalg.svd(a)[0])


def full_qr(a):
    return np.sum(scipy.linalg.qr(a)[0])


def complete(a):
    return np.sum(np.linalg.qr(a, mode="complete")[1])


def structured(a):
    return np.sum(scipy.linalg.solve(a, a, assume_a="tridiagonal"))


def generalised(a):
    return np.sum(scipy.linalg.eigh(a, a)[0])


def residuals(a):
    return np.sum(scipy.linalg.lstsq(a, a)[1])


def residuals_as_they_come(a):
    return scipy.linalg.lstsq(a, a)


REFUSED = [full, full_qr, complete, structured, generalised, residuals, residuals_as_they_come]


@pytest.mark.parametrize("f", REFUSED)
def test_refused(f):
    for derivative in (lambda: ad.vjp(f, M), lambda: ad.jvp(f, (M,), (M,))):
        with pytest.raises(SourceadError):
            derivative()


def test_full_vectors_of_what_is_known_to_be_square():
    def f(a):
        u, _, vh = np.linalg.svd(a @ a.T + np.diag(np.arange(3.0)))
        return np.abs(u), np.abs(vh)

    check_grads(f, (M,), order=2)


# -- shared work -----------------------------------------------------------------------------------------
def general(a, b):
    x = scipy.linalg.solve(a, b, assume_a="gen")
    return np.sum(x**3)


def definite(a, b):
    return np.sum(scipy.linalg.solve(a, b, assume_a="pos") ** 3)


def in_a_loop(a, b):
    for _ in range(3):
        b = np.sin(scipy.linalg.solve(a, b, assume_a="gen"))
    return np.sum(b)


def in_a_branch(a, b):
    if b[0] > 0:
        x = scipy.linalg.solve(a, b, assume_a="gen", transposed=True)
    else:
        x = scipy.linalg.solve(a, b - 1.0, assume_a="gen")
    return np.sum(x**2)


def in_a_try(a, b):
    try:
        x = scipy.linalg.solve(a, b, assume_a="gen")
    except np.linalg.LinAlgError:
        x = b
    return np.sum(x**2)


@pytest.mark.parametrize("f", [general, definite, in_a_loop, in_a_branch, in_a_try])
def test_shared_work(f):
    for b in (np.array([0.3, -0.2, 0.9]), np.array([-0.3, 0.2, 0.9])):
        check_grads(f, (S, b), order=2)
        assert ad.value_and_grad(f)(S, b)[0] == f(S, b)


@pytest.mark.parametrize("f, factor", [(general, "lu_factor"), (definite, "cho_factor")])
def test_one_factorization_serves_both_sweeps(f, factor):
    b = np.array([0.3, -0.2, 0.9])
    for derivative in (ad.grad(f, argnums=(0, 1)), ad.value_and_grad(f)):
        derivative(S, b)
        code = [line for line in derivative.source.splitlines() if not line.strip().startswith("#")]
        assert sum(factor in line for line in code) == 1
        assert not any("linalg.solve(" in line for line in code)


def test_shared_work_raises_what_the_call_raises():
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    for f, a in ((general, singular), (definite, -np.eye(2))):
        with pytest.raises(np.linalg.LinAlgError):
            f(a, np.ones(2))
        with warnings.catch_warnings(), pytest.raises(np.linalg.LinAlgError):
            warnings.simplefilter("ignore")
            ad.value_and_grad(f)(a, np.ones(2))
    assert np.isfinite(ad.grad(in_a_try)(singular, np.ones(2))).all()


def test_shared_work_and_checks_under_checkpoint():
    @ad.checkpoint
    def step(a, b):
        return np.sin(scipy.linalg.solve(a, b, assume_a="gen")) + scipy.linalg.sqrtm(a) @ b

    def f(a, b):
        for _ in range(3):
            b = step(a, b)
        return np.sum(b)

    check_grads(f, (S, np.array([0.3, -0.2, 0.9])), order=1)


def test_factors_that_are_kept():
    def kept(a, b):
        total = 0.0
        factors = scipy.linalg.lu_factor(a)
        c, lower = scipy.linalg.cho_factor(a @ a.T, lower=True)
        for k in range(3):
            total = total + np.sum(scipy.linalg.lu_solve(factors, b * k) ** 2)
        return total + np.sum(scipy.linalg.cho_solve((c, lower), b))

    check_grads(kept, (M, np.array([0.3, -0.2, 0.9])), order=2)


def test_bands():
    ab = r.normal(size=(4, 5))
    ab[2] += 5.0
    f = ad.grad(lambda ab, b: np.sum(scipy.linalg.solve_banded((1, 2), ab, b) ** 2))
    check_grads(lambda ab, b: scipy.linalg.solve_banded((1, 2), ab, b), (ab, np.ones(5)), order=2)
    assert f(ab, np.ones(5)).shape == ab.shape and "full_like" not in f.source
