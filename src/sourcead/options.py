"""How a derivative's text is compiled: the backend, and what Numba is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

BACKENDS = ("numpy", "numba", "auto")


@dataclass(frozen=True, slots=True)
class Options:
    """The backend and its options.

    backend    "numpy": plain Python text; "numba": compiled by Numba; "auto": Numba where it can, else NumPy
    fastmath   Numba may reorder sums and take nan and inf for impossible: up to three times as fast, other
               last digits, and wrong where nan or inf do occur
    parallel   loops whose trips write to places of their own run on several threads (`prange`), and so does
               what Numba finds itself
    cache      compiled code is kept on disk, for the next process that compiles the same text
    """

    backend: str = "numpy"
    fastmath: bool = False
    parallel: bool = False
    cache: bool = False
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
        said += [f"{k}=True" for k in ("fastmath", "parallel", "cache") if getattr(self, k)]
        return f"njit({', '.join(said)})"


NUMPY = Options()


def chosen(backend: str | None, dispatcher: bool, fastmath: bool, parallel: bool, cache: bool) -> Options:
    """The options as the public functions take them; where no backend is named, that of the function.

    Raises ValueError for a backend that there is not, and for options that the backend does not have.
    """
    if backend is None:
        backend = "numba" if dispatcher else "numpy"
    if backend not in BACKENDS:
        raise ValueError(f"backend={backend!r}: there are {', '.join(map(repr, BACKENDS))}")
    if backend == "numpy" and (fastmath or parallel or cache):
        given = [k for k, v in (("fastmath", fastmath), ("parallel", parallel), ("cache", cache)) if v]
        raise ValueError(f"{given[0]}=True is an option of backend='numba'")
    return Options(backend, fastmath, parallel, cache)
