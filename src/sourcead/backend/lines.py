"""Logical lines as leaves: their text, the places where they may be cut, and the spelling of powers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from .pieces import COMMA, DOT, Mark

WIDTH = 88


class Leaf:
    __slots__ = ("display", "gap", "index", "opening", "prefix", "priority", "role", "value", "was_optional")

    def __init__(
        self, prefix: str, value: str, role: str, priority: int = 0, display: bool = False, index: int = -1
    ) -> None:
        self.prefix = self.gap = prefix  # the space before; `gap` is kept where the leaf comes first
        self.value = value
        self.role = role
        self.priority = priority
        self.display = display
        self.index = index  # place in the whole line; of an added comma, that of the leaf before
        self.was_optional = not value
        self.opening: Leaf | None = None


def width(text: str) -> int:
    """Columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def leaves_of(pieces: Iterable[str]) -> list[Leaf]:
    out: list[Leaf] = []
    gap = ""
    for piece in pieces:
        mark = isinstance(piece, Mark)
        text = str(piece)
        if not text and not mark:
            continue
        value = text.strip(" ")
        role = piece.role if mark else "text"  # type: ignore[attr-defined]
        prefix = gap + text[: len(text) - len(text.lstrip(" "))] if value else gap
        gap = text[len(text.rstrip(" ")) :]
        if role == "pow":
            prefix, gap = " ", " "
        elif not value and not mark:
            gap = prefix + gap
            continue
        leaf = Leaf(prefix, value, role, piece.priority if mark else 0, mark and piece.display)  # type: ignore
        leaf.index = len(out)
        out.append(leaf)
    if out:
        out[0].prefix = ""
    pair(out)
    return out


def pair(leaves: list[Leaf]) -> None:
    """Tell each closing bracket its opening one."""
    stack: list[Leaf] = []
    for leaf in leaves:
        if leaf.role == "open":
            stack.append(leaf)
        elif leaf.role == "close":
            leaf.opening = stack.pop()


class Line:
    """Leaves at one indentation, with the places at depth 0 where they may be cut."""

    __slots__ = ("cuts", "depth", "explode", "inside", "kind", "leaves", "magic", "optional")

    def __init__(self, leaves: list[Leaf], depth: int, inside: bool, kind: str, tracked: bool) -> None:
        self.leaves = leaves
        self.depth = depth
        self.inside = inside
        self.kind = kind  # "def", "import" or ""
        self.explode = False
        self.cuts: dict[int, int] = {}  # id of the leaf before the cut -> priority
        self.optional: list[Leaf] = []  # optional brackets that are still invisible
        self.magic = False  # whether a comma before a closing bracket asks for one item a line
        if tracked:
            self.magic = any(map(self.asks, range(1, len(leaves))))
            self.optional = [x for x in leaves if not x.value and x.role in ("open", "close")]
            self._find_cuts()

    def _find_cuts(self) -> None:
        level = 0
        hidden: list[str] = []  # open `for` targets and lambda parameters hide their commas
        previous: Leaf | None = None
        for leaf in self.leaves:
            if level == len(hidden) and hidden and leaf.value == hidden[-1]:
                hidden.pop()
                level -= 1
            if leaf.role == "close":
                level -= 1
            if level == 0 and leaf.role == "comma":
                self.cuts[id(leaf)] = COMMA
            elif level or previous is None or (leaf.priority == DOT and previous.role != "close"):
                pass
            elif leaf.priority:
                self.cuts[id(previous)] = leaf.priority
            if leaf.role == "open":
                level += 1
            elif level == len(hidden) and leaf.value in ("for", "async for", "lambda"):
                hidden.append(":" if leaf.value == "lambda" else "in")
                level += 1
            previous = leaf

    def __str__(self) -> str:
        if not self.leaves:
            return ""
        return (
            "    " * self.depth
            + "".join([x.prefix + x.value for x in self.leaves])[len(self.leaves[0].prefix) :]
        )

    def asks(self, i: int) -> bool:
        """Whether leaf i closes a bracket after a comma that is not needed for a tuple of one item."""
        leaf = self.leaves[i]
        if leaf.role != "close" or self.leaves[i - 1].role != "comma":
            return False
        if leaf.value == "}" or self.kind == "import":
            return True
        if (leaf.value == "]") == leaf.display:
            return True
        commas = level = 0
        for k in range(i - 1, -1, -1):
            x = self.leaves[k]
            if x is leaf.opening:
                break
            level += (x.role == "close") - (x.role == "open")
            commas += x.role == "comma" and level == 0
        return commas > 1

    @property
    def fits(self) -> bool:
        return width(str(self)) <= WIDTH

    def hugged(self) -> str:
        """The text with `x**2` close up where both operands are simple."""
        leaves = self.leaves
        tight: set[int] = set()
        for i, leaf in enumerate(leaves):
            inside = leaf.role == "pow" and 0 < i < len(leaves) - 1
            if inside and _simple_base(leaves, i - 1) and _simple_exponent(leaves, i + 1):
                tight.update((i, i + 1))
        text = "".join([x.value if i in tight or not i else x.prefix + x.value for i, x in enumerate(leaves)])
        return "    " * self.depth + text


def is_word(leaf: Leaf) -> bool:
    return bool(leaf.value) and (leaf.value[0].isidentifier()) and leaf.value[-1] not in "\"'"


def _is_number(leaf: Leaf) -> bool:
    return leaf.value[:1].isdigit() or (leaf.value[:1] == "." and leaf.value[1:2].isdigit())


def _simple_base(leaves: list[Leaf], i: int) -> bool:
    if not (is_word(leaves[i]) or _is_number(leaves[i])) or leaves[i].value == "lambda":
        return False
    # `f(x).b ** 2`: what stands before the dot counts, one step back and no further
    return not (i >= 2 and leaves[i - 1].value == "." and leaves[i - 2].value in (")", "]", ""))


def _simple_exponent(leaves: list[Leaf], i: int) -> bool:
    if leaves[i].value in ("+", "-", "~"):
        i += 1
    if i >= len(leaves) or not (is_word(leaves[i]) or _is_number(leaves[i])):
        return False
    for leaf in leaves[i:]:
        if leaf.role == "open" and leaf.value in ("(", "[", ""):
            return False
        if leaf.value != "." and (not is_word(leaf) or leaf.value in ("for", "async for")):
            return True
        if " " in leaf.value:  # `not in`, `is not`: two words, both passed over
            continue
    return True


def flat(pieces: list[str]) -> str:
    """The text of the pieces on one line."""
    return Line(leaves_of(pieces), 0, False, "", False).hugged()
