"""`einsum`: the adjoint of an operand is another einsum, of the output's adjoint and the other operands."""

from __future__ import annotations

import numpy as np

from ..ir.types import Array, Scalar
from ..runtime import unbroadcast
from .contractions import meet
from .guards import upto
from .infer import broadcast_dims, promoted, result
from .joins import parts_of
from .registry import TypeRefusal, jvp, primitive, static, vjp


@static
def terms(subscripts):
    """The subscripts of the operands, and those of the result (made explicit)."""
    left, arrow, out = subscripts.replace(" ", "").partition("->")
    if not arrow:
        letters = left.replace(",", "").replace("...", "")
        out = ("..." if "..." in left else "") + "".join(
            sorted(c for c in set(letters) if letters.count(c) == 1)
        )
    return tuple(left.split(",")), out


def _einsum(types, attrs):
    arrays = parts_of(types)
    if not isinstance(attrs["subscripts"], str):
        raise TypeRefusal("the subscripts must be text that is known when compiling")
    inputs, out = terms(attrs["subscripts"])
    if len(inputs) != len(arrays):
        raise TypeRefusal(f"{len(inputs)} operands are named, {len(arrays)} are given")
    dims, batches = {}, []
    for names, t in zip(inputs, arrays):
        shape = t.shape if isinstance(t, Array) else ()
        plain = names.replace("...", "")
        if len(plain) > len(shape) or ("..." not in names and len(plain) != len(shape)):
            raise TypeRefusal(f"'{names}' does not name the {len(shape)} axes of its operand")
        at = names.index("...") if "..." in names else len(plain)
        extra = len(shape) - len(plain)
        batches.append(shape[at : at + extra])
        for name, d in zip(plain, shape[:at] + shape[at + extra :]):
            if name in dims and not dims[name].is_one and not d.is_one:
                meet(dims[name], d)
            if name not in dims or dims[name].is_one:
                dims[name] = d
    if any(c not in dims for c in out.replace("...", "")):
        raise TypeRefusal("the result names an axis that no operand has")
    batch = broadcast_dims(batches)
    at = out.index("...") if "..." in out else 0
    plain = out.replace("...", "")
    shape = (
        tuple(dims[c] for c in plain[:at])
        + (batch if "..." in out else ())
        + tuple(dims[c] for c in plain[at:])
    )
    return result(promoted([Scalar(t.dtype, True) for t in arrays]), shape)


primitive(
    "numpy.einsum",
    "operands",
    _einsum,
    variadic="*",
    leading=1,
    may_raise=True,
    keywords={"subscripts": None, "out": None, "optimize": False},
    fixed="out",
)


@static
def adjoint_terms(subscripts, i):
    """What to compute for the adjoint of operand i.

    Returns the subscripts of an einsum of the adjoint, the other operands and one identity matrix for each
    repeated letter of operand i; the axes (of operand i) along which its matrices run; and the axes that
    only operand i has, along which its adjoint is constant.
    """
    inputs, out = terms(subscripts)
    own = inputs[i]
    others = inputs[:i] + inputs[i + 1 :]
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in subscripts]
    target, eyes, sizes = "", [], []
    plain = own.replace("...", "")
    head = own.index("...") if "..." in own else 0

    def place(k: int) -> int:
        """The axis of the k-th letter, counted from the end behind an ellipsis."""
        return k if k < head else k - len(plain)

    for k, c in enumerate(own):
        if c != "." and own.index(c) != k:
            fresh = spare.pop(0)
            eyes.append(c + fresh)
            sizes.append(place(plain.index(c)))
            target += fresh
        else:
            target += c
    seen = set("".join((out, *others, *eyes)))
    alone = tuple(place(k) for k, c in enumerate(plain) if c not in seen)
    kept = "".join(c for c in target if c == "." or c in seen)
    if "..." in out and "..." not in own:
        kept = "..." + kept
    return ",".join([out, *others, *eyes]) + "->" + kept, tuple(sizes), alone


def adjoint_of(xs, g, subscripts, i):
    text, sizes, alone = adjoint_terms(subscripts, i)
    eyes = tuple([np.eye(xs[i].shape[k]) for k in sizes])
    x_bar = np.einsum(text, g, *xs[:i], *xs[i + 1 :], *eyes)
    if len(alone) > 0:
        x_bar = np.expand_dims(x_bar, alone)
        if "..." in subscripts:  # what stands for `...` is summed below, the rest is made whole here
            x_bar = x_bar * np.ones_like(xs[i])
    return unbroadcast(x_bar, xs[i]) if np.ndim(x_bar) > np.ndim(xs[i]) or "..." in subscripts else x_bar


def swapped(xs, i, x):
    return (*xs[:i], x, *xs[i + 1 :])


@jvp("numpy.einsum")
def _(xs, y, xs_dot, *, subscripts):
    return sum(tuple([np.einsum(subscripts, *swapped(xs, i, xs_dot[i])) for i in upto(len(xs))]))


@vjp("numpy.einsum")
def _(xs, y, y_bar, *, subscripts):
    return tuple([adjoint_of(xs, y_bar, subscripts, i) for i in upto(len(xs))])
