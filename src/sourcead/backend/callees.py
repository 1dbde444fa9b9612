"""The functions that emitted ones call: names of their own, and equal ones only once."""

from __future__ import annotations

from ..ir.core import Function
from ..ir.printer import show


def name_callees(functions: list[Function]) -> None:
    """Give the functions that are called names of their own; equal ones become one."""
    taken = {f.name for f in functions}
    seen: set[Function] = set(functions)
    alike: dict[str, Function] = {}
    work = list(functions)
    while work:
        for op in work.pop(0).walk():
            callee = op.attrs.get("function") if op.kind == "call" else None
            if callee is not None and callee not in seen:
                if op.attrs.get("checkpoint") and not any(o.kind == "call" for o in callee.walk()):
                    same = alike.setdefault(show(callee), callee)
                    if same is not callee:
                        op.attrs = {**op.attrs, "function": same}
                        continue
                seen.add(callee)
                base, n = callee.name, 1
                while callee.name in taken:
                    n += 1
                    callee.name = f"{base}{n}"
                taken.add(callee.name)
                work.append(callee)
