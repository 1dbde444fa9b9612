"""Composites that rearrange, choose and join: select, choose, compress, block, dstack, unstack, sets."""

from __future__ import annotations

import numpy as np

from ..ir.types import Scalar
from .composites import composite
from .infer import dims_of
from .inplace import refused
from .registry import TypeRefusal, constant, primitive


# -- choosing ----------------------------------------------------------------------------------------------
def first_that_holds(conditions, choices, default, k):
    if k == len(conditions):
        return default
    if np.ndim(conditions[k]) > 0 and conditions[k].dtype != bool:
        refused("NumPy raises TypeError here: the conditions are boolean arrays")
    return np.where(conditions[k], choices[k], first_that_holds(conditions, choices, default, k + 1))


@composite("numpy.select", arrays="default")
def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist):
        refused("NumPy raises ValueError here: as many choices as conditions are needed")
    if len(condlist) == 0:
        refused("NumPy raises ValueError here: at least one condition is needed")
    return first_that_holds(condlist, choicelist, default, 0)


def numbered(a, choices, k):
    if k == len(choices) - 1:
        return choices[k]
    return np.where(a == k, choices[k], numbered(a, choices, k + 1))


@composite("numpy.choose", arrays="a", known="mode")
def choose(a, choices, mode="raise"):
    if isinstance(choices, np.ndarray):
        refused("the choices are a list or tuple of arrays; the rows of one array are A[i, np.arange(...)]")
    n = len(choices)
    if n == 1:
        return np.where(a == 0, choices[0], choices[0])
    if mode == "wrap":
        return numbered(a % n, choices, 0)
    if mode == "clip":
        return numbered(np.clip(a, 0, n - 1), choices, 0)
    if np.any((a < 0) | (a >= n)):
        raise ValueError("invalid entry in choice array")
    return numbered(a, choices, 0)


@composite("numpy.ndarray.choose", known="mode", methods="choose")
def choose_method(a, choices, mode="raise"):
    return choose(a, choices, mode)


@composite("numpy.compress", arrays="condition a", known="axis")
def compress(condition, a, axis=None):
    return np.take(a, np.flatnonzero(condition), axis=axis)


@composite("numpy.ndarray.compress", arrays="condition", known="axis", methods="compress")
def compress_method(a, condition, axis=None):
    return np.take(a, np.flatnonzero(condition), axis=axis)


@composite("numpy.extract", arrays="condition arr")
def extract(condition, arr):
    return np.take(arr, np.flatnonzero(condition))


@composite("numpy.trim_zeros", arrays="filt", known="trim")
def trim_zeros(filt, trim="fb"):
    if filt.ndim != 1:
        refused("an array with one axis is covered")
    kept = np.flatnonzero(filt)
    front = trim in ("f", "F", "fb", "bf", "FB", "BF")
    back = trim in ("b", "B", "fb", "bf", "FB", "BF")
    first = (kept[0] if len(kept) > 0 else len(filt)) if front else 0
    last = (kept[-1] + 1 if len(kept) > 0 else 0) if back else len(filt)
    return filt[first:last]


# -- shapes ------------------------------------------------------------------------------------------------
def _broadcast_shapes(types, attrs):
    rank = max(len(dims_of(t)) for t in types)
    if rank == 0:
        raise TypeRefusal("at least one shape must have an axis")
    return (Scalar("int64"),) * rank


primitive("numpy.broadcast_shapes", "shapes", _broadcast_shapes, variadic="*", may_raise=True)
constant("numpy.broadcast_shapes")


def spread(arrays):
    shape = np.broadcast_shapes(*[np.shape(a) for a in arrays])
    return tuple([np.broadcast_to(a, shape) for a in arrays])


def highest(arrays):
    return max((0, *[np.ndim(a) for a in arrays]))


@composite("numpy.broadcast_arrays")
def broadcast_arrays(*args, subok=False):
    if subok:
        refused("subok=True is not covered")
    made = tuple([as_array(a) for a in args])
    if highest(made) == 0:
        return made
    if highest(made) == 1 and len(made) == 1:
        return made
    return spread(made)


def as_array(a):
    return np.array(a) if isinstance(a, (list, tuple)) else np.asarray(a)


@composite("numpy.dstack")
def dstack(tup):
    return np.concatenate([np.atleast_3d(as_array(a)) for a in tup], axis=2)


def depth_of(a):
    return 1 + depth_of(a[0]) if isinstance(a, list) else 0


def rank_of(a):
    return max((0, *[rank_of(i) for i in a])) if isinstance(a, list) else np.ndim(a)


def with_axes(a, n):
    if np.ndim(a) == n:
        return a
    return np.reshape(a, (1,) * (n - np.ndim(a)) + np.shape(a))


def at_least(a, n):
    """An array with at least n axes, new ones in front."""
    return a if np.ndim(a) >= n else with_axes(a, n)


def blocks(a, depth, n):
    if depth == 0:
        if isinstance(a, list):
            refused("NumPy raises ValueError here: the lists are not nested to one depth")
        return with_axes(a, n)
    if not isinstance(a, list):
        refused("NumPy raises ValueError here: the lists are not nested to one depth")
    return np.concatenate([blocks(i, depth - 1, n) for i in a], axis=-depth)


@composite("numpy.block")
def block(arrays):
    depth = depth_of(arrays)
    if depth == 0:
        return np.array(arrays)
    return blocks(arrays, depth, max(depth, rank_of(arrays)))


@composite("numpy.unstack", known="axis")
def unstack(x, axis=0):
    if axis % x.ndim == 0:
        return list(x)
    return list(np.moveaxis(x, axis, 0))


@composite("numpy.matrix_transpose")
def matrix_transpose(x):
    return x.mT


@composite("numpy.ndarray.mT", methods="mT")
def last_axes_swapped(x):
    if np.ndim(x) < 2:
        refused("NumPy raises ValueError here: at least two axes are needed")
    return np.swapaxes(x, -1, -2)


@composite("numpy.astype", known="dtype")
def astype(x, dtype, copy=True):
    if not isinstance(x, np.ndarray):
        refused("NumPy raises TypeError here: the operand is an array")
    return x.astype(dtype)


@composite("numpy.diagflat", arrays="v", known="k")
def diagflat(v, k=0):
    return np.diag(np.ravel(v), k=k)


@composite("numpy.ediff1d", arrays="ary to_end to_begin")
def ediff1d(ary, to_end=None, to_begin=None):
    y = np.diff(np.ravel(ary))
    if to_begin is None and to_end is None:
        return y
    if to_begin is None:
        return np.concatenate((y, np.ravel(to_end)))
    if to_end is None:
        return np.concatenate((np.ravel(to_begin), y))
    return np.concatenate((np.ravel(to_begin), y, np.ravel(to_end)))


# -- sets: their elements are the first ones of each value --------------------------------------------------
@composite("numpy.union1d", arrays="ar1 ar2")
def union1d(ar1, ar2):
    return np.unique(np.concatenate((np.ravel(ar1), np.ravel(ar2))))


@composite("numpy.setdiff1d", arrays="ar1 ar2", known="assume_unique")
def setdiff1d(ar1, ar2, assume_unique=False):
    a = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return a[np.isin(a, ar2, invert=True)]


@composite("numpy.intersect1d", arrays="ar1 ar2", known="assume_unique")
def intersect1d(ar1, ar2, assume_unique=False):
    a = np.ravel(ar1) if assume_unique else np.unique(ar1)
    b = np.ravel(ar2) if assume_unique else np.unique(ar2)
    both = np.sort(np.concatenate((a, b)))
    return both[:-1][both[1:] == both[:-1]]


@composite("numpy.setxor1d", arrays="ar1 ar2", known="assume_unique")
def setxor1d(ar1, ar2, assume_unique=False):
    a = np.ravel(ar1) if assume_unique else np.unique(ar1)
    b = np.ravel(ar2) if assume_unique else np.unique(ar2)
    both = np.sort(np.concatenate((a, b)))
    new = np.concatenate(([True], both[1:] != both[:-1], [True]))
    return both[new[1:] & new[:-1]]


@composite("numpy.mask_indices", known="k")
def mask_indices(n, mask_func, k=0):
    return np.nonzero(mask_func(np.ones((n, n), int), k))


@composite("numpy.real_if_close", arrays="a")
def real_if_close(a, tol=100):
    if np.iscomplexobj(a):
        refused("whether the result is real or complex depends on the numbers; take np.real(a)")
    return np.asarray(a)
