"""Calls: the callee is resolved to an object; helpers are inlined, recursive ones become functions of their own."""

from __future__ import annotations

import ast
import types
from functools import lru_cache
from typing import Any

import numpy as np

from .. import errors
from ..ir.core import FALSE, TRUE, Constant, Function, Op, Region, Value
from ..ir.types import UNDEFINED, Array, List, Scalar
from ..rules import registry
from .builtin_calls import BuiltinCalls
from .capture import Captured, capture
from .loops import assigned_names
from .merge import MISSING, Shape
from .statements import LIVE
from .subscripts import Stop
from .values import NONE, UNDEF, Abstract, Bound, Closure, Conflict, Frame, Growing, Iter, LocalClass, Obj, Ref, Static, Tup, constant

LARGE = 60  # statements; a helper larger than this stays a function of its own


@lru_cache(maxsize=4096)
def scope_of(node: Any) -> tuple[frozenset[str], frozenset[str], frozenset[str], int]:
    """Local names, nonlocal names and global names of a function, and how many statements it has."""
    a = node.args
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs, *([a.vararg] if a.vararg else []), *([a.kwarg] if a.kwarg else []))]
    body = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
    nonlocals: set[str] = set()
    global_names: set[str] = set()
    size = 0
    stack: list[ast.AST] = list(body)
    while stack:
        n = stack.pop()
        size += isinstance(n, ast.stmt)
        if isinstance(n, ast.Nonlocal):
            nonlocals.update(n.names)
        elif isinstance(n, ast.Global):
            global_names.update(n.names)
        elif isinstance(n, ast.Import | ast.ImportFrom):
            names.extend((x.asname or x.name).split(".")[0] for x in n.names)
        if not isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(n))
    names.extend(assigned_names(body))
    return frozenset(names) - global_names - nonlocals, frozenset(nonlocals), frozenset(global_names), size


@lru_cache(maxsize=4096)
def calls_itself(node: Any) -> bool:
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == getattr(node, "name", None) for n in ast.walk(node)
    )


class Calls(BuiltinCalls):
    # -- frames ----------------------------------------------------------------------------------------
    def push_frame(self, captured: Captured, template: bool = False) -> Frame:
        local, nonlocals, global_names, _ = scope_of(captured.node)
        frame = Frame(captured.node, local | nonlocals, None, captured.globals, captured.closure, captured.file)
        frame.nonlocals, frame.declared_global = set(nonlocals), set(global_names)
        frame.template, frame.name = template, captured.name
        self.frames.append(frame)
        return frame

    def bind_parameters(self, a: ast.arguments, given: dict[str, Abstract], captured: Captured) -> None:
        """Bind a function's parameters; those not given take their defaults."""
        positional = [*a.posonlyargs, *a.args]
        values: dict[str, Abstract] = {}
        for p, d in zip(positional[len(positional) - len(captured.defaults) :], captured.defaults):
            values[p.arg] = constant(d)
        values.update({k: constant(d) for k, d in captured.kwdefaults.items()})
        if a.vararg:
            values[a.vararg.arg] = Tup(())
        if a.kwarg and a.kwarg.arg not in given:
            values[a.kwarg.arg] = self.new_ref("dict", {})
        values.update(given)
        for name, v in values.items():
            self.store[self.frame, name] = v  # type: ignore[index]

    def bind_call(self, node: Any, args: list[Abstract], kwargs: dict[str, Abstract], defaults: Any, kwdefaults: Any, name: str) -> dict[str, Abstract]:
        """Python's binding of arguments to parameters."""
        a = node.args
        positional = [p.arg for p in (*a.posonlyargs, *a.args)]
        out: dict[str, Abstract] = {}
        out.update(zip(positional[len(positional) - len(defaults) :], defaults))
        out.update(kwdefaults)
        out.update(zip(positional, args))
        if len(args) > len(positional) and not a.vararg:
            self.refuse(f"{name}() takes {len(positional)} positional arguments but {len(args)} were given")
        extra = {}
        names = {*(p.arg for p in a.args), *(p.arg for p in a.kwonlyargs)}
        for k, v in kwargs.items():
            if k in names:
                if k in positional[: len(args)]:
                    self.refuse(f"{name}() got multiple values for argument '{k}'")
                out[k] = v
            elif a.kwarg:
                extra[k] = v
            else:
                self.refuse(f"{name}() got an unexpected keyword argument '{k}'")
        if a.vararg:
            out[a.vararg.arg] = Tup(tuple(args[len(positional) :]))
        if a.kwarg:
            out[a.kwarg.arg] = self.new_ref("dict", extra)
        missing = [p for p in (*positional, *(p.arg for p in a.kwonlyargs)) if p not in out]
        if missing:
            self.refuse(f"{name}() is missing the argument '{missing[0]}'")
        return out

    def run_body(self, node: Any) -> Abstract:
        """Lower the body of the current frame's function; its return value."""
        frame = self.frame
        if isinstance(node, ast.Lambda):
            return self.eval(node.body)
        if any(isinstance(n, ast.Yield | ast.YieldFrom | ast.Await) for n in own_nodes(node)):
            self.refuse(f"'{node.name}' is a generator or a coroutine, which cannot be differentiated", node, hint="append to a list and return it")
        outer_live = self.store[LIVE]  # type: ignore[index]
        self.store[LIVE] = TRUE  # type: ignore[index]
        self.block(node.body)
        if self.store is None:
            return UNDEF
        live = self.store[LIVE]
        if live is TRUE:
            self.store[frame, "return"] = NONE
        elif live is not FALSE:

            def falls_off() -> None:
                self.store[frame, "return"] = NONE  # type: ignore[index]

            self.under(live, falls_off)
        self.store[LIVE] = outer_live  # type: ignore[index]
        return self.store.get((frame, "return"), NONE)  # type: ignore[union-attr]

    def pop_frame(self) -> None:
        frame = self.frames.pop()
        if self.store is None:
            return
        keep = frame.captured
        for k in [k for k in self.store if isinstance(k, tuple) and k[0] is frame]:
            if not keep or k[-1] in ("returned", "return"):
                del self.store[k]

    def inline(self, node: Any, frame: Frame, given: dict[str, Abstract]) -> Abstract:
        """Lower a call by lowering the callee's body here."""
        if len(self.calls) > 60:
            self.refuse("the call nests too deep to be inlined", hint="recursion must go through one function that calls itself by name")
        self.frames.append(frame)
        self.calls.append(self.spans[-1] if self.spans else None)
        depth, self.depth = self.depth, 0
        span, spans = self.builder.span, self.spans
        if frame.template:
            self.spans = [self.spans[-1]] if self.spans else []
        for name, v in given.items():
            self.store[frame, name] = v  # type: ignore[index]
        try:
            out = self.run_body(node)
        finally:
            self.depth = depth
            self.calls.pop()
            self.builder.span, self.spans = span, spans
            self.pop_frame()
        return out

    # -- the call --------------------------------------------------------------------------------------
    def eval_Call(self, node: ast.Call) -> Abstract:
        f = self.eval(node.func)
        args: list[Abstract] = []
        for a in node.args:
            if isinstance(a, ast.Starred):
                items = self.items_of(self.eval(a.value))
                if items is None:
                    self.refuse("a sequence whose length shows only at run time cannot be passed with *", a)
                args.extend(items)
            else:
                args.append(self.eval(a))
        kwargs: dict[str, Abstract] = {}
        for k in node.keywords:
            v = self.eval(k.value)
            if k.arg is not None:
                kwargs[k.arg] = v
            elif isinstance(v, Ref) and v.kind == "dict":
                kwargs.update(self.state(v))
            else:
                self.refuse("only a dict can be passed with **", node)
        if isinstance(node.func, ast.Attribute) and isinstance(f, Bound) and isinstance(f.owner, Ref | Value):
            return self.call(f, args, kwargs)
        return self.call(f, args, kwargs)

    def call(self, f: Abstract, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        if isinstance(f, Closure):
            return self.call_closure(f, args, kwargs)
        if isinstance(f, Bound):
            if f.function is not None:
                return self.call(f.function, [f.owner, *args], kwargs)
            return self.call_method(f, args, kwargs)
        if isinstance(f, LocalClass):
            ref = self.new_ref("instance", {}, None, f)
            init = f.members.get("__init__")
            if init is not None:
                self.call(init, [ref, *args], kwargs)
            return ref
        if isinstance(f, Static):
            return self.call_object(f.value, args, kwargs)
        if isinstance(f, Ref) and f.kind == "instance":
            return self.call(self.attribute(f, "__call__"), args, kwargs)
        if isinstance(f, Conflict):
            self.refuse(f.reason)
        self.refuse(f"a {self.kind_of(f)} is called", hint="a function that is chosen at run time must be called in the branch that chooses it")

    def call_closure(self, f: Closure, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        given = self.bind_call(f.node, args, kwargs, f.defaults, f.kwdefaults, f.name)
        local, nonlocals, global_names, size = scope_of(f.node)

        def frame() -> Frame:
            fr = Frame(f.node, local | nonlocals, f.frame, f.frame.globals, f.frame.closure, f.frame.file)
            fr.nonlocals, fr.declared_global, fr.template, fr.name = set(nonlocals), set(global_names), f.frame.template, f.name
            return fr

        if isinstance(f.node, ast.FunctionDef) and calls_itself(f.node):
            return self.call_out_of_line(f.node, frame, given, f.name)
        return self.inline(f.node, frame(), given)

    def call_object(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """Call an object that is known when compiling."""
        intrinsic = self.intrinsic(obj, args)
        if intrinsic is not None:
            return intrinsic
        if id(obj) in registry.STATIC:
            values = [self.static(a) for a in args]
            keywords = {k: self.static(v) for k, v in kwargs.items()}
            return constant_tree(registry.STATIC[id(obj)](*values, **keywords))
        lowering = getattr(obj, "__sourcead_call__", None)
        if lowering is not None:
            return lowering(self, args, kwargs)
        special = self.special_call(obj, args, kwargs)
        if special is not MISSING:
            return special
        p = registry.find(obj)
        if p is not None:
            return self.call_primitive(p, args, kwargs)
        if isinstance(obj, types.MethodType) and isinstance(obj.__func__, types.FunctionType):
            return self.call(Static(obj.__func__), [constant(obj.__self__), *args], kwargs)
        if isinstance(obj, type):
            return self.instantiate(obj, args, kwargs)
        return self.call_python(obj, args, kwargs)

    def call_python(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract], template: bool = False) -> Abstract:
        """A Python function of the user's (or of a rule): inlined."""
        module = getattr(obj, "__module__", "") or ""
        if module.split(".")[0] in ("numpy", "scipy") or not callable(obj):
            self.no_rule(obj)
        try:
            captured = capture(obj)
        except errors.Unsupported:
            self.no_rule(obj)
        if captured.bound or captured.bound_kw:
            args = [*map(constant, captured.bound), *args]
            kwargs = {**{k: constant(v) for k, v in captured.bound_kw.items()}, **kwargs}
        template = template or module.startswith("sourcead.rules") or self.frame.template
        given = self.bind_call(
            captured.node, args, kwargs, [constant(d) for d in captured.defaults], {k: constant(d) for k, d in captured.kwdefaults.items()}, captured.name
        )
        local, nonlocals, global_names, size = scope_of(captured.node)

        def frame() -> Frame:
            fr = Frame(captured.node, local | nonlocals, None, captured.globals, captured.closure, captured.file)
            fr.nonlocals, fr.declared_global, fr.template, fr.name = set(nonlocals), set(global_names), template, captured.name
            return fr

        if not template and isinstance(captured.node, ast.FunctionDef) and (calls_itself(captured.node) or size > LARGE):
            if calls_itself(captured.node):
                return self.call_out_of_line(captured.node, frame, given, captured.name)
            kept, ops = dict(self.store), len(self.builder.region.ops)  # type: ignore[arg-type]
            try:
                return self.call_out_of_line(captured.node, frame, given, captured.name)
            except errors.Unsupported:
                self.store = kept
                del self.builder.region.ops[ops:]
        return self.inline(captured.node, frame(), given)

    def no_rule(self, obj: Any) -> Any:
        name = f"{getattr(obj, '__module__', None) or type(obj).__name__}.{getattr(obj, '__qualname__', getattr(obj, '__name__', '?'))}"
        short = name.replace("numpy.", "np.", 1) if name.startswith("numpy.") else name
        self.refuse(
            f"there is no rule for {short}",
            reason="it is not Python source that could be lowered, and the book of rules does not have it",
            hint="see `sourcead rules`; add one with sourcead.extend",
        )

    # -- primitives ------------------------------------------------------------------------------------
    def call_primitive(self, p: registry.Primitive, args: list[Abstract], kwargs: dict[str, Abstract], attrs: dict[str, Any] | None = None) -> Abstract:
        """Normalise a call to operands and static keywords, and emit it."""
        attrs = dict(attrs or {})
        inputs: list[Value] = []
        rest = list(args)
        kwargs = dict(kwargs)
        params = list(p.params)
        if p.variadic:
            if p.variadic == "*":
                for k in list(p.keywords)[: p.leading]:
                    attrs[k] = self.static(rest.pop(0))
                first, rest = Tup(tuple(rest)), []
            else:
                first = rest.pop(0) if rest else kwargs.pop(params[0], None)
            inputs = self.sequence_operands(p, first, attrs)
            params = params[1:]
        named = dict(zip([*params, *p.keywords], rest))
        if len(rest) > len(params) + len(p.keywords):
            self.refuse(f"too many arguments for {p.key.replace('numpy.', 'np.')}")
        for k, v in kwargs.items():
            if k in named:
                self.refuse(f"the argument '{k}' is given twice")
            named[k] = v
        last = max((n for n, k in enumerate(params) if k in named), default=-1)
        for n, k in enumerate(params[: last + 1]):
            a = named.pop(k, NONE)
            inputs.append(self.primitive_operand(a))
            del n
        for k, v in named.items():
            known = self.static(v)
            if known is NotImplemented:
                if k in ("out", "where") and isinstance(v, Ref):
                    known = v
                else:
                    self.refuse(f"the keyword {k}= of {p.key.replace('numpy.', 'np.')} must be known when compiling")
            if k == "out" and known is not None:
                return self.into_out(p, inputs, attrs, v)
            if k not in p.keywords or known is not p.keywords[k] and not same(known, p.keywords[k]):
                attrs[k] = known
        return self.prim(p.key, inputs, attrs)

    def into_out(self, p: registry.Primitive, inputs: list[Value], attrs: dict[str, Any], out: Abstract) -> Abstract:
        """`f(..., out=y)`: compute, then store with NumPy's cast rule."""
        if isinstance(out, Tup) and len(out.items) == 1:
            out = out.items[0]
        if not (isinstance(out, Ref) and out.kind == "array"):
            self.refuse("out= must be an array")
        self.overwrite(out, self.prim(p.key, inputs, attrs), ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col))
        return out

    def primitive_operand(self, a: Abstract) -> Value:
        if isinstance(a, Tup):
            items = [self.primitive_operand(i) for i in a.items]
            from ..ir.types import Tuple

            return self.builder.one("tuple.new", items, Tuple(tuple(i.type for i in items)))
        if isinstance(a, Ref) and a.kind == "list" and not isinstance(self.state(a), Growing):
            return self.value(self.array_of(a))
        return self.value(a)

    def sequence_operands(self, p: registry.Primitive, a: Abstract, attrs: dict[str, Any]) -> list[Value]:
        items = self.items_of(a) if a is not None else None
        if items is None:
            attrs["_variadic"] = None
            return [self.value(a)]
        attrs["_variadic"] = len(items)
        attrs["_container"] = "tuple" if isinstance(a, Tup) else "list"
        return [self.primitive_operand(i) for i in items]

    # -- classes ---------------------------------------------------------------------------------------
    def instantiate(self, cls: type, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            fields = dict(zip(cls._fields, args))
            fields.update(kwargs)
            defaults = {k: constant(v) for k, v in getattr(cls, "_field_defaults", {}).items()}
            return Tup(tuple({**defaults, **fields}[k] for k in cls._fields), cls)
        if issubclass(cls, BaseException):
            self.refuse("an exception object can only be raised")
        if cls.__module__.split(".")[0] in ("numpy", "builtins", "scipy") or cls.__new__ is not object.__new__:
            self.no_rule(cls)
        ref = self.new_ref("instance", {}, None, cls)
        if hasattr(cls, "__dataclass_fields__"):
            return self.new_dataclass(ref, cls, args, kwargs)
        init = cls.__init__
        if init is not object.__init__:
            self.call(Static(init), [ref, *args], kwargs)
        return ref

    def new_dataclass(self, ref: Ref, cls: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        import dataclasses

        fields = [f for f in dataclasses.fields(cls) if f.init]
        given = dict(zip([f.name for f in fields], args))
        given.update(kwargs)
        state = {}
        for f in dataclasses.fields(cls):
            if f.name in given:
                state[f.name] = given[f.name]
            elif f.default is not dataclasses.MISSING:
                state[f.name] = constant(f.default)
            elif f.default_factory is not dataclasses.MISSING:
                state[f.name] = self.call(Static(f.default_factory), [], {})
            else:
                self.refuse(f"{cls.__name__}() is missing the argument '{f.name}'")
        self.store[ref.obj] = state  # type: ignore[index]
        if hasattr(cls, "__post_init__"):
            self.call(Static(cls.__post_init__), [ref], {})
        return ref

    def class_attribute(self, cls: Any, name: str) -> Abstract | None:
        if isinstance(cls, LocalClass):
            return cls.members.get(name)
        for c in cls.__mro__[:-1]:
            if name in vars(c):
                found = vars(c)[name]
                return found if isinstance(found, property) else constant(getattr(cls, name))
        return None

    def instance_attribute(self, a: Ref, name: str, node: ast.AST | None) -> Abstract:
        state = self.state(a)
        if name in state:
            if isinstance(state[name], Conflict):
                self.refuse(state[name].reason, node)
            return state[name]
        found = self.class_attribute(a.obj.cls, name)
        if isinstance(found, property):
            return self.call(Static(found.fget), [a], {})
        raw = vars(a.obj.cls).get(name) if isinstance(a.obj.cls, type) else None
        if isinstance(raw, staticmethod):
            return constant(raw.__func__)
        if isinstance(found, Static) and isinstance(found.value, types.FunctionType) or isinstance(found, Closure):
            return Bound(a, found)
        if found is not None:
            return found
        self.refuse(f"the object has no attribute '{name}' here", node)

    def set_attribute(self, owner: Abstract, name: str, value: Abstract, node: ast.AST) -> None:
        if isinstance(owner, Ref) and owner.kind == "instance":
            self.check_write(owner.obj, node)
            self.name(value, name)
            self.store[owner.obj] = {**self.state(owner), name: value}  # type: ignore[index]
        elif isinstance(owner, Closure):
            self.store[owner.obj] = {**self.store.get(owner.obj, {}), name: value}  # type: ignore[index,union-attr]
        else:
            self.refuse(f"an attribute of a {self.kind_of(owner)} cannot be assigned", node)

    # -- functions of their own ------------------------------------------------------------------------
    def call_out_of_line(self, node: Any, frame: Any, given: dict[str, Abstract], name: str) -> Abstract:
        """A call that stays a call: the callee is lowered once for each structure of its arguments."""
        names = list(given)
        shapes = [self.shape(given[n]) for n in names]
        leaves = [v for n, s in zip(names, shapes) for v in self.lift(given[n], s)]
        key = (id(node), tuple(map(describe, shapes)))
        spec = self.specs.get(key)
        if spec is None:
            spec = self.specs[key] = _Spec(Function(name, Region()))
            for _ in range(8):
                spec.used_unknown = False
                before = spec.shape
                self.lower_spec(spec, node, frame(), names, shapes)
                if not spec.used_unknown and (before is None or before.equals(spec.shape)):  # type: ignore[union-attr]
                    break
            else:
                self.refuse(f"the type of what '{name}' returns does not settle")
            spec.done = True
        if spec.shape is None:
            spec.used_unknown = True
            return UNDEF
        types = [t for t, _ in self.leaf_types(spec.shape)]
        op = Op("call", [*leaves, *(spec.captures if spec.done else [])], types, {"function": spec.function}, None, self.builder.span)
        if not spec.done:
            spec.open_calls.append(op)
        self.builder.region.ops.append(op)
        return self.raise_up(spec.shape, iter(op.results), None)

    def lower_spec(self, spec: _Spec, node: Any, frame: Frame, names: list[str], shapes: list[Shape]) -> None:
        region = spec.function.body = Region()
        spec.open_calls = []
        kept = self.store
        self.store = dict(kept)  # type: ignore[arg-type]
        region.params = [Value(t, n) for s, name in zip(shapes, names) for t, n in self.leaf_types(s)]
        if len(region.params) == len(names):
            for p, n in zip(region.params, names):
                p.name = n
        it = iter(region.params)
        given = {n: self.raise_up(s, it, s.extra, n) for n, s in zip(names, shapes)}
        before = dict(self.store)
        with self.builder.inside(region):
            out = self.inline(node, frame, given)
            if self.store is None:
                self.refuse(f"'{spec.function.name}' raises on every path")
            result = self.shape(out)
            spec.shape = result if spec.shape is None else self.widen(spec.shape, result)
            region.yields = list(self.lift(out, spec.shape))
        changed = [k for k, v in before.items() if self.store.get(k, MISSING) is not v]
        if changed:
            self.refuse(f"'{spec.function.name}' calls itself and writes into memory that its caller sees; this is not supported yet")
        self.store = kept
        self.close_over(spec, region)

    def close_over(self, spec: _Spec, region: Region) -> None:
        """What the callee reads from outside becomes trailing parameters, its own recursive calls included."""
        inner: set[int] = {id(p) for p in region.params}
        outside: dict[int, Value] = {}
        params: dict[int, Value] = {}

        def visit(r: Region) -> None:
            inner.update(id(p) for p in r.params)
            for op in r.ops:
                op.inputs = [swap(v) for v in op.inputs]
                for g in op.regions:
                    visit(g)
                inner.update(id(v) for v in op.results)
            r.yields = [swap(v) for v in r.yields]

        def swap(v: Value) -> Value:
            if isinstance(v, Constant) or v is UNDEF or v.type == UNDEFINED or id(v) in inner:
                return v
            if id(v) not in params:
                outside[id(v)] = v
                params[id(v)] = Value(v.type, v.name)
                inner.add(id(params[id(v)]))
            return params[id(v)]

        visit(region)
        spec.captures = list(outside.values())
        region.params.extend(params.values())
        for op in spec.open_calls:
            op.inputs.extend(params.values())


class _Spec:
    """One callee for one structure of arguments."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.shape: Shape | None = None
        self.captures: list[Value] = []
        self.open_calls: list[Op] = []
        self.used_unknown = False
        self.done = False


def describe(s: Shape) -> Any:
    t = s.type
    kind = (t.dtype, t.ndim, tuple(d.is_one for d in t.shape)) if isinstance(t, Array) else t
    extra = id(s.extra) if s.kind == "same" and isinstance(s.extra, Ref | Closure) else None
    if s.kind == "same" and isinstance(s.extra, Static):
        extra = (type(s.extra.value), repr(s.extra.value) if isinstance(s.extra.value, str | int | float | tuple | type(None)) else id(s.extra.value))
    return s.kind, kind, extra, tuple(map(describe, s.parts))


def constant_tree(x: Any) -> Abstract:
    return Tup(tuple(map(constant_tree, x))) if type(x) is tuple else constant(x)


def same(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:
        return False


def own_nodes(node: ast.FunctionDef) -> Any:
    """The nodes of a function's body, nested functions left out."""
    stack: list[ast.AST] = list(node.body)
    while stack:
        n = stack.pop()
        yield n
        if not isinstance(n, ast.FunctionDef | ast.Lambda | ast.GeneratorExp):
            stack.extend(ast.iter_child_nodes(n))


__all__ = ["Calls", "Iter", "List", "Obj", "Scalar", "Stop", "np"]
