"""Who takes part: for each name a maker of the function that is timed.

A maker gets a kernel and its arguments and gives a function without arguments whose result is the value for a
primal, and (value, gradients) for a gradient.  Everything that is not part of a call (conversion of inputs,
wrapping) is done by the maker; the first call compiles.  A maker raises `Absent` where a tool is not
installed or has no version of the kernel, and anything else where the tool refuses it.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from importlib import metadata
from typing import Any

import numpy as np

import sourcead as ad

from .registry import Kernel

Run = Callable[[], Any]


class Absent(Exception):
    """The tool is not installed, or there is no version of the kernel for it."""


def load(name: str) -> Any:
    """A module of a tool that may not be installed, or of ours that needs one."""
    try:
        return importlib.import_module(name)
    except ImportError as e:
        raise Absent(str(e)) from e


def version(kernel: Kernel, *modules: str, suffix: str = "") -> Callable[..., Any]:
    """The kernel's version in the first module of this package that has one."""
    for name in modules:
        module = load(f"{__package__}.{name}")
        if hasattr(module, kernel.name + suffix):
            return getattr(module, kernel.name + suffix)
    raise Absent(f"no version of {kernel.name}")


# ------------------------------------------------------------------------------------------------- primals


def numpy_primal(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    return lambda: kernel.function(*args)


def with_globals(f: types.FunctionType, changed: Callable[[str, Any], Any]) -> types.FunctionType:
    """The same text with other globals; the kernel's helpers likewise."""
    names = {n: v for n, v in f.__globals__.items() if n in f.__code__.co_names}
    found = {n: changed(n, v) for n, v in names.items()}
    return types.FunctionType(f.__code__, {"__builtins__": __builtins__, **found}, f.__name__, f.__defaults__)


def jitted(f: types.FunctionType) -> Any:
    """The plain text and the helpers that it calls under Numba."""
    numba = load("numba")

    def changed(name: str, v: Any) -> Any:
        return jitted(v) if isinstance(v, types.FunctionType) else v

    return numba.njit(error_model="numpy")(with_globals(f, changed))


def numba_primal(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    f = jitted(kernel.function)
    return lambda: f(*args)


def loops_primal(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    load("numba")
    f = version(kernel, "by_hand_stencils", "by_hand_solvers", suffix="_value")
    return lambda: f(*args)


# ----------------------------------------------------------------------------------------------- gradients


def ours(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    f = ad.value_and_grad(kernel.function, kernel.wrt)
    return lambda: f(*args)


def ours_numba(kernel: Kernel, args: tuple[Any, ...], **options: Any) -> Run:
    load("numba")
    try:
        f = ad.value_and_grad(kernel.function, kernel.wrt, backend="numba", **options)
    except TypeError as e:
        raise Absent(str(e)) from e
    return lambda: f(*args)


def ours_fastmath(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    return ours_numba(kernel, args, fastmath=True)


def by_hand(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    load("numba")
    f = version(kernel, "by_hand_stencils", "by_hand_solvers", suffix="_gradient")
    return lambda: f(*args)


def jax_gradient(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    """Whole numbers are static, arrays are moved beforehand; a call ends when its results are there."""
    jax = load("jax")
    jax.config.update("jax_enable_x64", True)
    f = version(kernel, f"jax_versions.{kernel.topic}")
    static = tuple(n for n, a in enumerate(args) if isinstance(a, int))
    compiled = jax.jit(jax.value_and_grad(f, kernel.wrt), static_argnums=static)
    moved = [a if isinstance(a, int) else jax.numpy.asarray(a) for a in args]
    return lambda: jax.block_until_ready(compiled(*moved))


def torch_gradient(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    torch = load("torch")
    torch.set_num_threads(1)
    f = version(kernel, "torch_versions")
    moved = [torch.from_numpy(np.array(a)) if isinstance(a, np.ndarray) else a for a in args]
    leaves = [moved[n].requires_grad_() for n in kernel.wrt]

    def run() -> Any:
        value = f(*moved)
        return value.detach(), torch.autograd.grad(value, leaves)

    return run


def autograd_gradient(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    """HIPS autograd runs the plain text itself, with its own NumPy."""
    autograd = load("autograd")
    anp = load("autograd.numpy")

    def changed(name: str, v: Any) -> Any:
        if v is np:
            return anp
        return with_globals(v, changed) if isinstance(v, types.FunctionType) else v

    f = autograd.value_and_grad(with_globals(kernel.function, changed), kernel.wrt)
    return lambda: f(*args)


def dace_gradient(kernel: Kernel, args: tuple[Any, ...]) -> Run:
    return load(f"{__package__}.dace_versions").gradient(kernel, args)


PRIMALS = {"NumPy": numpy_primal, "Numba": numba_primal, "loops": loops_primal}
GRADIENTS = {
    "ours": ours,
    "ours Numba": ours_numba,
    "ours fastmath": ours_fastmath,
    "by hand": by_hand,
    "JAX": jax_gradient,
    "PyTorch": torch_gradient,
    "autograd": autograd_gradient,
    "DaCe": dace_gradient,
}


def versions() -> dict[str, str]:
    """The versions of the tools that are there."""
    found = {}
    for name in ("numpy", "numba", "scipy", "jax", "torch", "autograd", "dace"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


# ------------------------------------------------------------------------------------------------ checking


class Wrong(AssertionError):
    """Another value or gradient."""


def check(got: Any, want: Any, name: str) -> None:
    """Raises Wrong where a value or a gradient is another one; to rounding, by the largest element."""
    pairs = zip([got[0], *got[1]], [want[0], *want[1]], strict=True)
    for n, (g, w) in enumerate(pairs):
        g, w = np.asarray(g), np.asarray(w)
        what = f"{name}: {f'gradient {n - 1}' if n else 'the value'}"
        if g.shape != w.shape:
            raise Wrong(f"{what} has shape {g.shape}, not {w.shape}")
        largest = float(np.abs(w).max(initial=0.0))
        if not np.allclose(g, w, rtol=1e-6, atol=1e-8 * max(1e-8, largest)):
            raise Wrong(f"{what} is off by {np.abs(g - w).max():.2g}, its largest element is {largest:.2g}")
