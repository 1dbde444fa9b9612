"""Arrays that are written and then given back."""

import numpy as np

from .registry import program

R = np.random.default_rng(109)
A = R.uniform(-1.0, 1.0, (3, 3)) + 2.0 * np.eye(3)


@program((A, 2), (A, 3))
def factored_and_returned_with_steps(a, steps):
    for k in range(steps):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return a, a[0] * a[steps - 1, steps - 1]


@program((R.uniform(-1.0, 1.0, 6), 0.4), wrt=(0, 1))
def argument_written_and_its_view_returned(x, c):
    x[1:] += c * x[:-1]
    tail = x[::-2]
    tail[0] = c * c
    return tail


@program((R.uniform(-1.0, 1.0, 4), R.uniform(-1.0, 1.0, 4), 3), wrt=(0, 1))
def both_buffers_returned(u, v, n):
    for k in range(n):
        u[k] = u[k] * v[k - 1]
        u, v = v, u
    return u, v


@program((R.uniform(-1.0, 1.0, 4), 3), awaited="writes to arrays in a list of any length")
def history_of_states(x, n):
    out = np.empty((n, len(x)))
    snapshots = []
    for k in range(n):
        x[1:] = x[:-1] * x[1:]
        x[0] = np.cos(x[-1])
        out[k] = x
        snapshots.append(x.copy())
    snapshots[0][1] = 0.5
    return out, snapshots[0] * snapshots[-1]


@program((R.uniform(-1.0, 1.0, 4), 3))
def history_of_rows(x, n):
    out = np.empty((n, len(x)))
    for k in range(n):
        x[1:] = x[:-1] * x[1:]
        x[0] = np.cos(x[-1])
        out[k] = x
    out[0][1] = 0.5
    return out, out[0] * out[-1], x
