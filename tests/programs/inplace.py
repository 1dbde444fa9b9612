"""Functions and methods of NumPy that write into memory, and assignments to chosen items."""

import numpy as np

from .registry import program

V = np.array([0.7, -1.2, 1.9, 0.4, 1.1])
W = np.array([1.3, 0.6, -0.8, 1.7, 0.2])
M = np.arange(12.0).reshape(3, 4) / 7.0 + 0.2
T = np.sin(np.arange(24.0)).reshape(2, 3, 4) + 1.5


# -- out= and the other keywords of ufuncs -----------------------------------------------------------------
@program((V, W), wrt=(0, 1))
def out_of_ufuncs(x, y):
    t = np.empty(5)
    r = np.multiply(x, y, out=t)
    np.sin(t, out=t)
    np.add(t, x, t)
    r += 1.0
    return np.sum(t * r)


@program((V, W), wrt=(0, 1))
def out_into_a_view(x, y):
    A = np.zeros((2, 5))
    np.multiply(x, y, out=A[1])
    np.add(A[1, 1:], x[:-1], out=(A[0, :4],))
    np.exp(A[1, ::2], out=A[0, 2:])
    return np.sum(A * A)


@program((V, W))
def divided_where(x, y):
    out = np.full(5, 2.0)
    np.divide(y, x, out=out, where=x > 0.5)
    return np.sum(out * out)


@program((V, np.array([0.0, 2.0, 0.0, 0.5, 3.0])))
def divided_where_not_zero(x, d):
    q = np.divide(x, d, out=np.zeros_like(x), where=d != 0.0)
    return np.sum(q * x)


@program((M, V[:4]), wrt=(0, 1))
def where_that_is_broadcast(A, x):
    out = A * 2.0
    np.multiply(A, x, out=out, where=x > 0.0)
    np.sqrt(A, where=np.array([[True], [False], [True]]), out=out)
    return np.sum(out**2)


@program((M,))
def out_of_reductions(A):
    s = np.zeros(4)
    c = np.empty((3, 4))
    np.sum(A, axis=0, out=s)
    np.cumsum(A * A, axis=1, out=c)
    A.mean(axis=1, out=s[:3])
    m = np.max(A, axis=1, out=np.empty(3))
    return np.sum(s * c[0]) + np.prod(m)


@program((M, V[:4]), wrt=(0, 1))
def out_of_products(A, x):
    y = np.empty(3)
    np.dot(A, x, out=y)
    B = np.zeros((3, 3))
    np.matmul(A, A.T, out=B)
    return y @ B @ y


@program((V, W), wrt=(0, 1))
def out_of_joins(x, y):
    A = np.empty((2, 5))
    B = np.empty(10)
    np.stack([x * y, x], out=A)
    np.concatenate((A[0], y), out=B)
    np.clip(B, -0.5, 1.0, out=B)
    np.take(x, [0, 2, 2], out=B[:3])
    return np.sum(B * B) + np.sum(A)


@program((V,))
def rounded_by_a_smaller_loop(x):
    y = np.multiply(x, 3.0, dtype=np.float64, casting="same_kind")
    k = np.zeros(5)
    np.add(y, np.arange(5), out=k)
    return np.sum(k * y)


# -- methods of ufuncs -------------------------------------------------------------------------------------
@program((V, W), wrt=(0, 1))
def added_at_repeated_places(x, w):
    y = x * x
    k = np.array([0, 3, 3, 1, 0])
    np.add.at(y, k, w)
    np.subtract.at(y, [1, 1], x[:2])
    np.add.at(y, slice(1, 3), w[:2] * x[0])
    return np.sum(y**2)


@program((M, V), wrt=(0, 1))
def added_at_pairs(A, x):
    B = A * 1.5
    np.add.at(B, (np.array([0, 0, 2]), np.array([1, 1, 3])), x[:3])
    np.add.at(B, [2, 2], x[1:])
    np.add.at(B.T, 0, 2.0)
    return np.sum(B**2)


@program((V, W), wrt=(0, 1))
def multiplied_at_repeated_places(x, w):
    y = x + 0.5
    np.multiply.at(y, [0, 2, 2, 4], w[:4])
    np.divide.at(y, np.array([1, 1]), w[3])
    np.negative.at(y, [0, 0, 3])
    return np.sum(y * y * x)


@program((V, np.array([0.0, 2.0, 0.0, 3.0])), wrt=(0, 1))
def multiplied_at_by_zero(x, w):
    y = x * 2.0
    np.multiply.at(y, [1, 1, 3, 4], w)
    return np.sum(y * x)


@program((V, W))
def largest_at_each_place(x, w):
    best = np.full(3, -5.0)
    np.maximum.at(best, np.array([0, 1, 2, 1, 0]), x * w)
    np.minimum.at(best, x > 1.0 if len(best) == 5 else best > 0.5, 0.4)
    return np.sum(best**2)


@program((M,))
def multiplied_at_rows(A):
    B = A + 1.0
    np.multiply.at(B, [0, 2, 0], A)
    np.multiply.at(B, (np.array([0, 0]), np.array([1, 1])), A[1, :2])
    return np.sum(B * A)


@program((M,))
def reduced_and_accumulated(A):
    s = np.add.reduce(A) + np.multiply.reduce(A, axis=0)
    c = np.add.accumulate(A, axis=1) * np.multiply.accumulate(A)
    d = np.subtract.reduce(A, axis=1)
    e = np.maximum.accumulate(A[:, ::-1], axis=1)
    return np.sum(s * c[1]) + np.sum(d**2) + np.sum(e * A)


@program((V, W), wrt=(0, 1))
def outer_of_ufuncs(x, y):
    A = np.multiply.outer(x, y)
    B = np.subtract.outer(x, y[:2])
    return np.sum(A**2) + np.sum(B * B * x[:, None])


@program((V,), (W,))
def sums_of_segments(x):
    s = np.add.reduceat(x * x, [0, 3, 1, 4])
    t = np.add.reduceat(np.outer(x, x), np.array([0, 2]), axis=1)
    return np.sum(s**2) + np.sum(t * t)


# -- functions that write --------------------------------------------------------------------------------
@program((V, W), wrt=(0, 1))
def copied_where(x, y):
    a = x * 1.0
    np.copyto(a, y, where=x > 0.6)
    np.copyto(a[1:3], 2.0 * x[0])
    b = np.empty((2, 5))
    np.copyto(b, a)
    return np.sum(b * b * y)


@program((M, V), wrt=(0, 1))
def diagonals_filled(A, x):
    B = A * A
    np.fill_diagonal(B, x[:3])
    C = np.ones((5, 2))
    np.fill_diagonal(C, x[:2], wrap=True)
    D = np.zeros((2, 2, 2)) + x[0]
    np.fill_diagonal(D, x[3])
    np.fill_diagonal(C[:, ::-1], x[4] ** 2)
    return np.sum(B**2) + np.sum(C**3) + np.sum(D * D)


@program((M, V), wrt=(0, 1))
def put_in_flat_order(A, x):
    B = A.copy()
    np.put(B, [0, 5, -1, 5], x * x)
    B.put(2, x[1])
    np.put(B, [14, -3], x, mode="wrap")
    np.put(B, 20, x[4], mode="clip")
    B.T.put([1, 2], x[2])
    return np.sum(B**2 * np.arange(1.0, 5.0))


@program((M, V), wrt=(0, 1))
def placed_and_masked(A, x):
    B = A.copy()
    np.place(B, A > 0.9, x)
    C = A * 2.0
    np.putmask(C, A < 1.0, A * A)
    np.putmask(C, A > 1.5, x[:2])
    np.putmask(C[0], C[0] > 1.0, 0.1)
    return np.sum(B * C)


@program((M, V), wrt=(0, 1))
def put_along_an_axis(A, x):
    B = A * 1.0
    k = np.array([[0], [3], [1]])
    np.put_along_axis(B, k, x[:3].reshape(3, 1), axis=1)
    np.put_along_axis(B, np.array([[2, 2, 0, 1]]), x[4], axis=0)
    y = x * x
    np.put_along_axis(y, np.array([1, 3]), x[:2], axis=0)
    return np.sum(B**2) + np.sum(y * x)


@program((V,))
def filled_and_sorted(x):
    y = x * x
    z = np.empty(5)
    z.fill(x[1])
    z[1:3].fill(x[0] * x[2])
    y.sort()
    y[:3][::-1].sort(kind="stable")
    return np.sum(y * z * np.arange(5.0))


@program((M,))
def sorted_columns(A):
    B = np.sin(3.0 * A)
    B.sort(axis=0)
    B.T.sort()
    return np.sum(B * A)


@program((M, V), wrt=(0, 1))
def flat_is_written(A, x):
    B = A * A
    B.flat[3] = x[0] * 2.0
    B.flat[-2] += x[1]
    B.flat[4:7] = x[:2]
    B.flat[[0, 0, 1]] = x[2:]
    C = A.T * 1.0
    C.flat = x
    return np.sum(B * C.T) + B.flat[5]


@program((V, W), wrt=(0, 1))
def parts_of_complex_memory(x, y):
    z = x + 1j * y
    z.real = x * y
    z.imag[1:] = x[:-1] ** 2
    z.real[0] += y[1]
    z.imag += 2.0
    np.add.at(z.imag, [0, 0], x[1:3])
    w = z * z
    r = w.real
    w[1] = 2.0
    return np.sum(r) + np.sum(w.imag * x) + np.sum(np.real(z) * np.imag(z))


@program((V,))
def not_a_number_is_replaced(x):
    y = np.where(x > 1.0, np.nan, x * x)
    r = np.nan_to_num(y, copy=False, nan=0.5)
    r *= x
    return np.sum(y)


@program((V,))
def drawn_into_an_array(x):
    rng = np.random.default_rng(3)
    u = np.empty(5)
    rng.random(out=u)
    y = x * u
    rng.shuffle(y)
    A = np.outer(y, x)
    rng.shuffle(A)
    return np.sum(y * x) + np.sum(A * A * x)


# -- assignments -------------------------------------------------------------------------------------------
@program((V, W), wrt=(0, 1))
def indices_that_repeat(x, w):
    y = x * 1.0
    y[[0, 0]] += w[:2]
    y[[1, 1, 3]] = w[2:]
    y[y > 0.5] *= 2.0
    y[np.array([4, 4])] *= x[1:3]
    return np.sum(y**2)


@program((T, M), wrt=(0, 1))
def indices_mixed_with_slices(A, B):
    C = A * 1.0
    C[[0, 1, 0], 1:3, 2] = B[:, :2]
    C[1, [2, 0], 1:] *= B[0, 1:]
    C[:, [1, 1]] += 1.0
    C[0, :, [3, 3]] = B[1:, :3]
    C[..., np.array([0, 2])] = A[..., 2:] * A[..., :2]
    return np.sum(C**2)


@program((M, V[:4]), wrt=(0, 1))
def masks_with_broadcast_values(A, x):
    B = A * 1.0
    B[A > 0.9] = x[0]
    B[np.array([True, False, True])] *= x
    B[:, x > 0.5] = x[:3, None] ** 2
    B[1, x < 0.5] += 1.0
    return np.sum(B**2)
