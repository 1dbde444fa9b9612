"""Products of matrices: kron, matrix_power, multi_dot, and NumPy 2's names in numpy.linalg."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..ir.types import Array
from ..runtime import unbroadcast
from .contractions import meet, turned
from .infer import array_of, broadcast_dims, dtype_of, need_rank, promoted, result, times
from .matrices import column, conj, real_or_complex, square
from .registry import ALIASES, TypeRefusal, jvp, primitive, static, vjp


# -- kron: blocks a[i, j] * b.  Over axes (a0, b0, a1, b1, ...) it is the outer product --------------------
def _kron(types, attrs):
    a, b = map(array_of, types)
    rank = max(a.ndim, b.ndim)
    left, right = ((None,) * (rank - t.ndim) + t.shape for t in (a, b))
    dims = tuple(q if p is None else p if q is None else product(p, q) for p, q in zip(left, right))
    return result(promoted(types), dims)


def product(p, q):
    """The product of two lengths, as far as they are numbers."""
    if p.symbol is None:
        return times(q, p.offset)
    return times(p, q.offset if q.symbol is None else None)


primitive("numpy.kron", "a b", _kron, may_raise=True)


@static
def split_axes(small, rank, first):
    """Where the axes of one factor stand among those of both, in pairs."""
    return tuple(range(0 if first else 1, 2 * rank, 2))[rank - small :]


def paired(y, a, b):
    """y with the axes of a and b apart: (a0, b0, a1, b1, ...)."""
    rank = max(np.ndim(a), np.ndim(b))
    p, q = lengths(a, rank), lengths(b, rank)
    return np.reshape(y, interleaved(p, q))


def lengths(a, rank):
    return (1,) * (rank - np.ndim(a)) + np.shape(a)


def interleaved(p, q):
    return () if len(p) == 0 else (p[0], q[0], *interleaved(p[1:], q[1:]))


@static
def every_second(rank, start):
    return tuple(range(start, 2 * rank, 2))


def along_pairs(x, rank, first):
    """x with axes of length 1 in the places of the other factor's."""
    p, ones = lengths(x, rank), (1,) * rank
    return np.reshape(x, interleaved(p, ones) if first else interleaved(ones, p))


@jvp("numpy.kron")
def _(a, b, y, a_dot):
    return np.kron(a_dot, b)


@jvp("numpy.kron", 1)
def _(a, b, y, b_dot):
    return np.kron(a, b_dot)


@vjp("numpy.kron")
def _(a, b, y, y_bar):
    rank = max(np.ndim(a), np.ndim(b))
    g = paired(y_bar, a, b) * along_pairs(b, rank, False)
    return np.reshape(np.sum(g, axis=every_second(rank, 1)), np.shape(a))


@vjp("numpy.kron", 1)
def _(a, b, y, y_bar):
    rank = max(np.ndim(a), np.ndim(b))
    g = paired(y_bar, a, b) * along_pairs(a, rank, True)
    return np.reshape(np.sum(g, axis=every_second(rank, 0)), np.shape(b))


# -- powers: d(A^n) = sum of A^i dA A^(n-1-i) ---------------------------------------------------------------
def _matrix_power(types, attrs):
    a, n = square(types[0], "np.linalg.matrix_power"), attrs["n"]
    if not isinstance(n, int):
        raise TypeRefusal("the exponent must be a whole number that is known when compiling")
    return Array(a.dtype if n >= 0 else real_or_complex(a.dtype), a.shape)


primitive("numpy.linalg.matrix_power", "a", _matrix_power, keywords={"n": None}, may_raise=True)


def power_along(a, d, n):
    """The derivative of a^n along d, by squaring: (A^2k)' = (A^k)' A^k + A^k (A^k)'."""
    if n < 0:
        inverse = np.linalg.inv(a)
        return power_along(inverse, -inverse @ d @ inverse, -n)
    if n == 0:
        return np.zeros_like(d)
    if n == 1:
        return d
    if n % 2 == 1:
        return power_along(a, d, n - 1) @ a + np.linalg.matrix_power(a, n - 1) @ d
    half, along = np.linalg.matrix_power(a, n // 2), power_along(a, d, n // 2)
    return along @ half + half @ along


@jvp("numpy.linalg.matrix_power")
def _(a, y, a_dot, *, n):
    return power_along(a, a_dot, n)


@vjp("numpy.linalg.matrix_power")
def _(a, y, y_bar, *, n):
    return power_along(turned(a), y_bar, n)


# -- multi_dot ----------------------------------------------------------------------------------------------
def _multi_dot(types, attrs):
    parts = [need_rank(t, 1, "a factor of np.linalg.multi_dot") for t in types]
    if len(parts) < 2:
        raise TypeRefusal("np.linalg.multi_dot takes two arrays at least")
    inner = parts[1:-1]
    if any(t.ndim != 2 for t in inner) or any(t.ndim > 2 for t in parts):
        raise TypeRefusal("np.linalg.multi_dot takes matrices; the first and the last may be vectors")
    for p, q in pairwise(parts):
        meet(p.shape[-1], q.shape[0])
    return result(promoted(types), parts[0].shape[:-1] + parts[-1].shape[1:])


primitive("numpy.linalg.multi_dot", "arrays", _multi_dot, keywords={"out": None}, fixed="out",
          may_raise=True, variadic=True)  # fmt: skip


def chain(arrays):
    """The product of some factors, in the cheapest order."""
    return arrays[0] if len(arrays) == 1 else np.linalg.multi_dot(arrays)


def replaced(arrays, k, v):
    return (*arrays[:k], v, *arrays[k + 1 :])


@jvp("numpy.linalg.multi_dot")
def _(arrays, y, arrays_dot):
    return tangents(arrays, 0, arrays_dot)


def tangents(arrays, k, arrays_dot):
    """The terms of the product rule from factor k on."""
    term = chain(replaced(arrays, k, arrays_dot[k]))
    return term if k == len(arrays) - 1 else term + tangents(arrays, k + 1, arrays_dot)


def flipped(arrays):
    """The factors of the transposed product."""
    return () if len(arrays) == 0 else (*flipped(arrays[1:]), arrays[0].T)


def factor_adjoint(arrays, k, y_bar):
    left, right = arrays[:k], arrays[k + 1 :]
    if arrays[0].ndim == 1 and k > 0:  # a row
        left = (np.expand_dims(left[0], 0), *left[1:])
    if arrays[-1].ndim == 1 and k < len(arrays) - 1:
        right = (*right[:-1], np.expand_dims(right[-1], 1))
    g = y_bar
    if arrays[0].ndim == 1:
        g = np.expand_dims(g, 0)
    if arrays[-1].ndim == 1:
        g = np.expand_dims(g, -1)
    out = chain((*flipped(left), g, *flipped(right)))
    return np.squeeze(out, axis=0 if k == 0 else 1) if arrays[k].ndim == 1 else out


@vjp("numpy.linalg.multi_dot")
def _(arrays, y, y_bar):
    return adjoints(arrays, 0, y_bar)


def adjoints(arrays, k, y_bar):
    return () if k == len(arrays) else (factor_adjoint(arrays, k, y_bar), *adjoints(arrays, k + 1, y_bar))


# -- NumPy 2's names ---------------------------------------------------------------------------------------
def _vecdot(types, attrs):
    a, b = (need_rank(t, 1, "an operand of np.vecdot") for t in types)
    if attrs["axis"] != -1:
        raise TypeRefusal("only axis=-1 is covered")
    meet(a.shape[-1], b.shape[-1])
    out = dtype_of("numpy.multiply", types)
    return result(out.dtype, broadcast_dims([a.shape[:-1], b.shape[:-1]]))


if hasattr(np, "vecdot"):
    for _key in ("numpy.vecdot", "numpy.linalg.vecdot"):
        primitive(_key, "x1 x2", _vecdot, keywords={"axis": -1}, may_raise=True)
        jvp(_key)(lambda a, b, y, a_dot: np.vecdot(a_dot, b))
        jvp(_key, 1)(lambda a, b, y, b_dot: np.vecdot(a, b_dot))
        vjp(_key)(
            lambda a, b, y, y_bar: unbroadcast(
                conj(column(y_bar) * b) if np.ndim(y_bar) else conj(y_bar * b), a
            )
        )
        vjp(_key, 1)(
            lambda a, b, y, y_bar: unbroadcast((column(y_bar) if np.ndim(y_bar) else y_bar) * conj(a), b)
        )

    ALIASES["numpy.linalg.matmul"] = "numpy.matmul"
    ALIASES["numpy.linalg.tensordot"] = "numpy.tensordot"


def _outer(types, attrs):
    a, b = map(array_of, types)
    if a.ndim != 1 or b.ndim != 1:
        raise TypeRefusal("np.linalg.outer takes vectors; np.outer flattens what is not one")
    return Array(promoted(types), (a.shape[0], b.shape[0]))


def _trace(types, attrs):
    a = need_rank(types[0], 2, "the operand of np.linalg.trace")
    if a.dtype == "bool" or (np.dtype(a.dtype).itemsize < 8 and np.dtype(a.dtype).kind in "iu"):
        raise TypeRefusal("np.linalg.trace of small integers is not covered")
    return result(a.dtype, a.shape[:-2])


if hasattr(np.linalg, "outer"):
    primitive("numpy.linalg.outer", "x1 x2", _outer, may_raise=True)
    jvp("numpy.linalg.outer")(lambda a, b, y, a_dot: np.outer(a_dot, b))
    jvp("numpy.linalg.outer", 1)(lambda a, b, y, b_dot: np.outer(a, b_dot))
    vjp("numpy.linalg.outer")(lambda a, b, y, y_bar: y_bar @ b)
    vjp("numpy.linalg.outer", 1)(lambda a, b, y, y_bar: a @ y_bar)

    primitive("numpy.linalg.trace", "x", _trace, keywords={"offset": 0, "dtype": None}, fixed="dtype")

    @jvp("numpy.linalg.trace")
    def _(x, y, x_dot, *, offset):
        return np.linalg.trace(x_dot, offset=offset)

    @vjp("numpy.linalg.trace")
    def _(x, y, y_bar, *, offset):
        ones = np.eye(x.shape[-2], x.shape[-1], offset)
        return y_bar * ones if x.ndim == 2 else np.expand_dims(y_bar, (-2, -1)) * ones
