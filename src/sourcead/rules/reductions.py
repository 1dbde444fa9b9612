"""Reductions over axes: sum, mean, var, std, prod, max, min, and those without a derivative."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Foreign, Opaque, Scalar, Type, const_dim, dtype_kind, is_complex
from ..runtime import known_nonzero, product_before, safe_divide
from .infer import array_of, axes_of, axis_of, dtype_of, elementwise
from .registry import TypeRefusal, constant, jvp, primitive, static, vjp


def reduction(key: str, real: bool = False, one_axis: bool = False):
    """The type rule of a reduction: dtype and kind from NumPy, the reduced axes gone or of length 1."""

    def infer(types, attrs) -> Type:
        a = array_of(types[0])
        if real and is_complex(a):
            raise TypeRefusal(f"{key.replace('numpy.', 'np.')} of complex numbers is not covered")
        axis, keep = attrs.get("axis"), attrs.get("keepdims", False)
        if one_axis and axis is not None:
            axis_of(axis, a.ndim)
        axes = axes_of(axis, a.ndim)
        if attrs.get("correction", 0) is None:
            attrs = {k: v for k, v in attrs.items() if k != "correction"}
        elif "correction" in attrs:
            attrs = {k: v for k, v in attrs.items() if k != "ddof" or v != 0}
        for t in types[1:]:
            check_extra(key, a, t)
        out = dtype_of(key, types[:1] if len(types) < 2 or not q_follows(key) else types, attrs)
        shape = tuple(
            const_dim(1) if i in axes else d for i, d in enumerate(a.shape) if keep or i not in axes
        )
        return Array(out.dtype, shape) if isinstance(out, Array) else out

    return infer


def q_follows(key):
    return key.endswith(("quantile", "percentile"))


def check_extra(key, a, t):
    """Refuse an `initial=` or `where=` that NumPy would not take."""
    if isinstance(t, Opaque) or q_follows(key):
        return
    if isinstance(t, Array) and t.ndim:
        if t.dtype != "bool" or t.ndim > max(a.ndim, 1):
            raise TypeRefusal(
                "where= is an array of truth values, no larger than the operand; initial= a number"
            )
    elif is_complex(t) and not is_complex(a):
        raise TypeRefusal(f"initial= of {t.dtype} does not fit an array of {a.dtype}")


def back(g, axis, keepdims):
    """An adjoint of a reduced array in a shape that broadcasts to the shape before."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def count(a, y, axis):
    """How many elements went into each result."""
    if axis is None:
        return a.size if isinstance(a, np.ndarray) else 1
    if isinstance(axis, int):
        return a.shape[axis]
    return a.size // max(np.size(y), 1)


def chosen(where, g):
    """g where elements count, else 0."""
    return g if where is None else np.where(where, g, 0.0)


_SUM = {"axis": None, "dtype": None, "out": None, "keepdims": False}
primitive(
    "numpy.sum",
    "a initial where",
    reduction("numpy.sum"),
    keywords=_SUM,
    fixed="out",
    methods="sum",
    order="a axis dtype out keepdims initial where",
)


@jvp("numpy.sum")
def _(a, initial, where, y, a_dot, *, axis, keepdims):
    if where is None:
        return np.sum(a_dot, axis=axis, keepdims=keepdims)
    return np.sum(a_dot, axis=axis, keepdims=keepdims, where=where)


@vjp("numpy.sum")
def _(a, initial, where, y, y_bar, *, axis, keepdims):
    return chosen(where, back(y_bar, axis, keepdims))


@jvp("numpy.sum", 1)
def _(a, initial, where, y, initial_dot):
    return initial_dot


@vjp("numpy.sum", 1)
def _(a, initial, where, y, y_bar):
    return np.sum(y_bar)


_MEAN = {"axis": None, "dtype": None, "out": None, "keepdims": False}
primitive(
    "numpy.mean",
    "a where",
    reduction("numpy.mean"),
    keywords=_MEAN,
    fixed="out",
    methods="mean",
    order="a axis dtype out keepdims where",
)


def how_many(a, where, y, axis, keepdims):
    """How many elements went into each result, in a shape that broadcasts against it."""
    if where is None:
        return count(a, y, axis)
    return np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)


@jvp("numpy.mean")
def _(a, where, y, a_dot, *, axis, keepdims):
    if where is None:
        return np.mean(a_dot, axis=axis, keepdims=keepdims)
    total = np.sum(a_dot, axis=axis, keepdims=keepdims, where=where)
    return safe_divide(total, how_many(a, where, y, axis, keepdims))


@vjp("numpy.mean")
def _(a, where, y, y_bar, *, axis, keepdims):
    if where is None:
        return back(y_bar, axis, keepdims) / count(a, y, axis)
    return chosen(where, back(safe_divide(y_bar, how_many(a, where, y, axis, keepdims)), axis, keepdims))


_VAR = {
    "axis": None,
    "dtype": None,
    "out": None,
    "ddof": 0,
    "keepdims": False,
    "mean": None,
    "correction": None,
}
for _name in ("var", "std"):
    primitive(
        f"numpy.{_name}",
        "a where",
        reduction(f"numpy.{_name}"),
        keywords=_VAR,
        fixed="dtype out mean",
        methods=_name,
        order="a axis dtype out ddof keepdims where mean correction",
    )


def from_mean(a, where, axis):
    """The distance of each element from the mean, conjugated; 0 where it does not count."""
    if where is None:
        d = a - np.mean(a, axis=axis, keepdims=True)
    else:
        d = chosen(where, a - np.mean(a, axis=axis, keepdims=True, where=where))
    return np.conj(d) if np.iscomplexobj(a) else d


def real_product(d, a_dot):
    return np.real(d * a_dot) if np.iscomplexobj(d) else d * a_dot


def less(n, ddof, correction):
    return n - (ddof if correction is None else correction)


@jvp("numpy.var")
def _(a, where, y, a_dot, *, axis, ddof, keepdims, correction):
    d = from_mean(a, where, axis)
    n = less(how_many(a, where, y, axis, keepdims), ddof, correction)
    if np.iscomplexobj(a):
        return np.sum(2.0 * real_product(d, a_dot), axis=axis, keepdims=keepdims) / n
    return np.sum(2.0 * d * a_dot, axis=axis, keepdims=keepdims) / n


@vjp("numpy.var")
def _(a, where, y, y_bar, *, axis, ddof, keepdims, correction):
    d = from_mean(a, where, axis)
    n = less(how_many(a, where, y, axis, keepdims), ddof, correction)
    if where is None:
        return back(y_bar, axis, keepdims) * 2.0 * d / n
    return back(y_bar / n, axis, keepdims) * 2.0 * d


@jvp("numpy.std")
def _(a, where, y, a_dot, *, axis, ddof, keepdims, correction):
    d = from_mean(a, where, axis)
    n = less(how_many(a, where, y, axis, keepdims), ddof, correction)
    return safe_divide(np.sum(real_product(d, a_dot), axis=axis, keepdims=keepdims), n * y)


@vjp("numpy.std")
def _(a, where, y, y_bar, *, axis, ddof, keepdims, correction):
    d = from_mean(a, where, axis)
    n = less(how_many(a, where, y, axis, keepdims), ddof, correction)
    if where is None:
        return safe_divide(back(y_bar, axis, keepdims) * d, n * back(y, axis, keepdims))
    return back(safe_divide(y_bar, n * y), axis, keepdims) * d


for _name in ("mean", "var", "std"):
    jvp(f"numpy.{_name}", 1)(None)
    vjp(f"numpy.{_name}", 1)(None)
jvp("numpy.sum", 2)(None)
vjp("numpy.sum", 2)(None)


# -- prod: the product of the others is exact where elements are zero -----------------------------------
_PROD = {"axis": None, "dtype": None, "out": None, "keepdims": False}
primitive(
    "numpy.prod",
    "a initial where",
    reduction("numpy.prod"),
    keywords=_PROD,
    fixed="out",
    methods="prod",
    order="a axis dtype out keepdims initial where",
)


def others(a, axis):
    """For each element the product of all others along an axis."""
    after = np.flip(product_before(np.flip(a, axis=axis), axis=axis), axis=axis)
    return product_before(a, axis=axis) * after


@static
def last_axes(n):
    return tuple(range(-n, 0))


def all_others(a, axis):
    if axis is None:
        return others(a, 0) if a.ndim == 1 else np.reshape(others(np.ravel(a), 0), a.shape)
    if isinstance(axis, tuple):
        if len(axis) == 0:
            return np.ones_like(a)
        moved = np.moveaxis(a, axis, last_axes(len(axis)))
        one = others(np.reshape(moved, (*moved.shape[: a.ndim - len(axis)], -1)), -1)
        return np.moveaxis(np.reshape(one, moved.shape), last_axes(len(axis)), axis)
    return others(a, axis)


def factors(a, where):
    return a if where is None else np.where(where, a, np.ones_like(a))


def times(initial, g):
    return g if initial is None else initial * g


@jvp("numpy.prod")
def _(a, initial, where, y, a_dot, *, axis, keepdims):
    if np.ndim(a) == 0:
        return times(initial, chosen(where, a_dot))
    x = all_others(factors(a, where), axis)
    return times(initial, np.sum(chosen(where, a_dot) * x, axis=axis, keepdims=keepdims))


@vjp("numpy.prod")
def _(a, initial, where, y, y_bar, *, axis, keepdims):
    if np.ndim(a) == 0:
        return chosen(where, times(initial, y_bar))
    if where is None and known_nonzero(a):
        return back(y_bar * y, axis, keepdims) / a
    x = all_others(factors(a, where), axis)
    return chosen(where, back(times(initial, y_bar), axis, keepdims) * x)


@jvp("numpy.prod", 1)
def _(a, initial, where, y, initial_dot, *, axis, keepdims):
    return initial_dot * np.prod(factors(a, where), axis=axis, keepdims=keepdims)


@vjp("numpy.prod", 1)
def _(a, initial, where, y, y_bar, *, axis, keepdims):
    return np.sum(y_bar * np.prod(factors(a, where), axis=axis, keepdims=keepdims))


jvp("numpy.prod", 2)(None)
vjp("numpy.prod", 2)(None)


# -- no derivative ---------------------------------------------------------------------------------------
_ANY = {"axis": None, "out": None, "keepdims": False}
for _name in ("any", "all"):
    primitive(
        f"numpy.{_name}",
        "a where",
        reduction(f"numpy.{_name}"),
        keywords=_ANY,
        fixed="out",
        methods=_name,
        order="a axis out keepdims where",
    )
    constant(f"numpy.{_name}")


def _count_nonzero(types, attrs):
    if attrs["axis"] is None and not attrs["keepdims"]:
        return dtype_of("numpy.count_nonzero", types)
    return reduction("numpy.count_nonzero")(types, attrs)


primitive("numpy.count_nonzero", "a", _count_nonzero, keywords={"axis": None, "keepdims": False})
constant("numpy.count_nonzero")


def _size(types, attrs):
    if not isinstance(types[0], Foreign):
        array_of(types[0])
    return Scalar("int64")


primitive("numpy.size", "a", _size, keywords={"axis": None}, methods="size")
primitive("numpy.ndim", "a", _size)
for _name in ("allclose", "array_equal"):
    primitive(
        f"numpy.{_name}",
        "a b",
        lambda types, attrs: Scalar("bool"),
        keywords=(
            {"rtol": 1e-05, "atol": 1e-08, "equal_nan": False}
            if _name == "allclose"
            else {"equal_nan": False}
        ),
    )
    constant(f"numpy.{_name}")
primitive(
    "numpy.isclose",
    "a b",
    elementwise("numpy.isclose"),
    keywords={"rtol": 1e-05, "atol": 1e-08, "equal_nan": False},
)
constant("numpy.size", "numpy.ndim", "numpy.isclose")


def _item(types, attrs):
    a = array_of(types[0])
    if a.ndim and not all(d.is_one or not d.not_one for d in a.shape):
        raise TypeRefusal("an array with more than one element has no single item")
    return Scalar({"f": "float64", "c": "complex128", "b": "bool"}.get(dtype_kind(a.dtype), "int64"))


primitive("numpy.ndarray.item", "a", _item, spell=("method", "item"), methods="item", may_raise=True)


@jvp("numpy.ndarray.item")
def _(a, y, a_dot):
    return a_dot.item()


@vjp("numpy.ndarray.item")
def _(a, y, y_bar):
    return y_bar
