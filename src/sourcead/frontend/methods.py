"""Methods of lists, dicts, tuples and arrays."""

from __future__ import annotations

import ast
from typing import Any

from ..ir.types import Array, List, Scalar, dtype_kind, is_complex, renewed
from ..rules.inplace import IN_PLACE
from ..rules.registry import BOOK, METHODS
from .base import Base
from .shapes import MISSING
from .values import NONE, UNDEF, Abstract, Bound, Growing, Ref, SliceVal, Tup, constant


class Methods(Base):
    def append(self, ref: Ref, value: Abstract) -> None:
        if self.distributed(ref, lambda o: self.append(o, value)):
            return
        node = ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col)
        if self.check_write(ref.obj, node, "grow"):
            if self.fits(ref, value, node):
                self.change(ref, "append", [value], node)
            else:
                self.change(ref, "append", [value], node)
                return
        state = self.state(ref)
        if isinstance(state, Growing):
            v = self.value(value)
            t = state.value.type
            if isinstance(t, List) and t.elem is None:
                t = List(v.type)
            elif isinstance(t, List) and isinstance(t.elem, Array) and isinstance(v.type, Array):
                t = List(self.widen_type(t.elem, v.type) or t.elem)  # its items may differ in length
            self.freeze(value, ref.obj)
            self.store[ref.obj] = Growing(
                self.builder.one("list.append", [state.value, v], t, None, ref.obj.name)
            )
        else:
            self.store[ref.obj] = (*state, value)

    def call_method(self, f: Bound, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        owner, name = f.owner, f.builtin
        if isinstance(owner, Ref) and owner.kind in ("list", "dict"):
            each = self.distributed(owner, lambda o: self.call_method(Bound(o, builtin=name), args, kwargs))
            if each:
                return each[0]
            method = getattr(self, f"{owner.kind}_{name}", None)
            if method is not None:
                return method(owner, args, kwargs)
            self.refuse(
                f"the method '{name}' of a {owner.kind} is not supported",
                hint="write it with indices, append and pop",
            )
        if isinstance(owner, Tup):
            if name in ("index", "count", "_replace", "_asdict"):
                return self.tuple_method(owner, name, args, kwargs)
            self.refuse(f"the method '{name}' of a tuple is not supported", hint="write it with indices")
        if name in BOOK:
            return self.call_primitive(BOOK[name], [owner, *args], kwargs)
        if name in IN_PLACE:
            return self.call_text(name, [owner, *args], kwargs)
        t = self.type_of(owner)
        written = self.array_method(owner, name, args, kwargs)
        if written is not MISSING:
            return written
        composed = self.composed_method(name, owner, args, kwargs)
        if composed is not MISSING:
            return composed
        if name == "item" and isinstance(t, Scalar) and not args:
            return self.prim(
                (
                    "builtins.complex"
                    if is_complex(t)
                    else "builtins.float" if dtype_kind(t.dtype) == "f" else "builtins.int"
                ),
                [self.value(owner)],
            )
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
            self.refuse(f"'{name}' of a tuple whose items show only at run time", hint="write the loop")
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
        if self.check_write(ref.obj, ast.Pass(lineno=self.spans[-1].line, col_offset=0), "grow"):
            self.state(ref)  # refuses a list that is only appended to
            self.change(ref, "pop", args, None)
        state = self.state(ref)
        k = self.static(args[0]) if args else -1
        if isinstance(state, Growing):
            if k != -1:
                self.refuse(
                    "pop() from the middle of a list whose length shows only at run time is not supported",
                    hint="pop from the end",
                )
            t = state.value.type
            (elem,) = renewed([t.elem or UNDEF.type], wild=True)
            new, item = self.builder.emit(
                "list.pop", [state.value], [t, elem], None, None, [ref.obj.name, None]
            )
            self.store[ref.obj] = Growing(new)
            out = self.wrap(item)
            if isinstance(out, Ref):
                self.derive(out.obj, ref.obj)
            return out
        if not isinstance(k, int):
            self.refuse(
                "which item pop() takes shows only at run time",
                hint="pop from the end, or build another list",
            )
        if not -len(state) <= k < len(state):
            self.stop(IndexError, "pop index out of range" if state else "pop from empty list")
        items = list(state)
        out = items.pop(k)
        self.store[ref.obj] = tuple(items)
        return out

    def list_copy(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.new_ref("list", self.state(ref))

    def edit(self, ref: Ref, change: Any) -> Abstract:
        if ref.obj in self.outside:
            self.refuse(
                f"this method of '{self.label(ref.obj)}', a list outside of the function, is not supported",
                hint="use append, pop, and assignments to its items",
            )
        state = self.state(ref)
        if isinstance(state, Growing):
            self.refuse(
                "this method of a list whose length shows only at run time is not supported",
                hint="use append and pop",
            )
        self.check_write(ref.obj, ast.Pass(lineno=self.spans[-1].line, col_offset=0))
        items = list(state)
        change(items)
        self.store[ref.obj] = tuple(items)
        return NONE

    def list_insert(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.edit(ref, lambda items: items.insert(self.static(args[0]), args[1]))

    def list_reverse(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        if self.grows(ref):
            backward: Any = self.list_slice(ref, SliceVal(NONE, NONE, constant(-1)), None)
            return self.renew(ref, self.state(backward))
        return self.edit(ref, lambda items: items.reverse())

    def list_clear(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.renew(ref, ()) if self.grows(ref) else self.edit(ref, lambda items: items.clear())

    def grows(self, ref: Ref) -> bool:
        """Whether this is a list of the function itself whose length shows only at run time."""
        return ref.obj not in self.outside and isinstance(self.state(ref), Growing)

    def renew(self, ref: Ref, state: Any) -> Abstract:
        self.check_write(ref.obj, ast.Pass(lineno=self.spans[-1].line, col_offset=0))
        self.store[ref.obj] = state
        return NONE

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
            self.refuse(f"the dict has no key {key!r}", reason="Python raises KeyError here")
        if self.check_write(ref.obj, ast.Pass(lineno=self.spans[-1].line, col_offset=0)):
            self.change(ref, "pop", args[:1], None)
        out = state.pop(key)
        self.store[ref.obj] = state
        return out

    def dict_copy(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        return self.new_ref("dict", dict(self.state(ref)))

    def dict_update(self, ref: Ref, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        node = ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col)
        for k, v in self.state(self.call_dict(args, kwargs)).items():
            self.store_item(ref, constant(k), v, node)
        return NONE

    def dict_setdefault(self, ref: Ref, args: list[Abstract], kwargs: Any) -> Abstract:
        key = self.static(args[0])
        state = self.state(ref)
        if key not in state:
            node = ast.Pass(lineno=self.spans[-1].line, col_offset=self.spans[-1].col)
            self.store_item(ref, constant(key), args[1] if len(args) > 1 else NONE, node)
        return self.state(ref)[key]
