"""The discrete distributions of scipy.stats: pmf and logpmf by their real parameters.

By k, a whole number, and by loc, which shifts it, there is no derivative: it is 0.  Where the value is 0
(k outside of the support) it does not change with the parameters either.
"""

from __future__ import annotations

import numpy as np
import scipy.special as special
import scipy.stats as stats

from ..counting import elements
from ..guards import over
from ..registry import primitive, scaled
from .continuous import real


def count(k, loc):
    return k if loc is None else k - loc


def supported(g, y):
    """g where the logarithm of the probability is finite, else 0."""
    return g * (y > -np.inf)


def both(name: str, params: str, log: tuple, plain: tuple) -> None:
    """Add logpmf and pmf of a distribution with the rules by its parameters."""
    for method, rules in (("logpmf", log), ("pmf", plain)):
        key = f"scipy.stats.{name}.{method}"
        names = f"k {params} loc"
        primitive(key, names, real(key), defaults={"loc": 0}, cost=elements)
        scaled(key, None, *rules, None)


# the derivatives of the probabilities are differences of probabilities: exact where one of them is 0 too
both(
    "poisson",
    "mu",
    (lambda g, k, mu, loc, y: over(supported(g, y) * count(k, loc), mu) - supported(g, y),),
    (lambda g, k, mu, loc, y: g * (stats.poisson.pmf(count(k, loc) - 1, mu) - y),),
)


def binomial_log(g, k, n, p, loc, y):
    w = supported(g, y)
    return over(w * count(k, loc), p) - over(w * (n - count(k, loc)), 1.0 - p)


def binomial(g, k, n, p, loc, y):
    fewer, k = np.maximum(n - 1, 0), count(k, loc)
    return g * n * (stats.binom.pmf(k - 1, fewer, p) - stats.binom.pmf(k, fewer, p))


both("binom", "n p", (None, binomial_log), (None, binomial))


def bernoulli_log(g, k, p, loc, y):
    w = supported(g, y)
    return over(w * count(k, loc), p) - over(w * (1 - count(k, loc)), 1.0 - p)


def bernoulli(g, k, p, loc, y):
    k = count(k, loc)
    return g * (k == 1) - g * (k == 0)


both("bernoulli", "p", (bernoulli_log,), (bernoulli,))


def negative_binomial_log_n(g, k, n, p, loc, y):
    w = supported(g, y)
    return w * (special.psi(np.maximum(count(k, loc), 0.0) + n) - special.psi(n)) + special.xlogy(w, p)


def negative_binomial_log(g, k, n, p, loc, y):
    w = supported(g, y)
    return over(w * n, p) - over(w * count(k, loc), 1.0 - p)


def negative_binomial_n(g, k, n, p, loc, y):
    k = np.maximum(count(k, loc), 0.0)
    return g * y * (special.psi(k + n) - special.psi(n)) + special.xlogy(g * y, p)


def negative_binomial(g, k, n, p, loc, y):
    return over(g * n * (y - stats.nbinom.pmf(count(k, loc) - 1, n + 1, p)), p)


both(
    "nbinom",
    "n p",
    (negative_binomial_log_n, negative_binomial_log),
    (negative_binomial_n, negative_binomial),
)


def geometric_log(g, k, p, loc, y):
    w = supported(g, y)
    return over(w, p) - over(w * (count(k, loc) - 1), 1.0 - p)


def geometric(g, k, p, loc, y):
    """p (1 - p)^(k - 1): of a negative binomial distribution with n = 1, shifted."""
    return over(g * (y - stats.nbinom.pmf(count(k, loc) - 2, 2, p)), p)


both("geom", "p", (geometric_log,), (geometric,))
