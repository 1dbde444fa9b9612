"""New axes of length 1 in derivative code: broadcasting puts them there."""

from __future__ import annotations

import numpy as np
import pytest

import sourcead as ad

A = np.random.default_rng(5).uniform(0.2, 1.0, (3, 4))
W = np.linspace(0.5, 1.5, 4)

PROGRAMS = {
    "mean": lambda A, w: np.sum((A - A.mean(axis=0)) ** 3 * w),
    "quotient": lambda A, w: np.sum(np.sin(A) / A.sum(axis=0) * w),
    "weights": lambda A, w: np.sum((A * w).sum(axis=0) ** 2),
    "three axes": lambda A, w: np.sum((A[:, :, None] * w).sum(axis=0) ** 2 * (A[None] - A.max(axis=0)).sum()),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_without_new_first_axes(name):
    f = PROGRAMS[name]
    slope = ad.grad(f, (0, 1))
    slope(A, W)
    ad.check_grads(f, (A, W))
    if name != "three axes":
        assert "expand_dims" not in slope.source


def test_transposes_of_products():
    def f(A, B):
        return np.sum(np.cos((A @ B.T).T @ A))

    slope = ad.grad(f, (0, 1))
    slope(A, A + 1.0)
    ad.check_grads(f, (A, A + 1.0))
    assert ".T.T" not in slope.source and ").T" not in slope.source.replace("(A @ B.T).T", "")


def test_rows_of_zeros_are_not_made():
    def f(A):
        s = 0.0
        for row in A:
            for v in row:
                s += v * v * s + v
        return s

    slope = ad.grad(f)
    slope(A)
    ad.check_grads(f, (A,))
    assert "A_bar[i, j] += " in slope.source and slope.source.count("zeros_like") == 1
