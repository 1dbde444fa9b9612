"""Several arrays made one: concatenate, stack, vstack, hstack, column_stack, append, array."""

from __future__ import annotations

import math

import numpy as np

from ..ir.types import Array, List, Scalar, Tuple, const_dim, new_dim, same_dim, unify
from .guards import upto
from .infer import array_of, axis_of, dtype_name, need_rank, plus, promoted
from .padding import slab
from .registry import TypeRefusal, jvp, primitive, static, vjp


def parts_of(types) -> list:
    """The types of the operands of a variadic primitive, whether they come one by one or as a tuple."""
    out = [i for t in types for i in (t.items if isinstance(t, Tuple) else (t,))]
    for t in out:
        if isinstance(t, List):
            raise TypeRefusal("the number of arrays must be known when compiling")
        if not isinstance(t, Array | Scalar):
            raise TypeRefusal(f"a value of type {t} where an array is expected")
    if not out:
        raise TypeRefusal("at least one array is needed")
    return out


def _joined(types, axis: int) -> Array:
    arrays = [array_of(t) for t in types]
    ndim = arrays[0].ndim
    if any(a.ndim != ndim for a in arrays) or ndim == 0:
        raise TypeRefusal("the arrays must have one rank, at least 1")
    axis = axis_of(axis, ndim)
    shape = []
    for i in range(ndim):
        if i == axis:
            total = arrays[0].shape[i]
            for a in arrays[1:]:
                total = plus(total, a.shape[i])
            shape.append(total)
        else:
            shape.append(common([a.shape[i] for a in arrays]))
    return Array(promoted([Scalar(a.dtype, True) for a in arrays]), tuple(shape))


def common(dims):
    """One length that all must have: a number where one is known."""
    best = next((d for d in dims if d.symbol is None), dims[0])
    for d in dims:
        if best.symbol is None and d.symbol is None and d.offset != best.offset:
            raise TypeRefusal("the shapes do not agree")
        if not same_dim(best, d):
            unify(best, d)
    return best


def listed(types, axis):
    """The result type for a list whose length shows only at run time; None for anything else."""
    if len(types) != 1 or not isinstance(types[0], List):
        return None
    a = need_rank(types[0].elem, 1, "an item of the list")
    axis = axis_of(axis, a.ndim)
    return Array(a.dtype, tuple(new_dim() if i == axis else d for i, d in enumerate(a.shape)))


def _concatenate(types, attrs):
    growing = listed(types, attrs["axis"])
    if growing is not None:
        return growing
    return _joined(parts_of(types), attrs["axis"])


primitive(
    "numpy.concatenate",
    "arrays",
    _concatenate,
    variadic=True,
    may_raise=True,
    also="numpy.concat",
    keywords={"axis": 0, "out": None, "dtype": None, "casting": "same_kind"},
    fixed="out dtype casting",
)


def start(xs, i, axis):
    """Where the i-th array begins in the result."""
    if i == 0:
        return 0
    if i == 1:
        return xs[0].shape[axis]
    return start(xs, i - 1, axis) + xs[i - 1].shape[axis]


def pieces(g, xs, axis):
    """The parts of g that belong to the arrays."""
    return tuple([slab(g, axis, start(xs, i, axis), start(xs, i + 1, axis)) for i in upto(len(xs))])


def cut(g, xs, axis):
    """Likewise, for a list whose length shows only at run time."""
    parts = []
    begin = 0
    for x in xs:
        parts.append(slab(g, axis, begin, begin + x.shape[axis]))
        begin = begin + x.shape[axis]
    return parts


@jvp("numpy.concatenate")
def _(xs, y, xs_dot, *, axis):
    return np.concatenate(xs_dot, axis=axis)


@vjp("numpy.concatenate")
def _(xs, y, y_bar, *, axis):
    if isinstance(xs, list):
        return cut(y_bar, xs, axis)
    return pieces(y_bar, xs, axis)


def _stack(types, attrs):
    if len(types) == 1 and isinstance(types[0], List):
        a = array_of(types[0].elem)
        at = axis_of(attrs["axis"], a.ndim + 1)
        return Array(a.dtype, (*a.shape[:at], new_dim(), *a.shape[at:]))
    arrays = [array_of(t) for t in parts_of(types)]
    ndim = arrays[0].ndim
    if any(a.ndim != ndim for a in arrays):
        raise TypeRefusal("the arrays must have one shape")
    shape = [common([a.shape[i] for a in arrays]) for i in range(ndim)]
    shape.insert(axis_of(attrs["axis"], ndim + 1), const_dim(len(arrays)))
    return Array(promoted([Scalar(a.dtype, True) for a in arrays]), tuple(shape))


primitive(
    "numpy.stack",
    "arrays",
    _stack,
    variadic=True,
    may_raise=True,
    keywords={"axis": 0, "out": None, "dtype": None, "casting": "same_kind"},
    fixed="out dtype casting",
)


def layer(g, axis, i):
    """g[i] along an axis."""
    if axis == 0 or axis == -g.ndim:
        return g[i]
    if axis == -1 or axis == g.ndim - 1:
        return g[..., i]
    if axis == 1 or axis == 1 - g.ndim:
        return g[:, i]
    return np.moveaxis(g, axis, 0)[i]


@jvp("numpy.stack")
def _(xs, y, xs_dot, *, axis):
    return np.stack(xs_dot, axis=axis)


@vjp("numpy.stack")
def _(xs, y, y_bar, *, axis):
    if isinstance(xs, list):
        return [layer(y_bar, axis, i) for i in range(len(xs))]
    return tuple([layer(y_bar, axis, i) for i in upto(len(xs))])


# -- vstack, hstack, column_stack, dstack: concatenate after a change of rank -----------------------------
def _at_least(a: Array, n: int) -> Array:
    return Array(a.dtype, (const_dim(1),) * max(n - a.ndim, 0) + a.shape)


def _vstack(types, attrs):
    return _joined([_at_least(array_of(t), 2) for t in parts_of(types)], 0)


def _hstack(types, attrs):
    arrays = [_at_least(array_of(t), 1) for t in parts_of(types)]
    return _joined(arrays, 0 if arrays[0].ndim == 1 else 1)


def _column_stack(types, attrs):
    arrays = [array_of(t) for t in parts_of(types)]
    if any(a.ndim == 0 for a in arrays):
        return _joined(
            [Array(a.dtype, (const_dim(1), const_dim(1))) if a.ndim == 0 else _column(a) for a in arrays], 1
        )
    return _joined([_column(a) for a in arrays], 1)


def _column(a: Array) -> Array:
    return Array(a.dtype, (a.shape[0], const_dim(1))) if a.ndim == 1 else a


_STACK = {"dtype": None, "casting": "same_kind"}
primitive(
    "numpy.vstack", "tup", _vstack, variadic=True, may_raise=True, keywords=_STACK, fixed="dtype casting"
)
primitive(
    "numpy.hstack", "tup", _hstack, variadic=True, may_raise=True, keywords=_STACK, fixed="dtype casting"
)
primitive("numpy.column_stack", "tup", _column_stack, variadic=True, may_raise=True)


@jvp("numpy.vstack")
def _(xs, y, xs_dot):
    return np.vstack(xs_dot)


@jvp("numpy.hstack")
def _(xs, y, xs_dot):
    return np.hstack(xs_dot)


@jvp("numpy.column_stack")
def _(xs, y, xs_dot):
    return np.column_stack(xs_dot)


def rows(x):
    return 1 if np.ndim(x) < 2 else x.shape[0]


def columns(x):
    return 1 if np.ndim(x) < 2 else x.shape[1]


def rows_before(xs, i):
    return 0 if i == 0 else rows(xs[0]) if i == 1 else rows_before(xs, i - 1) + rows(xs[i - 1])


def columns_before(xs, i):
    return 0 if i == 0 else columns(xs[0]) if i == 1 else columns_before(xs, i - 1) + columns(xs[i - 1])


def sizes_before(xs, i):
    return 0 if i == 0 else np.size(xs[0]) if i == 1 else sizes_before(xs, i - 1) + np.size(xs[i - 1])


def row_part(g, xs, i):
    if np.ndim(xs[i]) < 2:
        return np.reshape(g[rows_before(xs, i)], np.shape(xs[i]))
    return g[rows_before(xs, i) : rows_before(xs, i + 1)]


def column_part(g, xs, i):
    if np.ndim(xs[i]) < 2:
        return np.reshape(g[:, columns_before(xs, i)], np.shape(xs[i]))
    return g[:, columns_before(xs, i) : columns_before(xs, i + 1)]


@vjp("numpy.vstack")
def _(xs, y, y_bar):
    return tuple([row_part(y_bar, xs, i) for i in upto(len(xs))])


@vjp("numpy.hstack")
def _(xs, y, y_bar):
    if y_bar.ndim > 1:
        return pieces(y_bar, xs, 1)
    return tuple(
        [
            np.reshape(y_bar[sizes_before(xs, i) : sizes_before(xs, i + 1)], np.shape(xs[i]))
            for i in upto(len(xs))
        ]
    )


@vjp("numpy.column_stack")
def _(xs, y, y_bar):
    return tuple([column_part(y_bar, xs, i) for i in upto(len(xs))])


# -- append ------------------------------------------------------------------------------------------------
def _append(types, attrs):
    if attrs["axis"] is not None:
        return _joined(types, attrs["axis"])
    flat = []
    for t in map(array_of, types):
        known = all(d.symbol is None for d in t.shape)
        dim = (
            t.shape[0]
            if t.ndim == 1
            else const_dim(math.prod(d.offset for d in t.shape)) if known else new_dim()
        )
        flat.append(Array(t.dtype, (dim,)))
    return _joined(flat, 0)


primitive("numpy.append", "arr values", _append, keywords={"axis": None}, may_raise=True)


@jvp("numpy.append")
def _(a, b, y, a_dot, *, axis):
    return np.append(a_dot, np.zeros_like(b), axis=axis)


@jvp("numpy.append", 1)
def _(a, b, y, b_dot, *, axis):
    return np.append(np.zeros_like(a), b_dot, axis=axis)


@vjp("numpy.append")
def _(a, b, y, y_bar, *, axis):
    if axis is not None:
        return slab(y_bar, axis, 0, a.shape[axis])
    return np.reshape(y_bar[: np.size(a)], np.shape(a))


@vjp("numpy.append", 1)
def _(a, b, y, y_bar, *, axis):
    if axis is not None:
        return slab(y_bar, axis, a.shape[axis], y.shape[axis])
    return np.reshape(y_bar[np.size(a) :], np.shape(b))


# -- array from nested lists: the items come flat, `_tree` is the nest with their positions -----------------
@static
def places(tree, n):
    """The index of each of n items in the array."""
    if tree is None:
        return tuple(range(n))
    out = []

    def visit(t, index):
        if isinstance(t, int):
            out.append(index[0] if len(index) == 1 else index)
        else:
            for k, part in enumerate(t):
                visit(part, (*index, k))

    visit(tree, ())
    return tuple(out)


def _nest_shape(tree, n: int) -> tuple[int, ...]:
    if tree is None:
        return (n,)
    if isinstance(tree, int):
        return ()
    inner = {_nest_shape(t, n) for t in tree}
    if len(inner) > 1:
        raise TypeRefusal("the nested lists are not rectangular")
    return (len(tree), *(inner.pop() if inner else ()))


def _array(types, attrs):
    if len(types) == 1 and isinstance(types[0], List):
        elem = array_of(types[0].elem)
        return Array(dtype_name(attrs["dtype"], elem.dtype), (new_dim(), *elem.shape), True)
    tree = attrs.get("_attrs", attrs).get("_tree")
    items = [array_of(t) for t in parts_of(types)] if types else []
    if any(a.ndim != items[0].ndim for a in items):
        raise TypeRefusal("the items must have one shape")
    inner = tuple(common([a.shape[i] for a in items]) for i in range(items[0].ndim)) if items else ()
    default = np.result_type(*(np.dtype(a.dtype) for a in items)).name if items else "float64"
    nested = _nest_shape(tree, len(items))
    return Array(dtype_name(attrs["dtype"], default), tuple(map(const_dim, nested)) + inner, True)


primitive(
    "numpy.array", "object", _array, variadic=True, keywords={"dtype": None, "_tree": None}, may_raise=True
)


def nest(items, tree):
    """Items that come flat, in nested tuples again."""
    if tree is None:
        return items
    if isinstance(tree, int):
        return items[tree]
    return tuple([nest(items, t) for t in tree])


@jvp("numpy.array")
def _(xs, y, xs_dot, *, _tree):
    return np.array(nest(xs_dot, _tree))


@vjp("numpy.array")
def _(xs, y, y_bar, *, _tree):
    if isinstance(xs, list):
        return [y_bar[i] for i in range(len(xs))]
    if isinstance(_tree, int):
        return (y_bar,)
    return tuple([y_bar[p] for p in places(_tree, len(xs))])
