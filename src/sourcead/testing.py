"""Checks of derivatives against the function itself.

A check probes along directions drawn from a seed: one for every leaf (number or array) of the arguments on
its own, so that a report can say which leaf is wrong, and one for all together.  Forward mode is compared
with the difference; reverse mode with forward mode's pairing `sum(y_bar * y_dot) = sum(x_bar * x_dot)`,
bilinear, real part.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .ad.residuals import store_all
from .differences import (
    children,
    copied,
    flat,
    inexact,
    is_container,
    leaves,
    like,
    numerical_jvp,
    real_bytes,
    rebuild,
)
from .typetext import TypeSpec, TypeTextError, example, parse_types

__all__ = [
    "Comparison",
    "TypeSpec",
    "TypeTextError",
    "check_grads",
    "example",
    "numerical_jvp",
    "parse_types",
    "store_all",
]

_SMALL = 64  # leaves up to this size are compared element by element by `compare_gradient`


@dataclass(frozen=True)
class Comparison:
    """One number of a derivative beside what it should be.

    `where` names the argument, leaf and element; `allowed` is the largest |error| that passes.
    """

    where: str
    got: complex
    expected: complex
    allowed: float

    @property
    def error(self) -> float:
        return float(abs(self.got - self.expected))

    @property
    def ok(self) -> bool:
        same = self.got == self.expected or (np.isnan(self.got) and np.isnan(self.expected))
        return bool(same or self.error <= self.allowed)

    def __str__(self) -> str:
        numbers = f"got {_short(self.got)}, expected {_short(self.expected)}"
        return f"{self.where}: {numbers}, error {self.error:.2g} (allowed {self.allowed:.2g})"


def _short(v: complex) -> str:
    v = complex(v)
    return f"{v.real:.10g}" if v.imag == 0 else f"{v:.10g}"


@dataclass(frozen=True)
class _Tolerance:
    rtol: float
    atol: float

    def allowed(self, scale: Any, doubt: Any = 0.0) -> Any:
        """What may differ at this scale, where the truth itself is in doubt by that much.  Doubt counts only
        up to a thousandth of the scale: where differences cannot tell, the check fails rather than
        passes."""
        scale = np.abs(scale)
        return self.atol + self.rtol * scale + np.minimum(4.0 * np.asarray(doubt), 1e-3 * scale + self.atol)


def _tolerances(args: Any, y: Any, rtol: float | None, atol: float | None) -> tuple[_Tolerance, _Tolerance]:
    """For differences, and for one mode beside the other (which is limited by rounding only)."""
    narrow = real_bytes(args, y) == 4
    differences = _Tolerance(3e-3 if narrow else 1e-6, 3e-4 if narrow else 1e-8)
    modes = _Tolerance(1e-4 if narrow else 1e-9, 1e-5 if narrow else 1e-11)
    if rtol is None and atol is None:
        return differences, modes
    asked = _Tolerance(differences.rtol if rtol is None else rtol, differences.atol if atol is None else atol)
    return asked, asked


def _direction(
    args: Sequence[Any], names: Sequence[str], chosen: set[str], rng: np.random.Generator
) -> tuple:
    """Tangents for the arguments that are random in the leaves named in `chosen` and zero elsewhere."""
    made = []
    for name, arg in zip(names, args):
        new = []
        for path, leaf in leaves(arg):
            if not inexact(leaf):
                new.append(_no_tangent(leaf))
                continue
            t = rng.uniform(0.25, 1.0, np.shape(leaf)) * rng.choice([-1.0, 1.0], np.shape(leaf))
            if np.asarray(leaf).dtype.kind == "c":
                t = t + 1j * rng.uniform(-1.0, 1.0, np.shape(leaf))
            new.append(like(leaf, t if name + path in chosen else t * 0.0))
        made.append(rebuild(arg, iter(new)))
    return tuple(made)


def _no_tangent(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return np.zeros_like(leaf)
    return like(leaf, 0) if isinstance(leaf, int | np.generic) else None


def _parameter_names(f: Callable[..., Any], n: int) -> list[str]:
    try:
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        names = [p.name for p in inspect.signature(f).parameters.values() if p.kind in kinds]
    except (TypeError, ValueError):
        names = []
    return [*names, *(f"argument {i}" for i in range(len(names), n))][:n]


def _chosen(
    f: Callable[..., Any], args: Sequence[Any], argnums: int | str | Sequence[int | str] | None
) -> tuple[list[str], list[str]]:
    """Parameter names, and the names of the leaves to be probed."""
    names = _parameter_names(f, len(args))
    if argnums is None:
        wanted = list(range(len(args)))
    else:
        each = [argnums] if isinstance(argnums, int | str) else list(argnums)
        unknown = [
            a for a in each if (a not in names if isinstance(a, str) else not -len(args) <= a < len(args))
        ]
        if unknown:
            raise ValueError(f"argnums names {unknown[0]!r}; the arguments are {', '.join(names)}")
        wanted = [names.index(a) if isinstance(a, str) else a % len(args) for a in each]
    probed = [names[i] + path for i in wanted for path, leaf in leaves(args[i]) if inexact(leaf)]
    if not probed:
        raise ValueError("nothing to differentiate: no argument holds a float or complex number")
    return names, probed


def _pairing(bars: Any, tangents: Any) -> tuple[float, float]:
    """Re sum(bar * dot) over float and complex leaves, and the sum of the terms' sizes."""
    total = scale = 0.0
    for (_, t), (_, b) in zip(leaves(tangents), _matching(tangents, bars)):
        if inexact(t):
            if np.shape(b) != np.shape(t):
                raise AssertionError(
                    f"an adjoint or tangent has the shape {np.shape(b)}, its primal {np.shape(t)}"
                )
            terms = np.asarray(b) * np.asarray(t)
            total += float(np.real(np.sum(terms)))
            scale += float(np.sum(np.abs(terms)))
    return total, scale


def _matching(model: Any, tree: Any) -> Iterator[tuple[str, Any]]:
    """The parts of `tree` where `model` has leaves; an adjoint may be None where there is nothing to
    differentiate."""
    if not is_container(model):
        yield "", tree
        return
    parts = [p for _, p in children(tree)] if is_container(tree) else [tree] * len(children(model))
    for (_, child), part in zip(children(model), parts, strict=True):
        yield from _matching(child, part)


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    rtol: float | None = None,
    atol: float | None = None,
    argnums: int | str | Sequence[int | str] | None = None,
) -> None:
    """Check f's derivatives at `args` against finite differences, up to `order`.

    args      the point: numbers, arrays (any shape, float or complex of any width; integers are held),
              and nested tuples, lists, dicts, namedtuples and dataclasses of them
    order     1: the derivative; 2: also the derivatives of both modes' derivatives; and so on
    modes     "fwd" compares `jvp` with differences; "rev" compares `vjp` with `jvp` by inner product (with
              differences where "fwd" is not asked for)
    rtol, atol  tolerances; by default 1e-6 and 1e-8 (3e-3 and 3e-4 where there is float32)
    argnums   the arguments to check, by position or name; all that hold floats if None

    Raises AssertionError with a line for each number that is wrong, ValueError where there is nothing to
    check, and whatever f raises.  At kinks and poles differences mean nothing; `stop_gradient` and custom
    rules that are meant to differ from f do differ.

    >>> import numpy as np
    >>> check_grads(lambda x, A: np.sum(np.tanh(A @ x)), (np.ones(3), np.eye(3)))
    """
    unknown = set(modes) - {"fwd", "rev"}
    if unknown or not modes:
        raise ValueError(f'modes are "fwd" and "rev"; got {modes!r}')
    args = tuple(args)
    names, probed = _chosen(f, args, argnums)
    found = list(_compare(f, args, names, probed, order, tuple(modes), rtol, atol, ""))
    wrong = [c for c in found if not c.ok]
    if wrong:
        title = getattr(f, "__qualname__", type(f).__name__)
        lines = "\n".join(f"  {c}" for c in wrong[:20])
        more = f"\n  ... and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise AssertionError(f"{len(wrong)} of {len(found)} derivatives of {title} are wrong:\n{lines}{more}")


def _compare(
    f: Callable[..., Any],
    args: tuple,
    names: list[str],
    probed: list[str],
    order: int,
    modes: tuple[str, ...],
    rtol: float | None,
    atol: float | None,
    of: str,
) -> Iterator[Comparison]:
    from .api import jvp, vjp  # the compiler loads when a check runs, not when truth is wanted

    rng = np.random.default_rng(len(of) + 1)
    y = f(*copied(args))
    against_differences, against_modes = _tolerances(args, y, rtol, atol)
    y_bar = rebuild(y, (_seed(v, rng) for _, v in leaves(y)))
    outputs = [f"{path}[{', '.join(map(str, i))}]" if i else path
               for path, v in leaves(y) if inexact(v) for i in np.ndindex(np.shape(v))]  # fmt: skip
    together = [set(probed)] if len(probed) > 1 else []
    pullback = vjp(f, *copied(args))[1] if "rev" in modes else None
    bars = pullback(y_bar) if pullback is not None else None
    for chosen in [{leaf} for leaf in probed] + together:
        along = of + ("all arguments" if len(chosen) > 1 else next(iter(chosen)))
        x_dot = _direction(args, names, chosen, rng)
        expected, doubt = numerical_jvp(f, args, x_dot)
        size = np.max(np.abs(expected), initial=0.0)
        y_dot = None
        if "fwd" in modes:
            value, y_dot = jvp(f, copied(args), copied(x_dot))
            yield from _same_value(f"{along}, value of jvp", value, y, against_modes)
            for name, got, true, d in zip(outputs, _flat_as(y, y_dot), expected, doubt, strict=True):
                allowed = against_differences.allowed(max(abs(true), 1e-3 * size), d)
                yield Comparison(f"{along}, forward, output{name}", got, true, float(allowed))
        if bars is not None:
            got, scale = _pairing(bars, x_dot)
            if y_dot is not None:
                true, other = _pairing(y_dot, y_bar)
                allowed = against_modes.allowed(scale + other)
                yield Comparison(f"{along}, reverse beside forward", got, true, float(allowed))
            else:
                weights = flat(y_bar)
                true = float(np.real(np.sum(expected * weights)))
                d = float(np.sum(np.abs(weights) * doubt))
                allowed = against_differences.allowed(scale, d)
                yield Comparison(f"{along}, reverse", got, true, float(allowed))
    if order > 1:
        x_dot = _direction(args, names, set(probed), rng)
        if "fwd" in modes:
            forward = lambda *xs: jvp(f, xs, x_dot)[1]
            yield from _compare(forward, args, names, probed, order - 1, modes, rtol, atol, of + "jvp, then ")
        if "rev" in modes:
            places = [
                i
                for i, n in enumerate(names)
                if any(p == n or p.startswith((n + "[", n + ".")) for p in probed)
            ]
            reverse = lambda *xs: tuple(vjp(f, *xs)[1](y_bar)[i] for i in places)
            yield from _compare(reverse, args, names, probed, order - 1, modes, rtol, atol, of + "vjp, then ")


def _seed(leaf: Any, rng: np.random.Generator) -> Any:
    if not inexact(leaf):
        return _no_tangent(leaf)
    seed = rng.uniform(0.5, 1.5, np.shape(leaf))
    return like(leaf, seed + 1j * rng.uniform(-0.5, 0.5, np.shape(leaf)) if np.iscomplexobj(leaf) else seed)


def _flat_as(y: Any, y_dot: Any) -> np.ndarray:
    """The tangents of y's float and complex leaves as one vector."""
    parts = [np.ravel(t) for (_, v), (_, t) in zip(leaves(y), _matching(y, y_dot)) if inexact(v)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _same_value(where: str, got: Any, y: Any, tolerance: _Tolerance) -> Iterator[Comparison]:
    a, b = flat(got), flat(y)
    if a.shape != b.shape:
        yield Comparison(f"{where}: {a.size} numbers instead of {b.size}", np.nan, 0.0, 0.0)
        return
    for p, q in zip(a, b):
        if p != q:
            yield Comparison(where, p, q, float(tolerance.allowed(q)))


def compare_modes(
    f: Callable[..., Any],
    args: Sequence[Any],
    modes: Sequence[str] = ("fwd", "rev"),
    argnums: int | str | Sequence[int | str] | None = None,
) -> dict[str, list[Comparison]]:
    """The comparisons that `check_grads` of order 1 makes, by the leaf that they probe.

    Raises what `check_grads` raises, except that a wrong derivative is reported and not raised.

    >>> sorted(compare_modes(lambda x, y: x * y, (2.0, 3.0)))
    ['all arguments', 'x', 'y']
    """
    args = tuple(args)
    names, probed = _chosen(f, args, argnums)
    table: dict[str, list[Comparison]] = {}
    for c in _compare(f, args, names, probed, 1, tuple(modes), None, None, ""):
        table.setdefault(c.where.split(",")[0], []).append(c)
    return table


def compare_gradient(
    f: Callable[..., Any], args: Sequence[Any], got: Sequence[Any], argnums: Sequence[int]
) -> dict[str, list[Comparison]]:
    """Compare gradients of a real f with finite differences: for each leaf of the arguments in `argnums`,
    its name and the comparisons.  Small leaves are compared element by element, large ones along eight
    random directions.

    `got` has one gradient for each of `argnums`, of the argument's structure.

    >>> table = compare_gradient(lambda x: x * x, (3.0,), (6.0,), (0,))
    >>> [c.ok for c in table["x"]]
    [True]
    """
    args = tuple(args)
    names = _parameter_names(f, len(args))
    tolerance, _ = _tolerances(args, f(*copied(args)), None, None)
    table: dict[str, list[Comparison]] = {}
    for n, gradient in zip(argnums, got, strict=True):
        for (path, leaf), (_, bar) in zip(leaves(args[n]), _matching(args[n], gradient)):
            if inexact(leaf):
                rows = table[names[n] + path] = []
                for label, direction in _probes(leaf):
                    x_dot = _direction(args, names, set(), np.random.default_rng(0))
                    others = (direction if p == path else t for p, t in leaves(x_dot[n]))
                    x_dot = (*x_dot[:n], rebuild(x_dot[n], others), *x_dot[n + 1 :])
                    expected, doubt = numerical_jvp(f, args, x_dot)
                    value, scale = _pairing(bar, direction)
                    true = float(np.real(expected[0])) if expected.size else 0.0
                    allowed = tolerance.allowed(max(scale, abs(true)), doubt[0] if doubt.size else 0.0)
                    rows.append(Comparison(names[n] + path + label, value, true, float(allowed)))
    return table


def _probes(leaf: Any) -> Iterator[tuple[str, Any]]:
    if np.size(leaf) > _SMALL:
        rng = np.random.default_rng(1)
        for k in range(8):
            yield f" (direction {k})", like(leaf, rng.uniform(-1.0, 1.0, np.shape(leaf)))
        return
    units = (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,)
    for index in np.ndindex(np.shape(leaf)):
        for unit in units:
            t = np.zeros(np.shape(leaf), np.asarray(leaf).dtype)
            t[index] = unit
            where = f"[{', '.join(map(str, index))}]" if index else ""
            yield where + (" (imaginary)" if unit == 1j else ""), like(leaf, t)
