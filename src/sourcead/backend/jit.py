"""Text to functions that Numba compiles: the definitions of a text, and the helpers that they call, under
`numba.njit`.  Numba is imported when the first text is loaded."""

from __future__ import annotations

import importlib
import math
from types import FunctionType
from typing import Any

import numpy as np

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
    if name == "unbroadcast":
        return unbroadcast()
    if name not in _helpers:
        numba = importlib.import_module("numba")
        f = _SCALAR.get(name, getattr(runtime, name))
        options: dict[str, Any] = {"error_model": "numpy"}
        if name == "accumulate":  # sums in any order, so that they vectorise
            options["fastmath"] = {"reassoc", "nsz"}
        _helpers[name] = numba.njit(**options)(f)
    return _helpers[name]


def unbroadcast() -> Any:
    """`runtime.unbroadcast` for Numba: a loop nest for each pair of ranks."""
    if "unbroadcast" not in _helpers:
        extending = importlib.import_module("numba.extending")
        types = importlib.import_module("numba.types")

        def stub(g, like):  # type: ignore[no-untyped-def]
            raise NotImplementedError("jitted code calls it")

        def typed(g, like):  # type: ignore[no-untyped-def]
            if not isinstance(g, types.Array):
                return lambda g, like: g
            return summing(g.ndim, like.ndim if isinstance(like, types.Array) else 0)

        extending.overload(stub, jit_options={"error_model": "numpy"})(typed)
        _helpers["unbroadcast"] = stub
    return _helpers["unbroadcast"]


def summing(rank: int, like: int) -> Any:
    """A function that sums an array of one rank down to the shape of one of another rank.

    >>> import numpy as np
    >>> summing(2, 2)(np.ones((2, 3)), np.zeros((2, 1))).tolist()
    [[3.0], [3.0]]
    """
    lines = ["def unbroadcast(g, like):"]
    lines += ["    out = np.zeros(like.shape, g.dtype)" if like else "    out = g.dtype.type(0)"]
    indices = [f"i{k}" for k in range(rank)]
    for k, i in enumerate(indices):
        lines.append("    " * (k + 1) + f"for {i} in range(g.shape[{k}]):")
    lead = rank - like
    places = [f"{indices[lead + k]} if like.shape[{k}] != 1 else 0" for k in range(like)]
    target = f"out[{', '.join(places)}]" if like else "out"
    lines.append("    " * (rank + 1) + f"{target} += g[{', '.join(indices)}]")
    lines.append("    return out")
    return load("\n".join(lines) + "\n", "unbroadcast", {"np": np})


# -- helpers on numbers, as Numba's types want them --------------------------------------------------------
def _safe_divide(g: Any, d: Any) -> Any:
    return g / d if g != 0 else g * 0.0


def _safe_multiply(g: Any, p: Any) -> Any:
    return g * p if g != 0 else g * 0.0


def _safe_power(x: Any, p: Any) -> Any:
    return x ** (p * 1.0)


def _safe_log(x: Any) -> Any:
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
