"""Windows, power spectra and polynomial smoothing of scipy.signal."""

from __future__ import annotations

import inspect
from math import prod

import numpy as np
import scipy.signal as signal

from ...ir.types import Array, dtype_kind
from ...runtime import double_inner, extend, filter_transposed, fit, fold_windows
from ..composites import composite, not_covered
from ..counting import uncounted
from ..infer import axis_of, dims_of, need_rank
from ..registry import TypeRefusal, constant, primitive, static
from ..shapes import linear
from .ndimage import MODES


# -- windows: their lengths may show at run time only, all that shapes them is known when compiling ------
def _window(n):
    def infer(types, attrs):
        return Array("float64", dims_of(types[n]), True)

    return infer


def _words(f):
    """The keywords of a window behind its length, and those of them that must keep their defaults."""
    given = list(inspect.signature(f).parameters.values())[1:]
    words = {p.name: None if p.default is p.empty else p.default for p in given}
    return words, " ".join(w for w in words if w in ("xp", "device"))


for _name in signal.windows.__all__:
    if _name not in ("get_window", "dpss"):
        _key = f"scipy.signal.windows.{_name}"
        _given, _fixed = _words(getattr(signal.windows, _name))
        primitive(_key, "M", _window(0), keywords=_given, fixed=_fixed, may_raise=True, cost=uncounted)
        constant(_key)
_given, _fixed = _words(signal.get_window)
del _given["Nx"]
primitive(
    "scipy.signal.get_window",
    "window Nx",
    _window(1),
    keywords=_given,
    fixed=_fixed,
    may_raise=True,
    cost=uncounted,
    also="scipy.signal.windows.get_window",
)
constant("scipy.signal.get_window")


# -- power spectra: Welch's average of the periodograms of overlapping segments --------------------------
def averaged(x, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis):
    if np.iscomplexobj(x) or not return_onesided:
        not_covered("real data with return_onesided=True are")
    if scaling not in ("density", "spectrum"):
        not_covered("scaling= is 'density' or 'spectrum'")
    if detrend is not False and detrend not in ("constant", "linear"):
        not_covered("detrend= is covered as 'constant', 'linear' or False")
    x = np.moveaxis(x, axis, -1)
    weights = signal.get_window(window, nperseg)
    segments = np.lib.stride_tricks.sliding_window_view(x, nperseg, axis=-1)[..., :: nperseg - noverlap, :]
    if detrend is not False:
        segments = signal.detrend(segments, type=detrend)
    spectra = np.fft.rfft(segments * weights, nfft)
    power = double_inner(np.real(spectra) ** 2 + np.imag(spectra) ** 2, nfft)
    if scaling == "density":
        power = power / (fs * np.sum(weights**2))
    else:
        power = power / np.sum(weights) ** 2
    return np.fft.rfftfreq(nfft, 1.0 / fs), np.moveaxis(np.mean(power, axis=-2), -1, axis)


@composite("scipy.signal.welch")
def welch(
    x,
    fs=1.0,
    window="hann",
    nperseg=None,
    noverlap=None,
    nfft=None,
    detrend="constant",
    return_onesided=True,
    scaling="density",
    axis=-1,
    average="mean",
):
    if average != "mean":
        not_covered("average= is covered as 'mean'")
    length = min(256 if nperseg is None else nperseg, x.shape[axis])
    overlap = length // 2 if noverlap is None else noverlap
    points = length if nfft is None else nfft
    return averaged(x, fs, window, length, overlap, points, detrend, return_onesided, scaling, axis)


@composite("scipy.signal.periodogram")
def periodogram(
    x,
    fs=1.0,
    window="boxcar",
    nfft=None,
    detrend="constant",
    return_onesided=True,
    scaling="density",
    axis=-1,
):
    length = x.shape[axis] if nfft is None else min(nfft, x.shape[axis])
    points = length if nfft is None else nfft
    return averaged(x, fs, window, length, 0, points, detrend, return_onesided, scaling, axis)


@composite("scipy.signal.resample")
def resample(x, num, t=None, axis=0, window=None, domain="time"):
    if t is not None or window is not None or domain != "time" or np.iscomplexobj(x):
        not_covered("real data with t=None, window=None and domain='time' are")
    x = np.moveaxis(x, axis, -1)
    n = x.shape[-1]
    shorter = min(n, num)
    spectrum = fit(np.fft.rfft(x), num // 2 + 1)
    # where the shorter length is even, its last coefficient has no partner there, and two in the longer one
    paired = 2.0 if num < n else 0.5 if num > n else 1.0
    last = (np.arange(num // 2 + 1) == shorter // 2) * (shorter % 2 == 0)
    y = np.fft.irfft(spectrum * (1.0 + (paired - 1.0) * last), num) * (num / n)
    return np.moveaxis(y, -1, axis)


# -- Savitzky-Golay smoothing ----------------------------------------------------------------------------
# Row k of `savgol_filter(identity)` is the polynomial through a window, evaluated at its place k.  The middle
# row slides over the data; with mode="interp" the other rows serve the places where it does not fit:
#
#     y = [ rows[:h] @ x[:w],  rows[h] @ each window of x,  rows[h + 1:] @ x[-w:] ],     w = 2 h + 1
def _savgol(types, attrs):
    x = need_rank(types[0], 1, "the operand of scipy.signal.savgol_filter")
    axis_of(attrs["axis"], x.ndim)
    if dtype_kind(x.dtype) == "c" or x.dtype == "float16":
        raise TypeRefusal("scipy.signal.savgol_filter is covered for real data")
    width = attrs["window_length"]
    if type(width) is not int or (width % 2 == 0 and attrs["mode"] == "interp"):
        raise TypeRefusal("window_length= must be an odd number that is known when compiling")
    if not isinstance(attrs["cval"], int | float) or attrs["mode"] not in BEYOND:
        raise TypeRefusal(f"mode={attrs['mode']!r}, cval={attrs['cval']!r} is not covered")
    return Array(x.dtype if x.dtype == "float32" else "float64", x.shape)


BEYOND = {"interp": "constant", **{m: MODES[m] for m in ("mirror", "constant", "nearest", "wrap")}}
primitive(
    "scipy.signal.savgol_filter",
    "x",
    _savgol,
    keywords={
        "window_length": None,
        "polyorder": None,
        "deriv": 0,
        "delta": 1.0,
        "axis": -1,
        "mode": "interp",
        "cval": 0.0,
    },
    may_raise=True,
    cost=lambda operands, out, attrs: 2 * attrs["window_length"] * prod(out),
)


@static
def along(width, axis, ndim):
    """The shape of the weights of a filter along one axis."""
    return tuple(width if i == axis % ndim else 1 for i in range(ndim))


@static
def beyond(mode):
    return BEYOND[mode]


def smoothed(x, y, x_dot, *, window_length, polyorder, deriv, delta, axis, mode):
    return signal.savgol_filter(
        x_dot, window_length, polyorder, deriv=deriv, delta=delta, axis=axis, mode=mode
    )


def unsmoothed(x, y, y_bar, *, window_length, polyorder, deriv, delta, axis, mode):
    w, h = window_length, window_length // 2
    rows = signal.savgol_filter(np.eye(w), w, polyorder, deriv=deriv, delta=delta, axis=0)
    if mode != "interp":
        weights = np.reshape(rows[h], along(w, axis, x.ndim))
        return filter_transposed(y_bar, weights, mode=beyond(mode))
    g = np.moveaxis(y_bar, axis, -1)
    like = np.moveaxis(x, axis, -1)
    n = like.shape[-1]
    inner = np.expand_dims(g[..., h : n - h], -1) * rows[h]
    starts = tuple([0] * (x.ndim - 1))
    total = fold_windows(inner, like, axis=(x.ndim - 1,))
    total = total + extend(g[..., :h] @ rows[:h], (*starts, 0), like.shape)
    total = total + extend(g[..., n - h :] @ rows[h + 1 :], (*starts, w - n), like.shape)
    return np.moveaxis(total, -1, axis)


linear("scipy.signal.savgol_filter", smoothed, unsmoothed)
