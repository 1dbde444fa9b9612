"""The rules that all IR obeys, checked.

A value may be used after its definition in its own region and in the regions nested there, nowhere else;
regions of control flow have as many parameters and yields as their op has slots; what meets in a slot has a
common type.
"""

from __future__ import annotations

from typing import Any

from .core import Constant, Function, Op, Region, Undef, Value
from .index import path_count
from .printer import show_op
from .types import UNDEFINED, Scalar, Type, join


class IRError(AssertionError):
    """The IR breaks a rule: an error of the compiler, never of the user's program."""


def verify(function: Function) -> None:
    """Check a function and those that it calls.

    Raises IRError, with the text of the op, at the first rule that is broken.

    >>> from sourcead.ir.core import Function, Op, Region, Value
    >>> from sourcead.ir.types import PY_FLOAT
    >>> f = Function("f", Region([]))
    >>> f.body.ops.append(Op("math.sin", [Value(PY_FLOAT, "x")], [PY_FLOAT]))
    >>> f.body.yields = [f.body.ops[0].result]
    >>> try:
    ...     verify(f)
    ... except IRError as e:
    ...     print(e)
    in f: input 0 is used where it is not defined
    %1: float = math.sin(x)
    """
    done: set[int] = set()
    waiting = [function]
    while waiting:
        f = waiting.pop()
        if id(f) not in done:
            done.add(id(f))
            waiting.extend(_Check(f).run())


class _Check:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.visible: set[Value] = set()
        self.defined: set[Value] = set()
        self.ops: set[int] = set()
        self.callees: list[Function] = []

    def fail(self, text: str, op: Op | None = None) -> IRError:
        return IRError(f"in {self.function.name}: {text}" + (f"\n{show_op(op)}" if op is not None else ""))

    def run(self) -> list[Function]:
        body = self.function.body
        self.region(body, None)
        if not body.yields and all(op.results for op in body.ops):
            raise self.fail("the function has no results")
        return self.callees

    def define(self, v: Value, op: Op | None, what: str) -> None:
        if isinstance(v, Constant | Undef):
            raise self.fail(f"{what} is a constant", op)
        if v in self.defined:
            raise self.fail(f"{what} is defined twice", op)
        self.defined.add(v)
        self.visible.add(v)

    def use(self, v: Value, op: Op | None, what: str) -> None:
        if not isinstance(v, Constant | Undef) and v not in self.visible:
            raise self.fail(f"{what} is used where it is not defined", op)

    def region(self, region: Region, owner: Op | None) -> None:
        local: list[Value] = []
        for k, p in enumerate(region.params):
            if p.op is not None:
                raise self.fail(f"parameter {k} points to an op", owner)
            self.define(p, owner, f"parameter {k}")
            local.append(p)
        for op in region.ops:
            self.op(op)
            local.extend(op.results)
        for k, v in enumerate(region.yields):
            self.use(v, owner, f"yield {k}" if owner is not None else f"result {k}")
        self.visible.difference_update(local)

    def op(self, op: Op) -> None:
        if id(op) in self.ops:
            raise self.fail("the op stands twice in the function", op)
        self.ops.add(id(op))
        for k, v in enumerate(op.inputs):
            self.use(v, op, f"input {k}")
        self.shape(op)
        for r in op.regions:
            self.region(r, op)
        for k, v in enumerate(op.results):
            if v.op is not op:
                raise self.fail(f"result {k} does not point back to its op", op)
            self.define(v, op, f"result {k}")

    # -- arity and types of each kind --------------------------------------------------------------------
    def count(self, op: Op, what: str, got: int, wanted: int) -> None:
        if got != wanted:
            raise self.fail(f"{got} {what} where {wanted} are needed", op)

    def shape(self, op: Op) -> None:
        if op.is_branch:
            self.branch(op)
        elif op.is_loop:
            self.loop(op)
        else:
            if op.regions:
                raise self.fail("only control flow has regions", op)
            self.plain(op)
        if op.attrs.get("exit") and not op.is_loop:
            raise self.fail("only loops have an exit flag", op)

    def branch(self, op: Op) -> None:
        caught = op.kind == "try"
        self.count(op, "inputs", len(op.inputs), 0 if caught else 1)
        self.count(op, "regions", len(op.regions), 2)
        for k, r in enumerate(op.regions):
            self.count(op, "parameters", len(r.params), int(caught and k == 1))
            self.count(op, "yields", len(r.yields), len(op.results))
        then, other = op.regions
        for k, result in enumerate(op.results):
            self.meet(op, k, [then.yields[k], other.yields[k], result])

    def loop(self, op: Op) -> None:
        self.count(op, "regions", len(op.regions), 2 if op.kind == "while" else 1)
        n = len(op.results)
        self.count(op, "inputs", len(op.inputs), op.fixed + n)
        for r in op.regions:
            self.count(op, "parameters", len(r.params), op.own_params + n)
        self.count(op, "yields of the body", len(op.body.yields), op.own_yields + n)
        if op.kind == "while":
            self.count(op, "yields of the condition", len(op.regions[0].yields), 1)
            self.boolean(op, op.regions[0].yields[0], "the condition")
        else:
            for v in [*op.inputs[: op.fixed], op.body.params[0]]:
                if not (isinstance(v.type, Scalar) and v.type.dtype.startswith(("int", "uint", "bool"))):
                    raise self.fail(f"a bound or index of the loop has type {v.type}", op)
        if op.own_yields:
            self.boolean(op, op.body.yields[0], "the exit flag", "bool")
        for k in range(n):
            slot = op.slot(k)
            self.meet(op, k, [slot.init, *slot.params, slot.next, slot.result])

    def boolean(self, op: Op, v: Value, what: str, dtype: str | None = None) -> None:
        if not isinstance(v.type, Scalar) or dtype not in (None, v.type.dtype):
            raise self.fail(f"{what} has type {v.type}", op)

    def meet(self, op: Op, k: int, values: list[Value]) -> None:
        t: Type | None = UNDEFINED
        for v in values:
            t = join(t, v.type)  # type: ignore[arg-type]
            if t is None:
                raise self.fail(f"slot {k} mixes types {' and '.join(str(v.type) for v in values)}", op)

    def plain(self, op: Op) -> None:
        attrs, kind = op.attrs, op.kind
        if kind in ("getitem", "store", "index_add"):
            path: Any = attrs.get("path", (attrs.get("index"),))
            if None in path:
                raise self.fail("no index and no path", op)
            extra = 1 if kind == "getitem" else 2
            self.count(op, "inputs", len(op.inputs), extra + path_count(path))
        elif kind == "call":
            callee = attrs.get("function")
            if not isinstance(callee, Function):
                raise self.fail("a call of no function", op)
            self.count(op, "arguments", len(op.inputs), len(callee.params))
            self.count(op, "results", len(op.results), len(callee.results))
            self.callees.append(callee)
        elif kind == "solver":
            shared = len(op.inputs) - attrs["shared"]
            for own, f in zip(attrs["own"], attrs["functions"]):
                self.count(op, "captures", own + shared, len(f.params))
                self.callees.append(f)
        elif kind in _COUNTS:
            inputs, results = _COUNTS[kind]
            if inputs is not None:
                self.count(op, "inputs", len(op.inputs), inputs)
            self.count(op, "results", len(op.results), results)
            if kind == "tuple.get" and not isinstance(attrs.get("i"), int):
                raise self.fail("tuple.get without i", op)
        n = attrs.get("_variadic")  # None also where the sequence itself, a list, is the operand
        if n is not None and not 0 <= n <= len(op.inputs):
            raise self.fail("more sequence items than inputs", op)
        if kind == "assert" and not 1 <= len(op.inputs) <= 2:
            raise self.fail("an assert takes a condition and at most one message", op)


#: Inputs (None: any number) and results of built-in kinds.
_COUNTS: dict[str, tuple[int | None, int]] = {
    "list.new": (None, 1),
    "list.append": (2, 1),
    "list.pop": (1, 2),
    "list.len": (1, 1),
    "tuple.new": (None, 1),
    "tuple.get": (1, 1),
    "zeros_like": (1, 1),
    "copy": (1, 1),
    "raise": (None, 0),
    "assert": (None, 0),
    "python.format": (None, 1),
    "python.print": (None, 0),
    "outer.snapshot": (1, 1),
    "outer.dict": (None, 1),
    "outer.store": (None, 0),
    "outer.item": (3, 0),
    "outer.attr": (2, 0),
    "outer.del": (2, 0),
    "outer.call": (None, 0),
    "python.range_length": (3, 1),
    "python.isinstance": (1, 1),
}
