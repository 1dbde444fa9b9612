"""Gradients of four kernels, side by side: ours, by hand, HIPS autograd, PyTorch.

    python -m tests.benchmarks.spine [--rounds 60] [--only rnn]

All contenders take turns in every round, in an order made anew, so that a slow moment of the machine hits
all alike; the median over the rounds is printed.  Every gradient is checked before it is timed.
"""

from __future__ import annotations

import argparse
import gc
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import sourcead as ad

from . import handwritten, peers
from . import spine_kernels as kernels

BATCH_SECONDS = 2e-3

IMPORT = "import time, numpy; t = time.perf_counter(); import sourcead; print(time.perf_counter() - t)"


def batch_size(run: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> int:
    """How many calls make a batch long enough for the clock."""
    run()
    n = 1
    while True:
        t = clock()
        for _ in range(n):
            run()
        t = clock() - t
        if t > BATCH_SECONDS / 2:
            return max(1, round(n * BATCH_SECONDS / t))
        n *= 4


def interleaved(
    runs: dict[str, Callable[[], Any]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Median seconds a call of each.

    Whoever runs leaves the caches and the allocator as it needs them.  So the order is another one in every
    round, and each begins its turn with a call that is not timed: nobody pays for, or lives on, the one
    before, as in a program that calls one function again and again.
    """
    sizes = {name: batch_size(run, clock) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    order = random.Random(0)
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            order.shuffle(names)
            for name in names:
                run, n = runs[name], sizes[name]
                run()
                t = clock()
                for _ in range(n):
                    run()
                times[name].append((clock() - t) / n)
    finally:
        gc.enable()
    return {name: statistics.median(t) for name, t in times.items()}


def child(code: str) -> float:
    """Run code in a fresh interpreter; the last line that it prints is a number."""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return float(out.split()[-1])


def first_call(name: str, before: str = "") -> str:
    """Code that times the first call of a kernel's gradient, after that of another one or of none."""
    warm = (
        f"k = {{k.name: k for k in all}}[{before!r}]; ad.grad(k.primal, k.argnums)(*k.args)" if before else ""
    )
    return "\n".join(
        [
            "import time",
            "import sourcead as ad",
            f"from {__package__} import spine_kernels as kernels",
            "all = kernels.SMALL + kernels.KERNELS",
            warm,
            f"k = {{k.name: k for k in all}}[{name!r}]",
            "args = k.args",
            "t = time.perf_counter()",
            "ad.grad(k.primal, k.argnums)(*args)",
            "print(time.perf_counter() - t)",
        ]
    )


def row(*cells: object) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |"


def head(*cells: str) -> str:
    return row(*cells) + "\n" + row("---", *("---:" for _ in cells[1:]))


def gradients(chosen: list[kernels.Kernel], rounds: int) -> bool:
    """The table of gradients; False where one was wrong or refused."""
    print("## Gradients, microseconds a call\n")
    print(head("kernel", "ours / by hand", "autograd / ours", "torch / ours", *kernels.CONTENDERS))
    good = True
    for kernel in chosen:
        runs = kernels.contenders(kernel)
        for name, run in list(runs.items()):
            try:
                kernels.check(kernel, run, name)
            except Exception as e:
                good = False
                del runs[name]
                print(f"{kernel.name} by {name}: {type(e).__name__}: {e}", file=sys.stderr)
        t = interleaved(runs, rounds)

        def ratio(a: str, b: str, t: dict[str, float] = t) -> str:
            return f"{t[a] / t[b]:.2f}" if a in t and b in t else "–"

        cells = [f"{t[c] * 1e6:.1f}" if c in t else "–" for c in kernels.CONTENDERS]
        print(
            row(
                kernel.name,
                ratio("ours", "by hand"),
                ratio("autograd", "ours"),
                ratio("torch", "ours"),
                *cells,
            )
        )
    return good


def overhead(rounds: int) -> None:
    """What the object around the generated function costs."""
    print("\n## Cost of a call of a compiled derivative, microseconds\n")
    print(head("kernel", "overhead", "grad(f)(…)", "generated function"))
    for kernel in kernels.SMALL:
        args = kernel.args
        derivative, plain = ad.grad(kernel.primal, kernel.argnums), kernels.plain(kernel, args)
        runs = {"whole": lambda d=derivative, a=args: d(*a), "plain": lambda p=plain, a=args: p(*a)}
        t = {name: 1e6 * v for name, v in interleaved(runs, rounds).items()}
        name = kernel.name if kernel.name != "mlp" else "mlp, batch of 2"
        print(row(name, f"{t['whole'] - t['plain']:.2f}", f"{t['whole']:.2f}", f"{t['plain']:.2f}"))


def compilation(chosen: list[kernels.Kernel], repeats: int) -> None:
    print("\n## First call (compilation), milliseconds\n")
    print(head("kernel", "first in its process", "after another one", "lines of the primal"))
    for kernel in chosen:
        cold = statistics.median(child(first_call(kernel.name)) for _ in range(repeats))
        warm = statistics.median(child(first_call(kernel.name, "seed_example")) for _ in range(repeats))
        code = getattr(handwritten, kernel.name).__code__
        lines = len({line for _, _, line in code.co_lines() if line})
        print(row(kernel.name, f"{cold * 1e3:.0f}", f"{warm * 1e3:.0f}", lines))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60, help="rounds of interleaved timing (60)")
    parser.add_argument(
        "--only", default="", help="kernels whose name contains this; nothing else is measured"
    )
    options = parser.parse_args()
    chosen = [k for k in kernels.KERNELS if options.only in k.name]
    if not chosen:
        parser.error(
            f"no kernel has {options.only!r} in its name; there are "
            + ", ".join(k.name for k in kernels.KERNELS)
        )
    found = {"python": platform.python_version(), "numpy": np.__version__, **peers.versions()}
    print(
        "Versions: "
        + ", ".join(f"{k} {v}" for k, v in found.items())
        + f"; {options.rounds} rounds, medians.\n"
    )
    good = gradients(chosen, options.rounds)
    if not options.only:
        overhead(options.rounds)
        repeats = max(3, min(options.rounds // 4, 15))
        compilation(chosen, max(3, repeats // 3))
        cost = statistics.median(child(IMPORT) for _ in range(repeats))
        print(
            f"\n`import sourcead` after `import numpy`: {cost * 1e3:.1f} ms (median of {repeats} processes)."
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
