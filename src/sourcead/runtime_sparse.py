"""Functions that generated code may call for derivatives by the entries of sparse matrices.

They need NumPy alone, and take the sparse matrices as they are: of the formats csr, csc and coo, whose
`data` holds one entry for each place.
"""

from __future__ import annotations

import numpy as np


def places(A):
    """The rows and columns of a sparse matrix's entries, in the order of `A.data`."""
    C = A.tocoo()
    return C.row, C.col


def with_entries(A, entries):
    """A sparse matrix with entries at the places of those of A.

    A: of the formats csr, csc or coo; entries: one for each of A.data.  Returns a new matrix of A's format.
    """
    B = A.copy()
    B.data = np.asarray(entries)
    return B


def sampled(A, u, v):
    """u[i] * v[j] for the places (i, j) of A's entries, in their order; summed over the columns of matrices.

    It is the gradient of `u @ A @ v` by the entries of A.  u has A's rows, v A's columns.
    """
    row, col = places(A)
    p = u[row] * v[col]
    return p if p.ndim == 1 else np.sum(p, axis=1)


def picked(A, G):
    """The items of a dense array at the places of A's entries, in their order."""
    row, col = places(A)
    return G[row, col]


def slots(B, row, col):
    """For each of some places where in B.data the entry of the same place is."""
    rows, cols = places(B)
    n = B.shape[1]
    keys = rows.astype(np.int64) * n + cols
    order = np.argsort(keys, kind="stable")
    return order[np.searchsorted(keys, np.asarray(row, np.int64) * n + col, sorter=order)]


def gathered(B, row, col, entries):
    """Entries at given places in the order of B.data, those of one place added up."""
    out = np.zeros(B.nnz, entries.dtype)
    np.add.at(out, slots(B, row, col), entries)
    return out


def handed_out(B, row, col, g):
    """For each of some places the item of g that belongs to the entry of B there: the transpose of
    `gathered`."""
    return g[slots(B, row, col)]
