"""Piecewise polynomials of scipy.interpolate: CubicSpline, PchipInterpolator, PPoly.

An interpolant is SciPy's own object, so its values are SciPy's.  Where it is made in the function, its
coefficients c and its points x stand beside it as operands that the text does not show: c is computed once
more from x and y, by operations that have rules, where a derivative asks for it.

    CubicSpline(x, y)(t)      t_bar = CubicSpline(x, y)(t, 1) * y_bar
                              c_bar = piece_adjoint(y_bar, x, t, c)       and from c_bar those of x and y

The slopes s of a cubic spline at its knots solve a tridiagonal system (de Boor, "A Practical Guide to
Splines", 1978, chapter IV), cyclic where the spline is periodic.
"""

from __future__ import annotations

import numpy as np
import scipy.interpolate as interpolate

from ...ir.types import Array, Foreign, const_dim, dtype_kind, is_complex, new_dim
from ...runtime_pieces import enough, interval, per_interval, piece_adjoint, piece_values
from ..composites import composite, not_covered
from ..contractions import meet
from ..counting import uncounted
from ..foreign import FOREIGN, RECOGNISED
from ..infer import array_of, promoted
from ..registry import TypeRefusal, constant, jvp, primitive, static, vjp
from .sparse_linalg import solve
from .sparse_matrices import made_csc_matrix

_HERE = "sourcead.rules.scipy.interpolation."
_RUN = "sourcead.runtime_pieces."


# -- evaluation ------------------------------------------------------------------------------------------
def spline_value(spline, c, x, t, nu=0, extrapolate=None):
    return spline(t, nu, extrapolate)


def _value(types, attrs):
    s, t = types[0], array_of(types[3])
    if not isinstance(s, Foreign):
        raise TypeRefusal("this is no interpolant")
    if is_complex(t) or dtype_kind(t.dtype) not in "iuf":
        raise TypeRefusal("an interpolant is evaluated at real numbers")
    if type(attrs["nu"]) is not int or attrs["nu"] < 0:
        raise TypeRefusal("nu= is covered as a whole number that is not negative")
    return Array(s.dtype, (*t.shape, *s.shape))


primitive(
    _HERE + "spline_value",
    "spline c x t",
    _value,
    keywords={"nu": 0, "extrapolate": None},
    hidden=(1, 2),
    spell=("called", "spline"),
    cost=uncounted,
)


def behind(w, y, t):
    """A number for each t, in a shape that multiplies the values there."""
    return np.expand_dims(w, tuple_of(t.ndim if isinstance(t, np.ndarray) else 0, y.ndim)) if y.ndim else w


@static
def tuple_of(a, b):
    return tuple(range(a, b))


def at_points(g, t):
    """What belongs to the values at t, summed for each t."""
    return np.sum(g, axis=tuple_of(np.ndim(t), g.ndim)) if g.ndim > np.ndim(t) else g


@jvp(_HERE + "spline_value", 1)
def _(spline, c, x, t, y, c_dot, *, nu):
    return piece_values(c_dot, x, t, nu=nu)


@jvp(_HERE + "spline_value", 2)
def _(spline, c, x, t, y, x_dot, *, nu, extrapolate):
    slope = spline_value(spline, c, x, t, nu=nu + 1, extrapolate=extrapolate)
    return -slope * behind(x_dot[interval(x, t)], slope, t)


@jvp(_HERE + "spline_value", 3)
def _(spline, c, x, t, y, t_dot, *, nu, extrapolate):
    slope = spline_value(spline, c, x, t, nu=nu + 1, extrapolate=extrapolate)
    return slope * behind(t_dot, slope, t)


@vjp(_HERE + "spline_value", 1)
def _(spline, c, x, t, y, y_bar, *, nu):
    return piece_adjoint(y_bar, x, t, c, nu=nu)


@vjp(_HERE + "spline_value", 2)
def _(spline, c, x, t, y, y_bar, *, nu, extrapolate):
    slope = spline_value(spline, c, x, t, nu=nu + 1, extrapolate=extrapolate)
    return -per_interval(x, t, at_points(y_bar * slope, t))


@vjp(_HERE + "spline_value", 3)
def _(spline, c, x, t, y, y_bar, *, nu, extrapolate):
    return at_points(y_bar * spline_value(spline, c, x, t, nu=nu + 1, extrapolate=extrapolate), t)


# -- helpers of derivatives ------------------------------------------------------------------------------
primitive(
    _RUN + "piece_values",
    "c x t",
    lambda types, attrs: Array(promoted(types), (*array_of(types[2]).shape, *array_of(types[0]).shape[2:])),
    keywords={"nu": 0},
)
primitive(
    _RUN + "piece_adjoint",
    "g x t c",
    lambda types, attrs: Array(promoted([types[0], types[3]]), array_of(types[3]).shape),
    keywords={"nu": 0},
)
primitive(_RUN + "interval", "x t", lambda types, attrs: Array("int64", array_of(types[1]).shape))
constant(_RUN + "interval")
primitive(
    _RUN + "per_interval", "x t w", lambda types, attrs: Array(promoted(types), array_of(types[0]).shape)
)


@jvp(_RUN + "piece_values")
def _(c, x, t, y, c_dot, *, nu):
    return piece_values(c_dot, x, t, nu=nu)


@jvp(_RUN + "piece_values", 1)
def _(c, x, t, y, x_dot, *, nu):
    return -piece_values(c, x, t, nu=nu + 1) * behind(x_dot[interval(x, t)], y, t)


@jvp(_RUN + "piece_values", 2)
def _(c, x, t, y, t_dot, *, nu):
    return piece_values(c, x, t, nu=nu + 1) * behind(t_dot, y, t)


@vjp(_RUN + "piece_values")
def _(c, x, t, y, y_bar, *, nu):
    return piece_adjoint(y_bar, x, t, c, nu=nu)


@vjp(_RUN + "piece_values", 1)
def _(c, x, t, y, y_bar, *, nu):
    return -per_interval(x, t, at_points(y_bar * piece_values(c, x, t, nu=nu + 1), t))


@vjp(_RUN + "piece_values", 2)
def _(c, x, t, y, y_bar, *, nu):
    return at_points(y_bar * piece_values(c, x, t, nu=nu + 1), t)


@jvp(_RUN + "piece_adjoint")
def _(g, x, t, c, y, g_dot, *, nu):
    return piece_adjoint(g_dot, x, t, c, nu=nu)


@jvp(_RUN + "piece_adjoint", 1)
def _(g, x, t, c, y, x_dot, *, nu):
    return -piece_adjoint(g * behind(x_dot[interval(x, t)], g, t), x, t, c, nu=nu + 1)


@jvp(_RUN + "piece_adjoint", 2)
def _(g, x, t, c, y, t_dot, *, nu):
    return piece_adjoint(g * behind(t_dot, g, t), x, t, c, nu=nu + 1)


@vjp(_RUN + "piece_adjoint")
def _(g, x, t, c, y, y_bar, *, nu):
    return piece_values(y_bar, x, t, nu=nu)


@vjp(_RUN + "piece_adjoint", 1)
def _(g, x, t, c, y, y_bar, *, nu):
    return -per_interval(x, t, at_points(g * piece_values(y_bar, x, t, nu=nu + 1), t))


@vjp(_RUN + "piece_adjoint", 2)
def _(g, x, t, c, y, y_bar, *, nu):
    return at_points(g * piece_values(y_bar, x, t, nu=nu + 1), t)


jvp(_RUN + "piece_adjoint", 3)(None)
vjp(_RUN + "piece_adjoint", 3)(None)


@jvp(_RUN + "per_interval", 2)
def _(x, t, w, y, w_dot):
    return per_interval(x, t, w_dot)


@vjp(_RUN + "per_interval", 2)
def _(x, t, w, y, y_bar):
    return y_bar[interval(x, t)]


for _n in (0, 1):
    jvp(_RUN + "per_interval", _n)(None)
    vjp(_RUN + "per_interval", _n)(None)


primitive(
    _RUN + "enough",
    "h",
    lambda types, attrs: types[0],
    keywords={"least": 1},
    may_raise=True,
    alias=("same", 0),
)


@jvp(_RUN + "enough")
def _(h, y, h_dot):
    return h_dot


@vjp(_RUN + "enough")
def _(h, y, y_bar):
    return y_bar


# -- interpolants ----------------------------------------------------------------------------------------
class Pieces:
    """A piecewise polynomial; c and x are None for one that was made outside of the function."""

    object = None
    c = None
    x = None
    periodic = False

    def __call__(self, x, nu=0, extrapolate=None):
        if self.periodic:  # as SciPy does it; so that the period's own derivative is seen
            first = self.x[0]
            inside = first + (x - first) % (self.x[-1] - first)
            return spline_value(self.object, self.c, self.x, inside, nu=nu, extrapolate=False)
        return spline_value(self.object, self.c, self.x, x, nu=nu, extrapolate=extrapolate)


_CLASSES = ("CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "CubicHermiteSpline", "PPoly")
FOREIGN.update(dict.fromkeys(_CLASSES, Pieces))


@RECOGNISED.append
def recognised(obj):
    """The type of a piecewise polynomial whose values stand along the first axis."""
    if type(obj).__name__ not in _CLASSES or not isinstance(obj, interpolate.PPoly):
        return None
    if obj.axis != 0 and obj.c.ndim > 2:
        return None
    dims = tuple(const_dim(1) if n == 1 else new_dim(True) for n in obj.c.shape[2:])
    return Foreign(type(obj).__name__, obj.c.dtype.name, dims)


def cubic_spline(x, y, bc_type="not-a-knot", extrapolate=None):
    return interpolate.CubicSpline(x, y, bc_type=bc_type, extrapolate=extrapolate)


def pchip(x, y, extrapolate=None):
    return interpolate.PchipInterpolator(x, y, extrapolate=extrapolate)


def _interpolant(what):
    def infer(types, attrs):
        x, y = map(array_of, types)
        if x.ndim != 1 or y.ndim == 0:
            raise TypeRefusal("the points have one axis, the values at least one")
        meet(x.shape[0], y.shape[0])
        if is_complex(y) and what != "CubicSpline":
            raise TypeRefusal("complex values are not covered")
        return Foreign(what, "complex128" if is_complex(y) else "float64", y.shape[1:])

    return infer


for _name, _what, _words in (
    ("cubic_spline", "CubicSpline", {"bc_type": "not-a-knot", "extrapolate": None}),
    ("pchip", "PchipInterpolator", {"extrapolate": None}),
):
    primitive(
        _HERE + _name,
        "x y",
        _interpolant(_what),
        keywords=_words,
        may_raise=True,
        spell=("call", f"scipy.interpolate.{_what}"),
        cost=uncounted,
    )
    constant(_HERE + _name)


@static
def ends(bc_type):
    """What holds at the two ends: "not-a-knot", or a derivative's order and value."""
    both = (bc_type, bc_type) if isinstance(bc_type, str) else tuple(bc_type)
    named = {"clamped": (1, 0.0), "natural": (2, 0.0), "not-a-knot": ("not-a-knot", 0.0)}
    if both == ("periodic", "periodic"):
        return "periodic"
    out = []
    for end in both:
        end = named.get(end) if isinstance(end, str) else end
        if end is None or len(end) != 2 or not isinstance(end[1], int | float):
            raise TypeRefusal(f"bc_type={bc_type!r} is not covered")
        out.append((end[0], float(end[1])))
    return tuple(out)


def along(h, y):
    """Numbers for the intervals, in a shape that multiplies differences of the values."""
    return h if y.ndim == 1 else np.expand_dims(h, tuple_of(1, y.ndim))


def system(lower, diagonal, upper, b):
    """The solution of a tridiagonal system; `lower` begins with what stands in the second row."""
    n = len(diagonal)
    k = np.arange(n)
    entries = np.concatenate((lower, diagonal, upper))
    row, col = np.concatenate((k[1:], k, k[:-1])), np.concatenate((k[:-1], k, k[1:]))
    return solved(entries, row, col, n, b)


def solved(entries, row, col, n, b):
    place = np.argsort(col * n + row)
    start = np.searchsorted(col[place], np.arange(n + 1))
    A = made_csc_matrix((entries[place], row[place], start), shape=(n, n))
    flat = b if b.ndim == 1 else b.reshape(n, -1)
    if flat.ndim == 2:
        flat = np.concatenate((flat, flat), axis=1)  # SciPy takes one column for a vector
    s = solve(A, entries[place], flat)
    return s if b.ndim == 1 else s[:, : s.shape[1] // 2].reshape(b.shape)


def cubic_slopes(x, y, h, m, first, last):
    """The slopes at the knots; first, last: what holds at the ends."""
    hr = along(h, y)
    b = 3 * (hr[1:] * m[:-1] + hr[:-1] * m[1:])
    if first[0] == "not-a-knot":
        d = x[2] - x[0]
        diagonal0, upper0 = h[1], d
        b0 = ((h[0] + 2 * d) * h[1] * m[0] + h[0] ** 2 * m[1]) / d
    elif first[0] == 1:
        diagonal0, upper0, b0 = 1.0, 0.0, first[1] + 0.0 * m[0]
    else:
        diagonal0, upper0 = 2 * h[0], h[0]
        b0 = -0.5 * first[1] * h[0] ** 2 + 3 * (y[1] - y[0])
    if last[0] == "not-a-knot":
        e = x[-1] - x[-3]
        diagonal1, lower1 = h[-2], e
        b1 = (h[-1] ** 2 * m[-2] + (2 * e + h[-1]) * h[-2] * m[-1]) / e
    elif last[0] == 1:
        diagonal1, lower1, b1 = 1.0, 0.0, last[1] + 0.0 * m[-1]
    else:
        diagonal1, lower1 = 2 * h[-1], h[-1]
        b1 = 0.5 * last[1] * h[-1] ** 2 + 3 * (y[-1] - y[-2])
    diagonal = np.hstack((diagonal0, 2 * (h[:-1] + h[1:]), diagonal1))
    rhs = np.concatenate((np.expand_dims(b0, 0), b, np.expand_dims(b1, 0)))
    return system(np.hstack((h[1:], lower1)), diagonal, np.hstack((upper0, h[:-1])), rhs)


def periodic_slopes(h, m, y):
    """Those of a periodic spline: a cyclic system, without the last knot."""
    g, q = np.roll(h, 1), np.roll(m, 1, axis=0)
    n = len(h)
    k = np.arange(n)
    b = 3 * (along(h, y) * q + along(g, y) * m)
    entries = np.concatenate((h, 2 * (g + h), g))
    s = solved(entries, np.concatenate((k, k, k)), np.concatenate((np.roll(k, 1), k, np.roll(k, -1))), n, b)
    return np.concatenate((s, s[:1]))


def hermite(y, s, h, m):
    """Coefficients of the cubics with values y and slopes s at the knots."""
    hr = along(h, y)
    t = (s[:-1] + s[1:] - 2 * m) / hr
    return np.stack((t / hr, (m - s[:-1]) / hr - t, s[:-1], y[:-1]))


def checked(y, axis):
    if axis != 0 and y.ndim > 1 and axis != -y.ndim:
        not_covered("the values are covered along the first axis: move it there with np.moveaxis")


@composite("scipy.interpolate.CubicSpline")
def cubic(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    x, y = np.asarray(x), np.asarray(y)
    checked(y, axis)
    spline = cubic_spline(x, y, bc_type=bc_type, extrapolate=extrapolate)
    bc = ends(bc_type)
    h = enough(np.diff(x), least=3)
    m = np.diff(y, axis=0) / along(h, y)
    if bc == "periodic":
        s = periodic_slopes(h, m, y)
    else:
        s = cubic_slopes(x, y, h, m, bc[0], bc[1])
    spline.c, spline.x = hermite(y, s, h, m), x
    if extrapolate == "periodic" or (bc == "periodic" and extrapolate is None):
        spline.periodic = True
    return spline


def end_slope(h0, h1, m0, m1):
    """A three-point estimate at an end that keeps the shape (Moler, "Numerical Computing with MATLAB", 2004,
    section 3.6)."""
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    steep = (np.sign(m0) != np.sign(m1)) & (np.abs(d) > 3.0 * np.abs(m0))
    return np.where(np.sign(d) != np.sign(m0), 0.0, np.where(steep, 3.0 * m0, d))


@composite("scipy.interpolate.PchipInterpolator")
def pchip_interpolator(x, y, axis=0, extrapolate=None):
    x, y = np.asarray(x), np.asarray(y)
    checked(y, axis)
    spline = pchip(x, y, extrapolate=extrapolate)
    h = enough(np.diff(x), least=2)
    hr = along(h, y)
    m = np.diff(y, axis=0) / hr
    before, after = m[:-1], m[1:]
    flat = np.sign(before) * np.sign(after) <= 0
    v, w = 2 * hr[1:] + hr[:-1], hr[1:] + 2 * hr[:-1]
    mean = (v / np.where(flat, 1.0, before) + w / np.where(flat, 1.0, after)) / (v + w)
    inner = np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, mean))
    left, right = end_slope(h[0], h[1], m[0], m[1]), end_slope(h[-1], h[-2], m[-1], m[-2])
    s = np.concatenate((np.expand_dims(left, 0), inner, np.expand_dims(right, 0)))
    spline.c, spline.x = hermite(y, s, h, m), x
    spline.periodic = extrapolate == "periodic"
    return spline
