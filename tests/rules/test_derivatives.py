"""Every rule against central differences, in both modes, and the modes against each other."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sourcead.rules.registry import BOOK
from sourcead.runtime import unbroadcast

from .all_rows import ROWS, Row
from .driver import pullback, pushforward, run


def moved(row: Row, dots: dict, t: float) -> list:
    args = tuple(a + t * dots[i] if i in dots else a for i, a in enumerate(row.args))
    y = run(row.key, args, row.keywords)
    return [np.asarray(v) for v in (y if isinstance(y, tuple | list) else [y]) if is_inexact(v)]


def is_inexact(v) -> bool:
    """Whether a result can carry a derivative: no rank, no pivots, no flag."""
    return np.asarray(v).dtype.kind in "fc"


def differences(row: Row, dots: dict, h: float = 2e-3) -> list:
    """Central differences with Richardson extrapolation."""
    table = [
        [(a - b) / (2 * h / 2**k) for a, b in zip(moved(row, dots, h / 2**k), moved(row, dots, -h / 2**k))]
        for k in range(4)
    ]
    for m in range(1, 4):
        table = [[(4**m * b - a) / (4**m - 1) for a, b in zip(p, q)] for p, q in zip(table, table[1:])]
    return table[0]


def random_like(a, rng):
    g = rng.normal(size=np.shape(a))
    if np.iscomplexobj(a):
        g = g + 1j * rng.normal(size=np.shape(a))
    if isinstance(a, np.ndarray):
        return np.asarray(g)
    return complex(g) if np.iscomplexobj(a) else float(g)


def wrt_of(row: Row) -> tuple[int, ...]:
    if row.wrt is not None:
        return row.wrt
    return tuple(i for i, a in enumerate(row.args) if np.asarray(a).dtype.kind in "fc")


def check(row: Row) -> None:
    rng = np.random.default_rng(3)
    y = run(row.key, row.args, row.keywords)
    y = tuple(y) if isinstance(y, tuple | list) else y
    outs = y if isinstance(y, tuple) else (y,)
    wrt = wrt_of(row)
    bars = tuple(random_like(v, rng) if is_inexact(v) else None for v in outs)
    found = pullback(row.key, row.args, row.keywords, y, bars if isinstance(y, tuple) else bars[0], wrt)
    for n in wrt:
        dot = random_like(row.args[n], rng)
        want = differences(row, {n: dot})
        got = pushforward(row.key, row.args, row.keywords, y, {n: dot})
        got = [np.zeros(np.shape(w)) for w in want] if got is None else got
        got = [g for g, v in zip(got, outs, strict=True) if is_inexact(v)]
        seeds = [b for b in bars if b is not None]
        if BOOK[row.key].undetermined is not None:
            got, want, seeds = zip(*(t for t in zip(got, want, seeds, strict=True) if t[0] is not None))
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(np.broadcast_to(a, np.shape(b)), b, rtol=2e-7, atol=2e-8)
        bar = found.get(n, 0.0)
        shape = np.shape(row.args[n])
        if np.ndim(bar) > len(shape) or any(
            p != q and p != 1 for p, q in zip(np.shape(bar)[::-1], shape[::-1])
        ):
            assert BOOK[row.key].scaled, "only elementwise rules leave the un-broadcasting to the compiler"
            bar = unbroadcast(bar, row.args[n])
        elif BOOK[row.key].scaled and np.ndim(bar) < np.ndim(outs[0]):
            bar = unbroadcast(np.broadcast_to(bar, np.shape(outs[0])), row.args[n])
        left = sum(np.sum(a * b) for a, b in zip(seeds, got))
        right = np.sum(np.broadcast_to(bar, shape) * dot)
        np.testing.assert_allclose(np.real(left), np.real(right), rtol=1e-10, atol=1e-11)


# draws of random numbers are tested in test_random.py, sums and repetitions of lists through whole programs
ELSEWHERE = {"sourcead.runtime.add_lists", "sourcead.runtime.repeated"}
# the entries of a sparse matrix are an operand that it was made of: programs/sparse_fields.py
ELSEWHERE |= {f"sourcead.rules.scipy.sparse.sparse_{n}" for n in ("dense", "assembled")}


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.id)
def test_rule(row):
    check(row)


@pytest.mark.parametrize("row", [r for r in ROWS if BOOK[r.key].scaled], ids=lambda r: r.id)
def test_plain_form(row, monkeypatch):
    """The text without guards, which is used where a pole is known to be excluded."""
    for name, module in list(sys.modules.items()):
        if name.startswith("sourcead.rules"):
            for fact in ("known_nonzero", "known_positive"):
                if hasattr(module, fact):
                    monkeypatch.setattr(
                        module,
                        fact,
                        lambda v: np.asarray(v).dtype.kind != "c" and bool(np.all(np.asarray(v) > 0)),
                    )
            if hasattr(module, "static_value"):
                monkeypatch.setattr(module, "static_value", lambda v: v if type(v) in (int, float) else None)
    check(row)


def test_every_primitive_has_a_rule_and_a_row():
    assert not [k for k, p in BOOK.items() if not p.has_rule]
    used = {r.key for r in ROWS}
    same_rule = {"numpy.identity", "numpy.fix", "numpy.ndarray.astype", "numpy.float32", "numpy.float16"}
    same_rule |= {"numpy.complex128", "numpy.complex64"}
    assert not [
        k
        for k, p in BOOK.items()
        if not p.constant and not p.effect and k not in used | same_rule | ELSEWHERE
    ]
