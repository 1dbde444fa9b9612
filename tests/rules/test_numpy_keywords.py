"""The keywords of NumPy's functions: where=, initial=, out=, dtype= and the like, in calls and methods."""

from __future__ import annotations

import pytest

from .expressions import check

REDUCTIONS = """
np.sum(M, where=m)
np.sum(M, axis=1, where=m)
M.sum(axis=0, where=x > 0.4)
np.sum(M, axis=0, initial=s)
np.sum(M, initial=s, where=m)
np.sum(M, 1, None, None, True, s)
np.sum(M, where=True)
np.sum(T, axis=(0, -1), keepdims=True, where=m)
np.real(np.sum(M, axis=1, dtype=np.complex128))
np.mean(M, where=m)
np.mean(M, axis=1, where=m, keepdims=True)
M.mean(axis=0, where=W[:, :1] > 0.1)
np.var(M, where=m)
np.var(M, axis=1, ddof=1, where=W > 0.3)
np.var(M, axis=(0, 1), correction=1)
np.std(M, axis=0, correction=1, keepdims=True)
np.std(M, axis=1, where=W > 0.3)
np.std(z)
np.var(z, axis=0, keepdims=True)
np.var(M + 1j * W, axis=1, ddof=1)
np.std(M + 1j * W, axis=0, where=W > 0.22)
np.max(M, initial=s)
np.max(M, axis=1, initial=s)
np.max(M, axis=0, initial=-9.0, where=m)
M.min(axis=1, initial=s, where=m)
np.min(M, axis=(0, 1), keepdims=True, initial=-0.3)
np.prod(M, axis=(0, 1))
np.prod(T, axis=(0, 2))
np.prod(T, axis=(-1, 0), keepdims=True)
np.prod(M, axis=1, where=m)
np.prod(M, axis=0, initial=s)
np.prod(M, where=m, initial=s)
M.prod(axis=(1,), where=m)
np.prod(z)
np.prod(M + 1j * W, axis=1)
np.cumsum(M, dtype=np.complex128)
np.cumprod(M, axis=1, dtype=np.complex128)
np.any(M > 0, axis=1, where=m) * M[:, 0]
np.sum(M[:0], axis=0) + x
np.prod(M[:0], axis=0) * x
np.sum(x[:0]) + s
np.max(x[:0], initial=s)
np.add.reduce(M)
np.add.reduce(M, axis=None)
np.add.reduce(M, axis=1, keepdims=True)
np.add.reduce(M, axis=(0, 1), where=m, initial=s)
np.multiply.reduce(M, axis=1)
np.maximum.reduce(M, axis=0, initial=0.3)
np.minimum.reduce(M, axis=None)
np.logaddexp.reduce(M, axis=1)
np.hypot.reduce(M, axis=0)
np.add.accumulate(M, axis=1)
np.multiply.accumulate(x)
np.maximum.accumulate(M, axis=1)
np.logaddexp.accumulate(x)
np.multiply.outer(x, M)
np.subtract.outer(x, y)
np.power.outer(x, y)
np.add.outer(s, x)
np.add.reduceat(x, [0, 2, 3])
np.add.reduceat(M, [0, 2], axis=1)
np.multiply.reduceat(x, [0, 2])
np.maximum.reduceat(x, [0, 3])
"""


def rows(text):
    return [line for line in text.strip().splitlines() if line]


@pytest.mark.parametrize("body", rows(REDUCTIONS))
def test_reduction(body):
    check(body)


OTHERS = """
np.clip(x, min=0.2, max=0.6)
np.clip(x, 0.2, None)
np.clip(x, max=s)
x.clip(min=0.2)
x.clip(0.2, s)
np.round(x * s, decimals=1) + x
np.array(x, dtype=np.float64) * s
np.array(x, copy=True) * s
np.array(x, ndmin=2) * s
np.array([x, y], dtype=float, order="C")
np.array([x, y], copy=True)
np.asarray(x, dtype=complex).real
np.full_like(x, s)
np.full_like(x, s, shape=(2, 3))
np.zeros_like(x, shape=(2, 5)) + x
np.ones_like(x, dtype=complex) * x
np.zeros_like(M, shape=3) + s
np.full((2, 3), s, dtype=np.float64)
np.full(5, x)
np.linspace(s, t, 5)
np.linspace(s, t, 5, endpoint=False)
np.linspace(s, t, num=4, retstep=True)
np.linspace(x, y, 4)
np.linspace(x, t, 4, axis=-1)
np.linspace(x, y, 4, axis=1, endpoint=False)
np.logspace(x, y, 3)
np.meshgrid(x, y)[0] * s
np.meshgrid(x, y, sparse=True)[1]
np.meshgrid(x, y[:3], indexing="ij", copy=False)
np.meshgrid(x, y[:3], indexing="ij", sparse=True)[0]
x[np.where(y > 0.65)]
np.sort(x, kind="stable")
np.sort(M, axis=None)
np.sort(M, axis=0, stable=True)
x[np.argsort(y, kind="mergesort")]
x[np.argsort(y, stable=True)]
np.diff(x, prepend=s)
np.diff(x, prepend=y[:2], append=s)
np.diff(x, n=2, append=t)
np.diff(M, axis=0, prepend=0.0)
np.trace(T)
np.trace(T, axis1=1, axis2=2)
np.trace(M, offset=1)
np.take(x, [0, 7, 2], mode="wrap")
np.take(x, i * 3, mode="clip")
np.take(M, [[0, 9], [3, 2]], axis=1, mode="wrap")
np.take_along_axis(M, np.argsort(W, axis=1), 1)
np.take_along_axis(M, np.argsort(W, axis=0), axis=0)
np.interp(s, p, x)
np.interp(y, p, x, left=0.5, right=s)
np.interp(3 * y, p, x, period=2.9)
np.interp(y * 3, p, x, period=t + 2.0)
np.concatenate((x, y), dtype=np.float64)
np.concatenate((M, W), axis=None)
np.concatenate([x, M], axis=None)
np.stack((x, y), axis=1, dtype=complex).real
np.vstack([x, M])
np.argmax(M, axis=1, keepdims=True) * M
np.ptp(M, axis=(0, 1), keepdims=True)
np.ptp(M, axis=1)
np.count_nonzero(M > 0, axis=1, keepdims=True) * M
np.cross(T[0, :, :3], T[1, :, :3], axis=1)
np.cross(N[:, :3], N[::-1, :3], axisa=1)
np.angle(z, deg=True)
np.copy(M, order="C") * s
M.astype(np.float64, copy=False) * s
np.ravel(M, order="K") * s
np.isclose(x, y, atol=0.2) * x
np.searchsorted(p[::-1], 0.9, sorter=np.argsort(p[::-1])) * x
np.squeeze(M[:, :1], axis=1)
np.repeat(M, [1, 2, 0, 1], axis=0)
np.tile(x, (2, 1)) * s
np.split(x, [2, 3])[1] * s
np.add(x, y, out=np.zeros(5), where=b)
np.add(x, y, dtype=np.float64)
np.multiply(x, s, out=None)
np.exp(x, out=np.ones(5), where=b)
np.sqrt(x, where=True)
np.divide(x, y, casting="same_kind")
np.add(s, t)
np.sum(s)
np.mean(s) * t
np.max(s)
np.cumsum(s)
np.prod(s)
np.sort(M)[..., 1]
np.einsum("ij,j->i", M, x, optimize=True)
np.inner(M, x)
np.arange(s, t + 1.0, 0.5)
np.eye(4, 5, k=1) * M
np.cbrt(x, dtype=np.float64)
np.tril(M, k=-1)
np.diag(x, k=-1)
np.flip(M, axis=(0, 1))
np.roll(M, (1, 2), axis=(0, 1))
np.rot90(M, k=-1)
np.nan_to_num(x / y, nan=1.0, posinf=2.0)
np.expand_dims(x, (0, 2))
x.sum(None, keepdims=True)
M.max(axis=(0, 1))
M.min(1, keepdims=True)
M.cumsum(axis=1)
M.cumprod(1)
M.trace()
M.take([0, 2], axis=1)
M.swapaxes(0, 1) * s
M.squeeze() * s
M.ravel() * s
M.mean(axis=(0, 1))
M.diagonal(1) * s
M.repeat(2, axis=0)
M.argmin(axis=0) * x
M.nonzero()[0] * s
x.searchsorted(0.5) * s
x.dot(y)
"""


@pytest.mark.parametrize("body", rows(OTHERS))
def test_other(body):
    check(body)
