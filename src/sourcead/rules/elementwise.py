"""Elementwise functions of NumPy with one operand, and a few with two."""

from __future__ import annotations

import math

import numpy as np

from ..ir.types import Array, Scalar, dtype_kind
from ..runtime import known_nonzero, safe_divide, safe_multiply, safe_subtract, sinc_derivative
from .guards import larger, over, power_base, power_exponent
from .infer import dtype_of, elementwise
from .registry import constant, jvp, primitive, scaled, vjp

LN2 = math.log(2.0)
LN10 = math.log(10.0)
DEGREE = math.pi / 180.0


def ufunc(name: str, *rules, params: str = "x", also: str = "") -> None:
    """Add `numpy.<name>` with its scaled rules; without any it is constant."""
    key = f"numpy.{name}"
    primitive(key, params, elementwise(key), also=also)
    if rules:
        scaled(key, *rules)
    else:
        constant(key)


ufunc("exp", lambda g, x, y: g * y)
ufunc("exp2", lambda g, x, y: g * y * LN2)
ufunc("expm1", lambda g, x, y: g * (y + 1.0))
ufunc("log", lambda g, x, y: over(g, x))
ufunc("log2", lambda g, x, y: over(g, x * LN2))
ufunc("log10", lambda g, x, y: over(g, x * LN10))
ufunc("log1p", lambda g, x, y: over(g, 1.0 + x))
ufunc("sqrt", lambda g, x, y: over(0.5 * g, y))
ufunc("square", lambda g, x, y: g * 2.0 * x)
ufunc("cbrt", lambda g, x, y: over(g, 3.0 * y * y))
ufunc("reciprocal", lambda g, x, y: -g * y * y if known_nonzero(x) else -safe_divide(safe_divide(g, x), x))
ufunc("sin", lambda g, x, y: g * np.cos(x))
ufunc("cos", lambda g, x, y: -g * np.sin(x))
ufunc("tan", lambda g, x, y: g * (1.0 + y * y))
ufunc("arcsin", lambda g, x, y: over(g, np.sqrt(1.0 - x * x)), also="numpy.asin")
ufunc("arccos", lambda g, x, y: -over(g, np.sqrt(1.0 - x * x)), also="numpy.acos")
ufunc(
    "arctan",
    lambda g, x, y: over(g, 1.0 + x * x) if np.iscomplexobj(x) else g / (1.0 + x * x),
    also="numpy.atan",
)
ufunc("sinh", lambda g, x, y: g * np.cosh(x))
ufunc("cosh", lambda g, x, y: g * np.sinh(x))
ufunc("tanh", lambda g, x, y: g * (1.0 - y * y))
ufunc("arcsinh", lambda g, x, y: over(g, np.sqrt(1.0 + x * x)), also="numpy.asinh")
ufunc("arccosh", lambda g, x, y: over(g, np.sqrt(x - 1.0) * np.sqrt(x + 1.0)), also="numpy.acosh")
ufunc("arctanh", lambda g, x, y: over(g, 1.0 - x * x), also="numpy.atanh")
ufunc("deg2rad", lambda g, x, y: g * DEGREE, also="numpy.radians")
ufunc("rad2deg", lambda g, x, y: g / DEGREE, also="numpy.degrees")
ufunc("fabs", lambda g, x, y: g * np.sign(x))

for _name in (
    "sign",
    "floor",
    "ceil",
    "rint",
    "trunc",
    "isnan",
    "isinf",
    "isfinite",
    "signbit",
    "logical_not",
    "spacing",
):
    ufunc(_name)
for _name in ("logical_and", "logical_or", "logical_xor", "gcd", "lcm"):
    ufunc(_name, params="x1 x2")

primitive("numpy.sinc", "x", elementwise("numpy.sinc"))
scaled("numpy.sinc", lambda g, x, y: g * sinc_derivative(x, n=1))
primitive("numpy.fix", "x", elementwise("numpy.fix"))
constant("numpy.fix")
primitive(
    "numpy.round",
    "a",
    elementwise("numpy.round"),
    keywords={"decimals": 0, "out": None},
    fixed="out",
    also="numpy.around",
    methods="round",
)
constant("numpy.round")
primitive(
    "numpy.nan_to_num",
    "x",
    elementwise("numpy.nan_to_num"),
    keywords={"copy": True, "nan": 0.0, "posinf": None, "neginf": None},
    fixed="copy",
)
scaled("numpy.nan_to_num", lambda g, x, y: np.where(np.isfinite(x), g, 0.0))


# -- two operands --------------------------------------------------------------------------------------
def arctan2_top(g, a, b, y):
    return over(g * b, a * a + b * b)


def arctan2_bottom(g, a, b, y):
    return -over(g * a, a * a + b * b)


ufunc("arctan2", arctan2_top, arctan2_bottom, params="x1 x2", also="numpy.atan2")
ufunc(
    "hypot",
    lambda g, a, b, y: over(g * a, y),
    lambda g, a, b, y: over(g * b, y),
    params="x1 x2",
)
ufunc(
    "logaddexp",
    lambda g, a, b, y: g * np.exp(safe_subtract(a, y)),
    lambda g, a, b, y: g * np.exp(safe_subtract(b, y)),
    params="x1 x2",
)
ufunc(
    "logaddexp2",
    lambda g, a, b, y: g * np.exp2(safe_subtract(a, y)),
    lambda g, a, b, y: g * np.exp2(safe_subtract(b, y)),
    params="x1 x2",
)
ufunc(
    "copysign",
    lambda g, a, b, y: g * np.sign(a) * np.sign(y),
    None,
    params="x1 x2",
)
ufunc(
    "fmod",
    lambda g, a, b, y: g,
    lambda g, a, b, y: (
        -g * np.rint((a - y) / b) if known_nonzero(b) else -safe_multiply(g, np.rint(safe_divide(a - y, b)))
    ),
    params="x1 x2",
)
ufunc(
    "heaviside",
    None,
    lambda g, a, b, y: g * (a == 0.0),
    params="x1 x2",
)
ufunc("float_power", power_base, power_exponent, params="x1 x2")
ufunc(
    "maximum",
    lambda g, a, b, y: larger(g, a, b),
    lambda g, a, b, y: larger(g, b, a),
    params="x1 x2",
)
ufunc(
    "minimum",
    lambda g, a, b, y: larger(g, b, a),
    lambda g, a, b, y: larger(g, a, b),
    params="x1 x2",
)
ufunc(
    "fmax",
    lambda g, a, b, y: larger(g, a, b) + g * np.isnan(b),
    lambda g, a, b, y: larger(g, b, a) + g * np.isnan(a),
    params="x1 x2",
)
ufunc(
    "fmin",
    lambda g, a, b, y: larger(g, b, a) + g * np.isnan(b),
    lambda g, a, b, y: larger(g, a, b) + g * np.isnan(a),
    params="x1 x2",
)


# -- absolute value and the parts of complex numbers: not holomorphic, the two modes differ --------------
def abs_tangent(x, y, x_dot):
    if np.iscomplexobj(x):
        return over(np.real(np.conj(x) * x_dot), y)
    return x_dot * np.sign(x)


def abs_adjoint(x, y, y_bar):
    if np.iscomplexobj(x):
        return over(y_bar * np.conj(x), y)
    return y_bar * np.sign(x)


primitive("numpy.absolute", "x", elementwise("numpy.absolute"), also="numpy.abs")
jvp("numpy.absolute")(abs_tangent)
vjp("numpy.absolute")(abs_adjoint)

primitive("numpy.conjugate", "x", elementwise("numpy.conjugate"), also="numpy.conj")
primitive(
    "numpy.ndarray.conjugate",
    "x",
    elementwise("numpy.conjugate"),
    alias=("may_view", 0),
    spell=("method", "conjugate"),
    methods="conj conjugate",
)
for _key in ("numpy.conjugate", "numpy.ndarray.conjugate"):

    @jvp(_key)
    def conjugate_tangent(x, y, x_dot):
        return np.conj(x_dot)

    @vjp(_key)
    def conjugate_adjoint(x, y, y_bar):
        return np.conj(y_bar)


def _part(types, attrs):
    t = types[0]
    if isinstance(t, Scalar) and dtype_kind(t.dtype) != "c":
        return Scalar("int64") if t.dtype == "bool" and t.numpy is False else t
    real = (
        np.zeros(0, t.dtype).real.dtype.name
        if isinstance(t, Array | Scalar)
        else dtype_of("numpy.real", types)
    )
    return (
        Scalar(real, t.numpy)
        if isinstance(t, Scalar)
        else Array(real, t.shape, t.contiguous and real == t.dtype)
    )


primitive("numpy.real", "val", _part, alias=("may_view", 0))
primitive("numpy.imag", "val", _part, alias=("may_view", 0))
primitive(
    "numpy.ndarray.real", "x", _part, alias=("may_view", 0), spell=("attribute", "real"), methods="real"
)
primitive(
    "numpy.ndarray.imag", "x", _part, alias=("may_view", 0), spell=("attribute", "imag"), methods="imag"
)
for _key in ("numpy.real", "numpy.ndarray.real"):

    @jvp(_key)
    def real_tangent(x, y, x_dot):
        return np.real(x_dot)

    @vjp(_key)
    def real_adjoint(x, y, y_bar):
        return y_bar


for _key in ("numpy.imag", "numpy.ndarray.imag"):

    @jvp(_key)
    def imag_tangent(x, y, x_dot):
        return np.imag(x_dot) if np.iscomplexobj(x) else np.zeros_like(x)

    @vjp(_key)
    def imag_adjoint(x, y, y_bar):
        return -1j * y_bar if np.iscomplexobj(x) else np.zeros_like(x)


def _complex_to_real_angle(types, attrs):
    return elementwise("numpy.angle")(types, attrs)


primitive("numpy.angle", "z", _complex_to_real_angle, keywords={"deg": False}, fixed="deg")


@jvp("numpy.angle")
def _(z, y, z_dot):
    if np.iscomplexobj(z):
        return over(np.imag(np.conj(z) * z_dot), np.real(z * np.conj(z)))
    return np.zeros_like(z)


@vjp("numpy.angle")
def _(z, y, y_bar):
    if np.iscomplexobj(z):
        return -1j * over(y_bar * np.conj(z), np.real(z * np.conj(z)))
    return np.zeros_like(z)


for _key in ("numpy.iscomplexobj", "numpy.isrealobj"):
    primitive(_key, "x", lambda types, attrs: Scalar("bool"))
    constant(_key)
