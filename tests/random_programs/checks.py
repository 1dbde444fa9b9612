"""What is checked of one random program, and how a failure is told from a refusal and from a program to skip.

Truth are central differences along one random direction, at two steps: where they disagree, a branch or a
kink is near and the input is skipped.
"""

from __future__ import annotations

import copy
import linecache
import math
import sys
import traceback
import warnings
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

from .generator import ARGUMENTS, M, N

WRT = (0, 1, 2, 3, 4)  # the arguments that are differentiated
STEP = 3e-4


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


def make_input(seed: int) -> tuple[Any, ...]:
    """Arguments for a program."""
    r = np.random.default_rng(seed)
    n, k = int(r.integers(0, 4)), int(r.integers(0, 3))
    if seed % 3 == 0:
        n = 3
    return (
        float(r.uniform(-1.2, 1.2)),
        float(r.uniform(-1.2, 1.2)),
        r.uniform(-1.2, 1.2, N),
        r.uniform(-1.2, 1.2, N),
        r.uniform(-1.2, 1.2, (N, M)),
        n,
        k,
    )


def lines_run(f: Any, args: tuple[Any, ...]) -> tuple[Any, set[int]]:
    """The result of a call and the lines of the program's text that ran."""
    seen: set[int] = set()
    file = f.__code__.co_filename

    def local(frame: Any, event: str, arg: Any) -> Any:
        if event == "line":
            seen.add(frame.f_lineno)
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: local if frame.f_code.co_filename == file else None)
    try:
        return f(*args), seen
    finally:
        sys.settrace(before)


def choose_inputs(f: Any, most: int = 3, tries: int = 14) -> list[tuple[Any, ...]]:
    """A few inputs, each of which runs lines that those before it do not; at least one."""
    chosen, covered = [], set()
    for seed in range(tries):
        args = make_input(seed)
        _, seen = lines_run(f, copy.deepcopy(args))
        if seen - covered:
            chosen.append((len(seen - covered), seed, args))
            covered |= seen
    chosen = chosen[:1] + sorted(chosen[1:], key=lambda c: -c[0])
    return [args for _, _, args in chosen[:most]]


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


def direction(args: tuple[Any, ...], seed: int) -> tuple[Any, ...]:
    r = np.random.default_rng(seed)
    return tuple(
        (r.normal(size=x.shape) if isinstance(x, np.ndarray) else float(r.normal())) if k in WRT else 0
        for k, x in enumerate(args)
    )


def moved(args: tuple[Any, ...], along: tuple[Any, ...], h: float) -> tuple[Any, ...]:
    return tuple(copy.copy(x) if k not in WRT else x + h * d for k, (x, d) in enumerate(zip(args, along)))


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


def derivative(f: Any, mode: Any) -> Any:
    """The derivative of a program in one mode, compiled once for all its inputs."""
    made = f.__dict__.setdefault("made", {})
    if mode not in made:
        made[mode] = mode(f, WRT)
    return made[mode]


def _tangent_of_gradient(f: Any, wrt: tuple[int, ...]) -> Any:
    return ad.jvp(ad.grad(f, wrt))


def check_gradient(
    f: Any, args: Any, want: Any, along: Any, truth: np.ndarray, tangent: np.ndarray | None
) -> Any:
    """`value_and_grad`: value and its type, gradient against differences and against `jvp`, twice the
    same."""
    made = derivative(f, ad.value_and_grad)
    mine = copy.deepcopy(args)
    with Guard("value_and_grad"):
        value, gradient = made(*mine)
    expect(same(value, want), "value_and_grad: value", (value, kind(value)), (want, kind(want)))
    check_unchanged(mine, args, "value_and_grad")
    for g, k in zip(gradient, WRT):
        ok = kind(g) == kind(args[k]) or isinstance(args[k], float) and type(g) is float
        expect(ok, "value_and_grad: kind of a gradient", (ARGUMENTS[k], kind(g)), kind(args[k]))
    dot = sum(float(np.sum(g * d)) for g, d in zip(gradient, along))
    expect(close(dot, truth, 2e-5), "value_and_grad: gradient against differences", dot, truth)
    if tangent is not None:
        expect(close(dot, tangent, 1e-9), "value_and_grad: gradient against jvp", dot, tangent)
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


def check_grad(f: Any, args: Any, gradient: Any) -> None:
    mine = copy.deepcopy(args)
    with Guard("grad"):
        alone = derivative(f, ad.grad)(*mine)
    check_unchanged(mine, args, "grad")
    expect(close(alone, gradient, 1e-10), "grad: not that of value_and_grad", alone, gradient)


def check_jvp(f: Any, args: Any, want: Any, along: Any, truth: np.ndarray) -> np.ndarray:
    mine, mine_along = copy.deepcopy(args), copy.deepcopy(along)
    with Guard("jvp"):
        value, tangent = ad.jvp(f, mine, mine_along)
    expect(same(value, want), "jvp: value", (value, kind(value)), (want, kind(want)))
    check_unchanged(mine, args, "jvp")
    check_unchanged(mine_along, along, "jvp: tangent")
    expect(close(tangent, truth, 2e-5), "jvp: tangent against differences", tangent, truth)
    return as_vector(tangent)


def check_vjp(f: Any, args: Any, want: Any, along: Any, truth: np.ndarray, gradient: Any) -> None:
    """The pullback, twice, after the caller overwrote its arrays."""
    mine = copy.deepcopy(args)
    with Guard("vjp"):
        value, pullback = ad.vjp(f, *mine)
    expect(same(value, want), "vjp: value", (value, kind(value)), (want, kind(want)))
    check_unchanged(mine, args, "vjp")
    for x in mine:
        if isinstance(x, np.ndarray):
            x[...] = 77.0
    r = np.random.default_rng(5)
    bar = (
        tuple(r.normal(size=np.shape(y)) if isinstance(y, np.ndarray) else float(r.normal()) for y in want)
        if isinstance(want, tuple)
        else 1.0
    )
    kept_bar = copy.deepcopy(bar)
    with Guard("vjp: pullback"):
        one = copy.deepcopy(pullback(bar))
        two = pullback(bar)
    expect(same(one, tuple(two)), "vjp: a second pullback", two, one)
    check_unchanged(bar, kept_bar, "vjp: adjoint")
    expect(one[5] is None and one[6] is None, "vjp: adjoint of an integer", one[5:], (None, None))
    dot = sum(float(np.sum(g * d)) for g, d in zip(one[:5], along))
    expect(
        close(dot, float(as_vector(bar) @ truth), 5e-5),
        "vjp: against differences",
        dot,
        float(as_vector(bar) @ truth),
    )
    if gradient is not None:
        expect(close(one[:5], gradient, 1e-9), "vjp: pullback against grad", one, gradient)


def check_second(f: Any, args: Any, along: Any) -> None:
    """The tangent of the gradient against differences of the gradient."""
    first = derivative(f, ad.grad)
    with Guard("second order"):
        _, tangent = derivative(f, _tangent_of_gradient)(copy.deepcopy(args), along)
    truth = slope(lambda *a: tuple(first(*a)), args, along)
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


def check(text: str, second: bool = False, most: int = 3, parts: str = "lvgjp") -> Outcome:
    """All checks of one program.  parts: l(owering), v(alue_and_grad), g(rad), j(vp), p(ullback).

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
                    _check_at(f, args, second, parts)
                    done += 1
                except Skipped as skipped:
                    reason = str(skipped)
        except errors.Unsupported as refusal:
            return Outcome("refused", str(refusal))
        except Failure as failure:
            return Outcome("failed", str(failure), failure)
        return Outcome("checked" if done else "skipped", reason, inputs=done)


def _check_at(f: Any, args: tuple[Any, ...], second: bool, parts: str) -> None:
    want = f(*copy.deepcopy(args))
    if not isinstance(want, float | tuple):
        raise Skipped("not a number")
    if not np.isfinite(as_vector(want)).all() or np.max(np.abs(as_vector(want))) > 1e6:
        raise Skipped("not finite")
    if "l" in parts:
        check_lowering(f, args, want)
    along = direction(args, 11)
    truth = slope(f, args, along)
    tangent = check_jvp(f, args, want, along, truth) if "j" in parts else None
    gradient = None
    if not isinstance(want, tuple):
        if "v" in parts:
            gradient = check_gradient(f, args, want, along, truth, tangent)
        if "g" in parts and gradient is not None:
            check_grad(f, args, gradient)
    if "p" in parts:
        check_vjp(f, args, want, along, truth, gradient)
    if second and not isinstance(want, tuple):
        check_second(f, args, along)
