"""Functions that call themselves and ask for the length of what they get back."""

import numpy as np

from .registry import program

R = np.random.default_rng(229)
X6 = R.uniform(-1.0, 1.0, 6)


def without_small(x, level):
    if len(x) <= 1:
        return x * 1.0
    half = len(x) // 2
    left, right = without_small(x[:half], level), without_small(x[half:], level)
    total = 0.0
    for i in range(len(left)):
        total += left[i] * level
    if total > 0.5 * len(right):
        return right * total
    out = np.empty(len(left) + len(right))
    out[: len(left)] = left * level
    out[len(left) :] = right
    return out


@program((X6, 0.9), (X6 + 1.5, 0.9), (X6[:1], 0.9), wrt=(0, 1))
def joined_or_left_out(x, level):
    y = without_small(x, level)
    return np.sum(y**2) * len(y)


def split_by_sign(x, deep):
    if deep == 0:
        return x[1:] * x[:-1], 1
    part, count = split_by_sign(x * 1.1, deep - 1)
    if len(part) > 2:
        part = part[1:] + part[:-1]
    k = len(part) - 1
    while k > 0:
        part[k] += part[k - 1] * x[0]
        k -= 1
    return part, count + len(part)


@program((X6, 3), (X6[:3], 2), (X6, 0))
def a_pair_whose_length_counts(x, deep):
    part, count = split_by_sign(x, deep)
    return np.sum(np.sin(part)) / count


@program((X6, 2), (X6, 0))
def recursion_of_a_local_function(x, deep):
    w = np.cos(x)

    def smoothed(y, level):
        if level == 0:
            return y[1:] - y[:-1]
        inner = smoothed(y * w[level], level - 1)
        mean = np.sum(inner) / len(inner)
        return inner * mean if len(inner) > 4 else inner + mean

    return np.sum(smoothed(x, deep) ** 2)
