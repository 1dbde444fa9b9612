"""Functions compiled by our lowering do what they do as Python: indices, loops, arithmetic."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import sourcead as ad

numba = pytest.importorskip("numba")

from sourcead.backend.numba_lowering import Compiler, compile_shortly  # noqa: E402

A = np.arange(24.0).reshape(4, 6)
V = np.array([3.0, -1.0, 2.0, 0.5])


def negative_indices(A, v):
    B = A.copy()
    for i in range(-2, 2):
        B[i, -1] += v[i] * A[i - 1, i]
        B[-i - 1, 0] = v[-1]
    return B


def up_and_down(A, v):
    B = np.zeros_like(A)
    n, m = A.shape
    for i in range(n - 1, -1, -1):
        for j in range(m - 2, 0, -2):
            B[i, j] += A[i, j - 1] * v[i] + A[i - 3, j + 1]
        for j in range(i, m):
            B[i, j - i] -= A[i, j]
    return B


def trips_of_none(A, v):
    s = 0.0
    for i in range(3, 1):
        s += v[i]
    for i in range(0, 3, -1):
        s += v[i]
    for i in range(-1, -5):
        s += v[i]
    return s, len(v)


def kinds(A, v):
    mask = np.zeros(len(v), np.bool_)
    whole = np.zeros((2, 3), np.int64)
    small = np.zeros(3, np.float32)
    z = np.zeros(2, np.complex128)
    for i in range(len(v)):
        mask[i] = v[i] > 0.0
        whole[i % 2, i % 3] += i * 7 // 2 - 4
        small[i % 3] = small[i % 3] + v[i]
        z[i % 2] += v[i] * 1j + i
    return mask, whole, small, z


def views(A, v):
    t, s = A.T, A[::2, 1::3]
    for i in range(t.shape[0]):
        t[i, i % 4] *= 2.0
    s[1, -1] = s[0, 0] + t[5, -1]
    return A


def arithmetic(A, v):
    with_zero = v[0] / (v[1] + 1.0)
    n = len(v)
    tests = (n - 5 < 0, v[0] != v[0], v[2] >= 2.0, n == 4)
    nan = np.nan
    return with_zero, -n * 3 + n * n, tests, nan < 1.0, nan != nan, nan == nan, v[0] ** 2 - n


def left_and_skipped(A, v):
    s = 0.0
    for i in range(10):
        if i == 2:
            continue
        if i >= len(v):
            break
        for j in range(6):
            s += A[i, j] * v[i]
    return s, i


def swapped(A, v):
    a, b = v.copy(), v * 2.0
    for i in range(3):
        a, b = b, a
        a[i] = b[i + 1]
        c = a if i % 2 else b.copy()
        c[0] = i
    return a, b


def tuples(A, v):
    t = (len(v), 2)
    B = np.empty(t)
    at = (1, 1)
    for i in range(t[0]):
        for j in range(t[1]):
            B[i, j] = A[at] + A[(i, j)] * t[j]
    return B


def same(a, b):
    if isinstance(b, tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            same(x, y)
        return
    assert np.asarray(a).dtype == np.asarray(b).dtype
    np.testing.assert_allclose(a, b, rtol=1e-6 if np.asarray(b).dtype == np.float32 else 1e-15)


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("boundscheck", [False, True])
@pytest.mark.parametrize(
    "f",
    [
        negative_indices,
        up_and_down,
        trips_of_none,
        kinds,
        views,
        arithmetic,
        left_and_skipped,
        swapped,
        tuples,
    ],
)
def test_as_python(f, boundscheck):
    jitted = numba.njit(error_model="numpy", boundscheck=boundscheck)(f)
    compile_shortly(jitted, called=True)
    with np.errstate(all="ignore"):
        want = f(A.copy(), V.copy())
    same(jitted(A.copy(), V.copy()), want)
    if f is not views:  # of arrays in another order
        same(jitted(np.asfortranarray(A), np.repeat(V, 2)[::2]), want)


def test_an_index_outside_is_found_where_that_is_asked_for():
    def outside(v, n):
        return v[n]

    jitted = numba.njit(boundscheck=True)(outside)
    compile_shortly(jitted, called=True)
    with pytest.raises(IndexError):
        jitted(V, 4)


def test_one_function_calls_another_that_python_cannot():
    @numba.njit
    def inner(v):
        return v[0] + v[-1]

    @numba.njit
    def outer(v):
        return inner(v) * 2.0

    compile_shortly(inner, called=False)
    compile_shortly(outer, called=True)
    assert outer(V) == 7.0


def test_derivatives_are_compiled_so_and_the_collector_works_on():
    def f(x):
        return np.sin(x).sum()

    assert gc.isenabled()
    g = ad.grad(f, backend="numba")
    np.testing.assert_allclose(g(V), np.cos(V))
    assert gc.isenabled()
    (jitted,) = (x for x in g._last.jitted.values())
    assert jitted._compiler.pipeline_class is Compiler
