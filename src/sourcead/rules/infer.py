"""Type rules: result types of primitives from the types of their operands.

Dtype and kind come from NumPy itself, by calling the primitive on samples whose axes all have length 1
(for the families where that is sound: elementwise functions and reductions); shapes come from rules over
symbolic lengths.
"""

from __future__ import annotations

import math
import operator
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from .. import runtime
from ..ir.types import (
    Array,
    Dim,
    List,
    Opaque,
    Scalar,
    Tuple,
    Type,
    const_dim,
    dtype_kind,
    new_dim,
    same_dim,
    scalar_of,
    unify,
)
from .registry import Infer, Length, TypeRefusal, resolve

_PYTHON = {"b": bool, "i": int, "u": int, "f": float, "c": complex}


def sample(t: Type, value: float) -> Any:
    """An object of the type, axes of length 1, filled with a value."""
    if isinstance(t, Scalar):
        kind = dtype_kind(t.dtype)
        number = {"b": True, "i": 1, "u": 1}.get(kind, value)
        return np.dtype(t.dtype).type(number) if t.numpy else _PYTHON[kind](number)
    if isinstance(t, Array):
        return np.full((1,) * t.ndim, True if t.dtype == "bool" else value).astype(t.dtype)
    if isinstance(t, Opaque) and t.what == "NoneType":
        return None
    if isinstance(t, Tuple):
        return tuple(sample(i, value) for i in t.items)
    raise TypeRefusal(f"a value of type {t} where a number or an array is expected")


@lru_cache(maxsize=8192)
def _sampled(key: str, classes: tuple[Type, ...], keywords: tuple[tuple[str, Any], ...]) -> Type:
    f = resolve(key)
    error: Exception | None = None
    for value in (0.5, 1.5, 1.0):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                out = f(*(sample(t, value) for t in classes), **dict(keywords))
            break
        except np.exceptions.AxisError as e:
            raise TypeRefusal(str(e)) from None
        except (ValueError, ArithmeticError) as e:  # outside of the domain: another value
            error = e
        except (TypeError, IndexError, np.linalg.LinAlgError) as e:
            raise TypeRefusal(str(e)) from None
    else:
        raise TypeRefusal(str(error))
    return type_of_result(out)


def type_of_result(out: Any) -> Type:
    if isinstance(out, np.ndarray):
        return Array(out.dtype.name, tuple(const_dim(1) for _ in out.shape), True)
    if type(out) is tuple:
        return Tuple(tuple(map(type_of_result, out)))
    t = scalar_of(out)
    return t if t is not None else Opaque(type(out).__name__)


def _class(t: Type) -> Type:
    """A type without its sizes, as a cache key."""
    if isinstance(t, Length):
        return Scalar(t.dtype, t.numpy)
    if isinstance(t, Tuple):
        return Tuple(tuple(map(_class, t.items)))
    return Array(t.dtype, (const_dim(1),) * t.ndim) if isinstance(t, Array) else t


def _key(keywords: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in sorted(keywords.items()))


def dtype_of(key: str, types: list[Type], keywords: dict[str, Any] | None = None) -> Type:
    """Kind, dtype and rank of the result, by calling the function of that key on samples."""
    given = {k: v for k, v in (keywords or {}).items() if not k.startswith("_")}
    concrete = [Scalar(t.dtype, True) if isinstance(t, Scalar) and t.numpy is None else t for t in types]
    out = _sampled(key, tuple(map(_class, concrete)), _key(given))
    unsure = any(isinstance(t, Scalar) and t.numpy is None for t in types)
    if unsure and isinstance(out, Scalar):
        plain = [Scalar(t.dtype, False) if isinstance(t, Scalar) and t.numpy is None else t for t in types]
        if _sampled(key, tuple(map(_class, plain)), _key(given)) != out:
            return Scalar(out.dtype, None)
    return out


def broadcast_dims(shapes: list[tuple[Dim, ...]]) -> tuple[Dim, ...]:
    """The shape of an elementwise result.  Two axes known not to have length 1 are equal from here on."""
    rank = max(map(len, shapes), default=0)
    out: list[Dim] = []
    for axis in range(rank):
        dims = [s[axis - rank + len(s)] for s in shapes if axis - rank + len(s) >= 0]
        best: Dim | None = None
        unknown = False
        for d in dims:
            if d.is_one:
                continue
            if best is None:
                best = d
            elif same_dim(best, d):
                continue
            elif best.not_one and d.not_one:
                unify(best, d)
            elif d.not_one:
                best = d
            elif not best.not_one:
                unknown = True
        out.append(const_dim(1) if best is None else new_dim() if unknown and not best.not_one else best)
    return tuple(out)


def elementwise(key: str) -> Any:
    """The type rule of an elementwise function: NumPy's dtype, broadcast shape; of one or several results."""

    def infer(types: list[Type], attrs: dict[str, Any]) -> Type | tuple[Type, ...]:
        out = dtype_of(key, types, attrs)
        outs = out.items if isinstance(out, Tuple) else (out,)
        if any(isinstance(o, Array) for o in outs):
            dims = broadcast_dims([t.shape for t in types if isinstance(t, Array)])
            arrays = [t for t in types if isinstance(t, Array)]
            flat, loose = all(t.contiguous for t in arrays), all(t.loose for t in arrays)
            outs = tuple(Array(o.dtype, dims, flat, loose) if isinstance(o, Array) else o for o in outs)
        return outs if isinstance(out, Tuple) else outs[0]

    return infer


def scalar_function(key: str) -> Infer:
    """The type rule of a function of numbers (the module math): arrays are refused."""

    def infer(types: list[Type], attrs: dict[str, Any]) -> Type:
        for t in types:
            if isinstance(t, Array):
                raise TypeRefusal(
                    f"{key} takes numbers, not arrays; the function of that name in NumPy takes both"
                )
        return dtype_of(key, types, attrs)

    return infer


def array_of(t: Type) -> Array:
    """A number seen as an array of rank 0; refuses what is neither."""
    if isinstance(t, Array):
        return t
    if isinstance(t, Scalar):
        return Array(np.dtype(t.dtype).name, (), True)
    raise TypeRefusal(f"a value of type {t} where a number or an array is expected")


def need_rank(t: Type, least: int, what: str) -> Array:
    a = array_of(t)
    if a.ndim < least:
        raise TypeRefusal(f"{what} must have at least {least} axes")
    return a


def axis_of(axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise TypeRefusal(f"axis={axis!r} is not covered")
    if not -ndim <= axis < ndim:
        raise TypeRefusal(f"axis {axis} is out of bounds for an array with {ndim} axes")
    return axis % ndim


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front; None stands for all."""
    if axis is None:
        return tuple(range(ndim))
    out = tuple(axis_of(a, ndim) for a in (axis if isinstance(axis, tuple | list) else (axis,)))
    if len(set(out)) < len(out):
        raise TypeRefusal("an axis is named twice")
    return out


def result(dtype: str, shape: tuple[Dim, ...], contiguous: bool = False) -> Type:
    """What a function that makes arrays, and NumPy scalars in place of rank 0, returns."""
    return Array(dtype, shape, contiguous) if shape else Scalar(dtype, True)


def promoted(types: list[Type]) -> str:
    """The common dtype of operands, Python numbers adapting to the others as NumPy has it."""
    parts = [
        sample(t, 1.0) if isinstance(t, Scalar) and t.numpy is False else np.dtype(array_of(t).dtype)
        for t in types
    ]
    return np.result_type(*parts).name


def dtype_name(dtype: Any, default: str) -> str:
    """The name of a `dtype=` keyword."""
    try:
        name = default if dtype is None else np.dtype(dtype).name
    except TypeError:
        raise TypeRefusal(f"dtype={dtype!r} is not covered") from None
    if np.dtype(name).kind not in "biufc":
        raise TypeRefusal(f"dtype={name} is not covered")
    return name


def dims_of(t: Type | None) -> tuple[Dim, ...]:
    """The shape that an operand `shape` asks for; a length below zero, or not known, is a new symbol."""
    if isinstance(t, Tuple):
        return tuple(d for i in t.items for d in dims_of(i))
    if isinstance(t, Length):
        return (t.dim,) if t.dim.symbol is not None or t.dim.offset >= 0 else (new_dim(),)
    if isinstance(t, Scalar) and dtype_kind(t.dtype) in "iu":
        return (new_dim(),)
    if t is None:
        raise TypeRefusal("the shape is missing")
    raise TypeRefusal(f"a shape must be a whole number or a tuple of them, not {t}")


def plus(a: Dim, b: Dim) -> Dim:
    """The sum of two lengths; a new symbol where neither is a plain number."""
    if b.symbol is None:
        return Dim(a.symbol, a.offset + b.offset)
    return Dim(b.symbol, a.offset + b.offset) if a.symbol is None else new_dim()


def times(a: Dim, n: int | None) -> Dim:
    """A length times a number."""
    if n == 1:
        return a
    return const_dim(a.offset * n) if a.symbol is None and n is not None else new_dim()


def constant_of(t: Type) -> int | None:
    """The number that an integer operand is known to be."""
    return t.dim.offset if isinstance(t, Length) and t.dim.symbol is None else None


__all__ = ["broadcast_dims", "dtype_of", "elementwise", "sample", "type_of_result"]
_ = (math, operator, List, runtime)  # packages that keys of the book name are imported here
