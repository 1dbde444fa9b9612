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
