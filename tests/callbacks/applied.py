"""Functions that apply functions to arrays."""

from __future__ import annotations

import math

import numpy as np

cube = np.vectorize(lambda t: t**3)


@np.vectorize
def soft(t, k):
    if t > 0.0:
        return t * k
    return math.exp(t) - 1.0


def squared(x):
    return np.sum(np.vectorize(lambda t: t**2)(x))


def cubed(x):
    return np.sum(cube(x) * x)


def decorated(x, k):
    return np.sum(soft(x, k) ** 2)


def of_three(M, s):
    return np.sum(np.vectorize(lambda m, n, t: m * n * t)(M, M.T, s) ** 2)


def of_a_number(s):
    return np.vectorize(lambda t: math.sin(t) * t)(s) ** 2


def with_otypes(x):
    return np.sum(np.vectorize(lambda t: 1 if t > 1 else 2, otypes=[float])(x) * x)


def captures(x, s):
    w = s * s
    return np.sum(np.vectorize(lambda t: t * w)(x) ** 2)


def sums(M):
    return np.sum(np.apply_along_axis(np.sum, 0, M) ** 2)


def rows(M, w):
    return np.sum(np.apply_along_axis(lambda r: r / np.sum(r * w), 1, M) ** 3)


def squares_of_rows(A):
    return np.sum(np.apply_along_axis(lambda r: r @ r, 1, A) ** 2)


def scans_of_rows(A):
    return np.sum(np.apply_along_axis(lambda r: np.cumsum(r) * r[0], -2, A) ** 2)


def one_row(x):
    return np.apply_along_axis(lambda r, k: r @ r * k, 0, x, 3.0) ** 2


def over_axes(A):
    return np.sum(np.apply_over_axes(np.sum, A, [0, 2]) ** 2)


def pieces(x, k):
    return np.sum(np.piecewise(x, [x < 0, x > 1], [lambda v: -v * k, lambda v: v**2, 0.5]) ** 2)


def pieces_with_arguments(x, k):
    return np.sum(np.piecewise(x, [x < 0, x >= 0], [lambda v, k: -v * k, lambda v, k: v**2 * k], k) ** 2)


def from_indices(s):
    return np.sum(np.fromfunction(lambda i, j: np.exp(s * i) + j * s, (2, 3)))


x = np.array([-0.5, 0.3, 1.7])
M = np.arange(1.0, 10).reshape(3, 3) / 5
A = np.arange(24.0).reshape(2, 3, 4) / 10 + 0.1

APPLIED = [
    (squared, (x,), 2),
    (squared, (M,), 2),
    (cubed, (x,), 2),
    (decorated, (x, 1.3), 2),
    (of_three, (M, 0.7), 2),
    (of_a_number, (0.7,), 2),
    (with_otypes, (x,), 2),
    (captures, (x, 0.7), 2),
    (sums, (M,), 2),
    (rows, (M, x + 1), 2),
    (squares_of_rows, (A,), 2),
    (scans_of_rows, (A,), 2),
    (one_row, (x,), 2),
    (over_axes, (A,), 2),
    (pieces, (x, 1.3), 2),
    (pieces_with_arguments, (x, 1.3), 2),
    (from_indices, (0.4,), 2),
]
