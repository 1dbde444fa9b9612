"""Rows of numpy.fft and scipy.fft."""

import numpy as np

from .rows import M, T, Z, row, x

C = M + 1j * M.T
D = np.stack([C, C[::-1]])
for m in ("numpy.fft", "scipy.fft"):
    for name in "fft ifft rfft irfft hfft ihfft".split():
        real = name in ("rfft", "ihfft")
        for norm in ("backward", "ortho", "forward"):
            for n in (None, 3, 6, 7, 8):
                row(f"{m}.{name}", x if real else Z, *(() if n is None else (n,)), norm=norm)
        row(f"{m}.{name}", T if real else D, 5, axis=1)
        row(f"{m}.{name}", T if real else D, axis=0)
        row(f"{m}.{name}", x)
    for name in "fft ifft rfft irfft".split() + ["hfft", "ihfft"] * (m == "scipy.fft"):
        a = T if name in ("rfft", "ihfft") else D
        for norm in ("backward", "ortho", "forward"):
            row(f"{m}.{name}2", a, norm=norm)
            row(f"{m}.{name}n", a, norm=norm)
            row(f"{m}.{name}n", a, (3, 5), axes=(2, 0), norm=norm)
        row(f"{m}.{name}2", a, (5, 2), axes=(0, 1))
        row(f"{m}.{name}2", T, (2, 6))
        row(f"{m}.{name}n", a, axes=(-1, 1))
        if m == "scipy.fft":
            row(f"{m}.{name}n", a, (4, 5), workers=1)
    for name in ("fftshift", "ifftshift"):
        row(f"{m}.{name}", x)
        row(f"{m}.{name}", Z)
        row(f"{m}.{name}", T, axes=(0, 2))
        row(f"{m}.{name}", T, axes=1)
    for name in ("fftfreq", "rfftfreq"):
        row(f"{m}.{name}", 5, 0.3, wrt=(1,))
        row(f"{m}.{name}", 4, np.float64(0.3), wrt=(1,))

for name in ("dct", "idct", "dst", "idst"):
    for kind in (1, 2, 3, 4):
        for norm in ("backward", "ortho", "forward"):
            for orthogonalize in (None, False, True):
                row(f"scipy.fft.{name}", x, type=kind, norm=norm, orthogonalize=orthogonalize)
        row(f"scipy.fft.{name}", T, type=kind, n=5, axis=1)
        row(f"scipy.fft.{name}", T, type=kind, n=2, axis=-1, norm="ortho")
        row(f"scipy.fft.{name}", Z, type=kind)
        row(f"scipy.fft.{name}n", T, type=kind)
        row(f"scipy.fft.{name}n", T, type=kind, s=(5, 2), norm="forward")
        row(f"scipy.fft.{name}n", T, type=kind, s=(3, 6), axes=(2, 0), norm="ortho")
        row(f"scipy.fft.{name}n", T, type=kind, axes=(0, 1), orthogonalize=True)

row("sourcead.runtime.fit", T, 2, wrt=(0,))
row("sourcead.runtime.fit", T, 5, axis=1, wrt=(0,))
row("sourcead.runtime.double_inner", T, 6, wrt=(0,))
row("sourcead.runtime.double_inner", T, 5, axis=1, wrt=(0,))
row("sourcead.runtime.scale_at", T, 0.5, places=(0, -1), axis=1, wrt=(0,))
