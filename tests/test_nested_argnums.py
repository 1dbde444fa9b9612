"""`argnums` of derivatives that are taken inside of a function."""

from __future__ import annotations

import numpy as np
import pytest

import sourcead as ad

X, Y, DX, DY = np.random.default_rng(3).uniform(0.5, 1.5, (4, 3))


def f(x, y):
    return np.sum(x * x * y)


def check(outer):
    ad.check_grads(outer, (X, Y), order=1)
    inside = ad.value_and_grad(outer, (0, 1))(X, Y)[0]
    np.testing.assert_allclose(inside, outer(X, Y), rtol=1e-13)


def test_jvp_along_some_arguments():
    check(lambda x, y: ad.jvp(f, (x, y), (DX, DY), argnums=(0,))[1])
    check(lambda x, y: ad.jvp(f, argnums=1)((x, y), (DX, DY))[1])
    check(lambda x, y: ad.jvp(f)((x, y), (y, x))[1])


def test_vjp_of_some_arguments():
    check(lambda x, y: np.sum(ad.vjp(f, x, y, argnums=(1,))[1](2.0)[1] * y))
    check(lambda x, y: np.sum(ad.vjp(f, argnums=0)(x, y)[1](2.0)[0] * y))
    assert ad.vjp(f, X, Y, argnums=(1,))[1](1.0)[0] is None


def test_refused():
    with pytest.raises(ad.errors.Unsupported, match="2 primals but 1 tangents"):
        ad.grad(lambda x: ad.jvp(f, (x, Y), (DX,))[1])(X)
    with pytest.raises(ad.errors.Unsupported, match="argnums=2"):
        ad.grad(lambda x: ad.jvp(f, (x, Y), (DX, DY), argnums=2)[1])(X)
    with pytest.raises(ad.errors.Unsupported, match="by name"):
        ad.grad(lambda x: ad.jvp(f, (x, Y), (DX, DY), argnums="x")[1])(X)
