"""Random Python functions, as text, the same for a seed everywhere.

Every program defines `f(a, b, u, v, A, n, k)`: two floats, two arrays of length 4, one of shape (4, 3), and
two small integers; and perhaps helper functions.  It returns a float, or (one in ten) a float and an array.

What the derivatives of such programs have to get right is what the weights below favour: elements that are
read, overwritten and then used, conditions on elements just overwritten, indices that are stored in the
arrays they index, views read around writes, buffers that are swapped, arrays made in loops, exits of all
kinds.  Values stay bounded, for what is carried by a loop goes through a bounded function, and thresholds of
comparisons are numbers that no constant of a program meets, so that differences do not cross them.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from .expressions import ARGUMENTS, M, N, Scope
from .statements import Statements

__all__ = ["ARGUMENTS", "M", "N", "generate"]


class Maker(Statements):
    """One program.  `depth` is the nesting of blocks."""

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
            forms = [
                (f"range({self.few()})", 3),
                ("range(4)", 4),
                ("range(1, 3)", 3),
                ("range(3, -1, -1)", 4),
                (f"range({self.few()} + 1)", 4),
            ]
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

            header = r.choice(
                (
                    f"for {x} in {over}:",
                    f"for {i}, {x} in enumerate({over}):",
                    f"for {x}, {y} in zip({w}, {r.choice(same)}):",
                )
            )
            self.block(header, inner)
        self.loops -= 1

    def few(self) -> str:
        """An integer below 4 that shows only at run time, where there is one."""
        return self.scope.ints[0] if self.scope.ints else "2"

    def while_loop(self, depth: int) -> None:
        s, r = self.scope, self.r
        j = self.name("j")
        self.line(f"{j} = 0")
        self.loops += 1
        early = f" and ({self.condition()})" if self.chance(0.4) else ""

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

        self.block(f"while {j} < {r.choice((self.few(), '3'))}{early}:", body)
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
            self.block(
                f"if {self.condition()}:",
                lambda: self.line(
                    f"return {self.bounded(1)}" if self.chance(0.6) else f"x = {self.bounded(1)}"
                ),
            )
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

    def main(self) -> str:
        """The function itself, and the text of all that was written."""
        self.in_function = "f"
        self.scope = Scope(floats=["a", "b"], ints=["n", "k"], vectors={"u": N, "v": N}, matrices=["A"])
        self.line(f"def f({', '.join(ARGUMENTS)}):")
        self.indent += 1
        while self.left > 0:
            self.statement(0)
        self.line(self.returned())
        return "\n".join(self.lines) + "\n"

    def program(self) -> str:
        self.lines += ["def soft(x):", "    return x / (1.0 + x * x)", ""]
        if self.chance(0.3):
            self.helper()
        if self.chance(0.25):
            self.writer()
        text = self.main()
        if "soft(" not in text[text.index("def ", 4) :]:
            text = text[text.index("def ", 4) :]
        return text


def generate(seed: int) -> str:
    """The text of the program of a seed.

    >>> "def f(a, b, u, v, A, n, k):" in generate(0)
    True
    """
    return Maker(random.Random(seed)).program()
