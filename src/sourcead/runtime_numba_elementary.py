"""The functions of `sourcead.runtime_elementary` for Numba: arithmetic without branches or calls, so that a
loop over them does several numbers at a time.

    exp      x = k log 2 + r, |r| <= log 2 / 2        exp(x) = 2**k exp(r), a polynomial
    log      x = 2**k (1 + f), |f| < 0.42             log(x) = k log 2 + 2 artanh(s),  s = f / (2 + f)

Powers of two are made from bits: a float64 is 52 bits of fraction, and above them the exponent + 1023.  The
polynomials are Taylor's: what they leave out is below 2**-57 of the value.  Errors are below 1 unit in the
last place for exp and log, below 2.5 for the others (tests/backend/test_elementary.py).  The reductions are
those of Cody and Waite, "Software Manual for the Elementary Functions", 1980; see also Muller, "Elementary
Functions", 2016, chapters 3 and 11.

`fastmath` must not reach these: a sum is rounded on purpose here.
"""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload, register_jitable

from . import runtime

STRICT = {"fastmath": False, "error_model": "numpy"}

LOG_2 = math.log(2)
LOG_2_HIGH = float.fromhex("0x1.62e42fefa38p-1")  # few enough bits that k times it is exact
LOG_2_LOW = float.fromhex("0x1.ef35793c7673p-45")  # the rest of log 2
ROUND = 1.5 * 2.0**52  # (x + ROUND) - ROUND is x rounded; the sum's last bits are that integer
ROUND_BITS = 0x4338000000000000
HALF_BITS = 0x3FE6A09E667F3BCD  # of sqrt(1/2)

E2, E3, E4, E5, E6, E7 = (1 / math.factorial(k) for k in range(2, 8))
E8, E9, E10, E11, E12, E13 = (1 / math.factorial(k) for k in range(8, 14))
A3, A5, A7, A9, A11, A13 = (2 / k for k in range(3, 14, 2))
A15, A17, A19, A21 = (2 / k for k in range(15, 22, 2))


@register_jitable(**STRICT)
def parts(x):
    """k and exp(r) - 1, where x = k log 2 + r."""
    t = x * (1.0 / LOG_2) + ROUND
    k = np.float64(t).view(np.int64) - ROUND_BITS
    n = t - ROUND
    r = (x - n * LOG_2_HIGH) - n * LOG_2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (E2 + r * E3) + r2 * (E4 + r * E5)
    middle = (E6 + r * E7) + r2 * (E8 + r * E9)
    high = (E10 + r * E11) + r2 * (E12 + r * E13)
    return k, r + r2 * (low + r4 * (middle + r4 * high))


@register_jitable(**STRICT)
def power_of_two(k):
    """2**k for -1022 <= k <= 1023."""
    return np.int64((k + 1023) << 52).view(np.float64)


@overload(runtime.exp, jit_options=STRICT)
def exp(x):
    def strict(x):
        # beyond these ends it is 0 or inf; 2**k may be neither, so it comes in two factors
        k, p = parts(min(max(x, -746.0), 710.0))
        half = k >> 1
        value = (1.0 + p) * power_of_two(half) * power_of_two(k - half)
        return value if x == x else x

    return strict if x == types.float64 else lambda x: np.exp(x)


@overload(runtime.expm1, jit_options=STRICT)
def expm1(x):
    def strict(x):
        k, p = parts(min(max(x, -40.0), 710.0))
        half = k >> 1
        a = power_of_two(half)
        value = (p * a + (a - power_of_two(half - k))) * power_of_two(k - half)
        return value if x == x and x != 0.0 else x

    return strict if x == types.float64 else lambda x: np.expm1(x)


@register_jitable(**STRICT)
def log_of(x):
    """log x for 0 < x < inf."""
    small = x < 2.2250738585072014e-308
    y = x * 2.0**54 if small else x
    b = np.float64(y).view(np.int64)
    k = (b - HALF_BITS) >> 52
    f = np.int64(b - (k << 52)).view(np.float64) - 1.0
    n = np.int64(k + ROUND_BITS).view(np.float64) - ROUND
    n = n - 54.0 if small else n
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    low = (A3 + z * A5) + z2 * (A7 + z * A9)
    high = (A11 + z * A13) + z2 * (A15 + z * A17)
    r = z * (low + z4 * (high + z4 * (A19 + z * A21)))
    # 2 artanh(s) = 2 s + s r, and 2 s = f - s f = f - (h - s h) with h = f**2 / 2: f is exact
    h = 0.5 * f * f
    return n * LOG_2_HIGH - ((h - (s * (h + r) + n * LOG_2_LOW)) - f)


@overload(runtime.log, jit_options=STRICT)
def log(x):
    def strict(x):
        value = log_of(x)
        value = value if x < np.inf else x  # inf and nan are themselves
        value = value if x >= 0.0 or x != x else np.nan
        return value if x != 0.0 else -np.inf

    return strict if x == types.float64 else lambda x: np.log(x)


@overload(runtime.log1p, jit_options=STRICT)
def log1p(x):
    def strict(x):
        u = 1.0 + x
        rest = x - (u - 1.0) if x < 1.0 else 1.0 - (u - x)  # what rounding took from u
        value = log_of(u) + rest / u
        value = value if x < np.inf else x
        value = value if x >= -1.0 or x != x else np.nan
        value = value if x != -1.0 else -np.inf
        return value if u != 1.0 else x

    return strict if x == types.float64 else lambda x: np.log1p(x)


@overload(runtime.tanh, jit_options=STRICT)
def tanh(x):
    def strict(x):
        k, p = parts(min(2.0 * abs(x), 44.0))
        a = power_of_two(k)
        grown = a * p + (a - 1.0)  # exp(2 |x|) - 1
        return math.copysign(grown / (grown + 2.0), x) if x == x else x

    return strict if x == types.float64 else lambda x: np.tanh(x)


# -- maxima -------------------------------------------------------------------------------------------------


def one_instruction(name):
    """The function of two floats of one type that LLVM has under a name."""

    @intrinsic
    def numbers(context, a, b):
        def call(context, builder, signature, args):
            t = args[0].type
            made = builder.module.declare_intrinsic(name, [t], ir.FunctionType(t, [t, t]))
            return builder.call(made, args)

        return a(a, a), call

    return numbers


maximum_of_floats = one_instruction("llvm.maximum")
minimum_of_floats = one_instruction("llvm.minimum")


@overload(runtime.maximum)
def maximum(a, b):
    if a == b == types.float64:
        return lambda a, b: maximum_of_floats(a, b)
    return lambda a, b: np.maximum(a, b)


@overload(runtime.minimum)
def minimum(a, b):
    if a == b == types.float64:
        return lambda a, b: minimum_of_floats(a, b)
    return lambda a, b: np.minimum(a, b)
