"""Differential equations: solutions of y' = f(t, y, p), y(t0) = y0.

The tangent of the solution solves the variational equation along it, which is linear,

    y_dot' = f_y y_dot + f_p p_dot,     y_dot(t0) = y0_dot - f(t0, y0) t0_dot

and the derivative by a time is f there.  It is integrated where the library's integrator has been: on a grid
of the steps that it chose and the times that it was asked for, by the Radau IIA method of four stages, which
is of order 7 and made for stiff equations.  The solution at the stages comes from the integrator's dense
output.

    grid        t0      t1              t2                 ...      steps and times asked for
    stages         ...     .   .   .        .   .   .               y from the dense output
    y_dot       ->  one linear system an interval  ->               pushforward
    y_bar       <-  the same systems, transposed    <-              pullback

So the pullback is exactly the transpose of the pushforward; neither has tolerances of its own, depends on the
scale of the parameters, or calls the integrator.  Both are as accurate as the solution itself, about the rtol
of the call, and cost as many Jacobians of f as there are stages, however many parameters there are.
Where no times are asked for (no t_eval), those that the integrator chose are held fixed, but for the ends.

`odeint` has no dense output: its derivatives call `solve_ivp` with the method that it uses, LSODA.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.integrate

from ..ad.apply import Rules
from ..frontend.lower import Lowerer
from ..frontend.values import NONE, Abstract, Static, Tup
from ..ir.core import Op, Value
from ..ir.types import PY_BOOL, PY_INT, Array, List, Opaque, new_dim
from ..runtime import places_in, radau_stages
from .roots import jacobian, matrix_callback
from .solver import NUMBER, Call, Rule, Solution, full_adjoint, is_none, lowered, vector_type
from .transforms import Callback, jvp, vjp

# -- rules ---------------------------------------------------------------------------------------------------


def at_time(f: Any, t: Any) -> Any:
    return lambda y, *q: f(t, y, *q)


def at_state(f: Any, t: Any, y: Any) -> Any:
    return lambda *q: f(t, y, *q)


def interval(f: Any, grid: Any, times: Any, states: Any, i: Any, p: Any) -> Any:
    """The linear equations of one interval for the rates of the tangent at the stages: the Jacobians at the
    stages, and the matrix of the equations."""
    n = len(states)
    slopes = np.empty((4, n, n))
    for j in range(4):
        slopes[j] = jacobian(at_time(f, times[4 * i + j]), states[:, 4 * i + j], p)
    inner = radau_stages()[1]
    coupled = inner[:, None, :, None] * slopes[:, :, None, :]
    system = np.eye(4 * n) - (grid[i + 1] - grid[i]) * coupled.reshape(4 * n, 4 * n)
    return slopes, system


def stages(grid: Any) -> Any:
    return (grid[:-1, None] + np.diff(grid)[:, None] * radau_stages()[0]).ravel()


def along(f: Any, grid: Any, states: Any, p: Any, p_dot: Any, y0_dot: Any) -> Any:
    """Tangents at fixed times: on the grid, and at the stages."""
    n = len(states)
    inner = radau_stages()[1]
    times = stages(grid)
    on_grid = np.empty((n, len(grid)))
    at_stages = np.empty_like(states)
    y_dot = y0_dot
    on_grid[:, 0] = y_dot
    for i in range(len(grid) - 1):
        h = grid[i + 1] - grid[i]
        slopes, system = interval(f, grid, times, states, i, p)
        right = slopes @ y_dot
        if len(p_dot):
            for j in range(4):
                k = 4 * i + j
                right[j] += jvp(at_state(f, times[k], states[:, k]), p, p_dot)[1]
        rates = np.linalg.solve(system, right.ravel()).reshape(4, n)
        here = y_dot[:, None] + h * (inner @ rates).T
        at_stages[:, 4 * i : 4 * i + 4] = here
        y_dot = here[:, 3]  # the last stage is at the end of the interval
        on_grid[:, i + 1] = y_dot
    return on_grid, at_stages


def along_back(f: Any, grid: Any, states: Any, p: Any, on_grid: Any, at_stages: Any) -> Any:
    """The transpose of `along`: adjoints of y0, and of p."""
    n = len(states)
    inner = radau_stages()[1]
    times = stages(grid)
    y0_bar = np.zeros(n)
    p_bar = tuple([np.zeros_like(q) if q.ndim else 0.0 for q in p])
    for i in range(len(grid) - 2, -1, -1):
        h = grid[i + 1] - grid[i]
        y0_bar = y0_bar + on_grid[:, i + 1]
        slopes, system = interval(f, grid, times, states, i, p)
        rates_bar = h * inner[-1][:, None] * y0_bar
        if at_stages is not None:
            here = at_stages[:, 4 * i : 4 * i + 4]
            rates_bar = rates_bar + h * (here @ inner).T
            y0_bar = y0_bar + here.sum(axis=1)
        right_bar = np.linalg.solve(system.T, rates_bar.ravel()).reshape(4, n)
        for j in range(4):
            k = 4 * i + j
            y0_bar = y0_bar + right_bar[j] @ slopes[j]
            if len(p):
                more = vjp(at_state(f, times[k], states[:, k]), *p)[1](right_bar[j])
                p_bar = tuple([a + b for a, b in zip(p_bar, more)])
    return y0_bar + on_grid[:, 0], p_bar


def solution_pushforward(
    f: Any, t: Any, y: Any, grid: Any, states: Any, p: Any, p_dot: Any, y0: Any, y0_dot: Any, moves: Any
) -> Any:
    """Tangents of t, y, grid and states.  `moves`: tangents of (t0, t1, t_eval), None where there is none,
    and whether there is a t_eval."""
    t0_dot, t1_dot, t_eval_dot, asked = moves
    if t0_dot is not None:
        y0_dot = y0_dot - f(grid[0], y0, *p) * t0_dot
    on_grid, at_stages = along(f, grid, states, p, p_dot, y0_dot)
    places = places_in(grid, t)
    if t0_dot is None and t1_dot is None and t_eval_dot is None:
        return None, on_grid[:, places], None, at_stages
    grid_dot = np.zeros(len(grid))
    if t_eval_dot is not None:
        grid_dot[places] = t_eval_dot
    if t0_dot is not None:
        grid_dot[0] = t0_dot
    if t1_dot is not None:
        grid_dot[-1] = t1_dot
    t_dot = grid_dot[places]
    if asked:
        t_dot = np.zeros(len(t)) if t_eval_dot is None else t_eval_dot
    y_dot = on_grid[:, places]
    for k in range(len(t)):
        y_dot[:, k] += f(t[k], y[:, k], *p) * t_dot[k]
    times, times_dot = stages(grid), stages(grid_dot)
    for k in range(len(times)):
        at_stages[:, k] += f(times[k], states[:, k], *p) * times_dot[k]
    return t_dot, y_dot, grid_dot, at_stages


def solution_pullback(
    f: Any, t: Any, y: Any, grid: Any, states: Any, p: Any, y0: Any, bars: Any, wanted: Any
) -> Any:
    """Adjoints of (y0, t0, t1, t_eval) and of p.  `wanted`: whether those of (t0, t1, t_eval) are, and
    whether there is a t_eval."""
    t_bar, y_bar, grid_bar, states_bar = bars
    places = places_in(grid, t)
    on_grid = np.zeros((len(y), len(grid)))
    np.add.at(on_grid, (slice(None), places), y_bar)
    y0_bar, p_bar = along_back(f, grid, states, p, on_grid, states_bar)
    of_t0, of_t1, of_t_eval, asked = wanted
    if not (of_t0 or of_t1 or of_t_eval):
        return y0_bar, None, None, None, p_bar
    moved = np.zeros(len(t)) if t_bar is None else t_bar.copy()
    for k in range(len(t)):
        moved[k] += f(t[k], y[:, k], *p) @ y_bar[:, k]
    at_grid = np.zeros(len(grid)) if grid_bar is None else grid_bar
    if states_bar is not None:
        times = stages(grid)
        shares = np.empty(len(times))
        for k in range(len(times)):
            shares[k] = f(times[k], states[:, k], *p) @ states_bar[:, k]
        shares = shares.reshape(len(grid) - 1, 4)
        nodes = radau_stages()[0]
        at_grid = at_grid + np.append(shares @ (1.0 - nodes), 0.0) + np.append(0.0, shares @ nodes)
    if not asked:
        np.add.at(at_grid, places, moved)
    t0_bar = at_grid[0] - f(grid[0], y0, *p) @ y0_bar if of_t0 else None
    if not of_t_eval:
        return y0_bar, t0_bar, at_grid[-1] if of_t1 else None, None, p_bar
    if of_t0:
        at_grid[0] = 0.0
    return y0_bar, t0_bar, None, moved + at_grid[places], p_bar


class Trajectory:
    """The rule of `solve_ivp`: differentiable are its results t, y, grid and states."""

    def arguments(self, rules: Rules, op: Op, active: list[int]) -> list[Abstract]:
        shared = op.inputs[op.attrs["shared"] :]
        for k in active:
            if isinstance(shared[k].type, List):
                rules.low.refuse("an equation that reads a list is not covered", hint="make it an array")
        callback = Callback(op.attrs["functions"][0], 2, shared, active)
        found = [op.results[k] for k in op.attrs["trajectory"]]
        p = Tup(tuple(rules.wrap(shared[k]) for k in active))
        return [Static(callback), *map(rules.wrap, found), p]

    def operand(self, rules: Rules, op: Op, name: str) -> Abstract:
        return rules.wrap(op.inputs[op.attrs["roles"][name]])

    def pushforward(self, rules: Rules, op: Op, dots: list[Value | None]) -> list[Value | None]:
        first, roles = op.attrs["shared"], op.attrs["roles"]
        active = [k for k, d in enumerate(dots[first:]) if d is not None]
        p_dot = [rules.full(dots[first + k], op.inputs[first + k]) for k in active]  # type: ignore[arg-type]
        y0, d = op.inputs[roles["y0"]], dots[roles["y0"]]
        y0_dot = rules.zero(y0) if d is None else rules.full(d, y0)
        moves = [
            NONE if n not in roles or dots[roles[n]] is None else rules.wrap(dots[roles[n]])
            for n in ("t0", "t1", "t_eval")
        ]
        moves.append(Static("t_eval" in roles))
        out = rules.call(
            solution_pushforward,
            [
                *self.arguments(rules, op, active),
                Tup(tuple(map(rules.wrap, p_dot))),
                self.operand(rules, op, "y0"),
                rules.wrap(y0_dot),
                Tup(tuple(moves)),
            ],
            {},
        )
        given: list[Value | None] = [None] * len(op.results)
        for k, a in zip(op.attrs["trajectory"], out.items):
            given[k] = None if is_none(a) else rules.low.value(a)
        return given

    def pullback(
        self, rules: Rules, op: Op, bars: list[Value | None], active: list[bool]
    ) -> list[Value | None]:
        first, roles = op.attrs["shared"], op.attrs["roles"]
        wrt = [k for k, a in enumerate(active[first:]) if a]
        given = []
        for n, k in enumerate(op.attrs["trajectory"]):
            needed = bars[k] is not None or n == 1
            given.append(rules.wrap(full_adjoint(rules, op, bars, k)) if needed else NONE)
        wanted = [Static(n in roles and active[roles[n]]) for n in ("t0", "t1", "t_eval")]
        wanted.append(Static("t_eval" in roles))
        made = rules.call(
            solution_pullback,
            [
                *self.arguments(rules, op, wrt),
                self.operand(rules, op, "y0"),
                Tup(tuple(given)),
                Tup(tuple(wanted)),
            ],
            {},
        )
        out: list[Value | None] = [None] * len(op.inputs)
        for n, a in zip(("y0", "t0", "t1", "t_eval"), made.items):
            if n in roles and active[roles[n]] and not is_none(a):
                out[roles[n]] = rules.low.value(a)
        for k, a in zip(wrt, made.items[4].items):
            out[first + k] = rules.low.value(a)
        return out


# -- solve_ivp -----------------------------------------------------------------------------------------------

FIELDS = ("t", "y", "success", "status", "message", "nfev", "njev", "nlu")
HIDDEN = (
    ("text", "grid", "ode_grid(solution.sol.ts, solution.t)"),
    ("text", "states", "solution.sol(stage_times(grid))"),
)


@lowered("scipy.integrate.solve_ivp")
def solve_ivp(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    names = "fun t_span y0 method t_eval dense_output events vectorized args * rtol atol max_step first_step"
    call = Call(
        low, "scipy.integrate.solve_ivp", names + " min_step jac jac_sparsity lband uband", args, kwargs
    )
    call.without("dense_output", hint="ask for times with t_eval=")
    call.without("events", reason="where an event stops the integration depends on the parameters")
    call.without("vectorized")
    if not isinstance(call.known("method", "RK45"), str):
        low.refuse("a method of solve_ivp that is no name is not covered")
    f, span, y0 = call.need("fun"), low.items_of(call.need("t_span")), call.vector(call.need("y0"), "y0")
    t_eval, jac = call.take("t_eval"), call.take("jac")
    if span is None or len(span) != 2:
        low.refuse("t_span of solve_ivp must be a pair", hint="t_span=(t0, t1)")
    extra = call.items_of("args", strict=True)
    if low.type_of(y0).dtype != "float64":  # type: ignore[union-attr]
        y0 = low.prim("numpy.ndarray.astype", [low.value(y0)], {"dtype": "float64"})
    yt = vector_type(low.type_of(y0))  # type: ignore[arg-type]
    ends = [call.operand(a) for a in span]
    roles = {n: x for n, (kind, x) in zip(("t0", "t1"), ends) if kind == "input"}
    roles["y0"] = call.add(y0)
    named: Any = {}
    if t_eval is not NONE:
        t_eval = call.vector(t_eval, "t_eval")
        roles["t_eval"] = call.add(t_eval)
        named["t_eval"] = ("input", roles["t_eval"])
        roles.pop("t1", None)  # what is asked for does not depend on where the integration ends
    own: Any = [(NUMBER, "t"), (yt, "y")]
    call.callback(f, own, extra, "right_side", 1)
    if jac is not NONE:
        matrix_callback(call, jac, own, extra)
        named["jac"] = ("function", 1)
    m = low.type_of(t_eval).shape[0] if t_eval is not NONE else new_dim()  # type: ignore[union-attr]
    vector, matrix = (lambda d: Array("float64", (d,), True)), (lambda d: Array("float64", (yt.shape[0], d)))
    types: Any = [vector(m), matrix(m), PY_BOOL, PY_INT, Opaque("str"), PY_INT, PY_INT, PY_INT]
    fields = (*FIELDS, *HIDDEN)
    smooth = list(roles.values())
    out = call.emit(
        TRAJECTORY,
        [("function", 0), ("tuple", tuple(ends)), ("input", roles["y0"])],
        named,
        fields,
        [*types, vector(new_dim()), matrix(new_dim())],
        smooth,
        names=[*FIELDS, "grid", "states"],
        roles=roles,
        trajectory=(0, 1, len(FIELDS), len(FIELDS) + 1),
        asked={"dense_output": ("known", True)},
    )
    return low.new_ref("instance", dict(zip(FIELDS, map(low.wrap, out))), None, Solution)


TRAJECTORY = Trajectory()


# -- odeint --------------------------------------------------------------------------------------------------


def again(f: Any, y0: Any, t: Any, p: Any, options: Any) -> Any:
    """The same solution, by a call that has dense output."""
    found = scipy.integrate.solve_ivp(
        lambda s, u: f(u, s, *p), (t[0], t[-1]), y0, method="LSODA", t_eval=t, **options
    )
    return found.y.T


def odeint_pushforward(f: Any, y: Any, p: Any, p_dot: Any, given: Any, given_dot: Any, options: Any) -> Any:
    y0, t = given
    y0_dot, t_dot = given_dot
    if t_dot is None:
        return jvp(lambda u, *q: again(f, u, t, q, options), (y0, *p), (y0_dot, *p_dot))[1]
    return jvp(lambda u, s, *q: again(f, u, s, q, options), (y0, t, *p), (y0_dot, t_dot, *p_dot))[1]


def odeint_pullback(f: Any, y: Any, p: Any, y_bar: Any, given: Any, of_t: Any, options: Any) -> Any:
    y0, t = given
    if of_t:
        return vjp(lambda u, s, *q: again(f, u, s, q, options), y0, t, *p)[1](y_bar)
    return vjp(lambda u, *q: again(f, u, t, q, options), y0, *p)[1](y_bar)


class Odeint(Rule):
    """The first two operands are y0 and t."""

    def options(self, rules: Rules, op: Op) -> Abstract:
        found: dict[str, Abstract] = {}
        for k in ("rtol", "atol"):
            kind, x = op.attrs["named"].get(k, ("known", 1.49012e-8))
            found[k] = rules.wrap(op.inputs[x]) if kind == "input" else rules.low.number(x)
        return rules.low.new_ref("dict", found)

    def callback(self, rules: Rules, op: Op, active: list[int]) -> list[Abstract]:
        shared = op.inputs[op.attrs["shared"] :]
        f = Callback(op.attrs["functions"][0], 2, shared, active, flip=op.attrs["time_first"])
        return [Static(f), rules.wrap(op.results[0]), Tup(tuple(rules.wrap(shared[k]) for k in active))]

    def pushforward(self, rules: Rules, op: Op, dots: list[Value | None]) -> list[Value | None]:
        first = op.attrs["shared"]
        active = [k for k, d in enumerate(dots[first:]) if d is not None]
        p_dot = [rules.full(dots[first + k], op.inputs[first + k]) for k in active]  # type: ignore[arg-type]
        given = Tup(tuple(map(rules.wrap, op.inputs[:2])))
        y0_dot = rules.zero(op.inputs[0]) if dots[0] is None else rules.full(dots[0], op.inputs[0])
        t_dot = NONE if dots[1] is None else rules.wrap(rules.full(dots[1], op.inputs[1]))
        args = [Tup(tuple(map(rules.wrap, p_dot))), given, Tup((rules.wrap(y0_dot), t_dot))]
        out = rules.call(
            odeint_pushforward, [*self.callback(rules, op, active), *args, self.options(rules, op)], {}
        )
        return [rules.low.value(out)]

    def pullback(
        self, rules: Rules, op: Op, bars: list[Value | None], active: list[bool]
    ) -> list[Value | None]:
        first = op.attrs["shared"]
        wrt = [k for k, a in enumerate(active[first:]) if a]
        given = Tup(tuple(map(rules.wrap, op.inputs[:2])))
        args = [self.adjoint(rules, op, bars), given, Static(active[1]), self.options(rules, op)]
        made = rules.call(odeint_pullback, [*self.callback(rules, op, wrt), *args], {})
        places = [0, *([1] if active[1] else []), *(first + k for k in wrt)]
        out: list[Value | None] = [None] * len(op.inputs)
        for k, a in zip(places, made.items):
            out[k] = rules.low.value(a) if active[k] else None
        return out


ODEINT = Odeint(odeint_pushforward, odeint_pullback)


@lowered("scipy.integrate.odeint")
def odeint(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    names = "func y0 t args Dfun col_deriv full_output ml mu rtol atol tcrit h0 hmax hmin ixpr mxstep mxhnil"
    call = Call(low, "scipy.integrate.odeint", names + " mxordn mxords printmessg tfirst", args, kwargs)
    call.without("Dfun", "full_output", "tcrit", hint="leave it out")
    f, y0, t = call.need("func"), call.vector(call.need("y0"), "y0"), call.vector(call.need("t"), "t")
    first = bool(call.known("tfirst", False))
    extra = call.items_of("args")
    items = [call.operand(a) for a in (y0, t)]
    yt = vector_type(low.type_of(y0))  # type: ignore[arg-type]
    own: Any = [(NUMBER, "t"), (yt, "y")]
    call.callback(f, own if first else own[::-1], extra, "right_side", 1)
    result = Array("float64", (low.type_of(t).shape[0], yt.shape[0]), True)  # type: ignore[union-attr]
    (y,) = call.emit(ODEINT, [("function", 0), *items], {}, None, [result], [0, 1], time_first=first)
    return low.wrap(y)
