"""From a callable to the syntax tree of the Python function behind it, its scope and its bound arguments.

Which node of the text is the function's is found by `locate`; the text itself by `sourcead.source`.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any, NoReturn

from .. import source
from ..errors import Unsupported
from ..source import Parsed, Place
from .locate import FunctionNode, NotFound, first_line, locate

if sys.version_info >= (3, 14):
    import annotationlib

_EXTEND = "register a rule for it with sourcead.extend"


@dataclass(frozen=True, eq=False)
class Captured:
    """A function, its syntax and its scope.

    fn          the plain Python function that was found
    node        its syntax; line numbers are those of `file`, columns are in bytes (see `span_of`)
    file        the file, or the name under which `linecache` has the text
    source      the function's own text, decorators included and without its indentation, for display
    name        the name of `fn`
    globals     the globals of `fn`, live
    closure     its free variables: name -> cell, live
    defaults    the defaults of its positional parameters, of the last ones
    kwdefaults  the defaults of its keyword-only parameters
    signature   the signature of `fn` itself, bound arguments included
    bound       positional arguments that are bound already: `self` of a method, those of `functools.partial`
    bound_kw    keyword arguments that are bound already; the caller may override them, as with `partial`
    owner       the name of the class in whose body the text stands, which mangles private names; or ""
    dispatcher  the Numba dispatcher on the way to `fn`, or None
    """

    fn: FunctionType
    node: FunctionNode = field(repr=False)
    file: str
    source: str = field(repr=False)
    name: str
    globals: dict[str, Any] = field(repr=False)
    closure: dict[str, CellType]
    defaults: tuple[Any, ...]
    kwdefaults: dict[str, Any]
    signature: inspect.Signature
    bound: tuple[Any, ...]
    bound_kw: dict[str, Any]
    owner: str
    dispatcher: Any
    parsed: Parsed = field(repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether its parameters take one argument each, and have no defaults."""
        a = self.node.args
        return not (a.vararg or a.kwarg or a.posonlyargs or self.defaults or self.kwdefaults)

    def span_of(self, node: ast.AST) -> Place:
        """The place of a node of this function, columns in characters; `Span(*place)` makes it a span."""
        return self.parsed.place(node)


def capture(fn: Callable[..., Any]) -> Captured:
    """The Python function behind `fn`, with its syntax tree and scope.

    Bound methods, `functools.partial`, `functools.cache`, static methods, Numba dispatchers and objects with
    a `__call__` in Python are looked through.  Other wrappers, those made with `functools.wraps` too, are
    functions of their own and captured as such.

    Raises Unsupported where there is no Python source, or where the source is not that of the code that runs,
    and TypeError if `fn` is not callable.

    >>> def f(x, y=2.0):
    ...     return x * y
    >>> c = capture(functools.partial(f, y=3.0))
    >>> c.name, c.node.lineno, c.defaults, c.bound_kw
    ('f', 1, (2.0,), {'y': 3.0})
    """
    function, bound, bound_kw, dispatcher = _unwrap(fn)
    code = function.__code__
    parsed = _parsed(function)
    try:
        found = locate(code, parsed)
    except NotFound as error:
        _refuse_changed(function, str(error))
    return Captured(
        fn=function,
        node=found.node,
        file=code.co_filename,
        source=_own_text(found.node, parsed),
        name=function.__name__,
        globals=function.__globals__,
        closure=dict(zip(code.co_freevars, function.__closure__ or (), strict=True)),
        defaults=function.__defaults__ or (),
        kwdefaults=dict(function.__kwdefaults__ or {}),
        signature=_signature(function),
        bound=bound,
        bound_kw=bound_kw,
        owner=found.owner,
        dispatcher=dispatcher,
        parsed=parsed,
    )


@functools.lru_cache(maxsize=4096)
def captured_rule(fn: Callable[..., Any]) -> Captured:
    """As `capture`, for the text of a rule, which is used very often: its file is read once."""
    return capture(fn)


# -- from the callable to the function --------------------------------------------------------------------

_Cache: Any = type(functools.cache(len))


def _unwrap(fn: Any) -> tuple[FunctionType, tuple[Any, ...], dict[str, Any], Any]:
    bound: tuple[Any, ...] = ()
    bound_kw: dict[str, Any] = {}
    dispatcher = None
    for _ in range(100):
        if isinstance(fn, FunctionType):
            if fn.__globals__.get("__name__") == "functools":
                _refuse_functools(fn)
            return fn, bound, bound_kw, dispatcher
        if isinstance(fn, MethodType):
            fn, bound = fn.__func__, (fn.__self__, *bound)
        elif isinstance(fn, functools.partial) and type(fn).__call__ is functools.partial.__call__:
            placeholder = getattr(functools, "Placeholder", None)
            if placeholder is not None and any(a is placeholder for a in fn.args):
                raise Unsupported(
                    f"a functools.partial of {_describe(fn.func)} with a Placeholder",
                    reason="which argument goes where is decided when it is called",
                    hint="write it as a lambda",
                )
            # Keywords given later, so further out, win.
            fn, bound, bound_kw = fn.func, (*fn.args, *bound), {**fn.keywords, **bound_kw}
        elif isinstance(fn, _Cache):
            fn = fn.__wrapped__
        elif isinstance(fn, staticmethod):
            fn = fn.__func__
        elif _is_dispatcher(fn):
            fn, dispatcher = fn.py_func, fn
        else:
            fn, self_ = _call_method(fn)
            bound = (*self_, *bound)
    raise Unsupported(f"{_describe(fn)} calls itself through more than 100 wrappers")


def is_numba_dispatcher(fn: Any) -> bool:
    """Whether `fn` is what `numba.njit` makes."""
    numba = type(fn).__module__.partition(".")[0] == "numba"
    return (
        numba
        and type(fn).__name__ not in ("DUFunc", "GUFunc")
        and isinstance(getattr(fn, "py_func", None), FunctionType)
    )


def _is_dispatcher(fn: Any) -> bool:
    """Whether `fn` is what `numba.njit` makes; whatever else Numba makes is refused."""
    if isinstance(fn, type):
        return False
    kind = type(fn)
    plain = isinstance(getattr(fn, "py_func", None), FunctionType)
    of_numba = kind.__module__.partition(".")[0] == "numba"
    if of_numba and (not plain or kind.__name__ in ("DUFunc", "GUFunc")):
        raise Unsupported(
            f"{_describe(fn)} is a {kind.__name__} of Numba",
            reason="what it computes on arrays is not what its Python source says",
            hint="write the loop in a function under numba.njit, or " + _EXTEND,
        )
    return plain


def _call_method(fn: Any) -> tuple[Any, tuple[Any, ...]]:
    """The function behind an object's `__call__`, and `(object,)` if it takes it as its first argument."""
    if not callable(fn):
        raise TypeError(f"expected a function, got {_describe(fn)}, which cannot be called")
    if isinstance(fn, type):
        raise Unsupported(
            f"{_describe(fn)} is a class, not a function",
            reason="what making an object does is spread over several methods",
            hint="write a function that makes the object and returns a number or an array",
        )
    call = inspect.getattr_static(type(fn), "__call__", None)
    if isinstance(call, FunctionType):
        return call, (fn,)
    if isinstance(call, classmethod):
        return call.__func__, (type(fn),)
    if isinstance(call, staticmethod | functools.partial | _Cache) or _is_dispatcher(call):
        method = call.__get__(fn, type(fn)) if hasattr(type(call), "__get__") else call
        return method, ()
    raise Unsupported(
        f"{_describe(fn)} has no Python source",
        reason="it is compiled code",
        hint="differentiate a Python function that calls it; if the call then has no rule, " + _EXTEND,
    )


def _refuse_functools(fn: FunctionType) -> NoReturn:
    """Functions that `functools` makes pick what to run when they are called."""
    single = hasattr(fn, "dispatch") and hasattr(fn, "registry")
    name = _describe(fn)
    raise Unsupported(
        f"{name} is a wrapper made by functools{'.singledispatch' if single else ''}",
        reason="which function runs is decided when it is called",
        hint=f"pass the one that you mean: {name}.dispatch(float)" if single else "pass the function inside",
    )


def _describe(fn: Any) -> str:
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None)
    if not isinstance(name, str):
        kind = type(fn)
        # Not the repr: it may be pages long, and it may fail.
        return f"an object of type {kind.__qualname__}"
    module = getattr(fn, "__module__", None)
    plain = not isinstance(module, str) or module in ("builtins", "__main__")
    return name if plain else f"{module}.{name}"


# -- from the function to its text ------------------------------------------------------------------------


def _start(code: CodeType) -> Place:
    return Place(code.co_filename, code.co_firstlineno, 0, code.co_firstlineno, sys.maxsize)


def _parsed(fn: FunctionType) -> Parsed:
    code = fn.__code__
    text = source.text_of(code.co_filename, code, fn.__globals__)
    if text is None:
        _refuse_without_source(fn)
    try:
        return source.parse(code.co_filename, text)
    except (SyntaxError, ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        line = f" (line {error.lineno})" if isinstance(error, SyntaxError) else ""
        _refuse_changed(fn, f"the text cannot be parsed: {what}{line}")


def _refuse_without_source(fn: FunctionType) -> NoReturn:
    file = fn.__code__.co_filename
    hint = "put the function into a file and import it, or " + _EXTEND
    if file == "<stdin>":
        reason = "it was typed at a prompt, and this Python does not keep what is typed there"
        hint = "put the function into a file and import it, or use IPython, or Python 3.13 or later"
    elif file.startswith("<") and file.endswith(">"):
        reason = "it was made by exec, eval or python -c, and its text was not kept"
        hint += (
            "; a program that makes code can register the text under a file name of its own: "
            "linecache.cache[name] = (len(text), None, text.splitlines(True), name)"
        )
    else:
        reason = f"the file {file} cannot be read"
    raise Unsupported(
        f"no source text for {_describe(fn)}",
        _start(fn.__code__),
        reason=reason,
        hint=hint,
        where=fn.__qualname__,
    )


def _refuse_changed(fn: FunctionType, reason: str) -> NoReturn:
    if fn.__code__.co_filename == "<string>":  # the text of `python -c`, and not of what it gave to exec
        _refuse_without_source(fn)
    raise Unsupported(
        f"the source text of {_describe(fn)} is not that of the code that runs",
        _start(fn.__code__),
        reason=reason,
        hint="import the module anew (restart, or importlib.reload) so that code and text agree; if an "
        "import hook or a decorator rewrites the code, put the function where it does not; or " + _EXTEND,
        where=fn.__qualname__,
    )


def _own_text(node: FunctionNode, parsed: Parsed) -> str:
    place = parsed.place(node)
    if isinstance(node, ast.Lambda):
        lines = list(parsed.lines[place.line - 1 : place.end_line])
        lines[-1] = lines[-1][: place.end_col]  # first, as it may be the only line
        lines[0] = lines[0][place.col :]
        return "\n".join(lines)
    lines = list(parsed.lines[first_line(node) - 1 : place.end_line])
    lines[-1] = lines[-1][: place.end_col]
    indent = parsed.lines[node.lineno - 1][: place.col]
    return "\n".join(line.removeprefix(indent) for line in lines)


def _signature(fn: FunctionType) -> inspect.Signature:
    # Of a copy, which has neither `__wrapped__` nor `__signature__` to speak of another function.
    plain = FunctionType(fn.__code__, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)
    plain.__kwdefaults__ = fn.__kwdefaults__
    if sys.version_info >= (3, 14):
        # Annotations are evaluated on demand there, and may fail.
        plain.__annotate__ = fn.__annotate__
        return inspect.signature(plain, annotation_format=annotationlib.Format.FORWARDREF)
    plain.__annotations__ = fn.__annotations__
    return inspect.signature(plain)
