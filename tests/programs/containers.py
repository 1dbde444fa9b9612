"""Tuples, lists and dicts built and read; nested arguments; named tuples and dataclasses."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from .registry import program

Point = namedtuple("Point", "x y")
Layer = namedtuple("Layer", ["weight", "bias"])


@dataclass
class Well:
    depth: float
    width: float
    centre: float = 0.0


@dataclass
class Model:
    weights: list
    scale: float


A22 = np.array([[0.4, -0.3], [0.8, 0.5]])


@program((1.5, 0.7), wrt=(0, 1))
def tuple_built_and_indexed(x, y):
    t = (x, y, (x * y, 2.0))
    return t[0] * t[2][0] + t[-1][1] * t[1]


@program((1.5,))
def list_built_by_append(x):
    xs = [x]
    for i in range(4):
        xs.append(xs[-1] * x + i)
    return xs[2] * xs[-1] + len(xs)


@program((1.5,))
def list_comprehension_summed(x):
    return sum([x**k / (k + 1) for k in range(5)])


@program((0.6, 0.9, 7), wrt=(0, 1))
def sums_of_floats(x, y, n):
    s, terms = y, [x]
    for i in range(n):
        terms = [x * k + s for k in range(i)]
        s = s * 0.5 + sum(terms) * sum(t * y for t in terms if t > 1.0) * 0.01
    return s * sum([x, y, s, x * y], 0.5) + sum(terms, s)


@program((np.array([0.5, -1.5, 2.5]),))
def comprehension_with_condition(x):
    return sum([v * v for v in x if v > 0.0]) + max([v for v in x])


@program((1.2,))
def nested_comprehension(x):
    table = [[x * i + j for j in range(3)] for i in range(2)]
    return sum(a * a for row in table for a in row)


@program((1.2,))
def dict_built_and_read(x):
    d = {"a": x, "b": x * x}
    d["c"] = d["a"] * d["b"]
    d["a"] += 1.0
    s = 0.0
    for key in d:
        s += d[key]
    for key, value in d.items():
        s += value * (2.0 if key == "b" else 1.0)
    return s + sum(d.values()) * d.get("missing", x)


@program((1.2, 0.4), wrt=(0, 1))
def dict_comprehension(x, y):
    d = {k: x**k for k in range(3)}
    return d[2] * y + d[1]


@program((1.2,))
def stack_of_pending_work(x):
    todo = [(x, 3)]
    total = 0.0
    while todo:
        v, depth = todo.pop()
        if depth == 0:
            total += v * v
            continue
        todo.append((v * 0.5, depth - 1))
        if depth % 2:
            todo.append((v + 1.0, depth - 1))
    return total


@program((0.8, 5))
def list_as_a_memo(x, n):
    memo = [1.0, x]
    for k in range(2, n + 1):
        memo.append(((2 * k - 1) * x * memo[k - 1] - (k - 1) * memo[k - 2]) / k)
    return memo[n]


@program((0.8,))
def list_items_overwritten(x):
    a = [0.0] * 4
    a[0] = x
    for i in range(1, 4):
        a[i] = a[i - 1] * x + a[0]
    a[1], a[2] = a[2], a[1]
    a[-1] += a[1] * 2.0
    return a[1] * a[3]


@program((0.8, 1.1), wrt=(0, 1))
def list_concatenated_and_sliced(x, y):
    xs = [x, y] + [x * y] * 2
    xs.extend([1.0, y])
    return sum(xs[1:]) * xs[0] + sum(xs[::2])


@program((0.8,))
def pop_from_the_front(x):
    q = [x, x * x, 2.0]
    first = q.pop(0)
    q.insert(1, first * 3.0)
    return first * q[1] + q.pop() * len(q)


@program((Point(1.5, -0.5),))
def namedtuple_argument(p):
    return p.x * p.x + p.y * p[0]


@program((1.5, -0.5), wrt=(0, 1))
def namedtuple_built_and_replaced(x, y):
    p = Point(x, y)
    q = p._replace(x=p.y * 2.0)
    a, b = q
    return a * b + p.x**2


@program((Well(2.0, 0.7), 0.3), (Well(2.0, 0.7, 0.1), -0.4), wrt=(0, 1))
def dataclass_argument(well, x):
    u = (x - well.centre) / well.width
    return -well.depth * np.exp(-u * u)


@program(({"w": A22, "b": np.array([0.1, -0.2])}, np.array([1.0, 0.5])), wrt=(0, 1))
def dict_of_parameters(params, x):
    y = params["w"] @ x + params["b"]
    return np.sum(np.tanh(y) ** 2)


@program(([Layer(A22, np.array([0.1, -0.2])), Layer(A22.T * 0.5, np.zeros(2))], np.array([1.0, 0.5])))
def list_of_layers(layers, x):
    for weight, bias in layers:
        x = np.tanh(weight @ x + bias)
    return x @ x


@program((({"a": [1.2, 0.3], "b": (0.5, np.array([1.0, 2.0]))},),))
def nested_structure(tree):
    d = tree[0]
    s = d["a"][0] * d["b"][0]
    for v in d["b"][1]:
        s += v * v * d["a"][1]
    return s


@program((Model([A22, A22 + 0.1], 0.7), np.array([0.4, -1.0])))
def dataclass_with_a_list(model, x):
    for w in model.weights:
        x = x + model.scale * np.tanh(w @ x)
    return np.sum(x * x)


@program(([0.3, 1.2, -0.4],))
def list_argument(xs):
    s = 0.0
    for i, v in enumerate(xs):
        s += v ** (i + 1)
    return s * xs[0] + len(xs)


@program(((1.0, (2.0, 0.5)),))
def nested_tuple_argument(t):
    a, (b, c) = t
    return a * b**c


@program(({"k": 0.5, "unused": 3.0}, 2), ({"k": 0.5, "unused": 3.0}, 0))
def unused_leaf_has_zero_gradient(p, n):
    y = 1.0
    for _ in range(n):
        y = y * p["k"] + 1.0
    return y


@program((0.9, 1.4), wrt=(0, 1))
def zip_of_lists_and_reversed(x, y):
    a = [x, y, 1.0]
    b = [y, x * y, 2.0]
    s = 0.0
    for u, v in zip(a, reversed(b)):
        s += u * v * v
    return s


@program((np.array([0.3, 0.7]),))
def arrays_gathered_in_a_list(x):
    states = [x]
    for _ in range(3):
        states.append(np.sin(states[-1]) + x)
    stacked = np.array(states)
    return np.sum(stacked[1:] * stacked[:-1])


@program((1.3, 2), (1.3, 0))
def membership_and_len(x, k):
    allowed = [1, 2, 3]
    if k in allowed:
        return x * len(allowed)
    return x**2
