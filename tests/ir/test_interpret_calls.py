"""The interpreter of the IR on what is more than a call of a function on its operands."""

import numpy as np
import pytest

from sourcead.ir.core import FALSE, TRUE, Constant, Function, Op, Region, Value
from sourcead.ir.interpret import run
from sourcead.ir.types import PY_FLOAT, PY_INT, List, Opaque
from sourcead.ir.verify import IRError, verify
from sourcead.rules.registry import resolve

TEXT = Opaque("str")


def function(kind, inputs, types, attrs=None, params=()):
    op = Op(kind, inputs, types, attrs or {})
    f = Function("f", Region(list(params)))
    f.body.ops.append(op)
    f.body.yields = list(op.results)
    return f


def of_floats(kind, n, t=PY_FLOAT, **attrs):
    xs = [Value(PY_FLOAT, f"x{k}") for k in range(n)]
    f = function(kind, xs, [t], attrs, xs)
    verify(f)
    return f


def results(f, *args):
    return run(f, args, resolve)


@pytest.mark.parametrize(
    "spec, want",
    [
        ([(0, -1, "")], "1.5"),
        (["a ", (1, -1, ".2f"), " b ", (0, 114, ">5"), "."], "a 2.00 b   1.5."),
        (None, "1.5"),
    ],
    ids=["alone", "formats", "percent"],
)
def test_text(spec, want):
    f = of_floats("python.format", 2, TEXT, _spec=spec, _parts=2)
    if spec is None:
        f.body.ops[0].inputs = [Constant("%.1f"), f.params[0]]
    assert results(f, 1.5, 2.0) == [want]


def test_percent_of_several():
    f = of_floats("python.format", 2, TEXT, _spec=None, _parts=3)
    f.body.ops[0].inputs.insert(0, Constant("%g and %g"))
    assert results(f, 1.5, 2.0) == ["1.5 and 2"]


def test_print(capsys):
    xs = [Value(PY_FLOAT), Value(PY_FLOAT)]
    f = function("python.print", [Constant("x"), *xs], [], {"sep": ", ", "end": "!"}, xs)
    f.body.yields = [xs[0]]
    verify(f)
    assert results(f, 1.5, 2.0) == [1.5]
    assert capsys.readouterr().out == "x, 1.5, 2.0!"


def test_assert():
    x = Value(PY_FLOAT)
    for condition, parts in ((TRUE, [Constant("no")]), (FALSE, []), (FALSE, [Constant("no")])):
        f = function("assert", [condition, *parts], [], params=[x])
        f.body.yields = [x]
        verify(f)
        if condition is TRUE:
            assert results(f, 1.0) == [1.0]
            continue
        with pytest.raises(AssertionError) as caught:
            results(f, 1.0)
        assert caught.value.args == tuple(p.value for p in parts)


def test_raise_with_operands():
    x = Value(PY_FLOAT)
    f = function("raise", [Constant("x is"), x], [], {"exception": KeyError}, [x])
    verify(f)
    with pytest.raises(KeyError) as caught:
        results(f, 2.0)
    assert caught.value.args == ("x is", 2.0)


@pytest.mark.parametrize("bounds", [(0, 5, 2), (5, 0, -2), (3, 3, 1), (0, -4, 1)])
def test_length_of_a_range(bounds):
    params = [Value(PY_INT) for _ in range(3)]
    f = function("python.range_length", params, [PY_INT], {}, params)
    verify(f)
    assert results(f, *bounds) == [len(range(*bounds))]


def test_keywords_that_lead_the_operands():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    f = of_floats("numpy.einsum", 2, _variadic=2, subscripts="ij,j->i", optimize=True)
    np.testing.assert_array_equal(results(f, a, b)[0], a @ b)


def test_operands_that_are_the_positional_arguments():
    f = of_floats("numpy.meshgrid", 2, _variadic=2, indexing="ij")
    f.body.ops[0].results.append(Value(PY_FLOAT, None, f.body.ops[0]))
    f.body.yields = list(f.body.ops[0].results)
    for got, want in zip(
        results(f, np.arange(2.0), np.arange(3.0)), np.meshgrid(np.arange(2.0), np.arange(3.0), indexing="ij")
    ):
        np.testing.assert_array_equal(got, want)


def test_arrays_of_nested_numbers():
    f = of_floats("numpy.array", 4, _variadic=4, _tree=[(0, 3), [2, 1]], dtype=np.float32)
    (got,) = results(f, 1.0, 2.0, 3.0, 4.0)
    assert got.dtype == np.float32 and got.tolist() == [[1.0, 4.0], [3.0, 2.0]]


def test_an_array_of_a_list_of_any_length():
    items = Value(List(PY_FLOAT))
    f = function("numpy.array", [items], [PY_FLOAT], {"_variadic": None}, [items])
    verify(f)
    assert results(f, [1.0, 2.0])[0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "kind, n, results_of, text",
    [
        ("assert", 0, [], "an assert takes a condition"),
        ("assert", 3, [], "an assert takes a condition"),
        ("assert", 1, [PY_FLOAT], "1 results where 0 are needed"),
        ("python.range_length", 2, [PY_INT], "2 inputs where 3 are needed"),
        ("python.format", 1, [], "0 results where 1 are needed"),
    ],
)
def test_the_verifier_counts(kind, n, results_of, text):
    with pytest.raises(IRError, match=text):
        verify(function(kind, [Constant(1.0)] * n, results_of))


def test_the_verifier_counts_items():
    with pytest.raises(IRError, match="more sequence items than inputs"):
        verify(function("numpy.array", [Constant(1.0)], [PY_FLOAT], {"_variadic": 2}))
