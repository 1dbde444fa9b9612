"""Loops whose trips may run at one time, as `prange`.

A loop over `range` is one where each trip writes to places of its own, and reads none that another trip
writes:

    for i in range(n):                     every place of B in the loop has `i` in its first axis, B is not
        for j in range(m):                 read in another way, and `r` is set before it is read in each trip:
            r = A[i, j + 1] * c            for i in prange(n)
            B[i, j] += r

An array that a trip makes itself is its own.  What is added up over the trips (`s += ...`,
`s = accumulate(s, ...)`) stays a loop, since threads would add in another order each time.  So do loops
inside of loops that have no loop in them: they are too short for the threads to be worth it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from .printer import Blank, Comment, blocks_of, statements_in

MAKERS = ("empty", "zeros", "ones", "full")
FRESH = {*MAKERS, *(f"{m}_like" for m in MAKERS), "copy", "array"}
MODULES = {"np", "math"}
#: Functions of one number, or of several.
NUMBERS = {
    *("len", "float", "int", "bool", "complex", "abs", "min", "max", "round"),
    *("accumulate", "exp", "expm1", "log", "log1p", "maximum", "minimum", "tanh"),
}
Place = tuple[int, int]  # an axis, and what is added to the loop's variable there


def parallel_loops(function: ast.FunctionDef) -> bool:
    """Turn loops of a function's text into `prange` loops, in place; whether there are any."""
    found = _Marker(function).found
    _hide_lengths(function)
    return found


def _hide_lengths(function: ast.FunctionDef) -> None:
    """Write the lengths of new arrays as `int(n + 2)`, in place.

    With `parallel=True` Numba (0.68) takes `n + 2` and `n - 2` for equal once there is an array of n by n,
    and makes arrays of `n + 2` too short (SymbolicEquivSet in array_analysis.py); but it does not look into
    calls.
    """
    last: dict[str, ast.expr] = {}  # what a name was assigned above

    def hidden(e: ast.expr) -> ast.expr:
        said = last.get(e.id) if isinstance(e, ast.Name) else e
        return ast.Call(ast.Name("int", ast.Load()), [e], []) if _is_shifted(said) else e

    for s in statements_in(function.body):
        if any(blocks_of(s)):
            continue
        for node in ast.walk(s):
            if isinstance(node, ast.Call) and node.args and _makes_array(node.func):
                shape = node.args[0]
                whole = last.get(shape.id) if isinstance(shape, ast.Name) else shape
                if isinstance(whole, ast.Tuple):
                    whole.elts = list(map(hidden, whole.elts))
                else:
                    node.args[0] = hidden(shape)
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
            last[s.targets[0].id] = s.value


def _is_new(e: ast.expr) -> bool:
    return isinstance(e, ast.Call) and _makes_array(e.func)


def _makes_array(f: ast.expr) -> bool:
    named = isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name)
    return named and f.value.id == "np" and f.attr in MAKERS  # type: ignore[attr-defined]


def _is_shifted(e: ast.expr | None) -> bool:
    """Whether an expression is an integer and a constant."""
    if not isinstance(e, ast.BinOp) or not isinstance(e.op, ast.Add | ast.Sub):
        return False
    return any(isinstance(x, ast.Constant) and isinstance(x.value, int) for x in (e.left, e.right))


class _Marker:
    def __init__(self, function: ast.FunctionDef) -> None:
        self.assigns = [
            n
            for n in ast.walk(function)
            if isinstance(n, ast.Assign)
            and not _is_fresh(n.value)
            and any(isinstance(t, ast.Name | ast.Tuple) for t in n.targets)  # storing an element shares none
        ]
        self.found = False
        self.block(function.body, [], 0)

    def block(self, body: list[ast.stmt], after: list[list[ast.stmt]], depth: int) -> None:
        """`after`: what runs when the block is done, the innermost first."""
        for k, s in enumerate(body):
            rest = [body[k + 1 :], *after]
            if isinstance(s, ast.For) and self.is_parallel(s, rest, depth):
                s.iter.func = ast.Name("prange", ast.Load())  # type: ignore[attr-defined]
                self.found = True
                continue
            again = [[s]] if isinstance(s, ast.For | ast.While) else []
            for part in blocks_of(s):
                self.block(part, [*again, *rest], depth + bool(again))

    def is_parallel(self, loop: ast.For, after: list[list[ast.stmt]], depth: int) -> bool:
        if not _over_range(loop) or not isinstance(loop.target, ast.Name) or loop.orelse:
            return False
        inner = list(statements_in(loop.body))
        if depth and not any(isinstance(s, ast.For) for s in inner):
            return False
        if not all(isinstance(s, ast.Assign | ast.AugAssign | ast.For | ast.If) for s in inner):
            return False
        if any(isinstance(s, ast.For) and not _over_range(s) for s in inner):
            return False
        own = _assigned(loop.body)
        if loop.target.id in own or _reads(loop.body, own):  # bound anew, it tells no places apart
            return False
        if any(_runs_into(after, {n}) for n in (loop.target.id, *own)):
            return False
        return self.writes_apart(loop, loop.target.id, _start(loop))

    def writes_apart(self, loop: ast.For, index: str, start: int) -> bool:
        """Whether all written memory is only touched at places that the loop's variable tells apart."""
        inside = set(_nodes(loop.body))
        # a view that the loop takes stands at the place where it takes it
        names = _shared_memory(
            [n for n in self.assigns if not (n in inside and isinstance(n.value, ast.Subscript))]
        )
        touched: dict[str, set[Place] | None] = {}  # per memory: the places in all its subscripts
        by: dict[str, str] = {}  # per memory: the one name for it
        written, bases = set(), set()
        for node in _nodes(loop.body):
            if isinstance(node, ast.Subscript):
                if not isinstance(node.value, ast.Name):
                    if _is_shape(node.value):
                        continue
                    return False
                bases.add(node.value)
                root = names.get(node.value.id, node.value.id)
                places = {(k, d) for k, d in _places(node.slice, index) if start + d >= 0}  # -1 is the last
                known = touched.get(root, places)
                one = by.setdefault(root, node.value.id) == node.value.id
                touched[root] = known & places if known is not None and one else None
                if isinstance(node.ctx, ast.Store):
                    written.add(root)
        for node in _nodes(loop.body):
            if isinstance(node, ast.Name) and node not in bases and not _asks_shape(node, loop):
                touched[names.get(node.id, node.id)] = None
            if isinstance(node, ast.Call) and not _is_pure(node.func):
                return False
        made = {  # each trip has its own of these
            s.targets[0].id
            for s in loop.body
            if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name) and _is_new(s.value)
        }
        shared = {root for root in written if root not in made or root in {*names, *names.values()}}
        return bool(shared) and all(touched[root] for root in shared)


# -- what a loop is made of ---------------------------------------------------------------------------------


def _over_range(loop: ast.For) -> bool:
    it = loop.iter
    return (
        isinstance(it, ast.Call)
        and isinstance(it.func, ast.Name)
        and it.func.id == "range"
        and len(it.args) < 3
        and isinstance(loop.target, ast.Name)
    )


def _start(loop: ast.For) -> int:
    """Where the range of a loop begins; a large negative number where that is not in the text."""
    given = loop.iter.args  # type: ignore[attr-defined]
    if len(given) == 1:
        return 0
    known = isinstance(given[0], ast.Constant) and isinstance(given[0].value, int)
    return given[0].value if known else -(2**62)


def _nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for s in body:
        if not isinstance(s, Comment | Blank):
            yield from ast.walk(s)


def _assigned(body: list[ast.stmt]) -> set[str]:
    return {n.id for n in _nodes(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _is_shape(e: ast.expr) -> bool:
    return isinstance(e, ast.Attribute) and e.attr == "shape"


def _asks_shape(node: ast.Name, loop: ast.For) -> bool:
    """Whether a name is used as a number, a function, or for its length alone: not as an array."""
    for other in _nodes(loop.body):
        if isinstance(other, ast.Attribute) and other.value is node:
            return other.attr in ("shape", "size", "ndim", "dtype") or node.id in MODULES
        if isinstance(other, ast.Call) and node in other.args:
            return isinstance(other.func, ast.Name) and other.func.id == "len"
    return False


def _is_pure(f: ast.expr) -> bool:
    if isinstance(f, ast.Attribute):
        base: ast.expr = f
        while isinstance(base, ast.Attribute):
            base = base.value
        return isinstance(base, ast.Name) and base.id in MODULES and "random" not in ast.unparse(f)
    return isinstance(f, ast.Name) and (f.id == "range" or _of_numbers(f.id))


def _of_numbers(function: str) -> bool:
    return function in NUMBERS or function.startswith("safe_")


def _places(index: ast.expr, variable: str) -> set[Place]:
    """The axes in which a subscript is the variable, or the variable and a constant."""
    axes = index.elts if isinstance(index, ast.Tuple) else [index]
    out = set()
    for k, e in enumerate(axes):
        offset = 0
        if (
            isinstance(e, ast.BinOp)
            and isinstance(e.op, ast.Add | ast.Sub)
            and isinstance(e.right, ast.Constant)
        ):
            offset = e.right.value if isinstance(e.op, ast.Add) else -e.right.value
            e = e.left
        if isinstance(e, ast.Name) and e.id == variable:
            out.add((k, offset))
    return out


def _shared_memory(assigns: list[ast.Assign]) -> dict[str, str]:
    """For each name that may stand for another's memory, one name for all that may share it."""
    root: dict[str, str] = {}

    def find(n: str) -> str:
        while root.get(n, n) != n:
            n = root[n]
        return n

    for node in assigns:
        names = {n.id for n in _outside_of_indices(node) if isinstance(n, ast.Name)} - MODULES
        first, *others = sorted(map(find, names))
        for n in others:
            root[n] = first
    return {n: find(n) for n in root}


def _outside_of_indices(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement, without what elements and views are selected with."""
    yield node
    for child in [node.value] if isinstance(node, ast.Subscript) else ast.iter_child_nodes(node):
        yield from _outside_of_indices(child)


def _is_fresh(e: ast.expr) -> bool:
    """Whether an expression is an array of its own, or one number."""
    if isinstance(e, ast.Constant | ast.Compare | ast.BinOp | ast.UnaryOp):
        return True  # arithmetic makes arrays
    if isinstance(e, ast.Subscript):
        return _is_shape(e.value)
    if not isinstance(e, ast.Call):
        return isinstance(e, ast.Attribute) and e.attr in ("shape", "size", "ndim")
    if isinstance(e.func, ast.Name):
        return _of_numbers(e.func.id)
    if not isinstance(e.func, ast.Attribute) or not isinstance(e.func.value, ast.Name):
        return False
    made = e.func.attr in FRESH or isinstance(getattr(np, e.func.attr, None), np.ufunc)
    return e.func.value.id == "math" or (e.func.value.id == "np" and made)


# -- what is read before it is set ---------------------------------------------------------------------------


def _runs_into(blocks: list[list[ast.stmt]], names: set[str]) -> bool:
    """Whether one of the names is read before it is set in blocks that run one after the other."""
    left = set(names)
    for b in blocks:
        if _reads(b, left):
            return True
        left -= _surely_set(b)
    return False


def _reads(body: list[ast.stmt], names: set[str]) -> bool:
    """Whether one of the names may be read before the statements set it."""
    left = set(names)
    for s in body:
        if isinstance(s, Comment | Blank):
            continue
        if not left:
            return False
        if isinstance(s, ast.For | ast.While | ast.If | ast.Try):
            head = s.iter if isinstance(s, ast.For) else getattr(s, "test", None)
            if head is not None and _loads(head) & left:
                return True
            inner = left - (_names(s.target) if isinstance(s, ast.For) else set())
            if any(_reads(part, inner) for part in blocks_of(s)):
                return True
        elif _loads(s) & left:
            return True
        left -= _surely_set([s])
    return False


def _loads(node: ast.AST) -> set[str]:
    out = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        out.add(node.target.id)
    return out


def _names(target: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}


def _surely_set(body: list[ast.stmt]) -> set[str]:
    out: set[str] = set()
    for s in body:
        if isinstance(s, ast.Assign):
            out |= _assigned([s])
        elif isinstance(s, ast.If):
            out |= _surely_set(s.body) & _surely_set(s.orelse)
    return out
