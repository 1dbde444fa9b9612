"""The object that `grad` and others give back: compiled once for each structure and dtype of arguments."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from . import callbacks
from .callchecks import check_overlap, free_values, layout
from .compiler import Compiled
from .dispatch import dispatcher_of
from .display import PlainText, Text, side_by_side_html
from .frontend.trees import leaves
from .frontend.values import Static
from .ir.types import is_inexact
from .matching import matched, rebuilt
from .nested import Nested
from .pullback import Pullback
from .saving import standalone
from .specialised import Specialised, compiling
from .typetext import example_point, signature_of

_ = callbacks  # importing the package names its parts, which are opened when they are needed


class Derivative(Specialised):
    """A derivative of a function: called like the function, compiled once for each structure and dtype of
    arguments.

    What is compiled depends on the dtypes, ranks and containers of the arguments, on which axes have length
    1, and on flags, under Numba also on which axes are equally long.  Attributes show what was made:

        source     the text of the specialisation last used
        sources    the texts of all specialisations
        ssa        its three-address code
        stages     the code after each stage, by name
        cost       operations and bytes of tape, as formulas in the sizes of the arguments
        save(path) writes a file that runs with NumPy alone

    >>> import sourcead as ad
    >>> def f(x):
    ...     return x**3
    >>> ad.grad(f)(2.0)
    12.0
    """

    # -- calling ---------------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs:  # a plain call, compiled before: by the types of numbers, the layouts of arrays
            found = self._by_types.get(tuple(map(type, args))) or self._fast.get(tuple(map(layout, args)))
            if found is not None:
                for home, key, seen in found.guards:
                    if home.get(key) is not seen:
                        break
                else:
                    self._last = found
                    return found.entry(*args)
        if self.mode == "jvp":
            return self._jvp(*args, **kwargs)
        if self.mode == "vjp":
            return self._vjp(*args)
        names, values = self._bind(args, kwargs)
        found = self._lookup(names, values)
        given = (*values, *free_values(found))
        found = self._settled(found, given, names, values)
        if not kwargs and self._is_plain(found, args, values):
            self._remember(found, args)
        check_overlap(found, values)
        return found.entry(*given)

    def _is_plain(self, found: Compiled, args: tuple[Any, ...], values: list[Any]) -> bool:
        """Whether a call can go straight to the generated function."""
        same = len(args) == len(values) and all(a is b for a, b in zip(args, values))
        frees = [f for f in found.lowered.frees if f.value is not None or f.structure is not None]
        if not same or frees or found.lowered.written_arguments or self._by_value:
            return False
        found.guards = tuple((f.home, f.key, f.seen) for f in found.lowered.frees)
        return all(isinstance(home, dict) for home, _, _ in found.guards)

    def _remember(self, found: Compiled, args: tuple[Any, ...]) -> None:
        if all(type(a) in (float, int, complex) for a in args):
            self._by_types[tuple(map(type, args))] = found
        elif all(type(a) in (float, int, complex, np.ndarray) for a in args):
            if len(self._fast) > 1000:
                self._fast.clear()
            self._fast[tuple(map(layout, args))] = found

    def _jvp(self, primals: Any, tangents: Any) -> tuple[Any, Any]:
        names, values = self._bind(tuple(primals), {})
        found = self._lookup(names, values)
        offset = len(self.captured.bound)
        chosen = range(len(names)) if self.argnums is None else self._positions(names)
        dots = []
        if len(tangents) != len(primals):
            raise ValueError(f"{len(primals)} primals but {len(tangents)} tangents")
        for k in chosen:
            if k < offset:
                continue
            tree = found.lowered.trees[k]
            what = f"tangent of argument '{names[k]}'"
            given = matched(tangents[k - offset], values[k], tree, what, names[k])
            if any(is_inexact(t) for _, t in leaves(tree)):
                dots.append(rebuilt(iter(given), tree))
        check_overlap(found, values)
        given_all = (*values, *dots, *free_values(found))
        return self._settled(found, given_all, names, values).entry(*given_all)

    def _vjp(self, *primals: Any) -> tuple[Any, Any]:
        names, values = self._bind(primals, {})
        found = self._lookup(names, values)
        check_overlap(found, values)
        given = (*values, *free_values(found))
        found = self._settled(found, given, names, values)
        value, residuals = found.entry(*given)
        pull = next(f for n, f in found.functions.items() if f is not found.entry)
        return value, Pullback(pull, residuals, found, value, len(self.captured.bound))

    @property
    def _numba_type_(self) -> Any:
        """What Numba takes the derivative for in jitted code: a dispatcher."""
        if self.options.backend == "numpy":
            return None
        if self._dispatcher is None:
            self._dispatcher = dispatcher_of(self)
        return self._dispatcher._numba_type_

    def __sourcead_call__(self, low: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Met by the frontend inside of a function that is differentiated."""
        return Nested(self.mode, Static(self.fn), self.argnums, self.has_aux).__sourcead_call__(
            low, args, kwargs
        )

    # -- showing ---------------------------------------------------------------------------------------
    def _shown(self) -> Compiled:
        if self._last is None:
            self.specialise(*example_point(signature_of(self.fn).specs))
        assert self._last is not None
        return self._last

    @property
    def source(self) -> Text:
        """The text of the specialisation last used; before the first call, for types guessed from the
        annotations."""
        guessed = self._last is None
        text = self._shown().text
        return Text(
            f"# a guess of the argument types, made before the first call\n{text}" if guessed else text
        )

    @property
    def sources(self) -> list[Text]:
        """The texts of all specialisations so far."""
        return [Text(c.text) for c in {id(c): c for c in self._compiled.values()}.values()]

    @property
    def ssa(self) -> PlainText:
        """The derivative's three-address code."""
        stages = self._shown().stages
        return PlainText(stages.get("derivative") or stages["joint"])

    @property
    def stages(self) -> dict[str, PlainText]:
        """The three-address code after each stage, by name."""
        return {k: PlainText(v) for k, v in self._shown().stages.items()}

    @property
    def cost(self) -> Any:
        """What the derivative costs: operations and bytes of tape, as formulas in the sizes of its arguments.

        A `Cost` with SymPy expressions `operations`, `primal_operations` and `tape`, and `evaluate(n=10)`
        for numbers.  Raises ImportError where SymPy is not installed.

        >>> import sourcead as ad
        >>> def logistic(x, n: int):
        ...     for i in range(n):
        ...         x = 3.5 * x * (1.0 - x)
        ...     return x
        >>> ad.grad(logistic).cost
        operations: 9*n
            primal: 3*n
            ratio:  3
        tape: 8*n bytes
        """
        try:
            from .cost import cost_of
        except ModuleNotFoundError as e:
            if e.name is None or e.name.partition(".")[0] not in ("sympy", "mpmath"):
                raise
            raise ImportError("the cost is a SymPy formula: pip install sympy") from e
        found = self._shown()
        if "cost" not in found.extra:
            with compiling():
                found.extra["cost"] = cost_of(found)
        return found.extra["cost"]

    def save(self, path: Any) -> None:
        """Write the text to a file that runs with NumPy alone."""
        text = standalone(self._shown())
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def __repr__(self) -> str:
        name = getattr(self.fn, "__name__", type(self.fn).__name__)
        read = "call it, or read .source, .ssa, .stages, .cost, .save(path)"
        return f"<{self.mode} of {name}{self._signature()}: {read}>"

    def _signature(self) -> str:
        try:
            return str(inspect.signature(self.fn))
        except (TypeError, ValueError):
            return "(...)"

    def _repr_html_(self) -> str:
        return side_by_side_html(self.captured.source, str(self._shown().text), repr(self))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        return Derivative(
            self.fn.__get__(instance, owner), self.mode, self.argnums, self.has_aux, *self._said()
        )

    def _said(self) -> tuple[Any, ...]:
        return self.backend, self.options.fastmath, self.options.parallel, self.options.cache

    def __reduce__(self) -> Any:
        return Derivative, (self.fn, self.mode, self.argnums, self.has_aux, *self._said())
