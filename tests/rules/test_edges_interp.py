"""Distances at coinciding points, integrals, interpolants at knots; objects of SciPy from outside."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.interpolate import CubicSpline, interp1d
from scipy.spatial.distance import cdist, euclidean, pdist

import sourcead as ad
from sourcead import errors
from sourcead.testing import check_grads

A = sparse.csr_matrix(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0], [4.0, 0.0, 1.0]]))
x = np.array([0.3, -0.7, 0.2])


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "cityblock", "chebyshev"])
def test_coinciding_points_add_nothing(metric):
    points = np.array([[1.0, 2.0], [1.0, 2.0]])
    with np.errstate(all="raise"):
        g = ad.grad(lambda p: np.sum(pdist(p, metric)))(points)
        h = ad.grad(lambda p: np.sum(cdist(p, p[:1], metric)))(points)
    assert not g.any() and not h.any()


def test_a_distance_of_zero():
    assert ad.grad(lambda u: euclidean(u, np.zeros(2)))(np.zeros(2)).tolist() == [0.0, 0.0]


def test_another_matrix_of_one_kind_needs_no_new_compilation():
    def f(A, x):
        return np.sum((A @ x) ** 2)

    g = ad.grad(f, argnums=1)
    for M in (A, 2.0 * A):
        np.testing.assert_allclose(g(M, x), M.T @ (2.0 * (M @ x)))
    assert len(g.sources) == 1
    assert "A.T @" in g.source


def test_a_spline_from_outside_is_read_as_it_is():
    spline = CubicSpline([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 0.0, 2.0])
    g = ad.grad(lambda t: spline(t) * 1.0)
    assert g(1.3) == spline(1.3, 1)
    assert "spline(t, nu=1)" in g.source


def test_unused_derivatives_by_the_knots_leave_no_text():
    def f(t):
        return CubicSpline(np.arange(4.0), np.arange(4.0) ** 3)(t) * 1.0

    g = ad.value_and_grad(f)
    assert g(1.5)[0] == f(1.5)
    assert "spsolve" not in g.source


def test_periodic_splines_differentiate_through_their_period():
    def f(x, t):
        y = np.sin(2.0 * np.pi * (x - x[0]) / (x[-1] - x[0]))
        y = np.concatenate((y[:-1], y[:1]))
        return np.sum(CubicSpline(x, y, bc_type="periodic")(t) ** 2)

    check_grads(f, (np.array([0.0, 0.2, 0.5, 0.7, 1.0]), np.array([0.3, 1.4, -0.8])), order=1)


def test_out_of_bounds_raises_as_in_the_primal():
    line = interp1d([0.0, 1.0], [2.0, 3.0])
    with pytest.raises(ValueError, match="out of bounds|above|below"):
        ad.value_and_grad(lambda t: line(t) * 1.0)(1.5)


def refused_product(x):
    return np.sum((A @ A) @ x)


def refused_power(x):
    return np.sum(A.power(2) @ x)


def refused_dense(x):
    return np.sum(sparse.csr_matrix(np.outer(x, x)) @ x)


def refused_write(x):
    data = x * 2.0
    M = sparse.coo_matrix((data, (np.arange(3), np.arange(3))), shape=(3, 3))
    data[0] = 1.0
    return np.sum(M @ x)


def refused_few(x):
    return np.sum(cdist(np.outer(x, x), np.outer(x, x), "canberra"))


def refused_result(x):
    return 2.0 * A


@pytest.mark.parametrize(
    "f", [refused_product, refused_power, refused_dense, refused_write, refused_few, refused_result]
)
def test_refused(f):
    with pytest.raises((errors.Unsupported, errors.NotDifferentiable)):
        ad.grad(f)(x)


def test_a_matrix_is_no_argument_to_differentiate():
    with pytest.raises(errors.NotDifferentiable, match="csr_matrix"):
        ad.grad(lambda M: np.sum(M @ x))(A)
