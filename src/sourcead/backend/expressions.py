"""Text of expressions, as pieces for `layout`.

astor's generator is the base: its visitors and its way of appending to one list of pieces.  Parentheses are
ours: each kind of node has a level, each place asks for one, and a node below that level is parenthesised.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, ClassVar

from astor.code_gen import SourceGenerator

from .fstrings import fstring
from .lines import flat
from .pieces import (
    AND,
    AND_MARK,
    ASYNC_FOR,
    AT,
    ATOM,
    AWAIT,
    BINARY,
    BITOR,
    BRACE,
    CLOSE,
    COMMA_MARK,
    COMP_IF,
    COMPARISON,
    DOT_MARK,
    ELSE,
    EQUAL,
    FACTOR,
    FOR,
    IF,
    KEYWORD_EQUAL,
    LAST_COMMA,
    LIST,
    MAYBE,
    MAYBE_TEST,
    NAMED,
    NOT,
    OPEN,
    OR,
    OR_MARK,
    PAREN,
    POW,
    POWER,
    TEST,
    TUPLE,
    UNARY,
    UNAT,
    UNBRACE,
    UNLIST,
    UNMAYBE,
    UNMAYBE_TEST,
    UNPAREN,
    Mark,
    has_slice,
    is_wide,
    level_of,
    number,
    quoted,
)


class ExpressionGenerator(SourceGenerator):
    """Visitors of expressions.  Each appends to `self.result`."""

    result: list[str]
    _visitors: ClassVar[dict[type, Callable[..., None]]] = {}

    def __init_subclass__(cls) -> None:
        cls._visitors = {}

    def __init__(self) -> None:
        super().__init__("    ")
        self.put = self.result.append
        self.powers = False  # whether the current line has `**`

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def visit(self, node: ast.AST, abort: Any = None) -> None:
        """Append the pieces of a node, without parentheses around it."""
        kind = type(node)
        visitor = self._visitors.get(kind)
        if visitor is None:
            visitor = getattr(type(self), "visit_" + kind.__name__, None) or type(self).visit_other
            self._visitors[kind] = visitor
        visitor(self, node)

    def visit_other(self, node: ast.AST) -> None:
        """Nodes that this Python has and we do not know."""
        self.put(ast.unparse(node))

    def expression(self, node: ast.AST, level: int) -> None:
        """Append an expression where one of that level may stand."""
        if type(node) is ast.Name:
            self.put(node.id)
        elif type(node) is ast.Starred:
            self.visit_Starred(node)
        elif level_of(node) < level or (type(node) is ast.NamedExpr and level != NAMED):
            self.put(PAREN)
            if type(node) is ast.IfExp:
                self.conditional(node)
            else:
                self.visit(node)
            self.put(UNPAREN)
        else:
            self.visit(node)

    def optional(self, node: ast.AST, level: int = TUPLE) -> None:
        """An expression that gets parentheses where its line must be broken."""
        if type(node) is ast.Tuple and len(node.elts) == 1:
            self.put(PAREN)
            self.visit(node)
            self.put(UNPAREN)
            return
        if level_of(node) < level or (type(node) is ast.NamedExpr and level != NAMED):  # not optional ones
            self.expression(node, level)
            return
        self.put(MAYBE)
        if type(node) is ast.IfExp:
            self.conditional(node)
        else:
            self.visit(node)
        self.put(UNMAYBE)

    def items(self, nodes: list[Any], level: int = TEST) -> None:
        for k, node in enumerate(nodes):
            if k:
                self.put(COMMA_MARK)
            self.expression(node, level)

    # -- operators ---------------------------------------------------------------------------------------
    def visit_BinOp(self, node: ast.BinOp) -> None:
        level, mark = BINARY[type(node.op)]
        if level == POWER:
            self.expression(node.left, AWAIT)
            self.powers = True
            self.put(POW)
            self.expression(node.right, FACTOR)
            return
        chain: list[tuple[Mark, ast.expr, int]] = []  # a loop: sums of a thousand terms are no deep recursion
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            inner, mark = BINARY[type(left.op)]
            if inner < level or inner == POWER:
                break
            level = inner
            chain.append((mark, left.right, inner + 1))
            left = left.left
        self.expression(left, level)
        for mark, right, asked in reversed(chain):
            self.put(mark)
            self.expression(right, asked)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        level, text = UNARY[type(node.op)]
        self.put(text)
        operand = node.operand
        power = type(operand) is ast.BinOp and type(operand.op) is ast.Pow and level == FACTOR
        self.expression(operand, ATOM if power else level)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        mark, level = (AND_MARK, NOT) if type(node.op) is ast.And else (OR_MARK, AND)
        for k, value in enumerate(node.values):
            if k:
                self.put(mark)
            self.expression(value, level)

    def visit_Compare(self, node: ast.Compare) -> None:
        self.expression(node.left, BITOR)
        for op, right in zip(node.ops, node.comparators):
            self.put(COMPARISON[type(op)])
            self.expression(right, BITOR)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.put(MAYBE_TEST)
        self.conditional(node)
        self.put(UNMAYBE_TEST)

    def conditional(self, node: ast.IfExp) -> None:
        self.expression(node.body, OR)
        self.put(IF)
        self.expression(node.test, OR)
        self.put(ELSE)
        self.expression(node.orelse, TEST)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.expression(node.target, ATOM)
        self.put(" := ")
        self.expression(node.value, TEST)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        a = node.args
        some = a.args or a.posonlyargs or a.kwonlyargs or a.vararg or a.kwarg
        self.put("lambda " if some else "lambda")
        self.visit_arguments(a)
        self.put(":")
        self.put(" ")
        self.expression(node.body, TEST)

    def visit_arguments(self, node: ast.arguments) -> None:
        first = True

        def comma() -> None:
            nonlocal first
            if not first:
                self.put(COMMA_MARK)
            first = False

        def argument(arg: ast.arg, default: ast.expr | None) -> None:
            comma()
            self.visit_arg(arg)
            if default is not None:
                self.put(EQUAL if arg.annotation is not None else KEYWORD_EQUAL)
                self.expression(default, TEST)

        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + list(node.defaults)
        for k, (arg, default) in enumerate(zip(positional, defaults)):
            argument(arg, default)
            if k + 1 == len(node.posonlyargs):
                comma()
                self.put("/")
        if node.vararg is not None or node.kwonlyargs:
            comma()
            self.put("*")
            if node.vararg is not None:
                self.visit_arg(node.vararg)
        for arg, default in zip(node.kwonlyargs, node.kw_defaults):
            argument(arg, default)
        if node.kwarg is not None:
            comma()
            self.put("**")
            self.visit_arg(node.kwarg)

    def visit_arg(self, node: ast.arg) -> None:
        self.put(node.arg)
        if node.annotation is not None:
            self.put(": ")
            self.optional(node.annotation, TEST)

    # -- trailers ----------------------------------------------------------------------------------------
    def visit_Attribute(self, node: ast.Attribute) -> None:
        value = node.value
        plain = type(value) is ast.Constant and type(value.value) in (int, float)
        if plain and level_of(value) == ATOM:  # `1 .real` is no number
            self.put(PAREN)
            self.visit(value)
            self.put(UNPAREN)
        else:
            self.expression(value, ATOM)
        self.put(DOT_MARK)
        self.put(node.attr)

    def visit_Call(self, node: ast.Call) -> None:
        put = self.put
        self.expression(node.func, ATOM)
        put(OPEN)
        args = node.args
        if len(args) == 1 and not node.keywords:
            if type(args[0]) is ast.GeneratorExp:
                self.comprehension(args[0].elt, args[0].generators)
            elif type(args[0]) is ast.IfExp:
                self.conditional(args[0])
            else:
                self.expression(args[0], NAMED)
        else:
            self.items(args, NAMED)
            self.keywords(node.keywords, bool(args))
        put(CLOSE)

    def keywords(self, keywords: list[ast.keyword], comma: bool) -> None:
        for k in keywords:
            if comma:
                self.put(COMMA_MARK)
            comma = True
            if k.arg is None:
                self.put("**")
                self.expression(k.value, BITOR)
            else:
                self.put(k.arg)
                self.put(KEYWORD_EQUAL)
                self.expression(k.value, TEST)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.expression(node.value, ATOM)
        self.put(AT)
        index = node.slice
        if type(index) is ast.Tuple and (len(index.elts) > 1 or has_slice(index)):
            self.items(index.elts)
            if len(index.elts) == 1:
                self.put(LAST_COMMA)
        else:
            self.expression(index, TEST)
        self.put(UNAT)

    def visit_Slice(self, node: ast.Slice) -> None:
        parts = (node.lower, node.upper, node.step)
        wide = any(map(is_wide, parts))
        put = self.put
        if node.lower is not None:
            self.expression(node.lower, TEST)
            if wide:
                put(" ")
        put(":")
        if node.upper is not None:
            if wide:
                put(" ")
            self.expression(node.upper, TEST)
        if node.step is not None:
            put(" :" if wide and node.upper is not None else ":")
            if wide:
                put(" ")
            self.expression(node.step, TEST)

    def visit_Starred(self, node: ast.Starred) -> None:
        self.put("*")
        self.expression(node.value, BITOR)

    # -- displays ----------------------------------------------------------------------------------------
    def visit_Tuple(self, node: ast.Tuple) -> None:
        if not node.elts:
            if not (self.result and self.result[-1] is PAREN):  # asked for at level TUPLE
                self.put(PAREN)
                self.put(UNPAREN)
            return
        self.items(node.elts)
        if len(node.elts) == 1:
            self.put(LAST_COMMA)

    def visit_List(self, node: ast.List) -> None:
        self.put(LIST)
        self.items(node.elts, NAMED)
        self.put(UNLIST)

    def visit_Set(self, node: ast.Set) -> None:
        self.put(BRACE)
        if node.elts:
            self.items(node.elts, NAMED)
        else:
            self.put("*()")
        self.put(UNBRACE)

    def visit_Dict(self, node: ast.Dict) -> None:
        self.put(BRACE)
        for k, (key, value) in enumerate(zip(node.keys, node.values)):
            if k:
                self.put(COMMA_MARK)
            if key is None:
                self.put("**")
                self.expression(value, BITOR)
            else:
                self.expression(key, TEST)
                self.put(": ")
                self.expression(value, TEST)
        self.put(UNBRACE)

    def comprehension(self, elt: ast.expr, generators: list[ast.comprehension]) -> None:
        self.expression(elt, NAMED)
        self.generators(generators)

    def generators(self, generators: list[ast.comprehension]) -> None:
        for g in generators:
            self.put(ASYNC_FOR if g.is_async else FOR)
            self.target(g.target)
            self.put(" in ")
            self.expression(g.iter, OR)
            for test in g.ifs:
                self.put(COMP_IF)
                self.expression(test, OR)

    def target(self, node: ast.expr) -> None:
        """The target of a `for`: a bare tuple, unless it is empty or has one item."""
        if type(node) is ast.Tuple and len(node.elts) > 1:
            self.items(node.elts)
        else:
            self.expression(node, TEST)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self.put(LIST)
        self.comprehension(node.elt, node.generators)
        self.put(UNLIST)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self.put(BRACE)
        self.comprehension(node.elt, node.generators)
        self.put(UNBRACE)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.put(PAREN)
        self.comprehension(node.elt, node.generators)
        self.put(UNPAREN)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self.put(BRACE)
        self.expression(node.key, TEST)
        self.put(": ")
        self.expression(node.value, TEST)
        self.generators(node.generators)
        self.put(UNBRACE)

    # -- the rest ----------------------------------------------------------------------------------------
    def visit_Name(self, node: ast.Name) -> None:
        self.put(node.id)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if value is Ellipsis:
            self.put("...")
        elif isinstance(value, str | bytes):
            self.put(quoted(value))
        elif isinstance(value, int | float | complex) and not isinstance(value, bool):
            text = number(value)
            self.put("-" if text[0] == "-" else "")  # an operator for `layout`
            self.put(text.removeprefix("-"))
        else:
            self.put(repr(value))

    def visit_Await(self, node: ast.Await) -> None:
        self.put("await ")
        self.expression(node.value, ATOM)

    def visit_Yield(self, node: ast.Yield) -> None:
        self.put("yield" if node.value is None else "yield ")
        if node.value is not None:
            self.expression(node.value, TUPLE)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self.put("yield from ")
        self.expression(node.value, TEST)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.put(fstring(node, lambda value: expression_text(value, TEST)))


def expression_text(node: ast.AST, level: int = TUPLE) -> str:
    """The text of an expression on one line, however long.

    >>> import ast
    >>> expression_text(ast.parse("x ** (2*y)", mode="eval").body)
    'x ** (2 * y)'
    """
    g = ExpressionGenerator()
    g.expression(node, level)
    return flat(g.result) if g.powers else "".join(g.result)
