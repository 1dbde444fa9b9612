"""Products of matrices and vectors: one call where NumPy's loops make the same product."""

import jax.numpy as jnp


def gemm(alpha, beta, C, A, B):
    return (alpha * A @ B + beta * C).sum()


def gemver(alpha, beta, A, u1, v1, u2, v2, x, y, z):
    A = A + jnp.outer(u1, v1) + jnp.outer(u2, v2)
    x = x + beta * (y @ A) + z
    return (alpha * (A @ x)).sum()


def atax(A, x):
    return ((A @ x) @ A).sum()


def trmm(alpha, A, B):
    return (alpha * (B + jnp.tril(A, -1).T @ B)).sum()


def syrk(alpha, beta, C, A):
    low = jnp.tril(beta * C + alpha * (A @ A.T))
    return (low + jnp.triu(C, 1)).sum()


def symm(alpha, beta, C, A, B):
    low = jnp.tril(A, -1)
    return (beta * C + alpha * ((low + low.T + jnp.diag(jnp.diag(A))) @ B)).sum()


def correlation(data):
    m, n = data.shape
    mean = data.mean(axis=0)
    std = jnp.sqrt(((data - mean) ** 2).mean(axis=0))
    std = jnp.where(std <= 0.1, 1.0, std)
    data = (data - mean) / (jnp.sqrt(m) * std)
    corr = data.T @ data
    corr = corr.at[jnp.arange(n), jnp.arange(n)].set(1.0)
    return (corr * corr).sum()


def spmv(start, column, value, x):
    rows = jnp.repeat(jnp.arange(len(start) - 1), jnp.diff(start), total_repeat_length=value.shape[0])
    y = jnp.zeros(len(start) - 1).at[rows].add(value * x[column])
    return (y * y).sum()
