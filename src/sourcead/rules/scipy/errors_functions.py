"""The error function and its relatives (DLMF 7): the normal distribution, Dawson's, Fresnel's and Voigt's."""

from __future__ import annotations

import math

import numpy as np
import scipy.special as special

from ...ir.types import is_complex
from ...runtime import safe_divide
from ...runtime_special import (
    dawsn_derivative,
    erfcx_derivative,
    log1prel_derivative,
    log_ndtr_derivative,
    wofz_derivative,
)
from ..counting import per_operand
from ..guards import guarded
from ..infer import elementwise
from ..registry import TypeRefusal, jvp, primitive, vjp
from .ufuncs import ufunc

TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
HALF_SQRT_PI = 0.5 * math.sqrt(math.pi)
SQRT_2PI = math.sqrt(2.0 * math.pi)
SQRT_2 = math.sqrt(2.0)

ufunc("erf", lambda g, z, y: g * TWO_OVER_SQRT_PI * np.exp(-z * z), params="z")
ufunc("erfc", lambda g, x, y: -g * TWO_OVER_SQRT_PI * np.exp(-x * x))
ufunc("erfi", lambda g, z, y: g * TWO_OVER_SQRT_PI * np.exp(z * z), params="z")
ufunc("erfinv", lambda g, y, x: guarded(g * HALF_SQRT_PI, np.exp(x * x)), params="y")
ufunc("erfcinv", lambda g, y, x: guarded(-g * HALF_SQRT_PI, np.exp(x * x)), params="y")
ufunc(
    "erfcx",
    lambda g, x, y: (
        g * (2.0 * x * y - TWO_OVER_SQRT_PI) if np.iscomplexobj(x) else g * erfcx_derivative(x, n=1)
    ),
)
ufunc("ndtr", lambda g, x, y: g / SQRT_2PI * np.exp(-0.5 * x * x))
ufunc("log_ndtr", lambda g, x, y: g * log_ndtr_derivative(x, n=1))
ufunc("ndtri", lambda g, y, x: guarded(g * SQRT_2PI, np.exp(0.5 * x * x)), params="y")
# log_ndtr is its inverse
ufunc("ndtri_exp", lambda g, y, x: safe_divide(g, log_ndtr_derivative(x, n=1)), params="y")
ufunc(
    "dawsn",
    lambda g, x, y: g * (1.0 - 2.0 * x * y) if np.iscomplexobj(x) else g * dawsn_derivative(x, n=1),
)
ufunc("wofz", lambda g, z, y: g * wofz_derivative(z, n=1), params="z")


# -- Voigt's profile: the real part of w(z) / (sigma sqrt(2 pi)), z = (x + i gamma) / (sigma sqrt 2) ------
def faddeeva(x, sigma, gamma):
    """w'(z) where sigma > 0; a width that is small beside all others stands for 0."""
    return wofz_derivative((x + 1j * gamma) / (SQRT_2 * sigma), n=1)


def voigt_x(g, x, sigma, gamma, y):
    s = np.where(sigma == 0.0, 1e-100, sigma)
    return g * np.real(faddeeva(x, s, gamma)) / (SQRT_2 * SQRT_2PI * s * s)


def voigt_sigma(g, x, sigma, gamma, y):
    """It solves the equation of heat conduction: the derivative by sigma is sigma times the second by x."""
    s = np.where(sigma == 0.0, 1e-100, sigma)
    w = wofz_derivative((x + 1j * gamma) / (SQRT_2 * s), n=2)
    return g * np.real(w) * np.sign(sigma) / (2.0 * SQRT_2PI * s * s)


def voigt_gamma(g, x, sigma, gamma, y):
    s = np.where(sigma == 0.0, 1e-100, sigma)
    return -g * np.imag(faddeeva(x, s, gamma)) / (SQRT_2 * SQRT_2PI * s * s)


ufunc("voigt_profile", voigt_x, voigt_sigma, voigt_gamma, params="x sigma gamma")


# -- Fresnel's integrals: two results ----------------------------------------------------------------------
def _fresnel(types, attrs):
    out = elementwise("numpy.sin")(types, attrs)
    return out, out


primitive("scipy.special.fresnel", "z", _fresnel, cost=per_operand(2))


@jvp("scipy.special.fresnel")
def _(z, y, z_dot):
    angle = 0.5 * math.pi * z * z
    return z_dot * np.sin(angle), z_dot * np.cos(angle)


@vjp("scipy.special.fresnel")
def _(z, y, y_bar):
    angle = 0.5 * math.pi * z * z
    return y_bar[0] * np.sin(angle) + y_bar[1] * np.cos(angle)


# -- Owen's T and the dilogarithm ----------------------------------------------------------------------------
def owens_t_h(g, h, a, y):
    return -0.5 * g / SQRT_2PI * np.exp(-0.5 * h * h) * special.erf(a * h / SQRT_2)


def owens_t_a(g, h, a, y):
    c = 1.0 + a * a
    return g * np.exp(-0.5 * h * h * c) / (2.0 * math.pi * c)


ufunc("owens_t", owens_t_h, owens_t_a, params="h a")


def _spence(types, attrs):
    if any(map(is_complex, types)):
        raise TypeRefusal("spence of complex numbers is not covered")
    return elementwise("scipy.special.spence")(types, attrs)


# log(z) / (1 - z), 1 at z = 1
ufunc("spence", lambda g, z, y: guarded(-g, log1prel_derivative(z - 1.0, n=0)), params="z", infer=_spence)
