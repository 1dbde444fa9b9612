"""Functions written as text for one op: loops over axes whose number is known.

    np.max(A, axis=1)       def max_1_of_2(x):
                                out = np.empty((x.shape[0],), x.dtype)
                                for i0 in range(x.shape[0]):
                                    best = x[i0, 0]
                                    for i1 in range(x.shape[1]): ...

Each returns its name and its text; equal names have equal texts.
"""

from __future__ import annotations

import re
import string

from ..ir.types import dtype_kind

STEP = "    "


class Lines:
    """Lines of a function, with the indentation of the blocks that are open."""

    def __init__(self, head: str) -> None:
        self.lines = [f"def {head}:"]
        self.depth = 1

    def put(self, *lines: str) -> None:
        self.lines += [STEP * self.depth + s for s in lines]

    def open(self, line: str) -> None:
        self.put(line)
        self.depth += 1

    def close(self, n: int = 1) -> None:
        self.depth -= n

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def shape_text(sizes: list[str]) -> str:
    return "(" + "".join(f"{s}, " for s in sizes) + ")"


def place(indices: list[str]) -> str:
    return ", ".join(indices) or "()"


def zero(dtype: str) -> str:
    return {"b": "False", "c": "0j"}.get(dtype_kind(dtype), f"np.{dtype}(0)")


# -- reductions ---------------------------------------------------------------------------------------------

#: first value, step with `v` the element, last: what `out` becomes with `n` elements
_REDUCE = {
    "sum": ("{zero}", "acc += v", ""),
    "nansum": ("{zero}", "if v == v: acc += v", ""),
    "prod": ("{one}", "acc *= v", ""),
    "mean": ("{zero}", "acc += v", "acc = acc / n"),
    "any": ("False", "acc = acc or bool(v)", ""),
    "all": ("True", "acc = acc and bool(v)", ""),
    "count_nonzero": ("0", "acc += bool(v)", ""),
    "max": ("", "if v > acc or v != v: acc = v", ""),
    "min": ("", "if v < acc or v != v: acc = v", ""),
    "ptp": ("", "", ""),
    "norm": ("0.0", "acc += abs(v) ** 2", "acc = np.sqrt(acc)"),
}


def reduction(
    what: str, ndim: int, axes: tuple[int, ...], keep: bool, dtype: str, ddof: int = 0
) -> tuple[str, str]:
    """sum, prod, mean, max, min, any, all, var, std, norm and others over some axes."""
    every = len(axes) == ndim
    mark = "_".join(map(str, axes)) + ("_kept" if keep else "") + (f"_less_{ddof}" if ddof else "")
    name = f"{what}_{dtype}_{mark}_of_{ndim}"
    f = Lines(f"{name}(x)")
    n = " * ".join(f"x.shape[{a}]" for a in axes) or "1"
    f.put(f"n = {n}")
    if what in ("max", "min"):
        f.open("if n == 0:")
        f.put(f'raise ValueError("zero-size array to reduction operation {what}imum which has no identity")')
        f.close()
    left = [k for k in range(ndim) if k not in axes]
    sizes = [f"x.shape[{k}]" if k in left else "1" for k in range(ndim) if keep or k in left]
    target = place([f"i{k}" if k in left else "0" for k in range(ndim) if keep or k in left])
    if sizes:
        f.put(f"out = np.empty({shape_text(sizes)}, np.{dtype})")
    for k in left:
        f.open(f"for i{k} in range(x.shape[{k}]):")
    here = place([f"i{k}" for k in range(ndim)])

    def sweep(step: str) -> None:
        for a in axes:
            f.open(f"for i{a} in range(x.shape[{a}]):")
        f.put(f"v = x[{here}]", *_statement(step))
        f.close(len(axes))

    if what in ("var", "std"):
        f.put("mean = x.dtype.type(0)")
        sweep("mean += v")
        f.put("mean = mean / n", f"acc = np.{dtype}(0)")
        sweep("acc += abs(v - mean) ** 2")
        f.put(f"acc = acc / (n - {ddof})" if ddof else "acc = acc / n")
        if what == "std":
            f.put("acc = np.sqrt(acc)")
    else:
        first, step, last = _REDUCE[what]
        f.put(
            "acc = "
            + (_filled(first, dtype) or f"x[{place(['0' if k in axes else f'i{k}' for k in range(ndim)])}]")
        )
        sweep(step)
        if last:
            f.put(last)
    if sizes:
        f.put(f"out[{target}] = acc")
        f.close(len(left))
        f.put("return out")
    else:
        f.put("return acc" if dtype_kind(dtype) == "b" else f"return np.{dtype}(acc)")
    assert every or left
    return name, f.text


def _filled(text: str, dtype: str) -> str:
    one = {"b": "True", "c": "(1 + 0j)"}.get(dtype_kind(dtype), f"np.{dtype}(1)")
    return text.replace("{zero}", zero(dtype)).replace("{one}", one)


def _statement(step: str) -> list[str]:
    if step.startswith("if "):
        test, _, rest = step.partition(": ")
        return [f"{test}:", f"{STEP}{rest}"]
    return [step]


def scan(what: str, ndim: int, axis: int, dtype: str) -> tuple[str, str]:
    """cumsum and cumprod along an axis."""
    name = f"{what}_{dtype}_{axis}_of_{ndim}"
    f = Lines(f"{name}(x)")
    f.put(f"out = np.empty(x.shape, np.{dtype})")
    for k in range(ndim):
        if k != axis:
            f.open(f"for i{k} in range(x.shape[{k}]):")
    f.put(f"acc = np.{dtype}({1 if what == 'cumprod' else 0})")
    f.open(f"for i{axis} in range(x.shape[{axis}]):")
    here = place([f"i{k}" for k in range(ndim)])
    f.put(f"acc {'*=' if what == 'cumprod' else '+='} x[{here}]", f"out[{here}] = acc")
    f.close(ndim)
    f.put("return out")
    return name, f.text


def along(what: str, ndim: int, axis: int, dtype: str) -> tuple[str, str]:
    """sort and argsort along an axis: each line by itself."""
    name = f"{what}_{axis}_of_{ndim}"
    f = Lines(f"{name}(x)")
    f.put(f"out = np.empty(x.shape, np.{dtype})")
    for k in range(ndim):
        if k != axis:
            f.open(f"for i{k} in range(x.shape[{k}]):")
    line = place([":" if k == axis else f"i{k}" for k in range(ndim)])
    kind = ', kind="mergesort"' if what == "argsort" else ""
    f.put(f"out[{line}] = np.{what}(x[{line}].copy(){kind})")
    f.close(ndim - 1)
    f.put("return out")
    return name, f.text


# -- products -----------------------------------------------------------------------------------------------


def product(subscripts: list[str], out: str, dtype: str, what: str = "einsum") -> tuple[str, str]:
    """A sum of products over named axes: einsum, tensordot, inner, and matmul of stacks.

    subscripts   a letter for each axis of each operand; out: the letters of the result
    """
    name = f"{what}_{'_'.join(s or '0' for s in subscripts)}_to_{out or '0'}_{dtype}"
    args = [f"x{k}" for k in range(len(subscripts))]
    f = Lines(f"{name}({', '.join(args)})")
    sizes: dict[str, str] = {}
    for x, s in zip(args, subscripts):
        for k, c in enumerate(s):
            if c in sizes:
                f.open(f"if {x}.shape[{k}] != n_{c}:")
                f.put('raise ValueError("operands could not be broadcast together")')
                f.close()
            else:
                sizes[c] = f"n_{c}"
                f.put(f"n_{c} = {x}.shape[{k}]")
    inner = [c for c in sizes if c not in out]
    if out:
        f.put(f"out = np.empty({shape_text([sizes[c] for c in out])}, np.{dtype})")
    for c in out:
        f.open(f"for {c} in range(n_{c}):")
    f.put(f"acc = {zero(dtype)}")
    for c in inner:
        f.open(f"for {c} in range(n_{c}):")
    f.put(
        "acc += " + " * ".join(f"{x}[{', '.join(s) or '()'}]" if s else x for x, s in zip(args, subscripts))
    )
    f.close(len(inner))
    if out:
        f.put(f"out[{', '.join(out)}] = acc")
        f.close(len(out))
        f.put("return out")
    else:
        f.put("return acc")
    return name, f.text


LETTERS = string.ascii_lowercase.replace("x", "").replace("n", "") + string.ascii_uppercase


# -- shapes -------------------------------------------------------------------------------------------------


def tile(ndim: int, reps: int) -> tuple[str, str]:
    """np.tile(x, r) with r a tuple of `reps` numbers; with reps 0, one number."""
    total = max(ndim, reps or 1)
    name = f"tile_{ndim}_by_{reps}"
    f = Lines(f"{name}(x, r)")
    sizes, source = [], []
    for k in range(total):
        own, rep = k - (total - ndim), k - (total - (reps or 1))
        times = ("r" if not reps else f"r[{rep}]") if rep >= 0 else "1"
        sizes.append(f"{times} * x.shape[{own}]" if own >= 0 else times)
        if own >= 0:
            source.append(f"i{k} % x.shape[{own}]")
    f.put(f"out = np.empty({shape_text(sizes)}, x.dtype)")
    for k in range(total):
        f.open(f"for i{k} in range(out.shape[{k}]):")
    f.put(f"out[{place([f'i{k}' for k in range(total)])}] = x[{place(source)}]")
    f.close(total)
    f.put("return out")
    return name, f.text


def repeat(ndim: int, axis: int, one: bool) -> tuple[str, str]:
    """np.repeat(x, r, axis) with r a number or an array of them."""
    name = f"repeat_{axis}_of_{ndim}" + ("" if one else "_each")
    f = Lines(f"{name}(x, r)")
    n = f"x.shape[{axis}] * r" if one else "r.sum()"
    f.put(
        f"out = np.empty({shape_text([n if k == axis else f'x.shape[{k}]' for k in range(ndim)])}, x.dtype)"
    )
    f.put("p = 0")
    f.open(f"for k in range(x.shape[{axis}]):")
    f.open(f"for _ in range({'r' if one else 'r[k]'}):")
    to = place(["p" if k == axis else ":" for k in range(ndim)])
    of = place(["k" if k == axis else ":" for k in range(ndim)])
    f.put(f"out[{to}] = x[{of}]", "p += 1")
    f.close(2)
    f.put("return out")
    return name, f.text


def filled(ndim: int, dtype: str, other: int) -> tuple[str, str]:
    """An array of the shape of x, filled from an array that broadcasts."""
    name = f"filled_{ndim}_{dtype}"
    f = Lines(f"{name}(x, v)")
    f.put(f"out = np.empty(x.shape, np.{dtype})", "out[...] = v", "return out")
    return name, f.text


def rolled(ndim: int, axis: int) -> tuple[str, str]:
    """np.roll(x, s, axis)."""
    name = f"roll_{axis}_of_{ndim}"
    f = Lines(f"{name}(x, s)")
    f.put("out = np.empty_like(x)", f"n = x.shape[{axis}]")
    f.open("for k in range(n):")
    to = place(["(k + s) % n" if k == axis else ":" for k in range(ndim)])
    of = place(["k" if k == axis else ":" for k in range(ndim)])
    f.put(f"out[{to}] = x[{of}]")
    f.close()
    f.put("return out")
    return name, f.text


def taken_along(ndim: int, axis: int) -> tuple[str, str]:
    """np.take_along_axis(x, index, axis)."""
    name = f"taken_along_{axis}_of_{ndim}"
    f = Lines(f"{name}(x, index)")
    f.put("out = np.empty(index.shape, x.dtype)")
    for k in range(ndim):
        f.open(f"for i{k} in range(index.shape[{k}]):")
    here = [f"i{k}" for k in range(ndim)]
    spots = ["p" if k == axis else f"i{k} % x.shape[{k}]" for k in range(ndim)]
    f.put(f"p = index[{place(here)}]")
    f.open(f"if p < -x.shape[{axis}] or p >= x.shape[{axis}]:")
    f.put('raise IndexError("index is out of bounds")')
    f.close()
    f.put(f"out[{place(here)}] = x[{place(spots)}]")
    f.close(ndim)
    f.put("return out")
    return name, f.text


def padded(widths: list[tuple[int, int]], value: float, dtype: str) -> tuple[str, str]:
    """np.pad(x, widths) with a constant."""
    mark = "_".join(f"{a}_{b}" for a, b in widths)
    sign = "" if value == 0 else "_" + str(value).replace("-", "minus_").replace(".", "_").replace("+", "")
    name = f"padded_{mark}{sign}_{dtype}"
    f = Lines(f"{name}(x)")
    sizes = [f"x.shape[{k}] + {a + b}" for k, (a, b) in enumerate(widths)]
    f.put(f"out = np.full({shape_text(sizes)}, np.{dtype}({value!r}))")
    f.put(f"out[{place([f'{a} : {a} + x.shape[{k}]' for k, (a, _) in enumerate(widths)])}] = x")
    f.put("return out")
    return name, f.text


def diagonal(ndim: int, offset: int, axis1: int, axis2: int) -> tuple[str, str]:
    """np.diagonal(x, offset, axis1, axis2): the diagonal is the last axis."""
    mark = f"minus_{-offset}" if offset < 0 else str(offset)
    name = f"diagonal_{mark}_of_{axis1}_{axis2}_of_{ndim}"
    f = Lines(f"{name}(x)")
    rows, columns = max(-offset, 0), max(offset, 0)
    f.put(f"n = max(min(x.shape[{axis1}] - {rows}, x.shape[{axis2}] - {columns}), 0)")
    rest = [k for k in range(ndim) if k not in (axis1, axis2)]
    f.put(f"out = np.empty({shape_text([*(f'x.shape[{k}]' for k in rest), 'n'])}, x.dtype)")
    f.open("for k in range(n):")
    at = {axis1: f"k + {rows}" if rows else "k", axis2: f"k + {columns}" if columns else "k"}
    source = place([at.get(k, ":") for k in range(ndim)])
    f.put(f"out[{place([':'] * len(rest) + ['k'])}] = x[{source}]")
    f.close()
    f.put("return out")
    return name, f.text


def crossed(count: int) -> tuple[str, str]:
    """np.ix_ of so many index arrays."""
    name = f"crossed_{count}"
    f = Lines(f"{name}({', '.join(f'i{k}' for k in range(count))})")
    parts = []
    for k in range(count):
        shape = ["1"] * count
        shape[k] = f"len(i{k})"
        parts.append(f"i{k}.copy().reshape({shape_text(shape)})")
    f.put(f"return {', '.join(parts)}")
    return name, f.text


def differences(ndim: int, axis: int, times: int, ends: list[float | None], dtype: str) -> tuple[str, str]:
    """np.diff(x, times, axis, prepend, append), the ends numbers or None."""
    marks = ["without" if e is None else re.sub(r"\W", "_", repr(e)) for e in ends]
    name = f"diff_{times}_along_{axis}_of_{ndim}" + (f"_{'_'.join(marks)}" if ends != [None, None] else "")
    f = Lines(f"{name}(x)")
    sizes = shape_text(["1" if k == axis else f"x.shape[{k}]" for k in range(ndim)])
    before, after = ([] if e is None else [f"np.full({sizes}, np.{dtype}({e!r}))"] for e in ends)
    parts = [*before, "x", *after]
    f.put("y = x" if ends == [None, None] else f"y = np.concatenate(({', '.join(parts)}), axis={axis})")
    for _ in range(times):
        later, sooner = (place([s if k == axis else ":" for k in range(ndim)]) for s in ("1:", ":-1"))
        f.put(f"y = y[{later}] - y[{sooner}]")
    f.put("return y")
    return name, f.text


def segments(ndim: int, axis: int, dtype: str) -> tuple[str, str]:
    """np.add.reduceat(x, index, axis)."""
    name = f"sums_of_segments_{axis}_of_{ndim}_{dtype}"
    f = Lines(f"{name}(x, index)")
    sizes = ["len(index)" if k == axis else f"x.shape[{k}]" for k in range(ndim)]
    f.put(f"out = np.zeros({shape_text(sizes)}, np.{dtype})")
    f.open("for k in range(len(index)):")
    f.put(f"last = index[k + 1] if k + 1 < len(index) else x.shape[{axis}]")
    f.put(f"if index[k] < 0 or index[k] >= x.shape[{axis}]:")
    f.put('    raise IndexError("index is out of bounds")')
    f.open("for i in range(index[k], max(last, index[k] + 1)):")
    to, of = (place([s if k == axis else ":" for k in range(ndim)]) for s in ("k", "i"))
    f.put(f"out[{to}] += x[{of}]")
    f.close(2)
    f.put("return out")
    return name, f.text


def transposed(order: list[int]) -> tuple[str, str]:
    """np.transpose(x, order), a view."""
    name = f"transposed_{'_'.join(map(str, order))}"
    f = Lines(f"{name}(x)")
    shape, strides = (shape_text([f"x.{what}[{k}]" for k in order]) for what in ("shape", "strides"))
    f.put(f"return np.lib.stride_tricks.as_strided(x, {shape}, {strides})")
    return name, f.text


def triangle(what: str, k: int) -> tuple[str, str]:
    """np.tril(x, k) or np.triu(x, k) of a matrix."""
    name = f"{what}_{k}".replace("-", "minus_")
    f = Lines(f"{name}(x)")
    f.put("out = np.zeros(x.shape, x.dtype)")
    f.open("for i in range(x.shape[0]):")
    columns = f"min(i + {k + 1}, x.shape[1])" if what == "tril" else f"max(i + {k}, 0), x.shape[1]"
    f.open(f"for j in range({columns}):")
    f.put("out[i, j] = x[i, j]")
    f.close(2)
    f.put("return out")
    return name, f.text
