"""Structured SSA: values, ops, regions, functions.

Every op computes new values from old ones; nothing in the IR is ever overwritten.  Memory is in it as
*states*:

    y0 = numpy.zeros(n)            an array
    y1 = store(y0, i, v)           the same array after `y[i] = v`: a new state of it
    s1 = list.append(s0, v)        likewise for lists, and for the tapes of the reverse sweep

A state is a value like any other, so versions, liveness and dominance of memory are those of SSA values, and
a loop that swaps two buffers just yields its two parameters swapped.  The backend gives the states of one
array one buffer again (`backend/buffers.py`) and prints `y[i] = v`.

Control flow is ops that hold regions; a region has parameters (our phi) and ends by yielding values:

    r... = if c                      { then: yield ... } { else: yield ... }
    r... = for start stop step init...   { (i, p...): yield [exit,] next... }
    r... = while init...             { (p...): yield condition } { (p...): yield [exit,] next... }

    r... = try {classes}            { yield ... } { (error): yield ... }

The second region of a `try` runs where the first has raised one of `classes`, on the exception; it sees what
was before the `try`, since what the first region made is gone with it.

With the attribute `exit` the first value that a loop body yields tells to leave the loop (a `break`); the
carried values yielded with it are the results.  A `for` with the attribute `checkpoint` has a fourth input
before the initial values: how many states may be saved where it is reversed (`ad/checkpoints.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .types import PY_BOOL, UNDEFINED, Dim, Opaque, Scalar, Type, dtype_kind, scalar_of


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the user's source: file, the statement's lines, and the exact columns of an expression."""

    file: str
    line: int
    col: int
    end_line: int
    end_col: int


class Value:
    """A result of an op or a parameter of a region.  `name`: the user's name for it, as a hint.  `dim`: the
    length that it is, where an array was made with this integer as its length.  `sign`: what has been found
    of its sign (frontend/signs.py)."""

    __slots__ = ("dim", "name", "op", "sign", "type")

    def __init__(self, type: Type, name: str | None = None, op: Op | None = None) -> None:
        self.type = type
        self.name = name
        self.op = op  # None for parameters and constants
        self.dim: Dim | None = None
        self.sign: int | None = None


class Constant(Value):
    """A number, text, None, or another immutable Python object that has a literal form."""

    __slots__ = ("value",)

    def __init__(self, value: Any, type: Type | None = None) -> None:
        super().__init__(type or scalar_of(value) or Opaque(value.__class__.__name__))
        self.value = value


class Undef(Value):
    """What a name holds on a path that never bound it.  Nothing is emitted for it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(UNDEFINED)


class Region:
    __slots__ = ("ops", "params", "yields")

    def __init__(self, params: list[Value] | None = None) -> None:
        self.params: list[Value] = params or []
        self.ops: list[Op] = []
        self.yields: list[Value] = []


class Op:
    """One operation.

    kind     key of a primitive ("operator.add", "numpy.sum") or a built-in kind ("if", "store", ...)
    inputs   run-time operands, constants among them
    attrs    what is fixed when compiling: keywords, index patterns
    regions  nested regions of control flow
    results  the values it defines
    span     where in the user's source it comes from
    reverse  whether it belongs to the reverse sweep (for the comments of the emitted text)
    """

    __slots__ = ("attrs", "inputs", "kind", "regions", "results", "reverse", "span")

    def __init__(
        self,
        kind: str,
        inputs: list[Value],
        types: list[Type],
        attrs: dict[str, Any] | None = None,
        regions: list[Region] | None = None,
        span: Span | None = None,
        reverse: bool = False,
    ) -> None:
        self.kind = kind
        self.inputs = inputs
        self.attrs = attrs or {}
        self.regions = regions or []
        self.results = [Value(t, None, self) for t in types]
        self.span = span
        self.reverse = reverse

    @property
    def result(self) -> Value:
        (r,) = self.results
        return r

    # -- the one interface of all region ops -----------------------------------------------------------
    @property
    def fixed(self) -> int:
        """How many leading inputs are not initial values of carried slots."""
        if self.kind == "for":
            return 4 if self.attrs.get("checkpoint") else 3
        return 0 if self.kind == "while" else len(self.inputs)

    @property
    def own_params(self) -> int:
        """How many leading parameters of the body are not carried slots (the index of a `for`)."""
        return 1 if self.kind == "for" else 0

    @property
    def own_yields(self) -> int:
        """How many leading yields of the body are not carried slots (the exit flag)."""
        return 1 if self.attrs.get("exit") else 0

    @property
    def attempted(self) -> bool:
        """Whether a handler around may catch what this op of the primal raises."""
        a = self.attrs
        return "_attempted" in a and not (self.reverse or "_retrieved" in a or "_dot" in a)

    @property
    def attempts(self) -> bool:
        """Whether this op is attempted, or any in its regions."""
        return self.attempted or any(op.attempted for r in self.regions for op in walk(r))

    @property
    def body(self) -> Region:
        return self.regions[-1]

    @property
    def is_branch(self) -> bool:
        """Whether one of its two regions gives its results."""
        return self.kind in ("if", "try")

    @property
    def is_loop(self) -> bool:
        return self.kind in ("for", "while")

    def slot(self, k: int) -> Slot:
        """The k-th carried slot of a loop."""
        params = [r.params[self.own_params + k] for r in self.regions]
        return Slot(
            self.inputs[self.fixed + k], params, self.body.yields[self.own_yields + k], self.results[k]
        )

    def add_slot(self, init: Value, name: str | None = None) -> tuple[list[Value], Value]:
        """Add a carried slot to a loop: its parameters, one a region, and its result; the caller appends the
        yield."""
        params = []
        for r in self.regions:
            p = Value(init.type, name)
            r.params.append(p)
            params.append(p)
        self.inputs.append(init)
        result = Value(init.type, name, self)
        self.results.append(result)
        return params, result


@dataclass(frozen=True, slots=True)
class Slot:
    init: Value
    params: list[Value]  # one for each region of the loop, the body's last
    next: Value
    result: Value


class Function:
    """A region with a name.  `results` are the values that its body yields, flat; `tree` (set by the
    frontend) says how the callers' structures are flattened."""

    def __init__(self, name: str, body: Region) -> None:
        self.name = name
        self.body = body
        self.attrs: dict[str, Any] = {}

    @property
    def params(self) -> list[Value]:
        return self.body.params

    @property
    def results(self) -> list[Value]:
        return self.body.yields

    def walk(self) -> Iterator[Op]:
        return walk(self.body)


def walk(region: Region) -> Iterator[Op]:
    """All ops, outer before inner, in program order."""
    open_ = [iter(region.ops)]
    while open_:
        for op in open_[-1]:
            yield op
            if op.regions:
                open_.append(_ops_of(op.regions))
                break
        else:
            open_.pop()


def _ops_of(regions: list[Region]) -> Iterator[Op]:
    for r in regions:
        yield from r.ops


def is_derived(op: Op | None) -> bool:
    """Whether an op is of a derivative, and not the user's."""
    return op is not None and (op.reverse or bool(op.attrs.get("_dot")))


def is_integer(v: Value) -> bool:
    """Whether a value is one integer."""
    return isinstance(v.type, Scalar) and dtype_kind(v.type.dtype) in "iu"


def callees(op: Op) -> tuple[Function, ...]:
    """The functions that an op calls, or gives to what it calls."""
    if op.kind == "call":
        return (op.attrs["function"],)
    return op.attrs["functions"] if op.kind == "solver" else ()


def replace_callee(op: Op, old: Function, new: Function) -> None:
    """Let an op call another function instead of one that it calls."""
    if op.kind == "call":
        op.attrs = {**op.attrs, "function": new}
    else:
        op.attrs = {**op.attrs, "functions": tuple(new if f is old else f for f in op.attrs["functions"])}


TRUE = Constant(True, PY_BOOL)
FALSE = Constant(False, PY_BOOL)


def is_const(v: Value, *values: Any) -> bool:
    """Whether v is a constant number equal to one of the values (a bool is not a number here)."""
    if (
        not isinstance(v, Constant)
        or isinstance(v.value, bool)
        or not isinstance(v.value, int | float | complex)
    ):
        return False
    return not values or v.value in values


#: Kinds that the compiler itself understands, with the meaning of their inputs.
BUILTIN = {
    "if": "condition",
    "for": "start, stop, step, [how many states to save,] inits",
    "while": "inits",
    "try": "nothing; attrs['classes']: the exceptions that the second region catches",
    "call": "arguments of attrs['function'], an ir.Function; results flat",
    "solver": "operands of a call of attrs['key'], then what its callbacks share (ir/solver.py)",
    "getitem": "array or list, then the operands of attrs['index'] (see ir/index.py)",
    "store": "array or list, the operands of attrs['path'], the stored value; result: the new state",
    "index_add": "array, the operands of attrs['path'], the value to add; repeated indices add up",
    "list.new": "items",
    "list.append": "list, item; result: the new state",
    "list.pop": "list; results: the new state, the item",
    "list.len": "list",
    "tuple.new": "items",
    "tuple.get": "tuple; attrs['i']",
    "zeros_like": "any value; zeros of its shape and dtype; uses no data",
    "copy": "array or list; a fresh one",
    "outer.snapshot": "an object from outside as it is now, or a copy of an array to be stored there",
    "outer.dict": "the values of a new dict with attrs['keys']",
    "outer.store": "array from outside, the operands of attrs['path'], the stored value; no result",
    "outer.item": "list or dict from outside, key, value",
    "outer.attr": "object from outside, value of its attrs['name']",
    "outer.del": "list or dict from outside, key",
    "outer.call": "object from outside, arguments of its attrs['method']",
    "raise": "exception instance or class expression; attrs['type'], message operands",
}

#: Effects on memory outside of the function; `copies` numbers the operands that are copied on the way.
WRITES_OUTSIDE = frozenset(["outer.store", "outer.item", "outer.attr", "outer.del", "outer.call"])
