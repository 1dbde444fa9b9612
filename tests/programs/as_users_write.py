"""Forms that users write around memory: conditions that bind and write, stacks, operands without a name,
lists of arrays, views that are turned round."""

import numpy as np

from .registry import program

R = np.random.default_rng(331)
x4 = np.array([0.5, 1.3, -0.7, 0.9])
x6 = np.array([0.5, 1.3, -0.7, 0.95, 0.2, -0.4])
A4 = R.normal(size=(4, 4))


def h(x):
    x[0] = x[0] * x[1]
    return x[0]


@program((x4, x4 * 2, 1.0))
def operand_without_a_name(x, y, c):
    x = x * 1.0
    y = y * 1.0
    r = (x if c > 0 else y) * h(x)
    return r.sum()


@program((x4, x4 * 2, 1.0))
def argument_without_a_name(x, y, c):
    x = x * 1.0
    y = y * 1.0
    r = np.dot((x if c > 0 else y)[1:], np.ones(3) * h(x)) + (y if c > 0 else x)[:2].sum() * h(y)
    return r


@program((x4, x4 * 2, 1.0))
def loop_over_what_has_no_name(x, y, c):
    x = x * 1.0
    y = y * 1.0
    l = [x, y]
    k = int(c)
    s = 0.0
    for v in x if c > 0 else y:
        x[3] *= 2
        s += v * v
    return (l[k] * h(y)).sum() + s


@program((x4, x4 * 2, 1.0))
def write_to_what_has_no_name(x, y, c):
    x = x * 1.0
    y = y * 1.0
    a, b = (x if c > 0 else y, h(x))
    (x if c < 0 else y)[1] += h(y)
    return a.sum() * b + y.sum()


@program((np.outer(x4, x4) + 1,))
def array_without_axes_written_to(A):
    a = np.array(A[0, 0])
    a *= a
    a[()] = a * A[0, 1]
    a[...] += A[1, 1]
    b = np.zeros(())
    b[()] = a * A[2, 2]
    b[...] *= b
    return a + b


@program((x4,))
def while_that_binds_in_its_condition(x):
    i = 0
    s = 0.0
    while (t := x[i]) > -0.5:
        s += t * t
        i += 1
    return s + t


@program((x4,))
def while_that_binds_in_half_of_its_condition(x):
    y = x.copy()
    i = 0
    while i < 4 and (t := y[i]) > -0.5:
        y[i] = t * t
        i += 1
    return y @ y + t


@program((x4,))
def norm_bound_in_a_condition(x):
    r = x * 1.0
    k = 0
    while (n := np.linalg.norm(r)) > 0.5 and k < 20:
        r = r * 0.8 / (1 + 0.1 * n)
        k += 1
    return n + r.sum()


@program((x4,))
def names_bound_in_expressions(x):
    y = x.copy()
    out = [v2 for v in y if (v2 := (v * v)) > 0.3]
    if (m := y.max()) > 1:
        y[0] = m * m
    y[(j := 2)] *= 3
    return sum(out) + y @ y + j + v2


@program((x4,))
def condition_that_writes(x):
    y = x.copy()

    def step():
        y[0] = y[0] * 0.5 + 0.1 * y[1]
        return y[0]

    n = 0
    while step() > 0.28 and n < 8:
        y[1] += y[0]
        n += 1
    return y @ y


@program((x4,))
def stack_until_it_is_empty(x):
    st = [x[0], x[1]]
    s = 0.0
    n = 0
    while st and n < 8:
        v = st.pop()
        s += v * v
        n += 1
        if n < 3:
            st.append(v * x[2])
            st.append(v * x[3])
    return s


@program((x4,), (x4 * 0.1,))
def truth_of_lists(x):
    out = []
    for v in x:
        if v > 0.6:
            out.append(v)
    r = out[0] if out and x[0] > 0 else x[0]
    if not out or len(out) > 3:
        r *= 2
    e = out or [x[3]]
    return r + (sum(out) if out else 0.0)


@program((x6,))
def two_pops_in_a_branch(x):
    st = []
    for k, v in enumerate(x):
        st.append(v)
        if k % 2 == 1:
            b = st.pop()
            a = st.pop()
            st.append(a * b)
    r = 0.0
    while st:
        r = r * 0.5 + st.pop()
    return r


@program((x4,))
def pop_of_an_empty_list(x):
    st = []
    try:
        st.pop()
    except IndexError:
        x = x * x
    return x @ x


@program((x4,))
def list_cleared_in_a_branch(x):
    p = []
    s = 0.0
    for i in range(4):
        p.append(x[i] * x[0])
        if len(p) > 1 and x[i] > 0:
            s += p[0] * p[-1]
            p.clear()
    return s + sum(p) + len(p)


@program((x4,))
def list_reversed(x):
    p = []
    for i in range(4):
        p.append(x[i] * i)
    p.reverse()
    q = p[::-1]
    r = list(reversed(p))
    return p[0] * q[0] + r[1] * 2 * p[1]


@program((x4,))
def list_reversed_under_two_names(x):
    p = []
    for i in range(5):
        if i == 4:
            p.reverse()
        p.append(x[i % 4] * x * i)
    q = p
    q.reverse()
    return p[0][0] * q[1][2] + q[3].sum() ** 2


@program((x4,), (x4 * 1e3,))
def list_that_stays_empty(x):
    out = []
    for v in x:
        if v > 100:
            out.append(v)
    if out:
        return out[0]
    return x @ x


@program((x4,))
def lists_swapped(x):
    a = []
    b = []
    for i in range(4):
        a, b = (b, a)
        if x[i] > 0:
            a.append(x[i] ** 2)
    return sum(a) * 2 + sum(b) * 3


@program((A4,))
def triangles_blocks_and_places(A):
    B = A.copy()
    iu = np.triu_indices(4, 1)
    B[iu] = B.T[iu]
    B[np.ix_([0, 2], [1, 3])] *= 3
    B[:, [0, 0]] += B[:, [1, 2]]
    B[1, [True, False, True, False]] = 0
    i, j = np.where(B > 0.5)
    B[i, j] *= B[j, i]
    B[np.diag_indices(4)] += 1
    B[np.tril_indices_from(B, -1)] **= 2
    B[np.nonzero(A < 0)] = 0.1
    B[np.where(x := (B[0] > 0.3))] += 1
    return (B**3).sum()


@program((x4,))
def class_with_an_augmented_assignment(x):

    class W:

        def __init__(s):
            s.n = 0
            s.m = 0.0
            s.M2 = 0.0

        def __iadd__(s, v):
            s.n += 1
            d = v - s.m
            s.m += d / s.n
            s.M2 += d * (v - s.m)
            return s

    w = W()
    u = w
    for v in x:
        w += v
    return w.M2 / u.n + u.m**3


class Vec:

    def __init__(s, d):
        s.d = d

    def __add__(s, o):
        return Vec(s.d + o.d)

    def __imul__(s, k):
        s.d *= k
        return s

    def __getitem__(s, i):
        return s.d[i]

    def __setitem__(s, i, v):
        s.d[i] = v

    def __len__(s):
        return len(s.d)


@program((x4,))
def class_with_operators_and_items(x):
    a = Vec(x.copy())
    b = a
    a *= x[0]
    a += Vec(x)
    a[1] *= b[2]
    b[0] += 1
    for i in range(len(a)):
        a[i] = a[i] * b[i]
    return a.d.sum() + b.d @ b.d


@program((x4,))
def view_turned_round_in_a_loop(x):
    y = x.copy()
    z = y if x[0] > 0 else x.copy()
    for i in range(4):
        if x[i] > 0:
            z = z[::-1]
        z[0] *= 1.5
        y[1] += z[2]
    return y @ y + z[3]


@program((x4,))
def array_given_twice(x):

    def f(a, b):
        a[0] += b[1] * b[0]
        b[1] *= a[0]
        return (a[:2], b[1:])

    y = x.copy()
    p, q = f(y, y)
    p *= q[:2]
    return y @ y + p.sum()


@program((x4,), (x4 * 3,))
def three_buffers_in_turn(x):
    a, b, c = (x.copy(), x * 2, np.zeros(4))
    for i in range(5):
        c[:] = a * b
        c[i % 4] = a[0]
        a, b, c = (b, c, a)
        if a[0] > 2:
            a[0] -= 1
            b[1] *= a[1]
    return (a * b).sum() + c[1]


@program((x4,))
def objects_that_lead_to_each_other(x):

    class B:
        pass

    a, b = (B(), B())
    a.d = x.copy()
    b.d = x**2
    a.n = b
    b.n = a
    c = a
    for i in range(3):
        c.d[i] *= c.n.d[0]
        c = c.n
        c.d = c.d + c.n.d
    return c.d @ a.d


@program((x6,))
def views_popped_from_a_list(x):
    y = x.copy()
    vs = [y[:2], y[2:4], y[4:]]
    while vs:
        v = vs.pop()
        v *= v.sum()
        if len(vs) == 1:
            y[0] = v[1]
    return y @ y


@program((x6,))
def places_computed_from_values(x):
    y = x.copy()
    j = 0
    for i in range(6):
        j = (j * 2 + i) % 6
        y[j] = y[j] * y[i]
        k = int(abs(y[j]) * 10) % 6
        y[k] += y[j] ** 2
    return y @ y


@program((x6,))
def buffers_of_a_comprehension(x):
    bufs = [np.zeros(2) for _ in range(3)]
    for i in range(6):
        bufs[i % 3][i // 3] = x[i] ** 2
    for b, c in zip(bufs, bufs[1:]):
        c += b
    return np.concatenate(bufs) @ x


@program((x6,))
def layers_of_a_comprehension(x):
    layers = [x * i for i in range(1, 4)]
    for i, l in enumerate(layers):
        l[i] = l[i] ** 2
    for a, b in zip(layers, layers[1:]):
        b += a * x
        a -= b
    return sum(l.sum() for l in layers) + layers[-1][0] ** 2


@program((x6, 2))
def two_buffers_chosen_by_number(x, n):
    h = [np.zeros(3) for _ in range(2)]
    cur = 0
    for t in range(6):
        h[1 - cur][:] = np.tanh(h[cur] + x[t])
        h[cur][t % 3] *= 2
        cur = 1 - cur
    return h[0] @ h[1]


@program((x6,))
def grid_of_arrays(x):
    grid = [[np.zeros(1) for _ in range(2)] for _ in range(3)]
    for i in range(6):
        grid[i // 2][i % 2][0] += x[i] ** 2
    return sum(g[0][0] * g[1][0] for g in grid)
