"""Adjoints and tangents have the dtype of their primal, where single and double precision mix."""

import copy
import math

import numpy as np
import pytest

from sourcead import grad, jvp, value_and_grad, vjp

U = np.array([0.5, -1.25, 0.75], np.float32)
V = np.array([0.25, 1.5, -0.5])
Z = np.array([0.5 + 0.25j, -1.0j, 0.75], np.complex64)


def stored_into_double(u):
    w = np.zeros(3)
    w[1] = np.mean(u)
    return np.sum(w) + np.sum(np.sin(u))


def stored_into_single(u, v):
    w = np.zeros_like(u)
    w[:] = v * u
    w[0] = np.sum(v)
    return np.sum(w * w)


def change_places(u, v):
    for _ in range(3):
        u, v = v, u * 0.5
    return np.sum(u * u * v)


def change_places_with_new_memory(u, v):
    for _ in range(3):
        w = np.zeros(3)
        w[1] = np.mean(u)
        u, v = v, w * u + v
    return np.sum(u * v)


def chosen(u, v):
    w = u if u[0] > 0.0 else v
    return np.sum(w * v) + np.sum(u)


def chosen_number(x, u):
    y = x if x > 0.0 else 0.5
    return np.sum(y * u) * float(y)


def through_math(x, u):
    s = 0.0
    for i in range(len(u)):
        s += math.sin(x * u[i])
    return s * u[0]


def in_a_list(u, a):
    xs = []
    for i in range(len(u)):
        xs.append(u[i] * a)
        xs.append(a)
    s = 0.0
    for x in xs:
        s = s + x * x * u[0]
    return s


def in_a_branch(x, y):
    if y > 0.0:
        x = x * y
    else:
        y = y * 3.0
    return x + y


def iterated(x):
    for _ in range(3):
        x = np.sin(x) * 1.5 + x
    return x


def power(x, n):
    return x if n == 0 else x * power(x, n - 1) * 0.5


def called(x, u):
    return power(x, 3) * np.sum(u)


def complex_single_through_double(z, v):
    m = np.zeros(3, complex)
    m[0] = np.sum(z)
    m[1:] = z[1:] * 2
    return np.sum(np.abs(m * v)) + np.abs(z[0])


SINGLE, DOUBLE = np.float32, np.float64
PROGRAMS = [
    (stored_into_double, (U,)),
    (stored_into_single, (U, V)),
    (change_places, (U, V)),
    (change_places_with_new_memory, (U, V)),
    (chosen, (U, V)),
    (chosen, (-U, V)),
    *((chosen_number, (x, U)) for x in (SINGLE(0.7), DOUBLE(0.7), 0.7, SINGLE(-0.7))),
    *((through_math, (x, U)) for x in (SINGLE(0.7), DOUBLE(0.7), 0.7)),
    *((in_a_list, (U, x)) for x in (SINGLE(0.7), DOUBLE(0.7), 0.7)),
    *((in_a_branch, (SINGLE(0.7), y)) for y in (SINGLE(0.6), DOUBLE(0.6), 0.6, DOUBLE(-0.6))),
    (iterated, (SINGLE(0.7),)),
    *((called, (x, U)) for x in (SINGLE(0.7), DOUBLE(0.7), 0.7)),
    (complex_single_through_double, (Z, V)),
]


def kind(x):
    return (x.dtype, x.shape) if isinstance(x, np.ndarray) else type(x)


def moved(args, along, h):
    """The arguments in double precision, a step along a direction."""
    wide = [np.asarray(a, np.result_type(a, np.float64)) for a in args]
    return [a + h * d if a.ndim else (a + h * d)[()] for a, d in zip(wide, along)]


@pytest.mark.parametrize("program, args", PROGRAMS)
def test_kinds_and_values(program, args):
    everything = tuple(range(len(args)))
    r = np.random.default_rng(3)
    along = tuple(type(a)(0.6) if np.ndim(a) == 0 else r.normal(size=a.shape).astype(a.dtype) for a in args)
    want = program(*copy.deepcopy(args))
    value, gradient = value_and_grad(program, everything)(*args)
    assert kind(value) == kind(want)
    assert list(map(kind, gradient)) == list(map(kind, args))
    h = 1e-6
    wide = program(*copy.deepcopy(moved(args, along, h))) - program(*copy.deepcopy(moved(args, along, -h)))
    inner = sum(np.sum(np.multiply(g, d)) for g, d in zip(gradient, along)).real
    assert inner == pytest.approx(wide / (2 * h), rel=1e-5)
    value, tangent = jvp(program, args, along)
    assert kind(value) == kind(want)
    if program is not in_a_list:  # there the dtype of the value shows only at run time
        assert np.asarray(tangent).dtype == np.asarray(want).dtype
    assert tangent == pytest.approx(wide / (2 * h), rel=1e-5)
    value, pullback = vjp(program, *args)
    assert kind(value) == kind(want)
    bars = pullback(type(want)(1.0))
    assert list(map(kind, bars)) == list(map(kind, args))
    for bar, g in zip(bars, gradient):
        np.testing.assert_allclose(bar, g, rtol=1e-6)


def text_of(program, *args):
    made = grad(program, tuple(range(len(args))))
    made(*args)
    return made.source


def test_double_alone_converts_nothing():
    text = text_of(through_math, 0.7, V)
    assert "float64" not in text and "astype" not in text


def test_a_number_is_converted_once():
    assert text_of(stored_into_double, U).count("np.float32(") == 1
    assert "float32(" not in text_of(lambda x, u: np.sum(x * u), np.float64(0.5), U)
