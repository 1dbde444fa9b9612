"""The command line: what it prints, where, and its exit status."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from sourcead import cli
from sourcead.display import PlainText, Text, format_with_black, highlight, side_by_side_html
from sourcead.rules.registry import BOOK

MODEL = """
import numpy as np


def energy(x, y):
    return x * x * np.sin(y)


def quadratic(A: "float[:, :]", x: "float[:]"):
    return x @ A @ x


def steps(x: float, n: int):
    for i in range(n):
        x = 3.0 * x * (1.0 - x)
    return x


def unsupported(x: float):
    async def later():
        return x
    return later


def count(n: int):
    return n


class Spring:
    def __init__(self):
        self.k = 3.0

    def energy(self, x: float):
        return 0.5 * self.k * x * x

    @staticmethod
    def twice(x: float):
        return 2.0 * x


class Needs:
    def __init__(self, k):
        self.k = k

    def energy(self, x: float):
        return self.k * x


def kink(x: float):
    return abs(x - 1.0)
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "raises.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("model", "broken", "raises"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.fixture
def sourcead(model, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(arguments)
        out, err = capsys.readouterr()
        return left.value.code or 0, out, err

    return run


def test_grad_prints_python_with_what_was_assumed_first(sourcead):
    status, out, _ = sourcead("grad", "model.py:energy")
    assert status == 0
    first, *rest = out.splitlines()
    assert first.startswith("# assumed: x is a number, float; y is a number, float")
    assert any(line.startswith("def energy_grad(x, y)") for line in rest)
    compile(out, "out.py", "exec")


def test_annotations_and_types_leave_nothing_to_assume(sourcead):
    assert "assumed" not in sourcead("grad", "model.py:quadratic")[1]
    assert "assumed" not in sourcead("grad", "model.py:energy", "--types", "x: float, y: float")[1]


def test_wrt_chooses_the_arguments(sourcead):
    _, out, _ = sourcead("grad", "model.py:quadratic", "--wrt", "x")
    namespace: dict = {}
    exec(out, namespace)
    A, x = map(__import__("numpy").asarray, ([[1.0, 2.0], [0.0, 1.0]], [3.0, 1.0]))
    assert namespace["quadratic_grad"](A, x).tolist() == [8.0, 8.0]
    _, out, _ = sourcead("grad", "model.py:quadratic", "--wrt", "A,x")
    namespace: dict = {}
    exec(out, namespace)
    A_bar, x_bar = namespace["quadratic_grad"](
        *map(__import__("numpy").asarray, ([[1.0, 2.0], [0.0, 1.0]], [3.0, 1.0]))
    )
    assert A_bar.tolist() == [[9.0, 3.0], [3.0, 1.0]] and x_bar.tolist() == [8.0, 8.0]


@pytest.mark.parametrize("command", [["grad", "--mode", "forward"], ["jvp"]])
def test_forward_mode(sourcead, command):
    status, out, _ = sourcead(*command, "model.py:energy", "--wrt", "x,y")
    assert status == 0 and "def energy_jvp(" in out and "x_dot" in out


def test_vjp_prints_both_parts(sourcead):
    status, out, _ = sourcead("vjp", "model.py:energy")
    assert status == 0 and out.count("def ") >= 2


def test_ssa_prints_one_operation_a_line(sourcead):
    status, out, _ = sourcead("ssa", "model.py:steps")
    assert status == 0 and "for" in out and len(out.splitlines()) > 4


def test_cost_prints_formulas(sourcead):
    status, out, err = sourcead("cost", "model.py:steps")
    assert status == 0, err
    assert "primal: 3*n" in out and "tape: 8*n bytes" in out
    status, out, err = sourcead("cost", "model.py:steps", "--mode", "forward")
    assert status == 0 and "tape: 0 bytes" in out


def test_cost_without_sympy_says_what_to_install(sourcead, monkeypatch):
    for name in [n for n in sys.modules if n == "sourcead.cost" or n.partition(".")[0] == "sympy"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("cost", "sizes", "sums"):
        monkeypatch.delitem(sys.modules, f"sourcead.analysis.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "sympy", None)
    status, _, err = sourcead("cost", "model.py:steps")
    assert status == 2 and "pip install sympy" in err


@pytest.mark.parametrize("command", ["grad", "jvp", "vjp"])
@pytest.mark.parametrize("target", ["energy", "quadratic", "steps", "Spring.energy", "Spring.twice"])
def test_check_prints_a_table_and_the_output_stays_python(sourcead, command, target):
    status, out, err = sourcead(command, f"model.py:{target}", "--check")
    assert status == 0, err
    table = out[out.index("# against finite differences") :].splitlines()
    assert table[1].split()[1:3] == ["argument", "numbers"]
    assert len(table) >= 3 and all(row.endswith("right") for row in table[2:])
    compile(out, "out.py", "exec")


def test_a_failed_check_leaves_with_1_and_says_what_is_wrong(sourcead, monkeypatch):
    right = cli._derivative

    class Wrong:
        def __init__(self, *request):
            self.right = right(*request)

        def __getattr__(self, name):
            return getattr(self.right, name)

        def __call__(self, *args):
            return self.right(*args) * 1.001

    monkeypatch.setattr(cli, "_derivative", Wrong)
    status, out, err = sourcead("grad", "model.py:steps", "--check")
    assert status == 1
    assert "WRONG" in out and "check failed: x: got" in err


def test_out_saves_a_file_that_runs_without_sourcead(sourcead, model):
    status, _, err = sourcead("grad", "model.py:energy", "--out", "saved.py")
    assert status == 0 and "saved.py" in err
    program = (
        "import sys; sys.modules['sourcead'] = None; sys.path.insert(0, '.')\n"
        "import saved, math; print(abs(saved.energy_grad(2.0, 0.5) - 4.0 * math.sin(0.5)) < 1e-15)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=model)
    assert done.stdout.strip() == "True", done.stderr


def test_what_is_refused_leaves_with_1_and_names_the_line(sourcead):
    status, out, err = sourcead("grad", "model.py:unsupported")
    assert status == 1 and out == ""
    assert "model.py:" in err and "^" in err and "Traceback" not in err


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["grad", "modle.py:energy"], "did you mean model.py?"),
        (["grad", "model.py:enrgy"], "did you mean energy?"),
        (["grad", "model.py:Spring.enegry"], "did you mean energy?"),
        (["grad", "model.py"], "FILE.py:FUNC"),
        (["grad", "model.py:Spring"], "not a function"),
        (["grad", "model.py:np"], "not a function"),
        (["grad", "model.py:Needs.energy"], "without arguments"),
        (["grad", "broken.py:f"], "SyntaxError"),
        (["grad", "raises.py:f"], "ZeroDivisionError"),
        (["grad", "model.py:energy", "--wrt", "z"], "'z'"),
        (["grad", "model.py:steps", "--wrt", "n"], "carries no derivative"),
        (["grad", "model.py:count"], "no parameter is a float"),
        (["grad", "model.py:energy", "--types", "x: flot"], "'flot'"),
        (["grad", "model.py:energy", "--types", "z: float"], "'z'"),
        (["grad", "model.py:quadratic", "--types", "A: float[2, 3], x: float[4]", "--check"], "no point"),
        (["grad", "model.py:energy", "--mode", "sideways"], "sideways"),
        (["grad", "model.py:energy", "--nonsense"], "nonsense"),
        (["nonsense"], "nonsense"),
        (["rules", "numpy.tahn"], "did you mean"),
    ],
)
def test_requests_that_make_no_sense_leave_with_2(sourcead, arguments, said):
    status, out, err = sourcead(*arguments)
    assert status == 2
    assert said in err and "Traceback" not in err


def test_rules_lists_the_book_and_prints_one(sourcead):
    status, out, _ = sourcead("rules")
    listed = out.split()
    assert status == 0 and set(BOOK) < set(listed) and listed == sorted(listed)
    assert {"numpy.tanh", "numpy.trapezoid", "scipy.sparse.linalg.spsolve", "scipy.optimize.brentq"} <= set(
        listed
    )
    for name in ("numpy.tanh", "np.tanh", "tanh"):
        status, out, _ = sourcead("rules", name)
        assert status == 0 and "# numpy.tanh(" in out and len(out.splitlines()) > 1
    for name in ("np.trapezoid", "brentq"):  # a composite, a function that calls back
        status, out, _ = sourcead("rules", name)
        assert status == 0 and "def " in out


@pytest.mark.parametrize("command", [[sys.executable, "-m", "sourcead"]])
def test_python_m(model, command):
    done = subprocess.run([*command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("grad", "jvp", "vjp", "ssa", "rules"))
    done = subprocess.run([*command, "grad", "model.py:nothing"], capture_output=True, text=True)
    assert done.returncode == 2 and "nothing" in done.stderr and not done.stdout


# --- how text is shown ------------------------------------------------------------------------------------


def test_text_is_plain_in_a_pipe_and_coloured_where_asked_for(monkeypatch):
    text = "def f(x):\n    return 'a' * x  # " + "long " * 40 + "end\n"
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert highlight(text) == text
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = highlight(text)
    assert "\x1b[" in coloured

    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text
    assert highlight(text, "text") == text
    monkeypatch.setenv("NO_COLOR", "1")
    assert highlight(text) == text


def test_text_shows_itself_and_stays_a_string():
    t = Text("x = 1\n")
    assert repr(t) == "x = 1" and t == "x = 1\n" and isinstance(t, str)
    assert "x" in t._repr_html_() and "<pre" in PlainText("a < b")._repr_html_()
    assert "a &lt; b" in PlainText("a < b")._repr_html_()


def test_side_by_side():
    html = side_by_side_html("def f(x): ...", "def f_grad(x): ...", "f <of x>")
    assert html.index("f_grad") > html.index(">f<") and "f &lt;of x&gt;" in html
    assert "<script" not in html


def test_black_formats_what_is_shown():
    assert format_with_black("x = {  'a':1 }") == 'x = {"a": 1}\n'
