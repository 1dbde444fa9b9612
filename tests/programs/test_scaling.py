"""Text and results stay in proportion where a function has very many ways out."""

import importlib.util
import sys

import pytest

import sourcead as ad

from . import differences


def guards(n: int) -> str:
    """A loop with n `continue` guards, each with its own effect; every one is taken for some i."""
    lines = ["def f(x):", "    s = 0.0", f"    for i in range({n + 2}):"]
    for k in range(n):
        lines += [
            f"        if i == {k}:",
            f"            s = s * 0.5 + x * {k % 7 + 1}.0",
            "            continue",
        ]
    return "\n".join([*lines, "        s = s + x * x", "    return s * x", ""])


def returns(n: int) -> str:
    """n early returns, one after the other, with an assignment between each two."""
    lines = ["def f(x, k):", "    y = x"]
    for j in range(n):
        lines += [
            f"    if k == {j}:",
            f"        return y * {j % 5 + 1}.0",
            f"    y = y * {0.9 + j % 3 / 10:.1f} + 0.01",
        ]
    return "\n".join([*lines, "    return y * y", ""])


def load(path, text):
    """Write the text to a file and import it, as a user's module."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module.f


def check(f, *args) -> int:
    """Value and gradient are right; gives back the length of the derivative's text."""
    derivative = ad.value_and_grad(f)
    value, gradient = derivative(*args)
    want = differences.richardson(lambda t: f(args[0] + t, *args[1:]))
    assert value == f(*args)
    assert gradient == pytest.approx(want, rel=1e-7)
    return len(derivative.source)


def test_five_hundred_guards(tmp_path):
    check(load(tmp_path / "guards_500.py", guards(500)), 0.7)


@pytest.mark.parametrize("k", [0, 1, 7, 100, 199, 200])
def test_two_hundred_returns(tmp_path, k):
    check(load(tmp_path / f"returns_200_{k}.py", returns(200)), 0.7, k)


def test_text_of_guards_is_linear(tmp_path):
    few, many = (check(load(tmp_path / f"guards_{n}.py", guards(n)), 0.7) for n in (200, 400))
    assert many < 2.3 * few


def test_text_of_returns_is_linear(tmp_path):
    few, many = (check(load(tmp_path / f"returns_{n}.py", returns(n)), 0.7, n - 1) for n in (100, 200))
    assert many < 2.3 * few


def test_time_of_compilation_does_not_grow_faster_than_the_text(tmp_path):
    """Counted in calls that the compiler makes, not in seconds, so that a busy machine cannot fail it."""

    def calls(n):
        f = load(tmp_path / f"counted_{n}.py", guards(n))
        count = 0

        def profile(frame, event, arg):
            nonlocal count
            count += event == "call"

        derivative = ad.grad(f)
        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            derivative(0.7)
        finally:
            sys.setprofile(before)
        return count

    calls(10)  # what is set up once
    assert calls(200) < 2.6 * calls(100)
