"""Rows of scipy.signal, and of the blocks that its rules read."""

import numpy as np

from .rows import M, T, U, Z, row, x, y

W = np.array([1.0, 0.3 - 0.2j, 1.4j])
for name in ("convolve", "fftconvolve", "oaconvolve", "correlate"):
    for mode in ("full", "same", "valid"):
        for a, v in ((x, y), (x, y[:3]), (x, y[:2]), (x[:3], y), (x[:1], y), (Z, y[:3]), (x, W), (Z, W)):
            row(f"scipy.signal.{name}", a, v, mode=mode)
        row(f"scipy.signal.{name}", T, T[:2, :2, :3] ** 2, mode=mode)
    row(f"scipy.signal.{name}", M, T[0])
    row(f"scipy.signal.{name}", M, T[0], mode="same")
for name in ("fftconvolve", "oaconvolve"):
    row(f"scipy.signal.{name}", T, T[:1, :2], axes=1, mode="full")
    row(f"scipy.signal.{name}", T, U[:, :3, :2], axes=(-1,))
    row(f"scipy.signal.{name}", T[:, :1], U[:, :3], axes=[0, 2])
    row(f"scipy.signal.{name}", x, y, axes=0, mode="same")
row("scipy.signal.convolve", x, y, method="fft")
row("scipy.signal.correlate", x, y, method="direct")

for name in ("convolve2d", "correlate2d"):
    for mode in ("full", "same", "valid"):
        for boundary in ("fill", "wrap", "symm"):
            for a, v in ((T[0], T[1, :2, :3]), (T[0], T[1, :2, :2]), (T[0, :2, :2], T[1])):
                row(f"scipy.signal.{name}", a, v, mode=mode, boundary=boundary)
            row(f"scipy.signal.{name}", T[0], M[:2, :2] * (1.0 + 0.3j), mode=mode, boundary=boundary)
        row(f"scipy.signal.{name}", T[0], T[1, :2, :3], mode=mode, fillvalue=0.7)

for mode in ("constant", "edge", "reflect", "symmetric", "wrap", ("edge", "reflect")):
    row("sourcead.runtime.extend", T[0], (-2, 1), (6, 7), mode=mode, wrt=(0,))
    row("sourcead.runtime.fold", np.tile(T[0], 2), (-5, 2), (3, 4), mode=mode, wrt=(0,))

b3, a3 = np.array([0.5, 0.2, -0.3]), np.array([1.3, -0.4, 0.2, 0.1])
for axis in (-1, 0, 1):
    row("scipy.signal.lfilter", b3, a3, T, axis=axis)
    row("scipy.signal.lfilter", a3, b3[:1], T, axis=axis)
    row("sourcead.runtime.lagged_products", T, T**2, b3, axis=axis, wrt=(0, 1))
row("scipy.signal.lfilter", b3, a3, x)
row("scipy.signal.lfilter", b3, a3, x[:1])
row("scipy.signal.lfilter", b3 * (1 + 0.5j), a3, x)
row("scipy.signal.lfilter", b3, a3 * (1 + 0.1j), Z)
row("sourcead.runtime.lagged_products", x, y, np.zeros(6), wrt=(0, 1))
for n in (None, 3, 4, 7):
    row("scipy.signal.hilbert", x, *(() if n is None else (n,)))
row("scipy.signal.hilbert", T, axis=0)
row("scipy.signal.hilbert", T, 5, axis=1)
for kind in ("linear", "constant"):
    row("scipy.signal.detrend", x, type=kind)
    row("scipy.signal.detrend", Z, type=kind)
    row("scipy.signal.detrend", T, type=kind, axis=1)
    row("scipy.signal.detrend", T, type=kind, bp=2)
    row("scipy.signal.detrend", T, type=kind, bp=(1, 3))
for mode in ("interp", "mirror", "constant", "nearest", "wrap"):
    row("scipy.signal.savgol_filter", x, window_length=3, polyorder=1, mode=mode)
    row("scipy.signal.savgol_filter", T, window_length=3, polyorder=2, deriv=1, delta=0.3, axis=1, mode=mode)
row("scipy.signal.savgol_filter", T, window_length=3, polyorder=1, mode="constant", cval=0.7)
