"""The multivariate normal and the Dirichlet distribution of scipy.stats."""

from __future__ import annotations

import numpy as np
import scipy.special as special

from ...ir.types import Array, dtype_kind, is_complex, same_dim, unify
from ...runtime import safe_divide, unbroadcast
from ..counting import uncounted
from ..infer import array_of, promoted, result
from ..registry import TypeRefusal, jvp, primitive, vjp


# -- multivariate normal: x (..., d), mean (d,), cov (d, d), of which SciPy reads the lower triangle ---------
def _normal(types, attrs):
    if len(types) < 3 or not all(isinstance(t, Array) for t in types[:3]):
        raise TypeRefusal("multivariate_normal is covered with arrays for x, mean and cov")
    x, mean, cov = types[:3]
    if any(map(is_complex, (x, mean, cov))):
        raise TypeRefusal("multivariate_normal of complex numbers is not covered")
    if x.ndim < 1 or mean.ndim != 1 or cov.ndim != 2:
        raise TypeRefusal("multivariate_normal is covered for x (..., d), mean (d,) and cov (d, d)")
    if not all(d.not_one for d in (x.shape[-1], mean.shape[0], *cov.shape)):
        raise TypeRefusal("multivariate_normal is covered where the dimension d is known not to be 1")
    for d in (x.shape[-1], *cov.shape):
        if not same_dim(d, mean.shape[0]):
            unify(d, mean.shape[0])
    return result("float64", x.shape[:-1])


def precision_times(cov, d):
    """The inverse of the covariance, applied to vectors d (..., n)."""
    full = symmetric(cov)
    return np.linalg.solve(full, d) if d.ndim == 1 else np.linalg.solve(full, np.expand_dims(d, -1))[..., 0]


def symmetric(m):
    """The symmetric matrix that the lower triangle gives."""
    return np.tril(m) + np.tril(m, k=-1).T


def slope(y, log):
    """What a change of the logarithm is multiplied by."""
    return 1.0 if log else y


def column(v):
    """Numbers (...) beside vectors (..., n)."""
    return np.expand_dims(v, -1)


def add_normal(key: str, log: bool) -> None:
    primitive(
        key,
        "x mean cov",
        _normal,
        keywords={"allow_singular": False},
        fixed="allow_singular",
        may_raise=True,
        cost=uncounted,
    )

    @jvp(key)
    def _(x, mean, cov, y, x_dot):
        s = precision_times(cov, x - mean)
        return -slope(y, log) * np.sum(s * x_dot, axis=-1)

    @jvp(key, 1)
    def _(x, mean, cov, y, mean_dot):
        s = precision_times(cov, x - mean)
        return slope(y, log) * np.sum(s * mean_dot, axis=-1)

    @jvp(key, 2)
    def _(x, mean, cov, y, cov_dot):
        s, c_dot = precision_times(cov, x - mean), symmetric(cov_dot)
        trace = np.trace(np.linalg.solve(symmetric(cov), c_dot))
        return 0.5 * slope(y, log) * (np.sum((s @ c_dot) * s, axis=-1) - trace)

    @vjp(key)
    def _(x, mean, cov, y, y_bar):
        return -column(y_bar * slope(y, log)) * precision_times(cov, x - mean)

    @vjp(key, 1)
    def _(x, mean, cov, y, y_bar):
        return unbroadcast(column(y_bar * slope(y, log)) * precision_times(cov, x - mean), mean)

    @vjp(key, 2)
    def _(x, mean, cov, y, y_bar):
        w, s = y_bar * slope(y, log), precision_times(cov, x - mean)
        n = mean.shape[0]
        rows = np.reshape(s, (-1, n))
        outer = np.reshape(column(w) * s, (-1, n)).T @ rows
        c_bar = 0.5 * (outer - np.sum(w) * np.linalg.inv(symmetric(cov)))
        return np.tril(c_bar) + np.triu(c_bar, k=1).T


add_normal("scipy.stats.multivariate_normal.logpdf", True)
add_normal("scipy.stats.multivariate_normal.pdf", False)


# -- Dirichlet: x (n,) or (n - 1,), whose last part is what is missing to 1; alpha (n,) -------------------
def _dirichlet(types, attrs):
    x, alpha = (array_of(t) for t in types)
    if x.ndim != 1 or alpha.ndim != 1:
        raise TypeRefusal("dirichlet is covered for one point x (n,) and alpha (n,)")
    dtype = promoted([x, alpha])
    return result(dtype if dtype_kind(dtype) == "f" else "float64", ())


def left(x, alpha):
    """1 if the last part is left out of x, else 0."""
    return len(alpha) - len(x)


def point_slope(x, alpha):
    """d log p / dx."""
    last = safe_divide(left(x, alpha) * (alpha[-1] - 1.0), 1.0 - np.sum(x))
    return safe_divide(alpha[: len(x)] - 1.0, x) - last


def alpha_slope(x, alpha):
    """d log p / d alpha."""
    whole = np.concatenate((x, np.reshape(1.0 - np.sum(x), (1,))))[: len(alpha)]
    return np.log(whole) - special.psi(alpha) + special.psi(np.sum(alpha))


def add_dirichlet(key: str, log: bool) -> None:
    primitive(key, "x alpha", _dirichlet, may_raise=True, cost=uncounted)

    @jvp(key)
    def _(x, alpha, y, x_dot):
        return slope(y, log) * np.sum(point_slope(x, alpha) * x_dot)

    @jvp(key, 1)
    def _(x, alpha, y, alpha_dot):
        return slope(y, log) * np.sum(alpha_slope(x, alpha) * alpha_dot)

    @vjp(key)
    def _(x, alpha, y, y_bar):
        return y_bar * slope(y, log) * point_slope(x, alpha)

    @vjp(key, 1)
    def _(x, alpha, y, y_bar):
        return y_bar * slope(y, log) * alpha_slope(x, alpha)


add_dirichlet("scipy.stats.dirichlet.logpdf", True)
add_dirichlet("scipy.stats.dirichlet.pdf", False)
