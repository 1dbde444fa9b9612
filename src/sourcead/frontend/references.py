"""References that are chosen at run time.

    if c: z = x                z leads to `Chosen(c, (x, y))`: a tag, and the objects that it may be
    else: z = y
    t = z[0]                   t = if c { x0[0] } else { y0[0] }
    z[1] = v                   x1, y1 = if c { store(x0, [1], v), y0 } else { x0, store(y0, [1], v) }

So every object keeps one state, whoever writes to it, and reads and writes are branches like those that the
user could have written.  With two options the tag is a condition, with more the number of the option; where
choices meet, their options are united and the tags become a result of the join (or a carried slot of the
loop) like any other number.

Most functions read such references and never write to them while another name sees the memory.  There a
value serves better: `z = x if c else y`.  A function is therefore lowered without choices first; where
that leads to a write (or an `is`) whose outcome shows only at run time, it is lowered again with them
(`lower.lower`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..ir.core import FALSE, TRUE, Constant, Value
from ..ir.types import Scalar, Type, join
from .base import Base
from .values import INT, UNDEF, Abstract, Chosen, Conflict, Growing, Ref, Tup, path_through

OPTIONS = 8  # items of a list that an index may choose from


class References(Base):
    # -- what a reference may be -------------------------------------------------------------------------
    def options_of(self, ref: Ref) -> tuple[Ref, ...]:
        """The references that a reference may be; itself where it is not chosen."""
        if not isinstance(ref.obj, Chosen):
            return (ref,)
        return tuple(Ref(o.obj, path_through(o.path, ref.path)) if ref.path else o for o in ref.obj.options)

    def united(self, refs: Iterable[Ref]) -> tuple[Ref, ...]:
        """The options of several references, each once."""
        out: list[Ref] = []
        for r in refs:
            out += [o for o in self.options_of(r) if not any(same_ref(o, p) for p in out)]
        return tuple(out)

    def chosen_type(self, ref: Ref) -> Type | None:
        """The type of what any of the options holds; None where no one type does."""
        t: Type | None = None
        for n, o in enumerate(self.options_of(ref)):
            u = self.type_of(o)
            t = u if n == 0 else None if t is None or u is None else join(t, u)
        return t

    def is_option(self, obj: Chosen, k: int) -> Value:
        """Whether the tag says option k."""
        if len(obj.options) == 2:
            return obj.tag if k == 0 else self.negate(obj.tag)
        return self.truth(self.compare("eq", obj.tag, self.number(k)))

    def on_each(self, ref: Ref, run: Any) -> Abstract:
        """What `run(option)` gives, and does, for the option that the tag says."""
        options = self.options_of(ref)
        if isinstance(ref.obj, Chosen) and len(options) == 1:
            text = f"cannot access local variable '{ref.obj.name}' where it is not associated with a value"
            self.branch(ref.obj.tag, lambda: None, lambda: self.stop(UnboundLocalError, text), {})

        def level(k: int) -> Abstract:
            if k == len(options) - 1:
                return run(options[k])
            c = self.is_option(ref.obj, k)
            if isinstance(c, Constant):
                return run(options[k]) if c.value else level(k + 1)
            return self.branch(c, lambda: run(options[k]), lambda: level(k + 1), {"_choice": True})

        return level(0)

    # -- reads ---------------------------------------------------------------------------------------------
    def chosen_value(self, ref: Ref, name: str | None = None) -> Value:
        """The value that a chosen reference leads to, read anew only where a state has changed."""
        assert isinstance(ref.obj, Chosen)
        states = [self.state(o) for o in ref.obj.options]
        region, seen, v = self.chosen_reads.get(ref.obj, (None, None, None))
        if (
            region is self.builder.region
            and all(a is b for a, b in zip(states, seen))
            and (v.op is None or any(o is v.op for o in region.ops))
        ):
            return self.load(v, ref.path, name) if ref.kind == "array" else v
        out = self.value(self.on_each(ref, lambda o: self.value(o)))
        if not ref.path:
            self.chosen_reads[ref.obj] = (self.builder.region, states, out)
        return out

    def chosen_state(self, ref: Ref) -> Any:
        """What a list, dict or instance that is chosen at run time holds now, item by item."""
        states = [self.state(o) for o in self.options_of(ref)]
        first = states[0]
        if any(isinstance(s, Growing) for s in states):
            return Growing(self.chosen_value(ref))
        if isinstance(first, dict):
            if any(s.keys() != first.keys() for s in states):
                self.refuse(
                    f"which keys or attributes '{ref.obj.name or 'this object'}' has shows only at run time",
                    hint="give both the same ones",
                )
            items = self.on_each(ref, lambda o: Tup(tuple(self.state(o).values())))
            return dict(zip(first, items.items))
        if any(len(s) != len(first) for s in states):
            return Growing(self.chosen_value(ref))
        return self.on_each(ref, lambda o: Tup(tuple(self.state(o)))).items

    def same_object(self, a: Ref, b: Ref) -> Abstract:
        """`a is b`."""
        if isinstance(a.obj, Chosen):
            return self.on_each(a, lambda o: self.same_object(o, b))
        if isinstance(b.obj, Chosen):
            return self.on_each(b, lambda o: self.same_object(a, o))
        if a.obj is not b.obj and b.obj in self.aliases.get(a.obj, ()):
            self.entangled = True
            self.refuse("whether these are one object shows only at run time", hint="compare what they hold")
        if a is not b and a.path and same_ref(a, b, not_other):
            self.refuse(
                "whether these are one view shows only at run time",
                reason="each time that a view is made, it is another object",
                hint="compare what they hold",
            )
        return TRUE if a is b or (a.obj is b.obj and not a.path and not b.path) else FALSE

    # -- choices ---------------------------------------------------------------------------------------------
    def tag_of(self, ref: Ref, options: tuple[Ref, ...]) -> Value:
        """Which of the options a reference is, as a tag: a bool for two options, else a number."""
        if not isinstance(ref.obj, Chosen):
            return self.tag_number(ref, options)
        own = self.options_of(ref)
        if len(own) == 1:  # whether it is bound is asked where it is used
            bound = lambda: self.tag_number(own[0], options)
            return self.value(self.branch(ref.obj.tag, bound, lambda: UNDEF, {}))
        if len(own) == len(options) and all(map(same_ref, own, options)):
            return self.value(self.branch_bool(ref.obj.tag)) if len(own) == 2 else ref.obj.tag
        return self.value(self.on_each(ref, lambda o: self.tag_number(o, options)))

    def tag_number(self, ref: Ref, options: tuple[Ref, ...]) -> Value:
        k = next(k for k, o in enumerate(options) if same_ref(o, ref))
        return (FALSE if k else TRUE) if len(options) == 2 else self.number(k)

    def tag_name(self, name: str | None, options: tuple[Ref, ...]) -> str | None:
        """What the tag of a variable is called: `z_is_x`."""
        if not name:
            return None
        first = options[0].obj.name
        return f"{name}_is_{first}" if len(options) == 2 and first and first != name else f"which_{name}"

    def make_choice(self, tag: Value, options: tuple[Ref, ...], name: str | None = None) -> Abstract:
        """A reference to one of several; a conflict where no one type covers what they hold."""
        if len(options) == 1:
            return options[0]
        ref = Ref(Chosen(tag, options, name))
        if ref.kind == "array" and self.chosen_type(ref) is None:
            return Conflict("it is an array of another rank on each path")
        return ref

    def choose_item(self, items: tuple[Any, ...], k: Value) -> Abstract | None:
        """The item of a short list of references that an index says; None where this is not for choices."""
        if not 1 < len(items) <= OPTIONS or not all(isinstance(i, Ref) for i in items):
            return None
        if len({i.kind for i in items}) > 1:
            return None
        options = self.united(items)
        if len(options) == 1:
            self.item_place(k, len(items))
            return options[0]
        if len(options) > OPTIONS:
            return None
        at = self.item_place(k, len(items))
        if len(options) == len(items) and all(map(same_ref, items, options)):
            tag = self.truth(self.compare("eq", at, self.number(0))) if len(items) == 2 else at
        else:
            tag = self.value(self.by_number(at, [lambda i=i: self.tag_of(i, options) for i in items]))
        out = self.make_choice(tag, options)
        return None if isinstance(out, Conflict) else out

    def by_number(self, at: Value, runs: list[Any]) -> Abstract:
        """The one of several pieces of lowering that a number says."""
        if len(runs) == 1:
            return runs[0]()
        return self.branch(
            self.truth(self.compare("eq", at, self.number(0))),
            runs[0],
            lambda: self.by_number(self.value(self.binary("sub", at, self.number(1))), runs[1:]),
            {"_choice": True},
        )

    def item_place(self, k: Value, n: int) -> Value:
        """An index into a list of n items as a number from 0: as Python has it, from the end where it is
        negative, an IndexError where there is no such item."""
        op = k.op
        by = self.static(op.inputs[1]) if op is not None and op.kind == "operator.mod" else None
        if isinstance(by, int) and 0 < by <= n:
            return k
        places = self.new_ref("list", tuple(self.number(i) for i in range(n)))
        return self.builder.one("getitem", [self.value(places), k], INT, {"index": ("at",)})

    def put_item(self, items: tuple[Any, ...], k: Value, value: Ref) -> tuple[Any, ...] | None:
        """The items of a short list of references after `list[k] = value`; None where this is not for
        choices."""
        if not 1 < len(items) <= OPTIONS or not all(
            isinstance(i, Ref) and i.kind == value.kind for i in items
        ):
            return None
        at = self.item_place(k, len(items))
        out = [self.put_at(at, n, value, i) for n, i in enumerate(items)]
        return None if any(isinstance(i, Conflict) for i in out) else tuple(out)

    def put_at(self, at: Value, n: int, value: Ref, old: Ref) -> Abstract:
        """What place n of a list holds after `list[at] = value`."""
        options = self.united((value, old))
        here: Value = self.truth(self.compare("eq", at, self.number(n)))
        if len(options) > 2 or isinstance(value.obj, Chosen) or isinstance(old.obj, Chosen):
            new_tag, old_tag = (lambda r=r: self.tag_of(r, options) for r in (value, old))
            here = self.value(self.branch(here, new_tag, old_tag, {}))
        return self.make_choice(here, options)

    # -- lists, dicts, instances -----------------------------------------------------------------------
    def distributed(self, owner: Abstract, run: Any) -> Any:
        """`run(option)` for each option of a list, dict or instance that is chosen at run time; None for
        what is not chosen."""
        if (
            self.choosing
            and isinstance(owner, Ref)
            and isinstance(owner.obj, Chosen)
            and owner.kind != "array"
        ):
            return (self.on_each(owner, run),)
        return None


def same_ref(a: Ref, b: Ref, same: Any = None) -> bool:
    """Whether two references lead to one object in one way; `same` compares indices."""
    if a is b:
        return True
    steps = zip(a.path, b.path)
    return (
        a.obj is b.obj
        and len(a.path) == len(b.path)
        and all(same_step(p, q, same or same_operand) for p, q in steps)
    )


def same_step(p: Any, q: Any, same: Any) -> bool:
    (s, u), (t, v) = p, q
    return s == t and len(u) == len(v) and all(map(same, u, v))


def same_operand(a: Value, b: Value) -> bool:
    if a is b:
        return True
    both = isinstance(a, Constant) and isinstance(b, Constant) and a.type == b.type
    return both and isinstance(a.type, Scalar) and a.value == b.value


def not_other(a: Value, b: Value) -> bool:
    """Whether two indices may be equal."""
    return not isinstance(a, Constant) or not isinstance(b, Constant) or same_operand(a, b)


__all__ = ["References", "same_ref"]
