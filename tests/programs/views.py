"""Views of every kind, written through; what is read through them follows the array."""

import numpy as np

from .registry import program

M = np.arange(12.0).reshape(3, 4) / 7.0 + 0.2
T = np.sin(np.arange(24.0)).reshape(2, 3, 4) + 1.5


@program((T,))
def axes_exchanged(A):
    B = A * 1.0
    np.transpose(B, (1, 2, 0))[0, 1] = A[:, 2, 3]
    B.swapaxes(0, 2)[3] *= 2.0
    np.moveaxis(B, 0, -1)[1] += A[0, 0, 0]
    C = np.rollaxis(B, 2)
    C[0, 1, :] = 0.5
    B.transpose(2, 0, 1)[1][0] = A[1, 1, 1:] @ A[0, 0, 1:]
    return np.sum(B**2) + np.sum(C * C[::-1])


@program((T,))
def axes_added_and_removed(A):
    B = A[:1] * A[1:]
    s = B.squeeze(0)
    s[1] = A[0, 0]
    np.squeeze(B, axis=0)[0, 0] = A[1, 2, 3] ** 2
    e = np.expand_dims(s, (0, 3))
    e[0, 2, :, 0] *= 3.0
    np.atleast_2d(s[0])[0, 1] = A[0, 0, 2]
    np.atleast_1d(s)[0, 2] = A[1, 0, 2]
    s[:, None, 2] += 1.0
    return np.sum(B[0] * A[1])


@program((M,))
def flipped_and_turned(A):
    B = A * 1.0
    np.flip(B)[0, 0] = A[0, 1] ** 2
    np.flipud(B)[0, 1:] = A[0, 1:]
    np.fliplr(B)[1] *= A[0]
    np.flip(B, axis=1)[:, 0] += 1.0
    for k in range(4):
        R = np.rot90(B, k)
        R[0, 1] = R[1, 0] * A[k % 3, 1]
    return np.sum(B**2)


@program((M,))
def reshaped_and_written(A):
    B = A * A
    v = B.reshape(-1)
    v[3] = A[0, 0]
    w = B.ravel()
    for k in range(4):
        w[2 * k] *= v[k] + 1.0
    B[1, 1] = 2.0
    np.reshape(B[1], (2, 2))[0] = A[2, :2]
    u = B.reshape(2, 2, 3)
    u[1, 0] += B[0, :3]
    return np.sum(v * w) + np.sum(u * u)


@program((np.asfortranarray(M),), (M,))
def fortran_order(A):
    B = np.reshape(A, (4, 3), order="F")
    c = A.ravel("F")
    d = A.flatten(order="F") * c
    return np.sum(B[1] * B[2]) + np.sum(d * np.arange(12.0))


@program(
    (np.asfortranarray(M),), second=False, why="it is taken at a point in C order, where others are views"
)
def memory_order_of_a_fortran_argument(A):
    v = A.ravel(order="K")
    v[1] = A[0, 0] * 5.0
    A.reshape((2, 6), order="F")[1, 2] = A[2, 2] ** 2
    A.T.ravel()[4] *= 2.0
    w = A.ravel(order="A")
    return np.sum(A**2) + np.sum(w * np.arange(12.0))


@program((M,))
def read_only_views_see_writes(A):
    B = A * 1.0
    d = np.diagonal(B)
    e = np.diag(B, k=1)
    f = np.broadcast_to(B[0], (3, 4))
    B[0, 0] = A[1, 1] ** 2
    B[:, 2] = A[2, :3]
    return np.sum(d * d) + np.prod(e) + np.sum(f * B)


@program((M, 2))
def windows(A, n):
    x = A.ravel() * 1.0
    w = np.lib.stride_tricks.sliding_window_view(x, 3)
    x[2] = A[0, 1] ** 2
    v = np.lib.stride_tricks.sliding_window_view(A, (2, 3))
    u = np.lib.stride_tricks.sliding_window_view(A, n, axis=1)
    t = np.lib.stride_tricks.sliding_window_view(A, (2, 2), axis=(1, 1))
    return np.sum(w.max(axis=1) ** 2) + np.sum(v**3) + np.sum(u[..., 0] * u[..., 1]) + np.sum(t * t)


@program((M,))
def pieces_of_a_split(A):
    B = A * 1.0
    left, right = np.split(B, 2, axis=1)
    left[0] = A[1, 2:] * 2.0
    right += left
    a, b, c = np.array_split(B[0], 3)
    a[0] = b[0] * c[0]
    c[...] = A[2, 3]
    p, q = np.hsplit(B, [1])
    q[1, 1] = p[2, 0] ** 2
    parts = np.vsplit(B, 3)
    parts[1][0, 0] = A[0, 0]
    return np.sum(B**2) + np.sum(right * left) + np.sum(p)


@program((M,))
def the_same_memory(A):
    B = A * 1.0
    np.asarray(B)[0, 0] = A[1, 1] ** 2
    np.asanyarray(B, dtype=float)[0, 1] *= 2.0
    np.ascontiguousarray(B)[1] = A[2]
    B.astype(np.float64, copy=False)[2, 0] = 0.5
    B.view()[2, 1] = A[0, 3]
    B.real[2, 2] = A[0, 2] * 3.0
    B.conj()[2, 3] += 1.0
    a, b, c = B
    a[1] = b[1] * c[1]
    for row in B:
        row[...] = row * row[::-1]
    return np.sum(B * A)


@program((M,))
def places_one_after_another(A):
    s = 0.0
    for i, j in np.ndindex(3, 4):
        s += A[i, j] * (i + 2 * j)
    for k, v in np.ndenumerate(A[:, :2]):
        s += v**2 * (k[0] + 1)
    B = np.zeros((2, 2))
    for k in np.ndindex(B.shape):
        B[k] = A[k] ** 2
    return s + np.sum(B * A[1:, 2:])
