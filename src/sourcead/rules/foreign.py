"""Objects of SciPy that primitives take: sparse matrices, factorizations, interpolants.

One that was made outside of the function is a value of type `Foreign`, read live at each call like an array.
What a function may do with it is written as a class, which the frontend looks into:

    A: Value of type Foreign("csr_matrix")        A @ x    is    Matrix.__matmul__(instance with object=A, x)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ir.types import Foreign
from .registry import open_parts

#: Tell the type of an object of a library, None where it is not one of theirs.
RECOGNISED: list[Callable[[Any], Foreign | None]] = []
#: The classes that say what can be done with such an object, by the `what` of its type.  An instance has the
#: object as its attribute `object`.
FOREIGN: dict[str, type] = {}
QUESTIONS: dict[int, Callable] = {}  # functions of the type of an operand, answered when compiling


def foreign_type(obj: Any) -> Foreign | None:
    """The type of an object of SciPy that primitives take; its lengths are new symbols, or 1."""
    cls = type(obj)
    if (cls.__module__ or "").partition(".")[0] != "scipy" and cls.__name__ != "SuperLU":
        return None  # SuperLU is compiled, and says that it is a built-in
    open_parts()
    return next((t for tell in RECOGNISED if (t := tell(obj)) is not None), None)


def question(f: Callable) -> Callable:
    """Mark a function of the type of one operand that is answered when compiling."""
    QUESTIONS[id(f)] = f
    return f


def kept(x: Any) -> Any:
    """In a rule: x, whose arrays may not be written to afterwards, since something shares their memory."""
    return x
