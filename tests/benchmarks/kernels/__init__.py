"""Thirty-three numerical kernels, and the contenders for their gradients side by side.

    python -m tests.benchmarks.kernels [--only jacobi_2d,lu] [--rounds 20] [--memory] [--write]

The kernels are plain NumPy as people write it; see `registry.Kernel`.  `contenders` makes what is timed,
`__main__` times it.
"""

from . import adbench, blas, learning, physics, solvers, stencils
from .registry import KERNELS, Kernel

__all__ = ["KERNELS", "Kernel", "adbench", "blas", "learning", "physics", "solvers", "stencils"]
