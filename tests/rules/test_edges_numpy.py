"""Edge points of the rest of NumPy: ties, NaNs, empty slices, refusals by name."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import sourcead as ad
from sourcead.errors import Unsupported

from .driver import pullback, run
from .expressions import function_of

nan, inf = np.nan, np.inf
EDGES = [
    ("numpy.nanmax", (np.array([2.0, nan, 2.0, 1.0]),), {}, [0.5, 0.0, 0.5, 0.0]),
    ("numpy.nanmin", (np.array([[nan, 1.0], [3.0, nan]]),), {"axis": 1}, [[0.0, 1.0], [1.0, 0.0]]),
    ("numpy.nansum", (np.array([nan, 1.0]),), {}, [0.0, 1.0]),
    ("numpy.nanmean", (np.array([nan, 1.0, 3.0]),), {}, [0.0, 0.5, 0.5]),
    ("numpy.nanmean", (np.array([[nan, nan], [1.0, 3.0]]),), {"axis": 1}, [[0.0, 0.0], [0.5, 0.5]]),
    ("numpy.nanstd", (np.array([nan, 2.0, 2.0]),), {}, [0.0, 0.0, 0.0]),
    ("numpy.nanprod", (np.array([nan, 0.0, 3.0]),), {}, [0.0, 3.0, 0.0]),
    ("numpy.nanmedian", (np.array([nan, 1.0, 5.0, 3.0]),), {}, [0.0, 0.0, 0.0, 1.0]),
    ("numpy.median", (np.array([1.0, 1.0, 2.0, 0.0]),), {}, [0.5, 0.5, 0.0, 0.0]),
    ("numpy.median", (np.array([7.0]),), {}, [1.0]),
    ("numpy.max", (np.array([1.0, 2.0, 2.0]), 2.0), {}, [0.0, 1 / 3, 1 / 3]),
    ("numpy.max", (np.array([1.0, 2.0]), 3.0), {}, [0.0, 0.0]),
    ("numpy.prod", (np.array([[0.0, 2.0], [3.0, 1.0]]),), {"axis": (0, 1)}, [[6.0, 0.0], [0.0, 0.0]]),
    ("numpy.std", (np.array([1.0 + 1j, 1.0 + 1j]),), {}, [0.0, 0.0]),
    ("numpy.unique", (np.array([3.0, 1.0, 3.0]),), {}, [1.0, 1.0, 0.0]),
]


@pytest.mark.parametrize("key, args, keywords, want", EDGES, ids=lambda v: v if isinstance(v, str) else None)
def test_convention(key, args, keywords, want):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = run(key, args, keywords)
    with np.errstate(all="raise"):
        g = np.ones(np.shape(y)) if np.ndim(y) else 1.0
        np.testing.assert_allclose(pullback(key, args, keywords, y, g, (0,))[0], want, rtol=1e-15)


REFUSED = """
np.nansum(x, initial=2.0) :: initial=
np.histogram(x, density=True)[0] :: density=True
np.quantile(x, 0.3, weights=x) :: weights=
np.unique(x, axis=0) :: axis=
np.max(z) :: complex
np.cov(x, dtype=np.float32) :: dtype=
np.select([x], [x]) :: boolean
np.sort(x, order="a") :: order=
np.trapezoid(x, axis=3) :: raises
np.copy(x, order="F") :: order=
np.average(M, weights=x) :: axis
np.real_if_close(z) :: real or complex
np.gradient(M, x, y, s) :: spacing
np.quantile(x, 0.3, method="none") :: method=
"""


@pytest.mark.parametrize("line", REFUSED.strip().splitlines())
def test_refused_by_name(line):
    body, _, word = line.partition(" :: ")
    names = {
        "x": np.array([0.3, 0.1, 0.7]),
        "y": np.ones(3),
        "z": np.array([1j, 2.0]),
        "M": np.ones((2, 3)),
        "s": 0.5,
    }
    f = function_of(body, tuple(names))
    with pytest.raises(Unsupported) as e:
        ad.jvp(f, tuple(names.values()), tuple(names.values()))
    assert word in str(e.value)


def test_what_numpy_raises():
    for body in (
        "np.average(x, weights=x * 0.0)",
        "np.max(x[:0])",
        "np.choose(np.array([0, 5]), (x[:2], x[1:]))",
    ):
        f = function_of(body, ("x",))
        x = np.array([0.3, 0.1, 0.7])
        with pytest.raises((ZeroDivisionError, ValueError)) as want:
            f(x)
        with pytest.raises(want.type):
            ad.value_and_grad(function_of(f"np.sum({body})", ("x",)))(x)


@pytest.mark.parametrize(
    "body", ["np.quantile(x, 0.3)", "np.nanmean(x)", "np.var(x, where=x > 0.2)", "np.cov(x)"]
)
def test_float32_stays(body):
    f = function_of(f"np.sum({body})", ("x",))
    x = np.array([0.3, 0.1, 0.7], np.float32)
    assert ad.grad(f)(x).dtype == np.float32 and ad.value_and_grad(f)(x)[0] == f(x)
