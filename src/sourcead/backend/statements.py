"""Text of statements."""

from __future__ import annotations

import ast
from typing import Any

from .expressions import ExpressionGenerator
from .pieces import (
    ATOM,
    BITOR_MARK,
    BRACE,
    CLOSE,
    COMMA_MARK,
    EQUAL,
    KEYWORD_EQUAL,
    LIST,
    MAYBE,
    NAMED,
    OPEN,
    OPERATORS,
    PAREN,
    TEST,
    TUPLE,
    UNBRACE,
    UNLIST,
    UNMAYBE,
    UNPAREN,
)


class StatementGenerator(ExpressionGenerator):
    """Visitors of statements; `end` finishes a line, `docstring` prints one, `block` an indented suite."""

    def end(self, kind: str = "", opens: bool = False) -> None:
        """Finish the current line.

        kind: "def", "class", "decorator", "import", "comment", "docstring" or "" for the rest.
        """
        raise NotImplementedError

    def docstring(self, text: str) -> None:
        raise NotImplementedError

    def block(self, body: list[ast.stmt]) -> None:
        raise NotImplementedError

    def header(self, text: str) -> None:
        self.put(text)
        self.end(opens=True)

    # -- definitions -------------------------------------------------------------------------------------
    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef, word: str) -> None:
        self.decorators_of(node)
        self.put(f"{word} {node.name}")
        self.type_params(node)
        self.put(OPEN)
        self.visit_arguments(node.args)
        self.put(CLOSE)
        if node.returns is not None:
            self.put(" -> ")
            self.optional(node.returns, TEST)
        self.suite(node, "def")

    def decorators_of(self, node: Any) -> None:
        for d in node.decorator_list:
            self.put("@")
            self.expression(d, NAMED)
            self.end("decorator")

    def type_params(self, node: Any) -> None:
        if getattr(node, "type_params", None):
            self.put("[" + ", ".join(map(ast.unparse, node.type_params)) + "]")

    def suite(self, node: Any, kind: str) -> None:
        body = node.body
        if len(body) == 1 and isinstance(body[0], ast.Expr) and _is_dots(body[0].value):
            self.put(": ...")
            self.end(kind)
            return
        self.put(":")
        self.end(kind, opens=True)
        if has_docstring(body):
            self.indentation += 1
            self.docstring(body[0].value.value)
            self.indentation -= 1
            body = body[1:]
            if not body:
                return
        self.block(body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:  # type: ignore[override]
        self.definition(node, "def")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.definition(node, "async def")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.decorators_of(node)
        self.put(f"class {node.name}")
        self.type_params(node)
        if node.bases or node.keywords:
            self.put(OPEN)
            self.items(node.bases, NAMED)
            self.keywords(node.keywords, bool(node.bases))
            self.put(CLOSE)
        self.suite(node, "class")

    # -- simple statements -------------------------------------------------------------------------------
    def visit_Expr(self, node: ast.Expr) -> None:
        value = node.value
        if isinstance(value, ast.BinOp) and type(value.op) is not ast.Pow and _is_arith(value):
            self.optional(value)
        else:
            self.expression(value, TUPLE)
        self.end()

    def visit_Assign(self, node: ast.Assign) -> None:
        for k, t in enumerate(node.targets):
            if k or (type(t) is ast.Tuple and len(t.elts) > 1):
                self.optional(t)
            else:
                self.expression(t, TUPLE if type(t) is not ast.Tuple else TEST)
            self.put(EQUAL)
        self.optional(node.value)
        self.end()

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.expression(node.target, ATOM)
        self.put(f" {OPERATORS[type(node.op)]}= ")
        self.optional(node.value)
        self.end()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        bare = isinstance(node.target, ast.Name) and not node.simple
        if bare:
            self.put(PAREN)
        self.expression(node.target, ATOM)
        if bare:
            self.put(UNPAREN)
        self.put(": ")
        self.optional(node.annotation, TEST)
        if node.value is not None:
            self.put(EQUAL)
            self.optional(node.value)
        self.end()

    def visit_Return(self, node: ast.Return) -> None:
        self._word("return", node.value)

    def _word(self, word: str, value: ast.expr | None) -> None:
        self.put(word)
        if value is not None:
            self.put(" ")
            yields = isinstance(value, ast.Yield | ast.YieldFrom)
            self.optional(value, TEST if yields or isinstance(value, ast.NamedExpr) else TUPLE)
        self.end()

    def visit_Delete(self, node: ast.Delete) -> None:
        self.put("del ")
        if len(node.targets) == 1:
            self.optional(node.targets[0], TEST)
        else:
            self.put(MAYBE)
            self.items(node.targets)
            self.put(UNMAYBE)
        self.end()

    def visit_Assert(self, node: ast.Assert) -> None:
        self.put("assert ")
        self.optional(node.test, TEST)
        if node.msg is not None:
            self.put(COMMA_MARK)
            self.optional(node.msg, TEST)
        self.end()

    def visit_Raise(self, node: ast.Raise) -> None:
        self.put("raise")
        if node.exc is not None:
            self.put(" ")
            self.expression(node.exc, TEST)
            if node.cause is not None:
                self.put(" from ")
                self.expression(node.cause, TEST)
        self.end()

    def _simple(self, text: str) -> None:
        self.put(text)
        self.end()

    def visit_Pass(self, node: ast.Pass) -> None:
        self._simple("pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._simple("break")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._simple("continue")

    def visit_Global(self, node: ast.Global) -> None:
        self._simple("global " + ", ".join(node.names))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._simple("nonlocal " + ", ".join(node.names))

    def visit_Import(self, node: ast.Import) -> None:
        self.put("import " + ", ".join(map(_alias, node.names)))
        self.end("import")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.put(f"from {'.' * (node.level or 0)}{node.module or ''} import ")
        if node.names[0].name == "*":
            self.put("*")
        else:
            self.put(MAYBE)
            for k, a in enumerate(node.names):
                if k:
                    self.put(COMMA_MARK)
                self.put(_alias(a))
            self.put(UNMAYBE)
        self.end("import")

    # -- compound statements -----------------------------------------------------------------------------
    def _condition(self, word: str, test: ast.expr) -> None:
        self.put(word)
        self.optional(test, NAMED)
        self.put(":")
        self.end(opens=True)

    def _orelse(self, body: list[ast.stmt]) -> None:
        if body:
            self.header("else:")
            self.block(body)

    def visit_If(self, node: ast.If) -> None:
        self._condition("if ", node.test)
        self.block(node.body)
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            self._condition("elif ", node.test)
            self.block(node.body)
        self._orelse(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self._condition("while ", node.test)
        self.block(node.body)
        self._orelse(node.orelse)

    def visit_For(self, node: Any, is_async: bool = False) -> None:
        self.put("async for " if is_async else "for ")
        self.optional(node.target)
        self.put(" in ")
        self.optional(node.iter, TUPLE if isinstance(node.iter, ast.Tuple) else TEST)
        self.header(":")
        self.block(node.body)
        self._orelse(node.orelse)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node, True)

    def visit_With(self, node: Any, is_async: bool = False) -> None:
        self.put("async with " if is_async else "with ")
        for k, item in enumerate(node.items):
            if k:
                self.put(COMMA_MARK)
            self.expression(item.context_expr, TEST)
            if item.optional_vars is not None:
                self.put(" as ")
                self.expression(item.optional_vars, TEST)
        self.header(":")
        self.block(node.body)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self.visit_With(node, True)

    def visit_Try(self, node: Any, word: str = "except") -> None:
        self.header("try:")
        self.block(node.body)
        for h in node.handlers:
            self.put(word)
            if h.type is not None:
                self.put(" ")
                self.optional(h.type, TEST)
                if h.name is not None:
                    self.put(f" as {h.name}")
            self.header(":")
            self.block(h.body)
        self._orelse(node.orelse)
        if node.finalbody:
            self.header("finally:")
            self.block(node.finalbody)

    def visit_TryStar(self, node: ast.TryStar) -> None:
        self.visit_Try(node, "except*")

    def visit_Match(self, node: ast.Match) -> None:
        self.put("match ")
        self.expression(node.subject, TUPLE if isinstance(node.subject, ast.Tuple) else NAMED)
        self.header(":")
        self.indentation += 1
        for case in node.cases:
            self.put("case ")
            self.put(MAYBE)
            self.pattern(case.pattern)
            self.put(UNMAYBE)
            if case.guard is not None:
                self.put(" if ")
                self.optional(case.guard, NAMED)
            self.header(":")
            self.block(case.body)
        self.indentation -= 1

    def pattern(self, node: ast.pattern, tight: bool = False) -> None:
        """A pattern; `tight` where an alternative or `as` needs parentheses."""
        loose = isinstance(node, ast.MatchOr) or (isinstance(node, ast.MatchAs) and node.pattern is not None)
        if tight and loose:
            self.put(PAREN)
        if isinstance(node, ast.MatchValue):
            self.expression(node.value, TEST)
        elif isinstance(node, ast.MatchSequence):
            self.put(LIST)
            self._patterns(node.patterns)
            self.put(UNLIST)
        elif isinstance(node, ast.MatchOr):
            for k, p in enumerate(node.patterns):
                if k:
                    self.put(BITOR_MARK)
                self.pattern(p, True)
        elif isinstance(node, ast.MatchAs) and node.pattern is not None:
            self.pattern(node.pattern, isinstance(node.pattern, ast.MatchAs))
            self.put(f" as {node.name}")
        elif isinstance(node, ast.MatchClass):
            self.expression(node.cls, TEST)
            self.put(OPEN)
            self._patterns(node.patterns)
            for k, (name, p) in enumerate(zip(node.kwd_attrs, node.kwd_patterns)):
                if k or node.patterns:
                    self.put(COMMA_MARK)
                self.put(name)
                self.put(KEYWORD_EQUAL)
                self.pattern(p)
            self.put(CLOSE)
        elif isinstance(node, ast.MatchMapping):
            self.put(BRACE)
            for k, (key, p) in enumerate(zip(node.keys, node.patterns)):
                if k:
                    self.put(COMMA_MARK)
                self.expression(key, TEST)
                self.put(": ")
                self.pattern(p)
            if node.rest is not None:
                if node.keys:
                    self.put(COMMA_MARK)
                self.put(f"**{node.rest}")
            self.put(UNBRACE)
        else:  # capture, wildcard, star, singleton
            self.put(ast.unparse(node))
        if tight and loose:
            self.put(UNPAREN)

    def _patterns(self, patterns: list[ast.pattern]) -> None:
        for k, p in enumerate(patterns):
            if k:
                self.put(COMMA_MARK)
            self.pattern(p)

    def visit_other(self, node: ast.AST) -> None:
        self.put(ast.unparse(node))
        if isinstance(node, ast.stmt):
            self.end()


def _alias(a: ast.alias) -> str:
    return f"{a.name} as {a.asname}" if a.asname else a.name


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def has_docstring(body: list[ast.stmt]) -> bool:
    if not body or not isinstance(body[0], ast.Expr):
        return False
    value = body[0].value
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_arith(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Add | ast.Sub | ast.LShift | ast.RShift | ast.BitXor | ast.BitAnd)
