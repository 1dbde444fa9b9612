"""The stages in a row: what `Compiled` holds, and a text that depends on the input alone."""

import ast
import os
import subprocess
import sys
import textwrap

import black
import numpy as np
import pytest

from sourcead.backend.signature import Make
from sourcead.compiler import compile_grad, compile_jvp, compile_primal, compile_vjp
from sourcead.frontend.trees import Fixed, Leaf, Node, tree_of
from sourcead.ir.core import Value
from sourcead.ir.types import PY_FLOAT
from sourcead.outputs import Slots


def trees(**values):
    return [(n, tree_of(v)) for n, v in values.items()]


def energy(x, k):
    s = 0.0
    for i in range(len(x)):
        s += k * x[i] ** 2 * np.sin(x[i])
    return s


def test_the_primal_comes_out_as_it_went_in():
    x = np.linspace(0.1, 1.0, 7)
    c = compile_primal(energy, trees(x=x, k=2.0))
    assert c.entry(x, 2.0) == energy(x, 2.0)
    assert list(c.stages) == ["primal"]


def test_a_gradient_in_every_stage():
    c = compile_grad(energy, trees(x=np.ones(3), k=2.0), (0, 1), False, True)
    assert list(c.functions) == ["energy_value_and_grad"]
    assert c.entry.__name__ == "energy_value_and_grad"
    x = np.array([0.5, -1.0])
    value, (gx, gk) = c.entry(x, 3.0)
    assert value == energy(x, 3.0)
    np.testing.assert_allclose(gx, 3.0 * (2 * x * np.sin(x) + x * x * np.cos(x)), rtol=1e-14)
    assert gk == pytest.approx(np.sum(x * x * np.sin(x)), rel=1e-14)
    tree = ast.parse(c.text)
    assert [s.name for s in tree.body if isinstance(s, ast.FunctionDef)] == ["energy_value_and_grad"]


def test_the_two_functions_of_a_vjp():
    c = compile_vjp(energy, trees(x=np.ones(3), k=2.0), None)
    assert list(c.functions) == ["energy_forward", "energy_pullback"]
    x = np.array([0.5, -1.0])
    value, residuals = c.entry(x, 3.0)
    assert value == energy(x, 3.0)
    gx, gk = c.functions["energy_pullback"](*residuals, 2.0)
    assert gk == pytest.approx(2 * np.sum(x * x * np.sin(x)), rel=1e-14)
    assert c.extra["seeds"] == [0]


def test_the_arguments_of_a_jvp():
    c = compile_jvp(energy, trees(x=np.ones(3), k=2.0), (0, 1))
    x, d = np.array([0.5, -1.0]), np.array([1.0, 2.0])
    value, dot = c.entry(x, 3.0, d, 0.0)
    assert value == energy(x, 3.0)
    assert dot == pytest.approx(np.sum(d * 3.0 * (2 * x * np.sin(x) + x * x * np.cos(x))), rel=1e-14)
    names = [a.arg for a in ast.parse(c.text).body[-1].args.args]
    assert names == ["x", "k", "x_dot", "k_dot"]


def test_the_text_is_formatted_as_black_would():
    for c in (
        compile_grad(energy, trees(x=np.ones(3), k=2.0), (0,), True, False),
        compile_vjp(energy, trees(x=np.ones(3), k=2.0), None),
        compile_jvp(energy, trees(x=np.ones(3), k=2.0), (0, 1)),
    ):
        assert black.format_str(c.text, mode=black.Mode()) == c.text
        assert max(map(len, c.text.splitlines())) <= 88


def test_comments_of_the_text():
    text = compile_grad(energy, trees(x=np.ones(3), k=2.0), (0,), True, True).text
    assert text.index("# forward") < text.index("# reverse")
    assert "# s += k * x[i] ** 2 * np.sin(x[i])" in text


def test_structures_of_results():
    class Pair:
        pass

    a, b, c = (Value(PY_FLOAT, n) for n in "abc")
    leaf = Leaf(PY_FLOAT)
    tree = Node(
        "dict",
        dict,
        ("k", "m"),
        (Node("tuple", tuple, (), (leaf, Fixed(None))), Node("list", list, (), (leaf,))),
    )
    slots = Slots()
    got = slots.structure(Node("dataclass", Pair, ("p", "q"), (tree, leaf)), iter([a, b, c]))
    assert got == Make(Pair, {"p": {"k": (0, None), "m": [1]}, "q": 2})
    assert slots.values == [a, b, c]


PROGRAM = textwrap.dedent("""
    import sys
    import numpy as np
    import sourcead as ad

    def helper(a, b):
        return np.tanh(a) * b

    def f(p, x, n):
        h, c, total = p["w"], p["b"], 0.0
        seen = []
        for i in range(n):
            h = helper(h, x) + c
            if h[0] > 0.1:
                seen.append(np.sum(h))
                total = total + seen[-1] * c
            else:
                total = total - c
        return total + np.sum(h)

    args = ({"w": np.ones(3), "b": 0.5}, np.arange(3.0), 3)
    d = ad.grad(f, (0, 1))
    d(*args)
    print(d.source)
    v = ad.vjp(f)
    v(*args)
    print(v.source)
    j = ad.jvp(f)
    j(args, ({"w": np.ones(3), "b": 1.0}, np.ones(3), 0))
    print(j.source)
    """)


def test_the_text_does_not_depend_on_hashes_or_history(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    texts = set()
    for seed in ("0", "1", "2", "12345"):
        done = subprocess.run(
            [sys.executable, str(file)],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert done.returncode == 0, done.stderr
        texts.add(done.stdout)
    assert len(texts) == 1
    first = compile_grad(energy, trees(x=np.ones(3), k=2.0), (0,), True, False).text
    for _ in range(3):
        compile_vjp(energy, trees(x=np.ones(3), k=2.0), None)
        assert compile_grad(energy, trees(x=np.ones(9), k=1.0), (0,), True, False).text == first


def test_a_callee_with_one_value_in_two_parameters():
    """Both parameters of the callee's IR bear the argument's name; in its text they must not."""
    import sourcead as ad

    @ad.custom_vjp
    def times(a, b):
        return a * b

    times.defvjp(lambda a, b: (a * b, (a, b)), lambda r, g: (r[1] * g, r[0] * g))
    value, gradient = ad.value_and_grad(lambda x: times(x, x))(3.0)
    assert (value, gradient) == (9.0, 6.0)
