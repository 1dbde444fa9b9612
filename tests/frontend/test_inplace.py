"""What is written in place holds what Python leaves there, bit for bit; what Python refuses is refused."""

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors

V = np.array([0.7, -0.3, 1.2, 0.4])
M = np.arange(12.0).reshape(3, 4) / 7.0 + 0.2
SLIDING = np.lib.stride_tricks.sliding_window_view

LEFT: list = []
REFUSED: list = []


def leaves(f):
    """Register a function whose results are compared with Python's own."""
    LEFT.append(f)
    return f


def refuses(words):
    def add(f):
        REFUSED.append((f, words))
        return f

    return add


@leaves
def the_result_is_the_target(x, A):
    y = np.zeros(4)
    r = np.add(x, 1.0, out=y)
    r[0] = 5.0
    s = np.sum(A, axis=0, out=y[:])
    s[1] = x[1]
    t = np.cumsum(A, 1, None, A)
    t[2, 2] = x[0]
    return y, A


@leaves
def smaller_floats(x, A):
    y = np.zeros(4, dtype=np.float32)
    np.multiply(x, 1.1, out=y)
    y += x * 0.1
    y[1:3] = x[:2] / 3.0
    np.add.at(y, [0, 0, 3], x[:3])
    z = np.multiply(x, y, dtype=np.float32)
    np.copyto(y[:1], 0.1)
    return y, z, np.add(y, 1, dtype=np.float64)


@leaves
def integers_are_cut(x, A):
    k = np.arange(4)
    k[1] = x[2] * 3.0
    k[2:] = A[2, 2:] * 5.0
    k.fill(x[2] * 2.0)
    np.put(k, 3, A[1, 1] * 9.0)
    np.putmask(k, k == 2, A[2, 1] * 4.0)
    np.add(A[0], 1.5, out=k, casting="unsafe")
    return k, np.sum(x)


@leaves
def elements_where(x, A):
    y = np.full((3, 4), -1.0)
    np.log(x, out=y, where=x > 0.0)
    np.divide(A, x, out=y[:, ::-1], where=A > 1.0)
    np.add(x, x, out=y[0], where=False)
    return y


@leaves
def repeats_and_ends(x, A):
    y = np.zeros(7)
    np.fill_diagonal(A, x)
    np.place(y, np.arange(7) % 2 == 0, x[:2])
    y.flat[::3] = x[1:3]
    np.put(y, [5, -6], x)
    A.T.flat[[0, 1, 1]] = x[0], x[1], x[2]
    return y, A


@leaves
def stages_of_a_sort(x, A):
    B = A * np.array([1.0, -1.0, 1.0, -1.0])
    B[1].sort()
    B.T[0].sort()
    C = B[::-1]
    C.sort(axis=0)
    return B, C, np.sort(B, axis=None)


@leaves
def segments_and_folds(x, A):
    s = np.add.reduceat(A, [0, 2, 1], axis=1)
    t = np.divide.reduce(A + 1.0), np.subtract.accumulate(A, axis=1)
    return s, t[0], t[1], np.maximum.reduce(A), np.hypot.outer(x, x[:2])


@leaves
def views_of_views(x, A):
    B = np.moveaxis(A[None], 0, 1)
    B[2, 0, ::2] = x[:2]
    C = np.rot90(A.T, 3)[1:, None]
    np.swapaxes(A, 0, 1)[3] = x[3]
    D = np.flip(np.expand_dims(A, 1), axis=(0, 2))
    D[0, 0] = D[1, 0] * 2.0
    u, w = np.array_split(A, 2)
    w += u[0]
    A.reshape(2, -1)[:, 1] *= x[:2]
    return A, B, C, D, u, w


@leaves
def parts_of_numbers(x, A):
    z = np.zeros(4, dtype=complex)
    z.real = x
    z.imag[::2] = A[0, :2]
    z[3] = 1j
    np.multiply.at(z, [1, 1], 1j * x[0])
    np.conjugate(z, out=z)
    x.real[0] = 9.0
    return z.real, z.imag, x


@leaves
def windows_see_later_writes(x, A):
    w = SLIDING(A, (2, 2))
    v = SLIDING(x, 2)
    A[1, 1] = x[0]
    x[2] = 0.0
    return w * 1.0, v.sum(axis=1), SLIDING(A, 3, axis=-1)[..., 2] + 0.0


@leaves
def draws_into_memory(x, A):
    rng = np.random.default_rng(5)
    y = np.empty((2, 3))
    rng.standard_normal(out=y)
    rng.shuffle(x)
    rng.shuffle(A.T)
    return y, x, A, rng.random()


@leaves
def iterators_over_places(x, A):
    s = []
    for (i, j), v in np.ndenumerate(A[:2, :2]):
        s.append(v * (i - j) + x[i])
    for k in np.ndindex(2):
        s.append(x[k] * 2.0)
    return np.array(s)


@pytest.mark.parametrize("f", LEFT, ids=[f.__name__ for f in LEFT])
def test_memory_is_left_as_python_leaves_it(f):
    want = f(V.copy(), M.copy())
    args = V.copy(), M.copy()
    got, _ = ad.vjp(f, *args)
    assert np.array_equal(args[0], V) and np.array_equal(args[1], M), "an argument was changed"
    flat = list(zip(want, got)) if isinstance(want, tuple) else [(want, got)]
    for w, g in flat:
        assert type(w) is type(g) and np.asarray(w).dtype == np.asarray(g).dtype
        np.testing.assert_array_equal(g, w)


# -- refused -------------------------------------------------------------------------------------------
@refuses("NumPy does not cast float64 into an array of int64")
def floats_added_to_integers(x):
    k = np.arange(4)
    k += x
    return np.sum(k * x)


@refuses("NumPy does not cast float64 into an array of int64")
def floats_added_to_chosen_integers(x):
    k = np.arange(4)
    k[[0, 1]] += 1.5
    return np.sum(k * x)


@refuses("np.add does not write float64 into an array of int64")
def floats_into_integers(x):
    return np.sum(np.add(x, 1.0, out=np.zeros(4, dtype=int)))


@refuses("np.sum does not write float64 into an array of float32")
def another_dtype_of_a_sum(x):
    return np.sum(x[None], axis=0, out=np.zeros(4, dtype=np.float32))[0]


@refuses("the result of np.sum has 0 axes, and out= has 1")
def another_rank(x):
    return np.sum(x, out=np.zeros(4))[0]


@refuses("np.copyto cannot be used like this")
def copied_against_the_rule(x):
    k = np.zeros(4, dtype=int)
    np.copyto(k, x)
    return np.sum(k * x)


@refuses("where= without out=")
def elements_never_set(x):
    return np.sum(np.sqrt(x, where=x > 0.0))


@refuses("order= of a ufunc")
def an_order_of_a_ufunc(x):
    return np.sum(np.sqrt(x, order="F"))


@refuses("np.multiply.at with slices and index arrays")
def at_with_slices(x):
    A = np.outer(x, x)
    np.multiply.at(A, ([0, 0], slice(1, 3)), 2.0)
    return np.sum(A)


@refuses("np.power.reduceat is not supported")
def another_method_of_a_ufunc(x):
    return np.sum(np.power.reduceat(x, [0, 2], dtype=np.float32))


@refuses("np.diagonal gives is read-only")
def a_diagonal_written(x):
    A = np.outer(x, x)
    np.diagonal(A)[0] = 1.0
    return np.sum(A)


@refuses("np.diag gives is read-only")
def a_diag_written(x):
    A = np.outer(x, x)
    d = np.diag(A)
    d += 1.0
    return np.sum(A)


@refuses("np.broadcast_to gives is read-only")
def a_broadcast_written(x):
    y = np.broadcast_to(x, (2, 4))
    y[0, 0] = 1.0
    return np.sum(y)


@refuses("'y' is read-only")
def a_broadcast_number_written(x):
    y = np.broadcast_to(x[0], (2, 4))
    y[0, 0] = 1.0
    return np.sum(y)


@refuses("sliding_window_view gives is read-only")
def a_window_written(x):
    SLIDING(x, 2)[0] = 1.0
    return np.sum(x)


@refuses("as_strided is not supported")
def strides_by_hand(x):
    return np.sum(np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8)))


@refuses("the imaginary part of an array of floats")
def an_imaginary_part_of_floats(x):
    y = x * 1.0
    y.imag = 2.0
    return np.sum(y)


@refuses("'shape' of an array")
def a_shape_assigned(x):
    y = x * 1.0
    y.shape = (2, 2)
    return np.sum(y)


@refuses("method 'itemset'")
def itemset(x):
    x.itemset(0, 1.0)
    return np.sum(x)


@refuses("method 'resize'")
def resize(x):
    x.resize(9)
    return np.sum(x)


@refuses("method 'partition'")
def partition(x):
    x.partition(2)
    return x[0]


@refuses("method 'view'")
def viewed_as_another_type(x):
    return np.sum(x.view(np.int64) * x)


@refuses("np.put writes into an array")
def put_into_a_list(x):
    y = [x[0], x[1]]
    np.put(y, 0, 1.0)
    return y[0]


@pytest.mark.parametrize("f, words", REFUSED, ids=[f.__name__ for f, _ in REFUSED])
def test_refusals_say_why(f, words):
    with pytest.raises(errors.Unsupported) as caught:
        ad.grad(f)(V.copy())
    assert words in caught.value.message
    assert caught.value.reason or caught.value.hint, "neither a reason nor a way out"
    assert "test_inplace.py" in str(caught.value)
