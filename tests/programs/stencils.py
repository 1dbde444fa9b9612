"""Differential equations on grids: sweeps over arrays that are overwritten or swapped."""

import numpy as np

from .registry import program

R = np.random.default_rng(101)
U6 = R.uniform(0.2, 1.2, 6)


@program((U6, 5), (U6, 4), (U6[:4], 0))
def jacobi_with_two_buffers(u, sweeps):
    old = u.copy()
    new = u.copy()
    for _ in range(sweeps):
        for i in range(1, len(u) - 1):
            new[i] = 0.5 * (old[i - 1] + old[i + 1]) + 0.1 * np.sin(old[i])
        old, new = new, old
    return np.sum(old * old)


@program((R.uniform(-1.0, 1.0, (4, 4)), R.uniform(-1.0, 1.0, (4, 4)), 2), wrt=(0, 1))
def gauss_seidel_on_a_square(u, f, sweeps):
    n, m = u.shape
    for _ in range(sweeps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[i, j])
    return np.sum(u**2)


@program((R.uniform(-1.0, 1.0, (5, 4)), 1.4, 2), wrt=(0, 1))
def red_black_over_relaxation(u, omega, sweeps):
    n, m = u.shape
    for _ in range(sweeps):
        for colour in (0, 1):
            for i in range(1, n - 1):
                for j in range(1 + (i + colour) % 2, m - 1, 2):
                    mean = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                    u[i, j] += omega * (mean * (1.0 + 0.1 * u[i, j]) - u[i, j])
    return np.sum(u * u)


@program((R.uniform(-1.0, 1.0, 7), 0.8, 4), wrt=(0, 1))
def wave_with_three_buffers(u0, c, steps):
    prev, cur, nxt = u0.copy(), u0.copy(), np.zeros_like(u0)
    for _ in range(steps):
        nxt[1:-1] = 2.0 * cur[1:-1] - prev[1:-1] + c**2 * (cur[2:] - 2.0 * cur[1:-1] + cur[:-2])
        nxt[0] = nxt[1] * cur[0]
        nxt[-1] = 0.0
        prev, cur, nxt = cur, nxt, prev
    return np.sum(cur**2) + np.sum(prev**3)


@program((R.uniform(0.2, 1.0, 6), np.array([0.5, -0.3, 0.8, -0.6, 0.4, 0.7]), 3), wrt=(0, 1))
def upwind_advection_by_sign(q, vel, steps):
    n = len(q)
    dt = 0.4
    for _ in range(steps):
        old = q.copy()
        for i in range(n):
            if vel[i] > 0.0:
                q[i] = old[i] - dt * vel[i] * (old[i] - old[i - 1])
            else:
                q[i] = old[i] - dt * vel[i] * (old[(i + 1) % n] - old[i])
        vel = vel * (1.0 + 0.1 * q)
    return np.sum(q**2)


@program((R.uniform(-1.0, 1.0, 6), R.uniform(-1.0, 1.0, 5), 4), wrt=(0, 1))
def fdtd_leapfrog_of_two_fields(ez, hy, steps):
    for t in range(steps):
        hy[:] += 0.5 * (ez[1:] - ez[:-1])
        ez[1:-1] += 0.5 * (hy[1:] - hy[:-1]) * (1.0 + 0.05 * ez[1:-1])
        ez[0] = np.sin(0.3 * t) + ez[1] ** 2
    return np.sum(ez**2) + np.sum(hy**2)


@program((R.uniform(-1.0, 1.0, 6), 0.4, 3), wrt=(0, 1))
def lax_wendroff_in_place(u, c, steps):
    for _ in range(steps):
        left, here, right = u[:-2].copy(), u[1:-1].copy(), u[2:].copy()
        u[1:-1] = here - 0.5 * c * (right - left) + 0.5 * c * c * (right - 2.0 * here + left)
        u[0], u[-1] = u[-2], u[1]
    return np.sum(np.sin(u))


@program((R.uniform(0.3, 1.0, 7), 0.05, 3), (R.uniform(-1.0, -0.3, 7), 0.05, 3), wrt=(0, 1))
def burgers_with_a_flux_array(u, nu, steps):
    n = len(u)
    flux = np.empty(n - 1)
    for _ in range(steps):
        for i in range(n - 1):
            if u[i] + u[i + 1] > 0.0:
                flux[i] = 0.5 * u[i] ** 2
            else:
                flux[i] = 0.5 * u[i + 1] ** 2
            flux[i] -= nu * (u[i + 1] - u[i])
        for i in range(1, n - 1):
            u[i] -= 0.2 * (flux[i] - flux[i - 1])
    return np.dot(u, u) + flux[0]


@program((R.uniform(0.3, 1.0, (3, 4)), R.uniform(0.1, 0.5, (3, 4)), 0.04, 3), wrt=(0, 1, 2))
def gray_scott_reaction(u, v, feed, steps):
    def laplacian(z):
        return (
            np.roll(z, 1, axis=0) + np.roll(z, -1, axis=0) + np.roll(z, 1, axis=1) + np.roll(z, -1, axis=1)
        ) - 4.0 * z

    for _ in range(steps):
        uvv = u * v * v
        u += 0.1 * laplacian(u) - uvv + feed * (1.0 - u)
        v += 0.05 * laplacian(v) + uvv - (feed + 0.06) * v
    return np.sum(u * v)


@program((R.uniform(0.8, 1.2, 6), R.uniform(-0.2, 0.2, 7), 3), wrt=(0, 1))
def shallow_water_on_a_staggered_grid(h, u, steps):
    dt = 0.1
    for _ in range(steps):
        u[1:-1] -= dt * 9.8 * (h[1:] - h[:-1])
        u[0] = u[-1] = 0.0
        face = np.zeros(len(u))
        for k in range(1, len(h)):
            face[k] = u[k] * 0.5 * (h[k - 1] + h[k])
        h -= dt * (face[1:] - face[:-1])
    return np.sum(h**2) + np.sum(u**2)


@program((R.uniform(-1.0, 1.0, (4, 3, 4)), 2))
def heat_in_a_box(t, steps):
    for _ in range(steps):
        inner = t[1:-1, 1:-1, 1:-1]
        lap = (
            t[2:, 1:-1, 1:-1]
            + t[:-2, 1:-1, 1:-1]
            + t[1:-1, 2:, 1:-1]
            + t[1:-1, :-2, 1:-1]
            + t[1:-1, 1:-1, 2:]
            + t[1:-1, 1:-1, :-2]
            - 6.0 * inner
        )
        inner += 0.1 * lap * inner
    return np.sum(t**2)


@program((R.uniform(-1.0, 1.0, (4, 5)), 3))
def overlapping_slices_in_a_row(u, steps):
    for k in range(steps):
        u[:, 1:-1] = u[:, :-2] * u[:, 2:] + 0.5
        u[1:] -= 0.1 * u[:-1] * u[1:]
        u[k % 4] *= 0.5
    return np.sum(u)


@program((R.uniform(0.2, 1.0, 5), np.array([0.9, 0.8, 1.1, 0.7]), 2), wrt=(0, 1))
def crank_nicolson_steps(u, k, steps):
    n = len(u)
    for _ in range(steps):
        diag = np.ones(n)
        upper = np.zeros(n)
        rhs = u.copy()
        for i in range(1, n - 1):
            diag[i] += 0.5 * (k[i - 1] + k[i])
            upper[i] = -0.5 * k[i]
            rhs[i] += 0.5 * (k[i] * (u[i + 1] - u[i]) - k[i - 1] * (u[i] - u[i - 1]))
        for i in range(1, n - 1):
            w = -0.5 * k[i - 1] / diag[i - 1]
            diag[i] -= w * upper[i - 1]
            rhs[i] -= w * rhs[i - 1]
        u[-1] = rhs[-1]
        for i in range(n - 2, -1, -1):
            u[i] = (rhs[i] - upper[i] * u[i + 1]) / diag[i]
    return np.sum(u * u)


@program(
    (R.uniform(0.1, 1.0, 9), R.uniform(-0.5, 0.5, 9), 2),
    wrt=(0, 1),
    awaited="writes to arrays in a list of any length",
)
def multigrid_v_cycle(u, f, levels):
    us, fs = [u], [f]
    for _ in range(levels):
        v, g = us[-1], fs[-1]
        for i in range(1, len(v) - 1):
            v[i] = 0.5 * (v[i - 1] + v[i + 1] + g[i])
        r = np.zeros_like(v)
        r[1:-1] = g[1:-1] - (2.0 * v[1:-1] - v[:-2] - v[2:])
        coarse = r[::2].copy()
        coarse[1:-1] = 0.25 * r[1:-2:2] + 0.5 * r[2:-1:2] + 0.25 * r[3::2]
        us.append(np.zeros(len(coarse)))
        fs.append(4.0 * coarse)
    while len(us) > 1:
        e = us.pop()
        fs.pop()
        for i in range(1, len(e) - 1):
            e[i] = 0.5 * (e[i - 1] + e[i + 1])
        v = us[-1]
        v[::2] += e
        v[1::2] += 0.5 * (e[:-1] + e[1:])
    return np.sum(us[0] ** 2)


@program((R.uniform(0.2, 0.8, (4, 4)), 3.3, 2), wrt=(0, 1))
def coupled_map_lattice(grid, r, steps):
    n, m = grid.shape
    other = np.empty((n, m))
    for _ in range(steps):
        for i in range(n):
            for j in range(m):
                other[i, j] = r * grid[i, j] * (1.0 - grid[i, j])
        for i in range(n):
            for j in range(m):
                near = other[i - 1, j] + other[(i + 1) % n, j] + other[i, j - 1] + other[i, (j + 1) % m]
                grid[i, j] = 0.8 * other[i, j] + 0.05 * near
    return np.sum(grid**2)


@program((R.uniform(0.2, 0.9, (4, 4)), 2), (R.uniform(1.1, 1.9, (4, 4)), 2))
def life_like_thresholds(grid, steps):
    n, m = grid.shape
    for _ in range(steps):
        counts = np.zeros((n, m))
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                if di or dj:
                    counts += np.roll(np.roll(grid, di, 0), dj, 1)
        grid[counts > 8.5] *= 0.45
        grid[counts < 8.5] += 0.05 * counts[counts < 8.5] ** 2
    return np.sum(grid**2)


@program((R.uniform(0.1, 1.0, 9), R.uniform(-0.5, 0.5, 9)), wrt=(0, 1))
def multigrid_with_a_fixed_list_of_levels(u, f):
    us = [u, np.zeros(5), np.zeros(3)]
    fs = [f, np.zeros(5), np.zeros(3)]
    for level in range(3):
        v, g = us[level], fs[level]
        for i in range(1, len(v) - 1):
            v[i] = 0.5 * (v[i - 1] + v[i + 1] + g[i])
        if level < 2:
            r = np.zeros_like(v)
            r[1:-1] = g[1:-1] - (2.0 * v[1:-1] - v[:-2] - v[2:])
            fs[level + 1][1:-1] = r[1:-2:2] + 2.0 * r[2:-1:2] + r[3::2]
    for level in (1, 0):
        v, e = us[level], us[level + 1]
        v[::2] += e
        v[1::2] += 0.5 * (e[:-1] + e[1:])
        v *= 1.0 - 0.1 * v[1]
    return np.sum(us[0] ** 2)
