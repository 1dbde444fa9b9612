"""The gamma function and its relatives (DLMF 5), and the incomplete gamma and beta functions (DLMF 8).

The incomplete functions are distribution functions.  By x their derivative is the density; by a parameter it
is an integral (`runtime_parameters.py`).
"""

from __future__ import annotations

import numpy as np
import scipy.special as special

from ...runtime import safe_divide
from ...runtime_parameters import betainc_shape, gammainc_shape, stdtr_shape
from ...runtime_special import complex_polygamma, rgamma_derivative
from ..counting import elements
from ..guards import guarded, times
from ..infer import elementwise
from ..registry import TypeRefusal, primitive, scaled, unknown
from .ufuncs import ufunc

ufunc("gamma", lambda g, x, y: times(g, y * special.psi(x), x))
ufunc("gammaln", lambda g, x, y: times(g, special.psi(x), x))
ufunc("loggamma", lambda g, z, y: times(g, special.psi(z), z), params="z")
ufunc(
    "psi",
    lambda g, z, y: (
        g * complex_polygamma(z, n=1) if np.iscomplexobj(z) else times(g, special.polygamma(1, z), z)
    ),
    params="z",
    also="digamma",
)
ufunc("polygamma", unknown, lambda g, n, x, y: times(g, special.polygamma(n + 1, x), x), params="n x")
ufunc(
    "rgamma",
    lambda g, z, y: -g * y * special.psi(z) if np.iscomplexobj(z) else g * rgamma_derivative(z, n=1),
    params="z",
)
ufunc("gammasgn")
# by s only the zeta function's own derivative would do, which SciPy does not have
ufunc("zeta", unknown, lambda g, x, q, y: times(-g, x * special.zeta(x + 1.0, q), q), params="x q")
ufunc(
    "beta",
    lambda g, a, b, y: times(g, y * (special.psi(a) - special.psi(a + b)), a),
    lambda g, a, b, y: times(g, y * (special.psi(b) - special.psi(a + b)), b),
    params="a b",
)
ufunc(
    "betaln",
    lambda g, a, b, y: times(g, special.psi(a) - special.psi(a + b), a),
    lambda g, a, b, y: times(g, special.psi(b) - special.psi(a + b), b),
    params="a b",
)
ufunc(
    "poch",
    lambda g, z, m, y: times(g, y * (special.psi(z + m) - special.psi(z)), z),
    lambda g, z, m, y: times(g, y * special.psi(z + m), z),
    params="z m",
)
ufunc(
    "binom",
    lambda g, n, k, y: guarded(g, y * (special.psi(n + 1.0) - special.psi(n - k + 1.0))),
    lambda g, n, k, y: guarded(g, y * (special.psi(n - k + 1.0) - special.psi(k + 1.0))),
    params="n k",
)


# -- functions that SciPy writes in Python ---------------------------------------------------------------
def _comb(types, attrs):
    if attrs["exact"] or attrs["repetition"]:
        raise TypeRefusal("comb is covered without exact=True and repetition=True")
    return elementwise("scipy.special.comb")(types, attrs["_attrs"])


_COMB = {"exact": False, "repetition": False}
primitive("scipy.special.comb", "N k", _comb, keywords=_COMB, cost=elements)


def comb_n(g, n, k, y):
    return guarded(g * y, special.psi(n + 1.0) - special.psi(n - k + 1.0))


def comb_k(g, n, k, y):
    return guarded(g * y, special.psi(n - k + 1.0) - special.psi(k + 1.0))


scaled("scipy.special.comb", comb_n, comb_k)


def _factorial(types, attrs):
    if attrs["exact"]:
        raise TypeRefusal("exact=True is covered by math.factorial")
    return elementwise("scipy.special.factorial")(types, attrs["_attrs"])


primitive(
    "scipy.special.factorial",
    "n",
    _factorial,
    keywords={"exact": False, "extend": "zero"},
    fixed="extend",
    cost=elements,
    may_raise=True,
)
scaled("scipy.special.factorial", lambda g, n, y: guarded(g * y, special.psi(n + 1.0)))


def _multigammaln(types, attrs):
    return elementwise("scipy.special.multigammaln")(types, attrs)


primitive("scipy.special.multigammaln", "a d", _multigammaln, may_raise=True, cost=elements)


def multigammaln_slope(g, a, d, y):
    """The sum of psi(a - j/2) over j < d."""
    halves = 0.5 * np.arange(d)
    return g * np.sum(special.psi(np.expand_dims(a, -1) - halves), axis=-1)


scaled("scipy.special.multigammaln", multigammaln_slope, None)


# -- incomplete functions --------------------------------------------------------------------------------
def gamma_pdf(a, x):
    return np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))


def beta_pdf(a, b, x):
    return np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b))


ufunc(
    "gammainc",
    lambda g, a, x, y: g * gammainc_shape(a, x, n=1),
    lambda g, a, x, y: times(g, gamma_pdf(a, x), x),
    params="a x",
)
ufunc(
    "gammaincc",
    lambda g, a, x, y: -g * gammainc_shape(a, x, n=1),
    lambda g, a, x, y: times(-g, gamma_pdf(a, x), x),
    params="a x",
)
ufunc(
    "gammaincinv",
    lambda g, a, p, y: safe_divide(-g * gammainc_shape(a, y, n=1), gamma_pdf(a, y)),
    lambda g, a, p, y: safe_divide(g, gamma_pdf(a, y)),
    params="a y",
)
ufunc(
    "gammainccinv",
    lambda g, a, p, y: safe_divide(-g * gammainc_shape(a, y, n=1), gamma_pdf(a, y)),
    lambda g, a, p, y: safe_divide(-g, gamma_pdf(a, y)),
    params="a y",
)
ufunc(
    "betainc",
    lambda g, a, b, x, y: g * betainc_shape(a, b, x, m=1, n=0),
    lambda g, a, b, x, y: g * betainc_shape(a, b, x, m=0, n=1),
    lambda g, a, b, x, y: guarded(g, beta_pdf(a, b, x)),
    params="a b x",
)
ufunc(
    "betaincc",
    lambda g, a, b, x, y: -g * betainc_shape(a, b, x, m=1, n=0),
    lambda g, a, b, x, y: -g * betainc_shape(a, b, x, m=0, n=1),
    lambda g, a, b, x, y: guarded(-g, beta_pdf(a, b, x)),
    params="a b x",
)
for _name, _sign in (("betaincinv", 1.0), ("betainccinv", -1.0)):
    ufunc(
        _name,
        lambda g, a, b, p, y: safe_divide(-g * betainc_shape(a, b, y, m=1, n=0), beta_pdf(a, b, y)),
        lambda g, a, b, p, y: safe_divide(-g * betainc_shape(a, b, y, m=0, n=1), beta_pdf(a, b, y)),
        (
            (lambda g, a, b, p, y: safe_divide(g, beta_pdf(a, b, y)))
            if _name == "betaincinv"
            else (lambda g, a, b, p, y: safe_divide(-g, beta_pdf(a, b, y)))
        ),
        params="a b y",
    )


def t_pdf(df, t):
    """Student's density; the power is of a number that is at least 1."""
    return np.exp(-0.5 * (df + 1.0) * np.log1p(t * t / df) - special.betaln(0.5 * df, 0.5)) / np.sqrt(df)


ufunc(
    "stdtr",
    lambda g, df, t, y: g * stdtr_shape(df, t, n=1),
    lambda g, df, t, y: g * t_pdf(df, t),
    params="df t",
)
ufunc(
    "stdtrit",
    lambda g, df, p, y: safe_divide(-g * stdtr_shape(df, y, n=1), t_pdf(df, y)),
    lambda g, df, p, y: safe_divide(g, t_pdf(df, y)),
    params="df p",
)
