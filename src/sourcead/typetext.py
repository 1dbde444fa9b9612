"""Types of arguments as people write them, `"x: float, A: float[:, :], n: int"`, and points made from them.

The text has the syntax of parameter annotations, so Python's own parser reads it.  An axis is `:` (any
length), a number (that length) or a name (`float[n, d]`: axes of one name have one length).  Where names do
not say which lengths belong together, `fitting_point` finds out: it tries the ways of making axes equal, the
fewest equalities first, until the function runs.  Lengths that need not agree then differ, and a derivative
that confuses two axes fails its check instead of passing by luck.
"""

from __future__ import annotations

import ast
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_PYTHON = {"float": "float64", "int": "int64", "bool": "bool", "complex": "complex128"}
_PREFIXES = ("np.", "numpy.")
_LENGTHS = (3, 4, 5, 2, 6, 7, 8, 9)  # never 1, which would broadcast
_MOST_AXES = 6  # more axes than this are not searched exhaustively (Bell numbers: 203 ways for six)

Size = int | str | None


class TypeTextError(ValueError):
    """A type text or annotation that cannot be understood; the text says which part and what is possible."""


@dataclass(frozen=True)
class TypeSpec:
    """The type of one argument.

    dtype   NumPy's name: "float64", "int32", ...
    sizes   one entry an axis: a length, a name shared by axes of equal length, or None
    numpy   for a scalar: whether it is a NumPy scalar (`np.float32`) instead of a Python number
    """

    dtype: str
    sizes: tuple[Size, ...] = ()
    numpy: bool = False

    @property
    def ndim(self) -> int:
        return len(self.sizes)

    @property
    def inexact(self) -> bool:
        """Whether a derivative with respect to it makes sense."""
        return np.dtype(self.dtype).kind in "fc"

    def __str__(self) -> str:
        short = {v: k for k, v in _PYTHON.items()}
        if not self.sizes:
            return self.dtype if self.numpy else short.get(self.dtype, self.dtype)
        axes = ", ".join(":" if s is None else str(s) for s in self.sizes)
        return f"{short.get(self.dtype, self.dtype)}[{axes}]"


FLOAT = TypeSpec("float64")


def parse_types(text: str) -> dict[str, TypeSpec]:
    """Read `"x: float, A: float[:, :], n: int, w: float32[:]"` into a specification for each name, in order.

    Raises TypeTextError with the part that is not understood.

    >>> parse_types("x: float, A: float[:, :]")["A"].ndim
    2
    """
    try:
        [tree] = ast.parse(f"def f({text}): pass").body
    except (SyntaxError, ValueError):
        raise TypeTextError(f"cannot read the types {text!r}; write them as {_EXAMPLE}") from None
    if not isinstance(tree, ast.FunctionDef):
        raise TypeTextError(f"cannot read the types {text!r}; write them as {_EXAMPLE}")
    a = tree.args
    if a.vararg or a.kwarg or a.defaults or any(a.kw_defaults):
        raise TypeTextError(f"types are written as {_EXAMPLE}, without *, ** and default values")
    specs = {}
    for p in [*a.posonlyargs, *a.args, *a.kwonlyargs]:
        if p.annotation is None:
            raise TypeTextError(f"{p.arg!r} has no type; write it as {p.arg}: float")
        specs[p.arg] = _spec(p.annotation, p.arg)
    return specs


_EXAMPLE = '"x: float, A: float[:, :], n: int"'


def parse_type(text: str, name: str = "the argument") -> TypeSpec:
    """Read one type, `"float[:, :]"`.  Raises TypeTextError."""
    try:
        return _spec(ast.parse(text.strip(), mode="eval").body, name)
    except SyntaxError:
        raise TypeTextError(f"cannot read the type {text!r} of {name}") from None


def _spec(node: ast.expr, name: str) -> TypeSpec:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return parse_type(node.value, name)
    sizes: tuple[Size, ...] = ()
    base = node
    if isinstance(node, ast.Subscript):
        base = node.value
        axes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        sizes = tuple(_size(axis, name) for axis in axes)
    written = ast.unparse(base)
    for prefix in _PREFIXES:
        plain = written.removeprefix(prefix)
        if plain != written:
            break
    dtype = _PYTHON.get(written)
    if dtype is None:
        try:
            dtype = np.dtype(plain).name
        except TypeError:
            dtype = "object"
        if np.dtype(dtype).kind not in "biufc" or not plain.isidentifier():
            raise TypeTextError(
                f"{written!r} is no type for {name}; there are float, int, bool, complex and NumPy's names "
                f"(float32, int8, ...), with [:] for an axis: float[:, :]"
            )
        return TypeSpec(dtype, sizes, not sizes)
    return TypeSpec(dtype, sizes)


def _size(axis: ast.expr, name: str) -> Size:
    match axis:
        case ast.Slice(lower=None, upper=None, step=None):
            return None
        case ast.Constant(value=int(n)) if n >= 0:
            return n
        case ast.Name(id=symbol):
            return symbol
    raise TypeTextError(
        f"an axis of {name} is ':', a length or a name, as in float[:, 3] or float[n, n]; "
        f"not {ast.unparse(axis)!r}"
    )


# --- the types of a function's parameters -----------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """What is known of a function's positional parameters: a specification for each that has to be given a
    value, and the sentences that say what was assumed."""

    specs: dict[str, TypeSpec]
    assumed: tuple[str, ...]


def signature_of(f: Callable[..., Any], text: str | None = None, needed: tuple[str, ...] = ()) -> Signature:
    """The types of f's parameters, from `text`, else from annotations and numeric defaults, else from how
    f's source uses them (`range(n)`: an int, `A[i, j]`: two axes), else float scalars.

    A parameter with a default that neither `text` nor `needed` names keeps its default, and so is not listed
    unless one after it has to be given.  Raises TypeTextError for names that f does not have and annotations
    that it cannot understand.
    """
    given = parse_types(text) if text else {}
    params = inspect.signature(f).parameters
    for name in given:
        if name not in params:
            raise TypeTextError(
                f"the types name {name!r}, but the parameters are {', '.join(params) or 'none'}"
            )
    hints = _hints(f)
    used = _uses(f)
    specs: dict[str, TypeSpec] = {}
    assumed: list[str] = []
    pending: dict[str, TypeSpec] = {}
    for name, p in params.items():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        if p.kind is p.KEYWORD_ONLY:
            if p.default is p.empty:
                raise TypeTextError(
                    f"{name!r} is keyword-only and has no default; give it one, or wrap the function"
                )
            continue
        default = _value_spec(p.default)
        if name in given:
            spec = given[name]
        elif name in hints:
            spec = _annotated(hints[name], name, used.get(name), assumed)
        elif default is not None:
            spec = default
        else:
            spec = used.get(name, FLOAT)
            assumed.append(f"{name} is {'an array' if spec.ndim else 'a number'}, {spec}")
        if p.default is not p.empty and name not in given and name not in needed:
            pending[name] = spec
            continue
        specs |= pending
        specs[name] = spec
        pending = {}
    return Signature(specs, tuple(a for a in assumed if a.split(" ", 1)[0] in specs))


def _hints(f: Callable[..., Any]) -> dict[str, Any]:
    target = f
    while hasattr(target, "__wrapped__"):
        target = target.__wrapped__
    try:
        hints = getattr(target, "__annotations__", {})
    except Exception as e:  # from Python 3.14 on, annotations are evaluated here, and may fail in any way
        raise TypeTextError(
            f"the annotations cannot be evaluated ({e}); write them as text or use --types"
        ) from e
    return {k: v for k, v in hints.items() if k != "return"}


def _value_spec(default: Any) -> TypeSpec | None:
    if isinstance(default, np.ndarray) and default.dtype.kind in "biufc":
        return TypeSpec(default.dtype.name, default.shape)
    if isinstance(default, np.generic) and default.dtype.kind in "biufc":
        return TypeSpec(default.dtype.name, (), True)
    if type(default).__name__ in _PYTHON:
        return TypeSpec(_PYTHON[type(default).__name__])
    return None


def _annotated(hint: Any, name: str, use: TypeSpec | None, assumed: list[str]) -> TypeSpec:
    """The specification that an annotation says, which may be text, a class, `np.ndarray` or
    `NDArray[...]`."""
    if isinstance(hint, str):
        if hint.split("[")[0].split(".")[-1] in ("ndarray", "NDArray", "ArrayLike"):
            inner = hint.split("[")[-1].rstrip("]").split(".")[-1] if "[" in hint else "float64"
            return _rank_from_use(inner if _is_number(inner) else "float64", name, use, assumed)
        return parse_type(hint, name)
    if hint is np.ndarray:
        return _rank_from_use("float64", name, use, assumed)
    origin = typing.get_origin(hint)
    if origin is np.ndarray:
        dtypes = [c for a in typing.get_args(hint) for c in typing.get_args(a) if isinstance(c, type)]
        number = dtypes[0].__name__ if dtypes else "float64"
        return _rank_from_use(number if _is_number(number) else "float64", name, use, assumed)
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
        qualified = hint.__name__ if hint.__module__ == "builtins" else f"np.{hint.__name__}"
        return parse_type(qualified, name)
    raise TypeTextError(
        f"{name} is annotated {hint!r}, which says no number or array; give its type with --types"
    )


def _is_number(dtype: str) -> bool:
    try:
        return np.dtype(dtype).kind in "biufc"
    except TypeError:
        return False


def _rank_from_use(dtype: str, name: str, use: TypeSpec | None, assumed: list[str]) -> TypeSpec:
    spec = TypeSpec(dtype, use.sizes if use is not None and use.ndim else (None,))
    assumed.append(f"{name} is an array, {spec}")
    return spec


def _uses(f: Callable[..., Any]) -> dict[str, TypeSpec]:
    """What a function's own source says of parameters that have no type."""
    try:
        source = inspect.getsource(inspect.unwrap(f))
        tree = ast.parse("if 1:\n" + source if source[:1].isspace() else source)
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, TypeSpec] = {}

    def say(node: ast.AST, spec: TypeSpec) -> None:
        if isinstance(node, ast.Name):
            old = found.get(node.id)
            if old is None or old.ndim < spec.ndim:
                found[node.id] = spec

    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="range"), args=args):
                for a in args:
                    say(a, TypeSpec("int64"))
            case ast.Call(func=ast.Name(id="len" | "enumerate" | "zip" | "sum" | "reversed"), args=args):
                for a in args:
                    say(a, _axes(1))
            case ast.For(iter=value) | ast.comprehension(iter=value):
                say(value, _axes(1))
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="shape"), slice=ast.Constant(value=int(axis))
            ):
                say(value, _axes(axis + 1))
            case ast.Subscript(value=value, slice=index):
                say(value, _axes(len(index.elts) if isinstance(index, ast.Tuple) else 1))
            case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                say(left, _axes(1))
                say(right, _axes(1))
            case ast.Attribute(value=value, attr="sum" | "mean" | "dot" | "size" | "max" | "min" | "copy"):
                say(value, _axes(1))
            case ast.Attribute(value=value, attr="T"):
                say(value, _axes(2))
    return found


def _axes(n: int) -> TypeSpec:
    return TypeSpec("float64", (None,) * n)


# --- points -----------------------------------------------------------------------------------------------


def example(spec: TypeSpec, rng: np.random.Generator, lengths: tuple[int, ...] | None = None) -> Any:
    """A value of the type: floats in (0.5, 1.5), an int 3, arrays of ints below 3 (which can serve as
    indices).

    `lengths` are those of an array's axes; without them, axes of no stated length get 3, 4, 5, ...

    >>> example(parse_type("float32[:, :]"), np.random.default_rng(0)).shape
    (3, 4)
    """
    kind = np.dtype(spec.dtype).kind
    if lengths is None:
        named: dict[Size, int] = {}
        free = iter(_LENGTHS * 4)
        lengths = tuple(s if isinstance(s, int) else named.setdefault(s or f"{i}:", next(free))
                        for i, s in enumerate(spec.sizes))  # fmt: skip
    value: Any
    if kind == "b":
        value = rng.integers(0, 2, lengths) > 0 if spec.sizes else True
    elif kind in "iu":
        value = rng.integers(0, 3, lengths) if spec.sizes else 3
    elif kind == "c":
        value = rng.uniform(0.5, 1.5, lengths) + 1j * rng.uniform(-0.5, 0.5, lengths)
    else:
        value = rng.uniform(0.5, 1.5, lengths)
    if spec.sizes:
        return np.asarray(value).astype(spec.dtype)
    if spec.numpy:
        return np.dtype(spec.dtype).type(value)
    return {"b": bool, "i": int, "f": float, "c": complex}[kind](value)


def points(specs: Mapping[str, TypeSpec], seed: int = 0) -> Iterator[tuple[Any, ...]]:
    """Points of these types, from axes that all differ in length to axes that all have one length."""
    keys: list[Size] = []  # one an independent length: a name, or an axis on its own
    axes: dict[str, list[Size]] = {}
    for name, spec in specs.items():
        axes[name] = [s if isinstance(s, int | str) else f"{name}:{i}" for i, s in enumerate(spec.sizes)]
        keys += [k for k in axes[name] if isinstance(k, str) and k not in keys]
    for blocks in _partitions(len(keys)):
        length = {key: _LENGTHS[b % len(_LENGTHS)] for key, b in zip(keys, blocks)}
        rng = np.random.default_rng(seed)
        yield tuple(
            example(spec, rng, tuple(k if isinstance(k, int) else length[k] for k in axes[name]))
            for name, spec in specs.items()
        )


def _partitions(n: int) -> Iterator[tuple[int, ...]]:
    """The ways to say which of n lengths are equal, as block numbers; those with the most blocks first."""
    if n > _MOST_AXES:
        yield tuple(range(n))
        yield (0,) * n
        return
    found: list[tuple[int, ...]] = [()]
    for _ in range(n):
        found = [(*p, b) for p in found for b in range(max(p, default=-1) + 2)]
    yield from sorted(found, key=lambda p: (-len(set(p)), p))


def fitting_point(f: Callable[..., Any], specs: Mapping[str, TypeSpec], seed: int = 0) -> tuple[Any, ...]:
    """The first of `points` at which f runs.  Raises what f raised at the first point if it runs at none."""
    first: Exception | None = None
    for point in points(specs, seed):
        try:
            f(*(np.array(v) if isinstance(v, np.ndarray) else v for v in point))
            return point
        except Exception as e:  # whatever the user's function raises is an answer: not this point
            first = first or e
    assert first is not None
    raise first


def example_point(specs: Mapping[str, TypeSpec], seed: int = 0) -> tuple[Any, ...]:
    """The first of `points`: one value for each specification, axes that may differ in length differing."""
    return next(points(specs, seed))
