"""The module `math`: functions of numbers, which raise where NumPy's return inf or nan."""

from __future__ import annotations

import math

from ..ir.types import Scalar
from ..runtime import known_nonzero, polygamma, safe_divide
from .elementwise import DEGREE, LN2, LN10, arctan2_bottom, arctan2_top
from .guards import over, power_base, power_exponent
from .infer import scalar_function
from .registry import TypeRefusal, constant, primitive, scaled

TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)


def function(name: str, *rules, params: str = "x") -> None:
    """Add `math.<name>` with its scaled rules; without any it is constant."""
    key = f"math.{name}"
    primitive(key, params, scalar_function(key), may_raise=True)
    if rules:
        scaled(key, *rules)
    else:
        constant(key)


function("exp", lambda g, x, y: g * y)
function("exp2", lambda g, x, y: g * y * LN2)
function("expm1", lambda g, x, y: g * (y + 1.0))
function("log2", lambda g, x, y: g / (x * LN2))
function("log10", lambda g, x, y: g / (x * LN10))
function("log1p", lambda g, x, y: g / (1.0 + x))
function("sqrt", lambda g, x, y: over(0.5 * g, y))
function("cbrt", lambda g, x, y: over(g, 3.0 * y * y))
function("sin", lambda g, x, y: g * math.cos(x))
function("cos", lambda g, x, y: -g * math.sin(x))
function("tan", lambda g, x, y: g * (1.0 + y * y))
function("asin", lambda g, x, y: over(g, math.sqrt(1.0 - x * x)))
function("acos", lambda g, x, y: -over(g, math.sqrt(1.0 - x * x)))
function("atan", lambda g, x, y: g / (1.0 + x * x))
function("sinh", lambda g, x, y: g * math.cosh(x))
function("cosh", lambda g, x, y: g * math.sinh(x))
function("tanh", lambda g, x, y: g * (1.0 - y * y))
function("asinh", lambda g, x, y: g / math.sqrt(1.0 + x * x))
function("acosh", lambda g, x, y: over(g, math.sqrt(x - 1.0) * math.sqrt(x + 1.0)))
function("atanh", lambda g, x, y: g / (1.0 - x * x))
function("degrees", lambda g, x, y: g / DEGREE)
function("radians", lambda g, x, y: g * DEGREE)
function("fabs", lambda g, x, y: g * ((x > 0.0) - (x < 0.0)))
function("erf", lambda g, x, y: g * TWO_OVER_SQRT_PI * math.exp(-x * x))
function("erfc", lambda g, x, y: -g * TWO_OVER_SQRT_PI * math.exp(-x * x))
function("gamma", lambda g, x, y: g * y * polygamma(x, n=0))
function("lgamma", lambda g, x, y: g * polygamma(x, n=0))


def log_of(g, x, base, y):
    if base is None:
        return g / x
    return g / (x * math.log(base))


def log_base(g, x, base, y):
    return -g * y / (base * math.log(base))


function("log", log_of, log_base, params="x base")
function("pow", power_base, power_exponent, params="x y")
function("atan2", arctan2_top, arctan2_bottom, params="y x")
function(
    "fmod",
    lambda g, x, m, y: g,
    lambda g, x, m, y: -g * round((x - y) / m),
    params="x y",
)
function(
    "remainder",
    lambda g, x, m, y: g,
    lambda g, x, m, y: -g * round((x - y) / m),
    params="x y",
)
function(
    "copysign",
    lambda g, x, s, y: g * ((x > 0.0) - (x < 0.0)) * math.copysign(1.0, s),
    None,
    params="x y",
)
function(
    "ldexp",
    lambda g, x, i, y: g * 2.0 ** i if known_nonzero(x) else safe_divide(g, 2.0**-i),
    None,
    params="x i",
)


def _hypot(types, attrs):
    if len(types) != 2:
        raise TypeRefusal("math.hypot is covered for two arguments; np.linalg.norm takes more")
    return scalar_function("math.hypot")(types, attrs)


primitive("math.hypot", "x y", _hypot, may_raise=True)
scaled(
    "math.hypot",
    lambda g, a, b, y: over(g * a, y),
    lambda g, a, b, y: over(g * b, y),
)

for _name in ("floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "ulp"):
    function(_name)
for _name in ("factorial", "isqrt"):
    primitive(f"math.{_name}", "x", lambda types, attrs: Scalar("int64"), may_raise=True)
    constant(f"math.{_name}")
for _name in ("comb", "perm", "gcd", "lcm"):
    primitive(f"math.{_name}", "x y", lambda types, attrs: Scalar("int64"), may_raise=True)
    constant(f"math.{_name}")
primitive(
    "math.isclose",
    "a b",
    lambda types, attrs: Scalar("bool"),
    keywords={"rel_tol": 1e-09, "abs_tol": 0.0},
    may_raise=True,
)
constant("math.isclose")
