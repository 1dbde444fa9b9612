"""What to write in the book for a function that it does not have."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import numpy as np

from ..rules import registry

_NAMES = ("x",), ("a", "b"), ("a", "b", "c")


def public_name(obj: Any) -> str:
    """The shortest dotted name under which a function can be had: `scipy.ndimage.laplace`, although it is
    defined in `scipy.ndimage._filters`."""
    if getattr(obj, "__self__", None) is not None and not inspect.ismodule(obj.__self__):
        owner = type(obj.__self__)
        return f"{owner.__module__}.{owner.__qualname__}.{getattr(obj, '__name__', '?')}"
    own = getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None)
    home = getattr(obj, "__module__", None)
    if own is None:
        return f"{type(obj).__module__}.{type(obj).__qualname__}"
    if home is None:  # a ufunc does not know where it is from
        homes = ["numpy", *(m for m in registry.PARTS if m in sys.modules), *sorted(sys.modules)]
        home = next((m for m in homes if getattr(sys.modules.get(m), own, None) is obj), type(obj).__name__)
    parts = home.split(".")
    for n in range(1, len(parts)):
        if registry.resolve(".".join([*parts[:n], own])) is obj:
            return ".".join([*parts[:n], own])
    return f"{home}.{own}"


def operands(obj: Any) -> tuple[str, ...]:
    """The names of its arguments that have no default; those of a ufunc are made up."""
    if isinstance(obj, np.ufunc):
        return _NAMES[obj.nin - 1] if obj.nin <= len(_NAMES) else tuple(f"x{i}" for i in range(obj.nin))
    try:
        given = inspect.signature(obj).parameters.values()
    except (TypeError, ValueError):
        return ("x",)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in given if p.kind in positional and p.default is p.empty) or ("x",)


def rule_to_write(obj: Any) -> str:
    """The lines that give a function a rule, with its names filled in.

    >>> print(rule_to_write(np.spacing))
    from sourcead.extend import elementwise, primitive, scaled
    primitive("numpy.spacing", "x", elementwise("numpy.spacing"))
    scaled("numpy.spacing", lambda g, x, y: g * ...)  # ... is dy/dx
    """
    key, names = public_name(obj), operands(obj)
    y = "y" if "y" not in names else "out"
    g = "g" if "g" not in names else "along"
    rules = [f"lambda {', '.join([g, *names, y])}: {g} * ..." for _ in names]
    slopes = ", ".join(f"d{y}/d{n}" for n in names)
    return "\n".join(
        [
            "from sourcead.extend import elementwise, primitive, scaled",
            f'primitive("{key}", "{" ".join(names)}", elementwise("{key}"))',
            f'scaled("{key}", {", ".join(rules)})  # ... {"is" if len(names) == 1 else "are"} {slopes}',
        ]
    )
