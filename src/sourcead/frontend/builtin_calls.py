"""Built-in functions: those about structure, which no rule has, and facts that are known when compiling."""

from __future__ import annotations

import ast
import builtins
import functools
import operator
from typing import Any

import numpy as np

from .. import runtime
from ..ir.core import FALSE, Constant, Value
from ..ir.types import Array, List, Scalar, Tuple, dtype_kind, is_complex
from .base import Base
from .shapes import MISSING
from .signs import nonzero, positive, zero
from .values import INT, NONE, Abstract, Closure, Iter, RangeVal, Ref, SliceVal, Static, Super, Tup, constant

#: Built-ins that are evaluated when compiling if all their arguments are known then.
PURE = (
    len, range, min, max, sum, sorted, tuple, list, dict, set, frozenset, isinstance, issubclass, str, repr,
    int, float, bool, abs, round, divmod, pow, getattr, hasattr, callable, format, np.dtype, np.issubdtype,
    slice, zip, enumerate, reversed, any, all, map, type, np.iscomplexobj,
)  # fmt: skip


class BuiltinCalls(Base):
    def intrinsic(self, obj: Any, args: list[Abstract]) -> Abstract | None:
        """The functions of `runtime` that are answered when compiling."""
        if obj is runtime.known_nonzero:
            return constant(nonzero(self.value(args[0])))
        if obj is runtime.known_positive:
            return constant(positive(self.value(args[0])))
        if obj is runtime.known_zero:
            return constant(zero(self.value(args[0])))
        if obj is runtime.static_value:
            v = args[0]
            return constant(v.value) if isinstance(v, Constant) and isinstance(v.value, int | float) else NONE
        if obj is runtime.is_python:
            t = self.type_of(args[0])
            return constant(isinstance(t, Scalar) and t.numpy is False)
        if obj is runtime.zeros_like:
            v = self.value(args[0])
            return self.wrap(self.builder.one("zeros_like", [v], v.type))
        if obj is runtime.index_add:
            x = self.value(args[0])
            pattern, operands = self.pattern(args[1])
            return self.wrap(
                self.builder.one(
                    "index_add", [x, *operands, self.value(args[2])], x.type, {"path": (pattern,)}
                )
            )
        return None

    def special_call(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """Functions that are about structure rather than numbers; MISSING for the rest."""
        try:
            hash(obj)
        except TypeError:
            return MISSING
        known = [self.static(a) for a in args]
        if (
            not kwargs
            and obj in PURE
            and all(k is not NotImplemented for k in known)
            and not any(isinstance(a, Ref) for a in args)
        ) and not (obj in (float, abs, int, round, pow) and any(isinstance(k, float) for k in known)):
            return self.evaluate(obj, known)
        name = getattr(obj, "__name__", "")
        method = getattr(self, f"call_{name}", None)
        if method is not None and obj is getattr(builtins, name, None):
            return method(args, kwargs)
        if obj in (np.array, np.asarray) and args:
            return self.call_array(obj, args, kwargs)
        if obj is np.shape and args:
            return self.attribute(
                args[0] if not isinstance(args[0], Tup) else self.array_of(args[0]), "shape"
            )
        if obj is np.ndim and args:
            return self.attribute(args[0], "ndim")
        if obj is np.iscomplexobj and args:
            return constant(is_complex(self.value(args[0]).type))
        if obj is functools.partial:
            return Static(_Partial(args[0], args[1:], kwargs))
        if obj is functools.reduce:
            return self.reduce(*args, **kwargs)
        if obj in (operator.itemgetter, operator.attrgetter) and NotImplemented not in known:
            return Static(obj(*known))
        if type(obj) in (operator.itemgetter, operator.attrgetter):
            return self.getter(obj, args[0])
        if isinstance(obj, _Partial):
            return self.call(obj.f, [*obj.args, *args], {**obj.kwargs, **kwargs})
        if getattr(obj, "__module__", "") == "_operator" and hasattr(operator, name):
            if len(args) == 2 and name in (
                "add",
                "sub",
                "mul",
                "truediv",
                "floordiv",
                "mod",
                "pow",
                "matmul",
            ):
                return self.binary(name, *args)
            if len(args) == 2 and name in ("lt", "le", "gt", "ge", "eq", "ne", "is_", "is_not"):
                return self.compare(name, *args)
            if name == "getitem":
                return self.item_at(*args)
        return self.in_place_call(obj, args, kwargs)

    def reduce(self, f: Abstract, a: Abstract, initial: Abstract = None) -> Abstract:
        """`functools.reduce`."""
        if initial is None:
            if self.items_of(a) is None:
                a = self.collect(a)
            items = self.items_of(a)
            if not items:
                self.refuse(
                    "reduce() without an initial value over what may be empty", hint="give the initial value"
                )
            initial, a = items[0], Tup(tuple(items[1:]))
        return self.fold(a, initial, lambda s, v: self.call(f, [s, v], {}))

    def getter(self, obj: Any, a: Abstract) -> Abstract:
        """A call of `operator.itemgetter(...)` or `operator.attrgetter(...)`."""
        found = []
        for what in obj.__reduce__()[1]:
            if isinstance(obj, operator.itemgetter):
                found.append(self.item_at(a, constant(what)))
                continue
            one = a
            for name in what.split("."):
                one = self.attribute(one, name)
            found.append(one)
        return found[0] if len(found) == 1 else Tup(tuple(found))

    def evaluate(self, obj: Any, known: list[Any]) -> Abstract:
        try:
            out = obj(*known)
        except Exception as e:
            self.refuse(
                f"{getattr(obj, '__name__', obj)} raises {type(e).__name__} here: {e}",
                reason="its arguments are known when compiling, and the same at each call",
            )
        if obj in (zip, enumerate, reversed, map):
            return Tup(
                tuple(constant(i) if not isinstance(i, tuple) else Tup(tuple(map(constant, i))) for i in out)
            )
        if type(out) is list:
            return self.new_ref("list", tuple(map(constant, out)))
        if type(out) is dict:
            return self.new_ref("dict", {k: constant(v) for k, v in out.items()})
        if type(out) is range:
            return RangeVal(self.number(out.start), self.number(out.stop), self.number(out.step))
        return Tup(tuple(map(constant, out))) if type(out) is tuple else constant(out)

    def call_len(self, args: list[Abstract], kwargs: Any) -> Abstract:
        a = args[0]
        items = self.items_of(a)
        if items is not None:
            return self.number(len(items))
        if isinstance(a, RangeVal):
            return self.builder.one("python.range_length", [a.start, a.stop, a.step], INT)
        t = self.type_of(a)
        if isinstance(t, Array) and t.ndim:
            return self.length(a, 0)
        if isinstance(t, List):
            return self.builder.one("list.len", [self.value(a)], INT)
        if isinstance(a, Ref) and a.kind == "instance":
            return self.call(self.attribute(a, "__len__"), [], {})
        if isinstance(a, Value) and isinstance(a.type, Tuple):
            return self.number(len(a.type.items))
        self.refuse(f"len() of a {self.kind_of(a)}", reason="Python raises TypeError here")

    def call_range(self, args: list[Abstract], kwargs: Any) -> Abstract:
        v = [self.value(a) for a in args]
        for x in v:
            if isinstance(x.type, Scalar) and dtype_kind(x.type.dtype) not in "iub":
                self.refuse(f"range() takes integers, not a {x.type}", reason="Python raises TypeError here")
        zero, one = self.number(0), self.number(1)
        return RangeVal(*([zero, v[0], one] if len(v) == 1 else [*v, one] if len(v) == 2 else v))

    def call_enumerate(self, args: list[Abstract], kwargs: Any) -> Abstract:
        start = args[1] if len(args) > 1 else kwargs.get("start", self.number(0))
        return Iter("enumerate", (args[0], start))

    def call_zip(self, args: list[Abstract], kwargs: Any) -> Abstract:
        if kwargs and self.static(kwargs.get("strict", FALSE)):
            self.refuse("zip(strict=True) is not supported", hint="leave strict out, and assert the lengths")
        return Iter("zip", tuple(args)) if args else Tup(())

    def call_reversed(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return Iter("reversed", (args[0],))

    def call_map(self, args: list[Abstract], kwargs: Any) -> Abstract:
        if len(args) != 2:
            self.refuse("map() is supported with one iterable", hint="use a comprehension over zip")
        return Iter("map", (args[1], args[0]))

    def call_list(self, args: list[Abstract], kwargs: Any) -> Abstract:
        if not args:
            return self.new_ref("list", ())
        items = self.known_items(args[0])
        if items is not None:
            return self.new_ref("list", tuple(items))
        return self.collect(args[0])

    def call_tuple(self, args: list[Abstract], kwargs: Any) -> Abstract:
        items = self.known_items(args[0]) if args else []
        if items is None:
            self.refuse("a tuple whose length shows only at run time is not supported", hint="use a list")
        return Tup(tuple(items))

    def call_dict(self, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        out: dict[Any, Abstract] = {}
        if args:
            if isinstance(args[0], Ref) and args[0].kind == "dict":
                out.update(self.state(args[0]))
            else:
                for pair in self.items_of(args[0]) or ():
                    k, v = self.items_of(pair) or (None, None)
                    out[self.static(k)] = v
        return self.new_ref("dict", {**out, **kwargs})

    def call_min(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.extremum("min", "lt", args, kwargs)

    def call_max(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.extremum("max", "gt", args, kwargs)

    def extremum(self, name: str, op: str, args: list[Abstract], kwargs: Any) -> Abstract:
        default = kwargs.get("default")
        if "key" in kwargs or (default is not None and self.items_of(args[0]) is None):
            self.refuse(
                f"{name}() with {next(iter(kwargs))}= is not supported", hint="write the loop that compares"
            )
        if len(args) == 1:
            items = self.items_of(args[0])
            if items is None and isinstance(args[0], Iter | RangeVal):
                args = [self.collect(args[0])]
                items = self.items_of(args[0])
            if items == [] and default is not None:
                return default
            if items is None:
                t = self.type_of(args[0])
                if (isinstance(t, Array) and t.ndim == 1) or isinstance(t, List):
                    pick = lambda s, v: self.value(
                        self.prim(f"builtins.{name}", [self.value(s), self.value(v)])
                    )
                    return self.fold(args[0], self.item(args[0], self.number(0)), pick)
                return self.refuse(
                    f"{name}() of a {self.kind_of(args[0])} is not supported",
                    hint="use np.max or np.min for arrays of more axes",
                )
            args = items
        if len(args) == 1:
            return args[0]
        known = [self.static(a) for a in args]
        if all(isinstance(k, int) for k in known):
            return constant((min if name == "min" else max)(known))
        return self.prim(f"builtins.{name}", [self.value(a) for a in args])

    def call_any(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.quantifier(args[0], False)

    def call_all(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.quantifier(args[0], True)

    def quantifier(self, a: Abstract, is_all: bool) -> Abstract:
        items = self.items_of(a)
        if items is not None:
            parts = [lambda i=i: self.branch_bool(self.truth(i)) for i in items]
            return self.bool_chain(is_all, parts) if parts else constant(is_all)
        step = lambda s, v: self.bool_chain(is_all, [lambda: s, lambda: self.branch_bool(self.truth(v))])
        return self.fold(a, constant(is_all), step)

    def branch_bool(self, c: Value) -> Abstract:
        if isinstance(c, Constant) or (
            isinstance(c.type, Scalar) and c.type.dtype == "bool" and c.type.numpy is False
        ):
            return c
        return self.prim("builtins.bool", [c])

    def call_isinstance(self, args: list[Abstract], kwargs: Any) -> Abstract:
        classes = self.static(args[1])
        if classes is NotImplemented:
            self.refuse(
                "isinstance() with a class that shows only at run time", hint="name the class in the call"
            )
        return constant(
            any(self.is_instance(args[0], c) for c in (classes if isinstance(classes, tuple) else (classes,)))
        )

    def is_instance(self, a: Abstract, cls: type) -> bool:
        t = self.type_of(a)
        if isinstance(t, Scalar):
            if t.numpy is None:
                self.refuse(
                    "whether this is a Python or a NumPy number shows only at run time",
                    hint="convert it with float() before",
                )
            kind = dtype_kind(t.dtype)
            sample = (
                np.dtype(t.dtype).type(1) if t.numpy else {"b": True, "i": 1, "u": 1, "f": 1.0, "c": 1j}[kind]
            )
            return isinstance(sample, cls)
        if isinstance(t, Array):
            return issubclass(np.ndarray, cls)
        if isinstance(a, Ref):
            made = {"list": list, "dict": dict}.get(a.kind, a.obj.cls)
            return isinstance(made, type) and issubclass(made, cls)
        if isinstance(a, Tup):
            return issubclass(a.cls or tuple, cls)
        return isinstance(a, Static) and isinstance(a.value, cls)

    def call_hasattr(self, args: list[Abstract], kwargs: Any) -> Abstract:
        a, name = args[0], self.static(args[1])
        if isinstance(a, Ref) and a.kind == "instance":
            return constant(name in self.state(a) or self.class_attribute(a.obj.cls, name) is not None)
        if isinstance(a, Closure):
            return constant(name in self.store.get(a.obj, {}))
        t = self.type_of(a)
        return constant(hasattr(np.ndarray if isinstance(t, Array) else float, name))

    def call_getattr(self, args: list[Abstract], kwargs: Any) -> Abstract:
        name = self.static(args[1])
        if len(args) == 3 and not self.static(self.call_hasattr(args[:2], {})):
            return args[2]
        return self.attribute(args[0], name)

    def call_setattr(self, args: list[Abstract], kwargs: Any) -> Abstract:
        self.set_attribute(args[0], self.static(args[1]), args[2], ast.Pass())
        return NONE

    def call_type(self, args: list[Abstract], kwargs: Any) -> Abstract:
        a = args[0]
        t = self.type_of(a)
        if isinstance(t, Array):
            return Static(np.ndarray)
        if isinstance(t, Scalar) and t.numpy is not None:
            return Static(
                np.dtype(t.dtype).type
                if t.numpy
                else {"b": bool, "i": int, "f": float, "c": complex}[dtype_kind(t.dtype)]
            )
        if isinstance(a, Tup):
            return Static(a.cls or tuple)
        if isinstance(a, Ref):
            return Static({"list": list, "dict": dict}.get(a.kind, a.obj.cls))
        self.refuse(
            "the type of this shows only at run time",
            hint="decide by an argument that is known when compiling",
        )

    def call_sorted(self, args: list[Abstract], kwargs: Any) -> Abstract:
        known = self.static(args[0])
        options = {k: self.static(v) for k, v in kwargs.items()}
        if known is not NotImplemented and NotImplemented not in options.values() and "key" not in options:
            return self.new_ref("list", tuple(map(constant, sorted(known, **options))))
        self.refuse("sorted() of values that show only at run time is not supported", hint="use np.sort")

    def call_slice(self, args: list[Abstract], kwargs: Any) -> Abstract:
        parts = [None, args[0], None] if len(args) == 1 else [*args, None][:3]
        return SliceVal(*parts)

    def call_super(self, args: list[Abstract], kwargs: Any) -> Abstract:
        """`super()`: the object, with its methods looked up after the class in which the text stands."""
        if args:
            return Super(self.static(args[0]), args[1])
        frame = self.frame
        a = frame.function.args
        first = [p.arg for p in (*a.posonlyargs, *a.args)][:1]
        cell = frame.closure.get("__class__")
        if cell is None or not first:
            self.refuse(
                "super() is supported only in methods of classes outside of the function",
                hint="define the class at the top of the file",
            )
        return Super(cell.cell_contents, self.lookup(first[0]))


class _Partial:
    """functools.partial made inside the function."""

    def __init__(self, f: Abstract, args: list[Abstract], kwargs: dict[str, Abstract]) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs

    def __call__(self) -> None: ...
