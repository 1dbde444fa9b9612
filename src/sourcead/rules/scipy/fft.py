"""scipy.fft: the transforms that it shares with numpy.fft, and those of cosines and sines.

The matrices of types 1 and 4 are symmetric, and those of types 2 and 3 are each other's transposes, but for
the one entry whose frequency is 0 (for sines: the highest), and for type 1 of cosines both ends:

    type 3 = transpose(type 2) D,  D = diag(1/2, 1, 1, ...)        cosines; for sines diag(..., 1, 1/2)
    type 1 = C D,  D = diag(1, 2, ..., 2, 1),  C symmetric         cosines

With `orthogonalize` (which norm="ortho" turns on) these factors are split evenly between both sides, and the
transposes hold as they stand (Makhoul 1980; Strang, "The discrete cosine transform", 1999).
"""

from __future__ import annotations

import scipy.fft as fft

from ...ir.types import PY_INT, Array, const_dim
from ...runtime import fit, scale_at
from ..fft import REVERSED, along_one, along_several, cost, fit_like, frequencies, named_axes, shifts
from ..infer import axes_of, axis_of, dtype_of, need_rank
from ..registry import TypeRefusal, constant, primitive, static
from ..shapes import linear

_WORDS = {"overwrite_x": False, "workers": None, "plan": None}
along_one(fft, "scipy.fft", _WORDS)
along_several(fft, "scipy.fft", _WORDS, hermitian=True)
shifts(fft, "scipy.fft")
frequencies("scipy.fft", {"xp": None, "device": None})
PAIRS = {1: 1, 2: 3, 3: 2, 4: 4}


def _check(attrs):
    if attrs["norm"] not in REVERSED:
        raise TypeRefusal(f"norm={attrs['norm']!r} is not one of 'backward', 'ortho', 'forward'")
    if attrs["type"] not in PAIRS:
        raise TypeRefusal(f"type={attrs['type']!r} is not one of 1, 2, 3, 4")


def trigonometric(key):
    def infer(types, attrs):
        a = need_rank(types[0], 1, f"the operand of {key}")
        _check(attrs)
        axis, n = axis_of(attrs["axis"], a.ndim), attrs["n"]
        if not (n is None or (type(n) is int and n > 0)):
            raise TypeRefusal(f"n={n!r} is not covered")
        dtype = dtype_of(key, types, {"n": 2, "axis": axis}).dtype
        shape = tuple(const_dim(n) if i == axis and n is not None else d for i, d in enumerate(a.shape))
        return Array(dtype, shape)

    return infer


def trigonometric_n(key):
    def infer(types, attrs):
        a = need_rank(types[0], 1, f"the operand of {key}")
        _check(attrs)
        s = attrs["s"]
        if not (s is None or (isinstance(s, tuple | list) and all(type(n) is int and n > 0 for n in s))):
            raise TypeRefusal(f"s={s!r} is not covered")
        axes = axes_of(named_axes_of(a.ndim, s, attrs["axes"]), a.ndim)
        if s is not None and len(s) != len(axes):
            raise TypeRefusal("s= and axes= must be of one length")
        shape = list(a.shape)
        for i, n in zip(axes, s or ()):
            shape[i] = const_dim(n)
        dtype = dtype_of(key, types, {"s": (2,) * len(axes), "axes": axes}).dtype
        return Array(dtype, tuple(shape))

    return infer


@static
def named_axes_of(ndim, s, axes):
    axes = (axes,) if isinstance(axes, int) else axes
    return named_axes(axes, ndim, ndim if s is None else len(s))


@static
def transposed_type(type):
    return PAIRS[type]


@static
def orthogonal(norm, orthogonalize):
    return norm == "ortho" if orthogonalize is None else bool(orthogonalize)


@static
def scales(sines, inverse, type, orthogonalized):
    """The places that are scaled, by what before the transposed transform, and by what behind it."""
    if orthogonalized or type == 4 or (type == 1 and sines):
        return (), 1.0, 1.0
    if type == 1:
        return (0, -1), 2.0, 0.5
    doubled = (PAIRS[type] if inverse else type) == 2
    return (-1,) if sines else (0,), 2.0 if doubled else 1.0, 1.0 if doubled else 0.5


def scaled_along(g, factor, places, axes):
    if factor != 1.0:
        for axis in axes:
            g = scale_at(g, factor, places=places, axis=axis)
    return g


def rules_of_one(key, f, sines, inverse):
    def tangent(x, y, x_dot, *, type, n, axis, norm, orthogonalize):
        return f(x_dot, type, n, axis=axis, norm=norm, orthogonalize=orthogonalize)

    def adjoint(x, y, y_bar, *, type, n, axis, norm, orthogonalize):
        places, first, last = scales(sines, inverse, type, orthogonal(norm, orthogonalize))
        g = scaled_along(y_bar, first, places, (axis,))
        g = f(g, transposed_type(type), axis=axis, norm=norm, orthogonalize=orthogonalize)
        g = scaled_along(g, last, places, (axis,))
        return g if n is None else fit(g, x.shape[axis], axis=axis)

    linear(key, tangent, adjoint)


def rules_of_several(key, f, sines, inverse):
    def tangent(x, y, x_dot, *, type, s, axes, norm, orthogonalize):
        return f(x_dot, type, s, axes, norm=norm, orthogonalize=orthogonalize)

    def adjoint(x, y, y_bar, *, type, s, axes, norm, orthogonalize):
        places, first, last = scales(sines, inverse, type, orthogonal(norm, orthogonalize))
        along = named_axes_of(x.ndim, s, axes)
        g = scaled_along(y_bar, first, places, along)
        g = f(g, transposed_type(type), axes=along, norm=norm, orthogonalize=orthogonalize)
        g = scaled_along(g, last, places, along)
        return g if s is None else fit_like(g, x, along)

    linear(key, tangent, adjoint)


for _f in ("dct", "idct", "dst", "idst"):
    _words = {"type": 2, "n": None, "axis": -1, "norm": None, "overwrite_x": False, "workers": None}
    _key = f"scipy.fft.{_f}"
    primitive(
        _key,
        "x",
        trigonometric(_key),
        keywords={**_words, "orthogonalize": None},
        fixed="overwrite_x",
        may_raise=True,
        cost=cost("real"),
    )
    rules_of_one(_key, getattr(fft, _f), "s" in _f, _f[0] == "i")
    _words = {"type": 2, "s": None, "axes": None, "norm": None, "overwrite_x": False, "workers": None}
    primitive(
        _key + "n",
        "x",
        trigonometric_n(_key + "n"),
        keywords={**_words, "orthogonalize": None},
        fixed="overwrite_x",
        may_raise=True,
        cost=cost("real"),
    )
    rules_of_several(_key + "n", getattr(fft, _f + "n"), "s" in _f, _f[0] == "i")

primitive("scipy.fft.next_fast_len", "target", lambda types, attrs: PY_INT, keywords={"real": False})
constant("scipy.fft.next_fast_len")
