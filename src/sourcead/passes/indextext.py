"""Subscripts with index arrays and masks, written as loops.

    y = x[i, 1:, j]       every axis of the result is a loop; an axis of x is read at
                              an integer        one place, wrapped round where it is negative
                              an index array    the place it holds for the axes on which it lies (broadcast)
                              a slice           start + k * step
    x[i, 1:, j] = v       the same loops, written from v, which lies on their last axes
    x[i, 1:, j] += v      the same, added up where places repeat

A mask counts as the index arrays of its `nonzero`.  Where index arrays and integers stand apart, with a slice
between them, their axes come first in the result, as in NumPy.
"""

from __future__ import annotations

from ..ir.index import Pattern
from ..ir.types import Array, Type
from .looptext import Lines, place, shape_text


class Places:
    """The loops over the places of one subscript."""

    def __init__(
        self, f: Lines, x: str, ndim: int, pattern: Pattern, operands: list[Type], names: list[str]
    ) -> None:
        self.f = f
        self.at: list[str] = []  # how each axis of x is indexed
        self.loops: list[tuple[str, str]] = []  # index and length, outermost first
        entries = _entries(pattern, ndim, operands)
        wide = [t.ndim if t.dtype != "bool" else 1 for t in operands if isinstance(t, Array) and t.ndim]
        self.wide = max(wide, default=0)
        given = iter(zip(names, operands))
        axis, advanced, slices = 0, [], []
        arrays: list[tuple[str, int, int]] = []  # name, ndim, axis of x
        for spot, e in enumerate(entries):
            if e is None:
                slices.append((spot, "0", "1"))
            elif e == "at":
                name, t = next(given)
                advanced.append(spot)
                if isinstance(t, Array) and t.ndim and t.dtype == "bool":
                    f.put(f"where_{name} = np.nonzero({name})")
                    for k in range(t.ndim):
                        arrays.append((f"{name}_{k}", 1, axis + k))
                        f.put(f"{name}_{k} = where_{name}[{k}]")
                        self.at.append(f"p{axis + k}")
                    axis += t.ndim
                    continue
                if isinstance(t, Array) and t.ndim:
                    arrays.append((name, t.ndim, axis))
                    self.at.append(f"p{axis}")
                else:
                    place_of = f"{name}[()]" if isinstance(t, Array) else name
                    f.put(f"p{axis} = {place_of}", *_wrapped(f"p{axis}", f"{x}.shape[{axis}]", axis))
                    self.at.append(f"p{axis}")
                axis += 1
            else:
                parts = [next(given)[0] if used else "None" for used in e[1:]]
                if any(e[1:]):
                    f.put(
                        f"first{axis}, last{axis}, step{axis} = "
                        f"slice({', '.join(parts)}).indices({x}.shape[{axis}])",
                        f"n{axis} = len(range(first{axis}, last{axis}, step{axis}))",
                    )
                    self.at.append(f"first{axis} + k{axis} * step{axis}")
                    slices.append((spot, f"k{axis}", f"n{axis}"))
                else:
                    self.at.append(f"k{axis}")
                    slices.append((spot, f"k{axis}", f"{x}.shape[{axis}]"))
                axis += 1
        for b in range(self.wide):
            sizes = [f"{n}.shape[{b - self.wide + d}]" for n, d, _ in arrays if b - self.wide + d >= 0]
            f.put(f"m{b} = {sizes[0]}")
            for s in sizes[1:]:
                f.open(f"if {s} != 1 and m{b} != 1 and {s} != m{b}:")
                f.put('raise IndexError("shape mismatch: indexing arrays could not be broadcast together")')
                f.close()
                f.open(f"if m{b} == 1:")
                f.put(f"m{b} = {s}")
                f.close()
        together = advanced == list(range(advanced[0], advanced[-1] + 1))
        front = advanced[0] if together else 0
        broad = [(f"b{b}", f"m{b}") for b in range(self.wide)]
        before = [(k, n) for spot, k, n in slices if spot < front]
        after = [(k, n) for spot, k, n in slices if spot >= front]
        self.loops = [*before, *broad, *after]
        self.arrays = arrays
        self.x = x

    def open(self) -> None:
        """Open the loops, with the places that the index arrays hold."""
        for k, n in self.loops:
            if k != "0":
                self.f.open(f"for {k} in range({n}):")
        for name, d, axis in self.arrays:
            spots = []
            for i in range(d):
                b = self.wide - d + i
                alone = d == self.wide and len(self.arrays) == 1
                spots.append(f"b{b}" if alone else f"b{b} % {name}.shape[{i}]")
            p = f"p{axis}"
            self.f.put(f"{p} = {name}[{place(spots)}]", *_wrapped(p, f"{self.x}.shape[{axis}]", axis))

    def close(self) -> None:
        self.f.close(sum(k != "0" for k, _ in self.loops))

    @property
    def here(self) -> str:
        return place(self.at)


def _wrapped(p: str, n: str, axis: int) -> list[str]:
    return [
        f"if {p} < -{n} or {p} >= {n}:",
        f'    raise IndexError("index is out of bounds for axis {axis}")',
        f"if {p} < 0:",
        f"    {p} += {n}",
    ]


def _entries(pattern: Pattern, ndim: int, operands: list[Type]) -> list:
    """The pattern with a whole slice for each axis that it leaves out."""
    used, given = 0, iter(operands)
    for e in pattern:
        if e == "at":
            t = next(given)
            used += t.ndim if isinstance(t, Array) and t.dtype == "bool" else 1
        elif isinstance(e, tuple):
            for part in e[1:]:
                if part:
                    next(given)
            used += 1
    whole = [("slice", False, False, False)] * (ndim - used)
    out: list = []
    for e in pattern if Ellipsis in pattern else (*pattern, Ellipsis):
        out.extend(whole) if e is Ellipsis else out.append(e)
    return out


def _named(
    what: str, ndim: int, pattern: Pattern, operands: list[Type], more: str = ""
) -> tuple[str, list[str]]:
    marks, given = [], iter(operands)
    for e in pattern:
        if e == "at":
            t = next(given)
            marks.append(f"{'m' if getattr(t, 'dtype', '') == 'bool' else 'a'}{getattr(t, 'ndim', 0)}")
        elif isinstance(e, tuple):
            marks.append("s" + "".join("1" if part else "0" for part in e[1:]))
            for part in e[1:]:
                if part:
                    next(given)
        else:
            marks.append("new" if e is None else "rest")
    return f"{what}_{ndim}_{'_'.join(marks)}{more}", [f"i{k}" for k in range(len(operands))]


def gather(ndim: int, pattern: Pattern, operands: list[Type]) -> tuple[str, str]:
    """x[...]"""
    name, names = _named("taken", ndim, pattern, operands)
    f = Lines(f"{name}({', '.join(['x', *names])})")
    p = Places(f, "x", ndim, pattern, operands, names)
    f.put(f"out = np.empty({shape_text([n for _, n in p.loops])}, x.dtype)")
    p.open()
    f.put(f"out[{place([k for k, _ in p.loops])}] = x[{p.here}]")
    p.close()
    f.put("return out")
    return name, f.text


def scatter(
    ndim: int, pattern: Pattern, operands: list[Type], value: Type, add: bool, part: str = ""
) -> tuple[str, str]:
    """x[...] = v, or x[...] += v where repeated places add up; `part`: of x.real or x.imag."""
    wide = value.ndim if isinstance(value, Array) else 0
    what = ("added" if add else "put") + (f"_{part}" if part else "")
    name, names = _named(what, ndim, pattern, operands, f"_from_{wide}")
    f = Lines(f"{name}({', '.join(['x', *names, 'v'])})")
    if part:
        f.put(f"x = x.{part}")
    p = Places(f, "x", ndim, pattern, operands, names)
    source = "v"
    if isinstance(value, Array):
        extra = max(wide - len(p.loops), 0)  # leading axes of length 1
        spots = []
        for i in range(wide):
            k, n = p.loops[len(p.loops) - wide + i] if i >= extra else ("0", "1")
            f.open(f"if v.shape[{i}] != 1 and v.shape[{i}] != {n}:")
            f.put('raise ValueError("shape mismatch: value array could not be broadcast to indexing result")')
            f.close()
            f.put(f"c{i} = 0 if v.shape[{i}] == 1 else 1")
            spots.append(f"{k} * c{i}")
        source = f"v[{place(spots)}]"
    p.open()
    f.put(f"x[{p.here}] {'+=' if add else '='} {source}")
    p.close()
    return name, f.text
