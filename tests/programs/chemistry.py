"""Reactions, equilibria, potentials."""

import math

import numpy as np

from .registry import program

GAS = 8.314


@program((1.0, 0.0, 0.7, 0.3), wrt=(0, 1, 2, 3))
def consecutive_reactions(a, b, k1, k2):
    c = 0.0
    for _ in range(10):
        r1, r2 = k1 * a, k2 * b * b
        a -= 0.1 * r1
        b += 0.1 * (r1 - r2)
        c += 0.1 * r2
    return c + 2.0 * b


@program((0.04, 1e-2, 3.0), wrt=(0, 1, 2))
def robertson_by_implicit_euler(k1, k2, k3):
    y = np.array([1.0, 0.1, 0.0])
    for _ in range(3):
        z = y
        for _ in range(4):
            f = np.array(
                [-k1 * z[0] + k2 * z[1] * z[2], k1 * z[0] - k2 * z[1] * z[2] - k3 * z[1] ** 2, k3 * z[1] ** 2]
            )
            z = y + 0.1 * f
        y = z
    return np.sum(y * np.array([1.0, 20.0, 3.0]))


@program((300.0, 5.0e4, 1.0e3), (900.0, 5.0e4, 1.0e3), wrt=(0, 1, 2))
def arrhenius_rate(T, Ea, A):
    k = A * math.exp(-Ea / (GAS * T))
    return k if T > 500.0 else math.log(k) * 2.0


@program((0.1, 1.8e-1), wrt=(0, 1))
def acid_dissociation(c, ka):
    h = c
    for _ in range(100):
        f = h * h + ka * h - ka * c
        step = f / (2.0 * h + ka)
        h -= step
        if abs(step) < 1e-15:
            break
    return -math.log10(h)


@program((2.5, 1.2, 1.0), wrt=(0, 1, 2))
def morse_potential(r, a, r0):
    e = math.exp(-a * (r - r0))
    return (1.0 - e) ** 2


@program(({"H": 0.3, "O": -0.6}, [("H", 0.0), ("O", 1.0), ("H", 2.2)]))
def charges_by_element(charge, atoms):
    energy = 0.0
    for i, (a, x) in enumerate(atoms):
        for b, y in atoms[:i]:
            energy += charge[a] * charge[b] / abs(x - y)
    return energy


@program((np.array([0.4, 0.35, 0.25]), np.array([3.0, 1.2, 0.4])), wrt=(0, 1))
def rachford_rice_flash(z, K):
    v = 0.5
    for _ in range(20):
        d = 1.0 + v * (K - 1.0)
        g = np.sum(z * (K - 1.0) / d)
        dg = -np.sum(z * (K - 1.0) ** 2 / d**2)
        v = v - g / dg
    return v


@program((1.0, 0.8, 25.0), wrt=(0, 1, 2))
def michaelis_menten_with_inhibitor(s, km, ki):
    v = 0.0
    for i in range(5):
        rate = s / (km * (1.0 + i / ki) + s)
        s -= 0.1 * rate
        v += rate
    return v
