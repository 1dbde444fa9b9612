"""Rows of elliptic, exponential and hypergeometric functions, and of orthogonal polynomials."""

import numpy as np

from .rows import PICK, T, Z, row, x, y

WIDE = np.array([[0.31], [0.67], [0.94]])

for name in ("ellipk", "ellipe", "ellipkm1"):
    row(f"scipy.special.{name}", x)
    row(f"scipy.special.{name}", 0.5)
    row(f"scipy.special.{name}", WIDE)
for name in ("ellipk", "ellipe"):
    row(f"scipy.special.{name}", -x * 5.0)
    row(f"scipy.special.{name}", np.array([0.0, 1e-12, 1e-5]))
for name in ("ellipkinc", "ellipeinc"):
    row(f"scipy.special.{name}", x, y)
    row(f"scipy.special.{name}", x, WIDE)
    row(f"scipy.special.{name}", 0.7, -x)
    row(f"scipy.special.{name}", np.array([1.9, -2.4, 4.0, 9.9]), 0.5)
    row(f"scipy.special.{name}", x, np.array([0.0, 1e-9, 1e-4, 0.0]) + 1e-2)
row("scipy.special.ellipj", x, y * 0.9)
row("scipy.special.ellipj", x * 7.0, 0.5)
row("scipy.special.ellipj", 0.7, 0.5)
row("scipy.special.ellipj", 0.7, y * 0.9)
row("scipy.special.ellipj", x, WIDE)

row("scipy.special.elliprc", x, y)
row("scipy.special.elliprc", x, WIDE)
for name in ("elliprf", "elliprd", "elliprg"):
    row(f"scipy.special.{name}", x, y, 0.7)
    row(f"scipy.special.{name}", x, WIDE, y)
    row(f"scipy.special.{name}", 0.3, 0.3, 0.3)
row("scipy.special.elliprd", 0.0, 1.0, x, wrt=(1, 2))
row("scipy.special.elliprj", x, y, 0.7, 0.4)
row("scipy.special.elliprj", x, WIDE, y, 1.3)
for powers in ((3, 2), (1, 4)):
    row("sourcead.runtime.carlson_integral", x, y, powers=powers)
row("sourcead.runtime.carlson_integral", x, WIDE, 0.7, powers=(3, 1, 3))
row("sourcead.runtime.carlson_integral", x, y, 0.7, 1.4, powers=(1, 1, 1, 4))
row("sourcead.runtime.carlson_integral", 0.5, 0.6, 0.7, powers=(1, 1, 1))

for name in ("expi", "exp1"):
    row(f"scipy.special.{name}", x)
    row(f"scipy.special.{name}", 2.5)
    row(f"scipy.special.{name}", Z)
for n in (0, 1, 2, 5, PICK):
    row("scipy.special.expn", n, x + 0.1, wrt=(1,))
row("scipy.special.expn", 2, WIDE, wrt=(1,))
for k in (0, -1, 1):
    row("scipy.special.lambertw", x, k)
    row("scipy.special.lambertw", Z, k)
row("scipy.special.lambertw", x)
row("scipy.special.lambertw", -0.3, -1)
row("scipy.special.lambertw", WIDE, np.array([0, 1, 2]))
for name in ("sici", "shichi"):
    row(f"scipy.special.{name}", x)
    row(f"scipy.special.{name}", 3.7)
    row(f"scipy.special.{name}", Z)

row("scipy.special.hyp0f1", 1.5, x, wrt=(1,))
row("scipy.special.hyp0f1", 1.5, Z, wrt=(1,))
row("scipy.special.hyp0f1", y, WIDE, wrt=(1,))
row("scipy.special.hyp1f1", 1.5, 2.5, x, wrt=(2,))
row("scipy.special.hyp1f1", 1.5, y, WIDE, wrt=(2,))
row("scipy.special.hyp1f1", 1.5, 2.5, Z, wrt=(2,))
row("scipy.special.hyp2f1", 1.5, 2.5, 3.5, x * 0.5, wrt=(3,))
row("scipy.special.hyp2f1", 1.5, y, 3.5, WIDE * 0.5, wrt=(3,))
row("scipy.special.hyp2f1", 1.5, 2.5, 3.5, Z * 0.2, wrt=(3,))
row("scipy.special.hyperu", 1.5, 2.5, x + 0.2, wrt=(2,))

for name in "legendre chebyt chebyu laguerre sh_legendre sh_chebyt sh_chebyu".split():
    key = f"scipy.special.eval_{name}"
    for n in (0, 1, 3, PICK, 2.5, -3):
        row(key, n, x, wrt=(1,))
    row(key, 3, np.array([-1.0, 0.0, 1.0]), wrt=(1,))
    row(key, 3, T * 0.4, wrt=(1,))
    row(key, 2, Z, wrt=(1,))
    row(key, np.array([-3, -2, -1, 0]), x, wrt=(1,))
for name in ("hermite", "hermitenorm"):
    for n in (0, 1, 4, PICK):
        row(f"scipy.special.eval_{name}", n, x, wrt=(1,))
for n in (0, 1, 3, PICK, 2.5):
    row("scipy.special.eval_genlaguerre", n, 0.5, x, wrt=(2,))
    row("scipy.special.eval_gegenbauer", n, 0.7, x, wrt=(2,))
    row("scipy.special.eval_jacobi", n, 0.5, 1.5, x, wrt=(3,))
for n in (0, 1, 3, PICK):
    row("scipy.special.eval_sh_jacobi", n, 2.5, 1.5, x, wrt=(3,))

for n, m in ((0, 0), (1, 0), (2, 1), (3, -2), (3, 3), (3, -3)):
    row("scipy.special.sph_harm_y", n, m, x, y)
    row("scipy.special.sph_harm_y", n, m, -0.7, 0.4)
    row("scipy.special.sph_harm_y", n, m, 3.9, 0.4)
row("scipy.special.sph_harm_y", 2, 0, 0.0, 0.4)
row("scipy.special.sph_harm_y", np.array([2, 1, 3, 4]), np.array([[0], [1]]), x, 0.4)
