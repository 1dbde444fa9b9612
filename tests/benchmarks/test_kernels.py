"""What the table of kernels times is right, at tiny sizes.  Nothing is timed."""

import pytest

import sourcead as ad

from .kernels import KERNELS
from .kernels.contenders import GRADIENTS, PRIMALS, Absent, Wrong, check
from .kernels.measure import Measured
from .kernels.table import tables

BY_NAME = pytest.mark.parametrize("kernel", KERNELS.values(), ids=list(KERNELS))
# HIPS autograd and DaCe may refuse a kernel; the table says so
CERTAIN = ("by hand", "JAX", "PyTorch")


@BY_NAME
def test_the_gradient_agrees_with_differences(kernel):
    ad.check_grads(kernel.function, kernel.args(kernel.tiny), argnums=kernel.wrt, order=1)


@BY_NAME
@pytest.mark.parametrize("name", CERTAIN)
def test_the_others_agree(kernel, name):
    args = kernel.args(kernel.tiny)
    try:
        run = GRADIENTS[name](kernel, args)
    except Absent as e:
        pytest.skip(str(e))
    check(run(), GRADIENTS["ours"](kernel, args)(), name)


@BY_NAME
def test_the_loops_give_the_value(kernel):
    args = kernel.args(kernel.tiny)
    try:
        run = PRIMALS["loops"](kernel, args)
    except Absent as e:
        pytest.skip(str(e))
    assert run() == pytest.approx(kernel.function(*args), rel=1e-12)


def test_a_wrong_gradient_is_found():
    kernel = KERNELS["atax"]
    args = kernel.args(kernel.tiny)
    value, (A_bar, x_bar) = GRADIENTS["ours"](kernel, args)()
    check((value, (A_bar, x_bar)), (value, (A_bar, x_bar)), "the same")
    with pytest.raises(Wrong, match="gradient 1 is off by"):
        check((value, (A_bar, 1.001 * x_bar)), (value, (A_bar, x_bar)), "another")
    with pytest.raises(Wrong, match="has shape"):
        check((value, (A_bar.T, x_bar)), (value, (A_bar, x_bar)), "another")


def test_the_tables_say_who_is_faster_and_who_refused():
    one = Measured("lu", {"NumPy": 4e-3, "Numba": 1e-3}, {"ours": 8e-3, "JAX": 24e-3})
    two = Measured(
        "atax", {"NumPy": 1e-3}, {"ours": 3e-3}, {}, {"JAX": "wrong: off", "autograd": "TypeError: a|b"}
    )
    text = tables([one, two], "A machine.")
    assert "| lu | 2.00 | – | – | – | 3.00 |" in text
    assert "| ours, NumPy / primal in NumPy | 2 | 2.50 | 2.45 | 2.00 (lu) | 3.00 (atax) |" in text
    assert "| atax | 1.00 | – | – | 3.00 | – | – | – | wrong | – | refused | – |" in text
    assert "| atax | autograd | TypeError: a\\|b |" in text
