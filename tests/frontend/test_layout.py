"""What types say of the order in memory holds: writes through `reshape` and `ravel` rest on it."""

import numpy as np
import pytest
from passes.corpus import execute, lowered, programs

from sourcead.ir import interpret
from sourcead.ir.types import Array, List


def holds(t, x) -> bool:
    if isinstance(t, List) and isinstance(x, list):
        return t.elem is None or all(holds(t.elem, e) for e in x)
    if not (isinstance(t, Array) and isinstance(x, np.ndarray)):
        return True
    return (x.flags.c_contiguous or not t.contiguous) and (x.flags.f_contiguous or not t.fortran)


@pytest.mark.parametrize("item", programs(), ids=lambda p: p.name)
def test_order_in_memory(item, monkeypatch):
    wrong = []
    plain = interpret._Frame.op

    def checked(frame, op):
        out = plain(frame, op)
        wrong.extend(op.kind for v, x in zip(op.results, out) if not holds(v.type, x))
        return out

    monkeypatch.setattr(interpret._Frame, "op", checked)
    for case in range(len(item.inputs)):
        low, flat = lowered(item, case)
        execute(low.function, flat)
    assert not wrong, f"{item.name}: not as its type says after {sorted(set(wrong))}"
