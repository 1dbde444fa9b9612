"""Rows for piecewise polynomials, and for the distances between points."""

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from .rows import M, N, T, row, y

H, P, D = "sourcead.rules.scipy.interpolation.", "sourcead.runtime_pieces.", "scipy.spatial.distance."
x = np.array([0.0, 0.7, 1.1, 1.9, 2.6, 3.4])
t = np.array([0.3, 1.3, 2.0, 3.0, -0.2, 3.9])
one, many = np.sin(x), np.array([np.sin(x), np.cos(2 * x)]).T
for nu in (0, 1, 2):
    for values in (one, many):
        spline = CubicSpline(x, values)
        row(H + "spline_value", spline, None, None, t, nu=nu, wrt=(3,))
        row(H + "spline_value", spline, None, None, 1.3, nu=nu, wrt=(3,))
        row(P + "piece_values", spline.c, x, t, nu=nu, wrt=(0, 1, 2))
        row(P + "piece_values", spline.c, x, t.reshape(2, 3), nu=nu, wrt=(0, 1, 2))
        g = spline(t) ** 2 + 0.3
        row(P + "piece_adjoint", g, x, t, spline.c, nu=nu, wrt=(0, 1, 2))
row(H + "spline_value", PchipInterpolator(x, one), None, None, t, wrt=(3,))
row(P + "per_interval", x, t, t**2, wrt=(2,))
row(P + "enough", x, least=2)

metrics = [{"metric": m} for m in ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine")]
for words in (*metrics, {"metric": "minkowski", "p": 3}, {"metric": "minkowski", "p": 1.5}):
    row(D + "cdist", T[0], T[1], **words)
    row(D + "cdist", M[:2], N, **words)
    row(D + "pdist", T[0], **words)
    row(D + "pdist", T[0, :1], **words)
for metric in ("euclidean", "sqeuclidean", "cityblock", "chebyshev"):
    row(D + metric, M[0], N[0])
row(D + "squareform", y[:3])
row(D + "squareform", M, checks=False)
