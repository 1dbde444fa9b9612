"""The examples, run as a reader would run them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


def run(root, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_quickstart_learns_and_prints_the_gradient_it_used(root):
    out = run(root, "examples/quickstart.py")
    losses = [float(v) for v in re.findall(r"loss (\d\.\d+)", out)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.5 * losses[0]
    assert float(re.search(r"right ([\d.]+)%", out)[1]) > 95.0
    assert "def loss_grad(w, x, y)" in out and "w_bar" in out


def test_quickstart_at_the_shell_without_types(root):
    out = run(root, "-m", "sourcead", "grad", "examples/quickstart.py:loss", "--check")
    assert "assumed" not in out
    assert re.search(r"^# w .*right$", out, re.M)
    compile(out, "out.py", "exec")


def test_digits_reaches_96_percent_held_out(root):
    pytest.importorskip("sklearn")
    out = run(root, "examples/digits.py")
    rows = re.findall(r"epoch +(\d+) +loss ([\d.]+) +train ([\d.]+)% +held out ([\d.]+)%", out)
    assert [int(r[0]) for r in rows] == list(range(1, len(rows) + 1)) and len(rows) > 1
    assert float(rows[-1][3]) >= 96.0
    assert float(rows[-1][1]) < float(rows[0][1])


def test_heat_descends_in_the_memory_of_its_slots(root):
    out = run(root, "examples/heat.py")
    values = [float(v) for v in re.findall(r"misfit ([\d.]+)", out)]
    assert values == sorted(values, reverse=True) and values[-1] < 0.01 * values[0]
    few, all_of_them = (float(v) for v in re.findall(r"states +([\d.]+) MB", out))
    assert few < 0.1 * all_of_them
