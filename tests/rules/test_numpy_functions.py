"""NumPy's reductions, order statistics, composites and the like, over axes, keywords and ranks."""

from __future__ import annotations

import pytest

from .expressions import check

REDUCTIONS = """
np.nansum(M + H)
np.nansum(M + H, axis=1)
np.nansum(M + H, axis=(0, 1), keepdims=True)
np.nanmean(M + H, axis=0)
np.nanmean(M + H, axis=-1, keepdims=True)
np.nanmean(T, axis=(0, -1))
np.nanmax(M + H, axis=1)
np.nanmin(M + H)
np.nanmin(M + H, axis=0, keepdims=True)
np.nanprod(M + H, axis=1)
np.nanprod(M + H)
np.nanvar(M + H, axis=1)
np.nanvar(M + H, axis=0, ddof=1, keepdims=True)
np.nanstd(M + H)
np.nanstd(M + H, axis=-1, ddof=1)
np.nancumsum(M + H)
np.nancumsum(M + H, axis=1)
np.nancumprod(M + H, axis=0)
np.nancumprod(M + H)
np.nanmedian(M + H)
np.nanmedian(M + H, axis=1)
np.nanpercentile(M + H, 30.0, axis=1)
np.nanquantile(M + H, x, axis=1)
np.median(x)
np.median(M)
np.median(M, axis=0)
np.median(T, axis=(0, 2), keepdims=True)
np.percentile(x, 40.5)
np.percentile(M, 100 * x, axis=0)
np.quantile(x, s)
np.quantile(M, s, axis=1)
np.quantile(T, x, axis=(0, 2))
np.quantile(T, x, axis=1, keepdims=True)
np.quantile(x, 0.3, method="lower")
np.quantile(x, 0.3, method="higher")
np.quantile(x, 0.31, method="nearest")
np.quantile(x, 0.3, method="midpoint")
np.quantile(M, y * 0.7 + 0.1, axis=0, method="weibull")
np.quantile(M, s + 0.02, method="hazen")
np.quantile(M, s, axis=1, method="median_unbiased")
np.average(x, weights=y)
np.average(M, axis=1, weights=x)
np.average(M, axis=0, weights=W, keepdims=True)
np.average(T, axis=(0, 2))
np.average(M, axis=0, weights=W, returned=True)
np.average(M, axis=0, returned=True)[0]
np.trapezoid(x)
np.trapezoid(x, p)
np.trapezoid(x, dx=s)
np.trapezoid(M, x, axis=-1)
np.trapezoid(M, W, axis=0)
np.trapezoid(T, dx=0.3, axis=1)
np.cov(M)
np.cov(x)
np.cov(x, y)
np.cov(M, rowvar=False)
np.cov(M, bias=True)
np.cov(M, ddof=2)
np.cov(M, M[:2] * s)
np.cov(M, aweights=y)
np.cov(M, fweights=i + 1)
np.cov(M, fweights=i + 1, aweights=y)
np.cov(M, aweights=y, ddof=0)
np.corrcoef(M)
np.corrcoef(x, y)
np.corrcoef(M, rowvar=False)
np.bincount(i, x)
np.bincount(i, weights=x, minlength=9)
np.histogram(y, bins=3, weights=x)
np.histogram(y, bins=np.array([0.0, 0.4, 0.6, 2.0]), weights=x)[0]
np.histogram(y, 4, (0.1, 0.9), weights=x)[0]
np.histogram(M, 4, weights=W)[1]
np.gradient(M)[1]
np.gradient(M, s, axis=0, edge_order=2)
np.gradient(x, p, edge_order=2)
np.ediff1d(M)
np.ediff1d(x, to_begin=y[:2], to_end=s)
np.cumulative_sum(x, include_initial=True)
np.cumulative_sum(M, axis=1)
np.cumulative_prod(M, axis=-1, include_initial=True)
np.cumulative_prod(x)
np.correlate(x, y)
np.correlate(x, y[:2])
np.correlate(x, y[:2], "same")
np.correlate(x[:2], y, "same")
np.correlate(x[:4], y, mode="full")
np.correlate(x[:2], y)
"""

PARTS = """
np.vecdot(x, y)
np.vecdot(M, x)
np.vecdot(z, x + 1j * y)
np.vecdot(T, M)
np.matvec(M, x)
np.matvec(T, N.T)
np.matvec(M, z)
np.vecmat(x, N)
np.vecmat(M, N)
np.vecmat(z, N)
np.divmod(x, 0.4)[1]
np.divmod(x + 2.0, t)[1]
np.divmod(t + 1.8, y + 2.0)[1]
np.modf(M * 3)[0]
np.modf(t)[0]
np.ldexp(x, 3)
np.ldexp(x, i)
np.frexp(M * 7)[0]
np.nextafter(x, 2.0)
np.unwrap(x * 30)
np.unwrap(np.round(3 * M) * 9 + W, axis=0, period=4.0)
np.unwrap(np.round(x) * 9 + y, discont=4.0)
np.i0(M * 3)
np.real_if_close(x)
np.abs(x + 1j * y)
np.abs(z)
np.abs(z) ** 2
np.absolute(z * s)
np.astype(x, np.float64) * x
np.pow(x, y)
np.acos(x) + np.asin(x) + np.atan2(x, y)
np.logspace(s, t, 5)
np.logspace(s, t, 4, endpoint=False, base=t)
np.geomspace(s, t, 5)
np.geomspace(x[0], t, num=4, endpoint=False)
np.geomspace(-s, -t, 4)
np.poly(x)
np.polyder(x)
np.polyder(x, 2)
np.polyint(x)
np.polyint(x, 2)
np.polyint(x, k=s)
np.polyadd(x, y[:3])
np.polysub(x[:2], y)
np.polymul(x, y[:2])
"""

MOVED = """
np.broadcast_arrays(x, M, s)[0]
np.broadcast_arrays(x[:, None], y)
np.dstack((x, y))
np.dstack([M, W])
np.insert(x, 1, s)
np.insert(x, [1, 3], y[:2])
np.insert(x, [1, 3], s)
np.insert(M, 2, x, axis=0)
np.insert(M, 1, s, axis=1)
np.insert(M, 1, y[:4], axis=1)
np.insert(M, 3, s)
np.delete(x, 1)
np.delete(x, [0, 2])
np.delete(M, 1, axis=0)
np.delete(M, slice(1, 3), axis=1)
np.delete(M, 4)
np.resize(x, 7)
np.resize(M, (2, 3))
np.resize(x, (3, 4))
np.unstack(M)[1]
np.unstack(T, axis=1)[2] * x
np.matrix_transpose(T)
T.mT * s
np.rollaxis(T, 2)
np.block([x, y])
np.block([[M, W], [W, M]])
np.block([[x], [y]])
np.concat((x, y))
np.permute_dims(T, (2, 0, 1))
np.select([x < 0.4, x < 0.6], [x, 2 * x], 3 * x)
np.select([M < 0.0, M < x], [W, M * W])
np.select([x < 0.4], [y], s)
np.choose(i % 2, (x, y))
np.choose(i, [x, y, s, 2 * x], mode="wrap")
np.choose(i, [x, y, 3 * x], mode="clip")
np.compress(b, x)
np.compress(b, M, axis=1)
np.compress([True, False, True], M, axis=0)
x.compress(b)
np.extract(m, M)
np.diagflat(M)
np.diagflat(x, 1)
np.partition(x, 2)
np.partition(M, 1, axis=0)
np.partition(M, (1, 3))
np.partition(M, 4, axis=None)
np.unique(M)
np.unique(np.concatenate((x, x)))
np.unique(x, return_index=True, return_counts=True)[0]
np.union1d(x, y)
np.setdiff1d(M, x[:2])
np.intersect1d(np.concatenate((x, y)), x)
np.setxor1d(x, y)
M[np.tril_indices(4)]
M[np.triu_indices(4, 1, 5)]
M[np.triu_indices(4, k=-1)]
M[np.diag_indices(4)]
N[:3][np.diag_indices_from(N[:3])]
M[np.mask_indices(4, np.triu, 1)]
M[np.ix_(i[:2], i)]
M[np.ix_([0, 2], [1, 3])]
M * np.tri(4, 5, 1)
x * np.digitize(y, np.array([0.0, 0.5]))
x[np.lexsort((i, i % 2))]
x[np.argpartition(y, 2)]
np.trim_zeros(np.concatenate((np.zeros(2), x, np.zeros(1))))
"""


def rows(text):
    return [line for line in text.strip().splitlines() if line]


@pytest.mark.parametrize("body", rows(REDUCTIONS))
def test_reduction(body):
    check(body)


@pytest.mark.parametrize("body", rows(PARTS))
def test_part(body):
    check(body)


@pytest.mark.parametrize("body", rows(MOVED))
def test_moved(body):
    check(body)
