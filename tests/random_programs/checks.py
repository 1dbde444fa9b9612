"""What is checked of one random program, and how a failure is told from a refusal and from a program to skip.

Truth are central differences along one random direction, at two steps: where they disagree, a branch or a
kink is near and the input is skipped.
"""

from __future__ import annotations

import contextlib
import copy
import linecache
import math
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import sourcead as ad
from sourcead import errors
from sourcead.frontend.lower import lower
from sourcead.frontend.trees import Node, flatten, tree_of
from sourcead.ir import interpret
from sourcead.ir.verify import verify
from sourcead.rules.registry import resolve
from sourcead.testing import store_all

from .expressions import ARGUMENTS
from .inputs import WRT, choose_inputs, direction, halved, moved, widened

STEP = 3e-4

# Settings under which derivatives are made.  Every program is checked with each, and what comes out with one
# is compared with what comes out with the first.
CONFIGURATIONS: tuple[Callable[[], Any], ...] = (contextlib.nullcontext, store_all)


@dataclass(frozen=True)
class Tolerances:
    """How near numbers have to be: to differences, to differences of a pullback, and to each other."""

    truth: float = 2e-5
    pullback: float = 5e-5
    twin: float = 1e-9


DOUBLE, SINGLE = Tolerances(), Tolerances(2e-2, 2e-2, 2e-3)


@dataclass
class Failure(Exception):
    """A wrong number or an exception.  `key` is equal for failures that are likely to be of one cause."""

    key: str
    detail: str

    def __str__(self) -> str:
        return f"{self.key}\n{self.detail}"


class Skipped(Exception):
    """The program cannot be judged: it raises, is not finite, or is not smooth at all inputs."""


@dataclass
class Outcome:
    """What came of one program.  status: checked, refused, skipped, failed."""

    status: str
    detail: str = ""
    failure: Failure | None = None
    inputs: int = 0
    lines_missed: int = 0


_counter = 0


def load(text: str) -> Any:
    """The function `f` of a text, which `linecache` knows."""
    global _counter
    _counter += 1
    file = f"<random program {_counter}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"np": np, "math": math, "__name__": "random_program"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, file, "exec"), scope)
    return scope["f"]


# -- numbers ---------
def same(x: Any, y: Any) -> bool:
    """Equal bit for bit (but for the sign of a zero), in type and in dtype."""
    if isinstance(x, tuple | list):
        return type(x) is type(y) and len(x) == len(y) and all(map(same, x, y))
    if type(x) is not type(y):
        return False
    if isinstance(x, np.ndarray):
        return x.dtype == y.dtype and x.shape == y.shape and np.array_equal(x, y, equal_nan=True)
    return x == y or x != x and y != y


def kind(x: Any) -> Any:
    """The type of a result, told to a reader."""
    if isinstance(x, tuple):
        return tuple(map(kind, x))
    return (x.dtype.name, x.shape) if isinstance(x, np.ndarray) else type(x).__name__


def dtypes(y: Any) -> Any:
    """The dtypes of the arrays of a result; whether a number is a NumPy scalar may show at run time only."""
    if isinstance(y, tuple | list):
        return tuple(map(dtypes, y))
    return y.dtype if isinstance(y, np.ndarray) else None


def as_vector(y: Any) -> np.ndarray:
    """The floats of a result, or of a gradient, in one vector."""
    if isinstance(y, tuple | list):
        return np.concatenate([as_vector(e) for e in y])
    return np.ravel(np.asarray(0.0 if y is None else y, dtype=np.float64))


def slope(f: Any, args: tuple[Any, ...], along: tuple[Any, ...]) -> np.ndarray:
    """The derivative of f along a direction; raises Skipped where two steps disagree."""

    def at(h: float) -> np.ndarray:
        return (as_vector(f(*moved(args, along, h))) - as_vector(f(*moved(args, along, -h)))) / (2 * h)

    try:
        a, b, c = at(STEP), at(STEP / 2), at(STEP / 4)
    except Skipped:
        raise
    except Exception as error:
        raise Skipped(f"the program raises: {error!r}") from None
    if not (a.shape == b.shape == c.shape) or not np.isfinite(a).all():
        raise Skipped("not finite")
    one, two = (4 * b - a) / 3, (4 * c - b) / 3
    if not np.allclose(one, two, rtol=2e-6, atol=2e-6):
        raise Skipped("not smooth")
    return two


# -- checks ---------
def guilty(error: BaseException) -> str:
    """Where in the compiler, or in the text that it wrote, an exception was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "sourcead" in f.filename and "tests" not in f.filename]
    if not ours:
        return ""
    last = ours[-1]
    if last.filename.startswith("<"):
        return "generated text"
    return f"{last.filename.rsplit('sourcead/', 1)[-1]}:{last.name}"


class Guard:
    """Turns an exception of one stage into a Failure; a refusal passes."""

    def __init__(self, stage: str) -> None:
        self.stage = stage

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind_: Any, error: Any, tb: Any) -> None:
        if error is None or isinstance(error, errors.Unsupported | Failure | Skipped | KeyboardInterrupt):
            return
        last = "".join(traceback.format_exception(error)[-6:])
        raise Failure(f"{self.stage}: {type(error).__name__} in {guilty(error)}", last) from error


def expect(ok: bool, key: str, observed: Any, expected: Any) -> None:
    if not ok:
        raise Failure(key, f"observed {observed!r}\nexpected {expected!r}")


@dataclass
class Run:
    """A program at one input: what it gives, and its derivative along one direction."""

    f: Any
    args: tuple[Any, ...]
    want: Any
    along: tuple[Any, ...]
    truth: np.ndarray
    near: Tolerances


def inner(gradient: Any, along: Any) -> float:
    return sum(float(np.sum(np.asarray(g, np.float64) * d)) for g, d in zip(gradient, along))


def close(x: Any, y: Any, tol: float) -> bool:
    x, y = as_vector(x), as_vector(y)
    return x.shape == y.shape and bool(np.allclose(x, y, rtol=tol, atol=tol))


def check_lowering(f: Any, args: tuple[Any, ...], want: Any) -> None:
    """The program as the compiler understood it, run by the interpreter, is the program."""
    with Guard("lower"):
        lowered = lower(f, [(n, tree_of(a)) for n, a in zip(ARGUMENTS, args)])
        verify(lowered.function)
    with Guard("interpret"):
        out = interpret.run(lowered.function, copy.deepcopy(list(args)), resolve)
    flat = flatten(want, lowered.result) if isinstance(lowered.result, Node) else [want]
    expect(
        same(tuple(out), tuple(flat)), "interpret: value", (out, kind(tuple(out))), (flat, kind(tuple(flat)))
    )


def check_unchanged(args: Any, kept: Any, key: str) -> None:
    expect(same(args, kept), f"{key}: arguments changed", args, kept)


def check_kinds(adjoints: Any, args: Any, key: str) -> None:
    for g, k in zip(adjoints, WRT):
        expect(kind(g) == kind(args[k]), key, (ARGUMENTS[k], kind(g)), kind(args[k]))


def derivative(f: Any, mode: Any) -> Any:
    """The derivative of a program in one mode, compiled once for all its inputs."""
    made = f.__dict__.setdefault("made", {})
    if mode not in made:
        made[mode] = mode(f, WRT)
    return made[mode]


def _tangent_of_gradient(f: Any, wrt: tuple[int, ...]) -> Any:
    return ad.jvp(ad.grad(f, wrt))


def check_gradient(run: Run, tangent: np.ndarray | None) -> Any:
    """`value_and_grad`: value and its type, gradient against differences and against `jvp`, twice the
    same."""
    f, args = run.f, run.args
    made = derivative(f, ad.value_and_grad)
    mine = copy.deepcopy(args)
    with Guard("value_and_grad"):
        value, gradient = made(*mine)
    expect(same(value, run.want), "value_and_grad: value", (value, kind(value)), (run.want, kind(run.want)))
    check_unchanged(mine, args, "value_and_grad")
    check_kinds(gradient, args, "value_and_grad: kind of a gradient")
    for g, k in zip(gradient, WRT):
        shared = [n for n, x in zip(ARGUMENTS, mine) if isinstance(x, np.ndarray) and np.shares_memory(g, x)]
        expect(not shared, "value_and_grad: a gradient shares memory", shared, [])
    dot = inner(gradient, run.along)
    expect(
        close(dot, run.truth, run.near.truth), "value_and_grad: gradient against differences", dot, run.truth
    )
    if tangent is not None:
        expect(close(dot, tangent, run.near.twin), "value_and_grad: gradient against jvp", dot, tangent)
    kept = copy.deepcopy(gradient)
    with Guard("value_and_grad"):
        _, again = made(*mine)
    expect(same(tuple(again), tuple(kept)), "value_and_grad: a second call", again, kept)
    expect(
        same(tuple(gradient), tuple(kept)),
        "value_and_grad: a second call changed the first's",
        gradient,
        kept,
    )
    return gradient


def check_grad(run: Run, gradient: Any) -> None:
    mine = copy.deepcopy(run.args)
    with Guard("grad"):
        alone = derivative(run.f, ad.grad)(*mine)
    check_unchanged(mine, run.args, "grad")
    expect(close(alone, gradient, 0.1 * run.near.twin), "grad: not that of value_and_grad", alone, gradient)


def check_jvp(run: Run) -> np.ndarray:
    mine, mine_along = copy.deepcopy(run.args), copy.deepcopy(run.along)
    with Guard("jvp"):
        value, tangent = ad.jvp(run.f, mine, mine_along)
    expect(same(value, run.want), "jvp: value", (value, kind(value)), (run.want, kind(run.want)))
    expect(dtypes(tangent) == dtypes(run.want), "jvp: dtype of a tangent", kind(tangent), kind(run.want))
    check_unchanged(mine, run.args, "jvp")
    check_unchanged(mine_along, run.along, "jvp: tangent")
    expect(close(tangent, run.truth, run.near.truth), "jvp: tangent against differences", tangent, run.truth)
    return as_vector(tangent)


def check_vjp(run: Run, tangent: np.ndarray | None, gradient: Any) -> Any:
    """The pullback, twice, after the caller overwrote its arrays."""
    mine, want = copy.deepcopy(run.args), run.want
    with Guard("vjp"):
        value, pullback = ad.vjp(run.f, *mine)
    expect(same(value, want), "vjp: value", (value, kind(value)), (want, kind(want)))
    check_unchanged(mine, run.args, "vjp")
    for x in mine:
        if isinstance(x, np.ndarray):
            x[...] = 77.0
    r = np.random.default_rng(5)

    def seed(y: Any) -> Any:
        drawn = r.normal(size=np.shape(y))
        return drawn.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(drawn)

    bar = tuple(map(seed, want)) if isinstance(want, tuple) else type(want)(1.0)
    kept_bar = copy.deepcopy(bar)
    with Guard("vjp: pullback"):
        one = copy.deepcopy(pullback(bar))
        two = pullback(bar)
    expect(same(one, tuple(two)), "vjp: a second pullback", two, one)
    check_unchanged(bar, kept_bar, "vjp: adjoint")
    check_kinds(one[:5], run.args, "vjp: kind of an adjoint")
    expect(one[5] is None and one[6] is None, "vjp: adjoint of an integer", one[5:], (None, None))
    dot, along_truth = inner(one[:5], run.along), float(as_vector(bar) @ run.truth)
    expect(close(dot, along_truth, run.near.pullback), "vjp: against differences", dot, along_truth)
    if tangent is not None:
        forward = float(as_vector(bar) @ tangent)
        expect(close(dot, forward, run.near.twin), "vjp: pullback against jvp", dot, forward)
    if gradient is not None:
        expect(close(one[:5], gradient, run.near.twin), "vjp: pullback against grad", one, gradient)
    return one[:5]


def check_second(run: Run) -> None:
    """The tangent of the gradient against differences of the gradient."""
    first = derivative(run.f, ad.grad)
    with Guard("second order"):
        _, tangent = derivative(run.f, _tangent_of_gradient)(copy.deepcopy(run.args), run.along)
    truth = slope(lambda *a: tuple(first(*a)), run.args, run.along)
    expect(close(tangent, truth, 5e-5), "second order: against differences of the gradient", tangent, truth)


PARTS = {
    "lower": "l",
    "interpret": "l",
    "value_and_grad": "vj",
    "grad": "vg",
    "jvp": "j",
    "vjp": "vp",
    "second order": "",
}


def parts_of(failure_key: str) -> str:
    """The parts of `check` that are enough to see a failure again."""
    return PARTS.get(failure_key.partition(":")[0], "lvgjp")


def check(
    text: str, second: bool = False, most: int = 3, parts: str = "lvgjp", single: bool = False
) -> Outcome:
    """All checks of one program.  parts: l(owering), v(alue_and_grad), g(rad), j(vp), p(ullback).  With
    `single`, on arrays of single precision.

    Raises nothing but KeyboardInterrupt; what came out is told by the status.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            f = load(text)
            inputs = choose_inputs(f, most)
        except Exception as error:
            return Outcome("skipped", f"the program raises: {error!r}")
        done, reason = 0, ""
        try:
            for args in inputs:
                try:
                    _check_at(prepared(f, args, single), second and not single, parts)
                    done += 1
                except Skipped as skipped:
                    reason = str(skipped)
        except errors.Unsupported as refusal:
            return Outcome("refused", str(refusal))
        except Failure as failure:
            return Outcome("failed", str(failure), failure)
        return Outcome("checked" if done else "skipped", reason, inputs=done)


def prepared(f: Any, args: tuple[Any, ...], single: bool) -> Run:
    """What a program gives for one input, and its derivative by differences, in double precision always."""
    if single:
        args = halved(args)
    try:
        with np.errstate(over="raise"):  # 0 times an intermediate that overflowed is nan in a derivative
            want = f(*copy.deepcopy(args))
            wide = f(*widened(args))
    except Exception as error:
        raise Skipped(f"the program raises: {error!r}") from None
    if not isinstance(want, float | np.floating | tuple):
        raise Skipped("not a number")
    if not np.isfinite(as_vector(want)).all() or np.max(np.abs(as_vector(want))) > 1e6:
        raise Skipped("not finite")
    if single and not close(want, wide, 1e-4):
        raise Skipped("another way in single precision")
    along = direction(args, 11)
    return Run(f, args, want, along, slope(f, widened(args), along), SINGLE if single else DOUBLE)


def _check_at(run: Run, second: bool, parts: str) -> None:
    if "l" in parts:
        check_lowering(run.f, run.args, run.want)
    tangent = check_jvp(run) if "j" in parts else None
    number = not isinstance(run.want, tuple)
    before: list[Any] = []
    for configuration in CONFIGURATIONS:
        with configuration():
            gradient = check_gradient(run, tangent) if number and "v" in parts else None
            if "g" in parts and gradient is not None:
                check_grad(run, gradient)
            if "p" in parts:
                gradient = check_vjp(run, tangent, gradient)
            if second and number:
                check_second(run)
        if gradient is not None:
            before.append(gradient)
            ok = close(before[0], gradient, run.near.twin)
            expect(ok, f"{configuration.__name__}: not what it is without", gradient, before[0])
