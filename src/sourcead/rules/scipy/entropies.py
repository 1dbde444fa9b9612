"""Logistic functions, entropies, losses and power transforms of scipy.special."""

from __future__ import annotations

import math

import numpy as np
import scipy.special as special

from ...runtime import safe_subtract
from ...runtime_special import exprel_derivative, log1prel_derivative
from ..guards import guarded, over
from .ufuncs import ufunc

LN2 = math.log(2.0)
LN10 = math.log(10.0)
DEGREE = math.pi / 180.0

# 1 - y would lose the digits of a y that is near to 1
ufunc("expit", lambda g, x, y: g * y * special.expit(-x))
ufunc("logit", lambda g, x, y: over(g, x * (1.0 - x)))
ufunc("log_expit", lambda g, x, y: g * special.expit(-x))

ufunc("exp2", lambda g, x, y: g * y * LN2)
ufunc("exp10", lambda g, x, y: g * y * LN10)
ufunc("expm1", lambda g, x, y: g * (y + 1.0))
ufunc("log1p", lambda g, x, y: over(g, 1.0 + x))
ufunc("cbrt", lambda g, x, y: over(g, 3.0 * y * y))
ufunc("cosm1", lambda g, x, y: -g * np.sin(x))
ufunc("exprel", lambda g, x, y: g * exprel_derivative(x, n=1))
ufunc("sindg", lambda g, x, y: g * special.cosdg(x) * DEGREE)
ufunc("cosdg", lambda g, x, y: -g * special.sindg(x) * DEGREE)
ufunc("tandg", lambda g, x, y: g * (1.0 + y * y) * DEGREE)
ufunc("cotdg", lambda g, x, y: -g * (1.0 + y * y) * DEGREE)
ufunc("round")

# -- x log y: 0 where x is 0, whatever y is; so is log y times a zero adjoint ------------------------------
ufunc(
    "xlogy",
    lambda g, x, y, z: special.xlogy(g, y),
    lambda g, x, y, z: over(g * x, y),
    params="x y",
)
ufunc(
    "xlog1py",
    lambda g, x, y, z: special.xlog1py(g, y),
    lambda g, x, y, z: over(g * x, 1.0 + y),
    params="x y",
)


def entropy_slope(g, x, y):
    """Outside of x >= 0 the value is -inf throughout."""
    inside = g * (x >= 0.0)
    return -inside - special.xlogy(inside, x)


ufunc("entr", entropy_slope)


def log_ratio(g, x, y):
    """g * log(x / y) where x and y are at least 0; g is 0 elsewhere."""
    return safe_subtract(special.xlogy(g, x), special.xlogy(g, y))


def inside(g, x, y):
    return g * ((x >= 0.0) & (y >= 0.0))


ufunc(
    "rel_entr",
    lambda g, x, y, z: inside(g, x, y) + log_ratio(inside(g, x, y), x, y),
    lambda g, x, y, z: -over(inside(g, x, y) * x, y),
    params="x y",
)
ufunc(
    "kl_div",
    lambda g, x, y, z: log_ratio(inside(g, x, y), x, y),
    lambda g, x, y, z: over(inside(g, x, y) * (y - x), y),
    params="x y",
)

# -- losses: infinite, and constant, where delta < 0 -------------------------------------------------------
ufunc(
    "huber",
    lambda g, delta, r, y: g * (delta >= 0.0) * np.maximum(np.abs(r) - delta, 0.0),
    lambda g, delta, r, y: g * (delta >= 0.0) * np.clip(r, -delta, delta),
    params="delta r",
)


def pseudo_huber_delta(g, delta, r, y):
    """(h - delta)^2 / h with h = hypot(delta, r), where h - delta = r^2 / (h + delta)."""
    h = np.hypot(delta, r)
    return over(over(g * r * r, h + delta) * (h - delta), h) * (delta >= 0.0)


ufunc(
    "pseudo_huber",
    pseudo_huber_delta,
    lambda g, delta, r, y: over(g * r * delta, np.hypot(delta, r)) * (delta >= 0.0),
    params="delta r",
)


# -- Box-Cox: (x^p - 1) / p = L exprel(p L), L = log x; and the inverse (1 + p y)^(1 / p) ------------------
def boxcox_x(g, x, p, y):
    return guarded(g, np.exp(special.xlogy(p - 1.0, x)))


def boxcox_p(g, x, p, y):
    log_x = np.log(x)
    return guarded(g * log_x * log_x, exprel_derivative(p * log_x, n=1))


def boxcox1p_x(g, x, p, y):
    return guarded(g, np.exp(special.xlog1py(p - 1.0, x)))


def boxcox1p_p(g, x, p, y):
    log_x = np.log1p(x)
    return guarded(g * log_x * log_x, exprel_derivative(p * log_x, n=1))


ufunc("boxcox", boxcox_x, boxcox_p, params="x lmbda")
ufunc("boxcox1p", boxcox1p_x, boxcox1p_p, params="x lmbda")
ufunc(
    "inv_boxcox",
    lambda g, y, p, x: over(g * x, 1.0 + p * y),
    lambda g, y, p, x: g * x * y * y * log1prel_derivative(p * y, n=1),
    params="y lmbda",
)
ufunc(
    "inv_boxcox1p",
    lambda g, y, p, x: over(g * (1.0 + x), 1.0 + p * y),
    lambda g, y, p, x: g * (1.0 + x) * y * y * log1prel_derivative(p * y, n=1),
    params="y lmbda",
)
