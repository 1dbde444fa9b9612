"""Programs whose value is not a number: arrays, tuples, lists and dicts go through `jvp` and `vjp`."""

import numpy as np

from .registry import program

V = np.array([0.7, -1.2, 1.9])
M = np.array([[0.4, -0.3, 0.2], [0.8, 0.5, -0.6]])


@program((V, 1.5), wrt=(0, 1))
def array_out(x, c):
    return np.sin(x) * c + x**2


@program((M, V), wrt=(0, 1))
def matrix_vector_out(A, x):
    y = A @ x
    return y / (1.0 + y @ y)


@program((0.3, 1.1), wrt=(0, 1))
def tuple_out(x, y):
    s = x * y
    return s, s + x, np.array([x, s])


@program((np.array([1.0, 0.4]), 5), (np.array([1.0, 0.4]), 0))
def trajectory_out(state, n):
    path = np.zeros((n + 1, 2))
    path[0] = state
    for k in range(n):
        x, v = path[k]
        path[k + 1, 0] = x + 0.1 * v
        path[k + 1, 1] = v - 0.1 * np.sin(x)
    return path


@program((V,))
def dict_out(x):
    total = np.sum(x)
    return {"total": total, "parts": x / total, "pair": (x[0] * x[1], total**2)}


@program((M,), (M[:1],))
def rows_softmax_out(A):
    e = np.exp(A - A.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@program(({"w": M, "s": 0.5},))
def updated_parameters_out(p):
    gradient = 2.0 * p["w"] * p["s"]
    return {"w": p["w"] - 0.1 * gradient, "s": p["s"] * np.sum(p["w"] ** 2)}


@program((0.9, 4))
def list_out(x, n):
    xs = [x]
    for _ in range(n):
        xs.append(xs[-1] * 3.1 * (1.0 - xs[-1]))
    return xs


@program((V, 0.5), (V, 3.0))
def argument_or_copy_out(x, c):
    if c > 1.0:
        return x
    return x * c
