"""Random programs that are mostly about memory: who may see a write, and what stood there before it.

The same frame as in `generator`, with statements that overwrite what is still needed:

    t = S[i, j]                         a value is kept,
    S[i, j] -= S[i, k] * S[j, k]        its place is overwritten from places beside it,
    if S[i, j] > 0.137: ...             the new value decides,
    S[j, i] = t * S[i, j]               the kept value is used.

Places are elements, rows, overlapping slices, views of views, repeated index arrays, masks, items of lists,
attributes of objects, and what helpers are given.  Loops have triangular ranges and affine indices, swap
buffers, and end early.
"""

from __future__ import annotations

from .expressions import M, N
from .generator import Maker

BOX = """\
class Box:
    def __init__(self, x):
        self.x = x
        self.y = x * 0.5

    def step(self, s):
        self.x += s * self.y
        self.y[1:] = self.x[:-1] * self.y[1:]

    def turn(self):
        self.x, self.y = self.y, self.x
        return self.x[0] * self.y[-1]

"""

# two slices of one vector of length N that overlap, and their length
OVERLAPS = (
    ("[1:-1]", "[:-2]", 2),
    ("[1:]", "[:-1]", 3),
    ("[:-1]", "[1:]", 3),
    ("[:]", "[::-1]", 4),
    ("[::2]", "[1::2]", 2),
    ("[::-1]", "[:]", 4),
    ("[2:]", "[1:3]", 2),
    ("[1:3]", "[2:]", 2),
    ("[3:0:-1]", "[:3]", 3),
)
# views of a vector of length 4, 3, 2 and what they leave
STEPS = {
    4: (("[::-1]", 4), ("[1:]", 3), ("[:-1]", 3), ("[::2]", 2), ("[1::2]", 2), ("[:]", 4), ("[::-2]", 2)),
    3: (("[::-1]", 3), ("[1:]", 2), ("[::2]", 2), ("[-2::-1]", 2)),
    2: (("[::-1]", 2), ("[:]", 2)),
}


class MemoryMaker(Maker):
    """Statements about the memory of single arrays: slices, views, triangular loops, buffers."""

    # -- places ---------------------------------------------------------------------------------------------
    def long_vectors(self) -> list[str]:
        return [w for w, n in self.scope.vectors.items() if n == N]

    def a_grid(self) -> str:
        """An array of two axes; its shape is `self.shape(name)`."""
        s = self.scope
        if not s.grids or self.chance(0.15):
            if self.indent > 2 and s.matrices:
                return self.r.choice(s.matrices)
            name, m = self.name("S"), self.r.choice(s.matrices) if s.matrices else "np.zeros((4, 3))"
            made, shape = self.r.choice(
                (
                    (f"np.tanh({m} @ {m}.T)", (N, N)),
                    (f"np.tanh({m} @ {m}.T) + np.eye({N})", (N, N)),
                    (f"{m}.copy()", (N, M)),
                    (f"np.zeros(({M}, {N}))", (M, N)),
                    (f"np.outer({self.vector(N, 0)}, {self.vector(N, 0)})", (N, N)),
                )
            )
            self.line(f"{name} = {made}")
            s.grids[name] = shape
            return name
        return self.r.choice([*s.grids, *s.matrices])

    def shape(self, grid: str) -> tuple[int, int]:
        return self.scope.grids.get(grid, (N, M))

    def place(self) -> str:
        s = self.scope
        if s.grids and self.chance(0.35):
            g = self.r.choice(list(s.grids))
            rows, columns = s.grids[g]
            return f"{g}[{self.index(rows)}, {self.index(columns)}]"
        if s.groups and self.chance(0.2):
            g = self.r.choice(list(s.groups))
            return f"{g}[{self.r.randrange(s.groups[g])}][{self.index(N)}]"
        return super().place()

    # -- slices and views -----------------------------------------------------------------------------------
    def overlap(self, depth: int) -> None:
        """A slice overwritten from one that overlaps it."""
        r = self.r
        if self.chance(0.35):
            g = self.a_grid()
            rows, columns = self.shape(g)
            forms = [
                "{g}[1:] {op} {g}[:-1] * {f}",
                "{g}[:-1] {op} np.sin({g}[1:])",
                "{g}[:, 1:] {op} {g}[:, :-1] * {f}",
                "{g}[:, ::-1] {op} {g} * {f}",
                "{g}[1:-1] {op} {g}[:-2] * {g}[2:]",
                "{g}[1:, 1:] {op} {g}[:-1, :-1] * {g}[1:, :-1]",
                "{g}[:] = {g}[::-1]",
            ]
            if rows == columns:
                forms += ["{g} {op} {g}.T", "{g}[:] = np.tanh({g}.T * {f})", "{g}[:, 0] {op} {g}[1]"]
            op = r.choice(("=", "+=", "*=")) if self.chance(0.9) else "-="
            text = r.choice(forms).format(g=g, op=op, f=self.atom())
            return self.line(f"{g} = np.tanh({g}.T)" if text == f"{g} = {g}.T" else text)
        w = r.choice(self.long_vectors() or ["u"])
        to, of, length = r.choice(OVERLAPS)
        other = r.choice([f"{w}{to}", f"{w}{of}", self.vector(length, 0)])
        form = r.choice(("np.sin({x})", "{x} * {y}", "{x}", "np.tanh({x} + {y})", "{f} * {x}"))
        e = form.format(x=f"{w}{of}", y=other, f=self.atom())
        self.line(f"{w}{to} {r.choice(('=', '=', '+=', '-=', '*='))} {e}")

    def chained_view(self, depth: int) -> None:
        """A view of a view of a vector, written through and read beside what it shows."""
        s, r = self.scope, self.r
        w = r.choice([w for w, n in s.vectors.items() if n in STEPS] or ["u"])
        base, length = w, s.vectors.get(w, N)
        for _ in range(r.randint(1, 3)):
            p = self.name("p")
            step, length = r.choice(STEPS[length])
            self.line(f"{p} = {base}{step}")
            s.vectors[p] = length
            base = p
        self.write_through(base, length, w, s.vectors.get(w, N))

    def write_through(self, p: str, length: int, w: str, whole: int) -> None:
        r = self.r
        beside = f"{w}[{self.index(whole)}]"
        at = f"{p}[{self.index(length)}]"
        t = self.name("t")
        forms = [
            f"{at} = np.sin({beside}) * {self.atom()}",
            f"{at} *= {beside}",
            f"{beside} = {at} * {at}",
            f"{p} *= {beside}",
            f"{p}[:] = {self.vector(length, 1)}",
            f"{p} -= np.cos({p}) * {beside}",
            f"{p}[1:] = {p}[:-1] * {beside}",
            f"{t} = {at}",
        ]
        kind = r.randrange(len(forms))
        self.line(forms[kind])
        if kind == len(forms) - 1:
            self.line(f"{beside} = {self.bounded(1)}")
            self.line(f"{p} *= {t}")
            self.scope.floats.append(t)

    def grid_view(self, depth: int) -> None:
        """A row, column, diagonal block or transpose of an array of two axes, written through."""
        s, r = self.scope, self.r
        g = self.a_grid()
        rows, columns = self.shape(g)
        p = self.name("p")
        if self.chance(0.5):
            form, length = r.choice(
                (
                    (f"{g}[{self.index(rows)}]", columns),
                    (f"{g}[:, {self.index(columns)}]", rows),
                    (f"{g}.T[{self.index(columns)}]", rows),
                    (f"{g}[::-1, {self.index(columns)}]", rows),
                    (f"{g}[{self.index(rows)}, ::-1]", columns),
                    (f"{g}.T[{self.index(columns)}][::-1]", rows),
                    (f"{g}[1:][{self.index(rows - 1)}]", columns),
                )
            )
            self.line(f"{p} = {form}")
            s.vectors[p] = length
            at = f"{g}[{self.index(rows)}, {self.index(columns)}]"
            self.line(
                r.choice(
                    (
                        f"{p} *= {at}",
                        f"{p}[{self.index(length)}] = np.tanh({at})",
                        f"{at} = {p}[0] * {p}[-1]",
                        f"{p}[1:] = {p}[:-1] * {at}",
                        f"{p}[:] = {self.vector(length, 1)}",
                    )
                )
            )
        else:
            form, shape = r.choice(
                (
                    (f"{g}.T", (columns, rows)),
                    (f"{g}[::-1]", (rows, columns)),
                    (f"{g}[:, ::-1]", (rows, columns)),
                )
            )
            self.line(f"{p} = {form}")
            s.grids[p] = shape
            self.line(f"{p}[{self.index(shape[0])}, {self.index(shape[1])}] *= {self.bounded(1)}")
            if self.chance(0.5):
                self.line(f"{g}[{self.index(rows)}] {r.choice(('+=', '='))} np.sin({g}[{self.index(rows)}])")

    def grid_store(self, depth: int) -> None:
        r = self.r
        g = self.a_grid()
        rows, columns = self.shape(g)
        i, j = self.index(rows), self.index(columns)
        forms = [
            f"{g}[{i}] {{op}} {g}[{self.index(rows)}] * {self.atom()}",
            f"{g}[:, {j}] {{op}} {g}[:, {self.index(columns)}] * {g}[{i}, {j}]",
            f"{g}[{i}, {j}] {{op}} {g}[{i}] @ {g}[{self.index(rows)}]",
            f"{g}[{i}, 1:] {{op}} {g}[{self.index(rows)}, :-1] * {g}[{i}, {j}]",
            f"{g}[1:, {j}] {{op}} {g}[1:, {self.index(columns)}] + {g}[:-1, {j}]",
            f"{g}[1:, 1:] -= np.outer({g}[1:, 0], {g}[0, 1:])",
        ]
        self.line(r.choice(forms).format(op=r.choice(("=", "+=", "-=", "*="))))

    # -- loops with affine indices --------------------------------------------------------------------------
    def triangle(self, depth: int) -> None:
        """Nested loops with triangular ranges over an array of two axes."""
        r = self.r
        if self.loops:
            return self.grid_store(depth)
        g = self.a_grid()
        rows, columns = self.shape(g)
        small = min(rows, columns)
        j, i, k = self.name("j"), self.name("i"), self.name("k")
        self.loops += 2
        places = [f"{g}[{i}, {j}]"] * 3
        others = [f"{g}[{j}, {j}]", f"{g}[{i}, {j} - 1]", f"{g}[{i} - 1, {j}]", f"{g}[{i} - 1, {j} - 1]"]
        others += [f"{g}[{i}, {columns - 1} - {j}]", f"{g}[{rows - 1} - {i}, {j}]", f"{g}[0, {j}]"]
        if rows == columns:
            places += [f"{g}[{j}, {i}]"]
            others += [f"{g}[{j}, {i}]", f"{g}[{i}, {i}]"]

        def statement(extra: list[str]) -> None:
            p = r.choice(places)
            x, y = r.choice([*others, *extra]), r.choice([*others, *extra, p])
            e = r.choice(("{x} * {y}", "np.sin({x})", "{x} / (1.3 + {y} * {y})", "np.tanh({x} - {y})"))
            self.line(f"{p} {r.choice(('-=', '=', '+=', '*='))} {e.format(x=x, y=y)}")
            if self.chance(0.2):
                self.block(f"if {p} > {self.threshold()}:", lambda: self.line(f"{p} *= {x}"))

        def inner() -> None:
            if self.chance(0.3):
                t = self.name("t")
                p = r.choice(places)
                self.line(f"{t} = {p}")
                statement([t])
                self.line(f"{r.choice(others)} {r.choice(('=', '+='))} np.sin({t}) * {p}")
            elif self.chance(0.5):
                over = r.choice((f"range({j})", f"range({j} + 1, {small})", f"range({i})"))
                beside = [f"{g}[{i}, {k}]", f"{g}[{j}, {k}]"]
                if rows == columns:
                    beside.append(f"{g}[{k}, {j}]")
                if over == f"range({i})" and rows > columns:
                    over = f"range({j})"
                self.block(f"for {k} in {over}:", lambda: statement(beside))
            else:
                statement([f"{g}[{i}, :{j}] @ {g}[{j}, :{j}]"])

        def outer() -> None:
            if self.chance(0.4):
                self.line(f"{g}[{j}, {j}] = np.sqrt(1.1 + {g}[{j}, {j}] ** 2)")
            over = r.choice(
                (f"range({j} + 1, {rows})", f"range({j}, {rows})", f"range({j})", f"range({rows})")
            )
            if self.chance(0.15):
                over = f"range({rows - 1}, {j}, -1)"
            self.block(f"for {i} in {over}:", inner)
            if self.chance(0.3):
                self.line(
                    r.choice(
                        (
                            f"{g}[{j} + 1:, {j}] *= {g}[{j}, {j}]",
                            f"{g}[{j} + 1:, {j} + 1:] -= np.outer({g}[{j} + 1:, {j}], {g}[{j}, {j} + 1:])",
                            f"{g}[{j}, :{j}] = {g}[{j}, :{j}] * 0.5",
                        )
                    )
                )

        header = r.choice(
            (f"range({small})", f"range(1, {small})", f"range({self.few()})", f"range({small - 1}, -1, -1)")
        )
        self.block(f"for {j} in {header}:", outer)
        self.loops -= 2

    def swapped_buffers(self, depth: int) -> None:
        """Two or three buffers that change their names in a loop."""
        s, r = self.scope, self.r
        if self.loops:
            return self.overlap(depth)
        x, y = self.name("w"), self.name("w")
        self.line(f"{x}, {y} = {self.vector(N, 0)}.copy(), np.{r.choice(('zeros', 'ones'))}({N})")
        s.vectors[x] = s.vectors[y] = N
        three = self.chance(0.25)
        names = [x, y]
        if three:
            names.append(self.name("w"))
            self.line(f"{names[2]} = np.cos({self.vector(N, 0)})")
            s.vectors[names[2]] = N
        self.loops += 1

        def body() -> None:
            c = next(reversed(self.scope.counters))
            form = r.choice(
                (
                    "{y}[1:-1] = np.tanh({x}[:-2] + {x}[2:])",
                    "{y}[:] = {x} * np.sin({x}[::-1])",
                    "{y}[1:] = {x}[:-1] * {y}[1:]",
                    "{y} += 0.5 * {x}",
                    "{y}[{c}] = {x}[{c}] * {y}[{c} - 1]",
                )
            )
            self.line(form.format(x=x, y=y, c=c))
            if self.chance(0.4):
                self.line(f"{r.choice(names)}[{self.index(N)}] {r.choice(('=', '*='))} {self.bounded(1)}")
            if self.chance(0.12):
                leave = "break" if self.chance(0.2) else f"{x} *= 0.5"
                self.block(f"if {self.condition()}:", lambda: self.line(leave))
            change = f"{', '.join(names)} = {', '.join([*names[1:], names[0]])}"
            if self.chance(0.04):
                return self.block(f"if {self.condition()}:", lambda: self.line(change))
            self.line(change)
            if self.chance(0.12):
                self.block(f"if {self.condition()}:", lambda: self.line("break"))

        over = r.choice((self.few(), "3", f"{self.few()} + 1", "2"))
        self.counted(f"range({over})", N, body)
        self.loops -= 1

    def element_while(self, depth: int) -> None:
        """A loop that ends by the element that it overwrites."""
        if self.loops >= 2:
            return self.store_item(depth)
        place, j = self.place() or "u[0]", self.name("j")
        self.line(f"{j} = 0")
        self.loops += 1

        def body() -> None:
            self.line(
                f"{place} = {self.r.choice(('-0.7 * ', '0.4 * ', '0.9 * '))}{place} - 0.137 * {self.atom()}"
            )
            self.line(f"{j} += 1")
            if self.chance(0.4):
                self.line(f"{self.place() or 'u[1]'} += {place} * {place}")

        self.block(f"while {place} {self.r.choice('<>')} {self.threshold()} and {j} < 4:", body)
        self.loops -= 1

    def rows(self, depth: int) -> None:
        """A loop over the rows of an array, which are views."""
        if self.loops >= 2:
            return self.grid_store(depth)
        g = self.a_grid()
        rows, columns = self.shape(g)
        row, i, x = self.name("p"), self.name("i"), self.name("x")
        same = [w for w, n in self.scope.vectors.items() if n == rows]
        header = self.r.choice(
            [f"for {row} in {g}:", f"for {i}, {row} in enumerate({g}):"]
            + ([f"for {x}, {row} in zip({self.r.choice(same)}, {g}):"] if same else [])
        )
        self.loops += 1

        def body() -> None:
            self.scope.vectors[row] = columns
            if "zip" in header:
                self.scope.floats.append(x)
            if "enumerate" in header:
                self.scope.counters[i] = rows
            self.write_through(row, columns, row, columns)
            if self.chance(0.5):
                self.line(f"{g}[{self.index(rows)}, {self.index(columns)}] *= {self.bounded(1)}")

        self.block(header, body)
        self.loops -= 1
