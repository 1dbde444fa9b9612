"""Rows of the polynomials and of np.correlate."""

import numpy as np

from .rows import T, Z, row, x, y

c = np.array([0.7, -0.4, 1.3, 0.6])
for mode in ("valid", "same", "full"):
    for a, v in (
        (x, y),
        (x, y[:3]),
        (x, y[:2]),
        (x[:2], y),
        (x[:3], y),
        (x[:1], y),
        (Z, y[:3]),
        (x, Z),
        (Z, Z[:2]),
    ):
        row("numpy.correlate", a, v, mode=mode)
FAMILIES = {
    "polynomial": "poly",
    "chebyshev": "cheb",
    "legendre": "leg",
    "hermite": "herm",
    "hermite_e": "herme",
    "laguerre": "lag",
}
for module, short in FAMILIES.items():
    name = f"numpy.polynomial.{module}.{short}"
    for k in (4, 3, 2, 1):
        row(name + "val", x, c[:k])
        row(name + "vander", x, k - 1, wrt=(0,))
    for at in (T, 0.3, np.float64(0.3), Z, np.array(0.4)):
        row(name + "val", at, c)
    row(name + "val", x, Z)
    row(name + "vander", T[0], 2, wrt=(0,))
    for m in (0, 1, 2, 4, 5):
        row(name + "der", c, m=m)
        row(name + "int", c, m=m)
    row(name + "der", T[0])
    row(name + "int", T, m=2)
    row(name + "der", Z, m=2, scl=0.3)
    row(name + "int", c, m=2, scl=0.3, lbnd=-0.7, k=[0.3, 0.1])
