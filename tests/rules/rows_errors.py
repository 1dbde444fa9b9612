"""Rows of the error functions, entropies, losses, power transforms and softmax of scipy.special."""

import numpy as np

from .rows import T, Z, row, x, y

S, R = "scipy.special.", "sourcead.runtime_special."
both = np.array([-2.3, -0.6, 0.0, 0.4, 1.9])
wide = np.array([-6.1, -1.2, -0.8, 0.3, 2.2, 9.4])
M = T[0] * 0.3

for name in ("erf", "erfc", "erfcx", "erfi", "ndtr", "log_ndtr", "dawsn"):
    row(S + name, both)
    row(S + name, M)
    row(S + name, 0.7)
for name in ("erfcx", "dawsn", "log_ndtr"):
    row(S + name, wide)
for name in ("erf", "erfcx", "erfi", "dawsn", "wofz"):
    row(S + name, Z)
row(S + "erfinv", np.array([-0.97, -0.2, 0.5]))
row(S + "erfcinv", np.array([0.03, 0.7, 1.8]))
row(S + "ndtri", x)
row(S + "ndtri_exp", np.array([-40.0, -2.0, -0.7, -0.01]))
row(S + "wofz", x)
row(S + "wofz", 9.0 + 0.3 * Z)
row(S + "voigt_profile", both, 0.5, 0.7)
row(S + "voigt_profile", x, y[:, None], 0.4)
row(S + "voigt_profile", 0.3, 0.5, y)
row(S + "fresnel", x)
row(S + "fresnel", M)
row(S + "fresnel", Z)
row(S + "owens_t", both, 0.7)
row(S + "owens_t", x, y[:, None])
row(S + "spence", np.array([0.1, 0.9, 1.0, 1.1, 7.0]))
for n in (1, 2, 3):
    row(R + "erfcx_derivative", wide[1:], n=n)
    row(R + "log_ndtr_derivative", wide, n=n)
    row(R + "dawsn_derivative", wide, n=n)
    row(R + "wofz_derivative", Z, n=n)
    row(R + "wofz_derivative", 9.0 + 0.3j * x, n=n)
    row(R + "exprel_derivative", np.array([-50.0, -1.3, 0.0, 0.8, 4.0]), n=n)
    row(R + "log1prel_derivative", np.array([-0.8, -0.3, 0.0, 1.1, 5.0]), n=n)
row(R + "log1prel_derivative", np.array([-0.8, -0.3, 0.0, 1.1, 5.0]), n=0)

for name in ("expit", "log_expit", "exp2", "exp10", "expm1", "cosm1", "exprel"):
    row(S + name, both)
    row(S + name, M)
    row(S + name, 0.7)
for name in ("logit", "log1p", "cbrt", "entr"):
    row(S + name, x)
    row(S + name, 0.7)
for name in ("sindg", "cosdg", "tandg", "cotdg"):
    row(S + name, 60.0 * x)
for name in ("xlogy", "xlog1py", "rel_entr", "kl_div"):
    row(S + name, x, y)
    row(S + name, x, y[:, None])
    row(S + name, 0.7, y)
    row(S + name, 0.7, 0.4)
row(S + "xlogy", Z, Z[::-1])
row(S + "xlogy", np.array([0.0, -1.0]), 2.0)
for name in ("huber", "pseudo_huber"):
    row(S + name, 0.6, 2.0 * both + 0.1)
    row(S + name, x, y[:, None])
for name in ("boxcox", "boxcox1p"):
    for p in (0.5, 0.0, -1.2, y[:, None]):
        row(S + name, x, p)
for name in ("inv_boxcox", "inv_boxcox1p"):
    for p in (0.5, 0.0, -0.6, y[:, None]):
        row(S + name, x, p)

for name in ("softmax", "log_softmax"):
    for keywords in ({}, {"axis": 0}, {"axis": -1}, {"axis": (0, 2)}):
        row(S + name, T, **keywords)
    row(S + name, x)
for keywords in ({}, {"axis": 1}, {"axis": (-1, 0), "keepdims": True}, {"keepdims": True}):
    row(S + "logsumexp", T, **keywords)
row(S + "logsumexp", x)
row(S + "logsumexp", 0.7)
row(S + "logsumexp", Z)
row(S + "logsumexp", np.array([-np.inf, 0.3]))
row(S + "logsumexp", T, 0.3 + T * T, axis=1)
row(S + "logsumexp", T, y[:4] - 0.3, axis=-1, keepdims=True)
row(S + "logsumexp", x, y[:, None], axis=0)
