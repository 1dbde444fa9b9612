"""More functions that generated code may call, under the contract of `runtime.py`: order statistics and the
modified Bessel function behind `np.i0`."""

from __future__ import annotations

import numpy as np


def quantile_weights(a, q, axis=None, method="linear", ignore_nan=False, slope=False):
    """The weights with which the elements of a enter `np.quantile(a, q, axis, method=method)`.

    a: real, of any shape; q: a number or an array, in [0, 1].  Returns an array of shape
    `q.shape + a.shape`; the quantile is its product with a, summed over the axes.  Each of its slices has at
    most two elements that are not 0, at the order statistics on both sides of the quantile:

        sorted a:    a0     a1 - - x - - a2     a3        x at h = 1.6:  0.4 a1 + 0.6 a2

    ignore_nan: as `np.nanquantile`, which counts what is no NaN; a slice without any has no weights.
    slope: the derivative of the weights by q instead, for the methods that interpolate.

    >>> quantile_weights(np.array([30.0, 10.0, 20.0]), 0.25).tolist()
    [0.0, 0.5, 0.5]
    """
    a, q = np.asarray(a), np.asarray(q)
    every = range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(k % a.ndim for k in every)
    rest = tuple(k for k in range(a.ndim) if k not in axes)
    moved = np.transpose(a, (*rest, *axes))
    rows = moved.reshape((*moved.shape[: len(rest)], -1))
    order = np.argsort(rows, axis=-1, kind="stable")
    counts = np.sum(~np.isnan(rows), axis=-1) if ignore_nan else np.full(rows.shape[:-1], rows.shape[-1])
    out = np.zeros(q.shape + rows.shape, dtype=np.result_type(a, np.float32))
    edge = {
        "linear": 1.0,
        "interpolated_inverted_cdf": 0.0,
        "hazen": 0.0,
        "weibull": -1.0,
        "median_unbiased": -1 / 3,
        "normal_unbiased": -1 / 4,
    }
    for n in np.unique(counts):
        if n == 0:
            continue
        place = np.quantile(np.arange(float(n)), q, method=method)
        low = np.clip(np.floor(place).astype(int), 0, max(n - 2, 0))
        high = np.minimum(low + 1, n - 1)
        part = place - low
        if slope:
            inside = (n > 1) & (edge.get(method, 1.0) == 1.0) | (place > 0) & (place < n - 1)
            rate = np.where(inside, n - edge[method] if method in edge else 0.0, 0.0)
            shares = (-rate, rate)
        else:
            shares = (1.0 - part, part)
        ours = counts == n
        block = np.zeros((*q.shape, int(ours.sum()), rows.shape[-1]))
        ranked = order[ours]
        for at, share in zip((low, high), shares):
            where = np.moveaxis(ranked[:, at], 0, -1)[..., None]
            old = np.take_along_axis(block, where, axis=-1)
            np.put_along_axis(block, where, old + np.asarray(share)[..., None, None], axis=-1)
        out[(Ellipsis, ours, slice(None))] = block
    out = out.reshape(q.shape + moved.shape)
    back = np.argsort((*rest, *axes))
    return np.transpose(out, (*range(q.ndim), *(q.ndim + back)))


def bessel_i(x, n=0):
    """The modified Bessel function of the first kind I_n(x), n = 0, 1, 2, ..., at real x.

    The power series (DLMF 10.25.2), whose terms have one sign for x^2 > 0; it holds until I_n overflows.

    >>> round(float(bessel_i(1.0, 1)), 12)
    0.565159103992
    """
    z = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):
        term = (z / 2) ** n / np.prod(np.arange(1.0, n + 1))
        total = np.array(term)
        square = z * z / 4
        for k in range(1, 1200):
            term = term * (square / (k * (k + n)))
            total = total + term
            if not np.any(np.abs(term) > 1e-17 * np.abs(total)):
                break
    return total.astype(np.result_type(x, np.float32) if isinstance(x, np.ndarray | np.generic) else float)[
        ()
    ]
