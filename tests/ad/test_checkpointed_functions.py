"""Functions under `checkpoint`: derivatives are those without it, and nothing but arguments is kept."""

from __future__ import annotations

import numpy as np
import pytest

import sourcead as ad
from sourcead import checkpoint

U = np.array([0.7, -1.2, 1.9, 0.4, 0.3])


def layers(checkpoint):
    @checkpoint
    def layer(x, w, k):
        return np.tanh(w[k] * x) + x

    def loss(x, w):
        for k in range(len(w)):
            x = layer(x, w, k)
        return np.sum(x * layer(x, w, 0))

    return loss, (U, np.array([0.3, -0.2, 0.7]))


def functions_inside(checkpoint):
    def loss(x, y):
        @checkpoint
        def inner(a):
            return np.sin(a) * y

        @checkpoint
        def outer(a, b):
            c = inner(a)
            return inner(c * b) + c

        return np.sum(outer(outer(x, y), y))

    return loss, (U, 0.7)


def writes_to_its_argument(checkpoint):
    def fill(a, s):
        a[1:3] = a[1:3] * s
        return np.sum(a) * s

    def loss(y, s):
        y = y * 1.0
        total = checkpoint(fill)(y, s)
        total += checkpoint(fill)(y[1:], total)
        return total * y[2] + np.sum(y)

    return loss, (U, 0.7)


def writes_through_a_closure(checkpoint):
    def loss(x, y):
        sums = np.zeros(2)

        def add(s, k=1):
            sums[k] += np.sum(s)
            return s * y

        z = checkpoint(add)(checkpoint(add)(x), k=0)
        return np.sum(z) * sums[0] + sums[1] ** 2

    return loss, (U, 0.7)


def containers(checkpoint):
    def parts(p, scale=1.0):
        return {"a": p[0] * scale, "b": (p[1], np.sum(p[0]))}

    def loss(x, y):
        out = checkpoint(parts)((x, y), scale=y)
        return np.sum(out["a"]) * out["b"][0] + out["b"][1]

    return loss, (U, 0.7)


def branches(checkpoint):
    @checkpoint
    def g(x):
        if x > 0.5:
            return x * x
        return np.sin(x)

    def loss(x, y):
        s = 0.0
        for i in range(6):
            s = s + g(x * i) if i % 2 else s * g(s) + x * y
        return s

    return loss, (0.4, 0.3)


def given_twice(checkpoint):
    def loss(x, y):
        return checkpoint(lambda a, b: np.sum(a * b * a))(x, x) * y

    return loss, (U, 0.3)


FUNCTIONS = [
    layers, functions_inside, writes_to_its_argument, writes_through_a_closure, containers, branches,
    given_twice,
]  # fmt: skip


@pytest.mark.parametrize("make", FUNCTIONS, ids=lambda m: m.__name__)
def test_derivatives_of_functions_are_those_without_it(make):
    f, args = make(checkpoint)
    g, _ = make(lambda h: h)
    assert f(*args) == g(*args)
    (v, one), (w, other) = (ad.value_and_grad(h, (0, 1))(*args) for h in (f, g))
    assert v == w
    for a, b in zip(one, other):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    _, pullback = ad.vjp(f, *args)
    for _ in range(2):
        for a, b in zip(pullback(1.0), other):
            np.testing.assert_allclose(a, b, rtol=1e-13)
    ad.check_grads(f, args)
    second = [ad.grad(lambda x, h=h: np.sum(np.cos(ad.grad(h)(x, *args[1:])))) for h in (f, g)]
    np.testing.assert_allclose(second[0](args[0]), second[1](args[0]), rtol=1e-11, atol=1e-13)


def test_a_function_is_run_again_and_nothing_of_it_is_kept():
    f, args = layers(checkpoint)
    derivative = ad.vjp(f)
    derivative(*args)
    forward, back = derivative.source.split("def loss_pullback")
    assert "np.tanh" in back, "the layers are not run again"
    assert forward.count("np.tanh") == 1, "the forward sweep does more than to call the layer"


class Model:
    def __init__(self, w):
        self.w = w

    @checkpoint
    def layer(self, x):
        return np.tanh(self.w * x)


def test_a_method():
    def loss(w, x):
        m = Model(w)
        return np.sum(m.layer(m.layer(x)))

    assert loss(0.3, U) == np.sum(np.tanh(0.3 * np.tanh(0.3 * U)))
    ad.check_grads(loss, (0.3, U))


@checkpoint
def power(x, n):
    return x * power(x, n - 1) if n > 0 else x


def test_a_function_that_calls_itself():
    assert ad.grad(power)(0.9, 9) == pytest.approx(10 * 0.9**9, rel=1e-14)
    assert ad.grad(power)(0.9, 30) == pytest.approx(31 * 0.9**30, rel=1e-14)
