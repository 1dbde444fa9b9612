"""`checkpoint`: keep less for the reverse sweep, and run it again there."""

from __future__ import annotations

import functools
import operator
from typing import Any

from .frontend.lower import Lowerer
from .frontend.values import Abstract, Bound, Closure, Iter, Ref, Static
from .ir.core import Constant, Value
from .ir.types import Scalar

SLOTS = 20  # ten thousand steps are run again less than four times: C(20 + 4, 4) = 10626


def checkpoint(f: Any, *, slots: int | None = None) -> Any:
    """Mark a function or a loop: its reverse sweep keeps less and runs it again.

    f       a function.  The result calls it.  Where such a call is differentiated in reverse mode, its
            arguments alone are kept, and f is run again in the reverse sweep.  Also a decorator.
            Or what a `for` goes over: `for t in checkpoint(range(n), slots=k)`.  The result is f itself.
            Where the loop is differentiated in reverse mode, at most k states are kept at one time, and steps
            are run again by the binomial schedule (revolve), the fewest possible.
    slots   how many states, an integer of at least 1; it may be computed at run time.  20 if not given.

    Values and derivatives are those without `checkpoint`; forward mode does not change.  Raises ValueError
    for fewer than one slot, TypeError for slots of a function, and, when a derivative is compiled,
    errors.Unsupported for effects (printing, random draws) that would happen again.

    >>> import numpy as np
    >>> import sourcead as ad
    >>> def decay(u, n):
    ...     for t in ad.checkpoint(range(n), slots=3):
    ...         u = u - 0.1 * np.sin(u)
    ...     return u
    >>> round(ad.grad(decay)(1.0, 50), 6)
    0.006964
    >>> wave = ad.checkpoint(lambda x: np.sin(x) * x)
    >>> ad.grad(wave)(0.0)
    0.0
    """
    if callable(f):
        if slots is not None:
            raise TypeError("slots= is for loops: a function that is checkpointed keeps its arguments alone")
        return Checkpointed(f)
    if slots is not None and operator.index(slots) < 1:
        raise ValueError("checkpoint needs at least one slot")
    return f


class Checkpointed:
    """A function whose calls keep nothing but their arguments.  Called, it is the function itself."""

    binds = True  # as a method, it takes the instance

    def __init__(self, f: Any) -> None:
        self.fn = f
        functools.update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else functools.partial(self, owner)

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """Met by the frontend: a call that is marked."""
        return low.call_again(Static(self.fn), args, kwargs, name_of(self.fn))


class Inner:
    """A function that is known only inside of the one that is lowered, checkpointed."""

    def __init__(self, f: Abstract) -> None:
        self.f = f

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        return low.call_again(self.f, args, kwargs, name_of(self.f))


def name_of(f: Any) -> str:
    name = getattr(f, "name", None) or getattr(f, "__name__", "")
    return name if isinstance(name, str) and name.isidentifier() else "f"


def _met(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    """What the frontend does with a call of `checkpoint`."""
    slots = kwargs.get("slots", Static(None))
    none = isinstance(slots, Static) and slots.value is None
    if len(args) != 1 or set(kwargs) - {"slots"}:
        low.refuse("checkpoint takes a function or an iterable, and slots=")
    f = args[0]
    known = isinstance(f, Static) and callable(f.value)
    if known or isinstance(f, Closure | Bound) or (isinstance(f, Ref) and f.kind == "instance"):
        if not none:
            low.refuse("slots= is for loops: a function that is checkpointed keeps its arguments alone")
        return Static(Checkpointed(f.value) if known else Inner(f))
    count = Constant(SLOTS) if none else slots
    t = count.type if isinstance(count, Value) else None
    if not (isinstance(t, Scalar) and t.dtype.startswith(("int", "uint"))):
        low.refuse("slots= must be an integer", hint="for t in checkpoint(range(n), slots=20)")
    if isinstance(count, Constant) and count.value < 1:
        low.refuse("checkpoint needs at least one slot", reason="Python raises ValueError here")
    return Iter("checkpoint", (f, count))


checkpoint.__sourcead_call__ = _met  # type: ignore[attr-defined]
__all__ = ["checkpoint"]
