"""scipy.linalg.norm, as NumPy's."""

from __future__ import annotations

import numpy as np

from ...ir.types import Scalar, dtype_kind
from ..infer import array_of
from ..norms import is_matrix, norm_adjoint, norm_tangent, norm_type
from ..registry import jvp, primitive, vjp


def _norm(types, attrs):
    """BLAS and LAPACK give Python floats."""
    out, a = norm_type("scipy.linalg.norm")(types, attrs), array_of(types[0])
    if attrs["axis"] is None and not attrs["keepdims"] and dtype_kind(a.dtype) in "fc":
        order = attrs["ord"]
        if (a.ndim == 1 and order in (None, 2)) or (a.ndim == 2 and order in (1, np.inf)):
            return Scalar("float64")
    return out


primitive(
    "scipy.linalg.norm",
    "a",
    _norm,
    keywords={"ord": None, "axis": None, "keepdims": False, "check_finite": True},
    may_raise=True,
)


@jvp("scipy.linalg.norm")
def _(a, y, a_dot, *, ord, axis, keepdims):
    return norm_tangent(a, y, a_dot, ord, axis, keepdims, is_matrix(axis, a.ndim))


@vjp("scipy.linalg.norm")
def _(a, y, y_bar, *, ord, axis, keepdims):
    return norm_adjoint(a, y, y_bar, ord, axis, keepdims, is_matrix(axis, a.ndim))
