"""Frozen distributions: `norm(mu, sigma)` keeps its parameters for the calls of its methods.

Made in the function, it is an instance of `Frozen`.  Made outside, its parameters are numbers that are known.
"""

from __future__ import annotations

from typing import Any

import scipy.stats as stats

from ..registry import BOOK, FORWARDED, STAND_INS
from . import continuous, discrete, multivariate


class Frozen:
    """A distribution with its parameters; stands for what SciPy returns, as far as there are rules."""

    def __init__(self, dist: Any, *args: Any, **kwds: Any) -> None:
        self.dist, self.args, self.kwds = dist, args, kwds

    def pdf(self, x: Any) -> Any:
        return self.dist.pdf(x, *self.args, **self.kwds)

    def logpdf(self, x: Any) -> Any:
        return self.dist.logpdf(x, *self.args, **self.kwds)

    def pmf(self, k: Any) -> Any:
        return self.dist.pmf(k, *self.args, **self.kwds)

    def logpmf(self, k: Any) -> Any:
        return self.dist.logpmf(k, *self.args, **self.kwds)

    def cdf(self, x: Any) -> Any:
        return self.dist.cdf(x, *self.args, **self.kwds)

    def logcdf(self, x: Any) -> Any:
        return self.dist.logcdf(x, *self.args, **self.kwds)

    def sf(self, x: Any) -> Any:
        return self.dist.sf(x, *self.args, **self.kwds)

    def logsf(self, x: Any) -> Any:
        return self.dist.logsf(x, *self.args, **self.kwds)

    def ppf(self, q: Any) -> Any:
        return self.dist.ppf(q, *self.args, **self.kwds)

    def isf(self, q: Any) -> Any:
        return self.dist.isf(q, *self.args, **self.kwds)


for _key in list(BOOK):
    if _key.startswith("scipy.stats.") and _key.count(".") == 3:
        STAND_INS[_key.rpartition(".")[0]] = Frozen


def plain(v: Any) -> Any:
    """A number as Python's own."""
    return float(v) if isinstance(v, float) else int(v)


def thawed(method: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
    """The method of the public distribution that a frozen one calls, and its parameters."""
    d = method.__self__
    if not isinstance(d, stats.distributions.rv_frozen):
        return None
    public = getattr(getattr(stats, d.dist.name, None), method.__name__, None)
    known = [*d.args, *d.kwds.values()]
    if public is None or not all(isinstance(v, int | float) for v in known):
        return None
    return public, tuple(map(plain, d.args)), {k: plain(v) for k, v in d.kwds.items()}


FORWARDED.append(thawed)
_ = continuous, discrete, multivariate  # whose distributions these are
