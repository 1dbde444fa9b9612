"""The functions whose derivatives are kept as text: what a reader sees of the compiler."""

import numpy as np

from sourcead import checkpoint


def seed_example(x, y):
    return (x + y) * (x - y)


def logistic_map(x, r, n):
    for i in range(n):
        x = r * x * (1.0 - x)
    return x


def newton_sqrt(a):
    x = a
    while True:
        step = (x * x - a) / (2.0 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


def mlp(W1, b1, W2, b2, X, y):
    h = np.tanh(X @ W1 + b1)
    z = h @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(y)), y])


def rnn(Wx, Wh, b, xs):
    h = np.zeros(b.shape)
    loss = 0.0
    for x in xs:
        h = np.tanh(x @ Wx + h @ Wh + b)
        loss += h @ h
    return loss


def softplus(v):
    if v > 0.0:
        return v + np.log1p(np.exp(-v))
    return np.log1p(np.exp(v))


def barrier(x):
    s = 0.0
    for i in range(len(x)):
        s += softplus(x[i] ** 2 - 1.0)
    return s


def seidel(A, n):
    A = A.copy()
    for t in range(n):
        for i in range(1, A.shape[0] - 1):
            for j in range(1, A.shape[1] - 1):
                A[i, j] = (A[i - 1, j] + A[i, j - 1] + A[i, j] + A[i, j + 1] + A[i + 1, j]) / 5.0
    s = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            s += A[i, j] ** 2
    return s


def burgers(u, nu, n):
    for t in range(n):
        for i in range(1, len(u) - 1):
            u[i] = u[i] - 0.05 * u[i] * (u[i] - u[i - 1]) + nu * (u[i + 1] - 2.0 * u[i] + u[i - 1])
    return u @ u


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def factorial_power(x, n):
    return x if n == 0 else x * factorial_power(x, n - 1)


def stack_sum(x):
    s, t = [], 0.0
    for i in range(4):
        s.append(x * i)
    while s:
        t = t + s.pop()
    return t


def guarded(x, n):
    s = 0.0
    for i in range(n):
        if i % 3 == 2:
            continue
        if x > 1.5:
            return s * x
        s += x * i
        x = x * 1.1
    return s


def heat(u, r, steps):
    for t in checkpoint(range(steps), slots=4):
        u = u.copy()
        u[1:-1] += r * np.diff(u, 2)
    return np.sum(u * u)


r = np.random.default_rng(0)
#: name: function, arguments, argnums
CASES = {
    "seed_example": (seed_example, (3.0, 2.0), (0, 1)),
    "logistic_map": (logistic_map, (0.3, 3.1, 6), (0, 1)),
    "newton_sqrt": (newton_sqrt, (7.0,), 0),
    "mlp": (
        mlp,
        (*(r.normal(size=s) for s in ((3, 4), 4, (4, 3), 3, (5, 3))), np.array([0, 1, 2, 1, 0])),
        (0, 1, 2, 3),
    ),
    "rnn": (rnn, tuple(r.normal(size=s) for s in ((3, 4), (4, 4), 4, (5, 3))), (0, 1, 2)),
    "barrier": (barrier, (r.normal(size=6),), 0),
    "seidel": (seidel, (r.random((6, 5)), 3), 0),
    "burgers": (burgers, (r.random(9), 0.1, 4), (0, 1)),
    "rosenbrock": (rosenbrock, (r.normal(size=6),), 0),
    "factorial_power": (factorial_power, (1.3, 4), 0),
    "stack_sum": (stack_sum, (2.0,), 0),
    "guarded": (guarded, (1.2, 7), 0),
    "heat": (heat, (r.random(9), 0.1, 10), (0, 1)),
}
