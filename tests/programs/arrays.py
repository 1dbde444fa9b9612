"""Array methods and attributes, reductions, broadcasting, products of all ranks, precision."""

import math

import numpy as np

from .registry import program

R = np.random.default_rng(11)
V = np.array([0.7, -1.2, 1.9, 0.4])
P = np.array([0.7, 1.2, 1.9, 0.4])
M = R.uniform(0.2, 1.5, (3, 4))
N = R.uniform(-1.0, 1.0, (4, 2))
T = R.uniform(0.5, 1.5, (2, 3, 4))


@program((P,))
def elementwise_chain(x):
    y = np.exp(-x) * np.sin(x) + np.log(x) / np.sqrt(x + 1.0)
    z = np.arctan(y) - np.cosh(x) * 0.1 + np.expm1(x) ** 2
    return np.sum(z * np.log1p(x))


@program((0.4,))
def math_functions_of_a_number(x):
    y = math.exp(x) + math.log(x) + math.sin(x) * math.cos(x) + math.tan(x)
    y += math.sqrt(x) + math.atan2(x, 2.0) + math.hypot(x, 1.0) + math.pow(x, 1.5)
    y += math.asin(x) - math.acos(x) * math.atan(x) + math.log10(x) + math.log2(x)
    y *= math.sinh(x) + math.cosh(x) + math.tanh(x) + math.erf(x) + math.log1p(x)
    return y + math.floor(x + 0.5) + math.fabs(x - 1.0) + math.degrees(x) * math.pi


@program((M,))
def sums_over_axes(A):
    rows = A.sum(axis=1)
    cols = np.sum(A, axis=0, keepdims=True)
    return np.sum(A * rows[:, None] / cols) + rows.sum() ** 2


@program((M,))
def means_and_variances(A):
    centred = A - A.mean(axis=0)
    spread = A.std(axis=1, keepdims=True)
    return np.mean(centred**2) + np.sum(A / spread) + np.var(A) + np.var(A, axis=0).sum()


@program((M,))
def products_and_cumulative_sums(A):
    return np.prod(A, axis=1).sum() + np.sum(np.cumsum(A, axis=0) ** 2) + np.prod(A[0])


@program((M,))
def maxima_over_axes(A):
    peak = A.max(axis=1, keepdims=True)
    return np.sum(peak * A) + np.min(A) ** 2 + A.min(axis=0).sum() + np.sum(np.max(A, 0) ** 2)


@program((M,))
def log_sum_exp(A):
    m = np.max(A, axis=-1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(A - m), axis=-1)) + m[:, 0])


@program((V, 1.7), wrt=(0, 1))
def scalar_against_array(x, c):
    return np.sum((x - c) ** 2 / c + c * x)


@program((M, P, M[:, :1]), wrt=(0, 1, 2))
def rows_columns_and_matrices(A, row, column):
    return np.sum(A * row + column / A - row * column)


@program((T, P, M[:2, :3]), wrt=(0, 1, 2))
def broadcast_over_three_axes(A, v, B):
    return np.sum(A * v + B[:, :, None] * A * B[:, :, np.newaxis])


@program((np.array([[1.5]]), np.array([2.0]), M), wrt=(0, 1, 2))
def length_one_axes_keep_their_shape(a, b, C):
    return np.sum(a * C + b * C * C + a * b)


@program((V, V[::-1] + 0.1), wrt=(0, 1))
def vector_times_vector(x, y):
    return x @ y + np.dot(x, x) * np.inner(y, y)


@program((M, P), wrt=(0, 1))
def matrix_times_vector(A, x):
    y = A @ x
    return y @ y + np.sum(y @ A)


@program((M, N), wrt=(0, 1))
def matrix_times_matrix(A, B):
    C = A @ B
    return np.sum(C * C) + np.trace(C.T @ C) + np.dot(A, B).sum()


@program((T, N, P), wrt=(0, 1, 2))
def stacked_matrix_products(A, B, v):
    C = A @ B
    D = np.matmul(A, v)
    return np.sum(C**2) + np.sum(D**3) + np.sum(M @ np.swapaxes(A, 1, 2))


@program((V, np.array([0.5, 2.0, -1.0])), wrt=(0, 1))
def outer_products(x, y):
    return np.sum(np.outer(x, y) ** 2) + np.sum(x[:, None] * y[None, :] * np.sin(x)[:, None])


@program((M, N), wrt=(0, 1))
def einsum_contractions(A, B):
    C = np.einsum("ij,jk->ik", A, B)
    return np.einsum("ij,ij->", C, C) + np.einsum("ij->j", A) @ B[:, 0]


@program((M,))
def shapes_reshaped_and_transposed(A):
    v = A.reshape(-1)
    B = A.T.reshape(2, 6)
    C = np.transpose(A) * np.arange(12.0).reshape(4, 3)
    return np.sum(v[:6] * B[0]) + np.sum(C**2) + A.ravel() @ v + A.flatten()[3]


@program((T,))
def axes_moved_and_squeezed(A):
    B = np.moveaxis(A, 0, 2)
    C = np.expand_dims(A[0], 1)
    D = A.transpose(2, 0, 1)
    return np.sum(B**2 * D.transpose(2, 0, 1).shape[0]) + np.sum(np.squeeze(C) ** 3) + D[0, 1, 2]


@program((V, M), wrt=(0, 1))
def joined_and_stacked(x, A):
    B = np.concatenate([A, x[None, :], A * 2.0], axis=0)
    C = np.stack([x, x * x], axis=1)
    D = np.hstack([x, A[0]])
    E = np.vstack([A, x])
    return np.sum(B**2) + np.sum(C[:, 0] * C[:, 1]) + D @ D + np.sum(E * E[::-1])


@program((1.5, 0.5), wrt=(0, 1))
def array_of_numbers(x, y):
    a = np.array([x, y, x * y])
    R2 = np.array([[np.cos(x), -np.sin(x)], [np.sin(x), np.cos(x)]])
    return np.sum(a * a) + (R2 @ a[:2])[0]


@program((V,), (np.abs(V),))
def where_chooses(x):
    y = np.where(x > 0.0, x**2, np.exp(x))
    return np.sum(y) + np.sum(np.where(y > 1.0, 0.0, y * x))


@program((V, V[::-1] * 0.9), wrt=(0, 1))
def clip_maximum_minimum(x, y):
    a = np.clip(x, -1.0, 1.5)
    b = np.maximum(x, y) * np.minimum(x, 0.5)
    return np.sum(a * b + np.maximum(0.0, y) ** 2) + max(x[0], y[0]) * min(x[1], 0.0)


@program((V,))
def absolute_and_sign(x):
    return np.sum(np.abs(x) * np.sign(x) + np.abs(x) ** 1.5) + abs(x[1])


@program((V.astype(np.float32), 3), rtol=1e-4, second=False, why="differences of single precision gradients")
def single_precision_stays(x, n):
    y = x
    for i in range(n):
        y = np.tanh(y * 1.5 + i) + x / 2
    return np.sum(y * y)


@program(
    (M.astype(np.float32), P.astype(np.float32)),
    wrt=(0, 1),
    rtol=1e-4,
    second=False,
    why="differences of single precision gradients",
)
def single_precision_layer(A, x):
    h = np.maximum(A @ x - 1.0, 0.0)
    return (h * h).mean() + A.sum() * 0.1


@program((V,), (M,))
def attributes_decide(x):
    n = x.size
    m = x.shape[0]
    if x.ndim == 1 and x.dtype == np.float64:
        return np.sum(x**2) / n + len(x) * x[m - 1]
    return np.sum(x * x)


@program((M,))
def sizes_enter_the_arithmetic(A):
    rows, cols = A.shape
    k = rows * cols // 5
    return np.sum(A) * k / rows + A[rows - 1, cols - 1] ** (k + 1) - 2**k * A[0, 0]


@program((P,))
def powers_of_every_sort(x):
    return np.sum(x**2 + x**-1 + x**0.5 + 2.0**x + x**x + np.power(x, 3) + np.square(x) + 1 / x)


@program((P, np.array([1.5, 0.5, 2.0, 3.0])), wrt=(0, 1))
def remainders_and_floors(x, y):
    return np.sum(np.floor(x * 3.3) * y + x * (7 // 2)) + np.sum((x * 3.3) % y)


@program((M,))
def norms_and_distances(A):
    d = A[:, None, :] - A[None, :, :] + 0.5
    dist = np.sqrt(np.sum(d * d, axis=-1))
    return np.sum(np.exp(-dist)) + np.linalg.norm(A[0]) * np.linalg.norm(A)


@program((0.3, 5), (0.3, 1))
def grids_made_from_numbers(x, n):
    t = np.linspace(0.0, 1.0, n)
    k = np.arange(n)
    return np.sum(np.sin(x * t) + x**2 * k) + np.sum(np.ones(n) * x) + np.full(2, x).sum()


@program((np.array(1.3), 2.0), wrt=(0, 1))
def zero_dimensional_argument(x, y):
    return x * x * y + np.sin(x)


@program((V,))
def repeated_and_tiled(x):
    return np.sum(np.tile(x, 2) * np.arange(8.0)) + np.sum(np.repeat(x, 2) ** 2 * np.arange(8.0))


@program((M,))
def triangles_and_diagonals(A):
    S = A[:, :3]
    return np.sum(np.tril(S) ** 2) + np.diag(S) @ np.diag(S) * np.trace(S) + np.sum(np.triu(S, 1))


@program((M,))
def methods_in_a_row(A):
    return A.T.dot(A).clip(0.5, 4.0).sum(axis=0).mean() + A.copy().ravel().max()


@program((V,))
def differences_and_rolls(x):
    return np.sum(np.diff(x) ** 2) + np.sum(x * np.roll(x, 1)) + np.sum(np.flip(x)[:2] * x[:2])


@program((0.7, 4))
def integer_arithmetic_around_a_float(x, n):
    i = n // 3 + n % 3
    j = -(n**2) + (n << 1)
    return x * i + j * x**2 + x / n + n - i / 3
