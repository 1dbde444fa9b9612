"""dce, cse, fixed slots and shape roots on IR by hand."""

import numpy as np
import pytest

from sourcead.ir.core import Constant, Op, Region, Value
from sourcead.ir.interpret import run
from sourcead.ir.types import PY_FLOAT, PY_INT, Array, Scalar, new_dim
from sourcead.ir.verify import verify
from sourcead.passes.cse import cse, fixed_slots
from sourcead.passes.dce import dce
from sourcead.passes.shapes import shape_roots
from sourcead.rules.registry import resolve

from .building import ADD, MUL, SINGLE, VECTOR, Build, N, kinds, text

# -- dce -------------------------------------------------------------------------------------------


def loop_of_two(b, n, x):
    """for i in range(n): a = a * x;  d = d + a  (two slots)."""
    a, d = Value(PY_FLOAT, "a"), Value(PY_FLOAT, "d")
    body = Region([Value(PY_INT, "i"), a, d])
    inner = Build()
    inner.region = body
    next_a = inner(MUL, a, x)
    body.yields = [next_a, inner(ADD, d, next_a)]
    return b.op("for", [0, n, 1, 1.0, 0.0], [PY_FLOAT, PY_FLOAT], [body])


def test_dead_slots_go_and_what_they_feed_stays():
    b = Build(("x", PY_FLOAT), ("n", PY_INT))
    op = loop_of_two(b, b.params[1], b.params[0])
    f = b.done(op.results[0])
    assert dce(f)
    verify(f)
    assert len(op.results) == 1 and kinds(f) == ["for", "mul"]
    assert run(f, [2.0, 3], resolve) == [8.0]


def test_a_slot_that_feeds_a_live_slot_stays():
    b = Build(("x", PY_FLOAT), ("n", PY_INT))
    op = loop_of_two(b, b.params[1], b.params[0])
    f = b.done(op.results[1])
    dce(f)
    verify(f)
    assert len(op.results) == 2
    assert run(f, [2.0, 3], resolve) == [14.0]


def test_a_loop_that_nobody_needs_goes():
    b = Build(("x", PY_FLOAT), ("n", PY_INT))
    loop_of_two(b, b.params[1], b.params[0])
    f = b.done(b.params[0])
    assert dce(f) and kinds(f) == []


def test_slots_that_feed_only_each_other_go():
    b = Build(("x", PY_FLOAT), ("n", PY_INT))
    u, v, w = (Value(PY_FLOAT, k) for k in "uvw")
    body = Region([Value(PY_INT, "i"), u, v, w])
    inner = Build()
    inner.region = body
    body.yields = [v, u, inner(MUL, w, 2.0)]
    op = b.op("for", [0, b.params[1], 1, 1.0, 2.0, 3.0], [PY_FLOAT] * 3, [body])
    f = b.done(op.results[2])
    assert dce(f)
    verify(f)
    assert len(op.results) == 1 and run(f, [0.0, 2], resolve) == [12.0]


def test_an_effect_keeps_its_loop_but_not_the_slots_beside_it():
    b = Build(("x", PY_FLOAT), ("n", PY_INT))
    op = loop_of_two(b, b.params[1], b.params[0])
    shout = Op("python.print", [op.body.params[0]], [], {})
    op.body.ops.append(shout)
    f = b.done(b.params[0])
    dce(f)
    assert kinds(f) == ["for", "print"] and op.results == []


def test_an_exit_keeps_what_decides_it():
    b = Build(("x", PY_FLOAT), ("n", PY_INT))
    op = loop_of_two(b, b.params[1], b.params[0])
    inner = Build()
    inner.region = op.body
    stop = inner("operator.gt", op.body.yields[0], 5.0, type=Scalar("bool"))
    op.body.yields.insert(0, stop)
    op.attrs["exit"] = True
    f = b.done(op.results[1])
    verify(f)
    dce(f)
    verify(f)
    assert run(f, [2.0, 10], resolve) == [14.0]


def test_a_while_keeps_what_its_condition_reads():
    b = Build(("x", PY_FLOAT))
    p, q, r, s = (Value(PY_FLOAT, k) for k in "pqrs")
    test, body = Region([p, q]), Region([r, s])
    one, two = Build(), Build()
    one.region, two.region = test, body
    test.yields = [one("operator.lt", p, 10.0, type=Scalar("bool"))]
    body.yields = [two(MUL, r, 2.0), two(ADD, s, 1.0)]
    op = b.op("while", [b.params[0], 0.0], [PY_FLOAT, PY_FLOAT], [test, body])
    f = b.done(op.results[1])
    dce(f)
    verify(f)
    assert len(op.results) == 2 and run(f, [1.0], resolve) == [4.0]


@pytest.mark.parametrize("keep, left", [(True, ["getitem", "mul"]), (False, ["mul"])])
def test_raisers_stay_where_they_are_asked_for(keep, left):
    b = Build(("x", PY_FLOAT), ("A", VECTOR), ("k", PY_INT), mark=False)
    x, a, k = b.params
    b("getitem", a, k, type=Scalar("float64", True), index=("at",))
    f = b.done(b(MUL, x, x))
    f.attrs["keep_raisers"] = keep
    dce(f)
    assert kinds(f) == left


def test_raise_stays_always():
    b = Build(("x", PY_FLOAT), mark=False)
    b.op("raise", [], [], exception=ValueError)
    f = b.done(b.params[0])
    dce(f)
    assert kinds(f) == ["raise"]


# -- cse -------------------------------------------------------------------------------------------


def test_equal_ops_are_merged():
    b = Build(("x", PY_FLOAT), ("y", PY_FLOAT))
    x, y = b.params
    p, q, r = b(MUL, x, y), b(MUL, x, y), b(MUL, y, x)
    f = b.done(b(ADD, p, q), r)
    assert cse(f)
    verify(f)
    assert text(f.results[0]) == "add(mul(x, y), mul(x, y))"
    assert kinds(f) == ["mul", "mul", "add"], "operands in another order are another op"


@pytest.mark.parametrize("kind", ["zeros_like", "copy", "numpy.zeros_like", "numpy.copy", "numpy.ones_like"])
def test_allocations_are_not_merged(kind):
    b = Build(("x", VECTOR))
    one, two = b(kind, b.params[0], type=VECTOR), b(kind, b.params[0], type=VECTOR)
    f = b.done(one, two)
    assert not cse(f)
    assert f.results[0] is not f.results[1]


def test_constants_of_other_kinds_are_other_constants():
    b = Build(("x", PY_FLOAT))
    x = b.params[0]
    f = b.done(b(MUL, x, 1), b(MUL, x, 1.0), b(MUL, x, True), b(MUL, x, 0.0), b(MUL, x, -0.0))
    assert not cse(f)


def test_attributes_tell_ops_apart():
    b = Build(("A", Array("float64", (N, N))))
    a = b.params[0]
    rows, columns = (b("numpy.sum", a, type=VECTOR, axis=k) for k in (0, 1))
    f = b.done(rows, columns, b("numpy.sum", a, type=VECTOR, axis=0))
    cse(f)
    assert f.results[0] is f.results[2] and f.results[0] is not f.results[1]


def test_a_branch_sees_what_stands_before_it_and_no_other_branch():
    b = Build(("x", PY_FLOAT), ("c", Scalar("bool")))
    x, c = b.params
    before = b(MUL, x, x)
    regions = [Region(), Region()]
    for r in regions:
        inner = Build()
        inner.region = r
        r.yields = [inner(ADD, inner(MUL, x, x), inner("math.sin", x))]
    op = b.op("if", [c], [PY_FLOAT], regions)
    f = b.done(op.result, before, b("math.sin", x))
    cse(f)
    verify(f)
    assert kinds(f).count("mul") == 1 and kinds(f).count("sin") == 3


def test_a_slot_that_never_changes_is_its_initial_value():
    b = Build(("x", PY_FLOAT), ("n", PY_INT))
    x, n = b.params
    u, v = Value(PY_FLOAT, "u"), Value(PY_FLOAT, "v")
    body = Region([Value(PY_INT, "i"), u, v])
    inner = Build()
    inner.region = body
    body.yields = [u, inner(MUL, v, u)]
    op = b.op("for", [0, n, 1, x, 1.0], [PY_FLOAT, PY_FLOAT], [body])
    f = b.done(*op.results)
    assert fixed_slots(f)
    verify(f)
    assert f.results[0] is x and text(body.yields[1]) == "mul(v, x)"
    assert run(f, [3.0, 2], resolve) == [3.0, 9.0]


def test_a_swap_is_no_fixed_slot():
    b = Build(("x", PY_FLOAT), ("y", PY_FLOAT), ("n", PY_INT))
    x, y, n = b.params
    u, v = Value(PY_FLOAT, "u"), Value(PY_FLOAT, "v")
    op = b.op("for", [0, n, 1, x, y], [PY_FLOAT, PY_FLOAT], [Region([Value(PY_INT, "i"), u, v])])
    op.body.yields = [v, u]
    f = b.done(*op.results)
    fixed_slots(f)
    assert run(f, [1.0, 2.0, 3], resolve) == [2.0, 1.0] and run(f, [1.0, 2.0, 2], resolve) == [1.0, 2.0]


def test_two_sides_of_one_value():
    b = Build(("x", PY_FLOAT), ("y", PY_FLOAT), ("c", Scalar("bool")))
    x, y, c = b.params
    regions = [Region(), Region()]
    regions[0].yields, regions[1].yields = [x, Constant(2.0), x], [x, Constant(2.0), y]
    op = b.op("if", [c], [PY_FLOAT] * 3, regions)
    f = b.done(*op.results)
    fixed_slots(f)
    assert f.results[0] is x and f.results[1].value == 2.0 and f.results[2] is op.results[2]


# -- shapes ----------------------------------------------------------------------------------------


def test_the_shape_of_a_state_is_that_of_the_first():
    b = Build(("A", VECTOR), ("n", PY_INT), mark=False)
    a, n = b.params
    p = Value(VECTOR, "A")
    body = Region([Value(PY_INT, "i"), p])
    inner = Build(mark=False)
    inner.region = body
    size = inner("builtins.len", p, type=PY_INT)
    k = inner("operator.sub", size, 1, type=PY_INT)
    body.yields = [inner("store", p, k, 2.0, type=VECTOR, path=(("at",),))]
    op = b.op("for", [0, n, 1, a], [VECTOR], [body])
    f = b.done(op.result)
    want = run(f, [np.zeros(3), 2], resolve)
    assert shape_roots(f)
    verify(f)
    assert size.op.inputs[0] is a
    np.testing.assert_array_equal(run(f, [np.zeros(3), 2], resolve)[0], want[0])
    assert not shape_roots(f)


def test_a_state_of_another_shape_is_no_root():
    b = Build(("A", VECTOR), ("n", PY_INT), mark=False)
    a, n = b.params
    wild = Array("float64", (new_dim(),))
    p = Value(wild, "A")
    body = Region([Value(PY_INT, "i"), p])
    inner = Build(mark=False)
    inner.region = body
    size = inner("builtins.len", p, type=PY_INT)
    body.yields = [inner("getitem", p, 1, type=wild, index=(("slice", True, False, False),))]
    op = b.op("for", [0, n, 1, a], [wild], [body])
    f = b.function
    f.body.yields = [op.result]
    shape_roots(f)
    assert size.op.inputs[0] is p


def test_lengths_of_other_dtypes_stay():
    """zeros_like of a float32 state may not become zeros_like of a float64 one."""
    b = Build(("A", VECTOR), mark=False)
    (a,) = b.params
    narrow = b("numpy.ndarray.astype", a, type=SINGLE, dtype="float32")
    z = b("zeros_like", narrow, type=SINGLE)
    f = b.done(z)
    shape_roots(f)
    assert z.op.inputs[0] is narrow
