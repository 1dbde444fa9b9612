"""The text of derivatives of the programs of the corpus: as black leaves it, and always the same."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import black
import pytest
from tests.programs.registry import Program, load

import sourcead as ad

SAMPLE = [p for p in load() if not (p.refused or p.awaited or "whole_outputs" in p.name)][::5]
ROOT = Path(__file__).parents[2]


def text(item: Program) -> str:
    derivative = ad.value_and_grad(item.function, item.wrt)
    with contextlib.redirect_stdout(io.StringIO()):
        derivative(*item.make(0))
    return derivative.source


@pytest.mark.parametrize("item", SAMPLE, ids=lambda p: p.name)
def test_black_leaves_the_text_alone(item: Program) -> None:
    try:
        out = text(item)
    except ad.errors.Unsupported as e:  # a refusal is another test's matter
        pytest.skip(str(e).splitlines()[0])
    assert black.format_str(out, mode=black.Mode()) == out


def test_texts_do_not_depend_on_the_seed_of_hashes() -> None:
    code = (
        "from tests.backend.test_program_texts import SAMPLE, text, ad\n"
        "for p in SAMPLE[::4]:\n"
        "    try: print(text(p))\n"
        "    except ad.errors.Unsupported as e: print(e)\n"
    )
    outs = []
    for seed in ("0", "1", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        outs.append(done.stdout)
    assert outs[0].count("def ") > 5
    assert outs[0] == outs[1] == outs[2]
