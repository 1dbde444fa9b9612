"""Finite differences, types written as text, and the checks: truth has to be right before it can judge."""

from __future__ import annotations

import dataclasses
import math
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sourcead.differences import leaves, numerical_jvp, rebuild
from sourcead.testing import Comparison, check_grads, compare_gradient
from sourcead.typetext import (
    TypeSpec,
    TypeTextError,
    example,
    example_point,
    fitting_point,
    parse_type,
    parse_types,
    points,
    signature_of,
)

Pair = namedtuple("Pair", "left right")


@dataclasses.dataclass(frozen=True)
class Model:
    w: np.ndarray
    bias: float
    steps: int = 2


# --- containers -------------------------------------------------------------------------------------------


def nested():
    return {"a": [1.0, Pair(np.ones(2), (3,))], "m": Model(np.zeros((2, 2)), 0.5)}


def test_leaves_are_named_by_the_text_that_selects_them():
    tree = nested()
    paths = [p for p, _ in leaves(tree)]
    assert paths == ["['a'][0]", "['a'][1].left", "['a'][1].right[0]", "['m'].w", "['m'].bias", "['m'].steps"]
    for path, leaf in leaves(tree):
        assert eval("tree" + path) is leaf


def test_rebuild_makes_the_same_structure_with_other_leaves():
    new = rebuild(nested(), iter(range(6)))
    assert new == {"a": [0, Pair(1, (2,))], "m": Model(3, 4, 5)}
    assert type(new["a"][1]) is Pair


# --- differences ------------------------------------------------------------------------------------------

CLOSED_FORMS = [
    (np.sin, np.cos, 0.7),
    (np.exp, np.exp, 3.0),
    (math.log, lambda x: 1.0 / x, 0.01),  # math.log raises at the larger steps
    (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e-2),  # nan at the larger steps
    (lambda x: x**5, lambda x: 5.0 * x**4, -2.0),
    (lambda x: abs(x) * x, lambda x: 2.0 * abs(x), 0.03),  # a kink of the second derivative nearby
    (lambda x: max(x, 1.0), lambda x: 0.0, 0.95),  # a kink nearby
    (lambda x: 7.0, lambda x: 0.0, 1.0),
]


@pytest.mark.parametrize("f, derivative, x", CLOSED_FORMS)
def test_differences_are_right_and_know_their_error(f, derivative, x):
    y_dot, error = numerical_jvp(f, (x,), (1.0,))
    true = derivative(x)
    assert abs(y_dot[0] - true) <= error[0] + 1e-15
    assert error[0] <= 1e-8 * max(1.0, abs(true))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=5), st.floats(-2.0, 2.0))
def test_differences_of_polynomials(coefficients, x):
    f = np.polynomial.Polynomial(coefficients)
    y_dot, error = numerical_jvp(lambda v: float(f(v)), (x,), (1.0,))
    assert abs(y_dot[0] - f.deriv()(x)) <= 1e-9 * (1.0 + sum(map(abs, coefficients)) * 2.0**5)


def test_differences_say_where_they_know_nothing():
    step = lambda x: 1.0 if x > 0.5 else 0.0
    _, error = numerical_jvp(step, (0.5,), (1.0,))
    assert error[0] > 1.0


def test_differences_of_containers_and_integers():
    def f(p, n):
        return {"v": p["a"] * n, "w": [p["b"] @ p["b"], n]}

    args = ({"a": 2.0, "b": np.array([1.0, 3.0])}, 4)
    y_dot, _ = numerical_jvp(f, args, ({"a": 1.0, "b": np.array([0.0, 0.5])}, 0))
    assert np.allclose(y_dot, [4.0, 3.0])


def test_differences_of_complex_and_narrow_numbers():
    z = 1.0 + 2.0j
    y_dot, _ = numerical_jvp(lambda z: z * z, (z,), (1j,))
    assert np.allclose(y_dot, [2.0 * z * 1j])
    x = np.array([0.5, 1.5], np.float32)
    seen = []
    y_dot, error = numerical_jvp(lambda x: (seen.append(x.dtype), np.sin(x))[1], (x,), (np.ones_like(x),))
    assert set(seen) == {np.dtype("float32")}
    assert np.allclose(y_dot, np.cos(x), atol=1e-3) and np.all(error < 1e-3)


def test_differences_leave_the_arguments_alone():
    def f(x):
        x *= 2.0
        return x.sum()

    x = np.ones(3)
    assert np.allclose(numerical_jvp(f, (x,), (np.ones(3),))[0], 6.0)
    assert np.array_equal(x, np.ones(3))


# --- types ------------------------------------------------------------------------------------------------


def test_types_as_text():
    specs = parse_types(
        "x: float, A: float[:, :], n: int, w: float32[:], s: np.float32, B: float[n, 3], c: complex"
    )
    assert list(specs) == ["x", "A", "n", "w", "s", "B", "c"]
    assert [s.dtype for s in specs.values()] == [
        "float64", "float64", "int64", "float32", "float32", "float64", "complex128"
    ]  # fmt: skip
    assert [s.ndim for s in specs.values()] == [0, 2, 0, 1, 0, 2, 0]
    assert specs["s"].numpy and not specs["x"].numpy
    assert [str(s) for s in specs.values()] == [
        "float", "float[:, :]", "int", "float32[:]", "float32", "float[n, 3]", "complex"
    ]  # fmt: skip
    assert parse_types("") == {}


@pytest.mark.parametrize(
    "text, part",
    [
        ("x", "'x' has no type"),
        ("x: flot", "'flot'"),
        ("x: float[1:2]", "'1:2'"),
        ("x: str", "'str'"),
        ("x float", "cannot read"),
        ("x: float = 1.0", "default"),
        ("*x: float", "without *"),
        ("x: float): pass\ndef g(", "cannot read"),
    ],
)
def test_types_that_cannot_be_read_are_refused_by_name(text, part):
    with pytest.raises(TypeTextError, match=None) as e:
        parse_types(text)
    assert part in str(e.value)


@pytest.mark.parametrize(
    "text", ["float", "int", "bool", "complex", "float32[:]", "int8[:, :]", "np.float32"]
)
def test_an_example_is_of_its_type(text):
    spec = parse_type(text)
    value = example(spec, np.random.default_rng(0))
    assert np.ndim(value) == spec.ndim
    if spec.ndim or spec.numpy:
        assert value.dtype == spec.dtype
        assert isinstance(value, np.ndarray) == bool(spec.ndim)
    else:
        assert type(value).__name__ == text


def test_axes_differ_unless_they_share_a_name():
    [(A, x, B)] = [example_point(parse_types("A: float[n, m], x: float[m], B: float[:, 7]"))]
    assert A.shape[1] == x.shape[0] and A.shape[0] not in (1, A.shape[1])
    assert B.shape[1] == 7 and B.shape[0] not in A.shape


def test_points_go_from_all_different_to_all_equal_and_are_the_same_each_time():
    specs = parse_types("A: float[:, :], x: float[:]")
    shapes = [tuple(a.shape for a in p) for p in points(specs)]
    assert shapes[0] == ((3, 4), (5,)) and shapes[-1] == ((3, 3), (3,))
    assert len(shapes) == len(set(shapes)) == 5
    for p, q in zip(points(specs), points(specs)):
        assert all(map(np.array_equal, p, q))


def test_a_fitting_point_has_only_the_equal_lengths_that_the_function_needs():
    A, x = fitting_point(lambda A, x: A @ x, parse_types("A: float[:, :], x: float[:]"))
    assert A.shape[1] == len(x) != A.shape[0]
    A, B = fitting_point(lambda A, B: np.linalg.inv(A) @ B, parse_types("A: float[:, :], B: float[:, :]"))
    assert A.shape[0] == A.shape[1] == B.shape[0] != B.shape[1]
    with pytest.raises(ZeroDivisionError):
        fitting_point(lambda x: 1 // 0, parse_types("x: float"))


def annotated(x: float, A: float[:, :], v: np.ndarray, u: NDArray[np.float32], n: int = 3):
    return x * A * v * u[0, 1] ** n


def used(A, x, n, h):
    for i in range(n):
        x[i] += h * A[i, 0]
    return x


def test_types_of_a_signature():
    s = signature_of(annotated)
    assert list(s.specs) == ["x", "A", "v", "u"]
    assert [str(t) for t in s.specs.values()] == ["float", "float[:, :]", "float[:]", "float32[:, :]"]
    assert len(s.assumed) == 2  # annotations of v and u do not say how many axes there are
    assert list(signature_of(annotated, needed=("n",)).specs) == ["x", "A", "v", "u", "n"]
    assert signature_of(annotated, "x: float32[:]").specs["x"] == TypeSpec("float32", (None,))


def test_types_are_assumed_from_use_and_said():
    s = signature_of(used)
    assert {k: str(t) for k, t in s.specs.items()} == {
        "A": "float[:, :]", "x": "float[:]", "n": "int", "h": "float"
    }  # fmt: skip
    assert len(s.assumed) == 4 and s.assumed[0].startswith("A is an array")
    given = signature_of(used, "A: float[:, :], x: float[:], n: int, h: float")
    assert given.specs == s.specs and given.assumed == ()


@pytest.mark.parametrize("f, text", [(used, "z: float"), (lambda *, k: k, None), (lambda x: x, "x: nothing")])
def test_signatures_that_cannot_be_typed(f, text):
    with pytest.raises(TypeTextError):
        signature_of(f, text)


# --- checks -----------------------------------------------------------------------------------------------


def test_a_comparison_knows_nan_and_inf():
    assert Comparison("", np.inf, np.inf, 0.0).ok and Comparison("", np.nan, np.nan, 0.0).ok
    assert not Comparison("", np.nan, 1.0, 1.0).ok and not Comparison("", np.inf, -np.inf, 1.0).ok


def test_compare_gradient_finds_the_one_wrong_element():
    f = lambda A, x: float(np.sum(np.tanh(A @ x)))
    A, x = np.arange(6.0).reshape(2, 3) / 5.0, np.array([0.3, -0.2, 0.5])
    A_bar = np.outer(1.0 - np.tanh(A @ x) ** 2, x)
    assert all(c.ok for c in compare_gradient(f, (A, x), (A_bar,), (0,))["A"])
    A_bar[1, 2] *= 1.0 + 1e-4
    wrong = [c for c in compare_gradient(f, (A, x), (A_bar,), (0,))["A"] if not c.ok]
    assert [c.where for c in wrong] == ["A[1, 2]"]


def test_compare_gradient_follows_the_convention_for_complex_numbers():
    f = lambda z: z.real**2 + 3.0 * z.imag  # dL/dx - i dL/dy
    z = 0.5 + 0.25j
    assert all(c.ok for c in compare_gradient(f, (z,), (1.0 - 3.0j,), (0,))["z"])
    assert not all(c.ok for c in compare_gradient(f, (z,), (1.0 + 3.0j,), (0,))["z"])


def test_compare_gradient_of_a_large_array_sees_one_wrong_element():
    x = np.linspace(0.0, 1.0, 200)
    x_bar = np.cos(x)
    f = lambda x: float(np.sum(np.sin(x)))
    assert all(c.ok for c in compare_gradient(f, (x,), (x_bar,), (0,))["x"])
    x_bar[150] += 0.01
    assert not all(c.ok for c in compare_gradient(f, (x,), (x_bar,), (0,))["x"])


def smooth(x, p):
    return {"s": np.sin(x) * p[0], "t": (x @ p[1], p[0] ** 3)}


POINT = (np.array([0.4, 1.2]), [0.7, np.array([0.1, -0.6])])


@pytest.mark.parametrize("modes", [("fwd", "rev"), ("fwd",), ("rev",)])
def test_check_grads_passes_what_is_right(modes):
    check_grads(smooth, POINT, order=2, modes=modes)


def test_check_grads_of_narrow_complex_and_integer_arguments():
    check_grads(lambda x, n: np.sum(x**2) * n, (np.array([0.5, 1.5], np.float32), 3), order=1)
    check_grads(lambda z: z * z * z, (0.5 + 0.25j,), order=1)


def scaled(which, factor):
    """`jvp` or `vjp` of the api with every float it gives multiplied: a wrong compiler."""
    import sourcead.api as api

    right = getattr(api, which)

    def times(tree):
        return rebuild(
            tree, (v * factor if isinstance(v, float | np.ndarray) else v for _, v in leaves(tree))
        )

    if which == "jvp":
        return lambda f, x, t: (lambda y, d: (y, times(d)))(*right(f, x, t))
    return lambda f, *x: (lambda y, pb: (y, lambda y_bar: times(pb(y_bar))))(*right(f, *x))


@pytest.mark.parametrize("which, mode", [("jvp", "fwd"), ("vjp", "rev"), ("vjp", "both")])
def test_check_grads_reports_what_is_wrong(monkeypatch, which, mode):
    monkeypatch.setattr(f"sourcead.api.{which}", scaled(which, 1.0 + 1e-4))
    with pytest.raises(AssertionError) as e:
        check_grads(smooth, POINT, order=1, modes=("fwd", "rev") if mode == "both" else (mode,))
    report = str(e.value)
    assert "derivatives of smooth are wrong" in report
    assert "p[1]" in report and "expected" in report and "allowed" in report
    assert ("forward, output['s'][0]" in report) == (which == "jvp")


def test_check_grads_refuses_what_cannot_be_checked():
    with pytest.raises(ValueError, match="nothing to differentiate"):
        check_grads(lambda n: n, (3,))
    with pytest.raises(ValueError, match="argnums"):
        check_grads(lambda x: x, (3.0,), argnums="z")
    with pytest.raises(ValueError, match="modes"):
        check_grads(lambda x: x, (3.0,), modes=("forward",))
