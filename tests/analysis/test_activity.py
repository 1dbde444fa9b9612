"""Activity on programs: what depends on the arguments, and what reaches the result."""

import math

import numpy as np

from sourcead.analysis.activity import useful, varied
from sourcead.frontend.lower import lower
from sourcead.frontend.trees import tree_of
from sourcead.ir.core import walk


def ir(f, *args):
    return lower(f, [(n, tree_of(a)) for n, a in zip(f.__code__.co_varnames, args)]).function


def named(f, values):
    out = set()
    for op in walk(f.body):
        out |= {v.name for v in op.results if v in values and v.name}
    return out


def test_straight_line():
    def f(x, w):
        a = math.sin(x)
        b = math.cos(w)
        c = math.floor(x)
        d = a * b
        e = a * 2.0
        return d + c

    g = ir(f, 1.0, 2.0)
    assert named(g, varied(g, [g.params[0]])) >= {"a", "d", "e"}
    assert not named(g, varied(g, [g.params[0]])) & {"b", "c"}
    assert named(g, useful(g, g.results)) >= {"a", "b", "d"}
    assert "e" not in named(g, useful(g, g.results))


def test_loops_to_the_fixed_point():
    """x reaches c through b through a, one variable further in each trip."""

    def f(x, n):
        a, b, c, d = 0.0, 0.0, 0.0, 1.0
        for i in range(n):
            c = b * 2.0
            b = a * 3.0
            a = x * 1.0
            d = d * 2.0
        return c

    g = ir(f, 1.0, 4)
    loop = next(op for op in walk(g.body) if op.kind == "for")
    by = varied(g, [g.params[0]])
    to = useful(g, g.results)
    names = {r.name: r for r in loop.results}
    assert all(names[k] in by for k in "abc")
    assert names["c"] in to
    if "d" in names:
        assert names["d"] not in by and names["d"] not in to
    active = {p.name for p in loop.body.params if p in by and p in to}
    assert active == {"a", "b"}


def test_branches():
    def f(x, w, c):
        if c > 0:
            y = x * 2.0
            z = w * 1.0
        else:
            y = w * 2.0
            z = w * 3.0
        return y * z

    g = ir(f, 1.0, 2.0, 1)
    names = named(g, varied(g, [g.params[0]]))
    assert "y" in names and "z" not in names


def test_memory():
    def f(x, w):
        y = np.zeros(2)
        u = np.zeros(2)
        y[0] = x
        u[0] = w
        return y[1] + u[0]

    g = ir(f, 1.0, 2.0)
    by = varied(g, [g.params[0]])
    stores = [op for op in walk(g.body) if op.kind == "store"]
    assert [op.result in by for op in stores] == [True, False]


def test_integers_are_never_active():
    def f(x, n):
        k = int(x) + n
        return k * 2.0 + x

    g = ir(f, 1.5, 2)
    assert "k" not in named(g, varied(g, g.params))


def test_comparisons_and_shapes_are_not_smooth():
    def f(x):
        n = len(x)
        b = x[0] > 0.0
        return x[0] * n if b else 1.0 * n

    g = ir(f, np.ones(3))
    assert not named(g, varied(g, g.params)) & {"n", "b"}
