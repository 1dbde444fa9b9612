"""Helpers that many rules share.  They are inlined where a rule calls them, and their conditions fold away.

A derivative has poles where its primal has none (`sqrt` at 0).  There a zero adjoint or tangent must
contribute zero, and nothing may raise: `safe_divide` and `safe_multiply` see to that, and are left out
where the pole is excluded.
"""

from __future__ import annotations

import math

import numpy as np

from ..runtime import (
    is_python,
    known_nonzero,
    known_positive,
    known_zero,
    safe_divide,
    safe_log,
    safe_multiply,
    safe_power,
    static_value,
    zeros_like,
)
from .registry import static


def over(g, d):
    """g / d, where d may be 0."""
    return g / d if known_nonzero(d) else safe_divide(g, d)


def steep(g, slope):
    """g * slope, where the slope may be infinite or nan: a zero g contributes zero."""
    return g * slope if known_nonzero(g) else safe_multiply(g, slope)


def share(g, slope):
    """What one of several results gives to the adjoint of an operand; None where nothing uses the result."""
    return None if known_zero(g) else g * slope


def steep_share(g, slope):
    return None if known_zero(g) else steep(g, slope)


def sum_of(*shares):
    total = None
    for s in shares:
        if s is not None:
            total = s if total is None else total + s
    return total


def power_base(g, x, p, y):
    """g * d(x ** p)/dx."""
    n = static_value(p)
    if n is not None and n == 0:
        return zeros_like(g)
    if n is not None and n == 1:
        return g
    if n is not None and n == 2:
        return g * 2.0 * x
    if n is not None and n > 2 and n == int(n):
        return g * n * x ** (n - 1)
    if known_positive(x):
        return g * p * x ** (p - 1)
    return safe_multiply(g * p, safe_power(x, p - 1))


def power_exponent(g, x, p, y):
    """g * d(x ** p)/dp; 0 where x is 0 or negative."""
    if known_positive(x):
        return g * y * (math.log(x) if is_python(x) else np.log(x))
    return safe_multiply(g * safe_log(x), y)


def larger(g, a, b):
    """The share of a in the adjoint of max(a, b): ties share equally.  An infinite g is not multiplied by
    zero: what was not taken has no share in it."""
    if np.ndim(a) == 0 and np.ndim(b) == 0 and np.ndim(g) == 0:
        return 0.5 * g if a == b else g if a > b else 0.0
    return np.where(a > b, g, np.where(a == b, 0.5 * g, 0.0))


@static
def upto(n):
    """The numbers below n, known when compiling."""
    return tuple(range(n))


def guarded(g, p):
    """g * p, where p may be infinite."""
    return g * p if known_nonzero(g) else safe_multiply(g, p)


def times(g, p, x):
    """g * p, where p may be infinite unless x > 0."""
    return g * p if known_positive(x) else guarded(g, p)
