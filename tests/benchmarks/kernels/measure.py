"""One kernel: every contender's first call, check, median time and, if asked for, peak memory.

The clock is the processor time of the process with all its threads.  On the one core that the process may use
this is what passes on the wall when nothing else runs there, and it stays that when something does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import sourcead as ad

from ..spine import interleaved
from . import contenders
from .contenders import GRADIENTS, PRIMALS, Absent, Wrong
from .registry import KERNELS, Kernel


@dataclass
class Measured:
    """Seconds by contender; `refused` says why one that is there has no time."""

    kernel: str
    primal: dict[str, float] = field(default_factory=dict)
    gradient: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)


def with_children() -> float:
    """Processor time with that of child processes: a tool may call a compiler."""
    t = os.times()
    return time.process_time() + t.children_user + t.children_system


def reason(e: BaseException) -> str:
    lines = [line.strip() for line in str(e).splitlines() if line.strip()]
    return f"{type(e).__name__}: {lines[0] if lines else ''}"[:160]


def warm_up(left_out: set[str]) -> None:
    """What a tool loads at its first use of all is not counted as the first call of a kernel."""
    kernel = KERNELS["go_fast"]
    for name, maker in {**PRIMALS, **GRADIENTS}.items():
        if name in left_out:
            continue
        try:
            maker(kernel, kernel.args(kernel.tiny))()
        except Exception:
            continue


def measure(kernel: Kernel, rounds: int, left_out: set[str]) -> Measured:
    """Our gradient comes first, so that its first call is one, and what others give is compared with it."""
    found = Measured(kernel.name)
    args = kernel.args()
    want: Any = None
    primals: dict[str, Any] = {}
    gradients: dict[str, Any] = {}
    for makers, runs in ((GRADIENTS, gradients), (PRIMALS, primals)):
        for name, maker in makers.items():
            if name in left_out:
                continue
            try:
                with np.errstate(all="ignore"):
                    t = with_children()
                    run = maker(kernel, args)
                    got = run()
                    found.first[name] = with_children() - t
                if want is None:
                    want = got
                    ad.check_grads(kernel.function, kernel.args(kernel.tiny), argnums=kernel.wrt, order=1)
                if makers is PRIMALS:
                    contenders.check((got, ()), (want[0], ()), name)
                else:
                    contenders.check(got, want, name)
                runs[name] = run
            except Absent:
                continue
            except Wrong as e:
                found.refused[name] = f"wrong: {e}"
            except Exception as e:
                if want is None:
                    raise
                found.refused[name] = reason(e)
    times = interleaved({**primals, **gradients}, rounds, time.process_time)
    found.primal = {name: times[name] for name in primals}
    found.gradient = {name: times[name] for name in gradients}
    return found


# ------------------------------------------------------------------------------------------- peak memory

STATUS = Path("/proc/self/status")


def kilobytes(entry: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(entry + ":"))
    return int(line.split()[1])


def peak(name: str, contender: str) -> float:
    """Megabytes that one call needs on top of what is there after the first; in a process of its own.

    The system's mark of the highest resident size is set back before the call (Linux: `clear_refs`).
    """
    kernel = KERNELS[name]
    run = {**PRIMALS, **GRADIENTS}[contender](kernel, kernel.args())
    run()
    before = kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    run()
    return max(0, kilobytes("VmHWM") - before) / 1024


def memory(name: str, contender: str) -> float | None:
    """`peak` of a child process, whose allocator gives back what is freed; None where it failed."""
    code = f"from {__package__} import measure; print(measure.peak({name!r}, {contender!r}))"
    # without this glibc keeps freed arrays, and the second call would need nothing new
    env = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def saved(all_found: list[Measured]) -> str:
    return json.dumps([asdict(m) for m in all_found], indent=1)


def loaded(path: Path) -> list[Measured]:
    return [Measured(**entry) for entry in json.loads(path.read_text())]
