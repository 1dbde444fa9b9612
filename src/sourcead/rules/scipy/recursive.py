"""Recursive filters of scipy.signal, and the linear filters that are their own transposes or nearly so.

`lfilter` divides the convolution with b by the one with a:  a * y = b * x.  Hence

    dy = (b * dx + db * x - da * y) / a

and each term is an lfilter again.  The transpose of an lfilter runs backward in time:

    x_bar = flip(lfilter(b, a, flip(y_bar)))
    u = flip(lfilter([1], a, flip(y_bar)))
    b_bar[k] = sum_n u[n] x[n - k],   a_bar[k] = -sum_n u[n] y[n - k]

(Forgione and Piga, "dynoNet", 2021, has the same for a filter's coefficients.)
"""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.signal as signal

from ...ir.types import Array, is_complex
from ...runtime import fit, lagged_products
from ..composites import composite, not_covered
from ..counting import uncounted
from ..infer import array_of, axis_of, dims_of, dtype_of, need_rank, promoted
from ..registry import TypeRefusal, jvp, primitive, vjp
from ..shapes import linear


def _lfilter(types, attrs):
    b, a, x = map(array_of, types)
    if b.ndim > 1 or a.ndim > 1 or x.ndim == 0:
        raise TypeRefusal("scipy.signal.lfilter takes coefficients with one axis and data with at least one")
    axis_of(attrs["axis"], x.ndim)
    return Array(promoted_filter(types), x.shape)


def promoted_filter(types):
    dtype = promoted(list(types))
    return dtype if np.dtype(dtype).kind in "fc" else "float64"


primitive(
    "scipy.signal.lfilter",
    "b a x",
    _lfilter,
    keywords={"axis": -1, "zi": None},
    fixed="zi",
    may_raise=True,
    cost=lambda operands, out, attrs: 2 * sum(p[0] if p else 1 for p in operands[:2]) * prod(out),
)


def backward(b, a, g, axis):
    """The transpose of lfilter(b, a, ...)."""
    return np.flip(signal.lfilter(b, a, np.flip(g, axis), axis=axis), axis)


def lagged(u, x, like, axis):
    return lagged_products(u, x, like, axis=axis) if like.ndim else np.sum(u * x)


@jvp("scipy.signal.lfilter")
def _(b, a, x, y, b_dot, *, axis):
    return signal.lfilter(b_dot, a, x, axis=axis)


@jvp("scipy.signal.lfilter", 1)
def _(b, a, x, y, a_dot, *, axis):
    return -signal.lfilter(a_dot, a, y, axis=axis)


@jvp("scipy.signal.lfilter", 2)
def _(b, a, x, y, x_dot, *, axis):
    return signal.lfilter(b, a, x_dot, axis=axis)


@vjp("scipy.signal.lfilter")
def _(b, a, x, y, y_bar, *, axis):
    return lagged(backward([1.0], a, y_bar, axis), x, b, axis)


@vjp("scipy.signal.lfilter", 1)
def _(b, a, x, y, y_bar, *, axis):
    return -lagged(backward([1.0], a, y_bar, axis), y, a, axis)


@vjp("scipy.signal.lfilter", 2)
def _(b, a, x, y, y_bar, *, axis):
    return backward(b, a, y_bar, axis)


def _lagged(types, attrs):
    return Array(promoted(types[:2]), array_of(types[2]).shape)


primitive(
    "sourcead.runtime.lagged_products",
    "u x like",
    _lagged,
    keywords={"axis": -1},
    cost=lambda operands, out, attrs: 2 * prod(operands[0]) * operands[2][0],
)


@jvp("sourcead.runtime.lagged_products")
def _(u, x, like, y, u_dot, *, axis):
    return lagged_products(u_dot, x, like, axis=axis)


@jvp("sourcead.runtime.lagged_products", 1)
def _(u, x, like, y, x_dot, *, axis):
    return lagged_products(u, x_dot, like, axis=axis)


@vjp("sourcead.runtime.lagged_products")
def _(u, x, like, y, y_bar, *, axis):
    return signal.lfilter(y_bar, [1.0], x, axis=axis)


@vjp("sourcead.runtime.lagged_products", 1)
def _(u, x, like, y, y_bar, *, axis):
    return backward(y_bar, [1.0], u, axis)


jvp("sourcead.runtime.lagged_products", 2)(None)
vjp("sourcead.runtime.lagged_products", 2)(None)


@composite("scipy.signal.lfilter", unless=lambda types, options: "zi" not in options)
def lfilter(b, a, x, axis=-1, zi=None):
    if zi is None:
        return signal.lfilter(b, a, x, axis=axis)
    # the state enters the recursion as what y would be without input: zi * a[0], divided by a
    b, a = np.asarray(b), np.asarray(a)
    order = max(len(a), len(b)) - 1
    x, zi = np.moveaxis(x, axis, -1), np.moveaxis(zi, axis, -1)
    n = x.shape[-1]
    y = signal.lfilter(b, a, x) + signal.lfilter(a[:1], a, fit(zi, n))
    # what is still to come out of it is the final state
    rest = signal.lfilter(b, [1.0], fit(x, n + order)) - signal.lfilter(a, [1.0], fit(y, n + order))
    zf = rest[..., n:] / a[0] + fit(zi, n + order)[..., n:]
    return np.moveaxis(y, -1, axis), np.moveaxis(zf, -1, axis)


def resting(b, a):
    """The state in which a filter with a[0] = 1 has settled under a constant input of 1 (`lfilter_zi`): the
    sums of the recursion z[k] = z[k + 1] + b[k + 1] - a[k + 1] y that the states then obey."""
    drive = b[1:] - a[1:] * b[0]
    level = np.sum(drive) / np.sum(a)
    return level * np.cumsum(a)[:-1] - np.concatenate((np.zeros(1), np.cumsum(drive)[:-1]))


def settled(b, a, zi, x):
    """lfilter from the state in which a constant input of the first value of x has settled."""
    return signal.lfilter(b, a, x) + signal.lfilter([1.0], a, fit(zi * x[..., :1], x.shape[-1]))


@composite("scipy.signal.filtfilt")
def filtfilt(b, a, x, axis=-1, padtype="odd", padlen=None, method="pad", irlen=None):
    if method != "pad":
        not_covered("method= is covered as 'pad'")
    if padtype not in ("odd", "even", "constant", None):
        not_covered("padtype= is 'odd', 'even', 'constant' or None")
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    order = max(len(a), len(b))
    b, a = fit(b, order) / a[0], fit(a, order) / a[0]
    x = np.moveaxis(x, axis, -1)
    if padtype is None:
        edge = 0
    elif padlen is None:
        edge = 3 * order
    else:
        edge = padlen
    if edge >= x.shape[-1]:
        raise ValueError("The length of the input vector x must be greater than padlen.")
    first, last = x[..., :1], x[..., -1:]
    left, right = x[..., edge:0:-1], x[..., ::-1][..., 1 : edge + 1]
    if padtype == "odd":
        x = np.concatenate((2.0 * first - left, x, 2.0 * last - right), axis=-1)
    elif padtype == "even":
        x = np.concatenate((left, x, right), axis=-1)
    elif padtype == "constant":
        x = np.concatenate((first + 0.0 * left, x, last + 0.0 * right), axis=-1)
    zi = resting(b, a)
    y = settled(b, a, zi, x)
    y = settled(b, a, zi, y[..., ::-1])[..., ::-1]
    return np.moveaxis(y[..., edge : y.shape[-1] - edge], -1, axis)


@composite("scipy.signal.sosfilt")
def sosfilt(sos, x, axis=-1, *, zi=None):
    if zi is not None:
        not_covered("zi= is covered for scipy.signal.lfilter alone")
    sections = np.asarray(sos)
    if np.any(sections[:, 3] != 1.0):
        raise ValueError("sos[:, 3] should be all ones")
    y = x
    for k in range(len(sections)):
        y = signal.lfilter(sections[k, :3], np.append(1.0, sections[k, 4:]), y, axis=axis)
    return y


# -- the analytic signal ---------------------------------------------------------------------------------
def _hilbert(types, attrs):
    x = need_rank(types[0], 1, "the operand of scipy.signal.hilbert")
    if is_complex(x):
        raise TypeRefusal("scipy.signal.hilbert takes real data")
    axis = axis_of(attrs["axis"], x.ndim)
    d = x.shape[axis] if len(types) < 2 or not hasattr(types[1], "dtype") else dims_of(types[1])[0]
    dtype = dtype_of("scipy.signal.hilbert", types[:1], {"axis": axis}).dtype
    return Array(dtype, tuple(d if i == axis else n for i, n in enumerate(x.shape)))


primitive(
    "scipy.signal.hilbert",
    "x N",
    _hilbert,
    keywords={"axis": -1},
    may_raise=True,
    cost=uncounted,
)


@jvp("scipy.signal.hilbert")
def _(x, N, y, x_dot, *, axis):
    return signal.hilbert(x_dot, N, axis=axis)


@vjp("scipy.signal.hilbert")
def _(x, N, y, y_bar, *, axis):
    # y = x + i H x with H antisymmetric, so that Re(y_bar (x_dot + i H x_dot)) has H of the imaginary part
    g = np.real(y_bar) + np.imag(signal.hilbert(np.imag(y_bar), axis=axis))
    return g if N is None else fit(g, x.shape[axis], axis=axis)


# -- an orthogonal projection ----------------------------------------------------------------------------
def _detrend(types, attrs):
    x = need_rank(types[0], 1, "the operand of scipy.signal.detrend")
    axis_of(attrs["axis"], x.ndim)
    if attrs["type"] not in ("linear", "l", "constant", "c"):
        raise TypeRefusal(f"type={attrs['type']!r} is not 'linear' or 'constant'")
    return Array(x.dtype if np.dtype(x.dtype).kind in "fc" else "float64", x.shape)


primitive(
    "scipy.signal.detrend",
    "data",
    _detrend,
    keywords={"axis": -1, "type": "linear", "bp": 0, "overwrite_data": False},
    fixed="overwrite_data",
    may_raise=True,
    cost=uncounted,
)


def detrended(data, y, g, *, axis, type, bp):
    return signal.detrend(g, axis=axis, type=type, bp=bp)


linear("scipy.signal.detrend", detrended, detrended)
