"""Tangents and adjoints that are handed in, brought to the structure and the types of what they belong to.

A tangent has its primal's structure, shapes and kinds of numbers; an adjoint has those of the result.  Zeros
need not be written out: None or 0 stands for them at any place.  One walk over the value, its tree and what
was given checks all of it and casts the numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import errors
from .frontend.trees import Fixed, Leaf, Node, Tree, children_of, steps, tree_of

NUMBERS = (bool, int, float, complex, np.bool_, np.number)


def matched(x: Any, like: Any, tree: Tree, what: str, root: str = "") -> list[Any]:
    """The leaves of a tangent or adjoint, in the order of `frontend.trees.flatten`, of their primals' kinds.

    x      what was given
    like   the value that it belongs to: an argument for its tangent, a returned value for its adjoint
    tree   the structure of `like`
    what   how messages call x: "tangent of argument 'x'", "adjoint of the result"
    root   how they call `like`; a path follows it: `x["w"][0]`

    A leaf comes back as a number of its primal's type (`float`, `complex`, `numpy.float32`), or as an array
    of its primal's dtype and shape; it shares memory with x where nothing was cast.  For integers and
    booleans it is None.  Of dicts the keys count and not their order.

    Raises ValueError for another structure or shape, TypeError for what is no number or is complex where the
    primal is real, errors.NotDifferentiable for an integer or boolean with a tangent that is not zero.

    >>> from sourcead.frontend.trees import tree_of
    >>> p = {"w": np.ones(2, np.float32), "b": (1.0, 3)}
    >>> matched({"b": (2, None), "w": 0}, p, tree_of(p), "tangent of argument 'p'", "p")
    [array([0., 0.], dtype=float32), 2.0, None]
    """
    if type(x) is float and type(like) is float:  # the case that is worth no walk
        return [x]
    out: list[Any] = []
    _Walk(what, out).visit(x, like, tree, root)
    return out


def rebuilt(leaves: Any, tree: Tree) -> Any:
    """Leaves (an iterator) in the structure of a tree again; what is known by value is None.

    Dataclasses are made from their fields, without a call of `__init__`: no check of theirs is in the way.

    >>> from sourcead.frontend.trees import tree_of
    >>> rebuilt(iter([1.0, 2.0]), tree_of({"a": [5.0, "text"], "b": 6.0}))
    {'a': [1.0, None], 'b': 2.0}
    """
    if isinstance(tree, Leaf):
        return next(leaves)
    if isinstance(tree, Fixed):
        return None
    parts = [rebuilt(leaves, t) for t in tree.children]
    if tree.kind == "dict":
        return dict(zip(tree.keys, parts))
    if tree.kind == "namedtuple":
        return tree.cls._make(parts)
    if tree.kind == "dataclass":
        made = object.__new__(tree.cls)
        for name, part in zip(tree.keys, parts):
            object.__setattr__(made, name, part)
        return made
    return tree.cls(parts)


class _Walk:
    """One walk: what messages call the thing, and the leaves found so far."""

    def __init__(self, what: str, out: list[Any]) -> None:
        self.what = what
        self.out = out

    def at(self, path: str) -> str:
        nested = path and not path.isidentifier()
        return f"{self.what}{f', at {path},' if nested else ''}"

    def wrong(self, x: Any, wanted: str, path: str) -> Exception:
        """ValueError for a number, array or container that is not what is wanted, TypeError for the rest."""
        known = type(x) is np.ndarray or isinstance(x, NUMBERS) or children_of(x) is not None
        return (ValueError if known else TypeError)(f"{self.at(path)} must be {wanted}, not {_describe(x)}")

    def visit(self, x: Any, like: Any, tree: Tree, path: str) -> None:
        if isinstance(tree, Node):
            self.node(x, like, tree, path)
        elif isinstance(tree, Leaf):
            self.out.append(self.leaf(x, like, path))
        else:
            self.fixed(x, tree.value, path)

    # -- containers ------------------------------------------------------------------------------------------
    def node(self, x: Any, like: Any, tree: Node, path: str) -> None:
        parts = children_of(like)
        assert parts is not None
        given: list[Any] = [None] * len(parts[3])
        if not _is_zero(x):
            given = self.parts(x, tree.kind, tree.cls, tree.keys, len(given), path)
        for part, value, t, step in zip(given, parts[3], tree.children, steps(tree)):
            self.visit(part, value, t, path + step)

    def parts(self, x: Any, kind: str, cls: Any, keys: tuple[Any, ...], length: int, path: str) -> list[Any]:
        """The parts of a container that was given, in the order of the tree."""
        found = children_of(x)
        wanted = _container(kind, cls, keys, length)
        if found is None or found[:2] != (kind, cls):
            raise self.wrong(x, wanted, path)
        _, _, own, items = found
        if kind == "dict":
            if set(own) != set(keys):
                raise ValueError(f"{self.at(path)} must be {wanted}; it {_differing(keys, own)}")
            by_key = dict(zip(own, items))
            return [by_key[k] for k in keys]
        if len(items) != length:
            raise self.wrong(x, wanted, path)
        return items

    # -- leaves --------------------------------------------------------------------------------------------
    def leaf(self, x: Any, like: Any, path: str) -> Any:
        if isinstance(like, np.ndarray):
            return self.array(x, like, path)
        if isinstance(like, list | tuple):  # a list whose length shows only at run time is one leaf
            items = [None] * len(like)
            if not _is_zero(x):
                items = self.parts(x, type(like).__name__, type(like), (), len(like), path)
            return type(like)([self.leaf(i, v, f"{path}[{k}]") for k, (i, v) in enumerate(zip(items, like))])
        return self.number(x, like, path)

    def array(self, x: Any, like: np.ndarray, path: str) -> Any:
        if like.dtype.kind not in "fc":
            return self.without(x, like, path)
        if _is_zero(x):
            return np.zeros_like(like)
        wanted = f"an array of shape {like.shape}"
        a = self.numeric(x, like.dtype.kind, wanted, path)
        if a.shape != like.shape:
            raise self.wrong(x, wanted, path)
        return a.astype(like.dtype, copy=False)

    def number(self, x: Any, like: Any, path: str) -> Any:
        kind = _kind(like)
        if kind not in "fc":
            return self.without(x, like, path)
        if x is None:
            x = 0.0
        elif type(x) is not int and type(x) is not float:
            a = self.numeric(x, kind, "a number", path)
            if a.shape != ():
                raise self.wrong(x, "a number", path)
            x = a[()]
        return type(like)(x) if isinstance(like, np.generic) else complex(x) if kind == "c" else float(x)

    def numeric(self, x: Any, kind: str, wanted: str, path: str) -> np.ndarray:
        """What was given as an array, if it is one number or array of a kind that fits."""
        if type(x) is not np.ndarray and not isinstance(x, NUMBERS):
            raise self.wrong(x, wanted, path)
        a = np.asarray(x)
        if a.dtype.kind not in "biufc":
            raise TypeError(f"{self.at(path)} must be {wanted}, not an array of dtype {a.dtype}")
        if a.dtype.kind == "c" and kind != "c":
            raise TypeError(f"{self.at(path)} must be real, as what it belongs to is; it is {a.dtype}")
        return a

    def without(self, x: Any, like: Any, path: str) -> None:
        """The place of a value that has no derivative: only zeros may stand there."""
        if _is_zero(x):
            return
        array = isinstance(like, np.ndarray)
        wanted = f"an array of shape {like.shape}" if array else "a number"
        a = self.numeric(x, "c", wanted, path)
        if a.shape != np.shape(like):
            raise self.wrong(x, wanted, path)
        if a.any():
            one = "a boolean" if _kind(like) == "b" else "an integer"
            raise errors.NotDifferentiable(
                f"{self.at(path)} must be zero, not {_describe(x)}: it belongs to {one}{' array' * array}",
                reason="only floating-point and complex values carry a derivative",
                hint="give 0 or None there, or make the value a float",
            )

    def fixed(self, x: Any, value: Any, path: str) -> None:
        """The place of what is known by value.  It has no leaf; what is given is checked all the same."""
        if isinstance(value, bool):
            self.without(x, value, path)
        elif not _is_zero(x):
            tree = tree_of(value)
            if not isinstance(tree, Fixed):  # a constant that the function returns
                _Walk(self.what, []).visit(x, value, tree, path)
            elif not (x is value or (isinstance(x, str) and x == value)):
                raise TypeError(
                    f"{self.at(path)} must be None, not {_describe(x)}: it belongs to {_describe(value)}"
                )


def _is_zero(x: Any) -> bool:
    return x is None or (isinstance(x, NUMBERS) and x == 0)


def _kind(x: Any) -> str:
    """NumPy's letter for the kind of a number or array, of Python's integers too, which may be any size."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind
    return "c" if isinstance(x, complex) else "f" if isinstance(x, float) else "b" if type(x) is bool else "i"


# -- words for messages ------------------------------------------------------------------------------------
def _container(kind: str, cls: Any, keys: tuple[Any, ...], length: int) -> str:
    if kind == "dict":
        return f"a dict with the keys {_listed(keys)}" if keys else "an empty dict"
    if kind in ("namedtuple", "dataclass"):
        return f"a {cls.__name__}"
    return f"a {kind} of length {length}"


def _listed(keys: Any) -> str:
    return ", ".join(map(repr, keys))


def _differing(wanted: tuple[Any, ...], own: tuple[Any, ...]) -> str:
    lacking, more = [k for k in wanted if k not in own], [k for k in own if k not in wanted]
    texts = [f"lacks {_listed(lacking)}"] * bool(lacking) + [f"has {_listed(more)}"] * bool(more)
    return " and ".join(texts)


def _describe(x: Any) -> str:
    if x is None or isinstance(x, NUMBERS):
        return repr(x)
    if isinstance(x, np.ndarray):
        return f"{'an array' if type(x) is np.ndarray else f'a {type(x).__name__}'} of shape {x.shape}"
    parts = children_of(x)
    if parts is not None:
        kind, cls, keys, items = parts
        return _container(kind, cls, keys, len(items))
    return f"the text {x!r}" if isinstance(x, str) else f"a {type(x).__name__}"
