"""The public functions: grad, value_and_grad, jvp, vjp."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from .derivative import Derivative
from .frontend.capture import is_numba_dispatcher
from .nested import met_grad, met_jvp, met_vjp


def grad(
    f: Any = None,
    argnums: Any = 0,
    has_aux: bool = False,
    backend: str | None = None,
    *,
    fastmath: bool | None = None,
    parallel: bool | None = None,
    cache: bool = False,
) -> Any:
    """The gradient of a function with one real number as its result.

    f          a function of numbers, arrays, and nested tuples, lists, dicts, namedtuples and dataclasses of
               them
    argnums    position or name of the argument to differentiate, or a tuple of several
    has_aux    f returns (value, aux); the result is (gradient, aux)
    backend    "numpy" (plain Python text), "numba" (the text compiled by Numba, array statements as loops),
               or "auto": Numba where it can, else NumPy with one warning.  Left out: "numba" for what is
               under `numba.njit`, whose derivative other jitted functions can call, else "numpy"
    fastmath   with Numba: it may reorder sums and take nan and inf for impossible, so other last digits, and
               wrong results where nan or inf do occur
    parallel   with Numba: loops whose trips write to places of their own run on several threads.  Left out,
               both are what the function's own `njit` says, with its `boundscheck` and `nogil`
    cache      with Numba: compiled code is kept in `$SOURCEAD_CACHE_DIR` (else the user's cache directory)
               for other processes; another text of the derivative is compiled anew

    Returns a `Derivative`; called, it gives the gradient in the argument's structure, shapes and dtypes (a
    tuple of gradients for a tuple of argnums).  `grad` computes only what the gradient needs: an exception of
    a part of f that does not matter for it need not be raised.  Raises errors.Unsupported for what cannot be
    compiled, errors.NotDifferentiable for integer arguments.  Also a decorator: `@grad`,
    `@grad(argnums="w")`.

    >>> import sourcead as ad
    >>> ad.grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 2.0)
    (2.0, 3.0)
    """
    if f is None:
        return functools.partial(
            grad,
            argnums=argnums,
            has_aux=has_aux,
            backend=backend,
            fastmath=fastmath,
            parallel=parallel,
            cache=cache,
        )
    return Derivative(f, "grad", argnums, has_aux, backend, fastmath, parallel, cache)


def value_and_grad(
    f: Any = None,
    argnums: Any = 0,
    has_aux: bool = False,
    backend: str | None = None,
    *,
    fastmath: bool | None = None,
    parallel: bool | None = None,
    cache: bool = False,
) -> Any:
    """Value and gradient in one sweep; the value is that of f, bit for bit.  Arguments as for `grad`.

    >>> import sourcead as ad
    >>> ad.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    if f is None:
        return functools.partial(
            value_and_grad,
            argnums=argnums,
            has_aux=has_aux,
            backend=backend,
            fastmath=fastmath,
            parallel=parallel,
            cache=cache,
        )
    return Derivative(f, "value_and_grad", argnums, has_aux, backend, fastmath, parallel, cache)


def jvp(
    f: Any,
    primals: Any = None,
    tangents: Any = None,
    argnums: Any = None,
    backend: str | None = None,
    *,
    fastmath: bool | None = None,
    parallel: bool | None = None,
    cache: bool = False,
) -> Any:
    """The value of f and its derivative along a direction.

    primals, tangents   tuples of arguments and of directions of the same structures (0 or None for integers)

    Returns (value, tangent).  Without primals: a `Derivative` to be called with them.

    >>> import sourcead as ad
    >>> ad.jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 0.0))
    (6.0, 2.0)
    """
    d = _cached(f, "jvp", argnums, backend, fastmath, parallel, cache)
    return d if primals is None else d(primals, tangents)


def vjp(
    f: Any,
    *primals: Any,
    argnums: Any = None,
    backend: str | None = None,
    fastmath: bool | None = None,
    parallel: bool | None = None,
    cache: bool = False,
) -> Any:
    """The value of f and its pullback, which takes the adjoint of the result to a tuple of adjoints, one a
    primal (None for integers).  The pullback may be called any number of times.  Without primals: a
    `Derivative` to be called with them.

    >>> import sourcead as ad
    >>> y, pullback = ad.vjp(lambda x, y: x * y, 3.0, 2.0)
    >>> pullback(1.0)
    (2.0, 3.0)
    """
    d = _cached(f, "vjp", argnums, backend, fastmath, parallel, cache)
    return d(*primals) if primals else d


grad.__sourcead_call__ = met_grad("grad")  # type: ignore[attr-defined]
value_and_grad.__sourcead_call__ = met_grad("value_and_grad")  # type: ignore[attr-defined]
jvp.__sourcead_call__ = met_jvp  # type: ignore[attr-defined]
vjp.__sourcead_call__ = met_vjp  # type: ignore[attr-defined]


def _cached(f: Any, mode: str, argnums: Any, *options: Any) -> Derivative:
    """jvp and vjp are called with the function each time: the derivative is kept as long as the function
    lives."""
    try:
        stays = inspect.isfunction(f) or isinstance(f, Derivative) or is_numba_dispatcher(f)
        kept = f.__dict__.setdefault("__sourcead__", {}) if stays else {}
        key = (mode, argnums if not isinstance(argnums, list) else tuple(argnums), options)
        if key not in kept:
            kept[key] = Derivative(f, mode, argnums, False, *options)
        return kept[key]
    except TypeError:
        return Derivative(f, mode, argnums, False, *options)


__all__ = ["Derivative", "grad", "jvp", "value_and_grad", "vjp"]
