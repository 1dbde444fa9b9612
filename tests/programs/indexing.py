"""Reads: items, slices, fancy and boolean indices, and indices that are computed."""

import numpy as np

from .registry import program

R = np.random.default_rng(12)
V = np.array([0.7, -1.2, 1.9, 0.4, 1.1])
M = R.uniform(0.2, 1.5, (3, 4))


@program((V,))
def items_from_both_ends(x):
    return x[0] * x[-1] + x[1] ** 2 - x[-2] * x[2]


@program((V,))
def slices_of_every_kind(x):
    return np.sum(x[1:] * x[:-1]) + np.sum(x[::-1] * x) + np.sum(x[::2] ** 2) + np.sum(x[-2:] * x[3:0:-2])


@program((M,))
def matrix_items_rows_and_columns(A):
    return A[0, 1] * A[2][3] + np.sum(A[1] * A[:, 1:].sum(axis=0)[0]) + np.sum(A[:, 2] ** 2) + A[-1, -1]


@program((M,))
def blocks_and_steps(A):
    return np.sum(A[1:, :2] * A[:-1, 2:]) + np.sum(A[::2, ::-1] ** 2) + np.sum(A[..., 0] * A[0, :3])


@program((V, np.array([3, 0, 0, 2])))
def gather_with_repeats(x, k):
    return np.sum(x[k] ** 2 * np.arange(1.0, 5.0)) + x[k[1]]


@program((M, np.array([0, 1, 2, 1]), np.array([3, 0, 0, 2])))
def gather_pairs(A, i, j):
    return np.sum(A[i, j] ** 2) + np.sum(A[i]) + np.sum(A[:, j] * A[:, :]) + A[[0, 2]][1, 1]


@program((V,), (np.abs(V),))
def boolean_read(x):
    positive = x[x > 0.5]
    return np.sum(positive**2) + len(positive) * x[0]


@program((M,))
def boolean_read_of_a_matrix(A):
    return np.sum(A[A > 0.8] ** 3) + np.sum(A[A[:, 0] > 0.1] ** 2)


@program((V,))
def item_chosen_by_argmax(x):
    k = np.argmax(x)
    j = int(np.argmin(x))
    return x[k] * x[j] + x[(k + 1) % len(x)]


@program((V, 3), (V, 0))
def computed_indices(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i, n):
            s += x[i] * x[(2 * j + i) % x.size] / (j + 1)
    return s + x[n]


@program((V,))
def ordered_by_argsort(x):
    order = np.argsort(x)
    return np.sum(x[order] * np.arange(5.0)) + np.sort(x)[1] ** 2


@program((V,))
def slice_bounds_from_variables(x):
    s = 0.0
    for k in range(1, len(x)):
        s += np.sum(x[:k]) * np.mean(x[k:])
    return s


@program((M,))
def views_of_views_are_read(A):
    B = A[1:]
    C = B.T[::2]
    r = C[1]
    return np.sum(C * C) + r[0] * A[0, 0] + np.sum(r * B[:, 3])


@program((V, np.array([0.15, 1.4, 2.6])), wrt=(0, 1))
def linear_interpolation(table, at):
    s = 0.0
    for t in at:
        k = int(np.floor(t))
        f = t - k
        s += ((1.0 - f) * table[k] + f * table[k + 1]) ** 2
    return s


@program((M, np.array([2, 0, 1])))
def rows_by_labels(A, y):
    return np.mean(A[np.arange(len(y)), y] * A[0, y]) + np.take(A, 5) ** 2


@program((np.array([[1.0, 2.0, 0.5], [0.3, 1.7, 0.9]]),))
def nested_loops_over_items(A):
    s = 0.0
    for i in range(A.shape[0]):
        p = 1.0
        for j in range(A.shape[1]):
            p *= A[i, j]
        s += p * p
    return s
