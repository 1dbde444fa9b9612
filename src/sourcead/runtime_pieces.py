"""Functions that generated code may call for derivatives of piecewise polynomials (SciPy's PPoly).

Coefficients c have the highest power first: c[j, i] belongs to (t - x[i])**(len(c) - 1 - j) between x[i] and
x[i + 1].  They need NumPy alone.
"""

from __future__ import annotations

import numpy as np


def enough(h, least):
    """The lengths h of intervals, of which there must be a number; else ValueError."""
    if len(h) < least:
        raise ValueError(f"derivatives of this interpolant are covered from {least + 1} points on")
    return h


def interval(x, t):
    """The number i of the interval from x[i] to x[i + 1] that t lies in; the first or last one beyond."""
    return np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 2)


def factors(x, t, degree, trailing, nu):
    """The interval of each t, and for each coefficient the number that it is multiplied with in the nu-th
    derivative, with `trailing` axes of length 1 behind."""
    i = interval(x, t)
    u = np.reshape(t - np.asarray(x)[i], (*np.shape(t), *(1,) * trailing))
    out = []
    for power in range(degree, -1, -1):
        scale = np.prod(np.arange(power - nu + 1, power + 1)) if power >= nu else 0
        out.append(scale * u ** max(power - nu, 0) if scale else 0.0 * u)
    return i, out


def piece_values(c, x, t, nu=0):
    """The nu-th derivative at t of the piecewise polynomial with coefficients c between the points x."""
    i, scales = factors(x, t, len(c) - 1, c.ndim - 2, nu)
    return np.asarray(sum(scale * c[j][i] for j, scale in enumerate(scales)))


def piece_adjoint(g, x, t, c, nu=0):
    """The transpose of `piece_values` in c: what g at the points t gives to each coefficient."""
    i, scales = factors(x, t, len(c) - 1, c.ndim - 2, nu)
    out = np.zeros(c.shape, np.result_type(g, c))
    for j, scale in enumerate(scales):
        np.add.at(out[j], i, g * scale)
    return out


def per_interval(x, t, w):
    """Numbers that belong to points t, added up at the left ends x[i] of their intervals."""
    out = np.zeros(np.shape(x), np.result_type(w, x))
    np.add.at(out, interval(x, t), w)
    return out
