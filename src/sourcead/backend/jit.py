"""Text to functions that Numba compiles: the definitions of a text, and the helpers that they call, under
`numba.njit`.  Numba is imported when the first text is loaded."""

from __future__ import annotations

import importlib
from types import FunctionType
from typing import Any

from .. import runtime
from .load import load

_helpers: dict[str, Any] = {}


def load_jitted(text: str, name: str, namespace: dict[str, Any], **options: Any) -> Any:
    """Load a text, put all its functions under `njit`, and return the dispatcher of the function `name`.

    `options` go to `numba.njit`; division has NumPy's meaning.  Raises ImportError without Numba.
    """
    numba = importlib.import_module("numba")
    for h in [k for k, v in namespace.items() if getattr(runtime, k, None) is v]:
        namespace[h] = helper(h)
    load(text, name, namespace, name)
    for k, f in list(namespace.items()):
        if isinstance(f, FunctionType) and f.__globals__ is namespace:
            namespace[k] = numba.njit(error_model="numpy", **options)(f)
    return namespace[name]


def helper(name: str) -> Any:
    """A run-time helper that jitted code can call."""
    if name not in _helpers:
        numba = importlib.import_module("numba")
        f = _SCALAR.get(name, getattr(runtime, name))
        options: dict[str, Any] = {"error_model": "numpy"}
        if name == "accumulate":  # sums in any order, so that they vectorise
            options["fastmath"] = {"reassoc", "nsz"}
        _helpers[name] = numba.njit(**options)(f)
    return _helpers[name]


# -- helpers on numbers, as Numba's types want them --------------------------------------------------------
def _safe_divide(g: Any, d: Any) -> Any:
    return g / d if g != 0 else g * 0.0


def _safe_multiply(g: Any, p: Any) -> Any:
    return g * p if g != 0 else g * 0.0


def _safe_power(x: Any, p: Any) -> Any:
    return x ** (p * 1.0)


def _safe_log(x: Any) -> Any:
    import math

    return math.log(x) if x > 0 else 0.0


def _safe_subtract(a: Any, b: Any) -> Any:
    return a - b if a != b else 0.0


_SCALAR = {
    "safe_divide": _safe_divide,
    "safe_multiply": _safe_multiply,
    "safe_power": _safe_power,
    "safe_log": _safe_log,
    "safe_subtract": _safe_subtract,
}
