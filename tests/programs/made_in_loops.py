"""Arrays that are made in a loop, and read behind it or kept in lists."""

import numpy as np

from .registry import program

R = np.random.default_rng(227)


@program((R.uniform(-1.0, 1.0, 3), 3), (R.uniform(-1.0, 1.0, 3), 1))
def several_arrays_appended_in_a_turn(x, n):
    rows = []
    y = x
    for k in range(n):
        y = y * (k + x[0])
        rows.append(y)
        rows.append(y)
        rows.append(x * k)
        if k > 1:
            rows[k] = y + x
    t = rows[1] * rows[0]
    rows.append(t * x)
    return np.sum(rows[-1] ** 2) + np.sum(y) + np.sum(t * rows[2])


@program((R.uniform(-1.0, 1.0, 3), 3), (R.uniform(-1.0, 1.0, 3), 1))
def array_read_behind_the_loop_that_makes_it(x, n):
    kept = []
    k = 0
    while k < n:
        last = np.sin(x * (k + 1.0))
        part = last[1:] * x[0]
        kept.append(part)
        kept.append(part * x[k - 1])
        k += 1
    return np.sum(last * x) + np.sum(kept[1] * kept[-1])


@program((R.uniform(0.2, 1.0, 3), 3))
def of_another_length_in_each_turn(x, n):
    total = 0.0
    for i in range(n):
        t = x[: i + 1] * x[: i + 1]
        total += t[0]
    return total + t[1]


@program((R.uniform(0.2, 1.0, 3), 3), (R.uniform(0.2, 1.0, 3), 2))
def a_list_of_another_length_in_each_turn(x, n):
    total = 0.0
    for i in range(n):
        terms = []
        for v in x[i:]:
            terms.append(v * v * i)
        total += terms[0] * terms[-1]
    for t in terms:
        total += t * t
    return total


@program((R.uniform(0.2, 1.0, 3), 3))
def items_of_a_list_have_a_length_each(x, n):
    parts = []
    for i in range(n):
        parts.append(np.sin(x[i:]))
    total = 0.0
    for p in parts:
        q = p * p[-1]
        total += np.sum(q * q) + q[0] * parts[0][1]
    return total + q[-1]


# -- what is the same in every turn -------------------------------------------------------------------------


@program((0.3, 0.2, 4), (0.3, 0.2, 1), (0.3, 0.2, 0))
def same_in_each_turn(x, a, n):
    s = x
    for i in range(n):
        for _ in range(i + 1):
            e = np.exp(a)
            w = np.sin(a * i)
            s = np.sin(s * e) * w + s
    return s


@program((0.3, 0.2, 4), (-0.3, 0.2, 3), (0.3, 0.2, 0))
def same_in_each_turn_of_a_branch(x, a, n):
    s = x
    i = 0
    while i < n:
        e = np.exp(a)
        i += 1
        if s > 0:
            q = np.cos(a)
            s = np.sin(s * e) * q - 0.4
            continue
        s = s * e * s
        if s < 0.05:
            break
    return s


@program((R.uniform(0.1, 0.4, (2, 2)), np.array([1.0, 0.5]), 3), (np.eye(2), np.ones(2), 0))
def array_that_is_made_anew_and_written_to(A, x, n):
    for _ in range(n):
        B = np.exp(A)
        C = np.tanh(A)
        x = np.tanh(B @ x) + C @ x * x
        B[0, 0] = x[0]
        x = x * B[0, 1] * B[0, 0]
    return x.sum()


@program((np.array([[0.3, 0.9, 0.8], [1.2, 0.4, 0.1]]), 0.7))
def rows_and_their_elements(A, a):
    best = 0.0
    for row in A:
        top, second = 0.0, a
        for v in row:
            if v > top:
                top, second = v, max(top, second)
            elif v > second:
                second = v * np.exp(a)
        best += second * top
    return best


@program((0.3, 0.2, 4), (0.3, 0.2, 0))
def same_in_each_turn_of_fewer_and_fewer(x, a, n):
    s = x
    for i in range(n):
        for _ in range(n - 1 - i):
            s = np.sin(s * np.exp(a)) + s
    return s
