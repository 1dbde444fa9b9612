"""Functions that generated code may call, continued: integrals that have no closed form in NumPy or SciPy.

They belong to `runtime`, which imports them: each needs NumPy (as `np`) and no other name of this module.
"""

from __future__ import annotations

import numpy as np


def carlson_integral(x, y, z=None, p=None, powers=(1, 1, 1, 1)):
    """The integral over t > 0 of the product of (t + x) ** (-powers[0] / 2), (t + y) ** (-powers[1] / 2), ...

    Carlson's elliptic integrals and all their derivatives are of this form (DLMF 19.16).  With t = exp(u) the
    integrand decays on both sides and is analytic for |Im u| < pi, so that the trapezoidal rule of step h has
    an error of the size exp(-2 pi^2 / h): nothing at h = 1/2.

    x, y, z, p: two to four numbers or arrays that broadcast, real, none below 0 (nan there; inf where the
    integral diverges).

    >>> round(float(carlson_integral(1.0, 1.0, 4.0, powers=(1, 1, 1))), 6)
    1.520692
    """
    points = [v for v in (x, y, z, p) if v is not None]
    dtype = np.result_type(0.0, *points)
    points = np.broadcast_arrays(*(np.asarray(p, dtype=np.float64) for p in points))
    stacked = np.stack(points)
    powers = np.reshape(np.array(powers[: len(points)], dtype=np.float64), (-1,) + (1,) * points[0].ndim)
    with np.errstate(all="ignore"):
        outside = np.any(np.logical_not(stacked >= 0), axis=0)
        at_zero = np.sum(np.where(stacked == 0, powers, 0.0), axis=0)  # t ** (-at_zero / 2) near 0
        logs = np.log(np.where(outside, 1.0, stacked))
        some = np.isfinite(logs)
        low = np.min(np.where(some, logs, np.inf), axis=0)
        high = np.max(np.where(some, logs, -np.inf), axis=0)
        decay = np.sum(powers) / 2 - 1.0  # of t ** -decay / t at infinity
        inside = (decay > 0) & np.isfinite(low) & np.isfinite(high) & np.logical_not(outside) & (at_zero < 2)
        low, high = np.where(inside, low, 0.0), np.where(inside, high, 0.0)
        left = low - 40.0 / np.where(inside, 1.0 - at_zero / 2, 1.0)
        right = high + 40.0 / (decay if decay > 0 else 1.0)
        count = int(np.max(np.ceil((right - left) * 2), initial=1)) + 1
        total = np.zeros(points[0].shape)
        for k in range(count):
            u = left + 0.5 * k
            total = total + np.exp(u - np.sum(powers / 2 * np.logaddexp(u, logs), axis=0))
        total = np.where(outside, np.nan, np.where(at_zero < 2 if decay > 0 else False, 0.5 * total, np.inf))
    return total.astype(dtype)[()]
