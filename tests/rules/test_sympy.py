"""The rows of elementary functions are proved equal to SymPy's derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from sourcead.rules.registry import BOOK

x, a, b, g = sp.symbols("x a b g", positive=True)
ONE = {
    "numpy.exp": sp.exp,
    "numpy.exp2": lambda v: 2**v,
    "numpy.expm1": lambda v: sp.exp(v) - 1,
    "numpy.log": sp.log,
    "numpy.log2": lambda v: sp.log(v, 2),
    "numpy.log10": lambda v: sp.log(v, 10),
    "numpy.log1p": lambda v: sp.log(1 + v),
    "numpy.sqrt": sp.sqrt,
    "numpy.square": lambda v: v**2,
    "numpy.cbrt": sp.cbrt,
    "numpy.reciprocal": lambda v: 1 / v,
    "numpy.sin": sp.sin,
    "numpy.cos": sp.cos,
    "numpy.tan": sp.tan,
    "numpy.arcsin": sp.asin,
    "numpy.arccos": sp.acos,
    "numpy.arctan": sp.atan,
    "numpy.sinh": sp.sinh,
    "numpy.cosh": sp.cosh,
    "numpy.tanh": sp.tanh,
    "numpy.arcsinh": sp.asinh,
    "numpy.arccosh": sp.acosh,
    "numpy.arctanh": sp.atanh,
}
TWO = {
    "operator.add": lambda p, q: p + q,
    "operator.sub": lambda p, q: p - q,
    "operator.mul": lambda p, q: p * q,
    "operator.truediv": lambda p, q: p / q,
    "operator.pow": lambda p, q: p**q,
    "numpy.arctan2": lambda p, q: sp.atan(p / q),
    "numpy.hypot": lambda p, q: sp.sqrt(p**2 + q**2),
}


class Symbolic:
    """NumPy's names, for symbols."""

    def __getattr__(self, name):
        return getattr(sp, name)

    @staticmethod
    def iscomplexobj(v):
        return False


@pytest.fixture
def symbolic(monkeypatch):
    from sourcead.rules import elementwise, guards, operators

    for module in (elementwise, guards, operators):
        for fact in ("known_nonzero", "known_positive"):
            monkeypatch.setattr(module, fact, lambda v: True, raising=False)
        monkeypatch.setattr(module, "np", Symbolic(), raising=False)
    monkeypatch.setattr(elementwise, "LN2", sp.log(2))
    monkeypatch.setattr(elementwise, "LN10", sp.log(10))
    return None


@pytest.mark.parametrize("key", ONE)
def test_one_operand(key, symbolic):
    f = ONE[key](x)
    got = BOOK[key].scaled[0](g, x, f)
    assert same(got, g * sp.diff(f, x), {x: 0.37} if key != "numpy.arccosh" else {x: 1.37})


@pytest.mark.parametrize("key", TWO)
def test_two_operands(key, symbolic):
    f = TWO[key](a, b)
    for n, v in enumerate((a, b)):
        assert same(BOOK[key].scaled[n](g, a, b, f), g * sp.diff(f, v), {a: 0.37, b: 0.81})


def same(got, want, at):
    """Equal by proof where SymPy expands the difference to zero, else to 40 digits at a point."""
    difference = sp.nsimplify(got - want, rational=True)
    if sp.radsimp(sp.expand(difference)) == 0:
        return True
    exact = {v: sp.Rational(str(n)) for v, n in at.items()}
    return abs(sp.N(difference.subs(exact).subs(g, 1), 40)) < 1e-35


def test_numpy_is_itself_again():
    from sourcead.rules import elementwise

    assert elementwise.np is np
