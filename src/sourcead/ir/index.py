"""Index patterns: what stands between the brackets of `x[...]`, with run-time operands taken out.

A pattern is a tuple, one entry an item of the subscript; operands stand aside, in order:

    x[i, 1:n, None, ..., ::-1]   ("at", ("slice", True, True, False), None, Ellipsis, ("slice", False, False,
    True))
                                 operands: i, 1, n, -1

"at" takes one operand: an integer, an integer array or a boolean array.  A *path* is a tuple of patterns, for
`x[a][b]`; `("T",)` and the like may stand in a path for views that are not subscripts.
"""

from __future__ import annotations

from typing import Any

Pattern = tuple[Any, ...]


def operand_count(pattern: Pattern) -> int:
    n = 0
    for e in pattern:
        if e == "at":
            n += 1
        elif isinstance(e, tuple) and e[0] == "slice":
            n += sum(e[1:])
    return n


def path_count(path: tuple[Pattern, ...]) -> int:
    return sum(map(operand_count, path))


def build(pattern: Pattern, operands: list[Any]) -> Any:
    """The Python object of a subscript, from the values of its operands."""
    it = iter(operands)
    out: list[Any] = []
    for e in pattern:
        if e == "at":
            out.append(next(it))
        elif isinstance(e, tuple) and e[0] == "slice":
            out.append(slice(*(next(it) if given else None for given in e[1:])))
        else:
            out.append(e)
    return out[0] if len(out) == 1 else tuple(out)


def split(path: tuple[Pattern, ...], operands: list[Any]) -> list[list[Any]]:
    """The operands of each pattern of a path."""
    out, k = [], 0
    for p in path:
        n = operand_count(p)
        out.append(operands[k : k + n])
        k += n
    return out


def is_member(pattern: Pattern) -> bool:
    """Whether a step of a path is no subscript."""
    return bool(pattern) and pattern[0] in ("T", "attr", "reshape", "readonly")


def member(pattern: Pattern) -> tuple[str, dict[str, Any]]:
    """The primitive that a step which is no subscript reads with, and its keywords."""
    if pattern == ("T",):
        return "numpy.ndarray.T", {"_method": True}
    if pattern[0] == "reshape":
        return "numpy.reshape", {"_method": "reshape", **({} if pattern[1] == "C" else {"order": pattern[1]})}
    if pattern[0] == "readonly":
        return pattern[1], dict(pattern[2])
    _, name, *arguments = pattern
    keyword = {"transpose": "axes", "squeeze": "axis"}.get(name)
    if keyword is None:
        return f"numpy.ndarray.{name}", {"_method": True}
    return f"numpy.{name}", {keyword: arguments[0], "_method": name}
