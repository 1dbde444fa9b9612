"""Arguments for random programs: which are tried, how they are moved, in double and in single precision."""

from __future__ import annotations

import copy
import sys
from typing import Any

import numpy as np

from .expressions import M, N

WRT = (0, 1, 2, 3, 4)  # the arguments that are differentiated


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


def steps_run(f: Any, args: tuple[Any, ...]) -> tuple[Any, set[tuple[int, int]]]:
    """The result of a call and the pairs of lines of the program's text that ran one after the other.

    Pairs, not lines: a branch that is not taken runs no line of its own.
    """
    seen: set[tuple[int, int]] = set()
    file = f.__code__.co_filename
    last = 0

    def local(frame: Any, event: str, arg: Any) -> Any:
        nonlocal last
        if event == "line":
            seen.add((last, frame.f_lineno))
            last = frame.f_lineno
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: local if frame.f_code.co_filename == file else None)
    try:
        return f(*args), seen
    finally:
        sys.settrace(before)


def choose_inputs(f: Any, most: int = 3, tries: int = 14) -> list[tuple[Any, ...]]:
    """A few inputs, each of which goes ways that those before it do not; at least one."""
    chosen, covered = [], set()
    for seed in range(tries):
        args = make_input(seed)
        _, seen = steps_run(f, copy.deepcopy(args))
        if seen - covered:
            chosen.append((len(seen - covered), seed, args))
            covered |= seen
    chosen = chosen[:1] + sorted(chosen[1:], key=lambda c: -c[0])
    return [args for _, _, args in chosen[:most]]


def direction(args: tuple[Any, ...], seed: int) -> tuple[Any, ...]:
    r = np.random.default_rng(seed)
    return tuple(
        (
            (r.normal(size=x.shape).astype(x.dtype) if isinstance(x, np.ndarray) else float(r.normal()))
            if k in WRT
            else 0
        )
        for k, x in enumerate(args)
    )


def moved(args: tuple[Any, ...], along: tuple[Any, ...], h: float) -> tuple[Any, ...]:
    return tuple(copy.copy(x) if k not in WRT else x + h * d for k, (x, d) in enumerate(zip(args, along)))


def halved(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arrays in single precision."""
    return tuple(x.astype(np.float32) if isinstance(x, np.ndarray) else x for x in args)


def widened(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arrays in double precision, of the same values."""
    return tuple(x.astype(np.float64) if isinstance(x, np.ndarray) else x for x in args)
