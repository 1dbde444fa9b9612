"""Integrals of sampled functions: trapezoid, cumulative_trapezoid and simpson.

They are written out along the last axis, step for step as SciPy computes them, so that the values are the
same; the derivatives by the samples, the points and the spacing follow.  Simpson's rule for points that are
not equidistant: Cartwright, "Simpson's rule cumulative integration with MS Excel and irregularly-spaced data"
(2017).
"""

from __future__ import annotations

import numpy as np

from ..composites import composite, not_covered


def along_last(v, axis):
    return v if axis == -1 or v.ndim == 1 else np.moveaxis(v, axis, -1)


def spacing(x, y, dx, axis):
    """The lengths of the intervals, in a shape that multiplies what is at their ends."""
    if x is None:
        return dx
    x = np.asarray(x)
    if x.ndim > 1:
        if x.ndim != y.ndim:
            not_covered("x has one axis, or as many as y")
        x = along_last(x, axis)
    return x[..., 1:] - x[..., :-1]


def trapezoids(y, x, dx, axis):
    y = np.asarray(y)
    d = spacing(x, y, dx, axis)
    y = along_last(y, axis)
    return d * (y[..., 1:] + y[..., :-1]) / 2.0


@composite("scipy.integrate.trapezoid")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    return np.sum(trapezoids(y, x, dx, axis), axis=-1)


@composite("scipy.integrate.cumulative_trapezoid")
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    out = np.cumsum(trapezoids(y, x, dx, axis), axis=-1)
    if initial is not None:
        if initial != 0:
            raise ValueError("`initial` must be `None` or `0`.")
        out = np.concatenate((np.zeros_like(out[..., :1]), out), axis=-1)
    return out if axis == -1 or out.ndim == 1 else np.moveaxis(out, -1, axis)


def ratio(a, b):
    """a / b, and 0 where b is 0."""
    return np.where(b != 0, a / np.where(b != 0, b, 1.0), 0.0)


def pairs_of_intervals(y, h, n):
    """Simpson's rule for the first n - 1 points, n - 1 odd."""
    first, middle, last = y[..., 0 : n - 2 : 2], y[..., 1 : n - 1 : 2], y[..., 2:n:2]
    if np.ndim(h) == 0:
        return np.sum(first + 4.0 * middle + last, axis=-1) * (h / 3.0)
    h0, h1 = h[..., 0 : n - 2 : 2], h[..., 1 : n - 1 : 2]
    total = h0 + h1
    quotient = ratio(h0, h1)
    weighted = first * (2.0 - ratio(1.0, quotient)) + middle * (total * ratio(total, h0 * h1))
    return np.sum(total / 6.0 * (weighted + last * (2.0 - quotient)), axis=-1)


@composite("scipy.integrate.simpson")
def simpson(y, x=None, *, dx=1.0, axis=-1):
    y = np.asarray(y)
    h = spacing(x, y, dx, axis)
    y = along_last(y, axis)
    n = y.shape[-1]
    if n % 2 == 1:
        return pairs_of_intervals(y, h, n)
    if n == 2:
        return 0.5 * (h if np.ndim(h) == 0 else h[..., -1]) * (y[..., -1] + y[..., -2])
    h0, h1 = (h, h) if np.ndim(h) == 0 else (h[..., -2], h[..., -1])
    alpha = ratio(2 * h1**2 + 3 * h0 * h1, 6 * (h1 + h0))
    beta = ratio(h1**2 + 3.0 * h0 * h1, 6 * h0)
    eta = ratio(1 * h1**3, 6 * h0 * (h0 + h1))
    last = alpha * y[..., -1] + beta * y[..., -2] - eta * y[..., -3]
    return pairs_of_intervals(y, h, n - 1) + last
