"""Whose memory is whose: arguments, results, gradients and residuals."""

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors

# -- memory ----------------------------------------------------------------------------------------


def test_gradients_are_fresh_and_writable():
    def f(x, w):
        return np.sum(x) + np.sum(w * x)

    x, w = np.ones(3), np.arange(3.0)
    gx, gw = ad.grad(f, (0, 1))(x, w)
    assert gx.flags.writeable and gw.flags.writeable
    assert gx.flags.owndata or gx.base is None or not np.shares_memory(gx, x)
    assert not np.shares_memory(gw, x) and not np.shares_memory(gx, w) and not np.shares_memory(gx, gw)
    gw[:] = 100.0
    np.testing.assert_array_equal(x, np.ones(3))


@pytest.mark.parametrize("f", [np.sum, np.mean, np.max], ids=["sum", "mean", "max"])
def test_broadcast_gradients_own_their_memory(f):
    g = ad.grad(lambda x: f(x))(np.array([1.0, 3.0, 2.0]))
    g[0] = 7.0
    assert g[1] != 7.0 and g[2] != 7.0, "one number stands in several places"


def test_two_gradients_do_not_share_memory():
    ga, gb = ad.grad(lambda a, b: np.sum((a + b) ** 2), (0, 1))(np.ones(3), np.ones(3))
    assert not np.shares_memory(ga, gb)
    ga, gb = ad.vjp(lambda a, b: a + b, np.ones(3), np.ones(3))[1](np.ones(3))
    assert not np.shares_memory(ga, gb)


def test_pullback_of_the_identity_does_not_hand_out_the_seed():
    seed = np.ones(3)
    for f in (lambda x: x, lambda x: x + 1.0, lambda x: x.T, lambda x: np.reshape(x, (3, 1))[:, 0]):
        value, pullback = ad.vjp(f, np.zeros(3))
        (bar,) = pullback(seed)
        assert not np.shares_memory(bar, seed) and bar.flags.writeable
        np.testing.assert_array_equal(bar, seed)


def test_a_pullback_does_not_see_later_changes():
    x, w = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, pullback = ad.vjp(lambda x, w: x * x * w, x, w)
    x[:] = 100.0
    w[:] = -1.0
    value[:] = 0.0
    for _ in range(3):
        bx, bw = pullback(np.ones(2))
        np.testing.assert_array_equal(bx, [6.0, 16.0])
        np.testing.assert_array_equal(bw, [1.0, 4.0])
        bx[:] = 0.0


def test_a_pullback_does_not_see_changes_of_a_result_that_it_reads():
    x = np.array([0.5, 1.0])
    value, pullback = ad.vjp(lambda x: np.exp(x), x)
    want = np.exp(x)
    value *= 0.0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], want)


def test_a_pullback_of_a_loop_can_be_used_again():
    def f(x):
        for i in range(len(x) - 1):
            x[i + 1] = x[i + 1] * x[i]
        return x

    x = np.array([1.5, 2.0, 3.0])
    value, pullback = ad.vjp(f, x)
    np.testing.assert_array_equal(x, [1.5, 2.0, 3.0])
    np.testing.assert_array_equal(value, [1.5, 3.0, 9.0])
    for _ in range(3):
        np.testing.assert_allclose(pullback(np.array([0.0, 0.0, 1.0]))[0], [6.0, 4.5, 3.0], rtol=1e-14)
    np.testing.assert_allclose(pullback(np.array([0.0, 1.0, 0.0]))[0], [2.0, 1.5, 0.0], rtol=1e-14)


def writes(a, b):
    a[0] = a[0] * b[0]
    return np.sum(a * b)


def test_overlapping_arguments_are_refused_where_one_is_written_to():
    base = np.arange(1.0, 5.0)
    for make in (ad.grad, ad.value_and_grad, lambda f: ad.vjp(f)):
        with pytest.raises(errors.Unsupported, match="share memory"):
            make(writes)(base[:3], base[1:])
    with pytest.raises(errors.Unsupported, match="share memory"):
        ad.jvp(writes, (base[:3], base[1:]), (np.ones(3), np.ones(3)))
    np.testing.assert_array_equal(base, [1.0, 2.0, 3.0, 4.0])


def test_overlap_is_asked_for_at_every_call():
    d = ad.grad(writes)
    base = np.arange(1.0, 7.0)
    np.testing.assert_allclose(d(base[:3].copy(), base[3:]), [16.0, 5.0, 6.0])
    d(base[:3], base[3:])
    with pytest.raises(errors.Unsupported, match="share memory"):
        d(base[:3], base[1:4])
    with pytest.raises(errors.Unsupported, match="share memory"):
        d(base[:3], base[:3])


def test_overlapping_arguments_that_are_only_read():
    base = np.arange(1.0, 5.0)
    ga, gb = ad.grad(lambda a, b: np.sum(a * b), (0, 1))(base[:3], base[1:])
    np.testing.assert_array_equal(ga, base[1:])
    np.testing.assert_array_equal(gb, base[:3])


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(np.arange(1.0, 7.0).reshape(2, 3)),
        np.arange(1.0, 13.0).reshape(2, 6)[:, ::2],
        np.arange(1.0, 7.0).reshape(3, 2).T,
        np.arange(1.0, 7.0).reshape(2, 3)[::-1, ::-1],
        np.broadcast_to(np.arange(1.0, 4.0), (2, 3)),
    ],
    ids=["fortran", "strided", "transposed", "reversed", "broadcast"],
)
def test_layouts(x):
    def f(x):
        y = x.reshape(-1)
        return np.sum(y[1:] * y[:-1]) + np.sum(x**2)

    def written(x):
        x = x * 1.0
        x[0, 1] = x[0, 0] * x[1, 2]
        return np.sum(x * x)

    for g in (f, written):
        value, gradient = ad.value_and_grad(g)(x)
        assert value == g(x.copy(order="K")) or value == pytest.approx(g(np.ascontiguousarray(x)), rel=1e-15)
        plain = ad.grad(g)(np.ascontiguousarray(x))
        assert gradient.shape == x.shape
        np.testing.assert_allclose(gradient, plain, rtol=1e-14)


def test_a_written_argument_in_fortran_order_stays_as_it_was():
    def f(a):
        for i in range(len(a)):
            a[i, 0] = a[i, 0] * a[i, 1]
        return np.sum(a)

    a = np.asfortranarray(np.array([[2.0, 3.0], [4.0, 5.0]]))
    gradient = ad.grad(f)(a)
    np.testing.assert_array_equal(a, [[2.0, 3.0], [4.0, 5.0]])
    np.testing.assert_array_equal(gradient, [[3.0, 3.0], [5.0, 5.0]])


def test_read_only_arguments():
    x = np.arange(1.0, 4.0)
    x.flags.writeable = False
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(x * x))(x), 2 * x)
    y, pullback = ad.vjp(lambda x: x * x, x)
    y[0] = 5.0
    np.testing.assert_array_equal(pullback(np.ones(3))[0], 2 * x)


def test_writing_to_a_read_only_argument_raises_as_the_primal_does():
    def f(x):
        x[0] = 2.0 * x[1]
        return np.sum(x * x)

    x = np.arange(1.0, 4.0)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        f(x)
    with pytest.raises(ValueError, match="read-only"):
        ad.value_and_grad(f)(x)


def test_empty_arrays():
    value, gradient = ad.value_and_grad(lambda x: np.sum(x * x))(np.zeros(0))
    assert value == 0.0 and gradient.shape == (0,)
    value, gradient = ad.value_and_grad(lambda x: np.sum(x @ x.T) + 1.0)(np.zeros((0, 3)))
    assert value == 1.0 and gradient.shape == (0, 3)

    def loop(x):
        s = 1.0
        for v in x:
            s = s * v
        return s

    value, gradient = ad.value_and_grad(loop)(np.zeros(0))
    assert value == 1.0 and gradient.shape == (0,)


# -- arguments without effect, and arguments that come out -----------------------------------------


def test_ignored_arguments_have_zero_gradients():
    def f(x, unused, p):
        return x * x

    g = ad.grad(f, (1, 2))(1.0, np.ones((2, 3), dtype=np.float32), {"a": 2.0, "b": [np.ones(2)]})
    assert g[0].shape == (2, 3) and g[0].dtype == np.float32 and not g[0].any()
    assert g[1]["a"] == 0.0 and type(g[1]["a"]) is float
    np.testing.assert_array_equal(g[1]["b"][0], [0.0, 0.0])
    assert ad.grad(lambda x: 3.0)(2.0) == 0.0
    value, pullback = ad.vjp(f, 1.0, np.ones(2), {"a": 2.0})
    bars = pullback(1.0)
    assert bars[0] == 2.0 and not bars[1].any() and bars[2] == {"a": 0.0}
    assert ad.jvp(lambda x: 3.0, (2.0,), (1.0,)) == (3.0, 0.0)


def test_an_argument_returned():
    x = np.array([1.0, 2.0])
    value, dot = ad.jvp(lambda x: x, (x,), (np.array([3.0, 4.0]),))
    np.testing.assert_array_equal(value, x)
    np.testing.assert_array_equal(dot, [3.0, 4.0])
    (a, b), pullback = ad.vjp(lambda x: (x, x), x)
    np.testing.assert_array_equal(pullback((np.ones(2), np.array([1.0, 2.0])))[0], [2.0, 3.0])
    assert ad.grad(lambda x: x)(2.0) == 1.0


def test_results_that_share_memory():
    def f(x):
        y = x * 2.0
        z = y[1:]
        y[1] = y[1] * 3.0
        return y, z

    x = np.array([1.0, 2.0, 3.0])
    (y, z), pullback = ad.vjp(f, x)
    np.testing.assert_array_equal(y, [2.0, 12.0, 6.0])
    np.testing.assert_array_equal(z, [12.0, 6.0])
    np.testing.assert_array_equal(pullback((np.ones(3), np.zeros(2)))[0], [2.0, 6.0, 2.0])
    np.testing.assert_array_equal(pullback((np.zeros(3), np.ones(2)))[0], [0.0, 6.0, 2.0])
    (_, _), (y_dot, z_dot) = ad.jvp(f, (x,), (np.ones(3),))
    np.testing.assert_array_equal(y_dot, [2.0, 6.0, 2.0])
    np.testing.assert_array_equal(z_dot, [6.0, 2.0])
