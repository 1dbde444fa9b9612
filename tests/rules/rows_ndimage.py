"""Rows of scipy.ndimage."""

import numpy as np

from .rows import T, row, x, y

MODES = ("reflect", "mirror", "nearest", "wrap", "constant")
PADS = ("symmetric", "reflect", "edge", "wrap", "constant")
W = np.array([[0.3, -0.2, 1.1], [0.7, 0.4, -0.6]])
for name in ("correlate", "convolve"):
    for mode in MODES:
        for a, w in ((x, y[:3]), (x, y[:2]), (T[0], W), (T[0], W.T), (T[0, :2, :2], np.tile(W, (1, 2)))):
            row(f"scipy.ndimage.{name}", a, w, mode=mode)
        row(f"scipy.ndimage.{name}", T, np.tile(W[:, :, None], 2), mode=mode)
        row(f"scipy.ndimage.{name}", T[0], W, mode=mode, origin=(-1, 1))
        row(f"scipy.ndimage.{name}1d", T, y[:3], axis=1, mode=mode)
        row(f"scipy.ndimage.{name}1d", T[0], y, mode=mode, origin=1)
    row(f"scipy.ndimage.{name}", T[0], W, mode="constant", cval=0.7)
    row(f"scipy.ndimage.{name}", T[0] * (1 + 0.4j), W)
    row(f"scipy.ndimage.{name}1d", T[0], y[:3], mode="constant", cval=0.7)
for mode in PADS:
    for origin in (0, -1, (0, -1)):
        for reverse in (False, True):
            words = {"mode": mode, "origin": origin, "reverse": reverse}
            row("sourcead.runtime.filter_transposed", T[0], W.T, **words)
            row("sourcead.runtime.weights_transposed", T[0], T[1], W.T, wrt=(0, 1), cval=0.3, **words)

for mode in (*MODES, ("wrap", "nearest")):
    several = not isinstance(mode, str)
    for order in (0, 1, 2):
        row("scipy.ndimage.gaussian_filter", T[0], sigma=0.8, order=order, mode=mode)
        if not several:
            row("scipy.ndimage.gaussian_filter1d", T, sigma=0.8, axis=1, order=order, mode=mode)
            row("scipy.ndimage.gaussian_filter1d", T[0], sigma=1.7, axis=0, order=order, mode=mode)
    row("scipy.ndimage.uniform_filter", T[0], size=2, mode=mode)
    row("scipy.ndimage.uniform_filter", T[0], size=(3, 2), mode=mode)
    row("scipy.ndimage.uniform_filter", T[0], size=4, mode=mode, origin=(1, -1))
    for name in ("laplace", "sobel", "prewitt"):
        row(f"scipy.ndimage.{name}", T[0], mode=mode)
        if not several:
            row(f"scipy.ndimage.{name}", T, mode=mode)
            row(f"scipy.ndimage.{name}", x, mode=mode)
    if not several:
        row("scipy.ndimage.gaussian_laplace", T[0], sigma=0.6, mode=mode)
    for size in (1, 2, 3, 4, 5) if not several else ():
        row("scipy.ndimage.uniform_filter1d", T, size=size, axis=1, mode=mode)
    row("scipy.ndimage.sobel", T[0], axis=0, mode=mode)
row("scipy.ndimage.gaussian_filter", T, sigma=(0.5, 0.0, 1.2), order=(0, 1, 2), mode="constant", cval=0.7)
row("scipy.ndimage.gaussian_filter", T, sigma=(0.5, 1.2), axes=(0, 2), order=(1, 0), truncate=2.0)
row("scipy.ndimage.gaussian_filter", T, sigma=0.5, axes=(1,), radius=2)
row("scipy.ndimage.gaussian_filter1d", T, sigma=0.5, radius=3, truncate=1.0)
row("scipy.ndimage.gaussian_filter", T[0] * (1 + 0.2j), sigma=0.8)
row("scipy.ndimage.gaussian_laplace", T, sigma=(0.5, 0.9, 1.2))
row("scipy.ndimage.gaussian_laplace", T, sigma=0.5, axes=(0, 2))
row("scipy.ndimage.laplace", T, axes=(0, 1))
row("scipy.ndimage.uniform_filter", T, size=3, axes=(0, 1), mode=("wrap", "mirror"))
row("scipy.ndimage.uniform_filter1d", T, size=3, origin=1)

POINTS = np.array([[0.31, 1.27, -0.83, 4.62, -7.4, 1.9], [2.22, -0.41, 1.13, 7.77, 1.34, -11.3]])
for mode in (*MODES, "grid-mirror", "grid-constant", "grid-wrap"):
    for order in (0, 1):
        row("scipy.ndimage.map_coordinates", T[0], POINTS, order=order, mode=mode)
        row("scipy.ndimage.map_coordinates", x, POINTS[1:].reshape(1, 2, 3), order=order, mode=mode)
        for factor in (2, 0.6, (1.7, 1)):
            row("scipy.ndimage.zoom", T[0], zoom=factor, order=order, mode=mode)
        for by in (0.3, 1, (-1.4, 5.3)):
            row("scipy.ndimage.shift", T[0], shift=by, order=order, mode=mode)
    for along in ((), (0,), (1,), (0, 1)):
        row("sourcead.runtime.samples", T[0], POINTS, mode=mode, along=along)
        row(
            "sourcead.runtime.spread_samples",
            y[[0, 1, 2, 3, 1, 0]],
            POINTS,
            (3, 4),
            mode=mode,
            along=along,
            wrt=(0, 1),
        )
row("scipy.ndimage.map_coordinates", T[0], POINTS, order=1, cval=0.7)
row("scipy.ndimage.map_coordinates", T, np.abs(T[0, :, :2]).reshape(3, 1, 2), order=1)
