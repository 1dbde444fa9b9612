"""Rows of the rest of NumPy: reductions without NaNs, order statistics, products, parts, moved elements."""

import numpy as np

from .rows import PICK, M, N, T, Z, row, x, y

for name in "nansum nanmean nanvar nanstd nanmax nanmin nanprod".split():
    for keywords in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": 0}):
        row(f"numpy.{name}", T, **keywords)
    if name != "nanprod":
        row(f"numpy.{name}", T, axis=(0, 2))
row("numpy.nanvar", T, axis=1, ddof=1)
row("numpy.nanstd", T, axis=1, ddof=1)
for keywords in ({}, {"axis": 0}, {"axis": -1}):
    row("numpy.nancumsum", T, **keywords)
    row("numpy.nancumprod", T, **keywords)
for name in ("median", "nanmedian"):
    for keywords in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}):
        row(f"numpy.{name}", T, **keywords)
for name, unit in (("quantile", 1.0), ("percentile", 100.0), ("nanquantile", 1.0), ("nanpercentile", 100.0)):
    for q in (0.41, np.array([0.12, 0.77]), np.array([[0.12, 0.77], [0.33, 0.9]])):
        row(f"numpy.{name}", T[:, :, 0], (q if np.ndim(q) else 0.31) * unit)  # away from where ranks change
        for keywords in ({"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}):
            if name[:3] != "nan" or np.ndim(q) < 2 or not isinstance(keywords.get("axis"), tuple):
                row(f"numpy.{name}", T, q * unit, **keywords)
for method in ("lower", "higher", "nearest", "midpoint", "hazen", "weibull"):
    row("numpy.quantile", x, 0.43, method=method)
row("sourcead.runtime.quantile_weights", x, 0.41, wrt=(1,))
row("sourcead.runtime.quantile_weights", T, np.array([0.12, 0.77]), axis=1, wrt=(1,))
row("sourcead.runtime.quantile_weights", x, 0.41, slope=True, wrt=(1,))
for n in (0, 1, 3):
    row("sourcead.runtime.bessel_i", 3 * x, n=n)
row("numpy.i0", 3 * T)
row("numpy.partition", x, 2)
row("numpy.partition", T, 1, axis=0)
row("numpy.partition", T, 5, axis=None)
row("numpy.unique", T)
row("numpy.vecdot", x, y)
row("numpy.vecdot", T, x)
row("numpy.vecdot", Z, x)
row("numpy.matvec", M, N[0])
row("numpy.matvec", T, x)
row("numpy.vecmat", M[0], N)
row("numpy.vecmat", Z, T[0].T)
for mode in ("valid", "same", "full"):
    row("numpy.correlate", x, y, mode=mode)
    row("numpy.correlate", x, y[:2], mode=mode)
    row("numpy.correlate", x[:2], y, mode=mode)
row("numpy.divmod", x + 2.0, 0.4 * y + 0.9, wrt=(0,))
row("numpy.modf", 3 * T)
row("numpy.frexp", 3 * x)
row("numpy.ldexp", x, PICK, wrt=(0,))
row("numpy.nextafter", x, 2.0, wrt=(0,))
row("numpy.unwrap", 30 * x)
row("numpy.bincount", PICK, x, wrt=(1,))
row("numpy.bincount", PICK, x, 7, wrt=(1,))
row("numpy.histogram", y, np.array([0.0, 0.3, 0.6, 1.0]), x, wrt=(2,))
row("numpy.geomspace", 0.4, 2.1, 5)
row("numpy.geomspace", 0.4, 2.1, 5, endpoint=False)
row("numpy.gradient", x)
row("numpy.gradient", x, 0.7, edge_order=2)
row("numpy.gradient", T, np.array([0.1, 0.5, 0.7, 1.3]), axis=2)
row("numpy.gradient", T, np.array([0.1, 0.5, 0.9]), axis=1, edge_order=2)
row("numpy.insert", x, 1, 0.3)
row("numpy.insert", x, np.array([1, 3]), y[:2])
row("numpy.insert", T[0], 1, y, axis=0)
row("numpy.delete", x, 1)
row("numpy.delete", T, np.array([0, 2]), axis=1)
row("numpy.resize", x, 7)
row("numpy.resize", T, (5, 2))
for name in "sum mean var std".split():
    nothing = (None,) if name == "sum" else ()
    row(f"numpy.{name}", T, *nothing, T < 1.0, axis=1, wrt=(0,))
    row(f"numpy.{name}", T, *nothing, T < 1.0, axis=(0, 2), keepdims=True, wrt=(0,))
row("numpy.sum", T, 0.3, T < 1.0, axis=1)
row("numpy.prod", T, 0.3, T < 1.0, axis=1)
row("numpy.prod", T, axis=(0, 2))
row("numpy.prod", np.array([[0.0, 2.0], [3.0, 1.0]]), axis=(0, 1))
row("numpy.max", T, 0.3, T < 0.0, axis=1)
row("numpy.min", T, 0.3, axis=(0, 2), keepdims=True)
row("numpy.var", Z)
row("numpy.std", Z, axis=0)
