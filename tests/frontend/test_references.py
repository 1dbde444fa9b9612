"""Views that may be copies, for arguments of every layout; references that no path need have bound."""

import numpy as np
import pytest

import sourcead as ad

DENSE = np.arange(1.0, 13.0).reshape(3, 4) / 9.0


def in_c(a):
    return a.copy()


def in_fortran(a):
    return np.asfortranarray(a)


def every_other_column(a):
    out = np.zeros((a.shape[0], 2 * a.shape[1]))
    out[:, ::2] = a
    return out[:, ::2]


def left_part(a):
    out = np.zeros((a.shape[0], a.shape[1] + 2))
    out[:, :-2] = a
    return out[:, :-2]


def turned(a):
    return np.ascontiguousarray(a[::-1])[::-1]


def reshaped(A):
    v = A.reshape(-1)
    v[0] = 3.0 * v[5]
    A[0, 1] = A[0, 0] * 0.5
    return A[0, 0] ** 2 + v[1] ** 2 + v[0] * A[2, 3]


def raveled(A):
    v = A.ravel()
    v[1:3] *= A[2, 2]
    return np.sum(A * A) + v[1] * A[0, 0]


def part_reshaped(A):
    v = A[1:].reshape(-1)
    w = A[:, :2].reshape(6)
    v[0] = w[2] * 2.0
    w[1] = v[1] + A[0, 0]
    return np.sum(A * A) + v[0] * w[1]


def transpose_reshaped_in_a_loop(A):
    v = A.T.reshape(-1)
    for i in range(4):
        v[i] = v[i] * v[i + 1] + A[0, 1]
    return np.sum(A) + np.sum(v * v)


def of_a_local_array(A):
    B = A * 2.0
    B.reshape(4, 3)[1] = A[0, 0]
    B.T.reshape(-1)[2] *= A[1, 1]
    B[0, 0] = B.ravel()[7]
    return np.sum(B * A)


def after_a_write(A):
    A[1, 1] = A[0, 0] * 2.0
    v = A.reshape(2, 6)
    v[0, 0] = A[1, 1] * v[1, 1]
    return np.sum(A * A) + v[0, 0]


FUNCTIONS = [reshaped, raveled, part_reshaped, transpose_reshaped_in_a_loop, of_a_local_array, after_a_write]
LAYOUTS = [in_c, in_fortran, every_other_column, left_part, turned]


def differences(f, layout):
    g = np.zeros(DENSE.shape)
    for index in np.ndindex(DENSE.shape):
        for step, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = DENSE.copy()
            moved[index] += step * 1e-4
            g[index] += weight * f(layout(moved)) / 12e-4
    return g


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_a_view_where_the_primal_has_one(f, layout):
    want, gradient = f(layout(DENSE)), differences(f, layout)
    argument = layout(DENSE)
    value, found = ad.value_and_grad(f)(argument)
    assert value == want and np.array_equal(argument, DENSE)
    np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-9)
    value, pullback = ad.vjp(f, argument)
    argument[...] = -7.0  # the caller's array is the caller's
    assert value == want
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], gradient, rtol=1e-9, atol=1e-9)
    tangent = np.cos(np.arange(12.0)).reshape(3, 4)
    value, change = ad.jvp(f, (layout(DENSE),), (tangent,))
    assert value == want
    np.testing.assert_allclose(change, np.sum(gradient * tangent), rtol=1e-9)


def bound_under_a_condition(x, c):
    y = x * 1.0
    if c > 0:
        z = y
    z[0] = 5.0 * x[1]
    return y[0] * y[1]


def test_a_name_that_the_path_has_not_bound():
    d = ad.value_and_grad(bound_under_a_condition)
    value, gradient = d(np.array([0.5, 2.0]), 1)
    assert value == 20.0 and gradient.tolist() == [0.0, 20.0]
    for f in (bound_under_a_condition, d):
        with pytest.raises(UnboundLocalError, match="'z'"):
            f(np.array([0.5, 2.0]), -1)


def chosen_and_written(x, y, c):
    z = x if c > 0 else y
    z[0] = z[0] * z[1]
    return np.sum(x * y)


def test_a_write_is_a_branch_that_writes():
    d = ad.grad(chosen_and_written)
    d(np.ones(2), np.ones(2), 1)
    assert "    x[0] = " in d.source and "    y[0] = " in d.source
