"""Helpers of generated code that need SciPy's special functions: derivatives that SciPy itself does not have.

As in `runtime.py`, each is pasted on top of a saved file: it needs NumPy (as `np`), SciPy's special functions
(as `special`) and functions of this module, and is a primitive with a rule (`rules/scipy/derivatives.py`).
All of them take and return what a ufunc does; `n` is the order of the derivative.  They exist where the
closed form in SciPy's functions loses its digits: the difference of two large numbers, a pole times a zero,
or an integral that has no closed form at all.
"""

from __future__ import annotations

import numpy as np
import scipy.special as special


def rgamma_derivative(x, n=1):
    """The n-th derivative of 1 / gamma(x), at its zeros 0, -1, -2, ... too.

    f = 1/gamma has f' = -psi f; below 1/2 it is f(x) = gamma(1 - x) sin(pi x) / pi (DLMF 5.5.3), and the two
    factors are differentiated.

    >>> round(float(rgamma_derivative(-3.0)), 12), round(float(rgamma_derivative(1.0)), 12)
    (-6.0, 0.577215664902)
    """
    dtype, x = np.result_type(np.asarray(x), np.float32), np.asarray(x, dtype=np.float64)
    low = x < 0.5
    a = np.where(low, 1.0 - x, x)
    psi = [special.psi(a)] + [special.polygamma(k, a) for k in range(1, n)]
    right, left = [special.rgamma(a)], [special.gamma(a)]  # derivatives of 1/gamma and of gamma
    for m in range(n):
        right.append(-sum(special.binom(m, k) * psi[k] * right[m - k] for k in range(m + 1)))
        left.append(sum(special.binom(m, k) * psi[k] * left[m - k] for k in range(m + 1)))
    t = np.where(low, x, 0.0)
    whole = np.rint(t)
    t = np.pi * (t - whole)
    parity = np.where(whole % 2.0 == 0.0, 1.0, -1.0)
    mirrored = 0.0
    for k in range(n + 1):
        wave = parity * np.pi ** (k - 1) * (np.cos(t) if k % 2 else np.sin(t)) * (-1.0) ** (k // 2)
        mirrored = mirrored + special.binom(n, k) * wave * (-1.0) ** (n - k) * left[n - k]
    return np.where(low, mirrored, right[n]).astype(dtype)[()]


def complex_polygamma(z, n=1):
    """The n-th derivative of the digamma function at complex z, n > 0.

    Recurrence up to a real part of 16, or an imaginary part of 16 where the real part is not negative (DLMF
    5.15.5), then the asymptotic series (DLMF 5.15.8).

    >>> round(complex(complex_polygamma(1.0 + 0j)).real, 12), complex(complex_polygamma(1e9 + 0j)).real * 1e9
    (1.644934066848, 1.0000000005)
    """
    dtype, z = np.result_type(np.asarray(z), np.complex64), np.asarray(z, dtype=np.complex128)
    sign, factorial = (-1.0) ** (n + 1), special.factorial(n)
    out = np.zeros(z.shape, dtype=complex)
    with np.errstate(all="ignore"):
        while np.any(low := (z.real < 16.0) & ((np.abs(z.imag) < 16.0) | (z.real < 0.0))):
            out = out + np.where(low, sign * factorial / np.where(low, z, 1.0) ** (n + 1), 0.0)
            z = np.where(low, z + 1.0, z)
        out = out + sign * (special.factorial(n - 1) / z**n + 0.5 * factorial / z ** (n + 1))
        for k, b in enumerate(special.bernoulli(20)[2::2], 1):
            out = out + sign * b * special.poch(2 * k + 1, n - 1) / z ** (2 * k + n)
    return out.astype(dtype)[()]


def erfcx_derivative(x, n=1):
    """The n-th derivative of erfcx at real x, without cancellation where x is large.

    2/sqrt(pi) times the integral of (-2t)^n exp(-t^2 - 2xt) over t > 0 (DLMF 7.7.1, differentiated) by
    Gauss-Legendre for x > 1; below, f'' = 2x f' + 2f and so on, from f' = 2x f - 2/sqrt(pi).

    >>> float(erfcx_derivative(1e8)) * 1e16 * np.pi**0.5
    -1.0
    """
    dtype, x = np.result_type(np.asarray(x), np.float32), np.asarray(x, dtype=np.float64)
    far = x > 1.0
    nodes, weights = special.roots_legendre(64)
    shape = (-1,) + (1,) * x.ndim
    width = np.minimum((42.0 + 8.0 * n) / (2.0 * np.where(far, x, 1.0)), 6.5 + n)
    t = width * (0.5 + 0.5 * nodes.reshape(shape))
    terms = (-2.0 * t) ** n * np.exp(-t * (t + 2.0 * np.where(far, x, 1.0)))
    integral = np.sum(weights.reshape(shape) * terms, axis=0) * width / np.sqrt(np.pi)
    z = np.where(far, 0.0, x)
    before, last = special.erfcx(z), 2.0 * z * special.erfcx(z) - 2.0 / np.sqrt(np.pi)
    for k in range(1, n):
        before, last = last, 2.0 * z * last + 2.0 * k * before
    return np.where(far, integral, last).astype(dtype)[()]


def log_ndtr_derivative(x, n=1):
    """The n-th derivative of log_ndtr at real x; the first is pdf(x) / cdf(x) of the normal distribution.

    h = sqrt(2/pi) / erfcx(-x / sqrt 2); for x < -1 the derivatives of h erfcx = constant, else of h' = -h(x +
    h).

    >>> float(log_ndtr_derivative(-1e8)), float(log_ndtr_derivative(50.0))
    (100000000.00000001, 0.0)
    """
    dtype, x = np.result_type(np.asarray(x), np.float32), np.asarray(x, dtype=np.float64)
    low = x < -1.0
    z, root = np.where(low, x, 0.0), np.sqrt(0.5)
    e = [special.erfcx(-root * z)]
    e += [(-root) ** k * erfcx_derivative(-root * z, k) for k in range(1, n)]
    near = np.where(low, 0.0, x)
    first = np.sqrt(2.0 / np.pi)
    below, above = [first / e[0]], [first / special.erfcx(-root * near)]
    for m in range(1, n):
        below.append(-sum(special.binom(m, k) * below[k] * e[m - k] for k in range(m)) / e[0])
        squares = sum(special.binom(m - 1, k) * above[k] * above[m - 1 - k] for k in range(m))
        above.append(-near * above[m - 1] - (m - 1) * (above[m - 2] if m > 1 else 0.0) - squares)

    return np.where(low, below[n - 1], np.where(near > 38.6, 0.0, above[n - 1])).astype(dtype)[()]


def wofz_derivative(z, n=1):
    """The n-th derivative of wofz at complex z.

    w' = -2z w + 2i/sqrt(pi), differentiated (DLMF 7.10.2); above the real line, where |z| > 8 and that
    cancels, the derivatives of Gauss-Hermite's rule for (i/pi) times the integral of exp(-t^2) / (z - t).

    >>> complex(wofz_derivative(1e8 + 0j)).imag * 1e16 * np.pi**0.5
    -1.0
    """
    dtype, z = np.result_type(np.asarray(z), np.complex64), np.asarray(z, dtype=np.complex128)
    far = (np.abs(z) > 8.0) & (z.imag >= 0.0)
    near = np.where(far, 0.0, z)
    before, last = special.wofz(near), -2.0 * near * special.wofz(near) + 2j / np.sqrt(np.pi)
    for k in range(1, n):
        before, last = last, -2.0 * near * last - 2.0 * k * before
    nodes, weights = special.roots_hermite(24)
    shape = (-1,) + (1,) * z.ndim
    inverse = 1.0 / (np.where(far, z, 8j) - nodes.reshape(shape))
    total = np.sum(weights.reshape(shape) * inverse ** (n + 1), axis=0)
    series = (-1.0) ** n * special.factorial(n) * 1j / np.pi * total
    return np.where(far, series, last).astype(dtype)[()]


def dawsn_derivative(x, n=1):
    """The n-th derivative of dawsn at real x: sqrt(pi)/2 times the imaginary part of that of wofz.

    >>> float(dawsn_derivative(1e8)) * 2e16
    -1.0
    """
    dtype, x = np.result_type(np.asarray(x), np.float32), np.asarray(x, dtype=np.float64)
    w = wofz_derivative(np.abs(x) + 0j, n)
    odd = np.where(x < 0.0, (-1.0) ** (n + 1), 1.0)
    return (0.5 * np.sqrt(np.pi) * odd * np.imag(w)).astype(dtype)[()]


def exprel_derivative(z, n=1):
    """The n-th derivative of exprel at real z: the integral of t^n exp(zt) over 0 < t < 1.

    By Gauss-Legendre where |z| < 40; else the integral from the end where the integrand is large, which is
    that of an incomplete gamma function.

    >>> float(exprel_derivative(0.0)), float(exprel_derivative(-1e8)) * 1e16
    (0.5, 1.0)
    """
    dtype, z = np.result_type(np.asarray(z), np.float32), np.asarray(z, dtype=np.float64)
    near = np.abs(z) < 40.0
    nodes, weights = special.roots_legendre(48)
    shape = (-1,) + (1,) * z.ndim
    t = 0.5 + 0.5 * nodes.reshape(shape)
    integral = 0.5 * np.sum(weights.reshape(shape) * t**n * np.exp(np.where(near, z, 0.0) * t), axis=0)
    far = np.where(near, 40.0, z)
    below = special.gammainc(n + 1.0, np.abs(far)) * special.factorial(n) / np.abs(far) ** (n + 1)
    up = np.clip(far, 40.0, None)
    series = sum((-1.0) ** k * special.poch(n - k + 1.0, k) / up**k for k in range(n + 1)) / up
    # e^up / up would be infinite too soon: half of the exponent on each side
    above = np.where(far > 750.0, np.inf, special.exp10(np.minimum(up, 750.0) * (0.5 / np.log(10.0))))
    above = above * (above * series)
    return np.where(near, integral, np.where(far < 0.0, below, above)).astype(dtype)[()]


def log1prel_derivative(z, n=1):
    """The n-th derivative of log1p(z) / z at real z > -1 (1 at z = 0); n = 0 is the function itself.

    The integral of n! (-t)^n / (1 + zt)^(n + 1) over 0 < t < 1, by Gauss-Legendre for -0.6 < z < 2; else from
    f = log1p(z) / z and (z f)' = 1 / (1 + z), differentiated.

    >>> float(log1prel_derivative(0.0)), round(float(log1prel_derivative(1.0, 0)), 12)
    (-0.5, 0.69314718056)
    """
    dtype, z = np.result_type(np.asarray(z), np.float32), np.asarray(z, dtype=np.float64)
    near = (z > -0.6) & (z < 2.0)
    nodes, weights = special.roots_legendre(32)
    shape = (-1,) + (1,) * z.ndim
    t = 0.5 + 0.5 * nodes.reshape(shape)
    inner = (-t) ** n / (1.0 + np.where(near, z, 0.0) * t) ** (n + 1)
    integral = 0.5 * special.factorial(n) * np.sum(weights.reshape(shape) * inner, axis=0)
    far = np.where(near, 2.0, z)
    with np.errstate(all="ignore"):
        out = special.log1p(far) / far
        for k in range(1, n + 1):
            out = ((-1.0) ** (k - 1) * special.factorial(k - 1) / (1.0 + far) ** k - k * out) / far
    return np.where(near, integral, out).astype(dtype)[()]
