"""Rows of Bessel functions and their relatives."""

import numpy as np

from .rows import PICK, T, Z, row, x

TALL = np.array([[0.31], [2.67], [7.94]])
ORDERS = np.array([0.0, 0.5, 1.0, 2.7])

for name in "j0 j1 y0 y1 i0 i0e i1 i1e k0 k0e k1 k1e".split():
    key = f"scipy.special.{name}"
    row(key, x)
    row(key, 12.5)
    row(key, TALL)
    if name[0] in "ij":
        row(key, T[0] * 3.0)
row("numpy.i0", x)
row("numpy.i0", T * 4.0)

for name in "jv jve yv yve iv ive kv kve hankel1 hankel1e hankel2 hankel2e".split():
    key = f"scipy.special.{name}"
    for v in (0, 1, 2, 1.5, -0.7, 3.2):
        row(key, v, x + 0.2, wrt=(1,))
    row(key, PICK, x + 0.2, wrt=(1,))
    row(key, ORDERS, TALL, wrt=(1,))
    row(key, 2, 0.7, wrt=(1,))
    row(key, 1.5, Z, wrt=(1,))
    row(key, 1, Z, wrt=(1,))
    row(key, 1.5, 0.7 - 0.4j, wrt=(1,))
for name in "jvp yvp ivp kvp h1vp h2vp".split():
    row(f"scipy.special.{name}", 1.5, x + 0.2, wrt=(1,))
    row(f"scipy.special.{name}", 2, x + 0.2, wrt=(1,), n=2)
for name in ("yn", "kn"):
    for n in (0, 1, 3, PICK):
        row(f"scipy.special.{name}", n, x + 0.2, wrt=(1,))
row("scipy.special.rgamma", x)
for name in ("struve", "modstruve"):
    for v in (0, 1, 0.5, 1.5, -0.3):
        row(f"scipy.special.{name}", v, x + 0.2, wrt=(1,))
    row(f"scipy.special.{name}", ORDERS, TALL, wrt=(1,))
for name in "spherical_jn spherical_yn spherical_in spherical_kn".split():
    for derivative in (False, True):
        for n in (0, 1, 3, PICK):
            row(f"scipy.special.{name}", n, x + 0.2, wrt=(1,), derivative=derivative)
        row(f"scipy.special.{name}", 2, Z, wrt=(1,), derivative=derivative)
        row(f"scipy.special.{name}", 2, 0.7, wrt=(1,), derivative=derivative)

for name in ("airy", "airye"):
    row(f"scipy.special.{name}", x)
    row(f"scipy.special.{name}", 2.5)
    row(f"scipy.special.{name}", Z)
    row(f"scipy.special.{name}", 0.5 + 0.3j)
row("scipy.special.airy", -x)

for name in "ber bei ker kei berp beip kerp keip kelvin".split():
    row(f"scipy.special.{name}", x)
    row(f"scipy.special.{name}", 3.7)
    row(f"scipy.special.{name}", TALL)
row("scipy.special.berp", -x)
