"""Names of variables in generated text."""

from __future__ import annotations

import builtins
import keyword

RESERVED = (
    frozenset(keyword.kwlist)
    | frozenset(keyword.softkwlist)
    | frozenset(dir(builtins))
    | {"np", "math", "scipy"}
)


ENDINGS = ("_bar_dot", "_bar", "_dot", "_tape")


def numbered(base: str, k: int) -> str:
    """The k-th name made from a base: x, x1, x2, ... and x_bar, x1_bar, ...

    >>> [numbered("x", k) for k in range(3)], numbered("x_bar", 1)
    (['x', 'x1', 'x2'], 'x1_bar')
    """
    if k == 0:
        return base
    before, after = around(base)
    return f"{before}{k}{after}"


def around(base: str) -> tuple[str, str]:
    """What stands before and after the number in the names that are made from a base.

    >>> around("x_bar"), around("x1")
    (('x', '_bar'), ('x1_', ''))
    """
    after = ""
    while base.endswith(ENDINGS):
        ending = next((e for e in ENDINGS if base.endswith(e) and len(base) > len(e)), None)
        if ending is None:
            break
        base, after = base[: -len(ending)], ending + after
    return base + "_" if base[-1].isdigit() else base, after
