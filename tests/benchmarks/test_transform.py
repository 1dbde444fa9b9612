"""What is measured is right: the generated programs have the length they should, and right gradients."""

import numpy as np
import pytest

from sourcead.testing import check_grads

from . import transform


@pytest.mark.parametrize("kind", transform.KINDS)
@pytest.mark.parametrize("n", [20, 60])
def test_programs_have_their_length_and_their_gradients_are_right(kind, n):
    source = transform.text(kind, n)
    assert n - 8 <= transform.statements(source) <= n
    check_grads(transform.made(source, f"checked {kind} {n}"), (transform.point(),), order=1)


def test_stages_add_up_to_what_was_spent():
    spent = transform.stages(transform.text("mixture", 40), "stages")
    assert all(t >= 0.0 for t in spent.values())
    assert {s for s, t in spent.items() if t > 0.0} >= {"lower", "reverse", "cse", "write", "print", "load"}


def test_the_table_has_a_row_for_a_kind(capsys, monkeypatch):
    monkeypatch.setattr(
        "sys.argv", ["transform", "--sizes", "10", "20", "--only", "scalar,loops", "--stages"]
    )
    transform.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["ms", "scalar", "loops"]
    assert np.isfinite([float(x) for x in lines[1].split()[1:]]).all()
