"""Every pass on every program: the verifier and the interpreter before and after."""

import pytest

from sourcead.ir.printer import show
from sourcead.ir.rewrite import clone
from sourcead.ir.verify import verify
from sourcead.passes.cse import cse, fixed_slots
from sourcead.passes.dce import dce
from sourcead.passes.pipeline import clean
from sourcead.passes.shapes import shape_roots
from sourcead.passes.simplify import simplify

from . import corpus

PASSES = [dce, cse, fixed_slots, simplify, shape_roots, clean]
CORPUS = [pytest.param(p, id=p.name) for p in corpus.programs()]


def check(f, args, exact):
    """Each pass alone keeps the results: the first `exact` ones bit for bit, the others up to rounding."""
    verify(f)
    want = corpus.execute(f, args)
    for p in PASSES:
        g = clone(f)
        p(g)
        verify(g)
        got = corpus.execute(g, args)
        assert len(got) == len(want)
        for k, (a, b) in enumerate(zip(want, got)):
            agree = corpus.same if k < exact else corpus.close
            assert agree(a, b), f"{p.__name__} changes result {k}: {a!r} to {b!r}\n{show(f)}\n{show(g)}"
    return want


@pytest.mark.parametrize("item", CORPUS)
def test_primal(item):
    for case in range(len(item.inputs)):
        low, args = corpus.lowered(item, case)
        check(low.function, args, exact=len(low.function.results))


@pytest.mark.parametrize("kind", ["reverse", "forward"])
@pytest.mark.parametrize("item", CORPUS)
def test_derivative(item, kind, monkeypatch):
    low, args = corpus.lowered(item, 0)
    f, all_args, exact = corpus.derivative(kind, low.function, args, monkeypatch)
    got = check(f, all_args, exact)
    for a, b in zip(got, corpus.execute(low.function, args)):
        assert corpus.same(a, b), f"the derivative's value {a!r} is not the primal's, {b!r}"
