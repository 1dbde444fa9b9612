"""Reductions over axes: sum, mean, var, std, prod, max, min, and those without a derivative."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Foreign, Opaque, Scalar, Type, const_dim, dtype_kind, is_complex
from ..runtime import known_nonzero, product_before, safe_divide, static_value
from .guards import larger
from .infer import array_of, axes_of, axis_of, broadcast_dims, dtype_of, elementwise
from .registry import TypeRefusal, constant, jvp, primitive, scaled, vjp


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
        out = dtype_of(key, types, attrs)
        shape = tuple(
            const_dim(1) if i in axes else d for i, d in enumerate(a.shape) if keep or i not in axes
        )
        return Array(out.dtype, shape) if isinstance(out, Array) else out

    return infer


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


_SUM = {"axis": None, "dtype": None, "out": None, "keepdims": False, "initial": None, "where": True}
primitive("numpy.sum", "a", reduction("numpy.sum"), keywords=_SUM, fixed="out initial where", methods="sum")


@jvp("numpy.sum")
def _(a, y, a_dot, *, axis, keepdims):
    return np.sum(a_dot, axis=axis, keepdims=keepdims)


@vjp("numpy.sum")
def _(a, y, y_bar, *, axis, keepdims):
    return back(y_bar, axis, keepdims)


_MEAN = {"axis": None, "dtype": None, "out": None, "keepdims": False, "where": True}
primitive("numpy.mean", "a", reduction("numpy.mean"), keywords=_MEAN, fixed="out where", methods="mean")


@jvp("numpy.mean")
def _(a, y, a_dot, *, axis, keepdims):
    return np.mean(a_dot, axis=axis, keepdims=keepdims)


@vjp("numpy.mean")
def _(a, y, y_bar, *, axis, keepdims):
    return back(y_bar, axis, keepdims) / count(a, y, axis)


_VAR = {"axis": None, "dtype": None, "out": None, "ddof": 0, "keepdims": False, "where": True}
for _name in ("var", "std"):
    primitive(
        f"numpy.{_name}",
        "a",
        reduction(f"numpy.{_name}", real=True),
        keywords=_VAR,
        fixed="dtype out where",
        methods=_name,
    )


@jvp("numpy.var")
def _(a, y, a_dot, *, axis, ddof, keepdims):
    d = a - np.mean(a, axis=axis, keepdims=True)
    return np.sum(2.0 * d * a_dot, axis=axis, keepdims=keepdims) / (count(a, y, axis) - ddof)


@vjp("numpy.var")
def _(a, y, y_bar, *, axis, ddof, keepdims):
    d = a - np.mean(a, axis=axis, keepdims=True)
    return back(y_bar, axis, keepdims) * 2.0 * d / (count(a, y, axis) - ddof)


@jvp("numpy.std")
def _(a, y, a_dot, *, axis, ddof, keepdims):
    d = a - np.mean(a, axis=axis, keepdims=True)
    return safe_divide(np.sum(d * a_dot, axis=axis, keepdims=keepdims), (count(a, y, axis) - ddof) * y)


@vjp("numpy.std")
def _(a, y, y_bar, *, axis, ddof, keepdims):
    d = a - np.mean(a, axis=axis, keepdims=True)
    return safe_divide(back(y_bar, axis, keepdims) * d, (count(a, y, axis) - ddof) * back(y, axis, keepdims))


# -- max and min: ties share equally -------------------------------------------------------------------
_MAX = {"axis": None, "out": None, "keepdims": False, "initial": None, "where": True}
for _name, _also in (("max", "numpy.amax"), ("min", "numpy.amin")):
    primitive(
        f"numpy.{_name}",
        "a",
        reduction(f"numpy.{_name}", real=True),
        keywords=_MAX,
        fixed="out initial where",
        also=_also,
        methods=_name,
        may_raise=True,
    )

    @jvp(f"numpy.{_name}")
    def extreme_tangent(a, y, a_dot, *, axis, keepdims):
        hit = a == back(y, axis, keepdims)
        return np.sum(a_dot * hit, axis=axis, keepdims=keepdims) / np.sum(hit, axis=axis, keepdims=keepdims)

    @vjp(f"numpy.{_name}")
    def extreme_adjoint(a, y, y_bar, *, axis, keepdims):
        hit = a == back(y, axis, keepdims)
        return back(y_bar, axis, keepdims) * hit / np.sum(hit, axis=axis, keepdims=True)


primitive(
    "numpy.ptp",
    "a",
    reduction("numpy.ptp", real=True),
    keywords={"axis": None, "out": None, "keepdims": False},
    fixed="out",
    may_raise=True,
)


@jvp("numpy.ptp")
def _(a, y, a_dot, *, axis, keepdims):
    high = a == np.max(a, axis=axis, keepdims=True)
    low = a == np.min(a, axis=axis, keepdims=True)
    top = np.sum(a_dot * high, axis=axis, keepdims=keepdims) / np.sum(high, axis=axis, keepdims=keepdims)
    return top - np.sum(a_dot * low, axis=axis, keepdims=keepdims) / np.sum(low, axis=axis, keepdims=keepdims)


@vjp("numpy.ptp")
def _(a, y, y_bar, *, axis, keepdims):
    high = a == np.max(a, axis=axis, keepdims=True)
    low = a == np.min(a, axis=axis, keepdims=True)
    share = high / np.sum(high, axis=axis, keepdims=True) - low / np.sum(low, axis=axis, keepdims=True)
    return back(y_bar, axis, keepdims) * share


# -- prod: the product of the others is exact where elements are zero -----------------------------------
_PROD = {"axis": None, "dtype": None, "out": None, "keepdims": False, "initial": None, "where": True}
primitive(
    "numpy.prod",
    "a",
    reduction("numpy.prod", one_axis=True),
    keywords=_PROD,
    fixed="dtype out initial where",
    methods="prod",
)


def others(a, axis):
    """For each element the product of all others along an axis."""
    after = np.flip(product_before(np.flip(a, axis=axis), axis=axis), axis=axis)
    return product_before(a, axis=axis) * after


def all_others(a, axis):
    if axis is None:
        return others(a, 0) if a.ndim == 1 else np.reshape(others(np.ravel(a), 0), a.shape)
    return others(a, axis)


@jvp("numpy.prod")
def _(a, y, a_dot, *, axis, keepdims):
    if np.ndim(a) == 0:
        return a_dot
    return np.sum(a_dot * all_others(a, axis), axis=axis, keepdims=keepdims)


@vjp("numpy.prod")
def _(a, y, y_bar, *, axis, keepdims):
    if np.ndim(a) == 0:
        return y_bar
    if known_nonzero(a):
        return back(y_bar * y, axis, keepdims) / a
    return back(y_bar, axis, keepdims) * all_others(a, axis)


# -- clip ------------------------------------------------------------------------------------------------
def _clip(types, attrs):
    given = [t for t in types if not (isinstance(t, Opaque) and t.what == "NoneType")]
    out = dtype_of("numpy.clip", [*types, *[Opaque("NoneType")] * (3 - len(types))])
    if not isinstance(out, Array):
        return out
    return Array(out.dtype, broadcast_dims([t.shape for t in given if isinstance(t, Array)]))


primitive("numpy.clip", "a a_min a_max", _clip, keywords={"out": None}, fixed="out", methods="clip")


def clip_inside(g, a, low, high, y):
    if low is None:
        return g if high is None else larger(g, high, a)
    if high is None:
        return larger(g, a, low)
    lo, hi = static_value(low), static_value(high)
    if lo is not None and hi is not None and lo < hi:
        return g * ((a > low) & (a < high)) + 0.5 * g * ((a == low) | (a == high))
    return larger(larger(g, high, np.maximum(a, low)), a, low)


def clip_low(g, a, low, high, y):
    return larger(g, low, a) if high is None else larger(larger(g, high, np.maximum(a, low)), low, a)


def clip_high(g, a, low, high, y):
    return larger(g, a, high) if low is None else larger(g, np.maximum(a, low), high)


scaled("numpy.clip", clip_inside, clip_low, clip_high)

# -- no derivative ---------------------------------------------------------------------------------------
_ANY = {"axis": None, "out": None, "keepdims": False, "where": True}
for _name in ("any", "all"):
    primitive(
        f"numpy.{_name}", "a", reduction(f"numpy.{_name}"), keywords=_ANY, fixed="out where", methods=_name
    )
    constant(f"numpy.{_name}")


def _count_nonzero(types, attrs):
    if attrs["axis"] is None and not attrs["keepdims"]:
        return dtype_of("numpy.count_nonzero", types)
    return reduction("numpy.count_nonzero")(types, attrs)


primitive("numpy.count_nonzero", "a", _count_nonzero, keywords={"axis": None, "keepdims": False})
for _name in ("argmax", "argmin"):
    primitive(
        f"numpy.{_name}",
        "a",
        reduction(f"numpy.{_name}", one_axis=True),
        keywords={"axis": None, "out": None, "keepdims": False},
        fixed="out",
        methods=_name,
        may_raise=True,
    )
    constant(f"numpy.{_name}")
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
