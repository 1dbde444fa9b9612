"""Functions of a matrix: expm, expm_frechet, sqrtm, logm.

For a function f of matrices, f([[A, E], [0, A]]) has the derivative of f along E in its upper right corner
(Higham, Functions of Matrices, 2008, (3.16)), and the adjoint of that derivative is the one at A^T.  So the
derivative of the derivative needs nothing new: blocks of blocks.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...ir.types import Array
from ...runtime_matrices import expect_real
from ..contractions import meet, turned
from ..matrices import one, real_or_complex, same_matrix, square
from ..registry import TypeRefusal, jvp, primitive, vjp


def blocks(a, e):
    """[[a, e], [0, a]]."""
    upper = np.concatenate((a, e), axis=-1)
    return np.concatenate((upper, np.concatenate((np.zeros_like(a), a), axis=-1)), axis=-2)


def corner(m, a):
    """The upper right block of [[a, ...], [0, a]]."""
    n = a.shape[-1]
    return m[..., :n, n:]


# -- expm
primitive("scipy.linalg.expm", "A", same_matrix("scipy.linalg.expm"), may_raise=True)


def expm_along(a, e):
    if a.ndim == 2:
        return scipy.linalg.expm_frechet(a, e, compute_expm=False)
    return corner(scipy.linalg.expm(blocks(a, e)), a)


@jvp("scipy.linalg.expm")
def _(a, y, a_dot):
    return expm_along(a, a_dot)


@vjp("scipy.linalg.expm")
def _(a, y, y_bar):
    return expm_along(turned(a), y_bar)


def _frechet(types, attrs):
    a, e = one(types[0], "expm_frechet"), one(types[1], "expm_frechet")
    for p, q in zip(a.shape, e.shape):
        meet(p, q)
    dtype = np.result_type(real_or_complex(a.dtype), real_or_complex(e.dtype), "float64").name
    out = Array(dtype, a.shape)
    return (out, out) if attrs["compute_expm"] else out


primitive(
    "scipy.linalg.expm_frechet",
    "A E",
    _frechet,
    keywords={"method": None, "compute_expm": True, "check_finite": True},
    absent=True,
    names="exp along",
    may_raise=True,
)


def second(a, e, h):
    """The second derivative of expm along e and h."""
    zero = np.zeros_like(e)
    both = np.concatenate((np.concatenate((e, zero), axis=1), np.concatenate((zero, e), axis=1)), axis=0)
    return corner(scipy.linalg.expm_frechet(blocks(a, h), both, compute_expm=False), a)


@jvp("scipy.linalg.expm_frechet")
def _(a, e, y, a_dot, *, compute_expm):
    return (expm_along(a, a_dot), second(a, e, a_dot)) if compute_expm else second(a, e, a_dot)


@jvp("scipy.linalg.expm_frechet", 1)
def _(a, e, y, e_dot, *, compute_expm):
    along = expm_along(a, e_dot)
    return (np.zeros_like(along), along) if compute_expm else along


@vjp("scipy.linalg.expm_frechet")
def _(a, e, y, y_bar, *, compute_expm):
    if not compute_expm:
        return second(turned(a), turned(e), y_bar)
    if y_bar[1] is None:
        return expm_along(turned(a), y_bar[0])
    by_along = second(turned(a), turned(e), y_bar[1])
    return by_along if y_bar[0] is None else by_along + expm_along(turned(a), y_bar[0])


@vjp("scipy.linalg.expm_frechet", 1)
def _(a, e, y, y_bar, *, compute_expm):
    if not compute_expm:
        return expm_along(turned(a), y_bar)
    return np.zeros_like(e) if y_bar[1] is None else expm_along(turned(a), y_bar[1])


# -- sqrtm, logm: whether a real matrix has a real one shows at run time; one is compiled for, and checked
def plain_function(what: str, wide: bool):
    def infer(types, attrs):
        a = square(one(types[0], what), what)
        if attrs:
            for k in ("disp", "blocksize"):
                if attrs.get(k) is not None:
                    raise TypeRefusal(f"the keyword {k}= is not covered")
        dtype = real_or_complex(a.dtype)
        return Array(np.result_type(dtype, "float64").name if wide else dtype, a.shape)

    return infer


primitive(
    "scipy.linalg.sqrtm",
    "A",
    plain_function("scipy.linalg.sqrtm", False),
    certain=expect_real,
    may_raise=True,
)


# Y Y = A:  dY Y + Y dY = dA
@jvp("scipy.linalg.sqrtm")
def _(a, y, a_dot):
    return scipy.linalg.solve_sylvester(y, y, a_dot)


@vjp("scipy.linalg.sqrtm")
def _(a, y, y_bar):
    return scipy.linalg.solve_sylvester(turned(y), turned(y), y_bar)


primitive(
    "scipy.linalg.logm", "A", plain_function("scipy.linalg.logm", True), certain=expect_real, may_raise=True
)


def logm_along(a, e):
    """The derivative of logm along e.  The block matrix is taken as complex, since it has each eigenvalue
    twice, and rounding may part the two to either side of the real axis."""
    if np.iscomplexobj(a):
        return corner(scipy.linalg.logm(blocks(a, e)), a)
    return np.real(corner(scipy.linalg.logm(blocks(a, e).astype(complex)), a))


@jvp("scipy.linalg.logm")
def _(a, y, a_dot):
    return logm_along(a, a_dot)


@vjp("scipy.linalg.logm")
def _(a, y, y_bar):
    return logm_along(turned(a), y_bar)
