"""Derivatives that the user gives, and derivatives that stop."""

import math
import sys
import types

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors, extend
from sourcead.rules import registry


@ad.custom_jvp
def triple(x):
    """x * x, whose derivative is said to be 3 x: nobody but the rule can know."""
    return x * x


@triple.defjvp
def triple_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return triple(x), 3.0 * x * x_dot


@ad.custom_jvp
def mixed(x, y):
    return x * y


@mixed.defjvp
def mixed_jvp(primals, tangents):
    x, y = primals
    x_dot, y_dot = tangents
    return x * y, 10.0 * y * x_dot + 100.0 * x * y_dot


@ad.custom_vjp
def clipped(x):
    return x * x


def clipped_fwd(x):
    return clipped(x), (x,)


def clipped_bwd(residuals, y_bar):
    (x,) = residuals
    return (np.clip(y_bar * 2.0 * x, -1.0, 1.0),)


clipped.defvjp(clipped_fwd, clipped_bwd)


@ad.custom_vjp
def scaled(x, w):
    return x * w


scaled.defvjp(lambda x, w: (x * w, (x, w)), lambda r, g: (5.0 * r[1] * g, 7.0 * r[0] * g))


@ad.custom_jvp
def bare(x):
    return x


@ad.custom_vjp
def bare_back(x):
    return x


# -- called as they are ----------------------------------------------------------------------------


def test_they_are_the_function_itself():
    assert triple(3.0) == 9.0 and mixed(2.0, 3.0) == 6.0 and clipped(3.0) == 9.0
    assert triple.__name__ == "triple" and "derivative" in triple.__doc__


# -- custom_jvp ------------------------------------------------------------------------------------


def test_jvp_rule_in_both_modes():
    assert ad.jvp(lambda x: triple(x), (2.0,), (1.0,)) == (4.0, 6.0)
    assert ad.value_and_grad(lambda x: triple(x))(2.0) == (4.0, 6.0)
    assert ad.vjp(lambda x: triple(x), 2.0)[1](2.0) == (12.0,)


def test_differentiated_directly():
    assert ad.grad(triple)(2.0) == 6.0
    assert ad.jvp(triple, (2.0,), (1.0,)) == (4.0, 6.0)
    assert ad.grad(clipped)(0.25) == 0.5


def test_jvp_rule_of_two_arguments():
    assert ad.grad(lambda x, y: mixed(x, y), (0, 1))(2.0, 3.0) == (30.0, 200.0)
    assert ad.grad(lambda x: mixed(x, 3.0))(2.0) == 30.0
    assert ad.grad(lambda y: mixed(2.0, y))(3.0) == 200.0
    assert ad.grad(lambda x: mixed(x, x))(2.0) == 220.0
    assert ad.jvp(lambda x, y: mixed(x, y), (2.0, 3.0), (0.0, 1.0)) == (6.0, 200.0)
    assert ad.jvp(lambda x: mixed(x, x), (2.0,), (1.0,)) == (4.0, 220.0)


def test_jvp_rule_in_a_chain():
    """d/dx sin(triple(x^2)) = cos(x^4) 3 x^2 2 x."""
    want = math.cos(1.2**4) * 3 * 1.2**2 * 2 * 1.2
    f = lambda x: math.sin(triple(x * x))
    assert ad.grad(f)(1.2) == pytest.approx(want, rel=1e-14)
    assert ad.jvp(f, (1.2,), (1.0,))[1] == pytest.approx(want, rel=1e-14)


def test_jvp_rule_in_a_loop():
    """y <- triple(y), n times: y_dot <- 3 y y_dot."""

    def f(x, n):
        for _ in range(n):
            x = triple(x)
        return x

    x, dot = 1.1, 1.0
    for _ in range(4):
        x, dot = x * x, 3.0 * x * dot
    assert ad.value_and_grad(f)(1.1, 4)[0] == x
    assert ad.value_and_grad(f)(1.1, 4)[1] == pytest.approx(dot, rel=1e-14)
    assert ad.jvp(f, (1.1, 4), (1.0, 0))[1] == pytest.approx(dot, rel=1e-14)
    assert ad.grad(f)(1.1, 0) == 1.0


def test_jvp_rule_in_a_branch():
    def f(x):
        return triple(x) if x > 1.0 else x * x

    assert [ad.grad(f)(v) for v in (2.0, 0.5)] == [6.0, 1.0]
    assert [ad.jvp(f, (v,), (1.0,))[1] for v in (2.0, 0.5)] == [6.0, 1.0]


def test_jvp_rule_on_arrays():
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(triple(x)))(x), 3 * x)
    np.testing.assert_array_equal(ad.jvp(lambda x: triple(x), (x,), (np.ones(3),))[1], 3 * x)
    np.testing.assert_array_equal(
        ad.grad(lambda x: np.sum(triple(x)[1:] * x[:-1]))(x), [4.0, 9.0 + 6.0, 18.0]
    )


def test_jvp_rule_with_broadcasting():
    x, s = np.array([1.0, 2.0, 3.0]), 2.0
    gx, gs = ad.grad(lambda x, s: np.sum(mixed(x, s)), (0, 1))(x, s)
    np.testing.assert_array_equal(gx, [20.0, 20.0, 20.0])
    assert gs == 600.0


def test_jvp_rule_at_second_order():
    """The rule itself is differentiated: d/dx 3 x = 3."""
    f = lambda x: triple(x)
    assert ad.grad(ad.grad(f))(2.0) == 3.0
    assert ad.jvp(ad.grad(f), (2.0,), (1.0,)) == (6.0, 3.0)
    assert ad.grad(lambda x: ad.jvp(f, (x,), (1.0,))[1])(2.0) == 3.0


def test_jvp_rule_with_a_loop_and_a_branch_inside():
    @ad.custom_jvp
    def g(x):
        return x * 1.0

    @g.defjvp
    def g_jvp(primals, tangents):
        (x,), (d,) = primals, tangents
        for k in range(3):
            d = d * x if k != 1 else d * 2.0
        if x > 10.0:
            d = d * 0.0
        return g(x), d

    assert ad.jvp(lambda x: g(x), (3.0,), (1.0,))[1] == 18.0
    assert ad.grad(lambda x: g(x))(3.0) == 18.0
    assert ad.grad(lambda x: g(x))(11.0) == 0.0


# -- custom_vjp ------------------------------------------------------------------------------------


def test_vjp_rule():
    f = lambda x: clipped(x)
    assert [ad.grad(f)(v) for v in (0.25, 2.0, -2.0)] == [0.5, 1.0, -1.0]
    assert ad.vjp(f, 0.25)[1](1.0) == (0.5,)
    assert ad.value_and_grad(f)(2.0) == (4.0, 1.0)


def test_vjp_rule_of_two_arguments():
    assert ad.grad(lambda x, w: scaled(x, w), (0, 1))(2.0, 3.0) == (15.0, 14.0)
    assert ad.grad(lambda x: scaled(x, x))(2.0) == 24.0
    assert ad.grad(lambda x: scaled(x, 3.0))(2.0) == 15.0


def test_vjp_rule_in_a_loop():
    def f(x, n):
        for _ in range(n):
            x = scaled(x, 2.0)
        return x

    value, gradient = ad.value_and_grad(f)(1.5, 3)
    assert value == 12.0 and gradient == 1000.0

    def g(x, n):
        for _ in range(n):
            x = scaled(x, x)
        return x

    value, gradient = ad.value_and_grad(g)(1.1, 3)
    want, y = 1.0, 1.1
    for _ in range(3):
        want, y = want * 12.0 * y, y * y
    assert value == y and gradient == pytest.approx(want, rel=1e-13)


def test_vjp_rule_in_a_branch():
    def f(x):
        if x > 1.0:
            y = clipped(x)
        else:
            y = x * 3.0
        return y * 2.0

    assert [ad.grad(f)(v) for v in (2.0, 0.5)] == [1.0, 6.0]


def test_vjp_rule_on_arrays():
    x = np.array([0.1, 0.4, 3.0])
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(clipped(x)))(x), [0.2, 0.8, 1.0])


def test_vjp_rule_has_no_forward_mode():
    with pytest.raises(errors.Unsupported, match="custom_vjp.*no pushforward"):
        ad.jvp(lambda x: clipped(x), (1.0,), (1.0,))


def test_inactive_calls_need_no_rule_of_the_mode():
    assert ad.jvp(lambda x, y: x * clipped(y), (2.0, 3.0), (1.0, 0.0), argnums=0) == (18.0, 9.0)


def test_a_missing_rule():
    with pytest.raises(TypeError, match="bare.*defjvp"):
        ad.grad(lambda x: bare(x))(1.0)
    with pytest.raises(TypeError, match="bare_back.*defvjp"):
        ad.grad(lambda x: bare_back(x))(1.0)


def test_what_they_do_not_take():
    with pytest.raises(errors.Unsupported, match="positional"):
        ad.grad(lambda x: triple(x=x))(1.0)
    with pytest.raises(errors.Unsupported, match="numbers and arrays"):
        ad.grad(lambda x: mixed((x, x), x)[0])(1.0)


def test_a_result_of_an_effect_happens_once(capsys):
    @ad.custom_jvp
    def loud(x):
        print("called")
        return x * x

    @loud.defjvp
    def loud_jvp(primals, tangents):
        (x,), (d,) = primals, tangents
        return x * x, 4.0 * x * d

    value, gradient = ad.value_and_grad(lambda x: loud(x))(3.0)
    assert (value, gradient) == (9.0, 12.0)
    assert capsys.readouterr().out == "called\n"


# -- stop_gradient ---------------------------------------------------------------------------------


def test_stop_gradient():
    assert ad.stop_gradient(3.0) == 3.0
    f = lambda x: x * ad.stop_gradient(x * x)
    assert ad.value_and_grad(f)(3.0) == (27.0, 9.0)
    assert ad.jvp(f, (3.0,), (1.0,)) == (27.0, 9.0)
    assert ad.vjp(f, 3.0)[1](1.0) == (9.0,)
    assert ad.grad(lambda x: ad.stop_gradient(x))(3.0) == 0.0


def test_stop_gradient_in_a_loop_and_a_branch():
    def f(x, n):
        y = x
        for k in range(n):
            y = y * (ad.stop_gradient(x) if k % 2 else x)
        return y

    # n = 3: x * x * s * x, so 3 x^2 s
    assert ad.grad(f)(2.0, 3) == 24.0
    assert ad.jvp(f, (2.0, 3), (1.0, 0)) == (16.0, 24.0)


def test_stop_gradient_of_arrays_and_containers():
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(x * ad.stop_gradient(x)[::-1]))(x), x[::-1])

    def f(x):
        p = ad.stop_gradient({"a": x, "b": [x * x]})
        return x * p["a"] + p["b"][0]

    assert ad.value_and_grad(f)(3.0) == (18.0, 3.0)


def test_stop_gradient_at_second_order():
    f = lambda x: x * x * ad.stop_gradient(x)  # 2 x s; then 2 s
    assert ad.grad(ad.grad(f))(3.0) == 6.0
    assert ad.jvp(ad.grad(f), (3.0,), (1.0,))[1] == 6.0


def test_straight_through_estimator():
    f = lambda x: np.sum((x + ad.stop_gradient(np.round(x) - x)) ** 2)
    x = np.array([0.3, 1.7])
    value, gradient = ad.value_and_grad(f)(x)
    assert value == 4.0
    np.testing.assert_array_equal(gradient, [0.0, 4.0])


# -- extend ----------------------------------------------------------------------------------------


@pytest.fixture
def library():
    """A module with functions that the compiler cannot look into, entered into the book for one test."""
    lib = types.ModuleType("a_library_of_the_user")
    lib.softsign = lambda x: x / (1.0 + abs(x))
    lib.cube = lambda x: x**3
    lib.apply = lambda a, b: a @ b
    lib.steps = lambda x: np.floor(x)
    sys.modules[lib.__name__] = lib
    before = {
        k: dict(v) if isinstance(v, dict) else v
        for k, v in (("BOOK", registry.BOOK), ("ALIASES", registry.ALIASES), ("METHODS", registry.METHODS))
    }
    extend.forget_objects()
    yield lib
    for k, v in before.items():
        current = getattr(registry, k)
        for key in [key for key in current if key not in v]:
            del current[key]
    del sys.modules[lib.__name__]
    extend.forget_objects()


NAME = "a_library_of_the_user"


def check(f, df, x, d2f=None):
    value, gradient = ad.value_and_grad(f)(x)
    assert value == f(x)
    assert gradient == pytest.approx(df(x), rel=1e-13)
    assert ad.jvp(f, (x,), (2.0,))[1] == pytest.approx(2 * df(x), rel=1e-13)
    if d2f is not None:
        assert ad.grad(ad.grad(f))(x) == pytest.approx(d2f(x), rel=1e-13)


def test_a_primitive_with_scaled(library):
    extend.primitive(f"{NAME}.softsign", "x", extend.elementwise(f"{NAME}.softsign"))
    extend.scaled(f"{NAME}.softsign", lambda g, x, y: g / (1.0 + abs(x)) ** 2)
    extend.forget_objects()
    check(lambda x: library.softsign(x * 2.0), lambda x: 2 / (1 + abs(2 * x)) ** 2, 0.7)
    x = np.array([-1.0, 0.5])
    got = ad.grad(lambda x: np.sum(library.softsign(x)))(x)
    np.testing.assert_allclose(got, 1 / (1 + abs(x)) ** 2, rtol=1e-14)


def test_a_primitive_with_partials(library):
    extend.primitive(f"{NAME}.cube", "x", extend.elementwise(f"{NAME}.cube"))
    extend.partials(f"{NAME}.cube", lambda x, y: 3.0 * x * x)
    extend.forget_objects()
    check(lambda x: library.cube(x) + x, lambda x: 3 * x * x + 1, 0.7, lambda x: 6 * x)


def test_a_primitive_with_jvp_and_vjp(library):
    extend.primitive(f"{NAME}.apply", "a b", lambda types, attrs: types[1])
    extend.jvp(f"{NAME}.apply", 0)(lambda a, b, y, a_dot: a_dot @ b)
    extend.jvp(f"{NAME}.apply", 1)(lambda a, b, y, b_dot: a @ b_dot)
    extend.vjp(f"{NAME}.apply", 0)(lambda a, b, y, y_bar: np.outer(y_bar, b))
    extend.vjp(f"{NAME}.apply", 1)(lambda a, b, y, y_bar: a.T @ y_bar)
    extend.forget_objects()
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)
    f = lambda a, b: np.sum(library.apply(a, b) * c)
    ga, gb = ad.grad(f, (0, 1))(a, b)
    np.testing.assert_allclose(ga, np.outer(c, b), rtol=1e-13)
    np.testing.assert_allclose(gb, a.T @ c, rtol=1e-13)
    _, dot = ad.jvp(f, (a, b), (np.eye(3), np.zeros(3)))
    assert dot == pytest.approx(c @ b, rel=1e-13)


def test_a_constant_primitive(library):
    extend.primitive(f"{NAME}.steps", "x", extend.elementwise(f"{NAME}.steps"))
    extend.constant(f"{NAME}.steps")
    extend.forget_objects()
    assert ad.grad(lambda x: x * library.steps(x))(2.5) == 2.0


def test_a_primitive_without_a_rule_is_refused(library):
    extend.primitive(f"{NAME}.cube", "x", extend.elementwise(f"{NAME}.cube"))
    extend.forget_objects()
    for d in (
        lambda: ad.grad(lambda x: library.cube(x))(2.0),
        lambda: ad.jvp(lambda x: library.cube(x), (2.0,), (1.0,)),
    ):
        with pytest.raises(errors.Unsupported, match="cube.*no rule"):
            d()
