"""Errors that say where in the user's source, why, and what to do about it.

no rule for the call scipy.special.wofz
  model.py:12, in loss
    return total + wofz(z).real
                   ^^^^^^^
  called from model.py:30, in fit
  reason: its derivative is not known
  way out: register one with sourcead.extend
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from . import source


class SourceadError(Exception):
    """The root of all errors of sourcead.

    message     what is wrong, in one line
    span        where: an object with `file`, `line`, `col`, `end_line`, `end_col` (`sourcead.ir.core.Span`,
                `sourcead.source.Place`); lines count from 1, columns from 0 in characters
    reason      why it is wrong
    hint        the way out
    call_stack  the calls that led there, outermost first: spans, or pairs of a span and a function's name
    where       the name of the function in which `span` is

    All of them are attributes.  `str` never fails: what is not known, or cannot be read, is left out.

    >>> print(SourceadError("cannot do this", reason="no one can", hint="do that"))
    cannot do this
      reason: no one can
      way out: do that
    """

    def __init__(
        self,
        message: str,
        span: Any = None,
        *,
        reason: str = "",
        hint: str = "",
        call_stack: Iterable[Any] = (),
        where: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.reason = reason
        self.hint = hint
        self.call_stack = tuple(call_stack)
        self.where = where

    def __str__(self) -> str:
        parts = [str(self.message)]
        if self.span is not None:
            parts.append("  " + _location(self.span, self.where))
            parts += _underlined(self.span)
        last, times = "", 0
        for entry in reversed(self.call_stack):
            # A span may be a tuple itself, so a pair is told by its having no `line`.
            if isinstance(entry, tuple) and len(entry) == 2 and not hasattr(entry, "line"):
                span, where = entry
            else:
                span, where = entry, ""
            place = "  called from " + _location(span, where)
            times = times + 1 if place == last else 1  # a function that calls itself
            parts[-1:] = [f"{place}, {times} times"] if times > 1 else [parts[-1], place]
            last = place
        if self.reason:
            parts.append("  reason: " + _indented(self.reason))
        if self.hint:
            parts.append("  way out: " + _indented(self.hint))
        return "\n".join(parts)


class Unsupported(SourceadError, NotImplementedError):
    """The program, or a part of it, is not understood: it is refused when it is compiled.

    >>> issubclass(Unsupported, NotImplementedError)
    True
    """


class NotJitted(Unsupported):
    """What NumPy can do and Numba cannot: `backend="numba"` refuses it, `backend="auto"` takes NumPy.

    >>> issubclass(NotJitted, Unsupported)
    True
    """


class NotDifferentiable(SourceadError, TypeError):
    """A derivative was asked for that does not exist, such as one with respect to an integer.

    >>> issubclass(NotDifferentiable, TypeError)
    True
    """


def _location(span: Any, where: str) -> str:
    file = getattr(span, "file", None) or "<unknown>"
    number = getattr(span, "line", None)
    return f"{file}{f':{number}' if number else ''}{f', in {where}' if where else ''}"


def _underlined(span: Any) -> list[str]:
    """The line of source and the carets below it; nothing where the line is not known."""
    try:
        text = source.line(span.file, span.line).rstrip()
    except Exception:  # an error that is about to be shown must not be replaced by one about showing it
        return []
    code = text.lstrip()
    if not code:
        return []
    shown = ["    " + code]
    indent = len(text) - len(code)
    start, end = getattr(span, "col", None), getattr(span, "end_col", None)
    if start is None or end is None:
        return shown
    if (getattr(span, "end_line", None) or span.line) > span.line:
        end = len(text)  # it goes on below: to the end of this line
    start, end = max(start, indent), min(end, len(text))
    if start < end:
        # Tabs are kept, so that the carets stand right however wide a tab is shown.
        blank = "".join("\t" if c == "\t" else " " * _width(c) for c in text[indent:start])
        shown.append("    " + blank + "^" * max(1, sum(map(_width, text[start:end]))))
    return shown


def _width(character: str) -> int:
    """How many columns a terminal gives to a character."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _indented(text: str) -> str:
    return str(text).replace("\n", "\n    ")
