"""Functions inside functions, closures, helpers, recursion, and every way to pass an argument."""

import functools
import math

import numpy as np

from .registry import program

SCALE = 1.75
WEIGHTS = np.array([0.3, 0.5, 0.2])


def cube(t):
    return t * t * t


def affine(t, slope=2.0, *, offset=0.5):
    return slope * t + offset


def smooth_abs(t, eps=1e-2):
    """A helper with a docstring and two returns."""
    if t > 0.0:
        return math.sqrt(t * t + eps)
    return math.sqrt(t * t + eps) * 1.5


def power_sum(*terms, exponent=2, **extra):
    s = 0.0
    for t in terms:
        s += t**exponent
    return s * extra.get("scale", 1.0)


def min_and_max(a, b):
    return (a, b) if a < b else (b, a)


def power(x, n):
    if n == 0:
        return 1.0
    half = power(x, n // 2)
    return half * half * (x if n % 2 else 1.0)


def is_even_weight(x, n):
    return x if n == 0 else is_odd_weight(x * 1.1, n - 1)


def is_odd_weight(x, n):
    return x * x if n == 0 else is_even_weight(x + 0.1, n - 1)


@program((0.7,))
def helper_called_twice(x):
    return cube(x) + cube(x * x)


@program((0.7,))
def helper_with_defaults_and_keywords(x):
    return affine(x) + affine(x, 3.0) * affine(offset=x, t=2.0) + affine(slope=x, t=x)


@program((0.7,), (-0.7,))
def helper_with_two_returns(x):
    return smooth_abs(x) + smooth_abs(-x, eps=0.1)


@program((0.7, 1.3), wrt=(0, 1))
def star_args_and_extra_keywords(x, y):
    pair = (x, y)
    options = {"scale": y}
    return power_sum(*pair, exponent=3) + power_sum(x, y, x * y, **options) + power_sum()


@program((0.7, 1.3), (1.3, 0.7), wrt=(0, 1))
def helper_returns_a_tuple(x, y):
    low, high = min_and_max(x, y)
    return high**2 - low


@program((0.9, 0), (0.9, 5), (0.9, 8))
def recursion_by_halves(x, n):
    return power(x, n) + x


@program((0.9, 4), (0.9, 5))
def mutual_recursion(x, n):
    return is_even_weight(x, n)


@program((1.2,))
def lambda_and_local_function(x):
    square = lambda t: t * t  # noqa: E731

    def poly(t):
        return square(t) + 3.0 * t

    return poly(square(x)) - poly(x)


@program((1.2,))
def closure_over_a_later_value(x):
    k = 2.0

    def scaled(t):
        return k * t

    first = scaled(x)
    k = x * x
    return first + scaled(x)


@program((1.2,))
def lambdas_made_in_a_loop(x):
    fs = []
    for i in range(3):
        fs.append(lambda t, i=i: t ** (i + 1))
    s = 0.0
    for f in fs:
        s += f(x)
    return s


@program((0.5,))
def late_binding_in_a_comprehension(x):
    fs = [lambda t: t * k + x for k in range(1, 4)]
    return sum(f(x * x) for f in fs)


@program((0.5, 4))
def nonlocal_state(x, n):
    total = 0.0
    count = 0

    def push(v):
        nonlocal total, count
        total += v * total + v
        count += 1
        return count

    for i in range(n):
        push(x * (i + 1) / 2.0)
    return total / count


@program((0.5,))
def function_that_returns_a_function(x):
    def make(slope):
        def line(t):
            return slope * t + slope * slope

        return line

    g = make(x)
    h = make(2.0)
    return g(h(x))


@program((0.8,))
def function_passed_as_an_argument(x):
    def twice(f, t):
        return f(f(t))

    return twice(math.sin, x) + twice(cube, x) + twice(lambda t: t + x, 1.0)


@program((0.8,))
def composition_by_reduce_of_lambdas(x):
    def compose(f, g):
        return lambda t: f(g(t))

    chain = compose(compose(math.exp, math.sin), math.sqrt)
    return chain(x)


@program((0.8,))
def partial_of_a_helper(x):
    steep = functools.partial(affine, slope=x)
    return steep(2.0) * steep(x, offset=1.0)


@program((np.array([0.4, -0.2, 1.1]),))
def globals_are_read(x):
    return SCALE * np.sum(WEIGHTS * x * x) + math.pi * x[0]


@program((1.4,))
def default_argument_is_evaluated_once(x):
    y = x

    def g(t, c=y * y):
        return t + c

    y = 10.0 * x
    return g(y) * g(y, c=x)


@program((0.3, 0.1), wrt=(0, 1))
def newton_with_a_function_argument(c, x0):
    def solve(f, df, t):
        for _ in range(6):
            t = t - f(t) / df(t)
        return t

    root = solve(lambda t: t**3 + t - c, lambda t: 3.0 * t * t + 1.0, x0)
    return root * root


@program((1.5,), (0.3,))
def simpson_of_a_closure(b):
    def integrand(t):
        return math.exp(-t * t) * b

    n = 8
    h = b / n
    s = integrand(0.0) + integrand(b)
    for i in range(1, n):
        s += (4.0 if i % 2 else 2.0) * integrand(i * h)
    return s * h / 3.0


@program((1.1, 2.3), wrt=(0, 1))
def starred_unpacking(x, y):
    first, *middle, last = [x, y, x * y, x - y, 2.0]
    a, (b, *c) = x, (y, first, last)
    head, *rest = middle
    return first * last + middle[0] * middle[1] + b * c[0] + head * len(rest) + a


@program((0.6, 5))
def fibonacci_by_recursion(x, n):
    def fib(k):
        return x if k < 2 else fib(k - 1) + x * fib(k - 2)

    return fib(n)


@program((np.array([1.0, 0.5, -0.3, 0.2]), 0.7), wrt=(0, 1))
def clenshaw_recursion(c, x):
    def go(k, b1, b2):
        if k == 0:
            return c[0] + x * b1 - b2
        return go(k - 1, c[k] + 2.0 * x * b1 - b2, b1)

    return go(len(c) - 1, 0.0, 0.0)


class Spring:
    def __init__(self, stiffness, rest):
        self.stiffness = stiffness
        self.rest = rest

    def energy(self, x):
        return 0.5 * self.stiffness * (x - self.rest) ** 2


SPRING = Spring(3.0, 0.25)


@program((0.9,))
def method_of_a_global_object(x):
    return SPRING.energy(x) * SPRING.stiffness


@program((2.0, 3.0), wrt=(0, 1))
def keyword_only_and_positional_only(x, y):
    def f(a, /, b, *, c=1.0):
        return a * b**2 + c

    return f(x, y) + f(x, b=x, c=y * y) * f(1.0, c=x, b=y)


@program((1.5, None), (1.5, 2.0))
def optional_argument(x, scale):
    if scale is None:
        scale = x * x
    return x * scale
