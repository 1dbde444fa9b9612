"""Each program of `language`: the value bit for bit as Python gives it, the gradient as differences."""

import contextlib
import copy
import io

import numpy as np
import pytest

import sourcead as ad

from . import language_exceptions
from .language import CASES

assert language_exceptions.case  # its programs are cases too
IDS = [f"{f.__name__}-{n}" for n, (f, _) in enumerate(CASES)]


def run(f, args):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        value = f(*copy.deepcopy(args))
    return value, out.getvalue()


def differences(f, args):
    """The gradient for the first argument by central differences of fourth order."""
    x = np.asarray(args[0], dtype=float)
    g = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        h = 1e-4 * max(1.0, abs(x[index]))
        for step, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            y = x.copy()
            y[index] += step * h
            moved = y if isinstance(args[0], np.ndarray) else float(y)
            g[index] += weight * run(f, (moved, *args[1:]))[0] / (12.0 * h)
    return g


@pytest.mark.parametrize("f, args", CASES, ids=IDS)
def test_value_and_gradient(f, args):
    want, printed = run(f, args)
    (value, gradient), shown = run(ad.value_and_grad(f), args)
    assert type(value) is type(want) or {type(value), type(want)} <= {int, float}
    assert value == want
    assert shown == printed
    np.testing.assert_allclose(gradient, differences(f, args), rtol=2e-7, atol=2e-8)


@pytest.mark.parametrize("f, args", CASES, ids=IDS)
def test_forward_mode(f, args):
    tangent = np.ones_like(args[0]) if isinstance(args[0], np.ndarray) else 1.0
    rest = tuple(np.zeros_like(a) if isinstance(a, np.ndarray) else 0.0 for a in args[1:])
    del rest
    g = lambda x: f(x, *args[1:])  # noqa: E731
    (value, slope), _ = run(lambda x: ad.jvp(g, (x,), (tangent,)), args[:1])
    assert value == run(f, args)[0]
    np.testing.assert_allclose(slope, np.sum(differences(f, args)), rtol=2e-7, atol=2e-8)
