"""What a derivative is compiled for, and the compilations that there are.

call ─> names, values ─> key: structures, dtypes, ranks, flags ─> a compilation, if it is there
                              and is fresh; else compiled on the backend (or, `auto`, on NumPy instead)

Integers that turn out to be needed by value enter the key (`Pin`).  Under Numba a compilation is for axes of
equal lengths too; where other arguments come, it is made anew for what still holds.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .ad.residuals import STORE_ALL
from .analysis.lengths import facts_that_hold, lengths_of
from .callchecks import found_is_fresh, lengths_agree
from .compiler import Compiled, compile_grad, compile_jvp, compile_vjp
from .frontend.capture import Captured, capture
from .frontend.equal import with_equal_lengths
from .frontend.outer import ArgumentWritten
from .frontend.places import Pin
from .frontend.trees import Fixed, Tree, flatten, key_of, leaves, tree_of, with_values
from .options import NUMPY, Options, Seen, chosen
from .settling import collector_at_rest, options_of, settle, settle_ahead
from .typetext import example_point, parse_types

COMPILING = threading.RLock()
DEEP = 20_000  # Python frames: one statement inside of another takes about five


class Specialised:
    """The part of a derivative that compiles it."""

    def __init__(
        self,
        fn: Any,
        mode: str,
        argnums: Any = 0,
        has_aux: bool = False,
        backend: str | None = None,
        fastmath: bool | tuple[str, ...] | None = None,
        parallel: bool | None = None,
        cache: bool = False,
    ) -> None:
        self.options = chosen(backend, options_of(fn), fastmath, parallel, cache)
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
            made = before and before.lowered.function.attrs
            lengths = lengths_of([x for v, (_, t) in zip(values, trees) for x in flatten(v, t)])
            seen = Seen(None, facts_that_hold(made["facts"], lengths)) if made else Seen(lengths)
            options = replace(options, seen=seen)
            trees = with_equal_lengths(trees, values, made and made["equal"])
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


@contextlib.contextmanager
def compiling() -> Iterator[None]:
    """One at a time, with room for deeply nested programs."""
    with COMPILING, collector_at_rest():
        depth = sys.getrecursionlimit()
        sys.setrecursionlimit(max(depth, DEEP))
        try:
            yield
        finally:
            sys.setrecursionlimit(depth)
