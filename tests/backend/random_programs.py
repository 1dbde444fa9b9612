"""Random IR programs with arrays of length 4, floats and lists, to judge the text against the interpreter."""

from __future__ import annotations

import random

from sourcead.ir.core import FALSE, TRUE, Constant, Function, Op, Region, Value
from sourcead.ir.types import PY_BOOL, PY_FLOAT, PY_INT, Array, List, Type, const_dim

N = 4
VEC = Array("float64", (const_dim(N),), True)
PART = Array("float64", (const_dim(2),))
TAPE = List(VEC)
NUMBERS = List(PY_FLOAT)
NAMES = ["x", "y", "u", "v", "h", None, None, None]


class Maker:
    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def function(self) -> Function:
        r = self.r
        params = [Value(VEC, "x"), Value(VEC, "y"), Value(PY_FLOAT, "a")]
        body = Region(params)
        scope = list(params)
        for _ in range(2):
            self.add(body, scope, "list.new", [], TAPE)
        self.add(body, scope, "list.new", [], NUMBERS)
        self.ops(body, scope, r.randint(3, 14), 0)
        if r.random() < 0.3:
            self.branch(body, scope, 0)
        vecs = [v for v in scope if v.type is VEC]
        nums = [v for v in scope if v.type is PY_FLOAT]
        body.yields = [r.choice(vecs[-4:]), r.choice(vecs[-4:]), r.choice(nums[-3:])]
        f = Function("f", body)
        f.attrs["own_results"] = True
        return f

    def add(
        self,
        region: Region,
        scope: list[Value],
        kind: str,
        inputs: list[Value],
        *types: Type,
        **attrs: object,
    ) -> list[Value]:
        op = Op(kind, inputs, list(types), dict(attrs), reverse=self.r.random() < 0.5)
        for v in op.results:
            v.name = self.r.choice(NAMES)
        region.ops.append(op)
        scope += op.results
        return op.results

    def pick(self, scope: list[Value], t: Type) -> Value | None:
        have = [v for v in scope if v.type is t]
        if not have:
            return None
        return self.r.choice(have[-3:] if self.r.random() < 0.7 else have)

    def index(self) -> Constant:
        return Constant(self.r.randrange(2))

    def ops(self, region: Region, scope: list[Value], count: int, depth: int) -> None:
        for _ in range(count):
            self.one(region, scope, depth)

    def one(self, region: Region, scope: list[Value], depth: int) -> None:
        r, add = self.r, self.add
        choice = r.choice(
            "add add sub mul scale store store store path view view part iadd dot load append append pop look"
            " number numbers"
            " numpop numlook zeros tuple inside if if loop loop while".split()
        )
        v, w, s, p = (self.pick(scope, t) for t in (VEC, VEC, PY_FLOAT, PART))
        tape, numbers = self.pick(scope, TAPE), self.pick(scope, NUMBERS)
        if v is None or w is None or s is None or tape is None or numbers is None:
            return
        at = ("at",)
        if choice in ("add", "sub", "mul"):
            add(region, scope, f"operator.{choice}", [v, w], VEC, _accumulate=r.random() < 0.8)
        elif choice == "scale":
            add(region, scope, "operator.mul", [v, s], VEC)
        elif choice == "store":
            add(region, scope, "store", [v, self.index(), s], VEC, path=(at,))
        elif choice == "path":
            one = ("slice", True, False, False)
            add(region, scope, "store", [v, Constant(1), self.index(), s], VEC, path=((one,), at))
        elif choice == "view":
            back = ("slice", False, False, True)
            add(region, scope, "getitem", [v, Constant(-1)], VEC, index=(back,))
        elif choice == "part":
            add(
                region,
                scope,
                "getitem",
                [v, Constant(1), Constant(3)],
                PART,
                index=(("slice", True, True, False),),
            )
        elif choice == "iadd":
            if p is not None and r.random() < 0.5:
                cut = (("slice", True, True, False),)
                kind = r.choice(["index_add", "store"])
                add(region, scope, kind, [v, Constant(0), Constant(2), p], VEC, path=(cut,))
            else:
                add(region, scope, "index_add", [v, self.index(), s], VEC, path=(at,))
        elif choice == "dot":
            (t,) = add(region, [], "operator.matmul", [v, w], PY_FLOAT)
            add(region, scope, "math.tanh", [t], PY_FLOAT)
        elif choice == "load":
            add(region, scope, "getitem", [v, self.index()], PY_FLOAT, index=at)
        elif choice == "append":
            add(region, scope, "list.append", [tape, v], TAPE)
        elif choice in ("pop", "look"):
            (t,) = add(region, scope, "list.append", [tape, v], TAPE)
            if choice == "pop":
                add(region, scope, "list.pop", [t], TAPE, VEC)
            else:
                add(region, scope, "getitem", [t, Constant(0)], VEC, index=at)
        elif choice == "number":
            add(
                region,
                scope,
                f"operator.{r.choice(['add', 'sub', 'mul'])}",
                [s, self.pick(scope, PY_FLOAT)],
                PY_FLOAT,
            )
            add(region, scope, "math.tanh", [scope[-1]], PY_FLOAT)
        elif choice == "numbers":
            add(region, scope, "list.append", [numbers, s], NUMBERS)
        elif choice in ("numpop", "numlook"):
            (t,) = add(region, scope, "list.append", [numbers, s], NUMBERS)
            if choice == "numpop":
                add(region, scope, "list.pop", [t], NUMBERS, PY_FLOAT)
            else:
                (k,) = add(region, [], "list.len", [t], PY_INT)
                (m,) = add(region, [], "operator.sub", [k, Constant(1)], PY_INT)
                add(region, scope, "getitem", [t, m], PY_FLOAT, index=at)
        elif choice == "zeros":
            add(region, scope, "zeros_like", [v], VEC)
        elif choice == "inside":
            (t,) = add(region, scope, "list.append", [tape, v], TAPE)
            add(region, scope, "store", [t, Constant(0), self.index(), s], TAPE, path=(at, at))
        elif choice == "tuple":
            pair = self.pick(scope, VEC)
            (t,) = add(region, [], "list.new", [v, pair], TAPE)
            scope.append(t)
        elif depth < 3:
            if choice == "if":
                self.branch(region, scope, depth)
            else:
                self.loop(region, scope, depth, "while" if choice == "while" else "for")

    def some(self, scope: list[Value]) -> list[Value]:
        kinds = [VEC, VEC, PY_FLOAT, TAPE, NUMBERS]
        out = [self.pick(scope, t) for t in kinds if self.r.random() < 0.5]
        return [v for v in out if v is not None]

    def condition(self, region: Region, scope: list[Value]) -> Value:
        s = self.pick(scope, PY_FLOAT)
        return self.add(region, [], "operator.gt", [s, Constant(self.r.choice([0.0, 0.2, -0.3]))], PY_BOOL)[0]

    def branch(self, region: Region, scope: list[Value], depth: int) -> None:
        c = self.condition(region, scope)
        kinds = [v.type for v in self.some(scope)]
        regions = []
        for _ in range(2):
            inner = list(scope)
            r = Region()
            self.ops(r, inner, self.r.randint(0, 4), depth + 1)
            r.yields = [self.pick(inner, t) for t in kinds]
            regions.append(r)
        op = Op("if", [c], kinds, {}, regions)
        for v in op.results:
            v.name = self.r.choice(NAMES)
        region.ops.append(op)
        scope += op.results

    def loop(self, region: Region, scope: list[Value], depth: int, kind: str) -> None:
        r = self.r
        inits = self.some(scope)
        for v in inits[:1]:
            if r.random() < 0.3:
                inits.append(v)  # twice the same
        counter = [Constant(0)] if kind == "while" else []
        bounds = [] if kind == "while" else [Constant(0), Constant(r.randrange(4)), Constant(1)]
        types = [v.type for v in (*counter, *inits)]
        leave = r.random() < 0.4

        def params() -> list[Value]:
            return [Value(t, r.choice(NAMES)) for t in types]

        body = Region(params() if kind == "while" else [Value(PY_INT, r.choice(["i", None])), *params()])
        slots = body.params[-len(types) :] if types else []
        inner = [*scope, *slots[len(counter) :]]
        self.ops(body, inner, r.randint(1, 6), depth + 1)
        nexts = [self.pick(inner, t) for t in types[len(counter) :]]
        if r.random() < 0.4:  # a permutation
            nexts = [r.choice([s for s in slots if s.type is t]) for t in types[len(counter) :]]
        regions = [body]
        if kind == "while":
            (count,) = self.add(body, [], "operator.add", [slots[0], Constant(1)], PY_INT)
            nexts.insert(0, count)
            head = Region(params())
            (c,) = self.add(head, [], "operator.lt", [head.params[0], Constant(r.randrange(4))], PY_BOOL)
            head.yields = [c]
            regions.insert(0, head)
        if leave:
            c = self.condition(body, inner)
            if r.random() < 0.5 and nexts:
                outs = []
                for flag in (TRUE, FALSE):
                    b, deep = Region(), list(inner)
                    self.ops(b, deep, r.randint(0, 2), depth + 2)
                    free = [self.pick(deep, t) for t in types[len(counter) :]]
                    b.yields = [flag, *([nexts[0]] if kind == "while" else []), *free]
                    outs.append(b)
                op = Op("if", [c], [PY_BOOL, *types], {}, outs)
                body.ops.append(op)
                body.yields = list(op.results)
            else:
                body.yields = [c, *nexts]
        else:
            body.yields = nexts
        op = Op(kind, [*bounds, *counter, *inits], types, {"exit": True} if leave else {}, regions)
        for v in op.results:
            v.name = r.choice(NAMES)
        region.ops.append(op)
        scope += op.results[len(counter) :]
