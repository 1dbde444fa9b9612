"""Random statements other than those that hold blocks; each may read and write what the scope has."""

from __future__ import annotations

from collections.abc import Callable

from .expressions import Expressions, M, N


class Statements(Expressions):
    """What one line, or a few that belong together, can be; `depth` is the nesting of blocks."""

    # -- statements -----------------------------------------------------------------------------------------
    def body(self, depth: int, count: int) -> None:
        for _ in range(count):
            if self.left <= 0 and depth > 0:
                return
            self.statement(depth)

    def statement(self, depth: int) -> None:
        self.left -= 1
        simple = self.simple()
        nested = (
            [(4, self.branch), (4, self.loop), (1.5, self.while_loop), (1.5, self.exit)] if depth < 3 else []
        )
        if self.loops >= 2:
            nested = [n for n in nested if n[1] not in (self.loop, self.while_loop)]
        some = simple + nested
        chosen = self.r.choices([f for _, f in some], [w for w, _ in some])[0]
        chosen(depth)

    def simple(self) -> list[tuple[float, Callable[[int], None]]]:
        """The statements without blocks of other statements, each with its weight."""
        return [
            (5, self.assign),
            (4, self.augment),
            (3, self.new_vector),
            (6, self.store_item),
            (4, self.store_slice),
            (2, self.in_place),
            (5, self.load_and_kill),
            (3, self.view),
            (1, self.alias),
            (2, self.swap),
            (2, self.allocate),
            (2, self.list_op),
            (2, self.pair),
            (1, self.integer),
            (2, self.store_through_index),
            (1, self.call_writer),
            (1, self.masked_store),
            (1, self.closure),
            (1, self.new_matrix),
        ]

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
        e = self.r.choice(
            (
                "np.tanh({m})",
                "{m} * {n}",
                "{m}.copy()",
                "np.outer({x}, {y})",
                "({m} @ {m}.T) @ {m} * 0.2",
                "np.sin({m}) + {y}",
                "{m} * {x}[:, None]",
                "np.zeros({m}.shape)",
            )
        )
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
            self.block(
                f"if {place} > {self.threshold()}:", lambda: self.line(f"{place} = -{place} * {place}")
            )
        else:
            self.line(f"{place} {op} {self.bounded()}")

    def store_slice(self, depth: int) -> None:
        s, r = self.scope, self.r
        op = r.choice(("=", "=", "+=", "*="))
        if s.matrices and self.chance(0.4):
            m = r.choice(s.matrices)
            where, length = r.choice(
                (
                    (f"[{self.index(N)}]", M),
                    (f"[:, {self.index(M)}]", N),
                    (f"[{self.index(N)}, :]", M),
                    (f"[1:, {self.index(M)}]", N - 1),
                )
            )
            return self.line(f"{m}{where} {op} np.tanh({self.vector(length, 1)})")
        long = [w for w, n in s.vectors.items() if n == N]
        if not long:
            return self.assign(depth)
        w = r.choice(long)
        where, length = r.choice(
            (("[1:3]", 2), ("[:]", N), ("[::2]", 2), ("[1:]", 3), ("[:-1]", 3), ("[::-1]", N))
        )
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
            where, length = r.choice(
                (
                    (f"[{self.index(N)}]", M),
                    (f"[:, {self.index(M)}]", N),
                    (f".T[{self.index(M)}]", N),
                    (".ravel()[:3]", 3),
                )
            )
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
        e = r.choice(
            (
                f"np.zeros({N})",
                f"np.ones({N})",
                f"np.zeros_like({like})",
                f"np.copy({like})",
                f"{like}.copy()",
                f"np.array([{self.atom()}, {self.atom()}, {self.atom()}, {self.atom()}])",
                f"np.full({N}, {self.atom()})",
            )
        )
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
        options = (
            f"({some} + 1) % 3",
            f"(2 * {some} + {target}) % 3",
            f"1 if {self.condition()} else {target}",
        )
        self.line(f"{target} = {self.r.choice(options)}")

    def store_through_index(self, depth: int) -> None:
        s, r = self.scope, self.r
        if not s.indices:
            ix = self.name("ix")
            self.line(f"{ix} = np.array([{', '.join(str(r.randrange(M)) for _ in range(N))}])")
            s.indices.append(ix)
        ix = r.choice(s.indices)
        if self.chance(0.4):
            return self.line(f"{ix}[{self.index(N)}] = {r.randrange(M)}")
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
            self.line(
                f"{name} = lambda x, y: {r.choice(('np.sin', 'math.tanh', 'np.cos'))}(x * {self.atom()}) + y"
            )
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
