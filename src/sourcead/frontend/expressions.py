"""Expressions: AST node -> abstract value, ops appended on the way."""

from __future__ import annotations

import ast
import builtins
import operator
from typing import Any

import numpy as np

from ..ir.core import FALSE, TRUE, Constant, Region, Value
from ..ir.types import Array, List, Opaque, Scalar, dtype_kind
from ..rules.registry import BOOK, METHODS
from .base import Base, Free
from .trees import children_of, leaf_type
from .values import (
    NONE,
    Abstract,
    Bound,
    Closure,
    Conflict,
    Growing,
    Iter,
    LocalClass,
    Obj,
    RangeVal,
    Ref,
    SliceVal,
    Static,
    Tup,
    constant,
)

BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitAnd: "and_",
    ast.BitOr: "or_", ast.BitXor: "xor",
}  # fmt: skip
UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert", ast.Not: "not_"}
COMPARE = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne", ast.Is: "is_",
    ast.IsNot: "is_not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_EXACT = (int, bool, str, type(None), tuple, list)


class Expressions(Base):
    def eval(self, node: ast.AST) -> Abstract:
        method = getattr(self, "eval_" + type(node).__name__, None)
        if method is None:
            self.refuse(f"this {type(node).__name__.lower()} expression is not supported", node)
        self.spans.append(self.span_of(node))
        try:
            return method(node)
        finally:
            self.spans.pop()

    def eval_Constant(self, node: ast.Constant) -> Abstract:
        return constant(node.value)

    # -- names -----------------------------------------------------------------------------------------
    def eval_Name(self, node: ast.Name) -> Abstract:
        return self.lookup(node.id, node)

    def lookup(self, name: str, node: ast.AST | None = None) -> Abstract:
        frame: Any = self.frame
        if name in frame.declared_global:
            return self.free(name, node)
        first = True
        while frame is not None:
            if name in frame.locals and not (first and name in frame.nonlocals):
                key = (frame, name)
                if key in self.store:  # type: ignore[operator]
                    a = self.store[key]  # type: ignore[index]
                    if isinstance(a, Conflict):
                        self.refuse(f"'{name}': {a.reason}", node)
                    return a
                return self.unbound(name, node)
            first = False
            if frame.parent is None:
                break
            frame = frame.parent
        return self.free(name, node, frame)

    def unbound(self, name: str, node: ast.AST | None) -> Abstract:
        """A local name that no path has bound here."""
        if self.frame.loops:  # bound later in the loop's body: the next attempt knows its type
            from ..ir.core import Undef

            return Undef()
        self.refuse(f"'{name}' is used before it is assigned", node)

    def free(self, name: str, node: ast.AST | None, frame: Any = None) -> Abstract:
        """A global, closure or built-in name: live numbers and arrays become trailing parameters."""
        frame = frame or self.frame
        if name in frame.closure:
            home: Any = frame.closure[name]
            try:
                obj = home.cell_contents
            except ValueError:
                self.refuse(f"'{name}' is not bound yet", node)
            return self.known(obj, name, home, None)
        if name in frame.globals:
            return self.known(frame.globals[name], name, frame.globals, name)
        if hasattr(builtins, name):
            return constant(getattr(builtins, name))
        self.refuse(f"name '{name}' is not defined", node)

    def known(self, obj: Any, name: str, home: Any, key: Any) -> Abstract:
        """An object that exists now, at a place that is read live at each call."""
        if self.frame.template:
            return constant(obj)
        slot = (id(home), key)
        if slot in self.frees:
            f = self.frees[slot]
            return self.store.get(slot, Static(f.seen)) if f.value is None else self.store_free(slot, f)  # type: ignore[union-attr]
        t = leaf_type(obj)
        if t is not None:
            v = Value(t, name)
            self.frees[slot] = Free(name, home, key, v, obj)
            return self.store_free(slot, self.frees[slot])
        self.frees[slot] = Free(name, home, key, None, obj)
        parts = children_of(obj)
        if parts is not None and parts[0] in ("tuple", "list", "dict", "namedtuple") and not isinstance(obj, type):
            if parts[0] in ("tuple", "namedtuple") and all(leaf_type(c) is None and children_of(c) is None for c in parts[3]):
                return constant(obj)
            return self.known_container(obj, name, parts)
        return constant(obj)

    def store_free(self, slot: Any, f: Free) -> Abstract:
        if isinstance(f.value.type, Array):  # type: ignore[union-attr]
            if slot not in self.root_objects:
                self.root_objects[slot] = Obj("array", f.name)
            obj = self.root_objects[slot]
            self.store.setdefault(obj, f.value)  # type: ignore[union-attr]
            return Ref(obj)
        return f.value

    root_objects: dict[Any, Obj]

    def known_container(self, obj: Any, name: str, parts: Any) -> Abstract:
        kind, cls, keys, children = parts
        items = []
        for n, c in enumerate(children):
            k = keys[n] if kind == "dict" else n
            if leaf_type(c) is not None:
                items.append(self.known(c, f"{name}_{k}", obj if kind == "dict" else _Item(obj, n), k if kind == "dict" else None))
            else:
                sub = children_of(c)
                items.append(constant(c) if sub is None else self.known_container(c, f"{name}_{k}", sub))
        if kind == "dict":
            return self.new_ref("dict", dict(zip(keys, items)), name)
        if kind == "list":
            return self.new_ref("list", tuple(items), name)
        return Tup(tuple(items), cls if kind == "namedtuple" else None)

    # -- containers ------------------------------------------------------------------------------------
    def elements(self, nodes: list[ast.expr]) -> list[Abstract]:
        out: list[Abstract] = []
        for n in nodes:
            if isinstance(n, ast.Starred):
                items = self.items_of(self.eval(n.value))
                if items is None:
                    self.refuse("a sequence whose length shows only at run time cannot be unpacked here", n)
                out.extend(items)
            else:
                out.append(self.eval(n))
        return out

    def eval_Tuple(self, node: ast.Tuple) -> Abstract:
        return Tup(tuple(self.elements(node.elts)))

    def eval_List(self, node: ast.List) -> Abstract:
        return self.new_ref("list", tuple(self.elements(node.elts)))

    def eval_Set(self, node: ast.Set) -> Abstract:
        items = [self.static(e) for e in self.elements(node.elts)]
        if any(i is NotImplemented for i in items):
            self.refuse("a set of values that show only at run time is not supported", node)
        return Static(frozenset(items))

    def eval_Dict(self, node: ast.Dict) -> Abstract:
        out: dict[Any, Abstract] = {}
        for k, v in zip(node.keys, node.values):
            if k is None:
                spread = self.eval(v)
                if not (isinstance(spread, Ref) and spread.kind == "dict"):
                    self.refuse("only a dict can be unpacked into a dict", v)
                out.update(self.state(spread))
                continue
            key = self.static(self.eval(k))
            if key is NotImplemented:
                self.refuse("a dict key must be known when compiling", k)
            out[key] = self.eval(v)
        return self.new_ref("dict", out)

    def eval_Slice(self, node: ast.Slice) -> Abstract:
        return SliceVal(*(None if e is None else self.eval(e) for e in (node.lower, node.upper, node.step)))

    def eval_Lambda(self, node: ast.Lambda) -> Abstract:
        return self.make_closure(node, "<lambda>")

    def make_closure(self, node: Any, name: str) -> Closure:
        a = node.args
        defaults = tuple(self.eval(d) for d in a.defaults)
        kwdefaults = {k.arg: self.eval(d) for k, d in zip(a.kwonlyargs, a.kw_defaults) if d is not None}
        self.frame.captured = True
        obj = self.new_ref("function", {}, name).obj
        return Closure(node, self.frame, defaults, kwdefaults, obj, name)

    # -- operators -------------------------------------------------------------------------------------
    def eval_BinOp(self, node: ast.BinOp) -> Abstract:
        return self.binary(BINARY[type(node.op)], self.eval(node.left), self.eval(node.right))

    def binary(self, op: str, a: Abstract, b: Abstract) -> Abstract:
        x, y = self.static(a), self.static(b)
        if type(x) in _EXACT and type(y) in _EXACT and not (isinstance(a, Ref) or isinstance(b, Ref)):
            try:
                return constant_or_tuple(getattr(operator, op)(x, y))
            except ZeroDivisionError:
                pass
            except TypeError as e:
                self.refuse(str(e))
        if isinstance(x, str) and op == "mod":
            return self.value_of_text([a, b])
        if isinstance(a, Tup) and isinstance(b, Tup) and op == "add":
            return Tup(a.items + b.items)
        if op == "mul" and isinstance(a, Tup) and isinstance(y, int):
            return Tup(a.items * y)
        if op == "mul" and isinstance(b, Tup) and isinstance(x, int):
            return Tup(b.items * x)
        lists = [isinstance(v, Ref) and v.kind == "list" for v in (a, b)]
        if any(lists) and not any(isinstance(self.type_of(v), Array) for v in (a, b)):
            return self.list_arithmetic(op, a, b)
        special = self.dunder(op, a, b)
        if special is not None:
            return special
        return self.prim(f"operator.{op}", [self.operand(a), self.operand(b)])

    def operand(self, a: Abstract) -> Value:
        """An operand of arithmetic: a list beside an array is an array."""
        if isinstance(a, Ref) and a.kind == "list":
            return self.value(self.array_of(a))
        return self.value(a)

    def list_arithmetic(self, op: str, a: Abstract, b: Abstract) -> Abstract:
        if op == "add" and all(isinstance(v, Ref) and v.kind == "list" for v in (a, b)):
            s, t = self.state(a), self.state(b)
            if not isinstance(s, Growing) and not isinstance(t, Growing):
                return self.new_ref("list", tuple(s) + tuple(t))
        if op == "mul":
            ref, n = (a, b) if isinstance(a, Ref) else (b, a)
            times = self.static(n)
            state = self.state(ref)
            if not isinstance(state, Growing) and isinstance(times, int):
                return self.new_ref("list", tuple(state) * times)
            if not isinstance(state, Growing) and all(isinstance(i, Value) for i in state):
                v = self.grow(ref.obj)
                return self.wrap(self.builder.one("operator.mul", [v, self.value(n)], v.type))
        self.refuse(
            f"'{op}' of lists is supported only where their lengths are known when compiling",
            hint="build the list with append in a loop, or use arrays",
        )

    def dunder(self, op: str, a: Abstract, b: Abstract | None = None) -> Abstract | None:
        """An operator that a class of the user's defines."""
        name = {"truediv": "truediv", "and_": "and", "or_": "or"}.get(op, op)
        for owner, other, method in ((a, b, f"__{name}__"), (b, a, f"__r{name}__")):
            if isinstance(owner, Ref) and owner.kind == "instance":
                found = self.class_attribute(owner.obj.cls, method)
                if found is not None:
                    return self.call(Bound(owner, found), [] if other is None else [other], {})
        return None

    def eval_UnaryOp(self, node: ast.UnaryOp) -> Abstract:
        a = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            return self.negate(self.truth(a))
        x = self.static(a)
        if isinstance(a, Constant) and type(x) in (int, float, complex):
            return constant(getattr(operator, UNARY[type(node.op)])(x))
        special = self.dunder(UNARY[type(node.op)], a)
        if special is not None:
            return special
        return self.prim(f"operator.{UNARY[type(node.op)]}", [self.value(a)])

    def negate(self, c: Value) -> Value:
        if isinstance(c, Constant):
            return FALSE if c.value else TRUE
        return self.value(self.prim("operator.not_", [c]))

    def truth(self, a: Abstract) -> Value:
        """A value that stands for `bool(a)` in a condition; a Constant where it is known."""
        if isinstance(a, Constant):
            return TRUE if a.value else FALSE
        if isinstance(a, Value):
            return a
        if isinstance(a, Ref):
            state = self.state(a)
            if a.kind == "array":
                return self.value(a)
            if a.kind in ("list", "dict"):
                if isinstance(state, Growing):
                    return self.builder.one("list.len", [state.value], Scalar("int64"))
                return TRUE if len(state) else FALSE
            return TRUE
        if isinstance(a, Tup):
            return TRUE if a.items else FALSE
        if isinstance(a, Static):
            return TRUE if a.value else FALSE
        if isinstance(a, Conflict):
            self.refuse(a.reason)
        return TRUE

    def eval_BoolOp(self, node: ast.BoolOp) -> Abstract:
        return self.bool_chain(isinstance(node.op, ast.And), [lambda n=n: self.eval(n) for n in node.values])

    def bool_chain(self, is_and: bool, parts: list[Any]) -> Abstract:
        a = parts[0]()
        if len(parts) == 1:
            return a
        c = self.truth(a)
        if isinstance(c, Constant):
            return self.bool_chain(is_and, parts[1:]) if bool(c.value) == is_and else a
        rest = lambda: self.bool_chain(is_and, parts[1:])  # noqa: E731
        hint = {"_bool": "and" if is_and else "or"}
        return self.branch(c, rest, lambda: a, hint) if is_and else self.branch(c, lambda: a, rest, hint)

    def eval_IfExp(self, node: ast.IfExp) -> Abstract:
        c = self.truth(self.eval(node.test))
        if isinstance(c, Constant):
            return self.eval(node.body if c.value else node.orelse)
        return self.branch(c, lambda: self.eval(node.body), lambda: self.eval(node.orelse), {"_ternary": True})

    def branch(self, c: Value, then: Any, other: Any, hint: dict[str, Any]) -> Abstract:
        """A value chosen at run time."""
        entry = self.store
        regions, stores, results = [Region(), Region()], [], []
        for r, f in zip(regions, (then, other)):
            self.store = dict(entry)  # type: ignore[arg-type]
            with self.builder.inside(r):
                results.append(f())
            stores.append(self.store)
        return self.join_branches(c, regions, entry, stores, results, hint)

    def eval_Compare(self, node: ast.Compare) -> Abstract:
        left = self.eval(node.left)

        def link(k: int, left: Abstract) -> Abstract:
            right = self.eval(node.comparators[k])
            out = self.compare(COMPARE[type(node.ops[k])], left, right, node)
            if k == len(node.ops) - 1:
                return out
            c = self.truth(out)
            if isinstance(c, Constant):
                return link(k + 1, right) if c.value else FALSE
            return self.branch(c, lambda: link(k + 1, right), lambda: c, {"_bool": "and"})

        return link(0, left)

    def compare(self, op: str, a: Abstract, b: Abstract, node: ast.AST | None = None) -> Abstract:
        if op in ("in", "not in"):
            return self.contains(a, b, op == "not in", node)
        x, y = self.static(a), self.static(b)
        if x is not NotImplemented and y is not NotImplemented and type(x) is not float and type(y) is not float:
            try:
                out = getattr(operator, op)(x, y)
            except TypeError as e:
                self.refuse(str(e), node)
            return constant(bool(out)) if isinstance(out, bool | np.bool_) else constant(out)
        if op in ("is_", "is_not"):
            same = a is b or (isinstance(a, Ref) and isinstance(b, Ref) and a.obj is b.obj and not a.path and not b.path)
            if isinstance(a, Conflict) or isinstance(b, Conflict):
                self.refuse("whether this is None shows only at run time", node)
            return constant(same == (op == "is_"))
        if isinstance(a, Static) and isinstance(a.value, str) or isinstance(b, Static) and isinstance(b.value, str):
            return constant(op == "ne")
        if isinstance(a, Tup) and isinstance(b, Tup) and op in ("eq", "ne"):
            if len(a.items) != len(b.items):
                return constant(op == "ne")
            parts = [lambda p=p, q=q: self.compare("eq", p, q, node) for p, q in zip(a.items, b.items)]
            out = self.bool_chain(True, parts) if parts else TRUE
            return out if op == "eq" else self.negate(self.truth(out))
        special = self.dunder(op, a, b)
        if special is not None:
            return special
        return self.prim(f"operator.{op}", [self.operand(a), self.operand(b)])

    def contains(self, a: Abstract, b: Abstract, negated: bool, node: ast.AST | None) -> Abstract:
        x = self.static(a)
        if isinstance(b, Ref) and b.kind == "dict" and x is not NotImplemented:
            return constant((x in self.state(b)) != negated)
        y = self.static(b)
        if x is not NotImplemented and y is not NotImplemented:
            return constant((x in y) != negated)
        items = self.items_of(b)
        if items is None:
            self.refuse("'in' needs a container whose items are known one by one", node)
        parts = [lambda i=i: self.compare("eq", a, i, node) for i in items]
        out = self.truth(self.bool_chain(False, parts)) if parts else FALSE
        return self.negate(out) if negated else out

    def eval_NamedExpr(self, node: ast.NamedExpr) -> Abstract:
        a = self.eval(node.value)
        self.assign(node.target, a)
        return a

    # -- text ------------------------------------------------------------------------------------------
    def eval_JoinedStr(self, node: ast.JoinedStr) -> Abstract:
        parts: list[Abstract] = []
        spec: list[Any] = []
        for v in node.values:
            if isinstance(v, ast.Constant):
                spec.append(v.value)
                continue
            assert isinstance(v, ast.FormattedValue)
            form = ""
            if v.format_spec is not None:
                form = self.static(self.eval(v.format_spec))
                if not isinstance(form, str):
                    self.refuse("a format that shows only at run time is not supported", node)
            spec.append((len(parts), v.conversion, form))
            parts.append(self.eval(v.value))
        statics = [self.static(p) for p in parts]
        if all(s is not NotImplemented for s in statics):
            conv = {-1: lambda x: x, 115: str, 114: repr, 97: ascii}
            return Static("".join(e if isinstance(e, str) else format(conv[e[1]](statics[e[0]]), e[2]) for e in spec))
        return self.value_of_text(parts, spec)

    def value_of_text(self, parts: list[Abstract], spec: Any = None) -> Value:
        values = [v for p in parts for v in self.text_operands(p)]
        return self.builder.one("python.format", values, Opaque("str"), {"_spec": spec, "_parts": len(parts)})

    def text_operands(self, a: Abstract) -> list[Value]:
        return [self.value(a)]

    # -- attributes ------------------------------------------------------------------------------------
    def eval_Attribute(self, node: ast.Attribute) -> Abstract:
        return self.attribute(self.eval(node.value), node.attr, node)

    def attribute(self, a: Abstract, name: str, node: ast.AST | None = None) -> Abstract:
        if isinstance(a, Closure):
            attrs = self.store.get(a.obj, {})  # type: ignore[union-attr]
            if name in attrs:
                return attrs[name]
            return Static(a.name) if name == "__name__" else self.refuse(f"function '{a.name}' has no attribute '{name}'", node)
        if isinstance(a, Ref) and a.kind == "instance":
            return self.instance_attribute(a, name, node)
        if isinstance(a, LocalClass):
            if name in a.members:
                return a.members[name]
            self.refuse(f"class '{a.name}' has no attribute '{name}'", node)
        t = self.type_of(a)
        if isinstance(a, Tup) and a.cls is not None and name in a.cls._fields:
            return a.items[a.cls._fields.index(name)]
        if isinstance(t, Array | Scalar):
            return self.array_attribute(a, t, name, node)
        if isinstance(a, Ref) or isinstance(a, Tup):
            return Bound(a, builtin=name)
        if isinstance(a, Static):
            return self.static_attribute(a.value, name, node)
        if isinstance(a, Iter) or isinstance(t, List):
            return Bound(a, builtin=name)
        self.refuse(f"a {self.kind_of(a)} has no attribute '{name}' here", node)

    def static_attribute(self, obj: Any, name: str, node: ast.AST | None) -> Abstract:
        try:
            found = getattr(obj, name)
        except AttributeError as e:
            self.refuse(str(e), node)
        if type(found) is float and getattr(obj, "__name__", "") in ("numpy", "math"):
            return constant(found, ("np" if obj.__name__ == "numpy" else "math") + "." + name)
        if type(obj).__name__ == "module" and leaf_type(found) is not None:
            return self.known(found, name, vars(obj), name)
        return constant(found)

    def array_attribute(self, a: Abstract, t: Array | Scalar, name: str, node: ast.AST | None) -> Abstract:
        if name == "ndim":
            return constant(t.ndim if isinstance(t, Array) else 0)
        if name == "dtype":
            return Static(np.dtype(t.dtype))
        if name == "shape":
            dims = range(t.ndim) if isinstance(t, Array) else ()
            return Tup(tuple(self.length(a, axis) for axis in dims))
        if name == "size":
            v = self.value(a)
            return self.builder.one("numpy.size", [v], Scalar("int64"), {"_method": True}) if isinstance(t, Array) else constant(1)
        if name == "T":
            return self.view(a, ("T",), ()) if isinstance(a, Ref) else a
        if name in ("real", "imag") and name in METHODS:
            if name == "real" and dtype_kind(t.dtype) != "c":
                return a
            return self.prim(METHODS[name], [self.value(a)], {"_method": True})
        if name == "flat":
            return self.prim("numpy.ravel", [self.value(a)])
        if name in METHODS and METHODS[name] in BOOK or name in ("fill", "sort", "item", "tolist", "copy"):
            return Bound(a, builtin=name)
        self.refuse(f"'{name}' of an array is not supported", node, hint="write it with a NumPy function that `sourcead rules` lists")

    def length(self, a: Abstract, axis: int) -> Value:
        """`x.shape[axis]`; a constant where the type knows it."""
        t = self.type_of(a)
        assert isinstance(t, Array)
        if t.shape[axis].symbol is None:
            return self.number(t.shape[axis].offset)
        v = self.value(a)
        if axis == 0:
            return self.builder.one("builtins.len", [v], Scalar("int64"))
        return self.builder.one("numpy.size", [v], Scalar("int64"), {"axis": axis, "_shape": True})


class _Item:
    """The place of an element of a container that a global or closure variable holds."""

    def __init__(self, owner: Any, n: int) -> None:
        self.owner, self.n = owner, n

    @property
    def cell_contents(self) -> Any:
        return self.owner[self.n]


def constant_or_tuple(x: Any) -> Abstract:
    return Tup(tuple(map(constant, x))) if type(x) is tuple else constant(x)


__all__ = ["Expressions", "NONE", "RangeVal"]
