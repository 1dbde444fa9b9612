"""Loops of every kind, branches, and every way out of them."""

import math

import numpy as np

from .registry import program

V = np.array([0.7, -1.2, 1.9, 0.4])


@program((1.3, 0), (1.3, 1), (0.8, 5))
def loop_over_range(x, n):
    y = 1.0
    for i in range(n):
        y = y * x + i
    return y * x


@program((1.1,))
def range_with_start_and_negative_step(x):
    s = 0.0
    for i in range(9, 1, -3):
        s += x**i / i
    for j in range(2, 9, 4):
        s -= j * x * x
    return s


@program((V,))
def loop_over_array(x):
    s = 0.0
    for v in x:
        s += v * v * s + math.sin(v)
    return s


@program((V,))
def enumerate_from_one(x):
    s = 0.0
    for k, v in enumerate(x, start=1):
        s += v**k / k
    return s


@program((V, V[::-1] + 0.3), wrt=(0, 1))
def zip_of_two_arrays(x, y):
    s = 1.0
    for a, b in zip(x, y):
        s = s * 0.9 + a * b * b
    return s


@program((V, np.array([2.0, 3.0])), wrt=(0, 1))
def zip_stops_at_the_shorter(x, w):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, w)):
        s += (i + 1) * a * a * b
    return s


@program((V,))
def reversed_array_is_horner(c):
    y = 0.0
    for a in reversed(c):
        y = y * 1.7 + a * a
    return y


@program((0.6,))
def loop_over_a_tuple_of_numbers(x):
    s = 0.0
    for w, p in ((0.5, 1), (0.25, 2), (0.125, 3)):
        s += w * x**p
    return s * x


@program((0.4, 1.7), wrt=(0, 1))
def loop_over_a_list_of_values(x, y):
    p = 1.0
    for v in [x, y, x * y, x + 2.0]:
        p *= v
    return p


@program((np.arange(6.0).reshape(3, 2) / 3.0 + 0.1,))
def loop_over_rows(A):
    s = 0.0
    for row in A:
        s += row[0] * row[1] + np.sum(row * row * row)
    return s


@program((50.0,), (0.01,))
def while_on_a_float(x):
    y = x
    k = 0
    while y > 1.0:
        y = y * 0.5 + 0.1 * math.sqrt(y)
        k += 1
    return y * k + x


@program((2.0, 30), (2.0, 2))
def while_true_with_two_breaks(x, limit):
    y = 1.0
    k = 0
    while True:
        y = y - (y * y * y - x) / (3.0 * y * y)
        k += 1
        if abs(y * y * y - x) < 1e-13:
            break
        if k >= limit:
            y = y * 1.5
            break
    return y * y


@program((V, 1.0), (V, 3.0))
def for_else_not_found(x, level):
    for v in x:
        if v > level:
            s = v * v
            break
    else:
        s = np.sum(x) * x[0]
    return s * 2.0


@program((0.9, 3), (0.9, 8))
def while_else(x, n):
    k = 0
    while k < n:
        if k == 5:
            y = x**3
            break
        k += 1
    else:
        y = math.exp(x)
    return y * x


@program((V,), (np.abs(V),))
def continue_over_negatives(x):
    s = 0.0
    for v in x:
        if v < 0.0:
            continue
        if v > 1.5:
            s += v**3
            continue
        s += math.sqrt(v)
    return s


@program((0.3, 5), (1.4, 5), (0.3, 0))
def break_out_of_the_inner_loop_only(x, n):
    s = 0.0
    for i in range(n):
        y = x
        for j in range(i + 1):
            y = y * x + 0.5
            if y > 2.0:
                break
        s += y * (i + 1)
    return s + x


@program((-1.0,), (0.2,), (0.7,), (3.0,))
def returns_in_a_chain(x):
    if x < 0.0:
        return -x * x
    elif x < 0.5:
        return x * 0.5
    if x < 1.0:
        y = x**3
        return y + x
    return math.log(x) * 2.0


@program((0.2, 4), (0.8, 4), (2.0, 4))
def return_from_a_loop(x, n):
    y = x
    for k in range(n):
        y = y * y + 0.3
        if y > 3.0:
            return y * x
        if k == 2 and y > 0.9:
            return y - x
    return y + 1.0


@program((0.5,), (1.5,), (2.5,))
def nested_ifs_that_fall_through(x):
    y = x
    if x > 1.0:
        y = y * y
        if x > 2.0:
            y = y + 1.0 / x
        else:
            z = 3.0 * x
            y = y * z
    else:
        y = 2.0 * y
    return y * x


@program((0.5, 2.0), (-0.5, 2.0), (0.5, -2.0), (-0.5, -2.0), wrt=(0, 1))
def boolean_conditions(x, y):
    if x > 0.0 and y > 0.0:
        return x * y
    if not x > 0.0 or y > 100.0:
        s = x * x if y > 0.0 else x - y * y
    else:
        s = y**3
    return s + x * y


@program((0.5,), (1.5,), (-2.0,))
def chained_comparison(x):
    if 0.0 < x < 1.0:
        return x**4
    return -x if -3.0 <= x < 0.0 else x * x


@program((1.2,), fails=(((-1.0,), ValueError), ((7.0,), AssertionError)))
def raise_and_assert(x):
    if x < 0.0:
        raise ValueError(f"x is {x}")
    assert x < 5.0, "too large"
    return x * math.sqrt(x)


@program((1.2, 3))
def print_and_fstring(x, n):
    s = 0.0
    for i in range(n):
        s += x * s + i * x
        print(f"step {i}: {s:.3f}", s > 2.0, sep=" | ")
    print("done")
    return s


@program((0.3, 12))
def collatz_like_integers(x, n):
    s = 0.0
    k = n
    while k != 1:
        s = s * x + k
        if k % 2 == 0:
            k //= 2
        else:
            k = 3 * k + 1
    return s / n


@program((0.9,))
def triangular_loops(x):
    s = 0.0
    for i in range(4):
        for j in range(i):
            for k in range(j, 4):
                s += x ** (i - j) * (k + 1)
    return s


@program((1.7, 0.3), wrt=(0, 1))
def swap_in_a_loop(a, b):
    for _ in range(7):
        a, b = b, 0.5 * a + b * b * 0.1
    return a * b


@program((48.0, 18.0), wrt=(0, 1))
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-14 * a:
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


@program((0.4, 6), (2.4, 6))
def continue_and_break_deep_in_conditions(x, n):
    s = x
    for i in range(n):
        if i % 2:
            if s < 1.0:
                s = s + x * x
                continue
            s = s * 0.5
        elif s > 4.0:
            s = s / x
            if i > 3:
                break
        s = s + x
    return s * s


@program((1.5, True), (1.5, False))
def flag_and_negation(x, fast):
    done = not fast
    y = x * x
    if not done:
        y = y * x
    return y


@program((0.5, 3), (0.5, -1))
def early_return_of_a_constant(x, n):
    if n < 0:
        return 0.0
    return x**n


@program((0.7,))
def del_and_reuse_a_name(x):
    y = x * x
    z = y * y
    del y
    y = 3.0
    return z * y


@program((0.8, 4))
def walrus_in_while(x, n):
    s = 1.0
    while (t := s * x) < 3.0 and (n := n - 1) > 0:
        s = t + 1.0
    return s * t


@program((1.3,))
def chained_and_augmented_assignment(x):
    a = b = x * x
    a += b
    b *= a
    a -= 1.0
    b /= x + 1.0
    a **= 2
    return a * b


@program((np.array([0.2, 0.9, 0.4]), 0.5), (np.array([0.2, 0.1, 0.4]), 0.5))
def first_crossing(x, level):
    prev = 0.0
    for i, v in enumerate(x):
        if v > level:
            return i + (level - prev) / (v - prev)
        prev = v
    return np.sum(x)


@program((0.6, 3, 0.5), (0.6, 3, 5.0), wrt=(0, 2))
def nested_while(x, n, c):
    total = 0.0
    i = 0
    while i < n:
        y = x
        while y < c:
            y = y * 1.5 + 0.1
        total += y * (i + 1)
        i += 1
    return total * c


@program((1.1, 3), (1.1, 0))
def variable_defined_only_in_the_loop(x, n):
    last = 0.0
    for i in range(n):
        last = x ** (i + 1)
    return last + 2.0 * x


@program((0.45, 2), (0.45, 7))
def value_kept_from_some_iteration(x, pick):
    y = x
    kept = 1.0
    for i in range(5):
        y = math.sin(y) + x
        if i == pick:
            kept = y
    return kept * y


@program((2.0, 0), (2.0, 1), (2.0, 2), (2.0, 9))
def dispatch_on_an_integer(x, mode):
    match_value = mode % 4
    if match_value == 0:
        r = x
    elif match_value == 1:
        r = 1.0 / x
        if mode > 5:
            return r * 10.0
    elif match_value == 2:
        r = math.atan(x)
    return r * x


@program((1.25, 0.5), (101.0, 0.5), wrt=(0, 1))
def pass_and_ellipsis(x, y):
    for _ in range(2):
        pass
    if x > 100.0:
        ...
    return x**y
