"""Derivatives inside of differentiated functions: orders and mixes of modes against closed forms."""

import math

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors

X = [0.3, 1.1, -0.7]


def f(x):
    return math.sin(x) * x * x


def f1(x):
    return math.cos(x) * x * x + 2 * x * math.sin(x)


def f2(x):
    return (2 - x * x) * math.sin(x) + 4 * x * math.cos(x)


def f3(x):
    return (6 - x * x) * math.cos(x) - 6 * x * math.sin(x)


def grad_inside(x):
    return ad.grad(f)(x)


def jvp_inside(x):
    return ad.jvp(f, (x,), (1.0,))[1]


def vjp_inside(x):
    _, pullback = ad.vjp(f, x)
    return pullback(1.0)[0]


def value_and_grad_inside(x):
    value, slope = ad.value_and_grad(f)(x)
    return slope + 0.0 * value


INSIDE = [grad_inside, jvp_inside, vjp_inside, value_and_grad_inside]


def by_grad(g):
    return ad.grad(g)


def by_jvp(g):
    return lambda x: ad.jvp(g, (x,), (1.0,))[1]


def by_vjp(g):
    return lambda x: ad.vjp(g, x)[1](1.0)[0]


OUTSIDE = [by_grad, by_jvp, by_vjp]
of_each = pytest.mark.parametrize("x", X)


@of_each
@pytest.mark.parametrize("outer", OUTSIDE)
@pytest.mark.parametrize("inner", INSIDE)
def test_second_order_of_every_mix(inner, outer, x):
    assert inner(x) == pytest.approx(f1(x), rel=1e-13)
    assert outer(inner)(x) == pytest.approx(f2(x), rel=1e-12)


def second_grad(x):
    return ad.grad(grad_inside)(x)


def second_mixed(x):
    return ad.grad(jvp_inside)(x)


def second_forward(x):
    return ad.jvp(jvp_inside, (x,), (1.0,))[1]


def second_backward(x):
    return ad.jvp(vjp_inside, (x,), (1.0,))[1]


@of_each
@pytest.mark.parametrize("outer", OUTSIDE)
@pytest.mark.parametrize("inner", [second_grad, second_mixed, second_forward, second_backward])
def test_third_order(inner, outer, x):
    assert outer(inner)(x) == pytest.approx(f3(x), rel=1e-11)


def test_grad_of_a_derivative_object():
    assert ad.grad(ad.grad(f))(0.3) == pytest.approx(f2(0.3), rel=1e-13)
    assert ad.grad(ad.grad(ad.grad(f)))(0.3) == pytest.approx(f3(0.3), rel=1e-12)
    value, dot = ad.jvp(ad.grad(f), (0.3,), (2.0,))
    assert value == pytest.approx(f1(0.3), rel=1e-14) and dot == pytest.approx(2 * f2(0.3), rel=1e-13)


def test_fifth_order():
    d = lambda x: x**7
    for _ in range(5):
        d = ad.grad(d)
    assert d(2.0) == pytest.approx(7 * 6 * 5 * 4 * 3 * 4.0, rel=1e-12)


# -- perturbation confusion ------------------------------------------------------------------------
# d/dx [x * d/dy (x + y)] = d/dx [x * 1] = 1, and not 2; with x y: d/dx [x * x] = 2 x.


def test_no_perturbation_confusion_reverse():
    assert ad.grad(lambda x: x * ad.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert ad.grad(lambda x: x * ad.grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_no_perturbation_confusion_forward():
    def outer(x):
        return x * ad.jvp(lambda y: x + y, (1.0,), (1.0,))[1]

    assert ad.jvp(outer, (1.0,), (1.0,))[1] == 1.0
    assert ad.grad(outer)(1.0) == 1.0

    def product(x):
        return x * ad.jvp(lambda y: x * y, (2.0,), (1.0,))[1]

    assert ad.jvp(product, (3.0,), (1.0,))[1] == 6.0
    assert ad.grad(product)(3.0) == 6.0


def test_no_perturbation_confusion_vjp():
    def outer(x):
        _, pullback = ad.vjp(lambda y: x * y * y, x)
        return pullback(x)[0]  # x * 2 x y at y = x: 2 x^3

    assert outer(3.0) == 54.0
    assert ad.grad(outer)(3.0) == 54.0  # 6 x^2
    assert ad.jvp(outer, (3.0,), (1.0,))[1] == 54.0


def test_captured_and_passed():
    """y of the inner function is x itself: d/dx [2 x + x^2 ...] counts both ways in which x comes in."""

    def outer(x):
        return ad.grad(lambda y: x * x * y**3)(x)  # 3 x^2 y^2 = 3 x^4

    assert outer(2.0) == 48.0
    assert ad.grad(outer)(2.0) == 12 * 8.0


# -- control flow ----------------------------------------------------------------------------------


def power_loop(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


def halving(x):
    while x > 1.0:
        x = x * x * 0.25
    return x


def branchy(x):
    if x > 1.0:
        return x**3
    return x**4


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_loops(n):
    want = n * (n - 1) * 1.3 ** (n - 2)
    assert ad.grad(lambda x: ad.grad(power_loop)(x, n))(1.3) == pytest.approx(want, rel=1e-12, abs=1e-12)
    assert ad.jvp(lambda x: ad.grad(power_loop)(x, n), (1.3,), (1.0,))[1] == pytest.approx(
        want, rel=1e-12, abs=1e-12
    )
    assert ad.grad(lambda x: ad.jvp(lambda y: power_loop(y, n), (x,), (1.0,))[1])(1.3) == pytest.approx(
        want, rel=1e-12, abs=1e-12
    )
    third = n * (n - 1) * (n - 2) * 1.3 ** (n - 3)
    assert ad.grad(ad.grad(ad.grad(power_loop)))(1.3, n) == pytest.approx(third, rel=1e-12, abs=1e-12)


def test_while():
    # from 3: 2.25, 1.265625, 0.40045...: x^8 / 4^7
    assert halving(3.0) == pytest.approx(3.0**8 / 4**7)
    assert ad.grad(ad.grad(halving))(3.0) == pytest.approx(56 * 3.0**6 / 4**7, rel=1e-12)
    assert ad.jvp(ad.grad(halving), (3.0,), (1.0,))[1] == pytest.approx(56 * 3.0**6 / 4**7, rel=1e-12)


@pytest.mark.parametrize("x, second, third", [(2.0, 12.0, 6.0), (0.5, 3.0, 12.0)])
def test_branches(x, second, third):
    assert ad.grad(ad.grad(branchy))(x) == pytest.approx(second)
    assert ad.grad(ad.grad(ad.grad(branchy)))(x) == pytest.approx(third)


def test_a_derivative_in_a_loop():
    def newton(a):
        x = a
        for _ in range(8):
            h = lambda t: t * t - a
            x = x - h(x) / ad.grad(h)(x)
        return x

    assert newton(2.0) == pytest.approx(math.sqrt(2.0), rel=1e-15)
    assert ad.grad(newton)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-12)
    assert ad.jvp(newton, (2.0,), (1.0,))[1] == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-12)


def test_a_derivative_in_a_branch():
    def g(x):
        return ad.grad(f)(x) if x > 0.0 else ad.jvp(f, (x,), (2.0,))[1]

    assert ad.grad(g)(0.3) == pytest.approx(f2(0.3), rel=1e-13)
    assert ad.grad(g)(-0.7) == pytest.approx(2 * f2(-0.7), rel=1e-13)


# -- arrays ----------------------------------------------------------------------------------------


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_hessian(x):
    n = len(x)
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        h[i, i + 1] -= 400.0 * x[i]
        h[i + 1, i] -= 400.0 * x[i]
        h[i + 1, i + 1] += 200.0
    return h


def hvp_forward_over_reverse(x, v):
    return ad.jvp(ad.grad(rosenbrock), (x,), (v,))[1]


def hvp_reverse_over_reverse(x, v):
    return ad.grad(lambda x: np.sum(ad.grad(rosenbrock)(x) * v))(x)


def hvp_reverse_over_forward(x, v):
    return ad.grad(lambda x: ad.jvp(rosenbrock, (x,), (v,))[1])(x)


def hvp_by_vjp(x, v):
    return ad.vjp(ad.grad(rosenbrock), x)[1](v)[0]


def hvp_of_vjp(x, v):
    return ad.jvp(lambda x: ad.vjp(rosenbrock, x)[1](1.0)[0], (x,), (v,))[1]


@pytest.mark.parametrize(
    "hvp",
    [hvp_forward_over_reverse, hvp_reverse_over_reverse, hvp_reverse_over_forward, hvp_by_vjp, hvp_of_vjp],
)
@pytest.mark.parametrize("n", [2, 3, 8])
def test_hessian_vector_product_of_rosenbrock(hvp, n):
    rng = np.random.default_rng(n)
    x, v = rng.normal(size=n), rng.normal(size=n)
    np.testing.assert_allclose(hvp(x, v), rosenbrock_hessian(x) @ v, rtol=1e-11, atol=1e-11)


def test_the_hessian_of_a_loop_over_an_array():
    def energy(x):
        s = 0.0
        for i in range(len(x)):
            for j in range(i):
                s += 1.0 / (x[i] - x[j]) ** 2
        return s

    x = np.array([0.1, 1.0, 2.3])
    n = len(x)
    want = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            c = 6.0 / (x[i] - x[j]) ** 4
            want[i, i] += c
            want[j, j] += c
            want[i, j] -= c
            want[j, i] -= c
    for k in range(n):
        e = np.eye(n)[k]
        np.testing.assert_allclose(ad.jvp(ad.grad(energy), (x,), (e,))[1], want[k], rtol=1e-11)
        np.testing.assert_allclose(ad.grad(lambda x: ad.grad(energy)(x)[k])(x), want[k], rtol=1e-11)


def test_second_derivative_of_a_program_that_writes():
    def product(x):
        y = np.zeros(len(x))
        y[0] = x[0]
        for i in range(1, len(x)):
            y[i] = y[i - 1] * x[i]
        return y[-1]

    x = np.array([2.0, 3.0, 5.0])
    want = np.array([[0.0, 5.0, 3.0], [5.0, 0.0, 2.0], [3.0, 2.0, 0.0]])
    for k in range(3):
        np.testing.assert_allclose(ad.jvp(ad.grad(product), (x,), (np.eye(3)[k],))[1], want[k], rtol=1e-13)
        np.testing.assert_allclose(ad.grad(lambda x: ad.grad(product)(x)[k])(x), want[k], rtol=1e-13)


def test_a_gradient_step_differentiated():
    """d loss(w - r grad loss(w)) / dr, the derivative by a learning rate."""
    a = np.array([1.0, 2.0, 3.0])

    def loss(w):
        return 0.5 * np.sum(a * w * w)

    def after(r, w):
        return loss(w - r * ad.grad(loss)(w))

    w = np.array([1.0, -1.0, 0.5])
    want = np.sum(a * (w * (1 - 0.1 * a)) * (-a * w))
    assert ad.grad(after)(0.1, w) == pytest.approx(want, rel=1e-12)
    np.testing.assert_allclose(ad.grad(after, 1)(0.1, w), a * w * (1 - 0.1 * a) ** 2, rtol=1e-12)


def test_containers_and_argnums_inside():
    def inner(p, q):
        return p["a"] * p["b"][0] ** 2 * q

    def outer(x):
        g, h = ad.grad(inner, (0, 1))({"a": x, "b": (x * x, 1.0)}, 3.0)
        return g["a"] + g["b"][0] + h  # 3 x^4 + 6 x^3 + x^5

    assert outer(2.0) == 48.0 + 48.0 + 32.0
    assert ad.grad(outer)(2.0) == 12 * 8 + 18 * 4 + 5 * 16
    assert ad.jvp(outer, (2.0,), (1.0,))[1] == 12 * 8 + 18 * 4 + 5 * 16


def test_has_aux_inside():
    def outer(x):
        slope, aux = ad.grad(lambda y: (y**3, y * x), has_aux=True)(x)
        return slope + aux  # 3 x^2 + x^2

    assert ad.grad(outer)(2.0) == 16.0


def test_keywords_inside():
    def inner(x, w=2.0):
        return x * x * w

    assert ad.grad(lambda x: ad.grad(inner)(x, w=x))(3.0) == 12.0  # 2 x w at w = x: 2 x^2
    assert ad.grad(lambda x: ad.grad(inner)(x))(3.0) == 4.0


def test_a_view_inside():
    """A view that is passed to an inner derivative is a part of the outer array."""

    def f(y):
        return np.sum(ad.grad(lambda z: np.sum(z**3))(y[2:]))

    y = np.arange(5.0)
    np.testing.assert_allclose(ad.grad(f)(y), [0.0, 0.0, 12.0, 18.0, 24.0])


def test_argnums_by_name_inside_is_refused():
    with pytest.raises(errors.Unsupported, match="by name"):
        ad.grad(lambda x: ad.grad(lambda a, b: a * b, argnums="b")(x, x))(1.0)


def test_an_integer_inside_is_refused():
    with pytest.raises(errors.NotDifferentiable, match="integer"):
        ad.grad(lambda x: x * ad.grad(lambda n: n * 2.0)(3))(1.0)
    with pytest.raises(errors.SourceadError):
        ad.grad(lambda x: x * ad.grad(lambda n: n * n)(3))(1.0)


def test_an_array_result_inside_is_refused():
    with pytest.raises(errors.SourceadError, match="one real number"):
        ad.grad(lambda x: np.sum(ad.grad(lambda y: y * y)(x)))(np.ones(3))


def test_the_value_of_an_inner_derivative_is_its_own():
    def outer(x):
        value, (a, b) = ad.value_and_grad(lambda u, v: u * v * v, (0, 1))(x, 2.0)
        return value + a * b  # 4 x + 4 * 4 x

    assert outer(3.0) == 12.0 + 48.0
    assert ad.value_and_grad(outer)(3.0) == (60.0, 20.0)


def test_kinds_of_an_inner_gradient():
    kinds = []

    def outer(x):
        g = ad.grad(lambda y: y * y * 2.0)(x)
        return g * g

    kinds.append(type(outer(2.0)))
    assert kinds == [float] and outer(2.0) == 64.0
    assert type(ad.grad(outer)(2.0)) is float and ad.grad(outer)(2.0) == 64.0
    x = np.float32(2.0)
    assert type(ad.grad(outer)(x)) is np.float32


def test_effects_of_an_inner_vjp_happen_once(capsys):
    def inner(x):
        print("once")
        return x * x

    def outer(x):
        y, pullback = ad.vjp(inner, x)
        return y + pullback(1.0)[0] * pullback(x)[0]

    # x^2 + 2x * 2x^2, and its derivative
    assert ad.value_and_grad(outer)(2.0) == (4.0 + 32.0, 4.0 + 48.0)
    assert capsys.readouterr().out == "once\n"
