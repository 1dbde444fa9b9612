"""Loops and functions under `checkpoint`."""

import math

import numpy as np

from sourcead import checkpoint

from .registry import program

V = np.array([0.7, -1.2, 1.9, 0.4])


@program((V, 0.2, 5), (V, 0.2, 0), (V, 0.1, 1), wrt=(0, 1))
def heat_in_place(u, r, steps):
    u = u.copy()
    for _ in checkpoint(range(steps), slots=2):
        u[1:-1] += r * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u[0] = u[-1] * u[0]
    return np.sum(u * u)


@program((0.3, 3.1, 9, 3), (0.3, 3.1, 9, 1), (0.3, 3.1, 4, 9), wrt=(0, 1))
def logistic_map_with_slots_from_outside(x, r, n, k):
    for _ in checkpoint(range(n), slots=k):
        x = r * x * (1.0 - x)
    return x


@program((V, np.linspace(0.1, 1.0, 28).reshape(7, 4)), wrt=(0, 1))
def forced_by_rows(u, rows):
    energy = 0.0
    for k, row in checkpoint(enumerate(rows), slots=2):
        u = np.tanh(u + 0.3 * row) * (1.0 + 0.1 * k)
        energy += u @ row
    return energy


@program((0.9, 0.7, 20), (0.9, 0.1, 3), wrt=(0, 1))
def left_by_a_break(x, y, n):
    t = 0
    for t in checkpoint(range(1, n, 2), slots=2):
        if x * y < 0.1:
            break
        x = x - 0.2 * x * x * y
    else:
        x = 3.0 * x
    return x * (t + 1)


@program((1.1, 0.4), wrt=(0, 1))
def checkpoint_inside_of_a_checkpoint(x, y):
    for i in checkpoint(range(4), slots=2):
        z = x
        for _ in checkpoint(range(i + 1), slots=1):
            z = math.sin(z) + y * x
        x = 0.5 * (x + z)
    return x


@checkpoint
def layer(x, w, b):
    h = np.tanh(w @ x + b)
    return h * h + x


@program((V, np.linspace(-1.0, 1.0, 32).reshape(2, 4, 4), V * 0.1), wrt=(0, 1, 2))
def checkpointed_layers(x, w, b):
    for k in range(len(w)):
        x = layer(x, w[k], b)
    return np.sum(layer(x, w[0], b) * x)


@program((V, 0.6), wrt=(0, 1))
def checkpointed_function_that_writes(y, s):
    def scale(a, by):
        a[1:] = a[1:] * by
        return np.sum(a)

    y = 1.0 * y
    total = checkpoint(scale)(y, s) * checkpoint(scale)(y[:3], s * s)
    return total + y[2] * y[1]


@program((0.8, 6), (0.3, 5))
def checkpointed_branch_in_a_loop(x, n):
    @checkpoint
    def g(a):
        if a > 0.5:
            return a * a
        return math.sin(a)

    s = x
    for i in range(n):
        s = s + g(x * i) if i % 2 else 0.5 * s * g(s) + x
    return s
