"""Sums of products: matmul, dot, vdot, inner, outer, tensordot, einsum, cross."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar, const_dim, is_complex, same_dim, unify
from ..runtime import unbroadcast
from .infer import array_of, axes_of, broadcast_dims, dtype_of, need_rank, promoted, result
from .registry import TypeRefusal, jvp, primitive, static, vjp
from .shapes import ravelled


def meet(p, q) -> None:
    """Two axes that are summed over together have one length."""
    if p.symbol is None and q.symbol is None and p.offset != q.offset:
        raise TypeRefusal(f"axes of lengths {p.offset} and {q.offset} do not agree")
    if not same_dim(p, q):
        unify(p, q)


def contraction(key: str):
    """The type rule of matmul."""

    def infer(types, attrs):
        for t in types:
            if not isinstance(t, Array) or t.ndim == 0:
                raise TypeRefusal("matmul takes arrays with at least one axis; numbers are multiplied with *")
        a, b = types
        out = dtype_of(key, types, attrs)
        meet(a.shape[-1], b.shape[-2] if b.ndim > 1 else b.shape[0])
        batch = broadcast_dims([a.shape[:-2], b.shape[:-2]])
        return result(
            out.dtype, batch + (a.shape[-2:-1] if a.ndim > 1 else ()) + (b.shape[-1:] if b.ndim > 1 else ())
        )

    return infer


primitive(
    "operator.matmul", "a b", contraction("operator.matmul"), spell=("binop", "MatMult"), may_raise=True
)
primitive("numpy.matmul", "x1 x2", contraction("numpy.matmul"), may_raise=True)


def turned(a):
    return a.T if a.ndim == 2 else np.swapaxes(a, -1, -2)


def matmul_left(a, b, y, y_bar):
    if a.ndim == 1 and b.ndim == 1:
        return y_bar * b
    if b.ndim == 1:
        return np.outer(y_bar, b) if a.ndim == 2 else np.expand_dims(y_bar, -1) * b
    if a.ndim == 1:
        return (
            b @ y_bar if b.ndim == 2 else unbroadcast(np.squeeze(b @ np.expand_dims(y_bar, -1), axis=-1), a)
        )
    return y_bar @ b.T if a.ndim == 2 and b.ndim == 2 else unbroadcast(y_bar @ turned(b), a)


def matmul_right(a, b, y, y_bar):
    if a.ndim == 1 and b.ndim == 1:
        return y_bar * a
    if a.ndim == 1:
        return np.outer(a, y_bar) if b.ndim == 2 else np.expand_dims(a, 1) * np.expand_dims(y_bar, -2)
    if b.ndim == 1:
        return (
            a.T @ y_bar
            if a.ndim == 2
            else np.sum(np.expand_dims(y_bar, -1) * a, axis=tuple(range(a.ndim - 1)))
        )
    return a.T @ y_bar if a.ndim == 2 and b.ndim == 2 else unbroadcast(turned(a) @ y_bar, b)


for _key in ("operator.matmul", "numpy.matmul"):

    @jvp(_key)
    def matmul_tangent_left(a, b, y, a_dot):
        return a_dot @ b

    @jvp(_key, 1)
    def matmul_tangent_right(a, b, y, b_dot):
        return a @ b_dot

    vjp(_key)(matmul_left)
    vjp(_key, 1)(matmul_right)


# -- dot -------------------------------------------------------------------------------------------------
def _dot(types, attrs):
    a, b = map(array_of, types)
    out = dtype_of("numpy.dot", types)
    if a.ndim == 0 or b.ndim == 0:
        return Array(out.dtype, a.shape + b.shape) if isinstance(out, Array) else out
    meet(a.shape[-1], b.shape[-2] if b.ndim > 1 else b.shape[0])
    return result(out.dtype, a.shape[:-1] + b.shape[:-2] + (b.shape[-1:] if b.ndim > 1 else ()))


primitive("numpy.dot", "a b", _dot, keywords={"out": None}, fixed="out", may_raise=True, methods="dot")


@jvp("numpy.dot")
def _(a, b, y, a_dot):
    return np.dot(a_dot, b)


@jvp("numpy.dot", 1)
def _(a, b, y, b_dot):
    return np.dot(a, b_dot)


@vjp("numpy.dot")
def _(a, b, y, y_bar):
    if np.ndim(a) == 0:
        return y_bar * b if np.ndim(b) == 0 else np.sum(y_bar * b)
    if np.ndim(b) == 0:
        return y_bar * b
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul_left(a, b, y, y_bar)
    if b.ndim == 1:
        return np.expand_dims(y_bar, -1) * b
    kept = (*tuple(range(b.ndim - 2)), b.ndim - 1)
    return np.tensordot(y_bar, b, axes=(tuple(range(a.ndim - 1, y_bar.ndim)), kept))


@vjp("numpy.dot", 1)
def _(a, b, y, y_bar):
    if np.ndim(b) == 0:
        return y_bar * a if np.ndim(a) == 0 else np.sum(y_bar * a)
    if np.ndim(a) == 0:
        return y_bar * a
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul_right(a, b, y, y_bar)
    rest = tuple(range(a.ndim - 1))
    b_bar = np.tensordot(a, y_bar, axes=(rest, rest))
    return b_bar if b.ndim == 1 else np.moveaxis(b_bar, 0, -2)


# -- vdot, inner, outer ----------------------------------------------------------------------------------
def _vdot(types, attrs):
    a, b = map(array_of, types)
    if a.ndim == b.ndim == 1:
        meet(a.shape[0], b.shape[0])
    return Scalar(np.result_type(a.dtype, b.dtype).name, True)


primitive("numpy.vdot", "a b", _vdot, may_raise=True)


@jvp("numpy.vdot")
def _(a, b, y, a_dot):
    return np.vdot(a_dot, b)


@jvp("numpy.vdot", 1)
def _(a, b, y, b_dot):
    return np.vdot(a, b_dot)


@vjp("numpy.vdot")
def _(a, b, y, y_bar):
    g = y_bar * b if np.ndim(a) == 1 and np.ndim(b) == 1 else np.reshape(y_bar * b, np.shape(a))
    return np.conj(g) if np.iscomplexobj(g) else g


@vjp("numpy.vdot", 1)
def _(a, b, y, y_bar):
    g = np.conj(a) if np.iscomplexobj(a) else a
    return y_bar * g if np.ndim(a) == 1 and np.ndim(b) == 1 else np.reshape(y_bar * g, np.shape(b))


def _inner(types, attrs):
    a, b = map(array_of, types)
    out = dtype_of("numpy.inner", types)
    if a.ndim == 0 or b.ndim == 0:
        return Array(out.dtype, a.shape + b.shape) if isinstance(out, Array) else out
    meet(a.shape[-1], b.shape[-1])
    return result(out.dtype, a.shape[:-1] + b.shape[:-1])


primitive("numpy.inner", "a b", _inner, may_raise=True)


@jvp("numpy.inner")
def _(a, b, y, a_dot):
    return np.inner(a_dot, b)


@jvp("numpy.inner", 1)
def _(a, b, y, b_dot):
    return np.inner(a, b_dot)


@vjp("numpy.inner")
def _(a, b, y, y_bar):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return unbroadcast(y_bar * b, a)
    if b.ndim == 1:
        return y_bar * b if a.ndim == 1 else np.expand_dims(y_bar, -1) * b
    return np.tensordot(y_bar, b, axes=b.ndim - 1)


@vjp("numpy.inner", 1)
def _(a, b, y, y_bar):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return unbroadcast(y_bar * a, b)
    if a.ndim == 1:
        return y_bar * a if b.ndim == 1 else np.expand_dims(y_bar, -1) * a
    rest = tuple(range(a.ndim - 1))
    return np.tensordot(y_bar, a, axes=(rest, rest))


def _outer(types, attrs):
    a, b = map(array_of, types)
    out = dtype_of("numpy.outer", types)
    return Array(out.dtype, (_ravelled(a), _ravelled(b)))


def _ravelled(t: Array):
    return ravelled([t], {"order": "C"}).shape[0]


primitive("numpy.outer", "a b", _outer, keywords={"out": None}, fixed="out")


def flat(x):
    return x if np.ndim(x) == 1 else np.ravel(x)


@jvp("numpy.outer")
def _(a, b, y, a_dot):
    return np.outer(a_dot, b)


@jvp("numpy.outer", 1)
def _(a, b, y, b_dot):
    return np.outer(a, b_dot)


@vjp("numpy.outer")
def _(a, b, y, y_bar):
    return y_bar @ flat(b) if np.ndim(a) == 1 else np.reshape(y_bar @ flat(b), np.shape(a))


@vjp("numpy.outer", 1)
def _(a, b, y, y_bar):
    return flat(a) @ y_bar if np.ndim(b) == 1 else np.reshape(flat(a) @ y_bar, np.shape(b))


# -- tensordot -------------------------------------------------------------------------------------------
@static
def pairs(axes, m, n):
    """The summed axes of both operands, and those that are left, from the `axes` of tensordot."""
    if isinstance(axes, int):
        p, q = tuple(range(m - axes, m)), tuple(range(axes))
    else:
        p, q = ((i,) if isinstance(i, int) else tuple(i) for i in axes)
    p, q = tuple(i % m for i in p), tuple(i % n for i in q)
    return p, q, tuple(i for i in range(m) if i not in p), tuple(i for i in range(n) if i not in q)


@static
def order_back(summed, kept, other):
    """The axes of a contraction with the adjoint, put where they belong: `kept` come first, then the
    partners of `other`."""
    have = kept + tuple(p for _, p in sorted(zip(other, summed)))
    return tuple(have.index(i) for i in range(len(have)))


def _tensordot(types, attrs):
    a, b = (need_rank(t, 0, "an operand") for t in types)
    axes = attrs["axes"]
    try:
        p, q, left, right = pairs(axes, a.ndim, b.ndim)
        axes_of(p, a.ndim), axes_of(q, b.ndim)
    except (TypeError, ValueError, ZeroDivisionError):
        raise TypeRefusal(f"axes={axes!r} is not covered") from None
    if len(p) != len(q):
        raise TypeRefusal("both operands must name as many axes")
    for i, j in zip(p, q):
        meet(a.shape[i], b.shape[j])
    shape = tuple(a.shape[i] for i in left) + tuple(b.shape[j] for j in right)
    return Array(promoted([Scalar(a.dtype, True), Scalar(b.dtype, True)]), shape)


primitive("numpy.tensordot", "a b", _tensordot, keywords={"axes": 2}, may_raise=True)


@jvp("numpy.tensordot")
def _(a, b, y, a_dot, *, axes):
    return np.tensordot(a_dot, b, axes=axes)


@jvp("numpy.tensordot", 1)
def _(a, b, y, b_dot, *, axes):
    return np.tensordot(a, b_dot, axes=axes)


@vjp("numpy.tensordot")
def _(a, b, y, y_bar, *, axes):
    p, q, left, right = pairs(axes, a.ndim, b.ndim)
    a_bar = np.tensordot(y_bar, b, axes=(tuple(range(len(left), len(left) + len(right))), right))
    return np.transpose(a_bar, order_back(p, left, q))


@vjp("numpy.tensordot", 1)
def _(a, b, y, y_bar, *, axes):
    p, q, left, right = pairs(axes, a.ndim, b.ndim)
    b_bar = np.tensordot(y_bar, a, axes=(tuple(range(len(left))), left))
    return np.transpose(b_bar, order_back(q, right, p))


# -- cross -----------------------------------------------------------------------------------------------
def _cross(types, attrs):
    a, b = (need_rank(t, 1, "an operand of np.cross") for t in types)
    if any(t.shape[-1].symbol is None and t.shape[-1].offset != 3 for t in (a, b)):
        raise TypeRefusal("np.cross is covered for vectors of length 3")
    if is_complex(a) or is_complex(b):
        raise TypeRefusal("np.cross of complex numbers is not covered")
    batch = broadcast_dims([a.shape[:-1], b.shape[:-1]])
    return Array(promoted([Scalar(a.dtype, True), Scalar(b.dtype, True)]), (*batch, const_dim(3)))


_CROSS = {"axisa": -1, "axisb": -1, "axisc": -1, "axis": None}
primitive("numpy.cross", "a b", _cross, keywords=_CROSS, fixed="axisa axisb axisc axis", may_raise=True)


@jvp("numpy.cross")
def _(a, b, y, a_dot):
    return np.cross(a_dot, b)


@jvp("numpy.cross", 1)
def _(a, b, y, b_dot):
    return np.cross(a, b_dot)


@vjp("numpy.cross")
def _(a, b, y, y_bar):
    return unbroadcast(np.cross(b, y_bar), a)


@vjp("numpy.cross", 1)
def _(a, b, y, y_bar):
    return unbroadcast(np.cross(y_bar, a), b)
