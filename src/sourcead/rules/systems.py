"""Inverses and systems of linear equations: inv, solve, tensorinv, tensorsolve.

For A x = b:   x_dot = A^-1 (b_dot - A_dot x),   b_bar = A^-T x_bar,   A_bar = -b_bar x^T
(Giles 2008, "Collected matrix derivative results for forward and reverse mode AD", 2.2.3).
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array
from ..runtime import unbroadcast
from ..runtime_matrices import solve_or_nan
from .contractions import meet, turned
from .infer import array_of, broadcast_dims, need_rank
from .matrices import column, real_or_complex, row, same_matrix, square
from .registry import TypeRefusal, jvp, primitive, static, vjp

NUMPY_2 = int(np.__version__.split(".")[0]) >= 2


# -- inverses ----------------------------------------------------------------------------------------------
def inverse_tangent(a, y, a_dot):
    return -y @ a_dot @ y


def inverse_adjoint(a, y, y_bar):
    return -turned(y) @ y_bar @ turned(y)


primitive("numpy.linalg.inv", "a", same_matrix("an inverse"), may_raise=True)
jvp("numpy.linalg.inv")(inverse_tangent)
vjp("numpy.linalg.inv")(inverse_adjoint)


def _tensorinv(types, attrs):
    a, ind = need_rank(types[0], 1, "the operand of np.linalg.tensorinv"), attrs["ind"]
    if not isinstance(ind, int) or not 0 < ind <= a.ndim:
        raise TypeRefusal(f"ind={ind!r} is not covered")
    return Array(real_or_complex(a.dtype), (*a.shape[ind:], *a.shape[:ind]))


primitive("numpy.linalg.tensorinv", "a", _tensorinv, keywords={"ind": 2}, may_raise=True)


@static
def first(n):
    return tuple(range(n))


@static
def rest(n, ndim):
    return tuple(range(n, ndim))


@static
def exchanged(n, ndim):
    """The axes in the order that puts the first n last."""
    return (*range(n, ndim), *range(n))


@jvp("numpy.linalg.tensorinv")
def _(a, y, a_dot, *, ind):
    return -np.tensordot(np.tensordot(y, a_dot, axes=ind), y, axes=a.ndim - ind)


@vjp("numpy.linalg.tensorinv")
def _(a, y, y_bar, *, ind):
    other = a.ndim - ind
    left = np.tensordot(y, y_bar, axes=(first(other), first(other)))
    return -np.tensordot(left, y, axes=(rest(ind, 2 * ind), rest(other, a.ndim)))


# -- systems -----------------------------------------------------------------------------------------------
def is_vector(a, b):
    """Whether the right-hand side of np.linalg.solve is one vector (NumPy 2), or a stack of them (before)."""
    return b.ndim == 1 if NUMPY_2 else b.ndim == a.ndim - 1


def _solve(types, attrs):
    a = square(types[0], "np.linalg.solve")
    b = need_rank(types[1], 1, "the right-hand side of np.linalg.solve")
    if b.dtype == "float16":
        raise TypeRefusal("a float16 right-hand side is not covered")
    dtype = np.result_type(real_or_complex(a.dtype), real_or_complex(b.dtype)).name
    if is_vector(a, b):
        meet(a.shape[-1], b.shape[-1])
        return Array(dtype, (*broadcast_dims([a.shape[:-2], b.shape[:-1]]), b.shape[-1]))
    if b.ndim < 2:
        raise TypeRefusal("one right-hand side for a stack of matrices is not covered by this NumPy")
    meet(a.shape[-1], b.shape[-2])
    return Array(dtype, (*broadcast_dims([a.shape[:-2], b.shape[:-2]]), *b.shape[-2:]))


primitive("numpy.linalg.solve", "a b", _solve, may_raise=True)


def applied(a, x, b):
    """a @ x for the right-hand side b: a vector, or a stack of matrices."""
    return (a @ column(x)).squeeze(axis=-1) if is_vector(a, b) and a.ndim > 2 else a @ x


def solve_like(a, g, b):
    """Solve for a stack of vectors where b was one vector."""
    if is_vector(a, b) and a.ndim > 2:
        return np.squeeze(np.linalg.solve(a, column(g)), axis=-1)
    return np.linalg.solve(a, g)


@jvp("numpy.linalg.solve")
def _(a, b, y, a_dot):
    return -solve_like(a, applied(a_dot, y, b), b)


@jvp("numpy.linalg.solve", 1)
def _(a, b, y, b_dot):
    return np.linalg.solve(a, b_dot)


def product_of(b_bar, y, a, vector):
    """The adjoint of the matrix of a system, from that of its right-hand side."""
    if vector:
        return -np.outer(b_bar, y) if y.ndim == 1 else unbroadcast(-column(b_bar) * row(y), a)
    return -b_bar @ y.T if a.ndim == 2 and y.ndim == 2 else unbroadcast(-b_bar @ turned(y), a)


@vjp("numpy.linalg.solve")
def _(a, b, y, y_bar):
    return product_of(solve_like(turned(a), y_bar, b), y, a, is_vector(a, b))


@vjp("numpy.linalg.solve", 1)
def _(a, b, y, y_bar):
    b_bar = solve_like(turned(a), y_bar, b)
    return b_bar if a.ndim == 2 and b.ndim <= 2 else unbroadcast(b_bar, b)


def _solve_or_nan(types, attrs):
    a, b = map(array_of, types)
    dtype = np.result_type(a.dtype, b.dtype).name
    return Array(dtype, (*broadcast_dims([a.shape[:-2], b.shape[:-2]]), *b.shape[-2:]))


_R = "sourcead.runtime_matrices."
primitive(_R + "solve_or_nan", "a b", _solve_or_nan)


@jvp(_R + "solve_or_nan")
def _(a, b, y, a_dot):
    return -solve_or_nan(a, a_dot @ y)


@jvp(_R + "solve_or_nan", 1)
def _(a, b, y, b_dot):
    return solve_or_nan(a, b_dot)


@vjp(_R + "solve_or_nan")
def _(a, b, y, y_bar):
    return unbroadcast(-solve_or_nan(turned(a), y_bar) @ turned(y), a)


@vjp(_R + "solve_or_nan", 1)
def _(a, b, y, y_bar):
    return unbroadcast(solve_or_nan(turned(a), y_bar), b)


for _name in ("nonsingular", "expect_real"):
    primitive(
        _R + _name,
        "y",
        lambda types, attrs: types[0],
        alias=("same", 0),
        may_raise=True,
        effect=_name == "expect_real"
        and "check",  # stays where nothing needs its result: the derivative trusts it
    )
    jvp(_R + _name)(lambda x, y, x_dot: x_dot)
    vjp(_R + _name)(lambda x, y, y_bar: y_bar)


# -- tensorsolve: a system whose matrix is `a`, the axes of x last ----------------------------------------
def _tensorsolve(types, attrs):
    a = need_rank(types[0], 1, "the operand of np.linalg.tensorsolve")
    b = array_of(types[1])
    if a.ndim < b.ndim:
        raise TypeRefusal("the right-hand side has more axes than the tensor")
    axes = attrs["axes"]
    order = moved_last(tuple(axes), a.ndim) if axes is not None else tuple(range(a.ndim))
    dtype = np.result_type(real_or_complex(a.dtype), real_or_complex(b.dtype)).name
    return Array(dtype, tuple(a.shape[k] for k in order[b.ndim :]))


primitive("numpy.linalg.tensorsolve", "a b", _tensorsolve, keywords={"axes": None}, may_raise=True)


@static
def moved_last(axes, ndim):
    """The order of axes that puts the named ones last."""
    out = list(range(ndim))
    for k in axes:
        out.remove(k)
        out.append(k)
    return tuple(out)


@static
def back_again(axes, ndim):
    order = moved_last(axes, ndim)
    return tuple(order.index(k) for k in range(ndim))


def arranged(a, axes):
    return a if axes is None else np.transpose(a, moved_last(axes, a.ndim))


def adjoint_right(a, b, y_bar, axes):
    """The adjoint of b: the system of the transpose."""
    t = arranged(a, axes)
    return np.linalg.tensorsolve(np.transpose(t, exchanged(b.ndim, a.ndim)), y_bar)


@jvp("numpy.linalg.tensorsolve")
def _(a, b, y, a_dot, *, axes):
    return -np.linalg.tensorsolve(a, np.tensordot(arranged(a_dot, axes), y, axes=y.ndim), axes=axes)


@jvp("numpy.linalg.tensorsolve", 1)
def _(a, b, y, b_dot, *, axes):
    return np.linalg.tensorsolve(a, b_dot, axes=axes)


@vjp("numpy.linalg.tensorsolve")
def _(a, b, y, y_bar, *, axes):
    a_bar = -np.tensordot(adjoint_right(a, b, y_bar, axes), y, axes=0)
    return a_bar if axes is None else np.transpose(a_bar, back_again(axes, a.ndim))


@vjp("numpy.linalg.tensorsolve", 1)
def _(a, b, y, y_bar, *, axes):
    return adjoint_right(a, b, y_bar, axes)
