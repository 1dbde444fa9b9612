"""The Numba backend: the public functions against the NumPy backend, calls from jitted code, options,
errors."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from programs import registry

import sourcead as ad
from sourcead.cli import main

numba = pytest.importorskip("numba")
njit = numba.njit

X = np.array([0.5, 1.5, -0.3, 2.0])
A = np.random.default_rng(0).normal(size=(3, 4))
T = np.random.default_rng(1).normal(size=(2, 3, 4))
I = np.array([0, 2, 1])


def agree(got, want):
    if isinstance(want, dict):
        assert list(got) == list(want)
        got, want = list(got.values()), list(want.values())
    if hasattr(want, "__dataclass_fields__"):
        got, want = [list(vars(x).values()) for x in (got, want)]
    if isinstance(want, tuple | list):
        assert len(got) == len(want)
        for g, w in zip(got, want):
            agree(g, w)
    elif want is None or isinstance(want, str):
        assert got == want
    else:
        assert np.shape(got) == np.shape(want)
        if np.ndim(want):
            assert got.dtype == want.dtype
        single = np.asarray(want).dtype in (np.float32, np.complex64)  # sums go in another order
        rtol, atol = (1e-5, 1e-6) if single else (1e-9, 1e-11)
        np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)


def scaled(x, p):
    s = 0.0
    for i in range(len(x)):
        s += p["a"] * np.sin(x[i]) ** p["b"][0]
    return s


class Pair(NamedTuple):
    u: float
    v: np.ndarray


@dataclass
class Model:
    w: np.ndarray
    b: float
    label: str


# -- the public functions -----------------------------------------------------------------------------------


def test_grad_and_value_and_grad_take_and_give_containers():
    p = {"a": 2.0, "b": [3.0]}
    for d in (ad.grad, ad.value_and_grad):
        agree(d(scaled, (0, 1), backend="numba")(X, p), d(scaled, (0, 1))(X, p))


def test_named_tuples_and_dataclasses():
    f = lambda m: np.sum(m.w * m.b) ** 2
    m = Model(X, 0.5, "label")
    agree(ad.grad(f, backend="numba")(m), ad.grad(f)(m))
    g = lambda p: p.u * np.sum(p.v**2)
    agree(ad.grad(g, backend="numba")(Pair(2.0, X)), ad.grad(g)(Pair(2.0, X)))


def test_jvp_and_vjp():
    f = lambda x, n: (np.cumsum(x) * n, {"s": np.sum(x)})
    agree(ad.jvp(f, (X, 3), (X + 1, 0), backend="numba"), ad.jvp(f, (X, 3), (X + 1, 0)))
    got, pull = ad.vjp(f, X, 3, backend="numba")
    want, pull_numpy = ad.vjp(f, X, 3)
    agree(got, want)
    bars = (X * 2, {"s": 1.5})
    agree(pull(bars), pull_numpy(bars))
    agree(pull(bars), pull_numpy(bars))


def loop_of_arrays(x, n):
    for _ in range(n):
        x = np.sin(x) * x
    return np.sum(x)


@pytest.mark.parametrize("n", [0, 3])
def test_tapes_cross_from_the_augmented_primal_to_the_pullback(n):
    _, pull = ad.vjp(loop_of_arrays, X, n, backend="numba")
    agree(pull(1.0), ad.vjp(loop_of_arrays, X, n)[1](1.0))


def test_aux_and_results_in_a_structure():
    f = lambda x: (np.sum(x**2), {"top": np.max(x)})
    agree(ad.grad(f, has_aux=True, backend="numba")(X), ad.grad(f, has_aux=True)(X))


def test_single_precision_stays():
    f = lambda x: np.sum(x * x * 0.5)
    x = X.astype(np.float32)
    got = ad.value_and_grad(f, backend="numba")(x)
    assert type(got[0]) is np.float32 and got[1].dtype == np.float32
    agree(got, ad.value_and_grad(f)(x))


def test_the_source_is_the_compiled_text():
    d = ad.grad(scaled, backend="numba")
    d(X, {"a": 2.0, "b": [3.0]})
    assert "from numba import njit\n" in d.source
    assert '@njit(error_model="numpy")\ndef scaled_grad_flat(' in d.source


def test_derivatives_are_pickled_with_their_options():
    d = pickle.loads(pickle.dumps(ad.grad(loop_of_arrays, backend="numba", fastmath=True)))
    assert d.options.backend == "numba" and d.options.fastmath


RESPELLED = {
    "kept axes": lambda A: np.sum(A.max(axis=1, keepdims=True) * A) + np.sum(np.sum(A, keepdims=True) * A),
    "mean and std": lambda A: np.sum(np.mean(A, axis=0) ** 2) + np.sum(np.std(A, axis=1)) + np.var(A, ddof=1),
    "products": lambda A: np.sum(np.prod(A, axis=0)) + np.sum(np.cumprod(A, axis=1)),
    "einsum": lambda A: np.einsum("ij,kj->", A, A * A) + np.sum(np.einsum("ij,ij->i", A, A)),
    "tensordot": lambda A: np.sum(np.tensordot(A, A, axes=(1, 1)) ** 2) + np.inner(A[0], A[1]),
    "two index arrays": lambda A: np.sum(A[I, I] ** 2) + np.sum(A[:, [0, 1, 1]] ** 3),
    "elementary functions": lambda A: np.sum(np.exp(A) * np.tanh(A) + np.log(A * A + 1) * np.log1p(A * A))
    + np.sum(np.expm1(A) * np.maximum(A, 0.1)) + np.max(A) * np.min(A[1]),
    "masks": lambda A: np.sum(A[A > 0] ** 2),
    "tile and repeat": lambda A: np.sum(np.tile(A, (2, 1)) ** 2) + np.sum(np.repeat(A, 2, axis=0) ** 3),
    "cumsum": lambda A: np.sum(np.cumsum(A, axis=1) ** 2),
    "reshape": lambda A: np.sum(A.T.reshape(6, 2)[0] ** 2) + np.sum(A[:, ::2].ravel()[:2] ** 2),
    "sort": lambda A: np.sum(np.sort(A, axis=0) * np.arange(4)),
    "norm": lambda A: np.sum(np.linalg.norm(A, axis=1)),
    "stacks": lambda A: np.sum((T @ A.T) ** 2) + np.sum(np.stack([A, A * A], axis=1) ** 2),
    "roll, flip, moveaxis": lambda A: np.sum(np.roll(A, 1, axis=0) * np.flip(A, axis=1))
    + np.sum(np.moveaxis(T * A, 0, 2) ** 2),
    "pad": lambda A: np.sum(np.pad(A, ((1, 0), (2, 1)))[:3, :4] * A),
    "squeeze": lambda A: np.sum(np.squeeze(A[:1], axis=0) ** 2) + np.sum(A[:, None] * A[None]),
}  # fmt: skip


@pytest.mark.parametrize("name", RESPELLED)
def test_what_numba_lacks_is_spelled_otherwise(name):
    f = RESPELLED[name]
    agree(ad.value_and_grad(f, backend="numba")(A), ad.value_and_grad(f)(A))


def scattered(x):
    y = np.zeros((3, 4))
    y[I, I] = x[:3] ** 2
    np.add.at(y, (np.array([0, 0, 2]), slice(1, 3)), x[1:3])
    y[:, np.array([True, False, False, True])] *= 2.0
    return np.sum(y**2)


def test_writes_through_index_arrays():
    agree(ad.value_and_grad(scattered, backend="numba")(X), ad.value_and_grad(scattered)(X))


def test_special_functions_are_those_of_scipy():
    special = pytest.importorskip("scipy.special")
    f = (
        lambda x: np.sum(special.erf(x) * special.gammaln(x + 3.0))
        + special.jv(1.5, x[1])
        + special.expit(x[0])
    )
    agree(ad.value_and_grad(f, backend="numba")(X), ad.value_and_grad(f)(X))


# -- the corpus ---------------------------------------------------------------------------------------------


#: one of each kind, of those that are compiled quickly
SAMPLE = """
    arrays.powers_of_every_sort arrays.single_precision_stays bound_on_paths.read_in_the_next_turn
    checkpoints.checkpoint_inside_of_a_checkpoint closures_calls.keyword_only_and_positional_only
    containers.dataclass_argument control.triangular_loops factorizations.thomas_algorithm
    finance.internal_rate_of_return image_filters.warped_by_bilinear_samples indexing.gather_with_repeats
    inplace.not_a_number_is_replaced ml.embedding_lookup physics.projectile_with_drag
    recurrences.soft_spiking_neurons references.view_or_whole shared_memory.groups_joined_by_parents
    signal.biquad_filter sorting.quickselect stencils.red_black_over_relaxation whole_outputs.dict_out
    writes.written_in_one_branch
"""


def sample():
    """Every program where SOURCEAD_ALL is set, else a few: Numba takes seconds for each."""
    good = [p for p in registry.load() if not p.refused and not p.awaited]
    return good if os.environ.get("SOURCEAD_ALL") else [p for p in good if p.name in SAMPLE.split()]


def ones(x):
    if isinstance(x, dict):
        return {k: ones(v) for k, v in x.items()}
    if isinstance(x, tuple | list):
        return type(x)(map(ones, x)) if not hasattr(x, "_fields") else type(x)(*map(ones, x))
    if isinstance(x, np.ndarray):
        return np.ones_like(x) if x.dtype.kind in "fc" else None
    return x * 0 + 1 if isinstance(x, float | complex | np.inexact) else None


@pytest.mark.parametrize("p", [pytest.param(p, id=p.name) for p in sample()])
def test_a_program_is_right_or_refused(p):
    want, pull = ad.vjp(p.function, *p.make(0), argnums=p.active)
    try:
        got, jitted_pull = ad.vjp(p.function, *p.make(0), argnums=p.active, backend="numba")
        bars = jitted_pull(ones(got))
    except ad.errors.Unsupported as e:
        assert e.reason and e.hint
        pytest.skip(f"refused: {e.reason[:80]}")
    agree(got, want)
    agree(bars, pull(ones(want)))


# -- dispatchers --------------------------------------------------------------------------------------------

SCALE = 2.0


@njit
def helper(a):
    return np.sin(a) * a


@njit
def total(x, n=3):
    s = 0.0
    for i in range(n):
        s += helper(x[i]) * SCALE
    return s


slope = ad.grad(total)
both = ad.value_and_grad(total)


@njit
def descend(x, k):
    for _ in range(k):
        x = x - x.dtype.type(0.1) * slope(x)
    value, bar = both(x, 2)
    return x, value, bar


def test_a_dispatcher_is_differentiated_by_numba():
    assert slope.options.backend == "numba"
    agree(slope(X), ad.grad(total.py_func)(X))
    assert ad.grad(total, backend="numpy").options.backend == "numpy"


@pytest.mark.parametrize("x", [X, np.arange(8.0)[::2], np.arange(4.0, dtype=np.float32)])
def test_jitted_code_calls_a_derivative_with_any_signature(x):
    want = x
    plain = ad.grad(total.py_func)
    for _ in range(3):
        want = want - 0.1 * plain(want)
    x_end, value, bar = descend(x, 3)
    tolerance = 1e-9 if x.dtype == np.float64 else 1e-4
    np.testing.assert_allclose(x_end, want, rtol=tolerance)
    np.testing.assert_allclose(value, total.py_func(want, 2), rtol=tolerance)
    np.testing.assert_allclose(bar, plain(want, 2), rtol=tolerance, atol=tolerance)


@njit
def power(x, up=True, n=2):
    if up:
        return x**n
    return -x


power_slope = ad.grad(power)
gradient_of_two = ad.grad(njit(lambda x, y: x * y * np.exp(x)), argnums=(0, 1))
pushed = ad.jvp(njit(lambda x, y: x * y * np.exp(x)))


@njit
def flags(x):
    return power_slope(x), power_slope(x, False), power_slope(x, True, 3)


@njit
def pairs(x, y):
    return gradient_of_two(x, y), pushed((x, y), (1.0, 0.0))


def test_flags_defaults_and_tuples_inside_of_jitted_code():
    agree(flags(1.5), (3.0, -1.0, 6.75))
    f = gradient_of_two.fn.py_func
    agree(pairs(1.0, 2.0), (ad.grad(f, (0, 1))(1.0, 2.0), ad.jvp(f, (1.0, 2.0), (1.0, 0.0))))


def test_a_gradient_of_a_gradient_stays_with_numba():
    second = ad.grad(ad.grad(njit(lambda x: x**3)))
    assert second.options.backend == "numba"
    assert second(2.0) == 12.0


# -- options ------------------------------------------------------------------------------------------------


def test_options_are_those_of_numba():
    d = ad.grad(loop_of_arrays, backend="numba", fastmath=True, parallel=False)
    agree(d(X, 2), ad.grad(loop_of_arrays)(X, 2))
    assert '@njit(error_model="numpy", fastmath=True)' in d.source
    with pytest.raises(ValueError, match="option of backend='numba'"):
        ad.grad(loop_of_arrays, fastmath=True)
    with pytest.raises(ValueError, match="backend='fortran'"):
        ad.grad(loop_of_arrays, backend="fortran")


CACHED = """
import numpy as np, sourcead as ad, model
d = ad.grad(model.f, backend="numba", cache=True)
print(d(np.arange(3.0)).tolist(), *d._last.jitted["f_grad"].stats.cache_hits.values())
"""


def test_compiled_code_is_kept_until_the_source_changes(tmp_path):
    env = {
        **os.environ,
        "SOURCEAD_CACHE_DIR": str(tmp_path / "kept"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    def run(factor):
        (tmp_path / "model.py").write_text(
            "def f(x):\n    s = 0.0\n    for i in range(3):\n"
            f"        s += {factor} * x[i] ** 2\n    return s\n"
        )
        done = subprocess.run(
            [sys.executable, "-B", "-c", CACHED],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split("]")

    assert run(1.0) == ["[0.0, 2.0, 4.0", "\n"]
    assert run(1.0) == ["[0.0, 2.0, 4.0", " 1\n"]  # a hit
    assert run(3.0) == ["[0.0, 6.0, 12.0", "\n"]


# -- what cannot be compiled --------------------------------------------------------------------------------


def caught(x):
    try:
        y = x[0] / x[7]
    except IndexError:
        y = x[0] ** 2
    return y


def transformed(x):
    y = x * 2.0
    return np.sum(np.fft.rfft(y).real ** 2)


def test_the_error_names_the_users_line():
    with pytest.raises(ad.errors.Unsupported) as e:
        ad.grad(transformed, backend="numba")(X)
    text = str(e.value)
    assert "test_numba.py:" in text and "in transformed" in text
    assert "    return np.sum(np.fft.rfft(y).real ** 2)\n" in text and "^^^" in text
    assert "reason: " in text and "way out: " in text


@pytest.mark.parametrize("f", [caught, transformed])
def test_auto_falls_back_to_numpy_with_one_warning(f):
    d = ad.grad(f, backend="auto")
    with pytest.warns(UserWarning, match="NumPy instead of Numba: "):
        agree(d(X), ad.grad(f)(X))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(d(X), ad.grad(f)(X))
        agree(d(A[0]), ad.grad(f)(A[0]))


def test_auto_takes_numba_where_it_can():
    d = ad.grad(loop_of_arrays, backend="auto")
    agree(d(X, 2), ad.grad(loop_of_arrays)(X, 2))
    assert "@njit" in d.source


def test_auto_says_what_no_backend_can_do():
    with pytest.raises(ad.errors.Unsupported, match="no rule for np.packbits"), warnings.catch_warnings():
        warnings.simplefilter("error")
        ad.grad(lambda x: np.sum(np.packbits(x)), backend="auto")(X)


SEEN = []


def remembers(x):
    SEEN.append(x)
    return x * x


def test_writes_outside_are_refused():
    with pytest.raises(ad.errors.Unsupported, match="lives outside"):
        ad.grad(remembers, backend="numba")(2.0)


# -- files --------------------------------------------------------------------------------------------------


def rooted(x, p):
    return np.sum(np.sqrt(x * x) * p["a"] / x) + np.max(x) + np.sum(np.exp(x) - np.log(x * x))


def test_a_saved_file_needs_numba_alone(tmp_path):
    d = ad.grad(rooted, (0, 1), backend="numba")
    d(X, {"a": 2.0})
    d.save(tmp_path / "saved.py")
    text = (
        "import sys, numpy as np, saved\n"
        "print(saved.rooted_grad(np.array([0.5, 1.5, -0.3, 2.0]), {'a': 2.0})[1])\n"
        "assert 'sourcead' not in sys.modules"
    )
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str({"a": 2.0})


def test_the_command_prints_the_text_for_numba(tmp_path, capsys):
    (tmp_path / "square.py").write_text("def square(x: float):\n    return x * x\n")
    main_argv = ["grad", f"{tmp_path / 'square.py'}:square", "--backend", "numba"]
    with pytest.raises(SystemExit) as e:
        main(main_argv)
    assert e.value.code == 0
    assert '@njit(error_model="numpy")\ndef square_grad(x):' in capsys.readouterr().out


# -- options of the function's own njit ---------------------------------------------------------------------


def summed(x):
    s = 0.0
    for i in range(len(x) + SURPLUS):
        s += x[i] * x[i]
    return s


SURPLUS = 1


def loss(x):
    return np.sum(np.sin(x) ** 2)


def test_a_dispatcher_hands_its_options_on():
    checked = numba.njit(boundscheck=True, nogil=True)(summed)
    with pytest.raises(IndexError):
        ad.grad(checked)(np.ones(3))
    assert ad.grad(checked).options.decorator == "njit(error_model='numpy', boundscheck=True, nogil=True)"
    fast = ad.grad(numba.njit(fastmath={"nsz", "reassoc"})(loss))
    assert fast.options.fastmath == ("nsz", "reassoc")
    fast(np.ones(3))
    assert "fastmath={'nsz', 'reassoc'}" in fast.source.replace('"', "'")
    assert ad.grad(numba.njit(fastmath=True, parallel=True)(loss), fastmath=False).options.decorator == (
        "njit(error_model='numpy', parallel=True)"
    )
    assert ad.grad(numba.njit(fastmath=True)(loss), backend="numpy").options == ad.grad(loss).options
