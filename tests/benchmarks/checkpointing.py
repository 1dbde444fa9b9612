"""Time and memory of a long loop under `checkpoint`.

    python -m tests.benchmarks.checkpointing [--steps 100000] [--numbers 100000] [--slots 100]

Prints the peak memory of the whole process, and the time of the loop alone and of its gradient (by the clock
and of the processor).  Without `checkpoint` the states alone are steps * numbers * 8 bytes: 80 GB.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import sourcead as ad


def decay(u: Any, rate: float, steps: int, slots: int) -> Any:
    for _ in ad.checkpoint(range(steps), slots=slots):
        u = u - rate * u * u
    return np.sum(u)


def exact(u: Any, rate: float, steps: int) -> Any:
    """The gradient, for small rates: u' = - rate u^2 has the solution u / (1 + rate t u)."""
    return (1.0 + rate * steps * u) ** -2


def timed(run: Callable[[], Any]) -> tuple[Any, float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    out = run()
    return out, time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--numbers", type=int, default=100_000)
    parser.add_argument("--slots", type=int, default=100)
    a = parser.parse_args()
    u, rate = np.linspace(0.5, 1.5, a.numbers), 0.5 / a.steps
    derivative = ad.grad(decay)
    derivative(u[:3], rate, 3, 2)
    _, clock, processor = timed(lambda: decay(u, rate, a.steps, a.slots))
    print(f"the loop      {clock:7.1f} s, processor {processor:7.1f} s")
    u_bar, clock, processor = timed(lambda: derivative(u, rate, a.steps, a.slots))
    print(f"its gradient  {clock:7.1f} s, processor {processor:7.1f} s")
    print(f"peak memory   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.1f} MB")
    assert np.allclose(u_bar, exact(u, rate, a.steps), rtol=10.0 / a.steps)


if __name__ == "__main__":
    main()
