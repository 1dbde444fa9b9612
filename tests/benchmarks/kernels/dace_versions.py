"""DaCe's reverse mode (`dace.autodiff`, version 2) of the plain text, put as DaCe's frontend wants it.

A program of DaCe takes arrays of fixed shapes and writes its result into one of them.  So the text is
changed: numbers that are arguments, and shapes, become constants; `x = x.copy()` of an argument goes, and the
caller copies instead; `a.sum()` becomes `np.sum(a)`, arrays are made with their dtype, an outer product is a
broadcast one; the result is stored and not returned.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import tempfile
import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dace
import numpy as np
from dace.autodiff import add_backward_pass

from .registry import Kernel

FOLDER = Path(tempfile.mkdtemp(prefix="dace-kernels-"))
dace.Config.set("default_build_folder", value=str(FOLDER / "cache"))


class ForDace(ast.NodeTransformer):
    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self.arrays = arrays
        self.copied: set[str] = set()
        self.constants: dict[str, int] = {}

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="shape") if name in self.arrays:
                return ast.Tuple([ast.Constant(n) for n in self.arrays[name].shape], ast.Load())
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Tuple(elts=items), slice=ast.Constant(value=int() as n)):
                return items[n]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        node.value = self.visit(node.value)
        # binding an argument anew writes into the caller's array
        self.copied |= {t.id for t in node.targets if isinstance(t, ast.Name)} & self.arrays.keys()
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int() as n)):
                # no kernel binds the name of a length twice
                self.constants[name] = n
                return None
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=items)) if all(
                isinstance(i, ast.Constant) for i in items
            ):
                self.constants |= {n.id: i.value for n, i in zip(names, items)}
                return None
            case ast.Assign(
                targets=[ast.Name(id=new)],
                value=ast.Call(func=ast.Attribute(attr="copy"), args=[ast.Name(id=old)]),
            ) if (
                new == old and new in self.arrays
            ):
                return None
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]) if name in self.arrays:
                return ast.Constant(len(self.arrays[name]))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="outer"), args=[x, y]):
                column = ast.Tuple([ast.Slice(), ast.Constant(None)], ast.Load())
                return ast.BinOp(ast.Subscript(x, column, ast.Load()), ast.Mult(), y)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="empty" | "zeros"), args=[shape]):
                node.keywords.append(
                    ast.keyword("dtype", ast.Attribute(ast.Name("np", ast.Load()), "float64"))
                )
            case ast.Call(func=ast.Attribute(value=x, attr="sum" | "copy" | "max" | "mean" as name)):
                if not (isinstance(x, ast.Name) and x.id == "np"):
                    f = ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())
                    return ast.Call(f, [x, *node.args], node.keywords)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        target = ast.Subscript(ast.Name("result", ast.Load()), ast.Constant(0), ast.Store())
        return ast.Assign([target], self.visit(node.value))


class HelperForDace(ForDace):
    def visit_Return(self, node: ast.Return) -> ast.AST:
        return self.generic_visit(node)


def helpers(f: types.FunctionType) -> list[str]:
    """The text of the functions that f calls, those first that others call."""
    found: list[str] = []
    for name in f.__code__.co_names:
        g = f.__globals__.get(name)
        if isinstance(g, types.FunctionType):
            tree = HelperForDace({}).visit(ast.parse(inspect.getsource(g)))
            found += [*helpers(g), ast.unparse(ast.fix_missing_locations(tree))]
    return list(dict.fromkeys(found))


def program(kernel: Kernel, args: tuple[Any, ...]) -> tuple[Any, dict[str, np.ndarray], set[str]]:
    names = kernel.function.__code__.co_varnames[: len(args)]
    arrays = {n: a for n, a in zip(names, args) if isinstance(a, np.ndarray)}
    tree = ast.parse(textwrap.dedent(inspect.getsource(kernel.function)))
    change = ForDace(arrays)
    tree = ast.fix_missing_locations(change.visit(tree))
    (function,) = tree.body
    shapes = {n: f"dace.{a.dtype}[{', '.join(map(str, a.shape))}]" for n, a in arrays.items()}
    parameters = ", ".join(f"{n}: {s}" for n, s in shapes.items())
    constants = [f"{n} = {a!r}" for n, a in zip(names, args) if n not in arrays]
    constants += [f"{n} = {a!r}" for n, a in change.constants.items()]
    body = textwrap.indent(ast.unparse(function.body), "    ")
    lines = ["import math", "import dace", "import numpy as np", *constants, *helpers(kernel.function)]
    lines.append("@dace.program")
    lines += [f"def {kernel.name}({parameters}, result: dace.float64[1]):", body]
    # the frontend reads the text from its file
    size = "x".join(str(n) for a in arrays.values() for n in a.shape)
    path = FOLDER / f"{kernel.name}_{hash(size) % 10**8}.py"
    path.write_text("\n".join(lines) + "\n")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, kernel.name), arrays, change.copied


def gradient(kernel: Kernel, args: tuple[Any, ...]) -> Callable[[], Any]:
    made, arrays, copied = program(kernel, args)
    names = kernel.function.__code__.co_varnames[: len(args)]
    wrt = [names[n] for n in kernel.wrt]
    sdfg = made.to_sdfg(simplify=True)
    add_backward_pass(sdfg, outputs=["result"], inputs=wrt)
    compiled = sdfg.compile()
    takes = set(sdfg.arglist())
    given = {n: a.copy() if n in copied else a for n, a in arrays.items() if n in takes}
    bars = {f"gradient_{n}": np.zeros_like(arrays[n]) for n in wrt}
    result, result_bar = np.zeros(1), np.ones(1)

    def run() -> Any:
        for name in copied & given.keys():
            given[name][...] = arrays[name]
        for bar in bars.values():
            bar[...] = 0.0
        result_bar[0] = 1.0
        compiled(**given, result=result, gradient_result=result_bar, **bars)
        return result[0], tuple(bars.values())

    return run
