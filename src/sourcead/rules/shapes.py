"""Functions that rearrange one array: reshape, transpose, broadcast, flip, roll, tile, repeat."""

from __future__ import annotations

import math

import numpy as np

from ..ir.types import Array, Scalar, Tuple, Type, const_dim, new_dim
from ..runtime import index_add, unbroadcast, zeros_like
from .infer import array_of, axes_of, axis_of, constant_of, dims_of, need_rank, times
from .registry import Length, TypeRefusal, jvp, primitive, static, vjp


def linear(key: str, forward, transposed) -> None:
    """The rules of a linear function of one array."""
    jvp(key)(forward)
    vjp(key)(transposed)


# -- the same elements in another shape ----------------------------------------------------------------
def _reshape(types: list[Type], attrs) -> Type:
    a = array_of(types[0])
    if attrs["order"] not in ("C", "F"):
        raise TypeRefusal(f"order={attrs['order']!r} is not covered")
    shapes = types[1:]
    if not shapes:
        raise TypeRefusal("the shape is missing")
    wanted = [t for s in shapes for t in (s.items if isinstance(s, Tuple) else (s,))]
    dims = [d for s in shapes for d in dims_of(s)]
    free = [
        i
        for i, t in enumerate(wanted)
        if isinstance(t, Length) and t.dim.symbol is None and t.dim.offset == -1
    ]
    known = [t for i, t in enumerate(wanted) if i not in free]
    if len(free) == 1:
        rest = [constant_of(t) for t in known]
        sizes = [d.offset if d.symbol is None else None for d in a.shape]
        if not known and a.ndim == 1:
            dims[free[0]] = a.shape[0]
        elif None not in rest and None not in sizes and math.prod(rest):
            dims[free[0]] = const_dim(math.prod(sizes) // math.prod(rest))
        elif rest == [1] and a.ndim == 1:
            dims[free[0]] = a.shape[0]
    if attrs["order"] == "F":
        return Array(a.dtype, tuple(dims), a.contiguous and len(dims) < 2 and a.ndim < 2)
    return Array(a.dtype, tuple(dims), a.contiguous)


primitive(
    "numpy.reshape",
    "a shape",
    _reshape,
    keywords={"order": "C", "copy": None},
    fixed="copy",
    alias=("may_view", 0),
    may_raise=True,
    methods="reshape",
)


def same_shape(a, y, y_bar):
    return np.reshape(y_bar, np.shape(a))


linear(
    "numpy.reshape",
    lambda a, shape, y, a_dot, *, order: np.reshape(a_dot, shape, order=order),
    lambda a, shape, y, y_bar, *, order: np.reshape(y_bar, np.shape(a), order=order),
)


def ravelled(types, attrs):
    a = array_of(types[0])
    if attrs["order"] not in ("C", "F"):
        raise TypeRefusal(f"order={attrs['order']!r} of an array whose layout shows only at run time")
    if all(d.symbol is None for d in a.shape):
        return Array(a.dtype, (const_dim(math.prod(d.offset for d in a.shape)),), True)
    return Array(a.dtype, a.shape if a.ndim == 1 else (new_dim(),), True)


primitive("numpy.ravel", "a", ravelled, keywords={"order": "C"}, alias=("may_view", 0), methods="ravel")
RAVEL = (
    lambda a, y, a_dot, *, order: np.ravel(a_dot, order=order),
    lambda a, y, y_bar, *, order: np.reshape(y_bar, np.shape(a), order=order),
)
linear("numpy.ravel", *RAVEL)
primitive(
    "numpy.ndarray.flatten",
    "a",
    ravelled,
    keywords={"order": "C"},
    spell=("method", "flatten"),
    methods="flatten",
)
linear("numpy.ndarray.flatten", *RAVEL)


def _expand_dims(types, attrs):
    a = array_of(types[0])
    axis = attrs["axis"]
    n = len(axis) if isinstance(axis, tuple) else 1
    new = axes_of(axis if axis is not None else "None", a.ndim + n)
    rest = iter(a.shape)
    return Array(
        a.dtype, tuple(const_dim(1) if i in new else next(rest) for i in range(a.ndim + n)), a.contiguous
    )


primitive("numpy.expand_dims", "a", _expand_dims, keywords={"axis": None}, alias=("view", 0))
linear(
    "numpy.expand_dims",
    lambda a, y, a_dot, *, axis: np.expand_dims(a_dot, axis),
    lambda a, y, y_bar, *, axis: np.squeeze(y_bar, axis=axis),
)


def _squeeze(types, attrs):
    a = array_of(types[0])
    axis = attrs["axis"]
    if axis is None:
        if not all(d.is_one or d.not_one for d in a.shape):
            raise TypeRefusal("which axes have length 1 shows only at run time; name them with axis=")
        gone = tuple(i for i, d in enumerate(a.shape) if d.is_one)
    else:
        gone = axes_of(axis, a.ndim)
        if any(a.shape[i].not_one for i in gone):
            raise TypeRefusal("an axis whose length is not 1 cannot be squeezed out")
    return Array(a.dtype, tuple(d for i, d in enumerate(a.shape) if i not in gone), a.contiguous)


primitive(
    "numpy.squeeze",
    "a",
    _squeeze,
    keywords={"axis": None},
    alias=("view", 0),
    may_raise=True,
    methods="squeeze",
)
linear(
    "numpy.squeeze",
    lambda a, y, a_dot, *, axis: (
        np.reshape(a_dot, np.shape(y)) if axis is None else np.squeeze(a_dot, axis=axis)
    ),
    lambda a, y, y_bar, *, axis: (
        np.reshape(y_bar, np.shape(a)) if axis is None else np.expand_dims(y_bar, axis)
    ),
)


def _atleast(n: int):
    def infer(types, attrs):
        if len(types) != 1:
            raise TypeRefusal("one array at a time is covered")
        a = array_of(types[0])
        ones = (const_dim(1),) * max(n - a.ndim, 0)
        shape = (const_dim(1), a.shape[0], const_dim(1)) if n == 3 and a.ndim == 1 else ones + a.shape
        return Array(a.dtype, (*a.shape, const_dim(1)) if n == 3 and a.ndim == 2 else shape, a.contiguous)

    return infer


for _n in (1, 2, 3):
    primitive(f"numpy.atleast_{_n}d", "a", _atleast(_n), alias=("may_view", 0))
    linear(f"numpy.atleast_{_n}d", lambda a, y, a_dot: np.reshape(a_dot, np.shape(y)), same_shape)


# -- the same elements in another order of axes --------------------------------------------------------
@static
def permutation(axes, ndim):
    """The inverse of a permutation of axes."""
    axes = tuple(range(ndim))[::-1] if axes is None else tuple(i % ndim for i in axes)
    return tuple(axes.index(i) for i in range(ndim))


def _transpose(types, attrs):
    a = array_of(types[0])
    axes = attrs["axes"]
    if axes is not None and (not isinstance(axes, tuple | list) or len(axes) != a.ndim):
        raise TypeRefusal(f"axes={axes!r} does not name the {a.ndim} axes of the array")
    order = range(a.ndim)[::-1] if axes is None else axes_of(tuple(axes), a.ndim)
    turned = list(order) == list(range(a.ndim))[::-1]
    return Array(
        a.dtype,
        tuple(a.shape[i] for i in order),
        (a.contiguous and a.ndim < 2) or (a.fortran and turned),
        fortran=a.contiguous and a.ndim > 1 and turned,
    )


primitive("numpy.transpose", "a", _transpose, keywords={"axes": None}, alias=("view", 0), methods="transpose")
linear(
    "numpy.transpose",
    lambda a, y, a_dot, *, axes: a_dot.T if axes is None else np.transpose(a_dot, axes),
    lambda a, y, y_bar, *, axes: (
        y_bar.T if axes is None else np.transpose(y_bar, permutation(axes, y_bar.ndim))
    ),
)
primitive(
    "numpy.ndarray.T",
    "a",
    lambda types, attrs: _transpose(types, {"axes": None}),
    alias=("view", 0),
    spell=("attribute", "T"),
    methods="T",
)
linear(
    "numpy.ndarray.T",
    lambda a, y, a_dot: a_dot.T,
    lambda a, y, y_bar: y_bar.T,
)


def _swapaxes(types, attrs):
    a = array_of(types[0])
    i, j = axis_of(attrs["axis1"], a.ndim), axis_of(attrs["axis2"], a.ndim)
    shape = list(a.shape)
    shape[i], shape[j] = shape[j], shape[i]
    return Array(a.dtype, tuple(shape), a.contiguous and i == j)


primitive(
    "numpy.swapaxes",
    "a",
    _swapaxes,
    keywords={"axis1": None, "axis2": None},
    alias=("view", 0),
    methods="swapaxes",
)
linear(
    "numpy.swapaxes",
    lambda a, y, a_dot, *, axis1, axis2: np.swapaxes(a_dot, axis1, axis2),
    lambda a, y, y_bar, *, axis1, axis2: np.swapaxes(y_bar, axis1, axis2),
)


def _moveaxis(types, attrs):
    a = array_of(types[0])
    if attrs["source"] is None or attrs["destination"] is None:
        raise TypeRefusal("source and destination are needed")
    source, to = axes_of(attrs["source"], a.ndim), axes_of(attrs["destination"], a.ndim)
    if len(source) != len(to):
        raise TypeRefusal("source and destination name different numbers of axes")
    order = [i for i in range(a.ndim) if i not in source]
    for d, s in sorted(zip(to, source)):
        order.insert(d, s)
    return Array(a.dtype, tuple(a.shape[i] for i in order), a.contiguous and order == sorted(order))


primitive("numpy.moveaxis", "a", _moveaxis, keywords={"source": None, "destination": None}, alias=("view", 0))
linear(
    "numpy.moveaxis",
    lambda a, y, a_dot, *, source, destination: np.moveaxis(a_dot, source, destination),
    lambda a, y, y_bar, *, source, destination: np.moveaxis(y_bar, destination, source),
)


def _flip(types, attrs):
    a = need_rank(types[0], 1, "the operand")
    axes_of(attrs["axis"], a.ndim)
    return Array(a.dtype, a.shape)


primitive("numpy.flip", "m", _flip, keywords={"axis": None}, alias=("view", 0))
linear(
    "numpy.flip",
    lambda a, y, a_dot, *, axis: np.flip(a_dot, axis=axis),
    lambda a, y, y_bar, *, axis: np.flip(y_bar, axis=axis),
)
for _name, _rank in (("flipud", 1), ("fliplr", 2)):
    primitive(
        f"numpy.{_name}",
        "m",
        lambda types, attrs, n=_rank: _flip([need_rank(types[0], n, "the operand")], {"axis": None}),
        alias=("view", 0),
    )
linear(
    "numpy.flipud",
    lambda a, y, a_dot: np.flipud(a_dot),
    lambda a, y, y_bar: np.flipud(y_bar),
)
linear(
    "numpy.fliplr",
    lambda a, y, a_dot: np.fliplr(a_dot),
    lambda a, y, y_bar: np.fliplr(y_bar),
)


def _roll(types, attrs):
    a = array_of(types[0])
    if len(types) < 2 or not isinstance(types[1], Scalar | Tuple):
        raise TypeRefusal("the shift is a whole number or a tuple of them")
    axes_of(attrs["axis"], a.ndim)
    return Array(a.dtype, a.shape)


primitive("numpy.roll", "a shift", _roll, keywords={"axis": None})


def back_shift(shift):
    return tuple([-s for s in shift]) if isinstance(shift, tuple) else -shift


linear(
    "numpy.roll",
    lambda a, shift, y, a_dot, *, axis: np.roll(a_dot, shift, axis=axis),
    lambda a, shift, y, y_bar, *, axis: np.roll(y_bar, back_shift(shift), axis=axis),
)


# -- elements repeated -----------------------------------------------------------------------------------
def _broadcast_to(types, attrs):
    a, dims = array_of(types[0]), dims_of(types[1] if len(types) > 1 else None)
    if len(dims) < a.ndim:
        raise TypeRefusal("the shape has fewer axes than the array")
    lead = len(dims) - a.ndim
    shape = tuple(
        a.shape[i - lead] if i >= lead and a.shape[i - lead].not_one else d for i, d in enumerate(dims)
    )
    return Array(a.dtype, shape)


primitive("numpy.broadcast_to", "array shape", _broadcast_to, alias=("view", 0), may_raise=True)
linear(
    "numpy.broadcast_to",
    lambda a, shape, y, a_dot: np.broadcast_to(a_dot, shape),
    lambda a, shape, y, y_bar: unbroadcast(y_bar, a),
)


def _tile(types, attrs):
    a = array_of(types[0])
    if len(types) < 2:
        raise TypeRefusal("reps is missing")
    reps = types[1].items if isinstance(types[1], Tuple) else (types[1],)
    dims_of(types[1])
    n = max(len(reps), a.ndim)
    shape = (const_dim(1),) * (n - a.ndim) + a.shape
    counts = (None,) * (n - len(reps)) + tuple(reps)
    return Array(a.dtype, tuple(d if c is None else times(d, constant_of(c)) for d, c in zip(shape, counts)))


primitive("numpy.tile", "A reps", _tile)


def interleave(reps, shape):
    """(r0, d0, r1, d1, ...), the shorter of both filled with ones from the left."""
    if len(reps) == 0 and len(shape) == 0:
        return ()
    if len(reps) == 0:
        return (*interleave(reps, shape[:-1]), 1, shape[-1])
    if len(shape) == 0:
        return (*interleave(reps[:-1], shape), reps[-1], 1)
    return (*interleave(reps[:-1], shape[:-1]), reps[-1], shape[-1])


def untile(a, reps, y, y_bar):
    counts = reps if isinstance(reps, tuple) else (reps,)
    if np.ndim(a) == 1 and len(counts) == 1:
        return np.sum(np.reshape(y_bar, (counts[0], len(a))), axis=0)
    parts = np.reshape(y_bar, interleave(counts, np.shape(a)))
    return np.reshape(np.sum(parts, axis=tuple(range(0, parts.ndim, 2))), np.shape(a))


linear("numpy.tile", lambda a, reps, y, a_dot: np.tile(a_dot, reps), untile)


def _repeat(types, attrs):
    a, reps = array_of(types[0]), types[1]
    axis = attrs["axis"]
    if isinstance(reps, Array) and reps.ndim and a.ndim > 1 and axis is None:
        raise TypeRefusal("repeats as an array is covered along one axis")
    if not isinstance(reps, Scalar | Array):
        raise TypeRefusal("repeats is a whole number or an array of them")
    n = constant_of(reps)
    if axis is None:
        return Array(a.dtype, (times(a.shape[0], n) if a.ndim == 1 else new_dim(),))
    axis = axis_of(axis, a.ndim)
    return Array(a.dtype, tuple(times(d, n) if i == axis else d for i, d in enumerate(a.shape)))


primitive("numpy.repeat", "a repeats", _repeat, keywords={"axis": None}, may_raise=True, methods="repeat")


def unrepeat(a, repeats, y, y_bar, *, axis):
    if np.ndim(repeats) > 0:
        along = 0 if axis is None else axis
        index = np.repeat(np.arange(a.shape[along]), repeats)
        moved = np.moveaxis(zeros_like(a), along, 0)
        return np.moveaxis(index_add(moved, index, np.moveaxis(y_bar, along, 0)), 0, along)
    if axis is None:
        return np.sum(np.reshape(y_bar, (*np.shape(a), repeats)), axis=-1)
    at = axis % a.ndim + 1
    return np.sum(np.reshape(y_bar, (*a.shape[:at], repeats, *a.shape[at:])), axis=at)


linear("numpy.repeat", lambda a, repeats, y, a_dot, *, axis: np.repeat(a_dot, repeats, axis=axis), unrepeat)
