"""Array statements as loops: the pass keeps the meaning of the IR, and its text that of the function."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import sourcead as ad
from sourcead.compiler import compile_grad, compile_primal
from sourcead.frontend.equal import with_equal_lengths
from sourcead.frontend.lower import lower
from sourcead.frontend.trees import flatten, tree_of
from sourcead.ir.core import walk
from sourcead.ir.interpret import run
from sourcead.ir.rewrite import clone
from sourcead.ir.types import Array
from sourcead.ir.verify import verify
from sourcead.options import Options
from sourcead.passes.loops import array_loops
from sourcead.passes.pipeline import clean
from sourcead.rules.registry import resolve
from sourcead.specialised import compiling

V, M, C, S = (7,), (5, 6), (4, 3, 5), (6, 6)
CASES = []


def case(*shapes, dtype="float64", arrays=False, grad=True):
    """Register a function of arrays of these shapes; `arrays`: its gradient has statements on arrays that
    Numba lacks."""

    def add(f):
        CASES.append(pytest.param(f, shapes, dtype, arrays, grad, id=f.__name__))
        return f

    return add


# -- elementwise ----------------------------------------------------------------------------------------
@case(V, V)
def chain(x, y):
    return np.sum(np.sin(x) * y + 2.0 * x - y / (1.5 + x * x))


@case(M, V[:0] + (6,))
def row_broadcast(a, r):
    return np.sum((a + r) * (a - 2.0 * r))


@case(M, (5, 1))
def column_of_length_one(a, c):
    b = a * c
    return np.sum(b * b)


@case((1,), V)
def length_one(s, x):
    return np.sum(s * x)


@case((0,), (0,))
def empty(x, y):
    return np.sum(x * y) + 1.0


@case((0, 3))
def empty_rows(a):
    return np.sum(np.sum(a * a, axis=0))


@case(V)
def used_twice(x):
    t = np.exp(x) * x
    return np.sum(t * t) + np.sum(t)


@case(V)
def where_and_compare(x):
    y = np.where(x > 0.5, x * x, -x)
    return np.sum(np.where((x > 0.2) & (y < 0.9), y, 0.5 * y))


@case(V, V)
def extremes(x, y):
    return np.sum(np.maximum(x, y) * np.minimum(x, 0.5))


@case(V, V, dtype="float32")
def single(x, y):
    z = 0.1 * x + y * 3
    return np.sum(z * np.exp(-y) / 7)


@case(V, V, dtype="complex128", grad=False)
def complex_numbers(x, y):
    return np.sum(x * np.conj(y) + 2j)


@case(M)
def power_and_abs(a):
    return np.sum(np.abs(a - 0.5) ** 3 + np.sqrt(a + 1.0))


@case(V, M)
def outer_product(x, a):
    return np.sum(np.outer(x, x)) + np.sum(np.outer(a[0], x) * 2.0)


# -- views ----------------------------------------------------------------------------------------------
@case(V)
def slices(x):
    return np.sum((x[1:] - x[:-1]) ** 2 * x[:1])


@case((9,))
def steps(x):
    return np.sum(x[::2] * x[-1::-2] + 0.0) if False else np.sum(x[1:8:3] * x[2:9:3])


@case(V)
def backward(x):
    return np.sum(x[::-1] * np.arange(7.0)) + np.sum(x[::-2] * x[::2])


@case(M)
def transposed(a):
    b = a.T * 2.0
    return np.sum(b * a.T) + np.sum((a.T[1:] * 3.0) * b[:-1])


@case(M)
def new_axes(a):
    return np.sum(a[:, None, :] * a[None, :, :])


@case(C)
def permuted(c):
    return np.sum(np.transpose(c, (2, 0, 1)) * np.swapaxes(c, 0, 2).swapaxes(1, 2))


@case(M, V)
def rows(a, x):
    s = 0.0
    for i in range(a.shape[0]):
        s += np.sum(a[i] * x[:-1]) * np.sum(a[i, 1:4])
    return s


@case(V)
def negative_ends(x):
    return np.sum(x[-3:] * x[:3]) + np.sum(x[-5:-2] * x[1:-3])


@case(V)
def wide_ends(x):
    return np.sum(x[2:100] * 2.0) + np.sum(x[50:] * 3.0) + np.sum(x[:-50] * 5.0)


@case((2,))
def short_for_its_slices(x):
    y = np.zeros(2)
    y[1:-1] = x[1:-1] * 2.0
    return np.sum(y) + np.sum(x)


@case(M)
def moving_slices(a):
    s = 0.0
    for i in range(1, 5):
        s += np.sum(a[i, :i] * a[i - 1, 1 : i + 1])
        s += np.sum(a[i, i:] * 0.5)
    return s


# -- writes ---------------------------------------------------------------------------------------------
@case(V)
def write_a_slice(x):
    y = np.zeros(7)
    y[1:-1] = 0.5 * (x[:-2] + x[2:])
    y[0] = x[0]
    return np.sum(y * y)


@case(M)
def write_itself(a):
    a[1:] = a[1:] * a[1:] + 1.0
    a *= 2.0
    return np.sum(a)


@case(V)
def write_what_is_ahead(x):
    x[:-1] = x[1:] * 2.0
    return np.sum(x * np.arange(7.0))


@case(V)
def write_what_is_behind(x):
    x[1:] = x[:-1] * 2.0
    return np.sum(x * np.arange(7.0))


@case(V)
def write_reversed(x):
    x[:] = x[::-1] + x
    return np.sum(x * np.arange(7.0))


@case(M)
def write_between_rows(a):
    for k in range(1, 5):
        a[k, 1:] += 0.5 * a[k - 1, :-1] + a[k, :-1] * a[0, 1:]
    return np.sum(a * a)


@case(S)
def write_a_transpose(a):
    a[:, :] = a.T * 2.0 + a
    return np.sum(a * a * np.arange(6.0))


@case(V)
def read_before_write(x):
    t = x[1:] * 2.0
    x[1:] = 0.0
    x[:-1] += t
    return np.sum(x * x)


@case(M)
def columns(a):
    for j in range(1, 6):
        a[:, j] = a[:, j] + 0.5 * a[:, j - 1]
    return np.sum(a * a)


@case(V)
def two_buffers(x):
    y = np.zeros(7)
    for _ in range(3):
        y[1:-1] = x[:-2] + x[2:]
        x, y = y, x
    return np.sum(x * x)


@case(M)
def scalar_into_rows(a):
    s = 0.0
    for i in range(5):
        s += a[i, 0]
        a[i, 1:] = s
    return np.sum(a * a)


# -- stencils -------------------------------------------------------------------------------------------
@case(S, S)
def jacobi(a, b):
    for _ in range(3):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])
    return np.sum(a * a)


@case(V)
def heat(u):
    for _ in range(4):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


@case(S)
def seidel(a):
    for _ in range(2):
        for i in range(1, 5):
            a[i, 1:-1] += a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:] + a[i + 1, 1:-1]
            for j in range(1, 5):
                a[i, j] += a[i, j - 1]
                a[i, j] /= 9.0
    return np.sum(a * a)


@case(V)
def burgers(u):
    for _ in range(3):
        u[1:-1] = u[1:-1] - 0.1 * u[1:-1] * (u[1:-1] - u[:-2])
    return np.sum(u * u)


# -- sums and products ----------------------------------------------------------------------------------
@case(C)
def sums(c):
    return (
        np.sum(np.sum(c * c, axis=0) ** 2)
        + np.sum(np.sum(2.0 * c, axis=(0, 2)) ** 2)
        + np.sum(np.sum(c, axis=-1, keepdims=True) * c)
    )


@case(M)
def means(a):
    d = a - np.mean(a, axis=0)
    return np.sum(d * d) / np.mean(a) + np.sum(np.mean(a, axis=1, keepdims=True) * a)


@case(M)
def largest(a):
    return np.sum(np.max(a * a, axis=1)) + np.max(a + 1.0) + np.sum(np.min(a, axis=0, keepdims=True) * a)


@case(M)
def softmax(a):
    e = np.exp(a - np.max(a, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(p * p)


@case(M, dtype="float32", arrays=True)
def sums_of_singles(a):
    return np.sum(np.mean(a * a, axis=0)) + np.prod(a[0])


@case(V, V)
def finished_sums(x, y):
    z = x / np.sum(x * x)
    w = y - np.max(z * z)
    return np.sum(z * w) / np.sum(w * w)


@case(C, arrays=True)
def sums_of_indices(c):
    b = c * 1.0
    b.swapaxes(0, 2)[3] *= 2.0
    for i in range(2):
        for j in range(2):
            b[i + j, 1:, i] += c[j, :2, i + j] * c[i, 1:, j]
    return np.sum(b * b) + np.sum(b[::-1] * c)


@case(M, M, arrays=True)
def rows_of_unknown_sign(a, b):
    for k in np.array([0, -1, 2]):
        t = a[k] * b[k]
        a[k] = t + b[k - 1]
        a[k] *= a[k][::-1]
    return np.sum(a * b)


@case(V, arrays=True)
def replaced_in_a_list(x):
    rows = []
    for k in range(4):
        rows.append(x * x[0])
        rows.append(x * k)
        if k > 1:
            rows[k] = x * x[1]
    return np.sum(rows[-1] * rows[0]) + np.sum(rows[2] * x)


@case(S)
def cholesky(a):
    for i in range(6):
        a[i, i] += 6.0
    for i in range(6):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[j, :j])
            a[i, j] /= a[j, j]
        a[i, i] = np.sqrt(a[i, i] - np.dot(a[i, :i], a[i, :i]))
    return np.sum(a)


@case(S, (6,))
def parts_of_matrices(a, x):
    y = a[1:, 1:] @ x[1:]
    z = x[:-2] @ a[:4, 2:]
    return y @ x[:-1] + z @ z + (2.0 * x) @ x


@case(S, (6,))
def solve(a, x):
    for i in range(6):
        x[i] = (x[i] - a[i, :i] @ x[:i]) / (a[i, i] + 2.0)
    return np.sum(x * x)


@case(S, (6, 4))
def rank_one_updates(c, a):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= 1.2
        for k in range(a.shape[1]):
            c[i, : i + 1] += 1.5 * a[i, k] * a[: i + 1, k]
    return np.sum(c)


@case(V)
def recursion_from_both_ends(r):
    n = r.shape[0]
    y = np.zeros(n)
    alpha, beta = -r[0], 2.0
    y[0] = alpha
    for k in range(1, n):
        beta *= 2.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        y[:k] += alpha * y[:k][::-1]
        y[k] = alpha
    return np.sum(y)


# -- the tests ------------------------------------------------------------------------------------------
def arguments(f, shapes, dtype):
    rng = np.random.default_rng(len(f.__name__))
    out = [rng.random(s).astype(dtype) for s in shapes]
    if dtype == "complex128":
        out = [x + 1j * rng.random(x.shape) for x in out]
    return out


def copies(xs):
    return [x.copy() for x in xs]


def structures(f, values, equal):
    trees = [(n, tree_of(v)) for n, v in zip(inspect.signature(f).parameters, values)]
    return with_equal_lengths(trees, values) if equal else trees


def close(a, b, dtype):
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("equal", [False, True], ids=["lengths", "equal"])
@pytest.mark.parametrize(("f", "shapes", "dtype", "arrays", "grad"), CASES)
def test_the_pass_keeps_the_meaning_of_ir(f, shapes, dtype, arrays, grad, equal):
    values = arguments(f, shapes, dtype)
    trees = structures(f, values, equal)
    with compiling():
        before = clean(lower(f, trees).function)
        after = array_loops(clone(before))
    verify(after)
    flat = [x for v, (_, t) in zip(values, trees) for x in flatten(v, t)]
    want, got = (run(g, copies(flat), resolve) for g in (before, after))
    for a, b in zip(want, got, strict=True):
        close(b, a, dtype)


@pytest.mark.parametrize("equal", [False, True], ids=["lengths", "equal"])
@pytest.mark.parametrize(("f", "shapes", "dtype", "arrays", "grad"), CASES)
def test_the_text_says_what_the_function_says(f, shapes, dtype, arrays, grad, equal):
    values = arguments(f, shapes, dtype)
    with compiling():
        made = compile_primal(f, structures(f, values, equal), options=Options("loops"))
    close(made.entry(*values), f(*copies(values)), dtype)


def gradients(f, values, equal, backend):
    with compiling():
        made = compile_grad(
            f, structures(f, values, equal), tuple(range(len(values))), False, True, options=Options(backend)
        )
    return made.entry(*values)


@pytest.mark.parametrize("equal", [False, True], ids=["lengths", "equal"])
@pytest.mark.parametrize(("f", "shapes", "dtype", "arrays", "grad"), [c for c in CASES if c.values[-1]])
def test_gradients(f, shapes, dtype, arrays, grad, equal):
    values = arguments(f, shapes, dtype)
    value, bars = gradients(f, values, equal, "loops")
    want, expected = ad.value_and_grad(f, argnums=tuple(range(len(values))))(*copies(values))
    close(value, want, dtype)
    for a, b in zip(bars, expected, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        close(a, b, dtype)


@pytest.mark.parametrize(
    ("f", "shapes", "dtype", "arrays", "grad"), [c for c in CASES if c.values[-1] and not c.values[-2]]
)
def test_gradients_under_numba(f, shapes, dtype, arrays, grad):
    pytest.importorskip("numba")
    values = arguments(f, shapes, dtype)
    value, bars = gradients(f, values, True, "numba")
    want, expected = ad.value_and_grad(f, argnums=tuple(range(len(values))))(*copies(values))
    close(value, want, dtype)
    for a, b in zip(bars, expected, strict=True):
        assert a.dtype == b.dtype
        close(a, b, dtype)


def arrays_of(f, values, mode=compile_primal):
    """The kinds of the ops that still work on whole arrays."""
    with compiling():
        function = clean(lower(f, structures(f, values, True)).function)
        array_loops(function)
    elements = {"getitem", "store", "index_add", "builtins.len", "numpy.size", "numpy.empty", "for"}
    return {
        op.kind for op in walk(function.body) if any(isinstance(v.type, Array) for v in op.inputs)
    } - elements


@pytest.mark.parametrize("f", [chain, jacobi, seidel, heat, softmax, cholesky, write_itself, transposed])
def test_no_statement_on_arrays_is_left(f):
    (shapes,) = (c.values[1] for c in CASES if c.values[0] is f)
    assert arrays_of(f, arguments(f, shapes, "float64")) == set()


def test_a_chain_is_one_loop_without_temporaries():
    def f(x, y):
        return np.sum((x + y) * np.exp(-x) / (1.0 + y * y))

    values = [np.ones(3), np.ones(3)]
    with compiling():
        text = compile_primal(f, structures(f, values, True), options=Options("loops")).text
    assert text.count("for ") == 1
    assert "empty" not in text


def test_a_difference_in_length_raises():
    def f(x, y):
        return np.sum(x * y)

    with compiling():
        made = compile_primal(f, structures(f, [np.ones(3), np.ones(4)], False), options=Options("loops"))
    with pytest.raises(ValueError, match="broadcast"):
        made.entry(np.ones(3), np.ones(4))


def test_arguments_of_other_lengths_are_refused_by_what_was_made_for_equal_ones():
    def f(x, y):
        y[1:-1] = x[1:-1]
        return np.sum(y)

    with compiling():
        made = compile_primal(f, structures(f, [np.ones(3), np.ones(3)], True), options=Options("loops"))
    with pytest.raises(ValueError, match="broadcast"):
        made.entry(np.ones(3), np.ones(9))


def text_of_gradient(f, values):
    with compiling():
        return compile_grad(
            f, structures(f, values, True), tuple(range(len(values))), False, True, options=Options("loops")
        ).text


def test_adjoints_that_are_put_back_stay_and_no_array_is_made():
    text = text_of_gradient(rank_one_updates, [np.ones(S), np.ones((6, 4))])
    reverse = text[text.index("# reverse") :]
    assert "_tape" not in text and "unbroadcast" not in text and "same_length(n, i" not in text
    assert "np.empty" not in text and reverse.count("for i1 in") == 3


def test_quotients_are_read_where_they_were_stored():
    assert "_tape" not in text_of_gradient(solve, [np.ones(S), np.ones(6)])
    assert "_tape" not in text_of_gradient(cholesky, [np.ones(S)])


def test_what_is_popped_has_the_length_of_what_was_pushed():
    text = text_of_gradient(recursion_from_both_ends, [np.ones(7)])
    reverse = text[text.index("# reverse") :]
    assert "len(t" not in reverse and "zeros_like(r[" not in reverse
