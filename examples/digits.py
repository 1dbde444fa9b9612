"""Train a two-layer network on scikit-learn's digits with the derivative of an ordinary NumPy loss.

python -m pip install ".[examples]"
python examples/digits.py
"""

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sklearn.datasets import load_digits

import sourcead

EPOCHS = 40
BATCH = 32
HIDDEN = 64
RATE = 0.1
MOMENTUM = 0.9


def logits(W1, b1, W2, b2, X):
    return np.tanh(X @ W1 + b1) @ W2 + b2


def loss(W1: "float[p, h]", b1: "float[h]", W2: "float[h, c]", b2: "float[c]", X: "float[n, p]", y: "int[n]"):
    """Mean cross-entropy of the classes y, one a row of X."""
    z = logits(W1, b1, W2, b2, X)
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(y)), y])


def accuracy(params, X, y):
    return np.mean(logits(*params, X).argmax(axis=1) == y)


def train(epochs=EPOCHS, seed=0, say=print):
    """Train by gradient descent with momentum; returns the accuracy on the digits that were held out."""
    X, y = load_digits(return_X_y=True)
    X = X / 16.0
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    held_out, trained_on = order[:360], order[360:]

    params = [
        rng.normal(size=(X.shape[1], HIDDEN)) / np.sqrt(X.shape[1]),
        np.zeros(HIDDEN),
        rng.normal(size=(HIDDEN, 10)) / np.sqrt(HIDDEN),
        np.zeros(10),
    ]
    velocity = [np.zeros_like(p) for p in params]
    loss_and_grad = sourcead.value_and_grad(loss, argnums=(0, 1, 2, 3))

    unseen = 0.0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("training", total=epochs)
        for epoch in range(1, epochs + 1):
            rng.shuffle(trained_on)
            rate = RATE * (1.0 - (epoch - 1) / epochs)
            total = 0.0
            for start in range(0, len(trained_on), BATCH):
                rows = trained_on[start : start + BATCH]
                value, grads = loss_and_grad(*params, X[rows], y[rows])
                total += value * len(rows)
                for p, v, g in zip(params, velocity, grads, strict=True):
                    v *= MOMENTUM
                    v -= rate * g
                    p += v
            seen = accuracy(params, X[trained_on], y[trained_on])
            unseen = accuracy(params, X[held_out], y[held_out])
            mean = total / len(trained_on)
            say(f"epoch {epoch:2d}  loss {mean:.4f}  train {seen:.1%}  held out {unseen:.1%}")
            progress.advance(task)
    return unseen


if __name__ == "__main__":
    train()
