"""Integrals: d/dp of an integral is the integral of d/dp of the integrand, and d/db the integrand at b.

    y = quad(f, a, b, args=(p,))[0]         y_dot = quad(f_dot, a, b)[0] + f(b) b_dot - f(a) a_dot
                                            p_bar = y_bar * quad(df/dp, a, b)[0]

Each derivative is integrated adaptively for itself, with the options of the call.  The error that `quad`
estimates is a constant.
"""

from __future__ import annotations

from typing import Any

import scipy.integrate

from ..ad.apply import Rules
from ..frontend.lower import Lowerer
from ..frontend.values import NONE, Abstract, Static, Tup
from ..ir.core import Op, Value
from ..ir.types import PY_FLOAT, Array, List
from .solver import ANY, NUMBER, Call, full_adjoint, lowered
from .transforms import Callback, grad, jvp, vjp

TOLERANCE = 1.49e-8  # of quad; quad_vec's own absolute one is zero, which a derivative near zero cannot meet


# -- rules ---------------------------------------------------------------------------------------------------


def integral_pushforward(f: Any, a: Any, b: Any, p: Any, p_dot: Any, options: Any) -> Any:
    def integrand_dot(x: Any) -> Any:
        return jvp(lambda *q: f(x, *q), p, p_dot)[1]

    return scipy.integrate.quad(integrand_dot, a, b, **options)[0]


def vector_pushforward(f: Any, a: Any, b: Any, p: Any, p_dot: Any, options: Any) -> Any:
    def integrand_dot(x: Any) -> Any:
        return jvp(lambda *q: f(x, *q), p, p_dot)[1]

    return scipy.integrate.quad_vec(integrand_dot, a, b, **options)[0]


def integral_pullback(f: Any, a: Any, b: Any, p: Any, y_bar: Any, options: Any, vector_options: Any) -> Any:
    """The adjoint of one parameter."""

    def integrand_bar(x: Any) -> Any:
        return grad(lambda q: f(x, q))(p)

    if p.ndim == 0:
        return y_bar * scipy.integrate.quad(integrand_bar, a, b, **options)[0]
    return y_bar * scipy.integrate.quad_vec(integrand_bar, a, b, **vector_options)[0]


def vector_pullback(f: Any, a: Any, b: Any, p: Any, y_bar: Any, options: Any, vector_options: Any) -> Any:
    def integrand_bar(x: Any) -> Any:
        return vjp(lambda q: f(x, q), p)[1](y_bar)[0]

    if p.ndim == 0:
        return scipy.integrate.quad(integrand_bar, a, b, **options)[0]
    return scipy.integrate.quad_vec(integrand_bar, a, b, **options)[0]


def at_limit(f: Any, x: Any, x_dot: Any) -> Any:
    return f(x) * x_dot


def at_limit_bar(f: Any, x: Any, y_bar: Any) -> Any:
    return (f(x) * y_bar).sum() if y_bar.ndim else f(x) * y_bar


def plus(a: Any, b: Any) -> Any:
    return a + b


def minus(a: Any, b: Any) -> Any:
    return a - b


def negative(a: Any) -> Any:
    return -a


class Integral:
    """The rule of `quad` and `quad_vec`; the first two operands are the limits."""

    def __init__(self, vector: bool) -> None:
        self.vector = vector
        self.texts = (
            (vector_pushforward, vector_pullback) if vector else (integral_pushforward, integral_pullback)
        )

    def parts(self, rules: Rules, op: Op) -> tuple[list[Abstract], list[Value], Any]:
        """Limits, captures, and options of the derivative's integrals, as rule text takes them."""
        low = rules.low
        limits: list[Abstract] = []
        for kind, x in op.attrs["positional"][1:]:
            limits.append(rules.wrap(op.inputs[x]) if kind == "input" else low.number(x))
        options: dict[str, Abstract] = {}
        for k, (kind, x) in op.attrs["named"].items():
            if k in ("epsabs", "epsrel", "limit", "points"):
                options[k] = rules.wrap(op.inputs[x]) if kind == "input" else _static(low, kind, x)
        shared = op.inputs[op.attrs["shared"] :]
        return limits, shared, low.new_ref("dict", options)

    def callback(self, op: Op, shared: list[Value], active: list[int]) -> Abstract:
        return Static(Callback(op.attrs["functions"][0], 1, shared, active))

    def pushforward(self, rules: Rules, op: Op, dots: list[Value | None]) -> list[Value | None]:
        limits, shared, options = self.parts(rules, op)
        first = op.attrs["shared"]
        active = [k for k in range(len(shared)) if dots[first + k] is not None]
        total: Abstract = NONE
        if active:
            p = Tup(tuple(rules.wrap(shared[k]) for k in active))
            p_dot = Tup(
                tuple(rules.wrap(rules.full(dots[first + k], shared[k])) for k in active)  # type: ignore
            )
            f = self.callback(op, shared, active)
            total = rules.call(self.texts[0], [f, *limits, p, p_dot, options], {})
        for n, k in enumerate(op.attrs["limits"]):
            if k is not None and dots[k] is not None:
                f = self.callback(op, shared, [])
                part = rules.call(at_limit, [f, limits[n], rules.wrap(dots[k])], {})
                if total is NONE:
                    total = part if n else rules.call(negative, [part], {})
                else:
                    total = rules.call(plus if n else minus, [total, part], {})
        return [rules.low.value(total), None]

    def pullback(
        self, rules: Rules, op: Op, bars: list[Value | None], active: list[bool]
    ) -> list[Value | None]:
        limits, shared, options = self.parts(rules, op)
        first = op.attrs["shared"]
        y_bar = rules.wrap(full_adjoint(rules, op, bars, 0))
        out: list[Value | None] = [None] * len(op.inputs)
        for n, k in enumerate(op.attrs["limits"]):
            if k is not None and active[k]:
                a = rules.call(at_limit_bar, [self.callback(op, shared, []), limits[n], y_bar], {})
                out[k] = rules.low.value(a if n else rules.call(negative, [a], {}))
        for k, v in enumerate(shared):
            if active[first + k]:
                if isinstance(v.type, List):
                    rules.low.refuse("an integrand that reads a list is not covered", hint="make it an array")
                f = self.callback(op, shared, [k])
                tolerances = {n: rules.low.number(TOLERANCE) for n in ("epsabs", "epsrel")}
                both = rules.low.new_ref("dict", {**tolerances, **rules.low.state(options)})
                a = rules.call(self.texts[1], [f, *limits, rules.wrap(v), y_bar, options, both], {})
                out[first + k] = rules.low.value(a)
        return out


def _static(low: Lowerer, kind: str, x: Any) -> Abstract:
    if kind in ("tuple", "list"):
        items = tuple(_static(low, *i) for i in x)
        return Tup(items) if kind == "tuple" else low.new_ref("list", items)
    return low.number(x) if isinstance(x, int | float) else Static(x)


# -- calls ---------------------------------------------------------------------------------------------------


def integral(key: str, params: str, refused: str, vector: bool) -> None:
    rule = Integral(vector)

    @lowered(key)
    def met(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        call = Call(low, key, params, args, kwargs)
        call.without(*refused.split())
        f, a, b = call.need("f" if vector else "func"), call.need("a"), call.need("b")
        extra = call.items_of("args")
        items = [call.operand(x) for x in (a, b)]
        limits = [x if kind == "input" else None for kind, x in items]
        function = call.callback(f, [(PY_FLOAT, "x")], extra, "integrand", ANY if vector else 0)
        t = function.results[0].type if isinstance(function.results[0].type, Array) else NUMBER
        smooth = [k for k in limits if k is not None]
        out = call.emit(
            rule, [("function", 0), *items], {}, (0, 1), [t, NUMBER], smooth, limits=tuple(limits)
        )
        return Tup((low.wrap(out[0]), out[1]))


integral(
    "scipy.integrate.quad",
    "func a b args full_output epsabs epsrel limit points weight wvar wopts maxp1 limlst complex_func",
    "full_output weight wvar wopts maxp1 limlst complex_func",
    False,
)
integral(
    "scipy.integrate.quad_vec",
    "f a b epsabs epsrel norm cache_size limit workers points quadrature full_output * args",
    "full_output workers norm",
    True,
)
