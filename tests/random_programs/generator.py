"""Random Python functions, as text, the same for a seed everywhere.

Every program defines `f(a, b, u, v, A, n, k)`: two floats, two arrays of length 4, one of shape (4, 3), and two
small integers; and perhaps helper functions.  It returns a float, or (one in ten) a float and an array.

What the derivatives of such programs have to get right is what the weights below favour: elements that are read,
overwritten and then used, conditions on elements just overwritten, indices that are stored in the arrays they
index, views read around writes, buffers that are swapped, arrays made in loops, exits of all kinds.  Values stay
bounded, for what is carried by a loop goes through a bounded function, and thresholds of comparisons are numbers
that no constant of a program meets, so that differences do not cross them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

N, M = 4, 3
ARGUMENTS = ("a", "b", "u", "v", "A", "n", "k")
UNARY = ("np.tanh({})", "np.sin({})", "np.cos({})")
SCALAR_UNARY = (*UNARY, "math.tanh({})", "math.sin({})", "math.exp(-abs({}) - 0.1)", "soft({})", "float({})")


@dataclass
class Scope:
    """The names that may be read, by kind; `views` and `frozen` arrays are not rebound."""

    floats: list[str] = field(default_factory=list)
    ints: list[str] = field(default_factory=list)
    vectors: dict[str, int] = field(default_factory=dict)  # name -> length
    matrices: list[str] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)  # arrays of N integers below M
    lists: list[str] = field(default_factory=list)  # never empty
    pairs: list[str] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)  # loop variable -> its bound
    fresh: list[str] = field(default_factory=list)  # arrays of length N of their own memory, for swaps

    def copy(self) -> Scope:
        return Scope(
            list(self.floats), list(self.ints), dict(self.vectors), list(self.matrices), list(self.indices),
            list(self.lists), list(self.pairs), dict(self.counters), list(self.fresh),
        )  # fmt: skip


class Maker:
    """One program.  `depth` of statements is the nesting of blocks, of expressions that of operators."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
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
        return self.r.choice(("np.tanh({})", "math.sin({})", "np.cos({})", "soft({})")).format(self.number(depth))

    def reduction(self, depth: int) -> str:
        r, s = self.r, self.scope
        if s.matrices and self.chance(0.2):
            m = r.choice(s.matrices)
            return r.choice((f"np.sum({m} * {m})", f"np.mean({m})", f"{m}.sum()", f"np.trace({m}[:3, :3])"))
        if s.lists and self.chance(0.2):
            return f"sum({r.choice(s.lists)})"
        length = r.choice([*s.vectors.values(), N])
        x, y = self.vector(length, depth), self.vector(length, 0)
        forms = ["np.sum({x})", "np.mean({x})", "np.dot({x}, {y})", "({x}) @ {y}", "np.max({x})", "np.prod({x})",
                 "np.sum(({x}) ** 2)", "np.sum(np.where({y} > {c}, {x}, 0.3))", "np.var({x})"]  # fmt: skip
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
            options += [f"{w}[{r.choice(('1:', ':-1')) if length == N - 1 else r.choice(('1:3', '::2', ':2', '2:'))}]"
                        for w, n in s.vectors.items() if n == N]  # fmt: skip
        if length == M:
            options += [f"{m}[{self.index(N)}]" for m in s.matrices]
        if length == N:
            options += [f"{m}[:, {self.index(M)}]" for m in s.matrices]
            options += [f"{w}[::-1]" for w, n in s.vectors.items() if n == N and self.chance(0.3)]
            options += [f"{w}[{ix}]" for w, n in s.vectors.items() for ix in s.indices if n >= M and self.chance(0.4)]
        if not options:
            return f"np.full({length}, {self.atom()})"
        if depth <= 0 or self.chance(0.1):
            return r.choice(options)
        kind = r.random()
        if kind < 0.35:
            return f"{self.vector_operand(length, depth)} {r.choice('+-**')} {self.vector_operand(length, depth)}"
        if kind < 0.55:
            return f"{self.operand(depth - 1)} * {self.vector_operand(length, depth)}"
        if kind < 0.75:
            return r.choice(UNARY).format(self.vector(length, depth - 1))
        if kind < 0.8:
            c = r.choice(options)
            return f"np.where({c} > {self.threshold()}, {self.vector(length, depth - 1)}, {self.vector(length, 0)})"
        if kind < 0.84:
            return f"np.{r.choice(('maximum', 'minimum'))}({self.vector(length, depth - 1)}, {self.threshold()})"
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

    # -- statements -----------------------------------------------------------------------------------------
    def body(self, depth: int, count: int) -> None:
        for _ in range(count):
            if self.left <= 0 and depth > 0:
                return
            self.statement(depth)

    def statement(self, depth: int) -> None:
        self.left -= 1
        simple = [
            (5, self.assign), (4, self.augment), (3, self.new_vector), (6, self.store_item), (4, self.store_slice),
            (2, self.in_place), (5, self.load_and_kill), (3, self.view), (1, self.alias), (2, self.swap),
            (2, self.allocate), (2, self.list_op), (2, self.pair), (1, self.integer), (2, self.store_through_index),
            (1, self.call_writer), (1, self.masked_store), (1, self.closure), (1, self.new_matrix),
        ]  # fmt: skip
        nested = [(4, self.branch), (4, self.loop), (1.5, self.while_loop), (1.5, self.exit)] if depth < 3 else []
        if self.loops >= 2:
            nested = [n for n in nested if n[1] not in (self.loop, self.while_loop)]
        some = simple + nested
        chosen = self.r.choices([f for _, f in some], [w for w, _ in some])[0]
        chosen(depth)

    def assign(self, depth: int) -> None:
        s = self.scope
        if s.floats and self.chance(0.5):
            target = self.r.choice(s.floats)
        else:
            target = self.name("t")
        self.line(f"{target} = {self.bounded() if self.loops else self.number(3)}")
        if target not in s.floats:
            s.floats.append(target)

    def augment(self, depth: int) -> None:
        s = self.scope
        if not s.floats:
            return self.assign(depth)
        op = self.r.choice(("+=", "+=", "-=", "*="))
        self.line(f"{self.r.choice(s.floats)} {op} {self.bounded()}")

    def new_vector(self, depth: int) -> None:
        s = self.scope
        length = self.r.choice((N, N, N, M, 2))
        old = [w for w in s.fresh if s.vectors.get(w) == length]
        e = self.vector(length, 2)
        while "(" not in e and not any(c in e for c in "+*/"):
            e = f"np.sin({e})"
        target = self.r.choice(old) if old and self.chance(0.35) else self.name("w")
        self.line(f"{target} = {f'np.tanh({e})' if self.loops else e}")
        s.vectors[target] = length
        if target not in s.fresh:
            s.fresh.append(target)

    def new_matrix(self, depth: int) -> None:
        s = self.scope
        if not s.matrices:
            return self.assign(depth)
        m, target = self.r.choice(s.matrices), self.name("B")
        e = self.r.choice(("np.tanh({m})", "{m} * {n}", "{m}.copy()", "np.outer({x}, {y})", "({m} @ {m}.T) @ {m} * 0.2",
                           "np.sin({m}) + {y}", "{m} * {x}[:, None]", "np.zeros({m}.shape)"))  # fmt: skip
        self.line(f"{target} = " + e.format(m=m, n=self.atom(), x=self.vector(N, 0), y=self.vector(M, 0)))
        s.matrices.append(target)

    def place(self) -> str:
        """An element of an array of floats."""
        s = self.scope
        if s.matrices and self.chance(0.3):
            return f"{self.r.choice(s.matrices)}[{self.index(N)}, {self.index(M)}]"
        if not s.vectors:
            return ""
        w = self.r.choice(list(s.vectors))
        return f"{w}[{self.index(s.vectors[w])}]"

    def store_item(self, depth: int) -> None:
        place = self.place()
        if not place:
            return self.assign(depth)
        op = self.r.choice(("=", "=", "=", "+=", "-=", "*="))
        kind = self.r.random()
        if kind < 0.3:  # a product with what stands there
            self.line(f"{place} = math.sin({place} * {self.number(1)})")
        elif kind < 0.45:  # a condition on an element just overwritten
            self.line(f"{place} {op} {self.bounded()}")
            self.block(f"if {place} > {self.threshold()}:", lambda: self.line(f"{place} = -{place} * {place}"))
        else:
            self.line(f"{place} {op} {self.bounded()}")

    def store_slice(self, depth: int) -> None:
        s, r = self.scope, self.r
        op = r.choice(("=", "=", "+=", "*="))
        if s.matrices and self.chance(0.4):
            m = r.choice(s.matrices)
            where, length = r.choice(((f"[{self.index(N)}]", M), (f"[:, {self.index(M)}]", N),
                                      (f"[{self.index(N)}, :]", M), (f"[1:, {self.index(M)}]", N - 1)))  # fmt: skip
            return self.line(f"{m}{where} {op} np.tanh({self.vector(length, 1)})")
        long = [w for w, n in s.vectors.items() if n == N]
        if not long:
            return self.assign(depth)
        w = r.choice(long)
        where, length = r.choice((("[1:3]", 2), ("[:]", N), ("[::2]", 2), ("[1:]", 3), ("[:-1]", 3), ("[::-1]", N)))
        e = f"np.tanh({self.vector(length, 1)})" if self.chance(0.8) else self.bounded()
        self.line(f"{w}{where} {op} {e}")

    def in_place(self, depth: int) -> None:
        s = self.scope
        if s.matrices and self.chance(0.25):
            m = self.r.choice(s.matrices)
            return self.line(f"{m} {self.r.choice(('+=', '*='))} np.cos({self.r.choice(s.matrices)})")
        if not s.vectors:
            return self.assign(depth)
        w = self.r.choice(list(s.vectors))
        e = f"np.cos({self.vector(s.vectors[w], 1)})" if self.chance(0.8) else self.bounded()
        self.line(f"{w} {self.r.choice(('+=', '-=', '*='))} {e}")

    def load_and_kill(self, depth: int) -> None:
        place = self.place()
        if not place:
            return self.assign(depth)
        t = self.name("t")
        self.line(f"{t} = {place}")
        kill = self.r.choice((f"{place} = {self.bounded(1)}", f"{place} *= {self.bounded(1)}", ""))
        if kill:
            self.line(kill)
        else:
            self.store_slice(depth)
        self.scope.floats.append(t)
        use = self.place() if self.chance(0.5) else self.r.choice(self.scope.floats)
        self.line(f"{use} {self.r.choice(('=', '+='))} np.sin({t} * {place})")

    def view(self, depth: int) -> None:
        s, r = self.scope, self.r
        p = self.name("p")
        long = [w for w, n in s.vectors.items() if n == N]
        if s.matrices and self.chance(0.5):
            m = r.choice(s.matrices)
            where, length = r.choice(((f"[{self.index(N)}]", M), (f"[:, {self.index(M)}]", N), (f".T[{self.index(M)}]", N),
                                      (".ravel()[:3]", 3)))  # fmt: skip
            self.line(f"{p} = {m}{where}")
        elif long:
            where, length = r.choice((("[1:3]", 2), ("[::2]", 2), ("[1:]", 3), ("[::-1]", N), ("[:]", N)))
            self.line(f"{p} = {r.choice(long)}{where}")
        else:
            return self.assign(depth)
        s.vectors[p] = length
        if self.chance(0.5):
            self.line(f"{p}[{self.index(length)}] {r.choice(('=', '*='))} {self.bounded(1)}")
        elif self.chance(0.5):
            self.store_item(depth)

    def alias(self, depth: int) -> None:
        s = self.scope
        if not s.vectors:
            return self.assign(depth)
        w, q = self.r.choice(list(s.vectors)), self.name("q")
        self.line(f"{q} = {w}")
        s.vectors[q] = s.vectors[w]

    def swap(self, depth: int) -> None:
        s = self.scope
        same = [w for w in s.fresh if s.vectors.get(w) == N]
        if len(same) < 2:
            if len(s.floats) < 2:
                return self.assign(depth)
            x, y = self.r.sample(s.floats, 2)
        else:
            x, y = self.r.sample(same, 2)
        self.line(f"{x}, {y} = {y}, {x}")

    def allocate(self, depth: int) -> None:
        s, r = self.scope, self.r
        w = self.name("w")
        like = self.vector(N, 0)
        e = r.choice((f"np.zeros({N})", f"np.ones({N})", f"np.zeros_like({like})", f"np.copy({like})", f"{like}.copy()",
                      f"np.array([{self.atom()}, {self.atom()}, {self.atom()}, {self.atom()}])",
                      f"np.full({N}, {self.atom()})"))  # fmt: skip
        self.line(f"{w} = {e}")
        s.vectors[w] = N
        s.fresh.append(w)
        if self.chance(0.6):
            def fill() -> None:
                i = next(reversed(self.scope.counters))
                self.line(f"{w}[{i}] = {self.bounded(1)}")

            self.counted(f"range({r.choice((N, M))})", N, fill)

    def list_op(self, depth: int) -> None:
        s, r = self.scope, self.r
        if not s.lists:
            target = self.name("L")
            self.line(f"{target} = [{self.operand(1)}, {self.operand(1)}]")
            return s.lists.append(target)
        target = r.choice(s.lists)
        kind = r.random()
        if kind < 0.4:
            self.line(f"{target}.append({self.bounded(1)})")
        elif kind < 0.6:
            t = self.name("t")
            self.line(f"{target}.append({self.bounded(1)})")
            self.line(f"{t} = {target}.pop() * {self.atom()}")
            s.floats.append(t)
        elif kind < 0.75 and s.floats:
            t = r.choice(s.floats)
            self.block(f"if len({target}) > 2:", lambda: self.line(f"{t} = math.sin({target}.pop())"))
        else:
            self.line(f"{target}[{r.choice((0, -1))}] {r.choice(('=', '+='))} {self.bounded(1)}")

    def pair(self, depth: int) -> None:
        s = self.scope
        if self.chance(0.5):
            target = self.name("c")
            self.line(f"{target} = ({self.number(1)}, {self.number(1)})")
            return s.pairs.append(target)
        if len(s.floats) < 2:
            return self.assign(depth)
        x, y = self.r.sample(s.floats, 2)
        self.line(f"{x}, {y} = {self.bounded(1)}, {self.bounded(1)}")

    def integer(self, depth: int) -> None:
        s = self.scope
        if not s.ints:
            return self.assign(depth)
        target = self.r.choice(s.ints)
        some = self.r.choice([*s.ints, *s.counters])
        self.line(f"{target} = {self.r.choice((f'({some} + 1) % 3', f'(2 * {some} + {target}) % 3', f'1 if {self.condition()} else {target}'))}")

    def store_through_index(self, depth: int) -> None:
        s, r = self.scope, self.r
        if not s.indices:
            ix = self.name("ix")
            self.line(f"{ix} = np.array([{', '.join(str(r.randrange(M)) for _ in range(N))}])")
            s.indices.append(ix)
        ix = r.choice(s.indices)
        if self.chance(0.4):
            return self.line(f"{ix}[{self.index(N)}] = {self.index(M).replace('-', '') if False else r.randrange(M)}")
        some = [w for w, n in s.vectors.items() if n >= M]
        if not some:
            return self.assign(depth)
        w = r.choice(some)
        if self.chance(0.4):
            return self.line(f"{w}[{ix}] {r.choice(('=', '+='))} np.sin({self.vector(N, 1)})")
        at = f"{ix}[{self.index(N)}]" if self.chance(0.6) else f"int(abs({w}[0]) * 3.1) % {s.vectors[w]}"
        self.line(f"{w}[{at}] {r.choice(('=', '+='))} {self.bounded(1)}")
        if self.chance(0.5):
            self.line(f"{ix}[{self.index(N)}] = ({ix}[{self.index(N)}] + 1) % {M}")

    def masked_store(self, depth: int) -> None:
        s = self.scope
        if not s.vectors:
            return self.assign(depth)
        w = self.r.choice(list(s.vectors))
        self.line(f"{w}[{w} > {self.threshold()}] {self.r.choice(('=', '*='))} {self.bounded(1)}")

    def call_writer(self, depth: int) -> None:
        s = self.scope
        some = [w for w, n in s.vectors.items() if n == N]
        if not self.writers or not some:
            return self.assign(depth)
        t = self.name("t")
        self.line(f"{t} = {self.r.choice(self.writers)}({self.r.choice(some)}, {self.atom()})")
        s.floats.append(t)

    def closure(self, depth: int) -> None:
        s, r = self.scope, self.r
        if self.in_function != "f":
            return self.assign(depth)
        name = self.name("g")
        if self.chance(0.5):
            self.line(f"{name} = lambda x, y: {r.choice(('np.sin', 'math.tanh', 'np.cos'))}(x * {self.atom()}) + y")
        else:
            def inner() -> None:
                self.scope.floats += ["x", "y"]
                if self.chance(0.5):
                    self.block(f"if x > {self.threshold()}:", lambda: self.line(f"return {self.bounded(1)}"))
                self.line(f"return {self.bounded(2)}")

            self.block(f"def {name}(x, y):", inner)
        t = self.name("t")
        self.line(f"{t} = {name}({self.atom()}, {self.atom()})")
        s.floats.append(t)
        if self.chance(0.5):
            self.line(f"{t} += {name}({t}, {self.atom()})")

    # -- control --------------------------------------------------------------------------------------------
    def branch(self, depth: int) -> None:
        r = self.r
        self.block(f"if {self.condition()}:", lambda: self.body(depth + 1, r.randint(1, 3)))
        if self.chance(0.25):
            self.block(f"elif {self.condition()}:", lambda: self.body(depth + 1, r.randint(1, 2)))
        if self.chance(0.5):
            self.block("else:", lambda: self.body(depth + 1, r.randint(1, 2)))

    def counted(self, over: str, bound: int, body: Callable[[], None]) -> None:
        i = self.name("i")

        def inner() -> None:
            self.scope.counters[i] = bound
            body()

        self.block(f"for {i} in {over}:", inner)

    def loop(self, depth: int) -> None:
        s, r = self.scope, self.r
        self.loops += 1

        def body() -> None:
            self.body(depth + 1, r.randint(1, 4))

        kind = r.random()
        if kind < 0.5 or not s.vectors:
            forms = [("range(n)", 3), ("range(4)", 4), ("range(1, 3)", 3), ("range(3, -1, -1)", 4), ("range(n + 1)", 4)]
            forms += [(f"range({c})", b) for c, b in s.counters.items()] * 2
            self.counted(*r.choice(forms), body)
        else:
            w = r.choice(list(s.vectors))
            x, y, i = self.name("x"), self.name("y"), self.name("i")
            over = r.choice((w, self.vector(s.vectors[w], 1)))
            same = [o for o, n in s.vectors.items() if n == s.vectors[w]]

            def inner() -> None:
                self.scope.floats.append(x)
                if header.startswith("for " + i):
                    self.scope.counters[i] = s.vectors[w]
                elif "zip" in header:
                    self.scope.floats.append(y)
                body()

            header = r.choice((f"for {x} in {over}:", f"for {i}, {x} in enumerate({over}):",
                               f"for {x}, {y} in zip({w}, {r.choice(same)}):"))  # fmt: skip
            self.block(header, inner)
        self.loops -= 1

    def while_loop(self, depth: int) -> None:
        s, r = self.scope, self.r
        j = self.name("j")
        self.line(f"{j} = 0")
        self.loops += 1
        early = f" and {self.condition()}" if self.chance(0.4) else ""

        def body() -> None:
            self.scope.counters[j] = r.choice((3, 4))
            first = self.chance(0.5)
            if first:
                self.line(f"{j} += 1")
                del self.scope.counters[j]
                self.scope.counters[f"({j} - 1)"] = 4
            self.body(depth + 1, r.randint(1, 3))
            if not first:
                self.line(f"{j} += 1")

        self.block(f"while {j} < {r.choice(('n', '3'))}{early}:", body)
        s.ints.append(j) if self.indent == 1 and False else None
        self.loops -= 1

    def exit(self, depth: int) -> None:
        kinds = ["return"] if depth else []
        counted = self.loops > 0 and not any(c.startswith("(") for c in self.scope.counters)
        if self.loops:
            kinds += ["break", "break"]
            if counted and not any(c[0] == "j" for c in self.scope.counters):
                kinds.append("continue")
        if not kinds or self.in_function != "f":
            return self.branch(depth) if depth < 3 else self.assign(depth)
        kind = self.r.choice(kinds)

        def leave() -> None:
            if self.chance(0.4):
                self.augment(depth)
            self.line(self.returned() if kind == "return" else kind)

        self.block(f"if {self.condition()}:", leave)

    def returned(self) -> str:
        e = self.number(2)
        return f"return {e}, {self.vector(N, 1)}" if self.pair_result else f"return {e}"

    # -- functions ------------------------------------------------------------------------------------------
    def helper(self) -> None:
        name = self.name("h")
        kept, self.scope = self.scope, Scope(floats=["x", "y"])
        self.in_function = name
        self.line(f"def {name}(x, y):")
        self.indent += 1
        if self.chance(0.6):
            self.block(f"if {self.condition()}:", lambda: self.line(
                f"return {self.bounded(1)}" if self.chance(0.6) else f"x = {self.bounded(1)}"))  # fmt: skip
        if self.chance(0.4):
            self.block("for i in range(2):", lambda: self.line(f"x = {self.bounded(2)}"))
        self.line(f"return {self.bounded(2)}")
        self.indent -= 1
        self.line("")
        self.scope = kept
        self.helpers.append(name)

    def writer(self) -> None:
        name = self.name("h")
        kept, self.scope = self.scope, Scope(floats=["s"], vectors={"w": N})
        self.in_function = name
        kept_left, self.left = self.left, 3
        self.line(f"def {name}(w, s):")
        self.indent += 1
        self.store_item(0)
        self.body(1, 2)
        self.line(f"return {self.bounded(1)}")
        self.indent -= 1
        self.line("")
        self.scope, self.left = kept, kept_left
        self.writers.append(name)

    def program(self) -> str:
        self.lines += ["def soft(x):", "    return x / (1.0 + x * x)", ""]
        if self.chance(0.3):
            self.helper()
        if self.chance(0.25):
            self.writer()
        self.in_function = "f"
        self.scope = Scope(floats=["a", "b"], ints=["n", "k"], vectors={"u": N, "v": N}, matrices=["A"])
        self.line(f"def f({', '.join(ARGUMENTS)}):")
        self.indent += 1
        while self.left > 0:
            self.statement(0)
        self.line(self.returned())
        text = "\n".join(self.lines) + "\n"
        if "soft(" not in text[text.index("def ", 4) :]:
            text = text[text.index("def ", 4) :]
        return text


def generate(seed: int) -> str:
    """The text of the program of a seed.

    >>> "def f(a, b, u, v, A, n, k):" in generate(0)
    True
    """
    return Maker(seed).program()
