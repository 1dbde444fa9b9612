"""What is the same in every iteration of a loop needs no tape: after the loop it is still there.

for t in range(n):                         for _ in reversed(range(n)):
    e = np.exp(r)                              r_bar += e * ...            the e of the last iteration
    x = a * x + e
"""

from __future__ import annotations

from ..ir.core import Constant, Op, Region, Undef, Value
from ..ir.types import Array, Scalar
from ..passes.dce import has_effect


def is_same_in_every_trip(
    v: Value, body: Region, home: dict[Value, Region], inside: set[Region], carried: dict[Value, Value]
) -> bool:
    """Whether a value that the body of a loop defines depends on nothing that an iteration changes.

    home: where values are defined; inside: the body and the regions in it; carried: what was carried out of
    loops already, with what it is in there
    """
    if not isinstance(v.type, Array | Scalar):
        return False
    seen: set[Value] = set()
    work = [v]
    once = {body}  # and the bodies of the loops that it was carried out of
    while work:
        u = work.pop()
        if u in seen or isinstance(u, Constant) or home.get(u) not in inside:
            continue
        seen.add(u)
        if u in carried and home[u] in once:
            once.add(home[carried[u]])
            work.append(carried[u])
            continue
        if u.op is None or u.op.regions or home[u] not in once or has_effect(u.op):
            return False
        work += u.op.inputs
    return True


def carried_out(
    v: Value, loop: Op, home: dict[Value, Region], outer: Region, carried: dict[Value, Value]
) -> Value:
    """The value after the loop, as one more result of it.

    Where v is carried out of an inner loop, that one begins with what it was before: it may have no iteration
    in the last one of this loop.
    """
    params, result = loop.add_slot(Undef(), v.name)
    loop.body.yields.append(v)
    for p, r in zip(params, loop.regions):
        p.type = v.type
        home[p] = r
    if v in carried and v.op is not None:
        n = len(v.op.results) - v.op.results.index(v)
        v.op.inputs[-n] = params[-1]
    result.type = v.type
    home[result] = outer
    return result
