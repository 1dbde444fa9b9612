"""Programs of more than one precision: adjoints and tangents in the dtype of their primal.

Where all numbers are of double precision, whether an adjoint is a `float` or an `np.float64` changes no
value, and nothing is converted before the end.  Where some are not, it does: an array of single precision
stays so beside a Python number, and not beside a scalar of NumPy's in double precision (NEP 50).

    w[1] = np.mean(u)           w float64, u float32
    w_bar[1] / u.size           np.float64: added to u_bar, it would make that one float64

So in such a program each contribution is converted as the primal was, the other way round.
"""

from __future__ import annotations

import numpy as np

from ..ir.builder import Builder
from ..ir.core import Constant, Function, Value
from ..ir.types import Array, List, Scalar, Tuple, Type, dtype_kind, is_complex, is_inexact

DOUBLE = ("float64", "complex128")


def is_mixed(function: Function) -> bool:
    """Whether a function has numbers of another precision than double."""
    values = [*function.params, *(v for op in function.walk() for v in op.results)]
    values += [p for op in function.walk() for r in op.regions for p in r.params]
    return any(map(_other, {v.type for v in values}))


def _other(t: Type | None) -> bool:
    if isinstance(t, List):
        return _other(t.elem)
    if isinstance(t, Tuple):
        return any(map(_other, t.items))
    return isinstance(t, Scalar | Array) and dtype_kind(t.dtype) in "fc" and t.dtype not in DOUBLE


def number_of(c: Value, like: Value, builder: Builder) -> Value:
    """A number as one of the kind and precision of a number or of an array; a real one stays real."""
    t, want = c.type, like.type
    if isinstance(c, Constant) or not isinstance(t, Scalar) or not isinstance(want, Scalar | Array):
        return c
    if not is_inexact(t) or not is_inexact(want):
        return c
    dtype = want.dtype if is_complex(t) else np.finfo(want.dtype).dtype.name
    if isinstance(want, Array):
        if t.numpy is False or t.dtype == dtype:
            return c
        made = Scalar(dtype, True)
    elif want.numpy is None or (t.numpy is want.numpy and t.dtype == dtype):
        return c
    else:
        made = Scalar(dtype, want.numpy)
    name = {"f": "float", "c": "complex"}[dtype_kind(dtype)]
    key = f"numpy.{dtype}" if made.numpy else f"builtins.{name}"
    return builder.one(key, [c], made, {"_dot": True, "_precision": True})


def constant_of(c: Value, like: Value) -> Value:
    """A constant that a loop starts with, or a branch leaves, as a number of its primal's precision."""
    t = like.type
    if isinstance(c, Constant) and isinstance(t, Scalar) and t.numpy and c.type != t:
        return Constant(np.dtype(t.dtype).type(c.value))
    return c


def unconverted(c: Value) -> Value:
    """What a conversion of this module was made of, where what follows converts anyway."""
    op = c.op
    if op is not None and op.attrs.get("_precision"):
        return op.inputs[0]
    return c


def sum_dtype(a: Scalar, b: Scalar) -> str:
    """The dtype of a sum of two numbers; a Python number takes the precision of a NumPy scalar."""
    if a.numpy is not False and b.numpy is False:
        a, b = b, a
    if a.numpy is False and b.numpy is not False:
        return np.result_type(b.dtype, np.complex64).name if is_complex(a) else b.dtype
    return np.promote_types(a.dtype, b.dtype).name


def in_list(t: Type, elements: Type) -> Type:
    """The type of an element of a list of adjoints: the shape of its primal, the dtype that the list has."""
    if isinstance(elements, List) and isinstance(t, Array) and isinstance(elements.elem, Array):
        return Array(elements.elem.dtype, t.shape, t.contiguous, t.loose, t.fortran)
    if isinstance(elements, List) and isinstance(t, Scalar) and isinstance(elements.elem, Scalar):
        return Scalar(elements.elem.dtype, elements.elem.numpy)
    return t
