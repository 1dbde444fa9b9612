"""The text of derivatives, kept: a change of it is seen, read and taken on purpose (`pytest
--update-golden`)."""

from pathlib import Path

import black
import numpy as np
import pytest

import sourcead as ad
from sourcead.derivative import Derivative

from .functions import CASES

HERE = Path(__file__).parent
MODES = ("grad", "jvp", "vjp")


def made(name, mode):
    f, args, wrt = CASES[name]
    d = Derivative(f, mode, wrt if mode == "grad" else None)
    names, values = d._bind(args, {})
    return d._lookup(names, values).text


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_text(name, mode, request):
    text = made(name, mode)
    file = HERE / f"{name}_{mode}.txt"
    if request.config.getoption("--update-golden"):
        file.write_text(text)
    assert text == file.read_text(), f"{file.name} changed: read it, and take it with --update-golden"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_black_leaves_it_alone(name, mode):
    text = made(name, mode)
    assert black.format_str(text, mode=black.Mode()) == text


@pytest.mark.parametrize("name", CASES)
def test_it_is_right(name):
    f, args, wrt = CASES[name]
    ad.check_grads(f, args, order=1, argnums=wrt if isinstance(wrt, tuple) else (wrt,))


@pytest.mark.parametrize(
    "name", ["seed_example", "logistic_map", "newton_sqrt", "rosenbrock", "barrier", "burgers"]
)
def test_second_derivatives_are_right(name):
    f, args, wrt = CASES[name]
    ad.check_grads(f, args, order=2, argnums=wrt if isinstance(wrt, tuple) else (wrt,))


def test_what_the_goldens_promise():
    """No tape where the loop is linear, one where it is not, no forward sweep where nothing of it is
    needed."""
    assert "tape" not in made("seidel", "grad")
    assert made("logistic_map", "grad").count("_tape = []") == 1
    assert made("rnn", "grad").count("_tape = []") == 1
    assert "forward" not in made("barrier", "grad") and "tape" not in made("barrier", "grad")
    assert "while x_tape:" in made("newton_sqrt", "grad")
    assert np.isfinite(ad.grad(CASES["mlp"][0])(*CASES["mlp"][1])).all()
