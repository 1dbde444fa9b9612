"""What the rules of linear algebra share: type rules of square matrices, and small pieces of formulas.

A stack of matrices has them in its last two axes.  Formulas for complex matrices are written for the gradient
G with the pairing Re tr(G^H dA); the adjoint, whose pairing has no conjugation, is its conjugate: rules take
`conj(y_bar)` and give back the conjugate of what they find.  Of real matrices nothing of that remains.
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, dtype_kind
from ..runtime import safe_divide
from ..runtime_matrices import solve_or_nan
from .contractions import meet, turned
from .infer import need_rank
from .registry import TypeRefusal


def real_or_complex(dtype: str) -> str:
    """The dtype that LAPACK works in: whole numbers become float64."""
    return dtype if dtype_kind(dtype) in "fc" else "float64"


def real_of(dtype: str) -> str:
    """The dtype of a norm, or a singular value."""
    return np.zeros(0, real_or_complex(dtype)).real.dtype.name


def matrix(t, what: str) -> Array:
    """A matrix or a stack of matrices."""
    a = need_rank(t, 2, f"the operand of {what}")
    if a.dtype == "float16":
        raise TypeRefusal(f"{what} takes no float16")
    return a


def square(t, what: str) -> Array:
    a = matrix(t, what)
    meet(a.shape[-2], a.shape[-1])
    return a


def one(t, what: str, is_square: bool = True) -> Array:
    """One matrix, no stack."""
    a = square(t, what) if is_square else matrix(t, what)
    if a.ndim != 2:
        raise TypeRefusal(f"stacks of matrices are not covered by {what}; take one after the other")
    return a


def scipy_record(types):
    """What SciPy returns several results in: its loop over a stack of matrices makes a list."""
    return list if types[0].ndim > 2 else None


def same_matrix(what: str, is_square: bool = True):
    """The type rule of a function whose result is like its operand."""

    def infer(types, attrs):
        a = square(types[0], what) if is_square else matrix(types[0], what)
        return Array(real_or_complex(a.dtype), a.shape)

    return infer


def conj(x):
    return np.conj(x) if np.iscomplexobj(x) else x


def daggered(a):
    """The conjugate transpose of each matrix of a stack."""
    return conj(turned(a))


def spread(g):
    """One number for each matrix of a stack, in a shape that multiplies matrices."""
    return g if np.ndim(g) == 0 else np.expand_dims(g, (-2, -1))


def column(x):
    """A vector, or a stack of vectors, as matrices of one column."""
    return np.expand_dims(x, -1)


def row(x):
    return np.expand_dims(x, -2)


def diagonal(m):
    """The diagonal of each matrix, real as it is of a Hermitian one."""
    d = np.diagonal(m) if m.ndim == 2 else np.diagonal(m, axis1=-2, axis2=-1)
    return np.real(d) if np.iscomplexobj(d) else d


def lower_half(m):
    """The lower triangle with half of the diagonal."""
    return np.tril(m) - 0.5 * m * np.eye(m.shape[-1])


def outer_half(m):
    """The upper triangle with half of the diagonal."""
    return np.triu(m) - 0.5 * m * np.eye(m.shape[-1])


def hermitian(m, lower):
    """The Hermitian (symmetric) matrix of which LAPACK reads one triangle; of the diagonal, the real part."""
    if np.iscomplexobj(m):
        half = lower_half(m) if lower else outer_half(m)
        return half + daggered(half)
    return np.tril(m) + turned(np.tril(m, k=-1)) if lower else np.triu(m) + turned(np.triu(m, k=1))


def onto_triangle(s, lower):
    """The gradient by what is read of a Hermitian matrix, from the gradient by all of it (Hermitian too)."""
    if lower:
        return np.tril(s) + daggered(np.triu(s, k=1))
    return np.triu(s) + daggered(np.tril(s, k=-1))


def right_divided(x, a):
    """x times the inverse of a."""
    return turned(solve_or_nan(turned(a), turned(x)))


def over_gaps(m, w):
    """m[i, j] / (w[j] - w[i]), and 0 on the diagonal; a pair without a gap that does not count (m[i, j] = 0)
    gives 0."""
    return off_diagonal(m, row(w) - column(w))


def off_diagonal(m, d):
    """m / d, and 0 on the diagonal, where d is 0."""
    eye = np.eye(m.shape[-1])
    return safe_divide(m * (1.0 - eye), d + eye)
