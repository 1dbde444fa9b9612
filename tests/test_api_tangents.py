"""Tangents and adjoints that are handed in: their structures, and what is refused."""

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors


def product(x, w, b=1.5):
    """d/dx = w cos(x w), d/dw = x cos(x w), d/db = 1."""
    return np.sin(x * w) + b


def dw(x, w):
    return x * np.cos(x * w)


def cube(x):
    return x * x * x


# -- tangents and adjoints -------------------------------------------------------------------------


def scaled(x, n):
    return x * n


@pytest.mark.parametrize("n_dot", [0, None, 0.0], ids=["0", "None", "0.0"])
def test_integer_tangents_that_are_zero(n_dot):
    assert ad.jvp(scaled, (2.0, 3), (1.0, n_dot)) == (6.0, 3.0)


@pytest.mark.parametrize("n_dot", [1, 1.0, np.int64(2)])
def test_integer_tangents_that_are_not_zero(n_dot):
    with pytest.raises(errors.NotDifferentiable, match="'n'.*integer"):
        ad.jvp(scaled, (2.0, 3), (1.0, n_dot))


def test_integer_tangents_in_a_container():
    def f(p):
        return p["x"] * p["n"]

    assert ad.jvp(f, ({"x": 2.0, "n": 3},), ({"x": 1.0, "n": 0},)) == (6.0, 3.0)
    with pytest.raises(errors.NotDifferentiable, match="integer"):
        ad.jvp(f, ({"x": 2.0, "n": 3},), ({"x": 1.0, "n": 1},))


def test_none_as_a_float_tangent_is_zero():
    assert ad.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, None)) == (6.0, 3.0)
    value, dot = ad.jvp(lambda x, y: x * y, (np.ones(2), 3.0), (None, 1.0))
    np.testing.assert_array_equal(dot, [1.0, 1.0])


CLEAR = (ValueError, TypeError, errors.SourceadError)


@pytest.mark.parametrize(
    "primals, tangents",
    [
        ((2.0, 3.0), (1.0,)),
        ((2.0,), (1.0, 2.0)),
        ((np.ones(3),), (np.ones(4),)),
        ((np.ones(3),), (np.ones((1, 3)),)),
        (({"a": 1.0},), ({"b": 1.0},)),
        (({"a": 1.0},), (1.0,)),
        (([1.0, 2.0],), ([1.0],)),
        (((1.0, 2.0),), ([1.0, 2.0, 3.0],)),
        ((1.0,), ("text",)),
        ((1.0,), (np.ones(2),)),
    ],
    ids=[
        "fewer",
        "more",
        "length",
        "rank",
        "keys",
        "number_for_dict",
        "short",
        "long",
        "text",
        "array_for_number",
    ],
)
def test_tangents_of_a_wrong_structure(primals, tangents):
    def f(*args):
        a = args[0]
        a = a["a"] if isinstance(a, dict) else a
        a = a[0] * a[1] if isinstance(a, (tuple, list)) else a
        return np.sum(a * 2.0)

    with pytest.raises(CLEAR) as caught:
        ad.jvp(f, primals, tangents)
    assert str(caught.value).strip()


@pytest.mark.parametrize(
    "f, y_bar",
    [
        (lambda x: (x, x * x), 1.0),
        (lambda x: (x, x * x), (1.0,)),
        (lambda x: (x, x * x), (1.0, 2.0, 3.0)),
        (lambda x: {"a": x}, {"b": 1.0}),
        (lambda x: {"a": x}, {}),
        (lambda x: x * np.ones(3), np.ones(4)),
        (lambda x: x * np.ones(3), np.ones((1, 3))),
        (lambda x: x * x, "text"),
        (lambda x: x * x, np.ones(2)),
    ],
    ids=[
        "number_for_tuple",
        "short",
        "long",
        "keys",
        "empty",
        "length",
        "rank",
        "text",
        "array_for_number",
    ],
)
def test_adjoints_of_a_wrong_structure(f, y_bar):
    _, pullback = ad.vjp(f, 2.0)
    with pytest.raises(CLEAR) as caught:
        pullback(y_bar)
    assert str(caught.value).strip()


def test_none_as_an_adjoint_is_zero():
    assert ad.vjp(cube, 2.0)[1](None) == (0.0,)
    _, pullback = ad.vjp(lambda x, w: (x * w, {"a": 3.0 * x * np.ones(2)}), 2.0, 5.0)
    assert pullback((None, {"a": np.array([1, 2])})) == (9.0, 0.0)
    assert pullback((1, None)) == (5.0, 2.0)


def test_messages_name_the_place():
    def f(p):
        return {"sum": p["w"][0] * p["b"]}

    p = {"w": [np.ones(3)], "b": 2.0}
    value, pullback = ad.vjp(f, p)
    with pytest.raises(ValueError, match=r"tangent of argument 'p', at p\[\"w\"\]\[0\], .*\(3,\).*\(2,\)"):
        ad.jvp(f, (p,), ({"w": [np.ones(2)], "b": 1.0},))
    with pytest.raises(ValueError, match=r"adjoint of the result, .*\[\"sum\"\], .*\(3,\).*\(2,\)"):
        pullback({"sum": np.ones(2)})


def test_pullback_always_gives_a_tuple():
    assert ad.vjp(cube, 2.0)[1](1.0) == (12.0,)
    value, pullback = ad.vjp(scaled, 2.0, 3)
    assert pullback(1.0) == (3.0, None)


def test_argnums_of_vjp_and_jvp():
    _, pullback = ad.vjp(product, 0.7, 1.3, argnums=1)
    bars = pullback(1.0)
    assert len(bars) == 2 and bars[1] == pytest.approx(dw(0.7, 1.3), rel=1e-14)
    assert bars[0] is None


def test_exceptions_are_the_primals():
    def f(x):
        if x < 0.0:
            raise ValueError(f"negative: {x}")
        return x * x

    for d in (ad.grad(f), ad.value_and_grad(f), lambda x: ad.vjp(f, x), lambda x: ad.jvp(f, (x,), (1.0,))):
        with pytest.raises(ValueError, match="negative: -1.0"):
            d(-1.0)
    with pytest.raises(ZeroDivisionError):
        ad.value_and_grad(lambda x: 1.0 / x)(0.0)


def test_effects_happen_once(capsys):
    def f(x):
        print("x is", x)
        return x * x

    for call in (
        lambda: ad.value_and_grad(f)(2.0),
        lambda: ad.jvp(f, (2.0,), (1.0,)),
        lambda: ad.vjp(f, 2.0),
    ):
        call()
        assert capsys.readouterr().out == "x is 2.0\n"
    _, pullback = ad.vjp(f, 2.0)
    capsys.readouterr()
    pullback(1.0)
    assert capsys.readouterr().out == ""
