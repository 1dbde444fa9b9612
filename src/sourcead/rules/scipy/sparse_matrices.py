"""What a function that is differentiated may do with a sparse matrix, and how it makes one of entries.

`Matrix` stands for SciPy's classes.  Its attribute `entries` is None for a constant matrix; else the array
that the matrix was made of, aligned with its `data` (see `sparse`).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse

from ...ir.types import Foreign, Opaque, const_dim, dtype_kind, new_dim
from ...runtime_sparse import places
from ..composites import composite, not_covered
from ..foreign import FOREIGN, RECOGNISED, kept, question
from ..infer import array_of, dims_of
from ..registry import TypeRefusal, constant, primitive, static
from .sparse import (
    FORMATS,
    WITH_ENTRIES,
    sparse_as,
    sparse_assembled,
    sparse_data,
    sparse_dense,
    sparse_indices,
    sparse_indptr,
    sparse_product,
    sparse_scaled,
    sparse_sum,
    sparse_transpose,
)

_HERE = "sourcead.rules.scipy.sparse_matrices."


# -- what a function may do with a sparse matrix ---------------------------------------------------------
class Matrix:
    """A sparse matrix in a function that is differentiated."""

    object = None
    entries = None
    turned = None

    @property
    def shape(self):
        return np.size(self.object, 0), np.size(self.object, 1)

    @property
    def T(self):
        if self.turned is None:
            A = aligned(sparse_transpose(self.object), self.entries)
            A.turned = self
            return A
        return self.turned

    @property
    def data(self):
        if self.entries is not None:
            return self.entries
        if not has_entries(self.object):
            not_covered("the entries are covered for the formats csr, csc and coo")
        return kept(sparse_data(self.object))

    @property
    def indices(self):
        if not compressed(self.object):
            not_covered("only the formats csr and csc have indices")
        return kept(sparse_indices(self.object))

    @property
    def indptr(self):
        if not compressed(self.object):
            not_covered("only the formats csr and csc have pointers to rows")
        return kept(sparse_indptr(self.object))

    @property
    def row(self):
        return kept(places(self.object)[0])

    @property
    def col(self):
        return kept(places(self.object)[1])

    @property
    def nnz(self):
        return len(self.data)

    def transpose(self):
        return self.T

    def __matmul__(self, x):
        if isinstance(x, Matrix):
            not_covered("products of sparse matrices are not covered: write A @ (B @ x)")
        return sparse_product(self.object, self.entries, x)

    def __rmatmul__(self, x):
        return self.T @ x if x.ndim == 1 else (self.T @ x.T).T

    def dot(self, x):
        return self * x if np.ndim(x) == 0 else self @ x

    def __mul__(self, x):
        if isinstance(x, Matrix):
            not_covered("products of sparse matrices are not covered: write A @ (B @ x)")
        if np.ndim(x) == 0:
            return scaled_matrix(self.object, self.entries, x)
        if not multiplies(self.object):
            not_covered("A * x of a sparse array multiplies item by item: write A @ x for the product")
        return self @ x

    def __rmul__(self, x):
        if np.ndim(x) == 0:
            return self * x
        return x @ self if multiplies(self.object) else not_covered("x * A of a sparse array")

    def __neg__(self):
        return self * -1.0

    def __truediv__(self, x):
        return self * (1.0 / x)

    def __add__(self, other):
        if not isinstance(other, Matrix):
            not_covered("a sparse matrix is added to sparse matrices")
        return added(self, other)

    def __sub__(self, other):
        return self + -other

    def toarray(self):
        return sparse_dense(self.object, self.entries)

    def asformat(self, format):
        return converted(self.object, self.entries, format)

    def tocsr(self):
        return converted(self.object, self.entries, "csr")

    def tocsc(self):
        return converted(self.object, self.entries, "csc")

    def tocoo(self):
        return converted(self.object, self.entries, "coo")

    def sum(self, axis=None):
        if axis is not None and multiplies(self.object):
            not_covered("the sum along an axis of a sparse matrix is a numpy.matrix: write A @ np.ones(n)")
        rows = self @ np.ones(np.size(self.object, 1))
        return np.sum(rows) if axis is None else rows if axis in (1, -1) else self.T.sum(1)


for _format in FORMATS:
    for _flavour in ("matrix", "array"):
        FOREIGN[f"{_format}_{_flavour}"] = Matrix


@RECOGNISED.append
def recognised(obj):
    """The type of a sparse matrix or array with two axes."""
    if not sparse.issparse(obj) or obj.ndim != 2 or type(obj).__name__ not in FOREIGN:
        return None
    dims = tuple(const_dim(1) if n == 1 else new_dim(True) for n in (*obj.shape, obj.nnz))
    return Foreign(type(obj).__name__, obj.dtype.name, dims)


@question
def multiplies(t):
    """Whether `*` is the product of matrices."""
    return t.what.endswith("_matrix")


@question
def compressed(t):
    return t.what[:3] in ("csr", "csc")


@question
def has_entries(t):
    return t.what[:3] in WITH_ENTRIES


def aligned(A, entries):
    if entries is not None:
        A.entries = entries
    return A


def scaled_matrix(A, entries, s):
    if not has_entries(A):
        not_covered("a number times a sparse matrix is covered for the formats csr, csc and coo")
    return aligned(sparse_scaled(A, s), (sparse_data(A) if entries is None else entries) * s)


def listed(M):
    """The entries of a matrix, their rows and their columns."""
    if M.entries is None and not has_entries(M.object):
        M = converted(M.object, None, "csr")
    row, col = places(M.object)
    return sparse_data(M.object) if M.entries is None else M.entries, row, col


def added(M, N):
    if M.entries is None and N.entries is None:
        return sparse_sum(M.object, N.object)
    data, row, col = listed(M)
    more, down, across = listed(N)
    places_of_both = np.concatenate((row, down)), np.concatenate((col, across))
    make = made_coo_matrix if multiplies(M.object) else made_coo_array  # noqa: F821
    both = np.concatenate((data, more))
    C = make((both, places_of_both), shape=M.shape)
    return converted(C, both, "csr")


def converted(A, entries, format):
    B = sparse_as(A, format=format)
    if entries is not None:
        row, col = places(A)
        B.entries = sparse_assembled(B, row, col, entries)
    return B


@static
def offsets_of(offsets):
    """The offsets of diagonals, which must be known when compiling."""
    found = tuple(offsets) if isinstance(offsets, list) else offsets
    if not isinstance(found, int | tuple) or found == ():
        raise TypeRefusal("the offsets of the diagonals must be known when compiling")
    return found


def from_diagonals(diagonals, offsets, shape, dtype, format, make):
    if dtype is not None:
        not_covered("dtype= is not covered")
    if format not in (None, "dia", "csr", "csc", "coo"):
        not_covered("the formats csr, csc and coo are covered")
    known = offsets_of(offsets)
    if isinstance(known, int):
        known = (known,)
        diagonals = diagonals if np.ndim(diagonals[0]) == 1 else (diagonals,)
    m = len(diagonals[0]) + abs(known[0]) if shape is None else shape[0]
    n = m if shape is None else shape[1]
    data, row, col = [], [], []
    for d, k in zip(diagonals, known):
        if np.ndim(d) == 0:
            d = d * np.ones(min(m + min(k, 0), n - max(k, 0)))
        data.append(d)
        row.append(np.arange(len(d)) + max(-k, 0))
        col.append(np.arange(len(d)) + max(k, 0))
    entries = np.concatenate(data)
    A = aligned(make((entries, (np.concatenate(row), np.concatenate(col))), shape=(m, n)), entries)
    return A if format in (None, "dia", "coo") else converted(A.object, A.entries, format)


@composite("scipy.sparse.diags")
def diags(diagonals, offsets=0, shape=None, format=None, dtype=None):
    return from_diagonals(diagonals, offsets, shape, dtype, format, made_coo_matrix)  # noqa: F821


@composite("scipy.sparse.diags_array")
def diags_array(diagonals, /, *, offsets=0, shape=None, format=None, dtype=None):
    return from_diagonals(diagonals, offsets, shape, dtype, format, made_coo_array)  # noqa: F821


# -- matrices made of entries ----------------------------------------------------------------------------
def _made(name):
    def infer(types, attrs):
        entries = array_of(types[0].items[0])
        dims = (
            dims_of(types[1])
            if len(types) > 1 and not isinstance(types[1], Opaque)
            else (new_dim(), new_dim())
        )
        if len(dims) != 2:
            raise TypeRefusal("the shape of a sparse matrix is a pair")
        if dtype_kind(entries.dtype) not in "iufc":
            raise TypeRefusal(f"entries of {entries.dtype} are not covered")
        own = name.startswith("coo") or len(types[0].items) == 3
        return Foreign(name, entries.dtype, (*dims, entries.shape[0] if own else new_dim()))

    return infer


def constructor(name):
    """The primitive that makes a matrix, and the composite around it."""
    make = getattr(sparse, name)

    def made(arg1, shape=None):
        return make(arg1, shape=shape)

    made.__name__ = f"made_{name}"
    globals()[made.__name__] = made
    key = _HERE + made.__name__
    primitive(
        key,
        "arg1 shape",
        _made(name),
        order="arg1 dtype shape",
        may_raise=True,
        spell=("call", f"scipy.sparse.{name}"),
    )
    constant(key)
    of_places = name.startswith("coo")

    @composite(f"scipy.sparse.{name}")
    def constructed(arg1, shape=None, dtype=None, copy=False):
        if dtype is not None:
            not_covered("dtype= is not covered")
        if isinstance(arg1, Matrix):
            return converted(arg1.object, arg1.entries, name[:3])
        if not isinstance(arg1, tuple):
            not_covered("it is made of its entries and their places, or outside of the function")
        kept(arg1)
        A = made(arg1, shape=shape)
        entries = np.asarray(arg1[0])
        if len(arg1) == 3 or of_places:
            A.entries = entries
        else:
            A.entries = sparse_assembled(A, arg1[1][0], arg1[1][1], entries)
        return A


for _format in WITH_ENTRIES:
    for _flavour in ("matrix", "array"):
        constructor(f"{_format}_{_flavour}")


def _eye(function):
    def infer(types, attrs):
        made = function(1, dtype="d", format=attrs["format"])
        m = dims_of(types[0])[0]
        n = m if len(types) < 2 or isinstance(types[1], Opaque) else dims_of(types[1])[0]
        return Foreign(type(made).__name__, np.dtype(attrs["dtype"]).name, (m, n, new_dim()))

    return infer


for _name, _params in (("eye", "m n k"), ("identity", "n")):
    primitive(
        f"scipy.sparse.{_name}",
        _params,
        _eye(getattr(sparse, _name)),
        keywords={"dtype": float, "format": None},
        defaults={"k": 0},
        may_raise=True,
    )
    constant(f"scipy.sparse.{_name}")
