"""Products of matrices and vectors."""

import numpy as np

from .registry import add


def gemm(alpha, beta, C, A, B):
    return (alpha * A @ B + beta * C).sum()


add(
    gemm,
    lambda r, n: (1.5, 1.2, r.random((n, n + 10)), r.random((n, n + 20)), r.random((n + 20, n + 10))),
    wrt=(2, 3, 4),
    tiny={"n": 3},
    timed={"n": 250},
)


def gemver(alpha, beta, A, u1, v1, u2, v2, x, y, z):
    A = A + np.outer(u1, v1) + np.outer(u2, v2)
    x = x + beta * (y @ A) + z
    return (alpha * (A @ x)).sum()


add(
    gemver,
    lambda r, n: (1.5, 1.2, r.random((n, n)), *(r.random(n) for _ in range(7))),
    wrt=(2, 3, 4, 5, 6, 7, 8, 9),
    tiny={"n": 3},
    timed={"n": 400},
)


def atax(A, x):
    return ((A @ x) @ A).sum()


add(
    atax,
    lambda r, m, n: (r.random((m, n)), r.random(n)),
    wrt=(0, 1),
    tiny={"m": 3, "n": 4},
    timed={"m": 500, "n": 600},
)


def trmm(alpha, A, B):
    B = B.copy()
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1 :, i], B[i + 1 :, j])
    B *= alpha
    return B.sum()


add(
    trmm,
    lambda r, m, n: (1.5, r.random((m, m)), r.random((m, n))),
    wrt=(1, 2),
    tiny={"m": 4, "n": 3},
    timed={"m": 65, "n": 80},
)


def syrk(alpha, beta, C, A):
    C = C.copy()
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += alpha * A[i, k] * A[: i + 1, k]
    return C.sum()


add(
    syrk,
    lambda r, n, m: (1.5, 1.2, r.random((n, n)), r.random((n, m))),
    wrt=(2, 3),
    tiny={"n": 4, "m": 3},
    timed={"n": 70, "m": 50},
)


def symm(alpha, beta, C, A, B):
    C = C * beta
    row = np.empty(C.shape[1])
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * A[i, :i]
            row[j] = B[:i, j] @ A[i, :i]
        C[i, :] += alpha * B[i, :] * A[i, i] + alpha * row
    return C.sum()


add(
    symm,
    lambda r, m, n: (1.5, 1.2, r.random((m, n)), r.random((m, m)), r.random((m, n))),
    wrt=(2, 3, 4),
    tiny={"m": 4, "n": 3},
    timed={"m": 40, "n": 50},
)


def correlation(data):
    m, n = data.shape
    mean = data.mean(axis=0)
    std = np.sqrt(((data - mean) ** 2).mean(axis=0))
    std[std <= 0.1] = 1.0
    data = (data - mean) / (np.sqrt(m) * std)
    corr = np.eye(n)
    for i in range(n - 1):
        corr[i + 1 :, i] = data[:, i] @ data[:, i + 1 :]
        corr[i, i + 1 :] = corr[i + 1 :, i]
    return (corr * corr).sum()


add(
    correlation,
    lambda r, m, n: (r.random((m, n)),),
    wrt=(0,),
    tiny={"m": 6, "n": 3},
    timed={"m": 120, "n": 80},
)


def spmv(start, column, value, x):
    """A sparse matrix in compressed rows, times a vector."""
    y = np.empty(len(start) - 1)
    for i in range(len(start) - 1):
        columns = column[start[i] : start[i + 1]]
        values = value[start[i] : start[i + 1]]
        y[i] = values @ x[columns]
    return (y * y).sum()


def sparse(r, n, per_row):
    start = np.arange(n + 1) * per_row
    column = np.sort(r.integers(0, n, (n, per_row)), axis=1).reshape(-1)
    return start, column, r.random(n * per_row), r.random(n)


add(spmv, sparse, wrt=(2, 3), tiny={"n": 4, "per_row": 2}, timed={"n": 3000, "per_row": 12})
