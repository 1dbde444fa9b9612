"""What a derivative takes and hands out: the leaves that are differentiated, and how results are structured.

arguments x, {"w": w, "n": 3}     leaves 0, 1, 2      differentiated 0, 1
adjoints  x_bar, {"w": w_bar, "n": None}              slots 0, 1 of what the text returns
"""

from __future__ import annotations

from typing import Any

from . import errors
from .backend.signature import Make
from .frontend.lower import Lowered
from .frontend.trees import Fixed, Leaf, Node, Tree, leaves
from .ir.core import Constant, Function, Op, Value
from .ir.types import Array, List, Scalar, dtype_kind, is_complex, is_inexact

# -- which leaves are differentiated ------------------------------------------------------------------------


def wanted(lowered: Lowered, argnums: tuple[int, ...], name: str) -> list[list[int]]:
    """For each argument to differentiate, the positions of its leaves among the parameters.

    Raises errors.NotDifferentiable where a leaf is an integer.
    """
    position, spans = 0, []
    for tree in lowered.trees:
        n = len(list(leaves(tree)))
        spans.append(range(position, position + n))
        position += n
    out = []
    for k in argnums:
        arg = lowered.names[k]
        for path, t in leaves(lowered.trees[k]):
            if not is_inexact(t):
                what = f"argument '{arg}'" if not path else f"argument '{arg}', at {arg}{path},"
                kind = "an integer" if dtype_kind(t.dtype) in "iu" else f"of type {t}"  # type: ignore[attr-defined]
                raise errors.NotDifferentiable(
                    f"{what} of {name} is {kind}, which has no derivative",
                    reason="only floating-point and complex values carry a derivative",
                    hint=f"pass a float ({arg}=3.0), or leave the argument out of argnums",
                )
        out.append(list(spans[k]))
    return out


def need_scalar(lowered: Lowered, name: str) -> None:
    t = lowered.result.type if isinstance(lowered.result, Leaf) else None
    if t is None or (isinstance(t, Array) and t.ndim > 0) or isinstance(t, List):
        raise errors.NotDifferentiable(
            f"grad needs a function with one real number as its result; {name} returns"
            f" {describe(lowered.result)}",
            hint="sum it up, or use vjp, which takes the adjoint of any result",
        )
    if is_complex(t):
        raise errors.NotDifferentiable(
            f"grad needs a real result; {name} returns a complex number",
            hint="return its real part or its abs",
        )
    if not is_inexact(t):
        raise errors.NotDifferentiable(f"the result of {name} is of type {t}, which has no derivative")


def describe(tree: Tree) -> str:
    if isinstance(tree, Leaf):
        return f"a {tree.type}"
    if isinstance(tree, Fixed):
        return repr(tree.value)
    return f"a {tree.kind}"


def first_of_pair(lowered: Lowered) -> tuple[Function, Tree]:
    """With has_aux the result is a pair, and its first half is differentiated."""
    tree = lowered.result
    if not (isinstance(tree, Node) and tree.kind == "tuple" and len(tree.children) == 2):
        raise errors.NotDifferentiable(
            f"with has_aux, {lowered.function.name} must return a pair (value, aux)"
        )
    if not isinstance(tree.children[0], Leaf):
        raise errors.NotDifferentiable("with has_aux, the first half of the result must be one number")
    return lowered.function, tree.children[0]


# -- structures of results ----------------------------------------------------------------------------------


class Slots:
    """Hands out result slots: appends values and gives the structure that the text returns."""

    def __init__(self) -> None:
        self.values: list[Value] = []

    def structure(self, tree: Tree, values: Any) -> Any:
        if isinstance(tree, Leaf):
            self.values.append(next(values))
            return len(self.values) - 1
        if isinstance(tree, Fixed):
            return tree.value
        parts = [self.structure(c, values) for c in tree.children]
        if tree.kind == "tuple":
            return tuple(parts)
        if tree.kind == "list":
            return parts
        if tree.kind == "dict":
            return dict(zip(tree.keys, parts))
        return Make(tree.cls, dict(zip(tree.keys, parts)))


def without_fixed(tree: Tree) -> Tree:
    """A structure for adjoints: what is known by value has None in its place."""
    if isinstance(tree, Fixed):
        return Fixed(None)
    if isinstance(tree, Node):
        return Node(tree.kind, tree.cls, tree.keys, tuple(map(without_fixed, tree.children)))
    return tree


def as_primal(f: Function, v: Value, like: Value, reverse_part: bool) -> Value:
    """An adjoint that is handed out: of its primal's kind."""
    t = like.type
    if (
        isinstance(t, Scalar)
        and not t.numpy
        and isinstance(v.type, Scalar)
        and v.type.numpy is not False
        and not isinstance(v, Constant)
    ):
        key = "builtins.complex" if is_complex(t) else "builtins.float"
        op = Op(key, [v], [Scalar(t.dtype)], {"_dot": True}, None, None, reverse_part)
        f.body.ops.append(op)
        return op.result
    if (
        isinstance(t, Scalar)
        and t.numpy
        and not (isinstance(v.type, Scalar) and v.type.numpy and v.type.dtype == t.dtype)
    ):
        op = Op(f"numpy.{t.dtype}", [v], [t], {"_dot": True}, None, None, reverse_part)
        f.body.ops.append(op)
        return op.result
    return v


def adjoint_structure(tree: Tree, order: Any) -> Any:
    if isinstance(tree, Leaf):
        return next(order)
    if isinstance(tree, Fixed):
        return None
    parts = [adjoint_structure(c, order) for c in tree.children]
    if tree.kind == "tuple":
        return tuple(parts)
    if tree.kind == "list":
        return parts
    if tree.kind == "dict":
        return dict(zip(tree.keys, parts))
    return Make(tree.cls, dict(zip(tree.keys, parts)))
