"""Names of variables.

Values that may be one variable become one (a *web*) where that saves an assignment, then every web gets a
name:

    y1 = store(y0)              y0, y1              one buffer, one name
    (p) = loop init { yield n } p and result        always one variable
                                n, init             joined where the live ranges do not meet, and no
                                                    two given names (k, x_bar) would be one
    t = a * b                   t                   a short name for what it is

Webs are made and named in the order of the text, so equal input gives equal names.
"""

from __future__ import annotations

from bisect import bisect_left

from ..ir.core import Constant, Function, Undef, Value
from ..ir.types import Array, List, Scalar, dtype_kind, is_inexact
from ..names import is_free, numbered
from ..rules.registry import BOOK
from .fold import Plan
from .ranges import Interval, Ranges
from .sharing import WRITES

_MANY = 16
UNNAMED_TAPE = "t_tape"  # the hint of the tape of a value without a name
_SHORT = {
    "numpy.exp": "e", "math.exp": "e", "numpy.sum": "s", "numpy.max": "m", "numpy.min": "m",
    "numpy.amax": "m", "sourcead.runtime.exp": "e",
    "builtins.len": "n", "list.len": "n", "numpy.arange": "rows", "operator.eq": "hit", "operator.lt": "test",
    "operator.gt": "test", "operator.le": "test", "operator.ge": "test", "operator.ne": "test", "if": "v",
    "operator.not_": "test", "operator.and_": "test", "operator.or_": "test", "numpy.sqrt": "root",
    "operator.sub": "d", "operator.add": "a", "operator.mul": "p", "operator.truediv": "q",
    "operator.pow": "p",
    "operator.matmul": "a", "list.new": "items", "solver": "solution",
}  # fmt: skip


class Names:
    """The variable of every value that has one: `names[value]`."""

    def __init__(self, function: Function, plan: Plan, ranges: Ranges, reserved: frozenset[str]) -> None:
        self.names: dict[Value, str] = {}
        self._parent: dict[Value, Value] = {}
        self._intervals = ranges.intervals
        self._members: dict[Value, list[Value]] = {}
        self._params = {p: i for i, p in enumerate(function.params)}
        self._function = function
        self._busy: dict[str, list[Interval]] = {}
        self._given: dict[Value, set[str]] = {}  # the hints in a web
        for v in ranges.intervals:
            self._members[v] = [v]
            self._given[v] = {_hint(v)} if _hint(v) else set()  # type: ignore[arg-type]
        for a, b in ranges.same:
            self._join(a, b, force=True)
        for a, b, until in ranges.heads:
            self._join(a, b)
            web = self._find(a)
            if web is not self._find(b):
                self._intervals[web] = _merged(self._intervals[web], [until])
        for a, b in ranges.popped:
            self._join(a, b, named=False)
        for a, b in (*ranges.strong, *ranges.wishes):
            if not isinstance(a, Constant | Undef) and not isinstance(b, Constant | Undef):
                self._join(a, b)
        self._assign(plan, ranges, reserved)

    # -- webs ------------------------------------------------------------------------------------------------
    def _find(self, v: Value) -> Value:
        while v in self._parent:
            if self._parent[v] in self._parent:
                self._parent[v] = self._parent[self._parent[v]]
            v = self._parent[v]
        return v

    def _join(self, a: Value, b: Value, force: bool = False, named: bool = True) -> None:
        a, b = self._find(a), self._find(b)
        if a is b or a not in self._members or b not in self._members:
            return
        if not force and (_meet(self._intervals[a], self._intervals[b]) or self._two_params(a, b)):
            return
        one, other = self._given[a], self._given[b]
        if named and not force and one and other and one.isdisjoint(other):
            return
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        self._parent[b] = a
        self._members[a] += self._members.pop(b)
        self._given[a] |= self._given.pop(b)
        self._intervals[a] = _merged(self._intervals[a], self._intervals.pop(b))

    def _two_params(self, a: Value, b: Value) -> bool:
        return bool(self._params) and all(any(m in self._params for m in self._members[w]) for w in (a, b))

    # -- names -----------------------------------------------------------------------------------------------
    def _assign(self, plan: Plan, ranges: Ranges, reserved: frozenset[str]) -> None:
        given = self._function.attrs.get("param_names")
        hints = {h for web in self._members.values() for v in web if (h := _hint(v))}
        busy = self._busy
        webs: list[tuple[Value, list[Value]]] = []
        unnamed: list[tuple[Value, list[Value]]] = []  # parameters
        for web, members in self._members.items():
            members.sort(key=lambda v: ranges.first.get(v, 0))
            param = next((m for m in members if m in self._params), None)
            if param is None:
                webs.append((web, members))
                continue
            name = (given[self._params[param]] if given else param.name) or ""
            if not name.isidentifier():
                unnamed.append((web, members))
                continue
            self._give(web, members, name, busy)
        fixed = frozenset(busy)
        used: dict[str, int] = {}  # the highest number of a base
        webs = [*unnamed, *sorted(webs, key=lambda w: (ranges.first.get(w[1][0], 0), _number(w[1][0])))]
        for web, members in webs:
            base, k = self._base(members, hints, fixed, plan)
            if used.get(base, 0) > _MANY:  # the first numbers are seldom free again
                k = used[base] - _MANY // 2
            while True:
                name = numbered(base, k)
                ok = is_free(name, reserved) and (k == 0 or name not in hints or name in fixed)
                if ok and not _meet(busy.get(name, []), self._intervals[web]):
                    break
                k += 1
            used[base] = max(k, used.get(base, 0))
            self._give(web, members, name, busy)

    def _give(self, web: Value, members: list[Value], name: str, busy: dict[str, list[Interval]]) -> None:
        for m in members:
            self.names[m] = name
        busy[name] = _merged(busy.get(name, []), self._intervals[web])

    def _base(
        self, members: list[Value], hints: set[str], fixed: frozenset[str], plan: Plan
    ) -> tuple[str, int]:
        """What a web's name is made from, and the first number to try."""
        votes: dict[str, int] = {}
        for m in members:
            if h := _hint(m):
                votes[h] = votes.get(h, 0) + 1
        if votes:
            return max(votes, key=lambda n: votes[n]), 0
        for m in members:
            base = self._made(m, plan)
            if base is not None:
                return base, int(base in hints or base in fixed)
        for m in members:
            short = self._kind(m)
            if short == "i":
                live = self._intervals[self._find(m)]
                short = next(
                    (c for c in "ijkl" if c not in hints and not _meet(self._busy.get(c, []), live)), "i"
                )
            if short and short not in hints and short not in fixed:
                return short, 0
        return "items" if isinstance(members[0].type, List) and "items" not in hints else "t", 0

    @staticmethod
    def _kind(v: Value) -> str | None:
        """A short name for what an op computes."""
        if v.op is not None and v.op.kind == "tuple.get" and isinstance(v.type, Scalar):
            return {"b": "hit", "i": "n"}.get(dtype_kind(v.type.dtype), "v")
        if v.op is not None:
            if "_bool" in v.op.attrs:
                return "test"
            row = BOOK.get(v.op.kind)
            if row is not None and len(row.names) == len(v.op.results):
                return row.names[v.op.results.index(v)]
            head, _, last = v.op.kind.rpartition(".")
            own = last if head in ("numpy", "math", "numpy.linalg") and len(last) < 6 else None
            return _SHORT.get(v.op.kind, own) if v.op.kind not in WRITES else None
        return "i" if getattr(v.type, "dtype", "")[:3] == "int" else None

    def _made(self, v: Value, plan: Plan) -> str | None:
        """A name made from other names: x_i for x[i], d_tape for the tape of d, v_bar for an adjoint."""
        op = v.op
        if op is None:
            return None
        if op.kind == "list.append" and v.name == UNNAMED_TAPE:
            item = op.inputs[1]
            return f"{item.name or self._made(item, plan) or self._kind(item) or 't'}_tape"
        if op.kind == "list.pop" and v is op.results[-1]:
            tape = self.names.get(op.inputs[0], "")
            return tape.removesuffix("_tape") if tape.endswith("_tape") else None
        if op.kind == "call" and not isinstance(v.type, List):
            if op.reverse:
                return "v_bar" if is_inexact(v.type) else None
            tangents = any(n.endswith("_dot") for n in (self.names.get(x) or "" for x in op.inputs))
            return "v_dot" if tangents and 2 * op.results.index(v) >= len(op.results) > 1 else "v"
        if op.kind == "zeros_like" and op.reverse and not isinstance(op.inputs[0], Constant):
            base = self.names.get(op.inputs[0])
            return f"{base}_bar" if base else None
        if op.attrs.get("_dot") and is_inexact(v.type) and not isinstance(v.type, List):
            read = [self.names.get(x) or x.name or "" for i in op.inputs for x in plan.leaves(i)]
            for ending in ("_dot", "_bar"):
                if any(n.endswith(ending) for n in read):
                    return f"v{ending}"
        if op.kind == "getitem" and isinstance(op.inputs[0].type, Array):
            base = self.names.get(op.inputs[0]) or op.inputs[0].name
            index = [self.names.get(x) or x.name or "" for x in op.inputs[1:]]
            if (
                base
                and index
                and len(base) < 4
                and all(len(n) == 1 for n in index)
                and {*op.attrs["index"]} == {"at"}
            ):
                return f"{base}_{''.join(index)}"
        return None


def _number(v: Value) -> int:
    return v.op.results.index(v) if v.op is not None and len(v.op.results) > 1 else 0


def _hint(v: Value) -> str | None:
    """The name that a value should have, if any.  The frontend calls what is returned `return`."""
    name = v.name
    if name is None or name == UNNAMED_TAPE or not name.isidentifier():
        return None
    return "result" + name[6:] if name == "return" or name.startswith("return_") else name


def _meet(a: list[Interval], b: list[Interval]) -> bool:
    """Whether two sorted lists of intervals overlap; the shorter one is looked up in the longer."""
    if len(a) > len(b):
        a, b = b, a
    for start, end in a:
        i = bisect_left(b, (start, start))
        if i < len(b) and b[i][0] < end:
            return True
        if i and b[i - 1][1] > start:
            return True
    return False


def _merged(a: list[Interval], b: list[Interval]) -> list[Interval]:
    """The union of two sorted lists, with intervals that touch made one; the longer list is reused."""
    if len(a) < len(b):
        a, b = b, a
    if 8 * len(b) > len(a):
        out: list[Interval] = []
        for start, end in sorted(a + b):
            if out and start <= out[-1][1]:
                if end > out[-1][1]:
                    out[-1] = (out[-1][0], end)
            else:
                out.append((start, end))
        return out
    for start, end in b:
        i = bisect_left(a, (start, start))
        if i and a[i - 1][1] >= start:
            i -= 1
            start = a[i][0]
        j = i
        while j < len(a) and a[j][0] <= end:
            end = max(end, a[j][1])
            j += 1
        a[i:j] = [(start, end)]
    return a
