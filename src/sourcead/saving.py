"""A derivative's text as a file that runs with NumPy alone.

What stands above the text: the imports, the run-time helpers that it calls (their source), and imports of the
user's own classes.
Globals and closure variables that the function read become defaults of their parameters: numbers as literals,
other things as `from module import name`.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from importlib.resources import files
from types import FunctionType
from typing import Any

from . import errors
from .compiler import Compiled
from .display import format_with_black

_OVERLOADS = ("runtime_numba.py", "runtime_numba_matrices.py", "runtime_numba_elementary.py")
_RUNTIME = re.compile(r"\bruntime(_matrices)?\.")


def standalone(compiled: Compiled) -> str:
    """The text of the file.  Raises errors.Unsupported for what has no place outside of this process."""
    tree = ast.parse(compiled.text)
    lines = compiled.text.splitlines()
    imports = [s for s in tree.body if isinstance(s, ast.Import | ast.ImportFrom)]
    head = [ast.unparse(s) for s in imports]
    head = list(dict.fromkeys([*imports_of(compiled.helpers), *head]))
    for name, obj in compiled.needs.objects.items():
        head.append(import_line(name, obj))
    defaults: list[str] = []
    for f in compiled.lowered.frees:
        if f.value is not None:
            if f.slot_is_written:
                raise errors.Unsupported(
                    f"the variable '{f.name}', which the function reads and assigns outside, cannot be saved",
                    reason="a saved file would begin with the value of now at each call",
                    hint="pass it as an argument, and return it",
                )
            literal, line = default_of(f.name, f.read())
            defaults.append(literal)
            if line:
                head.append(line)
    start = imports[-1].end_lineno if imports else 0
    body = "\n".join(lines[start:]).strip("\n")
    if defaults:
        body = with_defaults(body, compiled.entry.__name__, defaults)
    helpers = [inspect.getsource(h).rstrip() for h in closed(compiled.helpers)]
    if compiled.options.jits and "scipy.special." in body:
        raise errors.Unsupported(
            "a derivative on Numba that calls scipy.special cannot be saved",
            reason="Numba has those functions from sourcead only",
            hint="save it with backend='numpy'",
        )
    if compiled.options.jits and helpers:
        more, overloads = overloads_of(closed(compiled.helpers))
        head += more
        helpers += overloads
    parts = ["\n".join(dict.fromkeys(head)), *helpers, body]
    return format_with_black("\n\n\n".join(p for p in parts if p) + "\n")


def overloads_of(helpers: list[FunctionType]) -> tuple[list[str], list[str]]:
    """The imports and definitions that make helpers known to Numba, out of the modules of overloads.

    Raises errors.Unsupported for a helper that Numba does not have.
    """
    text = "\n".join(files(__package__).joinpath(f).read_text(encoding="utf-8") for f in _OVERLOADS)
    body = ast.parse(text).body
    imports = [s for s in body if isinstance(s, ast.Import | ast.ImportFrom)]
    wanted = {h.__name__ for h in helpers}
    used: list[ast.stmt] = []
    names: set[str] = set()
    for s in reversed(body):  # what a definition uses stands above it
        made = {s.name} if isinstance(s, ast.FunctionDef) else set()
        if isinstance(s, ast.Assign):
            made = {n.id for n in ast.walk(s.targets[0]) if isinstance(n, ast.Name)}
        source = ast.unparse(s)
        registers = bool(made & wanted) and _RUNTIME.search(source) is not None
        if registers or made & names:
            used.append(s)
            names |= {n.id for n in ast.walk(s) if isinstance(n, ast.Name)}
            wanted -= made if registers else set()
    if wanted:
        raise errors.Unsupported(
            f"'{min(wanted)}', which this derivative calls, is not there for Numba",
            hint="save it with backend='numpy'",
        )
    lines = text.splitlines()
    parts = []
    for s in reversed(used):
        first = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", ()))])
        part = _RUNTIME.sub("", "\n".join(lines[first - 1 : s.end_lineno]))
        if isinstance(s, ast.Assign) and part.partition(" = ")[2].startswith(
            "register"
        ):  # `bound = register_jitable(bound)`: registering is enough
            part = part.partition(" = ")[2]
        else:  # under a name of its own, so that the helper keeps its name
            part = part.replace(f"def {s.name}(", f"def _numba_{s.name}(", 1) if "@overload" in part else part
        parts.append(part)
    return imports_used(imports, names), parts


def imports_used(imports: list[ast.Import | ast.ImportFrom], names: set[str]) -> list[str]:
    """The lines that import names, one for each; without those of this package."""
    lines = []
    for s in imports:
        inside = isinstance(s, ast.ImportFrom) and (s.level or s.module == "__future__")
        for a in s.names:
            if not inside and (a.asname or a.name.partition(".")[0]) in names:
                one = ast.ImportFrom(s.module, [a], 0) if isinstance(s, ast.ImportFrom) else ast.Import([a])
                lines.append(ast.unparse(one))
    return lines


def closed(helpers: tuple[FunctionType, ...]) -> list[FunctionType]:
    """The helpers and those that they call themselves."""
    out: dict[FunctionType, None] = {}
    work = list(helpers)
    while work:
        h = work.pop(0)
        if h not in out:
            out[h] = None
            work.extend(v for v in names_of(h) if inspect.isfunction(v))
    return list(out)


def names_of(helper: FunctionType) -> list[Any]:
    """What the names of its module that a helper mentions stand for."""
    return [helper.__globals__[n] for n in helper.__code__.co_names if n in helper.__globals__]


def imports_of(helpers: tuple[FunctionType, ...]) -> list[str]:
    """The imports that the source of the helpers relies on."""
    modules = {
        f"import {v.__name__} as {n}": None
        for h in closed(helpers)
        for n, v in h.__globals__.items()
        if n in h.__code__.co_names and inspect.ismodule(v)
    }
    return sorted(modules)


def import_line(name: str, obj: Any) -> str:
    module = getattr(obj, "__module__", None)
    if module in (None, "__main__", "builtins") or getattr(sys.modules.get(module), name, None) is not obj:
        raise errors.Unsupported(
            f"'{name}' cannot be saved: it belongs to no module that a file could import it from",
            hint="define it in a module of its own",
        )
    return f"from {module} import {name}"


def default_of(name: str, value: Any) -> tuple[str, str | None]:
    """The default of a parameter that stands for a global: a literal, or a name and the line that imports
    it."""
    if isinstance(value, int | float | complex) and type(value).__module__ == "builtins":
        return repr(value), None
    if inspect.ismodule(value) and value.__name__ != "__main__":
        return name, f"import {value.__name__} as {name}"
    for module_name, module in list(sys.modules.items()):
        if module_name not in ("__main__", "builtins") and getattr(module, "__dict__", {}).get(name) is value:
            return name, f"from {module_name} import {name}"
    raise errors.Unsupported(
        f"the variable '{name}', which the function reads from outside, has no literal form",
        hint="pass it as an argument, or define it in a module",
    )


def with_defaults(text: str, function: str, defaults: list[str]) -> str:
    """Give the last parameters of a function their defaults."""
    tree = ast.parse(text)
    node = next(s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == function)
    lines = text.splitlines()
    for arg, default in reversed(list(zip(node.args.args[-len(defaults) :], defaults))):
        row = (arg.end_lineno or arg.lineno) - 1
        lines[row] = f"{lines[row][: arg.end_col_offset]}={default}{lines[row][arg.end_col_offset :]}"
    return "\n".join(lines)
