"""Minima without constraints: the gradient of the objective is zero at the result x.

    x_dot = -H^-1 (d gradient / d p) p_dot          H = d gradient / d x, the Hessian
    minimum_dot = (d objective / d p) p_dot         for the objective is flat in x there

the implicit function theorem on the gradient, and the envelope theorem.  The objective must be twice
differentiable there, and H not singular.  What is given for the primal's call alone (`jac=`, `hess=`) takes
no part in the derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ad.apply import Rules
from ..frontend.again import parameter_names
from ..frontend.lower import Lowerer
from ..frontend.values import NONE, Abstract, Conflict, Static, Tup
from ..ir.core import Constant, Op, Value
from ..ir.types import PY_BOOL, PY_INT, Array, Opaque, const_dim
from .roots import item_pullback, item_pushforward, matrix_callback, pullback, pushforward
from .solver import NUMBER, Call, Rule, Solution, full_adjoint, lowered, vector_type
from .transforms import Callback, grad, jvp, vjp

BOUNDED = "at a bound the solution does not move with the gradient, and which of them bind may change"
FREE = "let the unknowns be free, and map them into the bounds in the objective (np.exp, a softmax, ...)"


# -- rules ---------------------------------------------------------------------------------------------------


def slope_of(f: Any) -> Any:
    """The gradient of the objective, which is zero at its minimum."""
    return lambda z, *q: grad(lambda w: f(w, *q))(z)


def minimum_adjoints(from_x: Any, f: Any, x: Any, p: Any, minimum_bar: Any) -> Any:
    """What comes from x, where it has an adjoint, and from the minimum, where that has one."""
    if minimum_bar is None:
        return from_x
    from_minimum = vjp(lambda *q: f(x, *q), *p)[1](minimum_bar)
    if from_x is None:
        return from_minimum
    return tuple([a + b for a, b in zip(from_x, from_minimum)])


def minimum_pushforward(f: Any, x: Any, p: Any, p_dot: Any) -> Any:
    return pushforward(slope_of(f), x, p, p_dot), jvp(lambda *q: f(x, *q), p, p_dot)[1]


def minimum_pullback(f: Any, x: Any, p: Any, bars: Any) -> Any:
    from_x = None if bars[0] is None else pullback(slope_of(f), x, p, bars[0])
    return minimum_adjoints(from_x, f, x, p, bars[1])


def scalar_minimum_pushforward(f: Any, x: Any, p: Any, p_dot: Any) -> Any:
    return item_pushforward(slope_of(f), x, p, p_dot), jvp(lambda *q: f(x, *q), p, p_dot)[1]


def scalar_minimum_pullback(f: Any, x: Any, p: Any, bars: Any) -> Any:
    from_x = None if bars[0] is None else item_pullback(slope_of(f), x, p, bars[0])
    return minimum_adjoints(from_x, f, x, p, bars[1])


class Minimum(Rule):
    """Two differentiable results: where the minimum is, and what it is."""

    def adjoint(self, rules: Rules, op: Op, bars: list[Value | None]) -> Abstract:
        return Tup(
            tuple(NONE if bars[k] is None else rules.wrap(full_adjoint(rules, op, bars, k)) for k in range(2))
        )


def half_square(f: Any) -> Any:
    return lambda z, *q: 0.5 * np.sum(f(z, *q) ** 2)


VECTOR = Minimum(minimum_pushforward, minimum_pullback)
SCALAR = Minimum(scalar_minimum_pushforward, scalar_minimum_pullback)
SQUARES = Minimum(
    lambda f, x, p, p_dot: minimum_pushforward(half_square(f), x, p, p_dot),
    lambda f, x, p, bars: minimum_pullback(half_square(f), x, p, bars),
)


# -- calls ---------------------------------------------------------------------------------------------------


def finish(
    call: Call, rule: Any, positional: list[Any], named: Any, x: Any, fields: list[str], types: list[Any]
) -> Abstract:
    """Emit the op; its result is an object with fields."""
    low = call.low
    fields, types = ["x", *fields], [x, *types]
    out = call.emit(rule, positional, named, tuple(fields), types, names=list(fields))
    state: dict[str, Any] = dict(zip(fields, map(low.wrap, out)))
    for name in ("jac", "hess", "hess_inv", "grad", "residual"):
        state[name] = Conflict(
            f"the field {name} of the result of {call.key} has no derivative", "compute it at x, by hand"
        )
    return low.new_ref("instance", state, None, Solution)


MESSAGES = ["success", "status", "message", "nfev"]
MESSAGE_TYPES = [PY_BOOL, PY_INT, Opaque("str"), PY_INT]


@lowered("scipy.optimize.minimize")
def minimize(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    names = "fun x0 args method jac hess hessp bounds constraints tol callback options"
    call = Call(low, "scipy.optimize.minimize", names, args, kwargs)
    call.without("callback", "hessp")
    call.without("bounds", "constraints", reason=BOUNDED, hint=FREE)
    f, x0 = call.need("fun"), call.vector(call.need("x0"), "x0")
    jac, hess = call.take("jac"), call.take("hess")
    method = call.known("method", None)
    if method is not None and not isinstance(method, str):
        low.refuse("a method of minimize that is no name is not covered")
    extra = call.items_of("args")
    own: Any = [(vector_type(low.type_of(x0)), "x")]  # type: ignore[arg-type]
    start = call.operand(x0)
    call.callback(f, own, extra, "objective", 0)
    named: Any = {}
    if isinstance(low.static(jac), str):
        named["jac"] = ("known", low.static(jac))
    elif low.static(jac) is True:
        low.refuse(
            "an objective that returns its gradient too (jac=True) is not covered", hint="give two functions"
        )
    elif low.static(jac) not in (None, False):
        call.callback(jac, own, extra, "gradient", 1)
        named["jac"] = ("function", len(call.functions) - 1)
    if isinstance(low.static(hess), str):
        named["hess"] = ("known", low.static(hess))
    elif hess is not NONE:
        matrix_callback(call, hess, own, extra)
        named["hess"] = ("function", len(call.functions) - 1)
    fields, types = ["fun", *MESSAGES], [NUMBER, *MESSAGE_TYPES]
    if (method or "BFGS").upper() not in ("COBYLA", "COBYQA"):
        fields, types = [*fields, "nit"], [*types, PY_INT]
    return finish(call, VECTOR, [("function", 0), start], named, own[0][0], fields, types)


@lowered("scipy.optimize.minimize_scalar")
def minimize_scalar(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    names = "fun bracket bounds args method tol options"
    call = Call(low, "scipy.optimize.minimize_scalar", names, args, kwargs)
    call.without("bounds", reason=BOUNDED, hint="give bracket=, or map the unknown into the bounds")
    f = call.need("fun")
    extra = call.items_of("args")
    call.callback(f, [(NUMBER, "x")], extra, "objective", 0)
    fields, types = ["fun", "success", "nfev", "nit"], [NUMBER, PY_BOOL, PY_INT, PY_INT]
    return finish(call, SCALAR, [("function", 0)], {}, NUMBER, fields, types)


@lowered("scipy.optimize.least_squares")
def least_squares(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    names = "fun x0 jac bounds method ftol xtol gtol x_scale loss f_scale diff_step tr_solver tr_options"
    call = Call(
        low, "scipy.optimize.least_squares", names + " jac_sparsity max_nfev verbose args", args, kwargs
    )
    call.without("bounds", reason=BOUNDED, hint=FREE)
    call.without("jac_sparsity")
    if call.known("loss", "linear") != "linear":
        low.refuse("a loss of least_squares other than 'linear' is not covered", hint="use minimize")
    f, x0, jac = call.need("fun"), call.vector(call.need("x0"), "x0"), call.take("jac")
    extra = call.items_of("args")
    own: Any = [(vector_type(low.type_of(x0)), "x")]  # type: ignore[arg-type]
    start = call.operand(x0)
    call.callback(f, own, extra, "residual", 1)
    named: Any = {}
    if isinstance(low.static(jac), str):
        named["jac"] = ("known", low.static(jac))
    elif jac is not NONE:
        matrix_callback(call, jac, own, extra)
        named["jac"] = ("function", 1)
    fields, types = ["cost", *MESSAGES], [NUMBER, *MESSAGE_TYPES]
    out = finish(call, SQUARES, [("function", 0), start], named, own[0][0], fields, types)
    low.state(out)["fun"] = Conflict("the field fun has no derivative here", "call the residuals at x")
    return out


# -- curve_fit -----------------------------------------------------------------------------------------------


def misfit(f: Any, z: Any, x: Any, y: Any, sigma: Any) -> Any:
    out = f(x, *z) - y
    return out if sigma is None else out / sigma


def item(z: Any, i: Any) -> Any:
    return z[i]


class Misfit:
    """The weighted residual that `curve_fit` minimises the squares of, as a function of the parameters, and
    of what is differentiated of data, weights and captures."""

    def __init__(self, op: Op, active: list[int]) -> None:
        self.op, self.active = op, active

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        inputs: list[Any] = list(map(low.wrap, self.op.inputs))
        for k, a in zip(self.active, args[1:]):
            inputs[k] = a
        first = self.op.attrs["shared"]
        shared = [low.value(a) for a in inputs[first:]]
        model = Callback(self.op.attrs["functions"][0], self.op.attrs["own"][0], shared, [])
        x, y, sigma = (NONE if k is None else inputs[k] for k in self.op.attrs["data"])
        count = self.op.attrs["own"][0] - 1
        z = [low.call_python(item, [args[0], Constant(i)], {}, template=True) for i in range(count)]
        return low.call_python(misfit, [Static(model), Tup(tuple(z)), x, y, sigma], {}, template=True)


class Fit(Minimum):
    def pushforward(self, rules: Rules, op: Op, dots: list[Value | None]) -> list[Value | None]:
        active = [k for k in op.attrs["smooth"] if dots[k] is not None]
        p = Tup(tuple(rules.wrap(op.inputs[k]) for k in active))
        p_dot = Tup(tuple(rules.wrap(rules.full(dots[k], op.inputs[k])) for k in active))  # type: ignore
        out = rules.call(self.texts[0], [Static(Misfit(op, active)), rules.wrap(op.results[0]), p, p_dot], {})
        return [rules.low.value(out.items[0])]

    def pullback(
        self, rules: Rules, op: Op, bars: list[Value | None], active: list[bool]
    ) -> list[Value | None]:
        wrt = [k for k, a in enumerate(active) if a]
        p = Tup(tuple(rules.wrap(op.inputs[k]) for k in wrt))
        y_bar = Tup((rules.wrap(full_adjoint(rules, op, bars, 0)), NONE))
        out = rules.call(self.texts[1], [Static(Misfit(op, wrt)), rules.wrap(op.results[0]), p, y_bar], {})
        given: list[Value | None] = [None] * len(op.inputs)
        for k, a in zip(wrt, out.items):
            given[k] = rules.low.value(a)
        return given


@lowered("scipy.optimize.curve_fit")
def curve_fit(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    names = "f xdata ydata p0 sigma absolute_sigma check_finite bounds method jac * ftol xtol gtol maxfev"
    call = Call(low, "scipy.optimize.curve_fit", names, args, kwargs)
    call.without("bounds", reason=BOUNDED, hint="map the parameters into the bounds in the model")
    call.without("jac", hint="leave it out")
    f, x, y = call.need("f"), call.need("xdata"), call.need("ydata")
    p0, sigma = call.take("p0"), call.take("sigma")
    x, y = (a if low.type_of(a) is not None else low.array_of(a) for a in (x, y))
    t, weights = low.type_of(y), low.type_of(sigma)
    if not isinstance(t, Array) or t.ndim != 1 or (sigma is not NONE and getattr(weights, "ndim", 2) != 1):
        low.refuse("curve_fit is covered for data, and weights sigma, with one axis")
    count = len(parameter_names(f)) - 1
    if p0 is not NONE:
        p0 = call.vector(p0, "p0")
        n = low.type_of(p0).shape[0]  # type: ignore[union-attr]
        count = n.offset if n.symbol is None else count
    if count < 1:
        low.refuse("curve_fit needs to know how many parameters there are", hint="give p0 as a list")
    positional = [("function", 0), call.operand(x), call.operand(y)]
    data = [0, 1, None]
    named: Any = {}
    if p0 is not NONE:
        named["p0"] = call.operand(p0)
    if sigma is not NONE:
        named["sigma"] = call.operand(sigma)
        data[2] = named["sigma"][1]
    xt: Any = low.type_of(x)
    call.callback(f, [(xt, "x"), *[(NUMBER, f"p{i}") for i in range(count)]], [], "model", 1)
    popt = Array("float64", (const_dim(count),), True)
    smooth = [k for k in data if k is not None]
    positional[0] = ("bound", 0)
    (out,) = call.emit(
        FIT, positional, named, (0,), [popt], smooth, shares_args=False, names=["popt"], data=tuple(data)
    )
    reason = "the covariance that curve_fit estimates has no derivative"
    return Tup((low.wrap(out), Conflict(reason, "compute it at popt, by hand")))


FIT = Fit(*SQUARES.texts)
