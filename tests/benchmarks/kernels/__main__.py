"""Run the contenders side by side and print the tables.

    python -m tests.benchmarks.kernels [--only jacobi_2d,lu] [--without DaCe] [--rounds 20] [--memory]
                                       [--json FILE] [--write]

One core; inputs are made beforehand; all contenders take turns in every round, so that a slow moment of the
machine hits all alike, and the median over the rounds counts.  A gradient is timed only if it is right.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import warnings
from pathlib import Path

from . import KERNELS
from .contenders import versions
from .measure import loaded, measure, memory, saved, warm_up
from .table import tables, write


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> int:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="kernels by name, with commas between")
    parser.add_argument("--without", default="", help="contenders to leave out, with commas between")
    parser.add_argument("--rounds", type=int, default=20, help="rounds of interleaved timing (20)")
    parser.add_argument("--memory", action="store_true", help="peak memory too, a process for each")
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    parser.add_argument("--resume", action="store_true", help="keep what the file of --json already has")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()
    names = [n for n in options.only.split(",") if n] or sorted(KERNELS)
    left_out = {n for n in options.without.split(",") if n}
    if "ours" in left_out:
        parser.error("everybody else is compared with ours, so that one stays")
    unknown = [n for n in names if n not in KERNELS]
    if unknown:
        parser.error(f"no kernel {', '.join(unknown)}; there are {', '.join(sorted(KERNELS))}")
    core = max(os.sched_getaffinity(0))
    # before any tool is loaded, since they make their threads by what they may use
    os.sched_setaffinity(0, {core})
    warnings.simplefilter("ignore")
    warm_up(left_out)
    found = loaded(options.json) if options.resume and options.json and options.json.exists() else []
    for name in names:
        if any(m.kernel == name for m in found):
            continue
        m = measure(KERNELS[name], options.rounds, left_out)
        if options.memory:
            for contender in (*m.primal, *m.gradient):
                used = memory(name, contender)
                if used is not None:
                    m.memory[contender] = used
        found.append(m)
        times = {**m.primal, **m.gradient}
        print(name, ", ".join(f"{n} {t * 1e3:.3g}" for n, t in times.items()), file=sys.stderr, flush=True)
        for contender, why in m.refused.items():
            print(f"    {contender}: {why}", file=sys.stderr, flush=True)
        if options.json:
            options.json.write_text(saved(found))
    about = (
        f"{processor()}, one core; Python {platform.python_version()}, "
        + ", ".join(f"{n} {v}" for n, v in versions().items())
        + f"; medians of {options.rounds} rounds. "
    )
    load = f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    text = tables(found, about + load)
    print(text)
    if options.write:
        write(text)
    wrong = [why for m in found for n, why in m.refused.items() if n == "ours" or n == "by hand"]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
