"""The corpus is sound: its programs run, are smooth at their inputs, and some input reaches every line."""

import contextlib
import io
import sys
import types

import numpy as np
import pytest

from . import differences, trees
from .registry import load

ALL = load()
CASES = [pytest.param(p, k, id=f"{p.name}-{k}") for p in ALL for k in range(len(p.inputs))]


def lines_of(code: types.CodeType) -> set[int]:
    """The lines with code in a function and in the functions inside it, less their `def` lines."""
    own = {line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno}
    return own.union(*(lines_of(c) for c in code.co_consts if isinstance(c, types.CodeType)))


def lines_run(item, args) -> set[int]:
    seen = set()
    file = item.function.__code__.co_filename

    def trace(frame, event, arg):
        if frame.f_code.co_filename != file:
            return None
        seen.add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        item.function(*args)
    except Exception:
        assert any(args_match(args, bad) for bad, _ in item.fails)
    finally:
        sys.settrace(before)
    return seen


def args_match(args, other) -> bool:
    return trees.same(tuple(args), tuple(other))


def test_there_are_enough_and_each_has_its_own_name():
    names = [p.name for p in ALL]
    assert len(names) == len(set(names))
    assert len(names) >= 290


@pytest.mark.parametrize("item", ALL, ids=lambda p: p.name)
def test_every_line_is_reached_by_some_input(item):
    wanted = lines_of(item.function.__code__)
    reached = set()
    with contextlib.redirect_stdout(io.StringIO()):
        for case in range(len(item.inputs)):
            reached |= lines_run(item, item.make(case))
        for args, _ in item.fails:
            reached |= lines_run(item, list(args))
    assert not wanted - reached, f"no input reaches line {sorted(wanted - reached)}"


@pytest.mark.parametrize("item, case", CASES)
def test_the_primal_runs_and_is_smooth_at_the_input(item, case):
    with contextlib.redirect_stdout(io.StringIO()):
        value = item.function(*item.make(case))
        assert all(np.all(np.isfinite(v)) for v in trees.leaves(value))
        assert trees.same(value, item.function(*item.make(case))), "another call gives another value"
        coarse = differences.gradient(item, case)
        fine = differences.gradient(item, case, h=7e-4)
    for a, b in zip(coarse, fine, strict=True):
        scale = max(1.0, trees.size(list(a)))
        for one, two in zip(a, b, strict=True):
            np.testing.assert_allclose(one, two, rtol=3e-7, atol=3e-8 * scale)
