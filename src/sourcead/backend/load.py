"""Text to function: executed under a file name of its own that `linecache` knows, so that tracebacks, `pdb`
and
`inspect.getsource` show the text."""

from __future__ import annotations

import itertools
import linecache
import threading
from types import CodeType, FunctionType
from typing import Any

_lock = threading.Lock()
_counters: dict[str, Any] = {}


def filename(what: str) -> str:
    """A file name no text has yet: `<sourcead grad of f #1>`.  Numbers count up for each description."""
    with _lock:
        return f"<sourcead {what} #{next(_counters.setdefault(what, itertools.count(1)))}>"


def load(text: str, name: str, namespace: dict[str, Any], what: str | None = None) -> FunctionType:
    """Execute a module's text and return the function `name` of it.

    `namespace` becomes the functions' globals and is changed.  Raises KeyError if the text defines no such
    name,
    SyntaxError if it is no Python.

    >>> load("def f(x):\\n    return 2 * x\\n", "f", {})(3)
    6
    """
    file = filename(what or name)
    code: CodeType = compile(text, file, "exec", dont_inherit=True)
    # a loader-less entry without modification time is kept by linecache.checkcache
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace.setdefault("__name__", "sourcead.generated")
    exec(code, namespace)
    return namespace[name]
