"""How long the transformation of a long function takes, and how that grows with its length.

    python -m tests.benchmarks.transform [--sizes 100 1000 10000] [--only scalar,loops] [--stages] [--write]

Measured is what `grad(f)` does at its first call before the derivative runs: from the parse of the source
to the generated function, in seconds of the processor. Each kind of program is made with n statements;
shown are the milliseconds for 100 of them and, as `growth`, how much longer a statement takes in the
longest program than in the shortest (1.0 where the time is linear). `--stages` shows where the time of the
longest goes, each stage without those inside of it; "other" is mostly the garbage collector, which rests
while a function is transformed.  `--write` puts the times, and the stages in groups, into
docs/performance.md.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib
import itertools
import linecache
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sourcead.derivative import Derivative

# -- the programs ------------------------------------------------------------------------------------------

HEAD = "import math\nimport numpy as np\n\n\n"
HELPERS = """def damped(u, v):
    w = u * 0.5 + v
    return w / (1.0 + w * w)


def turned(u):
    if u > 0.25:
        return math.sin(u) + 0.1
    return 0.5 * u


def spread(z, u):
    return np.tanh(z * u)


"""
Lines = Iterator[list[str]]


def scalar(r: random.Random) -> Lines:
    """Numbers, each from two or three of those before it; some names are bound again."""
    forms = [
        "0.5 * {a} + {b} * {c} / (2.0 + {a} * {a})",
        "math.sin({a}) * {b} - 0.25 * {c}",
        "({a} + {b}) / (3.0 + {c} * {c})",
        "math.exp(-{a} * {a}) + 0.1 * {b}",
    ]
    names = ["s"]
    for k in itertools.count():
        a, b, c = (r.choice(names[-20:]) for _ in range(3))
        target = f"v{k}" if k % 3 else "s"
        names.append(target)
        yield [f"{target} = " + r.choice(forms).format(a=a, b=b, c=c)]


def arrays(r: random.Random) -> Lines:
    """Elementwise operations and sums."""
    forms = [
        "0.5 * {a} + {b} * x",
        "np.sin({a}) * {b}",
        "{a} / (2.0 + {b} * {b})",
        "np.exp(-{a} * {a}) - s * {b}",
    ]
    names = ["z"]
    for k in itertools.count():
        a, b = (r.choice(names[-10:]) for _ in range(2))
        if k % 4 == 3:
            yield [f"s = 0.9 * s + 0.01 * np.sum({a} * {b})"]
        else:
            target = f"w{k}" if k % 3 else "z"
            names.append(target)
            yield [f"{target} = " + r.choice(forms).format(a=a, b=b)]


def writes(r: random.Random) -> Lines:
    """Items and slices that are overwritten."""
    for k in itertools.count():
        i, j = r.randrange(12), r.randrange(12)
        lo, other, n = r.randrange(5), r.randrange(5), r.randrange(2, 7)
        yield [
            [f"z[{i}] = 0.5 * z[{j}] + s * x[{i}]"],
            [f"z[{lo}:{lo + n}] = 0.5 * x[{other}:{other + n}] * z[{other}:{other + n}]"],
            [f"z[{i}] += math.sin(z[{j}])"],
            [f"s = 0.5 * s + 0.1 * z[{j}] * z[{i}]"],
        ][k % 4]


def loops(r: random.Random) -> Lines:
    """Loops, one after the other."""
    for _ in itertools.count():
        c, i = r.randrange(1, 9), r.randrange(4)
        yield [
            "t = 0.0",
            "for i in range(5):",
            f"    t = 0.5 * t + s * x[i + {i}]",
            f"    s = s / (1.0 + 0.{c} * t * t)",
            f"s = s + 0.{c} * t",
        ]
        yield ["for i in range(1, 12):", f"    z[i] = 0.{c} * z[i - 1] + s * x[i]"]


def nests(r: random.Random) -> Lines:
    """Loops inside of loops."""
    for _ in itertools.count():
        c = r.randrange(1, 9)
        yield [
            "for i in range(3):",
            "    t = 0.0",
            "    for j in range(1, 4):",
            f"        t = 0.5 * t + s * x[i + j] * 0.{c}",
            "        for k in range(2):",
            "            z[j + k] = 0.5 * z[j - 1] + t * t",
            "    s = 0.8 * s + 0.1 * t * z[i]",
        ]


def branches(r: random.Random) -> Lines:
    """Conditions on numbers."""
    for k in itertools.count():
        c = r.randrange(1, 9)
        yield [
            f"if s > 0.{c}:",
            f"    s = s * 0.{c} + t",
            "else:",
            f"    s = s + 0.{c}",
            f"    t = t * s + 0.{c}",
        ]
        yield [f"if t < 0.{c}5:", f"    t = 0.5 * t + 0.1 * math.sin(s * {k % 5 + 1}.0)"]


def calls(r: random.Random) -> Lines:
    """Calls of functions of the same module."""
    for k in itertools.count():
        yield [
            [f"t = damped(s, 0.{r.randrange(1, 9)} * t)"],
            ["s = s * 0.5 + turned(t)"],
            [f"s = 0.5 * s + 0.01 * np.sum(spread(x, t) * 0.{r.randrange(1, 9)})"],
        ][k % 3]


def mixture(r: random.Random) -> Lines:
    """All of these."""
    parts = [scalar(r), arrays(r), writes(r), loops(r), nests(r), branches(r), calls(r)]
    for k in itertools.count():
        yield next(parts[k % len(parts)])


KINDS: dict[str, Callable[[random.Random], Lines]] = {
    "scalar": scalar,
    "arrays": arrays,
    "writes": writes,
    "loops": loops,
    "nests": nests,
    "branches": branches,
    "calls": calls,
    "mixture": mixture,
}
FIRST = ["s = np.sum(x) / 12.0", "t = 0.3", "z = 0.5 * x"]
LAST = ["return s + t + np.sum(z * x)"]


def text(kind: str, n: int) -> str:
    """A module with a function `f(x)` of about n statements; x is an array of 12 numbers."""
    lines, count = list(FIRST), len(FIRST) + len(LAST)
    for more in KINDS[kind](random.Random(n)):
        count += sum(line.strip() != "else:" for line in more)
        if count > n and len(lines) > len(FIRST):
            break
        lines += more
    body = "".join(f"    {line}\n" for line in [*lines, *LAST])
    return f"{HEAD}{HELPERS}def f(x):\n{body}"


def statements(source: str) -> int:
    """How many statements the function `f` of a module has."""
    (f,) = (d for d in ast.parse(source).body if isinstance(d, ast.FunctionDef) and d.name == "f")
    return sum(isinstance(s, ast.stmt) for s in ast.walk(f)) - 1


def made(source: str, name: str) -> Callable[..., Any]:
    """The function `f` of a module's text, which `inspect` finds under a file name of its own."""
    file = f"<{name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(source, file, "exec", dont_inherit=True), namespace)
    return namespace["f"]


def point() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.1, 0.9, 12)


# -- time --------------------------------------------------------------------------------------------------

#: What is timed apart: its name, and where it is called from.  A stage's time is without that of the others.
STAGES = [
    ("lower", "compiler", "lower"),
    ("reverse", "compiler", "reverse"),
    ("simplify", "passes.pipeline", "simplify"),
    ("fixed slots", "passes.pipeline", "fixed_slots"),
    ("shapes", "passes.pipeline", "shape_roots"),
    ("cse", "passes.pipeline", "cse"),
    ("fuse", "passes.pipeline", "fuse"),
    ("dce", "passes.pipeline", "dce"),
    ("residuals", "ad.reverse", "provide"),
    ("kinds", "ad.reverse", "settle_kinds"),
    ("show", "compiler", "show"),
    ("array loops", "compiler", "array_loops"),
    ("buffers", "backend.emit", "place"),
    ("fold", "backend.emit", "Plan"),
    ("ranges", "backend.emit", "Ranges"),
    ("names", "backend.emit", "Names"),
    ("write", "backend.emit", "Writer.body"),
    ("width", "backend.emit", "_tighten"),
    ("emit", "compiler", "emit"),
    ("print", "compiler", "to_source"),
    ("load", "compiler", "load"),
]


@contextlib.contextmanager
def clocks() -> Iterator[dict[str, float]]:
    """Seconds of each stage while the context is open; "other" is what no stage has."""
    spent = {name: 0.0 for name, _, _ in STAGES} | {"other": 0.0}
    running = ["other"]
    last = time.process_time()

    def turn() -> None:
        nonlocal last
        now = time.process_time()
        spent[running[-1]] += now - last
        last = now

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            turn()
            running.append(name)
            try:
                return function(*args, **kwargs)
            finally:
                turn()
                running.pop()

        return call

    with contextlib.ExitStack() as stack:
        for name, module, path in STAGES:
            home: Any = importlib.import_module(f"sourcead.{module}")
            *outer, attribute = path.split(".")
            for part in outer:
                home = getattr(home, part)
            old = getattr(home, attribute)
            setattr(home, attribute, timed(name, old))
            stack.callback(setattr, home, attribute, old)
        yield spent
        turn()


def transformed(f: Callable[..., Any]) -> Derivative:
    """The gradient, compiled and not run."""
    d = Derivative(f, "grad", 0)
    names, values = d._bind((point(),), {})
    d._lookup(names, values)
    return d


def seconds(source: str, name: str, repeats: int) -> float:
    """The shortest time of several transformations, each from the source."""
    best = float("inf")
    for k in range(repeats):
        f = made(source, f"{name} {k}")
        gc.collect()
        start = time.process_time()
        transformed(f)
        best = min(best, time.process_time() - start)
    return best


def stages(source: str, name: str) -> dict[str, float]:
    f = made(source, name)
    with clocks() as spent:
        transformed(f)
    return spent


# -- tables ------------------------------------------------------------------------------------------------


def row(kind: str, sizes: list[int]) -> list[str]:
    """Name, milliseconds for 100 statements at each size, and the growth."""
    each = []
    for n in sizes:
        source = text(kind, n)
        t = seconds(source, f"{kind} {n}", 5 if n <= 100 else 2 if n <= 1000 else 1)
        each.append(1e5 * t / statements(source))
    return [kind, *(f"{t:.1f}" for t in each), f"{each[-1] / each[0]:.2f}"]


def show(table: list[list[str]]) -> None:
    widths = [max(len(r[k]) for r in table) for k in range(len(table[0]))]
    for r in table:
        print(
            "  ".join(c.ljust(w) if k == 0 else c.rjust(w) for k, (c, w) in enumerate(zip(r, widths))),
            flush=True,
        )


BEGIN, END = "<!-- transform: begin -->", "<!-- transform: end -->"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
#: The stages as the page shows them; what is in no group is "other".
GROUPS = {
    "lowering": ("lower",),
    "derivative": ("reverse", "residuals", "kinds"),
    "cleaning": ("simplify", "fixed slots", "shapes", "cse", "fuse", "dce"),
    "memory": ("array loops", "buffers"),
    "expressions and names": ("fold", "ranges", "names"),
    "text": ("write", "width", "emit", "print", "load"),
}


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def grouped(share: dict[str, float]) -> dict[str, float]:
    """Shares of groups of stages, from those of the stages."""
    out = {group: sum(share[s] for s in stages) for group, stages in GROUPS.items()}
    return out | {"other": sum(share.values()) - sum(out.values())}


def markdown(table: list[list[str]]) -> str:
    lines = ["| " + " | ".join(r) + " |" for r in table]
    return "\n".join([lines[0], "| --- |" + " ---: |" * (len(table[0]) - 1), *lines[1:]])


def about() -> str:
    load = f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return f"{processor()}; Python {platform.python_version()}; {load}."


def write(text: str, page: Path) -> None:
    """Put text between the markers of a page."""
    old = page.read_text(encoding="utf-8")
    start, end = old.index(BEGIN) + len(BEGIN), old.index(END)
    page.write_text(f"{old[:start]}\n\n{text}\n\n{old[end:]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--only", default="", help="kinds of programs, with commas between")
    parser.add_argument("--stages", action="store_true", help="show where the time goes")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()
    kinds = options.only.split(",") if options.only else list(KINDS)
    transformed(made(text("mixture", 100), "warm"))  # what is set up once
    times = [["ms / 100", *(f"n = {n}" for n in options.sizes), "growth"]]
    times += [row(k, options.sizes) for k in kinds]
    show(times)
    if not (options.stages or options.write):
        return
    shares = []
    for k in kinds:
        spent = stages(text(k, options.sizes[-1]), f"stages {k}")
        whole = sum(spent.values())
        shares.append({name: 100 * t / whole for name, t in spent.items()})
    title = f"per cent of the time at n = {options.sizes[-1]}"
    if options.stages:
        print(f"\n{title}")
        names = [s for s in shares[0] if any(share[s] >= 0.5 for share in shares)]
        show([["stage", *kinds], *([s, *(f"{share[s]:.0f}" for share in shares)] for s in names)])
    if options.write:
        groups = [grouped(share) for share in shares]
        where = [["stages", *kinds], *([g, *(f"{s[g]:.0f}" for s in groups)] for g in groups[0])]
        parts = (
            "Milliseconds for 100 statements:",
            markdown(times),
            f"{title[0].upper()}{title[1:]}:",
            markdown(where),
            about(),
        )
        write("\n\n".join(parts), PAGE)


if __name__ == "__main__":
    main()
