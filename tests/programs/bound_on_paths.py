"""Names that only some paths bind, or that inner loops bind, read behind the loops."""

import numpy as np

from .registry import program

R = np.random.default_rng(331)
x4 = np.array([0.5, 1.3, -0.7, 0.9])
x6 = np.array([0.5, 1.3, -0.7, 0.95, 0.2, -0.4])
A4 = R.normal(size=(4, 4))


@program((x4,))
def bound_by_an_inner_loop(x):
    s = 0.0
    for i in range(3):
        for j in range(2):
            t = x * (i + j)
        s += t.sum()
    return s + t @ x


@program((x4,))
def bound_and_written_to_in_an_inner_loop(x):
    for i in range(3):
        for j in range(len(x)):
            row = np.sin(x) * (i + j)
            row[j] *= x[i]
    return row @ row


@program((x4,))
def bound_in_a_branch_of_a_loop(x):
    for i in range(4):
        if x[i] > 0:
            row = np.sin(x) * i
            row[0] *= x[i]
    return row @ row


@program((x4,))
def bound_in_a_branch_with_another_length(x):
    for i in range(1, 4):
        if x[i] > 0:
            row = np.sin(x[:i]) * i
            row[0] *= x[i]
    return row @ row


@program((x4,))
def of_another_length_in_the_inner_loop(x):
    for i in range(1, 4):
        for j in range(1, i + 1):
            row = np.sin(x[:j]) * i
        row[0] *= x[i]
    return row @ row


@program((x4,))
def inner_loop_that_need_not_run(x):
    s = 0.0
    for i in range(1, 4):
        for j in range(2, i + 1):
            row = np.sin(x[:j]) * i
            row[0] *= x[i]
        if i > 1:
            s += row @ row
    return row @ row + s


@program((x4,))
def inner_loop_that_breaks_where_it_binds(x):
    s = 0.0
    for i in range(1, 4):
        for j in range(i):
            if x[j] > 0.6:
                row = np.sin(x[:i]) * x[j]
                break
        if i > 1:
            s += row @ row
    return row @ row + s


@program((x4,))
def bound_by_an_inner_while(x):
    for i in range(1, 4):
        j = 0
        while j < i:
            row = x[: j + 1] ** 2
            j += 1
            row[-1] += x[i]
        row *= row[0]
    return row.sum()


@program((x4,))
def read_in_the_next_turn(x):
    s = 0.0
    for i in range(4):
        if i > 0:
            s += prev @ x
        for j in range(2):
            prev = x * x[j] * i
        prev[1] *= 2
    return s + prev[0]


@program((x4,))
def bound_in_the_first_inner_turn(x):
    for i in range(4):
        for j in range(2):
            if j == 0:
                t = x * x[i]
            else:
                t = t * x
    return t @ t


@program((x4,))
def list_bound_by_an_inner_loop(x):
    for i in range(4):
        for j in range(2):
            l = [x[i] * j, x[j]]
        l.append(l[0] * l[1])
    return l[0] + l[2] ** 2


@program((x4,))
def bound_three_loops_deep(x):
    for i in range(2):
        for j in range(2):
            for k in range(1, 3):
                t = x[:k] * x[i] * x[j]
            t[0] += x[3]
        t = t * t
    return t.sum()


@program((x4,))
def list_filled_in_an_inner_loop(x):
    for j in range(2):
        l = []
        for k in range(3):
            l.append(x[k] * x[j])
    return sum(l) ** 2


@program((x4,))
def list_filled_two_loops_deep(x):
    s = 0.0
    for i in range(1, 4):
        for j in range(2):
            l = []
            for k in range(i):
                l.append(x[k] * x[j])
        s += sum(l)
    return s


@program((x6,))
def best_so_far(x):
    s = 0.0
    for i in range(6):
        if x[i] > 0.4:
            best = x * x[i]
            arg = i
        if i > 1:
            s += best[arg]
    return s + best @ best


@program((x6,))
def search_that_keeps_what_it_found(x):
    found = False
    k = 0
    while not found and k < 6:
        w = np.roll(x, k) * x[k]
        if w[0] < 0:
            found = True
            hit = w.copy()
            hit[1] = 0
        k += 1
    return hit @ x + w.sum() if found else x.sum()


@program((A4,))
def block_or_row(A):
    for i in range(4):
        for j in range(i, 4):
            if abs(A[i, j]) > 0.5:
                blk = A[i : j + 1, i : j + 1] @ A[i : j + 1, j]
                blk *= 2
                break
        else:
            blk = A[i] * 3
        blk[0] += A[i, i]
    return blk @ blk


@program((x6,))
def bound_in_a_try_or_its_handler(x):
    for t in range(3):
        try:
            if x[t] < 0:
                raise ValueError
            r = np.sqrt(x[t]) * x
            q = r * 2
        except ValueError:
            e = x[t] * x
    return r @ e + q.sum()


@program((x6,))
def helper_that_returns_what_its_loop_bound(x):

    def inner(v):
        for k in range(len(v)):
            if v[k] > 0:
                z = v * v[k]
        return z

    s = 0.0
    for i in range(3):
        s += inner(x[i : i + 3]).sum()
    return s


@program((x6,))
def complex_with_a_view_kept(x):
    x = x * (1 + 0.5j)
    for i in range(3):
        for j in range(2):
            row = x * x[j]
            row[i] += 1j
        if i == 1:
            keep = row[::2]
    return (row * keep[0]).real.sum() + abs(keep[1]) ** 2


@program((x6,))
def matrix_of_another_shape_in_each_turn(x):
    out = np.zeros(3)
    for i in range(3):
        for j in range(2):
            m = np.outer(x[: i + 1], x[: j + 1])
        out[i] = m.sum() * m[0, 0]
        m[0, 0] = 0
        out[i] += m.sum()
    return out @ out


@program((x6,))
def arrays_that_grow_in_branches(x):
    p = np.array([1.0])
    q = np.zeros(0)
    for i in range(4):
        if x[i] > 0:
            p = np.concatenate((p, p * x[i]))
        q = np.append(q, p[-1])
        p[0] += q.sum()
    return p @ p + q @ q


@program((x6,))
def rows_of_growing_length(x):
    rows = []
    for i in range(4):
        r = x[: i + 1].copy()
        for j in range(i):
            r[j] += rows[j][-1] * r[j + 1]
        rows.append(r)
    return sum(r @ r for r in rows)
