"""Composites that compute: averages, covariances, integrals, running sums, points in a range."""

from __future__ import annotations

import numpy as np

from .composites import composite
from .inplace import along, refused
from .padding import slab
from .registry import static


# -- averages -------------------------------------------------------------------------------------------
@static
def apart(axis, ndim):
    """The axes that are not named, counted from the front."""
    named = [k % ndim for k in (axis if isinstance(axis, tuple) else (axis,))]
    return tuple(k for k in range(ndim) if k not in named)


def beside(weights, a, axis):
    """Weights in a shape that broadcasts against a."""
    if np.ndim(weights) == np.ndim(a):
        return weights
    if axis is None:
        refused("NumPy raises TypeError here: an axis must be named where weights and array differ in shape")
    if isinstance(axis, tuple):
        return np.expand_dims(weights, apart(axis, a.ndim))
    return np.reshape(weights, along(axis % a.ndim, a.ndim))


@composite("numpy.average", arrays="a weights", known="axis returned keepdims")
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        y = np.mean(a, axis=axis, keepdims=keepdims)
        return (y, np.full_like(y, np.size(a) / np.size(y))[()]) if returned else y
    w = beside(weights, a, axis)
    total = np.sum(w, axis=axis, keepdims=keepdims)
    if np.any(total == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    y = np.sum(a * w, axis=axis, keepdims=keepdims) / total
    return (y, np.copy(np.broadcast_to(total, np.shape(y)))[()]) if returned else y


# -- covariance -----------------------------------------------------------------------------------------
def variables(m, rowvar):
    if np.ndim(m) > 2:
        refused("NumPy raises ValueError here: at most two axes")
    x = wide(m)
    if np.ndim(x) < 2:
        return np.reshape(x, (1, np.size(x)))
    return x if rowvar else x.T


def wide(m):
    """NumPy takes covariances in double precision."""
    if m.dtype == np.float32 or m.dtype == np.float16:
        return m.astype(np.float64)
    return m.astype(np.complex128) if m.dtype == np.complex64 else m


def together(x, y):
    """The frequencies and the weights in one."""
    return y if x is None else x if y is None else x * y


def covariances(m, y, rowvar, bias, ddof, fweights, aweights):
    x = variables(m, rowvar)
    if y is not None:
        x = np.concatenate((x, variables(y, rowvar)), axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    if fweights is not None and not np.issubdtype(fweights.dtype, np.integer):
        refused("fweights= must be whole numbers")
    w = together(fweights, aweights)
    if w is None:
        x = x - np.expand_dims(np.mean(x, axis=1), 1)
        free = np.maximum(x.shape[1] - ddof, 0)
        return np.dot(x, flipped(x)) * np.true_divide(1, free)
    total = np.sum(w)
    if np.any(w < 0):
        raise ValueError("aweights cannot be negative" if fweights is None else "fweights cannot be negative")
    if total == 0.0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    x = x - np.expand_dims(np.sum(x * w, axis=1) / total, 1)
    if ddof == 0:
        free = total
    elif aweights is None:
        free = total - ddof
    else:
        free = total - ddof * np.sum(w * aweights) / total
    return np.dot(x, flipped(x * w)) * np.true_divide(1, np.maximum(free, 0.0))


def flipped(x):
    return np.conj(x.T) if np.iscomplexobj(x) else x.T


@composite("numpy.cov", arrays="m y fweights aweights", known="rowvar bias ddof")
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None):
    c = covariances(m, y, rowvar, bias, ddof, fweights, aweights)
    return np.squeeze(c) if y is None else c


@composite("numpy.corrcoef", arrays="x y", known="rowvar")
def corrcoef(x, y=None, rowvar=True):
    c = covariances(x, y, rowvar, False, None, None, None)
    if np.ndim(x) < 2 and y is None:
        return c[0, 0] / c[0, 0]
    deviation = np.sqrt(np.real(np.diag(c)))
    c = c / np.expand_dims(deviation, 1) / deviation
    if np.iscomplexobj(c):
        return np.clip(c.real, -1, 1) + 1j * np.clip(c.imag, -1, 1)
    return np.clip(c, -1, 1)


# -- integrals and running sums -------------------------------------------------------------------------
@composite("numpy.trapezoid", arrays="y x", known="axis")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    if x is None:
        d = dx
    elif np.ndim(x) == 1 and np.ndim(y) == 1:
        d = np.diff(x)
    elif np.ndim(x) == 1:
        d = np.reshape(np.diff(x), along(axis % y.ndim, y.ndim))
    else:
        d = np.diff(x, axis=axis)
    if y.ndim == 1 and axis in (-1, 0):
        return np.sum(d * (y[1:] + y[:-1]) / 2.0)
    n = y.shape[axis]
    return np.sum(d * (slab(y, axis, 1, n) + slab(y, axis, 0, n - 1)) / 2.0, axis=axis)


def running(x, axis):
    if axis is None and np.ndim(x) != 1:
        refused("NumPy raises ValueError here: an axis must be named where there are several")
    return 0 if axis is None else axis


@composite("numpy.cumulative_sum", arrays="x", known="axis include_initial")
def cumulative_sum(x, *, axis=None, include_initial=False):
    k = running(x, axis)
    y = np.cumsum(x, axis=k)
    if not include_initial:
        return y
    return np.concatenate((zeros_before(y, k % y.ndim), y), axis=k)


@composite("numpy.cumulative_prod", arrays="x", known="axis include_initial")
def cumulative_prod(x, *, axis=None, include_initial=False):
    k = running(x, axis)
    y = np.cumprod(x, axis=k)
    if not include_initial:
        return y
    return np.concatenate((1 + zeros_before(y, k % y.ndim), y), axis=k)


def zeros_before(y, k):
    shape = edge_shape(y, k)
    return np.zeros(shape) if y.dtype == float else np.zeros(shape, dtype=y.dtype)


def edge_shape(y, k):
    return (*y.shape[:k], 1, *y.shape[k + 1 :])


# -- points in a range ----------------------------------------------------------------------------------
@composite("numpy.logspace", known="endpoint axis")
def logspace(start, stop, num=50, endpoint=True, base=10.0, *, axis=0):
    if np.ndim(base) > 0:
        refused("base= is covered as a number")
    return np.power(base, np.linspace(start, stop, num, endpoint=endpoint, axis=axis))
