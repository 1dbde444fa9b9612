"""The Numba backend, kind by kind: what Numba has no words for, and what becomes of it. Small programs: each
is compiled in a second or two."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import sourcead as ad
from sourcead import settling
from sourcead.errors import NotJitted

numba = pytest.importorskip("numba")

X = np.array([0.5, 1.5, -0.3, 2.0])
A = np.random.default_rng(0).normal(size=(3, 4))


def agree(got, want):
    if isinstance(want, tuple | list):
        assert len(got) == len(want)
        for g, w in zip(got, want):
            agree(g, w)
    elif want is None:
        assert got is None
    else:
        assert np.shape(got) == np.shape(want)
        assert np.asarray(got).dtype == np.asarray(want).dtype
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


# -- one type for each variable -----------------------------------------------------------------------------


def bound_on_a_path(x, level):
    for v in x:
        if v > level:
            s = v * v
            break
    else:
        total = np.sum(x)
        s = total * x[0]
    return s * 2.0


def best_so_far(x, n):
    best = None
    for i in range(n):
        if x[i] > 0.4:
            best = x * x[i]
            last = best * 2.0
    return np.sum(last)


def lists_in_turns(x, n):
    terms, s = [x[0]], x[1]
    for i in range(n):
        terms = [x[0] * k + s for k in range(i)]
        s = s * 0.5 + sum(terms) * 0.1
    return s * len(terms) + sum(terms)


def emptied(x):
    p = []
    for i in range(3):
        q = []
        for v in p:
            q.append(v * x[1])
        q.append(x[i] * 2.0)
        p = q
    return p[0] * p[1] + p[2]


def rows_and_sums(a):
    rows = [r for r in a]
    while len(rows) > 1:
        rows = [u * v + u for u, v in zip(rows[:-1], rows[1:])]
    return np.sum(rows[0])


@pytest.mark.parametrize(
    "f,args",
    [
        (bound_on_a_path, (X, 1.0)),
        (bound_on_a_path, (X, 9.0)),
        (best_so_far, (X, 3)),
        (lists_in_turns, (X, 4)),
        (emptied, (X,)),
        (rows_and_sums, (A,)),
    ],
)
def test_variables_and_lists_have_one_type(f, args):
    want, pull = ad.vjp(f, *args)
    got, jitted_pull = ad.vjp(f, *args, backend="numba")
    agree(got, want)
    agree(jitted_pull(1.0), pull(1.0))
    agree(jitted_pull(2.0), pull(2.0))  # what is popped is the pullback's own


# -- other spellings ----------------------------------------------------------------------------------------


def gathered(a):
    rows = [a[0]]
    for i in range(2):
        rows.append(np.sin(rows[-1]) * a[i])
    return np.sum(np.array(rows)[1:] * np.stack(rows, axis=1).T[:-1]) + np.sum(np.concatenate(rows)[2:7] ** 2)


def displayed(a):
    nested = np.array([[a[0], a[1]], [a[1] * 2.0, a[2]]])
    return np.sum(nested[0] * nested[1]) + np.sum(np.vstack((a, a[0])) ** 2)


def placed(a):
    b = a * 1.0
    b[np.ix_([0, 2], [1, 3])] *= 3.0
    i, j = np.diag_indices(3)
    b[np.nonzero(a[0] > 5.0)] = 0.5
    return np.sum(np.diagonal(b, offset=1) ** 2) + np.sum(b[i, j] ** 3)


def differenced(x):
    return np.sum(np.diff(x, prepend=0.5) ** 2) + np.sum(np.add.reduceat(x * x, [0, 2, 1]) ** 2)


def in_columns(a):
    count = np.zeros(3, dtype=int)
    count[1] += 2
    return np.sum(np.reshape(a, (4, 3), order="F")[1] ** 2) * count[1] + np.clip(a[0, 0], -1.0, 1.0)


def written_twice(a):
    c = a * 1.0
    c[:, [1, 1]] = a[:, :2]
    c[...][0, 1] = a[0, 0] ** 2
    c[None].squeeze(0)[1] = a[2]
    return np.sum(c**2)


def parts_of_memory(x):
    z = x * 1j
    np.add.at(z.imag, [0, 0], x[1:3])
    s = np.array(x[1])
    s[...] *= x[2]
    return np.sum(np.abs(z) ** 2) + s * s


def factored(a):
    q, r = np.linalg.qr(a[:, :3])
    return np.sum(q**3) + np.sum(r * r)


OTHERWISE = [gathered, displayed, placed, differenced, in_columns, written_twice, parts_of_memory, factored]


@pytest.mark.parametrize("f", OTHERWISE, ids=lambda f: f.__name__)
def test_it_is_spelled_otherwise(f):
    x = X if f in (differenced, parts_of_memory) else A
    agree(ad.grad(f, backend="numba")(x), ad.grad(f)(x))


# -- exceptions ---------------------------------------------------------------------------------------------


def out_of_range(x):
    try:
        y = x[7] * 2.0
    except Exception:
        y = x[0] ** 2
    return y


def by_class(x):
    try:
        y = x[7] * 2.0
    except IndexError:
        y = x[0] ** 2
    return y


def divided(x):
    try:
        y = 1.0 / float(x[0])
    except Exception:
        y = 3.0
    return y * x[1]


def halves(x, n):
    return x if n < 1 else halves(x * 0.5, n - 1) * x


def test_an_index_out_of_range_is_caught():
    agree(ad.grad(out_of_range, backend="numba")(X), ad.grad(out_of_range)(X))


@pytest.mark.parametrize(
    "f,args,why",
    [(by_class, (X,), "class"), (divided, (X,), "division"), (halves, (0.5, 3), "one type for them")],
)
def test_it_is_refused_before_numba_is_asked(f, args, why):
    with pytest.raises(NotJitted, match=why) as e:
        ad.grad(f, backend="numba")(*args)
    assert "test_numba_kinds.py:" in str(e.value)


# -- the automatic backend ----------------------------------------------------------------------------------


def falls_back_once(d, *args):
    with pytest.warns(UserWarning, match="NumPy instead of Numba") as seen:
        got = d(*args)
    assert len(seen) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(d(*args)[0], got[0])
    return got


@pytest.mark.parametrize("error", [NotImplementedError("late"), AssertionError(), KeyError("x")])
def test_auto_falls_back_from_any_fault(monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(numba.core.dispatcher.Dispatcher, "compile", fails)
    f = lambda x: np.sum(x**3)
    agree(falls_back_once(ad.value_and_grad(f, backend="auto"), X), ad.value_and_grad(f)(X))


def test_auto_falls_back_from_a_fault_of_ours(monkeypatch):
    def fails(*_):
        raise RuntimeError("a bug")

    f = lambda x: np.sum(x**3)
    monkeypatch.setattr("sourcead.compiler.respell", fails)
    agree(falls_back_once(ad.value_and_grad(f, backend="auto"), X), ad.value_and_grad(f)(X))
    with pytest.raises(RuntimeError):
        ad.value_and_grad(f, backend="numba")(X)


def test_auto_asks_for_the_pullback_before_anything_runs(monkeypatch):
    """The primal has been compiled when the pullback turns out not to be."""
    compiled = []
    numbas = settling._compile

    def second_fails(found, jitted, types):
        compiled.append(jitted)
        if len(compiled) == 2:
            raise NotJitted("no", reason="a test")
        numbas(found, jitted, types)

    monkeypatch.setattr(settling, "_compile", second_fails)
    f = lambda x, n: (np.sum(x**3) * n, "label")
    with pytest.warns(UserWarning, match="a test") as seen:
        value, pull = ad.vjp(f, X, 2, backend="auto")
    assert len(seen) == 1 and len(compiled) == 2
    agree(pull((1.0, None))[0], 6 * X**2)


def test_auto_hands_on_what_the_program_raises():
    def f(x):
        if x[0] > 0:
            raise ValueError("above 0")
        return x[0]

    with warnings.catch_warnings(), pytest.raises(ValueError, match="above 0"):
        warnings.simplefilter("error")
        ad.grad(f, backend="auto")(X)


def test_arrays_of_another_byte_order():
    f = lambda x: np.sum(x**3)
    d = ad.grad(f, backend="numba")
    d(X)
    swapped = X.astype(X.dtype.newbyteorder())
    with pytest.raises(NotJitted, match="does not take"):
        d(swapped)
    auto = ad.grad(f, backend="auto")
    with pytest.warns(UserWarning, match="NumPy instead of Numba"):
        agree(auto(swapped), 3 * X**2)
