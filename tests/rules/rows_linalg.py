"""Rows of linear algebra in NumPy: ranks, keywords, stacks, wide and tall matrices, complex ones."""

import numpy as np

from .rows import B, M, N, S, T, U, Z, row, x

r = np.random.default_rng(17)


def complex_like(*shape):
    return r.normal(size=shape) + 1j * r.normal(size=shape)


CM = complex_like(3, 3) + 2.0 * np.eye(3)
CB = complex_like(2, 3, 3) + 3.0 * np.eye(3)
CN = complex_like(3, 2)
CS = CM @ np.conj(CM.T) + np.eye(3)
W = r.normal(size=(2, 4))  # wide
L = r.normal(size=(4, 2))  # tall
STACKS = r.normal(size=(2, 3, 2))
PAIRS = [(M, N), (M, N[0]), (B, B + 1.0), (B, N), (M, B), (CM, CN), (CB, N), (M, CN[:, 0]), (B, B[:1, :, :2])]

for order in (2, -2, "nuc"):
    for a in (M, W, L, CM):
        row("numpy.linalg.norm", a, ord=order)
    row("numpy.linalg.norm", T, ord=order, axis=(2, 0))
    row("numpy.linalg.norm", T, ord=order, axis=(0, -1), keepdims=True)
for order in (None, 1, -1, np.inf, -np.inf, "fro"):
    row("numpy.linalg.norm", CM, ord=order)
    row("numpy.linalg.norm", T, ord=order, axis=(1, 0), keepdims=True)
for order in (None, 0, 1, 2, 3.5, -1.5, np.inf, -np.inf):
    row("numpy.linalg.norm", Z, ord=order)
    row("numpy.linalg.norm", T, ord=order, axis=1)
    if hasattr(np.linalg, "vector_norm") and order is not None:
        row("numpy.linalg.vector_norm", T, ord=order)
        row("numpy.linalg.vector_norm", T, ord=order, axis=(0, 2), keepdims=True)
        row("numpy.linalg.vector_norm", Z, ord=order, axis=0)
if hasattr(np.linalg, "vector_norm"):
    for order in ("fro", "nuc", 1, -1, 2, -2, np.inf):
        row("numpy.linalg.matrix_norm", T, ord=order)
        row("numpy.linalg.matrix_norm", CM, ord=order, keepdims=True)
    for a in (M, W, STACKS, CM):
        row("numpy.linalg.svdvals", a)
for p in (None, 2, -2, "fro", 1, -1, np.inf, -np.inf, "nuc"):
    row("numpy.linalg.cond", M, p=p)
    row("numpy.linalg.cond", B, p=p)
    row("numpy.linalg.cond", CM, p=p)
row("numpy.linalg.cond", W)
row("numpy.linalg.cond", L, p=-2)

for a in (CM, CB):
    row("numpy.linalg.det", a)
    row("numpy.linalg.slogdet", a)
    row("numpy.linalg.inv", a)
row("numpy.linalg.det", np.ones((2, 2)) * (1 + 1j))
row("sourcead.runtime.cofactors", CM)
row("sourcead.runtime.cofactors_along", CM, complex_like(3, 3), wrt=(1,))
for a, b in PAIRS:
    row("numpy.linalg.solve", a, b)
for a, b in ((M, N), (B, N), (CM, CN)):
    row("sourcead.runtime_matrices.solve_or_nan", a, b)
row("sourcead.runtime_matrices.nonsingular", M)
row("sourcead.runtime_matrices.expect_real", M)
G = r.normal(size=(2, 3, 3, 2)) + np.eye(6).reshape(2, 3, 3, 2) * 3.0
row("numpy.linalg.tensorinv", G)
row("numpy.linalg.tensorinv", G.reshape(6, 3, 2), ind=1)
row("numpy.linalg.tensorsolve", G, N[:2])
row("numpy.linalg.tensorsolve", M, N[0])
row("numpy.linalg.tensorsolve", np.moveaxis(G, 2, 0), N[:2], axes=(0, 3))

for keywords in ({}, {"upper": True}):
    for a in (S, np.stack((S, 2.0 * S)), CS):
        row("numpy.linalg.cholesky", a, **keywords)
for mode in ("reduced", "r"):
    for a in (M, W, L, STACKS, CM, complex_like(2, 4), complex_like(4, 2)):
        row("numpy.linalg.qr", a, mode=mode)
for a in (M, W, L, STACKS, np.swapaxes(STACKS, 1, 2)):
    row("numpy.linalg.svd", a, full_matrices=False)
for a in (M, W, STACKS, CM, complex_like(4, 2)):
    row("numpy.linalg.svd", a, compute_uv=False)
for low in ("L", "U"):
    for a in (S, np.stack((S, S + np.diag([1.0, 2.0, 5.0]))), M):
        row("numpy.linalg.eigh", a, UPLO=low)
        row("numpy.linalg.eigvalsh", a, UPLO=low)
    row("numpy.linalg.eigvalsh", CS, UPLO=low)
    row("numpy.linalg.eigvalsh", CM, UPLO=low)
TURN = np.array([[1.0, -2.0, 0.3], [2.0, 1.0, 0.1], [0.2, 0.4, 3.0]])  # a pair of complex eigenvalues
for a in (CM, CB, TURN):
    row("numpy.linalg.eig", a)
    row("numpy.linalg.eigvals", a)

for a in (M, W, L, STACKS, complex_like(4, 2)):
    row("numpy.linalg.pinv", a)
    row("numpy.linalg.pinv", a, 1e-12, wrt=(0,))
row("numpy.linalg.pinv", M, hermitian=False)
for a, b in ((M, N), (L, x), (L, r.normal(size=(4, 3))), (W, N[:2]), (complex_like(4, 2), Z)):
    row("numpy.linalg.lstsq", a, b, None, wrt=(0, 1))
    row("numpy.linalg.lstsq", a, b, 1e-12, wrt=(0, 1))
    row("numpy.linalg.lstsq", a, b, -1, wrt=(0, 1))

for a, b in ((M, N), (x, M), (M, x), (T, M), (M, T), (np.float64(0.4), M), (x, x + 1.0), (CM, Z)):
    row("numpy.kron", a, b)
for n in (0, 1, 2, 3, 6, 7, -1, -3):
    row("numpy.linalg.matrix_power", M, n=n)
    row("numpy.linalg.matrix_power", B, n=n)
row("numpy.linalg.multi_dot", M, N)
row("numpy.linalg.multi_dot", M, L.T[:, :3].T, W)
row("numpy.linalg.multi_dot", x, L, W, L)
row("numpy.linalg.multi_dot", M, N, M, N[0])
row("numpy.linalg.multi_dot", x, L, W, x)
row("numpy.linalg.multi_dot", x, x + 1.0)
row("numpy.linalg.multi_dot", CM, CN, W)
if hasattr(np, "vecdot"):
    for key in ("numpy.vecdot", "numpy.linalg.vecdot"):
        for a, b in ((x, x + 1.0), (T, x), (U, N[:1]), (complex_like(2, 4), Z)):
            row(key, a, b)
if hasattr(np.linalg, "outer"):
    row("numpy.linalg.outer", x, N[0])
    row("numpy.linalg.outer", Z, x)
    for offset in (0, 1, -2):
        row("numpy.linalg.trace", M, offset=offset)
        row("numpy.linalg.trace", U, offset=offset)
