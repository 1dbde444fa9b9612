"""Stencils on regular grids."""

import numpy as np

from .registry import add


def jacobi_1d(A, B, steps):
    A = A.copy()
    B = B.copy()
    for _ in range(steps):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return A.sum()


add(
    jacobi_1d,
    lambda r, n, steps: (r.random(n), r.random(n), steps),
    wrt=(0, 1),
    tiny={"n": 7, "steps": 3},
    timed={"n": 3200, "steps": 400},
)


def jacobi_2d(A, B, steps):
    A = A.copy()
    B = B.copy()
    for _ in range(steps):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])
    return A.sum()


add(
    jacobi_2d,
    lambda r, n, steps: (r.random((n, n)), r.random((n, n)), steps),
    wrt=(0, 1),
    tiny={"n": 5, "steps": 2},
    timed={"n": 150, "steps": 50},
)


def heat_3d(A, B, steps):
    A = A.copy()
    B = B.copy()
    for _ in range(steps):
        B[1:-1, 1:-1, 1:-1] = (
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1])
            + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, 1:-1, :-2])
            + A[1:-1, 1:-1, 1:-1]
        )
        A[1:-1, 1:-1, 1:-1] = (
            0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1])
            + 0.125 * (B[1:-1, 2:, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, :-2, 1:-1])
            + 0.125 * (B[1:-1, 1:-1, 2:] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, 1:-1, :-2])
            + B[1:-1, 1:-1, 1:-1]
        )
    return A.sum()


add(
    heat_3d,
    lambda r, n, steps: (r.random((n, n, n)), r.random((n, n, n)), steps),
    wrt=(0, 1),
    tiny={"n": 4, "steps": 2},
    timed={"n": 25, "steps": 25},
)


def seidel_2d(A, steps):
    A = A.copy()
    n = A.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (
                    A[i - 1, j - 1]
                    + A[i - 1, j]
                    + A[i - 1, j + 1]
                    + A[i, j - 1]
                    + A[i, j]
                    + A[i, j + 1]
                    + A[i + 1, j - 1]
                    + A[i + 1, j]
                    + A[i + 1, j + 1]
                ) / 9.0
    return A.sum()


add(
    seidel_2d,
    lambda r, n, steps: (r.random((n, n)), steps),
    wrt=(0,),
    tiny={"n": 5, "steps": 2},
    timed={"n": 50, "steps": 8},
)


def fdtd_2d(ex, ey, hz, fict):
    ex = ex.copy()
    ey = ey.copy()
    hz = hz.copy()
    for t in range(fict.shape[0]):
        ey[0, :] = fict[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return hz.sum()


add(
    fdtd_2d,
    lambda r, n, m, steps: (r.random((n, m)), r.random((n, m)), r.random((n, m)), r.random(steps)),
    wrt=(0, 1, 2, 3),
    tiny={"n": 4, "m": 5, "steps": 3},
    timed={"n": 100, "m": 120, "steps": 40},
)


def hdiff(field, coeff):
    """Horizontal diffusion of a weather model, with limited fluxes."""
    lap = 4.0 * field[1:-1, 1:-1, :] - (
        field[2:, 1:-1, :] + field[:-2, 1:-1, :] + field[1:-1, 2:, :] + field[1:-1, :-2, :]
    )
    flow = lap[1:, 1:-1, :] - lap[:-1, 1:-1, :]
    along = field[2:-1, 2:-2, :] - field[1:-2, 2:-2, :]
    flx = np.where(flow * along > 0, 0.0, flow)
    flow = lap[1:-1, 1:, :] - lap[1:-1, :-1, :]
    along = field[2:-2, 2:-1, :] - field[2:-2, 1:-2, :]
    fly = np.where(flow * along > 0, 0.0, flow)
    out = field[2:-2, 2:-2, :] - coeff * (flx[1:, :, :] - flx[:-1, :, :] + fly[:, 1:, :] - fly[:, :-1, :])
    return (out * out).sum()


add(
    hdiff,
    lambda r, n, k: (r.random((n + 4, n + 4, k)), r.random((n, n, k))),
    wrt=(0, 1),
    tiny={"n": 3, "k": 2},
    timed={"n": 48, "k": 40},
)


def conv2d(image, weights, bias):
    """Images of (batch, height, width, channels), weights of (k, k, channels, outputs), nothing padded."""
    k = weights.shape[0]
    height = image.shape[1] - k + 1
    width = image.shape[2] - k + 1
    out = np.empty((image.shape[0], height, width, weights.shape[3]))
    for i in range(height):
        for j in range(width):
            window = image[:, i : i + k, j : j + k, :]
            for o in range(weights.shape[3]):
                out[:, i, j, o] = (window * weights[:, :, :, o]).sum(axis=(1, 2, 3)) + bias[o]
    return (out * out).sum()


add(
    conv2d,
    lambda r, n, size, k, c, o: (
        r.random((n, size, size, c)),
        r.normal(size=(k, k, c, o)),
        r.normal(size=o),
    ),
    wrt=(0, 1, 2),
    tiny={"n": 2, "size": 4, "k": 2, "c": 2, "o": 2},
    timed={"n": 4, "size": 16, "k": 3, "c": 3, "o": 8},
)


def adi(u, steps):
    """Alternating directions: a tridiagonal solve along the columns, then one along the rows."""
    u = u.copy()
    n = u.shape[0]
    v = np.zeros((n, n))
    p = np.zeros((n, n))
    q = np.zeros((n, n))
    step = n * n / steps
    a = -step
    b = 1.0 + 2.0 * step
    d = -0.5 * step
    e = 1.0 + step
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -a / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (
                -d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - d * u[j, 2:] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + b)
        v[n - 1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = u[1:-1, 0]
        for j in range(1, n - 1):
            p[1:-1, j] = -d / (d * p[1:-1, j - 1] + e)
            q[1:-1, j] = (
                -a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - a * v[2:, j] - d * q[1:-1, j - 1]
            ) / (d * p[1:-1, j - 1] + e)
        u[1:-1, n - 1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]
    return u.sum()


add(
    adi,
    lambda r, n, steps: (r.random((n, n)), steps),
    wrt=(0,),
    tiny={"n": 5, "steps": 2},
    timed={"n": 100, "steps": 5},
)


def deriche(image, alpha):
    """Edge detection: a recursive filter forth and back along the rows, then along the columns."""
    w, h = image.shape
    k = (1.0 - np.exp(-alpha)) ** 2 / (1.0 + 2.0 * alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a1 = k
    a2 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = k * np.exp(-alpha) * (alpha + 1.0)
    a4 = -k * np.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -np.exp(-2.0 * alpha)
    y1 = np.empty((w, h))
    y2 = np.empty((w, h))
    y1[:, 0] = a1 * image[:, 0]
    y1[:, 1] = a1 * image[:, 1] + a2 * image[:, 0] + b1 * y1[:, 0]
    for j in range(2, h):
        y1[:, j] = a1 * image[:, j] + a2 * image[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2[:, h - 1] = 0.0
    y2[:, h - 2] = a3 * image[:, h - 1]
    for j in range(h - 3, -1, -1):
        y2[:, j] = a3 * image[:, j + 1] + a4 * image[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    out = y1 + y2
    y1[0, :] = a1 * out[0, :]
    y1[1, :] = a1 * out[1, :] + a2 * out[0, :] + b1 * y1[0, :]
    for i in range(2, w):
        y1[i, :] = a1 * out[i, :] + a2 * out[i - 1, :] + b1 * y1[i - 1, :] + b2 * y1[i - 2, :]
    y2[w - 1, :] = 0.0
    y2[w - 2, :] = a3 * out[w - 1, :]
    for i in range(w - 3, -1, -1):
        y2[i, :] = a3 * out[i + 1, :] + a4 * out[i + 2, :] + b1 * y2[i + 1, :] + b2 * y2[i + 2, :]
    return (y1 + y2).sum()


add(
    deriche,
    lambda r, w, h: (r.random((w, h)), 0.25),
    wrt=(0,),
    tiny={"w": 5, "h": 6},
    timed={"w": 400, "h": 200},
)
