"""What a Python variable can hold while its function is lowered.

Numbers are IR values.  Everything with identity (arrays, lists, dicts, instances) is a *reference* to an
`Obj`; the state of each object is kept in the lowerer's store, so that two names for one object see each
other's writes.  What is known when compiling (functions, modules, None, text) is `Static`.

    y = np.zeros(3); v = y[1:]      y -> Ref(obj 1)         store[obj 1] = %0
    v[0] = x                        v -> Ref(obj 1, [1:])   store[obj 1] = %1 = store(%0, [1:][0], x)
    z = y if c else w               z -> Ref(chosen by c of Ref(obj 1), Ref(obj 2)), which has no state itself
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from ..ir.core import Constant, Undef, Value
from ..ir.index import Pattern
from ..ir.types import Scalar


class Obj:
    """The identity of one object made while the function runs.  kind: array, list, dict, instance,
    function."""

    __slots__ = ("cls", "kind", "name")

    def __init__(self, kind: str, name: str | None = None, cls: Any = None) -> None:
        self.kind = kind
        self.name = name
        self.cls = cls

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name or ''}>"


class Chosen(Obj):
    """What a reference leads to where that shows only at run time: one of `options`, references to objects
    of one kind that are not chosen themselves.  `tag` tells which: with two options a condition, true for
    the first; with more the number of the option; with one whether the name is bound at all."""

    __slots__ = ("options", "tag")

    def __init__(self, tag: Value, options: tuple[Ref, ...], name: str | None = None) -> None:
        super().__init__(options[0].kind, name)
        self.tag = tag
        self.options = options


@dataclass(frozen=True, eq=False, slots=True)
class Ref:
    """A reference to an object, or to a view of an array: `path` is what leads from the base to the view, one
    (pattern, operands) a step; a step is a subscript pattern or one of those of `views.py`."""

    obj: Obj
    path: tuple[tuple[Pattern, tuple[Value, ...]], ...] = ()

    @property
    def kind(self) -> str:
        return self.obj.kind


@dataclass(frozen=True, eq=False, slots=True)
class Tup:
    """A tuple (immutable).  `cls`: its namedtuple class."""

    items: tuple[Any, ...]
    cls: Any = None


@dataclass(frozen=True, eq=False, slots=True)
class Static:
    """An object known when compiling."""

    value: Any


@dataclass(eq=False, slots=True)
class Frame:
    """One activation of a function while it is inlined; its variables live in the store under (frame,
    name)."""

    function: Any
    locals: frozenset[str]
    parent: Frame | None
    globals: dict[str, Any]
    closure: dict[str, Any]
    file: str
    declared_global: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    loops: list[Any] = field(default_factory=list)
    at: list[ast.AST] = field(default_factory=list)  # the statements that are being lowered, outermost first
    captured: bool = False
    template: bool = False
    named: bool = False  # a rule's text whose variables give their names to what they hold
    name: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Closure:
    """A function made inside the function that is lowered: its AST, the frame it sees, its defaults."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame
    defaults: tuple[Any, ...]
    kwdefaults: dict[str, Any]
    obj: Obj
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Bound:
    """A method: a function and the object it is bound to; `builtin` names a method of a list, dict or
    array."""

    owner: Any
    function: Any = None
    builtin: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class LocalClass:
    """A class statement inside the function."""

    name: str
    members: dict[str, Any]


@dataclass(frozen=True, eq=False, slots=True)
class RangeVal:
    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, eq=False, slots=True)
class Iter:
    """A lazy iterable over others: enumerate, zip, reversed, map, checkpoint, or a generator expression."""

    what: str
    parts: tuple[Any, ...]
    frame: Frame | None = None


@dataclass(frozen=True, eq=False, slots=True)
class SliceVal:
    start: Any
    stop: Any
    step: Any


ONE_KIND = "give it one kind (number, array of one rank, list, ...) on every path that leads here"


@dataclass(frozen=True, eq=False, slots=True)
class Conflict:
    """What a variable holds that nothing may read, as where two paths meet that gave it kinds which no one
    value can have."""

    reason: str
    hint: str = ONE_KIND


@dataclass(frozen=True, eq=False, slots=True)
class Unsure:
    """A complex array that is a real one where its numbers allow it, as `np.linalg.eigvals` returns: only
    what gives the same type for both may be done with it."""

    value: Any


@dataclass(frozen=True, eq=False, slots=True)
class Super:
    """`super()` in a method of `cls`, for the object `owner`."""

    cls: Any
    owner: Any


class Stop(Exception):
    """The path that is lowered raises here for certain: the store is None, and lowering goes on after it."""


@dataclass(frozen=True, slots=True)
class Growing:
    """The state of a list whose length shows only at run time: an IR value of type List."""

    value: Value


@dataclass(frozen=True, slots=True)
class Unread:
    """The state of a list that lives outside of the function, and is only appended to."""


UNREAD = Unread()
OUTER = "outer"  # variables of the store that live outside have it in their keys
UNDEF = Undef()
INT = Scalar("int64")
NONE = Static(None)
UNROLL = 100  # loops with at most so many trips are unrolled where they cannot be lowered as loops
LIVE = ("live",)  # the key of the store that says whether the path still runs

#: Second parts of the keys of flags, beside a frame, a `try` or a loop; none is the name of a variable.
RETURNED, EXIT, BROKEN = "returned?", "exit?", "broken?"
CAUGHT, WHICH, CAUSE = "caught?", "which?", "error?"
#: Those of flags that outlive a loop, and of all flags.
LASTING = (RETURNED, "return", CAUGHT, WHICH, CAUSE)
FLAGS = (*LASTING, EXIT, BROKEN)

Abstract = (
    Any  # Value | Ref | Tup | Static | Closure | Bound | LocalClass | RangeVal | Iter | SliceVal | Conflict
)


WHOLE: Any = ("slice", False, False, False)  # `:`
BACK: Any = ("slice", False, False, True)  # `::-1`, which has its operand


def path_through(path: tuple[Any, ...], steps: tuple[Any, ...]) -> tuple[Any, ...]:
    """A path with more steps behind it; `x[::-1][::-1]` is `x[:]`, so that a view which a loop turns round
    and round is one of two."""
    out = list(path)
    for step in steps:
        turns = step[0] == (BACK,) and all(isinstance(o, Constant) and o.value == -1 for o in step[1])
        last = out[-1] if out and turns else ((), ())
        if last == ((WHOLE,), ()):
            out[-1] = step
        elif last[0] == (BACK,) and all(isinstance(o, Constant) and o.value == -1 for o in last[1]):
            out[-1] = ((WHOLE,), ())
        else:
            out.append(step)
    return tuple(out)


def constant(value: Any, name: str | None = None) -> Abstract:
    """The abstract value of a Python object that is known: numbers become IR constants."""
    if isinstance(value, bool | int | float | complex) and type(value) in (bool, int, float, complex):
        c = Constant(value)
        c.name = name
        return c
    return Static(value)


def constant_tree(x: Any) -> Abstract:
    """As `constant`, with tuples item by item."""
    return Tup(tuple(map(constant_tree, x))) if type(x) is tuple else constant(x)
