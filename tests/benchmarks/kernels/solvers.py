"""Factorisations and solvers."""

import numpy as np

from .registry import add


def spd(r, n):
    """A symmetric positive definite matrix."""
    A = r.random((n, n))
    return A @ A.T / n + np.eye(n)


def dominant(r, n):
    """A matrix that needs no pivots."""
    return r.random((n, n)) / n + np.eye(n)


def cholesky(A):
    A = A.copy()
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return A.sum()


add(cholesky, lambda r, n: (spd(r, n),), wrt=(0,), tiny={"n": 5}, timed={"n": 60})


def lu(A):
    A = A.copy()
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return A.sum()


add(lu, lambda r, n: (dominant(r, n),), wrt=(0,), tiny={"n": 5}, timed={"n": 60})


def ludcmp(A, b):
    A = A.copy()
    n = A.shape[0]
    x = np.zeros(n)
    y = np.zeros(n)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    for i in range(n):
        y[i] = b[i] - A[i, :i] @ y[:i]
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return x.sum()


add(ludcmp, lambda r, n: (dominant(r, n), r.random(n)), wrt=(0, 1), tiny={"n": 5}, timed={"n": 60})


def trisolv(L, b):
    n = L.shape[0]
    x = np.empty(n)
    for i in range(n):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return x.sum()


add(
    trisolv,
    lambda r, n: (np.tril(dominant(r, n)), r.random(n)),
    wrt=(0, 1),
    tiny={"n": 6},
    timed={"n": 1000},
)


def gramschmidt(A):
    A = A.copy()
    n = A.shape[1]
    Q = np.zeros_like(A)
    R = np.zeros((n, n))
    for k in range(n):
        R[k, k] = np.sqrt(A[:, k] @ A[:, k])
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = Q[:, k] @ A[:, j]
            A[:, j] -= Q[:, k] * R[k, j]
    return Q.sum() + R.sum()


add(
    gramschmidt,
    lambda r, m, n: (r.random((m, n)) + np.eye(m, n),),
    wrt=(0,),
    tiny={"m": 5, "n": 3},
    timed={"m": 70, "n": 60},
)


def durbin(r):
    """Levinson and Durbin's recursion for the Yule-Walker equations."""
    n = r.shape[0]
    y = np.zeros(n)
    alpha = -r[0]
    beta = 1.0
    y[0] = alpha
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        y[:k] += alpha * y[:k][::-1]
        y[k] = alpha
    return y.sum()


add(
    durbin,
    lambda r, n: (0.4 ** np.arange(1.0, n + 1.0) + 0.02 * r.random(n) / n,),
    wrt=(0,),
    tiny={"n": 6},
    timed={"n": 300},
)
