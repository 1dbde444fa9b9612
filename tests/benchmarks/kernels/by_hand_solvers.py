"""Products, factorisations and the cavity: value and gradient by hand for Numba, as in `by_hand_stencils`.

The factorisations read only values that are final by then, so the finished factor is all that the reverse
sweep needs, and it works in the place of the adjoint of the argument.
"""

import numba
import numpy as np

from .by_hand_stencils import total

jit = numba.njit(error_model="numpy")


# --------------------------------------------------------------------------------------------------- gemm
@jit
def gemm_value(alpha, beta, C, A, B):
    return total(alpha * (A @ B) + beta * C)


@jit
def gemm_gradient(alpha, beta, C, A, B):
    value = gemm_value(alpha, beta, C, A, B)
    out_bar = np.ones(C.shape)
    C_bar = beta * out_bar
    out_bar *= alpha
    return value, (C_bar, out_bar @ B.T, A.T @ out_bar)


# ----------------------------------------------------------------------------------------------- cholesky
@jit
def factor(A):
    """A's lower triangle becomes its Cholesky factor."""
    for i in range(A.shape[0]):
        for j in range(i):
            s = A[i, j]
            for k in range(j):
                s -= A[i, k] * A[j, k]
            A[i, j] = s / A[j, j]
        s = A[i, i]
        for k in range(i):
            s -= A[i, k] * A[i, k]
        A[i, i] = np.sqrt(s)


@jit
def cholesky_value(A):
    L = A.copy()
    factor(L)
    return total(L)


@jit
def cholesky_gradient(A):
    L = A.copy()
    factor(L)
    n = L.shape[0]
    L_bar = np.ones((n, n))
    for i in range(n - 1, -1, -1):
        r = L_bar[i, i] / (2.0 * L[i, i])
        L_bar[i, i] = r
        for k in range(i):
            L_bar[i, k] -= 2.0 * r * L[i, k]
        for j in range(i - 1, -1, -1):
            r = L_bar[i, j] / L[j, j]
            L_bar[i, j] = r
            L_bar[j, j] -= r * L[i, j]
            for k in range(j):
                L_bar[i, k] -= r * L[j, k]
                L_bar[j, k] -= r * L[i, k]
    return total(L), (L_bar,)


# ----------------------------------------------------------------------------------------------------- lu
@jit
def eliminate(A):
    n = A.shape[0]
    for i in range(n):
        for k in range(i):
            A[i, k] /= A[k, k]
            r = A[i, k]
            for j in range(k + 1, n):
                A[i, j] -= r * A[k, j]


@jit
def lu_value(A):
    A = A.copy()
    eliminate(A)
    return total(A)


@jit
def lu_gradient(A):
    A = A.copy()
    eliminate(A)
    n = A.shape[0]
    A_bar = np.ones((n, n))
    for i in range(n - 1, -1, -1):
        for k in range(i - 1, -1, -1):
            s = A_bar[i, k]
            for j in range(k + 1, n):
                s -= A_bar[i, j] * A[k, j]
            A_bar[i, k] = s / A[k, k]
        for k in range(i):
            r = A[i, k]
            for j in range(k, n):
                A_bar[k, j] -= A_bar[i, j] * r
    return total(A), (A_bar,)


# ------------------------------------------------------------------------------------------------ trisolv
@jit
def substitute(L, b, x):
    for i in range(len(b)):
        # the one place where rows are long enough for a call to BLAS
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]


@jit
def trisolv_value(L, b):
    x = np.empty(len(b))
    substitute(L, b, x)
    return total(x)


@jit
def trisolv_gradient(L, b):
    n = len(b)
    x = np.empty(n)
    substitute(L, b, x)
    L_bar = np.zeros((n, n))
    b_bar = np.ones(n)
    for i in range(n - 1, -1, -1):
        r = b_bar[i] / L[i, i]
        b_bar[i] = r
        L_bar[i, i] = -r * x[i]
        for j in range(i):
            L_bar[i, j] = -r * x[j]
            b_bar[j] -= r * L[i, j]
    return total(x), (L_bar, b_bar)


# -------------------------------------------------------------------------------------------- cavity_flow
@jit
def source(u, v, b, dx, dy, dt, rho):
    n, m = u.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            ux = (u[i, j + 1] - u[i, j - 1]) / (2.0 * dx)
            uy = (u[i + 1, j] - u[i - 1, j]) / (2.0 * dy)
            vx = (v[i, j + 1] - v[i, j - 1]) / (2.0 * dx)
            vy = (v[i + 1, j] - v[i - 1, j]) / (2.0 * dy)
            b[i, j] = rho * ((ux + vy) / dt - ux * ux - 2.0 * uy * vx - vy * vy)


@jit
def pressure(p, b, pn, dx, dy, trips):
    n, m = p.shape
    cx = dy * dy / (2.0 * (dx * dx + dy * dy))
    cy = dx * dx / (2.0 * (dx * dx + dy * dy))
    cb = dx * dx * cx
    for _ in range(trips):
        pn[:] = p
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                p[i, j] = (
                    cx * (pn[i, j + 1] + pn[i, j - 1]) + cy * (pn[i + 1, j] + pn[i - 1, j]) - cb * b[i, j]
                )
        p[:, m - 1] = p[:, m - 2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[n - 1, :] = 0.0


@jit
def advance(un, vn, p, u, v, dt, dx, dy, rho, nu):
    n, m = un.shape
    cx, cy = dt / dx, dt / dy
    px, py = dt / (2.0 * rho * dx), dt / (2.0 * rho * dy)
    ex, ey = nu * dt / (dx * dx), nu * dt / (dy * dy)
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            x, y = un[i, j], vn[i, j]
            u[i, j] = (
                x
                - x * cx * (x - un[i, j - 1])
                - y * cy * (x - un[i - 1, j])
                - px * (p[i, j + 1] - p[i, j - 1])
                + ex * (un[i, j + 1] - 2.0 * x + un[i, j - 1])
                + ey * (un[i + 1, j] - 2.0 * x + un[i - 1, j])
            )
            v[i, j] = (
                y
                - x * cx * (y - vn[i, j - 1])
                - y * cy * (y - vn[i - 1, j])
                - py * (p[i + 1, j] - p[i - 1, j])
                + ex * (vn[i, j + 1] - 2.0 * y + vn[i, j - 1])
                + ey * (vn[i + 1, j] - 2.0 * y + vn[i - 1, j])
            )
    u[0, :] = 0.0
    u[:, 0] = 0.0
    u[:, m - 1] = 0.0
    u[n - 1, :] = 1.0
    v[0, :] = 0.0
    v[n - 1, :] = 0.0
    v[:, 0] = 0.0
    v[:, m - 1] = 0.0


@jit
def simulate(us, vs, p, dt, dx, dy, rho, nu, steps, trips):
    """us[t % len(us)] is the state before step t: a tape where there is room for all, or two buffers."""
    b = np.zeros(p.shape)
    pn = np.empty(p.shape)
    room = len(us)
    for t in range(steps):
        un, vn = us[t % room], vs[t % room]
        source(un, vn, b, dx, dy, dt, rho)
        pressure(p, b, pn, dx, dy, trips)
        advance(un, vn, p, us[(t + 1) % room], vs[(t + 1) % room], dt, dx, dy, rho, nu)
    u, v = us[steps % room], vs[steps % room]
    s = 0.0
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            s += u[i, j] * u[i, j] + v[i, j] * v[i, j] + p[i, j]
    return s


@jit
def cavity_flow_value(u, v, p, dt, dx, dy, rho, nu, steps, trips):
    us = np.empty((2, *u.shape))
    vs = np.empty((2, *u.shape))
    us[0] = u
    vs[0] = v
    return simulate(us, vs, p.copy(), dt, dx, dy, rho, nu, steps, trips)


@jit
def pressure_adjoint(p_bar, b_bar, r, dx, dy, trips):
    """r has a border of zeros, two wide where p has one."""
    n, m = p_bar.shape
    cx = dy * dy / (2.0 * (dx * dx + dy * dy))
    cy = dx * dx / (2.0 * (dx * dx + dy * dy))
    cb = dx * dx * cx
    b_bar[:] = 0.0
    for _ in range(trips):
        p_bar[n - 1, :] = 0.0
        p_bar[:, 1] += p_bar[:, 0]
        p_bar[:, 0] = 0.0
        p_bar[1, :] += p_bar[0, :]
        p_bar[0, :] = 0.0
        p_bar[:, m - 2] += p_bar[:, m - 1]
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                r[i + 1, j + 1] = p_bar[i, j]
                b_bar[i, j] -= cb * p_bar[i, j]
        for i in range(n):
            for j in range(m):
                p_bar[i, j] = cx * (r[i + 1, j] + r[i + 1, j + 2]) + cy * (r[i, j + 1] + r[i + 2, j + 1])


@jit
def gather(w_bar, part):
    """part[0..4] hold what each point hands to itself and to its west, east, south and north."""
    own, west, east, south, north = part[0], part[1], part[2], part[3], part[4]
    n, m = w_bar.shape
    for i in range(n):
        for j in range(m):
            w_bar[i, j] = (
                own[i + 1, j + 1]
                + west[i + 1, j + 2]
                + east[i + 1, j]
                + south[i + 2, j + 1]
                + north[i, j + 1]
            )


@jit
def cavity_flow_gradient(u, v, p, dt, dx, dy, rho, nu, steps, trips):
    n, m = u.shape
    us = np.empty((steps + 1, n, m))
    vs = np.empty((steps + 1, n, m))
    us[0] = u
    vs[0] = v
    value = simulate(us, vs, p.copy(), dt, dx, dy, rho, nu, steps, trips)
    cx, cy = dt / dx, dt / dy
    px, py = dt / (2.0 * rho * dx), dt / (2.0 * rho * dy)
    ex, ey = nu * dt / (dx * dx), nu * dt / (dy * dy)
    u_bar = 2.0 * us[steps]
    v_bar = 2.0 * vs[steps]
    p_bar = np.ones((n, m))
    b_bar = np.zeros((n, m))
    r = np.zeros((n + 2, m + 2))
    from_u = np.zeros((5, n + 2, m + 2))
    from_v = np.zeros((5, n + 2, m + 2))
    for t in range(steps - 1, -1, -1):
        un, vn = us[t], vs[t]
        # the pressure gradient; walls of u and v were overwritten, so nothing comes from them
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                r[i + 1, j + 1] = px * u_bar[i, j]
        for i in range(n):
            for j in range(m):
                p_bar[i, j] += r[i + 1, j + 2] - r[i + 1, j]
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                r[i + 1, j + 1] = py * v_bar[i, j]
        for i in range(n):
            for j in range(m):
                p_bar[i, j] += r[i + 2, j + 1] - r[i, j + 1]
        pressure_adjoint(p_bar, b_bar, r, dx, dy, trips)
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                x, y = un[i, j], vn[i, j]
                bx, by = rho * b_bar[i, j] / (2.0 * dx), rho * b_bar[i, j] / (2.0 * dy)
                ux = (un[i, j + 1] - un[i, j - 1]) / (2.0 * dx)
                uy = (un[i + 1, j] - un[i - 1, j]) / (2.0 * dy)
                vx = (vn[i, j + 1] - vn[i, j - 1]) / (2.0 * dx)
                vy = (vn[i + 1, j] - vn[i - 1, j]) / (2.0 * dy)
                ux_bar = bx * (1.0 / dt - 2.0 * ux)
                uy_bar = -2.0 * by * vx
                vx_bar = -2.0 * bx * uy
                vy_bar = by * (1.0 / dt - 2.0 * vy)
                ru, rv = u_bar[i, j], v_bar[i, j]
                west, south = x * cx + ex, y * cy + ey
                both = 1.0 - x * cx - y * cy - 2.0 * (ex + ey)
                du, dv = x - un[i, j - 1], y - vn[i - 1, j]
                from_u[0, i + 1, j + 1] = ru * (both - cx * du) - rv * cx * (y - vn[i, j - 1])
                from_v[0, i + 1, j + 1] = rv * (both - cy * dv) - ru * cy * (x - un[i - 1, j])
                from_u[1, i + 1, j + 1] = ru * west - ux_bar
                from_u[2, i + 1, j + 1] = ru * ex + ux_bar
                from_u[3, i + 1, j + 1] = ru * south - uy_bar
                from_u[4, i + 1, j + 1] = ru * ey + uy_bar
                from_v[1, i + 1, j + 1] = rv * west - vx_bar
                from_v[2, i + 1, j + 1] = rv * ex + vx_bar
                from_v[3, i + 1, j + 1] = rv * south - vy_bar
                from_v[4, i + 1, j + 1] = rv * ey + vy_bar
        gather(u_bar, from_u)
        gather(v_bar, from_v)
    return value, (u_bar, v_bar, p_bar)
