"""What the README, the pages of docs/ and the docstrings promise is run here."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
MODULES = [
    "api",
    "checkpointing",
    "cost",
    "derivative",
    "differences",
    "display",
    "errors",
    "source",
    "testing",
    "typetext",
]


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The code blocks of one language, each with the number of its first line."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start(2)) + 1, m[2]) for m in BLOCK.finditer(text) if m[1] == language]


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.name)
def test_python_blocks_run(page, tmp_path):
    """All python blocks of a page make one program, at the lines at which they stand on the page."""
    if page.name == "numba.md":
        pytest.importorskip("numba")
    program: list[str] = []
    for line, text in blocks(page, "python"):
        program += [""] * (line - 1 - len(program)) + text.splitlines()
    file = tmp_path / f"page_{page.stem}.py"  # numba.py would stand before the package
    file.write_text("\n".join(program) + "\n", encoding="utf-8")
    done = subprocess.run([sys.executable, file], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "pycon")], ids=lambda p: p.name)
def test_sessions_print_what_they_show(page):
    """All sessions of a page are one session; `...` stands for any text."""
    text = "\n".join(text for _, text in blocks(page, "pycon"))
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, page.name, str(page), 0)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert test.examples
    runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    if not (ROOT / "src" / "sourcead" / f"{name}.py").exists():
        pytest.fail(f"{name} is gone; take it off the list")
    result = doctest.testmod(importlib.import_module(f"sourcead.{name}"))
    assert result.failed == 0


def test_the_first_two_commands_of_the_readme_are_one_line_each():
    first, second = (text for _, text in blocks(ROOT / "README.md", "sh")[:2])
    assert first.count("\n") == second.count("\n") == 1
    assert "pip install" in first and "--check" in first
    assert "pip install" in second and "pytest" in second


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if not (page.parent / t).exists()]
    assert not missing


def test_every_page_can_be_reached_from_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [p.name for p in PAGES[1:] if p.name != "index.md" and f"({p.name})" not in index] == []
