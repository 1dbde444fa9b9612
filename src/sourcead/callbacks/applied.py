"""Functions that apply a function to arrays: `np.vectorize`, `np.apply_along_axis`, `np.piecewise`, ...

They are written out, as the loops that they are; nothing of them is left in the derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frontend.lower import Lowerer
from ..frontend.trees import Leaf
from ..frontend.values import NONE, Abstract, Ref, Static, Tup
from ..ir.core import Constant, Value
from ..ir.types import Array, Scalar, dtype_kind, is_complex, is_inexact
from ..rules.registry import INSTANCES
from .solver import lowered


class Applied:
    """A user's function that the text of this module calls: it runs in the user's frames, not in a rule's."""

    def __init__(self, low: Lowerer, f: Abstract, of: str, floats: bool = False) -> None:
        self.f, self.frames, self.of, self.floats = f, list(low.frames), of, floats

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        inside, low.frames = low.frames, self.frames
        try:
            out = low.call(self.f, args, kwargs)
        finally:
            low.frames = inside
        if isinstance(out, Tup):
            low.refuse(
                f"the function given to {self.of} returns a tuple", hint="call it once for each result"
            )
        v = out if isinstance(out, Value) else None
        if v is not None and not self.floats and mixed(v):
            low.refuse(
                f"the function given to {self.of} returns an integer on one path and a float on another",
                reason="the first result decides on the dtype of all, and the floats might be cut",
                hint="return 0.0 instead of 0",
            )
        return out


def mixed(v: Value) -> bool:
    """Whether a number is an integer on one path and none on another."""
    if not isinstance(v.type, Scalar) or v.op is None or not v.op.is_branch:
        return False
    k = v.op.results.index(v)
    sides = [r.yields[k] for r in v.op.regions]
    kinds = {dtype_kind(s.type.dtype) in "biu" for s in sides if isinstance(s.type, Scalar)}
    return len(kinds) > 1 or any(map(mixed, sides))


def written_out(low: Lowerer, text: Any, *args: Abstract) -> Abstract:
    return low.call_python(text, list(args), {}, template=True)


def array_like(low: Lowerer, a: Abstract, of: str) -> Abstract:
    """An argument as an array, or the number that it is."""
    if isinstance(low.type_of(a), Array | Scalar):
        return a
    if isinstance(a, Tup | Ref):
        return low.array_of(a)
    low.refuse(f"{of} is given a {low.kind_of(a)}")


# -- vectorize -----------------------------------------------------------------------------------------------


def each(f: Any, kind: Any, dtype: Any, x: Any) -> Any:
    items = x if x.ndim == 1 else x.ravel()
    out = empty(len(items), dtype)
    for i in range(len(items)):
        out[i] = f(kind(items[i]))
    return out if x.ndim == 1 else out.reshape(x.shape)


def together(f: Any, kinds: Any, dtype: Any, arrays: Any) -> Any:
    """Several arrays, broadcast; numbers beside them have gone into f."""
    given = list(arrays)
    if len(given) > 1:
        whole = given[0] + given[1]
        for a in given[2:]:
            whole = whole + a
        given = [np.broadcast_to(a, whole.shape) for a in given]
    items = [a if a.ndim == 1 else a.ravel() for a in given]
    out = empty(len(items[0]), dtype)
    for i in range(len(items[0])):
        out[i] = f(*[kind(a[i]) for kind, a in zip(kinds, items)])
    return out if given[0].ndim == 1 else out.reshape(given[0].shape)


def only(f: Any, *numbers: Any) -> Any:
    return np.array(f(*numbers))


def only_float(f: Any, *numbers: Any) -> Any:
    return np.array(float(f(*numbers)))


class Vectorized:
    """`np.vectorize(f)`, as the frontend knows it."""

    def __init__(self, f: Abstract, floats: bool) -> None:
        self.f, self.floats = f, floats

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        of = "np.vectorize"
        if kwargs:
            low.refuse(
                f"a function of {of} that is called with keywords is not covered", hint="use positions"
            )
        f = Static(Applied(low, self.f, of, self.floats))
        given = [array_like(low, a, of) for a in args]
        ranks = [getattr(low.type_of(a), "ndim", 0) for a in given]
        if not any(ranks):
            return written_out(low, only_float if self.floats else only, f, *given)
        dtype, kinds = self.types(low, f, given), [python_kind(low.type_of(a)) for a in given]
        if len(given) == 1:
            out = written_out(low, each, f, Static(kinds[0]), dtype, given[0])
        else:
            arrays = Tup(tuple(a for a, r in zip(given, ranks) if r))
            numbers = {k: a for k, (a, r) in enumerate(zip(given, ranks)) if not r}
            of_arrays = Tup(tuple(Static(k) for k, r in zip(kinds, ranks) if r))
            f = Static(Among(f, numbers))
            out = written_out(low, together, f, of_arrays, dtype, arrays)
        return out

    def types(self, low: Lowerer, f: Abstract, given: list[Abstract]) -> Any:
        """The dtype of the results."""
        types: list[Any] = [low.type_of(a) for a in given]
        kinds: list[Any] = [Scalar("float64" if is_inexact(t) else t.dtype) for t in types]
        t = type_of_result(low, f, kinds)
        if not isinstance(t, Scalar) or is_complex(t):
            low.refuse("the function given to np.vectorize must return a real number")
        return NONE if self.floats else dtype_of(t)


def type_of_result(low: Lowerer, f: Abstract, types: list[Any]) -> Any:
    """The type of what a function returns, None for what is no number and no array."""
    _, _, tree = low.subfunction(f, [low.wrap(Value(t)) for t in types], {})
    return tree.type if isinstance(tree, Leaf) else None


def dtype_of(t: Scalar) -> Abstract:
    """A dtype as the text of this module takes it: None for the usual one."""
    return NONE if t.dtype == "float64" else Static(np.dtype(t.dtype))


class Among:
    """A function some of whose arguments are given."""

    def __init__(self, f: Abstract, given: dict[int, Abstract]) -> None:
        self.f, self.given = f, given

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        rest = iter(args)
        every = range(len(args) + len(self.given))
        return low.call(self.f, [self.given[k] if k in self.given else next(rest) for k in every], {})


def python_kind(t: Any) -> Any:
    """An array of objects, which `np.vectorize` makes, holds Python's numbers."""
    return {"f": float, "b": bool}.get(dtype_kind(t.dtype), int)


FLOATS = (["d"], ["float"], [float], [np.float64], ["float64"], (float,), "d")


def vectorized(low: Lowerer, f: Abstract, options: dict[str, Any]) -> Abstract:
    for name in ("excluded", "cache", "signature"):
        if options.get(name) not in (None, False, set(), frozenset()):
            low.refuse(f"{name}= of np.vectorize is not covered", hint="write the loop")
    otypes = options.get("otypes")
    if otypes is not None and otypes not in FLOATS:
        low.refuse("otypes= of np.vectorize is covered for floats only")
    return Static(Vectorized(f, otypes is not None))


@lowered("numpy.vectorize")
def vectorize(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    given = {**dict(zip(("pyfunc", "otypes", "doc", "excluded", "cache", "signature"), args)), **kwargs}
    f = given.pop("pyfunc", None)
    if f is None:
        low.refuse("np.vectorize without a function is not covered", hint="np.vectorize(f)")
    return vectorized(low, f, {k: low.static(a) for k, a in given.items()})


def call_of_instance(obj: Any, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    options = {k: getattr(obj, k) for k in ("otypes", "excluded", "cache", "signature")}
    return low.call(vectorized(low, Static(obj.pyfunc), options), args, kwargs)


INSTANCES["numpy.vectorize"] = call_of_instance


@lowered("numpy.frompyfunc")
def frompyfunc(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    low.refuse(
        "np.frompyfunc is not supported",
        reason="what it makes returns arrays of objects",
        hint="use np.vectorize, which returns numbers",
    )


# -- along axes ----------------------------------------------------------------------------------------------


def numbers_of_rows(f: Any, dtype: Any, a: Any, axis: Any) -> Any:
    rows = np.moveaxis(a, axis, -1)
    out = empty(len(rows), dtype)
    for i in range(len(rows)):
        out[i] = f(rows[i])
    return out


def numbers_of_planes(f: Any, dtype: Any, a: Any, axis: Any) -> Any:
    rows = np.moveaxis(a, axis, -1)
    n, m = rows.shape[:2]
    out = empty((n, m), dtype)
    for i in range(n):
        for j in range(m):
            out[i, j] = f(rows[i, j])
    return out


def rows_of_rows(f: Any, a: Any, axis: Any) -> Any:
    return np.moveaxis(np.array([f(row) for row in np.moveaxis(a, axis, -1)]), -1, axis)


def rows_of_planes(f: Any, a: Any, axis: Any) -> Any:
    rows = np.moveaxis(a, axis, -1)
    out = np.stack([np.stack([f(row) for row in plane]) for plane in rows])
    return np.moveaxis(out, -1, axis)


def one_row(f: Any, a: Any) -> Any:
    return np.asarray(f(a))


def empty(shape: Any, dtype: Any) -> Any:
    return np.empty(shape) if dtype is None else np.empty(shape, dtype)


class Partial:
    """A function with more arguments behind its own."""

    def __init__(self, f: Abstract, args: list[Abstract], kwargs: dict[str, Abstract]) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs

    def __call__(self) -> None: ...

    def __sourcead_call__(self, low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        return low.call(self.f, [*args, *self.args], self.kwargs)


@lowered("numpy.apply_along_axis")
def apply_along_axis(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    given = dict(zip(("func1d", "axis", "arr"), args))
    kwargs = dict(kwargs)
    given.update({k: kwargs.pop(k) for k in ("func1d", "axis", "arr") if k in kwargs})
    if len(given) < 3:
        low.refuse("np.apply_along_axis needs a function, an axis and an array")
    of = "np.apply_along_axis"
    a = array_like(low, given["arr"], of)
    t, axis = low.type_of(a), low.static(given["axis"])
    if not isinstance(axis, int):
        low.pin(given["axis"])
        low.refuse(f"the axis of {of} must be known when compiling")
    rank = t.ndim if isinstance(t, Array) else 0
    if not -rank <= axis < rank or rank > 3:
        low.refuse(f"{of} is covered for arrays of one to three axes, and an axis of theirs")
    axis %= rank
    f = Static(Partial(Static(Applied(low, given["func1d"], of)), list(args[3:]), kwargs))
    if rank == 1:
        return written_out(low, one_row, f, a)
    lengths = [d for k, d in enumerate(t.shape) if k == axis]  # type: ignore[union-attr]
    result = type_of_result(low, f, [Array(t.dtype, tuple(lengths))])  # type: ignore[union-attr]
    if isinstance(result, Scalar):
        text = numbers_of_rows if rank == 2 else numbers_of_planes
        return written_out(low, text, f, dtype_of(result), a, low.number(axis))
    if not isinstance(result, Array) or result.ndim != 1:
        low.refuse(f"the function given to {of} must return a number, or an array of one axis")
    return written_out(low, rows_of_rows if rank == 2 else rows_of_planes, f, a, low.number(axis))


@lowered("numpy.apply_over_axes")
def apply_over_axes(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    given = {**dict(zip(("func", "a", "axes"), args)), **kwargs}
    axes = low.static(given.get("axes", NONE))
    if isinstance(axes, int):
        axes = (axes,)
    if not isinstance(axes, tuple | list):
        low.refuse("the axes of np.apply_over_axes must be known when compiling")
    out = array_like(low, given["a"], "np.apply_over_axes")
    rank = getattr(low.type_of(out), "ndim", 0)
    for axis in axes:
        made = low.call(given["func"], [out, Constant(axis % rank)], {})
        lost = getattr(low.type_of(made), "ndim", 0) < rank
        out = written_out(low, kept, made, Constant(axis % rank)) if lost else made
    return out


def kept(a: Any, axis: Any) -> Any:
    return np.expand_dims(a, axis)


# -- piecewise, fromfunction ---------------------------------------------------------------------------------


def put_values(y: Any, x: Any, where: Any, f: Any) -> None:
    values = x[where]
    if values.size > 0:
        y[where] = f(values)


def put_value(y: Any, where: Any, value: Any) -> None:
    y[where] = value


def zeros(x: Any) -> Any:
    return np.zeros_like(x)


@lowered("numpy.piecewise")
def piecewise(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    of = "np.piecewise"
    names = ("x", "condlist", "funclist")
    given = dict(zip(names, args))
    kwargs = dict(kwargs)
    given.update({k: kwargs.pop(k) for k in names if k in kwargs})
    x = array_like(low, given["x"], of)
    t = low.type_of(x)
    if not isinstance(t, Array) or not t.ndim or not is_inexact(t):
        low.refuse(
            f"{of} is covered for arrays of floats",
            reason="an array of integers cuts the results" if isinstance(t, Array) and t.ndim else "",
        )
    conditions, functions = given["condlist"], low.items_of(given["funclist"])
    whole = isinstance(low.type_of(conditions), Array)
    single = whole and low.type_of(conditions).ndim == t.ndim  # type: ignore[union-attr]
    tests = [conditions] if single else low.items_of(conditions)
    if tests is None or functions is None:
        low.refuse(f"the conditions and functions of {of} must be lists", hint="write them in brackets")
    if len(functions) == len(tests) + 1:
        tests = [*tests, written_out(low, otherwise, Tup(tuple(tests)))]
    if len(functions) != len(tests):
        low.refuse(
            f"{of} is given {len(functions)} functions for {len(tests)} conditions",
            reason="Python raises ValueError here",
        )
    y = written_out(low, zeros, x)
    for test, f in zip(tests, functions):
        if isinstance(low.type_of(f), Scalar | Array):
            written_out(low, put_value, y, test, f)
        else:
            function = Partial(Static(Applied(low, f, of)), list(args[3:]), kwargs)
            written_out(low, put_values, y, x, test, Static(function))
    return y


def otherwise(tests: Any) -> Any:
    """Where none of the tests holds."""
    any_of = tests[0]
    for test in tests[1:]:
        any_of = any_of | test
    return ~any_of


@lowered("numpy.fromfunction")
def fromfunction(low: Lowerer, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
    kwargs = dict(kwargs)
    given = dict(zip(("function", "shape"), args))
    given.update({k: kwargs.pop(k) for k in ("function", "shape") if k in kwargs})
    dtype, like = kwargs.pop("dtype", Static(float)), kwargs.pop("like", NONE)
    if low.static(like) is not None:
        low.refuse("like= of np.fromfunction is not covered")
    text = index_floats if low.static(dtype) in (float, np.float64, "float64", "float", "d") else indices
    grids = written_out(low, text, given["shape"])
    items = low.items_of(given["shape"]) or []
    each = [written_out(low, item, grids, Constant(k)) for k in range(len(items))]
    return low.call(given["function"], each, kwargs)


def index_floats(shape: Any) -> Any:
    return np.indices(shape).astype(float)


def indices(shape: Any) -> Any:
    return np.indices(shape)


def item(grids: Any, k: Any) -> Any:
    return grids[k]
