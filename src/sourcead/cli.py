"""The command `sourcead`: derivatives of a function in a file, as text.

Exit status: 0; 1 when the compiler refuses the function or a check fails; 2 for a request that makes no
sense (no such file or function, unknown names, types that cannot be read).  What was asked for goes to
stdout, all else to stderr; in a pipe, the table of `--check` is written as comments, so that what comes out
stays a Python file.
"""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from . import api
from .display import PLAIN, highlight, wants_colour
from .errors import SourceadError
from .rules import table as rule_table
from .rules.composites import COMPOSITES
from .rules.registry import ALIASES, BOOK, LOWERINGS
from .testing import Comparison, compare_gradient, compare_modes
from .typetext import Signature, TypeTextError, example_point, fitting_point, signature_of

app = typer.Typer(
    name="sourcead",
    help="Derivatives of Python functions as readable Python source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Usage(Exception):
    """The request makes no sense; the text says why and what would."""


class Mode(StrEnum):
    """How `grad` differentiates."""

    reverse = "reverse"
    forward = "forward"


Target = Annotated[str, typer.Argument(metavar="FILE.py:FUNC", help="A function, or FILE.py:Class.method.")]
Wrt = Annotated[str | None, typer.Option(help="Parameters to differentiate: x,y (the first if left out).")]
Types = Annotated[str | None, typer.Option(help='Types of the arguments: "x: float, A: float[:, :]".')]
Backend = Annotated[str | None, typer.Option(help="What the text is for: numpy, numba, auto.")]
Out = Annotated[Path | None, typer.Option(help="Save a file that runs without sourcead.")]
Check = Annotated[bool, typer.Option("--check", help="Compare with finite differences at a point.")]


@app.command()
def grad(
    target: Target,
    mode: Annotated[Mode, typer.Option(help="reverse, or forward for tangents.")] = Mode.reverse,
    wrt: Wrt = None,
    types: Types = None,
    backend: Backend = None,
    out: Out = None,
    check: Check = False,
) -> None:
    """Print the gradient of a function."""
    _differentiate("grad" if mode is Mode.reverse else "jvp", target, wrt, types, backend, out, check)


@app.command()
def jvp(
    target: Target,
    wrt: Wrt = None,
    types: Types = None,
    backend: Backend = None,
    out: Out = None,
    check: Check = False,
) -> None:
    """Print the value and tangent of a function along a direction (forward mode)."""
    _differentiate("jvp", target, wrt, types, backend, out, check)


@app.command()
def vjp(
    target: Target,
    wrt: Wrt = None,
    types: Types = None,
    backend: Backend = None,
    out: Out = None,
    check: Check = False,
) -> None:
    """Print a function's augmented primal and its pullback (reverse mode, in two parts)."""
    _differentiate("vjp", target, wrt, types, backend, out, check)


@app.command()
def ssa(target: Target, wrt: Wrt = None, types: Types = None, backend: Backend = None) -> None:
    """Print the three-address code that derivatives are made from."""
    f = load(target)
    signature, argnums = _request(f, wrt, types)
    derivative = _derivative("grad", f, argnums, backend)
    derivative.specialise(*example_point(signature.specs))
    _show(str(derivative.ssa), PLAIN, signature)


@app.command()
def cost(
    target: Target,
    mode: Annotated[Mode, typer.Option(help="reverse, or forward for tangents.")] = Mode.reverse,
    wrt: Wrt = None,
    types: Types = None,
    backend: Backend = None,
) -> None:
    """Print what a derivative costs: operations and bytes of tape, as formulas in the sizes."""
    f = load(target)
    signature, argnums = _request(f, wrt, types)
    derivative = _derivative("grad" if mode is Mode.reverse else "jvp", f, argnums, backend)
    derivative.specialise(*example_point(signature.specs))
    try:
        _show(repr(derivative.cost), PLAIN, signature)
    except ImportError as e:
        raise Usage(str(e)) from e


@app.command()
def rules(
    name: Annotated[str | None, typer.Argument(help="numpy.tanh, np.tanh or tanh.")] = None,
    table: Annotated[bool, typer.Option("--table", help="The whole book as a table, in Markdown.")] = False,
) -> None:
    """List the operations that have a derivative, or print the rule of one."""
    if table:
        typer.echo(rule_table.table())
        return
    known = rule_table.functions()
    if name is None:
        for key in known:
            typer.echo(key)
        return
    found = _named_rules(name, known)
    if not found:
        raise Usage(
            f"there is no rule {name!r}{_near(name, [*known, *(k.rpartition('.')[2] for k in known)])}"
        )
    _show("\n\n".join(map(_rule_text, found)))


def _differentiate(
    kind: str,
    target: str,
    wrt: str | None,
    types: str | None,
    backend: str | None,
    out: Path | None,
    check: bool,
) -> None:
    f = load(target)
    signature, argnums = _request(f, wrt, types)
    derivative = _derivative(kind, f, argnums, backend)
    derivative.specialise(*example_point(signature.specs))
    _show(str(derivative.source), signature=signature)
    if out is not None:
        derivative.save(out)
        typer.echo(f"saved {out}", err=True)
    if check and not _checked(kind, f, derivative, signature, argnums):
        raise typer.Exit(1)


def _derivative(
    kind: str, f: Callable[..., Any], argnums: Sequence[int], backend: str | None
) -> api.Derivative:
    if kind == "grad":
        return api.grad(f, argnums[0] if len(argnums) == 1 else tuple(argnums), backend=backend)
    make: dict[str, Callable[..., Any]] = {"jvp": api.jvp, "vjp": api.vjp}
    return make[kind](f, argnums=tuple(argnums), backend=backend)


# --- what was asked for -----------------------------------------------------------------------------------


def load(target: str) -> Callable[..., Any]:
    """The function that `FILE.py:FUNC` or `FILE.py:Class.method` names; the file is imported.

    A method is bound to an object made by `Class()`.  Raises Usage.
    """
    file, _, path = target.rpartition(":")
    if not file or not path:
        raise Usage(f"{target!r} names no function; write FILE.py:FUNC")
    found: Any = _import(Path(file))
    walked = file
    for part in path.split("."):
        owner = found
        if not hasattr(owner, part):
            names = [n for n, v in vars(owner).items() if callable(v) and not n.startswith("__")]
            raise Usage(f"{walked} has no function {part!r}{_near(part, names)}")
        found = getattr(owner, part)
        if inspect.isclass(owner) and inspect.isfunction(inspect.getattr_static(owner, part)):
            try:
                found = getattr(owner(), part)
            except Exception as e:
                raise Usage(
                    f"{owner.__name__}() cannot be made without arguments ({e}); name a function"
                ) from e
        walked = f"{walked}:{part}"
    if inspect.isclass(found) or not callable(found):
        raise Usage(f"{target} is {type(found).__name__} {path!r}, not a function")
    return found


def _import(file: Path) -> ModuleType:
    if not file.is_file():
        near = _near(file.name, [p.name for p in file.parent.glob("*.py")] if file.parent.is_dir() else [])
        raise Usage(f"there is no file {file}{near}")
    name = file.stem if file.stem not in sys.modules else f"{file.stem} of {file.parent}"
    spec = importlib.util.spec_from_file_location(name, file.resolve())
    if spec is None or spec.loader is None:
        raise Usage(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.resolve().parent))  # as when the file is run, for what it imports
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as e:
        reason = "".join(traceback.format_exception_only(e)).rstrip()
        raise Usage(f"{file} cannot be imported:\n{reason}") from e
    return module


def _request(f: Callable[..., Any], wrt: str | None, types: str | None) -> tuple[Signature, list[int]]:
    """The types of the arguments, and the positions of those to differentiate."""
    names = [p.name for p in inspect.signature(f).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    wanted = tuple(w.strip() for w in wrt.split(",")) if wrt is not None else ()
    for w in wanted:
        if w not in names:
            raise Usage(f"--wrt names {w!r}, which is no parameter{_near(w, names)}")
    signature = signature_of(f, types, wanted)
    given = list(signature.specs)
    if not wanted:
        wanted = tuple(n for n, spec in signature.specs.items() if spec.inexact)[:1]
        if not wanted:
            raise Usage("no parameter is a float or an array of floats; say the types with --types")
    for w in wanted:
        if not signature.specs[w].inexact:
            raise Usage(f"--wrt names {w!r}, which is {signature.specs[w]} and carries no derivative")
    return signature, [given.index(w) for w in wanted]


def _near(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; there is {', '.join(names[:8])}" if names else ""


# --- what is shown ----------------------------------------------------------------------------------------


def _show(text: str, language: str = "python", signature: Signature | None = None) -> None:
    if signature is not None and signature.assumed:
        text = f"# assumed: {'; '.join(signature.assumed)} (say otherwise with --types)\n{text}"
    sys.stdout.write(highlight(text.rstrip("\n") + "\n", language))


def _checked(
    kind: str, f: Callable[..., Any], derivative: Any, signature: Signature, argnums: Sequence[int]
) -> bool:
    """Compare with finite differences, print the table, and say whether all is right."""
    try:
        point = fitting_point(f, signature.specs)
    except Exception as e:
        raise Usage(
            f"--check found no point at which the function runs; it raised {type(e).__name__}: {e}\n"
            'say types with matching lengths, as in --types "A: float[n, n], x: float[n]"'
        ) from e
    if kind == "grad":
        got = derivative(*point)
        table = compare_gradient(f, point, (got,) if len(argnums) == 1 else got, argnums)
    else:
        table = compare_modes(f, point, ("fwd",) if kind == "jvp" else ("rev",), argnums)
    rows = [("argument", "numbers", "largest error", "allowed", "")]
    for name, found in table.items():
        worst = max(found, key=_badness)
        verdict = "right" if all(c.ok for c in found) else "WRONG"
        rows.append((name, str(len(found)), f"{worst.error:.1e}", f"{worst.allowed:.1e}", verdict))
    _print_table(rows)
    wrong = [c for found in table.values() for c in found if not c.ok]
    for c in wrong[:10]:
        typer.echo(f"check failed: {c}", err=True)
    return not wrong


def _badness(c: Comparison) -> float:
    ratio = c.error / c.allowed if c.allowed else float(not c.ok)
    return ratio if ratio == ratio else float("inf")


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    if wants_colour():
        from rich.console import Console
        from rich.table import Table

        table = Table(*rows[0], title="against finite differences", title_justify="left")
        for row in rows[1:]:
            table.add_row(*row, style="red" if row[-1] == "WRONG" else None)
        Console().print(table)
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    typer.echo("# against finite differences")
    for row in rows:
        typer.echo(("# " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths))).rstrip())


def _named_rules(name: str, known: Sequence[str]) -> list[str]:
    full = "numpy." + name.removeprefix("np.") if name.startswith("np.") else name
    full = ALIASES.get(full, full)
    return [full] if full in known else [k for k in known if k.rpartition(".")[2] == name]


def _rule_text(key: str) -> str:
    """The source of a rule as it stands in the book, under a line that says what it is of."""
    if key not in BOOK:
        written = COMPOSITES[key].text if key in COMPOSITES else LOWERINGS[key]
        return f"# {key}\n{inspect.getsource(written).rstrip()}"
    p = BOOK[key]
    head = f"# {p.key}({', '.join([*p.params, *(f'{k}={v!r}' for k, v in p.keywords.items())])})"
    if p.constant:
        return f'{head}\nconstant("{p.key}")  # its derivative is zero'
    functions = [*(p.partials or ()), *(p.scaled or ()), *p.jvps.values(), *p.vjps.values()]
    shown: list[str] = []
    for function in functions:
        if function is not None:
            text = inspect.cleandoc(inspect.getsource(function)).rstrip()
            if text not in shown:
                shown.append(text)
    return "\n".join([head, *(shown or ["# it has no rule"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with `arguments` (`sys.argv`), and leave with its exit status."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except (Usage, TypeTextError) as e:
        typer.echo(f"sourcead: {e}", err=True)
        sys.exit(2)
    except SourceadError as e:
        typer.echo(str(e), err=True)
        sys.exit(1)
