"""Pseudo-inverses and least squares.

Golub and Pereyra 1973 ("The differentiation of pseudo-inverses and nonlinear least squares problems whose
variables separate", eq. 4.12), for a constant rank:

    dA+ = -A+ dA A+ + A+ A+^H dA^H (1 - A A+) + (1 - A+ A) dA^H A+^H A+
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, new_dim
from ..runtime import static_value
from .contractions import meet
from .decompositions import fewer, values_adjoint, values_tangent
from .infer import need_rank
from .matrices import column, conj, daggered, matrix, real_of, real_or_complex
from .registry import TypeRefusal, jvp, primitive, static, vjp

NUMPY_2 = int(np.__version__.split(".")[0]) >= 2
KEYWORDS = {"hermitian": False, **({"rtol": np._NoValue} if NUMPY_2 else {})}


def _pinv(types, attrs):
    a = matrix(types[0], "a pseudo-inverse")
    return Array(real_or_complex(a.dtype), (*a.shape[:-2], a.shape[-1], a.shape[-2]))


primitive("numpy.linalg.pinv", "a rcond", _pinv, keywords=KEYWORDS, fixed="hermitian", may_raise=True)


def pinv_tangent(a, y, d):
    h, p = daggered(d), daggered(y)
    first = y @ p @ h
    second = h @ p @ y
    return first - first @ a @ y - y @ d @ y + second - y @ a @ second


def pinv_adjoint(a, y, g):
    """The gradient by the matrix, from that by its pseudo-inverse."""
    h, p = daggered(g), daggered(y)
    first = h @ y @ p
    second = p @ y @ h
    return first - a @ y @ first - p @ g @ p + second - second @ y @ a


@jvp("numpy.linalg.pinv")
def _(a, rcond, y, a_dot):
    return pinv_tangent(a, y, a_dot)


@vjp("numpy.linalg.pinv")
def _(a, rcond, y, y_bar):
    return conj(pinv_adjoint(a, y, conj(y_bar)))


# -- lstsq: x = A+ b;  the residuals are there where the rank is full and there are more rows than columns
def _lstsq(types, attrs):
    a = matrix(types[0], "np.linalg.lstsq")
    b = need_rank(types[1], 1, "the right-hand side of np.linalg.lstsq")
    if a.ndim != 2 or b.ndim > 2:
        raise TypeRefusal("least squares takes one matrix, and one or two axes of right-hand sides")
    meet(a.shape[0], b.shape[0])
    dtype = np.result_type(real_or_complex(a.dtype), real_or_complex(b.dtype)).name
    return (
        Array(dtype, (a.shape[1], *b.shape[1:])),
        Array(real_of(dtype), (new_dim(),)),
        Scalar("int32", True),
        Array(real_of(dtype), (fewer(a),)),
    )


primitive(
    "numpy.linalg.lstsq",
    "a b rcond",
    _lstsq,
    keywords={} if NUMPY_2 else {"rcond": "warn"},  # printed where it is None, which is not the default
    may_raise=True,
    absent=True,
    names="x residuals rank s",
)


@static
def eps_of(dtype):
    return float(np.finfo(dtype).eps)


def inverse_for(a, rcond):
    """The pseudo-inverse with lstsq's limit of what counts as 0."""
    if rcond is not None and static_value(rcond) != -1:
        return np.linalg.pinv(a, rcond)
    if NUMPY_2:
        return np.linalg.pinv(a, rtol=None)
    return np.linalg.pinv(a, eps_of(a.dtype) * max(a.shape[0], a.shape[1]))


def residuals_along(a, b, x, known, d):
    """Twice the real part of r^H d, as far as residuals are known."""
    along = 2.0 * np.real(conj(b - a @ x) * d) if np.iscomplexobj(d) else 2.0 * (b - a @ x) * d
    return np.sum(along, axis=0, keepdims=b.ndim == 1)[: len(known)]


@jvp("numpy.linalg.lstsq")
def _(a, b, rcond, y, a_dot):
    x, known = y[0], y[1]
    p = inverse_for(a, rcond)
    h = daggered(a_dot)
    second = h @ (daggered(p) @ x)
    x_dot = p @ (daggered(p) @ (h @ (b - a @ x)) - a_dot @ x) + second - p @ (a @ second)
    return x_dot, residuals_along(a, b, x, known, -a_dot @ x), None, values_tangent(a, a_dot)


@jvp("numpy.linalg.lstsq", 1)
def _(a, b, rcond, y, b_dot):
    p = inverse_for(a, rcond)
    return p @ b_dot, residuals_along(a, b, y[0], y[1], b_dot), None, np.zeros_like(y[3])


def weighted(a, b, x, g):
    """The gradient by b of the residuals, each with its weight; g is empty where none are known."""
    if b.ndim == 1:
        return 2.0 * np.sum(g) * (b - a @ x)
    return 2.0 * (b - a @ x) * np.concatenate((g, np.zeros(b.shape[1] - len(g))))


def as_matrix(x):
    return column(x) if x.ndim == 1 else x


@vjp("numpy.linalg.lstsq")
def _(a, b, rcond, y, y_bar):
    x_bar, r_bar, _, s_bar = y_bar
    x = y[0]
    total = np.zeros_like(a)
    if x_bar is not None:
        p, g = inverse_for(a, rcond), conj(as_matrix(x_bar))
        u, r = as_matrix(x), as_matrix(b - a @ x)
        pg, px = daggered(p) @ g, daggered(p) @ u
        total = r @ daggered(p @ pg) - pg @ daggered(u) + px @ daggered(g - daggered(a) @ pg)
    if r_bar is not None:
        total = total - as_matrix(weighted(a, b, x, r_bar)) @ daggered(as_matrix(x))
    if s_bar is not None:
        total = total + values_adjoint(a, s_bar)
    return conj(total)


@vjp("numpy.linalg.lstsq", 1)
def _(a, b, rcond, y, y_bar):
    x_bar, r_bar, _, _ = y_bar
    if x_bar is None:
        return np.zeros_like(b) if r_bar is None else conj(weighted(a, b, y[0], r_bar))
    b_bar = conj(daggered(inverse_for(a, rcond)) @ conj(x_bar))
    return b_bar if r_bar is None else b_bar + conj(weighted(a, b, y[0], r_bar))


for _key, _n in (("numpy.linalg.pinv", 1), ("numpy.linalg.lstsq", 2)):
    jvp(_key, _n)(None)
    vjp(_key, _n)(None)
