"""Each rule of simplify: what comes out, that types stay, and that the user's own code is left alone."""

import pytest

from sourcead.ir.core import Op, Region
from sourcead.ir.interpret import run
from sourcead.ir.printer import show
from sourcead.ir.types import PY_FLOAT, PY_INT, Scalar, same_type
from sourcead.ir.verify import verify
from sourcead.passes.simplify import simplify
from sourcead.rules.registry import resolve

from .building import ADD, DIV, DOT, MUL, NEG, ONE, POW, SINGLE, SUB, VECTOR, Build, kinds, text

RULES = {
    "1 * x": (lambda b, x, y: b(MUL, 1.0, x), "x"),
    "x * 1": (lambda b, x, y: b(MUL, x, 1.0), "x"),
    "-1 * x": (lambda b, x, y: b(MUL, -1.0, x), "neg(x)"),
    "2 * 3": (lambda b, x, y: b(MUL, 2.0, 3.0), "6.0"),
    "2 + 3": (lambda b, x, y: b(ADD, 2.0, 3.0), "5.0"),
    "2 - 3": (lambda b, x, y: b(SUB, 2.0, 3.0), "-1.0"),
    "x * 2": (lambda b, x, y: b(MUL, x, 2.0), "mul(2.0, x)"),
    "2 * (3 * x)": (lambda b, x, y: b(MUL, 2.0, b(MUL, 3.0, x)), "mul(6.0, x)"),
    "2 * (x * 3)": (lambda b, x, y: b(MUL, 2.0, b(MUL, x, 3.0)), "mul(6.0, x)"),
    "2 * -x": (lambda b, x, y: b(MUL, 2.0, b(NEG, x)), "mul(-2.0, x)"),
    "x * -y": (lambda b, x, y: b(MUL, x, b(NEG, y)), "neg(mul(x, y))"),
    "-x * y": (lambda b, x, y: b(MUL, b(NEG, x), y), "neg(mul(x, y))"),
    "-x * -y": (lambda b, x, y: b(MUL, b(NEG, x), b(NEG, y)), "mul(x, y)"),
    "x * (1 / y)": (lambda b, x, y: b(MUL, x, b(DIV, 1.0, y)), "truediv(x, y)"),
    "(1 / y) * x": (lambda b, x, y: b(MUL, b(DIV, 1.0, y), x), "truediv(x, y)"),
    "x / 1": (lambda b, x, y: b(DIV, x, 1.0), "x"),
    "-x / y": (lambda b, x, y: b(DIV, b(NEG, x), y), "neg(truediv(x, y))"),
    "--x": (lambda b, x, y: b(NEG, b(NEG, x)), "x"),
    "-(2 * x)": (lambda b, x, y: b(NEG, b(MUL, 2.0, x)), "mul(-2.0, x)"),
    "-(2)": (lambda b, x, y: b(NEG, 2.0), "-2.0"),
    "0 + x": (lambda b, x, y: b(ADD, 0.0, x), "x"),
    "x + 0": (lambda b, x, y: b(ADD, x, 0.0), "x"),
    "x + x": (lambda b, x, y: b(ADD, x, x), "mul(2.0, x)"),
    "x + -y": (lambda b, x, y: b(ADD, x, b(NEG, y)), "sub(x, y)"),
    "-x + y": (lambda b, x, y: b(ADD, b(NEG, x), y), "sub(y, x)"),
    "x + -2 * y": (lambda b, x, y: b(ADD, x, b(MUL, -2.0, y)), "sub(x, mul(2.0, y))"),
    "y + x + x": (lambda b, x, y: b(ADD, b(ADD, y, x), x), "add(y, mul(2.0, x))"),
    "x - 0": (lambda b, x, y: b(SUB, x, 0.0), "x"),
    "0 - x": (lambda b, x, y: b(SUB, 0.0, x), "neg(x)"),
    "x - -y": (lambda b, x, y: b(SUB, x, b(NEG, y)), "add(x, y)"),
    "y - x - x": (lambda b, x, y: b(SUB, b(SUB, y, x), x), "sub(y, mul(2.0, x))"),
    "x ** 1": (lambda b, x, y: b(POW, x, 1), "x"),
    "2 * (x * (1 / -y))": (lambda b, x, y: b(MUL, 2.0, b(MUL, x, b(DIV, 1.0, b(NEG, y)))), None),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule(name):
    make, want = RULES[name]
    b = Build(("x", PY_FLOAT), ("y", PY_FLOAT))
    f = b.done(make(b, *b.params))
    before = run(f, [0.7, -1.3], resolve)
    t = f.results[0].type
    simplify(f)
    verify(f)
    if want is not None:
        assert text(f.results[0]) == want
    assert same_type(f.results[0].type, t)
    assert run(f, [0.7, -1.3], resolve) == pytest.approx(before, rel=1e-15)


@pytest.mark.parametrize("name", RULES)
def test_the_users_own_code_is_left_alone(name):
    b = Build(("x", PY_FLOAT), ("y", PY_FLOAT), mark=False)
    f = b.done(RULES[name][0](b, *b.params))
    before = show(f)
    assert not simplify(f)
    assert show(f) == before


def test_the_users_operands_are_not_looked_into():
    """x * (1 / y) where the user wrote 1 / y: its bits are its own."""
    b = Build(("x", PY_FLOAT), ("y", PY_FLOAT), mark=False)
    x, y = b.params
    q = b(DIV, 1.0, y)
    n = b(NEG, y)
    b.mark = True
    f = b.done(b(MUL, x, q), b(ADD, x, n), q, n)
    simplify(f)
    assert [text(v) for v in f.results[:2]] == ["mul(x, truediv(1.0, y))", "add(x, neg(y))"]


@pytest.mark.parametrize(
    "x, result",
    [(SINGLE, VECTOR), (Scalar("float64", True), VECTOR), (ONE, VECTOR), (PY_INT, PY_FLOAT)],
    ids=["dtype", "rank", "length", "int"],
)
@pytest.mark.parametrize(
    "make",
    [
        lambda b, x, t: b(MUL, 1.0, x, type=t),
        lambda b, x, t: b(ADD, x, 0.0, type=t),
        lambda b, x, t: b(SUB, x, 0.0, type=t),
        lambda b, x, t: b(DIV, x, 1.0, type=t),
        lambda b, x, t: b(POW, x, 1, type=t),
    ],
    ids=["mul", "add", "sub", "div", "pow"],
)
def test_no_rule_changes_a_type(make, x, result):
    b = Build(("x", x))
    f = b.done(make(b, b.params[0], result))
    simplify(f)
    assert f.results[0] is not b.params[0] and same_type(f.results[0].type, result)


def test_a_value_that_is_used_twice_is_not_computed_twice():
    b = Build(("x", PY_FLOAT), ("y", PY_FLOAT))
    x, y = b.params
    s = b(ADD, y, x)
    f = b.done(b(ADD, s, x), s)
    simplify(f)
    assert text(f.results[0]) == "add(add(y, x), x)"


def test_a_sum_of_a_negative():
    b = Build(("x", VECTOR))
    f = b.done(b("numpy.sum", b(NEG, b.params[0], type=VECTOR), type=Scalar("float64", True)))
    simplify(f)
    assert text(f.results[0]) == "neg(sum(x))"


def test_zeros_fall_away_only_at_full_shape():
    b = Build(("x", VECTOR), ("s", ONE))
    x, s = b.params
    z = b("zeros_like", x, type=VECTOR)
    f = b.done(b(ADD, z, x, type=VECTOR), b(ADD, z, s, type=VECTOR))
    simplify(f)
    assert text(f.results[0]) == "x"
    assert text(f.results[1]) == "add(zeros_like(x), s)"


def test_a_branch_that_is_known_is_its_region():
    b = Build(("x", PY_FLOAT), ("c", Scalar("bool")))
    x, c = b.params
    regions = [Region(), Region()]
    for r, k in zip(regions, (2.0, 3.0)):
        inner = Build()
        inner.region = r
        r.yields = [inner(MUL, k, x)]
    inside = [Region(), Region()]
    op = Op("if", [c], [PY_FLOAT], DOT, regions)
    inside[0].ops, inside[0].yields = [op], [op.result]
    inside[1].yields = [x]
    outer = b.op("if", [c], [PY_FLOAT], inside)
    f = b.done(outer.result)
    assert simplify(f)
    verify(f)
    assert kinds(f) == ["if", "mul"]
    assert run(f, [5.0, True], resolve) == [10.0] and run(f, [5.0, False], resolve) == [5.0]


def test_a_constant_condition():
    b = Build(("x", PY_FLOAT))
    regions = [Region(), Region()]
    for r, k in zip(regions, (2.0, 3.0)):
        inner = Build()
        inner.region = r
        r.yields = [inner(MUL, k, b.params[0])]
    f = b.done(b.op("if", [False], [PY_FLOAT], regions).result)
    assert simplify(f)
    assert kinds(f) == ["mul"] and run(f, [5.0], resolve) == [15.0]


def test_constants_of_a_boolean_are_no_numbers():
    b = Build(("x", PY_FLOAT))
    f = b.done(b(MUL, True, b.params[0]))
    simplify(f)
    assert kinds(f) == ["mul"]
