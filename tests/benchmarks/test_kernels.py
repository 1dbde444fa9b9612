"""What the table of kernels times is right, at tiny sizes.  Nothing is timed."""

import numpy as np
import pytest

import sourcead as ad

from .kernels import KERNELS

ALL = list(KERNELS.values())
BY_NAME = pytest.mark.parametrize("kernel", ALL, ids=list(KERNELS))


@BY_NAME
def test_the_gradient_agrees_with_differences(kernel):
    args = kernel.args(kernel.tiny)
    ad.check_grads(kernel.function, args, argnums=kernel.wrt, order=1)
