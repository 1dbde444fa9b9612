"""The emitted text of random programs computes what the IR does, leaves arguments alone, owns its results."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest

from sourcead.backend.emit import emit, module
from sourcead.backend.load import load
from sourcead.backend.printer import to_source
from sourcead.ir.interpret import run

from .random_programs import Maker

_PLACES = {"operator": operator, "math": math, "numpy": np}


def _resolve(key: str) -> object:
    head, _, last = key.partition(".")
    return getattr(_PLACES[head], last)


def check(seed: int) -> None:
    f = Maker(seed).function()
    text = to_source(module([f]))
    g = load(text, "f", {}, "random")
    for a in (0.3, -0.7):
        args = [np.arange(4.0) / 4.0 - 0.4, np.array([0.5, -0.25, 0.75, 0.1]), a]
        kept = [np.copy(v) for v in args]
        with np.errstate(all="ignore"):
            want = run(f, args, _resolve)
            try:
                got = g(*args)
            except Exception as e:
                raise AssertionError(f"{e!r} in\n{text}") from e
        for w, v in zip(want, got, strict=True):
            assert np.array_equal(w, v, equal_nan=True), (w, v, text)
        assert all(np.array_equal(p, q) for p, q in zip(args, kept)), text
        arrays = [v for v in got if isinstance(v, np.ndarray)]
        for k, v in enumerate(arrays):
            assert v.flags.owndata and v.flags.writeable, text
            assert not any(np.shares_memory(v, w) for w in (*arrays[:k], *args[:2])), text


@pytest.mark.parametrize("block", range(20))
def test_random_programs(block: int) -> None:
    for seed in range(block * 40, block * 40 + 40):
        check(seed)


def test_same_text_every_time() -> None:
    for seed in range(30):
        assert to_source(module([Maker(seed).function()])) == to_source(module([Maker(seed).function()]))
    assert emit(Maker(3).function()).name == "f"
