"""Rows of the distributions and moments of scipy.stats."""

import numpy as np

from .rows import M, S, T, row, x, y

D = "scipy.stats."
LINE = np.array([-2.3, -0.6, 0.13, 0.4, 1.9])
HALF = np.array([0.7, 1.3, 3.1])  # above loc = 0.2
PART = np.array([0.3, 0.7, 1.1])  # between loc = 0.2 and loc + scale = 1.7
SHAPES = {
    "norm": ((), LINE),
    "cauchy": ((), LINE),
    "laplace": ((), LINE),
    "logistic": ((), LINE),
    "expon": ((), HALF),
    "uniform": ((), PART),
    "gamma": ((1.7,), HALF),
    "chi2": ((3.2,), HALF),
    "beta": ((1.7, 0.8), PART),
    "t": ((2.7,), LINE),
    "lognorm": ((0.6,), HALF),
}
for name, (shapes, at) in SHAPES.items():
    for method in ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf"):
        key = f"{D}{name}.{method}"
        row(key, at, *shapes, 0.2, 1.5)
        row(key, at - 0.15, *shapes, 0.05)
        row(key, 0.8, *shapes)
        row(key, at, *shapes, np.array([[0.1], [0.15]]), np.array([[1.5], [1.7]]))
    for method in ("ppf", "isf"):
        key = f"{D}{name}.{method}"
        row(key, x, *shapes, 0.2, 1.5)
        row(key, 0.3, *shapes)
    for k in range(len(shapes)):
        many = [y[:, None] + 0.9 if i == k else s for i, s in enumerate(shapes)]
        row(f"{D}{name}.logpdf", at, *many, 0.2, 1.5)
        row(f"{D}{name}.cdf", at, *many)

for method in ("pmf", "logpmf"):
    row(f"{D}poisson.{method}", np.array([0, 1, 4]), 1.7, wrt=(1,))
    row(f"{D}poisson.{method}", 3, y + 0.4, 1, wrt=(1,))
    row(f"{D}binom.{method}", np.array([0, 2, 5]), 5, 0.3, wrt=(2,))
    row(f"{D}binom.{method}", 2, 5, y * 0.8, 1, wrt=(2,))
    row(f"{D}bernoulli.{method}", np.array([0, 1]), 0.3, wrt=(1,))
    row(f"{D}bernoulli.{method}", 1, y * 0.8, wrt=(1,))
    row(f"{D}nbinom.{method}", np.array([0, 2, 5]), 2.5, 0.3, wrt=(1, 2))
    row(f"{D}nbinom.{method}", 2, 5, y * 0.8, 1, wrt=(2,))
    row(f"{D}geom.{method}", np.array([1, 2, 5]), 0.3, wrt=(1,))

for method in ("pdf", "logpdf"):
    row(f"{D}multivariate_normal.{method}", M[0], N := M[1], S)
    row(f"{D}multivariate_normal.{method}", M, N, S)
    row(f"{D}multivariate_normal.{method}", T[:, :, :3], N, S)
    row(f"{D}dirichlet.{method}", np.array([0.1, 0.2, 0.3, 0.4])[:3], y + 0.5)
    row(f"{D}dirichlet.{method}", np.array([0.1, 0.2, 0.3, 0.4]), y + 0.5, wrt=(1,))

for keywords in ({}, {"axis": 1}, {"axis": -1, "ddof": 1}, {"axis": None}):
    row(f"{D}zscore", T, **keywords)
row(f"{D}zscore", x)
for name in ("skew", "kurtosis"):
    for keywords in ({}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"axis": None}):
        row(f"{D}{name}", T, **keywords)
    row(f"{D}{name}", x)
row(f"{D}kurtosis", x, fisher=False)
