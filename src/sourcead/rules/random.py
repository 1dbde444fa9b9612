"""Random numbers: a draw is an effect that happens once, in the forward sweep, and its result is a constant.

A draw differentiates through its parameters where it is a formula in them and in what was drawn:

    rng.normal(mu, sigma)      mu + sigma * z            location and scale
    rng.exponential(b)         b * e                     scale
    rng.weibull(a)             e ** (1 / a)              shape: y, log y and a give the derivative

(the pathwise derivative; Mohamed, Rosca, Figurnov, Mnih, "Monte Carlo gradient estimation in machine
learning", JMLR 2020).  A parameter of a discrete family, or one that decides how often numbers are drawn,
has none; asking for it is refused.
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Opaque, Scalar, Tuple
from ..runtime import safe_divide, safe_log, unbroadcast
from .counting import elements, nothing, uncounted
from .infer import array_of, broadcast_dims, dims_of
from .registry import TypeRefusal, constant, jvp, primitive, scaled, vjp

GENERATOR = Opaque("Generator")
STATE = Opaque("RandomState")


def _object(t):
    return lambda types, attrs: t


primitive("numpy.random.default_rng", "seed", _object(GENERATOR), effect=True)
primitive("numpy.random.RandomState", "seed", _object(STATE), effect=True, cost=nothing)
primitive("numpy.random.seed", "seed", _object(Opaque("NoneType")), effect=True, cost=nothing)
constant("numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.seed")


def _sized(types, at, shapes, dtype):
    """The type of a draw: the shape of `size`, or what the parameters broadcast to; a number without axes is
    a Python number."""
    size = types[at] if len(types) > at else None
    if size is not None and not (isinstance(size, Opaque) and size.what == "NoneType"):
        return Array(dtype, dims_of(size), True)
    return Array(dtype, broadcast_dims(shapes), True) if shapes else Scalar(dtype, False)


def _draw(dtype: str, parameters: int, owner: Opaque | None):
    first = 0 if owner is None else 1

    def infer(types, attrs):
        if owner is not None and types[0] != owner:
            raise TypeRefusal(f"this is a method of numpy.random.{owner.what}")
        shapes = [t.shape for t in types[first : first + parameters] if isinstance(t, Array)]
        for t in types[first : first + parameters]:
            if isinstance(t, Tuple):
                raise TypeRefusal("parameters are numbers or arrays")
        return _sized(types, first + parameters, shapes, dtype)

    return infer


def scale_only(g, scale, y):
    return safe_divide(g * y, scale)


def of_location(g, loc, scale, y):
    return g


def of_scale(g, loc, scale, y):
    return safe_divide(g * (y - loc), scale)


def of_low(g, low, high, y):
    return safe_divide(g * (high - y), high - low)


def of_high(g, low, high, y):
    return safe_divide(g * (y - low), high - low)


def of_mean_of_log(g, mean, sigma, y):
    return g * y


def of_sigma_of_log(g, mean, sigma, y):
    return safe_divide(g * y * (safe_log(y) - mean), sigma)


def of_weibull(g, a, y):
    return -safe_divide(g * y * safe_log(y), a)


def of_power(g, a, y):
    return -safe_divide(g * y * safe_log(y), a)


def of_pareto(g, a, y):
    return -safe_divide(g * (1.0 + y) * np.log1p(y), a)


def of_rayleigh(g, scale, y):
    return safe_divide(g * y, scale)


#: name: parameters and their defaults, dtype, one rule a parameter; None: the parameter has no derivative.
_LOCATION = {"loc": 0.0, "scale": 1.0}
_NONE: dict[str, object] = {}
FAMILIES = {
    "normal": (_LOCATION, "float64", (of_location, of_scale)),
    "laplace": (_LOCATION, "float64", (of_location, of_scale)),
    "logistic": (_LOCATION, "float64", (of_location, of_scale)),
    "gumbel": (_LOCATION, "float64", (of_location, of_scale)),
    "uniform": ({"low": 0.0, "high": 1.0}, "float64", (of_low, of_high)),
    "lognormal": ({"mean": 0.0, "sigma": 1.0}, "float64", (of_mean_of_log, of_sigma_of_log)),
    "exponential": ({"scale": 1.0}, "float64", (scale_only,)),
    "rayleigh": ({"scale": 1.0}, "float64", (of_rayleigh,)),
    "weibull": ({"a": None}, "float64", (of_weibull,)),
    "power": ({"a": None}, "float64", (of_power,)),
    "pareto": ({"a": None}, "float64", (of_pareto,)),
    "gamma": (
        {"shape": None, "scale": 1.0},
        "float64",
        ("refused", lambda g, k, scale, y: safe_divide(g * y, scale)),
    ),
    "standard_gamma": ({"shape": None}, "float64", ("refused",)),
    "beta": ({"a": None, "b": None}, "float64", ("refused", "refused")),
    "chisquare": ({"df": None}, "float64", ("refused",)),
    "standard_t": ({"df": None}, "float64", ("refused",)),
    "f": ({"dfnum": None, "dfden": None}, "float64", ("refused", "refused")),
    "triangular": ({"left": None, "mode": None, "right": None}, "float64", ("refused",) * 3),
    "vonmises": ({"mu": None, "kappa": None}, "float64", ("refused", "refused")),
    "wald": ({"mean": None, "scale": None}, "float64", ("refused", "refused")),
    "poisson": ({"lam": 1.0}, "int64", ()),
    "binomial": ({"n": None, "p": None}, "int64", ()),
    "negative_binomial": ({"n": None, "p": None}, "int64", ()),
    "geometric": ({"p": None}, "int64", ()),
    "hypergeometric": ({"ngood": None, "nbad": None, "nsample": None}, "int64", ()),
    "standard_normal": (_NONE, "float64", ()),
    "standard_exponential": (_NONE, "float64", ()),
    "standard_cauchy": (_NONE, "float64", ()),
}
ONLY_GENERATOR = {"random": (_NONE, "float64", ()), "integers": ({"low": 0, "high": None}, "int64", ())}
ONLY_OLD = {
    "random_sample": (_NONE, "float64", ()),
    "random": (_NONE, "float64", ()),
    "randint": ({"low": 0, "high": None}, "int64", ()),
}


def _one(rule):
    return lambda g, rng, a, size, y: rule(g, a, y)


def _two(rule):
    return lambda g, rng, a, b, size, y: rule(g, a, b, y)


def plain_one(rule):
    return lambda g, a, size, y: rule(g, a, y)


def plain_two(rule):
    return lambda g, a, b, size, y: rule(g, a, b, y)


JUMPS = "whole numbers that are drawn move in jumps, so there is no derivative along a draw"
REJECTION = "how often numbers are drawn depends on the parameters, and no formula for such draws is covered"


def add_family(key, owner, name):
    """One family as a method of `owner`, or as a function of the module."""
    parameters, dtype, rules = {**FAMILIES, **(ONLY_GENERATOR if owner == GENERATOR else ONLY_OLD)}[name]
    lead = [] if owner is None else ["rng"]
    p = primitive(
        key,
        " ".join([*lead, *parameters, "size"]),
        _draw(dtype, len(parameters), owner),
        effect=True,
        defaults=dict(parameters),
        spell=None if owner is None else ("method", name),
        cost=elements if dtype == "float64" else nothing,
    )
    if rules and all(r == "refused" for r in rules):
        p.no_path = REJECTION
        constant(key)
        return
    if not rules:  # whole numbers, and draws without parameters
        p.no_path = JUMPS if dtype == "int64" else ""
        constant(key)
        return
    two = len(parameters) == 2
    wrap = (plain_two if two else plain_one) if owner is None else (_two if two else _one)
    made = [wrap(r) if callable(r) else r for r in rules]
    if "refused" not in made:
        scaled(key, *([None] if owner is not None else []), *made)
        return
    add_some(p, made, 0 if owner is None else 1)


def add_some(p, rules, first):
    """Only the parameters that have a rule; the others are missing: refused where they are active."""
    p.jvps[len(p.params)] = None  # it has rules, if none for these parameters
    for n, rule in enumerate(rules, first):
        if callable(rule):
            p.jvps[n] = moved(rule, len(p.params))
            p.vjps[n] = moved(rule, len(p.params))


def moved(rule, count):
    """A rule of the form (g, operands, y) as one of the form (operands, y, g)."""
    if count == 3:
        return lambda a, b, c, y, g: rule(g, a, b, c, y)
    return lambda a, b, c, d, y, g: rule(g, a, b, c, d, y)


for _name in {**FAMILIES, **ONLY_GENERATOR}:
    add_family(f"numpy.random.Generator.{_name}", GENERATOR, _name)
for _name in {**FAMILIES, **ONLY_OLD}:
    add_family(f"numpy.random.{_name}", None, _name)
    add_family(f"numpy.random.RandomState.{_name}", STATE, _name)


# -- rand and randn take lengths ---------------------------------------------------------------------------
def _lengths(types, attrs):
    rest = [t for t in types if t != STATE]
    return (
        Array("float64", tuple(d for t in rest for d in dims_of(t)), True)
        if rest
        else Scalar("float64", False)
    )


for _name in ("rand", "randn"):
    primitive(f"numpy.random.{_name}", "lengths", _lengths, variadic="*", effect=True, cost=elements)
    constant(f"numpy.random.{_name}")


# -- permutations and choices ------------------------------------------------------------------------------
def _permutation(at):
    def infer(types, attrs):
        if len(types) <= at or not isinstance(types[at], Scalar):
            raise TypeRefusal("the permutation of n numbers is covered; permute an array with it as index")
        return Array("int64", dims_of(types[at]), True)

    return infer


def _choice(at):
    """Numbers below n, or whole numbers out of an array."""

    def infer(types, attrs):
        a = array_of(types[at])
        if a.ndim > 1 or np.dtype(a.dtype).kind not in "iu":
            raise TypeRefusal("the choice among whole numbers is covered; take items with it as index")
        return _sized(types, at + 1, [], "int64")

    return infer


for _key, _rng in (("Generator", "rng "), ("RandomState", "rng "), ("", "")):
    _at = len(_rng) // 4
    _where = f"numpy.random.{_key}." if _key else "numpy.random."
    _spell = ("method", "permutation") if _key else None
    primitive(_where + "permutation", _rng + "x", _permutation(_at), effect=True, spell=_spell, cost=nothing)
    primitive(
        _where + "choice",
        _rng + "a size replace p",
        _choice(_at),
        effect=True,
        spell=("method", "choice") if _key else None,
        defaults={"replace": True},
        cost=nothing,
    )
    constant(_where + "permutation", _where + "choice")


# -- a vector of normal numbers: by its mean --------------------------------------------------------------
def _vectors(types, attrs):
    if len(types) < 3:
        raise TypeRefusal("a mean and a covariance are needed")
    mean = array_of(types[1])
    if mean.ndim != 1:
        raise TypeRefusal("the mean is an array with one axis")
    size = types[3] if len(types) > 3 else None
    given = size is not None and not (isinstance(size, Opaque) and size.what == "NoneType")
    return Array("float64", (*(dims_of(size) if given else ()), mean.shape[0]), True)


for _key in ("numpy.random.Generator.", "numpy.random.RandomState."):
    _key += "multivariate_normal"
    primitive(
        _key,
        "rng mean cov size",
        _vectors,
        keywords={"check_valid": "warn", "tol": 1e-8, "method": "svd"},
        effect=True,
        spell=("method", "multivariate_normal"),
        cost=uncounted,
    )

    @jvp(_key, 1)
    def vector_tangent(rng, mean, cov, size, y, mean_dot):
        return np.broadcast_to(mean_dot, np.shape(y))

    @vjp(_key, 1)
    def vector_adjoint(rng, mean, cov, size, y, y_bar):
        return unbroadcast(y_bar, mean)
