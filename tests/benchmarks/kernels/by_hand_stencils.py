"""Stencils and filters: primal and gradient written by hand as loops for Numba.

`NAME_value` is the kernel as loops, `NAME_gradient` its value and gradients.  No tool made them; they are the
yardstick for what the compiler writes.  A stencil's adjoint *gathers*: what is scattered from the interior,

      for each (i, j):  A_bar[i, j-1] += r[i, j];  A_bar[i, j] += r[i, j];  A_bar[i, j+1] += r[i, j]; ...

is read instead from a buffer r with a border of zeros, so that each A_bar[i, j] is written once, the loop
vectorises, and the boundary needs no case of its own:

      for each (i, j):  A_bar[i, j] += r[i, j+1] + r[i, j] + r[i, j-1] + ...
"""

import numba
import numpy as np

jit = numba.njit(error_model="numpy")


@jit
def total(A):
    s = 0.0
    for x in A.flat:
        s += x
    return s


# ---------------------------------------------------------------------------------------------- jacobi_2d
@jit
def five_points(A, B):
    """B[1:-1, 1:-1] = the mean of five points of A."""
    n, m = A.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + A[i + 1, j] + A[i - 1, j])


@jit
def five_points_adjoint(A_bar, B_bar, r):
    n, m = A_bar.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            r[i + 1, j + 1] = 0.2 * B_bar[i, j]
            B_bar[i, j] = 0.0
    for i in range(n):
        for j in range(m):
            A_bar[i, j] += r[i + 1, j + 1] + r[i + 1, j] + r[i + 1, j + 2] + r[i, j + 1] + r[i + 2, j + 1]


@jit
def jacobi_2d_value(A, B, steps):
    A = A.copy()
    B = B.copy()
    for _ in range(steps):
        five_points(A, B)
        five_points(B, A)
    return total(A)


@jit
def jacobi_2d_gradient(A, B, steps):
    value = jacobi_2d_value(A, B, steps)
    n, m = A.shape
    A_bar = np.ones((n, m))
    B_bar = np.zeros((n, m))
    r = np.zeros((n + 2, m + 2))
    for _ in range(steps):
        five_points_adjoint(B_bar, A_bar, r)
        five_points_adjoint(A_bar, B_bar, r)
    return value, (A_bar, B_bar)


# ------------------------------------------------------------------------------------------------ heat_3d
@jit
def seven_points(A, B):
    n = A.shape[0]
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            for k in range(1, n - 1):
                B[i, j, k] = (
                    0.125 * (A[i + 1, j, k] - 2.0 * A[i, j, k] + A[i - 1, j, k])
                    + 0.125 * (A[i, j + 1, k] - 2.0 * A[i, j, k] + A[i, j - 1, k])
                    + 0.125 * (A[i, j, k + 1] - 2.0 * A[i, j, k] + A[i, j, k - 1])
                    + A[i, j, k]
                )


@jit
def seven_points_adjoint(A_bar, B_bar, r):
    n = A_bar.shape[0]
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            for k in range(1, n - 1):
                r[i + 1, j + 1, k + 1] = 0.125 * B_bar[i, j, k]
                B_bar[i, j, k] = 0.0
    for i in range(n):
        for j in range(n):
            for k in range(n):
                A_bar[i, j, k] += (
                    2.0 * r[i + 1, j + 1, k + 1]
                    + (r[i, j + 1, k + 1] + r[i + 2, j + 1, k + 1])
                    + (r[i + 1, j, k + 1] + r[i + 1, j + 2, k + 1])
                    + (r[i + 1, j + 1, k] + r[i + 1, j + 1, k + 2])
                )


@jit
def heat_3d_value(A, B, steps):
    A = A.copy()
    B = B.copy()
    for _ in range(steps):
        seven_points(A, B)
        seven_points(B, A)
    return total(A)


@jit
def heat_3d_gradient(A, B, steps):
    value = heat_3d_value(A, B, steps)
    n = A.shape[0]
    A_bar = np.ones((n, n, n))
    B_bar = np.zeros((n, n, n))
    r = np.zeros((n + 2, n + 2, n + 2))
    for _ in range(steps):
        seven_points_adjoint(B_bar, A_bar, r)
        seven_points_adjoint(A_bar, B_bar, r)
    return value, (A_bar, B_bar)


# ---------------------------------------------------------------------------------------------- seidel_2d
@jit
def seidel_2d_value(A, steps):
    A = A.copy()
    n, m = A.shape
    others = np.empty(m)
    for _ in range(steps):
        for i in range(1, n - 1):
            # only the left neighbour is new and in the way
            for j in range(1, m - 1):
                above = A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1]
                below = A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]
                others[j] = above + below + A[i, j] + A[i, j + 1]
            left = A[i, 0]
            for j in range(1, m - 1):
                left = (left + others[j]) / 9.0
                A[i, j] = left
    return total(A)


@jit
def seidel_2d_gradient(A, steps):
    value = seidel_2d_value(A, steps)
    n, m = A.shape
    A_bar = np.ones((n, m))
    r = np.zeros(m + 2)  # r[j + 1] is what element j of the row hands to each of its nine reads
    for _ in range(steps):
        for i in range(n - 2, 0, -1):
            right = 0.0
            for j in range(m - 2, 0, -1):
                right = (A_bar[i, j] + right) / 9.0
                r[j + 1] = right
                A_bar[i, j] = 0.0
            for j in range(m):
                three = r[j] + r[j + 1] + r[j + 2]
                A_bar[i - 1, j] += three
                A_bar[i + 1, j] += three
                # the left neighbour's read of its right one; what went left is in `right` already, except
                # into the first column, which nothing overwrites
                A_bar[i, j] += r[j] + r[j + 1]
            A_bar[i, 0] += r[2]
    return value, (A_bar,)


# ---------------------------------------------------------------------------------------------------- adi
@jit
def turned(A, B):
    """B = A.T"""
    n = A.shape[0]
    for i in range(n):
        for j in range(n):
            B[j, i] = A[i, j]


@jit
def half_step(x, y, d, a, b, p, s, q):
    """Tridiagonal systems along axis 0 of y, one a column; the right sides are rows of x.

    p and the reciprocals s are left behind: all that the reverse sweep needs, since y is affine in x.
    """
    n = x.shape[0]
    for i in range(1, n - 1):
        y[0, i] = 1.0
        y[n - 1, i] = 1.0
        p[0, i] = 0.0
        q[0, i] = 1.0
    for j in range(1, n - 1):
        for i in range(1, n - 1):
            r = 1.0 / (a * p[j - 1, i] + b)
            s[j, i] = r
            p[j, i] = -a * r
            right = -d * x[j, i - 1] + (1.0 + 2.0 * d) * x[j, i] - d * x[j, i + 1]
            q[j, i] = (right - a * q[j - 1, i]) * r
    for j in range(n - 2, 0, -1):
        for i in range(1, n - 1):
            y[j, i] = p[j, i] * y[j + 1, i] + q[j, i]


@jit
def half_step_adjoint(x_bar, y_bar, d, a, p, s, r):
    """Adds to x_bar; y_bar's interior is used up; r has two more columns than x, the outer ones zero."""
    n = x_bar.shape[0]
    for j in range(1, n - 2):
        for i in range(1, n - 1):
            y_bar[j + 1, i] += p[j, i] * y_bar[j, i]
    for i in range(1, n - 1):
        r[n - 1, i + 1] = 0.0
    for j in range(n - 2, 0, -1):
        for i in range(1, n - 1):
            r[j, i + 1] = (y_bar[j, i] - a * r[j + 1, i + 1]) * s[j, i]
        for i in range(n):
            x_bar[j, i] += (1.0 + 2.0 * d) * r[j, i + 1] - d * (r[j, i] + r[j, i + 2])


@jit
def adi_forward(u, steps, p, s):
    """`p` and `s` have room for the last two half steps, or for all."""
    n = u.shape[0]
    u = u.copy()
    v = np.zeros((n, n))
    q = np.empty((n, n))
    u_turned = np.empty((n, n))
    v_turned = np.empty((n, n))
    turned(u, u_turned)
    room = len(p)
    step = n * n / steps
    a, d = -step, -0.5 * step
    for t in range(steps):
        first, second = 2 * t % room, (2 * t + 1) % room
        half_step(u, v, d, a, 1.0 + 2.0 * step, p[first], s[first], q)
        turned(v, v_turned)
        half_step(v_turned, u_turned, a, d, 1.0 + step, p[second], s[second], q)
        turned(u_turned, u)
    return total(u)


@jit
def adi_value(u, steps):
    n = u.shape[0]
    return adi_forward(u, steps, np.empty((2, n, n)), np.empty((2, n, n)))


@jit
def adi_gradient(u, steps):
    n = u.shape[0]
    p = np.empty((2 * steps, n, n))
    s = np.empty((2 * steps, n, n))
    value = adi_forward(u, steps, p, s)
    step = n * n / steps
    a, d = -step, -0.5 * step
    u_bar = np.ones((n, n))
    turned_bar = np.empty((n, n))
    v_bar = np.empty((n, n))
    r = np.zeros((n, n + 2))
    for t in range(steps - 1, -1, -1):
        turned(u_bar, turned_bar)
        v_bar[:] = 0.0
        half_step_adjoint(v_bar, turned_bar, a, d, p[2 * t + 1], s[2 * t + 1], r)
        # what the half step wrote, its two ends included, is new
        u_bar[1:-1, :] = 0.0
        turned(v_bar, turned_bar)
        half_step_adjoint(u_bar, turned_bar, d, a, p[2 * t], s[2 * t], r)
    return value, (u_bar,)


# ------------------------------------------------------------------------------------------------ deriche
@jit
def coefficients(alpha):
    k = (1.0 - np.exp(-alpha)) ** 2 / (1.0 + 2.0 * alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a2 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = k * np.exp(-alpha) * (alpha + 1.0)
    return k, a2, a3, -k * np.exp(-2.0 * alpha), 2.0 ** (-alpha), -np.exp(-2.0 * alpha)


@jit
def along_rows(x, out, taps):
    """out = the filter forth and back along axis 1 of x."""
    a1, a2, a3, a4, b1, b2 = taps
    w, h = x.shape
    for i in range(w):
        x1 = y1 = y2 = 0.0
        for j in range(h):
            y = a1 * x[i, j] + a2 * x1 + b1 * y1 + b2 * y2
            x1, y1, y2 = x[i, j], y, y1
            out[i, j] = y
        x1 = x2 = y1 = y2 = 0.0
        for j in range(h - 1, -1, -1):
            y = a3 * x1 + a4 * x2 + b1 * y1 + b2 * y2
            x1, x2, y1, y2 = x[i, j], x1, y, y1
            out[i, j] += y


@jit
def along_columns(x, out, y, taps):
    """out = the filter forth and back along axis 0 of x, row by row; y is room for the filter's output."""
    a1, a2, a3, a4, b1, b2 = taps
    w, h = x.shape
    for i in range(w):
        for j in range(h):
            new = a1 * x[i, j]
            if i > 0:
                new += a2 * x[i - 1, j] + b1 * y[i - 1, j]
            if i > 1:
                new += b2 * y[i - 2, j]
            y[i, j] = new
            out[i, j] = new
    for j in range(h):
        y[w - 1, j] = 0.0
        y[w - 2, j] = a3 * x[w - 1, j]
        out[w - 2, j] += y[w - 2, j]
    for i in range(w - 3, -1, -1):
        for j in range(h):
            new = a3 * x[i + 1, j] + a4 * x[i + 2, j] + b1 * y[i + 1, j] + b2 * y[i + 2, j]
            y[i, j] = new
            out[i, j] += new


@jit
def deriche_value(image, alpha):
    taps = coefficients(alpha)
    first = np.empty(image.shape)
    second = np.empty(image.shape)
    along_rows(image, first, taps)
    along_columns(first, second, np.empty(image.shape), taps)
    return total(second)


@jit
def along_rows_adjoint(out_bar, x_bar, taps):
    """The same recursions with time turned round, inputs and outputs exchanged."""
    a1, a2, a3, a4, b1, b2 = taps
    w, h = out_bar.shape
    for i in range(w):
        y1 = y2 = 0.0
        for j in range(h - 1, -1, -1):
            y = out_bar[i, j] + b1 * y1 + b2 * y2
            x_bar[i, j] = a1 * y + a2 * y1
            y1, y2 = y, y1
        y1 = y2 = 0.0
        for j in range(h):
            x_bar[i, j] += a3 * y1 + a4 * y2
            y1, y2 = out_bar[i, j] + b1 * y1 + b2 * y2, y1


@jit
def along_columns_adjoint(out_bar, x_bar, taps):
    a1, a2, a3, a4, b1, b2 = taps
    w, h = out_bar.shape
    y1 = np.zeros(h)
    y2 = np.zeros(h)
    for i in range(w - 1, -1, -1):
        for j in range(h):
            y = out_bar[i, j] + b1 * y1[j] + b2 * y2[j]
            x_bar[i, j] = a1 * y + a2 * y1[j]
            y2[j] = y1[j]
            y1[j] = y
    y1[:] = 0.0
    y2[:] = 0.0
    for i in range(w):
        for j in range(h):
            x_bar[i, j] += a3 * y1[j] + a4 * y2[j]
            y = out_bar[i, j] + b1 * y1[j] + b2 * y2[j]
            y2[j] = y1[j]
            y1[j] = y


@jit
def deriche_gradient(image, alpha):
    value = deriche_value(image, alpha)
    taps = coefficients(alpha)
    out_bar = np.ones(image.shape)
    first_bar = np.empty(image.shape)
    image_bar = np.empty(image.shape)
    along_columns_adjoint(out_bar, first_bar, taps)
    along_rows_adjoint(first_bar, image_bar, taps)
    return value, (image_bar,)
