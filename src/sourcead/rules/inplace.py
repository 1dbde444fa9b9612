"""Functions of NumPy that write into an array, as the assignments that they are.

    np.fill_diagonal(A, v)        i = np.arange(min(A.shape[0], A.shape[1])); A[i, i] = v
    np.maximum.at(y, k, v)        for n in range(len(k)): y[k[n]] = np.maximum(y[k[n]], v[n])

Each text below is inlined where the function is called, so its derivative is that of its statements.  Beside
them stand functions that only rearrange views (`np.rot90`), and the iterators over places.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ir.types import Array, const_dim, dtype_kind
from ..runtime import index_add, is_python, zeros_like
from .infer import array_of, axis_of, dtype_of
from .registry import TypeRefusal, jvp, primitive, static, vjp


@static
def refused(reason):
    raise TypeRefusal(reason)


@static
def castable(to, of, python, casting):
    """Refuse what NumPy does not cast."""
    weak = python and dtype_kind(of.name) in "iu" and dtype_kind(to.name) in "iu"
    if not weak and not np.can_cast(of, to, casting):
        raise TypeRefusal(f"NumPy does not cast {of} to {to} according to the rule {casting!r}")


# -- places counted in C order ---------------------------------------------------------------------------
def places(k, shape):
    """The indices of the k-th element of an array of this shape; k below 0 counts from the end."""
    if len(shape) == 1:
        return (k,)
    return (*places(k // shape[-1], shape[:-1]), k % shape[-1])


def cycled(v, n):
    """The elements of v, from the first again after the last, n of them; a number stays one."""
    if np.ndim(v) == 0:
        return v
    flat = np.ravel(v)
    return flat[np.arange(n) % len(flat)]


def put_flat(a, k, v):
    if np.ndim(k) == 0:
        if np.ndim(v) == 0:
            a[places(k, a.shape)] = v
        else:
            a[places(k, a.shape)] = np.ravel(v)[0]
    else:
        flat = np.ravel(k)
        a[places(flat, a.shape)] = cycled(v, len(flat))


def assign_flat(a, key, v):
    """`a.flat[key] = v` for a slice, a mask or an array of indices."""
    put_flat(a, np.arange(a.size)[key], v)


# -- functions -------------------------------------------------------------------------------------------
def copyto(dst, src, casting="same_kind", where=True):
    castable(dst.dtype, src.dtype, is_python(src), casting)
    if where is True:
        dst[...] = src
    else:
        dst[...] = np.where(where, src, dst)


def fill_diagonal(a, val, wrap=False):
    if a.ndim < 2:
        refused("NumPy raises ValueError here: the array must have at least 2 axes")
    if a.ndim == 2 and wrap:
        n = a.shape[1]
        k = np.arange(0, a.size, n + 1)
        a[k // n, k % n] = cycled(val, len(k))
    elif a.ndim == 2:
        i = np.arange(min(a.shape[0], a.shape[1]))
        a[i, i] = cycled(val, len(i))
    else:
        for n in a.shape[1:]:
            if n != a.shape[0]:
                raise ValueError("All dimensions of input must be of equal length")
        i = np.arange(a.shape[0])
        a[(i,) * a.ndim] = cycled(val, len(i))


def put(a, ind, v, mode="raise"):
    if mode == "wrap":
        put_flat(a, ind % a.size, v)
    elif mode == "clip":
        put_flat(a, np.clip(ind, 0, a.size - 1), v)
    else:
        put_flat(a, ind, v)


def place(arr, mask, vals):
    chosen = mask.astype(bool)
    if np.ndim(vals) > 0:
        castable(arr.dtype, vals.dtype, False, "safe")
    arr[chosen] = cycled(vals, np.count_nonzero(chosen))


def putmask(a, mask, values):
    chosen = mask.astype(bool)
    if np.ndim(values) == 0:
        a[chosen] = values
    else:
        castable(a.dtype, values.dtype, False, "safe")
        a[chosen] = np.ravel(values)[np.flatnonzero(chosen) % np.size(values)]


@static
def along(d, ndim):
    return (1,) * d + (-1,) + (1,) * (ndim - d - 1)


def grid(arr, indices, axis, d):
    if d == arr.ndim:
        return ()
    if d == axis:
        return (indices, *grid(arr, indices, axis, d + 1))
    return (np.reshape(np.arange(arr.shape[d]), along(d, arr.ndim)), *grid(arr, indices, axis, d + 1))


def put_along_axis(arr, indices, values, axis):
    if axis is None:
        put_flat(arr, indices, values)
    elif arr.ndim == 1:
        arr[indices] = values
    else:
        arr[grid(arr, indices, axis % arr.ndim, 0)] = values


def shuffle(rng, x, axis=0):
    if axis != 0:
        refused("axis= of shuffle is covered for 0; write it to x.swapaxes")
    x[...] = x[rng.permutation(len(x))]


def shuffle_global(x):
    x[...] = x[np.random.permutation(len(x))]


# -- methods of ufuncs -----------------------------------------------------------------------------------
def at_items(f, y, index, v):
    """`f.at(y, index, v)`: one place after another, so that a place named twice is changed twice."""
    if v is None:
        for n in range(len(index)):
            y[index[n]] = f(y[index[n]])
    elif np.ndim(v) == 0:
        for n in range(len(index)):
            y[index[n]] = f(y[index[n]], v)
    else:
        for n in range(len(index)):
            y[index[n]] = f(y[index[n]], v[n])


def at_tuples(f, y, index, v):
    """As `at_items`, an index array for each axis."""
    for n in range(len(index[0])):
        k = tuple([i[n] for i in index])
        if v is None:
            y[k] = f(y[k])
        elif np.ndim(v) == 0:
            y[k] = f(y[k], v)
        else:
            y[k] = f(y[k], v[n])


def at(f, y, index, v=None):
    if isinstance(index, tuple):
        at_tuples(f, y, index, v if v is None or np.ndim(v) == 0 else np.broadcast_to(v, np.shape(index[0])))
    elif np.ndim(index) > 1:
        flat = np.ravel(index)
        if v is None or np.ndim(v) == 0:
            at_items(f, y, flat, v)
        else:
            full = np.broadcast_to(v, (*index.shape, *y.shape[1:]))
            at_items(f, y, flat, np.reshape(full, (len(flat), *y.shape[1:])))
    else:
        whole = v is None or np.ndim(v) == 0
        at_items(f, y, index, v if whole else np.broadcast_to(v, (len(index), *y.shape[1:])))


def accumulate(f, array, axis=0):
    y = np.copy(array)
    rows = np.moveaxis(y, axis, 0)
    for i in range(1, len(rows)):
        rows[i] = f(rows[i - 1], rows[i])
    return y


def reduce(f, array, axis=0):
    rows = np.moveaxis(array, axis, 0)
    acc = rows[0] if np.ndim(array) == 1 else np.copy(rows[0])
    for i in range(1, len(rows)):
        acc = f(acc, rows[i])
    return acc


def reduceat(f, array, indices, axis=0):
    rows = np.moveaxis(array, axis, 0)
    y = np.empty((len(indices), *rows.shape[1:]), dtype=array.dtype)
    for k in range(len(indices)):
        acc = rows[indices[k]]
        for i in range(indices[k] + 1, indices[k + 1] if k + 1 < len(indices) else len(rows)):
            acc = f(acc, rows[i])
        y[k] = acc
    return np.moveaxis(y, 0, axis)


def _segments(types, attrs):
    a, index = array_of(types[0]), array_of(types[1])
    axis = axis_of(attrs["axis"], a.ndim)
    if index.ndim != 1 or dtype_kind(index.dtype) not in "iu":
        raise TypeRefusal("the indices are an array of whole numbers with one axis")
    dtype = array_of(dtype_of("numpy.cumsum", [Array(a.dtype, (const_dim(1),))])).dtype
    return Array(dtype, (*a.shape[:axis], index.shape[0], *a.shape[axis + 1 :]))


primitive(
    "numpy.add.reduceat",
    "array indices",
    _segments,
    keywords={"axis": 0, "dtype": None, "out": None},
    fixed="dtype out",
    may_raise=True,
)


@jvp("numpy.add.reduceat")
def _(a, indices, y, a_dot, *, axis):
    return np.add.reduceat(a_dot, indices, axis=axis)


@vjp("numpy.add.reduceat")
def _(a, indices, y, y_bar, *, axis):
    stops = np.append(indices[1:], a.shape[axis])
    counts = np.where(stops > indices, stops - indices, 1)
    ends = np.cumsum(counts)
    start = np.repeat(indices - (ends - counts), counts)
    rows = np.moveaxis(zeros_like(a), axis, 0)
    terms = np.repeat(np.moveaxis(y_bar, axis, 0), counts, axis=0)
    return np.moveaxis(index_add(rows, start + np.arange(len(start)), terms), 0, axis)


# -- views made of others --------------------------------------------------------------------------------
@static
def rolled_to(axis, start, ndim):
    axis, start = axis % ndim, start % ndim if start < 0 else start
    return axis, start - 1 if axis < start else start


def rollaxis(a, axis, start=0):
    to = rolled_to(axis, start, a.ndim)
    return np.moveaxis(a, to[0], to[1])


@static
def swapped(axes, ndim):
    order = list(range(ndim))
    i, j = (k % ndim for k in axes)
    order[i], order[j] = order[j], order[i]
    return tuple(order)


def rot90(m, k=1, axes=(0, 1)):
    if k % 4 == 0:
        return m[...]
    if k % 4 == 2:
        return np.flip(m, axis=axes)
    if k % 4 == 1:
        return np.transpose(np.flip(m, axis=axes[1]), swapped(axes, m.ndim))
    return np.flip(np.transpose(m, swapped(axes, m.ndim)), axis=axes[1])


def hsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, axis=1 if ary.ndim > 1 else 0)


def vsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, axis=0)


def dsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, axis=2)


# -- iterators over places -------------------------------------------------------------------------------
def product(shape):
    n = 1
    for m in shape:
        n = n * m
    return n


def ndindex(*shape):
    lengths = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape

    def place(k):
        return places(k, lengths)

    return map(place, range(product(lengths)))


def ndenumerate(arr):
    def pair(k):
        at = places(k, arr.shape)
        return at, arr[at]

    return map(pair, range(arr.size))


#: The text of each function, and the names of its parameters that are given lists as well as arrays.
IN_PLACE: dict[str, tuple[Any, str]] = {
    "numpy.copyto": (copyto, "src where"),
    "numpy.fill_diagonal": (fill_diagonal, "val"),
    "numpy.put": (put, "ind v"),
    "numpy.place": (place, "mask vals"),
    "numpy.putmask": (putmask, "mask values"),
    "numpy.put_along_axis": (put_along_axis, "indices values"),
    "numpy.rollaxis": (rollaxis, ""),
    "numpy.rot90": (rot90, ""),
    "numpy.hsplit": (hsplit, ""),
    "numpy.vsplit": (vsplit, ""),
    "numpy.dsplit": (dsplit, ""),
    "numpy.ndindex": (ndindex, ""),
    "numpy.ndenumerate": (ndenumerate, ""),
    "numpy.random.Generator.shuffle": (shuffle, ""),
    "numpy.random.RandomState.shuffle": (shuffle, ""),
    "numpy.random.shuffle": (shuffle_global, ""),
}
