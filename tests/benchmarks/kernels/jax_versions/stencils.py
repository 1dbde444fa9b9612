"""Stencils."""

import jax.numpy as jnp
from jax import lax


def jacobi_1d(A, B, steps):
    def step(_, state):
        A, B = state
        B = B.at[1:-1].set(0.33333 * (A[:-2] + A[1:-1] + A[2:]))
        A = A.at[1:-1].set(0.33333 * (B[:-2] + B[1:-1] + B[2:]))
        return A, B

    return lax.fori_loop(0, steps, step, (A, B))[0].sum()


def five_points(A):
    return 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])


def jacobi_2d(A, B, steps):
    def step(_, state):
        A, B = state
        B = B.at[1:-1, 1:-1].set(five_points(A))
        A = A.at[1:-1, 1:-1].set(five_points(B))
        return A, B

    return lax.fori_loop(0, steps, step, (A, B))[0].sum()


def seven_points(A):
    mid = A[1:-1, 1:-1, 1:-1]
    return (
        0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * mid + A[:-2, 1:-1, 1:-1])
        + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * mid + A[1:-1, :-2, 1:-1])
        + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * mid + A[1:-1, 1:-1, :-2])
        + mid
    )


def heat_3d(A, B, steps):
    def step(_, state):
        A, B = state
        B = B.at[1:-1, 1:-1, 1:-1].set(seven_points(A))
        A = A.at[1:-1, 1:-1, 1:-1].set(seven_points(B))
        return A, B

    return lax.fori_loop(0, steps, step, (A, B))[0].sum()


def seidel_2d(A, steps):
    """What a row takes from its neighbours at once, then along the row by a scan."""

    def row(i, A):
        above, here, below = A[i - 1], A[i], A[i + 1]
        others = (
            above[:-2]
            + above[1:-1]
            + above[2:]
            + here[1:-1]
            + here[2:]
            + below[:-2]
            + below[1:-1]
            + below[2:]
        )

        def along(left, other):
            new = (left + other) / 9.0
            return new, new

        _, new = lax.scan(along, here[0], others)
        return A.at[i, 1:-1].set(new)

    def sweep(_, A):
        return lax.fori_loop(1, A.shape[0] - 1, row, A)

    return lax.fori_loop(0, steps, sweep, A).sum()


def fdtd_2d(ex, ey, hz, fict):
    def step(state, f):
        ex, ey, hz = state
        ey = ey.at[0, :].set(f)
        ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        hz = hz.at[:-1, :-1].add(-0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]))
        return (ex, ey, hz), None

    return lax.scan(step, (ex, ey, hz), fict)[0][2].sum()


def hdiff(field, coeff):
    lap = 4.0 * field[1:-1, 1:-1] - (field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2])
    flow = lap[1:, 1:-1] - lap[:-1, 1:-1]
    flx = jnp.where(flow * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0, 0.0, flow)
    flow = lap[1:-1, 1:] - lap[1:-1, :-1]
    fly = jnp.where(flow * (field[2:-2, 2:-1] - field[2:-2, 1:-2]) > 0, 0.0, flow)
    out = field[2:-2, 2:-2] - coeff * (flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1])
    return (out * out).sum()


def conv2d(image, weights, bias):
    out = lax.conv_general_dilated(
        image, weights, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    out = out + bias
    return (out * out).sum()


def adi(u, steps):
    n = u.shape[0]
    step = n * n / steps
    a, b, d, e = -step, 1.0 + 2.0 * step, -0.5 * step, 1.0 + step

    def solve(lower, diagonal, right):
        """Every row of `right` (n - 2, n - 2) is one system; its unknowns are along axis 0."""

        def forth(carry, rhs):
            p, q = carry
            below = lower * p + diagonal
            p, q = -lower / below, (rhs - lower * q) / below
            return (p, q), (p, q)

        start = jnp.zeros(n - 2), jnp.ones(n - 2)
        _, (ps, qs) = lax.scan(forth, start, right)

        def back(x, pq):
            x = pq[0] * x + pq[1]
            return x, x

        return lax.scan(back, jnp.ones(n - 2), (ps, qs), reverse=True)[1]

    def sweep(_, u):
        right = -d * u[1:-1, :-2] + (1.0 + 2.0 * d) * u[1:-1, 1:-1] - d * u[1:-1, 2:]
        # unknown j of system i takes its right side from u[j, i-1:i+2], so these lie as `solve` wants them
        v = jnp.zeros((n, n)).at[0, 1:-1].set(1.0).at[n - 1, 1:-1].set(1.0)
        v = v.at[1:-1, 1:-1].set(solve(a, b, right))
        right = -a * v[:-2, 1:-1] + (1.0 + 2.0 * a) * v[1:-1, 1:-1] - a * v[2:, 1:-1]
        u = u.at[1:-1, 0].set(1.0).at[1:-1, n - 1].set(1.0)
        return u.at[1:-1, 1:-1].set(solve(d, e, right.T).T)

    return lax.fori_loop(0, steps, sweep, u).sum()


def deriche(image, alpha):
    k = (1.0 - jnp.exp(-alpha)) ** 2 / (1.0 + 2.0 * alpha * jnp.exp(-alpha) - jnp.exp(2.0 * alpha))
    a1 = k
    a2 = k * jnp.exp(-alpha) * (alpha - 1.0)
    a3 = k * jnp.exp(-alpha) * (alpha + 1.0)
    a4 = -k * jnp.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -jnp.exp(-2.0 * alpha)

    def both_ways(x):
        """The filter forth and back along axis 0."""
        zero = jnp.zeros_like(x[0])
        before = jnp.concatenate([zero[None], x[:-1]])
        after = jnp.concatenate([x[1:], zero[None]])
        after2 = jnp.concatenate([x[2:], zero[None], zero[None]])

        def filtered(carry, rhs):
            y1, y2 = carry
            y = rhs + b1 * y1 + b2 * y2
            return (y, y1), y

        _, forth = lax.scan(filtered, (zero, zero), a1 * x + a2 * before)
        _, back = lax.scan(filtered, (zero, zero), a3 * after + a4 * after2, reverse=True)
        return forth + back

    return both_ways(both_ways(image.T).T).sum()
