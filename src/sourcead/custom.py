"""Derivatives that the user gives: custom_jvp, custom_vjp, and stop_gradient.

A function with a derivative of its own stays a call in the IR, `call` with the attribute `custom`.  Forward
mode lowers the user's rule in its place; reverse mode lowers `fwd` in the forward sweep and `bwd` in the
reverse sweep, or transposes the user's pushforward, which is linear in the tangents:

    x_bar = pullback of (x_dot -> y_dot) at y_bar
"""

from __future__ import annotations

import functools
from typing import Any

from .frontend.lower import Lowerer
from .frontend.values import Abstract, Ref, Static, Tup
from .ir.core import Op, Value
from .ir.types import is_inexact


class Custom:
    """A function with a derivative rule of the user's.  Called, it is the function itself."""

    kind = ""

    def __init__(self, f: Any) -> None:
        self.fn = f
        functools.update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def rules(self) -> Any:
        raise NotImplementedError

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """Met by the frontend: a call that keeps its rule."""
        if kwargs:
            low.refuse("a function with a custom derivative takes positional arguments only")
        if any((isinstance(a, Ref) and a.kind != "array") or isinstance(a, Tup) for a in args):
            low.refuse(
                "a function with a custom derivative takes numbers and arrays",
                hint="pass the parts of the container one by one",
            )
        self.rules()
        function, inputs, tree = low.subfunction(Static(self.fn), args, {})
        name = getattr(self.fn, "__name__", "f")
        function.name = name if name.isidentifier() else "f"
        statics = [None if isinstance(a, Value | Ref) else a for a in args]
        op = Op(
            "call",
            inputs,
            [v.type for v in function.results],
            {"function": function, "custom": self, "statics": statics},
            None,
            low.builder.span,
        )
        low.builder.append(op)
        return low.from_tree(tree, iter(op.results))


class custom_jvp(Custom):
    """Give a function its pushforward.

    >>> import sourcead as ad
    >>> @ad.custom_jvp
    ... def f(x):
    ...     return x * x
    >>> @f.defjvp
    ... def f_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return f(x), 3.0 * x * x_dot
    >>> ad.grad(lambda x: f(x))(2.0)
    6.0
    """

    kind = "jvp"

    def __init__(self, f: Any) -> None:
        super().__init__(f)
        self.rule: Any = None

    def defjvp(self, rule: Any) -> Any:
        """`rule(primals, tangents) -> (value, tangent)`; both arguments are tuples."""
        self.rule = rule
        return rule

    def rules(self) -> Any:
        if self.rule is None:
            raise TypeError(
                f"{self.fn.__name__} is a custom_jvp without a rule:"
                f" give it one with @{self.fn.__name__}.defjvp"
            )
        return self.rule


class custom_vjp(Custom):
    """Give a function its pullback, as two functions.

    >>> import sourcead as ad
    >>> @ad.custom_vjp
    ... def f(x):
    ...     return x * x
    >>> def fwd(x):
    ...     return f(x), x
    >>> def bwd(x, y_bar):
    ...     return (3.0 * x * y_bar,)
    >>> f.defvjp(fwd, bwd)
    >>> ad.grad(lambda x: f(x))(2.0)
    6.0
    """

    kind = "vjp"

    def __init__(self, f: Any) -> None:
        super().__init__(f)
        self.fwd: Any = None
        self.bwd: Any = None

    def defvjp(self, fwd: Any, bwd: Any) -> None:
        """`fwd(*args) -> (value, residuals)` and `bwd(residuals, y_bar) -> adjoints of the arguments` (a
        tuple)."""
        self.fwd, self.bwd = fwd, bwd

    def rules(self) -> Any:
        if self.bwd is None:
            raise TypeError(
                f"{self.fn.__name__} is a custom_vjp without rules:"
                f" give it them with {self.fn.__name__}.defvjp(fwd, bwd)"
            )
        return self.fwd, self.bwd


def stop_gradient(x: Any) -> Any:
    """x itself, with no derivative through it.  x: a number, an array, or a container of them.

    >>> import sourcead as ad
    >>> ad.grad(lambda x: x * ad.stop_gradient(x))(3.0)
    3.0
    """
    return x


def _met_stop(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    def stopped(v: Value) -> Value:
        if not is_inexact(v.type):
            return v
        return low.builder.one("sourcead.runtime.stop_gradient", [v], v.type)

    return low.map_leaves(args[0], stopped)


stop_gradient.__sourcead_call__ = _met_stop  # type: ignore[attr-defined]
__all__ = ["custom_jvp", "custom_vjp", "stop_gradient"]
