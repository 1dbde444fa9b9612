"""Values made for a swap."""

from __future__ import annotations

import ast

import pytest

from sourcead.backend.swaps import straighten


@pytest.mark.parametrize(
    "before, after",
    [
        ("b = f(x)\na, b = (b, a)", "b = a\na = f(x)"),
        ("b = f(a)\nb, a = (a, b)", "b = a\na = f(a)"),
        ("if c:\n    a = g()\n    a, b = (b, a)", "if c:\n    a = b\n    b = g()"),
        ("b = f(b)\na, b = (b, a)", None),  # reads what it makes
        ("c = f(x)\na, b = (b, a)", None),
        ("b = f(x)\na, b, c = (b, c, a)", None),
        ("b = f(x)\na, b = (b, c)", None),
    ],
)
def test_two_assignments_for_a_swap(before, after):
    tree = ast.parse(before)
    straighten(tree.body)
    assert ast.unparse(tree) == (after or before)
