"""Dynamic programming: tables that are filled from their own earlier entries."""

import numpy as np

from .registry import program

R = np.random.default_rng(103)


@program((R.uniform(-1.0, 1.0, 4), R.uniform(-1.0, 1.0, 3), 0.5), wrt=(0, 1, 2))
def soft_dynamic_time_warping(x, y, gamma):
    n, m = len(x), len(y)
    d = np.full((n + 1, m + 1), 1e3)
    d[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            before = np.array([d[i - 1, j], d[i, j - 1], d[i - 1, j - 1]])
            low = np.min(before)
            soft = low - gamma * np.log(np.sum(np.exp(-(before - low) / gamma)))
            d[i, j] = (x[i - 1] - y[j - 1]) ** 2 + soft
    return d[n, m]


@program((R.uniform(-1.0, 1.0, 4), R.uniform(-1.0, 1.0, 5), 0.3), wrt=(0, 1, 2))
def edit_distance_with_real_costs(a, b, gap):
    n, m = len(a), len(b)
    d = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        d[i, 0] = d[i - 1, 0] + gap
    for j in range(1, m + 1):
        d[0, j] = d[0, j - 1] + gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d[i, j] = min(
                d[i - 1, j] + gap * 1.1, d[i, j - 1] + gap, d[i - 1, j - 1] + abs(a[i - 1] - b[j - 1])
            )
    return d[n, m]


@program((R.uniform(-2.0, 0.0, (3, 3)), R.uniform(-2.0, 0.0, (5, 3))), wrt=(0, 1))
def viterbi_with_backpointers(logt, logp):
    steps, states = logp.shape
    score = np.zeros((steps, states))
    back = np.zeros((steps, states), dtype=int)
    score[0] = logp[0]
    for t in range(1, steps):
        for j in range(states):
            best = 0
            for i in range(1, states):
                if score[t - 1, i] + logt[i, j] > score[t - 1, best] + logt[best, j]:
                    best = i
            back[t, j] = best
            score[t, j] = score[t - 1, best] + logt[best, j] + logp[t, j]
    path = np.zeros(steps, dtype=int)
    path[-1] = np.argmax(score[-1])
    for t in range(steps - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    total = np.max(score[-1])
    for t in range(steps):
        total += 0.1 * logp[t, path[t]] ** 2
    return total


@program((R.uniform(0.1, 1.0, (3, 3)), R.uniform(0.1, 1.0, (3, 2)), np.array([0, 1, 1, 0])), wrt=(0, 1))
def forward_backward_of_a_markov_chain(t, e, obs):
    n = len(obs)
    alpha = np.zeros((n, 3))
    beta = np.ones((n, 3))
    scale = np.zeros(n)
    for k in range(n):
        if k == 0:
            alpha[0] = e[:, obs[0]]
        else:
            alpha[k] = (alpha[k - 1] @ t) * e[:, obs[k]]
        scale[k] = alpha[k].sum()
        alpha[k] /= scale[k]
    for k in range(n - 2, -1, -1):
        beta[k] = t @ (e[:, obs[k + 1]] * beta[k + 1])
        beta[k] /= scale[k + 1]
    gamma = alpha * beta
    return np.sum(np.log(scale)) + np.sum(gamma[1] ** 2)


@program((R.uniform(0.5, 2.0, 4), np.array([2, 3, 1, 2]), 5))
def soft_knapsack(value, weight, capacity):
    z = np.zeros(capacity + 1)
    for i in range(len(value)):
        for c in range(capacity, weight[i] - 1, -1):
            z[c] = np.logaddexp(z[c], z[c - weight[i]] + value[i])
    return z[capacity]


@program((R.uniform(0.5, 2.0, 5),))
def matrix_chain_soft_minimum(p):
    n = len(p) - 1
    cost = np.zeros((n, n))
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            acc = 0.0
            for k in range(i, j):
                acc += np.exp(-(cost[i, k] + cost[k + 1, j] + p[i] * p[k + 1] * p[j + 1]))
            cost[i, j] = -np.log(acc)
    return cost[0, n - 1]


@program((R.uniform(-1.0, 1.0, (4, 3)), 0.4), wrt=(0, 1))
def smith_waterman_soft(score, gap):
    n, m = score.shape
    h = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            h[i, j] = np.log(
                1.0
                + np.exp(h[i - 1, j - 1] + score[i - 1, j - 1])
                + np.exp(h[i - 1, j] - gap)
                + np.exp(h[i, j - 1] - gap)
            )
    return np.log(np.sum(np.exp(h[1:, 1:])))


@program((R.uniform(-1.0, 1.0, (5, 4)), np.array([1, 2, 2])))
def connectionist_temporal_loss(logits, labels):
    steps, k = logits.shape
    logp = np.empty((steps, k))
    for t in range(steps):
        logp[t] = logits[t] - np.log(np.sum(np.exp(logits[t])))
    ext = np.zeros(2 * len(labels) + 1, dtype=int)
    ext[1::2] = labels
    size = len(ext)
    alpha = np.zeros((steps, size))
    alpha[0, 0] = np.exp(logp[0, 0])
    alpha[0, 1] = np.exp(logp[0, ext[1]])
    for t in range(1, steps):
        for s in range(size):
            a = alpha[t - 1, s]
            if s > 0:
                a += alpha[t - 1, s - 1]
            if s > 1 and ext[s] != 0 and ext[s] != ext[s - 2]:
                a += alpha[t - 1, s - 2]
            alpha[t, s] = a * np.exp(logp[t, ext[s]])
    return -np.log(alpha[-1, -1] + alpha[-1, -2])


@program((R.uniform(0.5, 3.0, (4, 4)),))
def floyd_warshall(d):
    n = len(d)
    for i in range(n):
        d[i, i] = 0.0
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
    return np.sum(d**2)


@program((R.uniform(0.5, 4.0, (4, 4)),))
def floyd_warshall_by_rows(d):
    for k in range(d.shape[0]):
        d[:] = np.minimum(d, d[:, k][:, None] + d[k])
    return np.sum(d**2)


@program(
    (R.uniform(0.5, 2.0, 6), np.array([0, 0, 1, 1, 2, 3]), np.array([1, 2, 2, 3, 3, 0]), 0.2), wrt=(0, 3)
)
def bellman_ford_soft(w, src, dst, temperature):
    dist = np.full(4, 9.0)
    dist[0] = 0.0
    for _ in range(3):
        new = dist.copy()
        for e in range(len(w)):
            a, b = new[dst[e]], dist[src[e]] + w[e]
            new[dst[e]] = -temperature * np.logaddexp(-a / temperature, -b / temperature)
        dist = new
    return np.sum(dist**2)


@program((np.array([0.3, 1.0, 1.9, 2.4]), R.uniform(-1.0, 1.0, 4), 1.2), wrt=(0, 1, 2))
def newton_divided_differences(x, y, at):
    n = len(x)
    for k in range(1, n):
        for i in range(n - 1, k - 1, -1):
            y[i] = (y[i] - y[i - 1]) / (x[i] - x[i - k])
    value = y[-1]
    for i in range(n - 2, -1, -1):
        value = value * (at - x[i]) + y[i]
    return value


@program((np.array([0.3, 1.0, 1.9, 2.4]), R.uniform(-1.0, 1.0, 4), 1.2), wrt=(0, 1, 2))
def neville_interpolation(x, p, at):
    n = len(x)
    for k in range(1, n):
        for i in range(n - k):
            p[i] = ((at - x[i + k]) * p[i] + (x[i] - at) * p[i + 1]) / (x[i] - x[i + k])
    return p[0]


@program((0.2, 1.7, 4), wrt=(0, 1))
def romberg_table(a, b, levels):
    r = np.zeros((levels, levels))
    h = b - a
    r[0, 0] = 0.5 * h * (np.exp(np.sin(a)) + np.exp(np.sin(b)))
    for i in range(1, levels):
        h *= 0.5
        s = 0.0
        for k in range(1, 2**i, 2):
            s += np.exp(np.sin(a + k * h))
        r[i, 0] = 0.5 * r[i - 1, 0] + h * s
        for j in range(1, i + 1):
            r[i, j] = r[i, j - 1] + (r[i, j - 1] - r[i - 1, j - 1]) / (4.0**j - 1.0)
    return r[-1, -1]


@program((R.uniform(-1.0, 1.0, 5), 0.6), wrt=(0, 1))
def clenshaw_in_an_array(c, x):
    b = np.zeros(len(c) + 2)
    for k in range(len(c) - 1, 0, -1):
        b[k] = c[k] + 2.0 * x * b[k + 1] - b[k + 2]
    return c[0] + x * b[1] - b[2]


@program((R.uniform(-1.0, 1.0, 4), 0.8), wrt=(0, 1))
def taylor_shift_by_horner(c, h):
    n = len(c)
    for i in range(n - 1):
        for j in range(n - 2, i - 1, -1):
            c[j] += h * c[j + 1]
    return np.sum(c**2)


@program((R.uniform(-1.0, 1.0, 3), R.uniform(-1.0, 1.0, 4)), wrt=(0, 1))
def polynomial_product_and_division(p, q):
    out = np.zeros(len(p) + len(q) - 1)
    for i in range(len(p)):
        for j in range(len(q)):
            out[i + j] += p[i] * q[j]
    rest = out.copy()
    rest[0] += 1.0
    lead = 2.0 + p[-1]
    for k in range(len(out) - 1, 1, -1):
        factor = rest[k] / lead
        rest[k - 1] -= factor * p[1]
        rest[k - 2] -= factor * p[0]
        rest[k] = factor
    return np.sum(rest**2)


@program((R.uniform(0.2, 1.0, (4, 4)),))
def integral_image_and_inclusion(a):
    n, m = a.shape
    s = np.zeros((n + 1, m + 1))
    for i in range(n):
        for j in range(m):
            s[i + 1, j + 1] = a[i, j] + s[i, j + 1] + s[i + 1, j] - s[i, j]
    total = 0.0
    for i in range(n - 1):
        for j in range(m - 1):
            total += (s[i + 2, j + 2] - s[i, j + 2] - s[i + 2, j] + s[i, j]) ** 2
    return total
