"""How a program enters the corpus, and the list of all of them."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TOPICS = (
    "control",
    "closures_calls",
    "containers",
    "arrays",
    "indexing",
    "writes",
    "inplace",
    "views",
    "references",
    "exceptions",
    "physics",
    "finance",
    "statistics",
    "control_theory",
    "graphics",
    "chemistry",
    "ml",
    "signal",
    "checkpoints",
    "whole_outputs",
    "stencils",
    "factorizations",
    "tables",
    "particles",
    "sorting",
    "transforms",
    "image_filters",
    "recurrences",
    "shared_memory",
    "written_whole_outputs",
    "helpers_in_loops",
    "views_in_loops",
    "made_in_loops",
    "bound_on_paths",
    "as_users_write",
    "recursion",
    "sparse_fields",
    "refused",
)

PROGRAMS: list[Program] = []


@dataclass(frozen=True)
class Program:
    """A function, the inputs that it is run on, and what is expected of it.

    `wrt` is a position or a tuple of positions, as `argnums` takes it.  `second` is False where the second
    derivative is not checked, and then `why` says the reason.  `fails` holds inputs on which the primal
    raises, each with the type of the exception.  `refused` marks a program that the compiler must refuse,
    `awaited` one that it refuses today and should accept, with what is missing; the mark is to be taken off
    when it does (a test says so).
    """

    function: Callable[..., Any]
    inputs: tuple[tuple[Any, ...], ...]
    wrt: int | tuple[int, ...]
    rtol: float
    second: bool
    fails: tuple[tuple[tuple[Any, ...], type[BaseException]], ...]
    refused: bool
    why: str
    awaited: str

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rsplit('.', 1)[-1]}.{self.function.__name__}"

    @property
    def active(self) -> tuple[int, ...]:
        """The positions that are differentiated."""
        return (self.wrt,) if isinstance(self.wrt, int) else self.wrt

    def make(self, case: int) -> list[Any]:
        """A fresh copy of one set of arguments; arrays that share memory keep sharing it."""
        return list(copy.deepcopy(self.inputs[case]))


def program(
    *inputs: tuple[Any, ...],
    wrt: int | tuple[int, ...] = 0,
    rtol: float = 2e-6,
    second: bool = True,
    fails: tuple[tuple[tuple[Any, ...], type[BaseException]], ...] = (),
    refused: bool = False,
    why: str = "",
    awaited: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function with the argument tuples it is run on; the function itself is left as it is.

    Example:
        >>> @program((2.0,), (-1.0,))
        ... def square(x):
        ...     return x * x
    """
    if not (second and not refused) and not why:
        raise ValueError("a skipped check needs its reason: pass why=")

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append(Program(function, inputs, wrt, rtol, second, fails, refused, why, awaited))
        return function

    return enter


def load() -> list[Program]:
    """Import every topic and return the whole corpus, in order."""
    if not PROGRAMS:
        for topic in TOPICS:
            importlib.import_module(f"{__package__}.{topic}")
    return PROGRAMS
