"""Calls: the callee is resolved to an object; helpers are inlined, recursive ones become functions of their
own."""

from __future__ import annotations

import ast
import os
import sysconfig
import types
from typing import Any

import numpy as np

from .. import errors
from ..ir.core import FALSE, TRUE, Value
from ..ir.types import UNDEFINED
from ..rules import registry
from ..rules.foreign import QUESTIONS, kept
from .base import Base
from .capture import Captured, capture, captured_rule
from .places import Fixture
from .scopes import calls_itself, is_generator, scope_of
from .shapes import MISSING
from .suggestions import public_name, rule_to_write
from .values import (
    FLAGS,
    LIVE,
    NONE,
    RETURNED,
    UNDEF,
    Abstract,
    Bound,
    Closure,
    Conflict,
    Frame,
    LocalClass,
    Ref,
    Static,
    Stop,
    Tup,
    constant,
    constant_tree,
)

LARGE = 60  # statements; a helper larger than this stays a function of its own
AGAIN = 3  # a function met so many times inside of itself is taken to be recursive


class Recursive(Exception):
    """A function that is being inlined is called by what it calls."""

    def __init__(self, key: Any) -> None:
        self.key = key


def of_library(function: types.FunctionType) -> bool:
    """Whether a function is not of the user's own code: of the standard library, or of a known package."""
    if (function.__module__ or "").split(".")[0] in LIBRARIES:
        return True
    file = os.path.abspath(function.__code__.co_filename)
    installed = os.sep + "site-packages" + os.sep in file or os.sep + "dist-packages" + os.sep in file
    return not installed and file.startswith(STDLIB)


STDLIB = tuple(sysconfig.get_path(k) + os.sep for k in ("stdlib", "platstdlib"))
LIBRARIES = {
    "numpy", "scipy", "pandas", "sklearn", "torch", "jax", "jaxlib", "autograd", "tensorflow", "sympy",
    "numba", "matplotlib", "networkx", "statsmodels", "xarray", "polars", "numexpr", "cupy", "dask",
}  # fmt: skip


class Calls(Base):
    def push_frame(self, captured: Captured, template: bool = False) -> Frame:
        local, nonlocals, global_names, _ = scope_of(captured.node)
        frame = Frame(
            captured.node, local | nonlocals, None, captured.globals, captured.closure, captured.file
        )
        frame.nonlocals, frame.declared_global = set(nonlocals), set(global_names)
        frame.template, frame.name = template, captured.name
        self.frames.append(frame)
        return frame

    def bind_parameters(self, a: ast.arguments, given: dict[str, Abstract], captured: Captured) -> None:
        """Bind a function's parameters; those not given take their defaults."""
        positional = [*a.posonlyargs, *a.args]
        values: dict[str, Abstract] = {}
        names = [p.arg for p in positional[len(positional) - len(captured.defaults) :]]
        values.update(zip(names, self.defaults(captured, names)))
        values.update(self.keyword_defaults(captured))
        if a.vararg:
            values[a.vararg.arg] = Tup(())
        if a.kwarg and a.kwarg.arg not in given:
            values[a.kwarg.arg] = self.new_ref("dict", {})
        values.update(given)
        for name, v in values.items():
            self.store[self.frame, name] = v

    def defaults(self, captured: Captured, names: list[str]) -> list[Abstract]:
        """The defaults of parameters; arrays, lists and dicts live outside, and are one for all calls."""
        if self.frame.template:
            return [constant(d) for d in captured.defaults]
        return [self.default(d, n) for d, n in zip(captured.defaults, names)]

    def keyword_defaults(self, captured: Captured) -> dict[str, Abstract]:
        return {k: self.default(d, k) for k, d in captured.kwdefaults.items()}

    def default(self, d: Any, name: str) -> Abstract:
        if type(d) in (list, dict) or isinstance(d, np.ndarray):
            return self.known(d, name, Fixture(d), None, (id(d), "default"))
        return constant(d)

    def bind_call(
        self,
        node: Any,
        args: list[Abstract],
        kwargs: dict[str, Abstract],
        defaults: Any,
        kwdefaults: Any,
        name: str,
    ) -> dict[str, Abstract]:
        """Python's binding of arguments to parameters."""
        a = node.args
        positional = [p.arg for p in (*a.posonlyargs, *a.args)]
        out: dict[str, Abstract] = {}
        out.update(zip(positional[len(positional) - len(defaults) :], defaults))
        out.update(kwdefaults)
        out.update(zip(positional, args))
        if len(args) > len(positional) and not a.vararg:
            self.refuse(
                f"{name}() takes {len(positional)} positional arguments but {len(args)} were given",
                reason="Python raises TypeError here",
            )
        extra = {}
        names = {*(p.arg for p in a.args), *(p.arg for p in a.kwonlyargs)}
        for k, v in kwargs.items():
            if k in names:
                if k in positional[: len(args)]:
                    self.refuse(
                        f"{name}() got multiple values for argument '{k}'",
                        reason="Python raises TypeError here",
                    )
                out[k] = v
            elif a.kwarg:
                extra[k] = v
            else:
                self.refuse(
                    f"{name}() got an unexpected keyword argument '{k}'",
                    reason="Python raises TypeError here",
                )
        if a.vararg:
            out[a.vararg.arg] = Tup(tuple(args[len(positional) :]))
        if a.kwarg:
            out[a.kwarg.arg] = self.new_ref("dict", extra)
        missing = [p for p in (*positional, *(p.arg for p in a.kwonlyargs)) if p not in out]
        if missing:
            self.refuse(
                f"{name}() is missing the argument '{missing[0]}'", reason="Python raises TypeError here"
            )
        return out

    def run_body(self, node: Any) -> Abstract:
        """Lower the body of the current frame's function; its return value."""
        frame = self.frame
        if isinstance(node, ast.Lambda):
            return self.eval(node.body)
        if is_generator(node):
            self.refuse(
                f"'{node.name}' is a generator or a coroutine, which cannot be differentiated",
                node,
                hint="append to a list and return it",
            )
        outer_live = self.store[LIVE]
        self.store[LIVE], self.store[frame, RETURNED] = TRUE, FALSE
        self.block(node.body)
        if self.store is None:
            return UNDEF
        live = self.store[LIVE]
        if live is TRUE:
            self.store[frame, "return"] = NONE
        elif live is not FALSE:

            def falls_off() -> None:
                self.store[frame, "return"] = NONE

            self.under(live, falls_off)
        self.store[LIVE] = outer_live
        return self.store.get((frame, "return"), NONE)

    def pop_frame(self) -> None:
        frame = self.frames.pop()
        if self.store is None:
            return
        for name in (RETURNED, "return") if frame.captured else (*frame.locals, *FLAGS):
            self.store.pop((frame, name), None)

    def inline(self, node: Any, frame: Frame, given: dict[str, Abstract]) -> Abstract:
        """Lower a call by lowering the callee's body here."""
        if len(self.calls) > 60:
            self.refuse(
                "the call nests too deep to be inlined",
                hint="recursion must go through one function that calls itself by name",
            )
        name = self.frame.name if self.frames else ""
        self.calls.append((self.spans[-1] if self.spans else None, name, frame.template))
        self.frames.append(frame)
        depth, self.depth = self.depth, 0
        span, spans = self.builder.span, self.spans
        if frame.template:
            self.spans = [self.spans[-1]] if self.spans else []
        for name, v in given.items():
            self.store[frame, name] = v
        try:
            out = self.run_body(node)
        finally:
            self.depth = depth
            self.calls.pop()
            self.builder.span, self.spans = span, spans
            self.pop_frame()
        if self.store is None:
            raise Stop
        return out

    def eval_Call(self, node: ast.Call) -> Abstract:
        f = self.eval(node.func)
        args: list[Abstract] = []
        for a in node.args:
            if isinstance(a, ast.Starred):
                items = self.known_items(self.eval(a.value))
                if items is None:
                    self.refuse(
                        "a sequence whose length shows only at run time cannot be passed with *",
                        a,
                        hint="pass the sequence itself",
                    )
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
                self.refuse("only a dict can be passed with **", node, hint="pass the keywords one by one")
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
            self.refuse(f.reason, hint="call it in the branch that chooses it")
        if isinstance(f, Value) and f.type == UNDEFINED:
            return UNDEF
        self.refuse(
            f"a {self.kind_of(f)} is called",
            hint="a function that is chosen at run time must be called in the branch that chooses it",
        )

    def call_closure(self, f: Closure, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        given = self.bind_call(f.node, args, kwargs, f.defaults, f.kwdefaults, f.name)
        local, nonlocals, global_names, _ = scope_of(f.node)

        def frame() -> Frame:
            fr = Frame(f.node, local | nonlocals, f.frame, f.frame.globals, f.frame.closure, f.frame.file)
            fr.nonlocals, fr.declared_global, fr.template, fr.name = (
                set(nonlocals),
                set(global_names),
                f.frame.template,
                f.name,
            )
            return fr

        return self.call_function(f.node, (f.node, f.frame), frame, given, f.name)

    def call_object(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """Call an object that is known when compiling."""
        intrinsic = self.intrinsic(obj, args)
        if intrinsic is not None:
            return intrinsic
        if id(obj) in registry.STATIC:
            values = [self.static(a) for a in args]
            keywords = {k: self.static(v) for k, v in kwargs.items()}
            return constant_tree(registry.STATIC[id(obj)](*values, **keywords))
        if id(obj) in QUESTIONS:
            return constant_tree(QUESTIONS[id(obj)](self.value(args[0]).type))
        if obj is kept:
            return self.keep(args[0])
        lowering = getattr(obj, "__sourcead_call__", None) or registry.lowering_of(obj)
        if lowering is not None:
            return lowering(self, args, kwargs)
        special = self.special_call(obj, args, kwargs)
        if special is not MISSING:
            return special
        if obj is np.where and len(args) == 1 and not kwargs:
            obj = np.nonzero  # the places where it is true
        composed = self.composed_call(obj, args, kwargs)
        if composed is not MISSING:
            return composed
        p = registry.find(obj)
        if p is not None:
            return self.call_primitive(p, args, kwargs)
        forwarded = registry.forwarded(obj)
        if forwarded is not None:
            to, more, keywords = forwarded
            own = {k: constant(v) for k, v in keywords.items()}
            return self.call_object(to, [*args, *map(constant, more)], {**kwargs, **own})
        stand_in = registry.stand_in(obj)
        if stand_in is not None:
            return self.call(Static(stand_in), [Static(obj), *args], kwargs)
        if isinstance(obj, types.MethodType) and isinstance(obj.__func__, types.FunctionType):
            return self.call(Static(obj.__func__), [constant(obj.__self__), *args], kwargs)
        if isinstance(obj, type):
            return self.instantiate(obj, args, kwargs)
        try:
            return self.call_python(obj, args, kwargs)
        except registry.TypeRefusal as e:
            if self.frame.template:
                raise
            self.refuse(f"this use of {obj.__qualname__} is not covered", reason=str(e))

    def keep(self, a: Abstract) -> Abstract:
        """The same, with its arrays frozen."""
        into = self.new_ref("instance", {}).obj
        for ref in list(self.references(a)):
            self.freeze(ref, into)
        return a

    def call_python(
        self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract], template: bool = False
    ) -> Abstract:
        """A Python function of the user's (or of a rule): inlined."""
        module = getattr(obj, "__module__", "") or ""
        if not callable(obj) or module.split(".")[0] in LIBRARIES:
            self.no_rule(obj)
        try:
            captured = captured_rule(obj) if template and module.startswith("sourcead.") else capture(obj)
        except errors.Unsupported as error:
            self.no_rule(obj, error)
        if not template and of_library(captured.fn):
            self.no_rule(obj)
        if captured.bound or captured.bound_kw:
            args = [*map(constant, captured.bound), *args]
            kwargs = {**{k: constant(v) for k, v in captured.bound_kw.items()}, **kwargs}
        template = template or module.startswith("sourcead.rules") or self.frame.template
        a = captured.node.args
        plain = template and captured.is_plain and len(args) == len(a.args)
        if plain and kwargs.keys() == {p.arg for p in a.kwonlyargs}:
            given = {**dict(zip([p.arg for p in a.args], args)), **kwargs}  # a rule's, as it asks for them
        else:
            given = self.bind_call(
                captured.node,
                args,
                kwargs,
                self.defaults(
                    captured, [p.arg for p in (*a.posonlyargs, *a.args)][-len(captured.defaults) :]
                ),
                self.keyword_defaults(captured),
                captured.name,
            )
        local, nonlocals, global_names, size = scope_of(captured.node)

        def frame() -> Frame:
            fr = Frame(
                captured.node, local | nonlocals, None, captured.globals, captured.closure, captured.file
            )
            fr.nonlocals, fr.declared_global, fr.template, fr.name = (
                set(nonlocals),
                set(global_names),
                template,
                captured.name,
            )
            fr.named = template and module.startswith("sourcead.callbacks")
            return fr

        if template:
            return self.inline(captured.node, frame(), given)
        if size > LARGE and not calls_itself(captured.node):
            kept, ops = dict(self.store), len(self.builder.region.ops)
            try:
                return self.call_out_of_line(captured.node, frame, given, captured.name, None)
            except errors.Unsupported:
                self.store = kept
                del self.builder.region.ops[ops:]
        return self.call_function(captured.node, (captured.node, None), frame, given, captured.name)

    def call_function(
        self, node: Any, key: tuple[Any, Any], frame: Any, given: dict[str, Abstract], name: str
    ) -> Abstract:
        """Inline a call; where the function turns out to call itself, through others too, begin again with
        it as a function of its own.  `key` is its syntax and the frame that it sees: a closure that is made
        anew at each call is another function each time."""
        if key in self.own or (isinstance(node, ast.FunctionDef) and calls_itself(node)):
            return self.call_out_of_line(node, frame, given, name, key[1])
        if self.inlining.count(key) >= AGAIN:
            raise Recursive(key)
        kept, ops = dict(self.store), len(self.builder.region.ops)
        self.inlining.append(key)
        try:
            return self.inline(node, frame(), given)
        except Recursive as r:
            if r.key != key or self.inlining.count(key) > 1:
                raise
            self.own.add(key)
            self.store = kept
            del self.builder.region.ops[ops:]
        finally:
            self.inlining.pop()
        return self.call_out_of_line(node, frame, given, name, key[1])

    def no_rule(self, obj: Any, error: errors.Unsupported | None = None) -> Any:
        name = public_name(obj)
        short = (
            name.replace("numpy.", "np.", 1) if name.startswith("numpy.") else name.removeprefix("builtins.")
        )
        library = "only functions of your own are looked into, and the book of rules does not have it"
        self.refuse(
            f"there is no rule for {short}",
            reason=f"{error.message}: {error.reason}" if error is not None and error.reason else library,
            hint="`sourcead rules` lists what there is; where it works element by element, give it a rule:\n"
            f"{rule_to_write(obj)}\n(docs/rules.md has the other forms; custom_jvp and custom_vjp are for a"
            " function of your own that calls it)",
        )
