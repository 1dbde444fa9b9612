"""The tables in Markdown, made from what was measured and from nothing else."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path

from .contenders import GRADIENTS, PRIMALS
from .measure import Measured

BEGIN, END = "<!-- kernels: begin -->", "<!-- kernels: end -->"
PAGE = Path(__file__).resolve().parents[3] / "docs" / "performance.md"

# over these the advantage over JAX is taken as a geometric mean
TEN = "jacobi_2d heat_3d seidel_2d adi deriche cholesky lu trisolv gemm cavity_flow".split()

ABSENT, REFUSED, WRONG = "–", "refused", "wrong"


def row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |"


def head(cells: list[str]) -> list[str]:
    return [row(cells), row(["---", *("---:" for _ in cells[1:])])]


def best(m: Measured) -> float:
    return min(m.primal.values())


def ours(m: Measured) -> float | None:
    """Our gradient at its best without options: with Numba where it is there."""
    return m.gradient.get("ours Numba", m.gradient.get("ours"))


def over(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b is not None else None


RATIOS: dict[str, Callable[[Measured], float | None]] = {
    "ours, NumPy / primal in NumPy": lambda m: over(m.gradient.get("ours"), m.primal.get("NumPy")),
    "ours, Numba / fastest primal": lambda m: over(m.gradient.get("ours Numba"), best(m)),
    "ours, Numba / by hand": lambda m: over(m.gradient.get("ours Numba"), m.gradient.get("by hand")),
    "by hand / fastest primal": lambda m: over(m.gradient.get("by hand"), best(m)),
    "JAX / ours, NumPy": lambda m: over(m.gradient.get("JAX"), m.gradient.get("ours")),
    "JAX / ours, Numba": lambda m: over(m.gradient.get("JAX"), m.gradient.get("ours Numba")),
    "JAX / ours, fastmath": lambda m: over(m.gradient.get("JAX"), m.gradient.get("ours fastmath")),
    "JAX / by hand": lambda m: over(m.gradient.get("JAX"), m.gradient.get("by hand")),
    "first call: ours, Numba / JAX": lambda m: over(m.first.get("ours Numba"), m.first.get("JAX")),
    "PyTorch / ours": lambda m: over(m.gradient.get("PyTorch"), ours(m)),
    "autograd / ours": lambda m: over(m.gradient.get("autograd"), ours(m)),
    "DaCe / ours": lambda m: over(m.gradient.get("DaCe"), ours(m)),
}


def short(x: float | None) -> str:
    """Three digits at most."""
    if x is None:
        return ABSENT
    return f"{x:.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}" if x >= 0.1 else f"{x:.3f}"


def cell(m: Measured, times: dict[str, float], name: str, scale: float) -> str:
    if name in m.refused:
        return WRONG if m.refused[name].startswith("wrong") else REFUSED
    return short(times[name] * scale) if name in times else ABSENT


def geometric_mean(xs: list[float]) -> float:
    return math.exp(statistics.fmean(math.log(x) for x in xs))


def summary(found: list[Measured]) -> list[str]:
    lines = [
        "| ratio | kernels | median | geometric mean | smallest | largest |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, ratio in RATIOS.items():
        by_kernel = {m.kernel: ratio(m) for m in found}
        xs = {k: x for k, x in by_kernel.items() if x is not None}
        if not xs:
            continue
        low, high = min(xs, key=xs.__getitem__), max(xs, key=xs.__getitem__)
        values = list(xs.values())
        ends = f"{short(xs[low])} ({low})", f"{short(xs[high])} ({high})"
        lines.append(
            row([name, len(xs), short(statistics.median(values)), short(geometric_mean(values)), *ends])
        )
        ten = [xs[k] for k in TEN if k in xs]
        if name.startswith("JAX") and ten and len(ten) < len(xs):
            of = ", the ten with a gradient by hand" if len(ten) == len(TEN) else f", {len(ten)} of those ten"
            lines.append(
                row([name + of, len(ten), short(statistics.median(ten)), short(geometric_mean(ten)), "", ""])
            )
    return lines


def tables(found: list[Measured], about: str) -> str:
    """Ratios, milliseconds, first calls, memory where it was measured, and what was refused."""
    lines = [about, "", "Ratios of times, all kernels:", "", *summary(found), ""]
    lines += ["Ratios of times, by kernel:", "", *head(["kernel", *RATIOS])]
    for m in found:
        lines.append(row([m.kernel, *(short(ratio(m)) for ratio in RATIOS.values())]))
    names = [*(f"primal, {n}" for n in PRIMALS), *(f"gradient, {n}" for n in GRADIENTS)]
    lines += ["", "Milliseconds a call (a gradient includes the value):", "", *head(["kernel", *names])]
    for m in found:
        cells = [cell(m, m.primal, n, 1e3) for n in PRIMALS] + [
            cell(m, m.gradient, n, 1e3) for n in GRADIENTS
        ]
        lines.append(row([m.kernel, *cells]))
    lines += [
        "",
        "First call, seconds (transformation, compilation and one run):",
        "",
        *head(["kernel", *names]),
    ]
    for m in found:
        lines.append(row([m.kernel, *(cell(m, m.first, n, 1.0) for n in (*PRIMALS, *GRADIENTS))]))
    if any(m.memory for m in found):
        lines += ["", "Memory that a call needs at its peak, megabytes:", "", *head(["kernel", *names])]
        for m in found:
            lines.append(row([m.kernel, *(cell(m, m.memory, n, 1.0) for n in (*PRIMALS, *GRADIENTS))]))
    refused = [row([m.kernel, n, why.replace("|", "\\|")]) for m in found for n, why in m.refused.items()]
    if refused:
        lines += ["", "Refused, or wrong:", "", "| kernel | by | why |", "|---|---|---|", *refused]
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the tables between the markers of docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    PAGE.write_text(page[:start] + "\n\n" + text + "\n\n" + page[end:], encoding="utf-8")
