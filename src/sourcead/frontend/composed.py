"""Calls of composites (`rules/composites.py`): NumPy's functions that are written with others."""

from __future__ import annotations

import inspect
from typing import Any

from ..rules.composites import COMPOSITE_METHODS, COMPOSITES, Composite, composite_of, keywords_of
from .base import Base
from .shapes import MISSING
from .values import NONE, Abstract


class Composed(Base):
    def composed_call(self, obj: Any, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """A call of a composite; MISSING for others."""
        c = composite_of(obj)
        return MISSING if c is None else self.call_composite(c, args, kwargs)

    def composed_method(
        self, name: str, owner: Abstract, args: list[Abstract], kwargs: dict[str, Abstract]
    ) -> Abstract:
        key = COMPOSITE_METHODS.get(name)
        return MISSING if key is None else self.call_composite(COMPOSITES[key], [owner, *args], kwargs)

    def call_composite(self, c: Composite, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        short = c.key.replace("numpy.", "np.")
        types, options = list(map(self.type_of, args)), {k: self.static(v) for k, v in kwargs.items()}
        if c.unless is not None and c.unless(types, options):
            return MISSING
        params = inspect.signature(c.text).parameters
        named = [k for k, p in params.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
        rest = any(p.kind is p.VAR_POSITIONAL for p in params.values())
        kwargs = dict(kwargs)
        own = keywords_of(c.key)
        for k in list(kwargs):
            if k not in params and k in own:
                if self.static(kwargs[k]) is not None:
                    self.refuse(f"the keyword {k}= of {short} is not covered", hint="leave it out")
                del kwargs[k]
        if len(args) > len(named) and not rest:
            self.refuse(f"at most {len(named)} arguments of {short} are covered", hint="name the others")
        args = [self.composed_argument(c, named[n] if n < len(named) else "*", a) for n, a in enumerate(args)]
        kwargs = {k: self.composed_argument(c, k, a) for k, a in kwargs.items()}
        return self.call_template(c.text, args, kwargs, c.key)

    def composed_argument(self, c: Composite, k: str, a: Abstract) -> Abstract:
        if k in c.known and self.static(a) is NotImplemented:
            self.pin_all(a)
            self.refuse(
                f"the argument {k}= of {c.key.replace('numpy.', 'np.')} must be known when compiling",
                hint="give it as a constant, or as an option that is no number",
            )
        return self.as_array(a) if k in c.arrays and a is not NONE else a
