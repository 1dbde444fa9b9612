"""`jvp`, `vjp` and `grad` for rule text, and the callbacks that it differentiates."""

from __future__ import annotations

from typing import Any

from ..frontend.lower import Lowerer
from ..frontend.values import Abstract
from ..ir.core import Function, Value
from ..ir.rewrite import clone
from ..nested import inline, met_grad, met_jvp, met_vjp


class Transform:
    """A transform as rule text calls it."""

    def __init__(self, met: Any) -> None:
        self.met = met

    def __call__(self, *args: Any) -> Any:
        raise TypeError("only for the text of rules")

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        return self.met(low, args, kwargs)


jvp: Any = Transform(met_jvp)
vjp: Any = Transform(met_vjp)
grad: Any = Transform(met_grad("grad"))


class Callback:
    """A callback that has been lowered, as a function of its own arguments and of those of its captures that
    are differentiated; the others are as they are in the call.  With `flip` its own two arguments are taken
    in the other order."""

    def __init__(
        self, function: Function, own: int, shared: list[Value], active: list[int], flip: bool = False
    ) -> None:
        self.function, self.own, self.shared, self.active = function, own, shared, active
        self.flip = flip

    def __call__(self, *args: Any) -> Any:
        raise TypeError("only for the text of rules")

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        values = [low.value(a) for a in args]
        shared = list(self.shared)
        for k, v in zip(self.active, values[self.own :]):
            shared[k] = v
        own = values[: self.own][::-1] if self.flip else values[: self.own]
        (out,) = inline(low, clone(self.function), [*own, *shared])
        return low.wrap(out)
