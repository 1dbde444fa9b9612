"""Compiling by Numba at the first call, so that what it refuses is said before anything runs.

call ─> the text's entry ─> arguments of the compiled function ─> compiled for their types ─> call
                                                            └──> refused: the user's line (or NumPy)
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import warnings
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np

from .backend.jit import explained
from .compiler import Compiled
from .frontend.capture import is_numba_dispatcher
from .frontend.trees import leaves
from .ir.types import Array
from .options import Options


class _Stop(Exception):
    """The arguments of the compiled function have been seen."""


def settle(found: Compiled, function: Any, args: tuple[Any, ...]) -> None:
    """Have Numba compile a function of a derivative for arguments like these.

    Raises errors.Unsupported, at the user's line, where it cannot.
    """
    name = function.__name__
    jitted = found.jitted[name.removesuffix("_flat")]
    if function is jitted:
        _compile_for(found, jitted, args)
        return

    def seen(*flat: Any) -> None:
        _compile_for(found, jitted, flat)
        raise _Stop

    inside = {**function.__globals__, jitted.__name__: seen}
    try:
        FunctionType(function.__code__, inside, name, function.__defaults__)(*args)
    except _Stop:
        return


def settle_ahead(found: Compiled) -> None:
    """Have Numba compile the pullback for what the augmented primal, which it has compiled, returns: before
    either has run, so that NumPy can still take both.

    Raises errors.Unsupported, at the user's line, where it cannot.
    """
    forward, pullback = (found.jitted[f.name] for f in found.ir)
    returned = forward.overloads[forward.signatures[-1]].signature.return_type
    if found.entry is forward:  # value, residuals
        residuals = returned[1].types
    else:
        residuals = returned.types[len(returned) - found.ir[1].attrs["handed_over"] :]
    bars = [t for _, t in leaves(found.lowered.result)]
    seeds = [_numba_type(bars[k]) for k in found.extra["seeds"]]
    _compile(found, pullback, (*residuals, *seeds))


def _numba_type(t: Any) -> Any:
    numba = importlib.import_module("numba")
    kind = numba.from_dtype(np.dtype(t.dtype))
    return numba.types.Array(kind, t.ndim, "C") if isinstance(t, Array) else kind


def _compile_for(found: Compiled, jitted: Any, args: tuple[Any, ...]) -> None:
    try:
        types = tuple(map(jitted.typeof_pyval, args))
    except Exception as e:
        raise said(found, e) from e
    _compile(found, jitted, types)


def _compile(found: Compiled, jitted: Any, types: tuple[Any, ...]) -> None:
    try:
        with warnings.catch_warnings(), collector_at_rest():
            # of the layout of what is multiplied, of lists: advice on a text that is not the user's
            warnings.simplefilter("ignore")
            jitted.compile(types)
    except Exception as e:  # Numba raises errors of many classes for what it does not take
        raise said(found, e) from e


@contextlib.contextmanager
def collector_at_rest() -> Iterator[None]:
    """Without the cyclic garbage collector, which would walk a growing graph, of ours or of Numba's, again
    and again: a quarter of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def said(found: Compiled, error: Exception) -> Exception:
    """Numba's error as one at the user's line."""
    file = next(iter(found.jitted.values())).py_func.__code__.co_filename
    return explained(error, file, found.spans, found.lowered.function.name)


def options_of(fn: Any) -> Options | None:
    """The options of a function that is compiled by Numba, a dispatcher or a derivative on that backend; None
    for any other."""
    if is_numba_dispatcher(fn):
        said = fn.targetoptions
        fast = said.get("fastmath", False)
        if isinstance(fast, dict):
            fast = {flag for flag, on in fast.items() if on}
        return Options(
            "numba",
            tuple(sorted(fast)) if isinstance(fast, set | frozenset) else bool(fast),
            bool(said.get("parallel")),
            boundscheck=bool(said.get("boundscheck")),
            nogil=bool(said.get("nogil")),
        )
    options = getattr(fn, "options", None)
    derived = hasattr(type(fn), "__sourcead_call__") and isinstance(options, Options) and options.jits
    return options if derived else None
