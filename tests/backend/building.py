"""Building IR by hand, for tests of the backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sourcead.ir.core import Constant, Function, Op, Region, Span, Value
from sourcead.ir.types import PY_FLOAT, PY_INT, Array, Type, new_dim

F, N = PY_FLOAT, PY_INT
VEC = Array("float64", (new_dim(),))
MAT = Array("float64", (new_dim(), new_dim()))
AT = ("at",)


class Build:
    """Ops into the innermost open region."""

    def __init__(self, *params: tuple[str, Type]) -> None:
        self.params = [Value(t, n) for n, t in params]
        self.body = self.region = Region(list(self.params))
        self.reverse = False
        self.line = 0

    def __call__(
        self, kind: str, inputs: list, type: Type | list[Type], name: str | None = None, **attrs: object
    ):
        types = type if isinstance(type, list) else [type]
        inputs = [v if isinstance(v, Value) else Constant(v) for v in inputs]
        span = Span("f.py", self.line, 0, self.line, 0)
        op = Op(kind, inputs, types, attrs, reverse=self.reverse, span=span)
        for v, n in zip(op.results, (name or "").split()):
            v.name = n
        self.region.ops.append(op)
        return op.results if isinstance(type, list) else op.result

    @contextmanager
    def inside(self, region: Region) -> Iterator[None]:
        outer, self.region = self.region, region
        yield
        self.region = outer

    def loop(self, bounds: list, inits: list, names: str, index: str | None = "i", **attrs: object):
        inits = [v if isinstance(v, Value) else Constant(v) for v in inits]
        bounds = [v if isinstance(v, Value) else Constant(v) for v in bounds]
        slots = [Value(v.type, n) for v, n in zip(inits, names.split())]
        body = Region([Value(N, index), *slots])
        op = Op("for", bounds + inits, [v.type for v in inits], attrs, [body], reverse=self.reverse)
        for v, n in zip(op.results, names.split()):
            v.name = n
        self.region.ops.append(op)
        return body, op.results

    def branch(self, condition: Value, types: list[Type], names: str = ""):
        op = Op("if", [condition], types, {}, [Region(), Region()], reverse=self.reverse)
        for v, n in zip(op.results, names.split()):
            v.name = n
        self.region.ops.append(op)
        return *op.regions, op.results

    def function(self, *results: Value, name: str = "f", **attrs: object) -> Function:
        self.body.yields = list(results)
        f = Function(name, self.body)
        f.attrs.update(attrs)
        return f
