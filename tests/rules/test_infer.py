"""Type rules against what NumPy really returns: kind, dtype, rank, lengths claimed to be equal."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sourcead.ir.types import Array, Opaque, Scalar, Tuple, const_dim, new_dim, scalar_of
from sourcead.rules.foreign import foreign_type
from sourcead.rules.registry import ALIASES, BOOK, Length, TypeRefusal, resolve

from .all_rows import ROWS
from .driver import run


class Lengths:
    """What each symbol stands for in one run."""

    def __init__(self) -> None:
        self.pairs: list = []

    def type_of(self, v):
        if v is None:
            return Opaque("NoneType")
        if isinstance(v, tuple):
            return Tuple(tuple(self.type_of(i) for i in v))
        if isinstance(v, np.ndarray):
            dims = []
            for n in v.shape:
                dims.append(const_dim(1) if n == 1 else new_dim(n > 1))
                self.pairs.append((dims[-1], n))
            return Array(v.dtype.name, tuple(dims), v.flags.c_contiguous)
        t = scalar_of(v) or foreign_type(v)
        return Length(t.dtype, t.numpy, const_dim(v)) if type(v) is int else t

    def check(self, t, v) -> None:
        if isinstance(t, Opaque):  # its type shows only at run time: nothing can be done with it
            return
        if isinstance(v, np.ndarray):
            assert isinstance(t, Array), (t, v)
            assert t.dtype == v.dtype.name and t.ndim == v.ndim, (str(t), v.dtype, v.shape)
            assert not t.contiguous or v.flags.c_contiguous
            self.pairs.extend(zip(t.shape, v.shape))
        else:
            want = scalar_of(v)
            assert isinstance(t, Scalar) and t.dtype == want.dtype and t.numpy == want.numpy, (t, want)

    def settle(self) -> None:
        known: dict = {}
        for d, n in self.pairs:
            if d.symbol is None:
                assert d.offset == n, (d, n)
            else:
                root = d.symbol.find()
                assert known.setdefault(root, n - d.offset) == n - d.offset, "lengths claimed equal differ"
                assert not d.not_one or n != 1


def compare(key, args, keywords, y):
    p = BOOK[key]
    lengths = Lengths()
    t = p.infer(
        [lengths.type_of(a) for a in args],
        {"_attrs": keywords, **{k: v for k, v in keywords.items() if k[0] != "_"}},
    )
    y = tuple(y) if isinstance(y, tuple | list) else (y,)
    for a, b in zip(t if isinstance(t, tuple) else (t,), y, strict=True):
        lengths.check(a, b)
    lengths.settle()


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.id)
def test_row(row):
    compare(row.key, row.args, row.keywords, run(row.key, row.args, row.keywords))


def with_dtype(a, dtype):
    return a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype == np.float64 else a


@pytest.mark.parametrize("dtype", ["float32", "int64", "complex64"])
@pytest.mark.parametrize("row", [r for r in ROWS if r.key.startswith("numpy.")], ids=lambda r: r.id)
def test_other_dtypes(row, dtype):
    args = tuple(with_dtype(a, dtype) for a in row.args)
    try:
        with np.errstate(all="ignore"):
            y = run(row.key, args, row.keywords)
    except (TypeError, ValueError, np.linalg.LinAlgError, np.exceptions.DTypePromotionError):
        return
    try:
        compare(row.key, args, row.keywords, y)
    except TypeRefusal:
        assert dtype == "complex64" or row.key in ("numpy.arange",)


KINDS = [
    True,
    2,
    0.5,
    0.5 + 0j,
    np.float64(0.5),
    np.float32(0.5),
    np.int64(2),
    np.array(0.5),
    np.array([0.5, 0.7]),
    np.array([0.5, 0.7], np.float32),
    np.array([1, 2]),
    np.array([[0.2], [0.4]]),
    np.array([True, False]),
]
FEW = [2, 0.5, np.array([0.5, 0.7], np.float32), np.array([[1], [2]])]  # for functions of many arguments
ELEMENTWISE = sorted(
    {
        k
        for k, p in BOOK.items()
        if p.scaled and not p.effect or p.constant and k.split(".")[0] in ("operator", "math")
    }
    | {"numpy.absolute", "builtins.abs", "numpy.isnan", "numpy.floor", "numpy.real", "numpy.imag"}
)


def takes(f, n: int) -> bool:
    """Whether a function can be called with n numbers."""
    try:
        f(*(0.5,) * n)
    except (TypeError, ValueError):
        return False
    return True


@pytest.mark.parametrize("key", ELEMENTWISE)
def test_kinds(key):
    p = BOOK[key]
    f = resolve(key)
    tried = 0
    count = min(len(p.params), 2) if key not in ("numpy.where", "numpy.clip") else 3
    if key.startswith(("scipy.", "sourcead.runtime_")):
        count += sum(not takes(f, n) for n in range(count, len(p.params)))
    for args in itertools.product(KINDS if count < 3 else KINDS[1::2] if count == 3 else FEW, repeat=count):
        if key.endswith(("shift",)) or key == "sourcead.runtime.shift":
            continue
        try:
            with np.errstate(all="ignore"):
                y = f(*args)
        except (TypeError, ValueError, ArithmeticError):
            continue
        try:
            compare(key, args, {}, y)
        except TypeRefusal:
            inside = key.split(".")[0] in ("math", "operator", "builtins") or any(
                np.iscomplexobj(a) for a in args
            )
            assert inside, (key, args)
            continue
        tried += 1
    assert tried or key.endswith("shift")


def test_refusals():
    a = Array("float64", (new_dim(True), new_dim(True)))
    for key, types, keywords in (
        ("numpy.sum", [a], {"where": np.array(True)}),
        ("numpy.sum", [a], {"initial": 1.0}),
        ("numpy.sum", [a], {"axes": 1}),
        ("numpy.sum", [a], {"axis": 2}),
        ("numpy.squeeze", [Array("float64", (new_dim(),))], {}),
        ("numpy.reshape", [a, Length("int64", False, const_dim(3))], {"order": "A"}),
        ("numpy.where", [a], {}),
        ("numpy.max", [Array("complex128", a.shape)], {}),
        ("math.sin", [a], {}),
        ("operator.not_", [a], {}),
        ("numpy.pad", [a], {"pad_width": 1, "mode": "linear_ramp"}),
        ("numpy.einsum", [a, a], {"subscripts": "ij->j"}),
        ("numpy.linalg.norm", [a], {"ord": 0.5, "axis": (0, 1)}),
        ("numpy.add", [a, a], {"where": a}),
        ("operator.matmul", [Scalar("float64"), a], {}),
    ):
        with pytest.raises(TypeRefusal) as e:
            BOOK[key].infer(types, keywords)
        assert str(e.value)


def test_names_resolve():
    assert not [k for k in [*BOOK, *ALIASES] if resolve(k) is None]
