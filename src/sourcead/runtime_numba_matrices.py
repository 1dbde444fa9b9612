"""The functions of `sourcead.runtime` and `sourcead.runtime_matrices` on matrices, for Numba; as
`runtime_numba`, of which this is a part."""

from __future__ import annotations

import numpy as np
from numba.extending import overload

from . import runtime, runtime_matrices


@overload(runtime_matrices.solve_or_nan)
def solve_or_nan(a, b):
    if a.ndim != 2 or b.ndim != 2:
        return None

    def of_matrix(a, b):
        a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
        try:
            x = np.linalg.solve(a, b)
        except Exception:  # Numba tells no other; the shapes have been seen to fit before
            x = b * 0
            for k in range(b.shape[1]):
                if np.any(b[:, k] != 0):
                    x[:, k] = np.nan
        return x

    return of_matrix


@overload(runtime.cofactors)
def cofactors(a):
    if a.ndim != 2:
        return None

    def of_matrix(a):
        u, s, vt = np.linalg.svd(np.ascontiguousarray(a))
        sign = np.linalg.det(u) * np.linalg.det(vt)
        scaled = np.empty_like(u)
        for i in range(s.size):
            others = s[i] * 0 + 1
            for j in range(s.size):
                if j != i:
                    others *= s[j]
            scaled[:, i] = u[:, i] * (others * sign)
        return scaled @ vt

    return of_matrix


@overload(runtime.cofactors_along)
def cofactors_along(a, h):
    if a.ndim != 2 or h.ndim != 2:
        return None

    def of_matrix(a, h):
        u, s, vt = np.linalg.svd(np.ascontiguousarray(a))
        n = s.size
        m = np.ascontiguousarray(u.T) @ np.ascontiguousarray(h) @ np.ascontiguousarray(vt.T)
        inner = np.zeros_like(m)
        for i in range(n):
            for j in range(n):
                if i == j:
                    continue
                pair = s[i] * 0 + 1
                for k in range(n):
                    if k != i and k != j:
                        pair *= s[k]
                inner[i, j] = -m[j, i] * pair
                inner[i, i] += pair * m[j, j]
        return np.linalg.det(u) * np.linalg.det(vt) * (u @ inner @ vt)

    return of_matrix
