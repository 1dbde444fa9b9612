"""Bessel functions and their relatives, by their argument.  By a real order nobody has a closed form: that is
refused.

First derivatives are half sums of the neighbouring orders (DLMF 10.6.1, 10.29.1, 10.51.2), which hold at 0
too and can be differentiated again.  A factor that SciPy takes out of the values (`ive`, `kve`) adds its own
logarithmic derivative.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import scipy.special as special

from ...ir.types import Array
from ...runtime import safe_power, static_value, unbroadcast
from ..counting import elements
from ..guards import times
from ..infer import elementwise
from ..registry import jvp, primitive, scaled, unknown, vjp
from .ufuncs import ufunc


def bessel(name: str, slope, params: str = "v z", also: str = "") -> None:
    """Add a function of an order and an argument with the rule of its argument."""
    ufunc(name, unknown, slope, params=params, also=also)


def of_order(name: str, slope) -> None:
    """Add a function of fixed order."""
    ufunc(name, slope)


def whole(v):
    """Whether an order is known to be an integer: then J and I have no singularity at 0."""
    return isinstance(v, int)


# -- J, Y, H: the slope is half the difference of the neighbours -------------------------------------------
def jv_slope(g, v, z, y):
    if whole(v):
        return g * (0.5 * (special.jv(v - 1, z) - special.jv(v + 1, z)))
    return times(g, 0.5 * (special.jv(v - 1, z) - special.jv(v + 1, z)), z)


def iv_slope(g, v, z, y):
    if whole(v):
        return g * (0.5 * (special.iv(v - 1, z) + special.iv(v + 1, z)))
    return times(g, 0.5 * (special.iv(v - 1, z) + special.iv(v + 1, z)), z)


bessel("jv", jv_slope, also="jn")
bessel("yv", lambda g, v, z, y: times(g, 0.5 * (special.yv(v - 1, z) - special.yv(v + 1, z)), z))
bessel("yn", lambda g, n, x, y: times(g, 0.5 * (special.yn(n - 1, x) - special.yn(n + 1, x)), x), "n x")
bessel(
    "hankel1", lambda g, v, z, y: times(g, 0.5 * (special.hankel1(v - 1, z) - special.hankel1(v + 1, z)), z)
)
bessel(
    "hankel2", lambda g, v, z, y: times(g, 0.5 * (special.hankel2(v - 1, z) - special.hankel2(v + 1, z)), z)
)
bessel(
    "hankel1e",
    lambda g, v, z, y: times(g, 0.5 * (special.hankel1e(v - 1, z) - special.hankel1e(v + 1, z)) - 1j * y, z),
)
bessel(
    "hankel2e",
    lambda g, v, z, y: times(g, 0.5 * (special.hankel2e(v - 1, z) - special.hankel2e(v + 1, z)) + 1j * y, z),
)

# -- I, K: half the sum ------------------------------------------------------------------------------------
bessel("iv", iv_slope)
bessel("kv", lambda g, v, z, y: times(g, -0.5 * (special.kv(v - 1, z) + special.kv(v + 1, z)), z))
bessel("kn", lambda g, n, x, y: times(g, -0.5 * (special.kn(n - 1, x) + special.kn(n + 1, x)), x), "n x")
bessel("kve", lambda g, v, z, y: times(g, y - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z)), z))

# -- fixed orders --------------------------------------------------------------------------------------------
of_order("j0", lambda g, x, y: -g * special.j1(x))
of_order("j1", lambda g, x, y: g * (0.5 * (special.j0(x) - special.jv(2, x))))
of_order("y0", lambda g, x, y: times(g, -special.y1(x), x))
of_order("y1", lambda g, x, y: times(g, 0.5 * (special.y0(x) - special.yn(2, x)), x))
of_order("i0", lambda g, x, y: g * special.i1(x))
of_order("i1", lambda g, x, y: g * (0.5 * (special.i0(x) + special.iv(2, x))))
of_order("i0e", lambda g, x, y: g * (special.i1e(x) - np.sign(x) * y))
of_order("i1e", lambda g, x, y: g * (0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y))
of_order("k0", lambda g, x, y: times(g, -special.k1(x), x))
of_order("k1", lambda g, x, y: times(g, -0.5 * (special.k0(x) + special.kn(2, x)), x))
of_order("k0e", lambda g, x, y: times(g, y - special.k1e(x), x))
of_order("k1e", lambda g, x, y: times(g, y - 0.5 * (special.k0e(x) + special.kve(2, x)), x))


# -- the factor exp(-|Im z|) or exp(-|Re z|) is not holomorphic: the two modes differ ------------------------
def fitted(z_bar, v, z):
    """An adjoint in the shape of z, which the order may have broadcast."""
    return z_bar if np.ndim(v) == 0 else unbroadcast(z_bar, z)


def jve_slope(v, z):
    return 0.5 * (special.jve(v - 1, z) - special.jve(v + 1, z))


def yve_slope(v, z):
    return 0.5 * (special.yve(v - 1, z) - special.yve(v + 1, z))


def ive_slope(v, z):
    return 0.5 * (special.ive(v - 1, z) + special.ive(v + 1, z))


def turned(name: str, slope) -> None:
    """Add `jve` or `yve`: exp(-|Im z|) taken out."""
    key = f"scipy.special.{name}"
    primitive(key, "v z", elementwise(key), cost=elements)

    @jvp(key, 1)
    def tangent(v, z, y, z_dot):
        along = times(z_dot, slope(v, z), z)
        return along - np.sign(np.imag(z)) * np.imag(z_dot) * y if np.iscomplexobj(z) else along

    @vjp(key, 1)
    def adjoint(v, z, y, y_bar):
        along = times(y_bar, slope(v, z), z)
        if np.iscomplexobj(z):
            along = along + 1j * np.sign(np.imag(z)) * np.real(y_bar * y)
        return fitted(along, v, z)


turned("jve", jve_slope)
turned("yve", yve_slope)
primitive("scipy.special.ive", "v z", elementwise("scipy.special.ive"), cost=elements)


@jvp("scipy.special.ive", 1)
def _(v, z, y, z_dot):
    if np.iscomplexobj(z):
        return times(z_dot, ive_slope(v, z), z) - np.sign(np.real(z)) * np.real(z_dot) * y
    return times(z_dot, ive_slope(v, z) - np.sign(z) * y, z)


@vjp("scipy.special.ive", 1)
def _(v, z, y, y_bar):
    if np.iscomplexobj(z):
        z_bar = times(y_bar, ive_slope(v, z), z) - np.sign(np.real(z)) * np.real(y_bar * y)
    else:
        z_bar = times(y_bar, ive_slope(v, z) - np.sign(z) * y, z)
    return fitted(z_bar, v, z)


# -- derivatives that SciPy has itself: jvp(v, z, n), the n-th ----------------------------------------------
def derived(name: str, slope) -> None:
    key = f"scipy.special.{name}"
    primitive(key, "v z", elementwise(key), keywords={"n": 1}, cost=elements)
    scaled(key, unknown, slope)


derived("jvp", lambda g, v, z, y, *, n: times(g, special.jvp(v, z, n=n + 1), z))
derived("yvp", lambda g, v, z, y, *, n: times(g, special.yvp(v, z, n=n + 1), z))
derived("ivp", lambda g, v, z, y, *, n: times(g, special.ivp(v, z, n=n + 1), z))
derived("kvp", lambda g, v, z, y, *, n: times(g, special.kvp(v, z, n=n + 1), z))
derived("h1vp", lambda g, v, z, y, *, n: times(g, special.h1vp(v, z, n=n + 1), z))
derived("h2vp", lambda g, v, z, y, *, n: times(g, special.h2vp(v, z, n=n + 1), z))


# -- Struve functions (DLMF 11.4.24, 11.4.26)
def struve_term(v, x):
    """The inhomogeneous term (x / 2)^v / (sqrt(pi) gamma(v + 3/2))."""
    if static_value(v) == 0:
        return 2.0 / math.pi
    return safe_power(0.5 * x, v) * (special.rgamma(v + 1.5) / math.sqrt(math.pi))


bessel(
    "struve",
    lambda g, v, x, y: times(
        g, 0.5 * (special.struve(v - 1, x) - special.struve(v + 1, x) + struve_term(v, x)), x
    ),
    "v x",
)
bessel(
    "modstruve",
    lambda g, v, x, y: times(
        g, 0.5 * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + struve_term(v, x)), x
    ),
    "v x",
)


# -- spherical Bessel functions: n w[n-1] and (n + 1) w[n+1], over 2n + 1 (DLMF 10.51.2, 10.51.5) ------
def _of_degree(key: str):
    """The type rule: SciPy orders the result's memory as it likes where the degrees are an array."""
    plain = elementwise(key)

    def infer(types, attrs):
        out = plain(types, attrs)
        return replace(out, contiguous=False) if isinstance(out, Array) else out

    return infer


def spherical(name: str, slope) -> None:
    key = f"scipy.special.{name}"
    primitive(key, "n z", _of_degree(key), keywords={"derivative": False}, cost=elements)
    scaled(key, unknown, slope)


def spherical_jn_slope(g, n, z, y, *, derivative):
    if not derivative:
        return g * special.spherical_jn(n, z, derivative=True)
    below, above = (special.spherical_jn(m, z, derivative=True) for m in (abs(n - 1), n + 1))
    return g * ((n * below - (n + 1) * above) / (2 * n + 1))


def spherical_yn_slope(g, n, z, y, *, derivative):
    if not derivative:
        return times(g, special.spherical_yn(n, z, derivative=True), z)
    below, above = (special.spherical_yn(m, z, derivative=True) for m in (abs(n - 1), n + 1))
    return times(g, (n * below - (n + 1) * above) / (2 * n + 1), z)


def spherical_in_slope(g, n, z, y, *, derivative):
    if not derivative:
        return g * special.spherical_in(n, z, derivative=True)
    below, above = (special.spherical_in(m, z, derivative=True) for m in (abs(n - 1), n + 1))
    return g * ((n * below + (n + 1) * above) / (2 * n + 1))


def spherical_kn_slope(g, n, z, y, *, derivative):
    if not derivative:
        return times(g, special.spherical_kn(n, z, derivative=True), z)
    below, above = (special.spherical_kn(m, z, derivative=True) for m in (abs(n - 1), n + 1))
    return times(g, -(n * below + (n + 1) * above) / (2 * n + 1), z)


spherical("spherical_jn", spherical_jn_slope)
spherical("spherical_yn", spherical_yn_slope)
spherical("spherical_in", spherical_in_slope)
spherical("spherical_kn", spherical_kn_slope)
