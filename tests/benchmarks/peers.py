"""The same kernels and their gradients in HIPS autograd and in PyTorch, each as its users write them.

`autograd_gradient` and `torch_gradient` take a kernel's name, `wrt` and arguments, and give a function
without arguments to time, or None where the tool is not installed.  Inputs are converted once, outside of
what is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import numpy as np

try:
    import autograd
    import autograd.numpy as anp
except ImportError:
    autograd = None

try:
    import torch
except ImportError:
    torch = None


# ------------------------------------------------------------------------------------- HIPS autograd


def seed_example_autograd(x, y):
    return (x + y) * (x - y)


def logistic_map_autograd(x, r, n):
    for i in range(n):
        x = r * x * (1.0 - x)
    return x


def newton_sqrt_autograd(a):
    x = a
    while True:
        step = (x * x - a) / (2.0 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


def mlp_autograd(W1, b1, W2, b2, X, y):
    h = anp.tanh(X @ W1 + b1)
    z = h @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    logp = z - anp.log(anp.exp(z).sum(axis=1, keepdims=True))
    return -anp.mean(logp[np.arange(len(y)), y])


def rnn_autograd(Wx, Wh, b, xs):
    h = anp.zeros(b.shape)
    loss = 0.0
    for x in xs:
        h = anp.tanh(x @ Wx + h @ Wh + b)
        loss += h @ h
    return loss


def autograd_gradient(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Callable[[], Any] | None:
    """The gradient by HIPS autograd, bound to its arguments."""
    if autograd is None:
        return None
    gradient = autograd.grad(globals()[f"{name}_autograd"], wrt)
    return lambda: gradient(*args)


# ------------------------------------------------------------------------------------------- PyTorch


def seed_example_torch(x, y):
    return (x + y) * (x - y)


logistic_map_torch = logistic_map_autograd
newton_sqrt_torch = newton_sqrt_autograd


def mlp_torch(W1, b1, W2, b2, X, y):
    # the fused loss is what one writes in PyTorch; it is faster than the steps one by one
    h = torch.tanh(torch.addmm(b1, X, W1))
    return torch.nn.functional.cross_entropy(torch.addmm(b2, h, W2), y)


def rnn_torch(Wx, Wh, b, xs):
    h = torch.zeros_like(b)
    loss = torch.zeros((), dtype=b.dtype)
    # one product for all steps at once, as a user of PyTorch would
    for u in torch.addmm(b, xs, Wx).unbind(0):
        h = torch.tanh(u + h @ Wh)
        loss = loss + h @ h
    return loss


def torch_gradient(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> Callable[[], Any] | None:
    """The gradient by PyTorch in double precision on one thread, bound to tensors made from the arguments."""
    if torch is None:
        return None
    torch.set_num_threads(1)
    tensors = [a if isinstance(a, int) else torch.from_numpy(np.array(a)) for a in args]
    leaves = [tensors[n].requires_grad_() for n in wrt]
    kernel = globals()[f"{name}_torch"]
    return lambda: torch.autograd.grad(kernel(*tensors), leaves)


def versions() -> dict[str, str]:
    """The versions of the tools that are there."""
    found = {}
    if autograd is not None:
        found["autograd"] = metadata.version("autograd")
    if torch is not None:
        found["torch"] = torch.__version__
    return found
