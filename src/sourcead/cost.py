"""What a derivative costs: operations and memory as formulas in the sizes of the arguments.

    compiled functions ─ place ─→ the functions as they are run ─ analysis/cost.py ─→ formulas ─→ Cost

SymPy is needed, and imported with this module: `Derivative.cost` imports it when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sympy as sp
from sympy.printing.str import StrPrinter

from .analysis.cost import Counter, Tally
from .analysis.sizes import Sizes, user_names
from .backend.buffers import place
from .compiler import Compiled
from .frontend.trees import leaves
from .ir.core import Function
from .ir.rewrite import clone
from .ir.types import Array
from .passes.pipeline import clean


class Numbers(NamedTuple):
    """A cost at given sizes: operations of the derivative and of the primal, and bytes of the tape."""

    operations: float
    primal_operations: float
    tape: float


class Cost:
    """The cost of one derivative; what `Derivative.cost` gives.

    operations          floating point operations of the derivative (forward and reverse sweep), a SymPy
                        expression
    primal_operations   those of the function itself
    tape                bytes that the forward sweep keeps for the reverse sweep: tapes, and whole arrays
    parts               the bytes of the tape by name
    sizes               what each symbol stands for
    upper               whether operations and tape are upper bounds, because of a branch

    One operation is one `+ - * /` or one function such as `exp` of one number; matrix products count
    2*m*n*k, linear algebra its highest term.  A Python float on a tape counts 8 bytes, the objects around
    numbers and lists nothing.  An `if` counts its dearer branch, a `try` its body and a
    handler.  Symbols named `trips_line_12` stand for
    loops whose trips only show when the program runs.

    >>> import sourcead as ad
    >>> def logistic(x, n: int):
    ...     for i in range(n):
    ...         x = 3.5 * x * (1.0 - x)
    ...     return x
    >>> cost = ad.grad(logistic).cost
    >>> cost
    operations: 9*n
        primal: 3*n
        ratio:  3
    tape: 8*n bytes
    >>> cost(n=1000)
    Numbers(operations=9000, primal_operations=3000, tape=8000)
    """

    def __init__(
        self,
        operations: sp.Expr,
        primal_operations: sp.Expr,
        tape: sp.Expr,
        parts: dict[str, sp.Expr],
        sizes: dict[str, str],
        upper: bool,
        name: str,
    ) -> None:
        self.operations = operations
        self.primal_operations = primal_operations
        self.tape = tape
        self.parts = parts
        self.sizes = sizes
        self.upper = upper
        self.name = name

    def evaluate(self, **sizes: int) -> Numbers:
        """The numbers for given sizes, one keyword for each symbol in `sizes`.

        Raises TypeError where a symbol is missing or unknown, ValueError for a size that is no whole number
        or below zero.
        """
        missing, unknown = set(self.sizes) - set(sizes), set(sizes) - set(self.sizes)
        if missing or unknown:
            what = (
                f"missing: {', '.join(sorted(missing))}"
                if missing
                else f"no size: {', '.join(sorted(unknown))}"
            )
            raise TypeError(
                f"the cost of {self.name} is a formula in {', '.join(self.sizes) or 'nothing'}; {what}"
            )
        for name, n in sizes.items():
            if n != int(n) or n < 0:
                raise ValueError(f"{name}={n}: a size is a whole number that is not negative")
        values = {_symbol(name): sp.Integer(int(n)) for name, n in sizes.items()}
        return Numbers(*(_number(e, values) for e in (self.operations, self.primal_operations, self.tape)))

    __call__ = evaluate

    @property
    def ratio(self) -> sp.Expr | None:
        """Operations of the derivative for one of the primal, where that is one number for all sizes; else
        None."""
        if self.primal_operations == 0:
            return None
        r = sp.cancel(self.operations / self.primal_operations)
        return r if r.is_number else None

    @property
    def ratio_in_the_large(self) -> sp.Expr | None:
        """What the ratio tends to as all sizes grow together; None where that depends on how."""
        if self.primal_operations == 0:
            return None
        r = sp.cancel(_leading(self.operations) / _leading(self.primal_operations))
        return r if r.is_number else None

    def __repr__(self) -> str:
        most = "at most " if self.upper else ""
        lines = [
            f"operations: {most}{text(self.operations)}",
            f"    primal: {most}{text(self.primal_operations)}",
        ]
        if self.ratio is not None:
            lines.append(f"    ratio:  {_decimal(self.ratio)}")
        elif self.ratio_in_the_large is not None:
            lines.append(f"    ratio:  {_decimal(self.ratio_in_the_large)} for large sizes")
        lines.append(f"tape: {most if self.tape != 0 else ''}{text(self.tape)} bytes")
        if len(self.parts) > 1:
            lines += [f"    {name}: {text(e)}" for name, e in self.parts.items()]
        explained = [
            f"    {name}: {what}" for name, what in self.sizes.items() if what != f"the argument {name}"
        ]
        return "\n".join([*lines, *(["where", *explained] if explained else [])])


def cost_of(compiled: Compiled) -> Cost:
    """The cost of what was compiled."""
    lowered = compiled.lowered
    sizes = Sizes()
    counter = Counter(sizes, place, keeps=False)
    primal = clone(lowered.function)
    primal.attrs["keep_raisers"] = True
    named = user_names(primal, set(lowered.names))
    texts = [(n, p) for n, tree in zip(lowered.names, lowered.trees) for p, _ in leaves(tree)]
    clean(primal)
    runs = [place(f) for f in compiled.ir]

    def arguments(f: Function) -> None:
        given = [(f"{n}{p}", f"{n}{p}") for n, p in texts]
        for v, (name, what) in zip(f.params, given):
            sizes.parameter(v, name, what, named)
        for v in f.params[len(given) :]:  # globals and variables of enclosing functions
            name = v.name or "free"
            sizes.parameter(v, name, name, named, "variable")

    primal = place(primal)
    arguments(primal)
    before = counter.function(primal)
    counter.keeps = any(op.reverse for f in runs for op in f.walk())
    arguments(runs[0])
    if len(runs) == 1:
        after = counter.function(runs[0])
    else:
        first, second = runs
        kept = [first.results[k] for k in first.attrs["returns"][1]]
        after = counter.function(first, kept)
        for p, v in zip(second.params, kept):
            n = sizes.whole_number(v)
            if n is not None:
                sizes.whole[p] = n
        for p in second.params[len(kept) :]:
            if isinstance(p.type, Array):
                sizes.parameter(p, p.name or "adjoint", p.name or "adjoint", {})
        after.add(Tally(counter.function(second).operations))
    operations, primal_operations, tape = (tidy(e) for e in (after.operations, before.operations, after.tape))
    parts = {name: tidy(e) for name, e in after.parts.items() if e != 0}
    used = {s.name for e in (operations, primal_operations, tape) for s in e.free_symbols}
    meaning = {name: what for name, what in sizes.meaning.items() if name in used}
    return Cost(operations, primal_operations, tape, parts, meaning, counter.upper, lowered.function.name)


# -- formulas -----------------------------------------------------------------------------------------------
def _symbol(name: str) -> sp.Symbol:
    return sp.Symbol(name, integer=True, nonnegative=True)


def _number(e: sp.Expr, values: dict[sp.Symbol, sp.Integer]) -> float:
    found = _summed(sp.sympify(e).subs(values))
    return int(found) if found.is_Integer else float(found)


def _summed(e: sp.Expr) -> sp.Expr:
    """Add up what has no closed form, term by term."""
    if isinstance(e, sp.Sum):
        [(i, first, last)] = e.limits
        first, last = _summed(first), _summed(last)
        return sp.Add(*(_summed(e.function.subs(i, k)) for k in range(int(first), int(last) + 1)))
    return e.func(*map(_summed, e.args)) if e.has(sp.Sum) else e


def tidy(e: sp.Expr) -> sp.Expr:
    """A formula in which n * max(n - 2, 0), which is 0 for small n, is (m + 2) * m with m = max(n - 2, 0)."""
    e = sp.expand(e)
    out = sp.S.Zero
    for term in sp.Add.make_args(e):
        for cut in sorted(term.atoms(sp.Max), key=str):
            parts = [a for a in cut.args if a != 0]
            factors = sp.Mul.make_args(term)
            if len(parts) != 1 or not any(f == cut or (f.is_Pow and f.base == cut) for f in factors):
                continue
            [a] = parts
            s = next(iter(a.free_symbols), None)
            if len(a.free_symbols) == 1 and sp.expand(a - s).is_Integer:
                kept = [f for f in factors if f.has(sp.Max, sp.Sum, sp.ceiling, sp.floor, sp.Min)]
                rest = [f for f in factors if f not in kept]
                term = sp.expand(sp.Mul(*kept) * sp.Mul(*rest).subs(s, cut - (a - s)))
                break
        out += term
    return sp.expand(out)


def _leading(e: sp.Expr) -> sp.Expr:
    """The terms of highest degree, max(n - 2, 0) being n in the large."""
    flat = sp.expand(
        e.replace(lambda x: isinstance(x, sp.Max), lambda x: sp.Add(*(a for a in x.args if a != 0)))
    )
    symbols = sorted(flat.free_symbols, key=str)
    if not symbols or not flat.is_polynomial(*symbols):
        return flat
    p = sp.Poly(flat, *symbols)
    top = p.total_degree()
    return sp.Add(*(c * sp.Mul(*(s**d for s, d in zip(symbols, m))) for m, c in p.terms() if sum(m) == top))


class _Printer(StrPrinter):
    """Formulas as Python would read them: max(n - 2, 0)."""

    def _print_Max(self, e: sp.Expr) -> str:
        return f"max({self._ordered(e)})"

    def _print_Min(self, e: sp.Expr) -> str:
        return f"min({self._ordered(e)})"

    def _print_ceiling(self, e: sp.Expr) -> str:
        return f"ceil({self._print(e.args[0])})"

    def _ordered(self, e: sp.Expr) -> str:
        return ", ".join(self._print(a) for a in sorted(e.args, key=lambda a: (a.is_number, str(a))))


def text(e: sp.Expr) -> str:
    """A formula as text, with a common factor taken out where that is shorter."""
    return min((_Printer().doprint(f) for f in _forms(e)), key=len)


def _forms(e: sp.Expr) -> Iterable[sp.Expr]:
    yield e
    if not e.has(sp.Sum) and len(sp.Add.make_args(e)) <= 12:
        yield sp.factor_terms(e)
        top, bottom = sp.fraction(sp.together(e))
        yield sp.factor_terms(sp.expand(top)) / bottom


def _decimal(e: sp.Expr) -> str:
    return str(e) if e.is_Integer else f"{float(e):.3g}"


__all__ = ["Cost", "Numbers", "cost_of"]
