"""det and slogdet."""

from __future__ import annotations

import numpy as np

from ..runtime import cofactors, cofactors_along
from ..runtime_matrices import solve_or_nan
from .contractions import turned
from .infer import result
from .matrices import real_of, real_or_complex, same_matrix, spread, square
from .registry import jvp, primitive, vjp


def _det(types, attrs):
    a = square(types[0], "a determinant")
    return result(real_or_complex(a.dtype), a.shape[:-2])


primitive("sourcead.runtime.cofactors", "a", same_matrix("cofactors"))
primitive("sourcead.runtime.cofactors_along", "a h", same_matrix("cofactors"))


@jvp("sourcead.runtime.cofactors")
def _(a, y, a_dot):
    return cofactors_along(a, a_dot)


@vjp("sourcead.runtime.cofactors")
def _(a, y, y_bar):
    return cofactors_along(a, y_bar)


@jvp("sourcead.runtime.cofactors_along", 1)
def _(a, h, y, h_dot):
    return cofactors_along(a, h_dot)


@vjp("sourcead.runtime.cofactors_along", 1)
def _(a, h, y, y_bar):
    return cofactors_along(a, y_bar)


def det_tangent(a, y, a_dot):
    return np.sum(cofactors(a) * a_dot, axis=(-2, -1))


def det_adjoint(a, y, y_bar):
    return spread(y_bar) * cofactors(a)


primitive("numpy.linalg.det", "a", _det, may_raise=True)
jvp("numpy.linalg.det")(det_tangent)
vjp("numpy.linalg.det")(det_adjoint)


def _slogdet(types, attrs):
    a = square(types[0], "np.linalg.slogdet")
    return result(real_or_complex(a.dtype), a.shape[:-2]), result(real_of(a.dtype), a.shape[:-2])


primitive(
    "numpy.linalg.slogdet",
    "a",
    _slogdet,
    may_raise=True,
    absent=True,
    names="sign logdet",
    record=type(np.linalg.slogdet(np.eye(1))),
)


def inverse_turned(a):
    """The transpose of the inverse, nan where there is none."""
    eye = np.eye(a.shape[-1])
    return solve_or_nan(turned(a), eye if a.ndim == 2 else np.broadcast_to(eye, a.shape))


# det = sign * exp(logdet): d log det = tr(A^-1 dA), its real part in the modulus, the rest in the phase
@jvp("numpy.linalg.slogdet")
def _(a, y, a_dot):
    along = (
        np.trace(solve_or_nan(a, a_dot)) if a.ndim == 2 else np.sum(inverse_turned(a) * a_dot, axis=(-2, -1))
    )
    if not np.iscomplexobj(a):
        return np.zeros_like(y[0]), along
    return 1j * y[0] * np.imag(along), np.real(along)


@vjp("numpy.linalg.slogdet")
def _(a, y, y_bar):
    sign_bar, log_bar = y_bar
    if not np.iscomplexobj(a):
        return np.zeros_like(a) if log_bar is None else spread(log_bar) * inverse_turned(a)
    if sign_bar is None:
        return spread(log_bar) * inverse_turned(a)
    turn = -1j * np.real(1j * sign_bar * y[0])
    return spread(turn if log_bar is None else turn + log_bar) * inverse_turned(a)
