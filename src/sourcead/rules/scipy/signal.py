"""scipy.signal: convolutions and correlations of arrays of any rank.

For y = the part of the full convolution of a and v that begins at s,

    y[i]     = sum over k of v[k] a[i + s - k]
    a_bar[j] = sum over i of y_bar[i] v[i + s - j]      the full convolution of y_bar with v reversed, from
                                                        v.shape - 1 - s on

and likewise for v.  s is 0 for mode "full", (v.shape - 1) // 2 for "same", the shorter length - 1 for
"valid".  A correlation is the convolution with v reversed and conjugated.
"""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.signal as signal

from ...ir.types import Array, const_dim, new_dim
from ...runtime import extend, fold, unbroadcast
from ..guards import upto
from ..infer import array_of, axes_of, broadcast_dims, dtype_of, plus
from ..registry import TypeRefusal, jvp, primitive, static, vjp


def _operands(types, key):
    a, v = map(array_of, types)
    if a.ndim != v.ndim or a.ndim == 0:
        raise TypeRefusal(f"{key} is covered for two arrays with as many axes, one at least")
    return a, v


def _full(m, n):
    return plus(plus(m, n), const_dim(-1))


def convolution(key):
    def infer(types, attrs):
        a, v = _operands(types, key)
        mode, axes = attrs["mode"], attrs.get("axes")
        if mode not in ("full", "same", "valid"):
            raise TypeRefusal(f"mode={mode!r} is not one of 'full', 'same', 'valid'")
        along = axes_of(axes, a.ndim)
        if mode != "full" and len(along) < a.ndim:
            raise TypeRefusal("axes= that are not all of them are covered with mode='full'")
        words = {} if axes is None else {"axes": axes}
        shape = [
            (
                broadcast_dims([(m,), (n,)])[0]
                if i not in along
                else _full(m, n) if mode == "full" else m if mode == "same" else new_dim()
            )
            for i, (m, n) in enumerate(zip(a.shape, v.shape))
        ]
        return Array(dtype_of(key, types, words).dtype, tuple(shape))

    return infer


def cost(operands, out, attrs):
    """As the plain sum counts; with the Fourier transform it is less."""
    return 2 * prod(operands[0]) * prod(operands[1])


def conj(x):
    return np.conj(x) if np.iscomplexobj(x) else x


def first(m, n, mode):
    """Where in the full convolution of lengths m and n the result begins."""
    return 0 if mode == "full" else (n - 1) // 2 if mode == "same" else min(m, n) - 1


def starts(of, a, v, mode):
    """Where in the convolution of the adjoint with `of` reversed (a or v) the adjoint of the other begins."""
    return tuple([of.shape[i] - 1 - first(a.shape[i], v.shape[i], mode) for i in upto(a.ndim)])


def factor_adjoint(f, y_bar, like, of, a, v, mode):
    """The adjoint of the factor `like` (a or v) of a convolution f; `of` is the other one."""
    if mode == "full":
        return f(y_bar, np.flip(of), mode="valid")
    return extend(f(y_bar, np.flip(of)), starts(of, a, v, mode), like.shape)


def some_axes_adjoint(f, y_bar, like, of, axes):
    """For a full convolution along some axes; along the others the factors broadcast."""
    places = tuple([of.shape[i] - 1 if i in axes else 0 for i in upto(of.ndim)])
    shape = tuple([like.shape[i] if i in axes else y_bar.shape[i] for i in upto(of.ndim)])
    return unbroadcast(extend(f(y_bar, np.flip(of, axes), axes=axes), places, shape), like)


@static
def partial_axes(axes, ndim):
    """The axes that are convolved, counted from the front, where they are not all; else None."""
    along = axes_of(axes, ndim)
    return along if len(along) < ndim else None


def rules_of_convolution(key, f):
    @jvp(key)
    def _(a, v, y, a_dot, *, mode):
        return f(a_dot, v, mode=mode)

    @jvp(key, 1)
    def _(a, v, y, v_dot, *, mode):
        return f(a, v_dot, mode=mode)

    @vjp(key)
    def _(a, v, y, y_bar, *, mode):
        return factor_adjoint(f, y_bar, a, v, a, v, mode)

    @vjp(key, 1)
    def _(a, v, y, y_bar, *, mode):
        return factor_adjoint(f, y_bar, v, a, a, v, mode)


def rules_along_axes(key, f):
    @jvp(key)
    def _(a, v, y, a_dot, *, mode, axes):
        return f(a_dot, v, mode=mode, axes=axes)

    @jvp(key, 1)
    def _(a, v, y, v_dot, *, mode, axes):
        return f(a, v_dot, mode=mode, axes=axes)

    @vjp(key)
    def _(a, v, y, y_bar, *, mode, axes):
        some = partial_axes(axes, a.ndim)
        if some is not None:
            return some_axes_adjoint(f, y_bar, a, v, some)
        return factor_adjoint(f, y_bar, a, v, a, v, mode)

    @vjp(key, 1)
    def _(a, v, y, y_bar, *, mode, axes):
        some = partial_axes(axes, a.ndim)
        if some is not None:
            return some_axes_adjoint(f, y_bar, v, a, some)
        return factor_adjoint(f, y_bar, v, a, a, v, mode)


_METHOD = {"mode": "full", "method": "auto"}
_AXES = {"mode": "full", "axes": None}
for _name, _words in (("convolve", _METHOD), ("fftconvolve", _AXES), ("oaconvolve", _AXES)):
    _key = f"scipy.signal.{_name}"
    primitive(_key, "in1 in2", convolution(_key), keywords=_words, may_raise=True, cost=cost)
rules_of_convolution("scipy.signal.convolve", signal.convolve)
rules_along_axes("scipy.signal.fftconvolve", signal.fftconvolve)
rules_along_axes("scipy.signal.oaconvolve", signal.oaconvolve)

primitive(
    "scipy.signal.correlate",
    "in1 in2",
    convolution("scipy.signal.correlate"),
    keywords=_METHOD,
    may_raise=True,
    cost=cost,
)


@jvp("scipy.signal.correlate")
def _(a, v, y, a_dot, *, mode):
    return signal.correlate(a_dot, v, mode=mode)


@jvp("scipy.signal.correlate", 1)
def _(a, v, y, v_dot, *, mode):
    return signal.correlate(a, v_dot, mode=mode)


@vjp("scipy.signal.correlate")
def _(a, v, y, y_bar, *, mode):
    if mode == "full":
        return signal.convolve(y_bar, conj(v), mode="valid")
    return extend(signal.convolve(y_bar, conj(v)), starts(v, a, v, mode), a.shape)


@vjp("scipy.signal.correlate", 1)
def _(a, v, y, y_bar, *, mode):
    return np.flip(conj(factor_adjoint(signal.convolve, y_bar, v, a, a, v, mode)))


# -- two axes, with a boundary ---------------------------------------------------------------------------
BEYOND = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}


def _plane(key):
    def infer(types, attrs):
        a, v = _operands(types, key)
        if a.ndim != 2:
            raise TypeRefusal(f"{key} takes two arrays with two axes")
        mode = attrs["mode"]
        if mode not in ("full", "same", "valid") or attrs["boundary"] not in BEYOND:
            raise TypeRefusal(f"mode={mode!r}, boundary={attrs['boundary']!r} is not covered")
        if not isinstance(attrs["fillvalue"], int | float):
            raise TypeRefusal("fillvalue= is covered as a number")
        shape = [
            _full(m, n) if mode == "full" else m if mode == "same" else new_dim()
            for m, n in zip(a.shape, v.shape)
        ]
        return Array(dtype_of(key, types).dtype, tuple(shape))

    return infer


_PLANE = {"mode": "full", "boundary": "fill", "fillvalue": 0}
for _name in ("convolve2d", "correlate2d"):
    _key = f"scipy.signal.{_name}"
    primitive(_key, "in1 in2", _plane(_key), keywords=_PLANE, may_raise=True, cost=cost)


@static
def beyond(mode, boundary):
    """How the first operand goes on beyond its edges, by np.pad's name; nothing of it is read for "valid"."""
    return "constant" if mode == "valid" else BEYOND[boundary]


def plane_start(a, v, i, mode, correlated):
    """Where the result begins in the full one, along axis i."""
    return v.shape[i] // 2 if correlated and mode == "same" else first(a.shape[i], v.shape[i], mode)


def image_adjoint(y_bar, a, w, mode, boundary, correlated):
    """The adjoint of a in the convolution with w, beyond the edges of a too, folded back onto a."""
    full = signal.convolve2d(y_bar, w[::-1, ::-1])
    begin = tuple([plane_start(a, w, i, mode, correlated) - w.shape[i] + 1 for i in upto(2)])
    return fold(full, begin, a.shape, mode=beyond(mode, boundary))


def kernel_adjoint(y_bar, a, w, mode, boundary, fillvalue, correlated):
    """The adjoint of w in the convolution of a with w."""
    begin = tuple([plane_start(a, w, i, mode, correlated) - w.shape[i] + 1 for i in upto(2)])
    size = tuple([y_bar.shape[i] + w.shape[i] - 1 for i in upto(2)])
    if boundary == "fill" and fillvalue != 0:
        around = extend(a - fillvalue, begin, size) + fillvalue
    else:
        around = extend(a, begin, size, mode=beyond(mode, boundary))
    return signal.correlate2d(around, conj(y_bar), mode="valid")[::-1, ::-1]


@jvp("scipy.signal.convolve2d")
def _(a, v, y, a_dot, *, mode, boundary):
    return signal.convolve2d(a_dot, v, mode=mode, boundary=boundary)


@jvp("scipy.signal.convolve2d", 1)
def _(a, v, y, v_dot, *, mode, boundary, fillvalue):
    return signal.convolve2d(a, v_dot, mode=mode, boundary=boundary, fillvalue=fillvalue)


@vjp("scipy.signal.convolve2d")
def _(a, v, y, y_bar, *, mode, boundary):
    return image_adjoint(y_bar, a, v, mode, boundary, False)


@vjp("scipy.signal.convolve2d", 1)
def _(a, v, y, y_bar, *, mode, boundary, fillvalue):
    return kernel_adjoint(y_bar, a, v, mode, boundary, fillvalue, False)


@jvp("scipy.signal.correlate2d")
def _(a, v, y, a_dot, *, mode, boundary):
    return signal.correlate2d(a_dot, v, mode=mode, boundary=boundary)


@jvp("scipy.signal.correlate2d", 1)
def _(a, v, y, v_dot, *, mode, boundary, fillvalue):
    return signal.correlate2d(a, v_dot, mode=mode, boundary=boundary, fillvalue=fillvalue)


@vjp("scipy.signal.correlate2d")
def _(a, v, y, y_bar, *, mode, boundary):
    return image_adjoint(y_bar, a, conj(v)[::-1, ::-1], mode, boundary, True)


@vjp("scipy.signal.correlate2d", 1)
def _(a, v, y, y_bar, *, mode, boundary, fillvalue):
    return conj(kernel_adjoint(y_bar, a, v, mode, boundary, fillvalue, True))[::-1, ::-1]
