"""Calls that write into memory: `out=` and `where=`, methods of ufuncs, the functions of `rules/inplace.py`.

In the IR nothing is written in place: `np.add(a, b, out=y)` computes, then stores into y, and its value is
the reference y itself.  What NumPy would refuse to cast is refused here, when compiling.

    np.divide(a, b, out=y, where=m)      y[m] = a[m] / b[m]
    np.add.at(y, k, v)                   index_add(y, k, v)
    np.multiply.at(y, k, v)              a loop: y[k[n]] = y[k[n]] * v[n]
"""

from __future__ import annotations

import ast
import inspect
import types
from typing import Any

import numpy as np

from ..ir.core import Value
from ..ir.types import UNDEFINED, Array, Scalar, dtype_kind, same_dim
from ..rules import inplace as texts
from ..rules.infer import broadcast_dims
from ..rules.registry import BOOK, Primitive, TypeRefusal, find, resolve
from .base import Base
from .shapes import MISSING
from .values import NONE, Abstract, Ref, SliceVal, Static, Tup
from .views import flat

#: What a ufunc's reduction and running reduction are called as functions.
REDUCE = {
    "add": np.sum, "multiply": np.prod, "maximum": np.max, "minimum": np.min, "logical_and": np.all,
    "logical_or": np.any,
}  # fmt: skip
ACCUMULATE = {"add": np.cumsum, "multiply": np.cumprod}
UFUNC_KEYWORDS = {
    "out": None, "where": True, "dtype": None, "casting": "same_kind", "order": "K", "subok": True,
}  # fmt: skip
NEEDS_DTYPE = "np.dot and the like write only into an array of exactly the result's dtype"
SAME_KIND = frozenset(["numpy.clip", "numpy.round", "numpy.concatenate", "numpy.stack"])


class InPlace(Base):
    flats: dict[Ref, Ref]  # what `x.flat` gave -> x

    def here(self) -> ast.AST:
        span = self.spans[-1]
        return ast.Pass(
            lineno=span.line, col_offset=span.col, end_lineno=span.end_line, end_col_offset=span.end_col
        )

    # -- functions of which there is a text --------------------------------------------------------------
    def in_place_call(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """The functions of this file; MISSING for others."""
        if isinstance(obj, types.BuiltinFunctionType) and isinstance(obj.__self__, np.ufunc):
            return self.ufunc_method(obj.__self__, obj.__name__, args, kwargs)
        for key in texts.IN_PLACE:
            if resolve(key) is obj:
                return self.call_text(key, args, kwargs)
        if (
            obj is np.nan_to_num
            and self.static(kwargs.get("copy", args[1] if len(args) > 1 else NONE)) is False
        ):
            rest = {k: v for k, v in kwargs.items() if k not in ("copy", "x")}
            x = args[0] if args else kwargs["x"]
            self.overwrite(
                x, self.call_primitive(BOOK["numpy.nan_to_num"], [x, *args[2:]], rest), self.here()
            )
            return x
        for key, (reason, hint) in REFUSED_FUNCTIONS.items():
            if resolve(key) is obj:
                self.refuse(f"{key.replace('numpy.', 'np.')} is not supported", reason=reason, hint=hint)
        return MISSING

    def call_text(self, key: str, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        text, names = texts.IN_PLACE[key]
        lists = names.split()
        params = list(inspect.signature(text).parameters)
        args = [self.as_array(a) if k in lists else a for k, a in zip(params, args)] + args[len(params) :]
        kwargs = {k: self.as_array(a) if k in lists else a for k, a in kwargs.items()}
        if lists:
            target = args[0] if args else kwargs.get(params[0])
            if not (isinstance(target, Ref) and target.kind == "array"):
                self.refuse(
                    f"{key.replace('numpy.', 'np.')} writes into an array, not into a {self.kind_of(target)}",
                    reason="Python raises TypeError here",
                )
        return self.call_template(text, args, kwargs, key)

    def call_template(self, text: Any, args: list[Abstract], kwargs: Any, key: str) -> Abstract:
        try:
            return self.call_python(text, args, kwargs, template=True)
        except TypeRefusal as e:
            self.refuse(f"{key.replace('numpy.', 'np.')} cannot be used like this", reason=str(e))

    def as_array(self, a: Abstract) -> Abstract:
        return self.array_of(a) if isinstance(a, Tup) or (isinstance(a, Ref) and a.kind == "list") else a

    # -- out=, where=, dtype= ----------------------------------------------------------------------------
    def written_call(
        self, p: Primitive, args: list[Abstract], kwargs: dict[str, Abstract], attrs: dict[str, Any]
    ) -> Abstract:
        """A call of a primitive with `out=` and the keywords that all ufuncs have; MISSING without them."""
        f = resolve(p.key)
        if isinstance(f, np.ufunc):
            return self.call_ufunc(p, f, args, kwargs)
        names = p.signature
        n = names.index("out") if "out" in names and p.variadic != "*" else len(args)
        if n < len(args):
            kwargs = {**kwargs, **dict(zip(names[n:], args[n:]))}
            args = args[:n]
        out = kwargs.get("out", NONE)
        if self.static(out) is None:
            if "out" not in kwargs:
                return MISSING
            kwargs = {k: v for k, v in kwargs.items() if k != "out"}
            return self.call_primitive(p, args, kwargs, attrs)
        if "numpy.random" in p.key:
            return self.drawn_into(p, args, kwargs, out)
        if not takes_out(p, f):
            return MISSING
        rest = {k: v for k, v in kwargs.items() if k != "out"}
        casting = "same_kind" if p.key in SAME_KIND else "no"
        value = self.call_primitive(p, args, rest, attrs)
        return self.into(self.single(out), value, casting, p.key, exact=True)

    def drawn_into(self, p: Primitive, args: list[Abstract], kwargs: Any, out: Abstract) -> Abstract:
        """`rng.random(out=y)`: as many draws as y has elements."""
        rest = {k: v for k, v in kwargs.items() if k != "out"}
        if len(args) > 1 or rest:
            self.refuse(
                "out= of a draw is covered without further arguments", hint="assign y[...] = the draw"
            )
        value = self.call_primitive(p, [*args, self.attribute(out, "shape")], {})
        return self.into(out, value, "no", p.key, exact=True)

    def single(self, out: Abstract) -> Abstract:
        return out.items[0] if isinstance(out, Tup) and len(out.items) == 1 else out

    def into(self, out: Abstract, value: Abstract, casting: str, key: str, exact: bool = False) -> Abstract:
        """Store a result into `out`, which is then the result."""
        name = key.replace("numpy.", "np.")
        t, v = self.type_of(out), self.type_of(value)
        if not (isinstance(out, Ref) and isinstance(t, Array)):
            self.refuse("out= must be an array", reason="Python raises TypeError here")
        if isinstance(v, Array | Scalar):
            if not np.can_cast(v.dtype, t.dtype, casting):
                why = "" if casting == "no" else f"according to the rule {casting!r} "
                self.refuse(
                    f"{name} does not write {v.dtype} into an array of {t.dtype} {why}".rstrip(),
                    reason=NEEDS_DTYPE if casting == "no" else "NumPy raises a casting error here",
                    hint=f"make the array with dtype={v.dtype}",
                )
            rank = v.ndim if isinstance(v, Array) else 0
            if rank > t.ndim or (exact and rank != t.ndim):
                self.refuse(
                    f"the result of {name} has {rank} axes, and out= has {t.ndim}",
                    reason="NumPy raises ValueError here",
                )
        self.store_path(out, ((Ellipsis,), ()), value, self.here())
        return out

    def call_ufunc(
        self, p: Primitive, f: np.ufunc, args: list[Abstract], kwargs: dict[str, Abstract]
    ) -> Abstract:
        given = {k: kwargs[k] for k in UFUNC_KEYWORDS if k in kwargs}
        rest = {k: v for k, v in kwargs.items() if k not in given}
        if len(args) > f.nin:
            if "out" in given or len(args) > f.nin + f.nout:
                self.refuse("too many arguments", reason="Python raises TypeError here")
            given["out"] = Tup(tuple(args[f.nin :]))
            args = args[: f.nin]
        if not given:
            return MISSING
        known = {k: self.static(v) for k, v in given.items()}
        for k in ("order", "subok"):
            if known.get(k, UFUNC_KEYWORDS[k]) != UFUNC_KEYWORDS[k]:
                self.refuse(f"the keyword {k}= of a ufunc is not covered", hint="leave it out")
        casting = known.get("casting", "same_kind")
        if known.get("dtype") is not None:
            if known["dtype"] is NotImplemented:
                self.refuse("dtype= must be known when compiling", hint="name the dtype")
            args = self.in_loop_of(f, args, known["dtype"], casting)
        elif casting not in ("same_kind", "unsafe"):
            self.in_loop_of(f, args, None, casting)
        outs = given.get("out", NONE)
        outs = list(outs.items) if isinstance(outs, Tup) else [outs]
        empty = all(self.static(o) is None for o in outs)
        mask = given.get("where") if known.get("where", True) is not True else None
        if mask is not None:
            if empty:
                self.refuse(
                    "where= without out= leaves elements that were never set",
                    hint="give out=, an array with the values to keep; or write np.where",
                )
            return self.masked(p, args, self.single(outs[0]), mask, casting)
        value = self.call_primitive(p, args, rest)
        if empty:
            return value
        values = list(value.items) if isinstance(value, Tup) else [value]
        if len(outs) != len(values):
            self.refuse(f"out= names {len(outs)} arrays for {len(values)} results")
        got = [v if self.static(o) is None else self.into(o, v, casting, p.key) for o, v in zip(outs, values)]
        return got[0] if len(got) == 1 else Tup(tuple(got))

    def in_loop_of(self, f: np.ufunc, args: list[Abstract], dtype: Any, casting: str) -> list[Abstract]:
        """The operands cast to those of the loop that `dtype=` chooses."""
        args = [self.as_array(a) for a in args]
        ts: list[Any] = [self.type_of(a) for a in args]
        plain = [
            (
                {"f": float, "c": complex}.get(dtype_kind(t.dtype), int)
                if isinstance(t, Scalar) and t.numpy is False and t.dtype != "bool"
                else np.dtype(t.dtype)
            )
            for t in ts
        ]
        try:
            signature = (*[None] * f.nin, *[None if dtype is None else np.dtype(dtype)] * f.nout)
            loop = f.resolve_dtypes((*plain, *[None] * f.nout), signature=signature, casting=casting)
        except TypeError as e:
            self.refuse(f"np.{f.__name__} has no such loop", reason=f"NumPy raises TypeError here: {e}")
        if dtype is None:
            return args
        out: list[Abstract] = []
        for a, t, d in zip(args, ts, loop):
            if isinstance(t, Scalar) and t.numpy is False:
                if not any(isinstance(s, Array) or s.numpy for s in ts):
                    self.refuse("dtype= of a ufunc of Python numbers is not covered", hint="use an array")
                out.append(a)
            elif np.dtype(t.dtype) == d:
                out.append(a)
            else:
                out.append(self.prim("numpy.ndarray.astype", [self.value(a)], {"dtype": d.name}))
        return out

    def masked(
        self, p: Primitive, args: list[Abstract], out: Abstract, mask: Abstract, casting: str
    ) -> Abstract:
        """`f(a, b, out=y, where=m)`: the elements that are computed, and no others."""
        if self.static(mask) is False:
            return out
        t = self.type_of(out)
        if not (isinstance(out, Ref) and isinstance(t, Array)) or p.key == "numpy.matmul":
            self.refuse("where= needs an elementwise function and an array as out=")
        args = [self.as_array(a) for a in args]
        mask = self.as_array(mask)
        ts = [self.type_of(a) for a in (*args, mask)]
        if ts[-1] is None or ts[-1].dtype != "bool":  # type: ignore[attr-defined]
            self.refuse("where= must be an array of truth values", reason="NumPy raises TypeError here")
        broadcast_dims([t.shape, *(s.shape for s in ts if isinstance(s, Array))])
        shape = self.attribute(out, "shape")

        def full(a: Abstract) -> Abstract:
            s = self.type_of(a)
            if isinstance(s, Array) and s.ndim == t.ndim and all(map(same_dim, s.shape, t.shape)):
                return a
            return self.call(Static(np.broadcast_to), [a, shape], {})

        chosen = full(mask)
        parts = [
            self.item_at(full(a), chosen) if isinstance(s, Array) and s.ndim else a for a, s in zip(args, ts)
        ]
        value = self.call_primitive(p, parts, {})
        v = self.type_of(value)
        if not np.can_cast(v.dtype, t.dtype, casting):  # type: ignore[union-attr]
            self.refuse(
                f"NumPy does not cast {v.dtype} into an array of {t.dtype}",  # type: ignore[union-attr]
                reason="it raises a casting error here",
            )
        self.store_item(out, chosen, value, self.here())
        return out

    # -- methods of ufuncs -------------------------------------------------------------------------------
    def ufunc_method(self, f: np.ufunc, name: str, args: list[Abstract], kwargs: Any) -> Abstract:
        key = f"np.{f.__name__}.{name}"
        if name in ("reduce", "accumulate"):
            kwargs = {**dict(zip(("array", "axis", "dtype", "out", "keepdims"), args)), **kwargs}
            axis = kwargs.pop("axis", self.number(0))
            function = (REDUCE if name == "reduce" else ACCUMULATE).get(f.__name__)
            array = kwargs.pop("array")
            if function is not None:
                return self.call(Static(function), [array], {"axis": axis, **kwargs})
            if kwargs:
                self.refuse(
                    f"the keyword {next(iter(kwargs))}= of {key} is not covered", hint="write the loop"
                )
            k = self.static(axis)
            if not isinstance(k, int):
                self.refuse(f"axis= of {key} must be one axis known when compiling", hint="write the loop")
            return self.call_template(
                texts.reduce if name == "reduce" else texts.accumulate, [Static(f), array, axis], {}, key
            )
        if name == "outer" and len(args) == 2:
            a, b = map(self.as_array, args)
            t = self.type_of(b)
            if isinstance(t, Array) and isinstance(self.type_of(a), Array):
                a = self.item_at(a, Tup((Static(Ellipsis), *[NONE] * t.ndim)))
            return self.call(Static(f), [a, b], kwargs)
        if name == "at" and not kwargs:
            return self.ufunc_at(f, key, args)
        if name == "reduceat" and f is np.add:
            return self.call_primitive(BOOK["numpy.add.reduceat"], list(map(self.as_array, args)), kwargs)
        if name == "reduceat" and f.nin == 2 and not set(kwargs) - {"axis", "array", "indices"}:
            args = list(map(self.as_array, args))
            return self.call_template(texts.reduceat, [Static(f), *args], kwargs, key)
        self.refuse(f"{key} is not supported", hint="write the loop over the items")

    def ufunc_at(self, f: np.ufunc, key: str, args: list[Abstract]) -> Abstract:
        """`f.at(y, index, v)`: unbuffered, so that a place named twice is changed twice."""
        y, index, *rest = args
        rest = list(map(self.as_array, rest))
        t = self.type_of(y)
        if not (isinstance(y, Ref) and isinstance(t, Array)) or len(rest) != f.nin - 1:
            self.refuse(f"{key} takes an array, indices and {f.nin - 1} values")
        pattern, operands = self.pattern(index)
        arrays = [o for o in operands if isinstance(o.type, Array)]
        p = find(f)
        if p is None:
            return self.no_rule(f)
        values = [Value(self.type_of(r) or UNDEFINED) for r in rest]
        kind = self.infer(p, [Value(Scalar(t.dtype, True)), *values], {})[0]
        if not isinstance(kind, Array | Scalar) or not np.can_cast(kind.dtype, t.dtype, "same_kind"):
            self.refuse(
                f"{key} does not write its results into an array of {t.dtype}",
                reason="NumPy raises a casting error here",
                hint="make the array of the dtype of the results",
            )
        once = all(o.type.dtype == "bool" for o in arrays)
        if once:  # no place is named twice
            self.store_item(
                y, index, self.call_primitive(p, [self.item_at(y, index), *rest], {}), self.here()
            )
        elif f in (np.add, np.subtract) and dtype_kind(t.dtype) in "fc":
            v = self.value(rest[0])
            if f is np.subtract:
                v = self.value(self.prim("operator.neg", [v]))
            self.store_path(y, (pattern, operands), v, self.here(), "index_add")
        elif all(e == "at" for e in pattern) and len(arrays) == len(operands):
            if len(arrays) == 1:
                k: Abstract = self.wrap(operands[0])
            else:
                if any(o.type.ndim != 1 for o in arrays) or len(arrays) != t.ndim:  # type: ignore
                    self.refuse(
                        f"{key} with several index arrays is covered with one axis each", hint="a loop"
                    )
                k = Tup(tuple(map(self.wrap, operands)))
            self.call_template(texts.at, [Static(f), y, k, *(rest or [NONE])], {}, key)
        else:
            self.refuse(f"{key} with slices and index arrays in one subscript", hint="write the loop")
        return NONE

    # -- attributes --------------------------------------------------------------------------------------
    def set_array_attribute(self, owner: Ref, name: str, value: Abstract, node: ast.AST) -> None:
        """`x.real = v`, `x.imag = v`, `x.flat = v`."""
        t = self.type_of(owner)
        assert isinstance(t, Array)
        if name in ("real", "imag"):
            part = self.attribute(owner, name)
            if name == "imag" and dtype_kind(t.dtype) != "c":
                self.refuse(
                    "the imaginary part of an array of floats cannot be assigned",
                    node,
                    reason="NumPy raises TypeError here",
                )
            v = self.type_of(value)
            if isinstance(v, Array | Scalar) and dtype_kind(v.dtype) == "c":
                self.refuse(
                    "a part of a complex array is real", node, hint="assign the real part of the value"
                )
            self.store_path(part, ((Ellipsis,), ()), value, node)
        elif name == "flat":
            every = SliceVal(None, None, None)
            self.call_template(texts.assign_flat, [owner, every, self.as_array(value)], {}, "ndarray.flat")
        else:
            self.refuse(
                f"assigning to '{name}' of an array is not supported",
                node,
                hint="make another array with np.reshape, x.astype or the like",
            )

    def flat_of(self, a: Ref) -> Abstract:
        """`x.flat`: its elements in C order; assignments to its items go to x."""
        if self.type_of(a).ndim == 1:  # type: ignore[union-attr]
            out = Ref(a.obj, a.path)
        else:  # whatever the layout, what is written to x shows there
            out = self.view(a, *flat("C"))
        self.flats[out] = a
        return out

    def store_flat(self, owner: Ref, index: Abstract, value: Abstract) -> None:
        if isinstance(index, Value) and isinstance(index.type, Scalar):
            text = texts.put_flat
        else:
            text = texts.assign_flat
        self.call_template(text, [self.flats[owner], index, self.as_array(value)], {}, "ndarray.flat")

    def array_method(self, owner: Abstract, name: str, args: list[Abstract], kwargs: Any) -> Abstract:
        """Methods of arrays that write, or give the array itself; MISSING for others."""
        t = self.type_of(owner)
        if not (isinstance(owner, Ref) and isinstance(t, Array)):
            return MISSING
        if name == "fill":
            self.overwrite_unchecked(owner, args[0] if args else kwargs["value"])
            return NONE
        if name == "sort":
            new = self.call_primitive(BOOK["numpy.sort"], [owner, *args], kwargs)
            self.overwrite_unchecked(owner, new)
            return NONE
        if name == "put":
            return self.call_text("numpy.put", [owner, *args], kwargs)
        if name == "view" and not args and not kwargs:
            return owner
        if name in REFUSED_METHODS:
            reason, hint = REFUSED_METHODS[name]
            self.refuse(f"the method '{name}' of an array is not supported", reason=reason, hint=hint)
        return MISSING

    def overwrite_unchecked(self, ref: Ref, value: Abstract) -> None:
        self.store_path(ref, ((Ellipsis,), ()), value, self.here())


REFUSED_FUNCTIONS = {
    "numpy.lib.stride_tricks.as_strided": (
        "what its elements share shows only in the strides",
        "np.lib.stride_tricks.sliding_window_view gives overlapping windows; slices the rest",
    ),
    "numpy.nditer": ("its order is that of memory", "loop over x.flat, np.ndenumerate(x) or np.ndindex"),
}
REFUSED_METHODS = {
    "itemset": ("NumPy 2 has no such method", "assign to the item"),
    "resize": ("it changes the array's memory under its views", "np.concatenate with zeros, or a slice"),
    "partition": ("which order it leaves shows only at run time", "x.sort() sorts all of it"),
    "view": ("it reads memory as another type", "x.astype converts the elements"),
    "setflags": ("it changes what may be written", "leave it out"),
    "byteswap": ("it reads memory as another number", "leave it out"),
}
METHODS = frozenset(["fill", "sort", "put", *REFUSED_METHODS])


def takes_out(p: Primitive, f: Any) -> bool:
    """Whether NumPy's function has a parameter out."""
    if "out" in p.keywords:
        return True
    try:
        return "out" in inspect.signature(f).parameters
    except (TypeError, ValueError):
        return p.key in ("numpy.dot", "numpy.concatenate")
