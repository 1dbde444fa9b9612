"""Lengths and whole numbers of a program as formulas in the sizes of its arguments.

The axes of the arguments and their whole numbers are symbols; what is made from them is computed while the
program is walked, in order.  What cannot be known before the program runs is a symbol named after the line it
comes from, and `meaning` says what each stands for.
"""

from __future__ import annotations

from math import prod

import sympy as sp

from ..ir.core import Constant, Function, Op, Value
from ..ir.index import Pattern, split
from ..ir.types import Array, Dim, List, Scalar, Type, dtype_kind
from ..ir.types import Symbol as Length
from ..rules.costs import cost_of
from ..rules.counting import elements
from .sums import Scope, at_least_zero, is_nonnegative, least, most, trips

Shape = tuple[sp.Expr, ...]

CHANGES = {"list.append": 1, "list.pop": -1, "store": 0, "copy": 0}  # what an op does to a list's length
LIKE = {
    "zeros_like",
    "numpy.zeros_like",
    "numpy.ones_like",
    "numpy.empty_like",
    "numpy.full_like",
    "copy",
    "store",
    "index_add",
}
MADE = {"numpy.zeros", "numpy.ones", "numpy.empty", "numpy.full"}
ELEMENTWISE = {
    *(
        "operator.neg",
        "numpy.negative",
        "numpy.where",
        "numpy.real",
        "numpy.imag",
        "numpy.conjugate",
        "numpy.isfinite",
        "numpy.isnan",
    ),
    *("numpy.equal", "numpy.not_equal", "numpy.less", "numpy.less_equal", "numpy.greater"),
    *("numpy.greater_equal", "numpy.logical_and", "numpy.logical_or", "numpy.logical_not"),
    *(f"operator.{k}" for k in ("eq", "ne", "lt", "le", "gt", "ge", "and_", "or_", "xor", "invert", "pos")),
}
OF_ANOTHER_SHAPE = {"numpy.outer", "numpy.linspace", "numpy.diff", "sourcead.runtime.add_lists"}
FLAT = {"numpy.ravel", "numpy.ndarray.flatten", "numpy.reshape"}


class Sizes:
    """The formulas of the values seen so far; `scope` holds the loops around the place that is walked."""

    def __init__(self) -> None:
        self.meaning: dict[str, str] = {}
        self.lengths: dict[Length, sp.Expr] = {}
        self.whole: dict[Value, sp.Expr] = {}
        self.items: dict[Value, sp.Expr] = {}  # how many items lists have
        self.scope: Scope = ()
        self._at: dict[tuple[str, object], sp.Symbol] = {}

    # -- symbols ---------------------------------------------------------------------------------------
    def symbol(self, name: str, meaning: str) -> sp.Symbol:
        """A size: a whole number that is not negative."""
        while self.meaning.get(name, meaning) != meaning:
            name += "_"
        self.meaning[name] = meaning
        return sp.Symbol(name, integer=True, nonnegative=True)

    def unknown(self, what: str, op: Op, meaning: str) -> sp.Symbol:
        """A number that shows only when the program runs; one for each place in the source."""
        span = op.span
        key = (what, (span.file, span.line, span.col) if span is not None else op)
        if key not in self._at:
            if span is not None:
                name, where = f"{what}_line_{span.line}", f"in line {span.line}"
            else:
                name, where = f"{what}_{1 + sum(k[0] == what for k in self._at)}", "of the derivative"
            base, letter = name, ord("b")
            while name in self.meaning:
                name = f"{base}{chr(letter)}"
                letter += 1
            self._at[key] = self.symbol(name, f"{meaning} {where}")
        return self._at[key]

    def parameter(
        self, v: Value, name: str, text: str, named: dict[tuple[Length, int], str], kind: str = "argument"
    ) -> None:
        """Give the sizes of an argument their symbols; `text` is how a user would write the argument."""
        plain = "".join(c if c.isalnum() else "_" for c in name).strip("_")
        t = v.type
        if isinstance(t, Scalar) and dtype_kind(t.dtype) in "iu":
            self.whole[v] = self.symbol(plain, f"the {kind} {text}")
        if not isinstance(t, Array):
            return
        for axis, d in enumerate(t.shape):
            if d.symbol is None or d.symbol.find() in self.lengths:
                continue
            what = f"len({text})" if t.ndim == 1 else f"{text}.shape[{axis}]"
            own = named.get((d.symbol.find(), d.offset))
            s = self.symbol(own or f"{plain}_{axis}", what)
            self.lengths[d.symbol.find()] = s - d.offset

    # -- reading ---------------------------------------------------------------------------------------
    def dim(self, d: Dim) -> sp.Expr | None:
        if d.symbol is None:
            return sp.Integer(d.offset)
        e = self.lengths.get(d.symbol.find())
        return None if e is None else at_least_zero(e + d.offset, self.scope)

    def shape_of(self, t: Type, op: Op) -> Shape:
        """The shape of a type; op tells where a length that nothing is known of comes from."""
        out = []
        for d in t.shape if isinstance(t, Array) else ():
            n = self.dim(d)
            if n is None or not self.in_scope(n):
                n = self.unknown("size", op, "a length that shows when the program runs,")
                assert d.symbol is not None
                self.lengths[d.symbol.find()] = n - d.offset
            out.append(n)
        return tuple(out)

    def in_scope(self, e: sp.Expr) -> bool:
        """Whether an expression has no index of a loop that is over."""
        here = {i.symbol for i in self.scope}
        return all(not isinstance(s, sp.Dummy) or s in here for s in e.free_symbols)

    def shape(self, v: Value, op: Op) -> Shape:
        return self.shape_of(v.type, op)

    def elements(self, v: Value, op: Op) -> sp.Expr:
        return sp.expand(prod(self.shape(v, op), start=sp.S.One))

    def whole_number(self, v: Value) -> sp.Expr | None:
        if isinstance(v, Constant):
            whole = isinstance(v.value, int) and not isinstance(v.value, bool)
            return sp.Integer(v.value) if whole else None
        e = self.whole.get(v)
        return e if e is None or self.in_scope(e) else None

    def count(self, v: Value) -> sp.Expr | None:
        """How many items a list has."""
        e = self.items.get(v)
        return e if e is None or self.in_scope(e) else None

    # -- walking ---------------------------------------------------------------------------------------
    def define(self, op: Op) -> None:
        """What an op that holds no regions says of its results."""
        if op.kind in CHANGES or op.kind == "list.new":
            before = sp.Integer(len(op.inputs)) if op.kind == "list.new" else self.count(op.inputs[0])
            if before is not None and isinstance(op.results[0].type, List):
                self.items[op.results[0]] = before + CHANGES.get(op.kind, 0)
        for v in op.results:
            if isinstance(v.type, Scalar) and dtype_kind(v.type.dtype) in "iu":
                e = self._arithmetic(op)
                if e is not None:
                    self.whole[v] = sp.expand(e)
        if len(op.results) == 1 and isinstance(op.result.type, Array):
            self.bind(op.result.type, self._result_shape(op))

    def bind(self, t: Type, shape: tuple[sp.Expr | None, ...] | None) -> None:
        """Record what the symbols of a type stand for; a length known before is not changed, unless it
        belongs to a loop that is over."""
        if not isinstance(t, Array) or shape is None or len(shape) != t.ndim:
            return
        for d, n in zip(t.shape, shape):
            if d.symbol is None or n is None:
                continue
            old = self.lengths.get(d.symbol.find())
            if old is None or self._moves(old) or not self.in_scope(old):
                self.lengths[d.symbol.find()] = n - d.offset

    def differs(self, t: Type, shape: tuple[sp.Expr | None, ...] | None) -> bool:
        """Whether a type is known to have another shape."""
        known = self.known_shape(t)
        if known is None or shape is None:
            return False
        return any(a is not None and b is not None and sp.expand(a - b) != 0 for a, b in zip(known, shape))

    def without(self, f: Function) -> dict[Length, sp.Expr]:
        """The lengths that are known, less those that types of a function are made of."""
        own: set[Length] = set()
        values = list(f.params)
        for op in f.walk():
            values += [*op.results, *(p for r in op.regions for p in r.params)]
        for v in values:
            if isinstance(v.type, Array):
                own.update(d.symbol.find() for d in v.type.shape if d.symbol is not None)
        return {d: n for d, n in self.lengths.items() if d not in own}

    def _moves(self, e: sp.Expr) -> bool:
        return any(isinstance(s, sp.Dummy) for s in e.free_symbols)

    def _arithmetic(self, op: Op) -> sp.Expr | None:
        kind = op.kind
        if kind in ("builtins.len", "numpy.size", "list.len"):
            v = op.inputs[0]
            if isinstance(v.type, List):
                return self.count(v)
            if not isinstance(v.type, Array):
                return None
            axis = 0 if kind == "builtins.len" else op.attrs.get("axis")
            shape = self.shape(v, op)
            return prod(shape, start=sp.S.One) if axis is None else shape[axis]
        given = [self.whole_number(v) for v in op.inputs]
        if not given or None in given:
            return None
        a: list[sp.Expr] = given  # type: ignore[assignment]
        match kind:
            case "operator.add":
                return a[0] + a[1]
            case "operator.sub":
                return a[0] - a[1]
            case "operator.mul":
                return a[0] * a[1]
            case "operator.neg":
                return -a[0]
            case "operator.floordiv" if a[1].is_Integer and a[1] != 0:
                return sp.floor(a[0] / a[1])
            case "builtins.int" | "operator.pos" if len(a) == 1:
                return a[0]
            case "builtins.max":
                return self._fold(a, most)
            case "builtins.min":
                return self._fold(a, least)
            case "python.range_length" if len(a) == 3 and a[2].is_Integer and a[2] != 0:
                return trips(a[0], a[1], int(a[2]), self.scope)[1]
        return None

    def _fold(self, a: list[sp.Expr], pick: object) -> sp.Expr:
        out = a[0]
        for e in a[1:]:
            out = pick(out, e, self.scope)  # type: ignore[operator]
        return out

    def _result_shape(self, op: Op) -> tuple[sp.Expr | None, ...] | None:
        kind = op.kind
        if kind == "getitem":
            shape: tuple[sp.Expr | None, ...] | None = self.known_shape(op.inputs[0].type)
            path = op.attrs["path"] if "path" in op.attrs else (op.attrs["index"],)
            return self.selected(shape, path, op.inputs[1:], op)
        if kind in LIKE:
            return self.known_shape(op.inputs[0].type)
        if kind in MADE:
            return self._asked(op.inputs[0])
        if kind in ("numpy.eye", "numpy.identity"):
            n = self.whole_number(op.inputs[0])
            m = self.whole_number(op.inputs[1]) if len(op.inputs) > 1 else n
            return (n, m)
        if kind == "numpy.arange":
            given = [self.whole_number(v) for v in op.inputs]
            if None in given:
                return None
            start, stop, step = map(sp.sympify, {1: (0, *given, 1), 2: (*given, 1), 3: given}[len(given)])
            if not step.is_Integer or step == 0:
                return None
            return (trips(start, stop, int(step), self.scope)[1],)
        if kind == "numpy.linspace" and len(op.inputs) > 2:
            return (self.whole_number(op.inputs[2]),)
        if kind in FLAT:
            return self._reshaped(op)
        if kind in ("numpy.concatenate", "numpy.hstack", "numpy.vstack"):
            return self._joined(op)
        counted = cost_of(kind) is elements and kind not in OF_ANOTHER_SHAPE
        if not counted and kind not in ELEMENTWISE:
            return None
        arrays = [v for v in op.inputs if isinstance(v.type, Array)]
        t = op.result.type
        assert isinstance(t, Array)
        if arrays and max(len(v.type.shape) for v in arrays) == t.ndim:  # type: ignore[attr-defined]
            return self._broadcast([self.known_shape(v.type) for v in arrays], t.ndim)
        return None

    def known_shape(self, t: Type) -> tuple[sp.Expr | None, ...] | None:
        if not isinstance(t, Array):
            return None
        dims = tuple(self.dim(d) for d in t.shape)
        return tuple(n if n is not None and self.in_scope(n) else None for n in dims)

    def _asked(self, v: Value) -> tuple[sp.Expr | None, ...]:
        parts = v.op.inputs if v.op is not None and v.op.kind == "tuple.new" else [v]
        return tuple(self.whole_number(p) for p in parts)

    def _reshaped(self, op: Op) -> tuple[sp.Expr | None, ...] | None:
        whole = self.known_shape(op.inputs[0].type)
        t = op.result.type
        assert isinstance(t, Array)
        if whole is None or None in whole:
            return None
        n = prod((d for d in whole if d is not None), start=sp.S.One)
        dims = [self.dim(d) for d in t.shape]
        if dims.count(None) != 1:
            return None
        known = prod((d for d in dims if d is not None), start=sp.S.One)
        return tuple(sp.cancel(n / known) if d is None else d for d in dims)

    def _joined(self, op: Op) -> tuple[sp.Expr | None, ...] | None:
        shapes = [self.known_shape(v.type) for v in op.inputs]
        if op.kind == "numpy.vstack":
            shapes = [(sp.S.One, *s) if s is not None and len(s) == 1 else s for s in shapes]
        axis = op.attrs.get("axis", 0)
        if op.kind == "numpy.hstack":
            axis = 1 if all(s is None or len(s) > 1 for s in shapes) else 0
        if axis is None or any(not s for s in shapes):
            return None
        out = list(shapes[0] or ())
        parts = [s[axis] for s in shapes if s is not None]
        out[axis] = None if None in parts else sum(parts, sp.S.Zero)
        return tuple(out)

    def _broadcast(
        self, shapes: list[tuple[sp.Expr | None, ...] | None], rank: int
    ) -> tuple[sp.Expr | None, ...] | None:
        """Of axes that may have length 1 or not, the longer."""
        out: list[sp.Expr | None] = []
        for axis in range(-rank, 0):
            n: sp.Expr | None = sp.S.One
            for s in shapes:
                if s is None or len(s) < -axis:
                    continue
                m = s[axis]
                n = None if n is None or m is None else m if n == 1 else n if m == 1 else most(n, m)
            out.append(n)
        return tuple(out)

    # -- subscripts ------------------------------------------------------------------------------------
    def selected(
        self,
        shape: tuple[sp.Expr | None, ...] | None,
        path: tuple[Pattern, ...],
        operands: list[Value],
        op: Op,
    ) -> tuple[sp.Expr | None, ...] | None:
        """The shape of what a path of subscripts selects."""
        for pattern, given in zip(path, split(path, operands)):
            if shape is None:
                return None
            if pattern and pattern[0] == "attr":
                shape = shape if pattern[1:2] in (("real",), ("imag",)) else None
            elif pattern and pattern[0] == "T":
                shape = shape[::-1]
            else:
                shape = self._subscript(shape, pattern, given)
        return shape

    def _subscript(
        self, shape: tuple[sp.Expr | None, ...], pattern: Pattern, operands: list[Value]
    ) -> tuple[sp.Expr | None, ...] | None:
        given = iter(operands)
        used = sum(e == "at" or isinstance(e, tuple) for e in pattern)
        out: list[sp.Expr | None] = []
        arrays: list[tuple[sp.Expr | None, ...] | None] = []
        where, axis, apart = None, 0, False
        for e in pattern:
            if e is None:
                out.append(sp.S.One)
            elif e is Ellipsis:
                skip = len(shape) - used
                out += shape[axis : axis + skip]
                axis += skip
            elif e == "at":
                v = next(given)
                if isinstance(v.type, Array):
                    if v.type.dtype == "bool":
                        return None
                    apart = apart or (where is not None and where != len(out))
                    where = len(out) if where is None else where
                    arrays.append(self.known_shape(v.type))
                axis += 1
            else:
                bounds = [next(given) if there else None for there in e[1:]]
                out.append(self._slice(shape[axis], bounds))
                axis += 1
        out += shape[axis:]
        if arrays:
            rank = max(len(s) for s in arrays if s is not None) if all(arrays) else 0
            picked = self._broadcast(arrays, rank)
            if not rank or picked is None:
                return None
            at = 0 if apart or where is None else where
            out[at:at] = picked
        return tuple(out)

    def _slice(self, n: sp.Expr | None, bounds: list[Value | None]) -> sp.Expr | None:
        if n is None:
            return None
        step = 1
        if bounds[2] is not None:
            e = self.whole_number(bounds[2])
            if e is None or not e.is_Integer or e == 0:
                return None
            step = int(e)
        first, last = (sp.S.Zero, n) if step > 0 else (n - 1, -sp.S.One)
        start = first if bounds[0] is None else self._end(bounds[0], n, step)
        if step > 0 and isinstance(start, sp.Min):  # a start behind the end needs no cut: the stop has it
            start = self.whole_number(bounds[0])  # type: ignore[arg-type]
        stop = last if bounds[1] is None else self._end(bounds[1], n, step)
        return None if start is None or stop is None else trips(start, stop, step, self.scope)[1]

    def _end(self, v: Value, n: sp.Expr, step: int) -> sp.Expr | None:
        """An end of a slice, counted from the front and cut off as Python does."""
        if isinstance(v, Constant) and v.value is None:
            return None
        e = self.whole_number(v)
        if e is None:
            return None
        if is_nonnegative(e, self.scope):
            return e if e == 0 else least(e, n if step > 0 else n - 1, self.scope)
        if is_nonnegative(-e - 1, self.scope):
            return at_least_zero(n + e, self.scope) if step > 0 else n + e
        # n - 1 and n - 2 are below zero for so short an array that the other end's elements count as none; of
        # anything else it is not known from which end it counts
        return at_least_zero(e, self.scope) if sp.expand(n - e) in (1, 2) else None


def user_names(f: Function, leaves: set[str]) -> dict[tuple[Length, int], str]:
    """Names that the program itself gives to lengths of its arguments: `n = len(u)`."""
    out: dict[tuple[Length, int], str] = {}
    for op in f.walk():
        if op.kind not in ("builtins.len", "numpy.size") or not op.results:
            continue
        name, t = op.result.name, op.inputs[0].type
        axis = 0 if op.kind == "builtins.len" else op.attrs.get("axis")
        if not name or name in leaves or name in out.values() or axis is None or not isinstance(t, Array):
            continue
        d = t.shape[axis] if t.shape else None
        if d is not None and d.symbol is not None and op.attrs.get("_named"):
            out.setdefault((d.symbol.find(), d.offset), name)
    return out


__all__ = ["CHANGES", "LIKE", "Sizes", "user_names"]
