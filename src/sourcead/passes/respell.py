"""Other spellings for Numba, of what NumPy has and Numba has not.

Each row of the table takes an op and either writes a function for it (`looptext`, `indextext`), gives it
another kind or other attributes, or leaves it alone.  What is left and Numba does not know either, it refuses
by itself (`backend/jit.py` brings that back to the user's line).
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.core import Constant, Function, Op, Value
from ..ir.index import operand_count
from ..ir.types import Array, List, Scalar, Tuple, Type, new_dim, scalar_of
from ..rules.padding import widths
from ..rules.registry import BOOK
from . import elementary, indextext, joined, looptext, products
from .spelling_rows import Pass, axes_of, dtype, ndim, row, written

_ = elementary, joined, products  # their rows enter the table


def respell(function: Function) -> None:
    """Change the ops of a function that Numba does not take as they are, in place.

    Raises errors.Unsupported for writes to objects outside.
    """
    Pass(function).run()


# -- reductions, scans --------------------------------------------------------------------------------------

_WHOLE = {
    "sum",
    "prod",
    "mean",
    "max",
    "min",
    "any",
    "all",
    "var",
    "std",
    "count_nonzero",
    "nansum",
}  # Numba has


@row(*(f"numpy.{n}" for n in sorted(_WHOLE)))
def _reduction(op: Op, p: Pass) -> None:
    what = op.kind.rpartition(".")[2]
    x, axis, keep = op.inputs[0], op.attrs.get("axis"), bool(op.attrs.get("keepdims", False))
    ddof = op.attrs.get("ddof", 0)
    n, out = ndim(x), dtype(op.result.type)
    same = out == dtype(x.type) or what in ("any", "all", "count_nonzero") or dtype(x.type) == "int64"
    if n == 0 or (len(op.inputs) > 1 and not _is_none(op.inputs[1:])):
        return
    one_axis = what == "sum" and isinstance(axis, int)
    if not keep and same and not ddof and (axis is None or one_axis) and out != "float32":
        return
    written(op, looptext.reduction(what, n, axes_of(axis, n), keep, out, ddof), 1)


def _is_none(values: list[Value]) -> bool:
    return all(isinstance(v, Constant) and v.value is None for v in values)


@row("numpy.linalg.norm")
def _norm(op: Op, p: Pass) -> None:
    axis, keep = op.attrs.get("axis"), bool(op.attrs.get("keepdims", False))
    given = op.attrs.get("ord")
    plain = given in (None, 2) or given == "fro"
    n = ndim(op.inputs[0])
    axes = axes_of(axis, n)
    if (axis is not None or keep) and plain and (given is None or len(axes) == 1 or given == "fro"):
        written(op, looptext.reduction("norm", n, axes, keep, dtype(op.result.type)), 1)


@row("numpy.linalg.pinv")
def _pinv(op: Op, p: Pass) -> None:
    """Numba has NumPy's older `rcond`."""
    plain = {k: v for k, v in op.attrs.items() if k[0] != "_"}
    if plain in ({"rtol": None}, {"rtol": None, "hermitian": False}) and ndim(op.inputs[0]) == 2:
        single = dtype(op.inputs[0].type) in ("float32", "complex64")
        name = "pinv_single" if single else "pinv_double"
        eps = 2.0**-23 if single else 2.0**-52
        text = f"def {name}(x):\n    return np.linalg.pinv(x, max(x.shape) * {eps!r})\n"
        written(op, (name, text), 1)


@row("numpy.diff")
def _diff(op: Op, p: Pass) -> None:
    a = op.attrs
    n, ends = ndim(op.inputs[0]), [a.get("prepend"), a.get("append")]
    plain = all(e is None or isinstance(e, int | float) for e in ends) and len(op.inputs) == 1
    if plain and dtype(op.inputs[0].type) != "bool":
        kind = dtype(op.result.type)
        written(op, looptext.differences(n, a.get("axis", -1) % n, a.get("n", 1), ends, kind))


@row("numpy.add.reduceat")
def _reduceat(op: Op, p: Pass) -> None:
    _listed(op, p, range(1, 2))
    n = ndim(op.inputs[0])
    written(op, looptext.segments(n, op.attrs.get("axis", 0) % n, dtype(op.result.type)), 2)


@row("list.new", "list.append")
def _items(op: Op, p: Pass) -> None:
    """Arrays in a list are of one layout for Numba; on a tape they come from one place."""
    for k, v in enumerate(op.inputs):
        if isinstance(v.type, Array) and v.type.ndim and not op.attrs.get("_tape") and not _is_new(v):
            op.inputs[k] = p.new("numpy.ascontiguousarray", [v], replace(v.type, contiguous=True), op)


def _is_new(v: Value) -> bool:
    """Whether an array is what an operation has just made, and lies in C order."""
    made = v.op is not None and not v.op.regions and v.op.kind in BOOK and BOOK[v.op.kind].alias == "fresh"
    return made or (v.op is not None and v.op.kind in ("zeros_like", "copy"))


@row("numpy.cumsum", "numpy.cumprod")
def _scan(op: Op, p: Pass) -> None:
    n, axis = ndim(op.inputs[0]), op.attrs.get("axis")
    if axis is not None and n:
        written(op, looptext.scan(op.kind.rpartition(".")[2], n, axis % n, dtype(op.result.type)), 1)


@row("numpy.sort", "numpy.argsort")
def _sort(op: Op, p: Pass) -> None:
    n, axis = ndim(op.inputs[0]), op.attrs.get("axis", -1)
    what = op.kind.rpartition(".")[2]
    if n == 1 and what == "sort":
        op.attrs = {k: v for k, v in op.attrs.items() if k not in ("axis", "kind")}
    elif axis is not None and n:
        written(op, looptext.along(what, n, axis % n, dtype(op.result.type)), 1)


@row("numpy.clip")
def _clip(op: Op, p: Pass) -> None:
    """Of a number: Numba has it of arrays."""
    if all(isinstance(v.type, Scalar) for v in op.inputs[:3]) and len(op.inputs) == 3:
        t = op.result.type
        op.kind, op.attrs, low = "numpy.minimum", {}, op.inputs[:2]
        op.inputs = [p.new("numpy.maximum", low, t, op), op.inputs[2]]


# -- shapes -------------------------------------------------------------------------------------------------


@row("numpy.reshape", "numpy.ravel", "numpy.ndarray.flatten")
def _reshape(op: Op, p: Pass) -> None:
    """Numba reshapes what is in C order only, and in that order; in Fortran's order it is done transposed."""
    n, order = ndim(op.result), op.attrs.get("order", "C")
    if order == "C" and op.kind != "numpy.ndarray.flatten":
        op.inputs[0] = p.contiguous(op.inputs[0], op)
    elif order == "F" and isinstance(op.inputs[0].type, Array):
        shape = "(-1,)"
        if len(op.inputs) > 1 and n > 1:
            shape = looptext.shape_text([f"shape[{k}]" for k in reversed(range(n))])
        name = f"reshaped_in_columns_{n}"
        text = f"def {name}(x, shape=-1):\n    return np.ascontiguousarray(x.T).reshape({shape}).T\n"
        written(op, (name, text), 2)


@row("numpy.ndarray.astype")
def _astype(op: Op, p: Pass) -> None:
    op.attrs.pop("copy", None)  # a copy is right too, and Numba always makes one


@row("numpy.full_like")
def _full_like(op: Op, p: Pass) -> None:
    x, v = op.inputs[:2]
    if isinstance(x.type, Array):
        written(op, looptext.filled(x.type.ndim, dtype(op.result.type), ndim(v)), 2)


@row("numpy.tile")
def _tile(op: Op, p: Pass) -> None:
    x, r = op.inputs[:2]
    reps = len(r.value) if isinstance(r, Constant) and isinstance(r.value, tuple) else None
    if reps is None:
        reps = len(r.type.items) if isinstance(r.type, Tuple) else 0 if isinstance(r.type, Scalar) else None
    if isinstance(x.type, Array) and reps is not None:
        written(op, looptext.tile(x.type.ndim, reps), 2)


@row("numpy.repeat")
def _repeat(op: Op, p: Pass) -> None:
    x, r = op.inputs[:2]
    axis = op.attrs.get("axis")
    if isinstance(x.type, Array) and axis is not None and isinstance(r.type, Scalar | Array):
        one = isinstance(r.type, Scalar)
        written(op, looptext.repeat(x.type.ndim, axis % x.type.ndim, one), 2)


@row("numpy.roll")
def _roll(op: Op, p: Pass) -> None:
    axis, x = op.attrs.get("axis"), op.inputs[0]
    if isinstance(axis, int) and isinstance(op.inputs[1].type, Scalar) and isinstance(x.type, Array):
        written(op, looptext.rolled(x.type.ndim, axis % x.type.ndim), 2)


@row("numpy.squeeze")
def _squeeze(op: Op, p: Pass) -> None:
    """x[:, 0, :]"""
    x, axis = op.inputs[0], op.attrs.get("axis")
    if not isinstance(x.type, Array):
        return
    axes = axes_of(axis, x.type.ndim) if axis is not None else ()
    if axis is None:
        axes = tuple(k for k, d in enumerate(x.type.shape) if d.is_one)
        if x.type.ndim - len(axes) != ndim(op.result):
            return
    pattern = tuple("at" if k in axes else ("slice", False, False, False) for k in range(x.type.ndim))
    op.kind, op.attrs = "getitem", {"index": pattern}
    op.inputs = [x, *(Constant(0) for _ in axes)]


@row("numpy.transpose")
def _transpose(op: Op, p: Pass) -> None:
    """Numba's takes seconds to compile, for the message of an error that cannot be."""
    axes, n = op.attrs.get("axes"), ndim(op.inputs[0])
    if not isinstance(axes, tuple | list) or len(op.inputs) > 1 or not n:
        return
    order = [k % n for k in axes]
    if order == list(range(n))[::-1]:
        op.kind, op.attrs = "numpy.ndarray.T", {"_method": True}
    else:
        written(op, looptext.transposed(order))


@row("numpy.tril", "numpy.triu")
def _triangle(op: Op, p: Pass) -> None:
    """Those of Numba are made of `where`, which takes longer to compile."""
    k = op.attrs.get("k", 0)
    if ndim(op.inputs[0]) == 2 and len(op.inputs) == 1 and isinstance(k, int):
        written(op, looptext.triangle(op.kind[-4:], k))


@row("numpy.moveaxis")
def _moveaxis(op: Op, p: Pass) -> None:
    x, n = op.inputs[0], ndim(op.inputs[0])
    source = [a % n for a in _several(op.attrs["source"])]
    to = [a % n for a in _several(op.attrs["destination"])]
    order = [k for k in range(n) if k not in source]
    for d, s in sorted(zip(to, source)):
        order.insert(d, s)
    op.kind, op.attrs, op.inputs = "numpy.transpose", {"axes": tuple(order)}, [x]
    _transpose(op, p)


def _several(axis: object) -> list[int]:
    return [axis] if isinstance(axis, int) else list(axis)  # type: ignore[call-overload]


@row("numpy.flip")
def _flip(op: Op, p: Pass) -> None:
    """x[:, ::-1]"""
    x, n = op.inputs[0], ndim(op.inputs[0])
    axes = axes_of(op.attrs.get("axis"), n)
    pattern = tuple(("slice", False, False, k in axes) for k in range(n))
    op.kind, op.attrs = "getitem", {"index": pattern}
    op.inputs = [x, *(Constant(-1) for _ in axes)]


@row("numpy.swapaxes")
def _swapaxes(op: Op, p: Pass) -> None:
    n = ndim(op.inputs[0])
    order = list(range(n))
    a, b = op.attrs["axis1"] % n, op.attrs["axis2"] % n
    order[a], order[b] = b, a
    op.kind, op.attrs = "numpy.transpose", {"axes": tuple(order)}
    _transpose(op, p)


@row("numpy.diagonal")
def _diagonal(op: Op, p: Pass) -> None:
    a = op.attrs
    n = ndim(op.inputs[0])
    written(op, looptext.diagonal(n, a.get("offset", 0), a.get("axis1", 0) % n, a.get("axis2", 1) % n), 1)


@row("numpy.diag_indices", "numpy.diag_indices_from")
def _diagonal_indices(op: Op, p: Pass) -> None:
    n = len(op.results)
    size = "x" if op.kind == "numpy.diag_indices" else "len(x)"
    name = f"{op.kind.rpartition('.')[2]}_{n}"
    arrays = ", ".join([f"np.arange({size})"] * n)
    written(op, (name, f"def {name}(x):\n    return {arrays}\n"), 1)


@row("numpy.nonzero")
def _nonzero(op: Op, p: Pass) -> None:
    """Of one axis: the places themselves, not a tuple of one array."""
    if len(op.results) == 1:
        written(op, ("places_of_nonzero", "def places_of_nonzero(x):\n    return np.nonzero(x)[0]\n"))


@row("numpy.ix_")
def _ix(op: Op, p: Pass) -> None:
    """Index arrays, each along an axis of its own."""
    if all(dtype(v.type) != "bool" for v in op.inputs):
        _listed(op, p, range(len(op.inputs)))
        written(op, looptext.crossed(len(op.inputs)))


@row("numpy.expand_dims")
def _expand_dims(op: Op, p: Pass) -> None:
    """x[:, None]"""
    n = ndim(op.result)
    axes = axes_of(op.attrs["axis"], n)
    if ndim(op.inputs[0]):
        whole = ("slice", False, False, False)
        op.kind, op.attrs = "getitem", {"index": tuple(None if k in axes else whole for k in range(n))}


@row("numpy.take_along_axis")
def _take_along(op: Op, p: Pass) -> None:
    x, index = op.inputs[:2]
    n = ndim(x)
    axis = op.attrs.get("axis", -1)
    if axis is not None and n == ndim(index):
        written(op, looptext.taken_along(n, axis % n), 2)


@row("numpy.pad")
def _pad(op: Op, p: Pass) -> None:
    """Constant padding of a known width on each side."""
    x = op.inputs[0]
    value = op.attrs.get("constant_values", 0)
    plain = {k for k in op.attrs if k[0] != "_"} <= {"pad_width", "mode", "constant_values"}
    if not plain or op.attrs.get("mode", "constant") != "constant" or not isinstance(value, int | float):
        return
    pairs = widths(op.attrs["pad_width"], ndim(x))
    written(op, looptext.padded(list(pairs), value, dtype(op.result.type)), 1)


# -- subscripts ---------------------------------------------------------------------------------------------


def _listed(op: Op, p: Pass, at: range) -> list[Type]:
    """The types of the operands, with index lists made arrays."""
    for k in at:
        v = op.inputs[k]
        if isinstance(v, Constant) and isinstance(v.value, list):
            elem: Type | None = scalar_of(v.value[0]) if v.value else None
            made = Op("list.new", [Constant(x) for x in v.value], [List(elem)], {}, None, op.span, op.reverse)
            p.ops.append(made)
            v = made.result
        if isinstance(v.type, List) and isinstance(v.type.elem, Scalar):
            t = Array(v.type.elem.dtype, (new_dim(),), True)
            array = Op("numpy.array", [v], [t], {}, None, op.span, op.reverse)
            p.ops.append(array)
            op.inputs[k] = array.result
    return [op.inputs[k].type for k in at]


def _arrays(operands: list[Type]) -> list[Array]:
    return [t for t in operands if isinstance(t, Array) and t.ndim]


def _squeezed(op: Op) -> None:
    """x.squeeze(0)[1] = v as x[0][1] = v."""
    whole, x = ("slice", False, False, False), op.inputs[0]
    path, before = list(op.attrs.get("path", ())), 1
    for k, step in enumerate(path):
        if step[:2] == ("attr", "squeeze") and isinstance(x.type, Array):
            axis = step[2] if len(step) > 2 else None
            if axis is None and k == 0:
                axis = tuple(i for i, d in enumerate(x.type.shape) if d.is_one)
            axes = (axis,) if isinstance(axis, int) else axis
            if axes is None or min(axes, default=0) < 0:
                return
            path[k] = tuple("at" if i in axes else whole for i in range(max(axes, default=-1) + 1)) or (...,)
            op.inputs[before:before] = [Constant(0) for _ in axes]
        before += operand_count(path[k])
    if path:
        op.attrs = {**op.attrs, "path": tuple(path)}


def _without_wholes(op: Op) -> None:
    """x[...][0] = v is x[0] = v, and Numba has no x[...]."""
    _squeezed(op)
    path = op.attrs.get("path", ())
    if len(path) > 1 and (Ellipsis,) in path[:-1]:
        rest = tuple(p for p in path[:-1] if p != (Ellipsis,))
        op.attrs = {**op.attrs, "path": (*rest, path[-1])}
    elif path == ((Ellipsis,),) and isinstance(op.inputs[0].type, Array) and not op.inputs[0].type.ndim:
        op.attrs = {**op.attrs, "path": ((),)}


@row("getitem")
def _getitem(op: Op, p: Pass) -> None:
    x = op.inputs[0]
    _without_wholes(op)
    if op.attrs.get("index") == (Ellipsis,) and isinstance(x.type, Array):  # Numba has no x[...]
        whole = ("slice", False, False, False)
        op.attrs = {**op.attrs, "index": (whole,) * x.type.ndim}
        if not x.type.ndim:
            op.kind, op.attrs = "numpy.asarray", {}
            return
    alone = "path" in op.attrs and len(op.attrs["path"]) == 1
    pattern = op.attrs["path"][0] if alone else op.attrs.get("index")
    if pattern is None or not isinstance(x.type, Array):
        return
    operands = _listed(op, p, range(1, len(op.inputs)))
    arrays = _arrays(operands)
    if not arrays or (len(operands) == 1 and arrays[0].ndim == 1 and x.type.ndim == 1):
        return
    written(op, indextext.gather(x.type.ndim, pattern, operands))


@row("store", "index_add")
def _store(op: Op, p: Pass) -> None:
    _without_wholes(op)
    x, value, path = op.inputs[0], op.inputs[-1], op.attrs["path"]
    part = path[0][1] if len(path) == 2 and path[0] in (("attr", "real"), ("attr", "imag")) else ""
    if not isinstance(x.type, Array) or not isinstance(value.type, Array | Scalar):
        return
    if len(path) != 1 and not part:
        return
    operands = _listed(op, p, range(1, len(op.inputs) - 1))
    add = op.kind == "index_add"
    if _arrays(operands) or (add and any(isinstance(t, Array) for t in operands)):
        written(op, indextext.scatter(x.type.ndim, path[-1], operands, value.type, add, part))


__all__ = ["respell"]
