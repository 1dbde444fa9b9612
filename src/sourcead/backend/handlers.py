"""The text of `try`.

A handler of several classes that begins by asking which one it is, is several handlers:

    except (A, B) as e:                 except A:
        if isinstance(e, A): ...            ...
        else: ...                       except B:
                                            ...
"""

from __future__ import annotations

import ast


def caught(body: list[ast.stmt], handler: list[ast.stmt], classes: ast.expr, error: str) -> list[ast.stmt]:
    """A `try` with its handlers; `error` is the name of the exception in them."""
    handlers: list[ast.ExceptHandler] = []
    while (first := _asked(handler, error)) is not None:
        handlers.append(_handler(first.test.args[1], first.body, error))  # type: ignore[attr-defined]
        classes, handler = _without(classes, first.test.args[1]), first.orelse  # type: ignore[attr-defined]
    handlers.append(_handler(classes, handler, error))
    return [ast.Try(body or [ast.Pass()], handlers, [], [])]


def _asked(stmts: list[ast.stmt], error: str) -> ast.If | None:
    """The statement that asks for the class of the exception, if it is the only one."""
    s = stmts[0] if len(stmts) == 1 else None
    if not (isinstance(s, ast.If) and isinstance(s.test, ast.Call)):
        return None
    f, args = s.test.func, s.test.args
    asks = isinstance(f, ast.Name) and f.id == "isinstance" and len(args) == 2
    return s if asks and isinstance(args[0], ast.Name) and args[0].id == error else None


def _without(classes: ast.expr, less: ast.expr) -> ast.expr:
    """The classes that are left for the handlers behind."""
    names = classes.elts if isinstance(classes, ast.Tuple) else [classes]
    gone = {ast.dump(e) for e in (less.elts if isinstance(less, ast.Tuple) else [less])}
    left = [e for e in names if ast.dump(e) not in gone]
    if not left:
        return classes
    return left[0] if len(left) == 1 else ast.Tuple(left, ast.Load())


def _handler(classes: ast.expr, body: list[ast.stmt], error: str) -> ast.ExceptHandler:
    used = any(isinstance(n, ast.Name) and n.id == error for s in body for n in ast.walk(s))
    return ast.ExceptHandler(classes, error if used else None, body or [ast.Pass()])
