"""Matrices taken apart in loops, in place and by blocks."""

import numpy as np

from .registry import program

R = np.random.default_rng(102)


def definite(n):
    a = R.uniform(-1.0, 1.0, (n, n))
    return a @ a.T + n * np.eye(n)


S4 = definite(4)
G4 = R.uniform(-1.0, 1.0, (4, 4)) + 3.0 * np.eye(4)
B4 = R.uniform(-1.0, 1.0, 4)


@program((S4,))
def cholesky_by_columns(a):
    n = a.shape[0]
    for j in range(n):
        for k in range(j):
            for i in range(j, n):
                a[i, j] -= a[i, k] * a[j, k]
        a[j, j] = np.sqrt(a[j, j])
        for i in range(j + 1, n):
            a[i, j] /= a[j, j]
    total = 0.0
    for i in range(n):
        for j in range(i + 1):
            total += a[i, j] ** 3
    return total


@program((S4, B4), wrt=(0, 1))
def cholesky_by_rows_and_two_solves(a, b):
    n = len(b)
    l = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            l[i, j] = (a[i, j] - l[i, :j] @ l[j, :j]) / l[j, j]
        l[i, i] = np.sqrt(a[i, i] - l[i, :i] @ l[i, :i])
    x = b.copy()
    for i in range(n):
        x[i] = (x[i] - l[i, :i] @ x[:i]) / l[i, i]
    for i in range(n - 1, -1, -1):
        x[i] = (x[i] - l[i + 1 :, i] @ x[i + 1 :]) / l[i, i]
    return x @ x + np.sum(np.log(np.diag(l)))


@program((definite(4), 2), (definite(4), 3))
def cholesky_by_blocks(a, nb):
    n = a.shape[0]
    for k in range(0, n, nb):
        a[k : k + nb, k : k + nb] = np.linalg.cholesky(a[k : k + nb, k : k + nb])
        if k + nb < n:
            panel = a[k + nb :, k : k + nb]
            panel[:] = np.linalg.solve(a[k : k + nb, k : k + nb], panel.T).T
            a[k + nb :, k + nb :] -= panel @ panel.T
    return np.sum(np.tril(a) ** 2)


@program((G4,))
def lu_without_pivoting(a):
    n = len(a)
    for k in range(n - 1):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return np.sum(a**2)


@program((R.uniform(-1.0, 1.0, (4, 4)), B4), (G4, B4), wrt=(0, 1))
def lu_with_partial_pivoting(a, b):
    n = len(b)
    for k in range(n - 1):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        if p != k:
            for j in range(n):
                a[k, j], a[p, j] = a[p, j], a[k, j]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i, k] = 0.0
            a[i, k + 1 :] -= m * a[k, k + 1 :]
            b[i] -= m * b[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            b[i] -= a[i, j] * b[j]
        b[i] /= a[i, i]
    return np.sum(b * b)


@program((R.uniform(-1.0, 1.0, (3, 3)) + np.eye(3)[::-1] * 2.0,))
def lu_with_rows_swapped_by_argmax(a):
    n = a.shape[0]
    perm = np.arange(n)
    for k in range(n):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        a[[k, p]] = a[[p, k]]
        perm[[k, p]] = perm[[p, k]]
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.sum(a * a) + a[0, perm[0]]


@program((definite(4),))
def ldl_factorization(a):
    n = a.shape[0]
    d = np.zeros(n)
    l = np.eye(n)
    for j in range(n):
        d[j] = a[j, j]
        for k in range(j):
            d[j] -= l[j, k] ** 2 * d[k]
        for i in range(j + 1, n):
            s = a[i, j]
            for k in range(j):
                s -= l[i, k] * l[j, k] * d[k]
            l[i, j] = s / d[j]
    return np.sum(np.log(d)) + np.sum(l**2)


@program((R.uniform(-1.0, 1.0, (4, 3)) + np.eye(4, 3),))
def modified_gram_schmidt(q):
    m, n = q.shape
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.sum(q[:, k] ** 2))
        q[:, k] /= r[k, k]
        for j in range(k + 1, n):
            r[k, j] = q[:, k] @ q[:, j]
            q[:, j] -= r[k, j] * q[:, k]
    return np.sum(r**2) + np.sum(q[0] * q[1])


@program((R.uniform(0.3, 1.0, (4, 3)),), (-R.uniform(0.3, 1.0, (4, 3)),))
def householder_qr(a):
    m, n = a.shape
    for k in range(n):
        v = a[k:, k].copy()
        norm = np.linalg.norm(v)
        if v[0] > 0.0:
            v[0] += norm
        else:
            v[0] -= norm
        v /= np.linalg.norm(v)
        a[k:, k:] -= 2.0 * np.outer(v, v @ a[k:, k:])
    return np.sum(np.triu(a[:3]) ** 3)


@program((R.uniform(0.3, 1.0, (4, 3)),))
def givens_qr(a):
    m, n = a.shape
    for j in range(n):
        for i in range(m - 1, j, -1):
            r = np.hypot(a[i - 1, j], a[i, j])
            c, s = a[i - 1, j] / r, a[i, j] / r
            for k in range(j, n):
                top = a[i - 1, k]
                a[i - 1, k] = c * top + s * a[i, k]
                a[i, k] = c * a[i, k] - s * top
    return np.sum(a**3)


@program((G4,))
def crout_factorization(a):
    n = a.shape[0]
    l, u = np.zeros((n, n)), np.eye(n)
    for j in range(n):
        for i in range(j, n):
            l[i, j] = a[i, j] - sum(l[i, k] * u[k, j] for k in range(j))
        for i in range(j + 1, n):
            u[j, i] = (a[j, i] - np.dot(l[j, :j], u[:j, i])) / l[j, j]
    return np.sum(l * u) + np.prod(np.diag(l))


@program(
    (np.array([0.4, -0.3, 0.2]), np.array([2.0, 2.5, 1.8, 2.2]), np.array([0.5, 0.1, -0.6]), B4),
    wrt=(0, 1, 2, 3),
)
def thomas_algorithm(lower, diag, upper, rhs):
    n = len(diag)
    upper[0] /= diag[0]
    rhs[0] /= diag[0]
    for i in range(1, n):
        w = 1.0 / (diag[i] - lower[i - 1] * upper[i - 1])
        if i < n - 1:
            upper[i] *= w
        rhs[i] = (rhs[i] - lower[i - 1] * rhs[i - 1]) * w
    for i in reversed(range(n - 1)):
        rhs[i] -= upper[i] * rhs[i + 1]
    return np.sum(rhs**2)


@program((np.array([1.0, 0.4, 0.2, -0.1, 0.05]),))
def levinson_durbin(r):
    n = len(r) - 1
    a = np.zeros(n + 1)
    a[0] = 1.0
    e = r[0]
    for i in range(1, n + 1):
        acc = r[i]
        for j in range(1, i):
            acc += a[j] * r[i - j]
        k = -acc / e
        old = a.copy()
        for j in range(1, i):
            a[j] = old[j] + k * old[i - j]
        a[i] = k
        e *= 1.0 - k * k
    return e + np.sum(a**2)


@program(
    (np.tril(R.uniform(0.3, 1.0, (4, 4))) + np.eye(4), R.uniform(-1.0, 1.0, (4, 2)), True),
    (np.tril(R.uniform(0.3, 1.0, (4, 4))) + np.eye(4), R.uniform(-1.0, 1.0, (4, 2)), False),
    wrt=(0, 1),
)
def triangular_solve_of_columns(l, x, transposed):
    n, m = x.shape
    if transposed:
        for i in range(n - 1, -1, -1):
            x[i] /= l[i, i]
            for k in range(i):
                x[k] -= l[i, k] * x[i]
    else:
        for j in range(m):
            for i in range(n):
                for k in range(i):
                    x[i, j] -= l[i, k] * x[k, j]
                x[i, j] /= l[i, i]
    return np.sum(x**2)


@program((G4[:3, :3].copy(),), (G4[:3, :3][[2, 0, 1]].copy(),))
def gauss_jordan_inverse(a):
    n = a.shape[0]
    inv = np.eye(n)
    for c in range(n):
        best = c
        for r in range(c + 1, n):
            if abs(a[r, c]) > abs(a[best, c]):
                best = r
        if best != c:
            for j in range(n):
                a[c, j], a[best, j] = a[best, j], a[c, j]
                inv[c, j], inv[best, j] = inv[best, j], inv[c, j]
        pivot = a[c, c]
        a[c] /= pivot
        inv[c] /= pivot
        for r in range(n):
            if r != c:
                factor = a[r, c]
                a[r] -= factor * a[c]
                inv[r] -= factor * inv[c]
    return np.sum(inv**2)


@program((definite(3), 2))
def jacobi_eigenvalue_rotations(a, sweeps):
    n = a.shape[0]
    for _ in range(sweeps):
        for p in range(n - 1):
            for q in range(p + 1, n):
                theta = 0.5 * np.arctan2(2.0 * a[p, q], a[q, q] - a[p, p])
                c, s = np.cos(theta), np.sin(theta)
                for k in range(n):
                    akp, akq = a[k, p], a[k, q]
                    a[k, p] = c * akp - s * akq
                    a[k, q] = s * akp + c * akq
                for k in range(n):
                    apk, aqk = a[p, k], a[q, k]
                    a[p, k] = c * apk - s * aqk
                    a[q, k] = s * apk + c * aqk
    return a[0, 0] ** 2 + 2.0 * a[1, 1] ** 2 + 3.0 * a[2, 2] ** 2


@program((definite(4), B4, 3), wrt=(0, 1))
def power_iteration_with_deflation(a, v, steps):
    total = 0.0
    for _ in range(2):
        x = v.copy()
        for _ in range(steps):
            x[:] = a @ x
            x /= np.sqrt(x @ x)
        lam = x @ a @ x
        a -= lam * np.outer(x, x)
        total += lam**2
    return total


@program(
    (R.uniform(-0.6, 0.6, (3, 3)), 6),
    (R.uniform(-0.6, 0.6, (3, 3)), 5),
)
def matrix_power_by_squaring(a, n):
    result = np.eye(3)
    buffer = np.empty((3, 3))
    while n > 0:
        if n % 2 == 1:
            buffer[:] = result @ a
            result, buffer = buffer, result
        a = a @ a
        n //= 2
    return np.sum(result**2) + np.trace(result)


@program((np.array([[2.0, 1.0, 1.0, 0.0, 8.0], [1.0, 3.0, 0.0, 1.0, 9.0], [-3.0, -5.0, 0.0, 0.0, 0.0]]),))
def simplex_tableau(t):
    rows, cols = t.shape
    while np.min(t[-1, :-1]) < -1e-9:
        c = int(np.argmin(t[-1, :-1]))
        r, best = -1, 1e9
        for i in range(rows - 1):
            if t[i, c] > 1e-9 and t[i, -1] / t[i, c] < best:
                r, best = i, t[i, -1] / t[i, c]
        t[r] /= t[r, c]
        for i in range(rows):
            if i != r:
                t[i] -= t[i, c] * t[r]
    return t[-1, -1]


@program((definite(4), 2), (definite(4), 3))
def cholesky_by_blocks_of_slices(a, nb):
    n = a.shape[0]
    for k in range(0, n, nb):
        e = min(k + nb, n)
        a[k:e, k:e] = np.linalg.cholesky(a[k:e, k:e])
        a[e:, k:e] = np.linalg.solve(a[k:e, k:e], a[e:, k:e].T).T
        a[e:, e:] -= a[e:, k:e] @ a[e:, k:e].T
    return np.sum(np.tril(a) ** 2)


@program((R.uniform(-0.6, 0.6, (3, 3)), 6), (R.uniform(-0.6, 0.6, (3, 3)), 5))
def matrix_power_with_two_buffers(a, n):
    result, square, buffer = np.eye(3), a.copy(), np.empty((3, 3))
    while n > 0:
        if n % 2 == 1:
            buffer[:] = result @ square
            result[:] = buffer
        buffer[:] = square @ square
        square, buffer = buffer, square
        n //= 2
    return np.sum(result**2) + np.trace(square)


@program((S4, B4, 0.7), wrt=(0, 1, 2))
def likelihood_of_a_gaussian_process(a, b, noise):
    k = a + noise * np.eye(len(b))
    sign, logdet = np.linalg.slogdet(k)
    return -0.5 * b @ np.linalg.solve(k, b) - 0.5 * sign * logdet


@program((G4, B4), wrt=(0, 1))
def least_squares_in_three_ways(a, b):
    q, r = np.linalg.qr(a[:, :3])
    by_qr = np.linalg.solve(r, q.T @ b)
    u, s, vh = np.linalg.svd(a[:, :3], full_matrices=False)
    by_svd = vh.T @ ((u.T @ b) / s)
    x, residuals, _, _ = np.linalg.lstsq(a[:, :3], b, rcond=None)
    return np.sum(by_qr**2) + np.sum(by_svd * x) + np.sum(residuals)


@program((S4,))
def subspace_iteration(a):
    q = np.linalg.qr(a)[0][:, :2]
    for _ in range(3):
        q = np.linalg.qr(a @ q)[0]
    w, v = np.linalg.eigh(q.T @ a @ q)
    return np.sum(w**2) + np.sum((q @ v) ** 4)
