"""When a `Derivative` compiles, what it reads live, and what it shows."""

import copy
import inspect
import linecache
import pickle
import threading
import traceback

import numpy as np
import pytest

import sourcead as ad

SCALE = 3.0
KIND = 2.0


def product(x, w, b=1.5):
    """d/dx = w cos(x w), d/dw = x cos(x w), d/db = 1."""
    return np.sin(x * w) + b


def dw(x, w):
    return x * np.cos(x * w)


def cube(x):
    return x * x * x


# -- what is compiled, and when --------------------------------------------------------------------


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


# -- what it shows ---------------------------------------------------------------------------------


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
