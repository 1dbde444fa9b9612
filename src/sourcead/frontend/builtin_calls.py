"""Built-in functions, methods of lists, dicts, tuples and arrays, comprehensions."""

from __future__ import annotations

import ast
import builtins
import functools
import operator
from typing import Any

import numpy as np

from .. import runtime
from ..ir.core import FALSE, TRUE, Constant, Value
from ..ir.types import Array, List, Opaque, Scalar, Tuple, dtype_kind, is_complex
from ..rules import registry
from ..rules.registry import BOOK, METHODS
from .base import Base
from .merge import MISSING
from .values import NONE, UNDEF, Abstract, Bound, Closure, Frame, Growing, Iter, RangeVal, Ref, SliceVal, Static, Tup, constant

INT = Scalar("int64")
#: Built-ins that are evaluated when compiling if all their arguments are known then.
PURE = (
    len, range, min, max, sum, sorted, tuple, list, dict, set, frozenset, isinstance, issubclass, str, repr, int, float, bool, abs, round,
    divmod, pow, getattr, hasattr, callable, format, np.dtype, np.issubdtype, slice, zip, enumerate, reversed, any, all, map, type, np.iscomplexobj,
)  # fmt: skip


class BuiltinCalls(Base):
    # -- compile-time facts ----------------------------------------------------------------------------
    def intrinsic(self, obj: Any, args: list[Abstract]) -> Abstract | None:
        """The functions of `runtime` that are answered when compiling."""
        if obj is runtime.known_nonzero:
            return constant(nonzero(self.value(args[0])))
        if obj is runtime.known_positive:
            return constant(positive(self.value(args[0])))
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
            return self.wrap(self.builder.one("index_add", [x, *operands, self.value(args[2])], x.type, {"path": (pattern,)}))
        return None

    # -- built-in functions ----------------------------------------------------------------------------
    def special_call(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """Functions that are about structure rather than numbers; MISSING for the rest."""
        if not callable(obj) or getattr(obj, "__hash__", None) is None:
            return MISSING
        known = [self.static(a) for a in args]
        if not kwargs and obj in PURE and all(k is not NotImplemented for k in known) and not any(isinstance(a, Ref) for a in args):
            if not (obj in (float, abs, int, round, pow) and any(isinstance(k, float) for k in known)):
                return self.evaluate(obj, known)
        name = getattr(obj, "__name__", "")
        method = getattr(self, f"call_{name}", None)
        if method is not None and obj is getattr(builtins, name, None):
            return method(args, kwargs)
        if obj in (np.array, np.asarray) and args:
            return self.call_array(obj, args, kwargs)
        if obj is np.shape and args:
            return self.attribute(args[0] if not isinstance(args[0], Tup) else self.array_of(args[0]), "shape")
        if obj is np.ndim and args:
            return self.attribute(args[0], "ndim")
        if obj is np.iscomplexobj and args:
            return constant(is_complex(self.value(args[0]).type))
        if obj is functools.partial:
            return Static(_Partial(args[0], args[1:], kwargs))
        if isinstance(obj, _Partial):
            return self.call(obj.f, [*obj.args, *args], {**obj.kwargs, **kwargs})
        if getattr(obj, "__module__", "") == "_operator" and hasattr(operator, name):
            if len(args) == 2 and name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
                return self.binary(name, *args)
            if len(args) == 2 and name in ("lt", "le", "gt", "ge", "eq", "ne", "is_", "is_not"):
                return self.compare(name, *args)
            if name == "getitem":
                return self.item_at(*args)
        return self.structural_numpy(obj, args, kwargs)

    def evaluate(self, obj: Any, known: list[Any]) -> Abstract:
        try:
            out = obj(*known)
        except Exception as e:
            self.refuse(f"{getattr(obj, '__name__', obj)} raises {type(e).__name__} here: {e}")
        if obj in (zip, enumerate, reversed, map):
            return Tup(tuple(constant(i) if not isinstance(i, tuple) else Tup(tuple(map(constant, i))) for i in out))
        if type(out) is list:
            return self.new_ref("list", tuple(map(constant, out)))
        if type(out) is dict:
            return self.new_ref("dict", {k: constant(v) for k, v in out.items()})
        if type(out) is range:
            return RangeVal(self.number(out.start), self.number(out.stop), self.number(out.step))
        return Tup(tuple(map(constant, out))) if type(out) is tuple else constant(out)

    def structural_numpy(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        if obj is np.copyto or obj is np.fill_diagonal or obj is np.put or obj is np.place or obj is np.putmask:
            self.refuse(f"np.{obj.__name__} writes into memory and is not supported yet", hint="write it as an assignment to items")
        return MISSING

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
        self.refuse(f"len() of a {self.kind_of(a)}")

    def call_range(self, args: list[Abstract], kwargs: Any) -> Abstract:
        v = [self.value(a) for a in args]
        for x in v:
            if isinstance(x.type, Scalar) and dtype_kind(x.type.dtype) not in "iub":
                self.refuse(f"range() takes integers, not a {x.type}")
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
        items = self.items_of(args[0])
        if items is not None:
            return self.new_ref("list", tuple(items))
        return self.collect(args[0])

    def call_tuple(self, args: list[Abstract], kwargs: Any) -> Abstract:
        items = self.items_of(args[0]) if args else []
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

    def call_sum(self, args: list[Abstract], kwargs: Any) -> Abstract:
        start = args[1] if len(args) > 1 else kwargs.get("start", self.number(0))
        return self.fold(args[0], start, lambda s, v: self.binary("add", s, v))

    def call_min(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.extremum("min", "lt", args, kwargs)

    def call_max(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.extremum("max", "gt", args, kwargs)

    def extremum(self, name: str, op: str, args: list[Abstract], kwargs: Any) -> Abstract:
        if kwargs:
            self.refuse(f"{name}() with {next(iter(kwargs))}= is not supported", hint="write the loop that compares")
        if len(args) == 1:
            items = self.items_of(args[0])
            if items is None:
                t = self.type_of(args[0])
                if isinstance(t, Array) and t.ndim == 1 or isinstance(t, List):
                    pick = lambda s, v: self.value(self.prim(f"builtins.{name}", [self.value(s), self.value(v)]))  # noqa: E731
                    return self.fold(args[0], self.item(args[0], self.number(0)), pick)
                return self.refuse(f"{name}() of a {self.kind_of(args[0])} is not supported")
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
        step = lambda s, v: self.bool_chain(is_all, [lambda: s, lambda: self.branch_bool(self.truth(v))])  # noqa: E731
        return self.fold(a, constant(is_all), step)

    def branch_bool(self, c: Value) -> Abstract:
        if isinstance(c, Constant) or isinstance(c.type, Scalar) and c.type.dtype == "bool" and c.type.numpy is False:
            return c
        return self.prim("builtins.bool", [c])

    def call_isinstance(self, args: list[Abstract], kwargs: Any) -> Abstract:
        classes = self.static(args[1])
        if classes is NotImplemented:
            self.refuse("isinstance() with a class that shows only at run time")
        return constant(any(self.is_instance(args[0], c) for c in (classes if isinstance(classes, tuple) else (classes,))))

    def is_instance(self, a: Abstract, cls: type) -> bool:
        t = self.type_of(a)
        if isinstance(t, Scalar):
            if t.numpy is None:
                self.refuse("whether this is a Python or a NumPy number shows only at run time")
            kind = dtype_kind(t.dtype)
            sample = np.dtype(t.dtype).type(1) if t.numpy else {"b": True, "i": 1, "u": 1, "f": 1.0, "c": 1j}[kind]
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
            return constant(name in self.store.get(a.obj, {}))  # type: ignore[union-attr]
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
            return Static(np.dtype(t.dtype).type if t.numpy else {"b": bool, "i": int, "f": float, "c": complex}[dtype_kind(t.dtype)])
        if isinstance(a, Tup):
            return Static(a.cls or tuple)
        if isinstance(a, Ref):
            return Static({"list": list, "dict": dict}.get(a.kind, a.obj.cls))
        self.refuse("the type of this shows only at run time")

    def call_print(self, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        spec: dict[str, Any] = {}
        for k, v in kwargs.items():
            known = self.static(v)
            if k not in ("sep", "end", "flush") or known is NotImplemented:
                self.refuse(f"print({k}=) is not supported here")
            spec[k] = known
        values = [self.printable(a) for a in args]
        self.builder.emit("python.print", values, [], spec)
        return NONE

    def printable(self, a: Abstract) -> Value:
        if isinstance(a, Tup):
            items = [self.printable(i) for i in a.items]
            return self.builder.one("tuple.new", items, Tuple(tuple(i.type for i in items)))
        if isinstance(a, Ref) and a.kind in ("dict", "instance"):
            self.refuse(f"printing a {a.kind} is not supported", hint="print its items")
        return self.value(a)

    def call_str(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.value_of_text(args, [(0, -1, "")])

    def call_repr(self, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.value_of_text(args, [(0, 114, "")])

    def call_sorted(self, args: list[Abstract], kwargs: Any) -> Abstract:
        self.refuse("sorted() of values that show only at run time is not supported", hint="use np.sort")

    def call_slice(self, args: list[Abstract], kwargs: Any) -> Abstract:
        parts = [None, args[0], None] if len(args) == 1 else [*args, None][:3]
        return SliceVal(*parts)

    def call_super(self, args: list[Abstract], kwargs: Any) -> Abstract:
        self.refuse("super() is not supported", hint="call the base class's method by name")

    # -- loops over iterables --------------------------------------------------------------------------
    def fold(self, a: Abstract, start: Abstract, step: Any) -> Abstract:
        """An accumulator over the items of an iterable."""
        items = self.items_of(a)
        if items is not None:
            for i in items:
                start = step(start, i)
            return start
        node = ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col)
        key = (self.frame, f".s{id(node) if False else self.spans[-1].col}")
        self.store[key] = start  # type: ignore[index]

        def run(v: Abstract) -> None:
            self.store[key] = step(self.store[key], v)  # type: ignore[index]

        self.iterate(self.anchor(), a, [key[1]], run)
        return self.store.pop(key)  # type: ignore[union-attr]

    def anchor(self) -> ast.AST:
        """A node that stands for this place in the source, the same one whenever it is lowered."""
        key = (self.spans[-1], *map(id, self.calls))
        return self.anchors.setdefault(key, ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col))

    def collect(self, a: Abstract) -> Abstract:
        """A list of the items of an iterable."""
        ref = self.new_ref("list", ())
        self.iterate(self.anchor(), a, [], lambda v: self.append(ref, v))
        return ref

    def eval_ListComp(self, node: ast.ListComp) -> Abstract:
        ref = self.new_ref("list", ())
        hidden = self.enter_comprehension(node)
        self.comprehension(node, self.frame, lambda v: self.append(ref, v), [], hidden)
        return ref

    def eval_GeneratorExp(self, node: ast.GeneratorExp) -> Abstract:
        self.frame.captured = True
        return Iter("generator", (node,), self.frame)

    def eval_DictComp(self, node: ast.DictComp) -> Abstract:
        ref = self.new_ref("dict", {})

        def put(pair: Abstract) -> None:
            k = self.static(pair.items[0])
            if k is NotImplemented:
                self.refuse("a dict key must be known when compiling", node)
            self.store[ref.obj] = {**self.state(ref), k: pair.items[1]}  # type: ignore[index]

        both = ast.copy_location(ast.ListComp(ast.Tuple([node.key, node.value], ast.Load()), node.generators), node)
        self.comprehension(both, self.frame, put, [], self.enter_comprehension(node))
        return ref

    def enter_comprehension(self, node: Any) -> list[str]:
        from .loops import assigned_names

        return assigned_names([g.target for g in node.generators])  # type: ignore[misc]

    def comprehension(self, node: Any, frame: Frame | None, run: Any, names: list[str], hidden: list[str] | None = None) -> None:
        """The loops of a comprehension; its names live in a frame of their own."""
        assert frame is not None
        targets = self.enter_comprehension(node) if hidden is None else hidden
        inner = Frame(node, frozenset(targets), frame, frame.globals, frame.closure, frame.file)
        inner.nonlocals = set()
        inner.template, inner.name, inner.loops, inner.captured = frame.template, frame.name, frame.loops, False
        here = self.frame

        def level(k: int) -> None:
            if k == len(node.generators):
                v = self.eval(node.elt)
                self.frames.append(here)
                try:
                    run(v)
                finally:
                    self.frames.pop()
                return
            g = node.generators[k]

            def each(item: Abstract) -> None:
                self.assign(g.target, item)

                def conditions(j: int) -> None:
                    if j == len(g.ifs):
                        level(k + 1)
                    else:
                        self.under(self.truth(self.eval(g.ifs[j])), lambda: conditions(j + 1))

                conditions(0)

            self.iterate(g, self.eval(g.iter), [], each)

        self.frames.append(inner)
        try:
            level(0)
        finally:
            self.frames.pop()
            if self.store is not None:
                for k in [k for k in self.store if isinstance(k, tuple) and k[0] is inner]:
                    del self.store[k]

    # -- methods ---------------------------------------------------------------------------------------
    def append(self, ref: Ref, value: Abstract) -> None:
        self.check_write(ref.obj, ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col))
        state = self.state(ref)
        if isinstance(state, Growing):
            v = self.value(value)
            t = state.value.type
            if isinstance(t, List) and t.elem is None:
                t = List(v.type)
            self.freeze(value)
            self.store[ref.obj] = Growing(self.builder.one("list.append", [state.value, v], t, None, ref.obj.name))  # type: ignore[index]
        else:
            self.store[ref.obj] = (*state, value)  # type: ignore[index]

    def call_method(self, f: Bound, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        owner, name = f.owner, f.builtin
        if isinstance(owner, Ref) and owner.kind in ("list", "dict"):
            method = getattr(self, f"{owner.kind}_{name}", None)
            if method is not None:
                return method(owner, args, kwargs)
            self.refuse(f"the method '{name}' of a {owner.kind} is not supported")
        if isinstance(owner, Tup):
            if name in ("index", "count", "_replace", "_asdict"):
                return self.tuple_method(owner, name, args, kwargs)
            self.refuse(f"the method '{name}' of a tuple is not supported")
        t = self.type_of(owner)
        if name in ("fill", "sort") and isinstance(t, Array):
            if name == "fill":
                self.overwrite(owner, args[0], ast.Pass(lineno=self.spans[-1].line, col_offset=0))
            else:
                self.overwrite(owner, self.call_primitive(BOOK["numpy.sort"], [owner, *args], kwargs), ast.Pass(lineno=self.spans[-1].line, col_offset=0))
            return NONE
        if name == "item" and isinstance(t, Scalar) and not args:
            return self.prim("builtins.complex" if is_complex(t) else "builtins.float" if dtype_kind(t.dtype) == "f" else "builtins.int", [self.value(owner)])
        key = METHODS.get(name)
        if key is None or key not in BOOK:
            self.refuse(f"the method '{name}' of an array is not supported", hint="see `sourcead rules`")
        p = BOOK[key]
        if name in ("reshape", "transpose") and len(args) > 1:
            args = [Tup(tuple(args))]
        return self.call_primitive(p, [owner, *args], kwargs, {"_method": name})

    def tuple_method(self, owner: Tup, name: str, args: list[Abstract], kwargs: Any) -> Abstract:
        if name == "_replace":
            fields = dict(zip(owner.cls._fields, owner.items))
            return Tup(tuple({**fields, **kwargs}.values()), owner.cls)
        if name == "_asdict":
            return self.new_ref("dict", dict(zip(owner.cls._fields, owner.items)))
        known = self.static(owner)
        if known is NotImplemented:
            self.refuse(f"'{name}' of a tuple whose items show only at run time")
        return constant(getattr(known, name)(*map(self.static, args)))

    def list_append(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        self.append(ref, args[0])
        return NONE

    def list_extend(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        items = self.items_of(args[0])
        if items is not None:
            for i in items:
                self.append(ref, i)
        else:
            self.iterate(self.anchor(), args[0], [], lambda v: self.append(ref, v))
        return NONE

    def list_pop(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        self.check_write(ref.obj, ast.Pass(lineno=self.spans[-1].line, col_offset=0))
        state = self.state(ref)
        k = self.static(args[0]) if args else -1
        if isinstance(state, Growing):
            if k != -1:
                self.refuse("pop() from the middle of a list whose length shows only at run time is not supported", hint="pop from the end")
            t = state.value.type
            new, item = self.builder.emit("list.pop", [state.value], [t, t.elem or UNDEF.type], None, None, [ref.obj.name, None])  # type: ignore[attr-defined]
            self.store[ref.obj] = Growing(new)  # type: ignore[index]
            return self.wrap(item)
        if not isinstance(k, int) or not state:
            self.refuse("pop() here needs a list and a place that are known when compiling")
        items = list(state)
        out = items.pop(k)
        self.store[ref.obj] = tuple(items)  # type: ignore[index]
        return out

    def list_copy(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.new_ref("list", self.state(ref))

    def edit(self, ref: Ref, change: Any) -> Abstract:
        state = self.state(ref)
        if isinstance(state, Growing):
            self.refuse("this method of a list whose length shows only at run time is not supported", hint="use append and pop")
        self.check_write(ref.obj, ast.Pass(lineno=self.spans[-1].line, col_offset=0))
        items = list(state)
        change(items)
        self.store[ref.obj] = tuple(items)  # type: ignore[index]
        return NONE

    def list_insert(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.edit(ref, lambda items: items.insert(self.static(args[0]), args[1]))

    def list_reverse(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.edit(ref, lambda items: items.reverse())

    def list_clear(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.edit(ref, lambda items: items.clear())

    def dict_keys(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return Tup(tuple(constant(k) for k in self.state(ref)))

    def dict_values(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return Tup(tuple(self.state(ref).values()))

    def dict_items(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return Tup(tuple(Tup((constant(k), v)) for k, v in self.state(ref).items()))

    def dict_get(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.state(ref).get(self.static(args[0]), args[1] if len(args) > 1 else NONE)

    def dict_pop(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        state = dict(self.state(ref))
        key = self.static(args[0])
        if key not in state:
            if len(args) > 1:
                return args[1]
            self.refuse(f"the dict has no key {key!r}")
        out = state.pop(key)
        self.store[ref.obj] = state  # type: ignore[index]
        return out

    def dict_copy(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.new_ref("dict", dict(self.state(ref)))

    def dict_update(self, ref: Ref, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        new = self.state(self.call_dict(args, kwargs))
        self.store[ref.obj] = {**self.state(ref), **new}  # type: ignore[index]
        return NONE

    def dict_setdefault(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        key = self.static(args[0])
        state = self.state(ref)
        if key not in state:
            self.store[ref.obj] = {**state, key: args[1] if len(args) > 1 else NONE}  # type: ignore[index]
        return self.state(ref)[key]

    # -- arrays from structures ------------------------------------------------------------------------
    def call_array(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        dtype = kwargs.get("dtype", args[1] if len(args) > 1 else NONE)
        if isinstance(args[0], Tup) or isinstance(args[0], Ref) and args[0].kind == "list":
            return self.array_of(args[0], self.static(dtype))
        return MISSING

    def array_of(self, a: Abstract, dtype: Any = None) -> Abstract:
        """`np.array` of nested lists and tuples."""
        leaves: list[Value] = []
        if isinstance(a, Ref) and isinstance(self.state(a), Growing):
            return self.prim("numpy.array", [self.value(a)], {} if dtype is None else {"dtype": dtype})

        def tree(x: Abstract) -> Any:
            items = self.items_of(x) if isinstance(x, Tup) or isinstance(x, Ref) and x.kind == "list" else None
            if items is None:
                leaves.append(self.value(x))
                return len(leaves) - 1
            made = [tree(i) for i in items]
            return tuple(made) if isinstance(x, Tup) else made

        t = tree(a)
        return self.prim("numpy.array", leaves, {"_tree": t, "_variadic": len(leaves), **({} if dtype is None else {"dtype": dtype})})


class _Partial:
    """functools.partial made inside the function."""

    def __init__(self, f: Abstract, args: list[Abstract], kwargs: dict[str, Abstract]) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs

    def __call__(self) -> None: ...


def nonzero(v: Value) -> bool:
    """Whether a value is known not to be zero anywhere."""
    if isinstance(v, Constant):
        return isinstance(v.value, int | float | complex) and v.value != 0
    op = v.op
    if op is None:
        return False
    if op.kind in ("operator.neg", "numpy.negative"):
        return nonzero(op.inputs[0])
    if op.kind in ("operator.mul", "operator.truediv") and all(isinstance(i.type, Scalar) and nonzero(i) for i in op.inputs):
        return True
    return positive(v)


def positive(v: Value) -> bool:
    """Whether a value is known to be greater than zero everywhere (rounding to zero aside)."""
    if isinstance(v, Constant):
        return isinstance(v.value, int | float) and v.value > 0
    op = v.op
    if op is None:
        return False
    k = op.kind.rsplit(".", 1)[-1]
    if k in ("exp", "cosh", "exp2"):
        return not is_complex(v.type)
    if k in ("sum", "mean", "max", "min", "sqrt", "float", "getitem"):
        return positive(op.inputs[0])
    if k == "add":
        a, b = op.inputs
        return positive(a) and nonnegative(b) or nonnegative(a) and positive(b)
    if k in ("mul", "multiply", "truediv", "divide"):
        return all(map(positive, op.inputs))
    return False


def nonnegative(v: Value) -> bool:
    op = v.op
    if positive(v):
        return True
    if isinstance(v, Constant):
        return isinstance(v.value, int | float) and v.value >= 0
    if op is None or is_complex(v.type):
        return False
    k = op.kind.rsplit(".", 1)[-1]
    if k in ("mul", "multiply") and op.inputs[0] is op.inputs[1] or k in ("square", "absolute", "abs", "sqrt", "len"):
        return True
    if k in ("pow", "power") and isinstance(op.inputs[1], Constant):
        return op.inputs[1].value in (2, 4, 6)
    if k in ("add", "mul", "sum", "mean", "log1p"):
        return all(map(nonnegative, op.inputs[:2]))
    return False


__all__ = ["BuiltinCalls", "Opaque", "TRUE", "registry"]
