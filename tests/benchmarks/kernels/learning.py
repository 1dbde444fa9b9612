"""Small pieces of machine learning."""

import numpy as np

from .registry import add


def softmax(x):
    top = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - top)
    out = e / np.sum(e, axis=-1, keepdims=True)
    return (out * out).sum()


add(
    softmax,
    lambda r, n, heads, size: (r.normal(size=(n, heads, size, size)),),
    wrt=(0,),
    tiny={"n": 2, "heads": 2, "size": 3},
    timed={"n": 4, "heads": 4, "size": 48},
)


def mlp(X, labels, W1, b1, W2, b2, W3, b3):
    h = np.maximum(X @ W1 + b1, 0.0)
    h = np.maximum(h @ W2 + b2, 0.0)
    z = h @ W3 + b3
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def mlp_inputs(r, batch, inputs, width, classes):
    return (
        r.normal(size=(batch, inputs)),
        r.integers(0, classes, batch),
        r.normal(size=(inputs, width)) / np.sqrt(inputs),
        0.1 * r.normal(size=width),
        r.normal(size=(width, width)) / np.sqrt(width),
        0.1 * r.normal(size=width),
        r.normal(size=(width, classes)) / np.sqrt(width),
        0.1 * r.normal(size=classes),
    )


add(
    mlp,
    mlp_inputs,
    wrt=(2, 3, 4, 5, 6, 7),
    tiny={"batch": 3, "inputs": 4, "width": 5, "classes": 3},
    timed={"batch": 64, "inputs": 100, "width": 120, "classes": 10},
)
