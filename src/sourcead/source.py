"""The user's source text: read by file name, parsed once, and places in it counted in characters.

Text comes from `linecache`, which knows files, modules in zip archives, notebook cells, the prompt of Python
3.13 and later, and whatever text a program has put there for code that it made with `exec`.
"""

from __future__ import annotations

import ast
import functools
import linecache
import os
import warnings
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where something stands: lines count from 1, columns from 0 in characters; the end column is exclusive.

    It has the fields of `sourcead.ir.core.Span` in the same order: `Span(*place)`.
    """

    file: str
    line: int
    col: int
    end_line: int
    end_col: int


@dataclass(frozen=True, eq=False)
class Parsed:
    """One text and its syntax tree.  `lines` are without their line ends, and `lines[0]` is line 1."""

    file: str
    text: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    tree: ast.Module = field(repr=False)

    def place(self, node: ast.AST, first_line_offset: int = 0) -> Place:
        """The place of `node`, whose line numbers are lower by `first_line_offset` than those of the text."""
        line = node.lineno + first_line_offset
        end_line = (node.end_lineno or node.lineno) + first_line_offset
        end_offset = node.col_offset if node.end_col_offset is None else node.end_col_offset
        start = character_column(self._line(line), node.col_offset)
        return Place(self.file, line, start, end_line, character_column(self._line(end_line), end_offset))

    def _line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


# Text that belongs to a code object rather than to a file name (the prompt of the latest Pythons), kept so
# that an error can show its lines when all it knows is the name.
_by_code: dict[str, str] = {}


def text_of(file: str, code: CodeType | None = None, module: dict[str, Any] | None = None) -> str | None:
    """The text of `file` as it is now, or None where there is none.

    `code` is a code object from it: lines typed at a prompt are found by it.  `module` is the globals of the
    module: its `__loader__` may have the text, and its `__file__` the way to it after a change of directory.

    >>> text_of("<no such thing>") is None
    True
    """
    if code is not None:
        # CPython has no public name for this yet; `inspect.getsource` goes the same way.
        from_code = getattr(linecache, "_getlines_from_code", None)
        typed = from_code(code) if from_code is not None else []
        if typed:
            _by_code[file] = "".join(typed)
            return _by_code[file]
    lines = _lines(file, module)
    if not lines and module is not None:
        now = module.get("__file__")
        if isinstance(now, str) and now != file and os.path.basename(now) == os.path.basename(file):
            lines = _lines(now, None)
            if lines:
                _by_code[file] = "".join(lines)
    if lines:
        return _joined(file, lines)
    return _by_code.get(file) if code is None else None


# The lists that `linecache` gave out last, with their text: it gives out the same list until the file changes.
_texts: dict[str, tuple[list[str], str]] = {}


def _joined(file: str, lines: list[str]) -> str:
    if file not in _texts or _texts[file][0] is not lines:
        if len(_texts) > 100:
            _texts.clear()
        _texts[file] = lines, "".join(lines)
    return _texts[file][1]


def _lines(file: str, module: dict[str, Any] | None) -> list[str]:
    # Only for what is on disk: `checkcache` forgets text that a program registered under a made-up name.
    if os.path.exists(file):
        linecache.checkcache(file)
    return linecache.getlines(file, module)  # by attribute: doctest replaces it while it runs


def split_lines(text: str) -> tuple[str, ...]:
    """Lines as Python counts them; `str.splitlines` would also split at form feeds and the like."""
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


_split = functools.lru_cache(maxsize=4)(split_lines)


def line(file: str, number: int) -> str:
    """Line `number` (from 1) of `file` without its line end; the empty text where there is none.

    >>> line("<no such thing>", 3)
    ''
    """
    text = text_of(file)
    lines = _split(text) if text else ()
    return lines[number - 1] if 0 < number <= len(lines) else ""


@functools.lru_cache(maxsize=128)
def parse(file: str, text: str) -> Parsed:
    """`text` parsed; the same object for the same file and text.  Raises SyntaxError, or ValueError for NULs.

    >>> parse("a.py", "x = 1").tree.body[0].lineno
    1
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python said it when it compiled the file
        return Parsed(file, text, split_lines(text), ast.parse(text, file))


def span_of(node: ast.AST, file: str, first_line_offset: int = 0) -> Place:
    """The place of a syntax node of `file`, in characters (the tree counts UTF-8 bytes).

    `first_line_offset` is added to the node's lines: for a node parsed from a part of the file.  Where the
    text cannot be read, columns are left as the tree has them.
    """
    text = text_of(file)
    return Parsed(file, "", split_lines(text or ""), ast.Module([], [])).place(node, first_line_offset)


def character_column(text: str, offset: int) -> int:
    """The column of UTF-8 byte `offset` of the line `text`.

    >>> character_column("é = x", 5)
    4
    """
    if text.isascii():
        return offset
    return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))
