"""The node of a function: lambdas on one line, and text that changed after it was compiled."""

import ast
import importlib.util
import inspect
import os
import textwrap
import types

import pytest

from sourcead.errors import Unsupported
from sourcead.frontend.capture import capture


def rewrite(path, text):
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    os.utime(path, (1, 1))  # a coarse clock must not hide the change


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


def refusal(fn):
    with pytest.raises(Unsupported) as info:
        capture(fn)
    assert info.value.reason and info.value.hint
    return str(info.value)


# -- lambdas -------------------------------------------------------------------------------------------


# fmt: off
PAIR = (lambda x: x + 1), (lambda x: x - 1)
EQUAL = (lambda x: x), (lambda x: x), (lambda x: (x))
NESTED = lambda x: lambda y: lambda z: x + y * z  # noqa: E731
ORDER = ((lambda: 1) if (lambda: 2)() else 0, lambda: 3)
DEFAULTS = lambda x, f=lambda x: x * 2, *, g=lambda x: x * 3: (f, g)  # noqa: E731
FUSED = lambda x, y: min(x, (lambda z=x: y)(), (lambda: y)())  # noqa: E731
NUMBERS = lambda: 1, lambda: 1.0, lambda: True, lambda: 0.0, lambda: -0.0
SPREAD = list(map(
    lambda f: (
        f,
        lambda x:
            x ** f), [2, 3]))
# fmt: on


def test_lambdas_on_one_line():
    assert [returned(f) for f in PAIR] == ["x + 1", "x - 1"]
    assert [returned(f) for f in NUMBERS] == ["1", "1.0", "True", "0.0", "-0.0"]
    assert returned(ORDER[0]) == "1" and returned(ORDER[1]) == "3"


def test_equal_lambdas_are_told_apart_by_columns():
    assert len({capture(f).node.col_offset for f in EQUAL}) == 3
    assert [capture(f).source for f in EQUAL] == ["lambda x: x", "lambda x: x", "lambda x: (x)"]


def test_nested_lambdas():
    assert returned(NESTED) == "lambda y: lambda z: x + y * z"
    assert returned(NESTED(1)) == "lambda z: x + y * z"
    inner = capture(NESTED(1)(2))
    assert ast.unparse(inner.node.body) == "x + y * z"
    assert {name: cell.cell_contents for name, cell in inner.closure.items()} == {"x": 1, "y": 2}
    assert returned(DEFAULTS) == "(f, g)"
    assert [returned(f) for f in DEFAULTS(0)] == ["x * 2", "x * 3"]
    assert returned(FUSED).startswith("min(x, ")


def test_lambda_over_several_lines():
    assert returned(SPREAD[0][1]) == "x ** f"
    assert capture(SPREAD[0][1]).source == "lambda x:\n            x ** f"
    assert capture(SPREAD[1][1]).closure["f"].cell_contents == 3


def test_lambda_in_a_decorator():
    kept = []

    def keep(*functions):
        kept.extend(functions)
        return lambda f: f

    @keep(lambda x: x + 10, lambda x: x + 20)
    def f(x):
        return x + 30

    assert [returned(g) for g in (*kept, f)] == ["x + 10", "x + 20", "x + 30"]


def test_lambda_in_comprehension_class_and_fstring():
    found = [lambda x, k=k: x**k for k in range(2)] + [lambda x: x]
    assert [returned(f) for f in found] == ["x ** k", "x ** k", "x"]

    class A:
        f, g = (lambda self: self.a), (lambda self: self.b)

    assert returned(A.f) == "self.a" and returned(A().g) == "self.b" and capture(A.g).owner == "A"


# -- text that changes ---------------------------------------------------------------------------------


BEFORE = """
K = 1.0
def f(x):
    y = x + 2.0
    if y > 0:
        y = y * K
        y = y - 1
    return y
"""


@pytest.mark.parametrize(
    "old, new",
    [
        ("2.0", "3.0"),
        ("2.0", "2"),
        ("x + 2.0", "x - 2.0"),
        ("y * K", "y * L"),
        ("y > 0", "y < 0"),
        ("        y = y - 1", "    y = y - 1"),
        ("def f(x)", "def g(x)"),
        ("def f(x)", "def f(x, y)"),
        ("y = x + 2.0", "z = x + 2.0"),
        ("return y", "return y +"),
    ],
)
def test_edited_function_is_refused(tmp_path, old, new):
    m = load(tmp_path / "edited.py", BEFORE)
    assert capture(m.f).node.lineno == 3
    assert old in BEFORE
    rewrite(tmp_path / "edited.py", BEFORE.replace(old, new))
    text = refusal(m.f)
    assert "not that of the code that runs" in text and "importlib.reload" in text


def test_edits_elsewhere_do_no_harm(tmp_path):
    m = load(tmp_path / "moved.py", BEFORE)
    comment = BEFORE.replace("    if y", "    # a comment\n\n    if y").replace(
        "K = 1.0", "K = 1.0\nL = 2\n\n"
    )
    rewrite(tmp_path / "moved.py", comment)
    c = capture(m.f)
    assert c.node.lineno == 6 and "# a comment" in c.source


def test_swapped_lambdas_are_found(tmp_path):
    m = load(tmp_path / "swapped.py", "f, g = lambda x: x + 1, lambda x: x - 1\n")
    rewrite(tmp_path / "swapped.py", "g, f = lambda x: x - 1, lambda x: x + 1\n")
    assert returned(m.f) == "x + 1" and returned(m.g) == "x - 1"


def with_asserts(x):
    y = x + 1
    assert (lambda z: z > 0)(y), "positive"
    for k in range(3):
        if k > 1:
            y = y * k
        assert y == y and [y] != [0]

    def inner(z):
        assert isinstance(z, float)
        return z + y

    return inner, len


def test_functions_whose_asserts_pytest_rewrote():
    assert any(
        name.startswith("@py") for name in with_asserts.__code__.co_names + with_asserts.__code__.co_varnames
    )
    assert capture(with_asserts).node.name == "with_asserts"
    assert returned(with_asserts(1.0)[0]) == "z + y"
    code = with_asserts.__code__
    consts = tuple(4 if c == 3 and type(c) is int else c for c in code.co_consts)
    assert consts != code.co_consts
    names = tuple("sum" if n == "len" else n for n in code.co_names)
    for changed in (code.replace(co_consts=consts), code.replace(co_names=names)):
        assert "not that" in refusal(types.FunctionType(changed, globals()))


def test_a_line_moved_out_of_a_branch_beside_an_assert_is_noticed(tmp_path):
    text = textwrap.dedent(inspect.getsource(with_asserts))
    moved = text.replace("            y = y * k\n", "            pass\n        y = y * k\n")
    assert moved != text
    m = load(tmp_path / "plain.py", moved)
    line = with_asserts.__code__.co_firstlineno
    fn = types.FunctionType(
        m.with_asserts.__code__.replace(co_firstlineno=line, co_filename=__file__), globals()
    )
    assert "not that" in refusal(fn)
