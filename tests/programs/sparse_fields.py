"""Fields on grids and graphs: sparse systems, splines and distances of SciPy."""

import numpy as np
import scipy.sparse as sparse
from scipy.integrate import simpson, trapezoid
from scipy.interpolate import CubicSpline, RegularGridInterpolator
from scipy.sparse.linalg import splu, spsolve
from scipy.spatial.distance import cdist, pdist

from .registry import program

R = np.random.default_rng(1406)
N = 6
LAPLACE = sparse.diags_array(
    [np.full(N - 1, -1.0), np.full(N, 2.0), np.full(N - 1, -1.0)], offsets=[-1, 0, 1], format="csc"
)
LINKS = sparse.csr_matrix(np.array([[0, 1, 0, 1], [1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 1, 0.0]]))
FACTORS = splu(LAPLACE)
ROAD = CubicSpline([0.0, 1.0, 2.5, 3.0, 4.2], [0.3, 1.2, 0.7, 0.1, 0.9])
KNOTS = np.array([0.0, 0.7, 1.1, 1.9, 2.6])
HEIGHTS = R.normal(size=(4, 5))


@program((R.normal(size=N),))
def energy_of_poissons_equation(f):
    u = spsolve(LAPLACE, f)
    return 0.5 * u @ (LAPLACE @ u) - np.sum(np.sin(u))


@program((R.uniform(0.5, 2.0, N - 1), R.normal(size=N)), wrt=(0, 1))
def diffusion_with_assembled_conductivities(kappa, f):
    left = np.arange(N - 1)
    right = left + 1
    data = np.concatenate((kappa, kappa, -kappa, -kappa, np.ones(N)))
    rows = np.concatenate((left, right, left, right, np.arange(N)))
    columns = np.concatenate((left, right, right, left, np.arange(N)))
    A = sparse.coo_matrix((data, (rows, columns)), shape=(N, N)).tocsc()
    u = spsolve(A, f)
    return u @ u


@program((R.normal(size=N), 0.3), wrt=(0, 1))
def implicit_heat_steps(u, dt):
    A = sparse.identity(N, format="csc") + dt * LAPLACE
    lu = splu(A.tocsc())
    for _ in range(3):
        u = lu.solve(u)
    return np.sum(u**2)


@program((R.normal(size=N),))
def factors_made_once(f):
    for _ in range(2):
        f = FACTORS.solve(np.tanh(f))
    return f @ f


@program((R.uniform(0.2, 1.0, 4), 0.85), wrt=(0, 1))
def page_rank(weights, damping):
    rank = weights / np.sum(weights)
    for _ in range(5):
        spread = LINKS @ (rank * weights)
        rank = damping * spread / np.sum(spread) + (1.0 - damping) / 4.0
    return rank @ rank


@program((R.normal(size=5), R.uniform(0.1, 1.0, 7)), wrt=(0, 1))
def entries_in_two_formats(d, e):
    rows, columns = np.array([0, 1, 2, 2, 0]), np.array([1, 0, 2, 1, 1])
    A = sparse.csr_array((d, (rows, columns)), shape=(3, 3))
    B = sparse.csr_matrix((e, LINKS.indices[:7], np.array([0, 2, 4, 5, 7])), shape=(4, 4))
    M = A.toarray()
    return np.sum(M @ M) + np.sum((B.T @ np.ones(4)) ** 2) + np.sum((2.0 * A - 0.5 * A.T) @ d[:3])


@program((R.normal(size=5),))
def length_of_a_spline(y):
    t = np.linspace(0.0, 2.6, 21)
    slope = CubicSpline(KNOTS, y, bc_type="natural")(t, 1)
    return simpson(np.sqrt(1.0 + slope**2), x=t) + trapezoid(slope, t)


@program((R.uniform(0.2, 4.0, 3),))
def heights_on_a_road(t):
    return np.sum(ROAD(t) ** 2) + ROAD(t[0], 1)


@program((np.array([[0.3, 0.2], [2.7, 1.4]]), HEIGHTS), wrt=(0, 1))
def heights_on_a_map(where, heights):
    grid = np.array([0.0, 1.0, 2.5, 3.0]), np.array([0.0, 0.4, 1.0, 1.3, 2.0])
    return np.sum(RegularGridInterpolator(grid, heights)(where) ** 2)


@program((R.normal(size=(6, 2)), R.normal(size=(2, 2))), wrt=(0, 1))
def k_means(points, centres):
    return np.sum(np.min(cdist(points, centres, "sqeuclidean"), axis=1)) + np.sum(pdist(centres))
