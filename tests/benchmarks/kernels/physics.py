"""Simulations."""

import numpy as np

from .registry import add


def acceleration(pos, mass, G, softening):
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inverse = (dx**2 + dy**2 + dz**2 + softening**2) ** (-1.5)
    acc = np.empty_like(pos)
    acc[:, 0] = G * (dx * inverse) @ mass
    acc[:, 1] = G * (dy * inverse) @ mass
    acc[:, 2] = G * (dz * inverse) @ mass
    return acc


def nbody(mass, pos, vel, dt, G, softening, steps):
    """Leapfrog; the energy at the end."""
    acc = acceleration(pos, mass, G, softening)
    for _ in range(steps):
        vel = vel + acc * dt / 2.0
        pos = pos + vel * dt
        acc = acceleration(pos, mass, G, softening)
        vel = vel + acc * dt / 2.0
    energy = 0.5 * np.sum(mass * np.sum(vel**2, axis=1))
    for i in range(len(mass)):
        for j in range(i + 1, len(mass)):
            d = pos[j] - pos[i]
            energy -= G * mass[i] * mass[j] / np.sqrt(d @ d + softening**2)
    return energy


add(
    nbody,
    lambda r, n, steps: (
        r.random(n) + 0.5,
        r.normal(size=(n, 3)),
        r.normal(size=(n, 3)),
        0.01,
        1.0,
        0.1,
        steps,
    ),
    wrt=(0, 1, 2),
    tiny={"n": 4, "steps": 2},
    timed={"n": 25, "steps": 40},
)


def pressure_source(u, v, dx, dy, dt, rho):
    b = np.zeros_like(u)
    b[1:-1, 1:-1] = rho * (
        1.0 / dt * ((u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * dx) + (v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * dy))
        - ((u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * dx)) ** 2
        - 2.0 * ((u[2:, 1:-1] - u[:-2, 1:-1]) / (2.0 * dy) * (v[1:-1, 2:] - v[1:-1, :-2]) / (2.0 * dx))
        - ((v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * dy)) ** 2
    )
    return b


def pressure_poisson(p, b, dx, dy, trips):
    for _ in range(trips):
        pn = p.copy()
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, :-2]) * dy**2 + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * dx**2
        ) / (2.0 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2.0 * (dx**2 + dy**2)) * b[1:-1, 1:-1]
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0.0


def cavity_flow(u, v, p, dt, dx, dy, rho, nu, steps, trips):
    """Flow in a box whose lid moves: the Navier-Stokes equations with a pressure correction."""
    u = u.copy()
    v = v.copy()
    p = p.copy()
    for _ in range(steps):
        un = u.copy()
        vn = v.copy()
        b = pressure_source(u, v, dx, dy, dt, rho)
        pressure_poisson(p, b, dx, dy, trips)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt / (2.0 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            + nu
            * (
                dt / dx**2 * (un[1:-1, 2:] - 2.0 * un[1:-1, 1:-1] + un[1:-1, :-2])
                + dt / dy**2 * (un[2:, 1:-1] - 2.0 * un[1:-1, 1:-1] + un[:-2, 1:-1])
            )
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - dt / (2.0 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + nu
            * (
                dt / dx**2 * (vn[1:-1, 2:] - 2.0 * vn[1:-1, 1:-1] + vn[1:-1, :-2])
                + dt / dy**2 * (vn[2:, 1:-1] - 2.0 * vn[1:-1, 1:-1] + vn[:-2, 1:-1])
            )
        )
        u[0, :] = 0.0
        u[:, 0] = 0.0
        u[:, -1] = 0.0
        u[-1, :] = 1.0
        v[0, :] = 0.0
        v[-1, :] = 0.0
        v[:, 0] = 0.0
        v[:, -1] = 0.0
    return (u * u).sum() + (v * v).sum() + p.sum()


add(
    cavity_flow,
    lambda r, n, steps, trips: (
        0.1 * r.random((n, n)),
        0.1 * r.random((n, n)),
        0.1 * r.random((n, n)),
        0.1 / n**2,
        2.0 / (n - 1),
        2.0 / (n - 1),
        1.0,
        0.1,
        steps,
        trips,
    ),
    wrt=(0, 1, 2),
    tiny={"n": 5, "steps": 2, "trips": 2},
    timed={"n": 61, "steps": 25, "trips": 5},
)


def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return (a + trace).sum()


add(go_fast, lambda r, n: (r.random((n, n)),), wrt=(0,), tiny={"n": 4}, timed={"n": 600})


def vadv(stage, u, wcon, u_pos, tend, dtr):
    """Vertical advection of a weather model: a tridiagonal solve in every column, all columns at once."""
    K = stage.shape[2]
    c = np.empty_like(stage)
    d = np.empty_like(stage)
    for k in range(K):
        right = dtr * u_pos[:, :, k] + tend[:, :, k] + stage[:, :, k]
        if k == 0:
            gc = 0.25 * (wcon[1:, :, 1] + wcon[:-1, :, 1])
            right = right - 0.5 * gc * (u[:, :, 1] - u[:, :, 0])
            diagonal = dtr - 0.5 * gc
            c[:, :, 0] = 0.5 * gc / diagonal
            d[:, :, 0] = right / diagonal
        else:
            ga = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
            right = right - 0.5 * ga * (u[:, :, k - 1] - u[:, :, k])
            diagonal = dtr - 0.5 * ga
            if k < K - 1:
                gc = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
                right = right - 0.5 * gc * (u[:, :, k + 1] - u[:, :, k])
                diagonal = diagonal - 0.5 * gc
                c[:, :, k] = 0.5 * gc / (diagonal - 0.5 * ga * c[:, :, k - 1])
            d[:, :, k] = (right - 0.5 * ga * d[:, :, k - 1]) / (diagonal - 0.5 * ga * c[:, :, k - 1])
    out = np.empty_like(stage)
    x = d[:, :, K - 1]
    out[:, :, K - 1] = dtr * (x - u_pos[:, :, K - 1])
    for k in range(K - 2, -1, -1):
        x = d[:, :, k] - c[:, :, k] * x
        out[:, :, k] = dtr * (x - u_pos[:, :, k])
    return (out * out).sum()


add(
    vadv,
    lambda r, n, k: (
        r.random((n, n, k)),
        r.random((n, n, k)),
        0.2 * r.random((n + 1, n, k)),
        r.random((n, n, k)),
        r.random((n, n, k)),
        3.0 / 20.0,
    ),
    wrt=(0, 1, 2, 3, 4),
    tiny={"n": 2, "k": 4},
    timed={"n": 24, "k": 40},
)
