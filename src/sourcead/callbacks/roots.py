"""Roots and fixed points: `residual(y, p) = 0` holds for the result y.

    y_dot = -J^-1 (d residual / d p) p_dot            J = d residual / d y
    p_bar = -(d residual / d p)^T w,    J^T w = y_bar

That is the implicit function theorem (Griewank & Walther, Evaluating Derivatives, chapter 15.1).  J must not
be singular: at a double root the solution has no derivative.  A starting point and a bracket choose which
root is found, and the root does not change with them otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frontend.lower import Lowerer
from ..frontend.values import NONE, Abstract
from ..ir.types import PY_BOOL, PY_FLOAT, PY_INT, Array, Opaque, Scalar
from ..runtime import safe_divide
from ..runtime_matrices import solve_or_nan
from .solver import NUMBER, Call, Rule, Solution, lowered, vector_type
from .transforms import jvp, vjp

# -- rules ---------------------------------------------------------------------------------------------------


def slope(f: Any, y: Any, p: Any) -> Any:
    """d residual / d y of a scalar residual, or of one that works item by item."""
    return jvp(lambda z: f(z, *p), (y,), (np.ones_like(y) if y.ndim else 1.0,))[1]


def jacobian(f: Any, y: Any, p: Any) -> Any:
    """d residual / d y, column by column."""
    n = len(y)
    jacobian = np.empty((n, n))
    for j in range(n):
        unit = np.zeros(n)
        unit[j] = 1.0
        jacobian[:, j] = jvp(lambda z: f(z, *p), (y,), (unit,))[1]
    return jacobian


def item_pushforward(f: Any, y: Any, p: Any, p_dot: Any) -> Any:
    residual_dot = jvp(lambda *q: f(y, *q), p, p_dot)[1]
    return -safe_divide(residual_dot, slope(f, y, p))


def item_pullback(f: Any, y: Any, p: Any, y_bar: Any) -> Any:
    pull = vjp(lambda *q: f(y, *q), *p)[1]
    return pull(-safe_divide(y_bar, slope(f, y, p)))


def pushforward(f: Any, y: Any, p: Any, p_dot: Any) -> Any:
    residual_dot = jvp(lambda *q: f(y, *q), p, p_dot)[1]
    return solve_or_nan(-jacobian(f, y, p), residual_dot[:, None])[:, 0]


def pullback(f: Any, y: Any, p: Any, y_bar: Any) -> Any:
    pull = vjp(lambda *q: f(y, *q), *p)[1]
    residual_bar = solve_or_nan(-jacobian(f, y, p).T, y_bar[:, None])[:, 0]
    return pull(residual_bar)


BY_ITEM = Rule(item_pushforward, item_pullback)
SYSTEM = Rule(pushforward, pullback)
FIXED_ITEM = Rule(
    lambda f, y, p, p_dot: item_pushforward(lambda z, *q: f(z, *q) - z, y, p, p_dot),
    lambda f, y, p, y_bar: item_pullback(lambda z, *q: f(z, *q) - z, y, p, y_bar),
)
FIXED_POINT = Rule(
    lambda f, y, p, p_dot: pushforward(lambda z, *q: f(z, *q) - z, y, p, p_dot),
    lambda f, y, p, y_bar: pullback(lambda z, *q: f(z, *q) - z, y, p, y_bar),
)


# -- calls ---------------------------------------------------------------------------------------------------


def bracketing(name: str, options: str) -> None:
    """`brentq(f, a, b)` and its relatives."""
    key = f"scipy.optimize.{name}"

    @lowered(key)
    def met(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        call = Call(low, key, f"f a b args {options} full_output disp", args, kwargs)
        call.without("full_output", hint="call it without, or use root_scalar, whose result has the fields")
        f = call.need("f")
        extra = call.items_of("args")
        ends = [call.operand(call.need(n)) for n in "ab"]
        call.callback(f, [(PY_FLOAT if name != "toms748" else NUMBER, "x")], extra, "residual", 0)
        (y,) = call.emit(BY_ITEM, [("function", 0), *ends], {}, None, [NUMBER])
        return y


for _name in ("brentq", "brenth", "bisect", "ridder"):
    bracketing(_name, "xtol rtol maxiter")
bracketing("toms748", "k xtol rtol maxiter")


@lowered("scipy.optimize.newton")
def newton(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    key = "scipy.optimize.newton"
    call = Call(low, key, "func x0 fprime args tol maxiter fprime2 x1 rtol full_output disp", args, kwargs)
    call.without("full_output", hint="call it without it")
    f, x0, fprime, fprime2 = call.need("func"), call.need("x0"), call.take("fprime"), call.take("fprime2")
    extra = call.items_of("args")
    t = low.type_of(x0)
    many = isinstance(t, Array) and t.ndim > 0
    if many and t.ndim > 1:  # type: ignore[union-attr]
        low.refuse("newton with a starting point of several axes is not covered", hint="flatten it")
    own: Any = [(vector_type(t) if many else NUMBER, "x")]  # type: ignore[arg-type]
    start = call.operand(x0)
    call.callback(f, own, extra, "residual", int(many))
    positional, named = [("function", 0), start], {}
    for what, g in (("fprime", fprime), ("fprime2", fprime2)):
        if g is not NONE:
            call.callback(g, own, extra, "slope" if what == "fprime" else "curvature", int(many))
            named[what] = ("function", len(call.functions) - 1)
    (y,) = call.emit(BY_ITEM, positional, named, None, [own[0][0]])
    return low.wrap(y)


@lowered("scipy.optimize.root_scalar")
def root_scalar(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    key = "scipy.optimize.root_scalar"
    names = "f args method bracket fprime fprime2 x0 x1 xtol rtol maxiter options"
    call = Call(low, key, names, args, kwargs)
    f, fprime, fprime2 = call.need("f"), call.take("fprime"), call.take("fprime2")
    extra = call.items_of("args")
    if low.static(fprime) is True or low.static(fprime2) is True:
        low.refuse("a callback that returns its derivative too (fprime=True) is not covered", hint="give two")
    own: Any = [(NUMBER, "x")]
    call.callback(f, own, extra, "residual", 0)
    named: Any = {}
    for what, g in (("fprime", fprime), ("fprime2", fprime2)):
        if low.static(g) not in (None, False):
            call.callback(g, own, extra, "slope" if what == "fprime" else "curvature", 0)
            named[what] = ("function", len(call.functions) - 1)
    fields = ("root", "converged", "iterations", "function_calls", "flag")
    types: Any = [NUMBER, PY_BOOL, PY_INT, PY_INT, Opaque("str")]
    out = call.emit(BY_ITEM, [("function", 0)], named, fields, types, names=list(fields))
    return low.new_ref("instance", dict(zip(fields, out)), None, Solution)


def systems(name: str, params: str, rule: Any) -> None:
    """`fsolve`, whose result is the solution."""
    key = f"scipy.optimize.{name}"

    @lowered(key)
    def met(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        call = Call(low, key, params, args, kwargs)
        call.without("full_output", hint="use root, whose result has the fields")
        f, x0, fprime = call.need("func"), call.vector(call.need("x0"), "x0"), call.take("fprime")
        extra = call.items_of("args")
        own: Any = [(vector_type(low.type_of(x0)), "x")]  # type: ignore[arg-type]
        start = call.operand(x0)
        call.callback(f, own, extra, "residual", 1)
        check_square(call)
        named: Any = {}
        if fprime is not NONE:
            matrix_callback(call, fprime, own, extra)
            named["fprime"] = ("function", 1)
        (y,) = call.emit(rule, [("function", 0), start], named, None, [own[0][0]])
        return low.wrap(y)


systems("fsolve", "func x0 args fprime full_output col_deriv xtol maxfev band epsfcn factor diag", SYSTEM)


def matrix_callback(call: Call, f: Abstract, own: Any, extra: list[Abstract]) -> None:
    """A callback that gives a matrix, for the primal alone."""
    call.callback(f, own, extra, "jacobian", 2)


def check_square(call: Call) -> None:
    """As many equations as unknowns, as far as types tell."""
    f = call.functions[0]
    n, m = f.params[0].type.shape[0], f.results[0].type.shape[0]  # type: ignore[attr-defined]
    if n.symbol is None and m.symbol is None and n.offset != m.offset:
        call.low.refuse(
            f"{call.key} is given {m.offset} equations for {n.offset} unknowns",
            hint="for more equations than unknowns use least_squares",
        )


@lowered("scipy.optimize.root")
def root(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    call = Call(low, "scipy.optimize.root", "fun x0 args method jac tol callback options", args, kwargs)
    call.without("callback")
    f, x0, jac = call.need("fun"), call.vector(call.need("x0"), "x0"), call.take("jac")
    method = call.known("method", "hybr")
    extra = call.items_of("args")
    own: Any = [(vector_type(low.type_of(x0)), "x")]  # type: ignore[arg-type]
    start = call.operand(x0)
    call.callback(f, own, extra, "residual", 1)
    check_square(call)
    named: Any = {}
    if low.static(jac) is True:
        low.refuse(
            "a callback that returns its Jacobian too (jac=True) is not covered", hint="give two functions"
        )
    if low.static(jac) not in (None, False):
        matrix_callback(call, jac, own, extra)
        named["jac"] = ("function", 1)
    residual = call.functions[0].results[0].type
    fields = ["x", "fun", "success", "message", "status"]
    types: Any = [own[0][0], residual, PY_BOOL, Opaque("str"), PY_INT]
    if method in ("hybr", "df-sane"):
        fields, types = [*fields, "nfev"], [*types, PY_INT]
    out = call.emit(SYSTEM, [("function", 0), start], named, tuple(fields), types, names=list(fields))
    return low.new_ref("instance", dict(zip(fields, map(low.wrap, out))), None, Solution)


@lowered("scipy.optimize.fixed_point")
def fixed_point(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    call = Call(low, "scipy.optimize.fixed_point", "func x0 args xtol maxiter method", args, kwargs)
    f, x0 = call.need("func"), call.need("x0")
    extra = call.items_of("args")
    many = not isinstance(low.type_of(x0), Scalar)
    if many:
        x0 = call.vector(x0, "x0")
    own: Any = [(vector_type(low.type_of(x0)), "x") if many else (NUMBER, "x")]  # type: ignore[arg-type]
    start = call.operand(x0)
    call.callback(f, own, extra, "step", int(many))
    rule = FIXED_POINT if many else FIXED_ITEM
    (y,) = call.emit(rule, [("function", 0), start], {}, None, [own[0][0]])
    return low.wrap(y)
