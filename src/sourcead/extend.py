"""What authors of rules use: the book's own functions.  See `docs/rules.md`.

from sourcead.extend import elementwise, primitive, scaled

primitive("mylib.softsign", "x", elementwise("mylib.softsign"))
scaled("mylib.softsign", lambda g, x, y: g / (1.0 + abs(x)) ** 2)
"""

from __future__ import annotations

from . import rules as _book
from .rules.infer import elementwise, scalar_function
from .rules.registry import (
    TypeRefusal,
    constant,
    forget_objects,
    jvp,
    partials,
    primitive,
    scaled,
    static,
    vjp,
)
from .runtime import known_nonzero, known_positive, safe_divide, safe_multiply, static_value

__all__ = [
    "TypeRefusal",
    "constant",
    "elementwise",
    "forget_objects",
    "jvp",
    "known_nonzero",
    "known_positive",
    "partials",
    "primitive",
    "safe_divide",
    "safe_multiply",
    "scalar_function",
    "scaled",
    "static",
    "static_value",
    "vjp",
]
_ = _book
