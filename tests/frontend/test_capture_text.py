"""Where the text of a function comes from: files, archives, prompts, notebooks, doctest, exec."""

import ast
import doctest
import importlib.util
import linecache
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from sourcead.frontend import capture as capture_module
from sourcead.frontend.capture import capture

SRC = str(Path(capture_module.__file__).parents[2])


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


def test_zip(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("inzip_capture.py", "def f(x):\n    return x + 9\n")
    monkeypatch.syspath_prepend(str(tmp_path / "lib.zip"))
    import inzip_capture

    assert returned(inzip_capture.f) == "x + 9"


def test_relative_file_after_a_change_of_directory(tmp_path, monkeypatch):
    (tmp_path / "rel.py").write_text("def f(x):\n    return x + 8\n")
    space = {"__file__": str(tmp_path / "rel.py"), "__name__": "rel"}
    exec(compile((tmp_path / "rel.py").read_text(), "sub/rel.py", "exec"), space)
    assert returned(space["f"]) == "x + 8"


def test_other_encodings_line_ends_and_form_feeds(tmp_path):
    text = "# -*- coding: latin-1 -*-\r\nA = 'é'\r\n\x0c\r\ndef f(x):\r\n    return 'ü\u00a0', x\r\n"
    (tmp_path / "enc.py").write_bytes(text.encode("latin-1"))
    spec = importlib.util.spec_from_file_location("enc", tmp_path / "enc.py")
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    c = capture(m.f)
    assert c.node.lineno == 4 and c.source == "def f(x):\n    return 'ü\u00a0', x"
    assert c.span_of(c.node.body[0].value)[1:] == (5, 11, 5, 18)


def test_future_statements(tmp_path):
    m = load(
        tmp_path / "fut.py", "from __future__ import annotations\ndef f(x: Q):\n    y: Z = x\n    return y\n"
    )
    assert returned(m.f) == "y"
    # At a prompt the flags stay without the statement.
    name, body = "<future>", "def f(x: Q):\n    return x\n"
    linecache.cache[name] = (len(body), None, body.splitlines(True), name)
    space = {}
    exec(compile(body, name, "exec", flags=m.f.__code__.co_flags & 0x1000000), space)
    assert returned(space["f"]) == "x"


def test_private_names(tmp_path):
    m = load(tmp_path / "priv.py", "class _A:\n    def __f(self):\n        return self.__x\n    g = __f\n")
    assert capture(m._A.g).owner == "_A" and returned(m._A.g) == "self.__x"


def test_doctest():
    text = """
    >>> from sourcead.frontend.capture import capture
    >>> def f(x):
    ...     return x + 1
    >>> capture(f).source
    'def f(x):\\n    return x + 1'
    >>> capture(lambda x: x * 2).source
    'lambda x: x * 2'
    """
    test = doctest.DocTestParser().get_doctest(text, {}, "inside", None, 0)
    runner = doctest.DocTestRunner(verbose=False)
    assert runner.run(test, out=lambda _: None) == (0, 4)


def python(*args, text="", **env):
    done = subprocess.run(
        [sys.executable, *args],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": SRC, "PYTHONDONTWRITEBYTECODE": "1", **env},
    )
    return done.stdout + done.stderr


def test_prompt():
    out = python(
        "-i",
        text=(
            "from sourcead.frontend.capture import capture\n"
            "def f(x):\n    return x + 1\n\n"
            "print(repr(capture(f).source))\n"
            "g = [lambda x: x, lambda x: x * 3]\n"
            "print(repr(capture(g[1]).source))\n"
        ),
    )
    if sys.version_info >= (3, 13):
        assert "'def f(x):\\n    return x + 1'" in out and "'lambda x: x * 3'" in out, out
    else:
        assert out.count("it was typed at a prompt") == 2, out
        assert "put the function into a file and import it, or use IPython" in out


def test_refusal_under_python_c():
    out = python(
        "-c", "from sourcead.frontend.capture import capture\nf = lambda x: x\nprint(capture(f).source)"
    )
    if sys.version_info >= (3, 13):
        assert "lambda x: x" in out
    else:
        assert "python -c" in out and "way out: put the function into a file" in out


SCRIPT = """
import ast
from sourcead.frontend.capture import capture

def f(x):
    "A docstring."
    assert x > 0
    return x
a = [lambda x: x + 1, lambda x: x - 1, lambda x: lambda x: x * 2, lambda x: x - 1]
print([ast.unparse(capture(g).node) for g in (*a, a[2](0))], len(capture(f).node.body))
"""


@pytest.mark.parametrize("flags", [[], ["-X", "no_debug_ranges"], ["-O"], ["-OO"]])
def test_scripts_with_and_without_columns_and_docstrings(tmp_path, flags):
    (tmp_path / "script.py").write_text(SCRIPT)
    bodies = ["x + 1", "x - 1", "lambda x: x * 2", "x - 1", "x * 2"]
    wanted = [f"lambda x: {body}" for body in bodies]
    assert python(*flags, str(tmp_path / "script.py")) == f"{wanted} 3\n"


def test_ipython():
    shell_module = pytest.importorskip("IPython.core.interactiveshell")
    shell = shell_module.InteractiveShell.instance()
    try:
        shell.run_cell("from sourcead.frontend.capture import capture")
        shell.run_cell("def f(x):\n    return x + 1\n%timeit -n1 -r1 1\nc = capture(f)").raise_error()
        assert shell.user_ns["c"].source == "def f(x):\n    return x + 1"
        shell.run_cell(
            "import asyncio; await asyncio.sleep(0); g = lambda x: x; h = lambda x: -x"
        ).raise_error()
        assert returned(shell.user_ns["h"]) == "-x"
        # The same name in a later cell: each function keeps the text that it was made from.
        old = shell.user_ns["f"]
        shell.run_cell("def f(x):\n    return x + 2").raise_error()
        assert [returned(old), returned(shell.user_ns["f"])] == ["x + 1", "x + 2"]
    finally:
        shell_module.InteractiveShell.clear_instance()
