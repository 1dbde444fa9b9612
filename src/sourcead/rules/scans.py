"""Along one axis: cumsum, cumprod, diff, sort; convolution, interpolation, polynomials."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, const_dim, is_complex, new_dim
from ..runtime import add_along_axis, index_add, linear_scan, product_before, zeros_like
from .infer import array_of, axis_of, broadcast_dims, dtype_of, need_rank, plus, promoted
from .registry import TypeRefusal, constant, jvp, primitive, vjp


def _cumulative(key: str):
    def infer(types, attrs):
        a = array_of(types[0])
        dtype = dtype_of(key, types, attrs).dtype
        if attrs["axis"] is None:
            return Array(dtype, a.shape if a.ndim == 1 else (const_dim(1),) if a.ndim == 0 else (new_dim(),))
        axis_of(attrs["axis"], a.ndim)
        return Array(dtype, a.shape)

    return infer


_CUM = {"axis": None, "dtype": None, "out": None}
primitive("numpy.cumsum", "a", _cumulative("numpy.cumsum"), keywords=_CUM, fixed="out", methods="cumsum")
primitive("numpy.cumprod", "a", _cumulative("numpy.cumprod"), keywords=_CUM, fixed="out", methods="cumprod")


def flat(a, axis):
    """The array that a function with axis=None works on."""
    return np.ravel(a) if axis is None and np.ndim(a) != 1 else a


def suffix_sums(g, axis):
    if g.ndim == 1:
        return np.cumsum(g[::-1])[::-1]
    return np.flip(np.cumsum(np.flip(g, axis=axis), axis=axis), axis=axis)


@jvp("numpy.cumsum")
def _(a, y, a_dot, *, axis):
    return np.cumsum(a_dot, axis=axis)


@vjp("numpy.cumsum")
def _(a, y, y_bar, *, axis):
    return (
        np.reshape(suffix_sums(y_bar, 0), np.shape(a))
        if axis is None and np.ndim(a) != 1
        else suffix_sums(y_bar, axis)
    )


@jvp("numpy.cumprod")
def _(a, y, a_dot, *, axis):
    x = flat(a, axis)
    along = 0 if axis is None else axis
    return linear_scan(x, product_before(x, axis=along) * flat(a_dot, axis), axis=along)


@vjp("numpy.cumprod")
def _(a, y, y_bar, *, axis):
    x = flat(a, axis)
    along = 0 if axis is None else axis
    x_bar = product_before(x, axis=along) * linear_scan(x, y_bar, axis=along, reverse=True)
    return np.reshape(x_bar, np.shape(a)) if axis is None and np.ndim(a) != 1 else x_bar


# -- differences -----------------------------------------------------------------------------------------
def _diff(types, attrs):
    a = need_rank(types[0], 1, "the operand of np.diff")
    axis, n = axis_of(attrs["axis"], a.ndim), attrs["n"]
    if not isinstance(n, int) or n < 0:
        raise TypeRefusal(f"n={n!r} is not covered")
    ends = (attrs["prepend"], attrs["append"])
    if not all(e is None or isinstance(e, int | float) for e in ends) or (n > 1 and ends != (None, None)):
        raise TypeRefusal("prepend= and append= are covered as numbers, with n=1")
    grow = sum(e is not None for e in ends) - n if n else 0
    extra = [Scalar(np.asarray(e).dtype.name, True) for e in ends if e is not None]
    dtype = promoted([Scalar(a.dtype, True), *extra]) if a.dtype != "bool" else "bool"
    shape = tuple(plus(d, const_dim(grow)) if i == axis else d for i, d in enumerate(a.shape))
    return Array(dtype, tuple(d if d.symbol or d.offset >= 0 else const_dim(0) for d in shape))


primitive("numpy.diff", "a", _diff, keywords={"n": 1, "axis": -1, "prepend": None, "append": None})


@jvp("numpy.diff")
def _(a, y, a_dot, *, n, axis, prepend, append):
    if prepend is None and append is None:
        return np.diff(a_dot, n=n, axis=axis)
    if append is None:
        return np.diff(a_dot, n=n, axis=axis, prepend=0.0)
    if prepend is None:
        return np.diff(a_dot, n=n, axis=axis, append=0.0)
    return np.diff(a_dot, n=n, axis=axis, prepend=0.0, append=0.0)


@vjp("numpy.diff")
def _(a, y, y_bar, *, n, axis, prepend, append):
    if n == 0:
        return y_bar
    if n > 1:
        return undo_differences(y_bar, n, axis)
    if prepend is None and append is None:
        return -np.diff(y_bar, axis=axis, prepend=0.0, append=0.0)
    if append is None:
        return -np.diff(y_bar, axis=axis, append=0.0)
    if prepend is None:
        return -np.diff(y_bar, axis=axis, prepend=0.0)
    return -np.diff(y_bar, axis=axis)


def undo_differences(g, n, axis):
    return g if n == 0 else undo_differences(-np.diff(g, axis=axis, prepend=0.0, append=0.0), n - 1, axis)


# -- order ---------------------------------------------------------------------------------------------
def _sorted(types, attrs):
    a = array_of(types[0])
    axis = attrs["axis"]
    if axis is None:
        return Array(a.dtype, a.shape if a.ndim == 1 else (new_dim(),))
    axis_of(axis, a.ndim)
    return Array(a.dtype, a.shape)


def _order(types, attrs):
    return Array("int64", _sorted(types, attrs).shape)


_SORT = {"axis": -1, "kind": None, "order": None, "stable": None}
primitive("numpy.sort", "a", _sorted, keywords=_SORT, fixed="order")
primitive("numpy.argsort", "a", _order, keywords=_SORT, fixed="order", methods="argsort")
constant("numpy.argsort")


@jvp("numpy.sort")
def _(a, y, a_dot, *, axis):
    if a.ndim == 1:
        return a_dot[np.argsort(a, kind="stable")]
    along = 0 if axis is None else axis
    order = np.argsort(flat(a, axis), axis=along, kind="stable")
    return np.take_along_axis(flat(a_dot, axis), order, axis=along)


@vjp("numpy.sort")
def _(a, y, y_bar, *, axis):
    if a.ndim == 1:
        return y_bar[np.argsort(np.argsort(a, kind="stable"))]
    if axis is None:
        return np.reshape(y_bar[np.argsort(np.argsort(np.ravel(a), kind="stable"))], a.shape)
    place = np.argsort(np.argsort(a, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(y_bar, place, axis=axis)


def _take_along(types, attrs):
    a, index = map(array_of, types)
    if attrs["axis"] is None or a.ndim != index.ndim:
        raise TypeRefusal("np.take_along_axis is covered with an axis and two arrays of one rank")
    axis = axis_of(attrs["axis"], a.ndim)
    dims = broadcast_dims(
        [tuple(const_dim(1) if i == axis else d for i, d in enumerate(t.shape)) for t in (a, index)]
    )
    return Array(a.dtype, tuple(index.shape[axis] if i == axis else d for i, d in enumerate(dims)))


primitive("numpy.take_along_axis", "arr indices", _take_along, keywords={"axis": -1}, may_raise=True)


@jvp("numpy.take_along_axis")
def _(a, index, y, a_dot, *, axis):
    return np.take_along_axis(a_dot, index, axis=axis)


@vjp("numpy.take_along_axis")
def _(a, index, y, y_bar, *, axis):
    return add_along_axis(zeros_like(a), index, y_bar, axis=axis)


jvp("numpy.take_along_axis", 1)(None)
vjp("numpy.take_along_axis", 1)(None)


# -- convolution -----------------------------------------------------------------------------------------
def _convolve(types, attrs):
    a, v = (need_rank(t, 1, "an operand of np.convolve") for t in types)
    if a.ndim != 1 or v.ndim != 1:
        raise TypeRefusal("np.convolve takes two arrays with one axis")
    if attrs["mode"] not in ("full", "same", "valid"):
        raise TypeRefusal(f"mode={attrs['mode']!r} is not covered")
    full = plus(plus(a.shape[0], v.shape[0]), const_dim(-1))
    return Array(dtype_of("numpy.convolve", types).dtype, (full if attrs["mode"] == "full" else new_dim(),))


primitive("numpy.convolve", "a v", _convolve, keywords={"mode": "full"}, may_raise=True)


def convolve_adjoint(g, a, v, mode):
    """The adjoint of a in np.convolve(a, v, mode)."""
    if mode == "full":
        return np.convolve(g, v[::-1], mode="valid")
    skipped = len(v) - min(len(a), len(v)) if mode == "valid" else len(v) - 1 - (min(len(a), len(v)) - 1) // 2
    return np.convolve(g, v[::-1])[skipped : skipped + len(a)]


@jvp("numpy.convolve")
def _(a, v, y, a_dot, *, mode):
    return np.convolve(a_dot, v, mode=mode)


@jvp("numpy.convolve", 1)
def _(a, v, y, v_dot, *, mode):
    return np.convolve(a, v_dot, mode=mode)


@vjp("numpy.convolve")
def _(a, v, y, y_bar, *, mode):
    return convolve_adjoint(y_bar, a, v, mode)


@vjp("numpy.convolve", 1)
def _(a, v, y, y_bar, *, mode):
    return convolve_adjoint(y_bar, v, a, mode)


# -- interpolation ---------------------------------------------------------------------------------------
def _interp(types, attrs):
    if any(is_complex(t) for t in types):
        raise TypeRefusal("np.interp of complex numbers is not covered")
    for t in types[1:3]:
        if array_of(t).ndim != 1:
            raise TypeRefusal("the points of np.interp are two arrays with one axis")
    for t in types[3:]:
        if isinstance(t, Array) and t.ndim:
            raise TypeRefusal("left= and right= are numbers")
    x = array_of(types[0])
    return Array("float64", x.shape) if x.ndim else Scalar("float64", True)


primitive(
    "numpy.interp",
    "x xp fp left right",
    _interp,
    keywords={"period": None},
    fixed="period",
    order="x xp fp left right period",
    may_raise=True,
)


def cell(x, xp):
    """The index of the point to the left of x."""
    return np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)


def weight(x, xp, i):
    """Where x lies between two points: 0 at the left one, 1 at the right one and beyond."""
    return np.clip((x - xp[i]) / (xp[i + 1] - xp[i]), 0.0, 1.0)


def slope(x, xp, fp, i):
    inside = (x >= xp[0]) & (x <= xp[-1])
    return np.where(inside, (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]), 0.0)


def given(g, x, xp, left, right):
    """The adjoint or weight where the value comes from the points and not from left= or right=."""
    if left is not None:
        g = np.where(x < xp[0], 0.0, g)
    if right is not None:
        g = np.where(x > xp[-1], 0.0, g)
    return g


@jvp("numpy.interp")
def _(x, xp, fp, left, right, y, x_dot):
    return x_dot * slope(x, xp, fp, cell(x, xp))


@vjp("numpy.interp")
def _(x, xp, fp, left, right, y, y_bar):
    return y_bar * slope(x, xp, fp, cell(x, xp))


@jvp("numpy.interp", 1)
def _(x, xp, fp, left, right, y, xp_dot):
    i = cell(x, xp)
    w = weight(x, xp, i)
    return -slope(x, xp, fp, i) * ((1.0 - w) * xp_dot[i] + w * xp_dot[i + 1])


@vjp("numpy.interp", 1)
def _(x, xp, fp, left, right, y, y_bar):
    i = cell(x, xp)
    w = weight(x, xp, i)
    h = -y_bar * slope(x, xp, fp, i)
    return index_add(index_add(zeros_like(xp), i, h * (1.0 - w)), i + 1, h * w)


@jvp("numpy.interp", 2)
def _(x, xp, fp, left, right, y, fp_dot):
    i = cell(x, xp)
    w = weight(x, xp, i)
    return given((1.0 - w) * fp_dot[i] + w * fp_dot[i + 1], x, xp, left, right)


@vjp("numpy.interp", 2)
def _(x, xp, fp, left, right, y, y_bar):
    i = cell(x, xp)
    w = weight(x, xp, i)
    h = given(y_bar, x, xp, left, right)
    return index_add(index_add(zeros_like(fp), i, h * (1.0 - w)), i + 1, h * w)


@jvp("numpy.interp", 3)
def _(x, xp, fp, left, right, y, left_dot):
    return np.where(x < xp[0], left_dot, 0.0)


@vjp("numpy.interp", 3)
def _(x, xp, fp, left, right, y, y_bar):
    return np.sum(np.where(x < xp[0], y_bar, 0.0))


@jvp("numpy.interp", 4)
def _(x, xp, fp, left, right, y, right_dot):
    return np.where(x > xp[-1], right_dot, 0.0)


@vjp("numpy.interp", 4)
def _(x, xp, fp, left, right, y, y_bar):
    return np.sum(np.where(x > xp[-1], y_bar, 0.0))


def _searchsorted(types, attrs):
    v = array_of(types[1])
    return Array("int64", v.shape) if v.ndim else Scalar("int64", True)


primitive(
    "numpy.searchsorted",
    "a v sorter",
    _searchsorted,
    keywords={"side": "left"},
    methods="searchsorted",
    order="a v side sorter",
)
constant("numpy.searchsorted")


# -- polynomials -----------------------------------------------------------------------------------------
def _polyval(types, attrs):
    p, x = map(array_of, types)
    if p.ndim != 1:
        raise TypeRefusal("the coefficients of np.polyval are an array with one axis")
    out = dtype_of("numpy.polyval", types)
    return Array(out.dtype, x.shape) if isinstance(out, Array) else out


primitive("numpy.polyval", "p x", _polyval)


def poly_slope(p, x):
    return np.polyval(p[:-1] * np.arange(len(p) - 1, 0, -1), x)


@jvp("numpy.polyval", 1)
def _(p, x, y, x_dot):
    return x_dot * poly_slope(p, x)


@vjp("numpy.polyval", 1)
def _(p, x, y, y_bar):
    return y_bar * poly_slope(p, x)


@jvp("numpy.polyval")
def _(p, x, y, p_dot):
    return np.polyval(p_dot, x)


@vjp("numpy.polyval")
def _(p, x, y, y_bar):
    powers = np.power(np.expand_dims(np.ravel(x), 1), np.arange(len(p) - 1, -1, -1))
    return np.ravel(y_bar) @ powers
