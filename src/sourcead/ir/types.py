"""Types of IR values: what is known of a value before the program runs.

Sizes are never known, only names for them: a `Dim` is a symbol plus an offset (`n`, `n - 1`) or a plain
number, and operations that prove two symbols equal unify them.  That is what lets the reverse sweep leave out
un-broadcasting where no axis can have length 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np


class Symbol:
    """An unknown length.  `not_one` says that it is known not to be 1; `wild` that it stands for lengths that
    differ from path to path, so it is never unified; unified symbols share a parent."""

    __slots__ = ("not_one", "parent", "wild")

    def __init__(self, not_one: bool = False, wild: bool = False) -> None:
        self.not_one = not_one
        self.wild = wild
        self.parent: Symbol | None = None

    def find(self) -> Symbol:
        s = self
        while s.parent is not None:
            s = s.parent
        return s


@dataclass(frozen=True, slots=True)
class Dim:
    """The length of one axis: `symbol + offset`, or just `offset` where `symbol` is None."""

    symbol: Symbol | None
    offset: int = 0

    @property
    def is_one(self) -> bool:
        return self.symbol is None and self.offset == 1

    @property
    def not_one(self) -> bool:
        if self.symbol is None:
            return self.offset != 1
        return self.offset == 0 and self.symbol.find().not_one


def new_dim(not_one: bool = False) -> Dim:
    return Dim(Symbol(not_one))


def const_dim(n: int) -> Dim:
    return Dim(None, n)


def same_dim(a: Dim, b: Dim) -> bool:
    """Whether two lengths are known to be equal."""
    if a.offset != b.offset:
        return False
    if a.symbol is None or b.symbol is None:
        return a.symbol is b.symbol
    return a.symbol.find() is b.symbol.find()


_handled: ContextVar[bool] = ContextVar("handled", default=False)


@contextmanager
def handling() -> Iterator[None]:
    """While lowering what stands in a `try` that may catch a mismatch of lengths: going on does not mean that
    they were equal."""
    token = _handled.set(True)
    try:
        yield
    finally:
        _handled.reset(token)


def unify(a: Dim, b: Dim) -> None:
    """Record that two plain symbols are equal (the program would have raised otherwise)."""
    if _handled.get():
        return
    if a.symbol is not None and b.symbol is not None and a.offset == b.offset:
        ra, rb = a.symbol.find(), b.symbol.find()
        if ra is not rb and not ra.wild and not rb.wild:
            rb.parent = ra
            ra.not_one = ra.not_one or rb.not_one


class Type:
    """Base of all types."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Scalar(Type):
    """A number.  `dtype` is a NumPy dtype name; `numpy` tells a NumPy scalar (True) from a Python number
    (False), None where it may be either."""

    dtype: str
    numpy: bool | None = False

    def __str__(self) -> str:
        mark = {True: "np.", False: "", None: "?"}[self.numpy]
        return mark + (self.dtype if self.numpy else self.dtype.rstrip("0123456789"))


@dataclass(frozen=True, slots=True)
class Array(Type):
    """A NumPy array: dtype name and one `Dim` an axis.  `contiguous`: known to be in C order,
    `fortran`: known to be in Fortran order and not in C order.  `loose`: a number may stand in its place
    (`s = 0` before a loop that does not run)."""

    dtype: str
    shape: tuple[Dim, ...]
    contiguous: bool = False
    loose: bool = field(default=False, compare=False)
    fortran: bool = False

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(':' if d.symbol else str(d.offset) for d in self.shape)}]"


@dataclass(frozen=True, slots=True)
class List(Type):
    """A list whose length shows only at run time; all elements have one type (None: no element yet)."""

    elem: Type | None

    def __str__(self) -> str:
        return f"list[{self.elem}]"


@dataclass(frozen=True, slots=True)
class Tuple(Type):
    """A tuple as a run-time value (results of a call, residuals); most tuples dissolve while lowering."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Opaque(Type):
    """A value that carries no derivative and that only its own operations understand: text, None, a generator
    of random numbers, a shape tuple.  `what` names its Python type."""

    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Foreign(Type):
    """An object of another library that is a constant to the compiler, and that primitives take: a sparse
    matrix, an interpolant.  `what` names its class; `dtype` and `shape` are those of its numbers; `facts`:
    what else of it decides the types of what is computed with it."""

    what: str
    dtype: str = "float64"
    shape: tuple[Dim, ...] = ()
    facts: tuple[object, ...] = ()

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Undefined(Type):
    """The type of a name that no path has bound yet."""

    def __str__(self) -> str:
        return "undefined"


PY_BOOL = Scalar("bool")
PY_INT = Scalar("int64")
PY_FLOAT = Scalar("float64")
PY_COMPLEX = Scalar("complex128")
NP_FLOAT = Scalar("float64", True)
UNDEFINED = Undefined()


@cache
def dtype_kind(dtype: str) -> str:
    """NumPy's letter for the kind of a dtype: b, i, u, f, c, or O."""
    return np.dtype(dtype).kind


def is_inexact(t: Type | None) -> bool:
    """Whether values of the type can carry a derivative."""
    if isinstance(t, Scalar | Array):
        return dtype_kind(t.dtype) in "fc"
    if isinstance(t, List):
        return is_inexact(t.elem)
    if isinstance(t, Tuple):
        return any(map(is_inexact, t.items))
    return False


def is_complex(t: Type) -> bool:
    return isinstance(t, Scalar | Array) and dtype_kind(t.dtype) == "c"


def scalar_of(value: object) -> Scalar | None:
    """The type of a Python number or NumPy scalar."""
    if isinstance(value, np.generic):
        return Scalar(value.dtype.name, True)
    for kind, t in ((bool, PY_BOOL), (int, PY_INT), (float, PY_FLOAT), (complex, PY_COMPLEX)):
        if isinstance(value, kind):
            return t
    return None


def join(a: Type, b: Type) -> Type | None:
    """The least type that covers both, or None where no one type does."""
    if a == b or isinstance(b, Undefined):
        return a
    if isinstance(a, Undefined):
        return b
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        dtype = a.dtype if a.dtype == b.dtype else np.promote_types(a.dtype, b.dtype).name
        return Scalar(dtype, a.numpy if a.numpy == b.numpy else None)
    if isinstance(a, Array) and isinstance(b, Array) and a.ndim == b.ndim:
        dims = tuple(p if same_dim(p, q) else Dim(Symbol(wild=True)) for p, q in zip(a.shape, b.shape))
        dtype = a.dtype if a.dtype == b.dtype else np.promote_types(a.dtype, b.dtype).name
        return Array(dtype, dims, a.contiguous and b.contiguous, fortran=a.fortran and b.fortran)
    if isinstance(a, Foreign) and isinstance(b, Foreign) and len(a.shape) == len(b.shape):
        dims = tuple(p if same_dim(p, q) else Dim(Symbol(wild=True)) for p, q in zip(a.shape, b.shape))
        alike = (a.what, a.dtype, a.facts) == (b.what, b.dtype, b.facts)
        return replace(a, shape=dims) if alike else None
    if isinstance(a, List) and isinstance(b, List):
        if a.elem is None or b.elem is None:
            return a if b.elem is None else b
        elem = join(a.elem, b.elem)
        return None if elem is None else List(elem)
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items):
        items = [join(p, q) for p, q in zip(a.items, b.items)]
        return None if None in items else Tuple(tuple(items))  # type: ignore[arg-type]
    return None


def renewed(types: Sequence[Type], wild: bool = False) -> list[Type]:
    """The types with lengths of their own, equal ones still equal; with `wild`, only those that differ from
    path to path: a value that is read from a place where they may meet has one of them.

    A slot of a loop has another length at each trip, so its parameter, what it is next and its result have
    different ones at one time; the items of a list have a length each.
    """
    made: dict[Symbol, Symbol] = {}

    def dim(d: Dim) -> Dim:
        if d.symbol is None or (wild and not d.symbol.find().wild):
            return d
        s = d.symbol.find()
        if s not in made:
            made[s] = Symbol(s.not_one, s.wild)
        return Dim(made[s], d.offset)

    def of(t: Type) -> Type:
        if isinstance(t, Array | Foreign):
            return replace(t, shape=tuple(map(dim, t.shape)))
        if isinstance(t, List) and t.elem is not None:
            return t if wild else List(of(t.elem))
        return Tuple(tuple(map(of, t.items))) if isinstance(t, Tuple) else t

    return [of(t) for t in types]


def same_layout(a: Type, b: Type) -> bool:
    """Whether as much is known of the order in memory of the one as of the other."""
    if isinstance(a, Array) and isinstance(b, Array):
        return a.contiguous == b.contiguous and a.fortran == b.fortran
    if isinstance(a, List) and isinstance(b, List) and a.elem is not None and b.elem is not None:
        return same_layout(a.elem, b.elem)
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return all(map(same_layout, a.items, b.items))
    return True


def same_type(a: Type, b: Type) -> bool:
    """Equality up to unified symbols."""
    if isinstance(a, Array) and isinstance(b, Array):
        return a.dtype == b.dtype and a.ndim == b.ndim and all(map(same_dim, a.shape, b.shape))
    if isinstance(a, List) and isinstance(b, List) and a.elem is not None and b.elem is not None:
        return same_type(a.elem, b.elem)
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return len(a.items) == len(b.items) and all(map(same_type, a.items, b.items))
    if isinstance(a, Foreign) and isinstance(b, Foreign) and len(a.shape) == len(b.shape):
        alike = (a.what, a.dtype, a.facts) == (b.what, b.dtype, b.facts)
        return alike and all(map(same_dim, a.shape, b.shape))
    return a == b
