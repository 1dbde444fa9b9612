"""The layers of the compiler, read off its import statements, and what importing it may load."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "sourcead"

GROUND = {
    "errors",
    "options",
    "runtime_numba",
    "runtime_numba_matrices",
    "runtime_numba_elementary",
    "runtime_numba_special",
    "source",
    "names",
    "runtime",
    "runtime_bands",
    "runtime_elementary",
    "runtime_filters",
    "runtime_integrals",
    "runtime_loops",
    "runtime_odes",
    "runtime_matrices",
    "runtime_parameters",
    "runtime_pieces",
    "runtime_sparse",
    "runtime_special",
    "runtime_statistics",
    "typetext",
    "differences",
}
BELOW = {"ground", "ir", "rules", "frontend", "analysis", "passes", "ad", "backend"}
MAY_IMPORT = {
    "ground": {"ground"},
    "ir": {"ground", "ir"},
    "rules": {"ground", "ir", "rules"},
    "frontend": {"ground", "ir", "rules", "frontend"},
    "analysis": {"ground", "ir", "rules", "analysis"},
    "passes": {"ground", "ir", "rules", "analysis", "passes"},
    "ad": {"ground", "ir", "rules", "frontend", "analysis", "passes", "ad"},
    "backend": {"ground", "ir", "rules", "analysis", "backend"},
    "outputs": {"ground", "ir", "frontend", "backend", "outputs"},
    "compiler": BELOW | {"outputs", "compiler"},
    "display": {"ground", "display"},
    "extend": BELOW | {"compiler", "extend"},
    "nested": BELOW | {"nested"},
    "callbacks": BELOW | {"nested", "callbacks"},
    "matching": BELOW | {"matching"},
    "callchecks": BELOW | {"compiler", "callchecks"},
    "derivative": BELOW
    | {
        "callbacks",
        "callchecks",
        "compiler",
        "cost",
        "dispatch",
        "display",
        "matching",
        "nested",
        "pullback",
        "saving",
        "specialised",
        "derivative",
    },
    "specialised": BELOW | {"callchecks", "compiler", "settling", "specialised"},
    "dispatch": BELOW | {"callchecks", "compiler", "dispatch"},
    "pullback": BELOW | {"compiler", "matching", "settling", "pullback"},
    "settling": BELOW | {"compiler", "settling"},
    "cost": BELOW | {"compiler", "cost"},
    "saving": BELOW | {"compiler", "display", "saving"},
    "custom": BELOW | {"custom"},
    "checkpointing": BELOW | {"checkpointing"},
    "api": BELOW | {"derivative", "nested", "api"},
    "testing": BELOW | {"compiler", "api", "testing"},
    "cli": BELOW | {"compiler", "display", "extend", "api", "testing", "cli"},
    "__main__": {"cli"},
    "__init__": BELOW | {"compiler", "display", "extend", "api", "custom", "checkpointing", "testing"},
}

# Imports inside functions: packages that cost much and are needed only when something is shown or checked.
LATE = {
    "derivative": {"sourcead.cost"},
    "display": {"black", "pygments", "rich"},
    "rules.fft": {"sympy"},
    "cli": {"rich"},
    "testing": {"sourcead.api"},
}
LINES = 450


class Import(NamedTuple):
    module: str  # dotted, of ours or not
    line: int
    late: bool  # inside a function
    typing_only: bool


def modules() -> dict[str, Path]:
    """The dotted name of each of our modules and its file."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = ["sourcead", *file.relative_to(PACKAGE).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = file
    return found


MODULES = modules()


def layer(module: str) -> str:
    parts = module.split(".")
    if len(parts) == 1:
        return "__init__"
    return "ground" if parts[1] in GROUND else parts[1]


def imports(module: str) -> Iterator[Import]:
    """All imports of one of our modules, relative ones resolved."""
    file = MODULES[module]
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]

    def walk(node: ast.AST, late: bool, typing_only: bool) -> Iterator[Import]:
        match node:
            case ast.Import(names=names):
                for n in names:
                    yield Import(n.name, node.lineno, late, typing_only)
            case ast.ImportFrom(names=names, level=level):
                base = node.module or ""
                if level:
                    up = package.split(".")[: len(package.split(".")) - level + 1]
                    base = ".".join([*up, base] if base else up)
                for n in names:
                    name = f"{base}.{n.name}"
                    yield Import(name if name in MODULES else base, node.lineno, late, typing_only)
            case _:
                late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                    typing_only = True
                for child in ast.iter_child_nodes(node):
                    yield from walk(child, late, typing_only)

    yield from walk(ast.parse(file.read_text()), False, False)


def ours(module: str) -> bool:
    return module.split(".")[0] == "sourcead"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_its_own_layer_and_those_below(module):
    assert layer(module) in MAY_IMPORT, f"{MODULES[module]} is in no layer of the design"
    wrong = [
        f"{MODULES[module]}:{i.line} imports {i.module}"
        for i in imports(module)
        if ours(i.module) and layer(i.module) not in MAY_IMPORT[layer(module)]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", MODULES)
def test_imports_stand_at_the_top(module):
    allowed = LATE.get(module.partition(".")[2], set())
    wrong = [
        f"{MODULES[module]}:{i.line} imports {i.module} inside a function"
        for i in imports(module)
        if i.late and not ({i.module, i.module.split(".")[0]} & allowed)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_list_of_late_imports_has_nothing_that_is_gone():
    for name, packages in LATE.items():
        late = {i.module for i in imports(f"sourcead.{name}") if i.late}
        late |= {m.split(".")[0] for m in late}
        assert packages <= late, name


def test_there_are_no_import_cycles():
    graph = {
        m: {i.module for i in imports(m) if ours(i.module) and not i.late and not i.typing_only} - {m}
        for m in MODULES
    }
    list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names the modules


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short_and_named_for_what_they_do(module):
    file = MODULES[module]
    length = len(file.read_text().splitlines())
    assert length <= LINES, f"{file} has {length} lines"
    assert file.stem not in {"utils", "util", "helpers", "misc", "common"}


def test_the_reader_of_imports_sees_what_python_sees():
    found = {(i.module, i.late) for i in imports("sourcead.testing")}
    assert ("sourcead.differences", False) in found
    assert ("sourcead.api", True) in found
    assert ("numpy", False) in found


def modules_loaded(program: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after `program` and not after `import
    numpy`."""
    text = (
        "import sys, numpy\nbefore = set(sys.modules)\n"
        f"{program}\n"
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_nothing_but_numpy():
    loaded = modules_loaded("import sourcead")
    assert "sourcead" in loaded
    foreign = {m for m in loaded - {"sourcead"} if m not in sys.stdlib_module_names}
    # named too, in case one of them comes to be loaded by numpy's own import
    heavy = {
        "sympy",
        "black",
        "numba",
        "scipy",
        "rich",
        "typer",
        "astor",
        "networkx",
        "optree",
        "pandas",
        "torch",
        "jax",
    }
    assert not foreign
    assert not loaded & heavy


def test_a_derivative_is_made_and_called_without_what_only_shows_it(tmp_path):
    (tmp_path / "cubed.py").write_text("def cube(x):\n    return x * x * x\n")
    loaded = modules_loaded(
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import sourcead, cubed\nassert sourcead.grad(cubed.cube)(2.0) == 12.0"
    )
    assert not loaded & {"black", "sympy", "rich", "typer", "scipy", "pygments", "networkx"}
