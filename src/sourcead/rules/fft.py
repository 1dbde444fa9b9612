"""Fourier transforms: numpy.fft, and the rules that scipy.fft shares.

A transform is y = F a with a symmetric matrix F, and the pairing of adjoints is without conjugation, so that
the adjoint of `fft` is `fft` again.  The real transforms keep half of a Hermitian spectrum:

    rfft    the first n // 2 + 1 rows of F:  the adjoint is F applied to y_bar with zeros behind it
    irfft   the mirror images are implied:   the adjoint is the first half of F^-1 y_bar, in which all that
                                             has a mirror image counts twice (`double_inner`)

`n` and `s` cut the operand, or put zeros behind it, before the transform: the adjoint does so behind it.
"""

from __future__ import annotations

from math import prod

import numpy as np

from ..ir.types import Array, Opaque, const_dim, new_dim
from ..runtime import double_inner, fit, scale_at
from .infer import axes_of, axis_of, dims_of, dtype_of, need_rank
from .registry import TypeRefusal, jvp, primitive, static, vjp
from .shapes import linear

REVERSED = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


@static
def other_way(norm):
    """The normalisation that the inverse transform calls by this name."""
    return REVERSED[norm]


@static
def last_of(axes):
    """The axis that a real transform halves."""
    return -1 if axes is None else axes[-1]


def _missing(types, n):
    return len(types) <= n or (isinstance(types[n], Opaque) and types[n].what == "NoneType")


def _halved(d):
    return const_dim(d.offset // 2 + 1) if d.symbol is None else new_dim()


def _mirrored(d):
    return const_dim(2 * (d.offset - 1)) if d.symbol is None else new_dim()


def _norm(attrs):
    if attrs.get("norm") not in REVERSED:
        raise TypeRefusal(f"norm={attrs['norm']!r} is not one of 'backward', 'ortho', 'forward'")


def transform(key: str, kind: str = ""):
    """The type rule of a transform along one axis.  kind: "half" from real numbers, "whole" to them."""

    def infer(types, attrs):
        a = need_rank(types[0], 1, f"the operand of {key}")
        _norm(attrs)
        axis = axis_of(attrs["axis"], a.ndim)
        if _missing(types, 1):
            d = _mirrored(a.shape[axis]) if kind == "whole" else a.shape[axis]
        else:
            d = dims_of(types[1])[0]
        dtype = dtype_of(key, types[:1], {"n": 2, "axis": axis}).dtype
        out = _halved(d) if kind == "half" else d
        return Array(dtype, tuple(out if i == axis else n for i, n in enumerate(a.shape)))

    return infer


def transform_n(key: str, kind: str = ""):
    """The type rule of a transform along several axes."""

    def infer(types, attrs):
        a = need_rank(types[0], 1, f"the operand of {key}")
        _norm(attrs)
        named = attrs["axes"]
        lengths = () if _missing(types, 1) else dims_of(types[1])
        if named is None and lengths:
            named = tuple(range(-len(lengths), 0))
        axes = axes_of(named, a.ndim)
        if lengths and len(lengths) != len(axes):
            raise TypeRefusal("s= and axes= must be of one length")
        if not axes:
            raise TypeRefusal("a transform along no axis is not covered")
        shape = list(a.shape)
        if _missing(types, 1):
            if kind == "whole":
                shape[axes[-1]] = _mirrored(shape[axes[-1]])
        else:
            for i, d in zip(axes, lengths):
                shape[i] = new_dim() if d.symbol is None and d.offset < 0 else d
        if kind == "half":
            shape[axes[-1]] = _halved(shape[axes[-1]])
        dtype = dtype_of(key, types[:1], {"s": (2,) * len(axes), "axes": axes}).dtype
        return Array(dtype, tuple(shape))

    return infer


def cost(kind: str = ""):
    """The highest term of the usual count, 5 N log2(n) for N numbers along axes of n places, and half
    of it for real ones (Frigo and Johnson, "The design and implementation of FFTW3", 2005)."""

    def formula(operands, out, attrs):
        from sympy import Rational, log

        shape = operands[0] if kind == "half" else out
        axes = attrs["axes"] if "axes" in attrs else attrs.get("axis", -1)
        axes = range(len(shape)) if axes is None else (axes,) if isinstance(axes, int) else axes
        count = 5 * prod(shape) * log(prod(shape[i] for i in axes), 2)
        return count * Rational(1, 2) if kind else count

    return formula


@static
def named_axes(axes, ndim, count):
    """The axes of a transform, as a tuple; without a name the last ones."""
    return tuple(range(ndim - count, ndim)) if axes is None else tuple(axes)


def axes_along(a, s, axes):
    return named_axes(axes, a.ndim, a.ndim if s is None else len(s))


def fit_like(g, a, axes):
    """g in the lengths that a has along the axes."""
    for axis in axes:
        g = fit(g, a.shape[axis], axis=axis)
    return g


def lengths(a, s, axes):
    """The lengths of a real transform of a."""
    return tuple([a.shape[axis] for axis in axes]) if s is None else s


def along_one(m, name: str, keywords: dict) -> None:
    """The rules of one module's transforms along one axis; m: the module, under its name."""
    for f in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
        kind = {"rfft": "half", "ihfft": "half", "irfft": "whole", "hfft": "whole"}.get(f, "")
        key = f"{name}.{f}"
        words = {"axis": -1, "norm": None, **keywords}
        primitive(
            key,
            PARAMS[name][0],
            transform(key, kind),
            keywords=words,
            fixed=FIXED,
            may_raise=True,
            cost=cost(kind),
        )
    one_complex(f"{name}.fft", m.fft)
    one_complex(f"{name}.ifft", m.ifft)
    one_half(f"{name}.rfft", m.rfft, m.fft)
    one_half(f"{name}.ihfft", m.ihfft, m.ifft)
    one_whole(f"{name}.irfft", m.irfft, m.ihfft)
    one_whole(f"{name}.hfft", m.hfft, m.rfft)


PARAMS = {"numpy.fft": ("a n", "a s"), "scipy.fft": ("x n", "x s")}
FIXED = "out overwrite_x plan"


def one_complex(key, f):
    @jvp(key)
    def _(a, n, y, a_dot, *, axis, norm):
        return f(a_dot, n, axis=axis, norm=norm)

    @vjp(key)
    def _(a, n, y, y_bar, *, axis, norm):
        g = f(y_bar, axis=axis, norm=norm)
        return g if n is None else fit(g, a.shape[axis], axis=axis)


def one_half(key, f, back):
    @jvp(key)
    def _(a, n, y, a_dot, *, axis, norm):
        return f(a_dot, n, axis=axis, norm=norm)

    @vjp(key)
    def _(a, n, y, y_bar, *, axis, norm):
        if n is None:
            return np.real(back(y_bar, a.shape[axis], axis=axis, norm=norm))
        return fit(np.real(back(y_bar, n, axis=axis, norm=norm)), a.shape[axis], axis=axis)


def one_whole(key, f, back):
    @jvp(key)
    def _(a, n, y, a_dot, *, axis, norm):
        return f(a_dot, n, axis=axis, norm=norm)

    @vjp(key)
    def _(a, n, y, y_bar, *, axis, norm):
        g = double_inner(back(y_bar, axis=axis, norm=norm), y.shape[axis], axis=axis)
        return g if n is None else fit(g, a.shape[axis], axis=axis)


def along_several(m, name: str, keywords: dict, hermitian: bool = False) -> None:
    """The rules of one module's transforms along several axes."""
    for n, axes in (("2", (-2, -1)), ("n", None)):
        words = {"axes": axes, "norm": None, **keywords}
        for f in ("fft", "ifft", "rfft", "irfft", *(("hfft", "ihfft") if hermitian else ())):
            kind = {"rfft": "half", "ihfft": "half", "irfft": "whole", "hfft": "whole"}.get(f, "")
            key = f"{name}.{f}{n}"
            primitive(
                key,
                PARAMS[name][1],
                transform_n(key, kind),
                keywords=words,
                fixed=FIXED,
                may_raise=True,
                cost=cost(kind),
            )
        several_complex(f"{name}.fft{n}", getattr(m, f"fft{n}"))
        several_complex(f"{name}.ifft{n}", getattr(m, f"ifft{n}"))
        several_half(f"{name}.rfft{n}", getattr(m, f"rfft{n}"), m.fftn)
        several_whole(f"{name}.irfft{n}", getattr(m, f"irfft{n}"), m.rfftn)
        if hermitian:
            several_half(f"{name}.ihfft{n}", getattr(m, f"ihfft{n}"), m.ifftn)
            several_whole(f"{name}.hfft{n}", getattr(m, f"hfft{n}"), m.rfftn, conjugated=False)


def several_complex(key, f):
    @jvp(key)
    def _(a, s, y, a_dot, *, axes, norm):
        return f(a_dot, s, axes=axes, norm=norm)

    @vjp(key)
    def _(a, s, y, y_bar, *, axes, norm):
        if s is None:
            return f(y_bar, axes=axes, norm=norm)
        along = axes_along(a, s, axes)
        return fit_like(f(y_bar, axes=along, norm=norm), a, along)


def several_half(key, f, back):
    @jvp(key)
    def _(a, s, y, a_dot, *, axes, norm):
        return f(a_dot, s, axes=axes, norm=norm)

    @vjp(key)
    def _(a, s, y, y_bar, *, axes, norm):
        along = axes_along(a, s, axes)
        g = np.real(back(y_bar, lengths(a, s, along), axes=along, norm=norm))
        return g if s is None else fit_like(g, a, along)


def several_whole(key, f, back, conjugated=True):
    @jvp(key)
    def _(a, s, y, a_dot, *, axes, norm):
        return f(a_dot, s, axes=axes, norm=norm)

    @vjp(key)
    def _(a, s, y, y_bar, *, axes, norm):
        along = axes if s is None else axes_along(a, s, axes)
        last = last_of(along)
        if conjugated:
            g = np.conj(back(y_bar, axes=along, norm=other_way(norm)))
        else:
            g = back(y_bar, axes=along, norm=norm)
        g = double_inner(g, y.shape[last], axis=last)
        return g if s is None else fit_like(g, a, along)


def _shifted(types, attrs):
    a = need_rank(types[0], 0, "the operand of fftshift")
    axes_of(attrs["axes"], a.ndim)
    return Array(a.dtype, a.shape)


def shifts(m, name: str) -> None:
    for f, inverse in (("fftshift", "ifftshift"), ("ifftshift", "fftshift")):
        primitive(f"{name}.{f}", "x", _shifted, keywords={"axes": None}, cost=_free)
        one_shift(f"{name}.{f}", getattr(m, f), getattr(m, inverse))


def _free(operands, out, attrs):
    return 0


def one_shift(key, f, inverse):
    linear(
        key,
        lambda x, y, x_dot, *, axes: f(x_dot, axes=axes),
        lambda x, y, y_bar, *, axes: inverse(y_bar, axes=axes),
    )


def _frequencies(half):
    def infer(types, attrs):
        d = dims_of(types[0])[0]
        if len(types) > 1 and need_rank(types[1], 0, "the spacing").ndim:
            raise TypeRefusal("the spacing of the samples is one number")
        return Array("float64", (_halved(d) if half else d,))

    return infer


def frequencies(name: str, keywords: dict) -> None:
    for f in ("fftfreq", "rfftfreq"):
        key = f"{name}.{f}"
        primitive(
            key, "n d", _frequencies(f == "rfftfreq"), keywords=keywords, fixed="device xp", may_raise=True
        )

        @jvp(key, 1)
        def _(n, d, y, d_dot):
            return -y * (d_dot / d)

        @vjp(key, 1)
        def _(n, d, y, y_bar):
            return -np.sum(y_bar * y) / d


along_one(np.fft, "numpy.fft", {"out": None})
along_several(np.fft, "numpy.fft", {"out": None})
shifts(np.fft, "numpy.fft")
frequencies("numpy.fft", {"device": None})


# -- the run-time helpers
def _fit(types, attrs):
    a = need_rank(types[0], 1, "the operand of fit")
    axis = axis_of(attrs["axis"], a.ndim)
    d = dims_of(types[1])[0]
    return Array(a.dtype, tuple(d if i == axis else n for i, n in enumerate(a.shape)))


def _same(types, attrs):
    return Array(types[0].dtype, types[0].shape)


primitive("sourcead.runtime.fit", "x n", _fit, keywords={"axis": -1}, cost=_free)
linear(
    "sourcead.runtime.fit",
    lambda x, n, y, x_dot, *, axis: fit(x_dot, n, axis=axis),
    lambda x, n, y, y_bar, *, axis: fit(y_bar, x.shape[axis], axis=axis),
)
primitive("sourcead.runtime.double_inner", "x n", _same, keywords={"axis": -1}, cost=lambda o, y, a: prod(y))
linear(
    "sourcead.runtime.double_inner",
    lambda x, n, y, x_dot, *, axis: double_inner(x_dot, n, axis=axis),
    lambda x, n, y, y_bar, *, axis: double_inner(y_bar, n, axis=axis),
)


def scaled_like(x, factor, y, g, *, places, axis):
    return scale_at(g, factor, places=places, axis=axis)


primitive(
    "sourcead.runtime.scale_at",
    "x factor",
    _same,
    keywords={"places": (0,), "axis": -1},
    cost=lambda o, y, a: 0,
)
linear("sourcead.runtime.scale_at", scaled_like, scaled_like)
