"""Functions that generated code may call for the adjoints of transforms and filters.

Like those of `runtime`, where they are found under their names: each needs NumPy alone, is a primitive with a
rule, and can be pasted on top of a saved file, with what it calls of this module.
"""

from __future__ import annotations

import numpy as np


def fit(x, n, axis=-1):
    """The first n entries of x along an axis, with zeros behind them where there are fewer.

    x: an array; n: a whole number, or None for x itself.  Returns a new array of x's dtype.

    >>> fit(np.array([1.0, 2.0, 3.0]), 2).tolist(), fit(np.array([1.0, 2.0]), 3).tolist()
    ([1.0, 2.0], [1.0, 2.0, 0.0])
    """
    if n is None or n < 0:
        return np.copy(x)
    x = np.moveaxis(x, axis, -1)
    y = np.zeros((*x.shape[:-1], n), x.dtype)
    m = min(n, x.shape[-1])
    y[..., :m] = x[..., :m]
    return np.moveaxis(y, -1, axis)


def double_inner(x, n, axis=-1):
    """Half of a Hermitian spectrum, with what also stands for its mirror image doubled.

    x: the first n // 2 + 1 of n coefficients along an axis.  The first has no mirror image, and for even n
    the last has none.

    >>> double_inner(np.ones(3), 4).tolist(), double_inner(np.ones(3), 5).tolist()
    ([1.0, 2.0, 1.0], [1.0, 2.0, 2.0])
    """
    y = np.array(x)
    inner = np.moveaxis(y, axis, 0)[1 : (n + 1) // 2]
    inner *= 2
    return y


def scale_at(x, factor, places=(0,), axis=-1):
    """x with its entries at the given places along an axis multiplied by a number.

    >>> scale_at(np.ones(3), 0.5, places=(0, -1)).tolist()
    [0.5, 1.0, 0.5]
    """
    y = np.array(x)
    ends = np.moveaxis(y, axis, 0)
    for i in places:
        ends[i] *= factor
    return y


def extend(x, starts, shape, mode="constant"):
    """The block of a given shape that begins at given places of x, which goes on beyond its edges.

    x: an array; starts, shape: one whole number for each axis; mode: how it goes on, by the name that
    `np.pad` has for it ("constant" with zeros, "edge", "reflect", "symmetric", "wrap"), or one for each axis.

    >>> extend(np.array([1.0, 2.0, 3.0]), (-1,), (5,)).tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0]
    >>> extend(np.array([1.0, 2.0, 3.0]), (1,), (4,), mode="symmetric").tolist()
    [2.0, 3.0, 3.0, 2.0]
    """
    modes = (mode,) * x.ndim if isinstance(mode, str) else mode
    for axis, (start, count, how) in enumerate(zip(starts, shape, modes)):
        here, n = np.arange(start, start + count), x.shape[axis]
        inside = (here >= 0) & (here < n)
        if how == "wrap":
            here = here % n
        elif how == "symmetric":
            here = np.minimum(here % (2 * n), 2 * n - 1 - here % (2 * n))
        elif how == "reflect":
            here = np.minimum(here % max(2 * n - 2, 1), (2 * n - 2) - here % max(2 * n - 2, 1))
        x = np.take(x, np.clip(here, 0, n - 1), axis=axis) if n else np.zeros_like(x, shape=shape)
        if how == "constant":
            x = x * np.expand_dims(inside, tuple(i for i in range(x.ndim) if i != axis)).astype(x.dtype)
    return x


def fold(g, starts, shape, mode="constant"):
    """The transpose of `extend`: every element of a block is added up where it came from.

    g: the block; starts: where it began; shape: of the array that it was taken from.

    >>> fold(np.ones(5), (-1,), (3,)).tolist(), fold(np.ones(5), (-1,), (3,), mode="symmetric").tolist()
    ([1.0, 1.0, 1.0], [2.0, 1.0, 2.0])
    """
    modes = (mode,) * g.ndim if isinstance(mode, str) else mode
    for axis, (start, n, how) in enumerate(zip(starts, shape, modes)):
        here = np.arange(start, start + g.shape[axis])
        inside = (here >= 0) & (here < n)
        if how == "wrap":
            here = here % n
        elif how == "symmetric":
            here = np.minimum(here % (2 * n), 2 * n - 1 - here % (2 * n))
        elif how == "reflect":
            here = np.minimum(here % max(2 * n - 2, 1), (2 * n - 2) - here % max(2 * n - 2, 1))
        g = np.moveaxis(g, axis, 0)
        if how == "constant":
            here, g = here[inside], g[inside]
        x = np.zeros_like(g, shape=(n, *g.shape[1:]))
        np.add.at(x, np.clip(here, 0, n - 1), g)
        g = np.moveaxis(x, 0, axis)
    return g


def lagged_products(u, x, like, axis=-1):
    """For each lag k below len(like), the sum of u[n] x[n - k] along an axis and over all others.

    >>> lagged_products(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.zeros(3)).tolist()
    [11.0, 6.0, 0.0]
    """
    u, x = np.moveaxis(u, axis, 0), np.moveaxis(x, axis, 0)
    n = len(x)
    return np.array([np.sum(u[min(k, n) :] * x[: max(n - k, 0)]) for k in range(len(like))])


def filter_transposed(g, w, mode="symmetric", origin=0, reverse=False):
    """The adjoint of x, from the adjoint g of y, in y[i] = sum over k of w[k] x[i + k - c].

    w: the weights, of as many axes as g; c = w.shape // 2 + origin; mode: as in `extend`; reverse: for
    x[i - k + c] in place of x[i + k - c].

    >>> filter_transposed(np.array([1.0, 0.0, 0.0]), np.array([1.0, 2.0, 4.0])).tolist()
    [3.0, 4.0, 0.0]
    """
    origins = np.broadcast_to(origin, (g.ndim,))
    centers = [n // 2 + int(o) for n, o in zip(w.shape, origins)]
    if reverse:
        w, centers = np.flip(w), [n - 1 - c for n, c in zip(w.shape, centers)]
    full = np.zeros([n + m - 1 for n, m in zip(g.shape, w.shape)], np.result_type(g, w))
    for k in np.ndindex(*w.shape):
        full[tuple(slice(i, i + n) for i, n in zip(k, g.shape))] += w[k] * g
    return fold(full, [-c for c in centers], g.shape, mode=mode).astype(g.dtype)


def weights_transposed(g, x, like, mode="symmetric", cval=0.0, origin=0, reverse=False):
    """The adjoint of the weights of the filter in `filter_transposed`; like: an array of their shape.

    cval: what stands beyond the edges of x where its mode is "constant".

    >>> weights_transposed(np.array([1.0, 0.0]), np.array([2.0, 3.0]), np.zeros(3)).tolist()
    [2.0, 2.0, 3.0]
    """
    origins = np.broadcast_to(origin, (g.ndim,))
    centers = [n // 2 + int(o) for n, o in zip(like.shape, origins)]
    if reverse:
        centers = [n - 1 - c for n, c in zip(like.shape, centers)]
    size = [n + m - 1 for n, m in zip(g.shape, like.shape)]
    x = extend(x - cval, [-c for c in centers], size, mode=mode) + cval
    w = np.zeros(like.shape, np.result_type(g, x))
    for k in np.ndindex(*w.shape):
        w[k] = np.sum(g * x[tuple(slice(i, i + n) for i, n in zip(k, g.shape))])
    return np.flip(w) if reverse else w


def samples(x, coordinates, order=1, mode="constant", cval=0.0, along=()):
    """x read between its elements, as `scipy.ndimage.map_coordinates` does with order 0 or 1.

    x: an array; coordinates: one row for each axis of it; mode: SciPy's name; along: the axes in whose
    coordinate the derivative is taken.  Returns an array of the shape of coordinates[0] and of x's dtype.

    >>> samples(np.array([1.0, 4.0]), np.array([[0.5, 0.75]])).tolist()
    [2.5, 3.25]
    >>> samples(np.array([1.0, 4.0]), np.array([[0.5, 0.75]]), along=(0,)).tolist()
    [3.0, 3.0]
    """
    y = np.zeros(coordinates.shape[1:], np.result_type(x, np.float64))
    places, weights, outside = interpolation(coordinates, x.shape, order, mode, along)
    for corner in np.ndindex(*(len(p) for p in places)):
        value = x[tuple(p[k][0] for p, k in zip(places, corner))]
        if not along:
            beyond = np.any([p[k][1] for p, k in zip(places, corner)], axis=0)
            value = np.where(beyond, cval, value)
        else:
            value = np.where(np.any([p[k][1] for p, k in zip(places, corner)], axis=0), 0.0, value)
        y += np.prod([w[k] for w, k in zip(weights, corner)], axis=0) * value
    return np.where(outside, 0.0 if along else cval, y).astype(x.dtype)


def spread_samples(g, coordinates, shape, order=1, mode="constant", along=()):
    """The adjoint of the array that `samples` has read: g added up where it was read, by the same weights.

    >>> spread_samples(np.array([1.0]), np.array([[0.25]]), (3,)).tolist()
    [0.75, 0.25, 0.0]
    """
    x = np.zeros(shape, g.dtype)
    places, weights, outside = interpolation(coordinates, shape, order, mode, along)
    g = np.where(outside, 0.0, g)
    for corner in np.ndindex(*(len(p) for p in places)):
        beyond = np.any([p[k][1] for p, k in zip(places, corner)], axis=0)
        value = np.where(beyond, 0.0, np.prod([w[k] for w, k in zip(weights, corner)], axis=0) * g)
        np.add.at(x, tuple(p[k][0] for p, k in zip(places, corner)), value)
    return x


def interpolation(coordinates, shape, order, mode, along=()):
    """Where `samples` reads: for each axis the places (indices, and whether they lie beyond the array), their
    weights or, along an axis, the derivatives of these; and which points lie outside.

    >>> places, weights, outside = interpolation(np.array([[1.25]]), (3,), 1, "nearest")
    >>> [p[0].tolist() for p in places[0]], [w.tolist() for w in weights[0]], outside.tolist()
    ([[1], [2]], [[0.75], [0.25]], [False])
    """
    places, weights, outside = [], [], np.zeros(coordinates.shape[1:], bool)
    for axis, (c, n) in enumerate(zip(np.asarray(coordinates, np.float64), shape)):
        slope = np.ones_like(c)
        if mode == "constant":
            out = ~((c >= 0) & (c <= n - 1))
            outside = outside | out
            c = np.where(out, 0.0, c)
        elif mode == "nearest" or (n == 1 and mode != "grid-constant"):
            slope = ((c >= 0) & (c <= n - 1)) * slope if mode == "nearest" else 0.0 * slope
            c = np.clip(c, 0.0, n - 1.0)
        elif mode == "mirror":
            period, r = 2.0 * n - 2, np.abs(c) % (
                2.0 * n - 2
            )  # SciPy turns back at n above 0, at n - 1 below
            back = r >= np.where(c < 0, n - 1, n)
            slope = np.where(back == (c < 0), 1.0, -1.0)
            c = np.where(back, period - r, r)
        elif mode in ("reflect", "grid-mirror"):
            slope = np.where((c + 0.5) % (2.0 * n) > n, -1.0, 1.0)
            c = np.minimum((c + 0.5) % (2.0 * n), 2 * n - (c + 0.5) % (2.0 * n)) - 0.5
        elif mode == "wrap":
            c = np.where(c > n - 1, c % (n - 1.0), np.where(c < 0, (n - 1.0) - (-c) % (n - 1.0), c))
        elif mode == "grid-wrap":
            c = (c + 0.5) % n - 0.5
        low = np.floor(c + 0.5 if order == 0 else c)
        t = c - low
        pairs = [(low, 1 - t, -slope), (low + 1, t, slope)] if order else [(low, np.ones_like(c), 0 * slope)]
        at = []
        for here, _, _ in pairs:
            here = here.astype(int)
            beyond = ((here < 0) | (here >= n)) & (mode == "grid-constant")
            if mode == "grid-wrap":
                here = here % n
            elif mode == "mirror":
                here = np.where(here < n, here, (2 * n - 2) - here)
            at.append((np.clip(here, 0, n - 1), beyond))
        places.append(at)
        times = along.count(axis)
        weights.append([value if not times else rate if times == 1 else 0 * rate for _, value, rate in pairs])
    return places, weights, outside
