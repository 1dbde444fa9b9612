"""Activity: which values carry a derivative.  Varied: depends on what is differentiated; useful: reaches the
result.

Both are least fixed points over SSA, forward and backward:

    varied(y = f(x))  if varied(x) and f has a derivative by x        varied(param_k) if varied(init_k) or
    varied(next_k) useful(x)         if useful(y) for such a y                       useful(next_k)  if
    useful(param_k) or useful(result_k)
"""

from __future__ import annotations

from .. import errors
from ..ir.core import Function, Op, Region, Value
from ..ir.types import is_inexact
from ..rules.registry import BOOK


#: Which inputs of the built-in kinds their results depend on, smoothly.
def smooth_inputs(op: Op) -> list[Value]:
    """The operands by which an op without regions has a derivative."""
    k = op.kind
    if k in ("getitem", "list.pop", "copy", "tuple.get"):
        return op.inputs[:1]
    if k in ("store", "index_add", "list.append"):
        return [op.inputs[0], op.inputs[-1]]
    if k in ("list.new", "tuple.new", "call"):
        return list(op.inputs)
    if k == "solver":
        return [op.inputs[n] for n in op.attrs["smooth"]]
    p = BOOK.get(k)
    if p is None or p.constant:
        return []
    if p.variadic:
        return list(op.inputs)
    if p.scaled or p.partials:
        rules = p.scaled or p.partials or ()
        return [v for v, r in zip(op.inputs, rules) if r is not None]
    named = {**p.jvps, **p.vjps}
    if not named:
        return list(op.inputs)  # no rule: the transform refuses it if it is active
    # one that is missing is refused where it is active
    return [v for n, v in enumerate(op.inputs) if n not in named or named[n] is not None]


def refuse_draw(op: Op, active: set[Value]) -> None:
    """Refuse a draw that has no derivative by a parameter that is active: what is expected of it has one, and
    a derivative is never assumed to be zero."""
    p = BOOK.get(op.kind)
    if p is not None and p.no_path and any(v in active for v in op.inputs):
        raise errors.Unsupported(
            f"{op.kind.replace('numpy.', 'np.')} has no derivative by its parameters",
            op.span,
            reason=p.no_path,
            hint="wrap the parameters in stop_gradient, or differentiate the logarithm of the probability",
        )


def varied(function: Function, wrt: list[Value]) -> set[Value]:
    """The values that depend on any of `wrt`."""
    out = {v for v in wrt if is_inexact(v.type)}

    def add(v: Value) -> None:
        if is_inexact(v.type):
            out.add(v)

    def visit(region: Region) -> None:
        for op in region.ops:
            if not op.regions:
                refuse_draw(op, out)
                if any(v in out for v in smooth_inputs(op)):
                    for r in op.results:
                        add(r)
            elif op.is_loop:
                while True:
                    before = len(out)
                    for k in range(len(op.results)):
                        s = op.slot(k)
                        if s.init in out or s.next in out or any(p in out for p in s.params):
                            for p in s.params:
                                add(p)
                            add(s.result)
                    for r in op.regions:
                        visit(r)
                    if len(out) == before:
                        break
            else:
                for r in op.regions:
                    visit(r)
                    for v, y in zip(op.results, r.yields):
                        if y in out:
                            add(v)

    visit(function.body)
    return out


def useful(function: Function, results: list[Value]) -> set[Value]:
    """The values that any of `results` depends on."""
    out = {v for v in results if is_inexact(v.type)}

    def visit(region: Region) -> None:
        for op in reversed(region.ops):
            if not op.regions:
                if any(r in out for r in op.results):
                    out.update(v for v in smooth_inputs(op) if is_inexact(v.type))
            elif op.is_loop:
                while True:
                    before = len(out)
                    for k in range(len(op.results)):
                        s = op.slot(k)
                        if s.result in out or any(p in out for p in s.params):
                            out.update((s.next, s.init, s.result))
                    visit(op.body)
                    if len(out) == before:
                        break
            else:
                for r in op.regions:
                    out.update(y for v, y in zip(op.results, r.yields) if v in out)
                for r in op.regions:
                    visit(r)

    visit(function.body)
    return out
