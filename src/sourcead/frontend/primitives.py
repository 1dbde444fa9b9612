"""Calls of primitives: the arguments as operands and keywords known when compiling; arrays made of nested
lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ir.core import Value
from ..ir.types import Array, Scalar, Tuple, is_complex
from ..rules import registry
from ..rules.composed_arrays import at_least
from .base import Base
from .shapes import MISSING
from .values import NONE, Abstract, Growing, Ref, Static, Tup, Unsure, constant
from .views import READ_ONLY

#: What gives the same type for a complex array and a real one; and what does with a complex number.
ALIKE = {
    *(f"numpy.{n}" for n in ("real", "imag", "absolute", "ndarray.real", "ndarray.imag", "ndarray.astype")),
    *(f"numpy.{n}" for n in ("shape", "size", "ndim")), "builtins.abs", "builtins.len",
}  # fmt: skip
MIXING = {f"operator.{n}" for n in ("add", "sub", "mul", "truediv", "matmul")}


class Primitives(Base):
    def call_primitive(
        self,
        p: registry.Primitive,
        args: list[Abstract],
        kwargs: dict[str, Abstract],
        attrs: dict[str, Any] | None = None,
    ) -> Abstract:
        """Normalise a call to operands and static keywords, and emit it."""
        args = self.sure(p.key, args)
        written = self.written_call(p, args, kwargs, attrs or {})
        if written is not MISSING:
            return written
        attrs = dict(attrs or {})
        inputs: list[Value] = []
        rest = list(args)
        kwargs = dict(kwargs)
        params = list(p.params)
        if p.packed:
            rest = self.unpacked(p, rest, attrs)
        if p.variadic:
            if p.variadic == "*":
                for k in list(p.keywords)[: p.leading]:
                    attrs[k] = self.static(rest.pop(0))
                first, rest = Tup(tuple(rest)), []
            else:
                first = rest.pop(0) if rest else kwargs.pop(params[0], None)
            inputs = self.sequence_operands(p, first, attrs)
            params = params[1:]
        named = dict(zip(p.signature[1:] if p.variadic else p.signature, rest))
        if len(rest) > len(params) + len(p.keywords):
            self.refuse(
                f"too many arguments for {p.key.replace('numpy.', 'np.')}",
                reason="Python raises TypeError here",
            )
        for k, v in kwargs.items():
            if k in named:
                self.refuse(f"the argument '{k}' is given twice", reason="Python raises TypeError here")
            named[k] = v
        for k in params[p.positional :]:  # what stands for "all elements" and "none" is left out
            known = self.static(named.get(k, NONE))
            if known is None or (k == "where" and known is True):
                named.pop(k, None)
        last = max((n for n, k in enumerate(params) if k in named), default=-1)
        for n, k in enumerate(params[: last + 1]):
            a = named.pop(k) if k in named else constant(p.defaults.get(k))
            inputs.append(self.primitive_operand(a))
            del n
        for k, v in named.items():
            known = self.static(v)
            if known is NotImplemented:
                if k == "where" and isinstance(v, Ref):
                    known = v
                else:
                    self.pin_all(v)
                    self.refuse(
                        f"the keyword {k}= of {p.key.replace('numpy.', 'np.')} must be known when compiling",
                        hint="give it as a constant, or as an option that is no number",
                    )
            if k not in p.keywords or (known is not p.keywords[k] and not same(known, p.keywords[k])):
                attrs[k] = known
        shared = p.alias[1] if isinstance(p.alias, tuple) and not p.variadic else 0
        base = args[shared] if args else kwargs.get(p.params[shared]) if p.params else None
        return self.applied(p, base, inputs, attrs)

    def applied(
        self, p: registry.Primitive, shared: Abstract | None, inputs: list[Value], attrs: dict[str, Any]
    ) -> Abstract:
        """The result of a primitive, whose memory may be that of the operand `shared`."""
        view = self.view_of_call(p, shared, inputs, attrs)
        if view is not None:
            return view
        out = self.prim(p.key, inputs, attrs)
        if p.certain is not None and not any(is_complex(v.type) for v in inputs):
            out = self.call(Static(p.certain), [out], {})
        if p.unsure is not None and not self.frame.template and p.unsure([v.type for v in inputs]):
            return Tup(tuple(map(Unsure, out.items)), out.cls) if isinstance(out, Tup) else Unsure(out)
        if p.key in READ_ONLY and isinstance(out, Ref):
            out.obj.cls = "read-only"
        if isinstance(p.alias, tuple) and not p.variadic:
            self.may_share(out, shared)
        return out

    def unpacked(self, p: registry.Primitive, args: list[Abstract], attrs: dict[str, Any]) -> list[Abstract]:
        """The operands that come as one tuple, one by one."""
        alone = p.params[1] in p.defaults  # the function takes the first in the place of the tuple
        items = self.items_of(args[0]) if args and (isinstance(args[0], Tup) or not alone) else None
        if items is None and args and alone:
            attrs["_alone"] = p.packed
            return [args[0], *[NONE] * (p.packed - 1), *args[1:]]
        if items is None or len(items) != p.packed:
            names = ", ".join(p.params[: p.packed])
            self.refuse(f"the first argument of {p.key} must be a tuple ({names}), written or unpacked here")
        attrs.update(_variadic=p.packed, _container="tuple")
        return [*items, *args[1:]]

    def sure(self, key: str, args: list[Abstract]) -> list[Abstract]:
        """The operands, where the result has the same type if those of unsure type are real or complex."""
        if not any(isinstance(a, Unsure) for a in args):
            return args
        made_complex = key in MIXING and any(
            isinstance(self.type_of(a), Scalar | Array) and is_complex(self.type_of(a))
            for a in args
            if not isinstance(a, Unsure)
        )
        if key not in ALIKE and not made_complex:
            self.refuse_unsure()
        return [a.value if isinstance(a, Unsure) else a for a in args]

    def may_share(self, out: Abstract, of: Abstract) -> None:
        """Record that what a primitive gave may lie in the memory of the array that it was given."""
        for o in out.items if isinstance(out, Tup) else (out,):
            if isinstance(o, Ref) and isinstance(of, Ref):
                for base in self.options_of(of):
                    self.derive(o.obj, base.obj)

    def pin_all(self, a: Abstract) -> None:
        """Ask for the integers of an option by value."""
        for i in a.items if isinstance(a, Tup) else (a,):
            self.pin(i)

    def primitive_operand(self, a: Abstract) -> Value:
        if isinstance(a, Tup):
            items = [self.primitive_operand(i) for i in a.items]

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

    def call_array(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        options = {k: self.static(v) for k, v in kwargs.items() if k != "dtype"}
        least = options.pop("ndmin", 0)
        if isinstance(least, int) and least > 0:
            rest = {k: v for k, v in kwargs.items() if k != "ndmin"}
            made = self.call(Static(obj), args, rest)
            return self.call_template(at_least, [made, kwargs["ndmin"]], {}, "numpy.array")
        listed = isinstance(args[0], Tup) or (isinstance(args[0], Ref) and args[0].kind == "list")
        plain: dict[str, tuple[Any, ...]] = {"subok": (False,), "order": ("K", None)}
        plain["copy"] = (True, None) if obj is np.array else (None,)
        if listed:  # what is made of a list is new, and in C order
            plain |= {"copy": (True, None), "order": ("K", "C", "A", None)}
        if len(args) > 2 or any(k not in plain or v not in plain[k] for k, v in options.items()):
            return MISSING
        if options or "ndmin" in kwargs:
            return self.call(Static(obj), args, {k: v for k, v in kwargs.items() if k == "dtype"})
        dtype = kwargs.get("dtype", args[1] if len(args) > 1 else NONE)
        kinds = ("list", "array") if obj is np.array else ("list",)  # asarray of an array is that array
        if isinstance(args[0], Tup | Value) or (isinstance(args[0], Ref) and args[0].kind in kinds):
            return self.array_of(args[0], self.static(dtype))
        return MISSING

    def array_of(self, a: Abstract, dtype: Any = None) -> Abstract:
        """`np.array` of a number, an array, or nested lists and tuples of them."""
        leaves: list[Value] = []
        if isinstance(a, Ref) and isinstance(self.state(a), Growing):
            return self.prim(
                "numpy.array",
                [self.value(a)],
                {"_variadic": None, **({} if dtype is None else {"dtype": dtype})},
            )

        def tree(x: Abstract) -> Any:
            items = (
                self.items_of(x) if isinstance(x, Tup) or (isinstance(x, Ref) and x.kind == "list") else None
            )
            if items is None:
                leaves.append(self.value(x))
                return len(leaves) - 1
            made = [tree(i) for i in items]
            return tuple(made) if isinstance(x, Tup) else made

        t = tree(a)
        return self.prim(
            "numpy.array",
            leaves,
            {"_tree": t, "_variadic": len(leaves), **({} if dtype is None else {"dtype": dtype})},
        )


def same(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:
        return False
