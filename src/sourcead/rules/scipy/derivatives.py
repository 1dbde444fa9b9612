"""Rules of the helpers in `runtime_special.py` and `runtime_parameters.py`: derivatives of any order, by x
and by the parameters of the distributions."""

from __future__ import annotations

import math

from ...runtime import safe_divide
from ...runtime_parameters import (
    beta_density,
    betainc_shape,
    gamma_density,
    gammainc_shape,
    stdtr_shape,
    t_density,
)
from ...runtime_special import (
    complex_polygamma,
    dawsn_derivative,
    erfcx_derivative,
    exprel_derivative,
    log1prel_derivative,
    log_ndtr_derivative,
    rgamma_derivative,
    wofz_derivative,
)
from ..guards import guarded, times, upto
from ..registry import static
from .ufuncs import helper

_S, _P = "sourcead.runtime_special.", "sourcead.runtime_parameters."

helper(_S + "rgamma_derivative", "x", lambda g, x, y, *, n: g * rgamma_derivative(x, n=n + 1), n=1)
helper(_S + "complex_polygamma", "z", lambda g, z, y, *, n: g * complex_polygamma(z, n=n + 1), n=1)
helper(_S + "erfcx_derivative", "x", lambda g, x, y, *, n: g * erfcx_derivative(x, n=n + 1), n=1)
helper(_S + "log_ndtr_derivative", "x", lambda g, x, y, *, n: g * log_ndtr_derivative(x, n=n + 1), n=1)
helper(_S + "wofz_derivative", "z", lambda g, z, y, *, n: g * wofz_derivative(z, n=n + 1), n=1)
helper(_S + "dawsn_derivative", "x", lambda g, x, y, *, n: g * dawsn_derivative(x, n=n + 1), n=1)
helper(_S + "exprel_derivative", "z", lambda g, z, y, *, n: g * exprel_derivative(z, n=n + 1), n=1)
helper(
    _S + "log1prel_derivative", "z", lambda g, z, y, *, n: times(g, log1prel_derivative(z, n=n + 1), z), n=1
)


# -- by parameters ---------------------------------------------------------------------------------------
def gamma_density_x(g, a, x, y, *, n):
    """p' = ((a - 1) / x - 1) p, differentiated n times by a."""
    slope = safe_divide(g * (a - 1.0) * y, x) - g * y
    return slope + safe_divide(g * n * gamma_density(a, x, n=n - 1), x) if n else slope


helper(
    _P + "gamma_density",
    "a x",
    lambda g, a, x, y, *, n: g * gamma_density(a, x, n=n + 1),
    gamma_density_x,
    n=0,
)
helper(
    _P + "gammainc_shape",
    "a x",
    lambda g, a, x, y, *, n: g * gammainc_shape(a, x, n=n + 1),
    lambda g, a, x, y, *, n: guarded(g, gamma_density(a, x, n=n)),
    n=1,
)


def beta_density_x(g, a, b, x, y, *, m, n):
    """p' = ((a - 1) / x - (b - 1) / (1 - x)) p, differentiated m times by a and n times by b."""
    slope = safe_divide(g * (a - 1.0) * y, x) - safe_divide(g * (b - 1.0) * y, 1.0 - x)
    if m:
        slope = slope + safe_divide(g * m * beta_density(a, b, x, m=m - 1, n=n), x)
    if n:
        slope = slope - safe_divide(g * n * beta_density(a, b, x, m=m, n=n - 1), 1.0 - x)
    return slope


helper(
    _P + "beta_density",
    "a b x",
    lambda g, a, b, x, y, *, m, n: g * beta_density(a, b, x, m=m + 1, n=n),
    lambda g, a, b, x, y, *, m, n: g * beta_density(a, b, x, m=m, n=n + 1),
    beta_density_x,
    m=0,
    n=0,
)
helper(
    _P + "betainc_shape",
    "a b x",
    lambda g, a, b, x, y, *, m, n: g * betainc_shape(a, b, x, m=m + 1, n=n),
    lambda g, a, b, x, y, *, m, n: g * betainc_shape(a, b, x, m=m, n=n + 1),
    lambda g, a, b, x, y, *, m, n: guarded(g, beta_density(a, b, x, m=m, n=n)),
    m=1,
    n=0,
)


@static
def weight(n, j):
    """(-1)^j j! binom(n, j), of Leibniz's rule."""
    return float((-1) ** j * math.factorial(j) * math.comb(n, j))


def t_density_t(g, df, t, y, *, n):
    """p' = -t (1 + (1 - t^2) / (df + t^2)) p, differentiated n times by df."""
    slope = -g * t * (df + 1.0) / (df + t * t) * y
    for k in upto(n):
        part = t * (1.0 - t * t) / (df + t * t) ** (k + 2)
        slope = slope - g * weight(n, k + 1) * part * t_density(df, t, n=n - k - 1)
    return slope


helper(
    _P + "t_density",
    "df t",
    lambda g, df, t, y, *, n: g * t_density(df, t, n=n + 1),
    t_density_t,
    n=0,
)
helper(
    _P + "stdtr_shape",
    "df t",
    lambda g, df, t, y, *, n: g * stdtr_shape(df, t, n=n + 1),
    lambda g, df, t, y, *, n: g * t_density(df, t, n=n),
    n=1,
)
