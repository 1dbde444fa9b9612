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


def in_fortran_order(A):
    v = A.reshape(-1, order="F")
    v[1] = v[2] * A[0, 1]
    w = A.reshape((2, 6), order="F")
    w[1, 2] *= 3.0
    u = A[:, 1:].ravel(order="F")
    u[3:] *= A[1, 1]
    return np.sum(A * A) + v[0] * w[0, 0] + np.sum(u * u * u)


def seen_through_flat(A):
    f, g = A.flat, A.T[1:].flat
    A[0, 0] = A[1, 1] * 5.0
    f[4:6] = f[0]
    g[3] = A[1, 1] * 2.0
    return f[0] ** 2 + f[5] * g[0] + np.sum(A * A)


def views_of_a_chosen_array(A):
    B = A * 2.0
    z = A if A[0, 0] < 0.5 else B
    u, v = np.split(z, 2, axis=1)
    u[0] = v[1]
    np.add.at(z, ([0, 0], [1, 1]), A[2, 2])
    np.multiply(z, 2.0, out=z)
    np.fill_diagonal(z[:3, :3], z[0, 3])
    t = np.swapaxes(z, 0, 1)
    t[1, 2] = t[0, 0] * t[3, 2]
    z.flat[7] = z[0, 1]
    d = np.diag(z)
    r = z.reshape(-1)
    r[2] = r[3] * 2.0
    z.sort(axis=1)
    return np.sum(A * A) + np.sum(A * B) + np.sum(d) + np.sum(r * r)


def written_by_functions(A):
    v = A.reshape(-1)
    np.add.at(v, [1, 1, 2], A[0] @ A[1])
    np.multiply.at(v, [5, 5], v[0])
    w = A.reshape(6, 2)
    np.multiply(w[1:3], A[0, 0], out=w[0:2])
    np.sin(w, out=w, where=w > 0.6)
    return np.sum(A * A) + v[1] + np.sum(w)


def views_of_views(A):
    v = np.rot90(A).reshape(-1)
    v[2] = A[0, 0] * A[0, 1]
    w = A.reshape(6, 2).T.reshape(-1)
    w[3] = A[0, 0] + v[3]
    u = np.moveaxis(A.reshape(3, 2, 2), 0, 2).reshape(-1)
    u[4] = 3.0 * A[2, 2]
    return np.sum(A * A) + np.sum(v) + np.sum(u * u) + w[4]


def made_contiguous(A):
    v = np.ascontiguousarray(A[:, 1:])
    v[0, 0] = A[1, 1] * 2.0
    B = A * 2.0
    w = np.ascontiguousarray(B.T)
    w[0, 1] = v[2, 2]
    B[1, 1] = w[0, 0]
    np.ascontiguousarray(A)[1, 2] = 3.0
    return np.sum(v * v) + np.sum(w**3) + np.sum(B) + np.sum(A * A)


FUNCTIONS = [
    reshaped,
    raveled,
    part_reshaped,
    transpose_reshaped_in_a_loop,
    of_a_local_array,
    after_a_write,
    in_fortran_order,
    seen_through_flat,
    views_of_a_chosen_array,
    written_by_functions,
    views_of_views,
    made_contiguous,
]
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
