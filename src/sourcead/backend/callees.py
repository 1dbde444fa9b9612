"""The functions that emitted ones call: names of their own, and equal ones only once."""

from __future__ import annotations

from ..ir.core import Function, callees, replace_callee
from ..ir.printer import show


def name_callees(functions: list[Function]) -> None:
    """Give the functions that are called names of their own; equal ones become one."""
    taken = {f.name for f in functions}
    variables = {n for f in functions for n in names_in(f)}
    seen: set[Function] = set(functions)
    alike: dict[str, Function] = {}
    work = list(functions)
    while work:
        for op in work.pop(0).walk():
            for callee in callees(op):
                if callee in seen:
                    continue
                shared = op.attrs.get("checkpoint") or op.kind == "solver"
                if shared and not any(map(callees, callee.walk())):
                    same = alike.setdefault(show(callee), callee)
                    if same is not callee:
                        replace_callee(op, callee, same)
                        continue
                seen.add(callee)
                base, n = callee.name, 1
                if op.kind == "solver":
                    variables |= names_in(callee)
                while callee.name in taken or (op.kind == "solver" and callee.name in variables):
                    n += 1
                    callee.name = f"{base}{n}"
                taken.add(callee.name)
                work.append(callee)


def names_in(f: Function) -> set[str]:
    """The names that the user gave to values of a function."""
    return {v.name for v in (*f.params, *(r for op in f.walk() for r in op.results)) if v.name}
