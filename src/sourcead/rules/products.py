"""Products along the last axes: vecdot, matvec, vecmat.  The first vector is conjugated."""

from __future__ import annotations

import numpy as np

from ..runtime import unbroadcast
from .contractions import meet, turned
from .infer import array_of, broadcast_dims, dtype_of, need_rank, result
from .registry import jvp, primitive, vjp


def _product(key, left, right, kept):
    """The type rule: operands with at least `left` and `right` axes, whose last ones meet."""

    def infer(types, attrs):
        a, b = need_rank(types[0], left, "the first operand"), need_rank(
            types[1], right, "the second operand"
        )
        meet(a.shape[-1], b.shape[-right])
        batch = broadcast_dims([a.shape[: a.ndim - left], b.shape[: b.ndim - right]])
        out = dtype_of(key, types)
        return result(array_of(out).dtype, batch + kept(a, b))

    return infer


def conjugated(x):
    return np.conj(x) if np.iscomplexobj(x) else x


primitive(
    "numpy.vecdot",
    "x1 x2",
    _product("numpy.vecdot", 1, 1, lambda a, b: ()),
    keywords={"axis": -1, "axes": None},
    fixed="axis axes",
    may_raise=True,
)
primitive(
    "numpy.matvec",
    "x1 x2",
    _product("numpy.matvec", 2, 1, lambda a, b: a.shape[-2:-1]),
    keywords={"axes": None},
    fixed="axes",
    may_raise=True,
)
primitive(
    "numpy.vecmat",
    "x1 x2",
    _product("numpy.vecmat", 1, 2, lambda a, b: b.shape[-1:]),
    keywords={"axes": None},
    fixed="axes",
    may_raise=True,
)


@jvp("numpy.vecdot")
def _(a, b, y, a_dot):
    return np.vecdot(a_dot, b)


@jvp("numpy.vecdot", 1)
def _(a, b, y, b_dot):
    return np.vecdot(a, b_dot)


def each(g):
    """An adjoint beside a vector."""
    return g if np.ndim(g) == 0 else np.expand_dims(g, -1)


@vjp("numpy.vecdot")
def _(a, b, y, y_bar):
    return unbroadcast(conjugated(each(y_bar) * b), a)


@vjp("numpy.vecdot", 1)
def _(a, b, y, y_bar):
    return unbroadcast(each(y_bar) * conjugated(a), b)


@jvp("numpy.matvec")
def _(a, x, y, a_dot):
    return np.matvec(a_dot, x)


@jvp("numpy.matvec", 1)
def _(a, x, y, x_dot):
    return np.matvec(a, x_dot)


@vjp("numpy.matvec")
def _(a, x, y, y_bar):
    return unbroadcast(np.expand_dims(y_bar, -1) * np.expand_dims(x, -2), a)


@vjp("numpy.matvec", 1)
def _(a, x, y, y_bar):
    return unbroadcast(np.matvec(turned(a), y_bar), x)


@jvp("numpy.vecmat")
def _(x, a, y, x_dot):
    return np.vecmat(x_dot, a)


@jvp("numpy.vecmat", 1)
def _(x, a, y, a_dot):
    return np.vecmat(x, a_dot)


@vjp("numpy.vecmat")
def _(x, a, y, y_bar):
    return unbroadcast(conjugated(np.matvec(a, y_bar)), x)


@vjp("numpy.vecmat", 1)
def _(x, a, y, y_bar):
    return unbroadcast(np.expand_dims(conjugated(x), -1) * np.expand_dims(y_bar, -2), a)
