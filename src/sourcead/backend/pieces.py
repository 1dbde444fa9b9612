"""What printed lines are made of: marks, the levels at which expressions bind, and literals."""

from __future__ import annotations

import ast
import math

COMMA, TERNARY, LOGIC, COMPARE, COMPREHENSION, DOT = 18, 16, 14, 10, 20, 1


class Mark(str):
    """Text at which a line may be broken.

    role      "open", "close", "comma", "equal", "pow", "op" (break before it), "colon"
    priority  of a break here, 0 for none
    display   of a bracket: stands for itself (tuple, list, parentheses), not for a call or subscript
    """

    __slots__ = ("display", "priority", "role")
    display: bool
    priority: int
    role: str

    def __new__(cls, text: str, role: str, priority: int = 0, display: bool = False) -> Mark:
        self = super().__new__(cls, text)
        self.role = role
        self.priority = priority
        self.display = display
        return self


# Levels, loosest first.  TUPLE: a bare tuple or `yield` may stand here; NAMED: a bare `:=`.
TUPLE, NAMED, TEST, OR, AND, NOT, CMP = range(7)
BITOR, BITXOR, BITAND, SHIFT, ARITH, TERM, FACTOR, POWER, AWAIT, ATOM = range(7, 17)

BINARY: dict[type, tuple[int, Mark]] = {
    kind: (level, Mark(f" {text} ", "op", priority))
    for kind, level, text, priority in [
        (ast.BitOr, BITOR, "|", 9),
        (ast.BitXor, BITXOR, "^", 8),
        (ast.BitAnd, BITAND, "&", 7),
        (ast.LShift, SHIFT, "<<", 6),
        (ast.RShift, SHIFT, ">>", 6),
        (ast.Add, ARITH, "+", 5),
        (ast.Sub, ARITH, "-", 5),
        (ast.Mult, TERM, "*", 4),
        (ast.Div, TERM, "/", 4),
        (ast.FloorDiv, TERM, "//", 4),
        (ast.Mod, TERM, "%", 4),
        (ast.MatMult, TERM, "@", 4),
        (ast.Pow, POWER, "**", 2),
    ]
}
BITOR_MARK = BINARY[ast.BitOr][1]
OPERATORS = {kind: str(mark).strip() for kind, (_, mark) in BINARY.items()}
POW = Mark(" ** ", "pow", 2)
COMPARISON = {
    kind: Mark(f" {text} ", "op", COMPARE)
    for kind, text in [
        (ast.Eq, "=="),
        (ast.NotEq, "!="),
        (ast.Lt, "<"),
        (ast.LtE, "<="),
        (ast.Gt, ">"),
        (ast.GtE, ">="),
        (ast.Is, "is"),
        (ast.IsNot, "is not"),
        (ast.In, "in"),
        (ast.NotIn, "not in"),
    ]
}
UNARY: dict[type, tuple[int, str]] = {
    ast.Not: (NOT, "not "),
    ast.USub: (FACTOR, "-"),
    ast.UAdd: (FACTOR, "+"),
    ast.Invert: (FACTOR, "~"),
}
AND_MARK, OR_MARK = Mark(" and ", "op", LOGIC), Mark(" or ", "op", LOGIC)
IF, ELSE = Mark(" if ", "op", TERNARY), Mark(" else ", "op", TERNARY)
FOR, ASYNC_FOR = Mark(" for ", "op", COMPREHENSION), Mark(" async for ", "op", COMPREHENSION)
COMP_IF = Mark(" if ", "op", COMPREHENSION)
DOT_MARK = Mark(".", "op", DOT)
COMMA_MARK, LAST_COMMA = Mark(", ", "comma", COMMA), Mark(",", "comma", COMMA)
EQUAL, KEYWORD_EQUAL = Mark(" = ", "equal"), Mark("=", "equal")
OPEN, CLOSE = Mark("(", "open"), Mark(")", "close")  # of calls and headers
PAREN, UNPAREN = Mark("(", "open", 0, True), Mark(")", "close", 0, True)
MAYBE, UNMAYBE = Mark("", "open", 0, True), Mark("", "close", 0, True)  # optional brackets
MAYBE_TEST, UNMAYBE_TEST = Mark("", "open"), Mark("", "close")  # those of a conditional expression
AT, UNAT = Mark("[", "open"), Mark("]", "close")
LIST, UNLIST = Mark("[", "open", 0, True), Mark("]", "close", 0, True)
BRACE, UNBRACE = Mark("{", "open", 0, True), Mark("}", "close", 0, True)

# What may stand in a slice without spaces around its colons, but for `not`.
_DISPLAYS = (
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
PLAIN: tuple[type, ...] = (ast.Name, ast.Constant, ast.UnaryOp, ast.Yield, *_DISPLAYS)
_LEVELS: dict[type, int] = {
    ast.Tuple: TUPLE,
    ast.Yield: TUPLE,
    ast.YieldFrom: TUPLE,
    ast.NamedExpr: NAMED,
    ast.Lambda: TEST,
    ast.IfExp: TEST,
    ast.Compare: CMP,
    ast.Await: AWAIT,
    ast.Starred: TUPLE,
}


def level_of(node: ast.AST) -> int:
    """The level at which an expression binds; ATOM needs no parentheses anywhere."""
    kind = type(node)
    if kind is ast.Name:
        return ATOM
    if kind is ast.BinOp:
        return BINARY[type(node.op)][0]  # type: ignore[attr-defined]
    if kind is ast.BoolOp:
        return AND if type(node.op) is ast.And else OR  # type: ignore[attr-defined]
    if kind is ast.UnaryOp:
        return UNARY[type(node.op)][0]  # type: ignore[attr-defined]
    if kind is ast.Constant:
        value = node.value  # type: ignore[attr-defined]
        if value.__class__ in (int, float):
            return FACTOR if math.copysign(1.0, value) < 0 else ATOM
        if value.__class__ is complex:
            return ARITH if value.real else FACTOR if math.copysign(1.0, value.imag) < 0 else ATOM
        return ATOM
    return _LEVELS.get(kind, ATOM)


def number(value: complex) -> str:
    """A number as black writes it: `1e-12`, `1e16`, infinity as `1e309`."""
    if isinstance(value, complex):
        imag = number(value.imag) + "j" if value.imag == value.imag else 'float("nan") * 1j'
        if not value.real:
            return imag.replace(".0j", "j")
        sign = "-" if imag.startswith("-") else "+"
        return f"{number(value.real)} {sign} {imag.lstrip('-')}".replace(".0j", "j")
    if value != value:
        return 'float("nan")'
    if value in (math.inf, -math.inf):
        return "1e309" if value > 0 else "-1e309"
    return repr(value).replace("e+", "e")


def quoted(value: str | bytes) -> str:
    """A literal in double quotes unless single ones need fewer escapes."""
    prefix, text = ("b", repr(value)[1:]) if isinstance(value, bytes) else ("", repr(value))
    if text[0] == "'":
        body = text[1:-1].replace("\\'", "'")
        if body.count('"') <= body.count("'"):
            return prefix + '"' + body.replace('"', '\\"') + '"'
    return prefix + text


def escaped(text: str, quote: str) -> str:
    body = repr(text + '"')[1:-2].replace("\\'", "'")  # the extra quote keeps repr in single quotes
    return body.replace(quote, "\\" + quote)


def is_wide(part: ast.expr | None) -> bool:
    """Whether a slice with that bound has spaces around its colons."""
    if part is None or type(part) is ast.Name:
        return False
    for n in ast.walk(part):
        if isinstance(n, ast.expr) and (not isinstance(n, PLAIN) or level_of(n) in (NOT, ARITH)):
            return True
    return False


def has_slice(index: ast.Tuple) -> bool:
    """Whether the items of a subscript can only stand without parentheses."""
    return any(type(e) in (ast.Slice, ast.Starred) for e in index.elts)
