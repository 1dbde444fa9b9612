"""What a derivative costs: closed forms, and the same numbers counted while things run."""

from __future__ import annotations

import contextlib
import copy
import io

import numpy as np
import pytest
import sympy as sp
from golden.functions import CASES as GOLDEN
from golden.functions import barrier, burgers, logistic_map, mlp, newton_sqrt, rnn, seidel
from programs.registry import load

import sourcead as ad
from sourcead.analysis.sums import Index, total, trips
from sourcead.backend.buffers import place
from sourcead.derivative import Derivative
from sourcead.rules.costs import cost_of
from sourcead.rules.registry import BOOK

from .counting import flat_arguments, run_counting, run_text, sizes_of


def cholesky(A):
    n = len(A)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            s = A[i, j]
            for k in range(j):
                s = s - L[i, k] * L[j, k]
            L[i, j] = s / L[j, j]
        d = A[i, i]
        for k in range(i):
            d = d - L[i, k] * L[i, k]
        L[i, i] = np.sqrt(d)
    t = 0.0
    for i in range(n):
        t = t + L[i, i]
    return t


def product(A, B):
    s = 0.0
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            c = 0.0
            for k in range(A.shape[1]):
                c = c + A[i, k] * B[k, j]
            s = s + c * c
    return s


def pairs(x, G):
    n = len(x)
    e = 0.0
    for i in range(n):
        for j in range(i + 2, n - 1):
            r = x[i] - x[j]
            e = e + G / (r * r)
    return e


def heat(u, steps, c):
    for t in range(steps):
        u = u + c * np.sin(u)
        u[1:-1] = u[1:-1] + c * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u[0] * u[1]


def heat_in_loops(u, steps, c):
    m = len(u)
    for t in range(steps):
        v = np.zeros(m)
        for i in range(1, m - 1):
            v[i] = u[i] + c * u[i] * u[i] * (u[i + 1] - u[i - 1])
        u = v
    return u[1]


def every_second(x):
    s = 0.0
    for i in range(0, len(x), 2):
        s = s + x[i] * x[i] * x[i]
    return s


def downward(x):
    s = 0.0
    for i in range(len(x) - 1, 0, -1):
        for j in range(i, -1, -2):
            s = s + x[i] * x[j]
    return s


def ramps(x, n):
    for i in range(n):
        for j in range(i):
            for k in range(i - j):
                x = x * (1.0 - x)
    return x


def halving(x):
    while x > 1.0:
        x = 0.5 * x * x / (x + 0.1)
    return x


def dear_or_cheap(x, n):
    for i in range(n):
        if x > 0.5:
            x = x * x * x * x
        else:
            x = 2.0 * x
    return x


def solved(A, b):
    return np.sum(np.linalg.solve(A, b))


def contracted(A, B):
    return np.sum(np.einsum("ij,jk->ik", A, B)) + np.sum(np.tensordot(A, B, axes=1))


def interleaved(x):
    return np.sum(np.sin(x[::2]) * x[1::2][::-1])


r = np.random.default_rng(1)
SQUARE = r.normal(size=(4, 4)) + 5.0 * np.eye(4)
#: Where the loop of newton_sqrt is.
LOOP = newton_sqrt.__code__.co_firstlineno + 2
#: function, arguments, argnums; operations of the primal in the sizes
FORMS = [
    (logistic_map, (0.3, 3.1, 6), (0, 1), "3*n"),
    (newton_sqrt, (7.0,), 0, f"6*trips_line_{LOOP}"),
    (burgers, (r.random(9), 0.1, 4), (0, 1), "9*n*Max(u_0 - 2, 0) + 2*u_0"),
    (seidel, (r.random((6, 5)), 3), 0, "5*n*Max(A_0 - 2, 0)*Max(A_1 - 2, 0) + 2*A_0*A_1"),
    (mlp, *GOLDEN["mlp"][1:], "2*W1_0*W1_1*X_0 + 2*W1_1*W2_1*X_0 + 2*W1_1*X_0 + 6*W2_1*X_0 + X_0 + y_0 + 1"),
    (rnn, *GOLDEN["rnn"][1:], "xs_0*(2*Wx_0*Wx_1 + 2*Wx_1**2 + 5*Wx_1 + 1)"),
    (barrier, (r.normal(size=6),), 0, "6*x_0"),
    (cholesky, (SQUARE @ SQUARE.T,), 0, "n**3/3 + n**2/2 + 7*n/6"),
    (product, (SQUARE[:, :3], SQUARE[:3]), (0, 1), "2*A_0*A_1*B_1 + 2*A_0*B_1"),
    (pairs, (r.normal(size=7), 1.0), 0, "2*Max(n - 3, 0)*(Max(n - 3, 0) + 1)"),
    (heat, (r.random(9), 3, 0.1), 0, "3*steps*u_0 + 5*steps*Max(u_0 - 2, 0) + 1"),
    (heat_in_loops, (r.random(9), 3, 0.1), 0, "5*steps*Max(m - 2, 0)"),
    (every_second, (r.random(9),), 0, "3*ceiling(x_0/2)"),
    (ramps, (0.3, 5), 0, "n**3/3 - n/3"),
    (halving, (9.0,), 0, "4*trips_line_107"),
    (dear_or_cheap, (0.9, 5), 0, "3*n"),
    (solved, (SQUARE, np.ones(4)), (0, 1), "2*A_0**3/3 + 2*A_0**2 + A_0"),
    (contracted, (SQUARE[:, :3], SQUARE[:3]), (0, 1), "4*A_0*A_1*B_1 + 2*A_0*B_1 + 1"),
]
NAMES = [f[0].__name__ for f in FORMS]


def made(f, args, wrt=0, mode="grad"):
    d = Derivative(f, mode, wrt if mode == "grad" else None)
    names, values = d._bind(copy.deepcopy(args), {})
    compiled = d._lookup(names, values)
    return d.cost, compiled, names, values


def formula(text, cost):
    symbols = {n: sp.Symbol(n, integer=True, nonnegative=True) for n in cost.sizes}
    return sp.sympify(text, locals=symbols)


def same(a, b):
    return sp.simplify(sp.expand(a - b)) == 0


# -- closed forms ------------------------------------------------------------
@pytest.mark.parametrize("f, args, wrt, primal", FORMS, ids=NAMES)
def test_operations_of_the_primal(f, args, wrt, primal):
    line = f.__code__.co_firstlineno
    primal = primal.replace("trips_line_107", f"trips_line_{line + 1}")
    cost, *_ = made(f, args, wrt)
    assert same(cost.primal_operations, formula(primal, cost)), cost


@pytest.mark.parametrize(
    "f, args, wrt, operations, tape",
    [
        (logistic_map, (0.3, 3.1, 6), (0, 1), "11*n", "8*n"),
        (newton_sqrt, (7.0,), 0, f"18*trips_line_{LOOP} + 1", f"8*trips_line_{LOOP}"),
        (
            seidel,
            (r.random((6, 5)), 3),
            0,
            "10*n*Max(A_0 - 2, 0)*Max(A_1 - 2, 0) + 2*A_0*A_1",
            "8*A_0*A_1",
        ),
        (rnn, *GOLDEN["rnn"][1:], "xs_0*Wx_1*(4*Wx_0 + 6*Wx_1 + 9)", "8*Wx_1*(xs_0 + 1)"),
        (barrier, (r.normal(size=6),), 0, "9*x_0", "0"),
        (product, (SQUARE[:, :3], SQUARE[:3]), (0, 1), "6*A_0*A_1*B_1 + A_0*B_1", None),
    ],
)
def test_operations_and_tape_of_the_gradient(f, args, wrt, operations, tape):
    cost, *_ = made(f, args, wrt)
    assert same(cost.operations, formula(operations, cost)), cost
    if tape is not None:
        assert same(cost.tape, formula(tape, cost)), cost


def test_the_tape_of_a_loop_nest_is_a_multiple_of_its_trips():
    cost, *_ = made(burgers, (r.random(9), 0.1, 4), (0, 1))
    entries = sp.cancel(cost.tape / formula("8*n*Max(u_0 - 2, 0)", cost))
    assert entries.is_Integer and entries >= 1


def test_linear_loops_keep_nothing_and_forward_mode_never_does():
    for f, args, wrt, _ in FORMS:
        cost, *_ = made(f, args, wrt, "jvp")
        assert cost.tape == 0, f.__name__


def test_split_mode_counts_the_copies_of_arguments_among_the_residuals():
    joint, *_ = made(barrier, (r.normal(size=6),))
    parts, *_ = made(barrier, (r.normal(size=6),), mode="vjp")
    assert joint.tape == 0
    assert same(parts.parts["x"], formula("8*x_0", parts))


# -- counted while it runs ------------------------------------------------------------
#: Whole arrays that are kept without a tape.
KEPT = {seidel: ["A"], heat: ["u"], cholesky: ["L"]}
TEXTS = [
    (cholesky, lambda n: ((lambda a: a @ a.T + np.eye(n))(r.random((n, n))),), 0),
    (logistic_map, lambda n: (0.3, 3.1, n), (0, 1)),
    (burgers, lambda n: (r.random(n + 2), 0.1, 3), (0, 1)),
    (seidel, lambda n: (r.random((n, n + 1)), 2), 0),
    (product, lambda n: (r.random((n, 3)), r.random((3, 2))), (0, 1)),
    (pairs, lambda n: (r.random(n), 1.0), 0),
    (heat_in_loops, lambda n: (r.random(n + 2), 3, 0.1), 0),
    (heat, lambda n: (r.random(n + 3), 3, 0.1), 0),
    (every_second, lambda n: (r.random(n),), 0),
    (downward, lambda n: (r.random(n),), 0),
    (ramps, lambda n: (0.3, n), 0),
]


@pytest.mark.parametrize("f, arguments, wrt", TEXTS, ids=[t[0].__name__ for t in TEXTS])
def test_the_text_run_on_numbers_that_count(f, arguments, wrt):
    """What the text does and what it pushes on its tapes, counted by the numbers themselves."""
    cost, compiled, *_ = made(f, arguments(5), wrt)
    tapes = [op.inputs[1] for op in place(compiled.ir[0]).walk() if op.kind == "list.append"]
    whole = cost.tape - sum(e for n, e in cost.parts.items() if n in KEPT.get(f, ()))
    assert tapes or whole == 0
    for n in (2, 3, 6, 9):
        args = arguments(n)
        d = Derivative(f, "grad", wrt)
        names, values = d._bind(args, {})
        sizes = sizes_of(cost, compiled, names, values)
        done, pushed = run_text(compiled.text, next(iter(compiled.functions)), args)
        assert done == cost(**sizes).operations, (n, cost)
        at = {sp.Symbol(k, integer=True, nonnegative=True): v for k, v in sizes.items()}
        assert pushed == sp.sympify(whole).subs(at), (n, cost)


PROGRAMS = [p for p in load() if not p.refused and not p.awaited]


@pytest.mark.parametrize("mode", ["grad", "jvp"])
@pytest.mark.parametrize("program", PROGRAMS, ids=[p.name for p in PROGRAMS])
def test_programs_run_with_counters_do_what_the_formula_says(program, mode):
    """Every program of the corpus: as many operations as the formula gives for its sizes, or at most so many
    where it has branches.  Where trips or lengths are unknown the formula must say so."""
    args = tuple(program.make(0))
    try:
        cost, compiled, names, values = made(program.function, args, program.wrt, mode)
    except ad.errors.NotDifferentiable:
        pytest.skip("grad needs a number")
    known = [w for w in cost.sizes.values() if w.startswith(("the argument", "len(")) or ".shape[" in w]
    if len(known) < len(cost.sizes):
        assert any(k in repr(cost) for k in ("_line_", "operations_of_", "where"))
        return
    flat = flat_arguments(compiled, values)
    if mode == "jvp":
        flat += [np.ones_like(v) if isinstance(v, np.ndarray) else 1.0 for v in flat if is_float(v)]
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            done, _ = run_counting(place(compiled.ir[0]), flat)
        except TypeError as e:
            if "descriptor" in str(e):  # the interpreter has no attributes of Python's own numbers
                pytest.skip(str(e))
            raise
    try:
        said = cost(**sizes_of(cost, compiled, names, values)).operations
    except (ValueError, SyntaxError):  # an integer argument below zero; a name inside of a container
        return
    if cost.upper:
        assert done <= said
    else:
        assert done == pytest.approx(said, rel=1e-12), cost


def is_float(v):
    return isinstance(v, float | complex | np.ndarray) and np.asarray(v).dtype.kind in "fc"


# -- sums ------------------------------------------------------------
@pytest.mark.parametrize(
    "outer, inner",
    [
        ("0, n, 1", "0, i, 1"),
        ("0, n, 1", "i + 1, n - 1, 1"),
        ("0, n, 1", "3, i, 1"),
        ("n - 1, -1, -1", "i + 2, n, 1"),
        ("0, n, 3", "0, i, 1"),
        ("0, n, 1", "0, n - 2*i, 1"),
        ("0, n, 1", "0, i, 2"),
        ("1, n - 2, 1", "n - 2, i, -1"),
    ],
)
def test_sums_over_loops_are_those_of_the_loops(outer, inner):
    n = sp.Symbol("n", integer=True, nonnegative=True)
    i, j = sp.symbols("i j", integer=True)

    def index(symbol, bounds, scope):
        start, stop, step = map(sp.sympify, sp.sympify(bounds, locals={"n": n, "i": i}))
        raw, count = trips(start, stop, int(step), scope)
        low, high = (start, stop - 1) if step > 0 else (stop + 1, start)
        return Index(symbol, start, int(step), raw, count, low, high)

    one = index(i, outer, ())
    two = index(j, inner, (one,))
    found = total(total(3 * j + i * i + 2, two, (one,)), one, ())
    for v in range(8):
        scope = {"n": v}
        want = sum(
            3 * b + a * a + 2
            for a in range(*eval(outer, {}, scope))
            for b in range(*eval(inner, {}, {**scope, "i": a}))
        )
        assert found.subs(n, v).doit() == want


# -- the object ------------------------------------------------------------
def test_every_primitive_has_a_cost_or_is_said_to_have_none():
    assert not [key for key in BOOK if cost_of(key) is None]


def test_what_nobody_counted_is_a_symbol():
    def f(A):
        return np.linalg.det(A)

    cost, *_ = made(f, (np.eye(3) + 1.0,))
    assert "operations_of_cofactors" in cost.sizes
    assert "sourcead.runtime.cofactors" in repr(cost)


def test_names_of_sizes_are_the_users_where_there_are_any():
    cost, *_ = made(pairs, (r.normal(size=7), 1.0))
    assert cost.sizes == {"n": "len(x)"}
    cost, *_ = made(seidel, (r.random((6, 5)), 3))
    assert cost.sizes["A_1"] == "A.shape[1]" and "A_1: A.shape[1]" in repr(cost)


def test_branches_make_it_an_upper_bound():
    cost, *_ = made(dear_or_cheap, (0.9, 5))
    assert cost.upper and "at most" in repr(cost)
    cost, *_ = made(ramps, (0.3, 5))
    assert not cost.upper and "at most" not in repr(cost)


def test_numbers():
    cost, *_ = made(burgers, (r.random(9), 0.1, 4), 0)
    assert cost(n=4, u_0=9) == cost.evaluate(u_0=9, n=4)
    assert cost(n=4, u_0=9).primal_operations == 9 * 4 * 7 + 2 * 9
    assert cost(n=4, u_0=1).tape == 0
    with pytest.raises(TypeError, match="missing: u_0"):
        cost(n=4)
    with pytest.raises(TypeError, match="no size: m"):
        cost(n=4, u_0=9, m=1)
    with pytest.raises(ValueError, match="n=-1"):
        cost(n=-1, u_0=9)


def test_sums_without_a_closed_form_stay_sums_and_have_numbers():
    def f(x, n):
        for i in range(n):
            for j in range(i // 2):
                for k in range(3, j):
                    x = x * x
        return x

    cost, *_ = made(f, (0.9, 9))
    assert cost.primal_operations.has(sp.Sum) and "Sum(" in repr(cost)
    for n in (0, 1, 9, 20, 31):
        want = sum(1 for i in range(n) for j in range(i // 2) for k in range(3, j))
        assert cost(n=n).primal_operations == want


def test_a_size_called_as_an_index_is_not_mixed_up_with_it():
    def f(x, i, k):
        for a in range(i):
            for b in range(a // 2 + k):
                x = x * x
        return x

    cost, *_ = made(f, (0.9, 4, 2))
    assert cost(i=7, k=3).primal_operations == sum(a // 2 + 3 for a in range(7))


def test_recursion_is_a_symbol():
    cost, *_ = made(*GOLDEN["factorial_power"][:2])
    assert "operations_of_factorial_power" in cost.sizes and cost.upper


def test_ratios():
    cost, *_ = made(logistic_map, (0.3, 3.1, 6), 0)
    assert cost.ratio is not None and f"ratio:  {float(cost.ratio):.3g}" in repr(cost)
    cost, *_ = made(mlp, *GOLDEN["mlp"][1:], mode="vjp")
    assert cost.ratio is None and cost.ratio_in_the_large == 3


def test_it_can_be_asked_before_the_first_call():
    def f(x: float, n: int):
        for _ in range(n):
            x = x * x
        return x

    assert same(ad.grad(f).cost.tape, 8 * sp.Symbol("n", integer=True, nonnegative=True))
