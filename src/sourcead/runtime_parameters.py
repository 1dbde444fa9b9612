"""Helpers of generated code: derivatives of distribution functions by their parameters.

The derivative of a distribution function by a parameter is the integral of the derivative of its density,

    d/da P(a, x) = integral over t < x of p(t) (log t - psi(a)) dt          (the gamma distribution)

and has no closed form.  The factor beside the density has the mean 0, so that the integral over t < x is
minus that over t > x: the side is taken on which the factor keeps its sign, and nothing cancels, in the far
tails either:

        p(t)        ___                       x on this side            x on this side
                 _ /   \\ _                        |                          |
        factor  -  -  0  +  +  +            <------                          ------>
                      ^ exp(psi(a))

In a logarithmic scale of t the integrand is analytic and falls off at least exponentially from x on; it is
cut where it has fallen by exp(-45), and integrated by Gauss-Legendre on panels.  Higher and mixed derivatives
multiply the density by complete Bell polynomials of the derivatives of its logarithm.

As in `runtime.py`, each helper is pasted on top of a saved file: it needs NumPy (as `np`), SciPy's special
functions (as `special`) and functions of this module.  Rules: `rules/scipy/derivatives.py`.
"""

from __future__ import annotations

import numpy as np
import scipy.special as special


def density_factor(u, m, n):
    """The derivative of a density, m times by one parameter and n times by another, divided by the density.

    u: u[j, k] is that derivative of its logarithm.  With f[0, 0] = 1, f[m + 1, n] is the sum of
    binom(m, j) binom(n, k) u[j + 1, k] f[m - j, n - k] (the complete Bell polynomials).

    >>> float(density_factor({(1, 0): 3.0, (2, 0): -1.0}, 2, 0))
    8.0
    """
    if m == 0 and n == 0:
        return 1.0
    first, second = (1, 0) if m else (0, 1)
    total = 0.0
    for j in range(m - first + 1):
        for k in range(n - second + 1):
            weight = special.binom(m - first, j) * special.binom(n - second, k)
            rest = density_factor(u, m - first - j, n - second - k)
            total = total + weight * u[j + first, k + second] * rest
    return total


def panel_nodes(*edges):
    """Nodes and weights of Gauss-Legendre's rule between neighbouring edges, on a new first axis.

    >>> v, w = panel_nodes(np.array(0.0), np.array(1.0))
    >>> round(float((w * v**2).sum()), 12)
    0.333333333333
    """
    nodes, weights = special.roots_legendre(56)
    column = (-1,) + (1,) * np.ndim(edges[0])
    nodes, weights = 0.5 + 0.5 * nodes.reshape(column), 0.5 * weights.reshape(column)
    widths = [edges[k + 1] - edges[k] for k in range(len(edges) - 1)]
    at = [a + d * nodes for a, d in zip(edges[:-1], widths)]
    return np.concatenate(at), np.concatenate([d * weights for d in widths])


def gamma_log_density(a, x):
    """log(x^a e^-x / gamma(a)), log x - psi(a), without cancellation for large a (Stirling's series, DLMF
    5.11.1-2).

    >>> [round(float(v), 12) for v in gamma_log_density(np.array(1.0), np.array(1.0))]
    [-1.0, 0.577215664902]
    """
    big = a > 16.0
    z, r = np.where(big, a, 17.0), np.where(big, x, 17.0)
    mu = (r - z) / z
    log_ratio = np.where(np.abs(mu) < 0.5, np.log1p(np.maximum(mu, -0.5)), np.log(r) - np.log(z))
    stirling = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / z**2) / z**2) / z**2) / z**2) / z
    large = z * (log_ratio - mu) + 0.5 * np.log(z / (2.0 * np.pi)) - stirling
    psi = (0.5 + (1 / 12 - (1 / 120 - (1 / 252 - (1 / 240 - 1 / 132 / z**2) / z**2) / z**2) / z**2) / z) / z
    a = np.where(big, 1.0, a)
    small = a * np.log(x) - x - special.gammaln(a)
    return np.where(big, large, small), np.where(big, log_ratio + psi, np.log(x) - special.psi(a))


def gamma_density(a, x, n=0):
    """The density x^(a - 1) e^-x / gamma(a) of the gamma distribution, differentiated n times by a.

    a > 0, x >= 0: numbers or arrays that broadcast.

    >>> round(float(gamma_density(1.0, 2.0)), 12), round(float(gamma_density(1.0, 2.0, n=1)), 12)
    (0.135335283237, 0.171924915504)
    """
    dtype = np.result_type(np.asarray(a), np.asarray(x), np.float32)
    a, x = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(x, dtype=np.float64))
    inside = (a > 0.0) & (x > 0.0) & np.isfinite(a) & np.isfinite(x)
    alpha, z = np.where(inside, a, 1.0), np.where(inside, x, 1.0)
    log_p, first = gamma_log_density(alpha, z)
    u = {(j, 0): -special.polygamma(j - 1, alpha) for j in range(2, n + 1)}
    value = np.exp(log_p) / z * density_factor({**u, (1, 0): first}, n, 0)
    with np.errstate(all="ignore"):
        end = np.where(x == 0.0, special.xlogy(a - 1.0, x), -np.inf)
        edge = np.exp(end) / special.gamma(a) if n == 0 else np.where((x == 0.0) & (a <= 1.0), -np.inf, 0.0)
    edge = np.where((a > 0.0) & (x >= 0.0), edge, np.nan)
    return np.where(inside, value, edge).astype(dtype)[()]


def gammainc_shape(a, x, n=1):
    """The n-th derivative of the regularized incomplete gamma function gammainc(a, x) by a.

    a > 0, x >= 0: numbers or arrays that broadcast; nan elsewhere.

    >>> round(float(gammainc_shape(1.0, 2.0)), 10)
    -0.2208254262
    """
    dtype = np.result_type(np.asarray(a), np.asarray(x), np.float32)
    a, x = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(x, dtype=np.float64))
    inside = (a > 0.0) & (x > 0.0) & np.isfinite(a) & np.isfinite(x)
    alpha, z = np.where(inside, a, 1.0), np.where(inside, x, 1.0)
    log_p, first = gamma_log_density(alpha, z)
    side = np.where(first <= 0.0, -1.0, 1.0)  # t = z exp(side v), v > 0
    # where the exponent alpha side v - z expm1(side v) has fallen by 45: Newton's method from above, convex
    cut = np.where(first <= 0.0, (45.0 + z) / alpha, np.log1p(45.0 / z) + 3.0)
    for _ in range(40):
        fall = z * np.expm1(side * cut) - alpha * side * cut - 45.0
        cut = cut - fall / (side * (z * np.exp(side * cut) - alpha))
    bend = np.where(first <= 0.0, np.minimum(12.0, cut), np.maximum(cut - 12.0, 0.0))
    v, w = panel_nodes(np.zeros_like(cut), bend, cut)
    u = {(j, 0): -special.polygamma(j - 1, alpha) for j in range(2, n + 1)}
    factor = density_factor({**u, (1, 0): first + side * v}, n, 0)
    integral = np.sum(w * factor * np.exp(alpha * side * v - z * np.expm1(side * v)), axis=0)
    edge = np.where((a > 0.0) & (x >= 0.0), 0.0, np.nan)
    return np.where(inside, -side * np.exp(log_p) * integral, edge).astype(dtype)[()]


def beta_terms(a, b, log_x, log_y, m, n):
    """The derivatives u[j, k] of the logarithm of x^(a - 1) y^(b - 1) / beta(a, b), where y = 1 - x.

    >>> round(float(beta_terms(1.0, 1.0, np.log(0.5), np.log(0.5), 1, 0)[1, 0]), 12)
    0.30685281944
    """
    u = {}
    for j in range(m + 1):
        for k in range(n + 1):
            if j + k:
                both = special.psi(a + b) if j + k == 1 else special.polygamma(j + k - 1, a + b)
                own = (a, log_x, j) if k == 0 else (b, log_y, k)
                if j and k:
                    u[j, k] = both
                elif j + k == 1:
                    u[j, k] = own[1] - (special.psi(own[0]) - both)
                else:
                    u[j, k] = both - special.polygamma(own[2] - 1, own[0])
    return u


def beta_density(a, b, x, m=0, n=0):
    """The density x^(a - 1) (1 - x)^(b - 1) / beta(a, b), differentiated m times by a and n times by b.

    a, b > 0, 0 <= x <= 1: numbers or arrays that broadcast.

    >>> float(beta_density(2.0, 1.0, 0.25)), round(float(beta_density(1.0, 1.0, 0.5, m=1)), 12)
    (0.5, 0.30685281944)
    """
    dtype = np.result_type(np.asarray(a), np.asarray(b), np.asarray(x), np.float32)
    a, b, x = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (a, b, x)))
    inside = (a > 0.0) & (b > 0.0) & (x > 0.0) & (x < 1.0) & np.isfinite(a) & np.isfinite(b)
    p, q, z = np.where(inside, a, 1.0), np.where(inside, b, 1.0), np.where(inside, x, 0.5)
    u = beta_terms(p, q, np.log(z), np.log1p(-z), m, n)
    log_p = special.xlogy(p - 1.0, z) + special.xlog1py(q - 1.0, -z) - special.betaln(p, q)
    value = np.exp(log_p) * density_factor(u, m, n)
    with np.errstate(all="ignore"):
        end = special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)
        infinite = np.isposinf(end) | (end == end) & ((x == 0.0) & (a == 1.0) | (x == 1.0) & (b == 1.0))
        edge = np.exp(end) if m + n == 0 else np.where(infinite, -np.inf, 0.0)
    edge = np.where((a > 0.0) & (b > 0.0) & (x >= 0.0) & (x <= 1.0), edge, np.nan)
    return np.where(inside, value, edge).astype(dtype)[()]


def betainc_shape(a, b, x, m=1, n=0):
    """The derivative of betainc(a, b, x), m times by a and n times by b.

    a, b > 0, 0 <= x <= 1: numbers or arrays that broadcast; nan elsewhere.  Integrated over v in
    logit t = logit x - v, or with 1 - x, b, a in place of x, a, b.

    >>> round(float(betainc_shape(1.0, 1.0, 0.5)), 12)
    -0.34657359028
    """
    dtype = np.result_type(np.asarray(a), np.asarray(b), np.asarray(x), np.float32)
    a, b, x = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (a, b, x)))
    inside = (a > 0.0) & (b > 0.0) & (x > 0.0) & (x < 1.0) & np.isfinite(a) & np.isfinite(b)
    p, q, z = np.where(inside, a, 1.0), np.where(inside, b, 1.0), np.where(inside, x, 0.5)
    lx, ly, logit = np.log(z), np.log1p(-z), special.logit(z)
    by_a = lx <= special.psi(p) - special.psi(p + q)
    by_b = ly >= special.psi(q) - special.psi(p + q)
    low = by_a if n == 0 else by_b if m == 0 else z * (p + q) <= p
    sign = np.where(low, 1.0, -1.0)
    # the density in t = expit(start - v) or its mirror image: from here on t falls from x to 0
    alpha, beta = np.where(low, p, q), np.where(low, q, p)
    l0, l1, start = np.where(low, lx, ly), np.where(low, ly, lx), sign * logit
    cut = -l1 * (1.0 + beta / alpha) + 45.0 / alpha
    for _ in range(60):
        fall = alpha * (l0 - special.log_expit(start - cut)) + beta * (l1 - special.log_expit(cut - start))
        slope = alpha * special.expit(cut - start) - beta * special.expit(start - cut)
        cut = cut - (fall - 45.0) / slope
    edges = [np.clip(start + d, 0.0, cut) for d in (-36.0, -12.0, 12.0, 36.0)]
    v, w = panel_nodes(np.zeros_like(cut), *edges, cut)
    log_t, log_s = special.log_expit(start - v), special.log_expit(v - start)
    u = beta_terms(p, q, np.where(low, log_t, log_s), np.where(low, log_s, log_t), m, n)
    weight = np.exp(alpha * (log_t - l0) + beta * (log_s - l1))
    integral = np.sum(w * weight * density_factor(u, m, n), axis=0)
    log_p = p * lx + q * ly - special.betaln(p, q)
    edge = np.where((a > 0.0) & (b > 0.0) & (x >= 0.0) & (x <= 1.0), 0.0, np.nan)
    return np.where(inside, sign * np.exp(log_p) * integral, edge).astype(dtype)[()]


def log_cosh(w):
    """log(cosh(w)) at w >= 0, without cancellation at small w.

    >>> float(log_cosh(np.array(1e-8))) * 1e16
    0.5
    """
    far = w + np.log1p(np.exp(-2.0 * w)) - np.log(2.0)
    return np.where(w < 0.3, 0.5 * np.log1p(np.sinh(np.minimum(w, 0.3)) ** 2), far)


def t_log_norm(df, j=0):
    """The j-th derivative by df of log(sqrt(2 pi) p(0)), where p is the density of Student's t.

    log(gamma(z + 1/2) / gamma(z)) - log(z) / 2 at z = df / 2; for large z the series of DLMF 5.11.8.

    >>> round(float(np.exp(t_log_norm(1.0)) / np.sqrt(2.0 * np.pi)), 12)
    0.318309886184
    """
    z = np.asarray(0.5 * df)
    big = z > 16.0
    far, near = np.where(big, z, 17.0), np.where(big, 1.0, z)
    series = 0.0
    for k, c in ((1, -1 / 8), (3, 1 / 192), (5, -1 / 640), (7, 17 / 14336), (9, -31 / 18432)):
        series = series + c * (-1.0) ** j * special.poch(k, j) / far ** (k + j)
    if j == 0:
        exact = special.gammaln(near + 0.5) - special.gammaln(near) - 0.5 * np.log(near)
    else:
        exact = special.polygamma(j - 1, near + 0.5) - special.polygamma(j - 1, near)
        exact = exact + 0.5 * (-1.0) ** j * special.factorial(j - 1) / near**j
    return np.where(big, series, exact) * 0.5**j


def t_terms(df, fall, square, n):
    """The derivatives by df of the logarithm of the density at t = sqrt(df) sinh w, from log(cosh w) and
    tanh(w)^2.

    >>> round(float(t_terms(1.0, 0.0, 0.0, 1)[1, 0]), 12)
    0.19314718056
    """
    # -(df + 1)/2 log(1 + q), q = t^2 / df = sinh(w)^2: the terms in q that cancel are left out
    near = np.minimum(square, 0.05)
    q = near / (1.0 - near)
    series = sum((-1.0) ** (k - 1) * (k - 1) / k * q**k for k in range(2, 16))
    bend = np.where(square < 0.05, series, square - 2.0 * fall)
    u = {(1, 0): t_log_norm(df, 1) + 0.5 * (square / df + bend)}
    for j in range(2, n + 1):
        own = 1.0 - (1.0 - square) ** j
        for k in range(2, j + 1):
            c = special.binom(j, k) - j / (j - 1) * special.binom(j - 1, k)
            own = own - df * (-1.0) ** k * c * square**k
        u[j, 0] = t_log_norm(df, j) - 0.5 * (-1.0) ** j * special.factorial(j - 1) * own / df**j
    return u


def t_density(df, t, n=0):
    """The density of Student's t distribution, differentiated n times by df.

    >>> round(float(t_density(1.0, 0.0)), 12), round(float(t_density(3.0, 1.0, n=1)), 12)
    (0.318309886184, 0.010193963285)
    """
    dtype = np.result_type(np.asarray(df), np.asarray(t), np.float32)
    df, t = np.broadcast_arrays(np.asarray(df, dtype=np.float64), np.asarray(t, dtype=np.float64))
    inside = (df > 0.0) & np.isfinite(df) & np.isfinite(t)
    nu, s = np.where(inside, df, 1.0), np.where(inside, t, 0.0)
    fall = log_cosh(np.arcsinh(np.abs(s) / np.sqrt(nu)))
    factor = density_factor(t_terms(nu, fall, (s / np.hypot(np.sqrt(nu), s)) ** 2, n), n, 0)
    value = np.exp(t_log_norm(nu) - (nu + 1.0) * fall) / np.sqrt(2.0 * np.pi) * factor
    normal = np.exp(-0.5 * np.minimum(t * t, 1500.0)) / np.sqrt(2.0 * np.pi) if n == 0 else 0.0
    normal = np.where(df > 0.0, normal, np.nan)
    return np.where(inside, value, normal).astype(dtype)[()]


def stdtr_shape(df, t, n=1):
    """The n-th derivative of Student's distribution function stdtr(df, t) by df.

    df > 0: numbers or arrays that broadcast; nan elsewhere.  Integrated over w in t = sqrt(df) sinh w, where
    the density is cosh(w)^-df, from 0 to t or from t to infinity.

    >>> round(float(stdtr_shape(1.0, 1.0)), 10)
    0.0662029805
    """
    dtype = np.result_type(np.asarray(df), np.asarray(t), np.float32)
    df, t = np.broadcast_arrays(np.asarray(df, dtype=np.float64), np.asarray(t, dtype=np.float64))
    inside = (df > 0.0) & np.isfinite(df) & np.isfinite(t)
    nu, s = np.where(inside, df, 1.0), np.where(inside, np.abs(t), 0.0)
    start = np.arcsinh(s / np.sqrt(nu))
    centre = s < 1.5
    begin = np.where(centre, 0.0, start)
    first = log_cosh(begin)
    top = first + 45.0 / nu
    end = np.where(centre, start, top + np.log1p(np.sqrt(-np.expm1(-2.0 * top))))
    w, weights = panel_nodes(begin, np.minimum(begin + 6.0, end), np.minimum(begin + 18.0, end), end)
    fall = log_cosh(w)
    factor = density_factor(t_terms(nu, fall, np.tanh(w) ** 2, n), n, 0)
    integral = np.sum(weights * factor * np.exp(-nu * (fall - first)), axis=0)
    value = np.exp(t_log_norm(nu) - nu * first) * np.sqrt(nu / (2.0 * np.pi)) * integral
    edge = np.where(df > 0.0, 0.0, np.nan)
    return np.where(inside, np.where(centre, 1.0, -1.0) * np.sign(t) * value, edge).astype(dtype)[()]
