"""The book as a table in Markdown: what `docs/rules.md` ends with, and `sourcead rules --table` prints."""

from __future__ import annotations

from .kinks import KINKS
from .registry import ALIASES, BOOK, Primitive, open_parts, unknown

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


def table() -> str:
    """The whole book, a section for each package, functions without a derivative at each section's end."""
    open_parts(everything=True)
    left = sorted(k for k in BOOK if not k.startswith("sourcead."))
    found: dict[str, list[str]] = {}
    for title, beginnings in _SECTIONS:
        found[title] = [k for k in left if k.startswith(beginnings)]
        left = [k for k in left if k not in set(found[title])]
    also: dict[str, list[str]] = {}
    for name, key in sorted(ALIASES.items()):
        also.setdefault(key, []).append(name)
    return "\n\n".join(
        _section(t, found[t], also) for t in sorted(found, key=[t for t, _ in _SECTIONS].index) if found[t]
    )


def _section(title: str, keys: list[str], also: dict[str, list[str]]) -> str:
    rules = [k for k in keys if not BOOK[k].constant]
    constants = [k for k in keys if BOOK[k].constant]
    lines = [f"### {title}", "", HEAD, *(_row(BOOK[k], also.get(k, ())) for k in rules)]
    if constants:
        zero = ", ".join(f"`{_short(k)}`" for k in constants)
        lines += ["", f"The derivative is zero, or the result no real number: {zero}."]
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
