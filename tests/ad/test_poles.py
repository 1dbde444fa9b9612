"""A mask before a pole: what it leaves out has no share in an infinite adjoint, in either mode."""

from __future__ import annotations

import numpy as np
import pytest

import sourcead as ad

X = np.array([-1.0, 4.0, -3.0])


def clamped(v):
    return max(v, 0.0) ** 0.8


def looped(x):
    s = 0.0
    for v in x:
        s += clamped(v) + min(-v, 0.0) * 0.5
    return s


PROGRAMS = {
    "maximum": lambda x: np.sum(np.maximum(x, 0.0) ** 0.8),
    "minimum": lambda x: np.sum(np.sqrt(-np.minimum(-x, 0.0))),
    "clip": lambda x: np.sum(np.sqrt(np.clip(x, 0.0, 9.0))),
    "clip of a number": lambda x: np.sqrt(np.clip(x[0], 0.0, 9.0)) + x[1],
    "a mask of the program": lambda x: np.sum(np.sqrt(x * (x > 0))),
    "max": lambda x: np.sqrt(np.max(np.array([x[0], x[2], 0.0]))) + x[1],
    "abs": lambda x: np.sum(np.sqrt(np.abs(x * (x > 0.0)))),
    "where": lambda x: np.sum(np.sqrt(np.where(x > 0, x, 0.0))),
    "numbers": looped,
    "clamped numbers": lambda x: clamped(x[0]) + clamped(x[1]) * clamped(x[2] + 4.0),
}


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("name", PROGRAMS)
def test_masks_before_poles(name):
    f = PROGRAMS[name]
    slope = ad.grad(f)(X)
    assert np.all(np.isfinite(slope))
    for k in range(len(X)):
        e = np.eye(len(X))[k]
        if name != "max" or k == 1:
            np.testing.assert_allclose(
                slope[k], (f(X + 1e-6 * e) - f(X - 1e-6 * e)) / 2e-6, rtol=1e-8, atol=1e-9
            )
            np.testing.assert_allclose(slope[k], ad.jvp(f, (X,), (e,))[1], rtol=1e-13)


def test_ties_share_equally():
    assert ad.grad(lambda x: max(x, 2.0) * 3.0)(2.0) == 1.5
    got = ad.grad(lambda x: np.sum(3.0 * np.maximum(x, 0.0)))(np.array([-1.0, 0.0, 1.0]))
    np.testing.assert_array_equal(got, [0.0, 1.5, 3.0])
    got = ad.grad(lambda x: np.sum(3.0 * np.clip(x, 0.0, 1.0)))(np.array([-1.0, 0.0, 0.5, 1.0, 2.0]))
    np.testing.assert_array_equal(got, [0.0, 1.5, 3.0, 1.5, 0.0])
