"""Mechanics, waves, heat."""

import math

import numpy as np

from .registry import program

R = np.random.default_rng(13)


@program((0.3, 0.1, 40), wrt=(0, 1))
def pendulum_leapfrog(theta, omega, n):
    dt = 0.05
    for _ in range(n):
        omega -= 0.5 * dt * math.sin(theta)
        theta += dt * omega
        omega -= 0.5 * dt * math.sin(theta)
    return 0.5 * omega**2 - math.cos(theta) + theta


@program((np.array([1.0, 0.5]), 0.9, 12), wrt=(0, 1))
def van_der_pol_by_runge_kutta(y, mu, n):
    def f(y):
        return np.array([y[1], mu * (1.0 - y[0] ** 2) * y[1] - y[0]])

    h = 0.1
    for _ in range(n):
        k1 = f(y)
        k2 = f(y + 0.5 * h * k1)
        k3 = f(y + 0.5 * h * k2)
        k4 = f(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y[0] ** 2 + y[1]


@program((R.uniform(-2.0, 2.0, (4, 3)),))
def lennard_jones_energy(pos):
    n = len(pos)
    e = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            r2 = np.sum((pos[i] - pos[j]) ** 2) + 1.0
            inv6 = 1.0 / r2**3
            e += 4.0 * (inv6 * inv6 - inv6)
    return e


@program((np.array([1.0, 0.0]), np.array([0.0, 1.1]), 15), wrt=(0, 1))
def kepler_orbit(q, v, n):
    dt = 0.05
    for k in range(n):
        r = np.sqrt(q @ q)
        a = -q / r**3
        v = v + dt * a
        q = q + dt * v
    energy = 0.5 * (v @ v) - 1.0 / np.linalg.norm(q)
    return energy + q[0] * v[1] - q[1] * v[0]


@program((np.array([0.0, 0.3, 1.0, 0.3, 0.0]), 0.2, 6), wrt=(0, 1))
def heat_equation(u, c, n):
    for _ in range(n):
        new = np.zeros_like(u)
        new[1:-1] = u[1:-1] + c * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u = new
    return np.sum(u * u)


@program((np.array([0.1, 0.5, 0.9, 0.4, 0.2]), 5))
def wave_by_rolling(u, n):
    before = u
    for _ in range(n):
        lap = np.roll(u, 1) + np.roll(u, -1) - 2.0 * u
        u, before = 2.0 * u - before + 0.3 * lap * (1.0 + 0.1 * u), u
    return np.sum(u**2)


@program((30.0, 0.02, 0.66), (30.0, 0.0, 0.66), wrt=(0, 1, 2))
def projectile_with_drag(speed, drag, angle):
    vx, vy = speed * math.cos(angle), speed * math.sin(angle)
    x = y = t = 0.0
    dt = 0.1
    while True:
        v = math.hypot(vx, vy)
        vx -= dt * drag * v * vx
        vy -= dt * (9.81 + drag * v * vy)
        x, y, t = x + dt * vx, y + dt * vy, t + dt
        if y < 0.0 or t > 20.0:
            return x - y * vx / vy


@program((np.array([0.2, 1.0, -0.4]), 10.0, 28.0, 8.0 / 3.0), wrt=(0, 1, 2, 3))
def lorenz_by_euler(state, sigma, rho, beta):
    x, y, z = state
    for _ in range(10):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x, y, z = x + 0.01 * dx, y + 0.01 * dy, z + 0.01 * dz
    return x * y + z


@program((np.array([0.5, 1.0, 1.5]), np.array([2.0, 1.0, 3.0])), wrt=(0, 1))
def center_of_mass_and_inertia(x, m):
    c = np.sum(m * x) / m.sum()
    return np.sum(m * (x - c) ** 2) + c


@program((2.0, 0.5), (0.5, 2.0), wrt=(0, 1))
def snell_or_total_reflection(n1, n2):
    s = n1 / n2 * math.sin(0.6)
    if s >= 1.0:
        return n1 * n2
    t = math.asin(s)
    return math.cos(t) * n2
