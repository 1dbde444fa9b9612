"""Sparse matrices of scipy.sparse: products, conversions, and matrices made of entries that vary.

A sparse matrix is a constant to the compiler.  Where its entries are differentiated, the array that it was
made of stands beside it, aligned with `A.data`, as an operand of its own that the text does not show:

    A = csr_matrix((data, indices, indptr))        sparse_product(A, data, x)   is printed as   A @ x
    y = A @ x                                      x_bar = A.T @ y_bar
                                                   data_bar = sampled(A, y_bar, x)

sampled(A, u, v) is u[i] v[j] at the places (i, j) of A's entries.  Product, transposed product and sampling
are the three partial contractions of one form in A's entries, u and v, so the derivatives of each are the
other two.

`Matrix` says what a function may do with a sparse matrix.  Its attribute `entries` is None for a constant one.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse

from ...ir.types import Array, Foreign, Opaque, const_dim, dtype_kind, new_dim
from ...runtime_sparse import gathered, handed_out, picked, places, sampled, with_entries
from ..contractions import meet
from ..infer import array_of, dims_of, promoted
from ..registry import (
    FOREIGN,
    RECOGNISED,
    TypeRefusal,
    composite,
    constant,
    jvp,
    kept,
    not_covered,
    primitive,
    question,
    static,
    vjp,
)

_HERE = "sourcead.rules.scipy.sparse."
_RUN = "sourcead.runtime_sparse."
FORMATS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
WITH_ENTRIES = ("csr", "csc", "coo")
TURNED = {"csr": "csc", "csc": "csr"}


# -- primitives that are printed as what they return -----------------------------------------------------
def sparse_product(A, entries, x):
    return A @ x


def sparse_transpose(A):
    return A.T


def sparse_dense(A, entries):
    return A.toarray()


def sparse_as(A, format):
    return A.asformat(format)


def sparse_scaled(A, s):
    return A * s


def sparse_sum(A, B):
    return A + B


def sparse_data(A):
    return A.data


def sparse_indices(A):
    return A.indices


def sparse_indptr(A):
    return A.indptr


def sparse_assembled(B, row, col, entries):
    """The entries of B, which was made of entries at these places."""
    return B.data


def kind_of(t):
    """Format and flavour ("matrix" or "array") of a sparse type."""
    if not (isinstance(t, Foreign) and t.what[:4] in {f + "_" for f in FORMATS}):
        raise TypeRefusal(f"a value of type {t} where a sparse matrix is expected")
    return t.what.split("_")


def entries_of(t, among):
    """The dtype of a matrix with the dtype of its entries, where there are any."""
    return t.dtype if isinstance(among, Opaque) else array_of(among).dtype


def _product(types, attrs):
    kind_of(types[0])
    A, x = types[0], array_of(types[2])
    if x.ndim not in (1, 2):
        raise TypeRefusal("a sparse matrix is multiplied with a vector or a dense matrix")
    if x.dtype == "float16":
        raise TypeRefusal("SciPy has no sparse products with float16")
    meet(A.shape[1], x.shape[0])
    dtype = np.result_type(A.dtype, x.dtype).name
    return Array(dtype, (A.shape[0], *x.shape[1:]))


# The third length of a sparse type is the number of entries.


def _turned(types, attrs):
    form, flavour = kind_of(types[0])
    t = types[0]
    return Foreign(f"{TURNED.get(form, form)}_{flavour}", t.dtype, (t.shape[1], t.shape[0], t.shape[2]))


def _as(types, attrs):
    _, flavour = kind_of(types[0])
    if attrs["format"] not in WITH_ENTRIES:
        raise TypeRefusal(f"the format {attrs['format']!r} is not covered")
    n = types[0].shape[2] if attrs["format"] == kind_of(types[0])[0] else new_dim()
    return Foreign(f"{attrs['format']}_{flavour}", types[0].dtype, (*types[0].shape[:2], n))


def _vector(t, like=None):
    return Array(t.dtype if like is None else array_of(like).dtype, t.shape[2:], True)


primitive(
    _HERE + "sparse_product",
    "A entries x",
    _product,
    may_raise=True,
    hidden=(1,),
    spell=("binop", "MatMult"),
    cost=lambda operands, out, attrs: None,
)
primitive(_HERE + "sparse_transpose", "A", _turned, spell=("attribute", "T"))
primitive(
    _HERE + "sparse_dense",
    "A entries",
    lambda types, attrs: Array(types[0].dtype, types[0].shape[:2], True),
    hidden=(1,),
    spell=("method", "toarray"),
)
primitive(
    _HERE + "sparse_as", "A", _as, keywords={"format": None}, spell=("method", "asformat"), may_raise=True
)
primitive(
    _HERE + "sparse_scaled",
    "A s",
    lambda types, attrs: Foreign(
        types[0].what, np.result_type(types[0].dtype, array_of(types[1]).dtype).name, types[0].shape
    ),
    spell=("binop", "Mult"),
)
def _sum(types, attrs):
    (form, flavour), (other, _) = map(kind_of, types)
    meet(types[0].shape[0], types[1].shape[0])
    meet(types[0].shape[1], types[1].shape[1])
    dtype = np.result_type(types[0].dtype, types[1].dtype).name
    form = form if form == other and form in ("csc", "bsr", "dia") else "csr"
    return Foreign(f"{form}_{flavour}", dtype, (*types[0].shape[:2], new_dim()))


primitive(_HERE + "sparse_sum", "A B", _sum, spell=("binop", "Add"), may_raise=True)
constant(_HERE + "sparse_sum")
primitive(
    _HERE + "sparse_data", "A", lambda types, attrs: _vector(types[0]), spell=("attribute", "data")
)
for _name, _dims in (("indices", lambda t: t.shape[2]), ("indptr", lambda t: new_dim())):
    primitive(
        f"{_HERE}sparse_{_name}",
        "A",
        lambda types, attrs, dims=_dims: Array("int32", (dims(types[0]),), True),
        spell=("attribute", _name),
    )
    constant(f"{_HERE}sparse_{_name}")
constant(*(_HERE + n for n in ("sparse_transpose", "sparse_as", "sparse_scaled", "sparse_data")))
primitive(
    _HERE + "sparse_assembled",
    "B row col entries",
    lambda types, attrs: _vector(types[0], types[3]),
    hidden=(1, 2, 3),
    spell=("attribute", "data"),
)

# -- helpers of derivatives
primitive(
    _RUN + "places",
    "A",
    lambda types, attrs: (Array("int32", types[0].shape[2:], True),) * 2,
)
primitive(
    _RUN + "with_entries",
    "A entries",
    lambda types, attrs: Foreign(types[0].what, array_of(types[1]).dtype, types[0].shape),
)
constant(_RUN + "places", _RUN + "with_entries")
primitive(_RUN + "sampled", "A u v", lambda types, attrs: Array(promoted(types[1:]), types[0].shape[2:], True))
primitive(_RUN + "picked", "A G", lambda types, attrs: _vector(types[0], types[1]))
primitive(_RUN + "gathered", "B row col entries", lambda types, attrs: _vector(types[0], types[3]))
primitive(
    _RUN + "handed_out",
    "B row col g",
    lambda types, attrs: Array(array_of(types[3]).dtype, array_of(types[1]).shape, True),
)


@jvp(_HERE + "sparse_product", 1)
def _(A, entries, x, y, e_dot):
    return sparse_product(with_entries(A, e_dot), e_dot, x)


@jvp(_HERE + "sparse_product", 2)
def _(A, entries, x, y, x_dot):
    return sparse_product(A, entries, x_dot)


@vjp(_HERE + "sparse_product", 1)
def _(A, entries, x, y, y_bar):
    return sampled(A, y_bar, x)


@vjp(_HERE + "sparse_product", 2)
def _(A, entries, x, y, y_bar):
    return sparse_product(sparse_transpose(A), entries, y_bar)


@jvp(_RUN + "sampled", 1)
def _(A, u, v, y, u_dot):
    return sampled(A, u_dot, v)


@jvp(_RUN + "sampled", 2)
def _(A, u, v, y, v_dot):
    return sampled(A, u, v_dot)


@vjp(_RUN + "sampled", 1)
def _(A, u, v, y, y_bar):
    return sparse_product(with_entries(A, y_bar), y_bar, v)


@vjp(_RUN + "sampled", 2)
def _(A, u, v, y, y_bar):
    return sparse_product(sparse_transpose(with_entries(A, y_bar)), y_bar, u)


@jvp(_HERE + "sparse_dense", 1)
def _(A, entries, y, e_dot):
    return sparse_dense(with_entries(A, e_dot), e_dot)


@vjp(_HERE + "sparse_dense", 1)
def _(A, entries, y, y_bar):
    return picked(A, y_bar)


@jvp(_RUN + "picked", 1)
def _(A, G, y, G_dot):
    return picked(A, G_dot)


@vjp(_RUN + "picked", 1)
def _(A, G, y, y_bar):
    return sparse_dense(with_entries(A, y_bar), y_bar)


for _key in (_HERE + "sparse_assembled", _RUN + "gathered"):

    @jvp(_key, 3)
    def assembled_tangent(B, row, col, entries, y, e_dot):
        return gathered(B, row, col, e_dot)

    @vjp(_key, 3)
    def assembled_adjoint(B, row, col, entries, y, y_bar):
        return handed_out(B, row, col, y_bar)


@jvp(_RUN + "handed_out", 3)
def _(B, row, col, g, y, g_dot):
    return handed_out(B, row, col, g_dot)


@vjp(_RUN + "handed_out", 3)
def _(B, row, col, g, y, y_bar):
    return gathered(B, row, col, y_bar)


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
        dims = dims_of(types[1]) if len(types) > 1 and not isinstance(types[1], Opaque) else (new_dim(), new_dim())
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
        key, "arg1 shape", _made(name), order="arg1 dtype shape", may_raise=True, spell=("call", f"scipy.sparse.{name}")
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
