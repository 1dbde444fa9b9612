"""The book of rules: every primitive once, with all that the compiler knows of it.

A *primitive* is a function that is never looked into.  Its key is a dotted name ("numpy.sum", "math.sin",
"operator.add"), resolved to the object only when the object's package is already imported, so that the
book costs nothing to open.  A rule is ordinary Python; it is lowered by the frontend with the types at
hand, so that conditions on `x.ndim` or on a keyword fold away, and only what is left reaches the
derivative's text.

How the derivative of a primitive `y = f(x0, x1, ..., **keywords)` is written, the first that fits:

    constant("numpy.floor")                                     derivative zero, said and not assumed
    partials("numpy.tan", lambda x, y: 1.0 + y * y)             elementwise: dy/dx, one function an argument
    scaled("operator.truediv", lambda g, a, b, y: g / b,        elementwise: g * dy/dx in its best form;
    serves as
                               lambda g, a, b, y: -g * y / b)   pushforward (g = x_dot) and pullback (g =
                               y_bar)
    @jvp("numpy.linalg.inv")                                    anything else: the two modes side by side,
    def _(a, y, a_dot): return -y @ a_dot @ y                   one function for each argument (argument 0
    unless @vjp("numpy.linalg.inv")                                    given: @jvp("numpy.dot", 1)); results
    of several def _(a, y, y_bar): return -y.T @ y_bar @ y.T               arguments add

A rule takes the inputs, the output, the tangent or adjoint, then the static keywords it names (`*, axis,
keepdims`).  For a *variadic* primitive (`concatenate`) the inputs come as one tuple and `vjp` returns a
tuple.  `None` in place of a function says that the argument has no derivative (zero); `unknown`, that
asking for it is refused.  Broadcasting, zero tangents and casts to the argument's dtype are the compiler's
work, never the rule's.  In a `scaled` or `partials` rule the adjoint may be of a smaller, broadcastable
shape; the others get it at the output's full shape.  Operands that a call leaves out come as None.  Where
`y` is a tuple, so are `y_dot` and `y_bar`.

Work that both sweeps share, a factorization say, has a form of the call that shows it:

    @shared("scipy.linalg.solve")                               stands in the place of the call where that is
    def _(a, b):                                                differentiated: the value, bit for bit, with
        lu, piv = scipy.linalg.lu_factor(a)                     the same errors, and what the rules may use
        return scipy.linalg.lu_solve((lu, piv), b), (lu, piv)   again; or None, if these keywords have none

    @vjp("scipy.linalg.solve", 1)                               a rule that names the keyword `work` gets it;
    def _(a, b, y, y_bar, *, work): ...                         None where the call was left as it is

The work consists of ordinary values of the forward sweep, kept like others for as long as they are needed.

Rules may call each other's helpers (they are inlined), what is `@static` (run when compiling, on static
arguments) and the functions of `sourcead.runtime`.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..ir.core import Constant, Value
from ..ir.types import Array, Dim, Foreign, Scalar, Tuple, Type, const_dim, dtype_kind, new_dim

Infer = Callable[[list[Type], dict[str, Any]], "Type | tuple[Type, ...]"]


@dataclass
class Primitive:
    """One primitive and its columns.

    params      names of the positional parameters that may be run-time operands, in order
    keywords    static keywords and their defaults
    infer       result type(s) from operand types and keywords; raises TypeRefusal with a reason
    alias       "fresh", or ("view", i) / ("same", i): the result shares memory with operand i; ("may_view",
    i) may_raise   raises for some operands although their types are right
    effect      True: is seen from outside (printing, drawing random numbers): happens once, in order,
                always; "check": raises where the derivative would be wrong: must happen, and may again
    variadic    True: the first parameter is a sequence of operands (`concatenate`); "*": the positional
                arguments are the operands (`meshgrid`), behind `leading` static keywords (`einsum`)
    defaults    what stands for an operand that a call leaves out before others that it gives (else None)
    spell       how it is printed where that is not a call of its key: ("binop", "Add"), ("unary", "USub"),
                ("compare", "Lt"), ("method", "astype"), ("attribute", "T")
    fixed       the keywords that are known but must keep their default
    order       names of all parameters in the order of the signature, where that is not `params`, then
                `keywords`: operands behind a static keyword are printed by name
    hidden      operands that the text leaves out: they are part of another operand, and only say how that
                depends on what is differentiated
    cost        its floating point operations (`rules/counting.py`); None: as in the table of `rules/costs.py`
    record      what several results come in, where that is no tuple: a namedtuple (`np.linalg.eigh`), `list`;
                or a function that says so from the operands' types
    names       what several results are called where the user's program has no name for them
    known       the results that are known when compiling, from the keywords: {1: lower} of `cho_factor`
    packed      so many operands come as one tuple: 2 for `lu_solve((lu, piv), b)`.  Where the function takes
                the first alone in its place (`solve_toeplitz(c, b)`), the others are None
    absent      a result without an adjoint has None in `y_bar`, so that a rule can leave out its part
    undetermined  the results without a derivative, and why, from the operands' types and the keywords: using
                one is refused
    unsure      whether, for operands of these types, the dtype of the results shows only at run time; the
                type rule says the wider one, and what could tell is refused (`Unsure`)
    certain     a function that the result goes through where its dtype shows only at run time, operands being
                real: it raises where the dtype is not the one that the type rule says

    no_path     of a draw: why its parameters have no derivative along it; an active one is refused

    `params`, then `keywords` (or `order`) are in the order of the function's own signature, so that positions
    can be counted.
    """

    key: str
    params: tuple[str, ...]
    infer: Infer
    keywords: dict[str, Any] = field(default_factory=dict)
    alias: Any = "fresh"
    may_raise: bool = False
    effect: bool | str = False
    variadic: bool | str = False
    leading: int = 0
    defaults: dict[str, Any] = field(default_factory=dict)
    spell: tuple[str, str] | None = None
    fixed: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    cost: Callable[..., Any] | None = None
    record: type | Callable[[list[Type]], type | None] | None = None
    names: tuple[str, ...] = ()
    known: Callable[[dict[str, Any]], dict[int, Any]] | None = None
    packed: int = 0
    absent: bool = False
    undetermined: Callable[[list[Type], dict[str, Any]], dict[int, str]] | None = None
    unsure: Callable[[list[Type]], bool] | None = None
    certain: Callable | None = None
    form: Callable | None = None
    no_path: str = ""
    constant: bool = False
    partials: tuple[Callable | None, ...] | None = None
    scaled: tuple[Callable | None, ...] | None = None
    jvps: dict[int, Callable | None] = field(default_factory=dict)
    vjps: dict[int, Callable | None] = field(default_factory=dict)

    @property
    def signature(self) -> tuple[str, ...]:
        return self.order or (*self.params, *self.keywords)

    @property
    def positional(self) -> int:
        """How many operands are printed by position."""
        pairs = zip(self.params, self.signature)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), len(self.params))

    @property
    def has_rule(self) -> bool:
        return bool(self.constant or self.partials or self.scaled or self.jvps or self.vjps)


@dataclass(frozen=True, slots=True)
class Length(Scalar):
    """The type of an integer operand of which a name or a number is known; only type rules see it."""

    dim: Dim = const_dim(0)


class TypeRefusal(Exception):
    """A primitive cannot take these operands or keywords; the text says why."""


BOOK: dict[str, Primitive] = {}
ALIASES: dict[str, str] = {}  # other dotted names of a primitive: {"numpy.abs": "numpy.absolute"}
STATIC: dict[int, Callable] = {}  # functions that are run when compiling
METHODS: dict[str, str] = {}  # array methods and attributes: {"sum": "numpy.sum", "T": "numpy.ndarray.T"}


_by_object: dict[Any, tuple[Any, str]] = {}
_seen_modules: frozenset[str] = frozenset()


def forget_objects() -> None:
    """Look all objects up again (a user has added a primitive)."""
    _by_object.clear()


def primitive(key: str, params: str, infer: Infer, **columns: Any) -> Primitive:
    """Add a primitive.  `params`: names separated by blanks; `also`: its other dotted names; `methods`:
    the array methods or attributes that are it."""
    also, methods = columns.pop("also", ""), columns.pop("methods", "")
    for column in ("fixed", "names", "order"):
        columns[column] = tuple(columns.get(column, "").split())
    p = BOOK[key] = Primitive(key, tuple(params.split()), infer, **columns)
    p.infer = _checked(p, infer)
    forget_objects()
    for name in also.split():
        ALIASES[name] = key
    for name in methods.split():
        METHODS[name] = key
    return p


def _checked(p: Primitive, infer: Infer) -> Infer:
    """The type rule behind the checks that all primitives share: unknown keywords and too many operands."""

    def run(types: list[Type], attrs: dict[str, Any]) -> Type | tuple[Type, ...]:
        given = {k: v for k, v in attrs.items() if not k.startswith("_")}
        for k, v in given.items():
            if k not in p.keywords:
                raise TypeRefusal(f"the keyword {k}= is not covered")
            default = p.keywords[k]
            if k in p.fixed and v is not default and not (type(v) is type(default) and v == default):
                raise TypeRefusal(f"{k}={v!r} is not covered")
        if not p.variadic and len(types) > len(p.params):
            raise TypeRefusal(f"at most {len(p.params)} operands are covered, not {len(types)}")
        if attrs.get("_inputs") is not None:
            types = [operand_type(v, t) for v, t in zip(attrs["_inputs"], types)]
        extra = {"_attrs": attrs.get("_attrs", attrs)}
        return infer(
            types,
            {**{k: v for k, v in p.keywords.items() if k not in p.fixed}, **_unfixed(p, given), **extra},
        )

    run.wants_values = True  # type: ignore[attr-defined]
    return run


def _unfixed(p: Primitive, given: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in given.items() if k not in p.fixed}


def operand_type(v: Value, t: Type) -> Type:
    """The type of an operand, with the length that an integer is known to be: `3`, `len(x)`, `len(x) - 1`."""
    if isinstance(t, Tuple) and v.op is not None and v.op.kind == "tuple.new":
        return Tuple(tuple(operand_type(i, i.type) for i in v.op.inputs))
    if isinstance(t, Scalar) and dtype_kind(t.dtype) == "i":
        dim = _length(v)
        return t if dim is None else Length(t.dtype, t.numpy, dim)
    return t


def _length(v: Value) -> Dim | None:
    if isinstance(v, Constant):
        return const_dim(int(v.value))
    op = v.op
    if op is None or not op.inputs:
        return named_length(v)
    t = op.inputs[0].type
    if isinstance(t, Array | Foreign) and t.shape:
        if op.kind == "builtins.len":
            return t.shape[0]
        if op.kind == "numpy.size" and (op.attrs.get("axis") is not None or t.ndim == 1):
            return t.shape[op.attrs.get("axis") or 0]
    if op.kind in ("operator.add", "operator.sub"):
        a, b = map(_length, op.inputs)
        if a is not None and b is not None and b.symbol is None:
            return Dim(a.symbol, a.offset + (b.offset if op.kind == "operator.add" else -b.offset))
    return named_length(v)


def named_length(v: Value) -> Dim:
    """The symbol of an integer that shows only at run time: two arrays made with it have one length."""
    if v.dim is None:
        v.dim = new_dim()
    return v.dim


def static(f: Callable) -> Callable:
    """Mark a function of static arguments that is run when compiling; its result is static."""
    STATIC[id(f)] = f
    return f


def _key(f: Any) -> str:
    if isinstance(f, str):
        return ALIASES.get(f, f)
    for key in BOOK:
        if resolve(key) is f:
            return key
    raise KeyError(f"{f!r} is no primitive")


def constant(*keys: Any) -> None:
    for k in keys:
        BOOK[_key(k)].constant = True


def unknown(*args: Any, **keywords: Any) -> Any:
    """Stands in `scaled` and `partials` for the rule of an argument whose derivative nobody knows: asking for
    it is refused."""
    raise NotImplementedError("there is no rule for this argument")


def partials(f: Any, *fs: Callable | None) -> None:
    BOOK[_key(f)].partials = fs


def scaled(f: Any, *fs: Callable | None) -> None:
    BOOK[_key(f)].scaled = fs


def jvp(f: Any, argument: int = 0) -> Callable[[Callable], Callable]:
    def add(rule: Callable) -> Callable:
        BOOK[_key(f)].jvps[argument] = rule
        return rule

    return add


def vjp(f: Any, argument: int = 0) -> Callable[[Callable], Callable]:
    def add(rule: Callable) -> Callable:
        BOOK[_key(f)].vjps[argument] = rule
        return rule

    return add


#: Calls that the layers above lower themselves (`callbacks`), by the dotted name of what is called, and those
#: of instances of a class, by the dotted name of the class.
LOWERINGS: dict[str, Callable] = {}
INSTANCES: dict[str, Callable] = {}


def shared(f: Any) -> Callable:
    """The form of a primitive that shows the work which its rules use again: (value, work), or None."""

    def add(form: Callable) -> Callable:
        BOOK[_key(f)].form = form
        return form

    return add


#: The parts of the book that speak of SciPy, by the module of SciPy that must have been imported for them to
#: be opened: {"scipy.special": ["gamma", "bessel"]}.  Each is a module of `sourcead.rules.scipy`, or a full
#: name.
PARTS: dict[str, tuple[str, ...]] = {}
_opened: set[str] = set()


def open_parts(everything: bool = False) -> None:
    """Open the parts of the book whose module of SciPy is in use; `everything`: all that are installed."""
    for module, parts in PARTS.items():
        if everything and module not in sys.modules:
            try:
                importlib.import_module(module)
            except ImportError:
                continue
        if module in sys.modules:
            for part in parts:
                if part not in _opened:
                    _opened.add(part)
                    full = part if part.startswith("sourcead.") else f"{__package__}.scipy.{part}"
                    importlib.import_module(full)


def home(key: str) -> str:
    """The module that a dotted name stands in: "scipy.stats" of "scipy.stats.norm.logpdf"."""
    module, _, _ = key.rpartition(".")
    while (parent := module.rpartition(".")[0]) and module not in sys.modules:
        if not hasattr(sys.modules.get(parent), module.rpartition(".")[2]):
            break  # a module that is not loaded
        module = parent
    return module


def resolve(key: str) -> Any:
    """The object of a dotted name if its package is imported, else None."""
    parts = key.split(".")
    for n in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:n]))
        if module is not None:
            obj: Any = module
            for p in parts[n:]:
                obj = getattr(obj, p, None)
                if obj is None:
                    return None
            return obj
    return None


def _identity(obj: Any) -> Any:
    """What two mentions of one callable share; a bound method is made anew at each."""
    if isinstance(obj, types.MethodType):
        return id(obj.__self__), id(obj.__func__)
    return id(obj)


def _found(obj: Any) -> str | None:
    """The dotted name under which the book has a callable."""
    global _seen_modules
    roots = frozenset(m for m in (*_ROOTS, *PARTS) if m in sys.modules)
    if roots != _seen_modules or not _by_object:
        open_parts()
        _seen_modules = roots
        for name in [*BOOK, *ALIASES, *LOWERINGS]:
            o = resolve(name)
            if o is not None:
                _by_object.setdefault(_identity(o), (o, ALIASES.get(name, name)))
    hit = _by_object.get(_identity(obj))
    if hit is None or not (hit[0] is obj or isinstance(obj, types.MethodType)):
        return None
    return hit[1]


def find(obj: Any) -> Primitive | None:
    """The primitive that a callable is, if it is one."""
    return BOOK.get(_found(obj) or "")


def lowering_of(obj: Any) -> Callable | None:
    """`f(lowerer, args, kwargs)` that lowers a call of an object, if there is one."""
    key = _found(obj)
    if key in LOWERINGS:
        return LOWERINGS[key]
    kind = type(obj)
    for name, lowering in INSTANCES.items():
        if name.endswith(kind.__name__) and kind is resolve(name):
            return functools.partial(lowering, obj)
    return None


#: Objects of a library that make something when they are called ("scipy.stats.norm"): the class, written as a
#: user would write it, that is looked into instead.  It is called with the object before the arguments.
STAND_INS: dict[str, type] = {}


def stand_in(obj: Any) -> type | None:
    """The class that stands for what a call of the object makes."""
    if isinstance(obj, types.FunctionType | types.BuiltinFunctionType | type):
        return None
    return next((cls for key, cls in STAND_INS.items() if resolve(key) is obj), None)


#: Tells of a method of an object that was made outside of the function what it calls: another callable, and
#: the positional arguments and keywords that follow those of the call; None where it does not know.
FORWARDED: list[Callable[[Any], tuple[Any, tuple[Any, ...], dict[str, Any]] | None]] = []


def forwarded(obj: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
    """What a bound method passes its arguments on to, with which others."""
    if not isinstance(obj, types.MethodType):
        return None
    return next((found for tell in FORWARDED if (found := tell(obj)) is not None), None)


_ROOTS = ("numpy", "math", "operator", "builtins", "cmath", "sourcead.runtime")
