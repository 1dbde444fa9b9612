"""Distances of scipy.spatial.distance: between vectors, of all pairs (cdist, pdist), and squareform.

All metrics but one are functions of u - v.  With D = f(u - v), and the slope s = f'(u - v),

    D_dot = sum s (u_dot - v_dot)          u_bar = D_bar s,    v_bar = -D_bar s

summed over the pairs that u takes part in.  The slope at distance 0 is 0; where the largest difference is
attained several times (chebyshev), they share equally.
"""

from __future__ import annotations

import numpy as np
import scipy.spatial.distance as distance

from ...ir.types import Array, dtype_kind, is_complex, new_dim, scalar_of
from ...runtime import safe_divide, safe_power
from ..composites import composite, not_covered
from ..contractions import meet
from ..infer import array_of
from ..registry import TypeRefusal, jvp, primitive, static, vjp

_D = "scipy.spatial.distance."
NAMES = {
    **dict.fromkeys(("euclidean", "euclid", "eu", "e"), "euclidean"),
    **dict.fromkeys(("sqeuclidean", "sqe", "sqeuclid"), "sqeuclidean"),
    **dict.fromkeys(("cityblock", "cblock", "cb", "c"), "cityblock"),
    **dict.fromkeys(("chebyshev", "chebychev", "cheby", "cheb", "ch"), "chebyshev"),
    **dict.fromkeys(("minkowski", "mi", "m", "pnorm"), "minkowski"),
    **dict.fromkeys(("cosine", "cos"), "cosine"),
}


@static
def named(metric):
    """The metric of that name."""
    metric = getattr(metric, "__name__", metric)
    if not isinstance(metric, str) or metric.lower() not in NAMES:
        raise TypeRefusal(
            f"metric={metric!r} is not covered; those are {', '.join(sorted(set(NAMES.values())))}"
        )
    return NAMES[metric.lower()]


def points(t):
    a = array_of(t)
    if is_complex(a) or dtype_kind(a.dtype) not in "iuf" or a.dtype == "float16":
        raise TypeRefusal(f"points of {a.dtype} are not covered")
    if a.ndim != 2:
        raise TypeRefusal("the points are the rows of a matrix")
    return a


def slope(d, D, metric, p):
    """df / d(u - v) for the differences d along the last axis; D has an axis of length 1 there."""
    if metric == "euclidean":
        return safe_divide(d, D)
    if metric == "sqeuclidean":
        return 2.0 * d
    if metric == "cityblock":
        return np.sign(d)
    if metric == "chebyshev":
        hit = np.abs(d) == D
        return np.sign(d) * hit / np.sum(hit, axis=-1, keepdims=True)
    return np.sign(d) * safe_power(safe_divide(np.abs(d), D), p - 1)


def lengths(a):
    return np.sqrt(np.sum(a * a, axis=-1, keepdims=True))


# -- all pairs of two sets -------------------------------------------------------------------------------
def _cdist(types, attrs):
    a, b = map(points, types)
    meet(a.shape[1], b.shape[1])
    named(attrs["metric"])
    _power(attrs)
    return Array("float64", (a.shape[0], b.shape[0]), True)


def _power(attrs):
    if not isinstance(attrs["p"], int | float) or attrs["p"] < 1:
        raise TypeRefusal("p= is covered as a number that is at least 1")
    if attrs["p"] != 2 and named(attrs["metric"]) != "minkowski":
        raise TypeRefusal("p= goes with the metric 'minkowski'")


_WORDS = {"metric": "euclidean", "out": None, "p": 2, "w": None, "V": None, "VI": None}
primitive(
    _D + "cdist",
    "XA XB",
    _cdist,
    keywords=_WORDS,
    fixed="out w V VI",
    may_raise=True,
    cost=lambda operands, out, attrs: 3 * operands[0][0] * operands[1][0] * operands[0][1],
)


def between(a, b):
    return np.expand_dims(a, 1) - np.expand_dims(b, 0)


def cosine_tangent(a, b, y, a_dot):
    """Of 1 - U V.T with the rows of U and V of length 1, along a_dot."""
    n = lengths(a)
    u_dot = safe_divide(a_dot, n)
    along = np.sum(safe_divide(a, n) * u_dot, axis=-1, keepdims=True)
    return (1.0 - y) * along - u_dot @ safe_divide(b, lengths(b)).T


def cosine_adjoint(a, b, y, g):
    n = lengths(a)
    along = np.sum(g * (1.0 - y), axis=1, keepdims=True)
    return safe_divide(along * safe_divide(a, n) - g @ safe_divide(b, lengths(b)), n)


@jvp(_D + "cdist")
def _(a, b, y, a_dot, *, metric, p):
    if named(metric) == "cosine":
        return cosine_tangent(a, b, y, a_dot)
    s = slope(between(a, b), np.expand_dims(y, -1), named(metric), p)
    return np.sum(s * np.expand_dims(a_dot, 1), axis=-1)


@jvp(_D + "cdist", 1)
def _(a, b, y, b_dot, *, metric, p):
    if named(metric) == "cosine":
        return cosine_tangent(b, a, y.T, b_dot).T
    s = slope(between(a, b), np.expand_dims(y, -1), named(metric), p)
    return -np.sum(s * np.expand_dims(b_dot, 0), axis=-1)


@vjp(_D + "cdist")
def _(a, b, y, y_bar, *, metric, p):
    if named(metric) == "cosine":
        return cosine_adjoint(a, b, y, y_bar)
    s = slope(between(a, b), np.expand_dims(y, -1), named(metric), p)
    return np.sum(np.expand_dims(y_bar, -1) * s, axis=1)


@vjp(_D + "cdist", 1)
def _(a, b, y, y_bar, *, metric, p):
    if named(metric) == "cosine":
        return cosine_adjoint(b, a, y.T, y_bar.T)
    s = slope(between(a, b), np.expand_dims(y, -1), named(metric), p)
    return -np.sum(np.expand_dims(y_bar, -1) * s, axis=0)


# -- the pairs of one set --------------------------------------------------------------------------------
def _pdist(types, attrs):
    points(types[0])
    named(attrs["metric"])
    _power(attrs)
    return Array("float64", (new_dim(),), True)


primitive(
    _D + "pdist",
    "X",
    _pdist,
    keywords=_WORDS,
    fixed="out w V VI",
    may_raise=True,
    cost=lambda operands, out, attrs: 1.5 * operands[0][0] ** 2 * operands[0][1],
)


@jvp(_D + "pdist")
def _(X, y, X_dot, *, metric, p):
    Y = distance.squareform(y, "tomatrix", False)
    if named(metric) == "cosine":
        half = cosine_tangent(X, X, Y, X_dot)
        return distance.squareform(half + half.T, "tovector", False)
    s = slope(between(X, X), np.expand_dims(Y, -1), named(metric), p)
    return distance.squareform(np.sum(s * between(X_dot, X_dot), axis=-1), "tovector", False)


@vjp(_D + "pdist")
def _(X, y, y_bar, *, metric, p):
    G = distance.squareform(y_bar, "tomatrix", False)
    Y = distance.squareform(y, "tomatrix", False)
    if named(metric) == "cosine":
        return cosine_adjoint(X, X, Y, G)
    s = slope(between(X, X), np.expand_dims(Y, -1), named(metric), p)
    return np.sum(np.expand_dims(G, -1) * s, axis=1)


# -- from a vector of pairs to a symmetric matrix and back -----------------------------------------------
def _squareform(types, attrs):
    a = array_of(types[0])
    want = {"no": a.ndim, "tomatrix": 1, "tovector": 2}.get(str(attrs["force"]).lower())
    if a.ndim != want or a.ndim not in (1, 2):
        raise TypeRefusal("squareform takes a vector for a matrix, or a matrix for a vector")
    n = new_dim()
    return Array(a.dtype, (n, n) if a.ndim == 1 else (n,), True)


primitive(_D + "squareform", "X", _squareform, keywords={"force": "no", "checks": True}, may_raise=True)


@jvp(_D + "squareform")
def _(X, y, X_dot):
    return distance.squareform(X_dot, checks=False)


@vjp(_D + "squareform")
def _(X, y, y_bar):
    if X.ndim == 1:
        return distance.squareform(y_bar + y_bar.T, checks=False)
    return np.triu(distance.squareform(y_bar, checks=False))


# -- two vectors -----------------------------------------------------------------------------------------
def _pair(metric):
    """The type of a distance of two vectors: that which SciPy gives for vectors of their dtypes, since some
    versions give Python floats."""

    def infer(types, attrs):
        u, v = map(array_of, types)
        if u.ndim != 1 or v.ndim != 1:
            raise TypeRefusal("a distance is taken of two vectors")
        if is_complex(u) or is_complex(v):
            raise TypeRefusal("vectors of complex numbers are not covered")
        meet(u.shape[0], v.shape[0])
        return scalar_of(getattr(distance, metric)(np.ones(1, u.dtype), np.ones(1, v.dtype)))

    return infer


def rules_of_pair(metric):
    key = _D + metric
    words = {"p": 2, "w": None} if metric == "minkowski" else {"w": None}
    primitive(key, "u v", _pair(metric), keywords=words, fixed="w", may_raise=True)

    @jvp(key)
    def _(u, v, y, u_dot):
        return np.sum(slope(u - v, y, metric, 2) * u_dot)

    @jvp(key, 1)
    def _(u, v, y, v_dot):
        return -np.sum(slope(u - v, y, metric, 2) * v_dot)

    @vjp(key)
    def _(u, v, y, y_bar):
        return y_bar * slope(u - v, y, metric, 2)

    @vjp(key, 1)
    def _(u, v, y, y_bar):
        return -y_bar * slope(u - v, y, metric, 2)


for _metric in ("euclidean", "sqeuclidean", "cityblock", "chebyshev"):
    rules_of_pair(_metric)


@composite(_D + "minkowski")
def minkowski(u, v, p=2, w=None):
    if w is not None:
        not_covered("w= is not covered")
    return np.linalg.norm(u - v, ord=p)


@composite(_D + "cosine")
def cosine(u, v, w=None):
    if w is not None:
        not_covered("w= is not covered")
    return np.clip(1.0 - np.dot(u, v) / np.sqrt(np.dot(u, u) * np.dot(v, v)), 0.0, 2.0)


@composite(_D + "correlation")
def correlation(u, v, w=None, centered=True):
    return cosine(u - np.mean(u), v - np.mean(v), w) if centered else cosine(u, v, w)
