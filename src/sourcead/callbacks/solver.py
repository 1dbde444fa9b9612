"""How a call that calls back is lowered, and how it is differentiated.

    sigma = brentq(lambda v: price(v, s) - c, 0.01, 2.0)

The callback becomes a function of the IR, and what it captures (`s`, `c`) operands of the call, so that the
call is `y = solver(captures)` (ir/solver.py).  Its rule knows what equation holds for the result:

    residual(y, p) = 0      =>      y_dot = -(d residual / d y)^-1 (d residual / d p) p_dot

so nothing is differentiated of how the library found it, nothing of that is kept, and the primal's call is
the only one.  The rules are texts like those of the book; they differentiate the callback by the transforms
that a user would call (`transforms.py`), so they may be differentiated again, to any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ad.apply import Rules
from ..ad.split import uses
from ..frontend.again import parameter_names
from ..frontend.lower import Lowerer
from ..frontend.values import NONE, Abstract, Bound, Closure, Ref, Static, Tup
from ..ir.core import Constant, Function, Op, Value
from ..ir.rewrite import substitute
from ..ir.types import PY_FLOAT, Array, Scalar, Type, const_dim, is_complex, is_inexact
from ..passes.pipeline import clean
from ..rules.registry import BOOK, LOWERINGS
from .transforms import Callback

Item = tuple[str, Any]
ANY = -1  # axes of what a callback returns, where the library takes any
LITERAL = (bool, int, float, complex, str, type(None), np.generic)


class Rule:
    """Tangents and adjoints of a solver's results, from two texts:

    pushforward(callback, y, p, p_dot)    -> tangent of y, or of each differentiable result
    pullback(callback, y, p, y_bar)       -> adjoints of p, a tuple

    `callback(x, *p)` is the first callback, `p` its captures that are differentiated, a tuple.
    """

    def __init__(self, pushforward: Callable, pullback: Callable) -> None:
        self.texts = pushforward, pullback

    def arguments(self, rules: Rules, op: Op, active: list[int]) -> list[Abstract]:
        shared = op.inputs[op.attrs["shared"] :]
        callback = Callback(op.attrs["functions"][0], op.attrs["own"][0], shared, active)
        p = Tup(tuple(rules.wrap(shared[k]) for k in active))
        return [Static(callback), self.result(rules, op), p]

    def result(self, rules: Rules, op: Op) -> Abstract:
        return rules.wrap(op.results[0])

    def pushforward(self, rules: Rules, op: Op, dots: list[Value | None]) -> list[Value | None]:
        first = op.attrs["shared"]
        active = [k for k, d in enumerate(dots[first:]) if d is not None]
        p_dot = [rules.full(dots[first + k], op.inputs[first + k]) for k in active]  # type: ignore[arg-type]
        args = self.arguments(rules, op, active)
        out = rules.call(self.texts[0], [*args, Tup(tuple(map(rules.wrap, p_dot)))], {})
        return spread(rules, op, out)

    def pullback(
        self, rules: Rules, op: Op, bars: list[Value | None], active: list[bool]
    ) -> list[Value | None]:
        first = op.attrs["shared"]
        wrt = [k for k, a in enumerate(active[first:]) if a]
        args = self.arguments(rules, op, wrt)
        out = rules.call(self.texts[1], [*args, self.adjoint(rules, op, bars)], {})
        given: list[Value | None] = [None] * len(op.inputs)
        for k, a in zip(wrt, out.items):
            given[first + k] = rules.low.value(a)
        return given

    def adjoint(self, rules: Rules, op: Op, bars: list[Value | None]) -> Abstract:
        return rules.wrap(full_adjoint(rules, op, bars, 0))


def full_adjoint(rules: Rules, op: Op, bars: list[Value | None], k: int) -> Value:
    bar = bars[k]
    return rules.zero(op.results[k]) if bar is None else rules.full(bar, op.results[k])


def is_none(a: Abstract) -> bool:
    return isinstance(a, Static) and a.value is None


def spread(rules: Rules, op: Op, out: Abstract) -> list[Value | None]:
    """The tangents of the results, from what a rule gave: results behind them are constants."""
    parts = list(out.items) if isinstance(out, Tup) else [out]
    values: list[Value | None] = [None if is_none(a) else rules.low.value(a) for a in parts]
    return values + [None] * (len(op.results) - len(values))


# -- callbacks ---------------------------------------------------------------------------------------------


class Shaped:
    """A user's callback whose result is made a number, or an array of so many axes, as the library does."""

    def __init__(self, f: Abstract, axes: int, of: str) -> None:
        self.f, self.axes, self.of = f, axes, of

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        given = [(a.obj, low.store[a.obj]) for a in args if isinstance(a, Ref) and a.kind == "array"]
        out = low.call(self.f, args, {})
        if any(low.store.get(obj) is not state for obj, state in given):
            low.refuse(
                f"the function given to {self.of} writes into the array that it gets",
                reason="that array belongs to the solver",
                hint="work on a copy of it",
            )
        any_number = self.axes == ANY and isinstance(low.type_of(out), Scalar)
        return self.array(low, out) if self.axes and not any_number else self.number(low, out)

    def array(self, low: Lowerer, out: Abstract) -> Abstract:
        t = low.type_of(out)
        if isinstance(t, Scalar):
            out = low.prim("numpy.array", [low.value(out)], {"_tree": [0], "_variadic": 1})
        elif not isinstance(t, Array):
            if not isinstance(out, Tup | Ref):
                self.refuse_result(low, "no array")
            out = low.array_of(out)
        t = low.type_of(out)
        if not isinstance(t, Array) or (t.ndim != self.axes and self.axes != ANY):
            self.refuse_result(low, f"an array of {t.ndim if isinstance(t, Array) else '?'} axes")
        self.check_real(low, t)
        if not is_inexact(t):
            out = low.prim("numpy.ndarray.astype", [low.value(out)], {"dtype": "float64"})
        return out

    def number(self, low: Lowerer, out: Abstract) -> Abstract:
        t = low.type_of(out)
        if not isinstance(t, Scalar | Array) or (isinstance(t, Array) and t.ndim):
            self.refuse_result(low, "no single number")
        self.check_real(low, t)
        if not is_inexact(t):
            return low.prim("builtins.float", [low.value(out)])
        return out

    def check_real(self, low: Lowerer, t: Any) -> None:
        if is_complex(t):
            self.refuse_result(low, "complex numbers")

    def refuse_result(self, low: Lowerer, what: str) -> Any:
        low.refuse(f"the function given to {self.of} returns {what}", hint="return real numbers")


def name_of(f: Abstract, default: str) -> str:
    """The name under which a callback stands in the text."""
    while isinstance(f, Static) and hasattr(f.value, "func"):  # a functools.partial
        f = Static(f.value.func)
    if isinstance(f, Bound) and f.function is not None:
        f = f.function
    text = f.name if isinstance(f, Closure) else ""
    if isinstance(f, Static):
        text = getattr(f.value, "__name__", "") or type(f.value).__name__
    return text if text.isidentifier() and text != "inner" else default


def refuse_effects(low: Lowerer, f: Function, of: str) -> None:
    for op in f.walk():
        if op.kind == "python.print" or (op.kind in BOOK and BOOK[op.kind].effect):
            low.refuse(
                f"the function given to {of} prints or draws random numbers",
                reason="its derivative is called too, and this would happen again",
                hint="draw random numbers before the call, print after it",
            )


class Call:
    """A call that is being lowered: its callbacks and its operands, in the order in which they are given."""

    def __init__(
        self, low: Lowerer, key: str, params: str, args: list[Abstract], kwargs: dict[str, Abstract]
    ) -> None:
        """`params`: the names of the parameters that are covered, in the order of the function's signature;
        those behind a star are keywords only."""
        self.low, self.key = low, key
        self.inputs: list[Value] = []
        self.functions: list[Function] = []
        self.own: list[int] = []
        self.captured: list[list[Value]] = []
        positional, _, named = params.partition("*")
        names = positional.split()
        self.given: dict[str, Abstract] = dict(zip(names, args))
        if len(args) > len(names):
            low.refuse(f"{key} is given {len(args)} positional arguments", reason=f"covered are {positional}")
        for k, a in kwargs.items():
            if k in self.given:
                low.refuse(f"the argument '{k}' is given twice", reason="Python raises TypeError here")
            if k not in (*names, *named.split()):
                low.refuse(f"the keyword {k}= of {key} is not covered")
            self.given[k] = a

    def take(self, name: str, default: Any = NONE) -> Abstract:
        """An argument, which is then accounted for."""
        return self.given.pop(name, default)

    def need(self, name: str) -> Abstract:
        if name not in self.given:
            self.low.refuse(
                f"{self.key}() is missing the argument '{name}'", reason="Python raises TypeError here"
            )
        return self.given.pop(name)

    def without(self, *names: str, reason: str = "", hint: str = "") -> None:
        """Refuse arguments that are given and are not None or False."""
        for n in names:
            a = self.given.pop(n, NONE)
            if self.low.static(a) not in (None, False, ()):
                self.low.refuse(f"{n}= of {self.key} is not covered", reason=reason, hint=hint)

    def known(self, name: str, default: Any) -> Any:
        """The value of an argument that must be known when compiling; it stays in the call."""
        a = self.given.get(name)
        if a is None:
            return default
        x = self.low.static(a)
        if x is NotImplemented:
            self.low.pin(a)
            self.low.refuse(f"{name}= of {self.key} must be known when compiling")
        return x

    def items_of(self, name: str, strict: bool = False) -> list[Abstract]:
        """`args=`: what the library hands on to the callback.  `strict`: the library takes no single one."""
        a = self.take(name, Tup(()))
        if is_none(a):
            return []
        if strict and not isinstance(a, Tup):
            self.low.refuse(f"args= of {self.key} must be a tuple", hint="args=(a, b)")
        return list(a.items) if isinstance(a, Tup) else [a]

    def operand(self, a: Abstract) -> Item:
        """An argument as an item of the call."""
        if isinstance(a, Constant):
            return "known", a.value
        if isinstance(a, Static) and isinstance(a.value, LITERAL):
            return "known", a.value
        if isinstance(a, Tup):
            return "tuple", tuple(map(self.operand, a.items))
        if isinstance(a, Ref) and a.kind == "dict":
            return "dict", {k: self.operand(v) for k, v in self.low.state(a).items()}
        if isinstance(a, Ref) and a.kind == "list" and isinstance(self.low.state(a), tuple):
            return "list", tuple(map(self.operand, self.low.state(a)))
        return "input", self.add(a)

    def add(self, a: Abstract) -> int:
        self.inputs.append(self.low.value(a))
        return len(self.inputs) - 1

    def callback(
        self, f: Abstract, own: list[tuple[Type, str]], args: list[Abstract], role: str, axes: int
    ) -> Function:
        """Lower a callback: `own` are the types that the library gives it, and names for want of better."""
        low = self.low
        names = parameter_names(f)
        if names[:1] == ["self"]:
            names = names[1:]
        names += [n for _, n in own[len(names) :]]
        mine = [Value(t, n) for (t, _), n in zip(own, names)]
        function, inputs, _ = low.subfunction(
            Static(Shaped(f, axes, self.key)), [*map(low.wrap, mine), *args], {}
        )
        function.name = name_of(f, role)
        del function.body.yields[1:]  # states of memory outside that it reads
        function.attrs["keep_raisers"] = not low.frame.template  # the primal's callback raises as it does
        refuse_effects(low, function, self.key)
        clean(function)
        self.functions.append(function)
        self.own.append(len(own))
        self.captured.append(inputs[len(own) :])
        return function

    def share(self) -> list[Value]:
        """Give all callbacks the same captures, in one order."""
        every: dict[int, Value] = {}
        for inputs in self.captured:
            every.update((id(v), v) for v in inputs if not isinstance(v, Constant))
        for f, own, inputs in zip(self.functions, self.own, self.captured):
            of: dict[int, Value] = {}
            known: dict[Value, Value] = {}
            for v, p in zip(inputs, f.params[own:]):
                if isinstance(v, Constant):
                    known[p] = v
                elif of.setdefault(id(v), p) is not p:
                    known[p] = of[id(v)]
            substitute(f.body, known)
            f.body.params = [*f.params[:own], *(of.get(k) or Value(v.type, v.name) for k, v in every.items())]
            clean(f)
        used = [
            any(f.params[own + n] in uses(f.body) for f, own in zip(self.functions, self.own))
            for n in range(len(every))
        ]
        for f, own in zip(self.functions, self.own):
            f.body.params = [*f.params[:own], *(p for p, u in zip(f.params[own:], used) if u)]
        return [v for v, u in zip(every.values(), used) if u]

    def emit(
        self,
        rule: Any,
        positional: list[Item],
        named: dict[str, Item],
        fields: tuple[Any, ...] | None,
        types: list[Type],
        smooth: list[int] | None = None,
        shares_args: bool = True,
        names: list[str | None] | None = None,
        **more: Any,
    ) -> list[Value]:
        """The op: what is given for `args` is what the callbacks capture."""
        for k, a in self.given.items():
            named[k] = self.operand(a)
        shared = self.share()
        first = len(self.inputs)
        places = list(range(first, first + len(shared)))
        if shared and shares_args:
            named["args"] = ("tuple", tuple(("input", k) for k in places))
        attrs = {
            "key": self.key,
            "functions": tuple(self.functions),
            "own": tuple(self.own),
            "shared": first,
            "smooth": (*(smooth or ()), *(k for k, v in zip(places, shared) if is_inexact(v.type))),
            "positional": tuple(positional),
            "named": named,
            "fields": fields,
            "rule": rule,
            "_named": True,  # it reads better on a line of its own
            **more,
        }
        return self.low.builder.emit("solver", [*self.inputs, *shared], types, attrs, None, names)

    def vector(self, a: Abstract, what: str) -> Abstract:
        """An argument as an array of floats with one axis; a number is one of length 1."""
        low = self.low
        t = low.type_of(a)
        if isinstance(t, Scalar):
            return low.prim("numpy.array", [low.value(a)], {"_tree": [0], "_variadic": 1})
        out = a if isinstance(t, Array) else low.array_of(a) if isinstance(a, Tup | Ref) else None
        t = None if out is None else low.type_of(out)
        if not isinstance(t, Array) or t.ndim > 1:
            low.refuse(
                f"{what} of {self.key} must have one axis", hint="flatten it, and reshape it in the callback"
            )
        if is_complex(t):
            low.refuse(f"{what} of {self.key} is complex")
        return out


def vector_type(t: Type) -> Array:
    """The type of the array that a solver hands to its callback, from that of the starting point."""
    shape = t.shape if isinstance(t, Array) and t.ndim == 1 else (const_dim(1),)
    return Array("float64", shape, True)


class Solution:
    """What a solver returns, with attributes and items."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


def lowered(key: str) -> Callable[[Callable], Callable]:
    """Say how calls of a function of a library are lowered: `f(lowerer, args, kwargs)`."""

    def add(f: Callable) -> Callable:
        LOWERINGS[key] = f
        return f

    return add


NUMBER = Scalar("float64", None)
__all__ = ["NUMBER", "PY_FLOAT", "Call", "Rule", "Shaped", "Solution", "lowered", "vector_type"]
