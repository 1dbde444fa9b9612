"""Factorisations and solvers: loops over rows or columns, with masks where a length would vary."""

import jax.numpy as jnp
from jax import lax


def cholesky(A):
    """Column by column: `A[:, :j] @ A[j, :j]` with a mask, since the length of a slice must be static."""
    n = A.shape[0]
    index = jnp.arange(n)

    def column(j, A):
        done = jnp.where(index < j, A[j], 0.0)
        rest = A[:, j] - jnp.where(index[None, :] < j, A, 0.0) @ done
        root = jnp.sqrt(rest[j])
        new = jnp.where(index > j, rest / root, jnp.where(index == j, root, A[:, j]))
        return A.at[:, j].set(new)

    return lax.fori_loop(0, n, column, A).sum()


def eliminated(A):
    n = A.shape[0]
    index = jnp.arange(n)

    def pivot(k, A):
        below = index > k
        factor = jnp.where(below, A[:, k] / A[k, k], 0.0)
        A = A - jnp.outer(factor, jnp.where(below, A[k], 0.0))
        return A.at[:, k].set(jnp.where(below, factor, A[:, k]))

    return lax.fori_loop(0, n, pivot, A)


def lu(A):
    return eliminated(A).sum()


def ludcmp(A, b):
    n = A.shape[0]
    A = eliminated(A)
    index = jnp.arange(n)

    def forth(i, y):
        return y.at[i].set(b[i] - jnp.where(index < i, A[i], 0.0) @ y)

    y = lax.fori_loop(0, n, forth, jnp.zeros(n))

    def back(k, x):
        i = n - 1 - k
        return x.at[i].set((y[i] - jnp.where(index > i, A[i], 0.0) @ x) / A[i, i])

    return lax.fori_loop(0, n, back, jnp.zeros(n)).sum()


def trisolv(L, b):
    n = L.shape[0]
    index = jnp.arange(n)

    def step(x, i):
        x = x.at[i].set((b[i] - jnp.where(index < i, L[i], 0.0) @ x) / L[i, i])
        return x, None

    return lax.scan(step, jnp.zeros(n), index)[0].sum()


def gramschmidt(A):
    m, n = A.shape
    index = jnp.arange(n)

    def column(k, state):
        A, Q, R = state
        norm = jnp.sqrt(A[:, k] @ A[:, k])
        q = A[:, k] / norm
        r = jnp.where(index > k, q @ A, 0.0)
        return A - jnp.outer(q, r), Q.at[:, k].set(q), R.at[k].set(r.at[k].set(norm))

    _, Q, R = lax.fori_loop(0, n, column, (A, jnp.zeros_like(A), jnp.zeros((n, n))))
    return Q.sum() + R.sum()


def durbin(r):
    n = r.shape[0]
    index = jnp.arange(n)

    def step(state, k):
        y, alpha, beta = state
        beta = beta * (1.0 - alpha * alpha)
        # the first k entries backwards: roll the whole reversed vector
        turned = jnp.where(index < k, r[(k - 1 - index) % n], 0.0)
        alpha = -(r[k] + turned @ y) / beta
        y = y + alpha * jnp.where(index < k, y[(k - 1 - index) % n], 0.0)
        return (y.at[k].set(alpha), alpha, beta), None

    start = jnp.zeros(n).at[0].set(-r[0]), -r[0], jnp.ones(())
    return lax.scan(step, start, jnp.arange(1, n))[0][0].sum()
