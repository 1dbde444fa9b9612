"""The functions of `sourcead.runtime` for Numba: overloads, taken when compiled code calls them.

Each agrees with its namesake on numbers and arrays (tests/backend/test_runtime_numba.py).  Importing the
module registers them; a saved file gets those that it needs (`sourcead.saving`).  The elementwise ones are
ufuncs of Numba, which broadcast; zeros are `np.int8(0)`, which leaves the other branch its precision.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types, vectorize
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import overload, register_jitable

from . import runtime


def is_integer(t):
    """Whether a Numba type is of integers or booleans, an array of them too."""
    return isinstance(getattr(t, "dtype", t), types.Integer | types.Boolean)


def is_complex(t):
    return isinstance(getattr(t, "dtype", t), types.Complex)


# -- elementwise --------------------------------------------------------------------------------------------


@vectorize
def divide(g, d):
    if g == 0:
        return np.int8(0)
    return np.divide(g, d)


@vectorize
def multiply(g, p):
    if g == 0:
        return np.int8(0)
    return g * p


@vectorize
def power(x, p):
    return np.power(x, p)


@vectorize
def log_positive(x):
    if x > 0:
        return np.log(x)
    return np.int8(0)


@vectorize
def log_nonzero(x):
    if x != 0:
        return np.log(x)
    return np.int8(0)


@vectorize
def subtract(a, b):
    if a == b:
        return np.int8(0)
    return a - b


@overload(runtime.safe_divide)
def safe_divide(g, d):
    if is_integer(g) and is_integer(d):
        return lambda g, d: divide(g * 1.0, d)
    return lambda g, d: divide(g, d)


@overload(runtime.safe_multiply)
def safe_multiply(g, p):
    return lambda g, p: multiply(g, p)


@overload(runtime.safe_power)
def safe_power(x, p):
    if is_integer(p):  # a power of integers cannot be negative
        return lambda x, p: power(x, p * 1.0)
    return lambda x, p: power(x, p)


@overload(runtime.safe_log)
def safe_log(x):
    if is_complex(x):
        return lambda x: log_nonzero(x)
    if is_integer(x):
        return lambda x: log_positive(x * 1.0)
    return lambda x: log_positive(x)


@overload(runtime.safe_subtract)
def safe_subtract(a, b):
    return lambda a, b: subtract(a, b)


@vectorize
def sinc_slope(x, n):
    """As `runtime.sinc_derivative`: the differentiated series near 0, else the recurrence."""
    if abs(x) < (n + 2.0) / np.pi:
        t = np.pi * x
        total = 0.0
        first = (n + 1) // 2
        for k in range(first, first + 24 + 2 * n):
            p = 2 * k - n
            factorial = 1.0
            for j in range(2, p + 1):
                factorial *= j
            sign = -1.0 if k % 2 else 1.0
            total += sign * t**p / (factorial * (2 * k + 1))
        return total * np.pi**n
    s = np.sin(np.pi * x) / (np.pi * x)
    for m in range(1, n + 1):
        s = (np.pi ** (m - 1) * np.sin(np.pi * x + m * (np.pi / 2)) - m * s) / x
    return s


BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


@vectorize
def polygamma_of(x, n):
    """As `runtime.polygamma`: recurrence up to 16, then the asymptotic series."""
    z = x * 1.0
    out = 0.0
    sign = -1.0 if n % 2 else 1.0
    below = 1.0  # (n - 1)!
    for j in range(2, n):
        below *= j
    factorial = below * n if n else 1.0
    while z < 16.0:
        out -= np.divide(sign * factorial, z ** (n + 1))
        z += 1.0
    if n == 0:
        out += math.log(z) - 0.5 / z
    else:
        out -= sign * (below / z**n + factorial / (2.0 * z ** (n + 1)))
    for k in range(1, 9):
        rising = 1.0 / (2 * k) if n == 0 else 1.0  # (2k + n - 1)! / (2k)!
        for j in range(2 * k + 1, 2 * k + n):
            rising *= j
        out -= sign * BERNOULLI[k - 1] * rising / z ** (2 * k + n)
    return out


def kind_of(t):
    """The dtype that a float function has for operands of a type."""
    d = getattr(t, "dtype", t)
    return np.float32 if d == types.float32 else np.float64


@overload(runtime.sinc_derivative)
def sinc_derivative(x, n=1):
    kind = kind_of(x)
    if isinstance(x, types.Array):
        return lambda x, n=1: sinc_slope(x, n).astype(kind)
    return lambda x, n=1: kind(sinc_slope(x, n))


@overload(runtime.polygamma)
def polygamma(x, n=0):
    kind = kind_of(x)
    if isinstance(x, types.Array):
        return lambda x, n=0: polygamma_of(x, n).astype(kind)
    return lambda x, n=0: kind(polygamma_of(x, n))


# -- shapes -------------------------------------------------------------------------------------------------


@overload(runtime.unbroadcast)
def unbroadcast(g, like):
    if not isinstance(g, types.Array):
        return lambda g, like: g
    if not isinstance(like, types.Array):
        return lambda g, like: g.sum()
    lead = g.ndim - like.ndim
    axes = range(like.ndim)
    lines = ["def summed(g, like):"]
    if not lead:
        same = " and ".join(f"like.shape[{k}] == g.shape[{k}]" for k in axes)
        lines += [
            f"    if {same or True}:",
            "        return np.ascontiguousarray(g)" if g.ndim else "        return g",
        ]
    lines += [f"    c{k} = 0 if like.shape[{k}] == 1 else 1" for k in axes]
    sizes = "".join(f"g.shape[{k + lead}] if c{k} else 1, " for k in axes)
    lines += [f"    out = np.zeros(({sizes}), g.dtype)"]
    lines += [f"{'    ' * (k + 1)}for i{k} in range(g.shape[{k}]):" for k in range(g.ndim)]
    to = ", ".join(f"i{k + lead} * c{k}" for k in axes) or "()"
    here = ", ".join(f"i{k}" for k in range(g.ndim)) or "()"
    lines += [f"{'    ' * (g.ndim + 1)}out[{to}] += g[{here}]", "    return out"]
    made = {"np": np}
    exec("\n".join(lines), made)
    return made["summed"]


@overload(runtime.zeros_like)
def zeros_like(x):
    if isinstance(x, types.Array):
        return lambda x: np.zeros_like(x)
    if is_integer(x) or is_complex(x):
        zero = 0j if is_complex(x) else False if isinstance(x, types.Boolean) else 0
        return lambda x: zero
    kind = kind_of(x)
    return lambda x: kind(0)


@overload(runtime.stop_gradient)
def stop_gradient(x):
    return lambda x: x


@overload(runtime.reshape_is_view)
def reshape_is_view(a, shape=None, order="C"):
    c_order = a.layout == "C" and getattr(order, "literal_value", order) == "C"
    return (lambda a, shape=None, order="C": True) if c_order else None


next_snapshot = register_jitable(runtime.next_snapshot)

# -- of loops that were array statements --------------------------------------------------------------------


@overload(runtime.accumulate, jit_options={"fastmath": {"reassoc", "nsz"}})  # in any order: it vectorises
def accumulate(s, x):
    return lambda s, x: s + x


@overload(runtime.select)
def select(condition, a, b):
    return lambda condition, a, b: a if condition else b


bound = register_jitable(runtime.bound)
wrapped = register_jitable(runtime.wrapped)
broadcast_length = register_jitable(runtime.broadcast_length)
same_length = register_jitable(runtime.same_length)
fits_length = register_jitable(runtime.fits_length)
nonempty = register_jitable(runtime.nonempty)
at_least = register_jitable(runtime.at_least)

# -- lists --------------------------------------------------------------------------------------------------


@overload(runtime.add_lists)
def add_lists(a, b):
    return lambda a, b: [x + y for x, y in zip(a, b)]


@overload(runtime.repeated)
def repeated(x, n):
    return lambda x, n: [x for _ in range(n)]


# -- along an axis ------------------------------------------------------------------------------------------
# `np.ndindex` goes in C order, so that with smaller places along the axis come first.


@overload(runtime.shift)
def shift(x, axis=0, step=1):
    def moved(x, axis=0, step=1):
        axis = axis % x.ndim
        y = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            k = i[axis] + step
            if 0 <= k < x.shape[axis]:
                y[tuple_setitem(i, axis, k)] = x[i]
        return y

    return moved


@overload(runtime.linear_scan)
def linear_scan(a, b, axis=0, reverse=False):
    def scanned(a, b, axis=0, reverse=False):
        axis = axis % b.ndim
        n = b.shape[axis]
        s = a + b
        for i in np.ndindex(b.shape):
            k = i[axis]
            if reverse:
                here = tuple_setitem(i, axis, n - 1 - k)
                s[here] = b[here]
                if k:
                    before = tuple_setitem(i, axis, n - k)
                    s[here] += a[before] * s[before]
            else:
                s[i] = b[i]
                if k:
                    s[i] += a[i] * s[tuple_setitem(i, axis, k - 1)]
        return s

    return scanned


@overload(runtime.product_before)
def product_before(x, axis=0):
    def multiplied(x, axis=0):
        axis = axis % x.ndim
        y = np.ones_like(x)
        for i in np.ndindex(x.shape):
            if i[axis]:
                before = tuple_setitem(i, axis, i[axis] - 1)
                y[i] = y[before] * x[before]
        return y

    return multiplied


@register_jitable
def item(v, i):
    return v[i]


@register_jitable
def whole(v, i):
    return v


@overload(runtime.add_along_axis)
def add_along_axis(x, index, v, axis):
    term = item if isinstance(v, types.Array) else whole

    def added(x, index, v, axis):
        axis = axis % x.ndim
        y = x.copy()
        for i in np.ndindex(index.shape):
            y[tuple_setitem(i, axis, index[i])] += term(v, i)
        return y

    return added


@overload(runtime.fold_windows)
def fold_windows(g, like, axis=(0,)):
    n = like.ndim
    head = "(" + "".join(f"i[{k}], " for k in range(n)) + ")"
    lines = ["def folded(g, like, axis=(0,)):", "    x = np.zeros(like.shape, g.dtype)"]
    lines += ["    for i in np.ndindex(g.shape):", f"        j = {head}"]
    for k in range(g.ndim - n):
        lines += [f"        j = tuple_setitem(j, axis[{k}], j[axis[{k}]] + i[{n + k}])"]
    lines += ["        x[j] += g[i]", "    return x"]
    made = {"np": np, "tuple_setitem": tuple_setitem}
    exec("\n".join(lines), made)
    return made["folded"]


# -- index arrays -------------------------------------------------------------------------------------------


@overload(runtime.index_add)
def index_add(x, index, v):
    if not (isinstance(index, types.Array) and index.ndim == 1 and is_integer(index)):
        return None
    if isinstance(index.dtype, types.Boolean):
        return None
    term = item if isinstance(v, types.Array) and v.ndim == x.ndim else whole

    def added(x, index, v):
        y = x.copy()
        for k in range(len(index)):
            y[index[k]] += term(v, k)
        return y

    return added


@overload(runtime.written_last)
def written_last(x, index):
    if isinstance(index, types.Array | types.List) and isinstance(index.dtype, types.Integer):

        def remain(x, index):
            last = np.full(x.shape[0], -1)
            places = np.asarray(index)
            flat = np.ascontiguousarray(places).ravel()
            for k in range(flat.size):
                last[flat[k]] = k
            out = np.empty(flat.size, np.bool_)
            for k in range(flat.size):
                out[k] = last[flat[k]] == k
            return out.reshape(places.shape)

        return remain
    if not isinstance(index, types.BaseTuple):
        return None
    axes = [k for k, t in enumerate(index.types) if not isinstance(t, types.NoneType)]
    if any(
        not is_integer(t) or getattr(t, "dtype", t) == types.boolean
        for t in map(index.types.__getitem__, axes)
    ):
        return None
    n = len(axes)
    lines = ["def remain(x, index):"]
    lines += [f"    i{k} = index[{axis}]" for k, axis in enumerate(axes)]
    lines += [f"    k{k} = np.asarray(i{k})" for k in range(n)]
    whole = " + ".join(f"0 * k{k}" for k in range(n))
    wrapped = ", ".join(f"f{k}[p]" for k in range(n))
    shape = "".join(f"x.shape[{axis}], " for axis in axes)
    lines += [f"    whole = np.asarray({whole})", f"    last = np.full(({shape}), -1)"]
    lines += [f"    f{k} = (whole + k{k}).ravel()" for k in range(n)]
    lines += ["    for p in range(whole.size):", f"        last[{wrapped}] = p"]
    lines += ["    out = np.empty(whole.size, np.bool_)"]
    lines += ["    for p in range(whole.size):", f"        out[p] = last[{wrapped}] == p"]
    lines += ["    return out.reshape(whole.shape)"]
    made = {"np": np}
    exec("\n".join(lines), made)
    return made["remain"]
