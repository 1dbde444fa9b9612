"""What is timed is right: every contender's gradient is the hand-written one.  Nothing is timed."""

import pytest

from . import peers
from . import spine_kernels as kernels

ALL = {f"{k.name}-{i}": k for i, k in enumerate(kernels.KERNELS + kernels.SMALL)}


@pytest.mark.parametrize("kernel", ALL.values(), ids=list(ALL))
@pytest.mark.parametrize("name", kernels.CONTENDERS)
def test_gradients_agree(kernel, name):
    runs = kernels.contenders(kernel)
    if name not in runs:
        pytest.skip(f"{name} is not installed")
    kernels.check(kernel, runs[name], name)


@pytest.mark.parametrize("kernel", kernels.SMALL, ids=lambda k: k.name)
def test_the_generated_function_gives_what_the_derivative_gives(kernel):
    args = kernel.args
    kernels.check(kernel, lambda: kernels.plain(kernel, args)(*args), "the generated function")


def test_the_peers_are_named_with_their_versions():
    assert set(peers.versions()) <= {"autograd", "torch"}
