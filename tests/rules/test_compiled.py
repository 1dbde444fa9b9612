"""Rows of the book through the whole compiler, to second order: what a user gets who calls that function.

Each primitive's first rows are run, one for each way of calling it (which keywords, how many operands, which
ranks); with SOURCEAD_ALL_ROWS=1 all rows.
"""

from __future__ import annotations

import itertools
import linecache
import os
from typing import Any

import numpy as np
import pytest

import sourcead as ad
from sourcead.rules.registry import BOOK, home

from .all_rows import ROWS, Row

PER_PRIMITIVE = 4
JUMPS = {"operator.mod", "numpy.remainder", "numpy.fmod"}  # their first row keeps away from where they jump
PARTS = {"scipy.linalg.lstsq": "[::3]"}  # its residuals have no derivative
NUMBER = itertools.count()


def expression(row: Row) -> str:
    """The call as a user writes it, of operands a0, a1, ..."""
    p = BOOK[row.key]
    names = [f"a{n}" for n in range(len(row.args))]
    words = [f"{k}={v!r}" for k, v in row.keywords.items()]
    if p.packed and row.args[1] is None:
        names = [names[0], *names[p.packed :]]
    elif p.packed:
        names = [f"({', '.join(names[: p.packed])})", *names[p.packed :]]
    if p.spell and p.spell[0] == "attribute":
        return f"{names[0]}.{p.spell[1]}"
    if p.spell and p.spell[0] == "method":
        return f"{names[0]}.{p.spell[1]}({', '.join([*names[1:], *words])})"
    if p.variadic is True:
        return f"{row.key}({', '.join(['[' + ', '.join(names) + ']', *words])})"
    if p.order:  # operands behind a static keyword go by name
        named = [f"{k}={n}" for k, n, a in zip(p.params, names, row.args) if a is not None][p.positional :]
        return f"{row.key}({', '.join([*names[: p.positional], *words, *named])})"
    lead = [repr(row.keywords[k]) for k in list(p.keywords)[: p.leading]]
    rest = [f"{k}={v!r}" for k, v in row.keywords.items() if k not in list(p.keywords)[: p.leading]]
    return f"{row.key}({', '.join([*lead, *names, *rest])})"


def held(row: Row) -> list[int]:
    """The operands that are real but not differentiated: they are no parameters of the function, because its
    derivative by all parameters is taken."""
    kinds = [np.asarray(a).dtype.kind if a is not None else "" for a in row.args]
    return [n for n, k in enumerate(kinds) if k in "fc" and n not in differentiable(row) and k]


def function(row: Row) -> Any:
    names = ", ".join(f"a{n}" for n in range(len(row.args)) if n not in held(row))
    head = f"import {home(row.key)}\nfrom numpy import array, inf, nan\n\n\n"
    text = f"{head}def f({names}):\n    return {expression(row)}{PARTS.get(row.key, '')}\n"
    file = f"<row {next(NUMBER)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space: dict[str, Any] = {"__name__": file, **{f"a{n}": row.args[n] for n in held(row)}}
    exec(compile(text, file, "exec"), space)
    return space["f"]


def differentiable(row: Row) -> list[int]:
    if row.wrt is not None:
        return list(row.wrt)
    return [n for n, a in enumerate(row.args) if np.asarray(a).dtype.kind in "fc"]


def chosen() -> list[Row]:
    """The rows that are run: those of the user's functions with something to differentiate by."""
    seen: dict[str, set[Any]] = {}
    out = []
    for row in ROWS:
        p = BOOK[row.key]
        if (
            p.constant
            or row.key.startswith("sourcead.")
            or not differentiable(row)
            or "_tree" in row.keywords
        ):
            continue
        way = (
            tuple(sorted(row.keywords)),
            len(row.args),
            tuple(np.ndim(a) for a in row.args if a is not None),
        )
        ways = seen.setdefault(row.key, set())
        if not os.environ.get("SOURCEAD_ALL_ROWS") and (way in ways or len(ways) == PER_PRIMITIVE):
            continue
        if ways and row.key in JUMPS:
            continue
        ways.add(way)
        out.append(row)
    return out


@pytest.mark.parametrize("row", chosen(), ids=lambda r: r.id)
@pytest.mark.filterwarnings("ignore")
def test_to_second_order(row):
    given = [n for n in range(len(row.args)) if n not in held(row)]
    wanted = [given.index(n) for n in differentiable(row)]
    ad.check_grads(function(row), [row.args[n] for n in given], order=2, argnums=wanted)
