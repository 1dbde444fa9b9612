"""Lowering: a Python function and the structure of its arguments in, IR out.

Lowering runs the function's AST on abstract values (`values.py`): types are inferred and the IR is
specialised on the way, callees are resolved to objects and inlined, conditions that the types decide are
decided, everything else becomes ops.

    expressions    operators, containers, comparisons          calls          binding, frames, inlining
    variables      what a name leads to                        out_of_line    recursive calls
    attributes     of modules, arrays, instances               primitives     calls of what has a rule
    subscripts     index patterns, views, reads                builtin_calls  built-ins about structure
    writes         new states, aliases                         methods        of lists, dicts, tuples, arrays
    references     those chosen at run time                    views          those that functions make
    statements     assignment, exits as structure              classes        instances, dataclasses
    exceptions     try, with                                   pieces         bodies of try, by statement
    merge          joins of branches                           comprehensions loops that append
    shapes, loops  what loops carry                            text           f-strings, print
    outer          writes to memory outside of the function    stored         what they store
    iteration      for and while                               structures     arguments and results
    liveness       which names may still be read               scopes         which are local
    again          calls marked `checkpoint`                  views          calls that give views
    inplace        calls that write
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from ..ir.core import TRUE, Function, Value
from ..ir.types import Opaque
from ..names import numbered
from .again import Again
from .attributes import Attributes, belongs_to_user
from .builtin_calls import BuiltinCalls
from .calls import Calls
from .capture import capture
from .classes import Classes
from .composed import Composed
from .comprehensions import Comprehensions
from .exceptions import Exceptions
from .expressions import Expressions
from .inplace import InPlace
from .iteration import Iteration
from .loops import Loops
from .merge import Merge
from .methods import Methods
from .out_of_line import OutOfLine
from .outer import Outer, Written
from .places import Fixture, Free, Pin, Place
from .primitives import Primitives
from .references import References
from .statements import Statements
from .stored import Stored
from .structures import Structures
from .subscripts import Subscripts
from .sums import Sums
from .text import Text
from .trees import Fixed, Leaf, Tree
from .values import LIVE, Obj, Tup
from .variables import Variables
from .views import Views
from .writes import Writes


class Lowerer(
    Calls,
    OutOfLine,
    Again,
    Primitives,
    BuiltinCalls,
    Methods,
    Classes,
    Comprehensions,
    Sums,
    Expressions,
    Variables,
    Attributes,
    Text,
    Exceptions,
    Statements,
    Iteration,
    Loops,
    Merge,
    Subscripts,
    References,
    Views,
    InPlace,
    Composed,
    Writes,
    Outer,
    Stored,
    Structures,
):
    """Lowers one function."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.root_objects: dict[Any, Obj] = {}
        self.slice_dims = {}
        self.view_types = {}
        self.flats = {}
        self.view_values = {}
        self.specs: dict[Any, Any] = {}
        self.anchors: dict[Any, Any] = {}
        self.summed: set[Any] = set()  # places of sums of Python floats
        self.store[LIVE] = TRUE
        self.params: list[Value] = []
        self.argument_objects: dict[Obj, int] = {}
        self.written_arguments: set[int] = set()


class Lowered:
    """The outcome: the IR, how its parameters make up the arguments, how its results make up the result."""

    def __init__(
        self,
        function: Function,
        names: list[str],
        trees: list[Tree],
        result: Tree,
        frees: list[Free],
        captured: Any,
    ) -> None:
        self.function = function
        self.names = names
        self.trees = trees
        self.result = result
        self.frees = frees
        self.captured = captured
        self.written_arguments: frozenset[int] = frozenset()  # numbers of the leaves that are written to
        self.bound: frozenset[str] = frozenset()  # arguments that are bound to the function
        self.written_outside: tuple[Free, ...] = ()  # objects outside that are written to


def lower(fn: Any, trees: list[tuple[str, Tree]]) -> Lowered:
    """Lower a function for arguments of the given names and structures.

    Raises errors.Unsupported for what is not supported, with its place, and base.Pin where an integer
    argument is needed by value.
    """
    pinned: set[Any] = set()
    pieces: set[Any] = set()  # the `try`s whose bodies go statement by statement
    places: dict[Any, Place] = {}
    choosing, entangled = False, False
    first: errors.Unsupported | None = None
    while True:
        torn: set[Any] = set()
        state: list[Lowerer] = []
        try:
            return lower_once(fn, trees, pinned, pieces, torn, places, choosing, state)
        except errors.Unsupported as error:
            now = bool(state) and state[0].entangled
            entangled |= now
            if not torn <= pieces:
                pieces |= torn
            elif first is not None:
                raise error if now else first from None
            elif entangled:  # once more with references followed that are chosen at run time
                first, choosing, pieces = error, True, set()
            else:
                raise
        except Pin as p:
            if p.slot is None:
                raise
            pinned.add(p.slot)
        except Written as w:
            p = w.place
            by_identity = p.mode != "variable" and isinstance(p.obj, list | dict)
            places[id(p.obj) if by_identity else (p.mode == "variable", p.slot)] = p


def lower_once(
    fn: Any,
    trees: list[tuple[str, Tree]],
    pinned: set[Any],
    pieces: set[Any],
    torn: set[Any],
    places: dict[Any, Place],
    choosing: bool,
    state: list[Lowerer],
) -> Lowered:
    special = getattr(fn, "__sourcead_call__", None)
    trees = list(trees)
    captured = capture(fn.fn if special is not None and hasattr(fn, "fn") else fn)
    low = Lowerer(captured.name if captured.name.isidentifier() else "f")
    low.pinned, low.in_pieces, low.torn, low.choosing = pinned, pieces, torn, choosing
    state.append(low)
    low.push_frame(captured)
    arguments = {}
    bound = {*list(captured.signature.parameters)[: len(captured.bound)], *captured.bound_kw}
    for k, (name, tree) in enumerate(trees):
        if name in bound and isinstance(tree, Fixed):
            if type(tree.value) in (list, dict) or belongs_to_user(
                tree.value
            ):  # the object itself is there, should it be written to
                trees[k] = name, Leaf(Opaque(type(tree.value).__name__))
                low.handles[id(tree.value)] = Value(trees[k][1].type, name)
                low.params.append(low.handles[id(tree.value)])
            label = name + "_array" if isinstance(tree.value, np.ndarray) else name
            arguments[name] = low.known(tree.value, label, Fixture(tree.value), None, ("bound", name))
        else:
            arguments[name] = low.argument(tree, name)
            if name in bound:
                low.bound_objects.update((r.obj, name) for r in low.references(arguments[name]))
            else:
                low.mark_argument(arguments[name])
    low.function.body.params = low.params
    for p in sorted(places.values(), key=lambda p: p.mode in ("items", "variable")):
        low.declare(p)  # lists that grow first: what leads to them need not list their items
    vararg = getattr(captured.node.args, "vararg", None)
    if special is None and vararg is not None:  # they came one by one
        rest = [n for n in arguments if n not in captured.signature.parameters]
        arguments[vararg.arg] = Tup(tuple(arguments.pop(n) for n in rest))
    if special is not None:
        a = special(low, list(arguments.values()), {})
    else:
        low.bind_parameters(captured.node.args, arguments, captured)
        a = low.run_body(captured.node)
    if low.store is None:
        low.refuse(
            "the function raises on every path", captured.node, reason="there is no value to differentiate"
        )
    low.check_loops()
    out: list[Value] = []
    tree = low.result(a, out)
    low.function.body.yields = out
    frees = [f for f in low.frees.values() if f.value is not None]
    taken = {p.name for p in low.params}
    for f in frees:
        base, n = f.value.name or f.name, 0
        while f.value.name in taken:
            n += 1
            f.value.name = numbered(base, n)
        taken.add(f.value.name)
    low.function.body.params.extend(f.value for f in frees)
    low.function.attrs["free"] = len(frees)
    out_of = Lowered(
        low.function, [n for n, _ in trees], [t for _, t in trees], tree, list(low.frees.values()), captured
    )
    out_of.written_arguments = frozenset(low.written_arguments)
    out_of.bound = frozenset(bound)
    if low.touched:
        low.function.attrs["keep_raisers"] = True
        written = {id(p.obj) for o, p in low.outside.items() if o in low.declared}
        for slot, f in low.frees.items():
            f.slot_is_written = slot in low.declared or (slot[1:2] == ("item",) and slot[0] in written)
        out_of.written_outside = tuple(low.written_places())
    return out_of


__all__ = ["Lowered", "Lowerer", "lower"]
