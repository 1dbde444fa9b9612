"""What is made shorter before buffers and names are given: the text, and that it is right."""

from __future__ import annotations

import numpy as np

from sourcead.backend.load import load
from sourcead.ir.core import Function
from sourcead.ir.types import NP_FLOAT, PY_BOOL, List, Opaque, Tuple

from .building import AT, VEC, Build, F, N
from .test_emit import check, text_of

X = np.array([1.5, -2.0, 0.25, 4.0])
PATH = (AT,)


def copied(b: Build, x):
    return b("numpy.copy", [x], VEC, "u_bar")


def test_a_zero_that_is_added_to_becomes_one_store() -> None:
    b = Build(("x", VEC), ("i", N))
    u = copied(b, b.params[0])
    i = b.params[1]
    load = b("getitem", [u, i], NP_FLOAT, index=AT)
    u = b("store", [u, i, 0.0], VEC, "u_bar", path=PATH)
    half = b("operator.truediv", [load, 2.0], NP_FLOAT)
    u = b("index_add", [u, 0, half], VEC, "u_bar", path=PATH)
    u = b("index_add", [u, i, half], VEC, "u_bar", path=PATH)
    lines = check(b.function(u), X, 2)
    assert lines[-3:] == ["u_bar[i] = q", "u_bar[0] += q", "return u_bar"]
    assert not any("0.0" in line for line in lines)
    check(b.function(u), X, 0)  # the two places may be one


def test_additions_to_one_element_become_one() -> None:
    b = Build(("x", VEC), ("a", F))
    u, a = copied(b, b.params[0]), b.params[1]
    for k, scale in ((1, 3.0), (2, 5.0), (1, -0.5)):
        u = b("index_add", [u, k, b("operator.mul", [scale, a], F)], VEC, "u_bar", path=PATH)
    assert check(b.function(u), X, 0.75)[1:3] == [
        "u_bar[2] += 5.0 * a",
        "u_bar[1] += 3.0 * a - 0.5 * a",
    ]


def test_a_state_that_is_read_in_between_stays() -> None:
    b = Build(("x", VEC), ("a", F))
    u, a = copied(b, b.params[0]), b.params[1]
    u = b("store", [u, 1, 0.0], VEC, "u_bar", path=PATH)
    s = b("numpy.sum", [u], NP_FLOAT, "s")
    u = b("index_add", [u, 1, a], VEC, "u_bar", path=PATH)
    assert check(b.function(u, s), X, 2.0)[1:] == [
        "u_bar[1] = 0.0",
        "s = np.sum(u_bar)",
        "u_bar[1] += a",
        "return u_bar, s",
    ]


def counted() -> Function:
    """`while s > 1` with a count of the trips, and a sweep back over as many."""
    b = Build(("x", F), ("n", N))
    x, n = b.params
    tape = b("list.new", [], List(F), "x_tape")
    body, (x, trips, tape) = b.loop([0, n, 1], [x, 0, tape], "x trips x_tape", None)
    _, p, k, t = body.params
    with b.inside(body):
        pushed = b("list.append", [t, p], List(F), "x_tape")
        half = b("operator.truediv", [p, 2.0], F, "x")
        body.yields = [half, b("operator.add", [k, 1], N), pushed]
    b.reverse = True
    back, (_, total) = b.loop([0, trips, 1], [tape, 0.0], "x_tape s", None, _reversed=True)
    _, t, s = back.params
    with b.inside(back):
        t, old = b("list.pop", [t], [List(F), F], "x_tape x")
        back.yields = [t, b("operator.add", [s, old], F, "s")]
    return b.function(x, total)


def test_a_tape_counts_the_trips() -> None:
    lines = check(counted(), 8.0, 5)
    assert "while x_tape:" in lines
    assert not any("trips" in line for line in lines)
    check(counted(), 8.0, 0)


def test_an_adjoint_does_not_take_the_name_of_another_variable() -> None:
    b = Build(("x", VEC), ("n", N))
    k = b("operator.mul", [b.params[0], 2.0], VEC, "k")
    body, (r,) = b.loop([0, b.params[1], 1], [k], "x_bar")
    i, p = body.params
    with b.inside(body):
        body.yields = [b("index_add", [p, i, 1.0], VEC, "x_bar", path=PATH)]
    lines = check(b.function(r), X, 3)
    assert "x_bar = k" in lines
    assert any(line.strip().startswith("x_bar[i] +=") for line in lines)


def test_items_of_a_tuple_are_taken_at_once() -> None:
    b = Build(("x", F))
    pair = Tuple((F, F, F))
    box = b("tuple.new", [b.params[0], 2.0, 3.0], pair, "box", _named=True)
    first = b("tuple.get", [box], F, "a", i=0, _named=True)
    last = b("tuple.get", [box], F, "c", i=2, _named=True)
    assert "a, _, c = box" in check(b.function(first, last), 1.0)


def test_text_assertions_and_ranges() -> None:
    b = Build(("x", F), ("n", N))
    x, n = b.params
    spec = ["at ", (0, -1, ".3f"), " of ", (1, 114, "")]
    message = b("python.format", [x, n], Opaque("str"), _spec=spec)
    b("assert", [b("operator.gt", [x, 0.0], PY_BOOL), message], [])
    length = b("python.range_length", [0, n, 1], N)
    text = text_of(b.function(length))
    assert 'assert x > 0.0, f"at {x:.3f} of {n!r}"' in text
    assert "return len(range(n))" in text


def test_leading_keywords_are_positional() -> None:
    b = Build(("x", VEC), ("y", VEC))
    s = b("numpy.einsum", list(b.params), NP_FLOAT, subscripts="i,i->", _variadic=2)
    text = text_of(b.function(s))
    assert 'return np.einsum("i,i->", x, y)' in text
    assert load(text, "f", {})(X, X) == X @ X


def test_an_index_beside_the_items() -> None:
    b = Build(("xs", VEC))
    n = b("builtins.len", [b.params[0]], N)
    body, (s,) = b.loop([0, n, 1], [0.0], "s", "k")
    k, p = body.params
    with b.inside(body):
        item = b("getitem", [b.params[0], k], NP_FLOAT, "x", index=AT)
        body.yields = [b("operator.add", [p, b("operator.mul", [item, k], NP_FLOAT)], NP_FLOAT, "s")]
    assert "for k, x in enumerate(xs):" in check(b.function(s), X)
