"""IR built by hand for tests of the passes."""

from sourcead.ir.core import Constant, Function, Op, Region, Value, walk
from sourcead.ir.types import PY_FLOAT, Array, new_dim
from sourcead.ir.verify import verify

N = new_dim(True)
VECTOR = Array("float64", (N,))
SINGLE = Array("float32", (N,))
ONE = Array("float64", (new_dim(),))
DOT = {"_dot": True}


class Build:
    """A function under construction; every call appends an op to the open region."""

    def __init__(self, *params, mark=True):
        self.params = [Value(t, n) for n, t in params]
        self.function = Function("f", Region(list(self.params)))
        self.region = self.function.body
        self.mark = mark

    def __call__(self, kind, *inputs, type=PY_FLOAT, **attrs):
        return self.op(kind, inputs, [type], **attrs).result

    def op(self, kind, inputs, types, regions=None, **attrs):
        values = [v if isinstance(v, Value) else Constant(v) for v in inputs]
        op = Op(kind, values, types, {**attrs, **(DOT if self.mark else {})}, regions)
        self.region.ops.append(op)
        return op

    def done(self, *results):
        self.function.body.yields = list(results)
        verify(self.function)
        return self.function


def kinds(f):
    return [op.kind.split(".")[-1] for op in walk(f.body)]


def text(v):
    """An expression as nested text."""
    if isinstance(v, Constant):
        return repr(v.value)
    if v.op is None:
        return v.name
    return f"{v.op.kind.split('.')[-1]}({', '.join(map(text, v.op.inputs))})"


MUL, ADD, SUB, NEG, DIV, POW = (f"operator.{k}" for k in ("mul", "add", "sub", "neg", "truediv", "pow"))
