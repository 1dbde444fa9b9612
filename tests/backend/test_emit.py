"""Emitted text of hand-built IR: what it looks like, and that it computes what the IR does."""

from __future__ import annotations

import inspect
import math
import operator
import sys
import traceback

import numpy as np
import pytest

from sourcead.backend.emit import emit, module
from sourcead.backend.load import load
from sourcead.backend.printer import to_source
from sourcead.backend.spelling import Needs
from sourcead.ir.core import FALSE, TRUE, Constant, Function, Op, Region, Undef, Value
from sourcead.ir.interpret import run
from sourcead.ir.types import PY_BOOL, Array, List, Opaque, new_dim

from .building import AT, MAT, VEC, Build, F, N

_PLACES = {"operator": operator, "math": math, "numpy": np, "builtins": __import__("builtins")}


def _resolve(key: str) -> object:
    head, _, last = key.partition(".")
    return getattr(_PLACES[head], last)


def text_of(f: Function) -> str:
    return to_source(module([f]))


def body_of(f: Function) -> list[str]:
    text = text_of(f)
    return text[text.index("def ") :].splitlines()[1:]


def check(f: Function, *args: object) -> list[str]:
    """The body's lines, after comparing the text's results with the interpreter's."""
    g = load(text_of(f), f.name, {})
    kept = [np.copy(a) for a in args]
    got = g(*args)
    want = run(f, args, _resolve)
    for a, b in zip(want, got if len(want) > 1 else (got,), strict=True):
        assert np.array_equal(a, b), text_of(f)
    for a, b in zip(args, kept):
        assert np.array_equal(a, b)
    return [line[4:] for line in body_of(f) if line.strip()]


def logistic() -> Function:
    b = Build(("x", F), ("r", F), ("n", N))
    x, r, n = b.params
    tape = b("list.new", [], List(F), "x_tape")
    body, (tape, last) = b.loop([0, n, 1], [tape, x], "x_tape x")
    i, t, p = body.params
    with b.inside(body):
        b.line = 3
        pushed = b("list.append", [t, p], List(F), "x_tape")
        d = b("operator.sub", [1.0, p], F)
        body.yields = [pushed, b("operator.mul", [b("operator.mul", [r, p], F), d], F, "x")]
    b.reverse = True
    back, (_, x_bar, r_bar) = b.loop([0, n, 1], [tape, 1.0, 0.0], "x_tape x_bar r_bar", _reversed=True)
    i, t, xb, rb = back.params
    with b.inside(back):
        b.line = 3
        t, x = b("list.pop", [t], [List(F), F], "x_tape x")
        a = b("operator.mul", [r, x], F, "a")
        a_bar = b("operator.mul", [xb, b("operator.sub", [1.0, x], F)], F, "a_bar")
        rb = b("operator.add", [rb, b("operator.mul", [a_bar, x], F)], F, "r_bar")
        left = b("operator.mul", [a_bar, r], F)
        xb = b("operator.sub", [left, b("operator.mul", [xb, a], F)], F, "x_bar")
        back.yields = [t, xb, rb]
    source = {3: "x = r * x * (1.0 - x)"}
    return b.function(x_bar, r_bar, sections=True, source_line=lambda span: source.get(span.line))


def test_reverse_sweep_with_a_tape() -> None:
    assert check(logistic(), 0.3, 3.1, 6) == [
        "# forward",
        "x_tape = []",
        "for _ in range(n):",
        "    x_tape.append(x)",
        "    x = r * x * (1.0 - x)",
        "# reverse",
        "x_bar = 1.0",
        "r_bar = 0.0",
        "for _ in range(n):",
        "    # x = r * x * (1.0 - x)",
        "    x = x_tape.pop()",
        "    a_bar = x_bar * (1.0 - x)",
        "    r_bar += a_bar * x",
        "    x_bar = a_bar * r - x_bar * (r * x)",
        "return x_bar, r_bar",
    ]


def test_loop_over_items_and_arrays_added_up_in_place() -> None:
    b = Build(("W", MAT), ("xs", MAT))
    W, xs = b.params
    h = b("numpy.zeros", [3], VEC, "h")
    W_bar = b("zeros_like", [W], MAT, "W_bar")
    n = b("builtins.len", [xs], N)
    b.reverse = True
    body, (h, W_bar) = b.loop([0, n, 1], [h, W_bar], "h W_bar", index=None)
    i, hp, wp = body.params
    with b.inside(body):
        x = b("getitem", [xs, i], VEC, "x", index=AT)
        h1 = b("numpy.tanh", [b("operator.add", [b("operator.matmul", [x, W], VEC), hp], VEC)], VEC, "h")
        outer = b("numpy.outer", [x, h1], MAT)
        body.yields = [h1, b("operator.add", [wp, outer], MAT, "W_bar", _accumulate=True)]
    r = np.random.default_rng(0)
    assert check(b.function(W_bar), r.normal(size=(3, 3)), r.normal(size=(4, 3))) == [
        "h = np.zeros(3)",
        "W_bar = np.zeros_like(W)",
        "for x in xs:",
        "    h = np.tanh(x @ W + h)",
        "    W_bar += np.outer(x, h)",
        "return W_bar",
    ]


def test_stores_into_an_argument_copy_it_once_before_the_loops() -> None:
    b = Build(("A", MAT), ("n", N))
    A, n = b.params
    times, (A1,) = b.loop([0, n, 1], [A], "A", "t")
    with b.inside(times):
        rows, (A2,) = b.loop([1, 3, 1], [times.params[1]], "A", "i")
        times.yields = [A2]
        with b.inside(rows):
            i, p = rows.params
            up = b("operator.sub", [i, 1], N)
            above = b("getitem", [p, up, 2], F, index=("at", "at"))
            here = b("getitem", [p, i, 2], F, index=("at", "at"))
            v = b("operator.truediv", [b("operator.add", [above, here], F), 5.0], F)
            rows.yields = [b("store", [p, i, 2, v], MAT, "A", path=(("at", "at"),))]
    assert check(b.function(A1), np.arange(12.0).reshape(4, 3), 3) == [
        'A = A.copy("K")',
        "for _ in range(n):",
        "    for i in range(1, 3):",
        "        A[i, 2] = (A[i - 1, 2] + A[i, 2]) / 5.0",
        "return A",
    ]


def test_backward_range_ends_are_added_up() -> None:
    b = Build(("u", VEC))
    (u,) = b.params
    stop = b("operator.sub", [b("builtins.len", [u], N), 1], N)
    body, (s,) = b.loop([1, stop, 1], [0.0], "s", _reversed=True)
    i, p = body.params
    with b.inside(body):
        body.yields = [b("operator.add", [p, b("getitem", [u, i], F, index=AT)], F, "s")]
    assert body_of(b.function(s))[1] == "    for i in range(len(u) - 2, 0, -1):"


def test_swapped_buffers_are_not_copied() -> None:
    b = Build(("x", VEC), ("n", N))
    x, n = b.params
    u, v = b("operator.add", [x, 1.0], VEC, "u"), b("zeros_like", [x], VEC, "v")
    body, (u, v) = b.loop([0, n, 1], [u, v], "u v")
    i, p, q = body.params
    with b.inside(body):
        first = b("getitem", [p, 0], F, index=AT)
        q1 = b("store", [q, 1, b("operator.mul", [first, 2.0], F)], VEC, "v", path=(AT,))
        body.yields = [q1, p]
    assert check(b.function(u, v), np.ones(3), 3)[2:] == [
        "for _ in range(n):",
        "    v[1] = u[0] * 2.0",
        "    u, v = v, u",
        "return u, v",
    ]


def _view_then_write(reverse: bool) -> Function:
    b = Build(("x", VEC))
    (x,) = b.params
    y = b("operator.mul", [x, 2.0], VEC, "y")
    b.reverse = reverse
    part = b("getitem", [y, 1], VEC, "part", index=(("slice", True, False, False),))
    y1 = b("store", [y, 1, 0.0], VEC, "y", path=(AT,))
    return b.function(y1, part)


def test_a_view_read_after_the_write_is_copied_where_it_is_made() -> None:
    lines = check(_view_then_write(True), np.arange(3.0))
    assert lines == ["y = x * 2.0", "part = y[1:].copy()", "y[1] = 0.0", "return y, part"]


def test_the_primal_s_own_view_keeps_its_layout() -> None:
    lines = check(_view_then_write(False), np.arange(3.0))
    assert lines == ["y = x * 2.0", "part = y[1:]", "y = y.copy()", "y[1] = 0.0", "return y, part"]


def test_loads_do_not_move_past_writes() -> None:
    b = Build(("x", VEC))
    (x,) = b.params
    y = b("operator.mul", [x, 2.0], VEC, "y")
    old = b("getitem", [y, 0], F, index=AT)
    y = b("store", [y, 0, 7.0], VEC, "y", path=(AT,))
    s = b("operator.add", [old, b("getitem", [y, 0], F, index=AT)], F)
    assert check(b.function(s), np.arange(1.0, 4.0)) == [
        "y = x * 2.0", "t = y[0]", "y[0] = 7.0", "return t + y[0]",
    ]  # fmt: skip


def test_shapes_are_read_from_the_array_that_is_there() -> None:
    b = Build(("x", VEC))
    (x,) = b.params
    y0 = b("operator.mul", [x, 2.0], VEC, "y")
    y1 = b("store", [y0, 0, 7.0], VEC, "y", path=(AT,))
    z = b("zeros_like", [y0], VEC)
    lines = check(b.function(y1, z), np.arange(3.0))
    assert lines == ["y = x * 2.0", "y[0] = 7.0", "return y, np.zeros_like(y)"]


def test_results_own_their_data() -> None:
    b = Build(("x", VEC))
    (x,) = b.params
    y = b("operator.mul", [x, 2.0], VEC, "y")
    f = b.function(
        x, y, y, b("getitem", [y, -1], VEC, index=(("slice", False, False, True),)), own_results=True
    )
    arg = np.arange(3.0)
    got = load(text_of(f), "f", {})(arg)
    for k, v in enumerate(got):
        assert v.flags.owndata and v.flags.writeable
        assert not any(np.shares_memory(v, w) for w in (*got[:k], arg))


def test_early_returns() -> None:
    b = Build(("v", F))
    (v,) = b.params
    then, other, (r,) = b.branch(b("operator.gt", [v, 0.0], PY_BOOL), [F])
    with b.inside(then):
        then.yields = [b("operator.add", [v, 1.0], F)]
    with b.inside(other):
        deep, last, (r2,) = b.branch(b("operator.lt", [v, -1.0], PY_BOOL), [F])
        deep.yields, last.yields = [Constant(0.0)], [v]
        other.yields = [r2]
    assert check(b.function(r), -0.5) == [
        "if v > 0.0:", "    return v + 1.0", "if v < -1.0:", "    return 0.0", "return v",
    ]  # fmt: skip


def test_branches_assign_what_changes() -> None:
    b = Build(("x", F))
    (x,) = b.params
    then, other, (y,) = b.branch(b("operator.gt", [x, 0.0], PY_BOOL), [F], "x")
    then.yields = [x]
    with b.inside(other):
        other.yields = [b("operator.mul", [x, 2.0], F, "x")]
    lines = check(b.function(b("operator.add", [y, b("operator.mul", [y, y], F)], F)), -2.0)
    assert lines == ["if not x > 0.0:", "    x *= 2.0", "return x + x * x"]


def breaking(flag_in_branch: bool) -> Function:
    b = Build(("x", F))
    (x,) = b.params
    head, body = Region([Value(F, "x")]), Region([Value(F, "x")])
    head.yields = [TRUE]
    with b.inside(body):
        x1 = b("operator.mul", [body.params[0], 0.5], F, "x")
        c = b("operator.lt", [x1, 0.1], PY_BOOL)
        if flag_in_branch:
            then, other, (e, y) = b.branch(c, [PY_BOOL, F])
            then.yields = [TRUE, x1]
            with b.inside(other):
                other.yields = [FALSE, b("operator.sub", [x1, 0.01], F, "x")]
            body.yields = [e, y]
        else:
            body.yields = [c, x1]
    op = Op("while", [x], [F], {"exit": True}, [head, body])
    op.result.name = "x"
    b.region.ops.append(op)
    return b.function(op.result)


def test_breaks() -> None:
    head = ["while True:", "    x *= 0.5", "    if x < 0.1:", "        break"]
    assert check(breaking(False), 3.0) == [*head, "return x"]
    assert check(breaking(True), 3.0) == [*head, "    x -= 0.01", "return x"]


def test_an_exit_flag_that_reads_the_old_value_is_tested_with_it() -> None:
    b = Build(("x", F))
    (x,) = b.params
    body, (y,) = b.loop([0, 9, 1], [x], "x", exit=True)
    p = body.params[1]
    with b.inside(body):
        flag = b("operator.gt", [p, 4.0], PY_BOOL)
        body.yields = [flag, b("operator.add", [p, 1.5], F, "x")]
    check(b.function(y), 0.0)


def test_while_over_a_list() -> None:
    b = Build(("x", F))
    (x,) = b.params
    tape = b("list.new", [x, 2.0, 3.0], List(F), "tape")
    head = Region([Value(List(F), "tape"), Value(F, "s")])
    body = Region([Value(List(F), "tape"), Value(F, "s")])
    with b.inside(head):
        size = b("list.len", [head.params[0]], N)
        head.yields = [b("operator.gt", [size, 0], PY_BOOL)]
    with b.inside(body):
        rest, item = b("list.pop", [body.params[0]], [List(F), F])
        body.yields = [rest, b("operator.add", [body.params[1], item], F, "s")]
    op = Op("while", [tape, Constant(0.0)], [List(F), F], {}, [head, body])
    op.results[1].name = "s"
    b.region.ops.append(op)
    lines = check(b.function(op.results[1]), 1.0)
    assert lines == ["tape = [x, 2.0, 3.0]", "s = 0.0", "while tape:", "    s += tape.pop()", "return s"]


def chain(depth: int, last: bool) -> Function:
    """`if c: ... else: (x += 1.5; if ...)`, so many levels deep; with `last` they are returns."""
    b = Build(("x", F))
    region, v = b.body, b.params[0]
    for k in range(depth):
        with b.inside(region):
            then, other, (r,) = b.branch(b("operator.gt", [v, 400.0 - k], PY_BOOL), [F])
        with b.inside(then):
            then.yields = [b("operator.mul", [v, float(k)], F)]
        with b.inside(other):
            v = b("operator.add", [v, 1.5], F, "x")
        region.yields = [r]
        region = other
    region.yields = [v]
    out = b.body.yields[0] if last else b("operator.add", [b.body.yields[0], 1.0], F)
    return b.function(out)


@pytest.mark.parametrize("last", [True, False])
def test_deep_nesting_does_not_meet_limits_of_the_parser(last: bool) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20000)
    try:
        for x in (0.0, 300.0, 1000.0, -1e6):
            check(chain(200, last), x)
    finally:
        sys.setrecursionlimit(limit)


def test_guards_become_continue() -> None:
    b = Build(("x", F))
    body, (s,) = b.loop([0, 3, 1], [b.params[0]], "s")
    region, v = body, body.params[1]
    for k in range(3):
        with b.inside(region):
            then, other, (r,) = b.branch(b("operator.gt", [v, 10.0 + k], PY_BOOL), [F])
        then.yields = [v]
        with b.inside(other):
            v = b("operator.add", [v, 0.5], F, "s")
        region.yields = [r]
        region = other
    region.yields = [v]
    lines = check(b.function(s), 9.0)
    assert "        continue" in lines and max(len(x) - len(x.lstrip()) for x in lines) == 8


def test_undefined_values_are_not_assigned() -> None:
    b = Build(("x", F))
    (x,) = b.params
    then, other, (v, w) = b.branch(b("operator.gt", [x, 0.0], PY_BOOL), [F, F], "v w")
    with b.inside(then):
        then.yields = [b("operator.mul", [x, 2.0], F, "v"), Constant(1.0)]
    other.yields = [Undef(), Constant(2.0)]
    s = b("operator.add", [v, w], F)
    assert check(b.function(b("operator.mul", [s, s], F)), 1.0)[:6] == [
        "if x > 0.0:", "    v = x * 2.0", "    w = 1.0", "else:", "    w = 2.0", "a = v + w",
    ]  # fmt: skip


def test_scatter_add_with_repeated_indices() -> None:
    b = Build(("x", VEC), ("k", Array("int64", (new_dim(),))))
    x, k = b.params
    y = b("index_add", [b("zeros_like", [x], VEC, "y"), k, 1.0], VEC, "y", path=(AT,))
    assert check(b.function(y), np.zeros(3), np.array([1, 1, 2]))[1] == "np.add.at(y, k, 1.0)"


def test_long_lines_are_not_folded() -> None:
    b = Build(("alpha_one", F), ("beta_two", F))
    v = b.params[0]
    for _ in range(30):
        v = b("operator.add", [v, b("operator.mul", list(b.params), F)], F)
    lines = check(b.function(v), 2.0, 3.0)
    assert 4 < len(lines) < 14 and max(map(len, lines)) <= 84


def test_literals() -> None:
    b = Build(("x", F))
    (x,) = b.params
    values = [-1.0, math.inf, -math.inf, 1 - 2j, -0.0, np.float32(1.5), (1, None), "a"]
    f = b.function(b("operator.pow", [x, -2.0], F), *(Constant(v) for v in values))
    got = load(text_of(f), "f", {})(2.0)
    assert got[0] == 0.25
    assert list(map(repr, got[1:])) == list(map(repr, values))


def test_what_a_text_needs_is_collected() -> None:
    b = Build(("x", F))
    inner = Build(("v", F))
    callee = inner.function(inner("math.sin", [inner.params[0]], F), name="g")
    (x,) = b.params
    y = b("sourcead.runtime.safe_divide", [b("call", [x], F, function=callee), x], F)
    needs = Needs()
    tree = emit(b.function(b("scipy.special.erf", [y], F)), needs=needs)
    assert to_source(tree).splitlines()[1] == "    return scipy.special.erf(safe_divide(g(x), x))"
    assert (list(needs.imports), list(needs.helpers)) == (["import scipy.special"], ["safe_divide"])
    assert list(needs.functions) == [callee]


def test_structured_results_and_effects() -> None:
    b = Build(("x", F))
    (x,) = b.params
    y = b("operator.mul", [x, x], F)
    b("python.print", ["y", x], Opaque("None"))
    assert body_of(b.function(x, y, returns=(0, {"a": [1]}))) == [
        '    print("y", x)', '    return x, {"a": [x * x]}',
    ]  # fmt: skip


def test_loaded_functions_show_their_source() -> None:
    g = load("def f(x):\n    return 1 / x\n", "f", {}, "test")
    assert inspect.getsource(g) == "def f(x):\n    return 1 / x\n"
    with pytest.raises(ZeroDivisionError) as e:
        g(0)
    assert "return 1 / x" in "".join(traceback.format_exception(e.value))


def test_emit_leaves_the_function_alone() -> None:
    f = logistic()
    kinds = [op.kind for op in f.walk()]
    assert text_of(f) == text_of(f) and [op.kind for op in f.walk()] == kinds
