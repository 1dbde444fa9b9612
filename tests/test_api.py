"""The public functions: which arguments are differentiated, how they are passed, and what comes back."""

import collections
import copy
import dataclasses
import functools
import inspect

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors


def product(x, w, b=1.5):
    """d/dx = w cos(x w), d/dw = x cos(x w), d/db = 1."""
    return np.sin(x * w) + b


def dx(x, w):
    return w * np.cos(x * w)


def dw(x, w):
    return x * np.cos(x * w)


# -- which argument --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argnums, want",
    [(0, dx), (1, dw), (-3, dx), (-2, dw), ("x", dx), ("w", dw)],
)
def test_argnums_one(argnums, want):
    got = ad.grad(product, argnums)(0.7, 1.3, 0.5)
    assert type(got) is float
    assert got == pytest.approx(want(0.7, 1.3), rel=1e-14)


@pytest.mark.parametrize("argnums", [(0, 1), [0, 1], ("x", "w"), ("x", 1), (0, -2), (-3, "w")])
def test_argnums_several_give_a_tuple(argnums):
    got = ad.grad(product, argnums)(0.7, 1.3, 0.5)
    assert type(got) is tuple
    assert got == pytest.approx((dx(0.7, 1.3), dw(0.7, 1.3)), rel=1e-14)


def test_argnums_order_is_the_order_asked_for():
    got = ad.grad(product, (1, 0))(0.7, 1.3, 0.5)
    assert got == pytest.approx((dw(0.7, 1.3), dx(0.7, 1.3)), rel=1e-14)


def test_argnums_of_length_one_give_a_tuple_of_one():
    got = ad.grad(product, (1,))(0.7, 1.3)
    assert type(got) is tuple and len(got) == 1
    assert got[0] == pytest.approx(dw(0.7, 1.3), rel=1e-14)


@pytest.mark.parametrize(
    "argnums, part", [("nope", "nope"), (3, "argnums=3"), (-4, "argnums=-4"), ((0, "z"), "'z'")]
)
def test_argnums_that_are_none(argnums, part):
    with pytest.raises(ValueError, match=part):
        ad.grad(product, argnums)(0.7, 1.3, 0.5)


def test_keywords_and_defaults():
    want = dx(0.7, 1.3)
    g = ad.grad(product)
    assert g(0.7, w=1.3) == pytest.approx(want, rel=1e-14)
    assert g(w=1.3, x=0.7) == pytest.approx(want, rel=1e-14)
    assert g(0.7, b=2.0, w=1.3) == pytest.approx(want, rel=1e-14)
    value, _ = ad.value_and_grad(product)(0.7, b=2.0, w=1.3)
    assert value == product(0.7, 1.3, 2.0)
    value, _ = ad.value_and_grad(product)(0.7, 1.3)
    assert value == product(0.7, 1.3)


def test_keyword_only_argument():
    def f(x, *, w):
        return x * w * w

    assert ad.grad(f)(2.0, w=3.0) == 9.0
    assert ad.grad(f, "w")(2.0, w=3.0) == 12.0


def test_wrong_calls_raise_as_python_does():
    with pytest.raises(TypeError, match="w"):
        ad.grad(product)(0.7)
    with pytest.raises(TypeError):
        ad.grad(product)(0.7, 1.3, 0.1, 0.2)
    with pytest.raises(TypeError, match="nope"):
        ad.grad(product)(0.7, 1.3, nope=1.0)


def test_star_args():
    def f(x, *rest):
        s = x * x
        for r in rest:
            s = s * r
        return s

    assert ad.grad(f)(2.0, 3.0, 5.0) == 60.0
    value, pullback = ad.vjp(f, 2.0, 3.0, 5.0)
    assert value == 60.0
    assert pullback(1.0) == (60.0, 20.0, 12.0)
    assert ad.jvp(f, (2.0, 3.0, 5.0), (0.0, 1.0, 0.0)) == (60.0, 20.0)
    assert ad.grad(f)(2.0) == 4.0


def test_star_kwargs():
    def f(x, **more):
        return x * more["w"]

    assert ad.grad(f)(2.0, w=5.0) == 5.0


def test_partial():
    f = functools.partial(product, b=4.0)
    assert ad.grad(f)(0.7, 1.3) == pytest.approx(dx(0.7, 1.3), rel=1e-14)
    g = functools.partial(product, 0.7)
    assert ad.grad(g)(1.3) == pytest.approx(dw(0.7, 1.3), rel=1e-14)
    assert ad.value_and_grad(f)(0.7, 1.3)[0] == f(0.7, 1.3)


class Model:
    def __init__(self, scale):
        self.scale = scale

    def loss(self, x):
        return self.scale * x * x

    @ad.grad
    def slope(self, x):
        return self.scale * x**3

    @ad.value_and_grad
    def both(self, x):
        return self.scale * x**3

    @ad.grad(argnums="w")
    def by_name(self, x, w):
        return self.scale * x * w * w

    @staticmethod
    @ad.grad
    def free(x):
        return x**2

    def __call__(self, x):
        return self.scale * x


def test_bound_methods():
    m = Model(2.0)
    assert ad.grad(m.loss)(3.0) == 12.0
    assert ad.grad(m)(3.0) == 2.0
    assert ad.jvp(m.loss, (3.0,), (1.0,)) == (18.0, 12.0)
    value, pullback = ad.vjp(m.loss, 3.0)
    assert value == 18.0 and pullback(1.0) == (12.0,)


def test_bound_method_reads_the_object_live():
    m = Model(2.0)
    g = ad.grad(m.loss)
    assert g(3.0) == 12.0
    m.scale = 5.0
    assert g(3.0) == 30.0


def test_decorated_methods():
    m = Model(2.0)
    assert m.slope(3.0) == 54.0
    assert m.both(3.0) == (54.0, 54.0)
    assert m.by_name(3.0, 4.0) == 48.0
    assert Model.free(3.0) == 6.0
    assert Model(10.0).slope(3.0) == 270.0, "one object's attribute serves another's"


def test_decorators():
    @ad.grad
    def f(x):
        return x**3

    @ad.grad(argnums="w")
    def g(x, w):
        return x * w**2

    @ad.value_and_grad(argnums=(0, 1))
    def h(x, w):
        return x * w

    assert f(2.0) == 12.0
    assert g(3.0, 2.0) == 12.0
    assert h(3.0, 2.0) == (6.0, (2.0, 3.0))
    assert f.__name__ == "f"
    assert list(inspect.signature(g).parameters) == ["x", "w"]


def test_has_aux():
    def f(x):
        y = x * x
        return np.sum(y), {"y": y, "n": len(x)}

    x = np.array([1.0, 2.0])
    gradient, aux = ad.grad(f, has_aux=True)(x)
    np.testing.assert_array_equal(gradient, [2.0, 4.0])
    assert list(aux) == ["y", "n"] and aux["n"] == 2
    np.testing.assert_array_equal(aux["y"], [1.0, 4.0])
    (value, aux), gradient = ad.value_and_grad(f, has_aux=True)(x)
    assert value == 5.0 and aux["n"] == 2
    np.testing.assert_array_equal(gradient, [2.0, 4.0])


def test_has_aux_without_a_pair():
    with pytest.raises(errors.NotDifferentiable, match="pair"):
        ad.grad(lambda x: x * x, has_aux=True)(1.0)


# -- values and kinds ------------------------------------------------------------------------------


def cube(x):
    return x * x * x


@pytest.mark.parametrize(
    "x, dtype",
    [(2.0, None), (np.float64(2.0), "float64"), (np.float32(2.0), "float32")],
)
def test_kinds_of_numbers(x, dtype):
    value, gradient = ad.value_and_grad(cube)(x)
    assert type(value) is type(cube(x)) and value == cube(x)
    assert type(gradient) is type(x), f"{type(gradient)} for {type(x)}"
    assert gradient == 12.0
    _, dot = ad.jvp(cube, (x,), (type(x)(1.0),))
    assert dot == 12.0 and type(dot) is type(cube(x))
    _, pullback = ad.vjp(cube, x)
    assert type(pullback(type(x)(1.0))[0]) is type(x)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_zero_dimensional_array(dtype):
    x = np.array(2.0, dtype=dtype)
    value, gradient = ad.value_and_grad(cube)(x)
    assert type(value) is type(cube(x)) and value == cube(x)
    assert isinstance(gradient, np.ndarray) and gradient.shape == () and gradient.dtype == x.dtype
    assert gradient == 12.0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_arrays_keep_shape_and_dtype(dtype):
    x = np.array([[1.0, 2.0, 3.0]], dtype=dtype)
    value, gradient = ad.value_and_grad(lambda a: np.sum(a**3))(x)
    assert value == np.sum(x**3) and type(value) is type(np.sum(x**3))
    assert gradient.dtype == x.dtype and gradient.shape == x.shape
    np.testing.assert_allclose(gradient, 3 * x**2, rtol=1e-6)


def test_value_is_the_primal_bit_for_bit():
    rng = np.random.default_rng(0)
    x = rng.normal(size=1001)

    def f(x):
        return np.sum(np.exp(x) / (1.0 + x * x)) / np.linalg.norm(x) - 0.1 * x[3] * 3.0

    assert ad.value_and_grad(f)(x)[0].tobytes() == f(x).tobytes()
    assert ad.jvp(f, (x,), (x,))[0].tobytes() == f(x).tobytes()
    assert ad.vjp(f, x)[0].tobytes() == f(x).tobytes()


def test_complex_argument_of_a_real_loss():
    got = ad.grad(lambda z: (z * z.conjugate()).real)(1.0 + 2.0j)
    assert got == 2.0 - 4.0j, "dL/dx - i dL/dy"


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: float
    name: str = "a"


def net(p, x):
    h = x
    for layer in p["layers"]:
        h = np.tanh(layer.w @ h) + layer.b
    return np.sum(h) * p["scale"][0] + p["point"].x * p["point"].y + p["list"][1] ** 2


def parameters():
    rng = np.random.default_rng(1)
    return {
        "layers": [Layer(rng.normal(size=(3, 2)), 0.1), Layer(rng.normal(size=(4, 3)), -0.2)],
        "scale": (2.0, 3.0),
        "point": Point(5.0, 7.0),
        "list": [1.0, 4.0],
    }


def test_nested_containers():
    p, x = parameters(), np.array([0.3, -0.4])
    kept = copy.deepcopy(p)
    value, g = ad.value_and_grad(net)(p, x)
    assert value == net(p, x)
    assert type(g) is dict and list(g) == list(p)
    assert type(g["layers"]) is list and [type(v) for v in g["layers"]] == [Layer, Layer]
    assert type(g["point"]) is Point and tuple(g["point"]) == (7.0, 5.0)
    assert g["list"] == [0.0, 8.0] and all(type(v) is float for v in g["list"])
    assert g["scale"][1] == 0.0
    h1 = np.tanh(p["layers"][0].w @ x) + p["layers"][0].b
    t2 = np.tanh(p["layers"][1].w @ h1)
    np.testing.assert_allclose(g["layers"][1].w, 2.0 * np.outer(1 - t2**2, h1), rtol=1e-12)
    assert g["layers"][1].b == pytest.approx(8.0)
    assert type(g["layers"][1].b) is float
    t1 = np.tanh(p["layers"][0].w @ x)
    back = p["layers"][1].w.T @ (2.0 * (1 - t2**2))
    np.testing.assert_allclose(g["layers"][0].w, np.outer(back * (1 - t1**2), x), rtol=1e-12)
    np.testing.assert_array_equal(p["layers"][0].w, kept["layers"][0].w)
    _, pullback = ad.vjp(net, p, x)
    again = pullback(1.0)
    assert type(again) is tuple and len(again) == 2
    np.testing.assert_allclose(again[0]["layers"][0].w, g["layers"][0].w, rtol=1e-13)
    _, dot = ad.jvp(net, (p, x), (g, np.zeros(2)))
    want = sum(np.sum(a.w**2) + a.b**2 for a in g["layers"]) + g["scale"][0] ** 2 + 49 + 25 + 64
    assert dot == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("make", [tuple, list], ids=["tuple", "list"])
def test_flat_sequences(make):
    g = ad.grad(lambda p: p[0] * p[1] ** 2)(make((3.0, 2.0)))
    assert type(g) is make and list(g) == [4.0, 12.0]


def test_frozen_dataclass_with_text():
    g = ad.grad(lambda p: p.w**2)(Frozen(3.0, "b"))
    assert type(g) is Frozen and g.w == 6.0


def test_none_and_flags_in_a_container():
    def f(p):
        return p["w"] ** 2 if p["mask"] is None and p["on"] else 0.0 * p["w"]

    g = ad.grad(f)
    assert g({"w": 3.0, "mask": None, "on": True})["w"] == 6.0
    assert g({"w": 3.0, "mask": None, "on": False})["w"] == 0.0, "a flag is part of what was compiled for"
