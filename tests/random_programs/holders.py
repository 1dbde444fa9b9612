"""Statements about memory that has several holders: lists, objects, index arrays, functions that write."""

from __future__ import annotations

import random
from collections.abc import Callable

from .expressions import M, N
from .memory import BOX, STEPS, MemoryMaker

__all__ = ["generate_memory", "program_from"]


class HolderMaker(MemoryMaker):
    """One program about memory."""

    def simple(self) -> list[tuple[float, Callable[[int], None]]]:
        return [
            (2, self.assign),
            (2, self.augment),
            (2, self.new_vector),
            (4, self.store_item),
            (2, self.store_slice),
            (2, self.in_place),
            (5, self.load_and_kill),
            (2, self.alias),
            (1, self.swap),
            (2, self.allocate),
            (0.5, self.list_op),
            (1, self.integer),
            (2, self.store_through_index),
            (1, self.masked_store),
            (5, self.overlap),
            (4, self.chained_view),
            (4, self.grid_view),
            (4, self.grid_store),
            (4, self.triangle),
            (3, self.swapped_buffers),
            (3, self.group),
            (2, self.kept_mask),
            (2, self.repeated_indices),
            (3, self.chased_index),
            (2, self.index_among_values),
            (3, self.exchange),
            (3, self.call_on_view),
            (2, self.rows),
            (2, self.box),
            (2, self.element_while),
            (2, self.every_operator),
        ]

    def item(self, count: int) -> str:
        """An index of a list of arrays; seldom one that shows only at run time, whose writes are refused."""
        return self.index(count) if self.chance(0.05) else str(self.r.randint(-count, count - 1))

    # -- lists and objects ----------------------------------------------------------------------------------
    def group(self, depth: int) -> None:
        """A list of arrays, which its items keep sharing."""
        s, r = self.scope, self.r
        if not s.groups or self.chance(0.2):
            if self.loops:
                return self.overlap(depth)
            name, count = self.name("G"), r.choice((2, 3))
            some = self.long_vectors() or ["u"]
            items = [
                r.choice((f"{r.choice(some)}.copy()", f"np.zeros({N})", f"{r.choice(some)} * 1.5"))
                for _ in range(count)
            ]
            if self.chance(0.3):
                items[0] = r.choice(some)
            self.line(f"{name} = [{', '.join(items)}]")
            s.groups[name] = count
            return
        g = r.choice(list(s.groups))
        count = s.groups[g]
        x, y = f"{g}[{self.item(count)}]", f"{g}[{r.randrange(count)}]"
        kind = r.randrange(6)
        if kind == 0:
            self.line(f"{x}[{self.index(N)}] {r.choice(('=', '*='))} {y}[{self.index(N)}] * {self.atom()}")
        elif kind == 1:
            self.line(f"{x}[1:] {r.choice(('=', '+='))} {y}[:-1] * {self.atom()}")
        elif kind == 2:
            p = self.name("q")
            self.line(f"{p} = {y}")
            s.vectors[p] = N
            self.line(f"{p} *= {self.bounded(1)}")
        elif kind == 3 and self.loops < 2:
            w = self.name("w")
            self.block(f"for {w} in {g}:", lambda: self.line(f"{w}[{self.index(N)}] *= {self.bounded(1)}"))
        elif kind == 4 and count == 2:
            names = self.name("w"), self.name("w")
            self.line(f"{names[0]}, {names[1]} = {g}")
            s.vectors.update(dict.fromkeys(names, N))
            self.line(f"{names[0]} += {names[1]} * {self.atom()}")
        elif not self.loops and self.chance(0.5):
            self.line(f"{g}[0], {g}[1] = {g}[1], {g}[0]")
        else:
            self.line(f"{x} *= np.cos({y})")

    def box(self, depth: int) -> None:
        s, r = self.scope, self.r
        if not s.boxes:
            if self.loops:
                return self.store_item(depth)
            o = self.name("o")
            w = r.choice(self.long_vectors() or ["u"])
            self.line(f"{o} = Box({w}{r.choice(('', '.copy()', ' * 1.0'))})")
            s.boxes.append(o)
            s.vectors[f"{o}.x"] = s.vectors[f"{o}.y"] = N
        o = r.choice(s.boxes)
        some = [
            f"{o}.step(np.tanh({self.atom()}))",
            f"{o}.x[{self.index(N)}] = {o}.y[{self.index(N)}] * {self.atom()}",
            f"{o}.y {r.choice(('+=', '*='))} np.sin({o}.x)",
        ]
        if not self.indent > 1:
            t = self.name("t")
            s.floats.append(t)
            some.append(f"{t} = {o}.turn()")
        self.line(some[-1] if len(some) == 4 else r.choice(some))

    # -- indices --------------------------------------------------------------------------------------------
    def an_index_array(self) -> str:
        s, r = self.scope, self.r
        if not s.indices:
            ix = self.name("ix")
            self.line(f"{ix} = np.array([{', '.join(str(r.randrange(M)) for _ in range(N))}])")
            s.indices.append(ix)
        return r.choice(s.indices)

    def chased_index(self, depth: int) -> None:
        """Indices stored in the array that they index."""
        r = self.r
        ix = self.an_index_array()
        w = r.choice(self.long_vectors() or ["u"])
        j = self.index(N)
        if self.loops or self.chance(0.5):
            return self.line(
                r.choice(
                    (
                        f"{ix}[{ix}[{j}]] = {r.randrange(M)}",
                        f"{ix}[{j}] = {ix}[{ix}[{self.index(N)}]]",
                        f"{w}[{ix}[{ix}[{j}]]] {r.choice(('=', '*=', '+='))} {self.bounded(1)}",
                    )
                )
            )
        at = self.name("k")
        self.line(f"{at} = {r.choice((self.few(), '0', '3'))}")
        self.loops += 1

        def body() -> None:
            self.line(f"{w}[{at}] {r.choice(('=', '*='))} np.sin({w}[{ix}[{at}]]) * {self.atom()}")
            if self.chance(0.5):
                self.line(f"{ix}[{at}] = ({ix}[{at}] + 1) % {M}")
            self.line(f"{at} = {ix}[{at}]")

        self.counted("range(3)", M, body)
        self.loops -= 1

    def index_among_values(self, depth: int) -> None:
        """An index kept in the array of floats that it is an index of."""
        r = self.r
        w = r.choice(self.long_vectors() or ["u"])
        i = r.randrange(N)
        self.line(f"{w}[{i}] = float({r.choice((*self.scope.ints, *self.scope.counters, '2'))} % {N})")
        if self.chance(0.3):
            self.line(f"{w}[{self.index(N)}] = {self.bounded(1)}")
        at = f"int(abs({w}[{i}]) + 0.37) % {N}"
        if self.chance(0.5):
            t = self.name("k")
            self.line(f"{t} = {at}")
            at = t
        self.line(f"{w}[{at}] {r.choice(('=', '+=', '*='))} {self.bounded(1)}")

    def repeated_indices(self, depth: int) -> None:
        r = self.r
        ix = self.an_index_array()
        some = "[[0, 2, 2, 1]]", "[[3, 0, 3, 3]]", f"[{ix}]", "[[1, 1, 2, 0]]"
        op = r.choice(("=", "+=", "*=", "-="))
        if self.scope.matrices and self.chance(0.3):
            m = r.choice(self.scope.matrices)
            return self.line(f"{m}{r.choice(some)} {op} np.sin({m}{r.choice(some)})")
        w, z = r.choice(self.long_vectors() or ["u"]), r.choice(self.long_vectors() or ["u"])
        self.line(f"{w}{r.choice(some)} {op} {z}{r.choice(some)} * {self.atom()}")

    def kept_mask(self, depth: int) -> None:
        """A mask made before a write and used after it."""
        r = self.r
        if self.chance(0.25):
            g = self.a_grid()
            return self.line(
                f"{g}[{g} {r.choice('<>')} {self.threshold()}] {r.choice(('=', '*='))} {self.atom()}"
            )
        w, m = r.choice(self.long_vectors() or ["u"]), self.name("m")
        z = r.choice(self.long_vectors() or ["u"])
        self.line(f"{m} = {w} {r.choice('<>')} {self.threshold()}")
        if self.chance(0.5):
            self.line(f"{w}[{self.index(N)}] = {self.bounded(1)}")
        self.line(
            r.choice(
                (
                    f"{w}[{m}] {r.choice(('=', '+=', '*='))} {z}[{m}] * {self.atom()}",
                    f"{w}[{m}] *= {w}[{m}]",
                    f"{z}[~{m}] = {self.bounded(1)}",
                )
            )
        )

    # -- exchanges, functions, operators --------------------------------------------------------------------
    def exchange(self, depth: int) -> None:
        r = self.r
        if self.chance(0.4):
            g = self.a_grid()
            rows, columns = self.shape(g)
            i, j, k = self.index(rows), self.index(rows), self.index(columns)
            forms = [
                f"{g}[{i}, {k}], {g}[{j}, {k}] = {g}[{j}, {k}], {g}[{i}, {k}]",
                f"{g}[0], {g}[1] = {g}[1].copy(), {g}[0].copy()",
                f"{g}[[0, 2]] = {g}[[2, 0]]",
                f"{g}[0], {g}[2] = {g}[2], {g}[0]",
            ]
            if rows == columns:
                forms.append(f"{g}[{i}, {j}], {g}[{j}, {i}] = {g}[{j}, {i}], {g}[{i}, {j}] * {self.atom()}")
            return self.line(r.choice(forms))
        w = r.choice(self.long_vectors() or ["u"])
        i, j = self.index(N), self.index(N)
        change = r.choice(
            (
                f"{w}[{i}], {w}[{j}] = {w}[{j}], {w}[{i}]",
                f"{w}[{i}], {w}[{j}] = {w}[{j}] * {self.atom()}, {w}[{i}]",
                f"{w}[:2], {w}[2:] = {w}[2:].copy(), {w}[:2].copy()",
                f"{w}[::2], {w}[1::2] = {w}[1::2], {w}[::2] * {self.atom()}",
            )
        )
        if self.chance(0.4):
            return self.block(f"if {w}[{i}] > {w}[{j}] + 0.0471:", lambda: self.line(change))
        self.line(change)

    def call_on_view(self, depth: int) -> None:
        """A function that writes to what it is given, given a part of an array."""
        s, r = self.scope, self.r
        if not self.writers:
            return self.overlap(depth)
        some = [*self.long_vectors(), *(f"{w}[::-1]" for w in self.long_vectors())]
        for g in s.matrices:
            some += [f"{g}[:, {self.index(M)}]", f"{g}.T[{self.index(M)}]"]
        for g, (rows, columns) in s.grids.items():
            some += [f"{g}[{self.index(rows)}]"] if columns == N else []
            some += [f"{g}[:, {self.index(columns)}]"] if rows == N else []
        some += [f"{g}[{self.r.randrange(c)}]" for g, c in s.groups.items()]
        t = self.name("t")
        self.line(f"{t} = {r.choice(self.writers)}({r.choice(some or ['u'])}, {self.atom()})")
        s.floats.append(t)

    def every_operator(self, depth: int) -> None:
        r = self.r
        place = self.place() or "u[0]"
        if self.chance(0.4):
            w, length = r.choice(list(self.scope.vectors.items()) or [("u", N)])
            step = r.choice([("", length), *STEPS.get(length, ())])
            place = w + step[0]
        x = self.atom()
        self.line(
            r.choice(
                (
                    f"{place} /= 1.3 + {x} * {x}",
                    f"{place} **= 2",
                    f"{place} -= {x}",
                    f"{place} *= {x}",
                    f"{place} /= -1.7",
                )
            )
        )

    def program(self) -> str:
        if self.chance(0.5):
            self.writer()
        if self.chance(0.15):
            self.helper()
        text = self.main()
        if "soft(" in text:
            text = "def soft(x):\n    return x / (1.0 + x * x)\n\n" + text
        return BOX + text if "Box(" in text else text

    def returned(self) -> str:
        """What was written, all of it, so that no write is in vain."""
        s, r = self.scope, self.r
        some = [*s.vectors, *s.matrices, *s.grids]
        chosen = r.sample(some, min(len(some), 3)) if some else []
        parts = [r.choice(("np.sum({x} * {x})", "np.sum(np.sin({x}))")).format(x=x) for x in chosen]
        e = " + ".join([*parts, self.number(1)])
        return f"return {e}, {self.vector(N, 1)}" if self.pair_result else f"return {e}"


def program_from(r: object) -> str:
    """The text of a program whose decisions `r` makes, a `random.Random` or `draws.Draws`."""
    return HolderMaker(r).program()


def generate_memory(seed: int) -> str:
    """The text of the program about memory of a seed.

    >>> "def f(a, b, u, v, A, n, k):" in generate_memory(0)
    True
    """
    return program_from(random.Random(seed))
