"""Transforms, filters and polynomials in whole functions: both modes, to second order; the primal's value."""

from __future__ import annotations

import numpy as np
import pytest

from sourcead import grad, value_and_grad
from sourcead.errors import Unsupported
from sourcead.testing import check_grads

scipy = pytest.importorskip("scipy")
fft = pytest.importorskip("scipy.fft")
ndimage = pytest.importorskip("scipy.ndimage")
signal = pytest.importorskip("scipy.signal")
cheb, leg, herm, lag = (
    np.polynomial.chebyshev,
    np.polynomial.legendre,
    np.polynomial.hermite,
    np.polynomial.laguerre,
)

r = np.random.default_rng(11)
x = np.array([0.31, 0.72, 0.13, 0.58, 0.4])
y = np.array([0.1, 0.35, 0.5, 0.9, 1.3])
Z = x + 1j * y
M, W, k = r.normal(size=(4, 5)), r.normal(size=(3, 2)), np.array([0.2, 0.5, 0.3])
LONG = np.concatenate([x, y[::-1], x[::-1] ** 2, y])
P = np.array([[0.3, 1.2, 2.6], [1.1, 0.4, 3.7]])
B, A = np.array([0.3, 0.2, 0.1]), np.array([1.4, -0.5, 0.2])
SOS = np.array([[1.0, 0.5, 0.1, -0.2, 0.1], [0.3, 0.2, 0.1, 0.3, 0.1]])


def sections(s, v):
    return signal.sosfilt(np.concatenate([s[:, :3], np.ones((2, 1)), s[:, 3:]], axis=1), v)


def final_state(b, a, v, zi):
    out, zf = signal.lfilter(b, a, v, zi=zi)
    return np.sum(out**2) + np.sum(zf**3)


CASES = {
    "fft": (lambda x: np.abs(np.fft.fft(x)) ** 2, (x,)),
    "fft of a cut": (lambda z: np.real(np.fft.fft(z * z, 3)), (Z,)),
    "filtering": (lambda x: np.fft.irfft(np.fft.rfft(x) * np.array([1.0, 2.0, 3 + 0.1j]), n=len(x)), (x,)),
    "rfft2": (lambda x: np.abs(np.fft.rfft2(x, s=(4, 7))) ** 2, (M,)),
    "irfftn": (lambda x: np.fft.irfftn(np.fft.rfftn(x) ** 2, s=x.shape, axes=(0, 1)), (M,)),
    "irfftn without axes": (lambda x: fft.irfftn(fft.rfftn(x, (3, 6)) ** 2, s=(3, 6)), (M,)),
    "hfft": (lambda z: np.fft.hfft(z * z, 7), (Z,)),
    "fftfreq": (lambda x: np.fft.fftfreq(5, d=x[0]) * np.fft.fftshift(x), (x,)),
    "scipy.fft": (lambda x: np.abs(fft.fft(x, 7)) ** 2 + np.abs(fft.ihfft(x, 7)[1]), (x,)),
    "hfftn": (lambda z: fft.hfftn(z * z, (6,), axes=(0,)) ** 2, (Z,)),
    "cosines": (lambda x: fft.dctn(fft.idct(x, type=3, norm="ortho"), s=(3, 6)) * fft.dst(x[:3], n=6), (M,)),
    "fast length": (lambda x: fft.next_fast_len(13) * np.fft.ifftshift(x, axes=0), (x,)),
    "convolve2d": (lambda a, v: signal.convolve2d(a, v, boundary="symm", mode="same") ** 2, (M, W)),
    "correlate2d": (lambda a, v: signal.correlate2d(a, v, boundary="fill", fillvalue=0.3) ** 2, (M, W)),
    "fftconvolve": (lambda a, v: signal.fftconvolve(a, v, mode="same", axes=0) ** 2, (x, y[:2])),
    "along an axis": (lambda a, v: signal.oaconvolve(a, v, axes=[1]) ** 2, (M, M[:1, :3] + 0.1)),
    "correlate": (lambda a, v: signal.correlate(a, v, mode="valid") ** 2, (x, y[:2])),
    "lfilter": (lambda b, a, x: signal.lfilter(b, a, x, axis=0) ** 2, (B, A, M)),
    "final state": (final_state, (B, A, x, y[:2])),
    "short signal": (final_state, (B, A, x[:1], y[:2])),
    "sosfilt": (sections, (SOS, x)),
    "filtfilt": (lambda b, a, x: signal.filtfilt(b, a, x), (B, A, LONG)),
    "filtfilt even": (lambda b, a, x: signal.filtfilt(b, a, x, 0, "even", 3), (B, A[:2], M[:, 1:].T @ M)),
    "hilbert": (lambda x: np.abs(signal.hilbert(x, 7)) ** 2, (x,)),
    "detrend": (lambda x: signal.detrend(x, bp=2) ** 2, (x,)),
    "savgol": (lambda x: signal.savgol_filter(x, 5, 2, mode="interp") ** 2, (LONG,)),
    "savgol mirror": (lambda x: signal.savgol_filter(x, 3, 1, mode="mirror", axis=0) ** 2, (M,)),
    "welch": (lambda x: signal.welch(x, nperseg=6, detrend="linear", fs=2.0)[1], (LONG,)),
    "periodogram": (lambda x: signal.periodogram(x, nfft=9, scaling="spectrum")[1], (x,)),
    "resample shorter": (lambda x: signal.resample(x, 4), (x,)),
    "resample shorter, of an even number": (lambda x: signal.resample(x, 3, axis=1), (M[:, :4] + 0.0,)),
    "resample longer": (lambda x: signal.resample(x[:4], 7) + signal.resample(x[:4], 4)[0], (x,)),
    "windows": (
        lambda x: signal.windows.tukey(5, 0.3) * x
        + signal.windows.gaussian(len(x), std=2.0)
        + signal.get_window(("kaiser", 3.0), 5),
        (x,),
    ),
    "ndimage.convolve": (lambda a, w: ndimage.convolve(a, w, mode="mirror", origin=(1, 0)) ** 2, (M, W)),
    "ndimage.correlate1d": (lambda a, w: ndimage.correlate1d(a, w, axis=0) ** 2, (M, k)),
    "gaussian": (lambda a: ndimage.gaussian_filter(a, 1.0) ** 2, (M,)),
    "gaussian slope": (
        lambda a: ndimage.gaussian_filter(a, (1.0, 0.5), order=(1, 0), mode=("wrap", "nearest")) ** 2,
        (M,),
    ),
    "uniform": (lambda a: ndimage.uniform_filter(a, 2, mode="wrap") ** 2, (M,)),
    "laplace": (lambda a: ndimage.laplace(a) * ndimage.gaussian_laplace(a, 0.7), (M,)),
    "sobel": (lambda a: ndimage.sobel(a, axis=0) ** 2 + ndimage.prewitt(a) ** 2, (M,)),
    "magnitude": (lambda a: ndimage.gaussian_gradient_magnitude(a, 1.0, mode="wrap"), (M,)),
    "coordinates": (lambda a, p: ndimage.map_coordinates(a, p, order=1, mode="mirror") ** 2, (M, P * 2.3)),
    "zoom": (lambda a: ndimage.zoom(a, 2, order=1) ** 2, (M,)),
    "shift": (lambda a: ndimage.shift(a, (0.3, -1.2), order=1, mode="nearest") ** 2, (M,)),
    "np.correlate": (lambda a, v: np.correlate(a, v, "same") ** 2, (x, y[:3])),
    "polyder": (lambda p: np.polyder(p, 2) ** 2 + np.sum(np.polyint(p, 2, k=0.3) ** 2), (x,)),
    "polymul": (
        lambda p, q: np.polymul(p, q) + np.polyadd(p, q[:3])[0] - np.polysub(p[1:], q)[1],
        (x, y),
    ),
    "poly": (lambda z: np.poly(z) ** 2, (x,)),
    "vander": (lambda z: np.vander(z) ** 2 + np.vander(z, 5, increasing=True), (x,)),
    "chebval": (lambda z, c: cheb.chebval(z, c) ** 2 + lag.lagvander(z, 3)[:, 2], (x, y)),
    "legval": (lambda z, c: leg.legval(z, leg.legder(c)), (x, y)),
    "hermval": (lambda z, c: herm.hermval(z, herm.hermint(c, k=[0.1])), (0.3, y)),
}


@pytest.mark.parametrize("name", CASES)
def test_function(name):
    f, args = CASES[name]
    check_grads(f, args, order=2)


@pytest.mark.parametrize("name", CASES)
def test_value(name):
    f, args = CASES[name]
    got, _ = value_and_grad(lambda *v: np.sum(f(*v)))(*args)
    np.testing.assert_allclose(got, np.sum(f(*args)), rtol=1e-11)


def test_polyder_of_short_polynomials():
    for p in ([], [2.0], [2.0, 3.0]):
        g = grad(lambda p: np.sum(np.polyder(p)) + 0.0 * np.sum(p))(np.array(p))
        np.testing.assert_array_equal(g, [1.0, 0.0] if len(p) == 2 else np.zeros(len(p)))


REFUSED = {
    "overwrite": (lambda x: np.real(fft.fft(x, overwrite_x=True)), x, "overwrite_x"),
    "norm": (lambda x: np.real(np.fft.fft(x, norm="half")), x, "backward"),
    "type": (lambda x: fft.dct(x, type=5), x, "1, 2, 3, 4"),
    "splines": (lambda x: ndimage.shift(x, 0.5), x, "order 0 and 1"),
    "output": (lambda x: ndimage.laplace(x, output=np.float32), x, "output"),
    "sigma": (lambda x: ndimage.gaussian_filter(x, x[0]), x, "sigma"),
    "states": (lambda x: signal.sosfilt([[1.0, 0, 0, 1, 0, 0]], x, zi=np.zeros((1, 2)))[0], x, "zi="),
    "gust": (lambda x: signal.filtfilt([1.0], [1.0, 0.1], x, method="gust"), x, "method="),
    "median": (lambda x: signal.welch(x, nperseg=4, average="median")[1], x, "average="),
    "complex roots": (lambda z: np.real(np.poly(z)), Z, "real roots"),
    "covariance": (lambda x: np.polyfit(y, x, 1, cov=True)[0], x, "cov"),
    "division": (lambda x: np.polydiv(x, y[:2])[0], x, "remainder"),
    "resample": (lambda x: signal.resample(x, 3, window="hann"), x, "window="),
    "roots": (lambda x: np.real(np.roots(x)), x, "eigvals"),
    "some axes": (lambda x: signal.fftconvolve(x, x, mode="same", axes=0), M, "axes="),
    "2-d coefficients": (lambda c: cheb.chebval(0.3, c), M, "one axis"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    f, v, text = REFUSED[name]
    with pytest.raises(Unsupported) as e:
        grad(lambda v: np.sum(f(v)))(v)
    assert text in str(e.value)
