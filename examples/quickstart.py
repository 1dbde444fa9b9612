"""Read the gradient of a small loss, then use it.

python examples/quickstart.py
sourcead grad examples/quickstart.py:loss --check
"""

import numpy as np

import sourcead


def softplus(v):
    if v > 0.0:
        return v + np.log1p(np.exp(-v))
    return np.log1p(np.exp(v))


def loss(w: "float[:]", x: "float[:, :]", y: "float[:]"):
    """Logistic loss of the labels y (-1.0 or 1.0) given the rows of x, with a small penalty on w."""
    total = 0.0
    for i in range(len(y)):
        margin = y[i] * (x[i] @ w)
        total += softplus(-margin)
    return total / len(y) + 0.01 * (w @ w)


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = np.where(x @ np.array([2.0, -1.0, 0.5]) > 0.0, 1.0, -1.0)
    w = np.zeros(3)

    loss_grad = sourcead.grad(loss)
    sourcead.check_grads(loss, (w + 0.1, x[:5], y[:5]), order=1, argnums="w")
    for step in range(100):
        if step % 25 == 0:
            print(f"step {step:3d}  loss {loss(w, x, y):.4f}")
        w = w - 2.0 * loss_grad(w, x, y)
    print(f"step 100  loss {loss(w, x, y):.4f}  right {np.mean((x @ w) * y > 0.0):.1%}\n")
    print("The gradient that was used:\n")
    print(loss_grad.source)


if __name__ == "__main__":
    main()
