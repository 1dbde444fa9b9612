"""Expressions of NumPy as whole functions: the same bits as NumPy, and derivatives against differences."""

from __future__ import annotations

import itertools
import linecache
import re
import warnings
from typing import Any

import numpy as np

import sourcead as ad
from sourcead.testing import check_grads

r = np.random.default_rng(11)
NUMBERS: dict[str, Any] = {
    "x": np.array([0.31, 0.72, 0.13, 0.58, 0.95]),
    "y": np.array([0.44, 0.21, 1.05, 0.37, 0.66]),
    "p": np.cumsum(np.array([0.11, 0.34, 0.55, 0.87, 0.4])),
    "M": r.normal(size=(4, 5)),
    "N": r.normal(size=(5, 3)),
    "T": (r.permutation(60) / 16.0 - 1.43).reshape(3, 4, 5),
    "W": r.uniform(0.2, 1.0, size=(4, 5)),
    "z": r.normal(size=5) + 1j * r.normal(size=5),
    "s": 0.63,
    "t": 1.7,
}
holes = NUMBERS["M"].copy()
holes[0, 1] = holes[2, 3] = holes[2, 0] = np.nan
SPACE = {
    "np": np,
    "i": np.array([2, 0, 2, 1, 4]),
    "m": NUMBERS["W"] > 0.5,
    "b": NUMBERS["y"] > 0.4,
    "H": np.where(np.isnan(holes), np.nan, 0.0),
}
_count = itertools.count()


def function_of(body: str, names: tuple[str, ...]) -> Any:
    """`def f(names)` of an expression, or of statements that end in `return`."""
    lines = body.splitlines() if "return" in body else [f"return {body}"]
    text = f"def f({', '.join(names)}):\n" + "".join(f"    {line}\n" for line in lines)
    file = f"<expression {next(_count)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = dict(SPACE)
    exec(compile(text, file, "exec"), space)
    return space["f"]


def names_in(body: str) -> tuple[str, ...]:
    return tuple(n for n in NUMBERS if re.search(rf"(?<![\w.]){n}(?!\w|=[^=])", body))


def leaves(v: Any) -> list[Any]:
    return [i for part in v for i in leaves(part)] if isinstance(v, tuple | list) else [v]


def check(body: str, order: int = 2) -> None:
    names = names_in(body)
    f = function_of(body, names)
    args = tuple(NUMBERS[n] for n in names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = f(*args)
        got = ad.jvp(f, args, args)[0]
        for a, b in zip(leaves(got), leaves(want), strict=True):
            a, b = np.asarray(a), np.asarray(b)
            assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), (a, b)
        check_grads(f, args, order=order)
