"""The kernels, and their derivatives as written by hand.

Every `*_grad` here is a hand-written derivative, made with care for speed and checked against differences; no
tool made it.  They are the yardstick that what the compiler writes is compared with.
"""

import numpy as np


def seed_example(x, y):
    return (x + y) * (x - y)


# hand-written derivative of seed_example
def seed_example_grad(x, y):
    # forward
    a = x + y
    b = x - y
    # reverse: return (x + y) * (x - y)
    a_bar = b
    b_bar = a
    return a_bar + b_bar, a_bar - b_bar


def logistic_map(x, r, n):
    for i in range(n):
        x = r * x * (1.0 - x)
    return x


# hand-written derivative of logistic_map
def logistic_map_grad(x, r, n):
    # forward
    x_tape = []
    for i in range(n):
        x_tape.append(x)
        x = r * x * (1.0 - x)
    # reverse
    x_bar = 1.0
    r_bar = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape[i]
        # x = r * x * (1.0 - x)
        a = r * x
        a_bar = x_bar * (1.0 - x)
        r_bar += a_bar * x
        x_bar = a_bar * r - x_bar * a
    return x_bar, r_bar


def newton_sqrt(a):
    x = a
    while True:
        step = (x * x - a) / (2.0 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


# hand-written derivative of newton_sqrt
def newton_sqrt_grad(a):
    # forward: the number of trips is only known afterwards, so the tape grows
    x_tape = []
    x = a
    while True:
        x_tape.append(x)
        step = (x * x - a) / (2.0 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    # reverse
    x_bar = 1.0
    a_bar = 0.0
    while x_tape:
        x = x_tape.pop()
        # x = x - step
        step_bar = -x_bar
        # step = (x * x - a) / (2.0 * x)
        d = 2.0 * x
        num_bar = step_bar / d
        a_bar -= num_bar
        x_bar += num_bar * d - 2.0 * num_bar * (x * x - a) / d
    return x_bar + a_bar


def mlp(W1, b1, W2, b2, X, y):
    h = np.tanh(X @ W1 + b1)
    z = h @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(y)), y])


# hand-written derivative of mlp
def mlp_grad(W1, b1, W2, b2, X, y):
    # forward
    h = np.tanh(X @ W1 + b1)
    z = h @ W2 + b2
    hit = z == z.max(axis=1, keepdims=True)
    z1 = z - z.max(axis=1, keepdims=True)
    e = np.exp(z1)
    s = e.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    # reverse: return -np.mean(logp[np.arange(len(y)), y])
    logp_bar = np.zeros_like(z1)  # no index repeats in rows, so += adds every term
    logp_bar[rows, y] += -1.0 / len(y)
    # logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    s_bar = -logp_bar.sum(axis=1, keepdims=True) / s
    z1_bar = logp_bar + s_bar * e
    # z = z - z.max(axis=1, keepdims=True)
    m_bar = -z1_bar.sum(axis=1, keepdims=True)
    z_bar = z1_bar + m_bar * hit / hit.sum(axis=1, keepdims=True)
    # z = h @ W2 + b2
    W2_bar = h.T @ z_bar
    b2_bar = z_bar.sum(axis=0)
    # h = np.tanh(X @ W1 + b1)
    a_bar = z_bar @ W2.T * (1.0 - h * h)
    return X.T @ a_bar, a_bar.sum(axis=0), W2_bar, b2_bar


def rnn(Wx, Wh, b, xs):
    h = np.zeros(b.shape)
    loss = 0.0
    for x in xs:
        h = np.tanh(x @ Wx + h @ Wh + b)
        loss += h @ h
    return loss


# hand-written derivative of rnn
def rnn_grad(Wx, Wh, b, xs):
    # forward: each h is a fresh array that nobody writes to, so the tape keeps it without copying
    h_tape = []
    h = np.zeros(b.shape)
    for x in xs:
        h_tape.append(h)
        h = np.tanh(x @ Wx + h @ Wh + b)
    # reverse
    Wx_bar = np.zeros_like(Wx)
    Wh_bar = np.zeros_like(Wh)
    b_bar = np.zeros_like(b)
    h_bar = np.zeros_like(h)
    for x in xs[::-1]:
        # loss += h @ h
        h_bar += 2.0 * h
        # h = np.tanh(x @ Wx + h @ Wh + b)
        a_bar = h_bar * (1.0 - h * h)
        h = h_tape.pop()
        Wx_bar += np.outer(x, a_bar)
        Wh_bar += np.outer(h, a_bar)
        b_bar += a_bar
        h_bar = a_bar @ Wh.T
    return Wx_bar, Wh_bar, b_bar
