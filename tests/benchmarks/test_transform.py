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


def test_what_is_written_stands_between_the_markers(monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{transform.BEGIN}\nold\n{transform.END}\n\nafter\n")
    monkeypatch.setattr(transform, "PAGE", page)
    monkeypatch.setattr("sys.argv", ["transform", "--sizes", "10", "20", "--only", "scalar,loops", "--write"])
    transform.main()
    text = page.read_text()
    assert text.startswith(f"before\n\n{transform.BEGIN}\n\nMilliseconds")
    assert text.endswith(f"\n\n{transform.END}\n\nafter\n")
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert [r[0] for r in rows[2:4]] == ["scalar", "loops"]
    shares = [[float(c) for c in r[1:]] for r in rows[6:]]
    assert [r[0] for r in rows[6:]] == [*transform.GROUPS, "other"]
    assert np.allclose(np.sum(shares, 0), 100.0, atol=4.0)
    assert "old" not in text


def test_every_stage_of_a_group_is_measured():
    assert {s for group in transform.GROUPS.values() for s in group} <= {s for s, _, _ in transform.STAGES}
