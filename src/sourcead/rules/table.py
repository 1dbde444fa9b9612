"""The book as a table in Markdown: what `docs/rules.md` ends with, and `sourcead rules --table` prints."""

from __future__ import annotations

from .composites import COMPOSITES
from .kinks import KINKS
from .registry import ALIASES, BOOK, LOWERINGS, Primitive, open_parts, unknown

COLUMNS = ("function", "derivative by", "not by", "keywords", "refused keywords", "at kinks and poles")
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"
_SECTIONS = (  # the first that fits, by the beginning of the key
    ("Python", ("builtins.", "operator.", "math.", "cmath.")),
    ("NumPy, linear algebra", ("numpy.linalg.",)),
    ("NumPy, Fourier transforms", ("numpy.fft.",)),
    ("NumPy, random numbers", ("numpy.random.",)),
    ("NumPy, polynomials", ("numpy.polynomial.", "numpy.poly")),
    ("NumPy", ("numpy.",)),
    ("SciPy, special functions", ("scipy.special.",)),
    ("SciPy, linear algebra", ("scipy.linalg.",)),
    ("SciPy, statistics", ("scipy.stats.",)),
    ("SciPy", ("scipy.",)),
)


def functions() -> list[str]:
    """All that calls are understood of: primitives, composites, and the functions that call back."""
    open_parts(everything=True)
    return sorted({*BOOK, *COMPOSITES, *LOWERINGS})


def table() -> str:
    """The whole book, a section for each package, with what has no row of its own at each section's end."""
    left = [k for k in functions() if not k.startswith("sourcead.")]
    found: dict[str, list[str]] = {}
    for title, beginnings in _SECTIONS:
        found[title] = [k for k in left if k.startswith(beginnings)]
        left = [k for k in left if k not in set(found[title])]
    also: dict[str, list[str]] = {}
    for name, key in sorted(ALIASES.items()):
        also.setdefault(key, []).append(name)
    return "\n\n".join(_section(t, keys, also) for t, keys in found.items() if keys)


def _section(title: str, keys: list[str], also: dict[str, list[str]]) -> str:
    rules = [k for k in keys if k in BOOK and not BOOK[k].constant]
    lines = [f"### {title}"]
    if rules:
        lines += ["", HEAD, *(_row(BOOK[k], also.get(k, ())) for k in rules)]
    for said, others in (
        (
            "The derivative is zero, or the result no real number",
            [k for k in keys if k in BOOK and k not in rules],
        ),
        ("Written with others, in the primal too", [k for k in keys if k in COMPOSITES and k not in BOOK]),
        ("They call back ([Solvers](solvers.md))", [k for k in keys if k in LOWERINGS]),
    ):
        if others:
            lines += ["", f"{said}: {', '.join(f'`{_short(k)}`' for k in others)}."]
    return "\n".join(lines)


def _row(p: Primitive, also: list[str] | tuple[str, ...]) -> str:
    by, without = differentiable(p)
    names = " ".join(f"`{_short(k)}`" for k in (p.key, *also))
    free = [k for k in p.keywords if k not in p.fixed and not k.startswith("_")]
    cells = (names, ", ".join(by), ", ".join(without), ", ".join(free), ", ".join(p.fixed))
    return f"| {' | '.join([*cells, KINKS.get(p.key, '')])} |"


def differentiable(p: Primitive) -> tuple[list[str], list[str]]:
    """The operands by which a primitive has a derivative, and those by which it has none, or is refused."""
    if p.variadic:
        return [f"*{p.params[0]}"], []
    rules = p.partials or p.scaled
    by, without = [], []
    for n, name in enumerate(p.params):
        if n in p.hidden:
            continue
        if rules:
            rule = rules[n] if n < len(rules) else None
            known = rule is not unknown
        else:
            rule = p.jvps.get(n) or p.vjps.get(n)
            known = n in p.jvps or n in p.vjps
        if rule is not None and known:
            by.append(name)
        else:
            without.append(name if known else f"{name} (refused)")
    return by, without


def _short(key: str) -> str:
    return key.replace("numpy.", "np.", 1) if key.startswith("numpy.") else key.removeprefix("builtins.")
