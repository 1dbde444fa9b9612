"""Filters, transforms, envelopes."""

import math

import numpy as np

from .registry import program

R = np.random.default_rng(16)
S = R.uniform(-1.0, 1.0, 10)


@program((S, 0.3), wrt=(0, 1))
def exponential_smoothing(x, alpha):
    y = x[0]
    cost = 0.0
    for v in x[1:]:
        cost += (v - y) ** 2
        y = alpha * v + (1.0 - alpha) * y
    return cost


@program((S, np.array([0.2, 0.4, 0.1])), wrt=(0, 1))
def fir_filter_by_loops(x, h):
    energy = 0.0
    for n in range(len(h) - 1, len(x)):
        acc = 0.0
        for k, c in enumerate(h):
            acc += c * x[n - k]
        energy += acc * acc
    return energy


@program((S, 0.2, 0.5, 0.3), wrt=(0, 1, 2, 3))
def biquad_filter(x, b0, b1, a1):
    x1 = y1 = 0.0
    out = np.zeros(len(x))
    for n, v in enumerate(x):
        y = b0 * v + b1 * x1 - a1 * y1
        x1, y1 = v, y
        out[n] = y
    return np.sum(out**2)


@program((S, 3))
def power_at_a_frequency(x, k):
    n = len(x)
    re = im = 0.0
    for t in range(n):
        angle = -2.0 * math.pi * k * t / n
        re += x[t] * math.cos(angle)
        im += x[t] * math.sin(angle)
    return re**2 + im**2


@program((S[:8],))
def haar_transform(x):
    total = 0.0
    level = 1
    while len(x) > 1:
        detail = (x[::2] - x[1::2]) / math.sqrt(2.0)
        x = (x[::2] + x[1::2]) / math.sqrt(2.0)
        total += level * np.sum(detail**2)
        level += 1
    return total + x[0]


@program((S, 0.1), (S, 2.0), wrt=(0, 1))
def soft_threshold(x, t):
    y = np.sign(x) * np.maximum(np.abs(x) - t, 0.0)
    return np.sum((y - x) ** 2) + t


@program((S,))
def teager_energy_and_zero_crossings(x):
    crossings = 0
    energy = 0.0
    for i in range(1, len(x) - 1):
        energy += x[i] ** 2 - x[i - 1] * x[i + 1]
        if x[i] * x[i - 1] < 0:
            crossings += 1
    return energy * crossings


@program((S, np.array([0.5, -0.1])), wrt=(0, 1))
def least_mean_squares(x, w):
    cost = 0.0
    for n in range(2, len(x)):
        window = x[n - 2 : n]
        e = x[n] - w @ window
        w = w + 0.1 * e * window
        cost += e * e
    return cost


@program((S, 4))
def autocorrelation(x, lags):
    x = x - x.mean()
    r = [np.sum(x * x)] + [np.sum(x[k:] * x[:-k]) for k in range(1, lags)]
    return sum(v / r[0] for v in r[1:])


@program((S, 0.6, 0.05), wrt=(0, 1))
def envelope_follower(x, attack, release):
    env = 0.0
    total = 0.0
    for v in np.abs(x):
        rate = attack if v > env else release
        env += rate * (v - env)
        total += env**2
    return total
