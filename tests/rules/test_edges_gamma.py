"""Functions of scipy.special and scipy.stats at poles, at the ends of their domain and in far tails."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sourcead.rules.registry import BOOK, open_parts

from .driver import pullback, pushforward, run

open_parts(everything=True)
inf = math.inf
S, D = "scipy.special.", "scipy.stats."
A = np.array
# key, arguments, adjoint, expected adjoints (None: not asked for)
EDGES = [
    (S + "gammaln", (A([0.0, 0.0]),), A([0.0, 1.0]), [[0.0, -inf]]),
    (S + "psi", (A([0.0, -1.0]),), 0.0, [[0.0, 0.0]]),
    (S + "rgamma", (A([0.0, -1.0, -3.0]),), 1.0, [[1.0, -1.0, -6.0]]),
    (S + "gammainc", (A([0.5, 1.0, 2.0]), 0.0), A([0.0, 1.0, 1.0]), [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    (S + "gammaincinv", (2.0, A([0.0])), 0.0, [[0.0], [0.0]]),
    (S + "betainc", (1.0, 1.0, A([0.0, 1.0])), 1.0, [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]),
    (S + "betainc", (0.5, 0.5, A([0.0, 1.0])), 0.0, [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
    (S + "erf", (A([0.0]),), 1.0, [[2.0 / math.sqrt(math.pi)]]),
    (S + "erfinv", (A([1.0, -1.0]),), A([0.0, 1.0]), [[0.0, inf]]),
    (S + "erfcinv", (A([0.0, 2.0]),), A([0.0, 1.0]), [[0.0, -inf]]),
    (S + "ndtri", (A([0.0, 1.0]),), A([0.0, 1.0]), [[0.0, inf]]),
    (S + "log_ndtr", (A([-1e10, 100.0]),), 1.0, [[1e10, 0.0]]),
    (S + "erfcx", (A([1e9]),), 1.0, [[-1e-18 / math.sqrt(math.pi)]]),
    (S + "dawsn", (A([1e9]),), 1.0, [[-0.5e-18]]),
    (S + "expit", (A([-1000.0, 40.0, 1000.0]),), 1.0, [[0.0, math.exp(-40.0), 0.0]]),
    (S + "logit", (A([0.0, 1.0]),), A([0.0, 1.0]), [[0.0, inf]]),
    (S + "log_expit", (A([-1000.0, 1000.0]),), 1.0, [[1.0, 0.0]]),
    (S + "exprel", (A([0.0]),), 1.0, [[0.5]]),
    (S + "spence", (A([1.0]),), 1.0, [[-1.0]]),
    (S + "xlogy", (A([0.0, 0.0]), A([0.0, 2.0])), A([0.0, 1.0]), [[0.0, math.log(2.0)], [0.0, 0.0]]),
    (S + "xlog1py", (A([0.0]), A([-1.0])), 0.0, [[0.0], [0.0]]),
    (S + "entr", (A([0.0, 0.0, -1.0]),), A([0.0, 1.0, 1.0]), [[0.0, inf, 0.0]]),
    (S + "rel_entr", (A([0.0, -1.0, 1.0]), A([1.0, 1.0, -1.0])), A([0.0, 1.0, 1.0]), [[0.0] * 3] * 2),
    (S + "kl_div", (A([0.0]), A([0.0])), 1.0, [[0.0], [0.0]]),
    (S + "huber", (1.0, A([-1.0, 0.0, 3.0])), 1.0, [[0.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]),
    (S + "pseudo_huber", (0.0, A([0.0, 2.0])), 1.0, [[0.0, 2.0], [0.0, 0.0]]),
    (S + "boxcox", (A([0.0, 0.0]), 0.5), A([0.0, 1.0]), [[0.0, inf], None]),
    (S + "boxcox", (A([math.e]), 0.0), 1.0, [[math.exp(-1.0)], [0.5]]),
    (S + "inv_boxcox", (A([1.0]), 0.0), 1.0, [[math.e], [-0.5 * math.e]]),
    (S + "logsumexp", (A([-inf, -inf]),), 0.0, [[0.0, 0.0]]),
    (S + "logsumexp", (A([-inf, 1.0]),), 1.0, [[0.0, 1.0]]),
    (S + "softmax", (A([-inf, 1000.0, 0.0]),), A([1.0, 0.0, 0.0]), [[0.0, 0.0, 0.0]]),
    (S + "voigt_profile", (A([0.0]), 0.0, 1.0), 1.0, [[0.0], [0.0], [-1.0 / math.pi]]),
    (D + "gamma.logpdf", (A([-1.0, 2.0]), 3.0), 1.0, [[0.0, 0.0], [0.0, None]]),
    (D + "gamma.cdf", (A([-1.0, 0.0]), 0.5, 0.0, 1.0), 0.0, [[0.0, 0.0]] * 4),
    (D + "expon.logpdf", (A([-1.0, 0.0, 2.0]), 0.0, 1.0), 1.0, [[0, -1, -1], [0, 1, 1], [0.0, -1.0, 1.0]]),
    (D + "uniform.logpdf", (A([-1.0, 0.5]), 0.0, 2.0), 1.0, [[0.0, 0.0], [0.0, 0.0], [0.0, -0.5]]),
    (D + "lognorm.pdf", (A([-1.0, 0.0]), 0.5), 1.0, [[0.0, 0.0], [0.0, 0.0]]),
    (D + "beta.logpdf", (A([-0.5, 1.5]), 2.0, 3.0), 1.0, [[0.0, 0.0]] * 3),
    (D + "laplace.pdf", (A([0.0]),), 1.0, [[0.0]]),
    (D + "norm.logcdf", (A([-1e8, 1e3]),), 1.0, [[1e8, 0.0]]),
    (D + "norm.logsf", (A([1e8]), 0.0, 2.0), 1.0, [[-0.25e8], [0.25e8], [0.125e16]]),
    (D + "norm.cdf", (A([-inf, inf]), 0.0, 1.0), 1.0, [[0.0, 0.0]] * 3),
    (D + "poisson.pmf", (A([0, 1, 2, -1]), 0.0), 1.0, [None, [-1.0, 1.0, 0.0, 0.0]]),
    (D + "poisson.logpmf", (A([0, -1]), 1.5), 1.0, [None, [-1.0, 0.0]]),
    (D + "binom.pmf", (A([0, 1, 5]), 5, 0.0), 1.0, [None, None, [-5.0, 5.0, 0.0]]),
    (D + "binom.logpmf", (A([5, 6]), 5, 1.0), 1.0, [None, None, [5.0, 0.0]]),
]


@pytest.mark.parametrize("key, args, g, want", EDGES, ids=lambda v: v if isinstance(v, str) else None)
@pytest.mark.filterwarnings("ignore")
def test_convention(key, args, g, want):
    y = run(key, args, {})  # SciPy's own Python code divides by zero here and there
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        p = BOOK[key]
        wrt = tuple(i for i in range(len(want)) if want[i] is not None)
        got = pullback(key, args, {}, y, g, wrt)
        for n in wrt:
            for a, b in zip(np.broadcast_to(got[n], np.shape(want[n])), want[n], strict=True):
                if b is not None:
                    np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-300)
            zero = np.zeros_like(args[n]) if isinstance(args[n], np.ndarray) else 0.0
            for t in pushforward(key, args, {}, y, {n: zero}) if p.scaled else ():
                assert not np.any(t), "a zero tangent contributes zero"
