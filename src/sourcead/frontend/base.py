"""The state of lowering one function, and the few steps that everything else is made of."""

from __future__ import annotations

import ast
from contextlib import AbstractContextManager
from typing import Any, NoReturn

import numpy as np

from .. import errors, source
from ..ir.builder import Builder
from ..ir.core import Constant, Function, Op, Region, Span, Value
from ..ir.index import is_member, member
from ..ir.types import UNDEFINED, Array, Foreign, List, Opaque, Scalar, Type, dtype_kind, join
from ..rules import registry
from ..rules.foreign import FOREIGN
from ..rules.registry import BOOK, TypeRefusal
from .places import Free, Pin, Place
from .values import (
    NONE,
    Abstract,
    Chosen,
    Closure,
    Conflict,
    Frame,
    Growing,
    Obj,
    Ref,
    Static,
    Tup,
    Unread,
    Unsure,
    constant,
)

_NAMES = ("add", "sub", "mul", "truediv", "pow", "neg", "pos", "lt", "le", "gt", "ge", "eq", "ne")
ARITHMETIC = frozenset(f"operator.{n}" for n in _NAMES)
FLOATS = ("float64", "float32")


class Base:
    """What the parts of the lowerer share: the store, the builder, refusals, and loads of values."""

    def __init__(self, name: str) -> None:
        self.function = Function(name, Region())
        self.builder = Builder(self.function.body)
        self.builder.watch = self.watch
        self.store: Any = {}  # of variables and objects; None where the path has ended
        self.frames: list[Frame] = []
        self.frees: dict[Any, Free] = {}
        self.aliases: dict[Obj, set[Obj]] = {}
        self.held: list[Ref] = []  # what the expressions around have computed so far and still read
        self.choosing = False  # whether references that are chosen at run time are followed (references.py)
        self.entangled = False  # whether something was refused that following them may resolve
        self.chosen_reads: dict[Obj, Any] = {}  # where they were read last: region, states, value
        self.option_ok: Any = None  # says at a loop's end which references it can carry as options
        self.argument_objects: dict[Obj, int] = {}  # arrays that are arguments: the numbers of their leaves
        self.pinned: set[Any] = set()  # outer variables that are known by value
        self.params: list[Value] = []
        self.written_arguments: set[int] = set()
        self.loop_guesses: dict[Any, Any] = {}
        self.calls: list[tuple[Span | None, str, bool]] = []  # of inlined functions: where, from which
        self.wide: dict[str, Any] = {}  # the lines of the files that are not ASCII throughout
        self.inlining: list[Any] = []  # the functions that are being inlined
        self.shaping: set[Obj] = set()
        self.open_specs: list[Any] = []  # keys of the functions of their own that are being lowered
        self.own: set[Any] = set()  # the functions found to call themselves through others
        self.catchers: list[Any] = []  # the `try`s around what is being lowered
        self.handled: list[Value | None] = []  # the exceptions of the handlers around it
        self.in_pieces: set[Any] = set()  # the places of the `try`s whose bodies go statement by statement
        self.torn: set[Any] = set()  # the places of those that might have to
        self.marks = 0
        self.outside: dict[Obj, Place] = {}  # arrays and containers that live outside
        self.declared: dict[Any, Any] = {}  # slots of variables: their keys in the store; written objects
        self.containers: dict[int, Obj] = {}  # of containers that live outside, by identity
        self.argument_ids: dict[int, Any] = {}  # objects of unknown classes that arguments lead to
        self.handles: dict[int, Value] = {}  # objects that are parameters already
        self.bound_objects: dict[Obj, str] = (
            {}
        )  # what is bound to the function: the argument that leads there
        self.argument_outside: set[Obj] = set()  # arrays and containers in them
        self.escaped: set[Obj] = set()  # what was stored outside, ...
        self.escapes: list[tuple[Any, ...]] = []  # ... in which loops,
        self.writes: list[tuple[tuple[Any, ...], Obj, Span | None]] = []  # and what was written to
        self.headers: dict[Any, set[Any]] = {}  # what there is at the header of a loop
        self.carried: set[Obj] = set()  # objects that stand for whatever a loop's variable leads to
        self.sealed = 0  # in how many functions that must have no effects
        self.touched = False  # whether anything outside is written to
        self.inferred: dict[Any, Type] = {}  # the results of operators on numbers
        self.depth = 0
        self.spans: list[Span] = []

    # -- places and refusals ---------------------------------------------------------------------------
    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def span_of(self, node: ast.AST) -> Span:
        """Where a node stands; columns in characters, while the tree counts UTF-8 bytes."""
        file = self.frames[-1].file
        found: Any = node.__dict__.get("_span")  # kept there: rules and loops are gone over again and again
        if found is not None and found.file is file:
            return found
        line = getattr(node, "lineno", 1)
        col = getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end_col = getattr(node, "end_col_offset", None) or col + 1
        if file not in self.wide:
            text = source.text_of(file) or ""
            self.wide[file] = () if text.isascii() else source.split_lines(text)
        lines = self.wide[file]
        if lines and end_line <= len(lines):
            col = source.character_column(lines[line - 1], col)
            end_col = source.character_column(lines[end_line - 1], end_col)
        span = Span(file, line, col, end_line, end_col)
        node._span = span  # type: ignore[attr-defined]
        return span

    def watch(self, op: Op) -> None:
        """Is told of each op that is emitted (exceptions.py)."""
        raise NotImplementedError

    def note(self, op: Op) -> None:
        """Is told of each `if`."""
        raise NotImplementedError

    def python_raises(self, reason: str, message: str) -> None:
        """Ends the path where the reason of a refusal is an exception that is handled (exceptions.py)."""
        raise NotImplementedError

    def uncaught(self) -> AbstractContextManager[None]:
        """What is lowered in it is a function of its own (exceptions.py)."""
        raise NotImplementedError

    def refuse(self, message: str, node: ast.AST | None = None, reason: str = "", hint: str = "") -> NoReturn:
        if self.catchers:
            self.python_raises(reason, message)
        if self.frames and self.frame.template and self.spans:
            span = self.spans[0]  # the user's line, not the rule's
        elif node is not None and hasattr(node, "lineno"):
            span = self.header(self.span_of(node), node)
        else:
            span = self.spans[-1] if self.spans else self.builder.span
        where = next((f.name for f in reversed(self.frames) if not f.template), "")
        raise errors.Unsupported(
            message, span, reason=reason, hint=hint, where=where, call_stack=self.callers()
        )

    def header(self, span: Span, node: ast.AST) -> Span:
        """The first line of a statement that has others inside, up to its colon or so."""
        body = getattr(node, "cases", getattr(node, "body", None))
        if not isinstance(body, list):
            return span
        heads = [getattr(node, k) for k in ("test", "iter", "subject") if hasattr(node, k)]
        heads += [i.context_expr for i in getattr(node, "items", ())]
        ends = [self.span_of(h) for h in heads if isinstance(h, ast.AST)]
        if ends and ends[-1].end_line == span.line:
            return Span(span.file, span.line, span.col, span.line, ends[-1].end_col)
        word = "try" if not hasattr(node, "name") else f"def {node.name}"
        return Span(span.file, span.line, span.col, span.line, span.col + len(word))

    def callers(self) -> list[tuple[Span, str]]:
        """The calls that led to what is being lowered, outermost first."""
        return [(span, name) for span, name, template in self.calls if span is not None and not template]

    def pin(self, a: Abstract) -> None:
        """Ask for an integer by value: lowering starts again with it known, if it is an argument or lives
        outside."""
        if (
            not isinstance(a, Value)
            or not isinstance(a.type, Scalar)
            or dtype_kind(a.type.dtype) not in "iub"
        ):
            return
        for slot, f in self.frees.items():
            if f.value is a:
                raise Pin(slot, None)
        for n, p in enumerate(self.params):
            if p is a:
                raise Pin(None, n)

    # -- values ----------------------------------------------------------------------------------------
    def wrap(self, v: Value, name: str | None = None) -> Abstract:
        """An IR value as an abstract value: arrays and lists become references to new objects."""
        if isinstance(v.type, Array):
            return self.new_ref("array", v, name)
        if isinstance(v.type, List):
            return self.new_ref("list", Growing(v), name)
        if isinstance(v, Constant) and isinstance(v.type, Opaque):
            return Static(v.value)
        if isinstance(v.type, Foreign):
            return self.new_ref("instance", {"object": v}, name, FOREIGN[v.type.what])
        return v

    def new_ref(self, kind: str, state: Any, name: str | None = None, cls: Any = None) -> Ref:
        obj = Obj(kind, name, cls)
        self.store[obj] = state
        return Ref(obj)

    def state(self, ref: Ref) -> Any:
        if isinstance(ref.obj, Chosen):
            whole = Ref(ref.obj)
            return self.chosen_value(whole) if ref.kind == "array" else self.chosen_state(whole)
        state = self.store.get(ref.obj)
        if state is None:
            self.refuse(
                f"'{ref.obj.name or 'this object'}' was made on a path that need not have been taken",
                hint="make it on both paths, before the branch",
            )
        if isinstance(state, Conflict):
            self.refuse(f"'{ref.obj.name or 'this object'}': {state.reason}", hint=state.hint)
        if isinstance(state, Unread):
            self.refuse(
                f"'{ref.obj.name or 'this list'}' grows, and is read too",
                reason="it lives outside of the function and holds items of several kinds",
                hint="keep its items of one kind, or read it outside of the function",
            )
        return state

    def value(self, a: Abstract, name: str | None = None) -> Value:
        """The IR value of an abstract value; refuses what has none."""
        if isinstance(a, Value):
            return a
        if isinstance(a, Ref) and isinstance(a.obj, Chosen) and a.kind in ("array", "list"):
            return self.chosen_value(a, name)
        if isinstance(a, Ref):
            state = self.state(a)
            if a.kind == "array":
                return self.load(state, a.path, name)
            if a.kind == "list":
                return self.grow(a.obj)
            if a.kind == "instance" and a.obj.cls in FOREIGN.values():
                return state["object"]
        if isinstance(a, Static):
            if isinstance(a.value, np.generic):
                return Constant(a.value)
            if isinstance(a.value, np.ndarray):
                self.refuse(
                    "an array constant is used where a rule expects a number",
                    hint="pass the array as an argument",
                )
            return Constant(a.value)
        if isinstance(a, Conflict):
            self.refuse(a.reason, hint=a.hint)
        if isinstance(a, Unsure):
            self.refuse_unsure()
        self.refuse(
            f"a {self.kind_of(a)} is used where a number or an array is needed",
            hint="only numbers and arrays enter arithmetic",
        )

    def refuse_unsure(self) -> Any:
        self.refuse(
            "whether this array is real or complex shows only at run time",
            reason="NumPy returns a real array where all eigenvalues of a real matrix are real",
            hint="pass a complex matrix, A.astype(complex); or take np.real, np.imag or np.abs of the result",
        )

    def load(self, state: Value, path: Any, name: str | None = None) -> Value:
        done, state = self.known_view(state, path, name)
        for n, (pattern, operands) in enumerate(path[done:], done):
            t = self.view_type(state.type, pattern, operands)
            last = name if n == len(path) - 1 else None
            if is_member(pattern):
                key, attrs = member(pattern)
                state = self.builder.one(key, [state, *operands], t, attrs, last)
            else:
                state = self.builder.one("getitem", [state, *operands], t, {"index": pattern}, last)
        return state

    def known_view(self, state: Value, path: Any, name: str | None) -> tuple[int, Value]:
        raise NotImplementedError

    def view_type(self, t: Type, pattern: Any, operands: Any) -> Type:
        raise NotImplementedError

    def chosen_value(self, ref: Ref, name: str | None = None) -> Value:
        raise NotImplementedError

    def chosen_state(self, ref: Ref) -> Any:
        raise NotImplementedError

    def chosen_type(self, ref: Ref) -> Type | None:
        raise NotImplementedError

    def grow(self, obj: Obj) -> Value:
        """The IR value of a list; a list whose items are known one by one becomes one value here."""
        state = self.store[obj]
        if isinstance(state, Growing):
            return state.value
        items = [self.value(i) for i in state]
        elem: Type | None = None
        for i in items:
            elem = i.type if elem is None else join(elem, i.type)
            if elem is None:
                self.refuse(
                    "the list holds values of different kinds, so it has no single element type here",
                    hint="use a tuple, or one list for each kind",
                )
        v = self.builder.one("list.new", items, List(elem), None, obj.name)
        return v

    def kind_of(self, a: Abstract) -> str:
        """What an abstract value is, in a user's words."""
        if isinstance(a, Value):
            return str(a.type)
        if isinstance(a, Ref):
            cls = getattr(a.obj.cls, "__name__", None)
            return f"value of class {cls}" if a.kind == "instance" and cls else a.kind
        if isinstance(a, Tup):
            return "tuple"
        if isinstance(a, Static):
            return "None" if a is NONE or a.value is None else f"{type(a.value).__name__} {a.value!r:.40}"
        if isinstance(a, Closure):
            return "function"
        if isinstance(a, Unsure):
            self.refuse_unsure()
        return type(a).__name__.lower()

    def static(self, a: Abstract) -> Any:
        """The Python object of what is known when compiling, else `NotImplemented`."""
        if isinstance(a, Constant):
            return a.value
        if isinstance(a, Static):
            return a.value
        if isinstance(a, Tup):
            items = [self.static(i) for i in a.items]
            return NotImplemented if any(i is NotImplemented for i in items) else tuple(items)
        if isinstance(a, Ref) and a.kind == "list":
            state = self.state(a)
            if not isinstance(state, Growing):
                items = [self.static(i) for i in state]
                return NotImplemented if any(i is NotImplemented for i in items) else items
        if isinstance(a, Ref) and a.kind == "dict":
            items = {k: self.static(v) for k, v in self.state(a).items()}
            return NotImplemented if any(i is NotImplemented for i in items.values()) else items
        return NotImplemented

    def type_of(self, a: Abstract) -> Type | None:
        """The type of a number, array or growing list; None for the rest.  Emits nothing."""
        if isinstance(a, Value):
            return a.type
        if isinstance(a, Ref) and a.kind == "array" and isinstance(a.obj, Chosen):
            return self.chosen_type(a)
        if isinstance(a, Ref) and a.kind == "array":
            t = self.state(a).type
            for pattern, operands in a.path:
                t = self.view_type(t, pattern, operands)
            return t
        if isinstance(a, Ref) and a.kind == "list" and not isinstance(self.store.get(a.obj), Unread):
            state = self.state(a)
            return state.value.type if isinstance(state, Growing) else None
        if isinstance(a, Unsure):
            self.refuse_unsure()
        return None

    # -- primitives ------------------------------------------------------------------------------------
    def prim(
        self, key: str, inputs: list[Value], attrs: dict[str, Any] | None = None, name: str | None = None
    ) -> Abstract:
        """Emit one primitive; the result is an abstract value."""
        p = BOOK[key]
        attrs = attrs or {}
        if p.variadic and "_variadic" not in attrs:
            attrs["_variadic"] = len(inputs)
        types = self.infer(p, inputs, attrs)
        values = self.builder.emit(key, inputs, types, attrs, None, [name] * len(types))
        out = [self.wrap(v, name) for v in values]
        for a in out if p.alias != "fresh" else ():
            if isinstance(a, Ref):
                self.note_alias(a.obj, inputs[p.alias[1]] if isinstance(p.alias, tuple) else None)
        if len(out) == 1:
            return out[0]
        keywords = {**p.keywords, **attrs}
        for k, known in p.known(keywords).items() if p.known is not None else ():
            out[k] = constant(known)
        for k, why in p.undetermined([v.type for v in inputs], keywords).items() if p.undetermined else ():
            if isinstance(types[k], Opaque):
                out[k] = Conflict(why, "leave it out, and compute what you need of it from the other results")
        return self.recorded(p, inputs, tuple(out))

    def recorded(self, p: registry.Primitive, inputs: list[Value], parts: tuple[Abstract, ...]) -> Abstract:
        """Several results, in what the function returns them in."""
        cls = p.record if isinstance(p.record, type | None) else p.record([v.type for v in inputs])
        return self.new_ref("list", parts) if cls is list else Tup(parts, cls)

    def infer(self, p: registry.Primitive, inputs: list[Value], attrs: dict[str, Any]) -> list[Type]:
        types = [v.type for v in inputs]
        key = None
        if p.key in ARITHMETIC and not attrs:
            plain = [t.__class__ is Scalar and t.dtype in FLOATS for t in types]
            if all(ok or v.__class__ is Constant for ok, v in zip(plain, inputs)):
                key = (p.key, *types)  # floats, which have no lengths
                if key in self.inferred:
                    return [self.inferred[key]]
        if any(t == UNDEFINED for t in types):  # only while the types of a loop are still being found
            known = next((t for t in types if t != UNDEFINED and isinstance(t, Scalar | Array)), None)
            types = [known or Scalar("float64") if t == UNDEFINED else t for t in types]
        keywords = {**p.keywords, **{k: v for k, v in attrs.items() if not k.startswith("_")}}
        if p.variadic:
            keywords["_variadic"] = attrs.get("_variadic")
        try:
            with_values = {**keywords, "_inputs": inputs, "_attrs": attrs}
            out = p.infer(types, with_values if getattr(p.infer, "wants_values", False) else keywords)
        except TypeRefusal as e:
            self.refuse(
                f"{p.key.replace('numpy.', 'np.')} cannot be used like this",
                reason=str(e),
                hint=f"`sourcead rules {p.key}` shows what is covered",
            )
        if key is not None and not isinstance(out, tuple):
            self.inferred[key] = out
        return list(out) if isinstance(out, tuple) else [out]

    def note_alias(self, obj: Obj, base: Value | None) -> None:
        """Record that a new object may share memory with every object whose state is `base`, or an array
        that `base` is a view of."""
        bases = [base]
        while (op := getattr(bases[-1], "op", None)) is not None and op.inputs:
            alias = BOOK[op.kind].alias if op.kind in BOOK else "fresh"
            if op.kind == "getitem":
                advanced = any(isinstance(v.type, Array) for v in op.inputs[1:])
                alias = "fresh" if advanced or isinstance(op.inputs[0].type, List) else ("view", 0)
            if alias == "fresh":
                break
            bases.append(op.inputs[alias[1]])
        for other, state in self.store.items():
            if isinstance(state, Growing):
                state = state.value
            if isinstance(other, Obj) and other is not obj and any(state is b for b in bases):
                self.derive(obj, other)

    def relate(self, a: Obj, b: Obj) -> None:
        if a is not b:
            self.aliases.setdefault(a, set()).add(b)
            self.aliases.setdefault(b, set()).add(a)

    def derive(self, new: Obj, other: Obj) -> None:
        """Record that a new reference may lead to another object, and so to whatever that one may share
        memory with."""
        for o in [other, *sorted(self.aliases.get(other, ()), key=id)]:
            self.relate(new, o)

    def number(self, v: Any, name: str | None = None) -> Value:
        c = constant(v, name)
        return c if isinstance(c, Value) else Constant(v)
