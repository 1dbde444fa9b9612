"""Frozen distributions: `norm(mu, sigma)` keeps its parameters for the calls of its methods."""

from __future__ import annotations

from typing import Any

from ..registry import BOOK, STAND_INS
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
_ = continuous, discrete, multivariate  # whose distributions these are
