"""One array under several names, views that are written through, arrays held by objects and dicts."""

import numpy as np

from .registry import program

R = np.random.default_rng(108)
X6 = R.uniform(-1.0, 1.0, 6)
A34 = R.uniform(-1.0, 1.0, (3, 4))


@program((X6,))
def strided_views_written_through(x):
    even, back = x[::2], x[::-1]
    even *= back[1::2]
    back[0] = even[1] ** 2
    back[2:4] += x[:2] * even[:2]
    return np.sum(x**2) + even[0] * back[1]


@program((A34,))
def transpose_written_through(a):
    t = a.T
    t[0] = a[:, 1] * a[:, 2]
    t[1:, 0] *= t[1:, 1]
    for i in range(3):
        t[3 - i, i] += a[i, 0] ** 2
    return np.sum(a**2)


@program((A34,))
def flat_view_of_an_argument(a):
    flat = a.reshape(-1)
    for k in range(1, flat.size):
        flat[k] += 0.5 * flat[k - 1] * a[0, 0]
    a[1] = flat[:4] * flat[8:]
    return flat @ flat


@program((A34,))
def flat_view_of_a_matrix(a):
    b = np.empty((3, 4))
    b[:] = a
    flat = b.reshape(12)
    for k in range(1, flat.size):
        flat[k] += 0.5 * flat[k - 1] * b[0, 0]
    b[1] = flat[:4] * flat[8:]
    return flat @ flat


@program((A34,))
def rows_bound_to_names(a):
    first, second, third = a
    first += second * third
    second[:] = first[::-1]
    third[1:] -= a[0, :-1] * second[1:]
    return np.sum(a**3)


@program((X6, A34), wrt=(0, 1))
def dict_with_one_array_under_two_names(x, a):
    p = {"w": x, "b": a[0]}
    p["again"] = p["w"]
    for name in ("w", "b", "again"):
        p[name] *= 1.0 + 0.5 * np.tanh(p["again"][0])
    p["b"][1] = p["w"][2] ** 2
    return np.sum(x**2) + np.sum(a**2)


@program((X6, 4), (X6, 1))
def buffers_swapped_only_sometimes(x, n):
    u, v = x.copy(), x * x
    for k in range(n):
        u[1:] = v[:-1] * u[:-1]
        u[0] = np.sin(v[k])
        if u[1] > 0.05 or k == 2:
            u, v = v, u
        else:
            v[k] += u[0]
    return np.sum(u**2) + v[3]


@program((X6,))
def list_of_buffers_rotated(x):
    bufs = [x.copy(), np.zeros(6), np.ones(6)]
    for k in range(4):
        a, b, c = bufs
        c[:] = a * b + np.cos(a)
        c[k] = a[k] ** 2
        bufs = [c, a, b]
    return np.sum(bufs[0] * bufs[1]) + np.sum(bufs[2])


def add_outer(block, u, v):
    block += np.outer(u, v)


def scale_tail(x, s):
    x[1:] *= s
    x[0] = x[1] * x[-1]


@program((A34, X6), wrt=(0, 1))
def helpers_write_into_slices(a, x):
    add_outer(a[1:, :2], x[:2], x[2:4])
    scale_tail(x[2:], a[0, 0])
    scale_tail(a[:, 1], 0.5)
    scale_tail(a[2], x[2])
    return np.sum(a**2) + np.sum(x**2)


class Layer:
    """A layer that keeps its weights, its last input and its moments."""

    def __init__(self, w):
        self.w = w
        self.seen = np.zeros(w.shape[1])
        self.m = np.zeros_like(w)

    def forward(self, x):
        self.seen[:] = x
        return np.tanh(self.w @ x)

    def update(self, error, rate):
        self.m *= 0.5
        self.m += np.outer(error, self.seen)
        self.w -= rate * self.m


@program((R.uniform(-0.5, 0.5, (3, 3)), R.uniform(-1.0, 1.0, 3), 0.1), wrt=(0, 1, 2))
def objects_that_learn(w, x, rate):
    net = [Layer(w), Layer(w.T.copy())]
    loss = 0.0
    for _ in range(2):
        h = net[0].forward(x)
        y = net[1].forward(h)
        e = y - x
        loss += e @ e
        net[1].update(e * (1.0 - y * y), rate)
        net[0].update((net[1].w.T @ e) * (1.0 - h * h), rate)
    return loss + np.sum(w**2)


class Grid:
    """A field with its ghost cells and a second buffer."""

    def __init__(self, u):
        self.data = np.zeros(len(u) + 2)
        self.data[1:-1] = u
        self.other = np.zeros(len(u) + 2)
        self.inner = self.data[1:-1]

    def fill_ghosts(self):
        self.data[0] = self.data[-2]
        self.data[-1] = self.data[1]

    def step(self, c):
        self.fill_ghosts()
        self.other[1:-1] = self.data[1:-1] + c * (self.data[2:] - self.data[1:-1] * self.data[:-2])
        self.data[:] = self.other


@program((X6, 0.3, 3), wrt=(0, 1))
def object_with_a_view_of_itself(u, c, n):
    g = Grid(u)
    for _ in range(n):
        g.step(c)
        g.inner *= 0.9
    return np.sum(g.inner**2) + g.data[0]


@program((np.array([0.3, 0.9, -0.4, 1.2]), np.array([2, 0, 3, 1])))
def pointers_chased_and_rewritten(x, nxt):
    at = 0
    total = 0.0
    for k in range(6):
        total += x[at] * (k + 1)
        x[at] = np.sin(x[at]) + x[nxt[at]]
        old = at
        at = nxt[at]
        nxt[old] = (nxt[old] + k) % 4
    return total + np.sum(x**2)


@program((np.array([1.4, 2.3, 0.6, 0.4, -0.7, 1.3]),))
def indices_kept_among_the_values(x):
    for k in range(3):
        i = 3 + int(x[k])
        x[i] = x[i] ** 2 + 0.5
        x[k] = (int(x[k]) + k) % 3
        x[3 + int(x[k])] *= 1.5
    return np.sum(x[3:] ** 2)


@program(
    (
        R.uniform(0.5, 1.5, 7),
        np.array([0, 2, 4, 7]),
        np.array([0, 2, 1, 2, 0, 1, 2]),
        R.uniform(-1.0, 1.0, 3),
    ),
    wrt=(0, 3),
)
def sparse_rows_and_their_transpose(data, indptr, indices, x):
    n = len(indptr) - 1
    for _ in range(2):
        y = np.zeros(n)
        for i in range(n):
            for k in range(indptr[i], indptr[i + 1]):
                y[i] += data[k] * x[indices[k]]
        x[:] = 0.0
        for i in range(n):
            for k in range(indptr[i], indptr[i + 1]):
                x[indices[k]] += data[k] * np.tanh(y[i])
    return np.sum(x**2)


@program((X6, np.array([0, 2, 2, 1, 0, 2])))
def histogram_of_weights(x, bins):
    h = np.zeros(3)
    for b, v in zip(bins, x):
        h[b] += v * v
    for i in range(len(x)):
        x[i] /= 1.0 + h[bins[i]]
    return np.sum(x) + np.prod(h)


@program((X6, np.array([0, 2, 2, 1, 0, 2])))
def histogram_of_weights_by_ufunc(x, bins):
    h = np.ones(3)
    np.add.at(h, bins, 0.1 * x)
    return np.prod(h) * h[0]


@program((X6, np.array([0, 0, 1, 1, 4, 4])))
def groups_joined_by_parents(x, parent):
    for i in range(len(x)):
        r = i
        while parent[r] != r:
            parent[r] = parent[parent[r]]
            r = parent[r]
        if r != i:
            x[r] += 0.5 * x[i]
            x[i] = x[r] * x[i]
    parent[4] = 0
    return x[parent[5]] ** 2 + np.sum(x * x)


@program((R.uniform(0.1, 1.0, (4, 4)), 0.85, 4), wrt=(0, 1))
def page_rank(links, damping, steps):
    n = links.shape[0]
    for j in range(n):
        links[:, j] /= np.sum(links[:, j])
    rank = np.full(n, 1.0 / n)
    nxt = np.empty(n)
    for _ in range(steps):
        nxt.fill((1.0 - damping) / n)
        for i in range(n):
            for j in range(n):
                nxt[i] += damping * links[i, j] * rank[j]
        rank, nxt = nxt, rank
    return np.sum(rank**2 * np.arange(1.0, n + 1.0))


@program((X6,), (-X6,))
def element_tested_after_it_was_overwritten(x):
    for i in range(len(x)):
        t = x[i]
        x[i] = t * x[i - 1]
        if x[i] > 0.01:
            x[i] = x[i] + t
            x[i - 1] *= 0.5
        while x[i] < -0.3:
            x[i] += 0.25 * t * t + 0.2
    return np.sum(x**2) + x[0]


@program((A34, np.array([2, 0, 2, 1])))
def repeated_indices_keep_the_last(a, k):
    b = np.zeros((3, 4))
    b[k] = a[[0, 1, 2, 0]] ** 2
    b[k, 1] += a[0]
    return np.sum(a * b)


@program((X6[:4].copy(), R.uniform(-1.0, 1.0, 4)), wrt=(0, 1))
def names_rebound_between_writes(x, y):
    z = x
    z[0] *= y[0]
    z = z + y
    x[1] = z[0] * z[1]
    x, z = z, x
    z += x
    x[:2] = z[2:]
    return np.sum(x * y) + np.sum(z**2)


@program((A34,))
def rows_by_index_and_columns_by_slice(a):
    b = a * a
    a[[0, 2], :2] = b[[2, 1], 2:]
    return np.sum(a * b)
