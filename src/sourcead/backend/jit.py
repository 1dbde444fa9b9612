"""Text to functions under Numba: executed like any text, compiled for the types at hand, and errors of Numba
brought back to the user's line.

    x = np.unwrap(v)          the user's line 12         Unsupported: Numba cannot compile this
        |                                                  model.py:12, in loss
        op, with its span                                      x = np.unwrap(v)
        |                                                  reason: ...
    x = np.unwrap(v)          line 7 of our text   <---  TypingError at line 7
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import linecache
import os
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import errors, runtime, source
from ..errors import NotJitted
from ..ir.core import Function, Op, Region
from .load import load
from .printer import statements_in

_FILE = re.compile(r'File "([^"]*)", line (\d+)')
_MISSING = re.compile(r"Untyped global name '(\w+)': Cannot determine Numba type of <class 'function'>")
#: The versions of Numba whose lowering `numba_lowering.py` was made from and tested with; others use Numba's.
LOWERED = (["0", "68"],)
_NOISE = ("Failed in ", "During: ", "File ", "Enable logging", "There are ", "Overload ", "- ")


def load_jitted(text: str, name: str, namespace: dict[str, Any], cache: bool, inner: set[str]) -> Any:
    """Execute text with `@njit` lines; the entry `name` of it.  With `cache` the text is a file on disk,
    beside which Numba keeps what it has compiled.  Those of `inner` only compiled code calls."""
    package = __package__.rpartition(".")[0]
    try:
        if "scipy.special." in text:
            importlib.import_module(".runtime_numba_special", package)
        importlib.import_module(".runtime_numba", package)  # overloads of our helpers
        importlib.import_module(".runtime_numba_matrices", package)
        importlib.import_module(".runtime_numba_elementary", package)
    except ImportError as e:
        raise NotJitted(
            "backend='numba' needs Numba", reason=str(e), hint="pip install numba, or backend='numpy'"
        ) from e
    defined = {n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    if not cache:
        entry = load(text, name, namespace, name)
        _shorten(namespace, defined, inner)
        return entry
    file = _kept(text)
    linecache.checkcache(str(file))
    module = ModuleType(f"sourcead_{file.stem}")  # what Numba keeps refers to it by name
    module.__dict__.update(namespace, __file__=str(file))
    sys.modules[module.__name__] = module
    exec(compile(text, str(file), "exec", dont_inherit=True), module.__dict__)
    namespace.update(module.__dict__)
    _shorten(namespace, defined, inner)
    return namespace[name]


def _shorten(namespace: dict[str, Any], defined: set[str], inner: set[str]) -> None:
    """Have what a text defines compiled by our own lowering, which takes less time than Numba's."""
    if importlib.import_module("numba").__version__.split(".")[:2] not in LOWERED:
        return
    try:
        lowering = importlib.import_module(".numba_lowering", __package__)
    except ImportError:  # of a Numba that is built otherwise
        return
    for name in sorted(defined):
        if hasattr(namespace[name], "targetoptions"):  # else what takes the arguments apart
            lowering.compile_shortly(namespace[name], called=name not in inner)


def cache_directory() -> Path:
    """Where texts and compiled code are kept: `$SOURCEAD_CACHE_DIR`, else `sourcead` in the user's cache."""
    given = os.environ.get("SOURCEAD_CACHE_DIR")
    if given:
        return Path(given)
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "sourcead"


def _kept(text: str) -> Path:
    """The text's file, written once.  Its name depends on the text and on the helpers that the compiled code
    has inside, so that a change of either is another file."""
    digest = hashlib.sha256(text.encode())
    package = Path(runtime.__file__).parent
    for file in sorted([*package.glob("runtime*.py"), *package.glob("backend/numba_*.py")]):
        digest.update(file.read_bytes())
    directory = cache_directory()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{digest.hexdigest()[:32]}.py"
    if not path.exists():
        handle, unfinished = tempfile.mkstemp(dir=directory, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(unfinished, path)  # whole at once: another process may be about to read it
    return path


def decorate(node: ast.FunctionDef, decorator: str, functions: list[Function]) -> None:
    """Put the decorator above a function of a text, which has these functions; where one of them catches
    exceptions, Numba has to raise that of an index out of range."""
    if any(f.attrs.get("catches") for f in functions):
        decorator = f"{decorator[:-1]}, boundscheck=True)"
    node.decorator_list = [ast.parse(decorator, mode="eval").body]


# -- errors -------------------------------------------------------------------------------------------------


def places(module: ast.Module, text: str, origins: dict[ast.stmt, Any]) -> dict[int, Any]:
    """The span of the user's source for each line of the text: that of the op for which it was written."""
    out: dict[int, Any] = {}
    for ours, printed in zip(statements_in(module.body), statements_in(ast.parse(text).body)):
        span = _span(origins.get(ours))
        if span is not None:
            end = printed.lineno if hasattr(printed, "body") else printed.end_lineno or printed.lineno
            for line in range(printed.lineno, end + 1):
                out.setdefault(line, span)
    return out


def _span(origin: Any) -> Any:
    if isinstance(origin, Op):
        if origin.span is not None:
            return origin.span
        return next((s for r in origin.regions for op in r.ops if (s := _span(op)) is not None), None)
    if isinstance(origin, Region):
        return next((op.span for op in reversed(origin.ops) if op.span is not None), None)
    return None


def explained(error: BaseException, file: str, spans: dict[int, Any], where: str) -> errors.SourceadError:
    """An error of Numba's as one that names the user's line."""
    if isinstance(error, errors.SourceadError):
        return error
    message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [int(n) for f, n in _FILE.findall(message) if f == file]
    loc = getattr(error, "loc", None)
    if loc is not None and loc.filename == file:
        lines.append(loc.line)
    span = next((spans[n] for n in lines if n in spans), None)
    reasons = [s.strip() for s in message.splitlines()]
    reason = next((s for s in reasons if s and not s.startswith(_NOISE)), type(error).__name__)
    missing = _MISSING.search(reason)
    if missing:
        reason = f"its derivative calls `{missing[1]}`, which there is for NumPy alone"
    if "non-precise type pyobject" in reason:
        reason = "an argument is an object that Numba does not take"
    ours = next((source.line(file, n).strip() for n in lines), "")
    if ours:
        reason = f"{reason} (in the generated line `{ours}`)"
    return NotJitted(
        "Numba cannot compile this",
        span,
        reason=reason,
        hint="backend='auto' takes NumPy where Numba cannot; or write it as a loop",
        where=where,
    )


__all__ = ["cache_directory", "decorate", "explained", "load_jitted", "places"]
