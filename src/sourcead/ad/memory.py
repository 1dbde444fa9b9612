"""Adjoints of reads, writes, lists and tuples.

t = A[i]           A_bar[i] += t_bar
A1 = store(A0, i, v)     v_bar = A1_bar[i];  A0_bar = A1_bar with 0 at i
s1 = append(s0, v)       s0_bar, v_bar = pop(s1_bar)
s0, v = pop(s1)          s1_bar = append(s0_bar, v_bar)
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..ir.core import Constant, Op, Value
from ..ir.index import is_member, member, split
from ..ir.types import Array, Dim, List, Scalar, Tuple, const_dim, same_dim
from ..rules.infer import broadcast_dims
from .adjoints import Adjoints
from .precision import in_list


class Memory(Adjoints):
    """Adjoints of the built-in kinds that read and write."""

    def op_getitem(self, op: Op, bars: list[Any], active: Any) -> None:
        x, operands = op.inputs[0], op.inputs[1:]
        if isinstance(x.type, List) and op.attrs["index"] != ("at",):
            errors_here(op, "the adjoint of a slice of a list", "write a loop over its items")
        self.scatter(x, (op.attrs["index"],), operands, bars[0])

    def scatter(self, x: Value, path: Any, operands: list[Value], g: Value) -> None:
        """x_bar[path] += g."""
        if x not in self.active:
            return
        base = self.row_of(x)
        if base is not None:  # a read of a row of an array adds to that array at once
            row = x.op
            assert row is not None
            index, at = row.attrs["index"], row.inputs[1:]
            if len(path) == 1 and all(e == "at" for e in (*index, *path[0])):
                return self.scatter(base, ((*index, *path[0]),), [*at, *operands], g)
            return self.scatter(base, (index, *path), [*at, *operands], g)
        self.start_outside(x)
        old = self.builder.read(x)
        if isinstance(x.type, Array) and x.type.loose:  # it is an array here, since it is indexed
            old = self.rules.spread(Constant(0.0) if old is None else old, x)
        else:
            old = self.rules.zero(x) if old is None else self.rules.full(old, x)
        attrs = {"path": path, "_dot": True, "_unique": is_unique(operands)}
        new = self.builder.one("index_add", [old, *operands, g], x.type, attrs)
        self.set(x, new)

    def row_of(self, x: Value) -> Value | None:
        """The array that x is a row of, by integers, if its adjoint is being added to already: else it may be
        that of a state that the sweep has not come to."""
        op = x.op
        if op is None or op.kind != "getitem" or not isinstance(x.type, Array):
            return None
        base, at = op.inputs[0], op.inputs[1:]
        integers = all(isinstance(v.type, Scalar) and v.type.dtype != "bool" for v in at)
        if not isinstance(base.type, Array) or base.type.loose or not integers or not at:
            return None
        if any(e != "at" for e in op.attrs["index"]) or base not in self.active:
            return None
        started = self.builder.read(x) is not None or self.builder.read(base) is None
        return None if started else base

    def op_store(self, op: Op, bars: list[Any], active: Any) -> None:
        base, v, operands = op.inputs[0], op.inputs[-1], op.inputs[1:-1]
        g = self.rules.full(bars[0], op.result)
        path = op.attrs["path"]
        view = path
        if len(path) > 1 and path[-1] == (Ellipsis,):
            view = path[:-1]  # all of a view is the view
            path = path if is_member(view[-1]) else view
        if v in self.active:
            c = g
            for pattern, part in zip(view, split(view, operands)):
                if any(isinstance(o.type, Array) and o.type.dtype != "bool" for o in part):
                    c = self.read_last(op, c, pattern, part)
                else:
                    c = self.read(c, pattern, part)
            self.add(v, c)
        if base in self.active:
            cleared = self.builder.one(
                "store", [g, *operands, Constant(0.0)], op.result.type, {"path": path, "_dot": True}
            )
            if path == ((Ellipsis,),):
                return
            self.add(base, cleared)

    def read(self, c: Value, pattern: Any, part: list[Value]) -> Value:
        t = self.rules.low.view_type(c.type, pattern, part)
        if is_member(pattern):
            key, attrs = member(pattern)
            got = self.builder.one(key, [c, *part], t, {**attrs, "_dot": True})
            if pattern == ("attr", "imag"):  # the pairing is bilinear: i times i is -1
                return self.builder.one("operator.neg", [got], t, {"_dot": True})
            return got
        return self.builder.one("getitem", [c, *part], t, {"index": pattern, "_dot": True})

    def read_last(self, op: Op, c: Value, pattern: Any, part: list[Value]) -> Value:
        """What an assignment by index arrays passes back: where an index repeats, only the last write
        stayed."""
        got = self.read(c, pattern, part)
        if not isinstance(got.type, Array) or is_unique(part):
            return got
        index, after, shape = self.index_arrays(c, pattern, part, got.type)
        mask = self.builder.one(
            "sourcead.runtime.written_last", [c, index], Array("bool", shape), {"_dot": True}
        )
        if after:
            step = (Ellipsis, *[None] * after)
            wide = Array("bool", (*shape, *[const_dim(1)] * after))
            mask = self.builder.one("getitem", [mask], wide, {"index": step, "_dot": True})
        return self.builder.one("numpy.where", [mask, got, Constant(0.0)], got.type, {"_dot": True})

    def index_arrays(
        self, c: Value, pattern: Any, part: list[Value], got: Array
    ) -> tuple[Value, int, tuple[Dim, ...]]:
        """Of `c[pattern]`: the index arrays as one tuple, None for each axis that has none; how many axes of
        the result come after theirs; and the shape that they have together."""
        dims, advanced, places = self.rules.low.basic_dims(c.type, pattern, list(part))
        shape = broadcast_dims(advanced)
        if all(e == "at" for e in pattern) and len(part) == 1:
            return part[0], got.ndim - len(shape), shape
        together = places[-1] - places[0] + 1 == len(places)
        before = sum(d is not None for d in dims[: places[0]]) if together else 0
        entries: list[Value] = []
        operands = iter(part)
        for e in pattern:
            if e == "at":
                entries.append(next(operands))
            elif e is Ellipsis:
                used = sum(self.rules.low.eats(o) for o in part if isinstance(o.type, Array | Scalar))
                used -= sum(sum(s[1:]) - 1 for s in pattern if isinstance(s, tuple))
                entries += [Constant(None)] * (c.type.ndim - used)  # type: ignore[attr-defined]
            elif isinstance(e, tuple):
                entries.append(Constant(None))
                for given in e[1:]:
                    if given:
                        next(operands)
        index = self.builder.one("tuple.new", entries, Tuple(tuple(o.type for o in entries)), {"_dot": True})
        return index, got.ndim - before - len(shape), shape

    def op_index_add(self, op: Op, bars: list[Any], active: Any) -> None:
        base, v, operands = op.inputs[0], op.inputs[-1], op.inputs[1:-1]
        g = self.rules.full(bars[0], op.result)
        if v in self.active:
            c = g
            for pattern, part in zip(op.attrs["path"], split(op.attrs["path"], operands)):
                c = self.read(c, pattern, part)
            self.add(v, c)
        self.add(base, g)

    def op_list_new(self, op: Op, bars: list[Any], active: Any) -> None:
        for k, v in enumerate(op.inputs):
            if v in self.active:
                self.add(
                    v,
                    self.builder.one(
                        "getitem",
                        [bars[0], Constant(k)],
                        in_list(v.type, bars[0].type),
                        {"index": ("at",), "_dot": True},
                    ),
                )

    def op_list_append(self, op: Op, bars: list[Any], active: Any) -> None:
        t = op.result.type
        elem = in_list(op.inputs[1].type, bars[0].type)
        rest, item = self.builder.emit("list.pop", [bars[0]], [t, elem], {"_dot": True})
        self.add(op.inputs[1], item)
        if op.inputs[0] in self.active:
            self.set(op.inputs[0], rest)

    def op_list_pop(self, op: Op, bars: list[Any], active: Any) -> None:
        rest, item = op.results
        bar = bars[0] if bars[0] is not None else self.rules.zero(rest)
        v = bars[1] if bars[1] is not None else self.rules.zero(item)
        v = self.rules.full(v, item)
        self.set(op.inputs[0], self.builder.one("list.append", [bar, v], op.inputs[0].type, {"_dot": True}))

    def op_copy(self, op: Op, bars: list[Any], active: Any) -> None:
        self.add(op.inputs[0], bars[0])

    def op_tuple_new(self, op: Op, bars: list[Any], active: Any) -> None:
        errors_here(
            op,
            "reverse mode over reverse mode of a function that calls itself, or is too large to be inlined,",
            "forward mode over reverse mode (`jvp` of `grad`, `hvp`), or a loop",
        )

    op_tuple_get = op_tuple_new


def is_unique(operands: list[Value]) -> bool:
    """Whether index operands name no place twice for certain: one of them counts up along the only axis."""
    arrays = [o for o in operands if isinstance(o.type, Array)]
    if any(o.type.ndim != 1 for o in arrays):  # type: ignore[attr-defined]
        return False
    counts = any(o.op is not None and o.op.kind == "numpy.arange" for o in arrays)
    types = [o.type for o in arrays]
    return counts and all(t.dtype == "bool" or same_dim(t.shape[0], types[0].shape[0]) for t in types)  # type: ignore[attr-defined]


def errors_here(op: Op, what: str, hint: str) -> None:
    raise errors.Unsupported(f"{what} is not supported", op.span, hint=hint)
