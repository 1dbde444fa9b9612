"""Text of f-strings."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .pieces import escaped


def fstring(node: ast.JoinedStr, text_of: Callable[[ast.expr], str]) -> str:
    """An f-string; `text_of` prints the expressions in it.

    The quotes outside differ from those inside, as Python before 3.12 needs.
    """
    parts: list[tuple[str, bool]] = []
    _collect(node.values, parts, text_of)
    inside = "".join(text for text, field in parts if field)
    literal = "".join(text for text, field in parts if not field)
    if ('"' in inside and "'" in inside) or "\\" in inside:
        return ast.unparse(node)
    if '"' in inside:
        quote = "'"
    elif "'" in inside:
        quote = '"'
    else:
        quote = "'" if literal.count('"') > literal.count("'") else '"'
    return f"f{quote}{''.join(text if field else escaped(text, quote) for text, field in parts)}{quote}"


def _collect(
    values: list[ast.expr], parts: list[tuple[str, bool]], text_of: Callable[[ast.expr], str]
) -> None:
    """Literal text (False) and text of fields (True), in order."""
    for v in values:
        if isinstance(v, ast.Constant):
            parts.append((str(v.value).replace("{", "{{").replace("}", "}}"), False))
        elif isinstance(v, ast.FormattedValue):
            text = text_of(v.value)
            if isinstance(v.value, ast.Lambda):
                text = f"({text})"
            parts.append(("{ " if text.startswith("{") else "{", True))
            parts.append((text, True))
            if v.conversion != -1:
                parts.append(("!" + chr(v.conversion), True))
            if isinstance(v.format_spec, ast.JoinedStr):
                parts.append((":", True))
                _collect(v.format_spec.values, parts, text_of)
            parts.append(("}", True))
