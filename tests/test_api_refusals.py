"""What the public functions refuse, and with which words."""

import collections

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors

BOTH_MODES = pytest.mark.parametrize("make", [ad.grad, ad.value_and_grad])
Point = collections.namedtuple("Point", "x y")


def cube(x):
    return x * x * x


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "p, path",
    [
        ({"a": [1.0, 3]}, r'p\["a"\]\[1\]'),
        ({"a": [1.0, 3.0], "k": Point(1.0, 2)}, r'p\["k"\]\.y'),
        ({"a": [1.0, 3.0], "n": np.arange(3)}, r'p\["n"\]'),
    ],
)
def test_an_integer_leaf_is_named_with_its_path(p, path):
    with pytest.raises(errors.NotDifferentiable, match=path):
        ad.grad(lambda p: p["a"][0] * p["a"][1])(p)


def test_an_integer_argument_is_refused_by_name():
    with pytest.raises(errors.NotDifferentiable, match="'n'.*integer"):
        ad.grad(lambda x, n: x * n, argnums=1)(1.0, 3)
    with pytest.raises(errors.NotDifferentiable, match="'x'"):
        ad.grad(lambda x: x * x)(np.arange(3))


@pytest.mark.parametrize(
    "f, x, words",
    [
        (lambda x: x * x, np.ones(3), "one real number.*float64"),
        (lambda x: (x, x), 1.0, "one real number.*tuple"),
        (lambda x: [x], 1.0, "one real number.*list"),
        (lambda x: None, 1.0, "one real number.*None"),
        (lambda x: x * 1j, 1.0, "complex"),
        (lambda x: int(x), 1.5, "int"),
        (lambda x: x > 0.0, 1.5, "bool"),
    ],
    ids=["array", "tuple", "list", "none", "complex", "int", "bool"],
)
@BOTH_MODES
def test_results_that_are_no_real_number(f, x, words, make):
    with pytest.raises(errors.NotDifferentiable, match=words):
        make(f)(x)


class Odd(np.ndarray):
    pass


@pytest.mark.parametrize(
    "x",
    [
        np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        np.ones(2).view(Odd),
        np.array([1.0, 2.0], dtype=object),
        np.array(["a", "b"]),
        "text",
        {1.0, 2.0},
        object(),
        np.array([(1.0, 2.0)], dtype=[("a", "f8"), ("b", "f8")]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
    ],
    ids=["masked", "subclass", "object", "text_array", "text", "set", "object()", "structured", "datetime"],
)
def test_arguments_that_are_no_numbers(x):
    with pytest.raises(errors.SourceadError) as caught:
        ad.grad(lambda a: np.sum(a * a))(x)
    assert "Traceback" not in str(caught.value) and len(str(caught.value)) < 1000


def test_a_masked_array_is_refused_in_every_mode():
    x = np.ma.masked_array([1.0, 2.0], mask=[True, False])
    with pytest.raises(errors.SourceadError):
        ad.vjp(lambda a: a * 2.0, x)
    with pytest.raises(errors.SourceadError):
        ad.jvp(lambda a: a * 2.0, (x,), (x,))


def test_a_function_without_source():
    with pytest.raises((errors.SourceadError, TypeError)):
        ad.grad(len)(1.0)


def test_unknown_backend():
    with pytest.raises(ValueError, match="fortran"):
        ad.grad(cube, backend="fortran")
