"""What derivatives of differential equations need at run time (`callbacks/odes.py`): where the integrator has
been, and the method of collocation that goes along it."""

from __future__ import annotations

import numpy as np


def radau_stages():
    """Radau IIA collocation of four stages and order 7 (Hairer & Wanner, Solving Ordinary Differential
    Equations II, section IV.5): its nodes, of which the last is 1, and its coefficients."""
    p = np.poly1d([1.0, 0.0]) ** 3 * np.poly1d([1.0, -1.0]) ** 4
    nodes = np.sort(p.deriv(3).r.real)
    powers = nodes[:, None] ** np.arange(5)
    return nodes, np.linalg.solve(powers[:, :4].T, (powers[:, 1:] / np.arange(1, 5)).T).T


def stage_times(grid):
    """The times of the stages of `radau_stages` in each interval of a grid."""
    return (grid[:-1, None] + np.diff(grid)[:, None] * radau_stages()[0]).ravel()


def ode_grid(steps, times):
    """Where an integrator stopped and where it was asked for its solution, in its direction."""
    grid = np.union1d(steps, times)
    return grid[::-1].copy() if steps[-1] < steps[0] else grid


def places_in(grid, times):
    """Where on a grid, which falls or rises, its points `times` are."""
    sign = -1.0 if grid[-1] < grid[0] else 1.0
    return np.searchsorted(sign * grid, sign * times)
