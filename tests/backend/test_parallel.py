"""Which loops of a text become `prange` loops."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import sourcead as ad
from sourcead.backend.parallel import parallel_loops

YES = {
    "rows": "for i in range(n):\n    for j in range(m):\n        t = A[i, j + 1] * c\n        B[i, j] += t",
    "shifted": "for i in range(1, n):\n    B[i - 1] = A[i]",
    "an inner sum": "\n".join(
        [
            "for i in range(n):",
            "    s = 0.0",
            "    for j in range(m):",
            "        s = accumulate(s, A[i, j])",
            "    B[i] = s",
        ]
    ),
    "what is set in both branches": "\n".join(
        [
            "for i in range(n):",
            "    if A[i] > 0:",
            "        t = 1.0",
            "    else:",
            "        t = 2.0",
            "    B[i] = t",
        ]
    ),
    "in a loop over time": "\n".join(
        [
            "for k in range(T):",
            "    for i in range(n):",
            "        for j in range(m):",
            "            B[i, j] = B[i, j] + A[j]",
        ]
    ),
    "lengths": "for i in range(len(B)):\n    B[i] = A[i] / B.shape[0]",
    "an array for each trip": "\n".join(
        [
            "for k in range(n):",
            "    r = np.zeros(m)",
            "    for i in range(m):",
            "        r[i] = A[k, i]",
            "    for i in range(1, m):",
            "        B[k, i] = r[i - 1]",
        ]
    ),
    "an element read by name": "for i in range(n):\n    t = B[i]\n    B[i] = t * t",
}
NO = {
    "the trip before": "for i in range(n):\n    B[i] = B[i - 1]",
    "another row": "for i in range(1, n):\n    for j in range(m):\n        B[i, j] = B[i - 1, j]",
    "one place": "for i in range(n):\n    B[0] = A[i]",
    "a sum": "s = 0.0\nfor i in range(n):\n    s = accumulate(s, A[i])\n    B[i] = s",
    "scattered": "for i in range(n):\n    B[I[i]] += A[i]",
    "from its end": "for i in range(n):\n    B[i - 1] = A[i]",
    "a start that is not known": "for i in range(k, n):\n    B[i] = A[i]",
    "downward": "for i in range(n, 0, -1):\n    B[i] = A[i]",
    "a view": "C = B[1:]\nfor i in range(n):\n    B[i] = C[i]",
    "a view by a method": "C = B.T\nfor i in range(n):\n    for j in range(m):\n        B[i, j] = C[i, j]",
    "a variable bound anew by a loop": "for i in range(n):\n    for i in range(m):\n        B[i] = A[i]",
    "a variable bound anew": "for i in range(n):\n    i = 0\n    B[i] = A[i]",
    "the whole array": "for i in range(n):\n    B[i] = np.sum(B)",
    "used afterwards": "for i in range(n):\n    t = A[i]\n    B[i] = t\nB[0] = t",
    "used in the next turn": "\n".join(
        [
            "t = 0.0",
            "for k in range(T):",
            "    B[k] = t",
            "    for i in range(n):",
            "        for j in range(m):",
            "            t = A[i, j]",
            "            B[i, j] = t",
        ]
    ),
    "an array for all trips, by another name": "\n".join(
        [
            "r = np.zeros(m)",
            "for k in range(n):",
            "    q = np.zeros(m)",
            "    q = r",
            "    for i in range(m):",
            "        q[i] = A[k, i]",
            "        B[k, i] = q[i]",
        ]
    ),
    "a tape": "for i in range(n):\n    tape.append(A[i])\n    B[i] = A[i]",
    "popped": "for i in range(n):\n    t = tape.pop()\n    B[i] = t",
    "random": "for i in range(n):\n    B[i] = np.random.normal()",
    "short, in a loop": "for k in range(T):\n    for i in range(n):\n        B[i] = A[i] + k",
    "a jump": "for i in range(n):\n    if A[i] > 0:\n        break\n    B[i] = 1.0",
    "set on one path only": "t = 0.0\nfor i in range(n):\n    if A[i] > 0:\n        t = 1.0\n    B[i] = t",
}


def marked(text: str) -> str:
    body = "\n".join("    " + line for line in text.splitlines())
    function = ast.parse(f"def f(A, B, I, c, n, m, T, k, tape):\n{body}\n    return B\n").body[0]
    found = parallel_loops(function)
    out = ast.unparse(function)
    assert found == ("prange" in out)
    return out


@pytest.mark.parametrize("text", YES.values(), ids=YES)
def test_parallel(text):
    assert "prange" in marked(text)


@pytest.mark.parametrize("text", NO.values(), ids=NO)
def test_not_parallel(text):
    assert "prange" not in marked(text)


def test_an_index_is_no_part_of_what_it_selects():
    text = """for i in range(n):
    for j in range(m):
        t = A[i, j]
        B[i, j] = t
for i in range(n):
    for j in range(m):
        A[i, j] += B[i, j + 1]"""
    assert marked(text).count("prange(") == 2


def test_lengths_are_hidden_from_an_analysis_that_confuses_sums_and_differences():
    text = """t = n + 2
C = np.zeros((t, n - 1))
s = t, n
D = np.empty(s)
t = A.shape
E = np.ones(t)
F = np.zeros(n + 1)"""
    out = marked(text)
    assert "np.zeros((int(t), int(n - 1)))" in out and "s = (int(t), n)" in out
    assert "np.ones(t)" in out and "np.zeros(int(n + 1))" in out


def test_new_arrays_have_their_lengths_on_several_threads():
    pytest.importorskip("numba")

    def f(x):
        n = len(x)
        small = np.zeros((n - 2, n - 2))
        whole = np.zeros((n, n))
        large = np.zeros((n + 2, n + 2))
        whole[1:-1, 1:-1] = small + x[1:-1]
        large[1:-1, 1:-1] = whole * x
        large[-1, -1] = x[0]
        return np.sum(large * large)

    x = np.arange(1.0, 9.0)
    got = ad.grad(f, backend="numba", parallel=True)(x)
    np.testing.assert_allclose(got, ad.grad(f)(x), rtol=1e-12)


def smoothed(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] * u[1:-1, 2:])
    return np.sum(np.sin(u))


def test_the_same_on_several_threads():
    pytest.importorskip("numba")
    u = np.random.default_rng(0).normal(size=(40, 50))
    d = ad.grad(smoothed, backend="numba", parallel=True)
    np.testing.assert_allclose(d(u, 3), ad.grad(smoothed)(u, 3), rtol=1e-12, atol=1e-13)
    assert "prange" in d.source
