"""Conventions at poles and kinks; nothing raises or warns there that the primal does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sourcead.rules.registry import BOOK

from .driver import pullback, pushforward, run

inf = math.inf
# key, arguments, adjoint, expected adjoints
EDGES = [
    ("numpy.absolute", (np.array([-1.0, 0.0, 2.0]),), 1.0, [[-1.0, 0.0, 1.0]]),
    ("builtins.abs", (0.0,), 1.0, [0.0]),
    ("builtins.abs", (0j,), 1.0, [0.0]),
    ("math.fabs", (0.0,), 1.0, [0.0]),
    ("math.sqrt", (0.0,), 0.0, [0.0]),
    ("math.sqrt", (0.0,), 1.0, [inf]),
    ("numpy.sqrt", (np.array([0.0, 0.0, 4.0]),), np.array([0.0, 1.0, 1.0]), [[0.0, inf, 0.25]]),
    ("numpy.sqrt", (np.float32(0.0),), np.float32(0.0), [0.0]),
    ("numpy.cbrt", (np.array([0.0, 0.0]),), np.array([0.0, 1.0]), [[0.0, inf]]),
    ("numpy.arcsin", (np.array([1.0, -1.0]),), np.array([0.0, 1.0]), [[0.0, inf]]),
    ("math.asin", (1.0,), 0.0, [0.0]),
    ("math.acos", (-1.0,), 1.0, [-inf]),
    ("numpy.arccosh", (np.array([1.0, 1.0]),), np.array([0.0, 1.0]), [[0.0, inf]]),
    ("math.acosh", (1.0,), 1.0, [inf]),
    ("numpy.hypot", (np.array([0.0, 3.0]), np.array([0.0, 4.0])), 1.0, [[0.0, 0.6], [0.0, 0.8]]),
    ("math.hypot", (0.0, 0.0), 1.0, [0.0, 0.0]),
    ("numpy.arctan2", (np.array([0.0]), np.array([0.0])), 1.0, [[0.0], [0.0]]),
    ("math.atan2", (0.0, 0.0), 1.0, [0.0, 0.0]),
    ("operator.pow", (0.0, 0), 1.0, [0.0, 0.0]),
    ("operator.pow", (0.0, 0.0), 1.0, [0.0, 0.0]),
    ("operator.pow", (np.array([0.0, -2.0]), 0.0), 1.0, [[0.0, 0.0], [0.0, 0.0]]),
    ("operator.pow", (0.0, 0.5), 0.0, [0.0, 0.0]),
    ("operator.pow", (0.0, 0.5), 1.0, [inf, 0.0]),
    ("operator.pow", (0.0, 1.0), 1.0, [1.0, 0.0]),
    ("operator.pow", (0.0, 2), 1.0, [0.0, 0.0]),
    ("operator.pow", (-2.0, 3), 1.0, [12.0, 0.0]),
    (
        "operator.pow",
        (np.array([0.0, 0.0, 4.0]), 0.5),
        np.array([0.0, 1.0, 1.0]),
        [[0.0, inf, 0.25], [0.0, 0.0, 2 * math.log(4)]],
    ),
    ("math.pow", (0.0, 0.5), 0.0, [0.0, 0.0]),
    ("numpy.maximum", (np.array([1.0, 2.0]), np.array([1.0, 3.0])), 1.0, [[0.5, 0.0], [0.5, 1.0]]),
    ("numpy.minimum", (np.array([1.0, 2.0]), np.array([1.0, 3.0])), 1.0, [[0.5, 1.0], [0.5, 0.0]]),
    ("builtins.max", (1.0, 1.0), 1.0, [0.5, 0.5]),
    ("builtins.min", (1.0, 1.0, 1.0, 2.0), 3.0, [1.0, 1.0, 1.0, 0.0]),
    ("numpy.clip", (np.array([0.0, 0.5, 1.0, 2.0]), 0.0, 1.0), 1.0, [[0.5, 1.0, 0.5, 0.0]]),
    ("numpy.max", (np.array([2.0, 1.0, 2.0]),), 1.0, [[0.5, 0.0, 0.5]]),
    ("numpy.min", (np.array([2.0, 1.0, 1.0]),), 1.0, [[0.0, 0.5, 0.5]]),
    ("numpy.std", (np.array([2.0, 2.0]),), 1.0, [[0.0, 0.0]]),
    ("numpy.linalg.norm", (np.array([0.0, 0.0]),), 1.0, [[0.0, 0.0]]),
    ("numpy.prod", (np.array([0.0, 0.0, 3.0]),), 1.0, [[0.0, 0.0, 0.0]]),
    ("numpy.prod", (np.array([0.0, 2.0, 3.0]),), 1.0, [[6.0, 0.0, 0.0]]),
    ("numpy.prod", (np.array([]),), 1.0, [[]]),
    (
        "numpy.logaddexp",
        (np.array([-inf, -inf]), np.array([-inf, 1.0])),
        np.array([0.0, 1.0]),
        [[0.0, 0.0], [0.0, 1.0]],
    ),
    ("numpy.sinc", (np.array([0.0]),), 1.0, [[0.0]]),
    ("operator.mul", (0.0, 2.0), 1.0, [2.0, 0.0]),
    ("numpy.linalg.det", (np.zeros((1, 1)),), 1.0, [[[1.0]]]),
    ("numpy.copysign", (np.array([0.0]), np.array([-1.0])), 1.0, [[0.0]]),
]


@pytest.mark.parametrize("key, args, g, want", EDGES, ids=lambda v: v if isinstance(v, str) else None)
def test_convention(key, args, g, want):
    with np.errstate(all="raise"):
        y = run(key, args, {})
        p = BOOK[key]
        wrt = tuple(i for i in range(len(want)) if p.variadic or p.jvps.get(i) or p.scaled and p.scaled[i])
        got = pullback(key, args, {}, y, g, wrt)
        for n in wrt:
            np.testing.assert_allclose(np.broadcast_to(got[n], np.shape(want[n])), want[n], rtol=1e-14)
            zero = np.zeros_like(args[n]) if isinstance(args[n], np.ndarray) else 0.0
            for t in pushforward(key, args, {}, y, {n: zero}):
                assert not np.any(t), "a zero tangent contributes zero"


def test_poles_that_the_primal_has_too():
    """The primal warns there; a zero adjoint still contributes zero."""
    x = np.array([0.0, -1.0, 2.0])
    g = np.array([0.0, 0.0, 1.0])
    with np.errstate(all="ignore"):
        for key, args in (
            ("numpy.log", (x,)),
            ("numpy.log2", (x,)),
            ("numpy.log10", (x,)),
            ("numpy.log1p", (x - np.array([1.0, 0.0, 0.0]),)),
            ("numpy.sqrt", (x,)),
            ("numpy.reciprocal", (x,)),
            ("numpy.arctanh", (np.array([1.0, -1.0, 0.5]),)),
            ("numpy.arccosh", (x,)),
            ("numpy.arcsin", (np.array([1.0, 2.0, 0.5]),)),
            ("operator.truediv", (x + 1.0, x)),
            ("operator.truediv", (x, x)),
            ("operator.pow", (x, -1)),
            ("operator.pow", (x, 0.5)),
            ("operator.pow", (x, np.array([0.5, 1.5, 2.5]))),
            ("operator.mod", (x, np.array([0.0, 0.0, 0.7]))),
            ("numpy.fmod", (x, np.array([0.0, 0.0, 0.7]))),
            ("numpy.linalg.norm", (x,)),
        ):
            y = run(key, args, {})
            seed = g if np.ndim(y) else np.float64(0.0)
            wrt = tuple(i for i, a in enumerate(args) if isinstance(a, np.ndarray))
            for n, bar in pullback(key, args, {}, y, seed, wrt).items():
                bar = np.broadcast_to(bar, x.shape)
                assert not np.any(bar[:2]) and np.all(np.isfinite(bar)), (key, n, bar)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_dtype_is_kept(dtype):
    """Constants in rules are Python floats, which adapt."""
    a = np.array([0.3, 0.7], dtype)
    for key, p in BOOK.items():
        if (
            p.scaled
            and not p.effect
            and key.startswith(("numpy.", "operator.", "sourcead."))
            and key not in ("numpy.float_power", "numpy.ldexp")
        ):
            args = (a,) * len(p.params) if key != "numpy.where" else (a > 0.5, a, a)
            if (
                "shift" in key or "wofz" in key or "complex" in key
            ):  # the compiler takes the real part of a complex adjoint
                continue
            y = run(key, args, {})
            for bar in pullback(key, args, {}, y, a, tuple(i for i, f in enumerate(p.scaled) if f)).values():
                assert bar.dtype == a.dtype, key
