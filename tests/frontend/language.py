"""Small programs, one for each thing of the language; each is compared with itself run by Python."""

from __future__ import annotations

import functools
import math
import operator
from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np

CASES = []
VECTOR = np.array([0.7, -0.3, 1.2, 0.4])


def case(*inputs):
    """Register a program: each input is the tuple of its arguments; the first one is differentiated."""

    def add(f):
        CASES.extend((f, args) for args in (inputs or ((0.7,),)))
        return f

    return add


# -- assignment ------------------------------------------------------------------------------------


@case()
def chained_assignment(x):
    a = b = c = x * x
    a += 1.0
    return a * b - c


@case()
def swap_and_nested_unpacking(x):
    a, (b, [c, d]), e = x, (2.0 * x, [x * x, 3.0]), 4.0
    a, b = b, a
    return a * c - b * d + e * a


@case()
def starred_in_the_middle(x):
    first, *rest, last = x, 2 * x, x * x, x + 1, 5.0
    return first * last + sum(rest) * len(rest)


@case()
def starred_takes_nothing(x):
    a, *none, b = x, x * x
    return a * b + len(none)


@case((VECTOR,))
def starred_of_an_array(x):
    head, *tail = x
    total = head * head
    for t in tail:
        total += t * head
    return total


@case((VECTOR,))
def starred_of_an_array_in_the_middle(x):
    a, *m, b = x
    return a * b + m[0] * m[1] * len(m)


@case((VECTOR[:2],))
def unpack_an_array(x):
    a, b = x
    return a * b * b


@case()
def augmented_on_items(x):
    p = [x, 2.0 * x]
    p[0] += p[1] * x
    p[-1] *= p[0]
    q = {"a": x}
    q["a"] **= 2
    return p[0] + p[1] * q["a"]


@case((0.7, 3))
def augmented_of_every_sort(x, n):
    y = x
    y += 2.0
    y -= x * x
    y *= 1.5
    y /= x + 2.0
    y **= 2
    k = n
    k //= 2
    k %= 5
    k <<= 2
    k |= 1
    k ^= 3
    k &= 14
    k >>= 1
    return y * k


@case((3.7,))
def walrus_in_a_while_condition(x):
    steps = 0
    while (x := x * 0.5) > 0.3:
        steps += 1
    return x * steps


@case((VECTOR,))
def walrus_in_a_comprehension(x):
    return sum(y * y for v in x if (y := v * 2.0) > 0.0)


@case()
def walrus_is_seen_after_the_comprehension(x):
    squares = [last := x * k for k in range(1, 4)]
    return last * squares[0]


@case()
def deleted_and_bound_again(x):
    y = x * 2
    del y
    y = x * x
    d = {"a": x, "b": y}
    del d["a"]
    p = [x, y, x]
    del p[0]
    return y + sum(p) * len(d)


# -- control --------------------------------------------------------------------------------------


@case((0.7, 5), (2.5, 5), (-1.1, 5), (0.7, 0))
def for_else_with_break_and_return(x, n):
    s = 0.0
    for i in range(n):
        s += x * i
        if s > 6.0:
            break
        if s < -3.0:
            return s * s
    else:
        s = s * x + 100.0
    return s * x


@case((0.7,), (0.2,), (3.0,))
def while_else(x):
    k = 0
    while x < 2.0:
        x = x * 1.7
        k += 1
        if k == 3:
            break
    else:
        return x * x
    return x + k


@case((0.7, 4), (1.9, 4))
def early_return_in_nested_loops_with_else(x, n):
    for i in range(n):
        for j in range(n):
            if x * i * j > 5.0:
                return x * x * (i + j)
            if j > i:
                break
        else:
            x = x * 1.1
    else:
        x += 1.0
    return x


@case((0.7, 7))
def continue_in_a_while(x, n):
    s = 0.0
    k = 0
    while k < n:
        k += 1
        if k % 2:
            continue
        s = s * x + k
    return s


@case((0.7, 4), (0.7, 0))
def a_loop_that_may_not_run(x, n):
    y = x
    for k in range(n):
        y = y * x + k
    return y


@case((0.7, 3), (0.7, 0), (0.7, -2))
def ternary_and_bool_operators(x, n):
    a = n or 4
    b = n and x
    c = x if n > 0 else (2.0 * x if n < 0 else 1.0)
    return (a + b) * c * x


@case((0.7,), (1.4,), (9.0,))
def chained_comparisons(x):
    y = 0.0
    if 0.0 < x < 1.0:
        y = x * x
    if 1.0 <= x * x <= 4.0 != 3.0:
        y += x
    return y + x


@case((0.7, 2), (0.7, 5))
def comparison_chain_stops(x, n):
    seen = []

    def note(v):
        seen.append(v)
        return v

    ok = note(1) < note(n) < note(3)
    return x * len(seen) * (2.0 if ok else x)


@case((0.7, 2))
def not_and_is(x, n):
    y = None
    if y is None and not isinstance(n, float):
        y = x * x
    return y if y is not None else x


@case((0.7, "square"), (0.7, "cube"), (0.7, "none"))
def an_option_as_text(x, mode):
    if mode == "square":
        return x * x
    elif mode in ("cube", "third"):
        return x**3
    return x


@case((0.7, None), (0.7, 2.0))
def a_default_of_none(x, scale):
    if scale is None:
        scale = 3.0
    return x * x * scale


@case((0.7, True), (0.7, False))
def a_flag(x, flag):
    return x * x if flag else x


@case((0.7, 6))
def endless_loop_with_break(x, n):
    k = 0
    while True:
        x = x * 0.9 + 0.1
        k += 1
        if k >= n:
            break
    return x * x


@case((0.7, 3))
def pass_and_docstring(x, n):
    """A text here does nothing."""
    for _ in range(n):
        pass
    ...
    return x * x


@case((0.7,))
def raise_on_a_path_that_is_not_taken(x):
    if x < 0:
        raise ValueError(f"negative: {x}")
    assert x < 10, "large"
    return math.sqrt(x)


@case((0.7,))
def a_helper_that_may_raise(x):
    def checked(v):
        if v > 5.0:
            raise ValueError("large")
        return v * v

    return checked(x) + checked(2.0 * x)


# -- loops over iterables --------------------------------------------------------------------------


@case((VECTOR,))
def enumerate_of_zip(x):
    s = 0.0
    for k, (a, b) in enumerate(zip(x, x[1:]), 2):
        s += k * a * b
    return s


@case(
    (VECTOR, [(0, 2.0), (1, 3.0)]),
    (VECTOR[:1], [(0, 2.0), (0, 3.0)]),
    (VECTOR, [(0, 1.0), (2, 2.0), (3, 0.5)]),
)
def zip_of_an_array_and_a_list_of_pairs(x, pairs):
    s = 0.0
    for v, (k, w) in zip(x, pairs):
        s += v * x[k] * w
        if s > 2.0:
            break
    return s


@case((VECTOR,))
def zip_of_different_lengths(x):
    s = 0.0
    for a, b, k in zip(x, x[2:], range(10, 0, -1)):
        s += a * b * k
    return s


@case((VECTOR,))
def reversed_of_arrays_and_lists(x):
    s = 1.0
    for v in reversed(x):
        s = s * v + 1.0
    for v in reversed([s, x[0]]):
        s = s * 0.5 + v * v
    return s


@case((0.7, 6))
def ranges_of_every_sort(x, n):
    s = 0.0
    for k in range(n, 0, -2):
        s = s * x + k
    for k in range(1, n, 3):
        s += x * k
    for k in reversed(range(2, n)):
        s = s * 0.5 + x * k
    return s


@case((np.arange(6.0).reshape(2, 3) * 0.3,))
def rows_of_a_matrix(a):
    s = 0.0
    for row in a:
        for v in row:
            s = s * 0.5 + v * v
    return s


@case()
def a_dict_by_items(x):
    d = {"a": x, "b": x * x, "c": 3.0}
    s = 0.0
    for k, v in d.items():
        s += v * len(k) * x
    for k in d:
        s += d[k]
    return s + sum(d.values()) + len(d.keys()) * d.get("z", x)


@case()
def map_and_lambda(x):
    return sum(map(lambda v: v * v, [x, 2 * x, 3.0]))


# -- comprehensions ---------------------------------------------------------------------------------


@case((VECTOR, 3))
def comprehensions_over_ranges_and_arrays(x, n):
    a = [v * v for v in x]
    b = [x[k] * k for k in range(n) if k != 1]
    c = [v * k for v in a for k in range(2)]
    return sum(a) + sum(b) + sum(c)


@case((VECTOR,))
def a_condition_on_values(x):
    return sum([v * v for v in x if v > 0.0]) + sum(-v for v in x if v < 0.0)


@case()
def dict_comprehension(x):
    d = {k: x**k for k in range(1, 4)}
    return d[1] * d[2] + d[3]


@case((0.7, 3))
def nested_lists(x, n):
    m = [[x * (i + 1) * (j + 2) for j in range(2)] for i in range(2)]
    m[1][0] = m[0][1] * x
    return m[0][0] * m[1][1] + m[1][0]


@case((VECTOR,))
def min_and_max_of_many(x):
    return (
        max(x) * min(x) + max(x[0], x[1], 0.5) + min([x[2], x[3] * x[3]]) + max(v * v for v in [x[0], x[1]])
    )


# from Python 3.12 on the sum of Python floats is no chain of additions: the values are compared bit for bit
@case((0.1,), (0.3,), (-0.7,))
def sum_of_floats(x):
    return sum([x] * 10) + sum((x, x * x, 0.1, 0.2, 0.3), x) + sum([1, x, 2, x * x, True]) + sum([x, 64.0, x])


@case((0.1, 10), (0.3, 3), (0.7, 0))
def sum_of_floats_in_loops(x, n):
    s = 0.1
    for i in range(n):
        s += sum(x * k * s / 10.0 for k in range(i) if k % 3) * 0.1
    return s + sum(x for _ in range(n)) + sum([x if k % 2 else k for k in range(n)], x)


@case((VECTOR,))
def sum_of_floats_and_numpy(v):
    a = float(v[0])
    mixed = sum([a, 0.1, a * a, v[1], 0.2, a, 0.3]) + sum([v[0], a, 0.1, 0.2])
    return mixed + sum(float(y) for y in v) + sum(v) + sum(y * 0.1 for y in v) + sum([a, 0.1, a, v])[1]


@case((0.1,))
def sum_of_complex_numbers(x):
    z = sum([x + 1j, 0.1, x * 0.2j, 0.3 + x * x, 0.1j])
    return z.real * z.imag + abs(sum(x * 1j + k for k in range(5)))


@case((0.1,), (0.3,))
def sum_of_appended(x):
    items = []
    for k in range(8):
        if k != 3:
            items.append(x * k)
    return sum(items) * items[1] + sum(items[1:])


@case((0.7, 4))
def sum_with_a_start(x, n):
    return sum([x * k for k in range(n)], x * x) + sum((x, 1.0), start=2.0)


@case((VECTOR, 2))
def any_and_all(x, n):
    y = x[0]
    if any(v < 0.0 for v in x) and not all(v > 0.0 for v in x):
        y = y * x[1]
    if all([n > 0, True]):
        y *= 2.0
    return y


@case((0.7, 4))
def list_methods(x, n):
    p = [x]
    p.append(x * x)
    p.extend([1.0, x])
    p.insert(0, 2.0)
    p.reverse()
    a = p.pop()
    b = p.pop(0)
    q = p.copy()
    q[0] = 10.0
    return a * b + p[0] * q[1] + len(p) + p[-1]


@case((0.7, 5))
def a_growing_list(x, n):
    p = []
    for k in range(n):
        p.append(x * k)
    s = 0.0
    while p:
        s = s * x + p.pop()
    return s


@case((0.7, 5))
def slices_of_a_growing_list(x, n):
    p = [x * x]
    for k in range(n):
        p.append(p[-1] * x + k)
    q = p[1:-1] + p[::-1]
    s = 0.0
    for a, b in zip(q[:3], p[2:]):
        s += a * b
    return s + q[0] * len(q)


@case()
def slices_of_a_list(x):
    p = [x, 2 * x, x * x, 4.0]
    return sum(p[1:]) * p[::-1][0] + sum(p[::2]) + len(p[5:])


@case((0.7, 6))
def a_list_bound_again_in_a_loop(x, n):
    p = [x]
    for k in range(n):
        p = [v * 0.5 + k for v in p] + [x]
    return sum(p)


# -- functions --------------------------------------------------------------------------------------


@case()
def late_binding(x):
    k = x

    def f():
        return k * x

    k = k * k
    a = f()
    k = 3.0
    return a + f()


@case()
def lambdas_take_the_value_by_default(x):
    fs = [lambda v, k=k: v * k for k in range(3)]
    gs = [lambda v: v * k for k in range(3)]
    return sum(f(x) for f in fs) + sum(g(x) for g in gs)


@case((0.7, 3))
def nonlocal_two_levels_up(x, n):
    total = x

    def outer():
        def inner(v):
            nonlocal total
            total = total * v + 1.0

        inner(x)
        inner(2.0)

    for _ in range(n):
        outer()
    return total


def weighted(*args, scale=1.0, **others):
    total = sum(args) * scale
    for k, v in others.items():
        total += v * len(k)
    return total


@case()
def star_arguments(x):
    more = {"ab": x, "c": 2.0}
    return weighted(x, x * x, *[1.0, x], scale=x, **more) + weighted()


def gcd_like(x, n):
    if n == 0:
        return x, 1.0
    a, b = gcd_like(x * 0.5, n - 1)
    if n % 2:
        return b, a * x
    return a + b, x


@case((0.7, 4), (0.7, 0))
def recursion_with_tuples(x, n):
    a, b = gcd_like(x, n)
    return a * b


def total_of(p, n):
    return p[n] if n == 0 else p[n] * p[0] + total_of(p, n - 1)


@case((0.7, 2))
def recursion_over_a_list(x, n):
    p = [x, 2.0, x * x]
    a = total_of(p, n)
    p[0] = 3.0
    return a + total_of(p, n)


@case((0.7, 3))
def recursive_closure_sees_later_values(x, n):
    k = x

    def power(m):
        return 1.0 if m == 0 else k * power(m - 1)

    a = power(n)
    k = x * x
    return a + power(n)


@case()
def partial_and_reduce(x):
    scale = functools.partial(operator.mul, x)
    f = functools.partial(weighted, x, scale=2.0)
    return functools.reduce(lambda a, b: a * b + x, [scale(2.0), f(x), 1.5]) + functools.reduce(
        operator.add, (x, x)
    )


@case((VECTOR,))
def operator_functions(x):
    a = operator.add(x[0], operator.sub(x[1], x[2])) * operator.truediv(x[0], 2.0)
    return operator.neg(a) + operator.pow(x[3], 2) + operator.getitem(x, 1) + operator.itemgetter(2)(x)


def compose(*fs):
    def run(v):
        for f in fs:
            v = f(v)
        return v

    return run


@case()
def functions_of_functions(x):
    twice = compose(lambda v: v * v, math.sin)
    return compose(twice, twice, abs)(x)


@case()
def helper_with_a_class_inside(x):
    class Acc:
        scale = 2.0

        def __init__(self, start):
            self.total = start

        def add(self, v):
            self.total += v * self.scale
            return self

    acc = Acc(x)
    acc.add(x * x).add(1.0)
    return acc.total


# -- classes ----------------------------------------------------------------------------------------

Point = namedtuple("Point", "x y", defaults=(2.0,))


@dataclass
class Body:
    mass: float
    place: Point
    tags: list = field(default_factory=list)
    charge: float = 1.0

    @property
    def weight(self):
        return self.mass * 9.81

    def energy(self, height=1.0):
        return self.weight * height + self.charge

    @staticmethod
    def half(v):
        return 0.5 * v

    @classmethod
    def of_mass(cls, mass):
        return cls(mass, Point(mass))


class Vec:
    def __init__(self, *v):
        self.v = list(v)

    def __add__(self, other):
        return Vec(*[a + b for a, b in zip(self.v, other.v)])

    def __mul__(self, k):
        return Vec(*[a * k for a in self.v])

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __getitem__(self, k):
        return self.v[k]

    def __setitem__(self, k, value):
        self.v[k] = value

    def __len__(self):
        return len(self.v)

    def __call__(self, t):
        return self.v[0] * t + self.v[1]

    def __lt__(self, other):
        return self.v[0] < other.v[0]

    def __eq__(self, other):
        return self.v[0] == other.v[0]


class Unit(Vec):
    def __init__(self, a):
        super().__init__(a, 1.0)

    def __call__(self, t):
        return super().__call__(t) * 2.0


@case()
def namedtuples(x):
    p = Point(x) if x > 5 else Point(x, x * x)
    q = p._replace(x=3.0)
    a, b = q
    return p.x * p.y + a * b + p[0] + len(p)


@case()
def dataclasses_are_built(x):
    b = Body(x, Point(x, 2.0))
    b.mass *= 2.0
    b.tags.append(x)
    return b.energy(height=x) * b.place.y + Body.half(x) + b.half(2.0) + b.tags[0] + Body.of_mass(x).weight


@case()
def operators_of_a_class(x):
    a, b = Vec(x, 2.0), Vec(1.0, x * x)
    c = 2.0 * (a + b) * x
    c[0] = c[0] * x
    d = -c
    return c(x) + d[1] * len(c) + (1.0 if a < b else 0.0) + (3.0 if a != b else x)


@case()
def inheritance_and_super(x):
    return Unit(x)(3.0) + Unit(x).v[1]


# -- arrays -----------------------------------------------------------------------------------------

MATRIX = np.arange(12.0).reshape(3, 4) * 0.1 + 0.23


@case((MATRIX,))
def indices_of_every_sort(a):
    b = a[..., 0].sum() + a[None, 1].sum() * a[:, np.newaxis, 1:3].sum() + a[-1, ::-2].sum()
    c = a[[0, 2], [1, 3]].sum() + a[np.array([2, 0])][:, 1].sum() + a[a > 0.5].sum() * a[1][2]
    return b * c + a[-1][-1] + a[1:, 1:][0, 0] + a[()].sum() + a[:, [True, False, True, False]].sum()


@case((MATRIX,))
def indices_known_at_run_time(a):
    s = 0.0
    n, m = a.shape
    for i in range(n):
        k = (i * 2) % m
        s += a[i, k] * a[i, -k - 1] + a[i, k:].sum() + a[i, :k].sum()
    return s


@case((np.array(0.7),))
def zero_dimensional(x):
    return x[()] * x + float(x)


@case((VECTOR,))
def array_attributes(x):
    return x.sum() * x.size + x.shape[0] * x.ndim + len(x) + x.T.max() + x.mean() * (x.dtype == np.float64)


@case((VECTOR,))
def array_methods(x):
    y = x.copy()
    y[1:3] *= 2.0
    y[0] = x[1] * y[2]
    y += x
    return y.dot(x) + y.reshape(2, 2)[1].sum() + np.where(y > 0, y, 0.0).sum()


@case((VECTOR,))
def arrays_from_lists_and_tuples(x):
    a = np.array([x[0], 2.0, x[1] * x[2]])
    b = np.array([(x[0], 1.0), (x[3], x[1])])
    c = np.array([v * v for v in x])
    return (a @ a) + b[0] @ b[1] + c.sum()


@case((VECTOR,))
def a_tuple_of_arrays(x):
    pair = (x * 2.0, x[1:])
    a, b = pair
    return (a[1:] * b).sum() + pair[0][0]


# -- numbers and text -------------------------------------------------------------------------------

SCALE = 2.5
TABLE = np.array([1.0, 2.0, 3.0])
OPTIONS = {"rate": 0.3, "steps": 3, "name": "euler"}
PAIR = (1.5, 2)
NESTED = [[1.0, 2.0], [3.0]]


@case()
def globals_of_every_sort(x):
    y = x * SCALE + TABLE[1] * x + PAIR[0] * PAIR[1] + NESTED[0][1]
    for _ in range(OPTIONS["steps"]):
        y = y * OPTIONS["rate"] if OPTIONS["name"] == "euler" else y
    return y + (TABLE * x).sum()


@case((0.7, 2**62))
def integers_do_not_overflow(x, n):
    return x * (n * 4 // 2**62)


@case((0.7, 3))
def arithmetic_of_truth_values(x, n):
    return x * (n > 2) + (x < 1.0) * 2.0 + True + (n == 3) * (n != 4) * x


@case((0.7, 7, 3))
def integer_arithmetic(x, n, m):
    return (
        x * (n // m)
        + x * (n % m)
        + (-n // m) * (-n % m)
        + (n << m)
        + (n ^ m)
        + ~n
        + abs(-n)
        + divmod(n, m)[1]
    )


@case((0.8,), (-2.31,))
def float_arithmetic(x):
    return x // 0.3 + x % 0.7 + abs(x) + round(x) + int(x * 3) * x + float(3) * x - -x + +x


@case()
def mathematics_of_numbers(x):
    return (
        math.exp(-x) * np.sin(x)
        + math.hypot(x, 2.0)
        + np.float64(x) * math.pi
        + math.copysign(x, -1.0)
        + pow(x, 3)
    )


@case((0.7, 3))
def casts_and_checks(x, n):
    y = 0.0
    if isinstance(x, float) and not isinstance(n, (str, float)):
        y = float(n) * x
    if type(n) is int and callable(math.sin) and hasattr(math, "cos"):
        y += int(2.7) * x
    return y + bool(n) + len("abc") + complex(x, 1.0).real


@case((0.7, 3))
def texts(x, n):
    name = f"{n:03d}-{'a' + 'b'}{1.5:>8.2f}"
    print(name, "%s:%d" % ("k", n), "%.2f" % x, str(n), repr(x), f"{'é':>3}{x!r}")  # noqa: UP031
    return x * len(f"{'a' * 3}-{2:02d}")


@case((0.7, 2))
def printing(x, n):
    print("x is", x, f"{x:.3f} {x!r:>12} {n=}", [x, n], (x,), sep="; ", end="!\n")
    print()
    return x * x


@case()
def sorted_and_sets_of_known_things(x):
    s = 0.0
    for k in sorted({3, 1, 2}):
        s = s * x + k
    for name in sorted(["b", "a"]):
        s += x * (name == "a")
    return s + (2 in {1, 2}) + ("z" not in "xy") * x


@case()
def imports_inside(x):
    import math as m
    from math import cos

    if x > 0:
        import numpy as xp
    return m.sin(x) * cos(x) + xp.tanh(x)


@case()
def conditional_function(x):
    if x > 0.5:

        def f(v):
            return v * v

        y = f(x)
    else:
        f = math.sin
        y = f(x)
    return y


@case((VECTOR, 3))
def complex_numbers(x, n):
    z = complex(x[0], x[1])
    w = z * z.conjugate() + 1j * z
    return abs(w) + w.imag * w.real


# -- memory, names and order of evaluation --------------------------------------------------------


@case((VECTOR,))
def swap_rows(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0]
    return y[0] * 3 + y[1] * x[2]


@case((VECTOR,))
def view_write(x):
    y = x * 1.0
    v = y[1:3]
    v[0] = x[0] * x[0]
    v += 1.0
    return y.sum() * v[1]


@case((VECTOR, 3))
def loop_view(x, n):
    y = np.zeros(4)
    for k in range(n):
        v = y[k:]
        v += x[k] * k
    return (y * x).sum()


@case((0.7, 3))
def alias_list(x, n):
    p = [x]
    q = p
    for k in range(n):
        q.append(p[-1] * x)
    return sum(p) + len(q)


@case((0.7, 3))
def alias_in_loop(x, n):
    p = [x, 1.0]
    q = p
    for k in range(n):
        q = [v * x for v in q]
    return p[0] + q[0] * p[1]


@case((0.7, 3))
def alias_rebind_then_append(x, n):
    p = [x]
    q = [1.0]
    for k in range(n):
        q = q + [x * k]
        p.append(q[-1])
    return sum(p) * sum(q)


@case((0.7, 4))
def tuple_state(x, n):
    s = (x, 1.0)
    for k in range(n):
        a, b = s
        s = (a * b + x, b * 0.5 + a) if k % 2 else (b, a)
    return s[0] * s[1]


@case((0.7, 4))
def dict_state(x, n):
    d = {"a": x, "n": 0}
    for k in range(n):
        d["a"] = d["a"] * x + k
        d["n"] += 1
        if d["a"] > 2:
            d["a"] = d["a"] / 2
    return d["a"] * d["n"]


class Particle:
    def __init__(self, x):
        self.x = x
        self.hist = []

    def step(self, k):
        self.x = self.x * 0.9 + k
        self.hist.append(self.x)


@case((0.7, 4))
def object_state(x, n):
    p = Particle(x)
    for k in range(n):
        p.step(k)
        if p.x > 2.0:
            p.x = p.x * x
    return p.x + sum(p.hist)


@case((0.7, 4))
def objects_in_list(x, n):
    ps = [Particle(x), Particle(2 * x)]
    for k in range(n):
        for p in ps:
            p.step(k)
    return ps[0].x * ps[1].x + sum(p.x for p in ps)


@case((0.7, 4), (0.7, 0))
def return_in_while(x, n):
    k = 0
    while k < n:
        k += 1
        for j in range(k):
            if j * x > 1.5:
                return x * j * k
        if k == 3:
            continue
        x = x + 0.1
    return x * x


@case((0.7, 3))
def mixed_int_float(x, n):
    s = 0
    for k in range(n):
        s = s + k if k < 1 else s + x
    return s * x


@case((0.7,))
def int_pow(x):
    return x**3 + x**-2 + x**0 + 2**x + (-x) ** 2 + x**0.5


@case((0.7, 3))
def inner_shadow(x, n):
    k = 10
    t = [k * x for k in range(n)]
    return sum(t) + k


@case((0.7, 3))
def loop_var_after(x, n):
    for i in range(n):
        y = x * i
    return y * i


@case((0.7, 2), (0.7, 5))
def branch_defs(x, n):
    if n > 3:
        a = x * x
        b = 2.0
    else:
        a = x
        b = a + 1
    return a * b


@case((0.7, 3))
def closure_counter(x, n):
    def make():
        c = 0.0

        def inc(v):
            nonlocal c
            c += v
            return c

        return inc

    a = make()
    b = make()
    for _ in range(n):
        a(x)
        b(2 * x)
    return a(0.0) * b(1.0)


@case((0.7, 3))
def string_cat(x, n):
    s = ""
    for k in range(3):
        s += "a"
    return x * len(s)


@case((0.7, 3))
def any_gen(x, n):
    return x if any(k > 1 for k in range(n)) else -x


@case((VECTOR,))
def ternary_arrays(x):
    y = x * 2 if x[0] > 0 else x * 3
    y[0] = 1.0
    return (y * x).sum()


@case((VECTOR,))
def array_iter_zip_write(x):
    y = np.empty(4)
    for k, v in enumerate(x):
        y[k] = v * v
    y[::2] = y[1::2]
    return (y * x).sum()


@case((0.7, 4))
def matrix_fill(x, n):
    m = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            m[i, j] = x * i + j
            m[j, i] = m[i, j]
    return (m @ m).sum()


@case((0.7,))
def evaluation_order(x):
    log = []

    def f(v):
        log.append(v)
        return v

    y = f(x) + f(2 * x) * f(3 * x)
    return y + log[0] * 1 + log[1] * 10 + log[2] * 100


@case((0.7,))
def kw_defaults_mutable(x):
    def f(v, acc=[]):
        acc.append(v)
        return sum(acc)

    f(x)
    return f(x * x)


@case((0.7,))
def dict_order(x):
    d = {}
    d["b"] = x
    d["a"] = 2 * x
    d["b"] = 3 * x
    s = 0.0
    for k, v in d.items():
        s = s * x + v
    return s


@case((0.7, 5))
def sum_of_range(x, n):
    return (
        x * sum(range(n))
        + sum(k * x for k in range(n) if k % 2)
        + max(range(n)) * x
        + len([0 for _ in range(n)])
    )


@case((0.7, 3))
def nested_gen(x, n):
    return sum(i * j * x for i in range(n) for j in range(i) if (i + j) % 2)


@case((0.7,))
def boolop_values(x):
    a = 0.0 or x
    b = x and 3.0
    c = None or x * 2
    d = [] or [x]
    return a * b + c + d[0]


@case((0.7, 3))
def unpack_star_call(x, n):
    def f(*a):
        if len(a) == 0:
            return 1.0
        return a[0] * f(*a[1:]) if n > 0 else 0.0

    return f(x, 2.0, x)


@case((0.7, 2))
def int_cond_list(x, n):
    t = [x, 2 * x, 3 * x]
    return t[n] * t[n - 1] * t[-n]


@case((0.7, 2))
def tuple_index_dyn(x, n):
    t = (x, 2 * x, x * x)
    return t[n] * t[n - 2]


# -- references chosen at run time --------------------------------------------------------------------


@case((VECTOR, 1), (VECTOR, -1))
def identity_of_what_is_chosen(x, c):
    y, w = x * 2.0, x * 3.0
    z = y if c > 0 else w
    same = z is y
    other = z is not w
    return (x[0] if same else x[1]) * (2.0 if other else 3.0)


@case((VECTOR, 2))
def identity_of_lists_and_views(x, n):
    a, v = [1.0, 2.0], x[1:]
    b, w = a, v
    c = [1.0, 2.0]
    return x[0] * (a is b) + x[1] * (a is c) + x[2] * (v is w) + x[3] * (v is x)


@case((VECTOR, 3), (VECTOR, 0))
def a_variable_called_returned(x, n):
    returned = x[0]
    for i in range(n):
        returned = returned * x[1]
        if returned > 100.0:
            return x[2]
    return returned


@case((VECTOR, 3), (VECTOR, 0))
def rotation_through_a_tuple(x, n):
    a = x * 1.0
    t = (a, x * 3.0)
    for _ in range(n):
        t = (t[1], t[0])
        t[0][0] = t[0][0] * x[1]
    return a[0] + t[1][0]


@case((VECTOR, 1), (VECTOR, -1))
def dict_chosen_and_updated(x, c):
    a, b = {"p": x[0]}, {"p": x[1]}
    z = a if c > 0 else b
    z.update({"p": x[2]})
    z["p"] *= x[3]
    return a["p"] * b["p"] ** 2


@case((VECTOR,))
def view_of_a_view_by_reshape(x):
    B = np.outer(x, x)
    v = B[1:].reshape(-1)
    v[0] = 5.0 * x[0]
    return B[1, 0] * x[3]


@case((VECTOR, 2), (VECTOR, 3))
def written_while_two_loops_lead_there(x, n):
    a, b = x * 1.0, x + 1.0
    for i in range(n):
        u = a if i % 2 else b
        for k in range(2):
            u[k] = u[k] * u[3] + 0.1
            if u[k] > 1.0:
                u = b
    return np.sum(a * b)


@case((VECTOR, 2), (VECTOR, 0))
def popped_array_is_the_one_appended(x, n):
    u = x * 1.0
    xs = [u]
    w = xs.pop()
    w[0] = 5.0 * x[1]
    return u[0] * x[2]
