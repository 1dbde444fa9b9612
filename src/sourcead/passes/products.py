"""Products of arrays for Numba: what its BLAS does not cover is written as loops over named axes."""

from __future__ import annotations

from ..ir.core import Op
from ..ir.types import Array, Type
from ..rules.einsum import terms
from . import looptext
from .spelling_rows import Pass, dtype, ndim, row, written


def _product(op: Op, subscripts: list[str], out: str, what: str) -> None:
    # an axis of length 1 that stands against a longer one is broadcast: NumPy allows it in `...` alone
    written(op, looptext.product(subscripts, out, dtype(op.result.type), what))


@row("numpy.einsum")
def _einsum(op: Op, p: Pass) -> None:
    inputs, out = terms(op.attrs["subscripts"])
    names: dict[str, str] = {}
    letters = iter(looptext.LETTERS)

    def named(term: str, n: int) -> str:
        head, dots, tail = term.partition("...")
        if dots:
            free = n - len(head) - len(tail)
            middle = "".join(
                names.setdefault(f"...{k - free}", "") or _new(f"...{k - free}") for k in range(free)
            )
        else:
            middle = ""
        return (
            "".join(names.get(c) or _new(c) for c in head)
            + middle
            + "".join(names.get(c) or _new(c) for c in tail)
        )

    def _new(c: str) -> str:
        names[c] = next(letters)
        return names[c]

    if any("..." in t for t in inputs) and len({ndim(v) - len(t) for v, t in zip(op.inputs, inputs)}) > 1:
        return
    subscripts = [named(t, ndim(v)) for t, v in zip(inputs, op.inputs)]
    _product(op, subscripts, named(out, ndim(op.result)), "einsum")


@row("numpy.inner", "numpy.tensordot")
def _tensordot(op: Op, p: Pass) -> None:
    a, b = op.inputs[:2]
    m, n = ndim(a), ndim(b)
    if op.kind == "numpy.inner":
        if not m or not n:
            return
        left, right = [m - 1], [n - 1]
    else:
        axes = op.attrs.get("axes", 2)
        if isinstance(axes, int):
            left, right = list(range(m - axes, m)), list(range(axes))
        else:
            left, right = ([k] if isinstance(k, int) else list(k) for k in axes)
            left, right = [k % m for k in left], [k % n for k in right]
    letters = looptext.LETTERS
    first = letters[:m]
    second = list(letters[m : m + n])
    for i, j in zip(left, right):
        second[j] = first[i]
    out = "".join(c for k, c in enumerate(first) if k not in left)
    out += "".join(c for k, c in enumerate(second) if k not in right)
    _product(op, [first, "".join(second)], out, op.kind.rpartition(".")[2])


@row("numpy.matmul", "operator.matmul", "numpy.dot")
def _matmul(op: Op, p: Pass) -> None:
    a, b = op.inputs[:2]
    m, n = ndim(a), ndim(b)
    floats = ("float64", "float32", "complex128", "complex64")
    blas = dtype(a.type) == dtype(b.type) and dtype(a.type) in floats
    if not m or not n:
        return
    if m <= 2 and n <= 2 and blas:
        if op.kind == "numpy.matmul":
            op.kind = "operator.matmul"
            op.attrs = {k: v for k, v in op.attrs.items() if k[0] == "_" and k != "_method"}
        return
    if op.kind == "numpy.dot" and n > 2:
        return
    letters = looptext.LETTERS
    stack = "" if op.kind == "numpy.dot" else letters[: max(m, n) - 2]
    lead = letters[10 : 10 + m - 2] if op.kind == "numpy.dot" else stack[len(stack) - max(m - 2, 0) :]
    if op.kind != "numpy.dot" and m > 2 and n > 2 and not _same_stack(a.type, b.type, min(m, n) - 2):
        return
    left = "j" if m == 1 else (lead if m > 2 else "") + "ij"
    right = "j" if n == 1 else (stack[len(stack) - max(n - 2, 0) :] if n > 2 else "") + "jk"
    out = (stack or lead if max(m, n) > 2 else "") + ("i" if m > 1 else "") + ("k" if n > 1 else "")
    names = dict(zip("ijk", letters[20:23]))
    left, right, out = ("".join(names.get(c, c) for c in t) for t in (left, right, out))
    _product(op, [left, right], out, "matmul")


def _same_stack(a: Type, b: Type, n: int) -> bool:
    """Whether no axis of the stacks can have length 1 and be broadcast."""
    assert isinstance(a, Array) and isinstance(b, Array)
    return all(
        (p.not_one and q.not_one) or (p.is_one and q.is_one)
        for p, q in zip(a.shape[a.ndim - 2 - n : -2], b.shape[b.ndim - 2 - n : -2])
    )
