"""Adjoints of stencils that gather: the same gradients at every size, and texts with the fewest passes."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import sourcead as ad
from sourcead.compiler import compile_grad, compile_primal
from sourcead.frontend.equal import with_equal_lengths
from sourcead.frontend.trees import tree_of
from sourcead.options import Options
from sourcead.specialised import compiling

CASES = []


def case(*shapes, sizes=(1, 2, 3, 4, 5, 8)):
    """Register a program; `shapes` are functions of the size."""

    def add(f):
        CASES.extend(pytest.param(f, shapes, n, id=f"{f.__name__}-{n}") for n in sizes)
        return f

    return add


def line(n):
    return (n,)


def square(n):
    return n, n


def wide(n):
    return n, n + 3


def cube(n):
    return n, n, n


@case(line, line)
def three_points(a, b):
    for _ in range(3):
        b[1:-1] = 0.3 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = b[:-2] * b[1:-1] + 0.5 * b[2:]
    return np.sum(a * b)


@case(wide, wide)
def five_points(a, b):
    for _ in range(2):
        b[1:-1, 1:-1] = a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - a[2:, 1:-1] - 2.0 * a[:-2, 1:-1]
        a[1:-1, 1:-1] = np.sin(b[1:-1, 1:-1]) + b[:-2, 2:] + b[2:, :-2]
    return np.sum(a * a) + np.sum(b)


@case(cube, cube, sizes=(1, 2, 3, 5))
def seven_points(a, b):
    for _ in range(2):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
        )
        a += 0.1 * b
    return np.sum(a * b)


@case(line, line, line)
def coefficients(a, c, k):
    for _ in range(2):
        a[1:-1] = c[1:-1] * a[:-2] + k[:-2] * a[1:-1] - k[2:] * a[2:] * c[1:-1]
    return np.sum(a * a)


@case(line, line)
def far_and_uneven(a, b):
    for _ in range(2):
        b[3:] += a[3:] + a[:-3] - a[1:-2]
        b[:-1] += a[1:] * a[:-1]
        b[1:] -= 0.5 * a[:-1] + a[1:]
    return np.sum(b * b)


@case(line)
def every_target_is_new(a):
    b = np.zeros(len(a))
    for _ in range(3):
        c = a.copy()
        b[1:-1] = c[2:] - c[:-2]
        a[1:-1] = b[2:] + c[1:-1] * b[:-2]
    return np.sum(a * b)


@case(square)
def rows_in_order(a):
    for i in range(1, a.shape[0] - 1):
        a[i, 1:-1] = (
            a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:] + a[i + 1, :-2] + a[i + 1, 2:]
        ) / 7.0
    return np.sum(a * a)


@case(square, square)
def columns_and_rows(u, v):
    n = u.shape[0]
    for j in range(1, n - 1):
        v[1:-1, j] = 0.5 * u[j, :-2] + u[j, 1:-1] * 2.0 - 0.5 * u[j, 2:]
    for j in range(1, n - 1):
        u[1:-1, j] += v[j, :-2] * v[j, 2:]
    return np.sum(u * v)


@case(square)
def triangles(a):
    s = 0.0
    for i in range(1, a.shape[0]):
        r = a[i, :i] * 2.0
        r[1:] += a[i, : i - 1] - a[i - 1, 1:i]
        r[1:] *= a[i, : i - 1] + 3.0 * a[i, 1:i]
        s += np.sum(r)
    return s


@case(line, line)
def turns(a, b):
    for t in range(4):
        if t % 2 == 0:
            b[1:-1] = a[2:] + a[:-2] + a[1:-1]
        else:
            a[1:-1] = 0.5 * b[2:] - b[:-2]
    return np.sum(a * b)


@case(line, line)
def read_between(a, b):
    c = np.zeros(len(a))
    for _ in range(2):
        c[1:-1] = a[2:] + a[:-2] - 3.0 * a[1:-1]
        b[1:-1] *= c[2:] * c[:-2]
        a[1:-1] = b[2:] - b[:-2] + c[1:-1] * b[1:-1]
    return np.sum(a * c) + np.sum(b)


@case(wide)
def rolled(a):
    for _ in range(2):
        a[:, 1:] += (np.roll(a, 1, axis=0) + np.roll(a, -1, axis=1) - 2.0 * a)[:, 1:]
    return np.sum(a**2)


@case(line)
def backward(a):
    b = a[::-1].copy()
    for _ in range(2):
        b[1:-1] = b[2:][::-1] + b[:-2] - a[1:-1] * b[1:-1] + a[2:] - 2.0 * a[:-2][::-1]
    return np.sum(b * b)


@case(wide)
def with_edges(p):
    for _ in range(2):
        q = p.copy()
        p[1:-1, 1:-1] = (q[1:-1, 2:] + q[1:-1, :-2]) * 0.7 + (q[2:, 1:-1] + q[:-2, 1:-1]) * 0.3
        p[:, -1] = p[:, 0]
        p[0, :] = 2.0 * p[-1, :]
    return np.sum(p * p)


def arguments(shapes, n, dtype="float64"):
    rng = np.random.default_rng(n)
    return [(rng.random(s(n)) + 0.5).astype(dtype) for s in shapes]


def compiled(f, values, backend="loops", equal=True, second=False):
    trees = [(k, tree_of(v)) for k, v in zip(inspect.signature(f).parameters, values)]
    wrt = tuple(k for k, v in enumerate(values) if isinstance(v, np.ndarray))
    if equal:
        trees = with_equal_lengths(trees, values)
    with compiling():
        return compile_grad(f, trees, wrt, False, True, options=Options(backend))


def copies(values):
    return [v.copy() if isinstance(v, np.ndarray) else v for v in values]


def assert_same(f, values, backend="loops", equal=True, tolerance=1e-11):
    value, bars = compiled(f, values, backend, equal).entry(*copies(values))
    wrt = tuple(k for k, v in enumerate(values) if isinstance(v, np.ndarray))
    want, expected = ad.value_and_grad(f, argnums=wrt)(*copies(values))
    np.testing.assert_allclose(value, want, rtol=tolerance)
    for a, b in zip(bars, expected, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    return bars


@pytest.mark.parametrize("equal", [False, True], ids=["lengths", "equal"])
@pytest.mark.parametrize(("f", "shapes", "n"), CASES)
def test_gradients(f, shapes, n, equal):
    try:
        f(*arguments(shapes, n))
    except (ValueError, IndexError):
        pytest.skip("NumPy refuses the program at this size")
    assert_same(f, arguments(shapes, n), equal=equal)


@pytest.mark.parametrize("f", [three_points, five_points, rows_in_order, coefficients, turns, with_edges])
def test_gradients_are_differences(f):
    shapes = next(c.values[1] for c in CASES if c.values[0] is f)
    values = arguments(shapes, 5)
    _, bars = compiled(f, values).entry(*copies(values))
    rng = np.random.default_rng(3)
    along = [rng.normal(size=v.shape) for v in values]
    eps = 1e-6
    up, down = (f(*(v + s * eps * d for v, d in zip(values, along))) for s in (1, -1))
    slope = sum(np.sum(b * d) for b, d in zip(bars, along))
    np.testing.assert_allclose(slope, (up - down) / (2 * eps), rtol=1e-6)


@pytest.mark.parametrize("f", [f for f in dict.fromkeys(c.values[0] for c in CASES)])
def test_gradients_under_numba(f):
    pytest.importorskip("numba")
    shapes = next(c.values[1] for c in CASES if c.values[0] is f)
    made = compiled(f, arguments(shapes, 5), "numba")
    for n in (3, 5, 7):
        values = arguments(shapes, n)
        _, bars = made.entry(*copies(values))
        expected = ad.grad(f, argnums=tuple(range(len(values))))(*copies(values))
        for a, b in zip(bars, expected if isinstance(expected, tuple) else (expected,), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_other_dtypes(dtype):
    def f(a, b):
        for _ in range(2):
            b[1:-1] = 0.25 * a[:-2] + 0.5 * a[1:-1] + 0.25 * a[2:]
            a[1:-1] = b[:-2] - b[2:]
        return np.sum((a * b).real)

    assert_same(f, arguments((line, line), 6, dtype), tolerance=1e-5 if dtype == "float32" else 1e-11)


def test_shifts_that_only_the_run_can_tell():
    def f(a, b, s: int):
        for _ in range(2):
            b[s:-s] = a[2 * s :] + a[: -2 * s] - 2.0 * a[s:-s]
            a[s:-s] = b[s:-s] * b[2 * s :]
        return np.sum(a * b)

    for s in (1, 2, 3):
        assert_same(f, [*arguments((line, line), 9), s])


def test_infinite_coefficients_make_no_zero_nan():
    def f(a, b, c):
        for _ in range(1):
            b[1:-1] = c[1:-1] * a[2:] + c[1:-1] * a[:-2] + c[0] * a[1:-1]
        return np.sum(b)

    values = arguments((line, line, line), 7)
    for k in (0, 3):
        values[2][:] = 1.0
        values[2][k] = np.inf
        with np.errstate(invalid="ignore"):
            bars = assert_same(f, values)
        assert not np.isnan(bars[0]).any()


def test_second_derivatives():
    def f(a):
        b = np.zeros(len(a))
        for _ in range(2):
            b[1:-1] = a[2:] * a[:-2] + a[1:-1]
            a[1:-1] = b[2:] - b[:-2] * a[1:-1]
        return np.sum(a * b)

    def slope(a):
        return np.sum(ad.grad(f)(a) * np.cos(a))

    (a,) = arguments((line,), 7)
    _, (bar,) = compiled(slope, [a]).entry(a.copy())
    np.testing.assert_allclose(bar, ad.grad(slope)(a.copy()), rtol=1e-11)
    eps = 1e-6
    for k in range(7):
        d = np.eye(7)[k] * eps
        np.testing.assert_allclose(bar[k], (slope(a + d) - slope(a - d)) / (2 * eps), rtol=1e-5, atol=1e-7)


# -- texts ----------------------------------------------------------------------------------------------
def reverse_of(f, shapes):
    text = compiled(f, arguments(shapes, 6)).text
    return text[text.index("# reverse") :]


def test_a_stencil_is_gathered_from_one_buffer_that_is_allocated_once():
    def f(a, b):
        for _ in range(3):
            b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
            a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])
        return np.sum(a)

    text = reverse_of(f, (square, square))
    steps = text[text.index("for _ in range(3):\n        for i") :]
    assert text.count("padded = np.zeros(") == 1 and "padded1" not in text and "np.empty" not in text
    assert "np." not in steps
    assert steps.count("for i in") == 4 and steps.count("for j in") == 4


def test_equal_terms_share_a_buffer_up_to_a_literal():
    text = reverse_of(seven_points, (cube, cube))
    assert "padded" in text and "padded1" not in text


def test_terms_to_one_place_are_added_up_before_they_are_stored():
    def f(a, c, d, e, g):
        b = np.zeros(len(a))
        for _ in range(2):
            b[1:-1] = (c[1:-1] + d[1:-1]) * a[2:] + e[1:-1] * a[2:] + g[1:-1] * a[:-2] + d[1:-1] * a[:-2]
        return np.sum(b * b)

    text = reverse_of(f, (line,) * 5)
    assert "padded1" in text and "padded2" not in text


def test_rows_that_are_written_in_order_keep_their_buffer():
    text = reverse_of(rows_in_order, (square,))
    before, loop = text.split("padded = np.zeros(")
    assert "padded[" in loop and "np.zeros" not in loop
    assert before.splitlines()[-1] == "    "  # in no loop


def test_boxes_that_change_with_a_loop_have_buffers_of_their_own():
    text = reverse_of(triangles, (square,))
    assert "padded" not in text[: text.index("for i in")]


def test_what_only_fills_zeros_is_stored():
    def f(a):
        for _ in range(2):
            c = a.copy()
            a[1:-1] = 0.5 * (c[2:] + c[1:-1] + c[:-2])
        return np.sum(a)

    text = reverse_of(f, (line,))
    assert "c_bar" not in text


def test_loops_keep_few_enough_arrays_for_vectors():
    def f(a, b, c, d, e, g, h, k, m, o, p, q, r, s):
        n = len(a)
        for x, y in ((a, b), (c, d), (e, g), (h, k), (m, o), (p, q), (r, s)):
            x[1 : n - 1] += x[1 : n - 1] * y[1 : n - 1]
            y[1 : n - 1] *= a[1 : n - 1]
        return np.sum(a * b * c * d * e * g * h * k * m * o * p * q * r * s)

    values = arguments((line,) * 14, 6)
    trees = with_equal_lengths([(k, tree_of(v)) for k, v in zip("abcdeghkmopqrs", values)], values)
    with compiling():
        made = compile_primal(f, trees, options=Options("loops"))
    assert made.text.count("for i in") == 3  # two, and the sum
    np.testing.assert_allclose(made.entry(*copies(values)), f(*copies(values)), rtol=1e-12)


def test_loops_over_hulls_and_boxes_run_in_parallel():
    pytest.importorskip("numba")

    def f(a, b):
        for _ in range(3):
            b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
            a[1:-1, 1:-1] = b[1:-1, 1:-1] - b[1:-1, :-2] + b[2:, 1:-1]
        return np.sum(a)

    a, b = arguments((square, square), 9)
    derivative = ad.grad(f, argnums=(0, 1), backend="numba", parallel=True)
    got = derivative(a.copy(), b.copy())
    for x, y in zip(got, ad.grad(f, argnums=(0, 1))(a.copy(), b.copy()), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-15)
    steps = derivative.source[derivative.source.index("# reverse") :]
    assert steps.count("for i in prange(") == 4


def test_scratch_stays_in_a_loop_that_may_run_in_parallel():
    pytest.importorskip("numba")

    def f(x):
        y = np.zeros(x.shape)
        for one in range(x.shape[0] - 1, -1, -1):
            y[one, 1:-1] = x[one, 2:] + x[one, :-2] - 2.0 * x[one, 1:-1]
        return np.sum(y * y)

    (x,) = arguments((cube,), 7)
    for parallel in (False, True):
        derivative = ad.grad(f, backend="numba", parallel=parallel)
        np.testing.assert_allclose(derivative(x.copy()), ad.grad(f)(x.copy()), rtol=1e-12)
        before, _ = derivative.source.split("padded = np.zeros(")
        loops = [line for line in before.splitlines() if line.strip().startswith("for one in")]
        assert len(loops) == 1 + parallel and ("prange" in loops[-1]) == parallel


def added_at_places_that_repeat(y, t):
    i = np.array([0, 0, 1])
    y = y * 1.0
    for k in range(2):
        y[i] = 0.5 * k
        np.add.at(y, i, t)
        y[[1, 2]] = y[[1, 2]] * t[0]
    return np.sum(y**2)


def test_an_index_array_is_no_place():
    """What is stored at places that repeat is not what an addition at each of them finds."""
    y, t = np.ones(3), np.array([0.3, 0.2, 0.1])
    made = ad.grad(added_at_places_that_repeat, (0, 1))
    made.options = Options("loops")
    for got, want in zip(made(y, t), ad.grad(added_at_places_that_repeat, (0, 1))(y, t), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13)
