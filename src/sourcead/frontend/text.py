"""Text: f-strings, `%`, `str`, `repr` and `print`."""

from __future__ import annotations

import ast
from typing import Any

from ..ir.core import Value
from ..ir.types import Opaque, Tuple
from .base import Base
from .values import NONE, Abstract, Ref, Static, Tup


class Text(Base):
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
                    self.refuse(
                        "a format that shows only at run time is not supported",
                        node,
                        hint="write the format into the text",
                    )
            spec.append((len(parts), v.conversion, form))
            parts.append(self.eval(v.value))
        statics = [self.static(p) for p in parts]
        if all(s is not NotImplemented for s in statics):
            conv = {-1: lambda x: x, 115: str, 114: repr, 97: ascii}
            return Static(
                "".join(e if isinstance(e, str) else format(conv[e[1]](statics[e[0]]), e[2]) for e in spec)
            )
        return self.value_of_text(parts, spec)

    def value_of_text(self, parts: list[Abstract], spec: Any = None) -> Value:
        if spec is None and isinstance(parts[1], Tup):
            parts = [parts[0], *parts[1].items]
        values = [self.printable(p) for p in parts]
        return self.builder.one("python.format", values, Opaque("str"), {"_spec": spec, "_parts": len(parts)})

    def call_print(self, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        spec: dict[str, Any] = {}
        for k, v in kwargs.items():
            known = self.static(v)
            if k not in ("sep", "end", "flush") or known is NotImplemented:
                self.refuse(f"print({k}=) is not supported here", hint="print without it")
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
