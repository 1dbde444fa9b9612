"""Programs of the corpus as IR with flat arguments, for tests that run IR before and after something."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
from programs.registry import Program, load

import sourcead as ad
from sourcead.ad import reverse as reverse_module
from sourcead.ad.forward import forward
from sourcead.frontend.lower import Lowered, lower
from sourcead.frontend.trees import flatten, tree_of
from sourcead.ir.core import Function
from sourcead.ir.interpret import run
from sourcead.ir.types import Array, List, Scalar, is_complex, is_inexact
from sourcead.rules.registry import resolve


def programs() -> list[Program]:
    return [p for p in load() if not p.refused and not p.awaited]


def lowered(item: Program, case: int) -> tuple[Lowered, list[Any]]:
    """The primal's IR for one set of inputs, and those inputs flat."""
    names, values = ad.grad(item.function, item.wrt)._bind(tuple(item.make(case)), {})
    low = lower(item.function, [(n, tree_of(v)) for n, v in zip(names, values)])
    flat = [x for v, t in zip(values, low.trees) for x in flatten(v, t)]
    return low, [*flat, *(f.read() for f in low.frees if f.value is not None)]


def execute(f: Function, args: list[Any]) -> list[Any]:
    """The results, with what the program prints thrown away and the random stream as it was before."""
    state = np.random.get_state()
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            return run(f, args, resolve)
    finally:
        np.random.set_state(state)


def like(x: Any, t: Any, rng: np.random.Generator) -> Any:
    """A random tangent or adjoint of a value."""
    if isinstance(t, List):
        return [like(e, t.elem, rng) for e in x]
    r = rng.normal(size=np.shape(x))
    if isinstance(t, Array | Scalar) and is_complex(t):
        r = r + 1j * rng.normal(size=np.shape(x))
    if isinstance(x, np.ndarray | np.generic):
        return (
            np.asarray(r).astype(x.dtype)[()] if isinstance(x, np.generic) else np.asarray(r).astype(x.dtype)
        )
    return type(x)(r) if isinstance(x, float | complex) else float(r)


def leaves_of(f: Function) -> list[int]:
    return [k for k, v in enumerate(f.params) if is_inexact(v.type)]


def derivative(kind: str, f: Function, args: list[Any], monkeypatch: Any) -> tuple[Function, list[Any], int]:
    """The joint function or the pushforward before any pass has seen it, its arguments, and how many of its
    results are the primal's."""
    wrt, rng = leaves_of(f), np.random.default_rng(0)
    if kind == "forward":
        out = forward(f, wrt)
        return out, [*args, *(like(args[k], f.params[k].type, rng) for k in wrt)], len(f.results)
    with monkeypatch.context() as m:
        m.setattr(reverse_module, "clean", lambda function: function)
        out = reverse_module.reverse(f, wrt)
    values = execute(f, args)
    seeds = [like(values[k], f.results[k].type, rng) for k in out.attrs["seeded"]]
    return out, [*args, *seeds], len(f.results)


def same(a: Any, b: Any) -> bool:
    """Equality of kind, dtype, shape and bits."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float | complex):
        return np.array(a).tobytes() == np.array(b).tobytes()
    return a is b or bool(a == b)


def close(a: Any, b: Any) -> bool:
    """Equality up to the rounding of algebra; a scalar and its broadcast count as one."""
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(close, a, b))
    if not isinstance(a, np.ndarray | np.generic | int | float | complex):
        return type(a) is type(b)
    loose = any(isinstance(v, np.ndarray | np.generic) and v.dtype.char in "fF" for v in (a, b))
    scale = max(1.0, float(np.max(np.abs(np.nan_to_num(a)), initial=0.0)))
    tol = 2e-4 if loose else 1e-11
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=tol, atol=tol * scale, equal_nan=True)
