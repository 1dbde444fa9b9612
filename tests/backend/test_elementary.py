"""Our elementary functions for Numba: as near to the true value as they say, and exact where NumPy is."""

from __future__ import annotations

import numpy as np
import pytest

numba = pytest.importorskip("numba")
import sourcead.runtime_numba_elementary  # noqa: E402, F401  (registers the overloads)
from sourcead import runtime  # noqa: E402

WIDE = np.finfo(np.longdouble).nmant > 60
ENDS = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, -1.5, 5e-324, 1e-308, 1e-300, -1e-300, 1e308, -1e308]
EXP_ENDS = [709.78, 709.79, -708.5, -740.0, -745.13, -745.14, -800.0, 1000.0]
#: Arguments, and the units in the last place that the result may be off.
RANGES = {
    "exp": (lambda r: [r.uniform(-745, 709.7, 20000), r.normal(size=20000), 1e-9 * r.normal(size=999)], 1.0),
    "expm1": (lambda r: [r.uniform(-50, 709.7, 20000), r.normal(size=20000), 1e-9 * r.normal(size=999)], 2.5),
    "log": (lambda r: [np.exp(r.uniform(-745, 709, 20000)), 1 + 1e-3 * r.normal(size=20000)], 1.0),
    "log1p": (lambda r: [np.exp(r.uniform(-745, 709, 20000)), r.uniform(-1, 3, 20000)], 2.5),
    "tanh": (lambda r: [r.uniform(-30, 30, 20000), r.normal(size=20000), 1e-9 * r.normal(size=999)], 2.5),
}


def over(name: str, fastmath: bool):
    """The function over an array, as a jitted loop."""
    f = getattr(runtime, name)

    def loop(x):
        out = np.empty_like(x)
        for i in range(len(x)):
            out[i] = f(x[i])
        return out

    return numba.njit(fastmath=fastmath, error_model="numpy")(loop)


@pytest.mark.parametrize("fastmath", [False, True])
@pytest.mark.parametrize("name", RANGES)
def test_error_in_units_of_the_last_place(name: str, fastmath: bool) -> None:
    if not WIDE:
        pytest.skip("the true values are computed in extended precision")
    make, most = RANGES[name]
    x = np.concatenate(make(np.random.default_rng(0)))
    true = getattr(np, name)(x.astype(np.longdouble))
    error = np.abs((over(name, fastmath)(x) - true) / np.spacing(np.abs(true.astype(float))))
    assert error.max() < most


@pytest.mark.parametrize("name", RANGES)
def test_ends(name: str) -> None:
    x = np.array(ENDS + EXP_ENDS)
    got = over(name, False)(x)
    with np.errstate(all="ignore"):
        want = getattr(np, name)(x)
    np.testing.assert_array_max_ulp(got, want, 2)
    assert np.array_equal(np.signbit(got)[~np.isnan(want)], np.signbit(want)[~np.isnan(want)])


@pytest.mark.parametrize("name", RANGES)
def test_single_precision_is_numbas(name: str) -> None:
    x = np.linspace(0.1, 2.0, 7, dtype=np.float32)
    got = over(name, False)(x)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, getattr(np, name)(x), rtol=1e-6)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_extremes(name: str) -> None:
    f, want = getattr(runtime, name), getattr(np, name)
    jitted = numba.njit(lambda a, b: f(a, b))
    for a in (1.0, -np.inf, np.nan):
        for b in (2.0, np.inf, np.nan, 1.0):
            np.testing.assert_equal(jitted(a, b), want(a, b))
    assert jitted(np.float32(1), np.float32(2)) == want(1, 2)
    assert jitted(1, 2) == want(1, 2)
