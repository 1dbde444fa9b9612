"""Rows of scipy.linalg: keywords, stacks, one and several right-hand sides, complex matrices."""

import numpy as np
import scipy.linalg

from .rows import B, M, N, S, T, row, x, y
from .rows_linalg import CM, CN, CS, STACKS, TURN, L, W, complex_like, r

_S = "scipy.linalg."
I4 = np.eye(4)

for a in (M, B, CM):
    for name in ("inv", "det"):
        row(_S + name, a)
row(_S + "inv", M, assume_a="gen")
for order in (None, 1, 2, "nuc", np.inf):
    row(_S + "norm", M, ord=order)
for order in (None, 1, 2, 3):
    row(_S + "norm", x, ord=order)
row(_S + "norm", T, axis=(0, 2), keepdims=True)

SYSTEMS = [(M, N), (M, N[0]), (B, B + 1.0), (B, N), (M, B), (CM, CN), (B, N[0]), (M, CN[:, 0])]
for a, b in SYSTEMS:
    row(_S + "solve", a, b)
    row(_S + "solve", a, b, assume_a="gen")
    if not np.iscomplexobj(a):
        if not np.iscomplexobj(b):
            row(_S + "solve", a, b, transposed=True)
        row(_S + "solve", a @ np.swapaxes(a, -1, -2) + np.eye(3), b, assume_a="pos")
        row(_S + "solve", a, b, assume_a="sym", lower=True)
    for trans in (0, "T", "C"):
        for lower in (False, True):
            row(_S + "solve_triangular", a, b, trans=trans, lower=lower)
    row(_S + "solve_triangular", a, b, unit_diagonal=True)
row(_S + "solve_triangular", M, N, trans=1, unit_diagonal=True, lower=True)
for lower in (False, True):
    row(_S + "solve", CS, CN, assume_a="pos", lower=lower)
    row(_S + "solve", CS, CN[:, 0], assume_a="her", lower=lower)
    row(_S + "solve", CM, CN, assume_a="sym", lower=lower)
    row(_S + "solve", S, N[0], assume_a="pos", lower=lower)
for a in (M, B, CM):
    row(_S + "lu_factor", a)
for a, b in SYSTEMS:
    lu, piv = scipy.linalg.lu_factor(a)
    for trans in (0, 1):
        row(_S + "lu_solve", lu, piv, b, trans=trans, wrt=(0, 2))
for lower in (False, True):
    for a in (S, CS):
        row(_S + "cho_factor", a, lower=lower)
        row(_S + "cholesky", a, lower=lower)
        for b in (N, N[0], CN):
            row(_S + "cho_solve", *scipy.linalg.cho_factor(a, lower=lower), b, wrt=(0, 2))
row(_S + "cholesky", np.stack((S, 2.0 * S)))

for a in (M, B, CM):
    row(_S + "lu", a)
    row(_S + "lu", a, p_indices=True)
for a in (M, W, L, STACKS, CM, complex_like(4, 2)):
    row(_S + "qr", a, mode="economic")
for a in (M, W, L, STACKS):
    row(_S + "svd", a, full_matrices=False)
for a in (M, W, STACKS, CM):
    row(_S + "svd", a, compute_uv=False)
    row(_S + "svdvals", a)
for lower in (True, False):
    for a in (S, M, np.stack((S, S + np.diag([1.0, 2.0, 5.0])))):
        row(_S + "eigh", a, lower=lower, driver="ev")
    for a in (S, M, CS):
        row(_S + "eigh", a, lower=lower, eigvals_only=True)
        row(_S + "eigvalsh", a, lower=lower)
for a in (M, W, L, complex_like(4, 2)):
    row(_S + "pinv", a)
row(_S + "pinv", M, rtol=1e-10)
for a, b in ((M, N), (L, x), (L, r.normal(size=(4, 3))), (W, N[:2]), (complex_like(4, 2), x)):
    row(_S + "lstsq", a, b)
    row(_S + "lstsq", a, b, cond=1e-12)
for side in ("right", "left"):
    for a in (M, CM, L if side == "right" else W):
        row(_S + "polar", a, side=side)

for a in (M, B, CM, TURN, np.zeros((2, 2))):
    row(_S + "expm", a)
for a, e in ((M, N), (CM, N)):
    row(_S + "expm_frechet", a, e)
    row(_S + "expm_frechet", a, e, compute_expm=False)
for a in (S, CM + 2.0 * np.eye(3), TURN):
    row(_S + "sqrtm", a)
    row(_S + "logm", a)

ROOM = N + 4.0 * np.eye(3)
for a, b, q in ((M, ROOM, N), (CM, ROOM, CN @ CN.T), (L @ W + I4, ROOM, r.normal(size=(4, 3)))):
    row(_S + "solve_sylvester", a, b, q)
for a, q in ((M, N), (CM, complex_like(3, 3)), (CM, S)):
    row(_S + "solve_continuous_lyapunov", a, q)
    row(_S + "solve_discrete_lyapunov", 0.2 * a, q)
    row(_S + "solve_discrete_lyapunov", 0.2 * a, q, method="bilinear")
for name in ("solve_continuous_are", "solve_discrete_are"):
    row(_S + name, 0.3 * M, CN.real, S, np.eye(2) + 0.1, wrt=(0, 1))

row(_S + "block_diag", M, N)
row(_S + "block_diag", M, x, L)
row(_S + "block_diag", CM, np.float64(0.3), W)
row(_S + "toeplitz", x)
row(_S + "toeplitz", x, N[0])
row(_S + "toeplitz", N[0], x)
row(_S + "toeplitz", CN[:, 0], x)
row(_S + "hankel", x)
row(_S + "hankel", x, N[0])
row(_S + "hankel", N[0], x)
row(_S + "circulant", x)
row(_S + "circulant", CN[:, 0])
MAIN = np.array([4.0, 0.3, -0.2, 0.1])
for b in (x, r.normal(size=(4, 2))):
    row(_S + "solve_toeplitz", MAIN, None, b, wrt=(0, 2))
    row(_S + "solve_toeplitz", MAIN, y, b)
    row(_S + "solve_toeplitz", MAIN, y - 0.5, b)
_R = "sourcead.runtime_bands."
for low, up in ((1, 1), (2, 0), (0, 1), (1, 3), (3, 4)):
    ab = r.normal(size=(low + up + 1, 4))
    ab[up] += 5.0
    for b in (x, r.normal(size=(4, 2))):
        row(_R + "band_times", ab, b, low, up)
        row(_R + "band_of", b, b[::-1], low, up)
        if max(low, up) < 4:
            row(_S + "solve_banded", low, up, ab, b, wrt=(2, 3))
    row(_R + "band_transpose", ab, low, up)
for lower in (False, True):
    band = r.normal(size=(3, 4)) * 0.3
    band[0 if lower else 2] += 5.0
    for b in (x, r.normal(size=(4, 2))):
        row(_S + "solveh_banded", band, b, lower=lower)
