"""Applying rules: templates lowered where they are used, and the fitting of shapes and dtypes around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import errors
from ..frontend.lower import Lowerer
from ..frontend.statements import LIVE
from ..frontend.values import NONE, Abstract, Frame, Tup, constant_tree
from ..ir.builder import Builder
from ..ir.core import TRUE, Constant, Op, Region, Undef, Value
from ..ir.types import Array, List, Scalar, Tuple, Type, is_complex, is_inexact, same_dim
from ..rules.infer import broadcast_dims
from ..rules.registry import BOOK, Primitive, unknown
from .attempts import condition
from .precision import constant_of, number_of, sum_dtype, unconverted
from .recipes import Recipe, key_of, recipe_of


class Rules:
    """Emits derivative code of primitives through a builder."""

    def __init__(self, builder: Builder, name: str, mixed: bool) -> None:
        self.builder = builder
        self.mixed = mixed
        self.recipes: dict[Any, Recipe | None] = {}
        self.low = Lowerer(name)
        self.low.builder = builder
        frame = Frame(None, frozenset(), None, {}, {}, "")
        frame.template = True
        self.low.frames.append(frame)

    # -- small pieces ----------------------------------------------------------------------------------
    def op(self, key: str, inputs: list[Value], attrs: dict[str, Any] | None = None) -> Value:
        """One primitive in derivative code."""
        p = BOOK[key]
        types = self.low.infer(p, inputs, attrs or {})
        return self.builder.one(key, inputs, types[0], {**(attrs or {}), "_dot": True})

    def zero(self, like: Value) -> Value:
        """Zero of the shape of a value."""
        t = like.type
        if isinstance(t, Scalar):
            return Constant(0j if is_complex(t) else 0.0)
        if isinstance(t, Array) and t.loose:
            return Constant(0.0)
        if isinstance(like, Constant) and like.value is None:
            return like  # a variable that is not bound (ir/unbound.py)
        if isinstance(t, Tuple):
            return Constant(None, t)  # residuals that carry no tangent; taking an item of it would raise
        if (
            like.op is not None
            and like.op.is_branch
            and any(isinstance(r.yields[like.op.results.index(like)], Undef) for r in like.op.regions)
        ):
            return self.zero_if_bound(like)
        return self.builder.one("zeros_like", [like], t, {"_dot": True})

    def zero_if_bound(self, like: Value) -> Value:
        """Zero of a value that only one branch binds: there is one where that branch ran."""
        op = like.op
        assert op is not None
        regions = [Region(), Region()]
        for r, primal in zip(regions, op.regions):
            unbound = isinstance(primal.yields[op.results.index(like)], Undef)
            with self.builder.inside(r):
                r.yields = [
                    Undef() if unbound else self.builder.one("zeros_like", [like], like.type, {"_dot": True})
                ]
        return self.builder.emit("if", [condition(op)], [like.type], {"_dot": True}, regions)[0]

    def full(self, v: Value, like: Value) -> Value:
        """An adjoint or tangent at the full shape of its primal."""
        t, want = v.type, like.type
        if isinstance(want, Array) and want.loose:
            return v  # like may be a number, so its adjoint takes the shape that its uses give it
        if isinstance(want, List) and isinstance(t, Array):
            return self.builder.one("builtins.list", [v], want, {"_dot": True})
        if isinstance(t, Array) and t.loose and isinstance(want, Array):
            return self.spread(v, like)
        if not isinstance(want, Array) or (
            isinstance(t, Array) and t.ndim == want.ndim and all(map(same_dim, t.shape, want.shape))
        ):
            return v
        if (
            isinstance(t, Array)
            and t.ndim == want.ndim
            and all(same_dim(d, w) or d.not_one or w.is_one for d, w in zip(t.shape, want.shape))
        ):
            return v  # lengths that are equal although no symbol says so
        return self.builder.one("numpy.full_like", [like, unconverted(v)], want, {"_dot": True})

    def whole(self, v: Value | None, like: Value) -> Value:
        """An adjoint or tangent (None: zero) at full shape and, where precisions mix, of its primal's kind:
        what a loop starts with, or a branch leaves."""
        v = self.zero(like) if v is None else self.full(v, like)
        return constant_of(v, like) if self.mixed else v

    def spread(self, v: Value, like: Value) -> Value:
        """An array of the shape of `like` filled with v."""
        return self.builder.one("numpy.full_like", [like, v], like.type, {"_dot": True})

    def project(self, c: Value, like: Value, exact: bool = False) -> Value:
        """A contribution in the shape and dtype of the value that it belongs to; smaller, broadcastable
        shapes stay.

        exact: it is known to have no axis longer than the value's (rules that are not elementwise see to
        that).
        """
        t, want = c.type, like.type
        if isinstance(want, List) and isinstance(t, Array):
            return self.builder.one("builtins.list", [c], want, {"_dot": True})
        if isinstance(want, Scalar | Array) and is_complex(t) and not is_complex(want):
            c = self.op("numpy.real", [c])
        return self.precise(self.fitted(c, like, exact), like)

    def precise(self, c: Value, like: Value) -> Value:
        """An adjoint or tangent in the dtype, and where precisions mix in the kind, of its primal."""
        t, want = c.type, like.type
        if isinstance(t, Array):
            if isinstance(want, Array) and t.dtype != want.dtype and is_inexact(want):
                return self.op(
                    "numpy.ndarray.astype", [c], {"dtype": np.dtype(want.dtype).type, "_precision": True}
                )
            return c
        return number_of(c, like, self.builder) if self.mixed else c

    def fitted(self, c: Value, like: Value, exact: bool) -> Value:
        """A contribution in the shape of its value, or a smaller, broadcastable one."""
        t, want = c.type, like.type
        if (
            isinstance(want, Scalar)
            and isinstance(t, Array)
            and c.op is not None
            and c.op.kind == "numpy.full_like"
            and isinstance(c.op.inputs[1].type, Scalar)
        ):
            size = self.builder.one(
                "numpy.size", [c.op.inputs[0]], Scalar("int64"), {"_method": True, "_dot": True}
            )
            return self.builder.one(
                "operator.mul", [c.op.inputs[1], size], c.op.inputs[1].type, {"_dot": True}
            )
        if isinstance(want, Scalar) and isinstance(t, Array):
            return (
                self.op("numpy.sum", [c], {"_method": "sum"})
                if t.ndim
                else self.builder.one("getitem", [c], Scalar(t.dtype, True), {"index": (), "_dot": True})
            )
        if not (isinstance(want, Array) and isinstance(t, Array)):
            return c
        lead = t.ndim - want.ndim
        if lead > 0:
            c = self.op("numpy.sum", [c], {"axis": 0 if lead == 1 else tuple(range(lead)), "_method": "sum"})
            t = c.type
            if not isinstance(t, Array):
                return c
        dims = t.shape
        wanted = want.shape[len(want.shape) - len(dims) :]
        ones = tuple(k for k, (d, w) in enumerate(zip(dims, wanted)) if w.is_one and not d.is_one)
        unsure = not exact and any(
            not same_dim(d, w)
            and not d.is_one
            and not w.is_one
            and not (d.not_one and w.not_one)
            and not w.not_one
            for d, w in zip(dims, wanted)
        )
        if ones:
            c = self.op(
                "numpy.sum",
                [c],
                {"axis": ones[0] if len(ones) == 1 else ones, "keepdims": True, "_method": "sum"},
            )
        if unsure:
            shaped = Array(t.dtype, want.shape, want.contiguous, fortran=want.fortran)
            c = self.builder.one("sourcead.runtime.unbroadcast", [c, like], shaped, {"_dot": True})
        return c

    def add(self, a: Value, b: Value) -> Value:
        """The sum of two adjoints of one value."""
        if isinstance(a.type, List):
            return self.builder.one("sourcead.runtime.add_lists", [a, b], a.type, {"_dot": True})
        return self.builder.one(
            "operator.add",
            [a, b],
            self.sum_type(a.type, b.type),
            {"_dot": True, "_accumulate": True},
        )

    def sum_type(self, a: Type, b: Type) -> Type:
        arrays = [t for t in (a, b) if isinstance(t, Array)]
        if arrays and not any(t.ndim or t.loose for t in arrays):  # NumPy makes a number of these
            a, b = (Scalar(t.dtype, True) if isinstance(t, Array) else t for t in (a, b))
        if isinstance(a, Array) and isinstance(b, Array):
            dtype = np.result_type(np.dtype(a.dtype), np.dtype(b.dtype)).name
            return Array(dtype, broadcast_dims([a.shape, b.shape]), True)
        if isinstance(a, Array) or isinstance(b, Array):
            array, other = (a, b) if isinstance(a, Array) else (b, a)
            if is_complex(other) and not is_complex(array):
                wide = np.result_type(np.dtype(array.dtype), np.complex64).name
                return Array(wide, array.shape, array.contiguous)
            return array
        if isinstance(a, Scalar) and isinstance(b, Scalar):
            return Scalar(
                sum_dtype(a, b),
                a.numpy if a.numpy == b.numpy else (True if a.numpy or b.numpy else None),
            )
        return a

    # -- templates -------------------------------------------------------------------------------------
    def wrap(self, v: Value | None) -> Abstract:
        if v is None:
            return NONE
        if isinstance(v.type, Tuple):
            items = [self.builder.one("tuple.get", [v], t, {"i": k}) for k, t in enumerate(v.type.items)]
            if v.op is not None and v.op.kind == "tuple.new":
                items = v.op.inputs
            return Tup(tuple(map(self.wrap, items)))
        return self.low.wrap(v)

    def call(self, rule: Any, args: list[Abstract], keywords: dict[str, Abstract]) -> Abstract:
        """Lower a rule's body here."""
        low = self.low
        if low.store is None:
            low.store = {}
        low.store[LIVE] = TRUE
        low.spans = [self.builder.span] if self.builder.span is not None else []
        self.builder.dot = True
        try:
            key = key_of(rule, args, keywords)
            recipe = self.recipes.get(key)
            if recipe is not None:
                return recipe.follow(self.builder, args)
            region = self.builder.region
            start = len(region.ops)
            out = low.call_python(rule, args, keywords, template=True)
            if key is not None and key not in self.recipes:
                self.recipes[key] = recipe_of(region.ops[start:], args, out)
            return out
        finally:
            self.builder.dot = False

    def custom_arguments(self, op: Op, leaves: list[Value]) -> list[Abstract]:
        """The arguments of a call as its rule takes them, with the given values as its numbers and arrays."""
        it = iter(leaves)
        return [self.wrap(next(it)) if s is None else s for s in op.attrs["statics"]]

    def custom_pushforward(self, rule: Any, op: Op, tangents: list[Value]) -> tuple[list[Value], list[Value]]:
        """The user's `rule(primals, tangents)`, lowered here: values and tangents of the results."""
        n = sum(s is None for s in op.attrs["statics"])
        args = [
            Tup(tuple(self.custom_arguments(op, op.inputs[:n]))),
            Tup(tuple(self.custom_arguments(op, tangents[:n]))),
        ]
        out = self.call(rule, args, {})
        return self.low.leaves_of(out.items[0]), self.low.leaves_of(out.items[1])

    def keywords(self, p: Primitive, op: Op, rule: Any, work: Abstract = NONE) -> dict[str, Abstract]:
        """The static keywords that a rule names, and the work that it shares with the forward sweep."""
        code = rule.__code__
        names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        given = {n: constant_tree(op.attrs.get(n, p.keywords.get(n))) for n in names}
        return {**given, "work": work} if "work" in given else given

    def formed(self, op: Op) -> tuple[Value, Abstract] | None:
        """The value and the shared work of a call, written here in its form; None where it has none."""
        p = BOOK.get(op.kind)
        if p is None or p.form is None or "_attempted" in op.attrs:
            return None
        spread, kept = self.builder.dot, len(self.builder.region.ops)
        got = self.call(p.form, self.operands(p, op), self.keywords(p, op, p.form))
        self.builder.dot = spread
        if not isinstance(got, Tup):
            del self.builder.region.ops[kept:]
            return None
        value, work = got.items
        for o in self.builder.region.ops[kept:]:
            o.attrs.pop("_dot", None)
        return self.low.value(value), work

    def operands(self, p: Primitive, op: Op) -> list[Abstract]:
        if p.variadic:
            n = op.attrs.get("_variadic")
            if n is None:
                return [self.wrap(v) for v in op.inputs]
            return [Tup(tuple(map(self.wrap, op.inputs[:n]))), *map(self.wrap, op.inputs[n:])]
        ins: list[Abstract] = [self.wrap(v) for v in op.inputs]
        return ins + [NONE] * (len(p.params) - len(ins))

    def output(self, values: Sequence[Value | None]) -> Abstract:
        return self.wrap(values[0]) if len(values) == 1 else Tup(tuple(map(self.wrap, values)))

    def missing(self, op: Op, what: str) -> Any:
        name = op.kind.replace("numpy.", "np.")
        raise errors.Unsupported(
            f"{name} has no rule for {what}",
            op.span,
            reason="the derivative would need it, and a derivative is never assumed to be zero",
            hint=f"add one with sourcead.extend, or wrap the argument in stop_gradient: @vjp({op.kind!r})",
        )

    def refuse_undetermined(self, op: Op, wanted: Callable[[Value], bool]) -> None:
        """Raises Unsupported where the derivative of a result is wanted that has none."""
        p = BOOK.get(op.kind)
        if p is None or p.undetermined is None:
            return
        for k, why in p.undetermined([v.type for v in op.inputs], {**p.keywords, **op.attrs}).items():
            if wanted(op.results[k]):
                raise errors.Unsupported(
                    f"a result of {op.kind.replace('numpy.', 'np.')} has no derivative", op.span, reason=why
                )

    def pushforward(self, op: Op, dots: list[Value | None], work: Abstract = NONE) -> list[Value | None]:
        """Tangents of the results from tangents of the operands (None: zero)."""
        p = BOOK[op.kind]
        y = self.output(op.results)
        ins = self.operands(p, op)
        terms: list[Any] = []
        if p.scaled or p.partials:
            for k, d in enumerate(dots):
                rule = (p.scaled or p.partials or ())[k] if k < len(p.scaled or p.partials or ()) else None
                if d is not None and rule is unknown:
                    self.missing(op, f"the tangent of argument '{p.params[k]}'")
                if d is not None and rule is not None:
                    terms.append(self.elementwise(p, op, rule, d, ins, y))
        elif p.variadic:
            rule = p.jvps.get(0) or self.missing(op, "its tangent")
            n = op.attrs.get("_variadic") or len(op.inputs)
            tangents = [self.zero(v) if d is None else self.full(d, v) for v, d in zip(op.inputs[:n], dots)]
            listed = op.attrs.get("_variadic") is None
            given = self.wrap(tangents[0]) if listed else Tup(tuple(map(self.wrap, tangents)))
            terms.append(self.call(rule, [*ins, y, given], self.keywords(p, op, rule, work)))
        else:
            for k, d in enumerate(dots):
                if d is None or not is_inexact(op.inputs[k].type):
                    continue
                if k not in p.jvps:
                    self.missing(op, f"the tangent of argument '{p.params[k]}'")
                rule = p.jvps[k]
                if rule is not None:
                    terms.append(
                        self.call(
                            rule,
                            [*ins, y, self.wrap(self.full(d, op.inputs[k]))],
                            self.keywords(p, op, rule, work),
                        )
                    )
        return self.total(terms, op)

    def total(self, terms: list[Any], op: Op) -> list[Value | None]:
        out: list[Value | None] = [None] * len(op.results)
        for t in terms:
            parts = [t] if len(out) == 1 else list(t.items)
            for k, part in enumerate(parts):
                if self.low.static(part) is None or not is_inexact(op.results[k].type):
                    continue
                v = self.low.value(part)
                out[k] = v if out[k] is None else self.add(out[k], v)  # type: ignore[arg-type]
        return out

    def elementwise(
        self, p: Primitive, op: Op, rule: Any, g: Value, ins: list[Abstract], y: Abstract
    ) -> Abstract:
        if p.scaled:
            return self.call(rule, [self.wrap(g), *ins, y], self.keywords(p, op, rule))
        partial = self.low.value(self.call(rule, [*ins, y], self.keywords(p, op, rule)))
        return self.low.wrap(self.op("operator.mul", [g, partial]))

    def was_broadcast(self, v: Value, y: Value) -> bool:
        """Whether an operand may be of a smaller shape than the result: then its adjoint is a sum over the
        result's full shape."""
        t, want = v.type, y.type
        if not isinstance(want, Array):
            return False
        return not (isinstance(t, Array) and t.ndim == want.ndim and all(map(same_dim, t.shape, want.shape)))

    def pullback(
        self, op: Op, bars: list[Value | None], active: list[bool], work: Abstract = NONE
    ) -> list[Value | None]:
        """Contributions to the adjoints of the operands from the adjoints of the results."""
        self.refuse_undetermined(op, lambda r: bars[op.results.index(r)] is not None)
        p = BOOK[op.kind]
        y = self.output(op.results)
        ins = self.operands(p, op)
        out: list[Value | None] = [None] * len(op.inputs)
        if p.scaled or p.partials:
            rules = p.scaled or p.partials or ()
            for k, a in enumerate(active):
                if a and k < len(rules) and rules[k] is unknown:
                    self.missing(op, f"the adjoint of argument '{p.params[k]}'")
                if a and k < len(rules) and rules[k] is not None:
                    c = self.low.value(self.elementwise(p, op, rules[k], bars[0], ins, y))  # type: ignore[arg-type]
                    out[k] = self.full(c, op.result) if self.was_broadcast(op.inputs[k], op.result) else c
            return out
        y_bar = self.output(
            [
                (None if p.absent else self.zero(r)) if b is None else self.full(b, r)
                for b, r in zip(bars, op.results)
            ]
        )
        if p.variadic:
            rule = p.vjps.get(0) or self.missing(op, "its adjoint")
            got = self.call(rule, [*ins, y, y_bar], self.keywords(p, op, rule, work))
            parts = list(got.items) if isinstance(got, Tup) else self.low.items_of(got)
            for k, part in enumerate(parts or [got]):
                if self.low.static(part) is not None and k < len(out) and active[k]:
                    out[k] = self.low.value(part)
            return out
        for k, a in enumerate(active):
            if not a:
                continue
            if k not in p.vjps:
                self.missing(op, f"the adjoint of argument '{p.params[k]}'")
            rule = p.vjps[k]
            if rule is not None:
                got = self.call(rule, [*ins, y, y_bar], self.keywords(p, op, rule, work))
                out[k] = None if got is NONE else self.low.value(got)
        return out


def stand_in(op: Op, value: Value) -> None:
    """Let what made `value` make the result of an op instead, which is thereby gone."""
    maker, result = value.op, op.results[0]
    assert maker is not None and len(op.results) == 1
    maker.results[maker.results.index(value)] = result
    result.op = maker
