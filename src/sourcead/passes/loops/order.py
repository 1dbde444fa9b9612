"""Whether a nest that writes to an array may read the array as it is while it is being written.

    y[i] = 2 * y[i]          reads what it writes itself:                             yes
    y[i] = y[i + 1]          reads what a later trip writes, still untouched:         yes
    y[i] = y[i - 1]          reads what an earlier trip has written:                  no
    y[k, j] = y[k - 1, j-1]  reads another row than is written to, in all trips:      yes
"""

from __future__ import annotations

from ...analysis.affine import Affine
from ...ir.core import Value
from .sizes import Sizes


def may_read_new(sizes: Sizes, read: list[Affine], written: list[Affine], loops: list[Value]) -> bool:
    """Whether each trip finds at `read` what was there before the nest.  The loops run forward, the first is the
    outermost."""
    ahead: dict[Value, int] = {}  # in how many trips of a loop the place that is read is written to
    known = True
    for r, w in zip(read, written):
        d = r - w
        moving = [(u, c) for u, c in w.terms if u in loops]
        if not moving:
            if any(u in loops for u, _ in r.terms):
                known = False
            elif sizes.nonnegative(d.plus(-1)) or sizes.nonnegative(-d.plus(1)):
                return True  # another row
        elif d.terms or len(moving) > 1:
            known = False
        else:
            ((u, c),) = moving
            if d.constant % c:
                return True
            ahead[u] = d.constant // c
    if not known:
        return False
    first = next((ahead[u] for u in loops if ahead.get(u)), 0)
    return first >= 0
