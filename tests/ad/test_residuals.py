"""What the reverse sweep keeps: facts of the IR, and right numbers with them."""

import math

import numpy as np
import pytest

import sourcead as ad
from sourcead.ad.reverse import reverse
from sourcead.ad.split import split
from sourcead.frontend.lower import lower
from sourcead.frontend.trees import tree_of
from sourcead.ir.core import walk
from sourcead.ir.interpret import run
from sourcead.ir.types import List, is_inexact
from sourcead.ir.verify import verify
from sourcead.rules.registry import resolve


def joint_of(f, args, value=False, wrt=None):
    """The joint function of f by its inexact arguments (or by `wrt`), with seed 1; what `grad` is made of."""
    from sourcead.ir.core import Constant

    names = f.__code__.co_varnames
    low = lower(f, [(n, tree_of(a)) for n, a in zip(names, args)]).function
    chosen = [k for k, v in enumerate(low.params) if is_inexact(v.type)] if wrt is None else wrt
    out = reverse(low, chosen, [Constant(1.0)], value=value)
    verify(out)
    return out


def ops(f, kind=None, reverse_part=None):
    return [
        op
        for op in walk(f.body)
        if (kind is None or op.kind == kind) and (reverse_part is None or op.reverse == reverse_part)
    ]


def tapes(f):
    """The values that are pushed, by name, in the order of the pushes."""
    return [op.inputs[1].name for op in ops(f, "list.append") if op.attrs.get("_tape")]


def stands_alone(f):
    """Every push has its pop."""
    assert len(ops(f, "list.append")) >= len(tapes(f))
    assert len([op for op in ops(f, "list.pop") if op.reverse]) == len(tapes(f))


def check(f, args, joint, rtol=1e-6):
    """The joint function's gradient against central differences."""
    chosen = [k for k, a in enumerate(args) if isinstance(a, float | np.ndarray)]
    got = run(joint, args, resolve)[-len(chosen) :]
    for k, g in zip(chosen, got):
        flat = np.atleast_1d(np.array(args[k], dtype=float)).ravel()
        for i in range(flat.size):
            h = 1e-6

            def at(d):
                v = flat.copy()
                v[i] += d
                new = v.reshape(np.shape(args[k])) if isinstance(args[k], np.ndarray) else float(v[0])
                return f(*args[:k], new, *args[k + 1 :])

            want = (at(h) - at(-h)) / (2 * h)
            assert np.ravel(g)[i] == pytest.approx(want, rel=rtol, abs=rtol)


def logistic_map(x, r, n):
    for i in range(n):
        x = r * x * (1.0 - x)
    return x


def test_logistic_map_keeps_one_list():
    j = joint_of(logistic_map, (0.4, 3.1, 5))
    assert tapes(j) == ["x"]
    assert len(ops(j, "list.new")) == 1
    stands_alone(j)
    check(logistic_map, [0.4, 3.1, 5], j)


def linear(x, a, n):
    s = 0.0
    for i in range(n):
        s = 0.5 * s + 3.0 * x[i]
    return s


def test_a_linear_loop_keeps_nothing():
    j = joint_of(linear, (np.ones(3), 1.0, 3))
    assert tapes(j) == [] and ops(j, "list.new") == []
    assert [op.reverse for op in ops(j, "for")] == [True], "a forward sweep is left that nobody needs"
    check(linear, [np.arange(3.0), 1.0, 3], j)


def test_a_linear_loop_in_memory_keeps_nothing():
    def smooth(A, n):
        for t in range(n):
            for i in range(1, len(A) - 1):
                A[i] = (A[i - 1] + A[i] + A[i + 1]) / 3.0
        return A[2] * 2.0

    j = joint_of(smooth, (np.ones(5), 3))
    assert tapes(j) == []
    assert all(op.reverse for op in ops(j, "for")), "a forward sweep is left that nobody needs"
    check(lambda A, n: smooth(A.copy(), n), [np.linspace(0.1, 1.0, 5), 3], j)


def test_values_at_function_level_stay_in_variables():
    def f(x):
        a = math.sin(x)
        b = math.exp(a) * x
        c = b * a
        return c * b

    j = joint_of(f, (0.4,))
    assert tapes(j) == [] and ops(j, "list.new") == []
    assert len(ops(j, "math.sin")) == 1 and len(ops(j, "math.exp")) == 1, "computed twice"
    check(f, [0.4], j)


def test_what_the_index_gives_again_is_not_kept():
    def f(x, n):
        s = 0.0
        for i in range(n):
            k = (3 * i + 1) % 4
            s += x[k] * x[k] * (k + i)
        return s

    j = joint_of(f, (np.ones(4), 6))
    assert tapes(j) == []
    assert all(op.reverse for op in ops(j, "for"))
    check(f, [np.arange(1.0, 5.0), 6], j)


def test_loads_from_memory_that_nobody_writes_to_are_not_kept():
    def f(x, w, n):
        s = 1.0
        for i in range(n):
            s += math.sin(x[i] * w)
        return s

    j = joint_of(f, (np.ones(4), 2.0, 4))
    assert tapes(j) == []
    check(f, [np.arange(1.0, 5.0), 0.7, 4], j)


def test_a_costly_value_is_kept_where_its_operand_would_not_do():
    def f(x, n):
        for i in range(n):
            x = x + math.sin(x)
        return x

    j = joint_of(f, (0.4, 5))
    assert len(tapes(j)) == 1
    check(f, [0.4, 5], j)


def test_outputs_serve_as_residuals():
    """exp needs its output alone: one list, and it is of the output."""

    def f(x, n):
        for i in range(n):
            x = math.exp(x)
        return x

    j = joint_of(f, (0.1, 2))
    assert len(tapes(j)) == 1
    assert len(ops(j, "math.exp")) == 1
    check(f, [0.1, 2], j)


def newton(a):
    x = a
    while abs(x * x - a) > 1e-9:
        x = 0.5 * (x + a / x)
    return x


def test_while_counts_its_trips():
    j = joint_of(newton, (2.0,))
    assert len(tapes(j)) == 1
    back = [op for op in ops(j, "for") if op.reverse]
    assert len(back) == 1 and not [op for op in ops(j, "while") if op.reverse]
    check(newton, [2.0], j)


def test_while_that_does_not_run():
    assert ad.grad(newton)(1.0) == 1.0


def test_a_branch_in_a_loop_keeps_only_where_it_is_taken():
    def f(x, n):
        for i in range(n):
            if x > 1.0:
                x = math.sin(x) * x
            else:
                x = 2.0 * x
        return x

    j = joint_of(f, (0.3, 6))
    pushes = [op for op in ops(j, "list.append") if op.attrs.get("_tape")]
    loop = next(op for op in ops(j, "for") if not op.reverse)
    branch = next(op for op in loop.body.ops if op.kind == "if")
    inside = [op for op in pushes if any(op in r.ops for r in branch.regions)]
    others = [op for op in pushes if op in loop.body.ops]
    assert len(inside) + len(others) == len(pushes)
    assert not any(op in branch.regions[1].ops for op in pushes), "the linear branch keeps something"
    check(f, [0.3, 6], j)


def test_what_a_branch_computes_is_kept_in_the_branch():
    def f(x, n):
        s = x * 1.0
        for i in range(n):
            if i % 3 == 1:
                s = np.tanh(s) * s
        return np.sum(s)

    j = joint_of(f, (np.ones(3), 7))
    loop = next(op for op in ops(j, "for") if not op.reverse)
    branch = next(op for op in loop.body.ops if op.kind == "if")
    inside = [op for op in branch.regions[0].ops if op.attrs.get("_tape")]
    assert [op.inputs[1].op.kind for op in inside] == ["numpy.tanh"]
    assert not branch.regions[1].ops
    check(f, [np.array([0.3, 0.5, -0.2]), 7], j)


def test_a_branch_at_function_level_needs_no_list():
    def f(x, n):
        y = x
        if n > 2:
            t = math.sin(x)
            y = math.exp(t) * t
        return y * x

    j = joint_of(f, (0.3, 5))
    assert ops(j, "list.new") == []
    for n in (1, 5):
        check(f, [0.3, n], j)


def test_break_runs_backward_over_the_trips_it_ran():
    def f(x, n):
        for i in range(n):
            x = x * x
            if x > 50.0:
                break
        return x

    j = joint_of(f, (1.5, 10))
    assert tapes(j) == ["x"]
    for x, n in ((1.5, 10), (1.01, 3), (8.0, 10), (1.5, 0)):
        check(f, [x, n], j)


def test_continue_and_else():
    def f(x, n):
        for i in range(n):
            if i % 2:
                continue
            x = x * x
        else:
            x = x * 3.0
        return x

    j = joint_of(f, (1.1, 4))
    check(f, [1.1, 4], j)
    check(f, [1.1, 0], j)


def test_nested_loops_keep_one_list_for_each_value():
    def f(x, n):
        for i in range(n):
            for j in range(i):
                x = x * x * 0.9
        return x

    j = joint_of(f, (1.1, 4))
    assert tapes(j) == ["x"]
    check(f, [1.1, 4], j, rtol=1e-5)


def test_a_value_of_the_outer_loop_is_kept_in_the_outer_loop():
    def f(x, n):
        for i in range(n):
            t = math.sin(x)
            s = 0.0
            for k in range(n):
                s += t * t * k
            x = x + s * 0.1
        return x

    j = joint_of(f, (0.4, 3))
    outer = next(op for op in ops(j, "for") if not op.reverse)
    pushes = [op for op in ops(j, "list.append") if op.attrs.get("_tape")]
    assert pushes and all(op in outer.body.ops for op in pushes), "kept once for every trip of the inner loop"
    check(f, [0.4, 3], j)


def test_what_a_write_destroys_is_kept():
    def f(x, n):
        for t in range(n):
            for i in range(1, len(x)):
                x[i] = x[i] * x[i - 1]
        return x[-1]

    j = joint_of(f, (np.ones(4), 2))
    assert tapes(j)
    assert not any(
        isinstance(op.inputs[1].type, List) for op in ops(j, "list.append") if op.attrs.get("_tape")
    )
    check(lambda x, n: f(x.copy(), n), [np.array([1.1, 0.9, 1.2, 0.7]), 2], j)


def softplus(v):
    if v > 0.0:
        return v + np.log1p(np.exp(-v))
    return np.log1p(np.exp(v))


def barrier(x):
    s = 0.0
    for i in range(len(x)):
        s += softplus(x[i] ** 2 - 1.0)
    return s


def test_a_sum_of_calls_has_no_forward_sweep():
    j = joint_of(barrier, (np.ones(3),))
    assert tapes(j) == []
    assert all(op.reverse for op in ops(j, "for")), "the forward sweep is left"
    check(barrier, [np.array([0.3, 1.5, -0.8, 2.0])], j)
    d = ad.grad(barrier)
    d(np.ones(3))
    assert d.source.count("for ") == 1 and "append" not in d.source


def arm(angles, lengths):
    x, y, turn = 0.0, 0.0, 0.0
    for k in range(len(angles)):
        turn = turn + angles[k]
        c, s = np.cos(turn), np.sin(turn)
        x, y = x * c - y * s + lengths[k], x * s + y * c
    return x * y


def test_what_is_kept_is_not_worked_out_again():
    args = (np.array([0.3, -0.5, 1.1]), np.array([1.0, 0.7, 0.4]))
    check(arm, args, joint_of(arm, args))
    d = ad.grad(arm, (0, 1))
    d(*args)
    code = [line for line in d.source.splitlines() if not line.lstrip().startswith("#")]
    assert sum("np.sin(" in line or "np.cos(" in line for line in code) == 2


PROGRAMS = [
    (arm, (np.array([0.3, -0.5, 1.1]), np.array([1.0, 0.7, 0.4]))),
    (logistic_map, (0.4, 3.1, 5)),
    (newton, (2.0,)),
    (barrier, (np.array([0.3, 1.5, -0.8]),)),
    (linear, (np.arange(3.0), 1.0, 3)),
]


@pytest.mark.parametrize("f, args", PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_split_and_joint_agree(f, args):
    names = f.__code__.co_varnames
    low = lower(f, [(n, tree_of(a)) for n, a in zip(names, args)]).function
    wrt = [k for k, v in enumerate(low.params) if is_inexact(v.type)]
    joint = reverse(low, wrt)
    n = joint.attrs["primal_results"]
    want = run(joint, [*args, 1.5], resolve)
    first, second = split(joint, own=True)
    verify(first)
    verify(second)
    values = run(first, args, resolve)
    assert len(values) - n == first.attrs["residuals"]
    got = [*values[:n], *run(second, [*values[n:], 1.5], resolve)]
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a, b)
    again = run(second, [*values[n:], 1.5], resolve)
    for a, b in zip(again, want[n:], strict=True):
        np.testing.assert_array_equal(a, b)


def test_split_copies_what_the_caller_may_change():
    def f(x, w):
        return np.sum(x * x * w)

    low = lower(f, [("x", tree_of(np.ones(2))), ("w", tree_of(np.ones(2)))]).function
    first, _ = split(reverse(low, [0]), own=True)
    assert {op.inputs[0].name for op in ops(first, "copy")} == {"x", "w"}
    first, _ = split(reverse(low, [0]))
    assert not ops(first, "copy")


def test_parameters_of_a_pullback_have_names_of_their_own():
    def f(x, n):
        y = x * x
        for i in range(n):
            y = y * y + x
            x = x * y
        return x * y

    low = lower(f, [("x", tree_of(1.0)), ("n", tree_of(2))]).function
    _, second = split(reverse(low, [0]), own=True)
    names = [p.name for p in second.params]
    assert None not in names and len(set(names)) == len(names)


def test_the_gradient_alone_drops_the_value():
    j = joint_of(barrier, (np.ones(3),), value=False)
    assert len(j.results) == 1
    assert len(joint_of(barrier, (np.ones(3),), value=True).results) == 2


def test_arguments_that_are_not_asked_for_cost_nothing():
    def f(x, w):
        return np.sum(np.tanh(w * 2.0) * x)

    j = joint_of(f, (np.ones(3), np.ones(3)), wrt=[0])
    assert len(ops(j, "numpy.tanh")) == 1
    assert not [
        op for op in ops(j, reverse_part=True) if op.kind == "operator.sub"
    ], "the derivative of tanh is there"


def test_the_transform_leaves_the_primal_alone():
    from sourcead.ir.printer import show

    low = lower(logistic_map, [("x", tree_of(0.4)), ("r", tree_of(3.0)), ("n", tree_of(3))]).function
    before = show(low)
    reverse(low, [0, 1])
    assert show(low) == before
    from sourcead.ad.forward import forward

    forward(low, [0, 1])
    assert show(low) == before
