"""One row for each use of a primitive: key, arguments, static keywords, what is differentiated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

r = np.random.default_rng(7)
x = np.array([0.31, 0.72, 0.13, 0.58])
y = np.array([0.44, 0.21, 0.95, 0.37])
M = r.normal(size=(3, 3)) + 2.0 * np.eye(3)
N = r.normal(size=(3, 3))
S = M @ M.T + np.eye(3)
T = (r.permutation(24) / 8.0 - 1.43).reshape(2, 3, 4)  # no two elements are close
U = r.normal(size=(2, 4, 3))
B = r.normal(size=(2, 3, 3)) + 3.0 * np.eye(3)
Z = r.normal(size=4) + 1j * r.normal(size=4)
V = np.array([[0.83, -0.67, 0.29, 1.51]])
PICK = np.array([2, 0, 2, 1])


@dataclass
class Row:
    key: str
    args: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] | None = None

    @property
    def id(self) -> str:
        shapes = "-".join(
            "x".join(map(str, np.shape(a))) if not isinstance(a, tuple) else "t" for a in self.args
        )
        words = ",".join(f"{k}={v}" for k, v in self.keywords.items())
        return f"{self.key}[{shapes}{',' + words if words else ''}]"


ROWS: list[Row] = []


def row(key: str, *args: Any, wrt: tuple[int, ...] | None = None, **keywords: Any) -> None:
    ROWS.append(Row(key, args, keywords, wrt))


ONE = """
exp exp2 expm1 log log2 log10 log1p sqrt square cbrt reciprocal sin cos tan arcsin arccos arctan sinh
    cosh tanh  arcsinh arctanh deg2rad rad2deg fabs sinc absolute negative positive conjugate nan_to_num
    real imag angle
"""
for name in ONE.split():
    row(f"numpy.{name}", x)
    row(f"numpy.{name}", T[0] * 0.1 + 0.5)
    if name not in ("cbrt", "deg2rad", "rad2deg", "fabs", "nan_to_num", "sinc"):
        row(f"numpy.{name}", Z)
row("numpy.arccosh", x + 1.1)
row("numpy.arccosh", Z)
row("numpy.sinc", np.array([0.0, 1e-9, 1e-3, 0.7, 3.3, 25.25]))
row("numpy.ndarray.real", Z)
row("numpy.ndarray.imag", Z)
row("numpy.ndarray.conjugate", Z)

TWO = """
add subtract multiply divide remainder power arctan2 hypot logaddexp logaddexp2 maximum minimum fmax fmin
float_power fmod
"""
for name in ("operator.mod", "numpy.remainder", "numpy.fmod"):  # far from where the quotient jumps
    row(name, np.array([0.5, 2.6, 4.4, -1.3]), np.array([1.1, 1.0, 2.9, 0.9]))
pairs = [
    (x, y),
    (x, 0.7),
    (0.7, x),
    (0.4, 0.7),
    (T[0], y),
    (T[0], np.array([[0.31], [0.67], [0.94]])),
    (V, np.array([[0.53], [0.22]])),
]
for a, b in pairs:
    a, b = (abs(v) + 0.1 for v in (a, b))
    for name in "add sub mul truediv mod pow".split():
        row(f"operator.{name}", a, b)
    for name in TWO.split():
        row(f"numpy.{name}", a, b)
row("operator.mul", Z, x)
row("operator.truediv", Z, Z[::-1])
row("operator.pow", Z, 3)
row("operator.pow", Z, Z[::-1])
for p in (0, 1, 2, 3, -1, 0.5, 1.5, 2.0, -2.5):
    row("operator.pow", x, p)
    row("operator.pow", 0.7, p)
row("operator.neg", x)
row("operator.pos", x)
row("numpy.copysign", x, np.array([1.0, -2.0, 3.0, -1.0]), wrt=(0,))
row("numpy.heaviside", np.array([-1.0, 0.0, 2.0]), np.array([0.5, 0.2, 0.3]), wrt=(1,))
for lo, hi in ((0.2, 0.6), (None, 0.6), (0.2, None), (y - 0.3, y), (0.8, 0.4)):
    row("numpy.clip", x, lo, hi)

MATH = """
sin cos tan asin acos atan sinh cosh tanh asinh atanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt
    fabs degrees  radians erf erfc gamma lgamma
"""
for name in MATH.split():
    row(f"math.{name}", 0.37)
for v in (-2.6, 4.2, 21.5):
    row("math.gamma", v)
    row("math.lgamma", v)
row("math.acosh", 1.9)
row("math.log", 0.7, 3.1)
row("math.pow", 0.7, 1.9)
row("math.atan2", 0.7, -1.9)
row("math.hypot", 0.7, -1.9)
row("math.fmod", 7.7, 1.9)
row("math.remainder", 7.7, 1.9)
row("math.copysign", 0.7, -1.9, wrt=(0,))
row("math.ldexp", 0.7, 3, wrt=(0,))
row("builtins.abs", -0.4)
row("builtins.abs", 0.4 - 0.3j)
row("builtins.abs", Z)
row("builtins.pow", 0.7, 2)
row("builtins.max", 0.4, 0.9)
row("builtins.min", 0.4, 0.9, 0.2)
row("builtins.max", 0.4, 0.9, 0.2)
row("builtins.min", 0.4, 0.9)
row("builtins.sum", 0.4, 0.9, 0.2)
row("builtins.sum", 0.4, 0.9 + 0.5j, 0.2j)
row("builtins.float", 0.4)
row("builtins.complex", 0.4, 0.3)
row("builtins.divmod", 7.7, 1.9)
row("numpy.float64", 0.4)

for name in "sum mean var std max min prod".split():
    for keywords in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"keepdims": True}, {"axis": 0}):
        row(f"numpy.{name}", T, **keywords)
    row(f"numpy.{name}", x)
    row(f"numpy.{name}", x, axis=0)
    row(f"numpy.{name}", x, axis=0, keepdims=True)
    if name != "prod":
        row(f"numpy.{name}", T, axis=(0, 2))
        row(f"numpy.{name}", T, axis=(-1, 0), keepdims=True)
row("numpy.var", T, axis=1, ddof=1)
row("numpy.std", T, axis=1, ddof=1)
row("numpy.sum", Z)
row("numpy.mean", Z)
row("numpy.prod", Z)
row("numpy.ptp", T, axis=1)
row("numpy.prod", np.array([0.0, 2.0, 3.0]))
row("numpy.prod", np.array([0.0, 2.0, 0.0]))
row("numpy.prod", np.array([[0.0, 2.0], [3.0, 0.0]]), axis=1)
row("numpy.ndarray.item", np.array([0.3]))
for keywords in ({}, {"axis": 0}, {"axis": 1}, {"axis": -1}):
    row("numpy.cumsum", T, **keywords)
    row("numpy.cumprod", T, **keywords)
    row("numpy.sort", T, **({"axis": None} if not keywords else keywords))
row("numpy.cumsum", x)
row("numpy.sort", x)
row("numpy.cumprod", np.array([2.0, 0.0, 3.0, 4.0]))
for keywords in (
    {},
    {"axis": 1},
    {"n": 2},
    {"axis": 0, "prepend": 0.5},
    {"append": 1.0},
    {"prepend": 1.0, "append": 2.0},
    {"n": 0},
):
    row("numpy.diff", T, **keywords)
row("numpy.take_along_axis", T[0], np.array([[2], [0], [1]]), axis=0, wrt=(0,))
row("numpy.take_along_axis", T[0][:1], np.array([[3, 0], [1, 1]]), axis=1, wrt=(0,))
row("numpy.take_along_axis", T[0], np.array([[0, 0, 1, 3], [1, 2, 2, 0], [3, 3, 3, 3]]), axis=1, wrt=(0,))
for mode in ("full", "same", "valid"):
    for m, n in ((4, 4), (5, 2), (2, 5), (4, 3), (3, 4), (1, 3)):
        row("numpy.convolve", r.normal(size=m), r.normal(size=n), mode=mode)
points = np.array([0.05, 0.3, 0.6, 0.9])
row("numpy.interp", np.array([0.1, 0.45, 0.7, -0.5, 1.5]), points, x)
row("numpy.interp", np.array([0.1, 0.45, 0.7, -0.5, 1.5]), points, x, 0.1, 1.0)
row("numpy.interp", 0.35, points, x)
row("numpy.polyval", x, y)
row("numpy.polyval", x, T[0])
row("numpy.polyval", x, 0.3)

row("numpy.reshape", T, (6, 4), wrt=(0,))
row("numpy.reshape", T, (2, -1), wrt=(0,))
row("numpy.reshape", T, -1, wrt=(0,))
for key in (
    "numpy.ravel",
    "numpy.ndarray.flatten",
    "numpy.transpose",
    "numpy.ndarray.T",
    "numpy.flip",
    "numpy.flipud",
    "numpy.fliplr",
    "numpy.copy",
    "numpy.ndarray.copy",
    "numpy.asarray",
    "numpy.ascontiguousarray",
    "numpy.atleast_2d",
):
    row(key, T)
for key in ("numpy.atleast_1d", "numpy.atleast_2d", "numpy.atleast_3d"):
    row(key, x)
    row(key, T[0])
row("numpy.atleast_1d", 0.4)
row("numpy.transpose", T, axes=(2, 0, 1))
row("numpy.transpose", T, axes=(-1, 0, 1))
row("numpy.swapaxes", T, axis1=0, axis2=-1)
row("numpy.reshape", T, (4, 6), order="F")
row("numpy.ravel", T, order="F")
row("numpy.ndarray.flatten", M, order="F")
SLIDING = "numpy.lib.stride_tricks.sliding_window_view"
row(SLIDING, x, 3)
row(SLIDING, T, (2, 2, 3))
row(SLIDING, T, (2, 2), axis=(2, 0))
row(SLIDING, T, (2, 3), axis=(2, 2))
row(SLIDING, T, 2, axis=1)
row("sourcead.runtime.fold_windows", N[:2, :2], x[:3], wrt=(0,))
row("sourcead.runtime.fold_windows", T[:, :2, :2], T[:, :3, 0], axis=(1,), wrt=(0,))
row("numpy.add.reduceat", x, np.array([0, 2, 1, 3]), wrt=(0,))
row("numpy.add.reduceat", T, np.array([1, 3]), axis=2, wrt=(0,))
row("numpy.moveaxis", T, source=0, destination=-1)
row("numpy.moveaxis", T, source=(0, 1), destination=(-1, 0))
row("numpy.expand_dims", T, axis=1)
row("numpy.expand_dims", T, axis=(0, -1))
row("numpy.squeeze", V, axis=0)
row("numpy.squeeze", V)
row("numpy.broadcast_to", x, (3, 4), wrt=(0,))
row("numpy.broadcast_to", V, (3, 4), wrt=(0,))
row("numpy.flip", T, axis=1)
row("numpy.flip", T, axis=(0, 2))
row("numpy.roll", T, 2, axis=1, wrt=(0,))
row("numpy.roll", T, (1, 2), axis=(0, 1), wrt=(0,))
row("numpy.roll", T, 5, wrt=(0,))
row("numpy.tile", x, 3, wrt=(0,))
row("numpy.tile", T, 2, wrt=(0,))
row("numpy.tile", T, (2, 1, 3), wrt=(0,))
row("numpy.tile", x, (2, 3), wrt=(0,))
row("numpy.repeat", x, 3, wrt=(0,))
row("numpy.repeat", T, 2, wrt=(0,))
row("numpy.repeat", T, 2, axis=1, wrt=(0,))
row("numpy.repeat", T, np.array([1, 0, 2]), axis=1, wrt=(0,))
row("numpy.repeat", x, np.array([1, 0, 2, 3]), wrt=(0,))
for mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
    row("numpy.pad", x, pad_width=2, mode=mode)
    row("numpy.pad", T, pad_width=((1, 0), (2, 1), (0, 3)), mode=mode)
row("numpy.concatenate", x, y, V[0])
row("numpy.concatenate", T, T + 1.0, axis=1)
row("numpy.concatenate", T, U.swapaxes(1, 2), axis=-1)
row("numpy.stack", x, y, V[0])
for axis in (0, 1, 2, -1):
    row("numpy.stack", T[0], T[1], axis=axis)
row("numpy.vstack", x, y)
row("numpy.vstack", T[0], y)
row("numpy.hstack", x, y, 0.5)
row("numpy.hstack", M, N)
row("numpy.column_stack", x, y, T[0].T)
row("numpy.append", x, 0.5)
row("numpy.append", T, x)
row("numpy.append", M, N, axis=1)
row("numpy.split", x, indices_or_sections=2)
row("numpy.split", T, indices_or_sections=(1, 2), axis=2)
row("numpy.array_split", x, indices_or_sections=3)
row("numpy.meshgrid", x, V[0], indexing="xy")
row("numpy.meshgrid", x, V[0], np.array([1.0, 2.0]), indexing="ij")
row("numpy.array", 0.3, 0.7)
row("numpy.array", 0.3, 0.7, 1.0, 0.1, _tree=((0, 1), (2, 3)))
row("numpy.array", x, y)

row("numpy.take", x, PICK, wrt=(0,))
row("numpy.take", T, np.array([[5, 5], [0, 23]]), wrt=(0,))
for axis in (0, 1, 2, -1):
    row("numpy.take", T, np.array([[1, 0], [1, 1]]), axis=axis, wrt=(0,))
    row("numpy.take", T, 1, axis=axis, wrt=(0,))
row("numpy.where", x < 0.5, x, y, wrt=(1, 2))
row("numpy.where", T[0] < 0.5, x, 0.3, wrt=(1, 2))
for k in (0, 1, -2):
    row("numpy.diag", x, k=k)
    row("numpy.diag", T[0], k=k)
    row("numpy.diagonal", T[0], offset=k)
    row("numpy.diagonal", T, offset=k, axis1=2, axis2=0)
    row("numpy.trace", T[0], offset=k)
    row("numpy.tril", T, k=k)
    row("numpy.triu", M, k=k)
    row("numpy.tril", x, k=k)
row("numpy.full", (2, 3), 0.4, wrt=(1,))
row("numpy.full", (2, 4), x, wrt=(1,))
row("numpy.full_like", T, 0.4, wrt=(0, 1))
row("numpy.full_like", T, x, wrt=(1,))
row("numpy.arange", 0.1, 0.95, 0.2)
row("numpy.arange", 3.7)
row("numpy.linspace", 0.1, 0.9, 5, wrt=(0, 1))
row("numpy.linspace", 0.1, 0.9, 5, endpoint=False, wrt=(0, 1))

for a, b in ((x, y), (M, N), (M, N[0]), (N[0], M), (T, U), (T, U[0]), (T[0], U), (x, U), (T, x), (T[:1], U)):
    row("operator.matmul", a, b)
    row("numpy.matmul", a, b)
    row("numpy.dot", a, b)
row("numpy.dot", 0.5, T)
row("numpy.dot", T, 0.5)
row("operator.matmul", Z, x)
row("numpy.vdot", x, y)
row("numpy.vdot", Z, Z[::-1] * 1j)
row("numpy.vdot", M, N)
for a, b in ((x, y), (M, N), (T, x), (x, T), (T, T[0]), (0.5, x)):
    row("numpy.inner", a, b)
row("numpy.outer", x, V[0])
row("numpy.outer", M, y)
row("numpy.tensordot", T, x, axes=([2], [0]))
row("numpy.tensordot", T, U, axes=([1, 2], [2, 1]))
row("numpy.tensordot", T, U, axes=((0, -1), (0, 1)))
row("numpy.tensordot", M, N, axes=1)
row("numpy.tensordot", M, N)
row("numpy.tensordot", x, y, axes=0)
for text, *ops in (
    ("ij,jk->ik", M, N),
    ("ij,jk", M, N),
    ("ii", M),
    ("ii->i", M),
    ("ij->", M),
    ("ij->j", M),
    ("i,i->", x, y),
    ("bij,bjk->bik", T, U),
    ("...ij,...jk->...ik", T, U),
    ("...i->...", T),
    ("ij,kl->il", M, N),
    ("i,j,k->ijk", x, y, V[0]),
    ("iij->j", np.einsum("i,j,k->ijk", x, x, y)),
    ("ii,i->", M, N[0]),
    ("...ij,jk->...ik", T, U[0]),
    ("...ii->...i", B),
    ("i...,i...->...", T, T + 1.0),
):
    row("numpy.einsum", *ops, subscripts=text)
row("numpy.cross", M[0], N[0])
row("numpy.cross", M, N[0])
for keywords in (
    {},
    {"axis": 1},
    {"axis": 1, "keepdims": True},
    {"axis": (0, 1)},
    {"axis": 0, "ord": 1},
    {"axis": 0, "ord": 3},
    {"axis": 1, "ord": np.inf},
    {"axis": 1, "ord": -np.inf},
    {"ord": 1},
    {"ord": np.inf},
    {"ord": "fro"},
    {"ord": -1},
    {"axis": (1, 0), "ord": 1},
):
    row("numpy.linalg.norm", M, **keywords)
for keywords in ({}, {"ord": 1}, {"ord": 2}, {"ord": 3.5}, {"ord": np.inf}):
    row("numpy.linalg.norm", x, **keywords)
row("numpy.linalg.norm", Z)
row("numpy.linalg.norm", T)
for a in (M, B):
    row("numpy.linalg.det", a)
    row("numpy.linalg.slogdet", a)
    row("numpy.linalg.inv", a)
row("numpy.linalg.det", np.array([[1.0, 2.0], [2.0, 4.0]]))
row("numpy.linalg.det", np.zeros((2, 2)))
row("numpy.linalg.cholesky", S)
row("numpy.linalg.cholesky", np.stack((S, 2.0 * S)))
row("numpy.linalg.eigh", S)
row("numpy.linalg.eigh", np.stack((S, S + np.diag([1.0, 2.0, 5.0]))))
for a, b in ((M, N), (M, N[0]), (B, B + 1.0), (B, N[0]), (B, N), (M, B)):
    row("numpy.linalg.solve", a, b)

_R = "sourcead.runtime."
row(_R + "safe_divide", x, y)
row(_R + "safe_divide", 0.3, 0.7)
row(_R + "safe_multiply", x, y)
row(_R + "safe_power", x, y)
row(_R + "safe_log", x)
row(_R + "safe_subtract", x, y)
row(_R + "sinc_derivative", np.array([0.0, 1e-4, 0.7, 3.3]), n=1)
row(_R + "sinc_derivative", np.array([0.0, 1e-4, 0.7, 1.3, 3.3]), n=2)
row(_R + "polygamma", np.array([0.3, 2.2, -1.4]), n=0)
row(_R + "polygamma", 4.4, n=2)
row(_R + "unbroadcast", T, V, wrt=(0,))
row(_R + "accumulate", 0.3, 0.7)
for name in ("exp", "expm1", "log", "log1p", "tanh"):
    row(_R + name, 0.7)
for name in ("maximum", "minimum"):
    row(_R + name, 0.3, 0.7)
row(_R + "select", True, 0.3, 0.7)
row(_R + "select", False, 0.3, 0.7)
row(
    _R + "add_along_axis", T[0], np.array([[0, 0], [1, 2], [3, 3]]), r.normal(size=(3, 2)), axis=1, wrt=(0, 2)
)
for reverse in (False, True):
    row(_R + "linear_scan", T, T + 0.5, axis=1, reverse=reverse)
row(_R + "shift", T, axis=1, step=1)
row(_R + "shift", T, axis=2, step=-1)
row(_R + "product_before", T, axis=1)
row(_R + "cofactors", M)
row(_R + "cofactors", B)
row(_R + "cofactors", np.array([[1.0, 2.0], [2.0, 4.0]]))
row(_R + "cofactors_along", M, N, wrt=(1,))
