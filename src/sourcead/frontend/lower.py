"""Lowering: a Python function and the structure of its arguments in, IR out.

Lowering runs the function's AST on abstract values (`values.py`): types are inferred and the IR is specialised on the way, callees
are resolved to objects and inlined, conditions that the types decide are decided, everything else becomes ops.

    expressions.py   AST expressions -> abstract values        merge.py      joins of branches, shapes of loops
    statements.py    assignment, exits as structure            loops.py      for, while, comprehensions
    subscripts.py    indexing, views, writes as new states     calls.py      calls: inlining, primitives, built-ins
"""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from typing import Any

from .. import errors
from ..ir.core import FALSE, TRUE, Function, Region, Value
from ..ir.types import Array
from .base import Free
from .calls import Calls, _Spec
from .capture import capture
from .expressions import Expressions
from .loops import Loops
from .merge import Merge
from .statements import LIVE, Statements
from .subscripts import Subscripts
from .trees import Fixed, Leaf, Node, Tree, steps
from .values import NONE, Abstract, Closure, Conflict, Growing, Obj, Ref, Static, Tup, constant

sys.setrecursionlimit(max(sys.getrecursionlimit(), 20000))


class Lowerer(Calls, Expressions, Statements, Loops, Merge, Subscripts):
    """Lowers one function."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.root_objects: dict[Any, Obj] = {}
        self.slice_dims = {}
        self.specs: dict[Any, Any] = {}
        self.anchors: dict[Any, ast.AST] = {}
        self.store[LIVE] = TRUE  # type: ignore[index]
        self.params: list[Value] = []

    def read_later(self, frame: Any, name: str) -> bool:
        """Whether a variable may be read after the place that is being lowered (by lines, loops as a whole)."""
        if frame.captured or not self.spans:
            return True
        here = self.spans[0] if frame is self.frames[0] else self.spans[-1]
        last, loops = reads_of(frame.function).get(name, (0, ()))
        if last > here.line:
            return True
        return any(start <= here.line <= end for start, end in loops) or last == here.line

    # -- functions of their own ------------------------------------------------------------------------
    def map_leaves(self, a: Abstract, f: Any, other: Any = None) -> Abstract:
        """The same structure with f's value in the place of each number and array (None: nothing there)."""
        if isinstance(a, Value) or isinstance(a, Ref) and a.kind == "array":
            v = f(self.value(a))
            return NONE if v is None else self.wrap(v)
        if isinstance(a, Tup):
            return Tup(tuple(self.map_leaves(i, f, other) for i in a.items), a.cls)
        if isinstance(a, Ref):
            state = self.state(a)
            if isinstance(state, Growing):
                return self.wrap(f(state.value))
            new = (
                tuple(self.map_leaves(i, f, other) for i in state)
                if isinstance(state, tuple)
                else {k: self.map_leaves(i, f, other) for k, i in state.items()}
            )
            return self.new_ref(a.kind, new, a.obj.name, a.obj.cls)
        if other is not None:
            other(a)
        return a

    def subfunction(self, f: Abstract, args: list[Abstract], kwargs: dict[str, Abstract]) -> tuple[Function, list[Value], Tree]:
        """A callable as an IR function of the leaves of its arguments; what it captures becomes trailing parameters.

        Returns the function, the values to call it with, and the structure of its result.
        """
        region = Region()
        inputs: list[Value] = []

        def parameter(v: Value) -> Value:
            inputs.append(v)
            region.params.append(Value(v.type, v.name))
            return region.params[-1]

        kept = self.store
        self.store = dict(kept)  # type: ignore[arg-type]
        out: list[Value] = []
        with self.builder.inside(region):
            mapped = [self.map_leaves(a, parameter) for a in args]
            before = dict(self.store)
            a = self.call(f, mapped, kwargs)
            if self.store is None:
                self.refuse("the inner function raises on every path")
            tree = self.result(a, out)
        region.yields = out
        changed = [k for k, v in before.items() if k in (kept or {}) and self.store.get(k) is not v]
        if changed:
            self.refuse("a function that is differentiated inside of another writes into memory of that one; this is not supported yet")
        self.store = kept
        spec = _Spec(Function("inner", region))
        self.close_over(spec, region)
        return spec.function, [*inputs, *spec.captures], tree

    def from_tree(self, tree: Tree, values: Any, tangent: bool = False) -> Abstract:
        """The abstract value of a structure, its leaves taken from `values`."""
        if isinstance(tree, Leaf):
            return self.wrap(next(values))
        if isinstance(tree, Fixed):
            return NONE if tangent else constant(tree.value)
        parts = [self.from_tree(c, values, tangent) for c in tree.children]
        if tree.kind in ("tuple", "namedtuple"):
            return Tup(tuple(parts), tree.cls if tree.kind == "namedtuple" else None)
        if tree.kind == "list":
            return self.new_ref("list", tuple(parts))
        kind = "dict" if tree.kind == "dict" else "instance"
        return self.new_ref(kind, dict(zip(tree.keys, parts)), None, tree.cls if kind == "instance" else None)

    # -- structures ------------------------------------------------------------------------------------
    def argument(self, tree: Tree, name: str) -> Abstract:
        """The abstract value of an argument; its leaves become parameters."""
        if isinstance(tree, Leaf):
            v = Value(tree.type, name)
            self.params.append(v)
            return self.wrap(v, name)
        if isinstance(tree, Fixed):
            return constant(tree.value)
        parts = [self.argument(c, name + label(s)) for c, s in zip(tree.children, steps(tree))]
        if tree.kind == "tuple":
            return Tup(tuple(parts))
        if tree.kind == "namedtuple":
            return Tup(tuple(parts), tree.cls)
        if tree.kind == "list":
            return self.new_ref("list", tuple(parts), name)
        if tree.kind == "dict":
            return self.new_ref("dict", dict(zip(tree.keys, parts)), name)
        return self.new_ref("instance", dict(zip(tree.keys, parts)), name, tree.cls)

    def result(self, a: Abstract, out: list[Value]) -> Tree:
        """The structure of a result; its leaves are appended to `out`."""
        if isinstance(a, Conflict):
            self.refuse(f"the function's result: {a.reason}")
        if isinstance(a, Value) or isinstance(a, Ref) and a.kind == "array":
            v = self.value(a)
            out.append(v)
            return Leaf(v.type)
        if isinstance(a, Tup):
            kind = "namedtuple" if a.cls is not None else "tuple"
            keys = tuple(a.cls._fields) if a.cls is not None else ()
            return Node(kind, a.cls or tuple, keys, tuple(self.result(i, out) for i in a.items))
        if isinstance(a, Ref):
            state = self.state(a)
            if isinstance(state, Growing):
                out.append(state.value)
                return Leaf(state.value.type)
            if a.kind == "list":
                return Node("list", list, (), tuple(self.result(i, out) for i in state))
            if a.kind == "dict":
                return Node("dict", dict, tuple(state), tuple(self.result(i, out) for i in state.values()))
            if a.kind == "instance" and isinstance(a.obj.cls, type) and hasattr(a.obj.cls, "__dataclass_fields__"):
                return Node("dataclass", a.obj.cls, tuple(state), tuple(self.result(i, out) for i in state.values()))
        if isinstance(a, Static):
            return Fixed(a.value)
        self.refuse(f"a function that returns a {self.kind_of(a)} cannot be differentiated")


@lru_cache(maxsize=4096)
def reads_of(node: Any) -> dict[str, tuple[int, tuple[tuple[int, int], ...]]]:
    """For each name of a function: the last line that reads it, and the lines of the loops that read it."""
    out: dict[str, tuple[int, tuple[tuple[int, int], ...]]] = {}

    def visit(n: ast.AST, loops: tuple[tuple[int, int], ...]) -> None:
        if isinstance(n, ast.For | ast.While):
            loops = (*loops, (n.lineno, n.end_lineno or n.lineno))
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load):
            last, seen = out.get(n.id, (0, ()))
            out[n.id] = max(last, n.lineno), seen + loops
        elif isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name):
            last, seen = out.get(n.target.id, (0, ()))
            out[n.target.id] = max(last, n.lineno), seen + loops
        for c in ast.iter_child_nodes(n):
            visit(c, loops)

    visit(node, ())
    return out


def label(step: str) -> str:
    """A step of an access path as a part of a name."""
    return "_" + "".join(c if c.isalnum() or c == "_" else "" for c in step).strip("_")


class Lowered:
    """The outcome: the IR, how its parameters make up the arguments, how its results make up the result."""

    def __init__(self, function: Function, names: list[str], trees: list[Tree], result: Tree, frees: list[Free], captured: Any) -> None:
        self.function = function
        self.names = names
        self.trees = trees
        self.result = result
        self.frees = frees
        self.captured = captured


def bind(captured: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """Parameter names and values of a call, defaults left to the function."""
    bound = captured.signature.bind(*captured.bound, *args, **{**captured.bound_kw, **kwargs})
    names, values = [], []
    for n, v in bound.arguments.items():
        names.append(n)
        values.append(v)
    return names, values


def lower(fn: Any, trees: list[tuple[str, Tree]], star: dict[str, str] | None = None) -> Lowered:
    """Lower a function for arguments of the given names and structures.

    Raises errors.Unsupported for what is not supported, with its place.
    """
    special = getattr(fn, "__sourcead_call__", None)
    captured = capture(fn.fn if special is not None and hasattr(fn, "fn") else fn)
    low = Lowerer(captured.name if captured.name.isidentifier() else "f")
    low.push_frame(captured)
    arguments = {}
    for name, tree in trees:
        arguments[name] = low.argument(tree, name)
    low.function.body.params = low.params
    if special is not None:
        a = special(low, list(arguments.values()), {})
    else:
        low.bind_parameters(captured.node.args, arguments, captured)
        a = low.run_body(captured.node)
    if low.store is None:
        low.refuse("the function raises on every path", captured.node)
    out: list[Value] = []
    tree = low.result(a, out)
    low.function.body.yields = out
    frees = [f for f in low.frees.values() if f.value is not None]
    low.function.body.params.extend(f.value for f in frees)  # type: ignore[misc]
    low.function.attrs["free"] = len(frees)
    return Lowered(low.function, [n for n, _ in trees], [t for _, t in trees], tree, list(low.frees.values()), captured)


__all__ = ["FALSE", "Array", "Closure", "Lowered", "ast", "errors", "lower"]
