"""Under Numba each variable has one type.

What stands where a variable is not bound is of the variable's type, not None:

    if t:                       if t:
        s = None                    s = 0.0
    else:                       else:
        s = x[0] * 2                s = x[0] * 2

An empty list gets its type from what is appended to it.  Where nothing is before it meets another list, it is
made with its type:

    p = []                              p = no_list_of_float64()
    for i in range(n):
        p = [x * v for v in p]

Lists cross from the augmented primal to the pullback as typed lists, since Numba gives no list of arrays to
Python and takes no empty one from it; the pullback makes them its own lists again.

    return v, (typed_1(tape), n)        def f_pullback(tape, n, y_bar):
                                            tape = plain_1(tape)
"""

from __future__ import annotations

from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.rewrite import substitute
from ..ir.types import Array, List, Scalar, Type, dtype_kind

# -- what is not bound --------------------------------------------------------------------------------------


def bind_to_type(function: Function) -> None:
    """Put a value of the right type, of which nothing is read, in the place of what is not bound, or of None
    for it.

    Where a number or an array only passes through, nothing is needed: Numba's variables start as zeros.
    """
    _bind(function.body, {v for op in function.walk() for v in op.inputs})


def _bind(region: Region, read: set[Value]) -> None:
    ops: list[Op] = []
    for op in region.ops:
        for r in op.regions:
            _bind(r, read)
        for k, v in enumerate(op.results if op.regions else ()):
            places = [(op.inputs, op.fixed + k, ops)] if op.is_loop else []
            places += [
                (r.yields, op.own_yields + k, r.ops) for r in (op.regions if op.is_branch else [op.body])
            ]
            for values, n, before in places:
                old = values[n]
                none = isinstance(old, Constant) and old.value is None
                seen = isinstance(v.type, List) or (values is op.inputs and op.slot(k).params[-1] in read)
                if (none or (isinstance(old, Undef) and seen)) and _text(v.type):
                    values[n] = _nothing(v.type, before)
        ops.append(op)
    region.ops = ops


def _nothing(t: Type, ops: list[Op]) -> Value:
    """A value of a type; what makes it is appended to the ops."""
    if isinstance(t, Scalar):
        zero = Constant({"b": False, "i": 0, "u": 0, "c": 0j}.get(dtype_kind(t.dtype), 0.0))
        if t.dtype in ("bool", "int64", "float64", "complex128"):
            return zero
        made = Op(f"numpy.{t.dtype}", [zero], [t])
    else:
        made = Op("nothing", [], [t], _written(t))
    ops.append(made)
    return made.result


def _written(t: Type) -> dict[str, object]:
    name = f"no_{_mark(t)}"
    return {"_name": name, "_text": f"def {name}():\n    return {_text(t)}\n"}


def _mark(t: Type | None) -> str:
    if isinstance(t, List):
        return f"list_of_{_mark(t.elem)}"
    return f"{t.dtype}_{t.ndim}" if isinstance(t, Array) else t.dtype if isinstance(t, Scalar) else ""


def _text(t: Type | None) -> str:
    """The expression for a value of a type; empty where there is none."""
    if isinstance(t, Scalar):
        return f"np.{'bool_' if t.dtype == 'bool' else t.dtype}(0)"
    if isinstance(t, Array):
        return f"np.empty({(0,) * t.ndim}, np.{'bool_' if t.dtype == 'bool' else t.dtype})"
    inner = _text(t.elem) if isinstance(t, List) else ""
    return f"[{inner} for _ in range(0)]" if inner else ""


# -- empty lists --------------------------------------------------------------------------------------------


def type_empty_lists(function: Function) -> None:
    """Make empty lists with their types where Numba cannot see these."""
    loops = [op for op in function.walk() if op.is_loop]
    for op in function.walk():  # what joins a list with items is of its type
        for k, v in enumerate(op.results if op.is_branch else ()):
            for r in op.regions:
                made = r.yields[k].op
                if made is not None and made.kind == "list.new" and not made.inputs:
                    r.yields[k].type = v.type
    grown = {op.inputs[0] for op in function.walk() if op.kind == "list.append"}
    grown |= {op.inputs[op.fixed + k] for op in loops for k in range(len(op.results)) if _appended(op, k)}
    for op in function.walk():
        if op.kind == "list.new" and not op.inputs and op.result not in grown and _text(op.result.type):
            op.attrs.update(_written(op.result.type))


def _appended(loop: Op, k: int) -> bool:
    """Whether a loop does nothing to a list that it carries but appends to it (or take from it)."""
    slot = loop.slot(k)
    return isinstance(slot.init.type, List) and _growth(slot.next, slot.params[-1]) is True


def _growth(v: Value, before: Value) -> bool | None:
    """Whether a list has been appended to on the way to v; None where v is another list."""
    if v is before:
        return False
    op = v.op
    if op is None or (v is not op.results[0] and not op.regions):
        return None
    if op.kind in ("list.append", "list.pop", "store", "index_add"):
        inner = _growth(op.inputs[0], before)
        return None if inner is None else inner or op.kind == "list.append"
    if op.is_branch:
        parts = [_growth(r.yields[op.results.index(v)], before) for r in op.regions]
        return None if None in parts else any(parts)
    if op.is_loop:
        slot = op.slot(op.results.index(v))
        outer, inner = _growth(slot.init, before), _growth(slot.next, slot.params[-1])
        return None if outer is None or inner is None else outer or inner
    return None


# -- lists that are handed over -----------------------------------------------------------------------------


def hand_over_lists(function: Function) -> None:
    """Lists among the residuals of an augmented primal and its pullback: typed lists between the two."""
    count, body = function.attrs.get("handed_over", 0), function.body
    if function.attrs.get("is_pullback"):
        made: dict[Value, Value] = {}
        for p in body.params[:count]:
            if isinstance(p.type, List):
                op = Op("copy", [p], [p.type], _crossing("plain", p.type), None, None, True)
                op.result.name = p.name
                made[p] = op.result
        substitute(body, made)
        body.ops[:0] = [v.op for v in made.values() if v.op is not None]
        return
    for k in range(len(body.yields) - count, len(body.yields)):
        v = body.yields[k]
        if isinstance(v.type, List):
            body.ops.append(Op("copy", [v], [v.type], _crossing("typed", v.type)))
            body.yields[k] = body.ops[-1].result


def _crossing(way: str, t: List) -> dict[str, object]:
    """The attributes of an op that converts a list, and the lists in it."""
    depth, inner = 1, t.elem
    while isinstance(inner, List):
        depth, inner = depth + 1, inner.elem
    name = f"{way}_{depth}"
    if way == "plain":
        item = "v" if depth == 1 else f"plain_{depth - 1}(v)"
        text = f"def {name}(tape):\n    return [{item} for v in tape]\n"
    elif depth == 1:
        text = f"def {name}(tape):\n    return List(tape)\n"
    else:
        text = (
            f"def {name}(tape):\n    out = List()\n    for v in tape:\n"
            f"        out.append(typed_{depth - 1}(v))\n    return out\n"
        )
    needed = _crossing(way, t.elem) if isinstance(t.elem, List) else None
    return {"_name": name, "_text": text, **({"_needs": needed} if needed else {})}


__all__ = ["bind_to_type", "hand_over_lists", "type_empty_lists"]
