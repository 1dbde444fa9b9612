"""The adjoints of values while the reverse sweep is built: where they start, how contributions add, how they
cross regions.

An adjoint is a variable of the builder under its primal value.  Inside of a loop or a branch of the sweep, an
adjoint that belongs to an outer value is a carried slot or a result, so it has its full shape there;
elsewhere it may be of a smaller, broadcastable shape for as long as it can.
"""

from __future__ import annotations

from typing import Any

from ..analysis.activity import useful, varied
from ..ir.builder import Variables
from ..ir.core import Constant, Function, Op, Region, Undef, Value
from ..ir.rewrite import clone, homes, parents
from ..ir.types import Array, Scalar, Type, same_dim
from ..ir.unbound import Unbound
from ..passes.fuse import fuse
from .apply import Rules
from .precision import is_mixed

INT = Scalar("int64")


class Adjoints:
    """The joint function that is being built, and the adjoints of its values."""

    def __init__(self, function: Function, wrt: list[int], cache: dict[Any, Any]) -> None:
        self.function = clone(function)
        fuse(self.function)
        self.wrt = [self.function.params[k] for k in wrt]
        f = self.function
        forward, backward = varied(f, self.wrt), useful(f, f.results)
        self.active = forward & backward
        self.cache = cache
        self.home = homes(f.body)
        self.outer = {g: r for g, (_, _, r) in parents(f.body).items()}
        self.mirror: dict[Region, Region] = {}  # reverse region -> primal region
        self.bind: dict[Region, dict[Value, Value]] = (
            {}
        )  # reverse region -> primal values that it has (indices)
        self.trips: dict[Op, Value] = {}
        self.unbound = Unbound(self.function)
        self.models: list[Value] = []  # adjoints at full shape that are seen from where a branch closes
        self.builder = Variables(f.body, self.zero_of, self.fit)
        self.rules = Rules(self.builder, f.name, is_mixed(f))

    # -- adjoints --------------------------------------------------------------------------------------
    def zero_of(self, key: Any, model: Value) -> Value:
        like = key if isinstance(key, Value) else key[-1]
        for g in self.models if self.unbound.may_be(like) else ():
            if is_same_shape(g.type, like.type):  # then nothing is asked of a value that may be unbound
                return self.rules.whole(self.rules.zero(g), like)
        return self.rules.whole(None, like)

    def fit(self, key: Any, v: Value) -> Value:
        """The value of an adjoint at the full shape, where two paths meet."""
        return self.rules.whole(v, key if isinstance(key, Value) else key[-1])

    def is_local(self, region: Region) -> Any:
        """Whether a variable belongs to a value of a primal region or of one nested in it (and ends with
        it)."""

        def local(key: Any) -> bool:
            home: Region | None = self.home.get(key if isinstance(key, Value) else key[-1])
            while home is not None:
                if home is region:
                    return True
                home = self.outer.get(home)
            return False

        return local

    def add(self, v: Value, c: Value | None, exact: bool = False) -> None:
        """Add a contribution to the adjoint of v."""
        if c is None or v not in self.active or isinstance(v, Constant | Undef):
            return
        c = self.rules.project(c, v, exact)
        if self.builder.scope.mirror is not self.home.get(v):
            c = self.rules.full(c, v)
            self.start_outside(v)
        old = self.builder.read(v)
        new = c if old is None else self.rules.add(old, c)
        self.set(v, new)

    def set(self, v: Value, new: Value) -> None:
        if new.name is None and v.name and not isinstance(new, Constant):
            new.name = f"{v.name}_bar"
        self.builder.write(v, new)

    def start_outside(self, v: Value) -> None:
        """Before a loop adds to the adjoint of an outer value, that adjoint is there at its full shape, zeros
        if need be."""
        scope: Any = self.builder.scope
        home = self.home.get(v)
        outermost = None
        while scope is not None and scope.mirror is not home:
            if v in scope.values:
                return
            if scope.loop:
                outermost = scope
            scope = scope.parent
        if outermost is None:
            return
        old = outermost.parent.read(v)
        with self.builder.inside(outermost.parent.region):
            new = self.rules.whole(old, v)
        if new.name is None and v.name and not isinstance(new, Constant):
            new.name = f"{v.name}_bar"
        outermost.parent.values[v] = new

    def take(self, v: Value) -> Value | None:
        """The adjoint of v, which is complete; it is not needed any longer."""
        out = self.builder.read(v)
        return out


def is_same_shape(a: Type, b: Type) -> bool:
    """Whether arrays of these types have the same shape, at whatever turn of a loop or on whatever path."""
    if not isinstance(a, Array) or not isinstance(b, Array) or a.ndim != b.ndim:
        return False
    return all(
        same_dim(d, e) and not (d.symbol is not None and d.symbol.find().wild)
        for d, e in zip(a.shape, b.shape)
    )
