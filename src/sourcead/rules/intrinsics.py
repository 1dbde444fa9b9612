"""Rules of the run-time helpers (`runtime.py`), which make derivatives closed under differentiation."""

from __future__ import annotations

import numpy as np

from ..ir.types import PY_BOOL, Array, List, Scalar, Type, const_dim, dtype_kind
from ..runtime import (
    add_along_axis,
    linear_scan,
    polygamma,
    repeated,
    safe_divide,
    safe_log,
    safe_multiply,
    safe_power,
    shift,
    sinc_derivative,
    unbroadcast,
)
from . import elementwise as ufuncs
from .counting import uncounted
from .infer import array_of, elementwise, promoted
from .registry import BOOK, TypeRefusal, jvp, primitive, scaled, vjp

_ = ufuncs  # their rules are in the book
_R = "sourcead.runtime."


def _like(n: int):
    """The result has the shape of operand n and the dtype that its operands have in common."""

    def infer(types: list[Type], attrs) -> Type:
        t = types[n]
        if isinstance(t, Scalar):
            return t
        dtype = promoted(
            [t for t in types if isinstance(t, Array | Scalar) and dtype_kind(t.dtype) in "fc"] or [t]
        )
        return Array(dtype, t.shape, getattr(t, "contiguous", False))

    return infer


primitive(_R + "safe_divide", "g d", elementwise(_R + "safe_divide"))
scaled(
    _R + "safe_divide",
    lambda h, g, d, y: safe_divide(h, d),
    lambda h, g, d, y: -safe_divide(safe_multiply(h, y), d),
)

primitive(_R + "safe_multiply", "g p", elementwise(_R + "safe_multiply"))
scaled(
    _R + "safe_multiply",
    lambda h, g, p, y: safe_multiply(h, p),
    lambda h, g, p, y: safe_multiply(h, g),
)

primitive(_R + "safe_power", "x p", elementwise(_R + "safe_power"))
scaled(
    _R + "safe_power",
    lambda g, x, p, y: safe_multiply(g * p, safe_power(x, p - 1)),
    lambda g, x, p, y: safe_multiply(g * safe_log(x), y),
)

primitive(_R + "safe_log", "x", elementwise(_R + "safe_log"))
scaled(_R + "safe_log", lambda g, x, y: safe_divide(g * (x != 0.0 if np.iscomplexobj(x) else x > 0.0), x))

primitive(_R + "safe_subtract", "a b", elementwise(_R + "safe_subtract"))
scaled(
    _R + "safe_subtract",
    lambda g, a, b, y: g,
    lambda g, a, b, y: -g,
)

primitive(_R + "sinc_derivative", "x", elementwise(_R + "sinc_derivative"), keywords={"n": 1})
scaled(_R + "sinc_derivative", lambda g, x, y, *, n: g * sinc_derivative(x, n=n + 1))

primitive(_R + "polygamma", "x", elementwise(_R + "polygamma"), keywords={"n": 0})
scaled(_R + "polygamma", lambda g, x, y, *, n: g * polygamma(x, n=n + 1))


def _unbroadcast(types, attrs):
    g, like = types
    if isinstance(like, Scalar):
        return Scalar(g.dtype, like.numpy if like.numpy is not None else None)
    return Array(g.dtype, array_of(like).shape)


primitive(_R + "unbroadcast", "g like", _unbroadcast, alias=("may_view", 0))


@jvp(_R + "unbroadcast")
def _(g, like, y, g_dot):
    return unbroadcast(g_dot, like)


@vjp(_R + "unbroadcast")
def _(g, like, y, y_bar):
    return y_bar


jvp(_R + "unbroadcast", 1)(None)
vjp(_R + "unbroadcast", 1)(None)


def _added(types, attrs):
    x = array_of(types[0])
    return Array(x.dtype, x.shape, x.contiguous)


primitive(_R + "add_along_axis", "x index v", _added, keywords={"axis": 0})


@jvp(_R + "add_along_axis")
def _(x, index, v, y, x_dot):
    return x_dot


@jvp(_R + "add_along_axis", 2)
def _(x, index, v, y, v_dot, *, axis):
    return add_along_axis(np.zeros_like(x), index, v_dot, axis=axis)


@vjp(_R + "add_along_axis")
def _(x, index, v, y, y_bar):
    return y_bar


@vjp(_R + "add_along_axis", 2)
def _(x, index, v, y, y_bar, *, axis):
    return unbroadcast(np.take_along_axis(y_bar, index, axis=axis), v)


jvp(_R + "add_along_axis", 1)(None)
vjp(_R + "add_along_axis", 1)(None)


primitive(_R + "linear_scan", "a b", _like(1), keywords={"axis": 0, "reverse": False})


@jvp(_R + "linear_scan")
def _(a, b, y, a_dot, *, axis, reverse):
    if reverse:
        return linear_scan(a, shift(a_dot * y, axis=axis, step=-1), axis=axis, reverse=True)
    return linear_scan(a, a_dot * shift(y, axis=axis), axis=axis)


@vjp(_R + "linear_scan")
def _(a, b, y, y_bar, *, axis, reverse):
    if reverse:
        return y * shift(linear_scan(a, y_bar, axis=axis), axis=axis)
    return shift(y, axis=axis) * linear_scan(a, y_bar, axis=axis, reverse=True)


@jvp(_R + "linear_scan", 1)
def _(a, b, y, b_dot, *, axis, reverse):
    return linear_scan(a, b_dot, axis=axis, reverse=reverse)


@vjp(_R + "linear_scan", 1)
def _(a, b, y, y_bar, *, axis, reverse):
    return linear_scan(a, y_bar, axis=axis, reverse=not reverse)


primitive(_R + "shift", "x", _like(0), keywords={"axis": 0, "step": 1})


@jvp(_R + "shift")
def _(x, y, x_dot, *, axis, step):
    return shift(x_dot, axis=axis, step=step)


@vjp(_R + "shift")
def _(x, y, y_bar, *, axis, step):
    return shift(y_bar, axis=axis, step=-step)


primitive(_R + "product_before", "x", _like(0), keywords={"axis": 0})


@jvp(_R + "product_before")
def _(x, y, x_dot, *, axis):
    return shift(linear_scan(x, y * x_dot, axis=axis), axis=axis)


@vjp(_R + "product_before")
def _(x, y, y_bar, *, axis):
    return y * linear_scan(x, shift(y_bar, axis=axis, step=-1), axis=axis, reverse=True)


def _written_last(types, attrs):
    raise TypeRefusal("written_last is made by the compiler, which knows its type")


primitive(_R + "written_last", "x index", _written_last, constant=True)
primitive(_R + "next_snapshot", "step end free", lambda types, attrs: Scalar("int64"), constant=True)
primitive(_R + "stop_gradient", "x", lambda types, attrs: types[0], constant=True, alias=("same", 0))

primitive(
    _R + "reshape_is_view", "a shape", lambda types, attrs: PY_BOOL, keywords={"order": "C"}, constant=True
)

primitive(_R + "add_lists", "a b", lambda types, attrs: types[0])


@jvp(_R + "add_lists")
def _(a, b, y, a_dot):
    return a_dot


@jvp(_R + "add_lists", 1)
def _(a, b, y, b_dot):
    return b_dot


@vjp(_R + "add_lists")
def _(a, b, y, y_bar):
    return y_bar


@vjp(_R + "add_lists", 1)
def _(a, b, y, y_bar):
    return y_bar


def _stages(types, attrs):
    four = const_dim(4)
    return Array("float64", (four,), True), Array("float64", (four, four), True)


primitive(_R + "radau_stages", "", _stages, constant=True, cost=uncounted)
primitive(
    _R + "places_in",
    "grid times",
    lambda types, attrs: Array("int64", types[1].shape, True),
    constant=True,
    cost=uncounted,
)


primitive(_R + "repeated", "x n", lambda types, attrs: List(types[0]))


@jvp(_R + "repeated")
def _(x, n, y, x_dot):
    return repeated(x_dot, n)


@vjp(_R + "repeated")
def _(x, n, y, y_bar):
    return sum(y_bar)


# -- of loops that were array statements -----------------------------------------------------------------
for _name, _params in (("bound", "i n"), ("wrapped", "i n"), ("broadcast_length", "n m")):
    primitive(_R + _name, _params, elementwise(_R + _name), constant=True)
primitive(_R + "accumulate", "s x", elementwise(_R + "accumulate"))


def _selected(types, attrs):
    condition, a, b = types
    if a != b or not isinstance(condition, Scalar) or not isinstance(a, Scalar):
        raise TypeRefusal("select takes a condition and two numbers of one type")
    return a


primitive(_R + "select", "condition a b", _selected)
for _name in ("same_length", "fits_length", "at_least"):
    primitive(_R + _name, "n m", lambda types, attrs: (), effect=True, may_raise=True, constant=True)
primitive(_R + "nonempty", "n", lambda types, attrs: (), effect=True, may_raise=True, constant=True)
scaled(_R + "accumulate", lambda g, s, x, y: g, lambda g, s, x, y: g)
jvp(_R + "select", 0)(None)
vjp(_R + "select", 0)(None)


@jvp(_R + "select", 1)
def _(condition, a, b, y, a_dot):
    return np.where(condition, a_dot, 0.0)


@jvp(_R + "select", 2)
def _(condition, a, b, y, b_dot):
    return np.where(condition, 0.0, b_dot)


@vjp(_R + "select", 1)
def _(condition, a, b, y, y_bar):
    return np.where(condition, y_bar, 0.0)


@vjp(_R + "select", 2)
def _(condition, a, b, y, y_bar):
    return np.where(condition, 0.0, y_bar)


# -- of one number, as arithmetic ---------------------------------------------------------------------------
for _params, _names in (("x", "exp expm1 log log1p tanh"), ("a b", "maximum minimum")):
    for _name in _names.split():
        primitive(_R + _name, _params, elementwise(_R + _name))
        scaled(_R + _name, *BOOK[f"numpy.{_name}"].scaled)
