"""Values to the bit, both modes against differences and each other, the interpreter against the text."""

from __future__ import annotations

import numpy as np
import pytest

from sourcead import grad, value_and_grad
from sourcead.compiler import compile_primal
from sourcead.frontend.trees import tree_of
from sourcead.ir.interpret import run
from sourcead.ir.verify import verify
from sourcead.rules.registry import resolve
from sourcead.testing import check_grads, store_all

from .applied import APPLIED
from .realistic import PROGRAMS
from .solvers import SOLVERS

EVERY = [*SOLVERS, *APPLIED, *PROGRAMS]
names = [f.__name__ for f, _, _ in EVERY]
# the minimum is known to the square root of what its objective is, and differences see that
ROUGH = {"nearest", "with_gradient", "squares", "fitted", "fitted_with_weights", "best_return"}


@pytest.mark.parametrize(("f", "args", "order"), EVERY, ids=names)
def test_value_and_derivatives(f, args, order):
    value, _ = value_and_grad(f, argnums=tuple(range(len(args))))(*args)
    assert value == f(*args)
    if f.__name__ in ROUGH:
        check_grads(f, args, order=order, rtol=1e-4, atol=1e-5)
    else:
        check_grads(f, args, order=order)


@pytest.mark.parametrize(("f", "args", "order"), EVERY, ids=names)
def test_interpreter_and_storage(f, args, order):
    trees = [(n, tree_of(a)) for n, a in zip(f.__code__.co_varnames, args)]
    compiled = compile_primal(f, trees)
    verify(compiled.lowered.function)
    (out,) = run(
        compiled.lowered.function, [np.copy(a) if isinstance(a, np.ndarray) else a for a in args], resolve
    )
    assert out == f(*args)
    positions = tuple(range(len(args)))
    kept = grad(f, argnums=positions)(*args)
    with store_all():
        all_kept = grad(f, argnums=positions)(*args)
    for a, b in zip(kept, all_kept):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
