"""How a derivative's text is compiled: the backend, and what Numba is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

BACKENDS = ("numpy", "numba", "auto")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the call that a derivative is compiled for: the lengths of axes, by (number of the
    leaf, axis), and facts about them that an earlier compilation took for granted and that still hold."""

    lengths: Any = None
    facts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """The backend and its options.

    backend    "numpy": plain Python text; "numba": compiled by Numba; "auto": Numba where it can, else NumPy
    fastmath   Numba may reorder sums and take nan and inf for impossible: up to three times as fast, other
               last digits, and wrong where nan or inf do occur
    parallel   loops whose trips write to places of their own run on several threads (`prange`), and so does
               what Numba finds itself
    cache      compiled code is kept on disk, for the next process that compiles the same text

    A function under `njit` hands its own options on: `fastmath` (or names of LLVM's flags), `parallel`, and
    those that have no argument here, `boundscheck` and `nogil`.
    """

    backend: str = "numpy"
    fastmath: bool | tuple[str, ...] = False
    parallel: bool = False
    cache: bool = False
    boundscheck: bool = False
    nogil: bool = False
    seen: Seen = field(default=Seen(), compare=False)
    called_inside: bool = False  # by jitted code, where numbers need not become NumPy scalars

    @property
    def jits(self) -> bool:
        return self.backend == "numba"

    @property
    def loops(self) -> bool:
        """Whether array statements become loops; backend "loops" runs them in Python, for tests."""
        return self.backend in ("numba", "loops")

    def on(self, backend: str) -> Options:
        """The same on another backend; NumPy has no options."""
        return Options() if backend == "numpy" else replace(self, backend=backend)

    def inside(self) -> Options:
        return replace(self, called_inside=True)

    @property
    def decorator(self) -> str:
        """The call that stands above each compiled function.

        >>> Options("numba", fastmath=True).decorator
        "njit(error_model='numpy', fastmath=True)"
        """
        said = ["error_model='numpy'"]
        if isinstance(self.fastmath, tuple):
            said.append(f"fastmath={{{', '.join(map(repr, self.fastmath))}}}")
        elif self.fastmath:
            said.append("fastmath=True")
        said += [f"{k}=True" for k in ("parallel", "cache", "boundscheck", "nogil") if getattr(self, k)]
        return f"njit({', '.join(said)})"


NUMPY = Options()


def chosen(
    backend: str | None,
    inherited: Options | None,
    fastmath: bool | tuple[str, ...] | None,
    parallel: bool | None,
    cache: bool,
) -> Options:
    """The options as the public functions take them.

    inherited   those of the function, where it is compiled by Numba; they hold where nothing else is said

    Raises ValueError for a backend that there is not, and for options that the backend does not have.
    """
    if backend is None:
        backend = "numpy" if inherited is None else "numba"
    if backend not in BACKENDS:
        raise ValueError(f"backend={backend!r}: there are {', '.join(map(repr, BACKENDS))}")
    if backend == "numpy":
        given = [k for k, v in (("fastmath", fastmath), ("parallel", parallel), ("cache", cache)) if v]
        if given:
            raise ValueError(f"{given[0]}=True is an option of backend='numba'")
        return NUMPY
    own = inherited or NUMPY
    return Options(
        backend,
        own.fastmath if fastmath is None else fastmath,
        own.parallel if parallel is None else parallel,
        cache,
        own.boundscheck,
        own.nogil,
    )
