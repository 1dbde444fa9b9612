"""One element of an array value, as a scalar expression.

    v = 0.2 * (A[1:-1] + A[2:])        v at i:  0.2 * (A[i + 1] + A[i + 2])

A value is *virtual* where it never becomes an array: its elements are computed where they are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.affine import Affine, number
from ...ir.builder import Builder
from ...ir.core import Constant, Op, Value
from ...ir.types import Array, Dim, Scalar, Type, dtype_kind, same_dim
from .kinds import WHERE
from .sizes import Sizes, along, same
from .views import place, view_of

Index = list[Affine]
OUTER = "numpy.outer"
FILLED = "numpy.full_like"


def scalar_type(t: Type) -> Scalar:
    assert isinstance(t, Array | Scalar)
    return t if isinstance(t, Scalar) else Scalar(t.dtype, True)


def parts(op: Op) -> list[tuple[int, Value]]:
    """The operands that one element of a lazy op is computed from, with their numbers."""
    return [(1, op.inputs[1])] if op.kind == FILLED else list(enumerate(op.inputs))


def operand_index(sizes: Sizes, op: Op, n: int, index: Index) -> Index:
    """Where an elementwise op reads its n-th operand for one element of its result."""
    if op.kind == OUTER:
        return [index[n]]
    x = op.inputs[n]
    t, u = x.type, op.result.type
    assert isinstance(t, Array) and isinstance(u, Array)
    lead = len(index) - t.ndim
    out = []
    for k, d in enumerate(t.shape):
        i = number(0) if d.is_one else index[lead + k]
        if i.terms and not is_strict(d, u.shape[lead + k]):
            i = along(i, sizes.length(x, k), sizes.length(op.result, lead + k))
        out.append(i)
    return out


def is_strict(d: Dim, whole: Dim) -> bool:
    """Whether an axis that lies along another one is as long, wherever nothing has raised."""
    return same_dim(d, whole) or d.not_one


def ranks_fit(op: Op) -> bool:
    """Whether the operands have axes to read, and no more than the result."""
    n = op.result.type.ndim  # type: ignore[attr-defined]
    return all(0 < x.type.ndim <= n for _, x in parts(op) if isinstance(x.type, Array))


def fits(sizes: Sizes, op: Op) -> bool:
    """Whether it is known before the run how each operand is broadcast."""
    t = op.result.type
    assert isinstance(t, Array)
    if op.kind == OUTER:
        return True
    for _, x in parts(op):
        if isinstance(x.type, Array):
            if not 0 < x.type.ndim <= t.ndim:
                return False
            for k, d in enumerate(x.type.shape):
                r = t.ndim - x.type.ndim + k
                if not (
                    d.is_one
                    or same_dim(d, t.shape[r])
                    or same(sizes.length(x, k), sizes.length(op.result, r))
                ):
                    return False
    return True


class Elements:
    """Reads and expressions of elements.

    virtual  values that are not computed as arrays
    opaque   views that are not looked through, since what they show is overwritten
    """

    def __init__(self, sizes: Sizes, virtual: set[Value], opaque: set[Value]) -> None:
        self.sizes = sizes
        self.virtual = virtual
        self.opaque = opaque

    def resolve(self, v: Value, index: Index) -> tuple[Value, Index]:
        """The array, or the virtual value, that an element of a view is an element of."""
        while v.op is not None and v not in self.opaque:
            view = view_of(v.op)
            base = v.op.inputs[0] if view is not None else v
            if view is None or isinstance(base, Constant):
                break
            v, index = base, place(self.sizes, self.sizes.shape(base), view, index)
        return v, index

    def reads(self, v: Value, index: Index) -> Iterator[tuple[Value, Index]]:
        """The arrays and places that one element needs."""
        if not isinstance(v.type, Array):
            return
        v, index = self.resolve(v, index)
        if v not in self.virtual:
            yield v, index
            return
        assert v.op is not None
        for n, x in parts(v.op):
            if isinstance(x.type, Array):
                yield from self.reads(x, operand_index(self.sizes, v.op, n, index))

    def lengths(
        self, v: Value, shape: list[Affine], strict: bool = True
    ) -> Iterator[tuple[Affine, Affine, bool]]:
        """Pairs of lengths that must agree where a loop over `shape` reads a value: (the loop's, the
        array's), and whether they must be equal: else the array's may be 1.  `strict`: for v itself."""
        t = v.type
        if not isinstance(t, Array):
            return
        lead = len(shape) - t.ndim
        for k, d in enumerate(t.shape):
            n = self.sizes.length(v, k)
            if not d.is_one and not same(n, shape[lead + k]):
                yield shape[lead + k], n, strict or d.not_one
        work = [v]
        seen: set[Value] = set()
        while work:
            v = work.pop()
            if v in seen or v.op is None:
                continue
            seen.add(v)
            if view_of(v.op) is not None and v not in self.opaque:
                work.append(v.op.inputs[0])
            elif v in self.virtual and v.op.kind != OUTER:
                own = self.sizes.shape(v)
                whole = v.type.shape  # type: ignore[attr-defined]
                for _, x in parts(v.op):
                    if isinstance(x.type, Array):
                        for k, d in enumerate(x.type.shape):
                            at = len(own) - x.type.ndim + k
                            n, m = self.sizes.length(x, k), own[at]
                            if not d.is_one and not same(n, m):
                                yield m, n, is_strict(d, whole[at])
                        work.append(x)
            elif v in self.virtual:
                work += v.op.inputs


class Reader:
    """Emits the elements that one trip of a loop nest needs, each once."""

    def __init__(self, elements: Elements, builder: Builder, states: dict[Value, Value]) -> None:
        self.elements = elements
        self.builder = builder
        self.states = states  # arrays that are read in a later state than they stand for
        self.made: dict[tuple[Value, tuple[Affine, ...]], Value] = {}

    def one(self, kind: str, inputs: list[Value], t: Type, attrs: dict | None = None) -> Value:
        return self.builder.one(kind, inputs, t, attrs)

    def place(self, index: Index) -> list[Value]:
        return [self.elements.sizes.value(a, self.one) for a in index]

    def element(self, v: Value, index: Index) -> Value:
        if not isinstance(v.type, Array):
            return v
        v, index = self.elements.resolve(v, index)
        key = v, tuple(index)
        if key not in self.made:
            self.made[key] = self._compute(v, index) if v in self.elements.virtual else self._load(v, index)
        return self.made[key]

    def _load(self, v: Value, index: Index) -> Value:
        state = self.states.get(v, v)
        return self.one(
            "getitem", [state, *self.place(index)], scalar_type(v.type), {"index": ("at",) * len(index)}
        )

    def _compute(self, v: Value, index: Index) -> Value:
        op = v.op
        assert op is not None
        t = scalar_type(v.type)
        read = [
            (
                self.element(x, operand_index(self.elements.sizes, op, n, index))
                if isinstance(x.type, Array)
                else x
            )
            for n, x in parts(op)
        ]
        if op.kind == "operator.pos":
            return read[0]
        if op.kind == FILLED:
            same_kind = read[0].type.dtype == t.dtype  # type: ignore[attr-defined]
            return read[0] if same_kind else self.one(f"numpy.{t.dtype}", read, t)
        read = [self._converted(p, x, op) for p, x in zip(read, op.inputs)]
        if op.kind == WHERE:
            return self.one("sourcead.runtime.select", read, t)
        if op.kind == "operator.invert":
            return self.one("numpy.logical_not", read, t)
        if op.kind == OUTER:
            return self.one("operator.mul", read, t)
        return self.one(op.kind, read, t)

    def _converted(self, part: Value, operand: Value, op: Op) -> Value:
        """A Python number beside arrays of single precision is taken in single precision."""
        t = operand.type
        if not isinstance(t, Scalar) or t.numpy is not False or dtype_kind(t.dtype) == "b":
            return part
        others = [x.type.dtype for x in op.inputs if x is not operand and not _is_weak(x)]
        if not others or any(d not in ("float32", "complex64", "bool") for d in others):
            return part
        if all(d == "bool" for d in others) or (dtype_kind(t.dtype) == "i" and op.kind.endswith("pow")):
            return part
        name = "complex64" if dtype_kind(t.dtype) == "c" else "float32"
        return self.one(f"numpy.{name}", [part], Scalar(name, True))


def _is_weak(v: Value) -> bool:
    return isinstance(v.type, Scalar) and v.type.numpy is False
