"""Functions of every origin, differentiated: files, text made at run time, lambdas, methods, partials."""

import functools
import linecache

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors


class Model:
    def __init__(self, w):
        self.w = w

    def loss(self, x, k=2.0):
        return self.w * x * x * k

    @staticmethod
    def plain(x):
        return x * x * x

    @classmethod
    def of_class(cls, x):
        return cls(3.0).loss(x)

    def __call__(self, x):
        return self.w * x


def from_text(text, name):
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {"np": np}
    exec(compile(text, name, "exec"), scope)
    return scope["f"]


def test_text_that_linecache_knows():
    f = from_text("def f(x):\n    'größe'; return np.sin(x) * x\n", "<made 1>")
    assert ad.grad(f)(0.7) == pytest.approx(np.cos(0.7) * 0.7 + np.sin(0.7))


def test_what_exec_made_is_not_sought_in_the_text_of_python_c(monkeypatch):
    """Python 3.13 keeps the text of `python -c` under the file name that `exec` gives too."""
    text = "exec(made)\nrun()\n"
    monkeypatch.setitem(linecache.cache, "<string>", (len(text), None, text.splitlines(True), "<string>"))
    scope = {}
    exec("def f(x):\n    return x * x\n", scope)
    with pytest.raises(errors.Unsupported, match="no source text for f"):
        ad.grad(scope["f"])(0.7)


def test_text_that_nobody_keeps_is_refused_with_a_way_out():
    scope = {}
    exec("def f(x):\n    return x * x\n", scope)
    with pytest.raises(errors.Unsupported, match="no source text for f") as caught:
        ad.grad(scope["f"])(0.7)
    assert "linecache" in caught.value.hint


def test_lambdas_on_one_line():
    f, g, h = lambda x: x * x, lambda x: x * x * x, lambda x, k=2.0: k * x
    assert ad.grad(f)(3.0) == 6.0
    assert ad.grad(g)(3.0) == 27.0
    assert ad.grad(h)(3.0) == 2.0


def test_methods_and_objects():
    m = Model(2.0)
    assert ad.grad(m.loss)(3.0) == 24.0
    assert ad.grad(m.loss)(3.0, k=1.0) == 12.0
    assert ad.grad(Model.plain)(3.0) == 27.0
    assert ad.grad(Model.of_class)(3.0) == 36.0
    assert ad.grad(m)(3.0) == 2.0


def test_partials():
    f = lambda a, b, x, scale=1.0: a * b * x * scale  # noqa: E731
    assert ad.grad(functools.partial(f, 2.0, 3.0))(5.0) == 6.0
    assert ad.grad(functools.partial(f, 2.0, scale=4.0), 1)(3.0, 5.0) == 24.0


def test_closures_are_read_anew():
    k = 2.0

    def f(x):
        return k * x * x

    g = ad.grad(f)
    assert g(3.0) == 12.0
    k = 5.0
    assert g(3.0) == 30.0


def test_globals_are_read_anew(monkeypatch):
    monkeypatch.setitem(globals(), "RATE", 2.0)
    f = lambda x: RATE * x * x  # noqa: E731, F821
    g = ad.grad(f)
    assert g(3.0) == 12.0
    monkeypatch.setitem(globals(), "RATE", 4.0)
    assert g(3.0) == 24.0


def test_a_decorated_function():
    def doubled(f):
        @functools.wraps(f)
        def run(x):
            return 2.0 * f(x)

        return run

    @doubled
    def f(x):
        return x * x

    assert ad.grad(f)(3.0) == 12.0
