"""The places of diagonals, triangles and blocks, as the index arrays that NumPy gives."""

from __future__ import annotations

import numpy as np

from .registry import composite


@composite("numpy.diag_indices")
def diag_indices(n, ndim=2):
    i = np.arange(n)
    return (i,) * ndim


@composite("numpy.diag_indices_from")
def diag_indices_from(arr):
    i = np.arange(len(arr))
    return (i,) * arr.ndim


@composite("numpy.tril_indices")
def tril_indices(n, k=0, m=None):
    return np.nonzero(np.tril(np.ones((n, n if m is None else m)), k))


@composite("numpy.triu_indices")
def triu_indices(n, k=0, m=None):
    return np.nonzero(np.triu(np.ones((n, n if m is None else m)), k))


@composite("numpy.tril_indices_from")
def tril_indices_from(arr, k=0):
    return np.nonzero(np.tril(np.ones(arr.shape), k))


@composite("numpy.triu_indices_from")
def triu_indices_from(arr, k=0):
    return np.nonzero(np.triu(np.ones(arr.shape), k))


@composite("numpy.ix_")
def ix_(*args):
    axes = [np.asarray(a) for a in args]
    places = [np.nonzero(a)[0] if a.dtype == bool else a for a in axes]
    return tuple(a.reshape((1,) * k + (-1,) + (1,) * (len(args) - 1 - k)) for k, a in enumerate(places))
