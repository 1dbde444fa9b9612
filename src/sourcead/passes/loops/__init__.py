"""Array statements become loops, for a backend that compiles them.

Under Numba a slice is slower than a loop over it, and every operation on arrays makes one more array.  This
pass writes out what NumPy does, one nest of loops for each statement:

    B[1:-1] = 0.5 * (A[:-2] + A[2:])          for i in range(1, len(B) - 1):
                                                  B[i] = 0.5 * (A[i - 1] + A[i + 1])

    sizes.py      how long axes are
    views.py      where an element of a view stands
    elements.py   one element of a value as a scalar expression
    plan.py       which values never become arrays
    order.py      whether a nest may read what it writes
    nests.py      loops in IR
    gather.py     shifted additions as one nest
    terms.py      nests that add
    fusion.py     neighbouring nests as one
    scratch.py    scratch arrays, allocated once or not at all
    lower.py      writes, and arrays that are needed, as nests
    sums.py       sums and products as nests
    facts.py      what may be taken for granted of lengths
    tapes.py      what is popped, by the push
    slabs.py      tapes as arrays
    puts.py       what is taken out of an adjoint and put back

The IR is functional, so a nest is right whatever it reads; the backend puts a copy in where an overwritten
state is still read.  What is not known here stays an array statement.  Sums add up in another order than
NumPy's.
"""

from __future__ import annotations

from ...ir.core import Constant, Function, Op, Region, Value, is_const, walk
from ...ir.rewrite import clone, substitute
from ...ir.types import PY_INT, Array, List
from ...options import Seen
from ..cse import cse
from ..dce import dce
from ..pipeline import clean
from .facts import check, needed, wanted
from .fusion import fuse_nests
from .gather import gather
from .hoist import hoist, sink
from .lower import Lowering
from .plan import UNBROADCAST, Plan
from .puts import put_back, turned
from .scratch import allocate_once, forward_stores
from .sizes import Sizes
from .slabs import slabs

CHECKS = frozenset(f"sourcead.runtime.{k}" for k in ("same_length", "fits_length", "nonempty", "at_least"))
ROUNDS = 4  # of questions about lengths; one answered may lead to another


def array_loops(function: Function, parallel: bool = False) -> Function:
    """Lower the array statements of a function to loops, in place; returns it.  `parallel`: loops of it will
    run on several threads."""
    seen = function.attrs.get("seen", Seen())
    function.attrs["facts"] = seen.facts
    for _ in range(ROUNDS if seen.lengths is not None else 0):
        trial = clone(function)
        written = set(trial.walk())
        _lowered(trial, parallel)
        facts = wanted(trial, written, seen.lengths)
        if not facts:
            function.body, function.attrs = trial.body, trial.attrs
            return function
        function.attrs["facts"] = needed(function, (*function.attrs["facts"], *facts))
    return _lowered(function, parallel)


def _lowered(function: Function, parallel: bool) -> Function:
    _arrays_in_lists(function)
    slabs(function)
    _same_shapes(function)
    if put_back(function):
        dce(function)
    _downward(function)
    Lowering(function).run()
    dce(function)
    cse(function)
    gather(function)
    dce(function)
    cse(function)
    fuse_nests(function)
    forward_stores(function)
    dce(function)
    hoist(function)
    allocate_once(function, parallel)
    cse(function)
    sink(function)
    dce(function)
    _quiet(function)
    _check_arguments(function)
    _checks_once(function.body, set())
    return function


def _same_shapes(function: Function) -> None:
    """An adjoint that has its operand's shape already is itself; one that fills an array is a view."""
    sizes = Sizes(function)
    plan = Plan(function, sizes)
    env: dict[Value, Value] = {}

    def region(r: Region) -> None:
        ops: list[Op] = []
        for op in r.ops:
            view = turned(op, sizes)
            if view is not None:
                env[op.result] = view.result
                ops.append(view)
                continue
            ops.append(op)
            alike = op.kind == UNBROADCAST and plan.summed_axes(op) == ()
            if alike and op.result.type.ndim == op.inputs[0].type.ndim:  # type: ignore[attr-defined]
                env[op.result] = op.inputs[0]
            for v in op.results:
                if isinstance(v.type, Array):
                    sizes.shape(v)  # as it is seen now, with the bounds of the loops around
            for g in op.regions:
                mark = sizes.enter(op)
                region(g)
                sizes.leave(mark)
        r.ops = ops

    region(function.body)
    if env:
        substitute(function.body, env)
        clean(function)


def _arrays_in_lists(function: Function) -> None:
    """The zero that a list of adjoints gets back in place of an array becomes an array: it has a length."""

    def region(r: Region) -> None:
        ops: list[Op] = []
        for op in r.ops:
            for g in op.regions:
                region(g)
            if op.kind == "store" and op.attrs["path"] == (("at",),) and is_const(op.inputs[-1], 0):
                held = op.inputs[0].type
                if isinstance(held, List) and isinstance(held.elem, Array):
                    attrs = {"_dot": True} if op.attrs.get("_dot") else {}
                    at = {**attrs, "index": ("at",)}
                    old = Op("getitem", op.inputs[:2], [held.elem], at, None, op.span, op.reverse)
                    zero = Op("zeros_like", [old.result], [held.elem], attrs, None, op.span, op.reverse)
                    ops += [old, zero]
                    op.inputs = [*op.inputs[:2], zero.result]
            ops.append(op)
        r.ops = ops

    region(function.body)


def _downward(function: Function) -> None:
    """Loops that go through a range from its end: as ranges with a negative step."""
    read = {v for op in function.walk() for v in op.inputs}
    read |= {v for op in function.walk() for r in op.regions for v in r.yields}

    def region(r: Region) -> None:
        ops: list[Op] = []
        for op in r.ops:
            for g in op.regions:
                region(g)
            if op.attrs.get("_reversed") and is_const(op.inputs[2], 1) and op.body.params[0] in read:
                ends = []
                for v in (op.inputs[1], op.inputs[0]):
                    if isinstance(v, Constant):
                        ends.append(Constant(v.value - 1))
                        continue
                    minus = Op("operator.sub", [v, Constant(1)], [v.type], {}, None, op.span, op.reverse)
                    ops.append(minus)
                    ends.append(minus.result)
                op.inputs[:3] = [*ends, Constant(-1)]
                op.attrs = {k: v for k, v in op.attrs.items() if k != "_reversed"}
            ops.append(op)
        r.ops = ops

    region(function.body)


def _quiet(function: Function) -> None:
    """What stands in a nest is of the lines that the nest is of: no comments in it."""
    for op in function.walk():
        if op.attrs.get("_nest"):
            for o in walk(op.body):
                o.span = None


def _check_arguments(function: Function) -> None:
    """What is taken for granted of the lengths of arguments holds, or the function raises."""
    ops: list[Op] = []

    def length(k: int, axis: int) -> Value:
        kind, attrs = ("builtins.len", {}) if axis == 0 else ("numpy.size", {"axis": axis})
        ops.append(Op(kind, [function.params[k]], [PY_INT], attrs))
        return ops[-1].result

    for group in function.attrs.get("equal", ()):
        n = length(*group[0])
        for k, axis in group[1:]:
            ops.append(Op("sourcead.runtime.same_length", [n, length(k, axis)], []))
    for fact in function.attrs["facts"]:
        ops += check(fact, function)
    function.body.ops[:0] = ops
    cse(function)


def _checks_once(region: Region, done: set[tuple[object, ...]]) -> None:
    """What was compared before is not compared again."""
    ops: list[Op] = []
    for op in region.ops:
        for r in op.regions:
            _checks_once(r, set(done))
        if op.kind in CHECKS:
            key = (op.kind, *((v.value if isinstance(v, Constant) else v) for v in op.inputs))
            if key in done:
                continue
            done.add(key)
        ops.append(op)
    region.ops = ops


__all__ = ["Op", "array_loops"]
