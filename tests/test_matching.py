"""Tangents and adjoints that are handed in: what goes through, as what, and what is refused how."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

from sourcead.errors import NotDifferentiable
from sourcead.frontend.trees import Fixed, Leaf, Node, flatten, tree_of
from sourcead.ir.types import PY_FLOAT, List
from sourcead.matching import matched, rebuilt

Point = namedtuple("Point", "x y")
Other = namedtuple("Other", "x y")


@dataclass(frozen=True)
class Layer:
    w: object
    name: str = "first"

    def __post_init__(self):
        if self.w is None:
            raise ValueError("no weights")


def leaves(x, like):
    return matched(x, like, tree_of(like), "tangent of argument 'p'", "p")


def same(a, b):
    return type(a) is type(b) and (
        not isinstance(a, np.ndarray) or (a.dtype == b.dtype and a.shape == b.shape)
    )


F32 = np.float32
V, V32, M = np.array([1.0, 2.0, 3.0]), np.ones(3, F32), np.ones((2, 3))
ONE = np.array(1.5)

GOES = {
    "float": (2.0, 3.0, [2.0]),
    "int_for_float": (2, 3.0, [2.0]),
    "int_of_any_size": (10**30, 3.0, [1e30]),
    "numpy_scalar_for_float": (np.float64(2.0), 3.0, [2.0]),
    "rank_0_for_float": (np.array(2.0), 3.0, [2.0]),
    "int_for_complex": (2, 3j, [2 + 0j]),
    "complex": (1 + 2j, 3j, [1 + 2j]),
    "float_for_numpy": (2.0, F32(3.0), [F32(2.0)]),
    "float64_for_float32": (np.float64(0.1), F32(3.0), [F32(0.1)]),
    "none": (None, 3.0, [0.0]),
    "none_for_numpy": (None, F32(3.0), [F32(0.0)]),
    "none_for_complex": (None, 3j, [0j]),
    "array": (V, V, [V]),
    "ints_for_floats": (np.arange(3), V, [np.arange(3.0)]),
    "booleans_for_floats": (V > 1.5, V, [np.array([0.0, 1.0, 1.0])]),
    "float64_array_for_float32": (V, V32, [V.astype(F32)]),
    "reals_for_complex": (V, V + 0j, [V + 0j]),
    "columns": (np.asfortranarray(M), M, [M]),
    "none_for_array": (None, V32, [np.zeros(3, F32)]),
    "zero_for_array": (0, M, [np.zeros((2, 3))]),
    "numpy_zero_for_array": (np.float64(0.0), V, [np.zeros(3)]),
    "rank_0": (ONE, ONE, [ONE]),
    "number_for_rank_0": (2, ONE, [np.array(2.0)]),
    "empty": (np.zeros(0), np.zeros(0), [np.zeros(0)]),
    "integer": (0, 3, [None]),
    "integer_none": (None, 3, [None]),
    "integer_array": (np.zeros(3), np.arange(3), [None]),
    "boolean_array": (0.0, V > 1.5, [None]),
    "numpy_integer": (0.0, np.int32(3), [None]),
    "flag": (False, True, []),
    "text": ("tanh", "tanh", []),
    "text_none": (None, "tanh", []),
    "function": (None, np.sin, []),
    "nothing": (None, None, []),
    "tuple": ((1, 2.0), (3.0, 4.0), [1.0, 2.0]),
    "nested": ({"a": [1, (None, V)]}, {"a": [0.5, (3.0, V32)]}, [1.0, 0.0, V.astype(F32)]),
    "keys_in_another_order": ({"b": 2.0, "a": 1.0}, {"a": 0.5, "b": 0.5}, [1.0, 2.0]),
    "none_for_all": (None, {"a": [1.0, 3], "b": V32}, [0.0, None, np.zeros(3, F32)]),
    "zero_for_a_part": ([0, 1.0], [(1.0, 2.0), 3.0], [0.0, 0.0, 1.0]),
    "namedtuple": (Point(1, None), Point(2.0, 3.0), [1.0, 0.0]),
    "dataclass": (Layer(2.0, "first"), Layer(1.0), [2.0]),
    "dataclass_with_another_flag": (Layer(2.0, None), Layer(1.0), [2.0]),
    "empty_containers": (([], {}, ()), ([], {}, ()), []),
}


@pytest.mark.parametrize("name", GOES)
def test_what_goes_through(name):
    x, like, want = GOES[name]
    got = leaves(x, like)
    assert len(got) == len(want) == len(flatten(like, tree_of(like)))
    for a, b in zip(got, want):
        assert same(a, b), (a, b)
        np.testing.assert_array_equal(a, b)


WRONG = {
    "length": (np.ones(4), V, ValueError, "'p' must be an array of shape (3,), not an array of shape (4,)"),
    "rank": (np.ones((1, 3)), V, ValueError, "not an array of shape (1, 3)"),
    "rank_0_for_array": (ONE, V, ValueError, "not an array of shape ()"),
    "number_for_array": (2.0, V, ValueError, "must be an array of shape (3,), not 2.0"),
    "list_for_array": ([1.0] * 3, V, ValueError, "an array of shape (3,), not a list of length 3"),
    "array_for_number": (V, 1.0, ValueError, "must be a number, not an array of shape (3,)"),
    "tuple_for_number": ((1.0,), 1.0, ValueError, "must be a number, not a tuple of length 1"),
    "text_for_number": ("1.0", 1.0, TypeError, "must be a number, not the text '1.0'"),
    "text_for_array": ("1.0", V, TypeError, "must be an array of shape (3,), not the text '1.0'"),
    "function_for_number": (len, 1.0, TypeError, "must be a number, not a builtin_function"),
    "objects": (np.array([1.0, None, 2.0]), V, TypeError, "not an array of dtype object"),
    "texts": (np.array(["a", "b", "c"]), V, TypeError, "not an array of dtype <U1"),
    "masked": (np.ma.array(V), V, TypeError, "not a MaskedArray of shape (3,)"),
    "complex_for_real": (1j, 1.0, TypeError, "'p' must be real"),
    "complex_array_for_real": (V + 1j, V, TypeError, "'p' must be real"),
    "integer": (1, 3, NotDifferentiable, "'p' must be zero, not 1: it belongs to an integer"),
    "integer_float": (np.float64(1.0), np.int64(3), NotDifferentiable, "must be zero, not np.float64(1.0)"),
    "integers": (V, np.arange(3), NotDifferentiable, "it belongs to an integer array"),
    "integers_shape": (np.zeros(2), np.arange(3), ValueError, "(3,), not an array of shape (2,)"),
    "integer_text": ("1", 3, TypeError, "must be a number, not the text '1'"),
    "flag": (True, True, NotDifferentiable, "it belongs to a boolean"),
    "booleans": (V > 1.5, V > 1.5, NotDifferentiable, "it belongs to a boolean array"),
    "nothing": (1.0, None, TypeError, "must be None, not 1.0: it belongs to None"),
    "another_text": ("relu", "tanh", TypeError, "must be None, not the text 'relu'"),
    "number_for_dict": (1.0, {"a": 1.0}, ValueError, "must be a dict with the keys 'a', not 1.0"),
    "text_for_dict": ("a", {"a": 1.0}, TypeError, "must be a dict with the keys 'a', not the text 'a'"),
    "keys": ({"b": 1.0}, {"a": 1.0}, ValueError, "it lacks 'a' and has 'b'"),
    "key_too_many": ({"a": 1.0, "b": 1.0}, {"a": 1.0}, ValueError, "with the keys 'a'; it has 'b'"),
    "no_key": ({}, {"a": 1.0}, ValueError, "it lacks 'a'"),
    "key_for_none": ({"a": 1.0}, {}, ValueError, "must be an empty dict; it has 'a'"),
    "list_for_tuple": ([1.0, 2.0], (1.0, 2.0), ValueError, "a tuple of length 2, not a list of length 2"),
    "array_for_list": (V, [1.0, 2.0, 3.0], ValueError, "a list of length 3, not an array of shape (3,)"),
    "short": ((1.0,), (1.0, 2.0), ValueError, "must be a tuple of length 2, not a tuple of length 1"),
    "long": ([1.0] * 3, [1.0, 2.0], ValueError, "must be a list of length 2, not a list of length 3"),
    "class": (Other(1.0, 2.0), Point(1.0, 2.0), ValueError, "must be a Point, not a Other"),
    "tuple_for_namedtuple": ((1.0, 2.0), Point(1.0, 2.0), ValueError, "a Point, not a tuple of length 2"),
    "namedtuple_for_tuple": (Point(1.0, 2.0), (1.0, 2.0), ValueError, "a tuple of length 2, not a Point"),
    "dict_for_dataclass": ({"w": 1.0}, Layer(1.0), ValueError, "a Layer, not a dict with the keys 'w'"),
    "path": ({"w": [V, 1.0]}, {"w": [M, 1.0]}, ValueError, "'p', at p[\"w\"][0], must be an array"),
    "path_of_integer": ({"n": [1.0, 1]}, {"n": [1.0, 3]}, NotDifferentiable, "at p[\"n\"][1], must be zero"),
    "path_of_field": (Layer((1.0, V)), Layer((1.0, 2.0)), ValueError, "at p.w[1], must be a number"),
    "path_of_part": ((Point(1.0, (1.0,)),), (Point(1.0, 2.0),), ValueError, "at p[0].y, must be a number"),
    "path_of_flag": ({"go": True}, {"go": True}, NotDifferentiable, "at p[\"go\"], must be zero"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(name):
    x, like, kind, text = WRONG[name]
    with pytest.raises(kind) as caught:
        leaves(x, like)
    message = str(caught.value).splitlines()[0]
    assert message.startswith("tangent of argument 'p'")
    assert text in message


def test_an_array_that_fits_is_not_copied():
    assert leaves(V, V + 1.0)[0] is V


def test_what_is_given_stays_as_it_is():
    given = {"a": V.copy(), "b": [1, None]}
    leaves(given, {"a": V32, "b": [1.0, 2.0]})
    np.testing.assert_array_equal(given["a"], V)
    assert given["b"] == [1, None]


def test_the_sign_of_a_zero_is_kept():
    (zero,) = leaves(-0.0, 1.0)
    assert np.signbit(zero)


def growing():
    """The tree of a result that is a list whose length shows only at run time: one leaf."""
    return Leaf(List(PY_FLOAT))


def test_a_list_of_any_length_is_one_leaf():
    like, what = [1.0, 2.0, 3.0], "adjoint of the result"
    assert matched([1, None, 2.0], like, growing(), what) == [[1.0, 0.0, 2.0]]
    assert matched(None, like, growing(), what) == [[0.0, 0.0, 0.0]]
    assert matched([], [], growing(), what) == [[]]
    with pytest.raises(ValueError, match="must be a list of length 3, not a list of length 2"):
        matched([1.0, 2.0], like, growing(), what)
    with pytest.raises(ValueError, match=r"at result\[1\], must be a number"):
        matched([1.0, V, 2.0], like, growing(), what, "result")


def test_constants_of_a_result_take_an_adjoint_that_is_dropped():
    tree = Node("tuple", tuple, (), (Leaf(PY_FLOAT), Fixed(3.0)))
    assert matched((1.0, 2.0), (5.0, 3.0), tree, "adjoint of the result") == [1.0]
    with pytest.raises(ValueError, match=r"at \[1\], must be a number"):
        matched((1.0, V), (5.0, 3.0), tree, "adjoint of the result")


@pytest.mark.parametrize(
    "like",
    [2.0, V, (1.0, [2.0, 3.0]), {"a": Point(1.0, (2.0,))}, [], Layer([1.0, 2.0])],
    ids=["number", "array", "lists", "namedtuple", "empty", "dataclass"],
)
def test_rebuilt_is_the_way_back(like):
    tree = tree_of(like)
    got = rebuilt(iter(flatten(like, tree)), tree)
    assert type(got) is type(like)
    assert all(a is b for a, b in zip(flatten(got, tree), flatten(like, tree), strict=True))


def test_rebuilt_dataclasses_do_not_check_themselves():
    tree = tree_of(Layer(3))
    made = rebuilt(iter([None]), tree)
    assert type(made) is Layer and made.w is None and made.name is None
