"""Arrays made of several, for Numba, which joins tuples of arrays but neither lists nor nested displays.

np.array(states)                    a list whose length shows at run time
np.array([[a, b], [c, d]])          arrays in a nested display, each with its place
"""

from __future__ import annotations

from ..ir.core import Op
from ..ir.types import Array, List, const_dim
from .looptext import Lines, place, shape_text
from .spelling_rows import Pass, dtype, ndim, row, written


def _list_of_arrays(op: Op) -> Array | None:
    t = op.inputs[0].type if op.inputs else None
    return t.elem if isinstance(t, List) and isinstance(t.elem, Array) else None


@row("numpy.array", "numpy.stack")
def _stacked(op: Op, p: Pass) -> None:
    item = _list_of_arrays(op)
    if item is not None:
        axis = op.attrs.get("axis", 0) % (item.ndim + 1)
        written(op, stacked(item.ndim, axis, dtype(op.result.type)), 1)
    elif op.kind == "numpy.stack":
        _tuple(op)
    elif op.inputs and all(ndim(v) for v in op.inputs):
        tree = op.attrs.get("_tree")
        written(op, displayed(tree, len(op.inputs), ndim(op.inputs[0]), dtype(op.result.type)))


@row("numpy.concatenate")
def _concatenated(op: Op, p: Pass) -> None:
    item = _list_of_arrays(op)
    if item is not None:
        written(op, concatenated(item.ndim, op.attrs.get("axis", 0) % item.ndim, dtype(op.result.type)), 1)
    else:
        _tuple(op)


@row("numpy.vstack", "numpy.hstack", "numpy.dstack", "numpy.column_stack")
def _joined(op: Op, p: Pass) -> None:
    """As a concatenation, with the axes that NumPy puts in: `A, x` as `A, x[None]`."""
    what, whole = op.kind.rpartition(".")[2], ("slice", False, False, False)
    if "_variadic" not in op.attrs or not op.inputs or not all(ndim(v) for v in op.inputs):
        return _tuple(op)
    patterns: dict[int, tuple[object, ...]] = {
        "vstack": {1: (None, whole)},
        "hstack": {},
        "dstack": {1: (None, whole, None), 2: (whole, whole, None)},
        "column_stack": {1: (whole, None)},
    }[what]
    axis = {"vstack": 0, "hstack": int(ndim(op.inputs[0]) > 1), "dstack": 2, "column_stack": 1}[what]
    given = []
    for v in op.inputs:
        pattern = patterns.get(ndim(v))
        if pattern is not None:
            lengths = iter(v.type.shape)  # type: ignore[attr-defined]
            t = Array(dtype(v.type), tuple(const_dim(1) if e is None else next(lengths) for e in pattern))
            v = p.new("getitem", [v], t, op, {"index": pattern})
        given.append(v)
    op.kind, op.inputs, op.attrs = "numpy.concatenate", given, {**op.attrs, "axis": axis}
    _tuple(op)


def _tuple(op: Op) -> None:
    several = "_variadic" in op.attrs and not isinstance(op.inputs[0].type, List)
    if "_container" in op.attrs or several:
        op.attrs["_container"] = "tuple"


def stacked(n: int, axis: int, kind: str) -> tuple[str, str]:
    """np.stack(xs, axis) of a list of arrays with n axes."""
    name = f"stacked_{n}_at_{axis}_{kind}"
    f = Lines(f"{name}(xs)")
    sizes = [f"xs[0].shape[{k}]" for k in range(n)]
    sizes.insert(axis, "len(xs)")
    f.put(f"out = np.empty({shape_text(sizes)}, np.{kind})")
    f.open("for k in range(len(xs)):")
    f.open("if xs[k].shape != xs[0].shape:")
    f.put('raise ValueError("all input arrays must have the same shape")')
    f.close()
    f.put(f"out[{place([':'] * axis + ['k'] + [':'] * (n - axis))}] = xs[k]")
    f.close()
    f.put("return out")
    return name, f.text


def concatenated(n: int, axis: int, kind: str) -> tuple[str, str]:
    """np.concatenate(xs, axis) of a list of arrays with n axes."""
    name = f"concatenated_{n}_at_{axis}_{kind}"
    f = Lines(f"{name}(xs)")
    f.put("n = 0")
    f.open("for k in range(len(xs)):")
    f.put(f"n += xs[k].shape[{axis}]")
    f.close()
    sizes = ["n" if k == axis else f"xs[0].shape[{k}]" for k in range(n)]
    f.put(f"out = np.empty({shape_text(sizes)}, np.{kind})", "n = 0")
    f.open("for k in range(len(xs)):")
    f.put(f"m = n + xs[k].shape[{axis}]")
    f.put(f"out[{place(['n:m' if k == axis else ':' for k in range(n)])}] = xs[k]", "n = m")
    f.close()
    f.put("return out")
    return name, f.text


def displayed(tree: object, count: int, n: int, kind: str) -> tuple[str, str]:
    """np.array of a display of arrays with n axes.  `tree`: nested tuples of their numbers, or None."""
    spots: dict[int, tuple[int, ...]] = {}

    def visit(t: object, at: tuple[int, ...]) -> None:
        if isinstance(t, int):
            spots[t] = at
        else:
            for k, part in enumerate(t):  # type: ignore[arg-type, var-annotated]
                visit(part, (*at, k))

    visit(range(count) if tree is None else tree, ())
    outer = [max(s[k] for s in spots.values()) + 1 for k in range(len(spots[0]))]
    name = f"array_of_{'_'.join(map(str, outer)) or 'one'}_with_{n}_{kind}"
    f = Lines(f"{name}({', '.join(f'v{k}' for k in range(count))})")
    f.put(
        f"out = np.empty({shape_text([*map(str, outer), *(f'v0.shape[{k}]' for k in range(n))])}, np.{kind})"
    )
    for k, at in spots.items():
        if k:
            f.open(f"if v{k}.shape != v0.shape:")
            f.put('raise ValueError("setting an array element with a sequence")')
            f.close()
        f.put(f"out[{place([*map(str, at), *[':'] * n])}] = v{k}")
    f.put("return out")
    return name, f.text


__all__ = ["concatenated", "displayed", "stacked"]
