"""Eigenvalues and eigenvectors: eigh, eigvalsh, eig, eigvals.

With P = V^-1 dA V and F[i, j] = 1 / (w[j] - w[i]), 0 on the diagonal:  dw = diag P,  dV = V (F * P)
(Giles 2008, 2.3).  Eigenvectors are determined up to a factor.  Those of `eig` have length 1, and their
largest component is real (LAPACK's geev), which fixes the factor, and the rule follows it.  The phase of the
complex vectors of `eigh` has no such description; here its derivative is the one with V^H dV = 0 on the
diagonal, which is right for whatever does not depend on the phase.
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, is_complex
from .matrices import (
    column,
    conj,
    daggered,
    diagonal,
    hermitian,
    onto_triangle,
    over_gaps,
    real_of,
    real_or_complex,
    row,
    square,
)
from .registry import TypeRefusal, jvp, primitive, vjp


# -- Hermitian matrices, of which one triangle is read ----------------------------------------------------
def _values(a: Array) -> Array:
    return Array(real_of(a.dtype), a.shape[:-1])


def triangle(attrs, what):
    if attrs["UPLO"] not in ("L", "U", "l", "u"):
        raise TypeRefusal(f"UPLO={attrs['UPLO']!r} is not covered by {what}")


def _eigh(types, attrs):
    a = square(types[0], "np.linalg.eigh")
    triangle(attrs, "np.linalg.eigh")
    return _values(a), Array(real_or_complex(a.dtype), a.shape)


def _eigvalsh(types, attrs):
    triangle(attrs, "np.linalg.eigvalsh")
    return _values(square(types[0], "np.linalg.eigvalsh"))


def eigh_tangent(w, v, s):
    """The tangents of values and vectors, along a Hermitian s."""
    m = daggered(v) @ s @ v
    return diagonal(m), v @ over_gaps(m, w)


def eigh_adjoint(w, v, w_bar, v_bar):
    """The gradient by all of a Hermitian matrix; that of the values or that of the vectors may be None."""
    if v_bar is None:
        return (v * row(w_bar)) @ daggered(v)
    k = daggered(v) @ v_bar
    inner = over_gaps(0.5 * (k - daggered(k)), w)
    if w_bar is not None:
        inner = inner + row(w_bar) * np.eye(w.shape[-1])
    return v @ inner @ daggered(v)


primitive(
    "numpy.linalg.eigh",
    "a",
    _eigh,
    keywords={"UPLO": "L"},
    may_raise=True,
    absent=True,
    names="w v",
    record=type(np.linalg.eigh(np.eye(1))),
)
primitive("numpy.linalg.eigvalsh", "a", _eigvalsh, keywords={"UPLO": "L"}, may_raise=True)


@jvp("numpy.linalg.eigh")
def _(a, y, a_dot, *, UPLO):
    return eigh_tangent(y[0], y[1], hermitian(a_dot, UPLO == "L" or UPLO == "l"))


@vjp("numpy.linalg.eigh")
def _(a, y, y_bar, *, UPLO):
    w_bar, v_bar = y_bar
    s = eigh_adjoint(y[0], y[1], w_bar, None if v_bar is None else conj(v_bar))
    return conj(onto_triangle(s, UPLO == "L" or UPLO == "l"))


@jvp("numpy.linalg.eigvalsh")
def _(a, y, a_dot, *, UPLO):
    v = np.linalg.eigh(a, UPLO=UPLO)[1]
    return diagonal(daggered(v) @ hermitian(a_dot, UPLO == "L" or UPLO == "l") @ v)


@vjp("numpy.linalg.eigvalsh")
def _(a, y, y_bar, *, UPLO):
    v = np.linalg.eigh(a, UPLO=UPLO)[1]
    return conj(onto_triangle((v * row(y_bar)) @ daggered(v), UPLO == "L" or UPLO == "l"))


# -- any square matrix.  NumPy returns real arrays where all values of a real matrix are real: the type says
# complex, and the frontend refuses what would tell the two apart (`unsure`)
def complex_of(dtype: str) -> str:
    return np.result_type(real_or_complex(dtype), "complex64").name


def _eig(types, attrs):
    a = square(types[0], "np.linalg.eig")
    return Array(complex_of(a.dtype), a.shape[:-1]), Array(complex_of(a.dtype), a.shape)


def _eigvals(types, attrs):
    a = square(types[0], "np.linalg.eigvals")
    return Array(complex_of(a.dtype), a.shape[:-1])


def unsure(types):
    """Whether the dtype of the results depends on the numbers."""
    return not is_complex(types[0])


primitive(
    "numpy.linalg.eig",
    "a",
    _eig,
    may_raise=True,
    absent=True,
    unsure=unsure,
    names="w v",
    record=type(np.linalg.eig(np.eye(1))),
)
primitive("numpy.linalg.eigvals", "a", _eigvals, may_raise=True, unsure=unsure)


def surely(v, a):
    """Values or vectors as complex arrays: of a real matrix they may be real."""
    return v if np.iscomplexobj(a) else v.astype(complex)


def eig_tangent(w, v, a_dot):
    p = np.linalg.solve(v, a_dot @ v)
    v_dot = v @ over_gaps(p, w)
    w_dot = np.diagonal(p, axis1=-2, axis2=-1)
    return w_dot, v_dot - v * row(factor(v, v_dot))


def largest(v):
    """A mask of the largest component of each column."""
    return column(np.arange(v.shape[-2])) == row(np.argmax(np.abs(v), axis=-2))


def factor(v, v_dot):
    """How much of each column its tangent must lose, to keep the length 1 and the largest component real."""
    along = np.sum(np.real(conj(v) * v_dot), axis=-2)
    top = largest(v)
    turn = np.imag(np.sum(v_dot * top, axis=-2)) / np.real(np.sum(v * top, axis=-2))
    return along + 1j * turn


def eig_adjoint(w, v, w_bar, v_bar):
    """The gradient by the matrix, from those by values and vectors (one may be None)."""
    h = daggered(v)
    if v_bar is None:
        return np.linalg.solve(h, column(w_bar) * h)
    c = np.sum(conj(v) * v_bar, axis=-2)
    top = largest(v)
    x = v_bar - v * row(np.real(c)) - 1j * row(np.imag(c) / np.real(np.sum(v * top, axis=-2))) * top
    inner = over_gaps(h @ x, np.conj(w))
    if w_bar is not None:
        inner = inner + row(w_bar) * np.eye(w.shape[-1])
    return np.linalg.solve(h, inner @ h)


@jvp("numpy.linalg.eig")
def _(a, y, a_dot):
    return eig_tangent(surely(y[0], a), surely(y[1], a), a_dot)


@vjp("numpy.linalg.eig")
def _(a, y, y_bar):
    w_bar, v_bar = y_bar
    g = eig_adjoint(
        surely(y[0], a),
        surely(y[1], a),
        None if w_bar is None else np.conj(w_bar),
        None if v_bar is None else np.conj(v_bar),
    )
    return conj(g) if np.iscomplexobj(a) else np.real(g)


@jvp("numpy.linalg.eigvals")
def _(a, y, a_dot):
    v = surely(np.linalg.eig(a)[1], a)
    return np.diagonal(np.linalg.solve(v, a_dot @ v), axis1=-2, axis2=-1)


@vjp("numpy.linalg.eigvals")
def _(a, y, y_bar):
    h = daggered(surely(np.linalg.eig(a)[1], a))
    g = np.linalg.solve(h, column(np.conj(y_bar)) * h)
    return conj(g) if np.iscomplexobj(a) else np.real(g)
