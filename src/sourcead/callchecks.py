"""What is checked at each call of a compiled derivative: that it is still the one for these arguments and for
what was read outside, and that no memory it writes to is seen under two names."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import errors
from .analysis.lengths import facts_that_hold, lengths_of
from .compiler import Compiled
from .frontend.equal import still_equal
from .frontend.trees import children_of, flatten, key_of
from .frontend.variables import shallow


def layout(a: Any) -> Any:
    """What of an argument decides, exactly and cheaply, which compilation serves it; the type for what is no
    array."""
    return (a.shape, a.strides, a.dtype) if type(a) is np.ndarray else type(a)


def lengths_agree(found: Compiled, values: list[Any]) -> bool:
    """Whether the lengths that it was compiled for, where they count, are those of these values."""
    attrs = found.lowered.function.attrs
    groups, facts = (attrs["equal"], attrs["facts"]) if found.options.loops else ((), ())
    if not groups and not facts:
        return True
    items = [x for v, t in zip(values, found.lowered.trees) for x in flatten(v, t)]
    return still_equal(groups, items) and facts_that_hold(facts, lengths_of(items)) == facts


def free_values(found: Compiled) -> list[Any]:
    return [f.read() for f in found.lowered.frees if f.value is not None]


def found_is_fresh(found: Compiled) -> bool:
    """Whether the globals and closure variables that were read still are what was compiled for."""
    for f in found.lowered.frees:
        now = f.read()
        if f.check is not None and f.check(now) != f.expected:
            return False
        if f.value is None:
            if f.structure is not None:
                if now is not f.seen or shallow(children_of(now)) != f.structure:
                    return False
            elif now is not f.seen and not (
                type(now) is type(f.seen) and isinstance(now, int) and now == f.seen
            ):
                return False
        elif not f.is_handle and key_of(now) != key_of(f.seen):
            return False
    return True


def check_overlap(found: Compiled, values: list[Any]) -> None:
    """Refuse arguments that share memory where the function writes into one of them: its text copies each
    alone.

    Raises ValueError where it writes into an array that is read-only, as the function itself does.
    """
    low = found.lowered
    if not low.written_arguments and not low.written_outside:
        return
    given = [(n, a) for n, t, v in zip(low.names, low.trees, values) for a in flatten(v, t)]
    numbers = {id(f): len(given) + k for k, f in enumerate(f for f in low.frees if f.value is not None)}
    given += [(f.name, f.read()) for f in low.frees if f.value is not None]
    for k in sorted(low.written_arguments):
        if not given[k][1].flags.writeable:
            raise ValueError("assignment destination is read-only")
    for k in [*sorted(low.written_arguments), *(numbers[id(f)] for f in low.written_outside)]:
        n, a = given[k]
        for j, (m, b) in enumerate(given):
            if j != k and shares(a, b):
                raise errors.Unsupported(
                    f"'{n}' and '{m}' share memory, and {low.function.name} writes into '{n}'",
                    reason="a copy of it is written to, so the other would not see the write",
                    hint=f"pass a copy: {n}.copy()",
                )
    for f in low.written_outside:
        for n, v in zip(low.names, values):
            if n not in low.bound and leads_to(v, f.seen):
                raise errors.Unsupported(
                    f"the argument '{n}' leads to '{f.name}', which {low.function.name} writes to",
                    reason="arguments stay as they are",
                    hint="pass a copy",
                )


def shares(a: Any, b: Any) -> bool:
    both = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
    return both and np.may_share_memory(a, b) and np.shares_memory(a, b)


def leads_to(x: Any, obj: Any) -> bool:
    """Whether a structure holds an object."""
    parts = children_of(x)
    return x is obj or (parts is not None and any(leads_to(c, obj) for c in parts[3]))
