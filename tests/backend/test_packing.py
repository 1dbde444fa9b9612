"""Residuals have one name in the augmented primal and in the pullback."""

from __future__ import annotations

import re

import sourcead as ad


def fib(n, x):
    return x if n < 2 else fib(n - 1, x) + fib(n - 2, x) * x


def test_the_pullback_unpacks_what_was_packed() -> None:
    g = ad.grad(fib, 1)
    assert g(5, 1.5) == 33.25
    packed = re.search(r"return \w+, \((.*)\)", g.source)
    unpacked = re.search(r"^    (.*), \*_ = residuals$", g.source, re.M)
    assert packed and unpacked
    assert packed[1] == unpacked[1]
