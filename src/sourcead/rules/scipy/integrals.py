"""Exponential, sine and cosine integrals, and Lambert's W."""

from __future__ import annotations

import numpy as np
import scipy.special as special

from ...runtime import known_zero
from ..counting import elements
from ..guards import over, share, sum_of, times
from ..infer import elementwise
from ..registry import jvp, primitive, scaled, unknown, vjp


def integral(name: str, *slopes, params: str = "x", **keywords) -> None:
    key = f"scipy.special.{name}"
    primitive(key, params, elementwise(key), cost=elements, keywords=keywords)
    scaled(key, *slopes)


integral("expi", lambda g, x, y: over(g * np.exp(x), x))
integral("exp1", lambda g, x, y: -over(g * np.exp(-x), x))


def expn_slope(g, n, x, y):
    """-E_{n-1} (DLMF 8.19.13); SciPy has none below n = 0, where 8.19.12 gives it from E_0."""
    if isinstance(n, int):
        if n > 0:
            return times(g, -special.expn(n - 1, x), x)
        return -over(g * (np.exp(-x) + y), x)
    below = special.expn(np.maximum(n - 1, 0), x)
    return np.where(n > 0, times(g, -below, x), -over(g * (np.exp(-x) + y), x))


integral("expn", unknown, expn_slope, params="n x")

# W' = 1 / (exp W + z), from W exp W = z (DLMF 4.13.1): right at z = 0 too
integral("lambertw", lambda g, z, k, y: over(g, np.exp(y) + z), unknown, params="z k", tol=1e-8)

# -- (Si, Ci) and (Shi, Chi): sin(x) / x and sinh(x) / x are spherical Bessel functions
primitive("scipy.special.sici", "x", elementwise("scipy.special.sici"), cost=elements)
primitive("scipy.special.shichi", "x", elementwise("scipy.special.shichi"), cost=elements)


@jvp("scipy.special.sici")
def _(x, y, x_dot):
    return x_dot * special.spherical_jn(0, x), over(x_dot * np.cos(x), x)


@vjp("scipy.special.sici")
def _(x, y, y_bar):
    return sum_of(
        share(y_bar[0], special.spherical_jn(0, x)),
        None if known_zero(y_bar[1]) else over(y_bar[1] * np.cos(x), x),
    )


@jvp("scipy.special.shichi")
def _(x, y, x_dot):
    return x_dot * special.spherical_in(0, x), over(x_dot * np.cosh(x), x)


@vjp("scipy.special.shichi")
def _(x, y, y_bar):
    return sum_of(
        share(y_bar[0], special.spherical_in(0, x)),
        None if known_zero(y_bar[1]) else over(y_bar[1] * np.cosh(x), x),
    )
