"""The public functions: which arguments are differentiated, how they are passed, and what comes back."""

import collections
import copy
import dataclasses
import functools
import inspect
import linecache
import pickle
import threading
import traceback

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors

SCALE = 3.0
KIND = 2.0
BOTH_MODES = pytest.mark.parametrize("make", [ad.grad, ad.value_and_grad])


def product(x, w, b=1.5):
    """d/dx = w cos(x w), d/dw = x cos(x w), d/db = 1."""
    return np.sin(x * w) + b


def dx(x, w):
    return w * np.cos(x * w)


def dw(x, w):
    return x * np.cos(x * w)


# -- which argument -----------------------------------------------------------------------------------------------


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


@pytest.mark.xfail(strict=True, reason="attributes of objects are compiled in as constants")
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


# -- values and kinds ---------------------------------------------------------------------------------------------


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


@pytest.mark.xfail(strict=True, reason="a Python complex number has no method conj")
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


# -- refusals ---------------------------------------------------------------------------------------------------


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


# -- what is compiled, and when ---------------------------------------------------------------------------------


def test_another_length_compiles_nothing_anew():
    d = ad.grad(lambda x: np.sum(x * x))
    for n in (2, 3, 5, 100):
        np.testing.assert_array_equal(d(np.arange(1.0, n + 1)), 2 * np.arange(1.0, n + 1))
    assert len(d.sources) == 1


def test_a_length_of_one_and_another_dtype_compile_anew():
    def f(x, w):
        return np.sum(x * w)

    d = ad.grad(f, (0, 1))
    w = np.arange(1.0, 4.0)
    for x in (np.ones(3), np.ones(1)):
        gx, gw = d(x, w)
        assert gx.shape == x.shape and gw.shape == w.shape
        np.testing.assert_array_equal(gx, w if len(x) == 3 else [6.0])
    assert len(d.sources) == 2
    d(np.ones(3, dtype=np.float32), w)
    assert len(d.sources) == 3
    d(np.ones(7), np.ones(7))
    assert len(d.sources) == 3


def test_python_and_numpy_numbers_are_two_types():
    d = ad.grad(cube)
    d(1.0), d(2.0), d(np.float64(1.0)), d(np.float64(3.0))
    assert len(d.sources) == 2


def test_integer_arguments_do_not_compile_anew():
    def f(x, n):
        for _ in range(n):
            x = x * x
        return x

    d = ad.grad(f)
    assert [d(1.0, n) for n in (0, 1, 2, 3)] == [1.0, 2.0, 4.0, 8.0]
    assert len(d.sources) == 1


def test_flags_are_known_by_value():
    def f(x, square):
        return x * x if square else x

    d = ad.grad(f)
    assert d(3.0, True) == 6.0 and d(3.0, False) == 1.0
    assert len(d.sources) == 2


def uses_globals(x):
    return SCALE * x * x


def test_globals_are_read_live(monkeypatch):
    d = ad.grad(uses_globals)
    assert d(2.0) == 12.0
    monkeypatch.setitem(globals(), "SCALE", 10.0)
    assert d(2.0) == 40.0
    assert len(d.sources) == 1


def kind_of_global(x):
    return np.sum(KIND * x)


def test_a_global_of_another_type_compiles_anew(monkeypatch):
    d = ad.grad(kind_of_global)
    np.testing.assert_array_equal(d(np.ones(3)), [2.0, 2.0, 2.0])
    monkeypatch.setitem(globals(), "KIND", np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(d(np.ones(3)), [1.0, 2.0, 3.0])
    monkeypatch.setitem(globals(), "KIND", 4.0)
    np.testing.assert_array_equal(d(np.ones(3)), [4.0, 4.0, 4.0])


def helper(x):
    return x * x


def calls_helper(x):
    return helper(x) * 3.0


def test_a_helper_that_is_replaced(monkeypatch):
    d = ad.grad(calls_helper)
    assert d(2.0) == 12.0
    monkeypatch.setitem(globals(), "helper", lambda x: x**3)
    assert d(2.0) == 36.0


def test_closures():
    def make(a):
        return ad.grad(lambda x: a * x * x)

    first, second = make(2.0), make(5.0)
    assert (first(1.0), second(1.0), first(1.0)) == (4.0, 10.0, 4.0)
    k = 2.0

    def f(x):
        return k * x * x

    d = ad.grad(f)
    assert d(1.0) == 4.0
    k = 7.0
    assert d(1.0) == 14.0


def test_many_threads_make_the_first_call_together():
    def f(x, n):
        s = 0.0
        for i in range(n):
            s = s + np.sin(x[i]) * s + x[i]
        return s

    x = np.linspace(0.1, 1.0, 20)
    want = ad.grad(f)(x, 20)
    d = ad.grad(f)
    barrier, wrong = threading.Barrier(12), []

    def work(k):
        barrier.wait()
        try:
            for _ in range(5):
                if not np.array_equal(d(x, 20), want):
                    wrong.append(k)
        except BaseException as e:
            wrong.append(e)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_pickling():
    d = ad.grad(product, ("w", 0))
    d(0.7, 1.3)
    twin = pickle.loads(pickle.dumps(d))
    assert twin(0.7, 1.3) == d(0.7, 1.3)
    assert twin.mode == "grad" and twin.argnums == ("w", 0)


def test_copies():
    d = ad.value_and_grad(cube)
    d(2.0)
    assert copy.copy(d)(2.0) == (8.0, 12.0)
    assert copy.deepcopy(d)(2.0) == (8.0, 12.0)


# -- what it shows ------------------------------------------------------------------------------------------------


def test_repr_is_one_line():
    text = repr(ad.grad(product))
    assert "grad" in text and "product" in text and "(x, w, b=1.5)" in text and "\n" not in text
    assert "pullback" in repr(ad.vjp(cube, 2.0)[1])


def test_source_before_and_after_a_call():
    def f(x):
        return np.sum(x * x)

    d = ad.grad(f)
    assert "guess" in d.source.splitlines()[0]
    d = ad.grad(f)
    d(np.ones(3))
    assert "guess" not in d.source
    assert d.source.startswith("def f_grad(x):")
    assert d.sources == [d.source]
    assert "def f_grad" in str(d.source)
    compile(d.source, "f", "exec")


def test_source_is_that_of_the_last_call():
    d = ad.grad(lambda x: np.sum(x) * 2.0)
    d(np.ones(3))
    one = str(d.source)
    d(2.0)
    assert str(d.source) != one and len(d.sources) == 2
    d(np.ones(3))
    assert str(d.source) == one


def test_ssa_and_stages():
    d = ad.grad(cube)
    d(2.0)
    assert "operator.mul" in d.ssa and d.ssa.startswith("function cube_grad")
    assert list(d.stages) == ["primal", "derivative"]
    p = ad.vjp(cube)
    p(2.0)
    assert list(p.stages) == ["primal", "joint", "forward", "pullback"]
    assert "operator.mul" in p.ssa
    assert "operator.mul" in p.stages["primal"]


def test_html_shows_both_sides():
    d = ad.grad(cube)
    d(2.0)
    html = d._repr_html_()
    assert "cube" in html and "cube_grad" in html and "display: flex" in html


def test_generated_code_is_in_linecache():
    def f(x):
        return np.log(x) * x

    d = ad.grad(f)
    entry = d.specialise(2.0)
    assert inspect.getsource(entry).strip() in d.source
    assert linecache.getline(entry.__code__.co_filename, entry.__code__.co_firstlineno).startswith(
        "def f_grad"
    )


def test_traceback_shows_the_generated_line():
    def f(x, n):
        y = x[n]
        return y * y

    d = ad.value_and_grad(f)
    d(np.ones(3), 1)
    with pytest.raises(IndexError) as caught:
        d(np.ones(3), 7)
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert frame.name == "f_value_and_grad" and "x[n]" in frame.line


def test_the_function_itself_stays_reachable():
    d = ad.grad(cube)
    assert d.fn is cube and d.__wrapped__ is cube


# -- memory ---------------------------------------------------------------------------------------------------


def test_gradients_are_fresh_and_writable():
    def f(x, w):
        return np.sum(x) + np.sum(w * x)

    x, w = np.ones(3), np.arange(3.0)
    gx, gw = ad.grad(f, (0, 1))(x, w)
    assert gx.flags.writeable and gw.flags.writeable
    assert gx.flags.owndata or gx.base is None or not np.shares_memory(gx, x)
    assert not np.shares_memory(gw, x) and not np.shares_memory(gx, w) and not np.shares_memory(gx, gw)
    gw[:] = 100.0
    np.testing.assert_array_equal(x, np.ones(3))


@pytest.mark.parametrize("f", [np.sum, np.mean, np.max], ids=["sum", "mean", "max"])
def test_broadcast_gradients_own_their_memory(f):
    g = ad.grad(lambda x: f(x))(np.array([1.0, 3.0, 2.0]))
    g[0] = 7.0
    assert g[1] != 7.0 and g[2] != 7.0, "one number stands in several places"


def test_two_gradients_do_not_share_memory():
    ga, gb = ad.grad(lambda a, b: np.sum((a + b) ** 2), (0, 1))(np.ones(3), np.ones(3))
    assert not np.shares_memory(ga, gb)
    ga, gb = ad.vjp(lambda a, b: a + b, np.ones(3), np.ones(3))[1](np.ones(3))
    assert not np.shares_memory(ga, gb)


def test_pullback_of_the_identity_does_not_hand_out_the_seed():
    seed = np.ones(3)
    for f in (lambda x: x, lambda x: x + 1.0, lambda x: x.T, lambda x: np.reshape(x, (3, 1))[:, 0]):
        value, pullback = ad.vjp(f, np.zeros(3))
        (bar,) = pullback(seed)
        assert not np.shares_memory(bar, seed) and bar.flags.writeable
        np.testing.assert_array_equal(bar, seed)


def test_a_pullback_does_not_see_later_changes():
    x, w = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, pullback = ad.vjp(lambda x, w: x * x * w, x, w)
    x[:] = 100.0
    w[:] = -1.0
    value[:] = 0.0
    for _ in range(3):
        bx, bw = pullback(np.ones(2))
        np.testing.assert_array_equal(bx, [6.0, 16.0])
        np.testing.assert_array_equal(bw, [1.0, 4.0])
        bx[:] = 0.0


def test_a_pullback_does_not_see_changes_of_a_result_that_it_reads():
    x = np.array([0.5, 1.0])
    value, pullback = ad.vjp(lambda x: np.exp(x), x)
    want = np.exp(x)
    value *= 0.0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], want)


def test_a_pullback_of_a_loop_can_be_used_again():
    def f(x):
        for i in range(len(x) - 1):
            x[i + 1] = x[i + 1] * x[i]
        return x

    x = np.array([1.5, 2.0, 3.0])
    value, pullback = ad.vjp(f, x)
    np.testing.assert_array_equal(x, [1.5, 2.0, 3.0])
    np.testing.assert_array_equal(value, [1.5, 3.0, 9.0])
    for _ in range(3):
        np.testing.assert_allclose(pullback(np.array([0.0, 0.0, 1.0]))[0], [6.0, 4.5, 3.0], rtol=1e-14)
    np.testing.assert_allclose(pullback(np.array([0.0, 1.0, 0.0]))[0], [2.0, 1.5, 0.0], rtol=1e-14)


def writes(a, b):
    a[0] = a[0] * b[0]
    return np.sum(a * b)


def test_overlapping_arguments_are_refused_where_one_is_written_to():
    base = np.arange(1.0, 5.0)
    for make in (ad.grad, ad.value_and_grad, lambda f: ad.vjp(f)):
        with pytest.raises(errors.Unsupported, match="share memory"):
            make(writes)(base[:3], base[1:])
    with pytest.raises(errors.Unsupported, match="share memory"):
        ad.jvp(writes, (base[:3], base[1:]), (np.ones(3), np.ones(3)))
    np.testing.assert_array_equal(base, [1.0, 2.0, 3.0, 4.0])


def test_overlap_is_asked_for_at_every_call():
    d = ad.grad(writes)
    base = np.arange(1.0, 7.0)
    np.testing.assert_allclose(d(base[:3].copy(), base[3:]), [16.0, 5.0, 6.0])
    d(base[:3], base[3:])
    with pytest.raises(errors.Unsupported, match="share memory"):
        d(base[:3], base[1:4])
    with pytest.raises(errors.Unsupported, match="share memory"):
        d(base[:3], base[:3])


def test_overlapping_arguments_that_are_only_read():
    base = np.arange(1.0, 5.0)
    ga, gb = ad.grad(lambda a, b: np.sum(a * b), (0, 1))(base[:3], base[1:])
    np.testing.assert_array_equal(ga, base[1:])
    np.testing.assert_array_equal(gb, base[:3])


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(np.arange(1.0, 7.0).reshape(2, 3)),
        np.arange(1.0, 13.0).reshape(2, 6)[:, ::2],
        np.arange(1.0, 7.0).reshape(3, 2).T,
        np.arange(1.0, 7.0).reshape(2, 3)[::-1, ::-1],
        np.broadcast_to(np.arange(1.0, 4.0), (2, 3)),
    ],
    ids=["fortran", "strided", "transposed", "reversed", "broadcast"],
)
def test_layouts(x):
    def f(x):
        y = x.reshape(-1)
        return np.sum(y[1:] * y[:-1]) + np.sum(x**2)

    def written(x):
        x = x * 1.0
        x[0, 1] = x[0, 0] * x[1, 2]
        return np.sum(x * x)

    for g in (f, written):
        value, gradient = ad.value_and_grad(g)(x)
        assert value == g(x.copy(order="K")) or value == pytest.approx(g(np.ascontiguousarray(x)), rel=1e-15)
        plain = ad.grad(g)(np.ascontiguousarray(x))
        assert gradient.shape == x.shape
        np.testing.assert_allclose(gradient, plain, rtol=1e-14)


def test_a_written_argument_in_fortran_order_stays_as_it_was():
    def f(a):
        for i in range(len(a)):
            a[i, 0] = a[i, 0] * a[i, 1]
        return np.sum(a)

    a = np.asfortranarray(np.array([[2.0, 3.0], [4.0, 5.0]]))
    gradient = ad.grad(f)(a)
    np.testing.assert_array_equal(a, [[2.0, 3.0], [4.0, 5.0]])
    np.testing.assert_array_equal(gradient, [[3.0, 3.0], [5.0, 5.0]])


def test_read_only_arguments():
    x = np.arange(1.0, 4.0)
    x.flags.writeable = False
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(x * x))(x), 2 * x)
    y, pullback = ad.vjp(lambda x: x * x, x)
    y[0] = 5.0
    np.testing.assert_array_equal(pullback(np.ones(3))[0], 2 * x)


@pytest.mark.xfail(strict=True, reason="the text writes to a copy")
def test_writing_to_a_read_only_argument_raises_as_the_primal_does():
    def f(x):
        x[0] = 2.0 * x[1]
        return np.sum(x * x)

    x = np.arange(1.0, 4.0)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        f(x)
    with pytest.raises(ValueError, match="read-only"):
        ad.value_and_grad(f)(x)


def test_empty_arrays():
    value, gradient = ad.value_and_grad(lambda x: np.sum(x * x))(np.zeros(0))
    assert value == 0.0 and gradient.shape == (0,)
    value, gradient = ad.value_and_grad(lambda x: np.sum(x @ x.T) + 1.0)(np.zeros((0, 3)))
    assert value == 1.0 and gradient.shape == (0, 3)

    def loop(x):
        s = 1.0
        for v in x:
            s = s * v
        return s

    value, gradient = ad.value_and_grad(loop)(np.zeros(0))
    assert value == 1.0 and gradient.shape == (0,)


# -- arguments without effect, and arguments that come out -----------------------------------------------------


def test_ignored_arguments_have_zero_gradients():
    def f(x, unused, p):
        return x * x

    g = ad.grad(f, (1, 2))(1.0, np.ones((2, 3), dtype=np.float32), {"a": 2.0, "b": [np.ones(2)]})
    assert g[0].shape == (2, 3) and g[0].dtype == np.float32 and not g[0].any()
    assert g[1]["a"] == 0.0 and type(g[1]["a"]) is float
    np.testing.assert_array_equal(g[1]["b"][0], [0.0, 0.0])
    assert ad.grad(lambda x: 3.0)(2.0) == 0.0
    value, pullback = ad.vjp(f, 1.0, np.ones(2), {"a": 2.0})
    bars = pullback(1.0)
    assert bars[0] == 2.0 and not bars[1].any() and bars[2] == {"a": 0.0}
    assert ad.jvp(lambda x: 3.0, (2.0,), (1.0,)) == (3.0, 0.0)


def test_an_argument_returned():
    x = np.array([1.0, 2.0])
    value, dot = ad.jvp(lambda x: x, (x,), (np.array([3.0, 4.0]),))
    np.testing.assert_array_equal(value, x)
    np.testing.assert_array_equal(dot, [3.0, 4.0])
    (a, b), pullback = ad.vjp(lambda x: (x, x), x)
    np.testing.assert_array_equal(pullback((np.ones(2), np.array([1.0, 2.0])))[0], [2.0, 3.0])
    assert ad.grad(lambda x: x)(2.0) == 1.0


def test_results_that_share_memory():
    def f(x):
        y = x * 2.0
        z = y[1:]
        y[1] = y[1] * 3.0
        return y, z

    x = np.array([1.0, 2.0, 3.0])
    (y, z), pullback = ad.vjp(f, x)
    np.testing.assert_array_equal(y, [2.0, 12.0, 6.0])
    np.testing.assert_array_equal(z, [12.0, 6.0])
    np.testing.assert_array_equal(pullback((np.ones(3), np.zeros(2)))[0], [2.0, 6.0, 2.0])
    np.testing.assert_array_equal(pullback((np.zeros(3), np.ones(2)))[0], [0.0, 6.0, 2.0])
    (_, _), (y_dot, z_dot) = ad.jvp(f, (x,), (np.ones(3),))
    np.testing.assert_array_equal(y_dot, [2.0, 6.0, 2.0])
    np.testing.assert_array_equal(z_dot, [6.0, 2.0])


# -- tangents and adjoints -------------------------------------------------------------------------------------


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


@pytest.mark.xfail(strict=True, reason="None is handed to the text as it is")
def test_none_as_a_float_tangent_is_zero():
    assert ad.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, None)) == (6.0, 3.0)
    value, dot = ad.jvp(lambda x, y: x * y, (np.ones(2), 3.0), (None, 1.0))
    np.testing.assert_array_equal(dot, [1.0, 1.0])


def unchecked(values):
    """A case that goes through, or fails deep inside, because structures are not compared yet."""
    reason = "the structure of tangents and adjoints is not checked"
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))


CLEAR = (ValueError, TypeError, errors.SourceadError)


@pytest.mark.parametrize(
    "primals, tangents",
    [
        ((2.0, 3.0), (1.0,)),
        ((2.0,), (1.0, 2.0)),
        unchecked(((np.ones(3),), (np.ones(4),))),
        unchecked(((np.ones(3),), (np.ones((1, 3)),))),
        unchecked((({"a": 1.0},), ({"b": 1.0},))),
        (({"a": 1.0},), (1.0,)),
        unchecked((([1.0, 2.0],), ([1.0],))),
        unchecked((((1.0, 2.0),), ([1.0, 2.0, 3.0],))),
        ((1.0,), ("text",)),
        unchecked(((1.0,), (np.ones(2),))),
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
        unchecked((lambda x: (x, x * x), 1.0)),
        unchecked((lambda x: (x, x * x), (1.0,))),
        unchecked((lambda x: (x, x * x), (1.0, 2.0, 3.0))),
        unchecked((lambda x: {"a": x}, {"b": 1.0})),
        unchecked((lambda x: {"a": x}, {})),
        (lambda x: x * np.ones(3), np.ones(4)),
        unchecked((lambda x: x * np.ones(3), np.ones((1, 3)))),
        (lambda x: x * x, "text"),
        (lambda x: x * x, None),
        unchecked((lambda x: x * x, np.ones(2))),
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
        "none",
        "array_for_number",
    ],
)
def test_adjoints_of_a_wrong_structure(f, y_bar):
    _, pullback = ad.vjp(f, 2.0)
    with pytest.raises(CLEAR) as caught:
        pullback(y_bar)
    assert str(caught.value).strip()


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
