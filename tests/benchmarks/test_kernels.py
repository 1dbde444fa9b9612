"""What the table of kernels times is right, at tiny sizes.  Nothing is timed."""

import pytest

import sourcead as ad

from .kernels import KERNELS
from .kernels.contenders import GRADIENTS, PRIMALS, Absent, check

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
