"""Built-in functions of numbers, and NumPy's scalar types called as functions."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, List, Opaque, Scalar, Tuple, dtype_kind, join
from ..runtime import is_python, repeated, safe_divide
from .elementwise import abs_adjoint, abs_tangent
from .guards import larger, over, power_base, power_exponent, upto
from .infer import array_of, dtype_of, elementwise
from .registry import BOOK, TypeRefusal, constant, jvp, primitive, scaled, vjp

primitive("builtins.abs", "x", elementwise("builtins.abs"), also="operator.abs")


@jvp("builtins.abs")
def _(x, y, x_dot):
    if is_python(x):
        return over((np.conj(x) * x_dot).real, y) if np.iscomplexobj(x) else x_dot * ((x > 0) - (x < 0))
    return abs_tangent(x, y, x_dot)


@vjp("builtins.abs")
def _(x, y, y_bar):
    if is_python(x) and not np.iscomplexobj(x):
        return y_bar * ((x > 0) - (x < 0))
    return abs_adjoint(x, y, y_bar)


def _pow(types, attrs):
    if len(types) != 2:
        raise TypeRefusal("pow with a modulus is not covered")
    return BOOK["operator.pow"].infer(types, {})


primitive("builtins.pow", "base exp", _pow, may_raise=True)
scaled("builtins.pow", power_base, power_exponent)


# -- min and max of two or more numbers: ties share equally ---------------------------------------------
def _extreme(types, attrs):
    if len(types) < 2:
        raise TypeRefusal("min and max are covered for two or more numbers; np.min and np.max take an array")
    out = types[0]
    for t in types:
        if not isinstance(t, Scalar) and not (isinstance(t, Array) and t.ndim == 0):
            raise TypeRefusal(
                "min and max compare numbers; np.minimum and np.maximum work element by element"
            )
        joined = join(out, Scalar(t.dtype, True) if isinstance(t, Array) else t)
        out = joined if joined is not None else out
    return out


primitive("builtins.max", "args", _extreme, variadic="*")
primitive("builtins.min", "args", _extreme, variadic="*")


def shares(xs, y, g):
    """The adjoint split among those that are equal to the extreme value."""
    hits = sum(tuple([x == y for x in xs]))
    return tuple([safe_divide(g * (x == y), hits) for x in xs])


for _key in ("builtins.max", "builtins.min"):

    @jvp(_key)
    def extreme_tangent(xs, y, xs_dot):
        return sum(shares_dot(xs, y, xs_dot))


def shares_dot(xs, y, xs_dot):
    hits = sum(tuple([x == y for x in xs]))
    return tuple([safe_divide(xs_dot[i] * (xs[i] == y), hits) for i in upto(len(xs))])


@vjp("builtins.max")
def _(xs, y, y_bar):
    if len(xs) == 2:
        return larger(y_bar, xs[0], xs[1]), larger(y_bar, xs[1], xs[0])
    return shares(xs, y, y_bar)


@vjp("builtins.min")
def _(xs, y, y_bar):
    if len(xs) == 2:
        return larger(y_bar, xs[1], xs[0]), larger(y_bar, xs[0], xs[1])
    return shares(xs, y, y_bar)


# -- sums of Python numbers: rounded less often than one addition after the other, from Python 3.12 on ------
def _sum(types, attrs):
    listed = len(types) == 1 and isinstance(types[0], List)
    out = Scalar("int64")
    for t in [types[0].elem] if listed else types:
        if not isinstance(t, Scalar):
            raise TypeRefusal("sum is covered for numbers; np.sum adds up the elements of an array")
        out = dtype_of("operator.add", [out, t])
    return out


primitive("builtins.sum", "iterable", _sum, variadic=True)


@jvp("builtins.sum")
def _(xs, y, xs_dot):
    return sum(xs_dot)


@vjp("builtins.sum")
def _(xs, y, y_bar):
    if isinstance(xs, list):
        return repeated(y_bar, len(xs))
    return tuple([y_bar for _ in xs])


# -- conversions ---------------------------------------------------------------------------------------
def _convert(dtype: str):
    def infer(types, attrs):
        t = types[0] if types else Scalar(dtype)
        if isinstance(t, Opaque) and t.what == "str" and dtype in ("float64", "int64"):
            return Scalar(dtype)
        if dtype == "bool" and isinstance(t, List | Tuple | Opaque):
            return Scalar("bool")
        if not isinstance(t, Scalar | Array):
            raise TypeRefusal(f"a value of type {t} where a number is expected")
        if isinstance(t, Array) and t.ndim and not all(d.is_one or not d.not_one for d in t.shape):
            raise TypeRefusal("an array with more than one element is no number")
        if dtype in ("float64", "int64") and dtype_kind(t.dtype) == "c":
            raise TypeRefusal("a complex number has no order on the real line; take its .real or abs")
        return Scalar(dtype)

    return infer


for _name, _dtype in (("float", "float64"), ("int", "int64"), ("bool", "bool")):
    primitive(f"builtins.{_name}", "x", _convert(_dtype), may_raise=True)
constant("builtins.int", "builtins.bool")


@jvp("builtins.float")
def _(x, y, x_dot):
    return float(x_dot)


@vjp("builtins.float")
def _(x, y, y_bar):
    return y_bar


primitive("builtins.complex", "real imag", _convert("complex128"), may_raise=True)


@jvp("builtins.complex")
def _(a, b, y, a_dot):
    return complex(a_dot)


@jvp("builtins.complex", 1)
def _(a, b, y, b_dot):
    return 1j * b_dot


@vjp("builtins.complex")
def _(a, b, y, y_bar):
    return y_bar


@vjp("builtins.complex", 1)
def _(a, b, y, y_bar):
    return 1j * y_bar


def _round(types, attrs):
    t = types[0]
    if isinstance(t, Array):
        return elementwise("numpy.round")(types[:1], {})
    if len(types) == 1:
        return Scalar("int64")
    return dtype_of("builtins.round", [t, Scalar("int64")])


primitive("builtins.round", "number ndigits", _round, may_raise=True)
constant("builtins.round")


def _divmod(types, attrs):
    return elementwise("operator.floordiv")(types, attrs), elementwise("operator.mod")(types, attrs)


primitive("builtins.divmod", "a b", _divmod, may_raise=True)


@jvp("builtins.divmod")
def _(a, b, y, a_dot):
    return a_dot * 0.0, a_dot


@jvp("builtins.divmod", 1)
def _(a, b, y, b_dot):
    return b_dot * 0.0, -b_dot * y[0]


@vjp("builtins.divmod")
def _(a, b, y, y_bar):
    return y_bar[1]


@vjp("builtins.divmod", 1)
def _(a, b, y, y_bar):
    return -y_bar[1] * y[0]


def _len(types, attrs):
    if (isinstance(types[0], Array) and types[0].ndim == 0) or isinstance(types[0], Scalar):
        raise TypeRefusal("a number has no length")
    return Scalar("int64")


primitive("builtins.len", "obj", _len)
constant("builtins.len")


def _cast(name: str):
    def infer(types, attrs):
        if not types:
            return Scalar(name, True)
        t = array_of(types[0])
        if dtype_kind(t.dtype) == "c" and dtype_kind(name) != "c":
            raise TypeRefusal("a complex number has no order on the real line; take its .real or abs")
        return Array(name, t.shape, t.contiguous) if t.ndim else Scalar(name, True)

    return infer


for _name in (
    "float64",
    "float32",
    "float16",
    "complex128",
    "complex64",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool_",
):
    _key = f"numpy.{_name}"
    primitive(_key, "x", _cast(np.dtype(getattr(np, _name)).name), may_raise=True)
    if _name[0] in "fc":

        @jvp(_key)
        def cast_tangent(x, y, x_dot):
            return x_dot

        @vjp(_key)
        def cast_adjoint(x, y, y_bar):
            return y_bar

    else:
        constant(_key)
