"""Filters and networks over time, with states and outputs that are overwritten."""

import math

import numpy as np

from .registry import program

R = np.random.default_rng(107)


@program((np.array([0.1, 0.4]), np.eye(2) * 0.5, np.array([0.3, 0.7, 0.2, 0.9]), 0.2), wrt=(0, 1, 2, 3))
def kalman_filter_in_place(x, p, z, r):
    f = np.array([[1.0, 0.3], [0.0, 1.0]])
    h = np.array([1.0, 0.2])
    loglik = 0.0
    for k in range(len(z)):
        x[:] = f @ x
        p[:] = f @ p @ f.T
        p += 0.05 * np.eye(2)
        s = h @ p @ h + r
        gain = p @ h / s
        e = z[k] - h @ x
        x += gain * e
        p -= np.outer(gain, h @ p)
        loglik -= 0.5 * (e * e / s + math.log(s))
    return loglik + p[0, 1]


@program((np.array([0.5, 1.0, 0.3]), np.array([0.6, 0.8, 1.1]), 0.1), wrt=(0, 1, 2))
def extended_kalman_filter(x, z, q):
    n = len(x)
    p = np.eye(n)
    jac = np.zeros((n, n))
    for t in range(len(z)):
        jac[0, 0] = 1.0
        jac[0, 1] = 0.1 * math.cos(x[2])
        jac[0, 2] = -0.1 * x[1] * math.sin(x[2])
        jac[1, 1] = 0.95
        jac[2, 2] = 1.0
        x[0] += 0.1 * x[1] * math.cos(x[2])
        x[1] *= 0.95
        x[2] += 0.05 * x[0]
        p = jac @ p @ jac.T
        for i in range(n):
            p[i, i] += q
        s = p[0, 0] + 0.2
        k = p[:, 0] / s
        x += k * (z[t] - x[0])
        for i in range(n):
            for j in range(n):
                p[i, j] -= k[i] * k[j] * s
    return np.sum(x**2) + np.trace(p)


@program(
    (R.uniform(-0.5, 0.5, (3, 2)), R.uniform(-0.5, 0.5, (3, 3)), R.uniform(-1.0, 1.0, (4, 2))), wrt=(0, 1, 2)
)
def recurrent_net_into_preallocated_rows(wx, wh, xs):
    hs = np.zeros((len(xs) + 1, 3))
    for t in range(len(xs)):
        hs[t + 1] = np.tanh(wx @ xs[t] + wh @ hs[t])
        hs[t] *= 0.5
    return np.sum(hs**2)


@program((R.uniform(-0.5, 0.5, (8, 4)), R.uniform(-1.0, 1.0, (3, 2))), wrt=(0, 1))
def lstm_with_a_state_dict(w, xs):
    state = {"h": np.zeros(2), "c": np.zeros(2)}
    out = np.empty((3, 2))
    for t, x in enumerate(xs):
        z = w @ np.concatenate((x, state["h"]))
        gates = 1.0 / (1.0 + np.exp(-z[:6]))
        state["c"] *= gates[:2]
        state["c"] += gates[2:4] * np.tanh(z[6:])
        state["h"] = gates[4:6] * np.tanh(state["c"])
        out[t] = state["h"]
    return np.sum(out**2)


@program((R.uniform(-1.0, 1.0, 2), R.uniform(-1.0, 1.0, (5, 2)), R.uniform(-1.0, 1.0, (5, 3))), wrt=(0, 1, 2))
def attention_with_running_maximum(q, keys, values):
    top = -1e9
    total = 0.0
    acc = np.zeros(3)
    for i in range(len(keys)):
        s = q @ keys[i]
        if s > top:
            scale = math.exp(top - s)
            acc *= scale
            total *= scale
            top = s
        w = math.exp(s - top)
        total += w
        acc += w * values[i]
    acc /= total
    return np.sum(acc**2) + top


@program((R.uniform(-1.0, 1.0, (4, 3)),))
def welford_statistics(x):
    mean = np.zeros(3)
    m2 = np.zeros(3)
    for n, row in enumerate(x, 1):
        delta = row - mean
        mean += delta / n
        m2 += delta * (row - mean)
    return np.sum(np.sqrt(m2 / len(x))) + np.sum(mean**2)


@program((R.uniform(-1.0, 1.0, 6), np.array([0.4, 0.3, 0.2]), np.array([1.0, -0.5, 0.25])), wrt=(0, 1, 2))
def direct_form_filter_with_shifted_state(x, b, a):
    z = np.zeros(2)
    for n in range(len(x)):
        y = b[0] * x[n] + z[0]
        z[0] = b[1] * x[n] - a[1] * y + z[1]
        z[1] = b[2] * x[n] - a[2] * y
        x[n] = y
    return np.sum(x**2)


@program((R.uniform(-1.0, 1.0, 6), R.uniform(-0.4, 0.4, (2, 5))), wrt=(0, 1))
def cascade_of_biquads(x, sections):
    for s in range(len(sections)):
        b0, b1, b2, a1, a2 = sections[s]
        x1 = x2 = y1 = y2 = 0.0
        for n in range(len(x)):
            y = (1.0 + b0) * x[n] + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x2, x1 = x1, x[n]
            y2, y1 = y1, y
            x[n] = y
    return np.sum(np.sin(x))


@program((R.uniform(-1.0, 1.0, 6), 0.9), wrt=(0, 1))
def deriche_both_directions(x, alpha):
    n = len(x)
    k = (1.0 - math.exp(-alpha)) ** 2
    e = math.exp(-alpha)
    causal, anti = np.zeros(n), np.zeros(n)
    for i in range(2, n):
        causal[i] = k * (x[i] + e * x[i - 1]) + 2.0 * e * causal[i - 1] - e * e * causal[i - 2]
    for i in range(n - 3, -1, -1):
        anti[i] = k * (e * x[i + 1] - e * e * x[i + 2]) + 2.0 * e * anti[i + 1] - e * e * anti[i + 2]
    causal += anti
    return np.dot(causal, causal)


@program((R.uniform(-1.0, 1.0, 8), 0.6, 3), wrt=(0, 1))
def delay_line_with_feedback(x, gain, delay):
    ring = np.zeros(delay)
    at = 0
    for n in range(len(x)):
        y = x[n] + gain * ring[at]
        ring[at] = y * y * 0.5 + x[n]
        x[n] = y
        at = (at + 1) % delay
    return np.sum(x**2)


@program((R.uniform(-1.0, 1.0, 6), R.uniform(-0.5, 0.5, 3), 0.3), wrt=(0, 1, 2))
def adaptive_weights_with_normalised_steps(x, w, mu):
    errors = np.zeros(len(x))
    for n in range(len(w), len(x)):
        past = x[n - len(w) : n][::-1]
        errors[n] = x[n] - w @ past
        w += mu * errors[n] * past / (0.1 + past @ past)
    return np.sum(errors**2) + w[0]


@program((R.uniform(-0.5, 0.5, 3), R.uniform(-1.0, 1.0, (4, 3)), R.uniform(-1.0, 1.0, 4)), wrt=(0, 1, 2))
def adam_with_moments_in_place(w, a, y):
    m, v = np.zeros(3), np.ones(3) * 0.1
    for t in range(1, 4):
        g = a.T @ (a @ w - y)
        m *= 0.9
        m += 0.1 * g
        v *= 0.99
        v += 0.01 * g * g
        w -= 0.1 * (m / (1.0 - 0.9**t)) / (np.sqrt(v) + 0.1)
    return np.sum(w**2)


@program((np.array([0.3, 1.2, 0.7], dtype=np.float32), 4), rtol=2e-3, second=False, why="single precision")
def single_precision_recurrence(x, n):
    y = np.zeros(n, dtype=x.dtype)
    y[0] = x[0] * x[1]
    for i in range(1, n):
        y[i] = 0.5 * y[i - 1] + x[i % 3] * y[i - 1]
        x[i % 3] *= y[i]
    return np.sum(y * y)


@program(
    (np.array([[0.3, 1.2], [0.7, -0.4]], dtype=np.float32),), rtol=2e-3, second=False, why="single precision"
)
def single_precision_block_updates(a):
    b = np.zeros((2, 3), dtype=a.dtype)
    b[:, :2] = a
    b[:, 2] = a[:, 0] * a[:, 1]
    b[1] -= b[0] * b[1, 2]
    a *= b[:, 1:]
    return np.sum(a * a) + b[1, 1]


@program((R.uniform(0.2, 1.0, 5), 0.3), wrt=(0, 1))
def soft_spiking_neurons(v, leak):
    spikes = np.zeros((4, len(v)))
    for t in range(4):
        for i in range(len(v)):
            v[i] += 0.3 - leak * v[i] + 0.1 * v[i - 1]
            if v[i] > 0.93:
                spikes[t, i] = v[i] ** 2
                v[i] -= 0.9
    return np.sum(spikes) + np.sum(v**2)
