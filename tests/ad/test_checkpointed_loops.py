"""Loops under `checkpoint`: derivatives of every order and mode are those without it."""

from __future__ import annotations

import numpy as np
import pytest

import sourcead as ad
from sourcead import checkpoint

U = np.array([0.7, -1.2, 1.9, 0.4, 0.3])


def plain(items, slots=None):
    """What `checkpoint` means."""
    return items


def heat(checkpoint):
    def loss(u, r, steps):
        for _ in checkpoint(range(steps), slots=3):
            flux = r * np.diff(u)
            u = u.copy()
            u[1:-1] += np.diff(flux)
        return np.sum(u * u)

    return loss, (U, 0.2, 17)


def in_place(checkpoint):
    def loss(u, r, steps):
        u = u.copy()
        for t in checkpoint(range(2, 2 + 3 * steps, 3), slots=steps // 5):
            u[1:-1] += r * np.sin(u[2:]) * u[:-2] + 0.001 * t
        return np.sum(u * u)

    return loss, (U, 0.3, 16)


def rows_of_a_matrix(checkpoint):
    def loss(u, forcing, steps):
        energy = 0.0
        for t in checkpoint(range(steps), slots=2):
            u = u + 0.1 * np.sin(u) * forcing[t]
            energy += u @ u
        return energy + np.sum(u)

    return loss, (U, np.arange(60.0).reshape(12, 5) / 50, 11)


def numbers_and_counts(checkpoint):
    def loss(x, y, steps):
        count = 0
        for t in checkpoint(range(steps, 0, -1), slots=2):
            if x * y > 0.3:
                x = x * 0.9 - 0.01 * t
                count += 1
            else:
                x, y = y + 0.5, x * x
        return x * y * count

    return loss, (0.8, 1.1, 13)


def left_early(checkpoint):
    def loss(x, y, steps):
        for t in checkpoint(range(steps), slots=3):
            if x < 0.05:
                return x * y * t
            x = x - 0.1 * x * y
        return x

    return loss, (0.9, 1.3, 100)


def nested(checkpoint):
    def loss(x, y, steps):
        for i in checkpoint(range(steps), slots=2):
            z = x
            for j in checkpoint(range(i + 2), slots=2):
                z = z + 0.1 * np.sin(z * y) * j
            x = 0.5 * (x + z)
        return x

    return loss, (0.4, 0.8, 7)


def inside_a_loop(checkpoint):
    def loss(u, y, steps):
        total = 0.0
        for k in range(3):
            for t in checkpoint(range(steps), slots=2):
                u = np.tanh(u * y + 0.1 * t)
            total += np.sum(u) * k
        return total

    return loss, (U, 0.8, 6)


def two_arrays_swapped(checkpoint):
    def loss(a, r, steps):
        a, b = a.copy(), np.zeros_like(a)
        for _ in checkpoint(range(steps), slots=3):
            b[1:-1] = a[1:-1] + r * (a[2:] - 2.0 * a[1:-1] + a[:-2]) * a[1:-1]
            a, b = b, a
        return np.sum(a * a)

    return loss, (U, 0.1, 9)


def over_an_array(checkpoint):
    def loss(xs, y, n):
        s = 1.0
        for k, x in checkpoint(enumerate(xs), slots=2):
            s = s * np.cos(x * y) + 0.1 * k * s * s
        return s * n

    return loss, (U, 0.4, 2)


def read_and_overwritten_afterwards(checkpoint):
    def loss(a, x, steps):
        a = a * 1.0
        for k in range(3):
            for _ in checkpoint(range(steps), slots=2):
                x = x * 0.9 + 0.1 * a[k] * x * x * np.sum(a)
            a[k] = x
            a[1:] *= x
        return np.sum(a) * x

    return loss, (U, 0.4, 5)


def lists_and_dicts(checkpoint):
    def loss(a, x, steps):
        p, d, xs = [x, 2.0 * x], {"q": a * x}, [x]
        for t in checkpoint(range(steps), slots=2):
            p[0] = p[0] * p[1] + 0.1
            p[1] = np.sin(p[0])
            d["q"][1] = d["q"][1] * p[1]
            xs.append(xs[t] * 0.9 + 0.1 * np.sin(d["q"][1]))
        return p[0] + np.sum(d["q"]) * xs[-1]

    return loss, (U, 0.4, 6)


def views_of_a_matrix(checkpoint):
    def loss(a, x, steps):
        m = np.zeros((steps + 1, 5))
        m[0] = a
        for t in checkpoint(range(steps), slots=2):
            row = m[t + 1]
            row[:] = np.sin(m[t]) * x
            row[0] += 1.0
        return np.sum(m[-1] * m[1])

    return loss, (U, 0.4, 5)


def the_largest_so_far(checkpoint):
    def loss(a, x, steps):
        best, where = -1e9, 0
        for t in checkpoint(range(steps), slots=2):
            if t == 4:
                continue
            x = np.sin(3.0 * x) * a[t % 5]
            if x > best:
                best, where = x, t
            assert x == x, "nan"
        return best * (where + 1) + x

    return loss, (U, 0.4, 8)


LOOPS = [
    heat, in_place, rows_of_a_matrix, numbers_and_counts, left_early, nested, inside_a_loop,
    two_arrays_swapped, over_an_array, read_and_overwritten_afterwards, lists_and_dicts,
    views_of_a_matrix, the_largest_so_far,
]  # fmt: skip


def bits(one, other) -> None:
    one, other = (v if isinstance(v, tuple) else (v,) for v in (one, other))
    assert len(one) == len(other)
    for a, b in zip(one, other):
        assert type(a) is type(b)
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("make", LOOPS, ids=lambda m: m.__name__)
def test_derivatives_of_loops_are_those_without_it(make):
    f, args = make(checkpoint)
    g, _ = make(plain)
    assert f(*args) == g(*args)
    bits(ad.grad(f, (0, 1))(*args), ad.grad(g, (0, 1))(*args))
    (v, one), (w, other) = (ad.value_and_grad(h, (0, 1))(*args) for h in (f, g))
    assert v == w == f(*args)
    bits(one, other)
    _, pullback = ad.vjp(f, *args)
    _, expected = ad.vjp(g, *args)
    for seed in (1.0, -0.5):  # the saved states outlive a call of the pullback
        bits(pullback(seed)[:2], expected(seed)[:2])
    dots = (np.ones_like(args[0]) if np.ndim(args[0]) else 1.0, 0.5 * np.ones_like(args[1])[()], 0)
    bits(ad.jvp(f, args, dots), ad.jvp(g, args, dots))
    hvps = [ad.jvp(ad.grad(h, (0, 1)), args, dots)[1] for h in (f, g)]
    for a, b in zip(*hvps):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("make", LOOPS, ids=lambda m: m.__name__)
def test_reverse_over_reverse(make):
    def second(h):
        return ad.grad(lambda x: np.sum(np.cos(ad.grad(h)(x, *args[1:]))))

    f, args = make(checkpoint)
    g, _ = make(plain)
    np.testing.assert_allclose(second(f)(args[0]), second(g)(args[0]), rtol=1e-11, atol=1e-13)


def test_a_state_that_is_bound_in_the_first_step():
    def f(x):
        for t in checkpoint(range(6), slots=2):
            if t == 0:
                z = x * x
            else:
                z = z * np.sin(x)
            x = x * 0.9 + z * 0.1
        return x * z

    ad.check_grads(f, (0.4,))


@ad.custom_jvp
def square(x):
    return x * x


@square.defjvp
def square_jvp(primals, tangents):
    return square(primals[0]), 3.0 * primals[0] * tangents[0]  # said to be 3 x: nobody but the rule knows


def test_a_derivative_of_the_users_in_a_step():
    def f(x, items):
        for _ in items:
            x = square(x) * 0.5
        return x

    def under(x, n):
        return f(x, checkpoint(range(n), slots=2))

    assert ad.grad(lambda x: under(x, 5))(0.9) == ad.grad(lambda x: f(x, range(5)))(0.9)


def test_inner_derivatives():
    def f(x, y, checkpoint):
        def g(x):
            for _ in checkpoint(range(6), slots=2):
                x = np.sin(x) * x * y + 0.3
            return x

        z, z_dot = ad.jvp(g, (x,), (1.0,))
        _, pullback = ad.vjp(g, x)
        return z * z_dot + pullback(2.0)[0] * pullback(z)[0] + ad.grad(g)(x)

    one, other = (ad.grad(lambda x, y, c=c: f(x, y, c), (0, 1))(1.2, 0.9) for c in (checkpoint, plain))
    np.testing.assert_allclose(one, other, rtol=1e-12)
