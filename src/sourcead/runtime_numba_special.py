"""SciPy's special functions for Numba: the double versions of `scipy.special.cython_special`, by address.

    scipy.special.erf(x)  ->  a ufunc of Numba over the C function `__pyx_fuse_1erf`, double -> double

Importing the module registers each that has a version from doubles to a double; the others Numba refuses.
"""

from __future__ import annotations

import ctypes
import re

import scipy.special
from numba import vectorize
from numba.extending import get_cython_function_address, overload
from scipy.special import cython_special

_SIGNATURE = re.compile(r'"double \(((?:double, )*)int __pyx_skip_dispatch\)"')
_NAME = re.compile(r"(?:__pyx_fuse_(?:\d+)?)?(\w+)")


def versions() -> dict[str, tuple[str, int]]:
    """For each function of scipy.special: the name of its C version and the number of its arguments."""
    found: dict[str, tuple[str, int]] = {}
    for symbol, capsule in cython_special.__pyx_capi__.items():
        signature, named = _SIGNATURE.search(str(capsule)), _NAME.fullmatch(symbol)
        if signature and named and hasattr(scipy.special, named[1]):
            found.setdefault(named[1], (symbol, signature[1].count("double")))
    return found


def known_to_numba(name: str, symbol: str, count: int) -> None:
    """Register the function: compiled when first called."""
    address = get_cython_function_address("scipy.special.cython_special", symbol)
    kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count, ctypes.c_int)
    args = ", ".join("abcdefgh"[:count])
    scope = {"pointer": kind(address), "vectorize": vectorize}
    floats = ", ".join(f"float({c})" for c in "abcdefgh"[:count])
    exec(
        f"@vectorize\ndef each({args}):\n    return pointer({floats}, 0)\n"
        f"def called({args}):\n    return each({args})\n"
        f"def typed({args}):\n    return called\n",
        scope,
    )
    overload(getattr(scipy.special, name))(scope["typed"])


for _name, (_symbol, _count) in versions().items():
    if 1 <= _count <= 4:
        known_to_numba(_name, _symbol, _count)
