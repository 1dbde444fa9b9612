"""Elementwise functions with several results, or whole numbers beside floats: divmod, modf, frexp, ldexp;
unwrap, i0, nextafter."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, dtype_kind
from ..runtime import bessel_i
from .elementwise import ufunc
from .infer import array_of, axis_of, broadcast_dims, dtype_name, elementwise
from .registry import TypeRefusal, jvp, primitive, scaled, vjp


def _both(key, count):
    """The type rule of a ufunc with several results."""

    def infer(types, attrs):
        sample = [np.ones((1,) * array_of(t).ndim, array_of(t).dtype) for t in types]
        weak = [
            (
                {"f": 1.0, "i": 1, "b": True}[dtype_kind(t.dtype)]
                if isinstance(t, Scalar) and t.numpy is False and dtype_kind(t.dtype) in "fib"
                else s
            )
            for t, s in zip(types, sample)
        ]
        try:
            outs = getattr(np, key)(*weak)
        except TypeError as e:
            raise TypeRefusal(str(e)) from None
        shape = broadcast_dims([t.shape for t in types if isinstance(t, Array)])
        arrays = any(isinstance(t, Array) and t.ndim for t in types)
        return tuple(
            Array(o.dtype.name, shape) if arrays else Scalar(o.dtype.name, True) for o in outs[:count]
        )

    return infer


primitive("numpy.divmod", "x1 x2", _both("divmod", 2))


@jvp("numpy.divmod")
def _(a, b, y, a_dot):
    return None, np.broadcast_to(a_dot, np.shape(y[1]))


@jvp("numpy.divmod", 1)
def _(a, b, y, b_dot):
    return None, -b_dot * y[0]


def summed(g, like):
    return np.sum(g) if np.ndim(like) == 0 else g


@vjp("numpy.divmod")
def _(a, b, y, y_bar):
    return summed(y_bar[1], a)


@vjp("numpy.divmod", 1)
def _(a, b, y, y_bar):
    return summed(-y_bar[1] * y[0], b)


# the whole part is constant
primitive("numpy.modf", "x", _both("modf", 2))


@jvp("numpy.modf")
def _(x, y, x_dot):
    return x_dot, None


@vjp("numpy.modf")
def _(x, y, y_bar):
    return y_bar[0]


# x = mantissa * 2 ** exponent, and the exponent is constant
primitive("numpy.frexp", "x", _both("frexp", 2))


@jvp("numpy.frexp")
def _(x, y, x_dot):
    return np.ldexp(x_dot, -y[1]), None


@vjp("numpy.frexp")
def _(x, y, y_bar):
    return np.ldexp(y_bar[0], -y[1])


primitive("numpy.ldexp", "x1 x2", elementwise("numpy.ldexp"))
scaled("numpy.ldexp", lambda g, x, n, y: np.ldexp(g, n), None)

# the neighbour of x lies a rounding unit away from it, wherever x lies
ufunc("nextafter", lambda g, x, towards, y: g, None, params="x1 x2")

primitive("numpy.i0", "x", elementwise("numpy.i0"))
scaled("numpy.i0", lambda g, x, y: g * bessel_i(x, n=1))
primitive("sourcead.runtime.bessel_i", "x", elementwise("sourcead.runtime.bessel_i"), keywords={"n": 0})
# DLMF 10.29.1
scaled(
    "sourcead.runtime.bessel_i",
    lambda g, x, y, *, n: (
        g * bessel_i(x, n=1) if n == 0 else g * 0.5 * (bessel_i(x, n=n - 1) + bessel_i(x, n=n + 1))
    ),
)


# -- unwrap: each element moves by a whole number of periods --------------------------------------------
def _unwrap(types, attrs):
    a = array_of(types[0])
    axis_of(attrs["axis"], a.ndim)
    if not isinstance(attrs["period"], int | float) or not isinstance(attrs["discont"], int | float | None):
        raise TypeRefusal("period= and discont= must be known when compiling")
    sample = np.unwrap(np.ones((1,) * a.ndim, a.dtype), axis=attrs["axis"], period=attrs["period"])
    return Array(dtype_name(sample.dtype, ""), a.shape)


primitive(
    "numpy.unwrap", "p", _unwrap, keywords={"discont": None, "axis": -1, "period": 2 * np.pi}, may_raise=True
)


@jvp("numpy.unwrap")
def _(p, y, p_dot):
    return p_dot


@vjp("numpy.unwrap")
def _(p, y, y_bar):
    return y_bar
