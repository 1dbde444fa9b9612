"""Kelvin functions: ber + i bei = J_0(x exp(3 pi i / 4)), ker + i kei = K_0(x exp(pi i / 4)) (DLMF 10.61.1,
10.61.2), whose second derivatives are Bessel functions of order 0 and 2, regular at 0."""

from __future__ import annotations

import cmath
import math

import numpy as np
import scipy.special as special

from ..counting import elements
from ..guards import share, steep_share, sum_of, times
from ..infer import elementwise
from ..registry import jvp, primitive, vjp
from .ufuncs import ufunc

FIRST = cmath.exp(0.75j * math.pi)
SECOND = cmath.exp(0.25j * math.pi)


def be_second(x):
    """The second derivative of ber + i bei."""
    return 0.5j * (special.jv(0, FIRST * x) - special.jv(2, FIRST * x))


def ke_second(x):
    """The second derivative of ker + i kei."""
    return 0.5j * (special.kv(0, SECOND * x) + special.kv(2, SECOND * x))


ufunc("ber", lambda g, x, y: g * special.berp(x))
ufunc("bei", lambda g, x, y: g * special.beip(x))
ufunc("ker", lambda g, x, y: times(g, special.kerp(x), x))
ufunc("kei", lambda g, x, y: g * special.keip(x))
ufunc("berp", lambda g, x, y: g * np.real(be_second(x)))
ufunc("beip", lambda g, x, y: g * np.imag(be_second(x)))
ufunc("kerp", lambda g, x, y: times(g, np.real(ke_second(x)), x))
ufunc("keip", lambda g, x, y: times(g, np.imag(ke_second(x)), x))

primitive("scipy.special.kelvin", "x", elementwise("scipy.special.kelvin"), cost=elements)


@jvp("scipy.special.kelvin")
def _(x, y, x_dot):
    return x_dot * y[2], times(x_dot, y[3], x), x_dot * be_second(x), times(x_dot, ke_second(x), x)


@vjp("scipy.special.kelvin")
def _(x, y, y_bar):
    return sum_of(
        share(y_bar[0], y[2]),
        steep_share(y_bar[1], y[3]),
        share(y_bar[2], be_second(x)),
        steep_share(y_bar[3], ke_second(x)),
    )
