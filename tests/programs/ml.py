"""Networks and losses."""

import numpy as np

from .registry import program

R = np.random.default_rng(15)


def draw(*shape):
    return R.normal(size=shape) * 0.6


X = draw(5, 3)
Y = np.array([0, 2, 1, 0, 1])


@program((draw(3, 4), draw(4), draw(4, 3), draw(3), X, Y), wrt=(0, 1, 2, 3))
def two_layers_with_cross_entropy(W1, b1, W2, b2, A, y):
    h = np.tanh(A @ W1 + b1)
    z = h @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(y)), y])


@program(({"w": [draw(3, 4), draw(4, 2)], "b": [draw(4), draw(2)]}, X))
def layers_in_a_dict(params, x):
    n = len(params["w"])
    for i, (w, b) in enumerate(zip(params["w"], params["b"])):
        x = x @ w + b
        if i < n - 1:
            x = 1.0 / (1.0 + np.exp(-x))
    return np.mean(x**2)


@program((draw(3, 4), draw(4, 4), draw(4), draw(6, 3)), wrt=(0, 1, 2, 3))
def recurrent_network(Wx, Wh, b, xs):
    h = np.zeros(4)
    loss = 0.0
    for x in xs:
        h = np.tanh(x @ Wx + h @ Wh + b)
        loss += h @ h
    return loss


@program((draw(5, 8), draw(2, 8), draw(8), draw(4, 5)), wrt=(0, 1, 2))
def lstm(Wx, Wh, b, xs):
    def sigmoid(t):
        return 1.0 / (1.0 + np.exp(-t))

    h = np.zeros(2)
    c = np.zeros(2)
    for x in xs:
        z = x @ Wx + h @ Wh + b
        i, f, o = sigmoid(z[:2]), sigmoid(z[2:4]), sigmoid(z[4:6])
        c = f * c + i * np.tanh(z[6:])
        h = o * np.tanh(c)
    return np.sum(h * c)


@program((draw(4, 3), draw(4, 3), draw(4, 3)), wrt=(0, 1, 2))
def attention(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[1])
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = e / e.sum(axis=-1, keepdims=True)
    return np.sum((weights @ v) ** 2)


@program((draw(4, 3), draw(3), draw(3)), wrt=(0, 1, 2))
def layer_normalisation(x, gain, shift):
    mu = np.mean(x, axis=-1, keepdims=True)
    var = np.mean((x - mu) ** 2, axis=-1, keepdims=True)
    y = gain * (x - mu) / np.sqrt(var + 1e-5) + shift
    return np.sum(y**3)


@program((draw(6, 6), draw(3, 3)), wrt=(0, 1))
def convolution_by_shifts(image, kernel):
    n, m = image.shape
    out = np.zeros((n - 2, m - 2))
    for i in range(3):
        for j in range(3):
            out += kernel[i, j] * image[i : i + n - 2, j : j + m - 2]
    return np.sum(np.maximum(out, 0.0) ** 2)


@program((draw(3), X, np.array([1.0, -1.0, 1.0, 1.0, -1.0])), wrt=(0, 1))
def hinge_loss(w, A, y):
    margin = 1.0 - y * (A @ w)
    return np.mean(np.where(margin > 0.0, margin**2, 0.0)) + 0.5 * w @ w


@program((draw(4), 0.1, 4), wrt=(0, 1))
def gradient_descent_unrolled(w, rate, steps):
    target = np.array([1.0, -1.0, 0.5, 2.0])
    for k in range(steps):
        gradient = 2.0 * (w - target) + 0.3 * w**3
        w = w - rate / (k + 1) * gradient
    return np.sum((w - target) ** 2)


@program((draw(6, 2), draw(3, 2)), wrt=(0, 1))
def k_means_distortion(points, centres):
    total = 0.0
    for p in points:
        d = np.sum((centres - p) ** 2, axis=1)
        total += d[np.argmin(d)]
    return total


@program((draw(5, 4), np.array([1, 3, 3, 0])))
def embedding_lookup(table, tokens):
    e = table[tokens]
    context = np.mean(e, axis=0)
    return context @ e[-1] + np.sum(table[0] ** 2)


@program((draw(3, 2), draw(2), X, 0.1), wrt=(0, 1))
def leaky_units_and_penalty(W, b, A, slope):
    z = A @ W + b
    a = np.where(z > 0, z, slope * z)
    penalty = sum(np.sum(p**2) for p in (W, b))
    return a.mean() ** 2 + 0.01 * penalty
