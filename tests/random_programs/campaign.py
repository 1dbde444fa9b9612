"""`python -m tests.random_programs --count 5000 --seed 1`: runs random programs, prints failures made
small."""

from __future__ import annotations

import argparse
import multiprocessing
import re
import signal
import time
from collections import Counter
from typing import Any

from .checks import Failure, Outcome, check, parts_of
from .generator import generate
from .holders import generate_memory
from .shrink import shrink

LIMIT = 30  # seconds for one program


class TooLong(BaseException):
    """A program took too long, the compiler or what it wrote."""


def _alarm(*_: Any) -> None:
    raise TooLong


def limited(
    text: str, second: bool, limit: int = LIMIT, parts: str = "lvgjp", single: bool = False
) -> Outcome:
    """`check`, and a failure if it takes too long."""
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(limit)
    try:
        return check(text, second, parts=parts, single=single)
    except TooLong:
        return Outcome("failed", "", Failure("takes too long", f"more than {limit} s"))
    finally:
        signal.alarm(0)


GENERATORS = {"all": generate, "memory": generate_memory}
SINGLE_EVERY = 7  # of the programs about memory, one in so many runs in single precision


def is_single(kind: str, seed: int) -> bool:
    return kind == "memory" and seed % SINGLE_EVERY == 0


def one(job: tuple[str, int, str]) -> tuple[int, Outcome, float]:
    start = time.monotonic()
    kind, seed, parts = job
    second = "2" in parts and seed % 4 == 0
    outcome = limited(GENERATORS[kind](seed), second, parts=parts, single=is_single(kind, seed))
    return seed, outcome, time.monotonic() - start


def smallest(job: tuple[str, int, str, float]) -> tuple[int, str, str]:
    """The program of a seed made small, and its failure."""
    kind, seed, key, seconds = job
    second, single = key.startswith("second"), is_single(kind, seed)

    def fails(text: str) -> bool:
        failure = limited(text, second, 6, parts_of(key), single).failure
        return failure is not None and failure.key == key

    text = shrink(GENERATORS[kind](seed), fails, seconds)
    return seed, text, limited(text, second, 6, parts_of(key), single).detail


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--kind", choices=GENERATORS, default="all", help="which programs")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument(
        "--parts",
        default="lvgjp2",
        help="what is checked: l the lowered program, v value_and_grad, g grad, j jvp, p vjp, 2 second order",
    )
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--shrink-seconds", type=float, default=30.0)
    parser.add_argument("--per-key", type=int, default=2, help="programs shown for each kind of failure")
    options = parser.parse_args()
    statuses: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    skips: Counter[str] = Counter()
    failures: dict[str, list[int]] = {}
    times = []
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        for seed, outcome, seconds in pool.imap_unordered(
            one, [(options.kind, options.seed + k, options.parts) for k in range(options.count)], 4
        ):
            statuses[outcome.status] += 1
            times.append(seconds)
            if outcome.failure is not None:
                failures.setdefault(outcome.failure.key, []).append(seed)
            elif outcome.status == "refused":
                refusals[re.sub(r"'[^']*'", "'...'", outcome.detail.splitlines()[0])] += 1
            elif outcome.status == "skipped":
                skips[outcome.detail[:90]] += 1
        print(dict(statuses), f"{sum(times) / max(1, len(times)):.2f} s a program")
        for name, counts in (("refused", refusals), ("skipped", skips)):
            for text, n in counts.most_common(12):
                print(f"  {name} {n:4d}  {text[:140]}")
        for key, seeds in sorted(failures.items(), key=lambda f: -len(f[1])):
            print(f"  failed {len(seeds):4d}  {key}  seeds {sorted(seeds)[:6]}")
        make = GENERATORS[options.kind]
        by_length = {k: sorted(s, key=lambda n: len(make(n)))[: options.per_key] for k, s in failures.items()}
        jobs = [(options.kind, s, k, options.shrink_seconds) for k, seeds in by_length.items() for s in seeds]
        keys = {s: k for _, s, k, _ in jobs}
        for seed, text, detail in pool.imap_unordered(smallest, jobs):
            print(f"\n{'=' * 100}\nseed {seed}: {keys[seed]}\n{text}\n{detail[-900:]}", flush=True)
    raise SystemExit(1 if failures else 0)
