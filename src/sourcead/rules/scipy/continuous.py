"""The continuous distributions of scipy.stats: density, distribution function, their logarithms and inverses,
by the argument, the shapes, the location and the scale.

A distribution is given in its standard form, in z = (x - loc) / scale:

    slope     g * d log p / dz, and `shapes`, the same by each of its shapes (elementwise, linear in g)
    inside    whether z is in the support; outside of it all derivatives are 0
    areas     g * d P / d shape at z, for each of its shapes, P the distribution function

All methods follow from these and from the density, which SciPy gives:

    logpdf    slope / scale             by loc: minus that; by scale: -(1 + z slope) / scale
    pdf       the same, times the value
    cdf       the density               by loc: minus that; by scale: -z times the density
    logcdf    density / value, as the exponential of a difference: both may be too small for a float
    ppf       1 / density there         by loc: 1; by scale: z there; by a shape: -area / density there
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as special
import scipy.stats as stats

from ...ir.types import Array, Scalar, Type, is_complex
from ...runtime import is_python, safe_divide, safe_subtract
from ...runtime_parameters import betainc_shape, gammainc_shape, stdtr_shape
from ...runtime_special import log_ndtr_derivative
from ..counting import elements
from ..guards import guarded
from ..infer import elementwise
from ..registry import Infer, TypeRefusal, primitive, scaled

METHODS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")


def whole(t: Type) -> Type:
    """Truth values as whole numbers: samples of them are not taken by all methods."""
    if isinstance(t, Array | Scalar) and t.dtype == "bool":
        return Array("int64", t.shape) if isinstance(t, Array) else Scalar("int64", t.numpy)
    return t


def real(key: str) -> Infer:
    """The type rule of a method; SciPy would drop the imaginary parts."""
    sampled = elementwise(key)

    def infer(types, attrs):
        if any(map(is_complex, types)):
            raise TypeRefusal(f"{key} of complex numbers is not covered")
        return sampled([whole(t) for t in types], attrs)

    return infer


# -- templates that all distributions share ------------------------------------------------------------------
def quotient(a, b):
    """a / b as NumPy divides, which never raises."""
    return np.divide(a, b) if is_python(a) and is_python(b) else a / b


def standard(x, loc, scale):
    d = x if loc is None else x - loc
    return d if scale is None else quotient(d, scale)


def per(v, scale):
    return v if scale is None else quotient(v, scale)


def given(method, x, shapes, loc, scale):
    """A method of the distribution with the parameters that the call has."""
    if scale is not None:
        return method(x, *shapes, loc, scale)
    return method(x, *shapes) if loc is None else method(x, *shapes, loc)


def ratio(log_part, log_whole):
    """exp(log_part - log_whole); 0 where the part is 0."""
    return np.exp(np.where(log_part == -np.inf, -np.inf, safe_subtract(log_part, log_whole)))


class Distribution:
    """One distribution; its rules are made of its standard form."""

    def __init__(
        self,
        name: str,
        shapes: str,
        slope: Callable[..., Any],
        by_shape: tuple[Callable[..., Any], ...] = (),
        areas: tuple[Callable[..., Any], ...] = (),
        inside: Callable[..., Any] | None = None,
        hazards: tuple[Callable[..., Any], Callable[..., Any]] | None = None,
    ) -> None:
        self.name, self.count = name, len(shapes.split())
        self.slope, self.by_shape, self.areas, self.inside = slope, by_shape, areas, inside
        self.hazards = hazards
        for method in METHODS:
            key = f"scipy.stats.{name}.{method}"
            first = "q" if method in ("ppf", "isf") else "x"
            defaults = {"loc": 0, "scale": 1}
            params = " ".join([first, *shapes.split(), "loc", "scale"])
            primitive(key, params, real(key), defaults=defaults, cost=elements)
            scaled(key, *getattr(self, method)())

    def distribution(self) -> Any:
        return getattr(stats, self.name)

    def density(self, log: bool) -> list[Callable[..., Any]]:
        """Rules of pdf and logpdf: by x, by the shapes, by loc, by scale."""
        slope, n, inside = self.slope, self.count, self.inside

        def weight(g, z, y):
            if not log:
                return g * y
            return g if inside is None else g * inside(z)

        def by_x(g, *ops):
            z = standard(ops[0], ops[-3], ops[-2])
            return per(slope(weight(g, z, ops[-1]), z, *ops[1 : 1 + n]), ops[-2])

        def by_loc(g, *ops):
            z = standard(ops[0], ops[-3], ops[-2])
            return -per(slope(weight(g, z, ops[-1]), z, *ops[1 : 1 + n]), ops[-2])

        def by_scale(g, *ops):
            z = standard(ops[0], ops[-3], ops[-2])
            w = weight(g, z, ops[-1])
            at = slope(w, z, *ops[1 : 1 + n])
            return -per(w + (z * at if inside is None else guarded(z, at)), ops[-2])

        def shape_rule(rule):
            def by_shape(g, *ops):
                z = standard(ops[0], ops[-3], ops[-2])
                return rule(weight(g, z, ops[-1]), z, *ops[1 : 1 + n])

            return by_shape

        return [by_x, *map(shape_rule, self.by_shape), by_loc, by_scale]

    def area(self, sign: float, log: bool) -> list[Callable[..., Any]]:
        """Rules of cdf (sign 1) and sf (-1), and of their logarithms."""
        n, dist = self.count, self.distribution()
        pdf, logpdf, inside = dist.pdf, dist.logpdf, self.inside
        hazard = None if self.hazards is None else self.hazards[0 if sign > 0 else 1]

        def change(g, ops):
            """By x."""
            if not log:
                p = given(pdf, ops[0], ops[1 : 1 + n], ops[-3], ops[-2])
            elif hazard is not None:
                p = per(hazard(standard(ops[0], ops[-3], ops[-2])), ops[-2])
            else:
                p = ratio(given(logpdf, ops[0], ops[1 : 1 + n], ops[-3], ops[-2]), ops[-1])
            w = g if sign > 0 else -g
            return w * p if inside is None else guarded(w, p)

        def by_x(g, *ops):
            return change(g, ops)

        def by_loc(g, *ops):
            return -change(g, ops)

        def by_scale(g, *ops):
            z = standard(ops[0], ops[-3], ops[-2])
            return -guarded(change(g, ops), z)

        def shape_rule(rule):
            def by_shape(g, *ops):
                z = standard(ops[0], ops[-3], ops[-2])
                moved = rule(g if sign > 0 else -g, z, *ops[1 : 1 + n])
                return safe_divide(moved, np.exp(ops[-1])) if log else moved

            return by_shape

        return [by_x, *map(shape_rule, self.areas), by_loc, by_scale]

    def inverse(self, sign: float) -> list[Callable[..., Any]]:
        """Rules of ppf (sign 1) and isf (-1)."""
        n, pdf = self.count, self.distribution().pdf

        def by_q(g, *ops):
            p = given(pdf, ops[-1], ops[1 : 1 + n], ops[-3], ops[-2])
            return safe_divide(g if sign > 0 else -g, p)

        def by_loc(g, *ops):
            return g

        def by_scale(g, *ops):
            return guarded(g, standard(ops[-1], ops[-3], ops[-2]))

        def shape_rule(rule):
            def by_shape(g, *ops):
                p = given(pdf, ops[-1], ops[1 : 1 + n], ops[-3], ops[-2])
                z = standard(ops[-1], ops[-3], ops[-2])
                return safe_divide(-rule(g, z, *ops[1 : 1 + n]), p)

            return by_shape

        return [by_q, *map(shape_rule, self.areas), by_loc, by_scale]

    def pdf(self):
        return self.density(log=False)

    def logpdf(self):
        return self.density(log=True)

    def cdf(self):
        return self.area(1.0, log=False)

    def sf(self):
        return self.area(-1.0, log=False)

    def logcdf(self):
        return self.area(1.0, log=True)

    def logsf(self):
        return self.area(-1.0, log=True)

    def ppf(self):
        return self.inverse(1.0)

    def isf(self):
        return self.inverse(-1.0)


# -- the distributions ---------------------------------------------------------------------------------------
def positive(z):
    return z >= 0.0


Distribution(
    "norm",
    "",
    lambda g, z: -g * z,
    hazards=(lambda z: log_ndtr_derivative(z, n=1), lambda z: log_ndtr_derivative(-z, n=1)),
)
Distribution("cauchy", "", lambda g, z: -2.0 * g * z / (1.0 + z * z))
Distribution("laplace", "", lambda g, z: -g * np.sign(z))
Distribution(
    "logistic",
    "",
    lambda g, z: -g * np.tanh(0.5 * z),
    hazards=(lambda z: special.expit(-z), lambda z: special.expit(z)),
)
Distribution("expon", "", lambda g, z: -g, inside=positive)
Distribution("uniform", "", lambda g, z: 0.0 * g, inside=lambda z: (z >= 0.0) & (z <= 1.0))
Distribution(
    "gamma",
    "a",
    lambda g, z, a: safe_divide(g * (a - 1.0), z) - g,
    (lambda g, z, a: special.xlogy(g, z) - g * special.psi(a),),
    (lambda g, z, a: g * gammainc_shape(a, np.maximum(z, 0.0), n=1),),
    inside=positive,
)
Distribution(
    "chi2",
    "df",
    lambda g, z, df: safe_divide(g * (0.5 * df - 1.0), z) - 0.5 * g,
    (lambda g, z, df: 0.5 * (special.xlogy(g, 0.5 * z) - g * special.psi(0.5 * df)),),
    (lambda g, z, df: 0.5 * g * gammainc_shape(0.5 * df, np.maximum(0.5 * z, 0.0), n=1),),
    inside=positive,
)
Distribution(
    "beta",
    "a b",
    lambda g, z, a, b: safe_divide(g * (a - 1.0), z) - safe_divide(g * (b - 1.0), 1.0 - z),
    (
        lambda g, z, a, b: special.xlogy(g, z) - g * (special.psi(a) - special.psi(a + b)),
        lambda g, z, a, b: special.xlog1py(g, -z) - g * (special.psi(b) - special.psi(a + b)),
    ),
    (
        lambda g, z, a, b: g * betainc_shape(a, b, np.where((z > 0.0) & (z < 1.0), z, 1.0), m=1, n=0),
        lambda g, z, a, b: g * betainc_shape(a, b, np.where((z > 0.0) & (z < 1.0), z, 1.0), m=0, n=1),
    ),
    inside=lambda z: (z >= 0.0) & (z <= 1.0),
)


def t_shape(g, z, df):
    q = z * z
    norm = special.psi(0.5 * (df + 1.0)) - special.psi(0.5 * df) - 1.0 / df
    return 0.5 * g * (norm - np.log1p(q / df) + (df + 1.0) * q / (df * (df + q)))


Distribution(
    "t",
    "df",
    lambda g, z, df: -g * (df + 1.0) * z / (df + z * z),
    (t_shape,),
    (lambda g, z, df: g * stdtr_shape(df, z, n=1),),
)


def lognorm_area(g, z, s):
    """cdf is ndtr(u), u = log(z) / s."""
    u = np.log(np.where(z > 0.0, z, 1.0)) / s
    return -g * (z > 0.0) * u * stats.norm.pdf(u) / s


Distribution(
    "lognorm",
    "s",
    lambda g, z, s: -safe_divide(g + special.xlogy(g, z) / (s * s), z),
    (lambda g, z, s: special.xlogy(special.xlogy(g, z), z) / (s * s * s) - g / s,),
    (lognorm_area,),
    inside=lambda z: z > 0.0,
)
