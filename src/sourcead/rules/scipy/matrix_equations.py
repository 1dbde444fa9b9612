"""Matrix equations: Sylvester, Lyapunov and Riccati.

Each is differentiated as it stands; the tangent solves a linear equation of the same kind, the adjoint its
transpose.  Riccati: Kao and Hennequin 2020 ("Automatic differentiation of Sylvester, Lyapunov, and algebraic
Riccati equations", arXiv 2011.11430).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...ir.types import Array, is_complex
from ..contractions import meet, turned
from ..matrices import conj, daggered, matrix, one, real_or_complex, square
from ..registry import TypeRefusal, jvp, primitive, vjp


def common(*parts) -> str:
    return np.result_type(*(real_or_complex(t.dtype) for t in parts)).name


def single(t, what):
    return square(one(t, what), what)


# -- A X + X B = Q -----------------------------------------------------------------------------------------
def _sylvester(types, attrs):
    a, b = (single(t, "solve_sylvester") for t in types[:2])
    q = one(types[2], "solve_sylvester", False)
    meet(a.shape[0], q.shape[0])
    meet(b.shape[0], q.shape[1])
    return Array(common(a, b, q), q.shape)


primitive("scipy.linalg.solve_sylvester", "a b q", _sylvester, may_raise=True)


@jvp("scipy.linalg.solve_sylvester")
def _(a, b, q, y, a_dot):
    return -scipy.linalg.solve_sylvester(a, b, a_dot @ y)


@jvp("scipy.linalg.solve_sylvester", 1)
def _(a, b, q, y, b_dot):
    return -scipy.linalg.solve_sylvester(a, b, y @ b_dot)


@jvp("scipy.linalg.solve_sylvester", 2)
def _(a, b, q, y, q_dot):
    return scipy.linalg.solve_sylvester(a, b, q_dot)


@vjp("scipy.linalg.solve_sylvester")
def _(a, b, q, y, y_bar):
    return -scipy.linalg.solve_sylvester(turned(a), turned(b), y_bar) @ turned(y)


@vjp("scipy.linalg.solve_sylvester", 1)
def _(a, b, q, y, y_bar):
    return -turned(y) @ scipy.linalg.solve_sylvester(turned(a), turned(b), y_bar)


@vjp("scipy.linalg.solve_sylvester", 2)
def _(a, b, q, y, y_bar):
    return scipy.linalg.solve_sylvester(turned(a), turned(b), y_bar)


# -- A X + X A^H = Q, and A X A^H - X + Q = 0 --------------------------------------------------------------
def _lyapunov(types, attrs):
    a, q = (single(t, "a Lyapunov solver") for t in types)
    for p, r in zip(a.shape, q.shape):
        meet(p, r)
    if is_complex(q) and not is_complex(a):
        raise TypeRefusal("a real `a` with a complex `q` is not covered: SciPy's solution is not one")
    return Array(common(a, q), q.shape)


primitive(
    "scipy.linalg.solve_continuous_lyapunov",
    "a q",
    _lyapunov,
    also="scipy.linalg.solve_lyapunov",
    may_raise=True,
)


@jvp("scipy.linalg.solve_continuous_lyapunov")
def _(a, q, y, a_dot):
    return -scipy.linalg.solve_continuous_lyapunov(a, a_dot @ y + y @ daggered(a_dot))


@jvp("scipy.linalg.solve_continuous_lyapunov", 1)
def _(a, q, y, q_dot):
    return scipy.linalg.solve_continuous_lyapunov(a, q_dot)


@vjp("scipy.linalg.solve_continuous_lyapunov")
def _(a, q, y, y_bar):
    w = scipy.linalg.solve_continuous_lyapunov(daggered(a), conj(y_bar))
    return -conj(w @ daggered(y) + daggered(w) @ y)


@vjp("scipy.linalg.solve_continuous_lyapunov", 1)
def _(a, q, y, y_bar):
    return conj(scipy.linalg.solve_continuous_lyapunov(daggered(a), conj(y_bar)))


primitive("scipy.linalg.solve_discrete_lyapunov", "a q", _lyapunov, keywords={"method": None}, may_raise=True)


@jvp("scipy.linalg.solve_discrete_lyapunov")
def _(a, q, y, a_dot, *, method):
    half = a_dot @ y @ daggered(a)
    return scipy.linalg.solve_discrete_lyapunov(a, half + a @ y @ daggered(a_dot), method=method)


@jvp("scipy.linalg.solve_discrete_lyapunov", 1)
def _(a, q, y, q_dot, *, method):
    return scipy.linalg.solve_discrete_lyapunov(a, q_dot, method=method)


@vjp("scipy.linalg.solve_discrete_lyapunov")
def _(a, q, y, y_bar, *, method):
    w = scipy.linalg.solve_discrete_lyapunov(daggered(a), conj(y_bar), method=method)
    return conj(w @ a @ daggered(y) + daggered(w) @ a @ y)


@vjp("scipy.linalg.solve_discrete_lyapunov", 1)
def _(a, q, y, y_bar, *, method):
    return conj(scipy.linalg.solve_discrete_lyapunov(daggered(a), conj(y_bar), method=method))


# -- Riccati: X and Q, R symmetric (SciPy refuses others), so adjoints are those along symmetric changes ---
def _riccati(types, attrs):
    if len(types) > 4 and any(isinstance(t, Array) for t in types[4:]):
        raise TypeRefusal("e= and s= are not covered")
    a, q, r = (single(types[k], "a Riccati solver") for k in (0, 2, 3))
    b = matrix(types[1], "a Riccati solver")
    parts = (a, b, q, r)
    if any(np.dtype(t.dtype).kind == "c" for t in parts):
        raise TypeRefusal("complex Riccati equations are not covered")
    meet(a.shape[0], b.shape[0])
    meet(a.shape[0], q.shape[0])
    meet(b.shape[1], r.shape[0])
    return Array(common(*parts), a.shape)


for _key in ("scipy.linalg.solve_continuous_are", "scipy.linalg.solve_discrete_are"):
    primitive(_key, "a b q r e s", _riccati, keywords={"balanced": True}, may_raise=True)
    for _n in (4, 5):
        jvp(_key, _n)(None)
        vjp(_key, _n)(None)


def gain(b, r, x):
    """K = R^-1 B^T X; the closed loop is A - B K."""
    return np.linalg.solve(r, b.T @ x)


def along(m):
    return m + m.T


def continuous_change(a, b, r, x, rhs):
    """dX, from the other terms of the differentiated equation."""
    return -scipy.linalg.solve_continuous_lyapunov((a - b @ gain(b, r, x)).T, rhs)


@jvp("scipy.linalg.solve_continuous_are")
def _(a, b, q, r, e, s, x, a_dot):
    return continuous_change(a, b, r, x, along(x @ a_dot))


@jvp("scipy.linalg.solve_continuous_are", 1)
def _(a, b, q, r, e, s, x, b_dot):
    return continuous_change(a, b, r, x, -along(x @ b_dot @ gain(b, r, x)))


@jvp("scipy.linalg.solve_continuous_are", 2)
def _(a, b, q, r, e, s, x, q_dot):
    return continuous_change(a, b, r, x, 0.5 * along(q_dot))


@jvp("scipy.linalg.solve_continuous_are", 3)
def _(a, b, q, r, e, s, x, r_dot):
    k = gain(b, r, x)
    return continuous_change(a, b, r, x, 0.5 * along(k.T @ r_dot @ k))


def continuous_weight(a, b, r, x, x_bar):
    closed = a - b @ gain(b, r, x)
    return -scipy.linalg.solve_continuous_lyapunov(closed, 0.5 * along(x_bar))


@vjp("scipy.linalg.solve_continuous_are")
def _(a, b, q, r, e, s, x, x_bar):
    return 2.0 * x @ continuous_weight(a, b, r, x, x_bar)


@vjp("scipy.linalg.solve_continuous_are", 1)
def _(a, b, q, r, e, s, x, x_bar):
    return -2.0 * x @ continuous_weight(a, b, r, x, x_bar) @ gain(b, r, x).T


@vjp("scipy.linalg.solve_continuous_are", 2)
def _(a, b, q, r, e, s, x, x_bar):
    return continuous_weight(a, b, r, x, x_bar)


@vjp("scipy.linalg.solve_continuous_are", 3)
def _(a, b, q, r, e, s, x, x_bar):
    k = gain(b, r, x)
    return k @ continuous_weight(a, b, r, x, x_bar) @ k.T


def discrete_gain(a, b, r, x):
    """K = (R + B^T X B)^-1 B^T X A."""
    return np.linalg.solve(r + b.T @ x @ b, b.T @ x @ a)


def discrete_change(closed, rhs):
    return scipy.linalg.solve_discrete_lyapunov(closed.T, rhs)


@jvp("scipy.linalg.solve_discrete_are")
def _(a, b, q, r, e, s, x, a_dot):
    closed = a - b @ discrete_gain(a, b, r, x)
    return discrete_change(closed, along(closed.T @ x @ a_dot))


@jvp("scipy.linalg.solve_discrete_are", 1)
def _(a, b, q, r, e, s, x, b_dot):
    k = discrete_gain(a, b, r, x)
    closed = a - b @ k
    return discrete_change(closed, -along(closed.T @ x @ b_dot @ k))


@jvp("scipy.linalg.solve_discrete_are", 2)
def _(a, b, q, r, e, s, x, q_dot):
    return discrete_change(a - b @ discrete_gain(a, b, r, x), 0.5 * along(q_dot))


@jvp("scipy.linalg.solve_discrete_are", 3)
def _(a, b, q, r, e, s, x, r_dot):
    k = discrete_gain(a, b, r, x)
    return discrete_change(a - b @ k, 0.5 * along(k.T @ r_dot @ k))


def discrete_weight(closed, x_bar):
    return scipy.linalg.solve_discrete_lyapunov(closed, 0.5 * along(x_bar))


@vjp("scipy.linalg.solve_discrete_are")
def _(a, b, q, r, e, s, x, x_bar):
    closed = a - b @ discrete_gain(a, b, r, x)
    return 2.0 * x @ closed @ discrete_weight(closed, x_bar)


@vjp("scipy.linalg.solve_discrete_are", 1)
def _(a, b, q, r, e, s, x, x_bar):
    k = discrete_gain(a, b, r, x)
    closed = a - b @ k
    return -2.0 * x @ closed @ discrete_weight(closed, x_bar) @ k.T


@vjp("scipy.linalg.solve_discrete_are", 2)
def _(a, b, q, r, e, s, x, x_bar):
    return discrete_weight(a - b @ discrete_gain(a, b, r, x), x_bar)


@vjp("scipy.linalg.solve_discrete_are", 3)
def _(a, b, q, r, e, s, x, x_bar):
    k = discrete_gain(a, b, r, x)
    return k @ discrete_weight(a - b @ k, x_bar) @ k.T
