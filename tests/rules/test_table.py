"""The table in docs/rules.md is the book's own, and what it says of kinks names functions of the book."""

from pathlib import Path

import pytest

import sourcead.callbacks  # noqa: F401  (names the functions that call back)
from sourcead.rules.kinks import KINKS
from sourcead.rules.registry import BOOK, open_parts
from sourcead.rules.table import differentiable, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
MARK = "<!-- below: sourcead rules --table -->\n"


def test_the_page_has_the_table_of_the_book():
    pytest.importorskip("scipy")
    _, _, shown = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert shown.strip() == table().strip(), "write the output of `sourcead rules --table` below the mark"


def test_kinks_are_those_of_functions_in_the_book():
    open_parts(everything=True)
    assert not set(KINKS) - set(BOOK)


def test_what_has_a_rule_is_differentiable_by_something():
    open_parts(everything=True)
    assert not [k for k, p in BOOK.items() if not (p.constant or p.hidden or differentiable(p)[0])]
