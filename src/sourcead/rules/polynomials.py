"""Polynomials: those of NumPy's top level, the families of `numpy.polynomial`, and `np.correlate`.

With V the matrix of the basis polynomials at x (`chebvander`) and D that of differentiation (`chebder` of the
identity), a series is  y = V(x) c,  and  dV/dx = V D:

    chebval(x, c):  dy = x_dot chebval(x, chebder(c)) + chebval(x, c_dot),      c_bar = y_bar @ V
    chebder(c):     dy = chebder(c_dot),                                        c_bar = y_bar @ D
"""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, const_dim, new_dim
from ..runtime import extend, fit, shift
from .composites import composite, not_covered
from .counting import per_element
from .guards import upto
from .infer import array_of, constant_of, dims_of, dtype_of, need_rank, plus
from .registry import TypeRefusal, jvp, primitive, vjp
from .shapes import linear


# -- coefficients with the highest power first -----------------------------------------------------------
@composite("numpy.polyder")
def polyder(p, m=1):
    for _ in upto(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composite("numpy.polyint")
def polyint(p, m=1, k=None):
    if k is not None and np.ndim(k) > 0:
        not_covered("k= is covered as one number")
    constant = 0.0 if k is None else k
    for _ in upto(m):
        p = np.append(p / np.arange(len(p), 0, -1), constant)
    return p


def longer(a, n):
    """The coefficients of a with zeros before them, n in all."""
    return fit(np.asarray(a)[::-1], n)[::-1]


@composite("numpy.polyadd")
def polyadd(a1, a2):
    n = max(len(a1), len(a2))
    return longer(a1, n) + longer(a2, n)


@composite("numpy.polysub")
def polysub(a1, a2):
    n = max(len(a1), len(a2))
    return longer(a1, n) - longer(a2, n)


@composite("numpy.polymul")
def polymul(a1, a2):
    return np.convolve(a1, a2)


@composite("numpy.poly")
def poly(seq_of_zeros):
    zeros = np.asarray(seq_of_zeros)
    if zeros.ndim != 1 or np.iscomplexobj(zeros):
        not_covered(
            "real roots in an array with one axis are covered: the dtype of others depends on their values"
        )
    p = fit(np.ones(1), len(zeros) + 1)
    for z in zeros:
        p = p - z * shift(p)
    return p


@composite("numpy.roots")
def roots(p):
    not_covered(
        "how many roots there are, and whether they are complex, shows in the values only; "
        "np.linalg.eigvals of the companion matrix has as many as the polynomial's degree"
    )


@composite("numpy.polydiv")
def polydiv(u, v):
    not_covered("the length of the remainder shows in its values only")


@composite("numpy.vander")
def vander(x, N=None, increasing=False):
    x = np.asarray(x)
    n = len(x) if N is None else N
    powers = np.arange(n) if increasing else np.arange(n - 1, -1, -1)
    return np.power(np.expand_dims(x, 1), powers)


@composite("numpy.polyfit")
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        not_covered("the coefficients alone are: full=False and cov=False")
    if rcond is not None:
        not_covered("rcond= is covered as None")
    basis = np.power(np.expand_dims(np.asarray(x), 1), np.arange(deg, -1, -1))
    values = np.asarray(y)
    if w is not None:
        basis = basis * np.expand_dims(w, 1)
        values = values * w if values.ndim == 1 else values * np.expand_dims(w, 1)
    scale = np.sqrt(np.sum(basis * basis, axis=0))
    # the columns of different sizes are scaled alike, and R of A = Q R has the condition of A, not its square
    q, r = np.linalg.qr(basis / scale)
    c = np.linalg.solve(r, q.T @ values)
    return c / scale if values.ndim == 1 else c / np.expand_dims(scale, 1)


# -- the families ----------------------------------------------------------------------------------------
FAMILIES = {
    "polynomial": "poly",
    "chebyshev": "cheb",
    "legendre": "leg",
    "hermite": "herm",
    "hermite_e": "herme",
    "laguerre": "lag",
}


def _series(key):
    def infer(types, attrs):
        x, c = map(array_of, types)
        if c.ndim != 1:
            raise TypeRefusal(f"the coefficients of {key} are covered as an array with one axis")
        out = dtype_of(key, types)
        return Array(out.dtype, x.shape) if isinstance(out, Array) else out

    return infer


def _one_axis(key, grow):
    def infer(types, attrs):
        c = need_rank(types[0], 1, f"the coefficients of {key}")
        m = attrs["m"]
        if type(m) is not int or m < 0:
            raise TypeRefusal(f"{key} is covered with an m= that is known when compiling")
        words = {k: v for k, v in attrs.items() if k in ("m", "scl", "lbnd", "axis")}
        if not all(isinstance(words[k], int | float) for k in ("scl", "lbnd") if k in words):
            raise TypeRefusal("scl= and lbnd= are covered as numbers")
        dtype = dtype_of(key, [c], words).dtype
        d = c.shape[0]
        if grow:
            return Array(dtype, (plus(d, const_dim(m)), *c.shape[1:]))
        fewer = const_dim(max(d.offset - m, 1)) if d.symbol is None else new_dim()
        return Array(dtype, (fewer if m else d, *c.shape[1:]))

    return infer


def _basis(key):
    def infer(types, attrs):
        x = need_rank(types[0], 1, f"the operand of {key}")
        degree = constant_of(types[1])
        n = new_dim() if degree is None else const_dim(degree + 1)
        if degree is None and len(dims_of(types[1])) == 1:
            n = plus(dims_of(types[1])[0], const_dim(1))
        return Array(dtype_of(key, [types[0], Scalar("int64")]).dtype, (*x.shape, n))

    return infer


def rules_of_family(name, value, derivative, basis):
    @jvp(name + "val")
    def _(x, c, y, x_dot):
        return x_dot * value(x, derivative(c))

    @jvp(name + "val", 1)
    def _(x, c, y, c_dot):
        return value(x, c_dot)

    @vjp(name + "val")
    def _(x, c, y, y_bar):
        return y_bar * value(x, derivative(c))

    @vjp(name + "val", 1)
    def _(x, c, y, y_bar):
        return np.ravel(y_bar) @ basis(np.ravel(x), len(c) - 1)

    def slopes(x, y):
        d = derivative(np.eye(y.shape[-1]))
        return y[..., : len(d)] @ d

    @jvp(name + "vander")
    def _(x, deg, y, x_dot):
        return np.expand_dims(x_dot, -1) * slopes(x, y)

    @vjp(name + "vander")
    def _(x, deg, y, y_bar):
        return np.sum(y_bar * slopes(x, y), axis=-1)


def transposed(operator, g):
    return operator.T @ g if g.ndim < 3 else np.tensordot(operator.T, g, axes=1)


def rules_of_operators(name, derivative, integral):
    linear(
        name + "der",
        lambda c, y, c_dot, *, m, scl: derivative(c_dot, m, scl),
        lambda c, y, y_bar, *, m, scl: transposed(derivative(np.eye(len(c)), m, scl), y_bar),
    )
    linear(
        name + "int",
        lambda c, y, c_dot, *, m, lbnd, scl: integral(c_dot, m, lbnd=lbnd, scl=scl),
        lambda c, y, y_bar, *, m, lbnd, scl: transposed(
            integral(np.eye(len(c)), m, lbnd=lbnd, scl=scl), y_bar
        ),
    )


for _module, _short in FAMILIES.items():
    _name = f"numpy.polynomial.{_module}.{_short}"
    _at = getattr(np.polynomial, _module)
    primitive(
        _name + "val",
        "x c",
        _series(_name + "val"),
        keywords={"tensor": True},
        fixed="tensor",
        cost=lambda operands, out, attrs: 2 * operands[1][0] * per_element(1)(operands, out, attrs),
    )
    primitive(_name + "vander", "x deg", _basis(_name + "vander"), may_raise=True, cost=per_element(2))
    primitive(
        _name + "der",
        "c",
        _one_axis(_name + "der", False),
        keywords={"m": 1, "scl": 1, "axis": 0},
        fixed="axis",
        may_raise=True,
        cost=per_element(2),
    )
    primitive(
        _name + "int",
        "c",
        _one_axis(_name + "int", True),
        keywords={"m": 1, "k": [], "lbnd": 0, "scl": 1, "axis": 0},
        fixed="axis",
        may_raise=True,
        cost=per_element(2),
    )
    rules_of_family(
        _name, getattr(_at, _short + "val"), getattr(_at, _short + "der"), getattr(_at, _short + "vander")
    )
    rules_of_operators(_name, getattr(_at, _short + "der"), getattr(_at, _short + "int"))


# -- correlation: the convolution with v reversed and conjugated -----------------------------------------
def _correlate(types, attrs):
    a, v = (need_rank(t, 1, "an operand of np.correlate") for t in types)
    if a.ndim != 1 or v.ndim != 1:
        raise TypeRefusal("np.correlate takes two arrays with one axis")
    if attrs["mode"] not in ("full", "same", "valid"):
        raise TypeRefusal(f"mode={attrs['mode']!r} is not covered")
    full = plus(plus(a.shape[0], v.shape[0]), const_dim(-1))
    return Array(dtype_of("numpy.correlate", types).dtype, (full if attrs["mode"] == "full" else new_dim(),))


primitive(
    "numpy.correlate",
    "a v",
    _correlate,
    keywords={"mode": "valid"},
    may_raise=True,
    cost=lambda operands, out, attrs: 2 * operands[0][0] * operands[1][0],
)


def conj(x):
    return np.conj(x) if np.iscomplexobj(x) else x


def first(a, v, mode):
    """Where in the full correlation the result begins."""
    if mode == "full":
        return 0
    shorter = min(len(a), len(v))
    return shorter - 1 if mode == "valid" else (shorter - (len(a) >= len(v))) // 2


@jvp("numpy.correlate")
def _(a, v, y, a_dot, *, mode):
    return np.correlate(a_dot, v, mode=mode)


@jvp("numpy.correlate", 1)
def _(a, v, y, v_dot, *, mode):
    return np.correlate(a, v_dot, mode=mode)


@vjp("numpy.correlate")
def _(a, v, y, y_bar, *, mode):
    return extend(np.convolve(y_bar, conj(v)), (len(v) - 1 - first(a, v, mode),), a.shape)


@vjp("numpy.correlate", 1)
def _(a, v, y, y_bar, *, mode):
    return conj(extend(np.convolve(y_bar, a[::-1]), (len(a) - 1 - first(a, v, mode),), v.shape))[::-1]
