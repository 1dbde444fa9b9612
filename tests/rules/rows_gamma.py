"""Rows of the gamma function and its relatives, and of the incomplete gamma and beta functions."""

import numpy as np

from .rows import T, Z, row, x, y

S = "scipy.special."
low = np.array([-3.4, -2.2, -0.7, 0.2, 3.3])  # between and beside the poles
M = T[0] * T[0] + 0.3

for name in ("gamma", "gammaln", "loggamma", "psi", "rgamma"):
    row(S + name, x)
    row(S + name, M)
    row(S + name, 0.7)
    if name != "loggamma":
        row(S + name, low)
row(S + "rgamma", np.array([0.0, -1.0, -4.0, 2.0]))
for name in ("gamma", "loggamma", "rgamma", "psi"):
    row(S + name, Z)
for n in (0, 1, 2, 5):
    row(S + "polygamma", n, x, wrt=(1,))
row(S + "polygamma", np.array([0, 1, 2, 3]), x, wrt=(1,))
row(S + "polygamma", 1, low, wrt=(1,))
row(S + "zeta", 3, x + 0.3, wrt=(1,))
row(S + "zeta", np.array([[2], [3]]), x + 0.3, wrt=(1,))

for a, b in ((x, y), (M, y[:3, None] + 0.2), (x, 1.7), (1.3, 2.2)):
    for name in ("beta", "betaln", "poch", "binom"):
        row(S + name, a, b)
row(S + "binom", 5.5, np.array([-0.4, 0.3, 2.0, 5.2, 6.3]))
row(S + "comb", np.array([5.5, 7.0]), np.array([2.2, 3.0]))
row(S + "comb", 5, 2)
row(S + "factorial", np.array([0.3, 2.5, 7.0]))
row(S + "factorial", 5)
row(S + "multigammaln", x + 2.0, 3, wrt=(0,))
row(S + "multigammaln", M + 2.0, 2, wrt=(0,))
row(S + "multigammaln", 3.1, 4, wrt=(0,))

# -- incomplete functions: both sides of the mean, far tails, broadcasting
at = np.array([0.01, 0.4, 1.1, 6.0])
shapes = np.array([[0.4], [1.0], [7.5]])
for name in ("gammainc", "gammaincc"):
    row(S + name, shapes, at)
    row(S + name, 1.5, at)
    row(S + name, 40.0, 38.5)
for name in ("gammaincinv", "gammainccinv"):
    row(S + name, shapes, x)
    row(S + name, 1.5, 0.3)
for name in ("betainc", "betaincc"):
    row(S + name, shapes, 1.3, x)
    row(S + name, x + 0.2, y + 0.4, 0.35)
    row(S + name, 30.0, 20.0, np.array([0.3, 0.6, 0.8]))
for name in ("betaincinv", "betainccinv"):
    row(S + name, shapes, 1.3, x)
    row(S + name, 1.5, 2.5, 0.3)
t = np.array([-3.0, -1.0, -0.2, 0.3, 1.4, 1.6, 5.0])
row(S + "stdtr", 3.5, t)
row(S + "stdtr", shapes + 0.5, t)
row(S + "stdtrit", shapes + 0.7, x)

# -- derivatives of any order
R, P = "sourcead.runtime_special.", "sourcead.runtime_parameters."
for n in (1, 2, 3):
    row(R + "rgamma_derivative", np.array([-2.0, -0.4, 0.0, 0.6, 4.0]), n=n)
    row(R + "complex_polygamma", Z, n=n)
    row(R + "complex_polygamma", -30.3 + 5.0 * Z, n=n)
    row(P + "gammainc_shape", shapes, at, n=n)
    row(P + "gamma_density", shapes, at, n=n - 1)
    row(P + "t_density", shapes + 0.5, t, n=n - 1)
    row(P + "stdtr_shape", shapes + 0.5, t, n=n)
for m, n in ((1, 0), (0, 1), (1, 1), (2, 0)):
    row(P + "betainc_shape", shapes, 1.3, x, m=m, n=n)
    row(P + "beta_density", shapes, 1.3, x, m=m, n=n)
row(P + "beta_density", shapes, 1.3, x, m=0, n=0)
