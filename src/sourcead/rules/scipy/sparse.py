"""Sparse matrices of scipy.sparse: products, conversions, and matrices made of entries that vary.

A sparse matrix is a constant to the compiler.  Where its entries are differentiated, the array that it was
made of stands beside it, aligned with `A.data`, as an operand of its own that the text does not show:

    A = csr_matrix((data, indices, indptr))        sparse_product(A, data, x)   is printed as   A @ x
    y = A @ x                                      x_bar = A.T @ y_bar
                                                   data_bar = sampled(A, y_bar, x)

sampled(A, u, v) is u[i] v[j] at the places (i, j) of A's entries.  Product, transposed product and sampling
are the three partial contractions of one form in A's entries, u and v, so the derivatives of each are the
other two.

What a function may do with a sparse matrix, and how it makes one, stands in `sparse_matrices`.
"""

from __future__ import annotations

import numpy as np

from ...ir.types import Array, Foreign, new_dim
from ...runtime_sparse import gathered, handed_out, picked, sampled, with_entries
from ..contractions import meet
from ..counting import uncounted
from ..infer import array_of, promoted
from ..registry import TypeRefusal, constant, jvp, primitive, vjp

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
    cost=uncounted,
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
primitive(_HERE + "sparse_data", "A", lambda types, attrs: _vector(types[0]), spell=("attribute", "data"))
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
primitive(
    _RUN + "sampled", "A u v", lambda types, attrs: Array(promoted(types[1:]), types[0].shape[2:], True)
)
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
