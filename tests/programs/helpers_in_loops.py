"""Helpers that leave their own loops early, called in loops of the caller."""

import numpy as np

from .registry import program

R = np.random.default_rng(211)
X7 = R.uniform(-1.0, 1.0, 7)
A4 = R.uniform(0.2, 1.0, (4, 4))


def insert_down(heap, k):
    while k > 0:
        parent = (k - 1) // 2
        if heap[parent] >= heap[k]:
            return k
        heap[parent], heap[k] = heap[k], heap[parent] * 1.1
        k = parent
    return 0


@program((X7, 7), (X7[::-1].copy(), 4))
def heap_built_by_insertion(x, n):
    places = 0
    for k in range(n):
        places += insert_down(x, k)
    return np.sum(x**2 * np.arange(1.0, len(x) + 1.0)) + places


def newton(value, start, steps):
    """Whether it converged, and where it got to."""
    y = start
    for _ in range(steps):
        gap = y * y - value
        if abs(gap) < 1e-10:
            return True, y
        while y <= 0.0:
            y += 1.0
        y = y - gap / (2.0 * y)
    return False, y


def roots_of_row(row, out, steps):
    for j in range(len(row)):
        for start in (1.0, 2.0):
            found, y = newton(row[j] + 1.0, start, steps)
            if found:
                out[j] = y
                break
        else:
            out[j] = 0.5 * row[j]


@program((A4, 3), (A4, 12))
def helper_of_a_helper_in_nested_loops(a, steps):
    out = np.empty_like(a)
    for i in range(len(a)):
        roots_of_row(a[i], out[i], steps)
    return np.sum(out**3)


@program((X7, 0.7), (X7 * 0.01, 0.7), wrt=(0, 1))
def closure_with_an_early_return_and_a_counter(x, c):
    tries = 0

    def first_above(start, bound):
        nonlocal tries
        for i in range(start, len(x)):
            tries += 1
            if x[i] > bound:
                return x[i] * bound
            x[i] *= c
        return 0.0

    total = 0.0
    k = 0
    while k < len(x):
        hit = first_above(k, 0.3 * c)
        k += 2
        total += np.sin(c) if hit == 0.0 else hit
    return total * tries + np.sum(x)


def checked_ratio(p, q):
    for scale in (1.0, 2.0):
        for k in range(len(q)):
            try:
                if q[k] < 0.0:
                    raise ValueError("negative")
                if p > scale:
                    return p / q[k]
            except ValueError:
                return scale * p * p
    return p


@program((X7, np.abs(X7) - 0.1), wrt=(0, 1))
def helper_that_returns_from_a_handler(x, q):
    total = 0.0
    for i in range(len(x)):
        part = checked_ratio(x[i] + 1.5, q[i:])
        if part > 3.0:
            continue
        total += part * x[i]
    return total
