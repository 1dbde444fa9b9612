"""Names that are bound in a loop to a view at another place each time, while the array is written to."""

import numpy as np

from .registry import program

R = np.random.default_rng(223)
A4 = R.uniform(0.2, 1.0, (4, 4))
U6 = R.uniform(-1.0, 1.0, 6)


@program((A4, 4), (A4[:2], 2))
def rows_written_through_both_names(a, n):
    for k in range(n):
        a[k] *= 2.0
        row = a[k]
        row[0] += a[k, 1] * a[0, 0]
        a[k, 1] *= row[0]
    return np.sum(a**2)


@program((A4, U6[:4]), wrt=(0, 1))
def view_chosen_in_a_branch(a, w):
    n = len(a)
    for k in range(n - 1):
        a[k] *= w[k]
        if a[k, 0] > 0.3 * w[0]:
            side = a[k]
        elif k > 1:
            side = a[:, k]
        else:
            continue
        a[k, 1] *= side[0]
        side[0] += 1.0
    return np.sum(a**3)


@program((A4,), (A4 + np.tril(np.full((4, 4), 2.5), -1),))
def view_in_a_nest_and_a_try(a):
    n = len(a)
    total = 0.0
    for i in range(n):
        a[i, i] += 1.0
        for j in range(i):
            part = a[i, : j + 1]
            try:
                part[j] = part[j] / a[j, j]
                if part[j] > 0.9:
                    raise ValueError("too large")
            except ValueError:
                part *= 0.5
            a[i, j] += part[0]
        total += a[i, 0]
    return total + np.sum(a * a)


def scaled(block, factor):
    inner = block[1:]
    inner *= factor
    return inner


@program((U6, 0.7, 2), (U6, 0.7, 0), wrt=(0, 1))
def view_that_a_helper_gives(u, c, n):
    kept = [u]
    while n >= 0:
        u[n] += c
        last = scaled(u[n:], 1.5)
        kept[0][n + 2] -= last[0] * c
        last[1:] += u[0]
        n -= 1
    return np.sum(u**2)


@program((U6, U6[::-1].copy(), 1.0), (U6, U6[::-1].copy(), -1.0), wrt=(0, 1))
def name_of_a_helper_that_calls_another(x, y, c):
    total = 0.0
    for _ in range(2):
        total += product_before_and_after(x, y, c)
    return total + np.sum(x * y)


def product_before_and_after(x, y, c):
    z = x if c > 0 else y
    before = z[0]
    tripled_at_zero(x)
    return z[0] * before


def tripled_at_zero(x):
    x[0] = x[0] * 3.0
