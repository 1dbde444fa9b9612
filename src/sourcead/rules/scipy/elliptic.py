"""Elliptic integrals and functions: Legendre's, Jacobi's, Carlson's.

By the parameter m, books give the derivatives of Legendre's integrals as differences divided by m, which lose
all digits at m = 0.  Carlson's R_D is the same without a difference (DLMF 19.25(i), 19.18.1):

    dK/dm = R_D(0, 1, 1 - m) / 6        dF/dm = s^3 R_D(c^2, 1, 1 - m s^2) / 6        s, c: sine and cosine
    dE/dm = -R_D(0, 1 - m, 1) / 6       dE/dm = -s^3 R_D(c^2, 1 - m s^2, 1) / 6       of the amplitude

Derivatives of R_D and R_J are integrals over products of half powers of (t + x), (t + y), ... (DLMF 19.16);
`carlson_integral` is any of them, so that its derivatives are of its own kind.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.special as special

from ...ir.types import dtype_kind
from ...runtime import carlson_integral, safe_multiply, unbroadcast
from ..counting import elements
from ..guards import over, share, steep, sum_of
from ..infer import array_of, elementwise
from ..registry import TypeRefusal, jvp, primitive, scaled, static, vjp
from .ufuncs import ufunc

# -- complete integrals ------------------------------------------------------------------------------------
ufunc("ellipk", lambda g, m, y: steep(g, special.elliprd(0.0, 1.0, 1.0 - m) / 6.0), params="m")
ufunc("ellipkm1", lambda g, p, y: steep(g, special.elliprd(0.0, 1.0, p) / -6.0), params="p")
ufunc("ellipe", lambda g, m, y: steep(g, special.elliprd(0.0, 1.0 - m, 1.0) / -6.0), params="m")


# -- incomplete integrals: from the amplitude's remainder in -pi/2 ... pi/2, and a number of half periods
def by_parameter(phi, m):
    """d/dm of F(phi, m)."""
    turns = np.rint(phi / math.pi)
    s = np.sin(phi - math.pi * turns)
    part = s**3 * special.elliprd(np.cos(phi) ** 2, 1.0, 1.0 - m * s * s)
    return (part + 2.0 * safe_multiply(turns, special.elliprd(0.0, 1.0, 1.0 - m))) / 6.0


def ellipeinc_by_parameter(g, phi, m, y):
    turns = np.rint(phi / math.pi)
    s = np.sin(phi - math.pi * turns)
    part = s**3 * special.elliprd(np.cos(phi) ** 2, 1.0 - m * s * s, 1.0)
    whole = safe_multiply(turns, special.elliprd(0.0, 1.0 - m, 1.0))
    return steep(g, (part + 2.0 * whole) / -6.0)


ufunc(
    "ellipkinc",
    lambda g, phi, m, y: over(g, np.sqrt(1.0 - m * np.sin(phi) ** 2)),
    lambda g, phi, m, y: steep(g, by_parameter(phi, m)),
    params="phi m",
)
ufunc(
    "ellipeinc",
    lambda g, phi, m, y: g * np.sqrt(1.0 - m * np.sin(phi) ** 2),
    ellipeinc_by_parameter,
    params="phi m",
)

# -- Jacobi's functions: (sn, cn, dn, am) of (u, m); dm of am is -dn dF/dm at am ----------------------------
primitive("scipy.special.ellipj", "u m", elementwise("scipy.special.ellipj"), cost=elements)


@jvp("scipy.special.ellipj")
def _(u, m, y, u_dot):
    sn, cn, dn, _am = y
    return cn * dn * u_dot, -sn * dn * u_dot, -m * sn * cn * u_dot, dn * u_dot


@vjp("scipy.special.ellipj")
def _(u, m, y, y_bar):
    sn, cn, dn, _am = y
    u_bar = sum_of(
        share(y_bar[0], cn * dn),
        share(y_bar[1], -sn * dn),
        share(y_bar[2], -m * sn * cn),
        share(y_bar[3], dn),
    )
    return u_bar if np.ndim(m) == 0 else unbroadcast(u_bar, u)


@jvp("scipy.special.ellipj", 1)
def _(u, m, y, m_dot):
    sn, cn, dn, phi = y
    phi_dot = -dn * by_parameter(phi, m) * m_dot
    dn_dot = over(-(0.5 * sn * sn * m_dot + m * sn * cn * phi_dot), dn)
    return cn * phi_dot, -sn * phi_dot, dn_dot, phi_dot


@vjp("scipy.special.ellipj", 1)
def _(u, m, y, y_bar):
    sn, cn, dn, phi = y
    turn = -dn * by_parameter(phi, m)
    m_bar = sum_of(
        share(y_bar[0], cn * turn),
        share(y_bar[1], -sn * turn),
        share(y_bar[2], -over(0.5 * sn * sn + m * sn * cn * turn, dn)),
        share(y_bar[3], turn),
    )
    return m_bar if np.ndim(u) == 0 else unbroadcast(m_bar, m)


# -- Carlson's integrals -----------------------------------------------------------------------------------
def _real(key: str):
    """The type rule: real operands (of a complex one the derivative's integral is not covered)."""
    plain = elementwise(key)

    def infer(types, attrs):
        if any(dtype_kind(array_of(t).dtype) == "c" for t in types):
            raise TypeRefusal(f"{key} of complex numbers is not covered")
        return plain(types, attrs)

    return infer


def carlson(name: str, params: str, *slopes) -> None:
    ufunc(name, *slopes, params=params, infer=_real(f"scipy.special.{name}"))


@static
def raised(powers, k):
    """The powers under the integral after a derivative by point k."""
    return tuple(p + 2 * (i == k) for i, p in enumerate(powers))


def by_point(k: int):
    """The rule of the integral's point k.  At infinity (two points at 0) a zero adjoint contributes zero."""

    def slope(g, x, y, z, p, r, *, powers):
        higher = raised(powers, k)
        if z is None:
            return steep(g, -0.5 * powers[k] * carlson_integral(x, y, powers=higher))
        if p is None:
            return steep(g, -0.5 * powers[k] * carlson_integral(x, y, z, powers=higher))
        return steep(g, -0.5 * powers[k] * carlson_integral(x, y, z, p, powers=higher))

    return slope


primitive(
    "sourcead.runtime.carlson_integral",
    "x y z p",
    elementwise("sourcead.runtime.carlson_integral"),
    keywords={"powers": (1, 1, 1, 1)},
    cost=elements,
)
scaled("sourcead.runtime.carlson_integral", *map(by_point, range(4)))

carlson(
    "elliprc",
    "x y",
    lambda g, x, y, r: steep(g, -0.25 * carlson_integral(x, y, powers=(3, 2))),
    lambda g, x, y, r: steep(g, -0.5 * carlson_integral(x, y, powers=(1, 4))),
)
carlson(
    "elliprf",
    "x y z",
    lambda g, x, y, z, r: steep(g, special.elliprd(y, z, x) / -6.0),
    lambda g, x, y, z, r: steep(g, special.elliprd(z, x, y) / -6.0),
    lambda g, x, y, z, r: steep(g, special.elliprd(x, y, z) / -6.0),
)
carlson(
    "elliprd",
    "x y z",
    lambda g, x, y, z, r: steep(g, -0.75 * carlson_integral(x, y, z, powers=(3, 1, 3))),
    lambda g, x, y, z, r: steep(g, -0.75 * carlson_integral(x, y, z, powers=(1, 3, 3))),
    lambda g, x, y, z, r: steep(g, -2.25 * carlson_integral(x, y, z, powers=(1, 1, 5))),
)
carlson(
    "elliprj",
    "x y z p",
    lambda g, x, y, z, p, r: steep(g, -0.75 * carlson_integral(x, y, z, p, powers=(3, 1, 1, 2))),
    lambda g, x, y, z, p, r: steep(g, -0.75 * carlson_integral(x, y, z, p, powers=(1, 3, 1, 2))),
    lambda g, x, y, z, p, r: steep(g, -0.75 * carlson_integral(x, y, z, p, powers=(1, 1, 3, 2))),
    lambda g, x, y, z, p, r: steep(g, -1.5 * carlson_integral(x, y, z, p, powers=(1, 1, 1, 4))),
)


# R_G's slope by x is an eighth of the integral of t / (s(t) (t + x)) (DLMF 19.18(i)); t is a point at 0
ufunc(
    "elliprg",
    lambda g, x, y, z, r: steep(g, carlson_integral(x, y, z, 0.0, powers=(3, 1, 1, -2)) / 8.0),
    lambda g, x, y, z, r: steep(g, carlson_integral(x, y, z, 0.0, powers=(1, 3, 1, -2)) / 8.0),
    lambda g, x, y, z, r: steep(g, carlson_integral(x, y, z, 0.0, powers=(1, 1, 3, -2)) / 8.0),
    params="x y z",
    infer=_real("scipy.special.elliprg"),
)
