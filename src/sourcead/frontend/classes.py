"""Classes: making instances, namedtuples and dataclasses; class statements."""

from __future__ import annotations

import ast
import dataclasses
from typing import Any

from .base import Base
from .values import Abstract, LocalClass, Ref, Static, Tup, constant


class Classes(Base):
    def instantiate(self, cls: type, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            fields = dict(zip(cls._fields, args))
            fields.update(kwargs)
            defaults = {k: constant(v) for k, v in getattr(cls, "_field_defaults", {}).items()}
            return Tup(tuple({**defaults, **fields}[k] for k in cls._fields), cls)
        if issubclass(cls, BaseException):
            self.refuse("an exception object can only be raised", hint="write it in the raise statement")
        if (
            cls.__module__.split(".")[0] in ("numpy", "builtins", "scipy")
            or cls.__new__ is not object.__new__
        ):
            self.no_rule(cls)
        ref = self.new_ref("instance", {}, None, cls)
        if hasattr(cls, "__dataclass_fields__"):
            return self.new_dataclass(ref, cls, args, kwargs)
        init = cls.__init__
        if init is not object.__init__:
            self.call(Static(init), [ref, *args], kwargs)
        return ref

    def new_dataclass(
        self, ref: Ref, cls: Any, args: list[Abstract], kwargs: dict[str, Abstract]
    ) -> Abstract:

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
                self.refuse(
                    f"{cls.__name__}() is missing the argument '{f.name}'",
                    reason="Python raises TypeError here",
                )
        self.store[ref.obj] = state
        if hasattr(cls, "__post_init__"):
            self.call(Static(cls.__post_init__), [ref], {})
        return ref

    def lower_ClassDef(self, s: ast.ClassDef) -> None:
        if s.bases or s.keywords or s.decorator_list:
            self.refuse(
                "a class with bases or decorators inside a differentiated function is not supported",
                s,
                hint="define it outside",
            )
        self.check_local(s.name, s)
        members: dict[str, Any] = {}
        for m in s.body:
            if isinstance(m, ast.FunctionDef) and not m.decorator_list:
                members[m.name] = self.make_closure(m, m.name)
            elif isinstance(m, ast.Assign) and all(isinstance(t, ast.Name) for t in m.targets):
                a = self.eval(m.value)
                members.update({t.id: a for t in m.targets})
            elif not (
                isinstance(m, ast.Pass) or (isinstance(m, ast.Expr) and isinstance(m.value, ast.Constant))
            ):
                self.refuse(
                    "this statement in a class body is not supported",
                    m,
                    hint="define the class outside of the function",
                )
        self.store[self.frame, s.name] = LocalClass(s.name, members)
