"""Every program of the corpus, differentiated, against differences and against itself.

Each check runs for each program and input.  A refusal (`Unsupported`) is a failure, unless the program is
registered as one that must be refused, or as one that is refused today.
"""

import contextlib
import io

import numpy as np
import pytest

import sourcead as ad
from sourcead import errors
from sourcead.testing import store_all

from . import differences, trees
from .registry import Program, load

ALL = load()
ACCEPTED = [p for p in ALL if not p.refused and not p.awaited]


def params(programs):
    return [pytest.param(p, k, id=f"{p.name}-{k}") for p in programs for k in range(len(p.inputs))]


CASES = params(ACCEPTED)
NUMBERS = params([p for p in ACCEPTED if not p.function.__module__.endswith("whole_outputs")])
SECOND = [c for c in NUMBERS if c.values[0].second]


@contextlib.contextmanager
def quiet():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        yield out


def as_tuple(item: Program, gradients):
    return (gradients,) if isinstance(item.wrt, int) else tuple(gradients)


def check_gradient(item: Program, gradients, want, args) -> None:
    """Right values, in the structure, kinds, shapes and dtypes of the arguments."""
    assert len(gradients) == len(item.active)
    memory = [v for a in args for v in trees.leaves(a) if isinstance(v, np.ndarray)]
    for n, gradient, numeric in zip(item.active, gradients, want, strict=True):
        check_structure(args[n], gradient, f"argument {n}")
        scale = max(1.0, max((float(np.max(np.abs(v), initial=0.0)) for v in numeric), default=0.0))
        for g, w in zip(trees.leaves(gradient), numeric, strict=True):
            np.testing.assert_allclose(g, w, rtol=item.rtol, atol=0.1 * item.rtol * scale)
            if isinstance(g, np.ndarray):
                assert g.flags.writeable, "a gradient that cannot be written to"
                assert not any(
                    np.shares_memory(g, m) for m in memory
                ), "a gradient shares memory with an argument"


def check_structure(primal, adjoint, where) -> None:
    if not trees.is_leaf(primal):
        assert type(adjoint) is type(primal), f"{where}: {type(adjoint)} for {type(primal)}"
        if isinstance(primal, dict):
            assert list(adjoint) == list(primal), where
        one, two = trees.children(primal), trees.children(adjoint)
        assert len(one) == len(two), where
        for k, (a, b) in enumerate(zip(one, two, strict=True)):
            check_structure(a, b, f"{where}, entry {k}")
    elif isinstance(primal, np.ndarray):
        assert np.shape(adjoint) == primal.shape, f"{where}: {np.shape(adjoint)} for {primal.shape}"
        assert np.asarray(adjoint).dtype == primal.dtype, f"{where}: dtype {np.asarray(adjoint).dtype}"
        assert isinstance(adjoint, np.ndarray) or primal.ndim == 0, where
    else:
        assert isinstance(adjoint, (float, np.floating)), f"{where}: {type(adjoint)} for a float"


def direction(item: Program, args, rng) -> tuple:
    """A random tangent of the differentiated arguments, zero for the others."""
    return tuple(
        trees.random_of(a, rng) if n in item.active else trees.zero_of(a) for n, a in enumerate(args)
    )


def unchanged(args, kept) -> bool:
    return all(trees.same(a, b) for a, b in zip(args, kept, strict=True))


@pytest.mark.parametrize("item, case", NUMBERS)
def test_value_and_gradient(item, case):
    with quiet() as printed:
        primal = item.function(*item.make(case))
    with quiet():
        want = differences.gradient(item, case)
    args, kept = item.make(case), item.make(case)
    derivative = ad.value_and_grad(item.function, item.wrt)
    with quiet() as out:
        value, gradients = derivative(*args)
    assert trees.same(value, primal), f"value {value!r}, the primal gives {primal!r}"
    assert out.getvalue() == printed.getvalue(), "the output on the terminal differs from the primal's"
    check_gradient(item, as_tuple(item, gradients), want, args)
    assert unchanged(args, kept), "an argument was changed"
    first = trees.mapped(np.copy, list(as_tuple(item, gradients)))
    with quiet():
        again = as_tuple(item, derivative(*args)[1])
    for a, b in zip(trees.leaves(first), trees.leaves(list(again)), strict=True):
        assert np.array_equal(a, b), "a second call gave another gradient"


@pytest.mark.parametrize("item, case", NUMBERS)
def test_gradient_alone(item, case):
    args, kept = item.make(case), item.make(case)
    with quiet():
        alone = ad.grad(item.function, item.wrt)(*args)
        _, together = ad.value_and_grad(item.function, item.wrt)(*item.make(case))
    for a, b in zip(
        trees.leaves(list(as_tuple(item, alone))), trees.leaves(list(as_tuple(item, together))), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-4 if item.rtol > 1e-5 else 1e-12, atol=1e-12)
    assert unchanged(args, kept), "an argument was changed"


@pytest.mark.parametrize("item, case", NUMBERS)
def test_storing_everything_gives_the_same_numbers(item, case):
    """What is recomputed or restored is what was there, to the bit.  The adjoints may share other products
    with what is recomputed, so they agree up to rounding."""
    with quiet():
        lean = as_tuple(item, ad.grad(item.function, item.wrt)(*item.make(case)))
        with store_all():
            full = as_tuple(item, ad.grad(item.function, item.wrt)(*item.make(case)))
    for a, b in zip(trees.leaves(list(lean)), trees.leaves(list(full)), strict=True):
        near = 1e-5 if np.asarray(a).dtype == np.float32 else 1e-13
        np.testing.assert_allclose(
            a, b, rtol=near, atol=near * max(1.0, float(np.max(np.abs(b), initial=0.0)))
        )


@pytest.mark.parametrize("item, case", CASES)
def test_tangent_agrees_with_differences_and_pullback(item, case):
    """`<y_bar, J x_dot>` from `jvp` against differences, and against `<J' y_bar, x_dot>` from `vjp`."""
    rng = np.random.default_rng(case)
    with quiet():
        primal = item.function(*item.make(case))
        want = differences.gradient(item, case)
        wide = item.function(*trees.doubled(item.make(case)))
    seed = trees.combined(
        lambda y, s: s.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(s),
        primal,
        differences.output_seed(wide),
    )
    args, kept = item.make(case), item.make(case)
    with quiet():
        value, pullback = ad.vjp(item.function, *args)
    assert trees.same(value, primal), f"vjp: value {value!r}, the primal gives {primal!r}"
    assert unchanged(args, kept), "vjp changed an argument"
    for a in args:
        for leaf in trees.leaves(a):
            if isinstance(leaf, np.ndarray):
                leaf[...] = 0  # the caller's arrays are the caller's
    seed_kept = trees.mapped(np.copy, seed)
    results = [pullback(seed) for _ in range(2)]
    for bars in results:
        assert isinstance(bars, tuple) and len(bars) == len(args)
        check_gradient(item, [bars[n] for n in item.active], want, kept)
    for s, k in zip(trees.leaves(seed), trees.leaves(seed_kept), strict=True):
        assert np.array_equal(s, k), "the pullback changed its seed"

    for _ in range(3):
        args = item.make(case)
        tangents = direction(item, args, rng)
        with quiet():
            value, tangent = ad.jvp(item.function, tuple(args), tangents)
        assert trees.same(value, primal), f"jvp: value {value!r}, the primal gives {primal!r}"
        assert unchanged(args, kept), "jvp changed an argument"
        forward = trees.inner(seed, tangent)
        backward = sum(trees.inner(bars[n], tangents[n]) for n in item.active)
        scale = max(1.0, *(trees.size(bars[n]) for n in item.active))
        single = item.rtol > 1e-5
        assert forward == pytest.approx(backward, rel=item.rtol, abs=(1e-4 if single else 1e-10) * scale)


def in_layout_of(a, b):
    """The values of b in memory as those of a lie: what is a view may depend on it."""
    if not isinstance(a, np.ndarray):
        return b
    out = np.empty_like(a, dtype=b.dtype)
    out[...] = b
    return out


@pytest.mark.parametrize("item, case", SECOND)
def test_second_order(item, case):
    """The tangent of the gradient, against differences of the gradient along one direction."""
    args = item.make(case)
    tangents = direction(item, args, np.random.default_rng(100 + case))
    gradient = ad.grad(item.function, item.wrt)

    def step(t):
        moved = item.make(case)
        for n in item.active:
            moved[n] = trees.combined(lambda a, d: in_layout_of(a, a + t * d), moved[n], tangents[n])
        return moved

    def at(t):
        return flat(as_tuple(item, gradient(*step(t))))

    with quiet():
        # a direction moves every argument at once: the smallest argument sets the step
        want = differences.richardson(at, 1e-3 * min(smallest(args[n]) for n in item.active))
        value, change = ad.jvp(gradient, tuple(args), tangents)
        np.testing.assert_allclose(flat(as_tuple(item, value)), at(0.0), rtol=1e-11, atol=1e-13)
    scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
    np.testing.assert_allclose(flat(as_tuple(item, change)), want, rtol=2e-5, atol=2e-6 * scale)


def flat(tree) -> np.ndarray:
    return np.concatenate([np.ravel(np.asarray(v, float)) for v in trees.leaves(tree)])


def smallest(tree) -> float:
    sizes = [np.min(np.abs(v)) for v in trees.leaves(tree) if np.size(v)]
    return max(min((differences.step_scale(s) for s in sizes), default=1.0), 0.1)


RAISING = [pytest.param(p, a, e, id=f"{p.name}-{e.__name__}") for p in ACCEPTED for a, e in p.fails]


@pytest.mark.parametrize("item, args, error", RAISING)
def test_raises_what_the_primal_raises(item, args, error):
    with pytest.raises(error) as primal:
        item.function(*args)
    for derivative in (ad.grad, ad.value_and_grad):
        with pytest.raises(error) as raised:
            derivative(item.function, item.wrt)(*args)
        assert str(raised.value) == str(primal.value)


@pytest.mark.parametrize("item", [p for p in ALL if p.refused], ids=lambda p: p.name)
def test_refused_with_a_place_and_a_reason(item):
    with pytest.raises(errors.Unsupported) as refusal:
        ad.value_and_grad(item.function, item.wrt)(*item.make(0))
    text = str(refusal.value)
    assert item.function.__name__ in text
    assert "^" in text
    assert "reason" in text


@pytest.mark.parametrize("item", [p for p in ALL if p.awaited], ids=lambda p: p.name)
def test_refused_today(item):
    """Fails when the program is accepted: take off its mark then, and it is checked like the others."""
    for derivative in (ad.value_and_grad, lambda f, wrt: lambda *args: ad.vjp(f, *args)):
        with pytest.raises(errors.Unsupported):
            derivative(item.function, item.wrt)(*item.make(0))
