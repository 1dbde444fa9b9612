"""The IR's printer, verifier and interpreter on functions written by hand."""

import math
import operator

import numpy as np
import pytest

from sourcead.ir.core import Constant, Function, Op, Region, Undef, Value
from sourcead.ir.interpret import run
from sourcead.ir.printer import show
from sourcead.ir.types import PY_BOOL, PY_FLOAT, PY_INT, Array, List, Opaque, Scalar, Tuple, Type, new_dim
from sourcead.ir.verify import IRError, verify
from sourcead.rules.registry import resolve

VECTOR = Array("float64", (new_dim(),))
MATRIX = Array("float64", (new_dim(), new_dim()))
TAPE = List(PY_FLOAT)


def num(x: object) -> Constant:
    return Constant(x)


class Build:
    """Appends ops to a region; calls return the one result."""

    def __init__(self, region: Region) -> None:
        self.region = region

    def __call__(
        self, kind: str, *inputs: Value, type: Type = PY_FLOAT, name: str | None = None, **attrs
    ) -> Value:
        op = self.op(kind, list(inputs), [type], attrs)
        op.result.name = name
        return op.result

    def op(self, kind: str, inputs: list[Value], types: list[Type], attrs=None, regions=None) -> Op:
        op = Op(kind, inputs, types, attrs, regions)
        self.region.ops.append(op)
        return op


def function(name: str, **params: Type) -> tuple[Function, Build, list[Value]]:
    values = [Value(t, n) for n, t in params.items()]
    f = Function(name, Region(values))
    return f, Build(f.body), values


def logistic_map() -> Function:
    f, b, (x, r, n) = function("logistic_map", x=PY_FLOAT, r=PY_FLOAT, n=PY_INT)
    i, xi = Value(PY_INT, "i"), Value(PY_FLOAT, "x")
    body = Region([i, xi])
    c = Build(body)
    a = c("operator.mul", r, xi, name="a")
    d = c("operator.sub", num(1.0), xi)
    body.yields = [c("operator.mul", a, d, name="x")]
    loop = b.op("for", [num(0), n, num(1), x], [PY_FLOAT], None, [body])
    loop.result.name = "x"
    f.body.yields = [loop.result]
    return f


def test_text_of_a_loop() -> None:
    f = logistic_map()
    verify(f)
    assert show(f) == "\n".join(
        [
            "function logistic_map(x: float, r: float, n: int)",
            "  x.3: float = for i: int in range(0, n, 1) with x.1: float = x:",
            "      a: float = operator.mul(r, x.1)",
            "      %1: float = operator.sub(1.0, x.1)",
            "      x.2: float = operator.mul(a, %1)",
            "      yield x.2",
            "  return x.3",
        ]
    )
    assert show(f) == show(logistic_map())
    x = 0.3
    for _ in range(5):
        x = 3.1 * x * (1.0 - x)
    assert run(f, [0.3, 3.1, 5], resolve) == [x]
    assert run(f, [0.3, 3.1, 0], resolve) == [0.3]


def newton() -> Function:
    """`while` with an exit and a tape: sqrt by Newton's method, which also gives how many steps it took."""
    f, b, (a,) = function("newton", a=PY_FLOAT)
    p, t = Value(PY_FLOAT, "x"), Value(TAPE, "tape")
    test = Region([p, t])
    test.yields = [num(True)]
    p2, t2 = Value(PY_FLOAT, "x"), Value(TAPE, "tape")
    body = Region([p2, t2])
    c = Build(body)
    t3 = c("list.append", t2, p2, type=TAPE, name="tape")
    step = c(
        "operator.truediv", c("operator.sub", c("operator.mul", p2, p2), a), c("operator.mul", num(2.0), p2)
    )
    x2 = c("operator.sub", p2, step, name="x")
    stop = c("operator.lt", c("builtins.abs", step), num(1e-12), type=PY_BOOL, name="stop")
    body.yields = [stop, x2, t3]
    empty = b("list.new", type=TAPE, name="tape")
    loop = b.op("while", [a, empty], [PY_FLOAT, TAPE], {"exit": True}, [test, body])
    f.body.yields = [loop.results[0], b("list.len", loop.results[1], type=PY_INT)]
    return f


def test_while_with_exit_and_tape() -> None:
    f = newton()
    verify(f)
    root, steps = run(f, [7.0], resolve)
    x, n = 7.0, 0
    while True:
        step = (x * x - 7.0) / (2.0 * x)
        x, n = x - step, n + 1
        if abs(step) < 1e-12:
            break
    assert (root, steps) == (x, n) and abs(root - math.sqrt(7.0)) < 1e-15
    text = show(f)
    assert "yield [stop], x.2, tape.3" in text and "\n  do:\n" in text and "exit" not in text


def test_for_with_exit_gives_the_values_yielded_with_it() -> None:
    f, b, (n,) = function("f", n=PY_INT)
    i, s = Value(PY_INT, "i"), Value(PY_INT, "s")
    body = Region([i, s])
    c = Build(body)
    s2 = c("operator.add", s, i, type=PY_INT)
    body.yields = [c("operator.gt", s2, num(5), type=PY_BOOL), s2]
    loop = b.op("for", [n, num(-1), num(-1), num(0)], [PY_INT], {"exit": True}, [body])
    f.body.yields = [loop.result]
    verify(f)
    assert run(f, [4], resolve) == [7]  # 4 + 3, then out
    assert run(f, [2], resolve) == [3]


def test_stores_make_new_states() -> None:
    f, b, (y, k, v) = function("f", y=VECTOR, k=PY_INT, v=PY_FLOAT)
    y1 = b("store", y, k, v, type=VECTOR, path=(("at",),))
    y2 = b("store", y1, num(1), num(None), v, type=VECTOR, path=((("slice", True, True, False),),))
    y3 = b("index_add", y1, k, num(10.0), type=VECTOR, path=(("at",),))
    got = b("getitem", y2, num(-1), type=PY_FLOAT, index=("at",))
    f.body.yields = [y, y1, y2, y3, got]
    verify(f)
    a = np.arange(3.0)
    out = run(f, [a, 0, 5.0], resolve)
    for have, want in zip(out[:4], ([0, 1, 2], [5, 1, 2], [5, 5, 5], [15, 1, 2])):
        assert have.tolist() == want
    assert out[4] == 5.0 and a.tolist() == [0, 1, 2]


def test_paths_through_lists_views_and_transposes() -> None:
    nested = List(List(MATRIX))
    f, b, (x, m) = function("f", x=nested, m=MATRIX)
    row = (("at",), ("at",), ("T",), ("at",), ("at",))
    x1 = b("store", x, num(0), num(1), num(0), num(2), num(9.0), type=nested, path=row)
    m1 = b("store", m, num(9.0), type=MATRIX, path=(("T",),))
    m2 = b("index_add", m, num(np.array([0, 0, 1])), num(1.0), type=MATRIX, path=(("at",),))
    m3 = b("store", m, num(1), num(7.0), type=MATRIX, path=(("attr", "reshape", -1), ("at",)))
    t = b("getitem", x1, num(0), num(1), type=MATRIX, path=(("at",), ("at",), ("T",)))
    f.body.yields = [x, x1, m1, m2, m3, t]
    verify(f)
    zero = [[np.zeros((3, 2)), np.zeros((3, 2))], [np.zeros((3, 2))]]
    a = np.zeros((2, 2))
    old, new, m1v, m2v, m3v, tv = run(f, [zero, a], resolve)
    assert all((e == 0).all() for r in zero for e in r) and old is zero
    assert new[0][1][2, 0] == 9.0 and new[0][1].sum() == 9.0 and new[1] is zero[1] and new[0][0] is zero[0][0]
    assert (m1v == 9.0).all() and m2v.tolist() == [[2, 2], [1, 1]] and m3v.tolist() == [[0, 7], [0, 0]]
    assert tv.shape == (2, 3) and (a == 0).all()


def test_tapes_tuples_zeros_copies() -> None:
    pair = Tuple((PY_FLOAT, VECTOR))
    f, b, (s, v) = function("f", s=PY_FLOAT, v=VECTOR)
    tape = b("list.append", b("list.new", s, type=TAPE), num(2.0), type=TAPE)
    pop = b.op("list.pop", [tape], [TAPE, PY_FLOAT])
    t = b("tuple.new", s, v, type=pair)
    zt = b("zeros_like", t, type=pair)
    f.body.yields = [
        tape,
        *pop.results,
        b("tuple.get", t, type=VECTOR, i=1),
        zt,
        b("zeros_like", tape, type=TAPE),
        b("zeros_like", num(3), type=PY_INT),
        b("zeros_like", num(3), type=Scalar("complex128")),
        b("copy", v, type=VECTOR),
        b("zeros_like", v, type=VECTOR),
    ]
    verify(f)
    a = np.asfortranarray(np.ones((2, 3)))
    out = run(f, [1.5, a], resolve)
    assert out[:3] == [[1.5, 2.0], [1.5], 2.0] and out[3] is a
    assert out[4][0] == 0.0 and (out[4][1] == 0).all() and out[5] == [0.0, 0.0]
    assert repr(out[6]) == "0" and repr(out[7]) == "0j"
    assert out[8] is not a and out[8].flags.f_contiguous and (out[8] == a).all() and (out[9] == 0).all()


def test_calls_variadic_primitives_keywords_and_attributes() -> None:
    g, c, (u,) = function("g", u=VECTOR)
    g.body.yields = [c("numpy.sum", u, num(0), type=Scalar("float64", True)), u]
    f, b, (x,) = function("f", x=VECTOR)
    both = b("numpy.concatenate", x, x, num(None), type=VECTOR, _variadic=2, _container="tuple")
    call = b.op("call", [both], [PY_FLOAT, VECTOR], {"function": g})
    stacked = b("numpy.stack", x, x, type=MATRIX, _variadic=2, _container="list", axis=1)
    turned = b("numpy.ndarray.T", stacked, type=MATRIX)
    f.body.yields = [*call.results, turned]
    verify(f)
    total, joined, turned_value = run(f, [np.array([1.0, 2.0])], resolve)
    assert total == 6.0 and joined.tolist() == [1, 2, 1, 2] and turned_value.tolist() == [[1, 2], [1, 2]]
    assert "call(%1) {function=@g}" in show(f) and "{_container='list', _variadic=2, axis=1}" in show(f)


def test_branches_undefined_names_and_raise() -> None:
    f, b, (c,) = function("f", c=PY_BOOL)
    then, other = Region(), Region()
    then.yields, other.yields = [num(1.0)], [Undef()]
    v = b.op("if", [c], [PY_FLOAT], None, [then, other])
    v.result.name = "y"
    f.body.yields = [b("operator.add", v.result, num(1.0))]
    verify(f)
    assert run(f, [True], resolve) == [2.0]
    with pytest.raises(UnboundLocalError, match="y"):
        run(f, [False], resolve)
    g, b, (n,) = function("g", n=PY_INT)
    b.op("raise", [num("bad"), n], [], {"exception": ValueError})
    g.body.yields = [n]
    verify(g)
    with pytest.raises(ValueError) as e:
        run(g, [3], resolve)
    assert e.value.args == ("bad", 3)
    with pytest.raises(IRError, match="no primitive"):
        h, b, (n,) = function("h", n=PY_INT)
        h.body.yields = [b("numpy.no_such_thing", n)]
        run(h, [1], resolve)
    assert operator.add(1, 1) == 2  # the package of the keys used here is imported


# -- what the verifier refuses ------------------------------------------------------------
def refused(f: Function, text: str) -> None:
    with pytest.raises(IRError) as e:
        verify(f)
    assert text in str(e.value)


def test_use_before_definition_and_outside_of_the_region() -> None:
    f = logistic_map()
    f.body.ops[0].body.ops.reverse()
    refused(f, "used where it is not defined\nx: float = operator.mul(a, %1)")
    f = logistic_map()
    f.body.yields = [f.body.ops[0].body.ops[0].result]
    refused(f, "result 0 is used where it is not defined")
    f = logistic_map()
    f.body.yields = [f.body.ops[0].body.params[1]]
    refused(f, "result 0 is used where it is not defined")
    f, b, (c,) = function("f", c=PY_BOOL)
    then, other = Region(), Region()
    inner = Build(then)("math.sin", num(1.0))
    then.yields, other.yields = [inner], [inner]
    f.body.yields = [b.op("if", [c], [PY_FLOAT], None, [then, other]).result]
    refused(f, "yield 0 is used where it is not defined")
    f = newton()
    test, body = f.body.ops[1].regions
    test.yields = [body.ops[-1].result]
    refused(f, "yield 0 is used where it is not defined")


def test_arity() -> None:
    f = logistic_map()
    f.body.ops[0].body.yields.append(num(1.0))
    refused(f, "2 yields of the body where 1 are needed")
    f = logistic_map()
    f.body.ops[0].body.params.pop()
    refused(f, "1 parameters where 2 are needed")
    f = logistic_map()
    f.body.ops[0].inputs.pop()
    refused(f, "3 inputs where 4 are needed")
    f = newton()
    f.body.ops[1].attrs = {}
    refused(f, "3 yields of the body where 2 are needed")
    f = newton()
    f.body.ops[1].regions[0].yields = []
    refused(f, "0 yields of the condition where 1 are needed")
    f, b, (x,) = function("f", x=VECTOR)
    f.body.yields = [b("getitem", x, type=PY_FLOAT, index=("at",))]
    refused(f, "1 inputs where 2 are needed")
    f, b, (x,) = function("f", x=VECTOR)
    f.body.yields = [b.op("call", [x, x], [PY_FLOAT], {"function": logistic_map()}).result]
    refused(f, "2 arguments where 3 are needed")


def test_types_of_slots_conditions_and_exits() -> None:
    f = logistic_map()
    f.body.ops[0].inputs[3] = num("text")
    refused(f, "slot 0 mixes types str and float")
    f = newton()
    f.body.ops[1].regions[0].yields = [num("text")]
    refused(f, "the condition has type str")
    f = newton()
    f.body.ops[1].body.yields[0] = num(1.0)
    refused(f, "the exit flag has type float")
    f = logistic_map()
    f.body.ops[0].inputs[1] = num(2.0)
    refused(f, "a bound or index of the loop has type float")
    f, b, (c,) = function("f", c=PY_BOOL)
    then, other = Region(), Region()
    then.yields, other.yields = [num(1.0)], [Constant("a")]
    f.body.yields = [b.op("if", [c], [Opaque("str")], None, [then, other]).result]
    refused(f, "slot 0 mixes types")


def test_twice_defined_and_wrong_pointers() -> None:
    f = logistic_map()
    body = f.body.ops[0].body
    body.ops.append(body.ops[0])
    refused(f, "the op stands twice")
    f = logistic_map()
    body = f.body.ops[0].body
    body.ops[1].results = body.ops[0].results
    refused(f, "does not point back to its op")
    f = logistic_map()
    f.body.ops[0].body.params[1] = f.body.params[0]
    refused(f, "parameter 1 is defined twice")
    f = logistic_map()
    f.body.yields = []
    refused(f, "the function has no results")
    f, b, (x,) = function("f", x=PY_FLOAT)
    bad = logistic_map()
    bad.body.yields = [Value(PY_FLOAT, "lost")]
    f.body.yields = [b.op("call", [x, x, num(1)], [PY_FLOAT], {"function": bad}).result]
    refused(f, "in logistic_map: result 0")


def test_deep_chains_and_long_functions_are_quick() -> None:
    f, b, (x,) = function("f", x=PY_FLOAT)
    v = x
    for _ in range(20000):
        v = b("operator.add", v, num(1.0), name="v")
    f.body.yields = [v]
    verify(f)
    assert run(f, [0.0], resolve) == [20000.0]
    assert show(f).count("\n") == 20001
