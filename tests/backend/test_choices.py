"""Conditions of more than one part, and what the head of a loop reads."""

from __future__ import annotations

import pytest

from sourcead.ir.core import FALSE, TRUE, Constant, Function, Op, Region, Value
from sourcead.ir.types import PY_BOOL, List

from .building import Build, F, N
from .test_emit import check, text_of


def _both(b: Build, a: Value, word: str, bound: Value, named: bool = False) -> Value:
    """`a and bound > 1.0`, or `or`."""
    op = Op("if", [a], [PY_BOOL], {"_bool": word}, [Region(), Region()])
    b.region.ops.append(op)
    right, other = op.regions if word == "and" else reversed(op.regions)
    other.yields = [a]
    with b.inside(right):
        right.yields = [b("operator.gt", [bound, 1.0], PY_BOOL, "c" if named else None, _named=named)]
    return op.result


def _while(word: str, named: bool = False) -> Function:
    b = Build(("x", F), ("y", F))
    x, y = b.params
    head, body = Region([Value(F, "x")]), Region([Value(F, "x")])
    op = Op("while", [x], [F], {}, [head, body])
    op.result.name = "x"
    b.region.ops.append(op)
    with b.inside(head):
        a = b("operator.gt", [head.params[0], 0.1], PY_BOOL)
        bound = y if word == "and" else head.params[0]
        head.yields = [_both(b, a, word, bound, named)]
    with b.inside(body):
        body.yields = [b("operator.mul", [body.params[0], 0.5], F, "x")]
    return b.function(op.result)


@pytest.mark.parametrize("word", ["and", "or"])
def test_a_while_of_two_conditions_is_one_expression(word: str) -> None:
    lines = check(_while(word), 3.0, 2.0)
    bound = "y" if word == "and" else "x"
    assert lines == [f"while x > 0.1 {word} {bound} > 1.0:", "    x *= 0.5", "return x"]
    assert check(_while(word), 3.0, 0.5) == lines


def test_a_condition_that_needs_statements_is_tested_in_the_loop() -> None:
    lines = check(_while("and", named=True), 3.0, 2.0)
    assert lines[0] == "while True:"
    assert lines[-4:] == ["    if not c:", "        break", "    x *= 0.5", "return x"]
    check(_while("and", named=True), 3.0, 0.5)


def test_chains_are_one_operator() -> None:
    b = Build(("x", F), ("y", F))
    x, y = b.params
    a = b("operator.lt", [x, 4.0], PY_BOOL)
    first = _both(b, a, "or", y)
    z = _both(b, first, "and", x)
    z.name = "z"
    f = b.function(z, z)
    assert check(f, 2.0, 0.0) == ["z = (x < 4.0 or y > 1.0) and x > 1.0", "return z, z"]
    check(f, 5.0, 0.0)
    check(f, 5.0, 2.0)


def test_a_slot_does_not_take_the_name_that_the_loop_s_head_reads() -> None:
    b = Build(("u", List(F)), ("n", N))
    length = b("builtins.len", [b.params[0]], N)
    least = b("builtins.min", [length, length], N, _variadic=2)
    body, (found,) = b.loop([0, least, 1], [FALSE], "t")
    found.name = body.params[1].name = None
    body.yields = [TRUE]
    text = text_of(b.function(found))
    space: dict = {}
    exec(text, space)
    assert space["f"]([1.0, 2.0], 0) is True and space["f"]([], 0) is False, text


@pytest.mark.parametrize(
    "index, operands, before, want",
    [
        ((("slice", True, False, False),), [1], [1.0, 2.0, 3.0], [1.0, 12.0, 23.0]),
        ((("slice", False, True, False),), [2], [1.0, 2.0, 3.0], [11.0, 22.0, 3.0]),
    ],
)
def test_items_added_to_a_part_of_a_list_are_added_one_by_one(index, operands, before, want) -> None:
    b = Build(("bar", List(F)), ("items", List(F)))
    bar, items = b.params
    at = [Constant(k) for k in operands]
    f = b.function(b("index_add", [bar, *at, items], List(F), "bar", path=(index,)))
    space: dict = {}
    exec(text_of(f), space)
    assert space["f"](list(before), [10.0, 20.0]) == want


def test_rows_of_a_list_are_added_item_by_item() -> None:
    rows = List(List(F))
    b = Build(("bar", rows), ("row", List(F)))
    bar, row = b.params
    f = b.function(b("index_add", [bar, 0, row], rows, "bar", path=(("at",),)))
    space: dict = {}
    exec(text_of(f), space)
    assert space["f"]([[1.0, 2.0], [3.0]], [10.0, 20.0]) == [[11.0, 22.0], [3.0]]
