"""Calls of primitives with keywords that the rules do not have, as calls without them.

np.clip(x, min=a)          np.clip(x, a, None)
np.take(x, i, mode="wrap") np.take(x, i % len(x))
"""

from __future__ import annotations

import math

import numpy as np

from ..ir.types import Array
from .composites import composite
from .guards import upto
from .inplace import along, refused
from .registry import static


def _has(*names):
    """Where none of the keywords is given, the function is the primitive."""

    def unless(types, keywords):
        return not any(keywords.get(n) is not None for n in names)

    return unless


def _no_bounds(types, keywords):
    return not {"min", "max"} & set(keywords)


@composite("numpy.clip", methods="clip", unless=_no_bounds)
def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    return np.clip(a, a_min if min is None else min, a_max if max is None else max)


# -- making arrays ---------------------------------------------------------------------------------------
@static
def same_or(dtype, default):
    return None if np.dtype(default if dtype is None else dtype) == float else dtype or default


def filled(make, shape, a, dtype):
    own = same_or(dtype, a.dtype)
    return make(shape) if own is None else make(shape, dtype=own)


@composite("numpy.zeros_like", arrays="a", known="dtype", unless=_has("shape"))
def zeros_like(a, dtype=None, *, shape=None):
    return filled(np.zeros, shape, a, dtype)


@composite("numpy.ones_like", arrays="a", known="dtype", unless=_has("shape"))
def ones_like(a, dtype=None, *, shape=None):
    return filled(np.ones, shape, a, dtype)


@composite("numpy.empty_like", arrays="a", known="dtype", unless=_has("shape"))
def empty_like(a, dtype=None, *, shape=None):
    return filled(np.empty, shape, a, dtype)


@composite("numpy.full_like", arrays="a", known="dtype", unless=_has("shape"))
def full_like(a, fill_value, dtype=None, *, shape=None):
    return np.full(shape, fill_value, dtype=a.dtype if dtype is None else dtype)


def _one_result(types, keywords):
    return keywords.get("retstep", False) is False


@composite("numpy.linspace", arrays="start stop", known="endpoint retstep axis", unless=_one_result)
def linspace(start, stop, num=50, endpoint=True, retstep=False, axis=0):
    parts = num - 1 if endpoint else num
    step = (np.multiply(stop, 1.0) - start) / parts if parts > 0 else np.nan
    return np.linspace(start, stop, num, endpoint=endpoint, axis=axis), step


def _dense(types, keywords):
    return keywords.get("sparse", False) is False and keywords.get("copy", True) is True


@static
def place_of(k, n, indexing):
    """The shape of the k-th of n coordinate arrays."""
    axis = 1 - k if indexing == "xy" and k < 2 and n > 1 else k
    return along(axis, n)


@composite("numpy.meshgrid", known="copy sparse indexing", unless=_dense)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    n = len(xi)
    grid = tuple([np.reshape(xi[k], place_of(k, n, indexing)) for k in upto(n)])
    if not sparse:
        return np.broadcast_arrays(*grid)
    return tuple([np.copy(g) for g in grid]) if copy else grid


# -- reading -----------------------------------------------------------------------------------------------
@composite("numpy.where", arrays="condition", unless=lambda types, keywords: len(types) != 1 or keywords)
def where(condition):
    return np.nonzero(condition)


def _raises(types, keywords):
    return keywords.get("mode", "raise") == "raise" and len(types) < 5


def taken(a, indices, axis, mode):
    n = np.size(a) if axis is None else np.shape(a)[axis]
    return np.take(a, indices % n if mode == "wrap" else np.clip(indices, 0, n - 1), axis=axis)


@composite("numpy.take", arrays="a indices", known="axis mode", methods="take", unless=_raises)
def take(a, indices, axis=None, *, mode="raise"):
    return taken(a, indices, axis, mode)


def _main_axes(types, keywords):
    plain = not {"axis1", "axis2"} & set(keywords) and len(types) < 3
    return plain and bool(types) and isinstance(types[0], Array) and types[0].ndim == 2


@composite("numpy.trace", arrays="a", known="offset axis1 axis2", methods="trace", unless=_main_axes)
def trace(a, offset=0, axis1=0, axis2=1):
    return np.sum(np.diagonal(a, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


# -- joining -----------------------------------------------------------------------------------------------
def _joins(types, keywords):
    return keywords.get("dtype") is None and ("axis" not in keywords or keywords["axis"] is not None)


@composite("numpy.concatenate", known="axis dtype", unless=_joins)
def concatenate(arrays, axis=0, *, dtype=None):
    if axis is None:
        y = np.concatenate([np.ravel(a) for a in arrays])
    else:
        y = np.concatenate(arrays, axis=axis)
    return y if dtype is None else y.astype(dtype)


@composite("numpy.stack", known="axis dtype", unless=_has("dtype"))
def stack(arrays, axis=0, *, dtype=None):
    return np.stack(arrays, axis=axis).astype(dtype)


@composite("numpy.vstack", known="dtype", unless=_has("dtype"))
def vstack(tup, *, dtype=None):
    return np.vstack(tup).astype(dtype)


@composite("numpy.hstack", known="dtype", unless=_has("dtype"))
def hstack(tup, *, dtype=None):
    return np.hstack(tup).astype(dtype)


def _numbers_at_ends(types, keywords):
    ends = [keywords[k] for k in ("prepend", "append") if k in keywords]
    plain = all(e is None or (isinstance(e, int | float) and keywords.get("n", 1) == 1) for e in ends)
    return plain and len(types) < 4


def end(v, a, axis):
    """What is put at an end, in as many axes as the array."""
    if v is None:
        return ()
    if np.ndim(v) == 0:
        shape = (*np.shape(a)[: axis % a.ndim], 1, *np.shape(a)[axis % a.ndim + 1 :])
        return (np.broadcast_to(v, shape),)
    return (v,)


@composite("numpy.diff", arrays="a prepend append", known="n axis", unless=_numbers_at_ends)
def diff(a, n=1, axis=-1, prepend=None, append=None):
    return np.diff(
        np.concatenate((*end(prepend, a, axis), a, *end(append, a, axis)), axis=axis), n=n, axis=axis
    )


# -- and others --------------------------------------------------------------------------------------------
@composite(
    "numpy.cross",
    arrays="a b",
    known="axisa axisb axisc axis",
    unless=lambda types, keywords: not {"axisa", "axisb", "axisc", "axis"} & set(keywords) and len(types) < 3,
)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        return np.moveaxis(np.cross(np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)), -1, axis)
    return np.moveaxis(np.cross(np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)), -1, axisc)


DEGREES = 180.0 / math.pi


@composite(
    "numpy.angle", arrays="z", known="deg", unless=lambda types, keywords: not keywords and len(types) < 2
)
def angle(z, deg=False):
    return np.angle(z) * DEGREES if deg else np.angle(z)


@composite("numpy.interp", arrays="x xp fp", unless=_has("period"))
def interp(x, xp, fp, left=None, right=None, period=None):
    """Points of a period, with the last one before and the first one behind."""
    if np.ndim(xp) != 1 or np.ndim(fp) != 1:
        refused("NumPy raises ValueError here: the points are two arrays with one axis")
    length = abs(period)
    if length == 0:
        raise ValueError("period must be a non-zero value")
    at = xp % length
    order = np.argsort(at)
    at = at[order]
    y = fp[order]
    at = np.concatenate((at[-1:] - length, at, at[:1] + length))
    return np.interp(x % length, at, np.concatenate((y[-1:], y, y[:1])))
