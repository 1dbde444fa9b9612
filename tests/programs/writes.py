"""Local arrays that are made, written and read."""

import numpy as np

from .registry import program

V = np.array([0.7, -1.2, 1.9, 0.4, 1.1])
M = np.arange(12.0).reshape(3, 4) / 7.0 + 0.2


@program((V,))
def filled_item_by_item(x):
    n = len(x)
    y = np.zeros(n)
    for i in range(n):
        y[i] = x[i] * x[i] + i
    return np.sum(y * x)


@program((V,))
def accumulated_in_place(x):
    y = np.zeros(3)
    for i in range(len(x)):
        y[i % 3] += x[i] ** 2
    return np.prod(y)


@program((V,))
def recurrence_through_an_array(x):
    y = np.empty(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] * x[i] + np.sin(y[i - 1])
    return y[-1]


@program((V,))
def prefix_sums_by_hand(x):
    c = x.copy()
    for i in range(1, c.size):
        c[i] += c[i - 1]
    return np.sum(c * c)


@program((V,), (np.abs(V),))
def written_in_one_branch(x):
    y = np.ones(len(x))
    for i, v in enumerate(x):
        if v > 0.0:
            y[i] = v * v
        elif v < -1.0:
            y[i] *= v
    return np.sum(y**2)


@program((V,))
def slice_assigned(x):
    y = np.zeros(7)
    y[1:6] = x * x
    y[0] = y[1] * 2.0
    y[6:] = x[0]
    return np.sum((y[2:] - 2.0 * y[1:-1] + y[:-2]) ** 2)


@program((M,))
def matrix_filled_in_loops(A):
    n, m = A.shape
    B = np.zeros((m, n))
    for i in range(n):
        for j in range(m):
            B[j, i] = A[i, j] ** 2 + (i + j)
    return np.sum(B @ A)


@program((M,))
def product_by_three_loops(A):
    n, m = A.shape
    C = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for k in range(m):
                C[i, j] += A[i, k] * A[j, k]
    return np.sum(C * C)


@program((V,))
def rows_assigned(x):
    B = np.zeros((3, 5))
    B[0] = x
    B[1, :] = B[0] * x
    B[2] = B[1] + B[0]
    B[:, 0] = 2.0
    return np.sum(B**2)


@program((V, np.array([0, 2, 4])))
def scattered_by_indices(x, k):
    y = np.zeros(5)
    y[k] = x[:3] ** 2
    y[k[0]] += 1.0
    return np.sum(y * x)


@program((V,))
def overwritten_after_use(x):
    y = x * 1.5
    s = y[0] * y[1]
    y[0] = s * s
    y[1] = y[0] + x[2]
    y[0] = 0.0
    return s + np.sum(y * y)


@program((V, 4), (V, 1))
def smoothing_sweeps(x, n):
    u = x.copy()
    for _ in range(n):
        v = u.copy()
        for i in range(1, len(u) - 1):
            v[i] = 0.25 * u[i - 1] + 0.5 * u[i] ** 2 + 0.25 * u[i + 1]
        u = v
    return np.sum(u * u)


@program((V,))
def masked_assignment(x):
    y = x * x
    y[x < 0.0] = 0.1
    y[y > 2.0] *= 0.5
    return np.sum(y**2)


@program((np.array([2.0, 3.0, 2.5]), np.array([0.5, -0.7]), np.array([1.0, 2.0, 3.0])), wrt=(0, 1, 2))
def tridiagonal_solve(diagonal, off, rhs):
    d = diagonal.copy()
    b = rhs.copy()
    n = len(d)
    for i in range(1, n):
        w = off[i - 1] / d[i - 1]
        d[i] -= w * off[i - 1]
        b[i] -= w * b[i - 1]
    x = np.zeros(n)
    x[n - 1] = b[n - 1] / d[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = (b[i] - off[i] * x[i + 1]) / d[i]
    return np.sum(x * x)


@program((False, np.array([1, 2, 0, 1]), V[:4]), (True, np.array([1, 2, 0, 1]), V[:4]), wrt=2)
def adjoint_that_begins_as_a_value_of_the_primal(skip, at, x):
    """The adjoint of x from the last line is cos(x), which the primal has too, and writes into."""
    y = np.cos(x)
    if not skip:
        first = np.array(0)
        y[at] = x[first]
    return np.sum(y) + np.sum(np.sin(x))


@program((np.linspace(0.1, 0.9, 35).reshape(5, 7),), (np.linspace(0.1, 0.9, 35).reshape(7, 5).T,))
def written_in_fortran_order(A):
    """The order of memory decides the order of the sum; a copy that is kept must not change it."""
    y = np.tanh(A.T)
    y[2] = 0.5
    return np.sum(np.sin(y))


@program((V[:4], 0.7))
def arrays_made_of_numbers_and_arrays(x, s):
    t = np.array(s)
    w = np.array(x)
    w[0] = 2.0
    i = np.array(1)
    return t * np.sum(w * w) * w[i] * w.size + (t.ndim + t.size) * x[0]
