"""Which function of a text is it whose code runs?

A code object knows its file, name and first line, which is not enough to tell its node: several lambdas may
stand on one line, and the file may have been edited since it was imported.  So the text is compiled again
and the function's bytecode is looked up in the result; only a node that compiles to what runs will do.

1. Compile the text; pair each function node with its code object by name and first line.  Lambdas that share
   a line are told apart by compiling once more with the lines of each moved out of the way of the others.
2. Take the nodes whose code equals the function's, places aside: those on the function's own line; else, the
   file having been edited elsewhere, those with its qualified name.  If several are left they mean the same,
   and the columns in the code object, where Python keeps them, tell which one it is.
3. If there is none, the code may still be the text's with its `assert` statements rewritten, which pytest
   does to test modules: then all instructions outside of them are compared.  Otherwise nothing is found.
"""

from __future__ import annotations
import __future__

import ast
import dis
import functools
import inspect
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from ..source import Parsed

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class NotFound(Exception):
    """No function of the text compiles to the code; the message says why."""


@dataclass(frozen=True, eq=False)
class Scope:
    """A function node, the class it stands in, and the code that it compiles to."""

    node: FunctionNode
    owner: str
    code: CodeType


def locate(code: CodeType, parsed: Parsed) -> Scope:
    """The function of `parsed` that compiles to `code`.  Raises NotFound if there is none.

    >>> from sourcead.source import parse
    >>> f, g = eval(compile(text := "lambda x: x, lambda x: x + 1", "a.py", "eval"))
    >>> ast.unparse(locate(g.__code__, parse("a.py", text)).node)
    'lambda x: x + 1'
    """
    try:
        scopes = _index(parsed, code.co_flags & _FUTURE).get(code.co_name, [])
    except (SyntaxError, ValueError, RecursionError) as error:
        raise NotFound(f"the text cannot be compiled: {error}") from None
    # By the node's line: the code of lambdas on a shared line was compiled with other numbers.
    here = [s for s in scopes if first_line(s.node) == code.co_firstlineno]
    same = [s for s in here if _same_code(s.code, code)]
    if not same:
        same = [s for s in here if _same_outside_asserts(s.code, code, _assert_lines(s.node))]
    if not same:
        moved = [s for s in scopes if s.code.co_qualname == code.co_qualname and _same_code(s.code, code)]
        same = sorted(moved, key=lambda s: abs(first_line(s.node) - code.co_firstlineno))[:1]
    if not same:
        raise NotFound(
            "the file was edited since it was imported, or the code was rewritten as it was imported"
        )
    return same[0] if len(same) == 1 else _by_columns(same, code)


def _by_columns(scopes: list[Scope], code: CodeType) -> Scope:
    """Of lambdas with equal code on one line, the one whose body holds all the places in `code`.

    Bodies, not whole lambdas: what makes the inner function of `lambda x: lambda y: y` has the place
    of the inner lambda.
    """
    places = [
        ((line, col), (end_line, end_col))
        for line, end_line, col, end_col in code.co_positions()
        if None not in (line, end_line, col, end_col) and (line, col) != (end_line, end_col)
    ]
    holding = []
    for scope in scopes:
        body = scope.node.body
        if isinstance(body, ast.expr) and places:
            start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
            if all(start <= a and b <= end for a, b in places):
                holding.append((start, scope))
    return max(holding, key=lambda h: h[0])[1] if holding else scopes[0]


_FUTURE = functools.reduce(
    lambda flags, name: flags | getattr(__future__, name).compiler_flag, __future__.all_feature_names, 0
)


@functools.lru_cache(maxsize=128)
def _index(parsed: Parsed, future_flags: int) -> dict[str, list[Scope]]:
    """Every function of a text by name, in the order of the text.

    `future_flags` are those in force for the function: at a prompt a `from __future__` stays in force for
    what is typed later, without standing in its text.
    """
    nodes = list(_functions(parsed.tree, ""))
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    for i, (node, _) in enumerate(nodes):
        groups[_name(node), first_line(node)].append(i)
    alone = {key: group[0] for key, group in groups.items() if len(group) == 1}
    shared = {i for group in groups.values() if len(group) > 1 for i in group}

    codes: dict[int, CodeType] = {}
    for code in _codes(_compile(parsed.text, parsed.file, future_flags)):
        i = alone.get((code.co_name, code.co_firstlineno))
        if i is not None:
            codes[i] = code
    # Those that share a line: each is moved as a whole, with what it holds, so that its code stays the same.
    # Hence one compilation for each depth to which they are nested in one another.
    depth = _depths([nodes[i][0] for i in sorted(shared)])
    for level in sorted(set(depth.values())):
        tree = ast.parse(parsed.text, parsed.file)
        step = len(parsed.lines) + 1
        moved = {}
        for i, (node, _) in enumerate(_functions(tree, "")):
            if i in shared and depth[nodes[i][0]] == level:
                _move(node, step * (i + 1))
                moved[_name(node), first_line(node)] = i
        for code in _codes(_compile(tree, parsed.file, future_flags)):
            # The first one: functions inside of it are on the same line, and come after it.
            i = moved.pop((code.co_name, code.co_firstlineno), None)
            if i is not None:
                codes[i] = code

    index: dict[str, list[Scope]] = defaultdict(list)
    for i, (node, owner) in enumerate(nodes):
        if i in codes:  # code that can never run is not compiled
            index[_name(node)].append(Scope(node, owner, codes[i]))
    return dict(index)


def _functions(node: ast.AST, owner: str) -> Iterator[tuple[FunctionNode, str]]:
    """The functions below `node`, each with the name of the innermost class around it."""
    stack = [(child, owner) for child in ast.iter_child_nodes(node)][::-1]  # expressions may be very deep
    while stack:
        child, owner = stack.pop()
        if isinstance(child, FunctionNode):
            yield child, owner
        inner = child.name if isinstance(child, ast.ClassDef) else owner
        stack += [(c, inner) for c in ast.iter_child_nodes(child)][::-1]


def _move(node: FunctionNode, lines: int) -> None:
    """Move a function down, but for the defaults of its parameters, which are code of the scope around it."""
    for part in [node.body] if isinstance(node, ast.Lambda) else node.body:
        ast.increment_lineno(part, lines)
    node.lineno += lines
    node.end_lineno = (node.end_lineno or 0) + lines


def _depths(nodes: list[FunctionNode]) -> dict[FunctionNode, int]:
    """In how many others of `nodes` each one stands."""
    depth = dict.fromkeys(nodes, 0)
    for node in nodes:
        for inner in ast.walk(node):
            if inner is not node and inner in depth:
                depth[inner] += 1
    return depth


def _name(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def first_line(node: FunctionNode) -> int:
    """The line that the code object gives as its first: that of the first decorator."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return decorators[0].lineno if decorators else node.lineno


def _compile(text: str | ast.Module, file: str, future_flags: int) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A notebook cell may await at its top level.
        flags = future_flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(text, file, "exec", flags=flags, dont_inherit=True)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_flags & inspect.CO_OPTIMIZED:  # a function's, not a class body's
                yield const
            yield from _codes(const)


# -- comparing code ---------------------------------------------------------------------------------------

_SHAPE = ("co_name", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_freevars")
_BODY = ("co_code", "co_names", "co_varnames", "co_cellvars", "co_exceptiontable")


def _same_code(a: CodeType, b: CodeType) -> bool:
    """Whether two code objects do the same, wherever they stand."""
    return (
        _same_shape(a, b)
        and all(getattr(a, key) == getattr(b, key) for key in _BODY)
        and len(a.co_consts) == len(b.co_consts)
        and all(map(_same_constant, a.co_consts, b.co_consts))
    )


def _same_shape(a: CodeType, b: CodeType) -> bool:
    # `types.coroutine` marks the code of a function after it was compiled.
    flags = (a.co_flags ^ b.co_flags) & ~inspect.CO_ITERABLE_COROUTINE
    return not flags and all(getattr(a, key) == getattr(b, key) for key in _SHAPE)


def _same_constant(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, CodeType):
        return _same_code(a, b)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same_constant, a, b))
    if isinstance(a, frozenset):  # iterates in an order of its own
        return sorted(map(repr, a)) == sorted(map(repr, b))
    return repr(a) == repr(b)  # tells 0.0 from -0.0, and nan is nan


def _assert_lines(node: ast.AST) -> set[int]:
    spans = (range(a.lineno, a.end_lineno + 1) for a in ast.walk(node) if isinstance(a, ast.Assert))
    return {line for span in spans for line in span}


def _same_outside_asserts(text: CodeType, code: CodeType, asserts: set[int]) -> bool:
    """Whether `code`, as it runs, is `text` outside of the lines `asserts`, which pytest rewrites."""
    if not asserts or not _same_shape(text, code):
        return False
    ours, theirs = _instructions(text, asserts), _instructions(code, asserts)
    return len(ours) == len(theirs) and all(
        (
            op == other_op and (_same_outside_asserts(arg, other, asserts) or _same_code(arg, other))
            if isinstance(arg, CodeType) and isinstance(other, CodeType)
            else op == other_op and _same_constant(arg, other)
        )
        for (op, arg), (other_op, other) in zip(ours, theirs, strict=True)
    )


def _instructions(code: CodeType, without_lines: set[int]) -> list[tuple[str, Any]]:
    """Names and arguments of the instructions on other lines; jumps go to indices in this list."""
    jumps = {*dis.hasjrel, *dis.hasjabs}
    kept, index_at = [], {}
    for i in dis.get_instructions(code):
        index_at[i.offset] = len(kept)
        line = i.positions.lineno if i.positions else None
        if line is not None and line not in without_lines and i.opname not in ("NOP", "EXTENDED_ARG"):
            kept.append(i)
    # Whether a variable may be unbound, a reference borrowed or a target lies above depends on the rest.
    around = re.compile("_CHECK$|_BORROW|_FORWARD|_BACKWARD|_NO_INTERRUPT")
    return [
        (around.sub("", i.opname), index_at.get(i.argval) if i.opcode in jumps else i.argval) for i in kept
    ]
