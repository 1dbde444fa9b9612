"""How text is shown: coloured on a terminal, plain in a pipe, side by side in a notebook.

rich, black and Pygments are imported when something is shown, never on the way to a derivative's call.
"""

from __future__ import annotations

import html
import os
import sys
from typing import Any, TextIO

PYTHON = "python"
PLAIN = "text"


class Text(str):
    """Text that shows itself at a prompt instead of its repr: `df.source` at the REPL prints the source.

    It is a `str` in every other way.

    >>> Text("x = 1")
    x = 1
    """

    __slots__ = ()
    language = PYTHON

    def __repr__(self) -> str:
        return highlight(self.rstrip("\n"), self.language)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def _repr_html_(self) -> str:
        return _block(str(self), self.language)


class PlainText(Text):
    """The same for text that is not Python, such as three-address code."""

    __slots__ = ()
    language = PLAIN


def wants_colour(stream: TextIO | None = None) -> bool:
    """Whether text for `stream` (stdout) is coloured: on a terminal, unless NO_COLOR or TERM=dumb say no."""
    stream = sys.stdout if stream is None else stream
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (hasattr(stream, "isatty") and stream.isatty())


def highlight(text: str, language: str = PYTHON, stream: TextIO | None = None) -> str:
    """`text` with terminal colours if `stream` (stdout) is a terminal, else as it is.  Lines are never
    wrapped."""
    if language == PLAIN or not wants_colour(stream):
        return text
    from rich.console import Console
    from rich.syntax import Syntax

    coloured = Syntax(text, language, theme="ansi_dark", background_color="default").highlight(text)
    coloured.rstrip()
    console = Console(force_terminal=True, color_system="standard", legacy_windows=False)
    with console.capture() as shown:
        console.print(coloured, soft_wrap=True, end="\n" if text.endswith("\n") else "")
    return shown.get()


def format_with_black(text: str, line_length: int = 88) -> str:
    """`text` as black formats it.  Raises black.InvalidInput where it is no Python."""
    import black

    return black.format_str(text, mode=black.Mode(line_length=line_length))


def side_by_side_html(primal: str, derivative: str, title: str = "") -> str:
    """HTML that shows two texts beside each other, for notebooks.  Styles are inline: no script, no
    stylesheet."""
    cell = "flex: 1 1 28em; min-width: 0; overflow-x: auto"
    head = f"<div><b>{html.escape(title)}</b></div>" if title else ""
    columns = "".join(f'<div style="{cell}">{_block(t, PYTHON)}</div>' for t in (primal, derivative))
    return f'{head}<div style="display: flex; flex-wrap: wrap; gap: 1em">{columns}</div>'


def _block(text: str, language: str) -> str:
    if language == PLAIN:
        return f'<pre style="line-height: 125%">{html.escape(text)}</pre>'
    from pygments import highlight as paint
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return str(paint(text, PythonLexer(), HtmlFormatter(noclasses=True)))
