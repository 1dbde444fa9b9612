"""Sums over loops, in closed form where there is one; every step is bounded, none searches.

A trip count is `max(stop - start, 0)`, and a sum of polynomials over the trips of a loop is a polynomial in
that count (Faulhaber).  With the count as the variable the formula holds for empty loops too.  A `max` whose
argument falls or rises with the index cuts the range:

    sum of max(b - k, 0) over k = 0 .. T-1          b - k
        = sum of b - k over k = 0 .. T'-1           |\\
          with T' = max(b, 0), if b <= T            | \\______
                                                    0  b     T
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

LARGE = 400  # terms of an expression that is still taken apart


@dataclass(frozen=True)
class Index:
    """The index of a loop around what is looked at: `start + step * k`, k = 0 .. trips-1.  `raw` is the trip
    count before it is cut off at zero; low and high bound the index, whenever the loop runs."""

    symbol: sp.Symbol
    start: sp.Expr
    step: int
    raw: sp.Expr
    trips: sp.Expr
    low: sp.Expr
    high: sp.Expr


Scope = tuple[Index, ...]


def is_nonnegative(e: sp.Expr, scope: Scope) -> bool:
    """Whether an expression is proven not to be negative while the loops of the scope run.

    Indices are replaced by the end of their range that makes it least, innermost first; then every term must
    be a product of sizes with a coefficient that is not negative.
    """
    e = sp.expand(e)
    for index in reversed(scope):
        if not e.has(index.symbol):
            continue
        slope = sp.diff(e, index.symbol)
        if slope.has(index.symbol) or any(index.symbol in m.free_symbols for m in e.atoms(sp.Max, sp.Min)):
            return False
        if slope.is_nonnegative:
            e = sp.expand(e.subs(index.symbol, index.low))
        elif slope.is_nonpositive:
            e = sp.expand(e.subs(index.symbol, index.high))
        else:
            return False
    return all(t.is_nonnegative for t in sp.Add.make_args(e))


def at_least_zero(e: sp.Expr, scope: Scope = ()) -> sp.Expr:
    """max(e, 0), without the max where that is proven; max(max(n - 1, 0) - 1, 0) is max(n - 2, 0)."""
    e = sp.expand(e)
    inner = e.args[1] if isinstance(e, sp.Add) and len(e.args) == 2 and e.args[0].is_nonpositive else None
    if isinstance(inner, sp.Max) and len(inner.args) == 2 and sp.S.Zero in inner.args:
        e = e.args[0] + sum(inner.args)
    if is_nonnegative(e, scope):
        return e
    if is_nonnegative(-e, scope):
        return sp.S.Zero
    return sp.Max(e, 0)


def least(a: sp.Expr, b: sp.Expr, scope: Scope = ()) -> sp.Expr:
    if is_nonnegative(b - a, scope):
        return a
    return b if is_nonnegative(a - b, scope) else sp.Min(a, b)


def most(a: sp.Expr, b: sp.Expr, scope: Scope = ()) -> sp.Expr:
    if is_nonnegative(b - a, scope):
        return b
    return a if is_nonnegative(a - b, scope) else sp.Max(a, b)


def trips(start: sp.Expr, stop: sp.Expr, step: int, scope: Scope) -> tuple[sp.Expr, sp.Expr]:
    """How often `range(start, stop, step)` goes round: before and after it is cut off at zero."""
    way = stop - start if step > 0 else start - stop
    raw = sp.expand(way) if abs(step) == 1 else sp.ceiling(sp.expand(way) / abs(step))
    if abs(step) == 1:
        return raw, at_least_zero(raw, scope)
    return raw, sp.ceiling(at_least_zero(way, scope) / abs(step))


def total(e: sp.Expr, index: Index, outer: Scope) -> sp.Expr:
    """The sum of an expression over all trips of a loop."""
    k = sp.Dummy("k", integer=True, nonnegative=True)
    e = sp.expand(e)
    once, varying = e.as_independent(index.symbol, as_Add=True)
    out = once * index.trips
    if varying != 0:
        out += _over(sp.expand(varying.subs(index.symbol, index.start + index.step * k)), k, index, outer)
    return sp.expand(out)


def _over(e: sp.Expr, k: sp.Symbol, index: Index, outer: Scope) -> sp.Expr:
    out = sp.S.Zero
    rest = []
    terms = sp.Add.make_args(e)
    for term in terms:
        found = _term(term, k, index.raw, index.trips, outer) if len(terms) <= LARGE else None
        if found is None:
            rest.append(term)
        else:
            out += found
    if rest:
        i = sp.Symbol(index.symbol.name, integer=True, nonnegative=True)
        out += sp.Sum(sp.Add(*rest).subs(k, i), (i, 0, index.trips - 1))
    return out


def _term(e: sp.Expr, k: sp.Symbol, raw: sp.Expr, count: sp.Expr, outer: Scope) -> sp.Expr | None:
    """The sum of a term over k = 0 .. count-1 where count = max(raw, 0); None where none is found."""
    cut = next((m for m in sorted(e.atoms(sp.Max), key=str) if m.has(k)), None)
    if cut is None:
        return _powers(e, k, count)
    parts = [a for a in cut.args if a != 0]
    if len(parts) != 1 or sp.diff(parts[0], k) not in (1, -1):
        return None
    inside = parts[0]
    b = inside.subs(k, 0)
    if sp.diff(inside, k) == -1:
        spare = sp.expand(raw - b)
        if is_nonnegative(spare, outer):
            raw, count = b, at_least_zero(b, outer)
        elif not is_nonnegative(-spare, outer):
            return None
        e = e.subs(cut, inside)
    else:
        first = sp.expand(1 - b)  # the first k at which the argument is positive
        e = e.subs(cut, inside)
        if is_nonnegative(first, outer):
            e = e.subs(k, k + first)
            raw = sp.expand(raw - first)
            count = at_least_zero(raw, outer)
        elif not is_nonnegative(-first, outer):
            return None
    out = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(e)):
        found = _term(term, k, raw, count, outer)
        if found is None:
            return None
        out += found
    return out


def _powers(e: sp.Expr, k: sp.Symbol, count: sp.Expr) -> sp.Expr | None:
    if not e.is_polynomial(k):
        return None
    p = sp.Poly(e, k)
    if p.degree() > 12:
        return None
    out = sp.S.Zero
    n = sp.Dummy("n")
    for (power,), coefficient in p.terms():
        out += coefficient * _faulhaber(power, n).subs(n, count)
    return sp.expand(out)


def _faulhaber(p: int, n: sp.Symbol) -> sp.Expr:
    """The sum of k**p over k = 0 .. n-1."""
    return (sp.bernoulli(p + 1, n) - sp.bernoulli(p + 1, 0)) / (p + 1)


__all__ = ["Index", "Scope", "at_least_zero", "is_nonnegative", "least", "most", "total", "trips"]
