"""The few functions that generated code may call.

Each stands for itself: it needs NumPy (as `np`) and no other name of this module, so that its source can be
pasted on top of a saved file.  Each is a primitive with a rule (`rules/intrinsics.py`), so that derivatives
can be differentiated again.  None of them raises or warns at the poles that it is there for, not under
`np.errstate(all="raise")` either.  The last four are facts that the compiler knows; run, they know nothing.
"""

from __future__ import annotations

import numpy as np

from .runtime_elementary import exp, expm1, log, log1p, maximum, minimum, tanh  # noqa: F401
from .runtime_filters import (  # noqa: F401
    double_inner,
    extend,
    filter_transposed,
    fit,
    fold,
    interpolation,
    lagged_products,
    samples,
    scale_at,
    spread_samples,
    weights_transposed,
)
from .runtime_integrals import carlson_integral
from .runtime_loops import (  # noqa: F401
    accumulate,
    at_least,
    bound,
    broadcast_length,
    fits_length,
    nonempty,
    same_length,
    select,
    wrapped,
)
from .runtime_odes import ode_grid, places_in, radau_stages, stage_times  # noqa: F401
from .runtime_statistics import bessel_i, quantile_weights  # noqa: F401


def safe_divide(g, d):
    """g / d, and 0 wherever g is 0, whatever d is.

    g, d: numbers or arrays that broadcast.  Returns a Python number where both are, else what NumPy returns.

    >>> safe_divide(0.0, 0.0), safe_divide(-1.0, 0.0)
    (0.0, -inf)
    """
    if isinstance(g, (int, float, complex)) and isinstance(d, (int, float, complex)):
        if not isinstance(g, np.generic) and not isinstance(d, np.generic):
            if g == 0:
                return g * 1.0
            if d == 0:
                return g * float(np.copysign(np.inf, d)) if isinstance(d, (int, float)) else g * np.inf
            return g / d
    with np.errstate(all="ignore"):
        q = np.divide(g, d)
        return np.where(np.equal(g, 0), q.dtype.type(0), q)[()]


def safe_multiply(g, p):
    """g * p, and 0 wherever g is 0, whatever p is.

    g, p: numbers or arrays that broadcast.  Returns a Python number where both are, else what NumPy returns.

    >>> safe_multiply(0.0, float("inf")), safe_multiply(2.0, 3.0)
    (0.0, 6.0)
    """
    if isinstance(g, (int, float, complex)) and isinstance(p, (int, float, complex)):
        if not isinstance(g, np.generic) and not isinstance(p, np.generic):
            return g * p if g != 0 else g * 1.0
    with np.errstate(all="ignore"):
        q = np.multiply(g, p)
        return np.where(np.equal(g, 0), q.dtype.type(0), q)[()]


def safe_power(x, p):
    """x ** p without an exception or a warning: 0 ** -1 is inf, what is too large is inf, (-1) ** 0.5 is nan.

    x, p: numbers or arrays that broadcast.  Returns a Python number where both are, else what NumPy returns.

    >>> safe_power(0.0, -0.5), safe_power(2.0, 3.0)
    (inf, 8.0)
    """
    if isinstance(x, (int, float, complex)) and isinstance(p, (int, float, complex)):
        if not isinstance(x, np.generic) and not isinstance(p, np.generic):
            try:
                y = x ** (p * 1.0)
                return np.nan if isinstance(y, complex) and isinstance(x * p, (int, float)) else y
            except (ZeroDivisionError, OverflowError):
                odd = isinstance(p, (int, float)) and p % 2 == 1
                return float(np.copysign(np.inf, x)) if odd and isinstance(x, (int, float)) else np.inf
    with np.errstate(all="ignore"):
        return np.power(x, p * 1.0)


def safe_log(x):
    """log x where x > 0 (any x but 0 where it is complex), else 0.

    x: a number or an array.  Returns a Python number for one, else what NumPy returns.

    >>> safe_log(0.0), safe_log(1.0)
    (0.0, 0.0)
    """
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return float(np.log(x)) if x > 0 else 0.0
    inside = np.not_equal(x, 0) if np.iscomplexobj(x) else np.greater(x, 0)
    return np.log(np.where(inside, x, np.ones_like(x)))[()]


def safe_subtract(a, b):
    """a - b, and 0 where both are the same infinity.

    >>> safe_subtract(-np.inf, -np.inf), safe_subtract(3.0, 1.0)
    (0.0, 2.0)
    """
    if type(a) is float and type(b) is float:
        return a - b if a != b else 0.0
    with np.errstate(all="ignore"):
        d = np.subtract(a, b)
        return np.where(np.equal(a, b), d.dtype.type(0), d)[()]


def unbroadcast(g, like):
    """g summed down to the shape of `like`, from which it was broadcast.

    >>> unbroadcast(np.ones((2, 3)), np.zeros((2, 1))).tolist()
    [[3.0], [3.0]]
    """
    shape = np.shape(like)
    lead = np.ndim(g) - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + i for i, n in enumerate(shape) if n == 1 and np.shape(g)[lead + i] != 1
    )
    if axes:
        g = np.reshape(np.sum(g, axis=axes), shape) if shape else np.sum(g, axis=axes)
    return g.item() if type(like) in (int, float, complex) and hasattr(g, "item") else g


def zeros_like(x):
    """Zeros of the kind, shape and dtype of x.

    >>> zeros_like(2.5), zeros_like(np.ones(2)).tolist()
    (0.0, [0.0, 0.0])
    """
    return np.zeros_like(x) if isinstance(x, np.ndarray) else type(x)(0)


def index_add(x, index, v):
    """A copy of x with v added at x[index]; where an index repeats, all its terms are added.

    >>> index_add(np.zeros(3), np.array([0, 2, 2]), 1.0).tolist()
    [1.0, 0.0, 2.0]
    """
    y = np.copy(x)
    np.add.at(y, index, v)
    return y


def stop_gradient(x):
    """x itself; derivatives do not go through it.

    >>> stop_gradient(2.0)
    2.0
    """
    return x


def next_snapshot(step, end, free):
    """The step before which the next state is saved under binomial checkpointing (revolve).

    The state before `step` has just been saved, the steps from `step` up to `end` are to be reversed, and
    `free` more states may be saved for that.  With s = free + 1 saved states, each step run again at most r
    times, C(s + r, s) steps can be reversed; the next state divides them such that both parts keep to the
    least such r, which gives the fewest steps that are run again (Griewank and Walther, Algorithm 799, 2000).
    Where no more state may be saved, it is the last step.  Raises ValueError where not even one may be.

    >>> next_snapshot(0, 10, 2), next_snapshot(4, 10, 1), next_snapshot(4, 10, 0)
    (4, 7, 9)
    """
    count = end - step
    if free < 0 < count - 1:
        raise ValueError("checkpoint needs at least one slot")
    if free < 1 or count < 3:
        return end - 1
    s, r, here, below = free + 1, 1, free + 2, 1  # here: C(s + r, s), below: C(s + r - 1, s)
    while here < count:
        r += 1
        here, below = here * (s + r) // r, here
    right = below * s // r  # C(s + r - 1, s - 1), what s - 1 states can do in r repetitions
    least = below * (r - 1) // (s + r - 1)  # C(s + r - 2, s)
    return step + max(least, count - right, 1)


def add_lists(a, b):
    """The sums of the items of two lists.

    >>> add_lists([1.0, 2.0], [0.5, 0.5])
    [1.5, 2.5]
    """
    return [x + y for x, y in zip(a, b)]


def repeated(x, n):
    """A list that holds a number n times.

    >>> repeated(0.5, 3)
    [0.5, 0.5, 0.5]
    """
    return [x] * n


def written_last(x, index):
    """Which elements of `v` remain after `x[index] = v`: where an index repeats, the last one (as a mask of
    the shape of the index arrays).  In a tuple, None stands for an axis that a slice goes over.

    >>> written_last(np.zeros(3), [0, 0, 2]).tolist()
    [False, True, True]
    """
    index = index if isinstance(index, tuple) else (index,)
    axes = [np.ndim(i) if np.asarray(i).dtype == bool else 1 for i in index]
    shape = [
        n for i, s, k in zip(index, np.cumsum([0, *axes]), axes) if i is not None for n in x.shape[s : s + k]
    ]
    index = tuple(i for i in index if i is not None)
    order = np.empty(shape, dtype=int)
    count = np.arange(np.size(order[index])).reshape(np.shape(order[index]))
    order[index] = count
    return order[index] == count


def fold_windows(g, like, axis=(0,)):
    """What was read through `sliding_window_view(like, ..., axis)`, added up where it came from.

    g: the shape of the windows, those of `like` first; axis: a tuple, one entry for each window axis.

    >>> fold_windows(np.ones((2, 2)), np.zeros(3), axis=(0,)).tolist()
    [1.0, 2.0, 1.0]
    """
    x = np.zeros_like(like, dtype=g.dtype)
    for offset in np.ndindex(*g.shape[x.ndim :]):
        starts = [0] * x.ndim
        for a, k in zip(axis, offset):
            starts[a] += k
        x[tuple(slice(s, s + n) for s, n in zip(starts, g.shape))] += g[(..., *offset)]
    return x


def add_along_axis(x, index, v, axis=0):
    """A copy of x with v added where `np.take_along_axis(x, index, axis)` reads; repeated places are added
    up.

    >>> add_along_axis(np.zeros(3), np.array([2, 2]), np.ones(2), axis=0).tolist()
    [0.0, 0.0, 2.0]
    """
    y = np.copy(x)
    grid = list(np.ix_(*(range(n) for n in np.shape(x))))
    grid[axis] = index
    np.add.at(y, tuple(grid), v)
    return y


def linear_scan(a, b, axis=0, reverse=False):
    """The recurrence s[i] = a[i] * s[i - 1] + b[i] along an axis.

    reverse: its transpose, s[i] = a[i + 1] * s[i + 1] + b[i].  a, b: arrays of one shape.

    >>> linear_scan(np.array([9.0, 2.0, 3.0]), np.ones(3)).tolist()
    [1.0, 3.0, 10.0]
    """
    a, b = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
    s = np.array(b, dtype=np.result_type(a, b))
    if reverse:
        for i in range(len(s) - 2, -1, -1):
            s[i] += a[i + 1] * s[i + 1]
    else:
        for i in range(1, len(s)):
            s[i] += a[i] * s[i - 1]
    return np.moveaxis(s, 0, axis)


def shift(x, axis=0, step=1):
    """x moved by one place along an axis, forward (step 1) or back (step -1); a zero comes in.

    >>> shift(np.array([1.0, 2.0, 3.0])).tolist(), shift(np.array([1.0, 2.0, 3.0]), step=-1).tolist()
    ([0.0, 1.0, 2.0], [2.0, 3.0, 0.0])
    """
    y = np.zeros_like(x)
    to, of = np.moveaxis(y, axis, 0), np.moveaxis(x, axis, 0)
    if step == 1:
        to[1:] = of[:-1]
    else:
        to[:-1] = of[1:]
    return y


def product_before(x, axis=0):
    """At each place the product of all elements before it along an axis: `cumprod` without its own element.

    >>> product_before(np.array([2.0, 3.0, 4.0])).tolist()
    [1.0, 2.0, 6.0]
    """
    y = np.ones_like(x)
    to, of = np.moveaxis(y, axis, 0), np.moveaxis(x, axis, 0)
    np.cumprod(of[:-1], axis=0, out=to[1:])
    return y


def sinc_derivative(x, n=1):
    """The n-th derivative of np.sinc, accurate at and around 0.

    >>> float(sinc_derivative(0.0, 1)), round(float(sinc_derivative(0.0, 2)), 6)
    (0.0, -3.289868)
    """
    z = np.asarray(
        x, dtype=np.result_type(x, np.float32 if np.asarray(x).dtype == np.float32 else np.float64)
    )
    near = np.abs(z) < (n + 2.0) / np.pi
    t = np.where(near, np.pi * z, 0.0)
    series = np.zeros_like(t)
    # the terms (-1)^k t^(2k) / (2k + 1)! of the series of sinc, differentiated n times in t
    for k in range((n + 1) // 2, (n + 1) // 2 + 24 + 2 * n):
        p = 2 * k - n
        series = series + (-1.0) ** k * t**p / (np.prod(np.arange(1.0, p + 1)) * (2 * k + 1))
    far = np.where(near, 1.0, z)
    s = np.sinc(far)
    for m in range(1, n + 1):
        s = (np.pi ** (m - 1) * np.sin(np.pi * far + m * (np.pi / 2)) - m * s) / far
    return np.where(near, series * np.pi**n, s).astype(z.dtype)[()]


def polygamma(x, n=0):
    """The n-th derivative of the digamma function, at real x.

    Recurrence up to x >= 16, then the asymptotic series.  Returns a Python float for one, else what NumPy
    returns.

    >>> round(polygamma(1.0), 12), round(polygamma(1.0, 1), 12)
    (-0.577215664902, 1.644934066848)
    """
    z = np.asarray(x, dtype=np.float64)
    out = np.zeros(z.shape)
    sign = -1.0 if n % 2 else 1.0  # (-1)^n
    factorial = np.prod(np.arange(1.0, n + 1))
    with np.errstate(all="ignore"):
        while np.any(low := (z < 16.0)):
            out = out - np.where(low, sign * factorial / np.where(low, z, 1.0) ** (n + 1), 0.0)
            z = np.where(low, z + 1.0, z)
        if n == 0:
            out = out + (np.log(z) - 0.5 / z)
        else:
            out = out - sign * (np.prod(np.arange(1.0, n)) / z**n + factorial / (2.0 * z ** (n + 1)))
        bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
        for k, b in enumerate(bernoulli, 1):
            rising = np.prod(np.arange(2.0 * k + 1, 2 * k + n)) if n else 1 / (2 * k)  # (2k + n - 1)! / (2k)!
            out = out - sign * b * rising / z ** (2 * k + n)
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return float(out)
    return out.astype(np.result_type(x, np.float32))[()]


def cofactors(a):
    """The matrix of cofactors, the derivative of the determinant; exact for singular matrices too.

    a: (..., n, n).  From the singular values: each cofactor is a product of the other ones.

    >>> cofactors(np.array([[1.0, 2.0], [2.0, 4.0]])).round(12).tolist()
    [[4.0, -2.0], [-2.0, 1.0]]
    """
    u, s, vt = np.linalg.svd(a)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), s.dtype.type(1), s[..., None, :]).prod(axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return (np.conj(u) * (others * sign[..., None])[..., None, :]) @ np.conj(vt)


def cofactors_along(a, h):
    """The derivative of `cofactors(a)` along h: linear in h and equal to its own transpose.

    a, h: (..., n, n).

    >>> cofactors_along(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]])).round(12).tolist()
    [[4.0, -3.0], [-2.0, 1.0]]
    """
    u, s, vt = np.linalg.svd(a)
    n = s.shape[-1]
    eye = np.eye(n, dtype=bool)
    skip = eye[:, None, :] | eye[None, :, :]  # [i, j, k]: k is i or j
    pairs = np.where(skip, s.dtype.type(1), s[..., None, None, :]).prod(axis=-1)
    m = np.conj(np.swapaxes(u, -1, -2)) @ h @ np.conj(np.swapaxes(vt, -1, -2))
    diagonal = np.diagonal(m, axis1=-2, axis2=-1)
    inner = np.where(eye, 0.0, -np.swapaxes(m, -1, -2) * pairs)
    kept = np.where(eye, 0.0, pairs * diagonal[..., None, :]).sum(axis=-1)
    inner = inner + np.where(eye, kept[..., None], 0.0)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return (np.conj(u) @ (inner * sign[..., None, None]) @ np.conj(vt)).astype(np.result_type(a, h))


def reshape_is_view(a, shape=None, order="C"):
    """Whether `a.reshape(shape, order=order)` is a view of the array a rather than a copy; without a shape,
    `a.ravel(order)`.

    >>> a = np.ones((2, 3))
    >>> reshape_is_view(a, -1), reshape_is_view(a.T, -1), reshape_is_view(a.T, (3, 2))
    (True, False, True)
    """
    seen = a.ravel(order) if shape is None else a.reshape(shape, order=order)
    return bool(np.may_share_memory(a, seen))


def known_nonzero(v):
    """Whether the compiler can prove that v is never 0; False when run."""
    return False


def known_positive(v):
    """Whether the compiler can prove that every element of v is above 0; False when run."""
    return False


def known_zero(v):
    """Whether the compiler can prove that v is 0 everywhere, as the adjoint of a result that nothing uses is;
    False when run."""
    return False


def static_value(v):
    """The number that v is if it is known when compiling, else None; None when run."""
    return None


def is_python(v):
    """Whether v is a Python number (no NumPy scalar, no array); decided by its type."""
    return type(v) in (bool, int, float, complex)


__all__ = ["carlson_integral"]
