"""The expression of an op, or of a value: `operator.add` prints `a + b`, `numpy.sum` prints `np.sum(x,
axis=1)`."""

from __future__ import annotations

import ast
import builtins
import math
from typing import Any

import numpy as np

from ..ir.core import Constant, Op, Undef, Value
from ..ir.index import split
from ..ir.types import Array, Foreign, List, Scalar, Tuple, Type
from ..rules.registry import BOOK, home, resolve
from .fold import Plan
from .interpreter import SPELLED
from .naming import Names
from .syntax import attribute, call, name

BINARY: dict[str, type[ast.operator]] = {
    "operator.add": ast.Add, "operator.sub": ast.Sub, "operator.mul": ast.Mult, "operator.truediv": ast.Div,
    "operator.floordiv": ast.FloorDiv, "operator.mod": ast.Mod, "operator.pow": ast.Pow,
    "operator.matmul": ast.MatMult, "operator.and_": ast.BitAnd, "operator.or_": ast.BitOr,
    "operator.xor": ast.BitXor, "operator.lshift": ast.LShift, "operator.rshift": ast.RShift,
}  # fmt: skip
UNARY: dict[str, type[ast.unaryop]] = {
    "operator.neg": ast.USub, "operator.pos": ast.UAdd, "operator.invert": ast.Invert,
    "operator.not_": ast.Not,
}  # fmt: skip
COMPARE: dict[str, type[ast.cmpop]] = {
    "operator.lt": ast.Lt, "operator.le": ast.LtE, "operator.gt": ast.Gt, "operator.ge": ast.GtE,
    "operator.eq": ast.Eq, "operator.ne": ast.NotEq, "operator.is_": ast.Is, "operator.is_not": ast.IsNot,
}  # fmt: skip


class Needs:
    """What a text refers to: `imports` (statements), run-time `helpers`, called `functions`, in order of
    first use."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.helpers: dict[str, Any] = {}
        self.functions: dict[Any, None] = {}
        self.packed: dict[str, list[str]] = {}  # names of the residuals of the functions emitted so far
        self.jits = False  # whether the text is for Numba
        self.texts: dict[str, str] = {}  # definitions of functions written for this text, by name
        self.origins: dict[ast.stmt, Any] = {}  # the op or region for which a statement was written
        self.objects: dict[str, Any] = {}  # names of objects that have no import, exception classes for one


class Speller:
    """Expressions of values and ops, for one function's folding and names."""

    def __init__(self, plan: Plan, names: Names, needs: Needs) -> None:
        self.plan = plan
        self.names = names.names
        self.needs = needs

    def value(self, v: Value) -> ast.expr:
        """What is written where the value is read."""
        if isinstance(v, Constant):
            if v.name is not None and "." in v.name:  # `np.pi`, as the user wrote it
                return self.dotted(v.name.replace("np.", "numpy.", 1))
            return self.constant(v.value)
        if isinstance(v, Undef):
            return ast.Constant(None)
        if self.plan.is_inlined(v):
            return self.op(v.op)  # type: ignore[arg-type]
        return name(self.names[v])

    def values(self, vs: list[Value]) -> list[ast.expr]:
        return [self.value(v) for v in vs]

    # -- constants -------------------------------------------------------------------------------------------
    def constant(self, value: Any) -> ast.expr:
        if value is None or isinstance(value, bool | str | bytes) or value is Ellipsis:
            return ast.Constant(value)
        if isinstance(value, np.generic):
            plain = value.item()
            return call(self.dotted(f"numpy.{type(value).__name__}"), self.constant(plain))
        if isinstance(value, int | float):
            return self._number(value)
        if isinstance(value, complex):
            imaginary: ast.expr = ast.Constant(complex(0.0, abs(value.imag)))
            if not math.isfinite(value.imag) or not math.isfinite(value.real) or str(value.real) == "-0.0":
                return call(name("complex"), self._number(value.real), self._number(value.imag))
            minus = math.copysign(1.0, value.imag) < 0
            if value.real == 0.0:
                return ast.UnaryOp(ast.USub(), imaginary) if minus else imaginary
            return ast.BinOp(self._number(value.real), ast.Sub() if minus else ast.Add(), imaginary)
        if isinstance(value, tuple):
            return ast.Tuple([self.constant(x) for x in value], ast.Load())
        if isinstance(value, list):
            return ast.List([self.constant(x) for x in value], ast.Load())
        if isinstance(value, dict):
            return ast.Dict([self.constant(k) for k in value], [self.constant(x) for x in value.values()])
        if isinstance(value, slice):
            return call(name("slice"), *map(self.constant, (value.start, value.stop, value.step)))
        if isinstance(value, np.dtype):
            return call(
                self.dotted("numpy.dtype"), ast.Constant(value.str if value.fields is None else str(value))
            )
        return self.object(value)

    def _number(self, value: Any) -> ast.expr:
        if isinstance(value, float) and not math.isfinite(value):
            x: ast.expr = self.dotted("numpy.nan" if math.isnan(value) else "numpy.inf")
        else:
            x = ast.Constant(abs(value))
        return ast.UnaryOp(ast.USub(), x) if math.copysign(1.0, value) < 0 and not math.isnan(value) else x

    def object(self, value: Any) -> ast.expr:
        """A class, function or module by its name."""
        base = getattr(value, "__name__", None)
        if base is None:
            raise TypeError(f"{value!r} has no literal form")
        module = getattr(value, "__module__", None) or ""
        if getattr(builtins, base, None) is value:
            return name(base)
        if module.partition(".")[0] == "numpy" or isinstance(value, np.ufunc):
            return self.dotted(f"numpy.{base}" if getattr(np, base, None) is value else f"{module}.{base}")
        if module in ("math", "cmath") or module.partition(".")[0] == "scipy":
            return self.dotted(f"{module}.{base}")
        self.needs.objects[base] = value
        return name(base)

    def classes(self, classes: tuple[type, ...]) -> ast.expr:
        """One class, or a tuple of them."""
        names = [self.object(c) for c in dict.fromkeys(classes)]
        return names[0] if len(names) == 1 else ast.Tuple(names, ast.Load())

    def dotted(self, key: str) -> ast.expr:
        """A dotted key as text, noting what is imported for it."""
        module, _, last = key.rpartition(".")
        if module == "builtins":
            return name(last)
        if module.startswith("sourcead.runtime"):
            self.needs.helpers.setdefault(last, resolve(key))
            return name(last)
        parts = key.split(".")
        if parts[0] == "numpy":
            self.needs.imports.setdefault("import numpy as np")
            parts[0] = "np"
        elif module:
            self.needs.imports.setdefault(f"import {home(key)}")
        out: ast.expr = name(parts[0])
        for p in parts[1:]:
            out = attribute(out, p)
        return out

    # -- ops -------------------------------------------------------------------------------------------------
    def op(self, op: Op) -> ast.expr:
        """The expression that computes an op of one result (or the item of a `list.pop`)."""
        if "_text" in op.attrs:
            return self.written(op, self.values(op.inputs))
        builtin = getattr(self, "_" + op.kind.replace(".", "_"), None) if op.kind in _OWN else None
        if builtin is not None:
            return builtin(op)
        kind = op.kind
        if kind in SPELLED:
            return SPELLED[kind](self, op)
        if op in self.plan.choices:
            return self._choice(op)
        if kind == "operator.contains":
            box, item = self.values(op.inputs)
            return ast.Compare(item, [ast.In()], [box])
        if kind in BINARY:
            a, b = self.values(op.inputs)
            return ast.BinOp(a, BINARY[kind](), b)
        if kind in UNARY:
            x = self.value(op.inputs[0])
            return ast.UnaryOp(UNARY[kind](), x)
        if kind in COMPARE:
            a, b = self.values(op.inputs)
            return ast.Compare(a, [COMPARE[kind]()], [b])
        return self._primitive(op)

    def written(self, op: Op, operands: list[ast.expr]) -> ast.expr:
        """A call of a function that is written for this op, `attrs["_text"]`."""
        made: Any = op.attrs
        while made:
            self.needs.texts.setdefault(made["_name"], made["_text"])
            for word, line in (("np.", "import numpy as np"), ("List(", "from numba.typed import List")):
                if word in made["_text"]:
                    self.needs.imports.setdefault(line)
            made = made.get("_needs")  # what it calls
        return call(name(op.attrs["_name"]), *operands)

    def _choice(self, op: Op) -> ast.expr:
        word, region = self.plan.choices[op]
        kind = ast.And if word == "and" else ast.Or
        right = self.value(region.yields[0])
        same = isinstance(right, ast.BoolOp) and isinstance(right.op, kind)
        return ast.BoolOp(kind(), [self.value(op.inputs[0]), *(right.values if same else [right])])  # type: ignore

    def _primitive(self, op: Op) -> ast.expr:
        if (
            op.kind == "numpy.size"
            and isinstance(op.attrs.get("axis"), int)
            and isinstance(op.inputs[0].type, Array | Foreign)
        ):
            shape = attribute(self.value(op.inputs[0]), "shape")
            return ast.Subscript(shape, self.constant(op.attrs["axis"]), ast.Load())
        row = BOOK.get(op.kind)
        spell = row.spell if row is not None else None
        args, keywords = self._arguments(op)
        last = op.kind.rpartition(".")[2]
        if spell is not None:
            form, text = spell
            if form == "binop":
                return ast.BinOp(args[0], getattr(ast, text)(), args[1])
            if form == "unary":
                return ast.UnaryOp(getattr(ast, text)(), args[0])
            if form == "compare":
                return ast.Compare(args[0], [getattr(ast, text)()], [args[1]])
            if form == "attribute":
                return attribute(args[0], text)
            if form == "grid":
                grid = attribute(args[0], form)
                return ast.Subscript(grid, self.constant(op.attrs.get(text, 0)), ast.Load())
            if form == "called":
                return ast.Call(args[0], args[1:], keywords)
            if form == "call":
                return ast.Call(self.dotted(text), args, keywords)
            return ast.Call(attribute(args[0], text), args[1:], keywords)
        if op.attrs.get("_method") and args:
            method = op.attrs["_method"]
            if last in _ATTRIBUTES:
                return attribute(args[0], last)
            return ast.Call(
                attribute(args[0], method if isinstance(method, str) else last), args[1:], keywords
            )
        if ".ndarray." in op.kind:
            return attribute(args[0], last)
        return ast.Call(self.dotted(op.kind), args, keywords)

    def _arguments(self, op: Op) -> tuple[list[ast.expr], list[ast.keyword]]:
        row = BOOK.get(op.kind)
        defaults = dict(row.keywords) if row is not None else {}
        params = row.params if row is not None else ()
        operands = list(op.inputs)
        order = row.order if row is not None else ()
        if row is not None and row.hidden:
            order = tuple(n for n in order if n not in [params[i] for i in row.hidden])
            operands = [v for i, v in enumerate(operands) if i not in row.hidden]
            params = tuple(n for i, n in enumerate(params) if i not in row.hidden)
        while (
            operands
            and isinstance(operands[-1], Constant)
            and operands[-1].value is None
            and len(operands) > 1
        ):
            slot = len(operands) - 1
            if op.attrs.get("_tree") or slot >= len(params) or defaults.get(params[slot]) is not None:
                break
            if row is not None and params[slot] in row.defaults and row.defaults[params[slot]] is None:
                break  # None itself must be written
            operands.pop()
        args = self.values(operands)
        tree = op.attrs.get("_tree")
        n = op.attrs.get("_variadic")
        if tree is not None:
            used = _slots(tree)
            args = [self._nested(tree, args), *args[used:]]
        elif "_alone" in op.attrs:
            args = [args[0], *args[op.attrs["_alone"] :]]
        elif n is not None and (row is None or row.variadic is True or row.packed) and not _is_whole(op, n):
            display = ast.Tuple if op.attrs.get("_container") in (tuple, "tuple") else ast.List
            args = [display(args[:n], ast.Load()), *args[n:]]
        behind = [i for i in range(len(args)) if order[i : i + 1] not in ((), params[i : i + 1])]
        by_name = [ast.keyword(params[i], args[i]) for i in behind if not is_none(operands[i])]
        args = [a for i, a in enumerate(args) if i not in behind]
        named = {
            k: v
            for k, v in op.attrs.items()
            if k[0] != "_" and not (k in defaults and _equal(defaults[k], v))
        }
        if row is not None and row.leading:
            first = list(row.keywords)[: row.leading]
            args = [*(self.constant(named.pop(k, row.keywords[k])) for k in first), *args]
        by_place = op.kind in ("numpy.transpose", "numpy.swapaxes") and op.attrs.get("_method")  # no keywords
        for k in list(named) if by_place else ["dtype"] if op.kind == "numpy.ndarray.astype" else []:
            args.append(self.constant(named.pop(k)))
        return args, [*by_name, *(ast.keyword(k, self.constant(v)) for k, v in named.items())]

    def _nested(self, tree: Any, args: list[ast.expr]) -> ast.expr:
        if isinstance(tree, int):
            return args[tree]
        display = ast.Tuple if isinstance(tree, tuple) else ast.List
        return display([self._nested(t, args) for t in tree], ast.Load())

    def _call(self, op: Op) -> ast.expr:
        function = op.attrs["function"]
        self.needs.functions.setdefault(function)
        return ast.Call(name(function.name), self.values(op.inputs), [])

    def _getitem(self, op: Op) -> ast.expr:
        path = op.attrs["path"] if "path" in op.attrs else (op.attrs["index"],)
        return self.path(self.value(op.inputs[0]), path, self.values(op.inputs[1:]))

    def path(self, base: ast.expr, path: tuple[Any, ...], operands: list[ast.expr]) -> ast.expr:
        """`base[a][b].T`, from the patterns of a path and the operands of all of them."""
        subscripts = tuple(p for p in path if not _is_name(p))
        groups = iter(split(subscripts, operands))
        for p in path:
            if p and p[0] == "attr":
                base = attribute(base, p[1])
                if len(p) > 2:
                    base = ast.Call(base, [self.constant(x) for x in p[2:]], [])
            elif _is_name(p):
                base = attribute(base, p[0])
            else:
                base = ast.Subscript(base, _subscript(p, next(groups)), ast.Load())
        return base

    def _outer_dict(self, op: Op) -> ast.expr:
        keys: list[ast.expr | None] = [self.constant(k) for k in op.attrs["keys"]]
        return ast.Dict(keys, self.values(op.inputs))

    def _list_new(self, op: Op) -> ast.expr:
        return ast.List(self.values(op.inputs), ast.Load())

    def _tuple_new(self, op: Op) -> ast.expr:
        return ast.Tuple(self.values(op.inputs), ast.Load())

    def _tuple_get(self, op: Op) -> ast.expr:
        return ast.Subscript(self.value(op.inputs[0]), ast.Constant(op.attrs["i"]), ast.Load())

    def _list_len(self, op: Op) -> ast.expr:
        return call(name("len"), self.value(op.inputs[0]))

    def _list_pop(self, op: Op) -> ast.expr:
        return call(attribute(self.value(op.inputs[0]), "pop"))

    def _copy(self, op: Op) -> ast.expr:
        if op.attrs.get("_layout") and not self.needs.jits:  # Numba copies in C order
            made: ast.expr = call(attribute(self.value(op.inputs[0]), "copy"), ast.Constant("K"))
        else:
            made = _copied(self.value(op.inputs[0]), op.attrs.get("_levels", 0))
        return self._if_bound(op, made, ast.Constant(None))

    def _if_bound(self, op: Op, made: ast.expr, other: ast.expr) -> ast.expr:
        """What is made of a variable, and what stands for it where that is not bound (is None)."""
        if not op.attrs.get("_unbound") or self.needs.jits:  # for Numba, what is not bound is of its type
            return made
        if isinstance(op.inputs[0], Constant):
            return other
        none = ast.Compare(self.value(op.inputs[0]), [ast.Is()], [ast.Constant(None)])
        return ast.IfExp(none, other, made)

    def _outer_snapshot(self, op: Op) -> ast.expr:
        return _copied(self.value(op.inputs[0]), 0)

    def _zeros_like(self, op: Op) -> ast.expr:
        t = op.inputs[0].type
        if isinstance(t, Scalar):
            return self.zero(t)
        made = self._zeros(t, self.value(op.inputs[0]))
        # it is added to and copied like other adjoints, and ends there
        nothing = ast.List([], ast.Load()) if isinstance(t, List) else ast.Tuple([], ast.Load())
        other = nothing if isinstance(t, List) else call(self.dotted("numpy.zeros"), nothing)
        return self._if_bound(op, made, other)

    def _zeros(self, t: Type | None, x: ast.expr) -> ast.expr:
        if isinstance(t, Scalar):
            return self.zero(t)
        if isinstance(t, Array):
            return call(self.dotted("numpy.zeros_like"), x)
        if isinstance(t, List):
            if t.elem is None:  # nothing is ever put into it
                return ast.List([], ast.Load())
            if isinstance(t.elem, Scalar):
                one: list[ast.expr] = [self.zero(t.elem)]
                return ast.BinOp(ast.List(one, ast.Load()), ast.Mult(), call(name("len"), x))
            item = ast.comprehension(ast.Name("v", ast.Store()), x, [], 0)
            return ast.ListComp(self._zeros(t.elem, name("v")), [item])
        if isinstance(t, Tuple):
            parts: list[ast.expr] = [
                ast.Subscript(x, ast.Constant(i), ast.Load()) for i in range(len(t.items))
            ]
            return ast.Tuple([self._zeros(u, p) for u, p in zip(t.items, parts)], ast.Load())
        raise TypeError(f"no zeros of type {t}")

    def zero(self, t: Scalar) -> ast.expr:
        kind = np.dtype(t.dtype).kind
        if kind == "c":
            return ast.Constant(0j)
        if t.dtype == "float32" or t.dtype == "float16":
            return call(self.dotted(f"numpy.{t.dtype}"), ast.Constant(0.0))
        return ast.Constant({"b": False, "i": 0, "u": 0}.get(kind, 0.0))


def _copied(x: ast.expr, inside: int) -> ast.expr:
    """A copy of a list and of the lists and arrays that many levels inside."""
    if not inside:
        return call(attribute(x, "copy"))
    item = ast.comprehension(ast.Name("v", ast.Store()), x, [], 0)
    return ast.ListComp(_copied(name("v"), inside - 1), [item])


_OWN = frozenset(
    ["call", "getitem", "list.new", "tuple.new", "tuple.get", "list.len", "list.pop", "copy", "zeros_like",
     "outer.snapshot", "outer.dict"]
)  # fmt: skip


_ATTRIBUTES = frozenset(["T", "shape", "size", "ndim", "dtype", "real", "imag", "flat"])


def _is_name(pattern: Any) -> bool:
    """Whether a step of a path is an attribute (`("T",)`, `("attr", name, arguments...)`) and no
    subscript."""
    if not pattern or not isinstance(pattern[0], str):
        return False
    return pattern[0] == "attr" or (len(pattern) == 1 and pattern[0] != "at")


def _is_whole(op: Op, n: int) -> bool:
    """Whether the only operand of a variadic primitive is the sequence itself."""
    return n == 1 and "_container" not in op.attrs and isinstance(op.inputs[0].type, List | Tuple)


def _slots(tree: Any) -> int:
    return 1 if isinstance(tree, int) else sum(map(_slots, tree))


def _equal(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except (TypeError, ValueError):
        return a is b


def _subscript(pattern: Any, operands: list[ast.expr]) -> ast.expr:
    it = iter(operands)
    out: list[ast.expr] = []
    for e in pattern:
        if isinstance(e, str) and e == "at":
            out.append(next(it))
        elif isinstance(e, tuple) and e and e[0] == "slice":
            out.append(ast.Slice(*(next(it) if given else None for given in e[1:])))
        else:
            out.append(ast.Constant(e))
    return out[0] if len(out) == 1 else ast.Tuple(out, ast.Load())


def is_none(v: Value) -> bool:
    return isinstance(v, Constant) and v.value is None
