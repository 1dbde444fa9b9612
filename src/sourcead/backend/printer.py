"""Python text of a syntax tree, in the style of black.

`to_source` prints what black would leave as it is.  Here: lines, blank lines, comments and docstrings; the
text of statements and expressions is made in `statements` and `expressions`; `layout` breaks what is longer
than 88 columns.  Comments and blank lines are statements of our own, `Comment` and `Blank`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from .expressions import expression_text
from .layout import layout
from .lines import WIDTH, flat, width
from .pieces import TUPLE
from .statements import StatementGenerator, has_docstring


class Comment(ast.stmt):
    """A comment on its own line: `Comment("forward")` prints `# forward`.  Long text is wrapped,
    or cut off where `short`."""

    _fields = ("text", "short")
    text: str
    short: bool

    def __init__(self, text: str = "", short: bool = False, **places: Any) -> None:
        super().__init__(**places)
        self.text = text
        self.short = short


class Blank(ast.stmt):
    """A blank line."""

    _fields = ()


def blocks_of(s: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement."""
    for part in ("body", "orelse", "finalbody"):
        if getattr(s, part, None):
            yield getattr(s, part)
    for h in getattr(s, "handlers", ()):
        yield h.body


def statements_in(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block and of the blocks inside of it, without comments and blank lines."""
    for s in body:
        if isinstance(s, Comment | Blank):
            continue
        yield s
        for block in blocks_of(s):
            yield from statements_in(block)


class Generator(StatementGenerator):
    """Visitors of statements.

    Blank lines follow black: two around definitions (one inside of a block, none at its start but for a
    nested definition under `if` and the like), one after imports and after the docstring of a module or
    class; a comment right above a definition takes its blank lines.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.previous = ""  # kind of the line before; "" at the start of the text
        self.opens = False  # whether it opened a block
        self.previous_depth = 0
        self.open_defs: list[int] = []  # depths of the definitions that the current place may be in or after
        self.asked = 0  # blank lines asked for
        self.owed = 0  # blank lines that must follow the line before
        self.comment: tuple[int, bool] | None = (
            None  # where a run of comments starts; whether it may move down
        )

    # -- lines -------------------------------------------------------------------------------------------
    def end(self, kind: str = "", opens: bool = False) -> None:
        depth = self.indentation
        self._blanks(kind, depth, opens)
        pieces = self.result
        indent = "    " * depth
        if kind == "docstring" or kind == "comment":
            self.lines.append("".join(pieces))
        else:
            text = indent + "".join(pieces)
            if self.powers or width(text) > WIDTH:
                shape = kind if kind == "def" or (kind == "import" and pieces[0].startswith("from")) else ""
                self.lines.extend(layout(pieces, depth, shape))
            else:
                self.lines.append(text)
        pieces.clear()
        self.powers = False
        self.previous, self.opens, self.previous_depth = kind or "line", opens, depth

    def _blanks(self, kind: str, depth: int, opens: bool) -> None:
        before, self.asked = min(self.asked, 1 if depth else 2), 0
        after_def: int | None = None
        while self.open_defs and self.open_defs[-1] >= depth:
            after_def = self.open_defs.pop()
        defines = kind in ("def", "class", "decorator")
        if kind in ("def", "class"):
            self.open_defs.append(depth)
        owed, self.owed = self.owed, 0
        if not self.previous:
            self._start_comment(kind, depth, 2)
            return
        if self.opens and depth > self.previous_depth:
            before = 0
        if after_def is not None:
            word = self.result[0].split(" ")[0] if self.result else ""
            clause = after_def and word in ("else:", "elif", "except", "except:", "except*", "finally:")
            before = 1 if depth or clause else 2
        if defines:
            before = self._before_definition(depth, before)
        elif self.previous == "import" and kind != "import" and depth == self.previous_depth:
            before = before if depth and before else 1
        elif kind == "docstring":
            before = 0
        before = max(before, owed)
        self.lines.extend([""] * before)
        self._start_comment(kind, depth, before)
        if kind == "docstring" and (self.previous == "class"):
            self.owed = 1

    def _before_definition(self, depth: int, before: int) -> int:
        if self.previous == "decorator":
            return 0
        if self.opens and self.previous in ("def", "class") and depth > self.previous_depth:
            return 0
        lines = 1 if depth else 2
        if self.previous == "comment" and self.previous_depth == depth and not before:
            if self.comment is not None and self.comment[1]:
                at = self.comment[0]
                have = 0
                while at - have > 0 and not self.lines[at - have - 1]:
                    have += 1
                self.lines[at:at] = [""] * (lines - have)
            return 0
        return lines

    def _start_comment(self, kind: str, depth: int, before: int) -> None:
        if kind != "comment":
            self.comment = None
        elif self.comment is None or before or self.previous_depth != depth:
            under = self.opens and depth > self.previous_depth
            self.comment = (len(self.lines), bool(self.previous) and not under and before <= 1)

    def block(self, body: list[ast.stmt]) -> None:
        """An indented suite; `pass` where nothing in it is a statement."""
        self.indentation += 1
        for s in body:
            self.visit(s)
        if all(isinstance(s, Comment | Blank) for s in body):
            self.visit(ast.Pass())
        self.indentation -= 1

    # -- our own nodes and the module --------------------------------------------------------------------
    def visit_Comment(self, node: Comment) -> None:
        indent = "    " * self.indentation + "#"
        wide = max(WIDTH - len(indent) - 1, 20)
        if node.short:
            text = " ".join(node.text.split())
            self.put(f"{indent} {text if len(text) <= wide else text[: wide - 4].rstrip() + ' ...'}")
            self.end("comment")
            return
        for line in node.text.splitlines() or [""]:
            for part in textwrap.wrap(line, wide, break_on_hyphens=False) or [""]:
                self.put(f"{indent} {part}".rstrip())
                self.end("comment")

    def visit_Blank(self, node: Blank) -> None:
        self.asked += 1

    def visit_Module(self, node: ast.Module) -> None:
        body = node.body
        if has_docstring(body):
            self.docstring(body[0].value.value)  # type: ignore[attr-defined]
            self.owed = 1
            body = body[1:]
        for s in body:
            self.visit(s)

    visit_Interactive = visit_Module

    def visit_Expression(self, node: ast.Expression) -> None:
        self.expression(node.body, TUPLE)
        self.end()

    def docstring(self, text: str) -> None:
        indent = "    " * self.indentation
        clean = inspect.cleandoc(inspect.cleandoc(text))  # again for a text that starts on its second line
        clean = "\n".join(x.rstrip() for x in clean.split("\n")).strip()
        lines = clean.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').split("\n")
        body = "\n".join([lines[0], *(indent + x if x else "" for x in lines[1:])])
        if body.startswith('"'):
            body = " " + body
        if body.endswith('"'):
            body += " "
        if not body and text:
            body = " "
        if len(lines) > 1 and len(body.rsplit("\n", 1)[1]) + 3 > WIDTH:
            body += "\n" + indent
        self.put(f'{indent}"""{body}"""')
        self.end("docstring")


def to_source(tree: ast.AST) -> str:
    """The text of a module (or of one statement), as black would leave it, with a newline at its end.

    Docstrings are indented anew; all else parses back to an equal tree.

    >>> import ast
    >>> print(to_source(ast.parse("def f(x):\\n  return (x**2)+ 1")), end="")
    def f(x):
        return x**2 + 1
    """
    g = Generator()
    g.visit(tree)
    return "\n".join(g.lines) + "\n" if g.lines else ""


def line_length(statement: ast.stmt, depth: int = 0) -> int:
    """Columns of the first line of a statement, unbroken, at an indentation of `depth` steps.

    >>> import ast
    >>> line_length(ast.parse("x = 1").body[0], 2)
    13
    """
    g = _Unbroken()
    g.indentation = depth
    g.visit(statement)
    return g.first


class _Unbroken(Generator):
    """Measures the first line of code."""

    first = -1

    def end(self, kind: str = "", opens: bool = False) -> None:
        if self.first < 0:
            self.first = 4 * self.indentation + width(flat(self.result))
        self.result.clear()

    def block(self, body: list[ast.stmt]) -> None:
        pass


__all__ = [
    "Blank", "Comment", "Generator", "blocks_of", "expression_text", "line_length", "statements_in",
    "to_source",
]  # fmt: skip
