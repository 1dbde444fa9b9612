"""Random expressions over the names of a scope: what may be read, and how it is combined."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

N, M = 4, 3
ARGUMENTS = ("a", "b", "u", "v", "A", "n", "k")
UNARY = ("np.tanh({})", "np.sin({})", "np.cos({})")
SCALAR_UNARY = (*UNARY, "math.tanh({})", "math.sin({})", "math.exp(-abs({}) - 0.1)", "soft({})", "float({})")


@dataclass
class Scope:
    """The names that may be read, by kind; `fresh` arrays have memory of their own."""

    floats: list[str] = field(default_factory=list)
    ints: list[str] = field(default_factory=list)
    vectors: dict[str, int] = field(default_factory=dict)  # name -> length
    matrices: list[str] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)  # arrays of N integers below M
    lists: list[str] = field(default_factory=list)  # never empty
    pairs: list[str] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)  # loop variable -> its bound
    fresh: list[str] = field(default_factory=list)  # arrays of length N of their own memory, for swaps
    grids: dict[str, tuple[int, int]] = field(default_factory=dict)  # arrays of two axes and their views
    groups: dict[str, int] = field(default_factory=dict)  # lists of arrays of length N -> their length
    boxes: list[str] = field(default_factory=list)  # objects with arrays x and y of length N

    def copy(self) -> Scope:
        return Scope(*(copy.copy(getattr(self, f.name)) for f in fields(self)))


class Expressions:
    """Expressions of one program; `depth` is the nesting of operators.

    `r` makes every decision: a `random.Random`, or what is drawn for a property (`draws.Draws`).
    """

    def __init__(self, r: Any) -> None:
        self.r = r
        self.lines: list[str] = []
        self.indent = 0
        self.scope = Scope()
        self.names = 0
        self.loops = 0
        self.helpers: list[str] = []  # functions of two floats
        self.writers: list[str] = []  # functions that write to a vector
        self.in_function = "f"
        self.left = self.r.choice((3, 5, 7, 9, 12))
        self.pair_result = self.r.random() < 0.1

    # -- text -----------------------------------------------------------------------------------------------
    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    def block(self, header: str, body: Callable[[], None]) -> None:
        """A block; the names that it makes are forgotten after it."""
        kept = self.scope
        self.scope = kept.copy()
        self.line(header)
        self.indent += 1
        before = len(self.lines)
        body()
        if len(self.lines) == before:
            self.line("pass")
        self.indent -= 1
        self.scope = kept

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    # -- numbers --------------------------------------------------------------------------------------------
    def constant(self) -> str:
        return f"{self.r.choice((-1, 1)) * self.r.choice((0.3, 0.5, 0.7, 0.8, 1.1, 1.3, 2.0))}"

    def threshold(self) -> str:
        return self.r.choice(("0.137", "-0.219", "0.0471", "0.391", "-0.467"))

    def index(self, length: int) -> str:
        """An integer expression that is an index of an axis of `length`."""
        r = self.r
        s = self.scope
        options = [str(r.randrange(length)), str(-1 - r.randrange(length))]
        options += [c for c, bound in s.counters.items() if bound <= length] * 3
        options += [f"{c} - 1" for c, bound in s.counters.items() if bound <= length]
        some = [*s.ints, *s.counters]
        if some:
            options += [f"({r.choice(some)} + {r.randrange(3)}) % {length}"] * 2
        if s.indices:
            inner = r.choice([str(r.randrange(N)), *[c for c, bound in s.counters.items() if bound <= N]])
            if length >= M:
                options += [f"{r.choice(s.indices)}[{inner}]"] * 2
        if s.floats and self.chance(0.15):
            options.append(f"int(abs({self.atom()}) * 3.1) % {length}")
        return r.choice(options)

    def atom(self) -> str:
        """A float without operators: a name, an element, a constant."""
        r, s = self.r, self.scope
        kinds = ["float"] * 4 + ["vector"] * 4 + ["matrix"] * 2 + ["list", "pair", "constant", "int"]
        for _ in range(8):
            kind = r.choice(kinds)
            if kind == "float" and s.floats:
                return r.choice(s.floats[-4:] if self.chance(0.6) else s.floats)
            if kind == "vector" and s.vectors:
                w = r.choice(list(s.vectors))
                return f"{w}[{self.index(s.vectors[w])}]"
            if kind == "matrix" and s.matrices:
                return f"{r.choice(s.matrices)}[{self.index(N)}, {self.index(M)}]"
            if kind == "list" and s.lists:
                return f"{r.choice(s.lists)}[{r.choice((0, -1))}]"
            if kind == "pair" and s.pairs:
                return f"{r.choice(s.pairs)}[{r.choice((0, 1))}]"
            if kind == "constant":
                break
        return self.constant()

    def number(self, depth: int = 2) -> str:
        """A float expression."""
        r, s = self.r, self.scope
        if depth <= 0 or self.chance(0.15):
            return self.atom()
        kind = r.random()
        if kind < 0.5:
            return f"{self.operand(depth - 1)} {r.choice('+-**')} {self.operand(depth - 1)}"
        if kind < 0.72:
            return r.choice(SCALAR_UNARY).format(self.number(depth - 1))
        if kind < 0.78 and self.helpers:
            return f"{r.choice(self.helpers)}({self.number(depth - 1)}, {self.atom()})"
        if kind < 0.82:
            return f"({self.number(depth - 1)} if {self.condition()} else {self.number(depth - 1)})"
        if kind < 0.86:
            e = self.atom()
            return f"{self.operand(depth - 1)} / (1.3 + {e} * {e})"
        if kind < 0.88 and s.ints:
            return f"{self.atom()} * {r.choice(s.ints)}"
        if kind < 0.9:
            return f"({self.atom()}) ** {r.choice(('2', '3', '2.0'))}"
        return self.reduction(depth - 1)

    def operand(self, depth: int) -> str:
        e = self.number(depth)
        return f"({e})" if " " in e else e

    def bounded(self, depth: int = 2) -> str:
        return self.r.choice(("np.tanh({})", "math.sin({})", "np.cos({})", "soft({})")).format(
            self.number(depth)
        )

    def reduction(self, depth: int) -> str:
        r, s = self.r, self.scope
        if s.matrices and self.chance(0.2):
            m = r.choice(s.matrices)
            return r.choice((f"np.sum({m} * {m})", f"np.mean({m})", f"{m}.sum()", f"np.trace({m}[:3, :3])"))
        if s.lists and self.chance(0.2):
            return f"sum({r.choice(s.lists)})"
        length = r.choice([*s.vectors.values(), N])
        x, y = self.vector(length, depth), self.vector(length, 0)
        forms = [
            "np.sum({x})",
            "np.mean({x})",
            "np.dot({x}, {y})",
            "({x}) @ {y}",
            "np.max({x})",
            "np.prod({x})",
            "np.sum(({x}) ** 2)",
            "np.sum(np.where({y} > {c}, {x}, 0.3))",
            "np.var({x})",
        ]
        return r.choice(forms).format(x=x, y=y, c=self.threshold())

    def condition(self) -> str:
        r, s = self.r, self.scope
        e = f"{self.atom() if self.chance(0.6) else self.number(1)} {r.choice('<>')} {self.threshold()}"
        some = [*s.ints, *s.counters]
        if some and self.chance(0.25):
            other = r.choice(("{} % 2 == 0", "{} > 0", "{} == 1", "{} != 2")).format(r.choice(some))
            return r.choice((other, f"{other} and {e}", f"{other} or {e}"))
        if self.chance(0.1):
            return f"not {e}"
        if self.chance(0.1):
            return f"np.sum({self.vector(N, 0)}) {r.choice('<>')} {self.threshold()}"
        return e

    # -- arrays ---------------------------------------------------------------------------------------------
    def vector(self, length: int, depth: int = 2) -> str:
        """An expression for a vector; at depth 0 a name or a part of one."""
        r, s = self.r, self.scope
        options = [w for w, n in s.vectors.items() if n == length] * 2
        if length in (N - 1, 2):
            options += [
                f"{w}[{r.choice(('1:', ':-1')) if length == N - 1 else r.choice(('1:3', '::2', ':2', '2:'))}]"
                for w, n in s.vectors.items()
                if n == N
            ]
        if length == M:
            options += [f"{m}[{self.index(N)}]" for m in s.matrices]
        if length == N:
            options += [f"{m}[:, {self.index(M)}]" for m in s.matrices]
            options += [f"{w}[::-1]" for w, n in s.vectors.items() if n == N and self.chance(0.3)]
            options += [
                f"{w}[{ix}]" for w, n in s.vectors.items() for ix in s.indices if n >= M and self.chance(0.4)
            ]
        if not options:
            return f"np.full({length}, {self.atom()})"
        if depth <= 0 or self.chance(0.1):
            return r.choice(options)
        kind = r.random()
        if kind < 0.35:
            left, right = self.vector_operand(length, depth), r.choice("+-**")
            return f"{left} {right} {self.vector_operand(length, depth)}"
        if kind < 0.55:
            return f"{self.operand(depth - 1)} * {self.vector_operand(length, depth)}"
        if kind < 0.75:
            return r.choice(UNARY).format(self.vector(length, depth - 1))
        if kind < 0.8:
            c = r.choice(options)
            x = self.vector(length, depth - 1)
            return f"np.where({c} > {self.threshold()}, {x}, {self.vector(length, 0)})"
        if kind < 0.84:
            return (
                f"np.{r.choice(('maximum', 'minimum'))}({self.vector(length, depth - 1)}, {self.threshold()})"
            )
        if kind < 0.88:
            return f"np.cumsum({self.vector(length, depth - 1)})"
        if kind < 0.92 and length == N and s.matrices:
            return f"{r.choice(s.matrices)} @ {self.vector(M, 0)}"
        if kind < 0.96 and length == M and s.matrices:
            return f"{self.vector(N, 0)} @ {r.choice(s.matrices)}"
        if kind < 0.98:
            return f"np.exp(-({self.vector(length, depth - 1)}) ** 2)"
        x = self.vector(length, 0)
        return f"{x} / (1.2 + {x} * {x})"

    def vector_operand(self, length: int, depth: int) -> str:
        e = self.vector(length, depth - 1)
        return f"({e})" if " " in e else e
