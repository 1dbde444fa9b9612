"""Capturing functions: what is found behind a callable, what comes with it, what is refused."""

import ast
import asyncio
import functools
import importlib.util
import linecache
import textwrap
import types

import pytest

from sourcead.errors import Unsupported
from sourcead.frontend.capture import capture


def tree(text):
    return ast.dump(ast.parse(textwrap.dedent(text)).body[0])


def load(path, text, name=None):
    """A module made from `text` in the file `path`."""
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name or path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def returned(fn):
    """The text of what a lambda or a function of one statement returns."""
    node = capture(fn).node
    return ast.unparse(node.body if isinstance(node, ast.Lambda) else node.body[-1].value)


# -- functions and what comes with them ----------------------------------------------------------------


def test_all_fields():
    scale = 3.0

    def outer_free(x, /, y: float = 2.0, *rest, k=1, **more):
        return x * y * scale

    c = capture(outer_free)
    assert c.fn is outer_free and c.name == "outer_free" and c.file == __file__
    assert tree(c.source) == ast.dump(c.node)
    assert c.node.lineno == outer_free.__code__.co_firstlineno
    assert c.source.startswith("def outer_free(x, /") and c.source.endswith("\n    return x * y * scale")
    assert c.globals is globals()
    assert list(c.closure) == ["scale"] and c.closure["scale"].cell_contents == 3.0
    assert c.defaults == (2.0,) and c.kwdefaults == {"k": 1}
    assert list(c.signature.parameters) == ["x", "y", "rest", "k", "more"]
    assert c.bound == () and c.bound_kw == {} and c.owner == "" and c.dispatcher is None


def double(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2 * f(*args)

    return wrapper


def same(*_):
    return lambda f: f


@same(
    lambda f: f,
)
@same()
def decorated(x):
    return x + 1


@double
def wrapped(x):
    return x + 2


def test_decorated():
    c = capture(decorated)
    assert c.node.name == "decorated" and c.source.startswith(
        "@same(\n    lambda f: f,\n)\n@same()\ndef decorated"
    )


def test_wrappers_are_captured_themselves():
    c = capture(wrapped)
    assert c.node.name == "wrapper" and c.closure["f"].cell_contents.__name__ == "wrapped"
    assert list(c.signature.parameters) == ["args"]  # not that of what it wraps
    assert returned(c.closure["f"].cell_contents) == "x + 2"


def test_many_functions_of_one_name(tmp_path):
    m = load(
        tmp_path / "many.py",
        """
        def f(x): return x + 1
        first = f
        def f(x): return x + 2
        second = f
        if True:
            def f(x): return x + 3
        else:
            def f(x): return x + 4
        def outer():
            def f(x):
                def f(x): return x + 5
                return f
            return f
        class A:
            def f(self): return 6
            class B:
                def f(self): return 7
        """,
    )
    found = [m.first, m.second, m.f, m.outer()(0), m.A.f, m.A.B.f]
    assert [returned(f) for f in found] == ["x + 1", "x + 2", "x + 3", "x + 5", "6", "7"]
    assert [capture(f).owner for f in found] == ["", "", "", "", "A", "B"]


def test_async_and_generators():
    async def waits(x):
        return await asyncio.sleep(0, x)

    def yields(x):
        yield x

    @types.coroutine
    def old(x):
        yield x

    assert capture(old).node.name == "old"
    assert isinstance(capture(waits).node, ast.AsyncFunctionDef)
    assert ast.unparse(capture(yields).node.body[0]) == "yield x"


def test_annotations_that_cannot_be_evaluated():
    def f(x: "no_such_name") -> "nor_this":  # noqa: F821
        return x

    assert list(capture(f).signature.parameters) == ["x"]


def test_spans_count_characters():
    def f(x, β=2):
        return "äöü", β + x

    c = capture(f)
    place = c.span_of(c.node.body[0].value.elts[1])
    assert place.file == __file__ and place.line == f.__code__.co_firstlineno + 1
    text = linecache.getline(__file__, place.line)
    assert text[place.col : place.end_col] == "β + x"


# -- what is looked through ----------------------------------------------------------------------------


class Model:
    def __init__(self, w):
        self.w = w

    def loss(self, x, y=1):
        return self.w * x

    def __call__(self, x):
        return self.w + x

    @classmethod
    def build(cls, x):
        return cls

    @staticmethod
    def plain(x):
        return x / 2

    @functools.cache
    def cached(self, x):
        return self.w - x

    quarter = functools.partialmethod(loss, 4)


def test_methods():
    m = Model(2)
    assert capture(m.loss).bound == (m,) and returned(m.loss) == "self.w * x"
    assert capture(m.loss).owner == "Model"
    assert list(capture(m.loss).signature.parameters) == ["self", "x", "y"]
    assert capture(m).bound == (m,) and returned(m) == "self.w + x"
    assert capture(m.build).bound == (Model,) and capture(Model.build).bound == (Model,)
    assert capture(m.plain).bound == () and returned(Model.__dict__["plain"]) == "x / 2"
    assert capture(m.cached).bound == (m,) and returned(m.cached) == "self.w - x"
    assert capture(m.quarter).bound == (m, 4) and returned(m.quarter) == "self.w * x"
    assert capture(Model.loss).bound == ()


def test_partial():
    def f(a, b, c, d=0, e=0):
        return a

    m = Model(1)
    c = capture(functools.partial(functools.partial(f, 1, d=2, e=3), 4, d=5))
    assert c.fn is f and c.bound == (1, 4) and c.bound_kw == {"d": 5, "e": 3}
    # Through something that stops `partial` from joining them itself.
    c = capture(functools.partial(staticmethod(functools.partial(f, 1, d=2, e=3)), 4, d=5))
    assert c.fn is f and c.bound == (1, 4) and c.bound_kw == {"d": 5, "e": 3}
    assert capture(functools.partial(m.loss, 3, y=4)).bound == (m, 3)
    assert capture(types.MethodType(functools.partial(f, 1), 2)).bound == (1, 2)


def test_caches():
    @functools.lru_cache(maxsize=3)
    def f(x):
        return x + 1

    assert returned(f) == "x + 1"


def test_callable_objects():
    class Static:
        @staticmethod
        def __call__(x):
            return x + 1

    class Class:
        @classmethod
        def __call__(cls, x):
            return x + 2

    static, clas = Static(), Class()
    static.__call__ = lambda x: 0  # which Python does not look at when it calls
    assert returned(static) == "x + 1" and capture(static).bound == ()
    assert returned(clas) == "x + 2" and capture(clas).bound == (Class,)


class Dispatcher:
    """Has what a Numba dispatcher has."""

    def __init__(self, py_func):
        self.py_func = py_func

    def __get__(self, obj, cls=None):
        return self if obj is None else types.MethodType(self, obj)

    def __call__(self, *args):
        raise AssertionError


def test_dispatchers():
    class A:
        @Dispatcher
        def method(self, x):
            return self

    fast = Dispatcher(double)
    assert capture(fast).fn is double and capture(fast).dispatcher is fast
    a = A()
    c = capture(a.method)
    assert c.bound == (a,) and c.dispatcher is A.method and c.node.name == "method"


def test_numba():
    numba = pytest.importorskip("numba")

    @numba.njit
    def f(x):
        return x + 1

    assert returned(f) == "x + 1" and capture(f).dispatcher is f
    for other in (numba.vectorize(f.py_func), numba.cfunc("f8(f8)")(f.py_func)):
        assert " of Numba" in refusal(other)


# -- refusals ------------------------------------------------------------------------------------------


def refusal(fn):
    with pytest.raises(Unsupported) as info:
        capture(fn)
    assert info.value.reason and info.value.hint
    return str(info.value)


class GUFunc(Dispatcher):
    """Has what a function made by `numba.guvectorize` has."""


GUFunc.__module__ = "numba.np.ufunc.gufunc"


@functools.singledispatch
def dispatched(x):
    return x


@dispatched.register
def _(x: int):
    return -x


@pytest.mark.parametrize(
    "fn, words",
    [
        (len, ["len has no Python source", "sourcead.extend"]),
        ([].append, ["list.append has no Python source"]),
        (str.upper, ["str.upper has no Python source"]),
        (functools.partial(max, 1), ["max has no Python source"]),
        (functools.cache(len), ["len has no Python source"]),
        (Model, ["Model is a class"]),
        (GUFunc(double), ["a GUFunc of Numba", "numba.njit"]),
        (
            dispatched,
            ["dispatched is a wrapper made by functools.singledispatch", "dispatched.dispatch(float)"],
        ),
    ],
)
def test_refused(fn, words):
    text = refusal(fn)
    assert all(word in text for word in words), text


def test_the_way_out_of_singledispatch_is_one():
    assert returned(dispatched.dispatch(float)) == "x" and returned(dispatched.dispatch(int)) == "-x"


@pytest.mark.parametrize("thing", [3, None, "f", property(double), classmethod(double)])
def test_not_callable(thing):
    with pytest.raises(TypeError, match="expected a function, got"):
        capture(thing)


def test_endless_wrappers():
    p = functools.partial(double)
    p.__setstate__((p, (), {}, {}))
    with pytest.raises(Unsupported, match="100 wrappers"):
        capture(p)


def test_exec_without_text():
    space = {}
    exec("def f(x):\n    return x", space)
    text = refusal(space["f"])
    assert "no source text for f" in text and "<string>:1, in f" in text and "exec" in text
    # And the way out named there is one:
    body = "def f(x):\n    return x * 7\nh = lambda x: x\n"
    name = "<generated 7>"
    linecache.cache[name] = (len(body), None, body.splitlines(True), name)
    exec(compile(body, name, "exec"), space)
    c = capture(space["f"])
    assert c.file == name and c.source == "def f(x):\n    return x * 7" and returned(space["h"]) == "x"
    assert name in linecache.cache  # not forgotten on the way


def test_file_is_gone(tmp_path):
    m = load(tmp_path / "gone.py", "def f(x):\n    return x\n")
    (tmp_path / "gone.py").unlink()
    text = refusal(m.f)
    assert "gone.py cannot be read" in text and "gone.py:1, in f" in text
