"""Orthogonal polynomials and spherical harmonics, by their argument.  By a real degree or parameter: refused.

Each derivative is a polynomial of the next family (DLMF 18.9.15-18.9.26), without the division by 1 - x^2
that would fail at the ends.  Below degree 0 SciPy's functions are reflected or 0, as these are.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.special as special

from ...runtime import static_value
from ..counting import elements
from ..infer import elementwise
from ..registry import primitive, scaled, static, unknown
from .ufuncs import ufunc


def polynomial(name: str, params: str, slope) -> None:
    ufunc(name, *[unknown] * (len(params.split()) - 1), slope, params=params)


def below(n):
    """The degree under n, none below 0; a factor n stands before what is evaluated there."""
    if isinstance(n, (int, float)):
        return max(n - 1, 0)
    return np.maximum(n - 1, 0)


def reflected(n):
    """The degree of P that P of degree n is: P_{-n-1} = P_n."""
    if isinstance(n, (int, float)):
        return max(n, -n - 1)
    return np.maximum(n, -n - 1)


def chebyu_slope(g, n, x):
    """U_n' = 2 C^(2)_{n-1}, and U_{-n-2} = -U_n."""
    if isinstance(n, (int, float)):
        if n >= -1:
            return 2.0 * g * special.eval_gegenbauer(n - 1, 2.0, x)
        return -2.0 * g * special.eval_gegenbauer(-n - 3, 2.0, x)
    m = np.where(n < -1, -n - 2, n)
    return np.where(n < -1, -2.0, 2.0) * g * special.eval_gegenbauer(m - 1, 2.0, x)


polynomial("eval_legendre", "n x", lambda g, n, x, y: g * special.eval_gegenbauer(reflected(n) - 1, 1.5, x))
polynomial(
    "eval_sh_legendre",
    "n x",
    lambda g, n, x, y: 2.0 * g * special.eval_gegenbauer(reflected(n) - 1, 1.5, 2.0 * x - 1.0),
)
polynomial("eval_chebyt", "n x", lambda g, n, x, y: g * n * special.eval_chebyu(n - 1, x))
polynomial("eval_sh_chebyt", "n x", lambda g, n, x, y: 2.0 * g * n * special.eval_sh_chebyu(n - 1, x))
polynomial("eval_chebyu", "n x", lambda g, n, x, y: chebyu_slope(g, n, x))
polynomial("eval_sh_chebyu", "n x", lambda g, n, x, y: 2.0 * chebyu_slope(g, n, 2.0 * x - 1.0))
polynomial("eval_hermite", "n x", lambda g, n, x, y: 2.0 * g * n * special.eval_hermite(below(n), x))
polynomial("eval_hermitenorm", "n x", lambda g, n, x, y: g * n * special.eval_hermitenorm(below(n), x))
polynomial("eval_laguerre", "n x", lambda g, n, x, y: -g * special.eval_genlaguerre(n - 1, 1.0, x))
polynomial(
    "eval_genlaguerre",
    "n alpha x",
    lambda g, n, alpha, x, y: -g * special.eval_genlaguerre(n - 1, alpha + 1.0, x),
)
polynomial(
    "eval_gegenbauer",
    "n alpha x",
    lambda g, n, alpha, x, y: 2.0 * g * alpha * special.eval_gegenbauer(n - 1, alpha + 1.0, x),
)
polynomial(
    "eval_jacobi",
    "n alpha beta x",
    lambda g, n, alpha, beta, x, y: g
    * (0.5 * (n + alpha + beta + 1.0) * special.eval_jacobi(n - 1, alpha + 1.0, beta + 1.0, x)),
)
polynomial(
    "eval_sh_jacobi",
    "n p q x",
    lambda g, n, p, q, x, y: g * n * special.eval_sh_jacobi(below(n), p + 2.0, q + 1.0, x),
)


# -- spherical harmonics: raising and lowering the order (DLMF 14.30.1 with 14.10.4, in the symmetric form of
# the angular momentum operators) has no singularity at the poles of the sphere
primitive(
    "scipy.special.sph_harm_y",
    "n m theta phi",
    elementwise("scipy.special.sph_harm_y"),
    keywords={"diff_n": None},
    fixed="diff_n",
    cost=elements,
)


@static
def rung(n, m):
    return math.sqrt(max((n - m) * (n + m + 1), 0))


def ladder(n, m):
    """What raising the order m of Y_n gives the next one; 0 at the top."""
    if static_value(n) is not None and static_value(m) is not None:
        return rung(static_value(n), static_value(m))
    return np.sqrt(np.maximum((n - m) * (n + m + 1), 0))


def by_theta(g, n, m, theta, phi, y):
    up = ladder(n, m) * special.sph_harm_y(n, m + 1, theta, phi)
    down = ladder(n, -m) * special.sph_harm_y(n, m - 1, theta, phi)
    turn = np.exp(1j * phi)
    inward = np.copysign(0.5, np.sin(theta))  # SciPy takes sin(theta) without its sign
    return g * (inward * (up / turn - turn * down))


scaled("scipy.special.sph_harm_y", None, None, by_theta, lambda g, n, m, theta, phi, y: g * (1j * m) * y)
