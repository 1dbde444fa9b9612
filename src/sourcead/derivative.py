"""The object that `grad` and others give back: compiled once for each structure and dtype of arguments."""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import callbacks
from .ad.residuals import STORE_ALL
from .callchecks import check_overlap, found_is_fresh, free_values, layout, lengths_agree
from .compiler import Compiled, compile_grad, compile_jvp, compile_vjp
from .dispatch import dispatcher_of
from .display import PlainText, Text, side_by_side_html
from .frontend.capture import Captured, capture
from .frontend.equal import with_equal_lengths
from .frontend.outer import ArgumentWritten
from .frontend.places import Pin
from .frontend.trees import Fixed, Tree, flatten, key_of, leaves, tree_of, with_values
from .frontend.values import Static
from .ir.types import is_inexact
from .matching import matched, rebuilt
from .nested import Nested
from .options import NUMPY, Options, chosen
from .pullback import Pullback
from .saving import standalone
from .settling import jits_itself, settle, settle_ahead
from .typetext import example_point, parse_types, signature_of

_ = callbacks  # importing the package names its parts, which are opened when they are needed
COMPILING = threading.RLock()
DEEP = 20_000  # Python frames: one statement inside of another takes about five


class Derivative:
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

    def __init__(
        self,
        fn: Any,
        mode: str,
        argnums: Any = 0,
        has_aux: bool = False,
        backend: str | None = None,
        fastmath: bool = False,
        parallel: bool = False,
        cache: bool = False,
    ) -> None:
        self.options = chosen(backend, jits_itself(fn), fastmath, parallel, cache)
        self.fn = fn
        self.mode = mode
        self.argnums = argnums
        self.has_aux = has_aux
        self.backend = backend
        self._compiled: dict[Any, Compiled] = {}
        self._fast: dict[Any, Compiled] = {}
        self._by_types: dict[Any, Compiled] = {}
        self._by_value: dict[str, frozenset[int]] = {}  # leaves of arguments that are needed by value
        self._outside: set[str] = set()  # bound arguments that are written to
        self._last: Compiled | None = None
        self._fallen_back: Exception | None = None  # why Numba was given up
        self._dispatcher: Any = None
        self._captured: Captured | None = None
        with contextlib.suppress(AttributeError):
            functools.update_wrapper(self, fn, updated=())

    # -- compiling -------------------------------------------------------------------------------------
    @property
    def captured(self) -> Captured:
        if self._captured is None:
            f = self.fn
            while hasattr(f, "__sourcead_call__") and hasattr(f, "fn"):  # a Derivative, a custom_jvp
                f = f.fn
            self._captured = capture(f)
        return self._captured

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[str], list[Any]]:
        c = self.captured
        bound = c.signature.bind(*c.bound, *args, **{**c.bound_kw, **kwargs})
        names: list[str] = []
        values: list[Any] = []
        for name, value in bound.arguments.items():
            if c.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:  # one argument each
                names.extend(f"{name}_{k}" for k in range(len(value)))
                values.extend(value)
            else:
                names.append(name)
                values.append(value)
        return names, values

    def _positions(self, names: list[str]) -> tuple[int, ...]:
        """Positions among the bound arguments of what is differentiated."""
        offset = len(self.captured.bound)
        out = []
        for a in self.argnums if isinstance(self.argnums, tuple | list) else (self.argnums,):
            if isinstance(a, str):
                if a not in names:
                    raise ValueError(
                        f"argnums names '{a}', which is no argument of {self.captured.name}"
                        f" ({', '.join(names)})"
                    )
                out.append(names.index(a))
            else:
                n = len(names) - offset
                if not -n <= a < n:
                    raise ValueError(f"argnums={a}, but {self.captured.name} is called with {n} arguments")
                out.append(a % n + offset)
        return tuple(out)

    def _compile(self, names: list[str], values: list[Any]) -> Compiled:
        if self.options.backend != "auto":
            return self._compile_on(names, values, self.options)
        if self._fallen_back is None:
            try:
                return self._compile_on(names, values, self.options.on("numba"))
            except Exception as e:  # a fault in what is done for Numba alone is one more reason
                found = self._compile_on(names, values, NUMPY)  # raises again what is not Numba's fault
                self._fall_back(e)
                return found
        return self._compile_on(names, values, NUMPY)

    def _fall_back(self, reason: Exception) -> None:
        """NumPy from here on; said once."""
        self._fallen_back = reason
        warnings.warn(f"NumPy instead of Numba: {reason or type(reason).__name__}", stacklevel=5)

    def _settled(
        self, found: Compiled, args: tuple[Any, ...], names: list[str], values: list[Any]
    ) -> Compiled:
        """Compiled by Numba for these arguments of the entry, where that is the backend."""
        if not found.options.jits or "settled" in found.extra:
            return found
        try:
            settle(found, found.entry, args)  # not under our lock: Numba's may come back to `_compile_trees`
            if self.options.backend == "auto" and self.mode == "vjp":
                settle_ahead(found)  # later there is no way back
            found.extra["settled"] = True
        except Exception as e:
            if self.options.backend != "auto":
                raise
            found = self._compile_on(names, values, NUMPY)
            self._fall_back(e)
            self._last = self._compiled[self._key(names, values)] = found
        return found

    def _compile_on(self, names: list[str], values: list[Any], options: Options) -> Compiled:
        with compiling():
            while True:
                try:
                    return self._compile_for(names, values, options)
                except Pin as p:  # an integer that is needed by value: it enters the key from here on
                    self._pin(p.leaf, names, values)
                except ArgumentWritten as w:  # a method's object: it is not copied
                    self._outside.add(w.name)

    def _pin(self, leaf: int | None, names: list[str], values: list[Any]) -> None:
        assert leaf is not None
        for n, v in zip(names, values):
            tree = with_values(tree_of(v), v, self._by_value.get(n, frozenset()))
            count = len(list(leaves(tree)))
            if leaf < count:
                free = [
                    k
                    for k in range(len(list(leaves(tree_of(v)))))
                    if k not in self._by_value.get(n, frozenset())
                ]
                self._by_value[n] = self._by_value.get(n, frozenset()) | {free[leaf]}
                return
            leaf -= count
        raise AssertionError("no such leaf")

    def _key(self, names: list[str], values: list[Any]) -> Any:
        pinned = [
            flatten(v, tree_of(v))[k]
            for n, v in zip(names, values)
            for k in sorted(self._by_value.get(n, ()))
        ]
        keys = [id(v) if n in self._outside else key_of(v) for n, v in zip(names, values)]
        return (tuple(names), STORE_ALL.get(), *keys, *pinned)

    def _compile_for(self, names: list[str], values: list[Any], options: Options) -> Compiled:
        trees = [(n, self._tree(n, v)) for n, v in zip(names, values)]
        if options.loops:
            before = self._compiled.get(self._key(names, values))
            trees = with_equal_lengths(trees, values, before and before.lowered.function.attrs["equal"])
        return self._compile_trees(names, trees, options)

    def _tree(self, name: str, value: Any) -> Tree:
        if name in self._outside:
            return Fixed(value)
        return with_values(tree_of(value), value, self._by_value.get(name, frozenset()))

    def _compile_trees(self, names: list[str], trees: list[Any], options: Options) -> Compiled:
        if self.mode in ("grad", "value_and_grad"):
            one = not isinstance(self.argnums, tuple | list)
            with_value = self.mode == "value_and_grad"
            return compile_grad(
                self.fn, trees, self._positions(names), one, with_value, self.has_aux, options
            )
        everything = tuple(range(len(names)))
        chosen = everything if self.argnums is None else self._positions(names)
        if self.mode == "jvp":
            return compile_jvp(self.fn, trees, chosen, options)
        return compile_vjp(self.fn, trees, chosen, options)

    def _lookup(self, names: list[str], values: list[Any]) -> Compiled:
        found = self._compiled.get(self._key(names, values))
        if found is None or not found_is_fresh(found) or not lengths_agree(found, values):
            found = self._compile(names, values)
            self._compiled[self._key(names, values)] = found
        self._last = found
        return found

    def specialise(self, *args: Any, **kwargs: Any) -> Any:
        """Compile for arguments like these; the generated Python function."""
        names, values = self._bind(args, kwargs)
        return self._lookup(names, values).entry

    def specialise_types(self, text: str) -> Any:
        """Compile for types written as text, `"x: float, A: float[:, :]"`; the generated Python function."""
        return self.specialise(*example_point(parse_types(text)))

    # -- calling ---------------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (
            not kwargs
        ):  # a plain call of something compiled: by the types of numbers, or by the layouts of arrays
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


@contextlib.contextmanager
def compiling() -> Iterator[None]:
    """One at a time, with room for deeply nested programs.

    The cyclic garbage collector, which would walk a growing graph of IR again and again, rests meanwhile.
    """
    with COMPILING:
        collecting, depth = gc.isenabled(), sys.getrecursionlimit()
        gc.disable()
        sys.setrecursionlimit(max(depth, DEEP))
        try:
            yield
        finally:
            sys.setrecursionlimit(depth)
            if collecting:
                gc.enable()
