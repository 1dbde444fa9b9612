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
    merge          joins of branches                           comprehensions loops that append
    shapes, loops  what loops carry                            text           f-strings, print
    iteration      for and while                               structures     arguments and results
    views          calls that give views                       inplace        calls that write
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..ir.core import TRUE, Function, Value
from .attributes import Attributes
from .base import Free, Pin
from .builtin_calls import BuiltinCalls
from .calls import Calls
from .capture import capture
from .classes import Classes
from .comprehensions import Comprehensions
from .expressions import Expressions
from .inplace import InPlace
from .iteration import Iteration
from .loops import Loops
from .merge import Merge
from .methods import Methods
from .out_of_line import OutOfLine
from .primitives import Primitives
from .references import References
from .statements import Statements
from .structures import Structures
from .subscripts import Subscripts
from .text import Text
from .trees import Tree
from .values import LIVE, Obj, Tup
from .variables import Variables
from .views import Views
from .writes import Writes


class Lowerer(
    Calls,
    OutOfLine,
    Primitives,
    BuiltinCalls,
    Methods,
    Classes,
    Comprehensions,
    Expressions,
    Variables,
    Attributes,
    Text,
    Statements,
    Iteration,
    Loops,
    Merge,
    Subscripts,
    References,
    Views,
    InPlace,
    Writes,
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


def lower(fn: Any, trees: list[tuple[str, Tree]]) -> Lowered:
    """Lower a function for arguments of the given names and structures.

    Raises errors.Unsupported for what is not supported, with its place, and base.Pin where an integer
    argument is needed by value.
    """
    pinned: set[Any] = set()
    choosing = False
    first: errors.Unsupported | None = None
    while True:
        state: list[Lowerer] = []
        try:
            return lower_once(fn, trees, pinned, choosing, state)
        except Pin as p:
            if p.slot is None:
                raise
            pinned.add(p.slot)
        except errors.Unsupported as error:  # once more with references followed that are chosen at run time
            if first is not None and not state[0].entangled:
                raise first from None
            if choosing or not (state and state[0].entangled):
                raise
            first, choosing = error, True


def lower_once(
    fn: Any, trees: list[tuple[str, Tree]], pinned: set[Any], choosing: bool, state: list[Lowerer]
) -> Lowered:
    special = getattr(fn, "__sourcead_call__", None)
    captured = capture(fn.fn if special is not None and hasattr(fn, "fn") else fn)
    low = Lowerer(captured.name if captured.name.isidentifier() else "f")
    low.pinned, low.choosing = pinned, choosing
    state.append(low)
    low.push_frame(captured)
    arguments = {}
    for name, tree in trees:
        arguments[name] = low.argument(tree, name)
    low.function.body.params = low.params
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
    out: list[Value] = []
    tree = low.result(a, out)
    low.function.body.yields = out
    frees = [f for f in low.frees.values() if f.value is not None]
    low.function.body.params.extend(f.value for f in frees)
    low.function.attrs["free"] = len(frees)
    out_of = Lowered(
        low.function, [n for n, _ in trees], [t for _, t in trees], tree, list(low.frees.values()), captured
    )
    out_of.written_arguments = frozenset(low.written_arguments)
    return out_of


__all__ = ["Lowered", "Lowerer", "lower"]
