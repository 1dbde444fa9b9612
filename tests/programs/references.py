"""References that are chosen at run time, and views that may be copies."""

import numpy as np

from .registry import program

V = np.array([0.7, -0.4, 1.2, 0.5])
W = np.array([0.3, 0.9, -0.6, 1.1])
M = np.arange(1.0, 13.0).reshape(3, 4) / 7.0


@program((V, W, 1.0), (V, W, -1.0), wrt=(0, 1))
def argument_chosen_by_a_branch(x, y, c):
    if c > 0.0:
        z = x
    else:
        z = y
    z[0] = z[0] * z[1]
    return np.sum(z * x * y)


@program((V, 1.0), (V, 0.0), (V, -1.0))
def one_of_three(x, c):
    a, b, d = x * 1.0, x * x, np.sin(x)
    if c > 0.0:
        z = a
    elif c < 0.0:
        z = b
    else:
        z = d
    z[1] = z[0] * x[2]
    z += 0.5 * a
    return np.sum(a * b * d) + z[1]


@program((V, 0), (V, 1), (V, 4))
def buffer_of_a_list_by_turns(x, n):
    bufs = [x * 1.0, x * 2.0]
    cur = bufs[0]
    for i in range(n):
        if cur[0] < 1.0:
            cur = bufs[(i + 1) % 2]
        cur[0] = cur[0] * x[1] + 0.2
    return bufs[0][0] + 3.0 * bufs[1][0] * x[3]


@program((V, 0), (V, -1), (V, 2), fails=(((V, 3), IndexError), ((V, -4), IndexError)))
def written_at_an_index_of_a_list(x, k):
    rows = [x * 1.0, x * x, np.cos(x)]
    rows[k][1] = rows[k - 1][0] * x[2] if k > 0 else x[3] ** 2
    return np.sum(rows[0] * rows[1]) + np.sum(rows[2])


@program((V, 0), (V, 1), (V, 5))
def names_swapped_while_others_look_on(x, n):
    a, b = x * 1.0, x * 2.0
    u, v = a, b
    for i in range(n):
        u[i % 4] = u[0] * v[1] + 0.1
        u, v = v, u
    return np.sum(a * x) + 3.0 * np.sum(b)


@program((V, 0), (V, 3), (V, 4))
def swapped_in_one_branch(x, n):
    lo, hi = x * 0.5, x + 1.0
    kept = lo
    for i in range(n):
        if lo[i % 4] * (-1.0) ** i < 0.2:
            lo, hi = hi, lo
        lo[1] = lo[1] * hi[2]
    return np.sum(kept * lo) + hi[1]


class Machine:
    def __init__(self, x):
        self.rest = x * 0.5
        self.cur = self.rest


@program((V, 1.0, 3), (V, -1.0, 3), (V, 1.0, 0))
def attribute_that_leads_to_one_of_two(x, c, n):
    m = Machine(x)
    other = x * x
    m.cur = other if c > 0.0 else m.rest
    for i in range(n):
        m.cur[i] = m.cur[i] * other[3] + 0.1
        if i % 2 == 0:
            m.cur = m.rest
    return np.sum(other * m.rest)


@program((V, 0), (V, 3))
def attributes_swapped_in_a_loop(x, n):
    a, b = x * 1.0, x * 2.0
    m = Machine(x)
    m.cur, m.rest = a, b
    for _ in range(n):
        m.cur, m.rest = m.rest, m.cur
        m.cur[0] = m.cur[0] * x[1] + 0.3
    return a[0] + 3.0 * b[0] * x[2]


@program((V, 0), (V, 3))
def items_swapped_in_a_loop(x, n):
    a, b = x * 1.0, x * 2.0
    pair = [a, b]
    for _ in range(n):
        pair[0], pair[1] = pair[1], pair[0]
        pair[0][0] = pair[0][0] * x[1] + 0.3
    return a[0] * pair[1][1] + 3.0 * b[0]


def larger(p, q):
    return p if p[0] > q[0] else q


@program((V, W), (W, V), wrt=(0, 1))
def returned_by_a_helper(x, y):
    a, b = x * 1.0, y * 1.0
    larger(a, b)[0] = x[1] * y[2]
    larger(b, a)[1] += 1.0
    return np.sum(a * b * b)


@program((V, 2), (V, 0))
def same_object_or_not(x, n):
    y = x * 2.0
    z = y if n > 1 else x * 3.0
    z[0] = z[1] * z[0]
    if z is y:
        z[2] = 4.0 * x[0]
    return y[0] * z[0] + np.sum(y * z)


@program((V, 1.0), (V, -1.0))
def list_chosen_and_grown(x, c):
    a, b = [x[0] * 2.0], [x[1], x[2]]
    z = a if c > 0.0 else b
    z.append(x[3])
    z[0] = z[0] * z[-1]
    return sum(a) + sum(b) ** 2


@program((V, 1.0), (V, -1.0))
def instance_chosen(x, c):
    p, q = Machine(x), Machine(x * x)
    m = p if c > 0.0 else q
    m.cur[1] = m.rest[0] * 3.0
    m.rest = m.cur * 2.0
    return np.sum(p.cur * q.rest) + np.sum(p.rest * q.cur)


@program((V, 1.0), (V, -1.0))
def bound_in_one_branch_and_written_in_another(x, c):
    y = x * 1.0
    if c > 0.0:
        z = y
    s = y[0]
    if c > 0.0:
        z[0] = 5.0 * y[1]
        s = s * z[0]
    return s + y[0] * y[1]


@program((V, 0, 1), (V, 1, 0), (V, 1, 1))
def place_of_a_list_set_by_an_index(x, j, k):
    a, b = x * 1.0, np.exp(0.5 * x)
    slots = [a, b]
    slots[j] = x * x
    slots[k][2] = a[0] * b[1]
    return np.sum(slots[0] * slots[1]) + np.sum(a) * b[2]


@program((M,), (np.asfortranarray(M),))
def reshaped_argument(A):
    v = A.reshape(-1)
    v[0] = 3.0 * v[5]
    A[0, 1] = A[0, 0] * 0.5
    return A[0, 0] ** 2 + v[1] ** 2 + v[0] * A[2, 3]


@program((M,), (np.asfortranarray(M),), (M[:, :1],))
def raveled_transpose(A):
    B = A * 1.0
    B.reshape(-1)[0] = A[1, 0] ** 2
    B.T.reshape(-1)[1] = A[2, 0] * 3.0
    B[1:].ravel()[0] = A[0, 0]
    return np.sum(B * A)


@program((M,), (np.asfortranarray(M),))
def reshaped_in_a_loop(A):
    v = A.T.reshape(-1)
    for i in range(4):
        v[i] = v[i] * v[i + 1] + A[0, 1]
    return np.sum(A) + np.sum(v * v)


@program((M,))
def views_by_functions(A):
    B = A * 2.0
    np.transpose(B)[0, 1] = A[0, 0]
    np.swapaxes(B, 0, 1)[1, 2] *= A[1, 1]
    np.flip(B, axis=1)[0, 0] = A[2, 2]
    np.expand_dims(B, 0)[0, 2, 0] = A[2, 1] ** 2
    np.moveaxis(B.reshape(3, 2, 2), 0, 2)[1, 0, 1] = A[0, 3]
    np.asarray(B)[1, 1] += 1.0
    return np.sum(B * A)


@program((V, 0, 3), (V, 1, 4), (V, 1, 0))
def view_or_whole(x, c, n):
    y = x * x
    part = y[1:] if c else y[:3]
    for i in range(n):
        part[0] = part[0] * x[i] + part[2]
        if i == 2:
            part = y[:3]
    return np.sum(y) + part[1] ** 2


@program((V, -1.0), (np.abs(V), 1.0))
def loop_in_a_branch_before_a_loop(x, returned):
    s = 0.5
    if returned > 0.0:
        for v in x:
            s = s * v
    for v in x:
        s = s + returned * v
        returned = returned * 1.1
    return s * s


@program((np.array([0.23, 0.61, 0.42]),), (np.array([0.12, 0.3, 0.7]),), (np.array([-0.16, 0.3, 0.7]),))
def chosen_by_an_exception(x):
    y, w = x * 2, x * 3
    z = y
    try:
        t = x[int(x[0] * 10)]
        z = w
        z[0] = t * x[1]
        z[int(x[2] * 10)] = 7.0
    except IndexError:
        t = 0.5
    z[1] = t * x[1]
    return np.sum(y * x) + np.sum(w * w) + z[1]


@program(
    (np.array([0.23, 0.61, 0.42, 0.85]),),
    (np.array([0.05, 0.21, 0.15, 0.32]),),
    (np.array([0.05, 0.06, 0.07, 0.08]),),
)
def variables_named_as_flags_are(x):
    exit = broken = caught = which = error = returned = 0.0
    for k in range(4):
        try:
            exit += x[k]
            broken += exit * x[k]
            caught = which + x[int(x[k] * 10)]
            which += caught
            if which > 1.5:
                return which
        except IndexError:
            error += 1.0 * x[k]
            returned += error
            if error > 1.5:
                break
    return exit + 2 * broken + 3 * caught + 4 * which + 5 * error + 6 * returned
