"""Comments of the emitted text: where the reverse sweep begins, and which source line a group of statements
is for."""

from __future__ import annotations

import ast
from typing import Any

from ..ir.core import Function, Op
from .printer import Comment


class Comments:
    """Says what stands above an op's statements.

    `function.attrs["sections"]` turns on `# forward` and `# reverse`; `function.attrs["source_line"]` is a
    callable from a span to the text of the user's statement, shown once above the reverse statements of it.
    An op may bring a comment of its own, `attrs["_comment"]`.
    """

    def __init__(self, function: Function) -> None:
        attrs = function.attrs
        self.line = attrs.get("source_line")
        ops = function.body.ops
        both = any(op.reverse for op in ops) and not all(op.reverse for op in ops)
        self._forward_due = bool(attrs.get("sections")) and both
        self._reverse_due = bool(attrs.get("sections"))
        self._at: Any = None

    def scope(self) -> tuple[Any, bool, bool]:
        return (self._at, self._forward_due, self._reverse_due)

    def restore(self, state: tuple[Any, bool, bool], same: bool = False) -> None:
        """`same`: what was left has no lines of its own."""
        self._at = state[0] if same else None

    def before(self, op: Op) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        if self._forward_due and not op.reverse:
            self._forward_due = False
            out.append(Comment("forward"))
        elif op.reverse:
            self._forward_due = False
        text = op.attrs.get("_comment") or self._source(op)
        if op.reverse and self._reverse_due:
            self._reverse_due = False
            out.append(Comment(f"reverse: {text}" if text and text.startswith("return") else "reverse", True))
            if text and text.startswith("return"):
                return out
        if text:
            out.append(Comment(text, True))
        return out

    def _source(self, op: Op) -> str | None:
        """The source line, if it is another one than that of the statement above."""
        if not op.reverse or self.line is None or op.span is None or (op.regions and "_nest" not in op.attrs):
            return None
        place = (op.span.file, op.span.line)
        if place == self._at:
            return None
        self._at = place
        text = self.line(op.span)
        return text.strip() if text else None
