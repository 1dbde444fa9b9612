"""The functions that generated code calls, compiled by Numba, against their namesakes in Python."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

numba = pytest.importorskip("numba")
import sourcead.runtime_numba  # noqa: E402, F401  (registers the overloads)
import sourcead.runtime_numba_elementary  # noqa: E402, F401
import sourcead.runtime_numba_matrices  # noqa: E402, F401
from sourcead import runtime, runtime_matrices  # noqa: E402

INF = float("inf")
A = np.array([[0.0, 1.0, -2.0], [3.0, 0.0, INF]])
B = np.array([0.0, -1.0, INF])
M = np.array([[1.0, 2.0, 0.5], [2.0, 4.0, -1.0], [0.3, 0.1, 2.0]])
I3 = np.array([0, 2, 2])

CALLS = {
    "safe_divide": [
        (0.0, 0.0),
        (-1.0, 0.0),
        (3, 2),
        (A, B),
        (A.astype("f4"), B.astype("f4")),
        (1.0, B),
        (1 + 2j, 0.5),
    ],
    "safe_multiply": [(0.0, INF), (2.0, 3.0), (A, B), (B, 2.0), (A.astype("f4"), A.astype("f4")), (2j, 1.0)],
    "safe_power": [
        (0.0, -0.5),
        (2.0, 3),
        (-1.0, 0.5),
        (0.0, -1.0),
        (A, 2),
        (A, np.array([2, 1, -1])),
        (3, -2),
    ],
    "safe_log": [(0.0,), (2.0,), (-1.0,), (A,), (3,), (A.astype("f4"),), (np.array([0j, 1j]),)],
    "safe_subtract": [(INF, INF), (3.0, 1.0), (A, B), (B.astype("f4"), B.astype("f4"))],
    "unbroadcast": [
        (A, np.zeros((1, 3))),
        (A, np.zeros((2, 1))),
        (A, np.zeros(3)),
        (A, np.zeros(1)),
        (A, 2.0),
        (A, A),
        (np.ones((4, 2, 3)), np.zeros((2, 1))),
        (np.ones((4, 2, 3)).T, np.zeros((1, 4))),
        (1.5, 2.0),
    ],
    "zeros_like": [(2.5,), (3,), (True,), (1j,), (A,), (np.float32(2),)],
    "index_add": [
        (np.zeros(3), I3, 1.0),
        (np.zeros(3), I3, np.arange(3.0)),
        (np.zeros((3, 2)), I3, np.ones((3, 2))),
    ],
    "stop_gradient": [(2.0,), (A,)],
    "next_snapshot": [(0, 10, 2), (4, 10, 1), (4, 10, 0), (3, 200, 5)],
    "add_lists": [([1.0, 2.0], [0.5, 0.5])],
    "repeated": [(0.5, 3)],
    "written_last": [
        (np.zeros(3), np.array([0, 0, 2])),
        (np.zeros((4, 2)), np.array([[0, 3], [3, 0]])),
        (np.zeros((3, 4)), (I3, np.array([1, -1, 3]))),
        (np.zeros((3, 4)), (None, np.array([1, 1, 3]))),
    ],
    "fold_windows": [(np.ones((2, 2)), np.zeros(3), (0,)), (np.ones((3, 2, 2, 3)), np.zeros((4, 4)), (0, 1))],
    "add_along_axis": [
        (np.zeros(3), np.array([2, 2]), np.ones(2), 0),
        (np.zeros((2, 3)), np.array([[0, 0], [2, 0]]), np.ones((2, 2)), 1),
        (np.zeros((2, 3)), np.array([[0, 0], [2, 0]]), 1.5, -1),
    ],
    "linear_scan": [(M, M * 2, ax, r) for ax in (0, 1, -1) for r in (False, True)]
    + [(B[:2], B[:2], 0, True)],
    "shift": [(M, ax, s) for ax in (0, 1, -1) for s in (1, -1)],
    "product_before": [(M, 0), (M, 1), (np.arange(4.0), 0)],
    "sinc_derivative": [(x, n) for x in (0.0, 0.3, 1.0, -7.5) for n in (1, 2, 3)]
    + [(M, 2)]
    + [(M.astype("f4"), 1)],
    "polygamma": [(x, n) for x in (0.4, 1.0, 25.5, -1.3) for n in (0, 1, 2, 3)] + [(M, 1)],
    "cofactors": [(M,), (np.array([[1.0, 2.0], [2.0, 4.0]]),), (np.zeros((3, 3)),)],
    "solve_or_nan": [(M, M.T + 1), (np.zeros((2, 2)), np.array([[0.0, 1.0], [0.0, 2.0]]))],
    "cofactors_along": [(M, M.T + 1), (np.eye(2), M[:2, :2])],
    "accumulate": [(1.0, 2.0), (1j, 2.0)],
    **{name: [(0.7,), (np.float32(0.7),)] for name in ("exp", "expm1", "log", "log1p", "tanh")},
    **{name: [(1.0, 2.0), (np.nan, 0.0), (3, 2)] for name in ("maximum", "minimum")},
    "at_least": [(3, 2)],
    "select": [(True, 1.0, 2.0), (False, 1, 2.0)],
    "bound": [(-1, 5), (7, 5), (-7, 5)],
    "wrapped": [(-1, 5), (3, 5)],
    "broadcast_length": [(1, 5), (5, 1), (1, 0), (-2, 1), (3, 3)],
    "same_length": [(3, 3), (-2, 0)],
    "fits_length": [(3, 3), (3, 1), (0, -1), (0, 1)],
    "nonempty": [(1,)],
    "reshape_is_view": [(A, -1), (A.copy(), (3, 2))],
}


def cases():
    return [
        pytest.param(name, k, id=f"{name}-{k}") for name, calls in CALLS.items() for k in range(len(calls))
    ]


@pytest.mark.parametrize("name,k", cases())
def test_it_agrees_with_python(name, k):
    args = CALLS[name][k]
    plain = getattr(runtime, name, None) or getattr(runtime_matrices, name)
    text = ", ".join(f"a{i}" for i in range(len(args)))
    made = {"plain": plain}
    exec(f"def called({text}):\n    return plain({text})", made)
    got, want = numba.njit(error_model="numpy")(made["called"])(*args), plain(*args)
    if want is None:  # it would have raised
        assert got is None
        return
    np.testing.assert_allclose(
        got, want, rtol=1e-12 if np.asarray(want).dtype != np.float32 else 1e-5, atol=1e-13
    )
    if isinstance(want, np.ndarray):  # Numba hands out any number as a Python number
        assert got.dtype == want.dtype
    assert np.shape(got) == np.shape(want)


#: those of interpolation, solvers and sampling: derivatives that call them are refused by name under Numba
PYTHON_ONLY = {
    "radau_stages",
    "weights_transposed",
    "fit",
    "fold",
    "ode_grid",
    "quantile_weights",
    "scale_at",
    "carlson_integral",
    "spread_samples",
    "bessel_i",
    "stage_times",
    "samples",
    "places_in",
    "double_inner",
    "filter_transposed",
    "extend",
    "interpolation",
    "lagged_products",
}


def test_every_helper_is_here_or_said_to_be_missing():
    facts = {"known_nonzero", "known_positive", "known_zero", "static_value", "is_python"}  # never in a text
    helpers = {n for n, f in vars(runtime).items() if inspect.isfunction(f)}
    assert helpers - facts == set(CALLS) - {"solve_or_nan"} | PYTHON_ONLY
