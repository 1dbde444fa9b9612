"""Rows for sparse matrices: products, systems, and the entries of matrices."""

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as linalg

from .rows import M, N, row

H, R, L = "sourcead.rules.scipy.sparse.", "sourcead.runtime_sparse.", "sourcead.rules.scipy.sparse_linalg."
D = np.where(np.abs(M) > 0.6, M, 0.0) + 3.0 * np.eye(3)
v, w = M[0], N[1]


for make in (sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix):
    A = make(D)
    e = A.data
    row(H + "sparse_product", A, None, v, wrt=(2,))
    row(H + "sparse_product", A, None, M, wrt=(2,))
    row(H + "sparse_product", A, None, v * (1.0 + 0.5j), wrt=(2,))
    row(R + "sampled", A, v, w, wrt=(1, 2))
    row(R + "sampled", A, M, N, wrt=(1, 2))
    row(R + "picked", A, M, wrt=(1,))
    places = A.tocoo()
    row(R + "gathered", A.tocsr(), places.row, places.col, e, wrt=(3,))
    row(R + "handed_out", A.tocsr(), places.row, places.col, e, wrt=(3,))
    if A.format != "coo":
        row(L + "solve", A, None, v, wrt=(2,))
        row(L + "solve", A, None, M, wrt=(2,))
    for name in ("cg", "cgs", "bicg", "bicgstab", "tfqmr", "gmres"):
        S = make(D @ D.T) if name == "cg" else A
        row(L + f"run_{name}", S, None, v, None, rtol=1e-14, wrt=(2,))
lu = linalg.splu(sparse.csc_matrix(D))
for trans in ("N", "T"):
    row(L + "factor_solve", lu, None, None, v, trans=trans, wrt=(3,))
    row(L + "factor_solve", lu, None, None, M, trans=trans, wrt=(3,))
twice = np.array([0, 1, 1, 2, 1]), np.array([0, 2, 2, 1, 2])
B = sparse.coo_matrix((np.ones(5), twice), shape=(3, 3)).tocsr()
row(R + "gathered", B, *twice, np.arange(5.0), wrt=(3,))
row(R + "handed_out", B, *twice, np.arange(float(B.nnz)), wrt=(3,))
